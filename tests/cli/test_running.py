"""The commands against a running system with the demo's data."""

import asyncio
import json
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.demo import PASSWORD
from shared.accounts import Accounts
from shared.topology import OUTSIDER_API, inbox_prefix
from tests.cli.system import ROOT, System, running_system

pytestmark = pytest.mark.same_on_both("the command line speaks with services, which are tested on both")

COMPLETE = {"district": "cai-rang", "plan_id": "2020", "completed_on": "2020-02-06", "evidence": "30/KH-UBND"}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("system"), "plans", "scoring") as running:
        loaded = running.load_demo()
        assert loaded.code == 0, loaded.err
        yield running


def complete(system: System, number: int, unit: str, account: str, *more: str) -> Any:
    body = json.dumps({**COMPLETE, "task_number": number, "unit_id": unit})
    return system.tdkt("call", "plans", "complete-task-part", "--json", body, "--as", account, "-o", "json", *more)


def last_seqs(system: System) -> dict[str, int]:
    async def ask() -> dict[str, int]:
        client = await system.bus.connect("cli")
        infos = await client.jetstream().streams_info()
        await client.close()
        return {str(info.config.name): info.state.last_seq for info in infos}

    return asyncio.run(ask())


# The demo


def test_a_second_load_of_the_demo_changes_nothing(system: System) -> None:
    before = last_seqs(system)
    again = system.load_demo()

    assert again.code == 0, again.err
    assert PASSWORD in again.out and "pnv.cai-rang" in again.out
    assert last_seqs(system) == before
    assert before["PLANS"] > 300 and before["SCORING"] == 6


def test_the_demos_accounts_sign_in_with_the_password_shown(system: System) -> None:
    async def sign_in() -> list[str]:
        accounts = await Accounts.open(system.bus.settings.sql_url("portal"))
        try:
            for login in ("admin", "thanhpho", "phuong.le-binh.cai-rang"):
                assert await accounts.sign_in(login, PASSWORD, "127.0.0.1", "test")
            return [account.account_id for account in await accounts.ls()]
        finally:
            await accounts.close()

    ids = asyncio.run(sign_in())
    assert len(PASSWORD) >= 12
    wards = [one for one in ids if one.startswith("phuong.") and one.endswith(".cai-rang")]
    assert len(wards) == 7
    for district in ("ninh-kieu", "binh-thuy", "o-mon", "thot-not"):
        assert {f"pnv.{district}", f"ct.{district}"} <= set(ids)
        assert any(one.startswith("phuong.") and one.endswith(f".{district}") for one in ids)


def test_the_demos_plan_is_in_force(system: System) -> None:
    body = json.dumps({"district": "cai-rang", "plan_id": "2020"})
    board = system.tdkt("ask", "plans", "show-plan", "--json", body, "--as", "vp.cai-rang", "-o", "json").json["view"]

    assert (board["plan"]["status"], board["plan"]["number"]) == ("issued", "30/KH-UBND")
    assert board["plan"]["issued_on"] == "2020-02-06"
    assert [task["number"] for task in board["tasks"]] == list(range(1, 16))


# Calls and questions


def test_a_command_is_sent_as_an_account_and_its_position_can_be_asked_for(system: System) -> None:
    done = complete(system, 2, "ubnd-quan", "vp.cai-rang", "--command-id", "cli-test-2")
    assert done.code == 0, done.err
    repeated = complete(system, 2, "ubnd-quan", "vp.cai-rang", "--command-id", "cli-test-2")
    body = json.dumps({"district": "cai-rang", "plan_id": "2020", "task_number": 2})
    at_least = f"plans={done.json['seq']}"
    question = ("ask", "plans", "show-task", "--json", body, "--as", "pnv.cai-rang", "--at-least", at_least)
    answer = system.tdkt(*question, "-o", "json")

    assert repeated.json == done.json
    assert done.json["stream"] == "PLANS" and done.json["epoch"]
    assert answer.json["view"]["task"]["state"] == "completed"
    assert answer.json["stale"] is False
    assert "completed" in system.tdkt(*question).out


