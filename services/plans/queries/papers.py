"""The papers of a year as files of Word, each within what its asker may see of the thing itself."""

import asyncio
import base64
import re
from datetime import date

from services.plans.documents import (
    DIRECTIVE_TEMPLATE,
    INSPECTION_TEMPLATE,
    PLAN_TEMPLATE,
    PLEDGE_TEMPLATE,
    REPORT_TEMPLATE,
    URGING_TEMPLATE,
    directive_paper,
    file_name,
    inspection_paper,
    plan_paper,
    pledge_paper,
    report_paper,
    urging_paper,
)
from services.plans.events import ReportLevel, Signer, Unit, UnitKind
from services.plans.queries import campaign, inspection, pledge, report
from services.plans.queries.asking import Answers, require_reader
from services.plans.queries.calendar import days_left
from services.plans.queries.organisation import organisation_of, units_of
from services.plans.queries.plan import visible_plan
from services.plans.queries.plan_version import versions_of
from services.plans.rules import is_document_number
from services.plans.views import (
    OrganisationView,
    Paper,
    PlanView,
    PledgeDetail,
    ReportDetail,
    ShowDirective,
    ShowInspectionPaper,
    ShowPlanDocument,
    ShowPledge,
    ShowPledgePaper,
    ShowReport,
    ShowReportPaper,
    TaskState,
    TaskView,
    WriteUrgingLetter,
)
from shared.errors import Rejected
from shared.office.word import TemplateKind, fill, find_template
from shared.process import Edge
from shared.types import Actor, Role

_OPEN = (TaskState.ASSIGNED, TaskState.STARTED, TaskState.PARTLY_DONE)
_YEARS_AFTER = 2  # a task that is carried on is urged about in the years after its plan
_WARD = re.compile(r"phường (.+)", re.IGNORECASE)


async def _plan(question: ShowPlanDocument, actor: Actor, edge: Edge) -> Paper:
    """Return the plan as its document of that version. Raises Rejected `plan.not_found`, `plan.version_not_found`."""
    require_reader(actor, edge, question.district)
    plan = await visible_plan(edge, actor, question.district, question.plan_id)
    versions = await versions_of(edge, plan)
    if question.version is not None:
        versions = [one for one in versions if one.version <= question.version]
        if not versions or versions[-1].version != question.version:
            raise Rejected("plan.version_not_found", plan_id=plan.plan_id, version=question.version)
    return await _written(edge, PLAN_TEMPLATE, plan_paper(plan, versions), file_name(plan, versions))


async def _urging(question: WriteUrgingLetter, actor: Actor, edge: Edge) -> Paper:
    """Return the letter of Phòng Nội vụ.

    Raises Rejected `actor.not_allowed`, `plan.not_found`, `plan.number_malformed`, `unit.not_found`,
    `unit.nothing_late`, `urging.date_out_of_range`.
    """
    today = edge.clock.today()
    if not actor.has(Role.HOME_AFFAIRS, on=today, district=question.district):
        raise Rejected("actor.not_allowed", action="WriteUrgingLetter")
    if question.number is not None and not is_document_number(question.number):
        raise Rejected("plan.number_malformed", number=question.number[:80])
    plan = await edge.rows.get(PlanView, "plan", question.district, question.plan_id)
    if plan is None or plan.issued_on is None:
        raise Rejected("plan.not_found", plan_id=question.plan_id[:80])
    _check_year(question.dated_on, plan)
    _check_year(question.finish_by, plan)
    unit = next((one for one in await units_of(edge, question.district) if one.unit_id == question.unit_id), None)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=question.unit_id[:80])
    tasks = await edge.rows.select(
        TaskView,
        "task",
        where=lambda task: [
            task.district == question.district,
            task.plan_id == question.plan_id,
            task.due_on < question.dated_on,
            task.state.in_(_OPEN),
        ],
        order=("due_on", "number"),
    )
    late = [task for task in tasks if any(part.unit_id == unit.unit_id and part.done_on is None for part in task.parts)]
    if not late:
        raise Rejected("unit.nothing_late", unit_id=unit.unit_id, name=unit.short_name)
    left = await days_left(edge, question.dated_on, (task.due_on for task in late))
    paper = urging_paper(question, plan, unit.name, late, {day: -count for day, count in left.items()})
    return await _written(edge, URGING_TEMPLATE, paper, f"don-doc-{unit.unit_id}-{question.dated_on:%Y%m%d}")


def _check_year(day: date, plan: PlanView) -> None:
    """Raise Rejected for a day that no letter about the plan has; days are counted one by one up to it."""
    first, last = plan.year, plan.year + _YEARS_AFTER
    if not first <= day.year <= last:
        raise Rejected("urging.date_out_of_range", day=str(day), first=first, last=last)


