"""The reads of the organisation: districts, units, sets, groups."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import get_args

from services.plans.commands import OrganisationCommand
from services.plans.decider import OrganisationFacts
from services.plans.documents import (
    KnownUnit,
    ParsedPlan,
    UnitDirectory,
    parse_plan,
    unit_directory,
)
from services.plans.events import Group, Unit
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.views import (
    ListOrganisations,
    OrganisationDetail,
    OrganisationList,
    OrganisationView,
    ParsePlan,
    ShowOrganisation,
    UnitSetView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, Actor, Role


async def organisation_of(edge: Edge, district: str) -> OrganisationView:
    """Return the organisation. Raises Rejected `organisation.not_established`."""
    found = await edge.rows.get(OrganisationView, "organisation", district)
    if found is None:
        raise Rejected("organisation.not_established", district=district[:40])
    return found


async def units_of(edge: Edge, district: str) -> list[Unit]:
    """Return the district's units."""
    return await edge.rows.select(Unit, "unit", where=lambda unit: [unit.district == district])


async def sets_of(edge: Edge, district: str) -> list[UnitSetView]:
    """Return the district's sets of units."""
    return await edge.rows.select(UnitSetView, "unit_set", where=lambda one: [one.district == district])


async def groups_of(edge: Edge, district: str, year: int) -> list[Group]:
    """Return the district's groups of the year."""
    return await edge.rows.select(
        Group, "unit_group", where=lambda group: [group.district == district, group.year == year]
    )


async def _list(_: ListOrganisations, __: Actor, edge: Edge) -> OrganisationList:
    return OrganisationList(organisations=tuple(await edge.rows.select(OrganisationView, "organisation")))


async def _detail(question: ShowOrganisation, actor: Actor, edge: Edge) -> OrganisationDetail:
    district, year = question.district, question.year
    # Who grants roles has to name the units; the chart of offices is no business content.
    if district != CITY and not actor.has(Role.ADMIN, on=edge.clock.today(), district=district):
        require_reader(actor, edge, district)
    return OrganisationDetail(
        organisation=await organisation_of(edge, district),
        units=tuple(await units_of(edge, district)),
        sets=tuple(await sets_of(edge, district)),
        groups=tuple(await groups_of(edge, district, year)),
    )


async def directories(edge: Edge) -> Mapping[str, UnitDirectory]:
    """Return what the reader of a document needs to know of each district."""
    directories = {}
    for organisation in await edge.rows.select(OrganisationView, "organisation"):
        district = organisation.district
        units = [
            KnownUnit(id=unit.unit_id, name=unit.name, aliases=(unit.short_name, *unit.aliases), is_set=False)
            for unit in await units_of(edge, district)
        ]
        units += [
            KnownUnit(id=one.set_id, name=one.name, aliases=one.aliases, is_set=True)
            for one in await sets_of(edge, district)
        ]
        directories[district] = unit_directory(name=organisation.name, short_name=organisation.short_name, units=units)
    return directories


async def _parsed(question: ParsePlan, _: Actor, edge: Edge) -> ParsedPlan:
    # Some pages of text take a while, and others ask meanwhile.
    return await asyncio.to_thread(parse_plan, question.text, await directories(edge))


async def _facts(_: OrganisationCommand, actor: Actor, today: date, __: Edge) -> OrganisationFacts:
    return OrganisationFacts(actor=actor, today=today)


ANSWERS: Answers = {ListOrganisations: _list, ShowOrganisation: _detail, ParsePlan: _parsed}
FACTS: Facts = dict.fromkeys(get_args(OrganisationCommand), _facts)
