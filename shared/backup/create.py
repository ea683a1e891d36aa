"""Taking a backup of a running system.

The parts are not taken at one instant, so the order makes what one says of another hold:

1. **Whoever reads is taken before what it reads.** The archive copies every stream; PUBLIC is written from
   all; policies write one service's stream because of another's. So archive, PUBLIC, PARKED and TIMERS
   come first, then the event streams against the direction of the policies. Restored, each reader is
   behind what it reads and catches up. The other way round, an effect would stand in the log before its
   cause, and the next, different cause at the same sequence would be taken for one already answered.
2. **What events name is taken after the events.** A file is stored before the event that names it, a key is
   made before what is sealed under it, an account exists before it acts. So object stores, keys and
   accounts come after the event streams, and everything that the log names is there.

An erasure destroys the key before the event says so: the keys, taken later than the log, already know.
"""

import errno
import fcntl
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import sqlalchemy as sa
from nats.aio.client import Client

from shared.archive import NAME as ARCHIVE_SCHEMA
from shared.archive import ArchiveReader
from shared.backup.keys import PersonKeys, drop_old_keys, write_keys
from shared.backup.manifest import (
    ACCOUNTS,
    ARCHIVE,
    CLOCK,
    FORMAT,
    OWN,
    ArchiveHead,
    Manifest,
    Part,
    part_of,
    sync_folder,
    system_version,
    write_manifest,
)
from shared.backup.rows import dump_rows
from shared.backup.sealed import PASSPHRASE_LENGTH_MIN, seal
from shared.backup.streams import StreamCopy, copy_stream
from shared.clock import real_now
from shared.errors import Fault
from shared.eventstore import stream_info
from shared.seal import KeyVault
from shared.settings import Settings
from shared.sql import open_engine
from shared.topology import PARKED, PUBLIC, TIMERS, Topology

PORTAL = "portal"
OWN_FILES = ("nkeys", "actors", "accounts.key", "templates")
UNSIGNED = ("session", "link")
"""Tables of the accounts that are left out: nobody stays signed in, and no link opens, by a restore."""
_UNFINISHED = ".unfinished-"
_LOCK = ".lock"
_MIB = 1024 * 1024

Progress = Callable[[str, int, int], None]
"""`(part, done, total)`: bytes or rows; a total of 0 is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A finished backup: its folder, what it says of itself, and the keys files that were older than is kept."""

    folder: Path
    manifest: Manifest
    dropped_keys: Sequence[str]


def in_order(topology: Topology) -> tuple[str, ...]:
    """Return all streams in the order in which they are taken, see above.

    Raises graphlib.CycleError where two services react to each other: then no order is right.
    """
    owner = {process.name: process.stream for process in topology.services}
    readers: dict[str, set[str]] = {stream: set() for stream in topology.event_streams}
    for process in topology.services:
        for reader in process.readers:
            if reader.source != owner[process.name]:
                readers[reader.source].add(str(owner[process.name]))
    events = TopologicalSorter(readers).static_order()
    return (PUBLIC, PARKED, TIMERS, *events, *topology.object_streams)


async def create_backup(
    client: Client,
    settings: Settings,
    topology: Topology,
    *,
    to: Path,
    keys_to: Path,
    passphrase: str,
    progress: Progress,
) -> Taken:
    """Take everything into a new folder under `to`, and the keys of persons into `keys_to`.

    `client` is a connection of the user `backup`. Raises Fault `backup.busy`, `backup.no_space`,
    `backup.stream_failed`, `backup.passphrase_short`; whatever is raised, nothing half stays.
    """
    if len(passphrase) < PASSPHRASE_LENGTH_MIN:
        raise Fault("backup.passphrase_short", f"the passphrase needs {PASSPHRASE_LENGTH_MIN} characters")
    with _alone(to):
        await _check_space(client, settings, topology, to)
        created_at = real_now()
        name = f"tdkt-{created_at:%Y%m%dT%H%M%S%fZ}"
        unfinished = to / f"{_UNFINISHED}{name}"
        try:
            unfinished.mkdir(mode=0o700)
            work = _Work(client, settings, topology.event_streams, unfinished, passphrase, progress)
            parts, heads = await work.archive()
            copies = []
            for stream in in_order(topology):
                part, copy = await work.stream(stream)
                parts.append(part)
                copies.append(copy)
            keys = write_keys(keys_to, await work.keys(), passphrase)
            parts += [await work.accounts(), *work.own_files()]
            manifest = Manifest(
                format=FORMAT,
                version=system_version(),
                created_at=created_at,
                parts=tuple(parts),
                streams=tuple(copies),
                archive=heads,
                keys=keys,
            )
            write_manifest(unfinished, manifest)
            unfinished.rename(to / name)
            sync_folder(to)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Fault("backup.no_space", f"no space left on the disk of {to}") from error
            raise
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        return Taken(folder=to / name, manifest=manifest, dropped_keys=drop_old_keys(keys_to))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, made where it is missing, and clear away what one that was killed left in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault("backup.busy", f"another backup is being taken into {folder}") from error
        for left_over in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left_over)
        yield
    finally:
        os.close(lock)


