"""The year 2020 of quận Cái Răng, carried out in the console by those whose task it is (plan 30/KH-UBND).

The clock is moved from day to day; on each day people sign in and do what the plan gives them to do: seven wards, the
two blocks and the cluster of wards, Phòng Nội vụ, the chair of the district, the head of the five-district cluster.
Tasks 3, 11 and 15 are about awards and stay open here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from shared.clock import clock_at, save_clock
from tests.kernel.test_attachments import PDF
from tests.portal.console import SERVICES, Page, Person, running_console
from tests.portal.test_attachments import send_files
from tests.support.services import RunningServices

AREA = "cai-rang/2020"
WARDS = ("le-binh", "hung-phu", "hung-thanh", "ba-lang", "thuong-thanh", "phu-thu", "tan-phu")
LATE_WARD = "tan-phu"
GROUPS = ("cum-cac-phuong", "khoi-dang-doan-the", "khoi-nha-nuoc")
OTHERS_TASKS = {3, 11, 15}


@dataclass(slots=True)
class Year:
    """The running system, on one day of the year, and who is signed in that day."""

    system: RunningServices
    people: dict[str, Person] = field(default_factory=dict)

    def on(self, day: date) -> None:
        """Move the clock; everybody signs in anew."""
        for name in reversed(SERVICES):
            self.system.stop(name)
        save_clock(self.system.settings.clock_path, clock_at(day))
        self.system.start(*SERVICES)
        self.people.clear()

    def who(self, login: str, district: str = "cai-rang") -> Person:
        """Return somebody, signed in."""
        name = f"{login}.{district}"
        if name not in self.people:
            self.people[name] = Person(self.system.url("portal"), name)
        return self.people[name]

    def do(self, login: str, path: str, **typed: object) -> Page:
        """Fill in the form at the address, say yes where it asks; return the page after it."""
        person = self.who(login)
        shown = person.send(person.open(path), **typed)
        assert not shown.errors, (path, shown.errors)
        if not shown.notice:
            shown = person.confirm(shown)
        assert shown.notice, (path, shown.errors, shown.words[:400])
        return shown

    def finish(self, number: int, units: Sequence[str], evidence: str, completed_on: str) -> None:
        """Report a task as done, for each of the units."""
        for unit in units:
            path = f"/nhiem-vu/{AREA}/{number}/hoan-thanh?don_vi={unit}"
            self.do("pnv", path, completed_on=completed_on, evidence=evidence)

    def leads(self, number: int) -> list[str]:
        """Return the units whose part of the task is still to be done, as the task's page offers them."""
        page = self.who("pnv").open(f"/nhiem-vu/{AREA}/{number}")
        return list(dict.fromkeys(re.findall(r"hoan-thanh\?don_vi=([a-z0-9-]+)", page.text)))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """Return the system on the day of the plan, 06/02/2020, its tasks assigned."""
    with running_console(tmp_path_factory.mktemp("year")) as running:
        yield Year(running)


def test_the_year_is_carried_out_by_the_roles_concerned_and_ends_with_who_was_late(year: Year) -> None:
    _february(year)
    _march(year)
    _may(year)
    _june(year)
    _july(year)
    _september(year)
    _december(year)
    _what_the_year_shows(year)


