"""What the notices of a district's year say, and that nothing of the year was forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.commands import PostNotice
from services.notifications.events import NoticeKind
from services.notifications.policies import react_to_plans
from services.notifications.rules import TEXT_MAX, TITLE_MAX
from services.plans import events as plans
from services.plans.events import EVENTS, NamedUnit, RegisteringUnit, Reporter, ReportLevel, ReportSubmitted
from tests.notifications.a_notice import recorded, task
from tests.notifications.plan_facts import (
    AMENDED,
    ANNOUNCED,
    DISTRICT_REPORTER,
    GROUP_REPORTER,
    HEAD_REPORTER,
    OF_UNIT,
    OTHER_GROUP_REPORTER,
    PLAN_FACTS,
    REGISTRATION_FACTS,
    SENT,
    SUBMITTED,
    SWAPPED,
    WARD_REPORTER,
    left,
)
from tests.notifications.year_facts import RECOMMENDED, YEAR_FACTS

HEADLESS = replace(GROUP_REPORTER, reporter_id="khoi-khac", name="Khối chưa có trưởng", head_id=None)
REPORTERS = (WARD_REPORTER, HEAD_REPORTER, GROUP_REPORTER, OTHER_GROUP_REPORTER, DISTRICT_REPORTER, HEADLESS)
# Of these nobody is told. Steps of one's own work, and what is only counted: the pages of the year show it.
OWN_WORK = {
    plans.PlanDrafted,
    plans.DraftAmended,
    plans.TaskStarted,
    plans.TaskReported,
    plans.UnitPlanDrafted,
    plans.UnitPlanDraftAmended,
    plans.UnitTaskReported,
    plans.UnitTaskCompleted,
    plans.UnitTaskReopened,
    plans.UnitTaskCancelled,
    plans.RegistrationSaved,
    plans.ReportOpened,
    plans.ReportFiguresRefreshed,
    plans.ReportSaved,
    plans.CampaignDrafted,
    plans.CampaignAmended,
    plans.CampaignJoined,
    plans.CampaignResultReported,
    plans.FindingsRecorded,
    plans.AttendanceRecorded,
    plans.TrainingClosed,
    plans.CharterAdopted,
    plans.ReviewHeld,
    plans.ReviewWithdrawn,
    plans.PledgeDrafted,
    plans.PledgeSigned,
    plans.PledgeResultsRecorded,
    plans.PledgeClosed,
}
# What the organisation and the calendar are: whom they concern hears of what follows (tasks, terms).
GROUND = {
    plans.DraftTransferred,
    plans.OrganisationEstablished,
    plans.OrganisationClosed,
    plans.UnitEstablished,
    plans.UnitRenamed,
    plans.UnitCorrected,
    plans.UnitClosed,
    plans.UnitsMerged,
    plans.UnitSplit,
    plans.UnitSetDefined,
    plans.GroupFormed,
    plans.GroupLeadersAppointed,
    plans.GroupsCarried,
    plans.CalendarOpened,
    plans.CalendarCorrected,
    plans.CalendarCorrectionWithdrawn,
}
TOLD_ELSEWHERE = {
    plans.PlanSubmitted,
    plans.PlanReturned,
    plans.PlanIssued,
    plans.DueDatesMoved,
    plans.TaskAssigned,
    plans.TaskPartCompleted,
    plans.TaskCompleted,
    plans.TaskReopened,
    plans.TaskCancelled,
}


def notices_of(event: Any) -> Sequence[PostNotice]:
    """Return what the policy asks for."""
    return react_to_plans(recorded(EVENTS, event))


def texts(event: Any) -> dict[str, tuple[str, str]]:
    """Return title and text by unit or role."""
    return {str(one.recipient.unit_id or one.recipient.role): (one.title, one.text) for one in notices_of(event)}


def test_each_fact_of_plans_is_told_or_left_out_on_purpose() -> None:
    told = {type(event) for event, _ in YEAR_FACTS}
    assert set(EVENTS.members) == told | TOLD_ELSEWHERE | OWN_WORK | GROUND
    assert not told & (TOLD_ELSEWHERE | OWN_WORK | GROUND)


def test_each_unit_of_an_amended_plan_hears_which_of_its_tasks_are_other_than_before() -> None:
    told = texts(AMENDED)
    assert told["phuong-le-binh"][1] == "Nhiệm vụ được giao: 21. Nhiệm vụ có thay đổi: 7."
    assert told["phuong-ba-lang"][1] == "Nhiệm vụ được giao: 7. Nhiệm vụ đơn vị không phải thực hiện nữa: 3."
    assert told["phuong-phu-thu"][1] == "Nhiệm vụ đơn vị không phải thực hiện nữa: 7."
    assert told["home_affairs"][1] == "Bổ sung 1, thay đổi 1, đưa ra khỏi kế hoạch 1 nhiệm vụ."


def test_a_unit_whose_tasks_an_amendment_leaves_alone_is_not_told() -> None:
    assert "phuong-hung-phu" not in texts(AMENDED)
    only_removed = replace(AMENDED, added=(), changed=(), tasks=(), changes=())
    assert set(texts(only_removed)) == {"home_affairs", "city_board", "phuong-ba-lang"}


def test_a_closed_plan_tells_each_unit_of_its_own_tasks_that_are_carried_on() -> None:
    (closed,) = [event for event, _ in PLAN_FACTS if isinstance(event, plans.PlanClosed)]
    assert "Nhiệm vụ 9, 12 được chuyển" in texts(closed)["phuong-le-binh"][1]
    assert "1 nhiệm vụ của đơn vị chuyển sang năm sau" in texts(closed)["phuong-ba-lang"][0]
    assert set(texts(replace(closed, carried=()))) == {"home_affairs", "city_board"}


def test_the_head_of_a_group_is_asked_for_both_its_reports_in_one_notice() -> None:
    told = {one.recipient.unit_id: one for one in notices_of(ANNOUNCED)}
    assert told["phuong-le-binh"].title == "Báo cáo 6 tháng đầu năm 2020: hạn nộp 15/06/2020"
    assert told["phuong-le-binh"].text.endswith(
        "báo cáo của Phường Lê Bình trước khi hết ngày 15/06/2020; "
        "báo cáo của Cụm thi đua các phường trước khi hết ngày 22/06/2020."
    )
    assert told["phuong-le-binh"].link == "/bao-cao-dinh-ky/cai-rang/2020/half"
    assert told["phuong-ba-lang"].link == "/bao-cao-dinh-ky/cai-rang/2020/half/phuong-ba-lang"


def test_a_unit_that_is_asked_for_one_report_and_excused_from_another_hears_of_both_in_one_notice() -> None:
    (told,) = notices_of(SWAPPED)
    assert told.title == "Báo cáo 6 tháng đầu năm 2020: hạn nộp 15/06/2020"
    assert told.text.endswith(
        "báo cáo của Phường Lê Bình trước khi hết ngày 15/06/2020. "
        "Phòng Nội vụ miễn báo cáo kỳ này: Cụm thi đua các phường."
    )
    assert told.link == "/bao-cao-dinh-ky/cai-rang/2020/half"


@given(
    added=st.lists(st.sampled_from(REPORTERS), unique=True),
    excused=st.lists(st.sampled_from(REPORTERS), unique=True),
)
def test_whoever_is_asked_and_excused_no_two_notices_of_one_fact_have_one_id(
    added: list[Reporter], excused: list[Reporter]
) -> None:
    event = replace(SWAPPED, added=tuple(added), excused=tuple(excused))
    for fact in (event, replace(ANNOUNCED, reporters=event.added)):
        told = notices_of(fact)
        assert len({one.notice_id for one in told}) == len(told)
    excused_by_name = [one for one in excused if one != HEADLESS]
    concerned = [one for one in (*added, *excused_by_name) if one.level is not ReportLevel.DISTRICT]
    said = " ".join(one.text for one in notices_of(event))
    assert all(one.name in said for one in concerned)


def test_of_a_group_that_nobody_heads_the_office_is_told_that_appoints_its_head() -> None:
    headless = tuple(replace(one, head_id=None) for one in ANNOUNCED.reporters)
    told = {
        one.recipient.unit_id or one.recipient.role: one for one in notices_of(replace(ANNOUNCED, reporters=headless))
    }
    assert set(told) == {"phuong-le-binh", "phuong-ba-lang", "home_affairs"}
    office = told["home_affairs"]
    assert office.kind is NoticeKind.GROUP_LEADER_MISSING
    assert office.title == "Báo cáo 6 tháng đầu năm 2020: 1 cụm, khối chưa có đơn vị trưởng"
    assert office.text == (
        "Đề nghị cử đơn vị trưởng để lập, nộp báo cáo trước khi hết ngày 22/06/2020: Cụm thi đua các phường."
    )
    assert office.link == "/cum-khoi/cai-rang/2020/cum-cac-phuong"
    assert "home_affairs" not in texts(ANNOUNCED), "a group that is headed is its head's business"


def test_of_several_groups_that_nobody_heads_one_notice_names_them_all() -> None:
    (told,) = notices_of(
        replace(SWAPPED, added=(HEADLESS, replace(HEADLESS, reporter_id="b", name="Cụm B")), excused=())
    )
    assert "Khối chưa có trưởng, Cụm B." in told.text
    assert told.link == "/cum-khoi/cai-rang/2020"


def test_what_came_late_says_by_how_many_working_days_and_over_days_off_only_that_it_is_late() -> None:
    late = texts(replace(SUBMITTED, is_late=True, days_late=3))
    assert late["home_affairs"][0] == "Phường Lê Bình nộp đăng ký thi đua năm 2020 (nộp trễ 3 ngày làm việc)"
    assert late["phuong-le-binh"][1] == "Hạn nộp 31/03/2020; bản đăng ký nộp trễ 3 ngày làm việc."
    over_a_weekend = texts(replace(SUBMITTED, is_late=True))
    assert over_a_weekend["phuong-le-binh"][1] == "Hạn nộp 31/03/2020; bản đăng ký nộp trễ hạn."
    report = texts(ReportSubmitted(**OF_UNIT, **SENT | {"days_late": 2}))
    assert report["phuong-le-binh"][1] == "Hạn nộp 15/06/2020; báo cáo nộp trễ 2 ngày làm việc."


def test_recommendations_are_told_with_their_deadlines_the_earliest_in_the_title() -> None:
    told = texts(RECOMMENDED)["phuong-le-binh"]
    assert told[0] == "Đơn vị có 2 kiến nghị sau kiểm tra, hạn sớm nhất 31/03/2020"
    assert told[1].endswith("kiến nghị 1 hạn 15/04/2020; kiến nghị 3 hạn 31/03/2020.")


def test_the_units_due_dates_are_told_in_the_order_of_its_tasks() -> None:
    (moved,) = [event for event, _ in PLAN_FACTS if isinstance(event, plans.UnitDueDatesMoved)]
    assert texts(moved)["phuong-le-binh"][1].endswith(
        "nhiệm vụ 1 từ 31/03/2020 sang 15/04/2020; nhiệm vụ 2 từ 31/03/2020 sang 15/04/2020."
    )


def test_a_fact_stored_before_it_named_its_units_is_told_to_nobody() -> None:
    for event, _ in YEAR_FACTS:
        match event:
            case plans.CampaignEndMoved() | plans.CampaignClosed():
                old: Any = replace(event, called=())
            case plans.InspectionMoved() | plans.TrainingMoved() | plans.RegistrationClosingMoved():
                old = replace(event, units=())
            case plans.InspectionConcluded():
                old = replace(event, inspected=())
            case plans.ReviewPlanned():
                old = replace(event, members=())
            case _:
                continue
        assert notices_of(old) == []


def test_five_hundred_units_and_tasks_are_told_in_one_short_notice_each() -> None:
    units = [NamedUnit(unit_id=f"don-vi-{number}", name=f"Đơn vị {number}") for number in range(500)]
    (opened,) = [event for event, _ in REGISTRATION_FACTS if isinstance(event, plans.RegistrationOpened)]
    many = replace(opened, units=tuple(RegisteringUnit(unit_id=one.unit_id, name=one.name) for one in units))
    assert len({one.notice_id for one in notices_of(many)}) == len(notices_of(many)) == 500
    large = replace(
        AMENDED,
        tasks=tuple(task(number, ("phuong-le-binh",)) for number in range(1000, 1500)),
        left=tuple(left(number, *units[:3]) for number in range(1, 500)),
    )
    assert all(len(one.title) <= TITLE_MAX and len(one.text) <= TEXT_MAX for one in notices_of(large))
    assert texts(large)["don-vi-1"][1].endswith("19, 20, và 479 nhiệm vụ khác.")
