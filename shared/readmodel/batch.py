"""Apply a run of events to rows: pure but for the rows it asks for.

Events are folded one after another over an overlay of changed rows. When the run is folded, derived
rows and sums follow from the difference between each row as it was and as it is: only the net change
is written.
"""

from collections import Counter, defaultdict
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
    before: dict[str, dict[Key, object | None]] = {table.name: {} for table in tables}
    after: dict[str, dict[Key, object | None]] = {table.name: {} for table in tables}
    await _read_rows(tables, events, before, fetch)
    for name, rows in before.items():
        after[name] = dict(rows)

    changes = Changes()
    for recorded in events:
        if recorded.subject in parked:
            changes.poisoned.append((recorded, "parked.behind"))
            continue
        if isinstance(recorded.event, Unreadable):
            parked.add(recorded.subject)
            changes.poisoned.append((recorded, recorded.event.error))
            continue
        step: list[tuple[str, Key, object | None]] = []
        try:
            for table in tables:
                for key in table.keys(recorded):
                    step.append((table.name, key, table.fold(after[table.name].get(key), recorded, key)))
        except Exception as error:  # noqa: BLE001 - a fold that breaks parks its aggregate, loudly
            parked.add(recorded.subject)
            changes.poisoned.append((recorded, f"{type(error).__name__}: {error}"))
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
        if isinstance(derived, Derived):
            _derive(derived, moved[derived.of].values(), changes)
        elif isinstance(derived, Rollup):
            await _sum(derived, moved[derived.of].values(), changes, fetch)
    return changes


async def _read_rows(
    tables: Iterable[Table[Any, Any]],
    events: Sequence[Recorded[Any]],
    before: dict[str, dict[Key, object | None]],
    fetch: Fetch,
) -> None:
    for table in tables:
        wanted: dict[Key, None] = {}
        for recorded in events:
            if isinstance(recorded.event, Unreadable):
                continue
            try:
                wanted.update(dict.fromkeys(table.keys(recorded)))
            except Exception:  # noqa: BLE001, S112 - met again, and parked, when the event is folded
                continue
        if wanted:
            found = await fetch(table, list(wanted))
            before[table.name] = {key: found.get(key) for key in wanted}


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
    names = sums(table)
    totals: dict[Key, Counter[str]] = defaultdict(Counter)
    for old, new in moved:
        for sign, row in ((-1, old), (1, new)):
            for part in table.contribute(row) if row is not None else ():
                total = totals[key_of(table, part)]
                for name in names:
                    total[name] += sign * getattr(part, name)
    keys = [key for key, total in totals.items() if any(total.values())]
    if not keys:
        return
    found = await fetch(table, keys)
    for key in keys:
        _write(changes, table.name, key, add(table, found.get(key), [totals[key][name] for name in names], key))
