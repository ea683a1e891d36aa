"""What happened to an annual plan, from its draft to its end (vi: kế hoạch năm)."""

from dataclasses import dataclass
from datetime import date, datetime

from services.plans.events.calendar import CalendarChange, DueReason, OfficialNotice
from services.plans.events.plan.parts import DraftTask, IssuedTask, LeftTask, PlanText, TaskChange


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDrafted:
    """A plan was drafted (vi: dự thảo kế hoạch)."""

    district: str
    plan_id: str
    year: int
    number: str | None
    text: PlanText
    tasks: tuple[DraftTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAmended:
    """The draft was replaced by another (vi: sửa dự thảo)."""

    district: str
    plan_id: str
    number: str | None
    text: PlanText
    tasks: tuple[DraftTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSubmitted:
    """The draft lies before the chair for issue (vi: trình ký)."""

    district: str
    plan_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReturned:
    """The chair sent the draft back (vi: trả lại)."""

    district: str
    plan_id: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIssued:
    """The plan is in force; its tasks and the units that answer for them (vi: ban hành kế hoạch)."""

    district: str
    plan_id: str
    year: int
    number: str
    title: str
    issued_on: date
    tasks: tuple[IssuedTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTask:
    """An open task that is due on another day than before, and the units it concerns."""

    number: int
    quarter: int
    due_on_before: date
    due_on: date
    due_reason: DueReason
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDatesMoved:
    """The calendar changed, and with it the days on which open tasks are due (vi: chuyển hạn).

    `change` is what was done to the calendar, `notice` the paper it rests on; None where it was opened.
    """

    district: str
    plan_id: str
    year: int
    tasks: tuple[MovedTask, ...]
    change: CalendarChange
    notice: OfficialNotice | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAmendmentSubmitted:
    """Changes of the issued plan lie before the chair (vi: trình điều chỉnh kế hoạch).

    `changed` holds the rows as they shall be, `removed` the numbers of tasks to be taken out; `version` is the one
    that the plan would have, the first issue being 1.
    """

    district: str
    plan_id: str
    version: int
    reason: str
    added: tuple[DraftTask, ...]
    changed: tuple[DraftTask, ...]
    removed: tuple[int, ...]
    by: str
    at: datetime
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAmendmentReturned:
    """The chair sent the changes back (vi: trả lại điều chỉnh)."""

    district: str
    plan_id: str
    version: int
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAmended:
    """The plan is in force in another version (vi: điều chỉnh kế hoạch).

    `added`, `changed` and `removed` are what the document says; `tasks` what follows from it, those added and those
    changed as they are now; `changes` says what the changed ones were before, `left` what was taken out.
    """

    district: str
    plan_id: str
    year: int
    version: int
    number: str
    amended_on: date
    reason: str
    added: tuple[DraftTask, ...]
    changed: tuple[DraftTask, ...]
    removed: tuple[int, ...]
    tasks: tuple[IssuedTask, ...]
    changes: tuple[TaskChange, ...]
    left: tuple[LeftTask, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanClosed:
    """The year of the plan has ended; nothing in it changes any more (vi: kết thúc kế hoạch năm).

    `carried` are the tasks still open, which go on in the next year's plan for the reason given.
    """

    district: str
    plan_id: str
    year: int
    closed_on: date
    carried: tuple[LeftTask, ...]
    carry_reason: str
    by: str
    at: datetime
