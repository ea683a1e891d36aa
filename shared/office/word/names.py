"""The names of WordprocessingML that reading needs, and the two forms its values take."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DIGITS_MAX = 9


def value_of(element: "Element | None") -> str | None:
    """Return the `w:val` of an element, None where either is missing."""
    return None if element is None else element.get(f"{W}val")


def number_of(element: "Element | None") -> int | None:
    """Return the `w:val` of an element as a number, None where it is none."""
    written = value_of(element) or ""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= _DIGITS_MAX else None


def is_on(element: "Element | None") -> bool:
    """Return whether a switch like `w:vanish` is set: it is where it stands without a value."""
    return element is not None and (value_of(element) or "true") not in ("0", "false", "off")
