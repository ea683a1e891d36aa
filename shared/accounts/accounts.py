"""The account store of one process: accounts, signing in, and the parts that give them rights.

What an administrator does names who did it (`by`, an account id) and why; that he may is checked by
whoever asks in his name. Every change stands in the audit trail, in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Self

from argon2 import PasswordHasher
from sqlalchemy import text, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.attempts import Attempts, refusal
from shared.accounts.audit import AuditTrail
from shared.accounts.database import open_database
from shared.accounts.delegations import Delegations
from shared.accounts.directory import read_accounts, why
from shared.accounts.feeds import Feeds
from shared.accounts.grants import (
    TECHNICAL_ROLES,
    Grants,
    effective_grants,
    has_admin,
    require_an_admin,
    write_grant,
)
from shared.accounts.identities import Identities
from shared.accounts.keys import Keys
from shared.accounts.links import Links, end_links
from shared.accounts.passwords import Passwords, check_new_password
from shared.accounts.sealing import Sealing
from shared.accounts.sessions import BY_PASSWORD, Session, SessionAccount, Sessions, end_sessions
from shared.accounts.store import (
    SYSTEM,
    Account,
    Store,
    checked_login,
    checked_name,
    insert_account,
    is_account_id,
    normal_login,
)
from shared.accounts.totp import Totp
from shared.accounts.why import Why
from shared.clock import Clock, load_clock, local_date, new_id, real_now
from shared.errors import Rejected
from shared.rights import Right
from shared.settings import Settings
from shared.sql import Reader
from shared.text import fold
from shared.types import Actor, Grant, Role

_READERS = 2  # threads that read at once


class Accounts:
    """The account store of one process: open it once, close it at the end."""

    def __init__(self, store: Store) -> None:
        """Take the store; `open` and `of` make one."""
        self._store = store
        self._sessions = Sessions(store)
        self.grants = Grants(store)
        self.delegations = Delegations(store)
        self.totp = Totp(store, self._sessions)
        self.links = Links(store)
        self.identities = Identities(store, self._sessions)
        self.keys = Keys(store)
        self.feeds = Feeds(store)
        self.audit = AuditTrail(store)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        now: Callable[[], datetime] = real_now,
        today: Callable[[], date] | None = None,
        hasher: PasswordHasher | None = None,
        key_path: Path | None = None,
        totp_roles: frozenset[Role] = frozenset(),
    ) -> Self:
        """Open the store at the SQLAlchemy address, migrated to the newest tables.

        `now` is real time, `today` the business date (of `now` where it is not given). `key_path` is the file
        of the key that seals one-time codes; `totp_roles` are the roles that ask for them.
        """
        engine = await open_database(url)
        store = Store(
            engine=engine,
            reader=Reader(engine, "accounts-read", threads=_READERS),
            now=now,
            today=today or (lambda: local_date(now())),
            passwords=Passwords(hasher or PasswordHasher()),
            sealing=Sealing(key_path),
            attempts=Attempts(),
            totp_roles=totp_roles,
        )
        await store.passwords.prepare()
        return cls(store)

    @classmethod
    async def of(
        cls,
        settings: Settings,
        *,
        now: Callable[[], datetime] = real_now,
        clock: Clock | None = None,
        hasher: PasswordHasher | None = None,
    ) -> Self:
        """Open the store of the settings, with their business clock."""
        return await cls.open(
            settings.sql_url("portal"),
            now=now,
            today=(clock or load_clock(settings.clock_path)).today,
            hasher=hasher,
            key_path=settings.accounts_key_path,
            totp_roles=settings.roles_with_totp,
        )

    async def close(self) -> None:
        """Close the connections."""
        self._store.reader.close()
        await self._store.engine.dispose()

    async def is_ready(self) -> bool:
        """Ask the database for a sign of life; raises what the driver raises."""
        async with self._store.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT 1"))).scalar_one())

    async def has_admin(self) -> bool:
        """Return whether an account in use holds the role of administrator today."""
        async with self._store.engine.connect() as connection:
            return await has_admin(self._store, connection)

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
        login, account_id = checked_login(login), account_id or new_id()
        if not is_account_id(account_id):
            raise Rejected("account.bad_id", account=account_id)
        if (existing := await self._store.find(login)) is not None:
            return str(existing["id"])
        hashed = await self._store.passwords.hash(password)
        try:
            async with self._store.changing() as connection:
                await self._create(
                    connection, account_id, login, checked_name(full_name), hashed, must_change=must_change
                )
                for grant in grants:
                    await write_grant(self._store, connection, account_id, grant, by=SYSTEM, reason="")
        except Rejected as taken:
            if taken.code == "account.login_taken" and (existing := await self._store.find(login)) is not None:
                return str(existing["id"])
            raise
        return account_id

    async def add(self, login: str, full_name: str, *, by: str, reason: str = "") -> str:
        """Add an account without a password and return its id; its person gets one by a link, or signs on elsewhere.

        Raises Rejected `account.bad_login`, `account.login_taken` or `account.name_missing`.
        """
        login, full_name, account_id = checked_login(login), checked_name(full_name), new_id()
        async with self._store.changing() as connection:
            await self._create(connection, account_id, login, full_name, "", by=by, reason=reason)
        return account_id

    async def _create(
        self,
        connection: AsyncConnection,
        account_id: str,
        login: str,
        full_name: str,
        password_hash: str,
        *,
        must_change: bool = False,
        by: str = SYSTEM,
        reason: str = "",
    ) -> None:
        await insert_account(connection, account_id, login, full_name, password_hash, must_change=must_change)
        await self._store.record(
            connection, "account.created", by=by, account_id=account_id, reason=reason, login=login
        )

    async def rename(self, account: str, full_name: str, *, by: str, reason: str = "") -> None:
        """Change the name. Raises Rejected `account.not_found` or `account.name_missing`."""
        full_name = checked_name(full_name)
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            if row["full_name"] != full_name:
                detail = {"from": row["full_name"], "to": full_name}
                await self._change(connection, row, "account.renamed", {"full_name": full_name}, by, reason, **detail)

    async def disable(self, account: str, *, by: str = SYSTEM, reason: str = "") -> None:
        """Close the account, all its sessions and links; again changes nothing.

        Raises Rejected `account.not_found`, `account.own_account` or `account.last_admin`.
        """
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            if by == row["id"]:
                raise Rejected("account.own_account")
            if row["disabled_at"] is not None:
                return
            roles = {grant.role for grant in await effective_grants(connection, row["id"])}
            await self._change(connection, row, "account.disabled", {"disabled_at": self._store.now()}, by, reason)
            await end_sessions(connection, row["id"])
            await end_links(connection, row["id"])
            if Role.ADMIN in roles:
                await require_an_admin(self._store, connection)

    async def enable(self, account: str, *, by: str, reason: str = "") -> None:
        """Open a closed account again. Raises Rejected `account.not_found`."""
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            if row["disabled_at"] is not None:
                await self._change(connection, row, "account.enabled", {"disabled_at": None}, by, reason)

    async def unlock(self, account: str, *, by: str, reason: str = "") -> None:
        """End a lock-out after wrong passwords or codes. Raises Rejected `account.not_found`."""
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            if row["failed_count"] or row["locked_until"] is not None:
                values = {"failed_count": 0, "locked_until": None}
                await self._change(connection, row, "account.unlocked", values, by, reason)
        await self._store.attempts.forget_codes(row["id"])

    async def _change(
        self,
        connection: AsyncConnection,
        row: RowMapping,
        action: str,
        values: Mapping[str, object],
        by: str,
        reason: str,
        **detail: str,
    ) -> None:
        await connection.execute(update(tables.account).where(tables.account.c.id == row["id"]).values(**values))
        await self._store.record(connection, action, by=by, account_id=row["id"], reason=reason, **detail)

    async def actor(self, account: str) -> Actor:
        """Return the actor of an account id or login. Raises Rejected `account.not_found` or `account.disabled`."""
        async with self._store.engine.connect() as connection:
            row = await self._store.require(account, connection)
            if row["disabled_at"] is not None:
                raise Rejected("account.disabled")
            return Actor(account_id=row["id"], grants=await effective_grants(connection, row["id"]))

    async def account(self, account: str) -> Account:
        """Return one account. Raises Rejected `account.not_found`."""
        account_id = (await self._store.require(account))["id"]
        return next(one for one in await read_accounts(self._store, account_id) if one.account_id == account_id)

    async def ls(self, search: str = "") -> tuple[Account, ...]:
        """Return the accounts by login; those whose login or name contain every word of the search, marks aside."""
        words = fold(search).split()
        accounts = await read_accounts(self._store)
        return tuple(one for one in accounts if all(word in fold(f"{one.login} {one.full_name}") for word in words))

    async def colleagues(self, account: str) -> tuple[Account, ...]:
        """Return whom the account may choose as a delegate: in use, with a business role in a place of its own.

        Raises Rejected `account.not_found`.
        """
        own, today = await self.account(account), self._store.today()
        places = {grant.district for grant in own.grants if grant.delegated_by is None}
        return tuple(
            one
            for one in await read_accounts(self._store)
            if one.account_id != own.account_id
            and one.disabled_at is None
            and any(
                grant.district in places and grant.role not in TECHNICAL_ROLES and grant.holds_on(today)
                for grant in one.grants
            )
        )

    async def why(
        self, account: str, right: Right, *, district: str, unit: str | None = None, on: date | None = None
    ) -> Why:
        """Return why the account has the right on the day (of today), or not. Raises Rejected `account.not_found`."""
        return await why(self._store, account, right, district=district, unit=unit, on=on or self._store.today())

    # -- signing in -------------------------------------------------------------------------

    async def sign_in(self, login: str, password: str, ip: str, user_agent: str) -> str:
        """Return the token of a new session, which may still ask for a code (`SessionAccount.step`).

        An unknown login costs the same work and gives the same answers as a wrong password. Raises
        Rejected `account.bad_credentials`, `account.locked` (minutes), `account.rate_limited` or,
        only to who knows the password, `account.disabled`.
        """
        login = normal_login(login)[:80]
        store = self._store
        await store.attempts.admit_sign_in(login, ip)
        row = await store.find(login)
        if row is None:
            await store.attempts.admit_unknown(login)
            await store.passwords.verify("", password)
            await store.attempts.count_unknown(login)
            raise Rejected("account.bad_credentials")
        failures = await store.attempts.take(store.engine, row["id"], store.now())
        if not await store.passwords.verify(row["password_hash"], password):
            raise refusal(failures, "account.bad_credentials")
        if row["disabled_at"] is not None:
            raise Rejected("account.disabled")
        if store.passwords.is_outdated(row["password_hash"]):
            await self._store_hash(row["id"], await store.passwords.hash(password))
        token = await self._sessions.begin(row["id"], ip, user_agent, via=BY_PASSWORD, has_second_factor=False)
        session = await self._sessions.resume(token)
        # Who has only the password has not come in yet: his attempts at a code go on counting.
        if session is not None and not session.is_pending:
            await store.attempts.forget(store.engine, row["id"])
        return token

    async def confirm_code(self, token: str, code: str) -> str:
        """Finish signing in with a one-time code or a recovery code; see `Totp.confirm_code`."""
        return await self.totp.confirm_code(token, code)

    async def change_password(self, token: str, old: str, new: str) -> None:
        """Change the password of who is signed in, and end the account's other sessions.

        Raises Rejected `account.signed_out`, `account.bad_password`, `account.locked`, `account.rate_limited`,
        `account.password_short`, `account.password_long`, `account.password_same` or `account.password_is_login`.
        """
        store = self._store
        session = await self._sessions.require(token)
        await store.attempts.admit_login(session.login)
        row = await store.require(session.account_id)
        # Counted like a sign-in: an unattended desk is no place to guess from.
        failures = await store.attempts.take(store.engine, session.account_id, store.now())
        if not await store.passwords.verify(row["password_hash"], old):
            raise refusal(failures, "account.bad_password")
        await store.attempts.forget(store.engine, session.account_id)
        check_new_password(new, session.login, old)
        hashed = await store.passwords.hash(new)
        async with store.changing() as connection:
            values = {"password_hash": hashed, "must_change": False}
            await self._change(connection, row, "password.changed", values, session.account_id, "")
            await end_sessions(connection, session.account_id, but=session.session_id)

    async def _store_hash(self, account_id: str, hashed: str) -> None:
        statement = update(tables.account).where(tables.account.c.id == account_id)
        async with self._store.engine.begin() as connection:
            await connection.execute(statement.values(password_hash=hashed))

    # -- sessions ---------------------------------------------------------------------------

    async def resume(self, token: str, *, touch: bool = True) -> SessionAccount | None:
        """Return who the token belongs to, or None where the session has ended; see `Sessions.resume`."""
        return await self._sessions.resume(token, touch=touch)

    async def sign_out(self, token: str) -> None:
        """End the session; ending it twice changes nothing."""
        await self._sessions.end(token)

    async def sign_out_others(self, token: str) -> None:
        """End every other session of the token's account; without a session nothing changes."""
        session = await self._sessions.resume(token)
        if session is None or session.is_pending:
            return
        async with self._store.changing() as connection:
            await end_sessions(connection, session.account_id, but=session.session_id)

    async def sessions(self, account: str) -> tuple[Session, ...]:
        """Return where the account is signed in, newest first. Raises Rejected `account.not_found`."""
        return await self._sessions.ls((await self._store.require(account))["id"])

    async def end_session(self, token: str, session_id: str) -> None:
        """End a session of one's own by its id; any other changes nothing. Raises Rejected `account.signed_out`."""
        session = await self._sessions.require(token)
        if session_id.isalnum():  # as every id is; no database is asked for anything else
            async with self._store.changing() as connection:
                await end_sessions(connection, session.account_id, only=session_id)

    async def end_sessions(self, account: str, *, by: str, reason: str = "") -> None:
        """End every session of the account. Raises Rejected `account.not_found`."""
        async with self._store.changing() as connection:
            account_id = (await self._store.require(account, connection))["id"]
            count = await end_sessions(connection, account_id)
            if count:
                await self._store.record(
                    connection, "sessions.ended", by=by, account_id=account_id, reason=reason, count=count
                )
