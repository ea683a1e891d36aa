"""`tdkt org`: the units, clusters and blocks of the districts, out to a spreadsheet and in from one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import succession
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
    from services.plans.commands import ReviseOrganisation
    from services.plans.views import OrganisationDetail, OrganisationView

app = typer.Typer(help="Tổ chức: đơn vị, cụm, khối thi đua; xuất và nhập bằng bảng tính.", no_args_is_help=True)

succession.add_to(app)

DistrictOption = Annotated[str, typer.Option("--district", metavar="DISTRICT", help="Chỉ một quận, như cai-rang.")]


@app.command("export")
def export(
    file: TargetArgument,
    account: AccountOption,
    district: DistrictOption = "",
    year: Annotated[int | None, typer.Option("--year", help="Năm của cụm, khối; mặc định: năm nay.")] = None,
    force: ForceOption = False,
    data: DataOption = DATA,
) -> None:
    """Xuất đơn vị, cụm, khối của các quận được phép cập nhật ra tệp Excel; sửa xong có thể nhập lại."""
    import asyncio

    from services.cli.running import client_settings
    from services.plans.documents.sheets import write_organisations

    settings = client_settings(data)

    async def run() -> bytes:
        from services.cli.plans import plans_as

        async with plans_as(settings, account) as plans:
            places = await _organisations(plans, district)
            wanted = year or plans.clock.today().year
            details, _ = await _details(plans, [one.district for one in places], (wanted,))
        return write_organisations(details)

    try:
        content = asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)
    write_file(file, content, force=force)


@app.command("import")
def import_(
    file: FileArgument,
    account: AccountOption,
    district: DistrictOption = "",
    dry_run: DryRunOption = False,
    skip_wrong: SkipWrongOption = False,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Nhập đơn vị, cụm, khối từ bảng tính; có dòng sai thì không nhập gì và ghi tệp có đánh dấu lỗi."""
    import asyncio

    from services.cli.running import client_settings
    from services.plans.documents.sheets import check_organisations, read_organisations, revisions

    settings = client_settings(data)

    async def run() -> None:
        from services.cli.plans import plans_as
        from shared.series import send_series

        content = read_file(file)
        async with plans_as(settings, account) as plans:
            today = plans.clock.today()
            read = read_organisations(content, await _organisations(plans, district))
            details, seen = await _details(plans, read.districts, read.years or (today.year,))
            checked = check_organisations(read, details, today)
            marked = write_marked(file, content, checked.preview)
            sent = None
            if not dry_run and (skip_wrong or not checked.preview.problems):
                series = revisions(checked, at=plans.clock.now())
                total = sum(_size(command) for commands in series.values() for command in commands)
                with progress("Đang áp dụng", total) as advance:
                    sent = await send_series(
                        series, plans.do, expected_seq=seen, on_done=lambda command: advance(_size(command))
                    )
                await plans.reach(sent.positions)
        end_import(checked.preview, marked, output, sent, skip_wrong=skip_wrong)

    try:
        asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)


def _size(command: "ReviseOrganisation") -> int:
    return len(command.units) + sum(len(group.members) for group in command.groups)


async def _organisations(plans: "Plans", district: str) -> "list[OrganisationView]":
    """Return the districts that the account may revise, or only the one named. Raises Rejected `actor.not_allowed`."""
    from services.plans.rules import ORGANISATION_ROLES
    from services.plans.views import ListOrganisations, OrganisationList

    today = plans.clock.today()
    answer, _ = await plans.ask(ListOrganisations(), OrganisationList)
    found = [
        one
        for one in answer.organisations
        if district in ("", one.district) and plans.actor.has(*ORGANISATION_ROLES, on=today, district=one.district)
    ]
    if not found:
        raise Rejected("actor.not_allowed", action="ReviseOrganisation")
    return found


async def _details(
    plans: "Plans", districts: Sequence[str], years: Sequence[int]
) -> "tuple[list[OrganisationDetail], int]":
    """Return each district in each year, and the sequence that all of it has seen."""
    from services.plans.views import OrganisationDetail, ShowOrganisation

    questions = [ShowOrganisation(district=district, year=year) for district in districts for year in years]
    answers = [await plans.ask(question, OrganisationDetail) for question in questions]
    return [detail for detail, _ in answers], min((seq for _, seq in answers), default=0)
