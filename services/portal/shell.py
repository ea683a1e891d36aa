"""What surrounds a page (top bar, rail, notices, foot), and how a template becomes an answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from services.portal.format import FILTERS
from services.portal.labels import event_words, label, office, sentence, state, word
from services.portal.session import (
    LIVE_HEADER,
    NOTICES_COOKIE,
    Crumb,
    Scope,
    Surroundings,
    csrf_token,
    pending_notices,
    portal,
    require_account,
    session_of,
    token_of,
)
from services.portal.static_files import load_static
from shared.accounts import SessionAccount
from shared.clock import Clock
from shared.tasks import end
from shared.types import CITY, CITY_READERS, DISTRICTS, Role

SURROUNDINGS_S_MAX = 1.0
TEMPLATES_PATH = Path(__file__).parent / "templates"
TECHNICAL = frozenset({Role.OPERATOR, Role.ADMIN})
OVERSEERS = CITY_READERS | {Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.COUNCIL_CHAIR, Role.COUNCIL_SECRETARY}
# The entries of the rail that a page belongs to where its address does not tell; the first that the person has.
_YEAR = ("/ke-hoach",)
_FIGURES = ("/dieu-hanh", "/ke-hoach")
_ENTRIES_OF = {
    "/nhiem-vu": _YEAR,
    "/dot-thi-dua": _YEAR,
    "/dang-ky": _YEAR,
    "/kiem-tra": _YEAR,
    "/tap-huan": _YEAR,
    "/cum-khoi": _YEAR,
    "/giao-uoc": _YEAR,
    "/bao-cao-dinh-ky": _YEAR,
    "/ke-hoach-don-vi": _YEAR,
    "/tong-quan": _FIGURES,
    "/thanh-pho": _FIGURES,
    "/don-vi": _FIGURES,
    "/nhom": _FIGURES,
    "/van-ban": _FIGURES,
    "/xep-hang": ("/cham-diem",),
    "/components": ("/van-hanh",),
    "/to-chuc": ("/to-chuc/nguoi-dung",),
    "/tich-hop": ("/to-chuc/nguoi-dung",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far the data of a page reaches: the last event it has seen, and when that was recorded."""

    seq: int
    at: datetime
    is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RailItem:
    """One entry of the left rail."""

    label: str
    href: str
    is_current: bool


