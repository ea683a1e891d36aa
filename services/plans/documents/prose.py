"""What stands around the table: letterhead, bases, numbered sections, recipients, signature."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from services.plans.documents.outline import Section, is_closing_line, section_heading
from services.plans.documents.units import UnitDirectory
from services.plans.documents.wording import canonical, fold, one_line, plain
from services.plans.views.document import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its number, counted from 1; `text` has single spaces and no marks of bold."""

    number: int
    raw: str
    text: str


def line_of(number: int, raw: str) -> Line:
    """Return the line of a raw text."""
    return Line(number=number, raw=raw, text=plain(raw))


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLines:
    """A numbered section: what it is about, its heading, its lines."""

    section: Section
    title: str
    line: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The document cut into its parts."""

    letterhead: tuple[Line, ...]
    title: str | None
    preamble: tuple[Line, ...]
    sections: tuple[SectionLines, ...]
    closing: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Number, symbol, place and date of a document; `date_written` where a date is not in the calendar."""

    number: str | None
    symbol: str | None
    place: str | None
    issued_on: date | None
    date_written: str | None


_LETTERHEAD_LINES_MAX = 60
_TITLE_LINES_MAX = 6
_PREAMBLE_LINES_MAX = 200
_TITLE_START = re.compile(r"KẾ HOẠCH(?: (.{1,400}))?")
_BASIS_LEAD = re.compile(
    r"(?:Nhằm |Để )?(?:[Tt]iếp tục )?(?:[Cc]ăn cứ(?: vào)?|[Tt]hực hiện(?: tốt| nghiêm| có hiệu quả)?"
    r"|[Tt]riển khai(?: thực hiện)?|[Tt]heo(?: tinh thần)?|[Xx]ét)(?: nội dung)? "
)


def cut_into_parts(lines: Sequence[Line]) -> Parts:
    """Cut the lines outside the table into letterhead, title, preamble, sections and closing."""
    start = next((i for i, line in enumerate(lines[:_LETTERHEAD_LINES_MAX]) if _is_title_start(line.text)), None)
    first = next((i for i, line in enumerate(lines) if section_heading(line.text)), len(lines))
    title: str | None = None
    position = 0
    if start is not None and start < first:
        title, position = _read_title(lines, start, first)
    letterhead = lines[: start if start is not None and start < first else min(first, _LETTERHEAD_LINES_MAX)]
    end = next(
        (i for i in range(position, len(lines)) if lines[i].text and is_closing_line(_left(lines[i]))), len(lines)
    )
    first = min(first, end)
    preamble = tuple(lines[position : min(first, position + _PREAMBLE_LINES_MAX)])
    sections = _cut_sections(lines[first:end])
    return Parts(
        letterhead=tuple(letterhead),
        title=title,
        preamble=preamble,
        sections=sections,
        closing=tuple(lines[end:]),
    )


def _left(line: Line) -> str:
    return plain(_pieces(line.raw)[0]) if line.text else ""


def _is_title_start(text: str) -> bool:
    return _TITLE_START.fullmatch(text) is not None


def _read_title(lines: Sequence[Line], start: int, first_section: int) -> tuple[str | None, int]:
    same_line = _TITLE_START.fullmatch(lines[start].text)
    words = [same_line.group(1)] if same_line and same_line.group(1) else []
    position = start + 1
    while position < first_section and len(words) < _TITLE_LINES_MAX:
        text = lines[position].text
        is_rule = not text.strip("-–—_=* ")
        if words and (not text or is_rule or (text[0].isupper() and _BASIS_LEAD.match(text))):
            break
        if text and not is_rule:
            # Only the first line may look like a basis: "Triển khai công tác …" is a title there.
            words.append(text)
        position += 1
    return (" ".join(words).rstrip(" ./") or None), position


def _cut_sections(lines: Sequence[Line]) -> tuple[SectionLines, ...]:
    sections: list[SectionLines] = []
    starts = [(i, heading) for i, line in enumerate(lines) if (heading := section_heading(line.text))]
    for order, (start, heading) in enumerate(starts):
        end = starts[order + 1][0] if order + 1 < len(starts) else len(lines)
        sections.append(
            SectionLines(
                section=heading.section,
                title=heading.title,
                line=lines[start].number,
                lines=tuple(lines[start + 1 : end]),
            )
        )
    return tuple(sections)


# --- letterhead -------------------------------------------------------------------------------

