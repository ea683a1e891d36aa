"""Periodic reports as rows; what groups, districts and the city count is summed over them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.plans.events import (
    LevelDue,
    OneReportEvent,
    PlansEvent,
    ReportAccepted,
    ReportAnnounced,
    ReportDueMoved,
    Reporter,
    ReportersAmended,
    ReportFiguresRefreshed,
    ReportLevel,
    ReportOpened,
    ReportReturned,
    ReportSaved,
    ReportState,
    ReportSubmitted,
    ReportText,
)
from services.plans.views import (
    CityReportTotals,
    DistrictReportTotals,
    DueMove,
    GroupReportTotals,
    ReportContent,
    ReportDutyView,
    ReporterView,
    ReportHistory,
    ReportView,
)
from shared.clock import local_date
from shared.readmodel import Key, Rollup, Table
from shared.types import Recorded

_OF_ONE = (ReportOpened, ReportFiguresRefreshed, ReportSaved, ReportSubmitted, ReportReturned, ReportAccepted)


def duty_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the duty that the event changes."""
    match recorded.event:
        case ReportAnnounced() | ReportDueMoved() as event:
            return [(event.district, event.year, event.period)]
        case _:
            return []


def duty_row(row: ReportDutyView | None, recorded: Recorded[PlansEvent], _: Key) -> ReportDutyView | None:
    """Return the duty after the event."""
    match recorded.event:
        case ReportAnnounced() as event:
            return ReportDutyView(
                district=event.district,
                year=event.year,
                period=event.period,
                first_on=event.first_on,
                closes_on=event.closes_on,
                dues=event.dues,
                basis=event.basis,
                moves=(),
                by=event.by,
                at=event.at,
                seq=recorded.seq,
            )
        case ReportDueMoved() as event:
            move = DueMove(
                level=event.due.level,
                due_on_before=event.due_on_before,
                due_on=event.due.due_on,
                why=event.why or (event.notice.number if event.notice else ""),
                by=event.by,
                at=event.at,
            )
            return row and replace(
                row,
                dues=tuple(event.due if one.level is event.due.level else one for one in row.dues),
                moves=(*row.moves, move),
                seq=recorded.seq,
            )
        case _:
            return row


def _named(event: ReportAnnounced | ReportersAmended) -> tuple[Reporter, ...]:
    return event.reporters if isinstance(event, ReportAnnounced) else event.added


def reporter_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return those who have to report by the event."""
    match recorded.event:
        case ReportAnnounced() | ReportersAmended() as event:
            return [(event.district, event.year, one.reporter_id) for one in _named(event)]
        case _:
            return []


def reporter_row(row: ReporterView | None, recorded: Recorded[PlansEvent], key: Key) -> ReporterView | None:
    """Return who has to report, by the newest name."""
    match recorded.event:
        case ReportAnnounced() | ReportersAmended() as event:
            one = next(one for one in _named(event) if one.reporter_id == key[2])
            return ReporterView(
                district=event.district,
                year=event.year,
                reporter_id=one.reporter_id,
                level=one.level,
                name=one.name,
                group_id=one.group_id,
            )
        case _:
            return row


def report_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the reports that the event changes."""
    match recorded.event:
        case ReportAnnounced() as event:
            return [(event.district, event.year, event.period, one.reporter_id) for one in event.reporters]
        case ReportersAmended() as event:
            named = (*(one.reporter_id for one in event.added), *event.removed)
            return [(event.district, event.year, event.period, one) for one in named]
        case ReportDueMoved() as event:
            return [(event.district, event.year, event.period, one) for one in event.reporters]
        case _:
            return content_keys(recorded)


