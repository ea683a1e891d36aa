"""`tdkt calendar`: open the calendar of a year, look at it, correct it by a notice, count working days."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show, show_json, usage
from shared.errors import Json

if TYPE_CHECKING:
    from services.plans.commands import CalendarCommand, OpenCalendar
    from services.plans.events import CalendarDay, DueReason, NamedDay
    from services.plans.views import CalendarDetail, CalendarQuestion

app = typer.Typer(help="Lịch làm việc: mở lịch năm, điều chỉnh theo văn bản, đếm ngày làm việc.", no_args_is_help=True)

V = TypeVar("V")

_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
YearArgument = Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2100, help="Năm.")]
ActOption = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản thực hiện.")]
ReadOption = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản hỏi.")]
NumberOption = Annotated[str, typer.Option("--number", metavar="SỐ", help="Số, ký hiệu văn bản, như 12729/VPCP-KGVX.")]
IssuedOption = Annotated[datetime, typer.Option("--issued-on", formats=_FORMATS, help="Ngày văn bản.")]


@app.command()
def seed(year: YearArgument, account: ActOption, data: DataOption = DATA, output: FormatOption = Format.TABLE) -> None:
    """Mở lịch năm với các ngày lễ theo luật; đã mở cùng danh sách thì không làm gì."""
    from services.plans.commands import OpenCalendar
    from services.plans.documents import suggested_calendar

    found = suggested_calendar(year)
    position = _do(
        data,
        account,
        lambda at: OpenCalendar(year=year, holidays=found.holidays, basis=found.basis, source=found.source, at=at),
    )
    if output is Format.JSON:
        show_json({"position": position, "holidays": len(found.holidays)})
    else:
        typer.echo(f"Lịch năm {year} đã mở: {len(found.holidays)} ngày lễ, {found.basis} ({found.source}).")


@app.command("show")
def show_(
    year: YearArgument, account: ReadOption, data: DataOption = DATA, output: FormatOption = Format.TABLE
) -> None:
    """In ngày lễ, nghỉ bù, làm bù của năm, và văn bản căn cứ."""
    from services.plans.views import CalendarDetail, ShowCalendar
    from shared.codec import to_plain

    question = ShowCalendar(first_on=date(year, 1, 1), last_on=date(year, 12, 31))
    detail = _ask(data, account, question, CalendarDetail)
    if output is Format.JSON:
        show_json(to_plain(detail))
        return
    rows = [_row(one) for one in detail.days if one.kind not in ("working", "weekend")]
    show(rows, {"day": "Ngày", "weekday": "Thứ", "kind": "Loại", "words": "Tên gọi, căn cứ"}, output)
    _tell_basis(detail, year)


@app.command()
def correct(
    account: ActOption,
    number: NumberOption,
    issued_on: IssuedOption,
    issuer: Annotated[str, typer.Option("--issuer", help="Cơ quan ban hành.")],
    off: Annotated[
        list[str] | None, typer.Option("--off", metavar="NGÀY[=TÊN]", help="Ngày nghỉ bù, như 02/01/2026.")
    ] = None,
    made_up: Annotated[
        list[str] | None, typer.Option("--made-up", metavar="NGÀY[=TÊN]", help="Ngày làm bù, như 10/01/2026.")
    ] = None,
    text: Annotated[str, typer.Option("--text", help="Trích yếu.")] = "",
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Điều chỉnh lịch theo văn bản; hạn của nhiệm vụ chưa hoàn thành được tính lại ngay."""
    from services.plans.commands import CorrectCalendar
    from services.plans.events import OfficialNotice

    days_off = [_named(one, "Nghỉ bù") for one in off or ()]
    days_made_up = [_named(one, "Làm bù") for one in made_up or ()]
    if not days_off and not days_made_up:
        usage("Cần ít nhất một --off hoặc --made-up.")
    year = (days_off or days_made_up)[0].day.year
    position = _do(
        data,
        account,
        lambda at: CorrectCalendar(
            year=year,
            notice=OfficialNotice(number=number, issued_on=issued_on.date(), issuer=issuer, text=text),
            days_off=tuple(days_off),
            days_made_up=tuple(days_made_up),
            at=at,
        ),
    )
    _tell_done(position, f"Đã điều chỉnh lịch năm {year} theo văn bản số {number}.", output)


