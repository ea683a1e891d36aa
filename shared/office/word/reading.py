"""Read a Word document: its paragraphs and tables in order, as a reader of the final version sees them.

Deleted text, deleted rows and hidden text are left out, inserted text is kept; list numbers and bullets are part
of the text; a header row stands once, however many pages repeat it. Headers and footers are not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from shared.errors import Rejected
from shared.office.package import open_package
from shared.office.word.names import ALTERNATIVES, W, is_on, number_of, value_of
from shared.office.word.styles import Styles, read_styles

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

COLUMNS_MAX = 63  # as many as Word allows

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MACROS = "office_file.macros"
CONTENT_TYPES = {
    f"{_WORD}document.main+xml": "",
    f"{_WORD}template.main+xml": "",
    "application/vnd.ms-word.document.macroEnabled.main+xml": _MACROS,
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": _MACROS,
}
"""What `open_package` takes as a Word document, and refuses as one with macros."""


class Merge(StrEnum):
    """Whether a place of a table belongs to the cell left of it or above it (vi: ô gộp)."""

    NONE = "none"
    LEFT = "left"
    ABOVE = "above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph; `text` begins with its list number, and holds line breaks and tabs."""

    text: str
    is_centred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A place of a table; one that is `merged` shows the blocks of the cell it belongs to."""

    blocks: "tuple[Block, ...]" = ()
    merged: Merge = Merge.NONE

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines of the cell, those of a table inside it row by row; none is empty."""
        return tuple(line for block in self.blocks for line in _lines(block) if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose rows all have the same number of places; `header_rows` are repeated on each page."""

    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int = 0

    @property
    def columns(self) -> int:
        """Return the number of places of each row."""
        return len(self.rows[0]) if self.rows else 0


Block: TypeAlias = Paragraph | Table


def read_word(content: bytes) -> tuple[Block, ...]:
    """Return the paragraphs and tables of a .docx in document order. Raises Rejected `office_file.…`."""
    package = open_package(content, CONTENT_TYPES)
    document = package.xml(package.main)
    styles, numbering = (package.related(package.main, kind) for kind in ("styles", "numbering"))
    body = None if document is None else document.find(f"{W}body")
    if body is None:
        raise Rejected("office_file.unreadable")
    try:
        known = read_styles(
            package.xml(styles) if styles else None,
            package.xml(numbering) if numbering else None,
        )
        return tuple(_Reader(styles=known).blocks(body))
    except (RecursionError, ValueError) as error:  # nested beyond any document; a number that is none
        raise Rejected("office_file.unreadable") from error


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from (line.strip() for line in block.text.split("\n"))
        return
    for row in block.rows:
        yield " ".join(line for cell in row if cell.merged is Merge.NONE for line in cell.lines)


# What only holds other content, and what holds content that is not there any more.
_WRAPPERS = {
    f"{W}{name}" for name in ("ins", "moveTo", "smartTag", "customXml", "sdtContent", "hyperlink", "fldSimple", "dir")
} | {f"{W}bdo", f"{ALTERNATIVES}Choice"}
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}softHyphen": "",
}
_MENDED = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2011": "-", "\u00ad": None, "\u200b": None, "\ufeff": None})


def _children(parent: "Element") -> Iterator["Element"]:
    """Return what a parent holds, through content controls, tracked insertions and other wrappers."""
    for child in parent:
        if child.tag == f"{W}sdt":
            content = child.find(f"{W}sdtContent")
            yield from _children(content) if content is not None else ()
        elif child.tag == f"{ALTERNATIVES}AlternateContent":
            # The same content twice, for newer and for older readers.
            chosen = child.find(f"{ALTERNATIVES}Choice")
            chosen = chosen if chosen is not None else child.find(f"{ALTERNATIVES}Fallback")
            yield from _children(chosen) if chosen is not None else ()
        elif child.tag in _WRAPPERS:
            yield from _children(child)
        else:
            yield child


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads in document order, since lists count as they go."""

    styles: Styles

    def blocks(self, parent: "Element") -> Iterator[Block]:
        begun: Paragraph | None = None
        for child in _children(parent):
            if child.tag == f"{W}tbl":
                if begun is not None:
                    yield begun
                    begun = None
                yield self.table(child)
            elif child.tag == f"{W}p":
                paragraph, boxes = self.paragraph(child)
                if begun is not None:
                    paragraph = replace(begun, text=begun.text + paragraph.text)
                    begun = None
                if _goes_on(child):
                    begun = paragraph
                else:
                    yield paragraph
                for box in boxes:
                    yield from self.blocks(box)
        if begun is not None:
            yield begun

    def paragraph(self, element: "Element") -> "tuple[Paragraph, list[Element]]":
        """Return the paragraph, and the text boxes anchored in it."""
        properties = element.find(f"{W}pPr")
        boxes: list[Element] = []
        text = "".join(_pieces(element, boxes)).translate(_MENDED)
        label = self.styles.label(properties)
        text = f"{label} {text}".rstrip(" ") if label else text
        return Paragraph(text=text, is_centred=self.styles.is_centred(properties)), boxes

    def table(self, element: "Element") -> Table:
        grid = [_width(one) for one in element.iterfind(f"{W}tblGrid/{W}gridCol")]
        rows: list[list[_Placed]] = []
        header_rows = 0
        for row in _children(element):
            if row.tag != f"{W}tr":
                continue
            properties = row.find(f"{W}trPr")
            if properties is not None and properties.find(f"{W}del") is not None:
                continue
            if properties is not None and is_on(properties.find(f"{W}tblHeader")) and header_rows == len(rows):
                header_rows += 1
            skipped = None if properties is None else number_of(properties.find(f"{W}gridBefore"))
            rows.append(self.row(row, skipped or 0))
        return Table(rows=_level_out(rows, grid), header_rows=header_rows)

    def row(self, element: "Element", start: int) -> "list[_Placed]":
        placed: list[_Placed] = []
        for cell in _children(element):
            if cell.tag != f"{W}tc":
                continue
            properties = cell.find(f"{W}tcPr")
            if properties is not None and properties.find(f"{W}cellDel") is not None:
                continue
            span = (None if properties is None else number_of(properties.find(f"{W}gridSpan"))) or 1
            merged = _merge_of(properties)
            if merged is Merge.LEFT and placed:
                placed[-1] = replace(placed[-1], end=start + span)
            else:
                blocks = tuple(self.blocks(cell))
                placed.append(_Placed(start=start, end=start + span, cell=Cell(blocks=blocks, merged=merged)))
            start += span
        if len(placed) > COLUMNS_MAX:
            raise Rejected("office_file.unreadable")
        return placed


def _goes_on(paragraph: "Element") -> bool:
    """Return whether the end of the paragraph was deleted, so that the next one goes on with it."""
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None


def _pieces(parent: "Element", boxes: "list[Element]") -> Iterator[str]:
    for child in _children(parent):
        if child.tag == f"{W}r":
            properties = child.find(f"{W}rPr")
            if properties is None or not is_on(properties.find(f"{W}vanish")):
                yield from _pieces(child, boxes)
        elif child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag == f"{W}ruby":
            yield from (piece for base in child.iterfind(f"{W}rubyBase") for piece in _pieces(base, boxes))
        elif child.tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
            boxes.extend(_outermost_boxes(child))


def _outermost_boxes(drawing: "Element") -> "Iterator[Element]":
    """Return the text boxes of a drawing; those within a box come with its own paragraphs, once."""
    for child in drawing:
        if child.tag == f"{W}txbxContent":
            yield child
        else:
            yield from _outermost_boxes(child)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A cell and the lines of the grid between which it stands."""

    start: int
    end: int
    cell: Cell


def _merge_of(properties: "Element | None") -> Merge:
    if properties is None:
        return Merge.NONE
    for name, merge in (("vMerge", Merge.ABOVE), ("hMerge", Merge.LEFT)):
        found = properties.find(f"{W}{name}")
        if found is not None and (value_of(found) or "continue") == "continue":
            return merge
    return Merge.NONE


def _width(column: "Element") -> int:
    written = column.get(f"{W}w", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) <= 6 else 0


def _level_out(rows: Sequence[Sequence[_Placed]], grid: Sequence[int]) -> tuple[tuple[Cell, ...], ...]:
    """Return rows with the same places, those of the row with most cells.

    The grid itself will not do: where two rows were ever drawn a hair's breadth apart it has a column more.
    """
    reference = max(rows, key=len, default=[])
    line = _lines_of(grid)
    levelled: list[tuple[Cell, ...]] = []
    for row in rows:
        places = [Cell() for _ in reference]
        for order, placed in enumerate(row):
            if len(row) == len(reference):
                covered = [order]
            else:
                covered = _covered(reference, line(placed.start), line(placed.end), line)
            for position, place in enumerate(covered):
                if position == 0 and not places[place].blocks:
                    places[place] = placed.cell
                elif position > 0:
                    places[place] = Cell(blocks=placed.cell.blocks, merged=Merge.LEFT)
        above = levelled[-1] if levelled else None
        for place, cell in enumerate(places):
            if cell.merged is Merge.ABOVE:
                places[place] = replace(cell, blocks=above[place].blocks if above else ())
        levelled.append(tuple(places))
    return tuple(levelled)


def _lines_of(grid: Sequence[int]) -> "_Lines":
    return _Lines(positions=(0, *accumulate(width or 1 for width in grid)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Where the lines of the grid stand, in twentieths of a point; a line beyond it stands at its end."""

    positions: tuple[int, ...]

    def __call__(self, number: int) -> int:
        beyond = number - len(self.positions) + 1
        return self.positions[number] if beyond <= 0 else self.positions[-1] + beyond


def _covered(reference: Sequence[_Placed], start: int, end: int, line: _Lines) -> list[int]:
    """Return the places of which the cell covers at least half, or else the one it covers most."""
    shares = []
    for placed in reference:
        left, right = line(placed.start), line(placed.end)
        shares.append(max(0, min(right, end) - max(left, start)) / max(right - left, 1))
    halves = [place for place, share in enumerate(shares) if share >= 0.5]
    return halves or [shares.index(max(shares))]
