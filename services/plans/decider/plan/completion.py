"""When a task is completed: as soon as every unit that leads it is done."""

from services.plans.commands import (
    AmendPlan,
    AssignTask,
    CompleteTaskPart,
    HandOverTasks,
)
from services.plans.decider.plan.state import Plan, PlanFacts, TaskState
from services.plans.events import NamedUnit, PlanEvent, TaskCompleted


def completion(
    command: CompleteTaskPart | AssignTask | AmendPlan | HandOverTasks,
    number: int,
    task: TaskState,
    plan: Plan,
    facts: PlanFacts,
) -> list[PlanEvent]:
    """Return that the task, as it is after the command, is completed; [] while a unit that leads it is not done."""
    if any(one.unit_id not in task.done for one in task.leads):
        return []
    return [
        TaskCompleted(
            district=command.district,
            plan_id=command.plan_id,
            year=plan.year,
            task_number=number,
            quarter=task.quarter,
            content=task.content,
            due_on=task.due_on,
            completed_on=max(task.done[one.unit_id] for one in task.leads),
            leads=tuple(NamedUnit(unit_id=one.unit_id, name=one.name) for one in task.leads),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]
