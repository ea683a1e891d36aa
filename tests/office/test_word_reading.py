"""Reading Word: what a reader of the final version sees, in its order, and the files that are refused."""

import io
import struct
import time
import zipfile

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.office import package
from shared.office.word import Merge, Paragraph, Table, read_word, word_text
from shared.office.word.styles import LABEL_MAX
from tests.office.word_files import (
    MACRO_TYPE,
    cell,
    in_list,
    lists,
    paragraph,
    relationships,
    row,
    run,
    table,
    word_file,
    zipped,
)

CONTROL = "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>trong ô nhập</w:t></w:r></w:sdtContent></w:sdt>"


def controlled(content: str) -> str:
    """Return the content in a content control."""
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def texts(body: str, **parts: str) -> list[str]:
    """Return the paragraphs of a body."""
    blocks = read_word(word_file(body, parts={f"word/{name}.xml": part for name, part in parts.items()}))
    return [block.text for block in blocks if isinstance(block, Paragraph)]


def grid_of(body: str) -> list[list[str]]:
    """Return the cells of the only table, "<" and "^" where they are merged with the one left or above."""
    (block,) = read_word(word_file(body))
    assert isinstance(block, Table)
    signs = {Merge.LEFT: "<", Merge.ABOVE: "^"}
    return [[signs.get(one.merged) or "|".join(one.lines) for one in places] for places in block.rows]


# --- paragraphs ---------------------------------------------------------------------------------


def test_paragraphs_and_tables_come_in_the_order_of_the_document() -> None:
    body = paragraph("trước") + table(row(cell("a"), cell("b"))) + paragraph("sau")
    assert [type(block) for block in read_word(word_file(body))] == [Paragraph, Table, Paragraph]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (run("chữ") + "<w:r><w:tab/></w:r>" + run("sau"), "chữ\tsau"),
        (run("một") + "<w:r><w:br/></w:r>" + run("hai"), "một\nhai"),
        (run("kinh tế") + "<w:r><w:noBreakHyphen/></w:r>" + run("xã hội"), "kinh tế-xã hội"),
        (run("thi\u00addua") + "<w:r><w:softHyphen/></w:r>", "thidua"),
        (run("thi\u00a0đua\u200b"), "thi đua"),
        (run("hiện") + run(" ẩn", "<w:vanish/>"), "hiện"),
        (run("hiện", '<w:vanish w:val="0"/>'), "hiện"),
        (f"<w:hyperlink>{run('liên kết')}</w:hyperlink>", "liên kết"),
        (f'<w:fldSimple w:instr="DATE">{run("06/02/2020")}</w:fldSimple>', "06/02/2020"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r>" + run("2"), "2"),
        (run("chữ") + controlled(run("trong ô nhập")), "chữtrong ô nhập"),
    ],
)
def test_what_stands_in_a_paragraph_is_read_as_it_is_seen(content: str, text: str) -> None:
    assert texts(f"<w:p>{content}</w:p>") == [text]


def test_deleted_text_is_left_out_and_inserted_text_is_kept() -> None:
    body = (
        f"<w:p>{run('Giao ')}<w:del><w:r><w:delText>Phòng Y tế</w:delText></w:r></w:del>"
        f"<w:ins>{run('Phòng Nội vụ')}</w:ins><w:moveFrom>{run(' cũ')}</w:moveFrom>"
        f"<w:moveTo>{run(' mới')}</w:moveTo></w:p>"
    )
    assert texts(body) == ["Giao Phòng Nội vụ mới"]


def test_a_paragraph_whose_end_was_deleted_goes_on_with_the_next() -> None:
    ended = "<w:rPr><w:del/></w:rPr>"
    assert texts(paragraph("Một ", ended) + paragraph("câu.") + paragraph("Câu khác.")) == ["Một câu.", "Câu khác."]
    gone = f"<w:p><w:pPr>{ended}</w:pPr><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del></w:p>"
    assert texts(gone + paragraph("Còn lại.")) == ["Còn lại."]


