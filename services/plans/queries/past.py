"""Questions about an earlier day: the same answers, given from the rows as they were at the end of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.plan import shown_plan
from services.plans.views import (
    ChangedTask,
    CompareDays,
    CountUnitPlans,
    DayFigures,
    DonePart,
    ListUnitPlans,
    MovedTaskDue,
    PlanDifference,
    PlansQuestion,
    PlanView,
    ShowBoard,
    ShowCity,
    ShowDistrict,
    ShowOrganisation,
    ShowPlan,
    TaskState,
    TaskView,
)
from shared.clock import clock_at
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel import RowReader
from shared.types import CITY, DISTRICTS, Actor

_OPEN = (TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE)
_CALENDARS = f"plans.evt.{CITY}.calendar.*"
_TASKS_READ = 10_000  # more than a plan holds
_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


async def on_the_day(question: PlansQuestion, actor: Actor, edge: Edge) -> tuple[Actor, Edge]:
    """Return with whom and what to answer: for a question about an earlier day its rows and its date.

    Rights are those of today. Raises Rejected `actor.not_allowed`, `past.in_future` or `past.nothing_yet`.
    """
    day: date | None = getattr(question, "as_of", None)
    today = edge.clock.today()
    if day is None or day == today:
        return actor, edge
    _require_reader(question, actor, edge)
    subjects = _subjects(question)
    await _check_day(day, today, subjects[0], edge)
    assert edge.past is not None
    rows = await edge.past.rows(subjects, day)
    # The clock stands still on that day: what was overdue then is what is overdue in the answer.
    clock = replace(clock_at(day), speed=0.0)
    return _with_todays_rights(actor, today), replace(edge, rows=rows, clock=clock)


def _require_reader(question: PlansQuestion, actor: Actor, edge: Edge) -> None:
    """Raise Rejected `actor.not_allowed` before anything of the log is read for who may not read it."""
    if isinstance(question, ShowCity):
        if not actor.reads_city(on=edge.clock.today()):
            raise Rejected("actor.not_allowed", action="ShowCity")
    else:
        require_reader(actor, edge, getattr(question, "district"))  # noqa: B009 - every other one has a district


def _subjects(question: PlansQuestion) -> Sequence[str]:
    """Return the aggregates whose rows the answer is made of, first that without which there is nothing to see."""
    match question:
        case ShowPlan(district=district, plan_id=plan_id) | ShowBoard(district=district, plan_id=plan_id):
            return (_plan(district, plan_id), _organisation(district), _CALENDARS)
        case ShowCity(year=year):
            return (
                "plans.evt.*.organisation.*",
                *(_plan(district, str(year)) for district in DISTRICTS),
                _CALENDARS,
            )
        case ShowDistrict(district=district, year=year) | ShowOrganisation(district=district, year=year):
            return (_organisation(district), _plan(district, str(year)), _CALENDARS)
        case ListUnitPlans(district=district, year=year) | CountUnitPlans(district=district, year=year):
            # Without the moves of due dates: they tell of all units, and are no part of any unit's plan.
            return (_organisation(district), _plan(district, str(year)), f"plans.evt.{district}.unit-plan.*")
        case _:
            raise TypeError(f"{type(question).__name__} has no earlier day")


def past_asked(today: date) -> Sequence[str]:
    """Return the aggregates of which the boards and overviews of the year are made, each once."""
    districts = (ShowDistrict(district=one, year=today.year) for one in DISTRICTS)
    return tuple(dict.fromkeys(chain(_subjects(ShowCity(year=today.year)), *map(_subjects, districts))))


def _organisation(district: str) -> str:
    return f"plans.evt.{district}.organisation.{district}"


def _plan(district: str, plan_id: str) -> str:
    """Return the subject of the plan. Raises Rejected `plan.not_found` for what can be none."""
    if district not in (*DISTRICTS, CITY) or not _TOKEN.fullmatch(plan_id):
        raise Rejected("plan.not_found", plan_id=plan_id[:80])
    return f"plans.evt.{district}.plan.{plan_id}"


async def _check_day(day: date, today: date, subject: str, edge: Edge) -> None:
    """Raise Rejected `past.in_future`, or `past.nothing_yet` for a day before the first event."""
    if day > today:
        raise Rejected("past.in_future", day=day.isoformat(), today=today.isoformat())
    assert edge.past is not None
    first = await edge.past.first_day(subject)
    if first is not None and day < first:
        raise Rejected("past.nothing_yet", day=day.isoformat(), first_on=first.isoformat())


def _with_todays_rights(actor: Actor, today: date) -> Actor:
    """Return the actor whose grants of today hold on any day."""
    return replace(
        actor,
        grants=tuple(replace(one, valid_from=None, valid_to=None) for one in actor.grants if one.holds_on(today)),
    )


# --- between two days ----------------------------------------------------------------------------


async def _difference(question: CompareDays, actor: Actor, edge: Edge) -> PlanDifference:
    """Return what has changed. Raises Rejected `plan.not_found`, `past.days_reversed` or as `on_the_day` does."""
    require_reader(actor, edge, question.district)
    earlier, later, today = question.earlier_on, question.later_on, edge.clock.today()
    if earlier >= later:
        raise Rejected("past.days_reversed", earlier_on=earlier.isoformat(), later_on=later.isoformat())
    subject = _plan(question.district, question.plan_id)
    await _check_day(later, today, subject, edge)
    assert edge.past is not None
    rows = await edge.past.rows((subject,), later)
    plan = await rows.get(PlanView, "plan", question.district, question.plan_id)
    if plan is None or plan.issued_on is None:
        raise Rejected("plan.not_found", plan_id=question.plan_id[:80])
    before = await _tasks(await edge.past.rows((subject,), earlier))
    return difference(shown_plan(actor, edge, plan), before, await _tasks(rows), earlier, later, today)


async def _tasks(rows: RowReader) -> Mapping[int, TaskView]:
    return {task.number: task for task in await rows.select(TaskView, "task", limit=_TASKS_READ)}


def difference(
    plan: PlanView,
    before: Mapping[int, TaskView],
    after: Mapping[int, TaskView],
    earlier_on: date,
    later_on: date,
    today: date,
) -> PlanDifference:
    """Return what lies between two days; `before` and `after` are all tasks of the plan by number."""
    both = [(before[number], task) for number, task in sorted(after.items()) if number in before]
    since = [(before.get(number), task) for number, task in sorted(after.items())]
    gone = [task for number, task in sorted(before.items()) if number not in after and not _is_cancelled(task)]
    return PlanDifference(
        plan=plan,
        earlier_on=earlier_on,
        later_on=later_on,
        before=_figures(before.values(), earlier_on),
        after=_figures(after.values(), later_on),
        completed=tuple(_changed(now) for was, now in since if _is_done(now) and not (was and _is_done(was))),
        reopened=tuple(_changed(now) for was, now in both if _is_done(was) and now.state in _OPEN),
        overdue=tuple(
            _changed(now)
            for was, now in since
            if _is_overdue(now, later_on) and not (was and _is_overdue(was, earlier_on))
        ),
        added=tuple(_changed(now) for was, now in since if was is None),
        removed=(
            *(_changed(now) for was, now in since if _is_cancelled(now) and not (was and _is_cancelled(was))),
            *map(_changed, gone),
        ),
        moved=tuple(
            MovedTaskDue(number=now.number, content=now.content, due_on_before=was.due_on, due_on=now.due_on)
            for was, now in both
            if was.due_on != now.due_on
        ),
        parts_done=tuple(one for was, now in since for one in _parts_done(was, now)),
        today=today,
    )


def _parts_done(was: TaskView | None, now: TaskView) -> list[DonePart]:
    """Return the parts that are done and were not; a cancelled task has none."""
    if _is_cancelled(now):
        return []
    done = {part.unit_id for part in was.parts if part.done_on} if was else set()
    return [
        DonePart(number=now.number, content=now.content, unit_id=part.unit_id, name=part.name, done_on=part.done_on)
        for part in now.parts
        if part.done_on and part.unit_id not in done
    ]


def _figures(tasks: Any, day: date) -> DayFigures:
    counted = [task for task in tasks if not _is_cancelled(task)]
    return DayFigures(
        tasks=len(counted),
        completed=sum(map(_is_done, counted)),
        overdue=sum(_is_overdue(task, day) for task in counted),
        cancelled=sum(map(_is_cancelled, tasks)),
        parts=sum(len(task.parts) for task in counted),
        parts_done=sum(part.done_on is not None for task in counted for part in task.parts),
    )


def _changed(task: TaskView) -> ChangedTask:
    return ChangedTask(
        number=task.number, quarter=task.quarter, content=task.content, state=task.state, due_on=task.due_on
    )


def _is_done(task: TaskView) -> bool:
    return task.state is TaskState.COMPLETED


def _is_cancelled(task: TaskView) -> bool:
    return task.state is TaskState.CANCELLED


def _is_overdue(task: TaskView, day: date) -> bool:
    return task.state in _OPEN and task.due_on < day


ANSWERS: Answers = {CompareDays: _difference}
