"""The year's plan: the list, the board of an issued plan, the draft and what is done with it."""

from datetime import date
from functools import lru_cache
from typing import Any, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import IssuePlan, ReturnPlan, SubmitPlan
from services.plans.rules import CLOSE_FROM_MONTH
from services.plans.views import (
    Board,
    BoardFilter,
    ListPlans,
    Paper,
    PlanBoard,
    PlanHead,
    PlanList,
    PlanView,
    ShowBoard,
    ShowPlan,
    ShowPlanDocument,
    TaskState,
    TaskView,
)
from services.portal.backend import ask, now
from services.portal.numbers import whole, year_in
from services.portal.pages.forms import Action, Input, run_action
from services.portal.pages.papers import Ending, as_file
from services.portal.pages.past import day_of, earlier_day
from services.portal.pages.reach import (
    Reach,
    Signed,
    check_district,
    directory,
    districts_of,
    place,
    reach_of,
    with_query,
    years,
)
from services.portal.session import portal
from services.portal.shell import page, templates
from shared.errors import Rejected
from shared.types import Role

router = APIRouter(include_in_schema=False)

ROWS_KEPT = 5_000  # of the boards of five districts; some 5 KB each
OPEN_STATES = (TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE)
STATE_FILTERS = [
    ("dang-mo", "Chưa hoàn thành"),
    ("qua-han", "Trễ hạn"),
    ("hoan-thanh", "Hoàn thành"),
    ("hieu-luc", "Không kể đã huỷ"),
    ("huy", "Đã huỷ"),
    ("dieu-chinh", "Có điều chỉnh"),
]
# Of the parts of one unit: only where one is chosen.
PART_FILTERS = [
    ("phan-xong", "Đơn vị đã xong phần việc"),
    ("phan-tre", "Đơn vị còn phần việc trễ hạn"),
]
FILTERS = {
    "dang-mo": BoardFilter.OPEN,
    "qua-han": BoardFilter.OVERDUE,
    "hoan-thanh": BoardFilter.COMPLETED,
    "hieu-luc": BoardFilter.IN_FORCE,
    "huy": BoardFilter.CANCELLED,
    "dieu-chinh": BoardFilter.AMENDED,
    "phan-xong": BoardFilter.PART_DONE,
    "phan-tre": BoardFilter.PART_LATE,
}
PLAN_STATES = [("draft", "Dự thảo"), ("returned", "Trả lại"), ("submitted", "Đã trình"), ("issued", "Đã ban hành")]


@router.get("/ke-hoach")
async def list_plans(
    request: Request, account: Signed, nam: str = "", quan: str = "", trang_thai: str = "", trang: str = ""
) -> Response:
    """Show the plans that the person may see."""
    reach = reach_of(request, account)
    year, number = year_in(nam), max(whole(trang) or 1, 1)
    question = ListPlans(year=year, district=quan or None, status=trang_thai or None, page=number)
    answer = await ask(request, question, PlanList)
    filters = {"nam": nam, "quan": quan, "trang_thai": trang_thai}
    return await page(
        request,
        "plans/list.html",
        fresh=answer.fresh,
        view=answer.view,
        plans=answer.view.plans,
        more_href=with_query("/ke-hoach", **filters, trang="{page}").replace("%7Bpage%7D", "{page}"),
        reach=reach,
        may_draft=[one for one in reach.districts if reach.has(Role.HOME_AFFAIRS, district=one)],
        district_options=districts_of(reach.districts),
        year_options=years(reach.today, *(plan.year for plan in answer.view.plans), *([year] if year else [])),
        state_options=PLAN_STATES,
        filters=filters,
    )


