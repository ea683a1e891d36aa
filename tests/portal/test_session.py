"""The web shell: cookies, cross-site requests, lock-out, headers, limits, error answers."""

import asyncio
import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, Form, Request
from fastapi.testclient import TestClient
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.portal.pages import gallery
from services.portal.pages.reach import Signed
from services.portal.session import Crumb, Surroundings, form_of, notify, positions, remember, require_account
from services.portal.shell import own_surroundings, page
from services.portal.sign_in import local_path
from services.portal.static_files import load_static
from services.portal.web import create_web
from shared.accounts import FAILURES_MAX, Accounts, SessionAccount
from shared.clock import clock_at
from shared.errors import Fault, Rejected
from shared.settings import Settings
from shared.types import Grant, Position, Role
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER, TurnedClock
from tests.support.database import locked

ORIGIN = {"origin": "http://testserver"}
HTML = {"accept": "text/html"}

sample = APIRouter()


@sample.post("/sample")
async def _write(request: Request, text: Annotated[str, Form()] = "") -> Response:
    response = RedirectResponse("/sample", status_code=303)
    remember(
        request, response, Position(stream="PLANS", epoch="a", seq=7), Position(stream="SCORING", epoch="a", seq=2)
    )
    remember(request, response, Position(stream="PLANS", epoch="a", seq=5))
    notify(request, response, f"Đã ghi: {text}")
    return response


@sample.post("/many")
async def _count(request: Request) -> int:
    return len(await form_of(request))


@sample.get("/sample", dependencies=[Depends(require_account)])
async def _read(request: Request) -> Response:
    return await page(request, "error.html", status=404, code="x.y", sentence_text=str(positions(request)))


@sample.get("/slow")
async def _read_slowly(request: Request, account: Signed) -> Response:
    async with asyncio.timeout(5):
        await request.app.state.asked_around.wait()
    return await page(request, "error.html", status=404, code="x.y", sentence_text=account.login)


@sample.get("/api/positions")
async def _tell_positions(request: Request) -> dict[str, int]:
    return positions(request)


@sample.get("/refused")
async def _refuse() -> None:
    raise Rejected("account.not_found", account="<script>")


@sample.get("/faulty")
async def _fault() -> None:
    raise Fault("bus.silent")


@sample.get("/broken")
async def _break() -> None:
    raise ZeroDivisionError


@sample.get("/restored")
async def _restore(request: Request) -> Response:
    response = JSONResponse({})
    remember(request, response, Position(stream="PLANS", epoch="b", seq=1))
    return response


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def client(tmp_path: Path, clock: TurnedClock) -> Iterator[TestClient]:
    yield from _client(Settings(data_dir=tmp_path), clock)


def _client(settings: Settings, clock: TurnedClock) -> Iterator[TestClient]:
    web = create_web(
        settings,
        routers=[sample, gallery.router],
        clock=clock_at(date(2020, 2, 6)),
        now=clock,
        hasher=QUICK_HASHER,
        stream_href="/luong",
    )
    base = "https://testserver" if settings.secure_cookies else "http://testserver"
    with TestClient(web, base_url=base, headers=HTML, follow_redirects=False, raise_server_exceptions=False) as client:
        portal = client.portal
        assert portal is not None
        accounts: Accounts = web.state.portal.accounts
        clerk = Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="le-binh")
        operator = Grant(role=Role.OPERATOR, district="can-tho")
        portal.call(accounts.create, "clerk", "Trần Văn Bé", PASSWORD, [clerk])
        portal.call(accounts.create, "operator", "Lê Thị Vận", PASSWORD, [operator])
        yield client


def _sign_in(client: TestClient, login: str = "clerk", password: str = PASSWORD, onward: str = "/") -> Response:
    data = {"login": login, "password": password, "tiep": onward}
    return client.post("/dang-nhap", data=data, headers=ORIGIN)  # type: ignore[return-value]


def _csrf(client: TestClient, path: str = "/tai-khoan") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(path).text)
    assert found
    return found[1]


