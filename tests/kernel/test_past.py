"""The rows of an earlier day: what the live read model had then, and asked in the same words."""

import asyncio
import shutil
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import structlog.testing
from nats.aio.client import Client

from services.plans.app import SERVICE
from services.plans.commands import CancelTask, ReopenTask, ReportTask
from services.plans.events import EVENTS, PlansEvent
from services.plans.projections import PAST, PLANS
from services.plans.views import CityTotals, DistrictTotals, GroupTotals, PlanView, TaskState, TaskView, UnitTotals
from services.topology import TOPOLOGY
from shared.clock import derived_id
from shared.codec import event_headers
from shared.errors import Fault
from shared.eventstore import EventStore, NewEvent
from shared.frames import Frames
from shared.process import Process
from shared.readmodel import MemoryRows, Past, RowReader
from shared.readmodel.rows import Order, Where
from shared.readmodel.tables import Rollup, Table
from shared.tasks import end
from shared.topology import apply
from shared.types import DISTRICTS
from tests.kernel.test_projector import following
from tests.plans.a_plan import AT, CHAIR, ISSUE, SUBMIT, complete, draft, facts, happened
from tests.support.nats import RunningNats, running_nats

SUBJECT = "plans.evt.cai-rang.plan.2020"
OTHER = "plans.evt.o-mon.plan.2020"
KEY: dict[str, Any] = {"district": "cai-rang", "plan_id": "2020", "at": AT}
ISSUED_ON = date(2020, 2, 6)
# One command a day from the sixth of February on, as the business clock would give them.
COMMANDS = (
    (draft(), SUBMIT, ISSUE),
    (ReportTask(**KEY, task_number=5, unit_id="phuong-le-binh", percent=40, text="Đã họp"),),
    (complete(5, "phuong-le-binh"), complete(1, "phong-noi-vu")),
    (complete(5, "phuong-ba-lang"),),
    (ReopenTask(**KEY, task_number=1, reason="Ghi nhầm"),),
    (CancelTask(**KEY, task_number=1, reason="Trùng"),),
)
TABLES: dict[str, type[Any]] = {
    "plan": PlanView,
    "task": TaskView,
    "unit_totals": UnitTotals,
    "group_totals": GroupTotals,
    "district_totals": DistrictTotals,
}


def days_of_events() -> list[list[PlansEvent]]:
    """Return what happens on each day."""
    known, days = 0, []
    for number in range(1, len(COMMANDS) + 1):
        commands = [(one, facts(CHAIR) if one is ISSUE else facts()) for day in COMMANDS[:number] for one in day]
        events = happened(*commands)
        days.append(events[known:])
        known = len(events)
    return days  # type: ignore[return-value]


async def append(
    client: Client, events: Sequence[PlansEvent], day: date, *, subject: str = SUBJECT, body: bytes = b""
) -> int:
    """Append the events as of that day; return the last sequence."""
    store, seq = EventStore(client, "PLANS"), 0
    for event in events:
        last = await store.last(subject)
        identity = derived_id("past", subject, day, last.seq if last else 0)
        headers = event_headers(
            wire_name=EVENTS.wire_name(type(event)),
            event_id=identity,
            subject=subject,
            occurred_at=AT + (day - ISSUED_ON),
            actor="test",
            command_id=identity,
            correlation_id=identity,
            causation_id=identity,
        )
        new = NewEvent(subject=subject, headers=headers, body=body or EVENTS.encode(event))
        seq = (await store.append([new], {subject: last.seq if last else 0})).seq
    return seq


async def rows_in(rows: RowReader) -> dict[str, list[Any]]:
    """Return all rows of the tables."""
    return {name: await rows.select(row, name) for name, row in TABLES.items()}


async def reconnected(client: Client) -> None:
    """Wait until the client has noticed that the server was away, and is back."""
    while client.stats["reconnects"] == 0 or not client.is_connected:
        await asyncio.sleep(0.05)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[RunningNats]:
    with running_nats(tmp_path) as running:
        yield running


