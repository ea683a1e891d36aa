"""`tdkt event`: what the log holds, message by message, as it was recorded."""

import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, console, show, show_json, usage
from shared.errors import Json, Rejected

if TYPE_CHECKING:
    from nats.aio.client import Client

    from shared.eventstore import Message

app = typer.Typer(help="Nhật ký sự kiện: liệt kê, xem, theo dõi.", no_args_is_help=True)

POLL_S = 0.5
_COLUMNS = {
    "seq": "Vị trí",
    "time": "Thời điểm",
    "type": "Loại",
    "subject": "Chủ đề",
    "actor": "Tài khoản",
}

StreamArgument = Annotated[str, typer.Argument(metavar="STREAM", help="PLANS, NOMINATIONS, SCORING, PUBLIC …")]
SubjectOption = Annotated[str, typer.Option("--subject", help="Chỉ chủ đề này, có thể dùng * và >.")]
TypeOption = Annotated[str, typer.Option("--type", help="Chỉ loại này, như TaskCompleted.")]


@app.command()
def ls(
    stream: StreamArgument,
    after: Annotated[int, typer.Option(min=0, help="Bắt đầu sau vị trí này.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Nhiều nhất bao nhiêu.")] = 50,
    subject: SubjectOption = ">",
    type_: TypeOption = "",
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Liệt kê sự kiện của một luồng theo thứ tự."""
    import asyncio
    from contextlib import aclosing

    from services.cli.running import client_settings

    stream = _stream(stream)
    settings = client_settings(data)

    async def run() -> list[dict[str, Json]]:
        from services.cli.client import connected

        rows: list[dict[str, Json]] = []
        async with (
            connected(settings) as client,
            aclosing(_messages(client, stream, subject, after, min(limit, 1000))) as found,
        ):
            async for message in found:
                if _is_type(message, type_):
                    rows.append(describe(stream, message))
                if len(rows) >= limit:
                    break
        return rows

    rows = asyncio.run(run())
    if output is Format.JSON:
        show_json([*rows])
    else:
        show([_line(row) for row in rows], _COLUMNS, output)


@app.command("show")
def show_(
    stream: StreamArgument,
    seq: Annotated[int, typer.Argument(metavar="SEQ", min=1, help="Vị trí trong luồng.")],
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Xem một sự kiện: tiêu đề đã giải mã và nội dung."""
    import asyncio

    from services.cli.running import client_settings

    stream = _stream(stream)
    settings = client_settings(data)

    async def run() -> "Message | None":
        from services.cli.client import connected
        from shared.eventstore import message_at

        async with connected(settings) as client:
            return await message_at(client, stream, seq)

    message = asyncio.run(run())
    if message is None:
        raise Rejected("event.not_found", stream=stream, seq=seq)
    row = describe(stream, message)
    if output is Format.JSON:
        show_json(row)
        return
    _print_whole(row)


@app.command()
def tail(
    streams: Annotated[list[str], typer.Argument(metavar="STREAM…", help="Một hay nhiều luồng.")],
    after: Annotated[
        int | None, typer.Option(min=0, help="Bắt đầu sau vị trí này; mặc định chỉ những gì xảy ra từ bây giờ.")
    ] = None,
    subject: SubjectOption = ">",
    type_: TypeOption = "",
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Theo dõi sự kiện mới cho đến khi bấm Ctrl-C; với -o json mỗi dòng là một sự kiện."""
    import asyncio

    from services.cli.running import client_settings

    wanted = list(dict.fromkeys(_stream(stream) for stream in streams))
    settings = client_settings(data)

    async def run() -> None:
        from services.cli.client import connected
        from shared.eventstore import stream_info

        async with connected(settings) as client:
            places = {
                stream: (await stream_info(client, stream)).last_seq if after is None else after for stream in wanted
            }
            while True:
                for stream in wanted:
                    async for message in _messages(client, stream, subject, places[stream], 1000):
                        places[stream] = message.seq
                        if _is_type(message, type_):
                            _print_line(describe(stream, message), output)
                await asyncio.sleep(POLL_S)

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return


# Messages as rows


def describe(stream: str, message: "Message") -> dict[str, Json]:
    """Return the message as JSON values: headers decoded, the body parsed where it is JSON."""
    headers: dict[str, Json] = {
        name: unquote(value) if name.startswith("ce-") else value for name, value in sorted(message.headers.items())
    }
    return {
        "stream": stream,
        "seq": message.seq,
        "subject": message.subject,
        "recorded_at": message.recorded_at.isoformat(),
        "headers": headers,
        "body": _parsed(message.body),
    }


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _is_type(message: "Message", wanted: str) -> bool:
    """Return whether the type is the one wanted: `plans.TaskCompleted.v1`, or just `TaskCompleted`."""
    written = message.headers.get("ce-type", "")
    return not wanted or wanted.lower() == written.lower() or wanted.lower() in written.lower().split(".")[1:2]


def _line(row: dict[str, Json]) -> dict[str, Json]:
    headers = row["headers"] if isinstance(row["headers"], dict) else {}
    return {
        "seq": row["seq"],
        "time": _local(str(headers.get("ce-time", row["recorded_at"]))),
        "type": headers.get("ce-type", ""),
        "subject": row["subject"],
        "actor": headers.get("ce-actor", ""),
        "on_behalf_of": headers.get("ce-onbehalfof", ""),
    }


def _local(instant: str) -> str:
    """Return the instant as a clock in Vietnam shows it; as it is where it is none."""
    from datetime import datetime

    from shared.clock import ZONE

    try:
        return f"{datetime.fromisoformat(instant).astimezone(ZONE):%d/%m/%Y %H:%M:%S}"
    except ValueError:
        return instant


def _print_line(row: dict[str, Json], output: Format) -> None:
    if output is Format.JSON:
        typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        line = _line(row)
        typer.echo(f"{row['stream']} {line['seq']}  {line['time']}  {line['type']}  {line['subject']}  {line['actor']}")


def _print_whole(row: dict[str, Json]) -> None:
    from rich.json import JSON
    from rich.table import Table
    from rich.text import Text

    screen = console()
    screen.print(Text(f"{row['stream']} {row['seq']}  {row['subject']}", style="bold"))
    table = Table(show_header=False)
    table.add_row("recorded_at", Text(str(row["recorded_at"])))
    headers = row["headers"] if isinstance(row["headers"], dict) else {}
    for name, value in headers.items():
        table.add_row(Text(name), Text(str(value)))
    screen.print(table)
    screen.print(JSON.from_data(row["body"], ensure_ascii=False))


# The log


def _stream(name: str) -> str:
    from services.topology import TOPOLOGY
    from shared.topology import PARKED, PUBLIC, TIMERS

    streams = (*TOPOLOGY.event_streams, PUBLIC, TIMERS, PARKED)
    if name.upper() not in streams:
        usage(f"Không có luồng “{name}”. Hiện có: {', '.join(streams)}.")
    return name.upper()


async def _messages(
    client: "Client", stream: str, subject: str, after: int, batch: int
) -> AsyncGenerator["Message", None]:
    """Yield the messages after the sequence; TIMERS and PARKED allow no direct gets and are read one by one."""
    from contextlib import aclosing

    from shared.eventstore import next_message, read_batch
    from shared.topology import PARKED, TIMERS

    if stream in (TIMERS, PARKED):
        while (message := await next_message(client, stream, subject, after=after)) is not None:
            yield message
            after = message.seq
        return
    async with aclosing(read_batch(client, stream, subject, after=after, batch=batch)) as reading:
        async for message in reading:
            yield message
