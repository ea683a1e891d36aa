"""Vận hành: is anything that people feel broken, how far readers lag, what the log holds, which way a click took.

Only looks: what changes anything is done with the command line, by the operator's own hand.
"""

import asyncio
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.portal.backend import backend
from services.portal.labels import word
from services.portal.session import portal, require_role
from services.portal.shell import page
from services.topology import TOPOLOGY
from shared.accounts import SessionAccount
from shared.clock import real_now
from shared.errors import Rejected
from shared.topology import PARKED, PUBLIC, TIMERS, live_consumer
from shared.traces import TraceNode, read_recent, read_trace, summaries, trace_tree
from shared.types import Role

router = APIRouter(include_in_schema=False)
Operating = Annotated[SessionAccount, Depends(require_role(Role.OPERATOR))]

PROBE_S_MAX = 1.5
TRACES_MAX = 100
_TRACE_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One process as it answers now."""

    name: str
    words: str
    is_ready: bool
    problems: tuple[str, ...]
    restarts: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far one reader has come in one stream; `behind` events are still to be read."""

    process: str
    reader: str
    stream: str
    behind: int | None
    acknowledged: int
    is_waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream of the log."""

    name: str
    messages: int
    bytes: int
    bytes_max: int
    first_seq: int
    last_seq: int
    last_at: datetime | None
    consumers: int
    replicas: int
    epoch: str


@router.get("/van-hanh")
async def show_operations(request: Request, account: Operating) -> Response:
    """Show whether anything is broken."""
    client = backend(request).bus.client
    probes, log = await asyncio.gather(asyncio.to_thread(_probes, portal(request).settings.run_path), _log(request))
    readings, streams = _readings(log), _streams(log)
    parked = next((stream.messages for stream in streams if stream.name == PARKED), None)
    return await page(
        request,
        "operations/overview.html",
        probes=probes,
        readings=readings,
        parked=parked,
        is_connected=client.is_connected,
        is_intake_closed=portal(request).settings.intake_closed_path.exists(),
        business_now=portal(request).clock.now(),
        real=real_now(),
        behind=sum(reading.behind or 0 for reading in readings),
    )


@router.get("/van-hanh/luong")
async def show_streams(request: Request, account: Operating) -> Response:
    """Show the streams and their readers."""
    log = await _log(request)
    return await page(request, "operations/streams.html", streams=_streams(log), readings=_readings(log))


@router.get("/van-hanh/vet")
async def show_traces(request: Request, account: Operating, ma: str = "", loi: str = "") -> Response:
    """Show the newest traces, or go to the one named."""
    folder = portal(request).settings.data_dir / "traces"
    spans = await asyncio.to_thread(read_recent, folder) if folder.exists() else []
    found = summaries(spans, limit=TRACES_MAX * 5)
    if loi == "1":
        found = tuple(one for one in found if one.has_error)
    if ma.strip():
        found = tuple(one for one in found if one.trace_id.startswith(ma.strip().lower()))
    return await page(
        request, "operations/traces.html", traces=found[:TRACES_MAX], filters={"ma": ma.strip(), "loi": loi}
    )


@router.get("/van-hanh/vet/{trace_id}")
async def show_trace(request: Request, account: Operating, trace_id: str) -> Response:
    """Show one trace as a tree."""
    if not _TRACE_ID.fullmatch(trace_id):
        raise Rejected("page.not_found")
    folder = portal(request).settings.data_dir / "traces"
    spans = await asyncio.to_thread(read_trace, folder, trace_id) if folder.exists() else []
    if not spans:
        raise Rejected("trace.not_found", trace_id=trace_id)
    began = min(span.started_at for span in spans)
    whole_ms = max((span.started_at - began).total_seconds() * 1000 + span.duration_ms for span in spans)
    return await page(
        request,
        "operations/trace.html",
        trace_id=trace_id,
        began=began,
        whole_ms=whole_ms,
        rows=list(_rows(trace_tree(spans), began, max(whole_ms, 0.001), 0)),
        processes=sorted({span.process for span in spans}),
    )


def _rows(nodes: tuple[TraceNode, ...], began: datetime, whole_ms: float, depth: int) -> Iterator[Mapping[str, object]]:
    for node in nodes:
        start_ms = (node.span.started_at - began).total_seconds() * 1000
        yield {
            "span": node.span,
            "depth": min(depth, 12),
            "start_ms": start_ms,
            "x": 100 * start_ms / whole_ms,
            "width": max(0.6, 100 * node.span.duration_ms / whole_ms),
            "about": ", ".join(
                f"{key.removeprefix('tdkt.')}={value}"
                for key, value in node.span.attributes.items()
                if key.startswith("tdkt.") and key != "tdkt.path"
            ),
        }
        yield from _rows(node.children, began, whole_ms, depth + 1)


# -- what is read ------------------------------------------------------------------------------


def _probes(run_path: Path) -> list[Probe]:
    """Return every process of the supervisor's list; empty where no supervisor runs here."""
    try:
        run = json.loads(run_path.read_text())
    except (OSError, ValueError):
        return []
    found = []
    for name, process in run.get("processes", {}).items():
        since = process.get("started_at")
        if name == "nats":
            address = str(run.get("nats_monitor_urls", "")).split(",")[0].removeprefix("http://")
            is_ready, problems = _probe(address, "/healthz")
        else:
            is_ready, problems = _probe(f"127.0.0.1:{process.get('port', 0)}", "/readyz")
        found.append(
            Probe(
                name=name,
                words=word("process", name),
                is_ready=is_ready,
                problems=problems,
                restarts=int(process.get("restarts", 0)),
                since=datetime.fromisoformat(since) if since else None,
            )
        )
    return found


