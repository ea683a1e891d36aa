"""Việc của tôi: what waits for the person, by deadline; and the way to the overview that fits."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.nominations.views import DossierList, DossierState, ListDossiers
from services.plans.views import (
    ActivityWork,
    MyActivities,
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
from services.portal.backend import Answer, ask_or_none, freshness
from services.portal.pages.reach import Directory, Reach, Signed, own_first, reach_of
from services.portal.pages.unit_plans.elsewhere import unit_work
from services.portal.shell import page
from shared.types import UNIT_ROLES, Role

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_work(request: Request, account: Signed) -> Response:
    """Show what the person has to do, the most urgent first."""
    reach = reach_of(request, account)
    (work, dossiers, of_units), (reports, registrations, pledges, activities) = await asyncio.gather(
        asyncio.gather(
            ask_or_none(request, MyWork(), WorkList),
            _dossiers(request, reach),
            unit_work(request, reach),
        ),
        asyncio.gather(
            ask_or_none(request, MyReports(), MyReportList),
            ask_or_none(request, MyRegistrations(), RegistrationWork),
            ask_or_none(request, MyPledges(), PledgeWork),
            ask_or_none(request, MyActivities(), ActivityWork),
        ),
    )
    waiting = (
        []
        if dossiers is None
        else [one for one in dossiers.view.dossiers if _waits(reach, one.district, one.unit_id, one.state)]
    )
    tasks = work.view.tasks if work else ()
    has_several = len({(task.district, task.unit_id) for task in tasks}) > 1
    due = [task.due_on for task in tasks]
    due += [task.due_on for task in of_units.view.tasks] if of_units else []
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
        activities=activities.view if activities else None,
        day=work.view.today if work else reach.today,
        days_left=work.view.days_left if work else {},
        names=await _names(request, {task.district: task.year for task in tasks}) if has_several else {},
        overdue=sum(day < reach.today for day in due) + (activities.view.overdue if activities else 0),
        several_units=has_several,
    )


def _handles_dossiers(reach: Reach) -> bool:
    roles = {grant.role for grant in reach.account.actor.grants if grant.holds_on(reach.today)}
    return bool(roles & (UNIT_ROLES | {Role.HOME_AFFAIRS}))


def _waits(reach: Reach, district: str, unit: str, state: DossierState) -> bool:
    """Return whether the dossier waits for this person: returned ones for the unit, submitted ones for Phòng Nội vụ."""
    if state is DossierState.RETURNED:
        return unit in reach.units(district)
    return state is DossierState.SUBMITTED and reach.has(Role.HOME_AFFAIRS, district=district)


async def _dossiers(request: Request, reach: Reach) -> Answer[DossierList] | None:
    return await ask_or_none(request, ListDossiers(limit=200), DossierList) if _handles_dossiers(reach) else None


async def _names(request: Request, years: Mapping[str, int]) -> dict[str, Directory]:
    """Return the names of each district's units, which are the same in every year."""
    answers = await asyncio.gather(
        *(
            ask_or_none(request, ShowOrganisation(district=district, year=year), OrganisationDetail)
            for district, year in years.items()
        )
    )
    return {
        answer.view.organisation.district: Directory(detail=answer.view) for answer in answers if answer is not None
    }


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
