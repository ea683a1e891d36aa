"""The official papers of a district's year, each as what its template may name: one file a paper."""

from services.plans.documents.papers.directive import DIRECTIVE_TEMPLATE, DirectivePaper, directive_paper
from services.plans.documents.papers.inspection import INSPECTION_TEMPLATE, InspectionPaper, inspection_paper
from services.plans.documents.papers.pledge import PLEDGE_TEMPLATE, PledgePaper, pledge_paper
from services.plans.documents.papers.report import REPORT_TEMPLATE, ReportPaper, report_paper
from services.plans.documents.papers.urging import URGING_TEMPLATE, UrgingPaper, urging_paper

__all__ = [
    "DIRECTIVE_TEMPLATE",
    "INSPECTION_TEMPLATE",
    "PLEDGE_TEMPLATE",
    "REPORT_TEMPLATE",
    "URGING_TEMPLATE",
    "DirectivePaper",
    "InspectionPaper",
    "PledgePaper",
    "ReportPaper",
    "UrgingPaper",
    "directive_paper",
    "inspection_paper",
    "pledge_paper",
    "report_paper",
    "urging_paper",
]
