"""Who has reported: the grid of a year, the lists of a period, the five districts."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from services.plans.events import (
    ReportLevel,
    ReportPeriod,
)
from services.plans.queries.asking import require_reader
from services.plans.queries.report.reading import (
    LEVELS,
    ROWS_MAX,
    duty_of,
    in_order,
    lines_of,
)
from services.plans.rules import (
    standing,
)
from services.plans.views import (
    CityReports,
    CityReportTotals,
    DistrictReportTotals,
    GroupReportTotals,
    ListReports,
    ReportDutyView,
    ReporterLine,
    ReporterView,
    ReportList,
    ReportView,
    ReportYear,
    ShowCityReports,
    ShowReportYear,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import DISTRICTS, Actor

PAGE = 50  # rows of a list
_PERIODS = tuple(ReportPeriod)

T = TypeVar("T")


def _page(rows: Sequence[T], number: int) -> tuple[Sequence[T], int, int]:
    """Return the rows of the page, its number, and how many pages there are; a number beyond them is the nearest."""
    pages = max(1, -(-len(rows) // PAGE))
    number = min(max(number, 1), pages)
    return rows[(number - 1) * PAGE : number * PAGE], number, pages


async def _duties(edge: Edge, year: int, districts: Sequence[str]) -> list[ReportDutyView]:
    duties = await edge.rows.select(
        ReportDutyView, "report_duty", where=lambda one: [one.year == year, one.district.in_(districts)]
    )
    return sorted(duties, key=lambda one: (_PERIODS.index(one.period), one.district))


async def year_reports(question: ShowReportYear, actor: Actor, edge: Edge) -> ReportYear:
    """Return who reports in the year, a page of them, with their reports."""
    require_reader(actor, edge, question.district)
    district, year = question.district, question.year
    reporters = await edge.rows.select(
        ReporterView,
        "reporter",
        where=lambda one: [
            one.district == district,
            one.year == year,
            *([one.level == question.level] if question.level is not None else []),
            *([one.group_id == question.group_id] if question.group_id is not None else []),
        ],
        limit=ROWS_MAX,
    )
    reporters.sort(key=lambda one: (LEVELS.index(one.level), sort_key(one.name)))
    shown, number, pages = _page(reporters, question.page)
    ids = [one.reporter_id for one in shown]
    reports = await edge.rows.select(
        ReportView,
        "report",
        where=lambda one: [one.district == district, one.year == year, one.reporter_id.in_(ids)],
        limit=ROWS_MAX,
    )
    reports.sort(key=lambda one: (one.reporter_id, _PERIODS.index(one.period)))
    lines = {
        reporter_id: tuple(group)
        for reporter_id, group in groupby(await lines_of(edge, reports), key=lambda one: one.report.reporter_id)
    }
    return ReportYear(
        duties=tuple(await _duties(edge, year, [district])),
        lines=tuple(ReporterLine(reporter=one, reports=lines.get(one.reporter_id, ())) for one in shown),
        reporters=len(reporters),
        page=number,
        pages=pages,
        totals=tuple(
            await edge.rows.select(
                DistrictReportTotals,
                "district_report_totals",
                where=lambda row: [row.district == district, row.year == year],
            )
        ),
        today=edge.clock.today(),
    )


async def period_reports(question: ListReports, actor: Actor, edge: Edge) -> ReportList:
    """Return the reports of the period that are asked for. Raises Rejected `report_duty.not_found`."""
    require_reader(actor, edge, question.district)
    today = edge.clock.today()
    duty = await duty_of(edge, question.district, question.year, question.period)
    reports = await edge.rows.select(
        ReportView,
        "report",
        where=lambda one: [
            one.district == question.district,
            one.year == question.year,
            one.period == question.period,
            *([one.level == question.level] if question.level is not None else []),
            *([one.group_id == question.group_id] if question.group_id is not None else []),
            *([one.state == question.state] if question.state is not None else []),
            # What is counted is not excused.
            *([one.is_excused.is_(False)] if question.standing is not None or question.state is not None else []),
        ],
        limit=ROWS_MAX,
    )
    if question.standing is not None:
        reports = [one for one in reports if standing(one, today) is question.standing]
    shown, number, pages = _page(sorted(reports, key=in_order), question.page)
    return ReportList(
        duty=duty,
        lines=tuple(await lines_of(edge, shown)),
        reports=len(reports),
        page=number,
        pages=pages,
        totals=tuple(
            await edge.rows.select(
                DistrictReportTotals,
                "district_report_totals",
                where=lambda row: [
                    row.district == question.district,
                    row.year == question.year,
                    row.period == question.period,
                ],
            )
        ),
        group_totals=tuple(
            await edge.rows.select(
                GroupReportTotals,
                "group_report_totals",
                where=lambda row: [
                    row.district == question.district,
                    row.year == question.year,
                    row.period == question.period,
                ],
            )
        ),
        today=today,
    )


async def city_reports(question: ShowCityReports, actor: Actor, edge: Edge) -> CityReports:
    """Return the five districts side by side, with their reports to the cluster."""
    if not actor.reads_city(on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="ShowCityReports")
    year = question.year
    reports = await edge.rows.select(
        ReportView,
        "report",
        where=lambda one: [
            one.year == year,
            one.level == ReportLevel.DISTRICT,
            one.district.in_(DISTRICTS),
            one.is_excused.is_(False),
        ],
        order=("district",),
    )
    return CityReports(
        duties=tuple(await _duties(edge, year, DISTRICTS)),
        reports=tuple(await lines_of(edge, reports)),
        totals=tuple(
            await edge.rows.select(DistrictReportTotals, "district_report_totals", where=lambda row: [row.year == year])
        ),
        city_totals=tuple(
            await edge.rows.select(CityReportTotals, "city_report_totals", where=lambda row: [row.year == year])
        ),
        today=edge.clock.today(),
    )
