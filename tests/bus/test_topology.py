"""The registry on a real server: what it makes, what each user may do, and above all what nobody may."""

import asyncio
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api

from services.topology import TOPOLOGY
from shared.errors import Fault
from shared.topology import (
    ADMIN,
    BACKUP,
    OUTSIDER_API,
    PARKED,
    PUBLIC,
    SYSTEM,
    TIMERS,
    Node,
    Process,
    Reader,
    Topology,
    apply,
    consumer_configs,
    inbox_prefix,
    live_consumer,
    object_stream,
    rebuild_consumer,
    rebuild_deliver_subject,
    render_server_config,
)
from shared.topology import create_users as create
from tests.support.nats import RunningNats, running_nats

pytestmark = pytest.mark.same_on_both("what the bus allows has nothing to do with databases")

SERVICES = [service.name for service in TOPOLOGY.services]
STREAMS = [*TOPOLOGY.event_streams, PUBLIC, TIMERS, PARKED, *TOPOLOGY.object_streams]
CONSUMERS = [(stream, str(config.name)) for stream, config in consumer_configs(TOPOLOGY)]
PROCESSES = {process.name: process for process in TOPOLOGY.processes}
OUTSIDER = TOPOLOGY.outsiders[0]
EVENT = {"ce-type": "plans.Tried.v1", "ce-id": "1"}
DESTRUCTIVE = (
    "STREAM.CREATE.{0}",
    "STREAM.UPDATE.{0}",
    "STREAM.DELETE.{0}",
    "STREAM.PURGE.{0}",
    "STREAM.MSG.DELETE.{0}",
    "STREAM.SNAPSHOT.{0}",
    "STREAM.RESTORE.{0}",
    "STREAM.PEER.REMOVE.{0}",
    "STREAM.LEADER.STEPDOWN.{0}",
    "CONSUMER.CREATE.{0}",
    "CONSUMER.CREATE.{0}.mine",
    "CONSUMER.CREATE.{0}.mine.>",
    "CONSUMER.DURABLE.CREATE.{0}.mine",
    "CONSUMER.DELETE.{0}.archive-archive-plans",
    "CONSUMER.PAUSE.{0}.archive-archive-plans",
)


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNats]:
    with running_nats(tmp_path_factory.mktemp("bus")) as running:
        yield running


# The streams


async def test_applying_twice_changes_nothing_and_keeps_the_epoch(bus: RunningNats) -> None:
    admin = await bus.connect(ADMIN)
    before = (await admin.jetstream().stream_info("PLANS")).config.metadata or {}
    changes = await apply(bus.settings, TOPOLOGY)
    after = (await admin.jetstream().stream_info("PLANS")).config.metadata or {}
    await admin.close()

    assert {change.outcome for change in changes} == {"unchanged"}
    assert len(changes) == len(STREAMS) + len(CONSUMERS)
    assert before["epoch"] == after["epoch"]
    assert (before["schema"], before["owner"]) == ("1", "plans")


async def test_an_event_stream_keeps_everything_it_was_given(bus: RunningNats) -> None:
    admin = await bus.connect(ADMIN)
    configs = [(await admin.jetstream().stream_info(name)).config for name in TOPOLOGY.event_streams]
    await admin.close()

    for config in configs:
        assert config.deny_delete and config.deny_purge
        assert config.allow_atomic and config.allow_direct
        assert not (config.allow_rollup_hdrs or config.allow_msg_ttl or config.allow_msg_schedules)
        assert config.discard == api.DiscardPolicy.NEW
        assert config.max_age == 0 and config.max_msgs == -1 and config.max_msgs_per_subject == -1
        assert config.max_msg_size == 262_144
        assert config.duplicate_window == 600
        assert config.max_bytes == bus.settings.stream_max_mb * 2**20
        assert config.persist_mode is None


async def test_epochs_differ_between_streams(bus: RunningNats) -> None:
    admin = await bus.connect(ADMIN)
    infos = [await admin.jetstream().stream_info(name) for name in STREAMS]
    await admin.close()

    assert len({(info.config.metadata or {})["epoch"] for info in infos}) == len(STREAMS)


