"""The shell in a real browser: nothing leaves the machine, nothing is blocked, it fits a phone, it refreshes itself."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from fastapi import APIRouter, Request
from playwright.async_api import Page, async_playwright
from starlette.responses import Response, StreamingResponse

from services.cli.demo import PASSWORD as DEMO_PASSWORD
from services.portal.pages import gallery
from services.portal.shell import page
from services.portal.web import create_web
from shared.accounts import Accounts
from shared.clock import clock_at
from shared.settings import Settings
from shared.types import Grant, Role
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = (360, 640), (1280, 800)


async def sign_in(tab: Page, url: str, login: str, *, onward: str = "/") -> None:
    """Sign in with the password of the demo, and go onward from there."""
    await tab.goto(f"{url}/dang-nhap?tiep={onward}")
    await tab.fill("#login", login)
    await tab.fill("#password", DEMO_PASSWORD)
    await tab.press("#password", "Enter")
    await tab.wait_for_url(url + onward)


sample = APIRouter()
shown: list[int] = []


@sample.get("/song")
async def _live(request: Request) -> Response:
    shown.append(1)
    return await page(
        request, "gallery.html", **gallery.samples(), notices=[{"level": "good", "text": f"lần {len(shown)}"}]
    )


@sample.get("/luong")
async def _stream() -> Response:
    async def events() -> AsyncIterator[str]:
        for _ in range(20):  # half a minute at most
            yield 'event: changed\ndata: ["sample"]\n\n'
            await asyncio.sleep(1.5)

    return StreamingResponse(events(), media_type="text/event-stream")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    settings = Settings(data_dir=tmp_path)

    async def seed() -> None:
        accounts = await Accounts.open(settings.sql_url("portal"), hasher=QUICK_HASHER)
        grants = [Grant(role=role, district="can-tho") for role in (Role.ADMIN, Role.CITY_BOARD)]
        await accounts.create("admin", "Nguyễn Thị Hồng Vân", PASSWORD, grants)
        await accounts.close()

    asyncio.run(seed())
    web = create_web(
        settings,
        routers=[sample, gallery.router],
        clock=clock_at(date(2020, 2, 6)),
        hasher=QUICK_HASHER,
        stream_href="/luong",
    )
    config = uvicorn.Config(web, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        threading.Event().wait(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


async def _overflows(tab: Page) -> bool:
    return bool(await tab.evaluate("document.documentElement.scrollWidth > innerWidth"))


async def test_the_shell_works_in_a_browser(address: str, tmp_path: Path) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=ARGUMENTS
        )
        tab = await browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))

        await tab.goto(f"{address}/dang-nhap?tiep=/components")
        await tab.fill("#login", "admin")
        await tab.fill("#password", PASSWORD)
        await tab.press("#password", "Enter")
        await tab.wait_for_url(f"{address}/components")

        for width, height in (PHONE, DESK):
            await tab.set_viewport_size({"width": width, "height": height})
            for path in ("/components", "/tai-khoan"):
                await tab.goto(address + path)
                assert not await _overflows(tab), (path, width)
                small = "button, .button, .rail a, .topbar a, summary, .choice"
                heights = await tab.eval_on_selector_all(
                    small, "all => all.filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)"
                )
                assert min(heights) >= 40, (path, width)

        await tab.goto(f"{address}/song")
        assert await tab.evaluate("document.activeElement.id") == "error-summary"
        await tab.keyboard.press("/")
        assert await tab.evaluate("document.activeElement.id") == "search"
        await tab.keyboard.press("/")
        assert await tab.input_value("#search") == "/"
        await tab.evaluate("document.activeElement.blur()")
        await tab.keyboard.press("?")
        assert await tab.is_visible("#help")
        await tab.keyboard.press("Escape")

        await tab.evaluate("document.getElementById('sample-live').dataset.old = 'yes'")
        await tab.wait_for_selector("#sample-live:not([data-old])", timeout=30_000)
        assert await tab.locator("#sample-live").count() == 1

        await tab.evaluate("htmx.ajax('GET', '/khong-co', {target: '#sample-live', select: '#sample-live'})")
        await tab.wait_for_selector("#notices .notice-error", timeout=30_000)
        assert await tab.locator("#sample-live").count() == 1
        refused = [complaint for complaint in complaints if "404" in complaint or "Response Status" in complaint]

        await browser.close()
    assert all(url.startswith(address) for url in asked)
    assert [complaint for complaint in complaints if complaint not in refused] == []
