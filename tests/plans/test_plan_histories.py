"""Generated histories of plans: what holds for every one of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import (
    AmendPlan,
    AssignTask,
    CancelTask,
    ClosePlan,
    GrantExtension,
    NewTask,
    PlanCommand,
    RecomputeDueDates,
    RefuseExtension,
    ReopenTask,
    ReportTask,
    RequestExtension,
    ReturnPlanAmendment,
    StartTask,
    SubmitPlanAmendment,
)
from services.plans.decider import PLAN, Plan, PlanFacts
from services.plans.events import EVENTS, DueDatesMoved, PlanEvent
from services.plans.projections import PLANS
from services.plans.rules import due_date
from services.plans.views import ExtensionState, TaskState, TaskVersionView, TaskView
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
later = st.dates(date(2020, 2, 5), date(2020, 6, 30))
rows = st.builds(
    lambda number, quarter, content, leads, due_on: NewTask(
        number=number, quarter=quarter, content=content, lead_units=tuple(leads), due_on=due_on
    ),
    st.sampled_from((1, 5, 9, 12)),
    st.integers(1, 4),
    st.sampled_from(("Ban hành Chỉ thị", "Việc khác")),
    st.lists(units, min_size=1, max_size=3),
    st.none() | later,
)
commands |= st.one_of(
    st.builds(
        lambda added, changed, removed: SubmitPlanAmendment(
            **ADDRESS,  # type: ignore[arg-type]
            reason="thêm việc",
            added=tuple(added),
            changed=tuple(changed),
            removed=tuple(removed),
        ),
        st.lists(rows, max_size=2),
        st.lists(rows, max_size=2),
        st.lists(numbers, max_size=1),
    ),
    st.just(ReturnPlanAmendment(**ADDRESS, reason="chưa rõ")),  # type: ignore[arg-type]
    st.builds(
        lambda number: AmendPlan(**ADDRESS, number=f"{number}/KH-UBND", amended_on=date(2020, 2, 6)),  # type: ignore[arg-type]
        st.integers(40, 43),
    ),
    st.builds(
        lambda number, unit, day: RequestExtension(
            **ADDRESS,  # type: ignore[arg-type]
            task_number=number,
            unit_id=unit,
            wanted_on=day,
            reason="chờ",
        ),
        numbers,
        units,
        later,
    ),
    st.builds(
        lambda number, unit, day: GrantExtension(**ADDRESS, task_number=number, unit_id=unit, due_on=day),  # type: ignore[arg-type]
        numbers,
        units,
        later,
    ),
    st.builds(
        lambda number, unit: RefuseExtension(**ADDRESS, task_number=number, unit_id=unit, reason="gấp"),  # type: ignore[arg-type]
        numbers,
        units,
    ),
    st.builds(lambda carry: ClosePlan(**ADDRESS, carry=carry), st.sampled_from(("", "chờ"))),  # type: ignore[arg-type]
)
# What only happens when two agree, and would hardly ever by chance.
amendments = st.builds(
    lambda row, number: (
        SubmitPlanAmendment(**ADDRESS, reason="thêm việc", changed=(row,)),  # type: ignore[arg-type]
        AmendPlan(**ADDRESS, number=f"{number}/KH-UBND", amended_on=date(2020, 2, 6)),  # type: ignore[arg-type]
    ),
    st.builds(lambda row, number: replace(row, number=number), rows, st.sampled_from((1, 5))),
    st.integers(44, 99),
)
extensions = st.builds(
    lambda asked, day: (
        asked,
        GrantExtension(**ADDRESS, task_number=asked.task_number, unit_id=asked.unit_id, due_on=day),  # type: ignore[arg-type]
    ),
    st.builds(
        lambda number, unit: RequestExtension(
            **ADDRESS,  # type: ignore[arg-type]
            task_number=number,
            unit_id=unit,
            wanted_on=date(2020, 4, 10),
            reason="chờ",
        ),
        st.sampled_from((1, 5)),
        units,
    ),
    st.dates(date(2020, 4, 1), date(2020, 4, 30)),
)


def scripts(steps_max: int) -> st.SearchStrategy[list[PlanCommand]]:
    """Return scripts of at most so many steps."""
    step = st.one_of(st.tuples(commands), amendments, extensions)
    return st.lists(step, max_size=steps_max).map(lambda steps: [command for one in steps for command in one])


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
    if isinstance(command, ClosePlan):
        return facts(today=date(2020, 12, 31))
    by_chair = command is ISSUE or isinstance(
        command, ReturnPlanAmendment | AmendPlan | GrantExtension | RefuseExtension
    )
    return facts(CHAIR) if by_chair else facts()


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
@given(scripts(40))
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
@given(scripts(40))
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(script: list[PlanCommand]) -> None:
    plan, history = play(ISSUED_FIRST + script)
    replayed: Plan = PLAN.initial
    for event in history:
        stored = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed = PLAN.evolve(replayed, stored)  # type: ignore[arg-type]
    assert replayed == plan


@settings(max_examples=60, deadline=None)
@given(scripts(30), st.integers(1, 9))
async def test_every_level_equals_an_independent_recount_however_events_are_batched(
    script: list[PlanCommand], size: int
) -> None:
    _, history = play(ISSUED_FIRST + script)
    rows = await apply_in_batches(recorded(history), size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    for table in PLANS.tables:
        if isinstance(table, Rollup) and table.of == "task":
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            assert rows[table.name].keys() == expected.keys(), table.name
            for key, row in rows[table.name].items():
                for name, value in as_values(row).items():
                    if name not in table.key:
                        assert value == expected[key].get(name, 0), (table.name, key, name)


@settings(max_examples=60, deadline=None)
@given(scripts(30))
def test_completed_means_that_every_lead_is_done(script: list[PlanCommand]) -> None:
    plan, _ = play(ISSUED_FIRST + script)
    for task in plan.tasks.values():
        all_done = bool(task.leads) and all(one.unit_id in task.done for one in task.leads)
        assert task.is_completed == all_done
        assert all(day <= date(2020, 2, 6) for day in task.done.values())


@settings(max_examples=100, deadline=None)
@given(scripts(30), st.sampled_from(list(CALENDARS)))
def test_after_a_look_at_the_calendar_every_open_task_is_due_by_it(script: list[PlanCommand], at: datetime) -> None:
    last = RecomputeDueDates(district="cai-rang", plan_id="2020", at=at)
    plan, history = play([*ISSUED_FIRST, *script, last])
    for task in plan.tasks.values():
        if plan.status == "issued" and task.is_open and not task.is_extended:
            expected, _ = due_date(2020, task.quarter, task.stated_on, _facts_of(last).days, month=task.due_month)
            assert task.due_on == expected.due_on
    for event in history:
        if isinstance(event, DueDatesMoved):
            assert all(task.due_on_before != task.due_on for task in event.tasks)


@settings(max_examples=40, deadline=None)
@given(scripts(30))
async def test_the_rows_of_tasks_say_what_the_rules_go_by(script: list[PlanCommand]) -> None:
    plan, history = play(ISSUED_FIRST + script)
    rows = (await apply_in_batches(recorded(history), 4))["task"]
    assert {int(key[2]) for key in rows} == set(plan.tasks)
    for key, row in rows.items():
        task = plan.tasks[int(key[2])]
        assert isinstance(row, TaskView)
        assert (row.due_on, row.stated_on, row.due_month) == (task.due_on, task.stated_on, task.due_month)
        assert {part.unit_id: part.done_on for part in row.parts if part.done_on} == dict(task.done)
        assert (row.state is TaskState.CANCELLED) == task.is_cancelled
        assert (row.state is TaskState.COMPLETED) == task.is_completed
        pending = {one.unit_id: one.wanted_on for one in row.extensions if one.state is ExtensionState.PENDING}
        # A closed plan answers nobody any more.
        assert pending == {unit: one.wanted_on for unit, one in task.requests.items()} or plan.status == "closed"


@settings(max_examples=40, deadline=None)
@given(scripts(30))
async def test_the_newest_version_and_the_tasks_agree(script: list[PlanCommand]) -> None:
    plan, history = play(ISSUED_FIRST + script)
    rows = await apply_in_batches(recorded(history), 4)
    versions = sorted(int(key[2]) for key in rows["plan_version"])
    assert versions == list(range(1, len(plan.documents) + 1)), "no version is lost"
    newest: dict[int, TaskVersionView] = {}
    for key, row in sorted(rows["task_version"].items()):
        assert isinstance(row, TaskVersionView)
        newest[int(key[2])] = row
    assert set(newest) == set(plan.tasks)
    for number, task in plan.tasks.items():
        # What was cancelled by itself is still in the document.
        assert newest[number].content == task.content
        assert not newest[number].is_removed or task.is_cancelled
