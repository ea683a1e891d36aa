"""Real processes on a real nats-server: an issued plan becomes notices, each with its own reader."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from services.cli.organisation import DEMO, DEMO_ORGANISATION, directories_of, establish_commands, read_organisations
from services.cli.plan import draft_of, read_plan
from services.notifications import commands as notices
from services.notifications.events import EVENTS, NoticeKind, NoticePosted
from services.notifications.views import (
    QUESTIONS,
    CountInbox,
    ListNotices,
    MyInbox,
    ShowCityNotices,
    ShowNotice,
    ShowNoticeTotals,
)
from services.plans import commands as plans
from services.plans.events import EVENTS as PLAN_EVENTS
from services.plans.events import RegistrationOpened, ReportPeriod
from shared.actor import create_key
from shared.archive import ArchiveReader
from shared.bus import BusClient, Reply
from shared.codec import MessageCodec
from shared.eventstore import Message, read_batch
from shared.text import kebab
from shared.types import CITY, Actor, Role
from tests.notifications.a_notice import AUDITOR, CITY_BOARD, HOME_AFFAIRS, OTHER_WARD, TODAY, WARD, actor
from tests.support.database import forget
from tests.support.services import RunningServices, running_services

ADMIN = actor(Role.ADMIN, district=CITY)
CHAIR = actor(Role.DISTRICT_CHAIR)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    with running_services(tmp_path_factory.mktemp("notices"), ("plans", "notifications", "archive")) as running:
        asyncio.run(issue_plan(running))
        yield running


@asynccontextmanager
async def portal(system: RunningServices) -> AsyncIterator[BusClient]:
    """Open the bus as the portal has it."""
    client = await system.bus.connect("portal")
    try:
        yield BusClient(client, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
    finally:
        await client.close()


async def send(bus: BusClient, codec: MessageCodec[Any], command: Any, who: Actor) -> Reply:
    return await bus.command(codec.service, kebab(type(command).__name__), codec.encode(command), who)


async def ask(bus: BusClient, question: Any, who: Actor, **at_least: int) -> Reply:
    body = QUESTIONS.encode(question)
    return await bus.question("notifications", kebab(type(question).__name__), body, who, at_least=at_least)


async def view(bus: BusClient, question: Any, who: Actor, **at_least: int) -> Any:
    reply = await ask(bus, question, who, **at_least)
    assert reply.ok is not None, reply
    assert not reply.ok["stale"]
    return reply.ok["view"]


async def all_are_told(bus: BusClient, seq: int) -> None:
    """Wait until the notices of what plans stored up to the sequence are in the inboxes."""
    async with asyncio.timeout(30):
        while (await ask(bus, CountInbox(), WARD, PLANS=seq)).ok["stale"]:
            pass


async def issue_plan(system: RunningServices) -> None:
    """Put the real plan of 2020 in force."""
    clock = system.clock
    organisations = read_organisations(DEMO_ORGANISATION)
    parsed = read_plan(DEMO / "ke-hoach-30-kh-ubnd-2020.txt", directories_of(organisations))
    async with portal(system) as bus:
        seq = 0
        for command in establish_commands(organisations, at=clock.now()):
            seq = (await send(bus, plans.COMMANDS, command, ADMIN)).ok["seq"]
        await bus.question("plans", "list-organisations", b"{}", ADMIN, at_least={"PLANS": seq})
        draft = draft_of(parsed, at=clock.now())
        submit = plans.SubmitPlan(district="cai-rang", plan_id="2020", at=clock.now())
        issue = plans.IssuePlan(
            district="cai-rang", plan_id="2020", number="30/KH-UBND", issued_on=TODAY, at=clock.now()
        )
        for step, who in ((draft, HOME_AFFAIRS), (submit, HOME_AFFAIRS), (issue, CHAIR)):
            reply = await send(bus, plans.COMMANDS, step, who)
            assert reply.ok, reply
        reached = await ask(bus, CountInbox(), WARD, PLANS=reply.ok["seq"])
        assert not reached.ok["stale"], "the notices of an issued plan take more than two seconds"


async def log_of(system: RunningServices, stream: str) -> list[Message]:
    client = await system.bus.connect("cli")
    try:
        return [message async for message in read_batch(client, stream)]
    finally:
        await client.close()


async def test_every_unit_of_the_plan_is_told_once(system: RunningServices) -> None:
    log = [EVENTS.decode(one.headers["ce-type"], one.body) for one in await log_of(system, "NOTIFICATIONS")]
    issued = [one for one in log if isinstance(one, NoticePosted) and one.kind == "plan_issued"]
    units = [one.recipient.unit_id for one in issued if one.recipient.unit_id]
    assert len(units) == len(set(units)) > 30
    assert len(issued) == len(units) + 2


async def test_a_unit_sees_its_own_notices_and_no_others(system: RunningServices) -> None:
    async with portal(system) as bus:
        inbox = await view(bus, MyInbox(), WARD)
        assert {one["unit_id"] for one in inbox["notices"]} == {"phuong-le-binh"}
        assert inbox["notices"][0]["link"] == "/ke-hoach/cai-rang/2020"
        (one,) = [one for one in inbox["notices"] if one["kind"] == "plan_issued"]
        shown = await view(bus, ShowNotice(district="cai-rang", notice_id=one["notice_id"]), WARD)
        assert shown["is_mine"]
        refused = await ask(bus, ShowNotice(district="cai-rang", notice_id=one["notice_id"]), OTHER_WARD)
        assert refused.rejected == "notice.not_found"
        elsewhere = actor(Role.UNIT_CLERK, "phuong-le-binh", "ninh-kieu")
        assert (await view(bus, MyInbox(), elsewhere))["notices"] == []
        assert (await view(bus, CountInbox(), Actor(account_id="nobody"))) == {
            "posted": 0,
            "unread": 0,
            "recipients": [],
        }


async def test_the_auditor_reads_every_notice_and_has_none(system: RunningServices) -> None:
    async with portal(system) as bus:
        everything = await view(bus, ListNotices(district="cai-rang", limit=200), AUDITOR)
        assert len({one["unit_id"] for one in everything["notices"]}) > 30
        shown = await view(
            bus, ShowNotice(district="cai-rang", notice_id=everything["notices"][0]["notice_id"]), AUDITOR
        )
        assert not shown["is_mine"]
        assert (await view(bus, MyInbox(), AUDITOR))["notices"] == []
        assert (await ask(bus, ListNotices(district="cai-rang"), HOME_AFFAIRS)).rejected == "actor.not_allowed"


async def test_the_inbox_is_read_page_by_page(system: RunningServices) -> None:
    async with portal(system) as bus:
        whole = await view(bus, ListNotices(district="cai-rang", limit=200), AUDITOR)
        pages: list[Any] = []
        before: int | None = None
        while True:
            page = await view(bus, ListNotices(district="cai-rang", limit=7, before_seq=before), AUDITOR)
            pages += page["notices"]
            before = page["next_before_seq"]
            if before is None:
                break
        assert pages == whole["notices"]
        assert [one["posted_seq"] for one in pages] == sorted((one["posted_seq"] for one in pages), reverse=True)


async def test_reading_a_notice_counts_at_every_level(system: RunningServices) -> None:
    async with portal(system) as bus:
        before = await view(bus, CountInbox(), WARD)
        one = (await view(bus, MyInbox(unread_only=True), WARD))["notices"][0]
        mark = notices.MarkNoticeRead(district="cai-rang", notice_id=one["notice_id"], at=system.clock.now())
        assert (await send(bus, notices.COMMANDS, mark, OTHER_WARD)).rejected == "notice.not_found"
        done = await send(bus, notices.COMMANDS, mark, WARD)
        after = await view(bus, CountInbox(), WARD, NOTIFICATIONS=done.ok["seq"])
        assert (after["posted"], after["unread"]) == (before["posted"], before["unread"] - 1)
        shown = await view(bus, ShowNotice(district="cai-rang", notice_id=one["notice_id"]), WARD)
        assert shown["notice"]["read_by"] == WARD.account_id
        district = await view(bus, ShowNoticeTotals(district="cai-rang"), HOME_AFFAIRS)
        city = await view(bus, ShowCityNotices(), CITY_BOARD)
        for level in (district["recipients"], district["kinds"]):
            assert sum(row["unread"] for row in level) == sum(row["posted"] for row in level) - 1
        assert sum(row["unread"] for row in city["city"]) == sum(row["posted"] for row in city["city"]) - 1
        own = await view(bus, ShowNoticeTotals(district="cai-rang"), WARD)
        assert {row["unit_id"] for row in own["recipients"]} == {"phuong-le-binh"}
        assert (await ask(bus, ShowNoticeTotals(district="o-mon"), WARD)).rejected == "actor.not_allowed"
        assert (await ask(bus, ShowCityNotices(), HOME_AFFAIRS)).rejected == "actor.not_allowed"
        again = notices.MarkNoticeUnread(district="cai-rang", notice_id=one["notice_id"], at=system.clock.now())
        done = await send(bus, notices.COMMANDS, again, WARD)
        assert (await view(bus, CountInbox(), WARD, NOTIFICATIONS=done.ok["seq"])) == before


async def test_a_crash_posts_no_notice_twice_and_loses_none(system: RunningServices) -> None:
    async with portal(system) as bus:
        counted = (await view(bus, ShowCityNotices(), CITY_BOARD))["city"]
    system.kill("notifications")
    forget(system.settings, "notifications")
    system.start("notifications")
    async with portal(system) as bus:
        last = (await log_of(system, "PLANS"))[-1].seq
        assert (await view(bus, ShowCityNotices(), CITY_BOARD, PLANS=last))["city"] == counted


async def test_the_facts_of_the_year_reach_the_inboxes_of_those_they_concern(system: RunningServices) -> None:
    district: dict[str, Any] = {"district": "cai-rang", "at": system.clock.now()}
    task: dict[str, Any] = {**district, "plan_id": "2020", "task_number": 7}
    of_ward: dict[str, Any] = {**task, "unit_id": "phuong-le-binh"}
    steps: tuple[tuple[Any, Actor], ...] = (
        (plans.AssignTask(**task, lead_units=("phuong-le-binh",)), HOME_AFFAIRS),
        (plans.RequestExtension(**of_ward, wanted_on=date(2020, 12, 15), reason="Chờ hướng dẫn"), WARD),
        (plans.GrantExtension(**of_ward, due_on=date(2020, 12, 15)), HOME_AFFAIRS),
        (
            plans.OpenRegistration(
                **district, year=2020, closes_on=date(2020, 2, 28), unit_ids=("phuong-le-binh", "phuong-ba-lang")
            ),
            HOME_AFFAIRS,
        ),
        (
            plans.AnnounceReport(
                **district,
                year=2020,
                period=ReportPeriod.QUARTER_1,
                units=("phuong-le-binh",),
                groups=(),
                asks_district=False,
            ),
            HOME_AFFAIRS,
        ),
        (
            plans.ScheduleTraining(
                **district,
                training_id="nghiep-vu-2020",
                title="Nghiệp vụ thi đua, khen thưởng",
                contents=("Chấm điểm",),
                held_on=date(2020, 3, 10),
                place="Hội trường UBND quận",
                lecturer="",
                units=("phuong-le-binh",),
            ),
            HOME_AFFAIRS,
        ),
        (
            plans.SubmitPlanAmendment(**district, plan_id="2020", reason="Bổ sung", removed=(7,), number="45/KH-UBND"),
            HOME_AFFAIRS,
        ),
        (plans.AmendPlan(**district, plan_id="2020", number="45/KH-UBND", amended_on=TODAY), CHAIR),
    )
    async with portal(system) as bus:
        for command, who in steps:
            reply = await send(bus, plans.COMMANDS, command, who)
            assert reply.ok, (command, reply)
        await all_are_told(bus, reply.ok["seq"])
        ward = await view(bus, MyInbox(limit=200), WARD)
        kinds = [one["kind"] for one in ward["notices"]]
        assert kinds[:6] == [
            "plan_amended",
            "training_scheduled",
            "report_asked",
            "registration_opened",
            "extension_granted",
            "task_assigned",
        ]
        assert {one["unit_id"] for one in ward["notices"]} == {"phuong-le-binh"}
        asked = await view(bus, MyInbox(kinds=(NoticeKind.REPORT_ASKED,)), WARD)
        assert [one["link"] for one in asked["notices"]] == ["/bao-cao-dinh-ky/cai-rang/2020/q1/phuong-le-binh"]
        office = await view(bus, MyInbox(limit=200), HOME_AFFAIRS)
        assert "extension_requested" in {one["kind"] for one in office["notices"]}
        chair = await view(bus, MyInbox(limit=200), CHAIR)
        assert chair["notices"][0]["kind"] == "plan_amendment_submitted"
        other = await view(bus, MyInbox(limit=200), OTHER_WARD)
        assert "registration_opened" in {one["kind"] for one in other["notices"]}
        assert not {"report_asked", "training_scheduled", "extension_granted"} & {
            one["kind"] for one in other["notices"]
        }


async def test_whoever_acts_for_an_office_and_for_units_reads_the_same_words_once(system: RunningServices) -> None:
    unit, council = actor(Role.UNIT_CLERK, "phong-noi-vu"), actor(Role.UNIT_CLERK, "hoi-dong-tdkt")
    both = Actor(account_id="pnv", grants=(*HOME_AFFAIRS.grants, *unit.grants))
    two_units = Actor(account_id="vp", grants=(*unit.grants, *council.grants))
    task: dict[str, Any] = {"district": "cai-rang", "plan_id": "2020", "task_number": 9, "at": system.clock.now()}
    leads = ("phong-noi-vu", "hoi-dong-tdkt")
    done: dict[str, Any] = {"completed_on": TODAY, "evidence": "9/BC-PNV", "note": ""}
    async with portal(system) as bus:
        for command in (
            plans.AssignTask(**task, lead_units=leads),
            *(plans.CompleteTaskPart(**task, **done, unit_id=one) for one in leads),
        ):
            reply = await send(bus, plans.COMMANDS, command, HOME_AFFAIRS)
            assert reply.ok, reply
        await all_are_told(bus, reply.ok["seq"])

        async def inbox(who: Actor, *kinds: NoticeKind) -> list[Any]:
            listed = (await view(bus, MyInbox(limit=200, kinds=kinds), who))["notices"]
            return [one for one in listed if not kinds or one["link"].endswith(("/2020", "/2020/9"))]

        kind = NoticeKind.TASK_COMPLETED
        (of_office,), (of_unit,), (shown,) = [await inbox(who, kind) for who in (HOME_AFFAIRS, unit, both)]
        assert of_office["notice_id"] != of_unit["notice_id"]
        assert shown == of_office
        assert len(await inbox(two_units, kind)) == 1
        assert len(await inbox(both, NoticeKind.PLAN_ISSUED)) == 2, "the unit is told of its own tasks"
        assert len(await inbox(two_units, NoticeKind.PLAN_ISSUED)) == 2, "each unit is told of its own tasks"

        everything, counted = await inbox(both), await view(bus, CountInbox(), both)
        assert counted["posted"] == counted["unread"] == len(everything)
        assert sum(one["posted"] for one in counted["recipients"]) > len(everything)
        first = everything[0]
        mark = notices.MarkNoticeRead(district="cai-rang", notice_id=first["notice_id"], at=system.clock.now())
        read = await send(bus, notices.COMMANDS, mark, both)
        after = await view(bus, CountInbox(), both, NOTIFICATIONS=read.ok["seq"])
        assert after["unread"] == counted["unread"] - 1
        unread = (await view(bus, MyInbox(unread_only=True, limit=200), both))["notices"]
        assert len(unread) == after["unread"], "what was read does not come back as what the unit was told"


async def test_whoever_acts_for_two_units_is_led_to_the_registration_of_each(system: RunningServices) -> None:
    units = ("phuong-hung-thanh", "phuong-hung-phu")
    opening = plans.OpenRegistration(
        district="cai-rang", year=2022, closes_on=date(2021, 12, 31), unit_ids=units, at=system.clock.now()
    )
    of_both = Actor(
        account_id="ca-hai", grants=tuple(grant for one in units for grant in actor(Role.UNIT_CLERK, one).grants)
    )
    async with portal(system) as bus:
        opened = await send(bus, plans.COMMANDS, opening, HOME_AFFAIRS)
        assert opened.ok, opened
        await all_are_told(bus, opened.ok["seq"])
        asked = MyInbox(limit=200, kinds=(NoticeKind.REGISTRATION_OPENED,))
        links = [one["link"] for one in (await view(bus, asked, of_both))["notices"] if "2022" in one["link"]]
        assert sorted(links) == sorted(f"/dang-ky/cai-rang/2022/{one}" for one in units)


async def test_a_kill_while_many_are_told_leaves_nobody_out_and_tells_nobody_twice(system: RunningServices) -> None:
    opening = plans.OpenRegistration(
        district="cai-rang", year=2021, closes_on=date(2020, 12, 31), at=system.clock.now()
    )
    async with portal(system) as bus:
        opened = await send(bus, plans.COMMANDS, opening, HOME_AFFAIRS)
        system.kill("notifications")
        system.start("notifications")
        await all_are_told(bus, opened.ok["seq"])
    asked = next(one for one in await log_of(system, "PLANS") if one.seq == opened.ok["seq"])
    fact = PLAN_EVENTS.decode(asked.headers["ce-type"], asked.body)
    assert isinstance(fact, RegistrationOpened)
    log = [EVENTS.decode(one.headers["ce-type"], one.body) for one in await log_of(system, "NOTIFICATIONS")]
    told = [one.recipient.unit_id for one in log if isinstance(one, NoticePosted) and one.source.seq == asked.seq]
    assert len(told) > 20
    assert sorted(map(str, told)) == sorted(unit.unit_id for unit in fact.units)


async def test_the_public_fact_says_who_was_told_and_not_what(system: RunningServices) -> None:
    facts = [one for one in await log_of(system, "PUBLIC") if ".notifications." in one.subject]
    assert len(facts) > 30
    for one in facts:
        assert b"/ke-hoach/" not in one.body
        assert b"text" not in one.body
        assert b"title" not in one.body


async def test_the_archive_holds_the_log_under_an_unbroken_chain(system: RunningServices) -> None:
    archive = ArchiveReader(system.settings.sql_url("archive"))
    await archive.open()
    try:
        for stream in ("PLANS", "NOTIFICATIONS"):
            log = await log_of(system, stream)
            async with asyncio.timeout(10):
                while (head := await archive.head(stream)) is None or head.seq < log[-1].seq:
                    await asyncio.sleep(0.05)
            rows = [row async for row in archive.rows(stream)]
            assert [(row.seq, row.subject, row.payload, dict(row.headers)) for row in rows] == [
                (one.seq, one.subject, one.body, dict(one.headers)) for one in log
            ]
            assert await archive.first_break(stream) is None
    finally:
        await archive.close()


def test_a_process_ends_within_two_seconds_of_being_told_to(system: RunningServices) -> None:
    for name in ("notifications", "plans", "archive"):
        assert system.stop(name) < 2.0, name
        system.start(name)
