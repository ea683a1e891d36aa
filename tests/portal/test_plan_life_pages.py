"""A plan's life in the console: more time for a task, an amendment, the end of the year, and the year after."""

import re
from datetime import date

import httpx2
import pytest

from services.plans.documents import parse_plan
from services.plans.views import ROWS_A_PAGE
from services.portal.pages.drafting import old_plans
from shared.clock import clock_at, save_clock
from shared.office.word import word_text
from tests.plans.test_documents import DISTRICTS, SEED
from tests.portal.console import Page, Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both databases, in tests/system/test_the_year_2020.py")

PLAN = "/ke-hoach/cai-rang/2020"
TASK = "/nhiem-vu/cai-rang/2020"
DECEMBER = date(2020, 12, 15)


def _person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


@pytest.fixture
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ of Cái Răng."""
    return _person(system, "pnv.cai-rang")


@pytest.fixture
def chair(system: RunningServices) -> Person:
    """Return the chair of Cái Răng."""
    return _person(system, "ct.cai-rang")


@pytest.fixture
def ward(system: RunningServices) -> Person:
    """Return the clerk of a ward."""
    return _person(system, "phuong.le-binh.cai-rang")


def _row_of(shown: Page, number: int) -> str:
    """Return the beginning of the names of the task's fields in the form: `row-3`."""
    found = re.search(rf'name="(row-\d+)-number" value="{number}"', shown.text)
    assert found, shown.words
    return found[1]


def _fill(shown: Page, number: int, **typed: str) -> dict[str, str]:
    key = _row_of(shown, number)
    return {f"{key}-{name}": value for name, value in typed.items()}


# -- more time ----------------------------------------------------------------------------------


def test_a_ward_asks_for_more_time_and_the_task_says_whom_it_was_given_to(ward: Person, office: Person) -> None:
    form = ward.open(f"{TASK}/5/gia-han")
    early = ward.send(form, wanted_on="31/03/2020", reason="Chờ hướng dẫn")
    assert "phải sau hạn hiện nay" in early.errors
    asked = ward.send(early, wanted_on="15/04/2020")
    assert asked.notice == "Đã gửi đề nghị gia hạn."
    assert "Phường Lê Bình 06/02/2020 15/04/2020" in asked.words and "Chờ trả lời" in asked.words
    assert "31/03/2020 còn" in asked.words, "asking alone moves nothing"

    waiting = office.open("/")
    assert "Đề nghị gia hạn chờ trả lời" in waiting.words and "Chờ hướng dẫn" in waiting.words
    answer = office.open(office.open(f"{TASK}/5").links("dong-y-gia-han")[0])
    assert answer.fields["due_on"] == "15/04/2020"
    given = office.send(answer, due_on="10/04/2020")
    assert given.notice == "Đã gia hạn nhiệm vụ."
    why = "Được gia hạn ngày 06/02/2020 theo đề nghị của Phường Lê Bình; trước là 31/03/2020."
    assert why in given.words and "10/04/2020 còn" in given.words
    assert why in office.open(PLAN).text, "the board says it where one points at the date"
    assert "Đề nghị gia hạn chờ trả lời" not in office.open("/").words
    assert "31/03/2020 → 10/04/2020" in ward.open(f"{TASK}/5").words


def test_a_refusal_needs_a_reason_and_leaves_the_date(ward: Person, office: Person, chair: Person) -> None:
    other = _person_of(ward, "phuong.ba-lang.cai-rang")
    assert other.send(other.open(f"{TASK}/5/gia-han"), wanted_on="20/05/2020", reason="Thiếu người").notice
    assert not ward.open(f"{TASK}/5").links("gia-han\\?"), "a ward answers nobody"
    assert ward.open(f"{TASK}/5/dong-y-gia-han?don_vi=phuong-ba-lang").status == 404
    form = chair.open(f"{TASK}/5/tu-choi-gia-han?don_vi=phuong-ba-lang")
    assert chair.send(form, reason="").errors
    told = chair.send(form, reason="Việc gấp")
    assert told.notice == "Đã trả lời đề nghị gia hạn."
    assert "Không đồng ý" in told.words and "Việc gấp" in told.words
    assert "20/05/2020 còn" not in told.words


def _person_of(somebody: Person, login: str) -> Person:
    return Person(str(somebody.client.base_url), login)


