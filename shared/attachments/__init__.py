"""Files that events name: what may be attached, where it is kept, and how it travels (docs/adr/0017).

The owning service keeps its files in an object store of NATS under its own rights. The edge relays the
bytes over plain requests, in parts; the command that follows names the file by its SHA-256.
"""

from shared.attachments.channel import Download, FileChannel, download, upload
from shared.attachments.kinds import EXTENSIONS
from shared.attachments.store import CLAIM_KEPT, FileStore, is_sha256
from shared.attachments.uploads import Uploads

__all__ = [
    "CLAIM_KEPT",
    "EXTENSIONS",
    "Download",
    "FileChannel",
    "FileStore",
    "Uploads",
    "download",
    "is_sha256",
    "upload",
]
