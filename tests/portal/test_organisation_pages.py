"""The organisation over time in the console: units merge and end, a district ends, and all that was stays readable."""

from datetime import date
from typing import Any

import httpx2
import pytest

from services.cli.demo import PASSWORD
from shared.clock import clock_at, new_id, save_clock
from tests.portal.console import Page, Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both databases, in tests/system/test_the_year_2020.py")

NINH_KIEU = "/to-chuc/don-vi/ninh-kieu"
CAI_RANG = "/to-chuc/don-vi/cai-rang"
TASK = "/nhiem-vu/cai-rang/2020/5"
PAPER = {
    "number": "893/NQ-UBTVQH14",
    "issued_on": "10/01/2020",
    "issuer": "Ủy ban Thường vụ Quốc hội",
    "text": "Sắp xếp các đơn vị hành chính",
}
MERGER = {
    "unit_ids": ["phuong-an-hoi", "phuong-an-lac"],
    "into_id": "phuong-tan-an",
    "merged_on": "01/03/2020",
    **PAPER,
}


def person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


def program(system: RunningServices, login: str) -> httpx2.Client:
    client = httpx2.Client(base_url=system.url("portal"), timeout=20)
    answer = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return client


def say(client: httpx2.Client, service: str, command: str, **body: Any) -> httpx2.Response:
    return client.post(f"/api/v1/{service}/commands/{command}", json=body)


@pytest.fixture(scope="module")
def merged(system: RunningServices) -> Page:
    """Return the page after An Hội and An Lạc were merged into Tân An."""
    office = person(system, "pnv.ninh-kieu")
    shown = office.send(office.open(f"{NINH_KIEU}/sap-nhap"), **MERGER)
    assert "không hoàn tác được" in shown.words
    return office.confirm(shown)


# -- units ------------------------------------------------------------------------------------


def test_the_chart_of_a_day_shows_the_units_of_that_day(system: RunningServices, merged: Page) -> None:
    assert merged.notice == "Đã ghi nhận sáp nhập đơn vị."
    office = person(system, "pnv.ninh-kieu")
    before, after = (office.open(f"{NINH_KIEU}?ngay={day}") for day in ("29/02/2020", "01/03/2020"))

    assert "hoạt động ngày 29/02/2020" in before.words
    assert "Đã kết thúc hoạt động" not in before.words
    ended = after.words.partition("Đã kết thúc hoạt động")[2]
    assert "UBND phường An Hội" in ended and "UBND phường An Lạc" in ended
    assert "đến 29/02/2020, nay là Phường Tân An" in ended
    assert "UBND phường Tân An" not in ended


def test_the_life_of_a_unit_is_told_in_plain_words_on_both_sides(system: RunningServices, merged: Page) -> None:
    office = person(system, "pnv.ninh-kieu")
    old, new = office.open(f"{NINH_KIEU}/phuong-an-hoi"), office.open(f"{NINH_KIEU}/phuong-tan-an")

    paper = "893/NQ-UBTVQH14 ngày 10/01/2020 của Ủy ban Thường vụ Quốc hội: Sắp xếp các đơn vị hành chính"
    assert f"01/03/2020 Sáp nhập vào UBND phường Tân An. {paper}" in old.words
    assert "Ngày cuối cùng 29/02/2020" in old.words
    assert f"01/03/2020 Tiếp nhận UBND phường An Hội và UBND phường An Lạc sáp nhập vào. {paper}" in new.words
    assert new.links(r"^/to-chuc/don-vi/ninh-kieu/phuong-an-lac$")


def test_after_its_last_day_a_unit_cannot_be_merged_again_and_the_sentence_names_the_day(
    system: RunningServices, merged: Page
) -> None:
    office = person(system, "pnv.ninh-kieu")
    shown = office.send(office.open(f"{NINH_KIEU}/sap-nhap"), **{**MERGER, "into_id": "phuong-an-cu"})
    refused = office.confirm(shown)

    assert "ngày cuối cùng là 29/02/2020" in refused.errors
    assert PAPER["text"] in refused.text, "nothing typed is lost"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"unit_ids": []}, "hãy chọn ít nhất một mục"),
        ({"into_id": "phuong-an-hoi"}, "không thể sáp nhập vào chính nó"),
        ({"into_id": "don-vi-moi"}, "Hãy nhập tên và tên gọi tắt của đơn vị mới."),
        ({"merged_on": "31/02/2020"}, "ngày phải có dạng 25/06/2020."),
        ({"number": "nghị quyết"}, "không đúng dạng"),
        ({"issued_on": "07/02/2020"}, "ở sau hôm nay"),
    ],
)
def test_what_cannot_be_merged_is_said_at_its_field(
    system: RunningServices, merged: Page, typed: dict[str, Any], told: str
) -> None:
    office = person(system, "pnv.ninh-kieu")
    shown = office.send(office.open(f"{NINH_KIEU}/sap-nhap"), **{**MERGER, **typed})
    if not shown.errors:
        shown = office.confirm(shown)
    assert told in shown.errors


