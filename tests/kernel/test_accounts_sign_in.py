"""The account store: signing in, locking out, sessions, grants."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.accounts import FAILURES_MAX, Accounts, tables
from shared.errors import Rejected
from shared.types import Grant, Role
from tests.kernel.account_store import account_store
from tests.portal.accounts_at import PASSWORD, TurnedClock

CLERK = Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="le-binh", valid_to=date(2020, 12, 31))
WRONG = "không phải mật khẩu"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def accounts(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock, people=False) as store:
        await store.create("clerk", "Trần Văn Bé", PASSWORD, [CLERK], account_id="van-thu.le-binh")
        yield store


async def _refusal(accounts: Accounts, login: str, password: str, ip: str = "10.0.0.1") -> str:
    with pytest.raises(Rejected) as refused:
        await accounts.sign_in(login, password, ip, "test")
    return refused.value.code


async def test_creating_a_login_twice_changes_nothing(accounts: Accounts) -> None:
    again = await accounts.create("Clerk", "Người khác", WRONG, account_id="other")
    assert again == "van-thu.le-binh"
    (account,) = await accounts.ls()
    assert account.full_name == "Trần Văn Bé"
    assert account.grants == (CLERK,)
    assert await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")


async def test_two_who_create_the_same_login_at_once_get_the_same_account(accounts: Accounts) -> None:
    ids = await asyncio.gather(*(accounts.create("new", "Mới", PASSWORD) for _ in range(4)))
    assert len(set(ids)) == 1


async def test_an_id_belongs_to_one_login(accounts: Accounts) -> None:
    with pytest.raises(Rejected, match=r"account\.id_taken"):
        await accounts.create("second", "Hai", PASSWORD, account_id="van-thu.le-binh")


async def test_the_actor_is_found_by_id_and_by_login(accounts: Accounts) -> None:
    by_id, by_login = await accounts.actor("van-thu.le-binh"), await accounts.actor("CLERK")
    assert by_id == by_login
    assert by_id.account_id == "van-thu.le-binh"
    assert by_id.grants == (CLERK,)
    with pytest.raises(Rejected, match=r"account\.not_found"):
        await accounts.actor("nobody")


async def test_a_disabled_account_acts_no_more_and_its_sessions_end(accounts: Accounts) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    await accounts.disable("clerk")
    assert await accounts.resume(token) is None
    assert await _refusal(accounts, "clerk", PASSWORD) == "account.disabled"
    assert await _refusal(accounts, "clerk", WRONG) == "account.bad_credentials"
    with pytest.raises(Rejected, match=r"account\.disabled"):
        await accounts.actor("clerk")


async def test_a_password_typed_with_combining_marks_is_the_same_password(accounts: Accounts) -> None:
    assert await accounts.sign_in("clerk", unicodedata.normalize("NFD", PASSWORD), "10.0.0.1", "test")


async def test_neither_password_nor_token_stands_in_the_database(accounts: Accounts) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    async with accounts._store.engine.connect() as connection:
        rows = [
            *(await connection.execute(select(tables.account))),
            *(await connection.execute(select(tables.session))),
        ]
    assert "$argon2id$" in str(rows)
    assert token not in str(rows)
    assert PASSWORD not in str(rows)


@pytest.mark.parametrize("login", ["clerk", "nobody"])
async def test_eight_failures_lock_known_and_unknown_logins_alike(accounts: Accounts, login: str) -> None:
    codes = [await _refusal(accounts, login, WRONG) for _ in range(FAILURES_MAX + 1)]
    assert codes[: FAILURES_MAX - 1] == ["account.bad_credentials"] * (FAILURES_MAX - 1)
    assert codes[-1] == "account.locked"


async def test_the_lock_refuses_the_right_password_and_ends_after_fifteen_minutes(
    accounts: Accounts, clock: TurnedClock
) -> None:
    for _ in range(FAILURES_MAX):
        await _refusal(accounts, "clerk", WRONG)
    clock.pass_(minutes=14)
    assert await _refusal(accounts, "clerk", PASSWORD) == "account.locked"
    clock.pass_(minutes=1)
    assert await _refusal(accounts, "clerk", WRONG) == "account.bad_credentials"
    assert await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")


async def test_the_right_password_at_the_last_attempt_starts_the_count_again(accounts: Accounts) -> None:
    for _ in range(FAILURES_MAX - 1):
        await _refusal(accounts, "clerk", WRONG)
    assert await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    assert await _refusal(accounts, "clerk", WRONG) == "account.bad_credentials"


async def test_guesses_in_parallel_are_counted_too(accounts: Accounts) -> None:
    codes = await asyncio.gather(*(_refusal(accounts, "clerk", WRONG) for _ in range(12)))
    assert codes.count("account.bad_credentials") == FAILURES_MAX - 1
    assert codes.count("account.locked") == 12 - FAILURES_MAX + 1


async def test_an_address_that_tries_many_logins_is_slowed_down(accounts: Accounts) -> None:
    codes = [await _refusal(accounts, f"guess{number}", WRONG, "10.9.9.9") for number in range(101)]
    assert codes[99] == "account.bad_credentials"
    assert codes[100] == "account.rate_limited"
    assert await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")


async def test_a_session_ends_after_two_idle_hours(accounts: Accounts, clock: TurnedClock) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    clock.pass_(hours=1, minutes=59)
    assert await accounts.resume(token) is not None
    clock.pass_(hours=2)
    assert await accounts.resume(token) is None


async def test_a_look_without_touch_keeps_no_session_alive(accounts: Accounts, clock: TurnedClock) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    clock.pass_(hours=1)
    assert await accounts.resume(token, touch=False) is not None
    clock.pass_(hours=1)
    assert await accounts.resume(token, touch=False) is None


async def test_a_session_ends_after_twelve_hours_however_busy(accounts: Accounts, clock: TurnedClock) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    for _ in range(11):
        clock.pass_(hours=1)
        assert await accounts.resume(token) is not None
    clock.pass_(hours=1)
    assert await accounts.resume(token) is None
    assert await accounts.sessions("clerk") == ()


async def test_signing_out_ends_this_session_only(accounts: Accounts) -> None:
    first = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "one")
    second = await accounts.sign_in("clerk", PASSWORD, "10.0.0.2", "two")
    await accounts.sign_out(first)
    await accounts.sign_out(first)
    assert await accounts.resume(first) is None
    assert await accounts.resume(second) is not None
    assert [session.user_agent for session in await accounts.sessions("clerk")] == ["two"]


async def test_a_grant_taken_away_is_gone_in_the_running_session(accounts: Accounts) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    (held,) = await accounts.grants.of("clerk")
    await accounts.grants.withdraw(held.grant_id, by="admin", reason="chuyển công tác")
    session = await accounts.resume(token)
    assert session is not None
    assert session.actor.grants == ()


async def test_a_new_password_ends_the_other_sessions(accounts: Accounts) -> None:
    other = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "other")
    mine = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "mine")
    with pytest.raises(Rejected, match=r"account\.password_short"):
        await accounts.change_password(mine, PASSWORD, "ngắn")
    with pytest.raises(Rejected, match=r"account\.bad_password"):
        await accounts.change_password(mine, WRONG, "một câu khác dài hơn")
    await accounts.change_password(mine, PASSWORD, "một câu khác dài hơn")
    assert await accounts.resume(other) is None
    assert await accounts.resume(mine) is not None
    assert await accounts.sign_in("clerk", "một câu khác dài hơn", "10.0.0.1", "test")


async def test_the_accounts_are_there_after_a_restart(accounts: Accounts, tmp_path: Path, clock: TurnedClock) -> None:
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    async with account_store(tmp_path, clock=clock, people=False) as again:
        assert await again.resume(token) is not None
