"""The pieces of which default templates are made, each in the form of NĐ 30/2020/NĐ-CP, Phụ lục I.

Officers change templates in Word; this only makes the first ones. Every look is a named style, so that one change
in Word holds for the whole document.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENTATION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from shared.office.word import formalities as form

_LEFT, _CENTER, _JUSTIFY = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
_LETTERHEAD_MM = (62, 98)
_CLOSING_MM = (80, 80)
# As long as the motto in its size; half as long as a usual second line of the issuer, or of a title.
_MOTTO_RULE_MM, _ISSUER_RULE_MM, _TITLE_RULE_MM = 60, 16, 40
_SIGNATURE_ROOM_PT = 72
_CELL_PADDING_MM = 1.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a kind of paragraph looks; sizes in points. A name has no comma: Word would take it for two names."""

    name: str
    id: str
    size_pt: float
    bold: bool = False
    italic: bool = False
    alignment: WD_ALIGN_PARAGRAPH = _CENTER
    before_pt: float = 0
    after_pt: float = 0
    indent_mm: float = 0
    line_spacing: float = 1.0
    keeps_with_next: bool = False


NATION = Style(name="Quốc hiệu", id="QuocHieu", size_pt=form.NATION_PT, bold=True)
MOTTO = Style(name="Tiêu ngữ", id="TieuNgu", size_pt=form.MOTTO_PT, bold=True)
SUPERIOR = Style(name="Cơ quan chủ quản", id="CoQuanChuQuan", size_pt=form.ISSUER_PT)
ISSUER = Style(name="Cơ quan ban hành", id="CoQuanBanHanh", size_pt=form.ISSUER_PT, bold=True)
RULE = Style(name="Đường kẻ", id="DuongKe", size_pt=2, before_pt=3)
NUMBER = Style(name="Số ký hiệu", id="SoKyHieu", size_pt=form.NUMBER_PT, before_pt=6)
SUBJECT = Style(name="Trích yếu công văn", id="TrichYeuCongVan", size_pt=form.SUBJECT_PT, before_pt=2)
ADDRESSEE = Style(name="Kính gửi", id="KinhGui", size_pt=form.BODY_PT, before_pt=12, after_pt=12)
DATE = Style(name="Địa danh thời gian", id="DiaDanhThoiGian", size_pt=form.DATE_PT, italic=True, before_pt=6)
KIND = Style(name="Tên loại", id="TenLoai", size_pt=form.TITLE_PT, bold=True, before_pt=14, keeps_with_next=True)
TITLE = Style(name="Trích yếu", id="TrichYeu", size_pt=form.TITLE_PT, bold=True, keeps_with_next=True)
BASIS = Style(
    name="Căn cứ",
    id="CanCu",
    size_pt=form.BODY_PT,
    italic=True,
    alignment=_JUSTIFY,
    after_pt=6,
    indent_mm=form.FIRST_LINE_INDENT_MM,
    line_spacing=1.15,
)
BODY = Style(
    name="Nội dung",
    id="NoiDung",
    size_pt=form.BODY_PT,
    alignment=_JUSTIFY,
    after_pt=6,
    indent_mm=form.FIRST_LINE_INDENT_MM,
    line_spacing=1.15,
)
HEADING = Style(
    name="Đề mục",
    id="DeMuc",
    size_pt=form.BODY_PT,
    bold=True,
    alignment=_JUSTIFY,
    before_pt=6,
    after_pt=6,
    indent_mm=form.FIRST_LINE_INDENT_MM,
    line_spacing=1.15,
    keeps_with_next=True,
)
TABLE_HEAD = Style(name="Tiêu đề bảng", id="TieuDeBang", size_pt=form.TABLE_PT, bold=True, before_pt=2, after_pt=2)
TABLE_NUMBER = Style(name="Số thứ tự", id="SoThuTu", size_pt=form.TABLE_PT, before_pt=2, after_pt=2)
TABLE_TEXT = Style(name="Ô bảng", id="OBang", size_pt=form.TABLE_PT, alignment=_JUSTIFY, before_pt=2, after_pt=2)
TABLE_LIST = Style(name="Ô liệt kê", id="OLietKe", size_pt=form.TABLE_PT, alignment=_LEFT, before_pt=2, after_pt=2)
RECIPIENTS_HEAD = Style(
    name="Nơi nhận", id="NoiNhan", size_pt=form.RECIPIENTS_HEADING_PT, bold=True, italic=True, alignment=_LEFT
)
RECIPIENT = Style(name="Nơi nhận liệt kê", id="NoiNhanLietKe", size_pt=form.RECIPIENTS_PT, alignment=_LEFT)
AUTHORITY = Style(name="Quyền hạn chức vụ", id="QuyenHanChucVu", size_pt=form.BODY_PT, bold=True, keeps_with_next=True)
SIGNER = Style(name="Họ tên người ký", id="HoTenNguoiKy", size_pt=form.BODY_PT, bold=True, before_pt=_SIGNATURE_ROOM_PT)
PAGE_NUMBER = Style(name="Số trang", id="SoTrang", size_pt=form.PAGE_NUMBER_PT)


