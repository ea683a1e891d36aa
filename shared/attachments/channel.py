"""How files travel between an edge and the service that owns them: plain signed requests, in parts.

`<service>.file.begin-upload` is answered by any instance, with the subject at which that one instance
takes the parts; each part is a request of its own, answered before the next is sent. Reading is the
other way round and needs no memory: each request names the part before, so any instance may answer.
Sealed files travel open, as all words do: the service seals what comes and opens what goes.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from faststream.nats import NatsBroker
from pydantic import TypeAdapter

from shared.attachments.sealing import FileKey
from shared.attachments.store import FileStore, StoredFile, split
from shared.attachments.uploads import Uploads
from shared.bus import BusClient, Reply, serve
from shared.clock import new_id
from shared.codec import MessageCodec, to_plain
from shared.errors import Fault, Rejected
from shared.types import Actor, Attachment

_ATTACHMENT = TypeAdapter(Attachment)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginUpload:
    """Announce a file: its name, size in bytes and SHA-256 in hex. Answer: the subject that takes its parts."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPart:
    """Ask for the part behind the sequence `after` (0: the first); it is part number `index`, from 0 on."""

    sha256: str
    after: int = 0
    index: int = 0


FileRequest: TypeAlias = BeginUpload | ReadPart
REQUESTS: MessageCodec[FileRequest] = MessageCodec("file", FileRequest)
Verified = Callable[[bytes, Mapping[str, str]], Actor]
FileOf = Callable[[str, Actor], Awaitable[StoredFile]]


class FileChannel:
    """The side of the service."""

    def __init__(
        self, store: FileStore, uploads: Uploads, *, verified: Verified, file_of: FileOf, is_open: Callable[[], bool]
    ) -> None:
        """Take the store, the uploads, what checks a request's signature, and what finds a file that an actor may read.

        `file_of` raises Rejected `attachment.not_found` for what is not there and for what is not for this actor;
        `is_open` says whether there is space on the disk for anything new.
        """
        self._store = store
        self._uploads = uploads
        self._verified = verified
        self._file_of = file_of
        self._is_open = is_open
        self._instance = new_id()

    def serve(self, broker: NatsBroker) -> None:
        """Answer on the service's subjects for files, and on those of this instance."""
        service = self._store.service
        serve(broker, service, "file", self._answer)
        serve(broker, service, f"file.{self._instance}", self._take)

    async def _answer(self, name: str, body: bytes, headers: Mapping[str, str]) -> object:
        actor = self._verified(body, headers)
        match REQUESTS.decode(name, body):
            case BeginUpload() as wanted:
                if not self._is_open():
                    raise Rejected("intake.closed")
                upload = self._uploads.begin(actor.account_id, wanted.name, wanted.size, wanted.sha256)
                return {"ok": {"subject": f"{self._store.service}.file.{self._instance}.{upload}"}}
            case ReadPart() as wanted:
                file = await self._file_of(wanted.sha256, actor)
                part = await self._store.part(wanted.sha256, max(wanted.after, 0))
                if part is None:
                    raise Rejected("attachment.not_found")
                told = {
                    "attachment": to_plain(file.attachment),
                    "sealed": file.key is not None,
                    "seq": part.seq,
                    "data": b64encode(file.opened(part.body, max(wanted.index, 0))).decode(),
                }
                return {"ok": told}

    async def _take(self, name: str, body: bytes, headers: Mapping[str, str]) -> object:
        actor = self._verified(body, headers)
        taken = await self._uploads.add(name, actor.account_id, body)
        if isinstance(taken, int):
            return {"ok": {"received": taken}}
        return {"ok": {"attachment": to_plain(taken.attachment), "key": taken.key and taken.key.text}}


# The side of the edge


async def upload(bus: BusClient, service: str, name: str, content: bytes, actor: Actor) -> StoredFile:
    """Send the file to the service and return it; a command names it by its `handle`.

    Raises Rejected `attachment.…`, Fault `bus.…`.
    """
    begin = BeginUpload(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    subject = str(_ok(await bus.file(f"{service}.file.begin-upload", REQUESTS.encode(begin), actor))["subject"])
    if not subject.startswith(f"{service}.file."):
        raise Fault("bus.internal", f"{service} names {subject} for an upload")
    answer: Mapping[str, Any] = {}
    for part in split(content):
        answer = _ok(await bus.file(subject, part, actor))
    key = FileKey.parse(answer["key"]) if answer.get("key") else None
    return StoredFile(attachment=_ATTACHMENT.validate_python(answer["attachment"]), key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file as it comes: what it is, and its bytes in parts."""

    attachment: Attachment
    parts: AsyncIterator[bytes]


async def download(bus: BusClient, service: str, sha256: str, actor: Actor) -> Download:
    """Return the file once its first part is here. Raises Rejected `attachment.not_found`, Fault `bus.…`.

    The last part is only given out when all of it is what the hash says, else Fault `attachment.damaged`. The
    hash of a sealed file is not that of what it holds: the service has opened each part, and only the length is left.
    """

    async def read(after: int, index: int) -> tuple[Attachment, bool, int, bytes]:
        request = REQUESTS.encode(ReadPart(sha256=sha256, after=after, index=index))
        told = _ok(await bus.file(f"{service}.file.read-part", request, actor))
        attachment = _ATTACHMENT.validate_python(told["attachment"])
        return attachment, bool(told.get("sealed")), int(told["seq"]), b64decode(told["data"])

    attachment, is_sealed, seq, first = await read(0, 0)

    async def parts() -> AsyncIterator[bytes]:
        digest, received, part, after = hashlib.sha256(), 0, first, seq
        for index in count(1):
            digest.update(part)
            received += len(part)
            if received >= attachment.size:
                break
            yield part
            _, _, after, part = await read(after, index)
        if received != attachment.size or not (is_sealed or digest.hexdigest() == sha256):
            raise Fault("attachment.damaged", f"{service}: {sha256} is not what was stored")
        yield part

    return Download(attachment=attachment, parts=parts())


def _ok(reply: Reply) -> Any:
    if reply.rejected:
        raise Rejected(reply.rejected, **(reply.detail or {}))
    if reply.fault:
        raise Fault(reply.fault, f"trace {reply.trace_id}" if reply.trace_id else "")
    return reply.ok
