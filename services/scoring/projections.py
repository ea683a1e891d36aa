"""The read models of scoring: criteria and sheets with what each level counts, and the units of plans."""

from collections.abc import Iterable
from dataclasses import replace

from services.plans.events import EVENTS as PLANS_EVENTS
from services.plans.events import (
    District,
    Group,
    Unit,
    district_after,
    district_keys,
    group_after,
    group_keys,
    unit_after,
    unit_keys,
)
from services.scoring.events import (
    EVENTS,
    CriteriaPublished,
    ScoreCorrected,
    ScorePosted,
    ScoringEvent,
    SelfScoreSubmitted,
    SheetEvent,
    TaskPoint,
    TaskPointAwarded,
    TaskPointRevoked,
)
from services.scoring.views import (
    CityTotals,
    CriteriaView,
    DistrictTotals,
    GroupTotals,
    SheetHistory,
    SheetState,
    SheetView,
)
from shared.readmodel import Key, ReadModel, Rollup, Table
from shared.types import Recorded


def criteria_keys(recorded: Recorded[ScoringEvent]) -> Iterable[Key]:
    """Return the criteria that the event publishes, or uses."""
    match recorded.event:
        case CriteriaPublished() | SelfScoreSubmitted() | ScorePosted() as event:
            return [(event.district, event.criteria_id)]
        case _:
            return []


def criteria_row(row: CriteriaView | None, recorded: Recorded[ScoringEvent], _: Key) -> CriteriaView | None:
    """Return the criteria after the event; the first score by them freezes them."""
    match recorded.event:
        case CriteriaPublished() as event:
            return CriteriaView(
                district=event.district,
                criteria_id=event.criteria_id,
                year=event.year,
                version=event.version,
                title=event.title,
                groups=event.groups,
                sections=event.sections,
                max_points=event.max_points,
                is_frozen=row is not None and row.is_frozen,
                seq=recorded.seq,
            )
        case SelfScoreSubmitted() | ScorePosted():
            return row and replace(row, is_frozen=True)
        case _:
            return row


def sheet_keys(recorded: Recorded[ScoringEvent]) -> Iterable[Key]:
    """Return the sheet that the event changes."""
    event = recorded.event
    return [] if isinstance(event, CriteriaPublished) else [(event.district, event.unit_id, event.year)]


def sheet_row(row: SheetView | None, recorded: Recorded[ScoringEvent], _: Key) -> SheetView | None:
    """Return the sheet after the event."""
    event = recorded.event
    if isinstance(event, CriteriaPublished):
        return row
    row = replace(row or _new_sheet(event), seq=recorded.seq)
    match event:
        case SelfScoreSubmitted():
            return replace(
                row,
                unit_name=event.unit_name,
                group_id=event.group_id,
                group_name=event.group_name,
                group_kind=event.group_kind,
                state=SheetState.SELF_SCORED,
                criteria_id=event.criteria_id,
                self_lines=event.lines,
                self_total=event.total,
                self_scored_at=event.at,
            )
        case TaskPointAwarded():
            return replace(
                row,
                unit_name=event.unit_name,
                group_id=event.group_id or row.group_id,
                group_name=event.group_name or row.group_name,
                group_kind=event.group_kind or row.group_kind,
                task_points=(*_without(row, event.point.plan_id, event.point.task_number), event.point),
            )
        case TaskPointRevoked():
            return replace(row, task_points=_without(row, event.plan_id, event.task_number))
        case ScorePosted() | ScoreCorrected():
            return replace(
                row,
                unit_name=event.unit_name,
                group_id=event.group_id,
                group_name=event.group_name,
                group_kind=event.group_kind,
                state=SheetState.POSTED,
                criteria_id=event.criteria_id,
                score=event.score,
                posted_at=event.at,
                corrections=row.corrections + isinstance(event, ScoreCorrected),
            )