@router.get("/ke-hoach/{district}/{plan_id}")
async def show_plan(
    request: Request,
    account: Signed,
    district: str,
    plan_id: str,
    don_vi: str = "",
    nhom: str = "",
    quy: str = "",
    trang_thai: str = "",
    chuoi: str = "",
    trang: str = "",
) -> Response:
    """Show the board of an issued plan, or the draft."""
    check_district(district)
    reach = reach_of(request, account)
    earlier = earlier_day(request)
    day = day_of(earlier)
    question = ShowBoard(
        district=district,
        plan_id=plan_id,
        unit_id=don_vi or None,
        group_id=nhom or None,
        quarter=quarter_in(quy),
        only=FILTERS.get(trang_thai),
        series=whole(chuoi),
        page=whole(trang) or 1,
        as_of=day,
    )
    try:
        board = await ask(request, question, Board)
    except Rejected as refusal:
        year = year_in(plan_id)
        if refusal.code != "plan.not_found" or year is None or earlier is not None:
            raise
        # The pages of a year lead here also where the year has no plan yet.
        may_draft = reach.has(Role.HOME_AFFAIRS, district=district)
        return await page(
            request,
            "plans/none.html",
            status_code=404,
            district=district,
            year=year,
            place=place(district),
            may_draft=may_draft,
        )
    plan = board.view.plan
    names = await directory(request, district, plan.year, as_of=day)
    # What is shown of an earlier day is not what would be acted on.
    rights = rights_of(reach, plan) if earlier is None else dict.fromkeys(rights_of(reach, plan), False)
    context: dict[str, Any] = {"place": place(district), "names": names, "reach": reach, "rights": rights}
    if plan.status != "issued":
        draft = await ask(request, ShowPlan(district=district, plan_id=plan_id, as_of=day), PlanBoard)
        return await page(
            request,
            "plans/draft.html",
            fresh=draft.fresh,
            plan=draft.view.plan,
            notes=notes_of(draft.view.plan),
            earlier=earlier,
            **context,
        )
    filters = {"don_vi": don_vi, "nhom": nhom, "quy": quy, "trang_thai": trang_thai}
    return await page(
        request,
        "plans/board.html",
        fresh=board.fresh,
        plan=plan,
        board=board.view,
        bands=[
            (quarter, counts, [task for task in board.view.tasks if task.quarter == quarter])
            for quarter, counts in board.view.quarters.items()
        ],
        cells_of=cells_of,
        filters=filters,
        is_filtered=any((*filters.values(), chuoi)),
        unit_options=names.unit_options(),
        group_options=names.group_options(),
        state_options=[*STATE_FILTERS, *(PART_FILTERS if don_vi else ())],
        earlier=earlier,
        href_of=lambda state: with_query(request.url.path, **{**filters, "trang_thai": state}, chuoi=chuoi, ngay=day),
        page_href=with_query(request.url.path, **filters, chuoi=chuoi, ngay=day, trang="{page}").replace(
            "%7Bpage%7D", "{page}"
        ),
        **context,
    )


@lru_cache(maxsize=ROWS_KEPT)
def cells_of(task: TaskView, path: str, today: date, days_left: int, units: int) -> tuple[object, ...]:
    """Return the cells of the task's row on the board of the path, of so many units in all.

    Everybody is shown the same row of the same task, all day: it is drawn once and not for each page.
    """
    draw = cast(Any, templates().get_template("components/plans.html").module)
    return (
        task.number,
        draw.task_content(task),
        draw.task_units(task.district, task.parts, total=units),
        draw.task_due(task, today, days_left) + draw.series_link(task, path),
        draw.task_state(task, today),
        draw.last_report(task.parts),
    )


def quarter_in(text: str) -> int | None:
    """Return the quarter that the address names; None for anything else."""
    return int(text) if text in ("1", "2", "3", "4") else None


def rights_of(reach: Reach, plan: PlanView | PlanHead) -> dict[str, bool]:
    """Return what the person may do with the plan as it is now."""
    drafts = reach.has(Role.HOME_AFFAIRS, district=plan.district)
    decides = reach.has(Role.DISTRICT_CHAIR, district=plan.district)
    is_ours = plan.transferred_on is None or reach.today < plan.transferred_on
    is_open = is_ours and plan.status in ("draft", "returned")
    is_in_force = plan.status == "issued" and plan.closed_on is None
    return {
        "amend": drafts and is_open,
        "submit": drafts and is_open,
        "return": decides and is_ours and plan.status == "submitted",
        "issue": decides and is_ours and plan.status == "submitted",
        "change": drafts and is_in_force and plan.amendment_status != "submitted",
        "decide_change": decides and is_in_force and plan.amendment_status == "submitted",
        "close": (drafts or decides) and is_in_force and reach.today >= date(plan.year, CLOSE_FROM_MONTH, 1),
        "follow": drafts and plan.status == "issued",
    }


def notes_of(plan: PlanView) -> list[str]:
    """Return what whoever reads the draft should look at."""
    notes = []
    undated = sum(task.due_on is None for task in plan.draft)
    if undated:
        months = sum(task.due_on is None and task.due_month is not None for task in plan.draft)
        notes.append(
            f"{undated}/{len(plan.draft)} nhiệm vụ không ghi ngày: hạn sẽ là ngày làm việc cuối của quý"
            + (f", hoặc của tháng ({months} nhiệm vụ)." if months else ".")
        )
    repeated = [task.number for task in plan.draft if task.repeats is not None]
    if repeated:
        numbers = ", ".join(map(str, repeated))
        notes.append(f"Nhiệm vụ định kỳ: {numbers}. Khi ban hành, mỗi kỳ là một nhiệm vụ có số và hạn riêng.")
    missing = [
        number
        for number in range(1, max((task.number for task in plan.draft), default=0))
        if all(task.number != number for task in plan.draft)
    ]
    if missing:
        notes.append(f"Thiếu số thứ tự: {', '.join(map(str, missing[:10]))}.")
    if plan.number is None:
        notes.append("Chưa có số, ký hiệu; số được ghi khi ban hành.")
    if plan.text.signer is None:
        notes.append("Chưa ghi người ký.")
    return notes


