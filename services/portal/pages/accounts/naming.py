"""The words of accounts: roles with their place, the names of units, who may be chosen."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from services.plans.views import OrganisationDetail, ShowOrganisation
from services.portal.backend import ask_or_none
from services.portal.format import day
from services.portal.labels import label
from services.portal.session import portal, require_role
from shared.accounts import Accounts, SessionAccount
from shared.text import sort_key
from shared.types import DISTRICTS, Grant, Role

Admin: TypeAlias = Annotated[SessionAccount, Depends(require_role(Role.ADMIN))]


def accounts_of(request: Request) -> Accounts:
    """Return the account store."""
    return portal(request).accounts


async def unit_names(request: Request, districts: Iterable[str] = DISTRICTS) -> Mapping[str, str]:
    """Return `<district>/<unit>` → short name; what cannot be asked for is left out, and shows as its id."""
    year = portal(request).clock.today().year
    wanted = [one for one in DISTRICTS if one in set(districts)]
    answers = await asyncio.gather(
        *(ask_or_none(request, ShowOrganisation(district=one, year=year), OrganisationDetail) for one in wanted)
    )
    return {
        f"{district}/{unit.unit_id}": unit.short_name
        for district, answer in zip(wanted, answers, strict=True)
        for unit in (answer.view.units if answer else ())
    }


def grant_words(grant: Grant, units: Mapping[str, str], *, with_dates: bool = True) -> str:
    """Return a role with its place in words, as `Cán bộ đơn vị · Phường Lê Bình, Quận Cái Răng`."""
    place = label("places", grant.district)
    if grant.unit:
        place = f"{units.get(f'{grant.district}/{grant.unit}', grant.unit)}, {place}"
    words = f"{label('roles', grant.role)} · {place}"
    if with_dates and grant.valid_from:
        words += f", từ {day(grant.valid_from)}"
    if with_dates and grant.valid_to:
        words += f", đến {day(grant.valid_to)}"
    return words


def unit_options(units: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return all units as options, by district and name."""
    ordered = sorted(units, key=lambda key: (DISTRICTS.index(key.split("/")[0]), sort_key(units[key])))
    return [(key, f"{label('places', key.split('/')[0])} · {units[key]}") for key in ordered]


def person_key(full_name: str) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Return the key that sorts people as is usual here: by the last word of the name, then the others."""
    *others, last = full_name.split() or [""]
    return sort_key(" ".join((last, *others)))
