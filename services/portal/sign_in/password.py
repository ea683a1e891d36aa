"""The first step: login and password; and signing out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.portal.session import SIGN_IN_PATH, clear_session, portal, session_of, token_of
from services.portal.sign_in.onward import address_of, agent_of, enter, local_path, sign_in_page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN_PATH)
async def show_sign_in(request: Request, tiep: str = "/", xong: str = "") -> Response:
    """Show the sign-in form, or go on where somebody is signed in already."""
    if await session_of(request) is not None:
        return RedirectResponse(local_path(tiep), status_code=303)
    return await sign_in_page(request, onward=tiep, is_signed_out=bool(xong))


@router.post(SIGN_IN_PATH)
async def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form()] = "",
    tiep: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a new session in place of the old one; a second step is asked for by the next page."""
    try:
        token = await portal(request).accounts.sign_in(login, password, address_of(request), agent_of(request))
    except Rejected as refusal:
        return await sign_in_page(request, onward=tiep, login=login, refusal=refusal)
    return await enter(request, token, tiep)


@router.post("/dang-xuat")
async def sign_out(request: Request) -> Response:
    """End the session; without one nothing changes."""
    if token := token_of(request):
        await portal(request).accounts.sign_out(token)
    response = RedirectResponse(f"{SIGN_IN_PATH}?xong=1", status_code=303)
    clear_session(request, response)
    return response
