"""The rules of one periodic report: one aggregate a reporter and period."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    AcceptReport,
    OneReportCommand,
    OpenReport,
    RefreshReportFigures,
    ReturnReport,
    SaveReport,
    SubmitReport,
)
from services.plans.decider.room import within_room
from services.plans.decider.texts import line, needed_line, prose
from services.plans.events import (
    OneReportEvent,
    ReportAccepted,
    ReportFigures,
    ReportFiguresRefreshed,
    ReportLevel,
    ReportOpened,
    ReportReturned,
    ReportSaved,
    ReportState,
    ReportSubmitted,
    ReportText,
    Signer,
)
from services.plans.rules import (
    REASONS_MAX,
    SECTION_MAX,
    WorkingDays,
    is_document_number,
    may_appraise,
    may_write,
    report_id,
    working_days_between,
)
from services.plans.views import ReportView
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor

_OPEN = (ReportState.DRAFT, ReportState.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the rules need to know of a report; `submitted` is its last submission, `first_on` the day of the first."""

    state: ReportState = ReportState.AWAITED
    figures: ReportFigures | None = None
    text: ReportText = field(default_factory=ReportText)
    submitted: ReportSubmitted | None = None
    first_on: date | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """Who asks, the day in Vietnam, and what our read model says of the report.

    `asked` is its row, None where nobody asks for it; `speaker_id` the unit that speaks: itself, or the group's
    head; `head_district` the district that heads the cluster; `first_on` the first day of the period; `figures`
    what the log gives now, where the command takes it.
    """

    actor: Actor
    today: date
    asked: ReportView | None = None
    first_on: date | None = None
    speaker_id: str | None = None
    head_district: str | None = None
    days: WorkingDays = field(default_factory=WorkingDays)
    figures: ReportFigures | None = None


