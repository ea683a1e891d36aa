"""Giao ước thi đua: what the members of a group pledge, who has signed, and what was reached of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    ClosePledge,
    DraftPledge,
    NewTarget,
    OpenSigning,
    RecordPledgeResults,
    SignPledge,
    WithdrawSigning,
)
from services.plans.events import NamedUnit, PledgePeriod, PledgeTarget, Signer, TargetDirection, TargetResult
from services.plans.rules import LEAD_STANDING, RIGHTS, SIGN_STANDING, allows_for_member
from services.plans.views import (
    PledgeBoard,
    PledgeDetail,
    PledgeLine,
    PledgeStatus,
    PledgeView,
    ShowPledge,
    ShowPledges,
    ShowUnitPledge,
    UnitPledge,
)
from services.portal.backend import ask, ask_or_none, now
from services.portal.format import day as day_text
from services.portal.labels import label, state, word
from services.portal.numbers import Year
from services.portal.pages.forms import Action, Facts, Input, Invalid, Values, files_input, parse_decimal, run_action
from services.portal.pages.groups import may_lead, timeline_entry
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query, years
from services.portal.shell import page
from shared.errors import Rejected
from shared.rights import Right
from shared.types import Role

router = APIRouter(include_in_schema=False)

_TARGETS_HINT = (
    "Mỗi dòng một chỉ tiêu: tên; “ít nhất” hoặc “tối đa”; mức; đơn vị tính. "
    "Ví dụ: Tỷ lệ gia đình văn hoá; ít nhất; 95; %"
)
_SIGNING_ROLES = (Role.WARD_CHAIR, Role.UNIT_HEAD, Role.DISTRICT_CHAIR)


# -- the pledges of a year ----------------------------------------------------------------------


@router.get("/giao-uoc/{district}/{year}")
async def show_pledges(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Show the pledges of the district's groups."""
    check_district(district)
    answer = await ask(request, ShowPledges(district=district, year=year), PledgeBoard)
    view = answer.view
    return await page(
        request,
        "pledges/list.html",
        fresh=answer.fresh,
        district=district,
        place=place(district),
        year=year,
        path=f"/giao-uoc/{district}/{year}",
        pledges=view.pledges,
        group_totals={one.group_id: one for one in view.group_totals},
        totals=view.district_totals,
        without=view.without,
        year_options=years(view.today, year),
    )


