"""What may be seen of trainings: their rows, the questions and their answers."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.plans.events import PlannedTask
from services.plans.views.activity import ActivityEntry, ActivityStatus, TrainingParts


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingView:
    """A training; `seq` is its last event. `held_on_before` is set where it was moved, to the day it was moved from."""

    district: str
    training_id: str
    year: int
    status: ActivityStatus
    title: str
    number: str
    contents: tuple[str, ...]
    held_on: date
    held_until: date
    held_on_before: date | None
    place: str
    lecturer: str
    task: PlannedTask | None
    evaluation: str
    cancel_reason: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingUnitView:
    """A unit invited to a training, and how many of its persons came, where that is on record."""

    district: str
    training_id: str
    unit_id: str
    year: int
    name: str
    group_id: str | None
    is_recorded: bool = False
    invited: int = 0
    attended: int = 0
    posts: tuple[str, ...] = ()
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTrainings:
    """Which trainings has the district this year? Answer: TrainingList."""

    district: str
    year: int
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingList:
    """A page of the trainings in the order of their first day, and what each counts.

    Texts are there by their first words, and no contents. `found` counts all trainings.
    """

    trainings: tuple[TrainingView, ...]
    parts: tuple[TrainingParts, ...]
    today: date
    found: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTraining:
    """One training with a page of its units, or one of them whole, and of its history.

    With `entry`, its sequence, that entry of the history alone, whole, and no units. Answer: TrainingDetail.
    """

    district: str
    training_id: str
    unit_id: str | None = None
    page: int = 1
    history_page: int = 1
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDetail:
    """A training, a page of the units invited in the order of their names, their sums, and its history, newest first.

    Of units whose ids are in `shortened` more posts are on record than are here; entries of the history whose sequences
    are in `shortened_entries` say more.
    """

    training: TrainingView
    units: tuple[TrainingUnitView, ...]
    parts: TrainingParts | None
    history: tuple[ActivityEntry, ...]
    today: date
    page: int = 1
    pages: int = 1
    shortened: tuple[str, ...] = ()
    history_page: int = 1
    history_pages: int = 1
    shortened_entries: tuple[int, ...] = ()


TrainingQuestion: TypeAlias = ListTrainings | ShowTraining
TrainingAnswer: TypeAlias = TrainingList | TrainingDetail
