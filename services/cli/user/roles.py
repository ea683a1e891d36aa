"""Roles: give, withdraw, delegate, and why somebody may do something."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, REFUSED, DataOption, Format, FormatOption, show, usage
from services.cli.user.store import (
    DATE_FORMATS,
    AccountArgument,
    DistrictOption,
    ReasonOption,
    RoleArgument,
    UnitOption,
    day,
    done_by,
    opened,
    standing,
    words,
)
from shared.errors import Json
from shared.types import Grant

if TYPE_CHECKING:
    from shared.rights import Right

app = typer.Typer()

SERVICES = ("plans", "nominations", "scoring", "notifications")


@app.command()
def grant(
    account: AccountArgument,
    role: RoleArgument,
    district: DistrictOption,
    unit: UnitOption = None,
    valid_from: Annotated[
        datetime | None, typer.Option("--from", formats=DATE_FORMATS, help="Có hiệu lực từ ngày (lịch nghiệp vụ).")
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option("--to", formats=DATE_FORMATS, help="Có hiệu lực đến hết ngày.")
    ] = None,
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Gán một vai trò trong một phạm vi."""
    wanted = Grant(
        role=role,
        district=district,
        unit=unit,
        valid_from=valid_from.date() if valid_from else None,
        valid_to=valid_to.date() if valid_to else None,
    )

    async def run() -> None:
        async with opened(data) as accounts:
            await accounts.grants.give(account, wanted, by=done_by(), reason=reason)

    asyncio.run(run())
    typer.echo(f"Đã gán: {words(wanted)}.")


@app.command()
def withdraw(
    account: AccountArgument,
    role: RoleArgument,
    district: DistrictOption,
    unit: UnitOption = None,
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Rút một vai trò, cùng những gì đã ủy quyền từ vai trò đó."""

    async def run() -> int:
        async with opened(data) as accounts:
            found = await standing(accounts, account, role, district, unit)
            for grant_id in found:
                await accounts.grants.withdraw(grant_id, by=done_by(), reason=reason)
            return len(found)

    if not asyncio.run(run()):
        typer.echo("Tài khoản không có vai trò này.", err=True)
        raise typer.Exit(REFUSED)
    typer.echo("Đã rút vai trò.")


@app.command()
def delegate(
    account: Annotated[str, typer.Argument(help="Người ủy quyền.")],
    role: RoleArgument,
    to: Annotated[str, typer.Argument(help="Người được ủy quyền.")],
    district: DistrictOption,
    valid_from: Annotated[datetime, typer.Option("--from", formats=DATE_FORMATS, help="Từ ngày.")],
    valid_to: Annotated[datetime, typer.Option("--to", formats=DATE_FORMATS, help="Đến hết ngày.")],
    unit: UnitOption = None,
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Ủy quyền một vai trò cho người khác trong những ngày vắng mặt."""

    async def run() -> tuple[str, ...]:
        async with opened(data) as accounts:
            found = await standing(accounts, account, role, district, unit)
            return await accounts.delegations.begin(
                account,
                found,
                to,
                valid_from=valid_from.date(),
                valid_to=valid_to.date(),
                by=done_by(),
                reason=reason,
            )

    for delegation_id in asyncio.run(run()):
        typer.echo(f"Đã ủy quyền, mã {delegation_id}.")


@app.command()
def undelegate(
    delegation: Annotated[str, typer.Argument(help="Mã lần ủy quyền (tdkt user show).")],
    reason: ReasonOption = "",
    data: DataOption = DATA,
) -> None:
    """Kết thúc ngay một lần ủy quyền."""

    async def run() -> None:
        async with opened(data) as accounts:
            await accounts.delegations.end(delegation, by=done_by(), reason=reason)

    asyncio.run(run())
    typer.echo("Đã kết thúc ủy quyền.")


@app.command()
def why(
    account: AccountArgument,
    action: Annotated[str, typer.Argument(help="Việc, theo tên lệnh, ví dụ issue-plan.")],
    district: DistrictOption,
    unit: Annotated[str | None, typer.Option("--unit", help="Đơn vị liên quan.")] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=DATE_FORMATS, help="Vào ngày nào; mặc định hôm nay.")
    ] = None,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Giải thích vì sao một tài khoản được, hoặc không được, làm một việc."""
    from services.portal.labels import label

    rights = _rights()
    if action not in rights:
        usage(f"Không có việc “{action}”; chỉ có: {', '.join(sorted(rights))}")

    async def run() -> tuple[bool, list[str], list[dict[str, Json]]]:
        async with opened(data) as accounts:
            answer = await accounts.why(
                account, rights[action], district=district, unit=unit, on=on.date() if on else None
            )
        sign = "Được" if answer.is_allowed else "Không được"
        lines = [f"{sign}: {answer.full_name} ({answer.login}), {label('actions', action)}, ngày {day(answer.on)}."]
        lines += ["Tài khoản đã ngừng sử dụng."] if answer.is_disabled else []
        lines += ["Tài khoản đang bị khoá tạm, chưa đăng nhập được."] if answer.is_locked else []
        rows: list[dict[str, Json]] = [
            {
                "role": words(one.grant),
                "from": day(one.grant.valid_from),
                "to": day(one.grant.valid_to),
                "delegated_by": one.delegated_by if output is Format.JSON else one.delegator_name,
                "verdict": [*one.verdicts]
                if output is Format.JSON
                else "; ".join(label("verdicts", verdict) for verdict in one.verdicts) or "Cho quyền này",
            }
            for one in answer.considered
        ]
        return answer.is_allowed, lines, rows

    is_allowed, lines, rows = asyncio.run(run())
    if output is Format.TABLE:
        for line in lines:
            typer.echo(line)
    columns = {
        "role": "Vai trò",
        "from": "Từ ngày",
        "to": "Đến ngày",
        "delegated_by": "Thay mặt",
        "verdict": "Kết luận",
    }
    show(rows, columns, output)
    if not is_allowed:
        raise typer.Exit(REFUSED)


def _rights() -> dict[str, "Right"]:
    from importlib import import_module

    from shared.text import kebab

    return {
        kebab(command.__name__): right
        for service in SERVICES
        for command, right in import_module(f"services.{service}.rules").RIGHTS.items()
    }
