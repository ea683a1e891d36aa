"""Count the tasks of plans once more, from the raw events: an independent fold for `tdkt verify`.

It shares no code with the projections: it reads JSON, keeps what units have done, and counts at the end.
"""

from collections.abc import Iterable
from typing import Any

from services.cli.recount import activities, groups, registrations, reports, unit_plans
from services.cli.recount.levels import Event, Rows, add, empty


def recount(events: Iterable[Event]) -> Rows:
    """Return the totals of every level after the events (type name, body)."""
    tasks: dict[tuple[str, str, int], dict[str, Any]] = {}
    registered: registrations.Found = {}
    reported: reports.Found = {}
    grouped: groups.Found = {}
    active: activities.Found = {}
    planned: unit_plans.Found = {}
    for name, body in events:
        unit_plans.take(planned, name, body)
        activities.take(active, name, body)
        groups.take(grouped, name, body)
        registrations.take(registered, name, body)
        reports.take(reported, name, body)
        if name in ("PlanIssued", "PlanAmended"):
            for issued in body["tasks"]:
                known = tasks.setdefault(
                    (body["district"], body["plan_id"], issued["number"]),
                    {"year": body["year"], "done": set(), "completed": False, "cancelled": False},
                )
                known["quarter"] = issued["quarter"]
                known["groups"] = {one["unit_id"]: one["group_id"] for one in issued["participants"]}
            for number in body.get("removed", ()):
                tasks[body["district"], body["plan_id"], number]["cancelled"] = True
        if not {"plan_id", "task_number"} <= body.keys():
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
    rows = empty("unit_totals", "group_totals", "district_totals", "city_totals")
    for (district, plan_id, _), task in tasks.items():
        year, quarter, units = task["year"], task["quarter"], task["groups"]
        levels = [
            ("district_totals", (district, plan_id, year, quarter), set(units)),
            ("city_totals", (year, quarter), set(units)),
        ]
        for group in {one for one in units.values() if one}:
            members = {unit for unit in units if units[unit] == group}
            levels.append(("group_totals", (district, plan_id, group, quarter), members))
        levels += [("unit_totals", (district, plan_id, unit, quarter), {unit}) for unit in units]
        for table, key, members in levels:
            if task["cancelled"]:
                add(rows, [(table, key)], cancelled=1)
            else:
                done = len(task["done"] & members)
                add(rows, [(table, key)], tasks=1, completed=task["completed"], parts=len(members), parts_done=done)
    rows |= unit_plans.rows_of(planned)
    return (
        rows
        | registrations.rows_of(registered)
        | reports.rows_of(reported)
        | groups.rows_of(grouped)
        | activities.rows_of(active)
    )
