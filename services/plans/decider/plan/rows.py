"""From the rows of a document to tasks: rows checked and named, sets expanded, terms turned into due dates."""

from collections.abc import Iterable, Sequence
from datetime import date

from services.plans.commands import NewTask, NewUnitTask
from services.plans.decider.plan.state import PlanFacts
from services.plans.decider.texts import needed_prose
from services.plans.events import DraftTask, IssuedTask, NamedUnit, Participant, Unit, UnitRole, require_open
from services.plans.rules import TASKS_MAX, due_date, is_in_quarter, terms
from shared.errors import Rejected

NUMBER_MAX = 9999


def check_rows(rows: Sequence[NewTask | NewUnitTask], year: int) -> None:
    """Check what the rows of every plan have: numbers of their own, and a term within the year.

    The day may lie in the year after. Raises Rejected `plan.too_many_tasks`, `task.number_duplicate`,
    `task.quarter_missing`, `task.due_out_of_year`.
    """
    if len(rows) > TASKS_MAX:
        raise Rejected("plan.too_many_tasks", limit=TASKS_MAX)
    seen: set[int] = set()
    for row in rows:
        if row.number in seen or not 1 <= row.number <= NUMBER_MAX:
            raise Rejected("task.number_duplicate", task_number=row.number)
        seen.add(row.number)
        if not 1 <= row.quarter <= 4:
            raise Rejected("task.quarter_missing", task_number=row.number)
        if row.due_on is not None and row.due_on.year not in (year, year + 1):
            raise Rejected("task.due_out_of_year", task_number=row.number, due_on=str(row.due_on), year=year)


def refuse_two_terms(row: NewTask | NewUnitTask, *, repeats: bool = False) -> None:
    """Raise Rejected `task.term_stated_twice`: a day says all.

    Beside it a month would say it twice, and a row that repeats has many days.
    """
    if row.due_on is not None and (row.due_month is not None or repeats):
        raise Rejected("task.term_stated_twice", task_number=row.number)


def drafted_rows(tasks: Sequence[NewTask], year: int, facts: PlanFacts) -> tuple[DraftTask, ...]:
    """Return the rows with the names of their units. Raises Rejected `plan.…`, `task.…`, `unit.…`."""
    check_rows(tasks, year)
    return tuple(_drafted_row(task, facts) for task in tasks)


def _drafted_row(task: NewTask, facts: PlanFacts) -> DraftTask:
    if not task.lead_units:
        raise Rejected("task.unit_missing", task_number=task.number)
    if task.due_month is not None and not is_in_quarter(task.due_month, task.quarter):
        raise Rejected(
            "task.month_outside_quarter", task_number=task.number, month=task.due_month, quarter=task.quarter
        )
    refuse_two_terms(task, repeats=task.repeats is not None)
    return DraftTask(
        number=task.number,
        quarter=task.quarter,
        content=needed_prose(task.content, Rejected("task.content_missing")),
        leads=named_units(task.lead_units, facts),
        coordinators=named_units(task.coordinating_units, facts),
        due_on=task.due_on,
        due_month=task.due_month,
        repeats=task.repeats,
    )


def named_units(unit_ids: Sequence[str], facts: PlanFacts) -> tuple[NamedUnit, ...]:
    """Return the units and sets with their names, each once. Raises Rejected `unit.…`."""
    named: dict[str, NamedUnit] = {}
    for unit_id in unit_ids:
        if unit_id in facts.sets:
            named[unit_id] = NamedUnit(unit_id=unit_id, name=facts.sets[unit_id][0], is_set=True)
        else:
            named[unit_id] = NamedUnit(unit_id=unit_id, name=_open_unit(unit_id, facts).short_name)
    return tuple(named.values())


def _open_unit(unit_id: str, facts: PlanFacts) -> Unit:
    unit = facts.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id)
    require_open(unit, facts.today)
    return unit


def expanded(
    task_number: int,
    leads: Sequence[NamedUnit],
    coordinators: Sequence[NamedUnit],
    year: int,
    facts: PlanFacts,
) -> tuple[Participant, ...]:
    """Return the units behind the names, sets replaced by their open members; a unit takes part once, as lead first.

    Raises Rejected `task.unit_missing`, `unit.…`.
    """
    group_of = {member: group.group_id for group in facts.groups if group.year == year for member in group.members}
    participants: dict[str, Participant] = {}
    for role, named in ((UnitRole.LEAD, leads), (UnitRole.COORDINATING, coordinators)):
        for one in named:
            members = facts.sets[one.unit_id][1] if one.unit_id in facts.sets else (one.unit_id,)
            for unit_id in members:
                unit = facts.units.get(unit_id)
                if unit is None:
                    raise Rejected("unit.not_found", unit_id=unit_id)
                # A closed member of a set is left out; a closed unit named by itself is refused.
                if one.unit_id in facts.sets and not unit.is_open(facts.today):
                    continue
                require_open(unit, facts.today)
                participants.setdefault(
                    unit_id,
                    Participant(
                        unit_id=unit_id,
                        name=unit.short_name,
                        role=role,
                        group_id=group_of.get(unit_id),
                        via_set=one.unit_id if one.unit_id in facts.sets else None,
                    ),
                )
    if not any(one.role is UnitRole.LEAD for one in participants.values()):
        raise Rejected("task.unit_missing", task_number=task_number)
    return tuple(participants.values())


def issued_tasks(
    rows: Sequence[DraftTask], year: int, decided_on: date, facts: PlanFacts, *, taken: Iterable[int] = ()
) -> tuple[IssuedTask, ...]:
    """Return the tasks that the rows stand for: one a row, and of a row that repeats one for each of its terms.

    The first keeps the row's number, the others take the next free ones; `taken` are numbers in use beside those of the
    rows. Terms that ended before the decision are left out, the last one never. Raises Rejected `plan.too_many_tasks`,
    `task.…`, `unit.…`.
    """
    taken = set(taken)
    free = max((*taken, *(row.number for row in rows)), default=0)
    tasks: list[IssuedTask] = []
    for row in rows:
        participants = expanded(row.number, row.leads, row.coordinators, year, facts)
        found = [
            (quarter, month, due_date(year, quarter, row.due_on, facts.days, month=month))
            for quarter, month in terms(row.quarter, row.due_month, row.repeats)
        ]
        if row.repeats is not None:
            found = [one for one in found if one[2][0].due_on >= decided_on] or found[-1:]
        for index, (quarter, month, (due, rule)) in enumerate(found):
            free += index > 0
            tasks.append(
                IssuedTask(
                    number=free if index else row.number,
                    quarter=quarter,
                    content=row.content,
                    due_on=due.due_on,
                    due_rule=rule,
                    due_reason=due.reason,
                    participants=participants,
                    due_month=month,
                    series=row.number if row.repeats is not None else None,
                )
            )
    if len(tasks) + len(taken) > TASKS_MAX:
        raise Rejected("plan.too_many_tasks", limit=TASKS_MAX)
    if free > NUMBER_MAX:
        raise Rejected("task.number_duplicate", task_number=free)
    return tuple(tasks)
