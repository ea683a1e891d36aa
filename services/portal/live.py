"""What changed, told to open pages: one subscription to the services, fanned out to the browsers as events.

A topic is `<service>` or `<service>.<district>`. A browser hears only of districts that its person
reads; it then fetches the page again, where the service decides once more. Queues are bounded by
holding topics, not messages: a slow browser gets each topic once.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from nats.aio.client import Client
from nats.aio.msg import Msg
from starlette.responses import Response, StreamingResponse

from services.portal.pages.reach import Signed, reach_of
from services.portal.session import portal, token_of
from services.portal.web import refuse
from shared.accounts import SessionAccount
from shared.types import CITY, DISTRICTS

PATH = "/live"
BROWSERS_MAX = 1000
BROWSERS_OF_ONE_MAX = 8
HEARTBEAT_S = 15.0
SESSION_CHECK_S = 30.0
GATHER_S = 0.2  # a batch of events becomes one message

router = APIRouter(include_in_schema=False)


@dataclass(eq=False, slots=True, kw_only=True)
class Browser:
    """One open stream: whose it is, which districts it may hear of, and what it has still to be told."""

    account_id: str
    districts: frozenset[str]
    topics: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """The fan-out of one portal process."""

    def __init__(self, services: tuple[str, ...]) -> None:
        """Take the names of the services to listen to."""
        self._services = services
        self._browsers: set[Browser] = set()
        self._closed = asyncio.Event()

    async def start(self, client: Client) -> None:
        """Listen to the services; a lost connection takes its subscriptions up again."""
        for service in self._services:
            await client.subscribe(f"{service}.live.>", cb=self._hear)

    def close(self) -> None:
        """End all streams, so that the process can."""
        self._closed.set()
        for browser in self._browsers:
            browser.woken.set()

    @property
    def is_closed(self) -> bool:
        """Return whether the process is about to end."""
        return self._closed.is_set()

    def open(self, account_id: str, districts: frozenset[str]) -> Browser | None:
        """Return a new stream; None where there are too many."""
        own = sum(one.account_id == account_id for one in self._browsers)
        if len(self._browsers) >= BROWSERS_MAX or own >= BROWSERS_OF_ONE_MAX or self.is_closed:
            return None
        browser = Browser(account_id=account_id, districts=districts)
        self._browsers.add(browser)
        return browser

    def forget(self, browser: Browser) -> None:
        """Take the stream out of the fan-out."""
        self._browsers.discard(browser)

    async def _hear(self, message: Msg) -> None:
        service, _, district = message.subject.split(".", 2)
        for browser in self._browsers:
            if district in browser.districts:
                browser.topics |= {service, f"{service}.{district}"}
                browser.woken.set()


@router.get(PATH)
async def stream(request: Request, account: Signed) -> Response:
    """Send the topics that change as server-sent events, until the session or the process ends."""
    live: Live = request.app.state.live
    browser = live.open(account.account_id, _districts(request, account))
    if browser is None:
        return await refuse(request, "live.rate_limited", status_code=429)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(request, live, browser), media_type="text/event-stream", headers=headers)


def _districts(request: Request, account: SessionAccount) -> frozenset[str]:
    """Return the districts that the person hears of today."""
    reach = reach_of(request, account)
    districts = set(reach.districts)
    if reach.reads_city or any(grant.district == CITY for grant in account.actor.grants):
        districts |= {*DISTRICTS, CITY}
    return frozenset(districts)


async def _events(request: Request, live: Live, browser: Browser) -> AsyncIterator[str]:
    accounts, token = portal(request).accounts, token_of(request)
    clock = asyncio.get_running_loop().time
    checked_s = clock()
    try:
        yield "retry: 3000\n\n"
        while not live.is_closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(browser.woken.wait(), HEARTBEAT_S)
            if live.is_closed:
                return
            # By the time gone, not by silence: a stream that always has news must end with its session too.
            if clock() - checked_s >= SESSION_CHECK_S:
                checked_s = clock()
                account = await accounts.resume(token, touch=False)
                if account is None:
                    return
                browser.districts = _districts(request, account)
            if not browser.woken.is_set():
                yield ": đang chờ\n\n"
                continue
            await asyncio.sleep(GATHER_S)
            browser.woken.clear()
            heard, browser.topics = browser.topics, set()
            if topics := sorted(one for one in heard if _is_open_to(browser, one)):
                yield f"event: changed\ndata: {json.dumps(topics)}\n\n"
    finally:
        live.forget(browser)


def _is_open_to(browser: Browser, topic: str) -> bool:
    """Return whether the person still reads the topic's district; a service alone is no secret."""
    _, _, district = topic.partition(".")
    return not district or district in browser.districts
