"""The demo: five districts, their accounts, and plan 30/KH-UBND of Cái Răng in force on 06/02/2020.

Everything goes through commands, as people would send it. Command ids are derived, so a second start
finds what the first one did and changes nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from argon2 import PasswordHasher

from services.cli.calendar import read_calendars
from services.cli.client import bus_client, ok_of
from services.cli.organisation import (
    DEMO,
    DEMO_ORGANISATION,
    Organisations,
    close_commands,
    directories_of,
    establish_commands,
    read_mapping,
    read_organisations,
)
from services.cli.plan import draft_of, read_plan
from services.plans import commands as plans
from services.plans.commands import IssuePlan, SubmitPlan
from services.scoring import commands as scoring
from services.scoring.documents import criteria_commands
from shared.accounts import Accounts
from shared.bus import BusClient
from shared.clock import Clock, derived_id, load_clock
from shared.codec import MessageCodec
from shared.errors import Fault, Rejected
from shared.settings import Settings
from shared.text import kebab
from shared.types import CITY, Actor, Grant, Role

PASSWORD = "thi-dua-can-tho"  # noqa: S105 - for the demo only, and printed at every start
PLAN_FILE = DEMO / "ke-hoach-30-kh-ubnd-2020.txt"
CRITERIA_FILE = DEMO / "criteria-2020.yaml"
CALENDAR_FILE = DEMO / "calendar-2020-2021.yaml"
PLAN_DISTRICT, PLAN_ID, PLAN_NUMBER, ISSUED_ON = "cai-rang", "2020", "30/KH-UBND", date(2020, 2, 6)
WAITS_MAX = 15  # of two seconds each, for a read model to show what was decided

_THERE_ALREADY = frozenset({"plan.exists", "calendar.exists", "criteria.frozen", "criteria.group_taken", "unit.closed"})

C = TypeVar("C")


async def load(settings: Settings) -> Sequence[str]:
    """Load organisations, accounts, calendars, the plan and the score sheets; return the lines about sign-ins.

    Raises Fault `demo.refused` where a step is refused, but for what somebody did before us, and Fault `bus.…`.
    """
    try:
        organisations = read_organisations(DEMO_ORGANISATION)
        accounts = demo_accounts(organisations)
        actors = await _create_accounts(settings, accounts)
        async with bus_client(settings) as bus:
            loader = _Loader(bus, actors, load_clock(settings.clock_path))
            await loader.establish(organisations)
            await loader.open_calendars()
            await loader.issue_plan(organisations)
            await loader.publish_criteria()
    except Rejected as refusal:
        raise Fault("demo.refused", f"{refusal.code} {dict(refusal.detail)}") from refusal
    return sign_in_lines(accounts)


# Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An account of the demo; its id is its login. `section`: the heading under which many alike are listed."""

    login: str
    full_name: str
    role: str
    grants: tuple[Grant, ...]
    section: str = ""


def demo_accounts(organisations: Organisations) -> tuple[DemoAccount, ...]:
    """Return the accounts of the demo; named after posts and units, never after persons."""
    districts = [entry for entry in organisations if entry["id"] != CITY]
    return (*_city_accounts(), *(account for entry in districts for account in _district_accounts(entry)))


def _city_accounts() -> Iterator[DemoAccount]:
    for login, full_name, word, role in (
        ("admin", "Quản trị tài khoản", "Quản trị tài khoản", Role.ADMIN),
        ("operator", "Vận hành hệ thống", "Vận hành hệ thống", Role.OPERATOR),
        ("auditor", "Cán bộ thanh tra, kiểm tra", "Thanh tra, kiểm tra (chỉ xem)", Role.AUDITOR),
        ("thanhpho", "Cán bộ Ban Thi đua - Khen thưởng thành phố", "Ban TĐKT thành phố", Role.CITY_BOARD),
        ("ct.thanhpho", "Chủ tịch UBND thành phố Cần Thơ", "Chủ tịch UBND thành phố", Role.CITY_CHAIR),
    ):
        yield DemoAccount(login=login, full_name=full_name, role=word, grants=(Grant(role=role, district=CITY),))


