"""The rules of inspections: what is found, what is recommended and by when, and what the unit answers."""

from dataclasses import replace
from datetime import date

import pytest

from services.plans.commands import (
    AcceptResponse,
    CancelInspection,
    MoveInspection,
    NewRecommendation,
    RejectResponse,
    WithdrawRecommendation,
)
from services.plans.decider import INSPECTION
from services.plans.events import (
    DayKind,
    FindingsRecorded,
    InspectionCancelled,
    InspectionConcluded,
    InspectionMoved,
    InspectionScheduled,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
    TeamMember,
)
from shared.types import Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, STRANGER, WARD, actor
from tests.plans.an_activity import (
    FILE,
    FOUND,
    INSPECTION_KEY,
    OTHER_ID,
    RECOMMENDED,
    SCHEDULED,
    TODAY,
    WARD_ID,
    conclude,
    facts,
    found,
    inspect,
    recommend,
    respond,
)
from tests.support.deciding import given

MOVE = MoveInspection(**INSPECTION_KEY, starts_on=date(2020, 2, 3), ends_on=date(2020, 3, 31), reason="Thời tiết")
CANCEL = CancelInspection(**INSPECTION_KEY, reason="Dịch bệnh")
ACCEPT = AcceptResponse(**INSPECTION_KEY, number=1)
REJECT = RejectResponse(**INSPECTION_KEY, number=1, reason="Chưa đủ")
WITHDRAW = WithdrawRecommendation(**INSPECTION_KEY, number=1, reason="Nhầm đơn vị")
ANSWERED = [*RECOMMENDED, *given(INSPECTION, *RECOMMENDED).when(respond(), facts(WARD)).events()]


def test_each_does_what_is_his_and_nobody_else() -> None:
    for command, history, allowed in (
        (inspect(), [], [HOME_AFFAIRS]),
        (MOVE, SCHEDULED, [HOME_AFFAIRS]),
        (found(), SCHEDULED, [HOME_AFFAIRS]),
        (recommend(), FOUND, [HOME_AFFAIRS]),
        (respond(), RECOMMENDED, [HOME_AFFAIRS, WARD]),
        (ACCEPT, ANSWERED, [HOME_AFFAIRS]),
        (REJECT, ANSWERED, [HOME_AFFAIRS]),
        (WITHDRAW, RECOMMENDED, [HOME_AFFAIRS]),
        (conclude(), FOUND, [HOME_AFFAIRS]),
        (CANCEL, SCHEDULED, [HOME_AFFAIRS]),
    ):
        for who in (HOME_AFFAIRS, CHAIR, WARD, OTHER_WARD, STRANGER, actor(Role.AUDITOR), actor(Role.ADMIN)):
            when = given(INSPECTION, *history).when(command, facts(who))
            if who in allowed:
                assert len(when.events()) == 1, (command, who)
            else:
                when.then_rejected("actor.not_allowed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"inspection_id": "a/b"}, "activity.id_malformed"),
        ({"title": ""}, "activity.title_missing"),
        ({"number": "quyết định"}, "activity.number_malformed"),
        ({"contents": ()}, "activity.text_missing"),
        ({"units": ()}, "activity.units_missing"),
        ({"units": ("phuong-cu",)}, "unit.closed"),
        ({"team": ()}, "inspection.team_missing"),
        ({"team": (TeamMember(name=" ", post="Trưởng đoàn"),)}, "inspection.team_missing"),
        ({"team": (TeamMember(name="A", post=""),) * 51}, "activity.too_many_items"),
        ({"ends_on": date(2020, 2, 2)}, "activity.dates_reversed"),
        ({"starts_on": date(2018, 2, 2)}, "activity.year_out_of_range"),
    ],
)
def test_a_schedule_that_cannot_stand_is_refused(changes: dict[str, object], code: str) -> None:
    given(INSPECTION).when(inspect(**changes), facts()).then_rejected(code)


def test_the_same_schedule_twice_changes_nothing_and_another_under_its_id_is_refused() -> None:
    (scheduled,) = given(INSPECTION).when(inspect(), facts()).then_types(InspectionScheduled)
    assert [unit.unit_id for unit in scheduled.units] == [WARD_ID, OTHER_ID]
    given(INSPECTION, *SCHEDULED).when(inspect(), facts()).then_nothing()
    given(INSPECTION, *SCHEDULED).when(inspect(title="Khác"), facts()).then_rejected("inspection.exists")
    given(INSPECTION).when(inspect(), facts(task=None)).then_rejected("task.not_found")


