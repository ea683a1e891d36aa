"""Rounds, registrations and what they hold as rows; what groups, districts and the city count is added up from them."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from services.plans.events import (
    PlansEvent,
    RegistrationApproved,
    RegistrationClosingMoved,
    RegistrationCounts,
    RegistrationOpened,
    RegistrationReopened,
    RegistrationReturned,
    RegistrationSaved,
    RegistrationSubmitted,
)
from services.plans.views import (
    RegistrationCityTotals,
    RegistrationDistrictTotals,
    RegistrationGroupTotals,
    RegistrationHistory,
    RegistrationItemView,
    RegistrationRoundView,
    RegistrationStatus,
    RegistrationView,
)
from shared.clock import local_date
from shared.readmodel import Key, Rollup, Table
from shared.types import Recorded


def round_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the round that the event changes."""
    match recorded.event:
        case RegistrationOpened() | RegistrationClosingMoved() as event:
            return [(event.district, event.year)]
        case _:
            return []


def round_row(
    row: RegistrationRoundView | None, recorded: Recorded[PlansEvent], _: Key
) -> RegistrationRoundView | None:
    """Return the round after the event; None where it is not open."""
    match recorded.event:
        case RegistrationOpened() as event:
            return RegistrationRoundView(
                district=event.district,
                year=event.year,
                closes_on=event.closes_on,
                note=event.note,
                opened_by=event.by,
                opened_at=event.at,
                closes_on_before=None,
                move_reason="",
                seq=recorded.seq,
            )
        case RegistrationClosingMoved() as event:
            return row and replace(
                row,
                closes_on=event.closes_on,
                closes_on_before=event.closes_on_before,
                move_reason=event.reason,
                seq=recorded.seq,
            )
        case _:
            return row


def registration_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the registrations that the event changes: those of all units asked, where a round opens."""
    match recorded.event:
        case RegistrationOpened() as event:
            return [(event.district, event.year, unit.unit_id) for unit in event.units]
        case _:
            return _unit_keys(recorded)


def _unit_keys(recorded: Recorded[PlansEvent]) -> list[Key]:
    match recorded.event:
        case (
            RegistrationSaved()
            | RegistrationSubmitted()
            | RegistrationReturned()
            | RegistrationApproved()
            | RegistrationReopened() as event
        ):
            return [(event.district, event.year, event.unit_id)]
        case _:
            return []


def registration_row(row: RegistrationView | None, recorded: Recorded[PlansEvent], key: Key) -> RegistrationView | None:
    """Return the registration of the key after the event; None where nothing was asked or written down."""
    match recorded.event:
        case RegistrationOpened() as event:
            unit = next(one for one in event.units if one.unit_id == key[2])
            return row or _new(recorded, event, unit.unit_id, unit.name, unit.group_id)
        case RegistrationSaved() as event:
            begun = row or _new(recorded, event, event.unit_id, event.unit_name, event.group_id)
            return _after(
                replace(begun, unit_name=event.unit_name, group_id=event.group_id, counts=event.counts),
                recorded,
                RegistrationStatus.DRAFT if begun.status is RegistrationStatus.MISSING else begun.status,
            )
        case _:
            return row and _judged(row, recorded)


def _judged(row: RegistrationView, recorded: Recorded[PlansEvent]) -> RegistrationView:
    match recorded.event:
        case RegistrationSubmitted() as event:
            first = (
                row
                if row.submissions
                else replace(row, submitted_on=local_date(event.at), is_late=event.is_late, days_late=event.days_late)
            )
            sent = replace(first, submissions=row.submissions + 1, unit_name=event.unit_name, group_id=event.group_id)
            return _after(sent, recorded, RegistrationStatus.SUBMITTED)
        case RegistrationReturned() as event:
            told = replace(row, reason=event.reason, reasons=event.items)
            return _after(told, recorded, RegistrationStatus.RETURNED)
        case RegistrationApproved():
            return _after(replace(row, reason="", reasons=()), recorded, RegistrationStatus.APPROVED)
        case RegistrationReopened() as event:
            return _after(replace(row, reason=event.reason, reasons=()), recorded, RegistrationStatus.REOPENED)
        case _:
            return row


def _after(row: RegistrationView, recorded: Recorded[PlansEvent], status: RegistrationStatus) -> RegistrationView:
    return replace(row, status=status, changed_at=recorded.event.at, seq=recorded.seq)


def _new(
    recorded: Recorded[PlansEvent],
    event: RegistrationOpened | RegistrationSaved,
    unit_id: str,
    name: str,
    group_id: str | None,
) -> RegistrationView:
    return RegistrationView(
        district=event.district,
        year=event.year,
        unit_id=unit_id,
        unit_name=name,
        group_id=group_id,
        status=RegistrationStatus.MISSING,
        counts=RegistrationCounts(),
        submissions=0,
        submitted_on=None,
        is_late=False,
        days_late=0,
        reason="",
        reasons=(),
        changed_at=event.at,
        seq=recorded.seq,
    )


def item_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the things registered that the event adds, changes or drops."""
    match recorded.event:
        case RegistrationSaved() as event:
            numbers = (*event.dropped, *(item.number for item in event.items))
            return [(event.district, event.year, event.unit_id, number) for number in numbers]
        case _:
            return []