async def unit_pledge(
    request: Request, district: str, year: int, unit_id: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the page of a unit says of its pledge: whose signature and which results are missing."""
    answer = await ask_or_none(request, ShowUnitPledge(district=district, unit_id=unit_id, year=year), UnitPledge)
    if answer is None or (pledge := answer.view.pledge) is None:
        return []
    path = f"/giao-uoc/{district}/{year}/{pledge.group_id}"
    told = [(path, state(f"pledge_{pledge.status}").word)]
    if pledge.unsigned:
        told.append((f"{path}#chu-ky", f"còn thiếu chữ ký của {', '.join(one.name for one in pledge.unsigned)}"))
    told += [
        (f"{path}#ket-qua", f"chưa báo cáo đủ kết quả {word('pledge_period', period).lower()}")
        for period in answer.view.owed
    ]
    return [("Giao ước thi đua", told)]


# -- one pledge ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgePage:
    """One pledge with who looks at it: what its page and its actions are made of."""

    request: Request
    reach: Reach
    detail: PledgeDetail

    @property
    def path(self) -> str:
        """Return the address of the pledge."""
        group = self.detail.group
        return f"/giao-uoc/{group.district}/{group.year}/{group.group_id}"

    @property
    def key(self) -> dict[str, str | int]:
        """Return district, group and year as commands name them."""
        group = self.detail.group
        return {"district": group.district, "group_id": group.group_id, "year": group.year}

    @property
    def pledge(self) -> PledgeView:
        """Return the pledge. Raises Rejected `pledge.not_drafted`."""
        if self.detail.pledge is None:
            raise Rejected("pledge.not_drafted")
        return self.detail.pledge

    @property
    def leads(self) -> bool:
        """Return whether the person writes for the group."""
        return may_lead(self.reach, DraftPledge, self.detail.group.district, self.detail.group.head_id)

    @property
    def to_sign(self) -> list[NamedUnit]:
        """Return the members for which the person may sign now."""
        pledge = self.detail.pledge
        if pledge is None or pledge.status is not PledgeStatus.SIGNING:
            return []
        right, district = RIGHTS[SignPledge], self.detail.group.district
        return [one for one in pledge.unsigned if self._allows(right, SIGN_STANDING, district, one.unit_id)]

    @property
    def to_tell(self) -> list[NamedUnit]:
        """Return the members of which the person may tell results now."""
        pledge = self.detail.pledge
        if pledge is None or pledge.status is not PledgeStatus.CONCLUDED or self.detail.today < self.detail.mid_from:
            return []
        right, district = RIGHTS[RecordPledgeResults], self.detail.group.district
        return [one for one in pledge.members if self._allows(right, LEAD_STANDING, district, one.unit_id)]

    def _allows(self, right: Right, standing: frozenset[Role], district: str, unit_id: str) -> bool:
        actor = self.reach.account.actor
        return allows_for_member(right, standing, actor, on=self.reach.today, district=district, unit_id=unit_id)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the pledge as it is now."""
        pledge, leads = self.detail.pledge, self.leads
        status = pledge.status if pledge else None
        has_signatures = pledge is not None and bool(pledge.signatures)
        return {
            "draft": leads and status in (None, PledgeStatus.DRAFT, PledgeStatus.SIGNING) and not has_signatures,
            "open": leads and status is PledgeStatus.DRAFT,
            "sign": bool(self.to_sign),
            "withdraw": leads
            and status in (PledgeStatus.SIGNING, PledgeStatus.CONCLUDED)
            and pledge is not None
            and not pledge.results,
            "tell": bool(self.to_tell),
            "close": leads and status is PledgeStatus.CONCLUDED and self.detail.today >= self.detail.end_from,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target with what each member reached of it."""

    target: PledgeTarget
    lines: Sequence[PledgeLine]


async def _page_of(request: Request, account: Signed, district: str, year: int, group_id: str) -> PledgePage:
    check_district(district)
    answer = await ask(request, ShowPledge(district=district, group_id=group_id, year=year), PledgeDetail)
    request.state.fresh = answer.fresh
    return PledgePage(request=request, reach=reach_of(request, account), detail=answer.view)


@router.get("/giao-uoc/{district}/{year}/{group_id}")
async def show_pledge(
    request: Request, account: Signed, district: str, year: Year, group_id: str, ket_qua: str = ""
) -> Response:
    """Show one pledge: text, signatures, and pledged against reached; `ket_qua=dat` shows what was met alone."""
    shown = await _page_of(request, account, district, year, group_id)
    return await page(
        request,
        "pledges/detail.html",
        fresh=request.state.fresh,
        district=district,
        place=place(district),
        year=year,
        path=shown.path,
        group=shown.detail.group,
        pledge=shown.detail.pledge,
        totals=shown.detail.totals,
        targets=_by_target(shown, ket_qua),
        is_filtered=ket_qua in _FILTERS,
        may_sign={one.unit_id for one in shown.to_sign},
        may_tell={one.unit_id for one in shown.to_tell},
        tells_end=shown.detail.today >= shown.detail.end_from,
        rights=shown.rights(),
        timeline_entries=[await timeline_entry(request, one) for one in shown.detail.history],
    )


_FILTERS: Mapping[str, Callable[[PledgeLine], bool]] = {
    "dat": lambda line: line.is_met,
    "chua-dat": lambda line: line.end_actual is not None and not line.is_met,
    "chua-bao-cao": lambda line: line.end_actual is None,
    "co-6-thang": lambda line: line.mid_actual is not None,
    "co-cuoi-nam": lambda line: line.end_actual is not None,
}


def _by_target(shown: PledgePage, wanted: str) -> list[Target]:
    pledge = shown.detail.pledge
    if pledge is None:
        return []
    keeps = _FILTERS.get(wanted)
    lines = [one for one in shown.detail.lines if keeps is None or keeps(one)]
    order = {one.unit_id: place for place, one in enumerate(pledge.members)}
    found = [
        Target(
            target=target,
            lines=sorted((one for one in lines if one.number == target.number), key=lambda one: order[one.unit_id]),
        )
        for target in pledge.targets
    ]
    return [one for one in found if one.lines]


@router.get("/giao-uoc/{district}/{year}/{group_id}/ban-ky")
async def show_sheet(request: Request, account: Signed, district: str, year: Year, group_id: str) -> Response:
    """Show the pledge as the sheet that is signed, for print."""
    shown = await _page_of(request, account, district, year, group_id)
    pledge = shown.pledge
    return await page(
        request,
        "pledges/sheet.html",
        fresh=request.state.fresh,
        place=place(district),
        year=year,
        path=shown.path,
        group=shown.detail.group,
        pledge=pledge,
        signatures={one.unit_id: one for one in pledge.signatures},
    )


@router.api_route("/giao-uoc/{district}/{year}/{group_id}/{verb}", methods=["GET", "POST"])
async def act_on_pledge(
    request: Request, account: Signed, district: str, year: Year, group_id: str, verb: str
) -> Response:
    """Do one thing with the pledge."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown = await _page_of(request, account, district, year, group_id)
    return await run_action(request, await _ACTIONS[verb](shown))


def _facts(shown: PledgePage) -> list[tuple[str, object]]:
    group = shown.detail.group
    return [(word("group_kind", group.kind), f"{group.name}, năm {group.year}")]


def target_words(target: PledgeTarget) -> str:
    """Return what is pledged: `ít nhất 95 %`."""
    return f"{word('target_direction', target.direction)} {plain_number(target.value)} {target.measure}".strip()


def plain_number(value: Decimal) -> str:
    """Return the number as it is typed: 9,5."""
    written = f"{value:f}"
    return (written.rstrip("0").rstrip(".") if "." in written else written).replace(".", ",")


async def _draft(shown: PledgePage) -> Action:
    pledge = shown.detail.pledge

    def build(values: Values) -> DraftPledge:
        name, post = values["witness_name"], values["witness_post"]
        if bool(name) != bool(post):
            raise Invalid({"witness_post": "Người chứng kiến: hãy nhập cả họ tên và chức vụ, hoặc để trống cả hai."})
        return DraftPledge(
            **shown.key,  # type: ignore[arg-type]
            contents=tuple(one.strip() for one in values["contents"].splitlines() if one.strip()),
            targets=_targets(values["targets"]),
            witness=Signer(name=name, post=post) if name else None,
            at=now(shown.request),
        )

    return Action(
        title="Soạn giao ước thi đua" if pledge is None else "Sửa giao ước thi đua",
        submit="Lưu giao ước",
        path=f"{shown.path}/soan",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            Input(
                name="contents",
                label="Nội dung giao ước",
                kind="textarea",
                rows=8,
                hint="Mỗi dòng một nội dung.",
                value="\n".join(pledge.contents) if pledge else "",
            ),
            Input(
                name="targets",
                label="Chỉ tiêu",
                kind="textarea",
                rows=8,
                hint=_TARGETS_HINT,
                value="\n".join(map(_typed, pledge.targets)) if pledge else "",
            ),
            Input(
                name="witness_name",
                label="Người chứng kiến (cấp trên)",
                is_required=False,
                value=pledge.witness.name if pledge and pledge.witness else "",
            ),
            Input(
                name="witness_post",
                label="Chức vụ người chứng kiến",
                is_required=False,
                hint="Ví dụ: Phó Chủ tịch UBND quận",
                value=pledge.witness.post if pledge and pledge.witness else "",
            ),
        ),
        build=build,
        done="Đã lưu giao ước.",
        expected_seq=pledge.seq if pledge else 0,
        fields={
            "pledge.contents_missing": "contents",
            "pledge.too_many_contents": "contents",
            "text.too_long": "contents",
            "pledge.targets_missing": "targets",
            "pledge.too_many_targets": "targets",
            "pledge.target_name_missing": "targets",
            "pledge.target_value_out_of_range": "targets",
            "pledge.target_twice": "targets",
            "pledge.signer_missing": "witness_name",
        },
    )


def _typed(target: PledgeTarget) -> str:
    direction = word("target_direction", target.direction)
    return f"{target.name}; {direction}; {plain_number(target.value)}; {target.measure}"


def _targets(text: str) -> tuple[NewTarget, ...]:
    """Return the targets typed one a line. Raises Invalid."""
    directions = {word("target_direction", one): one for one in TargetDirection}
    found = []
    for typed in filter(None, (one.strip() for one in text.splitlines())):
        parts = [one.strip() for one in typed.split(";")]
        if len(parts) not in (3, 4):
            raise Invalid({"targets": f"“{typed[:60]}”: hãy ghi đủ tên; “ít nhất” hoặc “tối đa”; mức; đơn vị tính."})
        direction = directions.get(parts[1].lower())
        if direction is None:
            raise Invalid({"targets": f"“{typed[:60]}”: phần thứ hai phải là “ít nhất” hoặc “tối đa”."})
        try:
            value = parse_decimal(parts[2])
        except ValueError as error:
            raise Invalid({"targets": f"“{typed[:60]}”: {error}"}) from None
        measure = parts[3] if len(parts) == 4 else ""
        found.append(NewTarget(name=parts[0], measure=measure, value=value, direction=direction))
    return tuple(found)


async def _open(shown: PledgePage) -> Action:
    pledge = shown.pledge
    return Action(
        title="Mở ký giao ước",
        submit="Mở ký",
        path=f"{shown.path}/mo-ky",
        back_href=shown.path,
        facts=[
            *_facts(shown),
            ("Nội dung", f"{len(pledge.contents)} nội dung, {len(pledge.targets)} chỉ tiêu"),
            ("Phải ký", f"{len(shown.detail.group.members)} thành viên"),
        ],
        text="Khi có đơn vị đã ký thì không sửa được nội dung nữa; muốn sửa phải rút việc ký, mọi chữ ký huỷ bỏ.",
        build=lambda _: OpenSigning(**shown.key, at=now(shown.request)),  # type: ignore[arg-type]
        done="Đã mở ký giao ước.",
        expected_seq=pledge.seq,
    )


async def _sign(shown: PledgePage) -> Action:
    pledge = shown.pledge
    wanted = shown.request.query_params.get("don_vi", "")
    units = shown.to_sign
    options = [(one.unit_id, one.name) for one in units]
    chosen = next((one for one in units if one.unit_id == wanted), units[0] if len(units) == 1 else None)
    contents: Facts = [(f"Nội dung {number}", text) for number, text in enumerate(pledge.contents, start=1)]
    targets: Facts = [(f"Chỉ tiêu {one.number}", one.name, target_words(one)) for one in pledge.targets]
    return Action(
        title="Ký giao ước thi đua",
        submit="Ký giao ước",
        path=f"{shown.path}/ky",
        back_href=shown.path,
        facts=[*_facts(shown), *contents, *targets],
        inputs=(
            Input(
                name="unit_id",
                label="Ký cho đơn vị",
                kind="select",
                options=options,
                value=chosen.unit_id if chosen else "",
            ),
            Input(name="signer", label="Họ và tên người ký", value=shown.reach.account.full_name),
            Input(name="post", label="Chức vụ", value=_post(shown, chosen)),
        ),
        confirm="Mỗi thành viên chỉ ký một lần. Khi mọi thành viên đã ký, giao ước được ký kết.",
        build=lambda values: SignPledge(
            **shown.key,  # type: ignore[arg-type]
            version=pledge.version,
            unit_id=values["unit_id"],
            signer=Signer(name=values["signer"], post=values["post"]),
            at=now(shown.request),
        ),
        done="Đã ký giao ước.",
        expected_seq=pledge.seq,
        fields={"pledge.signer_missing": "signer", "text.too_long": "signer", "pledge.unit_has_signed": "unit_id"},
    )


def _post(shown: PledgePage, unit: NamedUnit | None) -> str:
    """Return the post in which the person most likely signs; what stands on paper is for the person to say."""
    if unit is None:
        return ""
    district = shown.detail.group.district
    held = [one for one in _SIGNING_ROLES if shown.reach.has(one, district=district, unit=unit.unit_id)]
    return label("roles", held[0]) if held else label("roles", Role.DISTRICT_CHAIR)


async def _withdraw(shown: PledgePage) -> Action:
    pledge = shown.pledge
    signed = ", ".join(one.unit_name for one in pledge.signatures) or "chưa đơn vị nào"
    return Action(
        title="Rút việc ký giao ước",
        submit="Rút việc ký",
        path=f"{shown.path}/rut",
        back_href=shown.path,
        facts=[*_facts(shown), ("Đã ký", signed)],
        inputs=(Input(name="reason", label="Lý do rút", kind="textarea", rows=3),),
        confirm=f"{len(pledge.signatures)} chữ ký bị huỷ; các đơn vị phải ký lại sau khi sửa nội dung.",
        build=lambda values: WithdrawSigning(
            **shown.key,  # type: ignore[arg-type]
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã rút việc ký giao ước.",
        expected_seq=pledge.seq,
        fields={"pledge.reason_missing": "reason", "text.too_long": "reason"},
    )


async def _tell(shown: PledgePage) -> Action:
    pledge = shown.pledge
    query = shown.request.query_params
    units = shown.to_tell
    unit = next((one for one in units if one.unit_id == query.get("don_vi")), units[0] if units else None)
    if unit is None:
        raise Rejected("actor.not_allowed", action="RecordPledgeResults")
    usual = PledgePeriod.YEAR_END if shown.detail.today >= shown.detail.end_from else PledgePeriod.MID_YEAR
    period = next((one for one in PledgePeriod if one == query.get("ky")), usual)
    told = {one.number: one for one in pledge.results if (one.unit_id, one.period) == (unit.unit_id, period)}
    inputs: list[Input] = []
    for target in pledge.targets:
        known = told.get(target.number)
        inputs += [
            Input(
                name=f"actual_{target.number}",
                label=f"{target.number}. {target.name}",
                kind="decimal",
                is_required=False,
                value=plain_number(known.actual) if known else "",
                hint=f"Giao ước: {target_words(target)}.",
            ),
            Input(
                name=f"evidence_{target.number}",
                label=f"Minh chứng chỉ tiêu {target.number}",
                is_required=False,
                value=known.evidence if known else "",
            ),
        ]

    def build(values: Values) -> RecordPledgeResults:
        errors: dict[str, str] = {}
        results = []
        for target in pledge.targets:
            actual, evidence = values[f"actual_{target.number}"], values[f"evidence_{target.number}"]
            if actual is None:
                if evidence:
                    errors[f"actual_{target.number}"] = f"Hãy nhập kết quả của chỉ tiêu {target.number}."
                continue
            if not evidence:
                errors[f"evidence_{target.number}"] = f"Hãy ghi minh chứng cho kết quả của chỉ tiêu {target.number}."
            results.append(TargetResult(number=target.number, actual=actual, evidence=evidence))
        if errors:
            raise Invalid(errors)
        return RecordPledgeResults(
            **shown.key,  # type: ignore[arg-type]
            unit_id=unit.unit_id,
            period=period,
            results=tuple(results),
            attachments=values["attachments"],
            at=now(shown.request),
        )

    return Action(
        title=f"Báo cáo kết quả giao ước: {word('pledge_period', period).lower()}",
        submit="Gửi kết quả",
        path=with_query(f"{shown.path}/ket-qua", don_vi=unit.unit_id, ky=period),
        back_href=shown.path,
        facts=[*_facts(shown), ("Đơn vị", unit.name)],
        inputs=(*inputs, files_input(shown.request)),
        build=build,
        done="Đã ghi nhận kết quả thực hiện giao ước.",
        expected_seq=pledge.seq,
        files_to="plans",
        fields={
            "pledge.results_missing": f"actual_{pledge.targets[0].number}",
            "pledge.actual_out_of_range": f"actual_{pledge.targets[0].number}",
            "attachment.not_uploaded": "attachments",
        },
    )


async def _close(shown: PledgePage) -> Action:
    pledge, totals = shown.pledge, shown.detail.totals
    missing = [
        one.name
        for one in pledge.members
        if any(line.unit_id == one.unit_id and line.end_actual is None for line in shown.detail.lines)
    ]
    return Action(
        title="Tổng kết giao ước",
        submit="Tổng kết",
        path=f"{shown.path}/tong-ket",
        back_href=shown.path,
        facts=[
            *_facts(shown),
            ("Chỉ tiêu đạt", f"{totals.met}/{totals.targets}" if totals else "0"),
            ("Chưa báo cáo đủ", ", ".join(missing) or "không có đơn vị nào"),
            ("Ký kết", day_text(pledge.concluded_on)),
        ],
        confirm="Sau khi tổng kết không nhận thêm kết quả; chỉ tiêu chưa báo cáo tính là chưa đạt.",
        build=lambda _: ClosePledge(**shown.key, at=now(shown.request)),  # type: ignore[arg-type]
        done="Đã tổng kết giao ước.",
        expected_seq=pledge.seq,
    )


_ACTIONS: dict[str, Callable[[PledgePage], Awaitable[Action]]] = {
    "soan": _draft,
    "mo-ky": _open,
    "ky": _sign,
    "rut": _withdraw,
    "ket-qua": _tell,
    "tong-ket": _close,
}
