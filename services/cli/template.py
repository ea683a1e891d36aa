"""`tdkt template`: the templates of documents, which officers change in Word."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show
from shared.errors import Json, Rejected

if TYPE_CHECKING:
    from shared.office.word import TemplateKind

app = typer.Typer(help="Mẫu văn bản: xem, lấy ra, kiểm tra, đưa vào dùng.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Tên mẫu, như ke-hoach; xem `tdkt template ls`.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Tệp mẫu (.docx).")]


@app.command("ls")
def ls(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Chỉ mẫu này, kèm mọi trường dùng được.")] = "",
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Liệt kê các mẫu đang dùng; nêu tên một mẫu thì liệt kê các trường của mẫu đó."""
    from shared.office.word import check_template, fields_of, find_template

    if name:
        fields: list[dict[str, Json]] = [
            {"field": one.path, "meaning": one.meaning, "is_list": one.is_list, "is_obligatory": one.is_obligatory}
            for one in fields_of(_kind(name).fields)
        ]
        show(
            fields,
            {"field": "Trường", "meaning": "Ý nghĩa", "is_list": "Danh sách", "is_obligatory": "Bắt buộc"},
            output,
        )
        return
    rows: list[dict[str, Json]] = []
    for kind in _kinds():
        template = find_template(kind, _folder(data))
        refusal = ""
        try:
            check_template(kind, template.content)
        except Rejected as refused:
            refusal = refused.code
        source = "của cơ quan" if template.is_own else "có sẵn"
        rows.append({
            "name": kind.name,
            "title": kind.title,
            "source": source,
            "sha256": template.digest,
            "short": template.digest[:12],
            "refusal": refusal,
        })  # fmt: skip
    columns = {"name": "Tên", "title": "Văn bản", "source": "Mẫu", "short": "SHA-256", "refusal": "Lỗi"}
    show(rows, columns, output)


@app.command()
def export(
    name: NameArgument,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Tệp ghi ra; mặc định: NAME.docx.")
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="Lấy mẫu có sẵn, không phải mẫu của cơ quan.")] = False,
    data: DataOption = DATA,
) -> None:
    """Lấy một mẫu ra tệp để sửa bằng Word."""
    from services.cli.sheets import write_file
    from shared.office.word import find_template

    kind = _kind(name)
    target = file or Path(f"{kind.name}.docx")
    template = kind.default.read_bytes() if default else find_template(kind, _folder(data)).content
    write_file(target, template, force=True)


@app.command()
def check(name: NameArgument, file: FileArgument) -> None:
    """Kiểm tra một tệp mẫu đã sửa; sai ở đâu nói rõ ở đó."""
    from shared.office.word import check_template

    check_template(_kind(name), _content(file))
    typer.echo("Mẫu dùng được.")


@app.command()
def install(name: NameArgument, file: FileArgument, data: DataOption = DATA) -> None:
    """Kiểm tra rồi đưa mẫu vào dùng thay mẫu cũ; mẫu sai thì không thay gì."""
    from shared.office.word import install_template

    kind = _kind(name)
    template = install_template(kind, _content(file), _folder(data))
    typer.echo(f"Đã đưa vào dùng mẫu “{kind.title}” ({template.digest[:12]}).")


def _kinds() -> "tuple[TemplateKind, ...]":
    from services.plans.documents import TEMPLATE_KINDS

    return TEMPLATE_KINDS


def _kind(name: str) -> "TemplateKind":
    kinds = {kind.name: kind for kind in _kinds()}
    if name not in kinds:
        raise Rejected("template.unknown", name=name[:40], names=", ".join(kinds))
    return kinds[name]


def _folder(data: Path) -> Path:
    from shared.settings import Settings

    return Settings(data_dir=data).templates_path


def _content(file: Path) -> bytes:
    from shared.office.package import SIZE_MAX_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(SIZE_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise Rejected("office_file.unreadable") from error