def begun_document(styles: Sequence[Style]) -> Document:
    """Return an empty document: A4, margins, font, styles, page numbers in the top margin but on page 1."""
    document = docx.Document()
    _forget_the_makers_traces(document)
    section = document.sections[0]
    section.orientation = WD_ORIENTATION.PORTRAIT
    section.page_width, section.page_height = Mm(form.PAGE_WIDTH_MM), Mm(form.PAGE_HEIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(form.MARGIN_TOP_MM), Mm(form.MARGIN_BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(form.MARGIN_LEFT_MM), Mm(form.MARGIN_RIGHT_MM)
    section.header_distance = section.footer_distance = Mm(form.HEADER_DISTANCE_MM)
    _set_font(document.styles["Normal"], form.BODY_PT)
    for style in (*styles, PAGE_NUMBER):
        _add_style(document, style)
    section.different_first_page_header_footer = True
    section.first_page_header.is_linked_to_previous = False
    section.header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    paragraph.style = document.styles[PAGE_NUMBER.name]
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "2"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
    return document


def paragraph(place: Document | _Cell, text: str, style: Style) -> Paragraph:
    """Add a paragraph; the first one of a cell is there already and is used."""
    first = place.paragraphs[0] if isinstance(place, _Cell) and len(place.paragraphs) == 1 else None
    added = first if first is not None and first._p.pPr is None else place.add_paragraph()
    if text:
        added.add_run(text)
    added.style = style.name
    return added


def repeated(place: Document | _Cell, variable: str, many: str, text: str, style: Style) -> None:
    """Add a paragraph that the template repeats for each of the field `many`."""
    paragraph(place, f"{{%p for {variable} in {many} %}}", style)
    paragraph(place, text, style)
    paragraph(place, "{%p endfor %}", style)


def letterhead(document: Document, owner: str = "", *, subject: str = "") -> None:
    """Add the letterhead: issuing body and number at the left, nation, motto, place and date at the right.

    Fields, of the field `owner` where one is named: `superior_lines`, `issuer_lines`, `number_line`,
    `place_and_date`. `subject` is the field that stands below the number of an official letter, after "V/v".
    """
    of = f"{owner}." if owner else ""
    table = borderless(document, 2, _LETTERHEAD_MM)
    left, right = table.rows[0].cells
    repeated(left, "line", f"{of}superior_lines", "{{ line }}", SUPERIOR)
    repeated(left, "line", f"{of}issuer_lines", "{{ line }}", ISSUER)
    rule(left, _LETTERHEAD_MM[0], _ISSUER_RULE_MM)
    paragraph(right, form.NATION, NATION)
    paragraph(right, form.MOTTO, MOTTO)
    rule(right, _LETTERHEAD_MM[1], _MOTTO_RULE_MM)
    left, right = table.rows[1].cells
    paragraph(left, f"{{{{ {of}number_line }}}}", NUMBER)
    if subject:
        paragraph(left, f"V/v {{{{ {subject} }}}}", SUBJECT)
    paragraph(right, f"{{{{ {of}place_and_date }}}}", DATE)


def heading_of(document: Document, kind: str) -> None:
    """Add the kind of the document in capitals, and below it the field `title` with its rule."""
    paragraph(document, kind, KIND)
    paragraph(document, "{{ title }}", TITLE)
    rule(document, form.TEXT_WIDTH_MM, _TITLE_RULE_MM).paragraph_format.space_after = Pt(10)


def closing(document: Document, owner: str = "") -> None:
    """Add recipients at the left and the signature at the right, together on one page.

    Fields, of the field `owner` where one is named: `recipients`, `signature_lines`, `signer_name`.
    """
    of = f"{owner}." if owner else ""
    table = borderless(document, 1, _CLOSING_MM)
    left, right = table.rows[0].cells
    paragraph(left, "Nơi nhận:", RECIPIENTS_HEAD)
    repeated(left, "recipient", f"{of}recipients", "- {{ recipient }}{{ '.' if loop.last else ';' }}", RECIPIENT)
    repeated(right, "line", f"{of}signature_lines", "{{ line }}", AUTHORITY)
    paragraph(right, f"{{{{ {of}signer_name }}}}", SIGNER)


def rule(place: Document | _Cell, width_mm: float, length_mm: float) -> Paragraph:
    """Add a horizontal line of the length in the middle of the width: a border, as a drawn line would not move."""
    line = paragraph(place, "", RULE)
    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm((width_mm - length_mm) / 2)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    properties = line._p.get_or_add_pPr()
    properties.insert_element_before(borders, *_AFTER_BORDERS)
    return line


def borderless(document: Document, rows: int, widths_mm: Sequence[float]) -> Table:
    """Add a table that only sets columns apart; its rows stay on one page."""
    table: Table = document.add_table(rows=rows, cols=len(widths_mm))
    _lay_out(table, widths_mm)
    _pad(table, 0)
    for row in table.rows:
        keep_together(row)
    return table


def ruled(document: Document, names: Sequence[str], widths_mm: Sequence[float]) -> Table:
    """Add a table with lines whose first row names the columns and is repeated on each page."""
    table: Table = document.add_table(rows=1, cols=len(names))
    table.style = "Table Grid"
    _lay_out(table, widths_mm)
    _pad(table, _CELL_PADDING_MM)
    head = table.rows[0]
    for cell, name in zip(head.cells, names, strict=True):
        paragraph(cell, name, TABLE_HEAD)
    _row_switch(head, "w:tblHeader")
    keep_together(head)
    return table


def control_row(table: Table, tag: str) -> None:
    """Add a row that only holds a tag of the template, as "{%tr for task in tasks %}"; it is gone when written."""
    row = table.add_row()
    row.cells[0].merge(row.cells[-1])
    paragraph(row.cells[0], tag, TABLE_NUMBER)


def keep_together(row: _Row) -> None:
    """Keep the row on one page."""
    _row_switch(row, "w:cantSplit")


def packed(document: Document) -> bytes:
    """Return the document as the bytes of a .docx."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


_AFTER_BORDERS = tuple(
    f"w:{name}"
    for name in (
        *("shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE"),
        *("autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing"),
        *("mirrorIndents", "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap"),
        *("outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange"),
    )
)


def _row_switch(row: _Row, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _lay_out(table: Table, widths_mm: Sequence[float]) -> None:
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width_mm in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width_mm)
        for cell in column.cells:
            cell.width = Mm(width_mm)


def _pad(table: Table, margin_mm: float) -> None:
    """Set the room at the left and right of each cell's text."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Mm(margin_mm).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")


def _add_style(document: Document, style: Style) -> None:
    added: Any = document.styles.add_style(style.name, WD_STYLE_TYPE.PARAGRAPH)
    added.element.set(qn("w:styleId"), style.id)
    added.base_style = document.styles["Normal"]
    _set_font(added, style.size_pt)
    added.font.bold, added.font.italic = style.bold, style.italic
    layout = added.paragraph_format
    layout.alignment = style.alignment
    layout.space_before, layout.space_after = Pt(style.before_pt), Pt(style.after_pt)
    layout.first_line_indent = Mm(style.indent_mm)
    layout.line_spacing = style.line_spacing
    layout.keep_with_next = style.keeps_with_next
    layout.widow_control = True
    added.quick_style = True


def _set_font(style: Any, size_pt: float) -> None:
    style.font.name = form.FONT
    style.font.size = Pt(size_pt)
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.rFonts
    for script in ("w:cs", "w:eastAsia"):
        fonts.set(qn(script), form.FONT)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        fonts.attrib.pop(qn(theme), None)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    properties.append(language)


def _forget_the_makers_traces(document: Document) -> None:
    """Remove what the library's own empty document says of itself: a preview picture, a comment, dates."""
    package = document.part.package
    for id_, relationship in list(package.rels.items()):
        if relationship.reltype.endswith("/thumbnail"):
            del package.rels[id_]
    properties = document.core_properties
    for said in list(properties._element):
        properties._element.remove(said)
    properties.language = "vi-VN"
