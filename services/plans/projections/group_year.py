"""What groups do in a year as rows, with their history, which their pledges share."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.plans.events import (
    CharterAdopted,
    GroupFormed,
    GroupLeadersAppointed,
    LeadersElected,
    PlansEvent,
    PledgeClosed,
    PledgeConcluded,
    PledgeDrafted,
    PledgeResultsRecorded,
    PledgeSigned,
    PledgeSigningOpened,
    PledgeSigningWithdrawn,
    ReviewHeld,
    ReviewKind,
    ReviewPlanned,
    ReviewWithdrawn,
)
from services.plans.views import (
    CharterView,
    ElectionView,
    GroupHistory,
    GroupYearView,
    MinutesView,
    ReviewTotals,
    ReviewView,
)
from shared.readmodel import Key, Rollup, Table
from shared.types import Attachment, Recorded


def group_year_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the group's year that the event changes."""
    match recorded.event:
        case CharterAdopted() | ReviewPlanned() | ReviewHeld() | ReviewWithdrawn() | LeadersElected() as event:
            return [(event.district, event.group_id, event.year)]
        case _:
            return []


def group_year_row(row: GroupYearView | None, recorded: Recorded[PlansEvent], _: Key) -> GroupYearView | None:
    """Return the group's year after the event; None where nothing has happened in it."""
    match recorded.event:
        case CharterAdopted() as event:
            begun = _begun(row, event, recorded.seq)
            return replace(begun, charters=(*begun.charters, _charter(event)))
        case ReviewPlanned() as event:
            review = ReviewView(kind=event.kind, planned_on=event.planned_on, place=event.place)
            return _with_review(_begun(row, event, recorded.seq), review)
        case ReviewHeld() as event:
            begun = _begun(row, event, recorded.seq)
            known = _review(begun, event) or ReviewView(kind=event.kind)
            return _with_review(begun, replace(known, minutes=_minutes(event)))
        case ReviewWithdrawn() as event:
            known_year = _begun(row, event, recorded.seq)
            withdrawn = _review(known_year, event)
            if event.kind is ReviewKind.ANNUAL:
                # Who leads next year was elected at that review; with it the election is gone.
                known_year = replace(known_year, election=None)
            return _with_review(known_year, replace(withdrawn, minutes=None)) if withdrawn else known_year
        case LeadersElected() as event:
            election = ElectionView(
                for_year=event.for_year,
                elected_on=event.elected_on,
                head=event.head,
                deputy=event.deputy,
                is_rotation=event.is_rotation,
            )
            return replace(_begun(row, event, recorded.seq), election=election)
        case _:
            return row


def _begun(
    row: GroupYearView | None,
    event: CharterAdopted | ReviewPlanned | ReviewHeld | ReviewWithdrawn | LeadersElected,
    seq: int,
) -> GroupYearView:
    if row is not None:
        return replace(row, group_name=event.group_name, seq=seq)
    return GroupYearView(
        district=event.district,
        group_id=event.group_id,
        year=event.year,
        group_name=event.group_name,
        charters=(),
        reviews=(),
        election=None,
        seq=seq,
    )


def _review(row: GroupYearView, event: ReviewHeld | ReviewWithdrawn) -> ReviewView | None:
    return next((one for one in row.reviews if one.kind is event.kind), None)


def _with_review(row: GroupYearView, review: ReviewView) -> GroupYearView:
    others = tuple(one for one in row.reviews if one.kind is not review.kind)
    return replace(row, reviews=(*others, review))


def _charter(event: CharterAdopted) -> CharterView:
    return CharterView(
        year=event.year,
        version=event.version,
        number=event.number,
        adopted_on=event.adopted_on,
        articles=event.articles,
        votes_for=event.votes_for,
        votes_total=event.votes_total,
        attachments=event.attachments,
        by=event.by,
        at=event.at,
    )


def _minutes(event: ReviewHeld) -> MinutesView:
    return MinutesView(
        held_on=event.held_on,
        place=event.place,
        attending=event.attending,
        absent=event.absent,
        results=event.results,
        strengths=event.strengths,
        limits=event.limits,
        directions=event.directions,
        conclusions=event.conclusions,
        due_on=event.due_on,
        due_reason=event.due_reason,
        is_late=event.is_late,
        days_late=event.days_late,
        attachments=event.attachments,
        by=event.by,
        at=event.at,
    )


