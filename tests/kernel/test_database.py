"""What a database is trusted with: values come back as they went in, in one order, on SQLite and PostgreSQL alike."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.plans.events import EVENTS
from shared.errors import Fault
from shared.readmodel import Database, ReadModel, Rows, Superseded, Table
from shared.readmodel.batch import Changes
from shared.settings import Settings
from shared.tasks import end
from shared.types import Checkpoint
from tests.support.postgres import database_url, settings_in

HALF_PAST = datetime(2020, 2, 6, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=7)))


class Kind(StrEnum):
    """A word of a fixed set."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something inside a row."""

    name: str
    done_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """A row with a column of every kind."""

    name: str
    number: int
    text: str
    big: int
    is_open: bool
    on: date
    at: datetime
    score: Decimal
    kind: Kind
    parts: tuple[Part, ...]
    counts: Mapping[str, int]
    maybe_text: str | None = None
    maybe_on: date | None = None
    maybe_at: datetime | None = None
    maybe_score: Decimal | None = None
    maybe_part: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyKey:
    """A row that is its key."""

    name: str


def _nothing(*_: object) -> Any:
    return ()


def _table(name: str, row: type[Any], key: tuple[str, ...], **more: Any) -> Table[Any, Any]:
    return Table(name=name, row=row, key=key, keys=_nothing, fold=_nothing, **more)


def _model(*tables: Table[Any, Any], version: int = 1) -> ReadModel[Any]:
    return ReadModel(name="everything", source="PLANS", codec=EVENTS, tables=tables, version=version)


EVERYTHING = _table("everything", Everything, ("name", "number"))
LINES = _table("line", Everything, ("name", "number"), appended=True)
NAMES = _table("name", OnlyKey, ("name",))
MODEL = _model(EVERYTHING, LINES, NAMES)
AWKWARD = (
    "tab\there",
    "line\nend\r\n",
    "back\\slash \\N \\. \\x41",
    "quotes ' \" `",
    "",
    " ",
    "Phường Lê Bình: thi đua, khen thưởng",
    "e\u0301 giữ nguyên, không chuẩn hoá",
    "🎖 \U0001f1fb\U0001f1f3",
    "%s %(name)s :name ? {}",
    "\x01\x7f\x1f",
)


def row(number: int, text: str = "x", **changes: Any) -> Everything:
    return replace(
        Everything(
            name="cai-rang",
            number=number,
            text=text,
            big=2**63 - 1,
            is_open=number % 2 == 0,
            on=date(2020, 2, 29),
            at=HALF_PAST,
            score=Decimal("9.50"),
            kind=Kind.SECOND,
            parts=(Part(name=text), Part(name="Phòng Nội vụ", done_on=date(1, 1, 1))),
            counts={"z": 1, "a": -(2**63)},
        ),
        **changes,
    )


def full(number: int, text: str) -> Everything:
    return row(
        number,
        text,
        big=-(2**63),
        on=date(9999, 12, 31),
        at=datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        score=Decimal("-0.000000000000000000000000000001"),
        maybe_text=text,
        maybe_on=date(2020, 2, 6),
        maybe_at=HALF_PAST,
        maybe_score=Decimal("123456789012345678901234567890.1"),
        maybe_part=Part(name=text),
    )


@asynccontextmanager
async def opened(tmp_path: Path, model: ReadModel[Any] = MODEL) -> AsyncIterator[Database]:
    database = Database(settings_in(tmp_path).sql_url("plans"), "plans")
    await database.open()
    await database.register(model)
    yield database
    await database.close()


async def put(database: Database, table: Table[Any, Any], rows: Iterable[Any], delete: Iterable[Any] = ()) -> None:
    changes = Changes()
    changes.put[table.name] = {tuple(getattr(one, name) for name in table.key): one for one in rows}
    changes.delete[table.name] = set(delete)
    await database.change(lambda connection: database.write(connection, MODEL, database.generation(MODEL), changes))


async def fetched(database: Database, keys: Sequence[tuple[str | int, ...]]) -> list[Any]:
    found = await database.fetch(MODEL, database.generation(MODEL), EVERYTHING, keys)
    return [found.get(key) for key in keys]


@pytest.mark.parametrize("copies", [1, 40])  # few rows are written one by one, many by COPY
async def test_every_value_comes_back_as_it_went_in(tmp_path: Path, copies: int) -> None:
    rows = [row(number, text) for number, text in enumerate(AWKWARD * copies)]
    rows += [full(len(rows) + number, text) for number, text in enumerate(AWKWARD * copies)]
    async with opened(tmp_path) as database:
        await put(database, EVERYTHING, rows)
        assert await fetched(database, [("cai-rang", one.number) for one in rows]) == rows
        assert await Rows(database, [MODEL]).select(Everything, "everything", limit=5000) == rows
        assert await Rows(database, [MODEL]).get(Everything, "everything", "cai-rang", 3) == rows[3]
        assert await Rows(database, [MODEL]).get(Everything, "everything", "cai-rang", -3) is None


