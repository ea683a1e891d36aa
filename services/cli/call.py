"""`tdkt call` and `tdkt ask`: every command and question of every service, as an account."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show, show_json, show_value, usage
from shared.errors import Json

if TYPE_CHECKING:
    from shared.codec import MessageCodec

ServiceArgument = Annotated[str, typer.Argument(metavar="SERVICE", help="Dịch vụ: plans, nominations, scoring …")]
AccountOption = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản thực hiện.")]
BodyOption = Annotated[
    str, typer.Option("--json", metavar="-|TEXT|@FILE", help="Nội dung JSON: viết thẳng, @tệp, hoặc - để đọc stdin.")
]
ListOption = Annotated[bool, typer.Option("--list", help="Chỉ liệt kê tên và các trường.")]


def call(
    service: ServiceArgument,
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="Tên lệnh, như complete-task-part.")] = "",
    body: BodyOption = "{}",
    account: AccountOption = "",
    command_id: Annotated[str, typer.Option("--command-id", help="Mã lệnh; gửi lại cùng mã thì không làm lại.")] = "",
    expected_seq: Annotated[
        int | None, typer.Option("--expected-seq", min=0, help="Từ chối nếu đã có thay đổi sau vị trí này.")
    ] = None,
    list_: ListOption = False,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Gửi một lệnh đến một dịch vụ, thay mặt một tài khoản."""
    import asyncio

    from services.cli.running import client_settings

    codec = _codec(service, "commands")
    if list_:
        _show_names(codec, output)
        return
    message = _message(codec, command, body, account)
    settings = client_settings(data)

    async def run() -> Any:
        from services.cli.client import actor_of, bus_client, ok_of
        from shared.clock import load_clock

        if "at" in _fields(codec.members[command]):
            message.setdefault("at", load_clock(settings.clock_path).now().isoformat())
        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            reply = await bus.command(
                service, command, _encoded(message), actor, command_id=command_id, expected_seq=expected_seq
            )
            return ok_of(reply)

    position = asyncio.run(run())
    if output is Format.JSON:
        show_json(position)
    else:
        show([position], {"stream": "Luồng", "seq": "Vị trí", "epoch": "Kỳ"}, output)


def ask(
    service: ServiceArgument,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Tên câu hỏi, như show-plan.")] = "",
    body: BodyOption = "{}",
    account: AccountOption = "",
    at_least: Annotated[
        list[str] | None,
        typer.Option("--at-least", metavar="STREAM=SEQ", help="Đợi đến khi đã đọc qua vị trí này, như PLANS=12."),
    ] = None,
    list_: ListOption = False,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Hỏi một dịch vụ, thay mặt một tài khoản; chỉ thấy những gì tài khoản được xem."""
    import asyncio

    from services.cli.running import client_settings

    codec = _codec(service, "views")
    if list_:
        _show_names(codec, output)
        return
    message = _message(codec, question, body, account)
    positions = dict(map(_position, at_least or ()))
    settings = client_settings(data)

    async def run() -> Any:
        from services.cli.client import actor_of, bus_client, ok_of

        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            return ok_of(await bus.question(service, question, _encoded(message), actor, at_least=positions))

    answer = asyncio.run(run())
    if output is Format.JSON:
        show_json(answer)
        return
    show_value(answer["view"])
    if answer["stale"]:
        typer.echo("Dữ liệu chưa theo kịp vị trí yêu cầu.", err=True)


# Names and bodies, checked before anything is sent


def _codec(service: str, module: str) -> "MessageCodec[Any]":
    import importlib

    from services.topology import TOPOLOGY

    services = [process.name for process in TOPOLOGY.services]
    if service not in services:
        usage(f"Không có dịch vụ “{service}”. Hiện có: {', '.join(services)}.")
    codec: MessageCodec[Any] = getattr(
        importlib.import_module(f"services.{service}.{module}"), "COMMANDS" if module == "commands" else "QUESTIONS"
    )
    return codec


def _message(codec: "MessageCodec[Any]", name: str, body: str, account: str) -> dict[str, Json]:
    """Return the body as an object; a usage error where name, account or body cannot be meant."""
    if name not in codec.members:
        told = f"Dịch vụ {codec.service} không có “{name}”" if name else f"Cần tên sau {codec.service}"
        usage(f"{told}. Hiện có: {', '.join(sorted(codec.members))}.")
    if not account:
        usage("Cần --as ACCOUNT: tài khoản thực hiện.")
    try:
        text = _text(body)
        message = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        usage(f"--json không đọc được: {error}")
    if not isinstance(message, dict):
        usage('--json phải là một đối tượng JSON, như {"district": "cai-rang"}.')
    return message


def _text(body: str) -> str:
    if body == "-":
        return sys.stdin.read()
    return Path(body[1:]).read_text(encoding="utf-8") if body.startswith("@") else body


def _encoded(message: Mapping[str, Json]) -> bytes:
    # Surrogates from the shell (bytes that are no UTF-8) become question marks; JSON cannot carry them.
    return json.dumps(message, ensure_ascii=False).encode(errors="replace")


def _position(text: str) -> tuple[str, int]:
    stream, _, seq = text.partition("=")
    if not stream or not seq.isdecimal():
        usage(f"--at-least cần dạng PLANS=12, không phải “{text}”.")
    return stream.upper(), int(seq)


def _fields(message: type) -> dict[str, tuple[str, bool]]:
    """Return the fields of a message: its type, and whether it must be given."""
    import dataclasses
    from typing import get_type_hints

    hints = get_type_hints(message)
    return {
        one.name: (
            _type_name(hints[one.name]),
            one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING,
        )
        for one in dataclasses.fields(message)
    }


def _type_name(hint: Any) -> str:
    if isinstance(hint, type) and not hasattr(hint, "__args__"):
        return hint.__name__
    import re

    return re.sub(r"\b(?:\w+\.)+", "", str(hint))


def _show_names(codec: "MessageCodec[Any]", output: Format) -> None:
    rows: list[dict[str, Json]] = []
    for name, member in sorted(codec.members.items()):
        fields: dict[str, Json] = {}
        written = []
        for field, (kind, is_required) in _fields(member).items():
            is_required = is_required and field != "at"  # the clock fills it in
            fields[field] = {"type": kind, "required": is_required}
            written.append(field if is_required else f"[{field}]")
        about = (member.__doc__ or "").strip().splitlines()[0]
        rows.append({"name": name, "fields": fields, "written": ", ".join(written), "about": about})
    if output is Format.JSON:
        show_json([{key: row[key] for key in ("name", "fields", "about")} for row in rows])
    else:
        show(rows, {"name": "Tên", "written": "Trường ([không bắt buộc])", "about": "Ý nghĩa"}, output)