def test_a_change_of_the_registry_is_applied_and_said_and_a_budget_only_grows(tmp_path: Path) -> None:
    with running_nats(tmp_path) as bus:
        plans = PROCESSES["plans"]
        more = replace(plans, readers=(*plans.readers, Reader("more", "PLANS")))
        larger = bus.settings.model_copy(update={"stream_max_mb": 72})
        smaller = bus.settings.model_copy(update={"stream_max_mb": 8})

        changes = asyncio.run(apply(larger, replace(TOPOLOGY, processes=(more, *TOPOLOGY.processes[1:]))))
        again = asyncio.run(apply(smaller, TOPOLOGY))

    said = {(change.name, change.outcome, change.detail) for change in changes if change.outcome != "unchanged"}
    assert ("PLANS/plans-more", "created", "") in said
    assert ("PLANS", "changed", "max_bytes") in said
    assert [(change.name, change.outcome) for change in again if change.outcome != "unchanged"] == [
        ("PLANS/plans-more", "unlisted")
    ]


def test_what_somebody_loosened_is_tightened_again(tmp_path: Path) -> None:
    with running_nats(tmp_path) as bus:

        async def loosen() -> None:
            admin = await bus.connect(ADMIN)
            config = (await admin.jetstream().stream_info("PLANS")).config
            await admin.jetstream().update_stream(config.evolve(discard=api.DiscardPolicy.OLD, max_age=3600))
            await admin.close()

        asyncio.run(loosen())
        changes = asyncio.run(apply(bus.settings, TOPOLOGY))

    assert [(change.name, change.detail) for change in changes if change.outcome == "changed"] == [
        ("PLANS", "discard, max_age")
    ]


def test_what_is_acknowledged_before_it_is_written_is_refused(tmp_path: Path) -> None:
    with running_nats(tmp_path, applied=False) as bus:

        async def create_async() -> None:
            admin = await bus.connect(ADMIN)
            config = api.StreamConfig(name="PLANS", subjects=["plans.evt.>"], persist_mode=api.PersistMode.ASYNC)
            await admin.jetstream().add_stream(config)
            await admin.close()

        asyncio.run(create_async())
        with pytest.raises(Fault) as refusal:
            asyncio.run(apply(bus.settings, TOPOLOGY))

    assert refusal.value.code == "bus.not_durable"


def test_what_cannot_be_taken_back_is_refused(tmp_path: Path) -> None:
    with running_nats(tmp_path, applied=False) as bus:

        async def create_without_schedules() -> None:
            admin = await bus.connect(ADMIN)
            await admin.jetstream().add_stream(api.StreamConfig(name=TIMERS, subjects=["timers.>"]))
            await admin.close()

        asyncio.run(create_without_schedules())
        with pytest.raises(Fault, match="allow_msg_schedules") as refusal:
            asyncio.run(apply(bus.settings, TOPOLOGY))

    assert refusal.value.code == "bus.irreversible"


def test_applying_without_a_server_is_a_clear_fault(tmp_path: Path) -> None:
    with running_nats(tmp_path, applied=False) as bus:
        bus.stop()
        with pytest.raises(Fault) as fault:
            asyncio.run(apply(bus.settings, TOPOLOGY))

    assert fault.value.code == "bus.unreachable"


def test_the_configuration_holds_no_secret_and_is_the_same_each_time(bus: RunningNats) -> None:
    def render() -> str:
        return render_server_config(
            node=Node(port=1, monitor_port=2),
            store_dir=Path("store"),
            users=create(bus.settings, TOPOLOGY),
            file_store_mb=1,
        )

    seeds = sorted((bus.settings.data_dir / "nkeys").glob("*.seed"))
    assert render() == render()
    assert [path.stem for path in seeds] == sorted(TOPOLOGY.users)
    assert all(path.read_text() not in render() for path in seeds)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in seeds)
    assert stat.S_IMODE((bus.settings.data_dir / "nkeys").stat().st_mode) == 0o700
    assert "sync_interval: always" in render()


# What a process may do


