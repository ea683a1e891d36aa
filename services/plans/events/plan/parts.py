"""What the events of a plan are made of: the document's parts, units, rows and tasks."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.plans.events.calendar import DueReason


class UnitRole(StrEnum):
    """How a unit takes part in a task (vi: chủ trì, phối hợp)."""

    LEAD = "lead"
    COORDINATING = "coordinating"


class DueRule(StrEnum):
    """Where a due date comes from: the document's own date, or the last working day of the month or the quarter."""

    DATE = "date"
    QUARTER = "quarter"
    MONTH = "month"


class Repeat(StrEnum):
    """How often a row of the plan is to be done anew (vi: định kỳ hằng tháng, hằng quý)."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs a document and how (vi: người ký, chức vụ, thay mặt)."""

    name: str
    post: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanText:
    """The parts of the plan document around its table (vi: căn cứ, mục đích, yêu cầu, giải pháp …)."""

    title: str
    issuer: str
    place: str | None = None
    bases: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    solutions: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signer: Signer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedUnit:
    """A unit, or a set of units, with its name as it was then."""

    unit_id: str
    name: str
    is_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTask:
    """A row of the drafted plan; the units may be sets (vi: nội dung công việc).

    `due_month` (1–12) where the document states a month and no day; `repeats` where the row stands for several tasks.
    """

    number: int
    quarter: int
    content: str
    leads: tuple[NamedUnit, ...]
    coordinators: tuple[NamedUnit, ...] = ()
    due_on: date | None = None
    due_month: int | None = None
    repeats: Repeat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One unit with its part in a task, and the group it belongs to that year."""

    unit_id: str
    name: str
    role: UnitRole
    group_id: str | None = None
    via_set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTask:
    """A task of the issued plan, sets expanded to their members (vi: nhiệm vụ).

    `due_reason` is None where the document states the date, and in plans issued before there were calendars.
    `due_month` (1–12) where the rule is the month; `series` is the number of the row where that row repeats.
    """

    number: int
    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    participants: tuple[Participant, ...]
    due_reason: DueReason | None = None
    due_month: int | None = None
    series: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChange:
    """What an amendment found a task to be before it; `units_added` and `units_removed` are unit ids."""

    number: int
    content_before: str
    due_on_before: date
    units_added: tuple[str, ...] = ()
    units_removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftTask:
    """A task that goes no further in this plan, and the units that took part in it."""

    number: int
    quarter: int
    content: str
    due_on: date
    units: tuple[NamedUnit, ...]