async def test_instants_come_back_in_utc(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        await put(database, EVERYTHING, [row(1)])
        (found,) = await fetched(database, [("cai-rang", 1)])
        (selected,) = await Rows(database, [MODEL]).select(Everything, "everything")
        assert found.at.isoformat() == selected.at.isoformat() == "2020-02-06T16:30:00.123456+00:00"


@pytest.mark.parametrize("count", [3, 1203])
async def test_a_row_put_again_takes_the_place_of_the_one_before(tmp_path: Path, count: int) -> None:
    async with opened(tmp_path) as database:
        await put(database, EVERYTHING, [row(number) for number in range(count)])
        changed = [row(number, "changed", kind=Kind.FIRST) for number in range(0, 2 * count, 2)]
        await put(database, EVERYTHING, changed, delete=[("cai-rang", 1), ("cai-rang", 10**6)])
        rows = Rows(database, [MODEL])
        assert await rows.count("everything", where=lambda one: [one.text == "changed"]) == count
        assert await rows.count("everything", where=lambda one: [one.kind == Kind.FIRST]) == count
        assert await rows.count("everything") == count + count // 2 - (count > 1)
        assert await fetched(database, [("cai-rang", 0), ("cai-rang", 1)]) == [changed[0], None]


async def test_a_row_that_is_only_its_key_can_be_put_twice(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        for _ in range(2):
            await put(database, NAMES, [OnlyKey(name="a"), OnlyKey(name="b")])
        assert await Rows(database, [MODEL]).count("name") == 2


@pytest.mark.parametrize("count", [5, 500])
async def test_appended_rows_are_there_once(tmp_path: Path, count: int) -> None:
    async with opened(tmp_path) as database:
        await put(database, LINES, [row(number) for number in range(count)])
        await put(database, LINES, [row(number) for number in range(count, 2 * count)])
        assert [one.number for one in await Rows(database, [MODEL]).select(Everything, "line")] == [*range(2 * count)]


async def test_text_sorts_by_code_point_whatever_the_server_is_used_to(tmp_path: Path) -> None:
    names = ["B", "a", "Ă", "A", "đ", "d", "Z", "e\u0301", "é", "-", "_", "0"]
    async with opened(tmp_path) as database:
        await put(database, NAMES, [OnlyKey(name=name) for name in names])
        rows = Rows(database, [MODEL])
        assert [one.name for one in await rows.select(OnlyKey, "name")] == sorted(names)
        later = await rows.select(OnlyKey, "name", where=lambda one: [one.name > "Z"], descending=True)
        assert [one.name for one in later] == sorted((name for name in names if name > "Z"), reverse=True)


@pytest.mark.parametrize("count", [1, 200])
async def test_what_the_database_cannot_hold_changes_nothing_at_all(tmp_path: Path, count: int) -> None:
    async with opened(tmp_path) as database:
        await put(database, EVERYTHING, [row(1)])
        before, changes = await database.checkpoint(MODEL.name, 1), Changes()
        changes.put["everything"] = {("cai-rang", at): row(at) for at in range(2, count + 1)}
        changes.put["everything"]["cai-rang", 0] = row(0, big=2**63)
        new = Checkpoint(epoch="e", seq=7, event_id="x")
        with pytest.raises((sa.exc.DataError, OverflowError)):
            await database.apply(MODEL, 1, changes, before, new)
        assert await database.checkpoint(MODEL.name, 1) is None
        assert await Rows(database, [MODEL]).count("everything") == 1


async def test_a_name_that_postgresql_would_cut_off_is_refused(tmp_path: Path) -> None:
    long = _table("thi_dua_khen_thuong", OnlyKey, ("name",), indexes=(("name",) * 9,))
    with pytest.raises(ValueError, match="longer than 63 bytes"):
        async with opened(tmp_path, _model(long)):
            pass


async def test_a_question_that_meets_a_switch_is_answered_from_the_new_generation(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, opened(tmp_path) as other:
        await put(database, EVERYTHING, [row(1)])
        rows = Rows(database, [MODEL])
        generation = await other.create_generation(MODEL)
        changes = Changes()
        changes.put["everything"] = {("cai-rang", at): row(at, "anew") for at in (1, 2)}
        await other.apply(MODEL, generation, changes, None, Checkpoint(epoch="e", seq=1, event_id="x"))
        await other.switch(MODEL, generation)
        assert await rows.count("everything") == 2
        assert await rows.get(Everything, "everything", "cai-rang", 2) == row(2, "anew")
        assert [one.text for one in await rows.select(Everything, "everything")] == ["anew", "anew"]


async def test_an_older_version_neither_reads_nor_fills_what_a_newer_one_has_made(tmp_path: Path) -> None:
    newer = _model(EVERYTHING, LINES, NAMES, version=2)
    async with opened(tmp_path) as database:
        await put(database, EVERYTHING, [row(1)])
        async with opened(tmp_path, newer):
            with pytest.raises(Superseded):
                await Rows(database, [MODEL]).count("everything")
            with pytest.raises(Superseded):
                await database.refresh(MODEL)
            with pytest.raises(Superseded):
                await database.create_generation(MODEL)


async def test_only_one_of_two_switches_is_made(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, opened(tmp_path) as other:
        generation = await database.create_generation(MODEL)
        await database.switch(MODEL, generation)
        with pytest.raises(Superseded):
            await other.switch(MODEL, generation)


async def test_a_table_that_is_missing_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        async with database.engine.begin() as connection:
            await connection.execute(sa.schema.DropTable(database.table(MODEL, "everything")))
        with pytest.raises(sa.exc.DBAPIError):
            await Rows(database, [MODEL]).count("everything")


def settings(**values: Any) -> Settings:
    return Settings(**values)


def test_an_address_that_is_no_postgresql_is_refused_without_its_password() -> None:
    for url in ("mysql://u:geheim@host/x", "sqlite:///x.db", "postgres://u:geheim@host/x"):
        for name in ("database_url", "person_keys_url"):
            with pytest.raises(Fault, match=f"TDKT_{name.upper()}") as refused:
                settings(**{name: url})
            assert refused.value.code == "settings.database_url"
            assert "geheim" not in str(refused.value)
    shown = repr(Settings(database_url="postgresql://u:geheim@host/x"))
    assert "geheim" not in shown


def test_the_keys_of_persons_may_lie_elsewhere(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert settings.keys_url == (database_url(tmp_path) or f"sqlite+aiosqlite:///{tmp_path}/persons.db")
    elsewhere = settings.model_copy(update={"person_keys_url": "postgresql://keys@vault/persons"})
    assert elsewhere.keys_url == "postgresql://keys@vault/persons"
    assert elsewhere.sql_url("plans") == settings.sql_url("plans")


async def test_a_task_cancelled_within_a_transaction_leaves_nothing_that_waits_for_ever(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        begun: list[int] = []

        async def change(number: int) -> None:
            async with database.engine.begin() as connection:
                await connection.execute(sa.text("SELECT 1"))
                begun.append(number)
                await asyncio.sleep(60)

        for wait_s in (0.0, 0.001, 0.01):
            begun.clear()
            tasks = [asyncio.create_task(change(number)) for number in range(4)]
            while len(begun) < len(tasks):
                await asyncio.sleep(0.001)
            pending = set(tasks)
            while pending:  # as a service that stops: again until it is heard
                for task in pending:
                    task.cancel()
                _, pending = await asyncio.wait(pending, timeout=wait_s)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            _, left = await asyncio.wait(left, timeout=5)
        assert not left, left


async def test_a_change_that_is_cancelled_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        begun, count = threading.Event(), 20

        def change(connection: sa.Connection, number: int) -> None:
            for at in range(2):
                changes = Changes()
                changes.put["name"] = {(f"{number}-{at}",): OnlyKey(name=f"{number}-{at}")}
                database.write(connection, MODEL, database.generation(MODEL), changes)
            begun.set()

        tasks = [asyncio.create_task(database.change(partial(change, number=number))) for number in range(count)]
        while not begun.is_set():
            await asyncio.sleep(0)
        await end(tasks)
        await put(database, NAMES, [OnlyKey(name="next")])  # nothing is left half done that the next would wait for
        names = {one.name for one in await Rows(database, [MODEL]).select(OnlyKey, "name")}
        assert "next" in names
        assert all((f"{number}-0" in names) == (f"{number}-1" in names) for number in range(count))


async def test_after_an_error_the_next_read_and_the_next_change_are_as_ever(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        await put(database, NAMES, [OnlyKey(name="first")])

        def broken(connection: sa.Connection) -> None:
            connection.execute(sa.text("SELECT nothing FROM nowhere"))

        for _ in range(8):  # more often than there are threads
            with pytest.raises(sa.exc.DBAPIError):
                await database.read(broken)
            with pytest.raises(sa.exc.DBAPIError):
                await database.change(broken)
        await put(database, NAMES, [OnlyKey(name="second")])
        for _ in range(8):
            assert await Rows(database, [MODEL]).count("name") == 2


@pytest.mark.sqlite_only("PostgreSQL is asked through its connections, which close")
async def test_a_long_read_does_not_hold_up_the_end(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    async with opened(tmp_path) as database:
        begun = threading.Event()

        def read(connection: sa.Connection) -> None:
            begun.set()
            connection.execute(sa.text(endless))

        reading = asyncio.create_task(database.read(read))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            await database.close()
        with pytest.raises(sa.exc.OperationalError, match="interrupted"):
            await reading


@pytest.mark.sqlite_only("PostgreSQL lets those who write other rows go on side by side")
async def test_those_who_write_to_one_file_take_turns_and_nobody_sleeps_until_it_is_free(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        steps: list[tuple[str, int]] = []

        def write(connection: sa.Connection, number: int) -> None:
            steps.append(("begins", number))
            connection.execute(sa.delete(database.parked))
            time.sleep(0.001)
            steps.append(("ends", number))

        await asyncio.gather(*(database.change(partial(write, number=number)) for number in range(5)))
        assert steps == [(step, number) for number in range(5) for step in ("begins", "ends")]
