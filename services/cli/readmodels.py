"""`tdkt readmodel`: where read models stand, building them anew, and what is parked."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show, show_json, tell, usage
from shared.errors import Fault, Json

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from shared.settings import Settings

app = typer.Typer(help="Bảng đọc: vị trí, dựng lại, các mục đang chờ xử lý.", no_args_is_help=True)

ServiceArgument = Annotated[str, typer.Argument(metavar="SERVICE", help="Dịch vụ: plans, nominations, scoring …")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Tên bảng đọc, xem tdkt readmodel ls.")]
AccountOption = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản có vai trò vận hành.")]
OPERATOR = "operator"


@app.command()
def ls(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Chỉ dịch vụ này.")] = "",
    account: AccountOption = OPERATOR,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Liệt kê bảng đọc: đã đọc đến đâu, còn bao nhiêu, có gì đang chờ xử lý."""
    columns = {
        "service": "Dịch vụ",
        "read_model": "Bảng đọc",
        "source": "Nguồn",
        "seq": "Vị trí",
        "lag": "Còn lại",
        "parked": "Chờ xử lý",
        "generation": "Đời",
        "updated_at": "Cập nhật",
        "failure": "Lỗi",
    }
    _show_of_all("read-models", service, account, data, output, columns)


@app.command()
def parked(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Chỉ dịch vụ này.")] = "",
    account: AccountOption = OPERATOR,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Liệt kê những gì không đọc được và đang chờ xử lý, kèm lý do."""
    columns = {
        "service": "Dịch vụ",
        "read_model": "Bảng đọc",
        "subject": "Chủ đề",
        "first_seq": "Từ vị trí",
        "error": "Lý do",
    }
    _show_of_all("parked", service, account, data, output, columns)


@app.command()
def rebuild(
    service: ServiceArgument,
    name: NameArgument,
    account: AccountOption = OPERATOR,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Dựng lại một bảng đọc từ nhật ký, so với bảng đang dùng rồi thay; trong lúc đó vẫn trả lời được."""
    import asyncio

    from services.cli.running import client_settings

    _known(service)
    settings = client_settings(data)

    async def run() -> Any:
        from services.cli.client import actor_of, bus_client, ok_of

        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            body = json.dumps({"read_model": name}).encode()
            async with _progress(bus.client, service, name):
                return ok_of(await bus.control(service, "rebuild", body, actor))

    report = asyncio.run(run())
    if output is Format.JSON:
        show_json(report)
        return
    typer.echo(f"{report['read_model']}: {report['events']} sự kiện, {report['seconds']:.1f} giây.")
    rows: list[Mapping[str, Json]] = [{"table": table, "rows": count} for table, count in report["rows"].items()]
    show(rows, {"table": "Bảng", "rows": "Số dòng"}, output)
    if report["differences"]:
        typer.echo(f"Khác với bảng đang dùng trước đó ({len(report['differences'])}):")
        for line in report["differences"]:
            typer.echo(f"  {line}")


@app.command()
def release(
    service: ServiceArgument,
    name: NameArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Chủ đề đang chờ, xem tdkt readmodel parked.")],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, được ghi lại.")],
    skip: Annotated[bool, typer.Option("--skip", help="Bỏ qua các sự kiện đang chờ, không đọc lại.")] = False,
    account: AccountOption = OPERATOR,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Đọc lại những sự kiện đang chờ của một chủ đề sau khi đã sửa lỗi, hoặc bỏ qua (--skip)."""
    import asyncio

    from services.cli.running import client_settings

    _known(service)
    if not reason.strip():
        usage("Cần --reason: vì sao.")
    settings = client_settings(data)

    async def run() -> Any:
        from services.cli.client import actor_of, bus_client, ok_of

        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            wanted = {"read_model": name, "subject": subject, "retry": not skip, "reason": reason.strip()}
            return ok_of(await bus.control(service, "release", json.dumps(wanted).encode(), actor))

    answer = asyncio.run(run())
    if output is Format.JSON:
        show_json(answer)
    else:
        typer.echo("Đã bỏ qua." if skip else f"Đã đọc lại {answer['folded']} sự kiện.")


# What the commands share


def _services() -> list[str]:
    from services.topology import TOPOLOGY

    return [process.name for process in TOPOLOGY.services]


def _known(service: str) -> None:
    if service not in _services():
        usage(f"Không có dịch vụ “{service}”. Hiện có: {', '.join(_services())}.")


def _show_of_all(
    operation: str, service: str, account: str, data: Any, output: Format, columns: Mapping[str, str]
) -> None:
    """Show the rows of one service or of all; one that does not answer is named, and the others are shown."""
    import asyncio

    from services.cli.running import client_settings

    if service:
        _known(service)
    settings = client_settings(data)
    rows, down = asyncio.run(_rows_of(operation, [service] if service else _services(), account, settings))
    if output is Format.JSON:
        show_json([*rows])
    elif rows:
        # To the second is enough for people.
        show([{**row, "updated_at": str(row.get("updated_at") or "")[:19]} for row in rows], columns, output)
    else:
        typer.echo("Không có gì.")
    if down:
        codes = [tell(Fault(fault.code, f"{name}: {fault}")) for name, fault in down]
        raise typer.Exit(max(codes))


async def _rows_of(
    operation: str, services: list[str], account: str, settings: "Settings"
) -> tuple[list[dict[str, Json]], list[tuple[str, Fault]]]:
    from services.cli.client import actor_of, bus_client, ok_of

    rows: list[dict[str, Json]] = []
    down: list[tuple[str, Fault]] = []
    async with bus_client(settings) as bus:
        actor = await actor_of(settings, account)
        for service in services:
            try:
                answer = ok_of(await bus.control(service, operation, b"{}", actor, timeout_s=10.0))
            except Fault as fault:
                down.append((service, fault))
            else:
                rows += [{"service": service, **row} for row in answer]
    return rows, down


@asynccontextmanager
async def _progress(client: "Client", service: str, name: str) -> AsyncIterator[None]:
    """Show a bar on stderr while the service says how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{service}.{name}", total=None)

        async def take(message: "Msg") -> None:
            told = json.loads(message.data)
            if told["read_model"] == name:
                bar.update(task, completed=told["done"], total=told["total"])

        subscription = await client.subscribe(f"{service}.live.rebuild", cb=take)
        try:
            yield
        finally:
            await subscription.unsubscribe()
