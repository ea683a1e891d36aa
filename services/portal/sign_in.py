"""The pages of signing in and out, and one's own account."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.portal.labels import sentence
from services.portal.session import (
    PASSWORD_PATH,
    SIGN_IN_PATH,
    clear_session,
    notify,
    portal,
    require_account,
    session_of,
    set_session,
    token_of,
)
from services.portal.shell import page
from shared.accounts import PASSWORD_LENGTH_MIN, SessionAccount
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)
_STATUS = {"account.rate_limited": 429, "account.locked": 429, "account.disabled": 403}
_PASSWORD_FIELDS = {"account.bad_password": "old", "account.locked": "old", "account.password_mismatch": "again"}
_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")


@router.get(SIGN_IN_PATH)
async def show_sign_in(request: Request, tiep: str = "/", xong: str = "") -> Response:
    """Show the sign-in form, or go on where somebody is signed in already."""
    if await session_of(request) is not None:
        return RedirectResponse(local_path(tiep), status_code=303)
    return await page(request, "signin.html", login="", onward=local_path(tiep), refusal="", is_signed_out=bool(xong))


@router.post(SIGN_IN_PATH)
async def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form()] = "",
    tiep: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a new session in place of the old one."""
    accounts = portal(request).accounts
    address = request.client.host if request.client else ""
    try:
        token = await accounts.sign_in(login, password, address, request.headers.get("user-agent", ""))
    except Rejected as refusal:
        response = await page(
            request,
            "signin.html",
            status_code=_STATUS.get(refusal.code, 401),
            login=login,
            onward=local_path(tiep),
            refusal=sentence(refusal.code, refusal.detail),
            is_signed_out=False,
        )
        if response.status_code == 429:
            minutes = refusal.detail.get("minutes", 5)
            response.headers["retry-after"] = str(int(str(minutes)) * 60)
        return response
    if old := token_of(request):
        await accounts.sign_out(old)
    response = RedirectResponse(local_path(tiep), status_code=303)
    set_session(request, response, token)
    return response


@router.post("/dang-xuat")
async def sign_out(request: Request) -> Response:
    """End the session; without one nothing changes."""
    if token := token_of(request):
        await portal(request).accounts.sign_out(token)
    response = RedirectResponse(f"{SIGN_IN_PATH}?xong=1", status_code=303)
    clear_session(request, response)
    return response


@router.get(PASSWORD_PATH)
async def show_account(request: Request, account: Annotated[SessionAccount, Depends(require_account)]) -> Response:
    """Show one's roles, sessions and the form for a new password."""
    return await _account_page(request, account, errors={})


@router.post(f"{PASSWORD_PATH}/mat-khau")
async def change_password(
    request: Request,
    account: Annotated[SessionAccount, Depends(require_account)],
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Change the password and end the other sessions."""
    try:
        if new != again:
            raise Rejected("account.password_mismatch")
        await portal(request).accounts.change_password(token_of(request), old, new)
    except Rejected as refusal:
        field = _PASSWORD_FIELDS.get(refusal.code, "new")
        errors = {field: sentence(refusal.code, refusal.detail)}
        return await _account_page(request, account, errors=errors, status_code=422)
    response = RedirectResponse(PASSWORD_PATH, status_code=303)
    notify(request, response, "Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.")
    return response


@router.post(f"{PASSWORD_PATH}/phien-khac")
async def sign_out_others(request: Request, account: Annotated[SessionAccount, Depends(require_account)]) -> Response:
    """End the account's other sessions."""
    await portal(request).accounts.sign_out_others(token_of(request))
    response = RedirectResponse(PASSWORD_PATH, status_code=303)
    notify(request, response, "Đã kết thúc các phiên đăng nhập khác.")
    return response


def local_path(path: str) -> str:
    """Return the path where it lies on this site, else the start page: nobody is sent elsewhere after signing in."""
    return path if _PATH.fullmatch(path) and not path.startswith(SIGN_IN_PATH) else "/"


async def _account_page(
    request: Request, account: SessionAccount, *, errors: dict[str, str], status_code: int = 200
) -> Response:
    return await page(
        request,
        "account.html",
        status_code=status_code,
        sessions=await portal(request).accounts.sessions(account.account_id),
        errors=errors,
        length_min=PASSWORD_LENGTH_MIN,
    )
