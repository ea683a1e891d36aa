"""A plan from a Word document to its issue and back to a Word document, on running services."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest

from services.plans.documents import PLAN_TEMPLATE
from shared.office.word import word_text
from tests.cli.system import System, running_system
from tests.plans.test_documents import SEED_TEXT
from tests.plans.word_plans import SEED_PATH, content_of, drawn_plan

pytestmark = pytest.mark.same_on_both("the command line speaks with services, which are tested on both")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("system"), "plans", "scoring") as running:
        loaded = running.load_demo()
        assert loaded.code == 0, loaded.err
        yield running


def read(system: System, file: Path) -> dict[str, Any]:
    """Return what `tdkt plan parse` says of the file, without its warnings."""
    plan = system.tdkt("plan", "parse", str(file), "--json")
    assert plan.code == 0, plan.err
    return {name: value for name, value in plan.json.items() if name != "warnings"}


def write(system: System, folder: Path, year: str, district: str, account: str, *more: str) -> Path:
    file = folder / f"{district}.{'pdf' if '--pdf' in more else 'docx'}"
    done = system.tdkt("plan", "document", year, "--district", district, "--as", account, "-o", str(file), *more)
    assert (done.code, done.err) == (0, "")
    return file


def test_the_plan_of_the_demo_is_written_anew_from_its_events(system: System, tmp_path: Path) -> None:
    file = write(system, tmp_path, "2020", "cai-rang", "pnv.cai-rang")
    assert read(system, file) == read(system, SEED_PATH)


def test_a_plan_comes_from_a_word_document_is_issued_and_goes_back_into_one(system: System, tmp_path: Path) -> None:
    source = tmp_path / "o-mon-nguon.docx"
    source.write_bytes(content_of(drawn_plan(SEED_TEXT.replace("Cái Răng", "Ô Môn"))))
    imported = system.tdkt("plan", "import", str(source), "--as", "pnv.o-mon")
    assert imported.code == 0, imported.err
    key = {"district": "o-mon", "plan_id": "2020"}
    for command, account, more in (
        ("submit-plan", "pnv.o-mon", {}),
        ("issue-plan", "ct.o-mon", {"number": "30/KH-UBND", "issued_on": "2020-02-06"}),
    ):
        done = system.tdkt("call", "plans", command, "--as", account, "--json", json.dumps({**key, **more}))
        assert done.code == 0, done.err
    expected = read(system, source)
    assert (len(expected["tasks"]), expected["district"]) == (15, "o-mon")
    assert read(system, write(system, tmp_path, "2020", "o-mon", "ct.o-mon")) == expected


def test_a_draft_is_written_with_room_for_number_and_date(system: System, tmp_path: Path) -> None:
    source = tmp_path / "binh-thuy-nguon.docx"
    source.write_bytes(content_of(drawn_plan(SEED_TEXT.replace("Cái Răng", "Bình Thủy"))))
    assert system.tdkt("plan", "import", str(source), "--as", "pnv.binh-thuy").code == 0
    text = word_text(write(system, tmp_path, "2020", "binh-thuy", "pnv.binh-thuy").read_bytes())
    assert "Số:      /KH-UBND" in text
    assert "Bình Thủy, ngày      tháng      năm 2020" in text


def test_the_plan_is_written_as_pdf(system: System, tmp_path: Path) -> None:
    file = write(system, tmp_path, "2020", "cai-rang", "pnv.cai-rang", "--pdf")
    assert file.read_bytes().startswith(b"%PDF-")


def test_who_may_not_see_a_plan_gets_no_document_of_it(system: System, tmp_path: Path) -> None:
    file = tmp_path / "x.docx"
    for year, district, account, code in (
        ("2020", "cai-rang", "pnv.o-mon", "actor.not_allowed"),
        ("2019", "cai-rang", "pnv.cai-rang", "plan.not_found"),
        ("2020", "cai-rang", "nobody", "account.not_found"),
    ):
        done = system.tdkt("plan", "document", year, "--district", district, "--as", account, "-o", str(file))
        assert (done.code, f"[{code}]" in done.err, file.exists()) == (4, True, False), done.err


def test_a_draft_is_hidden_from_the_units_as_a_document_too(system: System, tmp_path: Path) -> None:
    drafted = tmp_path / "thot-not.docx"
    drafted.write_bytes(content_of(drawn_plan(SEED_TEXT.replace("Cái Răng", "Thốt Nốt"))))
    assert system.tdkt("plan", "import", str(drafted), "--as", "pnv.thot-not").code == 0
    ward = "phuong.thot-not.thot-not"
    done = system.tdkt(
        "plan", "document", "2020", "--district", "thot-not", "--as", ward, "-o", str(tmp_path / "y.docx")
    )
    assert (done.code, "[plan.not_found]" in done.err) == (4, True), done.err


# Templates


def test_an_office_changes_its_template_and_documents_follow(system: System, tmp_path: Path) -> None:
    file = tmp_path / "mau.docx"
    assert system.tdkt("template", "export", "ke-hoach", "-o", str(file)).code == 0
    assert file.read_bytes() == PLAN_TEMPLATE.default.read_bytes()
    changed = docx.Document(str(file))
    changed.add_paragraph("Mẫu của Văn phòng HĐND và UBND quận")
    changed.save(str(file))
    assert system.tdkt("template", "check", "ke-hoach", str(file)).code == 0
    installed = system.tdkt("template", "install", "ke-hoach", str(file))
    assert installed.code == 0, installed.err
    try:
        written = write(system, tmp_path, "2020", "cai-rang", "pnv.cai-rang")
        assert "Mẫu của Văn phòng HĐND và UBND quận" in word_text(written.read_bytes())
        row = next(one for one in system.tdkt("template", "ls", "-o", "json").json if one["name"] == "ke-hoach")
        assert (row["name"], row["source"], row["refusal"]) == ("ke-hoach", "của cơ quan", "")
        assert system.tdkt("template", "export", "ke-hoach", "--default", "-o", str(file)).code == 0
        assert file.read_bytes() == PLAN_TEMPLATE.default.read_bytes()
    finally:
        (system.bus.settings.templates_path / "ke-hoach.docx").unlink()


def test_a_template_with_an_unknown_field_is_not_installed(system: System, tmp_path: Path) -> None:
    file = tmp_path / "mau.docx"
    changed = docx.Document(str(PLAN_TEMPLATE.default))
    changed.add_paragraph("{{ nguoi_ky }}")
    changed.save(str(file))
    for verb in ("check", "install"):
        refused = system.tdkt("template", verb, "ke-hoach", str(file))
        assert (refused.code, refused.err.count("\n")) == (4, 1)
        assert "“nguoi_ky”" in refused.err and "[template.field_unknown]" in refused.err
    assert not (system.bus.settings.templates_path / "ke-hoach.docx").exists()


def test_a_broken_template_in_the_folder_is_told_to_whoever_asks_for_a_document(system: System, tmp_path: Path) -> None:
    folder = system.bus.settings.templates_path
    folder.mkdir(exist_ok=True)
    (folder / "ke-hoach.docx").write_bytes(b"garbage")
    try:
        done = system.tdkt(
            "plan", "document", "2020", "--district", "cai-rang", "--as", "pnv.cai-rang", "-o", str(tmp_path / "z")
        )
        assert (done.code, "[office_file.unreadable]" in done.err) == (4, True)
        row = next(one for one in system.tdkt("template", "ls", "-o", "json").json if one["name"] == "ke-hoach")
        assert row["refusal"] == "office_file.unreadable"
    finally:
        (folder / "ke-hoach.docx").unlink()


def test_an_unknown_template_or_file_is_refused(system: System, tmp_path: Path) -> None:
    unknown = system.tdkt("template", "export", "to-trinh", "-o", str(tmp_path / "a.docx"))
    assert (unknown.code, "ke-hoach" in unknown.err) == (4, True)
    missing = system.tdkt("template", "check", "ke-hoach", str(tmp_path / "none.docx"))
    assert (missing.code, "[office_file.unreadable]" in missing.err) == (4, True)
    nowhere = system.tdkt("template", "export", "ke-hoach", "-o", str(tmp_path / "none" / "a.docx"))
    assert (nowhere.code, "Không ghi được" in nowhere.err, nowhere.err.count("\n")) == (2, True, 1)
    fields = system.tdkt("template", "ls", "ke-hoach", "-o", "json").json
    assert {"quarters.tasks.content", "signature_lines"} <= {one["field"] for one in fields}
    assert all(one["meaning"] for one in fields)
