"""One-time links: a new password, and the first administrator of a new installation.

The token leaves the address at once, for a cookie that lives minutes: it is in no history, no log of a
proxy and no Referer. Opening a link uses nothing up; only the form that is sent does.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.portal.labels import sentence
from services.portal.session import portal, set_cookie
from services.portal.shell import page
from shared.accounts import FIRST_ADMIN_PATH, PASSWORD_LENGTH_MIN, RESET_PATH, Link, Purpose
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)
COOKIE = "tdkt_link"
LIFETIME_S = 900
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")
_RESET_FIELDS = {"account.password_mismatch": "again"}
_ADMIN_FIELDS = {
    "account.bad_login": "login",
    "account.login_taken": "login",
    "account.name_missing": "full_name",
    "account.password_mismatch": "again",
}


@router.get(f"{RESET_PATH}/{{token}}")
async def open_reset(request: Request, token: str) -> Response:
    """Take the token out of the address."""
    return _kept(request, token, RESET_PATH)


@router.get(f"{FIRST_ADMIN_PATH}/{{token}}")
async def open_first_admin(request: Request, token: str) -> Response:
    """Take the token out of the address."""
    return _kept(request, token, FIRST_ADMIN_PATH)


@router.get(RESET_PATH)
async def show_reset(request: Request) -> Response:
    """Show the form for a new password. Raises Rejected `account.link_invalid`."""
    _, link = await _look(request, Purpose.RESET)
    return await _reset_page(request, link, errors={})


@router.post(RESET_PATH)
async def reset(request: Request, new: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "") -> Response:
    """Set the new password; all sessions of the account end."""
    token, link = await _look(request, Purpose.RESET)
    try:
        _check_twice(new, again)
        await portal(request).accounts.links.reset_password(token, new)
    except Rejected as refusal:
        if refusal.code == "account.link_invalid":
            raise
        errors = {_RESET_FIELDS.get(refusal.code, "new"): sentence(refusal.code, refusal.detail)}
        return await _reset_page(request, link, errors=errors, status_code=422)
    response = await page(request, "accounts/link_used.html", person=link, is_admin=False)
    return _forgotten(request, response)


@router.get(FIRST_ADMIN_PATH)
async def show_first_admin(request: Request) -> Response:
    """Show the form for the first administrator. Raises Rejected `account.link_invalid`."""
    await _look(request, Purpose.FIRST_ADMIN)
    return await _first_admin_page(request, login="", full_name="", errors={})


@router.post(FIRST_ADMIN_PATH)
async def create_first_admin(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    full_name: Annotated[str, Form(max_length=400)] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Create the first administrator."""
    token, _ = await _look(request, Purpose.FIRST_ADMIN)
    try:
        _check_twice(new, again)
        await portal(request).accounts.links.create_first_admin(token, login, full_name, new)
    except Rejected as refusal:
        if refusal.code in ("account.link_invalid", "account.admin_exists"):
            raise
        errors = {_ADMIN_FIELDS.get(refusal.code, "new"): sentence(refusal.code, refusal.detail)}
        return await _first_admin_page(request, login=login, full_name=full_name, errors=errors, status_code=422)
    response = await page(request, "accounts/link_used.html", person=None, is_admin=True)
    return _forgotten(request, response)


def _kept(request: Request, token: str, path: str) -> Response:
    if not _TOKEN.fullmatch(token):  # nothing of ours, and perhaps nothing that a cookie can hold
        raise Rejected("account.link_invalid")
    response = RedirectResponse(path, status_code=303, headers={"referrer-policy": "no-referrer"})
    set_cookie(request, response, _cookie(request), token, lifetime_s=LIFETIME_S)
    return response


def _forgotten(request: Request, response: Response) -> Response:
    secure = portal(request).settings.secure_cookies
    response.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=secure)
    return response


def _cookie(request: Request) -> str:
    return f"__Host-{COOKIE}" if portal(request).settings.secure_cookies else COOKIE


async def _look(request: Request, purpose: Purpose) -> tuple[str, Link]:
    token = request.cookies.get(_cookie(request), "")
    link = await portal(request).accounts.links.look(token) if token else None
    if link is None or link.purpose is not purpose:
        raise Rejected("account.link_invalid")
    return token, link


def _check_twice(new: str, again: str) -> None:
    if new != again:
        raise Rejected("account.password_mismatch")


async def _reset_page(request: Request, link: Link, *, errors: dict[str, str], status_code: int = 200) -> Response:
    return await page(
        request,
        "accounts/reset.html",
        status_code=status_code,
        person=link,
        expires_at=link.expires_at,
        errors=errors,
        length_min=PASSWORD_LENGTH_MIN,
    )


async def _first_admin_page(
    request: Request, *, login: str, full_name: str, errors: dict[str, str], status_code: int = 200
) -> Response:
    return await page(
        request,
        "accounts/first_admin.html",
        status_code=status_code,
        login=login,
        full_name=full_name,
        errors=errors,
        length_min=PASSWORD_LENGTH_MIN,
    )
