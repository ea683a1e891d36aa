"""The organisation of a district, and spreadsheets of it and of a plan's tasks, out and in."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.plans.documents.sheets import (
    amendment,
    check_organisations,
    read_organisations,
    read_tasks,
    revisions,
    unit_kind_words,
    write_organisations,
    write_tasks,
)
from services.plans.views import (
    ListOrganisations,
    OrganisationDetail,
    OrganisationList,
    PlanBoard,
    ShowOrganisation,
    ShowPlan,
)
from services.portal.backend import ask, now
from services.portal.pages.imports import Checked, Import, download, run_import
from services.portal.pages.plans import rights_of
from services.portal.pages.reach import (
    Reach,
    Signed,
    check_district,
    districts_of,
    own_first,
    place,
    reach_of,
    year_of,
    years,
)
from services.portal.session import portal
from services.portal.shell import page
from shared.errors import Rejected
from shared.text import sort_key
from shared.types import CITY, DISTRICTS, Role

router = APIRouter(include_in_schema=False)

ORGANISERS = (Role.HOME_AFFAIRS, Role.ADMIN)


# -- the organisation -------------------------------------------------------------------------


@router.get("/to-chuc/don-vi")
async def go_to_own_district(request: Request, account: Signed) -> Response:
    """Go to the district whose organisation the person sees first."""
    districts = _districts(reach_of(request, account))
    if not districts:
        raise Rejected("access.denied")
    return RedirectResponse(f"/to-chuc/don-vi/{own_first(districts, reach_of(request, account))}", status_code=303)


@router.get("/to-chuc/don-vi/{district}")
async def show_organisation(request: Request, account: Signed, district: str, nam: str = "") -> Response:
    """Show the units of the district, and its groups in the year."""
    check_district(district)
    reach = reach_of(request, account)
    year = year_of(request, portal(request).clock)
    answer = await ask(request, ShowOrganisation(district=district, year=year), OrganisationDetail)
    detail = answer.view
    groups = {unit_id: group.name for group in detail.groups for unit_id in group.members}
    return await page(
        request,
        "organisation/units.html",
        fresh=answer.fresh,
        district=district,
        place=place(district),
        year=str(year),
        year_options=years(reach.today, year),
        district_options=districts_of(_districts(reach)),
        units=sorted(detail.units, key=lambda unit: (not unit.is_open(reach.today), sort_key(unit.short_name))),
        open_units=sum(unit.is_open(reach.today) for unit in detail.units),
        groups=groups,
        group_count=len(detail.groups),
        kinds=unit_kind_words(),
        names={unit.unit_id: unit.short_name for unit in detail.units},
        may_revise=reach.has(*ORGANISERS, district=district),
        path=f"/to-chuc/don-vi/{district}",
    )


@router.get("/to-chuc/don-vi/{district}/xuat-excel")
async def export_organisation(request: Request, account: Signed, district: str, nam: str = "") -> Response:
    """Give the units and groups as a spreadsheet, which can be imported again."""
    check_district(district)
    year = year_of(request, portal(request).clock)
    detail = (await ask(request, ShowOrganisation(district=district, year=year), OrganisationDetail)).view
    return download(await asyncio.to_thread(write_organisations, [detail]), f"to-chuc-{district}-{year}.xlsx")


@router.api_route("/to-chuc/don-vi/{district}/nhap-excel", methods=["GET", "POST"])
async def import_organisation(request: Request, account: Signed, district: str) -> Response:
    """Take a spreadsheet of units and groups: look at what would change, then apply."""
    check_district(district)
    reach = reach_of(request, account)
    if not reach.has(*ORGANISERS, district=district):
        raise Rejected("access.denied")

    async def check(content: bytes, _: bool) -> Checked:
        known = (await ask(request, ListOrganisations(), OrganisationList)).view.organisations
        ours = [one for one in known if one.district == district]
        if not ours:
            raise Rejected("organisation.not_established", district=district)
        read = await asyncio.to_thread(read_organisations, content, ours)
        questions = [ShowOrganisation(district=district, year=year) for year in read.years or (reach.today.year,)]
        answers = [await ask(request, question, OrganisationDetail) for question in questions]
        details = [answer.view for answer in answers]
        checked = await asyncio.to_thread(check_organisations, read, details, reach.today)
        return Checked(
            preview=checked.preview,
            series=revisions(checked, at=now(request)),
            seen=min(answer.reached["PLANS"][0] for answer in answers),
        )

    path = f"/to-chuc/don-vi/{district}"
    return await run_import(
        request,
        Import(
            title="Nhập đơn vị, cụm, khối từ Excel",
            state_line=place(district),
            path=f"{path}/nhap-excel",
            back_href=path,
            template_href=f"{path}/xuat-excel",
            hint="Đơn vị và cụm, khối không có trong tệp được giữ nguyên. Cụm, khối có trong tệp sẽ gồm đúng các "
            "thành viên ghi trong tệp.",
            check=check,
        ),
    )


def _districts(reach: Reach) -> list[str]:
    revised = [one for one in (*DISTRICTS, CITY) if reach.has(*ORGANISERS, district=one)]
    return revised or list(reach.districts)


# -- the tasks of a plan ----------------------------------------------------------------------


@router.get("/ke-hoach/{district}/{plan_id}/xuat-excel")
async def export_tasks(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Give the tasks of the plan as a spreadsheet with a chart; those of a draft can be imported again."""
    board, detail = await _plan(request, district, plan_id)
    return download(await asyncio.to_thread(write_tasks, board, detail), f"nhiem-vu-{district}-{plan_id}.xlsx")


@router.api_route("/ke-hoach/{district}/{plan_id}/nhap-excel", methods=["GET", "POST"])
async def import_tasks(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Take a spreadsheet of the draft's tasks: look at what would change, then apply."""
    board, detail = await _plan(request, district, plan_id)
    plan = board.plan
    if not rights_of(reach_of(request, account), plan)["amend"]:
        raise Rejected("access.denied")

    async def check(content: bytes, drops_absent: bool) -> Checked:
        checked = await asyncio.to_thread(read_tasks, content, plan, detail, board.today, drops_absent=drops_absent)
        command = amendment(plan, checked, at=now(request))
        return Checked(preview=checked.preview, series={plan.plan_id: [command] if command else []}, seen=plan.seq)

    path = f"/ke-hoach/{district}/{plan_id}"
    return await run_import(
        request,
        Import(
            title="Nhập nhiệm vụ từ Excel",
            state_line=f"{plan.text.title} · {place(district)} · năm {plan.year}",
            path=f"{path}/nhap-excel",
            back_href=path,
            template_href=f"{path}/xuat-excel",
            hint="Nhiệm vụ được nhận ra theo số thứ tự.",
            check=check,
            drops_absent="Bỏ khỏi dự thảo các nhiệm vụ không có trong tệp",
        ),
    )


async def _plan(request: Request, district: str, plan_id: str) -> tuple[PlanBoard, OrganisationDetail]:
    check_district(district)
    board = (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view
    question = ShowOrganisation(district=district, year=board.plan.year)
    return board, (await ask(request, question, OrganisationDetail)).view
