"""`tdkt registration`: what the units of a district register for a year, out to a spreadsheet and in from one."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, REFUSED, DataOption, Format, FormatOption, fail
from services.cli.sheets import (
    AccountOption,
    DryRunOption,
    FileArgument,
    ForceOption,
    SkipWrongOption,
    TargetArgument,
    end_import,
    progress,
    read_file,
    write_file,
    write_marked,
)
from shared.errors import Rejected

if TYPE_CHECKING:
    from services.cli.plans import Plans
    from services.plans.documents.sheets import KnownRegistration, UnitNames
    from services.plans.views import RegistrationBoard

app = typer.Typer(help="Đăng ký thi đua của các đơn vị; xuất và nhập bằng bảng tính.", no_args_is_help=True)

YearOption = Annotated[int, typer.Option("--year", metavar="YEAR", help="Năm đăng ký, như 2020.")]
DistrictOption = Annotated[str, typer.Option("--district", metavar="DISTRICT", help="Quận, như cai-rang.")]
_ITEMS_A_QUESTION = 500


@app.command("export")
def export(
    file: TargetArgument,
    year: YearOption,
    district: DistrictOption,
    account: AccountOption,
    template: Annotated[bool, typer.Option("--template", help="Chỉ ghi mẫu trống, có danh sách chọn.")] = False,
    force: ForceOption = False,
    data: DataOption = DATA,
) -> None:
    """Xuất nội dung đăng ký của các đơn vị ra tệp Excel, hoặc mẫu trống để điền."""
    import asyncio

    from services.cli.running import client_settings
    from services.plans.documents.sheets import write_registrations

    settings = client_settings(data)

    async def run() -> bytes:
        from services.cli.plans import plans_as

        async with plans_as(settings, account) as plans:
            _, known, _, _ = await _known(plans, district, year)
        words = {unit_id: one.word for unit_id, one in known.items()}
        items = [] if template else [item for one in known.values() for item in one.items]
        return write_registrations(year, items, words)

    try:
        content = asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)
    write_file(file, content, force=force)


@app.command("import")
def import_(
    file: FileArgument,
    year: YearOption,
    district: DistrictOption,
    account: AccountOption,
    dry_run: DryRunOption = False,
    skip_wrong: SkipWrongOption = False,
    drop_absent: Annotated[
        bool, typer.Option("--drop-absent", help="Bỏ nội dung không có trong tệp, ở các đơn vị mà tệp có ghi.")
    ] = False,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Nhập đăng ký của nhiều đơn vị vào bản đang soạn; có dòng sai thì không nhập gì và ghi tệp có đánh dấu lỗi."""
    import asyncio

    from services.cli.running import client_settings
    from services.plans.documents.sheets import read_registrations, savings

    settings = client_settings(data)

    async def run() -> None:
        from services.cli.plans import plans_as
        from shared.series import send_series

        content = read_file(file)
        async with plans_as(settings, account) as plans:
            board, known, names, seen = await _known(plans, district, year)
            if board.round is None:
                raise Rejected("registration.round_not_open", year=year)
            checked = read_registrations(content, year, known, names, drops_absent=drop_absent)
            marked = write_marked(file, content, checked.preview)
            sent = None
            if not dry_run and (skip_wrong or not checked.preview.problems):
                series = savings(checked, district, year, at=plans.clock.now())
                with progress("Đang áp dụng", sum(map(len, checked.items.values()))) as advance:
                    sent = await send_series(
                        series, plans.do, expected_seq=seen, on_done=lambda command: advance(len(command.items))
                    )
                await plans.reach(sent.positions)
        end_import(checked.preview, marked, output, sent, skip_wrong=skip_wrong)

    try:
        asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)


async def _known(
    plans: "Plans", district: str, year: int
) -> "tuple[RegistrationBoard, dict[str, KnownRegistration], UnitNames, int]":
    """Return the board, what each unit registers, the names of the units, and the sequence that all of it has seen."""
    from services.plans.documents.sheets import known_registrations, unit_names
    from services.plans.rules import reads_registrations
    from services.plans.views import (
        ItemLine,
        ItemList,
        ListRegisteredItems,
        OrganisationDetail,
        RegistrationBoard,
        ShowOrganisation,
        ShowRegistrations,
    )

    if not reads_registrations(plans.actor, district, None, plans.clock.today()):
        raise Rejected("actor.not_allowed", action="ListRegisteredItems")
    board, seen = await plans.ask(ShowRegistrations(district=district, year=year), RegistrationBoard)
    detail, _ = await plans.ask(ShowOrganisation(district=district, year=year), OrganisationDetail)
    names = unit_names(detail.organisation, detail.units)
    items: list[ItemLine] = []
    while True:
        question = ListRegisteredItems(
            district=district, year=year, drafts=True, limit=_ITEMS_A_QUESTION, offset=len(items)
        )
        found, _ = await plans.ask(question, ItemList)
        items += found.items
        if not found.items or len(items) >= found.found:
            break
    known = known_registrations(detail.units, names, board.registrations, items, board.today)
    return board, known, names, seen
