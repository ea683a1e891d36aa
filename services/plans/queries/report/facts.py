"""What the deciders of reports need from outside."""

from datetime import date

from services.plans.commands import (
    AcceptReport,
    MoveReportDue,
    OneReportCommand,
    OpenReport,
    RecomputeReportDues,
    RefreshReportFigures,
    ReportDutyCommand,
    ReturnReport,
)
from services.plans.decider import ReportDutyFacts, ReportFacts
from services.plans.events import (
    ReportLevel,
)
from services.plans.queries.calendar import calendars_of, days_of
from services.plans.queries.organisation import groups_of, organisation_of, sets_of, units_of
from services.plans.queries.report.figures import figures_of
from services.plans.queries.report.reading import ROWS_MAX, firsts, head_district_of, speaker_of
from services.plans.rules import (
    working_days,
)
from services.plans.views import (
    ReportDutyView,
    ReportView,
)
from shared.process import Edge
from shared.types import DISTRICTS, Actor


async def duty_facts(command: ReportDutyCommand, actor: Actor, today: date, edge: Edge) -> ReportDutyFacts:
    district, year = command.district, command.year
    calendars = await calendars_of(edge, range(year - 1, year + 3))
    facts = ReportDutyFacts(actor=actor, today=today, days=working_days(calendars), calendars=calendars)
    if isinstance(command, MoveReportDue | RecomputeReportDues):
        return facts
    if district not in DISTRICTS:
        return facts
    submitted = await edge.rows.select(
        ReportView,
        "report",
        where=lambda one: [
            one.district == district,
            one.year == year,
            one.period == command.period,
            one.first_submitted_on.is_not(None),
        ],
        limit=ROWS_MAX,
    )
    return ReportDutyFacts(
        actor=actor,
        today=today,
        district_name=(await organisation_of(edge, district)).name,
        units={unit.unit_id: unit for unit in await units_of(edge, district)},
        sets={one.set_id: one.members for one in await sets_of(edge, district)},
        groups=await groups_of(edge, district, year),
        days=facts.days,
        calendars=calendars,
        submitted=frozenset(one.reporter_id for one in submitted),
    )


async def report_facts(command: OneReportCommand, actor: Actor, today: date, edge: Edge) -> ReportFacts:
    key = (command.district, command.year, command.period)
    report = await edge.rows.get(ReportView, "report", *key, command.reporter_id)
    duty = await edge.rows.get(ReportDutyView, "report_duty", *key)
    if report is None or duty is None:
        return ReportFacts(actor=actor, today=today)
    takes_figures = isinstance(command, OpenReport | RefreshReportFigures)
    is_taken = isinstance(command, ReturnReport | AcceptReport)
    return ReportFacts(
        actor=actor,
        today=today,
        asked=report,
        first_on=duty.first_on,
        speaker_id=await speaker_of(edge, report),
        head_district=await head_district_of(edge, command.district, command.year)
        if is_taken and report.level is ReportLevel.DISTRICT
        else None,
        days=await days_of(edge, today, report.due_on, *firsts([report])),
        figures=await figures_of(edge, duty, report) if takes_figures else None,
    )
