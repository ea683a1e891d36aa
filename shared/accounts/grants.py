"""What was granted to whom: own grants, and how they and the delegated ones become an actor."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.store import Store, kept_reason
from shared.clock import new_id
from shared.errors import Rejected
from shared.types import CITY, DISTRICTS, UNIT_ROLES, Grant, Role

TECHNICAL_ROLES = frozenset({Role.ADMIN, Role.OPERATOR})
CITY_ROLES = TECHNICAL_ROLES | {Role.CITY_BOARD, Role.CITY_CHAIR}
DISTRICT_ROLES = UNIT_ROLES | {Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.PROPAGANDA_BOARD}
# These may be of one unit or of the whole district; unit roles are always of a unit, all others never.
EITHER_ROLES = frozenset({Role.GROUP_HEAD, Role.FIELD_SCORER})
# Exercised by the person alone: votes (NĐ 91/2017 Đ45 k8 asks the absent member in writing), inspection, and what
# an administrator grants to another in a minute.
PERSONAL_ROLES = TECHNICAL_ROLES | {
    Role.COUNCIL_MEMBER,
    Role.INITIATIVE_COUNCIL,
    Role.AUDITOR,
    Role.READER,
    Role.POLICY,
}
_UNIT = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGrant:
    """A grant with its story; a withdrawn one stays to be asked about."""

    grant_id: str
    account_id: str
    grant: Grant
    given_at: datetime | None
    given_by: str
    reason: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


class Grants:
    """Gives and withdraws grants."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def give(self, account: str, grant: Grant, *, by: str, reason: str = "") -> str:
        """Give the grant to the account and return its id.

        Raises Rejected `account.not_found`, `grant.own` (nobody gives to himself), `grant.policy`,
        `grant.bad_scope`, `grant.bad_dates`, `grant.is_delegated`, `grant.exists` or `grant.separation`.
        """
        check_grant(grant)
        async with self._store.changing() as connection:
            row = await self._store.require(account, connection)
            if by == row["id"]:
                raise Rejected("grant.own")
            held = await own_grants(connection, row["id"])
            if any(one.grant == grant and one.withdrawn_at is None for one in held):
                raise Rejected("grant.exists")
            refuse_mixed(
                grant.role, await effective_grants(connection, row["id"]), on=max(self._store.today(), _from(grant))
            )
            return await write_grant(self._store, connection, row["id"], grant, by=by, reason=reason)

    async def withdraw(self, grant_id: str, *, by: str, reason: str = "") -> None:
        """Withdraw the grant, and with it what was delegated of it; again changes nothing.

        Raises Rejected `grant.not_found`, `grant.own` or `account.last_admin`.
        """
        async with self._store.changing() as connection:
            query = select(tables.account_grant).where(tables.account_grant.c.id == grant_id[:40])
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                raise Rejected("grant.not_found")
            if by == row["account_id"]:
                raise Rejected("grant.own")
            if row["withdrawn_at"] is None:
                await self._withdraw(connection, row, by=by, reason=reason)
                if Role(row["role"]) is Role.ADMIN:
                    await require_an_admin(self._store, connection)

    async def of(self, account: str) -> tuple[HeldGrant, ...]:
        """Return the account's own grants, also the withdrawn, oldest first. Raises Rejected `account.not_found`."""
        async with self._store.engine.connect() as connection:
            return await own_grants(connection, (await self._store.require(account, connection))["id"])

    async def _withdraw(self, connection: AsyncConnection, row: RowMapping, *, by: str, reason: str) -> None:
        statement = update(tables.account_grant).where(tables.account_grant.c.id == row["id"])
        await connection.execute(statement.values(withdrawn_at=self._store.now(), withdrawn_by=by))
        await self._store.record(
            connection,
            "grant.withdrawn",
            by=by,
            account_id=row["account_id"],
            reason=reason,
            grant_id=row["id"],
            role=row["role"],
            district=row["district"],
            unit=row["unit"],
        )


def check_grant(grant: Grant) -> None:
    """Refuse what nobody can hold.

    Raises Rejected `grant.policy`, `grant.is_delegated`, `grant.bad_scope` (role, district, unit) or `grant.bad_dates`.
    """
    if grant.role is Role.POLICY:
        raise Rejected("grant.policy")
    if grant.delegated_by is not None:
        raise Rejected("grant.is_delegated")
    is_of_unit = grant.unit is not None
    fits = (
        grant.district in (*DISTRICTS, CITY)
        and not (grant.role in CITY_ROLES and grant.district != CITY)
        and not (grant.role in DISTRICT_ROLES and grant.district == CITY)
        and (is_of_unit == (grant.role in UNIT_ROLES) or grant.role in EITHER_ROLES)
        and (grant.unit is None or _UNIT.fullmatch(grant.unit))
    )
    if not fits:
        raise Rejected("grant.bad_scope", role=grant.role.value, district=grant.district[:40], unit=grant.unit or "")
    check_dates(grant.valid_from, grant.valid_to)


def check_dates(valid_from: date | None, valid_to: date | None) -> None:
    """Refuse an end before the beginning. Raises Rejected `grant.bad_dates`."""
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise Rejected("grant.bad_dates")


def refuse_mixed(role: Role, held: Sequence[Grant], *, on: date) -> None:
    """Refuse what would let one account both decide who holds roles and hold a business one.

    Grants that have ended by `on` do not count. Raises Rejected `grant.separation`.
    """
    roles = {grant.role for grant in held if grant.valid_to is None or grant.valid_to >= on}
    is_mixed = (
        bool(roles - TECHNICAL_ROLES) if role is Role.ADMIN else role not in TECHNICAL_ROLES and Role.ADMIN in roles
    )
    if is_mixed:
        raise Rejected("grant.separation")


