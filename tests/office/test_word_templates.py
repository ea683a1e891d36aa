"""Templates that officers edit: what is refused and named, what is written, and that no code runs in them."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import docx
import pytest
from docx.shared import Pt

from shared.errors import Rejected
from shared.office.word import (
    TemplateKind,
    about,
    check_template,
    fields_of,
    fill,
    find_template,
    install_template,
    word_text,
)
from shared.office.word.templates import Template
from shared.settings import Settings
from tests.office.word_files import MACRO_TYPE, relationships, word_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone on the list."""

    name: str = field(metadata=about("họ tên"))
    awards: tuple[str, ...] = field(default=(), metadata=about("danh hiệu"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the template of these tests may name."""

    title: str = field(metadata=about("trích yếu"))
    persons: tuple[Person, ...] = field(metadata=about("danh sách"))
    note: str | None = field(default=None, metadata=about("ghi chú"))
    count: int = field(default=0, metadata=about("số người"))


KIND = TemplateKind(name="danh-sach", title="Danh sách", fields=Paper, default=Path("/nonexistent/danh-sach.docx"))
LIST = ("{%p for person in persons %}", "{{ loop.index }}. {{ person.name }}", "{%p endfor %}")


def template(*paragraphs: str, header: str = "", property_title: str = "") -> bytes:
    """Return a template of the paragraphs, as another program writes it."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    document.core_properties.title = property_title
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def written(content: bytes, paper: Paper) -> list[str]:
    """Return the paragraphs of the document that the template makes."""
    made = fill(Template(kind=KIND, content=content, is_own=True), paper)
    return word_text(made).split("\n\n")


def refusal(content: bytes) -> Rejected:
    with pytest.raises(Rejected) as refused:
        check_template(KIND, content)
    return refused.value


PAPER = Paper(title="Danh sách khen thưởng", persons=(Person(name="Lê Thanh Tâm"), Person(name="Trần Văn Mẫu")))


# --- what is written ----------------------------------------------------------------------------


def test_fields_are_filled_and_paragraphs_repeated() -> None:
    content = template("{{ title }}", *LIST)
    check_template(KIND, content)
    assert written(content, PAPER) == ["Danh sách khen thưởng", "1. Lê Thanh Tâm", "2. Trần Văn Mẫu"]


def test_a_list_of_nothing_leaves_nothing_over() -> None:
    assert written(template("{{ title }}", *LIST, "Hết"), Paper(title="Trống", persons=())) == ["Trống", "Hết"]


def test_a_cell_in_which_a_list_of_nothing_stood_stays_a_cell() -> None:
    document = docx.Document()
    cell = document.add_table(rows=1, cols=3).rows[0].cells[0]
    cell.text = LIST[0]
    for text in (*LIST[1:],):
        cell.add_paragraph(text)
    document.add_paragraph("{{ title }}")
    file = io.BytesIO()
    document.save(file)
    made = fill(Template(kind=KIND, content=file.getvalue(), is_own=True), Paper(title="Trống", persons=()))
    assert [len(one.paragraphs) for one in docx.Document(io.BytesIO(made)).tables[0].rows[0].cells] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A & B <w:p> \"c\" 'd'", "A & B <w:p> \"c\" 'd'"),
        ("{{ 7*7 }} {% raw %}", "{{ 7*7 }} {% raw %}"),
        ("]]></w:t></w:r>", "]]></w:t></w:r>"),
        ("một\x00\x07\x0c\x1bhai", "mộthai"),
        ("một\r\nhai", "một\nhai"),
        ("Đặng Thị Ngọc Thịnh 🎉", "Đặng Thị Ngọc Thịnh 🎉"),
    ],
)
def test_values_are_text_whatever_they_hold(text: str, shown: str) -> None:
    assert written(template("{{ title }}", *LIST), Paper(title=text, persons=())) == [shown]


def test_what_an_officer_formats_in_word_stays_formatted() -> None:
    document = docx.Document()
    run = document.add_paragraph().add_run("{{ title }}")
    run.font.size, run.font.bold = Pt(20), True
    for text in LIST:
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    made = docx.Document(io.BytesIO(fill(Template(kind=KIND, content=file.getvalue(), is_own=True), PAPER)))
    assert (made.paragraphs[0].runs[0].font.size, made.paragraphs[0].runs[0].font.bold) == (Pt(20), True)


