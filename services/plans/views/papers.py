"""The papers that can be asked for as files of Word, besides the plan's own."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.plans.events import ReportPeriod, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteUrgingLetter:
    """The letter that urges a unit about its late tasks (vi: công văn đôn đốc). Answer: Paper.

    Without a `number` there is room for it; `finish_by` is the day that the unit is given now.
    """

    district: str
    plan_id: str
    unit_id: str
    number: str | None
    dated_on: date
    finish_by: date
    signer: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDirective:
    """The directive that launches the campaign, a draft before the launch (vi: chỉ thị). Answer: Paper."""

    district: str
    campaign_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPledgePaper:
    """The pledge of the group with the signatures there are (vi: giao ước thi đua). Answer: Paper."""

    district: str
    group_id: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReportPaper:
    """The periodic report as it stands (vi: báo cáo). Answer: Paper."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowInspectionPaper:
    """The report on the inspection, a draft before it is concluded (vi: báo cáo kết quả kiểm tra). Answer: Paper."""

    district: str
    inspection_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper written from the template in force: a .docx in base64, and the SHA-256 of the template.

    `is_own_template` where that is the office's own and not the one that comes with the system.
    """

    file_name: str
    content_base64: str
    template_sha256: str
    is_own_template: bool


PaperQuestion: TypeAlias = WriteUrgingLetter | ShowDirective | ShowPledgePaper | ShowReportPaper | ShowInspectionPaper
PaperAnswer: TypeAlias = Paper
