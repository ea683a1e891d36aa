"""Single sign-on: OpenID Connect, authorization code flow with PKCE, against one provider of identities.

Authlib builds the requests and checks the claims, joserfc the signature (OpenID Connect Core 1.0,
3.1; RFC 7636; RFC 9207; RFC 9700). Who the provider names is only somebody: which account that is,
and whether it may work, the account store says. While the provider is down people sign in locally.
"""

import asyncio
import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from shared.errors import Fault, Rejected
from shared.settings import Settings
from shared.telemetry import log

SCOPE = "openid profile email"
ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")  # signatures only: no shared secret, never "none"
CLOCK_SKEW_S = 60
STEP_S_MAX = 5.0  # one answer of the provider
WHOLE_S_MAX = 10.0  # all that one sign-in asks of it
METADATA_KEPT_S = 3600.0
ANSWER_BYTES_MAX = 1_000_000
STRONG_METHODS = frozenset({"mfa", "otp", "hwk", "sc"})  # RFC 8176: a second factor was used
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What a browser takes along to the provider, and must bring back: kept in its cookie, used once."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider vouches for. `is_strong`: the provider has seen a second factor."""

    issuer: str
    subject: str
    login: str
    email: str
    email_is_verified: bool
    is_strong: bool


class Provider:
    """The provider of identities as one portal process knows it; its metadata and keys are kept for an hour."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._client_secret = _secret_of(settings)
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self.label = settings.oidc_label

    async def depart(self, redirect_uri: str) -> tuple[str, Departure]:
        """Return the provider's address to go to, and what has to come back. Raises Rejected `oidc.unavailable`."""
        departure = Departure(
            state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
        )
        try:
            async with asyncio.timeout(WHOLE_S_MAX), self._client(redirect_uri) as client:
                metadata = await self._known(client)
                address, _ = client.create_authorization_url(
                    metadata["authorization_endpoint"],
                    state=departure.state,
                    code_verifier=departure.verifier,
                    nonce=departure.nonce,
                )
        except (httpx2.HTTPError, TimeoutError, ValueError, JoseError) as error:
            raise _unavailable(error) from error
        return str(address), departure

    async def arrive(self, redirect_uri: str, departure: Departure | None, given: Mapping[str, str]) -> Identity:
        """Return whom the provider vouches for; `given` is the query with which the browser came back.

        Raises Rejected `oidc.strange_answer` (another state: not begun in this browser, begun too long ago, or
        used already), `oidc.refused` (the provider or the person said no), `oidc.bad_token` (claim) or
        `oidc.unavailable`.
        """
        if departure is None or not secrets.compare_digest(given.get("state", "").encode(), departure.state.encode()):
            raise Rejected("oidc.strange_answer")
        if given.get("iss", self._issuer) != self._issuer:  # RFC 9207: another provider's answer
            raise Rejected("oidc.strange_answer")
        if given.get("error") or not given.get("code"):
            raise Rejected("oidc.refused", reason=given.get("error", "")[:80])
        try:
            async with asyncio.timeout(WHOLE_S_MAX), self._client(redirect_uri) as client:
                metadata = await self._known(client)
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=given["code"],
                    code_verifier=departure.verifier,
                    redirect_uri=redirect_uri,
                )
                claims = await self._claims(client, token, departure.nonce)
        except OAuthError as error:  # a code used twice, expired, or not ours
            raise Rejected("oidc.refused", reason=str(error.error)[:80]) from error
        except (httpx2.HTTPError, TimeoutError, ValueError, JoseError) as error:
            raise _unavailable(error) from error
        methods = claims.get("amr")
        return Identity(
            issuer=self._issuer,
            subject=str(claims["sub"]),
            login=str(claims.get("preferred_username") or ""),
            email=str(claims.get("email") or ""),
            email_is_verified=claims.get("email_verified") is True,
            is_strong=isinstance(methods, list) and not STRONG_METHODS.isdisjoint(map(str, methods)),
        )

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        client = AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret or None,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=STEP_S_MAX,
            follow_redirects=False,
        )
        client.register_client_auth_method(("client_secret_basic", _with_secret))
        return client

    async def _known(self, client: AsyncOAuth2Client) -> Mapping[str, Any]:
        """Return the provider's metadata (OpenID Connect Discovery 1.0). Raises httpx2.HTTPError, ValueError."""
        if self._metadata and time.monotonic() - self._fetched_at < METADATA_KEPT_S:
            return self._metadata
        found = await _json(client, get_well_known_url(self._issuer, external=True))
        if found.get("issuer") != self._issuer:
            raise ValueError("the metadata is of another issuer")
        for name in _ENDPOINTS:
            if not _is_safe(str(found.get(name, "")), self._issuer):
                raise ValueError(f"{name} is missing or not https")
        keys = _key_set(await _json(client, found["jwks_uri"]))
        self._metadata, self._keys, self._fetched_at = found, keys, time.monotonic()
        return found

    async def _claims(self, client: AsyncOAuth2Client, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return the claims of the id token. Raises Rejected `oidc.bad_token` (claim)."""
        given = str(token.get("id_token", ""))
        try:
            try:
                decoded = jwt.decode(given, self._keys or _key_set({}), ALGORITHMS)
            except (InvalidKeyIdError, BadSignatureError):
                # The provider may have changed its keys since we looked.
                self._keys = _key_set(await _json(client, self._metadata["jwks_uri"]))
                decoded = jwt.decode(given, self._keys, ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                    "nonce": {"essential": True, "value": nonce},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._client_id,
                    "access_token": str(token.get("access_token", "")),
                },
            )
            claims.validate(now=int(time.time()), leeway=CLOCK_SKEW_S)
        except ClaimError as error:
            raise Rejected("oidc.bad_token", claim=str(error.claim)) from error
        except (JoseError, ValueError, TypeError) as error:
            log.warning("oidc", error=type(error).__name__)
            raise Rejected("oidc.bad_token", claim="signature") from error
        found: Mapping[str, Any] = claims
        return found


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider of the settings, None where there is none.

    Raises Fault `oidc.misconfigured` for an issuer without a client id, or reached without TLS.
    """
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise Fault("oidc.misconfigured", "TDKT_OIDC_CLIENT_ID is missing")
    if not _is_safe(settings.oidc_issuer, settings.oidc_issuer):
        raise Fault("oidc.misconfigured", "TDKT_OIDC_ISSUER is no https:// address")
    return Provider(settings)


def _secret_of(settings: Settings) -> str:
    if settings.oidc_client_secret_file is None:
        return settings.oidc_client_secret
    return settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()


def _with_secret(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Name ourselves to the provider; Authlib's own way leaves out the escaping of RFC 6749, 2.3.1."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body


def _is_safe(address: str, issuer: str) -> bool:
    """Return whether the address is reached over TLS; a provider on this very machine needs none."""
    given = urlsplit(address)
    if given.scheme == "https":
        return bool(given.hostname)
    return given.scheme == "http" and given.hostname in _LOOPBACK and urlsplit(issuer).hostname in _LOOPBACK


async def _json(client: AsyncOAuth2Client, address: str) -> dict[str, Any]:
    """Return the JSON object at the address. Raises httpx2.HTTPError, ValueError."""
    async with client.stream("GET", address, withhold_token=True, headers={"accept": "application/json"}) as answer:
        answer.raise_for_status()
        content = b""
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > ANSWER_BYTES_MAX:
                raise ValueError("the provider's answer is too large")
    found = httpx2.Response(200, content=content).json()
    if not isinstance(found, dict):
        raise ValueError("the provider's answer is no JSON object")
    return found


def _key_set(found: Mapping[str, Any]) -> KeySet:
    """Return the keys of the set that we understand: a provider may publish others beside them (RFC 7517, 5)."""
    usable = []
    for one in found.get("keys", ()):
        try:
            usable += KeySet.import_key_set({"keys": [one]}).keys
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    return KeySet(usable)


def _unavailable(error: BaseException) -> Rejected:
    log.warning("oidc", error=str(error) or type(error).__name__)
    return Rejected("oidc.unavailable")