def report_row(row: ReportView | None, recorded: Recorded[PlansEvent], key: Key) -> ReportView | None:
    """Return where the report of the key stands after the event; None where nobody has asked for it."""
    match recorded.event:
        case ReportAnnounced() as event:
            one = next(one for one in event.reporters if one.reporter_id == key[3])
            return _awaited(event, one, recorded.seq)
        case ReportersAmended() as event:
            if key[3] in event.removed:
                return row and replace(row, is_excused=True, excused_why=event.why, seq=recorded.seq)
            one = next(one for one in event.added if one.reporter_id == key[3])
            if row is None:
                return _awaited(event, one, recorded.seq)
            row = replace(row, name=one.name, group_id=one.group_id, is_excused=False, excused_why="", seq=recorded.seq)
            return _due(row, event.dues)
        case ReportDueMoved() as event:
            return row and replace(_due(row, (event.due,)), seq=recorded.seq)
        case _:
            return row and _report_after(row, recorded)


def _awaited(event: ReportAnnounced | ReportersAmended, reporter: Reporter, seq: int) -> ReportView:
    return ReportView(
        district=event.district,
        year=event.year,
        period=event.period,
        reporter_id=reporter.reporter_id,
        level=reporter.level,
        name=reporter.name,
        group_id=reporter.group_id,
        due_on=next(one.due_on for one in event.dues if one.level is reporter.level),
        state=ReportState.AWAITED,
        seq=seq,
    )


def _due(row: ReportView, dues: Iterable[LevelDue]) -> ReportView:
    """Return the row with the due date of its level; whether it was late follows."""
    due_on = next(one.due_on for one in dues if one.level is row.level)
    return replace(row, due_on=due_on, is_late=row.first_submitted_on is not None and row.first_submitted_on > due_on)


def _report_after(row: ReportView, recorded: Recorded[PlansEvent]) -> ReportView:
    event, seq = recorded.event, recorded.seq
    match event:
        case ReportOpened():
            return replace(row, state=ReportState.DRAFT, seq=seq)
        case ReportFiguresRefreshed() | ReportSaved():
            return replace(row, seq=seq)
        case ReportSubmitted():
            first_on = row.first_submitted_on or event.submitted_on
            return replace(
                row,
                state=ReportState.SUBMITTED,
                first_submitted_on=first_on,
                submitted_on=event.submitted_on,
                is_late=first_on > row.due_on,
                number=event.number,
                reported_on=event.reported_on,
                tasks_done=event.figures.counts.done,
                tasks_open=event.figures.counts.open,
                tasks_overdue=event.figures.counts.overdue,
                seq=seq,
            )
        case ReportReturned():
            return replace(row, state=ReportState.RETURNED, returns=row.returns + 1, seq=seq)
        case ReportAccepted():
            return replace(row, state=ReportState.ACCEPTED, accepted_on=local_date(event.at), seq=seq)
        case _:
            return row


def content_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the one report that the event is about."""
    event = recorded.event
    return [_key(event)] if isinstance(event, _OF_ONE) else []


def _key(event: OneReportEvent) -> Key:
    return (event.district, event.year, event.period, event.reporter_id)


def content_row(row: ReportContent | None, recorded: Recorded[PlansEvent], _: Key) -> ReportContent | None:
    """Return what the report says after the event; None before it is begun."""
    match recorded.event:
        case ReportOpened() as event:
            return ReportContent(
                district=event.district,
                year=event.year,
                period=event.period,
                reporter_id=event.reporter_id,
                text=ReportText(),
                figures=event.figures,
            )
        case ReportFiguresRefreshed() as event:
            return row and replace(row, figures=event.figures)
        case ReportSaved() as event:
            return row and replace(row, text=event.text)
        case ReportSubmitted() as event:
            return row and replace(row, text=event.text, figures=event.figures, signer=event.signer)
        case ReportReturned() as event:
            return row and replace(row, reasons=event.reasons)
        case _:
            return row


def history_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the entry that the event adds to a report's history."""
    event = recorded.event
    return [(*_key(event), recorded.seq)] if isinstance(event, _OF_ONE) else []


