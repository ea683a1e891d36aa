"""Units' own plans in the console: made from the district's, put in force, worked on, and seen by who looks over them.

The tests go through one year of Phường Lê Bình, in order, and share what it leaves behind.
"""

from datetime import date

import pytest

from shared.clock import clock_at, save_clock
from tests.portal.console import Page, Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both databases, in tests/system/test_the_year_2020.py")

LIST = "/ke-hoach-don-vi/cai-rang/2020"
WARD = f"{LIST}/phuong-le-binh"
TASK = f"{WARD}/nhiem-vu/1"


def _person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


@pytest.fixture(scope="module")
def clerk(system: RunningServices) -> Person:
    """Return the clerk of Phường Lê Bình."""
    return _person(system, "phuong.le-binh.cai-rang")


@pytest.fixture(scope="module")
def chair(system: RunningServices) -> Person:
    """Return the chair of Phường Lê Bình."""
    return _person(system, "ct.le-binh.cai-rang")


@pytest.fixture(scope="module")
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ of Cái Răng."""
    return _person(system, "pnv.cai-rang")


@pytest.fixture(scope="module")
def drafted(clerk: Person) -> Page:
    """Return the page after the ward has saved its draft: the district's task 5, and one of its own."""
    shown = clerk.send(clerk.open(f"{WARD}/soan"), them="1")
    own = {
        "row-1-content": "Phát động thi đua ở các khu vực",
        "row-1-term": "thang-5",
        "row-1-post": "Chủ tịch Công đoàn",
    }
    return clerk.send(shown, **own)


@pytest.fixture(scope="module")
def issued(drafted: Page, clerk: Person, chair: Person) -> Page:
    """Return the page after the chair has put the plan in force."""
    clerk.send(clerk.open(f"{WARD}/trinh-ky"))
    shown = chair.send(chair.open(f"{WARD}/ban-hanh"), number="12/KH-UBND")
    return chair.confirm(shown)


# -- before any unit has a plan -----------------------------------------------------------------


def test_the_list_says_who_has_no_plan_yet_and_offers_the_unit_its_own(clerk: Person, office: Person) -> None:
    page = clerk.open(LIST)
    assert "0/38 đơn vị đã ban hành" in page.words
    assert page.links(r"/soan$") == [f"{WARD}/soan"]
    assert office.open(LIST).links(r"/soan$") == [f"{LIST}/phong-noi-vu/soan"]
    assert "Lập kế hoạch năm 2020 Phường Lê Bình" in clerk.open("/").words


def test_a_form_begins_with_the_districts_open_tasks_of_the_unit(clerk: Person) -> None:
    fields = clerk.open(f"{WARD}/soan").fields
    assert fields["rows"] == "1"
    assert (fields["row-0-number"], fields["row-0-of_task"], fields["row-0-term"]) == ("1", "5", "quy-1")
    assert fields["row-0-content"].startswith("Tổ chức triển khai Kế hoạch chi tiết")
    assert fields["bases"] == (
        "Kế hoạch số 30/KH-UBND ngày 06/02/2020 của Ủy ban nhân dân quận Cái Răng "
        "về triển khai công tác thi đua, khen thưởng năm 2020"
    )


def test_a_mistake_is_said_at_its_field_and_nothing_typed_is_lost(clerk: Person) -> None:
    wrong = {"row-0-due_on": "31/02/2020", "row-0-number": "", "title": "", "row-0-post": "Bí thư Đoàn"}
    page = clerk.send(clerk.open(f"{WARD}/soan"), **wrong)
    assert page.status == 422
    assert "Hãy nhập: Tên kế hoạch." in page.errors
    assert "hãy nhập số thứ tự" in page.errors
    assert "ngày phải có dạng 25/06/2020" in page.errors
    assert page.fields["row-0-post"] == "Bí thư Đoàn"
    refused = clerk.send(clerk.open(f"{WARD}/soan"), **{"row-0-of_task": "77", "row-0-post": "Bí thư Đoàn"})
    assert "kế hoạch của quận không có nhiệm vụ số 77" in refused.errors
    assert refused.fields["row-0-post"] == "Bí thư Đoàn"