def test_quotes_that_word_makes_curly_and_runs_that_it_splits_are_understood() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ ti", "tle }", "}"):
        paragraph.add_run(piece)
    for text in (*LIST, "{{ note or “không có” }}"):
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    assert written(file.getvalue(), PAPER)[0] == "Danh sách khen thưởng"
    assert written(file.getvalue(), PAPER)[-1] == "không có"


# --- what is refused, and named -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("paragraphs", "field", "line", "text"),
    [
        (("{{ title }}", "{{ ngay_sinh }}", *LIST), "ngay_sinh", 2, "{{ ngay_sinh }}"),
        (("{{ title }}", LIST[0], "{{ person.names }}", LIST[2]), "person.names", 3, "{{ person.names }}"),
        (("{{ title.name }}", *LIST), "title.name", 1, "{{ title.name }}"),
        (("{{ title }}", *LIST, "{{ person.name }}"), "person", 5, "{{ person.name }}"),
        (("{{ title }}", *LIST, "{% if hidden %}x{% endif %}"), "hidden", 5, "{% if hidden %}x{% endif %}"),
        (("{{ title }}", *LIST, "{{ title.__class__ }}"), "title.__class__", 5, "{{ title.__class__ }}"),
        (("{{ title }}", LIST[0], "{{ loop.cycle }}{{ person.name }}", LIST[2]), "loop.cycle", 3, None),
    ],
)
def test_an_unknown_field_is_refused_naming_it_and_its_paragraph(
    paragraphs: tuple[str, ...], field: str, line: int, text: str | None
) -> None:
    refused = refusal(template(*paragraphs))
    assert (refused.code, refused.detail["field"], refused.detail["line"]) == ("template.field_unknown", field, line)
    assert text is None or text in str(refused.detail["text"])


def test_unknown_fields_are_found_in_headers_and_properties_too() -> None:
    for content in (
        template("{{ title }}", *LIST, header="{{ so }}"),
        template("{{ title }}", *LIST, property_title="{{ so }}"),
    ):
        assert refusal(content).detail["field"] == "so"


@pytest.mark.parametrize(
    ("paragraphs", "missing"),
    [
        (LIST, "title"),
        (("{{ title }}",), "persons, persons.name"),
        (("{{ title }}", LIST[0], "{{ loop.index }}", LIST[2]), "persons.name"),
        ((), "title, persons, persons.name"),
    ],
)
def test_a_template_without_an_obligatory_field_is_refused_naming_it(paragraphs: tuple[str, ...], missing: str) -> None:
    refused = refusal(template(*paragraphs))
    assert (refused.code, refused.detail["fields"]) == ("template.field_missing", missing)


@pytest.mark.parametrize(
    "broken", ["{{ title", "{% if title %}", "{{ title | }}", "{%p endfor %}", "{{ }}", "{% nope %}"]
)
def test_broken_syntax_is_refused_naming_the_paragraph(broken: str) -> None:
    refused = refusal(template("{{ title }}", *LIST, "Đoạn năm", broken))
    assert refused.code == "template.broken"
    assert refused.detail["line"] in (5, 6, 7)
    assert refused.detail["problem"]


def test_what_is_repeated_must_be_a_list() -> None:
    refused = refusal(template("{{ title }}", *LIST, "{% for letter in title %}{{ letter }}{% endfor %}"))
    assert (refused.code, refused.detail["field"], refused.detail["line"]) == ("template.not_a_list", "title", 5)


@pytest.mark.parametrize(
    ("forbidden", "name"),
    [
        ("{{ title.upper() }}", "call"),
        ("{{ title * 1000000000 }}", "mul"),
        ("{{ 9 ** 9 ** 9 }}", "pow"),
        ("{% set x = 1 %}", "assign"),
        ("{% include 'a' %}", "include"),
        ("{% import 'os' as os %}", "import"),
        ("{% macro a() %}x{% endmacro %}", "macro"),
        ("{{ title | attr('__class__') }}", "|attr"),
        ("{{ title | safe }}", "|safe"),
        ("{{ title[0] }}", "getitem"),
        ("{% for title in persons %}x{% endfor %}", "title"),
        ("{% for a, b in persons %}x{% endfor %}", "for"),
        ("{{ range(9) }}", "call"),
    ],
)
def test_nothing_that_could_run_is_allowed_in_a_template(forbidden: str, name: str) -> None:
    refused = refusal(template("{{ title }}", *LIST, forbidden))
    assert (refused.code, refused.detail["field"], refused.detail["line"]) == ("template.forbidden", name, 5)


