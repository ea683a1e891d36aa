"""Hồ sơ đề nghị khen thưởng: the list, a new dossier, one dossier with its history and what is done with it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.commands import (
    COMMANDS,
    AcceptNomination,
    ResubmitNomination,
    ReturnNomination,
    SubmitNomination,
    WithdrawNomination,
)
from services.nominations.views import (
    DossierDetail,
    DossierHistoryView,
    DossierList,
    DossierState,
    DossierView,
    ListDossiers,
    ReturnReasonView,
    ShowDossier,
    ShowTitles,
    TitleList,
)
from services.plans.views import (
    ActivityStatus,
    CampaignList,
    ListCampaigns,
    OrganisationDetail,
    ShowOrganisation,
)
from services.portal.backend import ask, ask_or_none, ask_pages, backend, now
from services.portal.labels import event_words, load, word
from services.portal.numbers import year_in
from services.portal.pages.files import Kept
from services.portal.pages.forms import Action, Input, Invalid, Values, files_input, run_action
from services.portal.pages.reach import (
    Directory,
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
from services.portal.shell import page
from shared.clock import new_id
from shared.codec import to_json
from shared.errors import Rejected
from shared.types import Role

router = APIRouter(include_in_schema=False)

ROWS_MAX = 200
STATES = [
    ("submitted", "Đã nộp, chờ tiếp nhận"),
    ("returned", "Trả lại"),
    ("accepted", "Đã tiếp nhận"),
    ("withdrawn", "Đã rút"),
]
ITEMS = ("nominee", "title", "year", "category", "summary", "documents", "other")


def _options(kind: str) -> list[tuple[str, str]]:
    """Return the values of an enumeration with their words, in the order of the labels."""
    keys = [key.partition(".")[2] for key in load()["words"] if key.startswith(f"{kind}.")]
    return [(key, word(kind, key)) for key in keys]


@router.get("/ho-so")
async def list_dossiers(
    request: Request,
    account: Signed,
    q: str = "",
    quan: str = "",
    nam: str = "",
    trang_thai: str = "",
    don_vi: str = "",
) -> Response:
    """Show the dossiers that the person may read."""
    reach = reach_of(request, account)
    question = ListDossiers(
        district=quan or None,
        year=year_in(nam),
        state=DossierState(trang_thai) if trang_thai in {state.value for state in DossierState} else None,
        unit_id=don_vi or None,
        text=q.strip()[:100],
        limit=ROWS_MAX,
    )
    try:
        answer = await ask(request, question, DossierList)
    except Rejected as refusal:
        if refusal.code != "actor.not_allowed":
            raise
        return await page(request, "none.html", what="hồ sơ")
    districts = reach.districts
    chosen = quan or (districts[0] if len(districts) == 1 else "")
    names = None
    if chosen:
        found = await ask_or_none(request, ShowOrganisation(district=chosen, year=reach.today.year), OrganisationDetail)
        names = Directory(detail=found.view) if found else None
    return await page(
        request,
        "dossiers/list.html",
        fresh=answer.fresh,
        dossiers=answer.view.dossiers,
        found=answer.view.found,
        may_submit=bool(_may_submit(reach)),
        district_options=districts_of(districts),
        unit_options=names.unit_options() if names else [],
        year_options=years(reach.today),
        state_options=STATES,
        filters={"q": q, "quan": quan, "nam": nam, "trang_thai": trang_thai, "don_vi": don_vi},
    )


def _may_submit(reach: Reach) -> list[str]:
    """Return the districts in which the person may nominate for some unit."""
    return [one for one in reach.districts if reach.units(one) or reach.has(Role.HOME_AFFAIRS, district=one)]


@router.api_route("/ho-so/moi", methods=["GET", "POST"])
async def submit_dossier(request: Request, account: Signed, quan: str = "", dot: str = "") -> Response:
    """Nominate a person or a collective, also as what came of a campaign."""
    reach = reach_of(request, account)
    districts = _may_submit(reach)
    if not districts:
        raise Rejected("access.denied")
    district = quan if quan in districts else districts[0]
    names = await directory(request, district, reach.today.year)
    is_desk = reach.has(Role.HOME_AFFAIRS, district=district)
    units = names.unit_options(None if is_desk else reach.units(district), on=reach.today)
    campaigns = await _campaign_options(request, district, reach.today.year)
    dossier_id = new_id() if request.method == "GET" else str((await request.form()).get("dossier_id", ""))

    def build(values: Values) -> SubmitNomination:
        command = COMMANDS.decode(
            "submit-nomination",
            to_json(
                {
                    **_content(values),
                    "district": district,
                    "dossier_id": dossier_id,
                    "unit_id": values["unit_id"],
                    "subject_kind": values["subject_kind"],
                    "campaign_id": values.get("campaign_id"),
                    "at": now(request),
                }
            ),
        )
        assert isinstance(command, SubmitNomination)
        return command

    return await run_action(
        request,
        Action(
            title="Lập hồ sơ đề nghị khen thưởng",
            submit="Nộp hồ sơ",
            path=with_query("/ho-so/moi", quan=district, dot=dot),
            back_href="/ho-so",
            state_line=place(district),
            hidden={"dossier_id": dossier_id},
            inputs=(
                Input(
                    name="unit_id",
                    label="Đơn vị đề nghị",
                    kind="select",
                    options=units,
                    value=units[0][0] if len(units) == 1 else "",
                ),
                Input(name="subject_kind", label="Đề nghị cho", kind="radios", options=_options("subject_kind")),
                *_campaign_input(campaigns, dot),
                *await _content_inputs(request, None, reach.today.year, category="campaign" if dot else "merit"),
            ),
            confirm="Hồ sơ được gửi đến Phòng Nội vụ. Sau khi nộp chỉ sửa được nếu hồ sơ bị trả lại.",
            build=build,
            done="Đã nộp hồ sơ. Theo dõi tình trạng ở trang này.",
            onward=f"/ho-so/{district}/{dossier_id}",
            files_to="nominations",
            fields=_FIELDS | {"unit.not_found": "unit_id", "unit.closed": "unit_id", "unit.not_yet_open": "unit_id"},
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPage:
    """One dossier with who looks at it."""

    request: Request
    reach: Reach
    detail: DossierDetail

    @property
    def path(self) -> str:
        """Return the address of the dossier."""
        return f"/ho-so/{self.detail.dossier.district}/{self.detail.dossier.dossier_id}"

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the dossier as it is now."""
        one = self.detail.dossier
        # What has gone to a successor is only read here.
        desk = one.transferred_to is None and self.reach.has(Role.HOME_AFFAIRS, district=one.district)
        own = one.transferred_to is None and (one.unit_id in self.reach.units(one.district) or desk)
        return {
            "accept": desk and one.state is DossierState.SUBMITTED,
            "return": desk and one.state is DossierState.SUBMITTED and not one.is_erased,
            "resubmit": own and one.state is DossierState.RETURNED and not one.is_erased,
            "withdraw": one.state is not DossierState.WITHDRAWN
            and (desk or (own and one.state is not DossierState.ACCEPTED)),
        }


