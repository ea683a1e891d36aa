"""Backups part by part: what is damaged, cut off or sealed otherwise is said, and nothing half is taken for whole."""

import asyncio
import gzip
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from graphlib import CycleError
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from services.topology import TOPOLOGY
from shared.accounts import Accounts
from shared.archive import ArchiveReader, StreamArchiver
from shared.backup.create import Taken, create_backup, in_order
from shared.backup.keys import (
    KEPT,
    PersonKeys,
    drop_old_keys,
    newest_keys,
    read_erased,
    read_keys,
    sealed_for,
    surviving,
    write_keys,
)
from shared.backup.manifest import read_manifest
from shared.backup.restore import Domain, Restored, restore_backup, verify_backup
from shared.backup.rows import dump_rows, load_rows, read_rows
from shared.backup.sealed import seal, unseal
from shared.errors import Fault
from shared.eventstore import EventStore, NewEvent
from shared.seal import KeyVault
from shared.settings import Settings
from shared.sql import open_engine
from shared.topology import BACKUP, Process, Reader, Topology
from shared.types import CITY
from tests.support.database import tamper_with_archive
from tests.support.nats import RunningNats, running_nats
from tests.support.postgres import running_postgres, settings_in
from tests.system.test_full_disk import small_disk

PASSPHRASE = "một cụm mật khẩu đủ dài"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOTHING = Domain(erased_by=lambda message: (), files_of=lambda message: ())
ROOT = Path(__file__).parents[2]


def quiet(part: str, done: int, total: int) -> None:
    """Tell nobody how far it is."""


# The order


def test_whoever_reads_is_taken_before_what_it_reads() -> None:
    order = in_order(TOPOLOGY)
    assert set(order) >= {*TOPOLOGY.event_streams, "PUBLIC", "PARKED", "TIMERS", *TOPOLOGY.object_streams}
    place = {stream: number for number, stream in enumerate(order)}
    for process in TOPOLOGY.services:
        for reader in process.readers:
            if reader.source != process.stream:
                assert place[str(process.stream)] < place[reader.source], (process.name, reader.source)
    assert all(place["PUBLIC"] < place[stream] < place["OBJ_plans"] for stream in TOPOLOGY.event_streams)


def test_services_that_react_to_each_other_have_no_order() -> None:
    circle = Topology(
        processes=(
            Process("a", "A", (Reader("policy-b", "B"),)),
            Process("b", "B", (Reader("policy-a", "A"),)),
        ),
        edges=(),
        outsiders=(),
    )
    with pytest.raises(CycleError):
        in_order(circle)


# What is sealed


def test_what_is_sealed_opens_with_the_passphrase_in_any_form_of_its_letters_and_with_no_other() -> None:
    sealed = seal(b"secret", "mật khẩu tiếng Việt")
    assert b"secret" not in sealed
    assert unseal(sealed, "mật khẩu tiếng Việt".encode().decode()) == b"secret"
    import unicodedata

    assert unseal(sealed, unicodedata.normalize("NFD", "mật khẩu tiếng Việt")) == b"secret"
    with pytest.raises(Fault) as wrong:
        unseal(sealed, "mật khẩu tiếng việt")
    assert wrong.value.code == "backup.passphrase_wrong"


@pytest.mark.parametrize("place", [0, 20, 60, -1, -20])
def test_a_changed_byte_anywhere_is_noticed(place: int) -> None:
    sealed = bytearray(seal(b"secret", PASSPHRASE))
    sealed[place] ^= 1
    with pytest.raises(Fault) as noticed:
        unseal(bytes(sealed), PASSPHRASE)
    assert noticed.value.code in ("backup.passphrase_wrong", "backup.damaged")


@pytest.mark.parametrize("file", [b"", b"\n", b"{}\n", b"[]\nx", b"\xff\xfe\n", b'{"format": "tdkt-sealed-1"}\n'])
def test_what_is_no_sealed_file_is_said_to_be_none(file: bytes) -> None:
    with pytest.raises(Fault) as said:
        unseal(file, PASSPHRASE)
    assert said.value.code == "backup.damaged"


def test_a_forged_cost_does_not_eat_the_machine() -> None:
    line, _, rest = seal(b"x", PASSPHRASE).partition(b"\n")
    forged = json.dumps({**json.loads(line), "memory_kib": 2**40}).encode()
    began = time.monotonic()
    with pytest.raises(Fault):
        unseal(forged + b"\n" + rest, PASSPHRASE)
    assert time.monotonic() - began < 1


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Fault) as refused:
        seal(b"x", "ngắn quá")
    assert refused.value.code == "backup.passphrase_short"


