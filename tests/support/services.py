"""Real service processes for tests, forked on a real nats-server.

    def test_something(tmp_path: Path) -> None:                     # or an async test: the helper suits both
        with running_services(tmp_path, ("plans", "portal")) as system:
            system.url("portal")                                    # http://127.0.0.1:<port>
            system.settings_of("plans")                             # what the supervisor would hand to it
            client = await system.bus.connect("portal")             # nats-py client with the rights of that user
            ...
            system.kill("plans"); system.start("plans")             # what a crash leaves is what starts again

`bus` takes a server that runs already (`running_nats`), else one is started. The business clock
stands at 06/02/2020 08:00 unless `day` says otherwise; `day=None` is real time. Logs of the processes
lie under `<data folder>/log/<name>.log` and are shown when one does not become ready.
"""

import gc
import http.client
import importlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType

import uvloop

from shared.clock import Clock, clock_at, load_clock, save_clock
from shared.settings import Settings
from tests.support.forks import fork
from tests.support.nats import RunningNats, free_port, running_nats

DAY = date(2020, 2, 6)
READY_S_MAX = 30.0
MODULES = {
    "plans": "services.plans.app",
    "nominations": "services.nominations.app",
    "scoring": "services.scoring.app",
    "notifications": "services.notifications.app",
    "portal": "services.portal.app",
    "archive": "shared.archive",
}
# What a process imports only once it runs: here once, not in every fork.
IMPORTED_LATER = (
    "alembic.command",
    "opentelemetry.exporter.otlp.json.file",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


@dataclass(slots=True, kw_only=True)
class RunningServices:
    """Forked processes with a life: each can be stopped, killed and started again on the same port and data."""

    bus: RunningNats
    ports: dict[str, int]
    modules: dict[str, ModuleType]
    pids: dict[str, int] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Return the settings that all processes share."""
        return self.bus.settings

    @property
    def clock(self) -> Clock:
        """Return the business clock of the processes."""
        return load_clock(self.settings.clock_path)

    def settings_of(self, name: str) -> Settings:
        """Return the settings of one process."""
        return self.settings.model_copy(update={"process": name, "http_port": self.ports[name]})

    def url(self, name: str) -> str:
        """Return the HTTP address of a process."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def log(self, name: str) -> str:
        """Return the end of what the process wrote."""
        path = self._log_path(name)
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def start(self, *names: str) -> None:
        """Fork the processes and return when all are ready."""
        for name in names:
            self.pids[name] = self._fork(name)
        until = time.monotonic() + READY_S_MAX
        for name in names:
            while not self._is_ready(name):
                ended, _ = os.waitpid(self.pids[name], os.WNOHANG)
                if ended or time.monotonic() > until:
                    if ended:
                        del self.pids[name]
                    raise AssertionError(f"{name} is not ready: {self.log(name)}")
                time.sleep(0.02)

    def stop(self, name: str, *, timeout_s: float = 10.0) -> float:
        """Stop the process as the supervisor would; return the seconds it took."""
        return self._end(name, signal.SIGTERM, timeout_s)

    def kill(self, name: str) -> None:
        """Stop the process as a crash would."""
        self._end(name, signal.SIGKILL, 10.0)

    def _end(self, name: str, number: signal.Signals, timeout_s: float) -> float:
        pid = self.pids.pop(name, 0)
        if not pid:
            return 0.0
        began = time.monotonic()
        os.kill(pid, number)
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if time.monotonic() - began > timeout_s:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                raise AssertionError(f"{name} did not end within {timeout_s} s: {self.log(name)}")
            time.sleep(0.01)
        return time.monotonic() - began

    def _fork(self, name: str) -> int:
        main = self.modules[name].main
        return fork(lambda: uvloop.run(main(self.settings_of(name))), log=str(self._log_path(name)))

    def _log_path(self, name: str) -> Path:
        return self.settings.data_dir / "log" / f"{name}.log"

    def _is_ready(self, name: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def running_services(
    tmp_path: Path,
    names: Sequence[str],
    *,
    bus: RunningNats | None = None,
    day: date | None = DAY,
) -> Iterator[RunningServices]:
    """Run the named processes (plans, nominations, scoring, notifications, portal, archive) and wait for `/readyz`."""
    modules = {name: importlib.import_module(MODULES[name]) for name in names}
    for later in IMPORTED_LATER:
        importlib.import_module(later)
    if "portal" in names:
        # Imported here: what measures the memory of a service must not hold the portal as well.
        environment = importlib.import_module("services.portal.shell").templates()
        for template in environment.list_templates():
            environment.get_template(template)
    # What is there now is looked at by no collection any more: neither in the forks, nor in the next test's.
    gc.collect()
    gc.freeze()
    with ExitStack() as stack:
        server = bus or stack.enter_context(running_nats(tmp_path))
        if day is not None:
            save_clock(server.settings.clock_path, clock_at(day))
        (server.settings.data_dir / "log").mkdir(exist_ok=True)
        system = RunningServices(bus=server, ports={name: free_port() for name in names}, modules=modules)
        try:
            system.start(*names)
            yield system
        finally:
            for name in ("portal", *names):
                if name in system.pids:
                    system.kill(name)
