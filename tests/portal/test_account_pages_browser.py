"""The pages about accounts in a real browser: they keep the rules of WCAG 2.2 AA, fit desk and phone, and print."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from services.cli.demo import PASSWORD
from tests.portal.test_accessibility import RULES
from tests.portal.test_browser import ARGUMENTS, CHROMIUM, DESK, PHONE
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("pages look the same whatever database their rows lie in")

PEOPLE = "/to-chuc/nguoi-dung"
PAGES = {
    "admin": (
        PEOPLE,
        f"{PEOPLE}?q=khong+co+ai",
        f"{PEOPLE}/moi",
        f"{PEOPLE}/ct.cai-rang",
        f"{PEOPLE}/ct.cai-rang/gan-vai-tro",
        f"{PEOPLE}/ct.cai-rang/ngung",
        "/to-chuc/nhat-ky",
        "/to-chuc/quyen?tai_khoan=ct.cai-rang&viec=plans/issue-plan&quan=cai-rang",
        "/to-chuc/quyen?viec=x",
        "/tich-hop/khoa",
        "/tich-hop/khoa/moi",
    ),
    "ct.cai-rang": (
        "/tai-khoan",
        "/tai-khoan/mat-khau",
        "/tai-khoan/xac-thuc",
        "/tai-khoan/uy-quyen",
        "/tai-khoan/uy-quyen/moi",
        "/to-chuc/quyen",
    ),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


def sign_in(browser: Browser, system: RunningServices, login: str, size: tuple[int, int]) -> Page:
    page = browser.new_context(base_url=system.url("portal"), viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto("/dang-nhap")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/")
    return page


@pytest.mark.parametrize("login", PAGES)
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_no_page_about_accounts_breaks_a_rule_or_the_width(
    browser: Browser, system: RunningServices, login: str, size: tuple[int, int]
) -> None:
    page = sign_in(browser, system, login, size)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
    for path in PAGES[login]:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path}: wider than {size[0]} px")
        found = Axe().run(page, options=RULES)
        wrong += [f"{path}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found.response["violations"]]
    assert not wrong, "\n".join(wrong)


def test_the_trail_prints_without_what_surrounds_it(browser: Browser, system: RunningServices) -> None:
    page = sign_in(browser, system, "admin", DESK)
    page.goto("/to-chuc/nhat-ky")
    page.emulate_media(media="print")
    assert page.locator(".timeline li").first.is_visible()
    for hidden in (".topbar", ".rail", ".tabs"):
        assert not page.locator(hidden).first.is_visible(), hidden
