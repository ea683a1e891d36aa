"""How dates, instants and numbers are written on the screen, as filters for the templates."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from shared.clock import ZONE
from shared.office.word.formalities import day_in_words

NARROW_SPACE = "\u202f"  # narrow no-break space between groups of three digits
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\S*(Z|[+-]\d{2}:\d{2})")


def day(value: date | str | None) -> str:
    """Return a date as 25/06/2020; an instant as its date in Vietnam; nothing as an empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(ZONE).date()
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def instant(value: datetime | str | None) -> str:
    """Return an instant as 06/02/2020 08:00 in Vietnam."""
    return f"{day(value)} {time_of_day(value)}" if value else ""


def time_of_day(value: datetime | str | None) -> str:
    """Return an instant as 08:00 in Vietnam."""
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(ZONE):%H:%M}"


def number(value: int | None) -> str:
    """Return a whole number in groups of three: 18 204."""
    return "" if value is None else f"{value:,}".replace(",", NARROW_SPACE)


def decimal(value: Decimal | float | str | None, places: int | None = None) -> str:
    """Return a decimal with a comma: 9,5; with `places` exactly so many digits after it."""
    if value is None or value == "":
        return ""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if places is not None:
        written = f"{exact:,.{places}f}"
    else:
        written = f"{exact:,f}"
        written = written.rstrip("0").rstrip(".") if "." in written else written
    return written.replace(",", NARROW_SPACE).replace(".", ",")


def plain(value: object) -> str:
    """Return a JSON value as a sentence shows it: ISO dates, instants, numbers and lists in our way of writing.

    What only looks like a date, because somebody typed it, is shown as it is.
    """
    try:
        return _written(value)
    except ValueError:
        return str(value)


def _written(value: object) -> str:
    match value:
        case None:
            return "…"
        case bool():
            return "có" if value else "không"
        case int():
            return number(value) if value >= 10_000 else str(value)
        case float() | Decimal():
            return decimal(value)
        case str() if _ISO_DATE.fullmatch(value):
            return day(value)
        case str() if _ISO_INSTANT.fullmatch(value):
            return instant(value)
        case list() | tuple():
            return ", ".join(plain(each) for each in value)
        case _:
            return str(value)


FILTERS: Mapping[str, Callable[..., str]] = {
    "day": day,
    "instant": instant,
    "time_of_day": time_of_day,
    "day_in_words": day_in_words,
    "number": number,
    "decimal": decimal,
    "plain": plain,
}
