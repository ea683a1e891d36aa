"""Calendar files: lines as RFC 5545 wants them, whatever a task is called."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.portal.ics import DayEvent, calendar_file, folded

STAMP = datetime(2020, 2, 6, 1, 0, 30, 5, tzinfo=UTC)


def event(summary: str, *, is_cancelled: bool = False) -> DayEvent:
    """Return an event of that name."""
    return DayEvent(
        uid="cai-rang-2020-5-a@x",
        sequence=12,
        day=date(2020, 12, 31),
        summary=summary,
        description="",
        url="https://vi.du/nhiem-vu/5",
        is_cancelled=is_cancelled,
    )


def lines_of(content: bytes) -> list[str]:
    """Return the lines of the file, unfolded as a calendar program does it."""
    assert content.endswith(b"\r\n")
    return content.decode().replace("\r\n ", "").split("\r\n")[:-1]


def test_a_whole_day_ends_at_the_day_after() -> None:
    lines = lines_of(calendar_file("Lịch", [event("Họp")], stamp=STAMP))
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert "DTSTART;VALUE=DATE:20201231" in lines
    assert "DTEND;VALUE=DATE:20210101" in lines
    assert "DTSTAMP:20200206T010030Z" in lines
    assert "SEQUENCE:12" in lines
    assert "STATUS:CONFIRMED" in lines


def test_a_cancelled_task_is_a_cancelled_event() -> None:
    assert "STATUS:CANCELLED" in lines_of(calendar_file("Lịch", [event("Họp", is_cancelled=True)], stamp=STAMP))


def test_what_separates_values_is_escaped() -> None:
    lines = lines_of(calendar_file("Lịch", [event("A; B, C\\D\r\nE")], stamp=STAMP))
    assert "SUMMARY:A\\; B\\, C\\\\D\\nE" in lines


@given(st.text())
def test_any_text_stays_one_value_of_its_event(text: str) -> None:
    surrogates = text.encode("utf-8", "ignore").decode()
    lines = lines_of(calendar_file(surrogates, [event(surrogates)], stamp=STAMP))
    assert [line.split(":")[0].split(";")[0] for line in lines[8:20]] == [
        "BEGIN",
        "UID",
        "DTSTAMP",
        "SEQUENCE",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "DESCRIPTION",
        "URL",
        "STATUS",
        "TRANSP",
        "END",
    ]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=400))
def test_a_line_is_parted_after_75_octets_and_never_within_a_letter(text: str) -> None:
    pieces = folded(text).split(b"\r\n")[:-1]
    assert all(len(piece) <= 75 for piece in pieces)
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert "".join([pieces[0].decode(), *(piece[1:].decode() for piece in pieces[1:])]) == text
