"""A policy on a real nats-server: what it cannot handle is set aside, seen, and handled again on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.plans.decider import PLAN
from services.plans.events import EVENTS, PlanIssued
from services.scoring.projections import SCORING
from shared.errors import Fault, Rejected
from shared.eventstore import EventStore
from shared.feed import Feed
from shared.handler import Envelope, Handler
from shared.policy import Policy
from shared.reactor import Dispatch, PolicyRunner
from shared.readmodel import Database, Projector
from shared.tasks import end
from shared.topology import live_consumer
from shared.types import Position, Recorded
from tests.kernel.test_handler import envelope, issue, report
from tests.kernel.test_projector import silent
from tests.plans.a_plan import facts
from tests.support.nats import running_nats

DONE = Position(stream="SCORING", epoch="", seq=0)


def named(recorded: Recorded[Any]) -> list[str]:
    """Command the name of every event."""
    return [type(recorded.event).__name__]


def silence(_: Recorded[Any]) -> list[str]:
    """Have nothing to say of any event."""
    return []


@asynccontextmanager
async def running(folder: Path, react: Any, dispatch: Dispatch) -> AsyncIterator[tuple[PolicyRunner, Database]]:
    """Run a policy of scoring on the four events of a plan that was issued and reported on."""
    with running_nats(folder) as bus:
        writer, client = await bus.connect("plans"), await bus.connect("scoring")
        handler = Handler(EventStore(writer, "PLANS"), EVENTS)
        await issue(handler)
        await handler.handle(PLAN, report(1), facts(), envelope())
        database = Database(bus.settings.sql_url("scoring"), "scoring")
        await database.open()
        await database.register(SCORING)
        own = Projector(client, database, SCORING, live_consumer=live_consumer("scoring", "scoring"), on_applied=silent)
        policy = Policy(name="task-points", source="PLANS", codec=EVENTS, react=react)
        feed = Feed(client, "PLANS", live_consumer("scoring", "policy-task-points"))
        runner = PolicyRunner(client, policy, feed, database, dispatch, own)
        task = asyncio.create_task(runner.run(), name=runner.reader)
        assert await runner.wait_for(4, timeout_s=30)
        yield runner, database
        await end([task])
        for connection in (writer, client):
            await connection.close()
        await database.close()


async def test_a_defect_parks_its_event_the_others_go_on_and_a_retry_commands_under_the_same_id(tmp_path: Path) -> None:
    broken = True
    commanded: list[tuple[str, str]] = []

    async def dispatch(command: str, sent: Envelope) -> Position:
        if broken and command == PlanIssued.__name__:
            raise KeyError("a defect")
        commanded.append((command, sent.command_id))
        return DONE

    async with running(tmp_path, named, dispatch) as (runner, _):
        assert [name for name, _ in commanded] == ["PlanDrafted", "PlanSubmitted", "TaskReported"]
        (parked,) = await runner.parked()
        assert (parked.read_model, parked.first_seq, parked.last_seq) == ("policy-task-points", 3, 3)
        with pytest.raises(Fault, match="a defect"):
            await runner.release(parked.subject, retry=True)
        assert await runner.parked() != []
        broken = False
        assert await runner.release(parked.subject, retry=True) == 1
        assert await runner.parked() == []
        assert commanded[-1][0] == "PlanIssued"
        assert len({command_id for _, command_id in commanded}) == 4


async def unasked(command: str, sent: Envelope) -> Position:
    """Be asked nothing."""
    raise AssertionError(command)


@pytest.mark.sqlite_only("on PostgreSQL it writes it at once")
async def test_a_policy_with_nothing_to_say_writes_its_place_when_the_stream_is_silent(tmp_path: Path) -> None:
    async with running(tmp_path, silence, unasked) as (runner, database):
        assert await database.checkpoint(runner.reader) is None
        async with asyncio.timeout(15):
            while (kept := await database.checkpoint(runner.reader)) is None:
                await asyncio.sleep(0.1)
        assert kept.seq == 4


@pytest.mark.sqlite_only("on PostgreSQL it writes it at once")
async def test_a_policy_with_nothing_to_say_writes_its_place_at_its_end(tmp_path: Path) -> None:
    async with running(tmp_path, silence, unasked) as (runner, database):
        assert await database.checkpoint(runner.reader) is None
        await end([task for task in asyncio.all_tasks() if task.get_name() == runner.reader])
        kept = await database.checkpoint(runner.reader)
        assert kept is not None
        assert kept.seq == 4


async def test_a_policy_with_nothing_to_say_writes_its_place_after_so_many_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.reactor._UNKEPT_MAX", 4)
    async with running(tmp_path, silence, unasked) as (runner, database):
        kept = await database.checkpoint(runner.reader)
        assert kept is not None
        assert kept.seq == 4


async def test_what_a_policy_was_refused_is_not_asked_again_after_a_crash(tmp_path: Path) -> None:
    async def dispatch(command: str, sent: Envelope) -> Position:
        raise Rejected("plan.not_found", plan_id=command)

    async with running(tmp_path, named, dispatch) as (runner, database):
        kept = await database.checkpoint(runner.reader)
        assert kept is not None
        assert kept.seq == 4
