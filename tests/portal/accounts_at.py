"""A clock that tests turn, and a hasher that does not make them slow."""

from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "một mật khẩu dài"


class TurnedClock:
    """Real time as the test says it is."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.instant

    def pass_(self, **span: float) -> None:
        """Let the span pass: `hours=2`."""
        self.instant += timedelta(**span)
