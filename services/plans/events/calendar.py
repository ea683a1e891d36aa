"""What happened to the calendar of a year: which days are worked (vi: lịch làm việc năm)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias


class DayKind(StrEnum):
    """What sort of day it is; the first and the last are worked (vi: ngày làm việc, cuối tuần, lễ, nghỉ bù, làm bù)."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OFF = "off"
    MADE_UP = "made_up"


class CalendarChange(StrEnum):
    """What was done to a calendar last (vi: mở lịch, điều chỉnh, rút điều chỉnh)."""

    OPENED = "opened"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDay:
    """A day and what it is called (vi: Tết Nguyên đán, nghỉ bù, làm bù)."""

    day: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialNotice:
    """The paper that a correction rests on (vi: thông báo, công văn về ngày nghỉ); `text` is what it is about."""

    number: str
    issued_on: date
    issuer: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One day: what sort it is, its name where it has one, and the number of the notice that says so."""

    day: date
    kind: DayKind
    name: str = ""
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSource:
    """The calendar of a year that was looked at, as of its last event in PLANS.

    `seq` is None where no calendar of the year was open: only Saturdays and Sundays counted as days off.
    """

    year: int
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReason:
    """Why a due date is that day: the days off passed over, in the order of counting (vi: căn cứ tính hạn)."""

    skipped: tuple[CalendarDay, ...] = ()
    calendars: tuple[CalendarSource, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarOpened:
    """The calendar of a year was opened with its public holidays (vi: mở lịch năm).

    `basis` is the law that names the holidays, `source` where their dates were taken from.
    """

    district: str
    year: int
    holidays: tuple[NamedDay, ...]
    basis: str
    source: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCorrected:
    """An official notice made days off or worked that were not (vi: nghỉ bù, làm bù, hoán đổi ngày làm việc)."""

    district: str
    year: int
    notice: OfficialNotice
    days_off: tuple[NamedDay, ...]
    days_made_up: tuple[NamedDay, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCorrectionWithdrawn:
    """A correction no longer holds; its days are again what they were without it (vi: rút điều chỉnh lịch)."""

    district: str
    year: int
    notice: OfficialNotice
    reason: str
    by: str
    at: datetime


CalendarEvent: TypeAlias = CalendarOpened | CalendarCorrected | CalendarCorrectionWithdrawn