def _district_accounts(entry: Mapping[str, Any]) -> Iterator[DemoAccount]:
    """Yield the accounts of a district: complete for the one with the plan, the least for the others."""
    district, name = entry["id"], f"quận {entry['short_name']}"

    def grant(role: Role, unit: str | None = None) -> Grant:
        return Grant(role=role, district=district, unit=unit)

    def account(login: str, full_name: str, *grants: Grant, role: str = "", section: str = "") -> DemoAccount:
        login = f"{login}.{district}"
        return DemoAccount(login=login, full_name=full_name, role=role or full_name, grants=grants, section=section)

    leads = {group["head"] for group in entry["groups"]}

    def clerk(unit: str, *more: Grant) -> tuple[Grant, ...]:
        head = (grant(Role.GROUP_HEAD, unit),) if unit in leads else ()
        return (grant(Role.UNIT_CLERK, unit), *head, *more)

    yield account(
        "pnv",
        f"Cán bộ Phòng Nội vụ {name}",
        grant(Role.HOME_AFFAIRS),
        *clerk("phong-noi-vu", grant(Role.COUNCIL_SECRETARY)),
    )
    yield account("ct", f"Chủ tịch UBND {name}", grant(Role.DISTRICT_CHAIR), grant(Role.COUNCIL_CHAIR))
    wards = [unit for unit in entry["units"] if unit["kind"] == "ward"]
    if district != PLAN_DISTRICT:
        wards = wards[:1]
    section = f"Cán bộ UBND từng phường, {name}" if len(wards) > 1 else ""
    for ward in wards:
        bare = ward["id"].removeprefix("phuong-")
        yield account(f"phuong.{bare}", f"Cán bộ {ward['name']}", *clerk(ward["id"]), section=section)
    if district != PLAN_DISTRICT:
        return
    for ward in wards:
        login, post = f"ct.{ward['id'].removeprefix('phuong-')}", f"Chủ tịch {ward['name']}"
        chair = grant(Role.WARD_CHAIR, ward["id"])
        yield account(login, post, chair, section=f"Chủ tịch UBND từng phường, {name}")
    yield account(
        "vp",
        f"Cán bộ Văn phòng HĐND và UBND {name}",
        *clerk("van-phong-hdnd-ubnd"),
        *clerk("ubnd-quan"),
        role=f"Văn phòng HĐND và UBND {name}, cũng thay UBND quận",
    )
    yield account("truong-pnv", f"Trưởng phòng Nội vụ {name}", grant(Role.UNIT_HEAD, "phong-noi-vu"))
    yield account("hdsk", f"Thành viên Hội đồng Sáng kiến {name}", grant(Role.INITIATIVE_COUNCIL))
    for number in (1, 2, 3):
        yield account(f"uy-vien-{number}", f"Ủy viên {number} Hội đồng TĐ-KT {name}", grant(Role.COUNCIL_MEMBER))
    have_one = {"phong-noi-vu", "van-phong-hdnd-ubnd", "ubnd-quan", *(ward["id"] for ward in wards)}
    named = ("hoi-dong-tdkt", "ban-tuyen-giao")  # those of the plan; the others share a row of the list
    for unit in sorted(entry["units"], key=lambda unit: unit["id"] not in named):
        if unit["id"] in have_one:
            continue
        board = (grant(Role.PROPAGANDA_BOARD),) if unit["id"] == "ban-tuyen-giao" else ()
        yield account(
            unit["id"],
            f"Cán bộ {unit['name'].removesuffix(' quận')} {name}",
            *clerk(unit["id"], *board, grant(Role.FIELD_SCORER, unit["id"])),
            section="" if unit["id"] in named else f"Cán bộ từng cơ quan, đơn vị khác, {name}",
        )
    # Whoever signs the pledge of a block; wards have their chairs, Phòng Nội vụ has its head.
    grouped = {member for group in entry["groups"] for member in group["members"]}
    for unit in entry["units"]:
        if unit["id"] in grouped - {"phong-noi-vu"} and unit["kind"] != "ward":
            yield account(
                f"tt.{unit['id']}",
                f"Thủ trưởng {unit['name'].removesuffix(' quận')} {name}",
                grant(Role.UNIT_HEAD, unit["id"]),
                section=f"Thủ trưởng từng cơ quan, đơn vị, {name}",
            )


def sign_in_lines(accounts: Sequence[DemoAccount]) -> list[str]:
    """Return the table of sign-ins: login, role, password; many alike share a row."""
    sections: dict[str, list[str]] = {}
    for account in accounts:
        sections.setdefault(account.section or account.role, []).append(account.login)
    rows = [
        (logins[0], role) if len(logins) == 1 else (f"{logins[0]} … {logins[-1]}", f"{role} ({len(logins)})")
        for role, logins in sections.items()
    ]
    width = max(len(login) for login, _ in rows)
    lines = [f"  {login:<{width}}  {role}" for login, role in rows]
    return [f"Đăng nhập dùng thử, mật khẩu chung: {PASSWORD}", *lines]