def test_units_are_renamed_split_and_closed_with_their_papers(system: RunningServices, merged: Page) -> None:
    office = person(system, "pnv.ninh-kieu")
    path = f"{NINH_KIEU}/phuong-an-khanh"
    names = {"name": "UBND phường An Khánh Mới", "short_name": "Phường An Khánh Mới", "renamed_on": "01/03/2020"}
    renamed = office.confirm(office.send(office.open(f"{path}/doi-ten"), **names, **PAPER))
    assert renamed.notice == "Đã đổi tên đơn vị."
    assert "Đổi tên từ UBND phường An Khánh thành UBND phường An Khánh Mới." in renamed.words
    assert "UBND phường An Khánh 02" not in renamed.words
    assert "Phường An Khánh Mới" not in office.open(f"{NINH_KIEU}?ngay=29/02/2020").words

    parts = {"how": "tach", "parts": "UBND phường Thới Nhựt; Phường Thới Nhựt", "split_on": "01/03/2020"}
    split = office.confirm(office.send(office.open(f"{path}/chia-tach"), **parts, **PAPER))
    assert "Chia, tách thành UBND phường Thới Nhựt." in split.words
    assert "Được chia, tách từ UBND phường An Khánh" in office.open(f"{NINH_KIEU}/phuong-thoi-nhut").words

    ending = {"closed_on": "31/03/2020", "successor_id": "phuong-hung-loi", "reason": "Sắp xếp lại"}
    closed = office.confirm(office.send(office.open(f"{NINH_KIEU}/phuong-xuan-khanh/ket-thuc"), **ending, **PAPER))
    assert "Ngày hoạt động cuối cùng. Đơn vị kế thừa: Phường Hưng Lợi. Lý do: Sắp xếp lại" in closed.words


def test_the_open_part_of_a_unit_that_ends_goes_to_its_successor_and_what_it_did_stays_visible(
    system: RunningServices,
) -> None:
    ward, office = person(system, "phuong.ba-lang.cai-rang"), person(system, "pnv.cai-rang")
    report = ward.send(ward.open(f"{TASK}/bao-cao"), percent="40", text="Đã gửi báo cáo lần một")
    assert report.status == 200 and not report.errors
    typed = {
        "unit_ids": ["phuong-ba-lang"],
        "into_id": "don-vi-moi",
        "new_name": "UBND phường Ba Láng Mới",
        "new_short_name": "Phường Ba Láng Mới",
        "merged_on": "01/03/2020",
        **PAPER,
    }
    assert "Đã ghi nhận" in office.confirm(office.send(office.open(f"{CAI_RANG}/sap-nhap"), **typed)).notice

    task = office.open(TASK).words
    assert "Phần việc đã bàn giao" in task
    assert "Phường Ba Láng Chủ trì 40% Đã gửi báo cáo lần một" in task.partition("Phần việc đã bàn giao")[2]
    parts = task.partition("Phần việc của từng đơn vị")[2].partition("Phần việc đã bàn giao")[0]
    assert "Phường Ba Láng Mới" in parts
    assert "Phường Ba Láng → " in task


def test_who_has_no_right_is_neither_offered_the_forms_nor_let_in(system: RunningServices) -> None:
    ward = person(system, "phuong.le-binh.cai-rang")
    assert ward.open(CAI_RANG).links("sap-nhap|ket-thuc") == []
    for path in ("sap-nhap", "phuong-le-binh/doi-ten", "phuong-le-binh/chia-tach", "phuong-le-binh/ket-thuc"):
        assert ward.open(f"{CAI_RANG}/{path}").status == 403, path
    office = person(system, "pnv.cai-rang")
    assert office.open(f"{CAI_RANG}/ket-thuc-quan").status == 403
    assert office.open(NINH_KIEU).status == 403
    assert office.open(f"{CAI_RANG}/khong-co").status == 404


