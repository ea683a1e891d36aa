"""Spreadsheets through the console: upload, look, take the marked copy, apply; nothing changes before that."""

import asyncio
import io
from typing import Any

import openpyxl
import pytest

from services.plans.documents.sheets import Preview
from services.portal.pages.import_jobs import OWN_KEPT_MAX, OWN_RUNNING_MAX, RUNNING_MAX, ImportJob, ImportJobs
from shared.errors import Rejected
from shared.types import Position
from tests.office.sheets import opened, saved, xlsx
from tests.portal.console import Page, Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("imports send commands, which are tested on both")

TASKS_HEAD = ("STT", "Quý", "Nội dung", "Chủ trì", "Phối hợp", "Thời hạn")
UNITS = "/to-chuc/don-vi/o-mon"
PLAN = "/ke-hoach/o-mon/2021"


def person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


def exported(who: Person, path: str) -> Any:
    answer = who.client.get(f"{path}/xuat-excel")
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    return opened(answer.content)


def upload(who: Person, path: str, content: bytes, **typed: str) -> Page:
    return who.upload(who.open(f"{path}/nhap-excel"), "danh sách.xlsx", content, step="check", **typed)


def carried(shown: Page) -> dict[str, Any]:
    """Return what the page carries to its next step."""
    import html
    import re

    form = re.search(r'<form method="post" action="[^"]+nhap-excel">(.*?)</form>', shown.text, re.S)
    assert form, shown.words
    fields: dict[str, Any] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form[1]):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def step(who: Person, path: str, shown: Page, name: str, **more: str) -> Any:
    return who.client.post(f"{path}/nhap-excel", data={**carried(shown), "step": name, **more})


@pytest.fixture(scope="module")
def drafted(system: RunningServices) -> Person:
    """Return the home affairs of Ô Môn with a draft of 2021 of two tasks."""
    who = person(system, "pnv.o-mon")
    begun = who.send(who.open("/ke-hoach/soan"), district="o-mon", year="2021", text="")
    rows = {"row-0-quarter": "1", "row-0-content": "Ban hành Chỉ thị", "row-0-leads": "Phòng Nội vụ"}
    saved_plan = who.send(begun, **rows)
    assert saved_plan.path == PLAN, saved_plan.errors
    return who


def test_what_is_exported_and_uploaded_again_shows_no_change(drafted: Person) -> None:
    for path in (UNITS, PLAN):
        shown = upload(drafted, path, saved(exported(drafted, path)))

        assert (shown.status, "0 thay đổi, không có gì để áp dụng" in shown.words) == (200, True)
        assert "Áp dụng" not in shown.words


def test_tasks_are_looked_at_then_applied_then_the_same(drafted: Person) -> None:
    content = xlsx(
        TASKS_HEAD,
        (1, "I", "Ban hành Chỉ thị mới", "Phòng Nội vụ", "", ""),
        (2, "II", "Sơ kết", "Phòng Nội vụ; Thanh tra", "", "25/06/2021"),
    )
    shown = upload(drafted, PLAN, content)
    before = drafted.open(PLAN)
    answer = step(drafted, PLAN, shown, "apply")
    again = upload(drafted, PLAN, content)

    assert "Mới 1 dòng Đổi 1 dòng Giữ nguyên 0 dòng Lỗi 0 dòng" in shown.words
    assert "Nội dung công việc: Ban hành Chỉ thị → Ban hành Chỉ thị mới" in shown.words
    assert "Áp dụng 2 thay đổi" in shown.words
    assert "Sơ kết" not in before.words, "looking changes nothing"
    assert (answer.status_code, answer.url.path) == (200, PLAN)
    assert "Sơ kết" in answer.text and "2 thay đổi" in answer.text
    assert "0 thay đổi, không có gì để áp dụng" in again.words