def test_without_the_districts_plan_no_unit_makes_one(clerk: Person, system: RunningServices) -> None:
    assert (
        "Quận chưa ban hành kế hoạch năm 2021" in clerk.open("/ke-hoach-don-vi/cai-rang/2021/phuong-le-binh/soan").words
    )
    assert "Quận chưa có kế hoạch năm 2021 đang thực hiện" in clerk.open("/ke-hoach-don-vi/cai-rang/2021").words


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{WARD}", 404),
        (f"{LIST}/phuong-khong-co/soan", 404),
        (f"{LIST}/phuong-ba-lang/soan", 403),
        (f"{WARD}/nhiem-vu/1", 404),
        (f"{WARD}/xoa", 404),
        (f"{WARD}/nhiem-vu/1/xoa", 404),
        ("/ke-hoach-don-vi/hue/2020", 404),
        ("/ke-hoach-don-vi/ninh-kieu/2020", 403),
        ("/ke-hoach-don-vi/cai-rang/1950", 422),
        ("/ke-hoach-don-vi/cai-rang/99999", 422),
        (f"{LIST}?tinh_trang=abc&nhom=%00", 200),
        (f"{WARD}/nhiem-vu/99999999999999999999", 422),
    ],
)
def test_an_odd_address_is_answered_with_a_sentence(clerk: Person, path: str, status: int) -> None:
    assert clerk.open(path).status == status


# -- the draft ----------------------------------------------------------------------------------


def test_a_saved_draft_shows_what_it_carries_out_and_to_whom(
    drafted: Page, office: Person, system: RunningServices
) -> None:
    assert drafted.notice == "Đã lưu dự thảo kế hoạch của đơn vị."
    assert "Phát động thi đua ở các khu vực việc riêng Chủ tịch Công đoàn cuối tháng 5" in drafted.words
    assert drafted.links(r"^/nhiem-vu/cai-rang/2020/5$")
    assert office.open(WARD).status == 200
    assert _person(system, "phuong.ba-lang.cai-rang").open(WARD).status == 404
    assert "1 đang soạn" in office.open("/tong-quan/cai-rang?nam=2020").words


def test_two_people_at_one_draft_are_told_of_each_other(drafted: Page, clerk: Person, chair: Person) -> None:
    mine, yours = clerk.open(f"{WARD}/soan"), chair.open(f"{WARD}/soan")
    assert chair.send(yours, **{"row-1-post": "Chủ tịch Công đoàn, Bí thư Đoàn"}).notice
    stale = clerk.send(mine, title="Kế hoạch khác")
    assert stale.status == 409
    assert "Dữ liệu đã thay đổi trong lúc bạn nhập" in stale.errors
    assert stale.fields["title"] == "Kế hoạch khác"


def test_a_returned_draft_says_why_and_is_the_clerks_again(drafted: Page, clerk: Person, chair: Person) -> None:
    assert clerk.send(clerk.open(f"{WARD}/trinh-ky")).notice == "Đã trình thủ trưởng đơn vị."
    assert "Xem và ban hành năm 2020" in chair.open("/").words
    assert "Xem và ban hành" not in clerk.open("/").words
    refused = clerk.confirm(clerk.send(clerk.open(f"{WARD}/ban-hanh"), number="12/KH-UBND"))
    assert "không có quyền" in refused.errors
    assert chair.send(chair.open(f"{WARD}/tra-lai"), reason=" ").errors
    assert chair.send(chair.open(f"{WARD}/tra-lai"), reason="Thiếu việc quý III").notice
    page = clerk.open(WARD)
    assert "Thủ trưởng đơn vị trả lại: Thiếu việc quý III" in page.words
    assert page.links(r"/soan$") == [f"{WARD}/soan"]


# -- the plan in force --------------------------------------------------------------------------


def test_an_issued_plan_has_due_dates_with_their_rules(issued: Page) -> None:
    assert issued.notice == "Đã ban hành kế hoạch của đơn vị."
    assert "số 12/KH-UBND ngày 06/02/2020" in issued.words
    assert "31/03/2020 còn 38 ngày làm việc ngày làm việc cuối của quý" in issued.words
    assert "29/05/2020" in issued.words
    assert issued.links(r"/soan$") == []


