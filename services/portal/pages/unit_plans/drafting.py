"""Making a unit's plan: a form that begins with the district's tasks, one row each, and saves the draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.plans.commands import AmendUnitPlanDraft, DraftUnitPlan, NewUnitTask
from services.plans.events import DueRule, Unit, UnitRole
from services.plans.rules import TASKS_MAX, quarter_of_month
from services.plans.views import (
    MoveKind,
    PlanBoard,
    ShowPlan,
    ShowUnitPlan,
    TaskState,
    TaskView,
    UnitPlanBoard,
    UnitPlanView,
)
from services.portal.backend import ask, do, now
from services.portal.format import day
from services.portal.labels import sentence
from services.portal.numbers import Year, whole
from services.portal.pages.draft_form import (
    PARTS,
    day_of_row,
    field_of,
    heads_of,
    missing_heads,
    parts_of,
    text_of,
    typed_heads,
    typed_parts,
)
from services.portal.pages.forms import Invalid, changes, command_id_of, day_text
from services.portal.pages.plans import OPEN_STATES
from services.portal.pages.reach import Signed, directory, place
from services.portal.pages.unit_plans.place import DRAFTING, LIST, UnitPlace, unit_place
from services.portal.session import form_of, notify
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

_QUARTERS = ("I", "II", "III", "IV")
# One choice for both: a month lies in its quarter, so the two cannot contradict each other.
TERMS = (
    *((f"quy-{number}", f"Quý {name}") for number, name in enumerate(_QUARTERS, 1)),
    *((f"thang-{number}", f"Tháng {number}") for number in range(1, 13)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the form as typed; `term` is one of TERMS, `due_on` a day, which a month beside it contradicts."""

    number: str = ""
    term: str = ""
    due_on: str = ""
    content: str = ""
    of_task: str = ""
    post: str = ""
    is_dropped: bool = False

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed beside the number, which the form gives itself."""
        return not (self.term or self.due_on or self.content or self.of_task or self.post)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The form as typed; `parts` holds one paragraph a line; no `expected_seq` where nothing is saved yet."""

    heads: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    form_id: str
    expected_seq: int | None = None


