"""Earlier days in the console, what lies between two of them, every figure's rows, and links for calendar programs."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx2
import pytest

from shared.clock import clock_at, save_clock
from tests.portal.console import SERVICES, Page, Person, running_console
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the past is folded in memory")

PLAN, TASK, DISTRICT = "/ke-hoach/cai-rang/2020", "/nhiem-vu/cai-rang/2020", "/tong-quan/cai-rang"
ISSUED_ON, SPRING, SUMMER = date(2020, 2, 6), date(2020, 4, 10), date(2020, 7, 3)
FIGURE = re.compile(r'<a(?: class="[^"]*")? href="([^"]*trang_thai=[^"]*)">(\d+)')


def _move(system: RunningServices, day: date) -> None:
    """Let every process go on at that day."""
    for name in SERVICES:
        system.stop(name)
    save_clock(system.settings.clock_path, clock_at(day))
    system.start(*SERVICES)


def _complete(person: Person, number: int, unit: str, day: str) -> None:
    form = person.open(f"{TASK}/{number}/hoan-thanh?don_vi={unit}")
    assert "Đã ghi nhận" in person.send(form, completed_on=day, evidence="01/BC").notice


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    """Return the demo after three days of work in spring and summer."""
    with running_console(tmp_path_factory.mktemp("past")) as running:
        office = Person(running.url("portal"), "pnv.cai-rang")
        for unit in ("ubnd-quan", "phong-noi-vu"):
            _complete(office, 1, unit, "06/02/2020")
        _move(running, SPRING)
        office = Person(running.url("portal"), "pnv.cai-rang")
        _complete(office, 5, "phuong-le-binh", "10/04/2020")
        office.confirm(office.send(office.open(f"{TASK}/14/huy"), reason="Do thành phố tổ chức"))
        _move(running, SUMMER)
        yield running


@pytest.fixture
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ of Cái Răng."""
    return Person(system.url("portal"), "pnv.cai-rang")


@pytest.fixture
def city(system: RunningServices) -> Person:
    """Return the city's board."""
    return Person(system.url("portal"), "thanhpho")


# -- an earlier day ------------------------------------------------------------------------------


def test_the_board_shows_the_end_of_any_day_since_the_plan_was_made(office: Person) -> None:
    first = office.open(f"{PLAN}?ngay=06/02/2020")
    assert "Số liệu tại cuối ngày 06/02/2020, không phải hiện nay" in first.words
    assert "trễ hạn" not in first.words.split("Nhiệm vụ theo quý")[-1].split("Quý II")[0]
    assert first.links(rf"^{TASK}/\d+$")[0] == f"{TASK}/1"
    assert len(office.open(f"{PLAN}?ngay=2020-02-06&trang_thai=huy").links(rf"^{TASK}/\d+$")) == 0
    assert office.open(f"{PLAN}?ngay=10/04/2020&trang_thai=huy").links(rf"^{TASK}/\d+$") == [f"{TASK}/14"]
    now = office.open(PLAN)
    assert "Số liệu tại cuối ngày" not in now.words
    assert office.open(f"{PLAN}?ngay=03/07/2020").words == now.words, "today is no earlier day"


def test_what_is_overdue_is_counted_as_of_that_day(office: Person) -> None:
    late = {
        day: len(office.open(f"{PLAN}?ngay={day}&trang_thai=qua-han").links(rf"^{TASK}/\d+$"))
        for day in ("31/03/2020", "01/04/2020", "03/07/2020")
    }
    assert late["31/03/2020"] == 0 < late["01/04/2020"] < late["03/07/2020"]


def test_the_part_of_a_unit_is_as_it_was(office: Person) -> None:
    path = f"{PLAN}?don_vi=phuong-le-binh&trang_thai=phan-xong"
    assert office.open(f"{path}&ngay=09/04/2020").links(rf"^{TASK}/\d+$") == []
    assert office.open(f"{path}&ngay=10/04/2020").links(rf"^{TASK}/\d+$") == [f"{TASK}/5"]


