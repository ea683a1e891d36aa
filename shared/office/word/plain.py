"""A Word document as plain text: what a reader of lines and columns needs, nothing of how it looks."""

import re
from collections.abc import Iterator, Sequence

from shared.errors import Rejected
from shared.office.package import SIZE_MAX_BYTES
from shared.office.word.reading import Block, Cell, Merge, Paragraph, Table, read_word

# Where so many paragraphs are empty, they are what sets the others apart, as in a typed text.
_TYPED_SHARE = 0.2
_CHARACTERS_MAX = 4_000_000
_LAYOUT_COLUMNS_MAX = 2
_LAYOUT_ROWS_MAX = 4
_ROW_NUMBER = re.compile(r"\(?[0-9]{1,4}(?:[.):](?:\s|$)|$)")


def word_text(content: bytes) -> str:
    """Return the text of a .docx, rows of tables as lines with tabs between cells. Raises Rejected `office_file.…`.

    A cell with several lines makes as many lines, the other places empty. A cell merged downwards stands in each
    row that has a number of its own, one merged sideways in its first place. Tables that only set columns of
    a letterhead or a signature apart are read cell by cell. A text of more than 4 million characters, as merged
    cells could make of a small file, is `office_file.too_large`.
    """
    found: list[str] = []
    characters = 0
    try:
        for line in _lines(read_word(content)):
            found.append(line)
            characters += len(line) + 1
            if characters > _CHARACTERS_MAX:
                raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    except RecursionError as error:  # tables in tables, beyond any document
        raise Rejected("office_file.unreadable") from error
    return "\n".join(found)


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    is_typed = _is_typed(blocks)
    before: Block | None = None
    for block in blocks:
        if before is not None and not is_typed and not (_is_centred(before) and _is_centred(block)):
            yield ""
        if isinstance(block, Paragraph):
            yield from block.text.split("\n")
        elif _is_layout(block):
            for row in block.rows:
                for cell in row:
                    if cell.merged is Merge.NONE:
                        yield from _lines(cell.blocks)
                        yield ""
        else:
            yield from ("", *_rows(block), "")
        before = block


def _is_typed(blocks: Sequence[Block]) -> bool:
    paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
    empty = sum(not paragraph.text.strip() for paragraph in paragraphs)
    return bool(paragraphs) and empty >= _TYPED_SHARE * len(paragraphs)


def _is_centred(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.is_centred


def _is_layout(table: Table) -> bool:
    if table.columns <= 1:
        return True
    return table.columns <= _LAYOUT_COLUMNS_MAX and len(table.rows) <= _LAYOUT_ROWS_MAX and not table.header_rows


def _rows(table: Table) -> Iterator[str]:
    for order, row in enumerate(table.rows):
        is_numbered = any(_is_number(cell) for cell in row)
        cells = [_cell_lines(cell, is_numbered) for cell in row]
        if order < table.header_rows or (order == 0 and not is_numbered):
            # A narrow column breaks its name, but it is one name.
            cells = [[" ".join(lines)] for lines in cells]
        for line in range(max((len(lines) for lines in cells), default=0)):
            yield "\t".join(lines[line] if line < len(lines) else "" for lines in cells)


def _is_number(cell: Cell) -> bool:
    return cell.merged is Merge.NONE and bool(cell.lines) and _ROW_NUMBER.match(cell.lines[0]) is not None


def _cell_lines(cell: Cell, is_numbered: bool) -> list[str]:
    if cell.merged is Merge.LEFT or (cell.merged is Merge.ABOVE and not is_numbered):
        return []
    return [" ".join(line.split()) for line in cell.lines]
