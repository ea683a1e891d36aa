"""Fifty people at work in the console: board, own work, a task, a report; how long each page takes.

Real portal and services; each person opens a page every few seconds, as people do, and pauses are random. Times
are those of the whole page over HTTP on the same machine, on which the people themselves are simulated, too; of the
board also the server's own, from its traces, for which the bar was set.
"""

import asyncio
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Mapping, Set
from pathlib import Path

import httpx2

from benchmarks.city import LAST_DAY, YEAR, City, build, caught_up, unit_id
from benchmarks.ground import Ground
from benchmarks.measure import Figure, figure, percentile
from shared.accounts import Accounts
from shared.types import DISTRICTS, Grant, Role
from tests.portal.accounts_at import QUICK_HASHER
from tests.support.services import running_services

BAR_MS = 150.0
SERVICES = ("plans", "nominations", "scoring", "notifications", "portal")
# What people do, of a hundred: they look far more often than they write.
MIX = {"board": 35, "work": 35, "task": 20, "report": 10}
_WRITTEN_S_MAX = 10
_PASSWORD = "mot-mat-khau-du-dai"  # noqa: S105 - of accounts that live as long as the measurement
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


async def measure(ground: Ground, *, city: City, people: int, seconds: float, pause_s: float) -> list[Figure]:
    """Return the median and the 95th percentile of each kind of page, in milliseconds."""
    with running_services(ground.folder, SERVICES, bus=ground.bus, day=LAST_DAY) as system:
        await _create_accounts(ground, people, city)
        writer = await ground.bus.connect("plans")
        last_seq = await build(writer, city)
        await writer.close()
        for name in ("plans", "nominations", "scoring", "notifications"):
            await caught_up(system.url(name), last_seq)
        # One after another, and before anything is timed: a password takes a tenth of a second of processor time.
        clients = [await _sign_in(system.url("portal"), number) for number in range(people)]
        took: dict[str, list[float]] = defaultdict(list)
        boards: list[str] = []
        ends_at = time.monotonic() + seconds
        await asyncio.gather(
            *(_work(client, number, city, took, boards, ends_at, pause_s) for number, client in enumerate(clients))
        )
        await asyncio.gather(*(client.aclose() for client in clients))
        at_server = await _at_server(ground.bus.settings.data_dir / "traces" / "portal.jsonl", set(boards))
    return [
        *(figure(f"{kind}, p50, {people} people", [percentile(took[kind], 0.5)], unit="ms") for kind in MIX),
        *(figure(f"{kind}, p95, {people} people", [percentile(took[kind], 0.95)], unit="ms") for kind in MIX),
        figure(f"board at the server, p50, {people} people", [percentile(at_server, 0.5)], unit="ms"),
        figure(
            f"board at the server, p95, {people} people",
            [percentile(at_server, 0.95)],
            unit="ms",
            bar=BAR_MS,
            at_least=False,
        ),
    ]


async def _create_accounts(ground: Ground, people: int, city: City) -> None:
    accounts = await Accounts.of(ground.bus.settings.model_copy(update={"process": "portal"}), hasher=QUICK_HASHER)
    try:
        for number in range(people):
            district = DISTRICTS[number % len(DISTRICTS)]
            grant = Grant(role=Role.UNIT_CLERK, district=district, unit=unit_id(_own_task(number, city) % city.units))
            await accounts.create(f"p{number}", f"Người {number}", _PASSWORD, [grant], f"p{number}")
    finally:
        await accounts.close()


def _own_task(number: int, city: City) -> int:
    """Return a task of the person's unit; every tenth task is never completed, so it can be reported on for ever."""
    return 10 * (1 + number // len(DISTRICTS) % (city.tasks // 10))


async def _sign_in(url: str, number: int) -> httpx2.AsyncClient:
    client = httpx2.AsyncClient(
        base_url=url, headers={"accept": "text/html", "origin": url}, follow_redirects=True, timeout=30
    )
    signed = await client.post("/dang-nhap", data={"login": f"p{number}", "password": _PASSWORD, "tiep": "/"})
    assert signed.status_code == 200, signed.text
    return client


async def _work(
    client: httpx2.AsyncClient,
    number: int,
    city: City,
    took: Mapping[str, list[float]],
    boards: list[str],
    ends_at: float,
    pause_s: float,
) -> None:
    """Open pages until the end; `boards` are the traces of those that were boards."""
    chance = random.Random(number)  # noqa: S311 - the same people in every run
    district = DISTRICTS[number % len(DISTRICTS)]
    is_first = True
    while is_first or time.monotonic() < ends_at:
        for kind in MIX if is_first else chance.choices(list(MIX), list(MIX.values())):
            await asyncio.sleep(chance.uniform(0, 2 * pause_s))
            task = _own_task(number, city) if kind == "report" else chance.randint(1, city.tasks)
            took_ms, trace = await _open(client, kind, district, task, unit_id(task % city.units))
            took[kind].append(took_ms)
            if kind == "board":
                boards.append(trace)
        is_first = False


async def _open(client: httpx2.AsyncClient, kind: str, district: str, task: int, unit: str) -> tuple[float, str]:
    """Return the milliseconds that the page takes, and its trace; of a report, from sending it to the page after it."""
    path = {
        "board": f"/ke-hoach/{district}/{YEAR}",
        "work": "/",
        "task": f"/nhiem-vu/{district}/{YEAR}/{task}",
        "report": f"/nhiem-vu/{district}/{YEAR}/{task}/bao-cao",
    }[kind]
    began = time.perf_counter()
    answer = await client.get(path)
    if kind == "report":
        fields = dict(_HIDDEN.findall(answer.text)) | {"percent": "60", "text": "Đang làm", "unit_id": unit}
        began = time.perf_counter()
        answer = await client.post(path, data=fields)
    took_ms = 1000 * (time.perf_counter() - began)
    assert answer.status_code == 200, f"{kind}: {answer.status_code}"
    return took_ms, answer.headers["x-trace-id"]


async def _at_server(path: Path, traces: Set[str]) -> list[float]:
    """Return the milliseconds that the requests of the traces took at the portal, as it has written them down."""
    for _ in range(_WRITTEN_S_MAX):
        found = await asyncio.to_thread(_of_roots, path, traces)
        if len(found) == len(traces):
            return found
        await asyncio.sleep(1)  # spans are written in batches
    raise AssertionError(f"{len(traces)} boards, and {len(found)} of them in {path}")


def _of_roots(path: Path, traces: Set[str]) -> list[float]:
    whole = path.read_text().rpartition("\n")[0]
    return [
        (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e6
        for line in whole.splitlines()
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
        if span["traceId"] in traces and not span.get("parentSpanId")
    ]
