"""The reads of units' plans: one plan, one task, which units have none yet, and what waits for the asker's hand."""

from typing import get_args

from services.plans.commands import (
    AmendUnitPlanDraft,
    CompleteUnitTask,
    DraftUnitPlan,
    IssueUnitPlan,
    RecomputeUnitDueDates,
    ReportUnitTask,
    SubmitUnitPlan,
    UnitPlanCommand,
)
from services.plans.queries.asking import Answers, Facts
from services.plans.queries.unit_plan.coverage import counts, coverage
from services.plans.queries.unit_plan.detail import unit_plan_board, unit_task_detail, unit_tasks_of
from services.plans.queries.unit_plan.facts import due_dates_facts, plain_facts, planning_facts, report_facts
from services.plans.queries.unit_plan.work import own_unit_work
from services.plans.views import (
    CountUnitPlans,
    ListUnitPlans,
    ListUnitTasksOf,
    MyUnitWork,
    ShowUnitPlan,
    ShowUnitTask,
)

ANSWERS: Answers = {
    ListUnitPlans: coverage,
    CountUnitPlans: counts,
    ShowUnitPlan: unit_plan_board,
    ShowUnitTask: unit_task_detail,
    ListUnitTasksOf: unit_tasks_of,
    MyUnitWork: own_unit_work,
}
FACTS: Facts = {
    **dict.fromkeys(get_args(UnitPlanCommand), plain_facts),
    **dict.fromkeys((DraftUnitPlan, AmendUnitPlanDraft, SubmitUnitPlan, IssueUnitPlan), planning_facts),
    **dict.fromkeys((ReportUnitTask, CompleteUnitTask), report_facts),
    RecomputeUnitDueDates: due_dates_facts,
}

__all__ = ["ANSWERS", "FACTS"]
