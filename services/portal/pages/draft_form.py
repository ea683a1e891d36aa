"""The rows and parts of a plan as they are typed: from documents and plans to the form, from the form to commands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from services.plans.events import DraftTask, PlanText, Repeat, Signer
from services.plans.views import ParsedPlan, PlanView, SuggestedPlan
from services.portal.numbers import whole
from services.portal.pages.forms import Invalid, day_text, parse_day
from services.portal.pages.reach import Directory
from shared.errors import Rejected
from shared.text import fold, nfc

ROWS_MAX = 500  # as many as a plan has tasks
QUARTER_MONTHS = {str(month): str((month + 2) // 3) for month in range(1, 13)}
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
    due_month: str = ""
    repeats: str = ""
    is_dropped: bool = False

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed beside the number, which the form gives itself."""
        typed = (self.quarter, self.content, self.leads, self.coordinators, self.due_on, self.due_month, self.repeats)
        return not any(text.strip() for text in typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The editor's content as typed; `parts` holds one paragraph a line."""

    heads: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Row] = ()


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
        parts=parts_of(parsed),
        rows=tuple(
            Row(
                number=str(task.number),
                quarter=str(task.quarter or ""),
                content=task.content,
                leads=names_of(task.lead_units, names),
                coordinators=names_of(task.coordinating_units, names),
                due_on=day_text(task.due_on),
                due_month=str(task.due_month or ""),
            )
            for task in parsed.tasks
        ),
    )


def draft_of_plan(plan: PlanView | SuggestedPlan, number: str | None = None) -> Draft:
    """Return a saved or suggested draft as it is typed."""
    tasks = plan.draft if isinstance(plan, PlanView) else plan.tasks
    return Draft(
        heads=heads_of(plan.text, number),
        parts=parts_of(plan.text),
        rows=tuple(row_of(task) for task in tasks),
    )


def heads_of(text: PlanText, number: str | None) -> dict[str, str]:
    """Return the heads of a document as they are typed."""
    signer = text.signer
    return {
        "title": text.title,
        "number": number or "",
        "issuer": text.issuer,
        "place": text.place or "",
        "signer_name": signer.name if signer else "",
        "signer_post": signer.post if signer else "",
        "signer_on_behalf_of": (signer.on_behalf_of or "") if signer else "",
    }


def parts_of(text: PlanText | ParsedPlan) -> dict[str, str]:
    """Return the parts of a document as they are typed, a paragraph a line."""
    return {name: "\n".join(getattr(text, name)) for name, _ in PARTS}


def row_of(task: DraftTask) -> Row:
    """Return a row of a draft as it is typed."""
    return Row(
        number=str(task.number),
        quarter=str(task.quarter),
        content=task.content,
        leads="; ".join(unit.name for unit in task.leads),
        coordinators="; ".join(unit.name for unit in task.coordinators),
        due_on=day_text(task.due_on),
        due_month=str(task.due_month or ""),
        repeats=task.repeats or "",
    )


def typed_draft(form: FormData) -> Draft:
    """Return the editor's content as it was sent. Raises Rejected `plan.too_many_tasks`: no row is ever left out."""
    count = whole(field_of(form, "rows")) or 0
    if count > ROWS_MAX:
        raise Rejected("plan.too_many_tasks", limit=ROWS_MAX)
    rows = [
        Row(
            number=field_of(form, f"row-{index}-number"),
            quarter=field_of(form, f"row-{index}-quarter"),
            content=field_of(form, f"row-{index}-content"),
            leads=field_of(form, f"row-{index}-leads"),
            coordinators=field_of(form, f"row-{index}-coordinators"),
            due_on=field_of(form, f"row-{index}-due_on"),
            due_month=field_of(form, f"row-{index}-due_month"),
            repeats=field_of(form, f"row-{index}-repeats"),
            is_dropped=field_of(form, f"row-{index}-drop") == "1",
        )
        for index in range(count)
    ]
    return Draft(
        heads=typed_heads(form), parts=typed_parts(form), rows=tuple(row for row in rows if not row.is_dropped)
    )


