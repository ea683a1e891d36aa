"""`tdkt bus`: what stands on the bus, from the registry."""

from typing import Annotated

import typer

from services.cli.output import Format, FormatOption, show

app = typer.Typer(help="Luồng, bộ đọc và quyền trên NATS.", no_args_is_help=True)


DataFolder = Annotated[str, typer.Option("--data", envvar="TDKT_DATA_DIR", help="Thư mục dữ liệu.")]


@app.command()
def keys(data: DataFolder = "data") -> None:
    """Tạo khoá của mọi người dùng NATS, khoá ký của portal, cli và khoá mã xác thực; khoá đã có được giữ nguyên."""
    from pathlib import Path

    from services.topology import TOPOLOGY
    from shared.accounts.sealing import create_key
    from shared.settings import Settings
    from shared.topology import create_users, route_password

    settings = Settings(data_dir=Path(data))
    users = create_users(settings, TOPOLOGY)
    route_password(settings)
    # Every portal needs the same one: made by each for itself, the codes of one would be garbage to the others.
    create_key(settings.accounts_key_path)
    typer.echo(
        f"{len(users)} khoá NATS trong {settings.data_dir / 'nkeys'}, khoá ký trong {settings.data_dir / 'actors'},"
        f" khoá mã xác thực {settings.accounts_key_path}."
    )


@app.command()
def config(
    node: Annotated[str, typer.Argument(help="Tên máy chủ NATS này.")],
    peers: Annotated[
        str, typer.Option(help="Mọi máy chủ của cụm, kể cả máy này: tên hoặc tên:cổng, cách nhau bằng dấu phẩy.")
    ] = "",
    store: Annotated[str, typer.Option(help="Thư mục lưu sổ sự kiện trên máy chủ NATS.")] = "/var/lib/nats",
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe.")] = "0.0.0.0",  # noqa: S104 - a node serves others
    port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng cho các dịch vụ.")] = 4222,
    monitor_port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng giám sát.")] = 8222,
    cluster_port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng nối giữa các máy chủ.")] = 6222,
    data: DataFolder = "data",
) -> None:
    """In cấu hình nats-server của một máy chủ: người dùng, quyền, ghi đĩa trước khi xác nhận, cụm ba máy."""
    from pathlib import Path

    from services.topology import TOPOLOGY
    from shared.settings import Settings
    from shared.topology import Node, create_users, render_server_config, route_password, total_mb

    settings = Settings(data_dir=Path(data))
    names = tuple(name.strip() for name in peers.split(",") if name.strip())
    text = render_server_config(
        node=Node(
            name=node,
            host=host,
            port=port,
            monitor_port=monitor_port,
            cluster_port=cluster_port,
            peers=names,
            route_password=route_password(settings) if names else "",
        ),
        store_dir=Path(store),
        users=create_users(settings, TOPOLOGY),
        file_store_mb=2 * total_mb(TOPOLOGY, settings.stream_max_mb),
    )
    typer.echo(text, nl=False)


@app.command()
def apply(
    data: DataFolder = "data",
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