_NUMBER = re.compile(r"\bSố ?: ?([0-9]{1,6}) ?/ ?([A-ZĐ][A-Za-zĐđ]{0,5}(?: ?- ?[A-ZĐ&]{1,12}){0,4})")
_DATE_LINE = re.compile(
    r"(?:([^\W\d_][^,;:0-9]{1,40}), ?)?ngày ?([0-9]{1,2}) ?tháng ?([0-9]{1,2}) ?năm ?([0-9]{4})", re.IGNORECASE
)


def read_letterhead(lines: Sequence[Line]) -> Letterhead:
    """Read number, place and date; the scan may have blanks in the number ("30 /KH-UBND")."""
    number: str | None = None
    symbol: str | None = None
    place: str | None = None
    issued_on: date | None = None
    date_written: str | None = None
    for line in lines:
        pieces = [one_line(piece) for piece in _pieces(line.raw)] if len(line.raw) < 500 else []
        for piece in [*pieces, line.text[:500]]:
            if number is None and (found := _NUMBER.search(piece)):
                code = found.group(2).replace(" ", "")
                number, symbol = f"{found.group(1)}/{code}", code.partition("-")[0]
            if issued_on is None and date_written is None and (dated := _DATE_LINE.search(piece)):
                place = dated.group(1).strip() if dated.group(1) else None
                try:
                    issued_on = date(int(dated.group(4)), int(dated.group(3)), int(dated.group(2)))
                except ValueError:
                    date_written = dated.group(0)
    return Letterhead(number=number, symbol=symbol, place=place, issued_on=issued_on, date_written=date_written)


_ISSUES = r"(?:ban hanh|xay dung|yeu cau)"
_UNKNOWN_ISSUER = re.compile(
    r"(?:[ỦU][ỷy]|Uỷ|ỦY|UỶ) (?:ban nhân dân|BAN NHÂN DÂN) ("
    r"(?:quận|huyện|thị xã|thành phố|tỉnh|QUẬN|HUYỆN|THỊ XÃ|THÀNH PHỐ|TỈNH)(?: [^\W\d_]{1,10}){1,6})"
)


def find_district(parts: Parts, place: str | None, districts: Mapping[str, UnitDirectory]) -> str | None:
    """Return the id of the district whose committee issued the plan, or None.

    The letterhead says it best, then who "ban hành" the plan, then the closing sentence; a district
    that is only mentioned issues nothing.
    """
    names = {id_: canonical(directory.name) for id_, directory in districts.items()}
    letterhead = f" {canonical(' '.join(line.text[:200] for line in parts.letterhead))} "
    at = {id_: letterhead.rfind(f" {name} ") for id_, name in names.items() if name}
    in_letterhead = {id_: position for id_, position in at.items() if position >= 0}
    if in_letterhead:
        # A letterhead names the superior body first, the issuer after it.
        return max(in_letterhead, key=in_letterhead.__getitem__)
    last_lines = [line for section in parts.sections[-1:] for line in section.lines]
    for lines in (parts.preamble, last_lines[-_PREAMBLE_LINES_MAX:]):
        text = canonical(" ".join(line.text[:5000] for line in lines))
        for id_, name in names.items():
            if name and re.search(rf"\bubnd {re.escape(name)} {_ISSUES}\b", text):
                return id_
    folded_place = fold(place or "")
    return next((id_ for id_, known in districts.items() if place and fold(known.short_name) == folded_place), None)


def issuer_as_written(parts: Parts) -> str | None:
    """Return the committee that a letterhead or preamble names, where we do not know it."""
    letterhead = " ".join(_left(line)[:200] for line in parts.letterhead)
    if found := _UNKNOWN_ISSUER.search(one_line(letterhead)):
        words = found.group(1).split()
        levels = 2 if fold(" ".join(words[:2])) in ("thi xa", "thanh pho") else 1
        named = [word.lower() if i < levels else word.capitalize() for i, word in enumerate(words)]
        return f"Ủy ban nhân dân {' '.join(named)}"
    text = one_line(" ".join(line.text[:5000] for line in parts.preamble))
    for found in _UNKNOWN_ISSUER.finditer(text):
        words = found.group(1).split()
        levels = 2 if words[1:2] in (["xã"], ["phố"]) else 1
        named = [*words[:levels], *takewhile(lambda word: word[0].isupper(), words[levels:])]
        if fold(" ".join(words[len(named) :])).startswith("ban hanh"):
            return f"Ủy ban nhân dân {' '.join(named)}"
    return None


