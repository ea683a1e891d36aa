"""Files with a report or a dossier: uploaded by the form, named by the event, read by those who may read either."""

import asyncio
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import expect, sync_playwright

from services.cli.demo import PASSWORD
from services.cli.files import swept
from services.nominations.commands import COMMANDS, ErasePerson
from services.nominations.events import ErasureGround
from services.nominations.views import QUESTIONS, ShowDossier
from services.portal.pages.files import size_words
from shared.actor import create_key
from shared.attachments import FileKey, FileStore, download, upload
from shared.attachments.channel import REQUESTS, BeginUpload
from shared.attachments.store import CHUNK_BYTES
from shared.bus import BusClient
from shared.errors import Rejected
from shared.types import CITY, Actor, Grant, Role
from tests.kernel.test_attachments import PDF, WORD, office, pdf_of, png
from tests.portal.console import Page, Person
from tests.portal.test_browser import ARGUMENTS, CHROMIUM
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("files lie in the log, and their names are asked for as other rows are")

TASK = "/nhiem-vu/cai-rang/2020"
LARGE = pdf_of(1_200_000, seed=21)


def _person(system: RunningServices, login: str) -> Person:
    return Person(system.url("portal"), login)


def send_files(person: Person, shown: Page, files: list[tuple[str, bytes]], **typed: object) -> Page:
    """Fill in the form with the files and send it."""
    parts = [("attachments", (name, content, "application/octet-stream")) for name, content in files]
    answer = person.client.post(shown.action, data={**shown.fields, **typed}, files=parts)
    return Page(answer.status_code, answer.url.path, answer.text, answer.headers)


def report(person: Person, number: int, files: list[tuple[str, bytes]], **typed: object) -> Page:
    """Report progress on the task with the files."""
    shown = person.open(f"{TASK}/{number}/bao-cao")
    unit = re.search(r'<option value="([a-z-]+)"', shown.text)
    assert unit
    return send_files(person, shown, files, **{"unit_id": unit[1], "percent": "40", "text": "Đã làm", **typed})


def file_links(page: Page) -> list[str]:
    """Return the addresses of the files on the page."""
    return sorted(set(page.links("^/tep/")))


