"""The history of campaigns, inspections and trainings: one table for all three."""

from collections.abc import Iterable
from typing import Any, get_args

from services.plans.events import (
    ActivityKind,
    AttendanceRecorded,
    CampaignAmended,
    CampaignCancelled,
    CampaignClosed,
    CampaignDrafted,
    CampaignEndMoved,
    CampaignEvent,
    CampaignJoined,
    CampaignLaunched,
    CampaignResultReported,
    FindingsRecorded,
    InspectionCancelled,
    InspectionConcluded,
    InspectionEvent,
    InspectionMoved,
    InspectionScheduled,
    PlansEvent,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
    TrainingCancelled,
    TrainingClosed,
    TrainingEvent,
    TrainingMoved,
    TrainingScheduled,
)
from services.plans.views import ActivityEntry, ActivityStatus, ActivityTotals
from shared.readmodel import Key, Table
from shared.types import Recorded

_KINDS: dict[type, tuple[ActivityKind, str]] = {
    **dict.fromkeys(get_args(CampaignEvent), (ActivityKind.CAMPAIGN, "campaign_id")),
    **dict.fromkeys(get_args(InspectionEvent), (ActivityKind.INSPECTION, "inspection_id")),
    **dict.fromkeys(get_args(TrainingEvent), (ActivityKind.TRAINING, "training_id")),
}


def status_counts(status: ActivityStatus) -> dict[str, int]:
    """Return what something of the status adds to the sums of its kind."""
    return {one.value: int(one is status) for one in ActivityStatus}


def year_totals(row: Any) -> Iterable[ActivityTotals]:
    """Return what a campaign, an inspection or a training adds to its district and year."""
    yield ActivityTotals(district=row.district, year=row.year, **status_counts(row.status))


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the one new row of the history of what the event is about."""
    event = recorded.event
    if type(event) not in _KINDS:
        return []
    kind, name = _KINDS[type(event)]
    return [(event.district, kind.value, getattr(event, name), recorded.seq)]


def history_row(row: ActivityEntry | None, recorded: Recorded[PlansEvent], key: Key) -> ActivityEntry | None:
    """Return the entry of the history that the event makes."""
    event = recorded.event
    kind, name = _KINDS[type(event)]
    return ActivityEntry(
        district=event.district,
        kind=kind,
        activity_id=getattr(event, name),
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        unit_name=event.unit_name if isinstance(event, CampaignJoined | CampaignResultReported) else "",
        text=_note(event),
        by=event.by,
        at=event.at,
        attachments=getattr(event, "attachments", ()),
    )


def _note(event: PlansEvent) -> str:
    """Return what the history says beside who did what: numbers of documents, dates, reasons, the unit's words."""
    match event:
        case CampaignDrafted() | CampaignAmended():
            return event.outline.title
        case CampaignLaunched():
            return event.number
        case CampaignJoined():
            return "; ".join(f"{one.name}: {one.value:f} {one.measure}".strip() for one in event.targets)
        case CampaignResultReported():
            return event.text
        case CampaignEndMoved():
            return f"{event.ends_on_before:%d/%m/%Y} → {event.ends_on:%d/%m/%Y} · {event.reason}"
        case CampaignClosed():
            return event.number or event.summary
        case InspectionScheduled() | InspectionConcluded():
            return event.number
        case InspectionMoved():
            return f"{event.starts_on:%d/%m/%Y} – {event.ends_on:%d/%m/%Y} · {event.reason}"
        case FindingsRecorded():
            return f"{event.unit_name}: {event.findings}"
        case RecommendationsIssued():
            return "; ".join(f"{one.number}. {one.unit_name}: {one.text}" for one in event.recommendations)
        case RecommendationAnswered():
            return f"{event.number}. {event.text} · {event.evidence}"
        case ResponseAccepted():
            return f"{event.number}."
        case ResponseRejected() | RecommendationWithdrawn():
            return f"{event.number}. {event.reason}"
        case TrainingScheduled():
            return f"{event.held_on:%d/%m/%Y} · {event.place}"
        case TrainingMoved():
            return f"{event.held_on_before:%d/%m/%Y} → {event.held_on:%d/%m/%Y} · {event.place} · {event.reason}"
        case AttendanceRecorded():
            return f"{sum(one.attended for one in event.attendance)}/{sum(one.invited for one in event.attendance)}"
        case TrainingClosed():
            return event.evaluation
        case CampaignCancelled() | InspectionCancelled() | TrainingCancelled():
            return event.reason
        case _:
            return ""


TABLES = (
    Table(
        name="activity_history",
        row=ActivityEntry,
        key=("district", "kind", "activity_id", "seq"),
        keys=history_keys,
        fold=history_row,
        appended=True,
        kinds=("campaign", "inspection", "training"),
    ),
)
