"""Where the plan of a unit is in the console, and who may do what with it."""

from dataclasses import dataclass

from fastapi import Request

from services.plans.commands import (
    CancelUnitTask,
    CompleteUnitTask,
    DraftUnitPlan,
    IssueUnitPlan,
    ReopenUnitTask,
    ReportUnitTask,
    ReturnUnitPlan,
    SubmitUnitPlan,
    UnitPlanCommand,
)
from services.plans.rules import RIGHTS
from services.plans.views import TaskState, UnitPlanTaskView, UnitPlanView
from services.portal.pages.reach import Reach, check_district, reach_of
from shared.accounts import SessionAccount

LIST = "/ke-hoach-don-vi"
DRAFTING = ("draft", "returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlace:
    """One unit in one year, with who looks at it."""

    reach: Reach
    district: str
    year: int
    unit_id: str

    @property
    def path(self) -> str:
        """Return the address of the unit's plan."""
        return f"{LIST}/{self.district}/{self.year}/{self.unit_id}"

    def may(self, command: type[UnitPlanCommand]) -> bool:
        """Return whether the person has the right to the command for this unit."""
        return RIGHTS[command].allows(
            self.reach.account.actor, on=self.reach.today, district=self.district, unit=self.unit_id
        )

    def plan_rights(self, plan: UnitPlanView) -> dict[str, bool]:
        """Return what the person may do with the plan as it is now."""
        return {
            "amend": plan.status in DRAFTING and self.may(DraftUnitPlan),
            "submit": plan.status in DRAFTING and self.may(SubmitUnitPlan),
            "return": plan.status == "submitted" and self.may(ReturnUnitPlan),
            "issue": plan.status == "submitted" and self.may(IssueUnitPlan),
        }

    def task_rights(self, task: UnitPlanTaskView) -> dict[str, bool]:
        """Return what the person may do with the task as it is now."""
        is_open = task.state in (TaskState.ASSIGNED, TaskState.STARTED)
        return {
            "report": is_open and self.may(ReportUnitTask),
            "complete": is_open and self.may(CompleteUnitTask),
            "reopen": task.state is TaskState.COMPLETED and self.may(ReopenUnitTask),
            "cancel": is_open and self.may(CancelUnitTask),
        }


def unit_place(request: Request, account: SessionAccount, district: str, year: int, unit_id: str) -> UnitPlace:
    """Return the place. Raises Rejected `page.not_found` where there is no such district."""
    check_district(district)
    return UnitPlace(reach=reach_of(request, account), district=district, year=year, unit_id=unit_id)
