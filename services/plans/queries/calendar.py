"""The reads of calendars: days, terms, and what is due in the asker's scope."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import get_args

from services.plans.commands import CalendarCommand
from services.plans.decider import CalendarFacts
from services.plans.documents import suggested_calendar
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.rules import (
    TERM_MAX,
    YEARS,
    WorkingDays,
    day_of,
    due,
    working_days,
    working_days_between,
)
from services.plans.views import (
    CalendarDetail,
    CalendarView,
    DueTask,
    ShowCalendar,
    ShowTerm,
    SuggestCalendar,
    SuggestedCalendar,
    TaskState,
    TaskView,
    TermView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, CITY_READERS, DISTRICTS, Actor, Role

SPAN_MAX = 366  # days
_DUE = (TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE, TaskState.COMPLETED)
# Who looks after a whole district sees in the calendar all that is due there; the people of a unit see their own.
_WHOLE_DISTRICT = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.COUNCIL_SECRETARY, Role.COUNCIL_CHAIR, *CITY_READERS)


async def calendars_of(edge: Edge, years: Iterable[int]) -> list[CalendarView]:
    """Return the open calendars of the years."""
    # By key, and mostly one: nearly every page counts working days.
    found = await asyncio.gather(*(edge.rows.get(CalendarView, "calendar", CITY, one) for one in sorted(set(years))))
    return [one for one in found if one is not None]


async def days_of(edge: Edge, *days: date) -> WorkingDays:
    """Return the working days of every year from the first of the days to the last."""
    return working_days(await calendars_of(edge, range(min(days).year, max(days).year + 1)))


async def days_left(edge: Edge, today: date, due_on: Iterable[date]) -> Mapping[date, int]:
    """Return the working days from today to each of the days; negative where it is past."""
    wanted = set(due_on)
    days = await days_of(edge, today, *wanted)
    return {day: working_days_between(days, today, day) for day in wanted}


async def _detail(question: ShowCalendar, actor: Actor, edge: Edge) -> CalendarDetail:
    """Return the days, and what is due on them in the actor's scope. Raises Rejected `calendar.…_out_of_range`."""
    if question.district is not None:
        require_reader(actor, edge, question.district)
    first, last = question.first_on, question.last_on
    _check_year(first.year)
    _check_year(last.year)
    if not 0 <= (last - first).days < SPAN_MAX:
        raise Rejected("calendar.span_out_of_range", limit=SPAN_MAX)
    today = edge.clock.today()
    calendars = await calendars_of(edge, (first.year, last.year))
    days = working_days(calendars)
    tasks: list[DueTask] = []
    for district in DISTRICTS:
        if question.district in (None, district) and actor.reads(district, on=today):
            tasks += await _due_tasks(edge, actor, district, first, last, today)
    tasks.sort(key=lambda task: (task.due_on, task.district, task.plan_id, task.number))
    return CalendarDetail(
        days=tuple(day_of(days, first + timedelta(days=number)) for number in range((last - first).days + 1)),
        tasks=tuple(tasks),
        calendars=tuple(calendars),
        today=today,
    )


async def _due_tasks(edge: Edge, actor: Actor, district: str, first: date, last: date, today: date) -> list[DueTask]:
    tasks = await edge.rows.select(
        TaskView,
        "task",
        where=lambda task: [
            task.district == district,
            task.due_on >= first,
            task.due_on <= last,
            task.state.in_(_DUE),
        ],
    )
    units = actor.units(district, on=today)
    if units and not actor.has(*_WHOLE_DISTRICT, on=today, district=district):
        tasks = [task for task in tasks if any(part.unit_id in units for part in task.parts)]
    return [
        DueTask(
            district=task.district,
            plan_id=task.plan_id,
            number=task.number,
            content=task.content,
            due_on=task.due_on,
            state=task.state,
        )
        for task in tasks
    ]


async def _term(question: ShowTerm, _: Actor, edge: Edge) -> TermView:
    """Return when the term ends, and why. Raises Rejected `calendar.…_out_of_range`."""
    _check_year(question.after.year)
    if not 1 <= question.working_days <= TERM_MAX:
        raise Rejected("calendar.term_out_of_range", limit=TERM_MAX)
    # With a hundred working days in the leanest year no term is longer than that.
    calendars = await calendars_of(edge, range(question.after.year, question.after.year + 1 + TERM_MAX // 100))
    end = due(working_days(calendars), question.after, question.working_days)
    assert end.reason is not None
    return TermView(after=question.after, working_days=question.working_days, due_on=end.due_on, reason=end.reason)


def _check_year(year: int) -> None:
    """Raise Rejected `calendar.year_out_of_range` for a year that no plan is made for."""
    if year not in YEARS:
        raise Rejected("calendar.year_out_of_range", year=year, first=YEARS.start, last=YEARS.stop - 1)


async def _suggested(question: SuggestCalendar, _: Actor, __: Edge) -> SuggestedCalendar:
    _check_year(question.year)
    # The list of holidays takes a quarter of a second to read the first time.
    return await asyncio.to_thread(suggested_calendar, question.year)


async def _facts(_: CalendarCommand, actor: Actor, today: date, __: Edge) -> CalendarFacts:
    return CalendarFacts(actor=actor, today=today)


ANSWERS: Answers = {ShowCalendar: _detail, ShowTerm: _term, SuggestCalendar: _suggested}
FACTS: Facts = dict.fromkeys(get_args(CalendarCommand), _facts)
