"""Delegation during leave: the holder of a grant lets another act with it for some days (vi: ủy quyền).

A delegate acts in his own name, on behalf of the holder, within the holder's own rights and dates. It
ends by itself with its last day, when the holder's grant is withdrawn or his account is closed, and it
is not passed on: only what is one's own can be delegated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.accounts import tables
from shared.accounts.grants import (
    PERSONAL_ROLES,
    HeldGrant,
    delegated_grant,
    effective_grants,
    own_grants,
    refuse_mixed,
)
from shared.accounts.store import Store, kept_reason
from shared.accounts.why import Verdict
from shared.clock import new_id
from shared.errors import Rejected
from shared.types import Grant

DAYS_MAX = 92  # our limit: a longer absence is an appointment, which is a grant of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One grant in another's hands; `grant` is as the delegate has it, `valid_from` and `valid_to` as agreed."""

    delegation_id: str
    grant_id: str
    from_account: str
    from_name: str
    to_account: str
    to_name: str
    grant: Grant
    valid_from: date
    valid_to: date
    begun_at: datetime
    begun_by: str
    reason: str
    ended_at: datetime | None
    ended_by: str | None
    is_withdrawn: bool  # the holder has the grant no more
    is_holder_disabled: bool

    def is_in_force(self, today: date) -> bool:
        """Return whether the delegate may act with it on the day."""
        return not against(self) and self.grant.holds_on(today)


def against(delegation: Delegation) -> tuple[Verdict, ...]:
    """Return what ended the delegation, whatever its dates say; nothing where it stands."""
    ends = {
        Verdict.DELEGATION_ENDED: delegation.ended_at is not None,
        Verdict.WITHDRAWN: delegation.is_withdrawn,
        Verdict.DELEGATOR_DISABLED: delegation.is_holder_disabled,
    }
    return tuple(verdict for verdict, is_so in ends.items() if is_so)


