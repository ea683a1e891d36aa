"""What is done with a unit's plan, and with one of its tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    CancelUnitTask,
    CompleteUnitTask,
    IssueUnitPlan,
    ReopenUnitTask,
    ReportUnitTask,
    ReturnUnitPlan,
    SubmitUnitPlan,
)
from services.plans.views import ShowUnitPlan, ShowUnitTask, UnitPlanBoard, UnitPlanView, UnitTaskDetail
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.labels import word
from services.portal.numbers import Number, Year
from services.portal.pages.forms import Action, Input, Invalid, Values, files_input, run_action
from services.portal.pages.reach import Signed
from services.portal.pages.unit_plans.place import LIST, UnitPlace, unit_place
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.api_route(LIST + "/{district}/{year}/{unit_id}/{verb}", methods=["GET", "POST"])
async def act_on_unit_plan(
    request: Request, account: Signed, district: str, year: Year, unit_id: str, verb: str
) -> Response:
    """Submit, return or issue the unit's plan."""
    if verb not in _PLAN_ACTIONS:
        raise Rejected("page.not_found")
    at = unit_place(request, account, district, year, unit_id)
    found = await ask(request, ShowUnitPlan(district=district, year=year, unit_id=unit_id), UnitPlanBoard)
    return await run_action(request, _PLAN_ACTIONS[verb](request, at, found.view.plan))


def _plan_facts(plan: UnitPlanView) -> list[tuple[str, object]]:
    linked = sum(task.of_task is not None for task in plan.draft)
    return [
        ("Đơn vị", plan.unit_name),
        ("Năm", str(plan.year)),
        ("Số nhiệm vụ", len(plan.draft)),
        ("Thực hiện nhiệm vụ của quận", linked),
    ]


def _submit(request: Request, at: UnitPlace, plan: UnitPlanView) -> Action:
    return Action(
        title="Trình ký kế hoạch của đơn vị",
        submit="Trình ký",
        path=f"{at.path}/trinh-ky",
        back_href=at.path,
        state_line=plan.text.title,
        facts=_plan_facts(plan),
        text="Sau khi trình, dự thảo chỉ sửa được nếu thủ trưởng đơn vị trả lại.",
        build=lambda _: SubmitUnitPlan(district=at.district, year=at.year, unit_id=at.unit_id, at=now(request)),
        done="Đã trình thủ trưởng đơn vị.",
        expected_seq=plan.seq,
    )


def _return(request: Request, at: UnitPlace, plan: UnitPlanView) -> Action:
    return Action(
        title="Trả lại dự thảo kế hoạch của đơn vị",
        submit="Trả lại",
        path=f"{at.path}/tra-lai",
        back_href=at.path,
        state_line=plan.text.title,
        facts=_plan_facts(plan),
        inputs=(Input(name="reason", label="Lý do trả lại", kind="textarea", hint="Nêu rõ nội dung cần sửa."),),
        build=lambda values: ReturnUnitPlan(
            district=at.district, year=at.year, unit_id=at.unit_id, reason=values["reason"], at=now(request)
        ),
        done="Đã trả lại dự thảo để sửa.",
        expected_seq=plan.seq,
        fields={"plan.reason_missing": "reason", "text.too_long": "reason"},
    )


def _issue(request: Request, at: UnitPlace, plan: UnitPlanView) -> Action:
    return Action(
        title="Ban hành kế hoạch của đơn vị",
        submit="Ban hành",
        path=f"{at.path}/ban-hanh",
        back_href=at.path,
        state_line=plan.text.title,
        facts=_plan_facts(plan),
        inputs=(
            Input(name="number", label="Số, ký hiệu", value=plan.number or "", hint="Ví dụ: 12/KH-UBND"),
            Input(name="issued_on", label="Ngày ban hành", kind="date", value=day(at.reach.today)),
        ),
        confirm="Sau khi ban hành không thu hồi được: mọi nhiệm vụ có hạn và được theo dõi ngay.",
        build=lambda values: IssueUnitPlan(
            district=at.district,
            year=at.year,
            unit_id=at.unit_id,
            number=values["number"],
            issued_on=values["issued_on"],
            at=now(request),
        ),
        done="Đã ban hành kế hoạch của đơn vị.",
        expected_seq=plan.seq,
        fields={
            "plan.number_malformed": "number",
            "plan.issued_in_future": "issued_on",
            "plan.issued_out_of_year": "issued_on",
            "unit_plan.issued_before_district": "issued_on",
        },
    )


_PLAN_ACTIONS: dict[str, Callable[[Request, UnitPlace, UnitPlanView], Action]] = {
    "trinh-ky": _submit,
    "tra-lai": _return,
    "ban-hanh": _issue,
}


