"""A command's decision and its durable append by the handler, against a raw publish of the same messages by nats-py.

Both carry the same expectation, headers and bytes to the same server, which fsyncs before every acknowledgement.
What is published raw was built before; the handler decides, encodes and traces as it does in a service.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from nats.aio.client import Client
from nats.js import JetStreamContext

from benchmarks.ground import STREAM, Ground
from benchmarks.history import AT, CLERK, DISTRICT, TODAY, beginning, new_event, report
from benchmarks.measure import Figure, figure, in_flight, ratios, seconds
from services.plans.commands import ReportTask
from services.plans.decider import PLAN, PlanFacts
from services.plans.events import EVENTS, TaskReported
from shared.clock import new_id
from shared.eventstore import EventStore, NewEvent
from shared.handler import Envelope, Handler
from shared.headers import quicken

BAR = 0.80
AT_ONCE = 64
BATCHES = (10, 100)
_OUR_YEARS, _RAW_YEARS = 3000, 4000
_FACTS = PlanFacts(actor=CLERK, today=TODAY)
_EXPECT = "Nats-Expected-Last-Subject-Sequence"

Job = Callable[[], Awaitable[object]]


async def measure(ground: Ground, *, appends: int, rounds: int) -> list[Figure]:
    """Return how fast appends are, as shares of raw publishes: one by one, many at once, in batches."""
    client, plain = quicken(await ground.bus.connect("plans")), await ground.bus.connect("plans")
    try:
        ours, raw = Appends(client), _Raw(plain.jetstream(timeout=30))
        await ours.issue()
        figures = []
        for name, at_once in (("one by one", 1), (f"{AT_ONCE} in flight", AT_ONCE)):
            found = await ratios(
                lambda at_once=at_once: seconds_of(ours.jobs(appends), at_once),  # type: ignore[misc]
                lambda at_once=at_once: seconds_of(raw.jobs(appends), at_once),  # type: ignore[misc]
                rounds=rounds,
            )
            figures.append(figure(f"append, {name} ÷ raw publish", found, bar=BAR))
        for size in BATCHES:
            count = max(1, appends // size)
            found = await ratios(
                lambda size=size, count=count: seconds_of(ours.batches(size, count), 1),  # type: ignore[misc]
                lambda size=size, count=count: seconds_of(raw.batches(size, count), 1),  # type: ignore[misc]
                rounds=rounds,
            )
            figures.append(figure(f"append, batches of {size} ÷ raw batch", found))
        return figures
    finally:
        await client.close()
        await plain.close()


async def seconds_of(jobs: list[Job], at_once: int) -> float:
    """Return how long the jobs took, so many at once."""
    return await seconds(in_flight(jobs, at_once))


class Appends:
    """Commands through the handler, each to one of many plans."""

    def __init__(self, client: Client) -> None:
        self._store = EventStore(client, STREAM, timeout_s=30)
        self._handler = Handler(self._store, EVENTS)
        self._count = 0
        self._last: dict[str, int] = {}

    async def issue(self) -> None:
        """Put the plans into force."""
        for number in range(AT_ONCE):
            events = [new_event(one) for one in beginning(DISTRICT, _OUR_YEARS + number, 3)]
            await self._store.append(events, {events[0].subject: 0})
            # The handler folds each plan once; what is measured is a service that has been running for a while.
            await self._handle(report(_OUR_YEARS + number, 0), _envelope())

    def jobs(self, count: int) -> list[Job]:
        commands = [report(_OUR_YEARS + self._next() % AT_ONCE, self._count) for _ in range(count)]
        return [partial(self._handle, command, _envelope()) for command in commands]

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _handle(self, command: ReportTask, envelope: Envelope) -> None:
        outcome = await self._handler.handle(PLAN, command, _FACTS, envelope)
        assert len(outcome.events) == 1

    def batches(self, size: int, count: int) -> list[Job]:
        return [
            partial(self._append, [_event(_OUR_YEARS + 500, self._next()) for _ in range(size)]) for _ in range(count)
        ]

    async def _append(self, events: list[NewEvent]) -> None:
        subject = events[0].subject
        position = await self._store.append(events, {subject: self._last.get(subject, 0)})
        self._last[subject] = position.seq


class _Raw:
    """The same messages by nats-py alone."""

    def __init__(self, context: JetStreamContext) -> None:
        self._context = context
        self._last: dict[str, int] = {}
        self._count = 0

    def jobs(self, count: int) -> list[Job]:
        return [partial(self._publish, _event(_RAW_YEARS + self._next() % AT_ONCE, self._count)) for _ in range(count)]

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _publish(self, event: NewEvent) -> None:
        headers = {**event.headers, _EXPECT: str(self._last.get(event.subject, 0))}
        ack = await self._context.publish(event.subject, event.body, headers=headers)
        self._last[event.subject] = ack.seq

    def batches(self, size: int, count: int) -> list[Job]:
        return [
            partial(self._batch, [_event(_RAW_YEARS + 500, self._next()) for _ in range(size)]) for _ in range(count)
        ]

    async def _batch(self, events: list[NewEvent]) -> None:
        batch_id, subject, client = new_id(), events[0].subject, self._context._nc
        for number, event in enumerate(events, start=1):
            headers = {**event.headers, "Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(number)}
            if number == 1:
                headers[_EXPECT] = str(self._last.get(subject, 0))
                await client.request(subject, event.body, timeout=30, headers=headers)
            elif number < len(events):
                await client.publish(subject, event.body, headers=headers)
            else:
                ack = await self._context.publish(subject, event.body, headers={**headers, "Nats-Batch-Commit": "1"})
                self._last[subject] = ack.seq


def _envelope() -> Envelope:
    command_id = new_id()  # comes with the command, from who sent it
    return Envelope(
        command_id=command_id, actor=CLERK.account_id, at=AT, correlation_id=command_id, causation_id=command_id
    )


def _event(year: int, number: int) -> NewEvent:
    command = report(year, number)
    return new_event(
        TaskReported(
            district=command.district,
            plan_id=command.plan_id,
            task_number=command.task_number,
            unit_id=command.unit_id,
            percent=command.percent,
            text=command.text,
            by=CLERK.account_id,
            at=command.at,
        )
    )
