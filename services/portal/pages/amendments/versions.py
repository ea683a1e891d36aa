"""The documents of a plan: its first issue and each amendment, with the plan as it was then."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.views import Paper, PlanVersion, ShowPlanDocument, ShowPlanVersion
from services.portal.backend import ask
from services.portal.numbers import whole
from services.portal.pages.amendments.differences import differences_of_version
from services.portal.pages.papers import Ending, as_file
from services.portal.pages.reach import Signed, check_district, directory, place
from services.portal.shell import page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.get("/ke-hoach/{district}/{plan_id}/phien-ban/{version}/van-ban.{ending}")
async def version_document(
    request: Request, account: Signed, district: str, plan_id: str, version: str, ending: Ending
) -> Response:
    """Give the document of one version as a file of Word, or as PDF."""
    check_district(district)
    wanted = whole(version)
    if wanted is None:
        raise Rejected("page.not_found")
    question = ShowPlanDocument(district=district, plan_id=plan_id, version=wanted)
    return await as_file((await ask(request, question, Paper)).view, ending)


@router.get("/ke-hoach/{district}/{plan_id}/phien-ban")
@router.get("/ke-hoach/{district}/{plan_id}/phien-ban/{version}")
async def show_version(request: Request, account: Signed, district: str, plan_id: str, version: str = "") -> Response:
    """Show the plan as one of its documents had it; without a number as the newest has it."""
    check_district(district)
    wanted = whole(version)
    if version and wanted is None:
        raise Rejected("page.not_found")
    answer = await ask(request, ShowPlanVersion(district=district, plan_id=plan_id, version=wanted), PlanVersion)
    shown = answer.view
    current = next(one for one in shown.versions if one.version == shown.version)
    names = await directory(request, district, shown.plan.year)
    return await page(
        request,
        "plans/version.html",
        fresh=answer.fresh,
        plan=shown.plan,
        place=place(district),
        versions=shown.versions,
        current=current,
        bands=[
            (number, [task for task in shown.tasks if task.quarter == number])
            for number in (1, 2, 3, 4)
            if any(task.quarter == number for task in shown.tasks)
        ],
        tasks=len(shown.tasks),
        differences=differences_of_version(current, shown.tasks, names),
    )
