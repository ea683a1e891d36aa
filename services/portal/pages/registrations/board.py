"""The round of a year: how far each unit is, what is registered in the district, and the round's own days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.plans.commands import MoveRegistrationClosing, OpenRegistration
from services.plans.events import RegistrationKind
from services.plans.rules import RIGHTS, reads_registrations
from services.plans.views import (
    ItemList,
    ListRegisteredItems,
    RegistrationBoard,
    RegistrationStatus,
    RegistrationView,
    ShowRegistrations,
)
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.labels import word
from services.portal.numbers import Year, whole
from services.portal.pages.ending import ending_of
from services.portal.pages.forms import Action, Input, run_action
from services.portal.pages.reach import (
    Reach,
    Signed,
    check_district,
    directory,
    own_first,
    place,
    reach_of,
    with_query,
)
from services.portal.shell import page
from shared.errors import Rejected
from shared.text import sort_key

router = APIRouter(include_in_schema=False)

ITEMS_A_PAGE = 100
KINDS = [(kind.value, word("registration_kind", kind)) for kind in RegistrationKind]
# Each figure of the board, with the filter that shows the rows behind it.
STATUSES = [
    ("missing", "Chưa nộp, chưa soạn"),
    ("draft", "Đang soạn"),
    ("submitted", "Chờ duyệt"),
    ("returned", "Trả lại"),
    ("approved", "Đã duyệt"),
    ("reopened", "Mở lại"),
    ("on_time", "Nộp đúng hạn"),
    ("late", "Nộp muộn"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the board, and where the rows behind it are."""

    label: str
    count: int
    href: str


@router.get("/dang-ky")
async def go_to_own(request: Request, account: Signed) -> Response:
    """Go to this year's registration of the person's own district."""
    reach = reach_of(request, account)
    if not reach.districts:
        raise Rejected("access.denied")
    return RedirectResponse(f"/dang-ky/{own_first(reach.districts, reach)}/{reach.today.year}", status_code=303)


@router.get("/dang-ky/{district}/{year}")
async def show_board(
    request: Request, account: Signed, district: str, year: Year, trang_thai: str = "", nhom: str = ""
) -> Response:
    """Show how far the units of the district are with registering."""
    check_district(district)
    reach = reach_of(request, account)
    answer = await ask(request, ShowRegistrations(district=district, year=year), RegistrationBoard)
    board = answer.view
    names = await directory(request, district, year)
    path = f"/dang-ky/{district}/{year}"
    rows = sorted(
        (row for row in board.registrations if matches(row, trang_thai) and nhom in ("", row.group_id)),
        key=lambda row: sort_key(row.unit_name),
    )
    own = reach.units(district)
    ending = await ending_of(request, reach, district)
    return await page(
        request,
        "registrations/board.html",
        fresh=answer.fresh,
        board=board,
        place=place(district),
        path=path,
        figures=_figures(board, path),
        rows=rows,
        whole=_sums(rows),
        groups=[(one, names.group(one.group_id)) for one in board.group_totals],
        names=names,
        reads_all=reads_registrations(account.actor, district, None, reach.today),
        own_units=own,
        own_unit=next(iter(sorted(own)), ""),
        rights=ending.leaves(_rights(reach, board, district)),
        ended=ending.notice,
        status_options=STATUSES,
        group_options=names.group_options(),
        filters={"trang_thai": trang_thai, "nhom": nhom},
    )


def matches(row: RegistrationView, status: str) -> bool:
    """Return whether the row is behind the figure of the filter."""
    match status:
        case "":
            return True
        case "on_time":
            return row.submissions > 0 and not row.is_late
        case "late":
            return row.submissions > 0 and row.is_late
        case _:
            return row.status == status


def _figures(board: RegistrationBoard, path: str) -> list[Figure]:
    totals = board.totals
    if totals is None:
        return []
    figures = [Figure(label="Đơn vị phải đăng ký", count=totals.units, href=path)]
    return figures + [
        Figure(label=label, count=getattr(totals, status), href=with_query(path, trang_thai=status))
        for status, label in STATUSES
    ]


def _sums(rows: Sequence[RegistrationView]) -> Mapping[str, int]:
    """Return what the rows shown hold; what was never submitted is a draft of the unit and counts nowhere."""
    sent = [row.counts for row in rows if row.submissions]
    return {
        name: sum(getattr(counts, name) for counts in sent) for name in ("titles", "initiatives", "movements", "models")
    }


def _rights(reach: Reach, board: RegistrationBoard, district: str) -> dict[str, bool]:
    opens = _may(reach, OpenRegistration, district)
    return {
        "open": opens and board.round is None,
        "move": opens and board.round is not None,
        "import": opens and board.round is not None,
    }


def _may(reach: Reach, command: type, district: str) -> bool:
    return RIGHTS[command].allows(reach.account.actor, on=reach.today, district=district)


