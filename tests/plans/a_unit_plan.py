"""A small plan of Phường Lê Bình for tests, made from a district's plan with three tasks, the last cancelled."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from services.plans.commands import (
    CancelUnitTask,
    CompleteUnitTask,
    DraftUnitPlan,
    IssueUnitPlan,
    NewUnitTask,
    ReopenUnitTask,
    ReportUnitTask,
    ReturnUnitPlan,
    SubmitUnitPlan,
)
from services.plans.decider import UNIT_PLAN, DistrictPlanFacts, UnitPlanFacts
from services.plans.events import (
    DueRule,
    PlanText,
    Unit,
    UnitKind,
    UnitPlanDrafted,
    UnitPlanEvent,
    UnitPlanIssued,
    UnitPlanSubmitted,
)
from services.plans.rules import working_days
from services.plans.views import CountedUnitTask, TaskState, UnitPlanTaskView
from shared.types import Actor, Role
from tests.plans.a_calendar import OPENED_2020, view
from tests.plans.a_plan import actor, unit

WARD = "phuong-le-binh"
PLACE = unit(WARD, UnitKind.WARD)
AT = datetime(2020, 2, 14, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 14)
DISTRICT_PLAN = DistrictPlanFacts(issued_on=date(2020, 2, 6), tasks={1: False, 5: False, 9: True})
TEXT = PlanText(title="Triển khai công tác thi đua, khen thưởng năm 2020", issuer="UBND phường Lê Bình")
CLERK = actor(Role.UNIT_CLERK, WARD)
CHAIR = actor(Role.WARD_CHAIR, WARD)
ADDRESS: dict[str, Any] = {"district": "cai-rang", "year": 2020, "unit_id": WARD, "at": AT}
TASKS = (
    NewUnitTask(number=1, quarter=1, content="Đăng ký thi đua", of_task=5, post="Công chức Văn phòng - thống kê"),
    NewUnitTask(number=2, quarter=2, content="Phát động thi đua ở khu vực", due_month=5),
    NewUnitTask(number=3, quarter=4, content="Tổng kết", due_on=date(2020, 12, 15)),
)


def facts(
    who: Actor = CLERK,
    today: date = TODAY,
    *,
    place: Unit | None = PLACE,
    district_plan: DistrictPlanFacts | None = DISTRICT_PLAN,
) -> UnitPlanFacts:
    """Return the facts of a decision: the ward in its cluster, the district's plan, the calendar of 2020."""
    return UnitPlanFacts(
        actor=who,
        today=today,
        unit=place,
        group_id="cum-cac-phuong",
        district_plan=district_plan,
        days=working_days([view(*OPENED_2020)]),
    )


def draft(**changes: Any) -> DraftUnitPlan:
    """Return the command that drafts the plan."""
    return DraftUnitPlan(**{**ADDRESS, "text": TEXT, "tasks": TASKS, "number": "12/KH-UBND", **changes})


SUBMIT = SubmitUnitPlan(**ADDRESS)
RETURN = ReturnUnitPlan(**ADDRESS, reason="Thiếu việc quý III")
ISSUE = IssueUnitPlan(**ADDRESS, number="12/KH-UBND", issued_on=TODAY)


def report(number: int = 1, percent: int = 50, **changes: Any) -> ReportUnitTask:
    """Return the command that reports on a task."""
    return ReportUnitTask(**{**ADDRESS, "task_number": number, "percent": percent, "text": "đang làm", **changes})


def complete(number: int = 1, completed_on: date = TODAY, **changes: Any) -> CompleteUnitTask:
    """Return the command that completes a task."""
    values = {"task_number": number, "completed_on": completed_on, "evidence": "15/BC-UBND"}
    return CompleteUnitTask(**{**ADDRESS, **values, **changes})


def reopen(number: int = 1, reason: str = "Chưa đủ") -> ReopenUnitTask:
    """Return the command that opens a task again."""
    return ReopenUnitTask(**ADDRESS, task_number=number, reason=reason)


def cancel(number: int = 1, reason: str = "Không còn cần") -> CancelUnitTask:
    """Return the command that takes a task out."""
    return CancelUnitTask(**ADDRESS, task_number=number, reason=reason)


def open_task(number: int = 1, unit_id: str = WARD, **changes: Any) -> UnitPlanTaskView:
    """Return a row of a task that is due at the end of the first quarter."""
    values = {
        "district": "cai-rang",
        "year": 2020,
        "unit_id": unit_id,
        "number": number,
        "unit_name": unit_id,
        "group_id": "",
        "quarter": 1,
        "content": "Việc",
        "due_on": date(2020, 3, 31),
        "due_rule": DueRule.QUARTER,
        "due_reason": None,
        "due_month": None,
        "post": "",
        "of_task": None,
        "state": TaskState.ASSIGNED,
        "seq": 7,
    }
    return UnitPlanTaskView(**{**values, **changes})


def counted(task: UnitPlanTaskView) -> CountedUnitTask:
    """Return of the row what its term is counted from."""
    return CountedUnitTask(**{one.name: getattr(task, one.name) for one in fields(CountedUnitTask)})


def happened(*commands_and_facts: tuple[object, UnitPlanFacts]) -> list[UnitPlanEvent]:
    """Return the history that the commands make."""
    plan, history = UNIT_PLAN.initial, []
    for command, known in commands_and_facts:
        for event in UNIT_PLAN.decide(command, plan, known):  # type: ignore[arg-type]
            plan = UNIT_PLAN.evolve(plan, event)
            history.append(event)
    return history


DRAFTED = happened((draft(), facts()))
SUBMITTED = happened((draft(), facts()), (SUBMIT, facts()))
ISSUED = happened((draft(), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)))
assert [type(event) for event in ISSUED] == [UnitPlanDrafted, UnitPlanSubmitted, UnitPlanIssued]
