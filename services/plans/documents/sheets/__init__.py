"""The organisation and the tasks of a plan as spreadsheets (vi: bảng tính)."""

from services.plans.documents.sheets.organisation import (
    CheckedOrganisations,
    ReadOrganisations,
    check_organisations,
    read_organisations,
    revisions,
    write_organisations,
)
from services.plans.documents.sheets.organisation_forms import unit_kind_words
from services.plans.documents.sheets.preview import Difference, Line, LineState, Preview
from services.plans.documents.sheets.tasks import CheckedTasks, amendment, read_tasks, write_tasks

__all__ = [
    "CheckedOrganisations",
    "CheckedTasks",
    "Difference",
    "Line",
    "LineState",
    "Preview",
    "ReadOrganisations",
    "amendment",
    "check_organisations",
    "read_organisations",
    "read_tasks",
    "revisions",
    "unit_kind_words",
    "write_organisations",
    "write_tasks",
]
