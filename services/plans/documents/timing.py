"""When a task is to be done: quarters, months and dates as plans write them.

Choices, where the language leaves one:
- a date is the limit and the day itself still counts, also after "trước ngày" (before);
- of a range ("từ 01/3 đến 15/3") the last date counts;
- a month is a date only after a word of limit ("trước", "chậm nhất", "đến"): then its last day, also after
  "trước tháng 9" (before September), which clerks use for "by September"; else the month itself is the term, and
  of several the last;
- what is due after the plan's year belongs to its fourth quarter, before it to its first.
"""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date

from services.plans.documents.wording import fold, one_line
from services.plans.rules import quarter_of_month

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4, "01": 1, "02": 2, "03": 3, "04": 4}
_QUARTER_NUMBER = r"(?:iv|i{1,3}|0?[1-4])"
_QUARTER_HEADING = re.compile(
    rf"(?:[ivx0-9]{{1,4}} ?[.)/:-]? ?)?quy ({_QUARTER_NUMBER})(?: ?[/-]? ?(?:nam )?20[0-9]{{2}})?"
    r"(?: ?\([^)]{0,60}\))?"
)
_MONTH_HEADING = re.compile(r"(?:[ivx0-9]{1,4} ?[.)/:-]? ?)?thang ([0-9]{1,2})(?: ?(?:/|-|nam) ?(?:nam )?20[0-9]{2})?")
_QUARTERS = re.compile(rf"\bquy ({_QUARTER_NUMBER}(?: ?(?:,|-|va|den|;|&) ?(?:quy )?{_QUARTER_NUMBER}){{0,3}})\b")
_QUARTER = re.compile(rf"\b{_QUARTER_NUMBER}\b")
_DATE = re.compile(
    r"(?<![0-9/.-])([0-9]{1,2}) ?/ ?([0-9]{1,2})(?: ?/ ?(20[0-9]{2}))?(?![0-9/])"
    r"|(?<![0-9/.-])([0-9]{1,2})[.-]([0-9]{1,2})[.-](20[0-9]{2})(?![0-9])"
    r"|\bngay ([0-9]{1,2}) thang ([0-9]{1,2})(?: nam (20[0-9]{2}))?(?![0-9])"
)
_MONTHS = re.compile(
    r"\bthang ([0-9]{1,2}(?: ?(?:,|-|va|den|/) ?(?:thang )?[0-9]{1,2}\b){0,11})(?![0-9])"
    r"(?: ?(?:/|-|nam) ?(20[0-9]{2}))?"
)
_NUMBER = re.compile(r"[0-9]{1,2}")
_LIMIT = re.compile(r"\b(?:truoc|cham nhat|muon nhat|den|het|xong)\b")
_RANGE = re.compile(r"\bden\b|[-–]")
_ASSUMED = (
    (re.compile(r"\b(?:6|sau) thang dau nam\b"), 2),
    (re.compile(r"\b(?:9|chin) thang\b"), 3),
    (re.compile(r"\b(?:6|sau) thang cuoi nam\b|\bcuoi nam\b"), 4),
    (re.compile(r"\bdau nam\b"), 1),
    (re.compile(r"\b(?:thuong xuyen|ca nam|trong nam|hang nam|hang quy|hang thang|12 thang)\b"), 4),
)
_LIMIT_IN_TEXT = re.compile(
    r"\b(?:truoc ngay|cham nhat(?: la| den)?(?: het)? ngay|truoc|han cuoi(?: la)? ngay) "
    r"(?=[0-9]{1,2}(?: ?/ ?[0-9]{1,2}| thang [0-9]{1,2}))"
)
_WITHIN_MONTH = re.compile(r"\btrong thang ([0-9]{1,2})(?![0-9/]|(?: ?(?:,|-|va|den) ?(?:thang )?[0-9]))")
_HEADING_CHARACTERS_MAX = 120
_NO_QUARTER = re.compile(r"\b(?:thuong xuyen|ca nam|trong nam|hang nam|hang quy|hang thang|[69] thang)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The quarter, and the date or the month a text states; `doubts` are pairs of code and Vietnamese sentence."""

    quarter: int | None
    due_on: date | None
    due_month: int | None = None
    doubts: tuple[tuple[str, str], ...] = ()


def quarter_name(quarter: int) -> str:
    """Return the quarter as documents write it, "quý II"."""
    return f"quý {('I', 'II', 'III', 'IV')[quarter - 1]}"


def quarter_heading(text: str) -> int | None:
    """Return the quarter of a heading that names a quarter or a month and nothing else."""
    if len(text) > _HEADING_CHARACTERS_MAX:
        return None
    folded = fold(one_line(text)).strip(" .:;-*|")
    if found := _QUARTER_HEADING.fullmatch(folded):
        return _ROMAN[found.group(1)]
    if (found := _MONTH_HEADING.fullmatch(folded)) and 1 <= int(found.group(1)) <= 12:
        return quarter_of_month(int(found.group(1)))
    return None


def is_heading_without_quarter(text: str) -> bool:
    """Return whether a heading ends the quarter above it without naming one ("Thường xuyên")."""
    return bool(_NO_QUARTER.search(fold(one_line(text))))


def read_timing(cell: str, year: int | None) -> Timing:
    """Return what a cell of the time column says; dates without a year are in the plan's year."""
    folded = fold(one_line(cell)).strip(" .:;-*–")
    if not folded:
        return Timing(quarter=None, due_on=None)
    timing = _from_dates(folded, year) or _from_months(folded, year)
    quarters, shown = _quarters(folded)
    if timing is not None:
        if quarters and timing.quarter is not None and timing.quarter not in quarters:
            doubt = f"Ô thời gian “{one_line(cell)}” nêu quý và ngày tháng không khớp nhau; lấy theo ngày tháng."
            return Timing(
                quarter=timing.quarter,
                due_on=timing.due_on,
                due_month=timing.due_month,
                doubts=(*timing.doubts, ("task.quarter_conflict", doubt)),
            )
        return timing
    if quarters:
        if len(quarters) > 1:
            doubt = f"Ô thời gian nêu nhiều quý (“{shown}”); lấy quý cuối làm hạn."
            return Timing(quarter=quarters[-1], due_on=None, doubts=(("task.quarter_several", doubt),))
        return Timing(quarter=quarters[-1], due_on=None)
    for pattern, quarter in _ASSUMED:
        if pattern.search(folded):
            doubt = f"Ô thời gian ghi “{one_line(cell)}”, không nêu quý; tạm xếp vào {quarter_name(quarter)}."
            return Timing(quarter=quarter, due_on=None, doubts=(("task.quarter_assumed", doubt),))
    doubt = f"Không hiểu thời gian “{one_line(cell)}”."
    return Timing(quarter=None, due_on=None, doubts=(("task.time_unread", doubt),))


def limit_in_text(content: str, year: int | None) -> Timing | None:
    """Return the limit that a sentence states ("… trước ngày 15/3/2020"), or None.

    Other dates in a sentence are anniversaries or the dates of documents.
    """
    folded = fold(one_line(content))
    limits = [folded[found.end() : found.end() + 30] for found in _LIMIT_IN_TEXT.finditer(folded)]
    for limit in limits:
        found = _DATE.match(limit if "/" in limit[:6] else f"ngay {limit}")
        if found:
            return _on_date(*_parts(found), year=year)
    return None


def month_in_text(content: str) -> int | None:
    """Return the one month within which a sentence wants its work done ("… trong tháng 5"), or None."""
    found = {int(one.group(1)) for one in _WITHIN_MONTH.finditer(fold(one_line(content)))}
    return found.pop() if len(found) == 1 and found <= set(range(1, 13)) else None


def _from_dates(folded: str, year: int | None) -> Timing | None:
    found = list(_DATE.finditer(folded))
    if not found:
        return None
    timing = _on_date(*_parts(found[-1]), year=year)
    if len(found) > 1 and not _RANGE.search(folded[found[-2].end() : found[-1].start()]):
        doubt = ("task.due_several", "Ô thời gian nêu nhiều ngày; lấy ngày sau cùng làm hạn.")
        return Timing(quarter=timing.quarter, due_on=timing.due_on, doubts=(*timing.doubts, doubt))
    return timing


def _parts(found: re.Match[str]) -> tuple[int, int, int | None]:
    day, month, stated = next(
        found.group(first, first + 1, first + 2) for first in (1, 4, 7) if found.group(first) is not None
    )
    return int(day), int(month), int(stated) if stated else None


def _on_date(day: int, month: int, stated: int | None, *, year: int | None) -> Timing:
    written = f"{day:02}/{month:02}" + (f"/{stated}" if stated else "")
    actual = stated or year
    if actual is None:
        doubt = ("task.date_without_year", f"Ngày {written} không có năm và chưa rõ năm của kế hoạch.")
        quarter = quarter_of_month(month) if 1 <= month <= 12 else None
        return Timing(quarter=quarter, due_on=None, doubts=(doubt,))
    try:
        due_on = date(actual, month, day)
    except ValueError:
        doubt = ("task.date_invalid", f"Ngày {written} không có trong lịch; đề nghị kiểm tra.")
        quarter = quarter_of_month(month) if 1 <= month <= 12 else None
        return Timing(quarter=quarter, due_on=None, doubts=(doubt,))
    return _in_plan(due_on.year, due_on.month, due_on, year)


def _from_months(folded: str, year: int | None) -> Timing | None:
    found = list(_MONTHS.finditer(folded))
    if not found:
        return None
    month = int(_NUMBER.findall(found[-1].group(1))[-1])
    if not 1 <= month <= 12:
        doubt = ("task.date_invalid", f"Không có tháng {month}; đề nghị kiểm tra.")
        return Timing(quarter=None, due_on=None, doubts=(doubt,))
    stated = int(found[-1].group(2)) if found[-1].group(2) else year
    due_on = None
    if stated is not None and _LIMIT.search(folded[: found[-1].start()]):
        due_on = date(stated, month, calendar.monthrange(stated, month)[1])
    timing = _in_plan(stated, month, due_on, year)
    is_in_year = year is None or stated in (None, year)
    return replace(timing, due_month=month) if due_on is None and is_in_year else timing


def _in_plan(stated: int | None, month: int, due_on: date | None, year: int | None) -> Timing:
    if stated is None or year is None or stated == year:
        return Timing(quarter=quarter_of_month(month), due_on=due_on)
    quarter = 4 if stated > year else 1
    doubt = f"Thời hạn {month:02}/{stated} nằm ngoài năm kế hoạch {year}; tạm xếp vào {quarter_name(quarter)}."
    return Timing(quarter=quarter, due_on=due_on, doubts=(("task.due_outside_year", doubt),))


def _quarters(folded: str) -> tuple[list[int], str]:
    quarters: list[int] = []
    shown: list[str] = []
    for found in _QUARTERS.finditer(folded):
        quarters += [_ROMAN[number] for number in _QUARTER.findall(found.group(1))]
        shown.append(found.group(1).upper().replace("QUY", "quý").replace("VA", "và").replace("DEN", "đến"))
    return quarters, "; ".join(f"quý {numbers}" for numbers in shown)
