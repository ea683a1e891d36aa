"""`tdkt trace`: what one click or command caused, process by process."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, console, show, show_json, usage
from shared.errors import Rejected

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from shared.traces import TraceNode

app = typer.Typer(help="Vết xử lý: một yêu cầu đã đi qua đâu, mất bao lâu.", no_args_is_help=True)


@app.command()
def ls(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Nhiều nhất bao nhiêu.")] = 20,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Liệt kê các vết gần đây, mới nhất trước."""
    from services.cli.running import client_settings
    from shared.clock import ZONE
    from shared.codec import to_plain
    from shared.traces import read_recent, summaries

    found = summaries(read_recent(client_settings(data).data_dir / "traces"), limit=limit)
    rows = [to_plain(one) for one in found]
    if output is Format.JSON:
        show_json(rows)
        return
    for row, one in zip(rows, found, strict=True):
        row |= {
            "started_at": f"{one.started_at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}",
            "duration_ms": f"{one.duration_ms:.1f}",
            "processes": ", ".join(one.processes),
            "has_error": "✗" if one.has_error else "",
        }
    columns = {
        "trace_id": "Vết",
        "started_at": "Bắt đầu",
        "duration_ms": "ms",
        "name": "Việc",
        "spans": "Bước",
        "processes": "Qua",
        "has_error": "Lỗi",
    }
    show(rows, columns, output, unbroken="trace_id")


@app.command("show")
def show_(
    trace_id: Annotated[str, typer.Argument(metavar="TRACE_ID", help="Mã vết, 32 chữ số thập lục phân.")],
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Vẽ cây các bước của một vết: mili giây, tiến trình, thuộc tính."""
    from services.cli.running import client_settings
    from shared.codec import to_plain
    from shared.traces import read_trace, trace_tree

    wanted = trace_id.lower()
    if len(wanted) != 32 or set(wanted) - set("0123456789abcdef"):
        usage(f"“{trace_id}” không phải mã vết: cần 32 chữ số thập lục phân, xem tdkt trace ls.")
    roots = trace_tree(read_trace(client_settings(data).data_dir / "traces", wanted))
    if not roots:
        raise Rejected("trace.not_found", trace_id=wanted)
    if output is Format.JSON:
        show_json(to_plain(roots))
        return
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(wanted, style="bold"))
    for root in roots:
        _grow(tree, root)
    console().print(tree)


def _grow(tree: "Tree", node: "TraceNode") -> None:
    branch = tree.add(_line(node))
    for child in node.children:
        _grow(branch, child)


def _line(node: "TraceNode") -> "Text":
    from rich.text import Text

    span = node.span
    attributes = "  ".join(f"{key.removeprefix('tdkt.')}={value}" for key, value in span.attributes.items())
    line = Text(f"{span.duration_ms:.1f} ms  ")
    line.append(span.process, style="cyan")
    line.append(f"  {span.name}", style="bold")
    line.append(f"  {attributes}" if attributes else "", style="dim")
    if span.error:
        line.append(f"  ✗ {span.error}", style="red")
    return line