def test_home_affairs_does_not_answer_what_it_asked_itself(office: Person) -> None:
    form = office.open(f"{TASK}/9/gia-han?don_vi=phong-noi-vu")
    asked = office.send(form, unit_id="phong-noi-vu", wanted_on="10/07/2020", reason="Chờ số liệu")
    assert asked.notice and not asked.links("gia-han\\?")
    assert "Chờ số liệu" not in office.open("/").words
    assert office.open(f"{TASK}/9/dong-y-gia-han?don_vi=phong-noi-vu").status == 404


# -- an amendment -------------------------------------------------------------------------------


def test_nobody_but_home_affairs_prepares_an_amendment(ward: Person, chair: Person) -> None:
    for somebody in (ward, chair):
        assert somebody.open(f"{PLAN}/dieu-chinh").status == 403
        assert not somebody.open(PLAN).links("dieu-chinh$")
    assert ward.open(f"{PLAN}/dieu-chinh/xem").status == 404


def test_an_amendment_is_prepared_returned_prepared_again_and_put_in_force(
    office: Person, chair: Person, ward: Person
) -> None:
    form = office.open(f"{PLAN}/dieu-chinh")
    empty = office.send(form, reason="Theo công văn 12/UBND")
    assert "Chưa có nội dung nào được điều chỉnh." in empty.errors
    more = office.send(form, reason="Theo công văn 12/UBND", them="1", **_fill(form, 10, due_month="6", quarter="2"))
    assert "Theo công văn 12/UBND" in more.text, "what was typed is still there"
    typed = _fill(more, 11, content="Hoàn thành báo cáo đề nghị khen cao, đợt 1", quarter="2", due_on="29/05/2020")
    typed |= _fill(more, 16, quarter="", due_month="9", content="Hội thi cán bộ giỏi", leads="Không có")
    wrong = office.send(more, **typed, **{f"{_row_of(more, 14)}-drop": "1"})
    assert "không có đơn vị “Không có”" in wrong.errors
    meanwhile = office.open(f"{PLAN}/dieu-chinh")
    sent = office.send(wrong, **_fill(wrong, 16, leads="Phòng Nội vụ"), **{f"{_row_of(wrong, 14)}-drop": "1"})
    assert sent.notice == "Đã trình Chủ tịch nội dung điều chỉnh kế hoạch.", sent.words
    assert "quý II" in sent.words and "tháng 6" in sent.words and "Đưa ra khỏi kế hoạch" in sent.words
    board = ward.open(PLAN)
    assert "đợt 1" not in board.words, "nothing is in force yet"
    assert not board.links("dieu-chinh/xem") and office.open(PLAN).links("dieu-chinh/xem")
    assert ward.open(f"{PLAN}/dieu-chinh/xem").status == 404, "what lies before the chair is not for all"
    assert office.open(f"{PLAN}/dieu-chinh").status == 403, "it lies before the chair"
    late = office.send(meanwhile, reason="Của người thứ hai", **_fill(meanwhile, 10, content="Khác"))
    assert late.status == 409 and "Dữ liệu đã thay đổi" in late.errors
    assert "Của người thứ hai" in late.text, "what the other clerk typed is not lost"
    assert "Của người thứ hai" in office.send(late).text

    assert "Điều chỉnh đã trình" in chair.open("/").words
    shown = chair.open(f"{PLAN}/dieu-chinh/xem")
    back = chair.send(chair.open(shown.links("tra-lai")[0]), reason="Bổ sung lý do")
    assert back.notice == "Đã trả lại nội dung điều chỉnh cho Phòng Nội vụ."
    again = office.open(f"{PLAN}/dieu-chinh")
    assert "Chủ tịch trả lại: Bổ sung lý do" in again.words
    assert "đợt 1" in again.text and "Hội thi cán bộ giỏi" in again.text
    assert office.send(again, **{f"{_row_of(again, 14)}-drop": "1"}).path == f"{PLAN}/dieu-chinh/xem"

    form = chair.open(f"{PLAN}/dieu-chinh/ban-hanh")
    used = chair.confirm(chair.send(form, number="30/KH-UBND"))
    assert "đã dùng cho lần ban hành trước" in used.errors
    done = chair.confirm(chair.send(used, number="45/KH-UBND"))
    assert done.notice == "Đã ban hành điều chỉnh kế hoạch.", done.errors
    assert "điều chỉnh lần 1, số 45/KH-UBND ngày 06/02/2020" in done.words
    assert "Bổ sung ở lần điều chỉnh 1" in done.words and "khi ban hành: 30/06/2020" not in done.words
    changed = office.open(f"{PLAN}?trang_thai=dieu-chinh")
    assert set(changed.links(rf"^{TASK}/\d+$")) == {f"{TASK}/{number}" for number in (10, 11, 14, 16)}

    task = ward.open(f"{TASK}/11")
    why = "Điều chỉnh lần 1 (số 45/KH-UBND) ghi rõ ngày này, nên hạn giữ nguyên cả khi đó là ngày nghỉ."
    assert why in task.words and "Trước là 30/06/2020." in task.words
    assert "Khi ban hành: “Hoàn thành các thủ tục" in task.words
    added = ward.open(f"{TASK}/16")
    assert "Điều chỉnh lần 1 chỉ ghi tháng, nên hạn là ngày làm việc cuối của tháng 9 năm 2020." in added.words


