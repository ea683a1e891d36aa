"""What every part of the account store shares: the database, the clocks, and how an account is found."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.accounts import tables
from shared.accounts.attempts import Attempts
from shared.accounts.database import SCHEMA
from shared.accounts.passwords import Passwords
from shared.accounts.sealing import Sealing
from shared.errors import Json, Rejected
from shared.sql import Reader, alone
from shared.text import nfc
from shared.types import Grant, Role

SYSTEM = "system"  # who did what nobody asked for by name
NAME_MAX = 200
REASON_MAX = 500
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as an administrator sees it; `grants` are its own and those delegated to it, of all dates."""

    account_id: str
    login: str
    full_name: str
    grants: tuple[Grant, ...]
    must_change: bool
    has_password: bool
    disabled_at: datetime | None
    locked_until: datetime | None
    last_sign_in_at: datetime | None
    totp_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The store's database, its two clocks (`now` real, `today` business), and the rules that settings choose.

    `reader` is for what every page asks: in one go instead of statement by statement.
    """

    engine: AsyncEngine
    reader: Reader
    now: Callable[[], datetime]
    today: Callable[[], date]
    passwords: Passwords
    sealing: Sealing
    attempts: Attempts
    totp_roles: frozenset[Role]

    def changing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction in which nobody else changes accounts: what it checks stays true until it commits."""
        return alone(self.engine, SCHEMA)

    async def find(self, login: str) -> RowMapping | None:
        """Return the row of the login, or None."""
        async with self.engine.connect() as connection:
            found = await connection.execute(select(tables.account).where(tables.account.c.login == login))
            return found.mappings().one_or_none()

    async def require(self, account: str, connection: AsyncConnection | None = None) -> RowMapping:
        """Return the row of the account id or login. Raises Rejected `account.not_found`."""
        if connection is None:
            async with self.engine.connect() as own:
                return await self.require(account, own)
        if not account.isprintable():
            raise Rejected("account.not_found", account="?")
        # An id wins over a login of the same text.
        query = select(tables.account).where(
            (tables.account.c.id == account[:80]) | (tables.account.c.login == normal_login(account))
        )
        rows = (await connection.execute(query)).mappings().all()
        for row in sorted(rows, key=lambda row: row["id"] != account):
            return row
        raise Rejected("account.not_found", account=account[:80])

    def requires_totp(self, grants: tuple[Grant, ...]) -> bool:
        """Return whether one of the roles held today asks for one-time codes."""
        return any(grant.role in self.totp_roles and grant.holds_on(self.today()) for grant in grants)

    async def record(
        self, connection: AsyncConnection, action: str, *, by: str, account_id: str | None, reason: str, **detail: Json
    ) -> None:
        """Write the change into the audit trail, in the same transaction."""
        row = {
            "at": self.now(),
            "done_by": by,
            "action": action,
            "account_id": account_id,
            "detail": json.dumps(detail, ensure_ascii=False),
            "reason": kept_reason(reason),
        }
        await connection.execute(insert(tables.audit), row)


async def insert_account(
    connection: AsyncConnection,
    account_id: str,
    login: str,
    full_name: str,
    password_hash: str,
    *,
    must_change: bool = False,
) -> None:
    """Insert the account. Raises Rejected `account.login_taken`, or `account.id_taken`."""
    account = tables.account
    query = select(account.c.login).where((account.c.login == login) | (account.c.id == account_id))
    taken = (await connection.execute(query)).scalars().all()
    if login in taken:
        raise Rejected("account.login_taken", login=login)
    if taken:
        raise Rejected("account.id_taken", account=account_id)
    row = {
        "id": account_id,
        "login": login,
        "full_name": full_name,
        "password_hash": password_hash,
        "must_change": must_change,
        "failed_count": 0,
    }
    await connection.execute(insert(account), row)


def normal_login(login: str) -> str:
    """Return the login as it is kept: NFC, without case and outer blanks, no longer than the column.

    What no database takes as text (NUL, half a surrogate) becomes a question mark, which no login has.
    """
    known = unicodedata.normalize("NFC", login[:400].strip()).casefold()[:81]
    return "".join(char if char.isprintable() else "?" for char in known)


def checked_login(login: str) -> str:
    """Return the login as it is kept. Raises Rejected `account.bad_login`."""
    login = normal_login(login)
    if not _LOGIN.fullmatch(login):
        raise Rejected("account.bad_login", login=login)
    return login


def is_account_id(text: str) -> bool:
    """Return whether the text may be the id of an account; an id never looks like `key:…` or a path."""
    return _LOGIN.fullmatch(text) is not None


def checked_name(full_name: str) -> str:
    """Return the name in NFC. Raises Rejected `account.name_missing`."""
    name = nfc(full_name)[:NAME_MAX]
    if not name or not name.isprintable():
        raise Rejected("account.name_missing")
    return name


def kept_reason(reason: str) -> str:
    """Return the reason as it is kept: NFC, in one line, no longer than the column."""
    return "".join(char if char.isprintable() else " " for char in nfc(reason))[:REASON_MAX]


def token_hash(token: str) -> str:
    """Return what is kept of a random token: SHA-256, for what cannot be guessed needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