def _february(year: Year) -> None:
    """Tasks 1, 2, 4, 5 and 7: the movement, the plan, the pledges, registrations and own plans, the campaign."""
    movement = {
        "title": "Phong trào thi đua năm 2020",
        "kind": "regular",
        "themes": "Hoàn thành các chỉ tiêu kinh tế - xã hội\nCải cách hành chính",
        "starts_on": "06/02/2020",
        "ends_on": "31/12/2020",
        "join_by": "31/03/2020",
        "units": ["cac-phuong"],
        "task_number": "1",
        "campaign_id": "phong-trao-2020",
    }
    signed = {"signer_name": "Lê Thanh Tâm", "signer_post": "Chủ tịch"}
    year.do("pnv", f"/dot-thi-dua/{AREA}/moi", **movement)
    year.do(
        "ct", f"/dot-thi-dua/{AREA}/phong-trao-2020/phat-dong", number="01/CT-UBND", launched_on="06/02/2020", **signed
    )
    year.finish(1, year.leads(1), "Chỉ thị 01/CT-UBND", "06/02/2020")
    year.finish(2, year.leads(2), "Kế hoạch 30/KH-UBND", "06/02/2020")

    campaign = {
        **movement,
        "title": "Kỷ niệm 45 năm ngày miền Nam hoàn toàn giải phóng",
        "kind": "thematic",
        "occasions": "45 năm ngày 30/4\nQuốc tế lao động 01/5\n130 năm ngày sinh Chủ tịch Hồ Chí Minh",
        "ends_on": "10/05/2020",
        "join_by": "28/02/2020",
        "task_number": "7",
        "campaign_id": "45-nam",
    }
    year.do("pnv", f"/dot-thi-dua/{AREA}/moi", **campaign)
    year.do("ct", f"/dot-thi-dua/{AREA}/45-nam/phat-dong", number="02/CT-UBND", launched_on="06/02/2020", **signed)
    for ward in WARDS:
        path = f"/dot-thi-dua/{AREA}/45-nam/dang-ky"
        year.do(f"phuong.{ward}", path, targets="Tuyến đường kiểu mẫu | 2 | tuyến")
    year.finish(7, year.leads(7), "Chỉ thị 02/CT-UBND", "06/02/2020")

    pledge = f"/giao-uoc/{AREA}/cum-cac-phuong"
    year.do(
        "phuong.le-binh",
        f"{pledge}/soan",
        contents="Thực hiện tốt nhiệm vụ chính trị",
        targets="Gia đình văn hoá; ít nhất; 95; %",
        witness_name="Lê Thanh Tâm",
        witness_post="Chủ tịch UBND quận",
    )
    year.do("phuong.le-binh", f"{pledge}/mo-ky")
    for ward in WARDS:
        year.do(f"ct.{ward}", f"{pledge}/ky?don_vi=phuong-{ward}", signer=f"Chủ tịch {ward}")
    assert "Đã ký kết" in year.who("pnv").open(pledge).words
    year.finish(4, year.leads(4), "Giao ước thi đua năm 2020", "06/02/2020")

    year.do("pnv", f"/dang-ky/{AREA}/mo-dot", closes_on="28/02/2020")
    for ward in WARDS[:-1]:
        _register(year, ward)
    _own_plan(year, "le-binh")


def _register(year: Year, ward: str) -> None:
    path = f"/dang-ky/{AREA}/phuong-{ward}"
    item = {"title-0-name": f"UBND phường {ward}", "title-0-title": "TTLDTT"}
    clerk = year.who(f"phuong.{ward}")
    kept = clerk.send(clerk.open(f"{path}/soan"), **item)
    assert "Đã lưu bản đăng ký" in kept.notice, kept.errors
    year.do(f"phuong.{ward}", f"{path}/nop")
    year.do("pnv", f"{path}/duyet")


def _own_plan(year: Year, ward: str) -> None:
    path = f"/ke-hoach-don-vi/{AREA}/phuong-{ward}"
    clerk = year.who(f"phuong.{ward}")
    clerk.send(clerk.open(f"{path}/soan"))
    clerk.send(clerk.open(f"{path}/trinh-ky"))
    chair = year.who(f"ct.{ward}")
    issued = chair.confirm(chair.send(chair.open(f"{path}/ban-hanh"), number="12/KH-UBND"))
    assert issued.notice, issued.words[:300]


def _march(year: Year) -> None:
    """Tasks 5 and 6: the last ward registers late; the district reports to the five-district cluster."""
    year.on(date(2020, 3, 10))
    _register(year, LATE_WARD)
    board = year.who("pnv").open(f"/dang-ky/{AREA}?trang_thai=late")
    assert f"/dang-ky/{AREA}/phuong-{LATE_WARD}" in board.links("^/dang-ky/")
    year.on(date(2020, 3, 31))
    year.finish(5, year.leads(5), "Kế hoạch, bản đăng ký của đơn vị", "31/03/2020")
    year.finish(6, year.leads(6), "Báo cáo tổng kết năm 2019 gửi Cụm thi đua", "31/03/2020")


def _may(year: Year) -> None:
    """Task 8: the campaign has its results, is summed up, and a dossier comes of it."""
    year.on(date(2020, 5, 18))
    for ward in WARDS[:-1]:
        year.do(f"phuong.{ward}", f"/dot-thi-dua/{AREA}/45-nam/ket-qua", text="Hoàn thành chỉ tiêu đăng ký")
    closed = year.do(
        "pnv", f"/dot-thi-dua/{AREA}/45-nam/tong-ket", closed_on="18/05/2020", summary="Đạt mục tiêu đề ra"
    )
    assert "✓ Đã tổng kết" in closed.words
    year.finish(8, year.leads(8), "Quyết định khen thưởng đợt thi đua", "18/05/2020")


