"""The web application around the pages: headers, limits, static files, errors, health, sign-in.

`create_web` builds it; the business pages are routers that the application adds.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

import sqlalchemy.exc
from argon2 import PasswordHasher
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.oidc import provider_of
from services.portal.session import (
    CODE_PATH,
    PATH_OF_STEP,
    SIGN_IN_PATH,
    Portal,
    SignInNeeded,
    Surroundings,
    clear_session,
    guard,
    portal,
    session_of,
    token_of,
)
from services.portal.shell import own_surroundings, render, surroundings_of, templates
from services.portal.sign_in import router as sign_in_router
from services.portal.static_files import StaticFile, load_static
from shared.accounts import Accounts, SessionAccount
from shared.clock import Clock, load_clock, real_now
from shared.errors import Fault, Rejected
from shared.settings import Settings
from shared.telemetry import log

BODY_MAX = 1_000_000  # bytes
GZIP_MIN = 700  # bytes; less does not pay
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
_STATUS_OF_CODE = {
    "actor.missing": 401,
    "actor.forged": 401,
    "actor.expired": 401,
    "account.signed_out": 401,
    "account.bad_credentials": 401,
    "account.bad_code": 401,
    "account.code_used": 401,
    "account.code_needed": 401,
    "account.enrolment_needed": 403,
    "account.link_invalid": 410,
    "key.unknown": 401,
    "key.revoked": 401,
    "key.expired": 401,
    "key.reads_only": 403,
    "account.disabled": 403,
    "account.locked": 429,
    "pdf.busy": 503,
}
_STATUS_OF_REASON = {
    "not_found": 404,
    "denied": 403,
    "not_allowed": 403,
    "forbidden": 403,
    "cross_site": 403,
    "bad_token": 403,
    "rate_limited": 429,
    "too_large": 413,
    "conflict": 409,
    "stale": 409,
    "wrong_status": 409,
    "wrong_state": 409,
    "exists": 409,
    "invalid_body": 400,
    "unknown_name": 404,
}
_CODE_OF_STATUS = {
    401: "access.sign_in_needed",
    403: "access.denied",
    404: "page.not_found",
    405: "request.method_not_allowed",
    413: "request.too_large",
    503: "service.unavailable",
}
_BUSY_CODES = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)


def create_web(
    settings: Settings,
    *,
    routers: Sequence[APIRouter] = (),
    surroundings: Callable[[Request, SessionAccount], Coroutine[Any, Any, Surroundings]] = own_surroundings,
    ready: Callable[[], Awaitable[Mapping[str, bool]]] | None = None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
    stream_href: str = "",
    larger_bodies: Mapping[str, int] | None = None,
    clock: Clock | None = None,
    now: Callable[[], datetime] = real_now,
    hasher: PasswordHasher | None = None,
) -> FastAPI:
    """Return the application with its shell.

    `routers` are the pages. `surroundings` tells place, scopes and inbox count of each page. `ready`
    names what must answer before work is taken. `lifespan` runs inside ours, when `app.state.portal`
    stands. `stream_href` is the address of the server-sent events that refresh `data-live` regions.
    `larger_bodies` raises the limit of a request's body: path prefix → bytes, for pages that take files.
    """
    static = load_static()

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        business = clock or load_clock(settings.clock_path)
        accounts = await Accounts.of(settings, now=now, clock=business, hasher=hasher)
        app.state.portal = Portal(
            settings=settings,
            accounts=accounts,
            clock=business,
            now=now,
            templates=templates(),
            surroundings=surroundings,
            stream_href=stream_href,
            provider=provider_of(settings),
        )
        try:
            if lifespan is None:
                yield
            else:
                async with lifespan(app):
                    yield
        finally:
            await accounts.close()

    app = FastAPI(
        title="Thi đua, khen thưởng Cần Thơ",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        # Its own spans hold whole addresses: one-time tokens, codes of sign-ins, names that are searched for.
        telemetry={"tracing": False},
        lifespan=live,
        dependencies=[Depends(guard)],
    )
    app.add_middleware(BodyLimit, larger=larger_bodies or {})
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_MIN, compresslevel=6)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(SignInNeeded, _on_sign_in_needed)
    app.add_exception_handler(Rejected, _on_rejected)
    app.add_exception_handler(Fault, _on_fault)
    for busy in (sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError):
        app.add_exception_handler(busy, _on_busy_database)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_exception)
    app.include_router(_technical_router(static, ready))
    app.include_router(sign_in_router)
    for router in routers:
        app.include_router(router)
    return app


class BodyLimit:
    """Stop reading a body at its limit; the handler's reading then ends in a 413 that our error pages answer.

    FastAPI's own limit answers in plain English outside of all middlewares.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = max(
            (most for prefix, most in self._larger.items() if scope["path"].startswith(prefix)), default=BODY_MAX
        )
        declared = Headers(scope=scope).get("content-length", "")
        # A length too long to be a number of ours is over every limit.
        length = (whole(declared) or limit + 1) if declared.strip("0") else 0
        read = length if length > limit else 0

        async def receive_limited() -> Message:
            nonlocal read
            if read > limit:
                raise HTTPException(413)
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_limited, send)


class SecurityHeaders:
    """Add the security headers to every answer that does not set its own; streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                _secure(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_secured)


def status_of(code: str) -> int:
    """Return the HTTP status of a refusal; 422 where its reason has none of its own."""
    if code == "intake.closed":
        return 503  # of all that is closed, this opens again by itself
    if code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[code]
    reason = code.rpartition(".")[2]
    found = (status for known, status in _STATUS_OF_REASON.items() if reason == known or reason.endswith(f"_{known}"))
    return next(found, 422)


def wants_json(request: Request) -> bool:
    """Return whether the answer goes to a program."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


