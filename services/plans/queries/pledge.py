"""The reads of pledges: by district, by group, by unit, and the facts of their decisions."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import get_args

from services.plans.commands import AppointGroupLeaders, PledgeCommand, RecordPledgeResults, SignPledge
from services.plans.decider import PledgeFacts
from services.plans.events import Group, NamedUnit, PledgePeriod
from services.plans.queries.asking import Answers, Facts
from services.plans.queries.group_year import group_of, history_of, require_group_reader, vacancies_of
from services.plans.queries.organisation import groups_of, units_of
from services.plans.queries.plan import claimed
from services.plans.rules import (
    DISTRICT_UNITS,
    LEAD_STANDING,
    RIGHTS,
    SIGN_STANDING,
    YEARS,
    allows_for_member,
    period_from,
)
from services.plans.views import (
    MyPledges,
    PledgeBoard,
    PledgeDetail,
    PledgeDistrictTotals,
    PledgeDuty,
    PledgeGroupTotals,
    PledgeLine,
    PledgeStatus,
    PledgeView,
    PledgeWork,
    ShowPledge,
    ShowPledges,
    ShowUnitPledge,
    UnitPledge,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, DISTRICTS, Actor

LINES_MAX = 10_000  # more than all targets of every member of the largest group


async def _board(question: ShowPledges, actor: Actor, edge: Edge) -> PledgeBoard:
    """Return the pledges of the year. Raises Rejected `group.year_out_of_range`."""
    require_group_reader(actor, edge, question.district)
    district, year = question.district, question.year
    if year not in YEARS:
        raise Rejected("group.year_out_of_range", year=year)
    pledges = await edge.rows.select(
        PledgeView, "pledge", where=lambda one: [one.district == district, one.year == year]
    )
    given = {one.group_id for one in pledges}
    return PledgeBoard(
        # Results are most of a pledge, and an answer has its limit; the totals say what they come to.
        pledges=tuple(replace(one, results=()) for one in pledges),
        group_totals=tuple(
            await edge.rows.select(
                PledgeGroupTotals,
                "pledge_group_totals",
                where=lambda row: [row.district == district, row.year == year],
            )
        ),
        district_totals=await edge.rows.get(PledgeDistrictTotals, "pledge_district_totals", district, year),
        without=tuple(one for one in await groups_of(edge, district, year) if one.group_id not in given),
        today=edge.clock.today(),
    )


async def _detail(question: ShowPledge, actor: Actor, edge: Edge) -> PledgeDetail:
    """Return the pledge of a group. Raises Rejected `group.not_found`."""
    require_group_reader(actor, edge, question.district)
    key = (question.district, question.group_id, question.year)
    group = await group_of(edge, *key)
    lines = await edge.rows.select(
        PledgeLine,
        "pledge_line",
        where=lambda one: [one.district == key[0], one.group_id == key[1], one.year == key[2]],
        order=("number", "unit_id"),
        limit=LINES_MAX,
    )
    return PledgeDetail(
        group=group,
        pledge=await edge.rows.get(PledgeView, "pledge", *key),
        lines=tuple(lines),
        totals=await edge.rows.get(PledgeGroupTotals, "pledge_group_totals", *key),
        history=tuple(one for one in await history_of(edge, *key) if one.type.startswith("Pledge")),
        mid_from=period_from(PledgePeriod.MID_YEAR, question.year),
        end_from=period_from(PledgePeriod.YEAR_END, question.year),
        today=edge.clock.today(),
    )


async def _unit(question: ShowUnitPledge, actor: Actor, edge: Edge) -> UnitPledge:
    """Return what the unit has to do about the pledge of its group."""
    require_group_reader(actor, edge, question.district)
    district, unit_id, year = question.district, question.unit_id, question.year
    pledges = (
        await edge.rows.select(PledgeView, "pledge", where=lambda one: [one.district == district, one.year == year])
        if year in YEARS
        else []
    )
    # Who signs is fixed when the signing opens; before that the group's members are asked nothing.
    pledge = next((one for one in pledges if unit_id in {unit.unit_id for unit in one.members}), None)
    if pledge is None:
        return UnitPledge(pledge=None, is_unsigned=False, owed=())
    return UnitPledge(
        pledge=replace(pledge, results=()),
        is_unsigned=unit_id in {one.unit_id for one in pledge.unsigned},
        owed=_owed(pledge, unit_id, edge.clock.today()),
    )


def _owed(pledge: PledgeView, unit_id: str, today: date) -> tuple[PledgePeriod, ...]:
    """Return the periods that have begun and of which the unit has not told all results."""
    if pledge.status is not PledgeStatus.CONCLUDED:
        return ()
    told = {(one.period, one.number) for one in pledge.results if one.unit_id == unit_id}
    return tuple(
        period
        for period in PledgePeriod
        if today >= period_from(period, pledge.year)
        and any((period, target.number) not in told for target in pledge.targets)
    )


async def _mine(_: MyPledges, actor: Actor, edge: Edge) -> PledgeWork:
    """Return what waits for the actor; Phòng Nội vụ, which may tell for every unit, is not asked to."""
    today = edge.clock.today()
    districts = [one for one in DISTRICTS if actor.reads(one, on=today)]
    pledges = await edge.rows.select(
        PledgeView,
        "pledge",
        where=lambda one: [
            one.district.in_([*districts, CITY] if districts else []),
            one.year.in_((today.year - 1, today.year)),
            one.status.in_((PledgeStatus.SIGNING, PledgeStatus.CONCLUDED)),
        ],
        order=("year", "district", "group_id"),
    )
    found = (_duty(pledge, unit, actor, today) for pledge in pledges for unit in pledge.members)
    appoints = [one for one in (*DISTRICTS, CITY) if RIGHTS[AppointGroupLeaders].allows(actor, on=today, district=one)]
    vacancies = await asyncio.gather(*(vacancies_of(edge, one, today.year, today.year + 1) for one in appoints))
    return PledgeWork(
        duties=tuple(duty for duty in found if duty.is_unsigned or duty.owed),
        vacancies=tuple(one for each in vacancies for one in each),
    )


def _duty(pledge: PledgeView, unit: NamedUnit, actor: Actor, today: date) -> PledgeDuty:
    district, unit_id = pledge.district, unit.unit_id
    signs = allows_for_member(RIGHTS[SignPledge], SIGN_STANDING, actor, on=today, district=district, unit_id=unit_id)
    own = unit_id in actor.units(district, on=today)
    if district == CITY and unit_id in DISTRICT_UNITS:
        own = actor.has(*LEAD_STANDING, on=today, district=DISTRICT_UNITS[unit_id])
    return PledgeDuty(
        district=district,
        group_id=pledge.group_id,
        year=pledge.year,
        group_name=pledge.group_name,
        unit_id=unit_id,
        unit_name=unit.name,
        is_unsigned=signs and unit_id in {one.unit_id for one in pledge.unsigned},
        owed=_owed(pledge, unit_id, today) if own else (),
    )


async def _facts(command: PledgeCommand, actor: Actor, today: date, edge: Edge) -> PledgeFacts:
    district, group_id, year = command.district, command.group_id, command.year
    if year not in YEARS:
        return PledgeFacts(actor=actor, today=today)
    named = command.attachments if isinstance(command, RecordPledgeResults) else ()
    return PledgeFacts(
        actor=actor,
        today=today,
        group=await edge.rows.get(Group, "unit_group", district, group_id, year),
        units={unit.unit_id: unit for unit in await units_of(edge, district)},
        attachments=await claimed(named, actor, edge),
    )


ANSWERS: Answers = {ShowPledges: _board, ShowPledge: _detail, ShowUnitPledge: _unit, MyPledges: _mine}
FACTS: Facts = dict.fromkeys(get_args(PledgeCommand), _facts)
