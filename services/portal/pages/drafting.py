"""Drafting a plan: read a document or begin with nothing, look at what was read, change rows, save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.plans.commands import COMMANDS, AmendDraft, DraftPlan
from services.plans.views import ParsedPlan, ParsePlan, PlanBoard, PlanView, PlanWarning, ShowPlan
from services.portal.backend import ask, do, now
from services.portal.labels import sentence, word
from services.portal.numbers import whole, year_in
from services.portal.pages.forms import Invalid, changes, command_id_of, day_text, parse_day, read_text_file
from services.portal.pages.reach import (
    Directory,
    Reach,
    Signed,
    check_district,
    directory,
    districts_of,
    place,
    reach_of,
    years,
)
from services.portal.session import form_of, notify
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.codec import to_json
from shared.errors import Rejected
from shared.text import fold, nfc
from shared.types import Role

router = APIRouter(include_in_schema=False)

DOCUMENT_BYTES_MAX = 300_000
ROWS_MAX = 500  # as many as a plan has tasks
PARTS = (
    ("bases", "Căn cứ"),
    ("purposes", "Mục đích"),
    ("requirements", "Yêu cầu"),
    ("solutions", "Giải pháp"),
    ("organisation", "Tổ chức thực hiện"),
    ("recipients", "Nơi nhận"),
)
HEADS = ("title", "number", "issuer", "place", "signer_name", "signer_post", "signer_on_behalf_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the editor as typed: units by name, separated by semicolons."""

    number: str = ""
    quarter: str = ""
    content: str = ""
    leads: str = ""
    coordinators: str = ""
    due_on: str = ""
    is_dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The editor's content as typed; `parts` holds one paragraph a line."""

    heads: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """What an editor page is about: a new plan, or a draft that is there already."""

    district: str
    year: int
    plan_id: str
    is_new: bool
    form_id: str
    expected_seq: int | None = None

    @property
    def path(self) -> str:
        """Return where the form goes."""
        return "/ke-hoach/soan" if self.is_new else f"/ke-hoach/{self.district}/{self.plan_id}/sua"

    @property
    def back_href(self) -> str:
        """Return where the person came from."""
        return "/ke-hoach/soan" if self.is_new else f"/ke-hoach/{self.district}/{self.plan_id}"


@router.get("/ke-hoach/soan")
async def begin_draft(request: Request, account: Signed) -> Response:
    """Ask for the document to read, or begin with an empty table."""
    return await _begin(request, reach_of(request, account), {})


@router.post("/ke-hoach/soan")
async def read_or_save_draft(request: Request, account: Signed) -> Response:
    """Read the document and show what it says, change the table, or save a new draft."""
    reach = reach_of(request, account)
    form = await form_of(request)
    district, year = _field(form, "district"), year_in(_field(form, "year"))
    if district not in _districts(reach) or year is None:
        raise Rejected("request.invalid", fields=["district", "year"])
    editor = Editor(
        district=district,
        year=year,
        plan_id=str(year),
        is_new=True,
        form_id=_field(form, "form_id") or new_id(),
    )
    names = await directory(request, district, editor.year)
    if _field(form, "step") == "read":
        return await _read(request, reach, form, editor, names)
    return await _edit(request, form, editor, names)


@router.api_route("/ke-hoach/{district}/{plan_id}/sua", methods=["GET", "POST"])
async def amend_draft(request: Request, account: Signed, district: str, plan_id: str) -> Response:
    """Change the draft that is there."""
    check_district(district)
    board = await ask(request, ShowPlan(district=district, plan_id=plan_id), PlanBoard)
    plan = board.view.plan
    editor = Editor(
        district=district,
        year=plan.year,
        plan_id=plan_id,
        is_new=False,
        form_id=new_id(),
        expected_seq=plan.seq,
    )
    names = await directory(request, district, plan.year)
    if request.method == "GET":
        return await _show(request, editor, draft_of_plan(plan), names)
    form = await form_of(request)
    editor = replace(
        editor,
        form_id=_field(form, "form_id") or editor.form_id,
        expected_seq=whole(_field(form, "expected_seq")),
    )
    return await _edit(request, form, editor, names)


