"""The rows of one service in SQL: rows and checkpoint change in one transaction, guarded by compare-and-set."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock import real_now
from shared.errors import Fault
from shared.readmodel.batch import Changes
from shared.readmodel.bulk import BulkTable
from shared.readmodel.tables import AnyTable, Instant, Key, ReadModel, sql_table, table_name
from shared.sql import TEXT, Reader, Writer, alone, held, open_engine, schema_of, upsert
from shared.types import Checkpoint

# A read model is rebuilt from the log, so the loss of its last transaction costs nothing: NORMAL never
# corrupts a database in WAL mode.
_PRAGMAS = ("synchronous=NORMAL",)
T = TypeVar("T")
_READERS = 4  # threads that read at once: SQLite reads in them, and Python runs one at a time


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
        """Name the database; on PostgreSQL the service's tables lie in the schema of its name."""
        self.service = service
        self.engine: AsyncEngine = open_engine(url, service, pragmas=_PRAGMAS)
        self._reader = Reader(self.engine, f"rows-{service}", threads=_READERS)
        self._writer = Writer(self.engine, f"changes-{service}", pragmas=_PRAGMAS)
        self.metadata = sa.MetaData(schema=schema_of(self.engine, service))
        self._bulk: dict[tuple[str, int], BulkTable] = {}
        self._generations: dict[str, int] = {}
        text, integer = TEXT, sa.BigInteger
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
        # Put together once: they are executed at every event, and their words cost more than what they do.
        old, new, was_updated = self.checkpoints.c, sa.bindparam, sa.bindparam("old_updated_at", type_=Instant())
        self._begin_checkpoint = upsert(self.engine, self.checkpoints).on_conflict_do_nothing().returning(old.seq)
        self._move_checkpoint = (
            self.checkpoints.update()
            .where(old.reader == new("new_reader"), old.generation == new("new_generation"))
            .where(old.seq == new("old_seq"), old.epoch == new("old_epoch"))
            .where(sa.or_(was_updated.is_(None), old.updated_at == was_updated))
            .values({name: new(f"new_{name}") for name in ("epoch", "seq", "event_id", "updated_at")})
            .returning(old.seq)
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
        """Create the schema and the tables that are missing."""
        tables = (self.read_models, self.checkpoints, self.parked)
        async with alone(self.engine, self.service) as connection:
            await connection.run_sync(self.metadata.create_all, tables=tables)

    async def close(self) -> None:
        """Release the connections."""
        self._writer.close()
        await self.engine.dispose()
        self._reader.close()

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work that only reads, on a connection that nobody else uses meanwhile, and return what it returns."""
        return await self._reader.read(work)

    async def change(self, work: Callable[[sa.Connection], T]) -> T:
        """Do work that writes, in one transaction, and return what it returns."""
        return await self._writer.change(work)

    async def register(self, model: ReadModel[Any]) -> None:
        """Make the read model's tables ready; a changed shape starts a new generation from nothing."""
        async with alone(self.engine, self.service) as connection:
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
            if await held(connection, self._rebuild_lock(model)):
                # What a rebuild that never ended left behind was folded by who knows which version.
                await self._drop(connection, model, generation + 1)
            await self._create(connection, model, generation)

    async def refresh(self, model: ReadModel[Any]) -> int:
        """Return the generation that answers questions now; another instance may have switched to it.

        Raises Superseded where that instance is of another version: its rows mean something else.
        """
        select = sa.select(self.read_models).where(self.read_models.c.name == model.name)
        row = await self.read(lambda connection: connection.execute(select).mappings().one())
        if row["fingerprint"] != model.fingerprint():
            raise Superseded(f"{model.name}: of another version now")
        self._generations[model.name] = row["generation"]
        return self.generation(model)

    def generation(self, model: ReadModel[Any]) -> int:
        """Return the generation that answers questions."""
        return self._generations[model.name]

    def table(self, model: ReadModel[Any], name: str, generation: int | None = None) -> sa.Table:
        """Return the SQL table of the generation, the live one unless told."""
        return sql_table(self.metadata, model.table(name), generation or self.generation(model))

    @asynccontextmanager
    async def rebuilding(self, model: ReadModel[Any]) -> AsyncIterator[None]:
        """Hold the right to build the read model anew. Raises Fault `readmodel.rebuilding` where another has it."""
        async with self.engine.connect() as connection:
            if not await held(connection, self._rebuild_lock(model)):
                raise Fault("readmodel.rebuilding", model.name)
            yield

    def _rebuild_lock(self, model: ReadModel[Any]) -> str:
        return f"{self.service}.rebuild.{model.name}"

    async def create_generation(self, model: ReadModel[Any]) -> int:
        """Create empty tables beside the live ones and return their generation."""
        generation = await self.refresh(model) + 1
        async with alone(self.engine, self.service) as connection:
            await self._drop(connection, model, generation)
            await self._create(connection, model, generation)
        return generation

    async def switch(self, model: ReadModel[Any], generation: int) -> None:
        """Let the generation answer from now on, and drop the one before. Raises Superseded."""
        old = self.generation(model)
        assert generation != old
        switched = (
            self.read_models.update()
            .where(self.read_models.c.name == model.name, self.read_models.c.generation == old)
            .values(generation=generation)
        )
        # In one transaction: no instance goes on with the old generation once another answers.
        async with alone(self.engine, self.service) as connection:
            if (await connection.execute(switched)).rowcount != 1:
                raise Superseded(model.name)
            await self._drop(connection, model, old)
        self._generations[model.name] = generation

    async def _create(self, connection: AsyncConnection, model: ReadModel[Any], generation: int) -> None:
        there = await self._table_names(connection)
        tables = [sql_table(self.metadata, table, generation) for table in model.tables]
        missing = [table for table in tables if table.name not in there]
        await connection.run_sync(self.metadata.create_all, tables=missing, checkfirst=False)

    async def _drop(self, connection: AsyncConnection, model: ReadModel[Any], generation: int) -> None:
        # The checkpoint first, as whoever applies events does: the other way round the two would wait for each other.
        for table, column in ((self.checkpoints, "reader"), (self.parked, "read_model")):
            await connection.execute(
                table.delete().where(table.c[column] == model.name, table.c.generation == generation)
            )
        there = await self._table_names(connection)
        for spec in model.tables:
            if table_name(spec, generation) in there:
                table = sql_table(self.metadata, spec, generation)
                await connection.execute(sa.schema.DropTable(table))
                self.metadata.remove(table)
            self._bulk.pop((spec.name, generation), None)

    async def _table_names(self, connection: AsyncConnection) -> frozenset[str]:
        # All at once: a service has seventy tables, and asks for those of two generations.
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names(self.metadata.schema))
        return frozenset(names)

    async def checkpoint(self, reader: str, generation: int = 0) -> Checkpoint | None:
        """Return how far the reader has come; None before its first event."""
        table = self.checkpoints
        select = sa.select(table).where(table.c.reader == reader, table.c.generation == generation)
        row = await self.read(lambda connection: connection.execute(select).mappings().one_or_none())
        if row is None:
            return None
        return Checkpoint(epoch=row["epoch"], seq=row["seq"], event_id=row["event_id"], updated_at=row["updated_at"])

    def move_checkpoint(
        self, connection: sa.Connection, reader: str, generation: int, old: Checkpoint | None, new: Checkpoint
    ) -> None:
        """Set the checkpoint if it still is what it was, `updated_at` included where known. Raises Superseded."""
        values: dict[str, object] = {
            "reader": reader,
            "generation": generation,
            "epoch": new.epoch,
            "seq": new.seq,
            "event_id": new.event_id,
            "updated_at": new.updated_at or real_now(),
        }
        if old is None:
            statement = self._begin_checkpoint
        else:
            statement = self._move_checkpoint
            values = {f"new_{name}": value for name, value in values.items()}
            values |= {"old_seq": old.seq, "old_epoch": old.epoch, "old_updated_at": old.updated_at}
        if connection.execute(statement, values).first() is None:
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

        def applied(connection: sa.Connection) -> None:
            self.move_checkpoint(connection, model.name, generation, old, new)
            self.write(connection, model, generation, changes)
            for recorded, error in changes.poisoned:
                connection.execute(self._park(model.name, generation, recorded.subject, recorded.seq, error))

        await self.change(applied)

    async def park(self, reader: str, generation: int, subject: str, seq: int, error: str) -> None:
        """Note that the reader could not handle an event of the aggregate."""
        statement = self._park(reader, generation, subject, seq, error)
        await self.change(lambda connection: connection.execute(statement))

    def _park(self, reader: str, generation: int, subject: str, seq: int, error: str) -> Any:
        insert = upsert(self.engine, self.parked).values(
            read_model=reader, generation=generation, subject=subject, first_seq=seq, last_seq=seq, error=error
        )
        return insert.on_conflict_do_update(
            index_elements=["read_model", "generation", "subject"], set_={"last_seq": seq}
        )

    def write(self, connection: sa.Connection, model: ReadModel[Any], generation: int, changes: Changes) -> None:
        """Write the changed rows within the caller's transaction: deletions first, then rows."""
        for name, keys in changes.delete.items():
            self._bulk_table(model, generation, model.table(name)).delete(connection, keys)
        for name, rows in changes.put.items():
            self._bulk_table(model, generation, model.table(name)).put(connection, rows.values())

    async def fetch(
        self, model: ReadModel[Any], generation: int, table: AnyTable, keys: Sequence[Key]
    ) -> Mapping[Key, object]:
        """Return the rows of the keys that exist."""
        bulk = self._bulk_table(model, generation, table)
        return await self.read(lambda connection: bulk.fetch(connection, keys))

    def _bulk_table(self, model: ReadModel[Any], generation: int, spec: AnyTable) -> BulkTable:
        known = self._bulk.get((spec.name, generation))
        if known is None:
            known = BulkTable(spec, self.table(model, spec.name, generation), self.engine.dialect)
            self._bulk[spec.name, generation] = known
        return known

    async def parked_rows(self, model: ReadModel[Any]) -> list[ParkedRow]:
        """Return what is parked in the live generation."""
        return await self.parked_by(model.name, self.generation(model))

    async def parked_by(self, reader: str, generation: int) -> list[ParkedRow]:
        """Return what the reader has parked."""
        table = self.parked
        select = sa.select(table).where(table.c.read_model == reader, table.c.generation == generation)
        select = select.order_by(table.c.subject)
        rows = await self.read(lambda connection: connection.execute(select).mappings().all())
        return [ParkedRow(**{name: row[name] for name in ParkedRow.__slots__}) for row in rows]

    async def unpark(self, reader: str, generation: int, subject: str) -> None:
        """Forget that the reader has parked the subject."""
        await self.change(lambda connection: self.forget_parked(connection, reader, generation, subject))

    def forget_parked(self, connection: sa.Connection, reader: str, generation: int, subject: str) -> None:
        """Forget within the caller's transaction that the reader has parked the subject."""
        table = self.parked
        connection.execute(
            table.delete().where(
                table.c.read_model == reader, table.c.generation == generation, table.c.subject == subject
            )
        )