def test_paragraphs_in_a_content_control_are_read_and_a_text_box_once() -> None:
    box = f"<w:txbxContent>{paragraph('Số: 30/KH-UBND')}</w:txbxContent>"
    drawn = (
        f"<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    control = controlled(paragraph("một") + paragraph("hai"))
    assert texts(control + drawn) == ["một", "hai", "", "Số: 30/KH-UBND"]


def test_a_text_box_in_a_text_box_is_read_once_however_deep() -> None:
    body = paragraph("trong cùng")
    for _ in range(40):
        body = (
            f"<w:p><w:r><w:drawing><wps:txbx><w:txbxContent>{body}</w:txbxContent></wps:txbx></w:drawing></w:r></w:p>"
        )
    assert texts(body) == [""] * 40 + ["trong cùng"]


def test_list_numbers_are_part_of_the_text() -> None:
    numbering = lists(("upperRoman", "%1."), ("decimal", "%2."), ("lowerLetter", "%3)"), ("bullet", "\uf0b7"))
    items = [("MỤC ĐÍCH", 0), ("một", 1), ("hai", 1), ("ý", 2), ("gạch", 3), ("NỘI DUNG", 0), ("một", 1)]
    body = "".join(paragraph(text, in_list(level)) for text, level in items)
    assert texts(body, numbering=numbering) == [
        *("I. MỤC ĐÍCH", "1. một", "2. hai", "a) ý", "- gạch", "II. NỘI DUNG", "1. một"),
    ]


def test_a_list_goes_on_counting_unless_it_is_said_to_begin_again() -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbers = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="0"/>{more}</w:num>'
        for number, more in ((1, ""), (2, ""), (3, override))
    )
    body = "".join(paragraph("x", in_list(0, number)) for number in (1, 1, 2, 3, 3, 1))
    found = texts(body, numbering=lists(("decimal", "%1."), numbers=numbers))
    assert found == ["1. x", "2. x", "3. x", "1. x", "2. x", "3. x"]


def test_a_list_may_come_with_the_style_and_be_switched_off() -> None:
    styles = (
        '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:style w:type="paragraph" w:styleId="M"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="N"><w:basedOn w:val="M"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="O"><w:basedOn w:val="O"/></w:style></w:styles>'
    )
    body = "".join(
        paragraph("x", f'<w:pStyle w:val="{style}"/>{more}')
        for style, more in (("M", ""), ("N", ""), ("N", in_list(0, 0)), ("O", ""))
    )
    assert texts(body, styles=styles, numbering=lists(("decimal", "Điều %1."))) == ["Điều 1. x", "Điều 2. x", "x", "x"]


# --- tables -------------------------------------------------------------------------------------


def test_cells_merged_sideways_and_downwards_keep_the_places_of_their_row() -> None:
    across = '<w:gridSpan w:val="3"/>'
    begun, further = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = table(
        row(cell("TT"), cell("Nội dung"), cell("Đơn vị")),
        row(cell("QUÝ I", properties=across)),
        row(cell("1."), cell("Việc một"), cell("UBND quận", properties=begun)),
        row(cell("2."), cell("Việc hai"), cell("", properties=further)),
        grid=(500, 4000, 3000),
    )
    assert grid_of(body) == [
        ["TT", "Nội dung", "Đơn vị"],
        ["QUÝ I", "<", "<"],
        ["1.", "Việc một", "UBND quận"],
        ["2.", "Việc hai", "^"],
    ]


def test_a_merged_cell_stands_in_each_row_with_a_number_of_its_own() -> None:
    begun, further = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = table(
        row(cell("TT"), cell("Nội dung"), cell("Đơn vị")),
        row(cell("1."), cell("Việc một"), cell("UBND quận", properties=begun)),
        row(cell("2.", properties=begun), cell("Việc hai", properties=begun), cell("", properties=further)),
        row(cell("", properties=further), cell("", properties=further), cell("Phòng Y tế")),
    )
    lines = word_text(word_file(body)).strip().split("\n")
    assert lines[1:] == ["1.\tViệc một\tUBND quận", "2.\tViệc hai\tUBND quận", "\t\tPhòng Y tế"]


def test_a_row_drawn_a_hairs_breadth_apart_keeps_its_columns() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    body = table(
        row(cell("TT"), cell("Nội dung", properties=wide), cell("Đơn vị")),
        row(cell("1."), cell("Việc một"), cell("UBND quận", properties=wide)),
        row(cell("QUÝ II", properties='<w:gridSpan w:val="4"/>')),
        grid=(500, 4000, 20, 3000),
    )
    assert grid_of(body) == [["TT", "Nội dung", "Đơn vị"], ["1.", "Việc một", "UBND quận"], ["QUÝ II", "<", "<"]]


def test_a_cell_with_several_lines_makes_as_many_lines() -> None:
    body = table(
        row(cell("TT"), cell("Nội dung"), cell("Đơn vị", "thực hiện")),
        row(cell("1."), cell("Việc một"), cell("- UBND quận", "- Phòng Nội vụ")),
    )
    assert word_text(word_file(body)).strip().split("\n") == [
        "TT\tNội dung\tĐơn vị thực hiện",
        "1.\tViệc một\t- UBND quận",
        "\t\t- Phòng Nội vụ",
    ]


