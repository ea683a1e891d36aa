"""One-time links: the first administrator, and a password forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.accounts import FAILURES_MAX, Accounts, Purpose, tables
from shared.errors import Rejected
from shared.types import CITY, Grant, Role
from tests.kernel.account_store import ADMIN, TODAY, TurnedDays, account_store, refused
from tests.portal.accounts_at import PASSWORD, TurnedClock

NEW = "một câu khác dài hơn"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def empty(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock, people=False) as store:
        yield store


@pytest.fixture
async def accounts(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock) as store:
        yield store


async def _first_admin(accounts: Accounts) -> str:
    token = await accounts.links.issue_first_admin()
    assert token is not None
    return token


async def test_the_first_administrator_chooses_login_and_password_by_a_link(empty: Accounts) -> None:
    token = await _first_admin(empty)
    assert len(token) >= 43  # 256 bits
    link = await empty.links.look(token)
    assert link is not None and link.purpose is Purpose.FIRST_ADMIN
    account_id = await empty.links.create_first_admin(token, "Quan.Tri", "Nguyễn Văn A", NEW)
    assert (await empty.actor("quan.tri")).grants == (ADMIN,)
    assert await empty.sign_in("quan.tri", NEW, "10.0.0.1", "test")
    assert await empty.links.look(token) is None
    assert [entry.action for entry in await empty.audit.ls(account_id)] == [
        "link.used",
        "grant.given",
        "account.created",
    ]


async def test_where_there_is_an_administrator_no_link_is_made(accounts: Accounts) -> None:
    assert await accounts.links.issue_first_admin() is None


async def test_an_administrator_who_is_closed_or_over_counts_for_nothing(tmp_path: Path, clock: TurnedClock) -> None:
    days = TurnedDays()
    async with account_store(tmp_path, clock=clock, days=days, people=False) as accounts:
        await accounts.create("a", "A", PASSWORD, [Grant(role=Role.ADMIN, district=CITY, valid_to=TODAY)])
        assert await accounts.links.issue_first_admin() is None
        days.today = TODAY + timedelta(days=1)
        assert await accounts.links.issue_first_admin() is not None


async def test_two_who_use_the_link_at_once_make_one_administrator(empty: Accounts) -> None:
    token = await _first_admin(empty)
    answers = await asyncio.gather(
        *(empty.links.create_first_admin(token, f"admin{number}", "Quản trị", NEW) for number in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, str) for one in answers) == 1
    assert {one.code for one in answers if isinstance(one, Rejected)} == {"account.link_invalid"}
    assert len(await empty.ls()) == 1


async def test_a_newer_first_link_takes_the_place_of_the_older(empty: Accounts) -> None:
    older, newer = await _first_admin(empty), await _first_admin(empty)
    assert await empty.links.look(older) is None
    assert await empty.links.look(newer) is not None


async def test_a_link_is_of_no_use_after_there_is_an_administrator(empty: Accounts) -> None:
    token = await _first_admin(empty)
    await empty.create("other", "Khác", PASSWORD, [ADMIN])
    with refused("account.admin_exists"):
        await empty.links.create_first_admin(token, "admin", "Quản trị", NEW)


@pytest.mark.parametrize(
    ("login", "name", "password", "code"),
    [
        ("quản trị", "Quản trị", NEW, "account.bad_login"),
        ("admin", " ", NEW, "account.name_missing"),
        ("admin", "Quản trị", "ngắn", "account.password_short"),
        ("admin", "Quản trị", "admin admin admin", "account.password_is_login"),
        ("taken", "Quản trị", NEW, "account.login_taken"),
    ],
)
async def test_what_is_entered_wrongly_does_not_spend_the_link(
    empty: Accounts, login: str, name: str, password: str, code: str
) -> None:
    await empty.create("taken", "Đã có", PASSWORD)
    token = await _first_admin(empty)
    with refused(code):
        await empty.links.create_first_admin(token, login, name, password)
    assert await empty.links.create_first_admin(token, "admin", "Quản trị", NEW)


async def test_a_reset_sets_the_password_and_ends_sessions_and_the_lock_out(accounts: Accounts) -> None:
    session = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    for _ in range(FAILURES_MAX):
        with pytest.raises(Rejected):
            await accounts.sign_in("clerk", "sai", "10.0.0.1", "test")
    token = await accounts.links.issue_reset("clerk", by="admin", reason="quên mật khẩu")
    with refused("account.password_short"):
        await accounts.links.reset_password(token, "ngắn")
    assert await accounts.links.reset_password(token, NEW) == "clerk"
    assert await accounts.resume(session) is None
    assert await accounts.sign_in("clerk", NEW, "10.0.0.1", "test")
    with refused("account.bad_credentials"):
        await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    used, issued = await accounts.audit.ls("clerk", limit=2)
    assert (issued.action, issued.by, issued.reason) == ("link.issued", "admin", "quên mật khẩu")
    assert (used.action, used.by) == ("link.used", "clerk")


async def test_a_link_is_used_once_even_by_two_at_once(accounts: Accounts) -> None:
    token = await accounts.links.issue_reset("clerk", by="admin")
    answers = await asyncio.gather(
        *(accounts.links.reset_password(token, f"{NEW} {number}") for number in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, str) for one in answers) == 1
    with refused("account.link_invalid"):
        await accounts.links.reset_password(token, NEW)


async def test_a_link_ends_after_24_hours(accounts: Accounts, clock: TurnedClock) -> None:
    token = await accounts.links.issue_reset("clerk", by="admin")
    clock.pass_(hours=23, minutes=59)
    assert await accounts.links.look(token) is not None
    clock.pass_(minutes=1)
    assert await accounts.links.look(token) is None
    with refused("account.link_invalid"):
        await accounts.links.reset_password(token, NEW)


async def test_a_link_for_one_thing_does_no_other(empty: Accounts) -> None:
    first = await _first_admin(empty)
    await empty.create("clerk", "Bé", PASSWORD)
    reset = await empty.links.issue_reset("clerk", by="cli")
    with refused("account.link_invalid"):
        await empty.links.create_first_admin(reset, "admin", "Quản trị", NEW)
    with refused("account.link_invalid"):
        await empty.links.reset_password(first, NEW)
    for token in ("", "x", "' OR 1=1 --", "\x00", "a" * 10_000):
        assert await empty.links.look(token) is None


async def test_a_closed_account_is_not_opened_by_a_link(accounts: Accounts) -> None:
    token = await accounts.links.issue_reset("clerk", by="admin")
    await accounts.disable("clerk", by="admin")
    with refused("account.link_invalid"):
        await accounts.links.reset_password(token, NEW)
    with refused("account.disabled"):
        await accounts.links.issue_reset("clerk", by="admin")


async def test_a_link_of_an_account_that_was_closed_meanwhile_is_of_no_use_after_it_is_opened_again(
    accounts: Accounts,
) -> None:
    token = await accounts.links.issue_reset("clerk", by="admin")
    await accounts.disable("clerk", by="admin")
    await accounts.enable("clerk", by="admin")
    assert await accounts.links.look(token) is None


async def test_the_token_stands_nowhere_in_the_database(accounts: Accounts) -> None:
    token = await accounts.links.issue_reset("clerk", by="admin")
    async with accounts._store.engine.connect() as connection:
        rows = [*(await connection.execute(select(tables.link))), *(await connection.execute(select(tables.audit)))]
    assert rows and token not in str(rows)
