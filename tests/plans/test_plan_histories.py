"""Generated histories of plans: what holds for every one of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import (
    AssignTask,
    CancelTask,
    PlanCommand,
    RecomputeDueDates,
    ReopenTask,
    ReportTask,
    StartTask,
)
from services.plans.decider import PLAN, Plan, PlanFacts
from services.plans.events import EVENTS, DueDatesMoved, PlanEvent
from services.plans.projections import PLANS
from services.plans.rules import due_date
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.batch import fold_batch
from shared.readmodel.tables import AnyTable, Key, Rollup
from shared.types import CITY, Recorded, Role
from tests.plans.a_calendar import OPENED_2020, off_2020, view
from tests.plans.a_plan import AT, CHAIR, ISSUE, SUBMIT, actor, complete, draft, facts
from tests.support.rows import as_values

UNITS = ("phong-noi-vu", "phuong-le-binh", "phuong-ba-lang")
ADDRESS = {"district": "cai-rang", "plan_id": "2020", "at": AT}

POLICY = actor(Role.POLICY, district=CITY)
# The calendar of 2020 as opened, and with the last day of the first quarter, or the last two, off by a notice.
CALENDARS = {
    AT + timedelta(seconds=number): view(*events)
    for number, events in enumerate(
        (OPENED_2020, off_2020(date(2020, 3, 31)), off_2020(date(2020, 3, 30), date(2020, 3, 31)))
    )
}

numbers = st.sampled_from((1, 5, 9))
units = st.sampled_from(UNITS)
commands: st.SearchStrategy[PlanCommand] = st.one_of(
    st.just(draft()),
    st.just(SUBMIT),
    st.just(ISSUE),
    st.builds(
        lambda at: RecomputeDueDates(district="cai-rang", plan_id="2020", at=at), st.sampled_from(list(CALENDARS))
    ),
    st.builds(complete, numbers, units),
    st.builds(lambda number, unit: StartTask(**ADDRESS, task_number=number, unit_id=unit), numbers, units),  # type: ignore[arg-type]
    st.builds(
        lambda number, unit, percent: ReportTask(
            **ADDRESS,  # type: ignore[arg-type]
            task_number=number,
            unit_id=unit,
            percent=percent,
            text="đang làm",
        ),
        numbers,
        units,
        st.integers(-1, 101),
    ),
    st.builds(lambda number: ReopenTask(**ADDRESS, task_number=number, reason="sai"), numbers),  # type: ignore[arg-type]
    st.builds(lambda number: CancelTask(**ADDRESS, task_number=number, reason="thừa"), numbers),  # type: ignore[arg-type]
    st.builds(
        lambda number, leads, others: AssignTask(
            **ADDRESS,  # type: ignore[arg-type]
            task_number=number,
            lead_units=tuple(leads),
            coordinating_units=tuple(others),
        ),
        numbers,
        st.lists(units, max_size=3),
        st.lists(units, max_size=2),
    ),
)
ISSUED_FIRST: list[PlanCommand] = [draft(), SUBMIT, ISSUE]


def play(script: list[PlanCommand]) -> tuple[Plan, list[PlanEvent]]:
    """Return the state and the history of the commands; refused ones leave nothing."""
    plan: Plan = PLAN.initial
    history: list[PlanEvent] = []
    for command in script:
        try:
            events = PLAN.decide(command, plan, _facts_of(command))
        except Rejected:
            continue
        for event in events:
            plan = PLAN.evolve(plan, event)
        history += events
    return plan, history


def _facts_of(command: PlanCommand) -> PlanFacts:
    if isinstance(command, RecomputeDueDates):
        return facts(POLICY, calendar=CALENDARS[command.at])
    return facts(CHAIR) if command is ISSUE else facts()


def recorded(history: list[PlanEvent]) -> list[Recorded[PlanEvent]]:
    at = datetime(2020, 2, 6, tzinfo=UTC)
    return [
        Recorded(
            event=event,
            type=EVENTS.wire_name(type(event)),
            event_id=f"e{seq}",
            stream="PLANS",
            seq=seq,
            subject="plans.evt.cai-rang.plan.2020",
            occurred_at=at,
            recorded_at=at,
            actor="x",
            command_id=f"c{seq}",
            correlation_id="",
            headers={},
        )
        for seq, event in enumerate(history, start=1)
    ]


async def apply_in_batches(events: list[Recorded[Any]], size: int) -> dict[str, dict[Key, object]]:
    """Return the rows of every table after the events, applied `size` at a time."""
    rows: dict[str, dict[Key, object]] = {table.name: {} for table in PLANS.tables}

    async def fetch(table: AnyTable, keys: Any) -> dict[Key, object]:
        return {key: rows[table.name][key] for key in keys if key in rows[table.name]}

    for start in range(0, len(events), size):
        changes = await fold_batch(PLANS, events[start : start + size], set(), fetch)
        assert changes.poisoned == []
        for name, keys in changes.delete.items():
            for key in keys:
                rows[name].pop(key, None)
        for name, put in changes.put.items():
            rows[name].update(put)
    return rows


@settings(max_examples=150, deadline=None)
@given(st.lists(commands, max_size=40))
def test_a_repeated_command_changes_nothing(script: list[PlanCommand]) -> None:
    plan, _ = play(ISSUED_FIRST + script)
    for command in script:
        if isinstance(command, ReportTask):
            continue  # each report is a fact of its own; its command id makes the retry harmless
        before = plan
        plan, _ = _again(command, plan)
        _, twice = _again(command, plan)
        assert twice == [], command
        plan = before


def _again(command: PlanCommand, plan: Plan) -> tuple[Plan, list[PlanEvent]]:
    try:
        events = PLAN.decide(command, plan, _facts_of(command))
    except Rejected:
        return plan, []
    for event in events:
        plan = PLAN.evolve(plan, event)
    return plan, events


@settings(max_examples=150, deadline=None)
@given(st.lists(commands, max_size=40))
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(script: list[PlanCommand]) -> None:
    plan, history = play(ISSUED_FIRST + script)
    replayed: Plan = PLAN.initial
    for event in history:
        stored = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed = PLAN.evolve(replayed, stored)  # type: ignore[arg-type]
    assert replayed == plan


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, max_size=30), st.integers(1, 9))
async def test_every_level_equals_an_independent_recount_however_events_are_batched(
    script: list[PlanCommand], size: int
) -> None:
    _, history = play(ISSUED_FIRST + script)
    rows = await apply_in_batches(recorded(history), size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    for table in PLANS.tables:
        if isinstance(table, Rollup):
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            assert rows[table.name].keys() == expected.keys(), table.name
            for key, row in rows[table.name].items():
                for name, value in as_values(row).items():
                    if name not in table.key:
                        assert value == expected[key].get(name, 0), (table.name, key, name)


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, max_size=30))
def test_completed_means_that_every_lead_is_done(script: list[PlanCommand]) -> None:
    plan, _ = play(ISSUED_FIRST + script)
    for task in plan.tasks.values():
        all_done = bool(task.leads) and all(one.unit_id in task.done for one in task.leads)
        assert task.is_completed == all_done
        assert all(day <= date(2020, 2, 6) for day in task.done.values())


@settings(max_examples=100, deadline=None)
@given(st.lists(commands, max_size=30), st.sampled_from(list(CALENDARS)))
def test_after_a_look_at_the_calendar_every_open_task_is_due_by_it(script: list[PlanCommand], at: datetime) -> None:
    last = RecomputeDueDates(district="cai-rang", plan_id="2020", at=at)
    plan, history = play([*ISSUED_FIRST, *script, last])
    expected, _ = due_date(2020, 1, None, _facts_of(last).days)
    assert {task.due_on for task in plan.tasks.values() if not task.is_completed and not task.is_cancelled} <= {
        expected.due_on
    }
    for event in history:
        if isinstance(event, DueDatesMoved):
            assert all(task.due_on_before != task.due_on for task in event.tasks)