# Rows

ROWS = sa.MetaData()
PARENT = sa.Table(
    "parent",
    ROWS,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("on", sa.Date),
    sa.Column("is_open", sa.Boolean),
    sa.Column("secret", sa.LargeBinary),
    sa.Column("told", sa.JSON),
    sa.Column("points", sa.Numeric(10, 2)),
)
CHILD = sa.Table(
    "a_child",
    ROWS,
    sa.Column("id", sa.String(10), primary_key=True),
    sa.Column("parent_id", sa.Integer, sa.ForeignKey("parent.id"), nullable=False),
)


async def database(folder: Path, name: str, *, filled: bool) -> AsyncEngine:
    """Return a database with the tables."""
    engine = open_engine(f"sqlite+aiosqlite:///{folder / name}", "t", pragmas=("foreign_keys=ON",))
    async with engine.begin() as connection:
        await connection.run_sync(ROWS.create_all)
        if filled:
            row = {
                "id": 1,
                "name": "Cần Thơ \U0001f33e \x01",
                "at": NOW,
                "on": date(2020, 2, 6),
                "is_open": True,
                "secret": bytes(range(256)),
                "told": {"a": [1, None, "ô"]},
                "points": Decimal("9.50"),
            }
            nothing = dict.fromkeys(row)
            await connection.execute(PARENT.insert(), [row, {**nothing, "id": 2}])
            await connection.execute(CHILD.insert(), [{"id": f"c{n}", "parent_id": 1} for n in range(2500)])
    return engine


