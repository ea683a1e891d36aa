"""Read and write plan documents (vi: văn bản kế hoạch), and the list of public holidays."""

from services.plans.documents.files import LINES_MAX, SIZE_MAX_BYTES, read_document
from services.plans.documents.holidays import suggested_calendar
from services.plans.documents.plan import importable, parse_plan
from services.plans.documents.units import KnownUnit, UnitDirectory, directory_from_organisation, unit_directory
from services.plans.documents.writing import PLAN_TEMPLATE, PlanPaper, file_name, plan_paper
from services.plans.views.document import ParsedPlan, ParsedTask, PlanWarning, Signer

__all__ = [
    "LINES_MAX",
    "PLAN_TEMPLATE",
    "SIZE_MAX_BYTES",
    "KnownUnit",
    "ParsedPlan",
    "ParsedTask",
    "PlanPaper",
    "PlanWarning",
    "Signer",
    "UnitDirectory",
    "directory_from_organisation",
    "file_name",
    "importable",
    "parse_plan",
    "plan_paper",
    "read_document",
    "suggested_calendar",
    "unit_directory",
]
