"""The rules of an annual plan and its tasks: one aggregate a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import assert_never

from services.plans.commands import (
    AmendDraft,
    AssignTask,
    CancelTask,
    CompleteTaskPart,
    DraftPlan,
    IssuePlan,
    NewTask,
    PlanCommand,
    RecomputeDueDates,
    ReopenTask,
    ReportTask,
    ReturnPlan,
    StartTask,
    SubmitPlan,
    TaskCommand,
)
from services.plans.events import (
    DraftAmended,
    DraftTask,
    DueDatesMoved,
    DueRule,
    Group,
    IssuedTask,
    MovedTask,
    NamedUnit,
    Participant,
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
    require_open,
)
from services.plans.rules import (
    ATTACHMENTS_MAX,
    RIGHTS,
    TASKS_MAX,
    TEXT_MAX,
    YEARS,
    WorkingDays,
    due_date,
    is_document_number,
)
from services.plans.views import CalendarView
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor, Attachment


class PlanStatus(StrEnum):
    """How far a plan has come (vi: trạng thái kế hoạch)."""

    NONE = "none"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """What the rules need to know of an issued task."""

    quarter: int
    content: str
    due_on: date
    due_rule: DueRule
    participants: tuple[Participant, ...]
    started: frozenset[str] = frozenset()
    done: Mapping[str, date] = field(default_factory=dict)
    is_completed: bool = False
    is_cancelled: bool = False

    @property
    def leads(self) -> tuple[Participant, ...]:
        """Return the units on which completion depends."""
        return tuple(one for one in self.participants if one.role is UnitRole.LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the rules need to know of a plan."""

    status: PlanStatus = PlanStatus.NONE
    year: int = 0
    number: str | None = None
    text: PlanText | None = None
    draft: tuple[DraftTask, ...] = ()
    issued_on: date | None = None
    tasks: Mapping[int, TaskState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """Who asks, the day in Vietnam, the organisation and the working days as our read model has them.

    `calendar` is that of the plan's year; None where it is not open. `attachments` are the files that the
    command names, as their owner uploaded them.
    """

    actor: Actor
    today: date
    units: Mapping[str, Unit] = field(default_factory=dict)
    sets: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    days: WorkingDays = field(default_factory=WorkingDays)
    calendar: CalendarView | None = None
    attachments: tuple[Attachment, ...] = ()


def decide(command: PlanCommand, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    by = facts.actor.account_id
    match command:
        case DraftPlan():
            _authorise(command, facts)
            # One plan a district and year: its id is the year, so that no level counts two.
            if command.year not in YEARS or command.plan_id != str(command.year):
                raise Rejected("plan.id_malformed", plan_id=command.plan_id, year=command.year)
            tasks = _draft_tasks(command.tasks, command.year, facts)
            _check_number(command.number)
            _check_text(command.text)
            if plan.status is not PlanStatus.NONE:
                if (plan.number, plan.text, plan.draft) == (command.number, command.text, tasks):
                    return []
                raise Rejected("plan.exists", plan_id=command.plan_id)
            return [
                PlanDrafted(
                    district=command.district,
                    plan_id=command.plan_id,
                    year=command.year,
                    number=command.number,
                    text=command.text,
                    tasks=tasks,
                    by=by,
                    at=command.at,
                )
            ]
        case AmendDraft():
            _authorise(command, facts)
            _require(plan, command.plan_id, PlanStatus.DRAFT)
            tasks = _draft_tasks(command.tasks, plan.year, facts)
            _check_number(command.number)
            _check_text(command.text)
            if (plan.number, plan.text, plan.draft) == (command.number, command.text, tasks):
                return []
            return [_amended(command.district, command.plan_id, command.number, command.text, tasks, by, command)]
        case SubmitPlan():
            _authorise(command, facts)
            if plan.status is PlanStatus.SUBMITTED:
                return []
            _require(plan, command.plan_id, PlanStatus.DRAFT)
            return [PlanSubmitted(district=command.district, plan_id=command.plan_id, by=by, at=command.at)]
        case ReturnPlan():
            _authorise(command, facts)
            _require(plan, command.plan_id, PlanStatus.SUBMITTED)
            reason = _text(command.reason, "plan.reason_missing")
            return [
                PlanReturned(district=command.district, plan_id=command.plan_id, reason=reason, by=by, at=command.at)
            ]
        case IssuePlan():
            _authorise(command, facts)
            return _issue(command, plan, facts)
        case RecomputeDueDates():
            _authorise(command, facts)
            return _recompute(command, plan, facts)
        case AssignTask() | StartTask() | ReportTask() | CompleteTaskPart() | ReopenTask() | CancelTask():
            return _decide_task(command, plan, facts)
        case _:
            assert_never(command)


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
            tasks = {
                task.number: TaskState(
                    quarter=task.quarter,
                    content=task.content,
                    due_on=task.due_on,
                    due_rule=task.due_rule,
                    participants=task.participants,
                )
                for task in event.tasks
            }
            return replace(plan, status=PlanStatus.ISSUED, number=event.number, issued_on=event.issued_on, tasks=tasks)
        case TaskAssigned():
            task = plan.tasks.get(event.task_number)
            units = {one.unit_id for one in event.participants}
            return _with(
                plan,
                event.task_number,
                participants=event.participants,
                started=(task.started if task else frozenset()) & units,
                done={unit: day for unit, day in (task.done if task else {}).items() if unit in units},
            )
        case TaskStarted() | TaskReported():
            task = plan.tasks.get(event.task_number)
            return _with(plan, event.task_number, started=(task.started if task else frozenset()) | {event.unit_id})
        case TaskPartCompleted():
            task = plan.tasks.get(event.task_number)
            done = {**(task.done if task else {}), event.unit_id: event.completed_on}
            return _with(plan, event.task_number, done=done)
        case TaskCompleted():
            return _with(plan, event.task_number, is_completed=True)
        case TaskReopened():
            return _with(plan, event.task_number, is_completed=False, done={}, started=frozenset())
        case TaskCancelled():
            return _with(plan, event.task_number, is_cancelled=True)
        case DueDatesMoved():
            for moved in event.tasks:
                plan = _with(plan, moved.number, due_on=moved.due_on)
            return plan
        case _:
            assert_never(event)


def concerns(command: PlanCommand, event: PlanEvent) -> bool:
    """Return whether the event changed what the command's form showed."""
    if isinstance(command, TaskCommand):
        number = getattr(event, "task_number", None)
        unit = getattr(event, "unit_id", None)
        return number == command.task_number and (unit is None or unit == getattr(command, "unit_id", unit))
    return not hasattr(event, "task_number")


# --- the plan itself ---------------------------------------------------------------------------


def _authorise(command: PlanCommand, facts: PlanFacts, unit_id: str | None = None) -> None:
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=command.district, unit=unit_id):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _require(plan: Plan, plan_id: str, status: PlanStatus) -> None:
    if plan.status is PlanStatus.NONE:
        raise Rejected("plan.not_found", plan_id=plan_id)
    if plan.status is not status:
        raise Rejected("plan.wrong_status", plan_id=plan_id, status=plan.status, required=status)


def _check_number(number: str | None) -> None:
    if number is not None and not is_document_number(number):
        raise Rejected("plan.number_malformed", number=number)


def _check_text(text: PlanText) -> None:
    _text(text.title, "plan.title_missing")
    _text(text.issuer, "plan.issuer_missing")
    lists = (text.bases, text.purposes, text.requirements, text.solutions, text.organisation, text.recipients)
    for part in (text.place or "", *(one for items in lists for one in items)):
        _limited(part)


def _text(text: str, code: str) -> str:
    stripped = _limited(text)
    if not stripped:
        raise Rejected(code)
    return stripped


def _attachments(facts: PlanFacts) -> tuple[Attachment, ...]:
    if len(facts.attachments) > ATTACHMENTS_MAX:
        raise Rejected("attachment.too_many", limit=ATTACHMENTS_MAX)
    return facts.attachments


def _limited(text: str, field: str = "") -> str:
    stripped = text.strip()
    if len(stripped) > TEXT_MAX:
        raise Rejected("text.too_long", limit=TEXT_MAX, field=field)
    return stripped


def _draft_tasks(tasks: Sequence[NewTask], year: int, facts: PlanFacts) -> tuple[DraftTask, ...]:
    if not tasks:
        raise Rejected("plan.without_tasks")
    if len(tasks) > TASKS_MAX:
        raise Rejected("plan.too_many_tasks", limit=TASKS_MAX)
    seen: set[int] = set()
    drafted = []
    for task in tasks:
        if task.number in seen or not 1 <= task.number <= 9999:
            raise Rejected("task.number_duplicate", task_number=task.number)
        seen.add(task.number)
        if not 1 <= task.quarter <= 4:
            raise Rejected("task.quarter_missing", task_number=task.number)
        if not task.lead_units:
            raise Rejected("task.unit_missing", task_number=task.number)
        if task.due_on is not None and task.due_on.year not in (year, year + 1):
            raise Rejected("task.due_out_of_year", task_number=task.number, due_on=str(task.due_on), year=year)
        drafted.append(
            DraftTask(
                number=task.number,
                quarter=task.quarter,
                content=_text(task.content, "task.content_missing"),
                leads=_named(task.lead_units, facts),
                coordinators=_named(task.coordinating_units, facts),
                due_on=task.due_on,
            )
        )
    return tuple(drafted)


def _named(unit_ids: Sequence[str], facts: PlanFacts) -> tuple[NamedUnit, ...]:
    named: dict[str, NamedUnit] = {}
    for unit_id in unit_ids:
        if unit_id in facts.sets:
            named[unit_id] = NamedUnit(unit_id=unit_id, name=facts.sets[unit_id][0], is_set=True)
        else:
            named[unit_id] = NamedUnit(unit_id=unit_id, name=_open_unit(unit_id, facts).short_name)
    return tuple(named.values())


def _open_unit(unit_id: str, facts: PlanFacts) -> Unit:
    unit = facts.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id)
    require_open(unit, facts.today)
    return unit


