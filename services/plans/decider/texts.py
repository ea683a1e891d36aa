"""Texts and files of commands as events keep them: outer blanks gone, within their limit, refused where one is missing.

`limit` counts characters; `field` is the name of what was filled in, told with a refusal so that a form can show it
there, empty where the refusal's code says it already.
"""

from services.plans.rules import ATTACHMENTS_MAX, TEXT_MAX
from shared.errors import Rejected
from shared.types import Attachment

LINE_MAX = 300


def line(text: str, *, limit: int = LINE_MAX, field: str = "") -> str:
    """Return the text as one line, which may be empty. Raises Rejected `text.too_long`."""
    return _limited(" ".join(text.split()), limit, field)


def needed_line(text: str, missing: Rejected, *, limit: int = LINE_MAX, field: str = "") -> str:
    """Return the text as one line. Raises `missing` where there is none, Rejected `text.too_long`."""
    return _needed(line(text, limit=limit, field=field), missing)


def prose(text: str, *, limit: int = TEXT_MAX, field: str = "") -> str:
    """Return the text with its paragraphs, which may be empty. Raises Rejected `text.too_long`."""
    return _limited(text.strip(), limit, field)


def needed_prose(text: str, missing: Rejected, *, limit: int = TEXT_MAX, field: str = "") -> str:
    """Return the text with its paragraphs. Raises `missing` where there is none, Rejected `text.too_long`."""
    return _needed(prose(text, limit=limit, field=field), missing)


def attached(files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Return the files that a command names. Raises Rejected `attachment.too_many`."""
    if len(files) > ATTACHMENTS_MAX:
        raise Rejected("attachment.too_many", limit=ATTACHMENTS_MAX)
    return files


def _needed(text: str, missing: Rejected) -> str:
    if not text:
        raise missing
    return text


def _limited(text: str, limit: int, field: str) -> str:
    if len(text) > limit:
        raise Rejected("text.too_long", limit=limit, **({"field": field} if field else {}))
    return text
