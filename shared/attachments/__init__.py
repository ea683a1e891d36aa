"""Files that events name: what may be attached, where it is kept, and how it travels (docs/adr/0017).

The owning service keeps its files in an object store of NATS under its own rights, sealed where they are
about persons. The edge relays the bytes over plain requests, in parts; the command that follows names the
file by its handle.
"""

from shared.attachments.channel import Download, FileChannel, download, upload
from shared.attachments.kinds import EXTENSIONS
from shared.attachments.sealing import FileKey
from shared.attachments.store import CLAIM_KEPT, FileStore, StoredFile, is_sha256
from shared.attachments.uploads import Uploads

__all__ = [
    "CLAIM_KEPT",
    "EXTENSIONS",
    "Download",
    "FileChannel",
    "FileKey",
    "FileStore",
    "StoredFile",
    "Uploads",
    "download",
    "is_sha256",
    "upload",
]
