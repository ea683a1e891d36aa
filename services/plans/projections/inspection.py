"""Inspections, the units inspected and the recommendations as rows; sums of an inspection and of a year from those."""

from collections.abc import Iterable
from dataclasses import replace

from services.plans.events import (
    FindingsRecorded,
    InspectionCancelled,
    InspectionConcluded,
    InspectionMoved,
    InspectionScheduled,
    PlansEvent,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
)
from services.plans.projections.activity import year_totals
from services.plans.views import (
    ActivityStatus,
    ActivityTotals,
    InspectionParts,
    InspectionUnitView,
    InspectionView,
    InspectionYear,
    RecommendationParts,
    RecommendationState,
    RecommendationView,
    RecommendationYear,
)
from shared.clock import local_date
from shared.readmodel import Key, Rollup, Table
from shared.types import Recorded


def inspection_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the inspection that the event is about; also what becomes of a recommendation is its last event."""
    match recorded.event:
        case (
            InspectionScheduled()
            | InspectionMoved()
            | FindingsRecorded()
            | RecommendationsIssued()
            | RecommendationWithdrawn()
            | RecommendationAnswered()
            | ResponseAccepted()
            | ResponseRejected()
            | InspectionConcluded()
            | InspectionCancelled() as event
        ):
            return [(event.district, event.inspection_id)]
        case _:
            return []


def inspection_row(row: InspectionView | None, recorded: Recorded[PlansEvent], _: Key) -> InspectionView | None:
    """Return the inspection after the event; None where there is none."""
    event, seq = recorded.event, recorded.seq
    if isinstance(event, InspectionScheduled):
        return InspectionView(
            district=event.district,
            inspection_id=event.inspection_id,
            year=event.year,
            status=ActivityStatus.OPEN,
            title=event.title,
            subject=event.subject,
            number=event.number,
            contents=event.contents,
            team=event.team,
            starts_on=event.starts_on,
            ends_on=event.ends_on,
            task=event.task,
            concluded_on=None,
            report_number="",
            summary="",
            signer=None,
            cancel_reason="",
            seq=seq,
        )
    return row and replace(_after(row, event), seq=seq)


def _after(row: InspectionView, event: PlansEvent) -> InspectionView:
    match event:
        case InspectionMoved():
            return replace(row, starts_on=event.starts_on, ends_on=event.ends_on)
        case InspectionConcluded():
            return replace(
                row,
                status=ActivityStatus.CLOSED,
                concluded_on=event.concluded_on,
                report_number=event.number,
                summary=event.summary,
                signer=event.signer,
            )
        case InspectionCancelled():
            return replace(row, status=ActivityStatus.CANCELLED, cancel_reason=event.reason)
        case _:
            return row


def unit_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the inspected units that the event changes."""
    match recorded.event:
        case InspectionScheduled() as event:
            return [(event.district, event.inspection_id, unit.unit_id) for unit in event.units]
        case InspectionCancelled() as event:
            return [(event.district, event.inspection_id, unit_id) for unit_id in event.units]
        case FindingsRecorded() as event:
            return [(event.district, event.inspection_id, event.unit_id)]
        case _:
            return []


def unit_row(row: InspectionUnitView | None, recorded: Recorded[PlansEvent], key: Key) -> InspectionUnitView | None:
    """Return the unit of the key after the event."""
    match recorded.event:
        case InspectionScheduled() as event:
            unit = next(one for one in event.units if one.unit_id == key[2])
            return InspectionUnitView(
                district=event.district,
                inspection_id=event.inspection_id,
                unit_id=unit.unit_id,
                year=event.year,
                name=unit.name,
                group_id=unit.group_id,
            )
        case FindingsRecorded() as event:
            return row and replace(
                row,
                checked_on=event.checked_on,
                contents=event.contents,
                findings=event.findings,
                strengths=event.strengths,
                shortcomings=event.shortcomings,
                attachments=event.attachments,
            )
        case InspectionCancelled():
            return row and replace(row, is_cancelled=True)
        case _:
            return row


