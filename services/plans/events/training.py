"""What happened to a training of those who do the work: one aggregate a training (vi: tập huấn nghiệp vụ)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events.activity import ActivityUnit, PlannedTask


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAttendance:
    """How many persons of a unit were invited and came, and in which posts they work; no names (vi: dự tập huấn)."""

    unit_id: str
    invited: int
    attended: int
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingScheduled:
    """A training was announced; its year is that of its first day, dates inclusive (vi: mở lớp tập huấn).

    `number` is that of the invitation or plan, if any; `lecturer` who teaches, as announced.
    """

    district: str
    training_id: str
    year: int
    title: str
    number: str
    contents: tuple[str, ...]
    held_on: date
    held_until: date
    place: str
    lecturer: str
    units: tuple[ActivityUnit, ...]
    task: PlannedTask | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingMoved:
    """The training takes place on another day of the year, or in another place (vi: chuyển lớp tập huấn).

    `units` are the ids of the units invited.
    """

    district: str
    training_id: str
    year: int
    held_on_before: date
    held_on: date
    held_until: date
    place: str
    reason: str
    by: str
    at: datetime
    title: str = ""
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceRecorded:
    """It was recorded who came; a later record of a unit replaces an earlier one (vi: điểm danh)."""

    district: str
    training_id: str
    year: int
    attendance: tuple[UnitAttendance, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingClosed:
    """The training is over and was judged (vi: tổng kết lớp tập huấn); persons invited and attended, of all units."""

    district: str
    training_id: str
    year: int
    title: str
    evaluation: str
    invited: int
    attended: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCancelled:
    """The training does not take place (vi: huỷ lớp tập huấn)."""

    district: str
    training_id: str
    year: int
    title: str
    reason: str
    units: tuple[str, ...]
    by: str
    at: datetime


TrainingEvent: TypeAlias = TrainingScheduled | TrainingMoved | AttendanceRecorded | TrainingClosed | TrainingCancelled
