"""The calendar of each year as a row."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.plans.events import (
    CalendarChange,
    CalendarCorrected,
    CalendarCorrectionWithdrawn,
    CalendarOpened,
    PlansEvent,
)
from services.plans.views import CalendarView, CorrectionView
from shared.readmodel import Key, Table
from shared.types import Recorded


def calendar_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the calendar that the event changes."""
    match recorded.event:
        case CalendarOpened() | CalendarCorrected() | CalendarCorrectionWithdrawn() as event:
            return [(event.district, event.year)]
        case _:
            return []


def calendar_row(row: CalendarView | None, recorded: Recorded[PlansEvent], _: Key) -> CalendarView | None:
    """Return the calendar after the event; None where it is not open."""
    match recorded.event:
        case CalendarOpened() as event:
            return CalendarView(
                district=event.district,
                year=event.year,
                holidays=event.holidays,
                basis=event.basis,
                source=event.source,
                corrections=(),
                change=CalendarChange.OPENED,
                notice=None,
                seq=recorded.seq,
            )
        case CalendarCorrected() as event:
            correction = CorrectionView(
                notice=event.notice,
                days_off=event.days_off,
                days_made_up=event.days_made_up,
                by=event.by,
                at=event.at,
            )
            return row and replace(
                row,
                corrections=(*row.corrections, correction),
                change=CalendarChange.CORRECTED,
                notice=event.notice,
                seq=recorded.seq,
            )
        case CalendarCorrectionWithdrawn() as event:
            return row and replace(
                row,
                corrections=tuple(one for one in row.corrections if one.notice != event.notice),
                change=CalendarChange.WITHDRAWN,
                notice=event.notice,
                seq=recorded.seq,
            )
        case _:
            return row


TABLES: tuple[Table[Any, Any], ...] = (
    Table(
        name="calendar",
        row=CalendarView,
        key=("district", "year"),
        keys=calendar_keys,
        fold=calendar_row,
        kinds=("calendar",),
    ),
)
