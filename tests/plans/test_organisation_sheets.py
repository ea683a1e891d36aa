"""The organisation as a spreadsheet: out and in again it is the same; each mistake is found where it stands."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.plans.commands import ListedUnit, NewGroup
from services.plans.documents.sheets import (
    CheckedOrganisations,
    Difference,
    LineState,
    Preview,
    check_organisations,
    read_organisations,
    revisions,
    write_organisations,
)
from services.plans.documents.sheets.organisation import UNITS_A_COMMAND
from services.plans.documents.sheets.organisation_forms import group_form, unit_form
from services.plans.events import (
    GroupFormed,
    GroupKind,
    GroupLeadersAppointed,
    UnitCorrected,
    UnitEstablished,
    UnitKind,
    UnitRenamed,
)
from services.portal.labels import load, sentence
from shared.codec import to_json
from shared.office.workbook import SheetContent, write_workbook
from tests.office.sheets import opened, saved
from tests.plans.an_organisation import AT, TODAY, District, demo_districts, details_of

UNITS, GROUPS = "Đơn vị", "Cụm, khối"
Sheets = Any


@pytest.fixture
def cai_rang() -> District:
    return demo_districts("cai-rang")["cai-rang"]


def changed(district: District, change: Callable[[Sheets], object]) -> bytes:
    """Return the exported file after a person's work in it."""
    workbook = opened(write_organisations([district.detail()]))
    change(workbook)
    return saved(workbook)


def check(content: bytes, *districts: District) -> CheckedOrganisations:
    read = read_organisations(content, [one.detail().organisation for one in districts])
    found = [one for one in districts if one.detail().organisation.district in read.districts]
    return check_organisations(read, details_of(found, *(read.years or (2020,))), TODAY)


def column(sheet: Any, heading: str) -> int:
    return next(int(cell.column) for cell in sheet[1] if str(cell.value).startswith(heading))


def row_of(sheet: Any, text: str) -> int:
    return next(int(cell.row) for row in sheet.iter_rows() for cell in row if cell.value == text)


def put(sheet: Any, row_with: str, heading: str, value: object) -> None:
    """Write into the cell of the row that holds the text."""
    sheet.cell(row_of(sheet, row_with), column(sheet, heading)).value = value


def codes(checked: CheckedOrganisations) -> list[tuple[str, int, str]]:
    return [(one.sheet, one.row, one.code) for one in checked.preview.problems]


def test_what_was_exported_and_not_touched_changes_nothing_in_any_district() -> None:
    districts = demo_districts()
    content = write_organisations(details_of(districts.values()))
    checked = check(content, *districts.values())

    assert checked.preview.problems == ()
    assert checked.preview.changes == 0
    assert checked.preview.counts[LineState.SAME] > 400
    assert revisions(checked, at=AT) == {}