@router.api_route(LIST + "/{district}/{year}/{unit_id}/soan", methods=["GET", "POST"])
async def draft_unit_plan(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Begin the unit's plan with the district's tasks, change its draft, or save it."""
    at = unit_place(request, account, district, year, unit_id)
    unit = await _unit(request, at)
    district_plan = await _district_plan(request, at)
    if request.method == "GET":
        plan = await _plan(request, at)
        if plan is not None and plan.status not in DRAFTING:
            return RedirectResponse(at.path, status_code=303)
        draft = prefilled(unit, district_plan) if plan is None else saved(plan)
        return await _show(request, at, unit, district_plan, draft)
    form = await form_of(request)
    draft = typed(form)
    if form.get("them"):
        return await _show(request, at, unit, district_plan, _with_a_row(draft))
    try:
        command = command_of(at, draft, request)
    except Invalid as invalid:
        return await _show(request, at, unit, district_plan, draft, errors=invalid.errors, status_code=422)
    response = RedirectResponse(at.path, status_code=303)
    try:
        command_id = command_id_of(draft.form_id, command)
        await do(request, response, command, expected_seq=draft.expected_seq, command_id=command_id)
    except Rejected as refusal:
        return await _refused(request, at, unit, district_plan, draft, refusal)
    notify(request, response, "Đã lưu dự thảo kế hoạch của đơn vị.")
    return response


async def _unit(request: Request, at: UnitPlace) -> Unit:
    names = await directory(request, at.district, at.year)
    found = next((one for one in names.detail.units if one.unit_id == at.unit_id), None)
    if found is None:
        raise Rejected("page.not_found")
    if not at.may(DraftUnitPlan):
        raise Rejected("access.denied")
    return found


async def _district_plan(request: Request, at: UnitPlace) -> PlanBoard:
    """Return the district's plan in force. Raises Rejected `unit_plan.district_plan_missing`."""
    try:
        board = (await ask(request, ShowPlan(district=at.district, plan_id=str(at.year)), PlanBoard)).view
    except Rejected as refusal:
        if refusal.code == "plan.not_found":
            raise Rejected("unit_plan.district_plan_missing", year=at.year) from refusal
        raise
    if board.plan.status != "issued":
        raise Rejected("unit_plan.district_plan_missing", year=at.year)
    return board


async def _plan(request: Request, at: UnitPlace) -> UnitPlanView | None:
    question = ShowUnitPlan(district=at.district, year=at.year, unit_id=at.unit_id)
    try:
        return (await ask(request, question, UnitPlanBoard)).view.plan
    except Rejected as refusal:
        if refusal.code != "unit_plan.not_found":
            raise
        return None


async def _refused(
    request: Request, at: UnitPlace, unit: Unit, district_plan: PlanBoard, draft: Draft, refusal: Rejected
) -> Response:
    """Show the form with all that was typed, the refusal at its row, and what others changed meanwhile."""
    changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
    seen = max((int(str(one["seq"])) for one in changed), default=draft.expected_seq or 0)
    refused = str(refusal.detail.get("task_number", ""))
    index = next((number for number, row in enumerate(draft.rows) if refused and row.number == refused), None)
    # The refused command is not the one that is sent after a look at what changed.
    again = Draft(
        heads=draft.heads,
        parts=draft.parts,
        rows=draft.rows,
        form_id=new_id(),
        expected_seq=None if draft.expected_seq is None else seen,
    )
    return await _show(
        request,
        at,
        unit,
        district_plan,
        again,
        errors={"" if index is None else f"row-{index}-content": sentence(refusal.code, refusal.detail)},
        changed=changed,
        status_code=status_of(refusal.code),
    )


async def _show(
    request: Request,
    at: UnitPlace,
    unit: Unit,
    district_plan: PlanBoard,
    draft: Draft,
    *,
    errors: Mapping[str, str] | None = None,
    changed: Sequence[Mapping[str, object]] = (),
    status_code: int = 200,
) -> Response:
    tasks = [task for task in district_plan.tasks if task.state is not TaskState.CANCELLED]
    return await page(
        request,
        "unit_plans/editor.html",
        status_code=status_code,
        draft=draft,
        unit=unit,
        year=at.year,
        place=place(at.district),
        path=f"{at.path}/soan",
        back_href=at.path if draft.expected_seq is not None else f"{LIST}/{at.district}/{at.year}",
        district_plan=district_plan.plan,
        district_plan_path=f"/ke-hoach/{at.district}/{district_plan.plan.plan_id}",
        term_options=TERMS,
        task_options=[(str(task.number), f"{task.number}. {_short(task.content)}") for task in tasks],
        parts=PARTS,
        errors=errors or {},
        changed=changed,
    )


def _short(text: str, limit: int = 90) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


# -- what the form begins with --------------------------------------------------------------------


def prefilled(unit: Unit, district_plan: PlanBoard) -> Draft:
    """Return a draft with one row for each open task of the district in which the unit takes part."""
    plan = district_plan.plan
    issued = f"Kế hoạch số {plan.number} ngày {day(plan.issued_on)} của {plan.text.issuer}"
    rows = [
        _row_of(number, task, unit.unit_id)
        for number, task in enumerate(
            (
                task
                for task in district_plan.tasks
                if task.state in OPEN_STATES and any(part.unit_id == unit.unit_id for part in task.parts)
            ),
            1,
        )
    ]
    return Draft(
        heads={
            "title": f"Triển khai công tác thi đua, khen thưởng năm {plan.year}",
            "issuer": unit.name,
            "place": plan.text.place or "",
        },
        parts={"bases": f"{issued} về {plan.text.title[0].lower()}{plan.text.title[1:]}"},
        rows=rows or (Row(number="1"),),
        form_id=new_id(),
    )


def _row_of(number: int, task: TaskView, unit_id: str) -> Row:
    """Return the unit's row for the district's task; due as the task is, said as its part in it is."""
    part = next(part for part in task.parts if part.unit_id == unit_id)
    leads = ", ".join(one.name for one in task.parts if one.role is UnitRole.LEAD)
    content = task.content
    if part.role is UnitRole.COORDINATING and len(leads) <= 200:
        content = f"Phối hợp với {leads}: {task.content[0].lower()}{task.content[1:]}"
    # More time than the plan gives is a day of its own.
    is_stated = task.due_rule is DueRule.DATE or (task.due_move and task.due_move.kind is MoveKind.EXTENSION)
    due_on = task.due_on if is_stated else None
    return Row(
        number=str(number),
        term=_term(task.quarter, task.due_month, due_on),
        due_on=day_text(due_on),
        content=content,
        of_task=str(task.number),
    )


def _term(quarter: int, month: int | None, due_on: date | None) -> str:
    """Return the choice that stands for the term: beside a day the quarter alone, for a day and a month are refused."""
    return f"thang-{month}" if month is not None and due_on is None else f"quy-{quarter}"


def saved(plan: UnitPlanView) -> Draft:
    """Return the saved draft as it is typed."""
    return Draft(
        heads=heads_of(plan.text, plan.number),
        parts=parts_of(plan.text),
        rows=[
            Row(
                number=str(task.number),
                term=_term(task.quarter, task.due_month, task.due_on),
                due_on=day_text(task.due_on),
                content=task.content,
                of_task=str(task.of_task or ""),
                post=task.post,
            )
            for task in plan.draft
        ],
        form_id=new_id(),
        expected_seq=plan.seq,
    )


# -- what was typed -------------------------------------------------------------------------------


def typed(form: FormData) -> Draft:
    """Return the form as it was sent. Raises Rejected `plan.too_many_tasks`: no row is ever left out."""
    count = whole(field_of(form, "rows")) or 0
    if count > TASKS_MAX:
        raise Rejected("plan.too_many_tasks", limit=TASKS_MAX)
    rows = [
        Row(
            number=field_of(form, f"row-{index}-number"),
            term=field_of(form, f"row-{index}-term"),
            due_on=field_of(form, f"row-{index}-due_on"),
            content=field_of(form, f"row-{index}-content"),
            of_task=field_of(form, f"row-{index}-of_task"),
            post=field_of(form, f"row-{index}-post"),
            is_dropped=field_of(form, f"row-{index}-drop") == "1",
        )
        for index in range(count)
    ]
    return Draft(
        heads=typed_heads(form),
        parts=typed_parts(form),
        rows=tuple(row for row in rows if not row.is_dropped),
        form_id=field_of(form, "form_id") or new_id(),
        expected_seq=whole(field_of(form, "expected_seq")),
    )


def _with_a_row(draft: Draft) -> Draft:
    if len(draft.rows) == TASKS_MAX:
        raise Rejected("plan.too_many_tasks", limit=TASKS_MAX)
    number = max((whole(row.number) or 0 for row in draft.rows), default=0) + 1
    return Draft(
        heads=draft.heads,
        parts=draft.parts,
        rows=(*draft.rows, Row(number=str(number))),
        form_id=draft.form_id,
        expected_seq=draft.expected_seq,
    )


def command_of(at: UnitPlace, draft: Draft, request: Request) -> DraftUnitPlan | AmendUnitPlanDraft:
    """Return the command that saves what was typed. Raises Invalid with the field of each mistake."""
    errors = missing_heads(draft.heads)
    # A row in which nothing was typed is one that somebody added and did not need.
    rows = [(index, row) for index, row in enumerate(draft.rows) if not row.is_blank]
    tasks = [_task(index, row, errors) for index, row in rows]
    if not tasks:
        errors["row-0-content"] = "Kế hoạch phải có ít nhất một nhiệm vụ."
    if errors:
        raise Invalid(errors)
    said: dict[str, Any] = {
        "district": at.district,
        "year": at.year,
        "unit_id": at.unit_id,
        "text": text_of(draft.heads, draft.parts),
        "tasks": tuple(task for task in tasks if task is not None),
        "number": draft.heads.get("number") or None,
        "at": now(request),
    }
    kind = DraftUnitPlan if draft.expected_seq is None else AmendUnitPlanDraft
    return kind(**said)


def _task(index: int, row: Row, errors: dict[str, str]) -> NewUnitTask | None:
    """Return the row's task, or None and what is wrong with it."""
    key, where = f"row-{index}", f"Nhiệm vụ {row.number or index + 1}"
    number = whole(row.number)
    if number is None:
        errors[f"{key}-number"] = f"{where}: hãy nhập số thứ tự."
    if not row.content:
        errors[f"{key}-content"] = f"{where}: hãy nhập nội dung."
    due_on = day_of_row(row.due_on, key, where, errors)
    kind, _, last = row.term.partition("-")
    term = int(last) if row.term in dict(TERMS) else 0
    if not term and due_on is None:
        errors.setdefault(f"{key}-term", f"{where}: hãy chọn quý hoặc tháng, hoặc nhập ngày hạn.")
    if number is None or not row.content or not (term or due_on):
        return None
    month = term if kind == "thang" and term else None
    quarter = quarter_of_month(month or (due_on.month if due_on and not term else 1)) if kind != "quy" else term
    return NewUnitTask(
        number=number,
        quarter=quarter,
        content=row.content,
        due_month=month,
        due_on=due_on,
        post=row.post,
        of_task=whole(row.of_task) or None,
    )
