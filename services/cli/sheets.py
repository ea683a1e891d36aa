"""What the imports of `tdkt` share: a spreadsheet read, its preview shown, the marked copy beside it."""

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.output import REFUSED, Format, console, show_json, usage
from shared.errors import Json, Rejected

if TYPE_CHECKING:
    from services.plans.documents.sheets import Preview
    from shared.series import Sent

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Bảng tính: .xlsx, .xls hoặc .ods.")]
TargetArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Tệp .xlsx sẽ được ghi.")]
AccountOption = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Tài khoản thực hiện.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra, không thay đổi gì.")]
SkipWrongOption = Annotated[bool, typer.Option("--skip-wrong", help="Vẫn nhập các dòng đúng khi có dòng sai.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Ghi đè tệp đã có.")]
ROWS_SHOWN_MAX = 50
MARKED_MAX = 100  # copies beside one file


def read_file(path: Path) -> bytes:
    """Return the bytes of the file. Raises Rejected `office_file.unreadable`, `office_file.too_large`."""
    from shared.office.package import SIZE_MAX_BYTES

    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise Rejected("office_file.unreadable", file=path.name) from error
    if len(content) > SIZE_MAX_BYTES:
        raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    return content


def write_file(path: Path, content: bytes, *, force: bool) -> None:
    """Write an exported file; one that is there is only replaced when asked to."""
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(content)
    except FileExistsError:
        usage(f"Tệp {path} đã có; thêm --force để ghi đè.")
    except OSError as error:
        usage(f"Không ghi được {path}: {error.strerror}.")
    typer.echo(f"Đã ghi {path}.")


def write_marked(path: Path, content: bytes, preview: "Preview") -> Path | None:
    """Write the user's file with its mistakes marked beside the original; None where it has none.

    A file that is there is never replaced: somebody may have begun to correct it.
    """
    from services.portal.labels import sentence
    from shared.office.workbook import mark_workbook

    if not preview.problems:
        return None
    marked = mark_workbook(content, preview.marks(sentence))
    stem = path.stem.removesuffix("-loi")
    names = (f"{stem}-loi.xlsx", *(f"{stem}-loi-{number}.xlsx" for number in range(2, MARKED_MAX + 1)))
    target = next((one for name in names if not (one := path.with_name(name)).exists()), None)
    try:
        if target is None:
            raise FileExistsError(errno.EEXIST, "đã có quá nhiều tệp đánh dấu")
        with target.open("xb") as file:
            file.write(marked)
    except OSError as error:
        # The mistakes are told on the screen all the same.
        typer.echo(f"Không ghi được tệp đánh dấu lỗi cạnh {path}: {error.strerror}.", err=True)
        return None
    return target


def end_import(
    preview: "Preview", marked: Path | None, output: Format, sent: "Sent[Any] | None", *, skip_wrong: bool
) -> None:
    """Show what the file would change or has changed; `sent` is None where nothing was to be applied.

    Exit code 4 where the file has mistakes and the good rows alone were not asked for, or a change was refused.
    """
    from services.cli.output import fail

    show_preview(preview, marked, output, None if sent is None else sent.refusal is None)
    if sent is not None and sent.refusal is not None:
        if sent.done:
            typer.echo("Một phần thay đổi đã được áp dụng; nhập lại tệp này để làm tiếp phần còn lại.", err=True)
        fail(sent.refusal)
    if preview.problems and not skip_wrong:
        typer.echo("Chưa áp dụng gì. Hãy sửa các dòng lỗi, hoặc thêm --skip-wrong để nhập riêng dòng đúng.", err=True)
        raise typer.Exit(REFUSED)


def show_preview(preview: "Preview", marked: Path | None, output: Format, is_applied: bool | None) -> None:
    """Show what the file changes, and each mistake with its place; `is_applied` is None where nothing was tried."""
    from services.portal.labels import sentence

    counts = preview.counts
    if output is Format.JSON:
        show_json(
            {
                "counts": {str(state): count for state, count in counts.items()},
                "changes": preview.changes,
                "absent": list(preview.absent),
                "ignored": list(preview.ignored),
                "problems": [
                    {
                        "sheet": one.sheet,
                        "row": one.row,
                        "column": one.column,
                        "code": one.code,
                        "sentence": sentence(one.code, one.detail),
                    }
                    for one in preview.problems
                ],
                "marked": str(marked) if marked else None,
                "applied": preview.changes if is_applied else 0,
            }
        )
        return
    new, changed, same, wrong = counts.values()
    typer.echo(f"Mới {new} · đổi {changed} · giữ nguyên {same} · lỗi {wrong} · {preview.changes} thay đổi.")
    if preview.absent:
        fate = "bỏ khỏi dự thảo" if preview.drops_absent else "giữ nguyên"
        typer.echo(f"Không có trong tệp, {fate}: {', '.join(preview.absent)}.")
    if preview.ignored:
        typer.echo(f"Cột không dùng đến: {', '.join(preview.ignored)}.")
    _show_changes(preview)
    _show_problems(preview, sentence)
    if marked is not None:
        typer.echo(f"Tệp có đánh dấu lỗi: {marked}")
    if is_applied:
        typer.echo(f"Đã áp dụng {preview.changes} thay đổi.")


@contextmanager
def progress(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on the standard error while rows are applied; what is yielded moves it by so many."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    if not total:
        yield lambda rows: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(text, total=total)
        yield lambda rows: bar.advance(task, rows)


def _show_changes(preview: "Preview") -> None:
    from rich.table import Table
    from rich.text import Text

    from services.plans.documents.sheets import LineState

    words: Mapping[LineState, str] = {LineState.NEW: "mới", LineState.CHANGED: "đổi"}
    lines = [line for line in preview.lines if line.state in words]
    if not lines:
        return
    table = Table("Trang tính", "Dòng", "", "Nội dung", "Thay đổi")
    for line in lines[:ROWS_SHOWN_MAX]:
        changes = "\n".join(f"{one.heading}: {one.before or '—'} → {one.after or '—'}" for one in line.differences)
        table.add_row(Text(line.sheet), str(line.row), words[line.state], Text(line.about), Text(changes))
    console().print(table)
    _say_more(len(lines))


def _show_problems(preview: "Preview", sentence: Callable[[str, Mapping[str, Json]], str]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not preview.problems:
        return
    table = Table("Trang tính", "Dòng", "Cột", "Lỗi", "Mã")
    for one in preview.problems[:ROWS_SHOWN_MAX]:
        place = _letters(one.column) if one.column else ""
        table.add_row(Text(one.sheet), str(one.row), place, Text(sentence(one.code, one.detail)), one.code)
    console().print(table)
    _say_more(len(preview.problems))


def _say_more(count: int) -> None:
    if count > ROWS_SHOWN_MAX:
        typer.echo(f"… và {count - ROWS_SHOWN_MAX} dòng nữa.")


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