@pytest.mark.parametrize(
    "path", [PLAN, DISTRICT, "/thanh-pho", "/don-vi/cai-rang/phong-noi-vu", "/nhom/cai-rang/cum-cac-phuong"]
)
def test_a_day_without_figures_says_why(city: Person, path: str) -> None:
    future = city.open(f"{path}?ngay=04/07/2020")
    assert (future.status, "ở sau hôm nay (03/07/2020)" in future.words) == (422, True), future.words
    early = city.open(f"{path}?ngay=05/02/2020")
    assert (early.status, "dữ liệu bắt đầu từ ngày 06/02/2020" in early.words) == (422, True), early.words
    for day in ("hôm qua", "31/02/2020", "2020-13-01", "99999999/1/1", "0"):
        wrong = city.open(f"{path}?ngay={day}")
        assert (wrong.status, "không đúng dạng" in wrong.words) == (422, True), day


def test_nobody_sees_more_of_the_past_than_of_today(system: RunningServices) -> None:
    stranger = Person(system.url("portal"), "phuong.cai-khe.ninh-kieu")
    for path in (PLAN, DISTRICT, f"{PLAN}/so-sanh", "/thanh-pho", "/thanh-pho/nhiem-vu"):
        page = stranger.open(f"{path}?ngay=01/03/2020&tu=01/03/2020")
        assert page.status == 403, path
    clerk = Person(system.url("portal"), "phuong.le-binh.cai-rang")
    assert clerk.open(f"{PLAN}?ngay=01/03/2020").status == 200
    assert clerk.open("/thanh-pho?ngay=01/03/2020").status == 403


def test_an_address_that_is_no_plan_finds_none(office: Person) -> None:
    for plan in ("*", "%3E", "2020.x", "1999", "a" * 200):
        assert office.open(f"/ke-hoach/cai-rang/{plan}?ngay=01/03/2020").status == 404, plan
        assert office.open(f"/ke-hoach/cai-rang/{plan}/so-sanh").status == 404, plan


# -- every figure --------------------------------------------------------------------------------


def _figures(page: Page) -> set[tuple[str, int]]:
    return {(html.unescape(href), int(number)) for href, number in FIGURE.findall(page.text)}


def _check_figures(person: Person, path: str, least: int) -> None:
    figures = _figures(person.open(path))
    assert len(figures) >= least, path

    def rows(href: str) -> int:
        shown = person.open(href)
        assert shown.status == 200, href
        return len(shown.links(r"^/nhiem-vu/[^/]+/\d+/\d+$"))

    with ThreadPoolExecutor(4) as at_once:
        found = dict(zip(figures, at_once.map(lambda one: rows(one[0]), figures), strict=True))
    assert {figure for figure, count in found.items() if count != figure[1]} == set()


def test_every_figure_of_a_district_opens_as_many_rows(office: Person) -> None:
    _check_figures(office, DISTRICT, 100)


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("/nhom/cai-rang/cum-cac-phuong", 20),
        ("/nhom/cai-rang/cum-cac-phuong?ngay=10/04/2020", 20),
        ("/don-vi/cai-rang/phuong-le-binh", 2),
        ("/don-vi/cai-rang/phong-noi-vu?ngay=11/04/2020", 3),
        (PLAN, 4),
        (f"{PLAN}?quy=1&ngay=01/04/2020", 3),
    ],
)
def test_every_figure_of_a_group_a_unit_and_the_board_opens_as_many_rows(office: Person, path: str, least: int) -> None:
    _check_figures(office, path, least)


@pytest.mark.parametrize("path", ["/thanh-pho", "/thanh-pho?ngay=12/04/2020"])
def test_every_figure_of_the_city_opens_as_many_rows(city: Person, path: str) -> None:
    _check_figures(city, path, 12)


def test_what_is_overdue_says_how_many_working_days_it_is_late(office: Person) -> None:
    page = office.open(f"{DISTRICT}?ngay=03/04/2020")
    # Due on 31/03, a Tuesday; the second of April is the tenth of the third month, a holiday.
    assert "Trễ (ngày làm việc)" in page.words
    assert re.search(r"31/03/2020 2 ", page.words), page.words[:2000]


# -- between two days ----------------------------------------------------------------------------


