"""A running system for tests of the command line: a real server, some services, and `tdkt` beside them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
import uvloop

from services.cli import app
from services.cli.demo import load
from shared.settings import Settings
from tests.support.forks import Ended, run_forked
from tests.support.nats import RunningNats, running_nats
from tests.support.services import running_services

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The server with the services that run on it."""

    bus: RunningNats

    def environment(self) -> dict[str, str]:
        """Return the environment of a command on this system."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TDKT_")}
        return {
            **ours,
            "TDKT_PROCESS": "cli",
            "TDKT_DATA_DIR": str(self.bus.settings.data_dir),
            "TDKT_NATS_URL": self.bus.url,
            "TDKT_NATS_MONITOR_URLS": self.bus.monitor_url,
            "TDKT_DATABASE_URL": self.bus.settings.database_url,
            "PYTHONPATH": str(ROOT),
        }

    def tdkt(self, *arguments: str, stdin: str = "") -> Ended:
        """Run `tdkt` with the arguments."""

        def main() -> None:
            sys.argv = ["tdkt", *arguments]
            app.main()

        return run_forked(main, self.environment(), stdin=stdin)

    def load_demo(self) -> Ended:
        """Run the demo's loader, as `tdkt up --demo` does."""
        return run_forked(lambda: typer.echo("\n".join(uvloop.run(load(Settings())))), self.environment())


@contextmanager
def running_system(folder: Path, *services: str) -> Iterator[System]:
    """Run the services on 06/02/2020; they answer when this returns."""
    with running_nats(folder) as bus, running_services(folder, services, bus=bus):
        yield System(bus=bus)
