"""One task: its parts, its due date with the reason, its history, and what is done with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    AssignTask,
    CancelTask,
    CompleteTaskPart,
    GrantExtension,
    RefuseExtension,
    ReopenTask,
    ReportTask,
    RequestExtension,
    StartTask,
)
from services.plans.views import (
    ExtensionState,
    ExtensionView,
    ListTaskActivities,
    PartView,
    ShowTask,
    TaskActivities,
    TaskDetail,
    TaskHistory,
    TaskState,
)
from services.portal.backend import ask, ask_or_none, backend, now
from services.portal.format import day
from services.portal.labels import event_words
from services.portal.numbers import Number
from services.portal.pages.activities import number_in, pages_href
from services.portal.pages.files import file_links
from services.portal.pages.forms import Action, Facts, Input, Invalid, Values, files_input, run_action
from services.portal.pages.plans import OPEN_STATES
from services.portal.pages.reach import Reach, Signed, check_district, directory, place, reach_of
from services.portal.pages.task_forms import REASON_FIELDS, TaskForm
from services.portal.pages.unit_plans.elsewhere import unit_tasks_of
from services.portal.shell import page
from shared.errors import Rejected
from shared.types import Role

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One task with who looks at it: what its page and its actions are made of."""

    request: Request
    reach: Reach
    detail: TaskDetail

    @property
    def path(self) -> str:
        """Return the address of the task."""
        task = self.detail.task
        return f"/nhiem-vu/{task.district}/{task.plan_id}/{task.number}"

    @property
    def form(self) -> TaskForm:
        """Return what its forms are made of."""
        return TaskForm(path=self.path, today=self.reach.today, task=self.detail.task)

    @property
    def form_of_unit(self) -> TaskForm:
        """Return what the forms are made of in which one unit speaks."""
        return replace(self.form, first=(_unit_input(self),))

    @property
    def named(self) -> dict[str, Any]:
        """Return what every command names: the task, and the business time."""
        task = self.detail.task
        return {
            "district": task.district,
            "plan_id": task.plan_id,
            "task_number": task.number,
            "at": now(self.request),
        }

    @property
    def own_parts(self) -> list[PartView]:
        """Return the open parts for which the person may report; none of a task that goes no further."""
        task = self.detail.task
        if task.state is TaskState.CANCELLED or self.detail.plan.closed_on is not None:
            return []
        return [
            part for part in task.parts if part.done_on is None and self.reach.speaks_for(task.district, part.unit_id)
        ]

    @property
    def answerable(self) -> list[ExtensionView]:
        """Return the requests for more time that the person may answer: open ones that somebody else wrote."""
        task = self.detail.task
        if not self.reach.has(Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, district=task.district):
            return []
        me = self.reach.account.actor.account_id
        return [one for one in task.extensions if one.state is ExtensionState.PENDING and one.by != me]

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the task as it is now."""
        task = self.detail.task
        is_open = task.state in OPEN_STATES
        if self.detail.plan.closed_on is not None:
            return dict.fromkeys(("start", "report", "complete", "extend", "assign", "reopen", "cancel"), False)
        arranges = self.reach.has(Role.HOME_AFFAIRS, district=task.district)
        decides = self.reach.has(Role.DISTRICT_CHAIR, district=task.district)
        own = self.own_parts
        return {
            "start": any(part.started_on is None for part in own),
            "report": bool(own),
            "complete": bool(own),
            "extend": is_open and bool(own),
            "assign": arranges and is_open,
            "reopen": arranges and task.state is not TaskState.CANCELLED and any(part.done_on for part in task.parts),
            "cancel": (arranges or decides) and is_open,
        }


@router.get("/nhiem-vu/{district}/{plan_id}/{number}")
async def show_task(
    request: Request, account: Signed, district: str, plan_id: str, number: Number, trang_dien_bien: str = ""
) -> Response:
    """Show one task with a page of its history."""
    check_district(district)
    history_page = number_in(trang_dien_bien)
    question = ShowTask(district=district, plan_id=plan_id, task_number=number, history_page=history_page)
    answer = await ask(request, question, TaskDetail)
    shown = TaskPage(request=request, reach=reach_of(request, account), detail=answer.view)
    names = {part.unit_id: part.name for part in answer.view.task.parts}
    carried_out_by = await ask_or_none(
        request, ListTaskActivities(district=district, plan_id=plan_id, task_number=number), TaskActivities
    )
    return await page(
        request,
        "plans/task.html",
        fresh=answer.fresh,
        detail=answer.view,
        task=answer.view.task,
        plan=answer.view.plan,
        place=place(district),
        path=shown.path,
        rights=shown.rights(),
        own_units={part.unit_id for part in shown.own_parts},
        answerable={one.unit_id for one in shown.answerable},
        # Whoever reports on a phone finds the own part first.
        parts=sorted(answer.view.task.parts, key=lambda part: part.unit_id not in shown.reach.units(district)),
        timeline_entries=[await _entry(request, one, names) for one in answer.view.history],
        history_href=pages_href(shown.path, "trang_dien_bien", "dien-bien"),
        unit_tasks=await unit_tasks_of(request, district, answer.view.task.year, number),
        carried_out_by=carried_out_by.view if carried_out_by else None,
    )


async def _entry(request: Request, one: TaskHistory, names: dict[str, str]) -> dict[str, object]:
    """Return one event in plain words; a unit's report is said by the unit, the rest by who did it."""
    unit = names.get(one.unit_id or "", "")
    person = await backend(request).name_of(one.by)
    if one.type == "TaskCompleted":
        return {
            "at": one.at,
            "who": "",
            "text": event_words(one.type)[0].upper() + event_words(one.type)[1:],
            "note": one.text,
        }
    return {
        "at": one.at,
        "who": unit or person,
        "text": event_words(one.type),
        "note": " · ".join(part for part in (one.text, f"Người thực hiện: {person}" if unit else "") if part),
        "files": file_links("plans", one.attachments),
    }


