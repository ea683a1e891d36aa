"""What a plan document says, once read, in the shape that other programs see as JSON; and the document to write."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.plans.views.papers import Paper


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
    `due_on` is set only where the document states a date, `due_month` (1–12) where it states a month.
    """

    number: int
    quarter: int | None
    content: str
    units: tuple[str, ...]
    lead_units: tuple[str, ...]
    coordinating_units: tuple[str, ...]
    due_on: date | None
    due_month: int | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPlanDocument:
    """What is the document of this version of the plan, as a file of Word? Without one, the newest. Answer: Paper."""

    district: str
    plan_id: str
    version: int | None = None


DocumentQuestion: TypeAlias = ShowPlanDocument
DocumentAnswer: TypeAlias = Paper
