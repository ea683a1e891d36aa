"""Signed actors: the edge says who acts, the service checks it (interfaces: actor).

A compact Ed25519 JWS (RFC 8037) over account, grants, command id, SHA-256 of the body and an expiry
in real time. Each edge (portal, cli) signs with its own key; services hold the public keys.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import TypeAdapter, ValidationError

from shared.clock import real_now
from shared.errors import Rejected
from shared.types import Actor, Role

LIFETIME = timedelta(seconds=60)
_ACTOR = TypeAdapter(Actor)
_ALGORITHMS = ["Ed25519"]


def create_key(folder: Path, issuer: str) -> OKPKey:
    """Create (or read) the issuer's signing key: `<issuer>.key` (0600) and `<issuer>.pub`."""
    private, public = folder / f"{issuer}.key", folder / f"{issuer}.pub"
    if private.exists():
        key = OKPKey.import_key(json.loads(private.read_text()))
    else:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = OKPKey.generate_key("Ed25519", {"kid": issuer, "alg": "Ed25519", "use": "sig"})
        unfinished = private.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(key.as_dict(private=True)))
        unfinished.rename(private)
    if not public.exists():
        public.write_text(json.dumps(key.as_dict(private=False)))
    return key


def load_public_keys(folder: Path) -> Mapping[str, OKPKey]:
    """Return the public key of each issuer in the folder."""
    return {path.stem: OKPKey.import_key(json.loads(path.read_text())) for path in sorted(folder.glob("*.pub"))}


def sign(actor: Actor, body: bytes, command_id: str, *, issuer: str, key: OKPKey) -> str:
    """Return the token that lets the actor send this body, once, under this command id."""
    claims = {
        "actor": _ACTOR.dump_python(actor, mode="json"),
        "cid": command_id,
        "bh": hashlib.sha256(body).hexdigest(),
        "exp": (real_now() + LIFETIME).timestamp(),
    }
    return jws.serialize_compact({"alg": "Ed25519", "kid": issuer}, json.dumps(claims).encode(), key, _ALGORITHMS)


def verify(token: str, body: bytes, command_id: str, *, keys: Mapping[str, OKPKey]) -> Actor:
    """Return the actor of the token. Raises Rejected `actor.missing`, `actor.forged` or `actor.expired`."""
    if not token:
        raise Rejected("actor.missing")
    try:
        signed = jws.extract_compact(token.encode())
        if not jws.validate_compact(signed, keys[str(signed.headers().get("kid"))], _ALGORITHMS):
            raise Rejected("actor.forged")
        claims = json.loads(signed.payload)
        actor = _ACTOR.validate_python(claims["actor"], strict=False)
        matches = claims["cid"] == command_id and claims["bh"] == hashlib.sha256(body).hexdigest()
        expires_at = float(claims["exp"])
    except (JoseError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise Rejected("actor.forged") from error
    if not matches or any(grant.role is Role.POLICY for grant in actor.grants):
        raise Rejected("actor.forged")  # no edge speaks for a policy
    if expires_at < real_now().timestamp():
        raise Rejected("actor.expired")
    return actor
