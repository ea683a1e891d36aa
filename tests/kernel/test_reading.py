"""Reading the log fast changes nothing of what is read."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nats.aio.client import Client

from benchmarks.ground import fill, plans_database, plans_projector, silent
from benchmarks.history import plan_history
from services.plans.events import EVENTS
from services.plans.projections import PLANS
from shared.errors import Fault
from shared.eventstore import EventStore, Message, read_batch, read_frames
from shared.feed import Feed, Gap, place_of
from shared.frames import Frames
from shared.inbox import Inbox
from shared.readmodel import Database, rebuild
from shared.readmodel.batch import Changes, fold_batch
from shared.readmodel.cache import RowCache
from shared.readmodel.rebuild import BATCH
from shared.readmodel.tables import AnyTable, Key
from shared.topology import disconnect, live_consumer, rebuild_consumer
from shared.types import DISTRICTS, Recorded
from tests.kernel.test_projector import dump
from tests.support.nats import RunningNats, running_nats


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[RunningNats]:
    with running_nats(tmp_path) as running:
        yield running


@pytest.fixture
async def client(bus: RunningNats) -> AsyncIterator[Client]:
    connection = await bus.connect("plans")
    yield connection
    await connection.close()


@pytest.mark.parametrize("before_the_stream", ["$JS.ACK", "$JS.ACK.domain.account"])
def test_the_place_of_a_message_is_read_in_both_forms_and_to_the_microsecond(before_the_stream: str) -> None:
    raw: Any = SimpleNamespace(reply=f"{before_the_stream}.PLANS.reader.1.12.7.1580950800123456789.3")
    place = place_of(raw)
    assert (place.seq, place.consumer_seq, place.pending) == (12, 7, 3)
    assert place.recorded_at == datetime(2020, 2, 6, 1, 0, 0, 123456, tzinfo=UTC)


async def test_both_ways_to_read_a_message_give_the_same(client: Client) -> None:
    await fill(client, 30)
    stored = [message async for message in read_batch(client, "PLANS")]
    feed = Feed(client, "PLANS", live_consumer("plans", "plans"))
    assert await _read(feed, 30, batch=7) == stored
    await feed.detach()


async def test_what_is_read_in_bulk_comes_in_order_and_to_whom_it_belongs_amid_everything_else(client: Client) -> None:
    await fill(client, 60)
    feed = Feed(client, "PLANS", live_consumer("plans", "plans"))
    fed = asyncio.create_task(_read(feed, 60, batch=7))
    district = f"plans.evt.{DISTRICTS[0]}.>"
    whole, again, part = await asyncio.gather(
        *(
            _all(read_batch(client, "PLANS", subject, batch=size))
            for subject, size in ((">", 7), (">", 60), (district, 5))
        )
    )
    assert await fed == whole == again
    assert part == [one for one in whole if one.subject.startswith(district[:-1])] != []
    assert await _all(read_batch(client, "PLANS", district, after=whole[-1].seq)) == []
    await feed.detach()


async def test_a_read_that_is_cut_off_says_so_and_the_next_one_is_whole(bus: RunningNats, client: Client) -> None:
    await fill(client, 60)
    reading = read_batch(client, "PLANS", batch=5, timeout_s=0.5)
    first = await anext(reading)
    bus.kill()
    with pytest.raises(Fault, match="not answered"):
        await _all(reading)
    bus.start()
    await client.flush()
    stored = await _all(read_batch(client, "PLANS"))
    assert (stored[0], len(stored)) == (first, 60)


async def test_what_a_server_may_send_never_ends_the_connection(client: Client) -> None:
    frames = Frames(client)
    await frames.open()
    try:
        for head in (
            None,
            b"NATS/1.0\r\nNats-Subject: a\r\n\r\n",
            b"",
            b"NATS/1.0",
            b"NATS/1.0 \xff\r\n",
            b"NATS/1.0 503\r\n\r\n",
        ):
            frames.receive(head, b"")
        pages = [await frames.page(timeout_s=5) for _ in range(5)]
    finally:
        await frames.close()
    assert [len(one.frames) for one in pages] == [0, 1, 0, 0, 0]
    assert pages[1].frames[0].headers() == {"Nats-Subject": "a"}
    assert (pages[0].status, pages[-1].status) == ("", "503")
    await client.flush()


@pytest.mark.parametrize("subject", [">", f"plans.evt.{DISTRICTS[0]}.>"], ids=["all", "some"])
async def test_a_page_of_which_something_was_lost_on_the_way_is_never_taken_for_whole(
    client: Client, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    await fill(client, 70)
    whole = await _all(read_batch(client, "PLANS", subject))
    assert len(whole) > 10
    receive = Frames.receive
    # Of the second page, as while nats-py connects anew: the first, those in the middle, the last, several, all.
    for lost in ({5}, {6}, {7}, {8}, {9}, {5, 6}, {8, 9}, {6, 8}, set(range(5, 10))):
        come = 0

        def lose(frames: Frames, head: bytes | None, body: bytes, *, lost: set[int] = lost) -> None:
            nonlocal come
            come += 1
            if come - 2 not in lost:  # counted from nothing, and the first page has an end of its own
                receive(frames, head, body)

        reading = read_batch(client, "PLANS", subject, batch=5)
        with monkeypatch.context() as lossy:
            lossy.setattr(Frames, "receive", lose)
            assert [await anext(reading) for _ in range(5)] == whole[:5]
            with pytest.raises(Fault, match="less came"):
                await anext(reading)
    assert await _all(read_batch(client, "PLANS", subject, batch=5)) == whole


async def test_a_state_that_lacks_an_event_is_never_decided_upon(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(client, 50)
    store = EventStore(client, "PLANS")
    subject = (await _all(read_batch(client, "PLANS", batch=1)))[0].subject
    whole = await store.load(subject)
    receive = Frames.receive

    def lose(self: Frames, head: bytes | None, body: bytes) -> None:
        if f"Nats-Sequence: {whole[1].seq}\r\n".encode() not in (head or b""):
            receive(self, head, body)

    monkeypatch.setattr(Frames, "receive", lose)
    with pytest.raises(Fault, match="less came"):
        await store.load(subject)


async def test_a_log_that_grows_while_it_is_read_is_whole(bus: RunningNats, client: Client) -> None:
    await fill(client, 20)
    other = await bus.connect("plans")
    writing = asyncio.create_task(fill(other, 400, first=20))
    found = await _all(read_batch(client, "PLANS", batch=30))
    while not writing.done():
        found += await _all(read_batch(client, "PLANS", after=found[-1].seq, batch=30))
    found += await _all(read_batch(client, "PLANS", after=found[-1].seq, batch=30))
    await disconnect(other)
    assert [one.seq for one in found] == list(range(1, await writing + 1))


async def test_who_stops_in_the_middle_leaves_nothing_behind(bus: RunningNats, client: Client) -> None:
    await fill(client, 20)
    complaints: list[Mapping[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    connection = await bus.connect("plans")
    async with aclosing(read_batch(connection, "PLANS", batch=5)) as messages:
        async for _ in messages:
            break
    assert connection._subs == {}
    await disconnect(connection)
    gc.collect()
    await asyncio.sleep(0.05)
    assert complaints == []


async def test_a_connection_that_is_closed_is_a_fault_like_any_other_and_hides_no_other(
    bus: RunningNats, client: Client
) -> None:
    await fill(client, 20)
    connection = await bus.connect("plans")
    reading = read_batch(connection, "PLANS", batch=5)
    again = read_batch(connection, "PLANS", batch=5)
    assert await anext(reading) == await anext(again)
    waiting = asyncio.create_task(_wait_long(connection))
    await asyncio.sleep(0.05)
    await disconnect(connection)
    for stopped in (reading, read_batch(connection, "PLANS")):
        with pytest.raises(Fault, match="not answered: nats: connection closed"):
            await _all(stopped)
    await again.aclose()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def _wait_long(connection: Client) -> None:
    async with aclosing(read_frames(connection, "PLANS", batch=5)) as pages:
        async for _ in pages:
            await asyncio.sleep(60)


async def _all(messages: AsyncIterator[Message]) -> list[Message]:
    return [message async for message in messages]


async def test_a_long_log_comes_whole_and_in_order_in_bounded_batches(client: Client) -> None:
    await fill(client, 350)
    feed = Feed(client, "PLANS", live_consumer("plans", "plans"))
    messages = await _read(feed, 350, batch=100)
    assert [one.seq for one in messages] == list(range(1, 351))
    await feed.detach()


async def _read(feed: Feed, count: int, *, batch: int) -> list[Message]:
    await feed.attach(0)
    found: list[Message] = []
    async for messages in feed.batches(batch=batch):
        assert len(messages) <= batch
        found += messages
        if len(found) >= count:
            return found
    raise AssertionError("a feed does not end")


async def test_a_reader_whose_messages_the_server_holds_for_delivered_notices_it_and_reads_them(client: Client) -> None:
    await fill(client, 30)
    feed = Feed(client, "PLANS", live_consumer("plans", "plans"))
    await feed.attach(0)
    # As after a crash of the server: delivered by its own account, but not to us, and not due again for a minute.
    lost = Inbox(client.new_inbox())
    await lost.open(client)
    await client.publish("$JS.API.CONSUMER.MSG.NEXT.PLANS.plans-plans", b'{"batch": 30}', reply=lost.subject)
    for _ in range(30):
        await lost.next(timeout_s=5)
    with pytest.raises(Gap, match="30 is stored, and nothing comes after 0"):
        async for messages in feed.batches(wait_s=0.3):
            assert messages == []
    assert len(await _read(feed, 30, batch=100)) == 30
    await feed.detach()
    await lost.close()


async def test_an_inbox_gives_what_came_before_it_was_asked_and_waits_no_longer_than_told(client: Client) -> None:
    inbox = Inbox(client.new_inbox())
    await inbox.open(client)
    for number in range(3):
        await client.publish("$JS.API.STREAM.INFO.PLANS", b"", reply=inbox.subject)
        assert b"PLANS" in (await inbox.next(timeout_s=5)).data, number
    assert inbox.is_empty
    with pytest.raises(TimeoutError):
        await inbox.next(timeout_s=0.01)
    await inbox.close()


async def test_a_rebuild_of_several_batches_gives_the_rows_of_a_fold_in_one(client: Client, bus: RunningNats) -> None:
    events = BATCH + 357
    await fill(client, events)
    async with plans_database(bus.settings.sql_url("plans")) as database:
        projector = plans_projector(client, database)
        consumer = rebuild_consumer("plans", "plans")
        told = await rebuild(client, database, projector, consumer=consumer, progress=silent)
        assert told.events == events
        assert (projector.seq, await projector.parked()) == (events, [])
        rebuilt = await dump(database)
        assert told.rows == {name: len(rows) for name, rows in rebuilt.items()}
        again = await rebuild(client, database, projector, consumer=consumer, progress=silent)
        assert (again.events, again.differences) == (events, ())
        await _fold_in_one(client, database)
        assert await dump(database) == rebuilt


async def test_a_comparison_of_all_tables_leaves_room_for_questions(
    client: Client, bus: RunningNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(client, 20)
    reading, at_once = 0, list[int]()
    read = Database.read

    async def counted(self: Database, work: Any) -> Any:
        nonlocal reading
        reading += 1
        at_once.append(reading)
        try:
            return await read(self, work)
        finally:
            reading -= 1

    monkeypatch.setattr(Database, "read", counted)
    async with plans_database(bus.settings.sql_url("plans")) as database:
        projector = plans_projector(client, database)
        await rebuild(client, database, projector, consumer=rebuild_consumer("plans", "plans"), progress=silent)
    assert len(at_once) > len(PLANS.tables)
    assert max(at_once) == 2  # of four threads on SQLite, of eight connections to PostgreSQL


async def test_a_rebuild_names_what_the_live_rows_lacked_had_too_much_or_had_otherwise(
    client: Client, bus: RunningNats
) -> None:
    await fill(client, 60)
    async with plans_database(bus.settings.sql_url("plans")) as database:
        projector = plans_projector(client, database)
        consumer = rebuild_consumer("plans", "plans")
        await rebuild(client, database, projector, consumer=consumer, progress=silent)
        before = await dump(database)
        task, plan = database.table(PLANS, "task"), database.table(PLANS, "plan")
        async with database.engine.begin() as connection:
            await connection.execute(task.delete().where(task.c.district == "o-mon", task.c.number == 1))
            await connection.execute(task.update().where(task.c.number == 2).values(completed_on=None, content="khác"))
            await connection.execute(plan.update().where(plan.c.district == "cai-rang").values(plan_id="1899"))
        told = await rebuild(client, database, projector, consumer=consumer, progress=silent)
        assert set(told.differences) == {
            "plan ['cai-rang', '1899']: too many or otherwise",
            "plan ['cai-rang', '1900']: missing or otherwise",
            "task ['o-mon', '1900', 1]: missing or otherwise",
            *(
                f"task ['{district}', '1900', 2]: {word} or otherwise"
                for district in DISTRICTS
                for word in ("missing", "too many")
            ),
        }
        assert await dump(database) == before


async def _fold_in_one(client: Client, database: Database) -> None:
    """Put the rows into an empty generation, by a fold that sees nothing but the whole log."""
    recorded = [
        EVENTS.recorded(
            subject=one.subject,
            headers=one.headers,
            body=one.body,
            stream="PLANS",
            seq=one.seq,
            recorded_at=one.recorded_at,
        )
        async for one in read_batch(client, "PLANS")
    ]
    changes = await fold_batch(PLANS, recorded, set(), _nothing)
    generation = await database.create_generation(PLANS)
    await database.change(lambda connection: database.write(connection, PLANS, generation, changes))
    await database.switch(PLANS, generation)


async def _nothing(_: AnyTable, __: Sequence[Key]) -> Mapping[Key, object]:
    return {}


class _Rows:
    """A database of rows that counts how often it is asked for each key."""

    def __init__(self, rows: Mapping[Key, object]) -> None:
        self.rows = dict(rows)
        self.asked: list[Key] = []

    async def fetch(self, _: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
        self.asked += keys
        return {key: self.rows[key] for key in keys if key in self.rows}


async def test_a_kept_row_is_asked_for_once_and_again_when_it_had_to_leave() -> None:
    table = PLANS.table("plan")
    rows = _Rows({("cai-rang", str(year)): year for year in range(2020, 2023)})
    cache = RowCache(rows.fetch, rows_max=2)
    await cache.fetch(table, [("cai-rang", "2020"), ("cai-rang", "2021")])
    assert await cache.fetch(table, [("cai-rang", "2020")]) == {("cai-rang", "2020"): 2020}
    assert len(rows.asked) == 2
    await cache.fetch(table, [("cai-rang", "2022")])  # 2021 is the longest unused
    assert await cache.fetch(table, [("cai-rang", "2020"), ("cai-rang", "2021")]) == {
        ("cai-rang", "2020"): 2020,
        ("cai-rang", "2021"): 2021,
    }
    assert rows.asked[2:] == [("cai-rang", "2022"), ("cai-rang", "2021")]


async def test_what_was_written_is_seen_and_what_was_deleted_is_gone() -> None:
    table = PLANS.table("plan")
    key: Key = ("cai-rang", "2020")
    rows = _Rows({key: "old"})
    cache = RowCache(rows.fetch, rows_max=10)
    await cache.fetch(table, [key])
    written = Changes()
    written.put["plan"][key] = "new"
    cache.note(PLANS, written)
    assert await cache.fetch(table, [key]) == {key: "new"}
    del rows.rows[key]
    deleted = Changes()
    deleted.delete["plan"].add(key)
    cache.note(PLANS, deleted)
    assert await cache.fetch(table, [key]) == {}


async def test_rows_that_nobody_asks_for_are_not_kept() -> None:
    changes = Changes()
    changes.put["task_history"][("cai-rang", "2020", 1, 7)] = "entry"
    changes.put["unit_task"][("cai-rang", "2020", 1, "phong-noi-vu")] = "derived"
    rows = _Rows({})
    cache = RowCache(rows.fetch, rows_max=10)
    cache.note(PLANS, changes)
    for name, kept in changes.put.items():
        assert await cache.fetch(PLANS.table(name), list(kept)) == {}


async def test_a_reader_that_keeps_nothing_asks_every_time() -> None:
    rows = _Rows({("cai-rang", "2020"): "row"})
    cache = RowCache(rows.fetch, rows_max=0)
    for _ in range(2):
        assert await cache.fetch(PLANS.table("plan"), [("cai-rang", "2020")]) == {("cai-rang", "2020"): "row"}
    assert len(rows.asked) == 2


async def test_rows_that_are_appended_are_never_looked_for() -> None:
    asked: list[str] = []

    async def fetch(table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
        asked.append(table.name)
        return {}

    await fold_batch(PLANS, [_recorded()], set(), fetch)
    assert "task" in asked
    assert "task_history" not in asked


def _recorded() -> Recorded[Any]:
    return Recorded(
        event=plan_history()[2],
        type="plans.PlanIssued.v1",
        event_id="1",
        stream="PLANS",
        seq=3,
        subject="plans.evt.cai-rang.plan.2020",
        occurred_at=datetime(2020, 2, 6, tzinfo=UTC),
        recorded_at=datetime(2020, 2, 6, tzinfo=UTC),
        actor="x",
        command_id="1",
        correlation_id="1",
        headers={},
    )
