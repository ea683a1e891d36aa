"""From a file to clean text: the only place where a plan document touches the disk."""

import codecs
import unicodedata
from pathlib import Path

from shared.errors import Rejected
from shared.office import package
from shared.office.word import word_text
from shared.text import thinned

SIZE_MAX_BYTES = 2 * 1024 * 1024  # of plain text
# A plan has a few hundred lines; work grows with lines, so this bounds the time of a reading.
LINES_MAX = 20_000

_TEXT_SUFFIXES = {".txt", ".text", ""}
_CONTAINERS = (b"%PDF", b"{\\rtf")
_BLANK_CONTROLS = "\t\n\r\f\v"


def read_document(path: Path) -> str:
    """Return the text of a plan document, NFC, lines ended by a line feed.

    Takes a .docx, and text in UTF-8 (with or without mark) or UTF-16 with mark, up to 2 MB; the bytes say which,
    whatever the name says. Raises Rejected `plan_document.unreadable`, `.empty`, `.too_large`, `.unsupported`, and
    `office_file.…` as `word_text` does.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max(SIZE_MAX_BYTES, package.SIZE_MAX_BYTES) + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise Rejected("plan_document.unreadable", file=path.name) from error
    text = word_text(content) if package.is_office_file(content) else _plain_text(content, path)
    text = clean_text(text)
    if not text.strip():
        raise Rejected("plan_document.empty", file=path.name)
    return text


def _plain_text(content: bytes, path: Path) -> str:
    if len(content) > SIZE_MAX_BYTES:
        raise Rejected("plan_document.too_large", file=path.name, size_max_bytes=SIZE_MAX_BYTES)
    if content.startswith(_CONTAINERS) or path.suffix.lower() not in _TEXT_SUFFIXES:
        raise Rejected("plan_document.unsupported", file=path.name, suffix=path.suffix.lower())
    text = _decode(content, path.name)
    controls = sum(character < " " and character not in _BLANK_CONTROLS for character in text)
    if "\x00" in text or controls * 100 > len(text):
        raise Rejected("plan_document.unsupported", file=path.name, suffix=path.suffix.lower())
    return text


def clean_text(text: str) -> str:
    """Return the text in NFC with one kind of line end.

    Raises Rejected `plan_document.unreadable`, `.too_large`.
    """
    if thinned(text) != text:
        raise Rejected("plan_document.unreadable")  # marks upon marks: no text
    text = unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")
    text = text.replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "")
    if text.count("\n") >= LINES_MAX:
        raise Rejected("plan_document.too_large", lines_max=LINES_MAX)
    # A lone surrogate is no text: JSON could not carry it.
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _decode(content: bytes, file: str) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Rejected("plan_document.unreadable", file=file) from error
