"""Facts of plans, registrations and reports with the notices that they ask for: (event, {kind: recipients})."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.notifications.events import NoticeKind
from services.plans.events import (
    DraftTask,
    DueReason,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ItemReason,
    LeftTask,
    LevelDue,
    MovedUnitTasks,
    NamedUnit,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanClosed,
    RegisteringUnit,
    RegistrationApproved,
    RegistrationClosingMoved,
    RegistrationCounts,
    RegistrationOpened,
    RegistrationReopened,
    RegistrationReturned,
    RegistrationSubmitted,
    ReportAccepted,
    ReportAnnounced,
    ReportDueMoved,
    Reporter,
    ReportersAmended,
    ReportFigures,
    ReportLevel,
    ReportPeriod,
    ReportReturned,
    ReportSubmitted,
    ReportText,
    Signer,
    TaskChange,
    TaskCounts,
    UnitDueDatesMoved,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
)
from shared.types import Sealed
from tests.notifications.a_notice import AT, task

PERSON = "Nguyễn Thị Hoa Mai"
SECRET = Sealed(kid="k1", nonce="bm9uY2U=", ct="Y2lwaGVy")
OFFICE, CHAIR, BOARD = "cai-rang/home_affairs", "cai-rang/district_chair", "can-tho/city_board"
LE_BINH, BA_LANG, PHU_THU = (f"cai-rang/phuong-{one}" for one in ("le-binh", "ba-lang", "phu-thu"))

OF: dict[str, Any] = {"district": "cai-rang", "by": "someone", "at": AT}
PLAN: dict[str, Any] = {**OF, "plan_id": "2020"}
TASK: dict[str, Any] = {**PLAN, "task_number": 7}
UNIT_YEAR: dict[str, Any] = {**OF, "year": 2020, "unit_id": "phuong-le-binh"}
DUE, LATER = date(2020, 3, 31), date(2020, 4, 15)
SIGNER = Signer(name=PERSON, post="Chủ tịch")
WARDS = (
    NamedUnit(unit_id="phuong-le-binh", name="Phường Lê Bình"),
    NamedUnit(unit_id="phuong-ba-lang", name="Phường Ba Láng"),
)
IDS = tuple(one.unit_id for one in WARDS)
BOTH = [LE_BINH, BA_LANG]


def row(number: int) -> DraftTask:
    """Return a row of the plan's document."""
    return DraftTask(number=number, quarter=1, content=PERSON, leads=WARDS[:1])


def left(number: int, *units: NamedUnit) -> LeftTask:
    """Return a task that goes no further."""
    return LeftTask(number=number, quarter=1, content="Phát động thi đua", due_on=DUE, units=units)


# Task 7 is changed: Lê Bình stays, Ba Láng is new, Phú Thứ is off it; 21 is new for Lê Bình, 3 is gone for Ba Láng.
AMENDED = PlanAmended(
    **PLAN,
    year=2020,
    version=2,
    number="55/KH-UBND",
    amended_on=date(2020, 2, 20),
    reason=PERSON,
    added=(row(21),),
    changed=(row(7),),
    removed=(3,),
    tasks=(task(7, ("phuong-le-binh",), ("phuong-ba-lang",)), task(21, ("phuong-le-binh",))),
    changes=(
        TaskChange(
            number=7,
            content_before=PERSON,
            due_on_before=DUE,
            units_added=("phuong-ba-lang",),
            units_removed=("phuong-phu-thu",),
        ),
    ),
    left=(left(3, WARDS[1]),),
)
PLAN_FACTS: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (
        PlanAmendmentSubmitted(**PLAN, version=2, reason=PERSON, added=(row(21),), changed=(row(7),), removed=(3,)),
        {NoticeKind.PLAN_AMENDMENT_SUBMITTED: [CHAIR]},
    ),
    (
        PlanAmendmentReturned(**PLAN, version=2, reason=PERSON),
        {NoticeKind.PLAN_AMENDMENT_RETURNED: [OFFICE]},
    ),
    (AMENDED, {NoticeKind.PLAN_AMENDED: [OFFICE, BOARD, BA_LANG, LE_BINH, PHU_THU]}),
    (
        PlanClosed(
            **PLAN,
            year=2020,
            closed_on=date(2020, 12, 28),
            carried=(left(9, *WARDS), left(12, WARDS[0])),
            carry_reason=PERSON,
        ),
        {NoticeKind.PLAN_CLOSED: [OFFICE, BOARD, LE_BINH, BA_LANG]},
    ),
    (
        ExtensionRequested(
            **TASK,
            unit_id="phuong-le-binh",
            unit_name="Phường Lê Bình",
            due_on=DUE,
            wanted_on=LATER,
            reason=PERSON,
        ),
        {NoticeKind.EXTENSION_REQUESTED: [OFFICE]},
    ),
    (
        ExtensionGranted(
            **TASK,
            content="Phát động thi đua",
            unit_id="phuong-le-binh",
            unit_name="Phường Lê Bình",
            due_on_before=DUE,
            due_on=LATER,
            settles=("phuong-le-binh",),
            units=IDS,
        ),
        {NoticeKind.EXTENSION_GRANTED: BOTH},
    ),
    (
        ExtensionRefused(
            **TASK,
            content="Phát động thi đua",
            unit_id="phuong-le-binh",
            unit_name="Phường Lê Bình",
            reason=PERSON,
        ),
        {NoticeKind.EXTENSION_REFUSED: [LE_BINH]},
    ),
    (UnitPlanSubmitted(**UNIT_YEAR), {NoticeKind.UNIT_PLAN_SUBMITTED: [LE_BINH]}),
    (UnitPlanReturned(**UNIT_YEAR, reason=PERSON), {NoticeKind.UNIT_PLAN_RETURNED: [LE_BINH]}),
    (
        UnitPlanIssued(
            **UNIT_YEAR,
            unit_name="Phường Lê Bình",
            group_id="cum-cac-phuong",
            number="5/KH-UBND",
            title="Kế hoạch",
            issued_on=DUE,
            tasks=(),
        ),
        {NoticeKind.UNIT_PLAN_ISSUED: [LE_BINH]},
    ),
    (
        UnitDueDatesMoved(
            **OF,
            year=2020,
            moves=(
                MovedUnitTasks(
                    due_on_before=DUE,
                    due_on=LATER,
                    due_reason=DueReason(),
                    tasks={"phuong-le-binh": (2, 1), "phuong-ba-lang": (4,)},
                ),
            ),
        ),
        {NoticeKind.DUE_DATES_MOVED: BOTH},
    ),
]

