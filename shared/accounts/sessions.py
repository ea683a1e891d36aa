"""Sessions: where an account is signed in, how far the signing in has come, and when it ends."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.grants import grants_by_account
from shared.accounts.store import Store, token_hash
from shared.errors import Rejected
from shared.types import Actor, Grant

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
PENDING = timedelta(minutes=10)  # from the password to the code
TOUCH_EVERY = timedelta(minutes=1)
BY_PASSWORD, BY_OIDC = "password", "oidc"


class Step(StrEnum):
    """What is still asked of who signs in; nothing, once signed in."""

    NONE = ""
    CODE = "code"  # a one-time code, for one is set up
    ENROL = "enrol"  # to set up one-time codes, for a role asks for them
    PASSWORD = "password"  # noqa: S105 - a password of one's own


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAccount:
    """Who is signed in, with the session's own times; the actor has no grants while a second factor is asked for."""

    account_id: str
    login: str
    full_name: str
    must_change: bool
    actor: Actor
    session_id: str
    expires_at: datetime
    step: Step = Step.NONE
    via: str = BY_PASSWORD

    @property
    def is_pending(self) -> bool:
        """Return whether the second factor is still missing."""
        return self.step in (Step.CODE, Step.ENROL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One place where an account is signed in; `session_id` is the hash of the token, of no use to a thief."""

    session_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str
    via: str


class Sessions:
    """Begins, resumes and ends sessions."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def begin(self, account_id: str, ip: str, user_agent: str, *, via: str, has_second_factor: bool) -> str:
        """Return the token of a new session."""
        now, token = self._store.now(), secrets.token_urlsafe(32)
        row = {
            "id_hash": token_hash(token),
            "account_id": account_id,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": now + ABSOLUTE,
            "ip": ip[:64],
            "user_agent": user_agent[:300],
            "via": via,
            "has_second_factor": has_second_factor,
        }
        async with self._store.engine.begin() as connection:
            await connection.execute(delete(tables.session).where(tables.session.c.expires_at <= now))
            await connection.execute(insert(tables.session), row)
            await connection.execute(
                update(tables.account).where(tables.account.c.id == account_id).values(last_sign_in_at=now)
            )
        return token

    async def pass_second_factor(self, token: str) -> str:
        """Return the new token of the session, whose second factor is proved; the old one is of no use any more."""
        fresh = secrets.token_urlsafe(32)
        statement = update(tables.session).where(tables.session.c.id_hash == token_hash(token))
        async with self._store.engine.begin() as connection:
            moved = await connection.execute(statement.values(id_hash=token_hash(fresh), has_second_factor=True))
        if not moved.rowcount:
            raise Rejected("account.signed_out")
        return fresh

    async def resume(self, token: str, *, touch: bool = True) -> SessionAccount | None:
        """Return who the token belongs to, or None where the session is unknown, ended, idle or too old.

        Without `touch` the session goes on being idle: a page that refreshes itself is nobody at work.
        """
        now, id_hash = self._store.now(), token_hash(token)
        found = await self._store.reader.read(lambda connection: _found(connection, id_hash))
        if found is None:
            return None
        row, grants = found
        step = self._step(row, is_required=self._store.requires_totp(grants))
        is_pending = step in (Step.CODE, Step.ENROL)
        ends_at = min(row["expires_at"], row["created_at"] + PENDING) if is_pending else row["expires_at"]
        idle_until = row["last_seen_at"] + IDLE
        if now >= ends_at or now >= idle_until or row["disabled_at"] is not None:
            await self.end(token)
            return None
        if touch and now - row["last_seen_at"] >= TOUCH_EVERY:
            async with self._store.engine.begin() as connection:
                touched = update(tables.session).where(tables.session.c.id_hash == id_hash)
                await connection.execute(touched.values(last_seen_at=now))
            idle_until = now + IDLE
        return SessionAccount(
            account_id=row["account_id"],
            login=row["login"],
            full_name=row["full_name"],
            must_change=row["must_change"],
            actor=Actor(account_id=row["account_id"], grants=() if is_pending else grants),
            session_id=row["id_hash"],
            expires_at=min(ends_at, idle_until),
            step=step,
            via=row["via"],
        )

    def _step(self, row: RowMapping, *, is_required: bool) -> Step:
        if not row["has_second_factor"]:
            if row["enrolled_at"] is not None:
                return Step.CODE
            if is_required:
                return Step.ENROL
        return Step.PASSWORD if row["must_change"] else Step.NONE

    async def require(self, token: str, *, may_be_pending: bool = False) -> SessionAccount:
        """Return who the token belongs to. Raises Rejected `account.signed_out`."""
        session = await self.resume(token)
        if session is None or (session.is_pending and not may_be_pending):
            raise Rejected("account.signed_out")
        return session

    async def end(self, token: str) -> None:
        """End the session; ending it twice changes nothing."""
        async with self._store.engine.begin() as connection:
            await connection.execute(delete(tables.session).where(tables.session.c.id_hash == token_hash(token)))

    async def ls(self, account_id: str) -> tuple[Session, ...]:
        """Return where the account is signed in, newest first."""
        now, session = self._store.now(), tables.session
        query = select(session).where(
            session.c.account_id == account_id, session.c.expires_at > now, session.c.last_seen_at > now - IDLE
        )
        async with self._store.engine.connect() as connection:
            rows = (await connection.execute(query.order_by(session.c.created_at.desc()))).mappings().all()
        return tuple(
            Session(
                session_id=row["id_hash"],
                created_at=row["created_at"],
                last_seen_at=row["last_seen_at"],
                expires_at=row["expires_at"],
                ip=row["ip"],
                user_agent=row["user_agent"],
                via=row["via"],
            )
            for row in rows
        )


_RESUMED = (
    select(tables.session, tables.account.c.login, tables.account.c.full_name, tables.account.c.must_change)
    .add_columns(tables.account.c.disabled_at, tables.totp.c.enrolled_at)
    .join_from(tables.session, tables.account)
    .outerjoin(tables.totp, tables.totp.c.account_id == tables.session.c.account_id)
    .where(tables.session.c.id_hash == bindparam("id_hash"))
)


def _found(connection: Connection, id_hash: str) -> tuple[RowMapping, tuple[Grant, ...]] | None:
    """Return the session with its account, and what that may act with: asked for every page, in one go."""
    row = connection.execute(_RESUMED, {"id_hash": id_hash}).mappings().one_or_none()
    if row is None:
        return None
    return row, grants_by_account(connection, row["account_id"]).get(row["account_id"], ())


async def end_sessions(
    connection: AsyncConnection, account_id: str, *, but: str | None = None, only: str | None = None
) -> int:
    """End the account's sessions, all, all `but` one or the `only` one by id; return how many there were."""
    statement = delete(tables.session).where(tables.session.c.account_id == account_id)
    if but is not None:
        statement = statement.where(tables.session.c.id_hash != but)
    if only is not None:
        statement = statement.where(tables.session.c.id_hash == only)
    return (await connection.execute(statement)).rowcount