async def _directive(question: ShowDirective, actor: Actor, edge: Edge) -> Paper:
    found = await campaign.visible_campaign(edge, actor, question.district, question.campaign_id)
    called = await campaign.called_units(edge, question.district, question.campaign_id)
    body = await organisation_of(edge, question.district)
    signer = await _signer(edge, question.district, found.year)
    units = [unit.name for unit in called or found.units]
    paper = directive_paper(found, units, issuer=_committee(body), place=body.short_name, signer=signer)
    return await _written(edge, DIRECTIVE_TEMPLATE, paper, f"chi-thi-{question.campaign_id}")


async def _pledge(question: ShowPledgePaper, actor: Actor, edge: Edge) -> Paper:
    """Return the pledge. Raises Rejected `pledge.not_found`, and as ShowPledge."""
    asked = ShowPledge(district=question.district, group_id=question.group_id, year=question.year)
    detail = await pledge.ANSWERS[ShowPledge](asked, actor, edge)
    assert isinstance(detail, PledgeDetail)
    if detail.pledge is None:
        raise Rejected("pledge.not_found", group_id=question.group_id[:80], year=question.year)
    body = await organisation_of(edge, question.district)
    paper = pledge_paper(detail.pledge, issuer=_committee(body), place=body.short_name)
    return await _written(edge, PLEDGE_TEMPLATE, paper, f"giao-uoc-{question.group_id}-{question.year}")


async def _report(question: ShowReportPaper, actor: Actor, edge: Edge) -> Paper:
    asked = ShowReport(
        district=question.district,
        year=question.year,
        period=question.period,
        reporter_id=question.reporter_id,
    )
    detail = await report.ANSWERS[ShowReport](asked, actor, edge)
    assert isinstance(detail, ReportDetail)
    body = await organisation_of(edge, question.district)
    level = detail.line.report.level
    unit = next((one for one in await units_of(edge, body.district) if one.unit_id == question.reporter_id), None)
    issuer = {ReportLevel.DISTRICT: _committee(body), ReportLevel.UNIT: unit.name if unit else ""}.get(level, "")
    paper = report_paper(
        detail,
        issuer=issuer or detail.line.report.name,
        superior="" if level is ReportLevel.DISTRICT or _is_enterprise(unit) else _committee(body),
        place=_place(unit, body),
        addressee="Cụm trưởng Cụm thi đua 5 quận thuộc thành phố Cần Thơ"
        if level is ReportLevel.DISTRICT
        else f"{_committee(body)} (qua Phòng Nội vụ)",
    )
    return await _written(
        edge, REPORT_TEMPLATE, paper, f"bao-cao-{question.reporter_id}-{question.period}-{question.year}"
    )


async def _inspection(question: ShowInspectionPaper, actor: Actor, edge: Edge) -> Paper:
    detail = await inspection.whole_inspection(edge, actor, question.district, question.inspection_id)
    body = await organisation_of(edge, question.district)
    signer = await _signer(edge, question.district, detail.inspection.year)
    paper = inspection_paper(detail, issuer=_committee(body), place=body.short_name, signer=signer)
    return await _written(edge, INSPECTION_TEMPLATE, paper, f"kiem-tra-{question.inspection_id}")


async def _written(edge: Edge, kind: TemplateKind, paper: object, name: str) -> Paper:
    template = find_template(kind, edge.settings.templates_path)
    # Writing takes a fifth of a second: not on the loop that answers everybody.
    content = await asyncio.to_thread(fill, template, paper)
    return Paper(
        file_name=f"{name}.docx",
        content_base64=base64.b64encode(content).decode(),
        template_sha256=template.digest,
        is_own_template=template.is_own,
    )


async def _signer(edge: Edge, district: str, year: int) -> Signer | None:
    """Return who signed the plan of the year: whoever signs for the district then."""
    plan = await edge.rows.get(PlanView, "plan", district, str(year))
    return plan.text.signer if plan else None


def _place(unit: Unit | None, body: OrganisationView) -> str:
    """Return the place that stands before the date: a ward's own name, else the district's (NĐ 30/2020, Phụ lục I)."""
    found = _WARD.search(unit.name) if unit is not None and unit.kind is UnitKind.WARD else None
    return found[1] if found else body.short_name


def _is_enterprise(unit: Unit | None) -> bool:
    """Return whether the unit is one to which the district's executive is no superior body."""
    return unit is not None and unit.kind is UnitKind.ENTERPRISE


def _committee(body: OrganisationView) -> str:
    return f"Ủy ban nhân dân {body.name[0].lower()}{body.name[1:]}"


ANSWERS: Answers = {
    ShowPlanDocument: _plan,
    WriteUrgingLetter: _urging,
    ShowDirective: _directive,
    ShowPledgePaper: _pledge,
    ShowReportPaper: _report,
    ShowInspectionPaper: _inspection,
}
