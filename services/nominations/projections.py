"""The read models of nominations: dossiers with what each level counts, erased persons, and the units of PLANS."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from services.nominations.events import (
    EVENTS,
    AwardLevel,
    Category,
    Document,
    DossierFile,
    NominationAccepted,
    NominationEvent,
    NominationResubmitted,
    NominationReturned,
    NominationSubmitted,
    NominationWithdrawn,
    PersonErased,
    ReturnReason,
    SubjectKind,
    Words,
)
from services.nominations.views import CityTotals, DistrictTotals, DossierState, GroupTotals, UnitTotals
from services.plans.events import EVENTS as PLANS_EVENTS
from services.plans.events import (
    Campaign,
    District,
    Group,
    PlansEvent,
    Unit,
    campaign_after,
    campaign_keys,
    district_after,
    district_keys,
    group_after,
    group_keys,
    unit_after,
    unit_keys,
)
from shared.readmodel import Key, ReadModel, Rollup, Table
from shared.types import Recorded, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRow:
    """A dossier as it is kept: words about a person sealed."""

    district: str
    dossier_id: str
    unit_id: str
    unit_name: str
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
    attachments: tuple[DossierFile, ...]
    state: DossierState
    reasons: tuple[ReturnReason, ...]
    withdrawal_reason: Words
    submissions: int
    submitted_by: str
    submitted_at: datetime
    changed_at: datetime
    seq: int
    campaign_id: str | None = None
    campaign_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierHistoryRow:
    """One event of a dossier's history as it is kept: words about a person sealed."""

    district: str
    dossier_id: str
    seq: int
    type: str
    reasons: tuple[ReturnReason, ...]
    text: Words
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFileRow:
    """A file that a submission of the dossier names, as it is kept; whoever may read the dossier may read it."""

    sha256: str
    district: str
    dossier_id: str
    file: DossierFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedRow:
    """A person that was erased; nothing sealed for this person is shown, whatever key a backup brings back."""

    person_id: str
    erased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A unit and the sequence in PLANS at which it was last told of."""

    district: str
    unit_id: str
    unit: Unit
    seq: int


def dossier_keys(recorded: Recorded[NominationEvent]) -> Iterable[Key]:
    """Return the dossier the event changes."""
    event = recorded.event
    return [] if isinstance(event, PersonErased) else [(event.district, event.dossier_id)]


def dossier_row(row: DossierRow | None, recorded: Recorded[NominationEvent], _: Key) -> DossierRow | None:
    """Return the dossier after the event; None where there is no dossier."""
    event = recorded.event
    if isinstance(event, NominationSubmitted):
        return DossierRow(
            district=event.district,
            dossier_id=event.dossier_id,
            unit_id=event.unit_id,
            unit_name=event.unit_name,
            group_id=event.group_id,
            group_name=event.group_name,
            subject_kind=event.subject_kind,
            person_id=event.person_id,
            name=event.name,
            birth_year=event.birth_year,
            position=event.position,
            title=event.title,
            title_name=event.title_name,
            title_level=event.title_level,
            rule_pack=event.rule_pack,
            year=event.year,
            category=event.category,
            summary=event.summary,
            documents=event.documents,
            attachments=event.attachments,
            state=DossierState.SUBMITTED,
            reasons=(),
            withdrawal_reason="",
            submissions=1,
            submitted_by=event.by,
            submitted_at=event.at,
            changed_at=event.at,
            seq=recorded.seq,
            campaign_id=event.campaign_id,
            campaign_title=event.campaign_title,
        )
    return row and _dossier_after(replace(row, changed_at=event.at, seq=recorded.seq), event)


def _dossier_after(
    row: DossierRow,
    event: NominationReturned | NominationResubmitted | NominationAccepted | NominationWithdrawn | PersonErased,
) -> DossierRow:
    match event:
        case NominationReturned():
            return replace(row, state=DossierState.RETURNED, reasons=event.reasons)
        case NominationResubmitted():
            return replace(
                row,
                group_id=event.group_id if event.group_told else row.group_id,
                group_name=event.group_name if event.group_told else row.group_name,
                name=event.name,
                birth_year=event.birth_year,
                position=event.position,
                title=event.title,
                title_name=event.title_name,
                title_level=event.title_level,
                rule_pack=event.rule_pack,
                year=event.year,
                category=event.category,
                summary=event.summary,
                documents=event.documents,
                attachments=event.attachments,
                state=DossierState.SUBMITTED,
                reasons=(),
                submissions=row.submissions + 1,
                submitted_by=event.by,
                submitted_at=event.at,
            )
        case NominationAccepted():
            return replace(row, state=DossierState.ACCEPTED)
        case NominationWithdrawn():
            return replace(row, state=DossierState.WITHDRAWN, withdrawal_reason=event.reason)
        case PersonErased():
            return row
        case _:
            assert_never(event)


def history_keys(recorded: Recorded[NominationEvent]) -> Iterable[Key]:
    """Return one new row of the dossier's history."""
    return [(*key, recorded.seq) for key in dossier_keys(recorded)]


def history_row(row: DossierHistoryRow | None, recorded: Recorded[NominationEvent], _: Key) -> DossierHistoryRow | None:
    """Return the entry of the history that the event makes."""
    event = recorded.event
    if isinstance(event, PersonErased):
        return row
    return DossierHistoryRow(
        district=event.district,
        dossier_id=event.dossier_id,
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        reasons=event.reasons if isinstance(event, NominationReturned) else (),
        text=event.reason if isinstance(event, NominationWithdrawn) else "",
        by=event.by,
        at=event.at,
    )


