"""How a command answers: a table for people, JSON for programs (`-o table|json`)."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from shared.errors import Fault, Json, Rejected

if TYPE_CHECKING:
    from rich.console import Console

FAILED, USAGE, NOT_READY, REFUSED = 1, 2, 3, 4
_NOT_READY_CODES = ("up.", "bus.not_durable", "bus.unreachable", "bus.service_down")

DataOption = Annotated[Path, typer.Option("--data", envvar="TDKT_DATA_DIR", help="Thư mục dữ liệu.")]
DATA = Path("data")
PIPE_WIDTH = 160
COLUMNS_MAX = 8  # of a table that can still be read


class Format(StrEnum):
    """What `-o` may be."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("-o", "--output", help="Cách trình bày kết quả.")]


def show(rows: Sequence[Mapping[str, Json]], columns: Mapping[str, str], output: Format, *, unbroken: str = "") -> None:
    """Print the rows: as a table of the columns (key → heading), or as a JSON array with all their keys.

    The column `unbroken` holds what people copy, and stays on one line.
    """
    if output is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for key, heading in columns.items():
        # What is cut off is of no use: rather more lines.
        table.add_column(Text(heading), overflow="fold", no_wrap=key == unbroken)
    for row in rows:
        table.add_row(*(Text(_text(row.get(key))) for key in columns))
    console().print(table)


def console() -> "Console":
    """Return where tables go: as wide as the terminal, or wide enough for whole lines in a file or a pipe."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH)


def show_json(value: Json) -> None:
    """Print one value as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def tell(error: Rejected | Fault) -> int:
    """Say in one line what was refused or broke, with its code; return the exit code that fits."""
    from services.portal.labels import load, sentence

    if isinstance(error, Rejected):
        typer.echo(f"{sentence(error.code, error.detail)} [{error.code}]", err=True)
        return REFUSED
    words = [sentence(error.code)] if error.code in load()["codes"] else []
    words += [str(error)] if str(error) != error.code else []
    typer.echo(f"{' '.join(words)} [{error.code}]".lstrip(), err=True)
    return NOT_READY if error.code.startswith(_NOT_READY_CODES) else FAILED


def fail(error: Rejected | Fault, exit_code: int | None = None) -> NoReturn:
    """End the command with what `tell` says, or with the exit code given."""
    fitting = tell(error)
    raise typer.Exit(fitting if exit_code is None else exit_code)


def usage(sentence: str) -> NoReturn:
    """End the command because it was asked for something that cannot be meant."""
    typer.echo(sentence, err=True)
    raise typer.Exit(USAGE)


def show_value(value: Json, title: str = "") -> None:
    """Print any value for people: its plain fields as one table, each list of things as a table of its own."""
    from rich.table import Table
    from rich.text import Text

    match value:
        case dict():
            plain = {key: one for key, one in value.items() if not _is_a_part(one)}
            if plain:
                table = Table("", "", title=title or None, show_header=False)
                for key, one in plain.items():
                    table.add_row(Text(key, style="bold"), Text(_text(one)))
                console().print(table)
            for key, one in value.items():
                if _is_a_part(one):
                    show_value(one, f"{title}.{key}" if title else key)
        case [dict(), *_]:
            rows = [row for row in value if isinstance(row, dict)]
            columns = {key: key for row in rows for key in row}
            if len(columns) > COLUMNS_MAX:
                for number, row in enumerate(rows, start=1):
                    show_value(row, f"{title} {number}".strip())
                return
            if title:
                console().print(Text(title, style="italic"))
            show(rows, columns, Format.TABLE)
        case _:
            console().print(Text(f"{title}: {_text(value)}" if title else _text(value)))


def _is_a_part(value: Json) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
