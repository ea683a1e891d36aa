"""The same work in the `eventsourcing` package for Python, on PostgreSQL that commits synchronously.

The peer gets its best documented settings: single-row tracking, its functions in the database, and, where our handler
keeps aggregates, its cache of them without reload and deep copies. Both runners write the same two tables; the
whole read model of plans, eight tables, is measured beside it.
"""

import asyncio
from typing import Any
from uuid import UUID

from eventsourcing.projection import ProjectionRunner
from nats.aio.client import Client

from benchmarks.ground import STREAM, Ground, fill, followed, plans_database
from benchmarks.history import CLERK, DISTRICT, TODAY, beginning, histories_of, new_event, report
from benchmarks.measure import Figure, figure, ratios, seconds
from benchmarks.peer.parts import PARTS
from benchmarks.peer.plans import Plan, Plans, TaskProjection, Tasks
from services.plans.decider import PLAN, PlanFacts
from services.plans.events import EVENTS
from services.plans.projections import PLANS as PLANS_MODEL
from shared.clock import new_id
from shared.eventstore import EventStore
from shared.handler import Envelope, Handler
from shared.headers import quicken
from shared.readmodel import ReadModel
from tests.support.postgres import RunningPostgres

PROJECTION_BAR = 12.0
EVENTS_A_PLAN = 100  # for the appends; the projection reads whole histories
PLANS = 10
_FIRST_YEAR = 3000
_WAIT_S_MAX = 300.0
_FACTS = PlanFacts(actor=CLERK, today=TODAY)


async def measure(ground: Ground, *, appends: int, events: int, rounds: int) -> list[Figure]:
    """Return how many times as fast as the peer we append, load and append, and project into PostgreSQL."""
    client = quicken(await ground.bus.connect("plans"))
    try:
        last_seq = await fill(client, events)
        figures = await _projecting(ground, client, last_seq, events, rounds)
        ours = _Ours(client)
        await ours.prepare()
        for name, is_warm in (("append", True), ("load and append", False)):
            theirs = _Theirs(ground.postgres, is_warm=is_warm)
            await asyncio.to_thread(theirs.prepare)
            try:
                found = await ratios(
                    lambda is_warm=is_warm: seconds(ours.append(appends, is_warm=is_warm)),  # type: ignore[misc]
                    lambda theirs=theirs: seconds(asyncio.to_thread(theirs.append, appends)),  # type: ignore[misc]
                    rounds=rounds,
                )
            finally:
                theirs.close()
            figures.append(figure(f"{name} ÷ eventsourcing", found))
        return figures
    finally:
        await client.close()


class _Ours:
    """Reports on tasks of a few plans, through the handler."""

    def __init__(self, client: Client) -> None:
        self._store = EventStore(client, STREAM, timeout_s=30)
        self._handler = Handler(self._store, EVENTS)
        self._count = 0

    async def prepare(self) -> None:
        for year in range(_FIRST_YEAR, _FIRST_YEAR + PLANS):
            events = [new_event(one) for one in beginning(DISTRICT, year, EVENTS_A_PLAN)]
            await self._store.append(events, {events[0].subject: 0})
        await self.append(PLANS, is_warm=True)

    async def append(self, count: int, *, is_warm: bool) -> None:
        for _ in range(count):
            self._count += 1
            handler = self._handler if is_warm else Handler(self._store, EVENTS)
            command = report(_FIRST_YEAR + self._count % PLANS, self._count)
            command_id = new_id()
            envelope = Envelope(
                command_id=command_id,
                actor=CLERK.account_id,
                at=command.at,
                correlation_id=command_id,
                causation_id=command_id,
            )
            outcome = await handler.handle(PLAN, command, _FACTS, envelope)
            assert len(outcome.events) == 1


class _Theirs:
    """The same reports on plans of the same length, through the peer's application."""

    def __init__(self, postgres: RunningPostgres, *, is_warm: bool) -> None:
        cache = {"AGGREGATE_CACHE_MAXSIZE": "1000", "AGGREGATE_CACHE_FASTFORWARD": "n"} if is_warm else {}
        deep = {"DEEPCOPY_FROM_AGGREGATE_CACHE": "n"}
        self._app = Plans({**environment(postgres, postgres.create_database()), **cache, **deep})
        self._ids: list[UUID] = []
        self._count = 0

    def prepare(self) -> None:
        for year in range(_FIRST_YEAR, _FIRST_YEAR + PLANS):
            plan = Plan(district=DISTRICT, plan_id=str(year))
            for one in beginning(DISTRICT, year, EVENTS_A_PLAN)[1:]:
                plan.follow(one)
            self._app.save(plan)
            self._ids.append(plan.id)
        self.append(PLANS)

    def append(self, count: int) -> None:
        for _ in range(count):
            self._count += 1
            at = self._count % PLANS
            self._app.report(self._ids[at], report(_FIRST_YEAR + at, self._count))

    def close(self) -> None:
        self._app.close()


async def _projecting(ground: Ground, client: Client, last_seq: int, events: int, rounds: int) -> list[Figure]:
    """Return the ratios of the two runners, each from the first event to the last one into empty tables."""
    database = ground.postgres.create_database()
    await asyncio.to_thread(_filled, ground.postgres, database, events)

    async def ours(model: ReadModel[Any]) -> float:
        async with plans_database(ground.postgres.create_database(), model) as rows:
            return await seconds(followed(client, rows, last_seq, model))

    async def theirs() -> float:
        return await seconds(
            asyncio.to_thread(_projected, ground.postgres, database, ground.postgres.create_database())
        )

    same = await ratios(lambda: ours(PARTS), theirs, rounds=rounds)
    whole = await ratios(lambda: ours(PLANS_MODEL), theirs, rounds=max(1, rounds // 2))
    return [
        figure("projection into PostgreSQL, the same two tables ÷ eventsourcing's runner", same, bar=PROJECTION_BAR),
        figure("projection into PostgreSQL, our eight tables ÷ eventsourcing's runner with two", whole),
    ]


def _filled(postgres: RunningPostgres, database: str, events: int) -> None:
    """Let the peer record the histories that our stream holds."""
    app = Plans(environment(postgres, database))
    plans: dict[tuple[str, str], Plan] = {}
    for number, one in enumerate(histories_of(0, events), start=1):
        key = (one.district, one.plan_id)
        if key in plans:
            plans[key].follow(one)
        else:
            plans[key] = Plan(district=one.district, plan_id=one.plan_id)
        if number % 1000 == 0 or number == events:
            app.save(*plans.values())
    assert app.last_id() == events
    app.close()


def _projected(postgres: RunningPostgres, database: str, view: str) -> None:
    """Run the peer's projection over all that is recorded, into an empty database."""
    env = environment(postgres, database) | {f"TASKS_{key}": one for key, one in environment(postgres, view).items()}
    with ProjectionRunner(
        application_class=Plans, projection_class=TaskProjection, view_class=Tasks, env=env
    ) as runner:
        runner.view.wait_until(runner.app.last_id(), timeout_s=_WAIT_S_MAX)


def environment(postgres: RunningPostgres, url: str) -> dict[str, str]:
    """Return the peer's settings for a database."""
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": str(postgres.folder),
        "POSTGRES_DBNAME": url.split("/")[3].split("?")[0],
        "POSTGRES_USER": "tdkt",
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }
