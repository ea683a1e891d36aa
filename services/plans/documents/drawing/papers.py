"""The default templates of the papers of a year: directive, pledge, reports, letter."""

from collections.abc import Sequence

from docx.document import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.shared import Mm

from shared.office.word import drawing
from shared.office.word.drawing import control_row, keep_together, packed, paragraph, repeated, ruled

_HEAD = (drawing.NATION, drawing.MOTTO, drawing.SUPERIOR, drawing.ISSUER, drawing.RULE, drawing.NUMBER, drawing.DATE)
_TEXT = (drawing.KIND, drawing.TITLE, drawing.BODY, drawing.HEADING)
_TABLE = (drawing.TABLE_HEAD, drawing.TABLE_NUMBER, drawing.TABLE_TEXT, drawing.TABLE_LIST)
_PEN_ROOM_MM = 20  # for a signature by hand
_FOOT = (drawing.RECIPIENTS_HEAD, drawing.RECIPIENT, drawing.AUTHORITY, drawing.SIGNER)
_STYLES = (*_HEAD, *_TEXT, *_TABLE, *_FOOT, drawing.SUBJECT, drawing.ADDRESSEE)


def directive_template() -> bytes:
    """Return the default template of a directive (vi: chỉ thị)."""
    document = _begun("CHỈ THỊ")
    _conditional(document, "occasions", "Thiết thực lập thành tích chào mừng {{ occasions | join(', ') }};")
    paragraph(document, "{{ issuer }} phát động {{ campaign }} với các nội dung sau:", drawing.BODY)
    paragraph(document, "I. NỘI DUNG THI ĐUA", drawing.HEADING)
    repeated(document, "theme", "themes", "{{ theme }}", drawing.BODY)
    paragraph(document, "II. THỜI GIAN, ĐỐI TƯỢNG", drawing.HEADING)
    _conditional(document, "starts_on", "1. Thời gian: từ ngày {{ starts_on }} đến ngày {{ ends_on }}.")
    _conditional(document, "units", "2. Đơn vị tham gia: {{ units | join('; ') }}.")
    _conditional(document, "join_by", "3. Các đơn vị đăng ký tham gia chậm nhất ngày {{ join_by }}.")
    paragraph(document, "III. TỔ CHỨC THỰC HIỆN", drawing.HEADING)
    _last(
        document,
        "Thủ trưởng các cơ quan, đơn vị, địa phương căn cứ Chỉ thị này tổ chức phát động, triển khai thực hiện, "
        "sơ kết, tổng kết và báo cáo kết quả về Ủy ban nhân dân quận (qua Phòng Nội vụ)./.",
    )
    return _ended(document)


def pledge_template() -> bytes:
    """Return the default template of a pledge (vi: giao ước thi đua)."""
    document = _begun("GIAO ƯỚC THI ĐUA")
    paragraph(document, "Các đơn vị thành viên {{ group }} thống nhất ký kết giao ước thi đua như sau:", drawing.BODY)
    paragraph(document, "I. NỘI DUNG", drawing.HEADING)
    repeated(document, "line", "contents", "{{ line }}", drawing.BODY)
    paragraph(document, "{%p if targets %}", drawing.BODY)
    paragraph(document, "II. CHỈ TIÊU", drawing.HEADING)
    _rows(
        document,
        (("TT", 12), ("Chỉ tiêu", 88), ("Mức giao ước", 32), ("Đơn vị tính", 28)),
        "target in targets",
        ("{{ target.number }}.", "{{ target.name }}", "{{ target.value }}", "{{ target.measure }}"),
    )
    paragraph(document, "{%p endif %}", drawing.BODY)
    heading = paragraph(document, "ĐẠI DIỆN CÁC ĐƠN VỊ KÝ GIAO ƯỚC", drawing.HEADING)
    heading.paragraph_format.space_before = Mm(4)
    _rows(
        document,
        (("Đơn vị", 48), ("Người đứng đầu", 44), ("Ngày ký", 28), ("Chữ ký", 40)),
        "signature in signatures",
        ("{{ signature.unit }}", "{{ signature.signer }}", "{{ signature.signed_on }}", ""),
        height_mm=_PEN_ROOM_MM,
    )
    paragraph(document, "{%p if witness %}", drawing.BODY)
    _last(document, "Chứng kiến: {{ witness }}, {{ witness_post }}.")
    paragraph(document, "{%p endif %}", drawing.BODY)
    return packed(document)


