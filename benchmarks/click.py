"""From the click to the row: a command over the bus, then a question that waits until its read model has passed it.

The real service of plans runs in a process of its own, with its publisher and its traces; the client signs as the
command line does. The measure is one durable publish of nats-py on the same server, taken in between.
"""

import time
from dataclasses import replace
from typing import Any

from nats.js import JetStreamContext

from benchmarks.ground import Ground
from benchmarks.history import CLERK, DISTRICT, EVERYONE, PLAN_ID, plan_commands, report, reports
from benchmarks.measure import Figure, figure, percentile
from services.cli.client import ok_of
from services.cli.organisation import DEMO_ORGANISATION, establish_commands, read_organisations
from services.plans.commands import COMMANDS, PlansCommand
from services.plans.views import QUESTIONS, ListPlans, PlansQuestion, ShowTask
from shared.actor import create_key
from shared.bus import BusClient
from shared.clock import Clock
from shared.text import kebab
from shared.types import Actor
from tests.support.services import running_services

BAR = 25.0
_ELSEWHERE = "scoring.evt.cai-rang.bench.1"  # a stream whose service does not run: nobody reads what is published


async def measure(ground: Ground, *, clicks: int, rounds: int) -> list[Figure]:
    """Return the median and the 99th percentile of the way, in durable publishes."""
    key = create_key(ground.bus.settings.data_dir / "actors", "cli")
    with running_services(ground.folder, ("plans",), bus=ground.bus) as system:
        connection, publisher = await ground.bus.connect("cli"), await ground.bus.connect("scoring")
        try:
            person = _Person(BusClient(connection, issuer="cli", key=key), system.clock)
            await person.issue_plan()
            p50, p99 = [], []
            raw = publisher.jetstream()
            for _ in range(rounds):
                publish_s, click_s = [], []
                for _ in range(clicks):
                    publish_s.append(await _published(raw))
                    click_s.append(await person.click())
                one = percentile(publish_s, 0.5)
                p50.append(percentile(click_s, 0.5) / one)
                p99.append(percentile(click_s, 0.99) / one)
        finally:
            await connection.close()
            await publisher.close()
    return [
        figure("click to row, p50, in durable publishes", p50, bar=BAR, at_least=False),
        figure("click to row, p99, in durable publishes", p99),
    ]


class _Person:
    """Someone who reports on a task again and again, and looks at it each time."""

    def __init__(self, bus: BusClient, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._count = 0

    async def issue_plan(self) -> None:
        """Establish the organisation and put the plan into force, so that there is a task to report on."""
        organisations = establish_commands(read_organisations(DEMO_ORGANISATION), at=self._clock.now())
        commands = [one for one in organisations if one.district == DISTRICT]
        for command in (*commands, *plan_commands()[:3]):
            at_least = await self._send(replace(command, at=self._clock.now()), EVERYONE)
            question = ListPlans(district=DISTRICT)
            assert not (await self._ask(question, at_least))["stale"]

    async def click(self) -> float:
        """Return the seconds from sending a report to having the task with the report in it."""
        self._count += 1
        like = reports()[self._count % len(reports())]
        command = replace(report(int(PLAN_ID), self._count, like), at=self._clock.now())
        question = ShowTask(district=DISTRICT, plan_id=PLAN_ID, task_number=command.task_number)
        began = time.perf_counter()
        answer = await self._ask(question, await self._send(command))
        took_s = time.perf_counter() - began
        assert not answer["stale"]
        assert any(part["report"] == command.text for part in answer["view"]["task"]["parts"])
        return took_s

    async def _send(self, command: PlansCommand, actor: Actor = CLERK) -> dict[str, int]:
        reply = await self._bus.command("plans", kebab(type(command).__name__), COMMANDS.encode(command), actor)
        position = ok_of(reply)
        return {position["stream"]: int(position["seq"])}

    async def _ask(self, question: PlansQuestion, at_least: dict[str, int]) -> Any:
        body = QUESTIONS.encode(question)
        return ok_of(await self._bus.question("plans", kebab(type(question).__name__), body, CLERK, at_least=at_least))


async def _published(raw: JetStreamContext) -> float:
    began = time.perf_counter()
    await raw.publish(_ELSEWHERE, b"{}")
    return time.perf_counter() - began
