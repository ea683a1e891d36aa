"""The tasks of a plan as a spreadsheet, out and in (vi: bảng nhiệm vụ)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.plans.commands import AmendDraft, NewTask
from services.plans.documents.sheets.preview import Line, LineState, Preview, differences, wrong_lines
from services.plans.documents.sheets.unit_names import UnitNames, unit_names
from services.plans.events import DraftTask, Repeat, UnitRole
from services.plans.rules import TASKS_MAX, TEXT_MAX, quarter_of_month
from services.plans.views import OrganisationDetail, PlanBoard, PlanView, TaskState, TaskView
from shared.errors import Rejected
from shared.office.workbook import (
    Choice,
    Column,
    Kind,
    Problem,
    ReadSheet,
    Row,
    SheetContent,
    SheetForm,
    Summary,
    Value,
    read_grids,
    read_sheet,
    write_workbook,
)

_ROMAN = ("I", "II", "III", "IV")
_STATES = {
    TaskState.ASSIGNED: "Đã giao",
    TaskState.STARTED: "Đang làm",
    TaskState.PARTLY_DONE: "Xong một phần",
    TaskState.COMPLETED: "Hoàn thành",
    TaskState.CANCELLED: "Huỷ bỏ",
    TaskState.CARRIED: "Chuyển sang năm sau",
}
_DRAFTED = (
    Column(
        field="number",
        heading="Số thứ tự",
        also=("Số", "STT", "TT", "Số TT"),
        kind=Kind.INTEGER,
        is_required=True,
        width=9,
        number_min=1,
        number_max=9999,
        hint="Số của nhiệm vụ trong kế hoạch; mỗi số một dòng.",
    ),
    Column(
        field="quarter",
        heading="Quý",
        also=("Quý thực hiện",),
        kind=Kind.CHOICE,
        choices=tuple(
            Choice(value=str(number), word=f"Quý {roman}", also=(roman, f"Quý {number}"))
            for number, roman in enumerate(_ROMAN, start=1)
        ),
        is_required=True,
        width=9,
    ),
    Column(
        field="content",
        heading="Nội dung công việc",
        also=("Nội dung", "Nhiệm vụ", "Nội dung nhiệm vụ"),
        is_required=True,
        width=60,
        length_max=TEXT_MAX,
    ),
    Column(
        field="leads",
        heading="Đơn vị chủ trì",
        also=("Chủ trì", "Đơn vị thực hiện"),
        kind=Kind.LIST,
        is_required=True,
        width=32,
        hint="Tên hoặc mã đơn vị; nhiều đơn vị cách nhau bằng dấu chấm phẩy.",
    ),
    Column(
        field="coordinators",
        heading="Đơn vị phối hợp",
        also=("Phối hợp",),
        kind=Kind.LIST,
        width=32,
        hint="Tên hoặc mã đơn vị; nhiều đơn vị cách nhau bằng dấu chấm phẩy.",
    ),
    Column(
        field="due_on",
        heading="Thời hạn",
        also=("Hạn", "Hạn hoàn thành", "Thời hạn hoàn thành"),
        kind=Kind.DATE,
        width=13,
        hint="Ngày, ví dụ 25/06/2020; để trống thì hạn là cuối tháng hoặc cuối quý.",
    ),
    Column(
        field="due_month",
        heading="Tháng",
        also=("Tháng thực hiện", "Hạn trong tháng"),
        kind=Kind.INTEGER,
        width=9,
        number_min=1,
        number_max=12,
        hint="Ghi tháng thay cho ngày: hạn là ngày làm việc cuối của tháng.",
    ),
    Column(
        field="repeats",
        heading="Định kỳ",
        also=("Lặp lại",),
        kind=Kind.CHOICE,
        choices=(
            Choice(value=Repeat.MONTHLY, word="Hằng tháng", also=("Hàng tháng",)),
            Choice(value=Repeat.QUARTERLY, word="Hằng quý", also=("Hàng quý",)),
        ),
        width=12,
        hint="Việc làm lại mỗi tháng hoặc mỗi quý; khi ban hành, mỗi kỳ là một nhiệm vụ có hạn riêng.",
    ),
)
# What is in force has a day, however the document states it.
_ISSUED = tuple(column for column in _DRAFTED if column.field not in ("due_month", "repeats"))
_FOLLOWED = (
    Column(field="state", heading="Trạng thái", width=15),
    Column(field="completed_on", heading="Ngày hoàn thành", kind=Kind.DATE, width=13),
)


def task_form(plan: PlanView) -> SheetForm:
    """Return the form of the plan's tasks; those of an issued plan also say how far they are."""
    return SheetForm(
        name="Nhiệm vụ",
        also=("Kế hoạch", "Bảng nhiệm vụ", "Danh sách nhiệm vụ"),
        title=f"{plan.text.title} – danh sách nhiệm vụ",
        columns=(*_ISSUED, *_FOLLOWED) if plan.status == "issued" else _DRAFTED,
        rows_max=TASKS_MAX,
    )


