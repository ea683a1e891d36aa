"""The calendar in the console: what each sees, how it is corrected, and that due dates say why and how far they are."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from tests.portal.console import Page, Person
from tests.portal.test_browser import ARGUMENTS, CHROMIUM, DESK, PHONE, sign_in
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the service behind the calendar is tested on both")

TASK = "/nhiem-vu/cai-rang/2020/5"
BOARD = "/ke-hoach/cai-rang/2020"
STORM = {
    "number": "1/TB-UBND",
    "issued_on": "01/02/2020",
    "issuer": "UBND thành phố Cần Thơ",
    "text": "Nghỉ phòng, chống bão",
    "days_off": "31/03/2020 Nghỉ phòng, chống bão",
    "days_made_up": "04/04/2020",
}


@pytest.fixture
def city(system: RunningServices) -> Person:
    """Return the city's board."""
    return Person(system.url("portal"), "thanhpho")


@pytest.fixture
def clerk(system: RunningServices) -> Person:
    """Return the clerk of a ward."""
    return Person(system.url("portal"), "phuong.le-binh.cai-rang")


@pytest.fixture
def corrected(city: Person) -> Iterator[Page]:
    """Enter the notice, return the page after it, and take the notice back."""
    shown = city.send(city.open("/lich/2020/dieu-chinh"), **STORM)
    assert "tính lại ngay" in shown.words
    yield city.confirm(shown)
    back = city.open("/lich/2020/rut?so=1/TB-UBND&ngay=2020-02-01")
    assert city.confirm(city.send(back, reason="Hết bão")).notice == "Đã rút điều chỉnh lịch làm việc."


def test_a_month_shows_its_days_off_with_their_names_and_what_is_due(clerk: Person) -> None:
    tet = clerk.open("/lich?nam=2020&thang=1")
    assert "Lịch tháng 1/2020 17 ngày làm việc" in tet.words
    assert "27/01/2020 Thứ Hai Nghỉ lễ Mùng ba Tết Nguyên Đán" in tet.words
    march = clerk.open("/lich?nam=2020&thang=3")
    assert "1 nhiệm vụ đến hạn" in march.words
    assert march.links(r"^/nhiem-vu/") == [TASK]


def test_a_quarter_and_a_year_are_shown_too_and_lead_on(clerk: Person) -> None:
    quarter = clerk.open("/lich?xem=quy&nam=2020&thang=5")
    assert "Lịch quý II/2020" in quarter.words
    assert quarter.links(r"^/lich\?xem=quy") == ["/lich?xem=quy&nam=2020&thang=1", "/lich?xem=quy&nam=2020&thang=7"]
    assert clerk.open("/lich?xem=nam&nam=2020").text.count('class="month"') == 12


def test_the_office_sees_all_that_is_due_in_its_district(system: RunningServices) -> None:
    office = Person(system.url("portal"), "pnv.cai-rang")
    assert "7 nhiệm vụ đến hạn" in office.open("/lich?nam=2020&thang=3").words


def test_a_year_that_is_not_open_says_so(clerk: Person) -> None:
    page = clerk.open("/lich?nam=2030&thang=1")
    assert "Lịch làm việc năm 2030 chưa mở" in page.words
    assert page.links("/lich/2030/mo") == []


@pytest.mark.parametrize(
    "query", ["nam=99999", "nam=abc&thang=x", "thang=0", "thang=99", "thang=-1", "xem=the-ky", "quan=hue", "nam=1900"]
)
def test_an_odd_address_shows_a_calendar_or_a_sentence(clerk: Person, query: str) -> None:
    assert clerk.open(f"/lich?{query}").status in (200, 422)


def test_only_the_city_is_offered_corrections_and_nobody_else_may_send_them(clerk: Person, city: Person) -> None:
    assert city.open("/lich?nam=2020").links("dieu-chinh") == ["/lich/2020/dieu-chinh"]
    assert clerk.open("/lich?nam=2020").links("dieu-chinh") == []
    refused = clerk.confirm(clerk.send(clerk.open("/lich/2020/dieu-chinh"), **STORM))
    assert "không có quyền" in refused.errors