async def _shown(request: Request, reach: Reach, district: str, dossier_id: str) -> DossierPage:
    check_district(district)
    answer = await ask(request, ShowDossier(district=district, dossier_id=dossier_id), DossierDetail)
    return DossierPage(request=request, reach=reach, detail=answer.view)


@router.get("/ho-so/{district}/{dossier_id}")
async def show_dossier(request: Request, account: Signed, district: str, dossier_id: str) -> Response:
    """Show one dossier."""
    check_district(district)
    answer = await ask(request, ShowDossier(district=district, dossier_id=dossier_id), DossierDetail)
    shown = DossierPage(request=request, reach=reach_of(request, account), detail=answer.view)
    return await page(
        request,
        "dossiers/detail.html",
        fresh=answer.fresh,
        one=answer.view.dossier,
        path=shown.path,
        place=place(district),
        rights=shown.rights(),
        submitter=await backend(request).name_of(answer.view.dossier.submitted_by),
        timeline_entries=[await _entry(request, event) for event in answer.view.history],
        holder=_holder(answer.view.dossier),
    )


def _holder(one: DossierView) -> str:
    """Return where the dossier lies now."""
    if one.transferred_to is not None:
        return f"Đã chuyển cho {one.transferred_to}"
    match one.state:
        case DossierState.SUBMITTED:
            return "Đang ở Phòng Nội vụ, chờ kiểm tra và tiếp nhận"
        case DossierState.RETURNED:
            return f"Đang ở {one.unit_name}, chờ bổ sung"
        case DossierState.ACCEPTED:
            return "Phòng Nội vụ đã tiếp nhận, chờ trình Hội đồng"
        case DossierState.WITHDRAWN:
            return "Đã rút, không xét"


