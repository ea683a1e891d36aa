"""Why may somebody do something: what the store knows of every grant, own or delegated, standing or not."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from services.plans.commands import CompleteTaskPart, IssuePlan
from services.plans.rules import RIGHTS
from shared.accounts import FAILURES_MAX, Accounts, Verdict
from shared.errors import Rejected
from shared.types import Role
from tests.kernel.account_store import TurnedDays, account_store, grant_id_of, refused

COMPLETE, ISSUE = RIGHTS[CompleteTaskPart], RIGHTS[IssuePlan]
FROM, TO = date(2020, 2, 10), date(2020, 2, 14)


@pytest.fixture
def days() -> TurnedDays:
    return TurnedDays()


@pytest.fixture
async def accounts(tmp_path: Path, days: TurnedDays) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, days=days) as store:
        yield store


async def test_the_grant_that_gives_the_right_stands_first(accounts: Accounts) -> None:
    await accounts.grants.give("head", (await accounts.account("clerk")).grants[0], by="admin")
    why = await accounts.why("head", COMPLETE, district="cai-rang", unit="phong-noi-vu")
    assert why.is_allowed
    assert [one.verdicts for one in why.considered] == [(), (Verdict.OTHER_UNIT,)]
    assert why.on == date(2020, 2, 6)


async def test_a_withdrawn_grant_is_named_as_the_reason(accounts: Accounts) -> None:
    await accounts.grants.withdraw(await grant_id_of(accounts, "chair", Role.DISTRICT_CHAIR), by="admin")
    why = await accounts.why("chair", ISSUE, district="cai-rang")
    assert not why.is_allowed
    assert [one.verdicts for one in why.considered] == [(Verdict.WITHDRAWN,)]


async def test_an_expired_grant_is_named_for_the_day_asked_about(accounts: Accounts) -> None:
    assert (await accounts.why("chair", ISSUE, district="cai-rang", on=date(2020, 12, 31))).is_allowed
    why = await accounts.why("chair", ISSUE, district="cai-rang", on=date(2021, 1, 1))
    assert [one.verdicts for one in why.considered] == [(Verdict.EXPIRED,)]


async def test_a_delegated_grant_is_explained_with_whose_it_is_and_what_ended_it(accounts: Accounts) -> None:
    grant_id = await grant_id_of(accounts, "head", Role.UNIT_HEAD)
    (delegation,) = await accounts.delegations.begin(
        "head", [grant_id], "clerk", valid_from=FROM, valid_to=TO, by="head"
    )
    why = await accounts.why("clerk", COMPLETE, district="cai-rang", unit="phong-noi-vu", on=FROM)
    assert why.is_allowed
    assert (why.considered[0].delegated_by, why.considered[0].delegator_name) == ("head", "Trưởng phòng Nội vụ")
    assert not (await accounts.why("clerk", COMPLETE, district="cai-rang", unit="phong-noi-vu")).is_allowed
    await accounts.disable("head", by="admin")
    await accounts.delegations.end(delegation, by="admin")
    why = await accounts.why("clerk", COMPLETE, district="cai-rang", unit="phong-noi-vu", on=FROM)
    assert not why.is_allowed
    delegated = next(one for one in why.considered if one.delegated_by)
    assert delegated.verdicts == (Verdict.DELEGATION_ENDED, Verdict.DELEGATOR_DISABLED)


async def test_a_closed_account_may_nothing_and_a_locked_one_only_cannot_sign_in(accounts: Accounts) -> None:
    for _ in range(FAILURES_MAX):
        with pytest.raises(Rejected):
            await accounts.sign_in("head", "sai", "10.0.0.1", "test")
    why = await accounts.why("head", COMPLETE, district="cai-rang", unit="phong-noi-vu")
    assert (why.is_allowed, why.is_locked) == (True, True)
    await accounts.disable("head", by="admin")
    why = await accounts.why("head", COMPLETE, district="cai-rang", unit="phong-noi-vu")
    assert (why.is_allowed, why.is_disabled) == (False, True)
    with refused("account.not_found"):
        await accounts.why("nobody", COMPLETE, district="cai-rang", unit="phong-noi-vu")