def test_tags_that_cut_through_the_structure_are_refused() -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=3).rows[0].cells[0].text = "{% if note %}"
    for text in ("{% endif %}", "{{ title }}", *LIST):
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    assert refusal(file.getvalue()).code == "template.structure"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04", "office_file.unreadable"),
        (b"", "office_file.unreadable"),
        (word_file("", main_type=MACRO_TYPE), "office_file.macros"),
        (
            word_file(
                "", parts={"word/_rels/document.xml.rels": relationships(("image", "http://a/b.png"), mode="External")}
            ),
            "office_file.external",
        ),
        (
            word_file(
                "",
                parts={
                    "word/settings.xml": "<a/>",
                    "word/_rels/settings.xml.rels": relationships(
                        ("attachedTemplate", "file://a/b.dotm"), mode="External"
                    ),
                },
            ),
            "office_file.external",
        ),
        (word_file("", parts={"word/a.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "office_file.unsafe"),
    ],
)
def test_a_template_that_is_no_harmless_document_is_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_a_link_to_click_is_allowed_in_a_template() -> None:
    content = template("{{ title }}", *LIST)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "word/_rels/document.xml.rels":
                link = relationships(("hyperlink", "https://a.vn/"), mode="External").replace('Id="r0"', 'Id="link"')
                part = part.replace(b"</Relationships>", link[link.index("<Relationship ") :].encode())
            new.writestr(name, part)
    check_template(KIND, file.getvalue())


# --- which one is in force ----------------------------------------------------------------------


def kind_with_default(folder: Path) -> TemplateKind:
    default = folder / "default.docx"
    default.write_bytes(template("{{ title }}", *LIST))
    return TemplateKind(name="danh-sach", title="Danh sách", fields=Paper, default=default)


def test_the_offices_own_template_is_used_once_it_is_installed(tmp_path: Path) -> None:
    kind, folder = kind_with_default(tmp_path), tmp_path / "templates"
    assert not find_template(kind, folder).is_own
    own = template("MẪU CỦA QUẬN", "{{ title }}", *LIST)
    installed = install_template(kind, own, folder)
    found = find_template(kind, folder)
    assert (found, found.is_own, found.content) == (installed, True, own)
    assert word_text(fill(found, PAPER)).startswith("MẪU CỦA QUẬN")


def test_a_template_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    kind, folder = kind_with_default(tmp_path), tmp_path / "templates"
    own = install_template(kind, template("{{ title }}", *LIST), folder)
    with pytest.raises(Rejected):
        install_template(kind, template("{{ tiltle }}", *LIST), folder)
    assert find_template(kind, folder) == own
    assert [one.name for one in folder.iterdir()] == ["danh-sach.docx"]


def test_a_broken_template_in_the_folder_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    kind = kind_with_default(tmp_path)
    (tmp_path / "danh-sach.docx").write_bytes(b"garbage")
    with pytest.raises(Rejected, match=r"office_file\.unreadable"):
        fill(find_template(kind, tmp_path), PAPER)


def test_the_folder_of_templates_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).templates_path == tmp_path / "templates"
    monkeypatch.setenv("TDKT_TEMPLATE_DIR", str(tmp_path / "mau"))
    assert Settings(data_dir=tmp_path).templates_path == tmp_path / "mau"


def test_every_field_has_its_path_and_meaning() -> None:
    assert [(one.path, one.meaning, one.is_list, one.is_obligatory) for one in fields_of(Paper)] == [
        ("title", "trích yếu", False, True),
        ("persons", "danh sách", True, True),
        ("persons.name", "họ tên", False, True),
        ("persons.awards", "danh hiệu", True, False),
        ("note", "ghi chú", False, False),
        ("count", "số người", False, False),
    ]
