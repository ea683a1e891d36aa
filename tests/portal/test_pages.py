"""The console, page by page: what each person sees and may do, on real services with the data of the demo."""

import re
import threading
from pathlib import Path

import httpx2
import pytest

from tests.portal.console import Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both, in tests/system/test_the_year_2020.py")

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
TASK = "/nhiem-vu/cai-rang/2020"
PLAN = "/ke-hoach/cai-rang/2020"


def _person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


@pytest.fixture
def clerk(system: RunningServices) -> Person:
    """Return the clerk of a ward."""
    return _person(system, "phuong.le-binh.cai-rang")


@pytest.fixture
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ of Cái Răng."""
    return _person(system, "pnv.cai-rang")


@pytest.fixture
def operator(system: RunningServices) -> Person:
    """Return the operator."""
    return _person(system, "operator")


# -- who sees what ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", PLAN, f"{TASK}/1", "/ho-so", "/thanh-pho/bieu-do.svg", "/live", "/van-hanh"])
def test_nobody_reads_without_signing_in(system: RunningServices, path: str) -> None:
    answer = httpx2.get(system.url("portal") + path, headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/dang-nhap")


@pytest.mark.parametrize(
    "login",
    [
        "pnv.cai-rang",
        "ct.cai-rang",
        "phuong.le-binh.cai-rang",
        "hdsk.cai-rang",
        "pnv.o-mon",
        "thanhpho",
        "auditor",
        "operator",
        "admin",
    ],
)
def test_every_entry_of_the_rail_opens_for_those_who_have_it(system: RunningServices, login: str) -> None:
    person = _person(system, login)
    rail = re.search(r'<nav class="rail".*?</nav>', person.open("/").text, re.S)
    assert rail
    for path in re.findall(r'href="([^"]+)"', rail[0]):
        page = person.open(path)
        assert page.status == 200, (path, page.words[:200])
        assert "style=" not in page.text, path  # blocked by our own policy
        assert re.fullmatch(r"[0-9a-f]{32}", page.headers["x-trace-id"]), path


@pytest.mark.parametrize(
    "path",
    [PLAN, f"{TASK}/1", "/tong-quan/cai-rang", "/don-vi/cai-rang/phong-noi-vu", "/xep-hang/cai-rang", "/thanh-pho"],
)
def test_another_district_is_not_shown(system: RunningServices, path: str) -> None:
    stranger = _person(system, "phuong.cai-khe.ninh-kieu")
    page = stranger.open(path)
    assert page.status == 403
    assert "không có quyền" in page.words


def test_a_page_that_is_not_there_says_so(clerk: Person) -> None:
    for path in ("/ke-hoach/cai-rang/1999", f"{TASK}/99", "/don-vi/cai-rang/khong-co", "/nhiem-vu/hue/2020/1", "/x"):
        assert clerk.open(path).status == 404, path


def test_the_place_and_the_freshness_stand_on_the_page(clerk: Person) -> None:
    page = clerk.open(PLAN)
    assert re.search(r'aria-current="location">Phường Lê Bình<', page.text)
    assert re.search(r"dữ liệu đến sự kiện #\d+", page.words)


# -- tasks --------------------------------------------------------------------------------------


def test_the_board_has_four_quarters_and_its_filters_stand_in_the_address(clerk: Person) -> None:
    whole = clerk.open(PLAN)
    assert len(re.findall(r'class="band"', whole.text)) == 4
    own = clerk.open(f"{PLAN}?don_vi=phuong-le-binh")
    assert own.links(rf"^{TASK}/\d+$") == [f"{TASK}/5"]
    second = clerk.open(f"{PLAN}?quy=2")
    assert len(second.links(rf"^{TASK}/\d+$")) == 4
    assert 'value="2" selected' in second.text
    assert "Không có nhiệm vụ nào như vậy" in clerk.open(f"{PLAN}?trang_thai=qua-han").words


def test_a_year_without_a_plan_says_so_and_leads_on(clerk: Person, office: Person) -> None:
    for person, way in ((office, "/ke-hoach/soan?quan=cai-rang"), (clerk, "/ke-hoach?quan=cai-rang")):
        page = person.open("/ke-hoach/cai-rang/2031")
        assert page.status == 404 and "Năm 2031 chưa có kế hoạch" in page.words
        assert any(link.startswith(way) for link in page.links(".")), page.links(".")


def test_a_report_is_seen_on_the_next_page(clerk: Person) -> None:
    page = clerk.send(clerk.open(f"{TASK}/5/bao-cao"), percent="40", text="Đã họp <b>triển khai</b>")
    assert page.path == f"{TASK}/5"
    assert page.notice == "Đã ghi nhận báo cáo tiến độ."
    assert "40% · Đã họp <b>triển khai</b>" in page.words
    assert "<b>triển" not in page.text


def test_the_same_form_sent_twice_happens_once(clerk: Person) -> None:
    form = clerk.open(f"{TASK}/5/bao-cao")
    typed = {**form.fields, "percent": "55", "text": "Gửi hai lần"}
    for _ in range(2):
        page = clerk.post(form.action, typed)
    timeline = re.findall(r'class="timeline-note">55% · Gửi hai lần', page.text)
    assert len(timeline) == 1
    other = clerk.post(form.action, {**typed, "text": "Nội dung khác, từ nút quay lại"})
    assert other.status == 409  # not taken for the same, and not lost in silence


def test_a_stale_form_tells_what_changed_and_by_whom_and_keeps_what_was_typed(clerk: Person, office: Person) -> None:
    form = clerk.open(f"{TASK}/5/bao-cao")
    office.send(office.open(f"{TASK}/5/bao-cao?don_vi=phuong-le-binh"), percent="60", text="Phòng Nội vụ cập nhật")
    refused = clerk.send(form, percent="65", text="Của phường")
    assert refused.status == 409
    assert "Cán bộ Phòng Nội vụ quận Cái Răng: báo cáo tiến độ" in refused.errors
    assert (refused.fields["percent"], refused.fields["text"]) == ("65", "Của phường")
    assert clerk.send(refused).notice == "Đã ghi nhận báo cáo tiến độ."


def test_what_is_typed_wrong_is_said_at_its_field_and_nothing_is_lost(clerk: Person) -> None:
    form = clerk.open(f"{TASK}/5/hoan-thanh")
    assert form.fields["completed_on"] == "06/02/2020", "today, unless another day is typed"
    refused = clerk.send(form, completed_on="30/02/2020", evidence="", note="Giữ lại")
    assert refused.status == 422
    assert 'href="#completed_on"' in refused.text
    assert "ngày phải có dạng 25/06/2020" in refused.errors
    assert refused.fields["note"] == "Giữ lại"
    in_future = clerk.send(refused, completed_on="25/06/2020", evidence="12/BC-UBND")
    assert in_future.status == 422
    assert "25/06/2020" in in_future.errors


def test_a_text_that_is_too_long_is_marked_where_it_stands(clerk: Person) -> None:
    form = clerk.open(f"{TASK}/5/hoan-thanh")
    typed = {"completed_on": "6/2/2020", "evidence": "01/BC-UBND", "note": ""}
    for name in ("evidence", "note"):
        refused = clerk.send(form, **{**typed, name: "x" * 4001})
        assert refused.status == 422
        assert f'href="#{name}"' in refused.text, refused.errors


def test_a_task_is_completed_when_its_leads_are(office: Person) -> None:
    for unit in ("ubnd-quan", "phong-noi-vu"):
        form = office.open(f"{TASK}/1/hoan-thanh?don_vi={unit}")
        page = office.send(form, completed_on="6/2/2020", evidence="01/CT-UBND")
    assert "Hoàn thành 06/02/2020" in page.words
    assert "Nhiệm vụ hoàn thành" in page.words
    board = office.open(f"{PLAN}?trang_thai=hoan-thanh")
    assert f"{TASK}/1" in board.links(TASK)
    assert "1/1 hoàn thành" in board.words
    # What is completed is opened again before it is cancelled.
    assert f"{TASK}/1/mo-lai" in page.links(TASK)
    assert f"{TASK}/1/huy" not in page.links(TASK)


def test_nothing_is_cancelled_before_it_is_confirmed(office: Person) -> None:
    form = office.open(f"{TASK}/14/huy")
    asked = office.send(form, reason="Lớp tập huấn\ndo thành phố tổ chức")
    assert asked.status == 200
    assert "Kiểm tra lại" in asked.words
    assert "Đã huỷ" not in office.open(f"{TASK}/14").words
    back = office.send(asked, sua="1")
    assert back.fields["reason"] == "Lớp tập huấn\ndo thành phố tổ chức"
    done = office.confirm(asked)
    assert done.notice == "Đã huỷ nhiệm vụ."
    assert "do thành phố tổ chức" in done.words
    assert "Báo cáo hoàn thành" not in done.words


def test_a_task_is_assigned_anew(office: Person) -> None:
    form = office.open(f"{TASK}/10/giao-viec")
    twice = office.send(form, leads=["thanh-tra"], coordinators=["thanh-tra"])
    assert twice.status == 422
    assert "vừa chủ trì vừa phối hợp" in twice.errors
    page = office.send(form, leads=["phong-noi-vu", "thanh-tra"], coordinators=["phong-tu-phap"])
    assert page.notice == "Đã giao việc."
    assert "Phòng Tư pháp Phối hợp" in page.words


def test_who_may_not_act_is_neither_offered_nor_allowed_to(clerk: Person) -> None:
    page = clerk.open(f"{TASK}/4")
    assert not page.links(rf"^{TASK}/4/")
    refused = clerk.send(clerk.open(f"{TASK}/4/huy"), reason="Không cần", xac_nhan="1")
    assert refused.status == 403
    assert "không có quyền" in refused.errors


# -- levels -------------------------------------------------------------------------------------


def test_the_city_sees_five_districts_with_a_picture_of_its_own_policy(system: RunningServices) -> None:
    city = _person(system, "thanhpho")
    page = city.open("/thanh-pho")
    assert len(page.links(r"^/tong-quan/[a-z-]+\?nam=2020$")) >= 5
    source = re.search(r'<img src="([^"]+)"', page.text)
    assert source
    picture = city.open(source[1].replace("&amp;", "&"))
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in picture.text
    assert not re.search(r'(href|src)="http', picture.text)


def test_units_and_groups_have_pages(office: Person) -> None:
    unit = office.open("/don-vi/cai-rang/phong-noi-vu")
    (group,) = set(unit.links(r"^/nhom/cai-rang/"))
    page = office.open(group)
    assert page.status == 200
    assert "/don-vi/cai-rang/phong-noi-vu?nam=2020" in page.links("^/don-vi/")


def test_search_counts_neither_marks_nor_case(clerk: Person) -> None:
    page = clerk.open("/tim-kiem?q=tap%20HUAN%20nghiep%20vu")
    assert f"{TASK}/14" in page.links(TASK)
    assert "/don-vi/cai-rang/phuong-le-binh" in clerk.open("/tim-kiem?q=le+binh").links("^/don-vi/")
    assert "Không tìm thấy" in clerk.open("/tim-kiem?q=zzz").words


def test_search_finds_nothing_of_another_district(system: RunningServices) -> None:
    stranger = _person(system, "phuong.cai-khe.ninh-kieu")
    assert not stranger.open("/tim-kiem?q=ke+hoach").links("cai-rang")


# -- a plan from its document to its issue ----------------------------------------------------------


def test_a_plan_goes_from_its_document_to_its_issue(system: RunningServices) -> None:
    office, chair = _person(system, "pnv.binh-thuy"), _person(system, "ct.binh-thuy")
    plan = "/ke-hoach/binh-thuy/2021"
    document = (DEMO / "ke-hoach-12-kh-ubnd-2021-binh-thuy.txt").read_bytes()
    preview = office.upload(office.open("/ke-hoach/soan"), "ke-hoach.txt", document, year="2021")
    assert "Cần kiểm tra" in preview.words
    assert "(nhiệm vụ 2)" in preview.words
    assert office.open(plan).status == 404  # nothing is kept yet
    longer = office.send(preview, them="1")
    rows = int(preview.fields["rows"])
    assert int(longer.fields["rows"]) == rows + 1
    wrong = office.send(
        longer, **{f"row-{rows}-content": "Việc thêm", f"row-{rows}-quarter": "4", f"row-{rows}-leads": "Phòng Trăng"}
    )
    assert wrong.status == 422
    assert "không có đơn vị “Phòng Trăng”" in wrong.errors
    filled = {
        name: "phong noi vu"
        for name, value in wrong.fields.items()
        if name.endswith("-leads") and value in ("", "Phòng Trăng")
    }
    draft = office.send(wrong, **filled)
    assert draft.notice == "Đã lưu dự thảo kế hoạch.", draft.errors
    assert "Việc thêm" in draft.words
    stranger = _person(system, "phuong.binh-thuy.binh-thuy")
    assert plan not in stranger.open("/ke-hoach").links("^/ke-hoach/binh-thuy")

    office.send(office.open(f"{plan}/trinh-ky"))
    assert plan in chair.open("/").links("^/ke-hoach/")
    returned = chair.send(chair.open(f"{plan}/tra-lai"), reason="Ghi rõ đơn vị phối hợp")
    assert returned.status == 200
    assert "Chủ tịch trả lại: Ghi rõ đơn vị phối hợp" in office.open(plan).words
    form = office.open(f"{plan}/sua")
    amended = office.send(form, **{f"row-{rows}-coordinators": "Phòng Tư pháp; Thanh tra"})
    assert "Phòng Tư pháp; Thanh tra" in amended.words
    stale = office.send(form, title="Tên khác")
    assert stale.status == 409
    assert "sửa dự thảo kế hoạch" in stale.errors
    assert stale.fields["title"] == "Tên khác"
    office.send(office.open(f"{plan}/trinh-ky"))

    asked = chair.send(chair.open(f"{plan}/ban-hanh"), number="12/KH-UBND", issued_on="06/02/2020")
    assert "Kiểm tra lại" in asked.words
    issued = chair.confirm(asked)
    assert issued.notice == "Đã ban hành kế hoạch và giao việc cho các đơn vị."
    assert "số 12/KH-UBND ngày 06/02/2020" in issued.words
    assert f"/nhiem-vu/binh-thuy/2021/{rows + 1}" in issued.links("^/nhiem-vu/")


def test_a_long_plan_is_saved_whole(system: RunningServices) -> None:
    office = _person(system, "pnv.o-mon")
    begun = office.open("/ke-hoach/soan")
    editor = office.send(begun, district="o-mon", year="2021")
    typed = {"rows": "500"}
    for at in range(500):
        filled = {"number": str(at + 1), "quarter": "4", "content": f"Việc {at + 1}.", "leads": "Phòng Nội vụ"}
        typed |= {f"row-{at}-{name}": value for name, value in filled.items()}
        typed |= {f"row-{at}-coordinators": "", f"row-{at}-due_on": ""}
    full = office.send(editor, **typed, them="1")
    assert "tối đa 500" in full.errors
    saved = office.send(full)
    assert saved.notice == "Đã lưu dự thảo kế hoạch.", saved.errors
    assert office.open("/ke-hoach/o-mon/2021/sua").fields["rows"] == "500"
    cut = office.send(full, rows="501")
    assert cut.status == 422
    assert "tối đa 500" in cut.words


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.docx", b"PK\x03\x04\xff\xfe\x00", "bị hỏng"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ".docx"),
        ("a.pdf", b"%PDF-1.7 \xff\xfe", "không phải văn bản"),
    ],
)
def test_a_document_that_is_no_text_is_refused(office: Person, name: str, content: bytes, words: str) -> None:
    refused = office.upload(office.open("/ke-hoach/soan"), name, content)
    assert refused.status == 422
    assert words in refused.errors


# -- dossiers -------------------------------------------------------------------------------------


def test_a_dossier_goes_from_the_unit_to_the_office_and_back(clerk: Person, office: Person) -> None:
    form = clerk.open("/ho-so/moi")
    typed = {
        "subject_kind": "individual",
        "name": "Nguyễn Thị Ánh Đào",
        "birth_year": "1980",
        "title": "LDTT",
        "summary": "Hoàn thành tốt nhiệm vụ.",
        "documents": "12/BC-UBND | Báo cáo thành tích\nBiên bản họp bình xét",
    }
    asked = clerk.send(form, **typed)
    assert "Kiểm tra lại" in asked.words
    assert "Lao động tiên tiến" in asked.words
    dossier = clerk.confirm(asked)
    assert dossier.notice.startswith("Đã nộp hồ sơ.")
    assert "12/BC-UBND: Báo cáo thành tích" in dossier.words
    path = dossier.path
    assert path in office.open("/").links("^/ho-so/")
    assert path in office.open("/ho-so?q=anh+dao&trang_thai=submitted").links("^/ho-so/")

    nothing = office.send(office.open(f"{path}/tra-lai"))
    assert nothing.status == 422
    office.send(office.open(f"{path}/tra-lai"), summary="Thiếu số liệu")
    assert path in clerk.open("/").links("^/ho-so/")
    again = clerk.open(f"{path}/nop-lai")
    assert "Tóm tắt thành tích: Thiếu số liệu" in again.words
    unchanged = clerk.confirm(clerk.send(again))
    assert unchanged.status == 422
    clerk.confirm(clerk.send(again, summary="Hoàn thành tốt nhiệm vụ, đạt 105% kế hoạch."))
    accepted = office.send(office.open(f"{path}/tiep-nhan"))
    assert accepted.notice == "Đã tiếp nhận hồ sơ."
    assert "chờ trình Hội đồng" in accepted.words


def test_a_unit_reads_its_own_dossiers_only(system: RunningServices, clerk: Person) -> None:
    other = _person(system, "phuong.hung-phu.cai-rang")
    asked = other.send(
        other.open("/ho-so/moi"),
        subject_kind="collective",
        name="Tổ dân phố 5",
        title="TTLDTT",
        summary="Tập thể tốt.",
        documents="Báo cáo",
    )
    path = other.confirm(asked).path
    assert clerk.open(path).status in (403, 404)
    assert "Tổ dân phố 5" not in clerk.open("/ho-so").words
    assert "Tổ dân phố 5" not in clerk.open("/tim-kiem?q=to+dan+pho+5").words.split("Tìm kiếm", 2)[-1]


# -- scoring --------------------------------------------------------------------------------------


def test_a_sheet_goes_from_the_self_score_to_the_ranking(clerk: Person, office: Person) -> None:
    sheet = "/cham-diem/cai-rang/2020/phuong-le-binh"
    form = clerk.open(f"{sheet}/tu-cham")
    points = {name: "9,5" for name in form.fields if name.startswith("points-")}
    evidence = {name: "Báo cáo 12" for name in form.fields if name.startswith("evidence-")}
    assert points
    name = min(points)
    wrong = clerk.send(form, **{**points, **evidence, name: "chín"})
    assert wrong.status == 422
    assert wrong.fields[name] == "chín"
    too_many = clerk.send(form, **{**points, **evidence, name: "9999"})
    assert too_many.status == 422
    assert f'href="#{name}"' in too_many.text
    own = clerk.send(form, **points, **evidence)
    assert own.notice == "Đã nộp bảng tự chấm điểm.", own.errors
    assert not own.links("/cong-bo$")

    posted = office.send(office.open(f"{sheet}/cong-bo"), bonus="2", bonus_reason="Điển hình tiên tiến")
    assert posted.notice == "Đã công bố điểm.", posted.errors
    assert "Điển hình tiên tiến" in posted.words
    assert sheet in office.open("/xep-hang/cai-rang").links("^/cham-diem/")
    corrected = office.send(office.open(f"{sheet}/cong-bo"), bonus="0", bonus_reason="", reason="Trùng thành tích")
    assert "đính chính điểm" in corrected.words


def test_a_point_of_a_task_leads_to_the_task(office: Person) -> None:
    for unit in ("hoi-dong-tdkt", "phong-noi-vu"):
        form = office.open(f"{TASK}/4/hoan-thanh?don_vi={unit}")
        office.send(form, completed_on="06/02/2020", evidence="Hội nghị ngày 06/02/2020")
    page = office.open("/cham-diem/cai-rang/2020/phong-noi-vu")
    assert f"{TASK}/4" in page.links("^/nhiem-vu/")
    assert "đúng hạn" in page.words


# -- inbox ----------------------------------------------------------------------------------------


def test_notices_are_counted_read_and_marked_again(system: RunningServices) -> None:
    person = _person(system, "phuong.phu-thu.cai-rang")
    inbox = person.open("/hop-thu")
    assert re.search(r'class="count">\d+', inbox.text)
    (notice, *_) = inbox.links(r"^/hop-thu/cai-rang/")
    csrf = person.csrf()
    opened = person.post(f"{notice}/mo", {"csrf": csrf})
    assert opened.path.startswith("/ke-hoach/cai-rang/2020")
    after = person.open("/hop-thu")
    assert "Đánh dấu chưa đọc" in after.words
    person.post(f"{notice}/chua-doc", {"csrf": csrf})
    assert notice in person.open("/hop-thu?chua_doc=1").links("^/hop-thu/")
    assert "là đã đọc" in person.post("/hop-thu/doc-het", {"csrf": csrf}).words
    assert "Không có thông báo chưa đọc" in person.open("/hop-thu?chua_doc=1").words


def test_the_inbox_shows_the_notices_of_one_area(system: RunningServices) -> None:
    person = _person(system, "phuong.phu-thu.cai-rang")
    shown = person.open("/hop-thu?viec=ke-hoach")
    assert "Kế hoạch ban hành ·" in shown.words
    assert shown.links(r"^/hop-thu/cai-rang/")
    assert "/hop-thu?chua_doc=1&viec=ke-hoach" in shown.links("^/hop-thu")
    assert not person.open("/hop-thu?viec=cham-diem").links(r"^/hop-thu/cai-rang/")
    assert person.open("/hop-thu?viec=khong-co").links(r"^/hop-thu/cai-rang/")


# -- operating ------------------------------------------------------------------------------------


def test_the_operator_sees_streams_readers_and_the_way_of_a_click(operator: Person, clerk: Person) -> None:
    trace = clerk.open("/").headers["x-trace-id"]
    assert "Chưa đọc" in operator.open("/van-hanh").words
    streams = operator.open("/van-hanh/luong").words
    assert all(name in streams for name in ("PLANS", "NOMINATIONS", "SCORING", "NOTIFICATIONS", "PUBLIC"))
    for _ in range(40):  # spans are written twice a second
        page = operator.open(f"/van-hanh/vet/{trace}")
        if page.status == 200 and "plans my-work" in page.words and "GET /" in page.words:
            break
        threading.Event().wait(0.1)
    assert "plans my-work" in page.words
    assert operator.open("/van-hanh/vet").links(r"^/van-hanh/vet/[0-9a-f]{32}$")
    assert operator.open(f"/van-hanh/vet/{'0' * 32}").status == 404


@pytest.mark.parametrize("path", ["/van-hanh", "/van-hanh/luong", "/van-hanh/vet"])
def test_operating_is_for_operators(clerk: Person, path: str) -> None:
    assert clerk.open(path).status == 403


def test_metrics_and_readiness_are_told(system: RunningServices) -> None:
    assert httpx2.get(f"{system.url('portal')}/readyz").json()["parts"] == {"accounts": True, "nats": True}
    assert "python_info" in httpx2.get(f"{system.url('portal')}/metrics").text


def test_a_number_without_end_in_an_address_is_refused(office: Person) -> None:
    paths = [f"{TASK}/{{}}", f"{TASK}/{{}}/huy", "/cham-diem/cai-rang/{}/phong-noi-vu"]
    for path in paths:
        for digits in (10, 19, 30, 5000):
            assert office.open(path.format("9" * digits)).status == 422, (path, digits)


def test_an_odd_number_in_a_query_is_passed_over(office: Person) -> None:
    for query in ("/hop-thu?truoc=", "/ke-hoach?nam=", "/ho-so?nam=", "/tong-quan/cai-rang?nam="):
        for number in ("9" * 19, "9" * 5000, "0000", "9999"):
            assert office.open(query + number).status == 200, (query, number[:20])


# -- live -----------------------------------------------------------------------------------------


def test_open_pages_are_told_what_changed_in_their_districts_only(system: RunningServices, office: Person) -> None:
    near, far = _person(system, "phuong.ba-lang.cai-rang"), _person(system, "phuong.cai-khe.ninh-kieu")
    heard: dict[str, list[str]] = {"near": [], "far": []}
    listening = threading.Barrier(3)

    def listen(name: str, person: Person) -> None:
        try:
            with person.client.stream("GET", "/live", timeout=4) as stream:
                listening.wait(5)
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        heard[name].append(line)
                        if name == "near":
                            return
        except httpx2.TimeoutException:
            pass

    threads = [threading.Thread(target=listen, args=one) for one in (("near", near), ("far", far))]
    for thread in threads:
        thread.start()
    listening.wait(5)
    office.send(office.open(f"{TASK}/9/bao-cao?don_vi=phong-noi-vu"), percent="10", text="Bắt đầu")
    for thread in threads:
        thread.join(10)
    assert '"plans.cai-rang"' in "".join(heard["near"])
    assert heard["far"] == []


# -- when something is down: last, since parts are stopped here ---------------------------------------


def test_the_portal_ends_within_two_seconds_though_pages_listen(system: RunningServices) -> None:
    person = _person(system, "phuong.le-binh.cai-rang")
    with person.client.stream("GET", "/live") as stream:
        assert next(iter(stream.iter_lines())) == "retry: 3000"
        assert system.stop("portal") < 2.0
    system.start("portal")
    assert person.open("/").status == 200  # the session outlives the process


def test_without_a_service_its_pages_say_so_and_the_others_work(system: RunningServices, clerk: Person) -> None:
    system.kill("nominations")
    page = clerk.open("/ho-so")
    assert page.status == 503
    assert "không bị mất" in page.words
    assert clerk.open("/").status == 200
    assert clerk.open("/tim-kiem?q=tap+huan").status == 200
    system.kill("plans")
    assert clerk.open(PLAN).status == 503
    assert "tạm thời chưa trả lời" in clerk.open("/").words
    assert clerk.open("/hop-thu").status == 200
    system.start("plans", "nominations")
    assert clerk.open(PLAN).status == 200


def test_the_connection_is_taken_up_again(system: RunningServices, clerk: Person) -> None:
    system.bus.kill()
    page = clerk.open(PLAN)
    assert page.status == 503
    system.bus.start()
    for _ in range(100):
        if clerk.open(PLAN).status == 200:
            break
        threading.Event().wait(0.1)
    assert clerk.open(PLAN).status == 200
