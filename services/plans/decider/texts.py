"""Texts of commands as events keep them: outer blanks gone, within their limit, refused where needed and empty."""

from services.plans.rules import TEXT_MAX
from shared.errors import Rejected

LINE_MAX = 300


def line(text: str) -> str:
    """Return the text as one line. Raises Rejected `text.too_long`."""
    return _limited(" ".join(text.split()), LINE_MAX)


def needed_line(text: str, missing: Rejected) -> str:
    """Return the text as one line. Raises `missing` where there is none, Rejected `text.too_long`."""
    return _needed(line(text), missing)


def prose(text: str) -> str:
    """Return the text with its paragraphs. Raises Rejected `text.too_long`."""
    return _limited(text.strip(), TEXT_MAX)


def needed_prose(text: str, missing: Rejected) -> str:
    """Return the text with its paragraphs. Raises `missing` where there is none, Rejected `text.too_long`."""
    return _needed(prose(text), missing)


def _needed(text: str, missing: Rejected) -> str:
    if not text:
        raise missing
    return text


def _limited(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Rejected("text.too_long", limit=limit)
    return text
