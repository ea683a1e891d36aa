"""Apply a run of events to rows: pure but for the rows it asks for.

Events are folded one after another over an overlay of changed rows. When the run is folded, derived
rows and sums follow from the difference between each row as it was and as it is: only the net change
is written.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.readmodel.tables import AnyTable, Derived, Key, ReadModel, Rollup, Table, add, key_of, sums
from shared.types import Recorded

Fetch = Callable[[AnyTable, Sequence[Key]], Awaitable[Mapping[Key, object]]]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for an event whose bytes cannot be read; it is poison where it stands, not before."""

    error: str


@dataclass(slots=True)
class Changes:
    """What to write: rows to put, keys to delete, and the events that could not be folded."""

    put: dict[str, dict[Key, object]] = field(default_factory=lambda: defaultdict(dict))
    delete: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    poisoned: list[tuple[Recorded[Any], str]] = field(default_factory=list)


async def fold_batch(model: ReadModel[Any], events: Sequence[Recorded[Any]], parked: set[str], fetch: Fetch) -> Changes:
    """Return the net change of the run of events.

    An event whose fold raises is poison: its aggregate (subject) is parked with all its later events,
    the others go on. `parked` holds the subjects parked so far and is added to.
    """
    tables = [table for table in model.tables if isinstance(table, Table)]
    by_kind: dict[str, list[Table[Any, Any]]] = {}
    touched = []
    for recorded in events:
        kind = _kind(recorded.subject)
        if kind not in by_kind:
            by_kind[kind] = [table for table in tables if not table.kinds or kind in table.kinds]
        touched.append(_touched(by_kind[kind], recorded))
    before = await _rows_before(touched, fetch)
    after = {name: dict(rows) for name, rows in before.items()}

    changes = Changes()
    for recorded, places in zip(events, touched, strict=True):
        if recorded.subject in parked:
            changes.poisoned.append((recorded, "parked.behind"))
            continue
        if isinstance(places, Unreadable):
            parked.add(recorded.subject)
            changes.poisoned.append((recorded, places.error))
            continue
        try:
            step = [(table.name, key, table.fold(after[table.name].get(key), recorded, key)) for table, key in places]
        except Exception as error:  # noqa: BLE001 - a fold that breaks parks its aggregate, loudly
            parked.add(recorded.subject)
            changes.poisoned.append((recorded, _described(error)))
            continue
        for name, key, row in step:
            after[name][key] = row

    moved = {
        name: {key: (rows.get(key), row) for key, row in after[name].items() if row != rows.get(key)}
        for name, rows in before.items()
    }
    for name, differences in moved.items():
        for key, (_, row) in differences.items():
            _write(changes, name, key, row)
    for derived in model.tables:
        if isinstance(derived, Table) or not moved.get(derived.of):
            continue
        if isinstance(derived, Derived):
            _derive(derived, moved[derived.of].values(), changes)
        else:
            await _sum(derived, moved[derived.of].values(), changes, fetch)
    return changes


def _touched(
    tables: Iterable[Table[Any, Any]], recorded: Recorded[Any]
) -> Sequence[tuple[Table[Any, Any], Key]] | Unreadable:
    """Return the rows that the event touches, each with its table; what breaks here is poison where it stands."""
    if isinstance(recorded.event, Unreadable):
        return recorded.event
    try:
        return [(table, key) for table in tables for key in table.keys(recorded)]
    except Exception as error:  # noqa: BLE001 - met when the event is folded, behind those before it
        return Unreadable(_described(error))


def _kind(subject: str) -> str:
    """Return the kind of aggregate from `<service>.evt.<district>.<kind>.<id>`."""
    tokens = subject.split(".", 4)
    return tokens[3] if len(tokens) > 4 else ""


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


async def _rows_before(
    touched: Iterable[Sequence[tuple[Table[Any, Any], Key]] | Unreadable], fetch: Fetch
) -> dict[str, dict[Key, object | None]]:
    """Return the touched rows of each table that is touched, as they stand, None where there is none."""
    wanted: dict[str, tuple[Table[Any, Any], dict[Key, None]]] = {}
    for places in touched:
        if not isinstance(places, Unreadable):
            for table, key in places:
                wanted.setdefault(table.name, (table, {}))[1][key] = None
    before: dict[str, dict[Key, object | None]] = {}
    for name, (table, keys) in wanted.items():
        found = {} if table.appended else await fetch(table, list(keys))
        before[name] = {key: found.get(key) for key in keys}
    return before


def _write(changes: Changes, name: str, key: Key, row: object | None) -> None:
    if row is None:
        changes.delete[name].add(key)
    else:
        changes.put[name][key] = row


def _derive(table: Derived[Any], moved: Iterable[tuple[object | None, object | None]], changes: Changes) -> None:
    for old, new in moved:
        was = {key_of(table, row): row for row in (table.derive(old) if old is not None else ())}
        now = {key_of(table, row): row for row in (table.derive(new) if new is not None else ())}
        for key in was.keys() - now.keys():
            changes.delete[table.name].add(key)
        for key, row in now.items():
            if was.get(key) != row:
                changes.put[table.name][key] = row


async def _sum(
    table: Rollup[Any], moved: Iterable[tuple[object | None, object | None]], changes: Changes, fetch: Fetch
) -> None:
    totals = {key: total for key, total in added_up(table, moved).items() if any(total)}
    if not totals:
        return
    found = await fetch(table, list(totals))
    for key, total in totals.items():
        _write(changes, table.name, key, add(table, found.get(key), total, key))


def added_up(table: Rollup[Any], moved: Iterable[tuple[object | None, object | None]]) -> dict[Key, list[int]]:
    """Return by how much each sum changes where rows change from what they were to what they are."""
    names = sums(table)
    totals: dict[Key, list[int]] = {}
    for old, new in moved:
        for sign, row in ((-1, old), (1, new)):
            for part in table.contribute(row) if row is not None else ():
                total = totals.setdefault(key_of(table, part), [0] * len(names))
                for place, name in enumerate(names):
                    total[place] += sign * getattr(part, name)
    return totals
