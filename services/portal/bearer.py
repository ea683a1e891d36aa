"""Who asks, by the Authorization header: a session's token, or the key of another system (RFC 6750)."""

from fastapi import Request

from services.portal.session import portal
from shared.accounts import SessionAccount
from shared.errors import Rejected

BY_KEY = "key"  # how the holder of a service key came in; see SessionAccount.via
_SCHEME = "bearer "
_KEY_MARK = "tdkt_"


def bearer_of(request: Request) -> str:
    """Return the token of the header, or an empty text."""
    given = request.headers.get("authorization", "")
    return given[len(_SCHEME) :].strip() if given.lower().startswith(_SCHEME) else ""


async def take_bearer(request: Request) -> None:
    """Take who asks from the header; it stands above a cookie, and without one nothing changes.

    Raises Rejected `account.signed_out`, and for a key `key.unknown`, `key.revoked`, `key.expired` or
    `key.rate_limited`.
    """
    if not request.headers.get("authorization", ""):
        return
    token = bearer_of(request)
    is_key = token.startswith(_KEY_MARK)
    account = await (_holder_of(request, token) if is_key else portal(request).accounts.resume(token))
    if account is None:
        raise Rejected("account.signed_out")
    request.state.account = account


async def _holder_of(request: Request, key: str) -> SessionAccount:
    """Return the system that holds the key, as if it had signed in for this one request."""
    ours = portal(request)
    holder = await ours.accounts.keys.actor_of(key, request.client.host if request.client else "")
    return SessionAccount(
        account_id=holder.actor.account_id,
        login=holder.actor.account_id,
        full_name=holder.name,
        must_change=False,
        actor=holder.actor,
        session_id="",
        expires_at=ours.now(),
        via=BY_KEY,
    )
