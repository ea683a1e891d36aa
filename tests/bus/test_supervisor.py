"""The supervisor with tiny processes and a real nats-server: what dies comes back, what stops leaves nothing."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.running import client_settings, down, is_running, read_run, status
from services.cli.up import DEMO_DAY
from shared.clock import load_clock
from shared.errors import Fault
from tests.support.nats import free_port

pytestmark = pytest.mark.same_on_both("the supervisor starts processes, and looks at no row")

ROOT = Path(__file__).parents[2]
WAIT_S_MAX = 20.0


class Supervised:
    """A supervisor of fakes in a session of its own, with what it has said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port, self.nats_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *flags: str, is_ready: bool = True) -> None:
        """Start it, and wait until it says that all is ready."""
        argv = [sys.executable, "-m", "tests.bus.fakes", str(self.data), str(self.port), str(self.nats_port), *flags]
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(argv, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
        if is_ready:
            wait_until(lambda: "ready: http" in self.said() or self.ended() is not None)
            assert self.ended() is None, self.said()

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def ended(self) -> int | None:
        assert self.process
        return self.process.poll()

    def wait(self) -> int:
        assert self.process
        return self.process.wait(WAIT_S_MAX)

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def pids(self) -> dict[str, int]:
        """Return the processes that run now."""
        processes: Any = read_run(self.data).get("processes", {})
        return {name: process["pid"] for name, process in processes.items() if process["pid"]}

    def is_all_ready(self) -> bool:
        states = status(self.data)
        return bool(states) and all(state.is_ready for state in states)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path)
    yield supervised
    if supervised.process and supervised.ended() is None:
        supervised.signal(signal.SIGTERM)
        supervised.wait()


def wait_until(is_true: Callable[[], bool], seconds_max: float = WAIT_S_MAX) -> None:
    until = time.monotonic() + seconds_max
    while not is_true():
        assert time.monotonic() < until, "has not happened in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # a zombie that nobody in this container collects is as good as gone
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_all_is_ready_and_says_where_and_for_whom(supervised: Supervised) -> None:
    supervised.start("demo")
    said = supervised.said()

    assert f"ready: http://127.0.0.1:{supervised.port}" in said
    assert said.index("ready: http") < said.index("sign-in: an / mat-khau (cli)")
    assert {state.name for state in status(supervised.data)} == {"nats", "plans", "archive", "portal"}
    assert supervised.is_all_ready()
    assert load_clock(supervised.data / "clock.json").today() == DEMO_DAY
    assert client_settings(supervised.data).nats_url == f"nats://127.0.0.1:{supervised.nats_port}"
    assert oct(supervised.data.stat().st_mode & 0o777) == "0o700"
    assert f"plans on nats://127.0.0.1:{supervised.nats_port}" in (supervised.data / "log/plans.log").read_text()


def test_a_missing_demo_hook_is_said(supervised: Supervised) -> None:
    supervised.start("demo", "hookless")

    assert "tests.bus.nowhere is missing, so no demo data were loaded" in supervised.said()


def test_a_second_start_goes_on_with_the_clock_and_is_quick(supervised: Supervised) -> None:
    supervised.start("demo")
    first = load_clock(supervised.data / "clock.json")
    supervised.signal(signal.SIGTERM)
    assert supervised.wait() == 0
    began = time.monotonic()
    supervised.start("demo")
    took_s = time.monotonic() - began

    assert load_clock(supervised.data / "clock.json") == first
    assert "created" not in supervised.said() and " unchanged" in supervised.said()
    assert took_s < 5.0, "imports of this interpreter included"


def test_a_killed_child_starts_again(supervised: Supervised) -> None:
    supervised.start()
    before = supervised.pids()
    os.kill(before["plans"], signal.SIGKILL)
    wait_until(lambda: supervised.pids().get("plans", before["plans"]) != before["plans"])
    wait_until(supervised.is_all_ready)

    after = supervised.pids()
    assert {name for name in before if before[name] != after[name]} == {"plans"}
    assert "plans: ended (SIGKILL), starts again in 0.2 s" in supervised.said()
    assert next(state.restarts for state in status(supervised.data) if state.name == "plans") == 1


def test_what_dies_again_and_again_waits_longer_each_time(supervised: Supervised) -> None:
    supervised.start()
    for _ in range(3):
        pid = supervised.pids()["plans"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: supervised.pids().get("plans", pid) != pid)  # type: ignore[misc]

    waits = [line.rsplit("in ", 1)[1] for line in supervised.said().splitlines() if "plans: ended" in line]
    assert waits == ["0.2 s", "0.4 s", "0.8 s"]


def test_a_killed_server_starts_again_on_what_it_had(supervised: Supervised) -> None:
    supervised.start()
    before = supervised.pids()
    os.kill(before["nats"], signal.SIGKILL)
    wait_until(lambda: supervised.pids().get("nats", before["nats"]) != before["nats"])
    wait_until(supervised.is_all_ready)

    assert {name for name, pid in supervised.pids().items() if before[name] != pid} == {"nats"}


def test_a_frozen_server_is_restarted(supervised: Supervised) -> None:
    supervised.start()
    before = supervised.pids()["nats"]
    os.kill(before, signal.SIGSTOP)  # it can neither answer nor obey SIGTERM
    wait_until(lambda: "nats: unhealthy, is restarted" in supervised.said())
    wait_until(lambda: supervised.pids().get("nats", before) != before, 25)
    wait_until(supervised.is_all_ready)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_all_in_order_and_leaves_nothing(supervised: Supervised, number: signal.Signals) -> None:
    supervised.start()
    pids = supervised.pids()
    supervised.signal(number)
    assert supervised.wait() == 0

    assert [pid for pid in pids.values() if is_alive(pid)] == []
    assert (supervised.data / "stopped").read_text().split() == ["portal", "plans", "archive"]
    assert not (supervised.data / "run.json").exists()
    assert not is_running(supervised.data)


