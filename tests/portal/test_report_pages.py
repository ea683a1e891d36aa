"""Periodic reports in the console: asked for, written, sent in time and late, returned, taken, summed up."""

import html
import re
from collections.abc import Iterator
from datetime import date

import pytest

from shared.clock import clock_at, save_clock
from tests.portal.console import SERVICES, Page, Person, running_console
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both databases, in tests/system/test_the_year_2020.py")

YEAR = "/bao-cao-dinh-ky/cai-rang/2020"
Q1 = f"{YEAR}/q1"
LATER = date(2020, 2, 11)  # Tuesday; three working days after the due date
WARDS = ("phuong-le-binh", "phuong-hung-phu", "phuong-hung-thanh", "phuong-ba-lang", "phuong-thuong-thanh")
# Figures that close in time for the one day on which the demo stands; usual dates are looked at in the form.
ASKED = {
    "basis": "Công văn 45/PNV",
    "closes_on": "06/02/2020",
    "unit_due_on": "06/02/2020",
    "group_due_on": "13/02/2020",
    "district_due_on": "14/02/2020",
    "units": [*WARDS, "phong-noi-vu"],
}
WORDS = {
    "leadership": "Quán triệt Chỉ thị phát động thi đua.",
    "results": "Đã ký giao ước.",
    "limits": "Chưa đều ở các khu vực.\nNguyên nhân: thiếu người.",
    "directions": "Tiếp tục phong trào.",
}
SIGNED = {"number": "12/BC-UBND", "reported_on": "06/02/2020", "signer_name": "Nguyễn Văn A", "signer_post": "Chủ tịch"}


def _person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


def _write(person: Person, path: str, **signed: str) -> Page:
    """Begin, write and send the report; return its page."""
    assert person.send(person.open(f"{path}/lap")).notice == "Đã lập báo cáo với số liệu hiện có."
    assert person.send(person.open(f"{path}/soan"), **WORDS).notice == "Đã lưu báo cáo."
    sent = person.confirm(person.send(person.open(f"{path}/nop"), **{**SIGNED, **signed}))
    assert sent.notice == "Đã nộp báo cáo.", sent.words
    return sent


def _take(person: Person, path: str) -> Page:
    taken = person.confirm(person.send(person.open(f"{path}/tiep-nhan")))
    assert taken.notice == "Đã tiếp nhận báo cáo.", taken.words
    return taken


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    """Return the demo after the reports of a quarter: one in time and returned once, one late, one missing."""
    with running_console(tmp_path_factory.mktemp("reports")) as running:
        office, ward = _person(running, "pnv.cai-rang"), _person(running, "phuong.le-binh.cai-rang")
        asked = office.send(office.open(f"{YEAR}/yeu-cau?ky=q1"), **ASKED)
        assert asked.notice == "Đã yêu cầu báo cáo quý I năm 2020.", asked.words
        _write(ward, f"{Q1}/phuong-le-binh")
        back = office.open(f"{Q1}/phuong-le-binh/tra-lai")
        assert office.send(back, reasons="Thiếu số liệu\nSai kỳ").notice == "Đã trả lại báo cáo."
        for name in SERVICES:
            running.stop(name)
        save_clock(running.settings.clock_path, clock_at(LATER))
        running.start(*SERVICES)
        office, ward = _person(running, "pnv.cai-rang"), _person(running, "phuong.le-binh.cai-rang")
        again = ward.open(f"{Q1}/phuong-le-binh/nop")
        assert ward.confirm(ward.send(again, number="13/BC-UBND")).notice == "Đã nộp báo cáo."
        _write(_person(running, "phuong.ba-lang.cai-rang"), f"{Q1}/phuong-ba-lang", number="7/BC-UBND")
        for one in ("phuong-le-binh", "phuong-ba-lang"):
            _take(office, f"{Q1}/{one}")
        _write(ward, f"{Q1}/cum-cac-phuong", number="2/BC-CTĐ")
        _take(office, f"{Q1}/cum-cac-phuong")
        _write(office, f"{Q1}/cai-rang", number="60/BC-UBND")
        yield running


