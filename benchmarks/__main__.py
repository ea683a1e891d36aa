"""`python -m benchmarks`: run the measurements, print the table, write the figures as JSON."""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import append, board, click, growth, imports, past, peer, rebuild
from benchmarks.city import LARGE, SMALL, City
from benchmarks.ground import Ground, fsync_p50_ms, ground, loop_ms
from benchmarks.measure import Figure
from benchmarks.profiling import profiles
from shared import telemetry
from shared.garbage import collect_seldom
from shared.settings import Settings
from shared.threads import hand_over_soon
from tests.support.postgres import RunningPostgres, running_postgres

Measure = Callable[[Ground], Coroutine[Any, Any, list[Figure]]]


_TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured."""

    rounds: int
    appends: int
    events: int
    clicks: int
    peer_appends: int
    peer_events: int
    sizes: tuple[int, ...]
    city: City
    people: int
    people_s: float
    pause_s: float
    import_rows: int = 5_000
    import_units: int = 100
    fsyncs: int = 200


QUICK = Scale(
    rounds=1,
    appends=20,
    events=400,
    clicks=3,
    peer_appends=5,
    peer_events=150,
    sizes=(200,),
    city=SMALL,
    people=2,
    people_s=0,
    pause_s=0,
    import_rows=30,
    import_units=6,
    fsyncs=10,
)
DEFAULT = Scale(
    rounds=5,
    appends=500,
    events=100_000,
    clicks=100,
    peer_appends=200,
    peer_events=8_000,
    sizes=(10_000, 100_000),
    city=LARGE,
    people=50,
    people_s=60,
    pause_s=5,
)
FULL = Scale(
    rounds=7,
    appends=1_000,
    events=100_000,
    clicks=200,
    peer_appends=300,
    peer_events=10_000,
    sizes=(10_000, 100_000, 1_000_000),
    city=LARGE,
    people=50,
    people_s=120,
    pause_s=5,
)


def measurements(scale: Scale) -> dict[str, tuple[int, Measure]]:
    """Return each measurement under its name, with the number of events it needs room for."""
    rounds = scale.rounds
    return {
        "append": (0, partial(append.measure, appends=scale.appends, rounds=rounds)),
        "rebuild": (scale.events, partial(rebuild.measure, events=scale.events, rounds=min(3, rounds))),
        "click": (0, partial(click.measure, clicks=scale.clicks, rounds=rounds)),
        "peer": (
            scale.peer_events,
            partial(peer.measure, appends=scale.peer_appends, events=scale.peer_events, rounds=min(3, rounds)),
        ),
        "growth": (max(scale.sizes), partial(growth.measure, sizes=scale.sizes)),
        "past": (0, partial(past.measure, city=scale.city, rounds=rounds)),
        "import": (
            0,
            partial(imports.measure, rows=scale.import_rows, units=scale.import_units, rounds=rounds),
        ),
        "board": (
            0,
            partial(board.measure, city=scale.city, people=scale.people, seconds=scale.people_s, pause_s=scale.pause_s),
        ),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return 0, whatever the figures say: they are read, not tested."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(measurements(QUICK)), help="leave out the others")
    parser.add_argument("--quick", action="store_true", help="so little of each that only its going is shown")
    parser.add_argument("--full", action="store_true", help="more rounds, and a log of a million events")
    parser.add_argument("--profiles", type=Path, metavar="FOLDER", help="write profiles there instead")
    parser.add_argument("--json", type=Path, default=Path("data/bench.json"), help="where the figures go")
    given = parser.parse_args(arguments)
    scale = QUICK if given.quick else FULL if given.full else DEFAULT
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # the servers are stopped on the way out
    folder = Path(tempfile.mkdtemp(prefix="tdkt-bench-"))
    # As in a service: spans are recorded and written, and the collector of garbage is told to look seldom.
    provider = telemetry.start(Settings(data_dir=folder, process="bench"))
    collect_seldom()
    hand_over_soon()
    try:
        with running_postgres() as postgres:
            if given.profiles:
                _profile(folder, postgres, scale, given.profiles)
            else:
                report = _measured(folder, postgres, scale, given.only or tuple(measurements(scale)))
                given.json.parent.mkdir(parents=True, exist_ok=True)
                given.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    finally:
        telemetry.stop(provider)
        shutil.rmtree(folder)
    return 0


def _profile(folder: Path, postgres: RunningPostgres, scale: Scale, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with ground(folder / "profile", postgres, events_max=scale.events) as servers:
        found = uvloop.run(profiles(servers, events=scale.events, appends=10 * scale.appends))
    for name, profile in found.items():
        (into / f"{name}.txt").write_text(profile.text(name))


def _measured(folder: Path, postgres: RunningPostgres, scale: Scale, names: Sequence[str]) -> dict[str, object]:
    began = time.monotonic()
    fsync_ms = fsync_p50_ms(folder, times=scale.fsyncs)
    _say(f"fsync of 1 KiB: {fsync_ms:.2f} ms (p50); {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    figures: list[Figure] = []
    loops_ms = [loop_ms()]
    for name, (events, measure) in measurements(scale).items():
        if name in names:
            with ground(folder / name, postgres, events_max=events) as servers:
                found = uvloop.run(measure(servers))
            figures += found
            for one in found:
                _say(line(one))
            loops_ms.append(loop_ms())
    pace = f"the same loop took the processor {min(loops_ms):.0f} … {max(loops_ms):.0f} ms"
    _say(f"{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}; {pace}")
    return {
        "fsync_p50_ms": round(fsync_ms, 3),
        "loops_ms": [round(one, 1) for one in loops_ms],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "scale": asdict(scale),
        "figures": [asdict(one) | {"holds": one.holds} for one in figures],
    }


def line(one: Figure) -> str:
    """Return the figure as a line of the table."""
    bar, verdict = "", ""
    if one.bar is not None:
        bar = f"{'≥' if one.at_least else '≤'} {one.bar:g}"
        verdict = "holds" if one.holds else "missed"
    spread = f"{one.least:.2f} … {one.greatest:.2f}" if one.rounds > 1 else ""
    return f"{one.name:<58} {one.median:8.2f} {one.unit:<2}  {spread:<18} {bar:<7} {verdict}".rstrip()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
