"""Open the zip packages that office files are, refusing what would harm the one who reads them (ISO/IEC 29500-2)."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shared.errors import Rejected

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SIZE_MAX_BYTES = 8 * 1024 * 1024
ENTRIES_MAX = 2000
UNPACKED_MAX_BYTES = 64 * 1024 * 1024
PART_MAX_BYTES = 16 * 1024 * 1024
# XML packs 10 to 60 times smaller; what packs better was made to fill the memory.
RATIO_MAX = 200
RATIO_COUNTS_FROM_BYTES = 1024 * 1024
# An element takes some hundred bytes of memory, some microseconds, and one "<" of the part or two.
TAGS_MAX = 600_000

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # ISO/IEC 29500-2, annex B
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CONTENT_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
# The strict variant of the standard differs in its namespaces only; one of the two is enough to know.
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = (
    (_STRICT + b"wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (_STRICT + b"officeDocument/relationships", b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
)


def is_office_file(content: bytes) -> bool:
    """Return whether the bytes begin as an office file does: a zip, or the compound file of old."""
    return content.startswith((b"PK\x03\x04", _COMPOUND_FILE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """What one part says of another: the last word of its type ("styles"), its target, whether that lies outside.

    `identifier` is the name ("rId3") under which the part itself speaks of it.
    """

    kind: str
    target: str
    is_external: bool
    identifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An office file that was found harmless: its archive, its main part, and the content type of that."""

    archive: zipfile.ZipFile
    main: str
    content_type: str

    def part(self, name: str) -> bytes | None:
        """Return the bytes of a part, None where there is none. Raises Rejected `office_file.…` as `open_package`."""
        return _part(self.archive, name)

    def xml(self, name: str) -> "Element | None":
        """Return a part as XML without entities, None where there is none. Raises as `open_package`."""
        content = self.part(name)
        return None if content is None else _xml(content)

    def relationships(self, name: str) -> tuple[Relationship, ...]:
        """Return what the part refers to, targets as names of parts. Raises as `open_package`."""
        return _relationships(self.archive, name)

    def related(self, name: str, kind: str) -> str | None:
        """Return the first part of the kind ("styles", "numbering") that the part refers to."""
        found = (one.target for one in self.relationships(name) if one.kind == kind and not one.is_external)
        return next(found, None)


def open_package(content: bytes, content_types: Mapping[str, str]) -> Package:
    """Open an office file whose main part has one of the content types; `content_types` says what is refused why.

    It maps a content type to "" where it is taken, or to the code of the refusal; any other is
    `office_file.unsupported`. Raises Rejected `office_file.too_large` (more than 8 MB, 2,000 entries, or
    64 MB unpacked), `.legacy` (.doc, .xls), `.encrypted`, `.macros`, `.unsafe` (packed to burst, entities),
    `.unreadable` (no zip, torn, packed otherwise than by deflate, no such part).
    """
    if len(content) > SIZE_MAX_BYTES:
        raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    if content.startswith(_COMPOUND_FILE):
        # An encrypted .docx lies in the same container as the .doc of old.
        raise Rejected("office_file.encrypted" if _ENCRYPTED_STREAM in content else "office_file.legacy")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Rejected("office_file.unreadable") from error
    _check_entries(archive)
    main = next((one for one in _relationships(archive, "") if one.kind == "officeDocument"), None)
    if main is None or main.is_external or _part(archive, main.target) is None:
        raise Rejected("office_file.unsupported")
    content_type = _content_type(archive, main.target)
    refusal = content_types.get(content_type)
    if refusal is None:
        raise Rejected("office_file.unsupported")
    if refusal:
        raise Rejected(refusal)
    if any(name.rsplit("/", 1)[-1].lower() == "vbaproject.bin" for name in archive.namelist()):
        raise Rejected("office_file.macros")
    return Package(archive=archive, main=main.target, content_type=content_type)


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES_MAX:
        raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    if len({entry.filename for entry in entries}) != len(entries):
        # Two programs could each read another of the two.
        raise Rejected("office_file.unsafe")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Rejected("office_file.encrypted")
    if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
        # No office program packs otherwise; LZMA reserves the memory that the file asks for.
        raise Rejected("office_file.unreadable")
    if sum(entry.file_size for entry in entries) > UNPACKED_MAX_BYTES:
        raise Rejected("office_file.unsafe")
    for entry in entries:
        is_large = entry.file_size > RATIO_COUNTS_FROM_BYTES
        if is_large and entry.file_size > RATIO_MAX * max(entry.compress_size, 1):
            raise Rejected("office_file.unsafe")


def _part(archive: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        entry = archive.getinfo(name)
    except KeyError:
        return None
    try:
        with archive.open(entry) as file:
            # What the directory says of the size may be a lie; what is read is not.
            content = file.read(PART_MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise Rejected("office_file.unreadable") from error
    if len(content) > PART_MAX_BYTES:
        raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    return content


def _xml(content: bytes) -> "Element":
    if content.count(b"<") > TAGS_MAX:
        raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    if _STRICT in content:
        for strict, transitional in _TRANSITIONAL:
            content = content.replace(strict, transitional)
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Rejected("office_file.unsafe") from error
    except (SyntaxError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise Rejected("office_file.unreadable") from error
    return root


def _relationships(archive: zipfile.ZipFile, name: str) -> tuple[Relationship, ...]:
    folder, _, file = name.rpartition("/")
    content = _part(archive, join(folder, "_rels", f"{file}.rels"))
    if content is None:
        return ()
    return tuple(
        Relationship(
            kind=one.get("Type", "").rpartition("/")[2],
            target=one.get("Target", "") if one.get("TargetMode") == "External" else _absolute(name, one.get("Target")),
            is_external=one.get("TargetMode") == "External",
            identifier=one.get("Id", ""),
        )
        for one in _xml(content).iter(_RELATIONSHIPS)
    )


def _absolute(name: str, target: str | None) -> str:
    written = target or ""
    return written.lstrip("/") if written.startswith("/") else normpath(join(dirname(name), written)).lstrip("/")


def _content_type(archive: zipfile.ZipFile, name: str) -> str:
    content = _part(archive, "[Content_Types].xml")
    if content is None:
        raise Rejected("office_file.unreadable")
    types = _xml(content)
    for override in types.iter(f"{_CONTENT_TYPES}Override"):
        if override.get("PartName", "").lstrip("/") == name:
            return override.get("ContentType", "")
    suffix = name.rpartition(".")[2].lower()
    for default in types.iter(f"{_CONTENT_TYPES}Default"):
        if default.get("Extension", "").lower() == suffix:
            return default.get("ContentType", "")
    return ""
