"""Campaigns and the units called to them as rows; what a campaign and a year count is added up from those."""

from collections.abc import Iterable
from dataclasses import replace

from services.plans.events import (
    CampaignAmended,
    CampaignCancelled,
    CampaignClosed,
    CampaignDrafted,
    CampaignEndMoved,
    CampaignJoined,
    CampaignLaunched,
    CampaignResultReported,
    PlansEvent,
)
from services.plans.projections.activity import year_totals
from services.plans.views import (
    ActivityStatus,
    ActivityTotals,
    CampaignParts,
    CampaignUnitView,
    CampaignView,
    CampaignYear,
)
from shared.readmodel import Key, Rollup, Table
from shared.types import Recorded


def campaign_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the campaign that the event is about; also what its units do is its last event."""
    match recorded.event:
        case (
            CampaignDrafted()
            | CampaignAmended()
            | CampaignLaunched()
            | CampaignJoined()
            | CampaignResultReported()
            | CampaignEndMoved()
            | CampaignClosed()
            | CampaignCancelled() as event
        ):
            return [(event.district, event.campaign_id)]
        case _:
            return []


def campaign_row(row: CampaignView | None, recorded: Recorded[PlansEvent], _: Key) -> CampaignView | None:
    """Return the campaign after the event; None where there is none."""
    event, seq = recorded.event, recorded.seq
    if isinstance(event, CampaignDrafted):
        return CampaignView(
            district=event.district,
            campaign_id=event.campaign_id,
            year=event.year,
            status=ActivityStatus.DRAFT,
            outline=event.outline,
            units=event.units,
            task=event.task,
            number="",
            launched_on=None,
            signer=None,
            ends_on_before=None,
            closed_on=None,
            closing_number="",
            summary="",
            cancel_reason="",
            seq=seq,
        )
    return row and replace(_after(row, event), seq=seq)


def _after(row: CampaignView, event: PlansEvent) -> CampaignView:
    match event:
        case CampaignAmended():
            return replace(row, outline=event.outline, units=event.units, task=event.task)
        case CampaignLaunched():
            return replace(
                row,
                status=ActivityStatus.OPEN,
                number=event.number,
                launched_on=event.launched_on,
                signer=event.signer,
                outline=event.outline,
            )
        case CampaignEndMoved():
            return replace(
                row, outline=replace(row.outline, ends_on=event.ends_on), ends_on_before=event.ends_on_before
            )
        case CampaignClosed():
            return replace(
                row,
                status=ActivityStatus.CLOSED,
                closed_on=event.closed_on,
                closing_number=event.number,
                summary=event.summary,
            )
        case CampaignCancelled():
            return replace(row, status=ActivityStatus.CANCELLED, cancel_reason=event.reason)
        case _:
            return row


def unit_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the units of a campaign that the event changes."""
    match recorded.event:
        case CampaignLaunched() as event:
            return [(event.district, event.campaign_id, unit.unit_id) for unit in event.units]
        case CampaignCancelled() as event:
            return [(event.district, event.campaign_id, unit_id) for unit_id in event.units]
        case CampaignJoined() | CampaignResultReported() as event:
            return [(event.district, event.campaign_id, event.unit_id)]
        case _:
            return []


def unit_row(row: CampaignUnitView | None, recorded: Recorded[PlansEvent], key: Key) -> CampaignUnitView | None:
    """Return the unit of the key after the event."""
    match recorded.event:
        case CampaignLaunched() as event:
            unit = next(one for one in event.units if one.unit_id == key[2])
            return CampaignUnitView(
                district=event.district,
                campaign_id=event.campaign_id,
                unit_id=unit.unit_id,
                year=event.year,
                name=unit.name,
                group_id=unit.group_id,
            )
        case CampaignJoined() as event:
            return row and replace(
                row, joined_at=event.at, is_late=event.is_late, targets=event.targets, note=event.note
            )
        case CampaignResultReported() as event:
            return row and replace(
                row,
                reported_at=event.at,
                text=event.text,
                figures=event.figures,
                collectives=event.collectives,
                individuals=event.individuals,
                attachments=event.attachments,
            )
        case CampaignCancelled():
            return row and replace(row, is_cancelled=True)
        case _:
            return row


def _counts(unit: CampaignUnitView) -> dict[str, int]:
    return {
        "units": 1,
        "joined": int(unit.joined_at is not None),
        "joined_late": int(unit.is_late),
        "reported": int(unit.reported_at is not None),
    }


def campaign_parts(unit: CampaignUnitView) -> Iterable[CampaignParts]:
    """Return what the unit adds to its campaign; nothing to a cancelled one."""
    if not unit.is_cancelled:
        yield CampaignParts(district=unit.district, year=unit.year, campaign_id=unit.campaign_id, **_counts(unit))


def campaign_year(unit: CampaignUnitView) -> Iterable[CampaignYear]:
    """Return what the unit adds to its district and year; nothing of a cancelled campaign."""
    if not unit.is_cancelled:
        yield CampaignYear(district=unit.district, year=unit.year, **_counts(unit))


TABLES = (
    Table(
        name="campaign",
        row=CampaignView,
        key=("district", "campaign_id"),
        keys=campaign_keys,
        fold=campaign_row,
        indexes=(("district", "year"),),
        kinds=("campaign",),
    ),
    Table(
        name="campaign_unit",
        row=CampaignUnitView,
        key=("district", "campaign_id", "unit_id"),
        keys=unit_keys,
        fold=unit_row,
        kinds=("campaign",),
    ),
    Rollup(
        name="campaign_totals",
        row=ActivityTotals,
        key=("district", "year"),
        of="campaign",
        contribute=year_totals,
    ),
    Rollup(
        name="campaign_parts",
        row=CampaignParts,
        key=("district", "year", "campaign_id"),
        of="campaign_unit",
        contribute=campaign_parts,
    ),
    Rollup(
        name="campaign_year",
        row=CampaignYear,
        key=("district", "year"),
        of="campaign_unit",
        contribute=campaign_year,
    ),
)
