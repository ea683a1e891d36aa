"""What may be seen of periodic reports: their rows, what each level counts, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import (
    LevelDue,
    ReportFigures,
    ReportLevel,
    ReportPeriod,
    ReportState,
    ReportText,
    Signer,
)


class ReportStanding(StrEnum):
    """How a report stands against its due date (vi: đúng hạn, trễ hạn, chưa nộp, chưa đến hạn)."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMove:
    """That reports of a level became due on another day, why, by whom and when."""

    level: ReportLevel
    due_on_before: date
    due_on: date
    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDutyView:
    """What is asked for a period of a year, and how due dates were moved since, oldest first."""

    district: str
    year: int
    period: ReportPeriod
    first_on: date
    closes_on: date
    dues: tuple[LevelDue, ...]
    basis: str
    moves: tuple[DueMove, ...]
    by: str
    at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterView:
    """Who has to report in a year, by the newest name."""

    district: str
    year: int
    reporter_id: str
    level: ReportLevel
    name: str
    group_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """Where one report stands; `seq` is its last event.

    `first_submitted_on` decides what is late, `submitted_on` is the last submission; the counts of tasks are
    those of the last submission. An excused report is counted nowhere.
    """

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    level: ReportLevel
    name: str
    group_id: str | None
    due_on: date
    state: ReportState
    seq: int
    first_submitted_on: date | None = None
    submitted_on: date | None = None
    is_late: bool = False
    number: str | None = None
    reported_on: date | None = None
    accepted_on: date | None = None
    returns: int = 0
    is_excused: bool = False
    excused_why: str = ""
    tasks_done: int = 0
    tasks_open: int = 0
    tasks_overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """What a report says: its words, the figures that were taken last, who signed, why it was last returned."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    text: ReportText
    figures: ReportFigures
    signer: Signer | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHistory:
    """One event of a report's history: who did what, when; `text` is what was said with it, a line each."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    seq: int
    type: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReportTotals:
    """The reports of a group's members in a period.

    `on_time` and `late` came, `unsubmitted` never came; `waiting`, `returned` and `accepted` tell where those
    that came lie. The counts of tasks are those of the accepted reports.
    """

    district: str
    group_id: str
    year: int
    period: ReportPeriod
    reports: int
    on_time: int
    late: int
    unsubmitted: int
    waiting: int
    returned: int
    accepted: int
    tasks_done: int
    tasks_open: int
    tasks_overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictReportTotals:
    """The reports of one level of a district in a period; fields as in GroupReportTotals."""

    district: str
    year: int
    period: ReportPeriod
    level: ReportLevel
    reports: int
    on_time: int
    late: int
    unsubmitted: int
    waiting: int
    returned: int
    accepted: int
    tasks_done: int
    tasks_open: int
    tasks_overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityReportTotals:
    """The reports of one level of all districts in a period; fields as in GroupReportTotals."""

    year: int
    period: ReportPeriod
    level: ReportLevel
    reports: int
    on_time: int
    late: int
    unsubmitted: int
    waiting: int
    returned: int
    accepted: int
    tasks_done: int
    tasks_open: int
    tasks_overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """A report with its standing today; `days_late` are working days, until today where nothing came."""

    report: ReportView
    standing: ReportStanding
    days_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterLine:
    """One who reports, with the reports of the year."""

    reporter: ReporterView
    reports: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReportYear:
    """Who has reported in a district's year, period by period? Answer: ReportYear; pages count from 1."""

    district: str
    year: int
    level: ReportLevel | None = None
    group_id: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportYear:
    """The duties of the year in order of period, and a page of those who report: district, groups, units, by name."""

    duties: tuple[ReportDutyView, ...]
    lines: tuple[ReporterLine, ...]
    reporters: int
    page: int
    pages: int
    totals: tuple[DistrictReportTotals, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReports:
    """Which reports of a period are there? Answer: ReportList; pages count from 1. Excused ones come last."""

    district: str
    year: int
    period: ReportPeriod
    level: ReportLevel | None = None
    group_id: str | None = None
    standing: ReportStanding | None = None
    state: ReportState | None = None
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportList:
    """A page of the reports of a period by level and name, what each level and group counts, and the duty."""

    duty: ReportDutyView
    lines: tuple[ReportLine, ...]
    reports: int
    page: int
    pages: int
    totals: tuple[DistrictReportTotals, ...]
    group_totals: tuple[GroupReportTotals, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReport:
    """One report with its history. Answer: ReportDetail."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDetail:
    """A report, what was asked, its content where the asker may see it, and its history, oldest first.

    `speaker_id` is the unit that speaks: itself, or the group's head; `head_district` is the district that heads
    the cluster. `is_outdated` where the figures of a draft are no longer what the log gives.
    """

    duty: ReportDutyView
    line: ReportLine
    due: LevelDue
    content: ReportContent | None
    history: tuple[ReportHistory, ...]
    speaker_id: str | None
    head_district: str | None
    is_outdated: bool
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCityReports:
    """How have the five districts reported in a year? Answer: CityReports."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityReports:
    """What the districts count side by side, their own reports to the cluster, and what was asked there."""

    duties: tuple[ReportDutyView, ...]
    reports: tuple[ReportLine, ...]
    totals: tuple[DistrictReportTotals, ...]
    city_totals: tuple[CityReportTotals, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MyReports:
    """Which reports has the asker to write, and which to take? Answer: MyReportList."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyReportList:
    """Reports to write by due date, and reports that wait to be taken, oldest first; at most 200 of each."""

    to_write: tuple[ReportLine, ...]
    to_take: tuple[ReportLine, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestReportDuty:
    """What does a period cover as usual, and when are its reports due? Answer: SuggestedReportDuty."""

    year: int
    period: ReportPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedReportDuty:
    """What `AnnounceReport` takes where nothing else is said."""

    year: int
    period: ReportPeriod
    first_on: date
    closes_on: date
    dues: tuple[LevelDue, ...]


ReportQuestion: TypeAlias = ShowReportYear | ListReports | ShowReport | ShowCityReports | MyReports | SuggestReportDuty
ReportAnswer: TypeAlias = ReportYear | ReportList | ReportDetail | CityReports | MyReportList | SuggestedReportDuty
