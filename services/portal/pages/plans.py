"""The year's plan: the list, the board of an issued plan, the draft and what is done with it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import IssuePlan, ReturnPlan, SubmitPlan
from services.plans.rules import CLOSE_FROM_MONTH
from services.plans.views import (
    ListPlans,
    Paper,
    PlanBoard,
    PlanList,
    PlanView,
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
from services.portal.shell import page
from shared.types import Role

router = APIRouter(include_in_schema=False)

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
PLAN_STATES = [("draft", "Bản nháp"), ("returned", "Trả lại"), ("submitted", "Đã trình"), ("issued", "Đã ban hành")]


@router.get("/ke-hoach")
async def list_plans(
    request: Request, account: Signed, nam: str = "", quan: str = "", trang_thai: str = ""
) -> Response:
    """Show the plans that the person may see."""
    reach = reach_of(request, account)
    answer = await ask(request, ListPlans(year=year_in(nam), district=quan or None), PlanList)
    plans = [plan for plan in answer.view.plans if trang_thai in ("", plan.status)]
    return await page(
        request,
        "plans/list.html",
        fresh=answer.fresh,
        plans=plans,
        reach=reach,
        may_draft=[one for one in reach.districts if reach.has(Role.HOME_AFFAIRS, district=one)],
        district_options=districts_of(reach.districts),
        year_options=years(reach.today, *(plan.year for plan in answer.view.plans)),
        state_options=PLAN_STATES,
        filters={"nam": nam, "quan": quan, "trang_thai": trang_thai},
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
) -> Response:
    """Show the board of an issued plan, or the draft."""
    check_district(district)
    reach = reach_of(request, account)
    quarter = int(quy) if quy in ("1", "2", "3", "4") else None
    earlier = earlier_day(request)
    board = await ask(
        request,
        ShowPlan(
            district=district,
            plan_id=plan_id,
            unit_id=don_vi or None,
            group_id=nhom or None,
            quarter=quarter,
            as_of=day_of(earlier),
        ),
        PlanBoard,
    )
    plan = board.view.plan
    names = await directory(request, district, plan.year, as_of=day_of(earlier))
    context: dict[str, Any] = {"plan": plan, "place": place(district), "names": names, "reach": reach}
    if plan.status != "issued":
        return await page(
            request,
            "plans/draft.html",
            fresh=board.fresh,
            # What is shown of an earlier day is not what would be acted on.
            rights=rights_of(reach, plan) if earlier is None else dict.fromkeys(rights_of(reach, plan), False),
            notes=notes_of(plan),
            earlier=earlier,
            **context,
        )
    series = whole(chuoi)
    tasks = [
        task
        for task in board.view.tasks
        if matches(task, trang_thai, board.view.today, don_vi) and series in (None, task.series)
    ]
    return await page(
        request,
        "plans/board.html",
        fresh=board.fresh,
        bands=[
            (number, band, counts_of(band, board.view.today))
            for number in (1, 2, 3, 4)
            # The terms of a row that repeats stand together.
            if (band := sorted((task for task in tasks if task.quarter == number), key=_in_band))
        ],
        counts=counts_of(tasks, board.view.today),
        today_of_board=board.view.today,
        days_left=board.view.days_left,
        filters={"don_vi": don_vi, "nhom": nhom, "quy": quy, "trang_thai": trang_thai},
        is_filtered=any((don_vi, nhom, quy, trang_thai, chuoi)),
        # What is shown of an earlier day is not what would be acted on.
        rights=rights_of(reach, plan) if earlier is None else dict.fromkeys(rights_of(reach, plan), False),
        unit_options=names.unit_options(),
        group_options=names.group_options(),
        state_options=[*STATE_FILTERS, *(PART_FILTERS if don_vi else ())],
        earlier=earlier,
        href_of=lambda state: with_query(
            request.url.path, don_vi=don_vi, nhom=nhom, quy=quy, ngay=day_of(earlier), trang_thai=state
        ),
        **context,
    )


def matches(task: TaskView, state: str, today: date, unit_id: str = "") -> bool:
    """Return whether the task, or the part of the unit in it, is in the state of the filter."""
    is_done = any(part.unit_id == unit_id and part.done_on for part in task.parts)
    match state:
        case "hieu-luc":
            return task.state is not TaskState.CANCELLED
        case "phan-xong":
            return is_done and task.state is not TaskState.CANCELLED
        case "phan-tre":
            return not is_done and is_overdue(task, today)
        case "dang-mo":
            return task.state in OPEN_STATES
        case "qua-han":
            return is_overdue(task, today)
        case "hoan-thanh":
            return task.state is TaskState.COMPLETED
        case "dieu-chinh":
            return bool(task.since_version > 1 or task.amended_in or task.taken_out_in)
        case "huy":
            return task.state is TaskState.CANCELLED
        case _:
            return True


def _in_band(task: TaskView) -> tuple[int, date, int]:
    return (task.series or task.number, task.due_on, task.number)


def is_overdue(task: TaskView, today: date) -> bool:
    """Return whether the task is open after its due date."""
    return task.state in OPEN_STATES and task.due_on < today


def counts_of(tasks: Sequence[TaskView], today: date) -> dict[str, int]:
    """Return how many tasks there are, completed, overdue, cancelled; cancelled ones are not counted in `tasks`."""
    return {
        "tasks": sum(task.state is not TaskState.CANCELLED for task in tasks),
        "completed": sum(task.state is TaskState.COMPLETED for task in tasks),
        "overdue": sum(is_overdue(task, today) for task in tasks),
        "cancelled": sum(task.state is TaskState.CANCELLED for task in tasks),
    }


def rights_of(reach: Reach, plan: PlanView) -> dict[str, bool]:
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
