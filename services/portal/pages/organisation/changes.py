"""What changes the organisation: units merge, split, change their names or end, and so does a district."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    CloseDistrict,
    CloseUnit,
    HandOverTasks,
    MergeUnits,
    NewSuccessor,
    NewUnit,
    PlansCommand,
    RenameUnit,
    SplitUnit,
)
from services.plans.events import OfficialNotice, Unit, UnitKind
from services.plans.views import OrganisationDetail, ShowOrganisation, ShowUnit, UnitDetail
from services.portal.backend import Answer, ask, now
from services.portal.pages.forms import Action, Input, Invalid, Values, run_action
from services.portal.pages.organisation.chart import may
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query
from shared.errors import Rejected
from shared.text import fold, sort_key
from shared.types import CITY

router = APIRouter(include_in_schema=False)

NEW = "don-vi-moi"
CITY_HEIR = "thanh-pho"
ENDS, GOES_ON = "chia", "tach"
PAPER_FIELDS = {
    "paper.number_malformed": "number",
    "paper.issued_in_future": "issued_on",
    "paper.issuer_missing": "issuer",
}


@router.api_route("/to-chuc/don-vi/{district}/sap-nhap", methods=["GET", "POST"])
async def merge(request: Request, account: Signed, district: str, loai: str = "") -> Response:
    """Make one of several units, of all or of one kind."""
    reach, chart = await _chart(request, account, district, MergeUnits)
    kind = loai if loai in set(UnitKind) else ""
    units = _options([unit for unit in chart.view.units if kind in ("", unit.kind)], on=reach.today)
    kinds = {unit.unit_id: unit.kind for unit in chart.view.units}
    names = {unit.unit_id: unit.short_name for unit in chart.view.units}

    def build(values: Values) -> MergeUnits:
        new_unit = None
        if values["into_id"] == NEW:
            if not values["new_name"] or not values["new_short_name"]:
                raise Invalid({"new_name": "Hãy nhập tên và tên gọi tắt của đơn vị mới."})
            new_unit = _new_unit(values["new_name"], values["new_short_name"], kinds[values["unit_ids"][0]])
        return MergeUnits(
            district=district,
            unit_ids=values["unit_ids"],
            into_id=new_unit.unit_id if new_unit else values["into_id"],
            merged_on=values["merged_on"],
            paper=_paper(values),
            new_unit=new_unit,
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title="Sáp nhập, hợp nhất đơn vị",
            submit="Sáp nhập",
            path=with_query(f"/to-chuc/don-vi/{district}/sap-nhap", loai=kind),
            back_href=f"/to-chuc/don-vi/{district}",
            state_line=place(district),
            inputs=(
                Input(
                    name="unit_ids",
                    label="Đơn vị sáp nhập (kết thúc hoạt động)",
                    kind="checks",
                    options=units,
                    names=names,
                ),
                Input(
                    name="into_id",
                    label="Sáp nhập vào",
                    kind="select",
                    options=[(NEW, "Một đơn vị mới (ghi tên ở dưới)"), *units],
                ),
                Input(name="new_name", label="Tên đơn vị mới", is_required=False),
                Input(name="new_short_name", label="Tên gọi tắt của đơn vị mới", is_required=False),
                Input(name="merged_on", label="Từ ngày", kind="date", hint="Ngày đầu tiên của đơn vị sau sáp nhập."),
                *_paper_inputs(),
            ),
            confirm="Các đơn vị đã chọn kết thúc hoạt động vào ngày liền trước; việc còn dở, dự thảo và chỗ trong cụm, "
            "khối chuyển cho đơn vị tiếp nhận. Việc này không hoàn tác được.",
            build=build,
            done="Đã ghi nhận sáp nhập đơn vị.",
            expected_seq=chart.reached["PLANS"][0],
            fields={
                **PAPER_FIELDS,
                "unit.merged_into_itself": "into_id",
                "unit.merger_empty": "unit_ids",
                "unit.not_yet_open": "merged_on",
                "unit.closed": "merged_on",
                "unit.id_malformed": "new_short_name",
            },
        ),
    )


@router.api_route("/to-chuc/don-vi/{district}/ket-thuc-quan", methods=["GET", "POST"])
async def close_district(request: Request, account: Signed, district: str) -> Response:
    """End the district."""
    _, chart = await _chart(request, account, district, CloseDistrict)
    city = (
        await ask(
            request, ShowOrganisation(district=CITY, year=chart.view.organisation.valid_from.year), OrganisationDetail
        )
    ).view
    own = {unit.unit_id: unit.name for unit in chart.view.units}

    def build(values: Values) -> CloseDistrict:
        whole = None if values["heir"] == CITY_HEIR else values["heir"]
        return CloseDistrict(
            district=district,
            closed_on=values["closed_on"],
            successors=(NewSuccessor(unit_id=whole), *_shares(values["shares"], city.units, chart.view.units)),
            paper=_paper(values),
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Kết thúc hoạt động của {place(district)}",
            submit="Kết thúc hoạt động",
            path=f"/to-chuc/don-vi/{district}/ket-thuc-quan",
            back_href=f"/to-chuc/don-vi/{district}",
            state_line=f"{len(own)} đơn vị trong hệ thống",
            inputs=(
                Input(name="closed_on", label="Ngày hoạt động cuối cùng", kind="date", hint="Ví dụ: 30/06/2025"),
                Input(
                    name="heir",
                    label="Nơi tiếp nhận phần việc chung của quận",
                    kind="select",
                    options=[
                        (CITY_HEIR, place(CITY)),
                        *_options([unit for unit in city.units if unit.kind is not UnitKind.DISTRICT]),
                    ],
                ),
                Input(
                    name="shares",
                    label="Nơi tiếp nhận phần việc của từng đơn vị",
                    kind="textarea",
                    rows=6,
                    is_required=False,
                    hint="Mỗi dòng một nơi tiếp nhận của thành phố: tên gọi tắt, dấu hai chấm, rồi các đơn vị của "
                    "quận cách nhau bằng dấu chấm phẩy. Ví dụ: Phường Cái Răng: Phường Lê Bình; Phường Ba Láng",
                ),
                *_paper_inputs(),
            ),
            confirm=f"Sau ngày này không ai nhập hay quyết định gì mới ở {place(district)}; mọi thứ vẫn xem lại được. "
            "Dự thảo, hồ sơ còn dở được ghi là đã chuyển cho nơi tiếp nhận. Chỉ thành phố sửa lại được.",
            build=build,
            done=f"Đã ghi nhận {place(district)} kết thúc hoạt động.",
            expected_seq=chart.reached["PLANS"][0],
            fields={
                **PAPER_FIELDS,
                "organisation.end_out_of_life": "closed_on",
                "organisation.unit_taken_twice": "shares",
                "organisation.successor_not_found": "heir",
                "unit.not_found": "shares",
            },
        ),
    )


@router.api_route("/to-chuc/don-vi/{district}/{unit_id}/chia-tach", methods=["GET", "POST"])
async def split(request: Request, account: Signed, district: str, unit_id: str) -> Response:
    """Make several units of one."""
    life = await _life(request, account, district, unit_id, SplitUnit)
    unit = life.view.unit

    def build(values: Values) -> SplitUnit:
        parts = _parts(values["parts"], unit.kind)
        return SplitUnit(
            district=district,
            unit_id=unit_id,
            into=parts,
            successor_id=unit_id if values["how"] == GOES_ON else parts[0].unit_id,
            split_on=values["split_on"],
            paper=_paper(values),
            at=now(request),
        )

    return await run_action(
        request,
        _unit_action(
            life,
            verb="chia-tach",
            title=f"Chia, tách {unit.name}",
            submit="Chia, tách",
            inputs=(
                Input(
                    name="how",
                    label="Hình thức",
                    kind="radios",
                    options=[
                        (ENDS, "Chia: đơn vị này kết thúc hoạt động; đơn vị ở dòng đầu tiếp nhận việc còn dở"),
                        (GOES_ON, "Tách: đơn vị này tiếp tục hoạt động và giữ việc còn dở"),
                    ],
                ),
                Input(
                    name="parts",
                    label="Các đơn vị mới",
                    kind="textarea",
                    hint="Mỗi dòng một đơn vị: tên đầy đủ, dấu chấm phẩy, tên gọi tắt. "
                    "Ví dụ: UBND phường Hưng Phú; Phường Hưng Phú",
                ),
                Input(name="split_on", label="Từ ngày", kind="date", hint="Ngày đầu tiên của các đơn vị mới."),
                *_paper_inputs(),
            ),
            confirm="Các đơn vị mới được thành lập từ ngày này. Việc này không hoàn tác được.",
            build=build,
            done="Đã ghi nhận chia, tách đơn vị.",
            fields={
                "unit.split_incomplete": "parts",
                "unit.exists": "parts",
                "unit.id_malformed": "parts",
                "unit.closed": "split_on",
                "unit.not_yet_open": "split_on",
            },
        ),
    )


@router.api_route("/to-chuc/don-vi/{district}/{unit_id}/doi-ten", methods=["GET", "POST"])
async def rename(request: Request, account: Signed, district: str, unit_id: str) -> Response:
    """Give the unit another name."""
    life = await _life(request, account, district, unit_id, RenameUnit)
    unit = life.view.unit
    return await run_action(
        request,
        _unit_action(
            life,
            verb="doi-ten",
            title=f"Đổi tên {unit.name}",
            submit="Đổi tên",
            inputs=(
                Input(name="name", label="Tên mới", value=unit.name),
                Input(name="short_name", label="Tên gọi tắt mới", value=unit.short_name),
                Input(name="renamed_on", label="Từ ngày", kind="date"),
                *_paper_inputs(),
            ),
            confirm="Văn bản và số liệu trước ngày này giữ tên cũ.",
            build=lambda values: RenameUnit(
                district=district,
                unit_id=unit_id,
                name=values["name"],
                short_name=values["short_name"],
                renamed_on=values["renamed_on"],
                paper=_paper(values),
                at=now(request),
            ),
            done="Đã đổi tên đơn vị.",
            fields={"unit.closed": "renamed_on", "unit.not_yet_open": "renamed_on", "unit.name_missing": "name"},
        ),
    )


@router.api_route("/to-chuc/don-vi/{district}/{unit_id}/ket-thuc", methods=["GET", "POST"])
async def close(request: Request, account: Signed, district: str, unit_id: str) -> Response:
    """End the unit."""
    life = await _life(request, account, district, unit_id, CloseUnit)
    chart = await ask(request, ShowOrganisation(district=district, year=life.view.today.year), OrganisationDetail)
    others = [unit for unit in chart.view.units if unit.unit_id != unit_id]
    return await run_action(
        request,
        _unit_action(
            life,
            verb="ket-thuc",
            title=f"Kết thúc hoạt động của {life.view.unit.name}",
            submit="Kết thúc hoạt động",
            inputs=(
                Input(name="closed_on", label="Ngày hoạt động cuối cùng", kind="date"),
                Input(
                    name="successor_id",
                    label="Đơn vị kế thừa",
                    kind="select",
                    options=_options(others, on=life.view.today),
                    is_required=False,
                    hint="Việc còn dở chuyển cho đơn vị này. Để trống nếu không có.",
                ),
                Input(name="reason", label="Lý do", kind="textarea", rows=2),
                *_paper_inputs(),
            ),
            confirm="Sau ngày này đơn vị không nhận việc mới. Việc này không hoàn tác được.",
            build=lambda values: CloseUnit(
                district=district,
                unit_id=unit_id,
                closed_on=values["closed_on"],
                reason=values["reason"],
                successor_id=values["successor_id"] or None,
                paper=_paper(values),
                at=now(request),
            ),
            done="Đã ghi nhận đơn vị kết thúc hoạt động.",
            fields={"unit.closed": "closed_on", "unit.not_yet_open": "closed_on"},
        ),
    )


@router.api_route("/to-chuc/don-vi/{district}/{unit_id}/ban-giao/{plan_id}", methods=["GET", "POST"])
async def hand_over(request: Request, account: Signed, district: str, unit_id: str, plan_id: str) -> Response:
    """Give what the unit left open in a plan to its successor."""
    life = await _life(request, account, district, unit_id, HandOverTasks)
    left = [one for one in life.view.open_work if one.plan_id == plan_id]
    if not left or life.view.heir is None:
        raise Rejected("page.not_found")
    numbers = ", ".join(str(number) for one in left for number in one.tasks)
    return await run_action(
        request,
        Action(
            title=f"Bàn giao việc của {life.view.unit.name}",
            submit="Bàn giao",
            path=f"/to-chuc/don-vi/{district}/{unit_id}/ban-giao/{plan_id}",
            back_href=f"/to-chuc/don-vi/{district}/{unit_id}",
            state_line=f"{place(district)} · kế hoạch năm {plan_id}",
            facts=[("Nhiệm vụ còn dở", numbers), ("Đơn vị tiếp nhận", life.view.heir.name)],
            confirm="Phần việc đơn vị đã làm vẫn còn trong diễn biến của nhiệm vụ.",
            build=lambda _: HandOverTasks(district=district, plan_id=plan_id, unit_id=unit_id, at=now(request)),
            done="Đã bàn giao việc còn dở.",
        ),
    )


# -- what the forms share ---------------------------------------------------------------------


async def _chart(
    request: Request, account: Signed, district: str, command: type[PlansCommand]
) -> tuple[Reach, Answer[OrganisationDetail]]:
    """Return the reach and the units. Raises Rejected `access.denied`."""
    check_district(district)
    reach = reach_of(request, account)
    if not may(reach, command, district):
        raise Rejected("access.denied")
    return reach, await ask(request, ShowOrganisation(district=district, year=reach.today.year), OrganisationDetail)


async def _life(
    request: Request, account: Signed, district: str, unit_id: str, command: type[PlansCommand]
) -> Answer[UnitDetail]:
    """Return the unit. Raises Rejected `access.denied`, `unit.not_found`."""
    check_district(district)
    if not may(reach_of(request, account), command, district):
        raise Rejected("access.denied")
    return await ask(request, ShowUnit(district=district, unit_id=unit_id), UnitDetail)


def _unit_action(life: Answer[UnitDetail], *, verb: str, fields: dict[str, str], **more: object) -> Action:
    """Return the form about one unit: where it stands, what it is about, and the fields of its paper."""
    unit = life.view.unit
    path = f"/to-chuc/don-vi/{unit.district}/{unit.unit_id}"
    return Action(
        path=f"{path}/{verb}",
        back_href=path,
        state_line=place(unit.district),
        expected_seq=life.reached["PLANS"][0],
        fields={**PAPER_FIELDS, **fields},
        **more,  # type: ignore[arg-type]
    )


def _paper_inputs() -> tuple[Input, ...]:
    return (
        Input(name="number", label="Văn bản số", hint="Ví dụ: 893/NQ-UBTVQH14"),
        Input(name="issued_on", label="Ngày văn bản", kind="date"),
        Input(name="issuer", label="Cơ quan ban hành"),
        Input(name="text", label="Về việc", is_required=False),
    )


def _paper(values: Values) -> OfficialNotice:
    return OfficialNotice(
        number=values["number"], issued_on=values["issued_on"], issuer=values["issuer"], text=values["text"]
    )


def _options(units: Sequence[Unit], *, on: date | None = None) -> list[tuple[str, str]]:
    """Return the units as options, by name; those that exist on the day where one is given."""
    shown = [unit for unit in units if on is None or unit.is_open(on)]
    return [(unit.unit_id, unit.short_name) for unit in sorted(shown, key=lambda unit: sort_key(unit.short_name))]


def _new_unit(name: str, short_name: str, kind: UnitKind) -> NewUnit:
    return NewUnit(unit_id=_token(short_name), name=name, short_name=short_name, kind=kind)


def _token(name: str) -> str:
    """Return the id of a unit of this name: "Phường Hưng Phú" is `phuong-hung-phu`."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in fold(name)).split()
    return "-".join(words)[:80]


