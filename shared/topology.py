"""Streams, consumers, users and permissions, all from one registry of who writes and who reads what.

A process owns at most one event stream (`<process>.evt.>`) and reads streams through consumers that
exist before it starts; it holds no right to create, change, purge or delete any of them
(architecture: streams and subjects; interfaces: consumers). This module knows no service: the
registry itself is data and lives with the services.
"""

import asyncio
import json
import os
import secrets
import urllib.request
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import nats
import nkeys
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError

from shared import actor
from shared.clock import new_id
from shared.errors import Fault
from shared.settings import Settings

PUBLIC, TIMERS, PARKED = "PUBLIC", "TIMERS", "PARKED"
ADMIN, SYSTEM, BACKUP = "admin", "system", "backup"
LOOPBACK = "127.0.0.1"
CLOSE_S = 5.0
VERSION_MIN = (2, 15, 1)  # earlier servers skip an fsync here and there, even with `sync_interval: always`
MESSAGE_BYTES_MAX = 262_144
ACK_PENDING_MAX = 2000
SIDE_STREAM_MB_MAX = 256
_MIB = 1024 * 1024
_DUPLICATE_WINDOW_S = 600.0
_ACK_WAIT_S = 60.0
_HEARTBEAT_S = 1.0
_API = "$JS.API"
OUTSIDER_API = "JS.tdkt.API"
"""Where an outsider finds the API of JetStream: `connection.jetstream(prefix=OUTSIDER_API)`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One place in a stream that a process keeps: for a read model, a policy or the public facts."""

    name: str
    source: str
    rebuilds: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A process on the bus: the event stream it owns, if any, what it reads, and whether it keeps files."""

    name: str
    stream: str | None
    readers: tuple[Reader, ...]
    keeps_files: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A client that asks the services; one that operates may also control them and read the log."""

    name: str
    operates: bool


@dataclass(frozen=True, slots=True)
class Topology:
    """The registry: processes, edges, and outsiders that read PUBLIC through a consumer of their name."""

    processes: tuple[Process, ...]
    edges: tuple[Edge, ...]
    outsiders: tuple[str, ...]

    @property
    def services(self) -> tuple[Process, ...]:
        """Return the processes that own a stream."""
        return tuple(process for process in self.processes if process.stream)

    @property
    def event_streams(self) -> tuple[str, ...]:
        """Return the event streams, in the registry's order."""
        return tuple(process.stream for process in self.processes if process.stream)

    @property
    def object_streams(self) -> tuple[str, ...]:
        """Return the streams of the services' object stores, in the registry's order."""
        return tuple(object_stream(process.name) for process in self.processes if process.keeps_files)

    @property
    def users(self) -> tuple[str, ...]:
        """Return the names of all NATS users."""
        processes = (process.name for process in self.processes)
        edges = (edge.name for edge in self.edges)
        return (*processes, *edges, *self.outsiders, ADMIN, BACKUP, SYSTEM)


# Names


def live_consumer(process: str, reader: str) -> str:
    """Return the durable pull consumer of a reader."""
    return f"{process}-{reader}"


def rebuild_consumer(process: str, reader: str) -> str:
    """Return the durable push consumer that rebuilds a reader's read model."""
    return f"{process}-{reader}-rebuild"


def rebuild_deliver_subject(process: str, reader: str) -> str:
    """Return the subject on which a rebuild is delivered."""
    return f"_REBUILD.{process}.{reader}"


def inbox_prefix(user: str) -> str:
    """Return the inbox prefix of a NATS user; every connection has to set it."""
    return f"_INBOX_{user}"


def object_stream(service: str) -> str:
    """Return the stream of a service's object store, as all clients of NATS name it."""
    return f"OBJ_{service}"


# Streams and consumers


