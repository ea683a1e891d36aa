"""What an amendment does to a plan, task by task: of one before the chair, and of a version that was put in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.plans.events import DraftTask
from services.plans.views import PlanVersionView, PlanView, TaskVersionView, TaskView
from services.portal.format import day
from services.portal.pages.reach import Directory

QUARTERS = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an amendment does to one task: its sort, and (what, before, after) for each thing that differs."""

    number: int
    sort: str
    content: str
    parts: Sequence[tuple[str, str, str]]


def differences_of_amendment(plan: PlanView, tasks: Iterable[TaskView]) -> list[Difference]:
    """Return what the amendment before the chair does to each task, beside what is in force."""
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


def differences_of_version(
    version: PlanVersionView, tasks: Iterable[TaskVersionView], names: Directory
) -> list[Difference]:
    """Return what the document of the version did to each task of the one before."""
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
