"""Tìm kiếm: tasks, dossiers, units and plans that the person may read; marks and case do not count."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.views import DossierList, ListDossiers
from services.plans.views import (
    ListPlans,
    OrganisationDetail,
    PlanBoard,
    PlanList,
    ShowOrganisation,
    ShowPlan,
)
from services.portal.backend import Answer, ask_or_none, freshness
from services.portal.pages.reach import Signed, place, reach_of
from services.portal.shell import page
from shared.text import fold, nfc

router = APIRouter(include_in_schema=False)

QUERY_MAX = 100
HITS_MAX = 30
PLANS_MAX = 10


@router.get("/tim-kiem")
async def search(request: Request, account: Signed, q: str = "") -> Response:
    """Show what contains every word of the query."""
    reach = reach_of(request, account)
    query = nfc(q)[:QUERY_MAX]
    words = fold(query).split()
    if not words:
        return await page(request, "search.html", query="", hits=[], total=0, fresh=None)
    answers: list[Answer[Any] | None] = []
    plans: list[dict[str, str]] = []
    tasks: list[dict[str, str]] = []
    units: list[dict[str, str]] = []
    listed = await ask_or_none(request, ListPlans(), PlanList)
    answers.append(listed)
    for plan in (listed.view.plans if listed else ())[:PLANS_MAX]:
        href = f"/ke-hoach/{plan.district}/{plan.plan_id}"
        if _holds(words, plan.text.title, plan.number or "", place(plan.district), str(plan.year)):
            plans.append({"href": href, "text": plan.text.title, "note": f"{place(plan.district)}, năm {plan.year}"})
        if plan.status != "issued":
            continue
        board = await ask_or_none(request, ShowPlan(district=plan.district, plan_id=plan.plan_id), PlanBoard)
        for task in board.view.tasks if board else ():
            if _holds(words, task.content, *(part.name for part in task.parts[:8])):
                tasks.append(
                    {
                        "href": f"/nhiem-vu/{task.district}/{task.plan_id}/{task.number}",
                        "text": f"{task.number}. {task.content}",
                        "note": f"{place(task.district)}, năm {task.year}",
                    }
                )
    for district in reach.districts:
        found = await ask_or_none(
            request, ShowOrganisation(district=district, year=reach.today.year), OrganisationDetail
        )
        for unit in found.view.units if found else ():
            if _holds(words, unit.name, unit.short_name, *unit.aliases):
                units.append({"href": f"/don-vi/{district}/{unit.unit_id}", "text": unit.name, "note": place(district)})
    dossiers = (
        await ask_or_none(request, ListDossiers(text=query, limit=HITS_MAX), DossierList) if reach.districts else None
    )
    answers.append(dossiers)
    hits = [
        ("Kế hoạch", plans),
        ("Nhiệm vụ", tasks),
        (
            "Hồ sơ",
            [
                {
                    "href": f"/ho-so/{one.district}/{one.dossier_id}",
                    "text": one.name or "(dữ liệu đã xoá)",
                    "note": f"{one.title_name}, {one.unit_name}, năm {one.year}",
                }
                for one in (dossiers.view.dossiers if dossiers else ())
            ],
        ),
        ("Đơn vị", units),
    ]
    return await page(
        request,
        "search.html",
        query=query,
        hits=[(name, found[:HITS_MAX], len(found)) for name, found in hits if found],
        total=sum(len(found) for _, found in hits),
        fresh=freshness(answers),
    )


def _holds(words: list[str], *texts: str) -> bool:
    whole = fold(" ".join(texts))
    return all(word in whole for word in words)
