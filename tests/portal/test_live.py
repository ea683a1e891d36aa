"""The stream of what changed: it ends with its session, follows the grants, and keeps no session alive."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from jinja2 import Environment
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import Message, Receive, Scope, Send

from services.portal import live
from services.portal.backend import Traced
from services.portal.session import Portal, session_of
from services.portal.shell import own_surroundings
from shared import telemetry
from shared.accounts import Accounts
from shared.clock import clock_at
from shared.settings import Settings
from shared.types import Grant, Role
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER, TurnedClock

HERE = Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="le-binh")
THERE = Grant(role=Role.UNIT_CLERK, district="o-mon", unit="le-binh")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def shell(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Portal]:
    settings = Settings(data_dir=tmp_path)
    accounts = await Accounts.open(settings.sql_url("portal"), now=clock, hasher=QUICK_HASHER)
    await accounts.create("clerk", "Trần Văn Bé", PASSWORD, [HERE])
    yield Portal(
        settings=settings,
        accounts=accounts,
        clock=clock_at(date(2020, 2, 6)),
        now=clock,
        templates=Environment(autoescape=True),
        surroundings=own_surroundings,
        stream_href=live.PATH,
    )
    await accounts.close()


async def _request(shell: Portal, path: str = live.PATH, **headers: str) -> Request:
    token = await shell.accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    return _again(shell, token, path, **headers)


def _again(shell: Portal, token: str, path: str, **headers: str) -> Request:
    app = FastAPI()
    app.state.portal = shell
    sent = {"cookie": f"tdkt_session={token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "method": "GET", "path": path, "headers": raw, "app": app})


def _browser(stream: live.Live) -> live.Browser:
    browser = stream.open("clerk", frozenset({"cai-rang"}))
    assert browser is not None
    return browser


async def test_a_stream_that_always_has_news_ends_with_its_session(
    shell: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SESSION_CHECK_S", 0.0)
    stream = live.Live(())
    browser = _browser(stream)
    events = live._events(await _request(shell), stream, browser)
    assert await anext(events) == "retry: 3000\n\n"
    browser.topics.add("plans")
    browser.woken.set()
    assert '["plans"]' in await anext(events)
    await shell.accounts.disable("clerk")
    browser.topics.add("plans")
    browser.woken.set()
    assert [one async for one in events] == []


async def test_a_stream_follows_the_grants_of_its_person(shell: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SESSION_CHECK_S", 0.0)
    stream = live.Live(())
    browser = _browser(stream)
    events = live._events(await _request(shell), stream, browser)
    await anext(events)
    for held in await shell.accounts.grants.of("clerk"):
        await shell.accounts.grants.withdraw(held.grant_id, by="admin")
    await shell.accounts.grants.give("clerk", THERE, by="admin")
    browser.topics |= {"plans", "plans.cai-rang"}
    browser.woken.set()
    assert await anext(events) == 'event: changed\ndata: ["plans"]\n\n'
    assert browser.districts == {"o-mon"}
    assert not browser.topics


async def test_an_open_page_keeps_no_session_alive(
    shell: Portal, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SESSION_CHECK_S", 0.0)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    stream = live.Live(())
    events = live._events(await _request(shell), stream, _browser(stream))
    await anext(events)
    clock.pass_(hours=1)
    assert (await anext(events)).startswith(":")
    clock.pass_(hours=1)
    assert [one async for one in events] == []


@pytest.mark.parametrize(("path", "headers"), [(live.PATH, {}), ("/", {"x_live": "1"})])
async def test_a_page_that_refreshes_itself_is_nobody_at_work(
    shell: Portal, clock: TurnedClock, path: str, headers: dict[str, str]
) -> None:
    token = await shell.accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    clock.pass_(hours=1)
    assert await session_of(_again(shell, token, path, **headers)) is not None
    clock.pass_(hours=1)
    assert await session_of(_again(shell, token, "/")) is None


@pytest.mark.parametrize(("path", "spans"), [(live.PATH, 0), ("/ke-hoach/soan", 1)])
async def test_a_browser_that_leaves_is_no_error_of_the_trace(
    monkeypatch: pytest.MonkeyPatch, path: str, spans: int
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if path != live.PATH:
            await Request(scope, receive).body()

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    await Traced(answer)(scope, leave, send)
    found = exporter.get_finished_spans()
    assert len(found) == spans
    assert all(one.status.is_ok or one.status.is_unset for one in found)