def test_every_version_can_still_be_read(office: Person, ward: Person) -> None:
    newest = ward.open(f"{PLAN}/phien-ban")
    assert "Điều chỉnh lần 1" in newest.words and f"{TASK}/16" in newest.links(TASK)
    assert f"{TASK}/14" not in newest.links(TASK)
    first = ward.open(f"{PLAN}/phien-ban/1")
    assert "Ban hành lần đầu" in first.words and "15 nhiệm vụ" in first.words
    assert f"{TASK}/14" in first.links(TASK) and "đợt 1" not in first.words
    for odd in ("9", "x", "0", "99999999999999999999"):
        assert ward.open(f"{PLAN}/phien-ban/{odd}").status == 404, odd
        assert ward.open(f"{PLAN}/phien-ban/{odd}/van-ban.docx").status == 404, odd


def test_each_version_is_taken_along_as_its_own_document_and_the_board_gives_the_newest(ward: Person) -> None:
    papers = {}
    for version in ("1", "2"):
        (path,) = ward.open(f"{PLAN}/phien-ban/{version}").links(r"van-ban\.docx$")
        papers[version] = ward.client.get(path).content
    read = {version: parse_plan(word_text(content), DISTRICTS) for version, content in papers.items()}
    assert (read["1"].number, read["1"].tasks) == (SEED.number, SEED.tasks)
    assert read["2"].number == "45/KH-UBND"
    assert {14, 16} & {one.number for one in read["2"].tasks} == {16}
    assert "Điều chỉnh, bổ sung Kế hoạch số 30/KH-UBND ngày 06/02/2020" in word_text(papers["2"])
    newest = ward.client.get(f"{PLAN}/van-ban.docx")
    assert word_text(newest.content) == word_text(papers["2"])
    assert "ke-hoach-45-kh-ubnd-2020-cai-rang.docx" in newest.headers["content-disposition"]
    stranger = _person_of(ward, "phuong.cai-khe.ninh-kieu")
    assert stranger.open(f"{PLAN}/phien-ban").status == 403


def test_a_task_that_changed_meanwhile_is_not_overwritten(office: Person) -> None:
    form = office.open(f"{PLAN}/dieu-chinh")
    assigned = office.open(f"{TASK}/12/giao-viec")
    fields = {**assigned.fields, "leads": ["phong-noi-vu", "thanh-tra"]}
    assert office.post(assigned.action, fields).notice == "Đã giao việc."
    refused = office.send(form, reason="Sửa", **_fill(form, 12, content="Khác"))
    assert "đã thay đổi trong lúc bạn nhập" in refused.errors
    garbage = office.post(f"{PLAN}/dieu-chinh", {"csrf": office.csrf(), "rows": "99999"})
    assert garbage.status == 422
    assert office.post(f"{PLAN}/dieu-chinh", {"csrf": office.csrf(), "rows": "x"}).status == 422


# -- the end of the year, and the next ----------------------------------------------------------


@pytest.fixture(scope="module")
def december(system: RunningServices) -> RunningServices:
    """Go to 15/12/2020."""
    names = list(system.pids)
    for name in names:
        system.stop(name)
    save_clock(system.settings.clock_path, clock_at(DECEMBER))
    system.start(*names)
    return system


