"""What scoring makes known to other systems: redacted facts whose meaning never changes."""

from dataclasses import dataclass
from decimal import Decimal

from services.scoring.events import ScoreCorrected, ScorePosted, ScoringEvent, district_about
from shared.publisher import PublicFact
from shared.types import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePostedPublic:
    """A unit's score of the year stands; `scored_by` owns the sheet: the district, or can-tho for a district."""

    district: str
    scored_by: str
    unit_id: str
    unit_name: str
    year: int
    group_id: str
    group_name: str
    total: Decimal
    is_ranked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCorrectedPublic:
    """Another score stands in place of the posted one."""

    district: str
    scored_by: str
    unit_id: str
    unit_name: str
    year: int
    group_id: str
    group_name: str
    total: Decimal
    total_before: Decimal
    is_ranked: bool


def publish(recorded: Recorded[ScoringEvent]) -> PublicFact | None:
    """Return the public fact of the event, under the district it is about; None for what stays inside."""
    match recorded.event:
        case ScorePosted() as event:
            about = district_about(event.district, event.unit_id)
            return PublicFact(
                district=about,
                name="ScorePosted",
                body=ScorePostedPublic(
                    district=about,
                    scored_by=event.district,
                    unit_id=event.unit_id,
                    unit_name=event.unit_name,
                    year=event.year,
                    group_id=event.group_id,
                    group_name=event.group_name,
                    total=event.score.total,
                    is_ranked=event.score.knocked_out_reason is None,
                ),
            )
        case ScoreCorrected() as event:
            about = district_about(event.district, event.unit_id)
            return PublicFact(
                district=about,
                name="ScoreCorrected",
                body=ScoreCorrectedPublic(
                    district=about,
                    scored_by=event.district,
                    unit_id=event.unit_id,
                    unit_name=event.unit_name,
                    year=event.year,
                    group_id=event.group_id,
                    group_name=event.group_name,
                    total=event.score.total,
                    total_before=event.total_before,
                    is_ranked=event.score.knocked_out_reason is None,
                ),
            )
        case _:
            return None
