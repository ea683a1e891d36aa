"""A running system for tests of the command line: a real server, some services, and `tdkt` beside them."""

import json
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shared.clock import clock_at, save_clock
from tests.support.nats import RunningNats, free_port, running_nats

ROOT = Path(__file__).parents[2]
READY_S_MAX = 60.0
_SERVICE = "import importlib, uvloop; from shared.settings import Settings; settings = Settings(); \
uvloop.run(importlib.import_module(f'services.{settings.process}.app').main(settings))"
_DEMO = "import uvloop; from services.cli.demo import load; from shared.settings import Settings; \
print('\\n'.join(uvloop.run(load(Settings()))))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The server with the services that run on it."""

    bus: RunningNats

    def environment(self, process: str = "cli", port: int = 0) -> dict[str, str]:
        """Return the environment of a process of this system."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TDKT_")}
        return {
            **ours,
            "TDKT_PROCESS": process,
            "TDKT_DATA_DIR": str(self.bus.settings.data_dir),
            "TDKT_NATS_URL": self.bus.url,
            "TDKT_NATS_MONITOR_URLS": self.bus.monitor_url,
            "TDKT_HTTP_PORT": str(port),
            "TDKT_DATABASE_URL": self.bus.settings.database_url,
            "PYTHONPATH": str(ROOT),
        }

    def tdkt(self, *arguments: str, stdin: str = "") -> Ended:
        """Run `tdkt` with the arguments."""
        command = Path(sysconfig.get_path("scripts")) / "tdkt"
        return _run([str(command), *arguments], self.environment(), stdin)

    def load_demo(self) -> Ended:
        """Run the demo's loader, as `tdkt up --demo` does."""
        return _run([sys.executable, "-c", _DEMO], self.environment())


def _run(argv: Sequence[str], environment: dict[str, str], stdin: str = "") -> Ended:
    done = subprocess.run(argv, env=environment, input=stdin, capture_output=True, text=True, timeout=60)
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


@contextmanager
def running_system(folder: Path, *services: str) -> Iterator[System]:
    """Run the services on 06/02/2020; they answer when this returns."""
    with running_nats(folder) as bus:
        save_clock(bus.settings.clock_path, clock_at(date(2020, 2, 6)))
        system = System(bus=bus)
        children = []
        try:
            for service in services:
                log = folder / f"{service}.log"
                argv = [sys.executable, "-c", _SERVICE]
                with log.open("wb") as file:
                    environment = system.environment(service, free_port())
                    children.append(subprocess.Popen(argv, env=environment, stdout=file, stderr=file))
            for service, child in zip(services, children, strict=True):
                _wait_until_started(folder / f"{service}.log", child)
            yield system
        finally:
            for child in children:
                child.terminate()
            for child in children:
                try:
                    child.wait(15)
                except subprocess.TimeoutExpired:
                    child.kill()


def _wait_until_started(log: Path, child: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_S_MAX
    while '"event": "started"' not in log.read_text():
        assert child.poll() is None and time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.05)
