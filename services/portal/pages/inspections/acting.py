"""What is done with an inspection: findings, recommendations, conclusion, other days, or none at all."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    CancelInspection,
    ConcludeInspection,
    IssueRecommendations,
    MoveInspection,
    NewRecommendation,
    RecordFindings,
)
from services.plans.views import (
    InspectionDetail,
    InspectionUnitLine,
    InspectionUnitList,
    InspectionUnitView,
    ListInspectionUnits,
    ShowInspection,
)
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.forms import Action, Input, Invalid, Values, files_input, run_action
from services.portal.pages.inspections.showing import LIST, InspectionPage, shown_inspection
from services.portal.pages.reach import Signed, with_query
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.api_route(f"{LIST}/{{district}}/{{year}}/{{inspection_id}}/{{verb}}", methods=["GET", "POST"])
async def act_on_inspection(
    request: Request, account: Signed, district: str, year: Year, inspection_id: str, verb: str
) -> Response:
    """Do one thing with the inspection."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    question = ShowInspection(district=district, inspection_id=inspection_id)
    shown, _ = await shown_inspection(request, account, year, question)
    return await run_action(request, await _ACTIONS[verb](shown))


async def _units(shown: InspectionPage) -> tuple[InspectionUnitLine, ...]:
    one = shown.inspection
    question = ListInspectionUnits(district=one.district, inspection_id=one.inspection_id)
    return (await ask(shown.request, question, InspectionUnitList)).view.units


async def _found_at(shown: InspectionPage, unit_id: str) -> InspectionUnitView | None:
    """Return what is on record of the unit, whole; None where none is chosen."""
    if not unit_id:
        return None
    one = shown.inspection
    question = ShowInspection(district=one.district, inspection_id=one.inspection_id, unit_id=unit_id)
    return (await ask(shown.request, question, InspectionDetail)).view.units[0]


