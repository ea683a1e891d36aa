"""Read a plan document: what it says, and everything a clerk should look at before trusting it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.plans.documents.files import clean_text
from services.plans.documents.outline import Section
from services.plans.documents.prose import (
    Letterhead,
    Parts,
    cut_into_parts,
    find_district,
    issuer_as_written,
    kind_of_symbol,
    line_of,
    read_bases,
    read_closing,
    read_items,
    read_letterhead,
    read_purposes,
    symbol_mismatches,
    year_in,
)
from services.plans.documents.tables import TableReading, TaskRow, read_tables
from services.plans.documents.timing import Timing, limit_in_text, month_in_text, quarter_name, read_timing
from services.plans.documents.units import UnitDirectory, match_units
from services.plans.documents.wording import canonical, fold, mend_scan
from services.plans.rules import quarter_of_month
from services.plans.views.document import ParsedPlan, ParsedTask, PlanWarning
from shared.errors import Rejected


def parse_plan(text: str, districts: Mapping[str, UnitDirectory]) -> ParsedPlan:
    """Read the text of a plan; `districts` holds the directory of each district by its id.

    Corrected text is returned corrected, doubtful text as written; each is a warning of its own.
    Raises Rejected `plan_document.unreadable` where it is no text, `.too_large` where it has too many lines.
    """
    notes = _Notes()
    lines = clean_text(text).split("\n")
    everything = [line_of(number, raw) for number, raw in enumerate(lines, start=1)]
    # The district is needed to read the table, and stands outside of it.
    whole = cut_into_parts(everything)
    head = read_letterhead(whole.letterhead)
    district = find_district(whole, head.place, districts)
    directory = districts[district] if district is not None else None
    table = read_tables(lines, lambda words: directory is not None and bool(match_units(words, directory).ids))
    parts = cut_into_parts([line for line in everything if line.number not in table.lines_taken])

    title = notes.mended(parts.title, "title") if parts.title else None
    issuer = directory.issuer if directory else issuer_as_written(parts)
    year = _year(title, head, notes)
    _note_head(head, title, parts, directory, issuer, notes)
    bases = [notes.mended(basis, f"bases {order}") for order, basis in enumerate(read_bases(parts.preamble), start=1)]
    for order, basis in enumerate(bases, start=1):
        for kind, written, symbol, expected in symbol_mismatches(basis):
            owner = kind_of_symbol(symbol)
            means = f"“{symbol}” là ký hiệu của {owner}" if owner else f"“{symbol}” không phải ký hiệu của {kind}"
            notes.add(
                "basis.symbol_mismatch",
                f"bases {order}",
                f"“{kind} số {written}”: {means} ({kind} là {expected}). Giữ nguyên văn, đề nghị kiểm tra.",
            )
    purposes, requirements = _purposes(parts, notes)
    tasks = _tasks(table, year, directory, notes)
    solutions = _section_items(parts, Section.SOLUTIONS, "solutions", notes)
    organisation = _section_items(parts, Section.ORGANISATION, "organisation", notes)
    _note_unread(parts, table, notes)
    found, signer = read_closing(parts.closing)
    recipients = [notes.mended(recipient, f"recipients {order}") for order, recipient in enumerate(found, start=1)]
    if signer.name is None:
        notes.add("signer.missing", "signer", "Không tìm thấy họ tên người ký.")
    return ParsedPlan(
        number=head.number,
        symbol=head.symbol,
        issued_on=head.issued_on,
        place=head.place,
        issuer=issuer,
        district=district,
        year=year,
        title=title,
        bases=tuple(bases),
        purposes=tuple(purposes),
        requirements=tuple(requirements),
        tasks=tuple(tasks),
        solutions=tuple(solutions),
        organisation=tuple(organisation),
        recipients=tuple(recipients),
        signer=signer,
        warnings=tuple(notes.warnings),
    )


def importable(parsed: ParsedPlan) -> None:
    """Raise Rejected, naming the row, where a plan cannot become tasks of units.

    `plan_document.number_missing`, `.year_missing`, `.district_unknown`, `.tasks_missing`,
    `.task_repeated` (row), `.task_incomplete` (row, reasons).
    """
    if parsed.number is None:
        raise Rejected("plan_document.number_missing")
    if parsed.year is None:
        raise Rejected("plan_document.year_missing")
    if parsed.district is None:
        raise Rejected("plan_document.district_unknown", issuer=parsed.issuer)
    if not parsed.tasks:
        raise Rejected("plan_document.tasks_missing")
    seen: set[int] = set()
    for task in parsed.tasks:
        if task.number in seen:
            raise Rejected("plan_document.task_repeated", row=task.number)
        seen.add(task.number)
        reasons = [
            reason
            for reason, is_missing in (
                ("content_missing", not task.content),
                ("quarter_missing", task.quarter is None),
                # A task is done when all its lead units are; one without would be done from the start.
                ("unit_missing", not task.lead_units),
            )
            if is_missing
        ]
        if reasons:
            raise Rejected("plan_document.task_incomplete", row=task.number, reasons=[*reasons])


@dataclass(slots=True, kw_only=True)
class _Notes:
    """Gathers the warnings of one reading, in the order of the document."""

    warnings: list[PlanWarning] = field(default_factory=list)

    def add(self, code: str, where: str, text: str) -> None:
        self.warnings.append(PlanWarning(code=code, where=where, text=text))

    def mended(self, text: str, where: str) -> str:
        mended, corrections = mend_scan(text)
        for correction in corrections:
            self.add(
                "text.corrected",
                where,
                f"“{correction.written}” được sửa thành “{correction.read}” (lỗi nhận dạng chữ khi quét).",
            )
        return mended


def _year(title: str | None, head: Letterhead, notes: _Notes) -> int | None:
    year = year_in(title)
    if year is None and head.issued_on is not None:
        year = head.issued_on.year
        notes.add("plan.year_assumed", "title", f"Trích yếu không nêu năm; lấy năm ban hành {year}.")
    if year is None:
        notes.add("plan.year_missing", "title", "Không xác định được năm của kế hoạch.")
    elif head.issued_on is not None and not 0 <= year - head.issued_on.year <= 1:
        notes.add(
            "plan.year_doubtful",
            "title",
            f"Kế hoạch năm {year} nhưng ban hành năm {head.issued_on.year}; đề nghị kiểm tra.",
        )
    return year


def _note_head(
    head: Letterhead,
    title: str | None,
    parts: Parts,
    directory: UnitDirectory | None,
    issuer: str | None,
    notes: _Notes,
) -> None:
    if head.number is None:
        notes.add("plan.number_missing", "number", "Không tìm thấy số, ký hiệu của văn bản.")
    elif head.symbol != "KH":
        kind = kind_of_symbol(head.symbol or "")
        named = f" (ký hiệu của {kind})" if kind else ""
        notes.add(
            "plan.symbol_mismatch",
            "number",
            f"Số {head.number}: ký hiệu “{head.symbol}”{named} không phải của Kế hoạch (KH); giữ nguyên văn.",
        )
    if head.date_written is not None:
        notes.add("plan.date_invalid", "issued_on", f"“{head.date_written}” không có trong lịch; đề nghị kiểm tra.")
    elif head.issued_on is None:
        notes.add("plan.date_missing", "issued_on", "Không tìm thấy ngày ban hành.")
    if title is None:
        notes.add("plan.title_missing", "title", "Không tìm thấy tên loại “KẾ HOẠCH” và trích yếu.")
    if directory is None:
        named = f"“{issuer}”" if issuer else "cơ quan ban hành"
        notes.add("plan.district_unknown", "issuer", f"Không nhận ra {named} là quận nào; không gán đơn vị thực hiện.")
    elif canonical(directory.name) not in canonical(
        " ".join(line.text[:2000] for line in (*parts.letterhead, *parts.preamble))
    ):
        notes.add("plan.district_assumed", "issuer", f"Phần đầu văn bản không ghi rõ; hiểu là {directory.name}.")


def _purposes(parts: Parts, notes: _Notes) -> tuple[list[str], list[str]]:
    purposes: list[str] = []
    requirements: list[str] = []
    for section in parts.sections:
        if section.section is Section.PURPOSES:
            for found, into, where in zip(
                read_purposes(section), (purposes, requirements), ("purposes", "requirements"), strict=True
            ):
                into += [
                    notes.mended(text, f"{where} {len(into) + order}") for order, text in enumerate(found, start=1)
                ]
    return purposes, requirements


def _section_items(parts: Parts, wanted: Section, where: str, notes: _Notes) -> list[str]:
    found = [item for section in parts.sections if section.section is wanted for item in read_items(section.lines)]
    return [notes.mended(item, f"{where} {order}") for order, item in enumerate(found, start=1)]


_TEXT_SHOWN_CHARACTERS = 120


def _note_unread(parts: Parts, table: TableReading, notes: _Notes) -> None:
    """Say which text was read into nothing: unknown sections, and prose among the tasks."""
    first_row = min((row.line for row in table.rows), default=None)
    for section in parts.sections:
        if section.section is Section.OTHER:
            title = section.title[:_TEXT_SHOWN_CHARACTERS]
            notes.add(
                "section.unread", f"line {section.line}", f"Mục “{title}” không thuộc phần nào của mẫu; không đọc."
            )
        elif section.section is Section.TASKS:
            for line in section.lines:
                # What stands before the table introduces it; a clerk misses nothing there.
                if line.text and (first_row is None or line.number > first_row):
                    notes.add(
                        "text.unread",
                        f"line {line.number}",
                        f"Chưa đưa vào nhiệm vụ nào: “{line.text[:_TEXT_SHOWN_CHARACTERS]}”.",
                    )


# --- tasks ------------------------------------------------------------------------------------


def _tasks(table: TableReading, year: int | None, directory: UnitDirectory | None, notes: _Notes) -> list[ParsedTask]:
    if not table.rows:
        notes.add("plan.tasks_missing", "tasks", "Không tìm thấy bảng nhiệm vụ (TT, Nội dung, Đơn vị thực hiện).")
    for code, line, text in table.doubts:
        notes.add(code, f"line {line}", text)
    tasks: list[ParsedTask] = []
    seen: set[int] = set()
    last = 0
    for row in table.rows:
        where = f"task {row.number}"
        if row.number in seen:
            notes.add(
                "task.number_duplicate", where, f"Số thứ tự {row.number} xuất hiện hơn một lần (dòng {row.line})."
            )
        elif row.number != last + 1:
            notes.add(
                "task.number_gap", where, f"Số thứ tự {row.number} đứng sau số {last}; đề nghị kiểm tra có thiếu dòng."
            )
        seen.add(row.number)
        last = row.number
        tasks.append(_task(row, where, year, directory, notes))
    return tasks


_COORDINATION = re.compile(r"\b[Pp]hối hợp(?: với)?(?: thực hiện)? ?:?")


def _task(row: TaskRow, where: str, year: int | None, directory: UnitDirectory | None, notes: _Notes) -> ParsedTask:
    content = notes.mended(row.content, where)
    if not content:
        notes.add("task.content_missing", where, f"Nhiệm vụ {row.number} không có nội dung.")
    lead_cell, coordinating_cell = row.lead, row.coordinating
    if label := _COORDINATION.search(lead_cell):
        # One column may hold both: "Chủ trì: Phòng Nội vụ; phối hợp: UBND các phường".
        coordinating_cell = f"{lead_cell[label.end() :]}\n{coordinating_cell}".strip()
        lead_cell = lead_cell[: label.start()]
    lead = _units(lead_cell, row, where, directory, notes)
    coordinating = tuple(unit for unit in _units(coordinating_cell, row, where, directory, notes) if unit not in lead)
    if directory is not None and not lead:
        notes.add("task.unit_missing", where, f"Nhiệm vụ {row.number} chưa xác định được đơn vị thực hiện.")
    timing = _timing(row, content, where, year, notes)
    _note_years(content, row, timing.quarter, year, where, notes)
    return ParsedTask(
        number=row.number,
        quarter=timing.quarter,
        content=content,
        units=(*lead, *coordinating),
        lead_units=lead,
        coordinating_units=coordinating,
        due_on=timing.due_on,
        due_month=timing.due_month,
    )


def _units(cell: str, row: TaskRow, where: str, directory: UnitDirectory | None, notes: _Notes) -> tuple[str, ...]:
    if directory is None or not cell:
        return ()
    match = match_units(notes.mended(cell, where), directory)
    for ambiguous in match.ambiguous:
        ids = ", ".join(ambiguous.ids)
        notes.add(
            "unit.ambiguous", where, f"“{ambiguous.written[:120]}” có thể là nhiều đơn vị ({ids}); chưa gán đơn vị nào."
        )
    for joined in match.joined:
        notes.add(
            "unit.ambiguous", where, f"“{joined[:120]}” viết liền nhau; hiểu là các đơn vị riêng, đề nghị kiểm tra."
        )
    for written in match.unmatched:
        notes.add("unit.unmatched", where, f"Không có đơn vị nào tên “{written[:120]}” trong danh mục.")
    return match.ids


def _timing(row: TaskRow, content: str, where: str, year: int | None, notes: _Notes) -> Timing:
    stated = read_timing(row.time, year)
    for code, text in stated.doubts:
        notes.add(code, where, text)
    quarter, due_on, month = stated.quarter, stated.due_on, stated.due_month
    if quarter is not None and row.quarter is not None and quarter != row.quarter:
        notes.add(
            "task.quarter_conflict",
            where,
            f"Nhiệm vụ {row.number} nằm dưới {quarter_name(row.quarter)} nhưng ô thời gian là "
            f"{quarter_name(quarter)}; lấy theo ô thời gian.",
        )
    quarter = quarter if quarter is not None else row.quarter
    if due_on is None and (limit := limit_in_text(content, year)) is not None:
        for code, text in limit.doubts:
            notes.add(code, where, text)
        due_on = limit.due_on
        if due_on is not None:
            shown = due_on.strftime("%d/%m/%Y")
            notes.add("task.due_from_content", where, f"Thời hạn {shown} lấy từ nội dung nhiệm vụ; đề nghị kiểm tra.")
        quarter = quarter if quarter is not None else limit.quarter
        month = month if due_on is None else None
    elif due_on is None and month is None and (month := month_in_text(content)) is not None:
        # A month of another quarter than the row's is no term but an occasion that the sentence speaks of.
        if quarter not in (None, quarter_of_month(month)):
            month = None
        else:
            quarter = quarter_of_month(month)
            notes.add("task.due_from_content", where, f"Hạn trong tháng {month} lấy từ nội dung; đề nghị kiểm tra.")
    if quarter is None:
        notes.add("task.quarter_missing", where, f"Nhiệm vụ {row.number} không thuộc quý nào.")
    return Timing(quarter=quarter, due_on=due_on, due_month=month)


_YEAR_WRITTEN = re.compile(r"\b[Nn]ăm ((?:19|20)[0-9]{2})\b")
_ABOUT_RESULTS = re.compile(
    r"\b(?:khen|thanh tich|tong ket|so ket|bao cao|ket qua|cham diem|danh hieu|phuong huong|sang kien)\b"
)
_OF_A_DOCUMENT = re.compile(r"(?:tháng [0-9]{1,2}|[Tt]ừ|giai đoạn|đến) $")


def _note_years(content: str, row: TaskRow, quarter: int | None, year: int | None, where: str, notes: _Notes) -> None:
    """Doubt a year that a plan of this year hardly means: awards look at this year or the one before."""
    if year is None or not _ABOUT_RESULTS.search(fold(content)):
        return
    for found in _YEAR_WRITTEN.finditer(content):
        written = int(found.group(1))
        is_of_document = _OF_A_DOCUMENT.search(content[max(0, found.start() - 12) : found.start()])
        if year - 1 <= written <= year + 1 or is_of_document or content[found.end() :].startswith(" đến"):
            continue
        usual = year - 1 if quarter == 1 else year
        in_quarter = f" ({quarter_name(quarter)})" if quarter else ""
        notes.add(
            "task.year_doubtful",
            where,
            f"Nhiệm vụ {row.number} ghi “{found.group()}”; kế hoạch năm {year}{in_quarter} thường nói về năm {usual}. "
            "Giữ nguyên văn, đề nghị kiểm tra.",
        )
