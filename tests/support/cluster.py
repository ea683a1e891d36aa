"""Three real nats-servers as one cluster, configured by `tdkt bus config` as in production.

with running_cluster(tmp_path) as cluster:
    cluster.settings                       # three addresses, three replicas of each stream
    cluster.kill(0); cluster.start(0)      # a node crashes and comes back
"""

import asyncio
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.topology import TOPOLOGY
from shared.settings import Settings
from shared.topology import apply
from tests.support.nats import RunningNats, free_port, is_healthy
from tests.support.postgres import settings_in

NODES = ("nats-1", "nats-2", "nats-3")
READY_S_MAX = 40.0


@dataclass(slots=True, kw_only=True)
class RunningCluster:
    """The servers by number; each can be killed and started again on its own data."""

    settings: Settings
    folder: Path
    processes: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, *numbers: int) -> None:
        """Start the nodes and return when all that run are healthy."""
        binary = Path(sysconfig.get_path("scripts")) / "nats-server"
        for number in numbers:
            with (self.folder / f"{NODES[number]}.log").open("ab") as log:
                argv = [str(binary), "-c", str(self.folder / f"{NODES[number]}.conf")]
                self.processes[number] = subprocess.Popen(argv, stdout=log, stderr=log)
        urls = self.settings.nats_monitor_urls.split(",")
        until = time.monotonic() + READY_S_MAX
        while not all(is_healthy(urls[number]) for number in self.processes):
            if time.monotonic() > until:
                raise AssertionError("\n".join(path.read_text()[-1500:] for path in self.folder.glob("*.log")))
            time.sleep(0.1)

    def kill(self, number: int) -> None:
        """Stop the node as a crash would."""
        process = self.processes.pop(number)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def bus(self) -> RunningNats:
        """Return the cluster as one server, for `running_services`; its life stays here."""
        return RunningNats(settings=self.settings, config_path=self.folder / f"{NODES[0]}.conf")


@contextmanager
def running_cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    """Run three configured nodes on which every stream and consumer of the registry exists, three replicas each."""
    ports, monitors, routes = ([free_port() for _ in NODES] for _ in range(3))
    settings = settings_in(
        tmp_path,
        nats_url=",".join(f"nats://127.0.0.1:{port}" for port in ports),
        nats_monitor_urls=",".join(f"http://127.0.0.1:{port}" for port in monitors),
        stream_max_mb=64,
    ).model_copy(update={"replicas": 3})
    tdkt = str(Path(sysconfig.get_path("scripts")) / "tdkt")
    peers = ",".join(f"127.0.0.1:{port}" for port in routes)
    for name, port, monitor, route in zip(NODES, ports, monitors, routes, strict=True):
        options = {
            "--peers": peers,
            "--store": str(tmp_path / name),
            "--host": "127.0.0.1",
            "--port": str(port),
            "--monitor-port": str(monitor),
            "--cluster-port": str(route),
            "--data": str(settings.data_dir),
        }
        argv = [tdkt, "bus", "config", name, *(part for pair in options.items() for part in pair)]
        (tmp_path / f"{name}.conf").write_bytes(subprocess.run(argv, check=True, capture_output=True).stdout)
    cluster = RunningCluster(settings=settings, folder=tmp_path)
    try:
        cluster.start(0, 1, 2)
        with ThreadPoolExecutor(1) as thread:  # the caller may have an event loop of its own
            thread.submit(asyncio.run, apply(settings, TOPOLOGY)).result(120)
        yield cluster
    finally:
        for process in cluster.processes.values():
            process.kill()
            process.wait(10)
