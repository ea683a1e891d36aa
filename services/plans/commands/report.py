"""What may be asked of periodic reports: to announce them, and to bring one on its way."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import ReportLevel, ReportPeriod, ReportText, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceReport:
    """Ask for the reports of a period (vi: yêu cầu báo cáo định kỳ).

    What is None is as usual: the dates of the period, all open units but those that they report to, all groups
    of the year. `units` are ids of units, sets, or groups (which stand for their members).
    """

    district: str
    year: int
    period: ReportPeriod
    first_on: date | None = None
    closes_on: date | None = None
    unit_due_on: date | None = None
    group_due_on: date | None = None
    district_due_on: date | None = None
    units: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    asks_district: bool = True
    basis: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReportDue:
    """Let the reports of a level be due on another day, with the reason (vi: đổi hạn báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    level: ReportLevel
    due_on: date
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendReporters:
    """Let more report, or excuse some, with the reason (vi: bổ sung, miễn báo cáo).

    `units` and `groups` are added; `excused` are ids of those who no longer have to, also where they are added.
    """

    district: str
    year: int
    period: ReportPeriod
    units: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeReportDues:
    """Hold the due dates of the period's reports against the calendar as it is now (vi: tính lại hạn báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReport:
    """Begin a report with the figures that the log gives (vi: lập báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReportFigures:
    """Take the figures of an unsubmitted report anew (vi: lấy lại số liệu)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveReport:
    """Write the words of an unsubmitted report (vi: soạn báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    text: ReportText
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReport:
    """Send the report under its number and date (vi: nộp báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    number: str
    reported_on: date
    signer: Signer
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReport:
    """Send the report back to be put right, with the reasons (vi: trả lại báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReport:
    """Take the report as it is (vi: tiếp nhận báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    at: datetime


ReportDutyCommand: TypeAlias = AnnounceReport | MoveReportDue | AmendReporters | RecomputeReportDues
OneReportCommand: TypeAlias = (
    OpenReport | RefreshReportFigures | SaveReport | SubmitReport | ReturnReport | AcceptReport
)
ReportCommand: TypeAlias = ReportDutyCommand | OneReportCommand
