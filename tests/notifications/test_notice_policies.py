"""Whom each event concerns, and what the notices may say."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from starlette.routing import Match, Route

from services.nominations.events import EVENTS as NOMINATION_EVENTS
from services.nominations.events import (
    AwardLevel,
    Category,
    DossierItem,
    NominationAccepted,
    NominationResubmitted,
    NominationReturned,
    NominationSubmitted,
    NominationWithdrawn,
    ReturnReason,
    SubjectKind,
)
from services.notifications.commands import PostNotice
from services.notifications.decider import NOTICE
from services.notifications.events import NoticeKind
from services.notifications.policies import react_to_nominations, react_to_plans, react_to_scoring
from services.plans.events import EVENTS as PLAN_EVENTS
from services.plans.events import (
    CalendarChange,
    DueDatesMoved,
    DueReason,
    GroupKind,
    MovedTask,
    NamedUnit,
    OfficialNotice,
    Participant,
    PlanReturned,
    PlanSubmitted,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    TaskReported,
    TaskStarted,
    UnitRole,
)
from services.portal.labels import load
from services.portal.pages import ROUTERS
from services.portal.pages.inbox import AREAS, kinds_of
from services.scoring.events import EVENTS as SCORING_EVENTS
from services.scoring.events import Score, ScoreCorrected, ScorePosted, SelfScoreSubmitted
from shared.types import CITY
from tests.notifications.a_notice import AT, PLAN_ISSUED, POLICY, facts, recorded
from tests.notifications.plan_facts import PERSON, SECRET
from tests.notifications.year_facts import YEAR_FACTS

PLAN: dict[str, Any] = {"district": "cai-rang", "plan_id": "2020", "by": "someone", "at": AT}
TASK: dict[str, Any] = {**PLAN, "task_number": 7}
CONTENT = "Tổng kết phong trào thi đua"

ASSIGNED = TaskAssigned(
    **TASK,
    content=CONTENT,
    due_on=date(2020, 3, 31),
    participants=(
        Participant(unit_id="phuong-le-binh", name="Phường Lê Bình", role=UnitRole.LEAD, group_id="cum-phuong"),
        Participant(unit_id="phong-noi-vu", name="Phòng Nội vụ", role=UnitRole.COORDINATING),
    ),
)
COMPLETED = TaskCompleted(
    **TASK,
    year=2020,
    quarter=1,
    content=CONTENT,
    due_on=date(2020, 3, 31),
    completed_on=date(2020, 3, 20),
    leads=(
        NamedUnit(unit_id="phuong-le-binh", name="Phường Lê Bình"),
        NamedUnit(unit_id="phong-noi-vu", name="Phòng Nội vụ"),
    ),
)
MOVED = DueDatesMoved(
    **PLAN,
    year=2020,
    tasks=tuple(
        MovedTask(
            number=number,
            quarter=1,
            due_on_before=date(2020, 3, 31),
            due_on=date(2020, 3, 30),
            due_reason=DueReason(),
            units=units,
        )
        for number, units in ((1, ("phong-noi-vu",)), (2, ("phong-noi-vu", "phuong-le-binh")))
    ),
    change=CalendarChange.CORRECTED,
    notice=OfficialNotice(number="1/TB-UBND", issued_on=date(2020, 2, 1), issuer=PERSON, text=PERSON),
)
PLAN_CASES: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (
        MOVED,
        {NoticeKind.DUE_DATES_MOVED: ["cai-rang/home_affairs", "cai-rang/phong-noi-vu", "cai-rang/phuong-le-binh"]},
    ),
    (PlanSubmitted(**PLAN), {NoticeKind.PLAN_SUBMITTED: ["cai-rang/district_chair"]}),
    (PlanReturned(**PLAN, reason=f"Hỏi {PERSON}"), {NoticeKind.PLAN_RETURNED: ["cai-rang/home_affairs"]}),
    (
        PLAN_ISSUED,
        {
            NoticeKind.PLAN_ISSUED: [
                "cai-rang/home_affairs",
                "can-tho/city_board",
                "cai-rang/phong-noi-vu",
                "cai-rang/phuong-le-binh",
            ]
        },
    ),
    (ASSIGNED, {NoticeKind.TASK_ASSIGNED: ["cai-rang/phuong-le-binh", "cai-rang/phong-noi-vu"]}),
    (
        replace(ASSIGNED, added=("phuong-le-binh",)),
        {NoticeKind.TASK_ASSIGNED: ["cai-rang/phuong-le-binh"]},
    ),
    (
        replace(ASSIGNED, removed=("phuong-ba-lang", "phong-van-hoa")),
        {NoticeKind.TASK_UNASSIGNED: ["cai-rang/phuong-ba-lang", "cai-rang/phong-van-hoa"]},
    ),
    (
        TaskPartCompleted(
            **TASK,
            unit_id="phuong-le-binh",
            unit_name="Phường Lê Bình",
            completed_on=date(2020, 3, 20),
            evidence=PERSON,
            note=PERSON,
        ),
        {NoticeKind.TASK_PART_COMPLETED: ["cai-rang/home_affairs"]},
    ),
    (
        COMPLETED,
        {
            NoticeKind.TASK_COMPLETED: [
                "cai-rang/home_affairs",
                "cai-rang/phuong-le-binh",
                "cai-rang/phong-noi-vu",
                "can-tho/city_board",
            ]
        },
    ),
    (
        TaskReopened(
            **TASK,
            year=2020,
            content=CONTENT,
            reason=f"{PERSON} báo sai",
            was_completed=True,
            units=("phuong-le-binh", "phong-noi-vu"),
        ),
        {NoticeKind.TASK_REOPENED: ["cai-rang/phuong-le-binh", "cai-rang/phong-noi-vu"]},
    ),
    (
        TaskCancelled(**TASK, content=CONTENT, reason=f"{PERSON} đề nghị", units=("phuong-le-binh",)),
        {NoticeKind.TASK_CANCELLED: ["cai-rang/phuong-le-binh"]},
    ),
]

DOSSIER: dict[str, Any] = {
    "district": "cai-rang",
    "dossier_id": "0190-1",
    "unit_id": "phuong-le-binh",
    "by": "someone",
    "at": AT,
}
CONTENTS: dict[str, Any] = {
    "name": SECRET,
    "birth_year": SECRET,
    "position": SECRET,
    "title": "chien-si-thi-dua-co-so",
    "title_name": "Chiến sĩ thi đua cơ sở",
    "title_level": AwardLevel.DISTRICT,
    "rule_pack": "vn-2017",
    "year": 2020,
    "category": Category.MERIT,
    "summary": SECRET,
    "documents": (),
    "fingerprint": "f",
}
SUBMITTED = NominationSubmitted(
    **DOSSIER,
    **CONTENTS,
    unit_name="Phường Lê Bình",
    unit_seq=3,
    group_id="cum-phuong",
    group_name="Cụm phường",
    subject_kind=SubjectKind.INDIVIDUAL,
    person_id="p1",
)
WITHDRAWN = NominationWithdrawn(
    **DOSSIER, subject_kind=SubjectKind.INDIVIDUAL, title="x", year=2020, reason=f"{PERSON} nộp nhầm"
)
NOMINATION_CASES: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (SUBMITTED, {NoticeKind.NOMINATION_SUBMITTED: ["cai-rang/home_affairs"]}),
    (
        NominationResubmitted(**DOSSIER, **CONTENTS),
        {NoticeKind.NOMINATION_RESUBMITTED: ["cai-rang/home_affairs"]},
    ),
    (
        NominationReturned(
            **DOSSIER, reasons=(ReturnReason(item=DossierItem.NOMINEE, text=f"{PERSON} thiếu"),), fingerprint="f"
        ),
        {NoticeKind.NOMINATION_RETURNED: ["cai-rang/phuong-le-binh"]},
    ),
    (
        NominationAccepted(**DOSSIER, subject_kind=SubjectKind.INDIVIDUAL, title="x", year=2020),
        {NoticeKind.NOMINATION_ACCEPTED: ["cai-rang/phuong-le-binh"]},
    ),
    (WITHDRAWN, {NoticeKind.NOMINATION_WITHDRAWN: ["cai-rang/home_affairs"]}),
    (replace(WITHDRAWN, withdrawn_by_office=True), {NoticeKind.NOMINATION_WITHDRAWN: ["cai-rang/phuong-le-binh"]}),
]

SCORE = Score(
    lines=(),
    sections=(),
    task_points=(),
    bonus=Decimal("1.00"),
    bonus_reason=PERSON,
    penalty=Decimal("0.00"),
    penalty_reason="",
    knocked_out_reason=None,
    total=Decimal("92.50"),
)
SHEET: dict[str, Any] = {
    "district": "cai-rang",
    "unit_id": "phuong-le-binh",
    "unit_name": "Phường Lê Bình",
    "year": 2020,
    "group_id": "cum-phuong",
    "group_name": "Cụm phường",
    "group_kind": GroupKind.CLUSTER,
    "criteria_id": "c1",
    "criteria_version": 1,
    "by": "someone",
    "at": AT,
}
DISTRICT_SHEET = {**SHEET, "district": CITY, "unit_id": "quan-cai-rang", "unit_name": "Quận Cái Răng"}
SELF_SCORED = SelfScoreSubmitted(**SHEET, lines=(), total=Decimal("90.00"))
POSTED = ScorePosted(**SHEET, score=SCORE)
CORRECTED = ScoreCorrected(**SHEET, score=SCORE, total_before=Decimal("90.00"), reason=f"{PERSON} khiếu nại")
SCORING_CASES: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (SELF_SCORED, {NoticeKind.SELF_SCORE_SUBMITTED: ["cai-rang/home_affairs"]}),
    (
        SelfScoreSubmitted(**DISTRICT_SHEET, lines=(), total=Decimal("90.00")),
        {NoticeKind.SELF_SCORE_SUBMITTED: ["can-tho/city_board"]},
    ),
    (POSTED, {NoticeKind.SCORE_POSTED: ["cai-rang/phuong-le-binh"]}),
    (ScorePosted(**DISTRICT_SHEET, score=SCORE), {NoticeKind.SCORE_POSTED: ["cai-rang/home_affairs"]}),
    (CORRECTED, {NoticeKind.SCORE_CORRECTED: ["cai-rang/phuong-le-binh"]}),
    (
        ScoreCorrected(**DISTRICT_SHEET, score=SCORE, total_before=Decimal("90.00"), reason=PERSON),
        {NoticeKind.SCORE_CORRECTED: ["cai-rang/home_affairs"]},
    ),
]


def notices_of(event: Any) -> Sequence[PostNotice]:
    """Return what the policy of the event's service asks for."""
    if type(event) in PLAN_EVENTS.members:
        return react_to_plans(recorded(PLAN_EVENTS, event))
    if type(event) in NOMINATION_EVENTS.members:
        return react_to_nominations(recorded(NOMINATION_EVENTS, event, stream="NOMINATIONS"))
    return react_to_scoring(recorded(SCORING_EVENTS, event, stream="SCORING"))


