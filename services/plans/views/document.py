"""What a plan document says, once read: the shape that other programs see as JSON."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWarning:
    """One thing the reader corrected, doubts or could not match (vi: điểm cần kiểm tra).

    `where` is a section and its number ("task 4", "recipients 5"), a field ("title") or "line 23".
    """

    code: str
    where: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTask:
    """One row of the table of tasks (vi: nhiệm vụ).

    `units` is every unit of the row, lead units first; with one column of units all of them lead.
    `due_on` is set only where the document states a date.
    """

    number: int
    quarter: int | None
    content: str
    units: tuple[str, ...]
    lead_units: tuple[str, ...]
    coordinating_units: tuple[str, ...]
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed, as what, and for whom (vi: người ký, chức vụ, thẩm quyền ký)."""

    name: str | None
    post: str | None
    on_behalf_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPlan:
    """A yearly plan as its document states it (vi: kế hoạch); None where the document does not."""

    number: str | None
    symbol: str | None
    issued_on: date | None
    place: str | None
    issuer: str | None
    district: str | None
    year: int | None
    title: str | None
    bases: tuple[str, ...]
    purposes: tuple[str, ...]
    requirements: tuple[str, ...]
    tasks: tuple[ParsedTask, ...]
    solutions: tuple[str, ...]
    organisation: tuple[str, ...]
    recipients: tuple[str, ...]
    signer: Signer
    warnings: tuple[PlanWarning, ...]
