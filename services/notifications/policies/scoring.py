"""What is told of the points of a unit, or of a district that the city scores (vi: chấm điểm thi đua)."""

from decimal import Decimal
from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Tellings, office, tells, unit
from services.scoring.events import ScoreCorrected, ScorePosted, SelfScoreSubmitted

OfSheet: TypeAlias = SelfScoreSubmitted | ScorePosted | ScoreCorrected


def _link(event: OfSheet) -> str:
    return f"/cham-diem/{event.district}/{event.year}/{event.unit_id}"


def _points(points: Decimal) -> str:
    """Return the points as people write them, "92,5"."""
    text = f"{points:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


SCORING: Tellings = (
    tells(
        SelfScoreSubmitted,
        NoticeKind.SELF_SCORE_SUBMITTED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"{event.unit_name} đã tự chấm điểm năm {event.year}",
        text=lambda event: (
            f"{event.unit_name}, {event.group_name}: tự chấm {_points(event.total)} điểm, chờ thẩm định."
        ),
        link=_link,
    ),
    tells(
        ScorePosted,
        NoticeKind.SCORE_POSTED,
        to=lambda event: [unit(event.district, event.unit_id, event.group_id)],
        title=lambda event: f"Điểm thi đua năm {event.year}: {_points(event.score.total)}",
        text=lambda event: f"{event.unit_name}, {event.group_name}: điểm được công bố là {_points(event.score.total)}.",
        link=_link,
    ),
    tells(
        ScoreCorrected,
        NoticeKind.SCORE_CORRECTED,
        to=lambda event: [unit(event.district, event.unit_id, event.group_id)],
        title=lambda event: f"Điểm thi đua năm {event.year} được đính chính: {_points(event.score.total)}",
        text=lambda event: (
            f"{event.unit_name}, {event.group_name}: điểm {_points(event.total_before)} "
            f"được đính chính thành {_points(event.score.total)}. Lý do ghi trên trang điểm."
        ),
        link=_link,
    ),
)
