"""Plans and nominations as real processes on a real server: scopes, seals, what other systems see."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from services.nominations.commands import COMMANDS, ErasePerson, NewDocument, NominationCommand, SubmitNomination
from services.nominations.events import ErasureGround, SubjectKind
from services.nominations.views import (
    QUESTIONS,
    DossierState,
    ListDossiers,
    NominationQuestion,
    ShowCityDossiers,
    ShowDistrictDossiers,
    ShowDossier,
    ShowTitles,
)
from services.plans.commands import COMMANDS as PLANS_COMMANDS
from services.plans.commands import EstablishOrganisation, NewGroup, NewUnit
from services.plans.events import GroupKind, UnitKind
from shared.actor import create_key
from shared.bus import BusClient, Reply
from shared.clock import new_id
from shared.eventstore import last_message, message_at
from shared.settings import Settings
from shared.text import kebab
from shared.types import CITY, Actor, Role
from tests.nominations.histories import (
    ACCEPT,
    CLERK,
    DESK,
    DISTRICT,
    FAR_CLERK,
    FAR_DESK,
    NAME,
    OTHER_CLERK,
    RESUBMIT,
    RETURN,
    SUBMIT,
    UNIT,
    WITHDRAW,
    actor,
)
from tests.support.database import change, dump
from tests.support.services import RunningServices, running_services

ADMIN = actor(Role.ADMIN, district=CITY)
CITY_BOARD = actor(Role.CITY_BOARD, district=CITY)
AUDITOR = actor(Role.AUDITOR)
MEMBER = actor(Role.COUNCIL_MEMBER)
OPERATOR = actor(Role.OPERATOR, district=CITY)
OTHER_UNIT = "phong-van-hoa"
TEAM = "Tổ Ngân sách"
BARE = (NewDocument(name="Tờ trình"),)
CLEAR = (NAME, "Chuyên viên", "Hoàn thành tốt nhiệm vụ", "Báo cáo thành tích", "Thiếu biên bản", "Nộp nhầm")


@dataclass(slots=True, kw_only=True)
class Desk:
    """Somebody at the portal: sends commands and questions, remembers how far the log has come."""

    system: RunningServices
    bus: BusClient
    seq: int = 0

    async def ask(self, question: NominationQuestion, by: Actor) -> Any:
        """Return the view."""
        reply = await self.try_ask(question, by)
        assert reply.ok, reply
        assert not reply.ok["stale"]
        return reply.ok["view"]

    async def try_ask(self, question: NominationQuestion, by: Actor) -> Reply:
        """Return the reply to a question."""
        name = kebab(type(question).__name__)
        at_least = {"NOMINATIONS": self.seq} if self.seq else {}
        return await self.bus.question("nominations", name, QUESTIONS.encode(question), by, at_least=at_least)

    async def send(self, command: NominationCommand, by: Actor, **options: Any) -> Reply:
        """Return the reply to a command, dated now."""
        command = replace(command, at=self.system.clock.now())
        name = kebab(type(command).__name__)
        reply = await self.bus.command("nominations", name, COMMANDS.encode(command), by, **options)
        if reply.ok:
            self.seq = reply.ok["seq"]
        return reply


@asynccontextmanager
async def office(tmp_path: Path) -> AsyncIterator[Desk]:
    """Run plans and nominations with two units and a block in Cái Răng."""
    with running_services(tmp_path, ("plans", "nominations")) as system:
        client = await system.bus.connect("portal")
        key = create_key(system.settings.data_dir / "actors", "portal")
        desk = Desk(system=system, bus=BusClient(client, issuer="portal", key=key))
        units = tuple(
            NewUnit(unit_id=unit_id, name=name, short_name=name, kind=UnitKind.GOVERNMENT)
            for unit_id, name in ((UNIT, "Phòng Tài chính - Kế hoạch"), (OTHER_UNIT, "Phòng Văn hóa và Thông tin"))
        )
        groups = tuple(
            NewGroup(group_id=group_id, year=year, name=name, kind=GroupKind.BLOCK, members=(UNIT, OTHER_UNIT))
            for group_id, year, name in (("khoi-1", 2020, "Khối 1"), ("khoi-2", 2019, "Khối 2"))
        )
        command = EstablishOrganisation(
            district=DISTRICT,
            code="919",
            name="Quận Cái Răng",
            short_name="Cái Răng",
            valid_from=date(2004, 1, 1),
            units=units,
            groups=groups,
            at=system.clock.now(),
        )
        reply = await desk.bus.command("plans", "establish-organisation", PLANS_COMMANDS.encode(command), ADMIN)
        assert reply.ok, reply
        # The units come by the read model of PLANS; a question that names the position waits for them.
        reply = await desk.bus.question(
            "nominations", "show-titles", QUESTIONS.encode(ShowTitles()), DESK, at_least={"PLANS": reply.ok["seq"]}
        )
        assert reply.ok and not reply.ok["stale"], reply
        try:
            yield desk
        finally:
            await client.close()


def fresh(command: SubmitNomination = SUBMIT, **changes: Any) -> SubmitNomination:
    """Return the nomination under a new id."""
    return replace(command, dossier_id=new_id(), **changes)


async def test_each_reads_what_the_scope_allows_and_no_more(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        own = fresh()
        other = fresh(
            unit_id=OTHER_UNIT,
            subject_kind=SubjectKind.COLLECTIVE,
            name="Tổ Bưu chính",
            title="TTLDXS",
            birth_year=None,
            position=None,
        )
        assert (await desk.send(own, CLERK)).ok
        assert (await desk.send(other, DESK)).ok

        for stranger in (FAR_CLERK, FAR_DESK, OTHER_CLERK):
            refused = await desk.send(fresh(), stranger)
            assert refused.rejected == "actor.not_allowed"
        for stranger in (FAR_CLERK, FAR_DESK, MEMBER, ADMIN):
            for question in (
                ListDossiers(district=DISTRICT),
                ShowDossier(district=DISTRICT, dossier_id=own.dossier_id),
            ):
                assert (await desk.try_ask(question, stranger)).rejected == "actor.not_allowed"
        assert (await desk.ask(ListDossiers(), FAR_DESK))["dossiers"] == []
        hidden = await desk.try_ask(ShowDossier(district=DISTRICT, dossier_id=own.dossier_id), OTHER_CLERK)
        assert hidden.rejected == "dossier.not_found"

        async def seen(by: Actor, **conditions: Any) -> list[str | None]:
            found = await desk.ask(ListDossiers(**conditions), by)
            assert found["found"] == len(found["dossiers"])
            return [one["name"] for one in found["dossiers"]]

        assert await seen(CLERK) == [NAME]
        assert await seen(OTHER_CLERK, district=DISTRICT) == ["Tổ Bưu chính"]
        for by in (DESK, CITY_BOARD, AUDITOR, actor(Role.DISTRICT_CHAIR)):
            assert await seen(by) == ["Tổ Bưu chính", NAME]
        assert await seen(DESK, text="nguyen thi LAN") == [NAME]
        assert await seen(DESK, text="buu chinh") == ["Tổ Bưu chính"]
        assert await seen(OTHER_CLERK, text="nguyen") == []
        assert await seen(DESK, unit_id=UNIT, year=2020, state=DossierState.SUBMITTED) == [NAME]
        assert await seen(DESK, state=DossierState.RETURNED) == []
        assert await seen(DESK, year=2019) == []


async def test_a_dossier_goes_its_way_and_every_level_counts_it(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        submit = fresh()
        on: dict[str, Any] = {"dossier_id": submit.dossier_id}
        first = await desk.send(submit, CLERK, command_id="the-click")
        again = await desk.send(submit, CLERK, command_id="the-click")
        assert first.ok == again.ok
        assert (await desk.send(submit, CLERK)).ok == first.ok
        # Sent at once after it, before the read model need have seen the dossier.
        assert (await desk.send(replace(RETURN, **on), DESK)).ok
        shown = await desk.ask(ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id), CLERK)
        assert shown["dossier"]["state"] == "returned"
        assert [one["text"] for one in shown["dossier"]["reasons"]] == ["Thiếu biên bản bình xét"]
        stale = await desk.send(
            replace(WITHDRAW, **on),
            CLERK,
            expected_seq=first.ok["seq"],
        )
        assert stale.rejected == "form.stale"
        assert (await desk.send(replace(RESUBMIT, **on), CLERK)).ok
        assert (await desk.send(replace(ACCEPT, **on), DESK)).ok
        withdrawn = fresh(name="Trần Văn Bé", title="CSTDCT")
        assert (await desk.send(withdrawn, CLERK)).ok
        assert (await desk.send(replace(WITHDRAW, dossier_id=withdrawn.dossier_id), CLERK)).ok

        shown = await desk.ask(ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id), CLERK)
        dossier = shown["dossier"]
        assert (dossier["state"], dossier["submissions"], dossier["reasons"]) == ("accepted", 2, [])
        assert (dossier["name"], dossier["birth_year"], dossier["position"]) == (NAME, 1985, "Chuyên viên")
        assert [one["name"] for one in dossier["documents"]] == ["Báo cáo thành tích", "Biên bản bình xét"]
        assert [one["type"] for one in shown["history"]] == [
            "NominationSubmitted",
            "NominationReturned",
            "NominationResubmitted",
            "NominationAccepted",
        ]

        accepted = {"dossiers": 1, "submitted": 0, "returned": 0, "accepted": 1, "withdrawn": 0}
        gone = {"dossiers": 1, "submitted": 0, "returned": 0, "accepted": 0, "withdrawn": 1}
        district = await desk.ask(ShowDistrictDossiers(district=DISTRICT, year=2020), MEMBER)
        assert {one["unit_id"] for one in district["units"]} == {UNIT, OTHER_UNIT}
        for level in ("unit_totals", "group_totals", "district_totals"):
            rows = {one["title_level"]: one for one in district[level]}
            assert rows["district"].items() >= accepted.items()
            assert rows["city"].items() >= gone.items()
        city = await desk.ask(ShowCityDossiers(year=2020), CITY_BOARD)
        assert {one["title_level"]: one["accepted"] for one in city["city_totals"]} == {"district": 1, "city": 0}
        assert (await desk.try_ask(ShowCityDossiers(year=2020), DESK)).rejected == "actor.not_allowed"
        far = ShowDistrictDossiers(district=DISTRICT, year=2020)
        assert (await desk.try_ask(far, FAR_DESK)).rejected == "actor.not_allowed"

        titles = await desk.ask(ShowTitles(), CLERK)
        assert titles["rule_pack"] == "R2017"
        assert "CSTDCS" in {one["code"] for one in titles["titles"]}
        none = await desk.try_ask(ShowTitles(on=date(2026, 1, 1)), CLERK)
        assert none.rejected == "title.no_rules_in_force"


async def test_a_dossier_submitted_again_for_another_year_goes_to_the_units_group_of_that_year(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        submit = fresh()
        on: dict[str, Any] = {"dossier_id": submit.dossier_id}
        show = ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id)
        assert (await desk.send(submit, CLERK)).ok
        for year, group in ((2019, ("khoi-2", "Khối 2")), (2018, (None, None)), (2020, ("khoi-1", "Khối 1"))):
            assert (await desk.send(replace(RETURN, **on), DESK)).ok
            assert (await desk.send(replace(RESUBMIT, **on, year=year), CLERK)).ok
            dossier = (await desk.ask(show, CLERK))["dossier"]
            assert (dossier["group_id"], dossier["group_name"]) == group
            totals = (await desk.ask(ShowDistrictDossiers(district=DISTRICT, year=year), DESK))["group_totals"]
            assert [one["group_id"] for one in totals] == [group[0]] * (group[0] is not None)


async def test_one_open_dossier_a_nominee_title_year_and_unit(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        first = fresh()
        team: dict[str, Any] = {
            "subject_kind": SubjectKind.COLLECTIVE,
            "title": "TTLDTT",
            "birth_year": None,
            "position": None,
        }
        assert (await desk.send(first, CLERK)).ok
        assert (await desk.send(fresh(name="Tổ Ngân sách", **team), CLERK)).ok
        await desk.ask(ListDossiers(), CLERK)
        for name in (NAME, "nguyễn thị  lan"):
            refused = await desk.send(fresh(name=name), CLERK)
            assert (refused.rejected, refused.detail) == ("dossier.duplicate", {"dossier_id": first.dossier_id})
        assert (await desk.send(fresh(name="TO NGAN SACH", **team), CLERK)).rejected == "dossier.duplicate"
        # Another person of the name, another title, another year, another unit; and the same one after a withdrawal.
        assert (await desk.send(fresh(birth_year=1990), CLERK)).ok
        assert (await desk.send(fresh(name="Nguyễn Thị Lân"), CLERK)).ok
        assert (await desk.send(fresh(title="GK_HUYEN"), CLERK)).ok
        assert (await desk.send(fresh(year=2019), CLERK)).ok
        assert (await desk.send(fresh(unit_id=OTHER_UNIT), DESK)).ok
        assert (await desk.send(replace(WITHDRAW, dossier_id=first.dossier_id), CLERK)).ok
        await desk.ask(ListDossiers(), CLERK)
        assert (await desk.send(fresh(), CLERK)).ok
        # A person who was chosen is that person, whatever the name says.
        assert (await desk.send(fresh(person_id="known-1", name="Lê A"), CLERK)).ok
        await desk.ask(ListDossiers(), CLERK)
        assert (await desk.send(fresh(person_id="known-1", name="Lê Văn A"), CLERK)).rejected == "dossier.duplicate"
        assert (await desk.send(fresh(person_id="known-2", name="Lê A"), CLERK)).ok


async def test_a_person_stands_in_clear_nowhere_and_is_gone_when_erased(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        submit = fresh()
        on: dict[str, Any] = {"dossier_id": submit.dossier_id}
        show = ShowDossier(district=DISTRICT, dossier_id=submit.dossier_id)
        assert (await desk.send(submit, CLERK)).ok
        assert (await desk.send(replace(RETURN, **on), DESK)).ok
        assert (await desk.send(replace(RESUBMIT, **on), CLERK)).ok
        assert (await desk.send(replace(WITHDRAW, **on), DESK)).ok
        shown = await desk.ask(show, AUDITOR)
        assert shown["history"][-1]["text"] == "Nộp nhầm năm"
        assert shown["history"][1]["reasons"][0]["text"] == "Thiếu biên bản bình xét"
        person_id = shown["dossier"]["person_id"]

        public = await _public(desk.system)
        assert len(public) == 2
        assert set(public[0]) == {"district", "dossier_id", "unit_id", "subject_kind", "title", "year"}
        team = fresh(subject_kind=SubjectKind.COLLECTIVE, name=TEAM, title="TTLDTT", birth_year=None, position=None)
        assert (await desk.send(replace(team, summary="Tập thể tốt", documents=BARE), CLERK)).ok
        await desk.ask(show, AUDITOR)
        _assert_nowhere(desk.system.settings, await _messages(desk.system))
        log = desk.system.log("nominations")
        assert "persons read" in log
        assert person_id in log

        select = "SELECT secret FROM person_key WHERE kid = ?"
        ((secret,),) = change(desk.system.settings, "persons", select, (person_id,))
        erase = ErasePerson(person_id=person_id, ground=ErasureGround.REQUEST, at=submit.at)
        for by in (DESK, CLERK, AUDITOR):
            assert (await desk.send(erase, by)).rejected == "actor.not_allowed"
        assert (await desk.ask(show, AUDITOR))["dossier"]["name"] == NAME
        unknown = replace(erase, person_id="nobody")
        assert (await desk.send(unknown, ADMIN)).rejected == "person.not_found"
        erased = await desk.send(erase, ADMIN)
        assert erased.ok
        assert (await desk.send(erase, ADMIN)).ok == erased.ok

        shown = await desk.ask(show, AUDITOR)
        dossier = shown["dossier"]
        assert dossier["is_erased"]
        assert dossier["state"] == "withdrawn"
        said = json.dumps(shown, ensure_ascii=False)
        assert not [word for word in CLEAR if word in said]
        assert (await desk.ask(ListDossiers(text="nguyen thi lan"), DESK))["dossiers"] == []
        assert (await desk.send(fresh(person_id=person_id), CLERK)).rejected == "person.erased"

        # A rebuilt read model tells the same, and so does a process that finds the key back from a backup.
        await _rebuild(desk.system)
        assert (await desk.ask(show, AUDITOR)) == shown
        desk.system.stop("nominations")
        change(desk.system.settings, "persons", "UPDATE person_key SET secret = ? WHERE kid = ?", (secret, person_id))
        desk.system.start("nominations")
        assert (await desk.ask(show, AUDITOR)) == shown


async def _rebuild(system: RunningServices) -> None:
    client = await system.bus.connect("cli")
    try:
        bus = BusClient(client, issuer="cli", key=create_key(system.settings.data_dir / "actors", "cli"))
        reply = await bus.control("nominations", "rebuild", b'{"read_model": "nominations"}', OPERATOR, timeout_s=30)
        assert reply.ok, reply
    finally:
        await client.close()


async def _public(system: RunningServices) -> list[Any]:
    client = await system.bus.connect("nominations")
    try:
        for _ in range(100):
            last = await last_message(client, "PUBLIC", "public.*.nominations.>")
            messages = [await message_at(client, "PUBLIC", seq) for seq in range(1, last.seq + 1 if last else 1)]
            bodies = [json.loads(one.body) for one in messages if one and one.subject.split(".")[2] == "nominations"]
            if len(bodies) >= 2:
                return bodies
            await asyncio.sleep(0.05)
        raise AssertionError("nothing was made public")
    finally:
        await client.close()


async def _messages(system: RunningServices) -> str:
    """Return all that the log and PUBLIC hold, as text; the blocks on the disk may be compressed."""
    client = await system.bus.connect("nominations")
    said = []
    try:
        for stream, subject in (("NOMINATIONS", "nominations.evt.>"), ("PUBLIC", "public.*.nominations.>")):
            last = await last_message(client, stream, subject)
            assert last is not None
            for seq in range(1, last.seq + 1):
                message = await message_at(client, stream, seq)
                if message is not None:
                    said.append(f"{message.subject} {message.headers} {message.body.decode()}")
    finally:
        await client.close()
    return "\n".join(said)


def _assert_nowhere(settings: Settings, messages: str) -> None:
    """Look through the streams, all databases, logs and traces; a collective's name shows that looking finds."""
    held = {"messages": messages} | {name: dump(settings, name) for name in ("plans", "nominations", "persons")}
    folder = settings.data_dir
    for path in (one for one in folder.rglob("*") if one.is_file()):
        held[str(path)] = path.read_bytes().decode("utf-8", errors="replace")
    found = {(place, word) for place, text in held.items() for word in CLEAR if _is_in(text, word)}
    assert found == set()
    assert _is_in(held["messages"], TEAM)
    assert _is_in(held["nominations"], TEAM)


def _is_in(text: str, word: str) -> bool:
    # What is JSON may hold letters beyond ASCII as escapes.
    return word in text or json.dumps(word)[1:-1] in text
