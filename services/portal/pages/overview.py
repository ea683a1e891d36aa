"""The levels above a task: unit, group, district, city; every count leads to the tasks behind it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.views import CityDossiers, DistrictDossiers, ShowCityDossiers, ShowDistrictDossiers
from services.plans.views import (
    ActivityYear,
    Board,
    BoardFilter,
    CityActivities,
    CityOverview,
    DistrictOverview,
    PlanHead,
    PlanView,
    ShowActivities,
    ShowBoard,
    ShowCity,
    ShowCityActivities,
    ShowDistrict,
)
from services.portal.backend import Answer, ask, ask_or_none, freshness
from services.portal.format import number
from services.portal.pages.charts import draw_shares
from services.portal.pages.past import day_of, earlier_day
from services.portal.pages.plans import FILTERS, STATE_FILTERS, issued_plan, quarter_in
from services.portal.pages.pledges import unit_pledge
from services.portal.pages.reach import (
    Signed,
    check_district,
    directory,
    place,
    reach_of,
    with_query,
    year_of,
    years,
)
from services.portal.pages.unit_plans.elsewhere import own_plan, unit_plan_counts
from services.portal.session import portal
from services.portal.shell import page
from shared.errors import Rejected
from shared.text import sort_key
from shared.types import CITY, DISTRICTS, Role

router = APIRouter(include_in_schema=False)

QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`đã xong/tổng` of one quarter, and where the tasks behind each of the two are."""

    done: int
    total: int
    done_href: str
    total_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a grid: a unit, a group or a district, its quarters, the year, and what is overdue."""

    name: str
    href: str
    cells: tuple[Cell, ...]
    year: Cell
    overdue: int
    overdue_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Where the tasks behind the figures of a line are: a page, its filters, and the filter of each kind of figure."""

    page: str = ""
    query: Mapping[str, object]
    done: str = "hoan-thanh"
    total: str = "hieu-luc"
    overdue: str = "qua-han"

    def href(self, state: str, quarter: int | None = None) -> str:
        """Return where the tasks of the state (and quarter) are; empty where there is no page of them."""
        return with_query(self.page, **{**self.query, "quy": quarter, "trang_thai": state}) if self.page else ""


def behind_board(plan: PlanView | PlanHead | None, day: date | None, **query: object) -> Behind:
    """Return the plan's board as the page behind the figures of a group or of all, on the day."""
    return Behind(page=_board(plan), query={**query, "ngay": day})


def behind_unit(plan: PlanView | None, day: date | None, unit_id: str) -> Behind:
    """Return the same for a unit, whose figures count its own parts."""
    return Behind(page=_board(plan), query={"don_vi": unit_id, "ngay": day}, done="phan-xong", overdue="phan-tre")


def grid_line(name: str, href: str, counts: Mapping[int, tuple[int, int]], behind: Behind, overdue: int) -> Line:
    """Return a row of the grid; `counts` is quarter → (done, all)."""

    def cell(done: int, total: int, quarter: int | None = None) -> Cell:
        return Cell(
            done=done,
            total=total,
            done_href=behind.href(behind.done, quarter),
            total_href=behind.href(behind.total, quarter),
        )

    cells = tuple(cell(*counts.get(one, (0, 0)), one) for one in QUARTERS)
    return Line(
        name=name,
        href=href,
        cells=cells,
        year=cell(sum(one.done for one in cells), sum(one.total for one in cells)),
        overdue=overdue,
        overdue_href=behind.href(behind.overdue),
    )


