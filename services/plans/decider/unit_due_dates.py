"""Due dates in the plans of a district's units follow the calendar: one aggregate a district and year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from services.plans.commands import RecomputeUnitDueDates
from services.plans.events import MovedUnitTasks, UnitDueDatesMoved
from services.plans.rules import RIGHTS, WorkingDays, due_date
from services.plans.views import UnitPlanTaskView
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDueDatesFacts:
    """Who asks, the day in Vietnam, the working days, and the open tasks of units' plans whose date was counted.

    `has_calendar` tells whether the calendar of the year is open.
    """

    actor: Actor
    today: date
    days: WorkingDays = field(default_factory=WorkingDays)
    has_calendar: bool = False
    tasks: Sequence[UnitPlanTaskView] = ()


State = Mapping[tuple[str, int], date]
"""(unit id, task number) → the day it was moved to last."""


def decide(command: RecomputeUnitDueDates, moved: State, facts: UnitDueDatesFacts) -> list[UnitDueDatesMoved]:
    """Return the moves that the calendar as it is now asks for; never into the past. Raises Rejected.

    Who had until today must not be late at once because today turns out to be a day off.
    """
    if not RIGHTS[RecomputeUnitDueDates].allows(facts.actor, on=facts.today, district=command.district):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    if not facts.has_calendar:
        return []
    found = []
    for task in facts.tasks:
        due, _ = due_date(task.year, task.quarter, None, facts.days, month=task.due_month)
        # The read model may lag behind a move that was decided a moment ago.
        before = moved.get((task.unit_id, task.number), task.due_on)
        if due.due_on != before and due.due_on >= facts.today:
            assert due.reason is not None
            found.append((before, due.due_on, due.reason, task.unit_id, task.number))
    moves = []
    for (before, after), group in groupby(sorted(found, key=lambda one: (*one[:2], *one[3:])), key=lambda one: one[:2]):
        same = list(group)
        units = groupby(same, key=lambda one: one[3])
        moves.append(
            MovedUnitTasks(
                due_on_before=before,
                due_on=after,
                due_reason=same[0][2],
                tasks={unit_id: tuple(one[4] for one in tasks) for unit_id, tasks in units},
            )
        )
    if not moves:
        return []
    return [
        UnitDueDatesMoved(
            district=command.district,
            year=command.year,
            moves=tuple(moves),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def evolve(moved: State, event: UnitDueDatesMoved) -> State:
    """Return the moves after the event. Never refuses: it has happened."""
    return {
        **moved,
        **{
            (unit_id, number): move.due_on
            for move in event.moves
            for unit_id, numbers in move.tasks.items()
            for number in numbers
        },
    }


UNIT_DUE_DATES: Decider[RecomputeUnitDueDates, State, UnitDueDatesMoved, UnitDueDatesFacts] = Decider(
    kind="unit-due-dates",
    commands=(RecomputeUnitDueDates,),
    initial={},
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, str(command.year)),
)
