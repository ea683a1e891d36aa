"""Drafting a unit's plan, laying it before the head of the unit, sending it back, and putting it in force."""

from collections.abc import Sequence

from services.plans.commands import (
    AmendUnitPlanDraft,
    DraftUnitPlan,
    IssueUnitPlan,
    NewUnitTask,
    ReturnUnitPlan,
    SubmitUnitPlan,
)
from services.plans.decider.plan import PlanStatus
from services.plans.decider.plan.checks import check_number, check_text, texts_of
from services.plans.decider.plan.rows import check_rows, refuse_two_terms
from services.plans.decider.room import within_room
from services.plans.decider.texts import needed_prose, prose
from services.plans.decider.unit_plan.checks import district_plan, planning_unit, require_status, said
from services.plans.decider.unit_plan.state import DistrictPlanFacts, UnitPlan, UnitPlanFacts
from services.plans.events import (
    DraftUnitTask,
    IssuedUnitTask,
    PlanText,
    UnitPlanDraftAmended,
    UnitPlanDrafted,
    UnitPlanEvent,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
)
from services.plans.rules import POST_MAX, UNIT_PLAN_CHARACTERS_MAX, WorkingDays, due_date, is_in_quarter
from shared.errors import Rejected


def draft(command: DraftUnitPlan, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return the draft; [] for the same one again."""
    unit = planning_unit(command, facts)
    tasks = _checked_tasks(command, facts)
    if plan.status is not PlanStatus.NONE:
        if (plan.number, plan.text, plan.draft) == (command.number, command.text, tasks):
            return []
        raise Rejected("unit_plan.exists", unit_id=command.unit_id, year=command.year)
    drafted = UnitPlanDrafted(
        unit_name=unit.short_name,
        group_id=facts.group_id,
        number=command.number,
        text=command.text,
        tasks=tasks,
        **said(command, facts),
    )
    return [within_room(drafted, "plan.draft_too_large")]


def amend_draft(command: AmendUnitPlanDraft, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return the draft in its place; [] for the same one."""
    require_status(plan, command, PlanStatus.DRAFT)
    planning_unit(command, facts)
    tasks = _checked_tasks(command, facts)
    if (plan.number, plan.text, plan.draft) == (command.number, command.text, tasks):
        return []
    amended = UnitPlanDraftAmended(
        number=command.number,
        text=command.text,
        tasks=tasks,
        **said(command, facts),
    )
    return [within_room(amended, "plan.draft_too_large")]


def submit(command: SubmitUnitPlan, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return that the draft lies before the head of the unit."""
    if plan.status is PlanStatus.SUBMITTED:
        return []
    require_status(plan, command, PlanStatus.DRAFT)
    planning_unit(command, facts)
    return [UnitPlanSubmitted(**said(command, facts))]


def send_back(command: ReturnUnitPlan, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return that the draft was sent back."""
    require_status(plan, command, PlanStatus.SUBMITTED)
    reason = needed_prose(command.reason, Rejected("plan.reason_missing"))
    return [UnitPlanReturned(reason=reason, **said(command, facts))]


def issue(command: IssueUnitPlan, plan: UnitPlan, facts: UnitPlanFacts) -> list[UnitPlanEvent]:
    """Return the plan in force: its tasks with their due dates; [] where it was issued so already."""
    if plan.status is PlanStatus.ISSUED and (plan.number, plan.issued_on) == (command.number, command.issued_on):
        return []
    require_status(plan, command, PlanStatus.SUBMITTED)
    unit, above = planning_unit(command, facts), district_plan(command, facts)
    check_number(command.number)
    if command.issued_on > facts.today:
        raise Rejected("plan.issued_in_future", issued_on=str(command.issued_on), today=str(facts.today))
    if command.issued_on < above.issued_on:
        raise Rejected(
            "unit_plan.issued_before_district",
            issued_on=str(command.issued_on),
            district_issued_on=str(above.issued_on),
        )
    if command.issued_on.year > command.year:
        raise Rejected("plan.issued_out_of_year", issued_on=str(command.issued_on), year=command.year)
    assert plan.text is not None
    issued = UnitPlanIssued(
        unit_name=unit.short_name,
        group_id=facts.group_id,
        number=command.number,
        title=plan.text.title,
        issued_on=command.issued_on,
        tasks=_issued(plan.draft, command.year, above, facts.days),
        **said(command, facts),
    )
    return [within_room(issued, "plan.draft_too_large")]


def _checked_tasks(command: DraftUnitPlan | AmendUnitPlanDraft, facts: UnitPlanFacts) -> tuple[DraftUnitTask, ...]:
    """Return the rows. Raises Rejected `plan.…`, `task.…`, `unit_plan.…` for what could not be put in force."""
    above = district_plan(command, facts)
    if not command.tasks:
        raise Rejected("plan.without_tasks")
    check_rows(command.tasks, command.year)
    tasks = tuple(_drafted(task, above) for task in command.tasks)
    check_number(command.number)
    check_text(command.text)
    if _characters(command.text, tasks) > UNIT_PLAN_CHARACTERS_MAX:
        raise Rejected("unit_plan.too_large", limit=UNIT_PLAN_CHARACTERS_MAX)
    # Due dates take room that the draft does not show; nobody is to find out when it is issued.
    within_room(_issued(tasks, command.year, above, facts.days), "plan.draft_too_large")
    return tasks


def _drafted(task: NewUnitTask, above: DistrictPlanFacts) -> DraftUnitTask:
    if task.due_month is not None and not is_in_quarter(task.due_month, task.quarter):
        raise Rejected("unit_plan.month_out_of_quarter", task_number=task.number, month=task.due_month)
    refuse_two_terms(task)
    _check_link(task.number, task.of_task, above)
    return DraftUnitTask(
        number=task.number,
        quarter=task.quarter,
        content=needed_prose(task.content, Rejected("task.content_missing")),
        due_month=task.due_month,
        due_on=task.due_on,
        post=prose(task.post, limit=POST_MAX, field="post"),
        of_task=task.of_task,
    )


def _characters(text: PlanText, tasks: Sequence[DraftUnitTask]) -> int:
    """Return how many characters the draft has, its text and its tasks."""
    return sum(map(len, texts_of(text))) + sum(len(task.content) + len(task.post) for task in tasks)


def _issued(
    tasks: Sequence[DraftUnitTask], year: int, above: DistrictPlanFacts, days: WorkingDays
) -> tuple[IssuedUnitTask, ...]:
    """Return the tasks with their due dates; the district's task may have been cancelled since the draft."""
    issued = []
    for task in tasks:
        _check_link(task.number, task.of_task, above)
        due, rule = due_date(year, task.quarter, task.due_on, days, month=task.due_month)
        issued.append(
            IssuedUnitTask(
                number=task.number,
                quarter=task.quarter,
                content=task.content,
                due_on=due.due_on,
                due_rule=rule,
                due_reason=due.reason,
                due_month=task.due_month,
                post=task.post,
                of_task=task.of_task,
            )
        )
    return tuple(issued)


def _check_link(task_number: int, of_task: int | None, above: DistrictPlanFacts) -> None:
    if of_task is None:
        return
    if of_task not in above.tasks:
        raise Rejected("unit_plan.of_task_not_found", task_number=task_number, of_task=of_task)
    if above.tasks[of_task]:
        raise Rejected("unit_plan.of_task_cancelled", task_number=task_number, of_task=of_task)