def stream_configs(topology: Topology, settings: Settings) -> tuple[api.StreamConfig, ...]:
    """Return every stream as it should be; the epoch is added when the stream is created."""
    events = (_event_stream(process, settings) for process in topology.services)
    owner = {"schema": "1", "owner": "bus"}
    side_bytes = side_stream_mb(settings.stream_max_mb) * _MIB
    public = replace(_stream(PUBLIC, "public.>", settings), allow_direct=True, metadata=owner)
    # The server refuses schedules together with `discard: new`; so that no timer is ever dropped for
    # want of room there is no limit of bytes. A schedule replaces itself by a rollup, which is a purge.
    timers = replace(
        _stream(TIMERS, "timers.>", settings),
        discard=api.DiscardPolicy.OLD,
        max_bytes=-1,
        deny_purge=False,
        allow_rollup_hdrs=True,
        allow_msg_schedules=True,
        allow_msg_ttl=True,
        metadata=owner,
    )
    parked = replace(_stream(PARKED, "parked.>", settings), max_bytes=side_bytes, metadata=owner)
    files = [_object_store(process, settings) for process in topology.processes if process.keeps_files]
    return (*events, public, timers, parked, *files)


def side_stream_mb(stream_max_mb: int) -> int:
    """Return the budget of TIMERS and of PARKED, MiB."""
    return min(stream_max_mb, SIDE_STREAM_MB_MAX)


def total_mb(topology: Topology, stream_max_mb: int) -> int:
    """Return the budget of all streams together, MiB."""
    return (len(topology.services) + 1 + len(topology.object_streams)) * stream_max_mb + 2 * side_stream_mb(
        stream_max_mb
    )


def _event_stream(process: Process, settings: Settings) -> api.StreamConfig:
    assert process.stream
    return replace(
        _stream(process.stream, f"{process.name}.evt.>", settings),
        allow_atomic=True,
        allow_direct=True,
        metadata={"schema": "1", "owner": process.name},
    )


def _object_store(process: Process, settings: Settings) -> api.StreamConfig:
    """Return the stream of an object store: nothing in it is deleted alone, but what nobody names can be purged.

    Atomic batches: a file is there with all its parts, or not at all.
    """
    name = process.name
    return replace(
        _stream(object_stream(name), f"$O.{name}.C.>", settings),
        subjects=[f"$O.{name}.C.>", f"$O.{name}.M.>"],
        deny_purge=False,
        allow_atomic=True,
        allow_direct=True,
        metadata={"schema": "1", "owner": name},
    )


def _stream(name: str, subject: str, settings: Settings) -> api.StreamConfig:
    """Return what all streams share: nothing is ever dropped, deleted or purged."""
    return api.StreamConfig(
        name=name,
        subjects=[subject],
        storage=api.StorageType.FILE,
        num_replicas=settings.replicas,
        retention=api.RetentionPolicy.LIMITS,
        discard=api.DiscardPolicy.NEW,
        max_bytes=settings.stream_max_mb * _MIB,
        max_age=0,
        max_msgs=-1,
        max_consumers=-1,
        max_msgs_per_subject=-1,
        max_msg_size=MESSAGE_BYTES_MAX,
        duplicate_window=_DUPLICATE_WINDOW_S,
        deny_delete=True,
        deny_purge=True,
        allow_rollup_hdrs=False,
        allow_direct=False,
        allow_atomic=False,
        allow_batched=False,
        allow_msg_ttl=False,
        allow_msg_schedules=False,
        allow_msg_counter=False,
    )


def consumer_configs(topology: Topology) -> tuple[tuple[str, api.ConsumerConfig], ...]:
    """Return every consumer as it should be, each with its stream."""
    return tuple(_consumers(topology))


def _consumers(topology: Topology) -> Iterator[tuple[str, api.ConsumerConfig]]:
    for process in topology.processes:
        for reader in process.readers:
            yield reader.source, _live(live_consumer(process.name, reader.name))
            if reader.rebuilds:
                yield reader.source, _rebuild(process.name, reader.name)
    for outsider in topology.outsiders:
        yield PUBLIC, _live(outsider)


def _live(name: str) -> api.ConsumerConfig:
    return api.ConsumerConfig(
        name=name,
        durable_name=name,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.ALL,
        ack_wait=_ACK_WAIT_S,
        max_deliver=-1,
        max_ack_pending=ACK_PENDING_MAX,
        replay_policy=api.ReplayPolicy.INSTANT,
        num_replicas=0,
    )


