"""The board of a plan: which tasks each filter lets through, what they count, and page by page."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.queries import answer
from services.plans.queries.board import PAGE
from services.plans.views import Board, BoardCounts, BoardFilter, PlanView, ShowBoard, TaskState, TaskView
from shared.bus import ANSWER_MAX
from shared.codec import to_json
from shared.errors import Rejected
from shared.types import Actor
from tests.plans.a_plan import HOME_AFFAIRS, WARD
from tests.plans.a_report import AT
from tests.plans.test_past_rules import PLAN, task
from tests.plans.test_queries import AMENDED, edge

TODAY = date(2020, 4, 6)
DONE, OPEN, LATE, CANCELLED, AMENDED_ONE = 1, 2, 3, 4, 5
TASKS = (
    replace(task(DONE, TaskState.COMPLETED, done=(True,))),
    replace(task(OPEN, TaskState.STARTED, due_on=date(2020, 6, 30), done=(True, False)), quarter=2),
    replace(task(LATE, TaskState.ASSIGNED, done=(False, False))),
    replace(task(CANCELLED, TaskState.CANCELLED)),
    replace(task(AMENDED_ONE, TaskState.ASSIGNED, due_on=date(2020, 12, 31)), quarter=4, since_version=2),
)


async def board(tasks: Iterable[TaskView] = TASKS, who: Actor = WARD, plan: PlanView = PLAN, **asked: Any) -> Board:
    """Return the board as it is answered from these rows."""
    shown = await answer(
        ShowBoard(district="cai-rang", plan_id="2020", **asked), who, edge(TODAY, plan=[plan], task=tasks)
    )
    assert isinstance(shown, Board)
    return shown


def numbers(shown: Board) -> list[int]:
    return [one.number for one in shown.tasks]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (None, [DONE, LATE, CANCELLED, OPEN, AMENDED_ONE]),
        (BoardFilter.OPEN, [LATE, OPEN, AMENDED_ONE]),
        (BoardFilter.OVERDUE, [LATE]),
        (BoardFilter.COMPLETED, [DONE]),
        (BoardFilter.IN_FORCE, [DONE, LATE, OPEN, AMENDED_ONE]),
        (BoardFilter.CANCELLED, [CANCELLED]),
        (BoardFilter.AMENDED, [AMENDED_ONE]),
    ],
)
async def test_a_filter_lets_its_tasks_through_in_order_of_quarter(
    only: BoardFilter | None, expected: list[int]
) -> None:
    shown = await board(only=only)
    assert (numbers(shown), shown.found, shown.page, shown.pages) == (expected, len(expected), 1, 1)


async def test_of_a_unit_only_its_tasks_are_shown_and_its_own_part_is_done_or_late() -> None:
    first, second = TASKS[1].parts
    assert (await board(unit_id=first.unit_id)).found == len(TASKS)
    assert numbers(await board(unit_id=second.unit_id)) == [LATE, OPEN]
    assert numbers(await board(unit_id=first.unit_id, only=BoardFilter.PART_DONE)) == [DONE, OPEN]
    assert numbers(await board(unit_id=second.unit_id, only=BoardFilter.PART_DONE)) == []
    assert numbers(await board(unit_id=second.unit_id, only=BoardFilter.PART_LATE)) == [LATE]
    assert numbers(await board(unit_id="khong-co")) == []


async def test_of_a_group_the_tasks_are_shown_in_which_one_of_it_has_a_part() -> None:
    grouped = replace(TASKS[2], parts=tuple(replace(one, group_id="cum-1") for one in TASKS[2].parts))
    tasks = [*(one for one in TASKS if one.number != LATE), grouped]
    assert numbers(await board(tasks, group_id="cum-1")) == [LATE]
    assert numbers(await board(tasks, group_id="cum-1", unit_id="khong-co")) == []


async def test_the_counts_are_of_all_that_is_let_through_and_not_of_the_page() -> None:
    many = [
        task(number, TaskState.COMPLETED if number % 2 else TaskState.ASSIGNED) for number in range(1, 2 * PAGE + 2)
    ]
    shown = await board(many, page=2)
    assert shown.counts == BoardCounts(tasks=2 * PAGE + 1, completed=PAGE + 1, overdue=PAGE, cancelled=0)
    assert shown.quarters == {1: shown.counts}
    assert numbers(shown) == list(range(PAGE + 1, 2 * PAGE + 1))
    assert (shown.found, shown.page, shown.pages) == (2 * PAGE + 1, 2, 3)


@pytest.mark.parametrize(("asked", "given"), [(-1, 1), (0, 1), (3, 3), (99, 3), (10**30, 3)])
async def test_a_page_beyond_the_last_is_the_last(asked: int, given: int) -> None:
    shown = await board([task(number) for number in range(1, 2 * PAGE + 2)], page=asked)
    assert shown.page == given and numbers(shown) == list(range((given - 1) * PAGE + 1, 2 * PAGE + 2))[:PAGE]


async def test_a_quarter_and_the_terms_of_a_row_stand_together() -> None:
    term = [replace(task(number), series=2) for number in (8, 9)]
    shown = await board([task(1), replace(task(2), series=2), task(3), *term], quarter=1)
    assert numbers(shown) == [1, 2, 8, 9, 3]
    assert numbers(await board([task(1), *term], series=2)) == [8, 9]
    assert (await board(TASKS, quarter=3)).tasks == ()


async def test_an_amendment_before_the_chair_is_told_to_those_who_see_drafts() -> None:
    assert (await board(who=HOME_AFFAIRS, plan=AMENDED)).plan.amendment_status == "submitted"
    assert (await board(plan=AMENDED)).plan.amendment_status is None


async def test_a_plan_that_is_not_issued_is_there_for_those_who_see_drafts() -> None:
    draft = replace(PLAN, status="draft")
    assert (await board((), who=HOME_AFFAIRS, plan=draft)).plan.status == "draft"
    with pytest.raises(Rejected, match=r"plan\.not_found"):
        await board((), plan=draft)


async def test_of_a_task_of_many_units_the_first_are_shown_the_one_asked_for_and_who_reported_last() -> None:
    crowd = task(1, TaskState.STARTED, done=(False,) * 40)
    told = {30: "Cũ", 35: "Mới " * 50}
    parts = tuple(
        replace(part, report=told[index], reported_at=AT + timedelta(days=index), evidence="x" * 1000)
        if index in told
        else part
        for index, part in enumerate(crowd.parts)
    )
    shown = await board([replace(crowd, parts=parts)], unit_id="u20")
    (one,) = shown.tasks
    assert [part.unit_id for part in one.parts] == [*(f"u{number}" for number in range(8)), "u20", "u35"]
    assert shown.units == {1: 40}
    assert one.parts[-1].report == told[35][:80] and not one.parts[-1].evidence


async def test_a_page_of_the_largest_tasks_fits_into_an_answer() -> None:
    part = replace(task(1).parts[0], name="Ủ" * 200, report="Ủ" * 4000, reported_at=AT, evidence="Ủ" * 4000)
    many = [
        replace(task(number, TaskState.STARTED), parts=tuple(replace(part, unit_id=f"u{one}") for one in range(60)))
        for number in range(1, PAGE + 1)
    ]
    assert len(to_json(await board(many))) < ANSWER_MAX
