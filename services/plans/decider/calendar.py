"""The rules of the calendar of a year: one aggregate a year, owned by the city."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.plans.commands import CalendarCommand, CorrectCalendar, OpenCalendar, WithdrawCalendarCorrection
from services.plans.decider.texts import line, needed_line
from services.plans.events import (
    CalendarCorrected,
    CalendarCorrectionWithdrawn,
    CalendarEvent,
    CalendarOpened,
    NamedDay,
    OfficialNotice,
)
from services.plans.rules import (
    CORRECTIONS_MAX,
    DAYS_MAX,
    RIGHTS,
    TEXT_MAX,
    YEARS,
    is_notice_number,
    notice_key,
)
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import CITY, Actor

NAME_MAX = 200
HOLIDAYS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What the rules need to know of a calendar: how it was opened, and the corrections in force."""

    opened: CalendarOpened | None = None
    corrections: tuple[CalendarCorrected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFacts:
    """Who asks, and the day in Vietnam."""

    actor: Actor
    today: date


def decide(command: CalendarCommand, calendar: Calendar, facts: CalendarFacts) -> list[CalendarEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    match command:
        case OpenCalendar():
            _authorise(command, facts)
            return _open(command, calendar, facts)
        case CorrectCalendar():
            _authorise(command, facts)
            return _correct(command, calendar, facts)
        case WithdrawCalendarCorrection():
            _authorise(command, facts)
            return _withdraw(command, calendar, facts)
        case _:
            assert_never(command)


def evolve(calendar: Calendar, event: CalendarEvent) -> Calendar:
    """Return the calendar after the event. Never refuses: it has happened."""
    match event:
        case CalendarOpened():
            return replace(calendar, opened=event)
        case CalendarCorrected():
            return replace(calendar, corrections=(*calendar.corrections, event))
        case CalendarCorrectionWithdrawn(notice=notice):
            return replace(calendar, corrections=tuple(one for one in calendar.corrections if one.notice != notice))
        case _:
            assert_never(event)


def _authorise(command: CalendarCommand, facts: CalendarFacts) -> None:
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=CITY):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _open(command: OpenCalendar, calendar: Calendar, facts: CalendarFacts) -> list[CalendarEvent]:
    if command.year not in YEARS:
        raise Rejected("calendar.year_out_of_range", year=command.year, first=YEARS.start, last=YEARS.stop - 1)
    if not command.holidays:
        raise Rejected("calendar.days_missing")
    if len(command.holidays) > HOLIDAYS_MAX:
        raise Rejected("calendar.too_many_days", limit=HOLIDAYS_MAX)
    holidays = _days(command.holidays, command.year)
    basis = needed_line(command.basis, Rejected("calendar.basis_missing"), limit=NAME_MAX)
    if (opened := calendar.opened) is not None:
        if (opened.holidays, opened.basis) == (holidays, basis):
            return []
        # Terms were counted by what is there; another list comes in by a notice that names the days.
        raise Rejected("calendar.exists", year=command.year)
    return [
        CalendarOpened(
            district=CITY,
            year=command.year,
            holidays=holidays,
            basis=basis,
            source=needed_line(command.source, Rejected("calendar.basis_missing"), limit=NAME_MAX),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _correct(command: CorrectCalendar, calendar: Calendar, facts: CalendarFacts) -> list[CalendarEvent]:
    _require_open(calendar, command.year)
    notice = _notice(command.notice, facts)
    if not command.days_off and not command.days_made_up:
        raise Rejected("calendar.days_missing")
    if len(command.days_off) + len(command.days_made_up) > DAYS_MAX:
        raise Rejected("calendar.too_many_days", limit=DAYS_MAX)
    days_off = _days(command.days_off, command.year)
    days_made_up = _days(command.days_made_up, command.year, taken={one.day for one in days_off})
    before = _in_force(calendar, notice.number, notice.issued_on)
    if before is not None:
        if (before.days_off, before.days_made_up) == (days_off, days_made_up):
            return []
        raise Rejected("calendar.notice_entered", number=notice.number, year=command.year)
    if len(calendar.corrections) >= CORRECTIONS_MAX:
        raise Rejected("calendar.too_many_corrections", limit=CORRECTIONS_MAX)
    return [
        CalendarCorrected(
            district=CITY,
            year=command.year,
            notice=notice,
            days_off=days_off,
            days_made_up=days_made_up,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _withdraw(command: WithdrawCalendarCorrection, calendar: Calendar, facts: CalendarFacts) -> list[CalendarEvent]:
    _require_open(calendar, command.year)
    correction = _in_force(calendar, command.number, command.issued_on)
    if correction is None:
        raise Rejected("calendar.notice_not_found", number=command.number[:NAME_MAX], year=command.year)
    return [
        CalendarCorrectionWithdrawn(
            district=CITY,
            year=command.year,
            notice=correction.notice,
            reason=needed_line(command.reason, Rejected("calendar.reason_missing"), limit=TEXT_MAX),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _require_open(calendar: Calendar, year: int) -> None:
    if calendar.opened is None:
        raise Rejected("calendar.not_open", year=year)


def _in_force(calendar: Calendar, number: str, issued_on: date) -> CalendarCorrected | None:
    key = notice_key(number, issued_on)
    return next(
        (one for one in calendar.corrections if notice_key(one.notice.number, one.notice.issued_on) == key), None
    )


def _notice(notice: OfficialNotice, facts: CalendarFacts) -> OfficialNotice:
    number = notice.number.strip()
    if not is_notice_number(number):
        raise Rejected("calendar.number_malformed", number=number[:NAME_MAX])
    if notice.issued_on > facts.today:
        raise Rejected("calendar.notice_in_future", issued_on=str(notice.issued_on), today=str(facts.today))
    return OfficialNotice(
        number=number,
        issued_on=notice.issued_on,
        issuer=needed_line(notice.issuer, Rejected("calendar.issuer_missing"), limit=NAME_MAX),
        text=line(notice.text, limit=TEXT_MAX),
    )


def _days(days: Sequence[NamedDay], year: int, taken: set[date] | None = None) -> tuple[NamedDay, ...]:
    """Return the days in order, each once and in the year, with their names."""
    seen = set(taken or ())
    for one in days:
        if one.day.year != year:
            raise Rejected("calendar.day_out_of_year", day=str(one.day), year=year)
        if one.day in seen:
            raise Rejected("calendar.day_twice", day=str(one.day))
        seen.add(one.day)
    return tuple(
        NamedDay(day=one.day, name=needed_line(one.name, Rejected("calendar.name_missing"), limit=NAME_MAX))
        for one in sorted(days, key=lambda one: one.day)
    )


CALENDAR: Decider[CalendarCommand, Calendar, CalendarEvent, CalendarFacts] = Decider(
    kind="calendar",
    commands=(OpenCalendar, CorrectCalendar, WithdrawCalendarCorrection),
    initial=Calendar(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (CITY, str(command.year)),
)
