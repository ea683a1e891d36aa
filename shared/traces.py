"""Traces read back from the JSON lines that each process writes (OTLP JSON): pure trees, and the files they come from.

What cannot be read is left out: a process may write its last line while we look. A span whose parent
is in no file (another system's, or not written yet) stands as a root of its own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TAIL_BYTES = 4 * 1024 * 1024

Attribute = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpan:
    """One span: what a process did, when and for how long; `error` is empty where it went well."""

    trace_id: str
    span_id: str
    parent_id: str
    process: str
    name: str
    started_at: datetime
    duration_ms: float
    attributes: Mapping[str, Attribute]
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNode:
    """A span with what it caused, in order of time."""

    span: TraceSpan
    children: tuple["TraceNode", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """A trace in one line: where it began, how long it took in all, who took part, whether anything failed."""

    trace_id: str
    name: str
    process: str
    started_at: datetime
    duration_ms: float
    spans: int
    processes: tuple[str, ...]
    has_error: bool


# Pure


def trace_tree(spans: Iterable[TraceSpan]) -> tuple[TraceNode, ...]:
    """Return the roots of one trace with all below them, in order of time."""
    known = {span.span_id: span for span in spans}
    below: dict[str, list[TraceSpan]] = {}
    for span in sorted(known.values(), key=_by_time):
        parent = span.parent_id if span.parent_id in known else ""
        below.setdefault(parent, []).append(span)

    def nodes(parent: str) -> tuple[TraceNode, ...]:
        return tuple(TraceNode(span=span, children=nodes(span.span_id)) for span in below.get(parent, ()))

    return nodes("")


def summaries(spans: Iterable[TraceSpan], *, limit: int) -> tuple[TraceSummary, ...]:
    """Return the traces of the spans, newest first."""
    traces: dict[str, dict[str, TraceSpan]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, {})[span.span_id] = span
    found = [_summary(list(trace.values())) for trace in traces.values()]
    return tuple(sorted(found, key=lambda one: (one.started_at, one.trace_id), reverse=True)[:limit])


def parse_line(line: str) -> Iterator[TraceSpan]:
    """Yield the spans of one line of OTLP JSON; nothing where it is none."""
    try:
        for resource in json.loads(line)["resourceSpans"]:
            about = _attributes(resource.get("resource", {}).get("attributes", ()))
            process = str(about.get("service.name", "?")).removeprefix("tdkt.")
            for scope in resource.get("scopeSpans", ()):
                for span in scope.get("spans", ()):
                    yield _span(span, process)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return


def _by_time(span: TraceSpan) -> tuple[datetime, float, str]:
    # What began at the same instant and took longer is more likely the cause.
    return span.started_at, -span.duration_ms, span.span_id


def _summary(spans: list[TraceSpan]) -> TraceSummary:
    ids = {span.span_id for span in spans}
    first = min((span for span in spans if span.parent_id not in ids), key=_by_time, default=min(spans, key=_by_time))
    began = min(span.started_at for span in spans)
    ended_ms = max((span.started_at - began).total_seconds() * 1000 + span.duration_ms for span in spans)
    return TraceSummary(
        trace_id=first.trace_id,
        name=first.name,
        process=first.process,
        started_at=began,
        duration_ms=round(ended_ms, 3),
        spans=len(spans),
        processes=tuple(dict.fromkeys(span.process for span in sorted(spans, key=_by_time))),
        has_error=any(span.error for span in spans),
    )


def _span(span: Mapping[str, Any], process: str) -> TraceSpan:
    start_ns, end_ns = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    status = span.get("status") or {}
    return TraceSpan(
        trace_id=str(span["traceId"]),
        span_id=str(span["spanId"]),
        parent_id=str(span.get("parentSpanId", "")),
        process=process,
        name=str(span["name"]),
        # Nanoseconds are more than a datetime keeps; a float would lose microseconds as well.
        started_at=datetime.fromtimestamp(start_ns // 10**9, UTC).replace(microsecond=start_ns % 10**9 // 1000),
        duration_ms=(end_ns - start_ns) / 1e6,
        attributes=_attributes(span.get("attributes", ())),
        error=str(status.get("message") or "error") if status.get("code") == _ERROR else "",
    )


_ERROR = 2  # OTLP: STATUS_CODE_ERROR


def _attributes(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Attribute]:
    return {str(pair["key"]): _value(pair.get("value") or {}) for pair in pairs}


def _value(value: Mapping[str, Any]) -> Attribute:
    kind, content = next(iter(value.items()), ("stringValue", ""))
    match kind:
        case "intValue":
            return int(content)
        case "doubleValue":
            return float(content)
        case "boolValue":
            return bool(content)
        case "stringValue":
            return str(content)
        case _:
            return json.dumps(content, ensure_ascii=False)


# Files


def read_trace(folder: Path, trace_id: str) -> list[TraceSpan]:
    """Return the spans of one trace from all files of the folder."""
    return [
        span
        for path in sorted(folder.glob("*.jsonl"))
        for line in _lines(path)
        if trace_id in line
        for span in parse_line(line)
        if span.trace_id == trace_id
    ]


def read_recent(folder: Path, *, tail_bytes: int = TAIL_BYTES) -> list[TraceSpan]:
    """Return the spans that stand at the end of each file of the folder."""
    return [
        span
        for path in sorted(folder.glob("*.jsonl"))
        for line in _lines(path, tail_bytes=tail_bytes)
        for span in parse_line(line)
    ]


def _lines(path: Path, *, tail_bytes: int = 0) -> Iterator[str]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        start = max(0, size - tail_bytes) if tail_bytes else 0
        file.seek(start)
        if start:
            file.readline()  # the rest of a line
        for line in file:
            yield line.decode(errors="replace")
