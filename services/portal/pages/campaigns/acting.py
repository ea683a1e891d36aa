"""What is done with a campaign: units join and report, the district moves its end, sums it up or gives it up."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    CancelCampaign,
    CloseCampaign,
    JoinCampaign,
    MoveCampaignEnd,
    ReportCampaignResult,
)
from services.plans.views import ShowCampaign
from services.portal.backend import now
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.campaigns.drafting import amend, launch
from services.portal.pages.campaigns.showing import LIST, CampaignPage, shown_campaign, told_by
from services.portal.pages.forms import Action, Input, files_input, run_action
from services.portal.pages.reach import Signed, with_query
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.api_route(f"{LIST}/{{district}}/{{year}}/{{campaign_id}}/{{verb}}", methods=["GET", "POST"])
async def act_on_campaign(
    request: Request, account: Signed, district: str, year: Year, campaign_id: str, verb: str
) -> Response:
    """Do one thing with the campaign."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    question = ShowCampaign(district=district, campaign_id=campaign_id)
    shown, _ = await shown_campaign(request, account, year, question)
    return await run_action(request, await _ACTIONS[verb](shown))


async def _join(shown: CampaignPage) -> Action:
    one = shown.campaign
    unit = activities.only_chosen(activities.unit_input(shown.request, shown.own_units))
    before = await told_by(shown, unit.value)
    return replace(
        activities.form_of(
            shown, "dang-ky", "Đăng ký tham gia đợt thi đua", "Đăng ký", "Đã đăng ký tham gia đợt thi đua."
        ),
        path=with_query(f"{shown.path}/dang-ky", don_vi=unit.value),
        text="Đăng ký lại thì chỉ tiêu mới thay cho chỉ tiêu cũ." if before and before.joined_at else "",
        inputs=(
            unit,
            Input(
                name="targets",
                label="Chỉ tiêu đăng ký",
                kind="textarea",
                rows=6,
                value=activities.figures_text(before.targets) if before else "",
                hint=activities.FIGURES_HINT,
            ),
            Input(
                name="note",
                label="Công trình, phần việc, biện pháp",
                kind="textarea",
                is_required=False,
                value=before.note if before else "",
            ),
        ),
        build=lambda values: JoinCampaign(
            district=one.district,
            campaign_id=one.campaign_id,
            unit_id=values["unit_id"],
            targets=activities.figures("targets", values["targets"]),
            note=values["note"],
            at=now(shown.request),
        ),
        fields={
            "campaign.targets_missing": "targets",
            "campaign.unit_not_called": "unit_id",
            "unit.closed": "unit_id",
        },
    )