PAGES = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]
ALL = [*PLAN_CASES, *NOMINATION_CASES, *SCORING_CASES, *YEAR_FACTS]
EVENTS = [event for event, _ in ALL]


def name(event: Any) -> str:
    return f"{type(event).__name__}-{event.district}"


def recipient(one: PostNotice) -> str:
    return f"{one.recipient.district}/{one.recipient.unit_id or one.recipient.role}"


@pytest.mark.parametrize(("event", "told"), ALL, ids=map(name, EVENTS))
def test_an_event_is_told_to_those_it_concerns(event: Any, told: dict[NoticeKind, list[str]]) -> None:
    notices = notices_of(event)
    kinds = dict.fromkeys(one.kind for one in notices)
    assert {kind: [recipient(one) for one in notices if one.kind is kind] for kind in kinds} == told
    assert len({one.notice_id for one in notices}) == len(notices)


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_policy_is_pure_and_its_notices_are_never_refused(event: Any) -> None:
    before = copy.deepcopy(event)
    notices = notices_of(event)
    assert notices_of(event) == notices
    assert event == before
    for one in notices:
        assert NOTICE.decide(one, NOTICE.initial, facts(POLICY))


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_notice_names_no_person_and_says_where_it_comes_from(event: Any) -> None:
    for one in notices_of(event):
        said = f"{one.title} {one.text} {one.link}"
        assert PERSON not in said
        assert SECRET.ct not in said
        assert "{" not in said
        assert "None" not in said
        assert (one.source.seq, one.source.event_id, one.at) == (7, "e7", AT)
        assert one.source.district == event.district


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_a_notice_leads_to_a_page_that_the_console_shows(event: Any) -> None:
    for one in notices_of(event):
        scope = {"type": "http", "method": "GET", "path": one.link}
        found = [route for route in PAGES if route.matches(scope)[0] is Match.FULL]
        assert found and found[0].name.startswith("show_"), one.link


