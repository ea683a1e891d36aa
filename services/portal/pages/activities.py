"""What the pages of campaigns, inspections and trainings share: fields of their forms, and lines read as lists."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from fastapi import Request

from services.plans.events import Figure, PlannedTask, Signer
from services.plans.views import ActivityEntry, PlanBoard, ShowPlan
from services.portal.backend import ask_or_none, backend
from services.portal.format import decimal
from services.portal.labels import event_words
from services.portal.pages.files import file_links
from services.portal.pages.forms import Input, Invalid, Values, parse_day, parse_decimal
from services.portal.pages.reach import directory
from shared.text import fold

ID_HINT = "Chữ thường không dấu, chữ số, dấu gạch nối. Để trống thì lấy theo tên gọi."
FIGURES_HINT = "Mỗi dòng một chỉ tiêu: tên | số | đơn vị tính. Ví dụ: Tuyến đường sáng, xanh, sạch | 2 | tuyến"
SIGNER_INPUTS = (
    Input(name="signer_name", label="Người ký", is_required=False, hint="Họ tên người ký văn bản."),
    Input(name="signer_post", label="Chức vụ người ký", is_required=False, hint="Ví dụ: Chủ tịch"),
)
_ID_LENGTH_MAX = 60
_NOT_OF_ID = re.compile(r"[^a-z0-9]+")


def id_of(typed: str, title: str) -> str:
    """Return the id that was typed, else one made of the title."""
    return typed or _NOT_OF_ID.sub("-", fold(title))[:_ID_LENGTH_MAX].strip("-")


async def onward(request: Request, path: str, id_field: str, day_field: str) -> str:
    """Return the address of what the form makes; the fields are those of its id and of its first day.

    It belongs to the year of that day, whatever the year of `path`, the list's, is.
    """
    if request.method != "POST":
        return path
    form = await request.form()
    try:
        year = str(parse_day(str(form.get(day_field, ""))).year)
    except ValueError:
        return path  # and the form is shown again
    made = id_of(str(form.get(id_field, "")).strip(), str(form.get("title", "")))
    return f"{path.rpartition('/')[0]}/{year}/{made}"


def only_chosen(unit: Input) -> Input:
    """Return the field with the chosen unit alone: what is filled in below it is that unit's, and no other's."""
    return replace(unit, options=[one for one in unit.options if not unit.value or one[0] == unit.value])


def items(text: str) -> tuple[str, ...]:
    """Return the lines that are not empty."""
    return tuple(filter(None, (line.strip() for line in text.split("\n"))))


def figures(name: str, text: str) -> tuple[Figure, ...]:
    """Return the figures typed one a line as `tên | số | đơn vị tính`. Raises Invalid for the field of the name."""
    found = []
    for line in items(text):
        called, *rest = (part.strip() for part in line.split("|"))
        if not 1 <= len(rest) <= 2:
            raise Invalid({name: f"“{line[:60]}”: ghi theo mẫu tên | số | đơn vị tính."})
        try:
            value = parse_decimal(rest[0])
        except ValueError as error:
            raise Invalid({name: f"“{line[:60]}”: {error}"}) from None
        found.append(Figure(name=called, value=value, measure=rest[1] if len(rest) > 1 else ""))
    return tuple(found)


def figures_text(values: Sequence[Figure]) -> str:
    """Return figures as they are typed."""
    return "\n".join(f"{one.name} | {_typed(one.value)}{f' | {one.measure}' if one.measure else ''}" for one in values)


def figure_words(one: Figure) -> str:
    """Return a figure as it is read: its name, its value, its unit of measure."""
    return f"{one.name}: {decimal(one.value)} {one.measure}".strip()


def _typed(value: Decimal) -> str:
    return f"{value:f}".replace(".", ",")


def signer_of(values: Values) -> Signer | None:
    """Return who signed; None where neither name nor post was typed."""
    name, post = values["signer_name"], values["signer_post"]
    return Signer(name=name, post=post) if name or post else None


async def unit_options(request: Request, district: str, year: int) -> list[tuple[str, str]]:
    """Return groups, sets and units of the district that exist today, in that order, as options."""
    names = await directory(request, district, year)
    sets = [(one.set_id, one.name) for one in names.detail.sets]
    return [*names.group_options(), *sets, *names.unit_options()]


async def task_input(request: Request, district: str, year: int, task: PlannedTask | None = None) -> tuple[Input, ...]:
    """Return the choice of the task of the plan; nothing where no plan is in force."""
    board = await ask_or_none(request, ShowPlan(district=district, plan_id=str(year)), PlanBoard)
    if board is None or not board.view.tasks:
        return ()
    options = [(str(one.number), f"{one.number}. {one.content}"[:160]) for one in board.view.tasks]
    return (
        Input(
            name="task_number",
            label=f"Thực hiện nhiệm vụ trong kế hoạch năm {year}",
            kind="select",
            is_required=False,
            options=options,
            value=str(task.number) if task else "",
        ),
    )


def task_number(values: Values) -> int | None:
    """Return the number of the task that was chosen, if any."""
    chosen = values.get("task_number")
    return int(chosen) if chosen else None


def task_fact(district: str, task: PlannedTask | None) -> tuple[str, str] | None:
    """Return the address of the task and its words, if there is one."""
    if task is None:
        return None
    return f"/nhiem-vu/{district}/{task.plan_id}/{task.number}", f"{task.number}. {task.content}"


async def timeline(request: Request, history: Sequence[ActivityEntry]) -> list[dict[str, object]]:
    """Return the history in plain words; what a unit did is said by the unit."""
    entries: list[dict[str, object]] = []
    for one in history:
        person = await backend(request).name_of(one.by)
        entries.append(
            {
                "at": one.at,
                "who": one.unit_name or person,
                "text": event_words(one.type),
                "note": " · ".join(filter(None, (one.text, f"Người thực hiện: {person}" if one.unit_name else ""))),
                "files": file_links("plans", one.attachments),
            }
        )
    return entries
