"""Generated histories of periodic reports: what holds for every one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import OneReportCommand, ReportCommand, ReportDutyCommand
from services.plans.decider import REPORT, REPORT_DUTY
from services.plans.events import EVENTS, ReportDutyEvent, ReportEvent, ReportLevel
from services.plans.projections import PLANS
from services.plans.projections.report import report_keys, report_row
from services.plans.views import ReportView
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.tables import Key, Rollup
from shared.types import Recorded
from tests.plans.a_calendar import off_2020, view
from tests.plans.a_plan import HOME_AFFAIRS
from tests.plans.a_report import (
    ACCEPT,
    CALENDAR,
    CITY_BOARD,
    DUE,
    OPEN,
    POLICY,
    RECOMPUTE,
    REFRESH,
    RETURN,
    SAVE,
    amend,
    announce,
    duty_facts,
    facts,
    figures,
    move,
    submit,
)
from tests.plans.test_plan_histories import apply_in_batches
from tests.support.rows import as_values

REPORTERS = ("phong-noi-vu", "phuong-le-binh", "phuong-ba-lang", "cum-cac-phuong", "cai-rang")
CALENDARS = (CALENDAR, view(*off_2020(DUE)))


@dataclass(frozen=True, slots=True)
class Step:
    """A command, the day it is given on, and which calendar holds then."""

    command: ReportCommand
    day: date
    calendar: int
    counted: int


@dataclass(slots=True)
class World:
    """The duty, the reports and their rows as a history leaves them."""

    duty: Any = REPORT_DUTY.initial
    reports: dict[str, Any] = field(default_factory=dict)
    rows: dict[Key, ReportView] = field(default_factory=dict)
    history: list[ReportEvent] = field(default_factory=list)

    def do(self, step: Step) -> list[ReportEvent]:
        """Return what the step makes happen, which is then part of the history; nothing where it is refused."""
        try:
            events = self._decided(step)
        except Rejected:
            return []
        for event in events:
            self._take(event)
        return events

    def _decided(self, step: Step) -> list[Any]:
        command, calendar = step.command, CALENDARS[step.calendar]
        if isinstance(command, ReportDutyCommand):
            submitted = {key[3] for key, row in self.rows.items() if row.first_submitted_on is not None}
            who = POLICY if command is RECOMPUTE else HOME_AFFAIRS
            known = duty_facts(who, step.day, calendar, frozenset(str(one) for one in submitted))
            return REPORT_DUTY.decide(command, self.duty, known)
        return REPORT.decide(command, self.reports.get(command.reporter_id, REPORT.initial), self._facts(step))

    def _facts(self, step: Step) -> Any:
        assert isinstance(step.command, OneReportCommand)
        row = self.rows.get(("cai-rang", 2020, "q1", step.command.reporter_id))
        takes = isinstance(step.command, type(ACCEPT) | type(RETURN))
        is_district = row is not None and row.level is ReportLevel.DISTRICT
        known = facts(HOME_AFFAIRS if not (takes and is_district) else CITY_BOARD, step.day)
        return replace(known, asked=row, figures=figures(step.counted))

    def _take(self, event: ReportEvent) -> None:
        self.history.append(event)
        if isinstance(event, ReportDutyEvent):
            self.duty = REPORT_DUTY.evolve(self.duty, event)
        else:
            report = self.reports.get(event.reporter_id, REPORT.initial)
            self.reports[event.reporter_id] = REPORT.evolve(report, event)
        entry = recorded([event], len(self.history))[0]
        for key in report_keys(entry):
            row = report_row(self.rows.get(key), entry, key)
            if row is not None:
                self.rows[key] = row


def recorded(history: Sequence[ReportEvent], first: int = 1) -> list[Recorded[Any]]:
    """Return the events as the log would hold them."""
    return [
        Recorded(
            event=event,
            type=EVENTS.wire_name(type(event)),
            event_id=f"e{seq}",
            stream="PLANS",
            seq=seq,
            subject=f"plans.evt.cai-rang.{'report-duty' if isinstance(event, ReportDutyEvent) else 'report'}.2020-q1",
            occurred_at=event.at,
            recorded_at=event.at,
            actor="x",
            command_id=f"c{seq}",
            correlation_id="",
            headers={},
        )
        for seq, event in enumerate(history, start=first)
    ]


reporters = st.sampled_from(REPORTERS)
days = st.integers(0, 40).map(lambda number: date(2020, 3, 2) + timedelta(days=number))
commands: st.SearchStrategy[ReportCommand] = st.one_of(
    st.just(announce()),
    st.just(announce(units=("cac-phuong",), asks_district=False)),
    st.builds(move, days, st.sampled_from(ReportLevel)),
    st.builds(
        lambda units, excused: amend(units=tuple(units), excused=tuple(excused)),
        st.lists(st.sampled_from(("phong-noi-vu", "phuong-ba-lang", "ubnd-quan")), max_size=2),
        st.lists(reporters, max_size=2),
    ),
    st.just(RECOMPUTE),
    st.builds(
        lambda command, reporter_id: replace(command, reporter_id=reporter_id),
        st.sampled_from((OPEN, REFRESH, SAVE, submit(), submit(number="13/BC-UBND"), RETURN, ACCEPT)),
        reporters,
    ),
)
steps = st.builds(Step, commands, days, st.integers(0, 1), st.integers(0, 3))
BEGUN = [Step(announce(), date(2020, 3, 2), 0, 0)] + [
    Step(replace(command, reporter_id=one), date(2020, 3, 2), 0, 1)
    for one in ("phuong-le-binh", "cum-cac-phuong")
    for command in (OPEN, SAVE)
]


def play(script: Sequence[Step]) -> World:
    """Return the world after the steps; refused ones leave nothing."""
    world = World()
    for step in script:
        world.do(step)
    return world


@settings(max_examples=50, deadline=None)
@given(st.lists(steps, max_size=30))
def test_a_repeated_command_changes_nothing(script: list[Step]) -> None:
    world = play(BEGUN)
    for step in script:
        world.do(step)
        assert world.do(step) == [], step


@settings(max_examples=50, deadline=None)
@given(st.lists(steps, max_size=30))
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(script: list[Step]) -> None:
    world = play([*BEGUN, *script])
    duty, reports = REPORT_DUTY.initial, dict[str, Any]()
    for event in world.history:
        stored: Any = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        if isinstance(event, ReportDutyEvent):
            duty = REPORT_DUTY.evolve(duty, stored)
        else:
            reports[stored.reporter_id] = REPORT.evolve(reports.get(stored.reporter_id, REPORT.initial), stored)
    assert (duty, reports) == (world.duty, world.reports)


@settings(max_examples=30, deadline=None)
@given(st.lists(steps, max_size=30), st.integers(1, 9))
async def test_every_level_equals_an_independent_recount_however_events_are_batched(
    script: list[Step], size: int
) -> None:
    world = play([*BEGUN, *script])
    rows = await apply_in_batches(recorded(world.history), size)
    counted = recount((type(event).__name__, to_plain(event)) for event in world.history)
    for table in PLANS.tables:
        if isinstance(table, Rollup) and table.of == "report":
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            assert rows[table.name].keys() == expected.keys(), table.name
            for key, row in rows[table.name].items():
                for name, value in as_values(row).items():
                    if name not in table.key:
                        assert value == expected[key].get(name, 0), (table.name, key, name)


@settings(max_examples=30, deadline=None)
@given(st.lists(steps, max_size=30))
def test_each_report_that_is_asked_is_in_time_or_late_or_has_not_come(script: list[Step]) -> None:
    world = play([*BEGUN, *script])
    asked = {key[3] for key, row in world.rows.items() if not row.is_excused}
    assert asked == set(world.duty.reporters)
    for row in world.rows.values():
        assert row.due_on == world.duty.dues[row.level].due_on or row.is_excused
        assert row.is_late == (row.first_submitted_on is not None and row.first_submitted_on > row.due_on)
