"""The form of administrative documents (vi: thể thức văn bản hành chính): measures and wording.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I; where it gives a range, the value is our choice inside of it.
"""

import re
from datetime import date

PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210, 297
MARGIN_TOP_MM, MARGIN_BOTTOM_MM, MARGIN_LEFT_MM, MARGIN_RIGHT_MM = 20, 20, 30, 20
TEXT_WIDTH_MM = PAGE_WIDTH_MM - MARGIN_LEFT_MM - MARGIN_RIGHT_MM
HEADER_DISTANCE_MM = 10
FIRST_LINE_INDENT_MM = 10

FONT = "Times New Roman"
BODY_PT = 14
NATION_PT = 13
MOTTO_PT = 14
ISSUER_PT = 13
NUMBER_PT = 13
SUBJECT_PT = 12
DATE_PT = 14
TITLE_PT = 14
PAGE_NUMBER_PT = 14
TABLE_PT = 13
RECIPIENTS_HEADING_PT = 12
RECIPIENTS_PT = 11

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"

_LEVELS = "thành phố|thị xã|thị trấn|tỉnh|quận|huyện|phường|xã"
_LEVEL = re.compile(rf"^(.+?) ((?:{_LEVELS}) .+)$", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]+)/(.+)")
_BLANK = "      "


def number_line(number: str | None, symbol: str) -> str:
    """Return "Số: 30/KH-UBND", numbers below 10 as 0n; room for the number where there is none yet.

    `symbol` is what follows the stroke then, "KH-UBND".
    """
    if number is None:
        return f"Số:{_BLANK}/{symbol}"
    found = _NUMBER.fullmatch(number)
    return f"Số: {int(found[1]):02}/{found[2]}" if found else f"Số: {number}"


def place_and_date(place: str, day: date | None, year: int) -> str:
    """Return "Cái Răng, ngày 06 tháng 02 năm 2020"; room for day and month of `year` where there is no day yet."""
    if day is None:
        return f"{place}, ngày{_BLANK}tháng{_BLANK}năm {year}"
    return f"{place}, {day_in_words(day)}"


def day_in_words(day: date) -> str:
    """Return "ngày 06 tháng 02 năm 2020": small days and the first two months with a zero before them."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def body_lines(name: str) -> tuple[str, ...]:
    """Return the name of an issuing body in capitals, its place on a line of its own ("QUẬN CÁI RĂNG")."""
    found = _LEVEL.match(name)
    return tuple(line.upper() for line in (found.groups() if found else (name,)))


def signature_lines(on_behalf_of: str | None, post: str) -> tuple[str, ...]:
    """Return the lines above the name of the signer: the authority, one a line, and the post.

    `on_behalf_of` says by what right, parts set apart by semicolons: "TM. ỦY BAN NHÂN DÂN; KT. CHỦ TỊCH" for
    a committee's deputy, "TL. CHỦ TỊCH" by order, "TUQ. CHỦ TỊCH" by mandate. It is None for who signs in the own
    right: the head of an office, an acting head ("Q. CHỦ TỊCH"), the chair who decides on awards.
    """
    parts = [*(on_behalf_of or "").split(";"), post]
    return tuple(" ".join(part.split()).upper() for part in parts if part.strip())
