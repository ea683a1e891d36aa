"""Is this a spreadsheet that may be opened at all? Asked of the bytes, never of the name."""

import io
import zipfile
import zlib
from enum import StrEnum

from shared.errors import Rejected
from shared.office.package import SIZE_MAX_BYTES, open_package

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MACROS = "office_file.macros"
CONTENT_TYPES = {
    f"{_OOXML}.sheet.main+xml": "",
    f"{_OOXML}.template.main+xml": "",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": _MACROS,
    "application/vnd.ms-excel.template.macroEnabled.main+xml": _MACROS,
    "application/vnd.ms-excel.addin.macroEnabled.main+xml": _MACROS,
}
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_WORKBOOK_BEGINS = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # BOF of BIFF 8, globals
_FILE_PASS = b"\x2f\x00"
_FIRST_RECORDS = 20
_MANIFEST = "META-INF/manifest.xml"
_MANIFEST_MAX_BYTES = 1_000_000
_UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, ValueError, NotImplementedError, OSError)


class FileFormat(StrEnum):
    """The formats that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"


def check_file(content: bytes) -> FileFormat:
    """Return the format of the file (.xlsx: ISO/IEC 29500; .xls: MS-XLS; .ods: ISO/IEC 26300).

    Raises Rejected `workbook.unsupported` for what is no spreadsheet, and as `package.open_package` does:
    `office_file.too_large`, `.macros`, `.encrypted`, `.unsafe`, `.unreadable`.
    """
    if len(content) > SIZE_MAX_BYTES:
        raise Rejected("office_file.too_large", limit_mb=SIZE_MAX_BYTES // 2**20)
    if content.startswith(_COMPOUND_FILE):
        return _check_compound(content)
    if not content.startswith(b"PK"):
        raise Rejected("workbook.unsupported")
    if _is_open_document(content):
        return FileFormat.ODS
    try:
        package = open_package(content, CONTENT_TYPES)
    except Rejected as refusal:
        if refusal.code == "office_file.unsupported":
            raise Rejected("workbook.unsupported") from refusal
        raise
    # Macros of Excel 4 need no module of their own: they are sheets.
    if any("/macrosheets/" in name.lower() for name in package.archive.namelist()):
        raise Rejected("office_file.macros")
    return FileFormat.XLSX


def _check_compound(content: bytes) -> FileFormat:
    if _has_stream(content, "EncryptedPackage"):
        raise Rejected("office_file.encrypted")
    if _has_stream(content, "_VBA_PROJECT_CUR") or _has_stream(content, "_VBA_PROJECT"):
        raise Rejected("office_file.macros")
    if _has_password(content):
        raise Rejected("office_file.encrypted")
    if not (_has_stream(content, "Workbook") or _has_stream(content, "Book")):
        raise Rejected("workbook.unsupported")
    return FileFormat.XLS


def _has_password(content: bytes) -> bool:
    """Return whether FILEPASS is among the first records; what follows it is encrypted (MS-XLS 2.2.10)."""
    place = content.find(_WORKBOOK_BEGINS)
    for _ in range(_FIRST_RECORDS):
        kind, length = content[place : place + 2], int.from_bytes(content[place + 2 : place + 4], "little")
        if place < 0 or kind == _FILE_PASS:
            return place >= 0
        place += 4 + length
    return False


def _has_stream(content: bytes, name: str) -> bool:
    # The directory of a compound file holds the names as UTF-16 (MS-CFB 2.6.1).
    return name.encode("utf-16-le") + b"\x00\x00" in content


def _is_open_document(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "mimetype" not in names or _start_of(archive, "mimetype").strip() != _ODS:
                return False
            if b"encryption-data" in _start_of(archive, _MANIFEST):
                raise Rejected("office_file.encrypted")
            if any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in names):
                raise Rejected("office_file.macros")
            return True
    except _UNREADABLE as error:
        raise Rejected("office_file.unreadable") from error


def _start_of(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(_MANIFEST_MAX_BYTES)
