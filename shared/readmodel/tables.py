"""What a read model is made of: tables folded from events, rows derived from them, sums over them.

A `Table` folds events into rows, one row at a time. A `Derived` table holds the rows that a function
makes of one row (a task's units, say). A `Rollup` adds up what rows contribute: group, district and
city are sums over tasks, never counters of their own, so they cannot drift from what they count.
"""

import types
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter

from shared.codec import EventCodec
from shared.sql import IDENTIFIER_BYTES_MAX, TEXT
from shared.types import Recorded

R = TypeVar("R")
E = TypeVar("E")
Key = tuple[str | int, ...]
_STORAGE = 2  # raised when a type of ours is stored in another way: every read model is then built anew


@dataclass(frozen=True, kw_only=True)
class Table(Generic[R, E]):
    """Rows folded from events: `keys` names the rows an event touches, `fold` returns each of them after it.

    Where each key is of one event only, its sequence being part of it, the rows are `appended`: none is there
    before, so none is looked for. `kinds` are the aggregates whose events may touch it, any where it is empty:
    with it a service of ten aggregates does not ask the tables of nine about the events of the tenth.
    """

    name: str
    row: type[R]
    key: tuple[str, ...]
    keys: Callable[[Recorded[E]], Iterable[Key]]
    fold: Callable[[R | None, Recorded[E], Key], R | None]
    indexes: tuple[tuple[str, ...], ...] = ()
    appended: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Derived(Generic[R]):
    """Rows that each row of the table `of` stands for; replaced as that row changes."""

    name: str
    row: type[R]
    key: tuple[str, ...]
    of: str
    derive: Callable[[Any], Iterable[R]]
    indexes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rollup(Generic[R]):
    """Sums: all fields that are not in `key` are integers, added over what each row of `of` contributes."""

    name: str
    row: type[R]
    key: tuple[str, ...]
    of: str
    contribute: Callable[[Any], Iterable[R]]
    indexes: tuple[tuple[str, ...], ...] = ()


AnyTable = Table[Any, Any] | Derived[Any] | Rollup[Any]


@dataclass(frozen=True, kw_only=True)
class ReadModel(Generic[E]):
    """Tables rebuilt from one source stream; raise `version` when a fold changes its meaning."""

    name: str
    source: str
    codec: EventCodec[E]
    tables: tuple[AnyTable, ...]
    version: int = 1

    def table(self, name: str) -> AnyTable:
        """Return the table of the name. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def fingerprint(self) -> str:
        """Return what tells a changed shape: the version and the columns of every table."""
        shape = [
            (table.name, table.key, [(field.name, str(field.type)) for field in fields(table.row)])
            for table in self.tables
        ]
        return f"{self.version}.{sha256(repr((_STORAGE, shape)).encode()).hexdigest()[:12]}"


class Instant(sa.types.TypeDecorator[datetime]):
    """A column for an instant in UTC; SQLite forgets the zone, so it is put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value and value.astimezone(UTC)


class _Decimal(sa.types.TypeDecorator[Decimal]):
    """A decimal as text, exact on every database."""

    impl = TEXT
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)


class _Word(sa.types.TypeDecorator[str]):
    """A word of a fixed set as its text, so that it compares and sorts as one."""

    impl = TEXT
    cache_ok = True

    def __init__(self, kind: type[str]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.kind(value)


@cache
def _adapter_of(annotation: Any) -> TypeAdapter[Any]:
    # Many columns are of one type, and a rebuild makes them all again.
    return TypeAdapter(annotation)


class Value(sa.types.TypeDecorator[Any]):
    """A column for any other of our types, as the text of its JSON: read and written in one step, equal where it is."""

    impl = TEXT
    cache_ok = True

    def __init__(self, annotation: Any) -> None:
        super().__init__()
        self.annotation = annotation
        self._adapter = _adapter_of(annotation)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else self._adapter.dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else self._adapter.validate_json(value, strict=False)


_SIMPLE: dict[Any, Callable[[], sa.types.TypeEngine[Any]]] = {
    str: lambda: TEXT,
    int: sa.BigInteger,
    bool: sa.Boolean,
    date: sa.Date,
    datetime: Instant,
    Decimal: _Decimal,
}


def columns(table: AnyTable) -> list[sa.Column[Any]]:
    """Return the columns of the table: key first as primary key, types from the row's annotations."""
    hints = typing.get_type_hints(table.row)
    result = []
    for field in fields(table.row):
        annotation = hints[field.name]
        optional = False
        if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
            members = [one for one in typing.get_args(annotation) if one is not type(None)]
            optional = len(members) < len(typing.get_args(annotation))
            if optional and len(members) == 1:
                annotation = members[0]
        if isinstance(annotation, type) and issubclass(annotation, str):
            kind: sa.types.TypeEngine[Any] = TEXT if annotation is str else _Word(annotation)
        else:
            simple = _SIMPLE.get(annotation)
            kind = simple() if simple else Value(hints[field.name])
        result.append(sa.Column(field.name, kind, primary_key=field.name in table.key, nullable=optional))
    return result


def table_name(table: AnyTable, generation: int) -> str:
    """Return the name that one generation of the table has in SQL."""
    return f"{table.name}__g{generation}"


def sql_table(metadata: sa.MetaData, table: AnyTable, generation: int) -> sa.Table:
    """Return the SQL table of one generation of the table. Raises ValueError."""
    name = table_name(table, generation)
    known = metadata.tables.get(f"{metadata.schema}.{name}" if metadata.schema else name)
    if known is not None:
        return known
    indexes = [sa.Index(f"ix_{name}_{'_'.join(one)}", *one) for one in table.indexes]
    too_long = [
        one for one in (name, *(str(index.name) for index in indexes)) if len(one.encode()) > IDENTIFIER_BYTES_MAX
    ]
    if too_long:
        # PostgreSQL would cut them off, and two could become one.
        raise ValueError(f"longer than {IDENTIFIER_BYTES_MAX} bytes: {too_long}")
    return sa.Table(name, metadata, *columns(table), *indexes)


def field_names(row: Any) -> tuple[str, ...]:
    """Return the names of the row's fields, in order."""
    return tuple(row.__dataclass_fields__)


def key_of(table: AnyTable, row: object) -> Key:
    """Return the key of the row."""
    return tuple(getattr(row, name) for name in table.key)


def sums(table: Rollup[Any]) -> tuple[str, ...]:
    """Return the fields of the rollup that are added up."""
    return tuple(name for name in field_names(table.row) if name not in table.key)


def add(table: Rollup[Any], total: object | None, changes: Sequence[int], key: Key) -> object | None:
    """Return the total after the changes; None when nothing is left in it."""
    names = sums(table)
    values = [
        (getattr(total, name) if total is not None else 0) + change for name, change in zip(names, changes, strict=True)
    ]
    if not any(values):
        return None
    return table.row(**dict(zip(table.key, key, strict=True)), **dict(zip(names, values, strict=True)))  # type: ignore[no-any-return]
