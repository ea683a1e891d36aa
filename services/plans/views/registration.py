"""What may be seen of registrations: the rows of each level, the questions and their answers."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.plans.events import (
    ItemReason,
    RegisteredItem,
    RegistrationCounts,
    RegistrationKind,
    TitleSubject,
    Unit,
)


class RegistrationStatus(StrEnum):
    """How far a unit's registration has come (vi: chưa nộp, đang soạn, đã nộp, trả lại, đã duyệt, mở lại)."""

    MISSING = "missing"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRoundView:
    """The round of a district and year; `closes_on` is its last day. `seq` is its last event in PLANS."""

    district: str
    year: int
    closes_on: date
    note: str
    opened_by: str
    opened_at: datetime
    closes_on_before: date | None
    move_reason: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationView:
    """A unit's registration without what it holds: one row for each unit that was asked, or has begun to register.

    Lateness is that of the first submission, by the last day that held then; `days_late` in working days.
    `reasons` are those of the last return, as they are kept: words about a person are sealed.
    """

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str | None
    status: RegistrationStatus
    counts: RegistrationCounts
    submissions: int
    submitted_on: date | None
    is_late: bool
    days_late: int
    reason: str
    reasons: tuple[ItemReason, ...]
    changed_at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationItemView:
    """One thing that is registered, as it is kept: words about a person are sealed."""

    district: str
    year: int
    unit_id: str
    number: int
    kind: RegistrationKind
    item: RegisteredItem


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationHistory:
    """One event of a registration: who did what, when; `text` is a reason or a note."""

    district: str
    year: int
    unit_id: str
    seq: int
    type: str
    text: str
    days_late: int
    is_late: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationGroupTotals:
    """A group's registrations of a year.

    `units` are all that were asked or have begun; `on_time` and `late` those submitted at least once; the others
    count where they stand now. What they hold counts once it was submitted.
    """

    district: str
    year: int
    group_id: str
    units: int
    missing: int
    draft: int
    submitted: int
    returned: int
    approved: int
    reopened: int
    on_time: int
    late: int
    titles: int
    initiatives: int
    movements: int
    models: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDistrictTotals:
    """A district's registrations of a year; fields as in RegistrationGroupTotals."""

    district: str
    year: int
    units: int
    missing: int
    draft: int
    submitted: int
    returned: int
    approved: int
    reopened: int
    on_time: int
    late: int
    titles: int
    initiatives: int
    movements: int
    models: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCityTotals:
    """All districts' registrations of a year; fields as in RegistrationGroupTotals."""

    year: int
    units: int
    missing: int
    draft: int
    submitted: int
    returned: int
    approved: int
    reopened: int
    on_time: int
    late: int
    titles: int
    initiatives: int
    movements: int
    models: int


# --- as people see it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorLine:
    """An author as people read it; `name` is None where the person's data were erased."""

    person_id: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One thing that is registered in clear; `name` is None where the person's data were erased.

    `return_reason` is that of the last return, empty where there was none.
    """

    unit_id: str
    number: int
    kind: RegistrationKind
    name: str | None
    subject: TitleSubject | None
    title: str
    title_name: str
    person_id: str | None
    position: str
    authors: tuple[AuthorLine, ...]
    field: str
    place: str
    effect: str
    starts_on: date | None
    ends_on: date | None
    return_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleLine:
    """A title that may be registered: its code, name, for whom, and the article it rests on."""

    code: str
    name: str
    subjects: tuple[TitleSubject, ...]
    source: str


# --- questions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRegistrations:
    """How far are the units of the district with registering for the year? Answer: RegistrationBoard."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationBoard:
    """The round, None where none is open, each unit's registration, and what groups and district count.

    `due_on` is the last day in time: the round's, or the working day after it; `days_left` are working days until
    then, negative where it is past.
    """

    district: str
    year: int
    round: RegistrationRoundView | None
    registrations: tuple[RegistrationView, ...]
    group_totals: tuple[RegistrationGroupTotals, ...]
    totals: RegistrationDistrictTotals | None
    due_on: date | None
    days_left: int
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRegistration:
    """What does the unit register for the year? For the unit and those who judge it. Answer: RegistrationDetail."""

    district: str
    year: int
    unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDetail:
    """A unit's registration, by kind and number, with its history, oldest first; `earlier` entries stand before it.

    `registration` is None where nothing was asked or written down; `seq` its last event, 0 without one. `due_on` and
    `days_left` as in RegistrationBoard; `titles` are those of the year.
    """

    round: RegistrationRoundView | None
    unit: Unit
    registration: RegistrationView | None
    items: tuple[ItemLine, ...]
    history: tuple[RegistrationHistory, ...]
    earlier: int
    titles: tuple[TitleLine, ...]
    due_on: date | None
    days_left: int
    seq: int
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRegisteredItems:
    """What is registered in the district, of one kind, unit or title only where one is named. Answer: ItemList.

    Only what the asker may read in full: the whole district's, or the own unit's. With `drafts` also what was not
    submitted yet. `text` is looked for without marks in names, authors and titles.
    """

    district: str
    year: int
    kind: RegistrationKind | None = None
    unit_id: str | None = None
    title: str = ""
    text: str = ""
    drafts: bool = False
    limit: int = 500
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList:
    """Things registered, by unit and number; `found` is how many there are beside those shown."""

    round: RegistrationRoundView | None
    items: tuple[ItemLine, ...]
    registrations: tuple[RegistrationView, ...]
    titles: tuple[TitleLine, ...]
    found: int
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MyRegistrations:
    """Which registrations wait for the asker? Answer: RegistrationWork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDuty:
    """A registration that waits: for its unit until it is submitted, for home affairs while it is submitted."""

    registration: RegistrationView
    due_on: date
    days_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationWork:
    """What waits for the asker, by last day; `days_left` are working days, negative where it is past."""

    duties: tuple[RegistrationDuty, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCityRegistrations:
    """How far are the districts with registering for the year? Answer: CityRegistrations."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRegistrations:
    """The districts side by side, and the city."""

    year: int
    rounds: tuple[RegistrationRoundView, ...]
    district_totals: tuple[RegistrationDistrictTotals, ...]
    totals: RegistrationCityTotals | None
    today: date


RegistrationQuestion: TypeAlias = (
    ShowRegistrations | ShowRegistration | ListRegisteredItems | MyRegistrations | ShowCityRegistrations
)
RegistrationAnswer: TypeAlias = RegistrationBoard | RegistrationDetail | ItemList | RegistrationWork | CityRegistrations