def item_row(row: RegistrationItemView | None, recorded: Recorded[PlansEvent], key: Key) -> RegistrationItemView | None:
    """Return the thing registered of the key after the event; None where it was dropped."""
    match recorded.event:
        case RegistrationSaved() as event:
            item = next((one for one in event.items if one.number == key[3]), None)
            if item is None:
                return None
            return RegistrationItemView(
                district=event.district,
                year=event.year,
                unit_id=event.unit_id,
                number=item.number,
                kind=item.kind,
                item=item,
            )
        case _:
            return row


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return one new row for each event of a unit's registration."""
    return [(*key, recorded.seq) for key in _unit_keys(recorded)]


def history_row(
    row: RegistrationHistory | None, recorded: Recorded[PlansEvent], key: Key
) -> RegistrationHistory | None:
    """Return the entry of the history that the event makes."""
    event = recorded.event
    is_late, days_late, text = False, 0, ""
    match event:
        case RegistrationSubmitted():
            is_late, days_late = event.is_late, event.days_late
        case RegistrationReturned() | RegistrationReopened():
            text = event.reason
        case RegistrationSaved() | RegistrationApproved():
            pass
        case _:
            return row
    return RegistrationHistory(
        district=event.district,
        year=event.year,
        unit_id=event.unit_id,
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        text=text,
        days_late=days_late,
        is_late=is_late,
        by=event.by,
        at=event.at,
    )


def _adds(row: RegistrationView) -> dict[str, int]:
    """Return what a registration adds to a level; what it holds counts once it was submitted."""
    is_sent = row.submissions > 0
    held = asdict(row.counts) if is_sent else dict.fromkeys(asdict(row.counts), 0)
    return {
        "units": 1,
        **{status.value: int(row.status is status) for status in RegistrationStatus},
        "on_time": int(is_sent and not row.is_late),
        "late": int(is_sent and row.is_late),
        **held,
    }


def group_totals(row: RegistrationView) -> Iterable[RegistrationGroupTotals]:
    """Return what the registration adds to its group."""
    if row.group_id:
        yield RegistrationGroupTotals(district=row.district, year=row.year, group_id=row.group_id, **_adds(row))


def district_totals(row: RegistrationView) -> Iterable[RegistrationDistrictTotals]:
    """Return what the registration adds to its district."""
    yield RegistrationDistrictTotals(district=row.district, year=row.year, **_adds(row))


def city_totals(row: RegistrationView) -> Iterable[RegistrationCityTotals]:
    """Return what the registration adds to the city."""
    yield RegistrationCityTotals(year=row.year, **_adds(row))


TABLES: tuple[Table[Any, Any] | Rollup[Any], ...] = (
    Table(
        name="registration_round",
        row=RegistrationRoundView,
        key=("district", "year"),
        keys=round_keys,
        fold=round_row,
        kinds=("registration-round",),
    ),
    Table(
        name="registration",
        row=RegistrationView,
        key=("district", "year", "unit_id"),
        keys=registration_keys,
        fold=registration_row,
        kinds=("registration", "registration-round"),
    ),
    Table(
        name="registration_item",
        row=RegistrationItemView,
        key=("district", "year", "unit_id", "number"),
        keys=item_keys,
        fold=item_row,
        kinds=("registration",),
    ),
    Table(
        name="registration_history",
        row=RegistrationHistory,
        key=("district", "year", "unit_id", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
        kinds=("registration",),
    ),
    Rollup(
        name="registration_group_totals",
        row=RegistrationGroupTotals,
        key=("district", "year", "group_id"),
        of="registration",
        contribute=group_totals,
    ),
    Rollup(
        name="registration_district_totals",
        row=RegistrationDistrictTotals,
        key=("district", "year"),
        of="registration",
        contribute=district_totals,
    ),
    Rollup(
        name="registration_city_totals",
        row=RegistrationCityTotals,
        key=("year",),
        of="registration",
        contribute=city_totals,
    ),
)