def _rebuild(process: str, reader: str) -> api.ConsumerConfig:
    name = rebuild_consumer(process, reader)
    return api.ConsumerConfig(
        name=name,
        durable_name=name,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.NONE,
        deliver_subject=rebuild_deliver_subject(process, reader),
        flow_control=True,
        idle_heartbeat=_HEARTBEAT_S,
        max_deliver=-1,
        replay_policy=api.ReplayPolicy.INSTANT,
        num_replicas=0,
    )


# Permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What a NATS user may publish and subscribe to; nothing else. `replies`: may answer a request, once."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    replies: bool = False


def permissions(topology: Topology) -> Mapping[str, Permissions]:
    """Return the rights of each user of the application's account, from the registry."""
    rights = {process.name: _process_rights(process) for process in topology.processes}
    rights |= {edge.name: _edge_rights(edge, topology) for edge in topology.edges}
    rights |= {outsider: _outsider_rights(outsider) for outsider in topology.outsiders}
    return rights | {ADMIN: _admin_rights(topology), BACKUP: _backup_rights()}


def _process_rights(process: Process) -> Permissions:
    name, own = process.name, process.stream
    sources = [reader.source for reader in process.readers]
    publish = [f"parked.{name}.>"]
    subscribe = [f"{inbox_prefix(name)}.>", f"{name}.ctl.>"]
    if own:
        sources += [own, PUBLIC]
        publish += [
            f"{name}.evt.>",
            f"public.*.{name}.>",
            f"{name}.live.>",
            f"{_API}.DIRECT.GET.{own}",
            f"{_API}.DIRECT.GET.{own}.{name}.evt.>",
        ]
        subscribe += [f"{name}.cmd.>", f"{name}.qry.>"]
    if process.keeps_files:
        files = object_stream(name)
        sources.append(files)
        publish += [f"$O.{name}.>", f"{_API}.DIRECT.GET.{files}", f"{_API}.DIRECT.GET.{files}.$O.{name}.>"]
        subscribe.append(f"{name}.file.>")
    for source in dict.fromkeys(sources):
        publish += [f"{_API}.STREAM.INFO.{source}", f"{_API}.STREAM.MSG.GET.{source}"]
    for reader in process.readers:
        publish += _live_rights(reader.source, live_consumer(name, reader.name))
        if reader.rebuilds:
            publish.append(f"{_API}.DIRECT.GET.{reader.source}")
            consumer = rebuild_consumer(name, reader.name)
            publish += [f"{_API}.CONSUMER.{verb}.{reader.source}.{consumer}" for verb in ("INFO", "RESET")]
            publish.append(f"$JS.FC.{reader.source}.{consumer}.>")
    if any(reader.rebuilds for reader in process.readers):
        subscribe.append(f"_REBUILD.{name}.>")
    return Permissions(publish=tuple(publish), subscribe=tuple(subscribe), replies=True)


def _live_rights(stream: str, consumer: str) -> list[str]:
    """Return the rights to look at, pull from, rewind and acknowledge one consumer (both forms of acknowledgement)."""
    return [
        *(f"{_API}.CONSUMER.{verb}.{stream}.{consumer}" for verb in ("INFO", "MSG.NEXT", "RESET")),
        f"$JS.ACK.{stream}.{consumer}.>",
        f"$JS.ACK.*.*.{stream}.{consumer}.>",
    ]


def _edge_rights(edge: Edge, topology: Topology) -> Permissions:
    services = [service.name for service in topology.services]
    publish = [f"{service}.{kind}.>" for service in services for kind in ("cmd", "qry")]
    publish += [f"{process.name}.file.>" for process in topology.processes if process.keeps_files]
    if edge.operates:
        publish += [f"{_API}.{read}" for read in _READS]
        publish += [f"{process.name}.ctl.>" for process in topology.processes]
        publish += [f"{_API}.{read}" for read in ("DIRECT.GET.*", "DIRECT.GET.*.>", "STREAM.MSG.GET.*")]
    subscribe = (f"{inbox_prefix(edge.name)}.>", *(f"{service}.live.>" for service in services))
    return Permissions(publish=tuple(publish), subscribe=subscribe)