class Delegations:
    """Begins and ends delegations."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def begin(
        self,
        account: str,
        grant_ids: Sequence[str],
        to: str,
        *,
        valid_from: date,
        valid_to: date,
        by: str,
        reason: str = "",
    ) -> tuple[str, ...]:
        """Delegate the account's grants to another for the days, both inclusive; return an id for each.

        Raises Rejected `account.not_found`, `account.disabled`, `grant.separation`, and `delegation.nothing`,
        `delegation.to_oneself`, `delegation.bad_dates`, `delegation.in_past`, `delegation.too_long`,
        `delegation.not_held`, `delegation.personal`, `delegation.beyond_grant` or `delegation.exists`.
        """
        self._check_dates(valid_from, valid_to)
        wanted = tuple(dict.fromkeys(grant_ids))
        if not wanted:
            raise Rejected("delegation.nothing")
        async with self._store.changing() as connection:
            holder = await self._store.require(account, connection)
            delegate = await self._store.require(to, connection)
            if holder["disabled_at"] is not None or delegate["disabled_at"] is not None:
                raise Rejected("account.disabled")
            if holder["id"] == delegate["id"]:
                raise Rejected("delegation.to_oneself")
            held = {
                one.grant_id: one.grant for one in await own_grants(connection, holder["id"]) if not one.withdrawn_at
            }
            begun = []
            for grant_id in wanted:
                if grant_id not in held:
                    raise Rejected("delegation.not_held")
                self._check(held[grant_id], valid_from, valid_to)
                refuse_mixed(held[grant_id].role, await effective_grants(connection, delegate["id"]), on=valid_from)
                await self._refuse_repeated(connection, grant_id, delegate["id"], valid_from, valid_to)
                row = {
                    "grant_id": grant_id,
                    "delegate_id": delegate["id"],
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                }
                begun.append(await self._write(connection, holder["id"], held[grant_id], row, by=by, reason=reason))
            return tuple(begun)

    async def end(self, delegation_id: str, *, by: str, reason: str = "") -> None:
        """End the delegation at once; again changes nothing. Raises Rejected `delegation.not_found`."""
        async with self._store.changing() as connection:
            found = await read_delegations(connection, tables.delegation.c.id == delegation_id[:40])
            if not found:
                raise Rejected("delegation.not_found")
            (delegation,) = found
            if delegation.ended_at is not None:
                return
            statement = update(tables.delegation).where(tables.delegation.c.id == delegation.delegation_id)
            await connection.execute(statement.values(ended_at=self._store.now(), ended_by=by))
            await self._store.record(
                connection,
                "delegation.ended",
                by=by,
                account_id=delegation.from_account,
                reason=reason,
                delegation_id=delegation.delegation_id,
                role=delegation.grant.role.value,
                to=delegation.to_account,
            )

    async def ls(self, account: str) -> tuple[Delegation, ...]:
        """Return what the account gave and received, newest first. Raises Rejected `account.not_found`."""
        async with self._store.engine.connect() as connection:
            account_id = (await self._store.require(account, connection))["id"]
            is_party = or_(
                tables.delegation.c.delegate_id == account_id, tables.account_grant.c.account_id == account_id
            )
            return await read_delegations(connection, is_party)

    async def delegable(self, account: str) -> tuple[HeldGrant, ...]:
        """Return the grants that the account may delegate, now or later. Raises Rejected `account.not_found`."""
        today = self._store.today()
        async with self._store.engine.connect() as connection:
            held = await own_grants(connection, (await self._store.require(account, connection))["id"])
        return tuple(
            one
            for one in held
            if one.withdrawn_at is None
            and one.grant.role not in PERSONAL_ROLES
            and (one.grant.valid_to is None or one.grant.valid_to >= today)
        )

    def _check_dates(self, valid_from: date, valid_to: date) -> None:
        if valid_to < valid_from:
            raise Rejected("delegation.bad_dates")
        if valid_from < self._store.today():
            raise Rejected("delegation.in_past", today=self._store.today().isoformat())
        if valid_to - valid_from >= timedelta(days=DAYS_MAX):
            raise Rejected("delegation.too_long", days=DAYS_MAX)

    def _check(self, grant: Grant, valid_from: date, valid_to: date) -> None:
        if grant.role in PERSONAL_ROLES:
            raise Rejected("delegation.personal", role=grant.role.value)
        if not (grant.holds_on(valid_from) and grant.holds_on(valid_to)):
            raise Rejected("delegation.beyond_grant", role=grant.role.value)

    async def _refuse_repeated(
        self, connection: AsyncConnection, grant_id: str, delegate_id: str, valid_from: date, valid_to: date
    ) -> None:
        known = tables.delegation
        query = select(known.c.id).where(
            known.c.grant_id == grant_id,
            known.c.delegate_id == delegate_id,
            known.c.ended_at.is_(None),
            known.c.valid_from <= valid_to,
            known.c.valid_to >= valid_from,
        )
        if (await connection.execute(query)).first() is not None:
            raise Rejected("delegation.exists")

    async def _write(
        self,
        connection: AsyncConnection,
        holder_id: str,
        grant: Grant,
        agreed: Mapping[str, Any],
        *,
        by: str,
        reason: str,
    ) -> str:
        delegation_id = new_id()
        told = {"begun_at": self._store.now(), "begun_by": by, "reason": kept_reason(reason)}
        await connection.execute(insert(tables.delegation), {"id": delegation_id, **agreed, **told})
        await self._store.record(
            connection,
            "delegation.begun",
            by=by,
            account_id=holder_id,
            reason=reason,
            delegation_id=delegation_id,
            role=grant.role.value,
            district=grant.district,
            unit=grant.unit,
            to=agreed["delegate_id"],
            valid_from=agreed["valid_from"].isoformat(),
            valid_to=agreed["valid_to"].isoformat(),
        )
        return delegation_id


async def read_delegations(connection: AsyncConnection, condition: ColumnElement[bool]) -> tuple[Delegation, ...]:
    """Return the delegations that meet the condition, also the ended, newest first."""
    held, known = tables.account_grant, tables.delegation
    holder, delegate = tables.account.alias("holder"), tables.account.alias("delegate")
    query = (
        select(
            known.c.id,
            known.c.grant_id,
            known.c.valid_from.label("delegated_from"),
            known.c.valid_to.label("delegated_to"),
            known.c.begun_at,
            known.c.begun_by,
            known.c.reason,
            known.c.ended_at,
            known.c.ended_by,
            held.c.account_id,
            held.c.role,
            held.c.district,
            held.c.unit,
            held.c.valid_from,
            held.c.valid_to,
            held.c.withdrawn_at,
            holder.c.full_name.label("from_name"),
            holder.c.disabled_at,
            delegate.c.id.label("to_account"),
            delegate.c.full_name.label("to_name"),
        )
        .join_from(known, held, held.c.id == known.c.grant_id)
        .join(holder, holder.c.id == held.c.account_id)
        .join(delegate, delegate.c.id == known.c.delegate_id)
        .where(condition)
        .order_by(known.c.id.desc())
    )
    rows = (await connection.execute(query)).mappings().all()
    return tuple(
        Delegation(
            delegation_id=row["id"],
            grant_id=row["grant_id"],
            from_account=row["account_id"],
            from_name=row["from_name"],
            to_account=row["to_account"],
            to_name=row["to_name"],
            grant=delegated_grant(row),
            valid_from=row["delegated_from"],
            valid_to=row["delegated_to"],
            begun_at=row["begun_at"],
            begun_by=row["begun_by"],
            reason=row["reason"],
            ended_at=row["ended_at"],
            ended_by=row["ended_by"],
            is_withdrawn=row["withdrawn_at"] is not None,
            is_holder_disabled=row["disabled_at"] is not None,
        )
        for row in rows
    )
