"""Service keys: another system reads within its grants and dates, until it is revoked."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.accounts import KEY_ROLES, Accounts, tables
from shared.errors import Rejected
from shared.types import CITY, Grant, Role
from tests.kernel.account_store import TurnedDays, account_store, refused
from tests.portal.accounts_at import TurnedClock

READER = Grant(role=Role.READER, district="cai-rang")


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def days() -> TurnedDays:
    return TurnedDays()


@pytest.fixture
async def accounts(tmp_path: Path, clock: TurnedClock, days: TurnedDays) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock, days=days) as store:
        yield store


async def test_a_key_acts_with_its_grants_under_a_name_that_no_account_has(accounts: Accounts) -> None:
    key = await accounts.keys.issue("Cổng dữ liệu thành phố", [READER], by="admin", reason="CV 15")
    found = await accounts.keys.actor_of(key.token, "10.1.1.1")
    assert (found.key_id, found.name) == (key.key_id, "Cổng dữ liệu thành phố")
    assert found.actor.account_id == f"key:{key.key_id}"
    assert found.actor.grants == (READER,)
    assert found.actor.reads("cai-rang", on=date(2020, 2, 6))
    assert not found.actor.reads("o-mon", on=date(2020, 2, 6))
    with refused("account.bad_login"):
        await accounts.add(found.actor.account_id, "Giả", by="admin")


async def test_the_token_is_recognisable_and_stands_nowhere_in_the_database(accounts: Accounts) -> None:
    key = await accounts.keys.issue("A", [READER], by="admin")
    (listed,) = await accounts.keys.ls()
    assert key.token.startswith(f"{listed.prefix}_") and listed.prefix.startswith("tdkt_")
    assert len(key.token.removeprefix(listed.prefix)) > 43
    async with accounts._store.engine.connect() as connection:
        rows = [
            *(await connection.execute(select(tables.service_key))),
            *(await connection.execute(select(tables.audit))),
        ]
    assert key.token not in str(rows)


@pytest.mark.parametrize("role", sorted(set(Role) - KEY_ROLES))
async def test_a_key_never_gets_a_role_that_does_more_than_read(accounts: Accounts, role: Role) -> None:
    with refused("key.bad_role"):
        await accounts.keys.issue("A", [READER, Grant(role=role, district=CITY)], by="admin")
    with refused("key.bad_role"):
        await accounts.keys.issue("A", [], by="admin")


async def test_a_key_has_a_name_a_place_and_dates_in_order(accounts: Accounts) -> None:
    with refused("key.bad_name"):
        await accounts.keys.issue(" ", [READER], by="admin")
    with refused("grant.bad_scope"):
        await accounts.keys.issue("A", [Grant(role=Role.READER, district="ha-noi")], by="admin")
    with refused("grant.bad_dates"):
        await accounts.keys.issue("A", [READER], valid_from=date(2020, 2, 2), valid_to=date(2020, 2, 1), by="admin")


async def test_a_key_counts_between_its_business_dates(accounts: Accounts, days: TurnedDays) -> None:
    key = await accounts.keys.issue("A", [READER], valid_from=date(2020, 3, 1), valid_to=date(2020, 3, 31), by="admin")
    taken = {}
    for day in (date(2020, 2, 29), date(2020, 3, 1), date(2020, 3, 31), date(2020, 4, 1)):
        days.today = day
        try:
            taken[day] = (await accounts.keys.actor_of(key.token)).key_id == key.key_id
        except Rejected as refusal:
            assert refusal.code == "key.expired"
            taken[day] = False
    assert list(taken.values()) == [False, True, True, False]


async def test_a_revoked_key_is_refused_at_once(accounts: Accounts) -> None:
    key = await accounts.keys.issue("A", [READER], by="admin")
    await accounts.keys.actor_of(key.token)
    await accounts.keys.revoke(key.key_id, by="admin", reason="lộ khoá")
    await accounts.keys.revoke(key.key_id, by="admin")
    with refused("key.revoked"):
        await accounts.keys.actor_of(key.token)
    with refused("key.not_found"):
        await accounts.keys.revoke("khong-co", by="admin")
    revoked, issued = [entry for entry in await accounts.audit.ls() if entry.action.startswith("key.")]
    assert (revoked.reason, issued.detail["grants"]) == ("lộ khoá", ["reader@cai-rang"])


async def test_the_last_use_is_known_to_the_minute(accounts: Accounts, clock: TurnedClock) -> None:
    key = await accounts.keys.issue("A", [READER], by="admin")
    assert (await accounts.keys.ls())[0].last_used_at is None
    first = clock()
    await accounts.keys.actor_of(key.token, "10.1.1.1")
    clock.pass_(seconds=59)
    await accounts.keys.actor_of(key.token, "10.1.1.2")
    (listed,) = await accounts.keys.ls()
    assert (listed.last_used_at, listed.last_used_ip) == (first, "10.1.1.1")
    clock.pass_(seconds=1)
    await accounts.keys.actor_of(key.token, "10.1.1.2")
    assert (await accounts.keys.ls())[0].last_used_ip == "10.1.1.2"


async def test_garbage_is_no_key_and_guessing_is_slowed_down(accounts: Accounts) -> None:
    key = await accounts.keys.issue("A", [READER], by="admin")
    for token in ("", "x", key.token[:-1], key.token + "x", key.token.upper(), "\x00", "tdkt_' OR 1=1 --"):
        with refused("key.unknown"):
            await accounts.keys.actor_of(token, "10.6.6.6")
    codes = []
    for _ in range(60):
        with pytest.raises(Rejected) as info:
            await accounts.keys.actor_of("tdkt_guess", "10.6.6.6")
        codes.append(info.value.code)
    assert codes[-1] == "key.rate_limited"
    assert await accounts.keys.actor_of(key.token, "10.1.1.1")


async def test_a_key_in_a_loop_is_slowed_down(accounts: Accounts) -> None:
    key = await accounts.keys.issue("A", [READER], by="admin")
    for _ in range(600):
        await accounts.keys.actor_of(key.token)
    with refused("key.rate_limited"):
        await accounts.keys.actor_of(key.token)
