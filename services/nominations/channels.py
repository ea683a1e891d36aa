"""What nominations makes known to other systems: facts without persons, whose meaning never changes."""

from dataclasses import dataclass

from services.nominations.events import (
    NominationAccepted,
    NominationEvent,
    NominationSubmitted,
    NominationWithdrawn,
    SubjectKind,
)
from shared.publisher import PublicFact
from shared.types import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationSubmittedPublic:
    """A unit submitted a nomination."""

    district: str
    dossier_id: str
    unit_id: str
    subject_kind: SubjectKind
    title: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationAcceptedPublic:
    """Home affairs took a dossier in for appraisal; title and year as last submitted."""

    district: str
    dossier_id: str
    unit_id: str
    subject_kind: SubjectKind
    title: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationWithdrawnPublic:
    """A dossier is no longer pursued."""

    district: str
    dossier_id: str
    unit_id: str
    subject_kind: SubjectKind
    title: str
    year: int


_BODIES = {
    NominationSubmitted: NominationSubmittedPublic,
    NominationAccepted: NominationAcceptedPublic,
    NominationWithdrawn: NominationWithdrawnPublic,
}


def publish(recorded: Recorded[NominationEvent]) -> PublicFact | None:
    """Return the public fact of the event; None for what stays inside."""
    match recorded.event:
        case NominationSubmitted() | NominationAccepted() | NominationWithdrawn() as event:
            body = _BODIES[type(event)](
                district=event.district,
                dossier_id=event.dossier_id,
                unit_id=event.unit_id,
                subject_kind=event.subject_kind,
                title=event.title,
                year=event.year,
            )
            return PublicFact(district=event.district, name=type(event).__name__, body=body)
        case _:
            return None
