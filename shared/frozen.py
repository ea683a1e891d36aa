"""Frozen dataclasses, changed by a copy: as `dataclasses.replace` does it, at a third of its cost.

Folds and deciders make a new row or state for each event, and half of what that took went into looking up, one by
one, fields that are the same ones every time.
"""

import dataclasses
import operator
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from itertools import repeat
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from dataclasses import replace  # for the type checker, which knows that one and checks what it is given
else:
    R = TypeVar("R")

    def replace(row: R, /, **changes: Any) -> R:
        """Return the slotted dataclass with these fields changed. Raises TypeError for a field that it has not."""
        shape = _shape(type(row))
        if shape is None:
            return dataclasses.replace(row, **changes)
        values = list(shape.values_of(row))
        for name, value in changes.items():
            place = shape.places.get(name)
            if place is None:
                raise TypeError(f"{type(row).__name__} has no field {name}")
            values[place] = value
        copy = object.__new__(type(row))
        _exhaust(map(operator.call, shape.setters, repeat(copy), values))
        return copy


class _Shape(NamedTuple):
    """How the fields of a class are read, found and set."""

    values_of: Callable[[Any], tuple[Any, ...]]
    places: Mapping[str, int]
    setters: tuple[Callable[[Any, Any], None], ...]


_exhaust = deque[None](maxlen=0).extend


@cache
def _shape(kind: type) -> _Shape | None:
    """Return the shape; None where a copy is more than its fields side by side, which is left to `dataclasses`."""
    fields = dataclasses.fields(kind)
    slots = [slot for one in fields if isinstance(slot := vars(kind).get(one.name), MemberDescriptorType)]
    is_plain = all(one.init for one in fields) and not hasattr(kind, "__post_init__")
    if not is_plain or len(slots) < len(fields) or len(fields) < 2:
        return None
    names = [one.name for one in fields]
    return _Shape(
        values_of=operator.attrgetter(*names),
        places={name: place for place, name in enumerate(names)},
        setters=tuple(slot.__set__ for slot in slots),
    )


__all__ = ["replace"]