async def _report(shown: CampaignPage) -> Action:
    one = shown.campaign
    joined = [each for each in shown.own_units if each.joined_at is not None]
    unit = activities.only_chosen(activities.unit_input(shown.request, joined))
    before = await told_by(shown, unit.value)
    return replace(
        activities.form_of(shown, "ket-qua", "Báo cáo kết quả đợt thi đua", "Gửi báo cáo", "Đã gửi báo cáo kết quả."),
        path=with_query(f"{shown.path}/ket-qua", don_vi=unit.value),
        text="Báo cáo lại thì nội dung mới thay cho báo cáo trước." if before and before.reported_at else "",
        inputs=(
            unit,
            Input(
                name="text",
                label="Kết quả thực hiện",
                kind="textarea",
                rows=6,
                value=before.text if before else "",
            ),
            Input(
                name="figures",
                label="Số liệu đạt được",
                kind="textarea",
                rows=6,
                is_required=False,
                value=activities.figures_text(before.figures or before.targets) if before else "",
                hint=activities.FIGURES_HINT,
            ),
            Input(
                name="collectives",
                label="Tập thể tiêu biểu",
                kind="textarea",
                is_required=False,
                value="\n".join(before.collectives) if before else "",
                hint="Mỗi dòng một tập thể.",
            ),
            Input(
                name="individuals",
                label="Số cá nhân tiêu biểu",
                kind="number",
                value=str(before.individuals) if before else "0",
                hint="Chỉ ghi số người; họ tên ghi trong hồ sơ đề nghị khen thưởng.",
            ),
            files_input(shown.request, activities.kept(before.attachments) if before else ()),
        ),
        build=lambda values: ReportCampaignResult(
            district=one.district,
            campaign_id=one.campaign_id,
            unit_id=values["unit_id"],
            text=values["text"],
            figures=activities.figures("figures", values["figures"]),
            collectives=activities.items(values["collectives"]),
            individuals=values["individuals"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
        files_to="plans",
        fields={"campaign.unit_not_joined": "unit_id", "attachment.not_uploaded": "attachments"},
    )


async def _move_end(shown: CampaignPage) -> Action:
    one = shown.campaign
    return replace(
        activities.form_of(
            shown, "gia-han", "Đổi ngày kết thúc đợt thi đua", "Đổi ngày kết thúc", "Đã đổi ngày kết thúc đợt thi đua."
        ),
        inputs=(
            Input(name="ends_on", label="Ngày kết thúc mới", kind="date"),
            activities.reason_input("Lý do"),
        ),
        build=lambda values: MoveCampaignEnd(
            district=one.district,
            campaign_id=one.campaign_id,
            ends_on=values["ends_on"],
            reason=values["reason"],
            at=now(shown.request),
        ),
        fields=activities.DATE_FIELDS | activities.REASON_FIELDS | {"campaign.ends_in_past": "ends_on"},
    )


async def _close(shown: CampaignPage) -> Action:
    one, parts = shown.campaign, shown.detail.parts
    silent = (parts.joined - parts.reported) if parts else 0
    return replace(
        activities.form_of(shown, "tong-ket", "Tổng kết đợt thi đua", "Tổng kết", "Đã tổng kết đợt thi đua."),
        facts=[
            *shown.facts,
            ("Đơn vị đăng ký", f"{parts.joined}/{parts.units}" if parts else "0/0"),
            ("Đơn vị báo cáo kết quả", f"{parts.reported}/{parts.joined}" if parts else "0/0"),
        ],
        inputs=(
            Input(name="closed_on", label="Ngày tổng kết", kind="date"),
            Input(
                name="number",
                label="Số, ký hiệu báo cáo tổng kết",
                is_required=False,
                hint="Ví dụ: 45/BC-UBND. Để trống nếu chưa có.",
            ),
            Input(name="summary", label="Đánh giá chung", kind="textarea", rows=8),
        ),
        confirm=(f"Còn {silent} đơn vị đã đăng ký chưa báo cáo. " if silent else "")
        + "Sau khi tổng kết, các đơn vị không đăng ký, không báo cáo được nữa.",
        build=lambda values: CloseCampaign(
            district=one.district,
            campaign_id=one.campaign_id,
            closed_on=values["closed_on"],
            summary=values["summary"],
            number=values["number"],
            at=now(shown.request),
        ),
        fields={
            "activity.in_future": "closed_on",
            "campaign.not_begun": "closed_on",
            "activity.number_malformed": "number",
        },
    )


async def _cancel(shown: CampaignPage) -> Action:
    one = shown.campaign
    return replace(
        activities.form_of(shown, "huy", "Huỷ đợt thi đua", "Huỷ đợt thi đua", "Đã huỷ đợt thi đua."),
        inputs=(activities.reason_input("Lý do huỷ"),),
        confirm="Đợt thi đua đã huỷ không khôi phục được; số liệu của đợt không tính vào năm.",
        build=lambda values: CancelCampaign(
            district=one.district, campaign_id=one.campaign_id, reason=values["reason"], at=now(shown.request)
        ),
        fields=activities.REASON_FIELDS,
    )


_ACTIONS: dict[str, Callable[[CampaignPage], Awaitable[Action]]] = {
    "sua": amend,
    "phat-dong": launch,
    "dang-ky": _join,
    "ket-qua": _report,
    "gia-han": _move_end,
    "tong-ket": _close,
    "huy": _cancel,
}