def _new_sheet(event: SheetEvent) -> SheetView:
    return SheetView(
        district=event.district,
        unit_id=event.unit_id,
        year=event.year,
        unit_name=event.unit_id,
        group_id=None,
        group_name=None,
        group_kind=None,
        state=SheetState.OPEN,
        criteria_id=None,
        self_lines=(),
        self_total=None,
        self_scored_at=None,
        task_points=(),
        score=None,
        posted_at=None,
        corrections=0,
        seq=0,
    )


def _without(row: SheetView, plan_id: str, task_number: int) -> tuple[TaskPoint, ...]:
    return tuple(one for one in row.task_points if (one.plan_id, one.task_number) != (plan_id, task_number))


def history_keys(recorded: Recorded[ScoringEvent]) -> Iterable[Key]:
    """Return one new row for the sheet that the event changes."""
    return [(*key, recorded.seq) for key in sheet_keys(recorded)]


def history_row(row: SheetHistory | None, recorded: Recorded[ScoringEvent], _: Key) -> SheetHistory | None:
    """Return the entry of the history that the event makes."""
    event = recorded.event
    match event:
        case CriteriaPublished():
            return row
        case SelfScoreSubmitted():
            points, text = event.total, ""
        case TaskPointAwarded(point=point):
            points, text = point.points, point.content
        case TaskPointRevoked():
            points, text = -event.points, f"{event.content} · {event.reason}"
        case ScorePosted():
            points, text = event.score.total, event.score.knocked_out_reason or ""
        case ScoreCorrected():
            points, text = event.score.total, event.reason
    return SheetHistory(
        district=event.district,
        unit_id=event.unit_id,
        year=event.year,
        seq=recorded.seq,
        type=recorded.type.split(".")[1],
        points=points,
        text=text,
        by=event.by,
        at=event.at,
    )


def _counts(sheet: SheetView) -> dict[str, int]:
    return {
        "sheets": 1,
        "self_scored": int(sheet.self_total is not None),
        "posted": int(sheet.score is not None),
    }


def group_totals(sheet: SheetView) -> Iterable[GroupTotals]:
    """Return what the sheet adds to its group; nothing while no group is known."""
    if sheet.group_id is not None:
        yield GroupTotals(district=sheet.district, group_id=sheet.group_id, year=sheet.year, **_counts(sheet))


def district_totals(sheet: SheetView) -> Iterable[DistrictTotals]:
    """Return what the sheet adds to its owner."""
    yield DistrictTotals(district=sheet.district, year=sheet.year, **_counts(sheet))


def city_totals(sheet: SheetView) -> Iterable[CityTotals]:
    """Return what the sheet adds to the city."""
    yield CityTotals(year=sheet.year, **_counts(sheet))


SCORING = ReadModel(
    name="scoring",
    source="SCORING",
    codec=EVENTS,
    tables=(
        Table(
            name="criteria",
            row=CriteriaView,
            key=("district", "criteria_id"),
            keys=criteria_keys,
            fold=criteria_row,
            indexes=(("district", "year"),),
        ),
        Table(
            name="sheet",
            row=SheetView,
            key=("district", "unit_id", "year"),
            keys=sheet_keys,
            fold=sheet_row,
            indexes=(("district", "year", "group_id"),),
        ),
        Table(
            name="sheet_history",
            row=SheetHistory,
            key=("district", "unit_id", "year", "seq"),
            keys=history_keys,
            fold=history_row,
        ),
        Rollup(
            name="group_totals",
            row=GroupTotals,
            key=("district", "group_id", "year"),
            of="sheet",
            contribute=group_totals,
        ),
        Rollup(
            name="district_totals",
            row=DistrictTotals,
            key=("district", "year"),
            of="sheet",
            contribute=district_totals,
        ),
        Rollup(name="city_totals", row=CityTotals, key=("year",), of="sheet", contribute=city_totals),
    ),
)

UNITS = ReadModel(
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
            row=Unit,
            key=("district", "unit_id"),
            keys=lambda recorded: unit_keys(recorded.event),
            fold=lambda row, recorded, _: unit_after(row, recorded.event),
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
    ),
)