def _districts(reach: Reach) -> list[str]:
    return [one for one in reach.districts if reach.has(Role.HOME_AFFAIRS, district=one)]


async def _begin(request: Request, reach: Reach, errors: Mapping[str, str], *, status_code: int = 200) -> Response:
    districts = _districts(reach)
    if not districts:
        raise Rejected("access.denied")
    return await page(
        request,
        "plans/begin.html",
        status_code=status_code,
        district_options=districts_of(districts),
        year_options=years(reach.today),
        errors=errors,
        today_year=str(reach.today.year),
    )


async def _read(request: Request, reach: Reach, form: FormData, editor: Editor, names: Directory) -> Response:
    try:
        text = await read_text_file(form, "document", bytes_max=DOCUMENT_BYTES_MAX) or _field(form, "text")
    except Invalid as invalid:
        return await _begin(request, reach, invalid.errors, status_code=422)
    if not text:
        empty = Draft(
            heads={
                "title": f"Triển khai công tác thi đua, khen thưởng năm {editor.year}",
                "issuer": f"Ủy ban nhân dân {place(editor.district)[0].lower()}{place(editor.district)[1:]}",
            },
            rows=(Row(number="1"),),
        )
        return await _show(request, editor, empty, names)
    parsed = (await ask(request, ParsePlan(text=text), ParsedPlan)).view
    if len(parsed.tasks) > ROWS_MAX:
        return await _begin(request, reach, {"": _too_many()}, status_code=422)
    notes = []
    if parsed.district not in (None, editor.district):
        notes.append(f"Văn bản là của {place(str(parsed.district))}, không phải {place(editor.district)}.")
    if parsed.year not in (None, editor.year):
        notes.append(f"Văn bản là kế hoạch năm {parsed.year}, không phải năm {editor.year}.")
    return await _show(
        request, editor, draft_of_document(parsed, names), names, warnings=parsed.warnings, notes=notes, is_read=True
    )


async def _edit(request: Request, form: FormData, editor: Editor, names: Directory) -> Response:
    draft = typed_draft(form)
    if form.get("them"):
        if len(draft.rows) == ROWS_MAX:
            return await _show(request, editor, draft, names, errors={"": _too_many()}, status_code=422)
        number = max((whole(row.number) or 0 for row in draft.rows), default=0) + 1
        rows = (*draft.rows, Row(number=str(number)))
        return await _show(request, editor, replace(draft, rows=rows), names)
    try:
        body = body_of(draft, names)
    except Invalid as invalid:
        return await _show(request, editor, draft, names, errors=invalid.errors, status_code=422)
    response = RedirectResponse(f"/ke-hoach/{editor.district}/{editor.plan_id}", status_code=303)
    try:
        command = _command(editor, body, now(request).isoformat())
        command_id = command_id_of(editor.form_id, command)
        await do(request, response, command, expected_seq=editor.expected_seq, command_id=command_id)
    except Rejected as refusal:
        changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
        refused = str(refusal.detail.get("task_number", ""))
        at = next((index for index, row in enumerate(draft.rows) if refused and row.number == refused), None)
        seen = max((int(str(one["seq"])) for one in changed), default=editor.expected_seq or 0)
        again = replace(editor, form_id=new_id(), expected_seq=None if editor.expected_seq is None else seen)
        return await _show(
            request,
            again,
            draft,
            names,
            errors={"" if at is None else f"row-{at}-content": sentence(refusal.code, refusal.detail)},
            changed=changed,
            status_code=status_of(refusal.code),
        )
    notify(request, response, "Đã lưu dự thảo kế hoạch.")
    return response


def _command(editor: Editor, body: Mapping[str, Any], at: str) -> DraftPlan | AmendDraft:
    """Return the command, through the codec as any command from outside."""
    whole = {**body, "district": editor.district, "plan_id": editor.plan_id, "at": at}
    if editor.is_new:
        command = COMMANDS.decode("draft-plan", to_json({**whole, "year": editor.year}))
        assert isinstance(command, DraftPlan)
        return command
    command = COMMANDS.decode("amend-draft", to_json(whole))
    assert isinstance(command, AmendDraft)
    return command


