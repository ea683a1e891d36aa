"""A calendar file (iCalendar, RFC 5545): whole-day events, lines of 75 octets at most, ended by CR LF."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE_OCTETS_MAX = 75
MEDIA_TYPE = "text/calendar; charset=utf-8"
_MADE_BY = "-//Thi đua khen thưởng Cần Thơ//Lịch đơn vị//VI"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvent:
    """An event of a whole day; `uid` names it for ever, `sequence` grows whenever it changes."""

    uid: str
    sequence: int
    day: date
    summary: str
    description: str
    url: str
    is_cancelled: bool = False


def calendar_file(name: str, events: Iterable[DayEvent], *, stamp: datetime) -> bytes:
    """Return the calendar of that name; `stamp` is when it was published."""
    at = f"{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_text(_MADE_BY)}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",  # RFC 7986; older programs read the next one
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for event in events:
        lines += _event(event, at)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(event: DayEvent, at: str) -> Sequence[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{at}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",  # the end is the day after, exclusive
        f"SUMMARY:{_text(event.summary)}",
        f"DESCRIPTION:{_text(event.description)}",
        f"URL:{event.url}",
        f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",  # what is due that day takes nobody's time
        "END:VEVENT",
    ]


def _text(value: str) -> str:
    """Return a text as a value of the file (RFC 5545, 3.3.11)."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in value if char == "\n" or char >= " ")
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """Return the line with its end, in pieces of at most 75 octets that never part a letter (RFC 5545, 3.1)."""
    pieces: list[bytes] = []
    piece = b""
    for char in line:
        octets = char.encode()
        if len(piece) + len(octets) > LINE_OCTETS_MAX:
            pieces.append(piece)
            piece = b" "  # a piece that goes on begins with a blank
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