def _june(year: Year) -> None:
    """Tasks 9 and 10: reviews of the cluster and the blocks; reports of units, groups and the district."""
    year.on(date(2020, 6, 10))
    asked = {
        "closes_on": "14/06/2020",
        "unit_due_on": "15/06/2020",
        "group_due_on": "18/06/2020",
        "district_due_on": "22/06/2020",
        "units": [f"phuong-{ward}" for ward in WARDS],
    }
    year.do("pnv", f"/bao-cao-dinh-ky/{AREA}/yeu-cau?ky=half", **asked)
    year.on(date(2020, 6, 15))
    for ward in WARDS[:-1]:
        _report(year, f"phuong.{ward}", f"phuong-{ward}", "15/06/2020")
    year.on(date(2020, 6, 18))
    _report(year, f"phuong.{LATE_WARD}", f"phuong-{LATE_WARD}", "18/06/2020")
    for ward in WARDS:
        year.do("pnv", f"/bao-cao-dinh-ky/{AREA}/half/phuong-{ward}/tiep-nhan")
    for group in GROUPS:
        year.do(
            "pnv",
            f"/cum-khoi/{AREA}/{group}/hop?ky=mid_year",
            held_on="18/06/2020",
            place="Hội trường UBND quận",
            results="Hoàn thành chỉ tiêu 6 tháng",
            conclusions="Tiếp tục phong trào",
        )
    year.finish(9, year.leads(9), "Biên bản sơ kết cụm, khối", "18/06/2020")
    _report(year, "phuong.le-binh", "cum-cac-phuong", "18/06/2020")
    year.do("pnv", f"/bao-cao-dinh-ky/{AREA}/half/cum-cac-phuong/tiep-nhan")
    _report(year, "pnv", "cai-rang", "18/06/2020")
    head = year.who("pnv", "ninh-kieu")
    taken = head.confirm(head.send(head.open(f"/bao-cao-dinh-ky/{AREA}/half/cai-rang/tiep-nhan")))
    assert taken.notice == "Đã tiếp nhận báo cáo.", taken.words[:300]
    year.finish(10, year.leads(10), "Báo cáo sơ kết 6 tháng", "18/06/2020")


def _report(year: Year, login: str, reporter: str, reported_on: str) -> None:
    path = f"/bao-cao-dinh-ky/{AREA}/half/{reporter}"
    year.do(login, f"{path}/lap")
    words = {"leadership": "Đã chỉ đạo.", "results": "Đạt.", "limits": "Còn chậm.", "directions": "Tiếp tục."}
    year.do(login, f"{path}/soan", **words)
    year.do(
        login,
        f"{path}/nop",
        number="30/BC-UBND",
        reported_on=reported_on,
        signer_name="Nguyễn Văn A",
        signer_post="Chủ tịch",
    )


def _july(year: Year) -> None:
    """Task 12: an inspection with findings, a recommendation, the unit's answer, the report."""
    year.on(date(2020, 7, 8))
    path = f"/kiem-tra/{AREA}/kiem-tra-2020"
    year.do(
        "pnv",
        f"/kiem-tra/{AREA}/moi",
        title="Kiểm tra phong trào thi đua năm 2020",
        subject="movements",
        number="120/QĐ-UBND",
        contents="Việc đăng ký thi đua",
        units=["phuong-le-binh"],
        team="Trần Văn B | Trưởng phòng Nội vụ",
        starts_on="06/07/2020",
        ends_on="31/07/2020",
        task_number="12",
        inspection_id="kiem-tra-2020",
    )
    office = year.who("pnv")
    form = office.open(f"{path}/ket-qua?don_vi=phuong-le-binh")
    found = send_files(office, form, [("bien-ban.pdf", PDF)], checked_on="08/07/2020", findings="Đủ sổ sách")
    assert found.status == 200 and not found.errors
    year.do("pnv", f"{path}/kien-nghi", texts="Công khai kết quả bình xét", working_days="5")
    answer = {"text": "Đã niêm yết", "evidence": "61/TB-UBND"}
    year.do("phuong.le-binh", f"{path}/kien-nghi/1/tra-loi", **answer)
    year.do("pnv", f"{path}/kien-nghi/1/cong-nhan")
    year.do("pnv", f"{path}/ket-luan", number="88/BC-UBND", concluded_on="08/07/2020", summary="Nhìn chung tốt")
    year.finish(12, year.leads(12), "Báo cáo 88/BC-UBND", "08/07/2020")


