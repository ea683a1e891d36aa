"""How a command answers: a table for people, JSON for programs (`-o table|json`)."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from shared.errors import Json


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


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return "" if value is None else str(value)
