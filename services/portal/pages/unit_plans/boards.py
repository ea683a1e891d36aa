"""Which units have a plan of the year; one unit's plan; one of its tasks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import DraftUnitPlan
from services.plans.views import (
    Coverage,
    ListUnitPlans,
    ShowUnitPlan,
    ShowUnitTask,
    UnitPlanBoard,
    UnitPlanCoverage,
    UnitPlanHistory,
    UnitPlanLine,
    UnitTaskDetail,
)
from services.portal.backend import ask, backend
from services.portal.labels import event_words
from services.portal.numbers import Number, Year
from services.portal.pages.ending import ending_of
from services.portal.pages.files import file_links
from services.portal.pages.past import day_of, earlier_day
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query
from services.portal.pages.unit_plans.place import LIST, UnitPlace, unit_place
from services.portal.shell import page
from shared.text import sort_key
from shared.types import Role

router = APIRouter(include_in_schema=False)

FILTERS = {"chua-co": Coverage.NONE, "dang-soan": Coverage.DRAFTING, "da-ban-hanh": Coverage.ISSUED}
FILTER_OPTIONS = [
    ("phai-co", "Phải có kế hoạch"),
    ("chua-co", "Chưa có kế hoạch"),
    ("dang-soan", "Đang soạn"),
    ("da-ban-hanh", "Đã ban hành"),
    ("qua-han", "Có nhiệm vụ trễ hạn"),
]
NO_GROUP = "khong-co"
DRAFT_READERS = (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.AUDITOR, Role.CITY_BOARD, Role.CITY_CHAIR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and where the rows behind it are."""

    number: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageLine:
    """The expected units of a group, or of the district, by how far they have come, and the tasks of their plans."""

    name: str
    expected: Figure
    issued: Figure
    drafting: Figure
    none: Figure
    completed: int
    tasks: int


@router.get(LIST + "/{district}/{year}")
async def list_unit_plans(
    request: Request, account: Signed, district: str, year: Year, tinh_trang: str = "", nhom: str = ""
) -> Response:
    """Show which units have a plan of the year, who has none yet first."""
    check_district(district)
    earlier = earlier_day(request)
    day = day_of(earlier)
    answer = await ask(request, ListUnitPlans(district=district, year=year, as_of=day), UnitPlanCoverage)
    view, reach = answer.view, reach_of(request, account)
    path = f"{LIST}/{district}/{year}"
    ending = await ending_of(request, reach, district)
    lines = [line for line in view.lines if _in_group(line, nhom) and _matches(line, tinh_trang)]
    own = [
        UnitPlace(reach=reach, district=district, year=year, unit_id=line.unit_id)
        for line in view.lines
        if line.coverage is Coverage.NONE and line.is_open
    ]
    return await page(
        request,
        "unit_plans/list.html",
        fresh=answer.fresh,
        view=view,
        district=district,
        year=year,
        place=place(district),
        path=path,
        whole=_whole(view, path, day),
        groups=_by_group(view, path, day),
        earlier=earlier,
        ended=ending.notice,
        lines=sorted(lines, key=lambda line: (list(Coverage).index(line.coverage), sort_key(line.unit_name))),
        readable={line.unit_id for line in view.lines if _reads(reach, district, line)},
        to_make=[
            one for one in own if view.district_plan and not earlier and not ending.is_over and one.may(DraftUnitPlan)
        ],
        names={line.unit_id: line.unit_name for line in view.lines},
        group_names={group.group_id: group.name for group in view.groups},
        group_options=[(group.group_id, group.name) for group in view.groups] + [(NO_GROUP, "Không thuộc cụm, khối")],
        state_options=FILTER_OPTIONS,
        filters={"tinh_trang": tinh_trang, "nhom": nhom},
    )


def _reads(reach: Reach, district: str, line: UnitPlanLine) -> bool:
    """Return whether the person may open the plan: anyone once it is issued, before that the unit and overseers."""
    if line.plan is None:
        return False
    return (
        line.plan.status == "issued"
        or line.unit_id in reach.units(district)
        or reach.has(*DRAFT_READERS, district=district)
    )


def _in_group(line: UnitPlanLine, group: str) -> bool:
    return not group or line.group_id == ("" if group == NO_GROUP else group)


def _matches(line: UnitPlanLine, state: str) -> bool:
    if state == "qua-han":
        return line.overdue > 0
    if state == "phai-co":
        return line.is_expected
    # The figures count the units that are to have a plan; the rows behind a figure are those units.
    return state not in FILTERS or (line.coverage is FILTERS[state] and line.is_expected)


