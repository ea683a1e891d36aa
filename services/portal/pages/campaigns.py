"""Đợt thi đua: the list of a year, one campaign with its units and dossiers, and what is done with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.views import DossierList, ListDossiers
from services.plans.commands import (
    AmendCampaign,
    CancelCampaign,
    CloseCampaign,
    DraftCampaign,
    JoinCampaign,
    LaunchCampaign,
    MoveCampaignEnd,
    ReportCampaignResult,
)
from services.plans.events import CampaignKind, CampaignOutline
from services.plans.rules import RIGHTS
from services.plans.views import (
    ActivityStatus,
    ActivityYear,
    CampaignDetail,
    CampaignList,
    CampaignUnitView,
    CampaignView,
    ListCampaigns,
    ShowActivities,
    ShowCampaign,
)
from services.portal.backend import ask, ask_or_none, now
from services.portal.format import day
from services.portal.labels import word
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.files import Kept
from services.portal.pages.forms import Action, Input, Values, files_input, run_action
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query
from services.portal.shell import Freshness, page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

DOSSIERS_SHOWN_MAX = 500
UNIT_STATES: Mapping[str, tuple[str, Callable[[CampaignUnitView], bool]]] = {
    "chua-dang-ky": ("Chưa đăng ký", lambda unit: unit.joined_at is None),
    "da-dang-ky": ("Đã đăng ký", lambda unit: unit.joined_at is not None),
    "dang-ky-muon": ("Đăng ký muộn", lambda unit: unit.is_late),
    "da-bao-cao": ("Đã báo cáo", lambda unit: unit.reported_at is not None),
    "chua-bao-cao": ("Chưa báo cáo", lambda unit: unit.joined_at is not None and unit.reported_at is None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    """One campaign with who looks at it: what its page and its actions are made of."""

    request: Request
    reach: Reach
    detail: CampaignDetail

    @property
    def campaign(self) -> CampaignView:
        """Return the campaign."""
        return self.detail.campaign

    @property
    def path(self) -> str:
        """Return the address of the campaign."""
        return f"/dot-thi-dua/{self.campaign.district}/{self.campaign.year}/{self.campaign.campaign_id}"

    def may(self, command: type, unit_id: str | None = None) -> bool:
        """Return whether the person has the right to the command, for the district or the unit."""
        district = self.campaign.district
        return RIGHTS[command].allows(self.reach.account.actor, on=self.reach.today, district=district, unit=unit_id)

    @property
    def own_units(self) -> list[CampaignUnitView]:
        """Return the units for which the person may join and report."""
        return [unit for unit in self.detail.units if self.may(JoinCampaign, unit.unit_id)]

    @property
    def is_of_unit(self) -> bool:
        """Return whether the person is one of a called unit's own people."""
        own = self.reach.units(self.campaign.district)
        return any(unit.unit_id in own for unit in self.detail.units)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the campaign as it is now."""
        status, today = self.campaign.status, self.detail.today
        is_draft, is_open = status is ActivityStatus.DRAFT, status is ActivityStatus.OPEN
        outline = self.campaign.outline
        return {
            "amend": is_draft and self.may(AmendCampaign),
            "launch": is_draft and self.may(LaunchCampaign),
            "join": is_open and today <= outline.ends_on and bool(self.own_units),
            "report": is_open
            and today >= outline.starts_on
            and any(unit.joined_at is not None for unit in self.own_units),
            "move": is_open and self.may(MoveCampaignEnd),
            "close": is_open and today >= outline.starts_on and self.may(CloseCampaign),
            "cancel": (is_draft or is_open) and self.may(CancelCampaign),
            "nominate": status in (ActivityStatus.OPEN, ActivityStatus.CLOSED)
            and any(unit.joined_at is not None for unit in self.own_units),
        }


@router.get("/dot-thi-dua/{district}/{year}")
async def list_campaigns(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Show the campaigns of a district and year, with how many units joined and reported."""
    check_district(district)
    reach = reach_of(request, account)
    answer = await ask(request, ListCampaigns(district=district, year=year), CampaignList)
    sums = await ask(request, ShowActivities(district=district, year=year), ActivityYear)
    return await page(
        request,
        "campaigns/list.html",
        fresh=answer.fresh,
        campaigns=answer.view.campaigns,
        parts={one.campaign_id: one for one in answer.view.parts},
        totals=sums.view.campaigns,
        whole=sums.view.campaign_units,
        district=district,
        year=year,
        place=place(district),
        path=f"/dot-thi-dua/{district}/{year}",
        may_draft=RIGHTS[DraftCampaign].allows(reach.account.actor, on=reach.today, district=district),
    )


