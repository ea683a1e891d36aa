"""What may be seen of any campaign, inspection or training: how far it is, its history, and the year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import ActivityKind
from shared.types import Attachment

ROWS_A_PAGE = 40  # units, recommendations, or lines of a list
HISTORY_A_PAGE = 20


class ActivityStatus(StrEnum):
    """How far it has come; open from the launch, or the schedule, on (vi: dự thảo, đang làm, tổng kết, huỷ)."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry:
    """One event of the history of a campaign, an inspection or a training: who did what, when, with which files.

    `unit_name` is that of the unit for which it was said, empty where nobody spoke for one.
    """

    district: str
    kind: ActivityKind
    activity_id: str
    seq: int
    type: str
    unit_name: str
    text: str
    by: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTotals:
    """A district's campaigns, inspections or trainings of a year, by how far they have come."""

    district: str
    year: int
    draft: int
    open: int
    closed: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignParts:
    """The units called to a campaign that is not cancelled: how many joined, joined late, told their result."""

    district: str
    year: int
    campaign_id: str
    units: int
    joined: int
    joined_late: int
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignYear:
    """The same of all campaigns of a district and year; a unit counts once for each campaign."""

    district: str
    year: int
    units: int
    joined: int
    joined_late: int
    reported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionParts:
    """The units of an inspection that is not cancelled, and those with findings on record."""

    district: str
    year: int
    inspection_id: str
    units: int
    checked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionYear:
    """The same of all inspections of a district and year."""

    district: str
    year: int
    units: int
    checked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationParts:
    """The recommendations of an inspection by their state; `issued` is all of them but the withdrawn."""

    district: str
    year: int
    inspection_id: str
    issued: int
    open: int
    answered: int
    accepted: int
    rejected: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationYear:
    """The same of all inspections of a district and year."""

    district: str
    year: int
    issued: int
    open: int
    answered: int
    accepted: int
    rejected: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingParts:
    """The units invited to a training that is not cancelled, those on record, those that came, and their persons."""

    district: str
    year: int
    training_id: str
    units: int
    recorded: int
    present: int
    invited: int
    attended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingYear:
    """The same of all trainings of a district and year."""

    district: str
    year: int
    units: int
    recorded: int
    present: int
    invited: int
    attended: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowActivities:
    """What of campaigns, inspections and trainings was done in the district this year? Answer: ActivityYear."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityYear:
    """The sums of a district and year; None where there is nothing. `overdue` recommendations are counted today."""

    district: str
    year: int
    campaigns: ActivityTotals | None
    campaign_units: CampaignYear | None
    inspections: ActivityTotals | None
    inspected_units: InspectionYear | None
    recommendations: RecommendationYear | None
    overdue: int
    trainings: ActivityTotals | None
    attendance: TrainingYear | None
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCityActivities:
    """The same of the five districts side by side. Answer: CityActivities."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityActivities:
    """The sums of each district, in their usual order."""

    districts: tuple[ActivityYear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTaskActivities:
    """Which campaigns, inspections and trainings carry out this task of the plan? Answer: TaskActivities."""

    district: str
    plan_id: str
    task_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskActivityLine:
    """A campaign, an inspection or a training that carries out a task; `until` is its last day, both inclusive."""

    kind: ActivityKind
    activity_id: str
    year: int
    title: str
    status: ActivityStatus
    since: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskActivities:
    """What carries out the task, the earliest first, drafts only for those who prepare them; `found` counts all."""

    activities: tuple[TaskActivityLine, ...]
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MyActivities:
    """What do campaigns and inspections ask of the asker? Answer: ActivityWork."""


class ActivityTodo(StrEnum):
    """What is to be done, by the unit, by Phòng Nội vụ (`judge`) or by the chair (`launch`) (vi: việc cần làm)."""

    ANSWER = "answer"
    ANSWER_AGAIN = "answer_again"
    JUDGE = "judge"
    JOIN = "join"
    REPORT = "report"
    LAUNCH = "launch"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDuty:
    """Something that a campaign or an inspection asks of a person; texts by their first words.

    `due_on` is None where no day is set; then it stands in the order of `since`: the day on which the unit answered,
    or on which the campaign is to begin. A recommendation has its `number`; what the chair launches has no unit.
    """

    todo: ActivityTodo
    district: str
    year: int
    activity_id: str
    title: str
    unit_id: str = ""
    unit_name: str = ""
    number: int | None = None
    text: str = ""
    due_on: date | None = None
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityWork:
    """What waits for the asker, the most urgent first; `found` and `overdue` count also what is beyond the list.

    `days_left`: working days from today to each due date; negative where it is past.
    """

    duties: tuple[ActivityDuty, ...]
    found: int
    overdue: int
    days_left: Mapping[date, int]
    today: date


ActivityQuestion: TypeAlias = ShowActivities | ShowCityActivities | ListTaskActivities | MyActivities
ActivityAnswer: TypeAlias = ActivityYear | CityActivities | TaskActivities | ActivityWork
