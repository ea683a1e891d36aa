"""The form of an amendment: the rows of the plan in force, changed, taken out, and new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.plans.commands import COMMANDS, SubmitPlanAmendment
from services.plans.views import PlanBoard, PlanView, ShowPlan, TaskView
from services.portal.backend import ask, do, now
from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.pages.draft_form import ROWS_MAX, Row, field_of, known_names, row_of, task_of
from services.portal.pages.forms import Invalid, changes, command_id_of, day_text
from services.portal.pages.plans import OPEN_STATES, rights_of
from services.portal.pages.reach import Directory, Signed, check_district, directory, place, reach_of
from services.portal.session import form_of, notify
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.codec import to_json
from shared.errors import Rejected
from shared.text import fold

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the form: a task of the plan, or a new one; `was` tells what the task said when the form was made."""

    row: Row
    is_new: bool
    was: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amending:
    """What the form of an amendment holds."""

    reason: str
    number: str
    lines: Sequence[Line]


@router.api_route("/ke-hoach/{district}/{plan_id}/dieu-chinh", methods=["GET", "POST"])
async def amend(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Change rows of the plan in force, add some, take some out, and lay that before the chair."""
    check_district(district)
    board = (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view
    plan = board.plan
    # What was typed while another submitted is shown again with what the command is refused for.
    right = "change" if request.method == "GET" else "follow"
    if not rights_of(reach_of(request, account), plan)[right]:
        raise Rejected("access.denied")
    names = await directory(request, district, plan.year)
    tasks = {task.number: task for task in board.tasks if task.state in OPEN_STATES}
    if request.method == "GET":
        return await _show(request, board, _amending(plan, tasks, names), names, form_id=new_id(), seen=plan.seq)
    form = await form_of(request)
    amending = _typed(form)
    form_id, seen = field_of(form, "form_id") or new_id(), whole(field_of(form, "expected_seq"))
    if form.get("them"):
        number = str(max((one.number for one in board.tasks), default=0) + 1 + _new_rows(amending))
        lines = (*amending.lines, Line(row=Row(number=number), is_new=True))
        return await _show(request, board, replace(amending, lines=lines), names, form_id=form_id, seen=seen)
    try:
        command = _command(request, plan, amending, tasks, names)
    except Invalid as invalid:
        return await _show(
            request, board, amending, names, form_id=form_id, seen=seen, errors=invalid.errors, status_code=422
        )
    path = f"/ke-hoach/{district}/{plan_id}"
    response = RedirectResponse(f"{path}/dieu-chinh/xem", status_code=303)
    try:
        await do(request, response, command, expected_seq=seen, command_id=command_id_of(form_id, command))
    except Rejected as refusal:
        changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
        number = str(refusal.detail.get("task_number", ""))
        at = next((index for index, one in enumerate(amending.lines) if number and one.row.number == number), None)
        field = {"plan.amendment_reason_missing": "reason", "plan.number_malformed": "number"}.get(refusal.code, "")
        return await _show(
            request,
            board,
            amending,
            names,
            form_id=new_id(),
            seen=max((int(str(one["seq"])) for one in changed), default=seen or 0),
            errors={field if at is None else f"row-{at}-content": sentence(refusal.code, refusal.detail)},
            changed=changed,
            status_code=status_of(refusal.code),
        )
    notify(request, response, "Đã trình Chủ tịch nội dung điều chỉnh kế hoạch.")
    return response


async def _show(
    request: Request,
    board: PlanBoard,
    amending: Amending,
    names: Directory,
    *,
    form_id: str,
    seen: int | None,
    errors: Mapping[str, str] | None = None,
    changed: Sequence[Mapping[str, object]] = (),
    status_code: int = 200,
) -> Response:
    plan = board.plan
    return await page(
        request,
        "plans/amend.html",
        status_code=status_code,
        plan=plan,
        place=place(plan.district),
        amending=amending,
        form_id=form_id,
        expected_seq=seen,
        errors=errors or {},
        changed=changed,
        done=[task.number for task in board.tasks if task.state not in OPEN_STATES],
        unit_names=sorted({*names.names.values()}, key=fold),
    )


def _amending(plan: PlanView, tasks: Mapping[int, TaskView], names: Directory) -> Amending:
    """Return the plan as it is, with what was returned still in it."""
    returned = plan.amendment if plan.amendment_status == "returned" else None
    changed = {row.number: row for row in returned.changed} if returned else {}
    removed = set(returned.removed) if returned else set()
    lines = []
    for number, task in sorted(tasks.items()):
        as_it_is = _row(task, names)
        row = row_of(changed[number]) if number in changed else as_it_is
        lines.append(Line(row=replace(row, is_dropped=number in removed), is_new=False, was=_digest(as_it_is)))
    added = returned.added if returned else ()
    lines += [Line(row=row_of(row), is_new=True) for row in added]
    return Amending(
        reason=returned.reason if returned else "",
        number=(returned.number or "") if returned else "",
        lines=lines,
    )


def _row(task: TaskView, names: Directory) -> Row:
    """Return the task as it is typed: the term as the plan states it, sets by their names where they are complete."""
    return Row(
        number=str(task.number),
        quarter=str(task.quarter),
        content=task.content,
        leads=_units(task, "lead", names),
        coordinators=_units(task, "coordinating", names),
        due_on=day_text(task.stated_on),
        due_month=str(task.due_month or ""),
    )


def _units(task: TaskView, role: str, names: Directory) -> str:
    left = {part.unit_id: part.name for part in task.parts if part.role == role}
    found = []
    open_units = {unit.unit_id for unit in names.detail.units if unit.valid_to is None}
    for one in names.detail.sets:
        members = set(one.members) & open_units
        if len(members) > 1 and members <= left.keys():
            found.append(one.name)
            left = {unit: name for unit, name in left.items() if unit not in members}
    return "; ".join((*found, *left.values()))


def _digest(row: Row) -> str:
    parts = (row.quarter, row.content, row.leads, row.coordinators, row.due_on, row.due_month)
    return sha256("\x1f".join(part.strip() for part in parts).encode()).hexdigest()[:16]


def _typed(form: FormData) -> Amending:
    count = whole(field_of(form, "rows")) or 0
    if count > ROWS_MAX:
        raise Rejected("plan.too_many_tasks", limit=ROWS_MAX)
    lines = []
    for index in range(count):
        key = f"row-{index}"
        is_new, is_dropped = field_of(form, f"{key}-was") == "", field_of(form, f"{key}-drop") == "1"
        if is_new and is_dropped:
            continue
        row = Row(
            is_dropped=is_dropped,
            **{
                name: field_of(form, f"{key}-{name}")
                for name in ("number", "quarter", "content", "leads", "coordinators", "due_on", "due_month", "repeats")
            },
        )
        lines.append(Line(row=row, is_new=is_new, was=field_of(form, f"{key}-was")))
    return Amending(reason=field_of(form, "reason"), number=field_of(form, "number"), lines=lines)


def _new_rows(amending: Amending) -> int:
    return sum(line.is_new for line in amending.lines)


def _command(
    request: Request, plan: PlanView, amending: Amending, tasks: Mapping[int, TaskView], names: Directory
) -> SubmitPlanAmendment:
    """Return what was changed as a command. Raises Invalid with the field of each mistake."""
    errors: dict[str, str] = {}
    known = known_names(names)
    added, changed, removed = [], [], []
    if not amending.reason:
        errors["reason"] = "Hãy nhập: Lý do điều chỉnh."
    for index, line in enumerate(amending.lines):
        row = line.row
        if line.is_new:
            if not row.is_blank:
                added.append(task_of(index, row, known, errors))
            continue
        task = tasks.get(whole(row.number) or 0)
        if _digest(row) == line.was and not row.is_dropped:
            continue
        if task is None or _digest(_row(task, names)) != line.was:
            errors[f"row-{index}-content"] = (
                f"Nhiệm vụ {row.number} đã thay đổi trong lúc bạn nhập. Hãy mở lại trang này để xem nội dung mới."
            )
        elif row.is_dropped:
            removed.append(task.number)
        else:
            changed.append({**task_of(index, row, known, errors), "repeats": None})
    if errors:
        raise Invalid(errors)
    body = {
        "district": plan.district,
        "plan_id": plan.plan_id,
        "reason": amending.reason,
        "number": amending.number or None,
        "added": added,
        "changed": changed,
        "removed": removed,
        "at": now(request).isoformat(),
    }
    command = COMMANDS.decode("submit-plan-amendment", to_json(body))
    assert isinstance(command, SubmitPlanAmendment)
    return command
