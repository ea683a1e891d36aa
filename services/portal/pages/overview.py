"""The levels above a task: unit, group, district, city; every count leads to the tasks behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.views import CityDossiers, DistrictDossiers, ShowCityDossiers, ShowDistrictDossiers
from services.plans.views import CityOverview, DistrictOverview, PlanBoard, PlanView, ShowCity, ShowDistrict, ShowPlan
from services.portal.backend import Answer, ask, ask_or_none, freshness
from services.portal.pages.charts import draw_shares
from services.portal.pages.plans import counts_of, issued_plan
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
from services.portal.session import portal
from services.portal.shell import page
from shared.errors import Rejected
from shared.text import sort_key
from shared.types import CITY, DISTRICTS

router = APIRouter(include_in_schema=False)

QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`đã xong/tổng` of one quarter, and where the tasks behind it are."""

    done: int
    total: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a grid: a unit, a group or a district, its quarters, the year, and what is overdue."""

    name: str
    href: str
    cells: tuple[Cell, ...]
    year: Cell
    overdue: int
    overdue_href: str


def grid_line(
    name: str, href: str, counts: Mapping[int, tuple[int, int]], board: str, query: Mapping[str, str], overdue: int
) -> Line:
    """Return a row of the grid; `counts` is quarter → (done, all), `board` the plan's page or empty."""

    def behind(**more: object) -> str:
        return with_query(board, **query, **more) if board else ""

    cells = tuple(
        Cell(done=counts.get(one, (0, 0))[0], total=counts.get(one, (0, 0))[1], href=behind(quy=one))
        for one in QUARTERS
    )
    year = Cell(done=sum(cell.done for cell in cells), total=sum(cell.total for cell in cells), href=behind())
    return Line(
        name=name, href=href, cells=cells, year=year, overdue=overdue, overdue_href=behind(trang_thai="qua-han")
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
    answer = await ask(request, ShowDistrict(district=district, year=year), DistrictOverview)
    dossiers = await ask_or_none(request, ShowDistrictDossiers(district=district, year=year), DistrictDossiers)
    view = answer.view
    board = _board(view.plan)
    units = [
        grid_line(
            unit.short_name,
            with_query(f"/don-vi/{district}/{unit.unit_id}", nam=year),
            _by_quarter(
                (row.quarter, row.parts_done, row.tasks) for row in view.unit_totals if row.unit_id == unit.unit_id
            ),
            board,
            {"don_vi": unit.unit_id},
            view.overdue_units.get(unit.unit_id, 0),
        )
        for unit in sorted(view.units, key=lambda one: sort_key(one.short_name))
    ]
    groups = [
        grid_line(
            group.name,
            with_query(f"/nhom/{district}/{group.group_id}", nam=year),
            _by_quarter(
                (row.quarter, row.completed, row.tasks) for row in view.group_totals if row.group_id == group.group_id
            ),
            board,
            {"nhom": group.group_id},
            view.overdue_groups.get(group.group_id, 0),
        )
        for group in view.groups
    ]
    whole = grid_line(
        place(district),
        "",
        _by_quarter((row.quarter, row.completed, row.tasks) for row in view.district_totals),
        board,
        {},
        view.overdue,
    )
    late: Sequence[object] = ()
    days_left: Mapping[date, int] = {}
    if board and view.plan and view.overdue:
        tasks = await ask(request, ShowPlan(district=district, plan_id=view.plan.plan_id), PlanBoard)
        late = [
            task
            for task in tasks.view.tasks
            if task.state in ("assigned", "started", "partly_done") and task.due_on < view.today
        ]
        days_left = tasks.view.days_left
    return await page(
        request,
        "overview/district.html",
        fresh=answer.fresh,
        place=place(district),
        district=district,
        year=year,
        year_options=years(view.today, year),
        plan=view.plan,
        whole=whole,
        groups=groups,
        units=[line for line in units if line.year.total],
        idle=[line for line in units if not line.year.total],
        late=late,
        days_left=days_left,
        day=view.today,
        dossiers=_dossier_counts(dossiers.view.district_totals)
        if dossiers and reach_of(request, account).reads_dossiers(district)
        else None,
    )


@router.get("/thanh-pho")
async def show_city(request: Request, account: Signed) -> Response:
    """Show the five districts side by side."""
    year = year_of(request, portal(request).clock)
    answer = await ask(request, ShowCity(year=year), CityOverview)
    dossiers = await ask_or_none(request, ShowCityDossiers(year=year), CityDossiers)
    lines = city_lines(answer.view, year)
    done = sum(row.completed for row in answer.view.city_totals)
    total = sum(row.tasks for row in answer.view.city_totals)
    return await page(
        request,
        "overview/city.html",
        fresh=freshness((answer, dossiers)),
        year=year,
        year_options=years(answer.view.today, year),
        lines=lines,
        whole=grid_line(
            place(CITY),
            "",
            _by_quarter((row.quarter, row.completed, row.tasks) for row in answer.view.city_totals),
            "",
            {},
            sum(answer.view.overdue.values()),
        ),
        done=done,
        total=total,
        plans={plan.district: plan for plan in answer.view.plans},
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
    answer = await ask(request, ShowCity(year=year), CityOverview)
    lines = city_lines(answer.view, year)
    picture = draw_shares(
        [line.name.removeprefix("Quận ") for line in lines],
        [100 * line.year.done / line.year.total if line.year.total else None for line in lines],
    )
    return Response(picture, media_type="image/svg+xml")


def city_lines(view: CityOverview, year: int) -> list[Line]:
    """Return one row a district."""
    plans = {plan.district: plan for plan in view.plans}
    return [
        grid_line(
            place(district),
            with_query(f"/tong-quan/{district}", nam=year),
            _by_quarter(
                (row.quarter, row.completed, row.tasks) for row in view.district_totals if row.district == district
            ),
            _board(plans.get(district)),
            {},
            view.overdue.get(district, 0),
        )
        for district in DISTRICTS
    ]


@router.get("/don-vi/{district}/{unit_id}")
async def show_unit(request: Request, account: Signed, district: str, unit_id: str) -> Response:
    """Show one unit's year."""
    check_district(district)
    year = year_of(request, portal(request).clock)
    names = await directory(request, district, year)
    unit = next((one for one in names.detail.units if one.unit_id == unit_id), None)
    if unit is None:
        raise Rejected("page.not_found")
    board = await _tasks_of(request, district, year, unit_id=unit_id)
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
            ("Cụm, khối", [(f"/nhom/{district}/{one.group_id}?nam={year}", one.name) for one in groups]),
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
        ],
        valid_to=unit.valid_to,
        board=board.view if board else None,
        counts=counts_of(board.view.tasks, board.view.today) if board else None,
        members=(),
    )


