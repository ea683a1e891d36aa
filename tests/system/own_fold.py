"""What the log says, folded by the tests themselves: no code of the services, no code of `tdkt verify`."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from shared.eventstore import Message


def events(messages: Iterable[Message]) -> list[tuple[str, dict[str, Any], Message]]:
    """Return (type name, body, message) of each event."""
    return [(one.headers["ce-type"].split(".")[1], json.loads(one.body), one) for one in messages]


def tasks_of(messages: Iterable[Message]) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return each task with its units, what is done, and whether it is completed."""
    tasks: dict[tuple[str, str, int], dict[str, Any]] = {}
    for kind, body, _ in events(messages):
        match kind:
            case "PlanIssued":
                for one in body["tasks"]:
                    tasks[body["district"], body["plan_id"], one["number"]] = {
                        "quarter": one["quarter"],
                        "year": body["year"],
                        "leads": {unit["unit_id"] for unit in one["participants"] if unit["role"] == "lead"},
                        "groups": {unit["unit_id"]: unit["group_id"] for unit in one["participants"]},
                        "done": {},
                        "completed_on": None,
                    }
            case "TaskPartCompleted":
                task = tasks[body["district"], body["plan_id"], body["task_number"]]
                task["done"][body["unit_id"]] = body["completed_on"]
            case "TaskCompleted":
                tasks[body["district"], body["plan_id"], body["task_number"]]["completed_on"] = body["completed_on"]
            case "TaskReopened":
                task = tasks[body["district"], body["plan_id"], body["task_number"]]
                task["done"], task["completed_on"] = {}, None
    return tasks


def count(tasks: Iterable[dict[str, Any]]) -> dict[int, tuple[int, int]]:
    """Return by quarter how many tasks there are and how many are completed."""
    found: dict[int, tuple[int, int]] = {}
    for task in tasks:
        total, completed = found.get(task["quarter"], (0, 0))
        found[task["quarter"]] = (total + 1, completed + (task["completed_on"] is not None))
    return found


def twice(messages: Iterable[Message]) -> list[str]:
    """Return the ids of events that are in the log more than once."""
    return [one for one, times in Counter(message.headers["ce-id"] for message in messages).items() if times > 1]
