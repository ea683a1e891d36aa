"""What the pages of campaigns, inspections and trainings share: rights, forms and fields, pages, lines as lists."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from fastapi import Request
from starlette.responses import Response

from services.plans.events import Figure, PlannedTask, Signer
from services.plans.rules import RIGHTS
from services.plans.views import ActivityEntry, PlanBoard, ShowPlan
from services.portal.backend import ask, backend
from services.portal.format import decimal
from services.portal.labels import event_words
from services.portal.numbers import whole
from services.portal.pages.files import Kept, file_links
from services.portal.pages.forms import Action, Input, Invalid, Values, parse_day, parse_decimal
from services.portal.pages.reach import Reach, directory, with_query
from services.portal.shell import Freshness, page
from shared.errors import Rejected
from shared.text import fold
from shared.types import Attachment

ID_HINT = "Chữ thường không dấu, chữ số, dấu gạch nối. Để trống thì lấy theo tên gọi."
FIGURES_HINT = "Mỗi dòng một chỉ tiêu: tên | số | đơn vị tính. Ví dụ: Tuyến đường sáng, xanh, sạch | 2 | tuyến"
SIGNER_INPUTS = (
    Input(name="signer_name", label="Người ký", is_required=False, hint="Họ tên người ký văn bản."),
    Input(name="signer_post", label="Chức vụ người ký", is_required=False, hint="Ví dụ: Chủ tịch"),
    Input(
        name="signer_on_behalf_of",
        label="Thẩm quyền ký",
        is_required=False,
        hint="Ví dụ: TM. Ủy ban nhân dân; KT. Chủ tịch",
    ),
)
# The field that a refusal is about, where what is planned is named, dated and given to units.
DATE_FIELDS = {
    "activity.dates_reversed": "ends_on",
    "activity.year_out_of_range": "ends_on",
    "activity.year_changed": "starts_on",
}
NAMING_FIELDS = {
    "activity.title_missing": "title",
    "activity.number_malformed": "number",
    "activity.units_missing": "units",
    "unit.not_found": "units",
    "unit.closed": "units",
    "unit.not_yet_open": "units",
    "task.not_found": "task_number",
}
REASON_FIELDS = {"activity.reason_missing": "reason"}
_ID_LENGTH_MAX = 60
_NOT_OF_ID = re.compile(r"[^a-z0-9]+")


class Shown(Protocol):
    """One of them with who looks at it, as its page and its forms have it."""

    @property
    def request(self) -> Request:
        """Return the request."""

    @property
    def path(self) -> str:
        """Return its address."""

    @property
    def seq(self) -> int:
        """Return the sequence of its last event."""

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Return what stands above each of its forms."""


class CalledUnit(Protocol):
    """A unit that takes part."""

    @property
    def unit_id(self) -> str:
        """Return its id."""

    @property
    def name(self) -> str:
        """Return its name."""


def may(reach: Reach, command: type, district: str, unit_id: str | None = None) -> bool:
    """Return whether the person has the right to the command, for the district or the unit."""
    return RIGHTS[command].allows(reach.account.actor, on=reach.today, district=district, unit=unit_id)


def form_of(shown: Shown, verb: str, title: str, submit: str, done: str) -> Action:
    """Return what every form about one of them begins with; its fields and its command are added to it."""
    return Action(
        title=title,
        submit=submit,
        path=f"{shown.path}/{verb}",
        back_href=shown.path,
        facts=shown.facts,
        done=done,
        expected_seq=shown.seq,
    )


def reason_input(label: str) -> Input:
    """Return the field of a reason."""
    return Input(name="reason", label=label, kind="textarea", rows=3)


def unit_input(request: Request, units: Sequence[CalledUnit]) -> Input:
    """Return the choice of the unit that is spoken for, as the address names it; the only one is chosen."""
    wanted = request.query_params.get("don_vi", "")
    ids = [unit.unit_id for unit in units]
    value = wanted if wanted in ids else (ids[0] if len(ids) == 1 else "")
    options = [(unit.unit_id, unit.name) for unit in units]
    return Input(name="unit_id", label="Đơn vị", kind="select", value=value, options=options)


def kept(attachments: Sequence[Attachment]) -> list[Kept]:
    """Return the files that are there already, for a form that replaces what they were sent with."""
    return [Kept(handle=one.sha256, size=one.size, name=one.name) for one in attachments]


def number_in(text: str) -> int:
    """Return the number of a page in an address, the first for anything else."""
    return max(whole(text) or 1, 1)


def pages_href(path: str, name: str, anchor: str, query: Mapping[str, object] | None = None) -> str:
    """Return the address of a page of a list, `{page}` standing for its number; `anchor` is where the list begins."""
    return f"{with_query(path, **(query or {}), **{name: '{page}'}).replace('%7Bpage%7D', '{page}')}#{anchor}"


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
    """Return who signed; None where nothing of a signer was typed."""
    name, post, on_behalf_of = values["signer_name"], values["signer_post"], values["signer_on_behalf_of"]
    return Signer(name=name, post=post, on_behalf_of=on_behalf_of or None) if name or post or on_behalf_of else None


async def unit_options(request: Request, district: str, year: int) -> list[tuple[str, str]]:
    """Return groups, sets and units of the district that exist today, in that order, as options."""
    names = await directory(request, district, year)
    sets = [(one.set_id, one.name) for one in names.detail.sets]
    return [*names.group_options(), *sets, *names.unit_options()]


async def task_input(request: Request, district: str, year: int, task: PlannedTask | None = None) -> tuple[Input, ...]:
    """Return the choice of the task of the plan; nothing where no plan is in force."""
    try:
        board = await ask(request, ShowPlan(district=district, plan_id=str(year)), PlanBoard)
    except Rejected as refusal:
        # Nothing else may take the field away: a form sent without it would take away the task as well.
        if refusal.code != "plan.not_found":
            raise
        return ()
    if not board.view.tasks:
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


async def timeline(
    shown: Shown, history: Sequence[ActivityEntry], shortened: Container[int] = ()
) -> list[dict[str, object]]:
    """Return the history in plain words; what a unit did is said by the unit.

    Entries whose sequences are in `shortened` lead to their own page, which says all of them.
    """
    entries: list[dict[str, object]] = []
    for one in history:
        person = await backend(shown.request).name_of(one.by)
        entries.append(
            {
                "at": one.at,
                "who": one.unit_name or person,
                "text": event_words(one.type),
                "note": " · ".join(filter(None, (one.text, f"Người thực hiện: {person}" if one.unit_name else ""))),
                "files": file_links("plans", one.attachments),
                "whole_href": f"{shown.path}/dien-bien/{one.seq}" if one.seq in shortened else "",
            }
        )
    return entries


async def entry_page(shown: Shown, history: Sequence[ActivityEntry], place: str, fresh: Freshness | None) -> Response:
    """Show one entry of the history alone, whole."""
    return await page(
        shown.request,
        "activities/entry.html",
        fresh=fresh,
        facts=shown.facts,
        place=place,
        path=shown.path,
        timeline_entries=await timeline(shown, history),
    )
