"""One task: its parts, its due date with the reason, its history, and what is done with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

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
    PartView,
    ShowTask,
    TaskDetail,
    TaskHistory,
    TaskState,
)
from services.portal.backend import ask, backend, now
from services.portal.format import day
from services.portal.labels import event_words, word
from services.portal.numbers import Number
from services.portal.pages.files import file_links
from services.portal.pages.forms import Action, Input, Invalid, Values, files_input, run_action
from services.portal.pages.plans import OPEN_STATES
from services.portal.pages.reach import Reach, Signed, check_district, directory, place, reach_of
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
async def show_task(request: Request, account: Signed, district: str, plan_id: str, number: Number) -> Response:
    """Show one task."""
    check_district(district)
    answer = await ask(request, ShowTask(district=district, plan_id=plan_id, task_number=number), TaskDetail)
    shown = TaskPage(request=request, reach=reach_of(request, account), detail=answer.view)
    names = {part.unit_id: part.name for part in answer.view.task.parts}
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
        unit_tasks=await unit_tasks_of(request, district, answer.view.task.year, number),
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
    return await run_action(request, await _ACTIONS[verb](shown))


def _unit_input(shown: TaskPage) -> tuple[Input, ...]:
    """Return the choice of the unit for which is reported; without a choice it is the only one."""
    parts = shown.own_parts
    wanted = shown.request.query_params.get("don_vi", "")
    value = wanted if wanted in {part.unit_id for part in parts} else (parts[0].unit_id if len(parts) == 1 else "")
    options = [(part.unit_id, part.name) for part in parts]
    return (Input(name="unit_id", label="Đơn vị", kind="select", value=value, options=options),)


def _facts(shown: TaskPage) -> list[tuple[str, object]]:
    task = shown.detail.task
    return [
        ("Nhiệm vụ", f"{task.number}. {task.content}"),
        ("Hạn", f"{day(task.due_on)} ({word('due_rule', task.due_rule)})"),
    ]


async def _start(shown: TaskPage) -> Action:
    task = shown.detail.task
    return Action(
        title="Bắt đầu thực hiện",
        submit="Bắt đầu",
        path=f"{shown.path}/bat-dau",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=_unit_input(shown),
        build=lambda values: StartTask(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            unit_id=values["unit_id"],
            at=now(shown.request),
        ),
        done="Đã ghi nhận bắt đầu thực hiện.",
        expected_seq=task.seq,
    )


async def _report(shown: TaskPage) -> Action:
    task = shown.detail.task

    def build(values: Values) -> ReportTask:
        if values["percent"] > 100:
            raise Invalid({"percent": "Tiến độ (%): từ 0 đến 100."})
        return ReportTask(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            unit_id=values["unit_id"],
            percent=values["percent"],
            text=values["text"],
            attachments=values["attachments"],
            at=now(shown.request),
        )

    return Action(
        title="Báo cáo tiến độ",
        submit="Gửi báo cáo",
        path=f"{shown.path}/bao-cao",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            *_unit_input(shown),
            Input(name="percent", label="Tiến độ (%)", kind="number", hint="Từ 0 đến 100."),
            Input(name="text", label="Nội dung đã làm", kind="textarea"),
            files_input(shown.request),
        ),
        build=build,
        done="Đã ghi nhận báo cáo tiến độ.",
        expected_seq=task.seq,
        files_to="plans",
        fields={
            "attachment.not_uploaded": "attachments",
            "task.report_missing": "text",
            "text.too_long": "text",
            "task.percent_out_of_range": "percent",
        },
    )


async def _complete(shown: TaskPage) -> Action:
    task = shown.detail.task
    return Action(
        title="Báo cáo hoàn thành",
        submit="Gửi báo cáo hoàn thành",
        path=f"{shown.path}/hoan-thanh",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            *_unit_input(shown),
            Input(name="completed_on", label="Ngày hoàn thành", kind="date"),
            Input(
                name="evidence",
                label="Minh chứng",
                hint="Số, ký hiệu văn bản hoặc tên tài liệu. Ví dụ: 45/BC-UBND ngày 20/03/2020",
            ),
            files_input(shown.request),
            Input(name="note", label="Ghi chú", kind="textarea", is_required=False, rows=3),
        ),
        build=lambda values: CompleteTaskPart(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            unit_id=values["unit_id"],
            completed_on=values["completed_on"],
            evidence=values["evidence"],
            note=values["note"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
        done=f"Đã ghi nhận báo cáo hoàn thành nhiệm vụ số {task.number}.",
        expected_seq=task.seq,
        files_to="plans",
        fields={
            "task.completed_in_future": "completed_on",
            "task.completed_before_issue": "completed_on",
            "task.evidence_missing": "evidence",
            "attachment.not_uploaded": "attachments",
            "text.too_long": "evidence",
        },
    )


async def _extend(shown: TaskPage) -> Action:
    task = shown.detail.task
    return Action(
        title="Đề nghị gia hạn",
        submit="Gửi đề nghị",
        path=f"{shown.path}/gia-han",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            *_unit_input(shown),
            Input(name="wanted_on", label="Xin gia hạn đến ngày", kind="date"),
            Input(name="reason", label="Lý do", kind="textarea"),
        ),
        text="Hạn chỉ thay đổi khi đề nghị được đồng ý; khi đó hạn mới áp dụng cho mọi đơn vị cùng thực hiện.",
        build=lambda values: RequestExtension(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            unit_id=values["unit_id"],
            wanted_on=values["wanted_on"],
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã gửi đề nghị gia hạn.",
        expected_seq=task.seq,
        fields={
            "extension.not_later": "wanted_on",
            "extension.in_past": "wanted_on",
            "task.due_out_of_year": "wanted_on",
            "extension.pending": "unit_id",
            "task.reason_missing": "reason",
            "text.too_long": "reason",
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


def _request_facts(shown: TaskPage, asked: ExtensionView) -> list[tuple[str, object]]:
    return [
        *_facts(shown),
        ("Đơn vị đề nghị", asked.unit_name),
        ("Xin gia hạn đến", day(asked.wanted_on)),
        ("Lý do", asked.reason),
    ]


async def _grant_extension(shown: TaskPage) -> Action:
    task, asked = shown.detail.task, _asked(shown)
    return Action(
        title="Đồng ý gia hạn",
        submit="Đồng ý gia hạn",
        path=f"{shown.path}/dong-y-gia-han?don_vi={asked.unit_id}",
        back_href=shown.path,
        facts=_request_facts(shown, asked),
        inputs=(Input(name="due_on", label="Hạn mới", kind="date", value=day(asked.wanted_on)),),
        text="Hạn mới áp dụng cho mọi đơn vị cùng thực hiện nhiệm vụ.",
        build=lambda values: GrantExtension(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            unit_id=asked.unit_id,
            due_on=values["due_on"],
            at=now(shown.request),
        ),
        done="Đã gia hạn nhiệm vụ.",
        expected_seq=task.seq,
        fields={"extension.not_later": "due_on", "task.due_out_of_year": "due_on"},
    )


async def _refuse_extension(shown: TaskPage) -> Action:
    task, asked = shown.detail.task, _asked(shown)
    return Action(
        title="Không đồng ý gia hạn",
        submit="Không đồng ý",
        path=f"{shown.path}/tu-choi-gia-han?don_vi={asked.unit_id}",
        back_href=shown.path,
        facts=_request_facts(shown, asked),
        inputs=(Input(name="reason", label="Lý do không đồng ý", kind="textarea"),),
        build=lambda values: RefuseExtension(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            unit_id=asked.unit_id,
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã trả lời đề nghị gia hạn.",
        expected_seq=task.seq,
        fields={"task.reason_missing": "reason", "text.too_long": "reason"},
    )


async def _reopen(shown: TaskPage) -> Action:
    task = shown.detail.task
    return Action(
        title="Mở lại nhiệm vụ",
        submit="Mở lại",
        path=f"{shown.path}/mo-lai",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(Input(name="reason", label="Lý do mở lại", kind="textarea"),),
        confirm="Mọi phần việc đã báo cáo hoàn thành sẽ mở lại; điểm đã tính cho nhiệm vụ này bị thu hồi.",
        build=lambda values: ReopenTask(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã mở lại nhiệm vụ.",
        expected_seq=task.seq,
        fields={"task.reason_missing": "reason", "text.too_long": "reason"},
    )


async def _cancel(shown: TaskPage) -> Action:
    task = shown.detail.task
    return Action(
        title="Huỷ nhiệm vụ",
        submit="Huỷ nhiệm vụ",
        path=f"{shown.path}/huy",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", hint="Nêu văn bản căn cứ, nếu có."),),
        confirm="Nhiệm vụ đã huỷ không khôi phục được; các đơn vị sẽ được thông báo.",
        build=lambda values: CancelTask(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã huỷ nhiệm vụ.",
        expected_seq=task.seq,
        fields={"task.reason_missing": "reason", "text.too_long": "reason"},
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
        return AssignTask(
            district=task.district,
            plan_id=task.plan_id,
            task_number=task.number,
            lead_units=values["leads"],
            coordinating_units=values["coordinators"],
            at=now(shown.request),
        )

    return Action(
        title="Giao việc",
        submit="Giao việc",
        path=f"{shown.path}/giao-viec",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            Input(
                name="leads",
                label="Đơn vị chủ trì",
                kind="checks",
                options=options,
                value=[part.unit_id for part in task.parts if part.role == "lead"],
            ),
            Input(
                name="coordinators",
                label="Đơn vị phối hợp",
                kind="checks",
                is_required=False,
                options=options,
                value=[part.unit_id for part in task.parts if part.role != "lead"],
            ),
        ),
        build=build,
        done="Đã giao việc.",
        expected_seq=task.seq,
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
