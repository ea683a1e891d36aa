"""Count the tasks in the plans of units once more, from the raw events."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from services.cli.recount.levels import Rows, add, empty

Found: TypeAlias = dict[tuple[str, int, str, int], dict[str, Any]]
"""(district, year, unit, number) → what is known of the task."""


def take(found: Found, name: str, body: Mapping[str, Any]) -> None:
    """Keep what the event says of tasks of units' plans."""
    match name:
        case "UnitPlanIssued":
            for task in body["tasks"]:
                found[body["district"], body["year"], body["unit_id"], task["number"]] = {
                    "group": body["group_id"] or "",
                    "due_on": task["due_on"],
                    "due_when_reopened": None,
                    "completed_on": None,
                    "cancelled": False,
                }
        case "UnitTaskCompleted":
            _task(found, body)["completed_on"] = body["completed_on"]
        case "UnitTaskReopened":
            task = _task(found, body)
            task["completed_on"] = None
            task["due_on"], task["due_when_reopened"] = task["due_when_reopened"] or task["due_on"], None
        case "UnitTaskCancelled":
            _task(found, body)["cancelled"] = True
        case "UnitDueDatesMoved":
            for move in body["moves"]:
                for unit, numbers in move["tasks"].items():
                    for number in numbers:
                        task = found[body["district"], body["year"], unit, number]
                        is_open = task["completed_on"] is None and not task["cancelled"]
                        task["due_on" if is_open else "due_when_reopened"] = move["due_on"]


def _task(found: Found, body: Mapping[str, Any]) -> dict[str, Any]:
    return found[body["district"], body["year"], body["unit_id"], body["task_number"]]


def rows_of(found: Found) -> Rows:
    """Return the totals of units, groups and districts."""
    rows = empty("unit_plan_totals", "group_unit_plan_totals", "district_unit_plan_totals")
    for (district, year, unit, _), task in found.items():
        where = [
            ("unit_plan_totals", (district, year, unit)),
            ("group_unit_plan_totals", (district, year, task["group"])),
            ("district_unit_plan_totals", (district, year)),
        ]
        if task["cancelled"]:
            add(rows, where, cancelled=1)
            continue
        done = task["completed_on"]
        # ISO dates compare as days do.
        add(
            rows,
            where,
            tasks=1,
            completed=int(done is not None),
            completed_late=int(done is not None and done > task["due_on"]),
        )
    return rows