async def test_a_service_appends_alone_and_in_batches_and_reads_back(bus: RunningNats) -> None:
    errors: list[str] = []
    plans = await bus.connect("plans", errors=errors)
    jetstream = plans.jetstream()
    subject = "plans.evt.cai-rang.plan.append"
    await jetstream.publish(subject, b"1", headers={**EVENT, "Nats-Expected-Last-Subject-Sequence": "0"})
    ack = await publish_batch(plans, subject, [b"2", b"3", b"4"])
    last = await jetstream.get_msg("PLANS", subject=subject, direct=True)
    leader = await jetstream.get_msg("PLANS", seq=ack["seq"])
    loaded = await load_batch(plans, subject)
    await plans.close()

    assert ack["count"] == 3
    assert last.data == leader.data == b"4"
    assert loaded == [b"1", b"2", b"3", b"4"]
    assert errors == []


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_does_all_that_it_has_to(bus: RunningNats, name: str) -> None:
    """Public facts, parked events, live fragments, own and foreign streams, commands answered."""
    errors: list[str] = []
    service, edge = await bus.connect(name, errors=errors), await bus.connect("cli", errors=errors)
    jetstream = service.jetstream()
    own = PROCESSES[name].stream

    async def answer(message: Msg) -> None:
        await message.respond(b"{}")

    for kind in ("cmd", "qry", "ctl"):
        await service.subscribe(f"{name}.{kind}.>", queue=name, cb=answer)
    live = await edge.subscribe(f"{name}.live.>")
    await service.flush()
    await edge.flush()
    event = await jetstream.publish(f"{name}.evt.cai-rang.thing.1", b"{}", headers=EVENT)
    await jetstream.publish(f"public.cai-rang.{name}.thing-tried", b"{}")
    await jetstream.publish(f"parked.{name}.thing", b"{}")
    await service.publish(f"{name}.live.thing", b"{}")
    replies = [await edge.request(f"{name}.{kind}.try", b"", timeout=2) for kind in ("cmd", "qry", "ctl")]
    await live.next_msg(timeout=2)
    for stream in {own, PUBLIC, *(reader.source for reader in PROCESSES[name].readers)}:
        assert stream
        await jetstream.stream_info(stream)
    await jetstream.get_msg(str(own), seq=event.seq)
    await jetstream.get_msg(PUBLIC, subject=f"public.*.{name}.>")
    await service.close()
    await edge.close()

    assert [reply.data for reply in replies] == [b"{}"] * 3
    assert errors == []


@pytest.mark.parametrize(
    ("process", "reader"), [(process.name, reader) for process in TOPOLOGY.processes for reader in process.readers]
)
async def test_a_reader_pulls_acknowledges_and_rewinds(bus: RunningNats, process: str, reader: Reader) -> None:
    errors: list[str] = []
    owner = next(service.name for service in TOPOLOGY.services if service.stream == reader.source)
    writer = await bus.connect(owner)
    for number in range(3):
        await writer.jetstream().publish(f"{owner}.evt.cai-rang.read.{number}", b"{}", headers=EVENT)
    await writer.close()

    connection = await bus.connect(process, errors=errors)
    jetstream = connection.jetstream()
    consumer = live_consumer(process, reader.name)
    subscription = await jetstream.pull_subscribe_bind(consumer=consumer, stream=reader.source)
    first = await subscription.fetch(2, timeout=2)
    await first[-1].ack_sync()
    info = await jetstream.consumer_info(reader.source, consumer)
    reset = await jetstream.reset_consumer(reader.source, consumer, seq=2)
    again = await subscription.fetch(1, timeout=2)
    checkpoint = await jetstream.get_msg(reader.source, seq=2)
    await connection.close()

    assert info.ack_floor and info.ack_floor.stream_seq >= 2
    assert reset.reset_seq == again[0].metadata.sequence.stream == checkpoint.seq == 2
    assert again[0].metadata.sequence.consumer == 1
    assert errors == []


