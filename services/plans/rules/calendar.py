"""Which days are worked, and the terms counted in them: data and pure functions.

Saturday and Sunday are days of rest of state offices (Decision 188/1999/QĐ-TTg); public holidays come
with the calendar of the year; notices make other days off or worked. Of a year whose calendar is not
open only the weekly days of rest are known: terms are still counted, and the reason says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.plans.events import CalendarDay, CalendarSource, DayKind, DueReason
from services.plans.views import CalendarView
from shared.types import Role

# Opening a year is base data, like the organisation. A correction moves due dates of every district:
# that is business of the city, and not of who administers accounts.
OPEN_ROLES = frozenset({Role.ADMIN, Role.CITY_BOARD, Role.HOME_AFFAIRS})
CORRECT_ROLES = frozenset({Role.CITY_BOARD, Role.HOME_AFFAIRS})

DAYS_MAX = 60  # in one notice; more than any year had
CORRECTIONS_MAX = 100  # in force in one year
TERM_MAX = 1000  # working days; four years
_WEEKLY_REST = frozenset({5, 6})  # Saturday, Sunday
_WORKED = frozenset({DayKind.WORKING, DayKind.MADE_UP})
_ONE_DAY = timedelta(days=1)
_NUMBER = re.compile(r"\d{1,6}(/\d{4})?/[A-ZĐ][\wĐđ.\-]{0,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """The days that differ from the weekly rule, and the sequence of the calendar of each open year."""

    named: Mapping[date, CalendarDay] = field(default_factory=dict)
    seqs: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due date and its reason; a date that was not counted has none."""

    due_on: date
    reason: DueReason | None


def working_days(calendars: Iterable[CalendarView]) -> WorkingDays:
    """Return what the calendars say of days; of two corrections that name a day, the later holds."""
    named: dict[date, CalendarDay] = {}
    seqs: dict[int, int] = {}
    for calendar in calendars:
        seqs[calendar.year] = calendar.seq
        for holiday in calendar.holidays:
            named[holiday.day] = CalendarDay(day=holiday.day, kind=DayKind.HOLIDAY, name=holiday.name)
        for correction in calendar.corrections:
            for kind, days in ((DayKind.OFF, correction.days_off), (DayKind.MADE_UP, correction.days_made_up)):
                for one in days:
                    named[one.day] = CalendarDay(day=one.day, kind=kind, name=one.name, notice=correction.notice.number)
    return WorkingDays(named=named, seqs=seqs)


def day_of(days: WorkingDays, day: date) -> CalendarDay:
    """Return what sort of day it is."""
    if (named := days.named.get(day)) is not None:
        return named
    return CalendarDay(day=day, kind=DayKind.WEEKEND if day.weekday() in _WEEKLY_REST else DayKind.WORKING)


def is_worked(days: WorkingDays, day: date) -> bool:
    """Return whether the day is a working day."""
    named = days.named.get(day)
    return day.weekday() not in _WEEKLY_REST if named is None else named.kind in _WORKED


def due(days: WorkingDays, after: date, term: int) -> Due:
    """Return the last day of a term of so many working days; the day on which it begins does not count.

    (Civil Code 2015, article 147.2.) `term` ≥ 1; the reason names the days off within it.
    """
    day, skipped = after, []
    while term > 0:
        day += _ONE_DAY
        if is_worked(days, day):
            term -= 1
        else:
            skipped.append(day_of(days, day))
    return Due(due_on=day, reason=_reason(days, skipped, after, day))


def next_working_day(days: WorkingDays, day: date) -> Due:
    """Return the day itself where it is worked, else the next that is.

    So end terms in days, weeks, months or years that would end on a day off (Civil Code 2015, article 148.5).
    """
    return due(days, day - _ONE_DAY, 1)


def last_working_day(days: WorkingDays, first: date, last: date) -> Due:
    """Return the last working day of the days from `first` to `last`; `last` itself where none is worked."""
    day, skipped = last, []
    while day >= first and not is_worked(days, day):
        skipped.append(day_of(days, day))
        day -= _ONE_DAY
    due_on = day if day >= first else last
    return Due(due_on=due_on, reason=_reason(days, skipped, due_on, last))


def working_days_between(days: WorkingDays, after: date, until: date) -> int:
    """Return how many working days there are after the one day up to the other, it included.

    Negative, and counted from the other end, where `until` lies before `after`.
    """
    if until < after:
        return -working_days_between(days, until, after)
    return sum(is_worked(days, after + timedelta(days=number)) for number in range(1, (until - after).days + 1))


def is_notice_number(text: str) -> bool:
    """Return whether the text is the number of an official paper, as "4875/TB-LĐTBXH" or "188/1999/QĐ-TTg"."""
    return _NUMBER.fullmatch(text) is not None


def notice_key(number: str, issued_on: date) -> tuple[str, date]:
    """Return what tells one notice from another: its number, however it is typed, and its date."""
    return "".join(number.split()).casefold(), issued_on


def _reason(days: WorkingDays, skipped: Iterable[CalendarDay], first: date, last: date) -> DueReason:
    years = range(first.year, last.year + 1)
    return DueReason(
        skipped=tuple(skipped),
        calendars=tuple(CalendarSource(year=year, seq=days.seqs.get(year)) for year in years),
    )
