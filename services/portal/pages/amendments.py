"""An issued plan amended, its versions, and the end of its year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.plans.commands import COMMANDS, AmendPlan, ClosePlan, ReturnPlanAmendment, SubmitPlanAmendment
from services.plans.events import DraftTask
from services.plans.views import (
    PlanBoard,
    PlanVersion,
    PlanVersionView,
    PlanView,
    ShowPlan,
    ShowPlanVersion,
    TaskVersionView,
    TaskView,
)
from services.portal.backend import ask, do, now
from services.portal.format import day
from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.pages.draft_form import ROWS_MAX, Row, field_of, known_names, row_of, task_of
from services.portal.pages.forms import Action, Input, Invalid, changes, command_id_of, day_text, run_action
from services.portal.pages.plans import OPEN_STATES, rights_of
from services.portal.pages.reach import Directory, Signed, check_district, directory, place, reach_of
from services.portal.session import form_of, notify, portal
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.codec import to_json
from shared.errors import Rejected
from shared.text import fold

router = APIRouter(include_in_schema=False)

QUARTERS = ("I", "II", "III", "IV")


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


# -- the form -----------------------------------------------------------------------------------


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


# -- what lies before the chair -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an amendment does to one task: its sort, and (what, before, after) for each thing that differs."""

    number: int
    sort: str
    content: str
    parts: Sequence[tuple[str, str, str]]


