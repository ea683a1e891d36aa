"""The list of units: what each row would change, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.plans.commands import ListedUnit
from services.plans.documents.sheets.known import Known
from services.plans.documents.sheets.preview import Line, LineState, as_read, differences
from services.plans.documents.sheets.unit_names import UnitNames, unit_names
from services.plans.events import Unit, UnitKind, require_open
from services.plans.rules import is_token
from shared.errors import Rejected
from shared.office.workbook import Column, Problem, ReadSheet, Row, SheetForm, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUnits:
    """The lines of the good rows, the problems of the others, and the units to change by district.

    `names` are those of all units afterwards, the new ones of good rows among them; `about` says what a
    row is about.
    """

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    units: Mapping[str, tuple[ListedUnit, ...]]
    names: Mapping[str, UnitNames]
    about: Mapping[int, str]


def unit_row(unit: Unit) -> dict[str, Value]:
    """Return the unit as the values of a row; its successor by id."""
    return {
        "district": unit.district,
        "unit_id": unit.unit_id,
        "name": unit.name,
        "short_name": unit.short_name,
        "kind": unit.kind.value,
        "code": unit.code,
        "aliases": unit.aliases or None,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
        "successor_id": unit.successor_id,
    }


def check_units(sheet: ReadSheet, form: SheetForm, known: Mapping[str, Known], today: date) -> CheckedUnits:
    """Return what the sheet would change; a row that repeats another, or asks for what cannot be, is wrong."""
    only = next(iter(known)) if len(known) == 1 else ""
    listed_names = _names_with(known, sheet.rows, only)
    first_rows: dict[tuple[str, str], int] = {}
    lines: list[Line] = []
    problems: list[Problem] = []
    units: dict[str, list[ListedUnit]] = {district: [] for district in known}
    good: list[Row] = []
    about: dict[int, str] = {}
    for row in sheet.rows:
        district, unit_id = str(row.values.get("district") or only), str(row.values["unit_id"])
        about[row.number] = f"{unit_id} · {row.values['name']}"
        first_row = first_rows.setdefault((district, unit_id), row.number)
        unit = known[district].units.get(unit_id)
        now = unit_row(unit) if unit else {}
        values = dict(row.values)
        if unit and not values.get("valid_from"):
            values.pop("valid_from", None)  # an empty first day says nothing about a unit that is there
        found: list[tuple[str, Rejected]] = []
        try:
            if isinstance(successor := values.get("successor_id"), str):
                values["successor_id"] = listed_names[district].find(successor)
        except Rejected as refusal:
            del values["successor_id"]
            found.append(("successor_id", refusal))
        if first_row != row.number:
            found.append(("unit_id", Rejected("list.row_repeated", key=unit_id, first_row=first_row)))
        columns = [form.column(field) for field in values if field != "district"]
        wanted = {**now, **{one.field: values[one.field] for one in columns if not _is_same(one, now, values)}}
        found += _refusals(wanted, unit, today)
        if found:
            problems += (sheet.problem(row.number, field, refusal) for field, refusal in found)
            continue
        changes = differences(columns, now, values)
        state = LineState.NEW if unit is None else LineState.CHANGED if changes else LineState.SAME
        if state is not LineState.SAME:
            units[district].append(_listed(wanted))
        good.append(row)
        lines.append(Line(sheet=sheet.name, row=row.number, about=about[row.number], state=state, differences=changes))
    return CheckedUnits(
        lines=tuple(lines),
        problems=tuple(problems),
        units={district: tuple(some) for district, some in units.items()},
        names=_names_with(known, good, only),
        about=about,
    )


def _is_same(column: Column, now: Mapping[str, Value], values: Mapping[str, Value]) -> bool:
    return column.field in now and values[column.field] == as_read(column, now[column.field])


def _refusals(wanted: Mapping[str, Any], unit: Unit | None, today: date) -> Iterator[tuple[str, Rejected]]:
    """Yield what the service would refuse, each with the field it is about."""
    unit_id, valid_from, valid_to = wanted["unit_id"], wanted.get("valid_from"), wanted.get("valid_to")
    successor_id = wanted.get("successor_id")
    if not is_token(unit_id):
        yield "unit_id", Rejected("unit.id_malformed", unit_id=unit_id)
    if valid_from and valid_to and valid_to < valid_from:
        yield "valid_to", Rejected("unit.dates_reversed", unit_id=unit_id)
    if successor_id == unit_id:
        yield "successor_id", Rejected("unit.not_found", unit_id=unit_id)
    if unit is not None:
        is_renamed = (unit.name, unit.short_name) != (wanted["name"], wanted["short_name"])
        if is_renamed:
            try:
                require_open(unit, today)
            except Rejected as refusal:
                yield "name", refusal
        if (unit.valid_to, unit.successor_id) == (valid_to, successor_id):
            return
        if unit.valid_to is not None and (valid_to is None or not unit.is_open(valid_to)):
            yield "valid_to", Rejected("unit.closed", unit_id=unit_id, closed_on=str(unit.valid_to))
            return
    if valid_to is None and successor_id:
        yield "successor_id", Rejected("unit.successor_without_end", unit_id=unit_id)
    elif valid_to is not None and (unit or successor_id) and not wanted.get("closing_reason"):
        yield "closing_reason", Rejected("unit.closing_reason_missing", unit_id=unit_id)


def _listed(wanted: Mapping[str, Any]) -> ListedUnit:
    return ListedUnit(
        unit_id=wanted["unit_id"],
        name=wanted["name"],
        short_name=wanted["short_name"],
        kind=UnitKind(wanted["kind"]),
        code=wanted.get("code"),
        aliases=wanted.get("aliases") or (),
        valid_from=wanted.get("valid_from"),
        valid_to=wanted.get("valid_to"),
        successor_id=wanted.get("successor_id"),
        closing_reason=wanted.get("closing_reason") or "",
    )


def _names_with(known: Mapping[str, Known], rows: Iterable[Row], only: str) -> dict[str, UnitNames]:
    """Return the names of the units with those of the rows: a renamed unit is found under both."""
    listed: dict[str, dict[str, Unit]] = {district: dict(one.units) for district, one in known.items()}
    for row in rows:
        district, unit_id = str(row.values.get("district") or only), str(row.values["unit_id"])
        name, short_name = str(row.values["name"]), str(row.values["short_name"])
        units = listed[district]
        units[unit_id] = (
            replace(units[unit_id], aliases=(*units[unit_id].aliases, name, short_name))
            if unit_id in units
            else Unit(
                district=district,
                unit_id=unit_id,
                code=None,
                name=name,
                short_name=short_name,
                kind=UnitKind(str(row.values["kind"])),
                aliases=(),
                valid_from=date.min,
                valid_to=None,
            )
        )
    return {district: unit_names(known[district].organisation, units.values()) for district, units in listed.items()}
