"""The account store for tests: on the database of the session, with clocks that tests turn.

async with account_store(tmp_path, clock=clock, days=days) as accounts:
    clock.pass_(hours=1)          # real time
    days.today = date(2020, 3, 1) # the business date
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from shared.accounts import Accounts
from shared.errors import Json, Rejected
from shared.types import CITY, Grant, Role
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER, TurnedClock
from tests.support.postgres import settings_in

TODAY = date(2020, 2, 6)
ADMIN = Grant(role=Role.ADMIN, district=CITY)
AUDITOR = Grant(role=Role.AUDITOR, district=CITY)
HEAD = Grant(role=Role.UNIT_HEAD, district="cai-rang", unit="phong-noi-vu")
CHAIR = Grant(role=Role.DISTRICT_CHAIR, district="cai-rang", valid_to=date(2020, 12, 31))
CLERK = Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="le-binh")


@dataclass(slots=True)
class TurnedDays:
    """The business date as the test says it is."""

    today: date = TODAY

    def __call__(self) -> date:
        """Return the date."""
        return self.today


def url_in(folder: Path) -> str:
    """Return the address of the folder's account store."""
    return settings_in(folder).sql_url("portal")


@asynccontextmanager
async def account_store(
    folder: Path,
    *,
    clock: TurnedClock | None = None,
    days: TurnedDays | None = None,
    totp_roles: frozenset[Role] = frozenset(),
    people: bool = True,
) -> AsyncIterator[Accounts]:
    """Open the folder's store, with an administrator, an auditor, a head, a chair and a clerk unless told not to."""
    store = await Accounts.open(
        url_in(folder),
        now=clock or TurnedClock(),
        today=days or TurnedDays(),
        hasher=QUICK_HASHER,
        key_path=folder / "accounts.key",
        totp_roles=totp_roles,
    )
    try:
        if people:
            await store.create("admin", "Quản trị tài khoản", PASSWORD, [ADMIN], "admin")
            await store.create("auditor", "Thanh tra", PASSWORD, [AUDITOR], "auditor")
            await store.create("head", "Trưởng phòng Nội vụ", PASSWORD, [HEAD], "head")
            await store.create("chair", "Chủ tịch UBND quận", PASSWORD, [CHAIR], "chair")
            await store.create("clerk", "Trần Văn Bé", PASSWORD, [CLERK], "clerk")
        yield store
    finally:
        await store.close()


async def grant_id_of(accounts: Accounts, account: str, role: Role) -> str:
    """Return the id of the account's grant of the role that stands."""
    found = [one for one in await accounts.grants.of(account) if one.grant.role is role and one.withdrawn_at is None]
    return found[0].grant_id


@contextmanager
def refused(code: str) -> Iterator[Mapping[str, Json]]:
    """Expect the refusal with the code; its detail is what stands after `as` when it has come."""
    detail: dict[str, Json] = {}
    with pytest.raises(Rejected) as info:
        yield detail
    assert info.value.code == code
    detail.update(info.value.detail)