def test_the_form_of_a_merger_may_show_units_of_one_kind(system: RunningServices) -> None:
    office = person(system, "pnv.ninh-kieu")
    assert "Chi cục Thuế" in office.open(f"{NINH_KIEU}/sap-nhap").words
    wards = office.open(f"{NINH_KIEU}/sap-nhap?loai=ward")
    assert "Chi cục Thuế" not in wards.words and "Phường An Cư" in wards.words
    assert office.open(f"{NINH_KIEU}/sap-nhap?loai=lạ").status == 200


@pytest.mark.parametrize("day", ["31/02/2020", "abc", "", "01/01/0001", "31/12/9999"])
def test_an_odd_day_shows_a_chart_all_the_same(system: RunningServices, day: str) -> None:
    assert person(system, "pnv.cai-rang").open(f"{CAI_RANG}?ngay={day}").status == 200


# -- the district level (SC-22) ---------------------------------------------------------------


OWN_PLAN: dict[str, Any] = {
    "district": "cai-rang",
    "year": 2020,
    "unit_id": "phuong-le-binh",
    "text": {"title": "Triển khai công tác thi đua, khen thưởng", "issuer": "UBND phường Lê Bình"},
    "tasks": [{"number": 1, "quarter": 1, "content": "Đăng ký thi đua"}],
}


@pytest.fixture(scope="module")
def ended(system: RunningServices) -> RunningServices:
    """Leave a draft and a dossier open in Cái Răng, and go to 15/07/2025."""
    office = person(system, "pnv.cai-rang")
    begun = office.send(office.open("/ke-hoach/soan"), district="cai-rang", year="2021", text="")
    rows = {"row-0-quarter": "1", "row-0-content": "Ban hành Chỉ thị", "row-0-leads": "Phòng Nội vụ"}
    assert office.send(begun, **rows).path == "/ke-hoach/cai-rang/2021"
    ward = program(system, "phuong.le-binh.cai-rang")
    answer = say(ward, "nominations", "submit-nomination", **NOMINATION)
    assert answer.status_code in (200, 201, 202), answer.text
    answer = say(ward, "plans", "draft-unit-plan", **OWN_PLAN)
    assert answer.status_code in (200, 201, 202), answer.text
    for name in list(system.pids):
        system.stop(name)
    save_clock(system.settings.clock_path, clock_at(date(2025, 7, 15)))
    system.start(*system.ports)
    return system


NOMINATION: dict[str, Any] = {
    "district": "cai-rang",
    "dossier_id": new_id(),
    "unit_id": "phuong-le-binh",
    "subject_kind": "collective",
    "name": "Khu vực Yên Trung",
    "title": "KDCVH",
    "year": 2020,
    "category": "merit",
    "summary": "Đạt các tiêu chuẩn",
    "documents": [{"number": "01", "name": "Báo cáo thành tích"}],
}


def test_after_its_last_day_nothing_new_is_decided_in_a_district_by_any_service(ended: RunningServices) -> None:
    office, ward = program(ended, "pnv.cai-rang"), program(ended, "phuong.le-binh.cai-rang")
    plan = {"district": "cai-rang", "plan_id": "2021"}
    criteria = {"set_id": "phuong", "title": "Bảng điểm", "group_ids": ["cum-1"], "sections": []}
    refused = [
        say(office, "plans", "submit-plan", **plan),
        say(office, "plans", "establish-unit", district="cai-rang", unit=UNIT),
        say(ward, "nominations", "submit-nomination", **{**NOMINATION, "dossier_id": new_id()}),
        say(office, "nominations", "accept-nomination", district="cai-rang", dossier_id=NOMINATION["dossier_id"]),
        say(office, "scoring", "publish-criteria", district="cai-rang", year=2025, **criteria),
    ]

    for answer in refused:
        problem = answer.json()
        assert problem["code"] == "organisation.closed", problem
        assert problem["detail"]["closed_on"] == "2025-06-30"
        assert "Quận Cái Răng đã kết thúc hoạt động từ sau ngày 30/06/2025" in problem["title"]


UNIT = {"unit_id": "phong-moi", "name": "Phòng Mới", "short_name": "Phòng Mới", "kind": "government"}


