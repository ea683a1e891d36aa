"""Headers are read as nats-py reads them, whatever comes."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nats.aio.client import Client

from shared.eventstore import EventStore, NewEvent
from shared.feed import Feed
from shared.headers import parse_headers, quicken
from shared.topology import live_consumer
from tests.support.nats import running_nats

theirs = Client._parse_header_lines
names = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=":"), min_size=1)
plain = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
anything = st.binary()


@given(st.dictionaries(names, plain, min_size=1))
def test_plain_headers_are_read_as_nats_py_reads_them(headers: dict[str, str]) -> None:
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"
    assert parse_headers(raw) == theirs(raw) == headers


@given(st.lists(st.tuples(anything, st.sampled_from([b":", b": ", b":\t", b" : ", b""]), anything)))
@example([(b" A", b": ", b"b"), (b"C", b": ", b"d")])
@example([(b"two words", b": ", b"x")])
@example([(b"Name", b": ", b"")])
@example([(b"Name", b": ", " giá trị ".encode())])
@example([(b"Name", b": ", b"a\nOther: b")])
@example([(b"Name", b": ", b"a\r\n\r\nOther: b")])
def test_any_other_headers_are_read_as_nats_py_reads_them(lines: list[tuple[bytes, bytes, bytes]]) -> None:
    raw = b"".join(name + mark + value + b"\r\n" for name, mark, value in lines) + b"\r\n"
    assert parse_headers(raw) == theirs(raw)


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\r\n\r\n", b"A: b", b"A: b\r\n", b"A: b\r\nC: d", b"A: b\r\n\r\n\r\n"])
def test_an_unfinished_block_is_read_as_nats_py_reads_it(raw: bytes) -> None:
    assert parse_headers(raw) == theirs(raw)


async def test_nats_py_asks_the_connection_how_to_read_headers(tmp_path: Path) -> None:
    subject = "plans.evt.cai-rang.plan.2020"
    with running_nats(tmp_path) as bus:
        connection = quicken(await bus.connect("plans"))
        quick, blocks = connection._parse_header_lines, []

        def noted(raw: bytes) -> dict[str, str]:
            blocks.append(raw)
            return quick(raw)

        connection._parse_header_lines = noted  # type: ignore[method-assign]
        store = EventStore(connection, "PLANS")
        headers = {"ce-id": "1", "ce-actor": "pnv.cai-rang", "note": "two words"}
        await store.append([NewEvent(subject=subject, headers=headers, body=b"{}")], {subject: 0})
        feed = Feed(connection, "PLANS", live_consumer("plans", "plans"))
        await feed.attach(0)
        (message,) = await anext(feed.batches())
        assert quick is parse_headers
        assert any(b"pnv.cai-rang" in block for block in blocks)
        assert headers.items() <= dict(message.headers).items()
        await connection.close()