def test_a_table_in_a_cell_is_read_with_the_cell() -> None:
    inner = table(row(cell("Phòng Nội vụ"), cell("chủ trì")), row(cell("Phòng Y tế"), cell("phối hợp")))
    body = table(row(cell("1."), f"<w:tc>{inner}<w:p/></w:tc>", cell("x")), row(cell("2."), cell("b"), cell("y")))
    assert grid_of(body)[0] == ["1.", "Phòng Nội vụ chủ trì|Phòng Y tế phối hợp", "x"]


def test_deleted_rows_and_cells_are_left_out_and_inserted_rows_are_kept() -> None:
    body = table(
        row(cell("a"), cell("b"), properties="<w:ins/>"),
        row(cell("c"), cell("d"), properties="<w:del/>"),
        row(cell("e"), cell("f"), cell("g", properties="<w:cellDel/>")),
    )
    assert grid_of(body) == [["a", "b"], ["e", "f"]]


def test_rows_and_cells_in_content_controls_are_read() -> None:
    assert grid_of(table(controlled(row(cell("a"), controlled(cell("b")))))) == [["a", "b"]]


def test_a_header_row_stands_once_and_is_counted() -> None:
    body = table(row(cell("TT"), cell("Nội dung"), properties="<w:tblHeader/>"), row(cell("1"), cell("Việc")))
    (block,) = read_word(word_file(body))
    assert isinstance(block, Table)
    assert (block.header_rows, block.columns, len(block.rows)) == (1, 2, 2)


def test_columns_that_only_set_a_letterhead_apart_are_read_one_after_the_other() -> None:
    body = table(
        row(cell("ỦY BAN NHÂN DÂN", "QUẬN CÁI RĂNG"), cell("CỘNG HÒA", "Độc lập")), row(cell("Số: 30"), cell("ngày"))
    )
    assert [line for line in word_text(word_file(body)).split("\n") if line] == [
        *("ỦY BAN NHÂN DÂN", "QUẬN CÁI RĂNG", "CỘNG HÒA", "Độc lập", "Số: 30", "ngày"),
    ]


def test_a_document_of_the_strict_variant_is_read() -> None:
    content = word_file(paragraph("Kế hoạch"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    strict = {
        name: part.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        for name, part in parts.items()
    }
    assert word_text(zipped(strict)) == "Kế hoạch"


# --- what is refused ----------------------------------------------------------------------------

ENTITIES = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">]><w:document xmlns:w="x"><w:body>&a;</w:body></w:document>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def lying_about_its_size() -> bytes:
    """Return a document whose directory says that a part of 40 MB has 100 bytes."""
    content = bytearray(word_file("", parts={"word/document.xml": b" " * 40_000_000}))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"word/document.xml"))
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    return bytes(content)


def encrypted_entry() -> bytes:
    """Return a zip whose entries are marked as encrypted."""
    content = bytearray(word_file(""))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


