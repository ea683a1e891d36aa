"""Traces read back from JSON lines."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.cli.app import app
from shared.traces import parse_line, read_recent, read_trace, summaries, trace_tree

TRACE = "0af7651916cd43dd8448eb211c80319c"
SECOND = 1_000_000_000


def span(
    number: int, parent: int = 0, *, trace: str = TRACE, start_ms: int = 0, ms: int = 1, **more: Any
) -> dict[str, Any]:
    start = 1_580_950_800 * SECOND + start_ms * 1_000_000
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent else {}),
        "name": f"step {number}",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + ms * 1_000_000),
        "status": {},
        **more,
    }


def line(process: str, *spans: dict[str, Any]) -> str:
    about = {"attributes": [{"key": "service.name", "value": {"stringValue": f"tdkt.{process}"}}]}
    return json.dumps({"resourceSpans": [{"resource": about, "scopeSpans": [{"spans": [*spans]}]}]})


def write(folder: Path, **lines: list[str]) -> Path:
    for process, content in lines.items():
        (folder / f"{process}.jsonl").write_text("\n".join(content) + "\n")
    return folder


def test_spans_of_several_processes_form_one_tree_in_order_of_time(tmp_path: Path) -> None:
    write(
        tmp_path,
        portal=[line("portal", span(1, ms=50))],
        plans=[
            line("plans", span(3, 2, start_ms=9), span(2, 1, start_ms=1, ms=20)),
            line("plans", span(4, 2, start_ms=5)),
        ],
        scoring=[line("scoring", span(9, trace="f" * 32))],
    )
    (root,) = trace_tree(read_trace(tmp_path, TRACE))
    (child,) = root.children

    assert (root.span.process, root.span.duration_ms) == ("portal", 50.0)
    assert [(one.span.name, one.span.process) for one in child.children] == [("step 4", "plans"), ("step 3", "plans")]
    assert root.span.started_at.isoformat() == "2020-02-06T01:00:00+00:00"


def test_a_span_whose_parent_is_unknown_is_a_root_and_a_circle_is_no_trap() -> None:
    spans = [*parse_line(line("plans", span(2, 77), span(3, 2), span(5, 6), span(6, 5)))]
    roots = trace_tree(spans)

    assert [root.span.name for root in roots] == ["step 2"]
    assert [child.span.name for child in roots[0].children] == ["step 3"]
    assert len(summaries(spans, limit=5)) == 1


def test_attributes_and_errors_are_read() -> None:
    attributes = [
        {"key": "tdkt.seq", "value": {"intValue": "7"}},
        {"key": "tdkt.type", "value": {"stringValue": "plans.TaskCompleted.v1"}},
        {"key": "x", "value": {"boolValue": True}},
        {"key": "y", "value": {"arrayValue": {"values": []}}},
        {"key": "z", "value": {}},
    ]
    failed = {"code": 2, "message": "store.full"}
    (one,) = parse_line(line("plans", span(1, attributes=attributes, status=failed)))

    assert one.attributes["tdkt.seq"] == 7 and one.attributes["x"] is True
    assert one.error == "store.full"
    assert [one.error for one in parse_line(line("plans", span(1, status={"code": 2})))] == ["error"]
    assert [one.error for one in parse_line(line("plans", span(1, status={"code": 1})))] == [""]


def test_what_is_no_trace_is_left_out(tmp_path: Path) -> None:
    whole = line("plans", span(1))
    garbage = [
        "",
        "{",
        "[]",
        "null",
        "5",
        '{"resourceSpans": 5}',
        '{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}',
    ]
    write(tmp_path, plans=[*garbage, whole, whole[: len(whole) // 2]], empty=[])
    (tmp_path / "raw.jsonl").write_bytes(b"\xff\xfe\x00" * 100)

    assert [one.name for one in read_recent(tmp_path)] == ["step 1"]
    assert [*parse_line("[" * 100_000)] == []


def test_recent_traces_come_newest_first_with_who_took_part(tmp_path: Path) -> None:
    old, new = "a" * 32, "b" * 32
    write(
        tmp_path,
        cli=[line("cli", span(1, trace=old, ms=9), span(3, trace=new, start_ms=1000, ms=5))],
        plans=[line("plans", span(2, 1, trace=old, start_ms=4, ms=16, status={"code": 2}))],
    )
    newest, oldest = summaries(read_recent(tmp_path), limit=2)

    assert (newest.trace_id, newest.processes, newest.spans, newest.has_error) == (new, ("cli",), 1, False)
    assert (oldest.name, oldest.processes, oldest.duration_ms, oldest.has_error) == (
        "step 1",
        ("cli", "plans"),
        20.0,
        True,
    )
    assert summaries(read_recent(tmp_path), limit=1) == (newest,)


def test_only_the_end_of_a_long_file_is_read_for_the_recent_ones(tmp_path: Path) -> None:
    write(tmp_path, plans=[line("plans", span(number, trace=f"{number:032x}")) for number in range(1, 200)])
    recent = read_recent(tmp_path, tail_bytes=4000)

    assert 0 < len(recent) < 20
    assert recent[-1].name == "step 199"


def test_the_command_draws_the_tree_and_says_where_there_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    write(folder, cli=[line("cli", span(1, ms=3))], plans=[line("plans", span(2, 1, status={"code": 2}))])
    drawn = CliRunner().invoke(app, ["trace", "show", TRACE.upper(), "--data", str(tmp_path)])
    listed = CliRunner().invoke(app, ["trace", "ls", "--data", str(tmp_path)])
    none = CliRunner().invoke(app, ["trace", "show", "0" * 32, "--data", str(tmp_path)])

    assert drawn.exit_code == 0
    assert drawn.stdout.index("3.0 ms  cli  step 1") < drawn.stdout.index("1.0 ms  plans  step 2  ✗ error")
    assert TRACE in listed.stdout
    assert getattr(none.exception, "code", "") == "trace.not_found"
