"""What may be seen of nominations: the questions and their answers, unsealed for those who may read them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from services.nominations.events import AwardLevel, Category, DossierItem, SubjectKind
from services.plans.events import Group, Unit
from shared.codec import MessageCodec


class DossierState(StrEnum):
    """How far a dossier has come (vi: trạng thái hồ sơ)."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A document the dossier refers to."""

    number: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """A file of the dossier; without its name, where the person was erased, it can no longer be read either."""

    sha256: str
    name: str | None
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReasonView:
    """What is to be corrected, and why."""

    item: DossierItem
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierView:
    """A dossier as the asker may read it; `seq` is its last event, for `expected_seq`.

    All words are None where the person was erased (`is_erased`). `reasons` are those of the last return,
    empty once the dossier was submitted again. `transferred_to` names who goes on with a dossier that its
    district had not finished when it ended.
    """

    district: str
    dossier_id: str
    unit_id: str
    unit_name: str
    group_id: str | None
    group_name: str | None
    subject_kind: SubjectKind
    person_id: str | None
    name: str | None
    birth_year: int | None
    position: str | None
    title: str
    title_name: str
    title_level: AwardLevel
    rule_pack: str
    year: int
    category: Category
    summary: str | None
    documents: tuple[DocumentView, ...]
    attachments: tuple[AttachmentView, ...]
    state: DossierState
    reasons: tuple[ReturnReasonView, ...]
    withdrawal_reason: str | None
    submissions: int
    submitted_by: str
    submitted_at: datetime
    changed_at: datetime
    is_erased: bool
    seq: int
    transferred_to: str | None = None
    campaign_id: str | None = None
    campaign_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierHistoryView:
    """One event of a dossier's history: who did what, when, and why."""

    seq: int
    type: str
    reasons: tuple[ReturnReasonView, ...]
    text: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleView:
    """A title or form of commendation and its source in law (vi: danh hiệu thi đua, hình thức khen thưởng)."""

    code: str
    name: str
    subject_kinds: tuple[SubjectKind, ...]
    level: AwardLevel
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTotals:
    """A unit's dossiers of one year and level, counted by the state they are in."""

    district: str
    unit_id: str
    year: int
    title_level: str
    dossiers: int
    submitted: int
    returned: int
    accepted: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """A group's dossiers of one year and level, counted by the state they are in."""

    district: str
    group_id: str
    year: int
    title_level: str
    dossiers: int
    submitted: int
    returned: int
    accepted: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictTotals:
    """A district's dossiers of one year and level, counted by the state they are in."""

    district: str
    year: int
    title_level: str
    dossiers: int
    submitted: int
    returned: int
    accepted: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityTotals:
    """All districts' dossiers of one year and level, counted by the state they are in."""

    year: int
    title_level: str
    dossiers: int
    submitted: int
    returned: int
    accepted: int
    withdrawn: int


# --- questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDossiers:
    """Which dossiers may the asker see, newest change first? Answer: DossierList.

    `text` searches nominee, unit and title, ignoring marks and case; at most `limit` (1–500) are returned.
    With `campaign_id` only those that came of the campaign.
    """

    district: str | None = None
    year: int | None = None
    state: DossierState | None = None
    unit_id: str | None = None
    text: str = ""
    limit: int = 100
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierList:
    """Dossiers, newest change first; `found` counts all that meet the conditions."""

    dossiers: tuple[DossierView, ...]
    found: int
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDossier:
    """One dossier with its history. Answer: DossierDetail."""

    district: str
    dossier_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierDetail:
    """A dossier and its history, oldest first."""

    dossier: DossierView
    history: tuple[DossierHistoryView, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTitles:
    """Which titles are there on the day, today unless told? Answer: TitleList."""

    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleList:
    """The titles of the pack of rules in force on the day."""

    on: date
    rule_pack: str
    titles: tuple[TitleView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDistrictDossiers:
    """What was nominated in the district this year, by unit and group? Answer: DistrictDossiers."""

    district: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictDossiers:
    """Totals of each level of one district, with the units and groups they name."""

    district: str
    year: int
    units: tuple[Unit, ...]
    groups: tuple[Group, ...]
    unit_totals: tuple[UnitTotals, ...]
    group_totals: tuple[GroupTotals, ...]
    district_totals: tuple[DistrictTotals, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCityDossiers:
    """Five districts side by side. Answer: CityDossiers."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityDossiers:
    """Totals by district and for the city; a district without dossiers has no totals."""

    year: int
    district_totals: tuple[DistrictTotals, ...]
    city_totals: tuple[CityTotals, ...]
    today: date


NominationQuestion: TypeAlias = ListDossiers | ShowDossier | ShowTitles | ShowDistrictDossiers | ShowCityDossiers
NominationAnswer: TypeAlias = DossierList | DossierDetail | TitleList | DistrictDossiers | CityDossiers
QUESTIONS: MessageCodec[NominationQuestion] = MessageCodec("nominations", NominationQuestion)