@pytest.fixture
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ of Cái Răng."""
    return _person(system, "pnv.cai-rang")


@pytest.fixture
def ward(system: RunningServices) -> Person:
    """Return the clerk of the ward that heads the cluster of wards."""
    return _person(system, "phuong.le-binh.cai-rang")


def _rows(page: Page, table: str) -> dict[str, list[str]]:
    """Return the rows of the table with the caption: first cell → the others."""
    found = re.search(rf"<caption[^>]*>{re.escape(table)}</caption>(.*?)</table>", page.text, re.S)
    assert found, page.words
    rows = {}
    for row in re.findall(r"<tr>(.*?)</tr>", found[1].split("<tbody>")[1], re.S):
        cells = [_words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        rows[cells[0]] = cells[1:]
    return rows


def _words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


# -- what is asked -------------------------------------------------------------------------------


def test_the_form_suggests_the_dates_of_the_decree_and_says_why_a_due_date_moves(office: Person) -> None:
    form = office.open(f"{YEAR}/yeu-cau?ky=q2")
    assert re.search(r'name="first_on"[^>]*value="15/03/2020"', form.text)
    assert re.search(r'name="closes_on"[^>]*value="14/06/2020"', form.text)
    first = office.open(f"{YEAR}/yeu-cau?ky=q1")
    assert (
        "Ngày 15/03/2020 là ngày nghỉ (15/03/2020 Chủ nhật), nên hạn là ngày làm việc kế tiếp 16/03/2020."
        in first.words
    )


def test_all_open_units_but_those_reported_to_are_asked_as_usual(office: Person) -> None:
    chosen = office.open(f"{YEAR}/yeu-cau?ky=q2").fields
    assert {"phuong-le-binh", "phong-noi-vu", "quan-doan"} <= set(chosen["units"])
    assert not {"ubnd-quan", "hoi-dong-tdkt"} & set(chosen["units"])
    assert set(chosen["groups"]) == {"cum-cac-phuong", "khoi-dang-doan-the", "khoi-nha-nuoc"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"unit_due_on": "05/02/2020"}, "Hạn 05/02/2020"),
        ({"group_due_on": "01/02/2021", "district_due_on": "01/01/2021"}, "sớm hơn hạn của cấp dưới"),
        ({"closes_on": "31/13/2020"}, "ngày phải có dạng 25/06/2020"),
        ({"units": [], "groups": [], "own": []}, "Hãy chọn ít nhất một nơi phải báo cáo."),
    ],
)
def test_what_cannot_be_asked_is_said_at_the_form_and_nothing_typed_is_lost(
    office: Person, typed: dict[str, object], told: str
) -> None:
    refused = office.send(office.open(f"{YEAR}/yeu-cau?ky=q2"), basis="Công văn 99/PNV", **typed)
    assert told in refused.errors
    assert "Công văn 99/PNV" in refused.text


def test_a_ward_is_not_offered_to_ask_and_may_not(ward: Person) -> None:
    assert ward.open(YEAR).links("yeu-cau") == []
    refused = ward.send(ward.open(f"{YEAR}/yeu-cau?ky=q2"))
    assert "không có quyền" in refused.errors


# -- who was in time -----------------------------------------------------------------------------


def test_the_period_counts_in_time_late_and_missing_and_each_figure_opens_its_reports(office: Person) -> None:
    shown = office.open(Q1)
    assert _rows(shown, "Báo cáo theo cấp")["Đơn vị"] == ["6", "1", "1", "4", "0", "0", "2"]
    assert _rows(shown, "Báo cáo của đơn vị theo cụm, khối")["Cụm thi đua các phường"][:4] == ["5", "1", "1", "3"]
    for href in shown.links(r"q1\?.*trang_thai="):
        figure = re.search(rf'href="{re.escape(html.escape(href))}">(\d+)<', shown.text)
        assert figure, href
        behind = office.open(href)
        assert f"Danh sách báo cáo {figure[1]} báo cáo" in behind.words, href


def test_the_lists_of_those_in_time_and_those_late_say_how_many_working_days(office: Person) -> None:
    in_time = _rows(office.open(f"{Q1}?trang_thai=dung-han&cap=don-vi"), "Danh sách báo cáo")
    assert list(in_time) == ["Phường Lê Bình"]
    assert in_time["Phường Lê Bình"][2:4] == ["06/02/2020 13/BC-UBND", "✓ Đúng hạn"]
    late = _rows(office.open(f"{Q1}?trang_thai=tre"), "Danh sách báo cáo")
    assert late["Phường Ba Láng"][2:4] == ["11/02/2020 7/BC-UBND", "! Nộp trễ 3 ngày làm việc"]
    missing = _rows(office.open(f"{Q1}?trang_thai=chua-nop"), "Danh sách báo cáo")
    assert missing["Phường Hưng Phú"][3] == "✕ Chưa nộp, quá hạn 3 ngày làm việc"
    assert len(missing) == 4


def test_the_grid_of_the_year_shows_each_reporter_period_by_period_and_opens_the_report(ward: Person) -> None:
    shown = ward.open(YEAR)
    assert _rows(shown, "Báo cáo của từng nơi theo kỳ")["Phường Ba Láng"] == [
        "! Nộp trễ 3 ngày làm việc ✓ Đã tiếp nhận"
    ]
    assert shown.links("/q1/phuong-ba-lang$") == [f"{Q1}/phuong-ba-lang"]
    only = _rows(ward.open(f"{YEAR}?cap=cum-khoi"), "Báo cáo của từng nơi theo kỳ")
    assert len(only) == 3


def test_another_year_says_what_to_do_next(office: Person, ward: Person) -> None:
    assert office.open("/bao-cao-dinh-ky/cai-rang/2021").links("yeu-cau")
    assert "Chưa yêu cầu báo cáo nào trong năm 2021" in ward.open("/bao-cao-dinh-ky/cai-rang/2021").words


# -- one report ----------------------------------------------------------------------------------


def test_a_report_keeps_its_words_and_figures_and_tells_its_history(office: Person) -> None:
    shown = office.open(f"{Q1}/phuong-le-binh")
    for text in WORDS.values():
        assert " ".join(text.split()) in shown.words
    assert "Nhiệm vụ 0 đã xong · 1 chưa xong · 0 trễ hạn" in shown.words
    assert "13/BC-UBND ngày 06/02/2020" in shown.words and "Nguyễn Văn A Chủ tịch" in shown.words
    history = shown.words.split("Diễn biến")[-1]
    told = ["lập báo cáo", "soạn báo cáo", "nộp báo cáo", "trả lại báo cáo", "nộp báo cáo", "tiếp nhận báo cáo"]
    assert re.findall("|".join(dict.fromkeys(told)), history) == told
    assert "Thiếu số liệu; Sai kỳ" in history


def test_a_draft_is_read_by_who_writes_it_alone_and_shows_its_figures_beside_the_words(
    system: RunningServices, office: Person, ward: Person
) -> None:
    writer = _person(system, "phuong.hung-thanh.cai-rang")
    path = f"{Q1}/phuong-hung-thanh"
    writer.send(writer.open(f"{path}/lap"))
    form = writer.open(f"{path}/soan")
    assert "Nhiệm vụ trong kỳ" in form.text and "5. Tổ chức triển khai Kế hoạch chi tiết" in form.words
    assert writer.send(form, leadership="Bản thảo riêng").notice == "Đã lưu báo cáo."
    assert "Bản thảo riêng" in writer.open(path).words
    assert "Bản thảo riêng" not in ward.open(path).words
    assert "Báo cáo đang được soạn" in ward.open(path).words
    assert "đủ bốn phần" in writer.confirm(writer.send(writer.open(f"{path}/nop"), **SIGNED)).errors
    assert "không có quyền" in ward.send(ward.open(f"{path}/lap")).errors


def test_two_clerks_at_one_draft_are_told_of_each_other_and_lose_nothing(system: RunningServices) -> None:
    writer = _person(system, "phuong.thuong-thanh.cai-rang")
    path = f"{Q1}/phuong-thuong-thanh"
    writer.send(writer.open(f"{path}/lap"))
    early = writer.open(f"{path}/soan")
    writer.send(writer.open(f"{path}/soan"), results="Người thứ nhất")
    stale = writer.send(early, results="Người thứ hai")
    assert "Dữ liệu đã thay đổi trong lúc bạn nhập" in stale.errors
    assert "Người thứ hai" in stale.text
    assert writer.send(stale).notice == "Đã lưu báo cáo."


def test_a_task_done_later_makes_the_figures_of_a_draft_outdated_until_they_are_taken_anew(
    system: RunningServices,
) -> None:
    writer = _person(system, "phuong.hung-phu.cai-rang")
    path = f"{Q1}/phuong-hung-phu"
    writer.send(writer.open(f"{path}/lap"))
    changed = "Số liệu của hệ thống đã thay đổi sau khi lấy vào báo cáo"
    assert changed not in writer.open(path).words
    done = writer.open("/nhiem-vu/cai-rang/2020/5/hoan-thanh?don_vi=phuong-hung-phu")
    writer.send(done, completed_on="06/02/2020", evidence="Kế hoạch 9/KH-UBND")
    assert changed in writer.open(path).words and changed in writer.open(f"{path}/soan").words
    assert "Nhiệm vụ 0 đã xong · 1 chưa xong" in writer.open(path).words
    assert writer.send(writer.open(f"{path}/so-lieu")).notice == "Đã lấy lại số liệu."
    now = writer.open(path)
    assert changed not in now.words
    assert "Nhiệm vụ 1 đã xong · 0 chưa xong" in now.words and "Kế hoạch 9/KH-UBND" in now.words


@pytest.mark.parametrize("path", [f"{Q1}/khong-co", f"{YEAR}/q9", "/bao-cao-dinh-ky/hue/2020", f"{Q1}/cai-rang/x"])
def test_what_is_not_there_is_a_sentence(office: Person, path: str) -> None:
    assert office.open(path).status in (404, 422)


# -- the levels above ----------------------------------------------------------------------------


def test_the_head_of_the_cluster_reports_what_its_members_have_sent(office: Person) -> None:
    shown = office.open(f"{Q1}/cum-cac-phuong")
    members = _rows(shown, "Báo cáo của cấp dưới")
    assert members["Phường Lê Bình"][0].startswith("✓ Đúng hạn 06/02/2020")
    assert members["Phường Ba Láng"][0] == "! Nộp trễ 11/02/2020 3 ngày làm việc"
    assert members["Phường Hưng Phú"][0] == "✕ Chưa nộp, quá hạn 3 ngày làm việc"
    assert "Cộng báo cáo đã tiếp nhận 0 phần việc đã xong · 2 chưa xong · 0 trễ hạn" in shown.words


def test_another_ward_writes_nothing_for_the_cluster(system: RunningServices) -> None:
    other = _person(system, "phuong.ba-lang.cai-rang")
    assert "không có quyền" in other.send(other.open(f"{Q1}/khoi-dang-doan-the/lap")).errors


def test_the_district_report_goes_to_the_head_district_and_is_not_taken_at_home(
    system: RunningServices, office: Person
) -> None:
    path = f"{Q1}/cai-rang"
    shown = office.open(path)
    assert "Quận Cái Răng → Chờ tiếp nhận Gửi Quận Ninh Kiều, cụm trưởng Cụm thi đua; Ban TĐKT thành phố" in shown.words
    assert "<title>Báo cáo quý I năm 2020: Quận Cái Răng · Thi đua, khen thưởng Cần Thơ</title>" in shown.text
    assert office.open(path).links("tiep-nhan") == []
    assert "không có quyền" in office.confirm(office.send(office.open(f"{path}/tiep-nhan"))).errors
    assert _person(system, "pnv.o-mon").open(path).status == 403
    city = _person(system, "thanhpho").open("/bao-cao-dinh-ky")
    assert city.path == "/bao-cao-dinh-ky/can-tho/2020"
    row = _rows(city, "Báo cáo quý I năm 2020 của năm quận")["Quận Cái Răng"]
    assert row == [
        "✓ Đúng hạn → Chờ tiếp nhận",
        "1 đúng hạn · 0 trễ · 2 chưa nộp · 0 trả lại",
        "1 đúng hạn · 1 trễ · 4 chưa nộp · 0 trả lại",
    ]
    head = _person(system, "pnv.ninh-kieu")
    assert f"{path}" in head.open("/").links("bao-cao-dinh-ky")
    assert "Đã tiếp nhận báo cáo." in _take(head, path).notice


# -- one's own work, and the printed page --------------------------------------------------------


def test_the_first_page_names_the_reports_to_write_and_those_to_take(system: RunningServices) -> None:
    other = _person(system, "quan-doan.cai-rang")
    assert other.open("/").links("bao-cao-dinh-ky") == []
    missing = _person(system, "ban-tuyen-giao.cai-rang").open("/")
    assert f"{Q1}/khoi-dang-doan-the" in missing.links("bao-cao-dinh-ky")
    assert "Báo cáo phải lập" in missing.words


def test_the_due_date_is_moved_for_a_level_with_its_reason_and_an_excused_unit_counts_no_more(office: Person) -> None:
    moved = office.confirm(office.send(office.open(f"{Q1}/doi-han"), level="group", due_on="15/02/2020", why="Bão"))
    # Saturday: the district is due on Friday, before it.
    assert "sớm hơn hạn của cấp dưới" in moved.errors
    moved = office.confirm(office.send(office.open(f"{Q1}/doi-han"), level="group", due_on="12/02/2020", why="Họp sớm"))
    assert moved.notice == "Đã đổi hạn báo cáo."
    assert "12/02/2020 Trước là 13/02/2020: Họp sớm." in moved.words
    form = office.open(f"{Q1}/noi-bao-cao")
    assert "phuong-le-binh" not in form.text, "one who has reported is not offered to be excused"
    excused = office.send(form, excused=["phong-noi-vu"], why="Sáp nhập phòng")
    assert excused.notice == "Đã ghi nhận nơi báo cáo."
    assert _rows(excused, "Báo cáo theo cấp")["Đơn vị"][0] == "5"
    assert _rows(excused, "Danh sách báo cáo")["Phòng Nội vụ"][3] == "– Được miễn"
    added = office.send(office.open(f"{Q1}/noi-bao-cao"), units=["phuong-phu-thu"], why="Bổ sung")
    assert "Hạn 06/02/2020" in added.errors, "nobody is late at once because of what is asked today"
