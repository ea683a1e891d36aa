"""Spreadsheets that come in: thousands of rows over HTTP, from the upload until the last of them is in the log.

Real portal and plans. A district registers titles for persons, each sealed under a key of the person's own; and plans
are drafted, a file for each, since a plan has its limit of tasks. The seconds are those of a clerk's clicks: the upload
with its check, then the apply until its progress is at the end. Processor time is that of the portal, of plans, and of
the readers of files that the portal starts; on a busy machine it says more than the clock.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import httpx2

from benchmarks.city import City, build, caught_up, unit_id
from benchmarks.ground import Ground
from benchmarks.measure import Figure, figure
from services.cli.client import ok_of
from services.plans.commands import COMMANDS, DraftPlan, NewTask, OpenRegistration
from services.plans.events import PlanText
from services.plans.rules import TASKS_MAX
from services.portal.format import number
from shared.accounts import Accounts
from shared.actor import create_key
from shared.bus import BusClient
from shared.text import kebab
from shared.types import DISTRICTS, Actor, Grant, Role
from tests.office.sheets import xlsx
from tests.portal.accounts_at import QUICK_HASHER
from tests.support.services import RunningServices, running_services

BAR_S = 15.0
FIRST_YEAR = 2020
ROUNDS_MAX = 3  # each in years of its own, and titles are known up to 2023
DISTRICT = DISTRICTS[0]
_LOGIN, _PASSWORD = "pnv", "mot-mat-khau-du-dai"  # of an account that lives as long as the measurement
_GRANTS = tuple(Grant(role=Role.HOME_AFFAIRS, district=district) for district in DISTRICTS)
_LOOK_S = 1.0  # as the page of an import does
_LOOKS_MAX = 300
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_TITLES = ("Lao động tiên tiến", "Chiến sĩ thi đua cơ sở")
_FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
_MIDDLE_NAMES = ("Văn", "Thị", "Minh", "Ngọc", "Thanh", "Hoàng", "Quốc")
_GIVEN_NAMES = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Phúc", "Quyên", "Sơn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How long it took to look at a file and to apply it, and the processor time of each process; in seconds."""

    check_s: float
    apply_s: float
    processor_s: dict[str, float]

    @property
    def clock_s(self) -> float:
        """Return the seconds of both."""
        return self.check_s + self.apply_s


async def measure(ground: Ground, *, rows: int, units: int, rounds: int) -> list[Figure]:
    """Return the seconds, by the clock and of the processor, that so many registered titles and tasks take."""
    rounds = min(ROUNDS_MAX, rounds)
    async with running_imports(ground, rows=rows, units=units, rounds=rounds) as clerk:
        titles = [await clerk.brings_in_titles(rows, units, place) for place in range(rounds)]
        tasks = [await clerk.brings_in_tasks(rows, units, place) for place in range(rounds)]
    found = []
    for name, taken in (("registered titles", titles), ("tasks", tasks)):
        clock_s = [one.clock_s for one in taken]
        processor_s = [sum(one.processor_s.values()) for one in taken]
        found.append(figure(f"import of {rows} {name}", clock_s, unit="s", bar=BAR_S, at_least=False))
        found.append(figure(f"import of {rows} {name}, processor time", processor_s, unit="s"))
    return found


@asynccontextmanager
async def running_imports(ground: Ground, *, rows: int, units: int, rounds: int) -> "AsyncIterator[Clerk]":
    """Run portal and plans with units, rounds of registration and drafts; give a clerk who is signed in."""
    key = create_key(ground.bus.settings.data_dir / "actors", "cli")
    with running_services(ground.folder, ("plans", "portal"), bus=ground.bus) as system:
        await _create_account(ground)
        writer, connection = await ground.bus.connect("plans"), await ground.bus.connect("cli")
        try:
            await caught_up(system.url("plans"), await build(writer, City(units=units, tasks=0, years=0)))
            await _begin(BusClient(connection, issuer="cli", key=key), system, rows, rounds)
            async with httpx2.AsyncClient(
                base_url=system.url("portal"),
                headers={"accept": "text/html", "origin": system.url("portal")},
                follow_redirects=True,
                timeout=60,
            ) as client:
                answer = await client.post("/dang-nhap", data={"login": _LOGIN, "password": _PASSWORD, "tiep": "/"})
                assert answer.status_code == 200, answer.text[:300]
                yield Clerk(client, system)
        finally:
            await writer.close()
            await connection.close()


