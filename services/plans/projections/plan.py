"""Plans as rows (vi: kế hoạch năm)."""

from collections.abc import Iterable
from dataclasses import replace

from services.plans.events import (
    DraftAmended,
    DraftTransferred,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanClosed,
    PlanDrafted,
    PlanIssued,
    PlanReturned,
    PlansEvent,
    PlanSubmitted,
)
from services.plans.projections import plan_history, plan_task, plan_totals, plan_version
from services.plans.views import AmendmentView, PlanView
from shared.readmodel import Key, Table
from shared.types import Recorded


def plan_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the plan the event changes; events of its tasks leave it as it is."""
    match recorded.event:
        case (
            PlanDrafted()
            | DraftAmended()
            | PlanSubmitted()
            | PlanReturned()
            | PlanIssued()
            | PlanAmendmentSubmitted()
            | PlanAmendmentReturned()
            | PlanAmended()
            | PlanClosed()
            | DraftTransferred() as event
        ):
            return [(event.district, event.plan_id)]
        case _:
            return []


def plan_row(row: PlanView | None, recorded: Recorded[PlansEvent], _: Key) -> PlanView | None:
    """Return the plan after the event; None where there is no plan."""
    match recorded.event:
        case PlanDrafted() as event:
            return PlanView(
                district=event.district,
                plan_id=event.plan_id,
                year=event.year,
                status="draft",
                number=event.number,
                issued_on=None,
                text=event.text,
                draft=event.tasks,
                return_reason=None,
                seq=recorded.seq,
            )
        case DraftAmended() as event:
            return row and replace(row, number=event.number, text=event.text, draft=event.tasks, seq=recorded.seq)
        case PlanSubmitted():
            return row and replace(row, status="submitted", return_reason=None, seq=recorded.seq)
        case PlanReturned() as event:
            return row and replace(row, status="returned", return_reason=event.reason, seq=recorded.seq)
        case PlanIssued() as event:
            return row and replace(
                row,
                status="issued",
                number=event.number,
                issued_on=event.issued_on,
                version=1,
                transferred_on=None,
                transferred_to="",
                seq=recorded.seq,
            )
        case PlanAmendmentSubmitted() as event:
            amendment = AmendmentView(
                version=event.version,
                reason=event.reason,
                number=event.number,
                added=event.added,
                changed=event.changed,
                removed=event.removed,
                by=event.by,
                at=event.at,
            )
            return row and replace(row, amendment=amendment, amendment_status="submitted", seq=recorded.seq)
        case PlanAmendmentReturned() as event:
            returned = replace(row.amendment, return_reason=event.reason) if row and row.amendment else None
            return row and replace(row, amendment=returned, amendment_status="returned", seq=recorded.seq)
        case PlanAmended() as event:
            return row and replace(
                row,
                version=event.version,
                amended_by=event.number,
                amended_on=event.amended_on,
                amendment=None,
                amendment_status=None,
                seq=recorded.seq,
            )
        case DraftTransferred() as event:
            return row and replace(
                row,
                transferred_on=event.transferred_on,
                transferred_to=event.successor_name,
                seq=recorded.seq,
            )
        case PlanClosed() as event:
            # What was returned and not submitted again will never be.
            return row and replace(
                row,
                closed_on=event.closed_on,
                carry_reason=event.carry_reason,
                amendment=None,
                amendment_status=None,
                seq=recorded.seq,
            )
        case _:
            return row


TABLES = (
    Table(
        name="plan",
        row=PlanView,
        key=("district", "plan_id"),
        keys=plan_keys,
        fold=plan_row,
        indexes=(("year",),),
        kinds=("plan",),
    ),
    *plan_task.TABLES,
    *plan_history.TABLES,
    *plan_version.TABLES,
    *plan_totals.TABLES,
)