def test_an_inspection_is_moved_within_its_year_but_not_behind_what_was_found() -> None:
    (moved,) = given(INSPECTION, *SCHEDULED).when(MOVE, facts()).then_types(InspectionMoved)
    given(INSPECTION, *SCHEDULED, moved).when(MOVE, facts()).then_nothing()
    next_year = replace(MOVE, starts_on=date(2021, 1, 4), ends_on=date(2021, 1, 5))
    given(INSPECTION, *SCHEDULED).when(next_year, facts()).then_rejected("activity.year_changed")
    later = replace(MOVE, starts_on=date(2020, 2, 5))
    given(INSPECTION, *FOUND).when(later, facts()).then_rejected("inspection.checked_before_start")
    given(INSPECTION, *SCHEDULED).when(replace(MOVE, reason=""), facts()).then_rejected("activity.reason_missing")
    given(INSPECTION).when(MOVE, facts()).then_rejected("inspection.not_found")


def test_findings_of_a_unit_are_replaced_by_a_later_record() -> None:
    known = facts(attachments=(FILE,))
    (first,) = given(INSPECTION, *SCHEDULED).when(found(), known).then_types(FindingsRecorded)
    assert first.attachments == (FILE,)
    given(INSPECTION, *SCHEDULED, first).when(found(), known).then_nothing()
    given(INSPECTION, *SCHEDULED, first).when(found(findings="Thiếu"), known).then_types(FindingsRecorded)
    given(INSPECTION, *SCHEDULED, first).when(found(OTHER_ID), known).then_types(FindingsRecorded)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (found("phong-noi-vu"), "inspection.unit_not_inspected"),
        (found(checked_on=date(2020, 2, 7)), "activity.in_future"),
        (found(checked_on=date(2020, 2, 2)), "inspection.checked_before_start"),
        (found(contents=()), "activity.text_missing"),
        (found(findings=""), "activity.text_missing"),
        (found(strengths="x" * 4001), "text.too_long"),
    ],
)
def test_findings_that_cannot_stand_are_refused(command: object, code: str) -> None:
    given(INSPECTION, *SCHEDULED).when(command, facts()).then_rejected(code)


def test_a_term_in_working_days_ends_on_a_working_day_and_says_which_days_it_passed_over() -> None:
    (issued,) = given(INSPECTION, *FOUND).when(recommend(), facts()).then_types(RecommendationsIssued)
    (one,) = issued.recommendations
    # Thursday 06/02/2020: Friday, Monday, Tuesday.
    assert (one.number, one.due_on, one.working_days) == (1, date(2020, 2, 11), 3)
    assert one.due_reason is not None
    assert [(day.day, day.kind) for day in one.due_reason.skipped] == [
        (date(2020, 2, 8), DayKind.WEEKEND),
        (date(2020, 2, 9), DayKind.WEEKEND),
    ]
    # Over the national day the holidays are passed over too.
    august = facts(today=date(2020, 9, 1))
    (one,) = given(INSPECTION, *FOUND).when(recommend(), august).events()[0].recommendations
    assert one.due_on == date(2020, 9, 7)


def test_a_recommendation_is_due_within_two_years_of_the_day_it_is_issued() -> None:
    last = NewRecommendation(unit_id=WARD_ID, text="Công khai", due_on=date(2022, 2, 6))
    given(INSPECTION, *FOUND).when(recommend(last), facts()).then_types(RecommendationsIssued)
    leap = replace(last, due_on=date(2022, 2, 28))
    given(INSPECTION, *FOUND).when(recommend(leap), facts(today=date(2020, 2, 29))).then_types(RecommendationsIssued)
    over = replace(last, due_on=date(2022, 3, 1))
    given(INSPECTION, *FOUND).when(recommend(over), facts(today=date(2020, 2, 29))).then_rejected(
        "inspection.due_too_late", due_on="2022-03-01"
    )


