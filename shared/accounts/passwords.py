"""Passwords: argon2id in threads, never more at once than memory allows; what a new one must be."""

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from shared.errors import Rejected

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 256
HASHES_AT_ONCE_MAX = 4  # each takes 64 MiB


class Passwords:
    """Hashes and verifies; what has no hash costs as much as what has one."""

    def __init__(self, hasher: PasswordHasher) -> None:
        """Take the parameters of argon2id."""
        self._hasher = hasher
        self._at_once = asyncio.Semaphore(HASHES_AT_ONCE_MAX)
        self._decoy = ""

    async def prepare(self) -> None:
        """Make the hash that is verified where there is none."""
        self._decoy = await self.hash(secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        """Return the hash to keep."""
        async with self._at_once:
            return await asyncio.to_thread(self._hasher.hash, normal_password(password))

    async def verify(self, hashed: str, password: str) -> bool:
        """Return whether the password is the one of the hash; False, after the same work, for an empty hash."""
        async with self._at_once:
            try:
                await asyncio.to_thread(self._hasher.verify, hashed or self._decoy, normal_password(password))
            except (Argon2Error, InvalidHashError):
                return False
        return bool(hashed)

    def is_outdated(self, hashed: str) -> bool:
        """Return whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)


def check_new_password(new: str, login: str, old: str | None = None) -> None:
    """Refuse what is no good password.

    Raises Rejected `account.password_short`, `account.password_long`, `account.password_same` or
    `account.password_is_login`.
    """
    new = normal_password(new)
    if len(new) < PASSWORD_LENGTH_MIN:
        raise Rejected("account.password_short", length=PASSWORD_LENGTH_MIN)
    if len(new) > PASSWORD_LENGTH_MAX:
        raise Rejected("account.password_long", length=PASSWORD_LENGTH_MAX)
    if old is not None and new == normal_password(old):
        raise Rejected("account.password_same")
    if login in new.casefold():
        raise Rejected("account.password_is_login")


def normal_password(password: str) -> str:
    """Return the password in NFC; one character longer than allowed is enough to be refused, and bounds the work.

    Half a surrogate, which no keyboard types but JSON can carry, becomes a question mark.
    """
    known = unicodedata.normalize("NFC", password[: PASSWORD_LENGTH_MAX * 4])[: PASSWORD_LENGTH_MAX + 1]
    return known.encode("utf-8", "replace").decode()
