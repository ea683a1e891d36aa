"""Calendar feeds: read in the name of their account, for one unit, until revoked; the token is kept nowhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.accounts import FEEDS_MAX, Accounts, tables
from shared.errors import Rejected
from shared.types import Role
from tests.kernel.account_store import CLERK, account_store, grant_id_of, refused
from tests.portal.accounts_at import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def accounts(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock) as store:
        yield store


async def test_a_feed_reads_with_what_its_account_may_when_it_is_read(accounts: Accounts) -> None:
    feed = await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")
    reader = await accounts.feeds.reader_of(feed.token, "10.1.1.1")
    assert (reader.district, reader.unit) == ("cai-rang", "le-binh")
    assert reader.actor.account_id == "clerk"
    assert reader.actor.grants == (CLERK,)
    grant = await grant_id_of(accounts, "clerk", Role.UNIT_CLERK)
    await accounts.grants.withdraw(grant, by="admin", reason="Chuyển công tác")
    assert (await accounts.feeds.reader_of(feed.token)).actor.grants == ()


async def test_a_feed_ends_when_it_is_revoked_or_its_account_is_closed(accounts: Accounts) -> None:
    feed = await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")
    other = await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")
    for _ in range(2):
        await accounts.feeds.revoke(feed.feed_id, by="clerk")
    with refused("feed.not_found"):
        await accounts.feeds.reader_of(feed.token)
    assert [one.feed_id for one in await accounts.feeds.ls("clerk")] == [other.feed_id]
    await accounts.disable("clerk", by="admin", reason="Nghỉ hưu")
    with refused("feed.not_found"):
        await accounts.feeds.reader_of(other.token)
    entries = [one.action for one in await accounts.audit.ls() if one.action.startswith("feed.")]
    assert sorted(entries) == ["feed.issued", "feed.issued", "feed.revoked"]


async def test_nobody_revokes_the_feed_of_another(accounts: Accounts) -> None:
    feed = await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")
    for who, feed_id in (("head", feed.feed_id), ("clerk", "khong-co")):
        with refused("feed.not_found"):
            await accounts.feeds.revoke(feed_id, by=who)
    assert (await accounts.feeds.reader_of(feed.token)).unit == "le-binh"


async def test_the_token_stands_nowhere_in_the_database_and_its_use_is_noted(
    accounts: Accounts, clock: TurnedClock
) -> None:
    feed = await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")
    assert [one.last_used_at for one in await accounts.feeds.ls("clerk")] == [None]
    await accounts.feeds.reader_of(feed.token)
    assert [one.last_used_at for one in await accounts.feeds.ls("clerk")] == [clock()]
    async with accounts._store.engine.connect() as connection:
        rows = [
            *(await connection.execute(select(tables.calendar_feed))),
            *(await connection.execute(select(tables.audit))),
        ]
    assert feed.token not in str(rows)


async def test_an_account_has_so_many_feeds_and_no_more(accounts: Accounts) -> None:
    feeds = [await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh") for _ in range(FEEDS_MAX)]
    with refused("feed.too_many") as detail:
        await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")
    assert detail == {"limit": FEEDS_MAX}
    await accounts.feeds.revoke(feeds[0].feed_id, by="clerk")
    await accounts.feeds.issue("clerk", district="cai-rang", unit="le-binh")


async def test_who_guesses_tokens_is_stopped(accounts: Accounts) -> None:
    codes = []
    for number in range(200):
        with pytest.raises(Rejected) as info:
            await accounts.feeds.reader_of(f"token-{number}", "10.9.9.9")
        codes.append(info.value.code)
    assert codes[0] == "feed.not_found"
    assert codes[-1] == "key.rate_limited"
