"""The benchmarks run: every measurement gives its figures. What they say is read by people and never tested."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import QUICK, line, measurements
from benchmarks.measure import Figure, figure, ratios

FIGURES = {
    "append": 4,
    "rebuild": 2,
    "click": 2,
    "peer": 4,
    "growth": 2 * (2 * len(QUICK.sizes) - 1),
    "past": 9,
    "import": 4,
    "board": 10,
}


@pytest.mark.sqlite_only("the benchmarks measure both databases themselves")
def test_every_measurement_gives_its_figures(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    done = _benchmarks("--quick", "--json", str(report))
    assert done.returncode == 0, done.stderr[-3000:]
    written = json.loads(report.read_text())
    assert written["fsync_p50_ms"] > 0
    assert len(written["loops_ms"]) == 1 + len(FIGURES) and min(written["loops_ms"]) > 0
    assert set(measurements(QUICK)) == set(FIGURES)
    assert len(written["figures"]) == sum(FIGURES.values())
    for one in written["figures"]:
        assert 0 < one["least"] <= one["median"] <= one["greatest"], one
        assert one["name"] in done.stdout
        assert (one["holds"] is None) == (one["bar"] is None)


@pytest.mark.sqlite_only("the benchmarks measure both databases themselves")
def test_the_profiles_name_the_functions_where_the_time_goes(tmp_path: Path) -> None:
    done = _benchmarks("--quick", "--profiles", str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    assert {path.name for path in tmp_path.iterdir()} == {"append.txt", "rebuild-postgresql.txt", "rebuild-sqlite.txt"}
    assert "shared/handler.py:Handler.handle" in (tmp_path / "append.txt").read_text()


def _benchmarks(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)


async def test_a_ratio_above_one_says_that_ours_is_faster() -> None:
    order: list[str] = []

    async def ours() -> float:
        order.append("ours")
        return 2.0

    async def theirs() -> float:
        order.append("theirs")
        return 3.0

    assert await ratios(ours, theirs, rounds=2) == [1.5, 1.5]
    assert order == ["theirs", "ours", "ours", "theirs"]


def test_a_bar_is_held_from_below_or_from_above() -> None:
    assert figure("pace", [0.1, 0.5, 0.4], bar=0.4).holds is True
    assert figure("pace", [0.1, 0.39, 0.4], bar=0.4).holds is False
    assert figure("way", [26.0], bar=25.0, at_least=False).holds is False
    assert figure("way", [25.0], bar=25.0, at_least=False).holds is True
    assert figure("pace", [0.4]).holds is None


def test_a_line_of_the_table_says_what_is_missed() -> None:
    missed: Figure = figure("pace", [0.1, 0.2, 0.3], bar=0.4)
    assert line(missed).split() == ["pace", "0.20", "×", "0.10", "…", "0.30", "≥", "0.4", "missed"]
