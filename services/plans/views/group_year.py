"""What may be seen of a group's year: charters, reviews, elections, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import DueReason, Group, NamedUnit, ReviewKind
from shared.types import Attachment


class ReviewState(StrEnum):
    """How a review stands today (vi: chưa họp, đã lên lịch, quá hạn, đúng hạn, trễ hạn)."""

    WAITING = "review_waiting"
    PLANNED = "review_planned"
    OVERDUE = "review_overdue"
    ON_TIME = "review_on_time"
    LATE = "review_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterView:
    """One version of the rules by which a group works (vi: quy chế hoạt động)."""

    year: int
    version: int
    number: str
    adopted_on: date
    articles: tuple[str, ...]
    votes_for: int
    votes_total: int
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesView:
    """What was recorded of a review (vi: biên bản sơ kết, tổng kết)."""

    held_on: date
    place: str
    attending: tuple[NamedUnit, ...]
    absent: tuple[NamedUnit, ...]
    results: str
    strengths: str
    limits: str
    directions: str
    conclusions: str
    due_on: date
    due_reason: DueReason | None
    is_late: bool
    days_late: int
    attachments: tuple[Attachment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A review of the year as far as it is known: planned, held, or both."""

    kind: ReviewKind
    planned_on: date | None = None
    place: str = ""
    minutes: MinutesView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionView:
    """The units elected to lead in the next year."""

    for_year: int
    elected_on: date
    head: NamedUnit
    deputy: NamedUnit | None
    is_rotation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupYearView:
    """What a group has done in a year; charters oldest first; `seq` is its last event."""

    district: str
    group_id: str
    year: int
    group_name: str
    charters: tuple[CharterView, ...]
    reviews: tuple[ReviewView, ...]
    election: ElectionView | None
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTotals:
    """The reviews of a district's groups that were held, those of them that were late, and absences of members."""

    district: str
    year: int
    kind: ReviewKind
    held: int
    late: int
    absences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHistory:
    """One event of a group or of its pledge: who did what, when, for which unit, with which files.

    `period` is the review's kind or the period of results, empty where neither is meant.

    `on_behalf_of` is the account that delegated the right, where one did.
    """

    district: str
    group_id: str
    year: int
    seq: int
    type: str
    period: str
    unit_name: str
    text: str
    by: str
    on_behalf_of: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStatus:
    """A review as it stands today: when it is due and why, and what became of it.

    `days_left`: working days from today to the due date; negative where it is past.
    """

    kind: ReviewKind
    state: ReviewState
    due_on: date
    due_reason: DueReason | None
    source: str
    days_left: int
    view: ReviewView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLeaders:
    """Who leads in a year if the members take turns (vi: luân phiên)."""

    for_year: int
    head: NamedUnit | None
    deputy: NamedUnit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """A group of the year that nobody leads, though its members elected who should (vi: khuyết trưởng cụm, khối).

    `head` was elected; `head_in` is the name of the group which that unit is in instead, empty where it is in none.
    `heir` is whom of the elected may lead, the head before the deputy. `is_formed`: whether the group exists already;
    one that does not is told of while members of it are left to form it anew.
    """

    district: str
    group_id: str
    year: int
    group_name: str
    head: NamedUnit
    head_in: str
    heir: NamedUnit | None
    is_formed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A group of the year: its charter in force without articles, its reviews, the signatures under its pledge."""

    group: Group
    charter: CharterView | None
    reviews: tuple[ReviewStatus, ...]
    members: int
    signed: int
    is_pledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowGroups:
    """What have the district's groups done in the year? Answer: GroupBoard."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBoard:
    """The groups of a district's year, what their reviews add up to, and the groups of the year before left behind.

    `not_carried` are those of the year before that are not formed yet, though members of theirs are left to do so.
    `vacancies` are those of the year that nobody leads though the year before elected who should.
    """

    lines: tuple[GroupLine, ...]
    totals: tuple[ReviewTotals, ...]
    not_carried: tuple[Group, ...]
    vacancies: tuple[Vacancy, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowGroup:
    """One group's year in full. Answer: GroupDetail."""

    district: str
    group_id: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDetail:
    """A group's year: members by name, the last charters of this and earlier years, newest first, reviews, history.

    `charter` is the one in force today. `rotation` is whose turn it is next year, `appointable` whose it is this
    year where nobody leads yet. `vacancy` and `next_vacancy` tell that of whom was elected for this year, and in it
    for the next, nobody leads. `seq` is the last event of the group's year, 0 where there is none.
    """

    group: Group
    members: tuple[NamedUnit, ...]
    next_members: tuple[NamedUnit, ...]
    charter: CharterView | None
    charters: tuple[CharterView, ...]
    reviews: tuple[ReviewStatus, ...]
    election: ElectionView | None
    rotation: ProposedLeaders
    appointable: ProposedLeaders
    vacancy: Vacancy | None
    next_vacancy: Vacancy | None
    history: tuple[GroupHistory, ...]
    seq: int
    today: date


GroupYearQuestion: TypeAlias = ShowGroups | ShowGroup
GroupYearAnswer: TypeAlias = GroupBoard | GroupDetail
