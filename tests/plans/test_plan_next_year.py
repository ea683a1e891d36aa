"""A new year's plan from an old one: what moves, what stays, who goes on for whom."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.plans.events import DraftTask, LeftTask, NamedUnit, Repeat, Unit
from services.plans.rules import moved_date, moved_plan_text, moved_rows, moved_text, rows_in_force
from services.plans.views import PlanVersionView
from tests.plans.a_plan import AT, TEXT, unit

TODAY = date(2020, 12, 15)


def row(number: int, *leads: str, coordinators: tuple[str, ...] = (), **changes: object) -> DraftTask:
    """Return a row whose units are named as their ids are."""
    named = DraftTask(
        number=number,
        quarter=1,
        content=f"Việc {number} năm 2020",
        leads=tuple(NamedUnit(unit_id=one, name=one) for one in leads or ("phong-noi-vu",)),
        coordinators=tuple(NamedUnit(unit_id=one, name=one) for one in coordinators),
    )
    return replace(named, **changes)  # type: ignore[arg-type]


def ended(unit_id: str, successor_id: str | None, valid_to: date = date(2020, 2, 29)) -> Unit:
    """Return a unit that has ended."""
    return replace(unit(unit_id, valid_to=valid_to), successor_id=successor_id)


UNITS = {
    one.unit_id: one
    for one in (
        unit("phong-noi-vu"),
        unit("tan-an"),
        unit("hung-loi"),
        ended("an-hoi", "an-lac", date(2019, 12, 31)),
        ended("an-lac", "tan-an"),
        ended("doan-the", None),
        ended("vong-a", "vong-b"),
        ended("vong-b", "vong-a"),
    )
}
SETS = {"cac-phuong": "UBND các phường thuộc quận"}


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        (
            "Tổng kết công tác TĐKT năm 2019, triển khai năm 2020",
            "Tổng kết công tác TĐKT năm 2020, triển khai năm 2021",
        ),
        ("thành tích năm 2018", "thành tích năm 2018"),
        ("báo cáo trước ngày 15/3/2020", "báo cáo trước ngày 15/3/2021"),
        ("trước ngày 29/02/2020", "trước ngày 28/02/2021"),
        ("trong tháng 6/2020", "trong tháng 6/2021"),
        ("Chỉ thị số 05/CT-UBND ngày 09 tháng 01 năm 2020", "Chỉ thị số 05/CT-UBND ngày 09 tháng 01 năm 2020"),
        ("Quyết định số 12/2020/QĐ-UBND ngày 15/3/2020", "Quyết định số 12/2020/QĐ-UBND ngày 15/3/2020"),
        ("Nghị định số 91/2017/NĐ-CP ngày 31/7/2017", "Nghị định số 91/2017/NĐ-CP ngày 31/7/2017"),
        ("Căn cứ Luật Tổ chức chính quyền địa phương năm 2019", "Căn cứ Luật Tổ chức chính quyền địa phương năm 2019"),
        ("giai đoạn 2016-2020", "giai đoạn 2016-2020"),
        ("năm 2020 - 2021", "năm 2020 - 2021"),
        ("đơn giá 20200 đồng, mã 12020", "đơn giá 20200 đồng, mã 12020"),
        ("", ""),
    ],
)
def test_only_the_old_year_and_the_one_before_it_move_and_what_was_decided_stays(text: str, moved: str) -> None:
    assert moved_text(text, 2020, 2021) == moved


def test_a_29th_of_february_becomes_the_28th_where_the_year_has_none() -> None:
    assert moved_date(date(2020, 2, 29), 1) == date(2021, 2, 28)
    assert moved_date(date(2020, 2, 29), 4) == date(2024, 2, 29)


@for_all(st.text(max_size=200))
def test_any_text_can_be_moved(text: str) -> None:
    assert isinstance(moved_text(text, 2020, 2021), str)


def test_the_parts_of_the_document_move_and_its_signer_stays() -> None:
    text = replace(TEXT, purposes=("Chào mừng năm 2020",), recipients=("Lưu: VT, năm 2020",))
    moved = moved_plan_text(text, 2020, 2021)
    assert (moved.title, moved.purposes) == (
        "Triển khai công tác thi đua, khen thưởng năm 2021",
        ("Chào mừng năm 2021",),
    )
    assert (moved.issuer, moved.signer) == (text.issuer, text.signer)


def test_rows_move_with_their_dates_months_and_repetitions() -> None:
    rows = (row(1, due_on=date(2020, 2, 29)), row(2, due_month=3), row(3, repeats=Repeat.MONTHLY))
    moved = moved_rows(rows, 2020, 2021, units=UNITS, sets=SETS, on=TODAY).rows
    assert [one.due_on for one in moved] == [date(2021, 2, 28), None, None]
    assert (moved[1].due_month, moved[2].repeats) == (3, Repeat.MONTHLY)
    assert moved[0].content == "Việc 1 năm 2021"


def test_a_unit_that_ended_is_replaced_by_the_last_of_its_successors_once() -> None:
    found = moved_rows(
        [row(4, "an-hoi", "an-lac", coordinators=("tan-an", "hung-loi"))], 2020, 2021, units=UNITS, sets=SETS, on=TODAY
    )
    assert [one.unit_id for one in found.rows[0].leads] == ["tan-an"]
    assert [one.unit_id for one in found.rows[0].coordinators] == ["hung-loi"], "who leads does not also take part"
    assert [(one.unit_id, one.successor_id, one.tasks) for one in found.replaced] == [
        ("an-hoi", "tan-an", (4,)),
        ("an-lac", "tan-an", (4,)),
    ]


@pytest.mark.parametrize("unit_id", ["doan-the", "vong-a", "khong-co"])
def test_a_unit_with_nobody_after_it_stays_and_is_named_with_its_tasks(unit_id: str) -> None:
    found = moved_rows([row(4, unit_id), row(7, unit_id)], 2020, 2021, units=UNITS, sets=SETS, on=TODAY)
    assert [one.leads[0].unit_id for one in found.rows] == [unit_id, unit_id]
    assert [(one.unit_id, one.successor_id, one.tasks) for one in found.replaced] == [(unit_id, None, (4, 7))]


def test_a_set_bears_its_name_of_today_and_one_that_is_gone_is_to_be_chosen() -> None:
    known = NamedUnit(unit_id="cac-phuong", name="UBND các phường", is_set=True)
    gone = NamedUnit(unit_id="cac-hoi", name="Các hội", is_set=True)
    found = moved_rows([row(4, leads=(known, gone))], 2020, 2021, units=UNITS, sets=SETS, on=TODAY)
    assert [one.name for one in found.rows[0].leads] == ["UBND các phường thuộc quận", "Các hội"]
    assert [one.unit_id for one in found.replaced] == ["cac-hoi"]


def version(number: int, **changes: object) -> PlanVersionView:
    """Return an amendment."""
    values = {"added": (), "changed": (), "left": (), "changes": ()}
    return PlanVersionView(
        district="cai-rang",
        plan_id="2020",
        version=number,
        number=f"{number}/KH-UBND",
        issued_on=TODAY,
        reason="",
        by="x",
        at=AT,
        **{**values, **changes},  # type: ignore[arg-type]
    )


def test_the_old_plan_is_taken_as_its_amendments_left_it() -> None:
    draft = (row(1), row(2), row(3, repeats=Repeat.MONTHLY))
    left = tuple(LeftTask(number=one, quarter=1, content="", due_on=TODAY, units=()) for one in (1, 3))
    amendments = (
        version(2, changed=(row(2, content="Khác"), row(3, content="Một kỳ"))),
        version(3, added=(row(20),), left=left),
    )
    found = rows_in_force(draft, amendments)
    assert [(one.number, one.content) for one in found] == [
        (2, "Khác"),
        (3, "Việc 3 năm 2020"),
        (20, "Việc 20 năm 2020"),
    ]
