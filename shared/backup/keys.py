"""Keys of persons in files of their own, shorter kept than the backups, and the list of who was erased.

The log keeps an erased person's words for ever, sealed; only the key is gone. So an old copy of the
keys is what would bring an erased person back. Three things stand against it: of the keys files only
the newest few are kept (they open every older backup as well: keys are only ever added); the list of
the erased (`erased.json`: ids, no secrets) is never shortened and lies with the keys; and a restore
destroys the key of everybody whom that list, the keys file or the restored log calls erased.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.backup.manifest import KeysFile, hash_of, sync_folder
from shared.backup.sealed import seal, unseal
from shared.errors import Fault

FOLDER = "person-keys"
ERASED = "erased.json"
KEPT = 2  # the newest, and the one before it in case the newest is damaged
_PREFIX, _SUFFIX = "person-keys-", ".sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKeys:
    """Every key as it was at one moment; None for an erased person."""

    taken_at: datetime
    secrets: Mapping[str, bytes | None]

    @property
    def erased(self) -> frozenset[str]:
        """Return who was erased."""
        return frozenset(kid for kid, secret in self.secrets.items() if secret is None)


def write_keys(folder: Path, keys: PersonKeys, passphrase: str) -> KeysFile:
    """Write the keys, sealed, and add to the list of the erased; the list first, for it must not be the older one.

    Raises Fault `backup.passphrase_short`, `backup.damaged` where the list that is there cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _add_erased(folder, keys.erased)
    content = json.dumps(
        {
            "taken_at": keys.taken_at.isoformat(),
            "secrets": {kid: b64encode(one).decode() if one else None for kid, one in sorted(keys.secrets.items())},
        }
    ).encode()
    path = folder / f"{_PREFIX}{keys.taken_at:%Y%m%dT%H%M%S%fZ}{_SUFFIX}"
    _write(path, seal(content, passphrase))
    erased = len(keys.erased)
    return KeysFile(name=path.name, sha256=hash_of(path), keys=len(keys.secrets) - erased, erased=erased)


def read_keys(path: Path, passphrase: str) -> PersonKeys:
    """Return the keys of the file. Raises Fault `backup.keys_missing`, `backup.passphrase_wrong`, `backup.damaged`."""
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise Fault("backup.keys_missing", f"{path}: {error.strerror}") from error
    content = unseal(sealed, passphrase)
    try:
        found: Any = json.loads(content)
        return PersonKeys(
            taken_at=datetime.fromisoformat(found["taken_at"]),
            secrets={kid: b64decode(one, validate=True) if one else None for kid, one in found["secrets"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault("backup.damaged", f"{path} holds no keys") from error


def newest_keys(folder: Path) -> Path:
    """Return the newest keys file of the folder, or the file itself. Raises Fault `backup.keys_missing`."""
    if folder.is_file():
        return folder
    files = _files(folder)
    if not files:
        raise Fault("backup.keys_missing", f"no keys of persons in {folder}")
    return files[-1]


def drop_old_keys(folder: Path) -> list[str]:
    """Delete all keys files but the newest few; return the names of those that went."""
    gone = _files(folder)[:-KEPT]
    for path in gone:
        path.unlink()
    if gone:
        sync_folder(folder)
    return [path.name for path in gone]


def read_erased(folder: Path) -> frozenset[str]:
    """Return the list of the erased; empty where there is none. Raises Fault `backup.damaged`."""
    try:
        found = json.loads((folder / ERASED).read_bytes())
        return frozenset(str(kid) for kid in found["erased"])
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Fault("backup.damaged", f"{folder / ERASED} cannot be read") from error


def surviving(keys: PersonKeys, erased: Iterable[str]) -> dict[str, bytes | None]:
    """Return the keys as they may be restored: nothing but a tombstone for everybody who was erased."""
    return {**keys.secrets, **dict.fromkeys(erased)}


def sealed_for(body: Any) -> set[str]:
    """Return the ids of the keys under which anything in this JSON value is sealed."""
    if isinstance(body, dict):
        own = {body["kid"]} if body.keys() >= {"kid", "nonce", "ct"} and isinstance(body["kid"], str) else set()
        return own.union(*(sealed_for(value) for value in body.values()))
    if isinstance(body, list):
        return set().union(*(sealed_for(value) for value in body))
    return set()


def _files(folder: Path) -> list[Path]:
    # The names sort by the moment at which they were taken.
    return sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))


def _add_erased(folder: Path, erased: Iterable[str]) -> None:
    known = read_erased(folder)
    everybody = known.union(erased)
    if everybody != known or not (folder / ERASED).exists():
        _write(folder / ERASED, json.dumps({"erased": sorted(everybody)}, indent=2).encode())


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)
