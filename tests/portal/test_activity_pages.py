"""Campaigns, inspections and trainings in the console: carried out by the roles concerned, from the first form on.

Tasks 7, 8, 12 and 14 of the plan of Cái Răng. Today is 06/02/2020.
"""

import re
from typing import Any

import pytest

from services.plans.views import HISTORY_A_PAGE
from shared.office.word import word_text
from tests.kernel.test_attachments import PDF
from tests.portal.console import Page, Person
from tests.portal.test_attachments import file_links, send_files
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both databases, in tests/system/test_the_year_2020.py")

YEAR = "cai-rang/2020"
CAMPAIGNS = f"/dot-thi-dua/{YEAR}"
CAMPAIGN = f"{CAMPAIGNS}/ky-niem-45-nam"
INSPECTIONS = f"/kiem-tra/{YEAR}"
INSPECTION = f"{INSPECTIONS}/kiem-tra-phong-trao"
TRAININGS = f"/tap-huan/{YEAR}"
OUTLINE: dict[str, Any] = {
    "title": "Kỷ niệm 45 năm ngày giải phóng miền Nam, thống nhất đất nước",
    "kind": "thematic",
    "occasions": "45 năm ngày 30/4\n130 năm ngày sinh Chủ tịch Hồ Chí Minh",
    "themes": "Xây dựng tuyến đường sáng, xanh, sạch, đẹp\n\nGiúp hộ nghèo",
    "starts_on": "01/02/2020",
    "ends_on": "10/05/2020",
    "join_by": "28/02/2020",
    "units": ["cum-cac-phuong"],
    "task_number": "7",
}
BY_DEPUTY = "TM. Ủy ban nhân dân; KT. Chủ tịch"
DOSSIER = {
    "subject_kind": "collective",
    "name": "Khu vực Thị Trấn, phường Lê Bình",
    "title": "GK_HUYEN",
    "category": "campaign",
    "summary": "Hoàn thành vượt chỉ tiêu đợt thi đua.",
    "documents": "15/BC-UBND | Báo cáo thành tích",
}


def _person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


