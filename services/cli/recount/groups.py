"""Count reviews and pledges once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from services.cli.recount.levels import Key, Rows, add, empty

Found: TypeAlias = dict[Key, dict[str, Any]]


def take(found: Found, name: str, body: Mapping[str, Any]) -> None:
    """Take an event (type name, body) in; those of other areas change nothing."""
    if not name.startswith(("Review", "Pledge")):
        return
    one = found.setdefault((body["district"], body["group_id"], body["year"]), {"reviews": {}, "pledge": None})
    match name:
        case "ReviewHeld":
            one["reviews"][body["kind"]] = (body["is_late"], len(body["absent"]))
        case "ReviewWithdrawn":
            del one["reviews"][body["kind"]]
        case "PledgeDrafted":
            targets = {each["number"]: (each["direction"], Decimal(each["value"])) for each in body["targets"]}
            one["pledge"] = {"targets": targets, "members": 0, "signed": 0, "is_concluded": False, "told": {}}
        case "PledgeSigningOpened":
            one["pledge"] |= {"members": len(body["members"]), "signed": 0}
        case "PledgeSigned":
            one["pledge"]["signed"] += 1
        case "PledgeConcluded":
            one["pledge"]["is_concluded"] = True
        case "PledgeSigningWithdrawn":
            one["pledge"] |= {"members": 0, "signed": 0, "is_concluded": False}
        case "PledgeResultsRecorded":
            for each in body["results"]:
                one["pledge"]["told"][body["unit_id"], body["period"], each["number"]] = Decimal(each["actual"])


def rows_of(found: Found) -> Rows:
    """Return the totals of every level after the events taken in."""
    rows = empty("review_totals", "pledge_group_totals", "pledge_district_totals")
    for (district, group_id, year), one in found.items():
        for kind, (is_late, absences) in one["reviews"].items():
            add(rows, [("review_totals", (district, year, kind))], held=1, late=int(is_late), absences=absences)
        pledge = one["pledge"]
        if pledge is None:
            continue
        at_end = {key: actual for key, actual in pledge["told"].items() if key[1] == "year_end"}
        met = 0
        for (_, _, number), actual in at_end.items():
            direction, value = pledge["targets"][number]
            met += actual >= value if direction == "at_least" else actual <= value
        where = [
            ("pledge_group_totals", (district, group_id, year)),
            ("pledge_district_totals", (district, year)),
        ]
        add(
            rows,
            where,
            pledges=1,
            concluded=int(pledge["is_concluded"]),
            members=pledge["members"],
            signed=pledge["signed"],
            targets=pledge["members"] * len(pledge["targets"]) if pledge["is_concluded"] else 0,
            mid_told=len(pledge["told"]) - len(at_end),
            end_told=len(at_end),
            met=met,
        )
    return rows