def test_a_report_with_files_shows_them_and_gives_them_out_as_they_were(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    name = "Báo cáo “quý I”.pdf"
    page = report(office_, 1, [(name, LARGE), ("anh.png", png()), ("bc.docx", office(WORD))])
    assert page.notice == "Đã ghi nhận báo cáo tiến độ.", page.errors
    links = file_links(page)
    assert len(links) == 3
    assert f"{name} (1,2 MB)" in page.words

    sha256 = hashlib.sha256(LARGE).hexdigest()
    answer = office_.client.get(f"/tep/plans/{sha256}")
    assert answer.status_code == 200 and answer.content == LARGE
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="B')
    assert (
        "filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20%E2%80%9Cqu%C3%BD%20I%E2%80%9D.pdf"
        in (answer.headers["content-disposition"])
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_only_those_who_may_read_the_task_get_the_file(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    content = pdf_of(5000, seed=22)
    assert report(office_, 2, [("a.pdf", content)]).notice
    path = f"/tep/plans/{hashlib.sha256(content).hexdigest()}"
    for login, status in (
        ("phuong.le-binh.cai-rang", 200),
        ("thanhpho", 200),
        ("auditor", 200),
        ("pnv.o-mon", 404),
        ("operator", 404),
    ):
        answer = _person(system, login).client.get(path)
        assert answer.status_code == status, login
        assert (answer.content == content) == (status == 200)
    stranger = httpx2.get(system.url("portal") + path, headers={"accept": "text/html"})
    assert stranger.status_code == 303


def test_an_unknown_hash_or_service_is_the_same_as_none(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    for path in (
        "/tep/plans/" + "0" * 64,
        "/tep/scoring/" + "0" * 64,
        "/tep/plans/abc",
        "/tep/plans/*",
        "/tep/plans/>",
    ):
        assert office_.client.get(path).status_code == 404, path


def test_what_is_not_taken_is_said_at_the_field_and_nothing_typed_or_uploaded_is_lost(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    good = pdf_of(7000, seed=23)
    page = report(office_, 3, [("tot.pdf", good), ("xau.pdf", b"#!/bin/sh\n" * 50)], text="Nội dung dài đã gõ")
    assert page.status == 422
    assert "xau.pdf" in page.errors and 'href="#attachments"' in page.text
    assert page.fields["text"] == "Nội dung dài đã gõ"
    assert "Đã tải lên: tot.pdf (7 kB)" in page.words
    # The file that came is named by its check box and is not sent again.
    done = office_.send(page)
    assert done.notice == "Đã ghi nhận báo cáo tiến độ.", done.errors
    assert file_links(done) == [f"/tep/plans/{hashlib.sha256(good).hexdigest()}"]


def test_a_file_is_kept_when_the_rest_of_the_form_is_wrong_and_can_be_left_out(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    page = report(office_, 4, [("a.pdf", pdf_of(900, seed=24))], percent="900")
    assert page.status == 422 and "Tiến độ" in page.errors
    assert "Đã tải lên: a.pdf (900 B)" in page.words
    done = office_.send(page, percent="50", attachments=[])
    assert done.notice and file_links(done) == []


def test_a_file_that_is_too_large_or_one_too_many_is_refused_and_the_report_stays(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    large = report(office_, 5, [("to.pdf", pdf_of(10 * 1024 * 1024 + 1, seed=25))])
    assert large.status == 422 and "tối đa 10 MB" in large.errors
    many = report(office_, 5, [(f"{n}.pdf", PDF + bytes([n])) for n in range(6)])
    assert many.status == 422 and "tối đa 5 tệp" in many.errors
    limit = report(office_, 5, [("vua.pdf", pdf_of(10 * 1024 * 1024, seed=26))])
    assert limit.notice, limit.errors


def test_nobody_attaches_what_another_uploaded(system: RunningServices) -> None:
    office_, other = _person(system, "pnv.cai-rang"), _person(system, "vp.cai-rang")
    content = pdf_of(4000, seed=27)
    assert report(office_, 6, [("mat.pdf", content)]).notice
    sha256 = hashlib.sha256(content).hexdigest()
    page = report(other, 7, [], attachments=[f"{sha256}/4000/mat.pdf"])
    assert page.status >= 400 and "không còn ở chỗ tải lên" in page.errors, page.words


def test_a_completion_carries_its_evidence_and_a_reopening_keeps_it_in_the_history(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    content = pdf_of(3000, seed=28)
    shown = office_.open(f"{TASK}/7/hoan-thanh?don_vi=phong-noi-vu")
    page = send_files(
        office_, shown, [("bc.pdf", content)], unit_id="phong-noi-vu", completed_on="06/02/2020", evidence="BC 01"
    )
    assert page.notice, page.errors
    reopened = office_.confirm(office_.send(office_.open(f"{TASK}/7/mo-lai"), reason="Thiếu số liệu"))
    assert "Thiếu số liệu" in reopened.words
    assert file_links(reopened) == [f"/tep/plans/{hashlib.sha256(content).hexdigest()}"]


# Files of dossiers


def submit(clerk: Person, name: str, files: list[tuple[str, bytes]], **more: object) -> Page:
    """Nominate the person with the files; return the page that asks once more."""
    typed = {
        "subject_kind": "individual",
        "name": name,
        "title": "LDTT",
        "summary": "Hoàn thành tốt nhiệm vụ.",
        "documents": "Báo cáo thành tích",
    }
    return send_files(clerk, clerk.open("/ho-so/moi"), files, **typed, **more)


def test_a_dossier_is_submitted_with_files_that_its_readers_get_as_they_were(system: RunningServices) -> None:
    clerk, office_ = _person(system, "phuong.le-binh.cai-rang"), _person(system, "pnv.cai-rang")
    name = "Lý lịch “Lê Thị Tệp”.pdf"
    asked = submit(clerk, "Lê Thị Tệp", [(name, LARGE), ("anh.png", png())])
    assert "Kiểm tra lại" in asked.words and f"{name} (1,2 MB), anh.png" in asked.words
    # Who goes back to correct something finds the files ticked.
    back = clerk.send(asked, sua="1")
    assert f"Đã tải lên: {name} (1,2 MB)" in back.words and len(back.fields["attachments"]) == 2
    dossier = clerk.confirm(clerk.send(back))
    assert dossier.notice.startswith("Đã nộp hồ sơ."), dossier.errors
    links = file_links(dossier)
    assert len(links) == 2 and all(re.fullmatch(r"/tep/nominations/[0-9a-f]{64}", one) for one in links)

    contents = {answer.content for answer in map(office_.client.get, links)}
    assert contents == {LARGE, png()}
    (answer,) = [one for one in map(clerk.client.get, links) if one.content == LARGE]
    assert answer.headers["content-length"] == str(len(LARGE))
    assert quote(name, safe="") in answer.headers["content-disposition"]
    for login in ("phuong.hung-phu.cai-rang", "pnv.o-mon", "operator"):
        assert [_person(system, login).client.get(one).status_code for one in links] == [404, 404], login


def test_a_returned_dossier_offers_its_files_ticked_and_is_submitted_again_with_those_left(
    system: RunningServices,
) -> None:
    clerk, office_ = _person(system, "phuong.le-binh.cai-rang"), _person(system, "pnv.cai-rang")
    kept, dropped, new = pdf_of(3000, seed=31), pdf_of(3100, seed=32), pdf_of(200_000, seed=33)
    dossier = clerk.confirm(submit(clerk, "Phạm Văn Giữ", [("giữ.pdf", kept), ("bỏ.pdf", dropped)]))
    office_.send(office_.open(f"{dossier.path}/tra-lai"), summary="Thiếu biên bản")

    form = clerk.open(f"{dossier.path}/nop-lai")
    assert clerk.confirm(clerk.send(form)).status == 422  # nothing was changed
    ticked = [one for one in form.fields["attachments"] if one.endswith("/giữ.pdf")]
    asked = send_files(clerk, form, [("mới.pdf", new)], attachments=ticked)
    assert "giữ.pdf (3 kB), mới.pdf (200 kB)" in asked.words
    again = clerk.confirm(asked)
    assert again.notice == "Đã nộp lại hồ sơ.", again.errors
    assert "giữ.pdf (3 kB)" in again.words and "mới.pdf (200 kB)" in again.words and "bỏ.pdf" not in again.words
    assert {one.content for one in map(office_.client.get, file_links(again))} == {kept, new}


async def test_the_page_of_an_erased_person_says_that_there_were_files_and_links_none(system: RunningServices) -> None:
    clerk = await asyncio.to_thread(_person, system, "phuong.le-binh.cai-rang")
    asked = await asyncio.to_thread(submit, clerk, "Trần Thị Xoá", [("đơn.pdf", pdf_of(3000, seed=34))])
    dossier = await asyncio.to_thread(clerk.confirm, asked)
    (link,) = file_links(dossier)
    connection = await system.bus.connect("portal")
    bus = BusClient(connection, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
    admin = Actor(account_id="admin", grants=(Grant(role=Role.ADMIN, district=CITY),))
    show = ShowDossier(district="cai-rang", dossier_id=dossier.path.rpartition("/")[2])
    desk = Actor(account_id="desk", grants=(Grant(role=Role.HOME_AFFAIRS, district="cai-rang"),))
    shown = await bus.question("nominations", "show-dossier", QUESTIONS.encode(show), desk)
    erase = ErasePerson(
        person_id=shown.ok["view"]["dossier"]["person_id"], ground=ErasureGround.REQUEST, at=system.clock.now()
    )
    erased = await bus.command("nominations", "erase-person", COMMANDS.encode(erase), admin)
    assert erased.ok
    at_least = {"NOMINATIONS": erased.ok["seq"]}
    await bus.question("nominations", "show-dossier", QUESTIONS.encode(show), desk, at_least=at_least)
    page = await asyncio.to_thread(clerk.open, dossier.path)
    assert "Tệp đính kèm 1 tệp (đã xoá)" in page.words and "đơn.pdf" not in page.words
    assert file_links(page) == []
    assert (await asyncio.to_thread(clerk.client.get, link)).status_code == 404
    await connection.close()


async def test_a_service_that_is_killed_between_two_parts_is_an_answer_and_the_file_can_come_again(
    system: RunningServices,
) -> None:
    connection = await system.bus.connect("portal")
    bus = BusClient(connection, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
    actor = Actor(account_id="an", grants=(Grant(role=Role.HOME_AFFAIRS, district="cai-rang"),))
    content = pdf_of(3 * CHUNK_BYTES, seed=29)
    begin = BeginUpload(name="a.pdf", size=len(content), sha256=hashlib.sha256(content).hexdigest())
    begun = await bus.file("plans.file.begin-upload", REQUESTS.encode(begin), actor)
    taken = await bus.file(begun.ok["subject"], content[:CHUNK_BYTES], actor)
    assert taken.ok == {"received": CHUNK_BYTES}
    # Until the server has noticed the end, it takes messages for one who is gone, and the answer is a time-out.
    async with httpx2.AsyncClient(base_url=system.bus.monitor_url) as monitor:
        assert "tdkt-plans" in (await monitor.get("/connz")).text
        system.kill("plans")
        while "tdkt-plans" in (await monitor.get("/connz")).text:
            await asyncio.sleep(0.02)
    lost = await bus.file(begun.ok["subject"], content[CHUNK_BYTES : 2 * CHUNK_BYTES], actor)
    assert lost.fault == "bus.service_down"
    system.start("plans")
    kept = await upload(bus, "plans", "a.pdf", content, actor)
    assert kept.attachment.sha256 == begin.sha256
    with pytest.raises(Rejected, match="not_found"):  # nothing names it yet
        await download(bus, "plans", kept.attachment.sha256, actor)
    await connection.close()


async def test_a_request_for_files_needs_a_signature_and_a_known_name(system: RunningServices) -> None:
    connection = await system.bus.connect("portal")
    begin = REQUESTS.encode(BeginUpload(name="a.pdf", size=1, sha256="0" * 64))
    unsigned = await connection.request("plans.file.begin-upload", begin, timeout=5, headers={"ce-commandid": "1"})
    assert json.loads(unsigned.data)["rejected"] == "actor.missing"
    bus = BusClient(connection, issuer="portal", key=create_key(system.settings.data_dir / "actors", "portal"))
    assert (await bus.file("plans.file.erase", b"{}", Actor(account_id="an"))).rejected == "bus.unknown_name"
    assert (await bus.file("plans.file.read-part", b"[]", Actor(account_id="an"))).rejected == "bus.invalid_body"
    await connection.close()


def test_files_are_refused_while_the_disk_is_nearly_full(system: RunningServices) -> None:
    office_ = _person(system, "pnv.cai-rang")
    system.settings.intake_closed_path.touch()
    try:
        page = report(office_, 9, [("a.pdf", pdf_of(700, seed=30))])
    finally:
        system.settings.intake_closed_path.unlink()
    assert page.status == 422 and "sắp hết chỗ lưu trữ" in page.errors


def test_the_form_takes_files_in_a_browser_without_scripts_and_the_link_saves_them(
    system: RunningServices, tmp_path: Path
) -> None:
    content = pdf_of(300_000, seed=50)
    (tmp_path / "Báo cáo quý.pdf").write_bytes(content)
    (tmp_path / "xấu.pdf").write_bytes(b"<html>")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(base_url=system.url("portal"), java_script_enabled=False).new_page()
        page.goto("/dang-nhap")
        page.get_by_label("Tên đăng nhập").fill("pnv.cai-rang")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.goto(f"{TASK}/11/bao-cao")
        page.locator("main select[name=unit_id]").select_option(index=1)
        page.get_by_label("Tiến độ (%)").fill("25")
        page.get_by_label("Nội dung đã làm").fill("Xem tệp kèm theo")
        files = [tmp_path / "Báo cáo quý.pdf", tmp_path / "xấu.pdf"]
        page.get_by_label("Tệp đính kèm").set_input_files(files)
        page.get_by_role("button", name="Gửi báo cáo").click()
        expect(page.get_by_role("alert")).to_contain_text("xấu.pdf")
        expect(page.get_by_label("Đã tải lên: Báo cáo quý.pdf (300 kB)")).to_be_checked()
        expect(page.get_by_label("Nội dung đã làm")).to_have_value("Xem tệp kèm theo")
        page.get_by_role("button", name="Gửi báo cáo").click()
        with page.expect_download() as saving:
            page.get_by_role("link", name="Báo cáo quý.pdf (300 kB)").first.click()
        assert Path(saving.value.path()).read_bytes() == content
        assert saving.value.suggested_filename == "Báo cáo quý.pdf"
        browser.close()


async def test_what_no_event_names_is_swept_after_a_day_and_nothing_else(system: RunningServices) -> None:
    connection = await system.bus.connect("plans")
    store = FileStore(connection, "plans")
    orphan = await store.put([pdf_of(2000, seed=40)], "a.pdf", "application/pdf", "an")
    named = pdf_of(2100, seed=41)
    # In a thread of its own: the page is fetched by a client that waits.
    office_ = await asyncio.to_thread(_person, system, "pnv.cai-rang")
    assert (await asyncio.to_thread(report, office_, 10, [("b.pdf", named)])).notice
    settings = system.settings_of("plans").model_copy(update={"process": "cli"})

    assert orphan.attachment.sha256 not in [one.sha256 for one in await swept(settings)]
    listed = await swept(settings, dry_run=True, older_than=timedelta(0))
    assert orphan.attachment.sha256 in [one.sha256 for one in listed] and await store.is_whole(orphan.attachment.sha256)
    gone = [one.sha256 for one in await swept(settings, older_than=timedelta(0))]
    assert orphan.attachment.sha256 in gone and hashlib.sha256(named).hexdigest() not in gone
    assert not await store.is_whole(orphan.attachment.sha256)
    assert await store.is_whole(hashlib.sha256(named).hexdigest())
    again = await store.put([pdf_of(2000, seed=40)], "a.pdf", "application/pdf", "an")
    assert again.attachment.sha256 == orphan.attachment.sha256 and await store.is_whole(again.attachment.sha256)
    await connection.close()


async def test_a_sealed_file_that_a_dossier_names_is_not_swept(system: RunningServices) -> None:
    connection = await system.bus.connect("nominations")
    store, key = FileStore(connection, "nominations"), FileKey.new()
    orphan = await store.put(key.seal([PDF]), "Lý lịch Lê Văn Quét.pdf", "application/pdf", "an", key)
    clerk = await asyncio.to_thread(_person, system, "phuong.le-binh.cai-rang")
    asked = await asyncio.to_thread(submit, clerk, "Lê Văn Quét", [("a.pdf", pdf_of(2200, seed=42))])
    (link,) = file_links(await asyncio.to_thread(clerk.confirm, asked))
    settings = system.settings_of("nominations").model_copy(update={"process": "cli"})

    gone = {one.sha256: one for one in await swept(settings, older_than=timedelta(0)) if one.service == "nominations"}
    assert gone[orphan.attachment.sha256].name == "tep.pdf" and not await store.is_whole(orphan.attachment.sha256)
    named = link.rpartition("/")[2]
    assert named not in gone and await store.is_whole(named)
    await connection.close()


@pytest.mark.parametrize(("size", "words"), [(812, "812 B"), (45_300, "45 kB"), (1_234_567, "1,2 MB")])
def test_a_size_reads_as_people_write_it(size: int, words: str) -> None:
    assert size_words(size) == words