async def everything(engine: AsyncEngine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables."""
    async with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in await connection.execute(sa.select(table))), key=str)
            for table in ROWS.sorted_tables
        }


async def test_every_kind_of_value_comes_back_as_it_was(tmp_path: Path) -> None:
    source = await database(tmp_path, "a.db", filled=True)
    file = io.BytesIO()
    counts = await dump_rows(source, "t", file, lambda rows: None)
    assert counts == {"parent": 2, "a_child": 2500}
    target = await database(tmp_path, "b.db", filled=False)
    file.seek(0)
    assert await load_rows(target, "t", file, lambda rows: None) == counts
    assert await everything(target) == await everything(source)
    await source.dispose()
    await target.dispose()


async def test_rows_go_into_empty_tables_only_and_all_or_none(tmp_path: Path) -> None:
    source = await database(tmp_path, "a.db", filled=True)
    file = io.BytesIO()
    await dump_rows(source, "t", file, lambda rows: None)
    file.seek(0)
    with pytest.raises(Fault) as full:
        await load_rows(source, "t", file, lambda rows: None)
    assert full.value.code == "backup.not_empty"

    whole = gzip.decompress(file.getvalue()).splitlines(keepends=True)
    target = await database(tmp_path, "b.db", filled=False)
    for cut in (whole[:-1], whole[:-3], [*whole[:5], b'["no"]\n', *whole[5:]], whole[1:], [b"{}\n"], []):
        with pytest.raises(Fault) as damaged:
            await load_rows(target, "t", io.BytesIO(gzip.compress(b"".join(cut))), lambda rows: None)
        assert damaged.value.code == "backup.damaged"
    for bytes_left in (0, 10, len(file.getvalue()) // 2, len(file.getvalue()) - 1):
        with pytest.raises(Fault):
            list(read_rows(io.BytesIO(file.getvalue()[:bytes_left])))
    assert await everything(target) == {"parent": [], "a_child": []}
    await source.dispose()
    await target.dispose()


async def test_tables_are_read_as_they_were_at_one_moment(tmp_path: Path) -> None:
    source = await database(tmp_path, "a.db", filled=True)
    file = io.BytesIO()

    def delete_a_parent(rows: int) -> None:
        if rows == 2:  # the parents have been read, the children not yet
            with sqlite3.connect(tmp_path / "a.db") as other:
                other.execute("DELETE FROM a_child")
                other.execute("DELETE FROM parent WHERE id = 1")

    counts = await dump_rows(source, "t", file, delete_a_parent)
    assert counts == {"parent": 2, "a_child": 2500}
    await source.dispose()


# Keys of persons


def keys_at(moment: datetime, **secrets: bytes | None) -> PersonKeys:
    """Return keys as they were at the moment."""
    return PersonKeys(taken_at=moment, secrets=secrets)


def test_only_the_newest_keys_files_stay_and_the_list_of_the_erased_only_grows(tmp_path: Path) -> None:
    for number in range(5):
        secrets = {"a": None if number == 1 else b"k" * 32, "b": b"l" * 32, "c": None if number == 2 else b"m" * 32}
        write_keys(tmp_path, keys_at(NOW + timedelta(days=number), **secrets), PASSPHRASE)
    gone = drop_old_keys(tmp_path)
    assert len(gone) == 5 - KEPT
    assert len(list(tmp_path.glob("*.sealed"))) == KEPT
    assert read_keys(newest_keys(tmp_path), PASSPHRASE).taken_at == NOW + timedelta(days=4)
    assert read_erased(tmp_path) == {"a", "c"}
    assert b"k" * 8 not in newest_keys(tmp_path).read_bytes()
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_an_erased_person_has_a_tombstone_whatever_the_keys_say() -> None:
    keys = keys_at(NOW, a=b"k" * 32, b=b"l" * 32, c=None)
    assert surviving(keys, {"a", "never-seen", *keys.erased}) == {
        "a": None,
        "b": b"l" * 32,
        "c": None,
        "never-seen": None,
    }


def test_a_list_of_the_erased_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "erased.json").write_text('{"erased": [')
    with pytest.raises(Fault):
        read_erased(tmp_path)
    with pytest.raises(Fault):
        write_keys(tmp_path, keys_at(NOW, a=None), PASSPHRASE)


def test_what_is_sealed_is_found_wherever_it_stands() -> None:
    body = {"a": [{"kid": "p1", "nonce": "", "ct": ""}], "b": {"c": {"kid": "p2", "nonce": "", "ct": ""}}, "kid": "no"}
    assert sealed_for(body) == {"p1", "p2"}


# A whole backup


async def append(bus: RunningNats, count: int, *, kid: str = "") -> None:
    """Write events of nominations, sealed for the person."""
    client = await bus.connect("nominations")
    store = EventStore(client, "NOMINATIONS")
    body = json.dumps({"name": {"kid": kid, "nonce": "", "ct": ""}} if kid else {"n": 1}).encode()
    for number in range(count):
        subject = f"nominations.evt.{CITY}.dossier.x{os.urandom(4).hex()}-{number}"
        headers = {"ce-id": subject, "ce-type": "nominations.Tried.v1", "ce-time": NOW.isoformat()}
        await store.append([NewEvent(subject=subject, headers=headers, body=body)], {subject: 0})
    await client.close()


async def archive_all(bus: RunningNats) -> None:
    """Let the archive catch up."""
    client = await bus.connect("archive")
    archive = ArchiveReader(bus.settings.sql_url("archive"))
    await archive.open()
    archiver = StreamArchiver(client, archive, "NOMINATIONS")
    task = asyncio.create_task(archiver.run())
    while archiver.failure:
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await archive.close()
    await client.close()


async def take(bus: RunningNats, to: Path) -> Taken:
    """Take a backup."""
    from shared.accounts.database import open_database

    await (await open_database(bus.settings.sql_url("portal"))).dispose()
    client = await bus.connect(BACKUP)
    try:
        return await create_backup(
            client,
            bus.settings,
            TOPOLOGY,
            to=to,
            keys_to=to / "person-keys",
            passphrase=PASSPHRASE,
            progress=quiet,
        )
    finally:
        await client.close()


async def trial(taken: Taken, *, passphrase: str = PASSPHRASE, domain: Domain = NOTHING) -> Restored:
    """Try the backup."""
    keys = taken.folder.parent / "person-keys"
    return await verify_backup(taken.folder, TOPOLOGY, domain, keys=keys, passphrase=passphrase, progress=quiet)


async def code_of(taken: Taken, **more: str) -> str:
    """Return the code with which the trial fails."""
    with pytest.raises(Fault) as failed:
        await trial(taken, **more)  # type: ignore[arg-type]
    return failed.value.code


async def test_an_empty_system_has_a_backup_as_well(tmp_path: Path) -> None:
    with running_nats(tmp_path / "system") as bus:
        taken = await take(bus, tmp_path / "backups")
        assert (await trial(taken)).events == dict.fromkeys(TOPOLOGY.event_streams, 0)


async def test_every_changed_missing_or_foreign_part_is_noticed(tmp_path: Path) -> None:
    with running_nats(tmp_path / "system") as bus:
        await append(bus, 20)
        await archive_all(bus)
        taken = await take(bus, tmp_path / "backups")
    assert (await trial(taken)).events["NOMINATIONS"] == 20
    for part in taken.manifest.parts:
        path = taken.folder / part.path
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[len(changed) // 2] ^= 1
        for content in (bytes(changed), whole[:-1], whole + b"x"):
            path.write_bytes(content)
            assert await code_of(taken) == "backup.damaged", part.path
        path.unlink()
        assert await code_of(taken) == "backup.damaged", part.path
        path.write_bytes(whole)
    assert await code_of(taken, passphrase="eine andere Phrase") == "backup.passphrase_wrong"
    manifest = taken.folder / "manifest.json"
    text = manifest.read_text()
    for wrong, code in (("", "backup.damaged"), ("{}", "backup.damaged"), ('{"format": 99}', "backup.newer")):
        manifest.write_text(wrong)
        assert await code_of(taken) == code
    manifest.write_text(text)
    assert (await trial(taken)).events["NOMINATIONS"] == 20
    manifest.unlink()
    assert await code_of(taken) == "backup.incomplete"


async def test_an_archive_that_was_tampered_with_before_it_was_taken_is_noticed(tmp_path: Path) -> None:
    with running_nats(tmp_path / "system") as bus:
        await append(bus, 20)
        await archive_all(bus)
        tamper_with_archive(bus.settings, "UPDATE event_archive SET payload = ? WHERE seq = 7", (b'{"n": 2}',))
        taken = await take(bus, tmp_path / "backups")
    assert await code_of(taken) == "backup.archive_broken"


async def test_an_archive_that_is_behind_the_log_catches_up_after_a_restore(tmp_path: Path) -> None:
    with running_nats(tmp_path / "system") as bus:
        await append(bus, 5)
        await archive_all(bus)
        await append(bus, 5)
        taken = await take(bus, tmp_path / "backups")
    assert taken.manifest.archive["NOMINATIONS"].seq == 5
    assert (await trial(taken)).events["NOMINATIONS"] == 10


async def test_a_person_without_a_key_is_named_and_never_gets_another_key(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    with running_nats(tmp_path / "system") as bus:
        vault = KeyVault(bus.settings.keys_url)
        assert await vault.key("known") is not None
        await append(bus, 1, kid="known")
        await append(bus, 1, kid="lost")
        taken = await take(bus, backups)
        await vault.close()
    told = await trial(taken)
    assert told.lost == {"lost"} and told.keys == 1
    settings = settings_in(tmp_path / "restored")

    async def restore(*, lost_allowed: bool) -> Restored:
        return await restore_backup(
            taken.folder,
            settings,
            TOPOLOGY,
            NOTHING,
            keys=backups / "person-keys",
            passphrase=PASSPHRASE,
            progress=quiet,
            lost_allowed=lost_allowed,
        )

    with pytest.raises(Fault) as refused:
        await restore(lost_allowed=False)
    assert refused.value.code == "backup.keys_lost"
    assert not settings.data_dir.exists()
    await restore(lost_allowed=True)
    vault = KeyVault(settings.keys_url)
    assert await vault.key("known") is not None
    assert await vault.key("lost") is None
    await vault.close()
    with pytest.raises(Fault) as again:
        await restore(lost_allowed=True)
    assert again.value.code == "backup.not_empty"


async def test_a_full_disk_leaves_nothing_that_looks_like_a_backup(tmp_path: Path) -> None:
    with running_nats(tmp_path / "system") as bus, small_disk(tmp_path / "disk", 1) as disk:
        await append(bus, 20)
        bus.settings = bus.settings.model_copy(update={"disk_reserve_mb": 0})
        backups = disk / "backups"
        # Enough for the streams, which is looked at first, but not for what comes after them.
        with (disk / "ballast").open("wb") as ballast:
            ballast.write(b"\0" * (shutil.disk_usage(disk).free - 64 * 1024))
        with pytest.raises(Fault) as refused:
            await take(bus, backups)
        assert refused.value.code == "backup.no_space"
        assert [path.name for path in backups.iterdir() if "tdkt-" in path.name] == []
        with (disk / "ballast").open("ab") as ballast:
            ballast.write(b"\0" * (shutil.disk_usage(disk).free - 8 * 1024))
        with pytest.raises(Fault) as early:
            await take(bus, backups)
        assert early.value.code == "backup.no_space"
        (disk / "ballast").unlink()
        taken = await take(bus, backups)
        assert (await trial(taken)).events["NOMINATIONS"] == 20


async def test_two_at_once_into_one_folder_are_not_allowed(tmp_path: Path) -> None:
    with running_nats(tmp_path / "system") as bus:
        await append(bus, 5)
        results = await asyncio.gather(*(take(bus, tmp_path / "backups") for _ in range(2)), return_exceptions=True)
    codes = [one.code for one in results if isinstance(one, Fault)]
    assert codes == ["backup.busy"]
    assert sum(isinstance(one, Taken) for one in results) == 1


CREATE = """
import asyncio, sys
from pathlib import Path
from services.topology import TOPOLOGY
from shared.backup.create import create_backup
from shared.settings import Settings
from shared.topology import BACKUP, connect
data, url, monitor, to, passphrase = sys.argv[1:]
async def main():
    settings = Settings(data_dir=Path(data), nats_url=url, nats_monitor_urls=monitor, stream_max_mb=64)
    await create_backup(await connect(settings, BACKUP), settings, TOPOLOGY, to=Path(to),
        keys_to=Path(to) / "person-keys", passphrase=passphrase, progress=lambda *_: None)
asyncio.run(main())
"""


@pytest.mark.parametrize("seen", ["archive.rows", "streams/PLANS.snapshot", "accounts.sealed"])
async def test_a_kill_leaves_no_backup_and_the_next_one_clears_away(tmp_path: Path, seen: str) -> None:
    backups = tmp_path / "backups"
    with running_nats(tmp_path / "system") as bus:
        await append(bus, 5)
        first = await take(bus, backups)
        settings = bus.settings
        arguments = [str(settings.data_dir), bus.url, bus.monitor_url, str(backups), PASSPHRASE]
        child = subprocess.Popen(
            [sys.executable, "-c", CREATE, *arguments],
            cwd=ROOT,
            env={**os.environ, "TDKT_DATABASE_URL": settings.database_url},
        )
        until = time.monotonic() + 30
        while not list(backups.glob(f".unfinished-*/{seen}")) and child.poll() is None and time.monotonic() < until:
            time.sleep(0.0005)
        child.send_signal(signal.SIGKILL)
        assert child.wait(10) == -signal.SIGKILL
        (left,) = backups.glob(".unfinished-*")
        with pytest.raises(Fault) as said:
            read_manifest(left)
        assert said.value.code == "backup.incomplete"
        assert [path.name for path in backups.glob("tdkt-*")] == [first.folder.name]
        second = await take(bus, backups)
        assert list(backups.glob(".unfinished-*")) == []
        for taken in (first, second):
            assert (await trial(taken)).events["NOMINATIONS"] == 5


# From one database to the other


async def filled(folder: Path, settings: Settings) -> Taken:
    """Return a backup of a system that has an account, a key, an erased person and archived events."""
    with running_nats(folder) as bus:
        bus.settings = settings.model_copy(
            update={"nats_url": bus.url, "nats_monitor_urls": bus.monitor_url, "data_dir": bus.settings.data_dir}
        )
        accounts = await Accounts.open(bus.settings.sql_url("portal"))
        await accounts.add("an.nguyen", "Nguyễn Văn An", by="thử")
        await accounts.close()
        vault = KeyVault(bus.settings.keys_url)
        await vault.key("known")
        await vault.key("gone")
        await vault.erase("gone")
        await vault.close()
        await append(bus, 3, kid="known")
        await archive_all(bus)
        return await take(bus, folder / "backups")


@pytest.mark.parametrize("way", ["to PostgreSQL", "to SQLite"])
async def test_a_backup_of_one_database_is_restored_into_the_other(tmp_path: Path, way: str) -> None:
    with running_postgres() as server:
        files = Settings(data_dir=tmp_path / "unused", database_url="", person_keys_url="")
        rows = files.model_copy(update={"database_url": server.create_database()})
        source, target = (files, rows) if way == "to PostgreSQL" else (rows, files)
        taken = await filled(tmp_path / "system", source)
        target = target.model_copy(update={"data_dir": tmp_path / "restored"})
        restored = await restore_backup(
            taken.folder,
            target,
            TOPOLOGY,
            NOTHING,
            keys=taken.folder.parent / "person-keys",
            passphrase=PASSPHRASE,
            progress=quiet,
        )
        assert restored.keys == 1 and restored.erased == {"gone"}
        archive = ArchiveReader(target.sql_url("archive"))
        assert await archive.first_break("NOMINATIONS") is None
        assert (await archive.head("NOMINATIONS")).seq == 3  # type: ignore[union-attr]
        await archive.close()
        vault = KeyVault(target.keys_url)
        assert await vault.key("known") is not None and await vault.key("gone") is None
        await vault.close()
        accounts = await Accounts.open(target.sql_url("portal"))
        assert [one.login for one in await accounts.ls()] == ["an.nguyen"]
        # What is numbered goes on behind what came.
        await accounts.add("binh.tran", "Trần Thị Bình", by="thử")
        assert len({entry.number for entry in await accounts.audit.ls()}) >= 2
        await accounts.close()
