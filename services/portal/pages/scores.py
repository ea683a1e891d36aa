"""Chấm điểm, xếp hạng: sheets, the self-score, the posted score, and why a score is what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.backend import ask, ask_or_none, backend, do, now
from services.portal.format import decimal
from services.portal.labels import event_words, sentence
from services.portal.numbers import Year, whole
from services.portal.pages.forms import changes, command_id_of, parse_decimal
from services.portal.pages.reach import (
    Reach,
    Signed,
    check_district,
    districts_of,
    own_first,
    place,
    reach_of,
    year_of,
    years,
)
from services.portal.session import notify, portal
from services.portal.shell import page
from services.portal.web import status_of
from services.scoring.commands import LineScore, PostScore, SubmitSelfScore
from services.scoring.views import (
    CriteriaView,
    DistrictRankings,
    ListSheets,
    Ranking,
    SheetDetail,
    SheetHistory,
    SheetList,
    ShowCityRanking,
    ShowDistrictRankings,
    ShowSheet,
)
from shared.clock import new_id
from shared.errors import Rejected
from shared.text import nfc
from shared.types import CITY, DISTRICTS

router = APIRouter(include_in_schema=False)


@router.get("/cham-diem")
async def list_sheets(request: Request, account: Signed, quan: str = "", nhom: str = "") -> Response:
    """Show the sheets that the person may see."""
    reach = reach_of(request, account)
    year = year_of(request, portal(request).clock)
    owners = _owners(reach)
    if not owners:
        return await page(request, "none.html", what="phiếu điểm")
    district = quan if quan in owners else (CITY if reach.reads_city else own_first(owners, reach))
    try:
        answer = await ask(request, ListSheets(district=district, year=year, group_id=nhom or None), SheetList)
    except Rejected as refusal:
        if refusal.code != "actor.not_allowed":
            raise
        return await page(request, "none.html", what="phiếu điểm")
    groups: dict[str, str] = {}
    for one in answer.view.sheets:
        groups.setdefault(one.group_id or "", one.group_name or "Không thuộc cụm, khối nào")
    return await page(
        request,
        "scores/list.html",
        fresh=answer.fresh,
        year=year,
        year_options=years(reach.today, year),
        district=district,
        district_options=districts_of(owners),
        place=place(district),
        bands=[
            (name, [one for one in answer.view.sheets if (one.group_id or "") == key]) for key, name in groups.items()
        ],
        sheets=answer.view.sheets,
        group_options=sorted(groups.items()),
        group=nhom,
    )


def _owners(reach: Reach) -> list[str]:
    """Return the owners of sheets that the person may look at: districts, and the city for its readers."""
    owners = list(reach.districts)
    if reach.reads_city or any(grant.district == CITY for grant in reach.account.actor.grants):
        owners.append(CITY)
    return owners


@router.get("/cham-diem/{district}/{year}/{unit_id}")
async def show_sheet(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Show one sheet, and why its points are what they are."""
    check_district(district)
    answer = await ask(request, ShowSheet(district=district, unit_id=unit_id, year=year), SheetDetail)
    detail = answer.view
    return await page(
        request,
        "scores/sheet.html",
        fresh=answer.fresh,
        detail=detail,
        sheet=detail.sheet,
        place=place(district),
        path=f"/cham-diem/{district}/{year}/{unit_id}",
        sections=explained(detail),
        timeline_entries=[await _entry(request, one) for one in detail.history],
    )