@cache
def templates() -> Environment:
    """Return the template environment of the process; an unknown name in a template is an error, no empty text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_PATH),
        # They change with the program only: a page does not ask the disk for each of its forty parts.
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(
        static={name: file.href for name, file in load_static().items()},
        label=label,
        sentence=sentence,
        state=state,
        event_words=event_words,
        word=word,
        office=office,
    )
    return environment


async def begin_page(
    request: Request, account: Annotated[SessionAccount, Depends(require_account)]
) -> AsyncIterator[SessionAccount]:
    """Return who is signed in (a dependency); what surrounds the page is asked for while the page asks for its own.

    Only where a browser opens a page or a part of one. It cannot be known here which links lead to a file instead:
    what was begun for these is ended with the request.
    """
    opens = "text/html" in request.headers.get("accept", "") or LIVE_HEADER in request.headers
    begun: list[asyncio.Task[Surroundings]] = []
    if request.method == "GET" and opens and not account.step:
        begun = [asyncio.create_task(portal(request).surroundings(request, account))]
        request.state.around = begun[0]
    try:
        yield account
    finally:
        request.state.around = None
        await end(begun)


async def _around(request: Request, account: SessionAccount) -> Surroundings:
    """Return what surrounds the page; without an answer a second after the page is ready there are fewer words."""
    begun: asyncio.Task[Surroundings] | None = getattr(request.state, "around", None)
    try:
        async with asyncio.timeout(SURROUNDINGS_S_MAX):
            if begun is not None:
                return await asyncio.shield(begun)
            return await portal(request).surroundings(request, account)
    except TimeoutError:
        return await own_surroundings(request, account)


async def page(
    request: Request,
    template: str,
    /,
    *,
    status_code: int = 200,
    fresh: Freshness | None = None,
    **context: object,
) -> Response:
    """Answer with the template, in its surroundings, with the notices left by the form before it."""
    account = await session_of(request)
    if account is not None and account.step:
        account = None  # nothing of the console is shown before the person has signed in completely
    around = await _around(request, account) if account else Surroundings()
    return render(request, template, account, around, status_code=status_code, fresh=fresh, **context)


def render(
    request: Request,
    template: str,
    account: SessionAccount | None,
    around: Surroundings,
    /,
    *,
    status_code: int = 200,
    **context: object,
) -> Response:
    """Answer with the template in the given surroundings; waits for nothing."""
    ours = portal(request)
    notices = pending_notices(request)
    content = ours.templates.get_template(template).render(
        {
            "fresh": None,
            "notices": notices,
            "account": account,
            "around": around,
            "here": request.url.path,
            "rail": rail(account, request.url.path, ours.clock) if account else (),
            "csrf": csrf_token(token_of(request)) if token_of(request) else "",
            "today": ours.clock.today(),
            "stream_href": ours.stream_href if account else "",
            **context,
        }
    )
    response = HTMLResponse(content, status_code=status_code)
    if notices:
        response.delete_cookie(NOTICES_COOKIE, httponly=True, samesite="lax", secure=ours.settings.secure_cookies)
    return response


def rail(account: SessionAccount, path: str, clock: Clock) -> tuple[RailItem, ...]:
    """Return the entries that the account's roles of today open, the one that the page belongs to marked as current."""
    today = clock.today()
    roles = {grant.role for grant in account.actor.grants if grant.holds_on(today)}
    entries = [("Việc của tôi", "/")]
    if roles - TECHNICAL:
        entries += [("Kế hoạch", "/ke-hoach"), ("Hồ sơ", "/ho-so"), ("Chấm điểm", "/cham-diem")]
    if roles - {Role.OPERATOR}:
        entries.append(("Lịch", "/lich"))
    entries.append(("Hộp thư", "/hop-thu"))
    if roles & OVERSEERS:
        entries.append(("Tổng quan", "/dieu-hanh"))
    if Role.OPERATOR in roles:
        entries.append(("Vận hành", "/van-hanh"))
    if roles & {Role.ADMIN, Role.HOME_AFFAIRS, Role.CITY_BOARD}:
        entries.append(("Tổ chức", "/to-chuc/don-vi"))
    if Role.ADMIN in roles:
        entries.append(("Người dùng", "/to-chuc/nguoi-dung"))
    current = _entry_of(path, [href for _, href in entries])
    return tuple(RailItem(label=name, href=href, is_current=href == current) for name, href in entries)


def _entry_of(path: str, hrefs: Sequence[str]) -> str:
    """Return the longest entry that the page, or else what it belongs to, stands under; an empty text for none."""
    for place in (path, *_ENTRIES_OF.get(f"/{path.split('/')[1]}", ())):
        if under := [href for href in hrefs if place == href or place.startswith(f"{href}/")]:
            return max(under, key=len)
    return ""


async def own_surroundings(request: Request, account: SessionAccount) -> Surroundings:
    """Return the place that the grants alone tell; the application replaces it with names and counts."""
    plain = surroundings_of(account, portal(request).clock.today())
    return replace(plain, delegators=await delegators_of(request, account))


async def delegators_of(request: Request, account: SessionAccount) -> dict[str, str]:
    """Return whom the person acts for today, account id → full name."""
    accounts, today = portal(request).accounts, portal(request).clock.today()
    found = sorted(account.actor.delegators(on=today))
    return {one: (await accounts.account(one)).full_name for one in found}


def surroundings_of(account: SessionAccount, today: date) -> Surroundings:
    """Return city › district › unit of the grants that hold today."""
    grants = [grant for grant in account.actor.grants if grant.holds_on(today)]
    place = [Crumb(label=label("places", CITY), href="/")]
    districts = [district for district in DISTRICTS if any(grant.district == district for grant in grants)]
    if len(districts) == 1 and not any(grant.district == CITY for grant in grants):
        place.append(Crumb(label=label("places", districts[0]), href="/"))
        units = sorted({grant.unit for grant in grants if grant.unit})
        if len(units) == 1:
            place.append(Crumb(label=units[0], href="/"))
    scopes = tuple(Scope(label=label("places", district), href=f"/?quan={district}") for district in districts)
    return Surroundings(place=tuple(place), scopes=scopes if len(scopes) > 1 else ())
