"""Accounts and sessions: who may sign in, what was granted to them, and where they are signed in.

Owned by the portal; the command line reads it for `--as ACCOUNT`. Times here are real time, except
the validity of a grant, which is a business date. Passwords are kept as argon2id hashes (RFC 9106),
session tokens as SHA-256 only: a copy of the database lets nobody in.
"""

import asyncio
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    case,
    delete,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import Dialect, RowMapping, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

from shared.clock import new_id, real_now
from shared.errors import Rejected
from shared.types import Actor, Grant, Role

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
FAILURES_MAX = 8
LOCK = timedelta(minutes=15)
PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 256
HASHES_AT_ONCE_MAX = 4  # each takes 64 MiB

_PER_LOGIN = RateLimitItemPerMinute(20, 5, namespace="login")
_PER_ADDRESS = RateLimitItemPerMinute(100, 5, namespace="address")  # a whole office may share one address
_PER_UNKNOWN = RateLimitItemPerMinute(FAILURES_MAX - 1, int(LOCK.total_seconds() // 60), namespace="unknown")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,79}")


class _Instant(TypeDecorator[datetime]):
    """An instant in UTC; SQLite drops the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


_METADATA = MetaData()
_account = Table(
    "account",
    _METADATA,
    Column("id", String(80), primary_key=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("full_name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled_at", _Instant),
    Column("failed_count", Integer, nullable=False, default=0),
    Column("locked_until", _Instant),
)
_grant = Table(
    "account_grant",
    _METADATA,
    Column("account_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("role", String(40), nullable=False),
    Column("district", String(40), nullable=False),
    Column("unit", String(80)),
    Column("valid_from", Date),
    Column("valid_to", Date),
)
_session = Table(
    "session",
    _METADATA,
    Column("id_hash", String(64), primary_key=True),
    Column("account_id", String(80), ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", _Instant, nullable=False),
    Column("last_seen_at", _Instant, nullable=False),
    Column("expires_at", _Instant, nullable=False),
    Column("ip", String(64), nullable=False),
    Column("user_agent", String(300), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as an administrator sees it."""

    account_id: str
    login: str
    full_name: str
    grants: tuple[Grant, ...]
    must_change: bool
    disabled_at: datetime | None
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAccount:
    """Who is signed in, with the session's own times."""

    account_id: str
    login: str
    full_name: str
    must_change: bool
    actor: Actor
    session_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One place where an account is signed in; `session_id` is the hash of the token, of no use to a thief."""

    session_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str


class Accounts:
    """The account store of one process: open it once, close it at the end."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime], hasher: PasswordHasher) -> None:
        self._engine = engine
        self._now = now
        self._hasher = hasher
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE_MAX)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._decoy_hash = ""

    @classmethod
    async def open(
        cls, url: str, *, now: Callable[[], datetime] = real_now, hasher: PasswordHasher | None = None
    ) -> Self:
        """Open the store at the SQLAlchemy address; create folder and tables where they are missing."""
        engine = _engine(url)
        accounts = cls(engine, now=now, hasher=hasher or PasswordHasher())
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                # Two replicas may start at once; the lock ends with the transaction.
                await connection.execute(text("SELECT pg_advisory_xact_lock(7303014)"))
                await connection.execute(text("CREATE SCHEMA IF NOT EXISTS portal"))
            await connection.run_sync(_METADATA.create_all)
        accounts._decoy_hash = await accounts._hash(secrets.token_urlsafe(16))
        return accounts

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    async def is_ready(self) -> bool:
        """Ask the database for a sign of life; raises what the driver raises."""
        async with self._engine.connect() as connection:
            return bool((await connection.execute(text("SELECT 1"))).scalar_one())

    # -- accounts ---------------------------------------------------------------------------

    async def create(
        self,
        login: str,
        full_name: str,
        password: str,
        grants: Sequence[Grant] = (),
        account_id: str | None = None,
        *,
        must_change: bool = False,
    ) -> str:
        """Create the account and return its id; an existing login is left as it is and its id returned.

        `account_id` is a stable id such as `phong-noi-vu.cai-rang`, never a name; without one a UUIDv7.
        Raises Rejected `account.bad_login`, `account.bad_id` or `account.id_taken`.
        """
        login = _login(login)
        if not _LOGIN.fullmatch(login):
            raise Rejected("account.bad_login", login=login)
        account_id = account_id or new_id()
        if not _LOGIN.fullmatch(account_id):
            raise Rejected("account.bad_id", account=account_id)
        if (existing := await self._find(login=login)) is not None:
            return str(existing["id"])
        row = {
            "id": account_id,
            "login": login,
            "full_name": unicodedata.normalize("NFC", full_name.strip()),
            "password_hash": await self._hash(password),
            "must_change": must_change,
            "failed_count": 0,
        }
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(_account), row)
                await _write_grants(connection, account_id, grants)
        except IntegrityError as error:
            if (existing := await self._find(login=login)) is not None:
                return str(existing["id"])
            raise Rejected("account.id_taken", account=account_id) from error
        return account_id

    async def replace_grants(self, account: str, grants: Sequence[Grant]) -> None:
        """Give the account exactly these grants. Raises Rejected `account.not_found`."""
        account_id = str((await self._require(account))["id"])
        async with self._engine.begin() as connection:
            await connection.execute(delete(_grant).where(_grant.c.account_id == account_id))
            await _write_grants(connection, account_id, grants)

    async def disable(self, account: str) -> None:
        """Close the account and all its sessions. Raises Rejected `account.not_found`."""
        account_id = str((await self._require(account))["id"])
        async with self._engine.begin() as connection:
            await connection.execute(
                update(_account).where(_account.c.id == account_id).values(disabled_at=self._now())
            )
            await connection.execute(delete(_session).where(_session.c.account_id == account_id))

    async def change_password(self, token: str, old: str, new: str) -> None:
        """Change the password of who is signed in, and end the account's other sessions.

        Raises Rejected `account.signed_out`, `account.bad_password`, `account.locked`, `account.rate_limited`,
        `account.password_short`, `account.password_long`, `account.password_same` or `account.password_is_login`.
        """
        session = await self.resume(token)
        if session is None:
            raise Rejected("account.signed_out")
        if not await self._limiter.hit(_PER_LOGIN, session.login):
            raise Rejected("account.rate_limited")
        old, new = _password(old), _password(new)
        row = await self._require(session.account_id)
        # Counted like a sign-in: an unattended desk is no place to guess from.
        failures = await self._take_attempt(row)
        if not await self._verify(str(row["password_hash"]), old):
            if failures >= FAILURES_MAX:
                raise Rejected("account.locked", minutes=int(LOCK.total_seconds() // 60))
            raise Rejected("account.bad_password")
        await self._forget_failures(session.account_id)
        _check_new_password(old, new, session.login)
        hashed = await self._hash(new)
        async with self._engine.begin() as connection:
            await connection.execute(
                update(_account)
                .where(_account.c.id == session.account_id)
                .values(password_hash=hashed, must_change=False)
            )
            await connection.execute(
                delete(_session).where(
                    _session.c.account_id == session.account_id, _session.c.id_hash != session.session_id
                )
            )

    async def actor(self, account: str) -> Actor:
        """Return the actor of an account id or login. Raises Rejected `account.not_found` or `account.disabled`."""
        row = await self._require(account)
        if row["disabled_at"] is not None:
            raise Rejected("account.disabled")
        async with self._engine.connect() as connection:
            grants = await _read_grants(connection, str(row["id"]))
        return Actor(account_id=str(row["id"]), grants=grants)

    async def ls(self) -> tuple[Account, ...]:
        """Return all accounts by login."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(_account).order_by(_account.c.login))).mappings().all()
            grants: dict[str, list[Grant]] = {}
            found = await connection.execute(select(_grant).order_by(_grant.c.account_id, _grant.c.number))
            for row in found.mappings():
                grants.setdefault(row["account_id"], []).append(_grant_of(row))
        return tuple(
            Account(
                account_id=row["id"],
                login=row["login"],
                full_name=row["full_name"],
                grants=tuple(grants.get(row["id"], ())),
                must_change=row["must_change"],
                disabled_at=row["disabled_at"],
                locked_until=row["locked_until"],
            )
            for row in rows
        )

    # -- sessions ---------------------------------------------------------------------------

    async def sign_in(self, login: str, password: str, ip: str, user_agent: str) -> str:
        """Return the token of a new session.

        An unknown login costs the same work and gives the same answers as a wrong password. Raises
        Rejected `account.bad_credentials`, `account.locked` (minutes), `account.rate_limited` or,
        only to who knows the password, `account.disabled`.
        """
        login, password = _login(login)[:80], _password(password)
        within_limits = await self._limiter.hit(_PER_ADDRESS, ip) and await self._limiter.hit(_PER_LOGIN, login)
        if not within_limits:
            raise Rejected("account.rate_limited")
        row = await self._find(login=login)
        if row is None:
            await self._refuse_unknown(login, password)
        else:
            failures = await self._take_attempt(row)
            if not await self._verify(str(row["password_hash"]), password):
                if failures >= FAILURES_MAX:
                    raise Rejected("account.locked", minutes=int(LOCK.total_seconds() // 60))
                raise Rejected("account.bad_credentials")
            if row["disabled_at"] is not None:
                raise Rejected("account.disabled")
            await self._forget_failures(str(row["id"]))
            if self._hasher.check_needs_rehash(str(row["password_hash"])):
                await self._store_hash(str(row["id"]), await self._hash(password))
            return await self._begin_session(str(row["id"]), ip, user_agent)
        raise Rejected("account.bad_credentials")

    async def resume(self, token: str, *, touch: bool = True) -> SessionAccount | None:
        """Return who the token belongs to, or None where the session is unknown, ended, idle or too old.

        Without `touch` the session goes on being idle: a page that refreshes itself is nobody at work.
        """
        now = self._now()
        id_hash = _token_hash(token)
        query = select(
            _session.c.id_hash,
            _session.c.last_seen_at,
            _session.c.expires_at,
            _account.c.id,
            _account.c.login,
            _account.c.full_name,
            _account.c.must_change,
            _account.c.disabled_at,
        ).join_from(_session, _account)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.where(_session.c.id_hash == id_hash))).mappings().one_or_none()
            if row is None:
                return None
            grants = await _read_grants(connection, row["id"])
        idle_until = row["last_seen_at"] + IDLE
        if now >= row["expires_at"] or now >= idle_until or row["disabled_at"] is not None:
            await self.sign_out(token)
            return None
        if touch and now - row["last_seen_at"] >= TOUCH_EVERY:
            async with self._engine.begin() as connection:
                await connection.execute(update(_session).where(_session.c.id_hash == id_hash).values(last_seen_at=now))
            idle_until = now + IDLE
        return SessionAccount(
            account_id=row["id"],
            login=row["login"],
            full_name=row["full_name"],
            must_change=row["must_change"],
            actor=Actor(account_id=row["id"], grants=grants),
            session_id=row["id_hash"],
            expires_at=min(row["expires_at"], idle_until),
        )

    async def sign_out(self, token: str) -> None:
        """End the session; ending it twice changes nothing."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(_session).where(_session.c.id_hash == _token_hash(token)))

    async def sign_out_others(self, token: str) -> None:
        """End every other session of the token's account."""
        session = await self.resume(token)
        if session is None:
            return
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(_session).where(
                    _session.c.account_id == session.account_id, _session.c.id_hash != session.session_id
                )
            )

    async def sessions(self, account: str) -> tuple[Session, ...]:
        """Return where the account (id or login) is signed in, newest first. Raises Rejected `account.not_found`."""
        account_id = str((await self._require(account))["id"])
        now = self._now()
        query = select(_session).where(
            _session.c.account_id == account_id, _session.c.expires_at > now, _session.c.last_seen_at > now - IDLE
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(_session.c.created_at.desc()))).mappings().all()
        return tuple(
            Session(
                session_id=row["id_hash"],
                created_at=row["created_at"],
                last_seen_at=row["last_seen_at"],
                expires_at=row["expires_at"],
                ip=row["ip"],
                user_agent=row["user_agent"],
            )
            for row in rows
        )

    # -- inside -----------------------------------------------------------------------------

    async def _find(self, *, login: str) -> RowMapping | None:
        async with self._engine.connect() as connection:
            found = await connection.execute(select(_account).where(_account.c.login == login))
            return found.mappings().one_or_none()

    async def _require(self, account: str) -> RowMapping:
        # An id wins over a login of the same text.
        query = select(_account).where((_account.c.id == account) | (_account.c.login == _login(account)))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        for row in sorted(rows, key=lambda row: row["id"] != account):
            return row
        raise Rejected("account.not_found", account=account)

    async def _take_attempt(self, row: RowMapping) -> int:
        """Count the attempt before the password is checked, so that guesses in parallel are counted too."""
        now = self._now()
        count = case((_account.c.locked_until.is_not(None), 1), else_=_account.c.failed_count + 1)
        statement = (
            update(_account)
            .where(_account.c.id == row["id"])
            .where((_account.c.locked_until.is_(None)) | (_account.c.locked_until <= now))
            .values(failed_count=count, locked_until=case((count >= FAILURES_MAX, now + LOCK), else_=None))
            .returning(_account.c.failed_count)
        )
        async with self._engine.begin() as connection:
            taken = (await connection.execute(statement)).scalar_one_or_none()
            if taken is not None:
                return int(taken)
            locked_until = (
                await connection.execute(select(_account.c.locked_until).where(_account.c.id == row["id"]))
            ).scalar_one_or_none()
        raise Rejected("account.locked", minutes=_minutes(locked_until - now) if locked_until else 1)

    async def _refuse_unknown(self, login: str, password: str) -> None:
        """Do and answer for an unknown login what a known one would see."""
        if not await self._limiter.test(_PER_UNKNOWN, login):
            stats = await self._limiter.get_window_stats(_PER_UNKNOWN, login)
            left = timedelta(seconds=max(0.0, stats.reset_time - real_now().timestamp()))
            raise Rejected("account.locked", minutes=_minutes(min(left, LOCK)))
        await self._verify(self._decoy_hash, password)
        await self._limiter.hit(_PER_UNKNOWN, login)

    async def _forget_failures(self, account_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                update(_account).where(_account.c.id == account_id).values(failed_count=0, locked_until=None)
            )

    async def _store_hash(self, account_id: str, hashed: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(_account).where(_account.c.id == account_id).values(password_hash=hashed))

    async def _begin_session(self, account_id: str, ip: str, user_agent: str) -> str:
        now = self._now()
        token = secrets.token_urlsafe(32)
        row = {
            "id_hash": _token_hash(token),
            "account_id": account_id,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": now + ABSOLUTE,
            "ip": ip[:64],
            "user_agent": user_agent[:300],
        }
        async with self._engine.begin() as connection:
            await connection.execute(delete(_session).where(_session.c.expires_at <= now))
            await connection.execute(insert(_session), row)
        return token

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, _password(password))

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except (Argon2Error, InvalidHashError):
                return False


