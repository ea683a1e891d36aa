"""The organisation, the tasks of a plan and registrations as spreadsheets (vi: bảng tính)."""

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
from services.plans.documents.sheets.registrations import (
    CheckedRegistrations,
    KnownRegistration,
    known_registrations,
    read_registrations,
    savings,
    write_registrations,
)
from services.plans.documents.sheets.tasks import CheckedTasks, amendment, read_tasks, write_tasks
from services.plans.documents.sheets.unit_names import UnitNames, unit_names

__all__ = [
    "CheckedOrganisations",
    "CheckedRegistrations",
    "CheckedTasks",
    "Difference",
    "KnownRegistration",
    "Line",
    "LineState",
    "Preview",
    "ReadOrganisations",
    "UnitNames",
    "amendment",
    "check_organisations",
    "known_registrations",
    "read_organisations",
    "read_registrations",
    "read_tasks",
    "revisions",
    "savings",
    "unit_kind_words",
    "unit_names",
    "write_organisations",
    "write_registrations",
    "write_tasks",
]
