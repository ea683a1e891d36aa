"""Whether what a command says fits into the log: an event is one message there, and a message has an end."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import TypeVar

from services.plans.rules import EVENT_BYTES_MAX
from shared.codec import to_json
from shared.errors import Rejected

T = TypeVar("T")


def within_room(said: T, code: str, bytes_max: int = EVENT_BYTES_MAX) -> T:
    """Return the event, or the part of one, as it is. Raises Rejected with the code where no message could hold it.

    The sentence of the code says what is to be shortened; `size_kb` and `limit_kb` say by how much.
    """
    size = _size(said, enough=4 * bytes_max)
    if size > bytes_max:
        raise Rejected(code, size_kb=-(-size // 1000), limit_kb=bytes_max // 1000)
    return said


def _size(said: object, *, enough: int) -> int:
    """Return how many bytes of JSON it takes; of what takes more than enough, of its first items alone.

    A few rows that repeat, each for all units, would take hundreds of megabytes: nobody waits for them to be counted.
    """
    size = 0
    for item in _items(said):
        size += len(to_json(item))
        if size > enough:
            return size
    return len(to_json(said))


def _items(said: object) -> Iterator[object]:
    values = [getattr(said, one.name) for one in fields(said)] if is_dataclass(said) else [said]
    for value in values:
        if isinstance(value, tuple):
            yield from value


def in_parts(items: Sequence[T], bytes_max: int) -> Iterator[tuple[T, ...]]:
    """Yield the items in their order, in parts of at most so many bytes; an item that is larger stands alone."""
    part: list[T] = []
    size = 0
    for item in items:
        more = len(to_json(item)) + 1
        if part and size + more > bytes_max:
            yield tuple(part)
            part, size = [], 0
        part.append(item)
        size += more
    if part:
        yield tuple(part)
