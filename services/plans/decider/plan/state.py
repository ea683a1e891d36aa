"""What the rules need to know of a plan and its tasks, folded from what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import assert_never

from services.plans.events import (
    District,
    DraftAmended,
    DraftTask,
    DraftTransferred,
    DueDatesMoved,
    DueReason,
    DueRule,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    Group,
    IssuedTask,
    Participant,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanClosed,
    PlanDrafted,
    PlanEvent,
    PlanIssued,
    PlanReturned,
    PlanSubmitted,
    PlanText,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
    Unit,
    UnitRole,
)
from services.plans.rules import WorkingDays
from services.plans.views import CalendarView
from shared.types import Actor, Attachment


class PlanStatus(StrEnum):
    """How far a plan has come (vi: trạng thái kế hoạch)."""

    NONE = "none"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ISSUED = "issued"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a unit asks for: more time, until a day, for a reason; `by` is who asked."""

    wanted_on: date
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """What the rules need to know of an issued task.

    `stated_on` and `due_month` are what the plan as it is now says of the date; `is_extended` where the date was moved
    at a unit's request; `requests` are the open ones by unit.
    """

    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    participants: tuple[Participant, ...]
    due_month: int | None = None
    stated_on: date | None = None
    due_reason: DueReason | None = None
    series: int | None = None
    is_extended: bool = False
    requests: Mapping[str, Request] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    done: Mapping[str, date] = field(default_factory=dict)
    is_completed: bool = False
    is_cancelled: bool = False

    @property
    def leads(self) -> tuple[Participant, ...]:
        """Return the units on which completion depends."""
        return tuple(one for one in self.participants if one.role is UnitRole.LEAD)

    @property
    def is_open(self) -> bool:
        """Return whether the task is still to be done."""
        return not self.is_completed and not self.is_cancelled

    def keeps_term(self, row: DraftTask) -> bool:
        """Return whether the row states the same date, month or quarter as the plan does now."""
        return (row.quarter, row.due_month, row.due_on) == (self.quarter, self.due_month, self.stated_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """The changes that lie before the chair."""

    version: int
    reason: str
    number: str | None
    added: tuple[DraftTask, ...]
    changed: tuple[DraftTask, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the rules need to know of a plan; `documents` are number and date of each version, the first issue first."""

    status: PlanStatus = PlanStatus.NONE
    year: int = 0
    number: str | None = None
    text: PlanText | None = None
    draft: tuple[DraftTask, ...] = ()
    issued_on: date | None = None
    documents: tuple[tuple[str, date], ...] = ()
    amendment: Amendment | None = None
    transferred: DraftTransferred | None = None
    tasks: Mapping[int, TaskState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """Who asks, the day in Vietnam, the organisation and the working days as our read model has them.

    `calendar` is that of the plan's year; None where it is not open. `attachments` are the files that the
    command names, as their owner uploaded them; `place` is the district, where its end is asked for.
    """

    actor: Actor
    today: date
    units: Mapping[str, Unit] = field(default_factory=dict)
    sets: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    days: WorkingDays = field(default_factory=WorkingDays)
    calendar: CalendarView | None = None
    attachments: tuple[Attachment, ...] = ()
    place: District | None = None


def evolve(plan: Plan, event: PlanEvent) -> Plan:
    """Return the plan after the event. Never refuses: it has happened."""
    match event:
        case PlanDrafted():
            return Plan(
                status=PlanStatus.DRAFT, year=event.year, number=event.number, text=event.text, draft=event.tasks
            )
        case DraftAmended():
            return replace(plan, number=event.number, text=event.text, draft=event.tasks)
        case PlanSubmitted():
            return replace(plan, status=PlanStatus.SUBMITTED)
        case PlanReturned():
            return replace(plan, status=PlanStatus.DRAFT)
        case PlanIssued():
            return replace(
                plan,
                status=PlanStatus.ISSUED,
                number=event.number,
                issued_on=event.issued_on,
                documents=((event.number, event.issued_on),),
                tasks={task.number: _issued(task) for task in event.tasks},
            )
        case PlanAmendmentSubmitted():
            amendment = Amendment(
                version=event.version,
                reason=event.reason,
                number=event.number,
                added=event.added,
                changed=event.changed,
                removed=event.removed,
            )
            return replace(plan, amendment=amendment)
        case PlanAmendmentReturned():
            return replace(plan, amendment=None)
        case PlanAmended():
            return _amended(plan, event)
        case PlanClosed():
            return replace(plan, status=PlanStatus.CLOSED)
        case DraftTransferred():
            return replace(plan, transferred=event)
        case DueDatesMoved():
            for moved in event.tasks:
                plan = _with(plan, moved.number, due_on=moved.due_on, due_reason=moved.due_reason)
            return plan
        case _:
            task = plan.tasks.get(event.task_number)
            return plan if task is None else _put(plan, event.task_number, _task_after(task, event))


_TaskEvent = (
    TaskAssigned
    | TaskStarted
    | TaskReported
    | TaskPartCompleted
    | TaskCompleted
    | TaskReopened
    | TaskCancelled
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionRefused
)


def _task_after(task: TaskState, event: _TaskEvent) -> TaskState:
    match event:
        case TaskAssigned():
            return _with_participants(task, event.participants)
        case TaskStarted() | TaskReported():
            return replace(task, started=task.started | {event.unit_id})
        case TaskPartCompleted():
            done = {**task.done, event.unit_id: event.completed_on}
            return replace(task, done=done, requests=_without(task.requests, event.unit_id))
        case TaskCompleted():
            return replace(task, is_completed=True, requests={})
        case TaskReopened():
            return replace(task, is_completed=False, done={}, started=frozenset())
        case TaskCancelled():
            return replace(task, is_cancelled=True, requests={})
        case ExtensionRequested():
            request = Request(wanted_on=event.wanted_on, reason=event.reason, by=event.by)
            return replace(task, requests={**task.requests, event.unit_id: request})
        case ExtensionGranted():
            return replace(
                task, due_on=event.due_on, is_extended=True, requests=_without(task.requests, *event.settles)
            )
        case ExtensionRefused():
            return replace(task, requests=_without(task.requests, event.unit_id))
        case _:
            assert_never(event)


def _issued(task: IssuedTask) -> TaskState:
    return TaskState(
        quarter=task.quarter,
        content=task.content,
        due_on=task.due_on,
        due_rule=task.due_rule,
        participants=task.participants,
        due_month=task.due_month,
        stated_on=task.due_on if task.due_rule is DueRule.DATE else None,
        due_reason=task.due_reason,
        series=task.series,
    )


def _amended(plan: Plan, event: PlanAmended) -> Plan:
    tasks = dict(plan.tasks)
    rows = {row.number: row for row in event.changed}
    for new in event.tasks:
        known = tasks.get(new.number)
        if known is None:
            tasks[new.number] = _issued(new)
            continue
        row = rows[new.number]
        keeps_term = known.keeps_term(row)
        changed = replace(
            known,
            quarter=new.quarter,
            content=new.content,
            due_on=new.due_on,
            due_rule=new.due_rule,
            due_month=row.due_month,
            stated_on=row.due_on,
            due_reason=new.due_reason,
            is_extended=known.is_extended and keeps_term,
            requests=known.requests if keeps_term else {},
        )
        tasks[new.number] = _with_participants(changed, new.participants)
    for number in event.removed:
        if number in tasks:
            tasks[number] = replace(tasks[number], is_cancelled=True, requests={})
    documents = (*plan.documents, (event.number, event.amended_on))
    return replace(plan, tasks=tasks, amendment=None, documents=documents)


def _with_participants(task: TaskState, participants: tuple[Participant, ...]) -> TaskState:
    units = {one.unit_id for one in participants}
    return replace(
        task,
        participants=participants,
        started=task.started & units,
        done={unit: day for unit, day in task.done.items() if unit in units},
        requests={unit: one for unit, one in task.requests.items() if unit in units},
    )


def _without(requests: Mapping[str, Request], *units: str) -> Mapping[str, Request]:
    return {unit: one for unit, one in requests.items() if unit not in units}


def _with(plan: Plan, task_number: int, **changes: object) -> Plan:
    task = plan.tasks.get(task_number)
    return plan if task is None else _put(plan, task_number, replace(task, **changes))  # type: ignore[arg-type]


def _put(plan: Plan, task_number: int, task: TaskState) -> Plan:
    return replace(plan, tasks={**plan.tasks, task_number: task})
