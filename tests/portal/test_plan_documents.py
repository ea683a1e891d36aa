"""Plans as Word documents in the console: uploaded to be drafted, and taken away once they stand."""

import re

import pytest

from services.plans.documents import parse_plan
from shared.office.word import word_text
from tests.office.word_files import MACRO_TYPE, paragraph, word_file
from tests.plans.test_documents import DISTRICTS, SEED, SEED_TEXT
from tests.plans.word_plans import content_of, drawn_plan
from tests.portal.console import Page, Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("documents are made of answers, which are tested on both")

PLAN = "/ke-hoach/cai-rang/2020"


@pytest.fixture
def office(system: RunningServices) -> Person:
    """Return Phòng Nội vụ of Cái Răng."""
    return Person(system.url("portal"), "pnv.cai-rang")


def typed(page: Page) -> dict[str, str]:
    """Return what stands in the editor."""
    return {name: value for name, value in page.fields.items() if name not in ("csrf", "form_id")}


def test_a_word_document_is_read_into_the_draft_like_its_text(office: Person) -> None:
    content = content_of(drawn_plan(SEED_TEXT))
    of_word = office.upload(office.open("/ke-hoach/soan"), "ke-hoach.docx", content, year="2020")
    of_text = office.upload(office.open("/ke-hoach/soan"), "ke-hoach.txt", SEED_TEXT.encode(), year="2020")
    assert of_word.status == 200, of_word.errors
    assert typed(of_word) == typed(of_text)
    assert typed(of_word)["rows"] == "15"
    assert "(nhiệm vụ 9)" in of_word.words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04\xff\xfe\x00", "bị hỏng"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "dạng cũ (.doc"),
        (word_file("", main_type=MACRO_TYPE), "macro"),
        (word_file("", parts={"word/media/a.png": bytes(30_000_000)}), "không an toàn"),
        (word_file(paragraph("chữ " * 100_000)), "quá dài, tối đa 300 kB"),
    ],
    ids=["torn", "old", "macros", "bomb", "long"],
)
def test_a_document_that_cannot_be_taken_is_refused_on_its_field(office: Person, content: bytes, words: str) -> None:
    refused = office.upload(office.open("/ke-hoach/soan"), "ke-hoach.docx", content)
    assert refused.status == 422
    assert words in refused.errors


def test_a_file_that_is_too_large_is_refused_before_it_is_read(office: Person) -> None:
    refused = office.upload(office.open("/ke-hoach/soan"), "ke-hoach.docx", b"PK\x03\x04" + bytes(3_000_000))
    assert (refused.status, "quá lớn" in refused.words) == (413, True)


def test_the_board_offers_the_plans_document(office: Person) -> None:
    (path,) = office.open(PLAN).links(r"van-ban\.docx$")
    answer = office.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith("wordprocessingml.document")
    found = re.fullmatch(r'attachment; filename="([a-z0-9.-]+)"', answer.headers["content-disposition"])
    assert found and found[1] == "ke-hoach-30-kh-ubnd-2020-cai-rang.docx"
    again = parse_plan(word_text(answer.content), DISTRICTS)
    assert (again.number, again.issued_on, again.tasks) == (SEED.number, SEED.issued_on, SEED.tasks)


def test_a_ward_takes_the_document_too_and_a_stranger_does_not(system: RunningServices) -> None:
    path = f"{PLAN}/van-ban.docx"
    assert Person(system.url("portal"), "phuong.le-binh.cai-rang").open(path).status == 200
    refused = Person(system.url("portal"), "pnv.o-mon").open(path)
    assert (refused.status, "không có quyền" in refused.words) == (403, True)


def test_a_plan_that_lacks_what_a_paper_needs_says_what_it_lacks(system: RunningServices) -> None:
    office = Person(system.url("portal"), "pnv.o-mon")
    begun = office.upload(
        office.open("/ke-hoach/soan"), "ke-hoach.txt", SEED_TEXT.encode(), year="2020", district="o-mon"
    )
    bare = {name: "Phòng Nội vụ" for name in begun.fields if name.endswith("-leads")}
    bare |= {name: "" for name in begun.fields if name.endswith("-coordinators")}
    saved = office.send(begun, **bare, place="", recipients="", signer_name="", signer_post="", signer_on_behalf_of="")
    assert saved.notice == "Đã lưu dự thảo kế hoạch.", saved.errors
    (path,) = saved.links(r"van-ban\.docx$")
    refused = office.open(path)
    assert "còn thiếu: địa danh, nơi nhận, người ký, chức vụ người ký" in refused.words
    assert refused.status in (409, 422)
