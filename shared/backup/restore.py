"""Putting a backup back into an empty folder, and trying whether it could be.

A restore works offline beside the folder it is to make and renames at the end: a folder of that name is
whole or not there. Read models are not in a backup; the services make them from the log when they start.
"""

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nats.aio.client import Client

from shared.accounts.database import BEFORE_MIGRATIONS, NEWEST, open_database
from shared.archive import NAME as ARCHIVE_SCHEMA
from shared.archive import ArchivedEvent, ArchiveReader, chain, genesis
from shared.attachments import FileStore
from shared.backup.create import OWN_FILES, PORTAL, Progress, stream_path
from shared.backup.keys import newest_keys, read_erased, read_keys, sealed_for, surviving
from shared.backup.manifest import (
    ACCOUNTS,
    ARCHIVE,
    CLOCK,
    OWN,
    ArchiveHead,
    Manifest,
    check_part,
    read_manifest,
    sync_folder,
)
from shared.backup.rows import REVISION_TABLE, load_rows, read_rows
from shared.backup.sealed import unseal
from shared.backup.server import own_server
from shared.backup.streams import StreamCopy, restore_stream
from shared.errors import Fault
from shared.eventstore import Message, read_batch
from shared.seal import KeyVault
from shared.settings import Settings
from shared.topology import Topology, apply, object_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What only the services know of an event.

    `erased_by(message)` returns the ids of keys that it says are destroyed; `files_of(message)` the SHA-256 of
    each file of the owning service that it names.
    """

    erased_by: Callable[[Message], Iterable[str]]
    files_of: Callable[[Message], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back. `forgotten`: erased since the backup, so the log does not say so yet; `lost`: keys nobody has."""

    manifest: Manifest
    events: Mapping[str, int]
    keys: int
    erased: frozenset[str]
    forgotten: frozenset[str]
    lost: frozenset[str]
    files: int


@dataclass(slots=True)
class _Log:
    """What the restored log says, gathered in one reading."""

    events: dict[str, int]
    erased: set[str]
    sealed: set[str]
    files: dict[str, set[str]]


async def verify_backup(
    folder: Path, topology: Topology, domain: Domain, *, keys: Path, passphrase: str, progress: Progress
) -> Restored:
    """Try the backup: every hash, what is sealed, the archive's chain, and the streams by putting them back elsewhere.

    `keys` is a keys file or the folder of them. Raises Fault `backup.…` at the first thing that is wrong.
    """
    manifest = _checked(folder, progress)
    with tempfile.TemporaryDirectory(prefix="tdkt-verify-") as temporary:
        # Whatever databases the environment names: a trial touches none of them.
        settings = Settings(data_dir=Path(temporary), database_url="", person_keys_url="")
        return await _restore(
            folder, manifest, settings, topology, domain, keys, passphrase, progress, lost_allowed=True
        )


async def restore_backup(
    folder: Path,
    settings: Settings,
    topology: Topology,
    domain: Domain,
    *,
    keys: Path,
    passphrase: str,
    progress: Progress,
    lost_allowed: bool = False,
) -> Restored:
    """Make the data folder of `settings` (and its PostgreSQL schemas, where it has such) from the backup.

    Raises Fault `backup.not_empty` where something is there already, `backup.keys_lost` where the log
    holds what none of the keys opens, unless that is allowed, and other Faults `backup.…`.
    """
    target = settings.data_dir
    if target.exists() and any(target.iterdir()):
        raise Fault("backup.not_empty", f"{target} is not empty: a backup is restored into an empty folder only")
    manifest = _checked(folder, progress)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".unfinished-{target.name}")
    if unfinished.exists():  # of a restore that was killed
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    try:
        work = settings.model_copy(update={"data_dir": unfinished})
        restored = await _restore(
            folder, manifest, work, topology, domain, keys, passphrase, progress, lost_allowed=lost_allowed
        )
        _sync_all(unfinished)
        if target.exists():
            target.rmdir()
        unfinished.rename(target)
        sync_folder(target.parent)
        return restored
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _checked(folder: Path, progress: Progress) -> Manifest:
    """Return the manifest of a backup all of whose parts are as they were taken."""
    manifest = read_manifest(folder)
    total = sum(part.size for part in manifest.parts)
    done = 0
    for part in manifest.parts:
        check_part(folder, part)
        done += part.size
        progress("hashes", done, total)
    return manifest