async def refuse(
    request: Request, code: str, detail: Mapping[str, object] | None = None, *, status_code: int
) -> Response:
    """Answer a refusal or fault: problem+json (RFC 9457), a notice for htmx, or a page."""
    if wants_json(request):
        problem = {
            "type": f"urn:tdkt:refusal:{code}",
            "title": sentence(code, detail),
            "status": status_code,
            "code": code,
            "detail": dict(detail or {}),
        }
        return JSONResponse(problem, status_code=status_code, media_type="application/problem+json")
    text = sentence(code, detail)
    account = await _account_or_none(request)
    around = surroundings_of(account, portal(request).clock.today()) if account else Surroundings()
    if request.headers.get("hx-request") == "true":
        headers = {"hx-retarget": "#notices", "hx-reswap": "innerHTML", "hx-reselect": ".notice"}
        notice = {"level": "error", "text": text}
        response = render(request, "notice.html", account, around, status_code=status_code, notice=notice)
        response.headers.update(headers)
        return response
    return render(
        request,
        "error.html",
        account,
        around,
        status_code=status_code,
        status=status_code,
        code=code,
        sentence_text=text,
    )


def _technical_router(
    static: Mapping[str, StaticFile], ready: Callable[[], Awaitable[Mapping[str, bool]]] | None
) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/static/{name}", methods=["GET", "HEAD"])
    async def serve_static(request: Request, name: str, v: str = "") -> Response:
        if (file := static.get(name)) is None:
            raise HTTPException(404)
        headers = {
            "etag": f'"{file.etag}"',
            "vary": "accept-encoding",
            "cache-control": "public, max-age=31536000, immutable" if v == file.etag else "public, no-cache",
        }
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                file.compressed, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"}
            )
        return Response(file.content, media_type=file.media_type, headers=headers)

    @router.get("/healthz")
    async def tell_health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def tell_readiness(request: Request) -> Response:
        try:
            parts = {"accounts": await portal(request).accounts.is_ready(), **(await ready() if ready else {})}
        except Exception as error:  # noqa: BLE001 - whatever broke, the answer is "not ready"
            return JSONResponse({"status": "not_ready", "error": type(error).__name__}, status_code=503)
        is_ready = all(parts.values())
        status = "ready" if is_ready else "not_ready"
        return JSONResponse({"status": status, "parts": parts}, status_code=200 if is_ready else 503)

    return router


async def _account_or_none(request: Request) -> SessionAccount | None:
    """Return who is signed in; an error page is shown also where the account store is the error."""
    try:
        account = await session_of(request)
        return None if account is None or account.step else account
    except Exception:  # noqa: BLE001 - the first fault is the one to report
        return None


async def _on_sign_in_needed(request: Request, _: Exception) -> Response:
    account = await session_of(request)
    onward = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        onward = f"{onward}?{request.url.query}"
    target = SIGN_IN_PATH if account is None or not account.step else PATH_OF_STEP[account.step]
    if onward != "/" and target in (SIGN_IN_PATH, CODE_PATH):
        target = f"{target}?{urlencode({'tiep': onward})}"
    if wants_json(request):
        return await refuse(request, "access.sign_in_needed", status_code=401)
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"hx-redirect": target})
    response = RedirectResponse(target, status_code=303)
    if account is None and token_of(request):
        clear_session(request, response)
    return response


async def _on_rejected(request: Request, error: Exception) -> Response:
    refusal = cast(Rejected, error)
    return await refuse(request, refusal.code, refusal.detail, status_code=status_of(refusal.code))


async def _on_fault(request: Request, error: Exception) -> Response:
    return await refuse(request, "service.unavailable", {"fault": cast(Fault, error).code}, status_code=503)


async def _on_busy_database(request: Request, error: Exception) -> Response:
    """Ask for patience where the accounts' database is locked, full or away; any other error of it is a fault."""
    # SQLite calls a wrong statement by the same name.
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", sqlite3.SQLITE_BUSY)
    if code & 0xFF not in _BUSY_CODES:  # the rest of a code tells the kind of busy
        raise error
    log.error("database", exc_info=error)
    if not hasattr(request.state, "account"):
        request.state.account = None  # the page that says so does not wait for it again
    return await _on_fault(request, Fault("database.unavailable"))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    failure = cast(HTTPException, error)
    code = _CODE_OF_STATUS.get(
        failure.status_code, "service.failed" if failure.status_code >= 500 else "request.invalid"
    )
    response = await refuse(request, code, {"fields": str(failure.detail)}, status_code=failure.status_code)
    response.headers.update(failure.headers or {})
    return response


async def _on_invalid(request: Request, error: Exception) -> Response:
    fields = sorted({str(each["loc"][-1]) for each in cast(RequestValidationError, error).errors()})
    return await refuse(request, "request.invalid", {"fields": fields}, status_code=422)


async def _on_exception(request: Request, _: Exception) -> Response:
    """Answer a fault; Starlette raises it again afterwards, so that it is logged."""
    response = await refuse(request, "service.failed", status_code=500)
    _secure(response.headers)  # this answer is made outside of the middlewares
    # The server closes after a fault that is raised again; a client that is not told loses its next request.
    response.headers["connection"] = "close"
    return response


def _secure(headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if headers.get("content-type", "").startswith("image/svg+xml"):
        # A chart as an image: it may carry its own style, but nothing else.
        headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
