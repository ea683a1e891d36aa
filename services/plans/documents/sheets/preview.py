"""What an import would do, row by row, before anything is done."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Json, Rejected
from shared.office.workbook import Column, Mark, Problem, ReadSheet, Value, value_of, words_of


class LineState(StrEnum):
    """What becomes of a row (vi: mới, đổi, giữ nguyên, lỗi)."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field as it is and as the file has it, in words."""

    heading: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the file, what it is about, and what would change."""

    sheet: str
    row: int
    about: str
    state: LineState
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an import would do; `absent` names what is there and not in the file, and stays unless it says otherwise.

    `heads` is the row of headings of each sheet, `ignored` the headings that mean nothing to us.
    """

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    heads: Mapping[str, int]
    absent: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    drops_absent: bool = False

    @property
    def counts(self) -> Mapping[LineState, int]:
        """Return how many rows are in each state."""
        counted = Counter(line.state for line in self.lines)
        return {state: counted[state] for state in LineState}

    @property
    def changes(self) -> int:
        """Return how many rows would change something, and how many things would be dropped."""
        dropped = len(self.absent) if self.drops_absent else 0
        return self.counts[LineState.NEW] + self.counts[LineState.CHANGED] + dropped

    def marks(self, sentence: Callable[[str, Mapping[str, Json]], str]) -> list[Mark]:
        """Return the problems as marks for the file, in the words of `sentence(code, detail)`."""
        return [
            Mark(
                sheet=one.sheet,
                head=self.heads[one.sheet],
                row=one.row,
                column=one.column,
                text=sentence(one.code, one.detail),
            )
            for one in self.problems
        ]


def wrong_lines(sheet: ReadSheet, problems: Sequence[Problem], about: Mapping[int, str]) -> list[Line]:
    """Return a line for each row of the sheet that has a problem."""
    rows = sorted({problem.row for problem in problems if problem.sheet == sheet.name})
    return [Line(sheet=sheet.name, row=row, about=about.get(row, ""), state=LineState.WRONG) for row in rows]


def differences(
    columns: Sequence[Column], now: Mapping[str, Value], values: Mapping[str, Value]
) -> tuple[Difference, ...]:
    """Return what the row would change; a column that the file does not have changes nothing."""
    return tuple(
        Difference(
            heading=column.heading,
            before=words_of(column, now[column.field]),
            after=words_of(column, values[column.field]),
        )
        for column in columns
        if column.field in values and column.field in now and values[column.field] != as_read(column, now[column.field])
    )


def as_read(column: Column, value: Value) -> Value:
    """Return the value as it comes back when written and read; what differs from it only in that is the same."""
    try:
        return value_of(column, words_of(column, value))
    except Rejected:
        return value  # what could not be written today is what it is
