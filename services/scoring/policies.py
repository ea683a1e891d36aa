"""What scoring does about events of plans: a task on time earns points (vi: điểm nhiệm vụ đúng hạn)."""

from collections.abc import Sequence

from services.plans.events import EVENTS as PLANS_EVENTS
from services.plans.events import PlansEvent, TaskCompleted, TaskReopened
from services.scoring.commands import AwardTaskPoint, RevokeTaskPoint
from services.scoring.events import Source
from shared.policy import Policy
from shared.types import Recorded


def react(recorded: Recorded[PlansEvent]) -> Sequence[AwardTaskPoint | RevokeTaskPoint]:
    """Return one command for each lead unit of a completed task, for each unit of a completed task opened again."""
    source = Source(stream=recorded.stream, seq=recorded.seq, event_id=recorded.event_id)
    match recorded.event:
        case TaskCompleted() as event:
            return [
                AwardTaskPoint(
                    district=event.district,
                    unit_id=lead.unit_id,
                    unit_name=lead.name,
                    year=event.year,
                    plan_id=event.plan_id,
                    task_number=event.task_number,
                    content=event.content,
                    due_on=event.due_on,
                    completed_on=event.completed_on,
                    source=source,
                    at=event.at,
                )
                for lead in event.leads
            ]
        case TaskReopened(was_completed=True) as event:
            # The event names all units of the task; those that led it are the ones with something to revoke.
            return [
                RevokeTaskPoint(
                    district=event.district,
                    unit_id=unit_id,
                    year=event.year,
                    plan_id=event.plan_id,
                    task_number=event.task_number,
                    reason=event.reason,
                    source=source,
                    at=event.at,
                )
                for unit_id in event.units
            ]
        case _:
            return []


TASK_POINTS = Policy(name="task-points", source="PLANS", codec=PLANS_EVENTS, react=react)
