"""Periodic reports: who writes and who takes them, what a period covers, when they are due, what they count.

Figures close as reports of the administration do by Nghị định 09/2019/NĐ-CP: on the 14th of the last month of the
period, the year on the 14th of December; the next period begins on the day after. The days on which reports are due
are our default (domain reference, 7): the decree leaves them to who asks. Whoever asks may name others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.plans.events import (
    LevelDue,
    ReportedState,
    ReportedTask,
    ReportFigures,
    ReportLevel,
    ReportPeriod,
    TaskCounts,
    UnitKind,
)
from services.plans.rules.calendar import WorkingDays, next_working_day, working_days_between
from services.plans.views import PartView, ReportStanding, ReportView, TaskState, TaskView
from shared.rights import Right
from shared.types import UNIT_ROLES, Actor, Role

WRITE_ROLES = frozenset({Role.HOME_AFFAIRS})  # for the district, and on paper's behalf for a unit
SPEAKER_ROLES = UNIT_ROLES | {Role.GROUP_HEAD}
ANNOUNCE_ROLES = frozenset({Role.HOME_AFFAIRS})
APPRAISE_ROLES = frozenset({Role.HOME_AFFAIRS, Role.CITY_BOARD})
# Reports of units and groups go to Phòng Nội vụ; that of a district to the city, or to the cluster's head district.
_APPRAISE = Right(roles=frozenset({Role.HOME_AFFAIRS}))
_APPRAISE_DISTRICT = Right(roles=frozenset({Role.CITY_BOARD}), is_of_city=True)
_WRITE = Right(roles=WRITE_ROLES, unit_roles=SPEAKER_ROLES)

SECTION_MAX = 10_000  # characters of one part of a report
REASONS_MAX = 20
REPORT_ID_MAX = 80  # as the log addresses an aggregate
TASKS_LISTED_MAX = 200  # in a report; the rest is only counted
FIGURES_BYTES_MAX = 200_000  # of a report, as JSON; beside its text they must fit into one event
MEMBERS_BYTES_MAX = 140_000  # of them, what is said of those below: some 400 reporters
CONTENT_MAX = 200
EVIDENCE_MAX = 300
DUE_DAYS_MAX = 366  # from the close of the figures to the last day on which reports may be due
# Those to whom the others report.
NOT_ASKED_KINDS = frozenset({UnitKind.EXECUTIVE, UnitKind.COUNCIL, UnitKind.DISTRICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfYear:
    """A day relative to a year: `years` after it (-1: the year before), month and day."""

    years: int = 0
    month: int
    day: int

    def of(self, year: int) -> date:
        """Return the day."""
        return date(year + self.years, self.month, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRule:
    """What a period covers, the last quarter of the plan that falls in it, and when its reports are due by level."""

    first: DayOfYear
    closes: DayOfYear
    last_quarter: int
    due: Mapping[ReportLevel, DayOfYear]


def _period(first: DayOfYear, last_month: int, district: DayOfYear | None = None) -> PeriodRule:
    return PeriodRule(
        first=first,
        closes=DayOfYear(month=last_month, day=14),
        last_quarter=last_month // 3,
        due={
            # Groups sum up what their members have sent, the district what all have sent.
            ReportLevel.UNIT: DayOfYear(month=last_month, day=15),
            ReportLevel.GROUP: DayOfYear(month=last_month, day=20),
            ReportLevel.DISTRICT: district or DayOfYear(month=last_month, day=25),
        },
    )


_YEAR_BEGINS = DayOfYear(years=-1, month=12, day=15)
PERIODS: Mapping[ReportPeriod, PeriodRule] = {
    ReportPeriod.QUARTER_1: _period(_YEAR_BEGINS, 3),
    ReportPeriod.QUARTER_2: _period(DayOfYear(month=3, day=15), 6),
    ReportPeriod.HALF: _period(_YEAR_BEGINS, 6),
    ReportPeriod.QUARTER_3: _period(DayOfYear(month=6, day=15), 9),
    ReportPeriod.NINE_MONTHS: _period(_YEAR_BEGINS, 9),
    ReportPeriod.QUARTER_4: _period(DayOfYear(month=9, day=15), 12),
    # The district's report on a year goes to the cluster in the first quarter of the next (seed plan, task 6).
    ReportPeriod.YEAR: _period(_YEAR_BEGINS, 12, DayOfYear(years=1, month=1, day=15)),
}


def duty_id(year: int, period: ReportPeriod) -> str:
    """Return the id of what is asked for a period."""
    return f"{year}-{period}"


def report_id(year: int, period: ReportPeriod, reporter_id: str) -> str:
    """Return the id of one report."""
    return f"{duty_id(year, period)}-{reporter_id}"


def level_due(level: ReportLevel, stated_on: date, days: WorkingDays) -> LevelDue:
    """Return the due date: the stated day, or the next working day where it is a day off."""
    end = next_working_day(days, stated_on)
    assert end.reason is not None
    return LevelDue(level=level, stated_on=stated_on, due_on=end.due_on, reason=end.reason)


def default_dues(year: int, period: ReportPeriod, days: WorkingDays) -> tuple[LevelDue, ...]:
    """Return when the reports of the period are usually due, by level from below."""
    return tuple(level_due(level, day.of(year), days) for level, day in PERIODS[period].due.items())


def may_write(actor: Actor, level: ReportLevel, speaker_id: str | None, *, on: date, district: str) -> bool:
    """Return whether the actor may write the report; `speaker_id` is the unit that speaks: itself, or the group's head.

    Phòng Nội vụ writes the district's, and also for those of the district who sent theirs on paper.
    """
    unit_id = speaker_id if level is not ReportLevel.DISTRICT else None
    return _WRITE.allows(actor, on=on, district=district, unit=unit_id)


def may_appraise(actor: Actor, level: ReportLevel, head_district: str | None, *, on: date, district: str) -> bool:
    """Return whether the actor may accept or return the report; `head_district` heads the cluster of districts.

    Nobody takes the report of the own district.
    """
    if level is not ReportLevel.DISTRICT:
        return _APPRAISE.allows(actor, on=on, district=district)
    if _APPRAISE_DISTRICT.allows(actor, on=on, district=district):
        return True
    return head_district not in (None, district) and _APPRAISE.allows(actor, on=on, district=head_district or "")


def standing(report: ReportView, today: date) -> ReportStanding:
    """Return how the report stands against its due date; what counts is when it first came."""
    if report.first_submitted_on is not None:
        return ReportStanding.LATE if report.is_late else ReportStanding.ON_TIME
    return ReportStanding.MISSING if report.due_on < today else ReportStanding.AWAITED


def days_late(report: ReportView, today: date, days: WorkingDays) -> int:
    """Return how many working days the report came after its due date, or has been missing until today; at least 0."""
    came_on = report.first_submitted_on or today
    return working_days_between(days, report.due_on, came_on) if came_on > report.due_on else 0


def reported_tasks(
    tasks: Iterable[TaskView],
    *,
    year: int,
    period: ReportPeriod,
    first_on: date,
    until_on: date,
    unit_id: str | None = None,
) -> list[ReportedTask]:
    """Return what a report says of the tasks, in the order of the plan; of one unit's parts where one is named.

    It tells what was done from `first_on` to `until_on`, and what is planned by the end of the period and not
    done by then. Cancelled tasks, and tasks of other years that were not done within the period, are left out.
    """
    found = []
    for task in tasks:
        part = _part_of(task, unit_id)
        if task.state is TaskState.CANCELLED or (unit_id is not None and part is None):
            continue
        done_on = task.completed_on if part is None else part.done_on
        if done_on is not None and done_on <= until_on:
            if done_on < first_on:
                continue
            state = ReportedState.DONE
        elif task.year == year and task.quarter <= PERIODS[period].last_quarter:
            state, done_on = ReportedState.OVERDUE if task.due_on < until_on else ReportedState.OPEN, None
        else:
            continue
        found.append(
            ReportedTask(
                plan_id=task.plan_id,
                number=task.number,
                content=_shortened(task.content, CONTENT_MAX),
                due_on=task.due_on,
                state=state,
                done_on=done_on,
                evidence=_shortened(_evidence(task, part), EVIDENCE_MAX) if done_on else "",
            )
        )
    return sorted(found, key=lambda one: (one.plan_id, one.number))


def _part_of(task: TaskView, unit_id: str | None) -> PartView | None:
    return next((part for part in task.parts if part.unit_id == unit_id), None)


def _evidence(task: TaskView, part: PartView | None) -> str:
    if part is not None:
        return part.evidence
    return "; ".join(dict.fromkeys(one.evidence for one in task.parts if one.evidence))


def counts_of(tasks: Iterable[ReportedTask]) -> TaskCounts:
    """Return how many of the tasks are done, open, overdue."""
    states = [task.state for task in tasks]
    return TaskCounts(
        done=states.count(ReportedState.DONE),
        open=states.count(ReportedState.OPEN),
        overdue=states.count(ReportedState.OVERDUE),
    )


def is_outdated(then: ReportFigures, now: ReportFigures) -> bool:
    """Return whether the log gives other figures now; that days have passed makes no difference by itself."""
    return _timeless(replace(then, taken_at=now.taken_at, until_on=now.until_on)) != _timeless(now)


def _timeless(figures: ReportFigures) -> ReportFigures:
    return replace(figures, members=tuple(replace(one, days_late=0) for one in figures.members))


def sum_of(counts: Iterable[TaskCounts]) -> TaskCounts:
    """Return the counts added up."""
    given = list(counts)
    return TaskCounts(
        done=sum(one.done for one in given),
        open=sum(one.open for one in given),
        overdue=sum(one.overdue for one in given),
    )


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