def test_recommendations_are_numbered_through_and_a_repeated_one_is_not_issued_again() -> None:
    stated = NewRecommendation(unit_id=WARD_ID, text="Công khai", due_on=date(2020, 2, 20))
    usual = recommend().recommendations[0]
    (issued,) = given(INSPECTION, *RECOMMENDED).when(recommend(usual, stated), facts()).events()
    assert [(one.number, one.due_on, one.due_reason) for one in issued.recommendations] == [
        (2, date(2020, 2, 20), None)
    ]
    # On another day the same term would end later: it has been issued all the same.
    given(INSPECTION, *RECOMMENDED).when(recommend(), facts(today=date(2020, 2, 7))).then_nothing()
    given(INSPECTION, *RECOMMENDED, issued).when(recommend(stated, stated), facts()).then_nothing()
    sooner = replace(usual, working_days=1)
    given(INSPECTION, *RECOMMENDED).when(recommend(sooner), facts()).then_rejected(
        "inspection.recommendation_exists", number=1
    )


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewRecommendation(unit_id=OTHER_ID, text="x", working_days=3), "inspection.findings_missing"),
        (NewRecommendation(unit_id=WARD_ID, text="x"), "inspection.due_missing"),
        (NewRecommendation(unit_id=WARD_ID, text="x", due_on=TODAY, working_days=3), "inspection.due_twice"),
        (NewRecommendation(unit_id=WARD_ID, text="x", working_days=0), "inspection.term_out_of_range"),
        (NewRecommendation(unit_id=WARD_ID, text="x", working_days=251), "inspection.term_out_of_range"),
        (NewRecommendation(unit_id=WARD_ID, text="x", due_on=date(2020, 2, 3)), "inspection.due_before_check"),
        (NewRecommendation(unit_id=WARD_ID, text="x", due_on=date(2022, 2, 7)), "inspection.due_too_late"),
        (NewRecommendation(unit_id=WARD_ID, text="x", due_on=date(9999, 12, 31)), "inspection.due_too_late"),
        (NewRecommendation(unit_id=WARD_ID, text=" ", working_days=3), "activity.text_missing"),
    ],
)
def test_a_recommendation_that_cannot_stand_is_refused(new: NewRecommendation, code: str) -> None:
    given(INSPECTION, *FOUND).when(recommend(new), facts()).then_rejected(code)


def test_an_inspection_recommends_something_and_not_without_bounds() -> None:
    nothing = replace(recommend(), recommendations=())
    given(INSPECTION, *FOUND).when(nothing, facts()).then_rejected("inspection.recommendations_missing")

    def some(first: int, count: int) -> object:
        texts = (f"Việc {number}" for number in range(first, first + count))
        return recommend(*(NewRecommendation(unit_id=WARD_ID, text=text, working_days=5) for text in texts))

    given(INSPECTION, *FOUND).when(some(1, 51), facts()).then_rejected("activity.too_many_items")
    history = list(FOUND)
    for first in range(0, 500, 50):
        history += given(INSPECTION, *history).when(some(first, 50), facts()).events()
    given(INSPECTION, *history).when(some(1000, 1), facts()).then_rejected("activity.too_many_items", limit=500)


def test_an_answer_is_accepted_or_rejected_and_a_rejected_one_is_given_again() -> None:
    given(INSPECTION, *ANSWERED).when(respond(), facts(WARD)).then_nothing()
    (put_right,) = given(INSPECTION, *ANSWERED).when(respond(text="Đã bổ sung đủ"), facts(WARD)).events()
    assert isinstance(put_right, RecommendationAnswered)
    (rejected,) = given(INSPECTION, *ANSWERED).when(REJECT, facts()).then_types(ResponseRejected)
    given(INSPECTION, *ANSWERED, rejected).when(REJECT, facts()).then_nothing()
    given(INSPECTION, *ANSWERED, rejected).when(ACCEPT, facts()).then_rejected("inspection.recommendation_wrong_state")
    (again,) = given(INSPECTION, *ANSWERED, rejected).when(respond(), facts(WARD)).then_types(RecommendationAnswered)
    (accepted,) = given(INSPECTION, *ANSWERED, rejected, again).when(ACCEPT, facts()).then_types(ResponseAccepted)
    done = given(INSPECTION, *ANSWERED, rejected, again, accepted)
    done.when(ACCEPT, facts()).then_nothing()
    for command, who in ((respond(), WARD), (REJECT, HOME_AFFAIRS), (WITHDRAW, HOME_AFFAIRS)):
        done.when(command, facts(who)).then_rejected("inspection.recommendation_wrong_state")


