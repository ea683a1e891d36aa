"""The console by the rules of WCAG 2.2 AA, as axe checks them, on every component and on the pages people use most."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from services.portal.shell import TEMPLATES_PATH
from tests.portal.test_browser import ARGUMENTS, CHROMIUM, DESK, PHONE, sign_in
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("pages look the same whatever database their rows lie in")

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Every rule is checked on every element; of those that hold nothing is told, which halves the time.
    "resultTypes": ["violations"],
}
TASK = "/nhiem-vu/cai-rang/2020/5"
PAGES = {
    "operator": ("/components", "/van-hanh", "/van-hanh/luong"),
    "phuong.le-binh.cai-rang": (
        "/",
        "/ke-hoach/cai-rang/2020",
        TASK,
        f"{TASK}/bao-cao",
        "/hop-thu",
        "/tai-khoan",
        "/lich",
    ),
    "pnv.cai-rang": ("/tong-quan/cai-rang", "/ho-so", "/cham-diem", "/ke-hoach/soan", f"{TASK}/giao-viec"),
    "thanhpho": ("/thanh-pho", "/xep-hang", "/docs"),
    "admin": ("/to-chuc/nguoi-dung",),
}


async def _violations(tab: Page) -> list[str]:
    found = await Axe().run(tab, options=RULES)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
    ]


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE])
async def test_no_page_breaks_a_rule(system: RunningServices, width: int, height: int) -> None:
    url = system.url("portal")
    violations: dict[str, list[str]] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for login, paths in PAGES.items():
            context = await browser.new_context(viewport={"width": width, "height": height})
            tab = await context.new_page()
            if "/dang-nhap" not in violations:
                await tab.goto(f"{url}/dang-nhap")
                violations["/dang-nhap"] = await _violations(tab)
            await sign_in(tab, url, login)
            for path in paths:
                answered = await tab.goto(url + path)
                assert answered is not None and answered.ok, path
                violations[f"{login} {path}"] = await _violations(tab)
            await context.close()
        await browser.close()
    assert len(violations) == 1 + sum(map(len, PAGES.values()))
    assert not any(violations.values()), "\n".join(
        f"{page}: {rule}" for page, rules in violations.items() for rule in rules
    )


def test_every_component_stands_in_the_gallery() -> None:
    gallery = (TEMPLATES_PATH / "gallery.html").read_text()
    macros = {
        name: path.name
        for path in sorted((TEMPLATES_PATH / "components").glob("*.html"))
        for name in _macros(path.read_text())
    }
    shown = set(re.findall(r"\b(\w+)\(", gallery))
    # The breadcrumb stands on every page, the gallery's own included.
    assert {name: file for name, file in macros.items() if name not in shown | {"breadcrumb"}} == {}


def _macros(template: str) -> Iterator[str]:
    """Yield the macros that a page can use: those within another one are its own affair."""
    depth = 0
    for word, name in re.findall(r"\{%-? (macro (\w+)|endmacro)", template):
        if name and not depth:
            yield name
        depth += 1 if word != "endmacro" else -1
