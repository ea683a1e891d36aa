"""Drafting a plan: read a document or begin with nothing, look at what was read, change rows, save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.plans.commands import COMMANDS, AmendDraft, DraftPlan
from services.plans.views import (
    ListPlans,
    ParsedPlan,
    ParsePlan,
    PlanBoard,
    PlanList,
    PlanWarning,
    ShowPlan,
    SuggestedPlan,
    SuggestPlan,
)
from services.portal.backend import ask, ask_pages, do, now
from services.portal.labels import sentence, word
from services.portal.numbers import whole, year_in
from services.portal.pages.draft_form import (
    PARTS,
    ROWS_MAX,
    Draft,
    Row,
    body_of,
    draft_of_document,
    draft_of_plan,
    field_of,
    typed_draft,
)
from services.portal.pages.forms import Invalid, changes, command_id_of, read_text_file
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
from shared.text import fold
from shared.types import Role

router = APIRouter(include_in_schema=False)

DOCUMENT_BYTES_MAX = 300_000


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
    """Ask for the document to read or the old plan to follow, or begin with an empty table."""
    return await _begin(request, reach_of(request, account), {})


@router.post("/ke-hoach/soan")
async def read_or_save_draft(request: Request, account: Signed) -> Response:
    """Read the document and show what it says, change the table, or save a new draft."""
    reach = reach_of(request, account)
    form = await form_of(request)
    district, year = field_of(form, "district"), year_in(field_of(form, "year"))
    if district not in _districts(reach) or year is None:
        raise Rejected("request.invalid", fields=["district", "year"])
    editor = Editor(
        district=district,
        year=year,
        plan_id=str(year),
        is_new=True,
        form_id=field_of(form, "form_id") or new_id(),
    )
    names = await directory(request, district, editor.year)
    if field_of(form, "step") == "read":
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
        return await _show(request, editor, draft_of_plan(plan, plan.number), names)
    form = await form_of(request)
    editor = replace(
        editor,
        form_id=field_of(form, "form_id") or editor.form_id,
        expected_seq=whole(field_of(form, "expected_seq")),
    )
    return await _edit(request, form, editor, names)


def _districts(reach: Reach) -> list[str]:
    return [one for one in reach.districts if reach.has(Role.HOME_AFFAIRS, district=one)]


async def _begin(request: Request, reach: Reach, errors: Mapping[str, str], *, status_code: int = 200) -> Response:
    districts = _districts(reach)
    if not districts:
        raise Rejected("access.denied")
    wanted = request.query_params
    known = {
        district: [
            plan.year
            for part in await ask_pages(request, ListPlans(district=district), PlanList)
            for plan in part.plans
        ]
        for district in districts
    }
    return await page(
        request,
        "plans/begin.html",
        status_code=status_code,
        district_options=districts_of(districts),
        year_options=years(reach.today, *(year + 1 for of_district in known.values() for year in of_district)),
        old_year_options=old_plans(known),
        errors=errors,
        typed={
            "district": wanted.get("quan", ""),
            "year": wanted.get("nam", "") or str(reach.today.year),
            "from_year": wanted.get("tu", ""),
        },
    )


def old_plans(known: Mapping[str, Sequence[int]]) -> list[tuple[str, str]]:
    """Return the years of the districts' plans, newest first, as options; where there are several, whose they are."""
    found = sorted({year for of_district in known.values() for year in of_district}, reverse=True)
    whose = {year: ", ".join(place(one) for one in known if year in known[one]) for year in found}
    return [(str(year), f"Kế hoạch năm {year}" + (f" ({whose[year]})" if len(known) > 1 else "")) for year in found]


async def _read(request: Request, reach: Reach, form: FormData, editor: Editor, names: Directory) -> Response:
    try:
        text = await read_text_file(form, "document", bytes_max=DOCUMENT_BYTES_MAX) or field_of(form, "text")
    except Invalid as invalid:
        return await _begin(request, reach, invalid.errors, status_code=422)
    if not text and (from_year := year_in(field_of(form, "from_year"))) is not None:
        return await _follow(request, reach, editor, names, from_year)
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


async def _follow(request: Request, reach: Reach, editor: Editor, names: Directory, from_year: int) -> Response:
    """Show the old plan moved to the year; units that ended with nobody after them are to be chosen."""
    question = SuggestPlan(district=editor.district, year=editor.year, from_year=from_year)
    try:
        suggested = (await ask(request, question, SuggestedPlan)).view
    except Rejected as refusal:
        error = {"from_year": sentence(refusal.code, refusal.detail)}
        return await _begin(request, reach, error, status_code=status_of(refusal.code))
    draft = draft_of_plan(suggested)
    at = {row.number: index for index, row in enumerate(draft.rows)}
    errors, notes = {}, []
    for one in suggested.replaced:
        tasks = ", ".join(map(str, one.tasks))
        if one.successor_id is not None:
            notes.append(f"{one.name} đã kết thúc hoạt động, thay bằng {one.successor_name} (nhiệm vụ {tasks}).")
            continue
        for number in one.tasks:
            row = draft.rows[at[str(number)]]
            column = "leads" if one.name in row.leads.split("; ") else "coordinators"
            errors[f"row-{at[str(number)]}-{column}"] = (
                f"Nhiệm vụ {number}: {one.name} không còn và không có đơn vị kế thừa; hãy chọn đơn vị khác."
            )
    if suggested.carried:
        tasks = ", ".join(map(str, suggested.carried))
        notes.append(
            f"Nhiệm vụ năm {from_year} chưa xong, chuyển sang năm này: {tasks}. Hãy xem lại hạn của các việc đó."
        )
    notes.append(f"Lấy theo kế hoạch năm {from_year}: ngày và năm đã được chuyển sang năm {editor.year}, chưa lưu.")
    return await _show(request, editor, draft, names, errors=errors, notes=notes)


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