@pytest.fixture
async def client(bus: RunningNats) -> AsyncIterator[Client]:
    client = await bus.connect("plans")
    yield client
    await client.close()


async def test_the_rows_of_every_day_are_those_that_the_live_read_model_had_at_its_end(bus: RunningNats) -> None:
    lived: dict[date, dict[str, list[Any]]] = {}
    async with following(bus) as (client, _, projector, rows):
        for number, events in enumerate(days_of_events()):
            day = ISSUED_ON + timedelta(days=number)
            assert await projector.wait_for(await append(client, events, day), timeout_s=10)
            lived[day] = await rows_in(rows)
        past = Past(client, PAST)
        for day, expected in reversed(lived.items()):
            assert await rows_in(await past.rows([SUBJECT], day)) == expected, day
        before = await past.rows([SUBJECT], ISSUED_ON - timedelta(days=1))
        assert await before.count("task") == 0
        assert await before.get(PlanView, "plan", "cai-rang", "2020") is None
        assert await past.first_day(SUBJECT) == ISSUED_ON
        assert await past.first_day("plans.evt.cai-rang.plan.1999") is None
    states = {day: [task.state for task in one["task"]] for day, one in lived.items()}
    assert states[ISSUED_ON] == [TaskState.ASSIGNED, TaskState.ASSIGNED]
    assert states[max(states)] == [TaskState.CANCELLED, TaskState.COMPLETED]


async def test_what_is_recorded_later_of_an_earlier_day_belongs_to_that_day(client: Client) -> None:
    first, *_ = days = days_of_events()
    await append(client, first, ISSUED_ON)
    past = Past(client, PAST)
    asked = ISSUED_ON + timedelta(days=3)
    task = await (await past.rows([SUBJECT], asked)).get(TaskView, "task", "cai-rang", "2020", 5)
    assert task is not None and task.state is TaskState.ASSIGNED
    await append(client, days[1], ISSUED_ON + timedelta(days=9))
    task = await (await past.rows([SUBJECT], asked)).get(TaskView, "task", "cai-rang", "2020", 5)
    assert task is not None and task.state is TaskState.ASSIGNED, "what came after the day is no part of it"
    await append(client, days[1], asked)
    task = await (await past.rows([SUBJECT], asked)).get(TaskView, "task", "cai-rang", "2020", 5)
    assert task is not None and task.state is TaskState.STARTED


async def test_an_event_that_cannot_be_read_stops_its_aggregate_and_no_other_as_in_the_live_rows(
    client: Client,
) -> None:
    first, second, *_ = days_of_events()
    moved = [replace(event, district="o-mon") for event in first]
    await append(client, first, ISSUED_ON)
    await append(client, moved, ISSUED_ON, subject=OTHER)
    await append(client, second[:1], ISSUED_ON, body=b"{}")
    await append(client, second, ISSUED_ON)
    rows = await Past(client, PAST).rows([SUBJECT, OTHER], ISSUED_ON)
    stopped = await rows.get(TaskView, "task", "cai-rang", "2020", 5)
    assert stopped is not None and stopped.state is TaskState.ASSIGNED
    assert await rows.count("task") == 4
    # The city is the sum of both plans, and a wildcard finds the same.
    (total,) = await rows.select(DistrictTotals, "district_totals", where=lambda row: [row.district == "o-mon"])
    assert (total.tasks, total.parts) == (2, 3)
    both = await Past(client, PAST).rows(["plans.evt.*.plan.2020"], ISSUED_ON)
    assert await both.select(CityTotals, "city_totals") == await rows.select(CityTotals, "city_totals")


