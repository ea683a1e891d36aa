"""`tdkt key`: service keys, with which other systems read."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show
from services.cli.user.store import DATE_FORMATS, ReasonOption, done_by, opened
from shared.errors import Json
from shared.types import CITY, DISTRICTS, Grant, Role

app = typer.Typer(help="Khoá dịch vụ để hệ thống khác đọc số liệu.", no_args_is_help=True)


@app.command()
def issue(
    name: Annotated[str, typer.Argument(help="Tên, thường là tên hệ thống sử dụng khoá.")],
    district: Annotated[
        list[str], typer.Option("--district", help=f"Được đọc nơi nào; lặp lại được: {CITY}, {', '.join(DISTRICTS)}.")
    ],
    role: Annotated[Role, typer.Option("--role", help="reader (số liệu) hoặc auditor (tất cả).")] = Role.READER,
    valid_from: Annotated[
        datetime | None, typer.Option("--from", formats=DATE_FORMATS, help="Có hiệu lực từ ngày.")
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option("--to", formats=DATE_FORMATS, help="Có hiệu lực đến hết ngày.")
    ] = None,
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Cấp một khoá và in ra một lần duy nhất."""

    async def run() -> str:
        async with opened(data) as accounts:
            issued = await accounts.keys.issue(
                name,
                [Grant(role=role, district=one) for one in district],
                valid_from=valid_from.date() if valid_from else None,
                valid_to=valid_to.date() if valid_to else None,
                by=done_by(),
                reason=reason,
            )
            return issued.token

    typer.echo(asyncio.run(run()))
    typer.echo("Hãy cất khoá ngay: hệ thống không in lại. Gửi kèm: Authorization: Bearer <khoá>", err=True)


@app.command()
def ls(data: DataOption = DATA, output: FormatOption = Format.TABLE) -> None:
    """Liệt kê khoá dịch vụ và lần dùng gần nhất."""
    from services.portal.labels import label

    async def run() -> list[dict[str, Json]]:
        async with opened(data) as accounts:
            return [
                {
                    "id": one.key_id,
                    "name": one.name,
                    "prefix": one.prefix,
                    "grants": "; ".join(
                        f"{label('roles', grant.role)}, {label('places', grant.district)}" for grant in one.grants
                    ),
                    "valid_from": one.valid_from.isoformat() if one.valid_from else None,
                    "valid_to": one.valid_to.isoformat() if one.valid_to else None,
                    "last_used_at": one.last_used_at.isoformat(timespec="minutes") if one.last_used_at else None,
                    "revoked_at": one.revoked_at.isoformat(timespec="minutes") if one.revoked_at else None,
                }
                for one in await accounts.keys.ls()
            ]

    columns = {
        "id": "Mã",
        "name": "Tên",
        "prefix": "Bắt đầu bằng",
        "grants": "Được đọc",
        "valid_to": "Đến ngày",
        "last_used_at": "Dùng gần nhất",
        "revoked_at": "Thu hồi",
    }
    show(asyncio.run(run()), columns, output, unbroken="id")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Mã khoá (tdkt key ls).")],
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Thu hồi một khoá ngay lập tức."""

    async def run() -> None:
        async with opened(data) as accounts:
            await accounts.keys.revoke(key, by=done_by(), reason=reason)

    asyncio.run(run())
    typer.echo("Đã thu hồi khoá.")