def report_template() -> bytes:
    """Return the default template of a periodic report (vi: báo cáo)."""
    document = _begun("BÁO CÁO")
    paragraph(document, "{%p if addressee %}", drawing.BODY)
    paragraph(document, "Kính gửi: {{ addressee }}", drawing.ADDRESSEE)
    paragraph(document, "{%p endif %}", drawing.BODY)
    _section(document, "leadership", "I. CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO VÀ CÁC PHONG TRÀO THI ĐUA")
    _section(document, "results", "II. KẾT QUẢ THỰC HIỆN")
    paragraph(document, "{%p if figures %}", drawing.BODY)
    _rows(
        document,
        (("Số liệu", 134), ("Giá trị", 26)),
        "figure in figures",
        ("{{ figure.name }}", "{{ figure.value }}"),
    )
    paragraph(document, "{%p endif %}", drawing.BODY)
    _section(document, "limits", "III. HẠN CHẾ, NGUYÊN NHÂN")
    _section(document, "directions", "IV. PHƯƠNG HƯỚNG, NHIỆM VỤ, ĐỀ XUẤT, KIẾN NGHỊ")
    _last(document, "Trên đây là báo cáo công tác thi đua, khen thưởng {{ period }}./.")
    _closed(document)
    paragraph(document, "{%p if tasks %}", drawing.BODY)
    annex = paragraph(document, "PHỤ LỤC: NHIỆM VỤ TRONG KỲ", drawing.KIND)
    annex.paragraph_format.page_break_before = True
    annex.paragraph_format.space_after = Mm(3)
    _rows(
        document,
        (("TT", 12), ("Nội dung", 90), ("Thời hạn", 26), ("Kết quả", 32)),
        "task in tasks",
        ("{{ task.number }}.", "{{ task.content }}", "{{ task.due_on }}", "{{ task.state }}"),
    )
    paragraph(document, "{%p endif %}", drawing.BODY)
    return packed(document)


def inspection_template() -> bytes:
    """Return the default template of the report on an inspection (vi: báo cáo kết quả kiểm tra)."""
    document = _begun("BÁO CÁO")
    _conditional(document, "decision", "Thực hiện {{ decision }}, đoàn kiểm tra báo cáo kết quả như sau:")
    paragraph(document, "I. KHÁI QUÁT", drawing.HEADING)
    _conditional(document, "starts_on", "Thời gian kiểm tra: từ ngày {{ starts_on }} đến ngày {{ ends_on }}.")
    _conditional(document, "team", "Đoàn kiểm tra: {{ team | join('; ') }}.")
    _conditional(document, "contents", "Nội dung kiểm tra:")
    repeated(document, "line", "contents", "- {{ line }}", drawing.BODY)
    paragraph(document, "II. KẾT QUẢ KIỂM TRA", drawing.HEADING)
    paragraph(document, "{%p for unit in units %}", drawing.BODY)
    paragraph(
        document,
        "{{ unit.number }}. {{ unit.name }}{% if unit.checked_on %} (ngày {{ unit.checked_on }}){% endif %}",
        drawing.HEADING,
    )
    repeated(document, "line", "unit.findings", "{{ line }}", drawing.BODY)
    repeated(document, "line", "unit.strengths", "Ưu điểm: {{ line }}", drawing.BODY)
    repeated(document, "line", "unit.shortcomings", "Hạn chế: {{ line }}", drawing.BODY)
    paragraph(document, "{%p endfor %}", drawing.BODY)
    _section(document, "summary", "III. ĐÁNH GIÁ CHUNG")
    paragraph(document, "{%p if recommendations %}", drawing.BODY)
    paragraph(document, "IV. KIẾN NGHỊ", drawing.HEADING)
    _rows(
        document,
        (("TT", 12), ("Đơn vị", 42), ("Nội dung kiến nghị", 80), ("Thời hạn", 26)),
        "one in recommendations",
        ("{{ one.number }}.", "{{ one.unit }}", "{{ one.text }}", "{{ one.due_on }}"),
    )
    paragraph(document, "{%p endif %}", drawing.BODY)
    _last(document, "Trên đây là báo cáo kết quả kiểm tra./.")
    return _ended(document)


