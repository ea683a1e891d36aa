"""What lies between two days of a plan: nothing is forgotten, nothing counted twice."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.plans.events import DueRule, PlanText, UnitRole
from services.plans.queries.past import difference, past_asked
from services.plans.views import PartView, PlanDifference, PlanView, TaskState, TaskView
from shared.types import DISTRICTS

EARLIER, LATER, TODAY = date(2020, 3, 1), date(2020, 6, 1), date(2020, 7, 1)
PLAN = PlanView(
    district="cai-rang",
    plan_id="2020",
    year=2020,
    status="issued",
    number="30/KH-UBND",
    issued_on=date(2020, 2, 6),
    text=PlanText(title="Kế hoạch", issuer="UBND quận Cái Răng"),
    draft=(),
    return_reason=None,
    seq=3,
)


def task(
    number: int = 1,
    state: TaskState = TaskState.ASSIGNED,
    due_on: date = date(2020, 3, 31),
    done: tuple[bool, ...] = (False,),
) -> TaskView:
    """Return a task with a part for each of `done`."""
    return TaskView(
        district="cai-rang",
        plan_id="2020",
        year=2020,
        number=number,
        quarter=1,
        content=f"Việc {number}",
        due_on=due_on,
        due_rule=DueRule.QUARTER,
        state=state,
        parts=tuple(
            PartView(
                unit_id=f"u{unit}",
                name=f"Đơn vị {unit}",
                role=UnitRole.LEAD,
                group_id=None,
                done_on=EARLIER if is_done else None,
            )
            for unit, is_done in enumerate(done)
        ),
        completed_on=EARLIER if state is TaskState.COMPLETED else None,
        cancel_reason=None,
        seq=3,
    )


def between(before: list[TaskView], after: list[TaskView]) -> PlanDifference:
    """Return what lies between."""
    return difference(
        PLAN, {one.number: one for one in before}, {one.number: one for one in after}, EARLIER, LATER, TODAY
    )


def test_a_task_that_was_completed_is_named_and_so_is_the_part() -> None:
    found = between([task()], [task(state=TaskState.COMPLETED, done=(True,))])
    assert [one.number for one in found.completed] == [1]
    assert [(one.number, one.unit_id) for one in found.parts_done] == [(1, "u0")]
    assert (found.before.completed, found.after.completed) == (0, 1)
    assert not (found.overdue or found.added or found.removed or found.moved or found.reopened)


def test_a_task_that_became_overdue_is_named_once() -> None:
    found = between([task()], [task()])
    assert [one.number for one in found.overdue] == [1]
    assert between([task(due_on=date(2020, 2, 10))], [task(due_on=date(2020, 2, 10))]).overdue == ()


def test_a_task_that_was_due_on_another_day_says_both() -> None:
    moved_on = date(2020, 9, 30)
    (moved,) = between([task()], [task(due_on=moved_on)]).moved
    assert (moved.due_on_before, moved.due_on) == (date(2020, 3, 31), moved_on)


def test_what_was_opened_again_is_no_loss_that_nobody_sees() -> None:
    found = between([task(state=TaskState.COMPLETED, done=(True,))], [task(state=TaskState.STARTED)])
    assert [one.number for one in found.reopened] == [1]
    assert not found.completed
    assert not found.parts_done


def test_a_cancelled_task_is_removed_once_and_has_no_part_done() -> None:
    cancelled = task(state=TaskState.CANCELLED, done=(True,))
    found = between([task(), task(2)], [cancelled])
    assert [one.number for one in found.removed] == [1, 2]
    assert found.parts_done == ()
    assert between([cancelled], [cancelled]).removed == ()


tasks = st.builds(
    task,
    number=st.integers(1, 6),
    state=st.sampled_from(TaskState),
    due_on=st.dates(EARLIER - timedelta(days=60), LATER + timedelta(days=60)),
    done=st.lists(st.booleans(), min_size=1, max_size=3).map(tuple),
)
several = st.lists(tasks, max_size=6, unique_by=lambda one: one.number)


@given(several, several)
def test_the_figures_differ_by_what_is_listed(before: list[TaskView], after: list[TaskView]) -> None:
    found = between(before, after)
    was, now = {one.number: one for one in before}, {one.number: one for one in after}
    no_more = [
        number
        for number, one in was.items()
        if one.state is TaskState.COMPLETED and (number not in now or now[number].state is not TaskState.COMPLETED)
    ]
    assert found.after.completed == found.before.completed + len(found.completed) - len(no_more)
    assert {one.number for one in found.added} == now.keys() - was.keys()
    assert not {one.number for one in found.completed} & set(no_more)
    for listed in (found.completed, found.overdue, found.added, found.removed, found.moved, found.reopened):
        numbers = [one.number for one in listed]
        assert len(set(numbers)) == len(numbers)
    assert found.after.overdue <= found.after.tasks
    assert found.after.tasks + found.after.cancelled == len(after)


@given(several)
def test_two_equal_days_differ_in_nothing_but_what_is_late_by_now(same: list[TaskView]) -> None:
    found = between(same, [replace(one) for one in same])
    assert not (found.completed or found.added or found.removed or found.moved or found.reopened or found.parts_done)
    assert all(EARLIER <= one.due_on < LATER for one in found.overdue)


def test_what_is_read_beforehand_is_every_plan_of_the_year_and_what_the_pages_show_beside_it_each_once() -> None:
    asked = past_asked(date(2020, 7, 1))
    assert len(asked) == len(set(asked)) == 12
    for district in DISTRICTS:
        assert {f"plans.evt.{district}.plan.2020", f"plans.evt.{district}.organisation.{district}"} <= set(asked)
    assert {"plans.evt.*.organisation.*", "plans.evt.can-tho.calendar.*"} <= set(asked)
