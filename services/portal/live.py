"""What changed, told to open pages: one subscription to the services, fanned out to the browsers as events.

A topic is `<service>` or `<service>.<district>`. A browser hears only of districts that its person
reads; it then fetches the page again, where the service decides once more. Queues are bounded by
holding topics, not messages: a slow browser gets each topic once.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from nats.aio.client import Client
from nats.aio.msg import Msg
from starlette.responses import Response, StreamingResponse

from services.portal.pages.reach import Signed, reach_of
from services.portal.session import portal, token_of
from services.portal.web import refuse
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
    reach = reach_of(request, account)
    districts = set(reach.districts)
    if reach.reads_city or any(grant.district == CITY for grant in account.actor.grants):
        districts |= {*DISTRICTS, CITY}
    browser = live.open(account.account_id, frozenset(districts))
    if browser is None:
        return await refuse(request, "live.rate_limited", status_code=429)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(request, live, browser), media_type="text/event-stream", headers=headers)


async def _events(request: Request, live: Live, browser: Browser) -> AsyncIterator[str]:
    accounts, token = portal(request).accounts, token_of(request)
    waited_s = 0.0
    try:
        yield "retry: 3000\n\n"
        while not live.is_closed:
            try:
                await asyncio.wait_for(browser.woken.wait(), HEARTBEAT_S)
            except TimeoutError:
                waited_s += HEARTBEAT_S
                if waited_s >= SESSION_CHECK_S:
                    waited_s = 0.0
                    if await accounts.resume(token) is None:
                        return
                yield ": đang chờ\n\n"
                continue
            if live.is_closed:
                return
            await asyncio.sleep(GATHER_S)
            browser.woken.clear()
            topics, browser.topics = sorted(browser.topics), set()
            if topics:
                yield f"event: changed\ndata: {json.dumps(topics)}\n\n"
    finally:
        live.forget(browser)
