"""The second step: a code of the person's own device, or a recovery code, before the session may do anything."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.portal.labels import sentence
from services.portal.session import CODE_PATH, portal, require_account, set_session, token_of
from services.portal.shell import page
from services.portal.sign_in.onward import local_path, slowed
from shared.accounts import SessionAccount, Step
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)
_STATUS = {"account.rate_limited": 429, "account.locked": 429}


@router.get(CODE_PATH)
async def show_code(
    request: Request, account: Annotated[SessionAccount, Depends(require_account)], tiep: str = "/"
) -> Response:
    """Ask for the code, or go on where it has been given."""
    if account.step is not Step.CODE:
        return RedirectResponse(local_path(tiep), status_code=303)
    return await _code_page(request, account, tiep, refusal=None)


@router.post(CODE_PATH)
async def take_code(
    request: Request,
    account: Annotated[SessionAccount, Depends(require_account)],
    ma: Annotated[str, Form(max_length=100)] = "",
    tiep: Annotated[str, Form()] = "/",
) -> Response:
    """Let the session do what its account may; it gets another token, so that nobody holds the one before."""
    try:
        token = await portal(request).accounts.confirm_code(token_of(request), ma)
    except Rejected as refusal:
        if refusal.code == "account.signed_out":
            raise
        return await _code_page(request, account, tiep, refusal=refusal)
    response = RedirectResponse(local_path(tiep), status_code=303)
    set_session(request, response, token)
    return response


async def _code_page(request: Request, account: SessionAccount, onward: str, *, refusal: Rejected | None) -> Response:
    response = await page(
        request,
        "accounts/code.html",
        status_code=_STATUS.get(refusal.code, 401) if refusal else 200,
        person=account,
        onward=local_path(onward),
        refusal=sentence(refusal.code, refusal.detail) if refusal else "",
    )
    return slowed(response, refusal)
