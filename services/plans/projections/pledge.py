"""Pledges as rows; lines by member and target, and what groups and districts count, are derived from them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.plans.events import (
    PlansEvent,
    PledgeClosed,
    PledgeConcluded,
    PledgeDrafted,
    PledgePeriod,
    PledgeResultsRecorded,
    PledgeSigned,
    PledgeSigningOpened,
    PledgeSigningWithdrawn,
    PledgeTarget,
    TargetResult,
)
from services.plans.rules import is_met, ratio
from services.plans.views import (
    PledgeDistrictTotals,
    PledgeGroupTotals,
    PledgeLine,
    PledgeStatus,
    PledgeView,
    ResultView,
    SignatureView,
)
from shared.clock import local_date
from shared.readmodel import Derived, Key, Rollup, Table
from shared.types import Recorded


def pledge_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the pledge that the event changes."""
    match recorded.event:
        case (
            PledgeDrafted()
            | PledgeSigningOpened()
            | PledgeSigned()
            | PledgeConcluded()
            | PledgeSigningWithdrawn()
            | PledgeResultsRecorded()
            | PledgeClosed() as event
        ):
            return [(event.district, event.group_id, event.year)]
        case _:
            return []


def pledge_row(row: PledgeView | None, recorded: Recorded[PlansEvent], _: Key) -> PledgeView | None:
    """Return the pledge after the event; None where there is none."""
    match recorded.event:
        case PledgeDrafted() as event:
            return PledgeView(
                district=event.district,
                group_id=event.group_id,
                year=event.year,
                group_name=event.group_name,
                status=PledgeStatus.DRAFT,
                version=event.version,
                contents=event.contents,
                targets=event.targets,
                witness=event.witness,
                members=(),
                signatures=(),
                concluded_on=None,
                results=(),
                missing=(),
                closed_on=None,
                withdrawn_reason=row.withdrawn_reason if row else None,
                seq=recorded.seq,
            )
        case _:
            return row and _after(row, recorded)


def _after(row: PledgeView, recorded: Recorded[PlansEvent]) -> PledgeView:
    row = replace(row, seq=recorded.seq)
    match recorded.event:
        case PledgeSigningOpened() as event:
            return replace(
                row, status=PledgeStatus.SIGNING, members=event.members, signatures=(), withdrawn_reason=None
            )
        case PledgeSigned() as event:
            signature = SignatureView(
                unit_id=event.unit_id,
                unit_name=event.unit_name,
                signer=event.signer,
                signed_on=local_date(event.at),
                signed_at=event.at,
                by=event.by,
                on_behalf_of=recorded.on_behalf_of,
            )
            return replace(row, signatures=(*row.signatures, signature))
        case PledgeConcluded() as event:
            return replace(row, status=PledgeStatus.CONCLUDED, concluded_on=event.concluded_on)
        case PledgeSigningWithdrawn() as event:
            return replace(
                row,
                status=PledgeStatus.DRAFT,
                members=(),
                signatures=(),
                concluded_on=None,
                withdrawn_reason=event.reason,
            )
        case PledgeResultsRecorded() as event:
            return _told(row, event)
        case PledgeClosed() as event:
            return replace(row, status=PledgeStatus.CLOSED, closed_on=local_date(event.at), missing=event.missing)
        case _:
            return row


def _told(row: PledgeView, event: PledgeResultsRecorded) -> PledgeView:
    """Return the pledge with the results; of a target told of before, the later holds."""
    targets = {one.number: one for one in row.targets}
    numbers = {one.number for one in event.results}
    kept = tuple(
        one
        for one in row.results
        if not (one.unit_id == event.unit_id and one.period is event.period and one.number in numbers)
    )
    new = tuple(_result(event, one, targets[one.number]) for one in event.results)
    return replace(row, results=(*kept, *new))


def _result(event: PledgeResultsRecorded, told: TargetResult, target: PledgeTarget) -> ResultView:
    return ResultView(
        unit_id=event.unit_id,
        unit_name=event.unit_name,
        number=told.number,
        period=event.period,
        actual=told.actual,
        ratio=ratio(target.direction, target.value, told.actual),
        is_met=is_met(target.direction, target.value, told.actual),
        evidence=told.evidence,
        by=event.by,
        at=event.at,
    )


def pledge_lines(row: PledgeView) -> Iterable[PledgeLine]:
    """Return each target of each member, pledged against reached; none before the signing is opened."""
    told = {(one.unit_id, one.number, one.period): one for one in row.results}
    for unit in row.members:
        for target in row.targets:
            mid = told.get((unit.unit_id, target.number, PledgePeriod.MID_YEAR))
            end = told.get((unit.unit_id, target.number, PledgePeriod.YEAR_END))
            yield PledgeLine(
                district=row.district,
                group_id=row.group_id,
                year=row.year,
                unit_id=unit.unit_id,
                number=target.number,
                unit_name=unit.name,
                name=target.name,
                measure=target.measure,
                value=target.value,
                direction=target.direction,
                mid_actual=mid.actual if mid else None,
                mid_ratio=mid.ratio if mid else None,
                end_actual=end.actual if end else None,
                end_ratio=end.ratio if end else None,
                is_met=end is not None and end.is_met,
            )


def _counts(row: PledgeView) -> dict[str, int]:
    """Return what the pledge adds to a level; targets count once a member, and only when it is concluded."""
    is_concluded = row.status in (PledgeStatus.CONCLUDED, PledgeStatus.CLOSED)
    at_end = [one for one in row.results if one.period is PledgePeriod.YEAR_END]
    return {
        "pledges": 1,
        "concluded": int(is_concluded),
        "members": len(row.members),
        "signed": len(row.signatures),
        "targets": len(row.members) * len(row.targets) if is_concluded else 0,
        "mid_told": len(row.results) - len(at_end),
        "end_told": len(at_end),
        "met": sum(one.is_met for one in at_end),
    }


def group_totals(row: PledgeView) -> Iterable[PledgeGroupTotals]:
    """Return what the pledge counts for its group."""
    yield PledgeGroupTotals(district=row.district, group_id=row.group_id, year=row.year, **_counts(row))


def district_totals(row: PledgeView) -> Iterable[PledgeDistrictTotals]:
    """Return what the pledge adds to its district."""
    yield PledgeDistrictTotals(district=row.district, year=row.year, **_counts(row))


TABLES: tuple[Table[Any, Any] | Derived[Any] | Rollup[Any], ...] = (
    Table(
        name="pledge",
        row=PledgeView,
        key=("district", "group_id", "year"),
        keys=pledge_keys,
        fold=pledge_row,
        kinds=("pledge",),
    ),
    Derived(
        name="pledge_line",
        row=PledgeLine,
        key=("district", "group_id", "year", "unit_id", "number"),
        of="pledge",
        derive=pledge_lines,
    ),
    Rollup(
        name="pledge_group_totals",
        row=PledgeGroupTotals,
        key=("district", "group_id", "year"),
        of="pledge",
        contribute=group_totals,
    ),
    Rollup(
        name="pledge_district_totals",
        row=PledgeDistrictTotals,
        key=("district", "year"),
        of="pledge",
        contribute=district_totals,
    ),
)
