"""The rows of one service in SQL: rows and checkpoint change in one transaction, guarded by compare-and-set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.clock import real_now
from shared.readmodel.batch import Changes
from shared.readmodel.tables import AnyTable, Instant, Key, ReadModel, as_values, key_of, sql_table
from shared.types import Checkpoint

R = TypeVar("R")

_KEYS_A_QUERY = 400
_ROWS_A_STATEMENT = 500


class Superseded(Exception):  # noqa: N818 - not an error: another instance is ahead
    """The checkpoint is not where this reader left it: another instance applied the events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedRow:
    """An aggregate set aside after an event that could not be folded."""

    read_model: str
    subject: str
    first_seq: int
    last_seq: int
    error: str


class Database:
    """One service's database: its read models by generation, its checkpoints, what is parked."""

    def __init__(self, url: str, service: str) -> None:
        """Name the database; `open` creates what is missing."""
        self.service = service
        self.metadata = sa.MetaData()
        self._url = url
        self.engine: AsyncEngine = create_async_engine(url)
        if url.startswith("sqlite"):
            sa.event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
        self._generations: dict[str, int] = {}
        text, integer = sa.Text, sa.BigInteger
        self.read_models = sa.Table(
            "read_model",
            self.metadata,
            sa.Column("name", text, primary_key=True),
            sa.Column("fingerprint", text, nullable=False),
            sa.Column("generation", integer, nullable=False),
        )
        self.checkpoints = sa.Table(
            "checkpoint",
            self.metadata,
            sa.Column("reader", text, primary_key=True),
            sa.Column("generation", integer, primary_key=True),
            sa.Column("epoch", text, nullable=False),
            sa.Column("seq", integer, nullable=False),
            sa.Column("event_id", text, nullable=False),
            sa.Column("updated_at", Instant),
        )
        self.parked = sa.Table(
            "parked",
            self.metadata,
            sa.Column("read_model", text, primary_key=True),
            sa.Column("generation", integer, primary_key=True),
            sa.Column("subject", text, primary_key=True),
            sa.Column("first_seq", integer, nullable=False),
            sa.Column("last_seq", integer, nullable=False),
            sa.Column("error", text, nullable=False),
        )

    async def open(self) -> None:
        """Create the folder and the tables that are missing."""
        if self.engine.url.database and self._url.startswith("sqlite"):
            Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        async with self.engine.begin() as connection:
            await connection.run_sync(self.metadata.create_all)

    async def close(self) -> None:
        """Release the connections."""
        await self.engine.dispose()

    async def register(self, model: ReadModel[Any]) -> None:
        """Make the read model's tables ready; a changed shape starts a new generation from nothing."""
        async with self.engine.begin() as connection:
            select = sa.select(self.read_models).where(self.read_models.c.name == model.name)
            row = (await connection.execute(select)).mappings().one_or_none()
            generation = row["generation"] if row else 1
            if row is None:
                await connection.execute(
                    self.read_models.insert().values(
                        name=model.name, fingerprint=model.fingerprint(), generation=generation
                    )
                )
            elif row["fingerprint"] != model.fingerprint():
                await self._drop(connection, model, generation)
                await self._drop(connection, model, generation + 1)
                generation += 1
                await connection.execute(
                    self.read_models.update()
                    .where(self.read_models.c.name == model.name)
                    .values(fingerprint=model.fingerprint(), generation=generation)
                )
            self._generations[model.name] = generation
            # What a rebuild that never ended left behind was folded by who knows which version.
            await self._drop(connection, model, generation + 1)
            await self._create(connection, model, generation)

    def generation(self, model: ReadModel[Any]) -> int:
        """Return the generation that answers questions."""
        return self._generations[model.name]

    def table(self, model: ReadModel[Any], name: str, generation: int | None = None) -> sa.Table:
        """Return the SQL table of the generation, the live one unless told."""
        return sql_table(self.metadata, self.service, model.table(name), generation or self.generation(model))

    async def create_generation(self, model: ReadModel[Any]) -> int:
        """Create empty tables beside the live ones and return their generation."""
        generation = self.generation(model) + 1
        async with self.engine.begin() as connection:
            await self._drop(connection, model, generation)
            await self._create(connection, model, generation)
        return generation

    async def switch(self, model: ReadModel[Any], generation: int) -> None:
        """Let the generation answer from now on, and drop the one before."""
        old = self.generation(model)
        assert generation != old
        async with self.engine.begin() as connection:
            await connection.execute(
                self.read_models.update().where(self.read_models.c.name == model.name).values(generation=generation)
            )
        self._generations[model.name] = generation
        async with self.engine.begin() as connection:
            await self._drop(connection, model, old)

    async def _create(self, connection: AsyncConnection, model: ReadModel[Any], generation: int) -> None:
        tables = [sql_table(self.metadata, self.service, table, generation) for table in model.tables]
        await connection.run_sync(lambda sync: self.metadata.create_all(sync, tables=tables))

    async def _drop(self, connection: AsyncConnection, model: ReadModel[Any], generation: int) -> None:
        names = [f"{table.name}__g{generation}" for table in model.tables]
        for name in names:
            await connection.execute(sa.text(f'DROP TABLE IF EXISTS "{name}"'))
            known = self.metadata.tables.get(name)
            if known is not None:
                self.metadata.remove(known)
        for table, column in ((self.checkpoints, "reader"), (self.parked, "read_model")):
            await connection.execute(
                table.delete().where(table.c[column] == model.name, table.c.generation == generation)
            )

    async def checkpoint(self, reader: str, generation: int = 0) -> Checkpoint | None:
        """Return how far the reader has come; None before its first event."""
        table = self.checkpoints
        select = sa.select(table).where(table.c.reader == reader, table.c.generation == generation)
        async with self.engine.connect() as connection:
            row = (await connection.execute(select)).mappings().one_or_none()
        if row is None:
            return None
        return Checkpoint(epoch=row["epoch"], seq=row["seq"], event_id=row["event_id"], updated_at=row["updated_at"])

    async def move_checkpoint(
        self, connection: AsyncConnection, reader: str, generation: int, old: Checkpoint | None, new: Checkpoint
    ) -> None:
        """Set the checkpoint if it still is what it was. Raises Superseded."""
        table = self.checkpoints
        values = {"epoch": new.epoch, "seq": new.seq, "event_id": new.event_id, "updated_at": real_now()}
        if old is None:
            insert = self._upsert(table).values(reader=reader, generation=generation, **values)
            result = await connection.execute(insert.on_conflict_do_nothing())
        else:
            result = await connection.execute(
                table.update()
                .where(table.c.reader == reader, table.c.generation == generation)
                .where(table.c.seq == old.seq, table.c.epoch == old.epoch)
                .values(**values)
            )
        if result.rowcount != 1:
            raise Superseded(reader)

    async def apply(
        self,
        model: ReadModel[Any],
        generation: int,
        changes: Changes,
        old: Checkpoint | None,
        new: Checkpoint,
    ) -> None:
        """Write the changed rows, what is parked and the checkpoint in one transaction. Raises Superseded."""
        async with self.engine.begin() as connection:
            await self.move_checkpoint(connection, model.name, generation, old, new)
            await self.write(connection, model, generation, changes)
            for recorded, error in changes.poisoned:
                await connection.execute(self._park(model.name, generation, recorded.subject, recorded.seq, error))

    async def park(self, reader: str, generation: int, subject: str, seq: int, error: str) -> None:
        """Note that the reader could not handle an event of the aggregate."""
        async with self.engine.begin() as connection:
            await connection.execute(self._park(reader, generation, subject, seq, error))

    def _park(self, reader: str, generation: int, subject: str, seq: int, error: str) -> Any:
        insert = self._upsert(self.parked).values(
            read_model=reader, generation=generation, subject=subject, first_seq=seq, last_seq=seq, error=error
        )
        return insert.on_conflict_do_update(
            index_elements=["read_model", "generation", "subject"], set_={"last_seq": seq}
        )

    async def write(
        self, connection: AsyncConnection, model: ReadModel[Any], generation: int, changes: Changes
    ) -> None:
        """Write the changed rows within the caller's transaction: deletions first, then rows."""
        for name, keys in changes.delete.items():
            if keys:
                table = self.table(model, name, generation)
                key_columns = model.table(name).key
                statement = table.delete().where(*(table.c[one] == sa.bindparam(f"k_{one}") for one in key_columns))
                await connection.execute(
                    statement, [{f"k_{one}": part for one, part in zip(key_columns, key, strict=True)} for key in keys]
                )
        for name, rows in changes.put.items():
            if rows:
                table = self.table(model, name, generation)
                insert = self._upsert(table)
                rest = [column.name for column in table.columns if not column.primary_key]
                index = [column.name for column in table.primary_key]
                upsert = (
                    insert.on_conflict_do_update(index_elements=index, set_={one: insert.excluded[one] for one in rest})
                    if rest
                    else insert.on_conflict_do_nothing(index_elements=index)
                )
                values = [as_values(row) for row in rows.values()]
                for start in range(0, len(values), _ROWS_A_STATEMENT):
                    await connection.execute(upsert, values[start : start + _ROWS_A_STATEMENT])

    def _upsert(self, table: sa.Table) -> Any:
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    async def fetch(
        self, model: ReadModel[Any], generation: int, table: AnyTable, keys: Sequence[Key]
    ) -> Mapping[Key, object]:
        """Return the rows of the keys that exist."""
        sql = self.table(model, table.name, generation)
        found: dict[Key, object] = {}
        async with self.engine.connect() as connection:
            for start in range(0, len(keys), _KEYS_A_QUERY):
                part = keys[start : start + _KEYS_A_QUERY]
                wanted = (
                    sql.c[table.key[0]].in_([key[0] for key in part])
                    if len(table.key) == 1
                    else sa.tuple_(*(sql.c[one] for one in table.key)).in_(part)
                )
                for row in (await connection.execute(sa.select(sql).where(wanted))).mappings():
                    value = table.row(**row)
                    found[key_of(table, value)] = value
        return found

    async def parked_rows(self, model: ReadModel[Any]) -> list[ParkedRow]:
        """Return what is parked in the live generation."""
        return await self.parked_by(model.name, self.generation(model))

    async def parked_by(self, reader: str, generation: int) -> list[ParkedRow]:
        """Return what the reader has parked."""
        table = self.parked
        select = sa.select(table).where(table.c.read_model == reader, table.c.generation == generation)
        async with self.engine.connect() as connection:
            rows = (await connection.execute(select.order_by(table.c.subject))).mappings().all()
        return [ParkedRow(**{name: row[name] for name in ParkedRow.__slots__}) for row in rows]

    async def unpark(self, reader: str, generation: int, subject: str) -> None:
        """Forget that the reader has parked the subject."""
        table = self.parked
        async with self.engine.begin() as connection:
            await connection.execute(
                table.delete().where(
                    table.c.read_model == reader, table.c.generation == generation, table.c.subject == subject
                )
            )