def test_an_answer_has_words_and_evidence_and_a_rejection_a_reason() -> None:
    given(INSPECTION, *RECOMMENDED).when(respond(text=""), facts(WARD)).then_rejected("activity.text_missing")
    given(INSPECTION, *RECOMMENDED).when(respond(evidence=""), facts(WARD)).then_rejected("activity.text_missing")
    given(INSPECTION, *ANSWERED).when(replace(REJECT, reason=""), facts()).then_rejected("activity.reason_missing")
    given(INSPECTION, *RECOMMENDED).when(ACCEPT, facts()).then_rejected("inspection.recommendation_wrong_state")
    given(INSPECTION, *RECOMMENDED).when(replace(ACCEPT, number=2), facts()).then_rejected(
        "inspection.recommendation_not_found"
    )
    given(INSPECTION).when(ACCEPT, facts()).then_rejected("inspection.not_found")


def test_a_withdrawn_recommendation_is_over_and_may_be_issued_anew_with_another_date() -> None:
    (withdrawn,) = given(INSPECTION, *RECOMMENDED).when(WITHDRAW, facts()).then_types(RecommendationWithdrawn)
    after = given(INSPECTION, *RECOMMENDED, withdrawn)
    after.when(WITHDRAW, facts()).then_nothing()
    after.when(respond(), facts(WARD)).then_rejected("inspection.recommendation_wrong_state")
    sooner = replace(recommend().recommendations[0], working_days=1)
    (issued,) = after.when(recommend(sooner), facts()).events()
    assert [one.number for one in issued.recommendations] == [2]


def test_an_inspection_is_concluded_on_what_was_found_and_answers_still_come_in() -> None:
    (concluded,) = given(INSPECTION, *RECOMMENDED).when(conclude(), facts()).then_types(InspectionConcluded)
    assert (concluded.units, concluded.checked) == (2, 1)
    over = given(INSPECTION, *RECOMMENDED, concluded)
    over.when(conclude(), facts()).then_nothing()
    for command in (found(), recommend(), MOVE, CANCEL, conclude(summary="Khác")):
        over.when(command, facts()).then_rejected("inspection.wrong_status")
    over.when(respond(), facts(WARD)).then_types(RecommendationAnswered)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "activity.number_malformed"),
        ({"summary": " "}, "activity.text_missing"),
        ({"concluded_on": date(2020, 2, 7)}, "activity.in_future"),
        ({"concluded_on": date(2020, 2, 3)}, "inspection.concluded_before_check"),
    ],
)
def test_a_conclusion_that_cannot_stand_is_refused(changes: dict[str, object], code: str) -> None:
    given(INSPECTION, *FOUND).when(conclude(**changes), facts()).then_rejected(code)


def test_nothing_is_concluded_where_nothing_was_found_and_nothing_is_cancelled_where_something_was() -> None:
    given(INSPECTION, *SCHEDULED).when(conclude(), facts()).then_rejected("inspection.nothing_found")
    given(INSPECTION, *FOUND).when(CANCEL, facts()).then_rejected("inspection.begun")
    (cancelled,) = given(INSPECTION, *SCHEDULED).when(CANCEL, facts()).then_types(InspectionCancelled)
    given(INSPECTION, *SCHEDULED, cancelled).when(CANCEL, facts()).then_nothing()
    given(INSPECTION, *SCHEDULED, cancelled).when(found(), facts()).then_rejected("inspection.wrong_status")


def test_a_form_is_stale_by_what_happened_to_its_own_recommendation_or_unit() -> None:
    other = replace(RECOMMENDED[-1], recommendations=())
    answered = ANSWERED[-1]
    assert INSPECTION.concerns(ACCEPT, answered)
    assert not INSPECTION.concerns(replace(ACCEPT, number=2), answered)
    assert not INSPECTION.concerns(ACCEPT, other)
    assert not INSPECTION.concerns(found(OTHER_ID), FOUND[-1])
    assert INSPECTION.concerns(found(), FOUND[-1])
    assert INSPECTION.concerns(conclude(), FOUND[-1])
