"""Accounts as people meet them, in a real browser: getting in by every way, delegating, and being refused."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.cli.demo import PASSWORD
from shared.accounts import FAILURES_MAX, Accounts
from shared.clock import clock_at, save_clock
from shared.eventstore import read_batch
from shared.types import Grant, Role
from tests.portal.console import SERVICES, running_console
from tests.portal.test_browser import ARGUMENTS, CHROMIUM
from tests.support.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    running_identity_provider,
)
from tests.support.services import RunningServices, running_services

pytestmark = pytest.mark.same_on_both("the store of accounts is tested on both")

NEW = "một câu khác dài hơn"
ARRIVE = "/dang-nhap/mot-lan/ve"
PLAN = {"district": "binh-thuy", "plan_id": "2021"}
PLAN_PATH = "/ke-hoach/binh-thuy/2021"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with running_identity_provider("") as running:
        yield running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, provider: IdentityProvider) -> Iterator[RunningServices]:
    folder = tmp_path_factory.mktemp("accounts")
    with running_console(
        folder,
        totp_roles="operator",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_match="login",
    ) as running:
        provider.redirect_uri = running.url("portal") + ARRIVE
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


def open_page(browser: Browser, system: RunningServices, path: str = "/dang-nhap", width: int = 1280) -> Page:
    """Return a page of a new browser of somebody; what goes wrong in a script fails the test."""
    page = browser.new_context(base_url=system.url("portal"), viewport={"width": width, "height": 800}).new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(path)
    return page


def give(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def sign_in(browser: Browser, system: RunningServices, login: str, width: int = 1280) -> Page:
    page = open_page(browser, system, width=width)
    give(page, login)
    expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    return page


def in_store(system: RunningServices, ask: Callable[[Accounts], Any]) -> Any:
    """Ask the account store itself, as the command line does; in a thread, for playwright has a loop of its own."""

    async def run() -> Any:
        accounts = await Accounts.of(system.settings_of("portal"))
        try:
            return await ask(accounts)
        finally:
            await accounts.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result(30)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


# -- single sign-on ----------------------------------------------------------------------------


def test_a_person_signs_in_once_for_all_and_lands_where_they_wanted(
    browser: Browser, system: RunningServices, provider: IdentityProvider
) -> None:
    provider.people["be"] = {"sub": "be-1", "preferred_username": "phuong.le-binh.cai-rang"}
    page = open_page(browser, system, "/ke-hoach/cai-rang/2020", width=360)
    assert fits(page)
    page.get_by_role("link", name="Đăng nhập một lần").click()
    page.get_by_label("Tên").fill("be")
    page.get_by_role("button", name="Tiếp tục").click()
    page.wait_for_url("**/ke-hoach/cai-rang/2020")
    page.goto("/tai-khoan")
    expect(page.locator("main")).to_contain_text("đăng nhập một lần")
    # The binding stays: the provider may call the person something else tomorrow.
    provider.people["be"] = {"sub": "be-1", "preferred_username": "ai-do"}
    again = open_page(browser, system)
    again.get_by_role("link", name="Đăng nhập một lần").click()
    again.get_by_label("Tên").fill("be")
    again.get_by_role("button", name="Tiếp tục").click()
    expect(again.get_by_role("heading", name="Việc của tôi")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "claims", "words"),
    [
        ("nobody", {}, "Nơi cấp định danh không xác nhận"),
        ("stranger", {}, "chưa có tài khoản nào gắn với danh tính này"),
        ("root", {}, "chưa có tài khoản nào gắn với danh tính này"),
        ("be", {"nonce": "another"}, "không hợp lệ (nonce)"),
        ("be", {"aud": "another"}, "không hợp lệ (aud)"),
        ("be", {"exp": time.time() - 3600}, "không hợp lệ (exp)"),
    ],
)
def test_who_the_provider_does_not_vouch_for_is_told_kindly_and_may_use_the_password(
    browser: Browser, system: RunningServices, provider: IdentityProvider, name: str, claims: dict[str, Any], words: str
) -> None:
    provider.people |= {
        "be": {"sub": "be-2", "preferred_username": "phuong.ba-lang.cai-rang"},
        "stranger": {"sub": "stranger", "preferred_username": "khong-co"},
        "root": {"sub": "root", "preferred_username": "admin"},  # nobody becomes an administrator by a name
    }
    provider.claims = claims
    try:
        page = open_page(browser, system)
        page.get_by_role("link", name="Đăng nhập một lần").click()
        page.get_by_label("Tên").fill(name)
        page.get_by_role("button", name="Tiếp tục").click()
        expect(page.get_by_role("alert")).to_contain_text(words)
        give(page, "phuong.ba-lang.cai-rang")
        expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    finally:
        provider.claims = {}


def test_what_came_back_from_the_provider_is_of_use_once_and_in_one_browser(
    browser: Browser, system: RunningServices, provider: IdentityProvider
) -> None:
    provider.people["ba"] = {"sub": "ba", "preferred_username": "phuong.hung-phu.cai-rang"}
    back: list[str] = []
    page = open_page(browser, system)
    page.on("request", lambda request: back.append(request.url) if ARRIVE in request.url else None)
    page.get_by_role("link", name="Đăng nhập một lần").click()
    page.get_by_label("Tên").fill("ba")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    query = dict(parse_qsl(urlsplit(back[0]).query))
    assert not kept_anywhere(system, query["code"]) and not kept_anywhere(system, query["state"])
    for again in (page, open_page(browser, system)):
        again.context.clear_cookies(name="tdkt_session")
        again.goto(back[0])
        expect(again.get_by_role("alert")).to_contain_text("đã dùng, hoặc không bắt đầu từ trình duyệt này")


def test_a_provider_that_is_down_keeps_nobody_out(
    browser: Browser, system: RunningServices, provider: IdentityProvider
) -> None:
    provider.people["be"] = {"sub": "be-1", "preferred_username": "phuong.le-binh.cai-rang"}
    page = open_page(browser, system)
    page.get_by_role("link", name="Đăng nhập một lần").click()
    page.get_by_label("Tên").fill("be")
    provider.silent = "/token"
    try:
        page.get_by_role("button", name="Tiếp tục").click()
        expect(page.get_by_role("alert")).to_contain_text("nơi cấp định danh không trả lời")
        give(page, "phuong.le-binh.cai-rang")
        expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    finally:
        provider.silent = "-"


# -- the second step ---------------------------------------------------------------------------


def test_a_second_step_is_set_up_and_used_by_keyboard_alone(browser: Browser, system: RunningServices) -> None:
    page = open_page(browser, system)
    keys = page.keyboard
    type_into(page, "login", "operator")
    type_into(page, "password", PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Bật xác thực hai bước")).to_be_visible()
    expect(page.locator("nav.rail")).to_have_count(0)
    device = pyotp.TOTP(page.locator("code.secret").inner_text().replace(" ", ""))
    assert page.locator(".qr-frame svg").bounding_box()
    type_into(page, "ma", device.now())
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Mã dự phòng")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    focus(page, "a.button.primary")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Việc của tôi")).to_be_visible()

    again = open_page(browser, system, "/van-hanh", width=360)
    type_into(again, "login", "operator")
    type_into(again, "password", PASSWORD)
    again.keyboard.press("Enter")
    expect(again.get_by_role("heading", name="Xác thực bước hai")).to_be_visible()
    assert fits(again)
    type_into(again, "ma", "000 000" if device.now() != "000000" else "111 111")
    again.keyboard.press("Enter")
    expect(again.get_by_role("alert")).to_be_focused()
    again.keyboard.press("Tab")
    again.keyboard.press("Enter")  # the link of the summary leads to the field
    expect(again.locator("#ma")).to_be_focused()
    again.keyboard.type(device.at(time.time() + 30))  # the one at enrolment is used up; a clock may be ahead by a step
    again.keyboard.press("Enter")
    expect(again.get_by_role("heading", name="Vận hành")).to_be_visible()
    # Without the device: a recovery code, once.
    for words in ("Việc của tôi", "Xác thực bước hai"):
        third = open_page(browser, system)
        give(third, "operator")
        third.get_by_label("Mã xác thực").fill(codes[0])
        third.get_by_role("button", name="Tiếp tục").click()
        expect(third.get_by_role("heading", name=words)).to_be_visible()


def type_into(page: Page, name: str, text: str) -> None:
    """Go to the field with the Tab key and type."""
    focus(page, f"#{name}")
    page.keyboard.type(text)


def focus(page: Page, selector: str) -> None:
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {selector} at {page.url}")


def kept_anywhere(system: RunningServices, secret: str) -> list[Path]:
    """Return the files of the system in which the secret stands: logs, traces, databases, the event log."""
    time.sleep(1)  # spans are written twice a second
    return [
        path for path in system.settings.data_dir.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()
    ]


# -- locked out, and let in again ----------------------------------------------------------------


def test_who_is_locked_out_comes_back_by_a_link_of_the_administrator(browser: Browser, system: RunningServices) -> None:
    login = "phuong.thuong-thanh.cai-rang"
    page = sign_in(browser, system, login)
    elsewhere = open_page(browser, system)
    for _ in range(FAILURES_MAX):
        give(elsewhere, login, "sai")
    expect(elsewhere.get_by_role("alert")).to_contain_text("tạm khoá")
    give(elsewhere, login)
    expect(elsewhere.get_by_role("alert")).to_contain_text("tạm khoá")
    page.goto("/tai-khoan")
    expect(page.get_by_role("heading", name="Đang đăng nhập tại")).to_be_visible()  # a stranger locks nobody's work

    admin = sign_in(browser, system, "admin")
    admin.get_by_role("link", name="Người dùng").click()
    admin.locator("#q").fill("thuong thanh")
    admin.get_by_role("button", name="Lọc").click()
    admin.locator(f"main a[href$='{login}']").click()
    expect(admin.locator("main h1")).to_contain_text("Tạm khoá")
    admin.get_by_role("link", name="Cấp liên kết đặt lại mật khẩu").click()
    admin.get_by_label("Lý do").fill("Quên mật khẩu, đã gọi xác nhận")
    admin.get_by_role("button", name="Cấp liên kết").click()
    link = admin.get_by_label("Liên kết").input_value()

    person = open_page(browser, system, link)
    assert person.url.endswith("/dat-lai")
    person.get_by_label("Mật khẩu mới", exact=True).fill(NEW)
    person.get_by_label("Nhập lại mật khẩu mới").fill(NEW)
    person.get_by_role("button", name="Đặt mật khẩu").click()
    person.get_by_role("link", name="Đăng nhập").click()
    give(person, login, NEW)
    expect(person.get_by_role("heading", name="Việc của tôi")).to_be_visible()
    page.goto("/tai-khoan")
    expect(page.get_by_role("heading", name="Thi đua, khen thưởng")).to_be_visible()  # its session has ended
    used = open_page(browser, system, link)
    expect(used.locator("main")).to_contain_text("Liên kết")
    expect(used.get_by_label("Mật khẩu mới", exact=True)).to_have_count(0)
    assert not kept_anywhere(system, link.rpartition("/")[2])


def test_a_session_is_ended_from_another_place(browser: Browser, system: RunningServices) -> None:
    login = "phuong.phu-thu.cai-rang"
    office, phone = sign_in(browser, system, login), sign_in(browser, system, login, width=360)
    office.goto("/tai-khoan")
    rows = office.locator("section", has_text="Đang đăng nhập tại").locator("tbody tr")
    expect(rows).to_have_count(2)
    rows.get_by_role("button", name="Kết thúc phiên").click()
    expect(rows).to_have_count(1)
    phone.goto("/tai-khoan")
    expect(phone.get_by_role("heading", name="Thi đua, khen thưởng")).to_be_visible()
    office.reload()
    expect(office.locator("main")).to_contain_text("phiên này")


# -- the first administrator ---------------------------------------------------------------------


def test_the_first_administrator_begins_with_a_link(tmp_path: Path, browser: Browser) -> None:
    with running_services(tmp_path, ("plans", "portal")) as system:
        token = in_store(system, lambda accounts: accounts.links.issue_first_admin())
        page = open_page(browser, system, f"/bat-dau/{token}", width=360)
        assert page.url.endswith("/bat-dau") and fits(page)
        page.get_by_label("Tên đăng nhập").fill("quan-tri")
        page.get_by_label("Họ tên").fill("Nguyễn Thị Hồng Vân")
        page.get_by_label("Mật khẩu", exact=True).fill(NEW)
        page.get_by_label("Nhập lại mật khẩu").fill("khác hẳn thế này")
        page.get_by_role("button", name="Tạo tài khoản").click()
        expect(page.get_by_role("alert")).to_contain_text("không giống nhau")
        expect(page.get_by_label("Họ tên")).to_have_value("Nguyễn Thị Hồng Vân")
        page.get_by_label("Mật khẩu", exact=True).fill(NEW)
        page.get_by_label("Nhập lại mật khẩu").fill(NEW)
        page.get_by_role("button", name="Tạo tài khoản").click()
        page.get_by_role("link", name="Đăng nhập").click()
        give(page, "quan-tri", NEW)
        page.get_by_role("link", name="Người dùng").click()
        expect(page.locator("main")).to_contain_text("Nguyễn Thị Hồng Vân")
        assert in_store(system, lambda accounts: accounts.links.issue_first_admin()) is None


# -- delegation, and roles that end -----------------------------------------------------------------


def api(system: RunningServices, login: str) -> httpx2.Client:
    """Return a program signed in as the account."""
    client = httpx2.Client(base_url=system.url("portal"), timeout=20)
    token = client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).json()["token"]
    client.headers["authorization"] = f"Bearer {token}"
    return client


def submit_plan(system: RunningServices) -> None:
    """Let Phòng Nội vụ lay a plan before the chair."""
    office = api(system, "pnv.binh-thuy")
    task = {"number": 1, "quarter": 1, "content": "Việc", "lead_units": ["phong-noi-vu"], "coordinating_units": []}
    text = {"title": "Kế hoạch", "issuer": "Ủy ban nhân dân quận Bình Thủy"}
    for name, body in (("draft-plan", {"year": 2021, "text": text, "tasks": [task]}), ("submit-plan", {})):
        sent = office.post(f"/api/v1/plans/commands/{name}", json={**PLAN, **body})
        assert sent.status_code == 200, sent.text


def move_clock(system: RunningServices, day: date) -> None:
    """Let every process wake up on another business day."""
    for name in SERVICES:
        system.stop(name)
    save_clock(system.settings.clock_path, clock_at(day))
    system.start(*SERVICES)


def test_a_delegate_does_what_the_chair_may_until_the_delegation_is_over(tmp_path: Path, browser: Browser) -> None:
    with running_console(tmp_path) as system:
        submit_plan(system)
        audit = Grant(role=Role.AUDITOR, district="binh-thuy", valid_to=date(2020, 2, 20))
        in_store(system, lambda accounts: accounts.create("thanh-tra.binh-thuy", "Thanh tra", PASSWORD, [audit]))
        delegate = sign_in(browser, system, "phuong.binh-thuy.binh-thuy")
        auditor = sign_in(browser, system, "thanh-tra.binh-thuy")
        auditor.goto("/tong-quan/binh-thuy")
        expect(auditor.locator("main h1")).not_to_contain_text("Không có quyền")
        assert delegate.goto(f"{PLAN_PATH}/tra-lai").status in (403, 404)  # type: ignore[union-attr]

        chair = sign_in(browser, system, "ct.binh-thuy")
        chair.goto("/tai-khoan")
        chair.get_by_role("link", name="Ủy quyền khi vắng").click()
        chair.locator("main").get_by_role("link", name="Ủy quyền", exact=True).click()
        chair.get_by_label("Chủ tịch UBND quận · Quận Bình Thuỷ").check()
        chair.get_by_label("Người nhận ủy quyền").select_option("phuong.binh-thuy.binh-thuy")
        chair.get_by_label("Đến hết ngày").fill("20/02/2020")
        chair.get_by_label("Lý do").fill("Nghỉ phép năm")
        chair.get_by_role("button", name="Kiểm tra lại").click()
        chair.get_by_role("button", name="Ủy quyền", exact=True).click()
        expect(chair.locator("main")).to_contain_text("Đang hiệu lực")

        delegate.goto(PLAN_PATH)
        expect(delegate.locator(".banner")).to_contain_text("Đang thay mặt Chủ tịch UBND quận Bình Thủy")
        delegate.get_by_role("link", name="Trả lại").click()
        delegate.get_by_label("Lý do").fill("Bổ sung căn cứ")
        delegate.locator("main form button[type=submit]").first.click()
        expect(delegate.locator("main")).to_contain_text("Bổ sung căn cứ")
        headers = last_headers(system)
        assert headers["ce-actor"] == "phuong.binh-thuy.binh-thuy"
        assert headers["ce-onbehalfof"] == "ct.binh-thuy"

        submitted = api(system, "pnv.binh-thuy").post("/api/v1/plans/commands/submit-plan", json=PLAN)
        assert submitted.status_code == 200, submitted.text
        move_clock(system, date(2020, 2, 21))
        delegate.goto("/tai-khoan/uy-quyen")
        expect(delegate.locator("main")).to_contain_text("Đã hết hạn")
        expect(delegate.locator(".banner")).to_have_count(0)
        delegate.goto(PLAN_PATH)
        assert delegate.get_by_role("link", name="Trả lại").count() == 0
        refused = api(system, "phuong.binh-thuy.binh-thuy").post(
            "/api/v1/plans/commands/return-plan", json={**PLAN, "reason": "Muộn"}
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "actor.not_allowed")
        # The auditor's role has ended on the same day.
        assert auditor.goto("/tong-quan/binh-thuy").status == 403  # type: ignore[union-attr]
        expect(auditor.locator("main")).to_contain_text("Không có quyền")
        auditor.goto("/")
        expect(auditor.locator("nav.rail")).not_to_contain_text("Tổng quan")


def last_headers(system: RunningServices) -> dict[str, str]:
    """Return the headers of the newest event of plans."""

    async def read() -> dict[str, str]:
        connection = await system.bus.connect("cli")
        try:
            messages = [message async for message in read_batch(connection, "PLANS")]
        finally:
            await connection.close()
        return dict(messages[-1].headers)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, read()).result(30)
