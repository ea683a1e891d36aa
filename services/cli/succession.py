"""`tdkt org merge` and its like: units become one or several, a unit or a whole district ends, by a paper."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, DataOption, fail, usage
from shared.errors import Fault, Rejected

if TYPE_CHECKING:
    from services.plans.commands import CloseDistrict, MergeUnits, NewUnit, SplitUnit
    from services.plans.events import OfficialNotice
    from services.plans.views import OrganisationDetail

    Change = MergeUnits | SplitUnit | CloseDistrict

_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
AccountOption = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản thực hiện.")]
PlaceOption = Annotated[str, typer.Option("--district", metavar="DISTRICT", help="Quận, như ninh-kieu.")]
DayOption = Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="Từ ngày, ngày đầu của đơn vị mới.")]
NumberOption = Annotated[str, typer.Option("--number", metavar="SỐ", help="Số văn bản, như 893/NQ-UBTVQH14.")]
IssuedOption = Annotated[datetime, typer.Option("--issued-on", formats=_FORMATS, help="Ngày văn bản.")]
IssuerOption = Annotated[str, typer.Option("--issuer", help="Cơ quan ban hành.")]
TextOption = Annotated[str, typer.Option("--text", help="Trích yếu.")]
NewOption = Annotated[
    list[str] | None, typer.Option("--new", metavar="MÃ=TÊN;TÊN GỌI TẮT", help="Đơn vị mới; có thể ghi nhiều lần.")
]


def merge(
    unit_ids: Annotated[list[str], typer.Argument(metavar="UNIT…", help="Các đơn vị kết thúc hoạt động.")],
    district: PlaceOption,
    into: Annotated[str, typer.Option("--into", metavar="UNIT", help="Đơn vị tiếp nhận.")],
    day: DayOption,
    number: NumberOption,
    issued_on: IssuedOption,
    issuer: IssuerOption,
    account: AccountOption,
    text: TextOption = "",
    new: NewOption = None,
    data: DataOption = DATA,
) -> None:
    """Sáp nhập các đơn vị vào một đơn vị đã có, hoặc một đơn vị mới (--new)."""

    def change(detail: "OrganisationDetail", at: datetime) -> "Change":
        from services.plans.commands import MergeUnits

        new_units = _new_units(new, _kind_like(detail, unit_ids[0]))
        return MergeUnits(
            district=district,
            unit_ids=tuple(unit_ids),
            into_id=into,
            merged_on=day.date(),
            paper=_paper(number, issued_on, issuer, text),
            new_unit=new_units[0] if new_units else None,
            at=at,
        )

    _send(data, account, district, change)


def split(
    unit_id: Annotated[str, typer.Argument(metavar="UNIT", help="Đơn vị được chia, tách.")],
    district: PlaceOption,
    successor: Annotated[
        str, typer.Option("--successor", metavar="UNIT", help="Tiếp nhận việc còn dở; chính đơn vị đó nếu chỉ tách.")
    ],
    day: DayOption,
    number: NumberOption,
    issued_on: IssuedOption,
    issuer: IssuerOption,
    account: AccountOption,
    text: TextOption = "",
    new: NewOption = None,
    data: DataOption = DATA,
) -> None:
    """Chia, tách một đơn vị thành các đơn vị mới (--new)."""

    def change(detail: "OrganisationDetail", at: datetime) -> "Change":
        from services.plans.commands import SplitUnit

        return SplitUnit(
            district=district,
            unit_id=unit_id,
            into=_new_units(new, _kind_like(detail, unit_id)),
            successor_id=successor,
            split_on=day.date(),
            paper=_paper(number, issued_on, issuer, text),
            at=at,
        )

    _send(data, account, district, change)


def close_district(
    district: Annotated[str, typer.Argument(metavar="DISTRICT", help="Quận kết thúc hoạt động, như cai-rang.")],
    last_day: Annotated[datetime, typer.Option("--last-day", formats=_FORMATS, help="Ngày hoạt động cuối cùng.")],
    number: NumberOption,
    issued_on: IssuedOption,
    issuer: IssuerOption,
    account: AccountOption,
    heir: Annotated[
        str,
        typer.Option("--heir", metavar="UNIT", help="Đơn vị của thành phố tiếp nhận việc chung; mặc định: thành phố."),
    ] = "",
    takes: Annotated[
        list[str] | None,
        typer.Option(
            "--takes", metavar="UNIT=UNIT,…", help="Đơn vị của thành phố = các đơn vị của quận mà nó tiếp nhận."
        ),
    ] = None,
    text: TextOption = "",
    data: DataOption = DATA,
) -> None:
    """Kết thúc hoạt động của một quận; sau ngày đó chỉ còn xem lại."""

    def change(_: "OrganisationDetail", at: datetime) -> "Change":
        from services.plans.commands import CloseDistrict, NewSuccessor

        shares = [_pair(one, "UNIT=UNIT,…") for one in takes or ()]
        return CloseDistrict(
            district=district,
            closed_on=last_day.date(),
            successors=(
                NewSuccessor(unit_id=heir or None),
                *(NewSuccessor(unit_id=unit_id, takes=tuple(taken.split(","))) for unit_id, taken in shares),
            ),
            paper=_paper(number, issued_on, issuer, text),
            at=at,
        )

    _send(data, account, district, change)


def add_to(app: typer.Typer) -> None:
    """Give the commands to `tdkt org`."""
    app.command("merge")(merge)
    app.command("split")(split)
    app.command("close-district")(close_district)


def _send(data: Path, account: str, district: str, change: "Callable[[OrganisationDetail, datetime], Change]") -> None:
    import asyncio

    from services.cli.running import client_settings
    from services.plans.views import OrganisationDetail, ShowOrganisation

    settings = client_settings(data)

    async def run() -> int:
        from services.cli.plans import plans_as

        async with plans_as(settings, account) as plans:
            year = plans.clock.today().year
            detail, seen = await plans.ask(ShowOrganisation(district=district, year=year), OrganisationDetail)
            position = await plans.do(change(detail, plans.clock.now()), seen)
            await plans.reach([position])
            return position.seq

    try:
        seq = asyncio.run(run())
    except (Rejected, Fault) as error:
        fail(error)
    typer.echo(f"Đã ghi nhận, sự kiện #{seq}.")


def _paper(number: str, issued_on: datetime, issuer: str, text: str) -> "OfficialNotice":
    from services.plans.events import OfficialNotice

    return OfficialNotice(number=number, issued_on=issued_on.date(), issuer=issuer, text=text)


def _kind_like(detail: "OrganisationDetail", unit_id: str) -> str:
    """Return the kind of the unit, which those that come of it have too. Raises Rejected `unit.not_found`."""
    for unit in detail.units:
        if unit.unit_id == unit_id:
            return unit.kind
    raise Rejected("unit.not_found", unit_id=unit_id[:80])


def _new_units(typed: Sequence[str] | None, kind: str) -> "tuple[NewUnit, ...]":
    from services.plans.commands import NewUnit
    from services.plans.events import UnitKind

    units = []
    for one in typed or ():
        unit_id, names = _pair(one, "MÃ=TÊN;TÊN GỌI TẮT")
        name, _, short_name = names.partition(";")
        units.append(
            NewUnit(
                unit_id=unit_id, name=name.strip(), short_name=short_name.strip() or name.strip(), kind=UnitKind(kind)
            )
        )
    return tuple(units)


def _pair(typed: str, form: str) -> tuple[str, str]:
    key, equals, value = typed.partition("=")
    if not equals or not key.strip() or not value.strip():
        usage(f"“{typed}” không có dạng {form}.")
    return key.strip(), value.strip()