def test_everybody_of_the_district_reads_an_issued_plan(issued: Page, system: RunningServices) -> None:
    other = _person(system, "phuong.ba-lang.cai-rang")
    page = other.open(TASK)
    assert page.status == 200
    assert page.links(r"/(bao-cao|hoan-thanh|huy|mo-lai)$") == []
    refused = other.send(other.open(f"{TASK}/hoan-thanh"), completed_on="06/02/2020", evidence="1/BC")
    assert "không có quyền" in refused.errors
    assert _person(system, "phuong.cai-khe.ninh-kieu").open(WARD).status == 403


def test_the_figures_count_it_and_open_the_rows_behind_them(issued: Page, office: Person) -> None:
    page = office.open(LIST)
    assert "1/38 đơn vị đã ban hành" in page.words
    assert "Cụm thi đua các phường 7 6 0 1" in page.words
    behind = office.open(next(one for one in page.links(r"nhom=cum-cac-phuong") if "da-ban-hanh" in one))
    assert "Phường Lê Bình" in behind.words
    assert "Phường Ba Láng" not in behind.words
    assert "37 chưa có" in office.open("/tong-quan/cai-rang?nam=2020").words
    assert "37 đơn vị" in office.open(f"{LIST}?tinh_trang=chua-co").words


def test_the_list_shows_an_earlier_day_and_says_so(issued: Page, office: Person) -> None:
    # Everything of this system happens on one day, so the day before it there is nothing to show.
    page = office.open(f"{LIST}?ngay=05/02/2020")
    assert page.status == 422
    assert "1/38 đơn vị đã ban hành" in office.open(f"{LIST}?ngay=06/02/2020").words
    assert office.open(f"{LIST}?ngay=31/02/2020").status == 422
    assert office.open(f"{LIST}?ngay=07/02/2020").status == 422


def test_the_districts_task_names_the_units_that_carry_it_out(issued: Page, office: Person) -> None:
    page = office.open("/nhiem-vu/cai-rang/2020/5")
    assert "Trong kế hoạch riêng của các đơn vị 1 đơn vị thực hiện" in page.words
    assert page.links(r"^/ke-hoach-don-vi/") == [TASK]
    assert "Trong kế hoạch riêng" not in office.open("/nhiem-vu/cai-rang/2020/1").words


def test_a_task_says_why_it_is_due_that_day(issued: Page, clerk: Person) -> None:
    page = clerk.open(f"{WARD}/nhiem-vu/2")
    assert "Vì sao ngày này?" in page.words
    assert "hạn là ngày làm việc cuối của tháng 5 năm 2020" in page.words
    assert "30/05/2020: Thứ Bảy" in page.words


def test_a_correction_of_the_calendar_moves_the_due_dates_of_units_too(
    issued: Page, clerk: Person, system: RunningServices
) -> None:
    city = _person(system, "thanhpho")
    notice = {"number": "1/TB-UBND", "issued_on": "01/02/2020", "issuer": "UBND thành phố Cần Thơ"}
    shown = city.send(city.open("/lich/2020/dieu-chinh"), **notice, days_off="31/03/2020 Nghỉ phòng, chống bão")
    city.confirm(shown)
    page = clerk.open(TASK)
    assert "30/03/2020 còn 37 ngày làm việc trước là 31/03/2020" in page.words
    assert "Hệ thống tự động chuyển hạn theo lịch làm việc" in page.words
    assert "31/03/2020 → 30/03/2020" in page.words
    city.confirm(city.send(city.open("/lich/2020/rut?so=1/TB-UBND&ngay=2020-02-01"), reason="Hết bão"))
    assert "31/03/2020 còn 38 ngày làm việc trước là 30/03/2020" in clerk.open(TASK).words


