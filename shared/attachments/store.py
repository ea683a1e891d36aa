"""The files of one service, in the object store of NATS: any client of NATS can list and read them.

An object is named `<SHA-256>/<account>`: who uploaded a file may name it, and knowing a hash is not
enough to get at what others uploaded. The bytes are kept once, under their SHA-256, whoever uploads
them. Bytes and entry are one atomic batch, so a file is there as a whole or not at all.

Of a sealed file all this is said of the sealed bytes; a command names it by its hash and its key.
"""

import asyncio
import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nats.aio.client import Client

from shared.attachments.sealing import TAG_BYTES, FileKey
from shared.clock import real_now
from shared.codec import utc_text
from shared.errors import Fault, Rejected
from shared.eventstore import Conflict, EventStore, Message, NewEvent, Unsure, last_message, next_message, read_batch
from shared.topology import object_stream
from shared.types import Attachment

CHUNK_BYTES = 128 * 1024
CLAIM_KEPT = timedelta(hours=12)  # how long after its upload a file may be named; only what is older is swept
_ATTEMPTS_MAX = 5
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file in a service's store: what it is and, where it is sealed, the key that opens it.

    Name, size and type are those of what was uploaded; the SHA-256 is that of what is stored.
    """

    attachment: Attachment
    key: FileKey | None = None

    @property
    def handle(self) -> str:
        """Return how a command names the file: `<SHA-256>`, of a sealed one `<SHA-256>.<key>`."""
        return self.attachment.sha256 if self.key is None else f"{self.attachment.sha256}.{self.key.text}"

    def opened(self, part: bytes, index: int) -> bytes:
        """Return what the stored part of that number holds. Raises Fault `seal.unreadable`."""
        if self.key is None:
            return part
        return self.key.open(part, index, is_last=(index + 1) * CHUNK_BYTES >= self.attachment.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An upload: the file, who uploaded it, and when (real time); a sealed one under a neutral name, its own sealed."""

    attachment: Attachment
    account: str
    at: datetime
    sealed_name: str = ""


class FileStore:
    """The files of a service."""

    def __init__(self, client: Client, service: str) -> None:
        """Take a connection whose user may read, and for `put` write, the service's object store."""
        self.service = service
        self.stream = object_stream(service)
        self._client = client
        self._store = EventStore(client, self.stream, timeout_s=15.0)

    async def put(
        self, parts: Sequence[bytes], name: str, media_type: str, account: str, key: FileKey | None = None
    ) -> StoredFile:
        """Keep the file for the account and return how a command names it; it is on the disk then.

        `key` is what the parts were sealed with, where they were: the file's name is then sealed as well.
        Raises Rejected `attachment.store_full`, Fault `store.unavailable`.
        """
        sha256, stored_size = hashlib.sha256(b"".join(parts)).hexdigest(), sum(map(len, parts))
        size = stored_size if key is None else stored_size - TAG_BYTES * len(parts)
        file = StoredFile(attachment=Attachment(sha256=sha256, name=name, size=size, media_type=media_type), key=key)
        entry = _entry(self.service, file, account, stored_size=stored_size, chunks=len(parts))
        bytes_at, entry_at = self._bytes_subject(sha256), self._entry_subject(sha256, account)
        for _ in range(_ATTEMPTS_MAX):
            stored = await last_message(self._client, self.stream, bytes_at)
            known = await last_message(self._client, self.stream, entry_at)
            events = [NewEvent(subject=bytes_at, headers={}, body=part) for part in ([] if stored else parts)]
            events.append(NewEvent(subject=entry_at, headers={}, body=entry))
            expected = {bytes_at: 0, entry_at: known.seq if known else 0}
            try:
                await self._store.append(events, expected)
            except (Conflict, Unsure):
                # Somebody stored the same bytes, or this did happen, or the server has too much to do: look again.
                await asyncio.sleep(_PAUSE_S)
                continue
            except Fault as fault:
                if fault.code == "store.full":
                    raise Rejected("attachment.store_full", name=name) from fault
                raise
            return file
        raise Fault("store.unavailable", f"{self.stream}: {sha256} could not be stored in {_ATTEMPTS_MAX} attempts")

    async def claimed(self, handle: str, account: str) -> StoredFile:
        """Return the file of the handle, that the account uploaded a while ago.

        Raises Rejected `attachment.not_uploaded` where it did not, or too long ago, or where the key is not the file's.
        """
        sha256, _, key = handle.partition(".")
        if not is_sha256(sha256):
            raise Rejected("attachment.not_uploaded", sha256=sha256[:64])
        entry = await last_message(self._client, self.stream, self._entry_subject(sha256, account))
        claim = claim_of(entry) if entry else None
        file = _named(claim, key) if claim else None
        # The bytes are looked at last: were they swept a moment ago, the file has to come again.
        if (
            claim is None
            or file is None
            or real_now() - claim.at > CLAIM_KEPT
            or await last_message(self._client, self.stream, self._bytes_subject(sha256)) is None
        ):
            raise Rejected("attachment.not_uploaded", sha256=sha256)
        return file

    async def part(self, sha256: str, after: int) -> Message | None:
        """Return the first part of the bytes after the sequence; None behind the last."""
        return await next_message(self._client, self.stream, self._bytes_subject(sha256), after=after)

    async def is_whole(self, sha256: str) -> bool:
        """Return whether the bytes are there and are those of the hash."""
        digest, count = hashlib.sha256(), 0
        async with aclosing(read_batch(self._client, self.stream, self._bytes_subject(sha256), batch=50)) as parts:
            async for message in parts:
                digest.update(message.body)
                count += 1
        return count > 0 and digest.hexdigest() == sha256

    async def claims(self) -> AsyncGenerator[Claim, None]:
        """Yield every upload there ever was and that was not swept, oldest first."""
        async with aclosing(read_batch(self._client, self.stream, f"$O.{self.service}.M.>")) as entries:
            async for message in entries:
                claim = claim_of(message)
                if claim is not None:
                    yield claim

    def subjects(self, sha256: str, account: str) -> tuple[str, str]:
        """Return where the entry of the upload lies, and where the bytes."""
        return self._entry_subject(sha256, account), self._bytes_subject(sha256)

    def _bytes_subject(self, sha256: str) -> str:
        return f"$O.{self.service}.C.{sha256}"

    def _entry_subject(self, sha256: str, account: str) -> str:
        return f"$O.{self.service}.M.{urlsafe_b64encode(f'{sha256}/{account}'.encode()).decode()}"