def urging_template() -> bytes:
    """Return the default template of the letter to a late unit (vi: công văn đôn đốc)."""
    document = drawing.begun_document(_STYLES)
    drawing.letterhead(document, "letterhead", subject="subject")
    paragraph(document, "Kính gửi: {{ unit }}", drawing.ADDRESSEE)
    paragraph(
        document,
        "Thực hiện Kế hoạch số {{ plan_number }} ngày {{ plan_issued_on }} về {{ plan_title }}, qua rà soát đến ngày "
        "{{ as_of }}, {{ unit }} còn {{ tasks | length }} nhiệm vụ đã quá hạn chưa hoàn thành:",
        drawing.BODY,
    )
    _rows(
        document,
        (
            ("Số", 12),
            ("Nội dung nhiệm vụ", 64),
            ("Thời hạn", 26),
            ("Trễ (ngày làm việc)", 24),
            ("Tiến độ gần nhất", 34),
        ),
        "task in tasks",
        (
            "{{ task.number }}.",
            "{{ task.content }}",
            "{{ task.due_on }}",
            "{{ task.days_late }}",
            "{{ task.progress }}",
        ),
    )
    asked = paragraph(
        document,
        "Đề nghị {{ unit }} khẩn trương hoàn thành các nhiệm vụ nêu trên và báo cáo kết quả về Phòng Nội vụ trước ngày "
        "{{ finish_by }}. Quá thời hạn này, việc chậm trễ được tổng hợp, báo cáo Chủ tịch Ủy ban nhân dân quận và "
        "xem xét khi chấm điểm thi đua năm.",
        drawing.BODY,
    )
    asked.paragraph_format.space_before = Mm(3)
    _last(document, "Trân trọng./.")
    return _ended(document)


def _begun(kind: str) -> Document:
    document = drawing.begun_document(_STYLES)
    drawing.letterhead(document, "letterhead")
    drawing.heading_of(document, kind)
    return document


def _last(document: Document, text: str) -> None:
    """Add what the body ends with: clear of a table before it, and never on another page than the signature."""
    last = paragraph(document, text, drawing.BODY)
    last.paragraph_format.space_before = Mm(3)
    last.paragraph_format.keep_with_next = True


def _closed(document: Document) -> None:
    drawing.closing(document, "closing")


def _ended(document: Document) -> bytes:
    _closed(document)
    return packed(document)


def _conditional(document: Document, field: str, text: str) -> None:
    paragraph(document, f"{{%p if {field} %}}", drawing.BODY)
    paragraph(document, text, drawing.BODY)
    paragraph(document, "{%p endif %}", drawing.BODY)


def _section(document: Document, field: str, title: str) -> None:
    paragraph(document, f"{{%p if {field} %}}", drawing.BODY)
    paragraph(document, title, drawing.HEADING)
    repeated(document, "line", field, "{{ line }}", drawing.BODY)
    paragraph(document, "{%p endif %}", drawing.BODY)


def _rows(
    document: Document,
    columns: Sequence[tuple[str, float]],
    loop: str,
    cells: Sequence[str],
    *,
    height_mm: float = 0,
) -> None:
    """Add a table with a row for each of the loop; narrow columns are centred, only wide ones justified.

    Each row is at least `height_mm` high.
    """
    table = ruled(document, [name for name, _ in columns], [width for _, width in columns])
    control_row(table, f"{{%tr for {loop} %}}")
    row = table.add_row()
    keep_together(row)
    if height_mm:
        row.height, row.height_rule = Mm(height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
    for cell, text, (_, width) in zip(row.cells, cells, columns, strict=True):
        style = drawing.TABLE_NUMBER if width < 30 else drawing.TABLE_LIST if width < 64 else drawing.TABLE_TEXT
        paragraph(cell, text, style)
    control_row(table, "{%tr endfor %}")
