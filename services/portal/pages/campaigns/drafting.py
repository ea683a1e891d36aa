"""A campaign before it begins: drafted, amended, launched."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import AmendCampaign, DraftCampaign, LaunchCampaign
from services.plans.events import CampaignKind, CampaignOutline
from services.plans.views import CampaignView
from services.portal.backend import now
from services.portal.format import day
from services.portal.labels import word
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.campaigns.showing import LIST, CampaignPage
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import Signed, check_district, place

router = APIRouter(include_in_schema=False)

_FIELDS = activities.NAMING_FIELDS | activities.DATE_FIELDS | {"campaign.join_by_after_end": "join_by"}


@router.api_route(f"{LIST}/{{district}}/{{year}}/moi", methods=["GET", "POST"])
async def draft_campaign(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Draft a campaign."""
    check_district(district)
    path = f"{LIST}/{district}/{year}"

    def build(values: Values) -> DraftCampaign:
        return DraftCampaign(
            district=district,
            campaign_id=activities.id_of(values["campaign_id"], values["title"]),
            outline=_outline(values),
            units=values["units"],
            task_number=activities.task_number(values),
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Soạn đợt thi đua năm {year}",
            submit="Lưu dự thảo",
            path=f"{path}/moi",
            back_href=path,
            onward=await activities.onward(request, path, "campaign_id", "starts_on"),
            state_line=place(district),
            inputs=(
                *await _inputs(request, district, year, None),
                Input(name="campaign_id", label="Mã đợt thi đua", is_required=False, hint=activities.ID_HINT),
            ),
            build=build,
            done="Đã lưu dự thảo đợt thi đua.",
            fields=_FIELDS | {"campaign.exists": "campaign_id", "activity.id_malformed": "campaign_id"},
        ),
    )


async def amend(shown: CampaignPage) -> Action:
    """Replace the draft."""
    one = shown.campaign
    return replace(
        activities.form_of(shown, "sua", "Sửa dự thảo đợt thi đua", "Lưu dự thảo", "Đã sửa dự thảo."),
        facts=(),
        inputs=await _inputs(shown.request, one.district, one.year, one),
        build=lambda values: AmendCampaign(
            district=one.district,
            campaign_id=one.campaign_id,
            outline=_outline(values),
            units=values["units"],
            task_number=activities.task_number(values),
            at=now(shown.request),
        ),
        fields=_FIELDS,
    )


async def launch(shown: CampaignPage) -> Action:
    """Launch the campaign."""
    one = shown.campaign
    return replace(
        activities.form_of(shown, "phat-dong", "Phát động đợt thi đua", "Phát động", "Đã phát động đợt thi đua."),
        facts=[*shown.facts, ("Đơn vị tham gia", ", ".join(unit.name for unit in one.units))],
        inputs=(
            Input(name="number", label="Số, ký hiệu văn bản phát động", hint="Ví dụ: 02/CT-UBND"),
            Input(name="launched_on", label="Ngày văn bản", kind="date"),
            *activities.SIGNER_INPUTS,
        ),
        confirm="Sau khi phát động, nội dung và diện tham gia không sửa được nữa; các đơn vị bắt đầu đăng ký.",
        build=lambda values: LaunchCampaign(
            district=one.district,
            campaign_id=one.campaign_id,
            number=values["number"],
            launched_on=values["launched_on"],
            signer=activities.signer_of(values),
            at=now(shown.request),
        ),
        fields={
            "activity.number_malformed": "number",
            "activity.in_future": "launched_on",
            "campaign.launched_after_end": "launched_on",
        },
    )


async def _inputs(request: Request, district: str, year: int, one: CampaignView | None) -> tuple[Input, ...]:
    """Return the fields of a draft, filled with what it says."""
    outline = one.outline if one else None
    return (
        Input(name="title", label="Tên đợt thi đua", value=outline.title if outline else ""),
        Input(
            name="kind",
            label="Loại hình",
            kind="radios",
            options=[
                (kind.value, word("campaign_kind", kind)) for kind in (CampaignKind.THEMATIC, CampaignKind.REGULAR)
            ],
            value=outline.kind.value if outline else CampaignKind.THEMATIC.value,
        ),
        Input(
            name="occasions",
            label="Chào mừng, kỷ niệm",
            kind="textarea",
            rows=3,
            is_required=False,
            value="\n".join(outline.occasions) if outline else "",
            hint="Mỗi dòng một dịp. Ví dụ: 45 năm ngày giải phóng miền Nam, thống nhất đất nước (30/4)",
        ),
        Input(
            name="themes",
            label="Nội dung thi đua",
            kind="textarea",
            rows=5,
            value="\n".join(outline.themes) if outline else "",
            hint="Mỗi dòng một nội dung.",
        ),
        Input(name="starts_on", label="Từ ngày", kind="date", value=day(outline.starts_on) if outline else ""),
        Input(name="ends_on", label="Đến ngày", kind="date", value=day(outline.ends_on) if outline else ""),
        Input(
            name="join_by",
            label="Hạn đăng ký tham gia",
            kind="date",
            is_required=False,
            value=day(outline.join_by) if outline else "",
            hint="Để trống thì nhận đăng ký đến hết đợt; sau hạn vẫn nhận nhưng ghi là đăng ký muộn.",
        ),
        Input(
            name="units",
            label="Đơn vị tham gia",
            kind="checks",
            options=await activities.unit_options(request, district, year),
            value=[unit.unit_id for unit in one.units] if one else [],
            hint="Chọn cụm, khối, nhóm đơn vị hoặc từng đơn vị.",
        ),
        *await activities.task_input(request, district, year, one.task if one else None),
    )


def _outline(values: Values) -> CampaignOutline:
    return CampaignOutline(
        title=values["title"],
        kind=CampaignKind(values["kind"]),
        occasions=activities.items(values["occasions"]),
        themes=activities.items(values["themes"]),
        starts_on=values["starts_on"],
        ends_on=values["ends_on"],
        join_by=values["join_by"],
    )