def write_tasks(board: PlanBoard, detail: OrganisationDetail) -> bytes:
    """Return the workbook of the plan's tasks, with a chart of what is done in each quarter."""
    plan = board.plan
    names = unit_names(detail.organisation, detail.units, detail.sets)
    if plan.status == "issued":
        rows = [_issued_row(task, names) for task in board.tasks]
    else:
        rows = [_drafted_row(task, names) for task in plan.draft]
    quarters = [
        (task.quarter, task.state is TaskState.COMPLETED)
        for task in board.tasks
        if task.state is not TaskState.CANCELLED
    ] or [(task.quarter, False) for task in plan.draft if plan.status != "issued"]
    summary = Summary(
        name="Tổng hợp",
        title=f"Nhiệm vụ theo quý, năm {plan.year}",
        heading="Quý",
        counted=("Hoàn thành", "Chưa hoàn thành"),
        rows=[
            (f"Quý {roman}", (quarters.count((number, True)), quarters.count((number, False))))
            for number, roman in enumerate(_ROMAN, start=1)
        ],
    )
    return write_workbook([SheetContent(form=task_form(plan), rows=rows)], summary=summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTasks:
    """What the file would make of the draft; `tasks` is the whole draft afterwards, good rows only."""

    preview: Preview
    tasks: tuple[NewTask, ...]


def read_tasks(
    content: bytes, plan: PlanView, detail: OrganisationDetail, today: date, *, drops_absent: bool = False
) -> CheckedTasks:
    """Return what the file says of the draft's tasks.

    Tasks that are not in the file stay as they are, unless `drops_absent`. Raises Rejected `plan.wrong_status`,
    `office_file.…`, `workbook.…`.
    """
    if plan.status not in ("draft", "returned"):
        raise Rejected("plan.wrong_status", plan_id=plan.plan_id, status=plan.status, required="draft")
    form = task_form(plan)
    sheet = read_sheet(read_grids(content, [form]), form)
    if sheet is None:
        raise Rejected("workbook.sheet_missing", sheets=f"“{form.name}”")
    names = unit_names(detail.organisation, detail.units, detail.sets)
    open_units = {unit.unit_id for unit in detail.units if unit.is_open(today)} | {one.set_id for one in detail.sets}
    known = {task.number: task for task in plan.draft}
    tasks = {number: _as_new(task) for number, task in known.items()}
    problems = list(sheet.problems)
    lines: list[Line] = []
    about: dict[int, str] = {}
    first_row: dict[int, int] = {}
    for row in sheet.rows:
        number = row.values["number"]
        assert isinstance(number, int)
        about[row.number] = f"Nhiệm vụ {number}"
        found = list(_problems(row, sheet, plan.year, names, open_units, first_row.get(number)))
        first_row.setdefault(number, row.number)
        if found:
            problems += found
            continue
        now = _drafted_row(known[number], names) if number in known else {}
        changes = differences(form.columns, now, _named(row, names))
        state = LineState.NEW if number not in known else LineState.CHANGED if changes else LineState.SAME
        if state is not LineState.SAME:
            tasks[number] = _task(row, known.get(number), names)
        lines.append(Line(sheet=sheet.name, row=row.number, about=about[row.number], state=state, differences=changes))
    # What could be read of a wrong row is looked at as well, so that one round of corrections is enough.
    for row in sheet.wrong_rows:
        if "number" in row.values:
            about[row.number] = f"Nhiệm vụ {row.values['number']}"
        problems += _problems(row, sheet, plan.year, names, open_units, None)
    # A row that is wrong is not a row that is gone.
    absent = [] if sheet.problems and drops_absent else [number for number in known if number not in first_row]
    if drops_absent:
        for number in absent:
            del tasks[number]
    lines += wrong_lines(sheet, problems, about)
    preview = Preview(
        lines=tuple(sorted(lines, key=lambda line: line.row)),
        problems=tuple(sorted(problems, key=lambda one: (one.row, one.column))),
        heads={sheet.name: sheet.head},
        absent=tuple(f"Nhiệm vụ {number}" for number in absent),
        ignored=sheet.unknown_headings,
        drops_absent=drops_absent,
    )
    return CheckedTasks(preview=preview, tasks=tuple(tasks.values()))


def amendment(plan: PlanView, checked: CheckedTasks, *, at: datetime) -> AmendDraft | None:
    """Return the command that makes the changes; None where there are none."""
    if not checked.preview.changes:
        return None
    return AmendDraft(
        district=plan.district, plan_id=plan.plan_id, number=plan.number, text=plan.text, tasks=checked.tasks, at=at
    )


def _problems(
    row: Row, sheet: ReadSheet, year: int, names: UnitNames, open_units: set[str], first_row: int | None
) -> Sequence[Problem]:
    found = []
    if first_row is not None:
        again = Rejected("list.row_repeated", key=str(row.values["number"]), first_row=first_row)
        found.append(sheet.problem(row.number, "number", again))
    for field in ("leads", "coordinators"):
        try:
            for unit_id in _units(row, field, names):
                if unit_id not in open_units:
                    raise Rejected("list.unit_ended", unit=names.word(unit_id))
        except Rejected as refusal:
            found.append(sheet.problem(row.number, field, refusal))
    due_on = row.values.get("due_on")
    if isinstance(due_on, date) and due_on.year not in (year, year + 1):
        number = str(row.values.get("number", "?"))
        late = Rejected("task.due_out_of_year", task_number=number, due_on=str(due_on), year=year)
        found.append(sheet.problem(row.number, "due_on", late))
    month, quarter = row.values.get("due_month"), row.values.get("quarter")
    number = str(row.values.get("number", "?"))
    if isinstance(month, int) and quarter is not None and quarter_of_month(month) != int(str(quarter)):
        elsewhere = Rejected("task.month_outside_quarter", task_number=number, month=month, quarter=str(quarter))
        found.append(sheet.problem(row.number, "due_month", elsewhere))
    for field in ("due_month", "repeats"):
        if due_on is not None and row.values.get(field) is not None:
            found.append(sheet.problem(row.number, field, Rejected("task.term_stated_twice", task_number=number)))
    return found


def _units(row: Row, field: str, names: UnitNames) -> tuple[str, ...]:
    written = row.values.get(field)
    return names.find_all(written) if isinstance(written, tuple) else ()


def _named(row: Row, names: UnitNames) -> Mapping[str, Value]:
    """Return the row's values with its units in the words in which they are written."""
    units = {
        field: tuple(map(names.word, _units(row, field, names))) or None
        for field in ("leads", "coordinators")
        if field in row.values
    }
    return {**row.values, **units}


def _task(row: Row, known: DraftTask | None, names: UnitNames) -> NewTask:
    """Return the task as the row has it; what the file has no column for stays."""
    values = row.values
    number, content, due_on, month = values["number"], values["content"], values.get("due_on"), values.get("due_month")
    assert isinstance(number, int) and isinstance(content, str) and not isinstance(due_on, str | int | tuple)
    before = _as_new(known) if known else None
    repeats = values.get("repeats")
    return NewTask(
        number=number,
        quarter=int(str(values["quarter"])),
        content=content,
        lead_units=_units(row, "leads", names),
        coordinating_units=_units(row, "coordinators", names)
        if "coordinators" in values or before is None
        else before.coordinating_units,
        due_on=due_on if "due_on" in values or before is None else before.due_on,  # type: ignore[arg-type]
        due_month=(month if isinstance(month, int) else None)
        if "due_month" in values or before is None
        else before.due_month,
        repeats=(Repeat(str(repeats)) if repeats else None)
        if "repeats" in values or before is None
        else before.repeats,
    )


def _as_new(task: DraftTask) -> NewTask:
    return NewTask(
        number=task.number,
        quarter=task.quarter,
        content=task.content,
        lead_units=tuple(unit.unit_id for unit in task.leads),
        coordinating_units=tuple(unit.unit_id for unit in task.coordinators),
        due_on=task.due_on,
        due_month=task.due_month,
        repeats=task.repeats,
    )


def _drafted_row(task: DraftTask, names: UnitNames) -> Mapping[str, Value]:
    return {
        "number": task.number,
        "quarter": str(task.quarter),
        "content": task.content,
        "leads": tuple(names.word(unit.unit_id) for unit in task.leads),
        "coordinators": tuple(names.word(unit.unit_id) for unit in task.coordinators) or None,
        "due_on": task.due_on,
        "due_month": task.due_month,
        "repeats": task.repeats,
    }


def _issued_row(task: TaskView, names: UnitNames) -> Mapping[str, Value]:
    def units(role: UnitRole) -> tuple[str, ...] | None:
        return tuple(names.word(part.unit_id) for part in task.parts if part.role is role) or None

    return {
        "number": task.number,
        "quarter": str(task.quarter),
        "content": task.content,
        "leads": units(UnitRole.LEAD),
        "coordinators": units(UnitRole.COORDINATING),
        "due_on": task.due_on,
        "state": _STATES[task.state],
        "completed_on": task.completed_on,
    }
