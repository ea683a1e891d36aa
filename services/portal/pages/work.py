"""Việc của tôi: what waits for the person, by deadline; and the way to the overview that fits."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.nominations.views import DossierList, DossierState, ListDossiers
from services.plans.views import (
    MyPledges,
    MyRegistrations,
    MyReportList,
    MyReports,
    MyWork,
    OrganisationDetail,
    PledgeWork,
    RegistrationWork,
    ShowOrganisation,
    WorkList,
)
from services.portal.backend import ask_or_none, freshness
from services.portal.pages.reach import Directory, Reach, Signed, own_first, reach_of
from services.portal.pages.unit_plans.elsewhere import unit_work
from services.portal.shell import page
from shared.types import UNIT_ROLES, Role

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_work(request: Request, account: Signed) -> Response:
    """Show what the person has to do, the most urgent first."""
    reach = reach_of(request, account)
    work = await ask_or_none(request, MyWork(), WorkList)
    dossiers = await ask_or_none(request, ListDossiers(limit=200), DossierList) if _handles_dossiers(reach) else None
    waiting = (
        []
        if dossiers is None
        else [one for one in dossiers.view.dossiers if _waits(reach, one.district, one.unit_id, one.state)]
    )
    tasks = work.view.tasks if work else ()
    due = [task.due_on for task in tasks]
    of_units = await unit_work(request, reach)
    due += [task.due_on for task in of_units.view.tasks] if of_units else []
    reports = await ask_or_none(request, MyReports(), MyReportList)
    registrations = await ask_or_none(request, MyRegistrations(), RegistrationWork)
    pledges = await ask_or_none(request, MyPledges(), PledgeWork)
    return await page(
        request,
        "work.html",
        fresh=freshness((work, dossiers, of_units)),
        is_plans_down=work is None,
        tasks=tasks,
        plans=work.view.plans if work else (),
        unit_plans=of_units.view.plans if of_units else (),
        unit_tasks=of_units.view.tasks if of_units else (),
        unit_days_left=of_units.view.days_left if of_units else {},
        reports=reports.view if reports else None,
        extensions=work.view.extensions if work else (),
        dossiers=waiting,
        registrations=registrations.view if registrations else None,
        pledges=pledges.view if pledges else None,
        day=work.view.today if work else reach.today,
        days_left=work.view.days_left if work else {},
        names=await _names(request, {(task.district, task.year) for task in tasks}),
        overdue=sum(day < reach.today for day in due),
        several_units=len({(task.district, task.unit_id) for task in tasks}) > 1,
    )


def _handles_dossiers(reach: Reach) -> bool:
    roles = {grant.role for grant in reach.account.actor.grants if grant.holds_on(reach.today)}
    return bool(roles & (UNIT_ROLES | {Role.HOME_AFFAIRS}))


def _waits(reach: Reach, district: str, unit: str, state: DossierState) -> bool:
    """Return whether the dossier waits for this person: returned ones for the unit, submitted ones for Phòng Nội vụ."""
    if state is DossierState.RETURNED:
        return unit in reach.units(district)
    return state is DossierState.SUBMITTED and reach.has(Role.HOME_AFFAIRS, district=district)


async def _names(request: Request, wanted: set[tuple[str, int]]) -> dict[str, Directory]:
    found = {}
    for district, year in sorted(wanted):
        answer = await ask_or_none(request, ShowOrganisation(district=district, year=year), OrganisationDetail)
        if answer is not None:
            found[district] = Directory(detail=answer.view)
    return found


@router.get("/dieu-hanh")
@router.get("/tong-quan")
async def go_to_overview(request: Request, account: Signed) -> Response:
    """Go to the city's overview, or the person's own district."""
    reach = reach_of(request, account)
    if reach.reads_city:
        return RedirectResponse("/thanh-pho", status_code=303)
    return RedirectResponse(
        f"/tong-quan/{own_first(reach.districts, reach)}" if reach.districts else "/", status_code=303
    )
