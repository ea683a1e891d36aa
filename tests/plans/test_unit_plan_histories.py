"""Generated histories of units' plans: what holds for every one of them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import AmendUnitPlanDraft, ReportUnitTask
from services.plans.decider import UNIT_PLAN, UnitPlan
from services.plans.events import EVENTS, DueReason, MovedUnitTasks, UnitDueDatesMoved, UnitPlanEvent
from services.plans.projections import PLANS
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.tables import Rollup
from tests.plans.a_unit_plan import (
    ADDRESS,
    AT,
    CHAIR,
    CLERK,
    ISSUE,
    RETURN,
    SUBMIT,
    TASKS,
    TEXT,
    TODAY,
    WARD,
    cancel,
    complete,
    draft,
    facts,
    reopen,
    report,
)
from tests.plans.test_plan_histories import apply_in_batches, recorded
from tests.support.rows import as_values

LATER = date(2020, 4, 20)  # the first task is late by then

numbers = st.integers(1, 4)  # the fourth does not exist
commands = st.one_of(
    st.sampled_from((draft(), draft(number=None), SUBMIT, RETURN, ISSUE)),
    st.builds(
        lambda rows: AmendUnitPlanDraft(**ADDRESS, text=TEXT, tasks=TASKS[:rows], number=None), st.integers(0, 3)
    ),
    st.builds(report, numbers, st.integers(-1, 101)),
    st.builds(complete, numbers, st.sampled_from((TODAY, date(2020, 4, 15), date(2020, 2, 1)))),
    st.builds(reopen, numbers),
    st.builds(cancel, numbers),
)
ISSUED_FIRST: list[Any] = [draft(), SUBMIT, ISSUE]


def _known(command: Any) -> Any:
    who = CLERK if isinstance(command, AmendUnitPlanDraft | ReportUnitTask) else CHAIR
    return facts(who, TODAY if command is ISSUE else LATER)


def _step(command: Any, plan: UnitPlan) -> tuple[UnitPlan, list[UnitPlanEvent]]:
    try:
        events = UNIT_PLAN.decide(command, plan, _known(command))
    except Rejected:
        return plan, []
    for event in events:
        plan = UNIT_PLAN.evolve(plan, event)
    return plan, events


def play(script: list[Any]) -> tuple[UnitPlan, list[UnitPlanEvent]]:
    """Return the state and the history of the commands; refused ones leave nothing."""
    plan, history = UNIT_PLAN.initial, []
    for command in script:
        plan, events = _step(command, plan)
        history += events
    return plan, history


@settings(max_examples=100, deadline=None)
@given(st.booleans(), st.lists(commands, max_size=25))
def test_a_repeated_command_changes_nothing(is_issued: bool, script: list[Any]) -> None:
    plan, _ = play((ISSUED_FIRST if is_issued else []) + script)
    for command in script:
        if isinstance(command, ReportUnitTask):
            continue  # each report is a fact of its own; its command id makes the retry harmless
        after, _ = _step(command, plan)
        _, twice = _step(command, after)
        assert twice == [], command


@settings(max_examples=100, deadline=None)
@given(st.lists(commands, max_size=25))
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(script: list[Any]) -> None:
    plan, history = play(ISSUED_FIRST + script)
    replayed: UnitPlan = UNIT_PLAN.initial
    for event in history:
        replayed = UNIT_PLAN.evolve(replayed, EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event)))  # type: ignore[arg-type]
    assert replayed == plan


@settings(max_examples=60, deadline=None)
@given(
    st.lists(commands, max_size=25),
    st.lists(commands, max_size=15),
    st.dictionaries(st.sampled_from((WARD, "phuong-ba-lang")), st.sets(st.integers(1, 3), min_size=1), max_size=2),
    st.integers(1, 9),
)
async def test_every_level_equals_an_independent_recount_however_events_are_batched(
    script: list[Any], other: list[Any], moved: dict[str, set[int]], size: int
) -> None:
    _, one = play(ISSUED_FIRST + script)
    _, two = play(ISSUED_FIRST + other)
    second = [replace(event, unit_id="phuong-ba-lang") for event in two]
    history: list[Any] = [*one, *second[: len(ISSUED_FIRST)], *_moves(moved), *second[len(ISSUED_FIRST) :]]
    kinds = ["unit-due-dates" if isinstance(event, UnitDueDatesMoved) else "unit-plan" for event in history]
    told = [
        replace(one, subject=f"plans.evt.cai-rang.{kind}.2020")
        for one, kind in zip(recorded(history), kinds, strict=True)
    ]
    rows = await apply_in_batches(told, size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    checked = 0
    for table in PLANS.tables:
        if isinstance(table, Rollup) and table.of == "unit_plan_task":
            checked += 1
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            assert rows[table.name].keys() == expected.keys(), table.name
            for key, row in rows[table.name].items():
                for name, value in as_values(row).items():
                    if name not in table.key:
                        assert value == expected[key].get(name, 0), (table.name, key, name)
    assert checked == 3


def _moves(moved: dict[str, set[int]]) -> list[UnitDueDatesMoved]:
    if not moved:
        return []
    move = MovedUnitTasks(
        due_on_before=date(2020, 3, 31),
        due_on=date(2020, 3, 31) + timedelta(days=20),
        due_reason=DueReason(),
        tasks={unit: tuple(sorted(numbers)) for unit, numbers in moved.items()},
    )
    return [UnitDueDatesMoved(district="cai-rang", year=2020, moves=(move,), by="policy", at=AT)]
