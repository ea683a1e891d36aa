"""The table of tasks in plain text: columns, page breaks, rows that run over several lines."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.plans.documents.outline import is_closing_line, section_heading
from services.plans.documents.timing import is_heading_without_quarter, quarter_heading
from services.plans.documents.wording import fold, one_line, plain


class Column(StrEnum):
    """What a column of the table holds."""

    NUMBER = "number"
    CONTENT = "content"
    LEAD = "lead"
    COORDINATING = "coordinating"
    TIME = "time"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One row as written: its cells, the line it begins on, the quarter of the heading above it."""

    line: int
    number: int
    quarter: int | None
    content: str
    lead: str
    coordinating: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReading:
    """All rows of all tables, the lines they took, and doubts as (code, line, sentence)."""

    rows: tuple[TaskRow, ...]
    lines_taken: frozenset[int]
    doubts: tuple[tuple[str, int, str], ...]


def read_tables(lines: Sequence[str], names_a_unit: Callable[[str], bool]) -> TableReading:
    """Read every table of tasks among the lines; lines are counted from 1.

    `names_a_unit` tells a line that goes on with the units of a row from one that goes on with its
    content, where the layout does not.
    """
    reader = _Reader(names_a_unit=names_a_unit)
    position = 0
    while position < len(lines):
        header = _header_at(lines, position)
        if header is not None:
            layout, length, unknown = header
            reader.start_page(layout, position + 1, length, unknown)
            position += length
            continue
        reader.take(lines[position], position + 1)
        position += 1
    return reader.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How a header row splits its lines, and what each column holds."""

    separator: str  # "\t", "|" or "" for two or more spaces
    columns: tuple[Column, ...]
    starts: tuple[int, ...]

    def first(self, column: Column) -> int | None:
        return self.columns.index(column) if column in self.columns else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    text: str
    start: int


_HEADER_CHARACTERS_MAX = 400
_HEADER_CELL_CHARACTERS_MAX = 60
_HEADER_LINES_MAX = 3
_NUMBER_NAMES = {"tt", "stt", "so tt", "so thu tu", "thu tu"}
_HEADER_WORD = re.compile(r"noi dung|nhiem vu|cong viec|hoat dong")
_CONTENT_NAME = re.compile(r"(?:cac )?(?:noi dung|nhiem vu|cong viec|hoat dong|ten cong viec|ten nhiem vu)\b")
_OTHER_NAME = re.compile(r"\b(?:ghi chu|ket qua|san pham|kinh phi)\b")
_TIME_NAME = re.compile(r"\b(?:thoi gian|thoi han|thoi diem|tien do|hoan thanh|han xong)\b")
_LEAD_NAME = re.compile(r"\b(?:chu tri|don vi|co quan|thuc hien|phu trach|phan cong|chiu trach nhiem)\b")
_WORDS_APART = re.compile(r"[^\s]+(?: [^\s]+)*")
_RULE = re.compile(r"[\s|+=:_–—-]+")
_TASK_NUMBER = re.compile(r"\(?([0-9]{1,4}) ?[.):]?")
_NUMBERED_TEXT = re.compile(r"([0-9]{1,3})[.)] (.+)")
_GROUP_NUMBER = re.compile(r"(?:[IVX]{1,5}|[A-EĐ]) ?[.):]?")
_PAGE_NUMBER = re.compile(r"(?:[-–] ?)?(?:[Tt]rang )?[0-9]{1,3}(?: ?/ ?[0-9]{1,3})?(?: ?[-–])?")
_TIME_LIKE = re.compile(
    r"^(?:quy|thang|truoc|cham nhat|ngay|tu ngay|den|trong)\b|^[0-9]{1,2}/[0-9]{1,4}|^(?:nam )?20[0-9]{2}\b"
)
_BULLETS = ("-", "+", "•", "–")
_SENTENCE_ENDS = (".", ";", ":", "!", "?")


def _separator_of(line: str) -> str:
    if "\t" in line.strip():
        return "\t"
    return "|" if "|" in line else ""


def _split(line: str, separator: str) -> list[_Cell]:
    if separator == "\t":
        return [_Cell(text=one_line(cell), start=0) for cell in line.split("\t")]
    if separator == "|":
        inner = line.strip()
        inner = inner[1:] if inner.startswith("|") else inner
        inner = inner[:-1] if inner.endswith("|") else inner
        return [_Cell(text=one_line(cell), start=0) for cell in inner.split("|")]
    return [_Cell(text=found.group(), start=found.start()) for found in _WORDS_APART.finditer(line)]


def _column_named(name: str) -> Column | None:
    folded = fold(name).strip(" .:*_()")
    if folded in _NUMBER_NAMES:
        return Column.NUMBER
    if not folded or len(folded) > _HEADER_CELL_CHARACTERS_MAX:
        return None
    if _CONTENT_NAME.match(folded):
        return Column.CONTENT
    if _OTHER_NAME.search(folded):
        return Column.OTHER
    if _TIME_NAME.search(folded):
        return Column.TIME
    if "phoi hop" in folded and "chu tri" not in folded:
        return Column.COORDINATING
    return Column.LEAD if _LEAD_NAME.search(folded) else None


def _header_at(lines: Sequence[str], position: int) -> tuple[_Layout, int, tuple[str, ...]] | None:
    """Return the layout of a header that begins here, its number of lines, its unknown columns."""
    first = lines[position]
    if not first.strip() or len(first) > _HEADER_CHARACTERS_MAX or not _HEADER_WORD.search(fold(first)):
        return None
    separator = _separator_of(first)
    cells = _split(first, separator)
    best = _layout_of(cells, separator)
    best_length = 1
    # A narrow column breaks its name: "Đơn vị" above "chủ trì". More lines count as header only
    # while they make more of the columns known.
    names = [cell.text for cell in cells]
    for length in range(2, _HEADER_LINES_MAX + 1):
        if position + length > len(lines) or len(lines[position + length - 1]) > _HEADER_CHARACTERS_MAX:
            break
        following = _split(lines[position + length - 1], separator)
        places = _places(following, cells, separator)
        if places is None:
            break
        for place, cell in zip(places, following, strict=True):
            names[place] = f"{names[place]} {cell.text}".strip()
        joined = [_Cell(text=name, start=cell.start) for name, cell in zip(names, cells, strict=True)]
        layout = _layout_of(joined, separator)
        if layout and (best is None or _known_columns(layout) > _known_columns(best)):
            best, best_length, cells = layout, length, joined
    if best is None:
        return None
    unknown = tuple(cell.text for cell in cells if cell.text and _column_named(cell.text) is None)
    return best, best_length, unknown


def _places(following: list[_Cell], cells: list[_Cell], separator: str) -> list[int] | None:
    if not following or (following[0].text and separator):
        return None
    if separator:
        return list(range(len(following))) if len(following) == len(cells) else None
    return [_nearest([cell.start for cell in cells], cell.start) for cell in following]


def _nearest(starts: Sequence[int], start: int) -> int:
    return min(range(len(starts)), key=lambda place: abs(starts[place] - start))


def _layout_of(cells: list[_Cell], separator: str) -> _Layout | None:
    found = [_column_named(cell.text) for cell in cells]
    if found.count(Column.CONTENT) != 1 or Column.LEAD not in found or found.count(Column.NUMBER) > 1:
        return None
    columns = tuple(column or Column.OTHER for column in found)
    return _Layout(separator=separator, columns=columns, starts=tuple(cell.start for cell in cells))


def _known_columns(layout: _Layout) -> int:
    return len(set(layout.columns) - {Column.OTHER})


@dataclass(slots=True, kw_only=True)
class _OpenRow:
    """The row that lines are still being added to."""

    line: int
    number: int
    quarter: int | None
    starts: tuple[int, ...] = ()
    cells: dict[Column, list[str]] = field(default_factory=dict)
    at: int = 0  # the column, by index, that was written last

    def text(self, column: Column, joint: str) -> str:
        return joint.join(self.cells.get(column, [])).strip()


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads line after line; what it knows is the layout of the page and the row not yet closed."""

    names_a_unit: Callable[[str], bool]
    layout: _Layout | None = None
    row: _OpenRow | None = None
    quarter: int | None = None
    is_open: bool = False
    after_blank: bool = False
    after_header: bool = False
    rows: list[TaskRow] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    doubts: list[tuple[str, int, str]] = field(default_factory=list)

    def start_page(self, layout: _Layout, line: int, length: int, unknown: tuple[str, ...]) -> None:
        """Begin a table, or go on with it on a new page under a repeated header."""
        if self.layout is None or self.layout.columns != layout.columns:
            for name in unknown:
                self.doubts.append(("table.column_unknown", line, f"Chưa rõ cột “{name}”; không đọc cột này."))
        if self.row is not None:
            # The row may go on, on a page with other columns than the one it began on.
            self.row.at, self.row.starts = min(self.row.at, len(layout.columns) - 1), ()
        self.layout, self.is_open, self.after_blank, self.after_header = layout, True, False, True
        self.taken.update(range(line, line + length))

    def take(self, raw: str, line: int) -> None:
        """Take a line if it belongs to the table; leave the table where it ends."""
        if self.layout is None:
            return
        text = plain(raw)
        if not text:
            self.after_blank = True
            return
        cells = _split(raw, self.layout.separator)
        filled = [cell for cell in cells if cell.text]
        if self._take_heading(text, cells, line):
            return
        if len(filled) <= 1 and (section_heading(text) or is_closing_line(text)):
            self._close_row()
            self.layout, self.is_open, self.quarter = None, False, None
            return
        if self._take_row_start(cells, line):
            return
        if not self.is_open:
            return
        if _RULE.fullmatch(text) or (self.after_blank and _PAGE_NUMBER.fullmatch(text)):
            self.taken.add(line)
            return
        if self.after_blank and not self.after_header and len(filled) == 1 and len(cells) == 1:
            # Text on its own after a gap is prose; rows may still follow, so the layout is kept.
            self.is_open = False
            self._close_row()
            return
        if self._is_group(cells, filled):
            self._close_row()
            if is_heading_without_quarter(text):
                self.quarter = None
        else:
            self._continue(cells, line)
        self.taken.add(line)
        self.after_blank = False

    def finish(self) -> TableReading:
        """Return all that was read."""
        self._close_row()
        return TableReading(rows=tuple(self.rows), lines_taken=frozenset(self.taken), doubts=tuple(self.doubts))

    def _take_heading(self, text: str, cells: list[_Cell], line: int) -> bool:
        filled = [cell for cell in cells if cell.text]
        if len(filled) > 2 or len(text) > _HEADER_CHARACTERS_MAX:
            return False
        quarter = quarter_heading(" ".join(cell.text for cell in filled)) or quarter_heading(text)
        if quarter is None or self._goes_on_with_time(cells):
            return False
        self._close_row()
        self.quarter, self.is_open, self.after_blank = quarter, True, False
        self.taken.add(line)
        return True

    def _goes_on_with_time(self, cells: list[_Cell]) -> bool:
        """Return whether the line is only a further line of a time cell, "quý II" under "Quý I,"."""
        layout = self.layout
        if self.row is None or layout is None or Column.TIME not in layout.columns:
            return False
        time_at = layout.columns.index(Column.TIME)
        if layout.separator:
            return [place for place, cell in enumerate(cells) if cell.text] == [time_at]
        return len(cells) == 1 and cells[0].start > 0 and _nearest(self._starts(), cells[0].start) == time_at

    def _starts(self) -> tuple[int, ...]:
        """Return where columns begin: as in the open row, which is nearer than a centred header."""
        assert self.layout is not None
        return self.row.starts if self.row is not None and self.row.starts else self.layout.starts

    def _take_row_start(self, cells: list[_Cell], line: int) -> bool:
        start = self._row_start(cells)
        if start is None:
            return False
        number, placed = start
        self._close_row()
        assert self.layout is not None
        is_full = not self.layout.separator and len(cells) == len(self.layout.columns)
        starts = tuple(cell.start for cell in cells) if is_full else ()
        self.row = _OpenRow(line=line, number=number, quarter=self.quarter, starts=starts)
        for place, text in placed:
            self._add(place, text)
        self.is_open, self.after_blank, self.after_header = True, False, False
        self.taken.add(line)
        return True

    def _row_start(self, cells: list[_Cell]) -> tuple[int, list[tuple[int, str]]] | None:
        layout = self.layout
        if layout is None or not cells:
            return None
        number_at = layout.first(Column.NUMBER)
        content_at = layout.columns.index(Column.CONTENT)
        if number_at is not None and number_at < len(cells) and (number_at == 0 or len(cells) == len(layout.columns)):
            found = _TASK_NUMBER.fullmatch(cells[number_at].text)
            is_page_number = len(cells) == 1 and self.after_blank
            if found and not is_page_number and (len(cells) > 1 or self._is_next(int(found.group(1)))):
                return int(found.group(1)), self._place_row(cells)
        # "1. Ban hành …" with the number and the content in one cell.
        in_content = cells[content_at].text if number_at is None and content_at < len(cells) else cells[0].text
        numbered = _NUMBERED_TEXT.fullmatch(in_content)
        if numbered is None or (number_at is not None and len(cells) >= len(layout.columns)):
            return None
        number = int(numbered.group(1))
        if len(cells) == 1 and not (self._is_next(number) and self.is_open and not self.after_blank):
            return None
        if number_at is None:
            placed = [(place, cell.text) for place, cell in enumerate(cells)]
            placed[content_at] = (content_at, numbered.group(2))
            return number, placed
        if number_at != 0:
            return None
        rest = [
            _Cell(text=numbered.group(1), start=cells[0].start),
            _Cell(text=numbered.group(2), start=cells[0].start + 4),
        ]
        return number, self._place_row([*rest, *cells[1:]])

    def _place_row(self, cells: list[_Cell]) -> list[tuple[int, str]]:
        layout = self.layout
        assert layout is not None
        count = len(layout.columns)
        if layout.separator or len(cells) >= count:
            return [(min(place, count - 1), cell.text) for place, cell in enumerate(cells)]
        # Two spaces do not show an empty cell: the first two are number and content, the rest by place.
        return [
            (place if place < 2 else max(2, _nearest(layout.starts, cell.start)), cell.text)
            for place, cell in enumerate(cells)
        ]

    def _is_next(self, number: int) -> bool:
        last = self.row.number if self.row else self.rows[-1].number if self.rows else 0
        return number == last + 1

    def _is_group(self, cells: list[_Cell], filled: list[_Cell]) -> bool:
        """Return whether the line is a heading inside the table: "A  Công tác thi đua", "THƯỜNG XUYÊN"."""
        if len(cells) > 1 and len(filled) == 2 and _GROUP_NUMBER.fullmatch(filled[0].text) and cells[0].text:
            return True
        if len(filled) != 1 or filled[0].text.startswith(_BULLETS) or self.names_a_unit(filled[0].text):
            return False
        return filled[0].text.isupper() and len(filled[0].text) > 8

    def _continue(self, cells: list[_Cell], line: int) -> None:
        layout = self.layout
        if self.row is None or layout is None:
            words = one_line(" ".join(cell.text for cell in cells))
            self.doubts.append(
                ("table.line_unread", line, f"Dòng trong bảng không thuộc nhiệm vụ nào: “{words[:120]}”.")
            )
            return
        count = len(layout.columns)
        if not layout.separator:
            for cell in cells:
                is_alone = len(cells) == 1 and cell.start == 0
                place = self._place_alone(cell.text) if is_alone else _nearest(self._starts(), cell.start)
                is_number = layout.columns[place] is Column.NUMBER
                self._add(layout.columns.index(Column.CONTENT) if is_number else place, cell.text)
        elif len(cells) == count or (not cells[0].text and len(cells) <= count):
            for place, cell in enumerate(cells):
                self._add(place, cell.text)
        elif len(cells) == 1 and self.row.at >= count - 1:
            self._add(self._place_alone(cells[0].text), cells[0].text)
        elif self.row.at + len(cells) <= count:
            # The line break stands inside a cell: the first piece goes on with that cell.
            first = self.row.at
            for offset, cell in enumerate(cells):
                self._add(first + offset, cell.text)
            self.row.at = first + len(cells) - 1
        else:
            # Only the first columns are left out; a cell too many goes on with the last column.
            for offset, cell in enumerate(cells):
                self._add(min(max(count - len(cells), 0) + offset, count - 1), cell.text)

    def _place_alone(self, text: str) -> int:
        """Return the column that a line without columns goes on with."""
        assert self.row is not None
        assert self.layout is not None
        layout, row = self.layout, self.row
        content_at = layout.columns.index(Column.CONTENT)
        units = [place for place, column in enumerate(layout.columns) if column in (Column.LEAD, Column.COORDINATING)]
        last = row.at
        while last > 0 and not row.cells.get(layout.columns[last]):
            last -= 1
        column = layout.columns[last]
        if text.startswith(_BULLETS):
            is_list_in_content = column is Column.CONTENT and not self.names_a_unit(text)
            return content_at if is_list_in_content else last if last in units else units[0]
        if column is Column.TIME and _TIME_LIKE.match(fold(text)):
            return last
        if column in (Column.LEAD, Column.COORDINATING):
            written = row.cells[column][-1]
            if self.names_a_unit(text) or (self.names_a_unit(f"{written} {text}") and not self.names_a_unit(written)):
                return last
            content = row.text(Column.CONTENT, " ")
            return last if content.endswith(_SENTENCE_ENDS) else content_at
        return content_at

    def _add(self, place: int, text: str) -> None:
        if self.row is None or self.layout is None:
            return
        self.row.at = max(self.row.at, place)
        column = self.layout.columns[place]
        if text and column is not Column.OTHER:
            self.row.cells.setdefault(column, []).append(text)

    def _close_row(self) -> None:
        row, self.row = self.row, None
        if row is None:
            return
        numbers = row.cells.get(Column.NUMBER, [])
        if any(not _TASK_NUMBER.fullmatch(number) for number in numbers):
            written = " ".join(numbers)[:60]
            doubt = f"Không hiểu số thứ tự “{written}”; nội dung được ghép vào nhiệm vụ {row.number}."
            self.doubts.append(("task.number_unreadable", row.line, doubt))
        self.rows.append(
            TaskRow(
                line=row.line,
                number=row.number,
                quarter=row.quarter,
                content=row.text(Column.CONTENT, " "),
                lead=row.text(Column.LEAD, "\n"),
                coordinating=row.text(Column.COORDINATING, "\n"),
                time=row.text(Column.TIME, " "),
            )
        )
