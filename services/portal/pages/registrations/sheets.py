"""Registrations as spreadsheets: the template, out and in, of one unit and of the units of a district."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import OpenRegistration, SaveRegistration
from services.plans.documents.sheets import (
    KnownRegistration,
    UnitNames,
    known_registrations,
    read_registrations,
    savings,
    unit_names,
    write_registrations,
)
from services.plans.rules import RIGHTS
from services.plans.views import (
    ItemLine,
    ItemList,
    ListRegisteredItems,
    OrganisationDetail,
    RegistrationBoard,
    RegistrationStatus,
    ShowOrganisation,
    ShowRegistrations,
)
from services.portal.backend import ask, now
from services.portal.numbers import Year
from services.portal.pages.imports import Checked, Import, run_import
from services.portal.pages.reach import Signed, check_district, place, reach_of
from services.portal.pages.registrations.unit import detail_of
from services.portal.pages.spreadsheets import download
from services.portal.session import portal
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

_ITEMS_A_QUESTION = 500


# -- the units of a district ----------------------------------------------------------------------


@router.get("/dang-ky/{district}/{year}/mau-excel")
async def template(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Give the empty form of many units, with drop-downs."""
    words = await _words(request, district, year)
    content = await asyncio.to_thread(write_registrations, year, (), words)
    return download(content, f"mau-dang-ky-{district}-{year}.xlsx")


@router.get("/dang-ky/{district}/{year}/xuat-excel")
async def export(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Give what the units registered as a spreadsheet, which can be imported again."""
    words = await _words(request, district, year)
    items = await _all_items(request, district, year, drafts=False)
    content = await asyncio.to_thread(write_registrations, year, items, words)
    return download(content, f"dang-ky-{district}-{year}.xlsx")


@router.api_route("/dang-ky/{district}/{year}/nhap-excel", methods=["GET", "POST"])
async def import_many(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Take a spreadsheet of many units: look at what would change, then apply."""
    check_district(district)
    reach = reach_of(request, account)
    if not RIGHTS[OpenRegistration].allows(account.actor, on=reach.today, district=district):
        raise Rejected("access.denied")

    async def check(content: bytes, drops_absent: bool) -> Checked:
        # What is registered is read before the file, so that nothing that comes in meanwhile is overwritten unseen.
        answer = await ask(request, ShowRegistrations(district=district, year=year), RegistrationBoard)
        board = answer.view
        if board.round is None:
            raise Rejected("registration.round_not_open", year=year)
        detail, names = await _units(request, district, year)
        lines = await _all_items(request, district, year, drafts=True)
        known = known_registrations(detail.units, names, board.registrations, lines, board.today)
        checked = await asyncio.to_thread(read_registrations, content, year, known, names, drops_absent=drops_absent)
        return Checked(
            preview=checked.preview,
            series=savings(checked, district, year, at=now(request)),
            seen=answer.reached["PLANS"][0],
        )

    path = f"/dang-ky/{district}/{year}"
    return await run_import(
        request,
        Import(
            title="Nhập đăng ký thi đua của nhiều đơn vị từ Excel",
            state_line=f"{place(district)} · năm {year}",
            path=f"{path}/nhap-excel",
            back_href=path,
            template_href=f"{path}/mau-excel",
            hint="Mỗi trang tính một loại; cột đầu là đơn vị. Nội dung được nhận ra theo tên (và danh hiệu), nên nhập "
            "lại cùng một tệp không thay đổi gì. Bản đăng ký được lưu ở trạng thái đang soạn; nộp sau, ở trang của "
            "đơn vị.",
            check=check,
            drops_absent="Bỏ các nội dung không có trong tệp, ở những đơn vị mà tệp có ghi",
        ),
    )


async def _units(request: Request, district: str, year: int) -> tuple[OrganisationDetail, UnitNames]:
    """Return the district's units and all that people call them."""
    detail = (await ask(request, ShowOrganisation(district=district, year=year), OrganisationDetail)).view
    return detail, unit_names(detail.organisation, detail.units)


async def _words(request: Request, district: str, year: int) -> dict[str, str]:
    """Return how each unit is written in a file, by id."""
    check_district(district)
    detail, names = await _units(request, district, year)
    known = known_registrations(detail.units, names, (), (), portal(request).clock.today())
    return {unit_id: one.word for unit_id, one in known.items()}


async def _all_items(request: Request, district: str, year: int, *, drafts: bool) -> list[ItemLine]:
    lines: list[ItemLine] = []
    while True:
        question = ListRegisteredItems(
            district=district, year=year, drafts=drafts, limit=_ITEMS_A_QUESTION, offset=len(lines)
        )
        found = (await ask(request, question, ItemList)).view
        lines += found.items
        if not found.items or len(lines) >= found.found:
            return lines


# -- one unit -------------------------------------------------------------------------------------


@router.get("/dang-ky/{district}/{year}/{unit_id}/mau-excel")
async def template_of_unit(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Give the empty form of one unit, with drop-downs."""
    await detail_of(request, district, year, unit_id)
    content = await asyncio.to_thread(write_registrations, year, ())
    return download(content, f"mau-dang-ky-{year}.xlsx")


@router.get("/dang-ky/{district}/{year}/{unit_id}/xuat-excel")
async def export_of_unit(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Give what the unit registers as a spreadsheet, which can be imported again."""
    detail = (await detail_of(request, district, year, unit_id)).view
    content = await asyncio.to_thread(write_registrations, year, detail.items)
    return download(content, f"dang-ky-{unit_id}-{year}.xlsx")


@router.api_route("/dang-ky/{district}/{year}/{unit_id}/nhap-excel", methods=["GET", "POST"])
async def import_of_unit(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Take a spreadsheet of what the unit registers: look at what would change, then apply."""
    reach = reach_of(request, account)
    if not RIGHTS[SaveRegistration].allows(account.actor, on=reach.today, district=district, unit=unit_id):
        raise Rejected("access.denied")
    unit = (await detail_of(request, district, year, unit_id)).view.unit

    async def check(content: bytes, drops_absent: bool) -> Checked:
        detail = (await detail_of(request, district, year, unit_id)).view
        if detail.round is None:
            raise Rejected("registration.round_not_open", year=year)
        status = detail.registration.status if detail.registration else RegistrationStatus.MISSING
        known = KnownRegistration(unit_id=unit_id, word=unit.short_name, status=status, items=detail.items)
        checked = await asyncio.to_thread(
            read_registrations, content, year, {unit_id: known}, drops_absent=drops_absent
        )
        return Checked(
            preview=checked.preview, series=savings(checked, district, year, at=now(request)), seen=detail.seq
        )

    path = f"/dang-ky/{district}/{year}/{unit_id}"
    return await run_import(
        request,
        Import(
            title=f"Nhập đăng ký thi đua năm {year} từ Excel",
            state_line=unit.short_name,
            path=f"{path}/nhap-excel",
            back_href=path,
            template_href=f"{path}/xuat-excel",
            hint="Mỗi trang tính một loại. Nội dung được nhận ra theo tên (và danh hiệu), nên nhập lại cùng một tệp "
            "không thay đổi gì.",
            check=check,
            drops_absent="Bỏ các nội dung không có trong tệp",
        ),
    )