def test_what_surrounds_a_page_is_asked_for_while_the_page_asks_for_its_own(client: TestClient) -> None:
    state = client.app.state  # type: ignore[attr-defined]
    state.asked_around = asyncio.Event()
    times = 0

    async def around(request: Request, account: SessionAccount) -> Surroundings:
        nonlocal times
        times += 1
        state.asked_around.set()
        return await own_surroundings(request, account)

    state.portal = replace(state.portal, surroundings=around)
    _sign_in(client)
    assert "clerk" in client.get("/slow").text
    assert times == 1


@pytest.mark.parametrize(("takes_s", "word"), [(0.2, "Nơi chậm"), (60.0, "Quận Cái Răng")])
def test_a_page_waits_for_what_surrounds_it_from_when_it_is_ready_and_not_for_long(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, takes_s: float, word: str
) -> None:
    monkeypatch.setattr("services.portal.shell.SURROUNDINGS_S_MAX", 0.1)
    state = client.app.state  # type: ignore[attr-defined]
    state.asked_around = asyncio.Event()

    async def around(_: Request, __: SessionAccount) -> Surroundings:
        asyncio.get_running_loop().call_later(0.3, state.asked_around.set)
        await asyncio.sleep(takes_s)
        return Surroundings(place=(Crumb(label="Nơi chậm"),))

    state.portal = replace(state.portal, surroundings=around)
    _sign_in(client)
    assert word in client.get("/slow").text


def test_nobody_reads_a_page_without_signing_in(client: TestClient) -> None:
    answer = client.get("/tai-khoan?a=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/dang-nhap?tiep=%2Ftai-khoan%3Fa%3D1"


def test_signing_in_goes_on_to_the_page_that_was_asked_for(client: TestClient) -> None:
    assert 'value="/ke-hoach/2020"' in client.get("/dang-nhap?tiep=/ke-hoach/2020").text
    answer = _sign_in(client, onward="/ke-hoach/2020")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/ke-hoach/2020"


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "", "/\t/x"])
def test_nobody_is_sent_to_another_site_after_signing_in(path: str) -> None:
    assert local_path(path) == "/"


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(client: TestClient) -> None:
    cookie = _sign_in(client).headers["set-cookie"]
    assert cookie.startswith("tdkt_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie.split("tdkt_positions")[0]


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path, clock: TurnedClock) -> None:
    for client in _client(Settings(data_dir=tmp_path, secure_cookies=True), clock):
        answer = client.post(
            "/dang-nhap", data={"login": "clerk", "password": PASSWORD}, headers={"origin": "https://testserver"}
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-tdkt_session=")
        assert "Secure" in cookie
        assert client.get("/tai-khoan").status_code == 200
        downgraded = client.post("/dang-nhap", data={}, headers={"origin": "http://testserver"})
        assert downgraded.status_code == 403


def test_signing_in_again_ends_the_session_before(client: TestClient) -> None:
    _sign_in(client)
    old = client.cookies["tdkt_session"]
    _sign_in(client)
    assert client.cookies["tdkt_session"] != old
    client.cookies.set("tdkt_session", old, domain="testserver.local")
    client.cookies.clear()
    assert client.get("/tai-khoan", headers={"cookie": f"tdkt_session={old}"}).status_code == 303


def test_a_wrong_password_keeps_the_login_and_says_why(client: TestClient) -> None:
    answer = client.post("/dang-nhap", data={"login": 'cle"rk', "password": "sai"}, headers=ORIGIN)
    assert answer.status_code == 401
    assert 'value="cle&#34;rk"' in answer.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answer.text
    assert "sai" not in re.findall(r'value="([^"]*)"', answer.text)


def test_a_locked_account_is_told_when_to_come_back(client: TestClient) -> None:
    for _ in range(FAILURES_MAX):
        answer = _sign_in(client, password="sai")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "thử lại sau 15 phút" in answer.text  # type: ignore[attr-defined]
    assert _sign_in(client).status_code == 429


def test_too_many_attempts_are_slowed_down(client: TestClient) -> None:
    answers = [_sign_in(client, login="someone", password="sai") for _ in range(21)]
    assert answers[-1].status_code == 429
    assert "Có quá nhiều lần đăng nhập" in answers[-1].text  # type: ignore[attr-defined]


def test_a_session_ends_when_it_was_idle_too_long(client: TestClient, clock: TurnedClock) -> None:
    _sign_in(client)
    assert client.get("/tai-khoan").status_code == 200
    clock.pass_(hours=2)
    assert client.get("/tai-khoan").status_code == 303


def test_signing_out_ends_the_session_at_the_server_too(client: TestClient) -> None:
    _sign_in(client)
    token = client.cookies["tdkt_session"]
    answer = client.post("/dang-xuat", data={"csrf": _csrf(client)}, headers=ORIGIN)
    assert answer.status_code == 303
    assert "tdkt_session" not in client.cookies
    assert client.get("/tai-khoan", headers={"cookie": f"tdkt_session={token}"}).status_code == 303
    assert "Bạn đã đăng xuất" in client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {},
    ],
)
def test_a_post_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    _sign_in(client)
    answer = client.post("/sample", data={"csrf": _csrf(client)}, headers=headers)
    assert answer.status_code == 403
    assert "request.cross_site" in answer.text


