"""What comes from outside is checked once: what cannot be stored or meant is refused at the edge."""

import pytest

from services.plans.commands import COMMANDS
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
