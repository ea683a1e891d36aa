"""Three nodes and three replicas, as in production: a node may die, and nothing acknowledged dies with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import nats
import pytest

from services.plans.commands import COMMANDS, EstablishOrganisation, EstablishUnit, NewUnit
from services.plans.events import UnitKind
from shared.actor import create_key
from shared.bus import BusClient
from shared.clock import derived_id
from shared.eventstore import read_batch
from shared.topology import connect, inbox_prefix
from shared.types import CITY, Actor, Grant, Role
from tests.support.cluster import RunningCluster, running_cluster
from tests.support.services import RunningServices, running_services

pytestmark = pytest.mark.same_on_both("what a node that dies may lose is decided at the log")

ADMIN = Actor(account_id="admin", grants=(Grant(role=Role.ADMIN, district=CITY),))
UNITS = 60


async def test_any_node_may_die_while_commands_go_on(tmp_path: Path) -> None:
    with (
        running_cluster(tmp_path) as cluster,
        running_services(tmp_path, ("plans",), bus=cluster.bus()) as system,
    ):
        async with _client(system) as client:
            await _establish(client, system)
            sending = asyncio.create_task(_send_all(client, system))
            for number in (0, 1, 2):
                await asyncio.to_thread(_kill_and_return, cluster, number)
            sequences = await sending
        assert len(set(sequences)) == UNITS
        connection = await connect(cluster.settings, "cli")
        told = [message async for message in read_batch(connection, "PLANS")]
        await connection.close()
        ids = [message.headers["ce-id"] for message in told]
        assert len(ids) == len(set(ids))
        kept = {message.seq for message in told}
        assert set(sequences) <= kept, "acknowledged, and gone"


@asynccontextmanager
async def _client(system: RunningServices) -> AsyncIterator[BusClient]:
    """Ask as the command line does, but go on when a node is lost."""
    settings = system.settings
    connection = await nats.connect(
        settings.nats_url.split(","),
        nkeys_seed=str(settings.seed_path("cli")),
        inbox_prefix=inbox_prefix("cli"),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
    )
    yield BusClient(connection, issuer="cli", key=create_key(settings.data_dir / "actors", "cli"), timeout_s=5)
    await connection.close()


def _kill_and_return(cluster: RunningCluster, number: int) -> None:
    cluster.kill(number)
    cluster.start(number)


async def _establish(client: BusClient, system: RunningServices) -> None:
    command = EstablishOrganisation(
        district="cai-rang",
        code="919",
        name="Quận Cái Răng",
        short_name="Cái Răng",
        valid_from=date(2004, 1, 1),
        at=system.clock.now(),
    )
    await _sent(client, "establish-organisation", command, "organisation")


async def _send_all(client: BusClient, system: RunningServices) -> list[int]:
    """Send one command after the other, each again under its id until it is answered; return their places."""
    sequences = []
    for number in range(UNITS):
        unit = NewUnit(unit_id=f"phong-{number}", name=f"Phòng số {number}", short_name="Phòng", kind=UnitKind.WARD)
        command = EstablishUnit(district="cai-rang", unit=unit, at=system.clock.now())
        sequences.append(await _sent(client, "establish-unit", command, f"unit-{number}"))
        await asyncio.sleep(0.05)
    return sequences


async def _sent(client: BusClient, name: str, command: EstablishOrganisation | EstablishUnit, key: str) -> int:
    body = COMMANDS.encode(command)
    async with asyncio.timeout(60):
        while True:
            reply = await client.command("plans", name, body, ADMIN, command_id=derived_id("cluster", key))
            assert not reply.rejected, (reply.rejected, reply.detail)
            if reply.ok:
                return int(reply.ok["seq"])
            await asyncio.sleep(0.1)
