"""One unit's registration: what it holds, why it came back, its history, and what is done with it."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    ApproveRegistration,
    NewItemReason,
    ReopenRegistration,
    ReturnRegistration,
    SaveRegistration,
    SubmitRegistration,
)
from services.plans.events import RegistrationKind
from services.plans.rules import RIGHTS
from services.plans.views import ItemLine, RegistrationDetail, RegistrationHistory, RegistrationStatus, ShowRegistration
from services.portal.backend import Answer, ask, backend, now
from services.portal.format import day
from services.portal.labels import event_words, word
from services.portal.numbers import Year
from services.portal.pages.ending import ending_of
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of
from services.portal.pages.registrations.board import is_open_to_change
from services.portal.shell import page

router = APIRouter(include_in_schema=False)

ERASED = "(dữ liệu cá nhân đã xoá)"


@router.get("/dang-ky/{district}/{year}/{unit_id}")
async def show_registration(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Show what the unit registers."""
    answer = await detail_of(request, district, year, unit_id)
    detail, reach = answer.view, reach_of(request, account)
    ending = await ending_of(request, reach, district, unit_id)
    return await page(
        request,
        "registrations/unit.html",
        fresh=answer.fresh,
        detail=detail,
        one=detail.registration,
        place=place(district),
        district=district,
        year=year,
        path=f"/dang-ky/{district}/{year}/{unit_id}",
        status=detail.registration.status if detail.registration else RegistrationStatus.MISSING,
        kinds=[
            (kind.value, word("registration_kind", kind), [line for line in detail.items if line.kind is kind])
            for kind in RegistrationKind
        ],
        rights=ending.leaves(_rights(reach, detail, district, unit_id)),
        ended=ending.notice,
        timeline_entries=[await _entry(request, one) for one in _merged(detail.history)],
    )


async def detail_of(request: Request, district: str, year: int, unit_id: str) -> Answer[RegistrationDetail]:
    """Return the unit's registration. Raises Rejected."""
    check_district(district)
    return await ask(request, ShowRegistration(district=district, year=year, unit_id=unit_id), RegistrationDetail)


def _rights(reach: Reach, detail: RegistrationDetail, district: str, unit_id: str) -> dict[str, bool]:
    def may(command: type) -> bool:
        return _may(reach, command, district, unit_id)

    status = detail.registration.status if detail.registration else None
    can_change = detail.round is not None and is_open_to_change(status) and detail.unit.is_open(reach.today)
    return {
        "edit": may(SaveRegistration) and can_change,
        "submit": may(SubmitRegistration) and can_change and bool(detail.items),
        "return": may(ReturnRegistration) and status is RegistrationStatus.SUBMITTED,
        "approve": may(ApproveRegistration) and status is RegistrationStatus.SUBMITTED,
        "reopen": may(ReopenRegistration) and status is RegistrationStatus.APPROVED,
    }


def _may(reach: Reach, command: type, district: str, unit_id: str) -> bool:
    return RIGHTS[command].allows(reach.account.actor, on=reach.today, district=district, unit=unit_id)


def _merged(history: Sequence[RegistrationHistory]) -> list[RegistrationHistory]:
    """Return the history with drafts that one person saved in a row as the last of them."""
    kept: list[RegistrationHistory] = []
    for one in history:
        if kept and one.type == "RegistrationSaved" == kept[-1].type and one.by == kept[-1].by:
            kept.pop()
        kept.append(one)
    return kept


async def _entry(request: Request, one: RegistrationHistory) -> Mapping[str, object]:
    note = one.text
    if one.type == "RegistrationSubmitted":
        note = late_words(one.is_late, one.days_late)
    return {
        "at": one.at,
        "who": await backend(request).name_of(one.by),
        "text": event_words(one.type),
        "note": note,
    }


def late_words(is_late: bool, days_late: int) -> str:
    """Return how late something came, in words."""
    if not is_late:
        return "Đúng hạn"
    return f"Muộn {days_late} ngày làm việc" if days_late else "Muộn, trong ngày nghỉ sau hạn"


# -- what is done with it -------------------------------------------------------------------------