class Rows:
    """The read side: rows of a service's read models, as its queries see them."""

    def __init__(self, database: Database, models: Sequence[ReadModel[Any]]) -> None:
        """Take the database and the read models registered in it."""
        self._database = database
        self._models = {table.name: (model, table) for model in models for table in model.tables}

    async def get(self, row: type[R], table: str, *key: str | int) -> R | None:
        """Return the row of the key, or None."""
        model, spec = self._models[table]
        found = await self._database.fetch(model, self._database.generation(model), spec, [key])
        value = found.get(key)
        assert value is None or isinstance(value, row)
        return value

    async def select(
        self,
        row: type[R],
        table: str,
        *,
        where: Callable[[sa.sql.base.ReadOnlyColumnCollection[str, Any]], Sequence[Any]] | None = None,
        order: Sequence[str] = (),
        descending: bool = False,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[R]:
        """Return the rows that meet all conditions `where(columns)`, in order, at most `limit`."""
        model, spec = self._models[table]
        sql = self._database.table(model, table)
        statement = sa.select(sql)
        if where is not None:
            statement = statement.where(*where(sql.c))
        names = tuple(order) or spec.key
        statement = statement.order_by(*(sql.c[name].desc() if descending else sql.c[name] for name in names))
        async with self._database.engine.connect() as connection:
            rows = (await connection.execute(statement.limit(limit).offset(offset))).mappings().all()
        return [row(**one) for one in rows]

    async def page(self, table: str, *, offset: int, limit: int) -> list[object]:
        """Return a page of the table's rows as they are stored, in the order of the key."""
        _, spec = self._models[table]
        rows: list[object] = await self.select(spec.row, table, limit=limit, offset=offset)
        return rows

    async def count(
        self,
        table: str,
        *,
        where: Callable[[sa.sql.base.ReadOnlyColumnCollection[str, Any]], Sequence[Any]] | None = None,
    ) -> int:
        """Return the number of rows that meet all conditions."""
        model, _ = self._models[table]
        sql = self._database.table(model, table)
        statement = sa.select(sa.func.count()).select_from(sql)
        if where is not None:
            statement = statement.where(*where(sql.c))
        async with self._database.engine.connect() as connection:
            return int((await connection.execute(statement)).scalar_one())


def _tune_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    # A read model is rebuilt from the log, so the loss of its last transaction costs nothing:
    # NORMAL never corrupts a database in WAL mode.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
