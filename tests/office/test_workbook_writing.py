"""Spreadsheets out: nothing becomes a formula, officers find what they are used to, the same comes back."""

import io
import re
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.office.workbook import (
    Choice,
    Column,
    Kind,
    SheetContent,
    SheetForm,
    Summary,
    Value,
    value_of,
    write_workbook,
)
from tests.office.sheets import FORM, opened, read

VALUES: dict[str, Value] = {
    "number": 7,
    "content": "Ban hành Chỉ thị\nvề phong trào",
    "due_on": date(2020, 6, 25),
    "points": Decimal("9.5"),
    "quarter": "1",
    "units": ("Phòng Nội vụ", "Thanh tra"),
}
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "http://x")
SUMMARY = Summary(
    name="Tổng hợp",
    title="Theo quý",
    heading="Quý",
    counted=("Xong", "Chưa xong"),
    rows=[("I", (1, 2)), ("II", (0, 3))],
)


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def test_what_is_written_comes_back_as_it_was() -> None:
    assert [row.values for row in read(write_workbook([SheetContent(form=FORM, rows=[VALUES, VALUES])])).rows] == [
        VALUES,
        VALUES,
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "number": st.integers(0, 9999),
                "content": st.text(min_size=1, max_size=60).filter(lambda text: text.strip() != ""),
                "due_on": st.none() | st.dates(date(1900, 3, 1), date(2200, 12, 31)),
                "points": st.none() | st.decimals(0, 100, places=2),
                "quarter": st.none() | st.sampled_from(["1", "2"]),
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_is_written_is_read_as_the_same_or_named_as_unreadable(rows: Any) -> None:
    sheet = read(write_workbook([SheetContent(form=FORM, rows=rows)]))
    wrong = {problem.row for problem in sheet.problems}

    found = {row.number: row.values for row in sheet.rows}
    for number, row in enumerate(rows, start=2):
        try:
            expected = value_of(FORM.column("content"), row["content"])
        except Exception:  # noqa: BLE001 - what the reader refuses, it names
            expected = None
        if expected is None:
            # Text of nothing but what is invisible is a blank row or a missing cell.
            assert number in wrong
        else:
            assert found[number] == {**row, "content": expected, "units": None}


def test_no_text_becomes_a_formula_a_link_or_a_number() -> None:
    rows: list[dict[str, Value]] = [
        {"number": number, "content": text} for number, text in enumerate((*DANGEROUS, "00919", "1e5"))
    ]
    content = write_workbook([SheetContent(form=FORM, rows=rows)])
    sheet = parts(content)["xl/worksheets/sheet1.xml"]

    assert "<f>" not in sheet and "<f " not in sheet and "<hyperlink" not in sheet
    assert len(re.findall(r'<c r="B\d+" s="\d+" t="s">', sheet)) == len(rows) + 1
    cells = [opened(content).worksheets[0].cell(number, 2) for number in range(2, len(rows) + 2)]
    assert [(cell.value, cell.data_type) for cell in cells][:4] == [(text, "s") for text in DANGEROUS[:4]]
    assert {cell.number_format for cell in cells} == {"@"}


@pytest.mark.parametrize("text", ["<r>a & b</r>", "<r><t>Việc</t></r>", "<r></r>"])
def test_a_text_that_looks_like_markup_of_the_format_stays_that_text(text: str) -> None:
    rows: list[dict[str, Value]] = [{"number": 1, "content": text}]
    assert read(write_workbook([SheetContent(form=FORM, rows=rows)])).rows[0].values["content"] == text


def test_headings_stay_filters_choices_dates_and_print_are_set() -> None:
    book = opened(write_workbook([SheetContent(form=FORM, rows=[VALUES])], summary=SUMMARY))
    sheet = book.worksheets[0]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}

    assert [cell.value for cell in sheet[1]][:2] == ["Số thứ tự (*)", "Nội dung (*)"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:F2")
    assert sheet["C2"].number_format == "dd/mm/yyyy"
    assert (rules["E2"].type, rules["E2"].formula1) == ("list", '"Quý I,Quý II"')
    assert rules["C2"].prompt == "Ví dụ 25/06/2020"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.print_title_rows, sheet.page_setup.fitToHeight) == ("$1:$1", 0)
    assert "Danh sách nhiệm vụ" in sheet.oddHeader.center.text
    assert sheet.column_dimensions["B"].width > 39


def test_long_lists_of_choices_stand_on_a_hidden_sheet_and_suggestions_name_another() -> None:
    units = SheetForm(name="Đơn vị", title="Đơn vị", columns=(Column(field="name", heading="Tên"),))
    members = SheetForm(
        name="Thành viên",
        title="Thành viên",
        columns=(
            Column(
                field="kind",
                heading="Loại",
                kind=Kind.CHOICE,
                choices=tuple(Choice(value=str(number), word=f"Loại hình đơn vị thứ {number}") for number in range(20)),
            ),
            Column(field="unit", heading="Đơn vị", suggestions=("Đơn vị", "name")),
        ),
    )
    content = write_workbook(
        [SheetContent(form=units, rows=[{"name": "a"}]), SheetContent(form=members, rows=[{"kind": "3", "unit": "a"}])]
    )
    book = opened(content)
    rules = {str(rule.sqref)[:1]: rule for rule in book["Thành viên"].data_validations.dataValidation}

    assert book["Danh mục"].sheet_state == "hidden"
    assert rules["A"].formula1 == "'Danh mục'!$A$1:$A$20"
    assert rules["B"].formula1 == "'Đơn vị'!$A$2:$A$202"
    assert not rules["B"].showErrorMessage
    assert read(content, members).rows[0].values == {"kind": "3", "unit": "a"}


def test_the_summary_has_its_numbers_and_a_chart_of_them() -> None:
    content = write_workbook([SheetContent(form=FORM, rows=[VALUES])], summary=SUMMARY)
    chart = parts(content)["xl/charts/chart1.xml"]

    assert [[cell.value for cell in row] for row in opened(content)["Tổng hợp"].iter_rows(max_row=3)] == [
        ["Quý", "Xong", "Chưa xong"],
        ["I", 1, 2],
        ["II", 0, 3],
    ]
    assert "'Tổng hợp'!$B$2:$B$3" in chart and "'Tổng hợp'!$C$2:$C$3" in chart and 'val="stacked"' in chart


def test_the_same_content_gives_the_same_bytes() -> None:
    def written() -> bytes:
        return write_workbook([SheetContent(form=FORM, rows=[VALUES])], summary=SUMMARY)

    assert written() == written()


def test_another_program_opens_it(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(write_workbook([SheetContent(form=FORM, rows=[VALUES])], summary=SUMMARY))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "ods"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")], timeout=120, capture_output=True)

    assert [row.values for row in read((tmp_path / "a.ods").read_bytes()).rows] == [VALUES]
