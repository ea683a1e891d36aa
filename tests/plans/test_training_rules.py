"""The rules of trainings: who is invited, who came, and when it is over."""

from dataclasses import replace
from datetime import date

import pytest

from services.plans.commands import CancelTraining, CloseTraining, MoveTraining
from services.plans.decider import TRAINING
from services.plans.events import (
    AttendanceRecorded,
    TrainingCancelled,
    TrainingClosed,
    TrainingMoved,
    TrainingScheduled,
    UnitAttendance,
)
from shared.types import Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, STRANGER, WARD, actor
from tests.plans.an_activity import HELD, OTHER_ID, PLANNED, TRAINING_KEY, WARD_ID, came, facts, train
from tests.support.deciding import given

MOVE = MoveTraining(**TRAINING_KEY, held_on=date(2020, 2, 20), place="Hội trường", reason="Trùng lịch")
CLOSE = CloseTraining(**TRAINING_KEY, evaluation="Đạt yêu cầu")
CANCEL = CancelTraining(**TRAINING_KEY, reason="Gộp với thành phố")
OTHER = UnitAttendance(unit_id=OTHER_ID, invited=2, attended=0)


def test_only_home_affairs_runs_a_training() -> None:
    for command, history in ((train(), []), (MOVE, PLANNED), (came(), PLANNED), (CLOSE, HELD), (CANCEL, PLANNED)):
        for who in (HOME_AFFAIRS, CHAIR, WARD, OTHER_WARD, STRANGER, actor(Role.AUDITOR), actor(Role.ADMIN)):
            when = given(TRAINING, *history).when(command, facts(who))
            if who is HOME_AFFAIRS:
                assert len(when.events()) == 1, (command, who)
            else:
                when.then_rejected("actor.not_allowed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"training_id": "x"}, "activity.id_malformed"),
        ({"title": " "}, "activity.title_missing"),
        ({"contents": ()}, "activity.text_missing"),
        ({"place": ""}, "activity.text_missing"),
        ({"number": "giấy mời"}, "activity.number_malformed"),
        ({"held_until": date(2020, 2, 4)}, "activity.dates_reversed"),
        ({"held_on": date(2101, 1, 1)}, "activity.year_out_of_range"),
        ({"units": ("khong-co",)}, "unit.not_found"),
        ({"lecturer": "x" * 501}, "text.too_long"),
        ({"task_number": 99}, "task.not_found"),
    ],
)
def test_a_schedule_that_cannot_stand_is_refused(changes: dict[str, object], code: str) -> None:
    given(TRAINING).when(train(**changes), facts(task=None)).then_rejected(code)


def test_a_training_of_one_day_ends_that_day_and_the_same_one_twice_changes_nothing() -> None:
    (scheduled,) = given(TRAINING).when(train(), facts()).then_types(TrainingScheduled)
    assert scheduled.held_until == scheduled.held_on
    given(TRAINING, *PLANNED).when(train(), facts()).then_nothing()
    given(TRAINING, *PLANNED).when(train(place="Khác"), facts()).then_rejected("training.exists")


def test_a_training_is_moved_as_long_as_nobody_was_counted() -> None:
    (moved,) = given(TRAINING, *PLANNED).when(MOVE, facts()).then_types(TrainingMoved)
    given(TRAINING, *PLANNED, moved).when(MOVE, facts()).then_nothing()
    given(TRAINING, *PLANNED, moved).when(came(), facts()).then_rejected("training.not_held_yet")
    given(TRAINING, *HELD).when(MOVE, facts()).then_rejected("training.held")
    next_year = replace(MOVE, held_on=date(2021, 1, 4))
    given(TRAINING, *PLANNED).when(next_year, facts()).then_rejected("activity.year_changed")
    given(TRAINING, *PLANNED).when(replace(MOVE, reason=""), facts()).then_rejected("activity.reason_missing")
    given(TRAINING, *PLANNED).when(replace(MOVE, place=""), facts()).then_rejected("activity.text_missing")
    given(TRAINING).when(MOVE, facts()).then_rejected("training.not_found")


def test_who_came_is_recorded_unit_by_unit_and_only_what_is_new_is_told() -> None:
    given(TRAINING, *HELD).when(came(), facts()).then_nothing()
    usual = came().attendance[0]
    (recorded,) = given(TRAINING, *HELD).when(came(usual, OTHER), facts()).then_types(AttendanceRecorded)
    assert recorded.attendance == (OTHER,)
    corrected = replace(usual, attended=3)
    given(TRAINING, *HELD).when(came(corrected), facts()).then_types(AttendanceRecorded)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ((UnitAttendance(unit_id="phong-noi-vu", invited=1, attended=1),), "training.unit_not_invited"),
        ((OTHER, OTHER), "training.unit_twice"),
        ((replace(OTHER, invited=-1),), "activity.count_out_of_range"),
        ((replace(OTHER, attended=100_001),), "activity.count_out_of_range"),
        ((replace(OTHER, posts=("x",) * 51),), "activity.too_many_items"),
    ],
)
def test_attendance_that_cannot_stand_is_refused(told: tuple[UnitAttendance, ...], code: str) -> None:
    given(TRAINING, *PLANNED).when(came(*told), facts()).then_rejected(code)
    nobody = replace(came(), attendance=())
    given(TRAINING, *PLANNED).when(nobody, facts()).then_rejected("training.attendance_missing")


def test_a_training_is_closed_once_it_was_held_with_all_its_persons() -> None:
    history = [*HELD, *given(TRAINING, *HELD).when(came(OTHER), facts()).events()]
    (closed,) = given(TRAINING, *history).when(CLOSE, facts()).then_types(TrainingClosed)
    assert (closed.invited, closed.attended) == (5, 2)
    over = given(TRAINING, *history, closed)
    over.when(CLOSE, facts()).then_nothing()
    for command in (came(OTHER), MOVE, CANCEL, replace(CLOSE, evaluation="Khác")):
        over.when(command, facts()).then_rejected("training.wrong_status")
    given(TRAINING, *PLANNED).when(CLOSE, facts()).then_rejected("training.attendance_missing")
    given(TRAINING, *HELD).when(replace(CLOSE, evaluation=""), facts()).then_rejected("activity.text_missing")


def test_a_training_is_cancelled_before_it_was_held() -> None:
    (cancelled,) = given(TRAINING, *PLANNED).when(CANCEL, facts()).then_types(TrainingCancelled)
    assert cancelled.units == (WARD_ID, OTHER_ID)
    given(TRAINING, *PLANNED, cancelled).when(CANCEL, facts()).then_nothing()
    given(TRAINING, *PLANNED, cancelled).when(came(), facts()).then_rejected("training.wrong_status")
    given(TRAINING, *HELD).when(CANCEL, facts()).then_rejected("training.held")
    given(TRAINING, *PLANNED).when(replace(CANCEL, reason=""), facts()).then_rejected("activity.reason_missing")