def _whole(view: UnitPlanCoverage, path: str, day: date | None) -> CoverageLine:
    totals = view.district_totals
    return _line(
        "Toàn quận", view.lines, path, "", day, totals.completed if totals else 0, totals.tasks if totals else 0
    )


def _by_group(view: UnitPlanCoverage, path: str, day: date | None) -> list[CoverageLine]:
    totals = {row.group_id: row for row in view.group_totals}
    named = [(group.group_id, group.name, group.group_id) for group in view.groups]
    found = []
    for group_id, name, asked in [*named, ("", "Không thuộc cụm, khối", NO_GROUP)]:
        lines = [line for line in view.lines if line.group_id == group_id]
        if lines:
            counted = totals.get(group_id)
            done, tasks = (counted.completed, counted.tasks) if counted else (0, 0)
            found.append(_line(name, lines, path, asked, day, done, tasks))
    return found


def _line(
    name: str, lines: Sequence[UnitPlanLine], path: str, group: str, day: date | None, completed: int, tasks: int
) -> CoverageLine:
    counts = Counter(line.coverage for line in lines if line.is_expected)

    def figure(number: int, state: str) -> Figure:
        return Figure(number=number, href=with_query(path, nhom=group, tinh_trang=state, ngay=day))

    return CoverageLine(
        name=name,
        expected=figure(counts.total(), "phai-co"),
        issued=figure(counts[Coverage.ISSUED], "da-ban-hanh"),
        drafting=figure(counts[Coverage.DRAFTING], "dang-soan"),
        none=figure(counts[Coverage.NONE], "chua-co"),
        completed=completed,
        tasks=tasks,
    )


@router.get(LIST + "/{district}/{year}/{unit_id}")
async def show_unit_plan(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Show the unit's plan: its draft, or its tasks by quarter."""
    at = unit_place(request, account, district, year, unit_id)
    answer = await ask(request, ShowUnitPlan(district=district, year=year, unit_id=unit_id), UnitPlanBoard)
    view = answer.view
    rows = view.tasks if view.plan.status == "issued" else view.plan.draft
    ending = await ending_of(request, at.reach, district, unit_id)
    return await page(
        request,
        "unit_plans/board.html",
        fresh=answer.fresh,
        view=view,
        plan=view.plan,
        place=place(district),
        path=at.path,
        rights=ending.leaves(at.plan_rights(view.plan)),
        ended=ending.notice,
        bands=[(number, [row for row in rows if row.quarter == number]) for number in (1, 2, 3, 4)],
        counts=counts_of_tasks(view),
        timeline_entries=[await _entry(request, one) for one in view.history],
    )


def counts_of_tasks(view: UnitPlanBoard) -> dict[str, int]:
    """Return how many tasks the plan has, completed, of these late, cancelled, and open past their due date."""
    totals = view.totals
    overdue = sum(task.state in ("assigned", "started") and task.due_on < view.today for task in view.tasks)
    if totals is None:
        return {"tasks": 0, "completed": 0, "completed_late": 0, "cancelled": 0, "overdue": overdue}
    return {
        "tasks": totals.tasks,
        "completed": totals.completed,
        "completed_late": totals.completed_late,
        "cancelled": totals.cancelled,
        "overdue": overdue,
    }


@router.get(LIST + "/{district}/{year}/{unit_id}/nhiem-vu/{number}")
async def show_unit_task(
    request: Request, account: Signed, district: str, year: Year, unit_id: str, number: Number
) -> Response:
    """Show one task of the unit's plan."""
    at = unit_place(request, account, district, year, unit_id)
    question = ShowUnitTask(district=district, year=year, unit_id=unit_id, task_number=number)
    answer = await ask(request, question, UnitTaskDetail)
    ending = await ending_of(request, at.reach, district, unit_id)
    return await page(
        request,
        "unit_plans/task.html",
        fresh=answer.fresh,
        detail=answer.view,
        task=answer.view.task,
        plan=answer.view.plan,
        place=place(district),
        plan_path=at.path,
        path=f"{at.path}/nhiem-vu/{number}",
        rights=ending.leaves(at.task_rights(answer.view.task)),
        ended=ending.notice,
        timeline_entries=[await _entry(request, one) for one in answer.view.history],
    )


async def _entry(request: Request, one: UnitPlanHistory) -> dict[str, object]:
    return {
        "at": one.at,
        "who": await backend(request).name_of(one.by),
        "text": event_words(one.type),
        "note": one.text,
        "files": file_links("plans", one.attachments),
    }
