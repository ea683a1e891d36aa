"""Who is given what by whom: scope, dates, the last administrator, separation, the audit trail."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from shared.accounts import Accounts, tables
from shared.errors import Rejected
from shared.types import CITY, Grant, Role
from tests.kernel.account_store import ADMIN, CLERK, TurnedDays, account_store, grant_id_of, refused
from tests.portal.accounts_at import PASSWORD, TurnedClock

AFFAIRS = Grant(role=Role.HOME_AFFAIRS, district="cai-rang")


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


async def test_a_grant_given_and_withdrawn_is_told_with_who_when_and_why(
    accounts: Accounts, clock: TurnedClock
) -> None:
    grant_id = await accounts.grants.give("clerk", AFFAIRS, by="admin", reason="Quyết định 12/QĐ-UBND")
    assert AFFAIRS in (await accounts.actor("clerk")).grants
    clock.pass_(hours=1)
    await accounts.grants.withdraw(grant_id, by="admin", reason="chuyển công tác")
    await accounts.grants.withdraw(grant_id, by="admin", reason="lần nữa")
    assert (await accounts.actor("clerk")).grants == (CLERK,)
    withdrawn, given = await accounts.audit.ls("clerk", limit=2)
    assert (given.action, given.by, given.reason) == ("grant.given", "admin", "Quyết định 12/QĐ-UBND")
    assert (withdrawn.action, withdrawn.by, withdrawn.reason) == ("grant.withdrawn", "admin", "chuyển công tác")
    assert withdrawn.detail["role"] == "home_affairs"
    assert withdrawn.at == clock()
    held = (await accounts.grants.of("clerk"))[-1]
    assert (held.withdrawn_by, held.withdrawn_at) == ("admin", clock())


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (Grant(role=Role.POLICY, district=CITY), "grant.policy"),
        (Grant(role=Role.UNIT_CLERK, district="cai-rang"), "grant.bad_scope"),
        (Grant(role=Role.UNIT_CLERK, district=CITY, unit="le-binh"), "grant.bad_scope"),
        (Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="Lê Bình"), "grant.bad_scope"),
        (Grant(role=Role.UNIT_CLERK, district="cai-rang", unit=""), "grant.bad_scope"),
        (Grant(role=Role.HOME_AFFAIRS, district="cai-rang", unit="le-binh"), "grant.bad_scope"),
        (Grant(role=Role.HOME_AFFAIRS, district=CITY), "grant.bad_scope"),
        (Grant(role=Role.HOME_AFFAIRS, district="ha-noi"), "grant.bad_scope"),
        (Grant(role=Role.ADMIN, district="cai-rang"), "grant.bad_scope"),
        (Grant(role=Role.CITY_CHAIR, district="cai-rang"), "grant.bad_scope"),
        (Grant(role=Role.AUDITOR, district=CITY, delegated_by="admin"), "grant.is_delegated"),
        (
            Grant(role=Role.AUDITOR, district=CITY, valid_from=date(2020, 2, 2), valid_to=date(2020, 2, 1)),
            "grant.bad_dates",
        ),
        (CLERK, "grant.exists"),
    ],
)
async def test_what_nobody_can_hold_is_not_given(accounts: Accounts, grant: Grant, code: str) -> None:
    with refused(code):
        await accounts.grants.give("clerk", grant, by="admin")
    assert (await accounts.actor("clerk")).grants == (CLERK,)


async def test_nobody_gives_to_himself_or_takes_from_himself(accounts: Accounts) -> None:
    with refused("grant.own"):
        await accounts.grants.give("admin", Grant(role=Role.OPERATOR, district=CITY), by="admin")
    with refused("grant.own"):
        await accounts.grants.withdraw(await grant_id_of(accounts, "admin", Role.ADMIN), by="admin")
    with refused("account.own_account"):
        await accounts.disable("admin", by="admin")


async def test_the_last_administrator_stays(accounts: Accounts, days: TurnedDays) -> None:
    admin = await grant_id_of(accounts, "admin", Role.ADMIN)
    with refused("account.last_admin"):
        await accounts.grants.withdraw(admin, by="cli")
    with refused("account.last_admin"):
        await accounts.disable("admin", by="cli")
    # One whose time has not come, or is over, is no administrator.
    await accounts.create("later", "Sau này", PASSWORD, [], "later")
    await accounts.grants.give("later", Grant(role=Role.ADMIN, district=CITY, valid_from=date(2020, 3, 1)), by="admin")
    with refused("account.last_admin"):
        await accounts.grants.withdraw(admin, by="cli")
    days.today = date(2020, 3, 1)
    await accounts.grants.withdraw(admin, by="later")
    assert (await accounts.actor("admin")).grants == ()


async def test_two_administrators_who_close_each_other_at_once_do_not_both_succeed(accounts: Accounts) -> None:
    await accounts.create("second", "Thứ hai", PASSWORD, [ADMIN], "second")
    answers = await asyncio.gather(
        accounts.disable("second", by="admin"), accounts.disable("admin", by="second"), return_exceptions=True
    )
    refusals = [one for one in answers if isinstance(one, Rejected)]
    assert [one.code for one in refusals] == ["account.last_admin"]
    in_use = [one.login for one in await accounts.ls() if one.disabled_at is None and ADMIN in one.grants]
    assert len(in_use) == 1


async def test_an_administrator_holds_no_business_role_beside(accounts: Accounts, days: TurnedDays) -> None:
    with refused("grant.separation"):
        await accounts.grants.give("clerk", ADMIN, by="admin")
    with refused("grant.separation"):
        await accounts.grants.give("admin", AFFAIRS, by="cli")
    await accounts.grants.give("admin", Grant(role=Role.OPERATOR, district=CITY), by="cli")
    # A business role that has ended does not stand in the way.
    await accounts.create("past", "Đã thôi", PASSWORD, [Grant(role=Role.AUDITOR, district=CITY, valid_to=days.today)])
    days.today = date(2020, 2, 7)
    await accounts.grants.give("past", ADMIN, by="admin")


async def test_a_grant_counts_by_the_business_date_whatever_the_real_time_is(
    accounts: Accounts, clock: TurnedClock, days: TurnedDays
) -> None:
    token = await accounts.sign_in("chair", PASSWORD, "10.0.0.1", "test")
    session = await accounts.resume(token)
    assert session is not None
    assert session.actor.has(Role.DISTRICT_CHAIR, on=days.today, district="cai-rang")
    assert not session.actor.has(Role.DISTRICT_CHAIR, on=date(2021, 1, 1), district="cai-rang")


async def test_the_database_itself_keeps_the_audit_trail(accounts: Accounts) -> None:
    entries = await accounts.audit.ls()
    for statement in (update(tables.audit).values(reason="khác"), delete(tables.audit)):
        with pytest.raises(DBAPIError, match="never changed"):
            async with accounts._store.engine.begin() as connection:
                await connection.execute(statement)
    assert await accounts.audit.ls() == entries


async def test_the_audit_trail_is_read_page_by_page(accounts: Accounts) -> None:
    every = await accounts.audit.ls()
    first = await accounts.audit.ls(limit=3)
    rest = await accounts.audit.ls(before=first[-1].number)
    assert first + rest == every
    assert [one.number for one in every] == sorted((one.number for one in every), reverse=True)


async def test_an_account_is_added_renamed_closed_and_opened_again(accounts: Accounts) -> None:
    account_id = await accounts.add("Nguyen.Hoa", "  Nguyễn Thị Hoà ", by="admin", reason="mới về")
    account = await accounts.account("nguyen.hoa")
    assert (account.account_id, account.full_name, account.has_password) == (account_id, "Nguyễn Thị Hoà", False)
    with refused("account.bad_credentials"):
        await accounts.sign_in("nguyen.hoa", "", "10.0.0.1", "test")
    with refused("account.login_taken"):
        await accounts.add("nguyen.hoa", "Người khác", by="admin")
    await accounts.rename("nguyen.hoa", "Nguyễn Thị Hoà Bình", by="admin")
    await accounts.disable("nguyen.hoa", by="admin")
    await accounts.disable("nguyen.hoa", by="admin")
    await accounts.enable("nguyen.hoa", by="admin")
    actions = [entry.action for entry in await accounts.audit.ls(account_id)]
    assert actions == ["account.enabled", "account.disabled", "account.renamed", "account.created"]


@pytest.mark.parametrize("login", ["nguyễn", "a b", "", ".a", "a" * 81, "tên\u200bẩn", "ａｄｍｉｎ", "admin\n"])
async def test_a_login_is_plain_latin(accounts: Accounts, login: str) -> None:
    with refused("account.bad_login" if login != "admin\n" else "account.login_taken"):
        await accounts.add(login, "Ai đó", by="admin")


@pytest.mark.parametrize("name", ["", "   ", "Tên\u202eẩn", "Hai\ndòng"])
async def test_a_name_is_something_to_read(accounts: Accounts, name: str) -> None:
    with refused("account.name_missing"):
        await accounts.add("new", name, by="admin")


async def test_what_no_database_takes_as_text_is_not_found_or_made_a_blank(accounts: Accounts) -> None:
    with refused("account.not_found"):
        await accounts.account("clerk\x00")
    await accounts.rename("clerk", "Trần Văn Bé Em", by="admin", reason="nhầm\x00tên\nở hồ sơ")
    renamed, *_ = await accounts.audit.ls("clerk")
    assert renamed.reason == "nhầm tên ở hồ sơ"
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    await accounts.end_session(token, "\x00")
    assert await accounts.resume(token) is not None


async def test_the_search_ignores_marks_and_order(accounts: Accounts) -> None:
    await accounts.rename("clerk", unicodedata.normalize("NFD", "Đặng Thị Bé"), by="admin")
    assert [one.login for one in await accounts.ls("be dang")] == ["clerk"]
    assert [one.login for one in await accounts.ls("CLERK")] == ["clerk"]
    assert await accounts.ls("đặng hoà") == ()


async def test_ending_the_sessions_of_an_account_ends_them_all_and_one_by_one(accounts: Accounts) -> None:
    mine, other = [await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test") for _ in range(2)]
    strange = await accounts.sign_in("head", PASSWORD, "10.0.0.1", "test")
    their = (await accounts.sessions("head"))[0].session_id
    await accounts.end_session(mine, their)
    assert await accounts.resume(strange) is not None
    session = await accounts.resume(other)
    assert session is not None
    await accounts.end_session(mine, session.session_id)
    assert await accounts.resume(other) is None
    await accounts.end_sessions("clerk", by="admin", reason="mất máy")
    assert await accounts.resume(mine) is None
    assert (await accounts.audit.ls("clerk"))[0].action == "sessions.ended"


async def test_an_administrator_ends_a_lock_out(accounts: Accounts) -> None:
    for _ in range(8):
        with pytest.raises(Rejected):
            await accounts.sign_in("clerk", "không phải", "10.0.0.1", "test")
    await accounts.unlock("clerk", by="admin")
    assert await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
