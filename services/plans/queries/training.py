"""The reads of trainings."""

from dataclasses import dataclass
from typing import Any, get_args

from services.plans.commands import ScheduleTraining, TrainingCommand
from services.plans.events import ActivityKind
from services.plans.queries.activity import entry_of, history_of, naming_facts, plain_facts
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.paging import ROWS_READ_MAX, fitted, listed, page_of, read_page
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Invited:
    """What puts the invited units in order; columns of TrainingUnitView."""

    unit_id: str
    name: str


async def _list(question: ListTrainings, actor: Actor, edge: Edge) -> TrainingList:
    """Return the trainings of the district and year. Raises Rejected `actor.not_allowed`."""
    require_reader(actor, edge, question.district)

    def of_year(row: Any) -> list[Any]:
        return [row.district == question.district, row.year == question.year]

    read = await read_page(
        edge.rows, TrainingView, "training", question.page, where=of_year, order=("held_on", "training_id")
    )
    ids = [one.training_id for one in read.rows]
    parts = await edge.rows.select(
        TrainingParts, "training_parts", where=lambda row: [*of_year(row), row.training_id.in_(ids)]
    )
    return TrainingList(
        trainings=tuple(map(listed, read.rows)),
        parts=tuple(parts),
        today=edge.clock.today(),
        found=read.found,
        page=read.page,
        pages=read.pages,
    )


async def _detail(question: ShowTraining, actor: Actor, edge: Edge) -> TrainingDetail:
    """Return one training.

    Raises Rejected `actor.not_allowed`, `training.not_found`, `training.unit_not_invited`, `activity.entry_not_found`.
    """
    require_reader(actor, edge, question.district)
    district, training_id = question.district, question.training_id
    training = await edge.rows.get(TrainingView, "training", district, training_id)
    if training is None:
        raise Rejected("training.not_found", training_id=training_id[:80])
    parts = await edge.rows.get(TrainingParts, "training_parts", district, training.year, training_id)
    if question.unit_id is not None:
        unit = await edge.rows.get(TrainingUnitView, "training_unit", district, training_id, question.unit_id)
        if unit is None:
            raise Rejected("training.unit_not_invited", unit_id=question.unit_id[:80])
        return TrainingDetail(training=training, units=(unit,), parts=parts, history=(), today=edge.clock.today())
    if question.entry is not None:
        entry = await entry_of(edge, district, ActivityKind.TRAINING, training_id, question.entry)
        return TrainingDetail(training=training, units=(), parts=parts, history=(entry,), today=edge.clock.today())
    lines = await edge.rows.select(
        _Invited,
        "training_unit",
        where=lambda row: [row.district == district, row.training_id == training_id],
        limit=ROWS_READ_MAX,
    )
    shown, page, pages = page_of(sorted(lines, key=lambda one: sort_key(one.name)), question.page)
    ids = [one.unit_id for one in shown]
    rows = await edge.rows.select(
        TrainingUnitView,
        "training_unit",
        where=lambda row: [row.district == district, row.training_id == training_id, row.unit_id.in_(ids)],
    )
    units, shortened = fitted(sorted(rows, key=lambda one: ids.index(one.unit_id)), lambda one: one.unit_id)
    history = await history_of(edge, district, ActivityKind.TRAINING, training_id, question.history_page)
    return TrainingDetail(
        training=training,
        units=units,
        parts=parts,
        history=history.entries,
        today=edge.clock.today(),
        page=page,
        pages=pages,
        shortened=shortened,
        history_page=history.page,
        history_pages=history.pages,
        shortened_entries=history.shortened,
    )


ANSWERS: Answers = {ListTrainings: _list, ShowTraining: _detail}
FACTS: Facts = {**dict.fromkeys(get_args(TrainingCommand), plain_facts), ScheduleTraining: naming_facts}
