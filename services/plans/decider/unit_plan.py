"""The rules of a unit's own plan of a year: one aggregate a unit and year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, assert_never

from services.plans.commands import (
    AmendUnitPlanDraft,
    CancelUnitTask,
    CompleteUnitTask,
    DraftUnitPlan,
    IssueUnitPlan,
    NewUnitTask,
    ReopenUnitTask,
    ReportUnitTask,
    ReturnUnitPlan,
    SubmitUnitPlan,
    UnitPlanCommand,
    UnitTaskCommand,
)
from services.plans.decider.plan import PlanStatus
from services.plans.events import (
    DraftUnitTask,
    IssuedUnitTask,
    PlanText,
    Unit,
    UnitPlanDraftAmended,
    UnitPlanDrafted,
    UnitPlanEvent,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
    UnitTaskCancelled,
    UnitTaskCompleted,
    UnitTaskReopened,
    UnitTaskReported,
    require_open,
)
from services.plans.rules import (
    ATTACHMENTS_MAX,
    POST_MAX,
    RIGHTS,
    TASKS_MAX,
    TEXT_MAX,
    UNIT_PLAN_CHARACTERS_MAX,
    WorkingDays,
    due_date,
    is_document_number,
    quarter_of_month,
)
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor, Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTask:
    """What the rules need to know of a task of a unit's plan in force."""

    content: str
    of_task: int | None
    is_completed: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlan:
    """What the rules need to know of a unit's plan."""

    status: PlanStatus = PlanStatus.NONE
    unit_name: str = ""
    number: str | None = None
    text: PlanText | None = None
    draft: tuple[DraftUnitTask, ...] = ()
    issued_on: date | None = None
    tasks: Mapping[int, UnitTask] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictPlanFacts:
    """The district's plan in force: the day of its issue, and each task's number with whether it is cancelled."""

    issued_on: date
    tasks: Mapping[int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlanFacts:
    """Who asks, the day in Vietnam, and what our read model has of the unit, the district's plan and the calendar.

    `group_id` is the unit's group in the year; `district_plan` is None where none is in force. `attachments` are the
    files that the command names, as their owner uploaded them.
    """

    actor: Actor
    today: date
    unit: Unit | None = None
    group_id: str | None = None
    district_plan: DistrictPlanFacts | None = None
    days: WorkingDays = field(default_factory=WorkingDays)
    attachments: tuple[Attachment, ...] = ()


def decide(command: UnitPlanCommand, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    _authorise(command, facts)
    match command:
        case DraftUnitPlan():
            return _draft(command, plan, facts)
        case AmendUnitPlanDraft():
            return _amend(command, plan, facts)
        case SubmitUnitPlan():
            if plan.status is PlanStatus.SUBMITTED:
                return []
            _require(plan, command, PlanStatus.DRAFT)
            _unit(command, facts)
            return [UnitPlanSubmitted(**_said(command, facts))]
        case ReturnUnitPlan():
            _require(plan, command, PlanStatus.SUBMITTED)
            reason = _text(command.reason, "plan.reason_missing")
            return [UnitPlanReturned(reason=reason, **_said(command, facts))]
        case IssueUnitPlan():
            return _issue(command, plan, facts)
        case ReportUnitTask() | CompleteUnitTask() | ReopenUnitTask() | CancelUnitTask():
            return _decide_task(command, plan, facts)
        case _:
            assert_never(command)


def evolve(plan: UnitPlan, event: UnitPlanEvent) -> UnitPlan:
    """Return the unit's plan after the event. Never refuses: it has happened."""
    match event:
        case UnitPlanDrafted():
            return UnitPlan(
                status=PlanStatus.DRAFT,
                unit_name=event.unit_name,
                number=event.number,
                text=event.text,
                draft=event.tasks,
            )
        case UnitPlanDraftAmended():
            return replace(plan, number=event.number, text=event.text, draft=event.tasks)
        case UnitPlanSubmitted():
            return replace(plan, status=PlanStatus.SUBMITTED)
        case UnitPlanReturned():
            return replace(plan, status=PlanStatus.DRAFT)
        case UnitPlanIssued():
            return replace(
                plan,
                status=PlanStatus.ISSUED,
                unit_name=event.unit_name,
                number=event.number,
                issued_on=event.issued_on,
                tasks={task.number: UnitTask(content=task.content, of_task=task.of_task) for task in event.tasks},
            )
        case UnitTaskReported():
            return plan
        case UnitTaskCompleted():
            return _with(plan, event.task_number, is_completed=True)
        case UnitTaskReopened():
            return _with(plan, event.task_number, is_completed=False)
        case UnitTaskCancelled():
            return _with(plan, event.task_number, is_cancelled=True)
        case _:
            assert_never(event)


def concerns(command: UnitPlanCommand, event: UnitPlanEvent) -> bool:
    """Return whether the event changed what the command's form showed."""
    number = getattr(event, "task_number", None)
    return number == command.task_number if isinstance(command, UnitTaskCommand) else number is None


# --- the plan itself ---------------------------------------------------------------------------


def _draft(command: DraftUnitPlan, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    unit, district_plan = _unit(command, facts), _district_plan(command, facts)
    tasks = _draft_tasks(command.tasks, command.year, district_plan)
    _check(command.number, command.text, tasks)
    if plan.status is not PlanStatus.NONE:
        if (plan.number, plan.text, plan.draft) == (command.number, command.text, tasks):
            return []
        raise Rejected("unit_plan.exists", unit_id=command.unit_id, year=command.year)
    return [
        UnitPlanDrafted(
            unit_name=unit.short_name,
            group_id=facts.group_id,
            number=command.number,
            text=command.text,
            tasks=tasks,
            **_said(command, facts),
        )
    ]


def _amend(command: AmendUnitPlanDraft, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    _require(plan, command, PlanStatus.DRAFT)
    _unit(command, facts)
    tasks = _draft_tasks(command.tasks, command.year, _district_plan(command, facts))
    _check(command.number, command.text, tasks)
    if (plan.number, plan.text, plan.draft) == (command.number, command.text, tasks):
        return []
    return [
        UnitPlanDraftAmended(
            number=command.number,
            text=command.text,
            tasks=tasks,
            **_said(command, facts),
        )
    ]


def _issue(command: IssueUnitPlan, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    if plan.status is PlanStatus.ISSUED and (plan.number, plan.issued_on) == (command.number, command.issued_on):
        return []
    _require(plan, command, PlanStatus.SUBMITTED)
    unit, district_plan = _unit(command, facts), _district_plan(command, facts)
    if not is_document_number(command.number):
        raise Rejected("plan.number_malformed", number=command.number)
    if command.issued_on > facts.today:
        raise Rejected("plan.issued_in_future", issued_on=str(command.issued_on), today=str(facts.today))
    if command.issued_on < district_plan.issued_on:
        raise Rejected(
            "unit_plan.issued_before_district",
            issued_on=str(command.issued_on),
            district_issued_on=str(district_plan.issued_on),
        )
    if command.issued_on.year > command.year:
        raise Rejected("plan.issued_out_of_year", issued_on=str(command.issued_on), year=command.year)
    assert plan.text is not None
    return [
        UnitPlanIssued(
            unit_name=unit.short_name,
            group_id=facts.group_id,
            number=command.number,
            title=plan.text.title,
            issued_on=command.issued_on,
            tasks=tuple(_issued(task, command.year, district_plan, facts.days) for task in plan.draft),
            **_said(command, facts),
        )
    ]


def _issued(task: DraftUnitTask, year: int, district_plan: DistrictPlanFacts, days: WorkingDays) -> IssuedUnitTask:
    """Return the task with its due date; the district's task may have been cancelled since the draft."""
    _check_link(task.number, task.of_task, district_plan)
    due, rule = due_date(year, task.quarter, task.due_on, days, month=task.due_month)
    return IssuedUnitTask(
        number=task.number,
        quarter=task.quarter,
        content=task.content,
        due_on=due.due_on,
        due_rule=rule,
        due_reason=due.reason,
        due_month=task.due_month,
        post=task.post,
        of_task=task.of_task,
    )


def _draft_tasks(
    tasks: Sequence[NewUnitTask], year: int, district_plan: DistrictPlanFacts
) -> tuple[DraftUnitTask, ...]:
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
        month = task.due_month
        if month is not None and not (1 <= month <= 12 and quarter_of_month(month) == task.quarter):
            raise Rejected("unit_plan.month_out_of_quarter", task_number=task.number, month=month)
        if task.due_on is not None and task.due_on.year not in (year, year + 1):
            raise Rejected("task.due_out_of_year", task_number=task.number, due_on=str(task.due_on), year=year)
        _check_link(task.number, task.of_task, district_plan)
        drafted.append(
            DraftUnitTask(
                number=task.number,
                quarter=task.quarter,
                content=_text(task.content, "task.content_missing"),
                due_month=task.due_month,
                due_on=task.due_on,
                post=_limited(task.post, "post", POST_MAX),
                of_task=task.of_task,
            )
        )
    return tuple(drafted)


def _check_link(task_number: int, of_task: int | None, district_plan: DistrictPlanFacts) -> None:
    if of_task is None:
        return
    if of_task not in district_plan.tasks:
        raise Rejected("unit_plan.of_task_not_found", task_number=task_number, of_task=of_task)
    if district_plan.tasks[of_task]:
        raise Rejected("unit_plan.of_task_cancelled", task_number=task_number, of_task=of_task)


# --- its tasks ---------------------------------------------------------------------------------


def _decide_task(command: UnitTaskCommand, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    if plan.status is PlanStatus.NONE:
        raise Rejected("unit_plan.not_found", unit_id=command.unit_id, year=command.year)
    if plan.status is not PlanStatus.ISSUED:
        raise Rejected("unit_plan.not_issued", unit_id=command.unit_id, year=command.year)
    number = command.task_number
    task = plan.tasks.get(number)
    if task is None:
        raise Rejected("task.not_found", task_number=number)
    if task.is_cancelled:
        if isinstance(command, CancelUnitTask):
            return []
        raise Rejected("task.cancelled", task_number=number)
    said = _said(command, facts)
    match command:
        case ReportUnitTask():
            if not 0 <= command.percent <= 100:
                raise Rejected("task.percent_out_of_range", percent=command.percent)
            _refuse_completed(task, number)
            return [
                UnitTaskReported(
                    task_number=number,
                    percent=command.percent,
                    text=_text(command.text, "task.report_missing"),
                    attachments=_attachments(facts),
                    **said,
                )
            ]
        case CompleteUnitTask():
            _check_completion(command, plan, facts)
            if task.is_completed:
                return []
            return [
                UnitTaskCompleted(
                    unit_name=plan.unit_name,
                    task_number=number,
                    content=task.content,
                    of_task=task.of_task,
                    completed_on=command.completed_on,
                    evidence=_text(command.evidence, "task.evidence_missing"),
                    note=_limited(command.note, "note"),
                    attachments=_attachments(facts),
                    **said,
                )
            ]
        case ReopenUnitTask():
            if not task.is_completed:
                raise Rejected("task.not_completed", task_number=number)
            reason = _text(command.reason, "task.reason_missing")
            return [UnitTaskReopened(task_number=number, content=task.content, reason=reason, **said)]
        case CancelUnitTask():
            _refuse_completed(task, number)
            reason = _text(command.reason, "task.reason_missing")
            return [UnitTaskCancelled(task_number=number, content=task.content, reason=reason, **said)]
        case _:
            assert_never(command)


def _check_completion(command: CompleteUnitTask, plan: UnitPlan, facts: UnitPlanFacts) -> None:
    assert plan.issued_on is not None
    if command.completed_on > facts.today:
        raise Rejected("task.completed_in_future", completed_on=str(command.completed_on), today=str(facts.today))
    if command.completed_on < plan.issued_on:
        raise Rejected(
            "task.completed_before_issue", completed_on=str(command.completed_on), issued_on=str(plan.issued_on)
        )


def _refuse_completed(task: UnitTask, task_number: int) -> None:
    if task.is_completed:
        raise Rejected("task.completed", task_number=task_number)


# --- what both need ----------------------------------------------------------------------------


def _said(command: UnitPlanCommand, facts: UnitPlanFacts) -> dict[str, Any]:
    """Return what every event of the plan says: of which unit and year, by whom, when."""
    return {
        "district": command.district,
        "year": command.year,
        "unit_id": command.unit_id,
        "by": facts.actor.account_id,
        "at": command.at,
    }


def _authorise(command: UnitPlanCommand, facts: UnitPlanFacts) -> None:
    right = RIGHTS[type(command)]
    if not right.allows(facts.actor, on=facts.today, district=command.district, unit=command.unit_id):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _unit(command: UnitPlanCommand, facts: UnitPlanFacts) -> Unit:
    """Return the unit. Raises Rejected `unit.not_found`, and where it is closed: it makes no plan any more."""
    if facts.unit is None:
        raise Rejected("unit.not_found", unit_id=command.unit_id)
    require_open(facts.unit, facts.today)
    return facts.unit


def _district_plan(command: UnitPlanCommand, facts: UnitPlanFacts) -> DistrictPlanFacts:
    if facts.district_plan is None:
        raise Rejected("unit_plan.district_plan_missing", year=command.year)
    return facts.district_plan


def _require(plan: UnitPlan, command: UnitPlanCommand, status: PlanStatus) -> None:
    if plan.status is PlanStatus.NONE:
        raise Rejected("unit_plan.not_found", unit_id=command.unit_id, year=command.year)
    if plan.status is not status:
        raise Rejected("unit_plan.wrong_status", unit_id=command.unit_id, status=plan.status, required=status)


def _check(number: str | None, text: PlanText, tasks: Sequence[DraftUnitTask]) -> None:
    if number is not None and not is_document_number(number):
        raise Rejected("plan.number_malformed", number=number)
    _text(text.title, "plan.title_missing")
    _text(text.issuer, "plan.issuer_missing")
    lists = (text.bases, text.purposes, text.requirements, text.solutions, text.organisation, text.recipients)
    signer = (text.signer.name, text.signer.post, text.signer.on_behalf_of or "") if text.signer else ()
    parts = (text.title, text.issuer, text.place or "", *signer, *(one for items in lists for one in items))
    for part in parts:
        _limited(part)
    if sum(map(len, parts)) + sum(len(task.content) + len(task.post) for task in tasks) > UNIT_PLAN_CHARACTERS_MAX:
        raise Rejected("unit_plan.too_large", limit=UNIT_PLAN_CHARACTERS_MAX)


def _text(text: str, code: str) -> str:
    stripped = _limited(text)
    if not stripped:
        raise Rejected(code)
    return stripped


def _limited(text: str, field: str = "", limit: int = TEXT_MAX) -> str:
    stripped = text.strip()
    if len(stripped) > limit:
        raise Rejected("text.too_long", limit=limit, field=field)
    return stripped


def _attachments(facts: UnitPlanFacts) -> tuple[Attachment, ...]:
    if len(facts.attachments) > ATTACHMENTS_MAX:
        raise Rejected("attachment.too_many", limit=ATTACHMENTS_MAX)
    return facts.attachments


def _with(plan: UnitPlan, task_number: int, **changes: Any) -> UnitPlan:
    task = plan.tasks.get(task_number)
    if task is None:
        return plan
    return replace(plan, tasks={**plan.tasks, task_number: replace(task, **changes)})


UNIT_PLAN: Decider[UnitPlanCommand, UnitPlan, UnitPlanEvent, UnitPlanFacts] = Decider(
    kind="unit-plan",
    commands=(
        DraftUnitPlan,
        AmendUnitPlanDraft,
        SubmitUnitPlan,
        ReturnUnitPlan,
        IssueUnitPlan,
        ReportUnitTask,
        CompleteUnitTask,
        ReopenUnitTask,
        CancelUnitTask,
    ),
    initial=UnitPlan(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, f"{command.year}-{command.unit_id}"),
    concerns=concerns,
)