def test_mistakes_are_listed_and_come_back_marked_and_the_good_rows_may_be_taken(drafted: Person) -> None:
    content = xlsx(
        TASKS_HEAD,
        (3, "III", "Việc đúng", "Phòng Nội vụ", "", ""),
        (4, "III", "Việc sai", "Phòng Không Có", "", "ngày mai"),
    )
    shown = upload(drafted, PLAN, content)
    marked = step(drafted, PLAN, shown, "mark")
    refused = step(drafted, PLAN, shown, "apply")
    untouched = drafted.open(PLAN).words
    taken = step(drafted, PLAN, shown, "apply", dong_dung="1")
    sheet = opened(marked.content)["Nhiệm vụ"]

    assert "Không có đơn vị “Phòng Không Có”." in shown.words and "Lỗi 1 dòng" in shown.words
    assert marked.headers["content-disposition"].endswith("danh%20s%C3%A1ch-loi.xlsx")
    assert (sheet["D3"].comment.text, sheet["G1"].value) == ("Không có đơn vị “Phòng Không Có”.", "Lỗi")
    assert refused.status_code == 422
    assert "Việc đúng" not in untouched
    assert taken.url.path.startswith("/nhap/") and "1 dòng sai chưa được nhập" in taken.text
    again = opened(drafted.client.get(f"{taken.url.path}/loi").content)["Nhiệm vụ"]
    assert again["D3"].comment.text == sheet["D3"].comment.text, "the wrong rows come back marked"
    plan = drafted.open(PLAN).words
    assert "Việc đúng" in plan and "Việc sai" not in plan


def test_two_clerks_at_once_are_told(system: RunningServices, drafted: Person) -> None:
    other = person(system, "pnv.o-mon")
    first = upload(drafted, PLAN, xlsx(TASKS_HEAD, (1, "I", "Của người thứ nhất", "Phòng Nội vụ", "", "")))
    second = upload(other, PLAN, xlsx(TASKS_HEAD, (1, "I", "Của người thứ hai", "Phòng Nội vụ", "", "")))
    step(other, PLAN, second, "apply")
    stale = step(drafted, PLAN, first, "apply")

    assert stale.status_code == 409
    assert "Dữ liệu đã thay đổi" in stale.text and "sửa dự thảo" in stale.text.lower()
    assert "Của người thứ hai → " in Page(status=409, path="", text=stale.text, headers=stale.headers).words, (
        "the second look is at what is there now"
    )
    assert "Của người thứ hai" in drafted.open(PLAN).words


def test_a_second_click_changes_nothing_more(drafted: Person) -> None:
    shown = upload(drafted, PLAN, xlsx(TASKS_HEAD, (8, "IV", "Bấm hai lần", "Phòng Nội vụ", "", "")))
    once, twice = step(drafted, PLAN, shown, "apply"), step(drafted, PLAN, shown, "apply")

    assert (once.url.path, twice.url.path) == (PLAN, PLAN)
    assert drafted.open(PLAN).words.count("Bấm hai lần") == 1


