"""What becomes of one recommendation: the unit answers, the district accepts that, or not yet, or takes it back."""

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import AcceptResponse, RejectResponse, RespondToRecommendation, WithdrawRecommendation
from services.plans.views import RecommendationView, ShowInspection
from services.portal.backend import now
from services.portal.format import day
from services.portal.numbers import Number, Year
from services.portal.pages import activities
from services.portal.pages.forms import Action, Input, files_input, run_action
from services.portal.pages.inspections.showing import LIST, InspectionPage, shown_inspection
from services.portal.pages.reach import Signed
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.api_route(
    f"{LIST}/{{district}}/{{year}}/{{inspection_id}}/kien-nghi/{{number}}/{{verb}}", methods=["GET", "POST"]
)
async def act_on_recommendation(
    request: Request, account: Signed, district: str, year: Year, inspection_id: str, number: Number, verb: str
) -> Response:
    """Do one thing with a recommendation of the inspection."""
    if verb not in _STEPS:
        raise Rejected("page.not_found")
    question = ShowInspection(district=district, inspection_id=inspection_id, number=number)
    shown, _ = await shown_inspection(request, account, year, question)
    return await run_action(request, _STEPS[verb](shown, shown.detail.recommendations[0]))


def _form(shown: InspectionPage, one: RecommendationView, verb: str, title: str, done: str) -> Action:
    """Return what the forms about a recommendation begin with."""
    facts: list[tuple[str, object]] = [
        ("Kiến nghị", f"{one.number}. {one.text}"),
        ("Đơn vị", one.unit_name),
        ("Hạn", day(one.due_on)),
    ]
    if one.answer:
        facts += [("Đơn vị báo cáo", one.answer), ("Minh chứng", one.evidence)]
    return replace(
        activities.form_of(shown, f"kien-nghi/{one.number}/{verb}", title, title, done),
        facts=facts,
        fields=activities.REASON_FIELDS | {"attachment.not_uploaded": "attachments"},
    )


def _respond(shown: InspectionPage, one: RecommendationView) -> Action:
    return replace(
        _form(shown, one, "tra-loi", "Báo cáo thực hiện kiến nghị", "Đã gửi báo cáo thực hiện."),
        inputs=(
            Input(name="text", label="Kết quả thực hiện", kind="textarea", value=one.answer),
            Input(
                name="evidence",
                label="Minh chứng",
                value=one.evidence,
                hint="Số, ký hiệu văn bản hoặc tên tài liệu. Ví dụ: 61/BC-UBND ngày 20/09/2020",
            ),
            files_input(shown.request, activities.kept(one.attachments)),
        ),
        files_to="plans",
        build=lambda values: RespondToRecommendation(
            district=one.district,
            inspection_id=one.inspection_id,
            number=one.number,
            text=values["text"],
            evidence=values["evidence"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
    )


def _accept(shown: InspectionPage, one: RecommendationView) -> Action:
    return replace(
        _form(shown, one, "cong-nhan", "Công nhận đã thực hiện", "Đã công nhận kiến nghị được thực hiện."),
        build=lambda _: AcceptResponse(
            district=one.district, inspection_id=one.inspection_id, number=one.number, at=now(shown.request)
        ),
    )


def _reject(shown: InspectionPage, one: RecommendationView) -> Action:
    return replace(
        _form(shown, one, "lam-tiep", "Yêu cầu làm tiếp", "Đã yêu cầu đơn vị làm tiếp."),
        inputs=(activities.reason_input("Lý do, nội dung phải làm tiếp"),),
        build=lambda values: RejectResponse(
            district=one.district,
            inspection_id=one.inspection_id,
            number=one.number,
            reason=values["reason"],
            at=now(shown.request),
        ),
    )


def _withdraw(shown: InspectionPage, one: RecommendationView) -> Action:
    return replace(
        _form(shown, one, "rut", "Rút kiến nghị", "Đã rút kiến nghị."),
        inputs=(activities.reason_input("Lý do rút"),),
        confirm="Kiến nghị đã rút không tính nữa; muốn kiến nghị lại phải ghi mới.",
        build=lambda values: WithdrawRecommendation(
            district=one.district,
            inspection_id=one.inspection_id,
            number=one.number,
            reason=values["reason"],
            at=now(shown.request),
        ),
    )


_STEPS: dict[str, Callable[[InspectionPage, RecommendationView], Action]] = {
    "tra-loi": _respond,
    "cong-nhan": _accept,
    "lam-tiep": _reject,
    "rut": _withdraw,
}
