"""Which units a district had on a day, and the life of each of them in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.plans.commands import CloseDistrict, HandOverTasks, MergeUnits, PlansCommand
from services.plans.documents.sheets import unit_kind_words
from services.plans.events import Unit
from services.plans.rules import RIGHTS
from services.plans.views import OrganisationDetail, ShowOrganisation, ShowUnit, UnitDetail, UnitHistory
from services.portal.backend import ask, backend
from services.portal.format import day as day_text
from services.portal.numbers import year_in
from services.portal.pages.ending import ended_words, paper_words
from services.portal.pages.forms import parse_day
from services.portal.pages.reach import (
    Reach,
    Signed,
    check_district,
    directory,
    districts_of,
    own_first,
    place,
    reach_of,
)
from services.portal.shell import page
from shared.errors import Rejected
from shared.text import sort_key
from shared.types import CITY, DISTRICTS, Role

router = APIRouter(include_in_schema=False)

ORGANISERS = (Role.HOME_AFFAIRS, Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One unit of the chart, under the name that it bore on the day; `until` says how it ended, or will."""

    unit: Unit
    name: str
    short_name: str
    kind: str
    group: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of a unit's life: from when it holds, in words, the paper, who recorded it and when."""

    on: date
    text: str
    paper: str
    who: str
    recorded: str


@router.get("/to-chuc/don-vi")
async def go_to_own_district(request: Request, account: Signed) -> Response:
    """Go to the district whose organisation the person sees first."""
    districts = _districts(reach_of(request, account))
    if not districts:
        raise Rejected("access.denied")
    return RedirectResponse(f"/to-chuc/don-vi/{own_first(districts, reach_of(request, account))}", status_code=303)


@router.get("/to-chuc/don-vi/{district}")
async def show_chart(request: Request, account: Signed, district: str, nam: str = "", ngay: str = "") -> Response:
    """Show the units of the district as they were on a day, and its groups in that year."""
    check_district(district)
    reach = reach_of(request, account)
    on = _day_of(ngay, nam, reach.today)
    answer = await ask(request, ShowOrganisation(district=district, year=on.year), OrganisationDetail)
    detail = answer.view
    names = {unit.unit_id: unit.name_on(on).short_name for unit in detail.units}
    groups = {unit_id: group.name for group in detail.groups for unit_id in group.members}
    lines = [_line(unit, on, names, groups) for unit in detail.units]
    lines.sort(key=lambda line: sort_key(line.short_name))
    return await page(
        request,
        "organisation/units.html",
        fresh=answer.fresh,
        district=district,
        place=place(district),
        on=on,
        is_today=on == reach.today,
        year=str(on.year),
        district_options=districts_of(_districts(reach)),
        units=[line for line in lines if line.unit.is_open(on)],
        ended=[line for line in lines if line.unit.valid_to is not None and line.unit.valid_to < on],
        coming=[line for line in lines if line.unit.valid_from > on],
        group_count=len(detail.groups),
        notice=ended_words(detail.organisation, on),
        may_revise=may(reach, MergeUnits, district) and detail.organisation.is_open(reach.today),
        may_close=district != CITY and may(reach, CloseDistrict, district),
        path=f"/to-chuc/don-vi/{district}",
    )


@router.get("/to-chuc/don-vi/{district}/{unit_id}")
async def show_life(request: Request, account: Signed, district: str, unit_id: str) -> Response:
    """Show what became of the unit, from its first day on."""
    check_district(district)
    reach = reach_of(request, account)
    answer = await ask(request, ShowUnit(district=district, unit_id=unit_id), UnitDetail)
    view = answer.view
    names = (await directory(request, district, view.today.year)).names
    entries = [await _entry(request, one, names) for one in view.history]
    is_open = view.organisation.is_open(reach.today)
    return await page(
        request,
        "organisation/unit.html",
        fresh=answer.fresh,
        district=district,
        place=place(district),
        unit=view.unit,
        kind=unit_kind_words()[view.unit.kind],
        is_open=view.unit.is_open(view.today),
        day=view.today,
        entries=sorted(entries, key=lambda one: one.on),
        predecessors=[(one.unit_id, one.name) for one in view.predecessors],
        heir=view.heir,
        notice=ended_words(view.organisation, view.today, view.unit.unit_id),
        open_work=view.open_work,
        may_revise=is_open and may(reach, MergeUnits, district) and view.unit.is_open(view.today),
        may_hand_over=is_open and may(reach, HandOverTasks, district) and view.heir is not None,
        works_here=reach.account.actor.reads(district, on=reach.today),
        path=f"/to-chuc/don-vi/{district}/{unit_id}",
    )


def may(reach: Reach, command: type[PlansCommand], district: str) -> bool:
    """Return whether the person has the right to the command in the district."""
    return RIGHTS[command].allows(reach.account.actor, on=reach.today, district=district)


def _districts(reach: Reach) -> list[str]:
    revised = [one for one in (*DISTRICTS, CITY) if reach.has(*ORGANISERS, district=one)]
    return revised or list(reach.districts)


def _day_of(ngay: str, nam: str, today: date) -> date:
    """Return the day that the address names: a date, else the last day of a year, else today."""
    try:
        return parse_day(ngay)
    except ValueError:
        year = year_in(nam)
        return today if year is None or year == today.year else date(year, 12, 31)


def _line(unit: Unit, on: date, names: Mapping[str, str], groups: Mapping[str, str]) -> Line:
    until = ""
    if unit.valid_to is not None:
        heir = f", nay là {names.get(unit.successor_id, unit.successor_id)}" if unit.successor_id else ""
        until = f"đến {day_text(unit.valid_to)}{heir}"
    name = unit.name_on(on)
    return Line(
        unit=unit,
        name=name.name,
        short_name=name.short_name,
        kind=unit_kind_words()[unit.kind],
        group=groups.get(unit.unit_id, ""),
        until=until,
    )


async def _entry(request: Request, one: UnitHistory, names: Mapping[str, str]) -> Entry:
    return Entry(
        on=one.on,
        text=life_words(one, names),
        paper=paper_words(one.paper),
        who=await backend(request).name_of(one.by),
        recorded=day_text(one.at),
    )


def life_words(one: UnitHistory, names: Mapping[str, str]) -> str:
    """Return in one plain sentence what happened to the unit."""
    others = _listed([other.name or names.get(other.unit_id, other.unit_id) for other in one.others])
    reason = f" Lý do: {one.reason}" if one.reason else ""
    match one.type, one.is_successor:
        case "UnitEstablished", _:
            return f"Thành lập, tên gọi: {one.name}."
        case "UnitRenamed", _:
            return f"Đổi tên từ {others} thành {one.name}."
        case "UnitCorrected", _:
            return "Đính chính thông tin của đơn vị."
        case "UnitClosed", True:
            return f"Tiếp nhận phần việc của {others}, đơn vị kết thúc hoạt động sau ngày này.{reason}"
        case "UnitClosed", False:
            onward = f" Đơn vị kế thừa: {others}." if others else " Không có đơn vị kế thừa."
            return f"Ngày hoạt động cuối cùng.{onward}{reason}"
        case "UnitsMerged", True:
            return f"Tiếp nhận {others} sáp nhập vào."
        case "UnitsMerged", False:
            return f"Sáp nhập vào {others}."
        case "UnitSplit", True:
            return f"Được chia, tách từ {others}."
        case _:
            return f"Chia, tách thành {others}."


def _listed(names: Sequence[str]) -> str:
    return " và ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