@pytest.mark.parametrize("token", ["", "0" * 80, "ê" * 80])
def test_a_form_without_its_token_is_refused(client: TestClient, token: str) -> None:
    _sign_in(client)
    answer = client.post("/sample", data={"csrf": token}, headers=ORIGIN)
    assert answer.status_code == 403
    assert "request.bad_token" in answer.text


def test_the_token_of_another_session_is_refused(client: TestClient) -> None:
    _sign_in(client)
    token = _csrf(client)
    _sign_in(client, login="operator")
    assert client.post("/sample", data={"csrf": token}, headers=ORIGIN).status_code == 403


def test_a_form_token_is_another_one_each_time_and_works_as_header_too(client: TestClient) -> None:
    _sign_in(client)
    first, second = _csrf(client), _csrf(client)
    assert first != second
    assert client.post("/sample", data={"csrf": first}, headers=ORIGIN).status_code == 303
    assert client.post("/sample", headers={**ORIGIN, "x-csrf-token": second}).status_code == 303
    assert client.post("/sample", files={"file": b"x"}, data={"csrf": second}, headers=ORIGIN).status_code == 303


def test_what_was_written_is_remembered_for_the_next_page(client: TestClient) -> None:
    _sign_in(client)
    client.post("/sample", data={"csrf": _csrf(client), "text": "việc"}, headers=ORIGIN)
    assert client.get("/api/positions").json() == {"PLANS": 7, "SCORING": 2}
    shown = client.get("/sample")
    assert "Đã ghi: việc" in shown.text
    assert "Đã ghi: việc" not in client.get("/sample").text
    client.get("/restored")
    assert client.get("/api/positions").json() == {"PLANS": 1, "SCORING": 2}


def test_forged_positions_are_ignored(client: TestClient) -> None:
    _sign_in(client)
    client.cookies.set("tdkt_positions", "eyJQTEFOUyI6WyJhIiw5XX0.aaaa.bbbb")
    assert client.get("/api/positions").json() == {}


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/dang-nhap", "/khong-co", "/static/app.css", "/healthz", "/broken", "/refused"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; "), path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in headers


def test_pages_hold_neither_inline_script_nor_inline_style(client: TestClient) -> None:
    _sign_in(client, login="operator")
    for path in ("/dang-nhap", "/components", "/tai-khoan", "/khong-co"):
        text = client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)", text), path
        assert not re.search(r'(src|href|action)="(https?:)?//', text), path


