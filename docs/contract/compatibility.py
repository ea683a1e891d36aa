"""What a change of a message's schema would break for those who know the earlier one.

What we send is read by those who know the old schema; what we receive is written by those who know it.
Either way, every value that the writer may write has to be one that the reader takes; and what we once
sent never disappears.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.schemas import SENT, Mode, Schema

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SAME = ("format", "pattern", "multipleOf", "uniqueItems")
_WORDS = ("$schema", "$defs", "title", "description", "examples", "default")
_SHAPE = ("$ref", "anyOf", "type", "enum", "const", "items", "properties", "required", "additionalProperties")
_JUDGED = frozenset((*_UPPER, *_LOWER, *_SAME, *_WORDS, *_SHAPE))


def breaks(old: Schema, new: Schema, mode: Mode) -> list[str]:
    """Return, a sentence each with the field's path, what the change from `old` to `new` would break.

    What cannot be judged counts as broken: a keyword that a later pydantic writes is to be learned here first.
    """
    writer, reader = (new, old) if mode == SENT else (old, new)
    return list(_Comparison(writer, reader, keeps_all=mode == SENT).walk(writer, reader, ""))


class _Comparison:
    """One writer's schema against one reader's; the pairs of definitions being compared end a recursion."""

    def __init__(self, writer: Schema, reader: Schema, *, keeps_all: bool) -> None:
        self._writer = writer
        self._reader = reader
        self._keeps_all = keeps_all
        self._open: set[tuple[str, str]] = set()

    def walk(self, writer: Schema, reader: Schema, path: str) -> Iterator[str]:
        """Yield what the writer may write and the reader does not take."""
        pair = (writer.get("$ref", ""), reader.get("$ref", ""))
        if pair in self._open:
            return
        # Only while it is being compared: a pair that failed as one way of several fails again elsewhere.
        if all(pair):
            self._open.add(pair)
        yield from self._ways(writer, reader, path)
        self._open.discard(pair)

    def _ways(self, writer: Schema, reader: Schema, path: str) -> Iterator[str]:
        written, taken = _resolved(writer, self._writer), _resolved(reader, self._reader)
        if unjudged := sorted((written.keys() | taken.keys()) - _JUDGED):
            yield f"{path or '.'}: {', '.join(unjudged)} cannot be judged"
        elif "anyOf" in written:
            for one in written["anyOf"]:
                yield from self.walk(one, reader, path)
        elif "anyOf" in taken:
            ways = [list(self.walk(writer, one, path)) for one in taken["anyOf"]]
            if all(ways):
                yield min(ways, key=len)[0]
        else:
            yield from self._plain(written, taken, path or ".")

    def _plain(self, writer: Schema, reader: Schema, path: str) -> Iterator[str]:
        taken = _values(reader)
        if taken is not None:
            written = _values(writer)
            if written is None or not set(map(repr, written)) <= set(map(repr, taken)):
                yield f"{path}: other values than {', '.join(map(str, taken))}"
            return
        if "type" in reader and not _is_type_within(writer.get("type"), reader["type"]):
            yield f"{path}: {writer.get('type', 'anything')} where {reader['type']} is known"
            return
        yield from _limits(writer, reader, path)
        if reader.get("type") == "object":
            yield from self._object(writer, reader, path)
        if isinstance(reader.get("items"), dict) and isinstance(writer.get("items"), dict):
            yield from self.walk(writer["items"], reader["items"], f"{path}[]")

    def _object(self, writer: Schema, reader: Schema, path: str) -> Iterator[str]:
        written: Mapping[str, Any] = writer.get("properties", {})
        known: Mapping[str, Any] = reader.get("properties", {})
        for name in sorted(set(reader.get("required", ())) - set(writer.get("required", ()))):
            yield f"{_join(path, name)}: required, and may be left out"
        others = reader.get("additionalProperties", True)
        for name in sorted(written.keys() - known.keys()):
            if others is False:
                yield f"{_join(path, name)}: no longer known"
            elif others is not True:
                yield from self.walk(written[name], others, _join(path, name))
        for name in sorted(known.keys() - written.keys()):
            if self._keeps_all and name not in reader.get("required", ()):
                yield f"{_join(path, name)}: no longer sent"
        for name in sorted(known.keys() & written.keys()):
            yield from self.walk(written[name], known[name], _join(path, name))
        more = writer.get("additionalProperties", False)
        if more is not False and others is False:
            yield f"{path}{{}}: no longer known"
        elif more is not False and others is not True:
            yield from self.walk({} if more is True else more, others, f"{path}{{}}")


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _is_type_within(written: Any, taken: Any) -> bool:
    return bool(written == taken or (written == "integer" and taken == "number"))


def _limits(writer: Schema, reader: Schema, path: str) -> Iterator[str]:
    for name in (*_UPPER, *_LOWER, *_SAME):
        limit = reader.get(name)
        if limit is None:
            continue
        written = writer.get(name)
        is_within = written is not None and (
            written <= limit if name in _UPPER else written >= limit if name in _LOWER else written == limit
        )
        if not is_within:
            yield f"{path}: {name} {limit} is known, {written if written is not None else 'none'} is written"


def _join(path: str, name: str) -> str:
    return name if path == "." else f"{path}.{name}"