async def _check_space(client: Client, settings: Settings, topology: Topology, to: Path) -> None:
    """Refuse at once what cannot fit. Raises Fault `backup.no_space`."""
    needed = sum([(await stream_info(client, stream)).size for stream in in_order(topology)])
    free = shutil.disk_usage(to).free
    # Copies are packed, so this asks for more than is needed; the archive is as large as the event streams.
    if free < needed + settings.disk_reserve_mb * _MIB:
        raise Fault("backup.no_space", f"{to}: {free // _MIB} MiB free, {needed // _MIB} MiB and a reserve are needed")


class _Work:
    """The taking of each part into one folder."""

    def __init__(
        self,
        client: Client,
        settings: Settings,
        streams: Sequence[str],
        folder: Path,
        passphrase: str,
        progress: Progress,
    ) -> None:
        self._client = client
        self._streams = streams
        self._settings = settings
        self._folder = folder
        self._passphrase = passphrase
        self._progress = progress

    async def archive(self) -> tuple[list[Part], dict[str, ArchiveHead]]:
        """Take the archive as far as it is now: its rows are only added to."""
        reader = ArchiveReader(self._settings.sql_url(ARCHIVE_SCHEMA))
        try:
            await reader.open()
            found = {stream: await reader.head(stream) for stream in self._streams}
            heads = {stream: ArchiveHead(seq=one.seq, hash=one.hash.hex()) for stream, one in found.items() if one}
            told = self._counter("archive", sum(head.seq for head in heads.values()))
            with (self._folder / ARCHIVE).open("xb") as file:
                counts = await dump_rows(
                    reader.engine,
                    ARCHIVE_SCHEMA,
                    file,
                    told,
                    where=lambda table: sa.or_(
                        sa.false(),
                        *(sa.and_(table.c.stream == name, table.c.seq <= head.seq) for name, head in heads.items()),
                    ),
                )
        finally:
            await reader.close()
        return [part_of(self._folder, ARCHIVE, sum(counts.values()))], heads

    async def stream(self, stream: str) -> tuple[Part, StreamCopy]:
        """Take one stream."""
        path = stream_path(stream)
        (self._folder / path).parent.mkdir(exist_ok=True, mode=0o700)
        size = (await stream_info(self._client, stream)).size
        with (self._folder / path).open("xb") as file:
            copy = await copy_stream(self._client, stream, file, self._counter(stream, size))
        return part_of(self._folder, path, copy.messages), copy

    async def keys(self) -> PersonKeys:
        """Return the keys of persons as they are now."""
        vault = KeyVault(self._settings.keys_url)
        try:
            taken_at = real_now()
            return PersonKeys(taken_at=taken_at, secrets=await vault.secrets())
        finally:
            await vault.close()

    async def accounts(self) -> Part:
        """Take the portal's database, sealed: it holds hashes of passwords and second factors."""
        engine = open_engine(self._settings.sql_url(PORTAL), PORTAL)
        rows = io.BytesIO()
        try:
            counts = await dump_rows(engine, PORTAL, rows, self._counter("accounts", 0), without=UNSIGNED)
        finally:
            await engine.dispose()
        (self._folder / ACCOUNTS).write_bytes(seal(rows.getvalue(), self._passphrase))
        return part_of(self._folder, ACCOUNTS, sum(counts.values()))

    def own_files(self) -> list[Part]:
        """Take what else lies in the data folder, sealed (keys of users, edges, accounts; templates), and the clock."""
        packed = io.BytesIO()
        data_dir = self._settings.data_dir
        found = [path for name in OWN_FILES for path in (data_dir / name, *sorted((data_dir / name).rglob("*")))]
        files = [path for path in found if path.is_file() and path.suffix != ".new"]
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for path in files:
                tar.add(path, str(path.relative_to(data_dir)))
        (self._folder / OWN).write_bytes(seal(packed.getvalue(), self._passphrase))
        parts = [part_of(self._folder, OWN, len(files))]
        if self._settings.clock_path.exists():
            shutil.copyfile(self._settings.clock_path, self._folder / CLOCK)
            parts.append(part_of(self._folder, CLOCK, 1))
        return parts

    def _counter(self, part: str, total: int) -> Callable[[int], None]:
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            self._progress(part, done, total)

        count(0)
        return count


def stream_path(stream: str) -> str:
    """Return where the copy of the stream lies in the backup."""
    return f"streams/{stream}.snapshot"