@router.api_route("/dang-ky/{district}/{year}/{unit_id}/nop", methods=["GET", "POST"])
async def submit(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Submit the registration."""
    detail = (await detail_of(request, district, year, unit_id)).view
    path = f"/dang-ky/{district}/{year}/{unit_id}"
    return await run_action(
        request,
        Action(
            title=f"Nộp đăng ký thi đua năm {year}",
            submit="Nộp đăng ký",
            path=f"{path}/nop",
            back_href=path,
            is_allowed=_may(reach_of(request, account), SubmitRegistration, district, unit_id),
            state_line=detail.unit.short_name,
            facts=[*_facts(detail), ("Hạn đăng ký", day(detail.due_on), _due_note(detail))],
            text="Sau khi nộp, bản đăng ký chỉ sửa được khi Phòng Nội vụ trả lại.",
            build=lambda _: SubmitRegistration(district=district, year=year, unit_id=unit_id, at=now(request)),
            done="Đã nộp bản đăng ký cho Phòng Nội vụ.",
            expected_seq=detail.seq,
        ),
    )


@router.api_route("/dang-ky/{district}/{year}/{unit_id}/tra-lai", methods=["GET", "POST"])
async def return_(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Send the registration back, with reasons for the whole and for single things."""
    detail = (await detail_of(request, district, year, unit_id)).view
    path = f"/dang-ky/{district}/{year}/{unit_id}"

    def build(values: Values) -> ReturnRegistration:
        reasons = [(line.number, values[f"item-{line.number}"]) for line in detail.items]
        return ReturnRegistration(
            district=district,
            year=year,
            unit_id=unit_id,
            reason=values["reason"],
            items=tuple(NewItemReason(number=number, text=text) for number, text in reasons if text),
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Trả lại đăng ký thi đua năm {year}",
            submit="Trả lại",
            path=f"{path}/tra-lai",
            back_href=path,
            is_allowed=_may(reach_of(request, account), ReturnRegistration, district, unit_id),
            state_line=detail.unit.short_name,
            inputs=(
                Input(name="reason", label="Lý do chung", kind="textarea", rows=3, hint="Nêu rõ nội dung cần sửa."),
                *(
                    Input(
                        name=f"item-{line.number}",
                        label=f"{word('registration_kind', line.kind)} · {item_words(line)}",
                        is_required=False,
                        hint="Lý do riêng của mục này, nếu có.",
                    )
                    for line in detail.items
                ),
            ),
            build=build,
            done="Đã trả lại bản đăng ký cho đơn vị.",
            expected_seq=detail.seq,
            fields={"registration.reason_missing": "reason", "text.too_long": "reason"},
        ),
    )


@router.api_route("/dang-ky/{district}/{year}/{unit_id}/duyet", methods=["GET", "POST"])
async def approve(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Approve the registration."""
    detail = (await detail_of(request, district, year, unit_id)).view
    path = f"/dang-ky/{district}/{year}/{unit_id}"
    return await run_action(
        request,
        Action(
            title=f"Duyệt đăng ký thi đua năm {year}",
            submit="Duyệt",
            path=f"{path}/duyet",
            back_href=path,
            is_allowed=_may(reach_of(request, account), ApproveRegistration, district, unit_id),
            state_line=detail.unit.short_name,
            facts=_facts(detail),
            text="Bản đã duyệt chỉ sửa được khi Phòng Nội vụ mở lại.",
            build=lambda _: ApproveRegistration(district=district, year=year, unit_id=unit_id, at=now(request)),
            done="Đã duyệt bản đăng ký.",
            expected_seq=detail.seq,
        ),
    )


@router.api_route("/dang-ky/{district}/{year}/{unit_id}/mo-lai", methods=["GET", "POST"])
async def reopen(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Let the unit change what had been approved."""
    detail = (await detail_of(request, district, year, unit_id)).view
    path = f"/dang-ky/{district}/{year}/{unit_id}"
    return await run_action(
        request,
        Action(
            title=f"Mở lại đăng ký thi đua năm {year}",
            submit="Mở lại",
            path=f"{path}/mo-lai",
            back_href=path,
            is_allowed=_may(reach_of(request, account), ReopenRegistration, district, unit_id),
            state_line=detail.unit.short_name,
            facts=_facts(detail),
            text="Đơn vị sửa và nộp lại; cho đến khi được duyệt lại, bản đăng ký không còn ở trạng thái đã duyệt.",
            inputs=(Input(name="reason", label="Lý do mở lại", kind="textarea", rows=3),),
            build=lambda values: ReopenRegistration(
                district=district, year=year, unit_id=unit_id, reason=values["reason"], at=now(request)
            ),
            done="Đã mở lại bản đăng ký.",
            expected_seq=detail.seq,
            fields={"registration.reason_missing": "reason", "text.too_long": "reason"},
        ),
    )


def item_words(line: ItemLine) -> str:
    """Return what the thing registered is, in a few words."""
    name = line.name or ERASED
    return f"{name}: {line.title_name}" if line.title_name else name


def _facts(detail: RegistrationDetail) -> list[tuple[str, object] | tuple[str, object, str]]:
    kinds = [line.kind for line in detail.items]
    return [(word("registration_kind", kind), kinds.count(kind)) for kind in RegistrationKind]


def _due_note(detail: RegistrationDetail) -> str:
    if detail.due_on is None or detail.today <= detail.due_on:
        return ""
    is_first = detail.registration is None or not detail.registration.submissions
    return f"Nộp hôm nay được ghi là {late_words(True, -detail.days_left).lower()}." if is_first else ""
