"""Registrations as spreadsheets: out and in again they are the same; mistakes are found where they stand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.plans.commands import NewRegistrationItem
from services.plans.documents.sheets import (
    CheckedRegistrations,
    KnownRegistration,
    LineState,
    read_registrations,
    savings,
    unit_names,
    write_registrations,
)
from services.plans.events import TitleSubject
from services.plans.rules import ITEMS_MAX, REGISTRATION_CHARACTERS_MAX
from services.plans.views import AuthorLine, ItemLine, RegistrationStatus
from services.portal.labels import sentence
from shared.errors import Rejected
from tests.office.sheets import opened, saved, xlsx
from tests.plans.a_registration import AT, initiative, model, movement, title
from tests.plans.an_organisation import demo_districts

WARD, OTHER = "phuong-le-binh", "phuong-ba-lang"
ITEMS = (
    title(position="Chủ tịch"),
    title("Tổ 1", "TTLDTT", subject=TitleSubject.COLLECTIVE),
    initiative(),
    movement(),
    model(),
)
NAMES = unit_names(
    (detail := demo_districts("cai-rang")["cai-rang"].detail()).organisation,
    detail.units,
)


def lines(*items: NewRegistrationItem, unit_id: str = WARD) -> tuple[ItemLine, ...]:
    """Return what is registered as the service answers it."""
    return tuple(
        ItemLine(
            unit_id=unit_id,
            number=number,
            kind=item.kind,
            name=item.name,
            subject=item.subject,
            title=item.title,
            title_name=item.title,
            person_id=None,
            position=item.position,
            authors=tuple(AuthorLine(person_id=name, name=name) for name in item.authors),
            field=item.field,
            place=item.place,
            effect=item.effect,
            starts_on=item.starts_on,
            ends_on=item.ends_on,
        )
        for number, item in enumerate(items, start=1)
    )


def known(*items: NewRegistrationItem, unit_id: str = WARD, status: str = "draft") -> KnownRegistration:
    return KnownRegistration(
        unit_id=unit_id,
        word=NAMES.word(unit_id),
        status=RegistrationStatus(status),
        items=lines(*items, unit_id=unit_id),
    )


def check(
    content: bytes, *items: NewRegistrationItem, drops_absent: bool = False, status: str = "draft"
) -> CheckedRegistrations:
    return read_registrations(content, 2020, {WARD: known(*items, status=status)}, drops_absent=drops_absent)


def worked_in(content: bytes, work: Callable[[Any], object]) -> bytes:
    book = opened(content)
    work(book)
    return saved(book)


def codes(checked: CheckedRegistrations) -> list[tuple[str, int, int, str]]:
    return [(one.sheet, one.row, one.column, one.code) for one in checked.preview.problems]


def test_what_was_exported_and_not_touched_changes_nothing() -> None:
    checked = check(write_registrations(2020, lines(*ITEMS)), *ITEMS)
    assert (checked.preview.counts[LineState.SAME], checked.preview.changes, checked.items) == (5, 0, {})
    assert savings(checked, "cai-rang", 2020, at=AT) == {}


def test_a_template_brought_in_again_becomes_exactly_what_was_typed() -> None:
    checked = check(write_registrations(2020, lines(*ITEMS)))
    ((command,),) = savings(checked, "cai-rang", 2020, at=AT).values()
    assert (command.unit_id, set(command.items)) == (WARD, set(ITEMS))


def test_what_changed_is_shown_and_what_is_not_in_the_file_stays_unless_it_is_to_be_dropped() -> None:
    content = worked_in(
        write_registrations(2020, lines(*ITEMS)),
        lambda book: (book["Sáng kiến"].__setitem__("C2", "Giảm một nửa"), book["Danh hiệu"].delete_rows(3)),
    )
    kept, dropped = check(content, *ITEMS), check(content, *ITEMS, drops_absent=True)
    (line,) = [one for one in kept.preview.lines if one.state is LineState.CHANGED]
    assert [(one.before, one.after) for one in line.differences] == [("Giảm 30% thời gian chờ", "Giảm một nửa")]
    assert (len(kept.items[WARD]), kept.preview.absent) == (5, ("Tổ 1",))
    assert (len(dropped.items[WARD]), dropped.preview.changes) == (4, 2)


def test_nothing_is_dropped_while_a_row_is_wrong() -> None:
    content = worked_in(
        write_registrations(2020, lines(*ITEMS)),
        lambda book: (book["Danh hiệu"].delete_rows(3), book["Danh hiệu"].append(["Ai đó", "không có danh hiệu này"])),
    )
    assert check(content, *ITEMS, drops_absent=True).items == {}


def test_what_the_file_has_no_column_for_stays() -> None:
    content = xlsx(("Họ và tên", "Danh hiệu"), ("Nguyễn Văn An", "Lao động tiên tiến"), sheet="Danh hiệu")
    assert check(content, *ITEMS).items == {}


def test_for_whom_a_title_is_follows_from_the_title_where_it_can() -> None:
    head = ("Họ và tên", "Danh hiệu", "Đối tượng")
    rows = (("Tổ 2", "TTLDTT", ""), ("Tổ 3", "Giấy khen của Chủ tịch UBND quận", ""), ("Tổ 4", "GK_HUYEN", "TT"))
    checked = check(xlsx(head, *rows, sheet="Danh hiệu"))
    assert codes(checked) == [("Danh hiệu", 3, 3, "registration.subject_missing")]
    assert [item.subject for item in checked.items[WARD]] == [TitleSubject.COLLECTIVE] * 2


@pytest.mark.parametrize(
    ("sheet", "head", "row", "place", "code"),
    [
        ("Danh hiệu", ("Họ và tên", "Danh hiệu"), ("", "LDTT"), 1, "cell.missing"),
        ("Danh hiệu", ("Họ và tên", "Danh hiệu"), ("A", "Hiệp sĩ"), 2, "cell.not_a_choice"),
        (
            "Danh hiệu",
            ("Họ và tên", "Danh hiệu", "Đối tượng"),
            ("A", "LDTT", "TT"),
            2,
            "registration.title_not_for_subject",
        ),
        ("Sáng kiến", ("Tên sáng kiến", "Tác giả", "Hiệu quả dự kiến"), ("A", " ; ", "x"), 2, "cell.missing"),
        ("Sáng kiến", ("Tên sáng kiến", "Tác giả", "Hiệu quả dự kiến"), ("A", "B", "x" * 1001), 3, "cell.too_long"),
        (
            "Sáng kiến",
            ("Tên sáng kiến", "Tác giả", "Hiệu quả dự kiến"),
            ("A", ";".join(f"Người {one}" for one in range(11)), "x"),
            2,
            "registration.too_many_authors",
        ),
        (
            "Phong trào",
            ("Tên phong trào", "Mục tiêu", "Từ ngày", "Đến ngày"),
            ("A", "x", "02/03/2020", "01/03/2020"),
            4,
            "registration.dates_reversed",
        ),
        ("Phong trào", ("Tên phong trào", "Mục tiêu", "Từ ngày"), ("A", "x", "mai"), 3, "cell.not_a_date"),
        (
            "Dân vận khéo",
            ("Tên mô hình", "Lĩnh vực", "Nơi thực hiện", "Hiệu quả dự kiến"),
            ("A", "B", "", "x"),
            3,
            "cell.missing",
        ),
    ],
)
def test_a_mistake_is_found_where_it_stands_and_has_a_sentence(
    sheet: str, head: tuple[str, ...], row: tuple[str, ...], place: int, code: str
) -> None:
    checked = check(xlsx(head, row, sheet=sheet))
    assert codes(checked) == [(sheet, 2, place, code)]
    (mark,) = checked.preview.marks(sentence)
    assert "mã:" not in mark.text and checked.items == {}


def test_the_same_thing_twice_in_a_file_is_one_too_many() -> None:
    head = ("Họ và tên", "Danh hiệu")
    checked = check(xlsx(head, ("An", "LDTT"), ("AN", "LDTT"), ("An", "CSTDCS"), sheet="Danh hiệu"))
    assert codes(checked) == [("Danh hiệu", 3, 1, "list.row_repeated")]
    assert checked.preview.counts[LineState.NEW] == 2


@pytest.mark.parametrize("status", ["submitted", "approved"])
def test_what_was_submitted_takes_no_file(status: str) -> None:
    checked = check(xlsx(("Họ và tên", "Danh hiệu"), ("An", "LDTT"), sheet="Danh hiệu"), status=status)
    assert codes(checked) == [("Danh hiệu", 2, 0, "registration.wrong_status")]


def test_no_more_than_a_registration_takes_comes_out_of_a_file() -> None:
    full = [title(f"Người {number}") for number in range(ITEMS_MAX)]
    content = xlsx(("Họ và tên", "Danh hiệu"), ("Người mới", "LDTT"), ("Người 7", "LDTT"), sheet="Danh hiệu")
    checked = check(content, *full)
    assert codes(checked) == [("Danh hiệu", 2, 0, "registration.too_many_items")]
    assert checked.preview.counts[LineState.SAME] == 1


def test_no_more_characters_than_a_registration_takes_come_out_of_a_file() -> None:
    size = 1000
    kept = [model(name=f"Mô hình {number:02}", field="", place="", effect="x" * (size - 10)) for number in range(99)]
    head = ("Tên mô hình", "Lĩnh vực", "Nơi thực hiện", "Hiệu quả dự kiến")

    def changed(*rows: tuple[str, int]) -> CheckedRegistrations:
        texts = [(name, "y", "z", "y" * length) for name, length in rows]
        return check(xlsx(head, *texts, sheet="Dân vận khéo"), *kept)

    limit = REGISTRATION_CHARACTERS_MAX - 99 * size
    full = changed(("Mới", limit - 5))
    assert not codes(full) and full.preview.counts[LineState.NEW] == 1
    assert codes(changed(("Mới", limit - 4))) == [("Dân vận khéo", 2, 0, "registration.too_large")]
    # What takes the place of another counts instead of it, and leaves room for what comes after it.
    assert codes(changed(("Mô hình 07", 90), ("Mới", 1000), ("Thêm", 887))) == []
    assert codes(changed(("Mô hình 07", 90), ("Mới", 1000), ("Thêm", 888))) == [
        ("Dân vận khéo", 4, 0, "registration.too_large")
    ]
    assert codes(changed(("Mới", limit - 5), ("Thêm", 1))) == [("Dân vận khéo", 3, 0, "registration.too_large")]


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        check(xlsx(("Một", "Hai"), ("a", "b"), sheet="Khác"))
    assert refusal.value.code == "workbook.sheet_missing"


def test_a_file_of_many_units_finds_them_by_name_or_id_and_makes_a_command_for_each() -> None:
    both = {WARD: known(title()), OTHER: known(unit_id=OTHER, status="missing")}
    words = {unit_id: one.word for unit_id, one in both.items()}
    content = worked_in(
        write_registrations(2020, lines(title()), words),
        lambda book: [
            book["Danh hiệu"].append(row)
            for row in (
                ["UBND phường Ba Láng", "Bình", "LDTT"],
                [OTHER, "Chi", "LDTT"],
                ["Phường Lạ", "Dung", "LDTT"],
                ["Phường Hưng Phú", "Em", "LDTT"],
            )
        ],
    )
    checked = read_registrations(content, 2020, both, NAMES)
    assert codes(checked) == [
        ("Danh hiệu", 5, 1, "list.unit_unknown"),
        ("Danh hiệu", 6, 1, "list.unit_ended"),
    ]
    series = savings(checked, "cai-rang", 2020, at=AT)
    assert {unit: len(command.items) for unit, (command,) in series.items()} == {OTHER: 2}
    new = [line.about for line in checked.preview.lines if line.state is LineState.NEW]
    assert new == ["Phường Ba Láng · Bình", "Phường Ba Láng · Chi"]


def test_what_nobody_can_read_any_more_is_in_no_file() -> None:
    erased = replace(lines(title())[0], name=None)
    sheet = opened(write_registrations(2020, [erased]))["Danh hiệu"]
    assert sheet.max_row == 1
