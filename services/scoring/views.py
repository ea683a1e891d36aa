"""What may be seen of scoring: the rows of its read models, the questions and their answers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import GroupKind
from services.scoring.events import NamedGroup, Score, ScoredLine, Section, SectionTotal, TaskPoint
from shared.codec import MessageCodec


class SheetState(StrEnum):
    """How far a sheet has come: `open` has no score yet (vi: trạng thái phiếu điểm)."""

    OPEN = "open"
    SELF_SCORED = "self_scored"
    POSTED = "posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaView:
    """The sheet of the year for some groups; frozen once a unit was scored by it. `seq` is its last version."""

    district: str
    criteria_id: str
    year: int
    version: int
    title: str
    groups: tuple[NamedGroup, ...]
    sections: tuple[Section, ...]
    max_points: Decimal
    is_frozen: bool
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """A unit's sheet of the year; `task_points` are those that stand now, `score` holds those of its day.

    `seq` is its last event.
    """

    district: str
    unit_id: str
    year: int
    unit_name: str
    group_id: str | None
    group_name: str | None
    group_kind: GroupKind | None
    state: SheetState
    criteria_id: str | None
    self_lines: tuple[ScoredLine, ...]
    self_total: Decimal | None
    self_scored_at: datetime | None
    task_points: tuple[TaskPoint, ...]
    score: Score | None
    posted_at: datetime | None
    corrections: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHistory:
    """One event of a sheet's history: who did what, when; `text` is a reason or a task."""

    district: str
    unit_id: str
    year: int
    seq: int
    type: str
    points: Decimal
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """A group's sheets of the year: all that exist, those self-scored, those posted."""

    district: str
    group_id: str
    year: int
    sheets: int
    self_scored: int
    posted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictTotals:
    """The sheets that a district owns; those of the districts themselves belong to can-tho."""

    district: str
    year: int
    sheets: int
    self_scored: int
    posted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityTotals:
    """All sheets of the year: the sum of all owners, can-tho among them."""

    year: int
    sheets: int
    self_scored: int
    posted: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCriteria:
    """By which sheets does the district, or the city, score? Answer: CriteriaList."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaList:
    """The published sheets of one year."""

    criteria: tuple[CriteriaView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSheet:
    """One sheet with its history; for the unit's people and those who see all. Answer: SheetDetail."""

    district: str
    unit_id: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDetail:
    """A sheet and what it is scored by, history oldest first; no sheet before its first event.

    `automatic_points` are what the automatic line would be now, capped; `is_outdated` says that the
    posted score holds another value.
    """

    district: str
    unit_id: str
    year: int
    unit_name: str
    group_id: str | None
    group_name: str | None
    sheet: SheetView | None
    criteria: CriteriaView | None
    automatic_points: Decimal
    is_outdated: bool
    may_self_score: bool
    may_post: bool
    history: tuple[SheetHistory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSheets:
    """Which sheets may the asker see, of one group where it is named? Answer: SheetList."""

    district: str
    year: int
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSummary:
    """A line of the list; members of a group without any event stand as `open` with `seq` 0."""

    district: str
    unit_id: str
    year: int
    unit_name: str
    group_id: str | None
    group_name: str | None
    state: SheetState
    self_total: Decimal | None
    automatic_points: Decimal
    total: Decimal | None
    is_knocked_out: bool
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetList:
    """Sheets by group, then by unit."""

    sheets: tuple[SheetSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRanking:
    """The posted scores of one group in order; for its members and those who see all. Answer: Ranking."""

    district: str
    group_id: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedUnit:
    """A unit's place; `rank` is None where it is knocked out.

    Sections, bonus and penalty explain a tie; they are empty for those who see ranks and totals only.
    """

    rank: int | None
    unit_id: str
    unit_name: str
    total: Decimal
    sections: tuple[SectionTotal, ...] = ()
    bonus: Decimal | None = None
    penalty: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Standard competition ranking (1, 2, 2, 4), the knocked-out last; `members` counts the group (vi: xếp hạng)."""

    district: str
    group_id: str
    group_name: str
    year: int
    members: int
    units: tuple[RankedUnit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDistrictRankings:
    """The rankings of the district's groups that the asker may see. Answer: DistrictRankings."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRankings:
    """One ranking a group."""

    district: str
    year: int
    rankings: tuple[Ranking, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCityRanking:
    """The five districts in order (vi: Cụm thi đua 5 quận). Answer: Ranking."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowScoreTotals:
    """How many sheets are there, scored and posted, at each level the asker sees? Answer: ScoreTotals."""

    year: int
    district: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTotals:
    """Counts by group, by owner and for the city; `city` is None for those who do not see the whole city."""

    year: int
    groups: tuple[GroupTotals, ...]
    districts: tuple[DistrictTotals, ...]
    city: CityTotals | None


ScoringQuestion: TypeAlias = (
    ShowCriteria | ShowSheet | ListSheets | ShowRanking | ShowDistrictRankings | ShowCityRanking | ShowScoreTotals
)
ScoringAnswer: TypeAlias = CriteriaList | SheetDetail | SheetList | Ranking | DistrictRankings | ScoreTotals
QUESTIONS: MessageCodec[ScoringQuestion] = MessageCodec("scoring", ScoringQuestion)