REFUSED = {
    "no zip": (b"PK\x03\x04rest", "unreadable"),
    "torn": (word_file(paragraph("x" * 999))[:-40], "unreadable"),
    "an entry torn": (word_file("").replace(b"word/document.xml", b"word/documenT.xml", 1), "unreadable"),
    "empty zip": (zipped({"a": "b"}), "unsupported"),
    "a sheet": (word_file("", main_type="application/vnd.ms-excel"), "unsupported"),
    "no body": (word_file("", parts={"word/document.xml": "<a/>"}), "unreadable"),
    "no XML": (word_file("", parts={"word/document.xml": "chữ"}), "unreadable"),
    "an unknown encoding": (
        word_file("", parts={"word/document.xml": '<?xml version="1.0" encoding="x9"?><a/>'}),
        "unreadable",
    ),
    "entities": (word_file("", parts={"word/document.xml": ENTITIES}), "unsafe"),
    "entities in another encoding": (word_file("", parts={"word/document.xml": ENTITIES.encode("utf-16")}), "unsafe"),
    "entities in the styles": (word_file("", parts={"word/styles.xml": ENTITIES}), "unsafe"),
    "a bomb": (word_file("", parts={"word/media/image1.png": bytes(30_000_000)}), "unsafe"),
    "a part that grows": (lying_about_its_size(), "unreadable"),
    "packed by LZMA": (zipped({"[Content_Types].xml": "x"}, zipfile.ZIP_LZMA), "unreadable"),
    "many entries": (word_file("", parts={f"a{number}": "" for number in range(2001)}), "too_large"),
    "a large file": (b"PK\x03\x04" + bytes(package.SIZE_MAX_BYTES), "too_large"),
    "many tags": (word_file("".join(f"<w:p{number}/>" for number in range(package.TAGS_MAX))), "too_large"),
    "macros": (word_file("", main_type=MACRO_TYPE), "macros"),
    "macros under another name": (word_file("", parts={"word/vbaProject.bin": b"x"}), "macros"),
    "a password": (OLE + bytes(100) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "a password of zip": (encrypted_entry(), "encrypted"),
    "the format of old": (OLE + bytes(100), "legacy"),
    "main part elsewhere": (
        word_file("", parts={"_rels/.rels": relationships(("officeDocument", "http://a/b"), mode="External")}),
        "unsupported",
    ),
    "nested without end": (word_file("<w:ins>" * 50_000 + "</w:ins>" * 50_000), "unreadable"),
    "columns without end": (word_file(table(row(*([cell("x")] * 64)))), "unreadable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_harmless_document_is_refused(name: str) -> None:
    content, code = REFUSED[name]
    with pytest.raises(Rejected) as refusal:
        word_text(content)
    assert refusal.value.code == f"office_file.{code}"


def test_tables_nested_in_tables_are_read_or_refused() -> None:
    for depth in (1, 10, 40, 80, 120, 160, 200, 240, 300, 2000):
        body = "<w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc><w:p/></w:tc><w:tc>" * depth
        body += paragraph("trong cùng") + "<w:p/></w:tc></w:tr></w:tbl>" * depth
        try:
            assert "trong cùng" in word_text(word_file(body))
        except Rejected as refusal:
            assert (refusal.code, depth > 40) == ("office_file.unreadable", True)


def test_a_merged_cell_cannot_make_a_small_document_large() -> None:
    begun, further = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = [row(cell("1."), cell("x"), cell("chữ " * 10_000, properties=begun))]
    rows += [row(cell(f"{number}."), cell("x"), cell("", properties=further)) for number in range(2, 3000)]
    with pytest.raises(Rejected, match=r"office_file\.too_large"):
        word_text(word_file(table(*rows)))


def test_a_list_number_cannot_make_a_small_document_large() -> None:
    found = texts(paragraph("x", in_list(0)) * 3, numbering=lists(("lowerLetter", "%1" * 100_000)))
    assert max(map(len, found)) <= LABEL_MAX + len(" x")


def test_two_entries_of_one_name_are_refused() -> None:
    file = io.BytesIO(word_file(paragraph("một")))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(Rejected, match=r"office_file\.unsafe"):
        word_text(file.getvalue())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(word_file(paragraph("Kế hoạch") + table(row(cell("a"), cell("b")))))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        word_text(bytes(content))
    except Rejected as refusal:
        assert refusal.code.startswith("office_file.")


_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x1EFF, exclude_characters="<&>"), max_size=8)
_PROPERTIES = st.sampled_from(
    [
        "",
        "<w:vMerge/>",
        '<w:vMerge w:val="restart"/>',
        '<w:gridSpan w:val="3"/>',
        '<w:gridSpan w:val="999999999"/>',
        "<w:hMerge/>",
    ]
)
_CELLS = st.builds(lambda text, properties: cell(text, properties=properties), _TEXT, _PROPERTIES)
_ROWS = st.builds(lambda cells: row(*cells), st.lists(_CELLS, max_size=5))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(_ROWS, max_size=5), grid=st.lists(st.integers(0, 9000), max_size=5))
def test_every_table_gives_rows_of_one_length(rows: list[str], grid: list[int]) -> None:
    (block,) = read_word(word_file(table(*rows, grid=tuple(grid))))
    assert isinstance(block, Table)
    assert {len(places) for places in block.rows} <= {block.columns}


def test_a_document_of_ten_thousand_rows_is_read_in_seconds() -> None:
    body = table(*(row(cell(f"{number}."), cell("Việc " * 20), cell("UBND quận")) for number in range(10_000)))
    began = time.monotonic()
    assert word_text(word_file(body)).count("\n") > 9_999
    assert time.monotonic() - began < 20


def test_a_document_of_another_library_is_read() -> None:
    document = docx.Document()
    document.add_heading("KẾ HOẠCH", 1)
    document.add_paragraph("một", style="List Number")
    document.add_paragraph("hai", style="List Number")
    document.add_paragraph("gạch", style="List Bullet")
    file = io.BytesIO()
    document.save(file)
    assert word_text(file.getvalue()).split("\n\n") == ["KẾ HOẠCH", "1. một", "2. hai", "- gạch"]
