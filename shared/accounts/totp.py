"""One-time codes from an authenticator (TOTP, RFC 6238), and the recovery codes for when it is lost.

A code counts once and within ±1 step of 30 s. The seed is sealed with a key outside the database.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.attempts import refusal
from shared.accounts.grants import effective_grants
from shared.accounts.sessions import SessionAccount, Sessions, Step, end_sessions
from shared.accounts.store import Store
from shared.errors import Fault, Rejected

ISSUER = "Thi đua Khen thưởng Cần Thơ"
STEP_S = 30
STEPS_OFF_MAX = 1  # RFC 6238, 5.2: for the way of the code and clocks that drift
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read for something else
_GROUPS, _GROUP_LENGTH = 3, 4  # 59 bits, and marked with a key outside the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What the authenticator needs: the seed in Base32, and the address that stands in the QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """One-time codes are set up: the token of the session from now on, and the recovery codes, shown this once."""

    token: str
    recovery_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpState:
    """Whether an account has one-time codes, how many recovery codes are left, and whether a role asks for them."""

    enrolled_at: datetime | None
    recovery_left: int
    is_required: bool


class Totp:
    """Sets up, checks and takes away one-time codes."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        """Take the store and its sessions."""
        self._store = store
        self._sessions = sessions

    async def begin(self, token: str) -> Enrolment:
        """Return the seed to set up, the same one in this session until it is confirmed.

        Another session gets another one, or who has only the password could look at the seed before its person does.
        Raises Rejected `account.signed_out` or `totp.exists`, Fault `accounts.no_key`.
        """
        session = await self._enrolling(token)
        async with self._store.changing() as connection:
            row = await self._row(connection, session.account_id)
            if row is not None and row[1] is not None:
                raise Rejected("totp.exists")
            secret = self._begun(session, row[0]) if row is not None else None
            if secret is None:
                secret = pyotp.random_base32()
                sealed = self._store.sealing.seal(session.session_id, secret)
                await connection.execute(delete(tables.totp).where(tables.totp.c.account_id == session.account_id))
                await connection.execute(
                    insert(tables.totp), {"account_id": session.account_id, "sealed_secret": sealed, "last_step": 0}
                )
        uri = pyotp.TOTP(secret).provisioning_uri(name=session.login, issuer_name=ISSUER)
        return Enrolment(secret=secret, uri=uri)

    async def confirm(self, token: str, code: str) -> Confirmed:
        """Set up one-time codes, as the code proves that the authenticator has the seed; the other sessions end.

        Raises Rejected `account.signed_out`, `totp.not_begun`, `totp.exists`, `account.bad_code`,
        `account.locked` (minutes) or `account.rate_limited`.
        """
        session = await self._enrolling(token)
        async with self._store.engine.connect() as connection:
            row = await self._row(connection, session.account_id)
        if row is None:
            raise Rejected("totp.not_begun")
        if row[1] is not None:
            raise Rejected("totp.exists")
        if (secret := self._begun(session, row[0])) is None:
            raise Rejected("totp.not_begun")
        failures = await self._take(session.account_id)
        if (step := self._step_of(secret, code)) is None:
            raise refusal(failures, "account.bad_code")
        now, totp = self._store.now(), tables.totp
        async with self._store.changing() as connection:
            enrolled = await connection.execute(
                update(totp)
                .where(totp.c.account_id == session.account_id, totp.c.enrolled_at.is_(None))
                .values(
                    sealed_secret=self._store.sealing.seal(session.account_id, secret), enrolled_at=now, last_step=step
                )
            )
            if not enrolled.rowcount:
                raise Rejected("totp.exists")
            codes = await self._write_recovery_codes(connection, session.account_id)
            await end_sessions(connection, session.account_id, but=session.session_id)
            await self._store.record(
                connection, "totp.enrolled", by=session.account_id, account_id=session.account_id, reason=""
            )
        await self._forget(session.account_id)
        return Confirmed(token=await self._sessions.pass_second_factor(token), recovery_codes=codes)

    async def confirm_code(self, token: str, code: str) -> str:
        """Finish signing in with a code, or a recovery code; return the session's new token, the old one is dead.

        Raises Rejected `account.signed_out`, `account.bad_code`, `account.code_used`, `account.locked`
        (minutes) or `account.rate_limited`.
        """
        session = await self._sessions.require(token, may_be_pending=True)
        if session.step is not Step.CODE:
            raise Rejected("account.signed_out")
        await self._check(session.account_id, code, may_recover=True)
        return await self._sessions.pass_second_factor(token)

    async def renew_recovery_codes(self, token: str, code: str) -> tuple[str, ...]:
        """Return new recovery codes in place of the old; asks for a code. Raises Rejected as `confirm_code` does."""
        session = await self._sessions.require(token)
        await self._check(session.account_id, code, may_recover=False)
        async with self._store.changing() as connection:
            codes = await self._write_recovery_codes(connection, session.account_id)
            await self._store.record(
                connection, "recovery.renewed", by=session.account_id, account_id=session.account_id, reason=""
            )
        return codes

    async def remove_own(self, token: str, code: str) -> None:
        """Take away one's own one-time codes; asks for a code. Raises Rejected as `confirm_code`, `totp.required`."""
        session = await self._sessions.require(token)
        if self._store.requires_totp(session.actor.grants):
            raise Rejected("totp.required")
        await self._check(session.account_id, code, may_recover=True)
        async with self._store.changing() as connection:
            await self._remove(connection, session.account_id, by=session.account_id, but=session.session_id)

    async def remove(self, account: str, *, by: str, reason: str = "") -> None:
        """Take away another's one-time codes and end his sessions; without any nothing changes.

        Raises Rejected `account.not_found` or `account.own_credentials`.
        """
        async with self._store.changing() as connection:
            account_id = (await self._store.require(account, connection))["id"]
            if by == account_id:
                raise Rejected("account.own_credentials")
            await self._remove(connection, account_id, by=by, reason=reason)

    async def _remove(
        self, connection: AsyncConnection, account_id: str, *, by: str, reason: str = "", but: str | None = None
    ) -> None:
        removed = await connection.execute(delete(tables.totp).where(tables.totp.c.account_id == account_id))
        if not removed.rowcount:
            return
        await connection.execute(delete(tables.recovery_code).where(tables.recovery_code.c.account_id == account_id))
        await end_sessions(connection, account_id, but=but)
        await self._store.record(connection, "totp.removed", by=by, account_id=account_id, reason=reason)

    async def of(self, account: str) -> TotpState:
        """Return the state of the account's one-time codes. Raises Rejected `account.not_found`."""
        code = tables.recovery_code
        async with self._store.engine.connect() as connection:
            account_id = (await self._store.require(account, connection))["id"]
            row = await self._row(connection, account_id)
            left = await connection.scalar(
                select(func.count()).where(code.c.account_id == account_id, code.c.used_at.is_(None))
            )
            grants = await effective_grants(connection, account_id)
        return TotpState(
            enrolled_at=row[1] if row else None,
            recovery_left=int(left or 0),
            is_required=self._store.requires_totp(grants),
        )

    async def _enrolling(self, token: str) -> SessionAccount:
        session = await self._sessions.require(token, may_be_pending=True)
        if session.step is Step.CODE:  # the password alone does not show, or replace, the second factor
            raise Rejected("account.signed_out")
        return session

    def _begun(self, session: SessionAccount, sealed: str) -> str | None:
        """Return the seed that the session was shown; None where another one was. Until proved it is sealed for it."""
        try:
            return self._store.sealing.unseal(session.session_id, sealed)
        except Fault as fault:
            if fault.code != "accounts.unreadable":
                raise
            return None

    async def _row(self, connection: AsyncConnection, account_id: str) -> tuple[str, datetime | None, int] | None:
        totp = tables.totp
        query = select(totp.c.sealed_secret, totp.c.enrolled_at, totp.c.last_step).where(
            totp.c.account_id == account_id
        )
        row = (await connection.execute(query)).one_or_none()
        return row and (row[0], row[1], row[2])

    async def _check(self, account_id: str, code: str, *, may_recover: bool) -> None:
        """Spend the code, or raise Rejected."""
        failures = await self._take(account_id)
        async with self._store.engine.connect() as connection:
            row = await self._row(connection, account_id)
        if row is None or row[1] is None:
            raise Rejected("account.signed_out")
        step = self._step_of(self._store.sealing.unseal(account_id, row[0]), code)
        if step is not None:
            await self._spend(account_id, step, failures)
        elif not (may_recover and await self._recover(account_id, code)):
            raise refusal(failures, "account.bad_code")
        await self._forget(account_id)

    async def _spend(self, account_id: str, step: int, failures: int) -> None:
        totp = tables.totp
        async with self._store.engine.begin() as connection:
            spent = await connection.execute(
                update(totp).where(totp.c.account_id == account_id, totp.c.last_step < step).values(last_step=step)
            )
        if not spent.rowcount:
            raise refusal(failures, "account.code_used")

    async def _recover(self, account_id: str, code: str) -> bool:
        mark = self._store.sealing.mark(account_id, _plain(code))
        known = tables.recovery_code
        async with self._store.engine.begin() as connection:
            used = await connection.execute(
                update(known)
                .where(known.c.account_id == account_id, known.c.code_hash == mark, known.c.used_at.is_(None))
                .values(used_at=self._store.now())
            )
            if used.rowcount:
                await self._store.record(connection, "recovery.used", by=account_id, account_id=account_id, reason="")
        return bool(used.rowcount)

    def _step_of(self, secret: str, code: str) -> int | None:
        """Return the step that the code is of; None where it is of none near now. Compares them all, always."""
        totp, now = pyotp.TOTP(secret, interval=STEP_S), int(self._store.now().timestamp()) // STEP_S
        given = _plain(code).encode()
        matching = [
            step
            for step in range(now - STEPS_OFF_MAX, now + STEPS_OFF_MAX + 1)
            if hmac.compare_digest(totp.generate_otp(step).encode(), given)
        ]
        return matching[-1] if matching else None

    async def _write_recovery_codes(self, connection: AsyncConnection, account_id: str) -> tuple[str, ...]:
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        known = tables.recovery_code
        await connection.execute(delete(known).where(known.c.account_id == account_id))
        rows = [
            {"account_id": account_id, "code_hash": self._store.sealing.mark(account_id, _plain(code))}
            for code in codes
        ]
        await connection.execute(insert(known), rows)
        return codes

    async def _take(self, account_id: str) -> int:
        await self._store.attempts.admit_code(account_id)
        return await self._store.attempts.take(self._store.engine, account_id, self._store.now())

    async def _forget(self, account_id: str) -> None:
        await self._store.attempts.forget_codes(account_id)
        await self._store.attempts.forget(self._store.engine, account_id)


def _recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _plain(code: str) -> str:
    return "".join(char for char in code[:80].upper() if char.isascii() and char.isalnum())
