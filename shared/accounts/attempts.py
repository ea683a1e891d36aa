"""How often somebody may guess: a count per account in the database, and rates per login and address in memory."""

from datetime import datetime, timedelta

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.accounts import tables
from shared.clock import real_now
from shared.errors import Rejected

FAILURES_MAX = 8
LOCK = timedelta(minutes=15)

_PER_LOGIN = RateLimitItemPerMinute(20, 5, namespace="login")
_PER_ADDRESS = RateLimitItemPerMinute(100, 5, namespace="address")  # a whole office may share one address
_PER_UNKNOWN = RateLimitItemPerMinute(FAILURES_MAX - 1, int(LOCK.total_seconds() // 60), namespace="unknown")
# Who has the password still has a million codes before him: at this rate a year's guessing is one chance in twenty.
_CODES = RateLimitItemPerDay(50, 1, namespace="code")
_PER_KEY = RateLimitItemPerMinute(600, 1, namespace="key")
_UNKNOWN_KEYS = RateLimitItemPerMinute(60, 5, namespace="unknown-key")


class Attempts:
    """Counts attempts before they are judged, so that guesses in parallel are counted too."""

    def __init__(self) -> None:
        """Begin with nothing counted in memory."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def admit_sign_in(self, login: str, ip: str) -> None:
        """Let one more attempt pass. Raises Rejected `account.rate_limited`."""
        await self.admit_address(ip)
        await self.admit_login(login)

    async def admit_login(self, login: str) -> None:
        """Let one more attempt on the login pass. Raises Rejected `account.rate_limited`."""
        if not await self._limiter.hit(_PER_LOGIN, login):
            raise Rejected("account.rate_limited")

    async def admit_address(self, ip: str) -> None:
        """Let one more attempt from the address pass. Raises Rejected `account.rate_limited`."""
        if not await self._limiter.hit(_PER_ADDRESS, ip):
            raise Rejected("account.rate_limited")

    async def admit_code(self, account_id: str) -> None:
        """Let one more one-time code pass. Raises Rejected `account.rate_limited`."""
        if not await self._limiter.hit(_CODES, account_id):
            raise Rejected("account.rate_limited")

    async def forget_codes(self, account_id: str) -> None:
        """Count the codes of the account anew: its person has given a right one."""
        await self._limiter.clear(_CODES, account_id)

    async def admit_unknown(self, login: str) -> None:
        """Answer for an unknown login as a known one would. Raises Rejected `account.locked` (minutes)."""
        if not await self._limiter.test(_PER_UNKNOWN, login):
            stats = await self._limiter.get_window_stats(_PER_UNKNOWN, login)
            left = timedelta(seconds=max(0.0, stats.reset_time - real_now().timestamp()))
            raise Rejected("account.locked", minutes=_minutes(min(left, LOCK)))

    async def count_unknown(self, login: str) -> None:
        """Count a failure of an unknown login."""
        await self._limiter.hit(_PER_UNKNOWN, login)

    async def admit_key(self, key_id: str) -> None:
        """Let one more request with the service key pass. Raises Rejected `key.rate_limited`."""
        if not await self._limiter.hit(_PER_KEY, key_id):
            raise Rejected("key.rate_limited")

    async def count_unknown_key(self, ip: str) -> None:
        """Count a token that is no key of ours. Raises Rejected `key.rate_limited`."""
        if not await self._limiter.hit(_UNKNOWN_KEYS, ip):
            raise Rejected("key.rate_limited")

    async def take(self, engine: AsyncEngine, account_id: str, now: datetime) -> int:
        """Count an attempt on the account and return which one it is. Raises Rejected `account.locked` (minutes)."""
        account = tables.account
        count = case((account.c.locked_until.is_not(None), 1), else_=account.c.failed_count + 1)
        statement = (
            update(account)
            .where(account.c.id == account_id)
            .where((account.c.locked_until.is_(None)) | (account.c.locked_until <= now))
            .values(failed_count=count, locked_until=case((count >= FAILURES_MAX, now + LOCK), else_=None))
            .returning(account.c.failed_count)
        )
        async with engine.begin() as connection:
            taken = (await connection.execute(statement)).scalar_one_or_none()
            if taken is not None:
                return int(taken)
            locked_until = (
                await connection.execute(select(account.c.locked_until).where(account.c.id == account_id))
            ).scalar_one_or_none()
        raise Rejected("account.locked", minutes=_minutes(locked_until - now) if locked_until else 1)

    async def forget(self, engine: AsyncEngine, account_id: str) -> None:
        """Count the failures of the account anew."""
        statement = update(tables.account).where(tables.account.c.id == account_id)
        async with engine.begin() as connection:
            await connection.execute(statement.values(failed_count=0, locked_until=None))


def refusal(failures: int, code: str) -> Rejected:
    """Return what a wrong attempt is answered with: the code, or at the last one that the account is locked."""
    if failures >= FAILURES_MAX:
        return Rejected("account.locked", minutes=_minutes(LOCK))
    return Rejected(code)


def _minutes(span: timedelta) -> int:
    return max(1, -int(-span.total_seconds() // 60))
