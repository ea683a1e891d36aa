"""The command line where no system runs: documents, names, bodies, usage, help."""

import json
import subprocess
import sys
import sysconfig
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.demo import demo_accounts, sign_in_lines
from services.cli.organisation import (
    DEMO,
    DEMO_ORGANISATION,
    close_commands,
    directories_of,
    establish_commands,
    read_organisations,
)
from services.cli.plan import draft_of, read_plan
from services.plans.documents import SIZE_MAX_BYTES
from services.plans.events import UnitClosed
from services.plans.rules import successor_on
from shared.clock import live_clock
from shared.errors import Rejected
from shared.types import CITY, DISTRICTS, Role
from tests.plans.an_organisation import demo_districts

SEED = DEMO / "ke-hoach-30-kh-ubnd-2020.txt"


def tdkt(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


# plan parse


def test_parsing_prints_exactly_the_parsed_plan_as_json() -> None:
    result = tdkt("plan", "parse", str(SEED), "--json")
    plan = json.loads(result.stdout)

    assert (result.exit_code, result.stderr) == (0, "")
    assert (plan["number"], plan["district"], plan["year"]) == ("30/KH-UBND", "cai-rang", 2020)
    assert [task["number"] for task in plan["tasks"]] == list(range(1, 16))
    assert set(plan) == {
        *("number", "symbol", "issued_on", "place", "issuer", "district", "year", "title", "bases", "purposes"),
        *("requirements", "tasks", "solutions", "organisation", "recipients", "signer", "warnings"),
    }


def test_parsing_shows_tasks_and_doubts_to_people() -> None:
    result = tdkt("plan", "parse", str(SEED))

    assert result.exit_code == 0
    for words in ("30/KH-UBND", "06/02/2020", "phong-noi-vu", "basis.symbol_mismatch", "Điểm cần kiểm tra"):
        assert words in result.stdout


def test_parsing_with_other_organisations_finds_their_units(tmp_path: Path) -> None:
    yaml = tmp_path / "one.yaml"
    yaml.write_text(
        "organisations:\n- {id: cai-rang, name: Quận Cái Răng, units: [{id: x, name: Phòng Nội vụ quận}]}\n"
    )
    result = tdkt("plan", "parse", str(SEED), "--json", "--organisation", str(yaml))

    plan = json.loads(result.stdout)
    assert plan["district"] == "cai-rang"
    assert {unit for task in plan["tasks"] for unit in task["units"]} == {"x"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "plan_document.empty"),
        ("blank.txt", b" \n\t\n", "plan_document.empty"),
        ("large.txt", b"a" * (SIZE_MAX_BYTES + 1), "plan_document.too_large"),
        ("lines.txt", b"\n" * 30_000, "plan_document.too_large"),
        ("word.docx", b"PK\x03\x04....", "office_file.unreadable"),
        ("word.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "office_file.legacy"),
        ("plan.pdf", b"%PDF-1.7 ...", "plan_document.unsupported"),
        ("binary.txt", bytes(range(32)) * 50, "plan_document.unsupported"),
        ("latin.txt", "Kế hoạch".encode("utf-16")[3:] + b"\xff\xfe\xff", "plan_document.un"),
        ("marks.txt", ("a" + "\u0301" * 100).encode(), "plan_document.unreadable"),
    ],
)
def test_what_is_no_plan_document_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    result = tdkt("plan", "parse", str(file), "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"[{code}" in result.stderr and result.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nope.txt", tmp_path, "a\udcff.txt"):
        result = tdkt("plan", "parse", str(path))
        assert (result.exit_code, "[plan_document.unreadable]" in result.stderr) == (2, True)


@pytest.mark.parametrize("text", ["xin chào", "{}", "QUÝ I\n1.\t\t\n" * 50, "KẾ HOẠCH\n" + "🎉" * 500, "\ud7ff" * 99])
def test_any_other_text_is_read_with_doubts_and_without_a_crash(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.txt"
    file.write_text(text)
    result = tdkt("plan", "parse", str(file), "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["warnings"]
    assert tdkt("plan", "parse", str(file)).exit_code == 0


@pytest.mark.parametrize("content", ["", "a: [", "organisations: 5", "organisations: [5]", "[" * 5000])
def test_organisation_data_that_cannot_be_read_are_refused(tmp_path: Path, content: str) -> None:
    yaml = tmp_path / "bad.yaml"
    yaml.write_text(content)
    result = tdkt("plan", "parse", str(SEED), "--organisation", str(yaml))

    assert (result.exit_code, "[organisation_data.unreadable]" in result.stderr) == (2, True)


# Organisation and demo, pure


def test_the_demos_organisations_become_one_command_each() -> None:
    at = live_clock().now()
    commands = establish_commands(read_organisations(DEMO_ORGANISATION), at=at)

    assert {command.district for command in commands} == {*DISTRICTS, CITY}
    assert all(command.at == at and command.units and command.groups for command in commands)
    cai_rang = next(command for command in commands if command.district == "cai-rang")
    assert next(group for group in cai_rang.groups if group.group_id == "khoi-nha-nuoc").head_id == "phong-noi-vu"


def test_units_that_end_and_name_their_successor_are_closed_by_one_command_each() -> None:
    heir = {"successor_id": "phuong-tan-an", "closing_reason": "Nhập vào phường Tân An theo Nghị quyết 893/NQ-UBTVQH14"}
    (entry,) = (one for one in read_organisations(DEMO_ORGANISATION) if one["id"] == "ninh-kieu")
    organisations = [
        {**entry, "units": [{**unit, **heir} if "valid_to" in unit else unit for unit in entry["units"]]},
    ]
    at = live_clock().now()
    assert establish_commands(organisations, at=at) == establish_commands([entry], at=at)
    ends = close_commands(organisations, at=at)
    assert [(one.district, one.unit_id, one.successor_id, one.closed_on) for one in ends] == [
        ("ninh-kieu", "phuong-an-hoi", "phuong-tan-an", date(2020, 2, 29)),
        ("ninh-kieu", "phuong-an-lac", "phuong-tan-an", date(2020, 2, 29)),
    ]
    assert all("893/NQ-UBTVQH14" in one.reason and one.paper is None for one in ends)
    ninh_kieu = demo_districts("ninh-kieu")["ninh-kieu"]
    for one in ends:
        assert [type(event) for event in ninh_kieu.take(one)] == [UnitClosed]
        assert ninh_kieu.take(one) == []
    next_unit = successor_on(ninh_kieu.state.units, "phuong-an-lac", date(2020, 3, 1))
    assert next_unit is not None and next_unit.unit_id == "phuong-tan-an"


def test_an_end_without_its_day_or_reason_is_refused_by_name() -> None:
    entry = {"id": "ninh-kieu", "units": [{"id": "a", "successor_id": "b"}]}
    with pytest.raises(Rejected) as refused:
        close_commands([entry], at=live_clock().now())
    assert refused.value.detail["fields"] == "closed_on, reason"


def test_a_reason_to_end_without_a_day_is_not_dropped_in_silence() -> None:
    entry = {"id": "ninh-kieu", "units": [{"id": "a", "closing_reason": "Giải thể"}]}
    with pytest.raises(Rejected) as refused:
        close_commands([entry], at=live_clock().now())
    assert refused.value.detail["fields"] == "closed_on"


def test_an_unknown_field_of_the_organisation_data_is_refused_by_name() -> None:
    entry = {**read_organisations(DEMO_ORGANISATION)[0], "colour": "red"}
    with pytest.raises(Rejected) as refused:
        establish_commands([entry], at=live_clock().now())
    assert "colour" in str(refused.value.detail)


def test_the_seed_plan_becomes_a_draft_with_all_of_its_text() -> None:
    parsed = read_plan(SEED, directories_of(read_organisations(DEMO_ORGANISATION)))
    draft = draft_of(parsed, at=live_clock().now())

    assert (draft.plan_id, draft.year, draft.number, len(draft.tasks)) == ("2020", 2020, "30/KH-UBND", 15)
    assert draft.tasks[4].lead_units == ("cac-co-quan", "cac-phuong")
    assert draft.text.recipients == parsed.recipients and draft.text.signer is not None


def test_every_unit_of_the_seed_plan_has_somebody_who_reports_for_it() -> None:
    organisations = read_organisations(DEMO_ORGANISATION)
    accounts = demo_accounts(organisations)
    cai_rang = organisations[0]
    grants = {grant for account in accounts for grant in account.grants if grant.district == "cai-rang"}
    clerks = {grant.unit for grant in grants if grant.role is Role.UNIT_CLERK}

    assert clerks == {unit["id"] for unit in cai_rang["units"]}
    assert len({account.login for account in accounts}) == len(accounts)
    units = {(one["id"], unit["id"]) for one in organisations for unit in one["units"]}
    assert all(
        grant.unit is None or (grant.district, grant.unit) in units for account in accounts for grant in account.grants
    )


def test_the_sign_ins_are_listed_with_login_role_and_password() -> None:
    lines = sign_in_lines(demo_accounts(read_organisations(DEMO_ORGANISATION)))

    assert "thi-dua-can-tho" in lines[0]
    assert any(line.split()[:1] == ["pnv.cai-rang"] and "Phòng Nội vụ" in line for line in lines)
    assert len(lines) < 40


# Names and bodies


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("call", "nope", "x"), "plans, nominations, scoring, notifications"),
        (("call", "plans", "nope", "--as", "admin"), "submit-plan"),
        (("call", "plans"), "submit-plan"),
        (("ask", "plans", "submit-plan", "--as", "admin"), "show-plan"),
        (("ask", "nope", "x"), "plans, nominations, scoring, notifications"),
        (("call", "plans", "submit-plan"), "--as"),
        (("call", "plans", "submit-plan", "--as", "x", "--json", "{"), "--json"),
        (("call", "plans", "submit-plan", "--as", "x", "--json", "[]"), "--json"),
        (("call", "plans", "submit-plan", "--as", "x", "--json", "@/nope"), "--json"),
        (("call", "plans", "submit-plan", "--as", "x", "--json", "[" * 100_000), "--json"),
        (("ask", "plans", "my-work", "--as", "x", "--at-least", "PLANS"), "PLANS=12"),
        (("event", "ls", "NOPE"), "PARKED"),
        (("event", "tail", "PLANS", "NOPE"), "PARKED"),
        (("event", "show", "PLANS", "0"), "SEQ"),
        (("readmodel", "rebuild", "nope", "x"), "plans"),
        (("readmodel", "release", "plans", "plans", "x", "--reason", " "), "--reason"),
        (("subscribe", "--as-consumer", "nope"), "sample-reader"),
        (("trace", "show", "xyz"), "32"),
        (("plan", "import", str(SEED)), "--as"),
        (("plan", "parse"), "FILE"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_that_says_what_can(arguments: tuple[str, ...], words: str) -> None:
    result = tdkt(*arguments)

    assert result.exit_code == 2, result.stderr
    assert words in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("service", ["plans", "nominations", "scoring", "notifications"])
def test_every_command_and_question_is_listed_with_its_fields(service: str) -> None:
    for verb in ("call", "ask"):
        listed = tdkt(verb, service, "--list", "-o", "json")
        assert listed.exit_code == 0, listed.stderr
        assert all(row["name"] and row["about"] for row in json.loads(listed.stdout))
        assert tdkt(verb, service, "--list").exit_code == 0
    commands = json.loads(tdkt("call", "plans", "--list", "-o", "json").stdout)
    submit = next(row for row in commands if row["name"] == "submit-plan")
    assert submit["fields"]["plan_id"] == {"type": "str", "required": True}
    assert submit["fields"]["at"] == {"type": "datetime", "required": False}


# Help


def test_help_is_in_vietnamese() -> None:
    tdkt_path = Path(sysconfig.get_path("scripts")) / "tdkt"
    told = subprocess.run([tdkt_path, "--help"], capture_output=True, text=True, timeout=20).stdout
    for noun in ("plan", "call", "ask", "event", "subscribe", "readmodel", "trace"):
        assert noun in told
        assert tdkt(noun, "--help").exit_code == 0
    assert "Nhật ký sự kiện" in told


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    heavy = ("nats", "pydantic", "sqlalchemy", "faststream", "opentelemetry", "yaml", "rich.progress")
    code = f"import sys, services.cli.app; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20).stdout == "[]\n"
