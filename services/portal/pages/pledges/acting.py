"""What is done with a pledge: text, signing, results, each as a form."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from fastapi import Request
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
from services.portal.backend import now
from services.portal.format import day as day_text
from services.portal.labels import label, word
from services.portal.numbers import Year
from services.portal.pages.forms import Action, Facts, Input, Invalid, Values, files_input, parse_decimal, run_action
from services.portal.pages.pledges.showing import PledgePage, page_of, router
from services.portal.pages.reach import Signed, with_query
from shared.errors import Rejected
from shared.types import Role

_TARGETS_HINT = (
    "Mỗi dòng một chỉ tiêu: tên; “ít nhất” hoặc “tối đa”; mức; đơn vị tính. "
    "Ví dụ: Tỷ lệ gia đình văn hoá; ít nhất; 95; %"
)
_SIGNING_ROLES = (Role.WARD_CHAIR, Role.UNIT_HEAD, Role.DISTRICT_CHAIR)


@router.api_route("/giao-uoc/{district}/{year}/{group_id}/{verb}", methods=["GET", "POST"])
async def act_on_pledge(
    request: Request, account: Signed, district: str, year: Year, group_id: str, verb: str
) -> Response:
    """Do one thing with the pledge."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown = await page_of(request, account, district, year, group_id)
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