class Clerk:
    """Home affairs at the console, with files to bring in."""

    def __init__(self, client: httpx2.AsyncClient, system: RunningServices) -> None:
        self._client = client
        self._system = system

    async def brings_in_titles(self, rows: int, units: int, place: int) -> Taken:
        """Return what it takes to register so many persons in the year of the round in that place."""
        return await self._brings_in([(f"/dang-ky/{DISTRICT}/{FIRST_YEAR + place}", titles_file(rows, units), rows)])

    async def brings_in_tasks(self, rows: int, units: int, place: int) -> Taken:
        """Return what it takes to put so many tasks into the drafts of the round, a file for each."""
        files = []
        for draft, (district, year) in enumerate(drafts_of(rows, place)):
            size = min(TASKS_MAX, rows - draft * TASKS_MAX)
            files.append((f"/ke-hoach/{district}/{year}", tasks_file(size, units), size))
        return await self._brings_in(files)

    async def _brings_in(self, files: Sequence[tuple[str, bytes, int]]) -> Taken:
        check_s = apply_s = 0.0
        before = self._processor_s()
        for path, content, rows in files:
            began = time.perf_counter()
            shown = await self._upload(path, content)
            assert f"Áp dụng {number(rows)} thay đổi" in shown.text, shown.text[-3000:]
            looked_at = time.perf_counter()
            await self._apply(path, shown)
            check_s += looked_at - began
            apply_s += time.perf_counter() - looked_at
        after = self._processor_s()
        return Taken(
            check_s=check_s,
            apply_s=apply_s,
            processor_s={name: after[name] - before[name] for name in after},
        )

    async def _upload(self, path: str, content: bytes) -> httpx2.Response:
        form = await self._client.get(f"{path}/nhap-excel")
        fields = dict(_HIDDEN.findall(form.text)) | {"step": "check"}
        shown = await self._client.post(
            f"{path}/nhap-excel", data=fields, files={"document": ("danh sách.xlsx", content, "text/plain")}
        )
        assert shown.status_code == 200 and "Áp dụng" in shown.text, shown.text[-3000:]
        return shown

    async def _apply(self, path: str, shown: httpx2.Response) -> None:
        fields: dict[str, list[str]] = {}
        carried = next(one for one in shown.text.split("<form ") if 'value="apply"' in one)
        for name, value in _HIDDEN.findall(carried):
            fields.setdefault(name, []).append(value)
        page = await self._client.post(f"{path}/nhap-excel", data=fields)
        for _ in range(_LOOKS_MAX):
            assert page.status_code == 200 and "dừng lại giữa chừng" not in page.text, page.text[-3000:]
            if "job-progress" not in page.text:
                return
            await asyncio.sleep(_LOOK_S)
            page = await self._client.get(page.url)
        raise AssertionError(f"{path} has not ended")

    def _processor_s(self) -> dict[str, float]:
        return {name: processor_s(pid) for name, pid in self._system.pids.items()}


def processor_s(pid: int) -> float:
    """Return the seconds of processor time of a process, and of its children that have ended (proc(5))."""
    # The name of the process stands in parentheses and may hold blanks; utime is the twelfth field after it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def drafts_of(rows: int, place: int) -> list[tuple[str, int]]:
    """Return district and year of the drafts that so many tasks need in the round in that place."""
    plans = -(-rows // TASKS_MAX)
    years = -(-plans // len(DISTRICTS))
    first = FIRST_YEAR + place * years
    return [(DISTRICTS[draft % len(DISTRICTS)], first + draft // len(DISTRICTS)) for draft in range(plans)]


def titles_file(rows: int, units: int) -> bytes:
    """Return a workbook of titles for so many persons."""
    head = ("Đơn vị đăng ký", "Họ và tên", "Danh hiệu", "Chức vụ")
    body = (
        (f"Đơn vị {row % units}", _person(row), _TITLES[row % 2], f"Chuyên viên, tổ {row // units}")
        for row in range(rows)
    )
    return xlsx(head, *body, sheet="Danh hiệu")


def tasks_file(rows: int, units: int) -> bytes:
    """Return a workbook of so many tasks, each with one unit that leads and two that help."""
    head = ("STT", "Quý", "Nội dung", "Chủ trì", "Phối hợp", "Thời hạn")
    body = (
        (
            row + 1,
            f"Quý {('I', 'II', 'III', 'IV')[row % 4]}",
            f"Nhiệm vụ {row + 1}: tổ chức phát động, sơ kết phong trào thi đua",
            f"Đơn vị {row % units}",
            f"Đơn vị {(row + 1) % units}; {unit_id((row + 2) % units)}",
            "",
        )
        for row in range(rows)
    )
    return xlsx(head, *body, sheet="Nhiệm vụ")


def _person(row: int) -> str:
    """Return a name; no two are the same, since the year of birth stands with those that would be."""
    rest, given = divmod(row, len(_GIVEN_NAMES))
    rest, middle = divmod(rest, len(_MIDDLE_NAMES))
    rest, family = divmod(rest, len(_FAMILY_NAMES))
    return f"{_FAMILY_NAMES[family]} {_MIDDLE_NAMES[middle]} {_GIVEN_NAMES[given]} ({1960 + rest})"


async def _create_account(ground: Ground) -> None:
    accounts = await Accounts.of(ground.bus.settings.model_copy(update={"process": "portal"}), hasher=QUICK_HASHER)
    try:
        await accounts.create(_LOGIN, "Cán bộ Phòng Nội vụ", _PASSWORD, _GRANTS, _LOGIN)
    finally:
        await accounts.close()


async def _begin(bus: BusClient, system: RunningServices, rows: int, rounds: int) -> None:
    """Open the rounds of registration, and draft the plans that the tasks come into."""
    actor, at = Actor(account_id=_LOGIN, grants=_GRANTS), system.clock.now()
    first = NewTask(number=1, quarter=1, content="Ban hành kế hoạch", lead_units=(unit_id(0),))
    commands: list[OpenRegistration | DraftPlan] = []
    for place in range(rounds):
        year = FIRST_YEAR + place
        commands.append(OpenRegistration(district=DISTRICT, year=year, closes_on=date(year, 2, 28), at=at))
        for district, of_year in drafts_of(rows, place):
            text = PlanText(title=f"Kế hoạch thi đua, khen thưởng năm {of_year}", issuer="Ủy ban nhân dân quận")
            plan_id = str(of_year)
            commands.append(
                DraftPlan(district=district, plan_id=plan_id, year=of_year, text=text, tasks=(first,), at=at)
            )
    for command in commands:
        dated = replace(command, at=system.clock.now())
        position = ok_of(await bus.command("plans", kebab(type(command).__name__), COMMANDS.encode(dated), actor))
    await caught_up(system.url("plans"), int(position["seq"]))