async def _record(shown: InspectionPage) -> Action:
    one = shown.inspection
    unit = activities.only_chosen(activities.unit_input(shown.request, await _units(shown)))
    before = await _found_at(shown, unit.value)
    contents = before.contents if before and before.contents else one.contents
    return replace(
        activities.form_of(
            shown, "ket-qua", "Ghi kết quả kiểm tra đơn vị", "Ghi kết quả", "Đã ghi kết quả kiểm tra đơn vị."
        ),
        path=with_query(f"{shown.path}/ket-qua", don_vi=unit.value),
        text="Ghi lại thì nội dung mới thay cho lần ghi trước." if before and before.checked_on else "",
        inputs=(
            unit,
            Input(
                name="checked_on",
                label="Ngày làm việc với đơn vị",
                kind="date",
                value=day(before.checked_on) if before else "",
            ),
            Input(
                name="contents",
                label="Nội dung đã kiểm tra",
                kind="textarea",
                rows=5,
                value="\n".join(contents),
                hint="Mỗi dòng một nội dung.",
            ),
            Input(
                name="findings",
                label="Kết quả kiểm tra",
                kind="textarea",
                rows=6,
                value=before.findings if before else "",
            ),
            Input(
                name="strengths",
                label="Ưu điểm",
                kind="textarea",
                is_required=False,
                value=before.strengths if before else "",
            ),
            Input(
                name="shortcomings",
                label="Hạn chế, thiếu sót",
                kind="textarea",
                is_required=False,
                value=before.shortcomings if before else "",
            ),
            files_input(shown.request, activities.kept(before.attachments) if before else ()),
        ),
        build=lambda values: RecordFindings(
            district=one.district,
            inspection_id=one.inspection_id,
            unit_id=values["unit_id"],
            checked_on=values["checked_on"],
            contents=activities.items(values["contents"]),
            findings=values["findings"],
            strengths=values["strengths"],
            shortcomings=values["shortcomings"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
        files_to="plans",
        fields={
            "activity.in_future": "checked_on",
            "inspection.checked_before_start": "checked_on",
            "attachment.not_uploaded": "attachments",
        },
    )


async def _issue(shown: InspectionPage) -> Action:
    one = shown.inspection
    checked = [unit for unit in await _units(shown) if unit.checked_on is not None]

    def build(values: Values) -> IssueRecommendations:
        if (values["due_on"] is None) == (values["working_days"] is None):
            raise Invalid({"due_on": "Hãy ghi một trong hai: ngày, hoặc số ngày làm việc."})
        return IssueRecommendations(
            district=one.district,
            inspection_id=one.inspection_id,
            recommendations=tuple(
                NewRecommendation(
                    unit_id=values["unit_id"],
                    text=text,
                    due_on=values["due_on"],
                    working_days=values["working_days"],
                )
                for text in activities.items(values["texts"])
            ),
            at=now(shown.request),
        )

    return replace(
        activities.form_of(
            shown, "kien-nghi", "Kiến nghị sau kiểm tra", "Gửi kiến nghị", "Đã gửi kiến nghị cho đơn vị."
        ),
        inputs=(
            activities.unit_input(shown.request, checked),
            Input(
                name="texts",
                label="Kiến nghị",
                kind="textarea",
                rows=6,
                hint="Mỗi dòng một kiến nghị cho đơn vị đã chọn; số thứ tự do hệ thống đánh.",
            ),
            Input(name="due_on", label="Hạn thực hiện: ngày", kind="date", is_required=False),
            Input(
                name="working_days",
                label="hoặc trong số ngày làm việc",
                kind="number",
                is_required=False,
                hint="Tính từ ngày làm việc tiếp theo, trừ ngày nghỉ theo lịch làm việc.",
            ),
        ),
        build=build,
        fields={
            "inspection.recommendation_exists": "texts",
            "inspection.recommendations_missing": "texts",
            "activity.too_many_items": "texts",
            "text.too_long": "texts",
            "inspection.due_before_check": "due_on",
            "inspection.due_too_late": "due_on",
            "inspection.term_out_of_range": "working_days",
            "inspection.findings_missing": "unit_id",
        },
    )


async def _conclude(shown: InspectionPage) -> Action:
    one, parts = shown.inspection, shown.detail.parts
    missing = (parts.units - parts.checked) if parts else 0
    return replace(
        activities.form_of(shown, "ket-luan", "Kết luận cuộc kiểm tra", "Kết luận", "Đã kết luận cuộc kiểm tra."),
        facts=[*shown.facts, ("Đơn vị đã kiểm tra", f"{parts.checked}/{parts.units}" if parts else "0/0")],
        inputs=(
            Input(name="number", label="Số, ký hiệu báo cáo kết quả kiểm tra", hint="Ví dụ: 88/BC-ĐKT"),
            Input(name="concluded_on", label="Ngày báo cáo", kind="date"),
            Input(name="summary", label="Đánh giá chung", kind="textarea", rows=8),
            *activities.SIGNER_INPUTS,
        ),
        confirm=(f"Còn {missing} đơn vị chưa có kết quả. " if missing else "")
        + "Sau khi kết luận không ghi thêm kết quả, kiến nghị; đơn vị vẫn báo cáo thực hiện kiến nghị.",
        build=lambda values: ConcludeInspection(
            district=one.district,
            inspection_id=one.inspection_id,
            number=values["number"],
            concluded_on=values["concluded_on"],
            summary=values["summary"],
            signer=activities.signer_of(values),
            at=now(shown.request),
        ),
        fields={
            "activity.number_malformed": "number",
            "activity.in_future": "concluded_on",
            "inspection.concluded_before_check": "concluded_on",
        },
    )


async def _move(shown: InspectionPage) -> Action:
    one = shown.inspection
    return replace(
        activities.form_of(shown, "chuyen-ngay", "Chuyển ngày kiểm tra", "Chuyển ngày", "Đã chuyển ngày kiểm tra."),
        inputs=(
            Input(name="starts_on", label="Từ ngày", kind="date", value=day(one.starts_on)),
            Input(name="ends_on", label="Đến ngày", kind="date", value=day(one.ends_on)),
            activities.reason_input("Lý do"),
        ),
        build=lambda values: MoveInspection(
            district=one.district,
            inspection_id=one.inspection_id,
            starts_on=values["starts_on"],
            ends_on=values["ends_on"],
            reason=values["reason"],
            at=now(shown.request),
        ),
        fields=activities.DATE_FIELDS | activities.REASON_FIELDS | {"inspection.checked_before_start": "starts_on"},
    )


async def _cancel(shown: InspectionPage) -> Action:
    one = shown.inspection
    return replace(
        activities.form_of(shown, "huy", "Huỷ cuộc kiểm tra", "Huỷ cuộc kiểm tra", "Đã huỷ cuộc kiểm tra."),
        inputs=(activities.reason_input("Lý do huỷ"),),
        confirm="Cuộc kiểm tra đã huỷ không khôi phục được.",
        build=lambda values: CancelInspection(
            district=one.district, inspection_id=one.inspection_id, reason=values["reason"], at=now(shown.request)
        ),
        fields=activities.REASON_FIELDS,
    )


_ACTIONS: dict[str, Callable[[InspectionPage], Awaitable[Action]]] = {
    "ket-qua": _record,
    "kien-nghi": _issue,
    "ket-luan": _conclude,
    "chuyen-ngay": _move,
    "huy": _cancel,
}
