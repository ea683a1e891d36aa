"""The board of a plan: its tasks page by page, and what all of them count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.plans.events import PlanText
from services.plans.views.plan import TaskView


class BoardFilter(StrEnum):
    """Which tasks of a plan to show; those of parts are about the unit that is named (vi: lọc nhiệm vụ)."""

    OPEN = "open"
    OVERDUE = "overdue"
    COMPLETED = "completed"
    IN_FORCE = "in_force"
    CANCELLED = "cancelled"
    AMENDED = "amended"
    PART_DONE = "part_done"
    PART_LATE = "part_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHead:
    """An annual plan without its drafts: what PlanView says of it, and not more."""

    district: str
    plan_id: str
    year: int
    status: str
    number: str | None
    issued_on: date | None
    text: PlanText
    seq: int
    version: int
    amended_by: str | None
    amended_on: date | None
    amendment_status: str | None
    closed_on: date | None
    carry_reason: str
    transferred_on: date | None
    transferred_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowBoard:
    """A page of a plan's tasks, those that every filter lets through. Answer: Board.

    `series` is the number of a row that repeats. With `as_of` as they were at the end of that day.
    """

    district: str
    plan_id: str
    unit_id: str | None = None
    group_id: str | None = None
    quarter: int | None = None
    only: BoardFilter | None = None
    series: int | None = None
    page: int = 1
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCounts:
    """How many tasks there are, and of them completed and overdue; cancelled ones are not counted in `tasks`."""

    tasks: int
    completed: int
    overdue: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A page of the tasks, by quarter and in it by number, the terms of a row that repeats together.

    `counts`, `quarters` and `found` are of all that the filters let through; a page beyond `pages` is the nearest.
    A task has its first units here, the one asked for and the one that reported last, with the first words of what
    they reported; `units` is how many each has. `days_left`: working days from today to each due date of the page;
    negative where it is past.
    """

    plan: PlanHead
    tasks: tuple[TaskView, ...]
    units: Mapping[int, int]
    counts: BoardCounts
    quarters: Mapping[int, BoardCounts]
    found: int
    page: int
    pages: int
    today: date
    days_left: Mapping[date, int]
