"""Count periodic reports once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from services.cli.recount.levels import Rows, add, empty

Found: TypeAlias = dict[tuple[str, int, str], dict[str, Any]]

_STANDS = {"ReportSubmitted": "waiting", "ReportReturned": "returned", "ReportAccepted": "accepted"}
_OURS = {"ReportAnnounced", "ReportDueMoved", "ReportersAmended", *_STANDS}


def take(duties: Found, name: str, body: Mapping[str, Any]) -> None:
    """Take in one event (type name, body); those of other areas are passed over."""
    if name not in _OURS:
        return
    duty = duties.setdefault(
        (body["district"], body["year"], body["period"]), {"due": {}, "asked": {}, "came": {}, "stands": {}}
    )
    if name == "ReportAnnounced":
        duty["due"] = {due["level"]: due["due_on"] for due in body["dues"]}
        duty["asked"] = {one["reporter_id"]: one for one in body["reporters"]}
    elif name == "ReportDueMoved":
        duty["due"][body["due"]["level"]] = body["due"]["due_on"]
    elif name == "ReportersAmended":
        for reporter_id in body["removed"]:
            del duty["asked"][reporter_id]
        duty["asked"] |= {one["reporter_id"]: one for one in body["added"]}
    else:
        duty["stands"][body["reporter_id"]] = _STANDS[name]
    if name == "ReportSubmitted":
        first_on, _ = duty["came"].get(body["reporter_id"], (body["submitted_on"], None))
        duty["came"][body["reporter_id"]] = (first_on, body["figures"]["counts"])


def rows_of(duties: Found) -> Rows:
    """Return the totals of every level after the events that were taken in."""
    rows = empty("group_report_totals", "district_report_totals", "city_report_totals")
    for (district, year, period), duty in duties.items():
        for reporter_id, one in duty["asked"].items():
            level = one["level"]
            where: list[tuple[str, tuple[Any, ...]]] = [
                ("district_report_totals", (district, year, period, level)),
                ("city_report_totals", (year, period, level)),
            ]
            if level == "unit" and one["group_id"]:
                where.append(("group_report_totals", (district, one["group_id"], year, period)))
            add(rows, where, reports=1, **_came(duty, reporter_id, duty["due"][level]))
    return rows


def _came(duty: dict[str, Any], reporter_id: str, due_on: str) -> dict[str, int]:
    if reporter_id not in duty["came"]:
        return {"unsubmitted": 1}
    first_on, counts = duty["came"][reporter_id]
    stands = duty["stands"][reporter_id]
    found = {"late" if first_on > due_on else "on_time": 1, stands: 1}
    if stands == "accepted":
        found |= {f"tasks_{name}": count for name, count in counts.items()}
    return found
