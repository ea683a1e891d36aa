"""The systemd units: well formed, and what they start, stop and check runs as they say it."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sysconfig
import time
from configparser import ConfigParser
from pathlib import Path

import httpx2
import pytest

from services.cli.up import PROGRAMS
from tests.support.nats import free_port, running_nats

pytestmark = pytest.mark.same_on_both("units start processes, and look at no row")

UNITS = Path(__file__).parents[2] / "deploy/systemd"
BIN = sysconfig.get_path("scripts")
INSTALLED = "/opt/tdkt/bin"
READY_S_MAX = 60.0


class Unit(ConfigParser):
    """A unit file: names of settings keep their case, `%` is systemd's."""

    def __init__(self, name: str) -> None:
        """Read the unit."""
        super().__init__(interpolation=None, strict=False)
        self.read(UNITS / name)

    def optionxform(self, optionstr: str) -> str:
        """Keep the case."""
        return optionstr

    def command(self, setting: str, state: Path, instance: str = "") -> list[str]:
        """Return the command as systemd would run it with the state folder there and the programs here."""
        text = self["Service"][setting].replace("%S", str(state)).replace("%i", instance)
        return shlex.split(text.replace(INSTALLED, BIN))


def test_the_units_are_well_formed(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    assert analyze, "systemd-analyze is missing: apt-get install -y systemd"
    for path in UNITS.iterdir():
        (tmp_path / path.name.replace("@.", "@plans.")).write_text(path.read_text().replace(INSTALLED, BIN))
    units = sorted(str(path) for path in tmp_path.iterdir())
    told = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if str(tmp_path) in line or "tdkt" in line] == []
    assert told.returncode == 0, told.stderr


def test_the_system_starts_is_checked_and_stops_by_its_units(tmp_path: Path) -> None:
    port, nats_port = free_port(), free_port()
    unit = Unit("tdkt.service")
    argv = [*unit.command("ExecStart", tmp_path), "--nats-port", str(nats_port)]
    argv[argv.index("--port") + 1] = str(port)
    environment = {**os.environ, "TDKT_DATA_DIR": str(tmp_path / "tdkt")}
    with (tmp_path / "up.log").open("wb") as log:
        started = subprocess.Popen(argv, stdout=log, stderr=log, env=environment)
    try:
        _wait_ready(port, started, tmp_path / "up.log")
        checked = subprocess.run(
            Unit("tdkt-verify.service").command("ExecStart", tmp_path), check=False, env=environment
        )
        assert checked.returncode == 0
        (tmp_path / "passphrase").write_text("một cụm mật khẩu dài để thử")
        backup = Unit("tdkt-backup.service").command("ExecStart", tmp_path)
        with_passphrase = {**environment, "TDKT_BACKUP_PASSPHRASE_FILE": str(tmp_path / "passphrase")}
        assert subprocess.run(backup, check=False, env=with_passphrase).returncode == 0
        assert list((tmp_path / "tdkt-backups").iterdir()) and list((tmp_path / "tdkt-person-keys").iterdir())
        subprocess.run(unit.command("ExecStop", tmp_path), check=True, env=environment, timeout=60)
        assert started.wait(30) == 0
    finally:
        started.kill()


@pytest.mark.parametrize("name", [program.name for program in PROGRAMS])
def test_each_process_starts_and_stops_by_its_unit(tmp_path: Path, name: str) -> None:
    unit = Unit("tdkt@.service")
    with running_nats(tmp_path) as bus:
        port = free_port()
        environment = {
            **os.environ,
            "TDKT_DATA_DIR": str(bus.settings.data_dir),
            "TDKT_NATS_URL": bus.url,
            "TDKT_NATS_MONITOR_URLS": bus.monitor_url,
            "TDKT_DATABASE_URL": bus.settings.database_url,
            "TDKT_HTTP_PORT": str(port),
        }
        with (tmp_path / "log").open("wb") as log:
            argv = unit.command("ExecStart", tmp_path, name)
            started = subprocess.Popen(argv, stdout=log, stderr=log, env=environment)
        try:
            _wait_ready(port, started, tmp_path / "log")
            started.send_signal(signal.SIGTERM)
            seconds = int(re.sub(r"\D", "", unit["Service"]["TimeoutStopSec"]))
            assert started.wait(seconds) == 0
        finally:
            started.kill()


def test_a_node_starts_by_its_unit_with_the_configuration_that_is_written_for_it(tmp_path: Path) -> None:
    port, monitor = free_port(), free_port()
    argv = [f"{BIN}/tdkt", "bus", "config", "nats-1", "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--monitor-port", str(monitor), "--store", str(tmp_path / "store"), "--data", str(tmp_path / "keys")]
    told = subprocess.run(argv, check=True, capture_output=True)
    (tmp_path / "nats.conf").write_bytes(told.stdout)
    command = Unit("tdkt-nats.service").command("ExecStart", tmp_path)
    assert command[1:] == ["-c", "/etc/tdkt/nats.conf"]
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen([command[0], "-c", tmp_path / "nats.conf"], stdout=log, stderr=log)
    try:
        _wait_ready(monitor, started, tmp_path / "log", path="/healthz")
    finally:
        started.kill()


def _wait_ready(port: int, process: "subprocess.Popen[bytes]", log: Path, path: str = "/readyz") -> None:
    until = time.monotonic() + READY_S_MAX
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}{path}", timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-3000:])
