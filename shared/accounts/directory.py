"""Reading accounts: as an administrator sees them, and why one of them may do something."""

from datetime import date

from sqlalchemy import select

from shared.accounts import tables
from shared.accounts.delegations import against, read_delegations
from shared.accounts.grants import grants_by_account, own_grants
from shared.accounts.store import Account, Store
from shared.accounts.why import Known, Verdict, Why, explain
from shared.rights import Right


async def read_accounts(store: Store, account_id: str | None = None) -> tuple[Account, ...]:
    """Return the account of the id, or all by login."""
    account, totp = tables.account, tables.totp
    query = (
        select(account, totp.c.enrolled_at)
        .outerjoin_from(account, totp, totp.c.account_id == account.c.id)
        .order_by(account.c.login)
    )
    if account_id is not None:
        query = query.where(account.c.id == account_id)
    async with store.engine.connect() as connection:
        rows = (await connection.execute(query)).mappings().all()
        grants = await connection.run_sync(grants_by_account, account_id)
    return tuple(
        Account(
            account_id=row["id"],
            login=row["login"],
            full_name=row["full_name"],
            grants=grants.get(row["id"], ()),
            must_change=row["must_change"],
            has_password=bool(row["password_hash"]),
            disabled_at=row["disabled_at"],
            locked_until=row["locked_until"],
            last_sign_in_at=row["last_sign_in_at"],
            totp_at=row["enrolled_at"],
        )
        for row in rows
    )


async def why(store: Store, account: str, right: Right, *, district: str, unit: str | None, on: date) -> Why:
    """Return why the account has the right on the day, or not. Raises Rejected `account.not_found`."""
    async with store.engine.connect() as connection:
        row = await store.require(account, connection)
        held = await own_grants(connection, row["id"])
        received = await read_delegations(connection, tables.delegation.c.delegate_id == row["id"])
    known = [
        Known(
            grant_id=one.grant_id,
            grant=one.grant,
            against=(Verdict.WITHDRAWN,) if one.withdrawn_at is not None else (),
        )
        for one in held
    ]
    known += [
        Known(grant_id=one.grant_id, grant=one.grant, against=against(one), delegator_name=one.from_name)
        for one in received
    ]
    considered = explain(known, right, district=district, unit=unit, on=on)
    is_disabled = row["disabled_at"] is not None
    return Why(
        is_allowed=not is_disabled and any(not one.verdicts for one in considered),
        account_id=row["id"],
        login=row["login"],
        full_name=row["full_name"],
        is_disabled=is_disabled,
        is_locked=row["locked_until"] is not None and row["locked_until"] > store.now(),
        right=right,
        district=district,
        unit=unit,
        on=on,
        considered=considered,
    )
