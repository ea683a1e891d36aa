"""The handler on a real nats-server: every command once, whatever happens to the acknowledgement."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from services.plans.commands import PlanCommand, ReportTask
from services.plans.decider import PLAN
from services.plans.events import EVENTS, TaskReported
from shared.clock import new_id
from shared.decider import Decider
from shared.errors import Fault, Rejected
from shared.eventstore import EventStore, NewEvent, Unsure, read_batch
from shared.handler import Envelope, Handler
from shared.tasks import end
from shared.topology import MESSAGE_BYTES_MAX
from shared.types import Position
from tests.plans.a_plan import AT, CHAIR, ISSUE, SUBMIT, WARD, complete, draft, facts
from tests.support.nats import running_nats

SUBJECT = "plans.evt.cai-rang.plan.2020"


def envelope(command_id: str = "", expected_seq: int | None = None) -> Envelope:
    return Envelope(
        command_id=command_id or new_id(),
        actor="someone",
        at=datetime(2020, 2, 6, tzinfo=UTC),
        correlation_id="",
        causation_id="",
        expected_seq=expected_seq,
    )


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    with running_nats(tmp_path) as bus:
        connection = await bus.connect("plans")
        yield connection
        await connection.close()


async def issue(handler: Handler) -> None:
    await handler.handle(PLAN, draft(), facts(), envelope("draft"))
    await handler.handle(PLAN, SUBMIT, facts(), envelope("submit"))
    await handler.handle(PLAN, ISSUE, facts(CHAIR), envelope("issue"))


async def log(client: Client) -> list[tuple[str, str]]:
    return [
        (message.headers["ce-type"].split(".")[1], message.headers["ce-commandid"])
        async for message in read_batch(client, "PLANS", "plans.evt.>")
    ]


def report(number: int) -> PlanCommand:
    return ReportTask(
        district="cai-rang",
        plan_id="2020",
        task_number=1,
        unit_id="phong-noi-vu",
        percent=number % 100,
        text=f"lần {number}",
        at=AT,
    )


async def test_two_instances_at_once_lose_nothing_and_double_nothing(client: Client) -> None:
    one, two = (Handler(EventStore(client, "PLANS"), EVENTS) for _ in range(2))
    await issue(one)
    outcomes = await asyncio.gather(
        *(
            (one if number % 2 else two).handle(PLAN, report(number), facts(), envelope(f"report-{number}"))
            for number in range(60)
        ),
        return_exceptions=True,
    )
    told = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)]
    for outcome in outcomes:
        assert not isinstance(outcome, BaseException) or isinstance(outcome, Fault), outcome
    stored = [command for kind, command in await log(client) if kind == "TaskReported"]
    assert len(stored) == len(set(stored))
    assert {f"report-{number}" for number in told} <= set(stored)


async def test_the_same_command_id_at_two_instances_happens_once_with_one_answer(client: Client) -> None:
    one, two = (Handler(EventStore(client, "PLANS"), EVENTS) for _ in range(2))
    await issue(one)
    outcomes = await asyncio.gather(
        *(handler.handle(PLAN, report(1), facts(), envelope("same")) for handler in (one, two) for _ in range(5))
    )
    assert len({outcome.position.seq for outcome in outcomes}) == 1
    assert [command for _, command in await log(client)].count("same") == 1


async def test_one_key_for_two_plans_happens_to_both(client: Client) -> None:
    handler = Handler(EventStore(client, "PLANS"), EVENTS)
    await handler.handle(PLAN, draft(), facts(), envelope("1"))
    other = draft(plan_id="2021", year=2021)
    outcome = await handler.handle(PLAN, other, facts(), envelope("1"))
    assert (outcome.position.seq, len(outcome.events)) == (2, 1)
    again = await Handler(EventStore(client, "PLANS"), EVENTS).handle(PLAN, other, facts(), envelope("1"))
    assert again.position.seq == 2
    assert len(await log(client)) == 2


async def test_the_key_of_somebody_else_is_refused(client: Client) -> None:
    handler = Handler(EventStore(client, "PLANS"), EVENTS)
    await handler.handle(PLAN, draft(), facts(), envelope("1"))
    with pytest.raises(Rejected, match=r"command\.id_reused"):
        await handler.handle(PLAN, SUBMIT, facts(), replace(envelope("1"), actor="another"))


class _AckIsLost(EventStore):
    """The server stores the event, and its acknowledgement never arrives."""

    async def append(self, events: Sequence[NewEvent], expected: Mapping[str, int]) -> Position:
        await super().append(events, expected)
        raise Unsure


async def test_a_lost_acknowledgement_is_found_again_by_its_command_id(client: Client) -> None:
    await issue(Handler(EventStore(client, "PLANS"), EVENTS))
    handler = Handler(_AckIsLost(client, "PLANS"), EVENTS)
    outcome = await handler.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope("lost"))
    assert outcome.position.seq == 5
    assert [kind for kind, command in await log(client) if command == "lost"] == ["TaskPartCompleted", "TaskCompleted"]


async def test_a_refusal_is_only_given_on_what_the_leader_confirms(client: Client) -> None:
    stale, other = (Handler(EventStore(client, "PLANS"), EVENTS) for _ in range(2))
    await stale.handle(PLAN, draft(), facts(), envelope())
    with pytest.raises(Rejected, match=r"plan\.not_issued"):
        await stale.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
    await other.handle(PLAN, SUBMIT, facts(), envelope())
    await other.handle(PLAN, ISSUE, facts(CHAIR), envelope())
    outcome = await stale.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope())
    assert len(outcome.events) == 2


async def test_a_stale_form_is_refused_with_what_changed_and_by_whom(client: Client) -> None:
    handler = Handler(EventStore(client, "PLANS"), EVENTS)
    await issue(handler)
    await handler.handle(PLAN, report(1), facts(), envelope())
    with pytest.raises(Rejected) as refusal:
        await handler.handle(PLAN, complete(1, "phong-noi-vu"), facts(), envelope(expected_seq=3))
    assert refusal.value.code == "form.stale"
    assert refusal.value.detail["changed"] == [
        {"type": "plans.TaskReported.v1", "by": "someone", "at": "2020-02-06T00:00:00+00:00", "seq": 4}
    ]
    await handler.handle(PLAN, complete(5, "phuong-le-binh"), facts(WARD), envelope(expected_seq=3))


async def test_a_long_history_is_folded_without_keeping_others_waiting(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.handler.FOLDED_AT_ONCE", 10)
    first = Handler(EventStore(client, "PLANS"), EVENTS)
    await issue(first)
    for number in range(40):
        await first.handle(PLAN, report(number), facts(), envelope())
    turns, folded_in = 0, Counter[int]()

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def noted(state: Any, event: Any) -> Any:
        folded_in[turns] += 1
        return PLAN.evolve(state, event)

    asking = asyncio.create_task(others())
    await Handler(EventStore(client, "PLANS"), EVENTS).handle(
        replace(PLAN, evolve=noted), report(41), facts(), envelope()
    )
    await end([asking])
    assert folded_in.total() == 44
    assert max(folded_in.values()) <= 10


async def test_an_id_that_would_reach_other_subjects_is_refused(client: Client) -> None:
    handler = Handler(EventStore(client, "PLANS"), EVENTS)
    for plan_id in (">", "*", "2020.x", "", "a" * 100, "Á"):
        with pytest.raises(Rejected, match=r"bus\.invalid_id"):
            await handler.handle(PLAN, draft(plan_id=plan_id), facts(), envelope())
    with pytest.raises(Rejected, match=r"bus\.invalid_id"):
        await handler.handle(PLAN, draft(district="ha-noi"), facts(), envelope())


async def test_an_event_that_the_bus_would_not_take_is_refused_and_the_next_command_goes_on(client: Client) -> None:
    handler = Handler(EventStore(client, "PLANS"), EVENTS)
    await issue(handler)

    def told(characters: int) -> Decider[Any, Any, Any, Any]:
        event = TaskReported(
            district="cai-rang",
            plan_id="2020",
            task_number=1,
            unit_id="phong-noi-vu",
            percent=1,
            text="x" * characters,
            by="someone",
            at=AT,
        )
        return replace(PLAN, decide=lambda *_: [event])

    for characters in (MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX - 2_500):
        with pytest.raises(Rejected) as refusal:
            await handler.handle(told(characters), report(1), facts(), envelope())
        assert refusal.value.code == "event.too_large"
        assert refusal.value.detail["limit_kb"] == 260
        assert int(str(refusal.value.detail["size_kb"])) > 260
    outcome = await handler.handle(told(MESSAGE_BYTES_MAX - 4_000), report(1), facts(), envelope())
    assert outcome.position.seq == 4


async def test_a_full_stream_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    with running_nats(tmp_path, stream_max_mb=1) as bus:
        connection = await bus.connect("plans")
        handler = Handler(EventStore(connection, "PLANS"), EVENTS)
        await issue(handler)
        stored = 0
        big = ReportTask(
            district="cai-rang",
            plan_id="2020",
            task_number=1,
            unit_id="phong-noi-vu",
            percent=1,
            text="x" * 3900,
            at=AT,
        )
        with pytest.raises(Fault, match="maximum bytes"):
            for _ in range(400):
                await handler.handle(PLAN, big, facts(), envelope())
                stored += 1
        assert [kind for kind, _ in await log(connection)].count("TaskReported") == stored > 100
        assert await EventStore(connection, "PLANS").last(SUBJECT) is not None
        await connection.close()
