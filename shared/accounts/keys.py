"""Service keys: how another system reads here (vi: khóa dịch vụ).

A key has a name, grants that only read, and dates; its token is shown once and kept as SHA-256. What
begins with `tdkt_` in a repository or a log is recognised as one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from shared.accounts import tables
from shared.accounts.grants import check_dates, check_grant
from shared.accounts.store import NAME_MAX, Store, token_hash
from shared.clock import new_id
from shared.errors import Rejected
from shared.text import nfc
from shared.types import Actor, Grant, Role

KEY_ROLES = frozenset({Role.READER, Role.AUDITOR})
GRANTS_MAX = 20
_USED_EVERY = timedelta(minutes=1)
_MARK = "tdkt_"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key with its token, shown this once."""

    key_id: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey:
    """A key as an administrator sees it; `prefix` is the beginning of its token."""

    key_id: str
    name: str
    prefix: str
    grants: tuple[Grant, ...]
    valid_from: date | None
    valid_to: date | None
    issued_at: datetime
    issued_by: str
    last_used_at: datetime | None
    last_used_ip: str | None
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyActor:
    """Whom a request with a key acts as; the actor's account id is `key:<id>`."""

    key_id: str
    name: str
    actor: Actor


class Keys:
    """Issues, revokes and recognises service keys."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    async def issue(
        self,
        name: str,
        grants: Sequence[Grant],
        *,
        valid_from: date | None = None,
        valid_to: date | None = None,
        by: str,
        reason: str = "",
    ) -> IssuedKey:
        """Return a new key with these grants, valid on the business dates, both inclusive.

        Raises Rejected `key.bad_name`, `key.bad_role`, `grant.bad_scope` or `grant.bad_dates`.
        """
        name = nfc(name)
        if not name or len(name) > NAME_MAX or not name.isprintable():
            raise Rejected("key.bad_name")
        check_dates(valid_from, valid_to)
        places = tuple(dict.fromkeys((grant.role, grant.district) for grant in grants))
        if not places or len(places) > GRANTS_MAX or any(role not in KEY_ROLES for role, _ in places):
            raise Rejected("key.bad_role")
        for grant in grants:
            check_grant(grant)
        # The prefix only names the key; what is secret are the 256 bits after it.
        prefix = _MARK + secrets.token_hex(4)
        token, key_id = f"{prefix}_{secrets.token_urlsafe(32)}", new_id()
        row = {
            "id": key_id,
            "name": name,
            "prefix": prefix,
            "token_hash": token_hash(token),
            "valid_from": valid_from,
            "valid_to": valid_to,
            "issued_at": self._store.now(),
            "issued_by": by,
        }
        rows = [
            {"key_id": key_id, "number": number, "role": role.value, "district": district}
            for number, (role, district) in enumerate(places, start=1)
        ]
        async with self._store.changing() as connection:
            await connection.execute(insert(tables.service_key), row)
            await connection.execute(insert(tables.service_key_grant), rows)
            await self._store.record(
                connection,
                "key.issued",
                by=by,
                account_id=None,
                reason=reason,
                key_id=key_id,
                name=name,
                prefix=prefix,
                grants=[f"{role.value}@{district}" for role, district in places],
            )
        return IssuedKey(key_id=key_id, token=token)

    async def ls(self) -> tuple[ServiceKey, ...]:
        """Return every key, the newest first."""
        async with self._store.engine.connect() as connection:
            query = select(tables.service_key).order_by(tables.service_key.c.id.desc())
            rows = (await connection.execute(query)).mappings().all()
            places = select(tables.service_key_grant).order_by(tables.service_key_grant.c.number)
            grants: dict[str, list[Grant]] = {}
            for row in (await connection.execute(places)).mappings():
                grants.setdefault(row["key_id"], []).append(Grant(role=Role(row["role"]), district=row["district"]))
        return tuple(
            ServiceKey(
                key_id=row["id"],
                name=row["name"],
                prefix=row["prefix"],
                grants=tuple(
                    replace(grant, valid_from=row["valid_from"], valid_to=row["valid_to"])
                    for grant in grants.get(row["id"], ())
                ),
                valid_from=row["valid_from"],
                valid_to=row["valid_to"],
                issued_at=row["issued_at"],
                issued_by=row["issued_by"],
                last_used_at=row["last_used_at"],
                last_used_ip=row["last_used_ip"],
                revoked_at=row["revoked_at"],
                revoked_by=row["revoked_by"],
            )
            for row in rows
        )

    async def revoke(self, key_id: str, *, by: str, reason: str = "") -> None:
        """End the key at once; again changes nothing. Raises Rejected `key.not_found`."""
        known = tables.service_key
        async with self._store.changing() as connection:
            row = (await connection.execute(select(known).where(known.c.id == key_id[:40]))).mappings().one_or_none()
            if row is None:
                raise Rejected("key.not_found")
            if row["revoked_at"] is not None:
                return
            statement = update(known).where(known.c.id == row["id"])
            await connection.execute(statement.values(revoked_at=self._store.now(), revoked_by=by))
            await self._store.record(
                connection, "key.revoked", by=by, account_id=None, reason=reason, key_id=row["id"], name=row["name"]
            )

    async def actor_of(self, token: str, ip: str = "") -> KeyActor:
        """Return whom the token's bearer acts as, and note that it was used (to the minute).

        Raises Rejected `key.unknown`, `key.revoked`, `key.expired` or `key.rate_limited`.
        """
        known = tables.service_key
        query = select(known).where(known.c.token_hash == token_hash(token))
        places = select(tables.service_key_grant).order_by(tables.service_key_grant.c.number)
        async with self._store.engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
            granted = (
                (await connection.execute(places.where(tables.service_key_grant.c.key_id == row["id"])))
                .mappings()
                .all()
                if row is not None
                else []
            )
        if row is None:
            await self._store.attempts.count_unknown_key(ip)
            raise Rejected("key.unknown")
        await self._store.attempts.admit_key(row["id"])
        if row["revoked_at"] is not None:
            raise Rejected("key.revoked")
        grants = tuple(
            Grant(
                role=Role(one["role"]), district=one["district"], valid_from=row["valid_from"], valid_to=row["valid_to"]
            )
            for one in granted
        )
        if not any(grant.holds_on(self._store.today()) for grant in grants):
            raise Rejected("key.expired")
        now = self._store.now()
        if row["last_used_at"] is None or now - row["last_used_at"] >= _USED_EVERY:
            async with self._store.engine.begin() as connection:
                await connection.execute(
                    update(known).where(known.c.id == row["id"]).values(last_used_at=now, last_used_ip=ip[:64])
                )
        return KeyActor(key_id=row["id"], name=row["name"], actor=Actor(account_id=f"key:{row['id']}", grants=grants))