def _amended(
    district: str,
    plan_id: str,
    number: str | None,
    text: PlanText,
    tasks: tuple[DraftTask, ...],
    by: str,
    command: AmendDraft | AssignTask,
) -> DraftAmended:
    return DraftAmended(district=district, plan_id=plan_id, number=number, text=text, tasks=tasks, by=by, at=command.at)


def _issue(command: IssuePlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    if plan.status is PlanStatus.ISSUED:
        if (plan.number, plan.issued_on) == (command.number, command.issued_on):
            return []
        raise Rejected("plan.wrong_status", plan_id=command.plan_id, status=plan.status, required=PlanStatus.SUBMITTED)
    _require(plan, command.plan_id, PlanStatus.SUBMITTED)
    if not is_document_number(command.number):
        raise Rejected("plan.number_malformed", number=command.number)
    if command.issued_on > facts.today:
        raise Rejected("plan.issued_in_future", issued_on=str(command.issued_on), today=str(facts.today))
    if command.issued_on.year not in (plan.year - 1, plan.year):
        raise Rejected("plan.issued_out_of_year", issued_on=str(command.issued_on), year=plan.year)
    assert plan.text is not None
    tasks = []
    for task in plan.draft:
        due, rule = due_date(plan.year, task.quarter, task.due_on, facts.days)
        tasks.append(
            IssuedTask(
                number=task.number,
                quarter=task.quarter,
                content=task.content,
                due_on=due.due_on,
                due_rule=rule,
                due_reason=due.reason,
                participants=_expanded(task.number, task.leads, task.coordinators, plan.year, facts),
            )
        )
    return [
        PlanIssued(
            district=command.district,
            plan_id=command.plan_id,
            year=plan.year,
            number=command.number,
            title=plan.text.title,
            issued_on=command.issued_on,
            tasks=tuple(tasks),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _recompute(command: RecomputeDueDates, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Move the due dates that the calendar as it is now puts on other days; never into the past.

    Who had until today must not be late at once because today turns out to be a day off.
    """
    if plan.status is not PlanStatus.ISSUED or facts.calendar is None:
        return []
    moved = []
    for number, task in plan.tasks.items():
        if task.due_rule is not DueRule.QUARTER or task.is_completed or task.is_cancelled:
            continue
        due, _ = due_date(plan.year, task.quarter, None, facts.days)
        if due.due_on == task.due_on or due.due_on < facts.today:
            continue
        assert due.reason is not None
        moved.append(
            MovedTask(
                number=number,
                quarter=task.quarter,
                due_on_before=task.due_on,
                due_on=due.due_on,
                due_reason=due.reason,
                units=tuple(one.unit_id for one in task.participants),
            )
        )
    if not moved:
        return []
    return [
        DueDatesMoved(
            district=command.district,
            plan_id=command.plan_id,
            year=plan.year,
            tasks=tuple(moved),
            change=facts.calendar.change,
            notice=facts.calendar.notice,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _expanded(
    task_number: int,
    leads: Sequence[NamedUnit],
    coordinators: Sequence[NamedUnit],
    year: int,
    facts: PlanFacts,
) -> tuple[Participant, ...]:
    """Return the units behind the names, sets replaced by their open members; a unit takes part once, as lead first."""
    group_of = {member: group.group_id for group in facts.groups if group.year == year for member in group.members}
    participants: dict[str, Participant] = {}
    for role, named in ((UnitRole.LEAD, leads), (UnitRole.COORDINATING, coordinators)):
        for one in named:
            members = facts.sets[one.unit_id][1] if one.unit_id in facts.sets else (one.unit_id,)
            for unit_id in members:
                unit = facts.units.get(unit_id)
                if unit is None:
                    raise Rejected("unit.not_found", unit_id=unit_id)
                # A closed member of a set is left out; a closed unit named by itself is refused.
                if one.unit_id in facts.sets and not unit.is_open(facts.today):
                    continue
                require_open(unit, facts.today)
                participants.setdefault(
                    unit_id,
                    Participant(
                        unit_id=unit_id,
                        name=unit.short_name,
                        role=role,
                        group_id=group_of.get(unit_id),
                        via_set=one.unit_id if one.unit_id in facts.sets else None,
                    ),
                )
    if not any(one.role is UnitRole.LEAD for one in participants.values()):
        raise Rejected("task.unit_missing", task_number=task_number)
    return tuple(participants.values())


# --- its tasks ---------------------------------------------------------------------------------


def _decide_task(command: TaskCommand, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    if plan.status is PlanStatus.NONE:
        raise Rejected("plan.not_found", plan_id=command.plan_id)
    if isinstance(command, AssignTask):
        _authorise(command, facts)
        if plan.status is not PlanStatus.ISSUED:
            return _assign_in_draft(command, plan, facts)
    if plan.status is not PlanStatus.ISSUED:
        raise Rejected("plan.not_issued", plan_id=command.plan_id)
    task = plan.tasks.get(command.task_number)
    if task is None:
        raise Rejected("task.not_found", task_number=command.task_number)
    by = facts.actor.account_id
    match command:
        case CancelTask():
            _authorise(command, facts)
            if task.is_cancelled:
                return []
            if task.is_completed:
                # Others have counted it; it is opened again first, and they take it back.
                raise Rejected("task.completed", task_number=command.task_number)
            return [
                TaskCancelled(
                    district=command.district,
                    plan_id=command.plan_id,
                    task_number=command.task_number,
                    content=task.content,
                    reason=_text(command.reason, "task.reason_missing"),
                    units=tuple(one.unit_id for one in task.participants),
                    by=by,
                    at=command.at,
                )
            ]
        case ReopenTask():
            _authorise(command, facts)
            _refuse_cancelled(task, command.task_number)
            if not task.done:
                raise Rejected("task.not_completed", task_number=command.task_number)
            return [
                TaskReopened(
                    district=command.district,
                    plan_id=command.plan_id,
                    year=plan.year,
                    task_number=command.task_number,
                    content=task.content,
                    reason=_text(command.reason, "task.reason_missing"),
                    was_completed=task.is_completed,
                    units=tuple(one.unit_id for one in task.participants),
                    by=by,
                    at=command.at,
                )
            ]
        case AssignTask():
            return _assign(command, plan, task, facts)
        case StartTask(unit_id=unit_id):
            _participant(command, task, unit_id, facts)
            if unit_id in task.started or unit_id in task.done:
                return []
            return [
                TaskStarted(
                    district=command.district,
                    plan_id=command.plan_id,
                    task_number=command.task_number,
                    unit_id=unit_id,
                    by=by,
                    at=command.at,
                )
            ]
        case ReportTask(unit_id=unit_id):
            _participant(command, task, unit_id, facts)
            if not 0 <= command.percent <= 100:
                raise Rejected("task.percent_out_of_range", percent=command.percent)
            if unit_id in task.done:
                raise Rejected("task.part_completed", task_number=command.task_number, unit_id=unit_id)
            return [
                TaskReported(
                    district=command.district,
                    plan_id=command.plan_id,
                    task_number=command.task_number,
                    unit_id=unit_id,
                    percent=command.percent,
                    text=_text(command.text, "task.report_missing"),
                    by=by,
                    at=command.at,
                    attachments=_attachments(facts),
                )
            ]
        case CompleteTaskPart():
            return _complete(command, plan, task, facts)
        case _:
            assert_never(command)


def _refuse_cancelled(task: TaskState, task_number: int) -> None:
    if task.is_cancelled:
        raise Rejected("task.cancelled", task_number=task_number)


def _participant(
    command: StartTask | ReportTask | CompleteTaskPart, task: TaskState, unit_id: str, facts: PlanFacts
) -> Participant:
    """Return the unit's part. Only an assigned unit acts, through its own people or Phòng Nội vụ."""
    participant = next((one for one in task.participants if one.unit_id == unit_id), None)
    _authorise(command, facts, unit_id)
    if participant is None:
        raise Rejected("task.unit_not_assigned", task_number=command.task_number, unit_id=unit_id)
    _refuse_cancelled(task, command.task_number)
    return participant


def _complete(command: CompleteTaskPart, plan: Plan, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    participant = _participant(command, task, command.unit_id, facts)
    assert plan.issued_on is not None
    if command.completed_on > facts.today:
        raise Rejected("task.completed_in_future", completed_on=str(command.completed_on), today=str(facts.today))
    if command.completed_on < plan.issued_on:
        raise Rejected(
            "task.completed_before_issue", completed_on=str(command.completed_on), issued_on=str(plan.issued_on)
        )
    if command.unit_id in task.done:
        return []
    by = facts.actor.account_id
    events: list[PlanEvent] = [
        TaskPartCompleted(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            unit_id=command.unit_id,
            unit_name=participant.name,
            completed_on=command.completed_on,
            evidence=_text(command.evidence, "task.evidence_missing"),
            note=_limited(command.note, "note"),
            by=by,
            at=command.at,
            attachments=_attachments(facts),
        )
    ]
    done = {**task.done, command.unit_id: command.completed_on}
    if not task.is_completed:
        events += _completed_if_all_done(command, plan, task, task.participants, done, by)
    return events


def _completed_if_all_done(
    command: CompleteTaskPart | AssignTask,
    plan: Plan,
    task: TaskState,
    participants: Sequence[Participant],
    done: Mapping[str, date],
    by: str,
) -> list[PlanEvent]:
    leads = [one for one in participants if one.role is UnitRole.LEAD]
    if any(one.unit_id not in done for one in leads):
        return []
    return [
        TaskCompleted(
            district=command.district,
            plan_id=command.plan_id,
            year=plan.year,
            task_number=command.task_number,
            quarter=task.quarter,
            content=task.content,
            due_on=task.due_on,
            completed_on=max(done[one.unit_id] for one in leads),
            leads=tuple(NamedUnit(unit_id=one.unit_id, name=one.name) for one in leads),
            by=by,
            at=command.at,
        )
    ]


def _assign(command: AssignTask, plan: Plan, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    _refuse_cancelled(task, command.task_number)
    if task.is_completed:
        raise Rejected("task.completed", task_number=command.task_number)
    participants = _expanded(
        command.task_number,
        _named(command.lead_units, facts),
        _named(command.coordinating_units, facts),
        plan.year,
        facts,
    )
    if participants == task.participants:
        return []
    gone = set(task.done) - {one.unit_id for one in participants}
    if gone:
        raise Rejected("task.part_completed", task_number=command.task_number, unit_id=min(gone))
    by = facts.actor.account_id
    before = [one.unit_id for one in task.participants]
    assigned = TaskAssigned(
        district=command.district,
        plan_id=command.plan_id,
        task_number=command.task_number,
        content=task.content,
        due_on=task.due_on,
        participants=participants,
        added=tuple(one.unit_id for one in participants if one.unit_id not in before),
        removed=tuple(unit_id for unit_id in before if unit_id not in {one.unit_id for one in participants}),
        by=by,
        at=command.at,
    )
    return [assigned, *_completed_if_all_done(command, plan, task, participants, task.done, by)]


def _assign_in_draft(command: AssignTask, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    _require(plan, command.plan_id, PlanStatus.DRAFT)
    if command.task_number not in {task.number for task in plan.draft}:
        raise Rejected("task.not_found", task_number=command.task_number)
    if not command.lead_units:
        raise Rejected("task.unit_missing", task_number=command.task_number)
    leads, coordinators = _named(command.lead_units, facts), _named(command.coordinating_units, facts)
    tasks = tuple(
        replace(task, leads=leads, coordinators=coordinators) if task.number == command.task_number else task
        for task in plan.draft
    )
    if tasks == plan.draft:
        return []
    assert plan.text is not None
    return [_amended(command.district, command.plan_id, plan.number, plan.text, tasks, facts.actor.account_id, command)]


def _with(plan: Plan, task_number: int, **changes: object) -> Plan:
    task = plan.tasks.get(task_number)
    if task is None:
        return plan
    return replace(plan, tasks={**plan.tasks, task_number: replace(task, **changes)})  # type: ignore[arg-type]


PLAN: Decider[PlanCommand, Plan, PlanEvent, PlanFacts] = Decider(
    kind="plan",
    commands=(
        DraftPlan,
        AmendDraft,
        SubmitPlan,
        ReturnPlan,
        IssuePlan,
        RecomputeDueDates,
        AssignTask,
        StartTask,
        ReportTask,
        CompleteTaskPart,
        ReopenTask,
        CancelTask,
    ),
    initial=Plan(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.plan_id),
    concerns=concerns,
)