async def _create_accounts(settings: Settings, wanted: Sequence[DemoAccount]) -> dict[str, Actor]:
    # The password is known to all, so a costly hash protects nothing; the portal hashes anew at the first sign-in.
    hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    accounts = await Accounts.open(settings.sql_url("portal"), hasher=hasher)
    try:
        for one in wanted:
            await accounts.create(one.login, one.full_name, PASSWORD, one.grants, one.login)
        return {one.login: await accounts.actor(one.login) for one in wanted if not one.section}
    finally:
        await accounts.close()


# Facts


class _Loader:
    """Sends the demo's commands, each once, and waits until they can be seen."""

    def __init__(self, bus: BusClient, actors: Mapping[str, Actor], clock: Clock) -> None:
        self._bus = bus
        self._actors = actors
        self._clock = clock
        self._at_least: dict[str, int] = {}

    async def establish(self, organisations: Organisations) -> None:
        """Establish the city and the districts with their units, sets and groups; say who goes on for what ends."""
        for command in establish_commands(organisations, at=self._clock.now()):
            await self._send(plans.COMMANDS, command, "admin", "organisation", command.district)
        for end in close_commands(organisations, at=self._clock.now()):
            await self._send(plans.COMMANDS, end, "admin", "organisation", end.district, "close", end.unit_id)

    async def open_calendars(self) -> None:
        """Open the calendars of the years that plans are made for."""
        for command in read_calendars(CALENDAR_FILE, at=self._clock.now()):
            await self._send(plans.COMMANDS, command, "thanhpho", "calendar", str(command.year))

    async def issue_plan(self, organisations: Organisations) -> None:
        """Draft, submit and issue the plan of the district."""
        parsed = read_plan(PLAN_FILE, directories_of(organisations))
        draft = draft_of(parsed, at=self._clock.now())
        if not await self._send(plans.COMMANDS, draft, "pnv.cai-rang", "plan", "draft"):
            return
        key = {"district": PLAN_DISTRICT, "plan_id": PLAN_ID}
        submit = SubmitPlan(**key, at=self._clock.now())
        await self._send(plans.COMMANDS, submit, "pnv.cai-rang", "plan", "submit")
        issue = IssuePlan(**key, number=PLAN_NUMBER, issued_on=ISSUED_ON, at=self._clock.now())
        await self._send(plans.COMMANDS, issue, "ct.cai-rang", "plan", "issue")

    async def publish_criteria(self) -> None:
        """Publish the score sheets, each by its district's Phòng Nội vụ, the city's by its board."""
        for command in criteria_commands(read_mapping(CRITERIA_FILE), at=self._clock.now()):
            account = "thanhpho" if command.district == CITY else f"pnv.{command.district}"
            await self._send(scoring.COMMANDS, command, account, "criteria", command.district, command.set_id)

    async def _send(self, codec: MessageCodec[C], command: C, account: str, *identity: str) -> bool:
        """Send the command when it can build on those before; return False where people have their own instead."""
        await self._wait_for(codec.service, account)
        name, command_id = kebab(type(command).__name__), derived_id("demo", *identity)
        body, actor = codec.encode(command), self._actors[account]
        reply = await self._bus.command(codec.service, name, body, actor, command_id=command_id)
        if reply.rejected in _THERE_ALREADY:
            return False
        if reply.rejected:
            why = f"{reply.rejected} {dict(reply.detail or {})}"
            raise Fault("demo.refused", f"{name} {' '.join(identity)}: {why}")
        position = ok_of(reply)
        self._at_least[position["stream"]] = int(position["seq"])
        return True

    async def _wait_for(self, service: str, account: str) -> None:
        """Return when the service's read models show all that was decided so far."""
        question, body = _CHEAP_QUESTIONS[service]
        for _ in range(WAITS_MAX):
            reply = await self._bus.question(service, question, body, self._actors[account], at_least=self._at_least)
            if not ok_of(reply)["stale"]:
                return
        raise Fault("demo.late", f"{service} does not show {json.dumps(self._at_least)}")


_CHEAP_QUESTIONS = {
    "plans": ("list-organisations", b"{}"),
    "scoring": ("show-score-totals", b'{"year": 2020}'),
}
