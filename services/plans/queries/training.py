"""The reads of trainings."""

from typing import get_args

from services.plans.commands import ScheduleTraining, TrainingCommand
from services.plans.events import ActivityKind
from services.plans.queries.activity import UNITS_SHOWN_MAX, history_of, naming_facts, plain_facts
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.views import (
    ListTrainings,
    ShowTraining,
    TrainingDetail,
    TrainingList,
    TrainingParts,
    TrainingUnitView,
    TrainingView,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.text import sort_key
from shared.types import Actor


async def _list(question: ListTrainings, actor: Actor, edge: Edge) -> TrainingList:
    """Return the trainings of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)
    district, year = question.district, question.year
    trainings = await edge.rows.select(
        TrainingView, "training", where=lambda row: [row.district == district, row.year == year]
    )
    parts = await edge.rows.select(
        TrainingParts, "training_parts", where=lambda row: [row.district == district, row.year == year]
    )
    return TrainingList(
        trainings=tuple(sorted(trainings, key=lambda one: (one.held_on, one.training_id))),
        parts=tuple(parts),
        today=edge.clock.today(),
    )


async def _detail(question: ShowTraining, actor: Actor, edge: Edge) -> TrainingDetail:
    """Return one training. Raises Rejected `actor.not_allowed`, `training.not_found`."""
    require_reader(actor, edge, question.district)
    district, training_id = question.district, question.training_id
    training = await edge.rows.get(TrainingView, "training", district, training_id)
    if training is None:
        raise Rejected("training.not_found", training_id=training_id[:80])
    units = await edge.rows.select(
        TrainingUnitView,
        "training_unit",
        where=lambda row: [row.district == district, row.training_id == training_id],
        limit=UNITS_SHOWN_MAX,
    )
    return TrainingDetail(
        training=training,
        units=tuple(sorted(units, key=lambda one: sort_key(one.name))),
        parts=await edge.rows.get(TrainingParts, "training_parts", district, training.year, training_id),
        history=await history_of(edge, district, ActivityKind.TRAINING, training_id),
        today=edge.clock.today(),
    )


ANSWERS: Answers = {ListTrainings: _list, ShowTraining: _detail}
FACTS: Facts = {**dict.fromkeys(get_args(TrainingCommand), plain_facts), ScheduleTraining: naming_facts}