def _probe(address: str, path: str) -> tuple[bool, tuple[str, ...]]:
    status, body = _get(address, path)
    if not status:
        return False, (f"không trả lời ({body})",)
    return status == http.client.OK, tuple(str(one) for one in body.get("problems") or ())


def _get(address: str, path: str) -> tuple[int, Any]:
    """Return status and JSON of the page; 0 and what went wrong where there is no answer."""
    connection = http.client.HTTPConnection(address, timeout=PROBE_S_MAX)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return 0, type(error).__name__
    finally:
        connection.close()


async def _log(request: Request) -> Mapping[str, Mapping[str, Any]]:
    """Return what the server's monitoring page says of each stream; the portal may ask JetStream nothing.

    An answer of JetStream goes to whatever subject the request names, so that the right to ask is a
    right to write (ADR 0008). The monitoring page has no such door.
    """
    address = portal(request).settings.nats_monitor_urls.split(",")[0].removeprefix("http://")
    status, answer = await asyncio.to_thread(
        _get, address, "/jsz?accounts=true&streams=true&consumers=true&config=true"
    )
    accounts = (answer.get("account_details") if status == http.client.OK else None) or ()
    return {stream["name"]: stream for account in accounts for stream in account.get("stream_detail") or ()}


def _readings(log: Mapping[str, Mapping[str, Any]]) -> list[Reading]:
    found = []
    for process in TOPOLOGY.processes:
        for reader in process.readers:
            name = live_consumer(process.name, reader.name)
            consumers = log.get(reader.source, {}).get("consumer_detail") or ()
            consumer = next((one for one in consumers if one["name"] == name), None)
            found.append(
                Reading(
                    process=word("process", process.name),
                    reader=reader.name,
                    stream=reader.source,
                    behind=int(consumer["num_pending"]) + int(consumer.get("num_ack_pending", 0)) if consumer else None,
                    acknowledged=int(consumer["ack_floor"]["stream_seq"]) if consumer else 0,
                    is_waiting=bool(consumer and consumer.get("num_waiting", 0)),
                )
            )
    return found


def _streams(log: Mapping[str, Mapping[str, Any]]) -> list[Stream]:
    found = []
    for name in (*TOPOLOGY.event_streams, PUBLIC, TIMERS, PARKED):
        if name not in log:
            continue
        state, config = log[name]["state"], log[name]["config"]
        found.append(
            Stream(
                name=name,
                messages=int(state["messages"]),
                bytes=int(state["bytes"]),
                bytes_max=int(config.get("max_bytes", -1)),
                first_seq=int(state["first_seq"]),
                last_seq=int(state["last_seq"]),
                last_at=_instant(str(state.get("last_ts", ""))) if state["messages"] else None,
                consumers=int(state.get("consumer_count", 0)),
                replicas=int(config.get("num_replicas", 1)),
                epoch=str((config.get("metadata") or {}).get("epoch", ""))[:8],
            )
        )
    return found


def _instant(text: str) -> datetime | None:
    """Return the server's instant; it writes nanoseconds, of which a datetime keeps micros."""
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