async def _restore(
    folder: Path,
    manifest: Manifest,
    settings: Settings,
    topology: Topology,
    domain: Domain,
    keys: Path,
    passphrase: str,
    progress: Progress,
    *,
    lost_allowed: bool,
) -> Restored:
    # What needs the passphrase comes first: who mistyped it need not wait for the rest.
    keys_file = newest_keys(keys)
    person_keys = read_keys(keys_file, passphrase)
    _unpack(unseal((folder / OWN).read_bytes(), passphrase), settings.data_dir)
    accounts = unseal((folder / ACCOUNTS).read_bytes(), passphrase)
    if any(part.path == CLOCK for part in manifest.parts):
        shutil.copyfile(folder / CLOCK, settings.clock_path)
    _check_archive(folder, manifest.archive)
    for name in ("nats", "sql"):
        (settings.data_dir / name).mkdir(mode=0o700)
    async with own_server(settings, topology) as (here, client):
        for copy in manifest.streams:
            size = manifest.part(stream_path(copy.stream)).size
            await restore_stream(client, copy, folder / stream_path(copy.stream), _counter(progress, copy.stream, size))
        await apply(here, topology)
        log = await _read_log(client, manifest, topology, domain, progress)
        await _check_files(client, log)
    erased = person_keys.erased | read_erased(keys_file.parent) | log.erased
    surviving_keys = surviving(person_keys, erased)
    lost = frozenset(log.sealed - surviving_keys.keys())
    if lost and not lost_allowed:
        raise Fault("backup.keys_lost", f"{keys_file.name} lacks the keys of {len(lost)} persons of the log")
    # A key that is lost must not be made anew: what was sealed under the old one would look broken.
    await _fill_keys(settings, {**surviving_keys, **dict.fromkeys(lost)})
    await _load_archive(folder, settings, progress)
    await _load_accounts(accounts, settings, progress)
    return Restored(
        manifest=manifest,
        events=log.events,
        keys=sum(secret is not None for secret in surviving_keys.values()),
        erased=frozenset(erased),
        forgotten=frozenset((erased - log.erased) & log.sealed),
        lost=lost,
        files=sum(len(hashes) for hashes in log.files.values()),
    )


# The parts


def _unpack(packed: bytes, data_dir: Path) -> None:
    """Write the files of the data folder, each for its owner only; nothing but plain files of the places we know."""
    try:
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            for member in tar.getmembers():
                steps = Path(member.name).parts
                content = tar.extractfile(member) if member.isreg() else None
                if steps[0] not in OWN_FILES or ".." in steps or content is None:
                    raise Fault("backup.damaged", f"{OWN} holds {member.name}")
                path = data_dir / member.name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with open_private(path) as file:
                    file.write(content.read())
    except tarfile.TarError as error:
        raise Fault("backup.damaged", f"{OWN} cannot be read") from error