@router.get("/dang-ky/{district}/{year}/noi-dung")
async def list_items(
    request: Request,
    account: Signed,
    district: str,
    year: Year,
    loai: str = "",
    don_vi: str = "",
    danh_hieu: str = "",
    q: str = "",
    trang: str = "",
) -> Response:
    """Show what is registered in the district, of one kind, unit or title where one is chosen."""
    check_district(district)
    kind = RegistrationKind(loai) if loai in {one.value for one in RegistrationKind} else None
    number = max(whole(trang) or 1, 1)
    question = ListRegisteredItems(
        district=district,
        year=year,
        kind=kind,
        unit_id=don_vi or None,
        title=danh_hieu,
        text=q[:200],
        limit=ITEMS_A_PAGE,
        offset=(min(number, 10_000) - 1) * ITEMS_A_PAGE,
    )
    answer = await ask(request, question, ItemList)
    names = await directory(request, district, year)
    path = f"/dang-ky/{district}/{year}/noi-dung"
    filters = {"loai": loai, "don_vi": don_vi, "danh_hieu": danh_hieu, "q": q}
    return await page(
        request,
        "registrations/items.html",
        fresh=answer.fresh,
        place=place(district),
        district=district,
        year=year,
        path=path,
        items=answer.view.items,
        found=answer.view.found,
        number=number,
        pages=max(1, -(-answer.view.found // ITEMS_A_PAGE)),
        page_href=with_query(path, **filters, trang="{page}").replace("%7Bpage%7D", "{page}"),
        names=names,
        kind_options=KINDS,
        unit_options=names.unit_options(),
        title_options=[(one.code, one.name) for one in answer.view.titles],
        filters=filters,
        is_filtered=any(filters.values()),
    )


# -- the round ----------------------------------------------------------------------------------


@router.api_route("/dang-ky/{district}/{year}/mo-dot", methods=["GET", "POST"])
async def open_round(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Ask the units to register until a day."""
    check_district(district)
    path = f"/dang-ky/{district}/{year}"
    return await run_action(
        request,
        Action(
            title=f"Mở đợt đăng ký thi đua năm {year}",
            submit="Mở đợt đăng ký",
            path=f"{path}/mo-dot",
            back_href=path,
            is_allowed=_may(reach_of(request, account), OpenRegistration, district),
            state_line=place(district),
            text="Mọi cơ quan, đoàn thể, đơn vị và phường đang hoạt động của quận được yêu cầu đăng ký danh hiệu, "
            "sáng kiến, phong trào và mô hình dân vận khéo.",
            inputs=(
                Input(name="closes_on", label="Ngày cuối nhận đăng ký", kind="date"),
                Input(
                    name="note",
                    label="Căn cứ, lưu ý",
                    kind="textarea",
                    is_required=False,
                    rows=3,
                    hint="Ví dụ: theo mục 5 Kế hoạch số 30/KH-UBND.",
                ),
            ),
            build=lambda values: OpenRegistration(
                district=district, year=year, closes_on=values["closes_on"], note=values["note"], at=now(request)
            ),
            done="Đã mở đợt đăng ký; các đơn vị thấy hạn trong Việc của tôi.",
            fields={
                "registration.closing_in_past": "closes_on",
                "registration.closing_out_of_year": "closes_on",
                "text.too_long": "note",
            },
        ),
    )


@router.api_route("/dang-ky/{district}/{year}/doi-han", methods=["GET", "POST"])
async def move_closing(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Let the round end on another day."""
    check_district(district)
    board = (await ask(request, ShowRegistrations(district=district, year=year), RegistrationBoard)).view
    if board.round is None:
        raise Rejected("registration.round_not_open", year=year)
    path = f"/dang-ky/{district}/{year}"
    return await run_action(
        request,
        Action(
            title=f"Đổi hạn đăng ký thi đua năm {year}",
            submit="Đổi hạn",
            path=f"{path}/doi-han",
            back_href=path,
            is_allowed=_may(reach_of(request, account), MoveRegistrationClosing, district),
            state_line=place(district),
            facts=[("Hạn hiện nay", day(board.round.closes_on))],
            text="Bản đã nộp được tính đúng hạn hay muộn theo hạn có hiệu lực lúc nộp; đổi hạn không tính lại.",
            inputs=(
                Input(name="closes_on", label="Ngày cuối mới", kind="date"),
                Input(name="reason", label="Lý do đổi hạn", kind="textarea", rows=3),
            ),
            build=lambda values: MoveRegistrationClosing(
                district=district, year=year, closes_on=values["closes_on"], reason=values["reason"], at=now(request)
            ),
            done="Đã đổi hạn đăng ký.",
            expected_seq=board.round.seq,
            fields={
                "registration.closing_in_past": "closes_on",
                "registration.closing_out_of_year": "closes_on",
                "registration.reason_missing": "reason",
                "text.too_long": "reason",
            },
        ),
    )


def is_open_to_change(status: RegistrationStatus | None) -> bool:
    """Return whether what a unit registers may be changed as it stands."""
    return status not in (RegistrationStatus.SUBMITTED, RegistrationStatus.APPROVED)