def _september(year: Year) -> None:
    """Tasks 13 and 14: initiatives asked for in writing; the training of those who do the work."""
    year.on(date(2020, 9, 10))
    year.do(
        "pnv",
        f"/tap-huan/{AREA}/moi",
        title="Tập huấn nghiệp vụ thi đua, khen thưởng",
        contents="Lập hồ sơ",
        held_on="10/09/2020",
        place="Hội trường UBND quận",
        lecturer="Ban Thi đua - Khen thưởng thành phố",
        units=["cac-phuong"],
        task_number="14",
        training_id="tap-huan-2020",
    )
    came = {f"unit-phuong-{ward}": "2/2" for ward in WARDS}
    counted = year.do("pnv", f"/tap-huan/{AREA}/tap-huan-2020/diem-danh", **came)
    assert "7/7 đơn vị có người dự · 14/14 người" in counted.words
    year.do("pnv", f"/tap-huan/{AREA}/tap-huan-2020/tong-ket", evaluation="Đạt yêu cầu")
    year.finish(13, year.leads(13), "Công văn 210/UBND-NV", "10/09/2020")
    year.finish(14, year.leads(14), "Danh sách điểm danh", "10/09/2020")


def _december(year: Year) -> None:
    """Task 4 of the year to come: results of the pledge, the annual review that elects, the plan's end."""
    year.on(date(2020, 12, 18))
    for ward in WARDS:
        path = f"/giao-uoc/{AREA}/cum-cac-phuong/ket-qua?don_vi=phuong-{ward}&ky=year_end"
        reached = "90" if ward == LATE_WARD else "96"
        year.do(f"phuong.{ward}", path, actual_1=reached, evidence_1="Báo cáo năm")
    review = year.do(
        "phuong.le-binh",
        f"/cum-khoi/{AREA}/cum-cac-phuong/hop?ky=annual",
        held_on="18/12/2020",
        place="Hội trường UBND quận",
        results="Hoàn thành",
        conclusions="Bầu trưởng, phó năm 2021",
    )
    assert "bầu trưởng, phó năm sau" in review.words


def _what_the_year_shows(year: Year) -> None:
    office = year.who("pnv")
    board = office.open(f"/ke-hoach/{AREA}")
    assert "12 / 15 nhiệm vụ hoàn thành" in board.words
    for number in range(1, 16):
        page = office.open(f"/nhiem-vu/{AREA}/{number}")
        assert (f"Nhiệm vụ {number} ✓ Hoàn thành" in page.words) == (number not in OTHERS_TASKS), number

    late = office.open(f"/bao-cao-dinh-ky/{AREA}/half?trang_thai=tre")
    assert "Nộp trễ 3 ngày làm việc" in late.words
    assert late.links("/half/phuong-") == [f"/bao-cao-dinh-ky/{AREA}/half/phuong-{LATE_WARD}"]
    in_time = office.open(f"/bao-cao-dinh-ky/{AREA}/half?trang_thai=dung-han&cap=don-vi")
    assert {one.rpartition("/")[2] for one in in_time.links("/half/phuong-")} == {f"phuong-{one}" for one in WARDS[:-1]}
    city = Person(year.system.url("portal"), "thanhpho").open("/bao-cao-dinh-ky/can-tho/2020")
    assert "Quận Cái Răng" in city.words

    coverage = office.open(f"/ke-hoach-don-vi/{AREA}")
    assert f"/ke-hoach-don-vi/{AREA}/phuong-le-binh" in coverage.links("^/ke-hoach-don-vi/")
    then = office.open(f"/ke-hoach/{AREA}?ngay=07/02/2020")
    assert "4 / 15 nhiệm vụ hoàn thành" in then.words
    _what_the_papers_say(office)


def _what_the_papers_say(office: Person) -> None:
    papers = (
        "/van-ban/chi-thi/cai-rang/45-nam.docx",
        f"/van-ban/giao-uoc/{AREA}/cum-cac-phuong.docx",
        f"/van-ban/bao-cao/{AREA}/half/phuong-{LATE_WARD}.docx",
        "/van-ban/kiem-tra/cai-rang/kiem-tra-2020.docx",
        f"/ke-hoach/{AREA}/van-ban.docx",
    )
    for path in papers:
        answer = office.client.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        assert answer.content.startswith(b"PK"), path
    urged = office.send(
        office.open("/van-ban/don-doc/cai-rang/2020/hoi-dong-tdkt"), signer="Nguyễn Văn A", number="8/PNV"
    )
    assert urged.headers["content-type"].endswith("wordprocessingml.document"), urged.words[:300]
