"""The pages about accounts against real services: who administers them, delegation, service keys, the trail."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest

from services.cli.demo import PASSWORD
from services.portal.labels import state as words_of
from services.portal.pages.accounts.delegations import delegation_state
from shared.accounts import Accounts, Delegation
from shared.errors import Rejected
from shared.types import Grant, Role
from tests.portal.console import Page, Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the store of accounts is tested on both")

PEOPLE = "/to-chuc/nguoi-dung"
KEYS = "/tich-hop/khoa"
PAGES = (PEOPLE, f"{PEOPLE}/moi", f"{PEOPLE}/pnv.cai-rang", f"{PEOPLE}/pnv.cai-rang/gan-vai-tro", KEYS, f"{KEYS}/moi")
TRAIL = "/to-chuc/nhat-ky"


def in_store(system: RunningServices, ask: Callable[[Accounts], Awaitable[Any]]) -> Any:
    """Ask the account store itself, as the command line does."""

    async def run() -> Any:
        accounts = await Accounts.of(system.settings_of("portal"))
        try:
            return await ask(accounts)
        finally:
            await accounts.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def admin(system: RunningServices) -> Person:
    return Person(system.url("portal"), "admin")


def added(admin: Person, login: str, full_name: str = "Trần Văn Bé") -> str:
    """Add an account; return the address of its page."""
    made = admin.send(admin.open(f"{PEOPLE}/moi"), login=login, full_name=full_name, reason="Nhận việc")
    assert made.status == 200, made.words
    found = re.search(rf'href="({PEOPLE}/[^"/]+)/gan-vai-tro"', made.text)
    assert found, made.words
    return found[1]


def sign_in(system: RunningServices, login: str, password: str) -> httpx2.Response:
    with httpx2.Client(base_url=system.url("portal"), headers={"accept": "text/html"}) as browser:
        return browser.post(
            "/dang-nhap", data={"login": login, "password": password}, headers={"origin": system.url("portal")}
        )


# -- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["pnv.cai-rang", "ct.cai-rang", "operator", "thanhpho", "auditor"])
def test_only_who_administers_accounts_opens_their_pages(system: RunningServices, login: str) -> None:
    person = Person(system.url("portal"), login)
    for path in (*PAGES, TRAIL):
        page = person.open(path)
        assert page.status == 403, (path, page.words[:200])
    answer = person.post(f"{PEOPLE}/pnv.cai-rang/ngung", {"csrf": person.csrf(), "reason": "x", "xac_nhan": "1"})
    assert answer.status == 403
    assert in_store(system, lambda accounts: accounts.account("pnv.cai-rang")).disabled_at is None


def test_who_administers_accounts_sees_no_business(admin: Person) -> None:
    rail = re.search(r'<nav class="rail".*?</nav>', admin.open("/").text, re.S)
    assert rail and "/to-chuc/nguoi-dung" in rail[0] and "/ke-hoach" not in rail[0] and "/van-hanh" not in rail[0]
    for path in (
        "/ke-hoach/cai-rang/2020",
        "/nhiem-vu/cai-rang/2020/1",
        "/tong-quan/cai-rang",
        "/thanh-pho",
        "/van-hanh",
    ):
        assert admin.open(path).status == 403, path


# -- accounts ----------------------------------------------------------------------------------


def test_people_are_found_without_accents_and_by_role(admin: Person) -> None:
    everybody = admin.open(PEOPLE)
    assert re.search(r"\d\d tài khoản", everybody.words)
    assert "Trang 1/3" in everybody.words
    found = admin.open(f"{PEOPLE}?q=noi+vu&quan=cai-rang&vai_tro=home_affairs")
    assert found.links(rf"^{PEOPLE}/[^?]*cai-rang$") == [f"{PEOPLE}/pnv.cai-rang"]
    assert 'value="noi vu"' in found.text
    assert "Phòng Nội vụ, Quận Cái Răng" in found.words
    assert "Không có tài khoản nào như vậy" in admin.open(f"{PEOPLE}?q=khong+co+ai").words
    assert admin.open(f"{PEOPLE}?trang=99999999999999999999").status == 200


def test_an_account_is_added_gets_its_password_by_a_link_and_a_role(system: RunningServices, admin: Person) -> None:
    form = admin.open(f"{PEOPLE}/moi")
    refused = admin.send(form, login="Bé Trần", full_name="Trần Văn Bé", reason="Nhận việc")
    assert refused.status == 422 and 'href="#login"' in refused.text and 'value="Trần Văn Bé"' in refused.text
    made = admin.send(form, login="be.tran", full_name="Trần Văn Bé", reason="Nhận việc")
    link = re.search(r">(http://[^<]+/dat-lai/[\w-]{43})<", made.text)
    assert link, made.words
    assert made.headers["cache-control"] == "no-store"
    taken = admin.send(form, login="be.tran", full_name="Ai đó", reason="x")
    assert taken.status == 422 and "be.tran" in taken.errors
    with httpx2.Client(base_url=system.url("portal"), follow_redirects=True, headers={"accept": "text/html"}) as theirs:
        assert "Đặt lại mật khẩu" in theirs.get(link[1]).text
        sent = {"new": "một câu thật dài", "again": "một câu thật dài"}
        assert theirs.post("/dat-lai", data=sent, headers={"origin": system.url("portal")}).status_code == 200
    assert sign_in(system, "be.tran", "một câu thật dài").status_code == 303
    page = admin.open(made.links(rf"^{PEOPLE}/.+/gan-vai-tro$")[0])
    elsewhere = admin.send(
        page,
        role="unit_clerk",
        district="o-mon",
        unit="cai-rang/phong-noi-vu",
        valid_to="31/12/2020",
        reason="Nhận việc",
    )
    assert elsewhere.status == 422 and 'href="#unit"' in elsewhere.text and 'value="31/12/2020"' in elsewhere.text
    without = admin.send(page, role="unit_clerk", district="cai-rang", unit="", reason="Nhận việc")
    assert without.status == 422 and 'href="#unit"' in without.text
    backwards = admin.send(
        page, role="home_affairs", district="cai-rang", valid_from="02/03/2020", valid_to="01/03/2020", reason="x"
    )
    assert backwards.status == 422 and 'href="#valid_to"' in backwards.text
    given = admin.send(page, role="unit_clerk", district="cai-rang", unit="cai-rang/phong-noi-vu", reason="Nhận việc")
    assert given.notice == "Đã gán vai trò."
    assert "Cán bộ đơn vị · Phòng Nội vụ, Quận Cái Răng" in given.words
    again = admin.send(page, role="unit_clerk", district="cai-rang", unit="cai-rang/phong-noi-vu", reason="x")
    assert again.status == 409 and 'href="#role"' in again.text
    both = admin.send(page, role="admin", district="can-tho", reason="x")
    assert both.status == 422 and both.errors
    trail = admin.open(TRAIL).words
    assert "Quản trị tài khoản gán vai trò: Trần Văn Bé : Cán bộ đơn vị · Phòng Nội vụ, Quận Cái Răng" in trail
    assert "Nhận việc" in trail


def test_a_role_withdrawn_is_gone_in_the_open_session(system: RunningServices, admin: Person) -> None:
    person = Person(system.url("portal"), "vp.cai-rang")
    assert person.open("/ke-hoach/cai-rang/2020").status == 200
    page = admin.open(f"{PEOPLE}/vp.cai-rang")
    for path in page.links(r"/vai-tro/[^/]+/thu-hoi$"):
        asked = admin.send(admin.open(path), reason="Chuyển công tác")
        assert "mất quyền ngay" in asked.words  # nothing yet: the page before what takes effect at once
        assert admin.confirm(asked).notice == "Đã thu hồi vai trò."
    assert person.open("/ke-hoach/cai-rang/2020").status == 403
    assert "Đã thu hồi" in admin.open(f"{PEOPLE}/vp.cai-rang").words


def test_an_account_is_disabled_and_opened_again(system: RunningServices, admin: Person) -> None:
    person = Person(system.url("portal"), "ct.o-mon")
    path = f"{PEOPLE}/ct.o-mon"
    asked = admin.send(admin.open(f"{path}/ngung"), reason="Nghỉ hưu")
    assert person.open("/tai-khoan").path == "/tai-khoan"
    assert admin.confirm(asked).notice == "Đã ngừng tài khoản."
    assert person.open("/tai-khoan").path.startswith("/dang-nhap")
    assert "Ngừng sử dụng" in admin.open(path).words
    assert sign_in(system, "ct.o-mon", PASSWORD).status_code == 403
    assert admin.send(admin.open(f"{path}/mo-lai"), reason="Trở lại").notice == "Đã mở lại tài khoản."
    assert sign_in(system, "ct.o-mon", PASSWORD).status_code == 303


def test_an_administrator_does_nothing_to_the_own_account(admin: Person) -> None:
    page = admin.open(f"{PEOPLE}/admin")
    assert not page.links(r"/ngung$") and not page.links(r"/gan-vai-tro$")
    refused = admin.confirm(admin.send(admin.open(f"{PEOPLE}/admin/ngung"), reason="thử"))
    assert refused.status == 422 and refused.errors
    given = admin.send(admin.open(f"{PEOPLE}/admin/gan-vai-tro"), role="auditor", district="can-tho", reason="thử")
    assert given.status == 422 and given.errors
    # One's own password is changed with the old one.
    assert not page.links(r"/lien-ket$")
    link = admin.send(admin.open(f"{PEOPLE}/admin/lien-ket"), reason="thử")
    assert link.status == 422 and link.errors


def test_a_lock_out_is_ended_by_the_administrator(system: RunningServices, admin: Person) -> None:
    for _ in range(8):
        sign_in(system, "pnv.thot-not", "sai")
    assert sign_in(system, "pnv.thot-not", PASSWORD).status_code == 429
    page = admin.open(f"{PEOPLE}/pnv.thot-not")
    assert "Tạm khoá" in page.words
    assert admin.send(admin.open(f"{PEOPLE}/pnv.thot-not/mo-khoa"), reason="Gõ nhầm").notice == "Đã mở khoá đăng nhập."
    assert sign_in(system, "pnv.thot-not", PASSWORD).status_code == 303


def test_what_is_not_there_is_not_found(admin: Person) -> None:
    for path in (
        f"{PEOPLE}/khong-co",
        f"{PEOPLE}/khong-co/ngung",
        f"{PEOPLE}/pnv.cai-rang/khong-co",
        f"{PEOPLE}/pnv.cai-rang/vai-tro/x/thu-hoi",
        f"{PEOPLE}/pnv.cai-rang/uy-quyen/x/ket-thuc",
        f"{PEOPLE}/pnv.cai-rang/dinh-danh",
        f"{KEYS}/x/thu-hoi",
        "/tai-khoan/uy-quyen/x/ket-thuc",
        f"{TRAIL}?tai_khoan=khong-co",
    ):
        assert Person.open(admin, path).status == 404, path


# -- delegation --------------------------------------------------------------------------------


def delegate(person: Person, to: str, **typed: Any) -> Page:
    """Send the form of a delegation, once for the look and once for yes."""
    form = person.open("/tai-khoan/uy-quyen/moi")
    boxes = re.findall(r'name="grants" value="([^"]+)"', form.text)
    fields = {"grants": boxes, "to": to, "valid_to": "20/02/2020", "reason": "Nghỉ phép", **typed}
    asked = person.send(form, **fields)
    return asked if asked.status != 200 else person.confirm(asked)


def test_a_delegation_says_what_is_wrong_at_its_field(system: RunningServices) -> None:
    chair = Person(system.url("portal"), "ct.ninh-kieu")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"valid_to": "05/02/2020"}, "valid_to"),
        ({"valid_to": "20/12/2020"}, "valid_to"),
        ({"valid_to": "mai"}, "valid_to"),
        ({"grants": []}, "grants"),
        ({"to": "admin"}, "to"),
        ({"to": "ct.ninh-kieu"}, "to"),
        ({"reason": ""}, "reason"),
    )
    for typed, field in wrong:
        refused = delegate(chair, **{"to": "pnv.ninh-kieu", **typed})
        assert refused.status == 422, (typed, refused.words[:300])
        assert f'href="#{field}"' in refused.text, (typed, refused.errors)
    assert delegate(chair, "pnv.ninh-kieu").notice == "Đã ủy quyền."
    assert delegate(chair, "pnv.ninh-kieu").status == 409


def test_a_delegation_shows_on_both_sides_and_ends(system: RunningServices, admin: Person) -> None:
    chair, office = (Person(system.url("portal"), login) for login in ("ct.binh-thuy", "pnv.binh-thuy"))
    assert "Đang thay mặt" not in office.open("/tai-khoan").words
    assert delegate(chair, "pnv.binh-thuy").notice == "Đã ủy quyền."
    shown = office.open("/ke-hoach")
    assert "Đang thay mặt Chủ tịch UBND quận Bình Thủy" in shown.words, shown.words[:200]
    assert "Chủ tịch UBND quận" in office.open("/tai-khoan/uy-quyen").words
    stranger = Person(system.url("portal"), "pnv.o-mon")
    endings = chair.open("/tai-khoan/uy-quyen").links(r"/ket-thuc$")
    assert endings and all(stranger.open(path).status == 404 for path in endings)
    assert all(office.open(path).status == 404 for path in endings), "who received it does not end it"
    first, *others = endings
    assert chair.send(chair.open(first), reason="Về sớm").notice == "Đã kết thúc ủy quyền."
    for path in admin.open(f"{PEOPLE}/ct.binh-thuy").links(r"/uy-quyen/[^/]+/ket-thuc$"):
        assert admin.send(admin.open(path)).notice == "Đã kết thúc ủy quyền."
    assert others and "Đang thay mặt" not in office.open("/tai-khoan").words
    assert "Đã kết thúc" in chair.open("/tai-khoan/uy-quyen").words


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ({}, "delegation_in_force"),
        ({"is_withdrawn": True}, "delegation_ended"),
        ({"is_holder_disabled": True}, "delegation_suspended"),
        ({"ended_at": datetime(2020, 2, 2, tzinfo=UTC), "is_holder_disabled": True}, "delegation_ended"),
    ],
)
def test_a_delegation_without_its_holder_is_not_said_to_begin_later(ends: dict[str, Any], state: str) -> None:
    first, last = date(2020, 2, 1), date(2020, 2, 29)
    given = Delegation(
        delegation_id="d",
        grant_id="g",
        from_account="head",
        from_name="Trưởng phòng",
        to_account="clerk",
        to_name="Trần Văn Bé",
        grant=Grant(role=Role.UNIT_HEAD, district="cai-rang", unit="le-binh", valid_from=first, valid_to=last),
        valid_from=first,
        valid_to=last,
        begun_at=datetime(2020, 2, 1, tzinfo=UTC),
        begun_by="head",
        reason="",
        **{"ended_at": None, "ended_by": None, "is_withdrawn": False, "is_holder_disabled": False, **ends},
    )
    assert delegation_state(given, in_force=given.is_in_force(date(2020, 2, 6)), is_past=False) == state
    assert words_of(state).sign != "?"


def test_who_has_nothing_to_delegate_is_told_so(system: RunningServices) -> None:
    auditor = Person(system.url("portal"), "auditor")
    assert not auditor.open("/tai-khoan/uy-quyen").links("/moi$")
    assert auditor.open("/tai-khoan/uy-quyen/moi").status == 422


# -- service keys ------------------------------------------------------------------------------


def issued(admin: Person, **typed: Any) -> str:
    fields = {"name": "Cổng thông tin", "role": "reader", "districts": ["cai-rang"], "reason": "Đăng tin", **typed}
    shown = admin.send(admin.open(f"{KEYS}/moi"), **fields)
    found = re.search(r">(tdkt_[\w-]+)</textarea>", shown.text)
    assert found, shown.words
    return found[1]


def ask(system: RunningServices, key: str, path: str = "plans/questions/show-plan", **query: str) -> httpx2.Response:
    query = query or {"district": "cai-rang", "plan_id": "2020"}
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.get(f"{system.url('portal')}/api/v1/{path}", params=query, headers=headers, timeout=20)


def test_a_key_reads_what_it_was_given_and_nothing_else(system: RunningServices, admin: Person) -> None:
    key = issued(admin)
    assert key not in admin.open(KEYS).text
    answer = ask(system, key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["view"]["plan"]["number"] == "30/KH-UBND"
    assert "set-cookie" not in answer.headers
    elsewhere = ask(system, key, district="ninh-kieu", plan_id="2020")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "actor.not_allowed")
    shown = admin.open(KEYS).words
    assert key[:13] in shown and "127.0.0.1" in shown and "Đọc số liệu · Quận Cái Răng" in shown


def test_a_key_sends_no_commands_and_opens_no_pages(system: RunningServices, admin: Person) -> None:
    headers = {"authorization": f"Bearer {issued(admin)}"}
    url = system.url("portal")
    command = {"district": "cai-rang", "plan_id": "2020", "task_number": 1, "unit_id": "phong-noi-vu"}
    sent = httpx2.post(f"{url}/api/v1/plans/commands/start-task", json=command, headers=headers)
    assert (sent.status_code, sent.json()["code"]) == (403, "key.reads_only")
    asked = httpx2.post(
        f"{url}/api/v1/plans/questions/show-plan", json={"district": "cai-rang", "plan_id": "2020"}, headers=headers
    )
    assert asked.status_code == 200, asked.text  # neither cookie nor form token is asked for
    for path in ("/ke-hoach/cai-rang/2020", PEOPLE, "/tai-khoan"):
        assert httpx2.get(url + path, headers={**headers, "accept": "text/html"}).status_code == 303, path


def test_a_key_that_is_wrong_over_or_revoked_is_refused(system: RunningServices, admin: Person) -> None:
    unknown = ask(system, "tdkt_00000000_" + "A" * 43)
    assert (unknown.status_code, unknown.json()["code"]) == (401, "key.unknown")
    assert unknown.headers["www-authenticate"] == "Bearer"
    over = issued(admin, valid_to="05/02/2020")
    assert ask(system, over).json()["code"] == "key.expired"
    to_come = issued(admin, valid_from="07/02/2020")
    assert ask(system, to_come).json()["code"] == "key.expired"
    key = issued(admin, name="Cổng sẽ thu hồi")
    row = re.search(rf'{key[:13]}.*?href="({KEYS}/[^"]+/thu-hoi)"', admin.open(KEYS).text, re.S)
    assert row
    assert admin.confirm(admin.send(admin.open(row[1]), reason="Lộ khoá")).notice == "Đã thu hồi khoá."
    refused = ask(system, key)
    assert (refused.status_code, refused.json()["code"]) == (401, "key.revoked")


def test_guessing_keys_is_slowed_down(system: RunningServices) -> None:
    codes = {ask(system, f"tdkt_00000000_{number:043}").json()["code"] for number in range(60)}
    assert "key.rate_limited" in codes


def test_a_key_says_what_is_wrong_at_its_field(admin: Person) -> None:
    form = admin.open(f"{KEYS}/moi")
    for typed, field in (
        ({"name": ""}, "name"),
        ({"districts": []}, "districts"),
        ({"valid_from": "02/03/2020", "valid_to": "01/03/2020"}, "valid_to"),
        ({"role": "home_affairs"}, "role"),
    ):
        fields = {"name": "Cổng", "role": "reader", "districts": ["cai-rang"], "reason": "x", **typed}
        refused = admin.send(form, **fields)
        assert refused.status == 422 and f'href="#{field}"' in refused.text, (typed, refused.words[:300])


# -- the trail ---------------------------------------------------------------------------------


def test_the_trail_pages_back_to_the_beginning(admin: Person) -> None:
    page, seen = admin.open(TRAIL), 0
    while True:
        seen += len(re.findall(r"<li>", page.text.split('aria-label="Nhật ký tài khoản"')[1]))
        earlier = page.links(rf"^{TRAIL}\?truoc=")
        if not earlier:
            break
        page = admin.open(earlier[0])
    assert seen > 200  # the demo has some 80 accounts with their roles
    assert "tạo tài khoản" in page.words


def test_the_last_administrator_stays(system: RunningServices) -> None:
    with pytest.raises(Rejected, match=r"account\.last_admin"):
        in_store(system, lambda accounts: accounts.disable("admin", by="cli"))


# -- why ---------------------------------------------------------------------------------------

WHY = "/to-chuc/quyen"


@pytest.mark.parametrize(
    ("login", "asked", "answer"),
    [
        (
            "ct.cai-rang",
            "viec=plans/issue-plan&quan=cai-rang",
            "được: Ban hành kế hoạch, Quận Cái Răng, ngày 06/02/2020",
        ),
        ("ct.cai-rang", "viec=plans/issue-plan&quan=o-mon", "không được: Ban hành kế hoạch, Quận Ô Môn"),
        ("ct.cai-rang", "viec=plans/draft-plan&quan=cai-rang", "Vai trò này không cho quyền đó"),
        (
            "phuong.le-binh.cai-rang",
            "viec=plans/complete-task-part&quan=cai-rang&don_vi=cai-rang/phuong-le-binh",
            "được: Báo cáo hoàn thành phần việc, Quận Cái Răng, Phường Lê Bình",
        ),
        (
            "phuong.le-binh.cai-rang",
            "viec=plans/complete-task-part&quan=cai-rang&don_vi=cai-rang/phuong-ba-lang",
            "Thuộc đơn vị khác",
        ),
    ],
)
def test_a_right_is_explained_as_the_decider_takes_it(
    system: RunningServices, admin: Person, login: str, asked: str, answer: str
) -> None:
    by_admin = admin.open(f"{WHY}?tai_khoan={login}&{asked}")
    assert by_admin.status == 200
    assert answer in by_admin.words, by_admin.words[-700:]
    own = Person(system.url("portal"), login).open(f"{WHY}?{asked}")
    assert answer in own.words


def test_a_right_is_explained_for_another_day(system: RunningServices, admin: Person) -> None:
    page = admin.open(f"{PEOPLE}/ct.thot-not/gan-vai-tro")
    fields = {"role": "home_affairs", "district": "thot-not", "valid_from": "01/03/2020", "valid_to": "31/03/2020"}
    assert admin.send(page, **fields, reason="Kiêm nhiệm").notice == "Đã gán vai trò."
    asked = f"{WHY}?tai_khoan=ct.thot-not&viec=plans/draft-plan&quan=thot-not"
    assert "Chưa đến ngày hiệu lực" in admin.open(asked).words
    assert "được: Dự thảo kế hoạch" in admin.open(f"{asked}&ngay=15/03/2020").words.replace("không được", "")
    assert "Đã hết hiệu lực" in admin.open(f"{asked}&ngay=01/04/2020").words


def test_nobody_asks_about_the_rights_of_another(system: RunningServices) -> None:
    clerk = Person(system.url("portal"), "phuong.le-binh.cai-rang")
    assert clerk.open(f"{WHY}?tai_khoan=ct.cai-rang&viec=plans/issue-plan&quan=cai-rang").status == 403
    assert "ct.cai-rang" not in clerk.open(WHY).text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("viec=plans/nothing&quan=cai-rang", "viec"),
        ("viec=plans/issue-plan&quan=o-mon&don_vi=cai-rang/phong-noi-vu", "don_vi"),
        ("viec=plans/issue-plan&quan=cai-rang&ngay=hôm nay", "ngay"),
    ],
)
def test_a_question_about_rights_says_what_is_wrong_at_its_field(admin: Person, asked: str, field: str) -> None:
    page = admin.open(f"{WHY}?{asked}")
    assert page.status == 422 and f'href="#{field}"' in page.text


def test_each_command_that_people_give_has_its_words() -> None:
    from services.portal.pages.accounts.rights import commands

    assert len(commands()) > 25
    assert [option for option, words in commands() if words.endswith(option.partition("/")[2])] == []