def _by_quarter(rows: Iterable[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    return {quarter: (done, total) for quarter, done, total in rows}


@router.get("/tong-quan/{district}")
async def show_district(request: Request, account: Signed, district: str) -> Response:
    """Show one district's year: units and groups by quarter, and what is overdue."""
    check_district(district)
    if district == CITY:
        raise Rejected("page.not_found")
    year = year_of(request, portal(request).clock)
    earlier = earlier_day(request)
    day = day_of(earlier)
    answer = await ask(request, ShowDistrict(district=district, year=year, as_of=day), DistrictOverview)
    dossiers = None
    activities = None
    if earlier is None:  # dossiers, campaigns, inspections and trainings are shown as they are now
        dossiers = await ask_or_none(request, ShowDistrictDossiers(district=district, year=year), DistrictDossiers)
        activities = await ask_or_none(request, ShowActivities(district=district, year=year), ActivityYear)
    view = answer.view
    units = [
        grid_line(
            unit.short_name,
            with_query(f"/don-vi/{district}/{unit.unit_id}", nam=year, ngay=day),
            _by_quarter(
                (row.quarter, row.parts_done, row.tasks) for row in view.unit_totals if row.unit_id == unit.unit_id
            ),
            behind_unit(view.plan, day, unit.unit_id),
            view.overdue_units.get(unit.unit_id, 0),
        )
        for unit in sorted(view.units, key=lambda one: sort_key(one.short_name))
    ]
    groups = [
        grid_line(
            group.name,
            with_query(f"/nhom/{district}/{group.group_id}", nam=year, ngay=day),
            _by_quarter(
                (row.quarter, row.completed, row.tasks) for row in view.group_totals if row.group_id == group.group_id
            ),
            behind_board(view.plan, day, nhom=group.group_id),
            view.overdue_groups.get(group.group_id, 0),
        )
        for group in view.groups
    ]
    whole = grid_line(
        place(district),
        "",
        _by_quarter((row.quarter, row.completed, row.tasks) for row in view.district_totals),
        behind_board(view.plan, day),
        view.overdue,
    )
    late: Board | None = None
    if view.plan and view.overdue:
        overdue = ShowBoard(district=district, plan_id=view.plan.plan_id, only=BoardFilter.OVERDUE, as_of=day)
        late = (await ask(request, overdue, Board)).view
    return await page(
        request,
        "overview/district.html",
        fresh=answer.fresh,
        place=place(district),
        district=district,
        year=year,
        year_options=years(portal(request).clock.today(), year),
        plan=view.plan,
        whole=whole,
        groups=groups,
        units=[line for line in units if line.year.total],
        idle=[line for line in units if not line.year.total],
        late=late,
        day=view.today,
        earlier=earlier,
        unit_plans=await unit_plan_counts(request, district, year, day),
        activities=activities.view if activities else None,
        dossiers=_dossier_counts(dossiers.view.district_totals)
        if dossiers and reach_of(request, account).reads_dossiers(district)
        else None,
    )


@router.get("/thanh-pho")
async def show_city(request: Request, account: Signed) -> Response:
    """Show the five districts side by side."""
    year = year_of(request, portal(request).clock)
    earlier = earlier_day(request)
    day = day_of(earlier)
    answer = await ask(request, ShowCity(year=year, as_of=day), CityOverview)
    dossiers = None
    activities = None
    if earlier is None:  # dossiers, campaigns, inspections and trainings are shown as they are now
        dossiers = await ask_or_none(request, ShowCityDossiers(year=year), CityDossiers)
        activities = await ask_or_none(request, ShowCityActivities(year=year), CityActivities)
    lines = city_lines(answer.view, year, day)
    done = sum(row.completed for row in answer.view.city_totals)
    total = sum(row.tasks for row in answer.view.city_totals)
    return await page(
        request,
        "overview/city.html",
        fresh=freshness((answer, dossiers)),
        year=year,
        year_options=years(portal(request).clock.today(), year),
        earlier=earlier,
        lines=lines,
        whole=grid_line(
            place(CITY),
            "",
            _by_quarter((row.quarter, row.completed, row.tasks) for row in answer.view.city_totals),
            Behind(page="/thanh-pho/nhiem-vu", query={"nam": year, "ngay": day}),
            sum(answer.view.overdue.values()),
        ),
        done=done,
        total=total,
        plans={plan.district: plan for plan in answer.view.plans},
        activities=activities.view.districts if activities else (),
        activity_sums=_activity_sums(activities.view.districts) if activities else (),
        dossiers={
            one: _dossier_counts([row for row in dossiers.view.district_totals if row.district == one])
            for one in DISTRICTS
        }
        if dossiers
        else None,
        districts=[(one, place(one)) for one in DISTRICTS],
        names={one: place(one) for one in DISTRICTS},
    )


@router.get("/thanh-pho/bieu-do.svg")
async def draw_city(request: Request, account: Signed) -> Response:
    """Draw how much of each district's plan is done, as a picture of its own."""
    year = year_of(request, portal(request).clock)
    day = day_of(earlier_day(request))
    answer = await ask(request, ShowCity(year=year, as_of=day), CityOverview)
    lines = city_lines(answer.view, year, day)
    picture = draw_shares(
        [line.name.removeprefix("Quận ") for line in lines],
        [100 * line.year.done / line.year.total if line.year.total else None for line in lines],
    )
    return Response(picture, media_type="image/svg+xml")


@router.get("/thanh-pho/nhiem-vu")
async def list_city_tasks(request: Request, account: Signed, quy: str = "", trang_thai: str = "") -> Response:
    """Show the tasks of the five districts that are behind a figure of the city."""
    year = year_of(request, portal(request).clock)
    earlier = earlier_day(request)
    day = day_of(earlier)
    city = await ask(request, ShowCity(year=year, as_of=day), CityOverview)
    boards = await asyncio.gather(
        *(
            ask(
                request,
                ShowBoard(
                    district=plan.district,
                    plan_id=plan.plan_id,
                    quarter=quarter_in(quy),
                    only=FILTERS.get(trang_thai),
                    as_of=day,
                ),
                Board,
            )
            for plan in city.view.plans
        )
    )
    return await page(
        request,
        "overview/city_tasks.html",
        fresh=freshness((city, *boards)),
        year=year,
        year_options=years(portal(request).clock.today(), year),
        earlier=earlier,
        boards=[
            (board.view, behind_board(board.view.plan, day).href(trang_thai, quarter_in(quy)))
            for board in boards
            if board.view.found
        ],
        total=sum(board.view.found for board in boards),
        filters={"quy": quy, "trang_thai": trang_thai},
        state_options=STATE_FILTERS,
    )


def city_lines(view: CityOverview, year: int, day: date | None) -> list[Line]:
    """Return one row a district."""
    plans = {plan.district: plan for plan in view.plans}
    return [
        grid_line(
            place(district),
            with_query(f"/tong-quan/{district}", nam=year, ngay=day),
            _by_quarter(
                (row.quarter, row.completed, row.tasks) for row in view.district_totals if row.district == district
            ),
            behind_board(plans.get(district), day),
            view.overdue.get(district, 0),
        )
        for district in DISTRICTS
    ]


@router.get("/don-vi/{district}/{unit_id}")
async def show_unit(request: Request, account: Signed, district: str, unit_id: str) -> Response:
    """Show one unit's year."""
    check_district(district)
    year = year_of(request, portal(request).clock)
    earlier = earlier_day(request)
    day = day_of(earlier)
    names = await directory(request, district, year, as_of=day)
    unit = next((one for one in names.detail.units if one.unit_id == unit_id), None)
    if unit is None:
        raise Rejected("page.not_found")
    plan = await _plan_of(request, district, year, day)
    board = await _tasks_of(request, plan, day, unit_id=unit_id)
    groups = [one for one in names.detail.groups if unit_id in one.members]
    reach = reach_of(request, account)
    return await page(
        request,
        "overview/members.html",
        fresh=board.fresh if board else None,
        title=unit.name,
        place=place(district),
        district=district,
        year=year,
        year_options=years(reach_of(request, account).today, year),
        path=f"/don-vi/{district}/{unit_id}",
        facts=[
            (
                "Cụm, khối",
                [(with_query(f"/nhom/{district}/{one.group_id}", nam=year, ngay=day), one.name) for one in groups],
            ),
            *(
                [("Hồ sơ đề nghị", [(f"/ho-so?quan={district}&don_vi={unit_id}&nam={year}", "Xem hồ sơ của đơn vị")])]
                if reach.reads_dossiers(district, unit_id)
                else []
            ),
            *(
                [("Điểm thi đua", [(f"/cham-diem/{district}/{year}/{unit_id}", "Xem phiếu điểm")])]
                if groups and reach.reads_sheets(district, unit_id)
                else []
            ),
            *(await unit_pledge(request, district, year, unit_id) if earlier is None else []),
            *(
                [("Đôn đốc", [(f"/van-ban/don-doc/{district}/{plan.plan_id}/{unit_id}", "Soạn công văn đôn đốc")])]
                if plan
                and reach.has(Role.HOME_AFFAIRS, district=district)
                and board
                and board.view.counts.overdue
                and await _is_late(request, plan, unit_id, day)
                else []
            ),
            ("Tổ chức", [(f"/to-chuc/don-vi/{district}/{unit_id}", "Lịch sử đơn vị")]),
        ],
        valid_to=unit.valid_to,
        earlier=earlier,
        board=board.view if board else None,
        behind=behind_board(plan, day, don_vi=unit_id),
        members=(),
        own_plan=await own_plan(request, reach, district, year, unit_id, plan) if earlier is None else None,
    )


@router.get("/nhom/{district}/{group_id}")
async def show_group(request: Request, account: Signed, district: str, group_id: str) -> Response:
    """Show one group's year: its members and the tasks in which they take part."""
    check_district(district)
    year = year_of(request, portal(request).clock)
    earlier = earlier_day(request)
    day = day_of(earlier)
    names = await directory(request, district, year, as_of=day)
    group = next((one for one in names.detail.groups if one.group_id == group_id), None)
    if group is None:
        raise Rejected("page.not_found")
    reach = reach_of(request, account)
    plan = await _plan_of(request, district, year, day)
    board = await _tasks_of(request, plan, day, group_id=group_id)
    totals = None
    if board is not None:
        totals = (await ask(request, ShowDistrict(district=district, year=year, as_of=day), DistrictOverview)).view
    members = [
        grid_line(
            names.member(member, reach.today),
            with_query(f"/don-vi/{district}/{member}", nam=year, ngay=day),
            _by_quarter(
                (row.quarter, row.parts_done, row.tasks)
                for row in (totals.unit_totals if totals else ())
                if row.unit_id == member
            ),
            behind_unit(plan, day, member),
            totals.overdue_units.get(member, 0) if totals else 0,
        )
        for member in group.members
    ]
    return await page(
        request,
        "overview/members.html",
        fresh=board.fresh if board else None,
        title=group.name,
        place=place(district),
        district=district,
        year=year,
        year_options=years(reach_of(request, account).today, year),
        path=f"/nhom/{district}/{group_id}",
        facts=[
            ("Trưởng", [("", names.unit(group.head_id))] if group.head_id else []),
            ("Phó", [("", names.unit(group.deputy_id))] if group.deputy_id else []),
            *(
                [("Xếp hạng", [(f"/xep-hang/{district}?nam={year}#{group_id}", "Xem bảng xếp hạng")])]
                if any(reach.reads_sheets(district, member) for member in group.members)
                else []
            ),
        ],
        valid_to=None,
        earlier=earlier,
        board=board.view if board else None,
        behind=behind_board(plan, day, nhom=group_id),
        members=members,
    )


async def _is_late(request: Request, plan: PlanView, unit_id: str, day: date | None) -> bool:
    """Return whether a part of the unit is open past its due date."""
    question = ShowBoard(
        district=plan.district, plan_id=plan.plan_id, unit_id=unit_id, only=BoardFilter.PART_LATE, as_of=day
    )
    return (await ask(request, question, Board)).view.found > 0


async def _plan_of(request: Request, district: str, year: int, day: date | None) -> PlanView | None:
    """Return the district's plan in force of the year, or that of the earlier day; None without one, as in the city."""
    if district == CITY:
        return None
    if day is None:
        return await issued_plan(request, district, year)
    return (await ask(request, ShowDistrict(district=district, year=year, as_of=day), DistrictOverview)).view.plan


async def _tasks_of(
    request: Request,
    plan: PlanView | None,
    day: date | None,
    *,
    unit_id: str | None = None,
    group_id: str | None = None,
) -> Answer[Board] | None:
    if plan is None:
        return None
    question = ShowBoard(district=plan.district, plan_id=plan.plan_id, unit_id=unit_id, group_id=group_id, as_of=day)
    return await ask(request, question, Board)


def _board(plan: PlanView | PlanHead | None) -> str:
    return f"/ke-hoach/{plan.district}/{plan.plan_id}" if plan else ""


def _activity_sums(districts: Iterable[ActivityYear]) -> list[object]:
    """Return the foot of the city's campaigns, inspections and trainings: what the rows above it add up to."""
    given = list(districts)

    def held(kind: str) -> str:
        totals = [getattr(one, kind) for one in given if getattr(one, kind)]
        return number(sum(one.open + one.closed for one in totals))

    def share(kind: str, done: str, of: str) -> str:
        sums = [getattr(one, kind) for one in given if getattr(one, kind)]
        return f"{number(sum(getattr(one, done) for one in sums))}/{number(sum(getattr(one, of) for one in sums))}"

    return [
        place(CITY),
        held("campaigns"),
        share("campaign_units", "joined", "units"),
        held("inspections"),
        share("recommendations", "accepted", "issued"),
        number(sum(one.overdue for one in given)),
        held("trainings"),
        share("attendance", "attended", "invited"),
    ]


def _dossier_counts(rows: Iterable[object]) -> dict[str, int]:
    given = list(rows)
    return {
        name: sum(int(getattr(row, name)) for row in given)
        for name in ("dossiers", "submitted", "returned", "accepted", "withdrawn")
    }
