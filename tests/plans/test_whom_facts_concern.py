"""A fact says which units it concerns, so that whoever reads it later can tell them."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.plans.commands import (
    AcceptReport,
    MoveCampaignEnd,
    MoveInspection,
    MoveRegistrationClosing,
    MoveTraining,
    OpenRegistration,
    OpenReport,
    ReturnReport,
    SaveReport,
    SubmitReport,
)
from services.plans.decider import (
    CAMPAIGN,
    GROUP_YEAR,
    INSPECTION,
    REGISTRATION_ROUND,
    REPORT,
    REPORT_DUTY,
    TRAINING,
    RegistrationRoundFacts,
)
from services.plans.events import ReportLevel
from tests.plans import a_group, a_report, an_activity
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS
from tests.support.deciding import given

WARDS = ("phuong-le-binh", "phuong-ba-lang")


def only(events: list[Any]) -> Any:
    """Return the one event."""
    (event,) = events
    return event


def test_a_campaign_that_is_extended_or_closed_names_the_units_that_were_called() -> None:
    move = MoveCampaignEnd(**an_activity.CAMPAIGN_KEY, ends_on=date(2020, 6, 30), reason="Dịch bệnh")
    launched = given(CAMPAIGN, *an_activity.LAUNCHED)
    called = tuple(unit.unit_id for unit in an_activity.LAUNCHED[-1].units)
    moved = only(launched.when(move, an_activity.facts(CHAIR)).events())
    closed = only(launched.when(an_activity.close(), an_activity.facts()).events())
    assert (moved.called, moved.title, closed.called) == (called, "Kỷ niệm 45 năm", called)
    assert called


def test_an_inspection_that_is_moved_names_its_units_and_a_concluded_one_those_that_were_checked() -> None:
    move = MoveInspection(
        **an_activity.INSPECTION_KEY, starts_on=date(2020, 2, 3), ends_on=date(2020, 3, 31), reason="Thời tiết"
    )
    found = given(INSPECTION, *an_activity.FOUND)
    moved = only(found.when(move, an_activity.facts()).events())
    concluded = only(found.when(an_activity.conclude(), an_activity.facts()).events())
    assert set(moved.units) == {unit.unit_id for unit in an_activity.SCHEDULED[0].units} > set(concluded.inspected)
    assert concluded.inspected == (an_activity.WARD_ID,)


def test_an_answer_to_a_recommendation_bears_the_name_of_the_unit() -> None:
    answered = given(INSPECTION, *an_activity.RECOMMENDED).when(an_activity.respond(), an_activity.facts())
    assert only(answered.events()).unit_name == an_activity.RECOMMENDED[-1].recommendations[0].unit_name


def test_an_answer_stored_before_it_bore_a_name_is_still_the_same_answer() -> None:
    answer = only(given(INSPECTION, *an_activity.RECOMMENDED).when(an_activity.respond(), an_activity.facts()).events())
    old = replace(answer, unit_name="")
    given(INSPECTION, *an_activity.RECOMMENDED, old).when(an_activity.respond(), an_activity.facts()).then_nothing()


def test_a_training_that_is_moved_names_the_units_invited() -> None:
    move = MoveTraining(**an_activity.TRAINING_KEY, held_on=date(2020, 2, 20), place="Hội trường", reason="Trùng lịch")
    moved = only(given(TRAINING, *an_activity.PLANNED).when(move, an_activity.facts()).events())
    assert moved.units == tuple(unit.unit_id for unit in an_activity.PLANNED[0].units)
    assert moved.title == "Tập huấn nghiệp vụ"


def test_a_closing_date_that_is_moved_names_the_units_asked() -> None:
    known = RegistrationRoundFacts(actor=HOME_AFFAIRS, today=a_report.TODAY, units=a_report.UNITS)
    key: dict[str, Any] = {"district": "cai-rang", "year": 2020, "at": a_report.AT}
    opening = OpenRegistration(**key, closes_on=date(2020, 3, 20), unit_ids=WARDS)
    opened = only(given(REGISTRATION_ROUND).when(opening, known).events())
    move = MoveRegistrationClosing(**key, closes_on=date(2020, 3, 31), reason="Dịch bệnh")
    assert only(given(REGISTRATION_ROUND, opened).when(move, known).events()).units == WARDS


def test_what_is_asked_of_a_group_names_the_unit_that_heads_it() -> None:
    heads = {one.reporter_id: one.head_id for one in a_report.ANNOUNCED[0].reporters}  # type: ignore[union-attr]
    assert heads["cum-cac-phuong"] == "phuong-le-binh"
    assert heads["phuong-le-binh"] is heads["cai-rang"] is None
    announced = given(REPORT_DUTY, *a_report.ANNOUNCED)
    of_groups = only(
        announced.when(a_report.move(date(2020, 3, 24), ReportLevel.GROUP), a_report.duty_facts()).events()
    )
    of_units = only(announced.when(a_report.move(date(2020, 3, 18)), a_report.duty_facts()).events())
    assert (of_groups.heads, of_units.heads) == (("phuong-le-binh",), ())
    amended = only(announced.when(a_report.amend(excused=("cum-cac-phuong",)), a_report.duty_facts()).events())
    assert [(one.reporter_id, one.head_id) for one in amended.excused] == [("cum-cac-phuong", "phuong-le-binh")]


def test_a_groups_report_names_the_unit_that_speaks_for_it_on_its_whole_way() -> None:
    key: dict[str, Any] = {**a_report.KEY, "reporter_id": "cum-cac-phuong"}
    group = a_report.facts(reporter_id="cum-cac-phuong")
    office = a_report.facts(HOME_AFFAIRS, reporter_id="cum-cac-phuong")
    submit = SubmitReport(**key, number="12/BC-UBND", reported_on=a_report.TODAY, signer=a_report.SIGNER)
    events = a_report.happened(
        (OpenReport(**key), group),
        (SaveReport(**key, text=a_report.TEXT), group),
        (submit, group),
        (ReturnReport(**key, reasons=("Thiếu số liệu",)), office),
        (submit, group),
        (AcceptReport(**key), office),
    )
    assert [one.head_id for one in events if hasattr(one, "head_id")] == ["phuong-le-binh"] * 4
    assert given(REPORT, *a_report.WRITTEN).when(a_report.submit(), a_report.facts()).events()[0].head_id is None


def test_a_review_that_is_planned_calls_the_members_of_that_day_and_a_new_member_is_no_other_plan() -> None:
    planned = only(given(GROUP_YEAR).when(a_group.plan_review(), a_group.year_facts()).events())
    assert planned.members == a_group.WARDS
    old = replace(planned, members=())
    given(GROUP_YEAR, old).when(a_group.plan_review(), a_group.year_facts()).then_nothing()
