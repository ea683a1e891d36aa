"""What happens to a dossier of nomination, and to the persons named in dossiers (vi: hồ sơ đề nghị khen thưởng)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.codec import EventCodec
from shared.types import Sealed

# Words about one person are sealed from the first event on; words about a collective are in clear.
Words: TypeAlias = str | Sealed


class SubjectKind(StrEnum):
    """Who is nominated (vi: cá nhân, tập thể)."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class Category(StrEnum):
    """On what occasion (vi: loại hình khen thưởng; NĐ 91/2017 Đ13)."""

    MERIT = "merit"
    CAMPAIGN = "campaign"
    AD_HOC = "ad_hoc"
    LONG_SERVICE = "long_service"
    SENIORITY = "seniority"
    EXTERNAL_RELATIONS = "external_relations"


class AwardLevel(StrEnum):
    """Who decides in the end: the district's chair, the city's chair, or the State (vi: cấp khen thưởng)."""

    DISTRICT = "district"
    CITY = "city"
    STATE = "state"


class DossierItem(StrEnum):
    """A part of the dossier that may have to be corrected (vi: mục hồ sơ)."""

    NOMINEE = "nominee"
    TITLE = "title"
    YEAR = "year"
    CATEGORY = "category"
    SUMMARY = "summary"
    DOCUMENTS = "documents"
    OTHER = "other"


class ErasureGround(StrEnum):
    """Why a person's data are erased (vi: căn cứ xóa dữ liệu cá nhân)."""

    REQUEST = "request"
    RETENTION_ENDED = "retention_ended"
    RECORDED_BY_MISTAKE = "recorded_by_mistake"


class SealedField(StrEnum):
    """Under which name words about a person are sealed: part of the log's format, never changed."""

    NAME = "name"
    BIRTH_YEAR = "birth_year"
    POSITION = "position"
    SUMMARY = "summary"
    DOCUMENT = "document"
    RETURN_REASON = "return_reason"
    WITHDRAWAL_REASON = "withdrawal_reason"
    FILE_NAME = "file_name"
    FILE_KEY = "file_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that the dossier refers to (vi: tài liệu kèm theo)."""

    number: str
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFile:
    """A file attached to the dossier, and the key that opens it (vi: tệp đính kèm).

    `sha256` is that of the sealed file in the store; `size` in bytes and `media_type` are those of what it holds.
    """

    sha256: str
    name: Words
    size: int
    media_type: str
    key: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason:
    """What is to be corrected, and why (vi: lý do trả lại)."""

    item: DossierItem
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationSubmitted:
    """A unit submitted a nomination (vi: nộp hồ sơ đề nghị khen thưởng). Public for ever; its meaning never changes.

    `unit_seq` is where in PLANS the unit was last told of; `fingerprint` tells equal contents, and says
    nothing without the person's key. `campaign_id` is the campaign of PLANS that it came of, if any.
    """

    district: str
    dossier_id: str
    unit_id: str
    unit_name: str
    unit_seq: int
    group_id: str | None
    group_name: str | None
    subject_kind: SubjectKind
    person_id: str | None
    name: Words
    birth_year: Sealed | None
    position: Sealed | None
    title: str
    title_name: str
    title_level: AwardLevel
    rule_pack: str
    year: int
    category: Category
    summary: Words
    documents: tuple[Document, ...]
    fingerprint: str
    by: str
    at: datetime
    attachments: tuple[DossierFile, ...] = ()
    campaign_id: str | None = None
    campaign_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationReturned:
    """Home affairs sent the dossier back to be corrected (vi: trả lại hồ sơ)."""

    district: str
    dossier_id: str
    unit_id: str
    reasons: tuple[ReturnReason, ...]
    fingerprint: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationResubmitted:
    """The unit submitted the corrected dossier; unit, nominee and campaign are as before (vi: nộp lại hồ sơ).

    The group is the unit's of `year`, or none; where it was not told (`group_told`), it is as before.
    """

    district: str
    dossier_id: str
    unit_id: str
    name: Words
    birth_year: Sealed | None
    position: Sealed | None
    title: str
    title_name: str
    title_level: AwardLevel
    rule_pack: str
    year: int
    category: Category
    summary: Words
    documents: tuple[Document, ...]
    fingerprint: str
    by: str
    at: datetime
    group_id: str | None = None
    group_name: str | None = None
    # Resubmissions recorded before the group was part of them told none, which is not the same as being in none.
    group_told: bool = False
    attachments: tuple[DossierFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationAccepted:
    """Home affairs took the dossier in for appraisal (vi: tiếp nhận hồ sơ)."""

    district: str
    dossier_id: str
    unit_id: str
    subject_kind: SubjectKind
    title: str
    year: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationWithdrawn:
    """The dossier is no longer pursued; home affairs or the unit's own people withdrew it (vi: rút hồ sơ)."""

    district: str
    dossier_id: str
    unit_id: str
    subject_kind: SubjectKind
    title: str
    year: int
    reason: Words
    by: str
    at: datetime
    withdrawn_by_office: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased:
    """The person's key is destroyed: nothing sealed under it can be read again (vi: xóa dữ liệu cá nhân)."""

    person_id: str
    ground: ErasureGround
    by: str
    at: datetime


DossierEvent: TypeAlias = (
    NominationSubmitted | NominationReturned | NominationResubmitted | NominationAccepted | NominationWithdrawn
)
NominationEvent: TypeAlias = DossierEvent | PersonErased
EVENTS: EventCodec[NominationEvent] = EventCodec("nominations", NominationEvent)
