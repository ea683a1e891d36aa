"""How a command answers: a table for people, JSON for programs (`-o table|json`)."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from shared.errors import Fault, Json, Rejected

FAILED, USAGE, NOT_READY, REFUSED = 1, 2, 3, 4
_NOT_READY_CODES = ("up.", "bus.not_durable", "bus.unreachable", "bus.service_down")

DataOption = Annotated[Path, typer.Option("--data", envvar="TDKT_DATA_DIR", help="Thư mục dữ liệu.")]
DATA = Path("data")


class Format(StrEnum):
    """What `-o` may be."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("-o", "--output", help="Cách trình bày kết quả.")]


def show(rows: Sequence[Mapping[str, Json]], columns: Mapping[str, str], output: Format) -> None:
    """Print the rows: as a table of the columns (key → heading), or as a JSON array with all their keys."""
    if output is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns.values())
    for row in rows:
        table.add_row(*(Text(_text(row.get(key))) for key in columns))
    Console().print(table)


def show_json(value: Json) -> None:
    """Print one value as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def fail(error: Rejected | Fault, exit_code: int | None = None) -> NoReturn:
    """Say in one line what was refused or broke, with its code, and end with the exit code that fits."""
    from services.portal.labels import load, sentence

    if isinstance(error, Rejected):
        known = sentence(error.code, error.detail)
        fitting = REFUSED
    else:
        known = sentence(error.code) if error.code in load()["codes"] else str(error)
        fitting = NOT_READY if error.code.startswith(_NOT_READY_CODES) else FAILED
    more = "" if str(error) in (error.code, known) else f"; {error}"
    typer.echo(f"{known} [{error.code}{more}]", err=True)
    raise typer.Exit(fitting if exit_code is None else exit_code)


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return "" if value is None else str(value)