def _parts(text: str, kind: UnitKind) -> tuple[NewUnit, ...]:
    """Return the units that are typed one a line. Raises Invalid."""
    parts = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        name, _, short_name = (part.strip() for part in line.partition(";"))
        if not name or not short_name:
            raise Invalid({"parts": f"“{line[:60]}”: hãy nhập tên đầy đủ; tên gọi tắt."})
        parts.append(_new_unit(name, short_name, kind))
    return tuple(parts)


def _shares(text: str, city_units: Sequence[Unit], units: Sequence[Unit]) -> tuple[NewSuccessor, ...]:
    """Return who takes which units, as typed one a line. Raises Invalid for a name that no unit bears."""
    shares = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        heir, _, taken = line.partition(":")
        ids = tuple(_found(one, units) for one in taken.split(";") if one.strip())
        if not ids:
            raise Invalid({"shares": f"“{line[:60]}”: hãy ghi các đơn vị sau dấu hai chấm."})
        shares.append(NewSuccessor(unit_id=_found(heir, city_units), takes=ids))
    return tuple(shares)


def _found(name: str, units: Sequence[Unit]) -> str:
    wanted = fold(name)
    for unit in units:
        if wanted in {fold(unit.name), fold(unit.short_name), unit.unit_id}:
            return unit.unit_id
    raise Invalid({"shares": f"Không có đơn vị “{name.strip()[:60]}”."})
