"""A real PostgreSQL for tests, and which database a test's folder has.

    def test_something(tmp_path: Path) -> None:
        settings = settings_in(tmp_path)                              # `running_nats` and the like do it themselves
        database = Database(settings.sql_url("plans"), "plans")

    def test_of_the_server_itself(tmp_path: Path) -> None:
        with running_postgres() as server:                            # a server of one's own: 0.9 s
            url = server.create_database()
            server.restart()                                          # as a crash does it, with recovery

`pytest --database postgresql` starts one server for the session; `database_url(folder)` then gives every
data folder an empty database of its own, the same one each time it is asked (40 ms). On SQLite it is "",
which is what `Settings` takes for files in the data folder. The server sorts as Vietnamese does, so that a
statement which relies on the server's collation shows. It needs no rights: as root it runs as `postgres`.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shared.settings import Settings

READY_S_MAX = 20.0
_OWNER = "postgres"
_PR_SET_PDEATHSIG = 1
_session: "RunningPostgres | None" = None
_urls: dict[Path, str] = {}


@dataclass(slots=True, kw_only=True)
class RunningPostgres:
    """A server with a life: it can be stopped, killed and started again on the same data and socket."""

    folder: Path
    binaries: Path
    is_durable: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    _names: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://tdkt@/{name}?host={self.folder}"

    def create_database(self) -> str:
        """Create an empty database and return its address."""
        name = f"t{len(self._names) + 1}"
        self._names.append(name)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop the database, whoever is still connected to it."""
        name = url.split("/")[3].split("?")[0]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        """Start the server and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(self.binaries / "postgres"),
                    "-D",
                    f"{self.folder}/data",
                    "-k",
                    str(self.folder),
                    "-c",
                    "listen_addresses=",
                    "-c",
                    f"fsync={'on' if self.is_durable else 'off'}",
                ],
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
                **_owner(),
            )
        until = time.monotonic() + READY_S_MAX
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres"), connect_timeout=2):
                return
            time.sleep(0.02)
        self.kill()
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop the server as an operator would."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop the server at once, without a checkpoint (`pg_ctl stop -m immediate`)."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Stop it at once and start it again (`pg_ctl restart -m immediate`): it recovers from its write-ahead log."""
        self.kill()
        self.start()

    def _end(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)


@contextmanager
def running_postgres(*, is_durable: bool = True) -> Iterator[RunningPostgres]:
    """Run a server on fresh data, without a port: its socket lies in its folder.

    One that is not durable survives a kill of its processes, not one of the machine; it drops databases without
    waiting for the disk.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="tdkt-postgres-"))
    try:
        if owner := _owner():
            shutil.chown(folder, *owner.values())
        locale = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=vi")
        subprocess.run(
            [
                str(binaries / "initdb"),
                "-D",
                f"{folder}/data",
                "-U",
                "tdkt",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "-N",
                *locale,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            **_owner(),
        )
        server = RunningPostgres(folder=folder, binaries=binaries, is_durable=is_durable)
        server.start()
        try:
            yield server
        finally:
            server.kill()  # its data go as well: there is nothing to write down
    finally:
        shutil.rmtree(folder)


def use_for_session(server: RunningPostgres | None) -> None:
    """Let every folder that asks from now on have its database on the server; None is SQLite again."""
    global _session
    _session = server


def database_url(folder: Path) -> str:
    """Return the setting `database_url` of a test's data folder: its own empty database, or "" on SQLite."""
    if _session is None:
        return ""
    if folder not in _urls:
        _urls[folder] = _session.create_database()
    return _urls[folder]


def settings_in(folder: Path, **values: Any) -> Settings:
    """Return settings of the data folder, on the database that the session is run on."""
    return Settings(data_dir=folder, database_url=database_url(folder), **values)


def drop_databases() -> None:
    """Drop what the folders of the last tests had."""
    while _urls:
        _, url = _urls.popitem()
        assert _session is not None
        _session.drop_database(url)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise RuntimeError("PostgreSQL is missing: apt-get install -y postgresql")
    return found[-1].parent if found else Path(str(on_path)).parent


def _owner() -> dict[str, Any]:
    """Return whom the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": _OWNER, "group": _OWNER}


def _die_with_parent() -> None:
    # A test run that is killed leaves no server behind.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
