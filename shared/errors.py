"""The two ways in which work does not succeed: an answer, and a fault."""

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Rejected(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Say no, with a code and what the sentence about it needs.

    `code` is `<thing>.<reason>`; `detail` holds JSON values. Expected: shown to the user, never
    logged as an error.
    """

    def __init__(self, code: str, **detail: Json) -> None:
        super().__init__(code)
        self.code = code
        self.detail: Mapping[str, Json] = detail


class Fault(Exception):  # noqa: N818 - the word of the reply (`{"fault": code}`)
    """Say that something broke, with a code; the operator finds the rest under the trace."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