async def _show(
    request: Request,
    editor: Editor,
    draft: Draft,
    names: Directory,
    *,
    errors: Mapping[str, str] | None = None,
    warnings: Sequence[PlanWarning] = (),
    notes: Sequence[str] = (),
    changed: Sequence[Mapping[str, object]] = (),
    is_read: bool = False,
    status_code: int = 200,
) -> Response:
    return await page(
        request,
        "plans/editor.html",
        status_code=status_code,
        editor=editor,
        draft=draft,
        place=place(editor.district),
        parts=PARTS,
        errors=errors or {},
        warnings=warnings,
        notes=notes,
        changed=changed,
        is_read=is_read,
        where_in_document=where_in_document,
        unit_names=sorted({*names.names.values()}, key=fold),
    )


def _too_many() -> str:
    return sentence("plan.too_many_tasks", {"limit": ROWS_MAX})


def where_in_document(where: str) -> str:
    """Return a place of the document in words: `task 4`, `recipients 5`, `line 23`, `title`."""
    part, _, number = where.partition(" ")
    return f"{word('document_part', part)} {number}".strip()


# -- between the document, the draft and the form -----------------------------------------------


def draft_of_document(parsed: ParsedPlan, names: Directory) -> Draft:
    """Return what the document says, ready to be looked over."""
    return Draft(
        heads={
            "title": parsed.title or "",
            "number": parsed.number or "",
            "issuer": parsed.issuer or "",
            "place": parsed.place or "",
            "signer_name": parsed.signer.name or "",
            "signer_post": parsed.signer.post or "",
            "signer_on_behalf_of": parsed.signer.on_behalf_of or "",
        },
        parts={name: "\n".join(getattr(parsed, name)) for name, _ in PARTS},
        rows=tuple(
            Row(
                number=str(task.number),
                quarter=str(task.quarter or ""),
                content=task.content,
                leads=_named(task.lead_units, names),
                coordinators=_named(task.coordinating_units, names),
                due_on=day_text(task.due_on),
            )
            for task in parsed.tasks
        ),
    )


def draft_of_plan(plan: PlanView) -> Draft:
    """Return the saved draft as it is typed."""
    signer = plan.text.signer
    return Draft(
        heads={
            "title": plan.text.title,
            "number": plan.number or "",
            "issuer": plan.text.issuer,
            "place": plan.text.place or "",
            "signer_name": signer.name if signer else "",
            "signer_post": signer.post if signer else "",
            "signer_on_behalf_of": (signer.on_behalf_of or "") if signer else "",
        },
        parts={name: "\n".join(getattr(plan.text, name)) for name, _ in PARTS},
        rows=tuple(
            Row(
                number=str(task.number),
                quarter=str(task.quarter),
                content=task.content,
                leads="; ".join(unit.name for unit in task.leads),
                coordinators="; ".join(unit.name for unit in task.coordinators),
                due_on=day_text(task.due_on),
            )
            for task in plan.draft
        ),
    )


def typed_draft(form: FormData) -> Draft:
    """Return the editor's content as it was sent. Raises Rejected `plan.too_many_tasks`: no row is ever left out."""
    count = whole(_field(form, "rows")) or 0
    if count > ROWS_MAX:
        raise Rejected("plan.too_many_tasks", limit=ROWS_MAX)
    rows = [
        Row(
            number=_field(form, f"row-{index}-number"),
            quarter=_field(form, f"row-{index}-quarter"),
            content=_field(form, f"row-{index}-content"),
            leads=_field(form, f"row-{index}-leads"),
            coordinators=_field(form, f"row-{index}-coordinators"),
            due_on=_field(form, f"row-{index}-due_on"),
            is_dropped=_field(form, f"row-{index}-drop") == "1",
        )
        for index in range(count)
    ]
    return Draft(
        heads={name: _field(form, name) for name in HEADS},
        parts={name: _field(form, name) for name, _ in PARTS},
        rows=tuple(row for row in rows if not row.is_dropped),
    )


