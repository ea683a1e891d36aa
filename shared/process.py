"""One service as a process: bus, handlers, read models, policies, publisher, health, from one description.

Every service is the same machine with its own rules put in; this file is the machine.
"""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import nats.errors
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from nats.aio.client import Client
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic refuses the one of typing before Python 3.12

from shared import telemetry
from shared.actor import load_public_keys, verify
from shared.attachments import FileChannel, FileStore, StoredFile, Uploads
from shared.bus import ACTOR_TOKEN, AT_LEAST, COMMAND_ID, CORRELATION_ID, EXPECTED_SEQ, serve
from shared.clock import Clock, load_clock
from shared.codec import EventCodec, MessageCodec, to_plain
from shared.decider import Decider
from shared.errors import Rejected
from shared.eventstore import EventStore
from shared.feed import Feed
from shared.garbage import collect_seldom
from shared.handler import Envelope, Handler
from shared.headers import quicken
from shared.health import health_server
from shared.policy import Policy
from shared.publisher import PublicFact, Publisher
from shared.reactor import PolicyRunner
from shared.readmodel import Database, Past, Projector, ReadModel, Rollup, RowReader, Rows, rebuild
from shared.readmodel.tables import sums
from shared.settings import Settings
from shared.tasks import end
from shared.telemetry import COMMAND_SECONDS, COMMANDS, QUESTIONS, log, span
from shared.threads import hand_over_soon
from shared.topology import ended, inbox_prefix, live_consumer, prove_durable, rebuild_consumer
from shared.types import CITY, Actor, Grant, Position, Recorded, Role

