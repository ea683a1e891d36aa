"""Accounts and where they are signed in: list, add, close, open, reset, look back."""

import asyncio
from typing import Annotated

import typer

from services.cli.output import DATA, REFUSED, DataOption, Format, FormatOption, show
from services.cli.user.store import (
    AccountArgument,
    ReasonOption,
    day,
    done_by,
    first_admin_link,
    instant,
    link,
    opened,
    words,
)
from shared.errors import Json

app = typer.Typer()


@app.command()
def ls(
    search: Annotated[str, typer.Argument(help="Tìm trong tên đăng nhập và họ tên, không cần dấu.")] = "",
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Liệt kê tài khoản cùng vai trò đang có hiệu lực."""
    from services.cli.running import client_settings
    from shared.clock import load_clock

    async def run() -> list[dict[str, Json]]:
        async with opened(data) as accounts:
            today = load_clock(client_settings(data).clock_path).today()
            return [
                {
                    "account": one.account_id,
                    "login": one.login,
                    "full_name": one.full_name,
                    "roles": "; ".join(words(grant) for grant in one.grants if grant.holds_on(today)),
                    "disabled_at": instant(one.disabled_at),
                    "last_sign_in_at": instant(one.last_sign_in_at),
                    "totp": one.totp_at is not None,
                }
                for one in await accounts.ls(search)
            ]

    columns = {
        "login": "Đăng nhập",
        "full_name": "Họ và tên",
        "roles": "Vai trò hôm nay",
        "totp": "Hai bước",
        "last_sign_in_at": "Đăng nhập gần nhất",
        "disabled_at": "Ngừng sử dụng",
    }
    show(asyncio.run(run()), columns, output)


@app.command("show")
def show_one(account: AccountArgument, data: DataOption = DATA, output: FormatOption = Format.TABLE) -> None:
    """Liệt kê mọi vai trò của một tài khoản, kể cả đã rút, và các lần ủy quyền."""

    async def run() -> list[dict[str, Json]]:
        async with opened(data) as accounts:
            own: list[dict[str, Json]] = [
                {
                    "id": one.grant_id,
                    "role": words(one.grant),
                    "from": day(one.grant.valid_from),
                    "to": day(one.grant.valid_to),
                    "by": one.given_by,
                    "withdrawn_at": instant(one.withdrawn_at),
                    "reason": one.reason,
                }
                for one in await accounts.grants.of(account)
            ]
            delegated: list[dict[str, Json]] = [
                {
                    "id": one.delegation_id,
                    "role": f"{words(one.grant)}: {one.from_name} → {one.to_name}",
                    "from": day(one.valid_from),
                    "to": day(one.valid_to),
                    "by": one.begun_by,
                    "withdrawn_at": instant(one.ended_at),
                    "reason": one.reason,
                }
                for one in await accounts.delegations.ls(account)
            ]
            return own + delegated

    columns = {
        "id": "Mã",
        "role": "Vai trò",
        "from": "Từ ngày",
        "to": "Đến ngày",
        "by": "Người gán",
        "withdrawn_at": "Đã rút lúc",
        "reason": "Lý do",
    }
    show(asyncio.run(run()), columns, output, unbroken="id")


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="Tên đăng nhập: chữ thường không dấu, chữ số và . _ - @")],
    full_name: Annotated[str, typer.Argument(help="Họ và tên.")],
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Tạo tài khoản và in liên kết một lần để người dùng tự đặt mật khẩu (24 giờ)."""

    async def run() -> str:
        async with opened(data) as accounts:
            account_id = await accounts.add(login, full_name, by=done_by(), reason=reason)
            return await accounts.links.issue_reset(account_id, by=done_by(), reason=reason)

    from shared.accounts import RESET_PATH

    address = link(data, RESET_PATH, asyncio.run(run()))
    typer.echo(f"Đã tạo tài khoản. Liên kết đặt mật khẩu, dùng một lần trong 24 giờ:\n{address}")


@app.command()
def disable(account: AccountArgument, reason: ReasonOption = "", data: DataOption = DATA) -> None:
    """Ngừng sử dụng một tài khoản và kết thúc mọi phiên đăng nhập của tài khoản đó."""

    async def run() -> None:
        async with opened(data) as accounts:
            await accounts.disable(account, by=done_by(), reason=reason)

    asyncio.run(run())
    typer.echo("Đã ngừng sử dụng tài khoản.")


@app.command()
def enable(account: AccountArgument, reason: ReasonOption = "", data: DataOption = DATA) -> None:
    """Mở lại một tài khoản đã ngừng sử dụng, và mở khoá nếu đang bị khoá tạm."""

    async def run() -> None:
        async with opened(data) as accounts:
            await accounts.enable(account, by=done_by(), reason=reason)
            await accounts.unlock(account, by=done_by(), reason=reason)

    asyncio.run(run())
    typer.echo("Tài khoản đang được sử dụng.")


@app.command()
def reset(
    account: AccountArgument,
    totp: Annotated[bool, typer.Option("--totp", help="Tắt cả xác thực hai bước (mất điện thoại).")] = False,
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """In liên kết một lần để người dùng đặt lại mật khẩu (24 giờ)."""

    async def run() -> str:
        async with opened(data) as accounts:
            token = await accounts.links.issue_reset(account, by=done_by(), reason=reason)
            if totp:
                await accounts.totp.remove(account, by=done_by(), reason=reason)
            return token

    from shared.accounts import RESET_PATH

    typer.echo(f"Liên kết đặt lại mật khẩu, dùng một lần trong 24 giờ:\n{link(data, RESET_PATH, asyncio.run(run()))}")


@app.command("first-admin")
def first_admin(data: DataOption = DATA) -> None:
    """In liên kết một lần để tạo người quản trị đầu tiên; đã có người quản trị thì không làm gì."""
    from services.cli.running import client_settings, read_run

    settings = client_settings(data)
    address = asyncio.run(first_admin_link(settings, str(read_run(settings.data_dir).get("url", ""))))
    if address is None:
        typer.echo("Hệ thống đã có người quản trị; dùng `tdkt user reset` để đặt lại mật khẩu.", err=True)
        raise typer.Exit(REFUSED)
    typer.echo(address)


@app.command()
def sessions(
    account: AccountArgument,
    end: Annotated[bool, typer.Option("--end", help="Kết thúc tất cả các phiên này.")] = False,
    reason: ReasonOption = "",
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Cho biết một tài khoản đang đăng nhập ở đâu."""

    async def run() -> list[dict[str, Json]]:
        async with opened(data) as accounts:
            found = await accounts.sessions(account)
            if end:
                await accounts.end_sessions(account, by=done_by(), reason=reason)
            return [
                {
                    "since": instant(one.created_at),
                    "last_seen_at": instant(one.last_seen_at),
                    "ip": one.ip,
                    "via": one.via,
                    "user_agent": one.user_agent,
                }
                for one in found
            ]

    columns = {
        "since": "Đăng nhập lúc",
        "last_seen_at": "Hoạt động gần nhất",
        "ip": "Địa chỉ",
        "via": "Bằng",
        "user_agent": "Trình duyệt",
    }
    show(asyncio.run(run()), columns, output)
    if end and output is Format.TABLE:
        typer.echo("Đã kết thúc các phiên trên.")


@app.command()
def audit(
    account: Annotated[str | None, typer.Argument(help="Chỉ của tài khoản này.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Số dòng mới nhất.")] = 50,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """In nhật ký quản trị: ai đổi gì về tài khoản, khi nào, vì sao."""
    from services.portal.labels import label

    async def run() -> list[dict[str, Json]]:
        async with opened(data) as accounts:
            return [
                {
                    "number": one.number,
                    "at": instant(one.at),
                    "by": one.by,
                    "action": one.action if output is Format.JSON else label("audit", one.action),
                    "account": one.account_id,
                    "detail": dict(one.detail),
                    "reason": one.reason,
                }
                for one in await accounts.audit.ls(account, limit=limit)
            ]

    columns = {
        "at": "Lúc",
        "by": "Người làm",
        "action": "Việc",
        "account": "Tài khoản",
        "detail": "Chi tiết",
        "reason": "Lý do",
    }
    show(asyncio.run(run()), columns, output)