def test_the_gallery_is_for_operators_only(client: TestClient) -> None:
    _sign_in(client)
    refused = client.get("/components")
    assert refused.status_code == 403
    assert "Bạn không có quyền" in refused.text
    _sign_in(client, login="operator")
    shown = client.get("/components")
    assert shown.status_code == 200
    assert "dữ liệu đến sự kiện #18\u202f204, 09:31" in shown.text


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    large = b"text=" + b"x" * 1_000_001
    form = {**ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    shown = client.post("/sample", content=large, headers=form)
    assert shown.status_code == 413
    assert "quá lớn" in shown.text
    told = client.post("/sample", content=large, headers={**form, "accept": "application/json"})
    assert told.status_code == 413
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["code"] == "request.too_large"
    undeclared = client.post("/sample", content=iter([large[:600_000], large[600_000:]]), headers=form)
    assert "content-length" not in undeclared.request.headers
    assert undeclared.status_code == 413
    assert "quá lớn" in undeclared.text


def test_refusals_and_faults_are_told_to_people_programs_and_htmx(client: TestClient) -> None:
    shown = client.get("/refused")
    assert shown.status_code == 404
    assert "Không có tài khoản “&lt;script&gt;”" in shown.text
    told = client.get("/refused", headers={"accept": "application/json"})
    assert told.json()["code"] == "account.not_found"
    assert told.json()["detail"] == {"account": "<script>"}
    swapped = client.get("/refused", headers={"hx-request": "true"})
    assert swapped.headers["hx-retarget"] == "#notices"
    assert "<html" not in swapped.text
    assert client.get("/faulty").status_code == 503
    broken = client.get("/broken")
    assert broken.status_code == 500
    assert "ZeroDivisionError" not in broken.text
    missing = client.get("/api/khong-co").json()
    assert missing["code"] == "page.not_found"
    assert missing["title"].startswith("Không có trang này.")


@pytest.mark.sqlite_only("a database of its own file is locked as a whole")
def test_an_account_store_that_is_busy_for_too_long_asks_for_patience(
    tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.sql._IN_LINE_S", 0.1)
    for client in _client(Settings(data_dir=tmp_path), clock):
        form = {"login": "clerk", "password": PASSWORD, "tiep": "/"}
        with locked(Settings(data_dir=tmp_path), "portal"):
            busy = client.post("/dang-nhap", data=form, headers=ORIGIN)

        assert (busy.status_code, "hãy thử lại sau ít phút" in busy.text) == (503, True)
        assert client.post("/dang-nhap", data=form, headers=ORIGIN).status_code == 303


def test_a_connection_that_ends_after_a_fault_says_so(client: TestClient) -> None:
    # Starlette raises the fault again, and the server closes; a client that is not told loses its next request.
    assert client.get("/broken").headers["connection"] == "close"
    assert "connection" not in client.get("/refused").headers


def test_a_form_may_have_as_many_fields_as_a_large_plan(client: TestClient) -> None:
    _sign_in(client)
    many = {f"row-{at}": "x" for at in range(4500)}
    form = {**many, "csrf": _csrf(client)}
    assert client.post("/many", data=form, headers=ORIGIN).json() == 4501


def test_the_browser_is_asked_to_keep_static_files_and_no_pages(client: TestClient) -> None:
    text = client.get("/dang-nhap").text
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert client.get(address, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert client.get("/static/app.css").headers["cache-control"] == "public, no-cache"
    assert client.get("/dang-nhap").headers["cache-control"] == "no-store"
    assert client.get("/static/..%2fweb.py").status_code == 404


def test_the_first_load_weighs_less_than_120_kb(client: TestClient) -> None:
    _sign_in(client, login="operator")
    page_bytes = len(gzip.compress(client.get("/components").content))
    assert page_bytes + sum(len(file.compressed) for file in load_static().values()) < 120_000


def test_no_page_of_the_framework_that_loads_from_elsewhere_is_served(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert client.get("/api/openapi.json").status_code == 200


def test_health_and_readiness_are_told_without_signing_in(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "parts": {"accounts": True}}


def test_a_password_is_changed_in_the_browser(client: TestClient) -> None:
    _sign_in(client)
    new = "một câu khác dài hơn"
    form = {"csrf": _csrf(client), "old": PASSWORD, "new": new, "again": new}
    differing = client.post("/tai-khoan/mat-khau", data={**form, "again": "khác"}, headers=ORIGIN)
    assert differing.status_code == 422
    assert "không giống nhau" in differing.text
    assert client.post("/tai-khoan/mat-khau", data=form, headers=ORIGIN).status_code == 303
    assert "Đã đổi mật khẩu" in client.get("/tai-khoan").text
    assert _sign_in(client, password=new).status_code == 303
