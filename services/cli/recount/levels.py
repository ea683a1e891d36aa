"""Rows of sums, for the recounts: nothing but dictionaries that begin at zero."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Key: TypeAlias = tuple[Any, ...]
Event: TypeAlias = tuple[str, Mapping[str, Any]]
Rows: TypeAlias = dict[str, dict[Key, dict[str, int]]]


def empty(*tables: str) -> Rows:
    """Return the tables without rows; a row is there, and zero, when it is first looked at."""
    return {table: defaultdict(lambda: defaultdict(int)) for table in tables}


def add(rows: Rows, where: Iterable[tuple[str, Key]], **counts: int) -> None:
    """Add the counts to each row."""
    for table, key in where:
        for name, count in counts.items():
            rows[table][key][name] += count
