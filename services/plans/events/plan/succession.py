"""What happens to a plan because of those who come after: the district that drafted it ends (vi: bàn giao)."""

from dataclasses import dataclass
from datetime import date, datetime

from services.plans.events.calendar import OfficialNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTransferred:
    """A draft that is not issued by the district's last day belongs to its successor from the day on.

    `successor_id` is a unit of the city, None for the city itself (vi: chuyển dự thảo cho nơi tiếp nhận).
    """

    district: str
    plan_id: str
    year: int
    transferred_on: date
    successor_id: str | None
    successor_name: str
    paper: OfficialNotice
    by: str
    at: datetime