def file_keys(recorded: Recorded[NominationEvent]) -> Iterable[Key]:
    """Return the files that the event names, each with its dossier."""
    match recorded.event:
        case NominationSubmitted() | NominationResubmitted() as event:
            return [(one.sha256, event.district, event.dossier_id) for one in event.attachments]
        case _:
            return []


def file_row(row: DossierFileRow | None, recorded: Recorded[NominationEvent], key: Key) -> DossierFileRow | None:
    """Return the file of the key, as it was named last."""
    event = recorded.event
    assert isinstance(event, NominationSubmitted | NominationResubmitted)
    named = next(one for one in event.attachments if one.sha256 == key[0])
    return DossierFileRow(sha256=named.sha256, district=event.district, dossier_id=event.dossier_id, file=named)


def erased_keys(recorded: Recorded[NominationEvent]) -> Iterable[Key]:
    """Return the person the event erases."""
    return [(recorded.event.person_id,)] if isinstance(recorded.event, PersonErased) else []


def erased_row(row: ErasedRow | None, recorded: Recorded[NominationEvent], _: Key) -> ErasedRow | None:
    """Return the note that the person was erased."""
    match recorded.event:
        case PersonErased() as event:
            return ErasedRow(person_id=event.person_id, erased_at=event.at)
        case _:
            return row


def _counts(dossier: DossierRow) -> dict[str, int]:
    return {"dossiers": 1, **{state.value: int(dossier.state is state) for state in DossierState}}


def unit_totals(dossier: DossierRow) -> Iterable[UnitTotals]:
    """Return what the dossier adds to its unit."""
    yield UnitTotals(
        district=dossier.district,
        unit_id=dossier.unit_id,
        year=dossier.year,
        title_level=dossier.title_level.value,
        **_counts(dossier),
    )


def group_totals(dossier: DossierRow) -> Iterable[GroupTotals]:
    """Return what the dossier adds to the group in which the unit was that year."""
    if dossier.group_id is not None:
        yield GroupTotals(
            district=dossier.district,
            group_id=dossier.group_id,
            year=dossier.year,
            title_level=dossier.title_level.value,
            **_counts(dossier),
        )


def district_totals(dossier: DossierRow) -> Iterable[DistrictTotals]:
    """Return what the dossier adds to its district."""
    yield DistrictTotals(
        district=dossier.district, year=dossier.year, title_level=dossier.title_level.value, **_counts(dossier)
    )


def city_totals(dossier: DossierRow) -> Iterable[CityTotals]:
    """Return what the dossier adds to the city."""
    yield CityTotals(year=dossier.year, title_level=dossier.title_level.value, **_counts(dossier))


def unit_row(row: UnitRow | None, recorded: Recorded[PlansEvent], _: Key) -> UnitRow | None:
    """Return the unit after the event."""
    unit = unit_after(row.unit if row else None, recorded.event)
    if unit is None:
        return None
    return UnitRow(district=unit.district, unit_id=unit.unit_id, unit=unit, seq=recorded.seq)


NOMINATIONS: ReadModel[NominationEvent] = ReadModel(
    name="nominations",
    source="NOMINATIONS",
    codec=EVENTS,
    tables=(
        Table(
            name="dossier",
            row=DossierRow,
            key=("district", "dossier_id"),
            keys=dossier_keys,
            fold=dossier_row,
            indexes=(("district", "unit_id", "year", "title"), ("changed_at",)),
        ),
        Table(
            name="dossier_history",
            row=DossierHistoryRow,
            key=("district", "dossier_id", "seq"),
            keys=history_keys,
            fold=history_row,
        ),
        Table(
            name="dossier_file",
            row=DossierFileRow,
            key=("sha256", "district", "dossier_id"),
            keys=file_keys,
            fold=file_row,
        ),
        Table(name="erased_person", row=ErasedRow, key=("person_id",), keys=erased_keys, fold=erased_row),
        Rollup(
            name="unit_totals",
            row=UnitTotals,
            key=("district", "unit_id", "year", "title_level"),
            of="dossier",
            contribute=unit_totals,
        ),
        Rollup(
            name="group_totals",
            row=GroupTotals,
            key=("district", "group_id", "year", "title_level"),
            of="dossier",
            contribute=group_totals,
        ),
        Rollup(
            name="district_totals",
            row=DistrictTotals,
            key=("district", "year", "title_level"),
            of="dossier",
            contribute=district_totals,
        ),
        Rollup(
            name="city_totals",
            row=CityTotals,
            key=("year", "title_level"),
            of="dossier",
            contribute=city_totals,
        ),
    ),
)
UNITS: ReadModel[PlansEvent] = ReadModel(
    name="units",
    source="PLANS",
    codec=PLANS_EVENTS,
    tables=(
        Table(
            name="organisation",
            row=District,
            key=("district",),
            keys=lambda recorded: district_keys(recorded.event),
            fold=lambda row, recorded, _: district_after(row, recorded.event),
            kinds=("organisation",),
        ),
        Table(
            name="unit",
            row=UnitRow,
            key=("district", "unit_id"),
            keys=lambda recorded: unit_keys(recorded.event),
            fold=unit_row,
            kinds=("organisation",),
        ),
        Table(
            name="unit_group",
            row=Group,
            key=("district", "group_id", "year"),
            keys=lambda recorded: group_keys(recorded.event),
            fold=lambda row, recorded, _: group_after(row, recorded.event),
            kinds=("organisation",),
        ),
        Table(
            name="campaign",
            row=Campaign,
            key=("district", "campaign_id"),
            keys=lambda recorded: campaign_keys(recorded.event),
            fold=lambda row, recorded, _: campaign_after(row, recorded.event),
            kinds=("campaign",),
        ),
    ),
)
