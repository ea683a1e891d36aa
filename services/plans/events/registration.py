"""What happens to registrations: what a unit means to reach in a year (vi: đăng ký thi đua đầu năm)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from shared.types import Sealed

# Words about one person are sealed from the first event on; all others are in clear.
Words: TypeAlias = str | Sealed


class RegistrationKind(StrEnum):
    """What is registered (vi: danh hiệu, sáng kiến, phong trào, mô hình dân vận khéo)."""

    TITLE = "title"
    INITIATIVE = "initiative"
    MOVEMENT = "movement"
    MODEL = "model"


class TitleSubject(StrEnum):
    """For whom a title is registered (vi: cá nhân, tập thể)."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class RegistrationField(StrEnum):
    """Under which name words about a person are sealed: part of the log's format, never changed."""

    NAME = "registration_name"
    POSITION = "registration_position"
    AUTHOR = "registration_author"
    RETURN_REASON = "registration_return_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteringUnit:
    """A unit that is to register, under the name and in the group that it had then."""

    unit_id: str
    name: str
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAuthor:
    """An author of an initiative; the name is sealed under the person's key (vi: tác giả)."""

    person_id: str
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredItem:
    """One thing that is registered; what its kind does not have is empty.

    `number` names it within the registration for good. A title has `subject`, `title` (its code), `title_name`
    and, of an individual, `person_id`, a sealed `name` and a sealed `position`. `field` and `place` are those of a
    model, `starts_on` and `ends_on` those of a movement; `effect` is the expected effect, of a movement its aims.
    """

    number: int
    kind: RegistrationKind
    name: Words
    subject: TitleSubject | None = None
    title: str = ""
    title_name: str = ""
    person_id: str | None = None
    position: Words | None = None
    authors: tuple[RegisteredAuthor, ...] = ()
    field: str = ""
    place: str = ""
    effect: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCounts:
    """How many things of each kind a registration holds."""

    titles: int = 0
    initiatives: int = 0
    movements: int = 0
    models: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReason:
    """What is to be corrected in one thing that is registered; sealed where it is about a person."""

    number: int
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOpened:
    """The units are asked to register for the year until a day (vi: mở đợt đăng ký); `closes_on` is included."""

    district: str
    year: int
    closes_on: date
    note: str
    units: tuple[RegisteringUnit, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationClosingMoved:
    """The last day of registering is another one (vi: đổi hạn đăng ký); `units` are the ids of those asked."""

    district: str
    year: int
    closes_on: date
    closes_on_before: date
    reason: str
    by: str
    at: datetime
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSaved:
    """The unit wrote down what it registers (vi: lưu bản đăng ký).

    `items` are new or other than before, `dropped` the numbers of those that are gone, `counts` what there is
    afterwards. A large change is several such events of one decision.
    """

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str | None
    items: tuple[RegisteredItem, ...]
    dropped: tuple[int, ...]
    counts: RegistrationCounts
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSubmitted:
    """The unit submitted its registration (vi: nộp đăng ký).

    `due_on` is the last day on which it would have been in time: `closes_on`, or the working day after it.
    `days_late` counts working days; 0 with `is_late` where only days off lie between.
    """

    district: str
    year: int
    unit_id: str
    unit_name: str
    group_id: str | None
    closes_on: date
    due_on: date
    is_late: bool
    days_late: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationReturned:
    """Home affairs sent the registration back to be corrected (vi: trả lại đăng ký)."""

    district: str
    year: int
    unit_id: str
    reason: str
    items: tuple[ItemReason, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationApproved:
    """Home affairs approved the registration (vi: duyệt đăng ký)."""

    district: str
    year: int
    unit_id: str
    counts: RegistrationCounts
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationReopened:
    """Home affairs let the unit change what had been approved (vi: mở lại đăng ký)."""

    district: str
    year: int
    unit_id: str
    reason: str
    by: str
    at: datetime


RegistrationRoundEvent: TypeAlias = RegistrationOpened | RegistrationClosingMoved
UnitRegistrationEvent: TypeAlias = (
    RegistrationSaved | RegistrationSubmitted | RegistrationReturned | RegistrationApproved | RegistrationReopened
)
RegistrationEvent: TypeAlias = RegistrationRoundEvent | UnitRegistrationEvent