def test_what_concerns_nobody_is_told_to_nobody() -> None:
    for event in (
        TaskStarted(**TASK, unit_id="phuong-le-binh"),
        TaskReported(**TASK, unit_id="phuong-le-binh", percent=50, text="đang làm"),
    ):
        assert notices_of(event) == []


def test_a_changed_assignment_is_told_to_the_units_added_and_those_taken_off() -> None:
    changed = replace(ASSIGNED, added=("phong-noi-vu",), removed=("phuong-ba-lang",))
    assert [(one.recipient.unit_id, one.kind, one.title) for one in notices_of(changed)] == [
        ("phong-noi-vu", NoticeKind.TASK_ASSIGNED, "Được giao nhiệm vụ 7"),
        ("phuong-ba-lang", NoticeKind.TASK_UNASSIGNED, "Không còn được giao nhiệm vụ 7"),
    ]


def test_every_kind_of_notice_has_its_words() -> None:
    words = load()["words"]
    assert [kind for kind in NoticeKind if f"notice_kind.{kind}" not in words] == []


def test_each_kind_of_notice_is_found_in_one_area_of_the_inbox() -> None:
    found = [kind for area in AREAS for kind in kinds_of(area)]
    assert sorted(found) == sorted(NoticeKind)
    assert kinds_of("") == kinds_of("khong-co") == ()


