"""A task of plans becomes a point in scoring, on a real nats-server with both services as processes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from services.plans import commands as plans
from services.plans.events import GroupKind, PlanText, UnitKind
from services.scoring import commands as scoring
from services.scoring.views import QUESTIONS, ShowSheet
from shared.actor import create_key
from shared.bus import BusClient
from shared.clock import Clock
from shared.codec import MessageCodec
from shared.eventstore import stream_info
from shared.text import kebab
from shared.types import CITY, Actor, Role
from tests.scoring.a_sheet import CHAIR, GROUP, HOME_AFFAIRS, SECTIONS, WARD, actor, lines
from tests.support.database import forget
from tests.support.services import RunningServices, running_services

ADMIN = actor(Role.ADMIN, district=CITY)
STALE_MAX = 5  # answers, each after at most 2 s: these tests are about what is recorded, not how fast


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Sends commands and questions as people do."""

    bus: BusClient
    client: Client
    clock: Clock
    system: RunningServices

    async def do(self, service: str, codec: MessageCodec[Any], command: Any, who: Actor) -> int:
        """Return the sequence at which the accepted command stands."""
        reply = await self.bus.command(service, kebab(type(command).__name__), codec.encode(command), who)
        assert reply.ok, reply
        return int(reply.ok["seq"])

    async def sheet(self, who: Actor = WARD, **at_least: int) -> dict[str, Any]:
        """Return the ward's sheet as read by its people, once scoring has reacted to the positions."""
        question = QUESTIONS.encode(ShowSheet(district="cai-rang", unit_id="phuong-le-binh", year=2020))
        for _ in range(STALE_MAX):
            reply = await self.bus.question("scoring", "show-sheet", question, who, at_least=at_least)
            assert reply.ok, reply
            if not reply.ok["stale"]:
                break
        assert not reply.ok["stale"]
        view = reply.ok["view"]
        assert isinstance(view, dict)
        return view

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the stream SCORING: type and body of each event."""
        cli = await self.system.bus.connect("cli")
        try:
            last = json.loads((await cli.request("$JS.API.STREAM.INFO.SCORING")).data)["state"]["last_seq"]
            found = []
            for seq in range(1, last + 1):
                asked = json.dumps({"seq": seq}).encode()
                message = await cli.request("$JS.API.DIRECT.GET.SCORING", asked)
                found.append(((message.headers or {})["ce-type"].split(".")[1], json.loads(message.data)))
            return found
        finally:
            await cli.close()


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Run both services with the wards of Cái Răng and an issued plan of two tasks."""
    with running_services(tmp_path, ("plans", "scoring")) as system:
        client = await system.bus.connect("portal")
        bus = BusClient(client, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
        found = Desk(bus=bus, client=client, clock=system.clock, system=system)
        await prepare(found)
        try:
            yield found
        finally:
            await client.close()


async def prepare(desk: Desk) -> None:
    """Establish the units, publish the criteria, issue the plan."""
    at = desk.clock.now
    wards = tuple(
        plans.NewUnit(unit_id=unit_id, name=f"UBND {unit_id}", short_name=unit_id, kind=UnitKind.WARD)
        for unit_id in GROUP.members
    )
    group = plans.NewGroup(
        group_id=GROUP.group_id, year=2020, name=GROUP.name, kind=GroupKind.CLUSTER, members=GROUP.members
    )
    established = plans.EstablishOrganisation(
        district="cai-rang",
        code="919",
        name="Quận Cái Răng",
        short_name="Cái Răng",
        valid_from=date(2004, 1, 2),
        units=wards,
        groups=(group,),
        at=at(),
    )
    seq = await desk.do("plans", plans.COMMANDS, established, ADMIN)
    await desk.sheet(PLANS=seq)
    published = scoring.PublishCriteria(
        district="cai-rang",
        year=2020,
        set_id="khoi-cum",
        title="Bảng điểm 2020",
        group_ids=(GROUP.group_id,),
        sections=SECTIONS,
        at=at(),
    )
    await desk.do("scoring", scoring.COMMANDS, published, HOME_AFFAIRS)
    drafted = plans.DraftPlan(
        district="cai-rang",
        plan_id="2020",
        year=2020,
        text=PlanText(title="Kế hoạch", issuer="UBND quận Cái Răng"),
        tasks=tuple(
            plans.NewTask(
                number=number, quarter=1, content=f"Việc {number}", lead_units=("phuong-le-binh",), due_on=due
            )
            for number, due in ((1, date(2020, 3, 31)), (2, date(2020, 2, 5)))
        ),
        number="30/KH-UBND",
        at=at(),
    )
    await desk.do("plans", plans.COMMANDS, drafted, HOME_AFFAIRS)
    submitted = plans.SubmitPlan(district="cai-rang", plan_id="2020", at=at())
    await desk.do("plans", plans.COMMANDS, submitted, HOME_AFFAIRS)
    issued = plans.IssuePlan(
        district="cai-rang", plan_id="2020", number="30/KH-UBND", issued_on=date(2020, 2, 6), at=at()
    )
    await desk.do("plans", plans.COMMANDS, issued, CHAIR)


def done(desk: Desk, number: int) -> plans.CompleteTaskPart:
    return plans.CompleteTaskPart(
        district="cai-rang",
        plan_id="2020",
        task_number=number,
        unit_id="phuong-le-binh",
        completed_on=date(2020, 2, 6),
        evidence="BC 01/BC-UBND",
        at=desk.clock.now(),
    )


def reopened(desk: Desk) -> plans.ReopenTask:
    return plans.ReopenTask(
        district="cai-rang", plan_id="2020", task_number=1, reason="Sai minh chứng", at=desk.clock.now()
    )


async def test_a_task_on_time_earns_its_point_with_the_source_and_loses_it_when_opened_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        seq = await office.do("plans", plans.COMMANDS, done(office, 1), WARD)
        view = await office.sheet(PLANS=seq)
        [point] = view["sheet"]["task_points"]
        assert (point["task_number"], point["points"], point["is_on_time"]) == (1, "2.00", True)
        # The completion of the whole task is the last event of the command.
        assert (point["source"]["stream"], point["source"]["seq"]) == ("PLANS", seq)
        assert point["source"]["event_id"]
        assert view["automatic_points"] == "2.00"
        assert view["sheet"]["group_id"] == GROUP.group_id

        seq = await office.do("plans", plans.COMMANDS, done(office, 2), WARD)
        view = await office.sheet(PLANS=seq)
        assert [(one["task_number"], one["points"]) for one in view["sheet"]["task_points"]] == [
            (1, "2.00"),
            (2, "0.00"),
        ]

        seq = await office.do("plans", plans.COMMANDS, reopened(office), HOME_AFFAIRS)
        view = await office.sheet(PLANS=seq)
        assert [one["task_number"] for one in view["sheet"]["task_points"]] == [2]
        assert view["automatic_points"] == "0.00"

        again = await office.do("plans", plans.COMMANDS, done(office, 1), WARD)
        view = await office.sheet(PLANS=again)
        assert {one["task_number"]: one["source"]["seq"] for one in view["sheet"]["task_points"]}[1] == again
        assert [one["type"] for one in view["history"]] == [
            "TaskPointAwarded",
            "TaskPointAwarded",
            "TaskPointRevoked",
            "TaskPointAwarded",
        ]


async def test_a_posted_score_carries_the_sources_and_is_made_public(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        await office.sheet(PLANS=await office.do("plans", plans.COMMANDS, done(office, 1), WARD))
        at = office.clock.now()
        address = {"district": "cai-rang", "unit_id": "phuong-le-binh", "year": 2020}
        own = scoring.SubmitSelfScore(**address, lines=lines(), at=at)  # type: ignore[arg-type]
        await office.do("scoring", scoring.COMMANDS, own, WARD)
        final = scoring.PostScore(**address, lines=lines(), at=at)  # type: ignore[arg-type]
        seq = await office.do("scoring", scoring.COMMANDS, final, HOME_AFFAIRS)
        view = await office.sheet(HOME_AFFAIRS, SCORING=seq)
        assert view["sheet"]["score"]["total"] == "90.50"
        assert [one["source"]["stream"] for one in view["sheet"]["score"]["task_points"]] == ["PLANS"]
        assert view["criteria"]["is_frozen"]
        operator = await office.system.bus.connect("cli")
        for _ in range(100):
            if (public := await stream_info(operator, "PUBLIC")).messages >= 3:
                break
            await asyncio.sleep(0.05)
        await operator.close()
        assert public.messages == 3  # PlanIssued, TaskCompleted, ScorePosted


async def test_events_of_plans_read_again_after_a_crash_change_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        for command, who in ((done(office, 1), WARD), (reopened(office), HOME_AFFAIRS), (done(office, 1), WARD)):
            seq = await office.do("plans", plans.COMMANDS, command, who)
        before, events = await office.sheet(PLANS=seq), await office.events()
        office.system.kill("scoring")
        # Without its database the service has forgotten how far the policy had come, and reads all of PLANS again.
        forget(office.system.settings, "scoring")
        office.system.start("scoring")
        assert await office.sheet(PLANS=seq) == before
        assert await office.events() == events
        assert [name for name, _ in events] == [
            "CriteriaPublished",
            "TaskPointAwarded",
            "TaskPointRevoked",
            "TaskPointAwarded",
        ]


async def test_a_crash_amid_many_completions_loses_and_doubles_no_point(tmp_path: Path) -> None:
    async with desk(tmp_path) as office:
        for _ in range(3):
            for command, who in ((done(office, 1), WARD), (reopened(office), HOME_AFFAIRS)):
                seq = await office.do("plans", plans.COMMANDS, command, who)
            office.system.kill("scoring")
            seq = await office.do("plans", plans.COMMANDS, done(office, 1), WARD)
            office.system.start("scoring")
            seq = await office.do("plans", plans.COMMANDS, reopened(office), HOME_AFFAIRS)
        seq = await office.do("plans", plans.COMMANDS, done(office, 1), WARD)
        view = await office.sheet(PLANS=seq)
        assert [one["source"]["seq"] for one in view["sheet"]["task_points"]] == [seq]
        names = [name for name, _ in await office.events()]
        assert names == ["CriteriaPublished", *["TaskPointAwarded", "TaskPointRevoked"] * 6, "TaskPointAwarded"]
