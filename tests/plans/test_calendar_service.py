"""Calendars on a real nats-server: due dates that follow, units that are told, crashes and crowds in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.notifications.views import QUESTIONS as NOTICE_QUESTIONS
from services.notifications.views import MyInbox
from services.plans import commands as plans
from services.plans.events import NamedDay, OfficialNotice, PlanText, UnitKind
from services.plans.views import QUESTIONS, ShowCalendar, ShowPlan, ShowTask, ShowTerm, SuggestCalendar
from shared.actor import create_key
from shared.bus import BusClient, Reply
from shared.eventstore import read_batch
from shared.text import kebab
from shared.types import Actor, Role
from tests.plans.a_calendar import BOARD, open_year
from tests.plans.a_calendar import actor as of_city
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, WARD
from tests.support.services import RunningServices, running_services

LAST, DAY_BEFORE = date(2020, 3, 31), date(2020, 3, 30)
NOTICE = OfficialNotice(number="1/TB-UBND", issued_on=date(2020, 2, 1), issuer="UBND thành phố Cần Thơ")
STORM = (NamedDay(day=LAST, name="Nghỉ phòng, chống bão"),)
ADMIN = of_city(Role.ADMIN)
WAITS_MAX = 10  # of two seconds each


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Sends commands and questions as people do, and sees what it wrote."""

    bus: BusClient
    system: RunningServices
    seen: dict[str, int]

    async def send(self, command: Any, who: Actor) -> Reply:
        """Return the answer of plans."""
        body = plans.COMMANDS.encode(replace(command, at=self.system.clock.now()))
        reply = await self.bus.command("plans", kebab(type(command).__name__), body, who)
        if reply.ok:
            self.seen["PLANS"] = max(self.seen.get("PLANS", 0), int(reply.ok["seq"]))
        return reply

    async def do(self, command: Any, who: Actor) -> int:
        """Return the sequence at which the accepted command stands."""
        reply = await self.send(command, who)
        assert reply.ok, reply
        return int(reply.ok["seq"])

    async def ask(self, question: Any, who: Actor = WARD, service: str = "plans") -> Any:
        """Return the view, once it shows everything that was sent and what came of it."""
        codec = QUESTIONS if service == "plans" else NOTICE_QUESTIONS
        name = kebab(type(question).__name__)
        for _ in range(WAITS_MAX):
            reply = await self.bus.question(service, name, codec.encode(question), who, at_least=self.seen)
            assert reply.ok, reply
            if not reply.ok["stale"]:
                return reply.ok["view"]
        raise AssertionError(f"{name} does not show {self.seen}")

    async def due(self, year: int = 2020) -> set[str]:
        """Return the days on which the tasks of the plan are due."""
        board = await self.ask(ShowPlan(district="cai-rang", plan_id=str(year)))
        return {task["due_on"] for task in board["tasks"]}

    async def log(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return district, type and body of every event of PLANS."""
        client = await self.system.bus.connect("cli")
        try:
            return [
                (one.subject.split(".")[2], one.headers["ce-type"].split(".")[1], json.loads(one.body))
                async for one in read_batch(client, "PLANS")
            ]
        finally:
            await client.close()

    async def establish(self) -> None:
        """Establish two units of Cái Răng."""
        await self.do(
            plans.EstablishOrganisation(
                district="cai-rang",
                code="919",
                name="Quận Cái Răng",
                short_name="Cái Răng",
                valid_from=date(2004, 1, 2),
                units=tuple(
                    plans.NewUnit(unit_id=one, name=one, short_name=one, kind=UnitKind.WARD)
                    for one in ("phuong-le-binh", "phuong-ba-lang")
                ),
                at=self.system.clock.now(),
            ),
            ADMIN,
        )
        await self.ask(ShowTerm(after=LAST, working_days=1))

    async def issue(self, year: int = 2020, tasks: int = 2) -> int:
        """Issue a plan with tasks of the first quarter; return its sequence."""
        key: dict[str, Any] = {"district": "cai-rang", "plan_id": str(year), "at": self.system.clock.now()}
        drafted = plans.DraftPlan(
            **key,
            year=year,
            text=PlanText(title="Kế hoạch", issuer="UBND quận Cái Răng"),
            tasks=tuple(
                plans.NewTask(number=number, quarter=1, content=f"Việc {number}", lead_units=("phuong-le-binh",))
                for number in range(1, tasks + 1)
            ),
        )
        await self.do(drafted, HOME_AFFAIRS)
        await self.do(plans.SubmitPlan(**key), HOME_AFFAIRS)
        return await self.do(plans.IssuePlan(**key, number="30/KH-UBND", issued_on=date(2020, 2, 6)), CHAIR)

    def storm(self, number: int = 1, year: int = 2020) -> plans.CorrectCalendar:
        """Return the command that makes the last day of the first quarter a day off."""
        return plans.CorrectCalendar(
            year=year,
            notice=replace(NOTICE, number=f"{number}/TB-UBND"),
            days_off=STORM,
            at=self.system.clock.now(),
        )


@asynccontextmanager
async def desk(tmp_path: Path, *services: str) -> AsyncIterator[Desk]:
    """Run plans, and further services, with the units of Cái Răng."""
    with running_services(tmp_path, ("plans", *services)) as system:
        client = await system.bus.connect("portal")
        bus = BusClient(client, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
        found = Desk(bus=bus, system=system, seen={})
        await found.establish()
        try:
            yield found
        finally:
            await client.close()


async def test_a_correction_moves_open_tasks_and_tells_their_units_and_a_withdrawal_moves_them_back(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "notifications") as at:
        await at.do(open_year(2020), BOARD)
        await at.issue()
        assert await at.due() == {"2020-03-31"}

        await at.do(at.storm(), BOARD)
        assert await at.due() == {"2020-03-30"}
        task = await at.ask(ShowTask(district="cai-rang", plan_id="2020", task_number=1))
        assert [one["notice"] for one in task["due_reason"]["skipped"]] == ["1/TB-UBND"]
        assert task["task"]["due_on_before"] == "2020-03-31"
        assert task["history"][0]["type"] == "DueDatesMoved"
        notices = (await at.ask(MyInbox(), WARD, "notifications"))["notices"]
        (told,) = [one for one in notices if one["kind"] == "due_dates_moved"]
        assert "nhiệm vụ 1 từ 31/03/2020 sang 30/03/2020; nhiệm vụ 2" in told["text"]
        assert "số 1/TB-UBND ngày 01/02/2020" in told["text"]

        withdrawal = plans.WithdrawCalendarCorrection(
            year=2020, number="1/TB-UBND", issued_on=NOTICE.issued_on, reason="Nhập nhầm", at=at.system.clock.now()
        )
        await at.do(withdrawal, BOARD)
        assert await at.due() == {"2020-03-31"}
        kinds = [kind for district, kind, _ in await at.log() if district == "cai-rang"]
        assert kinds.count("DueDatesMoved") == 2


async def test_the_same_notice_from_many_at_once_is_one_correction(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.do(open_year(2020), BOARD)
        await at.issue()
        replies = await asyncio.gather(*(at.send(at.storm(), BOARD) for _ in range(12)))
        assert all(reply.ok for reply in replies)
        assert await at.due() == {"2020-03-30"}
        kinds = [kind for _, kind, _ in await at.log()]
        assert (kinds.count("CalendarCorrected"), kinds.count("DueDatesMoved")) == (1, 1)


async def test_a_plan_issued_while_the_calendar_is_corrected_is_due_by_the_corrected_calendar(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        for year in (2020, 2021):
            await at.do(open_year(year), BOARD)
        key: dict[str, Any] = {"district": "cai-rang", "plan_id": "2020", "at": at.system.clock.now()}
        drafted = plans.DraftPlan(
            **key,
            year=2020,
            text=PlanText(title="Kế hoạch", issuer="UBND quận Cái Răng"),
            tasks=(plans.NewTask(number=1, quarter=1, content="Việc", lead_units=("phuong-le-binh",)),),
        )
        await at.do(drafted, HOME_AFFAIRS)
        await at.do(plans.SubmitPlan(**key), HOME_AFFAIRS)
        issue = plans.IssuePlan(**key, number="30/KH-UBND", issued_on=date(2020, 2, 6))
        await asyncio.gather(at.do(issue, CHAIR), at.do(at.storm(), BOARD))
        assert await at.due() == {"2020-03-30"}


async def test_due_dates_follow_a_correction_that_was_made_while_the_service_was_killed(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.do(open_year(2020), BOARD)
        await at.issue(tasks=40)
        for number in range(1, 6):
            sending = asyncio.create_task(at.send(at.storm(number), BOARD))
            await asyncio.sleep(0.004 * number)
            at.system.kill("plans")
            at.system.start("plans")
            await asyncio.wait_for(sending, 15)
            await at.do(at.storm(number), BOARD)  # as the person does who got no answer
        assert await at.due() == {"2020-03-30"}
        moved = [body for _, kind, body in await at.log() if kind == "DueDatesMoved"]
        assert [(one["due_on_before"], one["due_on"]) for body in moved for one in body["tasks"]] == [
            ("2020-03-31", "2020-03-30")
        ] * 40


async def test_without_a_calendar_plans_go_on_by_weekdays_and_opening_it_later_moves_what_it_must(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as at:
        await at.issue(year=2020)
        task = await at.ask(ShowTask(district="cai-rang", plan_id="2020", task_number=1))
        assert task["due_reason"]["calendars"] == [{"year": 2020, "seq": None}]
        holidays = (*open_year(2020).holidays, NamedDay(day=LAST, name="Ngày lễ mới"))
        await at.do(open_year(2020, holidays=holidays), BOARD)
        assert await at.due() == {"2020-03-30"}
        (moved,) = [body for _, kind, body in await at.log() if kind == "DueDatesMoved"]
        assert (moved["change"], moved["notice"]) == ("opened", None)


async def test_a_rebuilt_read_model_has_the_calendar_and_the_moved_dates(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.do(open_year(2020), BOARD)
        await at.issue()
        await at.do(at.storm(), BOARD)
        assert await at.due() == {"2020-03-30"}
        client = await at.system.bus.connect("cli")
        cli = BusClient(client, issuer="cli", key=create_key(at.system.settings.data_dir / "actors", "cli"))
        reply = await cli.control("plans", "rebuild", b'{"read_model": "plans"}', of_city(Role.OPERATOR), timeout_s=30)
        await client.close()
        assert reply.ok, reply
        assert await at.due() == {"2020-03-30"}
        detail = await at.ask(ShowCalendar(first_on=LAST, last_on=LAST))
        assert [one["kind"] for one in detail["days"]] == ["off"]
        assert [one["notice"]["number"] for one in detail["calendars"][0]["corrections"]] == ["1/TB-UBND"]


async def test_each_sees_in_the_calendar_what_is_due_in_the_own_scope(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.do(open_year(2020), BOARD)
        await at.issue()
        quarter = ShowCalendar(first_on=date(2020, 1, 1), last_on=date(2020, 3, 31))
        other_ward = replace(WARD, grants=(replace(WARD.grants[0], unit="phuong-ba-lang"),))
        stranger = replace(WARD, grants=(replace(WARD.grants[0], district="o-mon"),))
        seen = {
            name: len((await at.ask(quarter, who))["tasks"])
            for name, who in (
                ("ward", WARD),
                ("other", other_ward),
                ("office", HOME_AFFAIRS),
                ("city", BOARD),
                ("stranger", stranger),
                ("admin", ADMIN),
            )
        }
        assert seen == {"ward": 2, "other": 0, "office": 2, "city": 2, "stranger": 0, "admin": 0}
        there = replace(quarter, district="cai-rang")
        body = QUESTIONS.encode(there)
        reply = await at.bus.question("plans", "show-calendar", body, stranger)
        assert reply.rejected == "actor.not_allowed"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (ShowCalendar(first_on=date(2020, 1, 1), last_on=date(2021, 1, 1)), "calendar.span_out_of_range"),
        (ShowCalendar(first_on=date(2020, 1, 2), last_on=date(2020, 1, 1)), "calendar.span_out_of_range"),
        (ShowCalendar(first_on=date(1, 1, 1), last_on=date(9999, 12, 31)), "calendar.year_out_of_range"),
        (ShowTerm(after=date(2020, 1, 1), working_days=0), "calendar.term_out_of_range"),
        (ShowTerm(after=date(2020, 1, 1), working_days=10**9), "calendar.term_out_of_range"),
        (ShowTerm(after=date(9999, 12, 31), working_days=1), "calendar.year_out_of_range"),
        (SuggestCalendar(year=0), "calendar.year_out_of_range"),
    ],
)
async def test_impossible_questions_are_refused(asked: Desk, question: Any, code: str) -> None:
    name = kebab(type(question).__name__)
    reply = await asked.bus.question("plans", name, QUESTIONS.encode(question), WARD)
    assert reply.rejected == code


async def test_a_term_across_years_is_counted_by_both_calendars(asked: Desk) -> None:
    for year in (2020, 2021):
        await asked.do(open_year(year), BOARD)
    term = await asked.ask(ShowTerm(after=date(2020, 12, 1), working_days=25))
    assert term["due_on"] == "2021-01-06"
    assert "Tết Dương lịch" in [one["name"] for one in term["reason"]["skipped"]]
    assert all(one["seq"] for one in term["reason"]["calendars"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return running plans, for questions that need no history of their own."""
    with running_services(tmp_path_factory.mktemp("asked"), ("plans",)) as system:
        yield system


@pytest.fixture
async def asked(running: RunningServices) -> AsyncIterator[Desk]:
    """Return a desk at the running plans."""
    client = await running.bus.connect("portal")
    bus = BusClient(client, issuer="portal", key=create_key(running.settings.data_dir / "actors", "portal"))
    yield Desk(bus=bus, system=running, seen={})
    await client.close()