# -- its tasks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTaskForm:
    """One task of a unit's plan, and the request that does something with it."""

    request: Request
    at: UnitPlace
    detail: UnitTaskDetail

    @property
    def path(self) -> str:
        """Return the address of the task."""
        return f"{self.at.path}/nhiem-vu/{self.detail.task.number}"

    @property
    def place(self) -> dict[str, Any]:
        """Return what every command names: the unit's task, and the business time."""
        task = self.detail.task
        return {
            "district": task.district,
            "year": task.year,
            "unit_id": task.unit_id,
            "task_number": task.number,
            "at": now(self.request),
        }

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Return the task as every form shows it."""
        task = self.detail.task
        return [
            ("Đơn vị", task.unit_name),
            ("Nhiệm vụ", f"{task.number}. {task.content}"),
            ("Hạn", f"{day(task.due_on)} ({word('due_rule', task.due_rule)})"),
        ]


@router.api_route(LIST + "/{district}/{year}/{unit_id}/nhiem-vu/{number}/{verb}", methods=["GET", "POST"])
async def act_on_unit_task(
    request: Request, account: Signed, district: str, year: Year, unit_id: str, number: Number, verb: str
) -> Response:
    """Report on a task, complete, reopen or cancel it."""
    if verb not in _TASK_ACTIONS:
        raise Rejected("page.not_found")
    at = unit_place(request, account, district, year, unit_id)
    question = ShowUnitTask(district=district, year=year, unit_id=unit_id, task_number=number)
    found = await ask(request, question, UnitTaskDetail)
    return await run_action(request, _TASK_ACTIONS[verb](UnitTaskForm(request=request, at=at, detail=found.view)))


def _report(form: UnitTaskForm) -> Action:
    def build(values: Values) -> ReportUnitTask:
        if values["percent"] > 100:
            raise Invalid({"percent": "Tiến độ (%): từ 0 đến 100."})
        return ReportUnitTask(
            percent=values["percent"], text=values["text"], attachments=values["attachments"], **form.place
        )

    return Action(
        title="Báo cáo tiến độ",
        submit="Gửi báo cáo",
        path=f"{form.path}/bao-cao",
        back_href=form.path,
        facts=form.facts,
        inputs=(
            Input(name="percent", label="Tiến độ (%)", kind="number", hint="Từ 0 đến 100."),
            Input(name="text", label="Nội dung đã làm", kind="textarea"),
            files_input(form.request),
        ),
        build=build,
        done="Đã ghi nhận báo cáo tiến độ.",
        expected_seq=form.detail.task.seq,
        files_to="plans",
        fields={
            "attachment.not_uploaded": "attachments",
            "task.report_missing": "text",
            "text.too_long": "text",
            "task.percent_out_of_range": "percent",
        },
    )


def _complete(form: UnitTaskForm) -> Action:
    return Action(
        title="Báo cáo hoàn thành",
        submit="Gửi báo cáo hoàn thành",
        path=f"{form.path}/hoan-thanh",
        back_href=form.path,
        facts=form.facts,
        inputs=(
            Input(name="completed_on", label="Ngày hoàn thành", kind="date"),
            Input(
                name="evidence",
                label="Minh chứng",
                hint="Số, ký hiệu văn bản hoặc tên tài liệu. Ví dụ: 45/BC-UBND ngày 20/03/2020",
            ),
            files_input(form.request),
            Input(name="note", label="Ghi chú", kind="textarea", is_required=False, rows=3),
        ),
        build=lambda values: CompleteUnitTask(
            completed_on=values["completed_on"],
            evidence=values["evidence"],
            note=values["note"],
            attachments=values["attachments"],
            **form.place,
        ),
        done=f"Đã ghi nhận hoàn thành nhiệm vụ số {form.detail.task.number} của đơn vị.",
        expected_seq=form.detail.task.seq,
        files_to="plans",
        fields={
            "task.completed_in_future": "completed_on",
            "task.completed_before_issue": "completed_on",
            "task.evidence_missing": "evidence",
            "attachment.not_uploaded": "attachments",
            "text.too_long": "evidence",
        },
    )


def _reopen(form: UnitTaskForm) -> Action:
    return Action(
        title="Mở lại nhiệm vụ",
        submit="Mở lại",
        path=f"{form.path}/mo-lai",
        back_href=form.path,
        facts=form.facts,
        inputs=(Input(name="reason", label="Lý do mở lại", kind="textarea"),),
        confirm="Báo cáo hoàn thành của nhiệm vụ không còn được tính; nhiệm vụ trở lại trạng thái đang mở.",
        build=lambda values: ReopenUnitTask(reason=values["reason"], **form.place),
        done="Đã mở lại nhiệm vụ.",
        expected_seq=form.detail.task.seq,
        fields={"task.reason_missing": "reason", "text.too_long": "reason"},
    )


def _cancel(form: UnitTaskForm) -> Action:
    return Action(
        title="Huỷ nhiệm vụ",
        submit="Huỷ nhiệm vụ",
        path=f"{form.path}/huy",
        back_href=form.path,
        facts=form.facts,
        inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", hint="Nêu văn bản căn cứ, nếu có."),),
        confirm="Nhiệm vụ đã huỷ không khôi phục được.",
        build=lambda values: CancelUnitTask(reason=values["reason"], **form.place),
        done="Đã huỷ nhiệm vụ.",
        expected_seq=form.detail.task.seq,
        fields={"task.reason_missing": "reason", "text.too_long": "reason"},
    )


_TASK_ACTIONS: dict[str, Callable[[UnitTaskForm], Action]] = {
    "bao-cao": _report,
    "hoan-thanh": _complete,
    "mo-lai": _reopen,
    "huy": _cancel,
}
