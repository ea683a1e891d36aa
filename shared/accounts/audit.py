"""The audit trail: who changed what about accounts, when and why; only ever added to (vi: nhật ký quản trị)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from shared.accounts import tables
from shared.accounts.store import Store
from shared.errors import Json

ENTRIES_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change; `by` is an account id, or `system`, `cli`; `account_id` whom it concerns, if an account."""

    number: int
    at: datetime
    by: str
    action: str
    account_id: str | None
    detail: Mapping[str, Json]
    reason: str


class AuditTrail:
    """Reads the audit trail; the parts of the store write it, each change in its own transaction."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def ls(
        self, account: str | None = None, *, limit: int = 100, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries, of one account or of all; `before` goes on where a page ended.

        Raises Rejected `account.not_found`.
        """
        query = select(tables.audit).order_by(tables.audit.c.number.desc()).limit(min(limit, ENTRIES_MAX))
        async with self._store.engine.connect() as connection:
            if account is not None:
                account_id = (await self._store.require(account, connection))["id"]
                query = query.where(tables.audit.c.account_id == account_id)
            if before is not None:
                query = query.where(tables.audit.c.number < before)
            rows = (await connection.execute(query)).mappings().all()
        return tuple(
            AuditEntry(
                number=row["number"],
                at=row["at"],
                by=row["done_by"],
                action=row["action"],
                account_id=row["account_id"],
                detail=json.loads(row["detail"]),
                reason=row["reason"],
            )
            for row in rows
        )
