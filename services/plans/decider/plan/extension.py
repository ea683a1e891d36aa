"""More time for a task: asked for by a unit, granted or refused by who did not ask (vi: gia hạn)."""

from datetime import date

from services.plans.commands import GrantExtension, RefuseExtension, RequestExtension
from services.plans.decider.plan.checks import authorise
from services.plans.decider.plan.state import Plan, PlanFacts, TaskState
from services.plans.decider.texts import needed_prose
from services.plans.events import ExtensionGranted, ExtensionRefused, ExtensionRequested, Participant, PlanEvent
from shared.errors import Rejected


def request(
    command: RequestExtension, plan: Plan, task: TaskState, participant: Participant, facts: PlanFacts
) -> list[PlanEvent]:
    """Return the request; [] for the same one again."""
    if task.is_completed:
        raise Rejected("task.completed", task_number=command.task_number)
    if command.unit_id in task.done:
        raise Rejected("task.part_completed", task_number=command.task_number, unit_id=command.unit_id)
    reason = needed_prose(command.reason, Rejected("task.reason_missing"))
    open_one = task.requests.get(command.unit_id)
    if open_one is not None:
        if (open_one.wanted_on, open_one.reason) == (command.wanted_on, reason):
            return []
        raise Rejected("extension.pending", task_number=command.task_number, wanted_on=str(open_one.wanted_on))
    _check_year(command.task_number, command.wanted_on, plan)
    if command.wanted_on <= task.due_on:
        raise Rejected("extension.not_later", task_number=command.task_number, due_on=str(task.due_on))
    if command.wanted_on < facts.today:
        raise Rejected("extension.in_past", wanted_on=str(command.wanted_on), today=str(facts.today))
    return [
        ExtensionRequested(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            unit_id=command.unit_id,
            unit_name=participant.name,
            due_on=task.due_on,
            wanted_on=command.wanted_on,
            reason=reason,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def grant(command: GrantExtension, plan: Plan, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the task is due later; [] where it is due that day by an extension already."""
    authorise(command, facts)
    if task.is_open and task.is_extended and task.due_on == command.due_on and command.unit_id not in task.requests:
        return []
    _open_request(command, task, facts)
    _check_year(command.task_number, command.due_on, plan)
    if command.due_on <= task.due_on:
        raise Rejected("extension.not_later", task_number=command.task_number, due_on=str(task.due_on))
    met = [unit for unit, one in task.requests.items() if one.wanted_on <= command.due_on or unit == command.unit_id]
    return [
        ExtensionGranted(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            content=task.content,
            unit_id=command.unit_id,
            unit_name=_name(task, command.unit_id),
            due_on_before=task.due_on,
            due_on=command.due_on,
            settles=tuple(sorted(met)),
            units=tuple(one.unit_id for one in task.participants),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def refuse(command: RefuseExtension, task: TaskState, facts: PlanFacts) -> list[PlanEvent]:
    """Return that there is no more time."""
    authorise(command, facts)
    _open_request(command, task, facts)
    return [
        ExtensionRefused(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            content=task.content,
            unit_id=command.unit_id,
            unit_name=_name(task, command.unit_id),
            reason=needed_prose(command.reason, Rejected("task.reason_missing")),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _open_request(command: GrantExtension | RefuseExtension, task: TaskState, facts: PlanFacts) -> None:
    asked = task.requests.get(command.unit_id)
    if asked is None:
        raise Rejected("extension.not_found", task_number=command.task_number, unit_id=command.unit_id)
    if asked.by == facts.actor.account_id:
        # Phòng Nội vụ may ask for a unit, and for itself; then the chair decides, or a colleague.
        raise Rejected("extension.own_request", task_number=command.task_number)


def _check_year(task_number: int, day: date, plan: Plan) -> None:
    if day.year not in (plan.year, plan.year + 1):
        raise Rejected("task.due_out_of_year", task_number=task_number, due_on=str(day), year=plan.year)


def _name(task: TaskState, unit_id: str) -> str:
    return next(one.name for one in task.participants if one.unit_id == unit_id)
