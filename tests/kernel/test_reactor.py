"""A policy on a real nats-server: what it cannot handle is set aside, seen, and handled again on demand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.plans.decider import PLAN
from services.plans.events import EVENTS, PlanIssued
from services.scoring.projections import SCORING
from shared.errors import Fault
from shared.eventstore import EventStore
from shared.feed import Feed
from shared.handler import Envelope, Handler
from shared.policy import Policy
from shared.reactor import PolicyRunner
from shared.readmodel import Database, Projector
from shared.tasks import end
from shared.topology import live_consumer
from shared.types import Position, Recorded
from tests.kernel.test_handler import envelope, issue, report
from tests.kernel.test_projector import silent
from tests.plans.a_plan import facts
from tests.support.nats import running_nats


async def test_a_defect_parks_its_event_the_others_go_on_and_a_retry_commands_under_the_same_id(tmp_path: Path) -> None:
    broken = True
    commanded: list[tuple[str, str]] = []

    def react(recorded: Recorded[Any]) -> list[str]:
        return [type(recorded.event).__name__]

    async def dispatch(command: str, sent: Envelope) -> Position:
        if broken and command == PlanIssued.__name__:
            raise KeyError("a defect")
        commanded.append((command, sent.command_id))
        return Position(stream="SCORING", epoch="", seq=0)

    with running_nats(tmp_path) as bus:
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
        task = asyncio.create_task(runner.run())
        assert await runner.wait_for(4, timeout_s=30)
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
        await end([task])
        for connection in (writer, client):
            await connection.close()
        await database.close()