def typed_heads(form: FormData) -> dict[str, str]:
    """Return the heads as they were sent."""
    return {name: field_of(form, name) for name in HEADS}


def typed_parts(form: FormData) -> dict[str, str]:
    """Return the parts as they were sent."""
    return {name: field_of(form, name) for name, _ in PARTS}


def body_of(draft: Draft, names: Directory) -> dict[str, Any]:
    """Return the command's fields of the draft. Raises Invalid with the field of each mistake."""
    errors: dict[str, str] = {}
    known = known_names(names)
    errors |= missing_heads(draft.heads)
    tasks = [task_of(index, row, known, errors) for index, row in enumerate(draft.rows) if not row.is_blank]
    if not tasks:
        errors["row-0-content"] = "Kế hoạch phải có ít nhất một nhiệm vụ."
    if errors:
        raise Invalid(errors)
    text, number = text_of(draft.heads, draft.parts), draft.heads.get("number") or None
    return {"text": text, "tasks": tasks, "number": number}


def missing_heads(heads: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the heads: title and issuer there must be, and who signs beside a post or authority."""
    errors = {
        name: f"Hãy nhập: {words}."
        for name, words in (("title", "Tên kế hoạch"), ("issuer", "Cơ quan ban hành"))
        if not heads.get(name)
    }
    said = (heads.get(name, "").strip() for name in ("signer_post", "signer_on_behalf_of"))
    if any(said) and not heads.get("signer_name", "").strip():
        errors["signer_name"] = "Hãy nhập: Người ký."
    return errors


def text_of(heads: Mapping[str, str], parts: Mapping[str, str]) -> PlanText:
    """Return the document around the table as it was typed."""
    name = heads.get("signer_name", "")
    signer = Signer(name=name, post=heads.get("signer_post", ""), on_behalf_of=heads.get("signer_on_behalf_of") or None)
    return PlanText(
        title=heads["title"],
        issuer=heads["issuer"],
        place=heads.get("place") or None,
        signer=signer if name else None,
        **{name: _paragraphs(parts.get(name, "")) for name, _ in PARTS},
    )


def task_of(index: int, row: Row, known: Mapping[str, str], errors: dict[str, str]) -> dict[str, Any]:
    """Return a row as a command has it; what is wrong goes into `errors`, by the name of its field."""
    key = f"row-{index}"
    where = f"Nhiệm vụ {row.number or index + 1}"
    number = whole(row.number)
    if number is None:
        errors[f"{key}-number"] = f"{where}: hãy nhập số thứ tự."
    if row.due_month and row.due_month not in QUARTER_MONTHS:
        errors[f"{key}-due_month"] = f"{where}: hãy chọn tháng từ 1 đến 12."
    # Who chose a month has chosen its quarter.
    quarter = row.quarter or QUARTER_MONTHS.get(row.due_month, "")
    if quarter not in ("1", "2", "3", "4"):
        errors[f"{key}-quarter"] = f"{where}: hãy chọn quý."
    if row.repeats not in ("", *Repeat):
        errors[f"{key}-repeats"] = f"{where}: hãy chọn lại định kỳ."
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
    due_on = day_of_row(row.due_on, key, where, errors)
    return {
        "number": number,
        "quarter": whole(quarter),
        "content": row.content,
        "lead_units": leads,
        "coordinating_units": coordinators,
        "due_on": due_on,
        "due_month": whole(row.due_month),
        "repeats": row.repeats or None,
    }


def day_of_row(text: str, key: str, where: str, errors: dict[str, str]) -> date | None:
    """Return the day that a row states; what is no day goes into `errors`."""
    if not text:
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        errors[f"{key}-due_on"] = f"{where}: {error}"
        return None


def names_of(units: Sequence[str], names: Directory) -> str:
    return "; ".join(names.unit(unit) for unit in units)


def known_names(names: Directory) -> dict[str, str]:
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


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def field_of(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return nfc(value.replace("\r\n", "\n")) if isinstance(value, str) else ""