@pytest.fixture(scope="module")
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ."""
    return _person(system, "pnv.cai-rang")


@pytest.fixture(scope="module")
def chair(system: RunningServices) -> Person:
    """Return the chair of the district."""
    return _person(system, "ct.cai-rang")


@pytest.fixture(scope="module")
def ward(system: RunningServices) -> Person:
    """Return the clerk of a ward."""
    return _person(system, "phuong.le-binh.cai-rang")


@pytest.fixture(scope="module")
def other(system: RunningServices) -> Person:
    """Return the clerk of another ward."""
    return _person(system, "phuong.hung-phu.cai-rang")


def draft(office: Person, campaign_id: str, **typed: Any) -> Page:
    """Draft a campaign, and return its page."""
    return office.send(office.open(f"{CAMPAIGNS}/moi"), **{**OUTLINE, "campaign_id": campaign_id, **typed})


def launch(chair: Person, path: str, **typed: Any) -> Page:
    """Launch the campaign, and return its page."""
    values = {"number": "02/CT-UBND", "launched_on": "01/02/2020", **typed}
    return chair.confirm(chair.send(chair.open(f"{path}/phat-dong"), **values))


def join(person: Person, path: str, targets: str = "Tuyến đường kiểu mẫu | 2 | tuyến") -> Page:
    """Register for the campaign."""
    return person.send(person.open(f"{path}/dang-ky"), targets=targets)


@pytest.fixture(scope="module")
def campaign(office: Person, chair: Person, ward: Person) -> Page:
    """Return the page of a campaign as the chair sees it launched, which one of seven wards has joined."""
    drafted = draft(office, "ky-niem-45-nam")
    assert drafted.notice == "Đã lưu dự thảo đợt thi đua.", drafted.words
    # A draft is nobody's business yet.
    assert ward.open(CAMPAIGN).status == 404
    assert "ky-niem-45-nam" not in ward.open(CAMPAIGNS).text
    signed = {"signer_name": "Nguyễn Văn A", "signer_post": "Phó Chủ tịch", "signer_on_behalf_of": BY_DEPUTY}
    launched = launch(chair, CAMPAIGN, **signed)
    assert launched.notice == "Đã phát động đợt thi đua.", launched.words
    assert join(ward, CAMPAIGN).notice == "Đã đăng ký tham gia đợt thi đua."
    return launched


# -- campaigns ------------------------------------------------------------------------------------


def test_a_launched_campaign_tells_what_when_by_which_paper_and_for_which_task(campaign: Page) -> None:
    for words in (
        "Số 02/CT-UBND ngày 01/02/2020",
        "Phó Chủ tịch Nguyễn Văn A",
        "Giúp hộ nghèo",
        "130 năm ngày sinh Chủ tịch Hồ Chí Minh",
        "7. Phát động đợt thi đua kỷ niệm 45 năm",
        "Phường Hưng Phú",
    ):
        assert words in campaign.words
    assert campaign.links(r"^/nhiem-vu/") == ["/nhiem-vu/cai-rang/2020/7"]


def test_the_directive_says_by_what_right_it_is_signed(campaign: Page, ward: Person) -> None:
    paper = ward.client.get("/van-ban/chi-thi/cai-rang/ky-niem-45-nam.docx")
    lines = word_text(paper.content).splitlines()
    assert lines[lines.index("TM. ỦY BAN NHÂN DÂN") :][:3] == ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]


def test_a_right_to_sign_without_who_signs_is_said_at_the_signer(office: Person, chair: Person) -> None:
    path = draft(office, "chua-ro-nguoi-ky").path
    refused = launch(chair, path, signer_on_behalf_of=BY_DEPUTY)
    assert 'href="#signer_name"' in refused.text, refused.words
    assert refused.fields["signer_on_behalf_of"] == BY_DEPUTY


def test_only_the_chair_launches(office: Person, chair: Person) -> None:
    path = draft(office, "chi-chu-tich-phat-dong").path
    assert office.open(path).links("phat-dong$") == []
    refused = launch(office, path)
    assert "không có quyền" in refused.errors
    assert chair.open(path).links("phat-dong$") == [f"{path}/phat-dong"]


def test_a_unit_joins_with_targets_and_the_counts_lead_to_the_units(campaign: Page, ward: Person) -> None:
    shown = ward.open(CAMPAIGN)
    assert "Tuyến đường kiểu mẫu: 2 tuyến" in shown.words
    assert "1/7 đơn vị đăng ký" in shown.words
    missing = ward.open(f"{CAMPAIGN}?trang_thai=chua-dang-ky").words.split("Hồ sơ đề nghị", 1)[0]
    assert missing.count("○ Chưa đăng ký") == 6
    assert "1/7" in ward.open(CAMPAIGNS).words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Tuyến đường", "ghi theo mẫu tên | số | đơn vị tính"),
        ("Tuyến đường | hai | tuyến", "hãy nhập một số"),
        ("Tuyến đường | -2 | tuyến", "không hợp lệ"),
        ("Tuyến | 1\ntuyến | 2", "được ghi hai lần"),
    ],
)
def test_a_target_that_cannot_be_read_is_said_at_the_field_and_nothing_typed_is_lost(
    campaign: Page, ward: Person, typed: str, told: str
) -> None:
    refused = join(ward, CAMPAIGN, typed)
    assert refused.status == 422
    assert told in refused.errors
    assert refused.fields["targets"] == typed


def test_two_units_at_once_do_not_disturb_each_other_but_two_officers_do(
    campaign: Page, office: Person, system: RunningServices
) -> None:
    first, second = (_person(system, f"phuong.{one}.cai-rang") for one in ("ba-lang", "phu-thu"))
    forms = [one.open(f"{CAMPAIGN}/dang-ky") for one in (first, second)]
    assert first.send(forms[0], targets="Hộ nghèo được giúp | 5 | hộ").notice
    assert second.send(forms[1], targets="Hộ nghèo được giúp | 6 | hộ").notice

    path = f"{CAMPAIGNS}/hai-can-bo"
    draft(office, "hai-can-bo")
    forms = [office.open(f"{path}/sua") for _ in range(2)]
    assert office.send(forms[0], title="Tên mới").notice == "Đã sửa dự thảo."
    stale = office.send(forms[1], title="Tên khác")
    assert stale.status == 409
    assert "Dữ liệu đã thay đổi" in stale.words


def test_a_result_keeps_its_files_also_when_the_office_corrects_it(
    campaign: Page, ward: Person, office: Person
) -> None:
    told = {"text": "Đã làm 3 tuyến", "collectives": "Khu vực Thị Trấn", "individuals": "4"}
    reported = send_files(ward, ward.open(f"{CAMPAIGN}/ket-qua"), [("bao-cao.pdf", PDF)], **told)
    assert reported.status == 200, reported.words
    shown = office.open(CAMPAIGN)
    assert "Tập thể tiêu biểu: Khu vực Thị Trấn 4 cá nhân tiêu biểu" in shown.words
    (link,) = file_links(shown)
    assert office.client.get(link).content == PDF

    form = office.open(f"{CAMPAIGN}/ket-qua?don_vi=phuong-le-binh")
    corrected = send_files(office, form, [], **{**form.fields, "individuals": "5"})
    assert corrected.status == 200, corrected.words
    shown = ward.open(CAMPAIGN)
    assert "5 cá nhân tiêu biểu" in shown.words
    assert file_links(shown) == [link]
    assert re.search(r"1/[13] báo cáo kết quả", shown.words)


def test_only_units_that_joined_propose_and_the_campaign_shows_their_dossiers(
    campaign: Page, ward: Person, other: Person, office: Person
) -> None:
    (href,) = set(ward.open(CAMPAIGN).links(r"^/ho-so/moi\?.*dot="))
    assert other.open(CAMPAIGN).links(r"^/ho-so/moi\?.*dot=") == []
    form = ward.open(href)
    assert (form.fields["campaign_id"], form.fields["category"]) == ("ky-niem-45-nam", "campaign")
    refused = other.confirm(other.send(other.open(href), **DOSSIER))
    assert "chưa đăng ký tham gia đợt thi đua này" in refused.errors
    refused = ward.confirm(ward.send(form, **{**DOSSIER, "category": "merit"}))
    assert "phải chọn loại hình" in refused.errors

    dossier = ward.confirm(ward.send(form, **DOSSIER))
    assert dossier.notice.startswith("Đã nộp hồ sơ."), dossier.words
    assert OUTLINE["title"] in dossier.words
    assert dossier.path in office.open(CAMPAIGN).links("^/ho-so/cai-rang/")
    assert "1 hồ sơ" in office.open(CAMPAIGN).words
    # The same collective may be praised for the whole year as well, but not twice for one campaign.
    yearly = ward.send(ward.open("/ho-so/moi"), **{**DOSSIER, "category": "merit"})
    assert ward.confirm(yearly).notice.startswith("Đã nộp hồ sơ.")
    assert "1 hồ sơ" in office.open(CAMPAIGN).words
    twice = ward.confirm(ward.send(ward.open(href), **DOSSIER))
    assert twice.errors
    # What it came of stays when it is corrected.
    office.send(office.open(f"{dossier.path}/tra-lai"), summary="Thiếu số liệu")
    again = ward.confirm(ward.send(ward.open(f"{dossier.path}/nop-lai"), category="merit"))
    assert "phải chọn loại hình" in again.errors


def test_what_the_history_has_no_room_for_is_whole_on_a_page_of_its_own(
    office: Person, chair: Person, ward: Person
) -> None:
    path, told = f"{CAMPAIGNS}/bao-cao-rat-dai", "Đã làm: " + "ế" * 3000 + " hết."
    draft(office, "bao-cao-rat-dai")
    launch(chair, path)
    join(ward, path)
    ward.send(ward.open(f"{path}/ket-qua"), text=told)
    shown = office.open(path)
    (link,) = shown.links(rf"^{path}/dien-bien/\d+$")
    assert "Đã rút ngắn. Xem đầy đủ" in shown.words and told not in shown.words
    whole = office.open(link)
    assert told in whole.words and OUTLINE["title"] in whole.words
    assert f"{path}#dien-bien" in whole.links("#dien-bien$")
    assert "Đã rút ngắn" not in whole.words
    assert office.open(f"{path}/dien-bien/1").status == 404
    assert office.open(link.replace("/2020/", "/2019/")).status == 404


def test_a_campaign_is_extended_summed_up_and_closed_for_good(office: Person, chair: Person, ward: Person) -> None:
    path = f"{CAMPAIGNS}/gia-han-roi-tong-ket"
    draft(office, "gia-han-roi-tong-ket")
    launch(chair, path)
    join(ward, path)
    moved = chair.send(chair.open(f"{path}/gia-han"), ends_on="30/06/2020", reason="Dịch bệnh")
    assert "01/02/2020 – 30/06/2020" in moved.words
    assert "10/05/2020 → 30/06/2020 · Dịch bệnh" in moved.words

    asked = office.send(office.open(f"{path}/tong-ket"), closed_on="06/02/2020", summary="Đạt mục tiêu đề ra")
    assert "Còn 1 đơn vị đã đăng ký chưa báo cáo" in asked.words
    closed = office.confirm(asked)
    assert "✓ Đã tổng kết" in closed.words
    assert "Đạt mục tiêu đề ra" in closed.words
    assert "đang ở trạng thái khác" in join(ward, path).errors


def test_a_campaign_stands_on_the_first_page_of_whoever_has_to_do_something(
    office: Person, chair: Person, ward: Person
) -> None:
    path, own = draft(office, "viec-cua-toi").path, "?don_vi=phuong-le-binh"
    assert f"{path}/phat-dong" in chair.open("/").links("phat-dong$")
    assert path not in ward.open("/").text + office.open("/").text
    launch(chair, path)
    assert path not in chair.open("/").text
    assert ward.open("/").links(f"^{path}/") == [f"{path}/dang-ky{own}"]
    join(ward, path)
    (href,) = ward.open("/").links(f"^{path}/")
    assert href == f"{path}/ket-qua{own}"
    assert ward.send(ward.open(href), text="Đã làm 3 tuyến").notice == "Đã gửi báo cáo kết quả."
    assert path not in ward.open("/").text


def test_a_cancelled_campaign_counts_for_nothing(office: Person, chair: Person, ward: Person) -> None:
    path = f"{CAMPAIGNS}/huy-giua-chung"
    before = re.search(r"Cả năm (\d+/\d+)", office.open(CAMPAIGNS).words)
    draft(office, "huy-giua-chung")
    launch(chair, path)
    join(ward, path)
    assert chair.confirm(chair.send(chair.open(f"{path}/huy"), reason="Trùng đợt của thành phố")).notice
    shown = ward.open(path)
    assert "✕ Huỷ bỏ" in shown.words
    assert "Trùng đợt của thành phố" in shown.words
    after = re.search(r"Cả năm (\d+/\d+)", office.open(CAMPAIGNS).words)
    assert (before and before[1]) == (after and after[1])


# -- inspections ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inspection(office: Person) -> Page:
    """Return the page of an inspection of two wards, with findings at one and two recommendations to it."""
    planned = {
        "title": "Kiểm tra phong trào thi đua",
        "subject": "movements",
        "number": "120/QĐ-UBND",
        "contents": "Việc đăng ký thi đua\nViệc bình xét",
        "units": ["phuong-le-binh", "phuong-hung-phu"],
        "team": "Trần Văn B | Trưởng phòng Nội vụ, Trưởng đoàn\nLê Thị C | Chuyên viên",
        "starts_on": "03/02/2020",
        "ends_on": "28/02/2020",
        "task_number": "12",
        "inspection_id": "kiem-tra-phong-trao",
    }
    scheduled = office.confirm(office.send(office.open(f"{INSPECTIONS}/moi"), **planned))
    assert scheduled.notice == "Đã lập kế hoạch kiểm tra.", scheduled.words
    form = office.open(f"{INSPECTION}/ket-qua?don_vi=phuong-le-binh")
    found = send_files(
        office,
        form,
        [("bien-ban.pdf", PDF)],
        checked_on="03/02/2020",
        findings="Đã đăng ký đủ",
        strengths="Kịp thời",
        shortcomings="Thiếu biên bản bình xét",
    )
    assert found.status == 200, found.words
    issued = office.send(office.open(f"{INSPECTION}/kien-nghi"), texts="Bổ sung biên bản bình xét", due_on="04/02/2020")
    assert issued.notice == "Đã gửi kiến nghị cho đơn vị.", issued.words
    return office.send(office.open(f"{INSPECTION}/kien-nghi"), texts="Công khai kết quả", working_days="3")


def test_an_inspection_tells_team_findings_and_recommendations_with_the_reason_of_the_term(inspection: Page) -> None:
    for words in (
        "Trần Văn B, Trưởng phòng Nội vụ, Trưởng đoàn",
        "Ưu điểm: Kịp thời",
        "1/2 đã kiểm tra",
        "1. Bổ sung biên bản bình xét",
        "2. Công khai kết quả",
        # Thursday 06/02: Friday, Monday, Tuesday.
        "11/02/2020",
        "3 ngày làm việc kể từ ngày 06/02/2020",
        "08/02/2020: Thứ Bảy",
        "Cán bộ Phòng Nội vụ quận Cái Răng ghi kết quả kiểm tra đơn vị",
        "Phường Lê Bình: Đã đăng ký đủ",
        "12. Kiểm tra, giám sát, đánh giá",
    ):
        assert words in inspection.words
    assert len(file_links(inspection)) == 1


def test_the_list_and_the_first_page_name_what_is_overdue_with_the_days(
    inspection: Page, ward: Person, office: Person
) -> None:
    shown = ward.open(INSPECTIONS)
    assert "1 kiến nghị quá hạn" in shown.words
    assert "04/02/2020 ! trễ 2 ngày làm việc" in shown.words
    assert "Công khai kết quả" not in shown.words
    assert "Công khai kết quả" in ward.open(f"{INSPECTIONS}?kien_nghi=cho-thuc-hien").words
    mine = ward.open("/")
    marked = mine.words.count("! Trễ hạn")
    assert marked and f" việc, {marked} trễ hạn" in mine.words
    assert "04/02/2020 ! trễ 2 ngày làm việc Kiểm tra phong trào thi đua – 1. Bổ sung biên bản bình xét" in mine.words
    assert mine.links(f"^{INSPECTION}/") == [f"{INSPECTION}/kien-nghi/{number}/tra-loi" for number in (1, 2)]
    assert INSPECTION not in office.open("/").text


def test_only_the_unit_concerned_answers_and_only_the_office_judges(
    inspection: Page, ward: Person, other: Person, office: Person
) -> None:
    path = f"{INSPECTION}/kien-nghi/2"
    assert other.open(INSPECTION).links("tra-loi") == []
    told = {"text": "Đã niêm yết", "evidence": "61/TB-UBND"}
    assert "không có quyền" in other.send(other.open(f"{path}/tra-loi"), **told).errors
    assert "không có quyền" in ward.send(ward.open(f"{path}/cong-nhan")).errors
    assert "tình trạng khác" in office.send(office.open(f"{path}/cong-nhan")).errors

    answered = send_files(ward, ward.open(f"{path}/tra-loi"), [("thong-bao.pdf", PDF)], **told)
    assert "→ Chờ xem xét" in answered.words
    assert f"{path}/tra-loi" not in ward.open("/").links("tra-loi$")
    (href,) = set(office.open("/").links(f"^{INSPECTION}.kien_nghi="))
    assert office.open(href.partition("#")[0]).links(f"^{path}/cong-nhan$") == [f"{path}/cong-nhan"]
    rejected = office.send(office.open(f"{path}/lam-tiep"), reason="Niêm yết chưa đủ 10 ngày")
    assert "Phải làm tiếp: Niêm yết chưa đủ 10 ngày" in rejected.words
    ward.send(ward.open(f"{path}/tra-loi"), **told)
    accepted = office.send(office.open(f"{path}/cong-nhan"))
    assert accepted.notice == "Đã công nhận kiến nghị được thực hiện.", accepted.words
    assert "1/2 đã thực hiện" in accepted.words
    assert "công nhận đã thực hiện kiến nghị" in accepted.words


def test_a_recommendation_has_one_due_date(inspection: Page, office: Person) -> None:
    for typed in ({}, {"due_on": "20/02/2020", "working_days": "3"}):
        refused = office.send(office.open(f"{INSPECTION}/kien-nghi"), texts="Khác", **typed)
        assert refused.status == 422
        assert "một trong hai" in refused.errors
    exists = office.send(office.open(f"{INSPECTION}/kien-nghi"), texts="Công khai kết quả", working_days="5")
    assert "Kiến nghị này đã có ở số 2" in exists.errors


def test_an_inspection_is_concluded_by_its_report_and_the_unit_still_answers(
    inspection: Page, office: Person, ward: Person
) -> None:
    signed = {"signer_name": "Trần Văn B", "signer_post": "Phó Chủ tịch", "signer_on_behalf_of": BY_DEPUTY}
    typed = {"number": "88/BC-UBND", "concluded_on": "06/02/2020", "summary": "Nề nếp", **signed}
    asked = office.send(office.open(f"{INSPECTION}/ket-luan"), **typed)
    assert "Còn 1 đơn vị chưa có kết quả" in asked.words
    concluded = office.confirm(asked)
    assert "Số 88/BC-UBND ngày 06/02/2020" in concluded.words
    assert concluded.links("/ket-qua|/huy$|kien-nghi$") == []
    report = word_text(office.client.get("/van-ban/kiem-tra/cai-rang/kiem-tra-phong-trao.docx").content)
    assert "KT. CHỦ TỊCH" in report.splitlines()
    answered = ward.send(ward.open(f"{INSPECTION}/kien-nghi/1/tra-loi"), text="Đã bổ sung", evidence="62/BC-UBND")
    assert answered.notice == "Đã gửi báo cáo thực hiện.", answered.words


# -- trainings ------------------------------------------------------------------------------------


def schedule(office: Person, training_id: str, **typed: Any) -> Page:
    """Schedule a training for the wards, and return its page."""
    planned = {
        "title": "Tập huấn nghiệp vụ thi đua, khen thưởng",
        "contents": "Luật Thi đua, khen thưởng\nLập hồ sơ",
        "held_on": "05/02/2020",
        "place": "Hội trường UBND quận",
        "lecturer": "Ban Thi đua - Khen thưởng thành phố",
        "units": ["cac-phuong"],
        "task_number": "14",
        "training_id": training_id,
    }
    return office.send(office.open(f"{TRAININGS}/moi"), **{**planned, **typed})


def test_a_training_is_held_and_counted_by_unit(office: Person, ward: Person) -> None:
    scheduled = schedule(office, "tap-huan-nghiep-vu")
    assert scheduled.notice == "Đã lên lịch lớp tập huấn.", scheduled.words
    assert "14. Tập huấn nghiệp vụ" in scheduled.words
    path = f"{TRAININGS}/tap-huan-nghiep-vu"
    form = office.open(f"{path}/diem-danh")
    wrong = office.send(form, **{"unit-phuong-le-binh": "hai người"})
    assert wrong.status == 422
    assert "số dự/số mời" in wrong.errors
    assert office.send(form).status == 422

    came = {"unit-phuong-le-binh": "2/3 Phó Chủ tịch, công chức Văn hoá - Xã hội", "unit-phuong-hung-phu": "0/2"}
    recorded = office.send(form, **came)
    assert "1/7 đơn vị có người dự · 2/5 người" in recorded.words
    assert "Phó Chủ tịch, công chức Văn hoá - Xã hội" in recorded.words
    corrected = office.send(office.open(f"{path}/diem-danh"), **{"unit-phuong-hung-phu": "1/2"})
    assert "2/7 đơn vị có người dự · 3/5 người" in corrected.words

    closed = office.confirm(office.send(office.open(f"{path}/tong-ket"), evaluation="Đạt yêu cầu"))
    assert "✓ Đã tổng kết" in closed.words
    listed = ward.open(TRAININGS)
    assert "2/7 3/5 ✓ Đã tổng kết" in listed.words
    assert ward.open(path).links("diem-danh|tong-ket|huy") == []


def test_a_training_to_come_is_moved_or_cancelled_and_nobody_is_counted_yet(office: Person) -> None:
    path = f"{TRAININGS}/sap-toi"
    schedule(office, "sap-toi", held_on="20/08/2020")
    early = office.send(office.open(f"{path}/diem-danh"), **{"unit-phuong-le-binh": "1/1"})
    assert "chỉ bắt đầu từ ngày 20/08/2020" in early.errors
    moved = office.send(office.open(f"{path}/chuyen"), held_on="25/08/2020", reason="Trùng lịch")
    assert "trước là 20/08/2020" in moved.words
    cancelled = office.confirm(office.send(office.open(f"{path}/huy"), reason="Gộp với thành phố"))
    assert "✕ Huỷ bỏ" in cancelled.words


# -- the year -------------------------------------------------------------------------------------


def test_the_district_sees_the_year_in_figures_that_lead_to_the_rows(
    campaign: Page, inspection: Page, ward: Person
) -> None:
    shown = ward.open("/tong-quan/cai-rang?nam=2020")
    assert re.search(r"Đợt thi đua : \d+ đang thi đua, \d+ đã tổng kết; \d+/\d+ lượt đơn vị đăng ký", shown.words)
    assert re.search(r"Kiểm tra : \d+ đang kiểm tra, \d+ đã kết luận; \d/2 kiến nghị đã thực hiện", shown.words)
    for href in (CAMPAIGNS, INSPECTIONS):
        assert href in shown.links(f"^{href}$")


def test_a_task_names_the_campaigns_inspections_and_trainings_that_carry_it_out(
    campaign: Page, inspection: Page, office: Person, ward: Person
) -> None:
    path = draft(office, "chua-phat-dong").path
    own = "^/(dot-thi-dua|kiem-tra|tap-huan)/"
    assert {CAMPAIGN, path} <= set(office.open("/nhiem-vu/cai-rang/2020/7").links(own))
    shown = ward.open("/nhiem-vu/cai-rang/2020/7")
    assert CAMPAIGN in shown.links(own)
    assert path not in shown.links(own), "a draft is nobody's business yet"
    assert f"{OUTLINE['title']} Đợt thi đua 01/02/2020 – 10/05/2020" in shown.words
    assert ward.open("/nhiem-vu/cai-rang/2020/12").links(own) == [INSPECTION]
    assert "Hoạt động thực hiện nhiệm vụ" not in ward.open("/nhiem-vu/cai-rang/2020/1").words


def test_the_city_sees_the_five_districts_side_by_side_in_figures_that_lead_to_the_rows(
    campaign: Page, inspection: Page, system: RunningServices
) -> None:
    shown = _person(system, "thanhpho").open("/thanh-pho?nam=2020")
    assert "Đợt thi đua, kiểm tra, tập huấn" in shown.words
    assert f"/dot-thi-dua/{YEAR}" in shown.links("^/dot-thi-dua/")
    joined = re.search(r"Cả năm (\d+/\d+)", _person(system, "thanhpho").open(CAMPAIGNS).words)
    # No other district has a campaign: the city's sum is the district's.
    assert joined is not None and shown.words.count(joined[1]) >= 2
    assert "Đợt thi đua, kiểm tra, tập huấn" not in _person(system, "thanhpho").open("/thanh-pho?nam=2019").words


# -- long ones ------------------------------------------------------------------------------------


def test_a_long_history_is_shown_by_pages_and_the_newest_first(office: Person) -> None:
    path = f"{TRAININGS}/chuyen-nhieu-lan"
    schedule(office, "chuyen-nhieu-lan", held_on="01/08/2020")
    for day in range(2, HISTORY_A_PAGE + 3):
        office.send(office.open(f"{path}/chuyen"), held_on=f"{day:02d}/08/2020", reason=f"Lần thứ {day}")
    first = office.open(path)
    assert f"Lần thứ {HISTORY_A_PAGE + 2}" in first.words
    assert "Lần thứ 2 " not in f"{first.words} "
    (href,) = set(first.links(r"trang_dien_bien=2"))
    second = office.open(href.partition("#")[0])
    assert "lên lịch lớp tập huấn" in second.words
    assert first.words.index(f"Lần thứ {HISTORY_A_PAGE + 2}") < first.words.index(f"Lần thứ {HISTORY_A_PAGE + 1}")


def test_a_task_that_is_reported_on_all_year_shows_its_history_by_pages(ward: Person) -> None:
    path = "/nhiem-vu/cai-rang/2020/5"
    for week in range(1, HISTORY_A_PAGE + 2):
        ward.send(ward.open(f"{path}/bao-cao"), percent=str(week), text=f"Báo cáo tuần {week}.")
    first = ward.open(path)
    assert f"Báo cáo tuần {HISTORY_A_PAGE + 1}." in first.words
    assert "Báo cáo tuần 1." not in first.words
    (href,) = set(first.links(r"trang_dien_bien=2"))
    assert "Báo cáo tuần 1." in ward.open(href.partition("#")[0]).words


def test_what_a_unit_tells_at_length_is_cut_on_the_page_and_whole_for_itself(
    office: Person, chair: Person, ward: Person
) -> None:
    path, long = f"{CAMPAIGNS}/bao-cao-dai", "Kết quả rất dài. " * 230
    draft(office, "bao-cao-dai")
    launch(chair, path)
    join(ward, path)
    told = {"text": long, "collectives": "\n".join(f"Tập thể {number}" for number in range(50))}
    assert ward.send(ward.open(f"{path}/ket-qua"), **told).notice == "Đã gửi báo cáo kết quả."
    shown = office.open(path)
    assert "Tập thể 49" not in shown.words
    (href,) = set(shown.links("don_vi=phuong-le-binh#don-vi"))
    whole = office.open(href.partition("#")[0])
    assert long.strip() in whole.words
    assert "Tập thể 49" in whole.words
    # Who corrects it has all of it before him.
    assert ward.open(f"{path}/ket-qua").fields["text"] == long.strip()
    assert "không thuộc diện tham gia" in office.open(f"{path}?don_vi=khong-co").words


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "hai", "2"])
def test_a_page_that_is_not_there_is_the_nearest(campaign: Page, inspection: Page, office: Person, number: str) -> None:
    for path in (CAMPAIGNS, CAMPAIGN, INSPECTIONS, INSPECTION, TRAININGS, "/ke-hoach", "/nhiem-vu/cai-rang/2020/5"):
        shown = office.open(f"{path}?trang={number}&trang_kien_nghi={number}&trang_dien_bien={number}")
        assert shown.status == 200
    assert "ky-niem-45-nam" in office.open(f"{CAMPAIGNS}?trang={number}").text


# -- whoever comes by -----------------------------------------------------------------------------


def test_an_id_made_of_the_title_is_not_taken_twice(office: Person) -> None:
    assert schedule(office, "", title="Đào tạo: Sổ sách, Đợt 1!").path == f"{TRAININGS}/dao-tao-so-sach-dot-1"
    twice = schedule(office, "", title="Đào tạo: sổ sách đợt 1", place="Nơi khác")
    assert "Đã có lớp tập huấn mang mã “dao-tao-so-sach-dot-1”" in twice.errors
    assert twice.fields["place"] == "Nơi khác"


@pytest.mark.parametrize("area", [CAMPAIGNS, INSPECTIONS, TRAININGS])
def test_a_unit_prepares_nothing_and_another_district_reads_nothing(
    system: RunningServices, ward: Person, area: str
) -> None:
    assert ward.open(area).links("/moi$") == []
    stranger = _person(system, "pnv.binh-thuy")
    assert stranger.open(area).status == 403
    assert stranger.open(f"{area}/khong-co").status == 403


@pytest.mark.parametrize("area", [CAMPAIGNS, INSPECTIONS, TRAININGS])
@pytest.mark.parametrize("rest", ["khong-co", "khong-co/huy", "%00", "x" * 300, "khong-co/la-gi"])
def test_an_odd_address_is_answered_with_a_sentence(office: Person, area: str, rest: str) -> None:
    assert office.open(f"{area}/{rest}").status in (400, 404, 422)


def test_an_address_of_another_year_leads_nowhere(campaign: Page, inspection: Page, office: Person) -> None:
    assert office.open(CAMPAIGN.replace("2020", "2021")).status == 404
    assert office.open(INSPECTION.replace("2020", "2021")).status == 404
    for year in ("nam", "99999", "-1"):
        assert office.open(f"/dot-thi-dua/cai-rang/{year}").status in (400, 404, 422)
    assert office.open("/kiem-tra/hue/2020").status == 404