_READS = ("STREAM.INFO.*", "STREAM.NAMES", "STREAM.LIST", "CONSUMER.INFO.*.*", "CONSUMER.LIST.*")


def _outsider_rights(outsider: str) -> Permissions:
    return Permissions(
        publish=tuple(imported for _, imported in _outsider_services(outsider)),
        subscribe=(f"{inbox_prefix(outsider)}.>",),
    )


def _outsider_services(outsider: str) -> list[tuple[str, str]]:
    """Return what an outsider may ask, as our account names it and as its own account does.

    An outsider lives in an account of its own. Permissions alone do not keep it out of our streams:
    the server sends its answers to whatever reply subject a request names, unchecked, and a reply
    subject such as `scoring.evt.x` would write them into the log. Between accounts it cannot.
    """
    return [(subject, subject.replace(_API, OUTSIDER_API)) for subject in _live_rights(PUBLIC, outsider)]


def _admin_rights(topology: Topology) -> Permissions:
    purges = (f"STREAM.PURGE.{stream}" for stream in topology.object_streams)  # of files that no event names
    changes = ("STREAM.CREATE.*", "STREAM.UPDATE.*", "CONSUMER.CREATE.>", *purges)
    return Permissions(
        publish=tuple(f"{_API}.{subject}" for subject in (*changes, *_READS)),
        subscribe=(f"{inbox_prefix(ADMIN)}.>",),
    )


def _backup_rights() -> Permissions:
    """Return the rights to take copies; nobody holds the right to put one back, see `shared.backup.restore`."""
    reads = ("STREAM.INFO.*", "STREAM.SNAPSHOT.*", "STREAM.MSG.GET.*", "DIRECT.GET.*")
    return Permissions(
        publish=(*(f"{_API}.{subject}" for subject in reads), "$JS.SNAPSHOT.ACK.>"),
        subscribe=(f"{inbox_prefix(BACKUP)}.>",),
    )


