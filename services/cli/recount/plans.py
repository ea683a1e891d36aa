"""Count the tasks of plans once more, from the raw events: an independent fold for `tdkt verify`.

It shares no code with the projections: it reads JSON, keeps what units have done, and counts at the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def recount(events: Iterable[tuple[str, Mapping[str, Any]]]) -> Rows:
    """Return, by table and key, the totals of every level after the events (type name, body)."""
    tasks: dict[tuple[str, str, int], dict[str, Any]] = {}
    for name, body in events:
        if name == "PlanIssued":
            for task in body["tasks"]:
                tasks[body["district"], body["plan_id"], task["number"]] = {
                    "year": body["year"],
                    "quarter": task["quarter"],
                    "groups": {one["unit_id"]: one["group_id"] for one in task["participants"]},
                    "done": set(),
                    "completed": False,
                    "cancelled": False,
                }
        if "task_number" not in body:
            continue
        task = tasks[body["district"], body["plan_id"], body["task_number"]]
        if name == "TaskAssigned":
            task["groups"] = {one["unit_id"]: one["group_id"] for one in body["participants"]}
        elif name == "TaskPartCompleted":
            task["done"].add(body["unit_id"])
        elif name == "TaskCompleted":
            task["completed"] = True
        elif name == "TaskReopened":
            task["done"], task["completed"] = set(), False
        elif name == "TaskCancelled":
            task["cancelled"] = True
    return _count(tasks)


def _count(tasks: Mapping[tuple[str, str, int], Mapping[str, Any]]) -> Rows:
    rows: Rows = {name: defaultdict(lambda: defaultdict(int)) for name in ("unit_totals", "group_totals")}  # type: ignore[arg-type]
    rows |= {name: defaultdict(lambda: defaultdict(int)) for name in ("district_totals", "city_totals")}  # type: ignore[arg-type]
    for (district, plan_id, _), task in tasks.items():
        year, quarter = task["year"], task["quarter"]
        units = task["groups"]
        levels = [
            ("district_totals", (district, plan_id, year, quarter), set(units)),
            ("city_totals", (year, quarter), set(units)),
        ]
        for group in {one for one in units.values() if one}:
            levels.append(
                ("group_totals", (district, plan_id, group, quarter), {u for u in units if units[u] == group})
            )
        levels += [("unit_totals", (district, plan_id, unit, quarter), {unit}) for unit in units]
        for table, key, members in levels:
            row = rows[table][key]
            if task["cancelled"]:
                row["cancelled"] += 1
                continue
            row["tasks"] += 1
            row["completed"] += task["completed"]
            row["parts"] += len(members)
            row["parts_done"] += len(task["done"] & members)
    return rows
