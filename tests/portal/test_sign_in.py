"""Signing in step by step: the second step, one-time links, what a session may do before it is complete."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response

from services.portal import api, live
from services.portal.pages import ROUTERS, gallery
from services.portal.web import create_web
from shared.accounts import FAILURES_MAX, Accounts
from shared.clock import clock_at
from shared.settings import Settings
from shared.types import CITY, Grant, Role
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER, TurnedClock

ORIGIN = {"origin": "http://testserver"}
NEW = "một câu khác dài hơn"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def web(tmp_path: Path, clock: TurnedClock) -> FastAPI:
    settings = Settings(data_dir=tmp_path, totp_roles="operator")
    return create_web(
        settings, routers=[api.router, gallery.router], clock=clock_at(date(2020, 2, 6)), now=clock, hasher=QUICK_HASHER
    )


@pytest.fixture
def client(web: FastAPI) -> Iterator[TestClient]:
    with TestClient(web, headers={"accept": "text/html"}, follow_redirects=False) as client:
        yield client


@pytest.fixture
def accounts(client: TestClient, web: FastAPI) -> Accounts:
    found: Accounts = web.state.portal.accounts
    clerk = Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="le-binh")
    call(client, found.create, "clerk", "Trần Văn Bé", PASSWORD, [clerk])
    call(client, found.create, "operator", "Lê Thị Vận", PASSWORD, [Grant(role=Role.OPERATOR, district=CITY)])
    return found


def call(client: TestClient, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    portal = client.portal
    assert portal is not None
    return portal.call(lambda: function(*given, **named))


def sign_in(client: TestClient, login: str = "clerk", password: str = PASSWORD, onward: str = "/") -> Response:
    return client.post("/dang-nhap", data={"login": login, "password": password, "tiep": onward}, headers=ORIGIN)


def send(client: TestClient, path: str, form_at: str = "", **fields: str) -> Response:
    """Open the page with the form and send it, as a browser would."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(form_at or path).text)
    assert found
    return client.post(path, data={"csrf": found[1], **fields}, headers=ORIGIN)


def enrol(client: TestClient, clock: TurnedClock) -> tuple[pyotp.TOTP, list[str]]:
    """Set up the second step of who is signed in; return the device and the recovery codes."""
    shown = client.get("/tai-khoan/xac-thuc").text
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', shown)
    assert found
    device = pyotp.TOTP(found[1].replace(" ", ""))
    done = send(client, "/tai-khoan/xac-thuc", ma=device.at(clock.instant))
    assert done.status_code == 200, done.text
    return device, re.findall(r"<li><code>([A-Z0-9-]+)</code>", done.text)


# -- the second step ---------------------------------------------------------------------------


def test_who_has_a_second_step_is_asked_for_it_before_anything_else(
    client: TestClient, accounts: Accounts, clock: TurnedClock
) -> None:
    sign_in(client)
    device, _ = enrol(client, clock)
    clock.pass_(minutes=1)
    sign_in(client)
    half = client.cookies["tdkt_session"]
    asked = client.get("/tai-khoan?x=1")
    assert asked.headers["location"] == "/dang-nhap/ma?tiep=%2Ftai-khoan%3Fx%3D1"
    shown = client.get("/dang-nhap/ma?tiep=/tai-khoan").text
    assert 'class="rail"' not in shown and "Trần Văn Bé" not in shown
    assert client.get("/api/v1/session", headers={"accept": "application/json"}).status_code == 401
    assert send(client, "/tai-khoan/mat-khau", "/dang-nhap/ma", old=PASSWORD, new=NEW, again=NEW).status_code == 303
    done = send(client, "/dang-nhap/ma", ma=device.at(clock.instant), tiep="/tai-khoan")
    assert (done.status_code, done.headers["location"]) == (303, "/tai-khoan")
    assert client.cookies["tdkt_session"] != half
    assert client.get("/tai-khoan").status_code == 200
    client.cookies.clear()
    assert client.get("/tai-khoan", headers={"cookie": f"tdkt_session={half}"}).status_code == 303
    assert sign_in(client, password=PASSWORD).status_code == 303  # the password was not changed on the way


