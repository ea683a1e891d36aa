"""Drafting a plan, laying it before the chair, sending it back, and putting it in force."""

from dataclasses import replace

from services.plans.commands import (
    AmendDraft,
    AssignTask,
    DraftPlan,
    IssuePlan,
    RecomputeDueDates,
    ReturnPlan,
    SubmitPlan,
)
from services.plans.decider.plan.checks import authorise, check_number, check_text, require_status
from services.plans.decider.plan.rows import drafted_rows, issued_tasks, named_units
from services.plans.decider.plan.state import Plan, PlanFacts, PlanStatus
from services.plans.decider.room import in_parts, within_room
from services.plans.decider.texts import needed_prose
from services.plans.events import (
    DraftAmended,
    DraftTask,
    DueDatesMoved,
    DueRule,
    MovedTask,
    PlanDrafted,
    PlanEvent,
    PlanIssued,
    PlanReturned,
    PlanSubmitted,
    PlanText,
)
from services.plans.rules import EVENT_BYTES_MAX, YEARS, due_date
from shared.errors import Rejected

IN_FORCE = (PlanStatus.ISSUED, PlanStatus.CLOSED)


def draft(command: DraftPlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return the draft; [] for the same one again."""
    authorise(command, facts)
    # One plan a district and year: its id is the year, so that no level counts two.
    if command.year not in YEARS or command.plan_id != str(command.year):
        raise Rejected("plan.id_malformed", plan_id=command.plan_id, year=command.year)
    rows = _rows(command, command.year, facts)
    if plan.status is not PlanStatus.NONE:
        if (plan.number, plan.text, plan.draft) == (command.number, command.text, rows):
            return []
        raise Rejected("plan.exists", plan_id=command.plan_id)
    drafted = PlanDrafted(
        district=command.district,
        plan_id=command.plan_id,
        year=command.year,
        number=command.number,
        text=command.text,
        tasks=rows,
        by=facts.actor.account_id,
        at=command.at,
    )
    return [within_room(drafted, "plan.draft_too_large")]


def amend_draft(command: AmendDraft, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return the draft in its place; [] for the same one."""
    authorise(command, facts)
    require_status(plan, command.plan_id, PlanStatus.DRAFT)
    rows = _rows(command, plan.year, facts)
    if (plan.number, plan.text, plan.draft) == (command.number, command.text, rows):
        return []
    return [_amended(command, command.number, command.text, rows, facts)]


def _rows(command: DraftPlan | AmendDraft, year: int, facts: PlanFacts) -> tuple[DraftTask, ...]:
    if not command.tasks:
        raise Rejected("plan.without_tasks")
    rows = drafted_rows(command.tasks, year, facts)
    check_number(command.number)
    check_text(command.text)
    return rows


def _amended(
    command: AmendDraft | AssignTask, number: str | None, text: PlanText, rows: tuple[DraftTask, ...], facts: PlanFacts
) -> DraftAmended:
    amended = DraftAmended(
        district=command.district,
        plan_id=command.plan_id,
        number=number,
        text=text,
        tasks=rows,
        by=facts.actor.account_id,
        at=command.at,
    )
    return within_room(amended, "plan.draft_too_large")


def assign_in_draft(command: AssignTask, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return the draft with other units in the row."""
    require_status(plan, command.plan_id, PlanStatus.DRAFT)
    if command.task_number not in {row.number for row in plan.draft}:
        raise Rejected("task.not_found", task_number=command.task_number)
    if not command.lead_units:
        raise Rejected("task.unit_missing", task_number=command.task_number)
    leads, coordinators = named_units(command.lead_units, facts), named_units(command.coordinating_units, facts)
    rows = tuple(
        replace(row, leads=leads, coordinators=coordinators) if row.number == command.task_number else row
        for row in plan.draft
    )
    if rows == plan.draft:
        return []
    assert plan.text is not None
    return [_amended(command, plan.number, plan.text, rows, facts)]


def submit(command: SubmitPlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the draft lies before the chair."""
    authorise(command, facts)
    if plan.status is PlanStatus.SUBMITTED:
        return []
    require_status(plan, command.plan_id, PlanStatus.DRAFT)
    by = facts.actor.account_id
    return [PlanSubmitted(district=command.district, plan_id=command.plan_id, by=by, at=command.at)]


def send_back(command: ReturnPlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return that the draft was sent back."""
    authorise(command, facts)
    require_status(plan, command.plan_id, PlanStatus.SUBMITTED)
    return [
        PlanReturned(
            district=command.district,
            plan_id=command.plan_id,
            reason=needed_prose(command.reason, Rejected("plan.reason_missing")),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def issue(command: IssuePlan, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Return the plan in force: its tasks with their units and due dates; [] where it was issued so already."""
    authorise(command, facts)
    if plan.status in IN_FORCE:
        if plan.documents[:1] == ((command.number, command.issued_on),):
            return []
        raise Rejected("plan.wrong_status", plan_id=command.plan_id, status=plan.status, required=PlanStatus.SUBMITTED)
    require_status(plan, command.plan_id, PlanStatus.SUBMITTED)
    check_number(command.number)
    if command.issued_on > facts.today:
        raise Rejected("plan.issued_in_future", issued_on=str(command.issued_on), today=str(facts.today))
    if command.issued_on.year not in (plan.year - 1, plan.year):
        raise Rejected("plan.issued_out_of_year", issued_on=str(command.issued_on), year=plan.year)
    assert plan.text is not None
    issued = PlanIssued(
        district=command.district,
        plan_id=command.plan_id,
        year=plan.year,
        number=command.number,
        title=plan.text.title,
        issued_on=command.issued_on,
        tasks=issued_tasks(plan.draft, plan.year, command.issued_on, facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    return [within_room(issued, "plan.too_large")]


def recompute(command: RecomputeDueDates, plan: Plan, facts: PlanFacts) -> list[PlanEvent]:
    """Move the due dates that the calendar as it is now puts on other days; never into the past.

    Who had until today must not be late at once because today turns out to be a day off. A day that the plan
    states, or that was granted to a unit, is no term that is counted: it stays.
    """
    authorise(command, facts)
    if plan.status is not PlanStatus.ISSUED or facts.calendar is None:
        return []
    moved = []
    for number, task in plan.tasks.items():
        if task.due_rule is DueRule.DATE or task.is_extended or not task.is_open:
            continue
        due, _ = due_date(plan.year, task.quarter, None, facts.days, month=task.due_month)
        if due.due_on == task.due_on or due.due_on < facts.today:
            continue
        assert due.reason is not None
        moved.append(
            MovedTask(
                number=number,
                quarter=task.quarter,
                due_on_before=task.due_on,
                due_on=due.due_on,
                due_reason=due.reason,
                units=tuple(one.unit_id for one in task.participants),
            )
        )
    return [
        DueDatesMoved(
            district=command.district,
            plan_id=command.plan_id,
            year=plan.year,
            tasks=part,
            change=facts.calendar.change,
            notice=facts.calendar.notice,
            by=facts.actor.account_id,
            at=command.at,
        )
        # Nobody could shorten it: what one message does not hold is told in several.
        for part in in_parts(moved, EVENT_BYTES_MAX // 2)
    ]
