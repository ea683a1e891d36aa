"""What may be asked of nominations. Words are in clear here: they are sealed at the edge, before anything is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.nominations.events import Category, DossierItem, ErasureGround, SubjectKind
from shared.codec import MessageCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document the dossier refers to: its number, where it has one, and its name (vi: số, tên tài liệu)."""

    name: str
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReturnReason:
    """What is to be corrected, and why (vi: lý do trả lại)."""

    item: DossierItem
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitNomination:
    """Nominate a person or a collective for a title (vi: nộp hồ sơ đề nghị khen thưởng).

    Without `person_id` an individual becomes a new person. `birth_year` and `position` are of individuals.
    `attachments` are the handles of files uploaded before by the same account. With `campaign_id` the dossier comes
    of a campaign that the unit has joined, and is of the category CAMPAIGN.
    """

    district: str
    dossier_id: str
    unit_id: str
    subject_kind: SubjectKind
    name: str
    title: str
    year: int
    category: Category
    summary: str
    documents: tuple[NewDocument, ...]
    person_id: str | None = None
    birth_year: int | None = None
    position: str | None = None
    attachments: tuple[str, ...] = ()
    campaign_id: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNomination:
    """Send the dossier back to the unit, with what is to be corrected (vi: trả lại hồ sơ)."""

    district: str
    dossier_id: str
    reasons: tuple[NewReturnReason, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResubmitNomination:
    """Submit the corrected dossier; nominee and campaign remain the same (vi: nộp lại hồ sơ).

    `attachments` are all its files: the handles of new ones, and the SHA-256 of those that it keeps. Where they
    are not told, it keeps what it has.
    """

    district: str
    dossier_id: str
    name: str
    title: str
    year: int
    category: Category
    summary: str
    documents: tuple[NewDocument, ...]
    birth_year: int | None = None
    position: str | None = None
    attachments: tuple[str, ...] | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptNomination:
    """Take the dossier in for appraisal (vi: tiếp nhận hồ sơ)."""

    district: str
    dossier_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawNomination:
    """No longer pursue the dossier; home affairs gives a reason, the unit may (vi: rút hồ sơ)."""

    district: str
    dossier_id: str
    reason: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePerson:
    """Destroy the person's key, for good, in all districts (vi: xóa dữ liệu cá nhân)."""

    person_id: str
    ground: ErasureGround
    at: datetime


DossierCommand: TypeAlias = (
    SubmitNomination | ReturnNomination | ResubmitNomination | AcceptNomination | WithdrawNomination
)
NominationCommand: TypeAlias = DossierCommand | ErasePerson
COMMANDS: MessageCodec[NominationCommand] = MessageCodec("nominations", NominationCommand)
