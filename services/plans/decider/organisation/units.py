"""The rules of units: they are established, renamed, put right and closed."""

from collections.abc import Iterator
from datetime import date, datetime

from services.plans.commands import CloseUnit, ListedUnit, NewUnit, RenameUnit
from services.plans.decider.organisation.papers import checked
from services.plans.decider.organisation.state import Organisation
from services.plans.events import (
    OrganisationEvent,
    Unit,
    UnitClosed,
    UnitCorrected,
    UnitEstablished,
    UnitRenamed,
    require_open,
)
from services.plans.rules import is_token
from services.plans.rules.organisation import NAME_MAX, REASON_MAX
from shared.errors import Rejected


def new_unit(
    district: str, unit: NewUnit, organisation: Organisation, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    """Yield that the unit is established, nothing where it is already. Raises Rejected `unit.…`."""
    if not is_token(unit.unit_id):
        raise Rejected("unit.id_malformed", unit_id=unit.unit_id)
    _check_names(unit.unit_id, unit.name, unit.short_name)
    if unit.unit_id not in organisation.units:
        _refuse_reversed(unit.unit_id, unit.valid_from or organisation.valid_from, unit.valid_to)
        yield UnitEstablished(
            district=district,
            unit_id=unit.unit_id,
            code=unit.code,
            name=unit.name,
            short_name=unit.short_name,
            kind=unit.kind,
            aliases=unit.aliases,
            valid_from=unit.valid_from or organisation.valid_from,
            valid_to=unit.valid_to,
            by=by,
            at=at,
        )


def renamed(command: RenameUnit, organisation: Organisation, today: date, by: str) -> Iterator[OrganisationEvent]:
    """Yield that the unit bears another name from the day on, nothing where it does. Raises Rejected `unit.…`."""
    unit = _open_unit(organisation, command.unit_id, command.renamed_on)
    _check_names(command.unit_id, command.name, command.short_name)
    if (unit.name, unit.short_name) != (command.name, command.short_name):
        yield UnitRenamed(
            district=command.district,
            unit_id=command.unit_id,
            name=command.name,
            short_name=command.short_name,
            name_before=unit.name,
            renamed_on=command.renamed_on,
            by=by,
            at=command.at,
            paper=command.paper and checked(command.paper, today),
        )


def closed(command: CloseUnit, organisation: Organisation, today: date, by: str) -> Iterator[OrganisationEvent]:
    """Yield that the unit ends after the day, nothing where it does. Raises Rejected `unit.…`."""
    unit_id, successor_id = command.unit_id, command.successor_id
    unit = organisation.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id)
    if (unit.valid_to, unit.successor_id) == (command.closed_on, successor_id):
        return
    require_open(unit, command.closed_on)
    if successor_id is not None and (successor_id not in organisation.units or successor_id == unit_id):
        raise Rejected("unit.not_found", unit_id=successor_id)
    if len(command.reason) > REASON_MAX:
        raise Rejected("text.too_long", limit=REASON_MAX)
    yield UnitClosed(
        district=command.district,
        unit_id=unit_id,
        closed_on=command.closed_on,
        successor_id=successor_id,
        reason=command.reason,
        by=by,
        at=command.at,
        paper=command.paper and checked(command.paper, today),
    )


def listed(
    district: str, line: ListedUnit, organisation: Organisation, today: date, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    """Yield what makes the unit as the list says, but for its end. Raises Rejected `unit.…`."""
    known = organisation.units.get(line.unit_id)
    if known is None:
        # A successor is named when the unit is closed, which follows.
        valid_to = None if line.successor_id else line.valid_to
        unit = NewUnit(
            unit_id=line.unit_id,
            name=line.name,
            short_name=line.short_name,
            kind=line.kind,
            code=line.code,
            aliases=line.aliases,
            valid_from=line.valid_from,
            valid_to=valid_to,
        )
        yield from new_unit(district, unit, organisation, by, at)
        return
    if (known.name, known.short_name) != (line.name, line.short_name):
        rename = RenameUnit(
            district=district,
            unit_id=line.unit_id,
            name=line.name,
            short_name=line.short_name,
            renamed_on=today,
            at=at,
        )
        yield from renamed(rename, organisation, today, by)
    valid_from = line.valid_from or known.valid_from
    _refuse_reversed(line.unit_id, valid_from, line.valid_to)
    if (known.code, known.kind, known.aliases, known.valid_from) != (line.code, line.kind, line.aliases, valid_from):
        yield UnitCorrected(
            district=district,
            unit_id=line.unit_id,
            code=line.code,
            kind=line.kind,
            aliases=line.aliases,
            valid_from=valid_from,
            by=by,
            at=at,
        )


def listed_end(
    district: str, line: ListedUnit, organisation: Organisation, today: date, by: str, at: datetime
) -> Iterator[OrganisationEvent]:
    """Yield that the unit is closed where the list says so. Raises Rejected `unit.…`."""
    unit = organisation.units[line.unit_id]
    if (unit.valid_to, unit.successor_id) == (line.valid_to, line.successor_id):
        return
    if line.valid_to is None:
        # What has ended is not opened again, and only what ends has a successor.
        if unit.valid_to is not None:
            raise Rejected("unit.closed", unit_id=line.unit_id, closed_on=str(unit.valid_to))
        raise Rejected("unit.successor_without_end", unit_id=line.unit_id)
    if not line.closing_reason.strip():
        raise Rejected("unit.closing_reason_missing", unit_id=line.unit_id)
    close = CloseUnit(
        district=district,
        unit_id=line.unit_id,
        closed_on=line.valid_to,
        reason=line.closing_reason.strip(),
        successor_id=line.successor_id,
        at=at,
    )
    yield from closed(close, organisation, today, by)


def _open_unit(organisation: Organisation, unit_id: str, on: date) -> Unit:
    unit = organisation.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id)
    require_open(unit, on)
    return unit


def _check_names(unit_id: str, name: str, short_name: str) -> None:
    if not name.strip() or not short_name.strip():
        raise Rejected("unit.name_missing", unit_id=unit_id)
    if max(len(name), len(short_name)) > NAME_MAX:
        raise Rejected("text.too_long", limit=NAME_MAX)


def _refuse_reversed(unit_id: str, valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise Rejected("unit.dates_reversed", unit_id=unit_id)
