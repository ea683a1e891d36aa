"""The pages in a real browser: they fit desk and phone, nothing is blocked, nothing leaves, they refresh themselves."""

import pytest
from playwright.async_api import async_playwright

from tests.portal.console import Person
from tests.portal.test_browser import ARGUMENTS, CHROMIUM, DESK, PHONE, sign_in
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("pages look the same whatever database their rows lie in")

TASK = "/nhiem-vu/cai-rang/2020/5"
PAGES = {
    "phuong.le-binh.cai-rang": ("/", "/ke-hoach/cai-rang/2020", TASK, f"{TASK}/hoan-thanh", "/hop-thu", "/ho-so/moi"),
    "pnv.cai-rang": ("/tong-quan/cai-rang", "/cham-diem", "/xep-hang/cai-rang", "/tim-kiem?q=thi", f"{TASK}/giao-viec"),
    "thanhpho": ("/thanh-pho", "/xep-hang"),
    "operator": ("/van-hanh", "/van-hanh/luong", "/van-hanh/vet"),
}


async def test_the_pages_fit_and_ask_nobody_else(system: RunningServices) -> None:
    url = system.url("portal")
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for login, paths in PAGES.items():
            context = await browser.new_context()
            tab = await context.new_page()
            tab.on("request", lambda request: asked.append(request.url))
            tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            await sign_in(tab, url, login)
            for width, height in (PHONE, DESK):
                await tab.set_viewport_size({"width": width, "height": height})
                for path in paths:
                    await tab.goto(url + path)
                    wide = await tab.evaluate("document.documentElement.scrollWidth > innerWidth")
                    assert not wide, (login, path, width)
            await context.close()
        await browser.close()
    assert [address for address in asked if not address.startswith(url)] == []
    assert complaints == []


async def test_an_open_page_shows_what_another_reports(system: RunningServices) -> None:
    url = system.url("portal")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page()
        await sign_in(tab, url, "phuong.le-binh.cai-rang", onward=TASK)
        async with tab.expect_response(f"{url}/live"):
            await tab.reload()
        office = Person(url, "pnv.cai-rang")
        office.send(office.open(f"{TASK}/bao-cao?don_vi=phuong-le-binh"), percent="70", text="Hiện ra ngay")
        await tab.wait_for_selector("text=Hiện ra ngay", timeout=30_000)
        await browser.close()


async def test_what_may_be_done_with_a_row_is_offered_on_the_screen_and_not_on_paper(system: RunningServices) -> None:
    url = system.url("portal")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page()
        await sign_in(tab, url, "phuong.le-binh.cai-rang", onward=TASK)
        table = tab.get_by_role("region", name="Phần việc của từng đơn vị")
        shown = await table.inner_text()
        assert "Việc" in shown and "Tiến độ · Hoàn thành" in shown
        await tab.emulate_media(media="print")
        printed = await table.inner_text()
        assert "Phường Lê Bình" in printed and "chủ trì" in printed.lower()
        assert "Việc" not in printed and "Tiến độ" not in printed
        await browser.close()


async def test_a_form_works_without_javascript(system: RunningServices) -> None:
    url = system.url("portal")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(java_script_enabled=False)
        tab = await context.new_page()
        await sign_in(tab, url, "phuong.ba-lang.cai-rang", onward=f"{TASK}/bao-cao")
        await tab.fill("#percent", "80")
        await tab.fill("#text", "Không cần JavaScript")
        await tab.click("text=Gửi báo cáo")
        assert await tab.locator("text=Đã ghi nhận báo cáo tiến độ.").count() == 1
        await browser.close()
