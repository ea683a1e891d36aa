"""The figures that a periodic report begins with: what the log says of tasks, of those below, of other areas."""

from collections.abc import Sequence
from datetime import date

from services.plans.decider import in_parts
from services.plans.events import (
    MemberReport,
    RegistrationCounts,
    ReportedTask,
    ReportFigures,
    ReportLevel,
    ReportState,
    Tally,
    TaskCounts,
)
from services.plans.queries.report.reading import ROWS_MAX, in_order, lines_of
from services.plans.rules import (
    FIGURES_BYTES_MAX,
    TASKS_LISTED_MAX,
    counts_of,
    reported_tasks,
    sum_of,
)
from services.plans.views import (
    CampaignUnitView,
    CampaignYear,
    PledgeDistrictTotals,
    PledgeGroupTotals,
    PledgeLine,
    RegistrationDistrictTotals,
    RegistrationGroupTotals,
    RegistrationView,
    ReportDutyView,
    ReportStanding,
    ReportView,
    TaskView,
    UnitTaskView,
)
from shared.codec import to_json
from shared.process import Edge


async def figures_of(edge: Edge, duty: ReportDutyView, report: ReportView) -> ReportFigures:
    """Return what the log says for the report now."""
    now, today = edge.clock.now(), edge.clock.today()
    until_on = max(duty.first_on, min(duty.closes_on, today))
    found = reported_tasks(
        await _tasks(edge, report),
        year=report.year,
        period=report.period,
        first_on=duty.first_on,
        until_on=until_on,
        unit_id=report.reporter_id if report.level is ReportLevel.UNIT else None,
    )
    members = await _members(edge, report, today) if report.level is not ReportLevel.UNIT else []
    return ReportFigures(
        first_on=duty.first_on,
        until_on=until_on,
        taken_at=now,
        tasks=listed(found, members),
        counts=counts_of(found),
        members=tuple(members),
        member_counts=sum_of(one.tasks for one in members if one.level is ReportLevel.UNIT),
        tallies=tuple(Tally(key=key, count=count) for key, count in (await _tallies(edge, report)).items()),
    )


def listed(tasks: Sequence[ReportedTask], members: Sequence[MemberReport]) -> tuple[ReportedTask, ...]:
    """Return the first of the tasks, as many as the figures have room for beside what is said of those below."""
    room = FIGURES_BYTES_MAX - len(to_json(members))
    return next(in_parts(tasks[:TASKS_LISTED_MAX], room), ())


async def _tasks(edge: Edge, report: ReportView) -> list[TaskView]:
    """Return the tasks that may belong into the report, of its year and the one before."""
    district, years = report.district, (report.year - 1, report.year)
    if report.level is ReportLevel.UNIT:
        own = await edge.rows.select(
            UnitTaskView,
            "unit_task",
            where=lambda one: [
                one.district == district,
                one.unit_id == report.reporter_id,
                one.year.in_(years),
            ],
        )
        numbers = {(one.plan_id, one.number) for one in own}
        if not numbers:
            return []
        found = await edge.rows.select(
            TaskView,
            "task",
            where=lambda task: [
                task.district == district,
                task.plan_id.in_(sorted({plan_id for plan_id, _ in numbers})),
                task.number.in_(sorted({number for _, number in numbers})),
            ],
        )
        return [one for one in found if (one.plan_id, one.number) in numbers]
    found = await edge.rows.select(
        TaskView, "task", where=lambda task: [task.district == district, task.year.in_(years)]
    )
    if report.level is ReportLevel.DISTRICT:
        return found
    return [one for one in found if any(part.group_id == report.reporter_id for part in one.parts)]