_YEAR = re.compile(r"\b(?:nam|giai doan) ?((?:19|20)[0-9]{2})\b")


def year_in(title: str | None) -> int | None:
    """Return the year that a title is about: the last one it names."""
    years = _YEAR.findall(fold(title or ""))
    return int(years[-1]) if years else None


# --- bases ------------------------------------------------------------------------------------

_KINDS = (
    "Kế hoạch|Nghị quyết|Chỉ thị|Quyết định|Bộ luật|Luật|Nghị định|Thông tư|Công văn|Hướng dẫn"
    "|Chương trình|Kết luận|Thông báo|Quy chế|Quy định|Văn bản|Báo cáo|Tờ trình|Thông tri"
)
_HAS_KIND = re.compile(rf"\b(?:{_KINDS})\b")
_BETWEEN_BASES = re.compile(rf"([,;] (?:và )?)(?=(?:các |những )?(?:{_KINDS})\b)")
_ISSUING_SENTENCE = re.compile(
    r"(?:^|[.;,:] ?)(?:(?:Ủy|Uỷ|ủy|uỷ) ban nhân dân|UBND) [^.;,]{1,80} (?:ban hành|xây dựng|triển khai) "
)
_SYMBOLS = {
    "Kế hoạch": {"KH"},
    "Nghị quyết": {"NQ"},
    "Chỉ thị": {"CT"},
    "Quyết định": {"QĐ"},
    "Nghị định": {"NĐ"},
    "Thông tư": {"TT"},
    "Hướng dẫn": {"HD"},
    "Chương trình": {"CTr"},
    "Kết luận": {"KL"},
    "Thông báo": {"TB"},
    "Báo cáo": {"BC"},
    "Tờ trình": {"TTr"},
}
_NUMBERED_DOCUMENT = re.compile(
    rf"\b({'|'.join(_SYMBOLS)}) số ?:? ?"
    r"([0-9]{1,5}(?:/(?:19|20)[0-9]{2})? ?[/-] ?([A-ZĐ][A-Za-zĐđ]{0,5})\b[^\s,;.]{0,40})"
)


def read_bases(lines: Sequence[Line]) -> list[str]:
    """Return the documents a plan is based on (vi: căn cứ), one each, without "Căn cứ" before them."""
    blocks: list[str] = []
    is_complete = True
    for line in lines:
        text = line.text
        if not text:
            is_complete = True
            continue
        text = text.lstrip("-–+• ")
        if is_complete or _BASIS_LEAD.match(text):
            blocks.append(text)
        else:
            blocks[-1] = f"{blocks[-1]} {text}"
        is_complete = text.endswith((".", ";"))
    bases: list[str] = []
    for block in blocks:
        issuing = _ISSUING_SENTENCE.search(block)
        cited = block[: issuing.start()] if issuing else block
        lead = _BASIS_LEAD.match(cited)
        if _HAS_KIND.search(cited) and (lead or _HAS_KIND.match(cited)):
            bases += _split_bases(cited[lead.end() :] if lead else cited)
    return bases


def _split_bases(cited: str) -> list[str]:
    pieces = _BETWEEN_BASES.split(cited)
    bases = [pieces[0]]
    for joint, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        # "các Nghị quyết, Chương trình hành động của Quận ủy" has one author: one basis.
        if " của " in bases[-1] or any(character.isdigit() for character in bases[-1]):
            bases.append(piece)
        else:
            bases[-1] = f"{bases[-1]}{joint}{piece}"
    return [tidy for base in bases if (tidy := base.strip(" .;,:"))]


def symbol_mismatches(text: str) -> list[tuple[str, str, str, str]]:
    """Return (kind, number as written, its symbol, symbol expected) of each citation whose symbol is another kind's."""
    return [
        (found.group(1), found.group(2), found.group(3), min(_SYMBOLS[found.group(1)]))
        for found in _NUMBERED_DOCUMENT.finditer(text)
        if found.group(3) not in _SYMBOLS[found.group(1)]
    ]


def kind_of_symbol(symbol: str) -> str | None:
    """Return the kind of document that a symbol stands for."""
    return next((kind for kind, symbols in _SYMBOLS.items() if symbol in symbols), None)


# --- sections ---------------------------------------------------------------------------------

