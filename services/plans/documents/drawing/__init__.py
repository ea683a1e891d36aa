"""The default templates, drawn: `python -m services.plans.documents.drawing` writes their files anew."""

from collections.abc import Callable, Mapping

from services.plans.documents.drawing.papers import (
    directive_template,
    inspection_template,
    pledge_template,
    report_template,
    urging_template,
)
from services.plans.documents.drawing.plan import plan_template
from services.plans.documents.papers import (
    DIRECTIVE_TEMPLATE,
    INSPECTION_TEMPLATE,
    PLEDGE_TEMPLATE,
    REPORT_TEMPLATE,
    URGING_TEMPLATE,
)
from services.plans.documents.writing import PLAN_TEMPLATE
from shared.office.word.templates import TemplateKind

DRAWN: Mapping[TemplateKind, Callable[[], bytes]] = {
    PLAN_TEMPLATE: plan_template,
    DIRECTIVE_TEMPLATE: directive_template,
    PLEDGE_TEMPLATE: pledge_template,
    REPORT_TEMPLATE: report_template,
    INSPECTION_TEMPLATE: inspection_template,
    URGING_TEMPLATE: urging_template,
}

__all__ = ["DRAWN"]