def test_each_unit_of_an_issued_plan_hears_how_many_tasks_it_has() -> None:
    told = {one.recipient.unit_id: (one.title, one.text) for one in notices_of(PLAN_ISSUED)}
    assert "3 nhiệm vụ của đơn vị" in told["phong-noi-vu"][0]
    assert "có 2 nhiệm vụ, trong đó chủ trì 1" in told["phuong-le-binh"][1]


def test_a_notice_knows_the_group_where_the_event_says_it() -> None:
    groups = {one.recipient.unit_id: one.recipient.group_id for one in notices_of(PLAN_ISSUED)}
    assert groups["phuong-le-binh"] == "cum-phuong"
    assert groups["phong-noi-vu"] is None
    assert notices_of(POSTED)[0].recipient.group_id == "cum-phuong"


def test_a_long_name_or_content_is_cut() -> None:
    long = replace(ASSIGNED, content="Tổng kết " * 400)
    assert all(len(one.text) <= 400 for one in notices_of(long))
    (one,) = notices_of(replace(SUBMITTED, unit_name="Phường " * 60))
    assert len(one.title) == 200


def test_points_are_written_with_a_comma_and_without_idle_zeros() -> None:
    assert "92,5" in notices_of(POSTED)[0].title
    assert "90 được đính chính thành 92,5" in notices_of(CORRECTED)[0].text


def test_each_unit_hears_of_its_own_moved_tasks_and_of_the_notice_behind_them() -> None:
    texts = {one.recipient.unit_id: (one.title, one.text) for one in notices_of(MOVED)}
    assert texts["phuong-le-binh"] == (
        "Hạn của 1 nhiệm vụ được chuyển theo lịch làm việc năm 2020",
        "Lịch làm việc năm 2020 được điều chỉnh theo văn bản số 1/TB-UBND ngày 01/02/2020. "
        "Hạn mới: nhiệm vụ 2 từ 31/03/2020 sang 30/03/2020.",
    )
    assert "Hạn của 2 nhiệm vụ" in texts["phong-noi-vu"][0]
    opened = replace(MOVED, change=CalendarChange.OPENED, notice=None)
    assert notices_of(opened)[0].text.startswith("Lịch làm việc năm 2020 đã mở. Hạn mới: nhiệm vụ 1 ")


def test_a_plan_of_five_hundred_moved_tasks_is_told_in_few_words() -> None:
    many = replace(MOVED, tasks=tuple(replace(MOVED.tasks[0], number=number) for number in range(1, 501)))
    assert all(len(one.text) < 2000 for one in notices_of(many))
    assert notices_of(many)[0].text.endswith("; và 480 nhiệm vụ khác.")