_NUMBERED = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?[.)/] ?(?=[^\d\s])")
_BULLETED = re.compile(r"(?:[-–+•*] ?|[a-zđ][.)] )(?=\S)")
_CLOSING_SENTENCE = re.compile(r"(?:uy ban nhan dan|ubnd|tren day la|trong qua trinh|yeu cau|de nghi|chu tich)\b")
_SUBHEADING = re.compile(r"(?:[0-9]{1,2}|[a-zđA-ZĐ])[.)/] ?(mục đích|yêu cầu|mục tiêu)(?: ?: ?|$)", re.IGNORECASE)


def read_items(lines: Sequence[Line]) -> list[str]:
    """Return the items of a section: its numbered points, or else its paragraphs, without numbers."""
    has_numbers = any(_NUMBERED.match(line.text) for line in lines)
    items: list[list[str]] = []
    after_blank = True
    for line in lines:
        text = line.text
        if not text:
            after_blank = True
            continue
        number, bullet = _NUMBERED.match(text), _BULLETED.match(text)
        ends = not items or items[-1][-1].endswith((".", ";", ":", "!", "?", "./"))
        if number is not None:
            items.append([text[number.end() :]])
        elif not bullet and (after_blank or ends) and _CLOSING_SENTENCE.match(fold(text[:40])) and items:
            break
        elif has_numbers and items:
            items[-1].append(f"\n{text}" if bullet else f" {text}")
        elif bullet is not None:
            items.append([text[bullet.end() :]])
        elif items and not (ends or (after_blank and text[:1].isupper())):
            items[-1].append(f" {text}")
        elif not (has_numbers or (text.endswith(":") and not items)):
            items.append([text])
        after_blank = False
    return [tidy for item in items if (tidy := "".join(item).strip().removesuffix("./.").strip())]


def read_purposes(section: SectionLines) -> tuple[list[str], list[str]]:
    """Return the purposes and the requirements of a section that holds one of them or both."""
    folded = fold(section.title)
    parts: tuple[list[Line], list[Line]] = ([], [])
    into = 1 if "yeu cau" in folded and "muc dich" not in folded and "muc tieu" not in folded else 0
    for line in section.lines:
        heading = _SUBHEADING.match(line.text)
        if heading is None:
            parts[into].append(line)
            continue
        into = 1 if fold(heading.group(1)) == "yeu cau" else 0
        rest = line.text[heading.end() :]
        parts[into].append(line_of(line.number, rest))
    return read_items(parts[0]), read_items(parts[1])


# --- recipients and signature -----------------------------------------------------------------

_COLUMN_GAP = re.compile(r"\t| {2,}|\|")
_ON_BEHALF = re.compile(r"(?:TM|T/M|KT|TL|TUQ|Q)\. ?\S.{0,100}")
_POST_WORDS = re.compile(r"\b(?:chu tich|truong|pho|giam doc|chanh|bi thu|thu truong)\b")
_CLOSING_LINES_MAX = 200


def read_closing(lines: Sequence[Line]) -> tuple[list[str], Signer]:
    """Return the recipients and the signer, below each other or in two columns."""
    recipients: list[str] = []
    on_behalf: list[str] = []
    post: str | None = None
    name: str | None = None
    is_listing = False
    for line in lines[:_CLOSING_LINES_MAX]:
        if fold(line.text[:20]).startswith("phu luc"):
            break
        for piece in (plain(part) for part in _pieces(line.raw[:2000])):
            if not piece:
                continue
            if fold(piece).startswith("noi nhan"):
                is_listing = True
            elif _ON_BEHALF.fullmatch(piece) and piece.isupper():
                on_behalf.append(one_line(piece))
            elif _BULLETED.match(piece) and is_listing:
                recipients.append(piece.lstrip("-–+•* "))
            elif post is None and piece.isupper() and _POST_WORDS.search(fold(piece)):
                post = piece
            elif name is None and post is not None and _is_name(piece):
                name = piece
            elif is_listing and recipients and post is None and not recipients[-1].endswith((";", ".")):
                recipients[-1] = f"{recipients[-1]} {piece}"
            elif is_listing and post is None and not on_behalf and not piece.isupper():
                recipients.append(piece)
    tidy = [text for recipient in recipients if (text := recipient.strip(" ;.,"))]
    return tidy, Signer(name=name, post=post, on_behalf_of="; ".join(on_behalf) or None)


def _is_name(piece: str) -> bool:
    words = piece.split()
    return 2 <= len(words) <= 6 and all(word[0].isupper() and word.isalpha() for word in words)


def _pieces(raw: str) -> list[str]:
    return _COLUMN_GAP.split(raw.strip())
