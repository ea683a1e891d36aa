"""The rules of a training: one aggregate a training."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    CancelTraining,
    CloseTraining,
    MoveTraining,
    RecordAttendance,
    ScheduleTraining,
    TrainingCommand,
)
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
from services.plans.events import (
    AttendanceRecorded,
    TrainingCancelled,
    TrainingClosed,
    TrainingEvent,
    TrainingMoved,
    TrainingScheduled,
    UnitAttendance,
)
from services.plans.rules import PERSONS_MAX, RIGHTS
from services.plans.views import ActivityStatus
from shared.decider import Decider
from shared.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What the rules need to know of a training; `status` is None before its first event."""

    status: ActivityStatus | None = None
    scheduled: TrainingScheduled | None = None
    held_on: date = date.min
    held_until: date = date.min
    place: str = ""
    attendance: Mapping[str, UnitAttendance] = field(default_factory=dict)
    evaluation: str = ""


def decide(command: TrainingCommand, training: Training, facts: ActivityFacts) -> list[TrainingEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    activity.authorise(RIGHTS[type(command)], facts, command, command.district)
    match command:
        case ScheduleTraining():
            return _schedule(command, training, facts)
        case MoveTraining():
            return _move(command, training, facts)
        case RecordAttendance():
            return _record(command, training, facts)
        case CloseTraining():
            return _close(command, training, facts)
        case CancelTraining():
            return _cancel(command, training, facts)
        case _:
            assert_never(command)


def evolve(training: Training, event: TrainingEvent) -> Training:
    """Return the training after the event. Never refuses: it has happened."""
    match event:
        case TrainingScheduled():
            return Training(
                status=ActivityStatus.OPEN,
                scheduled=event,
                held_on=event.held_on,
                held_until=event.held_until,
                place=event.place,
            )
        case TrainingMoved():
            return replace(training, held_on=event.held_on, held_until=event.held_until, place=event.place)
        case AttendanceRecorded():
            new = {one.unit_id: one for one in event.attendance}
            return replace(training, attendance={**training.attendance, **new})
        case TrainingClosed():
            return replace(training, status=ActivityStatus.CLOSED, evaluation=event.evaluation)
        case TrainingCancelled():
            return replace(training, status=ActivityStatus.CANCELLED)
        case _:
            assert_never(event)


def _schedule(command: ScheduleTraining, training: Training, facts: ActivityFacts) -> list[TrainingEvent]:
    activity.check_id(command.training_id)
    held_until = command.held_until or command.held_on
    scheduled = TrainingScheduled(
        district=command.district,
        training_id=command.training_id,
        year=activity.year_of(command.held_on, held_until),
        title=activity.title(command.title),
        number=activity.number_if_any(command.number),
        contents=activity.needed_lines(command.contents, "contents"),
        held_on=command.held_on,
        held_until=held_until,
        place=_place(command.place),
        lecturer=activity.line(command.lecturer, "lecturer"),
        units=activity.units_behind(activity.named_units(command.units, facts), facts),
        task=activity.planned_task(command.task_number, facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    if training.scheduled is None:
        return [scheduled]
    if activity.is_repeated(training.scheduled, scheduled):
        return []
    raise Rejected("training.exists", training_id=command.training_id)


def _move(command: MoveTraining, training: Training, facts: ActivityFacts) -> list[TrainingEvent]:
    scheduled = _require(command, training, ActivityStatus.OPEN)
    held_until = command.held_until or command.held_on
    place = _place(command.place)
    if (training.held_on, training.held_until, training.place) == (command.held_on, held_until, place):
        return []
    activity.check_year(scheduled.year, command.held_on, held_until)
    if training.attendance:
        raise Rejected("training.held")
    return [
        TrainingMoved(
            district=command.district,
            training_id=command.training_id,
            year=scheduled.year,
            held_on_before=training.held_on,
            held_on=command.held_on,
            held_until=held_until,
            place=place,
            reason=activity.reason(command.reason),
            by=facts.actor.account_id,
            at=command.at,
            title=scheduled.title,
            units=tuple(unit.unit_id for unit in scheduled.units),
        )
    ]


def _record(command: RecordAttendance, training: Training, facts: ActivityFacts) -> list[TrainingEvent]:
    scheduled = _require(command, training, ActivityStatus.OPEN)
    _require_held(training, facts)
    if not command.attendance:
        raise Rejected("training.attendance_missing")
    invited = {unit.unit_id for unit in scheduled.units}
    told: dict[str, UnitAttendance] = {}
    for one in command.attendance:
        if one.unit_id not in invited:
            raise Rejected("training.unit_not_invited", unit_id=one.unit_id[:80])
        if one.unit_id in told:
            raise Rejected("training.unit_twice", unit_id=one.unit_id)
        # More may come than were invited.
        if not (0 <= one.invited <= PERSONS_MAX and 0 <= one.attended <= PERSONS_MAX):
            raise Rejected("activity.count_out_of_range", limit=PERSONS_MAX, unit_id=one.unit_id)
        told[one.unit_id] = replace(one, posts=activity.lines(one.posts, "posts"))
    new = tuple(one for one in told.values() if training.attendance.get(one.unit_id) != one)
    if not new:
        return []
    return [
        AttendanceRecorded(
            district=command.district,
            training_id=command.training_id,
            year=scheduled.year,
            attendance=new,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _close(command: CloseTraining, training: Training, facts: ActivityFacts) -> list[TrainingEvent]:
    evaluation = activity.prose(command.evaluation, "evaluation")
    if training.status is ActivityStatus.CLOSED and training.evaluation == evaluation:
        return []
    scheduled = _require(command, training, ActivityStatus.OPEN)
    _require_held(training, facts)
    if not training.attendance:
        raise Rejected("training.attendance_missing")
    return [
        TrainingClosed(
            district=command.district,
            training_id=command.training_id,
            year=scheduled.year,
            title=scheduled.title,
            evaluation=evaluation,
            invited=sum(one.invited for one in training.attendance.values()),
            attended=sum(one.attended for one in training.attendance.values()),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _cancel(command: CancelTraining, training: Training, facts: ActivityFacts) -> list[TrainingEvent]:
    if training.status is ActivityStatus.CANCELLED:
        return []
    scheduled = _require(command, training, ActivityStatus.OPEN)
    if training.attendance:
        raise Rejected("training.held")
    return [
        TrainingCancelled(
            district=command.district,
            training_id=command.training_id,
            year=scheduled.year,
            title=scheduled.title,
            reason=activity.reason(command.reason),
            units=tuple(unit.unit_id for unit in scheduled.units),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _place(text: str) -> str:
    place = activity.line(text, "place")
    if not place:
        raise Rejected("activity.text_missing", field="place")
    return place


def _require(command: TrainingCommand, training: Training, status: ActivityStatus) -> TrainingScheduled:
    if training.scheduled is None:
        raise Rejected("training.not_found", training_id=command.training_id)
    if training.status is not status:
        raise Rejected("training.wrong_status", training_id=command.training_id, status=training.status)
    return training.scheduled


def _require_held(training: Training, facts: ActivityFacts) -> None:
    if facts.today < training.held_on:
        raise Rejected("training.not_held_yet", held_on=str(training.held_on))


TRAINING: Decider[TrainingCommand, Training, TrainingEvent, ActivityFacts] = Decider(
    kind="training",
    commands=(ScheduleTraining, MoveTraining, RecordAttendance, CloseTraining, CancelTraining),
    initial=Training(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.training_id),
)
