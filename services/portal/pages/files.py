"""Files that reports name: taken in by forms, and given out to those who may read what names them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response, StreamingResponse

from services.portal.backend import backend
from services.portal.labels import sentence
from services.portal.pages.reach import Signed
from services.portal.session import portal, session_of
from shared.attachments import EXTENSIONS, download, is_sha256, upload
from shared.errors import Fault, Rejected
from shared.text import nfc
from shared.types import Attachment

router = APIRouter(include_in_schema=False)

FILES_MAX = 5  # of one report, as its service takes
ACCEPTED = ",".join(f".{one}" for one in EXTENSIONS)
_SERVICES = ("plans",)  # those that keep files
_MIB = 1024 * 1024
_KEPT = re.compile(r"(?P<sha256>[0-9a-f]{64})/(?P<size>\d{1,12})/(?P<name>[^/]{1,200})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that was uploaded with an earlier try of the form; the browser would not send it again."""

    sha256: str
    size: int
    name: str

    @property
    def value(self) -> str:
        """Return what stands in the form's check box."""
        return f"{self.sha256}/{self.size}/{self.name}"

    @property
    def words(self) -> str:
        """Return the name with the size."""
        return f"{self.name} ({size_words(self.size)})"


async def take_files(request: Request, form: FormData, field: str, service: str) -> tuple[tuple[Kept, ...], str]:
    """Upload the files of the field; return all that are there now, and a sentence where one was not taken.

    Those that came with an earlier try are named by check boxes of the same field.
    """
    account = await session_of(request)
    if account is None:
        raise Rejected("access.sign_in_needed")
    given = form.getlist(field)
    kept = {one.sha256: one for one in map(_kept, given) if one}
    new = [one for one in given if isinstance(one, UploadFile) and one.filename]
    if len(kept) + len(new) > FILES_MAX:
        return tuple(kept.values()), sentence("attachment.too_many", {"limit": FILES_MAX})
    size_max = portal(request).settings.attachment_max_mb * _MIB
    complaint = ""
    for one in new:
        name = str(one.filename)
        try:
            # Who asks the service with a larger file is refused there as well; this only spares the way.
            content = await one.read(size_max + 1)
            if len(content) > size_max:
                raise Rejected("attachment.too_large", name=name, limit_mb=size_max // _MIB)
            taken = await upload(backend(request).bus, service, name, content, account.actor)
            kept[taken.sha256] = Kept(sha256=taken.sha256, size=taken.size, name=taken.name)
        except Rejected as refusal:
            complaint = complaint or sentence(refusal.code, refusal.detail)
        except Fault as fault:
            complaint = complaint or sentence(fault.code)
    return tuple(kept.values()), complaint


def _kept(value: UploadFile | str) -> Kept | None:
    found = _KEPT.fullmatch(nfc(value)) if isinstance(value, str) else None
    return found and Kept(sha256=found["sha256"], size=int(found["size"]), name=found["name"])


def file_links(service: str, attachments: Sequence[Attachment]) -> list[dict[str, str]]:
    """Return the files as links: where, and in which words."""
    return [
        {"href": f"/tep/{service}/{one.sha256}", "text": f"{one.name} ({size_words(one.size)})"} for one in attachments
    ]


def size_words(size: int) -> str:
    """Return the size as people read it: 812 B, 45 kB, 1,2 MB."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{round(size / 1000)} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")


@router.get("/tep/{service}/{sha256}")
async def give_file(request: Request, account: Signed, service: str, sha256: str) -> Response:
    """Give out a file, to be saved, never to be shown by the browser itself."""
    if service not in _SERVICES or not is_sha256(sha256):
        raise Rejected("attachment.not_found")
    found = await download(backend(request).bus, service, sha256, account.actor)
    name = found.attachment.name
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return StreamingResponse(
        found.parts,
        media_type=found.attachment.media_type,
        headers={
            "content-length": str(found.attachment.size),
            "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "content-security-policy": "default-src 'none'; sandbox",
            # Already packed, all of them.
            "content-encoding": "identity",
        },
    )