async def _entry(request: Request, one: SheetHistory) -> dict[str, object]:
    return {
        "at": one.at,
        "who": await backend(request).name_of(one.by),
        "text": f"{event_words(one.type)}: {decimal(one.points)} điểm",
        "note": one.text,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One criterion of the sheet as the page shows it."""

    code: str
    name: str
    max_points: Decimal
    is_automatic: bool
    scored_by: str
    self_points: Decimal | None
    points: Decimal | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLines:
    """One section of the sheet with its sums."""

    name: str
    lines: tuple[Line, ...]
    max_points: Decimal
    self_total: Decimal | None
    total: Decimal | None


def explained(detail: SheetDetail) -> list[SectionLines]:
    """Return the sheet line by line: self-score beside final score."""
    if detail.criteria is None:
        return []
    sheet = detail.sheet
    own = {line.code: line for line in sheet.self_lines} if sheet else {}
    final = {line.code: line for line in sheet.score.lines} if sheet and sheet.score else {}
    found = []
    for section in detail.criteria.sections:
        lines = []
        for one in section.criteria:
            mine, theirs = own.get(one.code), final.get(one.code)
            automatic = detail.automatic_points if one.is_automatic else None
            lines.append(
                Line(
                    code=one.code,
                    name=one.name,
                    max_points=one.max_points,
                    is_automatic=one.is_automatic,
                    scored_by=one.scored_by,
                    self_points=mine.points if mine else automatic,
                    points=theirs.points if theirs else None,
                    evidence=(theirs.evidence if theirs else "") or (mine.evidence if mine else ""),
                )
            )
        found.append(
            SectionLines(
                name=section.name,
                lines=tuple(lines),
                max_points=sum((line.max_points for line in lines), Decimal(0)),
                self_total=sum((line.self_points or Decimal(0) for line in lines), Decimal(0)) if own else None,
                total=sum((line.points or Decimal(0) for line in lines), Decimal(0)) if final else None,
            )
        )
    return found


# -- scoring -----------------------------------------------------------------------------------


@router.api_route("/cham-diem/{district}/{year}/{unit_id}/tu-cham", methods=["GET", "POST"])
async def self_score(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Score the own unit."""
    return await _score(request, district, year, unit_id, is_final=False)


@router.api_route("/cham-diem/{district}/{year}/{unit_id}/cong-bo", methods=["GET", "POST"])
async def post_score(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Post the final score, or correct it."""
    return await _score(request, district, year, unit_id, is_final=True)


FINAL_FIELDS = ("bonus", "bonus_reason", "penalty", "penalty_reason", "knocked_out_reason", "reason")


async def _score(request: Request, district: str, year: int, unit_id: str, *, is_final: bool) -> Response:
    check_district(district)
    detail = (await ask(request, ShowSheet(district=district, unit_id=unit_id, year=year), SheetDetail)).view
    if detail.criteria is None:
        raise Rejected("criteria.not_published", group_id=detail.group_name or "", year=year)
    path = f"/cham-diem/{district}/{year}/{unit_id}"
    seq = detail.sheet.seq if detail.sheet else 0
    if request.method == "GET":
        return await _show_score(
            request,
            detail,
            path,
            _values(detail, is_final),
            {},
            is_final=is_final,
            expected_seq=seq,
            form_id=new_id(),
        )
    form = await request.form()
    values = {key: nfc(value.replace("\r\n", "\n")) for key, value in form.items() if isinstance(value, str)}
    given = whole(values.get("expected_seq", ""))
    expected_seq = seq if given is None else given
    form_id = values.get("form_id") or new_id()
    command, errors = _command(request, detail, values, is_final=is_final)
    if command is None:
        return await _show_score(
            request,
            detail,
            path,
            values,
            errors,
            is_final=is_final,
            expected_seq=expected_seq,
            form_id=form_id,
            status_code=422,
        )
    response = RedirectResponse(path, status_code=303)
    try:
        await do(request, response, command, expected_seq=expected_seq, command_id=command_id_of(form_id, command))
    except Rejected as refusal:
        changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
        criterion = str(refusal.detail.get("criterion", ""))
        field = f"points-{criterion}" if criterion else _FIELDS.get(refusal.code, "")
        return await _show_score(
            request,
            detail,
            path,
            values,
            {field: sentence(refusal.code, refusal.detail)},
            is_final=is_final,
            expected_seq=max((int(str(one["seq"])) for one in changed), default=expected_seq),
            form_id=new_id(),
            changed=changed,
            status_code=status_of(refusal.code),
        )
    notify(request, response, "Đã công bố điểm." if is_final else "Đã nộp bảng tự chấm điểm.")
    return response


_FIELDS = {
    "score.bonus_out_of_range": "bonus",
    "score.bonus_reason_missing": "bonus_reason",
    "score.penalty_out_of_range": "penalty",
    "score.penalty_reason_missing": "penalty_reason",
    "score.correction_reason_missing": "reason",
    "score.knock_out_reason_missing": "knocked_out_reason",
}


def _values(detail: SheetDetail, is_final: bool) -> dict[str, str]:
    """Return what stands in the form at first: the posted score, else the self-score."""
    sheet = detail.sheet
    lines = sheet.score.lines if is_final and sheet and sheet.score else sheet.self_lines if sheet else ()
    values: dict[str, str] = {}
    for line in lines:
        values[f"points-{line.code}"] = decimal(line.points)
        values[f"evidence-{line.code}"] = line.evidence
    if is_final and sheet and sheet.score:
        values["bonus"] = decimal(sheet.score.bonus)
        values["bonus_reason"] = sheet.score.bonus_reason
        values["penalty"] = decimal(sheet.score.penalty)
        values["penalty_reason"] = sheet.score.penalty_reason
        values["knocked_out_reason"] = sheet.score.knocked_out_reason or ""
    return values


def _command(
    request: Request, detail: SheetDetail, values: Mapping[str, str], *, is_final: bool
) -> tuple[SubmitSelfScore | PostScore | None, dict[str, str]]:
    assert detail.criteria is not None
    errors: dict[str, str] = {}
    lines = []
    is_knocked_out = is_final and bool(values.get("knocked_out_reason"))
    for section in detail.criteria.sections:
        for one in section.criteria:
            if one.is_automatic:
                continue
            text = values.get(f"points-{one.code}", "")
            if not text and is_knocked_out:
                continue
            points = _number(f"points-{one.code}", one.name, text, errors)
            lines.append(LineScore(criterion=one.code, points=points, evidence=values.get(f"evidence-{one.code}", "")))
    key: dict[str, Any] = {
        "district": detail.district,
        "unit_id": detail.unit_id,
        "year": detail.year,
        "at": now(request),
    }
    if not is_final:
        command: SubmitSelfScore | PostScore = SubmitSelfScore(**key, lines=tuple(lines))
    else:
        command = PostScore(
            **key,
            lines=tuple(lines),
            bonus=_number("bonus", "Điểm thưởng", values.get("bonus", "") or "0", errors),
            bonus_reason=values.get("bonus_reason", ""),
            penalty=_number("penalty", "Điểm trừ", values.get("penalty", "") or "0", errors),
            penalty_reason=values.get("penalty_reason", ""),
            knocked_out_reason=values.get("knocked_out_reason") or None,
            reason=values.get("reason", ""),
        )
    return (None if errors else command), errors


def _number(field: str, name: str, text: str, errors: dict[str, str]) -> Decimal:
    if not text:
        errors[field] = f"{name}: hãy nhập điểm."
        return Decimal(0)
    try:
        return parse_decimal(text)
    except ValueError as error:
        errors[field] = f"{name}: {error}"
        return Decimal(0)


async def _show_score(
    request: Request,
    detail: SheetDetail,
    path: str,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    is_final: bool,
    expected_seq: int,
    form_id: str,
    changed: Sequence[Mapping[str, object]] = (),
    status_code: int = 200,
) -> Response:
    criteria: CriteriaView | None = detail.criteria
    return await page(
        request,
        "scores/form.html",
        status_code=status_code,
        detail=detail,
        criteria=criteria,
        sections=explained(detail),
        path=path,
        values=values,
        errors=errors,
        is_final=is_final,
        is_correction=is_final and detail.sheet is not None and detail.sheet.score is not None,
        expected_seq=expected_seq,
        form_id=form_id,
        changed=changed,
        place=place(detail.district),
    )


# -- rankings ----------------------------------------------------------------------------------


@router.get("/xep-hang")
async def rank_city(request: Request, account: Signed) -> Response:
    """Show the five districts in order."""
    reach = reach_of(request, account)
    year = year_of(request, portal(request).clock)
    answer = await ask_or_none(request, ShowCityRanking(year=year), Ranking)
    return await page(
        request,
        "scores/ranking.html",
        fresh=answer.fresh if answer else None,
        title="Xếp hạng năm quận",
        path="/xep-hang",
        year=year,
        year_options=years(reach.today, year),
        rankings=[answer.view] if answer else [],
        district=CITY,
        districts=districts_of(reach.districts),
        is_refused=answer is None,
    )


@router.get("/xep-hang/{district}")
async def rank_groups(request: Request, account: Signed, district: str) -> Response:
    """Show the order within each group of the district."""
    if check_district(district) not in DISTRICTS:
        raise Rejected("page.not_found")
    reach = reach_of(request, account)
    year = year_of(request, portal(request).clock)
    answer = await ask(request, ShowDistrictRankings(district=district, year=year), DistrictRankings)
    return await page(
        request,
        "scores/ranking.html",
        fresh=answer.fresh,
        title=f"Xếp hạng cụm, khối thi đua {place(district)}",
        path=f"/xep-hang/{district}",
        year=year,
        year_options=years(reach.today, year),
        rankings=answer.view.rankings,
        district=district,
        districts=(),
        is_refused=False,
    )
