"""The rules of registrations: one aggregate for the round of a year, one for each unit's registration in it.

Words about persons come sealed in the facts, as the edge made them of the command: the rules look at the
command's own words and never keep them (docs/adr/0006). What has not changed since keeps its number and its very
ciphertext, so that writing down the same twice is nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    ApproveRegistration,
    MoveRegistrationClosing,
    NewRegistrationItem,
    OpenRegistration,
    RegistrationRoundCommand,
    ReopenRegistration,
    ReturnRegistration,
    SaveRegistration,
    SubmitRegistration,
    UnitRegistrationCommand,
)
from services.plans.decider.room import in_parts, within_room
from services.plans.decider.texts import needed_prose, prose
from services.plans.events import (
    Group,
    ItemReason,
    RegisteredItem,
    RegisteringUnit,
    RegistrationApproved,
    RegistrationClosingMoved,
    RegistrationCounts,
    RegistrationKind,
    RegistrationOpened,
    RegistrationReopened,
    RegistrationReturned,
    RegistrationRoundEvent,
    RegistrationSaved,
    RegistrationSubmitted,
    Unit,
    UnitRegistrationEvent,
    require_open,
)
from services.plans.rules import (
    EVENT_BYTES_MAX,
    ITEMS_MAX,
    REGISTERING_UNITS_MAX,
    REGISTRATION_CHARACTERS_MAX,
    REGISTRATION_REASON_MAX,
    RIGHTS,
    YEARS,
    WorkingDays,
    cleaned_item,
    group_of_unit,
    item_key,
    item_problems,
    item_size,
    last_day_in_time,
    registering_units,
    registration_lateness,
)
from services.plans.views import RegistrationRoundView, RegistrationStatus
from shared.decider import Decider
from shared.errors import Rejected
from shared.text import nfc
from shared.types import Actor

_EDITABLE = (
    RegistrationStatus.MISSING,
    RegistrationStatus.DRAFT,
    RegistrationStatus.RETURNED,
    RegistrationStatus.REOPENED,
)
_COUNTED = {
    RegistrationKind.TITLE: "titles",
    RegistrationKind.INITIATIVE: "initiatives",
    RegistrationKind.MOVEMENT: "movements",
    RegistrationKind.MODEL: "models",
}


# --- the round -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRound:
    """What the rules need to know of a round: how it was opened, and its last day."""

    opened: RegistrationOpened | None = None
    closes_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRoundFacts:
    """Who asks, the day in Vietnam, the units of the district and its groups of the year."""

    actor: Actor
    today: date
    units: Mapping[str, Unit] = field(default_factory=dict)
    groups: Sequence[Group] = ()


def decide_round(
    command: RegistrationRoundCommand, state: RegistrationRound, facts: RegistrationRoundFacts
) -> list[RegistrationRoundEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=command.district):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    match command:
        case OpenRegistration():
            return _open(command, state, facts)
        case MoveRegistrationClosing():
            return _move(command, state, facts)
        case _:
            assert_never(command)


def evolve_round(state: RegistrationRound, event: RegistrationRoundEvent) -> RegistrationRound:
    """Return the round after the event. Never refuses: it has happened."""
    match event:
        case RegistrationOpened():
            return RegistrationRound(opened=event, closes_on=event.closes_on)
        case RegistrationClosingMoved():
            return replace(state, closes_on=event.closes_on)
        case _:
            assert_never(event)


def _open(
    command: OpenRegistration, state: RegistrationRound, facts: RegistrationRoundFacts
) -> list[RegistrationRoundEvent]:
    if command.year not in YEARS:
        raise Rejected("registration.year_out_of_range", year=command.year, first=YEARS.start, last=YEARS.stop - 1)
    note = prose(nfc(command.note), limit=REGISTRATION_REASON_MAX)
    if state.opened is not None:
        named = {unit.unit_id for unit in state.opened.units}
        if (state.closes_on, state.opened.note) == (command.closes_on, note) and named.issuperset(command.unit_ids):
            return []
        raise Rejected("registration.round_exists", year=command.year)
    _check_closing(command.closes_on, command.year, facts.today)
    units = [_unit(facts.units, unit_id, facts.today) for unit_id in dict.fromkeys(command.unit_ids)]
    units = units or registering_units(facts.units.values(), facts.today)
    if not units:
        raise Rejected("registration.units_missing")
    if len(units) > REGISTERING_UNITS_MAX:
        raise Rejected("registration.too_many_units", limit=REGISTERING_UNITS_MAX)
    return [
        RegistrationOpened(
            district=command.district,
            year=command.year,
            closes_on=command.closes_on,
            note=note,
            units=tuple(
                RegisteringUnit(
                    unit_id=unit.unit_id, name=unit.short_name, group_id=group_of_unit(unit.unit_id, facts.groups)
                )
                for unit in units
            ),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _move(
    command: MoveRegistrationClosing, state: RegistrationRound, facts: RegistrationRoundFacts
) -> list[RegistrationRoundEvent]:
    if state.opened is None or state.closes_on is None:
        raise Rejected("registration.round_not_open", year=command.year)
    reason = _reason(command.reason)
    if state.closes_on == command.closes_on:
        return []
    _check_closing(command.closes_on, command.year, facts.today)
    return [
        RegistrationClosingMoved(
            district=command.district,
            year=command.year,
            closes_on=command.closes_on,
            closes_on_before=state.closes_on,
            reason=reason,
            by=facts.actor.account_id,
            at=command.at,
            units=tuple(unit.unit_id for unit in state.opened.units),
        )
    ]


def _check_closing(closes_on: date, year: int, today: date) -> None:
    if closes_on < today:
        raise Rejected("registration.closing_in_past", closes_on=str(closes_on), today=str(today))
    if closes_on.year not in (year - 1, year):
        raise Rejected("registration.closing_out_of_year", closes_on=str(closes_on), year=year)


# --- a unit's registration -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the rules need to know of a registration: where it stands, what it holds, and why it came back."""

    status: RegistrationStatus = RegistrationStatus.MISSING
    items: Mapping[int, RegisteredItem] = field(default_factory=dict)
    reason: str = ""
    reasons: tuple[ItemReason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationFacts:
    """Who asks, on which day; the round, the unit, its group of the year, and the working days around the last day.

    `items` are those of a SaveRegistration in its order, `reasons` those of a ReturnRegistration, both sealed;
    they are made only for who may send the command.
    """

    actor: Actor
    today: date
    round: RegistrationRoundView | None = None
    unit: Unit | None = None
    group_id: str | None = None
    days: WorkingDays = field(default_factory=WorkingDays)
    items: tuple[RegisteredItem, ...] = ()
    reasons: tuple[ItemReason, ...] = ()


def decide(
    command: UnitRegistrationCommand, state: Registration, facts: RegistrationFacts
) -> list[UnitRegistrationEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    right = RIGHTS[type(command)]
    if not right.allows(facts.actor, on=facts.today, district=command.district, unit=command.unit_id):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    match command:
        case SaveRegistration():
            return list(_save(command, state, facts))
        case SubmitRegistration():
            return _submit(command, state, facts)
        case ReturnRegistration():
            return _return(command, state, facts)
        case ApproveRegistration():
            return _approve(command, state, facts)
        case ReopenRegistration():
            return _reopen(command, state, facts)
        case _:
            assert_never(command)


def evolve(state: Registration, event: UnitRegistrationEvent) -> Registration:
    """Return the registration after the event. Never refuses: it has happened."""
    match event:
        case RegistrationSaved():
            items = {number: item for number, item in state.items.items() if number not in event.dropped}
            items |= {item.number: item for item in event.items}
            # What was returned or reopened stays so until it is submitted again.
            is_new = state.status is RegistrationStatus.MISSING
            return replace(state, status=RegistrationStatus.DRAFT if is_new else state.status, items=items)
        case RegistrationSubmitted():
            return replace(state, status=RegistrationStatus.SUBMITTED)
        case RegistrationReturned():
            return replace(state, status=RegistrationStatus.RETURNED, reason=event.reason, reasons=event.items)
        case RegistrationApproved():
            return replace(state, status=RegistrationStatus.APPROVED, reason="", reasons=())
        case RegistrationReopened():
            return replace(state, status=RegistrationStatus.REOPENED, reason=event.reason, reasons=())
        case _:
            assert_never(event)


def _save(command: SaveRegistration, state: Registration, facts: RegistrationFacts) -> Iterator[UnitRegistrationEvent]:
    unit = _registering(command, state, facts)
    wanted = tuple(map(cleaned_item, command.items))
    _check_items(wanted, command.year)
    after = {item.number: item for item in facts.items}
    dropped = tuple(sorted(set(state.items) - set(after)))
    put = [item for item in facts.items if state.items.get(item.number) != item]
    if not put and not dropped:
        return
    # Where there is nothing to put down, what was dropped is still said.
    for part in [*in_parts(put, EVENT_BYTES_MAX // 2)] or [()]:
        yield RegistrationSaved(
            district=command.district,
            year=command.year,
            unit_id=unit.unit_id,
            unit_name=unit.short_name,
            group_id=facts.group_id,
            items=part,
            dropped=dropped,
            counts=_counts(after),
            by=facts.actor.account_id,
            at=command.at,
        )
        dropped = ()


def _registering(command: SaveRegistration | SubmitRegistration, state: Registration, facts: RegistrationFacts) -> Unit:
    if facts.round is None:
        raise Rejected("registration.round_not_open", year=command.year)
    if facts.unit is None:
        raise Rejected("unit.not_found", unit_id=command.unit_id[:80])
    require_open(facts.unit, facts.today)
    if state.status not in _EDITABLE:
        raise _wrong_status(state)
    return facts.unit


def _check_items(items: Sequence[NewRegistrationItem], year: int) -> None:
    """Raise Rejected for the first thing that is wrong; `item` counts from 1, `field` names what it is about."""
    if not items:
        raise Rejected("registration.items_missing")
    if len(items) > ITEMS_MAX:
        raise Rejected("registration.too_many_items", limit=ITEMS_MAX)
    if sum(map(item_size, items)) > REGISTRATION_CHARACTERS_MAX:
        raise Rejected("registration.too_large", limit=REGISTRATION_CHARACTERS_MAX)
    first: dict[tuple[str, ...], int] = {}
    for number, item in enumerate(items, start=1):
        for name, refusal in item_problems(item, year):
            raise Rejected(refusal.code, **{**refusal.detail, "item": number, "field": name})
        before = first.setdefault(item_key(item), number)
        if before != number:
            raise Rejected("registration.item_repeated", name=item.name, first=before, item=number, field="name")


def _submit(command: SubmitRegistration, state: Registration, facts: RegistrationFacts) -> list[UnitRegistrationEvent]:
    if state.status is RegistrationStatus.SUBMITTED:
        return []
    unit = _registering(command, state, facts)
    if not state.items:
        raise Rejected("registration.items_missing")
    assert facts.round is not None
    is_late, days_late = registration_lateness(facts.days, facts.round.closes_on, facts.today)
    return [
        RegistrationSubmitted(
            district=command.district,
            year=command.year,
            unit_id=unit.unit_id,
            unit_name=unit.short_name,
            group_id=facts.group_id,
            closes_on=facts.round.closes_on,
            due_on=last_day_in_time(facts.days, facts.round.closes_on),
            is_late=is_late,
            days_late=days_late,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _return(command: ReturnRegistration, state: Registration, facts: RegistrationFacts) -> list[UnitRegistrationEvent]:
    reason = _reason(command.reason)
    numbers = [one.number for one in command.items]
    for one in command.items:
        if one.number not in state.items:
            raise Rejected("registration.item_not_found", number=one.number)
        _reason(one.text)
    if len(set(numbers)) < len(numbers):
        raise Rejected("registration.reason_repeated")
    if state.status is RegistrationStatus.RETURNED and (state.reason, state.reasons) == (reason, facts.reasons):
        return []
    if state.status is not RegistrationStatus.SUBMITTED:
        raise _wrong_status(state)
    returned = RegistrationReturned(
        district=command.district,
        year=command.year,
        unit_id=command.unit_id,
        reason=reason,
        items=facts.reasons,
        by=facts.actor.account_id,
        at=command.at,
    )
    return [within_room(returned, "registration.reasons_too_large")]


def _approve(
    command: ApproveRegistration, state: Registration, facts: RegistrationFacts
) -> list[UnitRegistrationEvent]:
    if state.status is RegistrationStatus.APPROVED:
        return []
    if state.status is not RegistrationStatus.SUBMITTED:
        raise _wrong_status(state)
    return [
        RegistrationApproved(
            district=command.district,
            year=command.year,
            unit_id=command.unit_id,
            counts=_counts(state.items),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _reopen(command: ReopenRegistration, state: Registration, facts: RegistrationFacts) -> list[UnitRegistrationEvent]:
    reason = _reason(command.reason)
    if (state.status, state.reason) == (RegistrationStatus.REOPENED, reason):
        return []
    if state.status is not RegistrationStatus.APPROVED:
        raise _wrong_status(state)
    return [
        RegistrationReopened(
            district=command.district,
            year=command.year,
            unit_id=command.unit_id,
            reason=reason,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _counts(items: Mapping[int, RegisteredItem]) -> RegistrationCounts:
    kinds = [item.kind for item in items.values()]
    return RegistrationCounts(**{name: kinds.count(kind) for kind, name in _COUNTED.items()})


def _wrong_status(state: Registration) -> Rejected:
    return Rejected("registration.wrong_status", status=state.status.value)


def _unit(units: Mapping[str, Unit], unit_id: str, today: date) -> Unit:
    if unit_id not in units:
        raise Rejected("unit.not_found", unit_id=unit_id[:80])
    require_open(units[unit_id], today)
    return units[unit_id]


def _reason(text: str) -> str:
    return needed_prose(nfc(text), Rejected("registration.reason_missing"), limit=REGISTRATION_REASON_MAX)


def _address_of_round(command: RegistrationRoundCommand) -> tuple[str, str]:
    return command.district, str(command.year)


def _address(command: UnitRegistrationCommand) -> tuple[str, str]:
    return command.district, f"{command.year}-{command.unit_id}"


REGISTRATION_ROUND: Decider[
    RegistrationRoundCommand, RegistrationRound, RegistrationRoundEvent, RegistrationRoundFacts
] = Decider(
    kind="registration-round",
    commands=(OpenRegistration, MoveRegistrationClosing),
    initial=RegistrationRound(),
    decide=decide_round,
    evolve=evolve_round,
    address=_address_of_round,
)
REGISTRATION: Decider[UnitRegistrationCommand, Registration, UnitRegistrationEvent, RegistrationFacts] = Decider(
    kind="registration",
    commands=(SaveRegistration, SubmitRegistration, ReturnRegistration, ApproveRegistration, ReopenRegistration),
    initial=Registration(),
    decide=decide,
    evolve=evolve,
    address=_address,
)
