"""Who goes on with a plan's open work when a unit, or the whole district, ends (vi: bàn giao)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.plans.commands import HandOverTasks, TransferDraft
from services.plans.decider.plan.checks import authorise
from services.plans.decider.plan.completion import completion
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus, TaskState
from services.plans.decider.room import within_room
from services.plans.events import (
    DraftAmended,
    DraftTransferred,
    NamedUnit,
    Participant,
    PlanEvent,
    TaskAssigned,
    Unit,
    UnitRole,
)
from services.plans.rules import successor_on
from shared.errors import Rejected

_ONE_DAY = timedelta(days=1)


def hand_over(command: HandOverTasks, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return what the successor takes over; [] where nothing is left.

    Raises Rejected `unit.not_found`, `unit.not_ended`, `unit.without_successor`.
    """
    authorise(command, facts)
    unit = facts.units.get(command.unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=command.unit_id[:80])
    if unit.valid_to is None:
        raise Rejected("unit.not_ended", unit_id=unit.unit_id)
    heir = successor_on(facts.units, unit.unit_id, max(facts.today, unit.valid_to + _ONE_DAY))
    if heir is None:
        raise Rejected("unit.without_successor", unit_id=unit.unit_id)
    if plan.status is PlanStatus.DRAFT and not unit.is_open(facts.today):
        return _draft_handed_over(command, plan, unit, heir, facts)
    if plan.status is not PlanStatus.ISSUED:
        return []
    return [
        event
        for number, task in plan.tasks.items()
        if task.is_open and (not unit.is_open(facts.today) or task.due_on > unit.valid_to)
        for event in _part_handed_over(command, number, task, unit, heir, plan, facts)
    ]


def transfer_draft(command: TransferDraft, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the draft goes to the district's successor; [] where there is no draft, or nobody it could go to."""
    authorise(command, facts)
    place = facts.place
    successor = place.successor_of() if place else None
    if place is None or successor is None or plan.status not in (PlanStatus.DRAFT, PlanStatus.SUBMITTED):
        return []
    assert place.valid_to is not None and place.paper is not None
    transferred = DraftTransferred(
        district=command.district,
        plan_id=command.plan_id,
        year=plan.year,
        transferred_on=place.valid_to + _ONE_DAY,
        successor_id=successor.unit_id,
        successor_name=successor.name,
        paper=place.paper,
        by=facts.actor.account_id,
        at=command.at,
    )
    # The end of a district may be told anew, with another day or another successor.
    known = plan.transferred and replace(plan.transferred, by=transferred.by, at=transferred.at)
    return [] if known == transferred else [transferred]


def _draft_handed_over(command: HandOverTasks, plan: Plan, unit: Unit, heir: Unit, facts: PlanFacts) -> list[PlanEvent]:
    def renamed(named: Sequence[NamedUnit]) -> tuple[NamedUnit, ...]:
        new = NamedUnit(unit_id=heir.unit_id, name=heir.short_name)
        after = [new if one.unit_id == unit.unit_id else one for one in named]
        return tuple({one.unit_id: one for one in after}.values())

    tasks = tuple(replace(row, leads=renamed(row.leads), coordinators=renamed(row.coordinators)) for row in plan.draft)
    if tasks == plan.draft:
        return []
    assert plan.text is not None
    amended = DraftAmended(
        district=command.district,
        plan_id=command.plan_id,
        number=plan.number,
        text=plan.text,
        tasks=tasks,
        by=facts.actor.account_id,
        at=command.at,
    )
    return [within_room(amended, "plan.draft_too_large")]


def _part_handed_over(
    command: HandOverTasks, number: int, task: TaskState, unit: Unit, heir: Unit, plan: Plan, facts: PlanFacts
) -> list[PlanEvent]:
    """Return that the successor answers for the unit's part. What the unit had done stays in the task's history."""
    part = next((one for one in task.participants if one.unit_id == unit.unit_id), None)
    if part is None or unit.unit_id in task.done:
        return []
    participants = _with_heir(task, part, heir, plan, facts)
    is_new = heir.unit_id not in {one.unit_id for one in task.participants}
    assert unit.valid_to is not None
    assigned = TaskAssigned(
        district=command.district,
        plan_id=command.plan_id,
        task_number=number,
        content=task.content,
        due_on=task.due_on,
        participants=participants,
        added=(heir.unit_id,) if is_new else (),
        removed=(unit.unit_id,),
        by=facts.actor.account_id,
        at=command.at,
        succeeds=NamedUnit(unit_id=unit.unit_id, name=part.name),
        succeeds_from=unit.valid_to + _ONE_DAY,
    )
    return [assigned, *completion(command, number, replace(task, participants=participants), plan, facts)]


def _with_heir(task: TaskState, part: Participant, heir: Unit, plan: Plan, facts: PlanFacts) -> tuple[Participant, ...]:
    """Return the participants with the heir in the unit's place; one that takes part already answers for both."""
    known = next((one for one in task.participants if one.unit_id == heir.unit_id), None)
    if known is not None:
        role = UnitRole.LEAD if UnitRole.LEAD in (known.role, part.role) else known.role
        return tuple(replace(one, role=role) if one is known else one for one in task.participants if one is not part)
    group = next((one for one in facts.groups if one.year == plan.year and heir.unit_id in one.members), None)
    new = replace(part, unit_id=heir.unit_id, name=heir.short_name, group_id=group.group_id if group else part.group_id)
    return tuple(new if one is part else one for one in task.participants)
