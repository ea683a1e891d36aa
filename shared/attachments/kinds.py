"""What may be attached: a few kinds of documents and pictures, told by their content, never by their name.

Nothing that runs is let in: no programs, no macros, no HTML or SVG, which a browser would execute.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import filetype

from shared.errors import Rejected
from shared.text import nfc

NAME_LENGTH_MAX = 120
_ENTRIES_MAX = 5_000
_UNPACKED_MAX = 200 * 1024 * 1024
_TYPES_MAX = 1024 * 1024
_CONTENT_TYPES = "[Content_Types].xml"
# Control and format characters (a right-to-left mark makes `fdp.exe` of `exe.pdf`), and what no system takes in a name.
_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\"*:<>?|]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file: its media type and how such a file's name may end, the first being the usual one."""

    media_type: str
    extensions: tuple[str, ...]


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLAIN: Mapping[str, Kind] = {
    "application/pdf": Kind(media_type="application/pdf", extensions=("pdf",)),
    "image/jpeg": Kind(media_type="image/jpeg", extensions=("jpg", "jpeg")),
    "image/png": Kind(media_type="image/png", extensions=("png",)),
}
_OFFICE: Mapping[bytes, Kind] = {
    f"{_WORD}.main+xml".encode(): Kind(media_type=_WORD, extensions=("docx",)),
    f"{_EXCEL}.main+xml".encode(): Kind(media_type=_EXCEL, extensions=("xlsx",)),
}
EXTENSIONS = ("pdf", "docx", "xlsx", "jpg", "jpeg", "png")


def examine(name: str, content: bytes) -> tuple[str, str]:
    """Return the cleaned name and the media type of the file.

    Raises Rejected `attachment.empty`, `attachment.kind_refused`, `attachment.name_differs` where the
    name claims another kind than the content is.
    """
    cleaned = clean_name(name)
    if not content:
        raise Rejected("attachment.empty", name=cleaned)
    kind = _kind_of(content)
    if kind is None:
        raise Rejected("attachment.kind_refused", name=cleaned, kinds=", ".join(EXTENSIONS))
    if cleaned.rpartition(".")[2].lower() not in kind.extensions:
        raise Rejected("attachment.name_differs", name=cleaned, kind=kind.extensions[0])
    return cleaned, kind.media_type


def clean_name(name: str) -> str:
    """Return the file's own name in NFC: no folders, no marks that mislead, no more than 120 characters."""
    own = nfc(name.replace("\\", "/").rpartition("/")[2])
    own = " ".join(_UNWANTED.sub("", own).split()).strip(". ")
    stem, dot, extension = own.rpartition(".")
    if not dot or not stem:
        return (own or "tep")[:NAME_LENGTH_MAX]
    return f"{stem[: NAME_LENGTH_MAX - len(extension) - 1].rstrip()}.{extension}"[:NAME_LENGTH_MAX]


def _kind_of(content: bytes) -> Kind | None:
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    guess = filetype.guess(content)  # type: ignore[no-untyped-call]
    return None if guess is None else _PLAIN.get(guess.mime)


def _office_kind(content: bytes) -> Kind | None:
    """Return the kind of an Office file by its own table of contents; None for macros, bombs and any other zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > _ENTRIES_MAX or sum(one.file_size for one in entries) > _UNPACKED_MAX:
                return None
            names = [one.filename.lower() for one in entries]
            if any("vbaproject" in one or one.endswith((".exe", ".dll", ".js", ".vbs", ".bat")) for one in names):
                return None
            table = archive.getinfo(_CONTENT_TYPES)
            # No office program packs otherwise; LZMA reserves the memory that the file asks for.
            if table.file_size > _TYPES_MAX or table.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                return None
            types = archive.read(table)
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        return None
    if b"macroenabled" in types.lower():
        return None
    found = [kind for mark, kind in _OFFICE.items() if mark in types]
    return found[0] if len(found) == 1 else None
