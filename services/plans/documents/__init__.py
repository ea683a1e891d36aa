"""Read and write plan documents (vi: văn bản kế hoạch), and the list of public holidays."""

from services.plans.documents.files import LINES_MAX, SIZE_MAX_BYTES, read_document
from services.plans.documents.holidays import suggested_calendar
from services.plans.documents.papers import (
    DIRECTIVE_TEMPLATE,
    INSPECTION_TEMPLATE,
    PLEDGE_TEMPLATE,
    REPORT_TEMPLATE,
    URGING_TEMPLATE,
    directive_paper,
    inspection_paper,
    pledge_paper,
    report_paper,
    urging_paper,
)
from services.plans.documents.plan import importable, parse_plan
from services.plans.documents.units import KnownUnit, UnitDirectory, directory_from_organisation, unit_directory
from services.plans.documents.writing import PLAN_TEMPLATE, PlanPaper, file_name, plan_paper
from services.plans.views.document import ParsedPlan, ParsedTask, PlanWarning, Signer

TEMPLATE_KINDS = (
    PLAN_TEMPLATE,
    DIRECTIVE_TEMPLATE,
    PLEDGE_TEMPLATE,
    REPORT_TEMPLATE,
    INSPECTION_TEMPLATE,
    URGING_TEMPLATE,
)

__all__ = [
    "DIRECTIVE_TEMPLATE",
    "INSPECTION_TEMPLATE",
    "LINES_MAX",
    "PLAN_TEMPLATE",
    "PLEDGE_TEMPLATE",
    "REPORT_TEMPLATE",
    "SIZE_MAX_BYTES",
    "TEMPLATE_KINDS",
    "URGING_TEMPLATE",
    "KnownUnit",
    "ParsedPlan",
    "ParsedTask",
    "PlanPaper",
    "PlanWarning",
    "Signer",
    "UnitDirectory",
    "directive_paper",
    "directory_from_organisation",
    "file_name",
    "importable",
    "inspection_paper",
    "parse_plan",
    "plan_paper",
    "pledge_paper",
    "read_document",
    "report_paper",
    "suggested_calendar",
    "unit_directory",
    "urging_paper",
]