def test_a_correction_moves_the_due_date_and_task_and_board_say_so(corrected: Page, clerk: Person) -> None:
    assert corrected.notice == "Đã điều chỉnh lịch làm việc."
    assert "31/03/2020 Nghỉ phòng, chống bão" in corrected.words
    task = clerk.open(TASK)
    assert "30/03/2020 còn 37 ngày làm việc trước là 31/03/2020" in task.words
    assert "31/03/2020: Nghỉ phòng, chống bão, theo văn bản số 1/TB-UBND" in task.words
    assert "Hệ thống tự động chuyển hạn theo lịch làm việc" in task.words
    assert "31/03/2020 → 30/03/2020 · 1/TB-UBND" in task.words
    assert "trước là 31/03/2020" in clerk.open(BOARD).words
    assert "Hạn của 1 nhiệm vụ được chuyển theo lịch làm việc năm 2020" in clerk.open("/hop-thu").words
    april = clerk.open("/lich?nam=2020&thang=4")
    assert "04/04/2020 Thứ Bảy Làm bù Làm bù, theo văn bản số 1/TB-UBND" in april.words


def test_after_the_withdrawal_the_date_is_what_it_was(corrected: Page, city: Person, clerk: Person) -> None:
    city.confirm(city.send(city.open("/lich/2020/rut?so=1/TB-UBND&ngay=2020-02-01"), reason="Nhập nhầm"))
    assert "31/03/2020 còn 38 ngày làm việc trước là 30/03/2020" in clerk.open(TASK).words
    # The fixture takes the notice back once more: it has to be there.
    city.confirm(city.send(city.open("/lich/2020/dieu-chinh"), **STORM))


def test_a_due_date_says_why_it_is_that_day(clerk: Person) -> None:
    assert "hạn là ngày làm việc cuối của quý I năm 2020" in clerk.open(TASK).words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"days_off": "31/02/2020"}, "“31/02/2020”: ngày phải có dạng 25/06/2020."),
        ({"days_off": "", "days_made_up": ""}, "Hãy nhập ít nhất một ngày."),
        ({"days_off": "31/03/2021"}, "Ngày 31/03/2021 không thuộc năm 2020."),
        ({"days_off": "31/03/2020\n31/03/2020"}, "Ngày 31/03/2020 được nhập hai lần."),
        ({"number": "thông báo"}, "Số văn bản “thông báo” không đúng dạng"),
        ({"issued_on": "07/02/2020"}, "ở sau hôm nay"),
        ({"issuer": " "}, "Hãy nhập: Cơ quan ban hành."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    city: Person, typed: dict[str, str], told: str
) -> None:
    shown = city.send(city.open("/lich/2020/dieu-chinh"), **{**STORM, **typed})
    if not shown.errors:
        shown = city.confirm(shown)
    assert told in shown.errors
    assert STORM["text"] in shown.text


def test_a_year_is_opened_with_the_holidays_that_are_suggested(city: Person) -> None:
    shown = city.open("/lich/2022/mo")
    assert "03/01/2022 Tết Dương lịch (nghỉ bù) Thứ Hai" in shown.words
    assert city.send(shown).notice == "Đã mở lịch làm việc năm 2022."
    assert "chưa mở" not in city.open("/lich?nam=2022&thang=1").words
    assert city.send(city.open("/lich/2022/mo")).notice == "Đã mở lịch làm việc năm 2022."


def test_a_notice_that_was_never_entered_cannot_be_withdrawn(city: Person) -> None:
    assert city.open("/lich/2020/rut?so=9/TB&ngay=2020-02-01").status == 404
    assert city.open("/lich/2030/dieu-chinh").status == 422


async def test_the_calendar_fits_desk_and_phone_and_can_be_read_without_seeing_it(system: RunningServices) -> None:
    url = system.url("portal")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page()
        await sign_in(tab, url, "thanhpho")
        for width, height in (PHONE, DESK):
            await tab.set_viewport_size({"width": width, "height": height})
            for path in ("/lich?nam=2020&thang=3", "/lich?xem=quy&nam=2020&thang=1", "/lich/2020/dieu-chinh", TASK):
                await tab.goto(url + path)
                assert not await tab.evaluate("document.documentElement.scrollWidth > innerWidth"), (path, width)
                found = (await Axe().run(tab, options={"resultTypes": ["violations"]})).response["violations"]
                assert [one["id"] for one in found] == [], (path, width)
        await browser.close()
