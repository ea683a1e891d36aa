"""Two hundred clients complete parts of one plan's tasks at the same moment."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.clock import new_id
from tests.system.own_fold import events, tasks_of, twice
from tests.system.running import PASSWORD, System, running_system

pytestmark = pytest.mark.same_on_both("what two do at once is decided at the log")

CLIENTS = 200
ADDRESS = {"district": "ninh-kieu", "plan_id": "2020"}
TASKS = [
    {
        "number": number,
        "quarter": (number - 1) % 4 + 1,
        "content": f"Nhiệm vụ {number}",
        "lead_units": ["cac-phuong"],
        "coordinating_units": ["phong-noi-vu"],
        "due_on": None,
    }
    for number in range(1, 21)
]


def test_every_command_is_answered_none_is_lost_and_none_happens_twice(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        home_affairs, chair = system.sign_in("pnv.ninh-kieu"), system.sign_in("ct.ninh-kieu")
        text = {"title": "Kế hoạch thi đua 2020", "issuer": "Ủy ban nhân dân quận Ninh Kiều"}
        draft = {**ADDRESS, "year": 2020, "number": "12/KH-UBND", "text": text, "tasks": TASKS}
        assert home_affairs.command("plans", "draft-plan", draft).status == 200
        assert home_affairs.command("plans", "submit-plan", ADDRESS).status == 200
        issue = {**ADDRESS, "number": "12/KH-UBND", "issued_on": "2020-02-06"}
        assert chair.command("plans", "issue-plan", issue).status == 200
        board = home_affairs.question("plans", "show-plan", ADDRESS)
        parts = [(task["number"], part["unit_id"]) for task in board["tasks"] for part in task["parts"]]
        assert len(parts) >= CLIENTS

        started = time.monotonic()
        answers = asyncio.run(_all_at_once(system, parts[:CLIENTS]))
        seconds = time.monotonic() - started
        assert Counter(status for status, _ in answers) == {200: CLIENTS}, answers[:3]
        print(f"{CLIENTS} clients, each twice under one key: {seconds:.1f} s")  # noqa: T201

        log = system.log("PLANS")
        completed = [
            (body["task_number"], body["unit_id"])
            for kind, body, _ in events(log)
            if kind == "TaskPartCompleted" and body["district"] == "ninh-kieu"
        ]
        assert sorted(completed) == sorted(parts[:CLIENTS])
        assert twice(log) == []
        tasks = {key[2]: task for key, task in tasks_of(log).items() if key[0] == "ninh-kieu"}
        board = home_affairs.question("plans", "show-plan", ADDRESS)
        for task in board["tasks"]:
            expected = tasks[task["number"]]
            assert task["completed_on"] == expected["completed_on"]
            assert {part["unit_id"] for part in task["parts"] if part["done_on"]} == set(expected["done"])
        assert system.tdkt("verify").returncode == 0


async def _all_at_once(system: System, parts: list[tuple[int, str]]) -> list[tuple[int, Any]]:
    async with httpx2.AsyncClient(base_url=system.url, timeout=60) as first:
        reply = await first.post("/api/v1/session", json={"login": "pnv.ninh-kieu", "password": PASSWORD})
        headers = {"Authorization": f"Bearer {reply.json()['token']}"}

    async def client(number: int, unit: str) -> tuple[int, Any]:
        body = {**ADDRESS, "task_number": number, "unit_id": unit, "completed_on": "2020-02-06", "evidence": "BC"}
        key = {"Idempotency-Key": new_id()}
        async with httpx2.AsyncClient(base_url=system.url, timeout=60, headers=headers) as own:
            path = "/api/v1/plans/commands/complete-task-part"
            once, again = await asyncio.gather(
                own.post(path, json=body, headers=key), own.post(path, json=body, headers=key)
            )
            assert once.json() == again.json()
            return once.status_code, once.json()

    return list(await asyncio.gather(*(client(number, unit) for number, unit in parts)))