def test_units_and_groups_are_imported_by_home_affairs_and_by_the_administrator(system: RunningServices) -> None:
    admin = person(system, "admin")
    book = exported(admin, UNITS)
    book["Đơn vị"].append(["Quận Ô Môn", "th-o-mon", "Trường Tiểu học Ô Môn", "TH Ô Môn", "Đơn vị sự nghiệp"])
    shown = upload(admin, UNITS, saved(book))
    answer = step(admin, UNITS, shown, "apply")

    assert "Áp dụng 1 thay đổi" in shown.words and "Mới 1 dòng" in shown.words
    assert (answer.status_code, answer.url.path, "Trường Tiểu học Ô Môn" in answer.text) == (200, UNITS, True)


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("ct.o-mon", f"{UNITS}/nhap-excel"),
        ("pnv.binh-thuy", f"{UNITS}/nhap-excel"),
        ("pnv.binh-thuy", f"{PLAN}/nhap-excel"),
        ("ct.o-mon", f"{PLAN}/nhap-excel"),
        ("pnv.cai-rang", "/ke-hoach/cai-rang/2020/nhap-excel"),
        ("thanhpho", f"{UNITS}/nhap-excel"),
    ],
)
def test_who_may_not_change_it_is_refused(system: RunningServices, drafted: Person, login: str, path: str) -> None:
    who = person(system, login)
    sent = who.client.post(path, data={"csrf": who.csrf(), "step": "apply", "tep": ""})

    assert (who.open(path).status, sent.status_code) == (403, 403)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no spreadsheet", "Tệp này không phải bảng tính."),
        (b"", "Tệp này không phải bảng tính."),
        (b"x" * 2_000_001, "Tệp quá lớn"),
        (xlsx(("STT", "Nội dung")), "thiếu cột: Quý, Đơn vị chủ trì"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(drafted: Person, content: bytes, words: str) -> None:
    shown = upload(drafted, PLAN, content)

    assert shown.status in (413, 422)
    assert words in shown.errors


@pytest.mark.parametrize("fields", [{}, {"step": "?"}, {"step": "apply", "tep": "%%%"}, {"step": "mark"}])
def test_a_form_that_no_page_made_is_refused(drafted: Person, fields: dict[str, str]) -> None:
    answer = drafted.client.post(f"{PLAN}/nhap-excel", data={"csrf": drafted.csrf(), **fields})

    assert 400 <= answer.status_code < 500


def test_a_file_of_two_megabytes_is_carried_through_all_steps(drafted: Person) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(TASKS_HEAD, (9, "IV", "Việc lớn", "Phòng Nội vụ", "", ""))))
    import os

    book.create_sheet("khác")
    for _ in range(60):
        book["khác"].append([os.urandom(12_000).hex()])
    content = saved(book)
    shown = upload(drafted, PLAN, content)

    assert 700_000 < len(content) < 2_000_000
    assert len(carried(shown)["tep"]) >= 1
    assert step(drafted, PLAN, shown, "apply").url.path == PLAN


def a_job(account_id: str, number: int) -> ImportJob:
    return ImportJob(
        job_id=f"{account_id}-{number}",
        account_id=account_id,
        title="Danh sách",
        path="/nhap",
        back_href="/",
        file_name="danh sách.xlsx",
        content=b"",
        preview=Preview(lines=(), problems=(), heads={}),
        drops_absent=False,
        total=1,
    )


async def test_an_account_runs_two_imports_at_once_and_all_together_no_more_than_the_server_bears() -> None:
    jobs, go_on = ImportJobs(), asyncio.Event()

    async def send(_: object, seq: int) -> Position:
        await go_on.wait()
        return Position(stream="PLANS", seq=seq, epoch="1")

    def start(account_id: str, number: int) -> None:
        jobs.start(a_job(account_id, number), {"": [number]}, send, expected_seq=0)

    for account in range(RUNNING_MAX // OWN_RUNNING_MAX):
        for number in range(OWN_RUNNING_MAX):
            start(str(account), number)
        with pytest.raises(Rejected, match=r"import\.own_too_many"):
            start(str(account), OWN_RUNNING_MAX)
    with pytest.raises(Rejected, match=r"import\.too_many"):
        start("another", 0)
    await jobs.close()


async def test_who_imports_much_loses_the_own_oldest_reports_and_nobody_elses() -> None:
    jobs = ImportJobs()

    async def send(_: object, seq: int) -> Position:
        return Position(stream="PLANS", seq=seq, epoch="1")

    await jobs.start(a_job("quiet", 0), {}, send, expected_seq=0)
    for number in range(100):
        await jobs.start(a_job("busy", number), {}, send, expected_seq=0)
    kept = [number for number in range(100) if jobs.find(f"busy-{number}", "busy")]
    assert kept == list(range(100 - OWN_KEPT_MAX, 100))
    assert jobs.find("quiet-0", "quiet") and not jobs.find("quiet-0", "busy")
