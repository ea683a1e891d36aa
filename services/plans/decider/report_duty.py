"""The rules of what reports are asked for: one aggregate a period of a district's year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import assert_never

from services.plans.commands import (
    AmendReporters,
    AnnounceReport,
    MoveReportDue,
    RecomputeReportDues,
    ReportDutyCommand,
)
from services.plans.decider.room import within_room
from services.plans.decider.texts import line, needed_line
from services.plans.events import (
    Group,
    LevelDue,
    MemberReport,
    ReportAnnounced,
    ReportDueMoved,
    ReportDutyEvent,
    Reporter,
    ReportersAmended,
    ReportLevel,
    ReportState,
    TaskCounts,
    Unit,
    require_open,
)
from services.plans.rules import (
    DOCUMENT_NUMBER_MAX,
    DUE_DAYS_MAX,
    MEMBERS_BYTES_MAX,
    NOT_ASKED_KINDS,
    PERIODS,
    REPORT_ID_MAX,
    RIGHTS,
    YEARS,
    WorkingDays,
    duty_id,
    level_due,
    report_id,
)
from services.plans.views import CalendarView
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import DISTRICTS, Actor

_LEVELS = tuple(ReportLevel)  # from below: each sums up what the one before has sent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDuty:
    """What the rules need to know of what is asked: how, of whom, by when; `announced` None: nothing is."""

    announced: ReportAnnounced | None = None
    dues: Mapping[ReportLevel, LevelDue] = field(default_factory=dict)
    reporters: Mapping[str, Reporter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDutyFacts:
    """Who asks, the day in Vietnam, the organisation and the working days as our read model has them.

    `submitted` are the ids of those whose report has come already; `calendars` those of the years concerned.
    """

    actor: Actor
    today: date
    district_name: str = ""
    units: Mapping[str, Unit] = field(default_factory=dict)
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    days: WorkingDays = field(default_factory=WorkingDays)
    calendars: Sequence[CalendarView] = ()
    submitted: frozenset[str] = frozenset()


def decide(command: ReportDutyCommand, duty: ReportDuty, facts: ReportDutyFacts) -> list[ReportDutyEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=command.district):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    match command:
        case AnnounceReport():
            return _announce(command, duty, facts)
        case MoveReportDue():
            return _move(command, duty, facts)
        case AmendReporters():
            return _amend(command, duty, facts)
        case RecomputeReportDues():
            return _recompute(command, duty, facts)
        case _:
            assert_never(command)


def evolve(duty: ReportDuty, event: ReportDutyEvent) -> ReportDuty:
    """Return the duty after the event. Never refuses: it has happened."""
    match event:
        case ReportAnnounced():
            return replace(
                duty,
                announced=event,
                dues={one.level: one for one in event.dues},
                reporters={one.reporter_id: one for one in event.reporters},
            )
        case ReportDueMoved():
            return replace(duty, dues={**duty.dues, event.due.level: event.due})
        case ReportersAmended():
            kept = {key: one for key, one in duty.reporters.items() if key not in event.removed}
            return replace(duty, reporters=kept | {one.reporter_id: one for one in event.added})
        case _:
            assert_never(event)


def _announce(command: AnnounceReport, duty: ReportDuty, facts: ReportDutyFacts) -> list[ReportDutyEvent]:
    if command.district not in DISTRICTS:
        raise Rejected("report_duty.not_of_district", district=command.district)
    if command.year not in YEARS:
        raise Rejected("report_duty.year_out_of_range", year=command.year, first=YEARS.start, last=YEARS.stop - 1)
    rule = PERIODS[command.period]
    first_on = command.first_on or rule.first.of(command.year)
    closes_on = command.closes_on or rule.closes.of(command.year)
    if first_on > closes_on or first_on.year < command.year - 1 or closes_on.year > command.year + 1:
        raise Rejected("report_duty.period_out_of_range", first_on=str(first_on), closes_on=str(closes_on))
    stated = {
        ReportLevel.UNIT: command.unit_due_on,
        ReportLevel.GROUP: command.group_due_on,
        ReportLevel.DISTRICT: command.district_due_on,
    }
    dues = tuple(level_due(level, stated[level] or rule.due[level].of(command.year), facts.days) for level in _LEVELS)
    reporters = _asked(command, facts)
    event = ReportAnnounced(
        district=command.district,
        year=command.year,
        period=command.period,
        first_on=first_on,
        closes_on=closes_on,
        dues=dues,
        reporters=reporters,
        basis=line(command.basis),
        by=facts.actor.account_id,
        at=command.at,
    )
    if (before := duty.announced) is not None:
        if replace(event, by=before.by, at=before.at) == before:
            return []
        raise Rejected("report_duty.exists", period=command.period, year=command.year)
    _refuse_too_many(reporters)
    _check_dues(event.dues, closes_on)
    for due in event.dues:
        _refuse_past(due.due_on, facts)
    return [event]


def _asked(command: AnnounceReport, facts: ReportDutyFacts) -> tuple[Reporter, ...]:
    """Return who reports: those named, or everybody as usual; each once."""
    if command.units is None:
        units = [one for one in facts.units.values() if one.is_open(facts.today) and one.kind not in NOT_ASKED_KINDS]
    else:
        units = _units(command.units, facts)
    groups = list(facts.groups) if command.groups is None else _groups(command.groups, command.year, facts)
    found = _reporters(units, groups, command, facts)
    if command.asks_district:
        found.append(Reporter(reporter_id=command.district, level=ReportLevel.DISTRICT, name=facts.district_name))
    if not found:
        raise Rejected("report_duty.without_reporters")
    _refuse_twice(found)
    return tuple(found)


def _refuse_too_many(reporters: Iterable[Reporter]) -> None:
    """Raise Rejected `report_duty.too_many_reporters`: the report of the district has to say of each how it reported.

    Whoever writes it could not make that shorter.
    """
    many = TaskCounts(done=9999, open=9999, overdue=9999)
    said = tuple(
        MemberReport(
            reporter_id=one.reporter_id,
            level=one.level,
            name=one.name,
            state=ReportState.SUBMITTED,
            due_on=date.max,
            submitted_on=date.max,
            number="9" * DOCUMENT_NUMBER_MAX,
            is_late=False,
            days_late=9999,
            tasks=many,
        )
        for one in reporters
    )
    within_room(said, "report_duty.too_many_reporters", MEMBERS_BYTES_MAX)


def _reporters(
    units: Iterable[Unit], groups: Iterable[Group], command: AnnounceReport | AmendReporters, facts: ReportDutyFacts
) -> list[Reporter]:
    group_of = {member: group.group_id for group in facts.groups for member in group.members}
    found = [
        Reporter(
            reporter_id=one.unit_id, level=ReportLevel.UNIT, name=one.short_name, group_id=group_of.get(one.unit_id)
        )
        for one in units
    ]
    found += [
        Reporter(
            reporter_id=one.group_id,
            level=ReportLevel.GROUP,
            name=one.name,
            group_id=one.group_id,
            head_id=one.head_id,
        )
        for one in groups
    ]
    for one in found:
        if len(report_id(command.year, command.period, one.reporter_id)) > REPORT_ID_MAX:
            raise Rejected("report_duty.id_too_long", reporter_id=one.reporter_id)
    return found


def _units(named: Iterable[str], facts: ReportDutyFacts) -> list[Unit]:
    """Return the units behind the names, sets and groups replaced by their open members; each once."""
    members = {**facts.sets, **{group.group_id: group.members for group in facts.groups}}
    found: dict[str, Unit] = {}
    for name in named:
        for unit_id in members.get(name, (name,)):
            unit = facts.units.get(unit_id)
            if unit is None:
                raise Rejected("unit.not_found", unit_id=unit_id[:80])
            # A closed member of a set is left out; a closed unit named by itself is refused.
            if name in members and not unit.is_open(facts.today):
                continue
            require_open(unit, facts.today)
            found.setdefault(unit_id, unit)
    return list(found.values())


def _groups(named: Iterable[str], year: int, facts: ReportDutyFacts) -> list[Group]:
    known = {group.group_id: group for group in facts.groups}
    found: dict[str, Group] = {}
    for name in named:
        if name not in known:
            raise Rejected("group.not_found", group_id=name[:80], year=year)
        found.setdefault(name, known[name])
    return list(found.values())


def _refuse_twice(reporters: Iterable[Reporter]) -> None:
    """Raise Rejected where a unit, a group or the district share an id: their reports would be one."""
    seen: set[str] = set()
    for one in reporters:
        if one.reporter_id in seen:
            raise Rejected("report_duty.reporter_twice", reporter_id=one.reporter_id)
        seen.add(one.reporter_id)


def _check_dues(dues: Iterable[LevelDue], closes_on: date) -> None:
    """Raise Rejected where a level is due before the figures close, long after, or before the level below it."""
    last = closes_on
    for due in dues:
        if not closes_on <= due.due_on <= closes_on + timedelta(days=DUE_DAYS_MAX):
            raise Rejected(
                "report_duty.due_out_of_range",
                field=f"{due.level}_due_on",
                due_on=str(due.due_on),
                closes_on=str(closes_on),
            )
        if due.due_on < last:
            raise Rejected("report_duty.due_out_of_order", field=f"{due.level}_due_on", due_on=str(due.due_on))
        last = due.due_on


def _refuse_past(due_on: date, facts: ReportDutyFacts) -> None:
    # Nobody is late at once because of what is asked today.
    if due_on < facts.today:
        raise Rejected("report_duty.due_in_past", due_on=str(due_on), today=str(facts.today))


def _require_announced(command: MoveReportDue | AmendReporters, duty: ReportDuty) -> ReportAnnounced:
    if duty.announced is None:
        raise Rejected("report_duty.not_found", period=command.period, year=command.year)
    return duty.announced


def _move(command: MoveReportDue, duty: ReportDuty, facts: ReportDutyFacts) -> list[ReportDutyEvent]:
    announced = _require_announced(command, duty)
    due = level_due(command.level, command.due_on, facts.days)
    before = duty.dues[command.level]
    if (due.stated_on, due.due_on) == (before.stated_on, before.due_on):
        return []
    _check_dues([due if level is command.level else duty.dues[level] for level in _LEVELS], announced.closes_on)
    _refuse_past(due.due_on, facts)
    return [
        ReportDueMoved(
            district=command.district,
            year=command.year,
            period=command.period,
            due=due,
            due_on_before=before.due_on,
            why=needed_line(command.why, Rejected("report_duty.why_missing")),
            reporters=_at_level(duty, command.level),
            by=facts.actor.account_id,
            at=command.at,
            heads=_heads(duty, command.level),
        )
    ]


def _recompute(command: RecomputeReportDues, duty: ReportDuty, facts: ReportDutyFacts) -> list[ReportDutyEvent]:
    """Move the due dates that the calendar as it is now puts on other days; never into the past."""
    events: list[ReportDutyEvent] = []
    for level, before in duty.dues.items():
        due = level_due(level, before.stated_on, facts.days)
        if due.due_on == before.due_on or due.due_on < facts.today:
            continue
        calendar = next((one for one in facts.calendars if one.year == before.stated_on.year), None)
        events.append(
            ReportDueMoved(
                district=command.district,
                year=command.year,
                period=command.period,
                due=due,
                due_on_before=before.due_on,
                why="",
                reporters=_at_level(duty, level),
                by=facts.actor.account_id,
                at=command.at,
                change=calendar.change if calendar else None,
                notice=calendar.notice if calendar else None,
                heads=_heads(duty, level),
            )
        )
    return events


def _at_level(duty: ReportDuty, level: ReportLevel) -> tuple[str, ...]:
    return tuple(one.reporter_id for one in duty.reporters.values() if one.level is level)


def _heads(duty: ReportDuty, level: ReportLevel) -> tuple[str, ...]:
    return tuple(one.head_id for one in duty.reporters.values() if one.level is level and one.head_id)


def _amend(command: AmendReporters, duty: ReportDuty, facts: ReportDutyFacts) -> list[ReportDutyEvent]:
    _require_announced(command, duty)
    named = _reporters(_units(command.units, facts), _groups(command.groups, command.year, facts), command, facts)
    added = [one for one in named if one.reporter_id not in (*duty.reporters, *command.excused)]
    removed = tuple(dict.fromkeys(one for one in command.excused if one in duty.reporters))
    for reporter_id in removed:
        if reporter_id in facts.submitted:
            raise Rejected("report_duty.submitted", reporter=duty.reporters[reporter_id].name)
    if not added and not removed:
        return []
    kept = [one for key, one in duty.reporters.items() if key not in removed]
    if not kept and not added:
        raise Rejected("report_duty.without_reporters")
    _refuse_twice([*kept, *added])
    if added:
        # One that is too large already only becomes smaller by who is excused.
        _refuse_too_many([*kept, *added])
    for one in added:
        _refuse_past(duty.dues[one.level].due_on, facts)
    return [
        ReportersAmended(
            district=command.district,
            year=command.year,
            period=command.period,
            added=tuple(added),
            removed=removed,
            dues=tuple(duty.dues.values()),
            why=needed_line(command.why, Rejected("report_duty.why_missing")),
            by=facts.actor.account_id,
            at=command.at,
            excused=tuple(duty.reporters[one] for one in removed),
        )
    ]


REPORT_DUTY: Decider[ReportDutyCommand, ReportDuty, ReportDutyEvent, ReportDutyFacts] = Decider(
    kind="report-duty",
    commands=(AnnounceReport, MoveReportDue, AmendReporters, RecomputeReportDues),
    initial=ReportDuty(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, duty_id(command.year, command.period)),
)