CLOCK_TOLERANCE = timedelta(minutes=2)
WAIT_S = 2.0
_REMEMBER_S = 3.0  # how long a process reads of the past before it answers; what is left is read beside the answers
STOP_S = 1.0  # for the answers that are under way when the process is told to stop
READ_ROWS = "read-rows"
ROWS_MAX = 2000
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What the impure edge of a service works with: rows, clock, settings; files and the past where it has any."""

    rows: RowReader
    clock: Clock
    settings: Settings
    files: FileStore | None = None
    past: Past | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """The description of a service: what it understands, decides, shows, reacts to and makes known.

    `gather(command, actor, edge)` reads the facts a decision needs; `answer(question, actor, edge)`
    returns a view, filtered by the actor's scope. Both may raise Rejected. A service that keeps files has
    `file_of(sha256, actor, edge)`: the file that this actor may read, with its key where the service
    `seals_files`, else Rejected `attachment.not_found`. `past` is the part of its read model that it can show
    as it was at the end of any day; `past_asked(today)` are the aggregates that most of these questions are about,
    which a process reads before it answers.
    """

    name: str
    stream: str
    events: EventCodec[Any]
    commands: MessageCodec[Any]
    questions: MessageCodec[Any]
    deciders: Sequence[Decider[Any, Any, Any, Any]]
    gather: Callable[[Any, Actor, Edge], Awaitable[Any]]
    answer: Callable[[Any, Actor, Edge], Awaitable[Any]]
    read_models: Sequence[ReadModel[Any]]
    publish: Callable[[Recorded[Any]], PublicFact | None]
    policies: Sequence[Policy] = ()
    file_of: Callable[[str, Actor, Edge], Awaitable[StoredFile]] | None = None
    seals_files: bool = False
    past: ReadModel[Any] | None = None
    past_asked: Callable[[date], Sequence[str]] = lambda _: ()


class _ReadRows(TypedDict):
    table: str
    offset: int


_READ_ROWS = TypeAdapter(_ReadRows)


class Process:
    """A running service."""

    def __init__(self, service: Service, settings: Settings) -> None:
        """Put the parts together; `run` starts them."""
        self.service = service
        self.settings = settings
        self.clock = load_clock(settings.clock_path)
        self.database = Database(settings.sql_url(service.name), service.name)
        self.edge = Edge(rows=Rows(self.database, service.read_models), clock=self.clock, settings=settings)
        self._keys = load_public_keys(settings.data_dir / "actors")
        self._decider = {command: decider for decider in service.deciders for command in decider.commands}
        self._client: Client
        self._handler: Handler
        self._projectors: list[Projector] = []
        self._policies: list[PolicyRunner] = []
        self._publisher: Publisher | None = None
        self._is_listening = False

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; starts to answer when its read models, and soon the past, are ready."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        provider = telemetry.start(self.settings)
        await prove_durable(self.settings.nats_monitor_urls.split(","))
        broker = NatsBroker(
            self.settings.nats_url.split(","),
            security=NatsNKey.from_file(self.settings.seed_path(self.service.name)),
            inbox_prefix=inbox_prefix(self.service.name),
            name=f"tdkt-{self.service.name}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,  # type: ignore[arg-type]
            graceful_timeout=STOP_S,
            drain_timeout=1,
            logger=None,
            apply_types=False,
        )
        self._client = quicken(await broker.connect())
        collect_seldom()
        hand_over_soon()
        await self.database.open()
        for model in self.service.read_models:
            await self.database.register(model)
        self._build()
        tasks = [asyncio.create_task(one.run()) for one in self._projectors]
        tasks += [asyncio.create_task(one.run()) for one in self._policies]
        if self._publisher is not None:
            tasks.append(asyncio.create_task(self._publisher.run()))
        server = health_server(self.settings, self.problems)
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stop.wait())
        while self._still_catching_up() and not stopping.done():  # noqa: ASYNC110 - several readers, once a start
            await asyncio.sleep(0.02)
        tasks.append(await self._remember_for_a_while(stopping))
        for channel, answer in (("cmd", self._command), ("qry", self._question), ("ctl", self._control)):
            serve(broker, self.service.name, channel, answer)
        if self.service.file_of is not None:
            self._file_channel(self.service.file_of).serve(broker)
        await broker.start()
        await self._client.flush()  # the server knows every subscription before we say that we are ready
        self._is_listening = True
        log.info("started", service=self.service.name)
        await stopping
        # Readers end before the connection does: nats-py turns a cancelled wait on a closed connection
        # into an error of its own, and the reader would start again.
        server.should_exit = True
        await end(tasks)
        await asyncio.gather(serving, return_exceptions=True)
        failure = await ended(asyncio.create_task(broker.stop()))  # a server that is away holds nobody up
        if failure is not None and not isinstance(failure, nats.errors.Error):
            log.warning("not stopped cleanly", service=self.service.name, error=f"{type(failure).__name__}: {failure}")
        await self.database.close()
        telemetry.stop(provider)

    def _build(self) -> None:
        name = self.service.name
        self._handler = Handler(EventStore(self._client, self.service.stream), self.service.events)
        if self.service.past is not None:
            self.edge = replace(self.edge, past=Past(self._client, self.service.past))
        for model in self.service.read_models:
            self._projectors.append(
                Projector(
                    self._client,
                    self.database,
                    model,
                    live_consumer=live_consumer(name, model.name),
                    on_applied=self._tell_live,
                )
            )
        own = next(one for one in self._projectors if one.model.source == self.service.stream)
        for policy in self.service.policies:
            feed = Feed(self._client, policy.source, live_consumer(name, f"policy-{policy.name}"))
            self._policies.append(PolicyRunner(self._client, policy, feed, self.database, self._react, own))
        self._publisher = Publisher(
            self._client,
            Feed(self._client, self.service.stream, live_consumer(name, "public")),
            service=name,
            codec=self.service.events,
            publish=self.service.publish,
        )

    async def _remember_for_a_while(self, stopping: asyncio.Task[Any]) -> asyncio.Task[None]:
        """Return the task that reads the past: at its end, when it takes long, or when the process is to stop."""
        remembering = asyncio.create_task(self._remember_past())
        await asyncio.wait((remembering, stopping), timeout=_REMEMBER_S, return_when=asyncio.FIRST_COMPLETED)
        return remembering

    async def _remember_past(self) -> None:
        """Read what the first look at an earlier day would wait for; without it that look takes longer, no more."""
        if self.edge.past is None:
            return
        today = self.clock.today()
        try:
            await self.edge.past.remember(self.service.past_asked(today), today - timedelta(days=1))
        except Exception as error:  # noqa: BLE001 - it is for speed only, and nobody waits for what it raises
            log.info("past not remembered", service=self.service.name, error=f"{type(error).__name__}: {error}")

    def _file_channel(self, file_of: Callable[[str, Actor, Edge], Awaitable[StoredFile]]) -> FileChannel:
        store = FileStore(self._client, self.service.name)
        self.edge = replace(self.edge, files=store)
        return FileChannel(
            store,
            Uploads(store, size_max=self.settings.attachment_max_mb * _MIB, seals=self.service.seals_files),
            verified=lambda body, headers: self._verified(body, headers)[0],
            is_open=lambda: not self.settings.intake_closed_path.exists(),
            file_of=lambda sha256, actor: file_of(sha256, actor, self.edge),
        )

    def _still_catching_up(self) -> bool:
        return any(one.failure == "starting" for one in self._projectors)

    def problems(self) -> list[str]:
        """Return what keeps the service from being ready; empty when it is."""
        problems = [f"read model {one.model.name}: {one.failure}" for one in self._projectors if one.failure]
        problems += [f"policy {one.policy.name}: {one.failure}" for one in self._policies if one.failure]
        if self._publisher is not None and self._publisher.failure:
            problems.append(f"publisher: {self._publisher.failure}")
        if not getattr(self, "_client", None) or not self._client.is_connected:
            problems.append("NATS: not connected")
        if not self._is_listening:
            problems.append("NATS: not listening yet")
        return problems

    async def _tell_live(self, read_model: str, seq: int, districts: frozenset[str]) -> None:
        body = json.dumps({"read_model": read_model, "seq": seq}).encode()
        for district in districts:
            await self._client.publish(f"{self.service.name}.live.{district}", body)

    # --- commands ----------------------------------------------------------------------------

    async def _command(self, name: str, body: bytes, headers: Mapping[str, str]) -> object:
        outcome = "fault"
        try:
            with COMMAND_SECONDS.labels(self.service.name).time():
                answer = await self._decide(name, body, headers)
            outcome = "ok"
            return answer
        except Rejected as refusal:
            outcome = refusal.code
            raise
        finally:
            COMMANDS.labels(self.service.name, name if name in self.service.commands.members else "?", outcome).inc()

    async def _decide(self, name: str, body: bytes, headers: Mapping[str, str]) -> object:
        actor, command_id = self._verified(body, headers)
        command = self.service.commands.decode(name, body)
        if self.settings.intake_closed_path.exists():
            raise Rejected("intake.closed")
        if abs(command.at - self.clock.now()) > CLOCK_TOLERANCE * max(1.0, self.clock.speed):
            raise Rejected("command.clock_skew", at=command.at.isoformat(), now=self.clock.now().isoformat())
        expected = headers.get(EXPECTED_SEQ, "")
        envelope = Envelope(
            command_id=command_id,
            actor=actor.account_id,
            at=command.at,
            correlation_id=headers.get(CORRELATION_ID, "") or command_id,
            causation_id=command_id,
            expected_seq=int(expected) if expected.isdecimal() else None,
        )
        position = await self._act(command, actor, envelope)
        return {"ok": to_plain(position)}

    def _verified(self, body: bytes, headers: Mapping[str, str]) -> tuple[Actor, str]:
        command_id = headers.get(COMMAND_ID, "")
        if not command_id or len(command_id) > 200 or not command_id.isascii():
            raise Rejected("command.id_missing")
        return verify(headers.get(ACTOR_TOKEN, ""), body, command_id, keys=self._keys), command_id

    async def _act(self, command: Any, actor: Actor, envelope: Envelope) -> Position:
        """Act in the actor's own right, else on behalf of one who delegated his, which the events then say (ADR 0015).

        Each capacity is decided for itself, so an event never rests on a mixture of two persons' rights.
        """
        refusals: list[Rejected] = []
        for delegator, capacity in actor.capacities():
            try:
                return await self._dispatch(command, capacity, replace(envelope, on_behalf_of=delegator))
            except Rejected as refusal:
                refusals.append(refusal)
        raise next((one for one in refusals if one.code != "actor.not_allowed"), refusals[0])

    async def _dispatch(self, command: Any, actor: Actor, envelope: Envelope) -> Position:
        decider = self._decider[type(command)]
        with span("decide", command=type(command).__name__):
            facts = await self.service.gather(command, actor, self.edge)
            outcome = await self._handler.handle(decider, command, facts, envelope)
        return outcome.position

    async def _react(self, command: Any, envelope: Envelope) -> Position:
        actor = Actor(account_id=envelope.actor, grants=(Grant(role=Role.POLICY, district=CITY),))
        return await self._dispatch(command, actor, envelope)

    # --- questions ---------------------------------------------------------------------------

    async def _question(self, name: str, body: bytes, headers: Mapping[str, str]) -> object:
        outcome = "fault"
        try:
            actor, _ = self._verified(body, headers)
            if name == READ_ROWS:
                answer = await self._read_rows(body, actor)
                outcome = "ok"
                return answer
            question = self.service.questions.decode(name, body)
            stale = not await self._reached(headers.get(AT_LEAST, ""))
            # Before the rows are read: what is shown holds all events up to there, and perhaps the next.
            positions = self._positions()
            with span("answer", question=name):
                view = await self.service.answer(question, actor, self.edge)
            outcome = "ok"
            return {"ok": {"view": view, "stale": stale, "positions": positions}}
        except Rejected as refusal:
            outcome = refusal.code
            raise
        finally:
            QUESTIONS.labels(self.service.name, name if name in self.service.questions.members else "?", outcome).inc()

    async def _read_rows(self, body: bytes, actor: Actor) -> object:
        """Answer with a page of a table as it is stored, for an auditor who compares it with the log."""
        if not actor.has(Role.AUDITOR, on=self.clock.today(), district=CITY):
            raise Rejected("actor.not_allowed", action=READ_ROWS)
        try:
            wanted = _READ_ROWS.validate_json(body, strict=True)
        except ValidationError as error:
            raise Rejected("bus.invalid_body", fields="table, offset") from error
        for projector in self._projectors:
            if wanted["table"] in {table.name for table in projector.model.tables}:
                async with projector.writing:
                    rows = await self.edge.rows.page(wanted["table"], offset=wanted["offset"], limit=ROWS_MAX)
                    table = projector.model.table(wanted["table"])
                    summed = sums(table) if isinstance(table, Rollup) else ()
                    return {"ok": {"rows": to_plain(rows), "sums": summed, "seq": projector.seq}}
        raise Rejected("readmodel.unknown", name=wanted["table"], known=[])

    def _positions(self) -> dict[str, dict[str, int | str]]:
        return {
            one.model.source: {"seq": one.seq, "at": one.checkpoint.updated_at.isoformat()}
            for one in self._projectors
            if one.checkpoint is not None and one.checkpoint.updated_at is not None
        }

    async def _reached(self, at_least: str) -> bool:
        """Wait until what the caller has seen or caused can be seen here; False when it cannot within 2 s."""
        if not at_least:
            return True
        try:
            wanted = {str(stream): int(seq) for stream, seq in json.loads(at_least).items()}
        except (ValueError, AttributeError, TypeError, OverflowError, RecursionError) as error:
            raise Rejected("bus.invalid_position") from error
        waiting = [
            one.wait_for(wanted[one.model.source], timeout_s=WAIT_S)
            for one in self._projectors
            if one.model.source in wanted
        ]
        waiting += [
            one.wait_for(wanted[one.policy.source], timeout_s=WAIT_S)
            for one in self._policies
            if one.policy.source in wanted
        ]
        return all(await asyncio.gather(*waiting))

    # --- operations --------------------------------------------------------------------------

    async def _control(self, name: str, body: bytes, headers: Mapping[str, str]) -> object:
        actor, _ = self._verified(body, headers)
        if not actor.has(Role.OPERATOR, on=self.clock.today(), district=CITY):
            raise Rejected("actor.not_allowed", action=name)
        try:
            wanted = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise Rejected("bus.invalid_body", fields="body") from error
        if not isinstance(wanted, dict):
            raise Rejected("bus.invalid_body", fields="body")
        match name:
            case "read-models":
                return {"ok": [await self._describe(one) for one in self._projectors]}
            case "parked":
                rows = [row for projector in self._projectors for row in await projector.parked()]
                rows += [row for policy in self._policies for row in await policy.parked()]
                return {"ok": to_plain(rows)}
            case "rebuild":
                projector = self._named(wanted)
                report = await rebuild(
                    self._client,
                    self.database,
                    projector,
                    consumer=rebuild_consumer(self.service.name, projector.model.name),
                    progress=self._rebuild_progress(projector.model.name),
                )
                return {"ok": to_plain(report)}
            case "release":
                reader = self._reader(wanted)
                log.warning("released", actor=actor.account_id, reason=str(wanted.get("reason", "")), what=wanted)
                count = await reader.release(str(wanted.get("subject", "")), retry=bool(wanted.get("retry", True)))
                return {"ok": {"folded": count}}
            case _:
                raise Rejected("bus.unknown_name", service=self.service.name, name=name)

    def _reader(self, wanted: Mapping[str, Any]) -> Projector | PolicyRunner:
        for one in self._policies:
            if one.reader == wanted.get("read_model"):
                return one
        return self._named(wanted)

    def _named(self, wanted: Mapping[str, Any]) -> Projector:
        name = str(wanted.get("read_model", ""))
        for one in self._projectors:
            if one.model.name == name:
                return one
        raise Rejected("readmodel.unknown", name=name, known=[one.model.name for one in self._projectors])

    async def _describe(self, projector: Projector) -> dict[str, Any]:
        checkpoint = projector.checkpoint
        return {
            "service": self.service.name,
            "read_model": projector.model.name,
            "source": projector.model.source,
            "version": projector.model.fingerprint(),
            "generation": self.database.generation(projector.model),
            "seq": projector.seq,
            "epoch": checkpoint.epoch if checkpoint else "",
            "updated_at": checkpoint.updated_at.isoformat() if checkpoint and checkpoint.updated_at else None,
            "lag": projector.lag,
            "parked": len(await projector.parked()),
            "failure": projector.failure,
        }

    def _rebuild_progress(self, read_model: str) -> Callable[[int, int], Awaitable[None]]:
        async def progress(done: int, total: int) -> None:
            body = json.dumps({"read_model": read_model, "done": done, "total": total}).encode()
            await self._client.publish(f"{self.service.name}.live.rebuild", body)

        return progress