async def require_an_admin(store: Store, connection: AsyncConnection) -> None:
    """Refuse the change where it leaves nobody to grant roles today. Raises Rejected `account.last_admin`."""
    if not await has_admin(store, connection):
        raise Rejected("account.last_admin")


async def has_admin(store: Store, connection: AsyncConnection) -> bool:
    """Return whether an account in use holds the role of administrator today."""
    held = tables.account_grant
    query = (
        select(held)
        .join(tables.account, tables.account.c.id == held.c.account_id)
        .where(held.c.role == Role.ADMIN.value, held.c.withdrawn_at.is_(None), tables.account.c.disabled_at.is_(None))
    )
    rows = (await connection.execute(query)).mappings().all()
    return any(grant_of(row).holds_on(store.today()) for row in rows)


async def write_grant(
    store: Store, connection: AsyncConnection, account_id: str, grant: Grant, *, by: str, reason: str
) -> str:
    """Write the grant and the entry about it; return its id."""
    grant_id = new_id()
    row = {
        "id": grant_id,
        "account_id": account_id,
        "role": grant.role.value,
        "district": grant.district,
        "unit": grant.unit,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
        "given_at": store.now(),
        "given_by": by,
        "reason": kept_reason(reason),
    }
    await connection.execute(insert(tables.account_grant), row)
    await store.record(
        connection,
        "grant.given",
        by=by,
        account_id=account_id,
        reason=reason,
        grant_id=grant_id,
        role=grant.role.value,
        district=grant.district,
        unit=grant.unit,
        valid_from=_text(grant.valid_from),
        valid_to=_text(grant.valid_to),
    )
    return grant_id


async def own_grants(connection: AsyncConnection, account_id: str) -> tuple[HeldGrant, ...]:
    """Return the account's own grants, also the withdrawn, oldest first."""
    query = select(tables.account_grant).where(tables.account_grant.c.account_id == account_id)
    rows = await connection.execute(query.order_by(tables.account_grant.c.id))
    return tuple(held_of(row) for row in rows.mappings())


async def effective_grants(connection: AsyncConnection, account_id: str) -> tuple[Grant, ...]:
    """Return what the account may act with, of all dates: its own grants, then those delegated to it."""
    return (await connection.run_sync(grants_by_account, account_id)).get(account_id, ())


def grants_by_account(connection: Connection, account_id: str | None = None) -> Mapping[str, tuple[Grant, ...]]:
    """Return the effective grants of one account, or of all."""
    of_one = account_id is not None
    given = {"holder": account_id} if of_one else {}
    found: dict[str, list[Grant]] = {}
    for row in connection.execute(_own(of_one), given).mappings():
        found.setdefault(row["account_id"], []).append(grant_of(row))
    for row in connection.execute(_received(of_one), given).mappings():
        grant = delegated_grant(row)
        if grant.role not in PERSONAL_ROLES:
            found.setdefault(row["delegate_id"], []).append(grant)
    return {holder: tuple(grants) for holder, grants in found.items()}


@cache
def _own(of_one: bool) -> Select[Any]:
    """Return the query of grants that are not withdrawn; it is asked for every page, and written once."""
    held = tables.account_grant
    query = select(held).where(held.c.withdrawn_at.is_(None)).order_by(held.c.id)
    return query.where(held.c.account_id == bindparam("holder")) if of_one else query


@cache
def _received(of_one: bool) -> Select[Any]:
    """Return the query of delegations that still stand: not ended, the grant not withdrawn, its holder in use."""
    held, delegation = tables.account_grant, tables.delegation
    query = (
        select(
            held.c.account_id,
            held.c.role,
            held.c.district,
            held.c.unit,
            held.c.valid_from,
            held.c.valid_to,
            delegation.c.delegate_id,
            delegation.c.valid_from.label("delegated_from"),
            delegation.c.valid_to.label("delegated_to"),
        )
        .join_from(delegation, held, held.c.id == delegation.c.grant_id)
        .join(tables.account, tables.account.c.id == held.c.account_id)
        .where(delegation.c.ended_at.is_(None), held.c.withdrawn_at.is_(None), tables.account.c.disabled_at.is_(None))
        .order_by(delegation.c.id)
    )
    return query.where(delegation.c.delegate_id == bindparam("holder")) if of_one else query


def grant_of(row: RowMapping) -> Grant:
    """Return the grant of a row."""
    return Grant(
        role=Role(row["role"]),
        district=row["district"],
        unit=row["unit"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


def delegated_grant(row: RowMapping) -> Grant:
    """Return the grant as the delegate has it: within the dates of both."""
    return Grant(
        role=Role(row["role"]),
        district=row["district"],
        unit=row["unit"],
        valid_from=max(row["delegated_from"], row["valid_from"] or row["delegated_from"]),
        valid_to=min(row["delegated_to"], row["valid_to"] or row["delegated_to"]),
        delegated_by=row["account_id"],
    )


def held_of(row: RowMapping) -> HeldGrant:
    """Return the grant of a row with its story."""
    return HeldGrant(
        grant_id=row["id"],
        account_id=row["account_id"],
        grant=grant_of(row),
        given_at=row["given_at"],
        given_by=row["given_by"],
        reason=row["reason"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_by=row["withdrawn_by"],
    )


def _from(grant: Grant) -> date:
    return grant.valid_from or date.min


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
