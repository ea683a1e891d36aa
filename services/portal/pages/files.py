"""Files that reports and dossiers name: taken in by forms, given out to those who may read what names them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response, StreamingResponse

from services.nominations.views import AttachmentView
from services.portal.backend import backend
from services.portal.labels import sentence
from services.portal.pages.reach import Signed
from services.portal.session import portal, session_of
from shared.attachments import EXTENSIONS, download, is_sha256, upload
from shared.errors import Fault, Rejected
from shared.text import nfc
from shared.types import Attachment

router = APIRouter(include_in_schema=False)

FILES_MAX = 5  # of one report or dossier, as its service takes
ACCEPTED = ",".join(f".{one}" for one in EXTENSIONS)
_SERVICES = ("plans", "nominations")  # those that keep files
_MIB = 1024 * 1024
_KEPT = re.compile(r"(?P<handle>[0-9a-f]{64}(\.[\w-]{43})?)/(?P<size>\d{1,12})/(?P<name>[^/]{1,200})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is there already, from an earlier try of the form or from before; the browser does not send it again.

    `handle` is how a command names it.
    """

    handle: str
    size: int
    name: str

    @property
    def value(self) -> str:
        """Return what stands in the form's check box."""
        return f"{self.handle}/{self.size}/{self.name}"

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
    kept = {one.handle: one for one in kept_files(form, field)}
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
            kept[taken.handle] = Kept(handle=taken.handle, size=taken.attachment.size, name=taken.attachment.name)
        except Rejected as refusal:
            complaint = complaint or sentence(refusal.code, refusal.detail)
        except Fault as fault:
            complaint = complaint or sentence(fault.code)
    return tuple(kept.values()), complaint


def kept_files(form: FormData, field: str) -> tuple[Kept, ...]:
    """Return the files that the check boxes of the field name."""
    found = (_KEPT.fullmatch(nfc(one)) for one in form.getlist(field) if isinstance(one, str))
    return tuple(Kept(handle=one["handle"], size=int(one["size"]), name=one["name"]) for one in found if one)


def file_links(service: str, attachments: Sequence[Attachment | AttachmentView]) -> list[dict[str, str]]:
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