def test_a_wrong_code_is_counted_and_locks(client: TestClient, accounts: Accounts, clock: TurnedClock) -> None:
    sign_in(client)
    device, _ = enrol(client, clock)
    clock.pass_(minutes=1)
    sign_in(client)
    wrong = f"{(int(device.at(clock.instant)) + 1) % 1_000_000:06}"
    first = send(client, "/dang-nhap/ma", ma=wrong)
    assert first.status_code == 401
    assert 'href="#ma"' in first.text
    answers = [send(client, "/dang-nhap/ma", ma=wrong) for _ in range(FAILURES_MAX)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 60
    right = send(client, "/dang-nhap/ma", ma=device.at(clock.instant))
    assert right.status_code == 429
    assert sign_in(client).status_code == 429


def test_a_code_is_of_use_once(client: TestClient, accounts: Accounts, clock: TurnedClock) -> None:
    sign_in(client)
    device, _ = enrol(client, clock)
    clock.pass_(minutes=1)
    code = device.at(clock.instant)
    sign_in(client)
    assert send(client, "/dang-nhap/ma", ma=code).status_code == 303
    sign_in(client)
    refused = send(client, "/dang-nhap/ma", ma=code)
    assert refused.status_code == 401
    assert "đã được dùng" in refused.text


def test_a_recovery_code_stands_in_for_the_device_once(
    client: TestClient, accounts: Accounts, clock: TurnedClock
) -> None:
    sign_in(client)
    _, codes = enrol(client, clock)
    assert len(set(codes)) == 10
    sign_in(client)
    assert send(client, "/dang-nhap/ma", ma=codes[0].lower()).status_code == 303
    assert "còn 9 mã dự phòng" in client.get("/tai-khoan").text
    sign_in(client)
    assert send(client, "/dang-nhap/ma", ma=codes[0]).status_code == 401


def test_half_a_session_ends_after_ten_minutes(client: TestClient, accounts: Accounts, clock: TurnedClock) -> None:
    sign_in(client)
    enrol(client, clock)
    clock.pass_(minutes=1)
    sign_in(client)
    clock.pass_(minutes=10)
    assert client.get("/dang-nhap/ma").headers["location"].startswith("/dang-nhap")
    assert client.get("/dang-nhap").status_code == 200


def test_a_role_that_demands_a_second_step_leads_to_setting_it_up(
    client: TestClient, accounts: Accounts, clock: TurnedClock
) -> None:
    sign_in(client, "operator")
    assert client.get("/components").headers["location"] == "/tai-khoan/xac-thuc"
    assert client.get("/tai-khoan").headers["location"] == "/tai-khoan/xac-thuc"
    shown = client.get("/tai-khoan/xac-thuc").text
    assert "Vai trò của bạn phải dùng xác thực hai bước" in shown
    assert re.search(r'<svg [^>]*viewBox="0 0 \d+ \d+"', shown)
    wrong = send(client, "/tai-khoan/xac-thuc", ma="12")
    assert wrong.status_code == 422
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', shown)
    assert secret and secret[1] in wrong.text, "the device that scanned the picture is still the right one"
    _, codes = enrol(client, clock)
    assert len(codes) == 10
    assert client.get("/components").status_code == 200
    again = client.get("/tai-khoan/xac-thuc").text
    assert "Tắt xác thực hai bước" not in again
    assert not any(code in again for code in codes)


def test_the_second_step_is_removed_only_with_a_code(
    client: TestClient, accounts: Accounts, clock: TurnedClock
) -> None:
    sign_in(client)
    device, codes = enrol(client, clock)
    clock.pass_(minutes=1)
    path = "/tai-khoan/xac-thuc"
    assert (
        send(client, f"{path}/tat", path, ma="000000" if device.at(clock.instant) != "000000" else "1").status_code
        == 422
    )
    renewed = send(client, f"{path}/ma-du-phong", path, ma=device.at(clock.instant))
    fresh = re.findall(r"<li><code>([A-Z0-9-]+)</code>", renewed.text)
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    clock.pass_(minutes=1)
    assert send(client, f"{path}/tat", path, ma=device.at(clock.instant)).headers["location"] == "/tai-khoan"
    sign_in(client)
    assert client.get("/tai-khoan").status_code == 200


def test_who_must_change_the_password_sees_nothing_else_before(client: TestClient, accounts: Accounts) -> None:
    call(client, accounts.create, "moi", "Người mới", PASSWORD, must_change=True)
    sign_in(client, "moi")
    for path in ("/", "/tai-khoan", "/tai-khoan/xac-thuc", "/components"):
        assert client.get(path).headers.get("location") in ("/tai-khoan/mat-khau", None), path
    assert client.get("/tai-khoan").headers["location"] == "/tai-khoan/mat-khau"
    shown = client.get("/tai-khoan/mat-khau").text
    assert "Hãy đổi mật khẩu trước" in shown and 'class="rail"' not in shown
    assert send(client, "/tai-khoan/mat-khau", old=PASSWORD, new=NEW, again=NEW).status_code == 303
    assert client.get("/tai-khoan").status_code == 200


def test_every_page_asks_who_is_signed_in() -> None:
    def asked(dependant: Dependant) -> Iterator[str]:
        yield getattr(dependant.call, "__qualname__", "")
        for one in dependant.dependencies:
            yield from asked(one)

    open_to_all = [
        route.path
        for router in (*ROUTERS, live.router)
        for route in router.routes
        if isinstance(route, APIRoute)
        and not any(name.startswith(("require_account", "require_role")) for name in asked(route.dependant))
    ]
    # The contract describes the system and says nothing of what is in it; a calendar program has the token of its link.
    assert {path for path in open_to_all if not path.startswith("/docs")} == {"/lich/{district}/{unit_id}.ics"}


# -- the API -----------------------------------------------------------------------------------


def test_a_program_gives_the_code_with_the_password(client: TestClient, accounts: Accounts, clock: TurnedClock) -> None:
    sign_in(client)
    device, _ = enrol(client, clock)
    client.cookies.clear()
    clock.pass_(minutes=1)
    given = {"login": "clerk", "password": PASSWORD}
    without = client.post("/api/v1/session", json=given)
    assert (without.status_code, without.json()["code"]) == (401, "account.code_needed")
    wrong = client.post("/api/v1/session", json={**given, "code": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "account.bad_code")
    taken = client.post("/api/v1/session", json={**given, "code": device.at(clock.instant)})
    assert taken.status_code == 201
    bearer = {"authorization": f"Bearer {taken.json()['token']}"}
    assert client.get("/api/v1/session", headers=bearer).json()["login"] == "clerk"
    enrolling = client.post("/api/v1/session", json={"login": "operator", "password": PASSWORD})
    assert (enrolling.status_code, enrolling.json()["code"]) == (403, "account.enrolment_needed")
    # Neither refusal leaves a session behind.
    assert len(call(client, accounts.sessions, "operator")) == 0
    assert len(call(client, accounts.sessions, "clerk")) == 2  # the browser that enrolled, and the program


@pytest.mark.parametrize("text", [r"\ud800", r"a\u0000b", "\\u017f" * 500])
def test_what_no_keyboard_types_is_a_wrong_login_and_a_wrong_password(
    client: TestClient, accounts: Accounts, text: str
) -> None:
    for body in (f'{{"login": "{text}", "password": "x"}}', f'{{"login": "clerk", "password": "{text}"}}'):
        refused = client.post("/api/v1/session", content=body.encode(), headers={"content-type": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (401, "account.bad_credentials")


# -- single sign-on, where there is none (with one: test_oidc, and in the browser) ----------------


def test_without_a_provider_nothing_offers_single_sign_on(client: TestClient) -> None:
    assert "mot-lan" not in client.get("/dang-nhap").text
    for path in ("/dang-nhap/mot-lan", "/dang-nhap/mot-lan/ve?code=x&state=y"):
        assert client.get(path).status_code == 404, path


# -- one-time links ----------------------------------------------------------------------------


def test_a_reset_link_sets_a_password_once(client: TestClient, accounts: Accounts) -> None:
    sign_in(client)
    elsewhere = client.cookies["tdkt_session"]
    client.cookies.clear()
    token = call(client, accounts.links.issue_reset, "clerk", by="admin", reason="quên")
    opened = client.get(f"/dat-lai/{token}")
    assert opened.headers["location"] == "/dat-lai"  # the token leaves address and history
    assert opened.headers["referrer-policy"] == "no-referrer"
    assert opened.headers["cache-control"] == "no-store"
    assert "HttpOnly" in opened.headers["set-cookie"]
    shown = client.get("/dat-lai")
    assert "Trần Văn Bé" in shown.text and token not in shown.text
    differing = client.post("/dat-lai", data={"new": NEW, "again": "khác"}, headers=ORIGIN)
    assert differing.status_code == 422 and 'href="#again"' in differing.text
    short = client.post("/dat-lai", data={"new": "ngắn", "again": "ngắn"}, headers=ORIGIN)
    assert short.status_code == 422 and 'href="#new"' in short.text
    assert client.post("/dat-lai", data={"new": NEW, "again": NEW}, headers=ORIGIN).status_code == 200
    assert client.get("/tai-khoan", headers={"cookie": f"tdkt_session={elsewhere}"}).status_code == 303
    assert sign_in(client, password=PASSWORD).status_code == 401
    assert sign_in(client, password=NEW).headers["location"] == "/"
    client.cookies.clear()
    client.get(f"/dat-lai/{token}")
    assert client.get("/dat-lai").status_code == 410
    assert client.post("/dat-lai", data={"new": PASSWORD, "again": PASSWORD}, headers=ORIGIN).status_code == 410


def test_a_reset_link_ends_after_a_day(client: TestClient, accounts: Accounts, clock: TurnedClock) -> None:
    token = call(client, accounts.links.issue_reset, "clerk", by="admin", reason="quên")
    client.get(f"/dat-lai/{token}")
    clock.pass_(hours=24)
    refused = client.get("/dat-lai")
    assert refused.status_code == 410
    assert "Liên kết" in refused.text


@pytest.mark.parametrize("token", ["x", "%20", "a" * 500, "%00", "ê", "ệ", "a%0d%0ab"])
def test_a_link_that_nobody_issued_opens_nothing(client: TestClient, accounts: Accounts, token: str) -> None:
    for path in ("/dat-lai", "/bat-dau"):
        assert client.get(f"{path}/{token}").status_code in (303, 410), path
        assert client.get(path).status_code == 410, path
        assert client.post(path, data={"new": NEW, "again": NEW}, headers=ORIGIN).status_code == 410


def test_a_link_is_only_for_what_it_was_issued_for(client: TestClient, accounts: Accounts) -> None:
    reset = call(client, accounts.links.issue_reset, "clerk", by="admin", reason="quên")
    client.get(f"/bat-dau/{reset}")
    assert client.get("/bat-dau").status_code == 410
    first = call(client, accounts.links.issue_first_admin)
    client.get(f"/dat-lai/{first}")
    assert client.get("/dat-lai").status_code == 410


def test_another_site_cannot_send_the_form_of_a_link(client: TestClient, accounts: Accounts) -> None:
    token = call(client, accounts.links.issue_reset, "clerk", by="admin", reason="quên")
    client.get(f"/dat-lai/{token}")
    strange = client.post("/dat-lai", data={"new": NEW, "again": NEW}, headers={"origin": "https://evil.example"})
    assert strange.status_code == 403
    assert sign_in(client, password=PASSWORD).status_code == 303


def test_the_first_administrator_is_created_once(client: TestClient, accounts: Accounts) -> None:
    token = call(client, accounts.links.issue_first_admin)
    client.get(f"/bat-dau/{token}")
    form = {"login": "Quản Trị", "full_name": "Nguyễn Thị Hồng Vân", "new": NEW, "again": NEW}
    refused = client.post("/bat-dau", data=form, headers=ORIGIN)
    assert refused.status_code == 422
    assert 'value="Nguyễn Thị Hồng Vân"' in refused.text and 'href="#login"' in refused.text
    taken = client.post("/bat-dau", data={**form, "login": "clerk"}, headers=ORIGIN)
    assert taken.status_code == 422 and 'value="clerk"' in taken.text
    done = client.post("/bat-dau", data={**form, "login": "quan-tri"}, headers=ORIGIN)
    assert done.status_code == 200 and "Hãy đăng nhập bằng tài khoản vừa tạo" in done.text
    assert client.post("/bat-dau", data={**form, "login": "thu-hai"}, headers=ORIGIN).status_code == 410
    sign_in(client, "quan-tri", NEW)
    assert "Quản trị tài khoản" in client.get("/tai-khoan").text
