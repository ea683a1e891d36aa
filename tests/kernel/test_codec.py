"""What comes from outside is checked once: what cannot be stored or meant is refused at the edge."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from services.plans.commands import COMMANDS
from shared.codec import event_headers
from shared.errors import Rejected

AT = b'"at":"2020-02-06T01:00:00Z"'


@pytest.mark.parametrize(
    "body",
    [
        b'{"district":"cai-rang","plan_id":"2020","task_number":%s,"reason":"x",' + AT + b"}",
    ],
)
@pytest.mark.parametrize(
    "number", [b"9223372036854775808", b"1" * 40, b"-9223372036854775809", b"1e400", b"true", b"1.0"]
)
def test_a_number_that_no_database_holds_is_refused(body: bytes, number: bytes) -> None:
    with pytest.raises(Rejected, match=r"bus\.invalid_body"):
        COMMANDS.decode("reopen-task", body % number)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"[" * 200_000,
        b"\xff\xfe",
        b'{"district":"cai-rang","plan_id":"2020",' + AT + b',"surplus":1}',
        b'{"district":"cai-rang","plan_id":"a\\u0000b",' + AT + b"}",
        b'{"district":"cai-rang","plan_id":"2020","at":"2020-02-06T01:00:00"}',
        b'{"district":"cai-rang","plan_id":"2020","at":"0001-01-01T00:00:00+14:00"}',
        b'{"district":"cai-rang","plan_id":"2020","at":0}',
    ],
)
def test_what_cannot_be_meant_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected, match=r"bus\.invalid_body"):
        COMMANDS.decode("submit-plan", body)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(Rejected, match=r"bus\.unknown_name"):
        COMMANDS.decode("drop-everything", b"{}")


@pytest.mark.parametrize(
    "actor", ["pnv.cai-rang", "policy:scoring.task-points", "a b", 'a"b', "100%", "Lê Bình", "", "~"]
)
def test_a_header_is_percent_encoded_where_the_binding_asks_for_it_and_nowhere_else(actor: str) -> None:
    headers = event_headers(
        wire_name="plans.TaskStarted.v1",
        event_id="1",
        subject="plans.evt.cai-rang.plan.2020",
        occurred_at=datetime(2020, 2, 6, tzinfo=UTC),
        actor=actor,
        command_id="2",
        correlation_id="",
        causation_id="",
    )
    told = headers.get("ce-actor", "")
    assert unquote(told) == actor
    assert all(0x21 <= ord(sign) <= 0x7E and sign != '"' for sign in told)
    assert ("%" in told) == (actor in ("a b", 'a"b', "100%", "Lê Bình"))
