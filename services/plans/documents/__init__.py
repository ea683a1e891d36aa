"""Read plan documents (vi: văn bản kế hoạch): from a file to tasks, units, dates, and doubts."""

from services.plans.documents.files import LINES_MAX, SIZE_MAX_BYTES, read_document
from services.plans.documents.plan import importable, parse_plan
from services.plans.documents.units import KnownUnit, UnitDirectory, directory_from_organisation, unit_directory
from services.plans.views.document import ParsedPlan, ParsedTask, PlanWarning, Signer

__all__ = [
    "LINES_MAX",
    "SIZE_MAX_BYTES",
    "KnownUnit",
    "ParsedPlan",
    "ParsedTask",
    "PlanWarning",
    "Signer",
    "UnitDirectory",
    "directory_from_organisation",
    "importable",
    "parse_plan",
    "read_document",
    "unit_directory",
]
