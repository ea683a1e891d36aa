"""Uploads under way in one process: the bytes come in parts and are kept in memory until they are complete.

Only what is whole, of the announced hash and of an allowed kind gets into the store, sealed where the
service seals its files. What stays away for half a minute is forgotten; how many at once, and how many
of one account, is bounded.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.attachments.kinds import clean_name, examine
from shared.attachments.sealing import FileKey
from shared.attachments.store import CHUNK_BYTES, FileStore, StoredFile, is_sha256
from shared.errors import Rejected

IDLE_S = 30.0
AT_ONCE_MAX = 16
OF_ACCOUNT_MAX = 3


@dataclass(slots=True, kw_only=True)
class _Upload:
    account: str
    name: str
    size: int
    sha256: str
    heard_s: float
    parts: list[bytes] = field(default_factory=list)
    received: int = 0


class Uploads:
    """The uploads of one instance of a service."""

    def __init__(
        self, store: FileStore, *, size_max: int, seals: bool = False, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Take where whole files go, the largest size in bytes, and whether files are sealed before they go there."""
        self._store = store
        self._size_max = size_max
        self._seals = seals
        self._now_s = now_s
        self._running: dict[str, _Upload] = {}
        self._storing: list[str] = []  # the accounts whose complete files are on their way into the store

    def begin(self, account: str, name: str, size: int, sha256: str) -> str:
        """Return the id under which the parts are sent, to this instance.

        Raises Rejected `attachment.empty`, `attachment.too_large`, `attachment.malformed`, `attachment.busy`.
        """
        self._forget_idle()
        shown = clean_name(name)
        if size <= 0:
            raise Rejected("attachment.empty", name=shown)
        if size > self._size_max:
            raise Rejected("attachment.too_large", name=shown, limit_mb=self._size_max // (1024 * 1024))
        if not is_sha256(sha256):
            raise Rejected("attachment.malformed", name=shown)
        accounts = [*(one.account for one in self._running.values()), *self._storing]
        if len(accounts) >= AT_ONCE_MAX or accounts.count(account) >= OF_ACCOUNT_MAX:
            raise Rejected("attachment.busy", name=shown)
        upload_id = secrets.token_hex(16)
        self._running[upload_id] = _Upload(account=account, name=name, size=size, sha256=sha256, heard_s=self._now_s())
        return upload_id

    async def add(self, upload_id: str, account: str, part: bytes) -> StoredFile | int:
        """Take the next part; return how many bytes have come, or the stored file after the last.

        The key of a sealed file is in this answer and nowhere else.
        Raises Rejected `attachment.unknown_upload`, `attachment.malformed`, and as `examine` and `FileStore.put` do.
        """
        self._forget_idle()
        upload = self._running.get(upload_id)
        if upload is None or upload.account != account:
            raise Rejected("attachment.unknown_upload")
        expected = min(CHUNK_BYTES, upload.size - upload.received)
        if len(part) != expected:
            del self._running[upload_id]
            raise Rejected("attachment.malformed", name=clean_name(upload.name))
        upload.parts.append(part)
        upload.received += len(part)
        upload.heard_s = self._now_s()
        if upload.received < upload.size:
            return upload.received
        del self._running[upload_id]
        content = b"".join(upload.parts)
        if hashlib.sha256(content).hexdigest() != upload.sha256:
            raise Rejected("attachment.malformed", name=clean_name(upload.name))
        name, media_type = examine(upload.name, content)
        del content
        key = FileKey.new() if self._seals else None
        parts = upload.parts if key is None else key.seal(upload.parts)
        del upload
        self._storing.append(account)
        try:
            return await self._store.put(parts, name, media_type, account, key)
        finally:
            self._storing.remove(account)

    def _forget_idle(self) -> None:
        oldest_s = self._now_s() - IDLE_S
        self._running = {key: one for key, one in self._running.items() if one.heard_s >= oldest_s}
