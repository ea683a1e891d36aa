"""Memory and time of a rebuild as the log grows: each size in a process of its own, whose peak is its own."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from benchmarks.ground import Ground, fill, plans_database, plans_projector, silent
from benchmarks.measure import Figure, figure
from benchmarks.rebuild import CONSUMER
from shared.garbage import collect_seldom
from shared.headers import quicken
from shared.readmodel import rebuild
from shared.settings import Settings
from shared.threads import hand_over_soon
from shared.topology import connect

MB_BAR = 300.0
_CHILD_S_MAX = 900.0


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What one rebuild took: peak of resident memory of its process in MB, seconds of the rebuild, events."""

    peak_mb: float
    seconds: float
    events: int


async def measure(ground: Ground, *, sizes: Sequence[int]) -> list[Figure]:
    """Return the peak of memory at each size, and the pace of each as a share of the pace of the first."""
    client = await ground.bus.connect("plans")
    figures: list[Figure] = []
    try:
        found: dict[str, list[Rebuilt]] = {"SQLite": [], "PostgreSQL": []}
        filled = 0
        for size in sizes:
            await fill(client, size, first=filled)
            filled = size
            for name, results in found.items():
                results.append(await _in_a_process(ground, _address(ground, name, size)))
                assert results[-1].events == size
        for name, results in found.items():
            for size, one in zip(sizes, results, strict=True):
                figures.append(
                    figure(
                        f"peak memory, {size:,} events into {name}",
                        [one.peak_mb],
                        unit="MB",
                        bar=MB_BAR,
                        at_least=False,
                    )
                )
            first = results[0].events / results[0].seconds
            for size, one in zip(sizes[1:], results[1:], strict=True):
                pace = one.events / one.seconds / first
                figures.append(figure(f"pace at {size:,} events ÷ at {sizes[0]:,}, {name}", [pace]))
        return figures
    finally:
        await client.close()


def _address(ground: Ground, name: str, size: int) -> str:
    if name == "PostgreSQL":
        return ground.postgres.create_database()
    return f"sqlite+aiosqlite:///{ground.folder / f'growth-{size}.db'}"


async def _in_a_process(ground: Ground, url: str) -> Rebuilt:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.growth",
        ground.bus.settings.model_dump_json(),
        url,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), _CHILD_S_MAX)
    finally:
        if child.returncode is None:
            child.kill()
    assert child.returncode == 0, "the process of the rebuild has failed"
    return Rebuilt(**json.loads(output))


async def _rebuild(settings: Settings, url: str) -> Rebuilt:
    client = quicken(await connect(settings, "plans"))
    collect_seldom()
    hand_over_soon()
    async with plans_database(url) as database:
        projector = plans_projector(client, database)
        report = await rebuild(client, database, projector, consumer=CONSUMER, progress=silent)
    await client.close()
    return Rebuilt(peak_mb=_peak_mb(), seconds=report.seconds, events=report.events)


def _peak_mb() -> float:
    # What getrusage calls the peak begins with that of the parent, whose image this process was for a moment.
    status = Path("/proc/self/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024


if __name__ == "__main__":
    done = uvloop.run(_rebuild(Settings.model_validate_json(sys.argv[1]), sys.argv[2]))
    sys.stdout.write(json.dumps(asdict(done)))
