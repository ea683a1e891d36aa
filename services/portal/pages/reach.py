"""What the signed-in person may reach, and the names of what is there: districts, units, groups, years."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Annotated, TypeAlias
from urllib.parse import urlencode

from fastapi import Depends, Request

from services.plans.views import OrganisationDetail, ShowOrganisation
from services.portal.backend import ask, backend
from services.portal.labels import label
from services.portal.numbers import year_in
from services.portal.session import portal
from services.portal.shell import begin_page
from shared.accounts import SessionAccount
from shared.clock import Clock
from shared.errors import Rejected
from shared.text import sort_key
from shared.types import CITY, DISTRICTS, Role

Signed: TypeAlias = Annotated[SessionAccount, Depends(begin_page)]

YEARS_BACK = 5
DOSSIER_READERS = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.CITY_BOARD, Role.CITY_CHAIR, Role.AUDITOR)
SHEET_READERS = (*DOSSIER_READERS, Role.COUNCIL_SECRETARY, Role.COUNCIL_MEMBER, Role.COUNCIL_CHAIR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Who asks, on which business day: the questions that pages ask about rights.

    Pages only leave out what would be refused; the services decide.
    """

    account: SessionAccount
    today: date

    @property
    def districts(self) -> tuple[str, ...]:
        """Return the districts that the person reads."""
        return tuple(one for one in DISTRICTS if self.account.actor.reads(one, on=self.today))

    @property
    def reads_city(self) -> bool:
        """Return whether the person reads all five districts."""
        return self.account.actor.reads_city(on=self.today)

    def has(self, *roles: Role, district: str, unit: str | None = None) -> bool:
        """Return whether one of the roles is held for the district, or the unit."""
        return self.account.actor.has(*roles, on=self.today, district=district, unit=unit)

    def units(self, district: str) -> frozenset[str]:
        """Return the units of the district that the person speaks for."""
        return self.account.actor.units(district, on=self.today)

    def reads_dossiers(self, district: str, unit: str | None = None) -> bool:
        """Return whether the person reads the dossiers of the district, or of the unit."""
        return self.has(*DOSSIER_READERS, district=district) or (unit is not None and unit in self.units(district))

    def reads_sheets(self, district: str, unit: str | None = None) -> bool:
        """Return whether the person reads the score sheets of the district, or of the unit."""
        return self.has(*SHEET_READERS, district=district) or (unit is not None and unit in self.units(district))

    def speaks_for(self, district: str, unit: str) -> bool:
        """Return whether the person may report for the unit: its own people, and Phòng Nội vụ."""
        return unit in self.units(district) or self.has(Role.HOME_AFFAIRS, district=district)


def reach_of(request: Request, account: SessionAccount) -> Reach:
    """Return the reach of who is signed in, today."""
    return Reach(account=account, today=portal(request).clock.today())


def check_district(district: str) -> str:
    """Return the district. Raises Rejected `page.not_found` for what is none."""
    if district not in (*DISTRICTS, CITY):
        raise Rejected("page.not_found")
    return district


def year_of(request: Request, clock: Clock) -> int:
    """Return the year of the address (`nam`), this year without one."""
    return year_in(request.query_params.get("nam", "")) or clock.today().year


def years(today: date, *known: int) -> list[tuple[str, str]]:
    """Return the years that may be chosen, newest first."""
    found = {*known, *range(today.year - YEARS_BACK + 1, today.year + 2)}
    return [(str(year), str(year)) for year in sorted(found, reverse=True)]


def place(district: str) -> str:
    """Return the name of the district or the city."""
    return label("places", district)


def districts_of(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return options of districts, in the usual order."""
    wanted = set(codes)
    return [(one, place(one)) for one in (*DISTRICTS, CITY) if one in wanted]


@dataclass(frozen=True, kw_only=True)
class Directory:
    """The names of a district's units, sets and groups of one year."""

    detail: OrganisationDetail

    def unit(self, unit_id: str) -> str:
        """Return the short name; the id where there is none."""
        return self.names.get(unit_id, unit_id)

    def member(self, unit_id: str, on: date) -> str:
        """Return the short name of a group's member, with its last day where it has ended by the day."""
        unit = next((one for one in self.detail.units if one.unit_id == unit_id), None)
        if unit is None or unit.valid_to is None or on <= unit.valid_to:
            return self.unit(unit_id)
        return f"{unit.short_name} (hoạt động đến {unit.valid_to:%d/%m/%Y})"

    def group(self, group_id: str | None) -> str:
        """Return the name of the group."""
        return next((one.name for one in self.detail.groups if one.group_id == group_id), group_id or "")

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return the name of each unit and each set."""
        units = {unit.unit_id: unit.short_name for unit in self.detail.units}
        return units | {one.set_id: one.name for one in self.detail.sets}

    def unit_options(self, only: Iterable[str] | None = None, *, on: date | None = None) -> list[tuple[str, str]]:
        """Return the units as options, by name; those that exist on the day where one is given."""
        wanted = None if only is None else set(only)
        units = [
            unit
            for unit in self.detail.units
            if (wanted is None or unit.unit_id in wanted) and (on is None or unit.is_open(on))
        ]
        return [(one.unit_id, one.short_name) for one in sorted(units, key=lambda one: sort_key(one.short_name))]

    def group_options(self) -> list[tuple[str, str]]:
        """Return the groups as options."""
        return [(one.group_id, one.name) for one in self.detail.groups]


async def directory(request: Request, district: str, year: int, *, as_of: date | None = None) -> Directory:
    """Return the names of the district, or those it had at the end of a day. Raises Rejected or Fault.

    A page and what surrounds it name the same units, at the same time: they are asked for once a request,
    and what is refused is refused once.
    """
    asked: dict[ShowOrganisation, asyncio.Task[Directory]] = request.scope.setdefault("tdkt.directories", {})
    question = ShowOrganisation(district=district, year=year, as_of=as_of)
    if question not in asked:
        asked[question] = asyncio.create_task(_directory(request, question))
    return await asyncio.shield(asked[question])  # who waits no longer takes it from nobody else


async def _directory(request: Request, question: ShowOrganisation) -> Directory:
    """Return the names; of an organisation that has not changed since they were last told, those that are kept."""
    charts = backend(request).charts
    kept = charts.get(question)
    answer = await ask(request, replace(question, known=kept.seq if kept else None), OrganisationDetail)
    if kept is not None and answer.view.is_known:
        return Directory(detail=kept)
    charts.keep(question, answer.view)
    return Directory(detail=answer.view)


def with_query(path: str, **query: object) -> str:
    """Return the path with those parameters that have a value."""
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def own_first(districts: Sequence[str], reach: Reach) -> str:
    """Return the district that a page shows when none is named: the person's own, else the first readable."""
    own = [grant.district for grant in reach.account.actor.grants if grant.holds_on(reach.today)]
    return next((one for one in own if one in districts), districts[0] if districts else "")