def test_the_installed_command_asks_and_sends_in_an_interpreter_of_its_own(system: System) -> None:
    program = str(Path(sysconfig.get_path("scripts")) / "tdkt")

    def run(*arguments: str, body: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
        command = [program, *arguments, "--json", "-", "-o", "json"]
        given = json.dumps(body)
        return subprocess.run(
            command, env=system.environment(), input=given, capture_output=True, text=True, timeout=60
        )

    task = {"district": "cai-rang", "plan_id": "2020", "task_number": 3}
    asked = run("ask", "plans", "show-task", "--as", "pnv.cai-rang", body=task)
    assert (asked.returncode, json.loads(asked.stdout)["view"]["task"]["number"]) == (0, 3), asked.stderr
    of_others = {**COMPLETE, "task_number": 1, "unit_id": "phong-noi-vu"}
    refused = run("call", "plans", "complete-task-part", "--as", "phuong.le-binh.cai-rang", body=of_others)
    assert (refused.returncode, refused.stdout, "[actor.not_allowed]" in refused.stderr) == (4, "", True)


def test_the_body_comes_from_stdin_or_a_file(system: System, tmp_path: Path) -> None:
    body = json.dumps({"district": "cai-rang", "plan_id": "2020"})
    file = tmp_path / "body.json"
    file.write_text(body)
    for given, stdin in (("-", body), (f"@{file}", "")):
        asked = system.tdkt("ask", "plans", "show-plan", "--json", given, "--as", "auditor", stdin=stdin)
        assert asked.code == 0, asked.err


def test_a_refusal_is_a_sentence_with_its_code_and_exit_4(system: System) -> None:
    no_task = complete(system, 99, "phong-noi-vu", "pnv.cai-rang")
    assert (no_task.code, no_task.out) == (4, "")
    assert "[task.not_found]" in no_task.err and "99" in no_task.err
    wrong_unit = complete(system, 1, "phong-noi-vu", "phuong.le-binh.cai-rang")
    nobody = complete(system, 1, "phong-noi-vu", "nobody")
    unknown_field = system.tdkt("call", "plans", "submit-plan", "--json", '{"x": 1}', "--as", "pnv.cai-rang")
    plan = json.dumps({"district": "cai-rang", "plan_id": "2020"})
    stale = system.tdkt("call", "plans", "submit-plan", "--json", plan, "--as", "pnv.cai-rang", "--expected-seq", "1")
    for ended, code in (
        (wrong_unit, "actor.not_allowed"),
        (nobody, "account.not_found"),
        (unknown_field, "bus.invalid_body"),
        (stale, "form.stale"),
    ):
        assert (ended.code, f"[{code}]" in ended.err) == (4, True), ended
        assert "Traceback" not in ended.err


def test_a_service_that_does_not_run_is_exit_3(system: System) -> None:
    down = system.tdkt("ask", "nominations", "show-titles", "--json", "{}", "--as", "pnv.cai-rang")

    assert down.code == 3
    assert "bus.service_down" in down.err


def test_no_server_is_exit_3(system: System, tmp_path: Path) -> None:
    for command in (
        ("call", "plans", "submit-plan", "--as", "admin"),
        ("event", "ls", "PLANS"),
        ("readmodel", "ls"),
        ("subscribe", "--no-follow"),
    ):
        ended = system.tdkt(*command, "--data", str(tmp_path))
        assert (ended.code, "bus.unreachable" in ended.err) == (3, True), ended


# Documents


def test_importing_a_document_drafts_the_plan_it_describes(system: System) -> None:
    document = ROOT / "deploy" / "demo" / "ke-hoach-12-kh-ubnd-2021-binh-thuy.txt"
    before = last_seqs(system)
    checked = system.tdkt("plan", "import", str(document), "--as", "pnv.binh-thuy", "--dry-run")
    assert (checked.code, last_seqs(system)) == (0, before), checked.err
    imported = system.tdkt("plan", "import", str(document), "--as", "pnv.binh-thuy", "-o", "json")
    assert imported.code == 0, imported.err
    again = system.tdkt("plan", "import", str(document), "--as", "pnv.binh-thuy")
    other = system.tdkt("plan", "import", str(document), "--as", "pnv.cai-rang")
    asked = system.tdkt(
        "ask", "plans", "show-plan", "--json", '{"district": "binh-thuy", "plan_id": "2021"}',
        "--as", "pnv.binh-thuy", "-o", "json", "--at-least", f"PLANS={imported.json['position']['seq']}",
    )  # fmt: skip

    assert again.code == 0
    assert last_seqs(system)["PLANS"] == before["PLANS"] + 1
    assert (other.code, "actor.not_allowed" in other.err) == (4, True)
    plan = asked.json["view"]["plan"]
    assert (plan["plan_id"], plan["status"], len(plan["draft"])) == ("2021", "draft", imported.json["tasks"])


def test_an_incomplete_document_is_not_imported_and_the_row_is_named(system: System, tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "demo" / "ke-hoach-30-kh-ubnd-2020.txt").read_text()
    incomplete = tmp_path / "plan.txt"
    incomplete.write_text(
        text.replace("14.\tTập huấn", "14.\t").replace("- Phòng Nội vụ quận\nQUÝ IV", "- Ban X\nQUÝ IV")
    )
    before = last_seqs(system)
    for more in (("--dry-run",), ()):
        ended = system.tdkt("plan", "import", str(incomplete), "--as", "pnv.cai-rang", *more)
        assert (ended.code, "[plan_document.task_incomplete]" in ended.err, "14" in ended.err) == (4, True, True), ended
    assert last_seqs(system) == before


# The log


def test_the_log_is_listed_and_shown(system: System) -> None:
    listed = system.tdkt("event", "ls", "plans", "--type", "PlanIssued", "-o", "json")
    (issued,) = listed.json
    shown = system.tdkt("event", "show", "PLANS", str(issued["seq"]))
    after = system.tdkt("event", "ls", "PLANS", "--after", str(issued["seq"] - 1), "--limit", "1", "-o", "json")
    subject = "plans.evt.*.organisation.>"
    organisation = system.tdkt("event", "ls", "PLANS", "--subject", subject, "--limit", "3")
    missing = system.tdkt("event", "show", "PLANS", "999999")

    assert issued["headers"]["ce-actor"] == "ct.cai-rang"
    assert issued["body"]["number"] == "30/KH-UBND"
    assert "30/KH-UBND" in shown.out and "ce-actor" in shown.out and "\\u" not in shown.out
    assert after.json == listed.json
    assert organisation.out.count("plans.evt.cai-rang.organisation.cai-rang") == 3
    assert (missing.code, "event.not_found" in missing.err) == (4, True)
    for stream in ("PARKED", "TIMERS", "PUBLIC", "SCORING"):
        assert system.tdkt("event", "ls", stream).code == 0


def test_tail_shows_what_happens_and_ends_with_ctrl_c(system: System) -> None:
    tdkt = Path(sysconfig.get_path("scripts")) / "tdkt"
    argv = [str(tdkt), "event", "tail", "PLANS", "PUBLIC", "-o", "json"]
    tail = subprocess.Popen(argv, env=system.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert tail.stdout and tail.stderr
    time.sleep(3.0)
    assert complete(system, 10, "phong-noi-vu", "pnv.cai-rang").code == 0
    seen = [json.loads(tail.stdout.readline()) for _ in range(3)]
    tail.send_signal(signal.SIGINT)

    assert tail.wait(10) == 0
    assert [one["headers"]["ce-type"] for one in seen if one["stream"] == "PLANS"] == [
        "plans.TaskPartCompleted.v1",
        "plans.TaskCompleted.v1",
    ]
    assert [one["subject"] for one in seen if one["stream"] == "PUBLIC"] == ["public.cai-rang.plans.task-completed"]
    assert tail.stderr.read() == ""


# Other systems


def test_subscribing_goes_on_after_what_was_read_and_reads_again_on_demand(system: System) -> None:
    assert complete(system, 14, "phong-noi-vu", "pnv.cai-rang").code == 0
    time.sleep(1.0)
    read = ("subscribe", "--no-follow", "-o", "json")
    everything = [json.loads(line) for line in system.tdkt(*read, "--from-seq", "1").out.splitlines()]
    nothing = system.tdkt(*read)
    some = system.tdkt(*read, "--from-seq", "1", "--filter", "public.*.*.task-completed")

    assert [one["seq"] for one in everything] == list(range(1, len(everything) + 1))
    assert "public.cai-rang.plans.plan-issued" in {one["subject"] for one in everything}
    assert (nothing.code, nothing.out) == (0, "")
    subjects = {json.loads(line)["subject"] for line in some.out.splitlines()}
    assert subjects == {"public.cai-rang.plans.task-completed"}
    assert system.tdkt("subscribe", "--as-consumer", "cli").code == 2


def test_the_sample_consumer_sees_a_completed_task(system: System) -> None:
    seed = system.bus.settings.seed_path("sample-reader")
    sample = ROOT / "docs" / "samples" / "public_consumer.py"
    assert len(sample.read_text().splitlines()) <= 40
    reader = subprocess.Popen(
        [sys.executable, "-I", str(sample), system.bus.url, str(seed)], stdout=subprocess.PIPE, text=True, cwd="/"
    )
    assert reader.stdout
    try:
        assert complete(system, 11, "phong-noi-vu", "pnv.cai-rang").code == 0
        for line in reader.stdout:
            fact = json.loads(line)
            if fact["type"] == "plans.TaskCompleted.v1" and fact["data"]["task_number"] == 11:
                break
    finally:
        reader.kill()
        reader.wait(10)

    assert fact["id"] and fact["time"].startswith("2020-02-06")
    assert fact["data"]["lead_units"] == ["phong-noi-vu"]


async def test_the_sample_credentials_open_nothing_else(system: System) -> None:
    errors: list[str] = []
    outsider = await system.bus.connect("sample-reader", errors=errors)
    publishing = [
        *("plans.cmd.submit-plan", "plans.qry.list-plans", "plans.ctl.rebuild", "plans.live.cai-rang"),
        *("plans.evt.cai-rang.plan.x", "public.cai-rang.plans.task-completed", "parked.plans.x", "anything"),
        *(f"{api}.STREAM.{verb}" for api in ("$JS.API", OUTSIDER_API) for verb in ("LIST", "NAMES", "INFO.PLANS")),
        *(f"{api}.STREAM.MSG.GET.PUBLIC" for api in ("$JS.API", OUTSIDER_API)),
        *(f"{api}.DIRECT.GET.PLANS" for api in ("$JS.API", OUTSIDER_API)),
        *(f"{api}.CONSUMER.MSG.NEXT.PLANS.plans-plans" for api in ("$JS.API", OUTSIDER_API)),
        *(f"{OUTSIDER_API}.CONSUMER.{verb}.PUBLIC.{verb}" for verb in ("CREATE", "DELETE")),
        *(f"{OUTSIDER_API}.STREAM.{verb}.PUBLIC" for verb in ("DELETE", "PURGE", "UPDATE")),
        f"{inbox_prefix('portal')}.x",
    ]
    listening = [">", "plans.>", "public.>", "*.cmd.>", "_INBOX.>", "_INBOX_portal.>", "$JS.>", "$SYS.>"]
    for subject in publishing:
        await outsider.publish(subject, b"{}", reply=f"{inbox_prefix('sample-reader')}.x")
    for subject in listening:
        await outsider.subscribe(subject)
    await outsider.flush()
    await asyncio.sleep(0.3)
    await outsider.close()

    told = " ".join(errors).lower()
    assert [subject for subject in (*publishing, *listening) if f'"{subject}"'.lower() not in told] == []


# Operating


def test_read_models_are_listed_and_rebuilt_to_the_same_rows(system: System) -> None:
    listed = system.tdkt("readmodel", "ls", "plans", "-o", "json")
    (model,) = listed.json
    rebuilt = system.tdkt("readmodel", "rebuild", "plans", model["read_model"], "-o", "json")
    all_of_them = system.tdkt("readmodel", "ls")
    parked = system.tdkt("readmodel", "parked", "scoring", "-o", "json")

    assert (model["lag"], model["parked"], model["failure"]) == (0, 0, "")
    assert rebuilt.code == 0, rebuilt.err
    assert rebuilt.json["events"] >= model["seq"]
    assert rebuilt.json["differences"] == []
    assert all_of_them.code == 3 and "nominations" in all_of_them.err and "scoring" in all_of_them.out
    assert parked.json == []


def test_only_an_operator_operates(system: System) -> None:
    refused = system.tdkt("readmodel", "rebuild", "plans", "plans", "--as", "pnv.cai-rang")
    unknown = system.tdkt("readmodel", "rebuild", "plans", "nope")
    free = system.tdkt("readmodel", "release", "plans", "plans", "plans.evt.x", "--reason", "thử")

    assert (refused.code, "actor.not_allowed" in refused.err) == (4, True)
    assert (unknown.code, "readmodel.unknown" in unknown.err) == (4, True)
    assert (free.code, "readmodel.not_parked" in free.err) == (1, True)


def test_a_trace_shows_what_a_command_caused(system: System) -> None:
    assert complete(system, 15, "phong-noi-vu", "pnv.cai-rang").code == 0
    time.sleep(1.5)
    recent = system.tdkt("trace", "ls", "--limit", "200", "-o", "json").json
    one = next(row for row in recent if row["name"].endswith("complete-task-part"))
    (root,) = system.tdkt("trace", "show", one["trace_id"], "-o", "json").json
    drawn = system.tdkt("trace", "show", one["trace_id"]).out

    assert root["span"]["process"] == "cli"
    assert [child["span"]["name"] for child in root["children"]] == ["plans complete-task-part"]
    assert {"cli", "plans"} <= set(one["processes"])
    assert "append_ms=" in drawn and "apply plans.plans" in drawn and " ms" in drawn
