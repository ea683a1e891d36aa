"""Batches on a real server: as large as they may be, and where the connection is lost amid one."""

from pathlib import Path
from typing import Any

import nats.errors
import pytest

from shared.eventstore import UNANSWERED_BYTES_MAX, EventStore, NewEvent, Unsure
from shared.topology import disconnect
from tests.support.nats import running_nats

SUBJECT = "plans.evt.cai-rang.plan.2020"


def events(count: int, size: int) -> list[NewEvent]:
    """Return events of one aggregate, of so many bytes each."""
    return [NewEvent(subject=SUBJECT, headers={}, body=bytes(size)) for _ in range(count)]


async def test_a_batch_of_many_times_what_may_be_unanswered_is_appended_whole(tmp_path: Path) -> None:
    large = events(count=UNANSWERED_BYTES_MAX * 6 // 100_000, size=100_000)
    with running_nats(tmp_path) as bus:
        connection = await bus.connect("plans")
        store = EventStore(connection, "PLANS")
        position = await store.append(large, {SUBJECT: 0})
        loaded = await store.load(SUBJECT)
        await disconnect(connection)
    assert position.seq == len(loaded) == len(large)
    assert {len(message.body) for message in loaded} == {100_000}


async def test_who_loses_the_connection_amid_a_batch_is_unsure_and_nothing_of_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_nats(tmp_path) as bus:
        connection = await bus.connect("plans")
        publish = connection.publish

        async def publish_until_full(subject: str, *args: Any, **more: Any) -> None:
            # What nats-py says while it tries to reconnect and holds back all it may.
            if (more.get("headers") or {}).get("Nats-Batch-Sequence") == "2":
                raise nats.errors.OutboundBufferLimitError
            await publish(subject, *args, **more)

        monkeypatch.setattr(connection, "publish", publish_until_full)
        store = EventStore(connection, "PLANS")
        with pytest.raises(Unsure):
            await store.append(events(count=3, size=10), {SUBJECT: 0})
        assert await store.load(SUBJECT) == []
        await disconnect(connection)


async def test_a_batch_that_the_server_has_forgotten_or_has_no_place_for_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_nats(tmp_path) as bus:
        connection = await bus.connect("plans")
        store, publish = EventStore(connection, "PLANS"), connection.publish

        async def forget_the_second(subject: str, *args: Any, **more: Any) -> None:
            if (more.get("headers") or {}).get("Nats-Batch-Sequence") != "2":
                await publish(subject, *args, **more)

        with monkeypatch.context() as lossy:
            lossy.setattr(connection, "publish", forget_the_second)
            with pytest.raises(Unsure):
                await store.append(events(count=3, size=10), {SUBJECT: 0})
        for number in range(60):  # more than the server keeps open at a time
            headers = {"Nats-Batch-Id": f"left-{number}", "Nats-Batch-Sequence": "1"}
            await connection.request(SUBJECT, b"", timeout=5, headers=headers)
        with pytest.raises(Unsure):
            await store.append(events(count=3, size=10), {SUBJECT: 0})
        assert await store.load(SUBJECT) == []
        await disconnect(connection)


async def test_a_connection_to_a_dead_server_is_closed_in_time(tmp_path: Path) -> None:
    with running_nats(tmp_path) as bus:
        connection = await bus.connect("plans")
        bus.kill()
        await disconnect(connection)
        assert connection.is_closed
