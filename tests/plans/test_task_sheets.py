"""The tasks of a plan as a spreadsheet: out and in again they are the same; changes become one amended draft."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.cli.organisation import DEMO, DEMO_ORGANISATION, directories_of, read_organisations
from services.cli.plan import draft_of, read_plan
from services.plans.decider import PLAN, PlanFacts
from services.plans.documents.sheets import CheckedTasks, LineState, amendment, read_tasks, write_tasks
from services.plans.events import DraftAmended, PlanDrafted, Repeat
from services.plans.views import OrganisationDetail, PlanBoard, PlanView
from shared.errors import Rejected
from tests.office.sheets import ods, opened, saved, xls, xlsx
from tests.plans.a_plan import HOME_AFFAIRS
from tests.plans.an_organisation import AT, TODAY, District, demo_districts

HEAD = ("STT", "Quý", "Nội dung", "Chủ trì", "Phối hợp", "Thời hạn")


@pytest.fixture(scope="module")
def cai_rang() -> District:
    return demo_districts("cai-rang")["cai-rang"]


@pytest.fixture(scope="module")
def plan(cai_rang: District) -> PlanView:
    """Return the plan of the demo as a draft."""
    parsed = read_plan(DEMO / "ke-hoach-30-kh-ubnd-2020.txt", directories_of(read_organisations(DEMO_ORGANISATION)))
    (drafted,) = PLAN.decide(draft_of(parsed, at=AT), PLAN.initial, facts_of(cai_rang.detail()))
    assert isinstance(drafted, PlanDrafted)
    return PlanView(
        district=drafted.district,
        plan_id=drafted.plan_id,
        year=drafted.year,
        status="draft",
        number=drafted.number,
        issued_on=None,
        text=drafted.text,
        draft=drafted.tasks,
        return_reason=None,
        seq=7,
    )


def facts_of(detail: OrganisationDetail) -> PlanFacts:
    return PlanFacts(
        actor=HOME_AFFAIRS,
        today=TODAY,
        units={unit.unit_id: unit for unit in detail.units},
        sets={one.set_id: (one.name, one.members) for one in detail.sets},
        groups=detail.groups,
    )


def board_of(plan: PlanView) -> PlanBoard:
    return PlanBoard(plan=plan, tasks=(), today=TODAY, days_left={})


def amended(plan: PlanView, checked: CheckedTasks, cai_rang: District) -> PlanView:
    """Return the plan after the command of the file, as the service would have it."""
    command = amendment(plan, checked, at=AT)
    assert command is not None
    drafted = PlanDrafted(
        district=plan.district,
        plan_id=plan.plan_id,
        year=plan.year,
        number=plan.number,
        text=plan.text,
        tasks=plan.draft,
        by="x",
        at=AT,
    )
    (event,) = PLAN.decide(command, PLAN.evolve(PLAN.initial, drafted), facts_of(cai_rang.detail()))
    assert isinstance(event, DraftAmended)
    return replace(plan, draft=event.tasks)


def changed(plan: PlanView, cai_rang: District, change: Callable[[Any], object]) -> bytes:
    workbook = opened(write_tasks(board_of(plan), cai_rang.detail()))
    change(workbook["Nhiệm vụ"])
    return saved(workbook)


def check(content: bytes, plan: PlanView, cai_rang: District, *, drops_absent: bool = False) -> CheckedTasks:
    return read_tasks(content, plan, cai_rang.detail(), TODAY, drops_absent=drops_absent)


def test_what_was_exported_and_not_touched_changes_nothing(plan: PlanView, cai_rang: District) -> None:
    checked = check(write_tasks(board_of(plan), cai_rang.detail()), plan, cai_rang)

    assert checked.preview.counts == {"new": 0, "changed": 0, "same": 15, "wrong": 0}
    assert amendment(plan, checked, at=AT) is None


def test_changed_and_new_rows_become_one_amended_draft_and_the_file_again_nothing(
    plan: PlanView, cai_rang: District
) -> None:
    def work(sheet: Any) -> None:
        sheet["C2"] = "Ban hành Chỉ thị mới"
        sheet["F3"] = "25/06/2020"
        sheet["E4"] = "Thanh tra;phòng tư pháp"
        sheet.append([16, "II", "Việc mới", "Phòng Nội vụ, Phòng Tư pháp", None, date(2020, 5, 19)])

    content = changed(plan, cai_rang, work)
    checked = check(content, plan, cai_rang)
    after = amended(plan, checked, cai_rang)
    tasks = {task.number: task for task in after.draft}

    assert checked.preview.counts == {"new": 1, "changed": 3, "same": 12, "wrong": 0}
    assert (tasks[1].content, tasks[2].due_on) == ("Ban hành Chỉ thị mới", date(2020, 6, 25))
    assert [unit.unit_id for unit in tasks[3].coordinators] == ["thanh-tra", "phong-tu-phap"]
    assert [unit.unit_id for unit in tasks[16].leads] == ["phong-noi-vu", "phong-tu-phap"]
    assert check(content, after, cai_rang).preview.changes == 0


@pytest.mark.parametrize("make", [xlsx, xls, ods])
def test_a_table_of_ones_own_is_taken_in_every_format(plan: PlanView, cai_rang: District, make: Any) -> None:
    row = (1, "I", "Việc khác", "Phòng Nội vụ", "", date(2020, 3, 1))
    checked = check(make(("KẾ HOẠCH NĂM 2020",), HEAD, row, sheet="Sheet1"), plan, cai_rang)

    assert checked.preview.counts == {"new": 0, "changed": 1, "same": 0, "wrong": 0}
    assert len(checked.preview.absent) == 14
    assert len(checked.tasks) == 15, "what is not in the file stays"


def test_tasks_that_are_not_in_the_file_are_dropped_only_when_that_is_chosen(
    plan: PlanView, cai_rang: District
) -> None:
    content = changed(plan, cai_rang, lambda sheet: sheet.delete_rows(2, 5))

    kept, dropped = (check(content, plan, cai_rang, drops_absent=one) for one in (False, True))

    assert (kept.preview.changes, len(kept.tasks)) == (0, 15)
    assert (dropped.preview.changes, len(dropped.tasks)) == (5, 10)
    assert len(amended(plan, dropped, cai_rang).draft) == 10


def test_nothing_is_dropped_while_a_row_cannot_be_read(plan: PlanView, cai_rang: District) -> None:
    def work(sheet: Any) -> None:
        sheet.delete_rows(2, 5)
        sheet["A2"] = "sáu"

    checked = check(changed(plan, cai_rang, work), plan, cai_rang, drops_absent=True)

    assert (checked.preview.changes, len(checked.tasks)) == (0, 15)


def test_mistakes_are_found_where_they_stand_and_the_good_rows_remain(plan: PlanView, cai_rang: District) -> None:
    rows: Sequence[Sequence[Any]] = (
        (1, "I", "Việc", "Không Có", "", ""),
        (2, "V", "Việc", "Thanh tra", "", ""),
        (3, "I", "", "Thanh tra", "", ""),
        (4, "I", "Việc", "", "", ""),
        (5, "I", "Việc", "Thanh tra", "Phường Xa", "01/01/2031"),
        (6, "I", "Việc đúng", "Thanh tra", "", ""),
        (6, "I", "Việc lặp", "Thanh tra", "", ""),
        (0, "I", "Việc", "Phòng Xa", "", ""),
    )
    checked = check(xlsx(HEAD, *rows), plan, cai_rang)

    assert [(one.row, one.column, one.code) for one in checked.preview.problems] == [
        (2, 4, "list.unit_unknown"),
        (3, 2, "cell.not_a_choice"),
        (4, 3, "cell.missing"),
        (5, 4, "cell.missing"),
        (6, 5, "list.unit_unknown"),
        (6, 6, "task.due_out_of_year"),
        (8, 1, "list.row_repeated"),
        (9, 1, "cell.out_of_range"),
        (9, 4, "list.unit_unknown"),
    ]
    assert checked.preview.counts == {"new": 0, "changed": 1, "same": 0, "wrong": 7}
    assert {task.number: task.content for task in checked.tasks}[6] == "Việc đúng"


def test_a_closed_unit_takes_no_task() -> None:
    district = demo_districts("ninh-kieu")["ninh-kieu"]
    plan = PlanView(
        district="ninh-kieu",
        plan_id="2021",
        year=2021,
        status="returned",
        number=None,
        issued_on=None,
        text=None,  # type: ignore[arg-type]
        draft=(),
        return_reason=None,
        seq=1,
    )
    plan = replace(plan, text=replace(_text(), title="Kế hoạch"))
    content = xlsx(HEAD, (1, 1, "Việc", "Phường An Hội", "", ""))

    before = read_tasks(content, plan, district.detail(2021), date(2020, 2, 29))
    after = read_tasks(content, plan, district.detail(2021), date(2020, 3, 1))

    assert (before.preview.counts[LineState.NEW], [one.code for one in after.preview.problems]) == (
        1,
        ["list.unit_ended"],
    )


def _text() -> Any:
    from tests.plans.a_plan import TEXT

    return TEXT


@pytest.mark.parametrize("status", ["submitted", "issued"])
def test_only_a_draft_takes_a_file(plan: PlanView, cai_rang: District, status: str) -> None:
    with pytest.raises(Rejected) as refusal:
        check(xlsx(HEAD), replace(plan, status=status), cai_rang)
    assert refusal.value.code == "plan.wrong_status"


def test_the_export_counts_its_tasks_by_quarter(plan: PlanView, cai_rang: District) -> None:
    book = opened(write_tasks(board_of(plan), cai_rang.detail()))
    counts = [[cell.value for cell in row] for row in book["Tổng hợp"].iter_rows(max_row=5)]

    assert counts[0] == ["Quý", "Hoàn thành", "Chưa hoàn thành"]
    assert [row[0] for row in counts[1:]] == ["Quý I", "Quý II", "Quý III", "Quý IV"]
    assert sum(row[2] for row in counts[1:]) == 15


def test_months_and_repetitions_go_out_and_come_in_again(plan: PlanView, cai_rang: District) -> None:
    head = (*HEAD, "Tháng", "Định kỳ")
    rows = (
        (1, "II", "Hội thi", "Phòng Nội vụ", "", "", 5, ""),
        (2, "I", "Báo cáo", "Phòng Nội vụ", "", "", "", "Hằng tháng"),
    )
    after = amended(plan, check(xlsx(head, *rows), plan, cai_rang), cai_rang)
    tasks = {task.number: task for task in after.draft}

    assert (tasks[1].due_month, tasks[2].repeats) == (5, Repeat.MONTHLY)
    assert check(write_tasks(board_of(after), cai_rang.detail()), after, cai_rang).preview.changes == 0


def test_a_term_that_contradicts_itself_is_found_in_its_cell(plan: PlanView, cai_rang: District) -> None:
    head = (*HEAD, "Tháng", "Định kỳ")
    rows = (
        (1, "I", "Hội thi", "Phòng Nội vụ", "", "", 5, ""),
        (2, "I", "Báo cáo", "Phòng Nội vụ", "", date(2020, 3, 1), 3, "Hằng quý"),
    )
    checked = check(xlsx(head, *rows), plan, cai_rang)

    assert [(one.row, one.column, one.code) for one in checked.preview.problems] == [
        (2, 7, "task.month_outside_quarter"),
        (3, 7, "task.term_stated_twice"),
        (3, 8, "task.term_stated_twice"),
    ]
