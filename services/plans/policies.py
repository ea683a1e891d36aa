"""What plans does about its own events: due dates follow the calendar (vi: hạn theo lịch làm việc)."""

from collections.abc import Sequence

from services.plans.commands import RecomputeDueDates
from services.plans.events import (
    EVENTS,
    CalendarCorrected,
    CalendarCorrectionWithdrawn,
    CalendarOpened,
    PlanIssued,
    PlansEvent,
    TaskReopened,
)
from shared.policy import Policy
from shared.types import CITY, DISTRICTS, Recorded


def react(recorded: Recorded[PlansEvent]) -> Sequence[RecomputeDueDates]:
    """Return one command for each plan whose open tasks may now be due on other days.

    A plan that was issued while the calendar was being changed, and a completed task that is open again,
    missed what was recomputed in between: they are held against the calendar once more.
    """
    match recorded.event:
        case CalendarOpened() | CalendarCorrected() | CalendarCorrectionWithdrawn() as event:
            return [
                RecomputeDueDates(district=district, plan_id=str(event.year), at=event.at)
                for district in (*DISTRICTS, CITY)
            ]
        case PlanIssued() | TaskReopened(was_completed=True) as event:
            return [RecomputeDueDates(district=event.district, plan_id=event.plan_id, at=event.at)]
        case _:
            return []


DUE_DATES = Policy(name="due-dates", source="PLANS", codec=EVENTS, react=react)
