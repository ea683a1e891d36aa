"""What may be asked of registrations: home affairs opens and judges, units write down and submit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.plans.events import RegistrationKind, TitleSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRegistrationItem:
    """One thing to register, as it is typed; what its kind does not have is left out.

    A title: `subject`, `title` (a code), `name` of the person or collective, `position` of a person. An
    initiative: `name`, `authors`, `effect`. A movement: `name`, `effect` (its aims), `starts_on`, `ends_on`. A
    model (vi: mô hình dân vận khéo): `name`, `field`, `place`, `effect`.
    """

    kind: RegistrationKind
    name: str
    subject: TitleSubject | None = None
    title: str = ""
    position: str = ""
    authors: tuple[str, ...] = ()
    field: str = ""
    place: str = ""
    effect: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItemReason:
    """Why one thing that is registered goes back, by its number."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRegistration:
    """Ask the units to register for the year until a day, it included (vi: mở đợt đăng ký).

    `unit_ids` are those asked; where none is named, all offices, organisations and wards that exist.
    """

    district: str
    year: int
    closes_on: date
    note: str = ""
    unit_ids: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRegistrationClosing:
    """Let the round end on another day, with the reason (vi: đổi hạn đăng ký)."""

    district: str
    year: int
    closes_on: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRegistration:
    """Write down what the unit registers; the items take the place of those that were there (vi: lưu bản đăng ký)."""

    district: str
    year: int
    unit_id: str
    items: tuple[NewRegistrationItem, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRegistration:
    """Submit what was written down (vi: nộp đăng ký, nộp lại)."""

    district: str
    year: int
    unit_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRegistration:
    """Send the registration back, with a reason for the whole and for single items (vi: trả lại đăng ký)."""

    district: str
    year: int
    unit_id: str
    reason: str
    items: tuple[NewItemReason, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRegistration:
    """Approve the registration (vi: duyệt đăng ký)."""

    district: str
    year: int
    unit_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenRegistration:
    """Let the unit change its approved registration, with the reason (vi: mở lại đăng ký)."""

    district: str
    year: int
    unit_id: str
    reason: str
    at: datetime


RegistrationRoundCommand: TypeAlias = OpenRegistration | MoveRegistrationClosing
UnitRegistrationCommand: TypeAlias = (
    SaveRegistration | SubmitRegistration | ReturnRegistration | ApproveRegistration | ReopenRegistration
)
RegistrationCommand: TypeAlias = RegistrationRoundCommand | UnitRegistrationCommand
