"""Who is asking: the session cookie, and what hangs on it: CSRF token, positions, notices.

Everything that is signed for the browser is signed with the session's own token. So no server secret
is needed, every replica can check it, and it ends with the session.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import Request
from itsdangerous import BadData, URLSafeTimedSerializer
from jinja2 import Environment
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from services.portal.oidc import Provider
from shared.accounts import Accounts, SessionAccount, Step
from shared.clock import Clock
from shared.errors import Rejected
from shared.settings import Settings
from shared.types import Position, Role

SIGN_IN_PATH = "/dang-nhap"
CODE_PATH = f"{SIGN_IN_PATH}/ma"
ACCOUNT_PATH = "/tai-khoan"
PASSWORD_PATH = f"{ACCOUNT_PATH}/mat-khau"
ENROL_PATH = f"{ACCOUNT_PATH}/xac-thuc"
# Where a person goes first who has not signed in completely.
PATH_OF_STEP = {Step.CODE: CODE_PATH, Step.ENROL: ENROL_PATH, Step.PASSWORD: PASSWORD_PATH}
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
LIVE_HEADER = "x-live"  # app.js sends it when it fetches a live region again
FORM_FIELDS_MAX = 5000  # the editor of a plan has 7 for each of 500 rows
POSITIONS_COOKIE = "tdkt_positions"
NOTICES_COOKIE = "tdkt_notices"
POSITIONS_LIFETIME_S = 600  # read models that lag longer than this have another problem
NOTICES_LIFETIME_S = 120
STREAMS_MAX = 12
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the place line in the top bar."""

    label: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One place that the person may switch to."""

    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands around every page: the place (city › district › unit), the scope switch, the inbox count.

    `unit_names` has the names of the person's units, by `<district>/<unit>`; `delegators` whom the person
    acts for during a leave, account id → name.
    """

    place: tuple[Crumb, ...] = ()
    scopes: tuple[Scope, ...] = ()
    inbox_count: int = 0
    unit_names: Mapping[str, str] = field(default_factory=dict)
    delegators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What the shell needs in every request; stands in `app.state.portal`."""

    settings: Settings
    accounts: Accounts
    clock: Clock
    now: Callable[[], datetime]
    templates: Environment
    surroundings: Callable[[Request, SessionAccount], Coroutine[Any, Any, Surroundings]]
    stream_href: str
    provider: Provider | None = None


class SignInNeeded(Exception):  # noqa: N818 - an answer: the edge turns it into the sign-in page
    """Say that nobody is signed in; pages answer with the sign-in page, the API with 401."""


def portal(request: Request) -> Portal:
    """Return what the shell needs."""
    return cast(Portal, request.app.state.portal)


# -- the session ------------------------------------------------------------------------------


def session_cookie(request: Request) -> str:
    """Return the cookie's name; over HTTPS with the prefix that binds it to this host (RFC 6265bis, 4.1.3)."""
    return "__Host-tdkt_session" if portal(request).settings.secure_cookies else "tdkt_session"


def token_of(request: Request) -> str:
    """Return the session token that the browser sent, or an empty text."""
    return request.cookies.get(session_cookie(request), "")


async def session_of(request: Request) -> SessionAccount | None:
    """Return who is signed in, or None; looked up once a request."""
    if not hasattr(request.state, "account"):
        token = token_of(request)
        touch = not _is_in_background(request)
        request.state.account = await portal(request).accounts.resume(token, touch=touch) if token else None
    return cast("SessionAccount | None", request.state.account)


def _is_in_background(request: Request) -> bool:
    """Return whether the page asks by itself: for its stream, or for a region that changed."""
    return request.url.path == portal(request).stream_href or LIVE_HEADER in request.headers


async def require_account(request: Request) -> SessionAccount:
    """Return who is signed in (a dependency). Raises SignInNeeded, also where something has to be done before."""
    account = await session_of(request)
    if account is None or (account.step and not request.url.path.startswith(PATH_OF_STEP[account.step])):
        raise SignInNeeded
    return account


def require_role(*roles: Role) -> Callable[[Request], Awaitable[SessionAccount]]:
    """Return a dependency that lets in who holds one of the roles today, anywhere. Raises Rejected `access.denied`."""

    async def dependency(request: Request) -> SessionAccount:
        account = await require_account(request)
        if not holds(account, *roles, clock=portal(request).clock):
            raise Rejected("access.denied")
        return account

    return dependency


def holds(account: SessionAccount, *roles: Role, clock: Clock) -> bool:
    """Return whether the account holds one of the roles on the business date, in any scope."""
    today = clock.today()
    return any(grant.role in roles and grant.holds_on(today) for grant in account.actor.grants)


def set_session(request: Request, response: Response, token: str) -> None:
    """Hand the browser its new session; it ends with the browser, or when the store says so."""
    set_cookie(request, response, session_cookie(request), token)
    for name in (POSITIONS_COOKIE, NOTICES_COOKIE):
        response.delete_cookie(name)


def clear_session(request: Request, response: Response) -> None:
    """Take the session and what hangs on it from the browser."""
    secure = portal(request).settings.secure_cookies
    for name in (session_cookie(request), POSITIONS_COOKIE, NOTICES_COOKIE):
        response.delete_cookie(name, httponly=True, samesite="lax", secure=secure)