@router.api_route("/dot-thi-dua/{district}/{year}/moi", methods=["GET", "POST"])
async def draft_campaign(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Draft a campaign."""
    check_district(district)
    path = f"/dot-thi-dua/{district}/{year}"

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


@router.get("/dot-thi-dua/{district}/{year}/{campaign_id}")
async def show_campaign(
    request: Request, account: Signed, district: str, year: Year, campaign_id: str, trang_thai: str = ""
) -> Response:
    """Show one campaign, its units in one state where that is asked for, and the dossiers that came of it."""
    shown, fresh = await _shown(request, account, district, year, campaign_id)
    wanted = trang_thai if trang_thai in UNIT_STATES else ""
    units = [unit for unit in shown.detail.units if not wanted or UNIT_STATES[wanted][1](unit)]
    question = ListDossiers(district=district, campaign_id=campaign_id, limit=DOSSIERS_SHOWN_MAX)
    # Who reads no dossier sees the campaign without them.
    dossiers = await ask_or_none(request, question, DossierList)
    return await page(
        request,
        "campaigns/show.html",
        fresh=fresh,
        campaign=shown.campaign,
        parts=shown.detail.parts,
        units=units,
        dossiers=dossiers.view if dossiers else None,
        dossier_href=with_query("/ho-so/moi", quan=district, dot=campaign_id),
        own_units={unit.unit_id for unit in shown.own_units},
        place=place(district),
        path=shown.path,
        rights=shown.rights(),
        firsts=("report", "join") if shown.is_of_unit else ("launch", "amend", "close"),
        wanted=wanted,
        unit_states=[(key, words) for key, (words, _) in UNIT_STATES.items()],
        task=activities.task_fact(district, shown.campaign.task),
        figure_words=activities.figure_words,
        day_now=shown.detail.today,
        timeline_entries=await activities.timeline(request, shown.detail.history),
    )


async def _shown(
    request: Request, account: Signed, district: str, year: int, campaign_id: str
) -> tuple[CampaignPage, Freshness | None]:
    check_district(district)
    answer = await ask(request, ShowCampaign(district=district, campaign_id=campaign_id), CampaignDetail)
    if answer.view.campaign.year != year:
        raise Rejected("campaign.not_found", campaign_id=campaign_id[:80])
    return CampaignPage(request=request, reach=reach_of(request, account), detail=answer.view), answer.fresh


@router.api_route("/dot-thi-dua/{district}/{year}/{campaign_id}/{verb}", methods=["GET", "POST"])
async def act_on_campaign(
    request: Request, account: Signed, district: str, year: Year, campaign_id: str, verb: str
) -> Response:
    """Do one thing with the campaign."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown, _ = await _shown(request, account, district, year, campaign_id)
    return await run_action(request, await _ACTIONS[verb](shown))


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


def _facts(shown: CampaignPage) -> list[tuple[str, object]]:
    outline = shown.campaign.outline
    return [("Đợt thi đua", outline.title), ("Thời gian", f"{day(outline.starts_on)} – {day(outline.ends_on)}")]


async def _amend(shown: CampaignPage) -> Action:
    one = shown.campaign
    return Action(
        title="Sửa dự thảo đợt thi đua",
        submit="Lưu dự thảo",
        path=f"{shown.path}/sua",
        back_href=shown.path,
        inputs=await _inputs(shown.request, one.district, one.year, one),
        build=lambda values: AmendCampaign(
            district=one.district,
            campaign_id=one.campaign_id,
            outline=_outline(values),
            units=values["units"],
            task_number=activities.task_number(values),
            at=now(shown.request),
        ),
        done="Đã sửa dự thảo.",
        expected_seq=one.seq,
        fields=_FIELDS,
    )


async def _launch(shown: CampaignPage) -> Action:
    one = shown.campaign
    return Action(
        title="Phát động đợt thi đua",
        submit="Phát động",
        path=f"{shown.path}/phat-dong",
        back_href=shown.path,
        facts=[*_facts(shown), ("Đơn vị tham gia", ", ".join(unit.name for unit in one.units))],
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
        done="Đã phát động đợt thi đua.",
        expected_seq=one.seq,
        fields={
            "activity.number_malformed": "number",
            "activity.in_future": "launched_on",
            "campaign.launched_after_end": "launched_on",
        },
    )


def _unit_input(shown: CampaignPage, units: list[CampaignUnitView]) -> Input:
    """Return the choice of the unit that is spoken for; without a choice it is the only one."""
    wanted = shown.request.query_params.get("don_vi", "")
    ids = [unit.unit_id for unit in units]
    value = wanted if wanted in ids else (ids[0] if len(ids) == 1 else "")
    return Input(
        name="unit_id",
        label="Đơn vị",
        kind="select",
        value=value,
        options=[(unit.unit_id, unit.name) for unit in units],
    )


def _chosen(shown: CampaignPage, unit: Input) -> CampaignUnitView | None:
    """Return the unit that the form begins with, to be filled with what it told already."""
    return next((one for one in shown.own_units if one.unit_id == unit.value), None)


async def _join(shown: CampaignPage) -> Action:
    one = shown.campaign
    unit = activities.only_chosen(_unit_input(shown, shown.own_units))
    before = _chosen(shown, unit)
    return Action(
        title="Đăng ký tham gia đợt thi đua",
        submit="Đăng ký",
        path=with_query(f"{shown.path}/dang-ky", don_vi=unit.value),
        back_href=shown.path,
        facts=_facts(shown),
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
        done="Đã đăng ký tham gia đợt thi đua.",
        expected_seq=one.seq,
        fields={
            "campaign.targets_missing": "targets",
            "campaign.unit_not_called": "unit_id",
            "unit.closed": "unit_id",
        },
    )


async def _report(shown: CampaignPage) -> Action:
    one = shown.campaign
    joined = [each for each in shown.own_units if each.joined_at is not None]
    unit = activities.only_chosen(_unit_input(shown, joined))
    before = _chosen(shown, unit)
    return Action(
        title="Báo cáo kết quả đợt thi đua",
        submit="Gửi báo cáo",
        path=with_query(f"{shown.path}/ket-qua", don_vi=unit.value),
        back_href=shown.path,
        facts=_facts(shown),
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
            files_input(
                shown.request,
                [Kept(handle=file.sha256, size=file.size, name=file.name) for file in before.attachments]
                if before
                else (),
            ),
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
        done="Đã gửi báo cáo kết quả.",
        expected_seq=one.seq,
        files_to="plans",
        fields={"campaign.unit_not_joined": "unit_id", "attachment.not_uploaded": "attachments"},
    )


async def _move_end(shown: CampaignPage) -> Action:
    one = shown.campaign
    return Action(
        title="Đổi ngày kết thúc đợt thi đua",
        submit="Đổi ngày kết thúc",
        path=f"{shown.path}/gia-han",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            Input(name="ends_on", label="Ngày kết thúc mới", kind="date"),
            Input(name="reason", label="Lý do", kind="textarea", rows=3),
        ),
        build=lambda values: MoveCampaignEnd(
            district=one.district,
            campaign_id=one.campaign_id,
            ends_on=values["ends_on"],
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã đổi ngày kết thúc đợt thi đua.",
        expected_seq=one.seq,
        fields={
            "campaign.ends_in_past": "ends_on",
            "activity.dates_reversed": "ends_on",
            "activity.year_out_of_range": "ends_on",
            "activity.reason_missing": "reason",
        },
    )


async def _close(shown: CampaignPage) -> Action:
    one, parts = shown.campaign, shown.detail.parts
    silent = (parts.joined - parts.reported) if parts else 0
    return Action(
        title="Tổng kết đợt thi đua",
        submit="Tổng kết",
        path=f"{shown.path}/tong-ket",
        back_href=shown.path,
        facts=[
            *_facts(shown),
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
        done="Đã tổng kết đợt thi đua.",
        expected_seq=one.seq,
        fields={
            "activity.in_future": "closed_on",
            "campaign.not_begun": "closed_on",
            "activity.number_malformed": "number",
        },
    )


async def _cancel(shown: CampaignPage) -> Action:
    one = shown.campaign
    return Action(
        title="Huỷ đợt thi đua",
        submit="Huỷ đợt thi đua",
        path=f"{shown.path}/huy",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", rows=3),),
        confirm="Đợt thi đua đã huỷ không khôi phục được; số liệu của đợt không tính vào năm.",
        build=lambda values: CancelCampaign(
            district=one.district, campaign_id=one.campaign_id, reason=values["reason"], at=now(shown.request)
        ),
        done="Đã huỷ đợt thi đua.",
        expected_seq=one.seq,
        fields={"activity.reason_missing": "reason"},
    )


_ACTIONS: dict[str, Callable[[CampaignPage], Awaitable[Action]]] = {
    "sua": _amend,
    "phat-dong": _launch,
    "dang-ky": _join,
    "ket-qua": _report,
    "gia-han": _move_end,
    "tong-ket": _close,
    "huy": _cancel,
}
_FIELDS = {
    "activity.title_missing": "title",
    "activity.dates_reversed": "ends_on",
    "activity.year_out_of_range": "ends_on",
    "activity.year_changed": "starts_on",
    "activity.units_missing": "units",
    "unit.not_found": "units",
    "unit.closed": "units",
    "unit.not_yet_open": "units",
    "campaign.join_by_after_end": "join_by",
    "task.not_found": "task_number",
}
