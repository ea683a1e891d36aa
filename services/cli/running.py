"""What runs in a data folder, for the commands: who holds it, where it listens, whether it is well.

The supervisor holds a lock on the folder as long as it lives and writes `run.json`; the commands
read both and need neither the bus nor an event loop for it.
"""

import contextlib
import fcntl
import http.client
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from shared.clock import real_now
from shared.errors import Fault, Json
from shared.settings import Settings

NATS = "nats"


def is_running(data_dir: Path) -> bool:
    """Return whether a supervisor holds the data folder."""
    try:
        with hold(data_dir):
            return False
    except FileNotFoundError:
        return False
    except Fault:
        return True


def read_run(data_dir: Path) -> Mapping[str, Json]:
    """Return what the supervisor says about itself; empty where it says nothing."""
    try:
        run: dict[str, Json] = json.loads((data_dir / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return run


def client_settings(data_dir: Path | str) -> Settings:
    """Return the settings of a command: of the running supervisor where there is one, else of the environment."""
    folder = Path(data_dir).absolute()
    run = read_run(folder)
    known = {key: run[key] for key in ("nats_url", "nats_monitor_urls", "http_port", "stream_max_mb") if key in run}
    return Settings(data_dir=folder).model_copy(update={"process": "cli", **known})


def down(data_dir: Path, *, timeout_s: float = 60.0) -> bool:
    """Stop the supervisor and wait for its end; return whether there was one. Raises Fault `up.not_stopped`."""
    if not is_running(data_dir):
        return False
    pid = read_run(data_dir).get("supervisor")
    if not isinstance(pid, int):
        raise Fault("up.not_stopped", f"{data_dir} is in use, but nobody says by whom: is it just starting?")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + timeout_s
    while is_running(data_dir):
        if time.monotonic() > until:
            raise Fault("up.not_stopped", f"the supervisor {pid} has not stopped within {timeout_s:.0f} s")
        time.sleep(0.05)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One supervised process, seen from outside."""

    name: str
    pid: int
    port: int
    is_ready: bool
    restarts: int
    uptime_s: int


def status(data_dir: Path) -> tuple[Status, ...]:
    """Return the state of every process; empty where no supervisor runs."""
    run = read_run(data_dir)
    processes = run.get("processes")
    if not isinstance(processes, dict) or not is_running(data_dir):
        return ()
    return tuple(_status(name, process, run) for name, process in processes.items() if isinstance(process, dict))


def _status(name: str, process: Mapping[str, Json], run: Mapping[str, Json]) -> Status:
    pid, port = int(str(process["pid"])), int(str(process["port"]))
    host = urlsplit(str(run["url"])).hostname
    url, path = (str(run["nats_monitor_urls"]), "/healthz") if name == NATS else (f"http://{host}:{port}", "/readyz")
    started_at = datetime.fromisoformat(str(process["started_at"])) if pid and process["started_at"] else None
    return Status(
        name=name,
        pid=pid,
        port=port,
        is_ready=bool(pid) and get_status(url, path, timeout_s=2.0) == http.HTTPStatus.OK,
        restarts=int(str(process["restarts"])),
        uptime_s=int((real_now() - started_at).total_seconds()) if started_at else 0,
    )


@contextlib.contextmanager
def hold(data_dir: Path) -> Iterator[int]:
    """Hold the data folder. Raises Fault `up.in_use` where another supervisor does."""
    lock = os.open(data_dir / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for _ in range(5):  # `tdkt status` holds it for an instant to see whether anybody else does
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.02)
        else:
            owner = read_run(data_dir).get("supervisor", "")
            raise Fault("up.in_use", f"{data_dir} is in use by the supervisor {owner}".rstrip())
        yield lock
    finally:
        os.close(lock)


def get_status(url: str, path: str, *, timeout_s: float = 0.5) -> int | None:
    """Return the status of a GET, or None where nobody answers in time."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
