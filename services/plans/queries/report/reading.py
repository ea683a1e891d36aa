"""What every read of reports needs: rows with their standing, their order, who speaks and who takes."""

from collections.abc import Iterable
from datetime import date

from services.plans.events import (
    Group,
    ReportLevel,
    ReportPeriod,
    UnitKind,
)
from services.plans.queries.calendar import days_of
from services.plans.queries.organisation import groups_of, units_of
from services.plans.rules import (
    WorkingDays,
    days_late,
    standing,
)
from services.plans.views import (
    OrganisationView,
    ReportDutyView,
    ReportLine,
    ReportView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import CITY, DISTRICTS

ROWS_MAX = 20_000  # more than the reports of a district's year
LEVELS = (ReportLevel.DISTRICT, ReportLevel.GROUP, ReportLevel.UNIT)


def _line(report: ReportView, today: date, days: WorkingDays) -> ReportLine:
    return ReportLine(report=report, standing=standing(report, today), days_late=days_late(report, today, days))


async def lines_of(edge: Edge, reports: Iterable[ReportView]) -> list[ReportLine]:
    """Return the reports with their standing today."""
    given, today = list(reports), edge.clock.today()
    days = await days_of(edge, today, *(one.due_on for one in given), *firsts(given))
    return [_line(one, today, days) for one in given]


def firsts(reports: Iterable[ReportView]) -> Iterable[date]:
    """Return the days on which the reports first came."""
    return (one.first_submitted_on for one in reports if one.first_submitted_on is not None)


def in_order(report: ReportView) -> tuple[bool, int, object]:
    """Return what sorts reports: the excused last, the district before groups and units, each by name."""
    return report.is_excused, LEVELS.index(report.level), sort_key(report.name)


async def duty_of(edge: Edge, district: str, year: int, period: ReportPeriod) -> ReportDutyView:
    """Return what is asked for the period. Raises Rejected `report_duty.not_found`."""
    duty = await edge.rows.get(ReportDutyView, "report_duty", district, year, period)
    if duty is None:
        raise Rejected("report_duty.not_found", period=period, year=year)
    return duty


async def speaker_of(edge: Edge, report: ReportView) -> str | None:
    """Return the unit that speaks in the report: itself, or the head of the group; none for the district."""
    if report.level is ReportLevel.UNIT:
        return report.reporter_id
    if report.level is ReportLevel.GROUP:
        group = await edge.rows.get(Group, "unit_group", report.district, report.reporter_id, report.year)
        return group.head_id if group else None
    return None


async def head_district_of(edge: Edge, district: str, year: int) -> str | None:
    """Return the district that heads the cluster in which the district is that year; none where there is none."""
    places = {
        one.code: one.district
        for one in await edge.rows.select(
            OrganisationView, "organisation", where=lambda row: [row.district.in_(DISTRICTS)]
        )
    }
    # A district is a unit of the city under its own code.
    units = {
        unit.unit_id: places[unit.code]
        for unit in await units_of(edge, CITY)
        if unit.kind is UnitKind.DISTRICT and unit.code in places
    }
    for group in await groups_of(edge, CITY, year):
        if district in {units.get(member) for member in group.members}:
            return units.get(group.head_id or "")
    return None