async def test_a_rebuild_gets_more_than_the_flow_control_lets_pass_unanswered(bus: RunningNats) -> None:
    """The right to answer flow control is what a rebuild of more than 26,000 events hangs on."""
    errors: list[str] = []
    scoring = await bus.connect("scoring", errors=errors)
    total = 32_000
    for start in range(0, total, 1000):
        subject = f"scoring.evt.cai-rang.sheet.{start}"
        await publish_batch(scoring, subject, [b"x" * 100] * 1000)
    last_seq = (await scoring.jetstream().stream_info("SCORING")).state.last_seq
    done = asyncio.get_running_loop().create_future()
    seen: list[int] = []
    asked_for_flow = 0

    async def take(message: Msg) -> None:
        nonlocal asked_for_flow
        headers = message.headers or {}
        if headers.get("Status") == "100":
            answer = message.reply or headers.get("Nats-Consumer-Stalled")
            if answer:
                asked_for_flow += 1
                await scoring.publish(answer)
            return
        seen.append(message.metadata.sequence.stream)
        if seen[-1] == last_seq and not done.done():
            done.set_result(None)

    consumer = rebuild_consumer("scoring", "scoring")
    await scoring.subscribe(rebuild_deliver_subject("scoring", "scoring"), cb=take, pending_msgs_limit=200_000)
    await scoring.jetstream().reset_consumer("SCORING", consumer, seq=1)
    await asyncio.wait_for(done, 30)
    await scoring.close()

    tail = seen[-last_seq:]
    assert tail == list(range(1, last_seq + 1))
    assert len(seen) >= total
    assert asked_for_flow > 0
    assert errors == []


async def test_only_the_operating_edge_reads_the_bus_and_the_log(bus: RunningNats) -> None:
    errors: list[str] = []
    writer = await bus.connect("plans")
    subject = "plans.evt.cai-rang.plan.edge"
    ack = await writer.jetstream().publish(subject, b"{}", headers=EVENT)
    cli = await bus.connect("cli", errors=errors)
    assert (await cli.jetstream().stream_info("PLANS")).state.last_seq >= ack.seq
    assert {info.name for info in await cli.jetstream().consumers_info("PUBLIC")} == {OUTSIDER}
    assert len(await cli.jetstream().streams_info()) == len(STREAMS)
    await cli.jetstream().consumer_info("PLANS", "plans-plans")
    assert (await cli.jetstream().get_msg("PLANS", seq=ack.seq)).data == b"{}"
    assert await load_batch(cli, subject, consumer_stream="PLANS") == [b"{}"]
    assert errors == []
    for connection in (writer, cli):
        await connection.close()


async def test_the_portal_asks_jetstream_nothing_for_an_answer_may_be_sent_anywhere(bus: RunningNats) -> None:
    wanted = ["STREAM.INFO.PLANS", "STREAM.NAMES", "CONSUMER.INFO.PLANS.plans-plans", "DIRECT.GET.PLANS"]
    subjects = [f"$JS.API.{one}" for one in wanted]
    assert await try_publishing(bus, "portal", [*subjects, "plans.ctl.x"]) == {*subjects, "plans.ctl.x"}


# What nobody may


