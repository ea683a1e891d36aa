"""Registration in the console: opened, written down, submitted, returned, approved; and as spreadsheets."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.cli.client import connected
from shared.clock import new_id
from shared.eventstore import read_batch, stream_info
from tests.office.sheets import opened, saved
from tests.portal.console import Page, Person
from tests.portal.test_imports import carried
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("registrations are rows as others are, and the year registers on both")

BOARD = "/dang-ky/cai-rang/2020"
WARD = f"{BOARD}/phuong-le-binh"
OTHER = f"{BOARD}/phuong-ba-lang"
NAME = "Nguyễn Thị Thu Hà"


def person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


@pytest.fixture(scope="module")
def office(system: RunningServices) -> Person:
    """Return home affairs of Cái Răng, which has opened the round of 2020."""
    who = person(system, "pnv.cai-rang")
    shown = who.open(BOARD)
    assert "Chưa mở đợt đăng ký năm 2020" in shown.words and f"{BOARD}/mo-dot" in shown.links("mo-dot")
    opened_ = who.send(who.open(f"{BOARD}/mo-dot"), closes_on="29/02/2020", note="Mục 5 Kế hoạch số 30/KH-UBND")
    assert opened_.notice.startswith("Đã mở đợt đăng ký"), opened_.errors
    return who


@pytest.fixture(scope="module")
def ward(system: RunningServices, office: Person) -> Person:
    """Return the clerk of phường Lê Bình, who is asked to register."""
    return person(system, "phuong.le-binh.cai-rang")


def write_down(who: Person, **typed: str) -> Page:
    return who.send(who.open(f"{WARD}/soan"), **typed)


def raw_log(system: RunningServices) -> bytes:
    """Return everything that the log of plans holds."""

    async def read() -> bytes:
        async with connected(system.settings.model_copy(update={"process": "cli"})) as client:
            return b"".join([message.body async for message in read_batch(client, "PLANS")])

    return asyncio.run(read())


def test_every_office_and_ward_is_asked_and_told_until_when(office: Person, ward: Person) -> None:
    board = office.open(BOARD)
    assert "hạn 29/02/2020 (ngày nghỉ, nhận đến hết 02/03/2020), còn 17 ngày làm việc" in board.words
    assert "Đăng ký trước ngày 02/03/2020" in ward.open("/").words
    missing = office.open(f"{BOARD}?trang_thai=missing")
    assert missing.links(f"^{WARD}$") == [WARD]
    asked, still = (int(page.words.split(" đơn vị Trạng thái")[0].rsplit(" ", 1)[-1]) for page in (board, missing))
    assert asked == still > 30, "every figure opens the rows behind it"


def test_a_ward_writes_down_what_it_registers_and_submits_and_home_affairs_judges(
    system: RunningServices, office: Person, ward: Person
) -> None:
    more = ward.send(ward.open(f"{WARD}/soan"), them="title", **{"title-0-name": NAME})
    assert "title-3-name" in more.fields and more.fields["title-0-name"] == NAME, "rows come without losing anything"
    wrong = ward.send(
        more,
        **{
            "title-0-title": "TTLDTT",
            "title-1-name": "Tổ 1",
            "initiative-0-name": "Một cửa",
            "movement-0-ends_on": "x",
        },
    )
    assert wrong.status == 422 and wrong.fields["title-1-name"] == "Tổ 1"
    for told in (
        "Danh hiệu 2: Hãy chọn danh hiệu.",
        "Sáng kiến 1: Hãy nhập tác giả của sáng kiến.",
        "Ngày phải có dạng 25/06/2020.",
    ):
        assert told in wrong.errors, wrong.errors
    kept = ward.send(
        wrong,
        **{
            "title-0-title": "CSTDCS",
            "title-0-position": "Công chức Văn phòng - Thống kê",
            "title-1-title": "TTLDTT",
            "initiative-0-authors": f"{NAME}; Lê Văn Bình",
            "initiative-0-effect": "Giảm 30% thời gian chờ",
            "movement-0-ends_on": "",
            "model-0-name": "Tuyến hẻm an toàn",
            "model-0-field": "Quốc phòng - an ninh",
            "model-0-place": "Khu vực 2",
            "model-0-effect": "100% hộ tham gia",
        },
    )
    assert kept.path == WARD and "Đã lưu bản đăng ký" in kept.notice, kept.errors
    assert NAME in kept.words and "Chiến sĩ thi đua cơ sở" in kept.words and "Tuyến hẻm an toàn" in kept.words
    assert NAME.encode() not in raw_log(system) and "Lê Văn Bình".encode() not in raw_log(system)
    assert "Tuyến hẻm an toàn".encode() in raw_log(system), "what is about nobody stays readable"

    again = write_down(ward)
    before = raw_log(system)
    assert again.path == WARD
    assert raw_log(system) == before, "the same written down twice is nothing"

    meanwhile = ward.open(f"{WARD}/soan")
    sent = ward.send(ward.open(f"{WARD}/nop"))
    assert "Đã nộp bản đăng ký" in sent.notice and "Đúng hạn" in sent.words
    assert ward.open(f"{WARD}/soan").status == 409
    late = ward.send(meanwhile, **{"model-0-place": "Khu vực 7"})
    assert late.status == 409 and late.fields["model-0-place"] == "Khu vực 7", "what the other typed is not lost"
    again = ward.send(late)
    assert again.status == 409 and again.fields["model-0-place"] == "Khu vực 7"
    assert "phường Lê Bình" in office.open("/").words or "Lê Bình" in office.open("/").words

    returning = office.open(f"{WARD}/tra-lai")
    assert "Hãy nhập: Lý do chung." in office.send(returning).errors
    returned = office.send(returning, reason="Bổ sung", **{"item-1": "Chưa đủ 3 năm"})
    assert "Đã trả lại" in returned.notice and "Chưa đủ 3 năm" in returned.words
    assert "Chưa đủ 3 năm".encode() not in raw_log(system), "why a person is sent back is about the person"
    assert "Sửa theo lý do trả lại rồi nộp lại" in ward.open("/").words
    assert "Chưa đủ 3 năm" in ward.open(f"{WARD}/soan").words

    write_down(ward, **{"title-0-title": "LDTT"})
    assert "Đã nộp" in ward.send(ward.open(f"{WARD}/nop")).notice
    assert "Đã duyệt bản đăng ký" in office.send(office.open(f"{WARD}/duyet")).notice
    approved = office.open(f"{BOARD}?trang_thai=approved")
    assert approved.links(f"^{WARD}$") == [WARD]
    items = office.open(f"{BOARD}/noi-dung?q=thu+ha")
    assert NAME in items.words and "Tuyến hẻm" not in items.words
    assert "Đã mở lại" in office.send(office.open(f"{WARD}/mo-lai"), reason="Thêm sáng kiến").notice
    history = ward.open(WARD).words.split("Diễn biến")[1]
    said = ["lưu bản đăng ký", "nộp bản đăng ký", "trả lại bản đăng ký", "duyệt bản đăng ký", "mở lại bản đăng ký"]
    found = [history.index(one) for one in said]
    assert found == sorted(found)
    assert ward.send(ward.open(f"{WARD}/nop")).path == WARD
    assert office.send(office.open(f"{WARD}/duyet")).path == WARD


def test_nobody_reads_or_does_what_is_not_his(system: RunningServices, office: Person, ward: Person) -> None:
    assert ward.open(OTHER).status == 403
    assert ward.open(f"{BOARD}/noi-dung?don_vi=phuong-ba-lang").words.count("Tuyến hẻm") == 0
    others = [f"{OTHER}/{verb}" for verb in ("soan", "nhap-excel", "xuat-excel", "nop")]
    offices = [f"{BOARD}/nhap-excel", f"{BOARD}/mo-dot", f"{BOARD}/doi-han"]
    decisions = [f"{WARD}/{verb}" for verb in ("tra-lai", "duyet", "mo-lai")]
    for path in (*others, *offices, *decisions):
        assert ward.open(path).status == 403, path
    round_ = office.open(f"{BOARD}/mo-dot").fields | {"csrf": ward.csrf(), "closes_on": "29/02/2020"}
    assert "không có quyền" in ward.post(f"{BOARD}/mo-dot", round_).errors, "nor by sending what was not shown"
    for path in decisions:
        sent = office.open(path).fields | {"csrf": ward.csrf(), "reason": "Sửa lại"}
        assert "không có quyền" in ward.post(path, sent).errors, path
    stranger = person(system, "pnv.binh-thuy")
    assert [stranger.open(path).status for path in (BOARD, WARD)] == [403, 403]
    chair = person(system, "ct.cai-rang")
    assert chair.open(WARD).status == 200
    assert chair.open(f"{WARD}/duyet").status == 403
    sent = office.open(f"{WARD}/duyet").fields | {"csrf": chair.csrf()}
    assert "không có quyền" in chair.post(f"{WARD}/duyet", sent).errors


@pytest.mark.parametrize(
    "path",
    [
        "/dang-ky/cai-rang/1999",
        "/dang-ky/cai-rang/99999",
        "/dang-ky/hue/2020",
        f"{BOARD}/khong-co",
        f"{BOARD}/noi-dung?loai=x&trang=-1&danh_hieu=x",
        f"{BOARD}?trang_thai=x&nhom=x",
        "/dang-ky/cai-rang/2020/phuong-le-binh/khong-co",
        "/nhap/khong-co",
    ],
)
def test_an_odd_address_is_a_page_or_a_sentence(office: Person, path: str) -> None:
    assert office.open(path).status in (200, 404, 422)


def test_the_reason_why_one_thing_came_back_never_stands_at_another(office: Person) -> None:
    path = f"{BOARD}/dai-truyen-thanh"
    two = {"title-0-name": "Người A", "title-0-title": "LDTT", "title-1-name": "Người B", "title-1-title": "LDTT"}
    office.send(office.send(office.open(f"{path}/soan"), them="title"), **two)
    office.send(office.open(f"{path}/nop"))
    assert "Lý do của B" in office.send(office.open(f"{path}/tra-lai"), reason="Sửa", **{"item-2": "Lý do của B"}).words
    dropped = office.send(office.open(f"{path}/soan"), **{"title-1-drop": "1"})
    assert "Người B" not in dropped.words and "Lý do của B" not in dropped.words
    added = office.send(office.open(f"{path}/soan"), **{"title-1-name": "Người C", "title-1-title": "LDTT"})
    assert "Người C" in added.words and "Lý do của B" not in added.words


def test_the_closing_is_moved_with_its_reason(office: Person) -> None:
    moved = office.send(office.open(f"{BOARD}/doi-han"), closes_on="06/03/2020", reason="Thêm thời gian cho phường")
    assert moved.notice == "Đã đổi hạn đăng ký." and "Thêm thời gian cho phường" in moved.words
    assert "đã qua" in office.send(office.open(f"{BOARD}/doi-han"), closes_on="05/02/2020", reason="x").errors


def test_an_erased_person_is_read_by_nobody(system: RunningServices, office: Person) -> None:
    office.send(office.open(f"{BOARD}/phong-tu-phap/soan"), **{"title-0-name": "Trần Văn Xoá", "title-0-title": "LDTT"})
    assert "Trần Văn Xoá" in office.open(f"{BOARD}/phong-tu-phap").words
    api = office.client.post(
        "/api/v1/plans/questions/show-registration",
        json={"district": "cai-rang", "year": 2020, "unit_id": "phong-tu-phap"},
        headers={"x-csrf-token": office.csrf()},
    )
    person_id = api.json()["view"]["items"][0]["person_id"]
    admin = person(system, "admin")
    erased = admin.client.post(
        "/api/v1/nominations/commands/erase-person",
        json={"person_id": person_id, "ground": "request", "at": system.clock.now().isoformat()},
        headers={"x-csrf-token": admin.csrf(), "idempotency-key": new_id()},
    )
    assert erased.status_code == 200, erased.text
    shown = office.open(f"{BOARD}/phong-tu-phap").words
    assert "Trần Văn Xoá" not in shown and "(dữ liệu cá nhân đã xoá)" in shown
    assert "Trần Văn Xoá" not in office.open(f"{BOARD}/noi-dung").words
    assert office.open(f"{BOARD}/phong-tu-phap/soan").status == 200


# -- spreadsheets ---------------------------------------------------------------------------------


def exported(who: Person, path: str) -> Any:
    answer = who.client.get(path)
    assert answer.status_code == 200, answer.text[:300]
    return opened(answer.content)


def upload(who: Person, path: str, book: Any, **typed: str) -> Page:
    return who.upload(who.open(f"{path}/nhap-excel"), "đăng ký.xlsx", saved(book), step="check", **typed)


def step(who: Person, path: str, shown: Page, name: str, **more: str) -> Any:
    return who.client.post(f"{path}/nhap-excel", data={**carried(shown), "step": name, **more})


def test_a_unit_fills_in_the_template_and_the_same_file_again_changes_nothing(office: Person) -> None:
    path = f"{BOARD}/thanh-tra"
    book = exported(office, f"{path}/mau-excel")
    rules = book["Danh hiệu"].data_validations.dataValidation
    assert any(rule.type == "list" for rule in rules), "there are drop-downs"
    book["Danh hiệu"].append(["Phạm Minh Tâm", "Chiến sĩ thi đua cơ sở", None, "Chánh Thanh tra"])
    book["Danh hiệu"].append(["Thanh tra quận", "Tập thể lao động tiên tiến"])
    book["Sáng kiến"].append(["Số hoá hồ sơ", "Phạm Minh Tâm; Vũ Thị Lan", "Tra cứu trong 1 phút"])
    book["Phong trào"].append(["Công sở văn minh", "Không có đơn thư vượt cấp", "01/03/2020", "30/11/2020"])
    shown = upload(office, path, book)
    assert "Mới 4 dòng" in shown.words and "Lỗi 0 dòng" in shown.words, shown.words
    done = step(office, path, shown, "apply")
    assert done.url.path == path and "Vũ Thị Lan" in done.text and "01/03/2020 – 30/11/2020" in done.text
    assert "0 thay đổi, không có gì để áp dụng" in upload(office, path, book).words
    assert "0 thay đổi, không có gì để áp dụng" in upload(office, path, exported(office, f"{path}/xuat-excel")).words
    book["Sáng kiến"]["C2"] = "Tra cứu trong 30 giây"
    assert "Tra cứu trong 1 phút → Tra cứu trong 30 giây" in upload(office, path, book).words


def test_wrong_rows_come_back_marked_and_the_good_ones_may_be_taken(office: Person) -> None:
    path = f"{BOARD}/phong-noi-vu"
    book = exported(office, f"{path}/mau-excel")
    book["Danh hiệu"].append(["Đỗ Văn Đúng", "Lao động tiên tiến"])
    book["Danh hiệu"].append(["Đỗ Văn Sai", "Danh hiệu lạ"])
    book["Danh hiệu"].append(["Đỗ Văn Đúng", "Lao động tiên tiến"])
    book["Danh hiệu"].append(["Phòng Nội vụ", "Chiến sĩ thi đua cơ sở", "Tập thể"])
    book["Sáng kiến"].append(["Không tác giả", None, "x"])
    shown = upload(office, path, book)
    assert "Lỗi 4 dòng" in shown.words and "Chỉ nhập các dòng đúng (1 thay đổi)" in shown.words
    assert step(office, path, shown, "apply").status_code == 422
    assert "Đỗ Văn Đúng" not in office.open(path).words, "all or nothing, unless the user chooses"

    taken = step(office, path, shown, "apply", dong_dung="1")

    assert taken.url.path.startswith("/nhap/") and "4 dòng sai chưa được nhập" in taken.text
    marked = opened(office.client.get(f"{taken.url.path}/loi").content)
    assert [marked["Danh hiệu"].cell(row, 5).value is not None for row in (2, 3, 4, 5)] == [False, True, True, True]
    assert "có ở dòng 2" in marked["Danh hiệu"]["E4"].value
    assert "Đỗ Văn Đúng" in office.open(path).words and "Đỗ Văn Sai" not in office.open(path).words
    other = person_of(office, "ct.cai-rang")
    assert other.open(taken.url.path).status == 404, "another's import is nobody's business"


def person_of(known: Person, login: str) -> Person:
    return Person(str(known.client.base_url), login)


def test_one_file_brings_in_what_many_units_register(office: Person) -> None:
    book = exported(office, f"{BOARD}/mau-excel")
    units = [("Phường Ba Láng", "phuong-ba-lang"), ("phuong-thuong-thanh", "phuong-thuong-thanh")]
    for word, _ in units:
        for number in range(3):
            book["Danh hiệu"].append([word, f"Cán bộ {number} của {word}", "Lao động tiên tiến"])
    book["Danh hiệu"].append(["Phường Lê Bình", "Người thêm", "Lao động tiên tiến"])
    book["Danh hiệu"].append(["Phường Không Có", "Người lạ", "Lao động tiên tiến"])
    shown = upload(office, BOARD, book)
    assert "Mới 6 dòng" in shown.words and "Lỗi 2 dòng" in shown.words, shown.words
    assert "Không có đơn vị “Phường Không Có”." in shown.words
    taken = step(office, BOARD, shown, "apply", dong_dung="1")
    assert "6 thay đổi" in taken.text, taken.text
    for _, unit_id in units:
        assert len(re.findall(r"Cán bộ \d của", office.open(f"{BOARD}/{unit_id}").words)) == 3
    again = upload(office, BOARD, book)
    assert "Mới 0 dòng" in again.words and "Giữ nguyên 6 dòng" in again.words
    assert "Đang soạn" in office.open(f"{BOARD}?trang_thai=draft").words


def last_seq(system: RunningServices) -> int:
    async def last() -> int:
        async with connected(system.settings.model_copy(update={"process": "cli"})) as client:
            return (await stream_info(client, "PLANS")).last_seq

    return asyncio.run(last())


@pytest.mark.parametrize("ends", ["stop", "kill"])
def test_an_import_that_is_stopped_midway_says_what_is_done_and_the_same_file_completes_it(
    system: RunningServices, office: Person, ends: str
) -> None:
    book = exported(office, f"{BOARD}/mau-excel")
    missing = office.open(f"{BOARD}?trang_thai=missing")
    units = sorted({path.rpartition("/")[2] for path in missing.links(rf"^{BOARD}/[a-z-]+$")} - {"noi-dung"})
    units = [one for one in units if one not in ("nhap-excel", "mau-excel", "xuat-excel", "doi-han")][:25]
    for unit_id in units:
        for number in range(4):
            book["Danh hiệu"].append([unit_id, f"Người thứ {number} ({ends})", "Lao động tiên tiến"])
    shown = upload(office, BOARD, book)
    assert f"Áp dụng {len(units) * 4} thay đổi" in shown.words.replace("\u202f", ""), shown.words
    before = last_seq(system)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(step, office, BOARD, shown, "apply")
        while last_seq(system) == before:
            assert not answer.done()
        getattr(system, ends)("plans")
        job = answer.result(60).url.path
    assert job.startswith("/nhap/")
    stopped = office.open(job)
    while "Đang ghi" in stopped.words:
        stopped = office.open(job)
    system.start("plans")

    told = re.search(r"Đã ghi <strong>(\d+)/(\d+)</strong> phần", stopped.text)
    assert told and int(told[1]) < int(told[2]) == len(units), stopped.text
    rest = office.post(
        f"{BOARD}/nhap-excel",
        dict(re.findall(r'name="(csrf|step|ten|tep)" value="([^"]*)"', stopped.text.split("job-progress")[-1])),
    )
    # A service that ends may have stored what it could no longer answer: at least what was told, in whole units.
    kept = re.search(r"Giữ nguyên (\d+) dòng", rest.words)
    assert kept and int(kept[1]) >= 4 * int(told[1]) and int(kept[1]) % 4 == 0, rest.words
    finished = step(office, BOARD, rest, "apply")
    assert finished.status_code == 200, finished.text
    while "Đang ghi" in office.open(finished.url.path).words:
        pass
    assert "0 thay đổi, không có gì để áp dụng" in upload(office, BOARD, book).words
