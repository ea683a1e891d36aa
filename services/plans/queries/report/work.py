"""The reports that somebody has to write, and those that wait for somebody."""

from datetime import date

from services.plans.events import (
    ReportLevel,
    ReportState,
)
from services.plans.queries.organisation import groups_of
from services.plans.queries.report.reading import ROWS_MAX, head_district_of, lines_of
from services.plans.rules import (
    APPRAISE_ROLES,
    may_appraise,
)
from services.plans.views import (
    MyReportList,
    MyReports,
    ReportDutyView,
    ReportView,
)
from shared.process import Edge
from shared.types import DISTRICTS, Actor, Role

WORK_MAX = 200


async def own_reports(_: MyReports, actor: Actor, edge: Edge) -> MyReportList:
    """Return the reports that the actor's units, groups and district owe, and those that wait for the actor."""
    today = edge.clock.today()
    to_write: list[ReportView] = []
    to_take: list[ReportView] = []
    takes = any(grant.role in APPRAISE_ROLES and grant.holds_on(today) for grant in actor.grants)
    for district in DISTRICTS:
        spoken_for = await _spoken_for(edge, actor, district, today)
        if spoken_for:
            owed = await edge.rows.select(
                ReportView,
                "report",
                where=lambda one, district=district, spoken_for=spoken_for: [  # type: ignore[misc]
                    one.district == district,
                    one.reporter_id.in_(sorted(spoken_for)),
                    one.state.in_((ReportState.AWAITED, ReportState.DRAFT, ReportState.RETURNED)),
                    one.is_excused.is_(False),
                ],
                order=("due_on", "reporter_id"),
                limit=WORK_MAX,
            )
            begun = {(one.year, one.period) for one in await _begun(edge, district, today)}
            to_write += [one for one in owed if (one.year, one.period) in begun]
        if takes:
            to_take += await _waiting(edge, actor, district, today)
    to_write.sort(key=lambda one: (one.due_on, one.district, one.reporter_id))
    to_take.sort(key=lambda one: (one.submitted_on or today, one.district, one.reporter_id))
    return MyReportList(
        to_write=tuple(await lines_of(edge, to_write[:WORK_MAX])),
        to_take=tuple(await lines_of(edge, to_take[:WORK_MAX])),
        today=today,
    )


async def _begun(edge: Edge, district: str, today: date) -> list[ReportDutyView]:
    return await edge.rows.select(
        ReportDutyView, "report_duty", where=lambda one: [one.district == district, one.first_on <= today]
    )


async def _spoken_for(edge: Edge, actor: Actor, district: str, today: date) -> set[str]:
    """Return the ids under which the actor owes reports: units, groups led by one of them, the district."""
    units = actor.units(district, on=today)
    found = set(units)
    if units:
        for year in (today.year - 1, today.year):
            found |= {one.group_id for one in await groups_of(edge, district, year) if one.head_id in units}
    if actor.has(Role.HOME_AFFAIRS, on=today, district=district):
        found.add(district)
    return found


async def _waiting(edge: Edge, actor: Actor, district: str, today: date) -> list[ReportView]:
    submitted = await edge.rows.select(
        ReportView,
        "report",
        where=lambda one: [
            one.district == district,
            one.state == ReportState.SUBMITTED,
            one.is_excused.is_(False),
        ],
        order=("submitted_on", "reporter_id"),
        limit=ROWS_MAX,
    )
    heads = {
        year: await head_district_of(edge, district, year)
        for year in {one.year for one in submitted if one.level is ReportLevel.DISTRICT}
    }
    return [
        one
        for one in submitted
        if may_appraise(
            actor,
            one.level,
            heads[one.year] if one.level is ReportLevel.DISTRICT else None,
            on=today,
            district=district,
        )
    ]
