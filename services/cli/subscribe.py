"""`tdkt subscribe`: read PUBLIC as another system would, with an outsider's rights and place."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, usage
from shared.errors import Fault

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

BATCH = 100
WAIT_S = 1.0


def subscribe(
    consumer: Annotated[
        str, typer.Option("--as-consumer", metavar="NAME", help="Hệ thống bên ngoài: tên bộ đọc và khoá của nó.")
    ] = "sample-reader",
    from_seq: Annotated[
        int | None, typer.Option("--from-seq", min=1, help="Đọc lại từ vị trí này; mặc định tiếp sau lần trước.")
    ] = None,
    subject: Annotated[str, typer.Option("--filter", metavar="SUBJECT", help="Chỉ in chủ đề này (* và >).")] = ">",
    follow: Annotated[bool, typer.Option(help="Đợi sự kiện mới cho đến khi bấm Ctrl-C.")] = True,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Nhận các sự kiện công khai (PUBLIC) như một hệ thống bên ngoài; đã nhận thì lần sau không nhận lại."""
    import asyncio

    from services.cli.running import client_settings
    from services.topology import TOPOLOGY

    if consumer not in TOPOLOGY.outsiders:
        usage(f"Không có bộ đọc “{consumer}”. Hiện có: {', '.join(TOPOLOGY.outsiders)}.")
    settings = client_settings(data)

    async def run() -> None:
        import nats.errors

        from shared.topology import OUTSIDER_API, PUBLIC, connect, disconnect

        if not settings.seed_path(consumer).exists():
            raise Fault("bus.unreachable", f"no keys in {settings.data_dir}: tdkt up")
        try:
            connection = await connect(settings, consumer)
        except (nats.errors.Error, OSError) as error:
            raise Fault("bus.unreachable", f"NATS at {settings.nats_url}: {error or type(error).__name__}") from error
        try:
            jetstream = connection.jetstream(prefix=OUTSIDER_API)
            subscription = await jetstream.pull_subscribe_bind(consumer=consumer, stream=PUBLIC)
            # Without a sequence this goes back behind what was acknowledged: what an earlier reader took and
            # did not acknowledge would otherwise be acknowledged unread, together with what comes after it.
            await jetstream.reset_consumer(PUBLIC, consumer, seq=from_seq)
            while follow or await _is_behind(jetstream, PUBLIC, consumer):
                try:
                    messages = await subscription.fetch(BATCH, timeout=WAIT_S)
                except nats.errors.TimeoutError:
                    continue
                for message in messages:
                    if _matches(message.subject, subject):
                        _print(message, output)
                # The place is kept for all messages up to this one.
                await messages[-1].ack_sync()
        except nats.errors.Error as error:
            raise Fault("bus.unreachable", f"PUBLIC: {error or type(error).__name__}") from error
        finally:
            await disconnect(connection)

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return


async def _is_behind(jetstream: "JetStreamContext", stream: str, consumer: str) -> bool:
    info = await jetstream.consumer_info(stream, consumer)
    return bool(info.num_pending or info.num_ack_pending)


def _matches(subject: str, pattern: str) -> bool:
    tokens, wanted = subject.split("."), pattern.split(".")
    if wanted[-1] == ">":
        wanted = wanted[:-1]
        if len(tokens) <= len(wanted):
            return False
        tokens = tokens[: len(wanted)]
    return len(tokens) == len(wanted) and all(one in ("*", token) for token, one in zip(tokens, wanted, strict=True))


def _print(message: "Msg", output: Format) -> None:
    headers = dict(message.headers or {})
    body: Any = json.loads(message.data)
    seq = message.metadata.sequence.stream
    if output is Format.JSON:
        row = {"seq": seq, "subject": message.subject, "headers": headers, "body": body}
        typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        typer.echo(f"{seq}  {headers.get('ce-type', '')}  {message.subject}  {json.dumps(body, ensure_ascii=False)}")
