"""A plan of another district is carried out over HTTP while parts of the system are killed twenty times."""

import itertools
import json
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import change, tables
from tests.support.postgres import settings_in
from tests.system.own_fold import count, events, tasks_of, twice
from tests.system.running import Person, System, running_system

pytestmark = pytest.mark.same_on_both("what a kill may lose is decided at the log")

PLAN = Path(__file__).parents[2] / "deploy/demo/ke-hoach-12-kh-ubnd-2021-binh-thuy.txt"
KILLS = 20
VICTIMS = ("plans", "nats", "notifications")
ADDRESS = {"district": "binh-thuy", "plan_id": "2021"}


def kill_in_turn(system: System) -> list[str]:
    """Kill one part after another, each when it is back; return what was killed."""
    killed = []
    for victim in itertools.islice(itertools.cycle(VICTIMS), KILLS):
        pid = living(system, victim, other_than=0)
        os.kill(pid, signal.SIGKILL)
        killed.append(victim)
        living(system, victim, other_than=pid)
        time.sleep(0.4)
    return killed


def living(system: System, name: str, *, other_than: int) -> int:
    """Return the process id of the part once it runs, and is not the one named."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        with suppress(KeyError, ValueError, OSError):
            pid = system.pid(name)
            if pid not in (0, other_than):
                return pid
        time.sleep(0.05)
    raise AssertionError(f"{name} did not come back")


def test_nothing_acknowledged_is_missing_and_nothing_is_applied_twice(tmp_path: Path) -> None:
    with running_system(tmp_path, today="2021-02-01") as system:
        imported = system.tdkt("plan", "import", str(PLAN), "--as", "pnv.binh-thuy")
        assert imported.returncode == 0, imported.stderr
        home_affairs, chair, city = (system.sign_in(who) for who in ("pnv.binh-thuy", "ct.binh-thuy", "thanhpho"))
        assert home_affairs.surely("plans", "submit-plan", ADDRESS).status == 200
        number = home_affairs.question("plans", "show-plan", ADDRESS)["plan"]["number"]
        issue = {**ADDRESS, "number": number, "issued_on": "2021-02-01"}
        assert chair.surely("plans", "issue-plan", issue).status == 200
        parts = [
            (task["number"], part["unit_id"])
            for task in home_affairs.question("plans", "show-plan", ADDRESS)["tasks"]
            for part in task["parts"]
        ]
        assert len(parts) > 30

        acknowledged: list[dict[str, Any]] = []
        done = threading.Event()

        def work(share: list[tuple[int, str]]) -> None:
            person = Person(system.url, "pnv.binh-thuy", system.seen)
            for turn in itertools.count():
                if done.is_set():
                    break
                number, unit = share[turn % len(share)]
                report = {**ADDRESS, "task_number": number, "unit_id": unit, "percent": 10, "text": f"lần {turn}"}
                acknowledged.append(person.surely("plans", "report-task", report).body)
                time.sleep(0.05)
            for number, unit in share:
                body = {**ADDRESS, "task_number": number, "unit_id": unit, "completed_on": "2021-02-01"}
                answer = person.surely("plans", "complete-task-part", {**body, "evidence": "BC 01"})
                assert answer.status == 200, answer.body
                acknowledged.append(answer.body)
            person.close()

        # The last tasks stay open, so that the counts are not all the same.
        mine = [one for one in parts if one[0] <= 9]
        with ThreadPoolExecutor(5) as pool:
            workers = [pool.submit(work, mine[share::4]) for share in range(4)]
            try:
                killed = pool.submit(kill_in_turn, system).result(400)
            finally:
                done.set()
            for worker in workers:
                worker.result(400)
        assert len(killed) == KILLS

        _compare(system, home_affairs, city, acknowledged)
        clean = system.tdkt("verify", "-o", "json")
        assert clean.returncode == 0, clean.stdout + clean.stderr
        _corrupt_a_city_row(system)
        found = system.tdkt("verify", "-o", "json")
        assert found.returncode == 1
        assert any("plans.city_totals [2021, 1]" in one for one in json.loads(found.stdout)["differences"])


def _compare(system: System, home_affairs: Person, city: Person, acknowledged: list[dict[str, Any]]) -> None:
    log = system.log("PLANS")
    by_seq = {message.seq: message for message in log}
    for body in acknowledged:
        assert body["position"]["seq"] in by_seq, body
    assert twice(log) == []
    tasks = {key: task for key, task in tasks_of(log).items() if key[:2] == ("binh-thuy", "2021")}

    board = home_affairs.question("plans", "show-plan", ADDRESS)
    for task in board["tasks"]:
        expected = tasks["binh-thuy", "2021", task["number"]]
        assert task["completed_on"] == expected["completed_on"], task["number"]
        assert {part["unit_id"]: part["done_on"] for part in task["parts"] if part["done_on"]} == expected["done"]

    overview = home_affairs.question("plans", "show-district", {"district": "binh-thuy", "year": 2021})
    assert {row["quarter"]: (row["tasks"], row["completed"]) for row in overview["district_totals"]} == count(
        tasks.values()
    )
    for group in {row["group_id"] for row in overview["group_totals"]}:
        own = [task for task in tasks.values() if group in task["groups"].values()]
        rows = [row for row in overview["group_totals"] if row["group_id"] == group]
        assert {row["quarter"]: (row["tasks"], row["completed"]) for row in rows} == count(own)
    whole = city.question("plans", "show-city", {"year": 2021})
    assert {row["quarter"]: (row["tasks"], row["completed"]) for row in whole["city_totals"]} == count(tasks.values())

    _compare_notices(system, log)
    _compare_public(system, log)


def _compare_notices(system: System, log: list[Any]) -> None:
    """Every completed task told Phòng Nội vụ once, however often notifications was killed."""
    completed = [message.seq for kind, body, message in events(log) if kind == "TaskCompleted"]
    until = time.monotonic() + 30
    while True:
        notices = [body for kind, body, _ in events(system.log("NOTIFICATIONS")) if kind == "NoticePosted"]
        told = Counter(
            body["source"]["seq"]
            for body in notices
            if body["kind"] == "task_completed" and body["recipient"]["role"] == "home_affairs"
        )
        if set(told) == set(completed) or time.monotonic() > until:
            break
        time.sleep(0.2)
    assert told == Counter(completed)
    assert twice(system.log("NOTIFICATIONS")) == []


def _compare_public(system: System, log: list[Any]) -> None:
    expected = [message.headers["ce-id"] for kind, _, message in events(log) if kind == "TaskCompleted"]
    until = time.monotonic() + 30
    while True:
        public = system.log("PUBLIC")
        found = [
            message.headers["ce-causationid"]
            for message in public
            if message.headers["ce-type"] == "plans.TaskCompleted.v1"
        ]
        if found == expected or time.monotonic() > until:
            break
        time.sleep(0.2)
    assert found == expected
    assert twice(public) == []


def _corrupt_a_city_row(system: System) -> None:
    settings = settings_in(system.data)
    (table,) = (name for name in tables(settings, "plans") if name.startswith("city_totals__g"))
    change(settings, "plans", f'UPDATE "{table}" SET tasks = tasks + 1 WHERE year = 2021 AND quarter = 1')
