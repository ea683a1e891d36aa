"""Single sign-on: off to the provider of identities, and back with whom it vouches for."""

import json
from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.oidc import Departure, Provider
from services.portal.session import SIGN_IN_PATH, portal, set_cookie
from services.portal.sign_in.onward import address_of, agent_of, enter, local_path, sign_in_page
from shared.accounts import Match
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)
DEPART_PATH = f"{SIGN_IN_PATH}/mot-lan"
ARRIVE_PATH = f"{DEPART_PATH}/ve"
COOKIE = "tdkt_oidc"
LIFETIME_S = 600  # long enough to find one's second device, too short to be found later


@router.get(DEPART_PATH)
async def depart(request: Request, tiep: str = "/") -> Response:
    """Send the browser to the provider; the answer is only taken from this browser."""
    provider = _provider(request)
    try:
        address, departure = await provider.depart(_redirect_uri(request))
    except Rejected as refusal:
        return await sign_in_page(request, onward=tiep, refusal=refusal)
    response = RedirectResponse(address, status_code=303)
    kept = json.dumps({**asdict(departure), "onward": local_path(tiep)})
    set_cookie(request, response, _cookie(request), kept.encode().hex(), lifetime_s=LIFETIME_S)
    return response


@router.get(ARRIVE_PATH)
async def arrive(request: Request) -> Response:
    """Begin a session for whom the provider vouches for; what the browser took along is of use once."""
    provider, (departure, onward) = _provider(request), _brought_back(request)
    accounts, settings = portal(request).accounts, portal(request).settings
    try:
        given = dict(request.query_params)
        found = await provider.arrive(_redirect_uri(request), departure, given)
        token = await accounts.identities.sign_in(
            found.issuer,
            found.subject,
            address_of(request),
            agent_of(request),
            email=found.email,
            email_is_verified=found.email_is_verified,
            login=found.login,
            match=Match(settings.oidc_match),
            has_second_factor=found.is_strong,
        )
    except Rejected as refusal:
        response = await sign_in_page(request, onward=onward, refusal=refusal)
    else:
        response = await enter(request, token, onward)
    secure = settings.secure_cookies
    response.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=secure)
    return response


def _provider(request: Request) -> Provider:
    if (provider := portal(request).provider) is None:
        raise Rejected("page.not_found")
    return provider


def _redirect_uri(request: Request) -> str:
    """Return our own address as the provider knows it; it must be the same there and back."""
    base = portal(request).settings.base_url or str(request.base_url)
    return base.rstrip("/") + ARRIVE_PATH


def _cookie(request: Request) -> str:
    return f"__Host-{COOKIE}" if portal(request).settings.secure_cookies else COOKIE


def _brought_back(request: Request) -> tuple[Departure | None, str]:
    """Return what the browser took along; nothing where it brings none, or something that is not ours."""
    try:
        kept = json.loads(bytes.fromhex(request.cookies.get(_cookie(request), "")))
        departure = Departure(state=str(kept["state"]), nonce=str(kept["nonce"]), verifier=str(kept["verifier"]))
        return departure, local_path(str(kept["onward"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, "/"
