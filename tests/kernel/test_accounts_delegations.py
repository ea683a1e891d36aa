"""Delegation during leave: within the holder's rights and dates, in the delegate's own name, not passed on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from shared.accounts import DAYS_MAX, PERSONAL_ROLES, Accounts
from shared.types import CITY, UNIT_ROLES, Grant, Role
from tests.kernel.account_store import CLERK, HEAD, TurnedDays, account_store, grant_id_of, refused
from tests.portal.accounts_at import PASSWORD

FROM, TO = date(2020, 2, 10), date(2020, 2, 14)
UNIT = {"district": "cai-rang", "unit": "phong-noi-vu"}


@pytest.fixture
def days() -> TurnedDays:
    return TurnedDays()


@pytest.fixture
async def accounts(tmp_path: Path, days: TurnedDays) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, days=days) as store:
        yield store


async def _delegate(
    accounts: Accounts, holder: str = "head", to: str = "clerk", *, valid_from: date = FROM, valid_to: date = TO
) -> str:
    role = Role.UNIT_HEAD if holder == "head" else Role.DISTRICT_CHAIR
    grant_id = await grant_id_of(accounts, holder, role)
    (delegation_id,) = await accounts.delegations.begin(
        holder, [grant_id], to, valid_from=valid_from, valid_to=valid_to, by=holder, reason="nghỉ phép"
    )
    return delegation_id


async def test_the_delegate_acts_on_behalf_of_the_holder_between_the_dates_only(accounts: Accounts) -> None:
    await _delegate(accounts)
    actor = await accounts.actor("clerk")
    assert actor.grants == (CLERK, replace(HEAD, valid_from=FROM, valid_to=TO, delegated_by="head"))
    held = {day: actor.has(Role.UNIT_HEAD, on=day, **UNIT) for day in (date(2020, 2, 9), FROM, TO, date(2020, 2, 15))}
    assert list(held.values()) == [False, True, True, False]
    assert actor.delegators(on=FROM) == {"head"}
    assert actor.delegators(on=date(2020, 2, 15)) == frozenset()
    assert (await accounts.actor("head")).has(Role.UNIT_HEAD, on=FROM, **UNIT)  # who is away may still act


async def test_ending_it_takes_it_away_at_once_also_from_a_running_session(accounts: Accounts) -> None:
    delegation_id = await _delegate(accounts)
    token = await accounts.sign_in("clerk", PASSWORD, "10.0.0.1", "test")
    await accounts.delegations.end(delegation_id, by="head", reason="về sớm")
    await accounts.delegations.end(delegation_id, by="head")
    session = await accounts.resume(token)
    assert session is not None
    assert session.actor.grants == (CLERK,)
    ended, begun = await accounts.audit.ls("head", limit=2)
    assert (begun.action, begun.detail["to"], begun.reason) == ("delegation.begun", "clerk", "nghỉ phép")
    assert (ended.action, ended.by, ended.reason) == ("delegation.ended", "head", "về sớm")


async def test_withdrawing_the_holders_grant_ends_what_was_delegated_of_it_for_good(accounts: Accounts) -> None:
    await _delegate(accounts)
    await accounts.grants.withdraw(await grant_id_of(accounts, "head", Role.UNIT_HEAD), by="admin")
    assert (await accounts.actor("clerk")).grants == (CLERK,)
    await accounts.grants.give("head", HEAD, by="admin")
    assert (await accounts.actor("clerk")).grants == (CLERK,)
    (delegation,) = await accounts.delegations.ls("clerk")
    assert not delegation.is_in_force(FROM)


async def test_closing_the_holders_account_suspends_what_he_delegated(accounts: Accounts) -> None:
    await _delegate(accounts)
    await accounts.disable("head", by="admin")
    assert (await accounts.actor("clerk")).grants == (CLERK,)
    assert [one.is_in_force(FROM) for one in await accounts.delegations.ls("clerk")] == [False]
    await accounts.enable("head", by="admin")
    assert len((await accounts.actor("clerk")).grants) == 2


async def test_what_was_received_is_not_passed_on(accounts: Accounts) -> None:
    await _delegate(accounts)
    head = await grant_id_of(accounts, "head", Role.UNIT_HEAD)
    with refused("delegation.not_held"):
        await accounts.delegations.begin("clerk", [head], "chair", valid_from=FROM, valid_to=TO, by="clerk")
    assert [one.grant.role for one in await accounts.delegations.delegable("clerk")] == [Role.UNIT_CLERK]


async def test_what_one_does_not_hold_is_not_delegated(accounts: Accounts) -> None:
    for grant_id in (await grant_id_of(accounts, "chair", Role.DISTRICT_CHAIR), "khong-co", ""):
        with refused("delegation.not_held"):
            await accounts.delegations.begin("head", [grant_id], "clerk", valid_from=FROM, valid_to=TO, by="head")
    with refused("delegation.nothing"):
        await accounts.delegations.begin("head", [], "clerk", valid_from=FROM, valid_to=TO, by="head")


async def test_one_delegates_to_another_person_who_may_sign_in(accounts: Accounts) -> None:
    with refused("delegation.to_oneself"):
        await _delegate(accounts, to="HEAD")
    with refused("account.not_found"):
        await _delegate(accounts, to="nobody")
    await accounts.disable("clerk", by="admin")
    with refused("account.disabled"):
        await _delegate(accounts)
    with refused("grant.separation"):
        await _delegate(accounts, to="admin")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "code"),
    [
        (TO, FROM, "delegation.bad_dates"),
        (date(2020, 2, 5), TO, "delegation.in_past"),
        (date(2020, 9, 1), date(2020, 12, 2), "delegation.too_long"),
        (date(2020, 12, 20), date(2021, 1, 1), "delegation.beyond_grant"),
    ],
)
async def test_the_dates_lie_ahead_and_within_the_grant(
    accounts: Accounts, valid_from: date, valid_to: date, code: str
) -> None:
    with refused(code):
        await _delegate(accounts, "chair", valid_from=valid_from, valid_to=valid_to)


async def test_the_longest_delegation_and_one_of_a_single_day_are_taken(accounts: Accounts, days: TurnedDays) -> None:
    await _delegate(accounts, valid_from=days.today, valid_to=days.today)
    last = date.fromordinal(date(2020, 3, 1).toordinal() + DAYS_MAX - 1)
    await _delegate(accounts, valid_from=date(2020, 3, 1), valid_to=last)


async def test_the_same_for_overlapping_days_is_refused_and_after_its_end_it_is_not(accounts: Accounts) -> None:
    delegation_id = await _delegate(accounts)
    with refused("delegation.exists"):
        await _delegate(accounts, valid_from=TO, valid_to=date(2020, 2, 20))
    await _delegate(accounts, valid_from=date(2020, 2, 15), valid_to=date(2020, 2, 20))
    await accounts.delegations.end(delegation_id, by="head")
    await _delegate(accounts)


@pytest.mark.parametrize("role", sorted(PERSONAL_ROLES - {Role.POLICY}))
async def test_what_is_exercised_in_person_is_not_delegated(accounts: Accounts, role: Role) -> None:
    is_city = role in (Role.ADMIN, Role.OPERATOR, Role.READER)
    grant = Grant(role=role, district=CITY if is_city else "cai-rang")
    await accounts.create("holder", "Người giữ", PASSWORD, [grant], "holder")
    grant_id = await grant_id_of(accounts, "holder", role)
    with refused("delegation.personal"):
        await accounts.delegations.begin("holder", [grant_id], "clerk", valid_from=FROM, valid_to=TO, by="holder")
    assert await accounts.delegations.delegable("holder") == ()


async def test_several_are_delegated_together_or_not_at_all(accounts: Accounts) -> None:
    vote = Grant(role=Role.COUNCIL_MEMBER, district="cai-rang")
    await accounts.grants.give("head", vote, by="admin")
    both = [await grant_id_of(accounts, "head", role) for role in (Role.UNIT_HEAD, Role.COUNCIL_MEMBER)]
    with refused("delegation.personal"):
        await accounts.delegations.begin("head", both, "clerk", valid_from=FROM, valid_to=TO, by="head")
    assert await accounts.delegations.ls("head") == ()


async def test_colleagues_are_those_in_use_in_the_same_place_with_a_business_role(accounts: Accounts) -> None:
    elsewhere = Grant(role=Role.HOME_AFFAIRS, district="o-mon")
    await accounts.create("elsewhere", "Nơi khác", PASSWORD, [elsewhere])
    assert [one.login for one in await accounts.colleagues("head")] == ["chair", "clerk"]
    await accounts.disable("clerk", by="admin")
    assert [one.login for one in await accounts.colleagues("head")] == ["chair"]


def test_the_roles_that_lead_can_be_delegated() -> None:
    assert not PERSONAL_ROLES & (UNIT_ROLES | {Role.DISTRICT_CHAIR, Role.COUNCIL_CHAIR, Role.HOME_AFFAIRS})
