"""What a policy is: an event, mostly of another service, becomes our commands; the receiver owns the policy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.codec import EventCodec
from shared.types import Recorded


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`react` is pure: what our service is to do about an event of the source stream."""

    name: str
    source: str
    codec: EventCodec[Any]
    react: Callable[[Recorded[Any]], Sequence[Any]]
