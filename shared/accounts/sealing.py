"""The key outside the database: it seals the seeds of one-time codes and marks recovery codes.

It lies in the data folder (0600), or is handed to every portal where several run. Whoever has the
database without it has no seed. AES-256-GCM with the owner (an account, or the session that sets codes up)
as associated data, a key of its own for each use (HMAC-SHA256).
"""

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Fault

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Sealing:
    """Seals with the key of a file, which the first use creates."""

    def __init__(self, path: Path | None) -> None:
        """Take the file; without one nothing can be sealed."""
        self._path = path

    def seal(self, owner: str, text: str) -> str:
        """Return the text sealed for the owner. Raises Fault `accounts.no_key` or `accounts.bad_key`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._own(b"seal")).encrypt(nonce, text.encode(), owner.encode())
        return b64encode(nonce + sealed).decode()

    def unseal(self, owner: str, sealed: str) -> str:
        """Return the text. Raises Fault `accounts.unreadable` where another key, or for another owner, sealed it."""
        content = b64decode(sealed)
        try:
            text = AESGCM(self._own(b"seal")).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], owner.encode())
        except InvalidTag as error:
            raise Fault("accounts.unreadable", f"the key in {self._path} did not seal what {owner} has") from error
        return text.decode()

    def mark(self, account_id: str, text: str) -> str:
        """Return what equal texts of the account have in common, and what says nothing without the key."""
        return hmac.new(self._own(b"mark"), f"{account_id}\x1f{text}".encode(), hashlib.sha256).hexdigest()

    def _own(self, use: bytes) -> bytes:
        return hmac.digest(self._key(), b"tdkt accounts " + use, hashlib.sha256)

    def _key(self) -> bytes:
        if self._path is None:
            raise Fault("accounts.no_key", "this process was given no key for the accounts")
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            key = create_key(self._path)
        if len(key) != _KEY_BYTES:
            raise Fault("accounts.bad_key", f"{self._path} is no key of {_KEY_BYTES} bytes")
        return key


def create_key(path: Path) -> bytes:
    """Create the key (0600) whole or not at all, and return it; where there is one already, that one counts."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
    return path.read_bytes()
