"""What may be asked of a training (vi: tập huấn nghiệp vụ)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import UnitAttendance


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTraining:
    """Announce a training; `units` are ids of units, sets or groups (vi: mở lớp tập huấn).

    It lasts until `held_until`, the same day where that is None. `task_number` is the task of the district's plan.
    """

    district: str
    training_id: str
    title: str
    contents: tuple[str, ...]
    held_on: date
    place: str
    lecturer: str
    units: tuple[str, ...]
    held_until: date | None = None
    number: str = ""
    task_number: int | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTraining:
    """Let it take place on another day of the year or in another place, with the reason (vi: chuyển lớp tập huấn)."""

    district: str
    training_id: str
    held_on: date
    place: str
    reason: str
    held_until: date | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttendance:
    """Record who came, of any number of the invited units; what is recorded already stays (vi: điểm danh)."""

    district: str
    training_id: str
    attendance: tuple[UnitAttendance, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTraining:
    """Judge the training once it was held (vi: tổng kết lớp tập huấn)."""

    district: str
    training_id: str
    evaluation: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTraining:
    """Give the training up, with the reason (vi: huỷ lớp tập huấn)."""

    district: str
    training_id: str
    reason: str
    at: datetime


TrainingCommand: TypeAlias = ScheduleTraining | MoveTraining | RecordAttendance | CloseTraining | CancelTraining
