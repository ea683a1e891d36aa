"""What every official paper has around its text (NĐ 30/2020/NĐ-CP, Phụ lục I): letterhead and closing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from services.plans.events import Signer
from shared.errors import Rejected
from shared.office.word.fields import about
from shared.office.word.formalities import body_lines, number_line, place_and_date, signature_lines

TEMPLATES = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who issues the paper, its number, place and date."""

    superior_lines: tuple[str, ...] = field(default=(), metadata=about("cơ quan chủ quản, từng dòng"))
    issuer_lines: tuple[str, ...] = field(metadata=about("cơ quan ban hành, từng dòng chữ hoa"))
    number_line: str = field(metadata=about("số, ký hiệu: Số: 30/KH-UBND"))
    place_and_date: str = field(metadata=about("địa danh và thời gian ban hành"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Who gets the paper, and who signs it."""

    recipients: tuple[str, ...] = field(metadata=about("nơi nhận"))
    signature_lines: tuple[str, ...] = field(metadata=about("quyền hạn, chức vụ người ký, từng dòng"))
    signer_name: str = field(metadata=about("họ tên người ký"))


def letterhead(
    *, issuer: str, superior: str = "", number: str | None, symbol: str, place: str | None, day: date | None, year: int
) -> Letterhead:
    """Return the letterhead; a draft has room for number and date. `symbol` is used where there is no number."""
    if not place:
        raise Rejected("document.field_missing", fields="địa danh")
    return Letterhead(
        superior_lines=body_lines(superior) if superior else (),
        issuer_lines=body_lines(re.sub("^UBND ", "Ủy ban nhân dân ", issuer)),
        number_line=number_line(number, symbol),
        place_and_date=place_and_date(place, day, year),
    )


def closing(signer: Signer | None, recipients: Sequence[str], *, issuer: str = "") -> Closing:
    """Return the closing. Raises Rejected `document.field_missing` where nobody signs.

    A people's committee is signed for on its behalf, said or not: TM. ỦY BAN NHÂN DÂN (NĐ 30/2020/NĐ-CP, Phụ lục I).
    """
    if signer is None or not signer.name or not signer.post:
        raise Rejected("document.field_missing", fields="người ký")
    return Closing(
        recipients=tuple(recipients),
        signature_lines=signature_lines(signer.on_behalf_of or _authority(issuer, signer.post), signer.post),
        signer_name=signer.name,
    )


def _authority(issuer: str, post: str) -> str | None:
    if not re.match("Ủy ban nhân dân |UBND ", issuer) or not re.match("(phó )?chủ tịch", post, re.IGNORECASE):
        return None
    return "TM. ỦY BAN NHÂN DÂN" + ("; KT. CHỦ TỊCH" if post.lower().startswith("phó") else "")


def day_text(day: date | None) -> str:
    """Return 25/06/2020, "" where there is no day."""
    return f"{day:%d/%m/%Y}" if day else ""


def lines_of(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text that was typed with line ends."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def numbered(items: Sequence[str]) -> tuple[str, ...]:
    """Return the paragraphs of numbered points."""
    return tuple(f"{number}. {item}" for number, item in enumerate(items, start=1))


def in_a_sentence(title: str) -> str:
    """Return a title as it stands within a sentence: its first letter small, unless it begins with an abbreviation."""
    is_word = len(title) > 1 and title[1].islower()
    return title[0].lower() + title[1:] if is_word else title
