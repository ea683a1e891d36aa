"""The demo as people walk through it, in a real browser, with no request leaving the machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.portal.test_browser import ARGUMENTS, CHROMIUM
from tests.system.running import PASSWORD, System, running_system

pytestmark = pytest.mark.same_on_both("the year is played on both, in test_the_year_2020.py")

DOCUMENT = Path(__file__).parents[2] / "deploy/demo/ke-hoach-12-kh-ubnd-2021-binh-thuy.txt"
PLAN = "/ke-hoach/binh-thuy/2021"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("system"), today="2021-02-01") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def requested() -> list[str]:
    """Every address that a page asked for."""
    return []


def sign_in(browser: Browser, system: System, login: str, requested: list[str], width: int = 1280) -> Page:
    """Return the page of someone who has just signed in; what goes wrong in the page fails the test."""
    page = browser.new_context(base_url=system.url, viewport={"width": width, "height": 900}).new_page()
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(f"{login}: {error}"))
    page.goto("/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    return page


def told(page: Page, path: str, words: str) -> None:
    """Open the page until it says the words: what others did is told within seconds, not in the same instant."""
    for _ in range(40):
        page.goto(path)
        if page.locator("main").get_by_text(words).count():
            return
        page.wait_for_timeout(250)
    pytest.fail(f"{path} does not say {words!r}: {page.locator('main').inner_text()[:500]}")


def submit(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()


def test_a_year_begins_is_worked_on_and_is_seen_by_the_city(
    browser: Browser, system: System, requested: list[str]
) -> None:
    office, chair, ward, city = (
        sign_in(browser, system, login, requested)
        for login in ("pnv.binh-thuy", "ct.binh-thuy", "phuong.binh-thuy.binh-thuy", "thanhpho")
    )
    # Phòng Nội vụ drafts from the document, assigns what it left open, and submits.
    office.goto("/ke-hoach/soan")
    office.get_by_label("Năm").select_option("2021")
    office.get_by_label("Tệp văn bản kế hoạch").set_input_files(DOCUMENT)
    office.get_by_role("button", name="Tiếp tục").click()
    expect(office.get_by_role("heading", name="Cần kiểm tra")).to_be_visible()
    for leads in office.locator("input[name$='-leads']").all():
        if not leads.input_value():
            leads.fill("Phòng Nội vụ")
    office.get_by_role("button", name="Lưu dự thảo").click()
    office.get_by_role("link", name="Trình ký").click()
    submit(office)
    # The chair finds it among the own work, and issues it.
    told(chair, "/", "Tổ chức phong trào thi đua")
    chair.locator(f"main a[href='{PLAN}']").first.click()
    chair.get_by_role("link", name="Ban hành").click()
    chair.get_by_label("Số, ký hiệu").fill("12/KH-UBND")
    chair.get_by_label("Ngày ban hành").fill("01/02/2021")
    chair.get_by_role("button", name="Kiểm tra lại").click()
    chair.get_by_role("button", name="Ban hành").click()
    expect(chair.locator("main h1")).to_contain_text("Đã ban hành")
    # The ward is told, opens its next task, and reports it done.
    told(ward, "/hop-thu", "12/KH-UBND")
    told(ward, "/", "Đăng ký danh hiệu thi đua")
    ward.locator("main a[href='/nhiem-vu/binh-thuy/2021/3']").first.click()
    ward.get_by_role("link", name="Báo cáo hoàn thành").click()
    ward.get_by_label("Ngày hoàn thành").fill("01/02/2021")
    ward.get_by_label("Minh chứng").fill("BC 07/UBND")
    submit(ward)
    expect(ward.get_by_text("BC 07/UBND").first).to_be_visible()
    # The very next page of the office shows it, and so does the inbox; the last lead completes task 11.
    told(office, "/nhiem-vu/binh-thuy/2021/3", "BC 07/UBND")
    told(office, "/hop-thu", "Phường Bình Thủy")
    single = _a_task_of_the_office_alone(system)
    office.goto(f"/nhiem-vu/binh-thuy/2021/{single}")
    office.get_by_role("link", name="Báo cáo hoàn thành").click()
    office.locator("main select[name=unit_id]").select_option(label="Phòng Nội vụ")
    office.get_by_label("Ngày hoàn thành").fill("01/02/2021")
    office.get_by_label("Minh chứng").fill("KH 02/PNV")
    submit(office)
    expect(office.locator("main h1")).to_contain_text("Hoàn thành")
    office.goto("/tong-quan/binh-thuy?nam=2021")
    expect(office.locator("main")).to_contain_text("1/11")
    told(city, "/thanh-pho?nam=2021", "1/11")
    row = city.locator("main tr", has_text="Bình Th").first
    expect(row).to_contain_text(re.compile(r"1 đã xong\s*/\s*11"))
    assert city.locator("main img").first.evaluate("picture => picture.naturalWidth") > 100
    assert {address.split("/")[2] for address in requested} == {system.url.split("/")[2]}


def _a_task_of_the_office_alone(system: System) -> int:
    board = system.sign_in("pnv.binh-thuy").question("plans", "show-plan", {"district": "binh-thuy", "plan_id": "2021"})
    leads = {
        task["number"]: [part["unit_id"] for part in task["parts"] if part["role"] == "lead"] for task in board["tasks"]
    }
    return next(int(number) for number, units in leads.items() if units == ["phong-noi-vu"])


def test_a_ward_nominates_and_the_office_takes_it_in(browser: Browser, system: System, requested: list[str]) -> None:
    ward, office = (
        sign_in(browser, system, login, requested, width=360) for login in ("phuong.le-binh.cai-rang", "pnv.cai-rang")
    )
    ward.goto("/ho-so/moi")
    ward.get_by_label("Cá nhân", exact=True).check()
    ward.get_by_label("Họ tên cá nhân hoặc tên tập thể").fill("Trần Thị Thử Nghiệm")
    ward.locator("select[name=title]").select_option(label="Lao động tiên tiến (cá nhân; cấp quận)")
    ward.locator("select[name=category]").select_option(label="Theo công trạng và thành tích đạt được")
    ward.get_by_label("Tóm tắt thành tích").fill("Hoàn thành tốt nhiệm vụ, có sáng kiến trong tiếp dân.")
    ward.get_by_label("Tài liệu kèm theo").fill("Báo cáo thành tích số 03/BC-UBND")
    ward.get_by_role("button", name="Kiểm tra lại").click()
    submit(ward)
    expect(ward.locator("main")).to_contain_text("Trần Thị Thử Nghiệm")
    assert ward.evaluate("document.documentElement.scrollWidth") <= 360
    told(office, "/ho-so", "Trần Thị Thử Nghiệm")
    office.get_by_role("link", name="Trần Thị Thử Nghiệm").first.click()
    office.get_by_role("link", name="Tiếp nhận").click()
    submit(office)
    expect(office.locator("main h1")).to_contain_text("Đã tiếp nhận")


def test_a_ward_scores_itself_and_is_ranked(browser: Browser, system: System, requested: list[str]) -> None:
    ward, office = (sign_in(browser, system, login, requested) for login in ("phuong.le-binh.cai-rang", "pnv.cai-rang"))
    sheet = "/cham-diem/cai-rang/2020/phuong-le-binh"
    ward.goto(f"{sheet}/tu-cham")
    for points in ward.locator("input[name^='points-']").all():
        points.fill("9,5")
    for evidence in ward.locator("input[name^='evidence-']").all():
        evidence.fill("BC 11/UBND")
    submit(ward)
    expect(ward.locator("main h1")).to_contain_text("Đã tự chấm")
    office.goto(f"{sheet}/cong-bo")
    for points in office.locator("input[name^='points-']").all():
        points.fill("9")
    submit(office)
    confirm = office.get_by_role("button", name="Công bố")
    if confirm.count():
        confirm.first.click()
    told(ward, "/xep-hang/cai-rang?nam=2020", "Phường Lê Bình")


def test_the_keyboard_alone_is_enough_to_sign_in_and_open_the_next_task(
    browser: Browser, system: System, requested: list[str]
) -> None:
    page = browser.new_context(base_url=system.url).new_page()
    page.goto("/dang-nhap")
    page.keyboard.type("phuong.le-binh.cai-rang") if page.evaluate(
        "document.activeElement.name === 'login'"
    ) else page.get_by_label("Tên đăng nhập").press_sequentially("phuong.le-binh.cai-rang")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Mở việc kế tiếp":
            break
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("Nhiệm vụ")


def test_it_works_without_scripts_and_prints_without_navigation(browser: Browser, system: System) -> None:
    page = browser.new_context(base_url=system.url, java_script_enabled=False).new_page()
    page.goto("/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill("pnv.cai-rang")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.goto("/ke-hoach/cai-rang/2020")
    expect(page.locator("main h1")).to_contain_text("Triển khai công tác thi đua, khen thưởng năm 2020")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
