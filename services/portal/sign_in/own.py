"""One's own account: roles, password, the second step, and where one is signed in."""

from typing import Annotated, TypeAlias

import segno
from fastapi import APIRouter, Depends, Form, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from services.portal.labels import sentence
from services.portal.session import (
    ACCOUNT_PATH,
    ENROL_PATH,
    PASSWORD_PATH,
    notify,
    portal,
    require_account,
    set_session,
    token_of,
)
from services.portal.shell import page
from services.portal.sign_in.onward import slowed
from shared.accounts import PASSWORD_LENGTH_MIN, SessionAccount
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)
Own: TypeAlias = Annotated[SessionAccount, Depends(require_account)]
_PASSWORD_FIELDS = {"account.bad_password": "old", "account.locked": "old", "account.password_mismatch": "again"}
_STATUS = {"account.rate_limited": 429, "account.locked": 429}


@router.get(ACCOUNT_PATH)
async def show_account(request: Request, account: Own) -> Response:
    """Show one's roles, the second step, sessions, and what was delegated."""
    accounts, today = portal(request).accounts, portal(request).clock.today()
    return await page(
        request,
        "accounts/own.html",
        sessions=await accounts.sessions(account.account_id),
        totp=await accounts.totp.of(account.account_id),
        identities=await accounts.identities.ls(account.account_id),
        delegations=[
            one
            for one in await accounts.delegations.ls(account.account_id)
            if one.ended_at is None and one.valid_to >= today
        ],
        may_delegate=bool(await accounts.delegations.delegable(account.account_id)),
    )


# -- password ----------------------------------------------------------------------------------


@router.get(PASSWORD_PATH)
async def show_password(request: Request, account: Own) -> Response:
    """Show the form for a new password."""
    return await _password_page(request, account, errors={})


@router.post(PASSWORD_PATH)
async def change_password(
    request: Request,
    account: Own,
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
        if refusal.code == "account.signed_out":
            raise
        field = _PASSWORD_FIELDS.get(refusal.code, "new")
        return await _password_page(request, account, errors={field: sentence(refusal.code, refusal.detail)})
    response = RedirectResponse(ACCOUNT_PATH, status_code=303)
    notify(request, response, "Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.")
    return response


async def _password_page(request: Request, account: SessionAccount, *, errors: dict[str, str]) -> Response:
    return await page(
        request,
        "accounts/password.html",
        status_code=422 if errors else 200,
        person=account,
        errors=errors,
        length_min=PASSWORD_LENGTH_MIN,
    )


# -- sessions ----------------------------------------------------------------------------------


@router.post(f"{ACCOUNT_PATH}/phien-khac")
async def sign_out_others(request: Request, account: Own) -> Response:
    """End the account's other sessions."""
    await portal(request).accounts.sign_out_others(token_of(request))
    response = RedirectResponse(ACCOUNT_PATH, status_code=303)
    notify(request, response, "Đã kết thúc các phiên đăng nhập khác.")
    return response


@router.post(f"{ACCOUNT_PATH}/phien")
async def end_session(request: Request, account: Own, phien: Annotated[str, Form(max_length=100)] = "") -> Response:
    """End one session of the account; the next thing asked there leads to the sign-in page."""
    await portal(request).accounts.end_session(token_of(request), phien)
    response = RedirectResponse(ACCOUNT_PATH, status_code=303)
    notify(request, response, "Đã kết thúc phiên đăng nhập.")
    return response


# -- the second step ---------------------------------------------------------------------------


@router.get(ENROL_PATH)
async def show_second_step(request: Request, account: Own) -> Response:
    """Show the secret to a device that is to give codes, or how it stands where one does already."""
    return await _second_step_page(request, account)


@router.post(ENROL_PATH)
async def confirm_device(request: Request, account: Own, ma: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Take the device's first code; show the recovery codes, this once."""
    try:
        confirmed = await portal(request).accounts.totp.confirm(token_of(request), ma)
    except Rejected as refusal:
        return await _second_step_page(request, account, refusal=refusal)
    response = await _codes_page(request, account, confirmed.recovery_codes)
    set_session(request, response, confirmed.token)
    return response


@router.post(f"{ENROL_PATH}/ma-du-phong")
async def renew_recovery_codes(
    request: Request, account: Own, ma: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Replace the recovery codes; the earlier ones are of no use any more."""
    try:
        codes = await portal(request).accounts.totp.renew_recovery_codes(token_of(request), ma)
    except Rejected as refusal:
        return await _second_step_page(request, account, refusal=refusal)
    return await _codes_page(request, account, codes)


@router.post(f"{ENROL_PATH}/tat")
async def remove_device(request: Request, account: Own, ma: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Ask for no second step any more, where no role demands one."""
    try:
        await portal(request).accounts.totp.remove_own(token_of(request), ma)
    except Rejected as refusal:
        return await _second_step_page(request, account, refusal=refusal)
    response = RedirectResponse(ACCOUNT_PATH, status_code=303)
    notify(request, response, "Đã tắt xác thực hai bước.")
    return response


async def _second_step_page(request: Request, account: SessionAccount, *, refusal: Rejected | None = None) -> Response:
    if refusal is not None and refusal.code == "account.signed_out":
        raise refusal
    totp = portal(request).accounts.totp
    state = await totp.of(account.account_id)
    enrolment = None if state.enrolled_at else await totp.begin(token_of(request))
    response = await page(
        request,
        "accounts/second_step.html",
        status_code=_STATUS.get(refusal.code, 422) if refusal else 200,
        person=account,
        state=state,
        qr=Markup(qr_of(enrolment.uri)) if enrolment else "",  # noqa: S704 - drawn by segno from our own address
        secret=" ".join(enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4))
        if enrolment
        else "",
        refusal=sentence(refusal.code, refusal.detail) if refusal else "",
    )
    return slowed(response, refusal)


async def _codes_page(request: Request, account: SessionAccount, codes: tuple[str, ...]) -> Response:
    return await page(request, "accounts/recovery_codes.html", person=account, codes=codes)


def qr_of(uri: str) -> str:
    """Return the address as a QR code (ISO/IEC 18004) in SVG, black on white."""
    drawn: str = segno.make(uri, error="m").svg_inline(
        border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    return drawn
