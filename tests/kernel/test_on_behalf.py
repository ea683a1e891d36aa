"""Acting during somebody's leave: in one's own right first, else on behalf, and the event says on whose."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest

from services.plans.commands import COMMANDS, EstablishOrganisation, PlansCommand, RenameUnit
from services.plans.commands import NewUnit as Unit
from services.plans.events import EVENTS, UnitKind
from shared.actor import create_key
from shared.bus import BusClient, Reply
from shared.clock import new_id
from shared.eventstore import last_message
from shared.text import kebab
from shared.types import CITY, Actor, Grant, Recorded, Role
from tests.support.services import RunningServices, running_services

DISTRICT = "cai-rang"
AFFAIRS = Grant(role=Role.HOME_AFFAIRS, district=DISTRICT)
CLERK = Grant(role=Role.UNIT_CLERK, district=DISTRICT, unit="le-binh")
FROM_HEAD = replace(AFFAIRS, delegated_by="trưởng phòng", valid_from=date(2020, 2, 6), valid_to=date(2020, 2, 7))
FROM_ELSEWHERE = replace(AFFAIRS, district="o-mon", delegated_by="nơi khác")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    with running_services(tmp_path_factory.mktemp("behalf"), ("plans",)) as running:
        yield running


@asynccontextmanager
async def _bus(system: RunningServices) -> AsyncIterator[BusClient]:
    client = await system.bus.connect("portal")
    try:
        bus = BusClient(client, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
        unit = Unit(unit_id="le-binh", name="UBND phường Lê Bình", short_name="Lê Bình", kind=UnitKind.WARD)
        establish = EstablishOrganisation(
            district=DISTRICT,
            code="919",
            name="Quận Cái Răng",
            short_name="Cái Răng",
            valid_from=date(2004, 1, 1),
            units=(unit,),
            at=system.clock.now(),
        )
        admin = Actor(account_id="admin", grants=(Grant(role=Role.ADMIN, district=CITY),))
        assert (await _send(bus, establish, admin)).ok
        yield bus
    finally:
        await client.close()


async def _send(bus: BusClient, command: PlansCommand, actor: Actor, command_id: str = "") -> Reply:
    name = kebab(type(command).__name__)
    return await bus.command("plans", name, COMMANDS.encode(command), actor, command_id=command_id or new_id())


def _rename(system: RunningServices, name: str) -> RenameUnit:
    return RenameUnit(
        district=DISTRICT,
        unit_id="le-binh",
        name=name,
        short_name="Lê Bình",
        renamed_on=date(2020, 2, 6),
        at=system.clock.now(),
    )


async def _last(system: RunningServices) -> Recorded[object]:
    client = await system.bus.connect("plans")
    try:
        message = await last_message(client, "PLANS", f"plans.evt.{DISTRICT}.organisation.>")
        assert message is not None
        return EVENTS.recorded(
            subject=message.subject,
            headers=message.headers,
            body=message.body,
            stream="PLANS",
            seq=message.seq,
            recorded_at=message.recorded_at,
        )
    finally:
        await client.close()


async def test_who_acts_on_behalf_is_the_actor_and_the_event_names_whom_for(system: RunningServices) -> None:
    async with _bus(system) as bus:
        actor = Actor(account_id="van-thu", grants=(CLERK, FROM_ELSEWHERE, FROM_HEAD))
        command = _rename(system, "Phường Lê Bình")
        assert (await _send(bus, command, actor, "c-1")).ok
        recorded = await _last(system)
        assert (recorded.actor, recorded.on_behalf_of) == ("van-thu", "trưởng phòng")
        assert recorded.headers["ce-onbehalfof"].isascii()
        # A second click is the same command, also when the delegation has ended meanwhile.
        again = await _send(bus, command, replace(actor, grants=(AFFAIRS,)), "c-1")
        assert again.ok
        assert again.ok["seq"] == recorded.seq
        assert (await _last(system)).seq == recorded.seq


async def test_what_one_may_oneself_is_not_done_on_behalf(system: RunningServices) -> None:
    async with _bus(system) as bus:
        actor = Actor(account_id="pnv", grants=(FROM_HEAD, AFFAIRS))
        assert (await _send(bus, _rename(system, "UBND phường Lê Bình A"), actor)).ok
        recorded = await _last(system)
        assert (recorded.actor, recorded.on_behalf_of) == ("pnv", "")
        assert "ce-onbehalfof" not in recorded.headers


async def test_before_and_after_its_days_and_elsewhere_a_delegation_gives_nothing(system: RunningServices) -> None:
    over = replace(FROM_HEAD, valid_from=date(2020, 1, 1), valid_to=date(2020, 2, 5))
    ahead = replace(FROM_HEAD, valid_from=date(2020, 2, 7))
    async with _bus(system) as bus:
        for grant in (over, ahead, FROM_ELSEWHERE):
            reply = await _send(bus, _rename(system, "Tên khác"), Actor(account_id="van-thu", grants=(CLERK, grant)))
            assert reply.rejected == "actor.not_allowed", grant


async def test_a_refusal_of_the_thing_itself_is_told_rather_than_the_lack_of_a_right(system: RunningServices) -> None:
    async with _bus(system) as bus:
        actor = Actor(account_id="van-thu", grants=(CLERK, FROM_HEAD))
        command = replace(_rename(system, "Tên"), unit_id="khong-co")
        reply = await _send(bus, command, actor)
        assert reply.rejected == "unit.not_found"