def test_the_unit_works_on_its_task_with_a_file_as_evidence(issued: Page, clerk: Person, office: Person) -> None:
    shown = clerk.open(f"{TASK}/bao-cao")
    answer = clerk.client.post(
        shown.action,
        data={**shown.fields, "percent": "60", "text": "Đã đăng ký xong"},
        files={"attachments": ("dang-ky.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")},
    )
    assert answer.status_code == 200
    page = clerk.open(TASK)
    assert "60% · Đã đăng ký xong" in page.words
    (link, *_) = page.links(r"^/tep/plans/")
    assert office.client.get(link).content == b"%PDF-1.4\n%%EOF\n"
    assert "1. Tổ chức triển khai" in clerk.open("/").words
    assert clerk.send(clerk.open(f"{TASK}/bao-cao"), percent="101", text="x").errors
    form = clerk.open(f"{TASK}/hoan-thanh")
    assert form.fields["completed_on"] == "06/02/2020", "today, unless another day is typed"
    done = clerk.send(form, evidence="15/BC-UBND")
    assert done.notice == "Đã ghi nhận hoàn thành nhiệm vụ số 1 của đơn vị."
    assert "1/2 nhiệm vụ hoàn thành" in clerk.open("/don-vi/cai-rang/phuong-le-binh?nam=2020").words


def test_a_completion_that_cannot_be_is_said_at_its_field(issued: Page, clerk: Person) -> None:
    second = f"{WARD}/nhiem-vu/2/hoan-thanh"
    late = clerk.send(clerk.open(second), completed_on="07/02/2020", evidence="16/BC-UBND")
    assert "ở sau hôm nay" in late.errors
    assert late.fields["evidence"] == "16/BC-UBND"


def test_only_the_head_opens_again_and_cancels(issued: Page, clerk: Person, chair: Person) -> None:
    clerk.send(clerk.open(f"{TASK}/hoan-thanh"), completed_on="06/02/2020", evidence="15/BC-UBND")
    refused = clerk.confirm(clerk.send(clerk.open(f"{TASK}/mo-lai"), reason="Thiếu một danh sách"))
    assert "không có quyền" in refused.errors
    assert (
        chair.confirm(chair.send(chair.open(f"{TASK}/mo-lai"), reason="Thiếu một danh sách")).notice
        == "Đã mở lại nhiệm vụ."
    )
    assert (
        chair.confirm(chair.send(chair.open(f"{WARD}/nhiem-vu/2/huy"), reason="Gộp vào việc 1")).notice
        == "Đã huỷ nhiệm vụ."
    )
    board = clerk.open(WARD).words
    assert "0/1 nhiệm vụ hoàn thành" in board
    assert "1 đã huỷ" in board


# -- after the first quarter --------------------------------------------------------------------


@pytest.fixture(scope="module")
def april(issued: Page, system: RunningServices) -> None:
    """Move the business clock past the end of the first quarter."""
    save_clock(system.settings.clock_path, clock_at(date(2020, 4, 20)))
    for name in ("portal", "plans"):
        system.stop(name)
    system.start("plans", "portal")


def test_an_open_task_past_its_day_is_late_in_every_list(april: None, clerk: Person, office: Person) -> None:
    assert "trễ 13 ngày làm việc" in clerk.open(WARD).words
    assert "! Trễ hạn" in clerk.open("/").words
    late = office.open(f"{LIST}?tinh_trang=qua-han")
    assert "Phường Lê Bình" in late.words
    assert "Phường Ba Láng" not in late.words


def test_an_earlier_day_shows_what_was_known_then(april: None, office: Person, clerk: Person) -> None:
    clerk.send(clerk.open(f"{LIST}/phuong-le-binh/nhiem-vu/1/hoan-thanh"), completed_on="15/04/2020", evidence="20/BC")
    today = office.open(LIST)
    assert "1/1 đã xong" in today.words
    assert "hoàn thành trễ" in office.open(WARD).words
    before = office.open(f"{LIST}?ngay=05/03/2020")
    assert "Số liệu tại cuối ngày 05/03/2020" in before.words
    assert "0/1 đã xong" in before.words
    assert before.links(r"/soan$") == []
    assert "1 đã ban hành" in office.open("/tong-quan/cai-rang?nam=2020&ngay=05/03/2020").words