def _engine(url: str) -> AsyncEngine:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        options = {"schema_translate_map": {None: "portal"}}
        return create_async_engine(address, execution_options=options, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(address, connect_args={"timeout": 5})

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


async def _write_grants(connection: AsyncConnection, account_id: str, grants: Sequence[Grant]) -> None:
    rows = [
        {
            "account_id": account_id,
            "number": number,
            "role": grant.role.value,
            "district": grant.district,
            "unit": grant.unit,
            "valid_from": grant.valid_from,
            "valid_to": grant.valid_to,
        }
        for number, grant in enumerate(grants, start=1)
    ]
    if rows:
        await connection.execute(insert(_grant), rows)


async def _read_grants(connection: AsyncConnection, account_id: str) -> tuple[Grant, ...]:
    found = await connection.execute(select(_grant).where(_grant.c.account_id == account_id).order_by(_grant.c.number))
    return tuple(_grant_of(row) for row in found.mappings())


def _grant_of(row: RowMapping) -> Grant:
    return Grant(
        role=Role(row["role"]),
        district=row["district"],
        unit=row["unit"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


def _check_new_password(old: str, new: str, login: str) -> None:
    if len(new) < PASSWORD_LENGTH_MIN:
        raise Rejected("account.password_short", length=PASSWORD_LENGTH_MIN)
    if len(new) > PASSWORD_LENGTH_MAX:
        raise Rejected("account.password_long", length=PASSWORD_LENGTH_MAX)
    if new == old:
        raise Rejected("account.password_same")
    if login in new.casefold():
        raise Rejected("account.password_is_login")


def _login(login: str) -> str:
    return unicodedata.normalize("NFC", login.strip()).casefold()


def _password(password: str) -> str:
    # One longer than allowed is enough to be refused, and bounds the work.
    return unicodedata.normalize("NFC", password[: PASSWORD_LENGTH_MAX * 4])[: PASSWORD_LENGTH_MAX + 1]


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _minutes(span: timedelta) -> int:
    return max(1, -int(-span.total_seconds() // 60))
