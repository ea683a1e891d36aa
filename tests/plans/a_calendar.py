"""The calendars of 2020 and 2026 for tests, and the notice that swapped two days of 2026."""

from datetime import UTC, date, datetime

from services.plans.commands import CorrectCalendar, OpenCalendar, WithdrawCalendarCorrection
from services.plans.decider import CALENDAR, CalendarFacts
from services.plans.documents import suggested_calendar
from services.plans.events import EVENTS, CalendarEvent, NamedDay, OfficialNotice
from services.plans.projections.calendar import calendar_row
from services.plans.views import CalendarView
from shared.types import CITY, Actor, Grant, Recorded, Role

AT = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 1, 2)

# The Government Office's letter of 25/12/2025: Friday 02/01/2026 off, Saturday 10/01/2026 worked instead.
NOTICE = OfficialNotice(
    number="12729/VPCP-KGVX",
    issued_on=date(2025, 12, 25),
    issuer="Văn phòng Chính phủ",
    text="Phương án nghỉ Tết Dương lịch năm 2026",
)
SWAPPED_OFF = NamedDay(day=date(2026, 1, 2), name="Nghỉ hoán đổi")
SWAPPED_IN = NamedDay(day=date(2026, 1, 10), name="Làm bù")


def actor(role: Role, district: str = CITY) -> Actor:
    """Return someone with one role, of the city unless a district is named."""
    return Actor(account_id=f"{role}.{district}", grants=(Grant(role=role, district=district),))


BOARD = actor(Role.CITY_BOARD)


def facts(who: Actor = BOARD, today: date = TODAY) -> CalendarFacts:
    """Return the facts of a decision."""
    return CalendarFacts(actor=who, today=today)


def open_year(year: int = 2026, **changes: object) -> OpenCalendar:
    """Return the command that opens the year with its public holidays."""
    found = suggested_calendar(year)
    values = {"year": year, "holidays": found.holidays, "basis": found.basis, "source": found.source, "at": AT}
    return OpenCalendar(**{**values, **changes})  # type: ignore[arg-type]


def correct(**changes: object) -> CorrectCalendar:
    """Return the command that enters the swap of 02/01/2026 and 10/01/2026."""
    values = {"year": 2026, "notice": NOTICE, "days_off": (SWAPPED_OFF,), "days_made_up": (SWAPPED_IN,), "at": AT}
    return CorrectCalendar(**{**values, **changes})  # type: ignore[arg-type]


def withdraw(**changes: object) -> WithdrawCalendarCorrection:
    """Return the command that takes the swap back."""
    values = {"year": 2026, "number": NOTICE.number, "issued_on": NOTICE.issued_on, "reason": "Nhập nhầm", "at": AT}
    return WithdrawCalendarCorrection(**{**values, **changes})  # type: ignore[arg-type]


def history(*commands: OpenCalendar | CorrectCalendar | WithdrawCalendarCorrection) -> list[CalendarEvent]:
    """Return what the commands of the city's board make, one after another."""
    state, events = CALENDAR.initial, []
    for command in commands:
        for event in CALENDAR.decide(command, state, facts()):
            state = CALENDAR.evolve(state, event)
            events.append(event)
    return events


def view(*events: CalendarEvent) -> CalendarView:
    """Return the row of the calendar after the events, which are numbered from 1."""
    row: CalendarView | None = None
    for seq, event in enumerate(events, start=1):
        row = calendar_row(row, recorded(event, seq), ())
    assert row is not None
    return row


def recorded(event: CalendarEvent, seq: int) -> Recorded[CalendarEvent]:
    """Return the event as the log would hold it."""
    return Recorded(
        event=event,
        type=EVENTS.wire_name(type(event)),
        event_id=f"e{seq}",
        stream="PLANS",
        seq=seq,
        subject=f"plans.evt.{CITY}.calendar.{event.year}",
        occurred_at=event.at,
        recorded_at=event.at,
        actor=event.by,
        command_id=f"c{seq}",
        correlation_id="",
        headers={},
    )


def off_2020(*days: date, number: str = "1/TB-UBND") -> list[CalendarEvent]:
    """Return the calendar of 2020 with the days off by one notice."""
    named = tuple(NamedDay(day=day, name="Nghỉ phòng, chống bão") for day in days)
    notice = OfficialNotice(number=number, issued_on=date(2020, 2, 1), issuer="UBND thành phố Cần Thơ")
    return history(open_year(2020), correct(year=2020, notice=notice, days_off=named, days_made_up=()))


OPENED_2020 = history(open_year(2020))
OPENED = history(open_year())
CORRECTED = history(open_year(), correct())
