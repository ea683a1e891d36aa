"""Groups and pledges in the console, in December 2020: reviews, charter, next year's leaders, the wards' pledge."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.plans.commands import COMMANDS, FormGroup, NewGroup, SignPledge
from services.plans.decider import GROUP_YEAR
from services.plans.events import EVENTS, Group, GroupKind, Signer, UnitKind
from services.plans.views import QUESTIONS, ShowGroups, ShowPledge
from shared.actor import create_key
from shared.bus import BusClient, Reply
from shared.clock import clock_at, save_clock
from shared.eventstore import EventStore
from shared.handler import Envelope, Handler
from shared.types import Actor, Grant, Role
from tests.kernel.test_attachments import PDF
from tests.plans.a_group import TODAY, hold_annual, year_facts
from tests.plans.a_plan import unit
from tests.portal.console import SERVICES, Page, Person, running_console
from tests.portal.test_attachments import file_links, send_files
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the year is played on both databases, in tests/system/test_the_year_2020.py")

GROUPS, PLEDGES = "/cum-khoi/cai-rang/2020", "/giao-uoc/cai-rang/2020"
WARDS, PARTY, STATE = "cum-cac-phuong", "khoi-dang-doan-the", "khoi-nha-nuoc"
WARD_NAMES = {"phuong-le-binh": "Phường Lê Bình", "phuong-ba-lang": "Phường Ba Láng"}
CHAIRS = ("le-binh", "hung-phu", "hung-thanh", "ba-lang", "thuong-thanh", "phu-thu", "tan-phu")
MINUTES = {
    "held_on": "18/12/2020",
    "place": "Hội trường UBND quận",
    "results": "Hoàn thành 12/12 chỉ tiêu",
    "conclusions": "Bầu trưởng, phó năm 2021",
}
PLEDGE = {
    "contents": "Thực hiện tốt nhiệm vụ chính trị\nĐẩy mạnh cải cách hành chính",
    "targets": "Gia đình văn hoá; ít nhất; 95; %\nĐơn thư vượt cấp; tối đa; 2; vụ",
    "witness_name": "Lê Thanh Tâm",
    "witness_post": "Chủ tịch UBND quận",
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    """Return the system of the demo on 20/12/2020."""
    with running_console(tmp_path_factory.mktemp("groups")) as running:
        for name in reversed(SERVICES):
            running.stop(name)
        save_clock(running.settings.clock_path, clock_at(TODAY))
        running.start(*SERVICES)
        yield running


@pytest.fixture(scope="module")
def people(system: RunningServices) -> dict[str, Person]:
    """Return the people of the tests by login, each signed in once."""
    logins = ("pnv", "phuong.le-binh", "phuong.ba-lang", "ban-tuyen-giao", *(f"ct.{one}" for one in CHAIRS))
    return {one: Person(system.url("portal"), f"{one}.cai-rang") for one in logins}


def done(person: Person, path: str, **typed: object) -> Page:
    """Fill in the form of the address, say yes where it asks, and return the page after it."""
    shown = person.send(person.open(path), **typed)
    assert not shown.errors, shown.errors
    return shown if shown.notice else person.confirm(shown)


# --- groups --------------------------------------------------------------------------------------


def test_the_board_shows_each_group_with_its_leaders_and_what_is_overdue(people: dict[str, Person]) -> None:
    page = people["phuong.ba-lang"].open(GROUPS)
    assert "Cụm thi đua các phường 7 Phường Lê Bình phó: Phường Hưng Phú" in page.words
    assert "Quá hạn họp hạn 30/06/2020" in page.words and "Chưa họp hạn 29/01/2021" in page.words
    (overdue,) = page.links("trang_thai=review_overdue")
    assert "Khối thi đua các đơn vị nhà nước" in people["phuong.ba-lang"].open(overdue).words
    assert "Không có cụm, khối nào theo bộ lọc" in people["phuong.ba-lang"].open(f"{GROUPS}?trang_thai=la").words
    for link in (PLEDGES, "/cum-khoi/can-tho/2020"):
        assert link in page.links("^/"), link


def test_a_block_holds_its_reviews_and_those_it_elects_lead_it_next_year(people: dict[str, Person]) -> None:
    head, office, path = people["ban-tuyen-giao"], people["pnv"], f"{GROUPS}/{PARTY}"
    assert done(head, f"{path}/len-lich?ky=mid_year", planned_on="26/06/2020").notice == "Đã lên lịch họp."
    form = head.open(f"{path}/hop?ky=mid_year")
    assert form.fields["held_on"] == "26/06/2020"
    attending = [one for one in form.fields["attending"] if one != "quan-doan"]
    late = send_files(
        head, form, [("bien-ban.pdf", PDF)], **{**MINUTES, "held_on": "03/07/2020", "attending": attending}
    )
    assert late.errors == ""
    page = head.open(path)
    assert "Họp trễ hạn" in page.words and "trễ 3 ngày làm việc" in page.words and "Vắng Quận đoàn" in page.words
    (link,) = file_links(page)
    assert office.client.get(link).content == PDF
    annual = head.open(f"{path}/hop?ky=annual")
    assert (annual.fields["head_id"], annual.fields["deputy_id"]) == ("uy-ban-mttq", "lien-doan-lao-dong")
    held = head.send(annual, **MINUTES)
    assert held.notice == "Đã ghi nhận cuộc họp."
    assert "Ủy ban MTTQ, phó: Liên đoàn Lao động bầu ngày 18/12/2020 theo luân phiên" in held.words
    assert "bầu trưởng, phó năm sau" in held.words
    following = office.open(f"/cum-khoi/cai-rang/2021/{PARTY}")
    assert "Trưởng Ủy ban MTTQ Phó Liên đoàn Lao động" in following.words
    assert "Hệ thống tự động cử cụm trưởng, khối trưởng" in following.words
    assert "Họp trễ hạn 1" in office.open(GROUPS).words


def test_the_other_groups_are_carried_over_and_a_second_time_changes_nothing(people: dict[str, Person]) -> None:
    office, board = people["pnv"], "/cum-khoi/cai-rang/2021"
    assert "chuyen-nam" in "".join(office.open(board).links("chuyen-nam"))
    assert people["phuong.ba-lang"].open(board).links("chuyen-nam") == []
    for _ in range(2):
        assert done(office, f"{board}/chuyen-nam").notice == "Đã chuyển cụm, khối sang năm 2021."
    page = office.open(board)
    assert "3 cụm, khối" in page.words and page.links("chuyen-nam") == []
    appoint = office.open(f"{board}/{STATE}/cu-truong")
    assert appoint.fields["head_id"] == "van-phong-hdnd-ubnd"
    assert office.send(appoint).notice == "Đã cử trưởng, phó."
    refused = people["phuong.ba-lang"].send(people["phuong.ba-lang"].open(f"{board}/{STATE}/cu-truong"))
    assert "không có quyền" in refused.errors


def test_a_charter_keeps_its_versions_and_stays_in_force(people: dict[str, Person]) -> None:
    office, path = people["pnv"], f"{GROUPS}/{STATE}"
    first = {"adopted_on": "20/02/2020", "articles": "Điều một\nĐiều hai", "votes_for": "18", "votes_total": "18"}
    assert done(office, f"{path}/quy-che", number="01/QC-KTĐ", **first).notice == "Đã ghi nhận quy chế hoạt động."
    refused = office.send(office.open(f"{path}/quy-che"), number="02/QC-KTĐ", **{**first, "votes_for": "9"})
    assert "9/18 phiếu đồng ý, cần quá nửa" in refused.errors and "02/QC-KTĐ" in refused.text
    changed = {**first, "articles": "Điều một sửa", "adopted_on": "01/12/2020"}
    page = done(office, f"{path}/quy-che", number="02/QC-KTĐ", **changed)
    assert "Số 02/QC-KTĐ, thông qua ngày 01/12/2020 (18/18 phiếu đồng ý). Điều một sửa" in page.words
    assert "Bản trước: số 01/QC-KTĐ ngày 20/02/2020" in page.words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"held_on": "21/12/2020"}, "ở sau hôm nay"),
        ({"held_on": "31/10/2020"}, "Ngày họp phải từ 01/11/2020"),
        ({"attending": []}, "hãy chọn ít nhất một mục"),
        ({"place": ""}, "Hãy nhập: Địa điểm."),
        ({"head_id": "", "deputy_id": "phong-y-te"}, "Hãy chọn đơn vị trưởng trước"),
        ({"head_id": "phong-y-te", "deputy_id": "phong-y-te"}, "vừa là trưởng vừa là phó"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    people: dict[str, Person], typed: dict[str, object], told: str
) -> None:
    office = people["pnv"]
    refused = office.send(office.open(f"{GROUPS}/{STATE}/hop?ky=annual"), **{**MINUTES, **typed})
    assert told in refused.errors and MINUTES["results"] in refused.text


def test_a_record_is_withdrawn_by_the_office_with_a_reason(people: dict[str, Person]) -> None:
    office, path = people["pnv"], f"{GROUPS}/{STATE}"
    done(office, f"{path}/hop?ky=mid_year", **{**MINUTES, "held_on": "30/06/2020"})
    page = done(office, f"{path}/huy-hop?ky=mid_year", reason="Ghi nhầm khối")
    assert page.notice == "Đã huỷ ghi nhận cuộc họp." and "Quá hạn họp" in page.words
    assert "huỷ ghi nhận cuộc họp" in page.words and "Ghi nhầm khối" in page.words
    assert office.open(f"{path}/huy-hop?ky=mid_year").status == 422


# --- the wards' pledge ---------------------------------------------------------------------------


def test_the_wards_pledge_sign_and_tell_what_they_reached(people: dict[str, Person]) -> None:
    head, office, path = people["phuong.le-binh"], people["pnv"], f"{PLEDGES}/{WARDS}"
    assert head.open(f"{path}").links("/soan$") and people["phuong.ba-lang"].open(path).links("/soan$") == []
    wrong = head.send(head.open(f"{path}/soan"), **{**PLEDGE, "targets": "Gia đình văn hoá; khoảng; 95; %"})
    assert "phần thứ hai phải là “ít nhất” hoặc “tối đa”" in wrong.errors and PLEDGE["witness_name"] in wrong.text
    assert done(head, f"{path}/soan", **PLEDGE).notice == "Đã lưu giao ước."
    assert done(head, f"{path}/mo-ky").notice == "Đã mở ký giao ước."
    _all_sign(people, path)
    concluded = office.open(path)
    assert "Đã ký kết" in concluded.words and "Ký kết 20/12/2020" in concluded.words
    assert "giao ước đủ chữ ký, được ký kết" in concluded.words
    sheet = people["phuong.ba-lang"].open(f"{path}/ban-ky")
    assert "Gia đình văn hoá ít nhất 95 %" in sheet.words and "Chứng kiến: Lê Thanh Tâm" in sheet.words
    assert sheet.words.count("Chủ tịch UBND phường 20/12/2020") == 0  # the post stands before the name
    assert sheet.words.count("20/12/2020") == 8  # the day it was concluded, and each of the seven
    _tell(people, path)
    board = office.open(PLEDGES)
    assert "1/3 đã ký kết · 7/7 chữ ký" in board.words
    (met,) = set(board.links("ket_qua=dat"))
    shown = office.open(met)
    assert "Phường Lê Bình chưa báo cáo 96 100% · ✓ đạt" in shown.words
    assert "Phường Hưng Phú" not in shown.words.split("Thực hiện so với giao ước", 1)[1].split("Diễn biến")[0]
    closed = done(office, f"{path}/tong-ket")
    assert closed.notice == "Đã tổng kết giao ước." and "chưa báo cáo đủ: Phường Hưng Phú" in closed.words


def _all_sign(people: dict[str, Person], path: str) -> None:
    assert "còn thiếu chữ ký của" in people["pnv"].open("/don-vi/cai-rang/phuong-tan-phu?nam=2020").words
    refused = people["phuong.le-binh"].open(path)
    assert refused.links("/ky") == []
    for ward in CHAIRS[:-1]:
        page = done(people[f"ct.{ward}"], f"{path}/ky?don_vi=phuong-{ward}", signer=f"Chủ tịch {ward}")
        assert page.notice == "Đã ký giao ước."
    assert "6/7" in page.words and "còn thiếu chữ ký của Phường Tân Phú" in page.words
    late = people["phuong.le-binh"].send(
        people["phuong.le-binh"].open(f"{path}/soan"), **{**PLEDGE, "contents": "Khác"}
    )
    assert "Đã có 6 đơn vị ký nên không sửa được nội dung" in late.errors
    assert "/ky?don_vi=phuong-tan-phu" in people["ct.tan-phu"].open("/").text
    form = people["ct.tan-phu"].open(f"{path}/ky")
    assert (form.fields["unit_id"], form.fields["post"]) == ("phuong-tan-phu", "Chủ tịch UBND phường")
    assert people["ct.tan-phu"].confirm(people["ct.tan-phu"].send(form)).notice == "Đã ký giao ước."


def _tell(people: dict[str, Person], path: str) -> None:
    clerk = people["phuong.le-binh"]
    (mid, end) = [one for one in clerk.open("/").links("/ket-qua") if "phuong-le-binh" in one]
    assert mid.endswith("mid_year")
    form = clerk.open(end)
    missing = clerk.send(form, actual_1="96")
    assert "Hãy ghi minh chứng cho kết quả của chỉ tiêu 1." in missing.errors
    told = {"actual_1": "96", "evidence_1": "BC 90/BC-UBND", "actual_2": "3", "evidence_2": "Sổ tiếp dân"}
    page = clerk.send(form, **told)
    assert page.notice == "Đã ghi nhận kết quả thực hiện giao ước."
    assert "3 66,66% · ✕ chưa đạt" in page.words
    other = people["phuong.ba-lang"].open(f"{path}/ket-qua?don_vi=phuong-le-binh&ky=year_end")
    assert "Phường Ba Láng" in other.words  # only for the own unit


def test_a_signing_is_withdrawn_with_a_reason_and_the_text_changes(people: dict[str, Person]) -> None:
    head, path = people["ban-tuyen-giao"], f"{PLEDGES}/{PARTY}"
    done(head, f"{path}/soan", **PLEDGE)
    done(head, f"{path}/mo-ky")
    page = done(head, f"{path}/rut", reason="Bổ sung chỉ tiêu")
    assert page.notice == "Đã rút việc ký giao ước." and "Việc ký đã rút: Bổ sung chỉ tiêu" in page.words
    assert done(head, f"{path}/soan", **{**PLEDGE, "contents": "Nội dung mới"}).notice == "Đã lưu giao ước."


def test_two_who_write_at_once_are_told_of_each_other(people: dict[str, Person]) -> None:
    office, path = people["pnv"], f"{PLEDGES}/{STATE}"
    first, second = office.open(f"{path}/soan"), office.open(f"{path}/soan")
    assert office.send(first, **PLEDGE).notice == "Đã lưu giao ước."
    refused = office.send(second, **{**PLEDGE, "contents": "Khác hẳn"})
    assert "Dữ liệu đã thay đổi trong lúc bạn nhập" in refused.words and "Khác hẳn" in refused.text


async def test_eighteen_heads_who_sign_at_once_conclude_the_pledge_once(
    system: RunningServices, people: dict[str, Person]
) -> None:
    office, path = people["pnv"], f"{PLEDGES}/{STATE}"
    done(office, f"{path}/soan", **{**PLEDGE, "contents": "Mười tám đơn vị cùng ký"})
    page = done(office, f"{path}/mo-ky")
    units = [one.rsplit("/", 1)[1] for one in page.links("^/don-vi/")]
    version = re.search(r"Bản nội dung bản (\d)", page.words)
    assert version
    async with asyncio.timeout(60):
        client = await system.bus.connect("portal")
        bus = BusClient(client, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
        replies = await asyncio.gather(
            *(_sign(bus, system, unit, number, int(version[1])) for unit in units for number in (1, 2))
        )
        view = await _shown(bus, max(int(reply.ok["seq"]) for reply in replies if reply.ok))
        await client.close()
    assert len(units) == 18 and all(reply.ok for reply in replies), replies
    told = [one["type"] for one in view["history"]]
    assert (view["pledge"]["status"], len(view["pledge"]["signatures"])) == ("concluded", 18)
    assert (told.count("PledgeSigned"), told.count("PledgeConcluded")) == (18, 1)


async def _shown(bus: BusClient, seq: int) -> Any:
    """Return the pledge once its read model has passed the sequence."""
    office = Actor(account_id="pnv", grants=(Grant(role=Role.HOME_AFFAIRS, district="cai-rang"),))
    question = QUESTIONS.encode(ShowPledge(district="cai-rang", group_id=STATE, year=2020))
    for _ in range(10):
        reply = await bus.question("plans", "show-pledge", question, office, at_least={"PLANS": seq})
        if reply.ok and not reply.ok["stale"]:
            return reply.ok["view"]
    raise AssertionError("the read model did not catch up")


async def _sign(bus: BusClient, system: RunningServices, unit_id: str, number: int, version: int) -> Reply:
    """Sign as the head of the unit, each time under another command id, as from two browsers."""
    head = Actor(account_id=f"head.{unit_id}", grants=(Grant(role=Role.UNIT_HEAD, district="cai-rang", unit=unit_id),))
    command = SignPledge(
        district="cai-rang",
        group_id=STATE,
        year=2020,
        version=version,
        unit_id=unit_id,
        signer=Signer(name=f"Thủ trưởng {unit_id}", post="Thủ trưởng"),
        at=system.clock.now(),
    )
    return await bus.command("plans", "sign-pledge", COMMANDS.encode(command), head, command_id=f"{unit_id}-{number}")


async def test_an_elected_head_that_is_in_another_group_is_a_matter_for_the_office(
    system: RunningServices, people: dict[str, Person]
) -> None:
    office, ward, le_binh = people["pnv"], people["phuong.ba-lang"], "phuong-le-binh"
    left = tuple(f"phuong-{one}" for one in CHAIRS if one != "le-binh")
    async with asyncio.timeout(60):
        portal = await system.bus.connect("portal")
        bus = BusClient(portal, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
        for group_id, name, members in (
            (WARDS, "Cụm thi đua các phường", left),
            ("cum-moi", "Cụm phường trung tâm", (le_binh,)),
        ):
            group = NewGroup(group_id=group_id, year=2021, name=name, kind=GroupKind.CLUSTER, members=members)
            assert (await _form(bus, system, group)).ok
        await _elected(system, bus, le_binh, "phuong-ba-lang")
        await portal.close()
    words = "Phường Lê Bình được bầu làm trưởng năm 2021 nhưng năm 2021 thuộc Cụm phường trung tâm"
    for path in ("/cum-khoi/cai-rang/2021", f"/cum-khoi/cai-rang/2021/{WARDS}", f"{GROUPS}/{WARDS}"):
        page = office.open(path)
        assert words in page.words and page.links(f"2021/{WARDS}/cu-truong$"), path
        assert words in ward.open(path).words and "Phòng Nội vụ cử đơn vị khác" in ward.open(path).words
    assert "Cụm, khối chưa có đơn vị trưởng" in office.open("/").words and words in office.open("/").words
    assert words not in ward.open("/").words
    form = office.open(f"/cum-khoi/cai-rang/2021/{WARDS}/cu-truong")
    assert form.fields["head_id"] == "phuong-ba-lang" and "Được bầu: Phường Ba Láng" in form.words
    assert office.send(form).notice == "Đã cử trưởng, phó."
    assert words not in office.open("/").words + office.open(f"/cum-khoi/cai-rang/2021/{WARDS}").words


async def _form(bus: BusClient, system: RunningServices, group: NewGroup) -> Reply:
    office = Actor(account_id="pnv", grants=(Grant(role=Role.HOME_AFFAIRS, district="cai-rang"),))
    command = FormGroup(district="cai-rang", group=group, at=system.clock.now())
    named = f"form-{group.group_id}"
    return await bus.command("plans", "form-group", COMMANDS.encode(command), office, command_id=named)


async def _elected(system: RunningServices, bus: BusClient, head_id: str, deputy_id: str) -> None:
    """Hold the wards' annual review, decided on the groups as they were a moment ago; wait until it was reacted to."""
    names = (head_id, deputy_id)
    group = Group(
        district="cai-rang", group_id=WARDS, year=2020, name="Cụm thi đua các phường", kind=GroupKind.CLUSTER,
        members=names, head_id=head_id,
    )  # fmt: skip
    office = Actor(account_id="pnv", grants=(Grant(role=Role.HOME_AFFAIRS, district="cai-rang"),))
    command = hold_annual(attending=names, next_head_id=head_id, next_deputy_id=deputy_id)
    units = {one: replace(unit(one, UnitKind.WARD), short_name=WARD_NAMES[one]) for one in names}
    envelope = Envelope(command_id="race", actor="pnv", at=system.clock.now(), correlation_id="", causation_id="")
    client = await system.bus.connect("plans")
    outcome = await Handler(EventStore(client, "PLANS"), EVENTS).handle(
        GROUP_YEAR, command, year_facts(office, group=group, units=units), envelope
    )
    await client.close()
    question = QUESTIONS.encode(ShowGroups(district="cai-rang", year=2021))
    for _ in range(10):
        reply = await bus.question("plans", "show-groups", question, office, at_least={"PLANS": outcome.position.seq})
        if reply.ok and not reply.ok["stale"]:
            return
    raise AssertionError("nobody reacted to the election")