@contextmanager
def open_private(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


def _check_archive(folder: Path, heads: Mapping[str, ArchiveHead]) -> None:
    """Walk the chain of the copied archive. Raises Fault `backup.archive_broken`."""
    seqs: dict[str, int] = {}
    hashes: dict[str, bytes] = {}
    with (folder / ARCHIVE).open("rb") as file:
        for _, row in read_rows(file):
            if row is None:
                continue
            event = ArchivedEvent(**row)
            previous = hashes.get(event.stream) or genesis(event.stream, event.epoch)
            expected = chain(previous, event.message)
            if (event.seq, event.hash) != (seqs.get(event.stream, 0) + 1, expected):
                raise Fault("backup.archive_broken", f"{event.stream} #{event.seq}: the chain is broken")
            seqs[event.stream], hashes[event.stream] = event.seq, event.hash
    ends = {stream: ArchiveHead(seq=seq, hash=hashes[stream].hex()) for stream, seq in seqs.items()}
    if ends != heads:
        raise Fault("backup.archive_broken", "the archive ends elsewhere than the manifest says")


async def _read_log(client: Client, manifest: Manifest, topology: Topology, domain: Domain, progress: Progress) -> _Log:
    """Read every event, and hold the log against the archive's hashes. Raises Fault `backup.archive_broken`."""
    log = _Log(events={}, erased=set(), sealed=set(), files={})
    epochs: dict[str, StreamCopy] = {copy.stream: copy for copy in manifest.streams}
    for service in topology.services:
        assert service.stream
        stream, copy, head = service.stream, epochs[service.stream], manifest.archive.get(service.stream)
        count, previous = 0, genesis(stream, copy.epoch)
        tell = _counter(progress, f"{stream}: events", copy.messages)
        async with aclosing(read_batch(client, stream)) as messages:
            async for message in messages:
                count += 1
                previous = chain(previous, message)
                if head and message.seq == head.seq and previous.hex() != head.hash:
                    raise Fault("backup.archive_broken", f"{stream}: log and archive differ at or before #{head.seq}")
                log.erased.update(domain.erased_by(message))
                log.sealed |= sealed_for(json.loads(message.body))
                if service.keeps_files:
                    log.files.setdefault(service.name, set()).update(domain.files_of(message))
                tell(1)
        if count != copy.messages or (head and head.seq > count):
            raise Fault("backup.archive_broken", f"{stream}: {count} events, {copy.messages} were taken")
        log.events[stream] = count
    return log


async def _check_files(client: Client, log: _Log) -> None:
    """Raise Fault `backup.file_missing` where the log names a file that is not in the backup, or is another."""
    for service, hashes in log.files.items():
        store = FileStore(client, service)
        for sha256 in sorted(hashes):
            if not await store.is_whole(sha256):
                raise Fault("backup.file_missing", f"{object_stream(service)} lacks {sha256}")


async def _fill_keys(settings: Settings, secrets: Mapping[str, bytes | None]) -> None:
    vault = KeyVault(settings.keys_url)
    try:
        await vault.fill(secrets)
    finally:
        await vault.close()


async def _load_archive(folder: Path, settings: Settings, progress: Progress) -> None:
    archive = ArchiveReader(settings.sql_url(ARCHIVE_SCHEMA))
    try:
        await archive.open()
        with (folder / ARCHIVE).open("rb") as file:
            await load_rows(archive.engine, ARCHIVE_SCHEMA, file, _counter(progress, "archive", 0))
    finally:
        await archive.close()


async def _load_accounts(rows: bytes, settings: Settings, progress: Progress) -> None:
    url = settings.sql_url(PORTAL)
    revisions = [row for table, row in read_rows(io.BytesIO(rows)) if table == REVISION_TABLE and row]
    revision = str(revisions[0]["version_num"]) if revisions else BEFORE_MIGRATIONS
    if revision > NEWEST:
        raise Fault("backup.newer", f"the accounts are of revision {revision}, this version knows {NEWEST}")
    # The tables as they were then, filled, and only then brought to what they are now: migrations move rows as well.
    engine = await open_database(url, revision=revision)
    try:
        await load_rows(engine, PORTAL, io.BytesIO(rows), _counter(progress, "accounts", 0))
    finally:
        await engine.dispose()
    await (await open_database(url)).dispose()


def _sync_all(folder: Path) -> None:
    """Bring every file of the folder to the disk."""
    for where, _, names in os.walk(folder):
        for name in names:
            with (Path(where) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(where))


def _counter(progress: Progress, part: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(part, done, total)

    return count
