"""Changes of an issued plan: prepared by Phòng Nội vụ, decided by the chair (vi: điều chỉnh kế hoạch)."""

from collections.abc import Sequence
from datetime import date

from services.plans.commands import AmendPlan, NewTask, ReturnPlanAmendment, SubmitPlanAmendment
from services.plans.decider.plan.checks import authorise, check_number, require_status
from services.plans.decider.plan.completion import completion
from services.plans.decider.plan.rows import drafted_rows, expanded, issued_tasks
from services.plans.decider.plan.state import Amendment, Plan, PlanFacts, PlanStatus, TaskState, evolve
from services.plans.decider.room import within_room
from services.plans.decider.texts import needed_prose
from services.plans.events import (
    DraftTask,
    IssuedTask,
    LeftTask,
    NamedUnit,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanEvent,
    TaskChange,
)
from services.plans.rules import due_date
from shared.errors import Rejected


def submit_amendment(command: SubmitPlanAmendment, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the changes lie before the chair; [] for the same ones again."""
    authorise(command, facts)
    require_status(plan, command.plan_id, PlanStatus.ISSUED)
    check_number(command.number)
    if not (command.added or command.changed or command.removed):
        raise Rejected("plan.amendment_empty")
    _check_numbers(command.added, command.changed, command.removed)
    amendment = Amendment(
        version=len(plan.documents) + 1,
        reason=needed_prose(command.reason, Rejected("plan.amendment_reason_missing")),
        number=command.number,
        added=drafted_rows(command.added, plan.year, facts),
        changed=drafted_rows(command.changed, plan.year, facts),
        removed=command.removed,
    )
    if plan.amendment is not None:
        if plan.amendment == amendment:
            return []
        raise Rejected("plan.amendment_pending", plan_id=command.plan_id)
    # What could not be put in force today is not laid before anybody.
    _amended(command, amendment, command.number or "", facts.today, plan, facts)
    return [
        PlanAmendmentSubmitted(
            district=command.district,
            plan_id=command.plan_id,
            version=amendment.version,
            reason=amendment.reason,
            number=amendment.number,
            added=amendment.added,
            changed=amendment.changed,
            removed=amendment.removed,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def return_amendment(command: ReturnPlanAmendment, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the changes were sent back."""
    authorise(command, facts)
    amendment = _submitted(plan, command.plan_id)
    return [
        PlanAmendmentReturned(
            district=command.district,
            plan_id=command.plan_id,
            version=amendment.version,
            reason=needed_prose(command.reason, Rejected("plan.reason_missing")),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def amend_plan(command: AmendPlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return the plan's next version, and the tasks that are completed by it; [] where it was amended so already."""
    authorise(command, facts)
    if plan.amendment is None and plan.documents[1:] and plan.documents[-1] == (command.number, command.amended_on):
        return []
    amendment = _submitted(plan, command.plan_id)
    check_number(command.number)
    if command.amended_on > facts.today:
        raise Rejected("plan.issued_in_future", issued_on=str(command.amended_on), today=str(facts.today))
    last = plan.documents[-1][1]
    if command.amended_on < last:
        raise Rejected("plan.amended_before_version", amended_on=str(command.amended_on), last_on=str(last))
    if any((command.number, command.amended_on.year) == (number, day.year) for number, day in plan.documents):
        raise Rejected("plan.number_used", number=command.number)
    amended = _amended(command, amendment, command.number, command.amended_on, plan, facts)
    after = evolve(plan, amended)
    events: list[PlanEvent] = [amended]
    for one in amended.changes:
        events += completion(command, one.number, after.tasks[one.number], plan, facts)
    return events


def _amended(
    command: SubmitPlanAmendment | AmendPlan,
    amendment: Amendment,
    number: str,
    amended_on: date,
    plan: Plan,
    facts: PlanFacts,
) -> PlanAmended:
    """Return the plan's next version. Raises Rejected `task.…`, `plan.amendment_too_large`."""
    tasks, changes, left = _outcome(amendment, plan, amended_on, facts)
    amended = PlanAmended(
        district=command.district,
        plan_id=command.plan_id,
        year=plan.year,
        version=amendment.version,
        number=number,
        amended_on=amended_on,
        reason=amendment.reason,
        added=amendment.added,
        changed=amendment.changed,
        removed=amendment.removed,
        tasks=tasks,
        changes=changes,
        left=left,
        by=facts.actor.account_id,
        at=command.at,
    )
    return within_room(amended, "plan.amendment_too_large")


def _submitted(plan: Plan, plan_id: str) -> Amendment:
    require_status(plan, plan_id, PlanStatus.ISSUED)
    if plan.amendment is None:
        raise Rejected("plan.amendment_not_found", plan_id=plan_id)
    return plan.amendment


def _check_numbers(added: Sequence[NewTask], changed: Sequence[NewTask], removed: Sequence[int]) -> None:
    seen: set[int] = set()
    for number in (*(one.number for one in added), *(one.number for one in changed), *removed):
        if number in seen:
            raise Rejected("task.number_duplicate", task_number=number)
        seen.add(number)


def _outcome(
    amendment: Amendment, plan: Plan, decided_on: date, facts: PlanFacts
) -> tuple[tuple[IssuedTask, ...], tuple[TaskChange, ...], tuple[LeftTask, ...]]:
    """Return the tasks as they would be, what the changed ones were, and those taken out. Raises Rejected `task.…`."""
    for row in amendment.added:
        if row.number in plan.tasks:
            raise Rejected("task.number_duplicate", task_number=row.number)
    tasks = list(issued_tasks(amendment.added, plan.year, decided_on, facts, taken=plan.tasks))
    _check_terms(tasks, decided_on)
    changes = []
    for row in amendment.changed:
        task = _open_task(plan, row.number)
        after = _changed(row, task, plan, decided_on, facts)
        tasks.append(after)
        changes.append(_change(task, after))
    left = tuple(left_task(number, _open_task(plan, number)) for number in amendment.removed)
    kept = [number for number, task in plan.tasks.items() if not task.is_cancelled and number not in amendment.removed]
    if not kept and not tasks:
        raise Rejected("plan.without_tasks")
    return tuple(tasks), tuple(changes), left


def _open_task(plan: Plan, number: int) -> TaskState:
    task = plan.tasks.get(number)
    if task is None:
        raise Rejected("task.not_found", task_number=number)
    if task.is_cancelled:
        raise Rejected("task.cancelled", task_number=number)
    if task.is_completed:
        raise Rejected("task.completed", task_number=number)
    return task


def _changed(row: DraftTask, task: TaskState, plan: Plan, decided_on: date, facts: PlanFacts) -> IssuedTask:
    """Return the task as the row has it; a term left alone leaves the due date alone, extended or not."""
    if row.repeats is not None:
        raise Rejected("task.repeats_unchangeable", task_number=row.number)
    participants = expanded(row.number, row.leads, row.coordinators, plan.year, facts)
    roles = {one.unit_id: one.role for one in participants}
    if gone := set(task.done) - set(roles):
        raise Rejected("task.part_completed", task_number=row.number, unit_id=min(gone))
    if roles == {one.unit_id: one.role for one in task.participants}:
        participants = task.participants
    due_on, rule, reason = task.due_on, task.due_rule, task.due_reason
    if not task.keeps_term(row):
        due, rule = due_date(plan.year, row.quarter, row.due_on, facts.days, month=row.due_month)
        due_on, reason = due.due_on, due.reason
    after = IssuedTask(
        number=row.number,
        quarter=row.quarter,
        content=row.content,
        due_on=due_on,
        due_rule=rule,
        due_reason=reason,
        participants=participants,
        due_month=row.due_month,
        series=task.series,
    )
    if task.keeps_term(row) and (row.content, participants) == (task.content, task.participants):
        raise Rejected("task.unchanged", task_number=row.number)
    if not task.keeps_term(row):
        _check_terms([after], decided_on)
    return after


def _check_terms(tasks: Sequence[IssuedTask], decided_on: date) -> None:
    for task in tasks:
        if task.due_on < decided_on:
            raise Rejected(
                "task.due_before_amendment",
                task_number=task.number,
                due_on=str(task.due_on),
                amended_on=str(decided_on),
            )


def _change(task: TaskState, after: IssuedTask) -> TaskChange:
    before = [one.unit_id for one in task.participants]
    now = [one.unit_id for one in after.participants]
    return TaskChange(
        number=after.number,
        content_before=task.content,
        due_on_before=task.due_on,
        units_added=tuple(unit for unit in now if unit not in before),
        units_removed=tuple(unit for unit in before if unit not in now),
    )


def left_task(number: int, task: TaskState) -> LeftTask:
    """Return the task as an event tells it that leaves the plan."""
    return LeftTask(
        number=number,
        quarter=task.quarter,
        content=task.content,
        due_on=task.due_on,
        units=tuple(NamedUnit(unit_id=one.unit_id, name=one.name) for one in task.participants),
    )