def review_totals(row: GroupYearView) -> Iterable[ReviewTotals]:
    """Return what each review that was held adds to its district."""
    for one in row.reviews:
        if one.minutes is not None:
            yield ReviewTotals(
                district=row.district,
                year=row.year,
                kind=one.kind,
                held=1,
                late=int(one.minutes.is_late),
                absences=len(one.minutes.absent),
            )


# --- history and files of groups and pledges -----------------------------------------------------


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return one new row for each event of a group or of its pledge."""
    match recorded.event:
        case (
            GroupFormed()
            | GroupLeadersAppointed()
            | CharterAdopted()
            | ReviewPlanned()
            | ReviewHeld()
            | ReviewWithdrawn()
            | LeadersElected()
            | PledgeDrafted()
            | PledgeSigningOpened()
            | PledgeSigned()
            | PledgeConcluded()
            | PledgeSigningWithdrawn()
            | PledgeResultsRecorded()
            | PledgeClosed() as event
        ):
            return [(event.district, event.group_id, event.year, recorded.seq)]
        case _:
            return []


def history_row(row: GroupHistory | None, recorded: Recorded[PlansEvent], key: Key) -> GroupHistory | None:
    """Return the entry of the history that the event makes."""
    district, group_id, year, seq = key
    event = recorded.event
    unit_name = event.unit_name if isinstance(event, PledgeSigned | PledgeResultsRecorded) else ""
    return GroupHistory(
        district=str(district),
        group_id=str(group_id),
        year=int(year),
        seq=int(seq),
        type=recorded.type.split(".")[1],
        period=_period(event),
        unit_name=unit_name,
        text=_told(event),
        by=event.by,
        on_behalf_of=recorded.on_behalf_of,
        at=event.at,
        attachments=_files(recorded),
    )


def _period(event: PlansEvent) -> str:
    match event:
        case ReviewPlanned(kind=kind) | ReviewHeld(kind=kind) | ReviewWithdrawn(kind=kind):
            return kind
        case PledgeResultsRecorded(period=period):
            return period
        case _:
            return ""


def _told(event: PlansEvent) -> str:
    """Return what the history says of the event beside its name: dates, numbers, reasons, names."""
    match event:
        case CharterAdopted():
            return f"{event.number} · {event.adopted_on:%d/%m/%Y} · {event.votes_for}/{event.votes_total}"
        case ReviewPlanned():
            return " · ".join(one for one in (f"{event.planned_on:%d/%m/%Y}", event.place) if one)
        case ReviewHeld():
            return f"{event.held_on:%d/%m/%Y} · {event.place}"
        case ReviewWithdrawn() | PledgeSigningWithdrawn():
            return event.reason
        case LeadersElected():
            names = (event.head.name, *([event.deputy.name] if event.deputy else []))
            return f"{event.for_year}: {', '.join(names)}"
        case PledgeSigned():
            return f"{event.signer.name}, {event.signer.post}"
        case PledgeClosed():
            return f"{event.targets_met}/{event.targets}"
        case _:
            return ""


def _files(recorded: Recorded[PlansEvent]) -> tuple[Attachment, ...]:
    match recorded.event:
        case CharterAdopted() | ReviewHeld() | PledgeResultsRecorded() as event:
            return event.attachments
        case _:
            return ()


TABLES: tuple[Table[Any, Any] | Rollup[Any], ...] = (
    Table(
        name="group_year",
        row=GroupYearView,
        key=("district", "group_id", "year"),
        keys=group_year_keys,
        fold=group_year_row,
        kinds=("group-year",),
    ),
    Rollup(
        name="review_totals",
        row=ReviewTotals,
        key=("district", "year", "kind"),
        of="group_year",
        contribute=review_totals,
    ),
    Table(
        name="group_history",
        row=GroupHistory,
        key=("district", "group_id", "year", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
        kinds=("group-year", "organisation", "pledge"),
    ),
)
