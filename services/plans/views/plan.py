"""What may be seen of plans: the rows of its read models, the questions and their answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import CalendarDay, District, DraftTask, DueReason, DueRule, Group, PlanText, Unit, UnitRole
from services.plans.views.document import ParsedPlan
from shared.types import Attachment


class TaskState(StrEnum):
    """How far a task, or a unit's part of it, has come (vi: trạng thái nhiệm vụ)."""

    ASSIGNED = "assigned"
    STARTED = "started"
    PARTLY_DONE = "partly_done"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    CARRIED = "carried"


class ExtensionState(StrEnum):
    """What became of a request for more time; it lapses where there is nothing left to extend (vi: gia hạn)."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"


class MoveKind(StrEnum):
    """What moved a due date: the calendar, a unit's request, an amendment of the plan."""

    CALENDAR = "calendar"
    EXTENSION = "extension"
    AMENDMENT = "amendment"


OrganisationView: TypeAlias = District


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSetView:
    """A named set of units."""

    district: str
    set_id: str
    name: str
    aliases: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentView:
    """Changes of the plan that were submitted or returned; numbers and rows as in PlanAmendmentSubmitted."""

    version: int
    reason: str
    number: str | None
    added: tuple[DraftTask, ...]
    changed: tuple[DraftTask, ...]
    removed: tuple[int, ...]
    by: str
    at: datetime
    return_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """An annual plan; status draft, returned, submitted or issued; `seq` is its last event but those of tasks.

    `text`, `draft`, `number` and `issued_on` are those of the first issue; `version` counts from it, 0 before it.
    `amendment_status` is submitted or returned while `amendment` waits. A closed plan stays issued. A draft that
    the district does not issue before it ends belongs to `transferred_to` from `transferred_on` on.
    """

    district: str
    plan_id: str
    year: int
    status: str
    number: str | None
    issued_on: date | None
    text: PlanText
    draft: tuple[DraftTask, ...]
    return_reason: str | None
    seq: int
    version: int = 0
    amended_by: str | None = None
    amended_on: date | None = None
    amendment_status: str | None = None
    amendment: AmendmentView | None = None
    closed_on: date | None = None
    carry_reason: str = ""
    transferred_on: date | None = None
    transferred_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionView:
    """A unit's request for more time and what was said to it; `due_on` is the day that was granted."""

    unit_id: str
    unit_name: str
    wanted_on: date
    reason: str
    by: str
    at: datetime
    state: ExtensionState
    due_on: date | None = None
    answer: str = ""
    decided_by: str | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMove:
    """What moved the due date last, and when.

    `document` is the number of the notice or the amendment behind it, `unit_name` who asked for more time; `version` is
    that of the amendment, 0 where it was none.
    """

    kind: MoveKind
    moved_on: date
    document: str = ""
    unit_name: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One unit's part in a task; percent 0–100; `attachments` are those of its last report."""

    unit_id: str
    name: str
    role: UnitRole
    group_id: str | None
    started_on: date | None = None
    percent: int = 0
    report: str = ""
    reported_at: datetime | None = None
    done_on: date | None = None
    evidence: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task of an issued plan with every unit's part; `seq` is its last event.

    `due_on_before` is the day from which the due date was moved last, `due_move` by what. `due_month` and `stated_on`
    are what the plan says of the date; `series` is the number of the row that repeats. `first_content` and
    `first_due_on` are as first issued, `since_version` when that was, `amended_in` the versions that changed it,
    `taken_out_in` the one that took it out of the plan. `handed_over` are parts as they were when their unit ended and
    its successor went on.
    """

    district: str
    plan_id: str
    year: int
    number: int
    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    state: TaskState
    parts: tuple[PartView, ...]
    completed_on: date | None
    cancel_reason: str | None
    seq: int
    due_reason: DueReason | None = None
    due_on_before: date | None = None
    due_move: TaskMove | None = None
    due_month: int | None = None
    stated_on: date | None = None
    series: int | None = None
    first_content: str = ""
    first_due_on: date | None = None
    since_version: int = 1
    amended_in: tuple[int, ...] = ()
    taken_out_in: int | None = None
    extensions: tuple[ExtensionView, ...] = ()
    handed_over: tuple[PartView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskView:
    """A task as one of its units sees it."""

    district: str
    plan_id: str
    number: int
    unit_id: str
    year: int
    quarter: int
    content: str
    role: UnitRole
    due_on: date
    state: TaskState
    done_on: date | None
    completed_on: date | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenExtension:
    """A request for more time that nobody has answered yet; `by` is who asked."""

    district: str
    plan_id: str
    number: int
    unit_id: str
    unit_name: str
    content: str
    due_on: date
    wanted_on: date
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHistory:
    """One event of a task's history: who did what, when, with which files."""

    district: str
    plan_id: str
    number: int
    seq: int
    type: str
    unit_id: str | None
    text: str
    by: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTotals:
    """A unit's tasks of one quarter: all, its part done, task completed, cancelled (not counted in tasks)."""

    district: str
    plan_id: str
    unit_id: str
    quarter: int
    tasks: int
    parts_done: int
    completed: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """The distinct tasks in which a group's members take part, by quarter."""

    district: str
    plan_id: str
    group_id: str
    quarter: int
    tasks: int
    completed: int
    cancelled: int
    parts: int
    parts_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictTotals:
    """A district's distinct tasks, by quarter."""

    district: str
    plan_id: str
    year: int
    quarter: int
    tasks: int
    completed: int
    cancelled: int
    parts: int
    parts_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityTotals:
    """All districts' tasks of a year, by quarter."""

    year: int
    quarter: int
    tasks: int
    completed: int
    cancelled: int
    parts: int
    parts_done: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrganisations:
    """Which districts are there? Answer: OrganisationList."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationList:
    """The districts and the city."""

    organisations: tuple[OrganisationView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChange:
    """Which event changed the organisation of the district last."""

    district: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOrganisation:
    """Which units, sets and groups has the district, or had it at the end of `as_of`? Answer: OrganisationDetail.

    `known` is the `seq` of an answer that the asker has kept: it is not told again what has not changed since.
    """

    district: str
    year: int
    as_of: date | None = None
    known: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDetail:
    """A district's units, sets, and groups of the year.

    `seq` is the event that changed the organisation last; where the asker has kept the answer as of it (`is_known`),
    units, sets and groups are left out.
    """

    organisation: OrganisationView
    seq: int
    is_known: bool
    units: tuple[Unit, ...]
    sets: tuple[UnitSetView, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsePlan:
    """What does this plan document say? Answer: ParsedPlan."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlans:
    """Which plans may the asker see? Answer: PlanList."""

    year: int | None = None
    district: str | None = None
    status: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanList:
    """A page of the plans, newest year first; `found` counts all.

    Texts are there by their first words, and no lists: neither rows nor parts of the document.
    """

    plans: tuple[PlanView, ...]
    found: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPlan:
    """The plan and its tasks, those of one unit or group only where one is named. Answer: PlanBoard.

    With `as_of` as they were at the end of that day.
    """

    district: str
    plan_id: str
    unit_id: str | None = None
    group_id: str | None = None
    quarter: int | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBoard:
    """A plan with its tasks in order of number, without what units reported; `today` decides what is overdue.

    `days_left`: working days from today to each due date; negative where it is past.
    """

    plan: PlanView
    tasks: tuple[TaskView, ...]
    today: date
    days_left: Mapping[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTask:
    """One task with a page of its history. Answer: TaskDetail."""

    district: str
    plan_id: str
    task_number: int
    history_page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """What a task says of the plan it stands in."""

    number: str | None
    issued_on: date | None
    closed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetail:
    """A task, its plan and a page of its history, newest first.

    `due_day` is what sort of day the due date is, `due_reason` why it is that day; None where the document
    states it. `days_left`: working days from today to the due date; negative where it is past.
    """

    plan: TaskPlan
    task: TaskView
    history: tuple[TaskHistory, ...]
    history_page: int
    history_pages: int
    today: date
    due_day: CalendarDay
    due_reason: DueReason | None
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MyWork:
    """What has the asker to do? Answer: WorkList."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """Open parts of the asker's units by due date, plans and requests for more time that wait for the asker's hand.

    `days_left`: working days from today to each due date; negative where it is past.
    """

    tasks: tuple[UnitTaskView, ...]
    plans: tuple[PlanView, ...]
    today: date
    days_left: Mapping[date, int]
    extensions: tuple[OpenExtension, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDistrict:
    """The district's year by unit, group and quarter, as it was at the end of `as_of`. Answer: DistrictOverview."""

    district: str
    year: int
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictOverview:
    """Totals of each level of one district; `overdue_*` count open tasks and parts past their due date, by id."""

    organisation: OrganisationView
    plan: PlanView | None
    units: tuple[Unit, ...]
    groups: tuple[Group, ...]
    unit_totals: tuple[UnitTotals, ...]
    group_totals: tuple[GroupTotals, ...]
    district_totals: tuple[DistrictTotals, ...]
    overdue: int
    overdue_units: Mapping[str, int]
    overdue_groups: Mapping[str, int]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCity:
    """Five districts side by side, as they were at the end of `as_of`. Answer: CityOverview."""

    year: int
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOverview:
    """Totals by district and for the city; a district without a plan has no totals."""

    organisations: tuple[OrganisationView, ...]
    plans: tuple[PlanView, ...]
    district_totals: tuple[DistrictTotals, ...]
    city_totals: tuple[CityTotals, ...]
    overdue: Mapping[str, int]
    today: date


PlanQuestion: TypeAlias = (
    ListOrganisations
    | ShowOrganisation
    | ParsePlan
    | ListPlans
    | ShowPlan
    | ShowTask
    | MyWork
    | ShowDistrict
    | ShowCity
)
PlanAnswer: TypeAlias = (
    OrganisationList
    | OrganisationDetail
    | ParsedPlan
    | PlanList
    | PlanBoard
    | TaskDetail
    | WorkList
    | DistrictOverview
    | CityOverview
)