def test_names_kinds_and_new_units_become_one_decision_and_the_file_again_nothing(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[UNITS]
        put(sheet, "thanh-tra", "Tên gọi tắt", "Thanh tra quận")
        put(sheet, "phong-y-te", "Loại đơn vị", "don vi su nghiep")
        put(sheet, "phong-y-te", "Tên gọi khác", "Phòng Y tế; Y tế quận")
        sheet.append(["Cái Răng", "truong-le-binh", "Trường Tiểu học Lê Bình", "TH Lê Bình", "Đơn vị sự nghiệp"])

    content = changed(cai_rang, work)
    checked = check(content, cai_rang)
    states = [line.state for line in checked.preview.lines if line.state is not LineState.SAME]
    events = cai_rang.revise(checked)

    assert sorted(states) == [LineState.CHANGED, LineState.CHANGED, LineState.NEW]
    assert checked.preview.changes == 3
    assert Difference(heading="Tên gọi tắt", before="Thanh tra", after="Thanh tra quận") in [
        one for line in checked.preview.lines for one in line.differences
    ]
    assert {type(event) for event in events} == {UnitRenamed, UnitCorrected, UnitEstablished}
    assert len(events) == 3
    assert check(content, cai_rang).preview.changes == 0


def test_enterprises_come_in_by_the_list_of_units_and_go_out_again(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[UNITS]
        sheet.append(["Cái Răng", "cong-ty-a", "Công ty TNHH A", "Công ty A", "Doanh nghiệp"])
        sheet.append(["Cái Răng", "cong-ty-b", "Công ty cổ phần B", "Công ty B", "doanh nghiep"])

    content = changed(cai_rang, work)
    established = cai_rang.revise(check(content, cai_rang))
    assert [type(one) for one in established] == [UnitEstablished, UnitEstablished]
    assert {one.kind for one in established} == {UnitKind.ENTERPRISE}  # type: ignore[union-attr]
    again = write_organisations(details_of([cai_rang]))
    assert check(again, cai_rang).preview.problems == () and revisions(check(again, cai_rang), at=AT) == {}
    assert "Doanh nghiệp" in {cell.value for row in opened(again)[UNITS].iter_rows() for cell in row}


def test_a_group_has_exactly_the_members_of_the_file_and_groups_that_are_not_in_it_stay(cai_rang: District) -> None:
    before = {key: set(group.members) for key, group in cai_rang.state.groups.items()}

    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        first = sheet.cell(2, column(sheet, "Mã cụm")).value
        for row in range(sheet.max_row, 1, -1):
            if sheet.cell(row, column(sheet, "Mã cụm")).value != first:
                sheet.delete_rows(row)
        sheet.delete_rows(sheet.max_row)

    events = cai_rang.revise(check(changed(cai_rang, work), cai_rang))
    after = {key: set(group.members) for key, group in cai_rang.state.groups.items()}

    assert [type(event) for event in events] == [GroupFormed]
    (touched,) = [key for key in before if before[key] != after[key]]
    assert len(before[touched] - after[touched]) == 1 and after[touched] < before[touched]


def test_a_new_group_of_another_year_names_units_as_people_do(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        sheet.delete_rows(2, sheet.max_row)
        for unit, role in (("PHONG NOI VU QUAN", "Cụm trưởng"), ("Phòng TC-KH", "phó"), ("thanh-tra", None)):
            sheet.append(["Quận Cái Răng", "khoi-moi", 2021, "Khối mới", "Khối", unit, role])

    formed, leaders = cai_rang.revise(check(changed(cai_rang, work), cai_rang))

    assert isinstance(formed, GroupFormed) and isinstance(leaders, GroupLeadersAppointed)
    assert (formed.year, formed.members) == (2021, ("phong-noi-vu", "phong-tai-chinh-ke-hoach", "thanh-tra"))
    assert (leaders.head_id, leaders.deputy_id) == ("phong-noi-vu", "phong-tai-chinh-ke-hoach")


def test_mistakes_in_units_are_found_where_they_stand(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[UNITS]
        del book[GROUPS]
        sheet.delete_rows(2, sheet.max_row)
        for line in (
            ("Cái Răng", "Có Dấu", "Tên", "T", "Phường"),
            ("Ninh Kiều", "moi-1", "Tên", "T", "Phường"),
            ("Cái Răng", "moi-2", "Tên", "T", "Xã"),
            ("Cái Răng", "moi-3", "Tên", "T", "Phường", None, None, "02/02/2020", "01/02/2020"),
            (
                "Cái Răng",
                "thanh-tra",
                "Thanh tra quận",
                "Thanh tra",
                "Cơ quan chuyên môn",
                None,
                None,
                None,
                "1/3/2020",
            ),
            ("Cái Răng", "moi-4", "Tên", "T", "Phường", None, None, None, None, "Không Có"),
            ("Cái Răng", "moi-5", "Tên", "T", "Phường"),
            ("Cái Răng", "moi-5", "Tên", "T", "Phường"),
            ("Cái Răng", "moi-6", "Tên", "", "Phường"),
        ):
            sheet.append(list(line))

    checked = check(changed(cai_rang, work), cai_rang)

    assert codes(checked) == [
        (UNITS, 2, "unit.id_malformed"),
        (UNITS, 3, "cell.not_a_choice"),
        (UNITS, 4, "cell.not_a_choice"),
        (UNITS, 5, "unit.dates_reversed"),
        (UNITS, 6, "unit.closing_reason_missing"),
        (UNITS, 7, "list.unit_unknown"),
        (UNITS, 9, "list.row_repeated"),
        (UNITS, 10, "cell.missing"),
    ]
    assert checked.preview.counts == {"new": 1, "changed": 0, "same": 0, "wrong": 8}
    assert [one.unit_id for one in checked.units["cai-rang"]] == ["moi-5"]


def test_a_group_with_one_wrong_row_is_wrong_as_a_whole(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        sheet.cell(3, column(sheet, "Đơn vị thành viên")).value = "Không Có"

    checked = check(changed(cai_rang, work), cai_rang)
    found = codes(checked)

    assert (GROUPS, 3, "list.unit_unknown") in found
    assert {code for _, row, code in found if row != 3} == {"list.group_incomplete"}
    assert checked.groups["cai-rang"] == ()
    assert checked.preview.counts[LineState.SAME] > 0, "the other groups are untouched"


def test_a_row_whose_group_cannot_be_read_leaves_no_group_complete(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        sheet.cell(3, column(sheet, "Năm")).value = "hai nghìn"
        put(sheet, sheet.cell(sheet.max_row, column(sheet, "Tên cụm")).value, "Tên cụm", "Tên khác")

    assert check(changed(cai_rang, work), cai_rang).groups["cai-rang"] == ()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((("A", "thanh-tra", "Trưởng"), ("B", "phong-y-te", "")), "list.group_differs"),
        ((("A", "thanh-tra", "Trưởng"), ("A", "Thanh tra quận", "")), "list.row_repeated"),
        ((("A", "thanh-tra", "Trưởng"), ("A", "phong-y-te", "Trưởng")), "list.role_repeated"),
        ((("A", "ubnd-quan", "Phó"),), "list.head_without_deputy"),
        ((("A", "phuong-le-binh", "Trưởng"),), "group.unit_in_two"),
    ],
)
def test_mistakes_in_groups_are_found(cai_rang: District, rows: Any, code: str) -> None:
    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        sheet.delete_rows(2, sheet.max_row)
        for name, unit, role in rows:
            sheet.append(["Cái Răng", "nhom-moi", 2020, name, "Khối", unit, role])

    assert code in [found for _, _, found in codes(check(changed(cai_rang, work), cai_rang))]


def test_a_head_is_not_lost_by_leaving_the_cell_blank(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, column(sheet, "Vai trò")).value = None

    assert {code for _, _, code in codes(check(changed(cai_rang, work), cai_rang))} == {
        "list.head_missing",
        "list.group_incomplete",
    }


def test_without_a_column_of_roles_the_leaders_stay(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        sheet = book[GROUPS]
        sheet.delete_cols(column(sheet, "Vai trò"))

    assert check(changed(cai_rang, work), cai_rang).preview.changes == 0


def test_columns_that_are_not_there_leave_what_they_would_say(cai_rang: District) -> None:
    def work(book: Sheets) -> None:
        del book[GROUPS]
        for heading in ("Quận", "Mã hành chính", "Tên gọi khác", "Hoạt động từ", "Đến hết", "Đơn vị kế thừa", "Lý do"):
            book[UNITS].delete_cols(column(book[UNITS], heading))
        put(book[UNITS], "thanh-tra", "Tên đầy đủ", "Thanh tra mới")

    (renamed,) = cai_rang.revise(check(changed(cai_rang, work), cai_rang))

    assert isinstance(renamed, UnitRenamed)
    assert cai_rang.state.units["thanh-tra"].aliases == ("Thanh tra quận",)


def test_a_ward_that_ends_keeps_its_end_and_may_end_with_a_successor() -> None:
    district = demo_districts("ninh-kieu")["ninh-kieu"]

    def work(book: Sheets) -> None:
        sheet = book[UNITS]
        put(sheet, "phuong-cai-khe", "Đến hết ngày", date(2020, 6, 30))
        put(sheet, "phuong-cai-khe", "Lý do kết thúc", "NQ 1/2020")
        put(sheet, "phuong-cai-khe", "Đơn vị kế thừa", "Phường Tân An")

    content = changed(district, work)
    checked = check(content, district)
    (closed,) = district.revise(checked)

    assert checked.preview.problems == ()
    assert (getattr(closed, "successor_id", ""), getattr(closed, "reason", "")) == ("phuong-tan-an", "NQ 1/2020")
    assert check(content, district).preview.changes == 0


def test_many_changes_are_commands_of_bounded_size_in_an_order_that_is_possible() -> None:
    districts = demo_districts()
    details = details_of(districts.values())
    organisations = [one.organisation for one in details]
    units: list[dict[str, Any]] = []
    for name, district in districts.items():
        for number in range(800):
            place = {"district": name, "unit_id": f"truong-{number:04}", "kind": "public_service"}
            units.append({**place, "name": f"Trường số {number} {name}", "short_name": f"Trường {number:04}"})
        assert district.state.place is not None
    members: list[dict[str, Any]] = [
        {"district": name, "group_id": "khoi-truong", "year": 2020, "name": "Khối trường", "kind": "block"}
        | {"unit": f"Trường {number:04}", "role": "head" if number == 0 else "member"}
        for name in districts
        for number in range(34)
    ]
    content = write_workbook(
        [
            SheetContent(form=unit_form(organisations), rows=units),
            SheetContent(form=group_form(organisations), rows=members),
        ]
    )
    checked = check(content, *districts.values())
    series = revisions(checked, at=AT)

    assert checked.preview.counts == {"new": 5004, "changed": 0, "same": 0, "wrong": 0}
    assert {len(commands) for commands in series.values()} == {3}
    assert all(len(one.units) <= UNITS_A_COMMAND for commands in series.values() for one in commands)
    assert all(len(to_json(one)) < 250_000 for commands in series.values() for one in commands)
    for name, commands in series.items():
        for command in commands:
            districts[name].take(command)
    assert check(content, *districts.values()).preview.changes == 0


def test_groups_that_would_make_a_decision_too_large_become_one_of_their_own() -> None:
    units = tuple(
        ListedUnit(unit_id=f"don-vi-{number}", name=f"Đơn vị {number}", short_name=f"ĐV {number}", kind=UnitKind.WARD)
        for number in range(UNITS_A_COMMAND)
    )
    groups = tuple(
        NewGroup(group_id=f"cum-{one.unit_id}", year=2020, name="Cụm", kind=GroupKind.CLUSTER, members=(one.unit_id,))
        for one in units
    )
    preview = Preview(lines=(), problems=(), heads={})

    def sizes(count: int) -> list[tuple[int, int]]:
        checked = CheckedOrganisations(preview=preview, units={"cai-rang": units}, groups={"cai-rang": groups[:count]})
        return [(len(one.units), len(one.groups)) for one in revisions(checked, at=AT)["cai-rang"]]

    assert sizes(50) == [(300, 50)]
    assert sizes(51) == [(300, 0), (0, 51)]


def test_every_mistake_has_a_sentence() -> None:
    known = load()["codes"]

    assert [code for code in known if code.startswith(("list.", "cell.", "workbook."))]
    assert "dòng 3" in sentence("list.row_repeated", {"key": "x", "first_row": 3})
