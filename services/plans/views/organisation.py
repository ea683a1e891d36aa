"""What may be seen of an organisation over time: what happened to a unit, and its part in the work."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import District, NamedUnit, OfficialNotice, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitHistory:
    """One event of a unit's life, on the day from which it holds; `others` are the units it is told of with it.

    `type` is the event's, `is_successor` says that the unit goes on with what the others did. Names are as they
    were then; empty where the event did not tell them.
    """

    district: str
    unit_id: str
    seq: int
    type: str
    on: date
    name: str
    is_successor: bool
    others: tuple[NamedUnit, ...]
    reason: str
    paper: OfficialNotice | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What a unit still has open in one year's plan: parts of tasks, or tasks of the draft that name it."""

    plan_id: str
    is_draft: bool
    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowUnit:
    """What became of a unit, and what came of others to it? Answer: UnitDetail."""

    district: str
    unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDetail:
    """A unit, its life oldest first, the units it goes on for, and who does its work today.

    `heir` is the last of the line of successors; None while the unit exists, and where nobody goes on.
    `open_work` is what a unit that has ended left behind and nobody has taken over yet.
    """

    organisation: District
    unit: Unit
    history: tuple[UnitHistory, ...]
    predecessors: tuple[Unit, ...]
    heir: Unit | None
    open_work: tuple[OpenWork, ...]
    today: date


OrganisationQuestion: TypeAlias = ShowUnit
OrganisationAnswer: TypeAlias = UnitDetail
