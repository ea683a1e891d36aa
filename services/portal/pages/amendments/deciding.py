"""What lies before the chair: the changes beside what is in force, put in force or sent back."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import AmendPlan, ReturnPlanAmendment
from services.plans.views import PlanBoard, PlanView, ShowPlan
from services.portal.backend import ask, now
from services.portal.pages.amendments.differences import differences_of_amendment
from services.portal.pages.forms import Action, Input, run_action
from services.portal.pages.plans import rights_of
from services.portal.pages.reach import Signed, check_district, place, reach_of
from services.portal.session import portal
from services.portal.shell import page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.get("/ke-hoach/{district}/{plan_id}/dieu-chinh/xem")
async def show_amendment(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Show the changes that were submitted, each beside what is in force."""
    check_district(district)
    board = await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)
    plan = board.view.plan
    if plan.amendment is None:
        raise Rejected("plan.amendment_not_found", plan_id=plan_id[:80])
    return await page(
        request,
        "plans/amendment.html",
        fresh=board.fresh,
        plan=plan,
        amendment=plan.amendment,
        place=place(district),
        rights=rights_of(reach_of(request, account), plan),
        differences=differences_of_amendment(plan, board.view.tasks),
    )


@router.api_route("/ke-hoach/{district}/{plan_id}/dieu-chinh/ban-hanh", methods=["GET", "POST"])
async def put_in_force(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Put the changes in force under the number of their document."""
    plan = await _submitted(request, district, plan_id)
    assert plan.amendment is not None
    path = f"/ke-hoach/{district}/{plan_id}"
    return await run_action(
        request,
        Action(
            title=f"Ban hành điều chỉnh lần {plan.amendment.version - 1}",
            submit="Ban hành điều chỉnh",
            path=f"{path}/dieu-chinh/ban-hanh",
            back_href=f"{path}/dieu-chinh/xem",
            onward=path,
            state_line=plan.text.title,
            facts=_facts(plan),
            inputs=(
                Input(
                    name="number",
                    label="Số, ký hiệu",
                    value=plan.amendment.number or "",
                    hint="Ví dụ: 45/KH-UBND",
                ),
                Input(
                    name="amended_on",
                    label="Ngày ban hành",
                    kind="date",
                    value=portal(request).clock.today().strftime("%d/%m/%Y"),
                ),
            ),
            confirm="Nhiệm vụ, hạn và đơn vị thay đổi ngay; lần ban hành trước vẫn được lưu để xem lại.",
            build=lambda values: AmendPlan(
                district=district,
                plan_id=plan_id,
                number=values["number"],
                amended_on=values["amended_on"],
                at=now(request),
            ),
            done="Đã ban hành điều chỉnh kế hoạch.",
            expected_seq=plan.seq,
            fields={
                "plan.number_malformed": "number",
                "plan.number_used": "number",
                "plan.issued_in_future": "amended_on",
                "plan.amended_before_version": "amended_on",
                "task.due_before_amendment": "amended_on",
            },
        ),
    )


@router.api_route("/ke-hoach/{district}/{plan_id}/dieu-chinh/tra-lai", methods=["GET", "POST"])
async def send_back(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Send the changes back with the reason."""
    plan = await _submitted(request, district, plan_id)
    path = f"/ke-hoach/{district}/{plan_id}"
    return await run_action(
        request,
        Action(
            title="Trả lại nội dung điều chỉnh",
            submit="Trả lại",
            path=f"{path}/dieu-chinh/tra-lai",
            back_href=f"{path}/dieu-chinh/xem",
            onward=path,
            state_line=plan.text.title,
            facts=_facts(plan),
            inputs=(Input(name="reason", label="Lý do trả lại", kind="textarea", hint="Nêu rõ nội dung cần sửa."),),
            build=lambda values: ReturnPlanAmendment(
                district=district, plan_id=plan_id, reason=values["reason"], at=now(request)
            ),
            done="Đã trả lại nội dung điều chỉnh cho Phòng Nội vụ.",
            expected_seq=plan.seq,
            fields={"plan.reason_missing": "reason", "text.too_long": "reason"},
        ),
    )


async def _submitted(request: Request, district: str, plan_id: str) -> PlanView:
    check_district(district)
    plan = (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view.plan
    if plan.amendment is None:
        raise Rejected("plan.amendment_not_found", plan_id=plan_id[:80])
    return plan


def _facts(plan: PlanView) -> list[tuple[str, object]]:
    assert plan.amendment is not None
    return [
        ("Lý do điều chỉnh", plan.amendment.reason),
        ("Bổ sung", f"{len(plan.amendment.added)} nhiệm vụ"),
        ("Điều chỉnh", f"{len(plan.amendment.changed)} nhiệm vụ"),
        ("Đưa ra khỏi kế hoạch", f"{len(plan.amendment.removed)} nhiệm vụ"),
    ]