@router.get("/nhom/{district}/{group_id}")
async def show_group(request: Request, account: Signed, district: str, group_id: str) -> Response:
    """Show one group's year: its members and the tasks in which they take part."""
    check_district(district)
    year = year_of(request, portal(request).clock)
    names = await directory(request, district, year)
    group = next((one for one in names.detail.groups if one.group_id == group_id), None)
    if group is None:
        raise Rejected("page.not_found")
    reach = reach_of(request, account)
    board = await _tasks_of(request, district, year, group_id=group_id) if district != CITY else None
    totals = None
    if board is not None:
        totals = (await ask(request, ShowDistrict(district=district, year=year), DistrictOverview)).view
    members = [
        grid_line(
            names.unit(member),
            with_query(f"/don-vi/{district}/{member}", nam=year),
            _by_quarter(
                (row.quarter, row.parts_done, row.tasks)
                for row in (totals.unit_totals if totals else ())
                if row.unit_id == member
            ),
            _board(board.view.plan) if board else "",
            {"don_vi": member},
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
        board=board.view if board else None,
        counts=counts_of(board.view.tasks, board.view.today) if board else None,
        members=members,
    )


async def _tasks_of(
    request: Request, district: str, year: int, *, unit_id: str | None = None, group_id: str | None = None
) -> Answer[PlanBoard] | None:
    plan = await issued_plan(request, district, year)
    if plan is None:
        return None
    question = ShowPlan(district=district, plan_id=plan.plan_id, unit_id=unit_id, group_id=group_id)
    return await ask(request, question, PlanBoard)


def _board(plan: PlanView | None) -> str:
    return f"/ke-hoach/{plan.district}/{plan.plan_id}" if plan else ""


def _dossier_counts(rows: Iterable[object]) -> dict[str, int]:
    given = list(rows)
    return {
        name: sum(int(getattr(row, name)) for row in given)
        for name in ("dossiers", "submitted", "returned", "accepted", "withdrawn")
    }
