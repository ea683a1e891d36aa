"""What campaigns, inspections and trainings have in common: who takes part, and the task of the plan behind them."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ActivityKind(StrEnum):
    """What sort of thing is done in the year (vi: đợt thi đua, kiểm tra, tập huấn)."""

    CAMPAIGN = "campaign"
    INSPECTION = "inspection"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityUnit:
    """A unit that is called to a campaign, inspected or invited: its name and its group as they were then."""

    unit_id: str
    name: str
    group_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """The task of the district's plan that is carried out by it (vi: nhiệm vụ trong kế hoạch năm)."""

    plan_id: str
    number: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its name and its unit of measure (vi: chỉ tiêu, đơn vị tính)."""

    name: str
    value: Decimal
    measure: str = ""