def recommendation_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the recommendations that the event changes."""
    match recorded.event:
        case RecommendationsIssued() as event:
            return [(event.district, event.inspection_id, one.number) for one in event.recommendations]
        case RecommendationWithdrawn() | RecommendationAnswered() | ResponseAccepted() | ResponseRejected() as event:
            return [(event.district, event.inspection_id, event.number)]
        case _:
            return []


def recommendation_row(
    row: RecommendationView | None, recorded: Recorded[PlansEvent], key: Key
) -> RecommendationView | None:
    """Return the recommendation of the key after the event."""
    match recorded.event:
        case RecommendationsIssued() as event:
            one = next(one for one in event.recommendations if one.number == key[2])
            return RecommendationView(
                district=event.district,
                inspection_id=event.inspection_id,
                number=one.number,
                year=event.year,
                unit_id=one.unit_id,
                unit_name=one.unit_name,
                text=one.text,
                issued_at=event.at,
                due_on=one.due_on,
                working_days=one.working_days,
                due_reason=one.due_reason,
                state=RecommendationState.OPEN,
                answer="",
                evidence="",
                answered_on=None,
                attachments=(),
                reason="",
            )
        case RecommendationAnswered() as event:
            return row and replace(
                row,
                state=RecommendationState.ANSWERED,
                answer=event.text,
                evidence=event.evidence,
                answered_on=local_date(event.at),
                attachments=event.attachments,
                reason="",
            )
        case ResponseAccepted():
            return row and replace(row, state=RecommendationState.ACCEPTED)
        case ResponseRejected() as event:
            return row and replace(row, state=RecommendationState.REJECTED, reason=event.reason)
        case RecommendationWithdrawn() as event:
            return row and replace(row, state=RecommendationState.WITHDRAWN, reason=event.reason)
        case _:
            return row


def _unit_counts(unit: InspectionUnitView) -> dict[str, int]:
    return {"units": 1, "checked": int(unit.checked_on is not None)}


def inspection_parts(unit: InspectionUnitView) -> Iterable[InspectionParts]:
    """Return what the unit adds to its inspection; nothing to a cancelled one."""
    if not unit.is_cancelled:
        yield InspectionParts(
            district=unit.district, year=unit.year, inspection_id=unit.inspection_id, **_unit_counts(unit)
        )


def inspection_year(unit: InspectionUnitView) -> Iterable[InspectionYear]:
    """Return what the unit adds to its district and year; nothing of a cancelled inspection."""
    if not unit.is_cancelled:
        yield InspectionYear(district=unit.district, year=unit.year, **_unit_counts(unit))


def _state_counts(one: RecommendationView) -> dict[str, int]:
    return {
        "issued": int(one.state is not RecommendationState.WITHDRAWN),
        **{state.value: int(one.state is state) for state in RecommendationState},
    }


def recommendation_parts(one: RecommendationView) -> Iterable[RecommendationParts]:
    """Return what the recommendation adds to its inspection."""
    yield RecommendationParts(
        district=one.district, year=one.year, inspection_id=one.inspection_id, **_state_counts(one)
    )


def recommendation_year(one: RecommendationView) -> Iterable[RecommendationYear]:
    """Return what the recommendation adds to its district and year."""
    yield RecommendationYear(district=one.district, year=one.year, **_state_counts(one))


TABLES = (
    Table(
        name="inspection",
        row=InspectionView,
        key=("district", "inspection_id"),
        keys=inspection_keys,
        fold=inspection_row,
        indexes=(("district", "year"),),
        kinds=("inspection",),
    ),
    Table(
        name="inspection_unit",
        row=InspectionUnitView,
        key=("district", "inspection_id", "unit_id"),
        keys=unit_keys,
        fold=unit_row,
        kinds=("inspection",),
    ),
    Table(
        name="recommendation",
        row=RecommendationView,
        key=("district", "inspection_id", "number"),
        keys=recommendation_keys,
        fold=recommendation_row,
        indexes=(("district", "year", "due_on"),),
        kinds=("inspection",),
    ),
    Rollup(
        name="inspection_totals",
        row=ActivityTotals,
        key=("district", "year"),
        of="inspection",
        contribute=year_totals,
    ),
    Rollup(
        name="inspection_parts",
        row=InspectionParts,
        key=("district", "year", "inspection_id"),
        of="inspection_unit",
        contribute=inspection_parts,
    ),
    Rollup(
        name="inspection_year",
        row=InspectionYear,
        key=("district", "year"),
        of="inspection_unit",
        contribute=inspection_year,
    ),
    Rollup(
        name="recommendation_parts",
        row=RecommendationParts,
        key=("district", "year", "inspection_id"),
        of="recommendation",
        contribute=recommendation_parts,
    ),
    Rollup(
        name="recommendation_year",
        row=RecommendationYear,
        key=("district", "year"),
        of="recommendation",
        contribute=recommendation_year,
    ),
)
