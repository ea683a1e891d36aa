"""One-time links: the first administrator of a new system, and a password that somebody forgot.

The token is 256 random bits, kept as SHA-256, good for 24 hours and for one use; a newer link of the
same kind for the same account takes the older one's place.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.grants import has_admin, write_grant
from shared.accounts.passwords import check_new_password
from shared.accounts.sessions import end_sessions
from shared.accounts.store import SYSTEM, Store, checked_login, checked_name, insert_account, token_hash
from shared.clock import new_id
from shared.errors import Rejected
from shared.types import CITY, Grant, Role

LINK_LIFETIME = timedelta(hours=24)
FIRST_ADMIN_PATH = "/bat-dau"
RESET_PATH = "/dat-lai"


class Purpose(StrEnum):
    """What a link is for."""

    FIRST_ADMIN = "first_admin"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that can still be used; `login` and `full_name` of whose password it is, else empty."""

    purpose: Purpose
    account_id: str | None
    login: str
    full_name: str
    expires_at: datetime


class Links:
    """Issues one-time links and does what they are for."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def issue_first_admin(self) -> str | None:
        """Return the token with which the first administrator makes his account; None where there is one."""
        async with self._store.changing() as connection:
            if await has_admin(self._store, connection):
                return None
            return await self._issue(connection, Purpose.FIRST_ADMIN, None, by=SYSTEM, reason="")

    async def issue_reset(self, account: str, *, by: str, reason: str = "") -> str:
        """Return the token with which the account's person chooses a new password.

        Raises Rejected `account.not_found`, `account.own_credentials` (who is signed in has the old one) or
        `account.disabled`.
        """
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            if by == row["id"]:
                raise Rejected("account.own_credentials")
            if row["disabled_at"] is not None:
                raise Rejected("account.disabled")
            return await self._issue(connection, Purpose.RESET, row["id"], by=by, reason=reason)

    async def look(self, token: str) -> Link | None:
        """Return what the token is good for, without using it; None where it is for nothing (any more)."""
        async with self._store.engine.connect() as connection:
            row = await self._find(connection, token)
        if row is None:
            return None
        return Link(
            purpose=Purpose(row["purpose"]),
            account_id=row["account_id"],
            login=row["login"] or "",
            full_name=row["full_name"] or "",
            expires_at=row["expires_at"],
        )

    async def reset_password(self, token: str, new: str) -> str:
        """Set the password, end every session and the lock-out; return the account's id.

        Raises Rejected `account.link_invalid`, `account.password_short`, `account.password_long` or
        `account.password_is_login`.
        """
        link = await self.look(token)
        if link is None or link.purpose is not Purpose.RESET or link.account_id is None:
            raise Rejected("account.link_invalid")
        check_new_password(new, link.login)
        hashed = await self._store.passwords.hash(new)
        values = {"password_hash": hashed, "must_change": False, "failed_count": 0, "locked_until": None}
        async with self._store.changing() as connection:
            await self._use(connection, token, Purpose.RESET)
            await connection.execute(
                update(tables.account).where(tables.account.c.id == link.account_id).values(**values)
            )
            await end_sessions(connection, link.account_id)
            await self._store.record(
                connection,
                "link.used",
                by=link.account_id,
                account_id=link.account_id,
                reason="",
                purpose=Purpose.RESET.value,
            )
        return link.account_id

    async def create_first_admin(self, token: str, login: str, full_name: str, password: str) -> str:
        """Create the first administrator's account and return its id.

        Raises Rejected `account.link_invalid`, `account.admin_exists`, `account.bad_login`,
        `account.login_taken`, `account.name_missing`, or as `reset_password` does for the password.
        """
        link = await self.look(token)
        if link is None or link.purpose is not Purpose.FIRST_ADMIN:
            raise Rejected("account.link_invalid")
        login, full_name = checked_login(login), checked_name(full_name)
        check_new_password(password, login)
        hashed, account_id = await self._store.passwords.hash(password), new_id()
        async with self._store.changing() as connection:
            await self._use(connection, token, Purpose.FIRST_ADMIN)
            if await has_admin(self._store, connection):
                raise Rejected("account.admin_exists")
            await insert_account(connection, account_id, login, full_name, hashed)
            await self._store.record(
                connection, "account.created", by=account_id, account_id=account_id, reason="", login=login
            )
            grant = Grant(role=Role.ADMIN, district=CITY)
            await write_grant(self._store, connection, account_id, grant, by=SYSTEM, reason="")
            await self._store.record(
                connection,
                "link.used",
                by=account_id,
                account_id=account_id,
                reason="",
                purpose=Purpose.FIRST_ADMIN.value,
            )
        return account_id

    async def _issue(
        self, connection: AsyncConnection, purpose: Purpose, account_id: str | None, *, by: str, reason: str
    ) -> str:
        token, now = secrets.token_urlsafe(32), self._store.now()
        await connection.execute(
            delete(tables.link).where(
                tables.link.c.purpose == purpose.value, tables.link.c.account_id.is_not_distinct_from(account_id)
            )
        )
        row = {
            "token_hash": token_hash(token),
            "purpose": purpose.value,
            "account_id": account_id,
            "issued_at": now,
            "issued_by": by,
            "expires_at": now + LINK_LIFETIME,
        }
        await connection.execute(insert(tables.link), row)
        await self._store.record(
            connection, "link.issued", by=by, account_id=account_id, reason=reason, purpose=purpose.value
        )
        return token

    async def _find(self, connection: AsyncConnection, token: str) -> RowMapping | None:
        query = (
            select(tables.link, tables.account.c.login, tables.account.c.full_name)
            .outerjoin_from(tables.link, tables.account)
            .where(
                tables.link.c.token_hash == token_hash(token),
                tables.link.c.used_at.is_(None),
                tables.link.c.expires_at > self._store.now(),
                tables.account.c.disabled_at.is_(None),
            )
        )
        return (await connection.execute(query)).mappings().one_or_none()

    async def _use(self, connection: AsyncConnection, token: str, purpose: Purpose) -> None:
        """Spend the link. Raises Rejected `account.link_invalid` where somebody was faster."""
        row = await self._find(connection, token)
        if row is None or row["purpose"] != purpose.value:
            raise Rejected("account.link_invalid")
        statement = update(tables.link).where(tables.link.c.token_hash == row["token_hash"])
        await connection.execute(statement.values(used_at=self._store.now()))


async def end_links(connection: AsyncConnection, account_id: str) -> None:
    """Make every link of the account useless."""
    await connection.execute(delete(tables.link).where(tables.link.c.account_id == account_id))
