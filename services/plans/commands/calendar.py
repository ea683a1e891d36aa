"""What may be asked of the calendar of a year; it is the city's, so no command names a district."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import NamedDay, OfficialNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCalendar:
    """Open the calendar of a year with its public holidays (vi: mở lịch năm); Saturdays and Sundays are off anyway."""

    year: int
    holidays: tuple[NamedDay, ...]
    basis: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCalendar:
    """Do as an official notice says: days off, days made up (vi: điều chỉnh lịch, hoán đổi ngày làm việc)."""

    year: int
    notice: OfficialNotice
    days_off: tuple[NamedDay, ...] = ()
    days_made_up: tuple[NamedDay, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCalendarCorrection:
    """Take back what a notice changed, with the reason (vi: rút điều chỉnh); number and date name the notice."""

    year: int
    number: str
    issued_on: date
    reason: str
    at: datetime


CalendarCommand: TypeAlias = OpenCalendar | CorrectCalendar | WithdrawCalendarCorrection