async def test_little_is_kept_and_the_answers_stay_the_same(client: Client) -> None:
    days = days_of_events()
    for number, events in enumerate(days):
        await append(client, events, ISSUED_ON + timedelta(days=number))
        await append(
            client,
            [replace(one, district="o-mon") for one in events],
            ISSUED_ON + timedelta(days=number),
            subject=OTHER,
        )
    roomy, narrow = Past(client, PAST), Past(client, PAST, events_max=1, rows_max=1)
    for number in (5, 0, 3, 5):
        day = ISSUED_ON + timedelta(days=number)
        for subject in (SUBJECT, OTHER):
            assert await rows_in(await narrow.rows([subject], day)) == await rows_in(await roomy.rows([subject], day))
    assert (len(narrow._histories), len(narrow._folds)) == (1, 1)
    assert (len(roomy._histories), len(roomy._folds)) == (2, 6)


async def test_what_is_remembered_beforehand_gives_the_answers_of_a_first_look(
    bus: RunningNats, client: Client
) -> None:
    first, second, third, *rest = days_of_events()
    await append(client, first, ISSUED_ON)
    await append(client, second[:1], ISSUED_ON + timedelta(days=1), body=b"{}")
    await append(client, [replace(one, district="o-mon") for one in first], ISSUED_ON, subject=OTHER)
    warm = Past(client, PAST)
    await warm.remember([SUBJECT, OTHER], ISSUED_ON + timedelta(days=200))

    async def same_on(*days: int) -> None:
        for number in days:
            day = ISSUED_ON + timedelta(days=number)
            cold = await Past(client, PAST).rows([SUBJECT, OTHER], day)
            assert await rows_in(await warm.rows([SUBJECT, OTHER], day)) == await rows_in(cold), day

    await same_on(200, 0, 40)
    # The one aggregate stands still behind what cannot be read, the other goes on.
    await append(client, second, ISSUED_ON + timedelta(days=2))
    for number, events in enumerate([second, third, *rest]):
        moved = [replace(one, district="o-mon") for one in events]
        await append(client, moved, ISSUED_ON + timedelta(days=30 * number), subject=OTHER)
        await same_on(200, 30 * number)
    tasks = await (await warm.rows([SUBJECT], ISSUED_ON + timedelta(days=9))).select(TaskView, "task")
    assert [task.state for task in tasks] == [TaskState.ASSIGNED, TaskState.ASSIGNED]
    bus.kill()
    bus.start()
    await reconnected(client)
    await same_on(3, 200)


async def test_a_log_that_is_another_one_is_read_anew(tmp_path: Path, bus: RunningNats, client: Client) -> None:
    first, second, *_ = days_of_events()
    await append(client, [*first, *second], ISSUED_ON)
    past = Past(client, PAST)
    before = await (await past.rows([SUBJECT], ISSUED_ON)).get(TaskView, "task", "cai-rang", "2020", 5)
    assert before is not None and before.state is TaskState.STARTED
    bus.stop()
    shutil.rmtree(tmp_path / "nats")
    bus.start()
    await apply(bus.settings, TOPOLOGY)
    await reconnected(client)
    await append(client, first, ISSUED_ON)
    after = await (await past.rows([SUBJECT], ISSUED_ON)).get(TaskView, "task", "cai-rang", "2020", 5)
    assert after is not None and after.state is TaskState.ASSIGNED


async def test_questions_asked_at_once_get_what_they_get_one_after_another(client: Client) -> None:
    for number, events in enumerate(days_of_events()):
        day = ISSUED_ON + timedelta(days=20 * number)
        await append(client, events, day)
        await append(client, [replace(one, district="o-mon") for one in events], day, subject=OTHER)
    days = [ISSUED_ON + timedelta(days=number) for number in (90, 0, 50, 90, 21)]
    # So little is kept that each forgets what the others are at.
    for past in (Past(client, PAST), Past(client, PAST, events_max=1, rows_max=1)):
        asked = [past.rows(subjects, day) for day in days for subjects in ([SUBJECT], [OTHER, SUBJECT])]
        for day, subjects, rows in zip(
            [day for day in days for _ in range(2)],
            [[SUBJECT], [OTHER, SUBJECT]] * len(days),
            await asyncio.gather(*asked),
            strict=True,
        ):
            assert await rows_in(rows) == await rows_in(await Past(client, PAST).rows(subjects, day)), day


