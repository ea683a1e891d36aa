"""One serialized example per event type and version: never edited, only added.

`python -m tests.golden` writes the examples that are missing, built from the types of the fields.
"""

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.codec import EventCodec

FOLDER = Path(__file__).parent
SERVICES = ("plans", "nominations", "scoring", "notifications")


def codec_of(service: str) -> EventCodec[Any]:
    """Return the codec of the service's events."""
    found = import_module(f"services.{service}.events").EVENTS
    assert isinstance(found, EventCodec)
    return found


def example(annotation: Any, name: str = "") -> Any:
    """Return a plausible value of the type; the same type and name give the same value."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        return example(next(one for one in arguments if one is not type(None)), name)
    if origin is tuple:
        return (example(arguments[0], name),)
    if origin is typing.Literal:
        return arguments[0]
    if origin is not None and issubclass(origin, Mapping):
        return {example(arguments[0], "key"): example(arguments[1], name)}
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        return annotation(**{one.name: example(hints[one.name], one.name) for one in dataclasses.fields(annotation)})  # type: ignore[operator]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return next(iter(annotation))
    known: dict[Any, Any] = {
        bool: True,
        int: {"year": 2020, "quarter": 2, "percent": 40}.get(name, 7),
        Decimal: Decimal("9.50"),
        date: date(2020, 5, 19),
        datetime: datetime(2020, 5, 19, 1, 30, tzinfo=UTC),
        str: {"district": "cai-rang", "plan_id": "2020", "number": "30/KH-UBND"}.get(name, f"Đơn vị {name}"),
    }
    return known[annotation]


def path_of(service: str, wire_name: str) -> Path:
    """Return the file of the example."""
    return FOLDER / service / f"{wire_name.removeprefix(service + '.')}.json"
