"""What happens in scoring: criteria are published, sheets are scored (vi: chấm điểm thi đua).

All points are decimals with at most two places, written as "9.50". A finer value is refused, never
rounded, so every sum is exact.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from services.plans.events import GroupKind
from shared.codec import EventCodec
from shared.types import CITY, DISTRICTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One line of the sheet and its maximum; an automatic one is scored from tasks (vi: tiêu chí, điểm chuẩn)."""

    code: str
    name: str
    max_points: Decimal
    scored_by: str = ""
    is_automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the sheet; its maximum is the sum of its criteria (vi: phần)."""

    code: str
    name: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGroup:
    """A cluster or block with its name as it was then."""

    group_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredLine:
    """The points of one criterion and what they rest on, with the criterion as it was then."""

    section: str
    code: str
    name: str
    max_points: Decimal
    points: Decimal
    evidence: str = ""
    is_automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionTotal:
    """The points of one section."""

    section: str
    name: str
    max_points: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The event of another service that something came from."""

    stream: str
    seq: int
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPoint:
    """What one completed task of the plan earned, and the event it came from; a late task earned 0."""

    plan_id: str
    task_number: int
    content: str
    due_on: date
    completed_on: date
    is_on_time: bool
    points: Decimal
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A final score: total = sum of the lines + bonus - penalty (vi: điểm thưởng, điểm trừ, điểm liệt).

    The automatic line holds min(maximum, sum of `task_points`) as they stood then. With a
    `knocked_out_reason` the unit is not ranked.
    """

    lines: tuple[ScoredLine, ...]
    sections: tuple[SectionTotal, ...]
    task_points: tuple[TaskPoint, ...]
    bonus: Decimal
    bonus_reason: str
    penalty: Decimal
    penalty_reason: str
    knocked_out_reason: str | None
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaPublished:
    """The sheet of the year for these groups; a later version replaces it (vi: ban hành bảng điểm)."""

    district: str
    criteria_id: str
    year: int
    version: int
    title: str
    groups: tuple[NamedGroup, ...]
    sections: tuple[Section, ...]
    max_points: Decimal
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfScoreSubmitted:
    """A unit scored itself; a later one replaces it (vi: tự chấm điểm)."""

    district: str
    unit_id: str
    unit_name: str
    year: int
    group_id: str
    group_name: str
    group_kind: GroupKind
    criteria_id: str
    criteria_version: int
    lines: tuple[ScoredLine, ...]
    total: Decimal
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPointAwarded:
    """A completed task of the plan counts for one of its lead units (vi: điểm nhiệm vụ đúng hạn).

    `criterion` is None where no criteria were published yet: the point is kept and counts later.
    """

    district: str
    unit_id: str
    unit_name: str
    year: int
    group_id: str | None
    group_name: str | None
    group_kind: GroupKind | None
    criterion: str | None
    point: TaskPoint
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPointRevoked:
    """The task was opened again: its point is gone (vi: thu hồi điểm nhiệm vụ)."""

    district: str
    unit_id: str
    year: int
    plan_id: str
    task_number: int
    content: str
    points: Decimal
    reason: str
    source: Source
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePosted:
    """The unit's score of the year stands (vi: công bố điểm). Public for ever; its meaning never changes."""

    district: str
    unit_id: str
    unit_name: str
    year: int
    group_id: str
    group_name: str
    group_kind: GroupKind
    criteria_id: str
    criteria_version: int
    score: Score
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCorrected:
    """Another score stands in place of the posted one (vi: đính chính điểm)."""

    district: str
    unit_id: str
    unit_name: str
    year: int
    group_id: str
    group_name: str
    group_kind: GroupKind
    criteria_id: str
    criteria_version: int
    score: Score
    total_before: Decimal
    reason: str
    by: str
    at: datetime


SheetEvent: TypeAlias = SelfScoreSubmitted | TaskPointAwarded | TaskPointRevoked | ScorePosted | ScoreCorrected
ScoringEvent: TypeAlias = CriteriaPublished | SheetEvent
EVENTS: EventCodec[ScoringEvent] = EventCodec("scoring", ScoringEvent)

# A district as a unit of the city's cluster; units of the same name in a district are something else.
DISTRICT_UNITS = {f"quan-{district}": district for district in DISTRICTS}


def district_about(district: str, unit_id: str) -> str:
    """Return the district that a sheet is about: the owner, or the district itself where the city scores it."""
    return DISTRICT_UNITS.get(unit_id, district) if district == CITY else district