@router.api_route("/nhiem-vu/{district}/{plan_id}/{number}/{verb}", methods=["GET", "POST"])
async def act_on_task(
    request: Request, account: Signed, district: str, plan_id: str, number: Number, verb: str
) -> Response:
    """Do one thing with the task."""
    check_district(district)
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    answer = await ask(request, ShowTask(district=district, plan_id=plan_id, task_number=number), TaskDetail)
    shown = TaskPage(request=request, reach=reach_of(request, account), detail=answer.view)
    action = await _ACTIONS[verb](shown)
    if action.expected_seq is not None and (seen := answer.reached.get("PLANS")):
        # Whether the task changed meanwhile is looked for behind what is shown, not in all that the plan has seen since
        # the task changed last.
        action = replace(action, expected_seq=max(action.expected_seq, seen[0]))
    return await run_action(request, action)


def _unit_input(shown: TaskPage) -> Input:
    """Return the choice of the unit for which is reported; without a choice it is the only one."""
    parts = shown.own_parts
    wanted = shown.request.query_params.get("don_vi", "")
    value = wanted if wanted in {part.unit_id for part in parts} else (parts[0].unit_id if len(parts) == 1 else "")
    options = [(part.unit_id, part.name) for part in parts]
    return Input(name="unit_id", label="Đơn vị", kind="select", value=value, options=options)


async def _start(shown: TaskPage) -> Action:
    return shown.form_of_unit.action(
        "bat-dau",
        title="Bắt đầu thực hiện",
        submit="Bắt đầu",
        build=lambda values: StartTask(unit_id=values["unit_id"], **shown.named),
        done="Đã ghi nhận bắt đầu thực hiện.",
    )


async def _report(shown: TaskPage) -> Action:
    return shown.form_of_unit.report(
        lambda values: ReportTask(
            unit_id=values["unit_id"],
            percent=values["percent"],
            text=values["text"],
            attachments=values["attachments"],
            **shown.named,
        ),
        files_input(shown.request),
    )


async def _complete(shown: TaskPage) -> Action:
    return shown.form_of_unit.completion(
        lambda values: CompleteTaskPart(
            unit_id=values["unit_id"],
            completed_on=values["completed_on"],
            evidence=values["evidence"],
            note=values["note"],
            attachments=values["attachments"],
            **shown.named,
        ),
        files_input(shown.request),
        done=f"Đã ghi nhận báo cáo hoàn thành nhiệm vụ số {shown.detail.task.number}.",
    )


async def _extend(shown: TaskPage) -> Action:
    return shown.form_of_unit.action(
        "gia-han",
        title="Đề nghị gia hạn",
        submit="Gửi đề nghị",
        inputs=(
            Input(name="wanted_on", label="Xin gia hạn đến ngày", kind="date"),
            Input(name="reason", label="Lý do", kind="textarea"),
        ),
        text="Hạn chỉ thay đổi khi đề nghị được đồng ý; khi đó hạn mới áp dụng cho mọi đơn vị cùng thực hiện.",
        build=lambda values: RequestExtension(
            unit_id=values["unit_id"], wanted_on=values["wanted_on"], reason=values["reason"], **shown.named
        ),
        done="Đã gửi đề nghị gia hạn.",
        fields={
            "extension.not_later": "wanted_on",
            "extension.in_past": "wanted_on",
            "task.due_out_of_year": "wanted_on",
            "extension.pending": "unit_id",
            **REASON_FIELDS,
        },
    )


