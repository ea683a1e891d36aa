"""The default template of a plan."""

from docx.document import Document
from docx.shared import Mm
from docx.table import Table

from shared.office.word import drawing
from shared.office.word.drawing import control_row, keep_together, packed, paragraph, repeated, ruled

_STYLES = (
    *(drawing.NATION, drawing.MOTTO, drawing.SUPERIOR, drawing.ISSUER, drawing.RULE, drawing.NUMBER, drawing.DATE),
    *(drawing.KIND, drawing.TITLE, drawing.BASIS, drawing.BODY, drawing.HEADING),
    *(drawing.TABLE_HEAD, drawing.TABLE_NUMBER, drawing.TABLE_TEXT, drawing.TABLE_LIST),
    *(drawing.RECIPIENTS_HEAD, drawing.RECIPIENT, drawing.AUTHORITY, drawing.SIGNER),
)
_NUMBER_MM, _CONTENT_MM, _UNITS_MM = 12, 93, 55
_WIDE_MM = (11, 58, 33, 33, 25)


def plan_template() -> bytes:
    """Return the default template of a plan as the bytes of a .docx."""
    document = drawing.begun_document(_STYLES)
    drawing.letterhead(document)
    drawing.heading_of(document, "KẾ HOẠCH")
    repeated(document, "basis", "bases", "Căn cứ {{ basis }}{{ '.' if loop.last else ';' }}", drawing.BASIS)
    paragraph(document, "{{ issuer }} ban hành Kế hoạch {{ subject }} như sau:", drawing.BODY)
    _purposes(document)
    paragraph(document, "{{ numerals.tasks }}. NỘI DUNG", drawing.HEADING)
    paragraph(document, "{%p if is_wide %}", drawing.BODY)
    _wide_table(document)
    paragraph(document, "{%p else %}", drawing.BODY)
    _narrow_table(document)
    paragraph(document, "{%p endif %}", drawing.BODY)
    _section(document, "solutions", "CÁC GIẢI PHÁP CHỦ YẾU", space_before=True)
    _section(document, "organisation", "TỔ CHỨC THỰC HIỆN")
    last = paragraph(
        document,
        "{{ issuer }} yêu cầu các cơ quan, đơn vị, địa phương nghiêm túc triển khai thực hiện Kế hoạch này./.",
        drawing.BODY,
    )
    last.paragraph_format.keep_with_next = True  # a signature never stands on a page of its own
    drawing.closing(document)
    return packed(document)


def _purposes(document: Document) -> None:
    paragraph(document, "{%p if purposes or requirements %}", drawing.BODY)
    paragraph(document, "{{ numerals.purposes }}. MỤC ĐÍCH, YÊU CẦU", drawing.HEADING)
    for field, name in (("purposes", "1. Mục đích"), ("requirements", "2. Yêu cầu")):
        paragraph(document, f"{{%p if {field} %}}", drawing.BODY)
        paragraph(document, name, drawing.HEADING)
        repeated(document, "line", field, "{{ line }}", drawing.BODY)
        paragraph(document, "{%p endif %}", drawing.BODY)
    paragraph(document, "{%p endif %}", drawing.BODY)


def _section(document: Document, field: str, title: str, *, space_before: bool = False) -> None:
    paragraph(document, f"{{%p if {field} %}}", drawing.BODY)
    heading = paragraph(document, f"{{{{ numerals.{field} }}}}. {title}", drawing.HEADING)
    if space_before:
        heading.paragraph_format.space_before = Mm(4)
    repeated(document, "line", field, "{{ line }}", drawing.BODY)
    paragraph(document, "{%p endif %}", drawing.BODY)


def _narrow_table(document: Document) -> None:
    table = ruled(document, ("TT", "Nội dung", "Đơn vị thực hiện"), (_NUMBER_MM, _CONTENT_MM, _UNITS_MM))
    _rows(table, ("{{ task.number }}.", "{{ task.content }}"), ("leads",))


def _wide_table(document: Document) -> None:
    names = ("TT", "Nội dung", "Đơn vị chủ trì", "Đơn vị phối hợp", "Thời hạn")
    table = ruled(document, names, _WIDE_MM)
    _rows(table, ("{{ task.number }}.", "{{ task.content }}"), ("leads", "coordinators"), "{{ task.due_on }}")


def _rows(table: Table, first: tuple[str, str], units: tuple[str, ...], due_on: str = "") -> None:
    """Add a row a quarter, and below it a row a task with one unit a line."""
    control_row(table, "{%tr for quarter in quarters %}")
    band = table.add_row()
    keep_together(band)
    paragraph(
        band.cells[0].merge(band.cells[-1]), "{{ quarter.title }}", drawing.TABLE_HEAD
    ).paragraph_format.keep_with_next = True
    control_row(table, "{%tr for task in quarter.tasks %}")
    row = table.add_row()
    keep_together(row)
    for cell, text, style in zip(row.cells, first, (drawing.TABLE_NUMBER, drawing.TABLE_TEXT), strict=False):
        paragraph(cell, text, style)
    for cell, field in zip(row.cells[len(first) :], units, strict=False):
        repeated(cell, "unit", f"task.{field}", "- {{ unit }}", drawing.TABLE_LIST)
    if due_on:
        paragraph(row.cells[-1], due_on, drawing.TABLE_NUMBER)
    control_row(table, "{%tr endfor %}")
    control_row(table, "{%tr endfor %}")