def decide(command: OneReportCommand, report: Report, facts: ReportFacts) -> list[OneReportEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    asked = facts.asked
    if asked is None or facts.first_on is None:
        _authorise_reader(command, facts)
        raise Rejected("report.not_asked")
    _authorise(command, asked, facts)
    if asked.is_excused:
        raise Rejected("report.not_asked")
    by = facts.actor.account_id
    match command:
        case OpenReport():
            if report.state is not ReportState.AWAITED:
                return []
            if facts.today < facts.first_on:
                raise Rejected("report.period_not_begun", first_on=str(facts.first_on))
            assert facts.figures is not None
            return [
                ReportOpened(
                    district=command.district,
                    year=command.year,
                    period=command.period,
                    reporter_id=command.reporter_id,
                    level=asked.level,
                    name=asked.name,
                    figures=facts.figures,
                    by=by,
                    at=command.at,
                )
            ]
        case RefreshReportFigures():
            _require(report, *_OPEN)
            assert facts.figures is not None and report.figures is not None
            if replace(facts.figures, taken_at=report.figures.taken_at) == report.figures:
                return []
            return [
                ReportFiguresRefreshed(
                    district=command.district,
                    year=command.year,
                    period=command.period,
                    reporter_id=command.reporter_id,
                    figures=facts.figures,
                    by=by,
                    at=command.at,
                )
            ]
        case SaveReport():
            _require(report, *_OPEN)
            text = _text(command.text)
            if text == report.text:
                return []
            # What could not be submitted beside the figures is not to be found out on the last day.
            within_room((text, report.figures), "report.too_large")
            return [
                ReportSaved(
                    district=command.district,
                    year=command.year,
                    period=command.period,
                    reporter_id=command.reporter_id,
                    text=text,
                    by=by,
                    at=command.at,
                )
            ]
        case SubmitReport():
            return _submit(command, report, asked, facts)
        case ReturnReport():
            return _return(command, report, asked, facts)
        case AcceptReport():
            if report.state is ReportState.ACCEPTED:
                return []
            _require(report, ReportState.SUBMITTED)
            assert report.figures is not None
            return [
                ReportAccepted(
                    district=command.district,
                    year=command.year,
                    period=command.period,
                    reporter_id=command.reporter_id,
                    level=asked.level,
                    name=asked.name,
                    group_id=asked.group_id,
                    counts=report.figures.counts,
                    by=by,
                    at=command.at,
                    head_id=_head(asked, facts),
                )
            ]
        case _:
            assert_never(command)


def evolve(report: Report, event: OneReportEvent) -> Report:
    """Return the report after the event. Never refuses: it has happened."""
    match event:
        case ReportOpened():
            return replace(report, state=ReportState.DRAFT, figures=event.figures)
        case ReportFiguresRefreshed():
            return replace(report, figures=event.figures)
        case ReportSaved():
            return replace(report, text=event.text)
        case ReportSubmitted():
            return replace(
                report,
                state=ReportState.SUBMITTED,
                figures=event.figures,
                text=event.text,
                submitted=event,
                first_on=report.first_on or event.submitted_on,
            )
        case ReportReturned():
            return replace(report, state=ReportState.RETURNED, reasons=event.reasons)
        case ReportAccepted():
            return replace(report, state=ReportState.ACCEPTED)
        case _:
            assert_never(event)


def _authorise(command: OneReportCommand, asked: ReportView, facts: ReportFacts) -> None:
    if isinstance(command, ReturnReport | AcceptReport):
        allowed = may_appraise(facts.actor, asked.level, facts.head_district, on=facts.today, district=command.district)
    else:
        allowed = may_write(facts.actor, asked.level, facts.speaker_id, on=facts.today, district=command.district)
    if not allowed:
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _authorise_reader(command: OneReportCommand, facts: ReportFacts) -> None:
    """Raise Rejected before a stranger is told what there is not."""
    if not facts.actor.reads(command.district, on=facts.today):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _require(report: Report, *states: ReportState) -> None:
    if report.state is ReportState.AWAITED:
        raise Rejected("report.not_opened")
    if report.state not in states:
        raise Rejected("report.wrong_state", state=report.state)


def _submit(command: SubmitReport, report: Report, asked: ReportView, facts: ReportFacts) -> list[OneReportEvent]:
    signer = _signer(command.signer)
    number = command.number.strip()
    last = report.submitted
    if report.state is ReportState.SUBMITTED and last is not None:
        is_repeated = (last.number, last.reported_on, last.signer) == (number, command.reported_on, signer)
        if is_repeated:
            return []
    _require(report, *_OPEN)
    for one in fields(report.text):
        if not getattr(report.text, one.name):
            raise Rejected("report.section_missing", section=one.name)
    if not is_document_number(number):
        raise Rejected("report.number_malformed", number=line(number))
    assert facts.first_on is not None and report.figures is not None
    if not facts.first_on <= command.reported_on <= facts.today:
        raise Rejected(
            "report.date_out_of_range",
            reported_on=str(command.reported_on),
            first_on=str(facts.first_on),
            today=str(facts.today),
        )
    first_on = report.first_on or facts.today
    submitted = ReportSubmitted(
        district=command.district,
        year=command.year,
        period=command.period,
        reporter_id=command.reporter_id,
        level=asked.level,
        name=asked.name,
        group_id=asked.group_id,
        number=number,
        reported_on=command.reported_on,
        signer=signer,
        text=report.text,
        figures=report.figures,
        due_on=asked.due_on,
        submitted_on=facts.today,
        is_first=report.first_on is None,
        days_late=max(0, working_days_between(facts.days, asked.due_on, first_on)),
        by=facts.actor.account_id,
        at=command.at,
        head_id=_head(asked, facts),
    )
    return [within_room(submitted, "report.too_large")]


def _return(command: ReturnReport, report: Report, asked: ReportView, facts: ReportFacts) -> list[OneReportEvent]:
    reasons = tuple(filter(None, map(prose, command.reasons)))
    if not reasons:
        raise Rejected("report.reason_missing")
    if len(reasons) > REASONS_MAX:
        raise Rejected("report.too_many_reasons", limit=REASONS_MAX)
    if report.state is ReportState.RETURNED and report.reasons == reasons:
        return []
    _require(report, ReportState.SUBMITTED)
    returned = ReportReturned(
        district=command.district,
        year=command.year,
        period=command.period,
        reporter_id=command.reporter_id,
        level=asked.level,
        name=asked.name,
        group_id=asked.group_id,
        reasons=reasons,
        by=facts.actor.account_id,
        at=command.at,
        head_id=_head(asked, facts),
    )
    return [within_room(returned, "report.reasons_too_large")]


def _head(asked: ReportView, facts: ReportFacts) -> str | None:
    return facts.speaker_id if asked.level is ReportLevel.GROUP else None


def _signer(signer: Signer) -> Signer:
    return Signer(
        name=needed_line(signer.name, Rejected("report.signer_missing", field="signer_name")),
        post=needed_line(signer.post, Rejected("report.signer_missing", field="signer_post")),
        on_behalf_of=line(signer.on_behalf_of or "") or None,
    )


def _text(text: ReportText) -> ReportText:
    names = [one.name for one in fields(text)]
    return ReportText(**{name: prose(getattr(text, name), limit=SECTION_MAX, field=name) for name in names})


REPORT: Decider[OneReportCommand, Report, OneReportEvent, ReportFacts] = Decider(
    kind="report",
    commands=(OpenReport, RefreshReportFigures, SaveReport, SubmitReport, ReturnReport, AcceptReport),
    initial=Report(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, report_id(command.year, command.period, command.reporter_id)),
)
