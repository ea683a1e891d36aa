"""The organisation of a district, and spreadsheets of it and of a plan's tasks, out and in."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.documents.sheets import (
    amendment,
    check_organisations,
    read_organisations,
    read_tasks,
    revisions,
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
from services.portal.pages.imports import Checked, Import, run_import
from services.portal.pages.organisation.chart import ORGANISERS
from services.portal.pages.plans import rights_of
from services.portal.pages.reach import (
    Signed,
    check_district,
    place,
    reach_of,
    year_of,
)
from services.portal.pages.spreadsheets import download
from services.portal.session import portal
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

# -- the organisation -------------------------------------------------------------------------


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
