"""Single sign-on: which person at a provider of identities (OpenID Connect) is which account.

Only an account that exists is signed in to; none is created. By default an administrator binds them; a
setting lets a verified e-mail, or the provider's login, bind itself at the first sign-in.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.grants import TECHNICAL_ROLES, effective_grants
from shared.accounts.sessions import BY_OIDC, Sessions
from shared.accounts.store import SYSTEM, Store, normal_login
from shared.errors import Rejected

_LENGTH_MAX = 300  # OpenID Connect Core 2: `sub` has at most 255 characters


class Match(StrEnum):
    """What may bind an unbound identity to an account by itself."""

    NONE = "none"  # nothing: an administrator binds
    EMAIL = "email"  # an e-mail that the provider verified and that is the login here
    LOGIN = "login"  # the provider's `preferred_username`, where one office runs both


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person at a provider, bound to an account."""

    issuer: str
    subject: str
    account_id: str
    bound_at: datetime
    bound_by: str


class Identities:
    """Binds identities and signs in with them."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        """Take the store and its sessions."""
        self._store = store
        self._sessions = sessions

    async def bind(self, account: str, issuer: str, subject: str, *, by: str, reason: str = "") -> None:
        """Bind the identity to the account; again changes nothing.

        Raises Rejected `account.not_found`, `identity.bad` or `identity.taken`.
        """
        issuer, subject = issuer.strip(), subject.strip()
        if (
            not issuer.startswith(("https://", "http://"))
            or not subject
            or max(len(issuer), len(subject)) > _LENGTH_MAX
            or not (issuer + subject).isprintable()
        ):
            raise Rejected("identity.bad")
        async with self._store.changing() as connection:
            account_id = (await self._store.require(account, connection))["id"]
            bound = await self._bound_to(connection, issuer, subject)
            if bound not in (None, account_id):
                raise Rejected("identity.taken")
            if bound is None:
                await self._bind(connection, account_id, issuer, subject, by=by, reason=reason)

    async def unbind(self, issuer: str, subject: str, *, by: str, reason: str = "") -> None:
        """Let the identity sign in to no account any more. Raises Rejected `identity.not_found`."""
        async with self._store.changing() as connection:
            account_id = await self._bound_to(connection, issuer, subject)
            if account_id is None:
                raise Rejected("identity.not_found")
            known = tables.identity
            await connection.execute(delete(known).where(known.c.issuer == issuer, known.c.subject == subject))
            await self._store.record(
                connection,
                "identity.unbound",
                by=by,
                account_id=account_id,
                reason=reason,
                issuer=issuer,
                subject=subject,
            )

    async def ls(self, account: str) -> tuple[Identity, ...]:
        """Return the identities bound to the account. Raises Rejected `account.not_found`."""
        async with self._store.engine.connect() as connection:
            account_id = (await self._store.require(account, connection))["id"]
            query = select(tables.identity).where(tables.identity.c.account_id == account_id)
            rows = (await connection.execute(query.order_by(tables.identity.c.bound_at))).mappings().all()
        return tuple(
            Identity(
                issuer=row["issuer"],
                subject=row["subject"],
                account_id=row["account_id"],
                bound_at=row["bound_at"],
                bound_by=row["bound_by"],
            )
            for row in rows
        )

    async def sign_in(
        self,
        issuer: str,
        subject: str,
        ip: str,
        user_agent: str,
        *,
        email: str = "",
        email_is_verified: bool = False,
        login: str = "",
        match: Match = Match.NONE,
        has_second_factor: bool = False,
    ) -> str:
        """Return the token of a new session of who the provider says it is.

        `has_second_factor`: the provider asked for one, so none is asked for here. A lock-out after wrong
        passwords does not hold here, or anybody could lock out anybody. Raises Rejected `identity.unknown`,
        `account.disabled` or `account.rate_limited`.
        """
        await self._store.attempts.admit_address(ip)
        async with self._store.engine.connect() as connection:
            account_id = await self._bound_to(connection, issuer, subject)
        if account_id is None:
            name = (email if email_is_verified else "") if match is Match.EMAIL else login
            account_id = None if match is Match.NONE else await self._match(issuer, subject, name)
        if account_id is None:
            raise Rejected("identity.unknown")
        if (await self._store.require(account_id))["disabled_at"] is not None:
            raise Rejected("account.disabled")
        return await self._sessions.begin(account_id, ip, user_agent, via=BY_OIDC, has_second_factor=has_second_factor)

    async def _match(self, issuer: str, subject: str, name: str) -> str | None:
        """Bind the identity to the account whose login the name is, and return its id; None where that is unsafe."""
        if not name.isascii():  # without case “ſ” and the sign of Kelvin are letters of somebody else's login
            return None
        known = tables.identity
        async with self._store.changing() as connection:
            if (bound := await self._bound_to(connection, issuer, subject)) is not None:
                return bound  # by who came with the same identity at the same moment
            query = select(tables.account).where(
                tables.account.c.login == normal_login(name), tables.account.c.disabled_at.is_(None)
            )
            row: RowMapping | None = (await connection.execute(query)).mappings().one_or_none()
            if row is None or not 0 < len(subject) <= _LENGTH_MAX:
                return None
            account_id = str(row["id"])
            others = select(known.c.subject).where(known.c.account_id == account_id, known.c.issuer == issuer)
            roles = {grant.role for grant in await effective_grants(connection, account_id)}
            # Who governs the accounts is bound by hand, and an account belongs to one person.
            if roles & TECHNICAL_ROLES or (await connection.execute(others)).first() is not None:
                return None
            await self._bind(connection, account_id, issuer, subject, by=SYSTEM, reason="")
            return account_id

    async def _bound_to(self, connection: AsyncConnection, issuer: str, subject: str) -> str | None:
        known = tables.identity
        query = select(known.c.account_id).where(known.c.issuer == issuer, known.c.subject == subject)
        return (await connection.execute(query)).scalar_one_or_none()

    async def _bind(
        self, connection: AsyncConnection, account_id: str, issuer: str, subject: str, *, by: str, reason: str
    ) -> None:
        row = {
            "issuer": issuer,
            "subject": subject,
            "account_id": account_id,
            "bound_at": self._store.now(),
            "bound_by": by,
        }
        await connection.execute(insert(tables.identity), row)
        await self._store.record(
            connection, "identity.bound", by=by, account_id=account_id, reason=reason, issuer=issuer, subject=subject
        )
