"""`tdkt task`: the tasks of a plan, out to a spreadsheet and in from one."""

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
    from services.plans.views import OrganisationDetail, PlanBoard

app = typer.Typer(help="Nhiệm vụ của kế hoạch; xuất và nhập bằng bảng tính.", no_args_is_help=True)

PlanOption = Annotated[str, typer.Option("--plan", metavar="PLAN", help="Kế hoạch, như 2020.")]
DistrictOption = Annotated[str, typer.Option("--district", metavar="DISTRICT", help="Quận, như cai-rang.")]


@app.command("export")
def export(
    file: TargetArgument,
    plan: PlanOption,
    district: DistrictOption,
    account: AccountOption,
    force: ForceOption = False,
    data: DataOption = DATA,
) -> None:
    """Xuất nhiệm vụ của một kế hoạch ra tệp Excel, kèm biểu đồ theo quý."""
    import asyncio

    from services.cli.running import client_settings
    from services.plans.documents.sheets import write_tasks

    settings = client_settings(data)

    async def run() -> bytes:
        from services.cli.plans import plans_as

        async with plans_as(settings, account) as plans:
            board, detail, _ = await _board(plans, district, plan)
        return write_tasks(board, detail)

    try:
        content = asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)
    write_file(file, content, force=force)


@app.command("import")
def import_(
    file: FileArgument,
    plan: PlanOption,
    district: DistrictOption,
    account: AccountOption,
    dry_run: DryRunOption = False,
    skip_wrong: SkipWrongOption = False,
    drop_absent: Annotated[
        bool, typer.Option("--drop-absent", help="Bỏ khỏi dự thảo các nhiệm vụ không có trong tệp.")
    ] = False,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Nhập nhiệm vụ vào dự thảo kế hoạch; có dòng sai thì không nhập gì và ghi tệp có đánh dấu lỗi."""
    import asyncio

    from services.cli.running import client_settings
    from services.plans.documents.sheets import amendment, read_tasks

    settings = client_settings(data)

    async def run() -> None:
        from services.cli.plans import plans_as
        from shared.series import send_series

        content = read_file(file)
        async with plans_as(settings, account) as plans:
            board, detail, seen = await _board(plans, district, plan)
            checked = read_tasks(content, board.plan, detail, board.today, drops_absent=drop_absent)
            marked = write_marked(file, content, checked.preview)
            sent = None
            if not dry_run and (skip_wrong or not checked.preview.problems):
                command = amendment(board.plan, checked, at=plans.clock.now())
                with progress("Đang áp dụng", checked.preview.changes) as advance:
                    sent = await send_series(
                        {district: [command] if command else []},
                        plans.do,
                        expected_seq=seen,
                        on_done=lambda _: advance(checked.preview.changes),
                    )
                await plans.reach(sent.positions)
        end_import(checked.preview, marked, output, sent, skip_wrong=skip_wrong)

    try:
        asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)


async def _board(plans: "Plans", district: str, plan: str) -> "tuple[PlanBoard, OrganisationDetail, int]":
    """Return the plan with its tasks, its district, and the sequence at which the plan was read."""
    from services.plans.views import OrganisationDetail, PlanBoard, ShowOrganisation, ShowPlan

    board, _ = await plans.ask(ShowPlan(district=district, plan_id=plan), PlanBoard)
    detail, _ = await plans.ask(ShowOrganisation(district=district, year=board.plan.year), OrganisationDetail)
    return board, detail, board.plan.seq
