"""JSON Schemas of our messages, for the documents that other systems read (JSON Schema 2020-12).

What is received is described as it is checked: unknown fields of commands and questions are refused.
What is sent is described as it is written; a reader ignores what it does not know.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

Mode: TypeAlias = Literal["validation", "serialization"]
Schema: TypeAlias = dict[str, Any]

RECEIVED: Mode = "validation"
SENT: Mode = "serialization"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMPONENTS = "#/components/schemas/{model}"
_QUALIFIED = re.compile(r"(?:services|shared)__(\w+?)__(\w+)")


def message_schema(message: type[Any], mode: Mode) -> Schema:
    """Return the schema of one message, complete in itself."""
    schema = TypeAdapter(message).json_schema(mode=mode)
    if mode == RECEIVED:
        _close(schema)
        for definition in schema.get("$defs", {}).values():
            _close(definition)
    return {"$schema": DIALECT, **schema}


def component_schemas(
    wanted: Iterable[tuple[type[Any], Mode]],
) -> tuple[Mapping[tuple[type[Any], Mode], Schema], Schema]:
    """Return a reference for each wanted type, and the schemas they refer to by name, for `components/schemas`.

    Types of the same name in two modules keep two schemas, each under its module's name.
    """
    asked = list(dict.fromkeys(wanted))
    references, document = TypeAdapter.json_schemas(
        [((one, mode), mode, TypeAdapter(one)) for one, mode in asked], ref_template=_COMPONENTS
    )
    definitions: Schema = document.get("$defs", {})
    reached = {
        way: _reached((references[(one, mode), mode] for one, mode in asked if mode == way), definitions)
        for way in (RECEIVED, SENT)
    }
    # What is also sent stays open: its readers ignore what they do not know.
    for name in reached[RECEIVED] - reached[SENT]:
        _close(definitions[name])
    found = {(one, mode): _renamed(references[(one, mode), mode]) for one, mode in asked}
    return found, {_short(name): _renamed(definition) for name, definition in sorted(definitions.items())}


def _reached(roots: Iterable[Any], definitions: Mapping[str, Any]) -> set[str]:
    """Return the names of all schemas that the roots refer to, directly or not."""
    found: set[str] = set()
    waiting = [name for root in roots for name in _references(root)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(definitions[name])
    return found


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"].rpartition("/")[2]] if isinstance(schema.get("$ref"), str) else []
        return own + [name for value in schema.values() for name in _references(value)]
    if isinstance(schema, list):
        return [name for one in schema for name in _references(one)]
    return []


def _close(schema: Schema) -> None:
    if schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)  # a mapping says itself what it takes


def _short(name: str) -> str:
    """Return `plans-views-document-Signer` for a name that pydantic had to qualify; others as they are."""
    match = _QUALIFIED.fullmatch(name)
    return f"{match[1]}-{match[2].replace('__', '-')}" if match else name


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/{_short(value.rpartition('/')[2])}"
            if key == "$ref" and isinstance(value, str)
            else _renamed(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_renamed(one) for one in schema]
    return schema