async def test_what_takes_long_leaves_the_loop_to_others(client: Client) -> None:
    threads: set[int] = set()

    def noted(table: Any) -> Any:
        def fold(*given: Any) -> Any:
            threads.add(threading.get_ident())
            return table.fold(*given)

        return replace(table, fold=fold) if isinstance(table, Table) else table

    await append(client, days_of_events()[0], ISSUED_ON)
    await Past(client, replace(PAST, tables=tuple(map(noted, PAST.tables)))).rows([SUBJECT], ISSUED_ON)
    assert threads
    threads_of_sums: set[int] = set()

    def noting(table: Any) -> Any:
        def contribute(row: Any) -> Any:
            threads_of_sums.add(threading.get_ident())
            return table.contribute(row)

        return replace(table, contribute=contribute) if isinstance(table, Rollup) else table

    rows = await Past(client, replace(PAST, tables=tuple(map(noting, PAST.tables)))).rows([SUBJECT], ISSUED_ON)
    assert await rows.select(CityTotals, "city_totals")
    assert await rows.count("unit_totals")
    assert await rows.get(DistrictTotals, "district_totals", "cai-rang", "1999", 1) is None
    assert threads_of_sums
    assert threading.get_ident() not in threads | threads_of_sums


async def test_of_many_histories_asked_for_at_once_few_are_held_at_a_time(client: Client) -> None:
    events = days_of_events()[0]
    subjects = [f"plans.evt.{district}.plan.2020" for district in DISTRICTS]
    for district, subject in zip(DISTRICTS, subjects, strict=True):
        await append(client, [replace(one, district=district) for one in events], ISSUED_ON, subject=subject)
    held: list[int] = []

    def noted(table: Any) -> Any:
        def fold(*given: Any) -> Any:
            time.sleep(0.005)  # time enough for the others to be read
            held.append(sum(bool(one.events) for one in list(past._histories.values())))
            return table.fold(*given)

        return replace(table, fold=fold) if isinstance(table, Table) else table

    model = replace(PAST, tables=tuple(map(noted, PAST.tables)))
    past = Past(client, model, events_max=1, rows_max=1)
    found = await asyncio.gather(*(past.rows([subject], ISSUED_ON) for subject in subjects))
    assert max(held) <= 3 < len(subjects)  # two at work, and the one that is kept
    assert [await rows.count("task") for rows in found] == [2] * len(subjects)