def test_ctrl_c_in_a_terminal_reaches_only_the_supervisor(supervised: Supervised) -> None:
    supervised.start()
    pids = supervised.pids()
    groups = {os.getpgid(pid) for pid in pids.values()}
    assert supervised.process and os.getpgid(supervised.process.pid) not in groups
    os.killpg(supervised.process.pid, signal.SIGINT)
    os.killpg(supervised.process.pid, signal.SIGINT)  # impatience does not leave anything behind
    assert supervised.wait() == 0

    assert [pid for pid in pids.values() if is_alive(pid)] == []


def test_a_child_that_does_not_obey_is_killed(supervised: Supervised) -> None:
    supervised.start()
    pids = supervised.pids()
    os.kill(pids["plans"], signal.SIGSTOP)
    supervised.signal(signal.SIGTERM)
    assert supervised.wait() == 0

    assert [pid for pid in pids.values() if is_alive(pid)] == []


def test_a_killed_supervisor_takes_all_with_it(supervised: Supervised) -> None:
    supervised.start()
    pids = supervised.pids()
    supervised.signal(signal.SIGKILL)
    supervised.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in pids.values()))
    assert not is_running(supervised.data)
    assert status(supervised.data) == ()

    supervised.start()
    assert supervised.is_all_ready()


def test_a_second_supervisor_is_refused(supervised: Supervised, tmp_path: Path) -> None:
    supervised.start()
    (tmp_path / "other").mkdir()
    second = Supervised(tmp_path / "other")
    second.data = supervised.data
    second.start(is_ready=False)

    assert second.wait() == 3
    assert supervised.process
    assert second.said().startswith("up.in_use: ")
    assert second.said().rstrip().endswith(f"is in use by the supervisor {supervised.process.pid}")
    assert len(second.said().splitlines()) == 1
    assert supervised.is_all_ready()


@pytest.mark.parametrize("which", ["port", "nats_port"])
def test_a_busy_port_is_refused(supervised: Supervised, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        setattr(supervised, which, port)
        supervised.start(is_ready=False)
        assert supervised.wait() == 3

    assert supervised.said().splitlines()[-1].startswith(f"up.port_busy: port {port} is in use")


def test_a_process_that_does_not_start_fails_the_start_and_says_why(supervised: Supervised) -> None:
    supervised.start("broken", is_ready=False)
    assert supervised.wait() == 3

    last = supervised.said().splitlines()[-1]
    assert last.startswith("up.not_ready: ")
    assert last.endswith("RuntimeError: planted")
    assert not (supervised.data / "run.json").exists()


def test_a_full_disk_closes_the_intake_until_there_is_space_again(supervised: Supervised) -> None:
    supervised.start()
    closed = client_settings(supervised.data).intake_closed_path
    assert not closed.exists()

    (supervised.folder / "free").write_text("255")
    wait_until(closed.exists)
    (supervised.folder / "free").write_text("300")  # between the reserve and 1.2 times of it
    time.sleep(1.5)
    assert closed.exists()
    (supervised.folder / "free").write_text("310")
    wait_until(lambda: not closed.exists())

    wait_until(lambda: "commands are taken again" in supervised.said())
    assert "255 MiB free, less than 256 MiB: commands are refused" in supervised.said()
    assert supervised.is_all_ready()


def test_down_stops_and_waits(supervised: Supervised) -> None:
    supervised.start()
    pids = supervised.pids()

    import threading

    collector = threading.Thread(target=supervised.wait)
    collector.start()
    assert down(supervised.data)
    collector.join()
    assert [pid for pid in pids.values() if is_alive(pid)] == []
    assert not down(supervised.data)


def test_down_without_a_name_to_call_is_a_clear_fault(tmp_path: Path) -> None:
    with (tmp_path / "supervisor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Fault) as fault:
            down(tmp_path)

    assert fault.value.code == "up.not_stopped"


def test_the_command_line_says_what_runs(supervised: Supervised) -> None:
    supervised.start()
    ready = tdkt("status", "--data", str(supervised.data), "-o", "json")
    doctor = tdkt("doctor", "--data", str(supervised.data), "-o", "json")
    applied = tdkt("bus", "apply", "--data", str(supervised.data), "-o", "json")
    supervised.signal(signal.SIGTERM)
    supervised.wait()
    stopped = tdkt("status", "--data", str(supervised.data))

    assert ready.returncode == 0
    assert {process["name"]: process["is_ready"] for process in json.loads(ready.stdout)}["plans"] is True
    assert doctor.returncode == 0, doctor.stdout
    assert {row["outcome"] for row in json.loads(applied.stdout)} == {"unchanged"}
    assert stopped.returncode == 3
    assert tdkt("bus", "apply", "--data", str(supervised.data)).returncode == 3
    assert tdkt("up", "--port", "no").returncode == 2


def test_doctor_names_what_others_can_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "nkeys").mkdir(mode=0o700)
    seed = tmp_path / "nkeys" / "plans.seed"
    seed.touch(mode=0o644)
    answer = tdkt("doctor", "--data", str(tmp_path), "-o", "json")

    folder = next(check for check in json.loads(answer.stdout) if check["name"] == "thư mục dữ liệu")
    assert answer.returncode == 3
    assert folder["is_ok"] is False
    assert folder["advice"] == f"chmod 600 {seed}"


def tdkt(*arguments: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "services.cli.app", *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30)
