"""One report with its history, and what a new duty is filled with."""

import asyncio
from dataclasses import replace

from services.plans.events import (
    ReportLevel,
    ReportReturned,
    ReportState,
)
from services.plans.queries.asking import require_reader
from services.plans.queries.calendar import calendars_of
from services.plans.queries.report.figures import figures_of
from services.plans.queries.report.reading import (
    duty_of,
    head_district_of,
    lines_of,
    speaker_of,
)
from services.plans.rules import (
    PERIODS,
    YEARS,
    default_dues,
    is_outdated,
    may_appraise,
    may_write,
    working_days,
)
from services.plans.views import (
    ReportContent,
    ReportDetail,
    ReportHistory,
    ReportView,
    ShowReport,
    SuggestedReportDuty,
    SuggestReportDuty,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor


async def report_detail(question: ShowReport, actor: Actor, edge: Edge) -> ReportDetail:
    """Return the report within the actor's scope. Raises Rejected `report.not_asked`, `report_duty.not_found`."""
    today = edge.clock.today()
    key = (question.district, question.year, question.period, question.reporter_id)
    report = await edge.rows.get(ReportView, "report", *key)
    head_district = None
    if report is not None and report.level is ReportLevel.DISTRICT:
        head_district = await head_district_of(edge, question.district, question.year)
    # The report of a district is also read by who takes it.
    takes = report is not None and may_appraise(
        actor, report.level, head_district, on=today, district=question.district
    )
    if not takes:
        require_reader(actor, edge, question.district)
    if report is None:
        raise Rejected("report.not_asked")
    speaker_id = await speaker_of(edge, report)
    duty, history = await asyncio.gather(
        duty_of(edge, question.district, question.year, question.period),
        edge.rows.select(
            ReportHistory,
            "report_history",
            where=lambda one: [
                one.district == question.district,
                one.year == question.year,
                one.period == question.period,
                one.reporter_id == question.reporter_id,
            ],
            order=("seq",),
        ),
    )
    writes = may_write(actor, report.level, speaker_id, on=today, district=question.district)
    content = None
    # A draft, or what is being put right, is nobody's business but the writers'.
    if writes or report.state in (ReportState.SUBMITTED, ReportState.ACCEPTED):
        content = await edge.rows.get(ReportContent, "report_content", *key)
    outdated = False
    if writes and content is not None and report.state in (ReportState.DRAFT, ReportState.RETURNED):
        outdated = is_outdated(content.figures, await figures_of(edge, duty, report))
    (line,) = await lines_of(edge, [report])
    return ReportDetail(
        duty=duty,
        line=line,
        due=next(one for one in duty.dues if one.level is report.level),
        content=content,
        history=tuple(history if writes or takes else map(_without_reasons, history)),
        speaker_id=speaker_id,
        head_district=head_district,
        is_outdated=outdated,
        today=today,
    )


def _without_reasons(entry: ReportHistory) -> ReportHistory:
    """Return the entry as others read it: why a report came back is between who writes and who takes it."""
    return replace(entry, text="") if entry.type == ReportReturned.__name__ else entry


async def suggested_duty(question: SuggestReportDuty, _: Actor, edge: Edge) -> SuggestedReportDuty:
    """Return what the period covers as usual. Raises Rejected `report_duty.year_out_of_range`."""
    year, rule = question.year, PERIODS[question.period]
    if year not in YEARS:
        raise Rejected("report_duty.year_out_of_range", year=year, first=YEARS.start, last=YEARS.stop - 1)
    return SuggestedReportDuty(
        year=year,
        period=question.period,
        first_on=rule.first.of(year),
        closes_on=rule.closes.of(year),
        dues=default_dues(year, question.period, working_days(await calendars_of(edge, (year, year + 1)))),
    )
