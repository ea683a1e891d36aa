"""What happened to periodic reports: what is asked of whom, and each report on its way (vi: báo cáo định kỳ)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events.calendar import CalendarChange, DueReason, OfficialNotice
from services.plans.events.plan import Signer


class ReportPeriod(StrEnum):
    """What stretch of a year a report is about (vi: quý, sáu tháng đầu năm, chín tháng, năm)."""

    QUARTER_1 = "q1"
    QUARTER_2 = "q2"
    HALF = "half"
    QUARTER_3 = "q3"
    NINE_MONTHS = "nine"
    QUARTER_4 = "q4"
    YEAR = "year"


class ReportLevel(StrEnum):
    """Who reports: a unit, a group for its members, the district for all (vi: đơn vị, cụm hoặc khối, quận)."""

    UNIT = "unit"
    GROUP = "group"
    DISTRICT = "district"


class ReportState(StrEnum):
    """How far a report has come: asked for, drafted, submitted, returned, accepted (vi: trạng thái báo cáo)."""

    AWAITED = "awaited"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class ReportedState(StrEnum):
    """What a report says of a task: done within the period, open, or open past its due date."""

    DONE = "done"
    OPEN = "open"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelDue:
    """When the reports of one level are due: the day that was stated, and the working day it comes to."""

    level: ReportLevel
    stated_on: date
    due_on: date
    reason: DueReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who reports, with its name as it was then, and the group it reports through (vi: nơi báo cáo).

    `head_id` is the unit that speaks for a group; None for units and the district.
    """

    reporter_id: str
    level: ReportLevel
    name: str
    group_id: str | None = None
    head_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How many tasks were done, are open, are overdue (vi: đã xong, đang làm, trễ hạn)."""

    done: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTask:
    """A task as the report tells it; long contents and evidence are shortened."""

    plan_id: str
    number: int
    content: str
    due_on: date
    state: ReportedState
    done_on: date | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport:
    """How one of those below has reported; `days_late` are working days, until today where nothing came.

    `tasks` is what its accepted report says; nothing of one that is not accepted.
    """

    reporter_id: str
    level: ReportLevel
    name: str
    state: ReportState
    due_on: date
    submitted_on: date | None = None
    number: str | None = None
    is_late: bool = False
    days_late: int = 0
    tasks: TaskCounts = field(default_factory=TaskCounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One figure that another area of plans counts, by the key of its words (vi: số liệu khác)."""

    key: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    """What the log says for a report, taken at a moment: tasks of `first_on` to `until_on`, and those below.

    `counts` counts all tasks, `tasks` lists at most as many as a report shows; `member_counts` adds up the
    accepted reports of units among `members`; `tallies` are the figures of other areas.
    """

    first_on: date
    until_on: date
    taken_at: datetime
    tasks: tuple[ReportedTask, ...]
    counts: TaskCounts
    members: tuple[MemberReport, ...] = ()
    member_counts: TaskCounts = field(default_factory=TaskCounts)
    tallies: tuple[Tally, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportText:
    """The four parts of a report in words; empty ones are still to be written.

    (vi: I. Công tác lãnh đạo, chỉ đạo, phong trào; II. Kết quả; III. Hạn chế, nguyên nhân; IV. Phương hướng, kiến nghị)
    """

    leadership: str = ""
    results: str = ""
    limits: str = ""
    directions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAnnounced:
    """Reports of a period were asked for: what they cover, who sends them, when (vi: yêu cầu báo cáo định kỳ).

    Figures cover `first_on` to `closes_on`; `basis` is the paper that asks for them, empty where there is none.
    """

    district: str
    year: int
    period: ReportPeriod
    first_on: date
    closes_on: date
    dues: tuple[LevelDue, ...]
    reporters: tuple[Reporter, ...]
    basis: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDueMoved:
    """The reports of a level are due on another day (vi: đổi hạn báo cáo).

    `why` is the reason that was given; where the calendar moved it, `change` and `notice` say what was changed
    there. `reporters` are the ids of those it concerns, `heads` the units that speak for groups among them.
    """

    district: str
    year: int
    period: ReportPeriod
    due: LevelDue
    due_on_before: date
    why: str
    reporters: tuple[str, ...]
    by: str
    at: datetime
    change: CalendarChange | None = None
    notice: OfficialNotice | None = None
    heads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportersAmended:
    """More have to report, or some no longer have to; `removed` are ids (vi: bổ sung, miễn báo cáo).

    `dues` are the due dates as they were then, `excused` those behind the ids.
    """

    district: str
    year: int
    period: ReportPeriod
    added: tuple[Reporter, ...]
    removed: tuple[str, ...]
    dues: tuple[LevelDue, ...]
    why: str
    by: str
    at: datetime
    excused: tuple[Reporter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOpened:
    """A report was begun with the figures that the log gives (vi: lập báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    level: ReportLevel
    name: str
    figures: ReportFigures
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiguresRefreshed:
    """The figures of the report were taken anew (vi: lấy lại số liệu)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    figures: ReportFigures
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSaved:
    """The words of the report were written (vi: soạn báo cáo)."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    text: ReportText
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSubmitted:
    """The report was sent under its number, figures and words as they were then (vi: nộp báo cáo).

    `reported_on` is the date that the report bears; it came on `submitted_on`. `days_late` are the working days
    from the due date to the first submission, 0 where that was in time. `head_id` is the unit that speaks for a
    group.
    """

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    level: ReportLevel
    name: str
    group_id: str | None
    number: str
    reported_on: date
    signer: Signer
    text: ReportText
    figures: ReportFigures
    due_on: date
    submitted_on: date
    is_first: bool
    days_late: int
    by: str
    at: datetime
    head_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReturned:
    """The report was sent back to be put right (vi: trả lại báo cáo); `head_id` is the unit that speaks for a group."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    level: ReportLevel
    name: str
    group_id: str | None
    reasons: tuple[str, ...]
    by: str
    at: datetime
    head_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAccepted:
    """The report was taken as it is (vi: tiếp nhận báo cáo); `head_id` is the unit that speaks for a group."""

    district: str
    year: int
    period: ReportPeriod
    reporter_id: str
    level: ReportLevel
    name: str
    group_id: str | None
    counts: TaskCounts
    by: str
    at: datetime
    head_id: str | None = None


ReportDutyEvent: TypeAlias = ReportAnnounced | ReportDueMoved | ReportersAmended
OneReportEvent: TypeAlias = (
    ReportOpened | ReportFiguresRefreshed | ReportSaved | ReportSubmitted | ReportReturned | ReportAccepted
)
ReportEvent: TypeAlias = ReportDutyEvent | OneReportEvent