def split(content: bytes) -> list[bytes]:
    """Return the content in the parts in which it travels and is kept."""
    return [content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES)]


def _entry(service: str, file: StoredFile, account: str, *, stored_size: int, chunks: int) -> bytes:
    """Return the entry as every client of NATS reads it; what only we know stands in `metadata`."""
    attachment = file.attachment
    digest = urlsafe_b64encode(bytes.fromhex(attachment.sha256)).decode()
    metadata = {"file_name": attachment.name, "media_type": attachment.media_type, "account": account}
    if file.key is not None:
        # A file about a person is often named after the person.
        neutral = f"tep.{attachment.name.rpartition('.')[2].lower()}"
        metadata |= {
            "file_name": neutral,
            "sealed_name": file.key.seal_name(attachment.name),
            "size": str(attachment.size),
        }
    entry = {
        "name": f"{attachment.sha256}/{account}",
        "bucket": service,
        "nuid": attachment.sha256,
        "size": stored_size,
        "mtime": utc_text(real_now()),
        "chunks": chunks,
        "digest": f"SHA-256={digest}",
        "options": {"max_chunk_size": CHUNK_BYTES if file.key is None else CHUNK_BYTES + TAG_BYTES},
        "metadata": metadata,
    }
    return json.dumps(entry, ensure_ascii=False).encode()


def claim_of(entry: Message) -> Claim | None:
    """Return the upload that an entry tells of; None for an entry that is none of ours."""
    try:
        told = json.loads(entry.body)
        metadata = told["metadata"]
        attachment = Attachment(
            sha256=told["nuid"],
            name=metadata["file_name"],
            size=int(metadata.get("size", told["size"])),
            media_type=metadata["media_type"],
        )
        sealed_name = metadata.get("sealed_name", "")
        return Claim(attachment=attachment, account=metadata["account"], at=entry.recorded_at, sealed_name=sealed_name)
    except (ValueError, KeyError, TypeError):
        return None


def _named(claim: Claim, key: str) -> StoredFile | None:
    """Return the file under its own name; None where the key is not that of the file."""
    if not claim.sealed_name:
        return None if key else StoredFile(attachment=claim.attachment)
    try:
        opening = FileKey.parse(key)
        return StoredFile(attachment=replace(claim.attachment, name=opening.open_name(claim.sealed_name)), key=opening)
    except Fault:
        return None


def is_sha256(text: str) -> bool:
    """Return whether the text is a SHA-256 in hex, as we write it."""
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text)
