"""Files about persons: sealed before they are kept, each with a key of its own that is not kept with them.

The key goes to the uploader, from there into the event, sealed under the person's key; without it
nobody reads the file, wherever a copy of it lies (docs/adr/0017). AES-256-GCM part by part, after the
STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance, CRYPTO 2015): the nonce is the part's number and whether it is the
last, so a part of another file or place, or the end of a file that was cut off, does not open. Numbers
may be nonces because a key seals one file, once.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Fault

TAG_BYTES = 16  # by which a sealed part is longer than what it holds
_KEY_BYTES = 32
_NUMBER_BYTES = 11
_FOLLOWED, _LAST, _NAME = b"\x00", b"\x01", b"\x02"  # what a nonce ends with: it says what is sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKey:
    """The key of one file; never written to a log, nor kept beside the file."""

    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "FileKey":
        """Return a key for a file that is not sealed yet."""
        return cls(secret=os.urandom(_KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> "FileKey":
        """Return the key that was written so. Raises Fault `seal.unreadable`."""
        try:
            key = cls(secret=urlsafe_b64decode(f"{text}="))
        except ValueError as error:
            raise Fault("seal.unreadable", "a file's key is malformed") from error
        # One key has one text: what decodes to it otherwise is refused as well.
        if len(key.secret) != _KEY_BYTES or key.text != text:
            raise Fault("seal.unreadable", "a file's key is malformed")
        return key

    @property
    def text(self) -> str:
        """Return the key as base64url without padding."""
        return urlsafe_b64encode(self.secret).decode().rstrip("=")

    def seal(self, parts: Sequence[bytes]) -> list[bytes]:
        """Return the parts of the file sealed, in their order."""
        last = len(parts) - 1
        return [self._encrypt(index, _LAST if index == last else _FOLLOWED, part) for index, part in enumerate(parts)]

    def open(self, part: bytes, index: int, *, is_last: bool) -> bytes:
        """Return what the part of that number holds. Raises Fault `seal.unreadable` where it is not that part."""
        return self._decrypt(index, _LAST if is_last else _FOLLOWED, part)

    def seal_name(self, name: str) -> str:
        """Return the file's name sealed, as base64url."""
        return urlsafe_b64encode(self._encrypt(0, _NAME, name.encode())).decode()

    def open_name(self, sealed: str) -> str:
        """Return the file's name. Raises Fault `seal.unreadable` where this is not the file's key."""
        try:
            body = urlsafe_b64decode(sealed)
        except ValueError as error:
            raise Fault("seal.unreadable", "a file's name is malformed") from error
        return self._decrypt(0, _NAME, body).decode()

    def _encrypt(self, index: int, kind: bytes, content: bytes) -> bytes:
        return AESGCM(self.secret).encrypt(_nonce(index, kind), content, None)

    def _decrypt(self, index: int, kind: bytes, sealed: bytes) -> bytes:
        try:
            return AESGCM(self.secret).decrypt(_nonce(index, kind), sealed, None)
        except InvalidTag as error:
            raise Fault("seal.unreadable", f"part {index} of a file") from error


def _nonce(index: int, kind: bytes) -> bytes:
    return index.to_bytes(_NUMBER_BYTES, "big") + kind
