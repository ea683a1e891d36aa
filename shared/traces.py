"""Traces read back from the JSON lines that each process writes (OTLP JSON): pure trees, and the files they come from.

What cannot be read is left out: a process writes its last line while we look. A span whose parent is in
no file, because it was sent by somebody else or is not written yet, stands as a root of its own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import Json

_OK, _ERROR = "", "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpan:
    """One span: what a process did, from when to when; `error` is empty where it went well."""

    trace_id: str
    span_id: str
    parent_id: str
    process: str
    name: str
    started_at: datetime
    duration_ms: float
    attributes: Mapping[str, str | int | float | bool]
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNode:
    """A span with what it caused, in order of time."""

    span: TraceSpan
    children: tuple["TraceNode", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """A trace in one line: where it began, how long it took in all, who took part, and whether anything failed."""

    trace_id: str
    name: str
    process: str
    started_at: datetime
    duration_ms: float
    spans: int
    processes: tuple[str, ...]
    has_error: bool


def trace_tree(spans: Iterable[TraceSpan]) -> tuple[TraceNode, ...]:
    """Return the roots of one trace with all below them, in order of time."""
    known = {span.span_id: span for span in spans}
    children: dict[str, list[TraceSpan]] = {}
    for span in sorted(known.values(), key=lambda span: (span.started_at, span.span_id)):
        parent = span.parent_id if span.parent_id in known else ""
        children.setdefault(parent, []).append(span)
    return tuple(_nodes(children))