async def test_one_subject_that_cannot_be_read_keeps_no_other_from_being_remembered(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = days_of_events()[0]
    await append(client, events, ISSUED_ON)
    await append(client, [replace(one, district="o-mon") for one in events], ISSUED_ON, subject=OTHER)
    receive, come = Frames.receive, list[bytes | None]()

    def lose_the_first(self: Frames, head: bytes | None, body: bytes) -> None:
        come.append(head)
        if len(come) > 1:
            receive(self, head, body)

    monkeypatch.setattr(Frames, "receive", lose_the_first)
    past = Past(client, PAST)
    with pytest.raises(Fault, match="less came"):
        await past.remember([SUBJECT, OTHER], ISSUED_ON)
    assert list(past._folds) == [(OTHER, ISSUED_ON)]
    await past.remember([SUBJECT, OTHER], ISSUED_ON)
    assert {subject for subject, _ in past._folds} == {SUBJECT, OTHER}


async def test_what_is_remembered_for_speed_alone_fails_in_the_log_and_nowhere_else(
    bus: RunningNats, client: Client
) -> None:
    def broken(_: date) -> Sequence[str]:
        raise ZeroDivisionError

    process = Process(replace(SERVICE, past_asked=broken), bus.settings_of("plans"))
    process.edge = replace(process.edge, past=Past(client, PAST))
    with structlog.testing.capture_logs() as logged:
        await process._remember_past()
    assert [(one["event"], one["error"]) for one in logged] == [("past not remembered", "ZeroDivisionError: ")]


async def test_a_past_that_takes_long_holds_up_neither_the_answers_nor_the_end(
    bus: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(SERVICE, bus.settings_of("plans"))

    async def for_ever() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(process, "_remember_past", for_ever)
    for patience_s, stops_after_s in ((0.05, 60.0), (60.0, 0.05)):
        monkeypatch.setattr("shared.process._REMEMBER_S", patience_s)
        stopping = asyncio.create_task(asyncio.sleep(stops_after_s))
        async with asyncio.timeout(5):
            remembering = await process._remember_for_a_while(stopping)
        assert not remembering.done()
        await end([remembering, stopping])


class _Place(NamedTuple):
    number: int
    state: TaskState


CONDITIONS: dict[str, Where] = {
    "equal": lambda task: [task.number == 5],
    "not equal": lambda task: [task.number != 5],
    "a word": lambda task: [task.state == TaskState.CANCELLED],
    "before": lambda task: [task.due_on < date(2020, 4, 1)],
    "between": lambda task: [task.number >= 2, task.number <= 5],
    "one of": lambda task: [task.state.in_((TaskState.COMPLETED, TaskState.CANCELLED))],
    "one of none": lambda task: [task.state.in_(())],
    "nothing there": lambda task: [task.completed_on.is_(None)],
    "something there": lambda task: [task.completed_on.is_not(None)],
    "compared with nothing": lambda task: [task.completed_on <= date(2030, 1, 1)],
    "either": lambda task: [sa.or_(task.number == 1, task.completed_on.is_not(None))],
    "both": lambda task: [sa.and_(task.district == "cai-rang", task.quarter == 1)],
    "an empty list": lambda task: [task.amended_in == ()],
    "a list with something in it": lambda task: [task.parts != ()],
    "no condition": lambda task: [],
}


async def test_a_condition_finds_in_memory_what_it_finds_in_the_database(bus: RunningNats) -> None:
    async with following(bus) as (client, _, projector, rows):
        seq = 0
        for events in days_of_events():
            seq = await append(client, events, ISSUED_ON)
        assert await projector.wait_for(seq, timeout_s=10)
        memory = await Past(client, PAST).rows([SUBJECT], ISSUED_ON)
        for name, where in CONDITIONS.items():
            expected = await rows.select(TaskView, "task", where=where)
            assert await memory.select(TaskView, "task", where=where) == expected, name
            assert await memory.count("task", where=where) == len(expected), name
            places = [_Place(one.number, one.state) for one in expected]
            assert await memory.select(_Place, "task", where=where) == places, name
            assert await rows.select(_Place, "task", where=where) == places, name
            tally = Counter((one.quarter, one.state, one.due_on) for one in expected)
            by = ("quarter", "state", "due_on")
            assert await memory.tally("task", by=by, where=where) == tally, name
            assert await rows.tally("task", by=by, where=where) == tally, name
        ordered: tuple[Order, ...] = (("quarter", "number"), (("completed_on", "due_on"), "number"))
        for order in ordered:
            page: dict[str, Any] = {"order": order, "descending": True, "limit": 2, "offset": 1}
            assert await memory.select(TaskView, "task", **page) == await rows.select(TaskView, "task", **page)
        assert await memory.page("task", offset=1, limit=5) == await rows.page("task", offset=1, limit=5)


async def test_a_condition_that_is_not_understood_is_refused_and_never_guessed() -> None:
    memory = MemoryRows(PLANS, [{"task": {("a",): object()}}])
    for where in (
        lambda task: [task.content.like("%a%")],
        lambda task: [sa.func.length(task.content) > 3],
        lambda task: [task.due_on < task.completed_on],
        lambda task: [sa.not_(sa.or_(task.number == 1, task.quarter == 1))],
    ):
        with pytest.raises(TypeError, match="not understood"):
            await memory.count("task", where=where)
    with pytest.raises(KeyError):
        await MemoryRows(PAST, []).count("task_history")