def set_cookie(request: Request, response: Response, name: str, value: str, *, lifetime_s: int | None = None) -> None:
    """Set a cookie that no script reads and no other site sends along."""
    secure = portal(request).settings.secure_cookies
    response.set_cookie(name, value, max_age=lifetime_s, httponly=True, samesite="lax", secure=secure)


# -- cross-site requests ----------------------------------------------------------------------


def csrf_token(token: str) -> str:
    """Return a form token of the session, another one each time, so that compression does not reveal it."""
    salt = secrets.token_hex(8)
    return f"{salt}{_csrf_mac(token, salt)}"


def is_csrf_token(token: str, given: str) -> bool:
    """Return whether the form token belongs to the session."""
    salt, mac = given[:16], given[16:]
    return bool(token) and hmac.compare_digest(mac.encode(), _csrf_mac(token, salt).encode())


def is_same_site(request: Request) -> bool:
    """Return whether the browser says that one of our own pages sent this request.

    A request that says neither comes from no browser; it passes only where it carries no session.
    """
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    if (origin := request.headers.get("origin")) is None:
        return not token_of(request)
    sent = urlsplit(origin)
    scheme_is_ours = sent.scheme == "https" or not portal(request).settings.secure_cookies
    return scheme_is_ours and bool(sent.netloc) and sent.netloc == request.headers.get("host", "")


async def form_of(request: Request) -> FormData:
    """Return the form that was sent; the limit of the body bounds it before the number of its fields does."""
    return await request.form(max_fields=FORM_FIELDS_MAX)


async def guard(request: Request) -> None:
    """Check every unsafe request (a dependency of the whole application).

    Raises Rejected `request.cross_site` or `request.bad_token`.
    """
    if request.method in _SAFE_METHODS:
        return
    if not is_same_site(request):
        raise Rejected("request.cross_site")
    if request.url.path == SIGN_IN_PATH or not token_of(request):
        return  # nothing is done in anybody's name
    given = request.headers.get(CSRF_HEADER, "")
    if not given and _is_form(request):
        field = (await form_of(request)).get(CSRF_FIELD, "")
        given = "" if isinstance(field, UploadFile) else field
    if not is_csrf_token(token_of(request), given):
        raise Rejected("request.bad_token")


def _csrf_mac(token: str, salt: str) -> str:
    return hmac.new(token.encode(), f"csrf:{salt}".encode(), hashlib.sha256).hexdigest()


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


# -- read your own writes ---------------------------------------------------------------------


def positions(request: Request) -> dict[str, int]:
    """Return the sequence of each stream that this person's next page must have seen: `{stream: seq}`."""
    return {stream: seq for stream, (_, seq) in _positions(request).items()}


def remember(request: Request, response: Response, *written: Position) -> None:
    """Let the person's next pages wait for what was just written.

    A stream under a new epoch (restored) starts again; else the greater sequence stays.
    """
    if not token_of(request):
        return
    known: dict[str, tuple[str, int]] = getattr(request.state, "positions", None) or _positions(request)
    for position in written:
        epoch, seq = known.get(position.stream, (position.epoch, 0))
        greater = max(seq, position.seq) if epoch == position.epoch else position.seq
        known[position.stream] = (position.epoch, greater)
    request.state.positions = known
    newest = dict(list(known.items())[-STREAMS_MAX:])
    value = _serializer(request, "positions").dumps(newest)
    set_cookie(request, response, POSITIONS_COOKIE, _text(value), lifetime_s=POSITIONS_LIFETIME_S)


def _positions(request: Request) -> dict[str, tuple[str, int]]:
    found = _signed(request, POSITIONS_COOKIE, "positions", POSITIONS_LIFETIME_S)
    if not isinstance(found, Mapping):
        return {}
    return {str(stream): (str(epoch), int(seq)) for stream, (epoch, seq) in found.items()}


# -- notices: one sentence on the page after a form ----------------------------------------------


def notify(request: Request, response: Response, text: str, level: str = "good") -> None:
    """Show the sentence on the person's next page; `level`: good, notice, warning or error."""
    if not token_of(request):
        return
    value = _serializer(request, "notices").dumps([{"level": level, "text": text}])
    set_cookie(request, response, NOTICES_COOKIE, _text(value), lifetime_s=NOTICES_LIFETIME_S)


def pending_notices(request: Request) -> list[dict[str, str]]:
    """Return what was left for this page; whoever shows it deletes the cookie."""
    found = _signed(request, NOTICES_COOKIE, "notices", NOTICES_LIFETIME_S)
    return cast(list[dict[str, str]], found) if isinstance(found, list) else []


def _signed(request: Request, cookie: str, purpose: str, lifetime_s: int) -> object:
    value = request.cookies.get(cookie, "")
    if not value or not token_of(request):
        return None
    try:
        return cast(object, _serializer(request, purpose).loads(value, max_age=lifetime_s))
    except BadData:
        return None


def _serializer(request: Request, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(token_of(request), salt=f"tdkt.{purpose}", signer_kwargs={"digest_method": _sha256})


def _sha256(content: bytes = b"") -> "hashlib._Hash":
    return hashlib.sha256(content)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
