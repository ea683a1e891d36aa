"""A small but real provider of identities: discovery, keys, authorization code with PKCE, signed id tokens.

    with running_identity_provider("https://portal/dang-nhap/mot-lan/ve") as provider:
        provider.issuer                                # http://127.0.0.1:<port>
        provider.people["be"] = {"sub": "248289761001", "preferred_username": "clerk"}
        provider.claims = {"nonce": "other"}           # what the next id tokens say instead
        provider.rotate(); provider.forge(); provider.silent = "/token"

Codes are used once, for the client, address and verifier they were made for. Nothing here is ours but
this file: it checks the portal as somebody else's server would.
"""

import asyncio
import base64
import hashlib
import html
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote_plus, urlencode

import uvicorn
from fastapi import FastAPI, Form, Request
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey, RSAKey
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

CLIENT_ID = "tdkt"
CLIENT_SECRET = "một bí mật/của: chúng ta"  # with signs that a client has to encode
TOKEN_LIFETIME_S = 300


@dataclass(slots=True, kw_only=True)
class Issued:
    """An authorization code and what it was made for."""

    subject: dict[str, Any]
    redirect_uri: str
    challenge: str
    nonce: str


@dataclass(slots=True, kw_only=True)
class IdentityProvider:
    """The provider and what a test turns on it."""

    redirect_uri: str
    issuer: str = ""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey | OKPKey = field(default_factory=lambda: _rsa("first"))
    published: list[RSAKey | OKPKey] = field(default_factory=list)
    codes: dict[str, Issued] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent: str = "-"  # paths that begin so are answered with 503
    delay_s: float = 0.0  # before every answer

    def __post_init__(self) -> None:
        self.published = [self.key]

    def rotate(self) -> None:
        """Sign with a new key, of another kind; the old one is no longer published."""
        self.key = OKPKey.generate_key("Ed25519", {"kid": f"key-{secrets.token_hex(4)}", "use": "sig"})
        self.published = [self.key]

    def forge(self) -> None:
        """Sign with a key that is not the published one but calls itself so."""
        self.key = _rsa(str(self.published[0].kid))

    def id_token(self, code: Issued) -> str:
        """Return the signed id token of the code."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_LIFETIME_S,
            "nonce": code.nonce,
            **code.subject,
            **self.claims,
        }
        algorithm = "RS256" if isinstance(self.key, RSAKey) else "Ed25519"
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": algorithm, "kid": str(self.key.kid)}, said, self.key, [algorithm])


@contextmanager
def running_identity_provider(redirect_uri: str) -> Iterator[IdentityProvider]:
    """Run the provider on a free port of this machine; it sends browsers back to this address only."""
    provider = IdentityProvider(redirect_uri=redirect_uri)
    config = uvicorn.Config(_app(provider), host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < until, "the provider of identities did not start"
        time.sleep(0.02)
    provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _app(provider: IdentityProvider) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.middleware("http")
    async def note(request: Request, call_next: Any) -> Response:
        provider.asked.append(request.url.path)
        await asyncio.sleep(provider.delay_s)
        if request.url.path.startswith(provider.silent):
            return Response(status_code=503)
        answer: Response = await call_next(request)
        return answer

    @app.get("/.well-known/openid-configuration")
    async def metadata() -> dict[str, Any]:
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "Ed25519"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        strange = {"kty": "lattice", "kid": "of-the-future"}
        return {"keys": [strange, *KeySet(list(provider.published)).as_dict(private=False)["keys"]]}

    @app.get("/authorize")
    async def ask_who(request: Request) -> Response:
        given = request.query_params
        assert given["response_type"] == "code" and given["client_id"] == CLIENT_ID
        assert given["redirect_uri"] == provider.redirect_uri and "openid" in given["scope"].split()
        assert given["code_challenge_method"] == "S256" and len(given["code_challenge"]) == 43
        assert len(given["state"]) >= 32 and len(given["nonce"]) >= 32
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(given[name])}">'
            for name in ("state", "nonce", "code_challenge")
        )
        return HTMLResponse(
            "<!doctype html><title>Nhà cung cấp định danh</title><h1>Bạn là ai?</h1>"
            f'<form method="post">{hidden}<label>Tên <input name="name" autofocus></label>'
            "<button>Tiếp tục</button></form>"
        )

    @app.post("/authorize")
    async def name_oneself(
        name: Annotated[str, Form()],
        state: Annotated[str, Form()],
        nonce: Annotated[str, Form()],
        code_challenge: Annotated[str, Form()],
    ) -> Response:
        subject = provider.people.get(name)
        if subject is None:
            return _back(provider, state=state, error="access_denied")
        code = secrets.token_urlsafe(24)
        provider.codes[code] = Issued(
            subject=subject, redirect_uri=provider.redirect_uri, challenge=code_challenge, nonce=nonce
        )
        return _back(provider, state=state, code=code, iss=provider.issuer)

    @app.post("/token")
    async def exchange(
        request: Request,
        grant_type: Annotated[str, Form()],
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
    ) -> Response:
        expected = base64.b64encode(f"{CLIENT_ID}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        issued = provider.codes.pop(code, None)
        digest = hashlib.sha256(code_verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant_type != "authorization_code"
            or issued is None
            or issued.redirect_uri != redirect_uri
            or not secrets.compare_digest(issued.challenge, challenge)
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(24),
                "token_type": "Bearer",
                "expires_in": TOKEN_LIFETIME_S,
                "id_token": provider.id_token(issued),
            }
        )

    return app


def _back(provider: IdentityProvider, **answer: str) -> Response:
    return RedirectResponse(f"{provider.redirect_uri}?{urlencode(answer)}", status_code=303)


def _rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
