"""What may be asked of scoring."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from services.scoring.events import Section, Source
from shared.codec import MessageCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCriteria:
    """Publish the sheet of the year for groups of the district, or of the city (vi: ban hành bảng điểm).

    By Phòng Nội vụ, for the city by its board. `set_id` tells the district's sheets of a year apart.
    """

    district: str
    year: int
    set_id: str
    title: str
    group_ids: tuple[str, ...]
    sections: tuple[Section, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineScore:
    """The points of one criterion, and the evidence or remark they rest on."""

    criterion: str
    points: Decimal
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSelfScore:
    """Score the own unit: every criterion but the automatic one (vi: tự chấm điểm).

    By the unit's people; for a district's own sheet (district can-tho, unit quan-…) by its Phòng Nội vụ.
    """

    district: str
    unit_id: str
    year: int
    lines: tuple[LineScore, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostScore:
    """Post the final score; again, with a `reason`, to correct it (vi: công bố điểm, đính chính).

    By Phòng Nội vụ, for the districts by the city's board. A knocked-out unit may have no lines.
    """

    district: str
    unit_id: str
    year: int
    lines: tuple[LineScore, ...]
    bonus: Decimal = Decimal(0)
    bonus_reason: str = ""
    penalty: Decimal = Decimal(0)
    penalty_reason: str = ""
    knocked_out_reason: str | None = None
    reason: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardTaskPoint:
    """Count a completed task for one of its lead units; from the policy only."""

    district: str
    unit_id: str
    unit_name: str
    year: int
    plan_id: str
    task_number: int
    content: str
    due_on: date
    completed_on: date
    source: Source
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeTaskPoint:
    """Take back what the task earned, if anything; from the policy only."""

    district: str
    unit_id: str
    year: int
    plan_id: str
    task_number: int
    reason: str
    source: Source
    at: datetime


SheetCommand: TypeAlias = SubmitSelfScore | PostScore | AwardTaskPoint | RevokeTaskPoint
ScoringCommand: TypeAlias = PublishCriteria | SheetCommand
COMMANDS: MessageCodec[ScoringCommand] = MessageCodec("scoring", ScoringCommand)
