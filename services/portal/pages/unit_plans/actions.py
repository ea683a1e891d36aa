"""What is done with a unit's plan, and with one of its tasks."""

from collections.abc import Callable, Mapping
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
from services.portal.numbers import Number, Year
from services.portal.pages.forms import Action, Input, files_input, run_action
from services.portal.pages.reach import Signed
from services.portal.pages.task_forms import TaskForm
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


@router.api_route(LIST + "/{district}/{year}/{unit_id}/nhiem-vu/{number}/{verb}", methods=["GET", "POST"])
async def act_on_unit_task(
    request: Request, account: Signed, district: str, year: Year, unit_id: str, number: Number, verb: str
) -> Response:
    """Report on a task, complete, reopen or cancel it."""
    if verb not in _TASK_ACTIONS:
        raise Rejected("page.not_found")
    at = unit_place(request, account, district, year, unit_id)
    question = ShowUnitTask(district=district, year=year, unit_id=unit_id, task_number=number)
    task = (await ask(request, question, UnitTaskDetail)).view.task
    path, named_unit = f"{at.path}/nhiem-vu/{task.number}", ("Đơn vị", task.unit_name)
    form = TaskForm(path=path, today=at.reach.today, task=task, named=(named_unit,))
    named = {
        "district": task.district,
        "year": task.year,
        "unit_id": task.unit_id,
        "task_number": task.number,
        "at": now(request),
    }
    return await run_action(request, _TASK_ACTIONS[verb](form, named, files_input(request)))


def _report(form: TaskForm, named: Mapping[str, Any], files: Input) -> Action:
    return form.report(
        lambda values: ReportUnitTask(
            percent=values["percent"], text=values["text"], attachments=values["attachments"], **named
        ),
        files,
    )


def _complete(form: TaskForm, named: Mapping[str, Any], files: Input) -> Action:
    return form.completion(
        lambda values: CompleteUnitTask(
            completed_on=values["completed_on"],
            evidence=values["evidence"],
            note=values["note"],
            attachments=values["attachments"],
            **named,
        ),
        files,
        done=f"Đã ghi nhận hoàn thành nhiệm vụ số {form.task.number} của đơn vị.",
    )


def _reopen(form: TaskForm, named: Mapping[str, Any], _: Input) -> Action:
    return form.reopening(
        lambda values: ReopenUnitTask(reason=values["reason"], **named),
        confirm="Báo cáo hoàn thành của nhiệm vụ không còn được tính; nhiệm vụ trở lại trạng thái đang mở.",
    )


def _cancel(form: TaskForm, named: Mapping[str, Any], _: Input) -> Action:
    return form.cancelling(
        lambda values: CancelUnitTask(reason=values["reason"], **named),
        confirm="Nhiệm vụ đã huỷ không khôi phục được.",
    )


_TASK_ACTIONS: dict[str, Callable[[TaskForm, Mapping[str, Any], Input], Action]] = {
    "bao-cao": _report,
    "hoan-thanh": _complete,
    "mo-lai": _reopen,
    "huy": _cancel,
}
