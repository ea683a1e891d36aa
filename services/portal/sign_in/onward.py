"""Where a person goes after signing in, and how a refused attempt is answered."""

import re

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.portal.labels import sentence
from services.portal.session import SIGN_IN_PATH, portal, set_session, token_of
from services.portal.shell import page
from shared.errors import Rejected

_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")
_STATUS = {
    "account.rate_limited": 429,
    "account.locked": 429,
    "account.disabled": 403,
    "identity.unknown": 403,
    "oidc.unavailable": 503,
}


def local_path(path: str) -> str:
    """Return the path where it lies on this site, else the start page: nobody is sent elsewhere after signing in."""
    return path if _PATH.fullmatch(path) and not path.startswith(SIGN_IN_PATH) else "/"


async def enter(request: Request, token: str, onward: str) -> Response:
    """Hand the browser its new session in place of the old one, and go on."""
    if old := token_of(request):
        await portal(request).accounts.sign_out(old)
    response = RedirectResponse(local_path(onward), status_code=303)
    set_session(request, response, token)
    return response


async def sign_in_page(
    request: Request,
    *,
    onward: str,
    login: str = "",
    refusal: Rejected | None = None,
    is_signed_out: bool = False,
) -> Response:
    """Answer with the sign-in form, with what was typed and why that did not let anybody in."""
    provider = portal(request).provider
    response = await page(
        request,
        "accounts/signin.html",
        status_code=_STATUS.get(refusal.code, 401) if refusal else 200,
        login=login,
        onward=local_path(onward),
        refusal=sentence(refusal.code, refusal.detail) if refusal else "",
        is_about_form=refusal is not None and refusal.code.startswith("account."),
        is_signed_out=is_signed_out,
        provider_label=provider.label if provider else "",
    )
    return slowed(response, refusal)


def slowed(response: Response, refusal: Rejected | None) -> Response:
    """Tell a browser that was refused for too many attempts when to come back."""
    if refusal is not None and response.status_code == 429:
        minutes = refusal.detail.get("minutes", 5)
        response.headers["retry-after"] = str(int(str(minutes)) * 60)
    return response


def address_of(request: Request) -> str:
    """Return the network address that the request came from."""
    return request.client.host if request.client else ""


def agent_of(request: Request) -> str:
    """Return what the browser calls itself."""
    return request.headers.get("user-agent", "")
