"""`tdkt plan`: read a plan document, import it as a draft, write a plan as its document."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, REFUSED, USAGE, DataOption, Format, FormatOption, console, fail, show_json
from shared.errors import Json, Rejected

if TYPE_CHECKING:
    from services.plans.commands import DraftPlan
    from services.plans.documents import UnitDirectory
    from services.plans.views import ParsedPlan

app = typer.Typer(help="Văn bản kế hoạch: đọc, kiểm tra, nhập, lập.", no_args_is_help=True)

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Văn bản kế hoạch: Word (.docx) hoặc văn bản thuần.")
]
OrganisationOption = Annotated[
    Path | None,
    typer.Option("--organisation", metavar="YAML", help="Danh mục quận, đơn vị để đối chiếu; mặc định: Cần Thơ 2020."),
]


@app.command()
def parse(
    file: FileArgument,
    as_json: Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON, không thêm gì khác.")] = False,
    organisation: OrganisationOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Đọc văn bản kế hoạch, không cần hệ thống đang chạy; in nhiệm vụ và điểm cần kiểm tra."""
    from services.cli.organisation import DEMO_ORGANISATION, directories_of, read_organisations
    from shared.codec import to_json

    try:
        parsed = read_plan(file, directories_of(read_organisations(organisation or DEMO_ORGANISATION)))
    except Rejected as refusal:
        fail(refusal, USAGE)
    if as_json or output is Format.JSON:
        typer.echo(to_json(parsed).decode())
    else:
        _show_plan(parsed)


