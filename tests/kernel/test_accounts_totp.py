"""One-time codes: set up, asked for, spent once, guessed at, lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from shared.accounts import FAILURES_MAX, Accounts, Confirmed, Step, tables
from shared.errors import Fault, Rejected
from shared.types import CITY, Grant, Role
from tests.kernel.account_store import TurnedDays, account_store, refused
from tests.portal.accounts_at import PASSWORD, TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def accounts(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Accounts]:
    async with account_store(tmp_path, clock=clock) as store:
        yield store


async def _sign_in(accounts: Accounts, login: str = "clerk") -> str:
    return await accounts.sign_in(login, PASSWORD, "10.0.0.1", "test")


async def _enrol(accounts: Accounts, clock: TurnedClock, login: str = "clerk") -> tuple[pyotp.TOTP, Confirmed]:
    token = await _sign_in(accounts, login)
    totp = pyotp.TOTP((await accounts.totp.begin(token)).secret)
    confirmed = await accounts.totp.confirm(token, totp.at(clock()))
    clock.pass_(seconds=30)
    return totp, confirmed


async def test_setting_up_shows_the_same_seed_until_a_code_proves_it(accounts: Accounts, clock: TurnedClock) -> None:
    token = await _sign_in(accounts)
    first, again = await accounts.totp.begin(token), await accounts.totp.begin(token)
    assert first == again
    assert pyotp.parse_uri(first.uri).secret == first.secret
    assert "clerk" in first.uri
    with refused("account.bad_code"):
        await accounts.totp.confirm(token, "000000")
    assert (await accounts.totp.of("clerk")).enrolled_at is None
    assert (await accounts.resume(token)) is not None  # what is not proved is not asked for
    confirmed = await accounts.totp.confirm(token, pyotp.TOTP(first.secret).at(clock()))
    assert len(set(confirmed.recovery_codes)) == 10
    state = await accounts.totp.of("clerk")
    assert (state.enrolled_at, state.recovery_left) == (clock(), 10)
    with refused("totp.exists"):
        await accounts.totp.begin(confirmed.token)


async def test_who_has_only_the_password_does_not_see_the_seed_that_its_person_sets_up(
    accounts: Accounts, clock: TurnedClock
) -> None:
    thief, person = await _sign_in(accounts), await _sign_in(accounts)
    seen = await accounts.totp.begin(thief)
    shown = await accounts.totp.begin(person)
    assert seen.secret != shown.secret
    with refused("totp.not_begun"):
        await accounts.totp.confirm(thief, pyotp.TOTP(seen.secret).at(clock()))
    await accounts.totp.confirm(person, pyotp.TOTP(shown.secret).at(clock()))
    clock.pass_(seconds=30)
    half = await _sign_in(accounts)
    with refused("account.bad_code"):
        await accounts.confirm_code(half, pyotp.TOTP(seen.secret).at(clock()))
    await accounts.confirm_code(half, pyotp.TOTP(shown.secret).at(clock()))


async def test_an_administrator_does_not_get_round_the_code_for_the_own_account(
    accounts: Accounts, clock: TurnedClock
) -> None:
    _, confirmed = await _enrol(accounts, clock, "admin")
    with refused("account.own_credentials"):
        await accounts.totp.remove("admin", by="admin")
    with refused("account.own_credentials"):
        await accounts.links.issue_reset("admin", by="admin")
    assert (await accounts.totp.of("admin")).enrolled_at is not None
    assert await accounts.resume(confirmed.token) is not None


async def test_confirming_before_beginning_is_refused(accounts: Accounts) -> None:
    with refused("totp.not_begun"):
        await accounts.totp.confirm(await _sign_in(accounts), "123456")


async def test_from_then_on_the_password_alone_opens_nothing(accounts: Accounts, clock: TurnedClock) -> None:
    other = await _sign_in(accounts)
    totp, confirmed = await _enrol(accounts, clock)
    assert await accounts.resume(other) is None
    assert (await accounts.resume(confirmed.token)) is not None
    half = await _sign_in(accounts)
    session = await accounts.resume(half)
    assert session is not None
    assert (session.step, session.actor.grants) == (Step.CODE, ())
    for change in (
        accounts.change_password(half, PASSWORD, "một câu khác dài hơn"),
        accounts.totp.begin(half),
        accounts.totp.confirm(half, totp.at(clock())),
        accounts.totp.renew_recovery_codes(half, totp.at(clock())),
        accounts.totp.remove_own(half, totp.at(clock())),
        accounts.end_session(half, "x"),
    ):
        with refused("account.signed_out"):
            await change
    await accounts.sign_out_others(half)
    assert await accounts.resume(confirmed.token) is not None
    whole = await accounts.confirm_code(half, totp.at(clock()))
    session = await accounts.resume(whole)
    assert session is not None
    assert (session.step, len(session.actor.grants)) == (Step.NONE, 1)
    assert whole != half and await accounts.resume(half) is None


async def test_the_step_between_password_and_code_ends_after_ten_minutes(
    accounts: Accounts, clock: TurnedClock
) -> None:
    totp, _ = await _enrol(accounts, clock)
    half = await _sign_in(accounts)
    clock.pass_(minutes=10)
    with refused("account.signed_out"):
        await accounts.confirm_code(half, totp.at(clock()))


@pytest.mark.parametrize(("off", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
async def test_a_code_counts_one_step_before_and_after(
    accounts: Accounts, clock: TurnedClock, off: int, is_taken: bool
) -> None:
    totp, _ = await _enrol(accounts, clock)
    clock.pass_(minutes=5)
    code, half = totp.at(int(clock().timestamp()) + off), await _sign_in(accounts)
    if is_taken:
        assert await accounts.confirm_code(half, f" {code[:3]} {code[3:]} ")
    else:
        with refused("account.bad_code"):
            await accounts.confirm_code(half, code)


async def test_a_code_counts_once_and_so_does_every_earlier_one(accounts: Accounts, clock: TurnedClock) -> None:
    totp, _ = await _enrol(accounts, clock)
    clock.pass_(minutes=1)
    earlier, now = totp.at(int(clock().timestamp()) - 30), totp.at(clock())
    await accounts.confirm_code(await _sign_in(accounts), now)
    for code in (now, earlier):
        with refused("account.code_used"):
            await accounts.confirm_code(await _sign_in(accounts), code)


async def test_the_code_of_setting_up_does_not_sign_in_again(accounts: Accounts, clock: TurnedClock) -> None:
    token = await _sign_in(accounts)
    totp = pyotp.TOTP((await accounts.totp.begin(token)).secret)
    await accounts.totp.confirm(token, totp.at(clock()))
    with refused("account.code_used"):
        await accounts.confirm_code(await _sign_in(accounts), totp.at(clock()))


async def test_of_two_who_use_one_code_at_once_one_comes_in(accounts: Accounts, clock: TurnedClock) -> None:
    totp, _ = await _enrol(accounts, clock)
    halves = [await _sign_in(accounts) for _ in range(3)]
    code = totp.at(clock())
    answers = await asyncio.gather(*(accounts.confirm_code(half, code) for half in halves), return_exceptions=True)
    assert sum(isinstance(one, str) for one in answers) == 1
    assert {one.code for one in answers if isinstance(one, Rejected)} == {"account.code_used"}


async def test_a_recovery_code_signs_in_once(accounts: Accounts, clock: TurnedClock) -> None:
    _, confirmed = await _enrol(accounts, clock)
    code = confirmed.recovery_codes[3]
    assert await accounts.confirm_code(await _sign_in(accounts), code.lower().replace("-", " "))
    with refused("account.bad_code"):
        await accounts.confirm_code(await _sign_in(accounts), code)
    assert (await accounts.totp.of("clerk")).recovery_left == 9
    assert (await accounts.audit.ls("clerk"))[0].action == "recovery.used"


async def test_one_persons_recovery_code_is_of_no_use_to_another(accounts: Accounts, clock: TurnedClock) -> None:
    _, confirmed = await _enrol(accounts, clock)
    await _enrol(accounts, clock, "head")
    with refused("account.bad_code"):
        await accounts.confirm_code(await _sign_in(accounts, "head"), confirmed.recovery_codes[0])


async def test_new_recovery_codes_take_the_place_of_the_old(accounts: Accounts, clock: TurnedClock) -> None:
    totp, confirmed = await _enrol(accounts, clock)
    with refused("account.bad_code"):
        await accounts.totp.renew_recovery_codes(confirmed.token, confirmed.recovery_codes[0])
    fresh = await accounts.totp.renew_recovery_codes(confirmed.token, totp.at(clock()))
    assert not set(fresh) & set(confirmed.recovery_codes)
    with refused("account.bad_code"):
        await accounts.confirm_code(await _sign_in(accounts), confirmed.recovery_codes[0])
    assert await accounts.confirm_code(await _sign_in(accounts), fresh[0])


async def test_guessing_codes_locks_although_the_password_is_right_each_time(
    accounts: Accounts, clock: TurnedClock
) -> None:
    totp, _ = await _enrol(accounts, clock)
    codes = []
    for _ in range(FAILURES_MAX):
        try:
            await accounts.confirm_code(await _sign_in(accounts), "999999")
        except Rejected as refusal:
            codes.append(refusal.code)
    assert "account.locked" in codes
    with refused("account.locked"):
        await _sign_in(accounts)
    clock.pass_(minutes=15)
    assert await accounts.confirm_code(await _sign_in(accounts), totp.at(clock()))


async def test_patient_guessing_is_slowed_to_fifty_codes_a_day(accounts: Accounts, clock: TurnedClock) -> None:
    await _enrol(accounts, clock)
    codes = []
    for _ in range(80):
        try:
            await accounts.confirm_code(await _sign_in(accounts), "999999")
        except Rejected as refusal:
            codes.append(refusal.code)
        if codes[-1] == "account.rate_limited":
            break
        clock.pass_(minutes=15)
    assert codes[-1] == "account.rate_limited"
    assert codes.count("account.bad_code") <= 50


@pytest.mark.parametrize("code", ["", "0", "１２３４５６", "abcdef", "9" * 10_000, "\x00", "12345６"])
async def test_garbage_is_no_code(accounts: Accounts, clock: TurnedClock, code: str) -> None:
    await _enrol(accounts, clock)
    with refused("account.bad_code"):
        await accounts.confirm_code(await _sign_in(accounts), code)


async def test_a_role_may_ask_for_codes_and_then_nothing_opens_without(tmp_path: Path, clock: TurnedClock) -> None:
    async with account_store(tmp_path, clock=clock, totp_roles=frozenset({Role.ADMIN})) as accounts:
        token = await _sign_in(accounts, "admin")
        session = await accounts.resume(token)
        assert session is not None
        assert (session.step, session.actor.grants) == (Step.ENROL, ())
        totp = pyotp.TOTP((await accounts.totp.begin(token)).secret)
        confirmed = await accounts.totp.confirm(token, totp.at(clock()))
        session = await accounts.resume(confirmed.token)
        assert session is not None
        assert (session.step, len(session.actor.grants)) == (Step.NONE, 1)
        clock.pass_(seconds=30)
        with refused("totp.required"):
            await accounts.totp.remove_own(confirmed.token, totp.at(clock()))
        assert (await accounts.totp.of("admin")).is_required
        assert not (await accounts.totp.of("clerk")).is_required
        clerk = await accounts.resume(await _sign_in(accounts))
        assert clerk is not None and clerk.step == Step.NONE


async def test_a_role_asks_for_codes_only_on_the_days_it_holds(tmp_path: Path, clock: TurnedClock) -> None:
    days = TurnedDays()
    async with account_store(tmp_path, clock=clock, days=days, totp_roles=frozenset({Role.OPERATOR})) as accounts:
        grant = Grant(role=Role.OPERATOR, district=CITY, valid_from=date(2020, 3, 1))
        await accounts.grants.give("head", grant, by="admin")
        token = await _sign_in(accounts, "head")
        before = await accounts.resume(token)
        assert before is not None and before.step == Step.NONE
        days.today = date(2020, 3, 1)
        # In the middle of a session: the next request asks.
        after = await accounts.resume(token)
        assert after is not None and after.step == Step.ENROL


async def test_an_administrator_takes_codes_away_from_who_lost_the_phone(
    accounts: Accounts, clock: TurnedClock
) -> None:
    _, confirmed = await _enrol(accounts, clock)
    await accounts.totp.remove("clerk", by="admin", reason="mất điện thoại")
    await accounts.totp.remove("clerk", by="admin")
    assert await accounts.resume(confirmed.token) is None
    session = await accounts.resume(await _sign_in(accounts))
    assert session is not None and session.step == Step.NONE
    removed, *_ = await accounts.audit.ls("clerk")
    assert (removed.action, removed.by, removed.reason) == ("totp.removed", "admin", "mất điện thoại")


async def test_one_takes_ones_own_codes_away_with_a_code(accounts: Accounts, clock: TurnedClock) -> None:
    totp, confirmed = await _enrol(accounts, clock)
    with refused("account.bad_code"):
        await accounts.totp.remove_own(confirmed.token, "000000")
    await accounts.totp.remove_own(confirmed.token, totp.at(clock()))
    assert (await accounts.totp.of("clerk")).enrolled_at is None
    assert await accounts.resume(confirmed.token) is not None


async def test_neither_seed_nor_recovery_code_stands_in_the_database(
    accounts: Accounts, clock: TurnedClock, tmp_path: Path
) -> None:
    totp, confirmed = await _enrol(accounts, clock)
    async with accounts._store.engine.connect() as connection:
        rows = [
            *(await connection.execute(select(tables.totp))).all(),
            *(await connection.execute(select(tables.recovery_code))).all(),
            *(await connection.execute(select(tables.audit))).all(),
        ]
    assert len(rows) > 11
    dump = str(rows)
    assert totp.secret not in dump
    assert not any(code in dump or code.replace("-", "") in dump for code in confirmed.recovery_codes)
    assert (tmp_path / "accounts.key").stat().st_mode & 0o777 == 0o600


async def test_another_key_than_the_one_that_sealed_is_a_fault_and_lets_nobody_in(
    accounts: Accounts, clock: TurnedClock, tmp_path: Path
) -> None:
    totp, _ = await _enrol(accounts, clock)
    (tmp_path / "accounts.key").write_bytes(b"k" * 32)
    half = await _sign_in(accounts)
    with pytest.raises(Fault, match="did not seal"):
        await accounts.confirm_code(half, totp.at(clock()))
    (tmp_path / "accounts.key").write_bytes(b"short")
    with pytest.raises(Fault, match="no key of 32 bytes"):
        await accounts.confirm_code(half, totp.at(clock()))
