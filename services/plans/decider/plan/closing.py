"""The end of a plan's year (vi: kết thúc kế hoạch năm)."""

from datetime import date

from services.plans.commands import ClosePlan
from services.plans.decider.plan.amendment import left_task
from services.plans.decider.plan.checks import authorise, require_status
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus
from services.plans.decider.room import within_room
from services.plans.decider.texts import prose
from services.plans.events import PlanClosed, PlanEvent
from services.plans.rules import CLOSE_FROM_MONTH
from shared.errors import Rejected


def close(command: ClosePlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the year has ended; [] where it has already. Open tasks are carried on for a reason, or refused."""
    authorise(command, facts)
    if plan.status is PlanStatus.CLOSED:
        return []
    require_status(plan, command.plan_id, PlanStatus.ISSUED)
    if facts.today < (first := date(plan.year, CLOSE_FROM_MONTH, 1)):
        raise Rejected("plan.close_too_early", plan_id=command.plan_id, first_on=str(first))
    if plan.amendment is not None:
        raise Rejected("plan.amendment_pending", plan_id=command.plan_id)
    carried = tuple(left_task(number, task) for number, task in sorted(plan.tasks.items()) if task.is_open)
    reason = prose(command.carry, field="carry")
    if carried and not reason:
        raise Rejected("plan.tasks_open", tasks=", ".join(str(one.number) for one in carried))
    closed = PlanClosed(
        district=command.district,
        plan_id=command.plan_id,
        year=plan.year,
        closed_on=facts.today,
        carried=carried,
        carry_reason=reason if carried else "",
        by=facts.actor.account_id,
        at=command.at,
    )
    return [within_room(closed, "plan.carried_too_large")]
