"""Due dates in the plans of a district's units follow the calendar: one aggregate a district and year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TypeAlias

from services.plans.commands import RecomputeUnitDueDates
from services.plans.decider.room import in_parts
from services.plans.events import DueReason, MovedUnitTasks, UnitDueDatesMoved
from services.plans.rules import EVENT_BYTES_MAX, RIGHTS, WorkingDays, due_date
from services.plans.views import CountedUnitTask
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor

_Moved: TypeAlias = tuple[date, date, str, int]
"""Due before, due now, unit id, task number; it takes more room than the task does in the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDueDatesFacts:
    """Who asks, the day in Vietnam, the working days, and the open tasks of units' plans whose date was counted.

    `has_calendar` tells whether the calendar of the year is open.
    """

    actor: Actor
    today: date
    days: WorkingDays = field(default_factory=WorkingDays)
    has_calendar: bool = False
    tasks: Sequence[CountedUnitTask] = ()


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
    found: dict[str, list[_Moved]] = {}
    reasons: dict[date, DueReason] = {}
    for task in facts.tasks:
        due, _ = due_date(task.year, task.quarter, None, facts.days, month=task.due_month)
        # The read model may lag behind a move that was decided a moment ago.
        before = moved.get((task.unit_id, task.number), task.due_on)
        if due.due_on != before and due.due_on >= facts.today:
            assert due.reason is not None
            reasons[due.due_on] = due.reason
            found.setdefault(task.unit_id, []).append((before, due.due_on, task.unit_id, task.number))
    return [
        UnitDueDatesMoved(
            district=command.district,
            year=command.year,
            moves=_moves(part, reasons),
            by=facts.actor.account_id,
            at=command.at,
        )
        # Nobody could shorten it: what one message does not hold is told in several, of each unit all in one.
        for part in in_parts([found[unit_id] for unit_id in sorted(found)], EVENT_BYTES_MAX // 2)
    ]


def _moves(units: Iterable[Sequence[_Moved]], reasons: Mapping[date, DueReason]) -> tuple[MovedUnitTasks, ...]:
    """Return the tasks by the days between which they move, those of a unit together."""
    tasks = sorted(task for of_unit in units for task in of_unit)
    return tuple(
        MovedUnitTasks(
            due_on_before=before,
            due_on=after,
            due_reason=reasons[after],
            tasks={
                unit_id: tuple(one[3] for one in of_unit) for unit_id, of_unit in groupby(same, key=lambda one: one[2])
            },
        )
        for (before, after), same in groupby(tasks, key=lambda one: one[:2])
    )


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