def body_of(draft: Draft, names: Directory) -> dict[str, Any]:
    """Return the command's fields of the draft. Raises Invalid with the field of each mistake."""
    errors: dict[str, str] = {}
    known = _known_names(names)
    for name, words in (("title", "Tên kế hoạch"), ("issuer", "Cơ quan ban hành")):
        if not draft.heads.get(name):
            errors[name] = f"Hãy nhập: {words}."
    tasks = [_task(index, row, known, errors) for index, row in enumerate(draft.rows) if row.content or row.leads]
    if not tasks:
        errors["row-0-content"] = "Kế hoạch phải có ít nhất một nhiệm vụ."
    if errors:
        raise Invalid(errors)
    signer = {
        "name": draft.heads.get("signer_name", ""),
        "post": draft.heads.get("signer_post", ""),
        "on_behalf_of": draft.heads.get("signer_on_behalf_of") or None,
    }
    text: dict[str, Any] = {
        "title": draft.heads["title"],
        "issuer": draft.heads["issuer"],
        "place": draft.heads.get("place") or None,
        "signer": signer if signer["name"] else None,
        **{name: _paragraphs(draft.parts.get(name, "")) for name, _ in PARTS},
    }
    return {"text": text, "tasks": tasks, "number": draft.heads.get("number") or None}


def _task(index: int, row: Row, known: Mapping[str, str], errors: dict[str, str]) -> dict[str, Any]:
    key = f"row-{index}"
    where = f"Nhiệm vụ {row.number or index + 1}"
    number = whole(row.number)
    if number is None:
        errors[f"{key}-number"] = f"{where}: hãy nhập số thứ tự."
    if row.quarter not in ("1", "2", "3", "4"):
        errors[f"{key}-quarter"] = f"{where}: hãy chọn quý."
    if not row.content:
        errors[f"{key}-content"] = f"{where}: hãy nhập nội dung."
    leads, unknown = _resolve(row.leads, known)
    coordinators, also_unknown = _resolve(row.coordinators, known)
    if unknown:
        errors[f"{key}-leads"] = f"{where}: không có đơn vị “{unknown[0]}” trong quận."
    elif not leads:
        errors[f"{key}-leads"] = f"{where}: hãy nhập đơn vị chủ trì."
    if also_unknown:
        errors[f"{key}-coordinators"] = f"{where}: không có đơn vị “{also_unknown[0]}” trong quận."
    due_on: date | None = None
    if row.due_on:
        try:
            due_on = parse_day(row.due_on)
        except ValueError as error:
            errors[f"{key}-due_on"] = f"{where}: {error}"
    return {
        "number": number,
        "quarter": whole(row.quarter),
        "content": row.content,
        "lead_units": leads,
        "coordinating_units": coordinators,
        "due_on": due_on,
    }


def _named(units: Sequence[str], names: Directory) -> str:
    return "; ".join(names.unit(unit) for unit in units)


def _known_names(names: Directory) -> dict[str, str]:
    """Return every way to write a unit or set, folded, with its id; the official name wins over another's alias."""
    known: dict[str, str] = {}
    for unit in names.detail.units:
        for alias in unit.aliases:
            known.setdefault(fold(alias), unit.unit_id)
    for one in names.detail.sets:
        for alias in one.aliases:
            known.setdefault(fold(alias), one.set_id)
    for unit in names.detail.units:
        known |= {fold(unit.name): unit.unit_id, fold(unit.short_name): unit.unit_id, unit.unit_id: unit.unit_id}
    for one in names.detail.sets:
        known |= {fold(one.name): one.set_id, one.set_id: one.set_id}
    return known


def _resolve(text: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the ids of the units named, and the names that nobody knows."""
    found, unknown = [], []
    for name in text.replace("\n", ";").split(";"):
        if not (name := name.strip()):
            continue
        unit = known.get(fold(name))
        if unit is None:
            unknown.append(name)
        elif unit not in found:
            found.append(unit)
    return found, unknown


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return nfc(value.replace("\r\n", "\n")) if isinstance(value, str) else ""
