"""The account store as the commands open it, and what they all ask for and print."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.types import CITY, DISTRICTS, Grant, Role

if TYPE_CHECKING:
    from shared.accounts import Accounts
    from shared.settings import Settings

DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]
AccountArgument = Annotated[str, typer.Argument(help="Mã tài khoản hoặc tên đăng nhập.")]
RoleArgument = Annotated[Role, typer.Argument(help="Vai trò.")]
DistrictOption = Annotated[
    str, typer.Option("--district", help=f"Phạm vi: {CITY} (toàn thành phố), {', '.join(DISTRICTS)}.")
]
UnitOption = Annotated[str | None, typer.Option("--unit", help="Đơn vị, với vai trò của một đơn vị.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Lý do hoặc căn cứ, ghi vào nhật ký quản trị.")]


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator["Accounts"]:
    """Open the account store of the data folder, or of the database that the environment names."""
    from services.cli.running import client_settings
    from shared.accounts import Accounts

    accounts = await Accounts.of(client_settings(data))
    try:
        yield accounts
    finally:
        await accounts.close()


async def has_admin(settings: "Settings") -> bool:
    """Return whether somebody administers the accounts today."""
    from shared.accounts import Accounts

    accounts = await Accounts.of(settings)
    try:
        return await accounts.has_admin()
    finally:
        await accounts.close()


async def first_admin_link(settings: "Settings", url: str) -> str | None:
    """Return the address at which the first administrator makes his account; None where there is one.

    It is below the setting `base_url`, else below `url`. An earlier address is of no use any more.
    """
    from shared.accounts import FIRST_ADMIN_PATH, Accounts

    accounts = await Accounts.of(settings)
    try:
        token = await accounts.links.issue_first_admin()
    finally:
        await accounts.close()
    return token and f"{(settings.base_url or url).rstrip('/')}{FIRST_ADMIN_PATH}/{token}"


def link(data: Path, path: str, token: str) -> str:
    """Return the address that a person opens: of the setting, of the running portal, or else only the path."""
    from services.cli.running import client_settings, read_run

    base = client_settings(data).base_url or str(read_run(data.absolute()).get("url", ""))
    return f"{base.rstrip('/')}{path}/{token}"


async def standing(accounts: "Accounts", account: str, role: Role, district: str, unit: str | None) -> tuple[str, ...]:
    """Return the ids of the account's own grants of the role in the place that were not withdrawn."""
    return tuple(
        one.grant_id
        for one in await accounts.grants.of(account)
        if one.withdrawn_at is None and (one.grant.role, one.grant.district, one.grant.unit) == (role, district, unit)
    )


def done_by() -> str:
    """Return who did it, for the audit trail."""
    return f"cli:{getpass.getuser()}"[:80]


def words(one: Grant) -> str:
    """Return role, unit and place of a grant in words."""
    from services.portal.labels import label

    place = label("places", one.district)
    return ", ".join((label("roles", one.role), *([one.unit] if one.unit else []), place))


def day(on: date | None) -> str:
    """Return the day as people write it."""
    return f"{on:%d/%m/%Y}" if on else ""


def instant(at: datetime | None) -> str:
    """Return the instant as a clock in Vietnam shows it."""
    from shared.clock import ZONE

    return f"{at.astimezone(ZONE):%d/%m/%Y %H:%M}" if at else ""
