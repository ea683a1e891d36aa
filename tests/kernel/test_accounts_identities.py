"""Single sign-on: an identity at a provider opens the account it is bound to, and no other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest

from shared.accounts import FAILURES_MAX, Accounts, Match, Step
from shared.errors import Rejected
from tests.kernel.account_store import account_store, refused
from tests.portal.accounts_at import PASSWORD, TurnedClock

ISSUER = "https://dinh-danh.cantho.example"
MAIL = "be@cantho.example"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def accounts(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock) as store:
        await store.create(MAIL, "Trần Văn Bé", PASSWORD, [], "be")
        yield store


async def _sign_in(accounts: Accounts, subject: str = "s-1", **claims: object) -> str:
    return await accounts.identities.sign_in(ISSUER, subject, "10.0.0.1", "test", **claims)  # type: ignore[arg-type]


async def test_a_bound_identity_signs_in_until_it_is_unbound(accounts: Accounts) -> None:
    with refused("identity.unknown"):
        await _sign_in(accounts)
    for _ in range(2):
        await accounts.identities.bind("clerk", ISSUER, "s-1", by="admin", reason="theo danh sách")
    session = await accounts.resume(await _sign_in(accounts))
    assert session is not None
    assert (session.account_id, session.via, session.step) == ("clerk", "oidc", Step.NONE)
    assert [one.subject for one in await accounts.identities.ls("clerk")] == ["s-1"]
    await accounts.identities.unbind(ISSUER, "s-1", by="admin")
    with refused("identity.unknown"):
        await _sign_in(accounts)
    with refused("identity.not_found"):
        await accounts.identities.unbind(ISSUER, "s-1", by="admin")
    actions = [entry.action for entry in await accounts.audit.ls("clerk", limit=2)]
    assert actions == ["identity.unbound", "identity.bound"]


async def test_an_identity_belongs_to_one_account_and_one_provider(accounts: Accounts) -> None:
    await accounts.identities.bind("clerk", ISSUER, "s-1", by="admin")
    with refused("identity.taken"):
        await accounts.identities.bind("head", ISSUER, "s-1", by="admin")
    with refused("identity.unknown"):
        await accounts.identities.sign_in("https://other.example", "s-1", "10.0.0.1", "test")
    for issuer, subject in (("", "s"), ("ftp://x", "s"), (ISSUER, " "), (ISSUER, "s" * 301)):
        with refused("identity.bad"):
            await accounts.identities.bind("clerk", issuer, subject, by="admin")


async def test_nothing_binds_itself_unless_a_setting_says_so(accounts: Accounts) -> None:
    with refused("identity.unknown"):
        await _sign_in(accounts, email=MAIL, email_is_verified=True, login="clerk")
    assert await accounts.identities.ls("be") == ()


async def test_a_verified_email_that_is_the_login_binds_itself_where_that_is_set(accounts: Accounts) -> None:
    with refused("identity.unknown"):
        await _sign_in(accounts, email=MAIL, match=Match.EMAIL)
    with refused("identity.unknown"):
        await _sign_in(accounts, email="x" + MAIL, email_is_verified=True, match=Match.EMAIL)
    session = await accounts.resume(
        await _sign_in(accounts, email=MAIL.upper(), email_is_verified=True, match=Match.EMAIL)
    )
    assert session is not None and session.account_id == "be"
    # From now on the subject counts, whatever the e-mail is.
    assert await _sign_in(accounts, email="", match=Match.EMAIL)
    # Another person who gets the same address later is not let in.
    with refused("identity.unknown"):
        await _sign_in(accounts, "s-2", email=MAIL, email_is_verified=True, match=Match.EMAIL)


async def test_the_providers_login_binds_itself_where_that_is_set(accounts: Accounts) -> None:
    with refused("identity.unknown"):
        await _sign_in(accounts, login="", match=Match.LOGIN)
    assert await _sign_in(accounts, login="Clerk", match=Match.LOGIN)


@pytest.mark.parametrize("name", ["auditor\u017f", "\u212a", "clerk\u0000"])
async def test_a_name_that_only_folds_to_the_login_is_somebody_elses(accounts: Accounts, name: str) -> None:
    await accounts.create("auditors", "Thanh tra", PASSWORD)
    await accounts.create("k", "Trần Văn Ca", PASSWORD)
    with refused("identity.unknown"):
        await _sign_in(accounts, login=name, match=Match.LOGIN)
    with refused("identity.unknown"):
        await _sign_in(accounts, email=name, email_is_verified=True, match=Match.EMAIL)


async def test_two_first_sign_ins_of_one_identity_at_once_both_come_in(accounts: Accounts) -> None:
    tokens = await asyncio.gather(*(_sign_in(accounts, login="clerk", match=Match.LOGIN) for _ in range(3)))
    assert len(set(tokens)) == 3
    assert len(await accounts.identities.ls("clerk")) == 1


async def test_who_governs_accounts_is_bound_by_hand_only(accounts: Accounts) -> None:
    with refused("identity.unknown"):
        await _sign_in(accounts, login="admin", match=Match.LOGIN)
    await accounts.identities.bind("admin", ISSUER, "s-1", by="cli")
    assert await _sign_in(accounts)


async def test_a_closed_account_is_not_opened_from_elsewhere(accounts: Accounts) -> None:
    await accounts.identities.bind("clerk", ISSUER, "s-1", by="admin")
    await accounts.disable("clerk", by="admin")
    with refused("account.disabled"):
        await _sign_in(accounts)
    with refused("identity.unknown"):
        await _sign_in(accounts, "s-9", login="clerk", match=Match.LOGIN)


async def test_wrong_passwords_by_others_do_not_lock_out_who_signs_on_elsewhere(accounts: Accounts) -> None:
    await accounts.identities.bind("clerk", ISSUER, "s-1", by="admin")
    for _ in range(FAILURES_MAX):
        with pytest.raises(Rejected):
            await accounts.sign_in("clerk", "sai", "10.6.6.6", "test")
    assert await _sign_in(accounts)


async def test_one_time_codes_are_asked_for_unless_the_provider_asked(accounts: Accounts, clock: TurnedClock) -> None:
    await accounts.identities.bind("clerk", ISSUER, "s-1", by="admin")
    token = await _sign_in(accounts)
    totp = pyotp.TOTP((await accounts.totp.begin(token)).secret)
    await accounts.totp.confirm(token, totp.at(clock()))
    clock.pass_(seconds=30)
    half = await accounts.resume(await _sign_in(accounts))
    assert half is not None and half.step == Step.CODE
    whole = await accounts.resume(await _sign_in(accounts, has_second_factor=True))
    assert whole is not None and whole.step == Step.NONE