async def _entry(request: Request, event: DossierHistoryView) -> dict[str, object]:
    return {
        "at": event.at,
        "who": await backend(request).name_of(event.by),
        "text": event_words(event.type),
        "note": reasons_text(event.reasons) or event.text or "",
    }


def reasons_text(reasons: Sequence[ReturnReasonView]) -> str:
    """Return the reasons of a return in one line."""
    return "; ".join(f"{word('dossier_item', one.item)}: {one.text or '(đã xoá)'}" for one in reasons)


@router.api_route("/ho-so/{district}/{dossier_id}/{verb}", methods=["GET", "POST"])
async def act_on_dossier(request: Request, account: Signed, district: str, dossier_id: str, verb: str) -> Response:
    """Do one thing with the dossier."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown = await _shown(request, reach_of(request, account), district, dossier_id)
    return await run_action(request, await _ACTIONS[verb](shown))


def _facts(one: DossierView) -> list[tuple[str, object]]:
    return [
        ("Đề nghị cho", one.name or "(dữ liệu đã xoá)"),
        ("Danh hiệu, hình thức", one.title_name),
        ("Đơn vị", one.unit_name),
        ("Năm", str(one.year)),
    ]


async def _accept(shown: DossierPage) -> Action:
    one = shown.detail.dossier
    return Action(
        title="Tiếp nhận hồ sơ",
        submit="Tiếp nhận",
        path=f"{shown.path}/tiep-nhan",
        back_href=shown.path,
        facts=_facts(one),
        text="Hồ sơ đủ thành phần và đúng thẩm quyền. Đơn vị sẽ được thông báo.",
        build=lambda _: AcceptNomination(district=one.district, dossier_id=one.dossier_id, at=now(shown.request)),
        done="Đã tiếp nhận hồ sơ.",
        expected_seq=one.seq,
    )


async def _return(shown: DossierPage) -> Action:
    one = shown.detail.dossier

    def build(values: Values) -> ReturnNomination:
        reasons = [{"item": item, "text": values[item]} for item in ITEMS if values[item]]
        if not reasons:
            raise Invalid({ITEMS[0]: "Hãy nêu ít nhất một nội dung cần bổ sung."})
        command = COMMANDS.decode(
            "return-nomination",
            to_json(
                {
                    "district": one.district,
                    "dossier_id": one.dossier_id,
                    "reasons": reasons,
                    "at": now(shown.request),
                }
            ),
        )
        assert isinstance(command, ReturnNomination)
        return command

    return Action(
        title="Trả lại hồ sơ",
        submit="Trả lại",
        path=f"{shown.path}/tra-lai",
        back_href=shown.path,
        facts=_facts(one),
        text="Chỉ ghi ở những mục cần bổ sung; đơn vị thấy đúng những lý do này.",
        inputs=tuple(
            Input(name=item, label=word("dossier_item", item), kind="textarea", is_required=False, rows=2)
            for item in ITEMS
        ),
        build=build,
        done="Đã trả lại hồ sơ cho đơn vị.",
        expected_seq=one.seq,
        fields={"dossier.reason_missing": ITEMS[0], "text.too_long": ITEMS[0]},
    )


async def _resubmit(shown: DossierPage) -> Action:
    one = shown.detail.dossier

    def build(values: Values) -> ResubmitNomination:
        command = COMMANDS.decode(
            "resubmit-nomination",
            to_json(
                {
                    **_content(values),
                    "district": one.district,
                    "dossier_id": one.dossier_id,
                    "at": now(shown.request),
                }
            ),
        )
        assert isinstance(command, ResubmitNomination)
        return command

    return Action(
        title="Bổ sung và nộp lại hồ sơ",
        submit="Nộp lại",
        path=f"{shown.path}/nop-lai",
        back_href=shown.path,
        facts=[
            ("Đơn vị", one.unit_name),
            ("Đề nghị cho", word("subject_kind", one.subject_kind)),
            ("Lý do trả lại", reasons_text(one.reasons)),
        ],
        inputs=await _content_inputs(shown.request, one, shown.reach.today.year),
        build=build,
        confirm="Hồ sơ được gửi lại đến Phòng Nội vụ. Sau khi nộp chỉ sửa được nếu hồ sơ lại bị trả.",
        done="Đã nộp lại hồ sơ.",
        expected_seq=one.seq,
        files_to="nominations",
        fields=_FIELDS,
    )


async def _withdraw(shown: DossierPage) -> Action:
    one = shown.detail.dossier
    is_desk = shown.reach.has(Role.HOME_AFFAIRS, district=one.district)
    return Action(
        title="Rút hồ sơ",
        submit="Rút hồ sơ",
        path=f"{shown.path}/rut",
        back_href=shown.path,
        facts=_facts(one),
        inputs=()
        if one.is_erased
        else (Input(name="reason", label="Lý do", kind="textarea", is_required=is_desk, rows=3),),
        confirm="Hồ sơ đã rút không xét nữa và không khôi phục được. Muốn đề nghị lại phải lập hồ sơ mới.",
        build=lambda values: WithdrawNomination(
            district=one.district,
            dossier_id=one.dossier_id,
            reason=values.get("reason") or "",
            at=now(shown.request),
        ),
        done="Đã rút hồ sơ.",
        expected_seq=one.seq,
        fields={"dossier.reason_missing": "reason", "text.too_long": "reason"},
    )


_ACTIONS: dict[str, Callable[[DossierPage], Awaitable[Action]]] = {
    "tiep-nhan": _accept,
    "tra-lai": _return,
    "nop-lai": _resubmit,
    "rut": _withdraw,
}

_FIELDS = {
    "title.unknown": "title",
    "title.subject_mismatch": "title",
    "title.no_rules_in_force": "title",
    "dossier.year_out_of_range": "year",
    "nominee.birth_year_out_of_range": "birth_year",
    "nominee.name_missing": "name",
    "dossier.summary_missing": "summary",
    "dossier.document_missing": "documents",
    "dossier.too_many_documents": "documents",
    "attachment.not_uploaded": "attachments",
    "nominee.collective_has_no_person": "subject_kind",
    "campaign.not_found": "campaign_id",
    "campaign.cancelled": "campaign_id",
    "campaign.unit_not_joined": "unit_id",
    "dossier.category_not_campaign": "category",
}


async def _campaign_options(request: Request, district: str, year: int) -> list[tuple[str, str]]:
    """Return the campaigns of this year and the last that were launched and not cancelled, newest first.

    Raises Rejected or Fault: a form without them, or with some of them, would lose the campaign of the dossier.
    """
    found = [
        campaign
        for one in (year - 1, year)
        for part in await ask_pages(request, ListCampaigns(district=district, year=one), CampaignList)
        for campaign in part.campaigns
    ]
    return [
        (one.campaign_id, one.outline.title)
        for one in reversed(found)
        if one.status in (ActivityStatus.OPEN, ActivityStatus.CLOSED)
    ]


def _campaign_input(options: list[tuple[str, str]], chosen: str) -> tuple[Input, ...]:
    """Return the choice of the campaign that the dossier comes of; nothing where there was none."""
    if not options:
        return ()
    return (
        Input(
            name="campaign_id",
            label="Thuộc đợt thi đua",
            kind="select",
            is_required=False,
            options=options,
            value=chosen,
            hint="Chỉ đơn vị đã đăng ký tham gia đợt thi đua mới đề nghị được; loại hình là “Theo đợt hoặc chuyên đề”.",
        ),
    )


async def _content_inputs(
    request: Request, one: DossierView | None, year: int, *, category: str = "merit"
) -> tuple[Input, ...]:
    """Return the fields of a nomination, filled with what the dossier says, else with the category."""
    titles = (await ask(request, ShowTitles(), TitleList)).view.titles
    kinds: dict[tuple[str, ...], str] = {("individual",): "cá nhân", ("collective",): "tập thể"}
    title_options = [
        (
            title.code,
            f"{title.name} ({kinds.get(tuple(title.subject_kinds), 'cá nhân, tập thể')};"
            f" {word('award_level', title.level).lower()})",
        )
        for title in titles
    ]
    documents = (
        "\n".join(f"{paper.number} | {paper.name or ''}".removeprefix(" | ") for paper in one.documents) if one else ""
    )
    return (
        Input(
            name="name",
            label="Họ tên cá nhân hoặc tên tập thể",
            value=(one.name or "") if one else "",
            hint="Ghi đầy đủ như trong quyết định hoặc giấy tờ tùy thân.",
        ),
        Input(
            name="birth_year",
            label="Năm sinh",
            kind="number",
            is_required=False,
            value=str(one.birth_year or "") if one else "",
            hint="Chỉ với cá nhân.",
        ),
        Input(
            name="position",
            label="Chức vụ",
            is_required=False,
            value=(one.position or "") if one else "",
            hint="Chỉ với cá nhân.",
        ),
        Input(
            name="title",
            label="Danh hiệu thi đua, hình thức khen thưởng",
            kind="select",
            options=title_options,
            value=one.title if one else "",
        ),
        Input(name="year", label="Năm xét", kind="number", value=str(one.year if one else year)),
        Input(
            name="category",
            label="Loại hình khen thưởng",
            kind="select",
            options=_options("category"),
            value=one.category.value if one else category,
        ),
        Input(
            name="summary",
            label="Tóm tắt thành tích",
            kind="textarea",
            rows=8,
            value=(one.summary or "") if one else "",
        ),
        Input(
            name="documents",
            label="Tài liệu kèm theo",
            kind="textarea",
            rows=4,
            value=documents,
            hint="Mỗi dòng một tài liệu: số, ký hiệu | tên. Ví dụ: 12/BC-PNV | Báo cáo thành tích năm 2020",
        ),
        files_input(
            request,
            [Kept(handle=file.sha256, size=file.size, name=file.name or "") for file in one.attachments] if one else (),
        ),
    )


def _content(values: Values) -> dict[str, object]:
    """Return the fields of a nomination as the command has them."""
    documents = []
    for line in str(values["documents"]).split("\n"):
        number, bar, name = (part.strip() for part in line.partition("|"))
        if not line.strip():
            continue
        documents.append({"number": number if bar else "", "name": name if bar else line.strip()})
    return {
        "name": values["name"],
        "birth_year": values["birth_year"],
        "position": values["position"] or None,
        "title": values["title"],
        "year": values["year"],
        "category": values["category"],
        "summary": values["summary"],
        "documents": documents,
        "attachments": values["attachments"],
    }