def forbidden_subjects(user: str) -> list[str]:
    """Return what the user must not publish, said anew and not by the registry's own rights."""
    process = PROCESSES.get(user)
    is_edge, is_cli = user in ("portal", "cli"), user == "cli"
    subjects = ["$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.STATZ", "anything", "timers.plans.x", "$KV.x.y"]
    for service in SERVICES:
        if service != user:
            subjects += [f"{service}.evt.cai-rang.thing.1", f"{service}.live.x"]
            subjects += [f"public.cai-rang.{service}.thing-done", f"parked.{service}.x"]
        if not is_edge:
            subjects += [f"{service}.cmd.x", f"{service}.qry.x"]
        if not is_cli:
            subjects.append(f"{service}.ctl.x")
    subjects += [f"$JS.API.{form.format(stream)}" for stream in STREAMS for form in DESTRUCTIVE if user != ADMIN]
    subjects += [f"$JS.API.STREAM.{verb}.{name}" for name in STREAMS for verb in ("DELETE", "MSG.DELETE", "RESTORE")]
    purged = TOPOLOGY.object_streams if user == ADMIN else ()  # of files that no event names
    subjects += [f"$JS.API.STREAM.PURGE.{name}" for name in STREAMS if name not in purged]
    keeps = [one.name for one in TOPOLOGY.processes if one.keeps_files]
    subjects += [f"$O.{name}.{kind}.x" for name in SERVICES for kind in "CM" if user != name or name not in keeps]
    subjects += [f"{name}.file.x" for name in SERVICES if not is_edge or name not in keeps]
    mine = {(reader.source, live_consumer(user, reader.name)) for reader in (process.readers if process else ())}
    mine |= {(PUBLIC, OUTSIDER)} if user == OUTSIDER else set()
    for stream, consumer in CONSUMERS:
        if (stream, consumer) not in mine:
            subjects += [f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", f"$JS.ACK.{stream}.{consumer}.1.1.1.1.0"]
            subjects.append(f"$JS.ACK._.hash.{stream}.{consumer}.1.1.1.1.0")
            if not (process and consumer.startswith(f"{user}-")):
                subjects += [f"$JS.API.CONSUMER.RESET.{stream}.{consumer}", f"$JS.FC.{stream}.{consumer}.x"]
    sources = {reader.source for reader in process.readers} | {PUBLIC} if process else set()
    own = {process.stream, object_stream(user)} if process and process.keeps_files else {process and process.stream}
    if user == BACKUP:  # takes copies, and puts none back
        return [one for one in subjects if ".STREAM.SNAPSHOT." not in one]
    for stream in STREAMS:
        if not is_cli and stream not in sources | own:
            subjects.append(f"$JS.API.STREAM.MSG.GET.{stream}")
        rebuilt = {reader.source for reader in process.readers if reader.rebuilds} if process else set()
        if not is_cli and stream not in own and stream not in rebuilt:
            subjects += [f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.x"]
    return [*subjects, *(f"{inbox_prefix(other)}.x" for other in TOPOLOGY.users if other != user)]


def forbidden_subscriptions(user: str) -> list[str]:
    """Return what the user must not listen to."""
    live = [] if user in ("portal", "cli") else [f"{service}.live.>" for service in SERVICES]
    subjects = [">", "*", "*.>", "$SYS.>", "$SYS.ACCOUNT.>", "$JS.>", "$JS.EVENT.ADVISORY.>", "_INBOX.>", "_R_.>"]
    subjects += [f"{service}.evt.>" for service in SERVICES] + ["public.>", "parked.>", "timers.>", *live]
    for service in SERVICES:
        if service != user:
            subjects += [f"{service}.{kind}.>" for kind in ("cmd", "qry", "ctl")] + [f"_REBUILD.{service}.>"]
    return [*subjects, *(f"{inbox_prefix(other)}.>" for other in TOPOLOGY.users if other != user)]


USERS = [user for user in TOPOLOGY.users if user != SYSTEM]


@pytest.mark.parametrize("user", USERS)
async def test_a_user_is_denied_all_that_is_not_its_own(bus: RunningNats, user: str) -> None:
    subjects = forbidden_subjects(user)
    assert await try_publishing(bus, user, subjects) == set(subjects)


@pytest.mark.parametrize("user", USERS)
async def test_a_user_hears_only_what_is_its_own(bus: RunningNats, user: str) -> None:
    errors: list[str] = []
    connection = await bus.connect(user, errors=errors)
    subjects = forbidden_subscriptions(user)
    for subject in subjects:
        await connection.subscribe(subject)
    await connection.flush()
    await asyncio.sleep(0.1)
    await connection.close()

    told = " ".join(errors)
    assert [subject for subject in subjects if f'"{subject}"'.lower() not in told.lower()] == []


async def test_only_the_system_user_sees_the_system(bus: RunningNats) -> None:
    system = await bus.connect(SYSTEM)
    answer = await system.request("$SYS.REQ.SERVER.PING", b"", timeout=2)
    await system.close()

    assert json.loads(answer.data)["server"]["name"] == "tdkt"


async def test_nobody_comes_in_without_a_key(bus: RunningNats) -> None:
    import nats

    with pytest.raises(nats.errors.Error):
        await nats.connect(bus.url, allow_reconnect=False, max_reconnect_attempts=0)


# Outsiders


async def test_the_sample_reader_reads_public_facts_and_replays_them(bus: RunningNats) -> None:
    errors: list[str] = []
    plans = await bus.connect("plans")
    for number in range(3):
        await plans.jetstream().publish("public.cai-rang.plans.task-completed", b"%d" % number)
    outsider = await bus.connect(OUTSIDER, errors=errors)
    jetstream = outsider.jetstream(prefix=OUTSIDER_API)
    subscription = await jetstream.pull_subscribe_bind(consumer=OUTSIDER, stream=PUBLIC)
    first = await subscription.fetch(3, timeout=2)
    await first[-1].ack_sync()
    info = await jetstream.consumer_info(PUBLIC, OUTSIDER)
    await jetstream.reset_consumer(PUBLIC, OUTSIDER, seq=1)
    again = await subscription.fetch(3, timeout=2)
    await plans.close()
    await outsider.close()

    assert info.ack_floor and info.ack_floor.stream_seq == first[-1].metadata.sequence.stream
    assert [message.data for message in again] == [message.data for message in first]
    assert errors == []


async def test_an_outsiders_reply_subject_does_not_lead_into_the_log(bus: RunningNats) -> None:
    """Within one account the server sends its answers to any reply subject, unchecked, and the log takes them in."""
    admin, outsider = await bus.connect(ADMIN), await bus.connect(OUTSIDER)
    before = await lengths(admin)
    for verb in ("INFO", "MSG.NEXT", "RESET"):
        for service in SERVICES:
            subject = f"{OUTSIDER_API}.CONSUMER.{verb}.{PUBLIC}.{OUTSIDER}"
            await outsider.publish(subject, b"", reply=f"{service}.evt.cai-rang.thing.1")
    await outsider.publish(f"$JS.ACK.{PUBLIC}.{OUTSIDER}.1.1.1.1.0", b"+NXT", reply="plans.evt.cai-rang.thing.1")
    await outsider.flush()
    await asyncio.sleep(0.3)
    after = await lengths(admin)
    await admin.close()
    await outsider.close()

    assert after == before


# Tools


async def lengths(admin: Client) -> dict[str, int]:
    return {name: (await admin.jetstream().stream_info(name)).state.last_seq for name in STREAMS}


async def try_publishing(bus: RunningNats, user: str, subjects: list[str]) -> set[str]:
    """Publish to each subject as the user; return those that the server denied."""
    errors: list[str] = []
    connection = await bus.connect(user, errors=errors)
    for subject in subjects:
        await connection.publish(subject, b"", reply=f"{inbox_prefix(user)}.x")
    await connection.flush()
    await asyncio.sleep(0.1)
    await connection.close()
    told = " ".join(errors).lower()
    return {subject for subject in subjects if f'"{subject}"'.lower() in told}


async def publish_batch(connection: Client, subject: str, bodies: list[bytes]) -> dict[str, int]:
    """Store the bodies as one atomic batch; return the acknowledgement."""
    batch = connection.new_inbox()[-22:]
    for number, body in enumerate(bodies, 1):
        headers = {**EVENT, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if number == len(bodies):
            headers["Nats-Batch-Commit"] = "1"
            ack = json.loads((await connection.request(subject, body, headers=headers, timeout=10)).data)
            assert "error" not in ack, ack
            return dict(ack)
        await connection.publish(subject, body, headers=headers)
    raise AssertionError("an empty batch")


async def load_batch(connection: Client, subject: str, *, consumer_stream: str = "PLANS") -> list[bytes]:
    """Return an aggregate's events by one direct get."""
    inbox = connection.new_inbox()
    subscription = await connection.subscribe(inbox)
    request = json.dumps({"seq": 1, "next_by_subj": subject, "batch": 1000}).encode()
    await connection.publish(f"$JS.API.DIRECT.GET.{consumer_stream}", request, reply=inbox)
    bodies: list[bytes] = []
    while True:
        message = await subscription.next_msg(timeout=2)
        if (message.headers or {}).get("Status"):
            return bodies
        bodies.append(message.data)


def test_the_registry_names_each_reader_once() -> None:
    assert len(set(CONSUMERS)) == len(CONSUMERS)
    assert Topology(processes=(Process("x", None, ()),), edges=(), outsiders=()).event_streams == ()
