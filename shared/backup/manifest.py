"""What a backup says of itself: its parts with their hashes, and where log and archive ended."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared.backup.streams import StreamCopy
from shared.errors import Fault

FORMAT = 1
NAME = "manifest.json"
ARCHIVE, ACCOUNTS, OWN, CLOCK = "archive.rows", "accounts.sealed", "data-folder.sealed", "clock.json"
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of the backup; `items` counts what is in it: messages, rows or files."""

    path: str
    sha256: str
    size: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveHead:
    """The end of the archive of one stream: its last sequence and, in hex, the hash there."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysFile:
    """The file with the keys of persons that was taken with the backup; it lies beside, and may be gone by now."""

    name: str
    sha256: str
    keys: int
    erased: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A backup: `format` of this description, `version` of the system, `created_at` in real time."""

    format: int
    version: str
    created_at: datetime
    parts: tuple[Part, ...]
    streams: tuple[StreamCopy, ...]
    archive: Mapping[str, ArchiveHead]
    keys: KeysFile

    def part(self, path: str) -> Part:
        """Return the part. Raises Fault `backup.damaged`."""
        for part in self.parts:
            if part.path == path:
                return part
        raise Fault("backup.damaged", f"the manifest names no {path}")


_MANIFEST = TypeAdapter(Manifest)


def system_version() -> str:
    """Return the version of the installed system."""
    try:
        return version("tdkt")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest so that it is whole or not there, and on the disk when this returns."""
    unfinished = folder / f"{NAME}.new"
    with unfinished.open("wb") as file:
        file.write(_MANIFEST.dump_json(manifest, indent=2))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / NAME)
    sync_folder(folder)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest. Raises Fault `backup.incomplete`, `backup.newer`, `backup.damaged`."""
    try:
        text = (folder / NAME).read_bytes()
    except OSError as error:
        raise Fault(
            "backup.incomplete", f"{folder} holds no {NAME}: it is no backup, or one that was cut off"
        ) from error
    try:
        if json.loads(text)["format"] != FORMAT:
            raise Fault("backup.newer", f"{folder} is of another format than {FORMAT}")
        return _MANIFEST.validate_json(text)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise Fault("backup.damaged", f"{folder / NAME} cannot be read") from error


def part_of(folder: Path, path: str, items: int) -> Part:
    """Return the finished file as a part, once it is on the disk."""
    with (folder / path).open("rb") as file:
        os.fsync(file.fileno())
    return Part(path=path, sha256=hash_of(folder / path), size=(folder / path).stat().st_size, items=items)


def check_part(folder: Path, part: Part) -> Path:
    """Return the file once it is as it was taken. Raises Fault `backup.damaged`."""
    path = folder / part.path
    try:
        is_whole = path.stat().st_size == part.size and hash_of(path) == part.sha256
    except OSError as error:
        raise Fault("backup.damaged", f"{part.path} cannot be read: {error.strerror}") from error
    if not is_whole:
        raise Fault("backup.damaged", f"{part.path} is not what was taken")
    return path


def hash_of(path: Path) -> str:
    """Return the SHA-256 of the file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Bring the names in the folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