def test_two_days_are_compared_task_by_task(office: Person) -> None:
    page = office.open(f"{PLAN}/so-sanh?tu=06/02/2020&den=11/04/2020")
    assert "cuối ngày 06/02/2020 và cuối ngày 11/04/2020" in page.words
    assert "Huỷ, đưa ra khỏi kế hoạch 1 nhiệm vụ" in page.words
    assert "Phần việc đơn vị mới xong 1 phần việc" in page.words
    assert "Mới trễ hạn" in page.words
    assert "Mới hoàn thành" not in page.words
    assert "Thêm vào" not in page.words
    _check_figures(office, f"{PLAN}/so-sanh?tu=06/02/2020&den=11/04/2020", 4)


def test_a_plan_that_was_not_there_yet_has_all_its_tasks_added(office: Person) -> None:
    page = office.open(f"{PLAN}/so-sanh?tu=01/01/2020&den=06/02/2020")
    assert "Mới hoàn thành 1 nhiệm vụ" in page.words
    assert re.search(r"Thêm vào \d\d nhiệm vụ", page.words)


def test_days_that_cannot_be_compared_are_refused(office: Person) -> None:
    for query, text in (
        ("tu=10/04/2020&den=10/04/2020", "phải ở trước"),
        ("tu=10/04/2020&den=01/03/2020", "phải ở trước"),
        ("tu=10/04/2020&den=01/01/2021", "ở sau hôm nay"),
        ("tu=01/01/2020&den=01/02/2020", "dữ liệu bắt đầu từ ngày"),
        ("tu=x", "không đúng dạng"),
    ):
        page = office.open(f"{PLAN}/so-sanh?{query}")
        assert (page.status, text in page.words) == (422, True), (query, page.words)


def test_nothing_changed_says_so(office: Person) -> None:
    page = office.open(f"{PLAN}/so-sanh?tu=12/04/2020&den=13/04/2020")
    assert "Không có gì thay đổi giữa hai ngày này" in page.words


# -- links for calendar programs -------------------------------------------------------------------


def _issue(person: Person, unit: str) -> str:
    page = person.send(person.open("/lich/lien-ket/moi"), unit=unit)
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text)
    assert found, page.words
    return html.unescape(found[1])


def test_a_calendar_program_reads_the_due_dates_of_the_unit_until_the_link_is_revoked(system: RunningServices) -> None:
    clerk = Person(system.url("portal"), "phuong.le-binh.cai-rang")
    address = _issue(clerk, "phuong-le-binh")
    answer = httpx2.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "set-cookie" not in answer.headers
    lines = answer.text.replace("\r\n ", "").split("\r\n")
    starts = [line for line in lines if line.startswith("DTSTART")]
    board = clerk.open(f"{PLAN}?don_vi=phuong-le-binh").links(rf"^{TASK}/\d+$")
    assert len(starts) == len(board) > 0
    assert "UID:cai-rang-2020-5-phuong-le-binh@thi-dua.can-tho" in lines
    assert f"URL:{system.url('portal')}{TASK}/5" in lines
    assert any(line.startswith("SUMMARY:Đã xong: ") for line in lines)
    assert httpx2.get(address).text == answer.text, "what has not changed stays the same"

    shown = clerk.open("/lich/lien-ket")
    assert "Phường Lê Bình" in shown.words
    assert address.split("khoa=")[1] not in shown.text
    (revoke,) = shown.links("thu-hoi")
    stranger = Person(system.url("portal"), "phuong.cai-khe.ninh-kieu")
    assert stranger.open(revoke).status == 404
    assert clerk.confirm(clerk.send(clerk.open(revoke))).notice == "Đã thu hồi liên kết lịch."
    assert httpx2.get(address).status_code == 404
    assert "Chưa có liên kết nào" in clerk.open("/lich/lien-ket").words


def test_a_link_is_for_its_unit_alone_and_a_wrong_one_opens_nothing(system: RunningServices, office: Person) -> None:
    address = _issue(office, "phuong-ba-lang")
    other = address.replace("phuong-ba-lang", "phuong-le-binh")
    for wrong in (other, address.split("?")[0], f"{address}x", address.replace("cai-rang", "o-mon")):
        assert httpx2.get(wrong).status_code == 404, wrong
    refused = office.send(office.open("/lich/lien-ket/moi"), unit="khong-co")
    assert (refused.status, "chọn lại" in refused.errors) == (422, True)