@app.command()
def withdraw(
    year: YearArgument,
    account: ActOption,
    number: NumberOption,
    issued_on: IssuedOption,
    reason: Annotated[str, typer.Option("--reason", help="Lý do rút.")],
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Rút điều chỉnh theo một văn bản; các ngày trở lại như trước."""
    from services.plans.commands import WithdrawCalendarCorrection

    position = _do(
        data,
        account,
        lambda at: WithdrawCalendarCorrection(
            year=year, number=number, issued_on=issued_on.date(), reason=reason, at=at
        ),
    )
    _tell_done(position, f"Đã rút điều chỉnh lịch năm {year} theo văn bản số {number}.", output)


@app.command()
def workdays(
    after: Annotated[datetime, typer.Argument(metavar="FROM", formats=_FORMATS, help="Ngày bắt đầu, không tính.")],
    count: Annotated[int, typer.Argument(metavar="N", min=1, max=1000, help="Số ngày làm việc.")],
    account: ReadOption,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Cho biết thời hạn N ngày làm việc kết thúc ngày nào, và đã trừ những ngày nào."""
    from services.plans.views import ShowTerm, TermView
    from shared.codec import to_plain

    term = _ask(data, account, ShowTerm(after=after.date(), working_days=count), TermView)
    if output is Format.JSON:
        show_json(to_plain(term))
        return
    typer.echo(f"{count} ngày làm việc sau {after:%d/%m/%Y}: {term.due_on:%d/%m/%Y}.")
    show([_row(one) for one in term.reason.skipped], {"day": "Đã trừ", "weekday": "Thứ", "words": "Vì"}, output)
    _warn_closed(term.reason)


# What the commands share


def read_calendars(path: Path, *, at: datetime) -> list["OpenCalendar"]:
    """Return one command for each year of the file. Raises Rejected `bus.invalid_body` with what does not fit."""
    from services.cli.organisation import read_mapping
    from services.plans.commands import COMMANDS, OpenCalendar
    from shared.codec import to_json

    commands = []
    for entry in read_mapping(path)["calendars"]:
        command = COMMANDS.decode("open-calendar", to_json({**entry, "at": at}))
        assert isinstance(command, OpenCalendar)
        commands.append(command)
    return commands


def _do(data: Path, account: str, build: "Callable[[datetime], CalendarCommand]") -> dict[str, Json]:
    import asyncio

    from services.cli.running import client_settings

    settings = client_settings(data)

    async def run() -> dict[str, Json]:
        from services.cli.client import actor_of, bus_client, ok_of
        from services.plans.commands import COMMANDS
        from shared.clock import load_clock
        from shared.text import kebab

        command = build(load_clock(settings.clock_path).now())
        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            name = kebab(type(command).__name__)
            position: dict[str, Json] = ok_of(await bus.command("plans", name, COMMANDS.encode(command), actor))
            return position

    return asyncio.run(run())


def _ask(data: Path, account: str, question: "CalendarQuestion", answer: type[V]) -> V:
    import asyncio

    from services.cli.running import client_settings

    settings = client_settings(data)

    async def run() -> V:
        from pydantic import TypeAdapter

        from services.cli.client import actor_of, bus_client, ok_of
        from services.plans.views import QUESTIONS
        from shared.codec import to_json
        from shared.text import kebab

        async with bus_client(settings) as bus:
            actor = await actor_of(settings, account)
            name = kebab(type(question).__name__)
            reply = ok_of(await bus.question("plans", name, QUESTIONS.encode(question), actor))
            return TypeAdapter(answer).validate_json(to_json(reply["view"]))

    return asyncio.run(run())


def _named(text: str, usual: str) -> "NamedDay":
    from services.plans.events import NamedDay

    typed, _, name = text.partition("=")
    day = None
    for form in _FORMATS:
        with suppress(ValueError):
            day = datetime.strptime(typed.strip(), form).date()  # noqa: DTZ007 - a day has no zone
    if day is None:
        usage(f"“{typed}” không phải là ngày, như 02/01/2026.")
    return NamedDay(day=day, name=name.strip() or usual)


def _row(one: "CalendarDay") -> dict[str, Json]:
    from services.portal.labels import word

    weekday = word("weekday", str(one.day.weekday()))
    words = one.name or weekday
    return {
        "day": f"{one.day:%d/%m/%Y}",
        "weekday": weekday,
        "kind": word("day_kind", one.kind),
        "words": f"{words}, theo văn bản số {one.notice}" if one.notice else words,
    }


def _tell_done(position: dict[str, Json], sentence: str, output: Format) -> None:
    if output is Format.JSON:
        show_json({"position": position})
    else:
        typer.echo(sentence)


def _tell_basis(detail: "CalendarDetail", year: int) -> None:
    calendar = next((one for one in detail.calendars if one.year == year), None)
    if calendar is None:
        typer.echo(f"Lịch năm {year} chưa mở: mới trừ Thứ Bảy, Chủ nhật. Hãy chạy tdkt calendar seed {year}.", err=True)
        return
    worked = sum(one.kind in ("working", "made_up") for one in detail.days)
    typer.echo(f"{worked} ngày làm việc. {calendar.basis} ({calendar.source}).")
    for one in calendar.corrections:
        typer.echo(f"Điều chỉnh: số {one.notice.number} ngày {one.notice.issued_on:%d/%m/%Y}, {one.notice.issuer}.")


def _warn_closed(reason: "DueReason") -> None:
    closed: Sequence[int] = [one.year for one in reason.calendars if one.seq is None]
    if closed:
        years = ", ".join(map(str, closed))
        typer.echo(f"Lịch năm {years} chưa mở: mới trừ Thứ Bảy, Chủ nhật, chưa trừ ngày lễ.", err=True)