# Keys and server


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A NATS user as the server knows it: a public key, rights (None: the system's) and, for outsiders, seclusion."""

    name: str
    public_key: str
    permissions: Permissions | None
    is_outsider: bool = False


def create_users(settings: Settings, topology: Topology) -> tuple[User, ...]:
    """Create (or read) every user's seed, and the edges' signing keys, in the data folder."""
    rights = permissions(topology)
    for edge in topology.edges:
        actor.create_key(settings.data_dir / "actors", edge.name)
    return tuple(
        User(
            name=name,
            public_key=_public_key(settings.seed_path(name)),
            permissions=rights.get(name),
            is_outsider=name in topology.outsiders,
        )
        for name in topology.users
    )


def _public_key(seed_path: Path) -> str:
    """Return the public key of the seed (0600), created in a folder of its own (0700) where it is missing."""
    if not seed_path.exists():
        seed_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = seed_path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))  # type: ignore[no-untyped-call]
        unfinished.rename(seed_path)
    pair = nkeys.from_seed(bytearray(seed_path.read_bytes().strip()))  # type: ignore[no-untyped-call]
    return str(pair.public_key, "ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A server and where it listens; one of a cluster when it has peers (host names, itself included)."""

    name: str = "tdkt"
    host: str = LOOPBACK
    port: int = 4222
    monitor_port: int = 8222
    cluster_port: int = 6222
    peers: tuple[str, ...] = ()
    route_password: str = field(default="", repr=False)


def route_password(settings: Settings) -> str:
    """Return the secret by which the nodes of a cluster know each other, created (0600) where it is missing.

    Without it whoever reaches the port of the routes would be a server among ours, above all permissions.
    """
    path = settings.data_dir / "nkeys" / "route.password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(32))
        unfinished.rename(path)
    return path.read_text().strip()


def render_server_config(*, node: Node, store_dir: Path, users: Sequence[User], file_store_mb: int) -> str:
    """Return the configuration of a server of ours: fsync before every acknowledgement, each user with its rights."""
    application = [_user_line(user) for user in users if user.permissions and not user.is_outsider]
    system = [_user_line(user) for user in users if not user.permissions]
    outsiders = [user for user in users if user.is_outsider]
    exports = [line for user in outsiders for line in _export_lines(user)]
    imports = [line for user in outsiders for line in _outsider_account(user)]
    return "\n".join(
        [
            "# Written from the registry of the code; changes here are lost.",
            f"server_name: {json.dumps(node.name)}",
            f'listen: "{node.host}:{node.port}"',
            f'http: "{node.host}:{node.monitor_port}"',
            *_cluster_lines(node),
            "max_payload: 1MB",
            'write_deadline: "10s"',
            "jetstream {",
            f"  store_dir: {json.dumps(str(store_dir))}",
            "  sync_interval: always",
            f"  max_file_store: {file_store_mb * _MIB}",
            f"  max_memory_store: {64 * _MIB}",
            "  strict: true",
            "}",
            "accounts {",
            "  SYS { users: [",
            *system,
            "  ] }",
            "  TDKT { jetstream: enabled, users: [",
            *application,
            "  ], exports: [",
            *exports,
            "  ] }",
            *imports,
            "}",
            "system_account: SYS",
            "",
        ]
    )


def _cluster_lines(node: Node) -> list[str]:
    if not node.peers:
        return []
    routes = [f"nats-route://tdkt:{node.route_password}@{_with_port(peer, node.cluster_port)}" for peer in node.peers]
    return [
        "cluster {",
        "  name: tdkt",
        f'  listen: "{node.host}:{node.cluster_port}"',
        f"  authorization {{ user: tdkt, password: {json.dumps(node.route_password)}, timeout: 5 }}",
        f"  routes: {json.dumps(routes)}",
        "  no_advertise: true",
        "}",
    ]


def _with_port(peer: str, port: int) -> str:
    return peer if ":" in peer else f"{peer}:{port}"


def _account(outsider: User) -> str:
    return f"OUTSIDER_{outsider.name}"


def _export_lines(outsider: User) -> Iterator[str]:
    for subject, _ in _outsider_services(outsider.name):
        stream = ", response_type: stream" if ".MSG.NEXT." in subject else ""
        yield f"    {{ service: {json.dumps(subject)}{stream}, accounts: [{_account(outsider)}] }}"


def _outsider_account(outsider: User) -> Iterator[str]:
    yield f"  {_account(outsider)} {{ users: ["
    yield _user_line(outsider)
    yield "  ], imports: ["
    for subject, imported in _outsider_services(outsider.name):
        to = f", to: {json.dumps(imported)}" if imported != subject else ""
        yield f"    {{ service: {{ account: TDKT, subject: {json.dumps(subject)} }}{to} }}"
    yield "  ] }"


def _user_line(user: User) -> str:
    if not user.permissions:
        return f"    {{ nkey: {user.public_key} }}  # {user.name}"
    rights = user.permissions
    replies = ', allow_responses: { max: 1, expires: "15m" }' if rights.replies else ""
    publish, subscribe = json.dumps(rights.publish), json.dumps(rights.subscribe)
    return (
        f"    {{ nkey: {user.public_key}, permissions: {{  # {user.name}\n"
        f"      publish: {{ allow: {publish} }}\n"
        f"      subscribe: {{ allow: {subscribe} }}{replies}\n"
        "    } }"
    )


async def connect(settings: Settings, user: str) -> Client:
    """Connect as the user, with its own inbox; for short errands: an error is raised, nothing is tried for long."""

    async def leave_to_the_caller(error: Exception) -> None:
        """Say nothing: the request that failed raises."""

    return await nats.connect(
        settings.nats_url.split(","),
        name=user,
        nkeys_seed=str(settings.seed_path(user)),
        inbox_prefix=inbox_prefix(user),
        error_cb=leave_to_the_caller,
        allow_reconnect=False,
        max_reconnect_attempts=1,  # 0 means for ever here
        reconnect_time_wait=0.1,
        connect_timeout=5,
    )


async def disconnect(client: Client) -> None:
    """Close the connection within `CLOSE_S`, whatever state it is in.

    Where the server died with bytes under way, nats-py's close may wait for ever, or end with a
    CancelledError although nobody cancelled us.
    """
    await ended(asyncio.create_task(client.close()))


async def ended(closing: "asyncio.Task[None]") -> BaseException | None:
    """Wait for the task that closes a connection, `CLOSE_S` at most; return what it failed with, if only for time."""
    await asyncio.wait((closing,), timeout=CLOSE_S)
    if closing.cancel():
        return TimeoutError()
    return None if closing.cancelled() else closing.exception()


# Applying the registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What applying did to one stream or consumer: created, changed, unchanged, or unlisted (not of the registry)."""

    kind: str
    name: str
    outcome: str
    detail: str = ""


async def apply(settings: Settings, topology: Topology) -> tuple[Change, ...]:
    """Create or update streams and consumers as `admin`; nothing is deleted, epochs are kept, budgets only grow.

    Raises Fault `bus.unreachable`; `bus.irreversible` where an existing stream would be opened to
    something that cannot be closed again, or would lose replicas; `bus.not_durable` where one is
    acknowledged before it is written; and `bus.refused` where the server says no.
    """
    try:
        connection = await connect(settings, ADMIN)
    except (NatsError, OSError) as error:
        raise Fault("bus.unreachable", f"NATS at {settings.nats_url}: {error}") from error
    try:
        jetstream = connection.jetstream(timeout=10)
        streams = [await _apply_stream(jetstream, config) for config in stream_configs(topology, settings)]
        consumers = [await _apply_consumer(jetstream, *wanted) for wanted in consumer_configs(topology)]
        return (*streams, *consumers, *await _unlisted(jetstream, topology))
    except (NatsError, TimeoutError) as error:
        raise Fault("bus.refused", f"{type(error).__name__}: {error}") from error
    finally:
        await disconnect(connection)


async def _apply_stream(jetstream: JetStreamContext, wanted: api.StreamConfig) -> Change:
    name = str(wanted.name)
    try:
        info = await jetstream.stream_info(name)
    except NotFoundError:
        metadata = {**(wanted.metadata or {}), "epoch": new_id()}
        await _say_where(name, jetstream.add_stream(replace(wanted, metadata=metadata)))
        return Change(kind="stream", name=name, outcome="created")
    if info.config.persist_mode == api.PersistMode.ASYNC:
        raise Fault("bus.not_durable", f"stream {name}: `persist_mode: async` overrides `sync_interval: always`")
    wanted = replace(
        wanted,
        metadata={**(info.config.metadata or {}), **(wanted.metadata or {})},
        # Less space on the disk than at first is no reason to refuse what the stream was promised.
        max_bytes=max(wanted.max_bytes or 0, info.config.max_bytes or 0) if wanted.max_bytes != -1 else -1,
    )
    differences = _differences(info.config, wanted)
    if not differences:
        return Change(kind="stream", name=name, outcome="unchanged")
    _check_reversible(info, wanted)
    changes = {key: getattr(wanted, key) for key in differences}
    await _say_where(name, jetstream.update_stream(info.config.evolve(**changes)))
    return Change(kind="stream", name=name, outcome="changed", detail=", ".join(differences))


def _check_reversible(info: api.StreamInfo, wanted: api.StreamConfig) -> None:
    """Refuse what an operator could not take back, or could only take back with a loss."""
    current = info.config
    one_way = [
        flag
        for flag in ("allow_msg_ttl", "allow_msg_schedules", "allow_msg_counter")
        if getattr(wanted, flag) and not getattr(current, flag)
    ]
    if (wanted.num_replicas or 1) < (current.num_replicas or 1):
        one_way.append("num_replicas")
    if one_way:
        raise Fault("bus.irreversible", f"stream {wanted.name}: {', '.join(one_way)} would be changed; decide by hand")


async def _apply_consumer(jetstream: JetStreamContext, stream: str, wanted: api.ConsumerConfig) -> Change:
    assert wanted.name
    name = f"{stream}/{wanted.name}"
    try:
        info = await jetstream.consumer_info(stream, wanted.name)
    except NotFoundError:
        await _say_where(name, jetstream.add_consumer(stream, wanted))
        return Change(kind="consumer", name=name, outcome="created")
    differences = _differences(info.config, wanted)
    if not differences:
        return Change(kind="consumer", name=name, outcome="unchanged")
    changes = {key: getattr(wanted, key) for key in differences}
    await _say_where(name, jetstream.add_consumer(stream, info.config.evolve(**changes)))
    return Change(kind="consumer", name=name, outcome="changed", detail=", ".join(differences))


async def _say_where(name: str, change: Awaitable[object]) -> None:
    try:
        await change
    except APIError as error:
        raise Fault("bus.refused", f"{name}: {error.description} ({error.err_code})") from error


def _differences(current: api.Base, wanted: api.Base) -> list[str]:
    """Return the fields that are asked for and differ; what the server adds on its own is left alone."""
    have = current.as_dict()
    return [
        key
        for key, value in wanted.as_dict().items()
        if key not in _DEFAULTED and (have.get(key) or None) != (value or None)
    ]


# Fields that nats-py sends though nobody set them, or that the server answers in its own words.
_DEFAULTED = frozenset({"inactive_threshold", "template_owner"})


async def _unlisted(jetstream: JetStreamContext, topology: Topology) -> list[Change]:
    """Return what stands on the bus and not in the registry: left alone, but said."""
    listed = {(stream, consumer.name) for stream, consumer in consumer_configs(topology)}
    known = {*topology.event_streams, PUBLIC, TIMERS, PARKED, *topology.object_streams}
    streams = {str(info.config.name) for info in await jetstream.streams_info()}
    unlisted = [Change(kind="stream", name=name, outcome="unlisted") for name in sorted(streams - known)]
    for stream in sorted(streams & known):
        consumers = {info.name for info in await jetstream.consumers_info(stream)}
        unlisted += [
            Change(kind="consumer", name=f"{stream}/{name}", outcome="unlisted")
            for name in sorted(consumers)
            if (stream, name) not in listed
        ]
    return unlisted


# The proof


async def prove_durable(monitor_urls: str | Iterable[str], *, timeout_s: float = 5.0) -> None:
    """Return only where every node says that it syncs before it acknowledges (comma separated, or one by one).

    Raises Fault `bus.not_durable` with one line that says which node, and why.
    """
    urls = monitor_urls.split(",") if isinstance(monitor_urls, str) else list(monitor_urls)
    urls = [url.strip().rstrip("/") for url in urls if url.strip()]
    if not urls:
        raise Fault("bus.not_durable", "no monitoring address of NATS is set, so durability cannot be proved")
    for doubt in await asyncio.gather(*(asyncio.to_thread(_doubt, url, timeout_s) for url in urls)):
        if doubt:
            raise Fault("bus.not_durable", doubt)


def _doubt(url: str, timeout_s: float) -> str | None:
    """Return why the node cannot be trusted with facts, or None."""
    if not url.startswith(("http://", "https://")):
        return f"NATS at {url}: not an HTTP address"
    try:
        with _OPENER.open(f"{url}/varz", timeout=timeout_s) as answer:
            varz = json.load(answer)
        version = str(varz["version"])
        numbers = tuple(int(number) for number in version.split("-")[0].split("."))
        always = (varz.get("jetstream") or {}).get("config", {}).get("sync_always", False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"NATS at {url}: cannot read /varz ({error})"
    if numbers < VERSION_MIN:
        return f"NATS at {url}: version {version} is older than {'.'.join(map(str, VERSION_MIN))}"
    if always is not True:
        return f"NATS at {url}: `sync_interval: always` is not set, acknowledged facts could be lost"
    return None


# The proof is between machines of one network: a proxy of the environment has no say in it.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
