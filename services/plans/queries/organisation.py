"""The reads of the organisation: districts, units, sets, groups."""

from collections.abc import Mapping

from services.plans.documents import (
    KnownUnit,
    UnitDirectory,
    unit_directory,
)
from services.plans.events import Group, Unit
from services.plans.views import (
    OrganisationDetail,
    OrganisationView,
    UnitSetView,
)
from shared.errors import Rejected
from shared.process import Edge


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


async def organisation_detail(edge: Edge, district: str, year: int) -> OrganisationDetail:
    """Return the district's units, sets and groups of the year. Raises Rejected `organisation.not_established`."""
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
