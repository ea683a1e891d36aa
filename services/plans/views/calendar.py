"""What may be seen of calendars: the row of each year, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import CalendarChange, CalendarDay, DueReason, NamedDay, OfficialNotice
from services.plans.views.plan import TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """What one notice changed, who entered it and when (vi: điều chỉnh lịch)."""

    notice: OfficialNotice
    days_off: tuple[NamedDay, ...]
    days_made_up: tuple[NamedDay, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """The calendar of a year: its holidays, the corrections in force, oldest first, and what was done to it last."""

    district: str
    year: int
    holidays: tuple[NamedDay, ...]
    basis: str
    source: str
    corrections: tuple[CorrectionView, ...]
    change: CalendarChange
    notice: OfficialNotice | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCalendar:
    """Which days are worked between two dates, and what is due on them in the asker's scope? Answer: CalendarDetail.

    At most 366 days; with `district` only what is due there.
    """

    first_on: date
    last_on: date
    district: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTask:
    """A task that is due on a day of the calendar."""

    district: str
    plan_id: str
    number: int
    content: str
    due_on: date
    state: TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDetail:
    """The days in order, the tasks due on them by date, and the open calendars of the years they lie in."""

    days: tuple[CalendarDay, ...]
    tasks: tuple[DueTask, ...]
    calendars: tuple[CalendarView, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTerm:
    """When does a term of so many working days (1–1000) end that begins on a day? Answer: TermView."""

    after: date
    working_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermView:
    """The last day of a term, with its reason (vi: ngày cuối của thời hạn)."""

    after: date
    working_days: int
    due_on: date
    reason: DueReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestCalendar:
    """Which public holidays has the year by the list that the system carries? Answer: SuggestedCalendar."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedCalendar:
    """What `OpenCalendar` may be filled with."""

    year: int
    holidays: tuple[NamedDay, ...]
    basis: str
    source: str


CalendarQuestion: TypeAlias = ShowCalendar | ShowTerm | SuggestCalendar
CalendarAnswer: TypeAlias = CalendarDetail | TermView | SuggestedCalendar
