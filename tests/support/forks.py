"""Work done in a fork of the test's process, which has imported everything: to start Python anew costs a second each.

ended = run_forked(main, {"TDKT_DATA_DIR": ...}, stdin="...")   # main as of a console script
assert (ended.code, ended.json["changes"]) == (0, 0), ended.err
"""

import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from opentelemetry import trace
from opentelemetry.util._once import Once

from shared import telemetry

_POLL_S = 0.005


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


def run_forked(
    main: Callable[[], object], environment: Mapping[str, str], *, stdin: str = "", timeout_s: float = 60.0
) -> Ended:
    """Return how the work ended that sees nothing but this environment and input. Raises AssertionError after a while.

    `main` ends by returning, which is code 0, or by SystemExit.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        pid = fork(lambda: _as_program(main, environment), (given.fileno(), out.fileno(), err.fileno()))
        until = time.monotonic() + timeout_s
        try:
            while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
                assert time.monotonic() < until, f"did not end within {timeout_s:.0f} s: {_read(out)} {_read(err)}"
                time.sleep(_POLL_S)
        except BaseException:  # of pytest, too: nothing goes on behind a test that was given up
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        return Ended(code=os.waitstatus_to_exitcode(ended[1]), out=_read(out), err=_read(err))


def fork(work: Callable[[], None], streams: tuple[int, int, int] | None = None, *, log: str = "") -> int:
    """Return the pid of a fork that does the work and ends: on the descriptors given, or with its output in the log."""
    sys.stdout.flush()
    sys.stderr.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        if streams is None:
            written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            streams = (0, written, written)
        for target, source in enumerate(streams):
            os.dup2(source, target)
        # `closefd`: what Python had opened on them before belongs to the test.
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _forget_the_parent()
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001 - the edge of this process
        traceback.print_exc()
    finally:
        _leave(code)


def _leave(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _as_program(main: Callable[[], object], environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()


def _forget_the_parent() -> None:
    """Forget what was done in the process that forks.

    A provider of traces can be set once only, and how far a reader came there is nothing that this process will pass.
    """
    for gauge in (telemetry.CHECKPOINT, telemetry.LAG, telemetry.PARKED):
        gauge.clear()
    trace._TRACER_PROVIDER = None
    trace._TRACER_PROVIDER_SET_ONCE = Once()
    telemetry.tracer._real_tracer = None  # type: ignore[attr-defined]


def _read(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode())
