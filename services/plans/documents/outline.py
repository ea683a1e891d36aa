"""The outline of a plan: which lines are headings, and where the closing part begins."""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.plans.documents.timing import quarter_heading
from services.plans.documents.wording import fold, plain


class Section(StrEnum):
    """What a section of a plan is about."""

    PURPOSES = "purposes"
    TASKS = "tasks"
    SOLUTIONS = "solutions"
    ORGANISATION = "organisation"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading without its number, and what its section is about."""

    section: Section
    title: str


_HEADING = re.compile(r"(?:(?:PHẦN|Phần|MỤC|Mục) )?(?:([IVX]{1,5})|([A-EĐ])) ?[.)/:–-] ?(.{2,200})")
_ABOUT = (
    ("to chuc thuc hien", Section.ORGANISATION),
    ("giai phap", Section.SOLUTIONS),
    ("muc dich", Section.PURPOSES),
    ("muc tieu", Section.PURPOSES),
    ("yeu cau", Section.PURPOSES),
    ("noi dung", Section.TASKS),
    ("nhiem vu", Section.TASKS),
    ("trach nhiem", Section.ORGANISATION),
)
# "NHIỆM VỤ VÀ GIẢI PHÁP" holds the tasks: the earlier word in a heading decides.


def section_heading(text: str) -> Heading | None:
    """Return the heading that a line is, or None; "I. QUÝ I" is a heading of a table, not of a section."""
    found = _HEADING.fullmatch(text) if text else None
    if found is None:
        return None
    title = plain(found.group(3))
    if quarter_heading(title) is not None:
        return None
    folded = fold(title)
    mentioned = sorted((folded.find(words), section) for words, section in _ABOUT if words in folded)
    is_shouted = title.isupper() and len(title) > 3
    if found.group(1) is None and not is_shouted:
        return None
    if mentioned and (is_shouted or mentioned[0][0] <= 4):
        return Heading(section=mentioned[0][1], title=title.rstrip(" :."))
    return Heading(section=Section.OTHER, title=title.rstrip(" :.")) if is_shouted else None


_CLOSING = re.compile(r"(?:noi nhan ?:?|(?:tm|t/m|kt|tl|tuq)\. ?[^.]{2,80}|noi nhan ?:.{0,200})")


def is_closing_line(text: str) -> bool:
    """Return whether a line begins the recipients or the signature."""
    folded = fold(text)[:300]
    if not _CLOSING.fullmatch(folded):
        return False
    return folded.startswith("noi nhan") or text.rstrip("*:. ").isupper()