@app.command("import")
def import_(
    file: FileArgument,
    account: Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản thực hiện (Phòng Nội vụ).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra, không nhập.")] = False,
    organisation: OrganisationOption = None,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Nhập văn bản kế hoạch thành dự thảo; văn bản chưa đủ thì không nhập gì và nói rõ dòng nào."""
    import asyncio

    from services.cli.organisation import directories_of, read_organisations
    from services.cli.running import client_settings
    from services.plans.documents import importable, read_document
    from services.plans.views import ParsedPlan, ParsePlan
    from shared.codec import to_json

    settings = client_settings(data)
    try:
        text = read_document(file)
    except Rejected as refusal:
        fail(refusal, USAGE)

    async def run() -> tuple["ParsedPlan", dict[str, Json] | None]:
        from pydantic import TypeAdapter

        from services.cli.client import actor_of, bus_client, ok_of
        from services.plans.commands import COMMANDS
        from services.plans.views import QUESTIONS
        from shared.clock import load_clock

        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            if organisation is not None:
                parsed = read_plan(file, directories_of(read_organisations(organisation)))
            else:
                question = QUESTIONS.encode(ParsePlan(text=text))
                answer = ok_of(await bus.question("plans", "parse-plan", question, actor))
                parsed = TypeAdapter(ParsedPlan).validate_json(to_json(answer["view"]))
            importable(parsed)
            if dry_run:
                return parsed, None
            draft = draft_of(parsed, at=load_clock(settings.clock_path).now())
            position: dict[str, Json] = ok_of(await bus.command("plans", "draft-plan", COMMANDS.encode(draft), actor))
            return parsed, position

    try:
        parsed, position = asyncio.run(run())
    except Rejected as refusal:
        fail(refusal, REFUSED)
    if output is Format.JSON:
        warnings: list[Json] = [{"code": one.code, "where": one.where, "text": one.text} for one in parsed.warnings]
        show_json({"position": position, "tasks": len(parsed.tasks), "warnings": warnings})
        return
    _show_warnings(parsed)
    done = "Đủ điều kiện nhập" if position is None else "Đã nhập dự thảo"
    typer.echo(f"{done}: kế hoạch {parsed.number}, {parsed.district}, {len(parsed.tasks)} nhiệm vụ.")


@app.command()
def document(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="Năm kế hoạch.")],
    district: Annotated[str, typer.Option(metavar="DISTRICT", help="Quận, như cai-rang.")],
    account: Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản thực hiện.")],
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Tệp ghi ra; mặc định theo số, ký hiệu.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(metavar="N", help="Lần ban hành (1 là lần đầu); mặc định lần mới nhất.")
    ] = None,
    as_pdf: Annotated[bool, typer.Option("--pdf", help="Ghi thành PDF (cần LibreOffice trên máy này).")] = False,
    data: DataOption = DATA,
) -> None:
    """Lập lại văn bản kế hoạch (.docx) từ dữ liệu của hệ thống, theo thể thức NĐ 30/2020/NĐ-CP."""
    import asyncio
    import base64

    from services.cli.running import client_settings
    from services.cli.sheets import write_file
    from services.plans.views import Paper, ShowPlanDocument
    from shared.office.pdf import to_pdf

    settings = client_settings(data)
    question = ShowPlanDocument(district=district, plan_id=str(year), version=version)

    async def run() -> "Paper":
        from pydantic import TypeAdapter

        from services.cli.client import actor_of, bus_client, ok_of
        from services.plans.views import QUESTIONS
        from shared.codec import to_json

        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            answer = ok_of(await bus.question("plans", "show-plan-document", QUESTIONS.encode(question), actor))
            return TypeAdapter(Paper).validate_json(to_json(answer["view"]))

    written = asyncio.run(run())
    content = base64.b64decode(written.content_base64)
    target = file or Path(written.file_name).with_suffix(".pdf" if as_pdf else ".docx")
    write_file(target, to_pdf(content) if as_pdf else content, force=True)


# What the commands share


def read_plan(file: Path, directories: Mapping[str, "UnitDirectory"]) -> "ParsedPlan":
    """Return what the document says. Raises Rejected `plan_document.…`."""
    from services.plans.documents import parse_plan, read_document

    return parse_plan(read_document(file), directories)


def draft_of(parsed: "ParsedPlan", *, at: datetime) -> "DraftPlan":
    """Return the command that drafts the plan; its id is the year where none is given. Raises as `importable` does."""
    from services.plans.commands import DraftPlan, NewTask
    from services.plans.documents import importable
    from services.plans.events import PlanText, Signer

    importable(parsed)
    assert parsed.district and parsed.year
    signer = parsed.signer
    return DraftPlan(
        district=parsed.district,
        plan_id=str(parsed.year),
        year=parsed.year,
        number=parsed.number,
        text=PlanText(
            title=parsed.title or "",
            issuer=parsed.issuer or "",
            place=parsed.place,
            bases=parsed.bases,
            purposes=parsed.purposes,
            requirements=parsed.requirements,
            solutions=parsed.solutions,
            organisation=parsed.organisation,
            recipients=parsed.recipients,
            signer=Signer(name=signer.name, post=signer.post or "", on_behalf_of=signer.on_behalf_of)
            if signer.name
            else None,
        ),
        tasks=tuple(
            NewTask(
                number=task.number,
                quarter=task.quarter or 0,
                content=task.content,
                lead_units=task.lead_units,
                coordinating_units=task.coordinating_units,
                due_on=task.due_on,
                due_month=task.due_month,
            )
            for task in parsed.tasks
        ),
        at=at,
    )


def _show_plan(parsed: "ParsedPlan") -> None:
    from rich.table import Table
    from rich.text import Text

    screen = console()
    day = f"{parsed.issued_on:%d/%m/%Y}" if parsed.issued_on else "?"
    head = f"Số {parsed.number or '?'}, ngày {day}, {parsed.issuer or 'chưa rõ cơ quan ban hành'}"
    screen.print(Text(parsed.title or "(không có trích yếu)", style="bold"))
    screen.print(Text(f"{head}; năm {parsed.year or '?'}, quận: {parsed.district or '?'}"))
    if parsed.tasks:
        table = Table("TT", "Quý", "Nội dung", "Chủ trì", "Phối hợp", "Thời hạn")
        for task in parsed.tasks:
            table.add_row(
                str(task.number),
                str(task.quarter or "?"),
                Text(task.content),
                Text("\n".join(task.lead_units)),
                Text("\n".join(task.coordinating_units)),
                f"{task.due_on:%d/%m/%Y}" if task.due_on else f"tháng {task.due_month}" if task.due_month else "",
            )
        screen.print(table)
    _show_warnings(parsed)


def _show_warnings(parsed: "ParsedPlan") -> None:
    """Show what a person should look at, with where it stands and its code."""
    from rich.table import Table
    from rich.text import Text

    if not parsed.warnings:
        typer.echo("Không có điểm nào cần kiểm tra.")
        return
    table = Table("Điểm cần kiểm tra", "Ở đâu", "Mã")
    for one in parsed.warnings:
        table.add_row(Text(one.text), Text(one.where), Text(one.code))
    console().print(table)
