"""`tdkt bus`: what stands on the bus, from the registry."""

from typing import Annotated

import typer

from services.cli.output import Format, FormatOption, show

app = typer.Typer(help="Luồng, bộ đọc và quyền trên NATS.", no_args_is_help=True)


@app.callback()
def bus() -> None:
    """Group the commands of the bus, however few."""


@app.command()
def apply(
    data: Annotated[str, typer.Option("--data", envvar="TDKT_DATA_DIR", help="Thư mục dữ liệu.")] = "data",
    output: FormatOption = Format.TABLE,
) -> None:
    """Tạo hoặc cập nhật luồng và bộ đọc theo danh bạ; chạy lại không đổi gì, không bao giờ xoá."""
    import asyncio

    from services.cli.running import client_settings
    from services.topology import TOPOLOGY
    from shared.topology import apply as apply_topology
    from shared.topology import prove_durable

    settings = client_settings(data)

    async def run() -> None:
        await prove_durable(settings.nats_monitor_urls)
        changes = await apply_topology(settings, TOPOLOGY)
        rows = [
            {"kind": change.kind, "name": change.name, "outcome": change.outcome, "detail": change.detail}
            for change in changes
        ]
        show(rows, {"kind": "Loại", "name": "Tên", "outcome": "Kết quả", "detail": "Chi tiết"}, output)

    asyncio.run(run())
