"""Calendar feeds: links by which a calendar program reads a unit's due dates (vi: liên kết lịch).

A calendar program signs in nowhere, so its link carries a token, 256 random bits kept as SHA-256. It reads in
the name of the account that made it, with the grants that the account has when it is read, and only
for the one unit; it ends when it is revoked or the account is closed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import RowMapping

from shared.accounts import tables
from shared.accounts.grants import effective_grants
from shared.accounts.store import Store, token_hash
from shared.clock import new_id
from shared.errors import Rejected
from shared.types import Actor

FEEDS_MAX = 20  # of one account, in use at a time
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedFeed:
    """A new feed with its token, shown this once."""

    feed_id: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeed:
    """A feed as its owner sees it."""

    feed_id: str
    district: str
    unit: str
    issued_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReader:
    """Whom a request with a feed's token acts as, and the unit it is for."""

    actor: Actor
    district: str
    unit: str


class Feeds:
    """Issues, revokes and recognises calendar feeds."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def issue(self, account: str, *, district: str, unit: str) -> IssuedFeed:
        """Return a new feed of the account for the unit, which the caller has seen to exist.

        Raises Rejected `account.not_found` or `feed.too_many`.
        """
        known, token, feed_id = tables.calendar_feed, secrets.token_urlsafe(32), new_id()
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            in_use = select(func.count()).where(known.c.account_id == row["id"], known.c.revoked_at.is_(None))
            if (await connection.execute(in_use)).scalar_one() >= FEEDS_MAX:
                raise Rejected("feed.too_many", limit=FEEDS_MAX)
            values = {
                "id": feed_id,
                "token_hash": token_hash(token),
                "account_id": row["id"],
                "district": district,
                "unit": unit[:80],
                "issued_at": self._store.now(),
            }
            await connection.execute(insert(known), values)
            await self._store.record(
                connection,
                "feed.issued",
                by=row["id"],
                account_id=row["id"],
                reason="",
                feed_id=feed_id,
                unit=f"{district}/{unit[:80]}",
            )
        return IssuedFeed(feed_id=feed_id, token=token)

    async def ls(self, account_id: str) -> tuple[CalendarFeed, ...]:
        """Return the account's feeds that are in use, the newest first."""
        known = tables.calendar_feed
        query = select(known).where(known.c.account_id == account_id, known.c.revoked_at.is_(None))
        async with self._store.engine.connect() as connection:
            rows = (await connection.execute(query.order_by(known.c.id.desc()))).mappings().all()
        return tuple(
            CalendarFeed(
                feed_id=row["id"],
                district=row["district"],
                unit=row["unit"],
                issued_at=row["issued_at"],
                last_used_at=row["last_used_at"],
            )
            for row in rows
        )

    async def revoke(self, feed_id: str, *, by: str) -> None:
        """End the account's own feed at once; again changes nothing. Raises Rejected `feed.not_found`."""
        known = tables.calendar_feed
        async with self._store.changing() as connection:
            query = select(known).where(known.c.id == feed_id[:40], known.c.account_id == by)
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                raise Rejected("feed.not_found")
            if row["revoked_at"] is not None:
                return
            statement = update(known).where(known.c.id == row["id"])
            await connection.execute(statement.values(revoked_at=self._store.now()))
            await self._store.record(connection, "feed.revoked", by=by, account_id=by, reason="", feed_id=row["id"])

    async def reader_of(self, token: str, ip: str = "") -> FeedReader:
        """Return whom the token's bearer reads as, and note that it was used (to the minute).

        Raises Rejected `feed.not_found` for what is no feed in use, or `key.rate_limited` for who tries many.
        """
        row = await self._find(token)
        if row is None:
            await self._store.attempts.count_unknown_key(ip)
            raise Rejected("feed.not_found")
        await self._store.attempts.admit_key(row["id"])
        async with self._store.engine.connect() as connection:
            grants = await effective_grants(connection, row["account_id"])
        now, known = self._store.now(), tables.calendar_feed
        if row["last_used_at"] is None or now - row["last_used_at"] >= _USED_EVERY:
            async with self._store.engine.begin() as connection:
                await connection.execute(update(known).where(known.c.id == row["id"]).values(last_used_at=now))
        return FeedReader(
            actor=Actor(account_id=row["account_id"], grants=grants), district=row["district"], unit=row["unit"]
        )

    async def _find(self, token: str) -> RowMapping | None:
        known = tables.calendar_feed
        query = (
            select(known)
            .join(tables.account, tables.account.c.id == known.c.account_id)
            .where(
                known.c.token_hash == token_hash(token),
                known.c.revoked_at.is_(None),
                tables.account.c.disabled_at.is_(None),
            )
        )
        async with self._store.engine.connect() as connection:
            return (await connection.execute(query)).mappings().one_or_none()