@router.get("/ke-hoach/{district}/{plan_id}/dieu-chinh/xem")
async def show_amendment(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Show the changes that were submitted, each beside what is in force."""
    check_district(district)
    board = await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)
    plan = board.view.plan
    if plan.amendment is None:
        raise Rejected("plan.amendment_not_found", plan_id=plan_id[:80])
    return await page(
        request,
        "plans/amendment.html",
        fresh=board.fresh,
        plan=plan,
        amendment=plan.amendment,
        place=place(district),
        rights=rights_of(reach_of(request, account), plan),
        differences=_differences(plan, board.view.tasks),
    )


def _differences(plan: PlanView, tasks: Iterable[TaskView]) -> list[Difference]:
    known = {task.number: task for task in tasks}
    assert plan.amendment is not None
    found = [
        Difference(number=row.number, sort="Bổ sung", content=row.content, parts=_said(row))
        for row in plan.amendment.added
    ]
    for row in plan.amendment.changed:
        task = known.get(row.number)
        parts = _changed(row, task) if task else _said(row)
        found.append(Difference(number=row.number, sort="Điều chỉnh", content=row.content, parts=parts))
    for number in plan.amendment.removed:
        content = known[number].content if number in known else ""
        found.append(Difference(number=number, sort="Đưa ra khỏi kế hoạch", content=content, parts=()))
    return sorted(found, key=lambda one: one.number)


def _said(row: DraftTask) -> list[tuple[str, str, str]]:
    parts = [("Hạn", "", term_words(row)), ("Chủ trì", "", _names(row.leads))]
    return [*parts, ("Phối hợp", "", _names(row.coordinators))] if row.coordinators else parts


def _changed(row: DraftTask, task: TaskView) -> list[tuple[str, str, str]]:
    before = replace(row, quarter=task.quarter, due_on=task.stated_on, due_month=task.due_month, repeats=None)
    parts = [
        ("Nội dung", task.content, row.content),
        ("Hạn", f"{term_words(before)} ({day(task.due_on)})", f"{term_words(row)}"),
        ("Chủ trì", _parts(task, "lead"), _names(row.leads)),
        ("Phối hợp", _parts(task, "coordinating"), _names(row.coordinators)),
    ]
    same_term = term_words(before) == term_words(row)
    return [one for one in parts if one[1] != one[2] and not (one[0] == "Hạn" and same_term)]


def term_words(row: DraftTask) -> str:
    """Return when the row is to be done, as a plan says it."""
    words = day(row.due_on) if row.due_on else f"tháng {row.due_month}" if row.due_month else ""
    words = words or f"quý {QUARTERS[row.quarter - 1]}"
    return words if row.repeats is None else f"từ {words}, {'hằng tháng' if row.repeats == 'monthly' else 'hằng quý'}"


def _names(units: Iterable[Any]) -> str:
    return "; ".join(unit.name for unit in units)


def _parts(task: TaskView, role: str) -> str:
    return "; ".join(part.name for part in task.parts if part.role == role)


@router.api_route("/ke-hoach/{district}/{plan_id}/dieu-chinh/ban-hanh", methods=["GET", "POST"])
async def put_in_force(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Put the changes in force under the number of their document."""
    plan = await _submitted(request, district, plan_id)
    assert plan.amendment is not None
    path = f"/ke-hoach/{district}/{plan_id}"
    return await run_action(
        request,
        Action(
            title=f"Ban hành điều chỉnh lần {plan.amendment.version - 1}",
            submit="Ban hành điều chỉnh",
            path=f"{path}/dieu-chinh/ban-hanh",
            back_href=f"{path}/dieu-chinh/xem",
            onward=path,
            state_line=plan.text.title,
            facts=_facts(plan),
            inputs=(
                Input(
                    name="number",
                    label="Số, ký hiệu",
                    value=plan.amendment.number or "",
                    hint="Ví dụ: 45/KH-UBND",
                ),
                Input(
                    name="amended_on",
                    label="Ngày ban hành",
                    kind="date",
                    value=portal(request).clock.today().strftime("%d/%m/%Y"),
                ),
            ),
            confirm="Nhiệm vụ, hạn và đơn vị thay đổi ngay; lần ban hành trước vẫn được lưu để xem lại.",
            build=lambda values: AmendPlan(
                district=district,
                plan_id=plan_id,
                number=values["number"],
                amended_on=values["amended_on"],
                at=now(request),
            ),
            done="Đã ban hành điều chỉnh kế hoạch.",
            expected_seq=plan.seq,
            fields={
                "plan.number_malformed": "number",
                "plan.number_used": "number",
                "plan.issued_in_future": "amended_on",
                "plan.amended_before_version": "amended_on",
                "task.due_before_amendment": "amended_on",
            },
        ),
    )


@router.api_route("/ke-hoach/{district}/{plan_id}/dieu-chinh/tra-lai", methods=["GET", "POST"])
async def send_back(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Send the changes back with the reason."""
    plan = await _submitted(request, district, plan_id)
    path = f"/ke-hoach/{district}/{plan_id}"
    return await run_action(
        request,
        Action(
            title="Trả lại nội dung điều chỉnh",
            submit="Trả lại",
            path=f"{path}/dieu-chinh/tra-lai",
            back_href=f"{path}/dieu-chinh/xem",
            onward=path,
            state_line=plan.text.title,
            facts=_facts(plan),
            inputs=(Input(name="reason", label="Lý do trả lại", kind="textarea", hint="Nêu rõ nội dung cần sửa."),),
            build=lambda values: ReturnPlanAmendment(
                district=district, plan_id=plan_id, reason=values["reason"], at=now(request)
            ),
            done="Đã trả lại nội dung điều chỉnh cho Phòng Nội vụ.",
            expected_seq=plan.seq,
            fields={"plan.reason_missing": "reason", "text.too_long": "reason"},
        ),
    )


async def _submitted(request: Request, district: str, plan_id: str) -> PlanView:
    check_district(district)
    plan = (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view.plan
    if plan.amendment is None:
        raise Rejected("plan.amendment_not_found", plan_id=plan_id[:80])
    return plan


def _facts(plan: PlanView) -> list[tuple[str, object]]:
    assert plan.amendment is not None
    return [
        ("Lý do điều chỉnh", plan.amendment.reason),
        ("Bổ sung", f"{len(plan.amendment.added)} nhiệm vụ"),
        ("Điều chỉnh", f"{len(plan.amendment.changed)} nhiệm vụ"),
        ("Đưa ra khỏi kế hoạch", f"{len(plan.amendment.removed)} nhiệm vụ"),
    ]


# -- the versions -------------------------------------------------------------------------------


@router.get("/ke-hoach/{district}/{plan_id}/phien-ban")
@router.get("/ke-hoach/{district}/{plan_id}/phien-ban/{version}")
async def show_version(request: Request, account: Signed, district: str, plan_id: str, version: str = "") -> Response:
    """Show the plan as one of its documents had it; without a number as the newest has it."""
    check_district(district)
    wanted = whole(version)
    if version and wanted is None:
        raise Rejected("page.not_found")
    answer = await ask(request, ShowPlanVersion(district=district, plan_id=plan_id, version=wanted), PlanVersion)
    shown = answer.view
    current = next(one for one in shown.versions if one.version == shown.version)
    names = await directory(request, district, shown.plan.year)
    return await page(
        request,
        "plans/version.html",
        fresh=answer.fresh,
        plan=shown.plan,
        place=place(district),
        versions=shown.versions,
        current=current,
        bands=[
            (number, [task for task in shown.tasks if task.quarter == number])
            for number in (1, 2, 3, 4)
            if any(task.quarter == number for task in shown.tasks)
        ],
        tasks=len(shown.tasks),
        differences=_differences_of(current, shown.tasks, names),
    )


def _differences_of(version: PlanVersionView, tasks: Iterable[TaskVersionView], names: Directory) -> list[Difference]:
    now_is = {task.number: task for task in tasks}
    found = [
        Difference(number=row.number, sort="Bổ sung", content=row.content, parts=_said(row)) for row in version.added
    ]
    for change in version.changes:
        task = now_is[change.number]
        parts = [
            ("Nội dung", change.content_before, task.content),
            ("Hạn", day(change.due_on_before), day(task.due_on)),
            ("Đơn vị thôi thực hiện", "; ".join(names.unit(one) for one in change.units_removed), ""),
            ("Đơn vị thêm", "", "; ".join(names.unit(one) for one in change.units_added)),
        ]
        parts = [one for one in parts if one[1] != one[2]]
        found.append(Difference(number=change.number, sort="Điều chỉnh", content=task.content, parts=parts))
    found += [
        Difference(number=task.number, sort="Đưa ra khỏi kế hoạch", content=task.content, parts=())
        for task in version.left
    ]
    return sorted(found, key=lambda one: one.number)


# -- the end of the year ------------------------------------------------------------------------


@router.api_route("/ke-hoach/{district}/{plan_id}/ket-thuc", methods=["GET", "POST"])
async def close_plan(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """End the plan's year; what is open is carried on for a reason."""
    check_district(district)
    board = (await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)).view
    plan, path = board.plan, f"/ke-hoach/{district}/{plan_id}"
    open_tasks = [task for task in board.tasks if task.state in OPEN_STATES]
    facts: list[tuple[str, object]] = [("Nhiệm vụ chưa xong", len(open_tasks))]
    facts += [(f"Nhiệm vụ {task.number}", f"{task.content} (hạn {day(task.due_on)})") for task in open_tasks]
    carry = Input(
        name="carry",
        label="Lý do chuyển các nhiệm vụ chưa xong sang năm sau",
        kind="textarea",
        rows=3,
        hint="Bắt buộc khi còn nhiệm vụ chưa xong; nếu không chuyển, hãy báo hoàn thành hoặc huỷ từng nhiệm vụ trước.",
    )
    return await run_action(
        request,
        Action(
            title=f"Kết thúc kế hoạch năm {plan.year}",
            submit="Kết thúc kế hoạch",
            path=f"{path}/ket-thuc",
            back_href=path,
            state_line=plan.text.title,
            facts=facts,
            inputs=(carry,) if open_tasks else (),
            confirm="Sau khi kết thúc, kế hoạch và các nhiệm vụ chỉ còn để xem, không thay đổi được nữa.",
            build=lambda values: ClosePlan(
                district=district, plan_id=plan_id, carry=values.get("carry") or "", at=now(request)
            ),
            done=f"Đã kết thúc kế hoạch năm {plan.year}.",
            expected_seq=plan.seq,
            fields={"plan.tasks_open": "carry", "text.too_long": "carry"},
        ),
    )
