"""Count score sheets once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Iterable
from typing import Any

from services.cli.recount.levels import Event, Rows, add, empty


def recount(events: Iterable[Event]) -> Rows:
    """Return the totals of every level after the events (type name, body)."""
    sheets: dict[tuple[str, str, int], dict[str, Any]] = {}
    for name, body in events:
        if "unit_id" not in body:
            continue
        sheet = sheets.setdefault((body["district"], body["unit_id"], body["year"]), {"group": None, "facts": set()})
        sheet["group"] = body.get("group_id") or sheet["group"]
        sheet["facts"].add(name)
    rows = empty("group_totals", "district_totals", "city_totals")
    for (district, _, year), sheet in sheets.items():
        where: list[tuple[str, tuple[Any, ...]]] = [("district_totals", (district, year)), ("city_totals", (year,))]
        if sheet["group"]:
            where.append(("group_totals", (district, sheet["group"], year)))
        add(
            rows,
            where,
            sheets=1,
            self_scored="SelfScoreSubmitted" in sheet["facts"],
            posted="ScorePosted" in sheet["facts"],
        )
    return rows