@router.get("/ke-hoach/{district}/{plan_id}/van-ban.{ending}")
async def plan_document(request: Request, account: Signed, district: str, plan_id: str, ending: Ending) -> Response:
    """Give the plan's document as a file of Word, or as PDF."""
    check_district(district)
    return await as_file((await ask(request, ShowPlanDocument(district=district, plan_id=plan_id), Paper)).view, ending)


# -- what is done with a plan -----------------------------------------------------------------


@router.api_route("/ke-hoach/{district}/{plan_id}/trinh-ky", methods=["GET", "POST"])
async def submit_plan(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Lay the draft before the chair."""
    plan = await _plan(request, district, plan_id)
    return await run_action(
        request,
        Action(
            title="Trình ký kế hoạch",
            submit="Trình ký",
            path=f"/ke-hoach/{district}/{plan_id}/trinh-ky",
            back_href=f"/ke-hoach/{district}/{plan_id}",
            state_line=plan.text.title,
            facts=_facts(plan),
            text="Sau khi trình, dự thảo chỉ sửa được nếu Chủ tịch trả lại.",
            build=lambda _: SubmitPlan(district=district, plan_id=plan_id, at=now(request)),
            done="Đã trình Chủ tịch UBND quận.",
            expected_seq=plan.seq,
        ),
    )


@router.api_route("/ke-hoach/{district}/{plan_id}/tra-lai", methods=["GET", "POST"])
async def return_plan(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Send the draft back with the reason."""
    plan = await _plan(request, district, plan_id)
    return await run_action(
        request,
        Action(
            title="Trả lại dự thảo kế hoạch",
            submit="Trả lại",
            path=f"/ke-hoach/{district}/{plan_id}/tra-lai",
            back_href=f"/ke-hoach/{district}/{plan_id}",
            state_line=plan.text.title,
            facts=_facts(plan),
            inputs=(Input(name="reason", label="Lý do trả lại", kind="textarea", hint="Nêu rõ nội dung cần sửa."),),
            build=lambda values: ReturnPlan(
                district=district, plan_id=plan_id, reason=values["reason"], at=now(request)
            ),
            done="Đã trả lại dự thảo cho Phòng Nội vụ.",
            expected_seq=plan.seq,
            fields={"plan.reason_missing": "reason", "text.too_long": "reason"},
        ),
    )


@router.api_route("/ke-hoach/{district}/{plan_id}/ban-hanh", methods=["GET", "POST"])
async def issue_plan(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Put the plan in force under its number."""
    plan = await _plan(request, district, plan_id)
    return await run_action(
        request,
        Action(
            title="Ban hành kế hoạch",
            submit="Ban hành",
            path=f"/ke-hoach/{district}/{plan_id}/ban-hanh",
            back_href=f"/ke-hoach/{district}/{plan_id}",
            state_line=plan.text.title,
            facts=_facts(plan),
            inputs=(
                Input(name="number", label="Số, ký hiệu", value=plan.number or "", hint="Ví dụ: 30/KH-UBND"),
                Input(
                    name="issued_on",
                    label="Ngày ban hành",
                    kind="date",
                    value=portal(request).clock.today().strftime("%d/%m/%Y"),
                ),
            ),
            confirm="Sau khi ban hành không thu hồi được: mọi nhiệm vụ được giao ngay cho các đơn vị và có hạn.",
            build=lambda values: IssuePlan(
                district=district,
                plan_id=plan_id,
                number=values["number"],
                issued_on=values["issued_on"],
                at=now(request),
            ),
            done="Đã ban hành kế hoạch và giao việc cho các đơn vị.",
            expected_seq=plan.seq,
            fields={"plan.number_malformed": "number", "plan.issued_in_future": "issued_on"},
        ),
    )


async def _plan(request: Request, district: str, plan_id: str) -> PlanView:
    check_district(district)
    return (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view.plan


def _facts(plan: PlanView) -> list[tuple[str, object]]:
    units = {unit.name for task in plan.draft for unit in (*task.leads, *task.coordinators)}
    return [
        ("Nơi ban hành", place(plan.district)),
        ("Năm", str(plan.year)),
        ("Số nhiệm vụ", len(plan.draft)),
        ("Đơn vị, nhóm đơn vị được giao", len(units)),
    ]


async def issued_plan(request: Request, district: str, year: int) -> PlanView | None:
    """Return the district's plan in force of the year, if there is one."""
    answer = await ask(request, ListPlans(year=year, district=district), PlanList)
    return next((plan for plan in answer.view.plans if plan.status == "issued"), None)
