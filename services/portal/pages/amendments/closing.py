"""The end of a plan's year."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import ClosePlan
from services.plans.views import PlanBoard, ShowPlan
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.pages.forms import Action, Input, run_action
from services.portal.pages.plans import OPEN_STATES
from services.portal.pages.reach import Signed, check_district

router = APIRouter(include_in_schema=False)


@router.api_route("/ke-hoach/{district}/{plan_id}/ket-thuc", methods=["GET", "POST"])
async def close_plan(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """End the plan's year; what is open is carried on for a reason."""
    check_district(district)
    board = (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view
    plan, path = board.plan, f"/ke-hoach/{district}/{plan_id}"
    open_tasks = [task for task in board.tasks if task.state in OPEN_STATES]
    facts: list[tuple[str, object]] = [("Nhiệm vụ chưa xong", len(open_tasks))]
    facts += [(f"Nhiệm vụ {task.number}", f"{task.content} (hạn {day(task.due_on)})") for task in open_tasks]
    carry = Input(
        name="carry",
        label="Lý do chuyển các nhiệm vụ chưa xong sang năm sau",
        kind="textarea",
        rows=3,
        hint="Bắt buộc khi còn nhiệm vụ chưa xong; nếu không chuyển, hãy báo hoàn thành hoặc huỷ từng nhiệm vụ trước.",
    )
    return await run_action(
        request,
        Action(
            title=f"Kết thúc kế hoạch năm {plan.year}",
            submit="Kết thúc kế hoạch",
            path=f"{path}/ket-thuc",
            back_href=path,
            state_line=plan.text.title,
            facts=facts,
            inputs=(carry,) if open_tasks else (),
            confirm="Sau khi kết thúc, kế hoạch và các nhiệm vụ chỉ còn để xem, không thay đổi được nữa.",
            build=lambda values: ClosePlan(
                district=district, plan_id=plan_id, carry=values.get("carry") or "", at=now(request)
            ),
            done=f"Đã kết thúc kế hoạch năm {plan.year}.",
            expected_seq=plan.seq,
            fields={"plan.tasks_open": "carry", "text.too_long": "carry"},
        ),
    )