def test_the_citys_cluster_is_read_by_its_districts_and_led_by_ninh_kieu(
    system: RunningServices, people: dict[str, Person]
) -> None:
    path = "/giao-uoc/can-tho/2020/cum-5-quan"
    leader = Person(system.url("portal"), "pnv.ninh-kieu")
    undrafted = people["pnv"].open(path)
    assert undrafted.links("/soan$") == []
    assert "trưởng cụm, khối hoặc Ban Thi đua - Khen thưởng thành phố soạn" in undrafted.words
    done(leader, f"{path}/soan", **PLEDGE)
    done(leader, f"{path}/mo-ky")
    chair = Person(system.url("portal"), "ct.cai-rang")
    page = done(chair, f"{path}/ky?don_vi=quan-cai-rang", signer="Lê Thanh Tâm")
    assert page.notice == "Đã ký giao ước." and "1/5" in page.words
    assert "Lê Thanh Tâm Chủ tịch UBND quận" in page.words
    assert people["phuong.ba-lang"].open("/cum-khoi/can-tho/2020").status == 200
    cluster = "/cum-khoi/can-tho/2020/cum-5-quan"
    charter = {"number": "01/QC", "adopted_on": "20/02/2020", "articles": "Một", "votes_for": "5", "votes_total": "5"}
    kept = send_files(leader, leader.open(f"{cluster}/quy-che"), [("quy-che.pdf", PDF)], **charter)
    (link,) = file_links(kept if file_links(kept) else leader.confirm(kept))
    assert people["phuong.ba-lang"].client.get(link).content == PDF, "who reads the page reads its files"


@pytest.mark.parametrize(
    "path",
    [
        "/cum-khoi/hue/2020",
        f"{GROUPS}/khong-co",
        f"{GROUPS}/{WARDS}/la",
        f"{GROUPS}/{WARDS}/hop?ky=quy",
        "/giao-uoc/cai-rang/2150",
        "/giao-uoc/o-mon/2020",
        f"{PLEDGES}/khong-co",
        f"{PLEDGES}/{WARDS}/la",
        "/giao-uoc/cai-rang/2019/khong-co/ban-ky",
    ],
)
def test_an_odd_address_is_a_sentence_and_never_a_fault(people: dict[str, Person], path: str) -> None:
    assert people["pnv"].open(path).status in (403, 404, 422)