def history_row(_: ReportHistory | None, recorded: Recorded[PlansEvent], __: Key) -> ReportHistory | None:
    """Return the event in a report's history."""
    event = recorded.event
    if not isinstance(event, _OF_ONE):
        return None
    match event:
        case ReportSubmitted():
            text = event.number
        case ReportReturned():
            text = "\n".join(event.reasons)
        case _:
            text = ""
    return ReportHistory(
        district=event.district,
        year=event.year,
        period=event.period,
        reporter_id=event.reporter_id,
        seq=recorded.seq,
        type=type(event).__name__,
        text=text,
        by=event.by,
        at=event.at,
    )


def _counts(report: ReportView) -> dict[str, int]:
    """Return what the report adds to a level: where it stands, and the tasks of an accepted one."""
    is_in, is_accepted = report.first_submitted_on is not None, report.state is ReportState.ACCEPTED
    return {
        "reports": 1,
        "on_time": int(is_in and not report.is_late),
        "late": int(is_in and report.is_late),
        "unsubmitted": int(not is_in),
        "waiting": int(report.state is ReportState.SUBMITTED),
        "returned": int(report.state is ReportState.RETURNED),
        "accepted": int(is_accepted),
        "tasks_done": report.tasks_done if is_accepted else 0,
        "tasks_open": report.tasks_open if is_accepted else 0,
        "tasks_overdue": report.tasks_overdue if is_accepted else 0,
    }


def group_totals(report: ReportView) -> Iterable[GroupReportTotals]:
    """Return what the report of a unit adds to its group."""
    if not report.is_excused and report.level is ReportLevel.UNIT and report.group_id is not None:
        yield GroupReportTotals(
            district=report.district,
            group_id=report.group_id,
            year=report.year,
            period=report.period,
            **_counts(report),
        )


def district_totals(report: ReportView) -> Iterable[DistrictReportTotals]:
    """Return what the report adds to its level of the district."""
    if not report.is_excused:
        yield DistrictReportTotals(
            district=report.district,
            year=report.year,
            period=report.period,
            level=report.level,
            **_counts(report),
        )


def city_totals(report: ReportView) -> Iterable[CityReportTotals]:
    """Return what the report adds to its level of all districts."""
    if not report.is_excused:
        yield CityReportTotals(year=report.year, period=report.period, level=report.level, **_counts(report))


_REPORT_KEY = ("district", "year", "period", "reporter_id")

TABLES: tuple[Table[Any, Any] | Rollup[Any], ...] = (
    Table(
        name="report_duty",
        row=ReportDutyView,
        key=("district", "year", "period"),
        keys=duty_keys,
        fold=duty_row,
        kinds=("report-duty",),
    ),
    Table(
        name="reporter",
        row=ReporterView,
        key=("district", "year", "reporter_id"),
        keys=reporter_keys,
        fold=reporter_row,
        kinds=("report-duty",),
    ),
    Table(
        name="report",
        row=ReportView,
        key=_REPORT_KEY,
        keys=report_keys,
        fold=report_row,
        kinds=("report-duty", "report"),
        indexes=(("district", "year", "reporter_id"), ("district", "state")),
    ),
    Table(
        name="report_content",
        row=ReportContent,
        key=_REPORT_KEY,
        keys=content_keys,
        fold=content_row,
        kinds=("report",),
    ),
    Table(
        name="report_history",
        row=ReportHistory,
        key=(*_REPORT_KEY, "seq"),
        keys=history_keys,
        fold=history_row,
        kinds=("report",),
        appended=True,
    ),
    Rollup(
        name="group_report_totals",
        row=GroupReportTotals,
        key=("district", "group_id", "year", "period"),
        of="report",
        contribute=group_totals,
    ),
    Rollup(
        name="district_report_totals",
        row=DistrictReportTotals,
        key=("district", "year", "period", "level"),
        of="report",
        contribute=district_totals,
    ),
    Rollup(
        name="city_report_totals",
        row=CityReportTotals,
        key=("year", "period", "level"),
        of="report",
        contribute=city_totals,
    ),
)