def test_a_year_is_begun_from_the_one_before_and_repeated_work_is_shown_together(december: RunningServices) -> None:
    office, chair = _person(december, "pnv.cai-rang"), _person(december, "ct.cai-rang")
    begin = office.open(office.open(PLAN).links("/ke-hoach/soan")[0])
    assert (begin.fields["year"], begin.fields["from_year"]) == ("2021", "2020")
    draft = office.send(begin)
    assert "Triển khai công tác thi đua, khen thưởng năm 2021" in draft.text
    assert "Tổng kết công tác TĐKT năm 2020, triển khai nhiệm vụ năm 2021" in draft.text
    assert "đợt 1" in draft.text and "29/05/2021" in draft.text, "as amended"
    assert not re.search(r'name="row-\d+-number" value="14"', draft.text)
    saved = office.send(draft, **_fill(draft, 16, repeats="quarterly", due_month="3", quarter="1"))
    assert saved.path == "/ke-hoach/cai-rang/2021", saved.errors
    assert "Nhiệm vụ định kỳ: 16." in saved.words
    office.send(office.open("/ke-hoach/cai-rang/2021/trinh-ky"))
    form = chair.open("/ke-hoach/cai-rang/2021/ban-hanh")
    board = chair.confirm(chair.send(form, number="99/KH-UBND", issued_on="15/12/2020"))
    assert board.notice == "Đã ban hành kế hoạch và giao việc cho các đơn vị.", board.words
    series = office.open("/ke-hoach/cai-rang/2021?chuoi=16")
    assert series.words.count("việc định kỳ: mọi kỳ của nhiệm vụ 16") == 4
    assert [day for day in ("31/03/2021", "30/06/2021", "30/09/2021", "31/12/2021") if day not in series.words] == []


def test_a_plan_is_begun_from_any_earlier_one_of_the_district_however_many_there_are(system: RunningServices) -> None:
    office, drafted = _person(system, "pnv.thot-not"), range(2022, 2022 + ROWS_A_PAGE + 5)
    for year in drafted:
        body = {
            "district": "thot-not",
            "plan_id": str(year),
            "year": year,
            "text": {"title": f"Kế hoạch năm {year}", "issuer": "Ủy ban nhân dân quận Thốt Nốt"},
            "tasks": [{"number": 1, "quarter": 1, "content": "Đăng ký thi đua", "lead_units": ["phong-noi-vu"]}],
        }
        answer = office.client.post(
            "/api/v1/plans/commands/draft-plan", json=body, headers={"x-csrf-token": office.csrf()}
        )
        assert answer.status_code == 200, answer.text
    begin = office.open("/ke-hoach/soan")
    offered = re.findall(r'value="(\d{4})"', begin.text.split('name="from_year"')[1].split("</select>")[0])
    assert offered == [str(year) for year in reversed(drafted)], "the oldest too, and none of another district"
    oldest = office.send(begin, year=str(drafted[-1] + 1), from_year=str(drafted[0]))
    assert f"Lấy theo kế hoạch năm {drafted[0]}" in oldest.words


def test_who_drafts_for_several_districts_is_told_whose_the_earlier_plans_are() -> None:
    assert old_plans({"cai-rang": [2020, 2019]}) == [("2020", "Kế hoạch năm 2020"), ("2019", "Kế hoạch năm 2019")]
    assert old_plans({"cai-rang": [2020, 2019], "o-mon": [2020]}) == [
        ("2020", "Kế hoạch năm 2020 (Quận Cái Răng, Quận Ô Môn)"),
        ("2019", "Kế hoạch năm 2019 (Quận Cái Răng)"),
    ]


def test_the_year_is_closed_with_what_is_carried_on_and_then_only_read(december: RunningServices) -> None:
    office, ward = _person(december, "pnv.cai-rang"), _person(december, "phuong.le-binh.cai-rang")
    assert not ward.open(PLAN).links("ket-thuc")
    form = office.open(office.open(PLAN).links("ket-thuc")[0])
    assert "Nhiệm vụ chưa xong" in form.words
    assert office.send(form, carry="").errors
    closed = office.confirm(office.send(form, carry="Do dịch bệnh"))
    assert closed.notice == "Đã kết thúc kế hoạch năm 2020.", closed.words
    assert "Đã kết thúc năm" in closed.words and "Do dịch bệnh" in closed.words
    assert "Chuyển sang năm sau" in closed.words and "trễ hạn" not in closed.words
    task = ward.open(f"{TASK}/5")
    assert task.status == 200 and not task.links(rf"^{TASK}/5/")
    assert office.open(f"{PLAN}/dieu-chinh").status == 403
    assert office.open(f"{PLAN}/phien-ban/1").status == 200


def test_nobody_reads_these_pages_without_signing_in(system: RunningServices) -> None:
    for path in ("dieu-chinh", "dieu-chinh/xem", "phien-ban", "ket-thuc"):
        answer = httpx2.get(f"{system.url('portal')}{PLAN}/{path}", headers={"accept": "text/html"})
        assert answer.status_code == 303
