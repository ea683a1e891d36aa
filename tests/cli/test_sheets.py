"""`tdkt org` and `tdkt task` against real services: out, in, refused, marked, applied, again nothing."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.client import connected
from shared.eventstore import stream_info
from tests.cli.system import System, running_system

pytestmark = pytest.mark.same_on_both("the command line speaks with services, which are tested on both")

TASKS = ("--plan", "2021", "--district", "binh-thuy", "--as", "pnv.binh-thuy")
PLAN_FILE = Path(__file__).parents[2] / "deploy/demo/ke-hoach-12-kh-ubnd-2021-binh-thuy.txt"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("sheets"), "plans", "scoring") as running:
        loaded = running.load_demo()
        assert loaded.code == 0, loaded.err
        drafted = running.tdkt("plan", "import", str(PLAN_FILE), "--as", "pnv.binh-thuy")
        assert drafted.code == 0, drafted.err
        yield running


def events_in_log(system: System) -> int:
    """Return the last sequence of the log of plans."""

    async def last() -> int:
        async with connected(system.bus.settings_of("cli")) as client:
            return (await stream_info(client, "PLANS")).last_seq

    return asyncio.run(last())


def tdkt(system: System, *arguments: str) -> Result:
    """Run `tdkt` in this process: the machine starts Python in a second, and these are many."""
    return CliRunner(env=system.environment()).invoke(app, list(arguments))


def worked_in(path: Path, sheet: str, **cells: Any) -> None:
    """Change cells of a file, as its owner would."""
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book[sheet][place] = value
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())


def test_the_organisation_exported_and_imported_unchanged_makes_no_event(system: System, tmp_path: Path) -> None:
    file = tmp_path / "to-chuc.xlsx"
    exported = system.tdkt("org", "export", str(file), "--as", "admin")
    before = events_in_log(system)
    imported = system.tdkt("org", "import", str(file), "--as", "admin", "-o", "json")

    assert (exported.code, imported.code) == (0, 0), imported.err
    assert (imported.json["changes"], imported.json["counts"]["wrong"], imported.json["marked"]) == (0, 0, None)
    assert imported.json["counts"]["same"] > 400
    assert events_in_log(system) == before


def test_a_changed_file_is_shown_first_then_applied_and_the_second_time_changes_nothing(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "o-mon.xlsx"
    assert system.tdkt("org", "export", str(file), "--district", "o-mon", "--as", "pnv.o-mon").code == 0
    worked_in(file, "Đơn vị", D2="Ủy ban nhân dân quận", C3="Hội đồng TĐKT quận Ô Môn")
    before = events_in_log(system)

    shown = system.tdkt("org", "import", str(file), "--as", "pnv.o-mon", "--dry-run")
    after_show = events_in_log(system)
    applied = system.tdkt("org", "import", str(file), "--as", "pnv.o-mon")
    after = events_in_log(system)
    again = system.tdkt("org", "import", str(file), "--as", "pnv.o-mon")

    assert (shown.code, after_show) == (0, before)
    assert "đổi 2" in shown.out and "Hội đồng TĐKT quận Ô Môn" in shown.out
    assert (applied.code, after) == (0, before + 2), applied.err
    assert "Đã áp dụng 2 thay đổi." in applied.out and "2/2" in applied.err
    assert (again.code, events_in_log(system)) == (0, after)
    assert "0 thay đổi" in again.out


def test_a_file_with_a_wrong_row_changes_nothing_and_comes_back_marked_beside_the_original(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "nhiem-vu.xlsx"
    assert system.tdkt("task", "export", str(file), *TASKS).code == 0
    worked_in(file, "Nhiệm vụ", C2="Nội dung mới", D3="Phòng Không Có", F4="ngày mai")
    before = events_in_log(system)

    refused = system.tdkt("task", "import", str(file), *TASKS)
    as_json = system.tdkt("task", "import", str(file), *TASKS, "--dry-run", "-o", "json")
    marked = openpyxl.load_workbook(tmp_path / "nhiem-vu-loi.xlsx")["Nhiệm vụ"]

    assert (refused.code, events_in_log(system)) == (4, before)
    assert "Chưa áp dụng gì" in refused.err and "D" in refused.out and "list.unit_unknown" in refused.out
    assert marked["D3"].comment.text == "Không có đơn vị “Phòng Không Có”."
    assert marked["C2"].value == "Nội dung mới"
    assert [(one["row"], one["column"], one["code"]) for one in as_json.json["problems"]] == [
        (3, 4, "list.unit_unknown"),
        (4, 6, "cell.not_a_date"),
    ]
    assert (tmp_path / "nhiem-vu-loi-2.xlsx").exists(), "the first copy, perhaps corrected by now, is not replaced"

    taken = system.tdkt("task", "import", str(file), *TASKS, "--skip-wrong")

    assert (taken.code, events_in_log(system)) == (0, before + 1), taken.err
    assert "Đã áp dụng 1 thay đổi." in taken.out


def test_an_exported_file_is_not_replaced_unasked(system: System, tmp_path: Path) -> None:
    file = tmp_path / "nhiem-vu.xlsx"
    file.write_text("của tôi")

    kept = system.tdkt("task", "export", str(file), *TASKS)
    replaced = system.tdkt("task", "export", str(file), *TASKS, "--force")

    assert (kept.code, replaced.code) == (2, 0)
    assert file.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("org", "import", "{garbage}", "--as", "admin"), "workbook.unsupported"),
        (("org", "import", "{missing}", "--as", "admin"), "office_file.unreadable"),
        (("org", "import", "{empty}", "--as", "admin"), "workbook.unsupported"),
        (("org", "import", "{other}", "--as", "admin"), "workbook.sheet_missing"),
        (("org", "import", "{garbage}", "--as", "phuong.thoi-hoa.o-mon"), "account.not_found"),
        (("org", "import", "{garbage}", "--as", "thanhpho"), "actor.not_allowed"),
        (("org", "export", "{missing}", "--as", "phuong.le-binh.cai-rang"), "actor.not_allowed"),
        (("task", "import", "{other}", *TASKS), "workbook.sheet_missing"),
        (("task", "export", "{missing}", *TASKS[:3], "o-mon", *TASKS[4:]), "actor.not_allowed"),
        (("task", "export", "{missing}", "--plan", "1999", *TASKS[2:]), "plan.not_found"),
        (
            ("task", "import", "{tasks}", "--plan", "2020", "--district", "cai-rang", "--as", "pnv.cai-rang"),
            "plan.wrong_status",
        ),
        (("task", "import", "{changed}", *TASKS[:-1], "ct.binh-thuy"), "actor.not_allowed"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_4(
    system: System, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    files = {name: tmp_path / f"{name}.xlsx" for name in ("garbage", "missing", "empty", "other", "tasks", "changed")}
    files["garbage"].write_bytes(b"no spreadsheet")
    files["empty"].write_bytes(b"")
    openpyxl.Workbook().save(files["other"])
    for name in ("tasks", "changed"):
        assert tdkt(system, "task", "export", str(files[name]), *TASKS).exit_code == 0
    worked_in(files["changed"], "Nhiệm vụ", C2="Của Chủ tịch")
    before = events_in_log(system)
    ended = tdkt(system, *(one.format_map({key: str(path) for key, path in files.items()}) for one in arguments))

    assert (ended.exit_code, events_in_log(system)) == (4, before), ended.output
    assert f"[{code}]" in ended.stderr.strip().splitlines()[-1]


def test_what_another_clerk_changed_after_the_look_is_not_overwritten(system: System, tmp_path: Path) -> None:
    """The command carries the sequence at which the file was held against the draft."""
    from services.cli.plans import plans_as
    from services.plans.documents.sheets import amendment, read_tasks
    from services.plans.views import OrganisationDetail, PlanBoard, ShowOrganisation, ShowPlan
    from shared.errors import Rejected

    file = tmp_path / "nhiem-vu.xlsx"
    assert system.tdkt("task", "export", str(file), *TASKS).code == 0
    settings = system.bus.settings_of("cli")

    async def look_then_another_writes_then_apply() -> str:
        async with plans_as(settings, "pnv.binh-thuy") as plans:
            board, _ = await plans.ask(ShowPlan(district="binh-thuy", plan_id="2021"), PlanBoard)
            detail, _ = await plans.ask(ShowOrganisation(district="binh-thuy", year=2021), OrganisationDetail)
            worked_in(file, "Nhiệm vụ", C5="Của người thứ nhất")
            mine = amendment(
                board.plan, read_tasks(file.read_bytes(), board.plan, detail, board.today), at=plans.clock.now()
            )
            worked_in(file, "Nhiệm vụ", C5="Của người thứ hai")
            theirs = amendment(
                board.plan, read_tasks(file.read_bytes(), board.plan, detail, board.today), at=plans.clock.now()
            )
            assert mine and theirs
            await plans.do(theirs, board.plan.seq)
            try:
                await plans.do(mine, board.plan.seq)
            except Rejected as refusal:
                return refusal.code
            return ""

    assert asyncio.run(look_then_another_writes_then_apply()) == "form.stale"


def test_five_thousand_rows_are_applied_with_a_bar_and_the_second_time_change_nothing(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "truong.xlsx"
    assert system.tdkt("org", "export", str(file), "--as", "admin").code == 0
    book = openpyxl.load_workbook(file)
    places = ("Ninh Kiều", "Bình Thuỷ", "Cái Răng", "Ô Môn", "Thốt Nốt", "Cần Thơ")
    for place in places:
        for number in range(834):
            name = f"Trường Tiểu học số {number}"
            book["Đơn vị"].append([place, f"truong-{number}", name, f"TH {number}", "Đơn vị sự nghiệp"])
    book.save(file)
    before = events_in_log(system)

    applied = system.tdkt("org", "import", str(file), "--as", "admin")
    after = events_in_log(system)
    again = system.tdkt("org", "import", str(file), "--as", "admin", "-o", "json")

    assert (applied.code, after - before) == (0, 5004), applied.err
    assert "Mới 5004" in applied.out and "5004/5004" in applied.err
    assert (again.json["changes"], again.json["counts"]["wrong"], events_in_log(system)) == (0, 0, after)


def test_units_are_merged_and_a_district_ends_by_a_paper_and_what_cannot_be_says_why(system: System) -> None:
    paper = ("--number", "893/NQ-UBTVQH14", "--issued-on", "10/01/2020", "--issuer", "Ủy ban Thường vụ Quốc hội")
    office = ("--district", "thot-not", "--as", "pnv.thot-not", "--from", "01/03/2020", *paper)
    into = ("--into", "phuong-moi", "--new", "phuong-moi=UBND phường Mới; Phường Mới")
    merged = system.tdkt("org", "merge", "phuong-thuan-an", "phuong-tan-loc", *into, *office)
    assert (merged.code, "Đã ghi nhận" in merged.out) == (0, True), merged.err
    again = system.tdkt("org", "split", "phuong-tan-loc", "--successor", "a", "--new", "a=A", "--new", "b=B", *office)
    assert (again.code, "ngày cuối cùng là 29/02/2020" in again.err) == (4, True), again.err
    malformed = system.tdkt("org", "split", "phuong-moi", "--successor", "a", "--new", "a", *office)
    assert (malformed.code, "không có dạng" in malformed.err) == (2, True), malformed.err

    end = ("org", "close-district", "o-mon", "--last-day", "30/06/2025", *paper)
    ended = system.tdkt(*end, "--as", "thanhpho", "--takes", "phuong-la=phuong-thoi-an")
    assert (ended.code, "[organisation.successor_not_found]" in ended.err) == (4, True), ended.err
    assert system.tdkt(*end, "--as", "thanhpho").code == 0


def test_registrations_of_many_units_come_in_from_a_file_and_the_second_time_change_nothing(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "dang-ky.xlsx"
    place = ("--year", "2020", "--district", "cai-rang", "--as", "pnv.cai-rang")
    opened = '{"district": "cai-rang", "year": 2020, "closes_on": "2020-02-28"}'
    assert system.tdkt("call", "plans", "open-registration", "--as", "pnv.cai-rang", "--json", opened).code == 0
    assert system.tdkt("registration", "export", str(file), "--template", *place).code == 0
    book = openpyxl.load_workbook(file)
    for unit in ("Phường Lê Bình", "Phường Ba Láng"):
        for number in range(3):
            book["Danh hiệu"].append([unit, f"Người thứ {number}", "Lao động tiên tiến"])
    book["Danh hiệu"].append(["Phường Lạ", "Ai đó", "Lao động tiên tiến"])
    book.save(file)
    before = events_in_log(system)

    refused = tdkt(system, "registration", "import", str(file), *place)
    untouched = events_in_log(system)
    taken = system.tdkt("registration", "import", str(file), "--skip-wrong", *place)
    after = events_in_log(system)
    again = system.tdkt("registration", "import", str(file), "--skip-wrong", "-o", "json", *place)
    stranger = tdkt(system, "registration", "export", str(tmp_path / "x.xlsx"), *place[:-1], "pnv.binh-thuy")

    assert (refused.exit_code, untouched) == (4, before) and (tmp_path / "dang-ky-loi.xlsx").exists()
    assert (taken.code, after) == (0, before + 2), taken.err
    assert "Đã áp dụng 6 thay đổi." in taken.out and "6/6" in taken.err
    assert (again.json["changes"], again.json["counts"]["same"], events_in_log(system)) == (0, 6, after)
    assert stranger.exit_code == 4 and "[actor.not_allowed]" in stranger.stderr
