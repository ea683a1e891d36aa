"""Plans as Word documents: read like the text, written in the form of NĐ 30/2020, and read back as they were."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.plans.documents import PLAN_TEMPLATE, ParsedPlan, file_name, parse_plan, plan_paper, read_document
from services.plans.documents.drawing import DRAWN
from services.plans.events import DraftTask, LeftTask, NamedUnit, PlanText
from services.plans.events import Signer as EventSigner
from services.plans.views import PlanVersionView, PlanView
from shared.errors import Rejected
from shared.office.pdf import to_pdf
from shared.office.word import check_template, fill, find_template, word_text
from tests.plans.test_documents import BINH_THUY, BINH_THUY_TEXT, DISTRICTS, SEED, SEED_TEXT
from tests.plans.word_plans import SEED_PATH, content_of, drawn_plan, soffice


def parsed(content: bytes) -> ParsedPlan:
    return parse_plan(word_text(content), DISTRICTS)


def said_elsewhere(plan: ParsedPlan) -> ParsedPlan:
    """Return the plan without the numbers of lines in its warnings: a document has others than a text."""
    warnings = (replace(one, where=re.sub(r"line \d+", "line", one.where)) for one in plan.warnings)
    return replace(plan, warnings=tuple(warnings))


# --- reading: the same as the text --------------------------------------------------------------


def test_the_plan_drawn_by_another_program_reads_like_its_text() -> None:
    content = content_of(drawn_plan(SEED_TEXT))
    assert parsed(content) == SEED
    # The table is one, its quarters are merged over the row, its header stands once, a unit stands on a line.
    lines = word_text(content).split("\n")
    assert lines.count("TT\tNội dung\tĐơn vị thực hiện") == 1
    assert "\t\t- Phòng Nội vụ" in lines


def test_the_plan_saved_anew_by_libreoffice_reads_like_its_text(tmp_path: Path) -> None:
    drawn = tmp_path / "plan.docx"
    drawn.write_bytes(content_of(drawn_plan(SEED_TEXT)))
    opened = soffice(drawn, "odt", tmp_path)
    saved = soffice(opened, "docx:MS Word 2007 XML", tmp_path)
    assert parsed(saved.read_bytes()) == SEED


@pytest.mark.parametrize(("text", "expected"), [(SEED_TEXT, SEED), (BINH_THUY_TEXT, BINH_THUY)], ids=["seed", "other"])
def test_text_that_libreoffice_made_a_document_of_reads_like_the_text(
    tmp_path: Path, text: str, expected: ParsedPlan
) -> None:
    source = tmp_path / "plan.txt"
    source.write_text(text, encoding="utf-8")
    made = soffice(source, "docx:MS Word 2007 XML", tmp_path)
    assert said_elsewhere(parsed(made.read_bytes())) == said_elsewhere(expected)


HTML = """<html><head><meta charset="utf-8"></head><body>
<p align="center"><b>Số: 07/KH-UBND</b></p><p align="right"><i>Cái Răng, ngày 06 tháng 02 năm 2020</i></p>
<h1 align="center">KẾ HOẠCH</h1><p align="center"><b>Công tác thi đua</b></p><p align="center"><b>năm 2020</b></p>
<p>Ủy ban nhân dân quận Cái Răng ban hành Kế hoạch như sau:</p><p>II. NỘI DUNG</p>
<table border="1"><thead><tr><th rowspan="2">TT</th><th rowspan="2">Nội dung</th><th colspan="2">Đơn vị</th></tr>
<tr><th>chủ trì</th><th>phối hợp</th></tr></thead>
<tr><td colspan="4">QUÝ I</td></tr>
<tr><td>1</td><td>Việc một<br>tiếp theo</td><td rowspan="2">Phòng Nội vụ</td><td>Phòng Y tế<br>Công an quận</td></tr>
<tr><td>2</td><td>Việc hai</td><td></td></tr>
<tr><td colspan="4">QUÝ II</td></tr>
<tr><td>3</td><td>Việc ba</td><td><p>UBND quận</p><p>Phòng Nội vụ</p></td><td></td></tr></table>
<p>III. GIẢI PHÁP</p><ol><li>Giải pháp một.</li><li>Giải pháp hai.</li></ol>
<p>Nơi nhận:</p><ul><li>Như trên;</li><li>Lưu: VT.</li></ul>
<p align="center"><b>TM. ỦY BAN NHÂN DÂN</b></p><p align="center"><b>CHỦ TỊCH</b></p><p align="center">Lê Văn Mẫu</p>
</body></html>"""


def test_merged_cells_lists_and_line_breaks_of_libreoffice_are_read(tmp_path: Path) -> None:
    source = tmp_path / "plan.html"
    source.write_text(HTML, encoding="utf-8")
    opened = soffice(source, "odt:writer8", tmp_path)
    made = soffice(opened, "docx:MS Word 2007 XML", tmp_path)
    plan = parsed(made.read_bytes())
    assert (plan.number, plan.title, plan.year) == ("07/KH-UBND", "Công tác thi đua năm 2020", 2020)
    assert [(t.number, t.quarter, t.content, t.lead_units, t.coordinating_units) for t in plan.tasks] == [
        (1, 1, "Việc một tiếp theo", ("phong-noi-vu",), ("phong-y-te", "cong-an")),
        (2, 1, "Việc hai", ("phong-noi-vu",), ()),
        (3, 2, "Việc ba", ("ubnd-quan", "phong-noi-vu"), ()),
    ]
    assert plan.solutions == ("Giải pháp một.", "Giải pháp hai.")
    assert plan.recipients == ("Như trên", "Lưu: VT")
    assert (plan.signer.name, plan.signer.post) == ("Lê Văn Mẫu", "CHỦ TỊCH")


def test_a_document_is_read_from_disk_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(content_of(drawn_plan(SEED_TEXT)))
    assert parse_plan(read_document(file), DISTRICTS) == SEED


def test_a_document_without_words_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "plan.docx"
    file.write_bytes(content_of(docx.Document()))
    with pytest.raises(Rejected, match=r"plan_document\.empty"):
        read_document(file)


# --- writing ------------------------------------------------------------------------------------


def named(ids: tuple[str, ...], district: str) -> tuple[NamedUnit, ...]:
    units = {unit.id: unit for unit in DISTRICTS[district].units}
    return tuple(NamedUnit(unit_id=one, name=units[one].name, is_set=units[one].is_set) for one in ids)


def view_of(plan: ParsedPlan, **changes: Any) -> PlanView:
    """Return the plan as the service shows it once it was imported and issued."""
    assert plan.district and plan.year and plan.title and plan.issuer and plan.signer.name
    return replace(
        PlanView(
            district=plan.district,
            plan_id=str(plan.year),
            year=plan.year,
            status="issued",
            number=plan.number,
            issued_on=plan.issued_on,
            text=PlanText(
                title=plan.title,
                issuer=plan.issuer,
                place=plan.place,
                bases=plan.bases,
                purposes=plan.purposes,
                requirements=plan.requirements,
                solutions=plan.solutions,
                organisation=plan.organisation,
                recipients=plan.recipients,
                signer=EventSigner(
                    name=plan.signer.name, post=plan.signer.post or "", on_behalf_of=plan.signer.on_behalf_of
                ),
            ),
            draft=tuple(
                DraftTask(
                    number=task.number,
                    quarter=task.quarter or 0,
                    content=task.content,
                    leads=named(task.lead_units, plan.district),
                    coordinators=named(task.coordinating_units, plan.district),
                    due_on=task.due_on,
                    due_month=task.due_month,
                )
                for task in plan.tasks
            ),
            return_reason=None,
            seq=1,
        ),
        **changes,
    )


TEMPLATE = find_template(PLAN_TEMPLATE, Path("/nonexistent"))


def first_issue(view: PlanView) -> tuple[PlanVersionView, ...]:
    """Return the versions of a plan that was issued and never amended; none of a draft."""
    if view.issued_on is None:
        return ()
    return (version_of(view, version=1, number=view.number or "", issued_on=view.issued_on),)


def version_of(view: PlanView, **changes: Any) -> PlanVersionView:
    values: dict[str, Any] = {"reason": "", "added": (), "changed": (), "left": (), "changes": (), "by": "x"}
    at = datetime(2020, 2, 6, tzinfo=UTC)
    return PlanVersionView(district=view.district, plan_id=view.plan_id, at=at, **{**values, **changes})


def written(view: PlanView) -> bytes:
    return fill(TEMPLATE, plan_paper(view, first_issue(view)))


def opened(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


@pytest.fixture(scope="module")
def paper() -> Document:
    return opened(written(view_of(SEED)))


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_stored_template_is_what_the_code_draws() -> None:
    for kind, draw in DRAWN.items():
        assert parts_of(kind.default.read_bytes()) == parts_of(draw()), kind.name


def test_the_stored_template_says_nothing_of_who_made_the_library() -> None:
    parts = parts_of(PLAN_TEMPLATE.default.read_bytes())
    assert not [name for name in parts if "thumbnail" in name]
    assert b"python" not in parts["docProps/core.xml"] and b"2013" not in parts["docProps/core.xml"]


def test_a_name_of_a_style_is_one_name_in_word() -> None:
    # A comma would make two of it.
    assert [style.name for style in opened(TEMPLATE.content).styles if "," in (style.name or "")] == []


def test_the_default_template_passes_its_own_check() -> None:
    check_template(PLAN_TEMPLATE, TEMPLATE.content)


@pytest.mark.parametrize("plan", [SEED, BINH_THUY], ids=["one column of units", "leads, helpers and dates"])
def test_a_plan_written_and_read_again_is_the_same_plan(plan: ParsedPlan) -> None:
    assert replace(parsed(written(view_of(plan))), warnings=()) == replace(plan, warnings=())


def test_a_plan_written_anew_says_nothing_of_mending() -> None:
    assert {one.code for one in parsed(written(view_of(SEED))).warnings} == {
        "basis.symbol_mismatch",
        "task.year_doubtful",
    }


def test_libreoffice_opens_the_written_plan_and_what_it_saves_is_the_same_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.docx"
    file.write_bytes(written(view_of(SEED)))
    saved = soffice(soffice(file, "odt", tmp_path), "docx:MS Word 2007 XML", tmp_path)
    assert replace(parsed(saved.read_bytes()), warnings=()) == replace(SEED, warnings=())


_WORD = st.text(st.sampled_from("ăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệ&<>\"'"), min_size=1, max_size=7).filter(
    lambda word: any(letter.isalpha() for letter in word)
)
_SENTENCE = st.lists(_WORD, min_size=2, max_size=12).map(lambda words: f"{' '.join(words).capitalize()} x.")
_SENTENCES = st.lists(_SENTENCE, max_size=4).map(tuple)
_UNITS = st.lists(st.sampled_from([unit.id for unit in DISTRICTS["cai-rang"].units]), max_size=4, unique=True)


@st.composite
def any_plan(draw: st.DrawFn) -> ParsedPlan:
    tasks = []
    for number in range(1, draw(st.integers(2, 6))):
        leads = tuple(draw(_UNITS.filter(bool)))
        helpers = tuple(one for one in draw(_UNITS) if one not in leads)
        tasks.append(
            replace(
                SEED.tasks[0],
                number=number,
                quarter=draw(st.integers(1, 4)),
                content=draw(_SENTENCE),
                units=(*leads, *helpers),
                lead_units=leads,
                coordinating_units=helpers,
                due_on=None,
            )
        )
    return replace(
        SEED,
        number=f"{draw(st.integers(1, 4000)):02}/KH-UBND",
        issued_on=draw(st.dates(date(2020, 1, 1), date(2020, 12, 31))),
        tasks=tuple(tasks),
        solutions=draw(_SENTENCES),
        organisation=draw(_SENTENCES),
        purposes=draw(_SENTENCES),
        requirements=draw(_SENTENCES),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=any_plan())
def test_any_plan_written_and_read_again_is_the_same_plan(plan: ParsedPlan) -> None:
    again = parsed(written(view_of(plan)))
    assert replace(again, warnings=()) == replace(plan, warnings=())


# --- the form of the document (NĐ 30/2020/NĐ-CP, Phụ lục I) ---------------------------------------


def letterhead(document: Document) -> Table:
    return document.tables[0]


def body_table(document: Document) -> Table:
    return document.tables[1]


def closing(document: Document) -> Table:
    return document.tables[-1]


def looks(paragraph: Any) -> tuple[str, float, bool, bool]:
    """Return font, size in points, bold, italic of a paragraph, by its style."""
    font = paragraph.style.font
    return font.name, font.size.pt, bool(font.bold), bool(font.italic)


def millimetres(length: Length | None) -> int:
    """Return a length as Word keeps it, in twentieths of a point, to the millimetre."""
    assert length is not None
    whole: int = round(length.mm)
    return whole


def paragraphs_of(document: Document) -> Iterator[Any]:
    for section in document.sections:
        yield from section.header.paragraphs
    yield from document.paragraphs
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                yield from cell.paragraphs


def test_the_paper_is_a4_upright_with_the_margins_of_the_decree(paper: Document) -> None:
    (section,) = paper.sections
    assert (millimetres(section.page_width), millimetres(section.page_height)) == (210, 297)
    assert (millimetres(section.top_margin), millimetres(section.bottom_margin)) == (20, 20)
    assert (millimetres(section.left_margin), millimetres(section.right_margin)) == (30, 20)


def test_every_word_is_in_times_new_roman_black(paper: Document) -> None:
    found = list(paragraphs_of(paper))
    assert len(found) > 80
    for paragraph in found:
        assert paragraph.style.font.name == "Times New Roman", paragraph.text
        assert str(paragraph.style.font.color.rgb) == "000000"
        assert all(run.font.name is None and run.font.size is None for run in paragraph.runs)


def test_quoc_hieu_and_tieu_ngu_stand_at_the_right_with_a_rule(paper: Document) -> None:
    nation, motto, rule = letterhead(paper).rows[0].cells[1].paragraphs
    assert nation.text == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert looks(nation) == ("Times New Roman", 13, True, False)
    assert motto.text == "Độc lập - Tự do - Hạnh phúc"
    assert looks(motto) == ("Times New Roman", 14, True, False)
    assert (rule.text, rule._p.find(f".//{qn('w:pBdr')}/{qn('w:top')}") is not None) == ("", True)


def test_the_issuing_body_stands_at_the_left_in_two_lines_with_a_rule(paper: Document) -> None:
    *lines, rule = letterhead(paper).rows[0].cells[0].paragraphs
    assert [line.text for line in lines] == ["ỦY BAN NHÂN DÂN", "QUẬN CÁI RĂNG"]
    assert {looks(line) for line in lines} == {("Times New Roman", 13, True, False)}
    assert rule._p.find(f".//{qn('w:pBdr')}/{qn('w:top')}") is not None


def test_number_and_date_stand_in_one_row(paper: Document) -> None:
    number, day = (cell.paragraphs[0] for cell in letterhead(paper).rows[1].cells)
    assert (number.text, looks(number)) == ("Số: 30/KH-UBND", ("Times New Roman", 13, False, False))
    assert (day.text, looks(day)) == ("Cái Răng, ngày 06 tháng 02 năm 2020", ("Times New Roman", 14, False, True))


@pytest.mark.parametrize(
    ("number", "day", "number_line", "date_line"),
    [
        ("5/KH-UBND", date(2020, 1, 9), "Số: 05/KH-UBND", "Cái Răng, ngày 09 tháng 01 năm 2020"),
        ("130/KH-UBND", date(2020, 3, 31), "Số: 130/KH-UBND", "Cái Răng, ngày 31 tháng 3 năm 2020"),
        ("12/KH-UBND", date(2020, 12, 10), "Số: 12/KH-UBND", "Cái Răng, ngày 10 tháng 12 năm 2020"),
    ],
)
def test_small_numbers_small_days_and_the_first_two_months_have_a_zero(
    number: str, day: date, number_line: str, date_line: str
) -> None:
    view = view_of(SEED, number=number, issued_on=day)
    made = plan_paper(view, first_issue(view))
    assert (made.number_line, made.place_and_date) == (number_line, date_line)


def test_a_draft_leaves_room_for_number_and_date() -> None:
    made = plan_paper(view_of(SEED, status="draft", issued_on=None))
    assert re.fullmatch(r"Số: +/KH-UBND", made.number_line)
    assert re.fullmatch(r"Cái Răng, ngày +tháng +năm 2020", made.place_and_date)
    assert file_name(view_of(SEED, status="draft", issued_on=None)) == "ke-hoach-du-thao-2020-cai-rang"
    assert file_name(view_of(SEED), first_issue(view_of(SEED))) == "ke-hoach-30-kh-ubnd-2020-cai-rang"


def test_kind_title_and_bases_have_their_form(paper: Document) -> None:
    texts = [paragraph for paragraph in paper.paragraphs if paragraph.text]
    assert [one.text for one in texts[:2]] == ["KẾ HOẠCH", "Triển khai công tác thi đua, khen thưởng năm 2020"]
    assert {looks(one) for one in texts[:2]} == {("Times New Roman", 14, True, False)}
    bases = [one for one in texts if one.text.startswith("Căn cứ")]
    assert [one.text[-1] for one in bases] == [";", ";", "."]
    assert {looks(one) for one in bases} == {("Times New Roman", 14, False, True)}
    assert texts[5].text.startswith("Ủy ban nhân dân quận Cái Răng ban hành Kế hoạch triển khai công tác")


def test_the_body_is_justified_in_14_with_room_between_paragraphs(paper: Document) -> None:
    body = paper.styles["Nội dung"]
    assert looks(next(one for one in paper.paragraphs if one.style and one.style.name == "Nội dung")) == (
        "Times New Roman",
        14,
        False,
        False,
    )
    layout = body.paragraph_format
    assert (layout.alignment.name, millimetres(layout.first_line_indent), layout.space_after) == ("JUSTIFY", 10, Pt(6))
    assert 1 <= layout.line_spacing <= 1.5


def test_the_paper_of_an_amended_plan_is_that_of_its_version_under_its_own_number_and_date() -> None:
    view = view_of(SEED, version=3)
    task, gone = view.draft[0], view.draft[1]
    ninth = replace(task, number=99, quarter=4, content="Tổng kết phong trào thi đua đặc biệt")
    moved = replace(task, content="Đăng ký thi đua theo mẫu mới")
    left = LeftTask(number=gone.number, quarter=gone.quarter, content=gone.content, due_on=date(2020, 3, 31), units=())
    versions = (
        *first_issue(view),
        version_of(
            view,
            version=2,
            number="45/KH-UBND",
            issued_on=date(2020, 4, 6),
            added=(ninth,),
            changed=(moved,),
            left=(left,),
        ),
        version_of(
            view, version=3, number="78/KH-UBND", issued_on=date(2020, 9, 1), changed=(replace(ninth, quarter=3),)
        ),
    )

    def written_as(version: int) -> tuple[Document, ParsedPlan]:
        content = fill(TEMPLATE, plan_paper(view, versions[:version]))
        return opened(content), parse_plan(word_text(content), DISTRICTS)

    _, first = written_as(1)
    assert replace(first, warnings=()) == replace(parse_plan(word_text(written(view_of(SEED))), DISTRICTS), warnings=())
    second, again = written_as(2)
    text = "\n".join(one.text for one in second.paragraphs)
    cited = "Kế hoạch số 30/KH-UBND ngày 06/02/2020 của Ủy ban nhân dân quận Cái Răng"
    subject = "triển khai công tác thi đua, khen thưởng năm 2020"
    assert (again.number, again.issued_on) == ("45/KH-UBND", date(2020, 4, 6))
    assert f"Điều chỉnh, bổ sung {cited} về {subject}" in text
    assert f"Căn cứ {cited} về {subject}." in text
    assert f"ban hành Kế hoạch điều chỉnh, bổ sung {cited} về {subject} như sau" in text
    rows = {one.number: one for one in again.tasks}
    assert rows[task.number].content == "Đăng ký thi đua theo mẫu mới"
    assert gone.number not in rows and (rows[99].quarter, rows[99].content) == (4, ninth.content)
    assert len(rows) == len(view.draft)
    third, last = written_as(3)
    assert (last.number, last.issued_on) == ("78/KH-UBND", date(2020, 9, 1))
    assert next(one for one in last.tasks if one.number == 99).quarter == 3
    text = "\n".join(one.text for one in third.paragraphs)
    assert f"Căn cứ {cited} về {subject};" in text
    assert "Căn cứ Kế hoạch số 45/KH-UBND ngày 06/04/2020 của Ủy ban nhân dân quận Cái Răng điều chỉnh, bổ sung" in text
    assert file_name(view, versions) == "ke-hoach-78-kh-ubnd-2020-cai-rang"
    assert file_name(view, versions[:1]) == "ke-hoach-30-kh-ubnd-2020-cai-rang"


def test_the_sections_are_numbered_without_gaps_though_one_is_missing() -> None:
    view = view_of(SEED, text=replace(view_of(SEED).text, solutions=(), purposes=(), requirements=()))
    headings = [one.text for one in opened(written(view)).paragraphs if one.style and one.style.name == "Đề mục"]
    assert headings == ["I. NỘI DUNG", "II. TỔ CHỨC THỰC HIỆN"]


def test_the_header_row_is_repeated_and_no_row_is_torn(paper: Document) -> None:
    rows = body_table(paper).rows
    assert [cell.text for cell in rows[0].cells] == ["TT", "Nội dung", "Đơn vị thực hiện"]
    assert rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in rows)
    assert [row.cells[0].text for row in rows[1:3]] == ["QUÝ I", "1."]
    assert len(rows) == 1 + 4 + 15
    assert len({cell._tc for cell in rows[1].cells}) == 1  # the quarter takes the whole row


def test_recipients_stand_at_the_bottom_left(paper: Document) -> None:
    heading, *recipients = closing(paper).rows[0].cells[0].paragraphs
    assert (heading.text, looks(heading)) == ("Nơi nhận:", ("Times New Roman", 12, True, True))
    assert {looks(one) for one in recipients} == {("Times New Roman", 11, False, False)}
    assert recipients[0].text == "- Ban Thi đua - Khen thưởng thành phố;"
    assert [one.text[-1] for one in recipients] == [";"] * 6 + ["."]
    assert recipients[-1].text == "- Lưu: VT."


@pytest.mark.parametrize(
    ("on_behalf_of", "post", "lines"),
    [
        ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]),
        ("TM. Ủy ban nhân dân; KT. Chủ tịch", "Phó Chủ tịch", ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]),
        ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", ["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]),
        ("TL. CHỦ TỊCH", "TRƯỞNG PHÒNG NỘI VỤ", ["TL. CHỦ TỊCH", "TRƯỞNG PHÒNG NỘI VỤ"]),
        ("TUQ. CHỦ TỊCH", "CHÁNH VĂN PHÒNG", ["TUQ. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"]),
        (None, "Q. CHỦ TỊCH", ["Q. CHỦ TỊCH"]),
        (None, "CHỦ TỊCH", ["CHỦ TỊCH"]),
    ],
)
def test_the_signature_block_says_by_what_right_one_signs(
    on_behalf_of: str | None, post: str, lines: list[str]
) -> None:
    signer = EventSigner(name="Lê Thanh Tâm", post=post, on_behalf_of=on_behalf_of)
    document = opened(written(view_of(SEED, text=replace(view_of(SEED).text, signer=signer))))
    *authority, name = closing(document).rows[0].cells[1].paragraphs
    assert [line.text for line in authority] == lines
    assert {looks(line) for line in (*authority, name)} == {("Times New Roman", 14, True, False)}
    assert name.text == "Lê Thanh Tâm"


def test_page_numbers_stand_in_the_middle_of_the_top_margin_but_not_on_page_one(paper: Document) -> None:
    (section,) = paper.sections
    assert section.different_first_page_header_footer
    assert not section.first_page_header.is_linked_to_previous
    assert "".join(one.text for one in section.first_page_header.paragraphs) == ""
    (number,) = section.header.paragraphs
    (field,) = number._p.findall(qn("w:fldSimple"))
    assert field.get(qn("w:instr")) == "PAGE"
    assert (looks(number)[1], number.style.paragraph_format.alignment.name) == (14, "CENTER")
    assert section.header_distance is not None and section.header_distance < Mm(20)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"place": None}, "địa danh"),
        ({"recipients": ()}, "nơi nhận"),
        ({"signer": None}, "người ký, chức vụ người ký"),
        ({"place": "", "signer": EventSigner(name="Lê Thanh Tâm", post="")}, "địa danh, chức vụ người ký"),
    ],
)
def test_what_an_official_paper_cannot_do_without_is_named(changes: dict[str, Any], missing: str) -> None:
    with pytest.raises(Rejected) as refusal:
        plan_paper(view_of(SEED, text=replace(view_of(SEED).text, **changes)))
    assert (refusal.value.code, refusal.value.detail) == ("document.field_missing", {"fields": missing})


def test_a_plan_of_five_hundred_tasks_is_written() -> None:
    tasks = tuple(replace(view_of(SEED).draft[0], number=number, quarter=1) for number in range(1, 501))
    document = opened(written(view_of(SEED, draft=tasks)))
    assert len(body_table(document).rows) == 502


# --- the pages ------------------------------------------------------------------------------------


def test_the_pages_of_the_written_plan_are_those_of_an_official_paper(tmp_path: Path) -> None:
    """LibreOffice sets the pages; `pdftotext` says which word stands on which."""
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing: apt-get install -y poppler-utils"
    file = tmp_path / "plan.pdf"
    file.write_bytes(to_pdf(written(view_of(SEED))))
    text = subprocess.run([program, "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
    pages = [page for page in text.split("\f") if page.strip()]
    assert len(pages) in (4, 5)
    first = [line.strip() for line in pages[0].splitlines() if line.strip()]
    assert re.fullmatch(r"ỦY BAN NHÂN DÂN +CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", first[0])
    assert re.fullmatch(r"QUẬN CÁI RĂNG +Độc lập - Tự do - Hạnh phúc", first[1])
    # Page 1 has no number, the others have theirs on top; the header row is on each page of the table.
    for number, page in enumerate(pages[1:], start=2):
        assert page.split()[0] == str(number)
    of_table = [page for page in pages if re.search(r"^ *(?:[1-9]|1[0-5])\. +\S", page, re.MULTILINE) and "QUÝ" in page]
    assert len(of_table) >= 2
    assert all(re.search(r"TT +Nội dung +Đơn vị thực hiện", page) for page in of_table)
    # The signature never stands alone on its page.
    assert "Kế hoạch này./." in pages[-1] and "Lê Thanh Tâm" in pages[-1] and "Nơi nhận:" in pages[-1]


def test_a_pdf_without_libreoffice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Rejected, match=r"pdf\.unavailable"):
        to_pdf(b"")


def test_the_seed_of_the_tests_is_the_demos() -> None:
    assert read_document(SEED_PATH) == SEED_TEXT
