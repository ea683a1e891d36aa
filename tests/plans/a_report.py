"""Periodic reports of Cái Răng for tests: the first quarter of 2020, two wards, an office, the cluster of wards."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from services.plans.commands import (
    AcceptReport,
    AmendReporters,
    AnnounceReport,
    MoveReportDue,
    OneReportCommand,
    OpenReport,
    RecomputeReportDues,
    RefreshReportFigures,
    ReportDutyCommand,
    ReturnReport,
    SaveReport,
    SubmitReport,
)
from services.plans.decider import REPORT, REPORT_DUTY, ReportDutyFacts, ReportFacts
from services.plans.events import (
    Group,
    GroupKind,
    MemberReport,
    OneReportEvent,
    ReportAnnounced,
    ReportDutyEvent,
    ReportedState,
    ReportedTask,
    ReportFigures,
    ReportLevel,
    ReportPeriod,
    ReportState,
    ReportText,
    Signer,
    TaskCounts,
    UnitKind,
)
from services.plans.projections.report import report_row
from services.plans.rules import working_days
from services.plans.views import CalendarView, ReportView
from shared.types import Actor, Recorded, Role
from tests.plans.a_calendar import OPENED_2020, view
from tests.plans.a_plan import HOME_AFFAIRS, actor, unit

AT = datetime(2020, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2020, 3, 2)
DUE = date(2020, 3, 16)  # the 15th is a Sunday
KEY: dict[str, Any] = {"district": "cai-rang", "year": 2020, "period": ReportPeriod.QUARTER_1, "at": AT}
LE_BINH = actor(Role.UNIT_CLERK, "phuong-le-binh")
BA_LANG = actor(Role.UNIT_CLERK, "phuong-ba-lang")
CITY_BOARD = actor(Role.CITY_BOARD, district="can-tho")
POLICY = actor(Role.POLICY, district="can-tho")
CALENDAR = view(*OPENED_2020)

UNITS = {
    one.unit_id: one
    for one in (
        unit("phong-noi-vu"),
        unit("phuong-le-binh", UnitKind.WARD),
        unit("phuong-ba-lang", UnitKind.WARD),
        unit("phuong-cu", UnitKind.WARD, valid_to=date(2020, 1, 31)),
        unit("ubnd-quan", UnitKind.EXECUTIVE),
        unit("hoi-dong-tdkt", UnitKind.COUNCIL),
    )
}
CLUSTER = Group(
    district="cai-rang",
    group_id="cum-cac-phuong",
    year=2020,
    name="Cụm thi đua các phường",
    kind=GroupKind.CLUSTER,
    members=("phuong-le-binh", "phuong-ba-lang"),
    head_id="phuong-le-binh",
)


def duty_facts(
    who: Actor = HOME_AFFAIRS,
    today: date = TODAY,
    calendar: CalendarView = CALENDAR,
    submitted: frozenset[str] = frozenset(),
) -> ReportDutyFacts:
    """Return the facts of what is asked."""
    return ReportDutyFacts(
        actor=who,
        today=today,
        district_name="Quận Cái Răng",
        units=UNITS,
        sets={"cac-phuong": ("phuong-le-binh", "phuong-ba-lang", "phuong-cu")},
        groups=[CLUSTER],
        days=working_days([calendar]),
        calendars=[calendar],
        submitted=submitted,
    )


def announce(**changes: Any) -> AnnounceReport:
    """Return the command that asks for the reports of the quarter."""
    return AnnounceReport(**{**KEY, **changes})


def move(due_on: date, level: ReportLevel = ReportLevel.UNIT, why: str = "Bão") -> MoveReportDue:
    """Return the command that moves the due date of a level."""
    return MoveReportDue(**KEY, level=level, due_on=due_on, why=why)


def amend(**changes: Any) -> AmendReporters:
    """Return the command that amends who reports."""
    return AmendReporters(**{**KEY, "why": "Thành lập mới", **changes})


RECOMPUTE = RecomputeReportDues(**KEY)


def duty_happened(*commands_and_facts: tuple[ReportDutyCommand, ReportDutyFacts]) -> list[ReportDutyEvent]:
    """Return the history of what is asked that the commands make."""
    duty, history = REPORT_DUTY.initial, []
    for command, known in commands_and_facts:
        for event in REPORT_DUTY.decide(command, duty, known):
            duty = REPORT_DUTY.evolve(duty, event)
            history.append(event)
    return history


ANNOUNCED = duty_happened((announce(), duty_facts()))
assert [type(event) for event in ANNOUNCED] == [ReportAnnounced]


def asked(reporter_id: str = "phuong-le-binh", **changes: Any) -> ReportView:
    """Return the row of a report that is asked for."""
    event = ANNOUNCED[0]
    recorded: Recorded[Any] = Recorded(
        event=event,
        type="",
        event_id="",
        stream="PLANS",
        seq=1,
        subject="plans.evt.cai-rang.report-duty.2020-q1",
        occurred_at=AT,
        recorded_at=AT,
        actor="",
        command_id="",
        correlation_id="",
        headers={},
    )
    row = report_row(None, recorded, ("cai-rang", 2020, "q1", reporter_id))
    assert row is not None
    return replace(row, **changes)


def figures(done: int = 1, taken_at: datetime = AT, **changes: Any) -> ReportFigures:
    """Return figures with one task."""
    values: dict[str, Any] = {
        "first_on": date(2019, 12, 15),
        "until_on": date(2020, 3, 2),
        "taken_at": taken_at,
        "tasks": (
            ReportedTask(
                plan_id="2020",
                number=5,
                content="Đăng ký thi đua",
                due_on=date(2020, 3, 31),
                state=ReportedState.DONE,
                done_on=date(2020, 2, 20),
                evidence="9/KH-UBND",
            ),
        ),
        "counts": TaskCounts(done=done),
    }
    return ReportFigures(**{**values, **changes})


def member(name: str, days_late: int = 0, state: ReportState = ReportState.ACCEPTED) -> MemberReport:
    """Return how a member has reported."""
    return MemberReport(
        reporter_id=name,
        level=ReportLevel.UNIT,
        name=name,
        state=state,
        due_on=DUE,
        is_late=days_late > 0,
        days_late=days_late,
        tasks=TaskCounts(done=2, open=1),
    )


def facts(
    who: Actor = LE_BINH,
    today: date = TODAY,
    reporter_id: str = "phuong-le-binh",
    **changes: Any,
) -> ReportFacts:
    """Return the facts of a decision about one report."""
    row = asked(reporter_id)
    speakers = {ReportLevel.UNIT: reporter_id, ReportLevel.GROUP: "phuong-le-binh", ReportLevel.DISTRICT: None}
    values: dict[str, Any] = {
        "actor": who,
        "today": today,
        "asked": row,
        "first_on": date(2019, 12, 15),
        "speaker_id": speakers[row.level],
        "head_district": "ninh-kieu",
        "days": working_days([CALENDAR]),
        "figures": figures(),
    }
    return ReportFacts(**{**values, **changes})


TEXT = ReportText(leadership="Chỉ đạo.", results="Kết quả.", limits="Hạn chế.", directions="Phương hướng.")
SIGNER = Signer(name="Nguyễn Văn A", post="Chủ tịch", on_behalf_of="TM. Ủy ban nhân dân")
ONE: dict[str, Any] = {**KEY, "reporter_id": "phuong-le-binh"}
OPEN = OpenReport(**ONE)
REFRESH = RefreshReportFigures(**ONE)
SAVE = SaveReport(**ONE, text=TEXT)
RETURN = ReturnReport(**ONE, reasons=("Thiếu số liệu",))
ACCEPT = AcceptReport(**ONE)


def submit(**changes: Any) -> SubmitReport:
    """Return the command that sends the report."""
    values: dict[str, Any] = {"number": "12/BC-UBND", "reported_on": TODAY, "signer": SIGNER}
    return SubmitReport(**{**ONE, **values, **changes})


def happened(*commands_and_facts: tuple[OneReportCommand, ReportFacts]) -> list[OneReportEvent]:
    """Return the history of a report that the commands make."""
    report, history = REPORT.initial, []
    for command, known in commands_and_facts:
        for event in REPORT.decide(command, report, known):
            report = REPORT.evolve(report, event)
            history.append(event)
    return history


OPENED = happened((OPEN, facts()))
WRITTEN = happened((OPEN, facts()), (SAVE, facts()))
SUBMITTED = happened((OPEN, facts()), (SAVE, facts()), (submit(), facts()))
RETURNED = [
    *SUBMITTED,
    *happened((OPEN, facts()), (SAVE, facts()), (submit(), facts()), (RETURN, facts(HOME_AFFAIRS)))[3:],
]
ACCEPTED = happened((OPEN, facts()), (SAVE, facts()), (submit(), facts()), (ACCEPT, facts(HOME_AFFAIRS)))