SUBMITTED = RegistrationSubmitted(
    **UNIT_YEAR,
    unit_name="Phường Lê Bình",
    group_id="cum-cac-phuong",
    closes_on=DUE,
    due_on=DUE,
    is_late=False,
    days_late=0,
)
REGISTRATION_FACTS: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (
        RegistrationOpened(
            **OF,
            year=2020,
            closes_on=DUE,
            note=PERSON,
            units=tuple(RegisteringUnit(unit_id=one.unit_id, name=one.name) for one in WARDS),
        ),
        {NoticeKind.REGISTRATION_OPENED: BOTH},
    ),
    (
        RegistrationClosingMoved(**OF, year=2020, closes_on=LATER, closes_on_before=DUE, reason=PERSON, units=IDS),
        {NoticeKind.REGISTRATION_CLOSING_MOVED: BOTH},
    ),
    (SUBMITTED, {NoticeKind.REGISTRATION_SUBMITTED: [OFFICE]}),
    (
        replace(SUBMITTED, is_late=True, days_late=3),
        {NoticeKind.REGISTRATION_SUBMITTED: [OFFICE], NoticeKind.REGISTRATION_LATE: [LE_BINH]},
    ),
    (
        RegistrationReturned(**UNIT_YEAR, reason=PERSON, items=(ItemReason(number=1, text=SECRET),)),
        {NoticeKind.REGISTRATION_RETURNED: [LE_BINH]},
    ),
    (
        RegistrationApproved(**UNIT_YEAR, counts=RegistrationCounts(titles=4, initiatives=2)),
        {NoticeKind.REGISTRATION_APPROVED: [LE_BINH]},
    ),
    (RegistrationReopened(**UNIT_YEAR, reason=PERSON), {NoticeKind.REGISTRATION_REOPENED: [LE_BINH]}),
]

