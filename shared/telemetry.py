"""Traces, logs and metrics of one process.

Spans go to an OTLP collector where one is configured, else as JSON lines into the data folder;
structured logs carry the trace id. One trace runs from the click to the notice: its context travels
in the headers of commands and events (W3C trace context).
"""

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

from shared.errors import Fault, Rejected
from shared.settings import Settings

tracer = trace.get_tracer("tdkt")
log = structlog.stdlib.get_logger("tdkt")
_CARRIER = TraceContextTextMapPropagator()

COMMANDS = Counter("tdkt_commands_total", "Commands answered, by outcome", ["service", "command", "outcome"])
QUESTIONS = Counter("tdkt_questions_total", "Questions answered, by outcome", ["service", "question", "outcome"])
COMMAND_SECONDS = Histogram("tdkt_command_seconds", "Time from receipt to answer of a command, s", ["service"])
APPEND_SECONDS = Histogram("tdkt_append_seconds", "Time of one durable append, s", ["stream"])
CONFLICTS = Counter("tdkt_append_conflicts_total", "Appends refused by an expectation", ["stream", "code"])
APPLIED = Counter("tdkt_events_applied_total", "Events applied to a read model", ["service", "read_model"])
CHECKPOINT = Gauge("tdkt_checkpoint_seq", "Sequence a reader has reached", ["service", "reader", "stream"])
LAG = Gauge("tdkt_lag_events", "Events a reader has still to read", ["service", "reader", "stream"])
PARKED = Gauge("tdkt_parked_aggregates", "Aggregates parked after a poison event", ["service", "read_model"])


def start(settings: Settings) -> TracerProvider:
    """Set up traces and logs of this process; call after the fork, before the first span."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"tdkt.{settings.process}"}))
    provider.add_span_processor(BatchSpanProcessor(_exporter(settings), schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when something is logged
        cache_logger_on_first_use=False,  # what is forked takes the logger of its own process
    )
    return provider


def stop(provider: TracerProvider, *, timeout_s: float = 1.0) -> None:
    """Export the spans that are left, as far as the time goes: a collector that is down holds nobody up."""
    exporting = threading.Thread(target=provider.shutdown, daemon=True)
    exporting.start()
    exporting.join(timeout_s)


def _exporter(settings: Settings) -> SpanExporter:
    if settings.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter

    folder = settings.data_dir / "traces"
    folder.mkdir(parents=True, exist_ok=True)
    return FileSpanExporter(str(folder / f"{settings.process}.jsonl"))


def _with_trace(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


def trace_headers() -> dict[str, str]:
    """Return the headers that carry the current trace onward."""
    headers: dict[str, str] = {}
    _CARRIER.inject(headers)
    return headers


def trace_context(headers: Mapping[str, str]) -> Context:
    """Return the trace context that the headers carry."""
    return _CARRIER.extract(dict(headers))


def trace_id() -> str:
    """Return the id of the current trace as 32 hexadecimal digits, empty outside one."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


def note(**attributes: str | float) -> None:
    """Add to what the current span says; a span of its own for each step would cost more than many a step."""
    trace.get_current_span().set_attributes({f"tdkt.{key}": value for key, value in attributes.items()})


@contextmanager
def span(
    name: str,
    *,
    headers: Mapping[str, str] | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    links: tuple[Link, ...] = (),
    **attributes: str | int,
) -> Iterator[Span]:
    """Open a span, child of the headers' trace where they are given; a refusal is no error of the span."""
    context = trace_context(headers) if headers is not None else None
    named = {f"tdkt.{key}": value for key, value in attributes.items()}
    opened = tracer.start_span(name, context=context, kind=kind, attributes=named, links=links)
    token = attach(trace.set_span_in_context(opened))
    try:
        yield opened
    except Rejected as refusal:
        opened.set_attribute("tdkt.rejected", refusal.code)
        raise
    except Fault as fault:
        opened.set_status(Status(StatusCode.ERROR, fault.code))
        raise
    except Exception as error:
        opened.record_exception(error)
        opened.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        detach(token)
        opened.end()
