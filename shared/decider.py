"""What a decider is: the rules of one kind of aggregate, as pure functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[C, S, E, F]):
    """The rules of one kind of aggregate, all pure.

    `address(command)` is (district, id); `concerns(command, event)` tells whether an event changed
    what the command's form showed.
    """

    kind: str
    commands: tuple[type[C], ...]
    initial: S
    decide: Callable[[C, S, F], list[E]]
    evolve: Callable[[S, E], S]
    address: Callable[[C], tuple[str, str]]
    concerns: Callable[[C, E], bool] = lambda command, event: True