async def _members(edge: Edge, report: ReportView, today: date) -> list[MemberReport]:
    """Return how those below have reported: a group's members; of a district the groups and all units."""
    below = (ReportLevel.UNIT,) if report.level is ReportLevel.GROUP else (ReportLevel.GROUP, ReportLevel.UNIT)
    found = await edge.rows.select(
        ReportView,
        "report",
        where=lambda one: [
            one.district == report.district,
            one.year == report.year,
            one.period == report.period,
            one.level.in_(below),
            one.is_excused.is_(False),
            *([one.group_id == report.reporter_id] if report.level is ReportLevel.GROUP else []),
        ],
        limit=ROWS_MAX,
    )
    lines = await lines_of(edge, sorted(found, key=in_order))
    return [
        MemberReport(
            reporter_id=line.report.reporter_id,
            level=line.report.level,
            name=line.report.name,
            state=line.report.state,
            due_on=line.report.due_on,
            submitted_on=line.report.first_submitted_on,
            number=line.report.number,
            is_late=line.standing in (ReportStanding.LATE, ReportStanding.MISSING),
            days_late=line.days_late,
            tasks=_accepted(line.report),
        )
        for line in lines
    ]


def _accepted(report: ReportView) -> TaskCounts:
    if report.state is not ReportState.ACCEPTED:
        return TaskCounts()
    return TaskCounts(done=report.tasks_done, open=report.tasks_open, overdue=report.tasks_overdue)


async def _tallies(edge: Edge, report: ReportView) -> dict[str, int]:
    """Return what other areas of plans count of the year, by the key of its words; nothing of what was not begun."""
    return {
        **await _registered(edge, report),
        **await _pledged(edge, report),
        **await _campaigns(edge, report),
    }


async def _registered(edge: Edge, report: ReportView) -> dict[str, int]:
    """Return what was registered; of a unit once it has submitted."""
    district, year = report.district, report.year
    counts: RegistrationCounts | RegistrationGroupTotals | RegistrationDistrictTotals | None
    match report.level:
        case ReportLevel.UNIT:
            row = await edge.rows.get(RegistrationView, "registration", district, year, report.reporter_id)
            counts = row.counts if row is not None and row.submissions else None
        case ReportLevel.GROUP:
            counts = await edge.rows.get(
                RegistrationGroupTotals, "registration_group_totals", district, year, report.reporter_id
            )
        case ReportLevel.DISTRICT:
            counts = await edge.rows.get(RegistrationDistrictTotals, "registration_district_totals", district, year)
    if counts is None:
        return {}
    return {
        "registered_titles": counts.titles,
        "registered_initiatives": counts.initiatives,
        "registered_movements": counts.movements,
        "registered_models": counts.models,
    }


async def _pledged(edge: Edge, report: ReportView) -> dict[str, int]:
    """Return how many targets were pledged, and how many of them are met."""
    district, year = report.district, report.year
    totals: PledgeGroupTotals | PledgeDistrictTotals | None
    match report.level:
        case ReportLevel.UNIT:
            lines = await edge.rows.select(
                PledgeLine,
                "pledge_line",
                where=lambda one: [one.district == district, one.year == year, one.unit_id == report.reporter_id],
            )
            if not lines:
                return {}
            return {"pledge_targets": len(lines), "pledge_met": sum(one.is_met for one in lines)}
        case ReportLevel.GROUP:
            totals = await edge.rows.get(PledgeGroupTotals, "pledge_group_totals", district, report.reporter_id, year)
        case ReportLevel.DISTRICT:
            totals = await edge.rows.get(PledgeDistrictTotals, "pledge_district_totals", district, year)
    return {"pledge_targets": totals.targets, "pledge_met": totals.met} if totals is not None else {}


async def _campaigns(edge: Edge, report: ReportView) -> dict[str, int]:
    """Return to how many campaigns units were called, and how many of them they joined and told of."""
    district, year = report.district, report.year
    if report.level is ReportLevel.DISTRICT:
        totals = await edge.rows.get(CampaignYear, "campaign_year", district, year)
        if totals is None:
            return {}
        called, joined, told = totals.units, totals.joined, totals.reported
    else:
        is_unit = report.level is ReportLevel.UNIT
        rows = await edge.rows.select(
            CampaignUnitView,
            "campaign_unit",
            where=lambda one: [
                one.district == district,
                one.year == year,
                (one.unit_id if is_unit else one.group_id) == report.reporter_id,
                one.is_cancelled.is_(False),
            ],
            limit=ROWS_MAX,
        )
        called = len(rows)
        joined = sum(one.joined_at is not None for one in rows)
        told = sum(one.reported_at is not None for one in rows)
    return {"campaigns_called": called, "campaigns_joined": joined, "campaigns_told": told} if called else {}
