"""The report on an inspection (vi: báo cáo kết quả kiểm tra; seed plan, task 12)."""

import re
from dataclasses import dataclass, field

from services.plans.documents.papers.form import (
    TEMPLATES,
    Closing,
    Letterhead,
    closing,
    day_text,
    in_a_sentence,
    letterhead,
    lines_of,
)
from services.plans.events import Signer
from services.plans.views import InspectionDetail, RecommendationState
from shared.office.word.fields import about
from shared.office.word.templates import TemplateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedUnit:
    """What was found at one unit."""

    number: int = field(metadata=about("số thứ tự"))
    name: str = field(metadata=about("đơn vị được kiểm tra"))
    checked_on: str = field(default="", metadata=about("ngày kiểm tra"))
    findings: tuple[str, ...] = field(metadata=about("kết quả kiểm tra"))
    strengths: tuple[str, ...] = field(default=(), metadata=about("ưu điểm"))
    shortcomings: tuple[str, ...] = field(default=(), metadata=about("hạn chế"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationLine:
    """What a unit is to put right."""

    number: int = field(metadata=about("số thứ tự"))
    unit: str = field(metadata=about("đơn vị"))
    text: str = field(metadata=about("nội dung kiến nghị"))
    due_on: str = field(metadata=about("thời hạn"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionPaper:
    """What a template of the report may name; it must name what has no default."""

    letterhead: Letterhead = field(metadata=about("phần đầu văn bản"))
    title: str = field(metadata=about("trích yếu nội dung"))
    decision: str = field(default="", metadata=about("quyết định, kế hoạch kiểm tra: Quyết định số 120/QĐ-UBND"))
    starts_on: str = field(default="", metadata=about("ngày bắt đầu"))
    ends_on: str = field(default="", metadata=about("ngày kết thúc"))
    contents: tuple[str, ...] = field(default=(), metadata=about("nội dung kiểm tra"))
    team: tuple[str, ...] = field(default=(), metadata=about("đoàn kiểm tra: họ tên, chức vụ"))
    units: tuple[InspectedUnit, ...] = field(metadata=about("các đơn vị được kiểm tra"))
    summary: tuple[str, ...] = field(metadata=about("đánh giá chung"))
    recommendations: tuple[RecommendationLine, ...] = field(metadata=about("các kiến nghị"))
    closing: Closing = field(metadata=about("nơi nhận, chữ ký"))


_KINDS = {"QĐ": "Quyết định", "KH": "Kế hoạch", "CT": "Chỉ thị", "CV": "Công văn"}

INSPECTION_TEMPLATE = TemplateKind(
    name="bao-cao-kiem-tra",
    title="Báo cáo kết quả kiểm tra",
    fields=InspectionPaper,
    default=TEMPLATES / "bao-cao-kiem-tra.docx",
)


def inspection_paper(detail: InspectionDetail, *, issuer: str, place: str, signer: Signer | None) -> InspectionPaper:
    """Return the report; `signer` signs where the inspection names nobody.

    Raises Rejected `document.field_missing`.
    """
    inspection = detail.inspection
    return InspectionPaper(
        letterhead=letterhead(
            issuer=issuer,
            number=inspection.report_number or None,
            symbol="BC-UBND",
            place=place,
            day=inspection.concluded_on,
            year=inspection.year,
        ),
        title=f"Kết quả {in_a_sentence(inspection.title)}",
        decision=_cited(inspection.number),
        starts_on=day_text(inspection.starts_on),
        ends_on=day_text(inspection.ends_on),
        contents=inspection.contents,
        team=tuple(f"{one.name}, {one.post}" for one in inspection.team),
        units=tuple(
            InspectedUnit(
                number=number,
                name=unit.name,
                checked_on=day_text(unit.checked_on),
                findings=lines_of(unit.findings),
                strengths=lines_of(unit.strengths),
                shortcomings=lines_of(unit.shortcomings),
            )
            for number, unit in enumerate(detail.units, start=1)
        ),
        summary=lines_of(inspection.summary),
        recommendations=tuple(
            RecommendationLine(number=one.number, unit=one.unit_name, text=one.text, due_on=day_text(one.due_on))
            for one in detail.recommendations
            if one.state is not RecommendationState.WITHDRAWN
        ),
        closing=closing(inspection.signer or signer, ("Các đơn vị được kiểm tra", "Lưu: VT, NV"), issuer=issuer),
    )


def _cited(number: str) -> str:
    """Return a paper as others cite it, its kind told by its symbol; who typed the kind is believed."""
    if not re.match(r"\d", number):
        return number
    symbol = number.partition("/")[2].partition("-")[0]
    return f"{_KINDS.get(symbol, 'Văn bản')} số {number}"