def _asked(shown: TaskPage) -> ExtensionView:
    """Return the request that is answered: the one named in the address, else the oldest. Raises Rejected."""
    task = shown.detail.task
    wanted = shown.request.query_params.get("don_vi", "")
    found = [one for one in shown.answerable if wanted in ("", one.unit_id)]
    if not found:
        raise Rejected("extension.not_found", task_number=task.number, unit_id=wanted[:80])
    return found[0]


def _request_facts(asked: ExtensionView) -> Facts:
    return (
        ("Đơn vị đề nghị", asked.unit_name),
        ("Xin gia hạn đến", day(asked.wanted_on)),
        ("Lý do", asked.reason),
    )


async def _grant_extension(shown: TaskPage) -> Action:
    asked = _asked(shown)
    return shown.form.action(
        f"dong-y-gia-han?don_vi={asked.unit_id}",
        title="Đồng ý gia hạn",
        submit="Đồng ý gia hạn",
        facts=_request_facts(asked),
        inputs=(Input(name="due_on", label="Hạn mới", kind="date", value=day(asked.wanted_on)),),
        text="Hạn mới áp dụng cho mọi đơn vị cùng thực hiện nhiệm vụ.",
        build=lambda values: GrantExtension(unit_id=asked.unit_id, due_on=values["due_on"], **shown.named),
        done="Đã gia hạn nhiệm vụ.",
        fields={"extension.not_later": "due_on", "task.due_out_of_year": "due_on"},
    )


async def _refuse_extension(shown: TaskPage) -> Action:
    asked = _asked(shown)
    return shown.form.action(
        f"tu-choi-gia-han?don_vi={asked.unit_id}",
        title="Không đồng ý gia hạn",
        submit="Không đồng ý",
        facts=_request_facts(asked),
        inputs=(Input(name="reason", label="Lý do không đồng ý", kind="textarea"),),
        build=lambda values: RefuseExtension(unit_id=asked.unit_id, reason=values["reason"], **shown.named),
        done="Đã trả lời đề nghị gia hạn.",
        fields=REASON_FIELDS,
    )


async def _reopen(shown: TaskPage) -> Action:
    return shown.form.reopening(
        lambda values: ReopenTask(reason=values["reason"], **shown.named),
        confirm="Mọi phần việc đã báo cáo hoàn thành sẽ mở lại; điểm đã tính cho nhiệm vụ này bị thu hồi.",
    )


async def _cancel(shown: TaskPage) -> Action:
    return shown.form.cancelling(
        lambda values: CancelTask(reason=values["reason"], **shown.named),
        confirm="Nhiệm vụ đã huỷ không khôi phục được; các đơn vị sẽ được thông báo.",
    )


async def _assign(shown: TaskPage) -> Action:
    task = shown.detail.task
    names = await directory(shown.request, task.district, task.year)
    options = names.unit_options(on=shown.reach.today)

    def build(values: Values) -> AssignTask:
        both = set(values["leads"]) & set(values["coordinators"])
        if both:
            name = names.unit(min(both))
            raise Invalid({"coordinators": f"{name} không thể vừa chủ trì vừa phối hợp."})
        return AssignTask(lead_units=values["leads"], coordinating_units=values["coordinators"], **shown.named)

    return shown.form.action(
        "giao-viec",
        title="Giao việc",
        submit="Giao việc",
        inputs=(
            Input(
                name="leads",
                label="Đơn vị chủ trì",
                kind="checks",
                options=options,
                names=names.names,
                value=[part.unit_id for part in task.parts if part.role == "lead"],
            ),
            Input(
                name="coordinators",
                label="Đơn vị phối hợp",
                kind="checks",
                is_required=False,
                options=options,
                names=names.names,
                value=[part.unit_id for part in task.parts if part.role != "lead"],
            ),
        ),
        build=build,
        done="Đã giao việc.",
        fields={
            "task.unit_missing": "leads",
            "unit.not_found": "leads",
            "unit.closed": "leads",
            "unit.not_yet_open": "leads",
        },
    )


_ACTIONS: dict[str, Callable[[TaskPage], Awaitable[Action]]] = {
    "bat-dau": _start,
    "bao-cao": _report,
    "hoan-thanh": _complete,
    "gia-han": _extend,
    "dong-y-gia-han": _grant_extension,
    "tu-choi-gia-han": _refuse_extension,
    "mo-lai": _reopen,
    "huy": _cancel,
    "giao-viec": _assign,
}