DUTY: dict[str, Any] = {**OF, "year": 2020, "period": ReportPeriod.HALF}
WARD_REPORTER = Reporter(reporter_id="phuong-ba-lang", level=ReportLevel.UNIT, name="Phường Ba Láng")
HEAD_REPORTER = Reporter(reporter_id="phuong-le-binh", level=ReportLevel.UNIT, name="Phường Lê Bình")
GROUP_REPORTER = Reporter(
    reporter_id="cum-cac-phuong", level=ReportLevel.GROUP, name="Cụm thi đua các phường", head_id="phuong-le-binh"
)
OTHER_GROUP_REPORTER = replace(GROUP_REPORTER, reporter_id="khoi-chung", group_id="khoi-chung", name="Khối chung")
DISTRICT_REPORTER = Reporter(reporter_id="cai-rang", level=ReportLevel.DISTRICT, name="Quận Cái Răng")
DUES = tuple(
    LevelDue(level=level, stated_on=day, due_on=day, reason=DueReason())
    for level, day in (
        (ReportLevel.UNIT, date(2020, 6, 15)),
        (ReportLevel.GROUP, date(2020, 6, 22)),
        (ReportLevel.DISTRICT, date(2020, 6, 25)),
    )
)
ANNOUNCED = ReportAnnounced(
    **DUTY,
    first_on=date(2019, 12, 15),
    closes_on=date(2020, 6, 14),
    dues=DUES,
    reporters=(WARD_REPORTER, HEAD_REPORTER, GROUP_REPORTER, DISTRICT_REPORTER),
    basis=PERSON,
)
# The head of a group reports for itself from now on, and the group no longer does.
SWAPPED = ReportersAmended(
    **DUTY,
    added=(HEAD_REPORTER,),
    removed=("cum-cac-phuong",),
    dues=DUES,
    why=PERSON,
    excused=(GROUP_REPORTER,),
)
MOVED = ReportDueMoved(
    **DUTY,
    due=LevelDue(level=ReportLevel.UNIT, stated_on=date(2020, 6, 18), due_on=date(2020, 6, 18), reason=DueReason()),
    due_on_before=date(2020, 6, 15),
    why=PERSON,
    reporters=IDS,
)
FIGURES = ReportFigures(
    first_on=date(2019, 12, 15), until_on=date(2020, 6, 14), taken_at=AT, tasks=(), counts=TaskCounts()
)
OF_UNIT: dict[str, Any] = {
    **DUTY,
    "reporter_id": "phuong-le-binh",
    "level": ReportLevel.UNIT,
    "name": "Phường Lê Bình",
    "group_id": "cum-cac-phuong",
}
OF_GROUP = {**OF_UNIT, "reporter_id": "cum-cac-phuong", "level": ReportLevel.GROUP, "head_id": "phuong-ba-lang"}
OF_DISTRICT = {**OF_UNIT, "reporter_id": "cai-rang", "level": ReportLevel.DISTRICT, "group_id": None}
SENT: dict[str, Any] = {
    "number": "12/BC-UBND",
    "reported_on": date(2020, 6, 17),
    "signer": SIGNER,
    "text": ReportText(leadership=PERSON),
    "figures": FIGURES,
    "due_on": date(2020, 6, 15),
    "submitted_on": date(2020, 6, 17),
    "is_first": True,
    "days_late": 0,
}
REPORT_FACTS: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (ANNOUNCED, {NoticeKind.REPORT_ASKED: [BA_LANG, LE_BINH]}),
    (
        ReportersAmended(
            **DUTY,
            added=(WARD_REPORTER,),
            removed=("cum-cac-phuong", "cai-rang"),
            dues=DUES,
            why=PERSON,
            excused=(GROUP_REPORTER, DISTRICT_REPORTER),
        ),
        {NoticeKind.REPORT_ASKED: [BA_LANG], NoticeKind.REPORT_EXCUSED: [LE_BINH]},
    ),
    (SWAPPED, {NoticeKind.REPORT_ASKED: [LE_BINH]}),
    (replace(ANNOUNCED, reporters=(HEAD_REPORTER, OTHER_GROUP_REPORTER)), {NoticeKind.REPORT_ASKED: [LE_BINH]}),
    (MOVED, {NoticeKind.REPORT_DUE_MOVED: BOTH}),
    (
        replace(MOVED, due=DUES[1], reporters=("cum-cac-phuong",), heads=("phuong-le-binh",)),
        {NoticeKind.REPORT_DUE_MOVED: [LE_BINH]},
    ),
    (replace(MOVED, due=DUES[2], reporters=("cai-rang",)), {NoticeKind.REPORT_DUE_MOVED: [OFFICE]}),
    (ReportSubmitted(**OF_UNIT, **SENT), {NoticeKind.REPORT_SUBMITTED: [OFFICE]}),
    (
        ReportSubmitted(**OF_GROUP, **SENT | {"days_late": 2}),
        {NoticeKind.REPORT_SUBMITTED: [OFFICE], NoticeKind.REPORT_LATE: [BA_LANG]},
    ),
    (ReportSubmitted(**OF_UNIT, **SENT | {"days_late": 2, "is_first": False}), {NoticeKind.REPORT_SUBMITTED: [OFFICE]}),
    (ReportSubmitted(**OF_DISTRICT, **SENT), {NoticeKind.REPORT_SUBMITTED: [BOARD]}),
    (ReportReturned(**OF_UNIT, reasons=(PERSON,)), {NoticeKind.REPORT_RETURNED: [LE_BINH]}),
    (ReportReturned(**OF_GROUP, reasons=(PERSON,)), {NoticeKind.REPORT_RETURNED: [BA_LANG]}),
    (ReportReturned(**OF_DISTRICT, reasons=(PERSON,)), {NoticeKind.REPORT_RETURNED: [OFFICE]}),
    (ReportAccepted(**OF_UNIT, counts=TaskCounts()), {NoticeKind.REPORT_ACCEPTED: [LE_BINH]}),
]