def test_the_history_of_a_district_that_has_ended_stays_readable(ended: RunningServices) -> None:
    office = person(ended, "pnv.cai-rang")

    assert "30/KH-UBND" in office.open("/ke-hoach/cai-rang/2020").words
    groups = office.open("/tong-quan/cai-rang?nam=2020").links(r"^/nhom/cai-rang/cum")
    assert "Phường Ba Láng (hoạt động đến 29/02/2020)" in office.open(groups[0]).words
    assert "Phường Ba Láng Mới" in office.open(TASK).words
    assert office.open("/tong-quan/cai-rang?nam=2020").status == 200
    chart = office.open(CAI_RANG)
    assert "Quận Cái Răng hoạt động đến hết ngày 30/06/2025" in chart.words
    assert chart.links("sap-nhap") == []
    assert "Khu vực Yên Trung" in office.open(f"/ho-so/cai-rang/{NOMINATION['dossier_id']}").words


def test_the_city_names_the_successors_and_what_was_open_shows_to_whom_it_went(ended: RunningServices) -> None:
    admin = program(ended, "admin")
    ward = {"unit_id": "phuong-cai-rang", "name": "UBND phường Cái Răng", "short_name": "Phường Cái Răng"}
    made = say(
        admin, "plans", "establish-unit", district="can-tho", unit={**ward, "kind": "ward", "valid_from": "2025-07-01"}
    )
    assert made.status_code in (200, 201, 202), made.text
    board = person(ended, "thanhpho")
    typed = {
        "closed_on": "30/06/2025",
        "heir": "thanh-pho",
        "shares": "Phường Cái Răng: Phường Lê Bình; Phường Thường Thạnh",
        "number": "129/2025/NĐ-CP",
        "issued_on": "11/06/2025",
        "issuer": "Chính phủ",
    }
    wrong = board.send(board.open(f"{CAI_RANG}/ket-thuc-quan"), **{**typed, "shares": "Phường Cái Răng: Phường Lạ"})
    assert "Không có đơn vị “Phường Lạ”" in wrong.errors
    done = board.confirm(board.send(wrong, **typed))
    assert done.notice == "Đã ghi nhận Quận Cái Răng kết thúc hoạt động."
    assert "UBND phường Cái Răng (UBND phường Lê Bình, UBND phường Thường Thạnh)" in done.words
    assert "Thành phố Cần Thơ (phần việc chung của quận)" in done.words

    office = person(ended, "pnv.cai-rang")
    draft = office.open("/ke-hoach/cai-rang/2021")
    assert (
        "từ ngày 01/07/2025, dự thảo chưa ban hành được chuyển cho Thành phố Cần Thơ; ở đây chỉ còn xem lại."
        in draft.words
    )
    assert draft.links("trinh-ky|/sua$") == []
    dossier = office.open(f"/ho-so/cai-rang/{NOMINATION['dossier_id']}")
    assert "Đã chuyển cho UBND phường Cái Răng" in dossier.words
    assert dossier.links("tiep-nhan|tra-lai|/rut") == []
    assert "Đã chuyển" in office.open("/ho-so?quan=cai-rang").words
    unit = office.open(f"{CAI_RANG}/phuong-le-binh")
    assert "Tiếp nhận phần việc: UBND phường Cái Răng." in unit.words
    clerk = person(ended, "phuong.le-binh.cai-rang")
    for path in ("/dang-ky/cai-rang/2020/phuong-le-binh", "/ke-hoach-don-vi/cai-rang/2020/phuong-le-binh"):
        page = clerk.open(path)
        assert "Tiếp nhận phần việc: UBND phường Cái Răng." in page.words, path
        assert page.links("/soan$|/nop$|/trinh-ky$") == [], path
    shared = "UBND phường Cái Răng (UBND phường Lê Bình, UBND phường Thường Thạnh)."
    for path in (
        "/ke-hoach-don-vi/cai-rang/2020",
        "/dang-ky/cai-rang/2020",
        "/giao-uoc/cai-rang/2020",
        "/giao-uoc/cai-rang/2020/cum-cac-phuong",
    ):
        page = office.open(path)
        assert shared in page.words and page.links("/soan$|/mo-dot$|/ky$") == [], path

    again = board.confirm(board.send(board.open(f"{CAI_RANG}/ket-thuc-quan"), **typed))
    assert again.notice, "the same end again changes nothing"
    other = board.confirm(board.send(board.open(f"{CAI_RANG}/ket-thuc-quan"), **{**typed, "closed_on": "31/12/2025"}))
    assert "không nằm trong thời gian hoạt động của Quận Cái Răng" in other.errors
