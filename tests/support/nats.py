"""A real nats-server for tests: all users, the registry applied, fsync before every acknowledgement.

    def test_something(tmp_path: Path) -> None:              # or an async test: the helper suits both
        with running_nats(tmp_path) as bus:
            settings = bus.settings_of("plans")              # process, data_dir, nats_url, monitoring address
            ...

    async def test_another(tmp_path: Path) -> None:
        with running_nats(tmp_path) as bus:
            connection = await bus.connect("plans")          # nats-py client with the rights of that user
            ...
            bus.kill(); bus.start()                          # what a crash leaves is what starts again

A server takes about 0.4 s to be ready and applied. Ports are free ones; data, keys and the server's
log (`nats.log`) lie under `tmp_path`, so two servers in one test need two folders.
"""

import asyncio
import signal
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.aio.client import Client

from services.topology import TOPOLOGY
from shared.settings import Settings
from shared.topology import Node, Topology, apply, create_users, inbox_prefix, render_server_config, total_mb
from tests.support.postgres import settings_in

READY_S_MAX = 10.0


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True, kw_only=True)
class RunningNats:
    """A server with a life: it can be stopped, killed and started again on the same data and ports."""

    settings: Settings
    config_path: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Return the address for clients."""
        return self.settings.nats_url

    @property
    def monitor_url(self) -> str:
        """Return the address of `/varz`, `/healthz`."""
        return self.settings.nats_monitor_urls

    def settings_of(self, process: str) -> Settings:
        """Return the settings that the supervisor would hand to this process."""
        return self.settings.model_copy(update={"process": process})

    async def connect(self, user: str, *, errors: list[str] | None = None) -> Client:
        """Return a client with the rights and the inbox of the user; denials and other errors go to `errors`."""

        async def collect(error: Exception) -> None:
            if errors is not None:
                errors.append(str(error))

        return await nats.connect(
            self.url,
            name=user,
            nkeys_seed=str(self.settings.seed_path(user)),
            inbox_prefix=inbox_prefix(user),
            error_cb=collect,
            connect_timeout=5,
        )

    def start(self) -> None:
        """Start the server and return when it is healthy."""
        binary = Path(sysconfig.get_path("scripts")) / "nats-server"
        with (self.settings.data_dir / "nats.log").open("ab") as log:
            self.process = subprocess.Popen([binary, "-c", self.config_path], stdout=log, stderr=log)
        until = time.monotonic() + READY_S_MAX
        while time.monotonic() < until and self.process.poll() is None:
            if is_healthy(self.monitor_url):
                return
            time.sleep(0.02)
        self.stop()
        raise AssertionError((self.settings.data_dir / "nats.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop the server as an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop the server as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(10)


@contextmanager
def running_nats(
    tmp_path: Path, *, topology: Topology = TOPOLOGY, applied: bool = True, stream_max_mb: int = 64
) -> Iterator[RunningNats]:
    """Run a configured server; with `applied` every stream and consumer of the registry exists."""
    port, monitor_port = free_port(), free_port()
    settings = settings_in(
        tmp_path,
        nats_url=f"nats://127.0.0.1:{port}",
        nats_monitor_urls=f"http://127.0.0.1:{monitor_port}",
        stream_max_mb=stream_max_mb,
    )
    text = render_server_config(
        node=Node(port=port, monitor_port=monitor_port),
        store_dir=tmp_path / "nats",
        users=create_users(settings, topology),
        file_store_mb=2 * total_mb(topology, stream_max_mb),
    )
    config_path = tmp_path / "nats.conf"
    config_path.write_text(text)
    server = RunningNats(settings=settings, config_path=config_path)
    server.start()
    try:
        if applied:
            with ThreadPoolExecutor(1) as thread:  # the caller may have an event loop of its own
                thread.submit(asyncio.run, apply(settings, topology)).result(30)
        yield server
    finally:
        server.stop()


def is_healthy(monitor_url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{monitor_url}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
