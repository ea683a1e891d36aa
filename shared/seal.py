"""Personal data in events: sealed with a key per person, so that erasing a person is destroying a key.

The log keeps ciphertext for ever; the keys lie in a database of their own, with a backup of its own
(interfaces: sealing). AES-256-GCM (NIST SP 800-38D), a random nonce of 96 bits, and the person and the
field as associated data, so that a ciphertext moved to another field or person does not open. An erased
person leaves a tombstone and never gets a key again.
"""

import asyncio
import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import Fault
from shared.settings import Settings
from shared.sql import Reader, alone, is_postgresql, open_engine, upsert
from shared.types import Sealed

SCHEMA = "persons"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEYS_A_QUERY = 500
_READERS = 2  # threads that read at once
_METADATA = sa.MetaData()
_key = sa.Table(
    "person_key",
    _METADATA,
    sa.Column("kid", sa.String(80), primary_key=True),
    sa.Column("secret", sa.LargeBinary),  # NULL: erased, the row is the tombstone
)
_SELECT = sa.select(_key).where(_key.c.kid.in_(sa.bindparam("kids", expanding=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """The key of one person; never written to a log or sent anywhere."""

    kid: str
    secret: bytes = field(repr=False)

    def seal(self, field_name: str, text: str) -> Sealed:
        """Return the text sealed as this field of the person; twice the same text is twice another ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.secret).encrypt(nonce, text.encode(), _associated(self.kid, field_name))
        return Sealed(kid=self.kid, nonce=b64encode(nonce).decode(), ct=b64encode(sealed).decode())

    def unseal(self, field_name: str, sealed: Sealed) -> str:
        """Return the text. Raises Fault `seal.unreadable` where it was not sealed so."""
        try:
            nonce, body = b64decode(sealed.nonce, validate=True), b64decode(sealed.ct, validate=True)
            return AESGCM(self.secret).decrypt(nonce, body, _associated(sealed.kid, field_name)).decode()
        except (InvalidTag, NotBase64, ValueError) as error:
            raise Fault("seal.unreadable", f"field {field_name} of {sealed.kid}") from error

    def fingerprint(self, content: bytes) -> str:
        """Return what equal contents have in common, and what says nothing to those without the key."""
        # A key of its own for each use: the sealing key only seals.
        own = hmac.digest(self.secret, b"tdkt fingerprint", hashlib.sha256)
        return hmac.new(own, content, hashlib.sha256).hexdigest()


def _associated(kid: str, field_name: str) -> bytes:
    return f"{kid}\x1f{field_name}".encode()


class KeyVault:
    """The keys of persons in their own database; opened by the first use."""

    def __init__(self, url: str) -> None:
        """Take the SQLAlchemy address."""
        # Statements carry keys: their parameters never get into an error's text.
        # A lost key is lost data: a key is on the disk when the transaction returns, and gone when it is erased.
        pragmas = ("synchronous=FULL", "secure_delete=ON")
        self._engine: AsyncEngine = open_engine(url, SCHEMA, pragmas=pragmas, hide_parameters=True)
        self._reader = Reader(self._engine, SCHEMA, threads=_READERS)
        self._opening = asyncio.Lock()
        self._is_open = False

    async def close(self) -> None:
        """Release the connections."""
        await self._engine.dispose()
        self._reader.close()

    async def key(self, kid: str) -> PersonKey | None:
        """Return the person's key, made where there was none; None for an erased person.

        What is sealed under the key cannot be read without it, so it is on the disk before this returns.
        """
        known = await self._rows([kid])
        if kid not in known:
            insert = upsert(self._engine, _key).values(kid=kid, secret=os.urandom(_KEY_BYTES)).on_conflict_do_nothing()
            async with self._engine.begin() as connection:
                await connection.execute(insert)
            known = await self._rows([kid])
        secret = known[kid]
        return None if secret is None else PersonKey(kid=kid, secret=secret)

    async def make(self, kids: Iterable[str]) -> Mapping[str, PersonKey]:
        """Return the keys of all these persons, made where there were none, in one transaction; none of an erased one.

        All of them are on the disk before this returns, as with `key`: a list of names costs one sync and not hundreds.
        """
        wanted = sorted(set(kids))
        known = await self._rows(wanted)
        missing = [kid for kid in wanted if kid not in known]
        if missing:
            made = {kid: os.urandom(_KEY_BYTES) for kid in missing}
            # One statement for all of them, whose words stay the same: they are put together once, and not each time.
            insert = upsert(self._engine, _key).on_conflict_do_nothing()
            async with self._engine.begin() as connection:
                rows = [{"kid": kid, "secret": secret} for kid, secret in made.items()]
                count = (await connection.execute(insert, rows)).rowcount
            # Where somebody else made one of them at the same moment, or erased it, theirs counts.
            known |= made if count == len(made) else await self._rows(missing)
        return {kid: PersonKey(kid=kid, secret=secret) for kid, secret in known.items() if secret is not None}

    async def keys(self, kids: Iterable[str]) -> Mapping[str, PersonKey]:
        """Return the keys that exist among those asked for; an erased person has none."""
        rows = await self._rows(sorted(set(kids)))
        return {kid: PersonKey(kid=kid, secret=secret) for kid, secret in rows.items() if secret is not None}

    async def seal(self, kid: str, field_name: str, text: str) -> Sealed | None:
        """Return the text sealed as this field of the person; None for an erased person."""
        key = await self.key(kid)
        return None if key is None else key.seal(field_name, text)

    async def unseal(self, field_name: str, sealed: Sealed) -> str | None:
        """Return the text, None where the person was erased. Raises Fault `seal.unreadable`."""
        key = (await self.keys([sealed.kid])).get(sealed.kid)
        return None if key is None else key.unseal(field_name, sealed)

    async def secrets(self) -> Mapping[str, bytes | None]:
        """Return every key there is, None for an erased person; for backups."""
        await self._open()
        async with self._engine.connect() as connection:
            return {row.kid: row.secret for row in await connection.execute(sa.select(_key))}

    async def fill(self, secrets: Mapping[str, bytes | None]) -> None:
        """Take the keys and tombstones of a backup into an empty vault. Raises Fault `backup.not_empty`."""
        await self._open()
        async with self._engine.begin() as connection:
            if await connection.scalar(sa.select(sa.func.count()).select_from(_key)):
                raise Fault("backup.not_empty", "the vault of keys of persons has keys")
            if secrets:
                rows = [{"kid": kid, "secret": secret} for kid, secret in secrets.items()]
                await connection.execute(_key.insert(), rows)

    async def erase(self, kid: str) -> bool:
        """Destroy the person's key for good; return whether the person was known, erased or not."""
        await self._open()
        async with self._engine.begin() as connection:
            result = await connection.execute(_key.update().where(_key.c.kid == kid).values(secret=None))
        # What the row was may still stand on the disk: in SQLite's write-ahead log, in PostgreSQL's old page.
        sweep = f"VACUUM FULL {SCHEMA}.person_key" if is_postgresql(self._engine) else "PRAGMA wal_checkpoint(TRUNCATE)"
        async with self._engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).exec_driver_sql(sweep)
        return bool(result.rowcount)

    async def _rows(self, kids: list[str]) -> dict[str, bytes | None]:
        await self._open()

        def read(connection: sa.Connection) -> dict[str, bytes | None]:
            found: dict[str, bytes | None] = {}
            for start in range(0, len(kids), _KEYS_A_QUERY):
                select = _SELECT, {"kids": kids[start : start + _KEYS_A_QUERY]}
                found.update({row.kid: row.secret for row in connection.execute(*select)})
            return found

        return await self._reader.read(read)

    async def _open(self) -> None:
        async with self._opening:
            if self._is_open:
                return
            if not is_postgresql(self._engine) and self._engine.url.database:
                _create_private(Path(self._engine.url.database))
            async with alone(self._engine, SCHEMA) as connection:
                await connection.run_sync(_METADATA.create_all)
            self._is_open = True


def _create_private(path: Path) -> None:
    """Create the file for its owner only; SQLite gives its write-ahead log the same rights."""
    path.touch(mode=0o600)


@cache
def _vault(url: str) -> KeyVault:
    return KeyVault(url)


def vault_of(settings: Settings) -> KeyVault:
    """Return this process's vault."""
    return _vault(settings.keys_url)
