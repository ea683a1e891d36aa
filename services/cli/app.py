"""`tdkt`: noun and verb in English, help in Vietnamese.

Every noun is a module of this folder with a typer `app`, added below. Such a module imports little
at its top: what is heavy (the bus, the settings) is imported inside the command, so that help and
completion stay quick. Exit codes: 0 done, 1 failed, 2 usage, 3 not ready, 4 refused or conflict.
"""

import sys
from datetime import datetime
from typing import Annotated

import typer

from services.cli import (
    backup,
    bus,
    calendar,
    call,
    events,
    files,
    key,
    org,
    plan,
    readmodels,
    registration,
    subscribe,
    task,
    template,
    trace,
    user,
)
from services.cli.output import DATA, NOT_READY, DataOption, Format, FormatOption, show, tell
from shared.errors import Fault, Rejected

app = typer.Typer(
    help="Thi đua, khen thưởng: chạy và vận hành hệ thống.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(plan.app, name="plan")
app.add_typer(calendar.app, name="calendar")
app.add_typer(template.app, name="template")
app.add_typer(org.app, name="org")
app.add_typer(task.app, name="task")
app.add_typer(registration.app, name="registration")
app.add_typer(events.app, name="event")
app.add_typer(readmodels.app, name="readmodel")
app.add_typer(trace.app, name="trace")
app.add_typer(bus.app, name="bus")
app.add_typer(backup.app, name="backup")
app.add_typer(files.app, name="file")
app.add_typer(user.app, name="user")
app.add_typer(key.app, name="key")
app.command()(call.call)
app.command()(call.ask)
app.command()(subscribe.subscribe)


def main() -> None:
    """Run the command line; turn refusals and faults into one line and an exit code."""
    try:
        app()
    except (Rejected, Fault) as error:
        sys.exit(tell(error))


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="Nạp dữ liệu mẫu; lịch bắt đầu từ 06/02/2020.")] = False,
    data: DataOption = DATA,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng của trang web.")] = 8080,
    nats_port: Annotated[int, typer.Option(min=1, max=65535, help="Cổng của NATS.")] = 4222,
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%d/%m/%Y"], help="Ngày nghiệp vụ khi khởi tạo thư mục dữ liệu."),
    ] = None,
    speed: Annotated[float, typer.Option(min=0.001, help="Số giây nghiệp vụ trong một giây thực.")] = 1.0,
) -> None:
    """Chạy toàn bộ hệ thống trên máy này: NATS, các dịch vụ, lưu trữ và trang web."""
    from services.cli import up as supervisor
    from shared.settings import Settings

    options = supervisor.Options(
        demo=demo, port=port, nats_port=nats_port, today=today.date() if today else None, speed=speed
    )
    raise typer.Exit(supervisor.run(Settings(data_dir=data), options))


@app.command()
def serve(
    process: Annotated[str, typer.Argument(help="plans, nominations, scoring, notifications, archive hoặc portal.")],
) -> None:
    """Chạy riêng một tiến trình, cấu hình bằng các biến TDKT_*; dùng khi triển khai nhiều máy."""
    import importlib

    import uvloop

    from services.cli.up import PROGRAMS
    from shared.settings import Settings

    modules = {program.name: program.module for program in PROGRAMS}
    if process not in modules:
        raise typer.BadParameter(f"chỉ có: {', '.join(modules)}")
    main = importlib.import_module(modules[process]).main
    uvloop.run(main(Settings(process=process)))


@app.command()
def verify(
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d", "%d/%m/%Y"], help="Đối chiếu và tính số liệu đến hết ngày này."),
    ] = None,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Đối chiếu sổ sự kiện, bản lưu trữ và mọi bảng số liệu; nêu tên chỗ khác nhau."""
    from services.cli import verify as verification
    from services.cli.running import client_settings

    day = as_of.date() if as_of else None
    raise typer.Exit(verification.run(client_settings(data.absolute()), day, output))


@app.command()
def down(data: DataOption = DATA) -> None:
    """Dừng hệ thống đang chạy và đợi đến khi dừng hẳn."""
    from services.cli import running

    was_running = running.down(data.absolute())
    typer.echo("Đã dừng." if was_running else "Không có hệ thống nào đang chạy.")


@app.command()
def status(data: DataOption = DATA, output: FormatOption = Format.TABLE) -> None:
    """Cho biết tiến trình nào đang chạy và đã sẵn sàng chưa."""
    from dataclasses import asdict

    from services.cli import running

    processes = running.status(data.absolute())
    columns = {
        "name": "Tiến trình",
        "pid": "PID",
        "port": "Cổng",
        "is_ready": "Sẵn sàng",
        "restarts": "Khởi động lại",
        "uptime_s": "Đã chạy (giây)",
    }
    if processes or output is Format.JSON:
        show([asdict(process) for process in processes], columns, output)
    else:
        typer.echo("Không có hệ thống nào đang chạy.")
    if not processes or not all(process.is_ready for process in processes):
        raise typer.Exit(NOT_READY)


@app.command()
def doctor(data: DataOption = DATA, output: FormatOption = Format.TABLE) -> None:
    """Kiểm tra máy và thư mục dữ liệu, nói rõ cần làm gì."""
    from dataclasses import asdict

    from services.cli.doctor import examine

    checks = examine(data.absolute())
    columns = {"sign": "", "name": "Mục", "finding": "Kết quả", "advice": "Việc cần làm"}
    show([{"sign": check.sign, **asdict(check)} for check in checks], columns, output)
    if any(check.is_ok is False for check in checks):
        raise typer.Exit(NOT_READY)


if __name__ == "__main__":
    main()
