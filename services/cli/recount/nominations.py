"""Count dossiers once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Iterable
from typing import Any

from services.cli.recount.levels import Event, Rows, add, empty

_STATES = {
    "NominationSubmitted": "submitted",
    "NominationReturned": "returned",
    "NominationResubmitted": "submitted",
    "NominationAccepted": "accepted",
    "NominationWithdrawn": "withdrawn",
}


def recount(events: Iterable[Event]) -> Rows:
    """Return the totals of every level after the events (type name, body)."""
    dossiers: dict[tuple[str, str], dict[str, Any]] = {}
    for name, body in events:
        if name not in _STATES:
            continue
        dossier = dossiers.setdefault((body["district"], body["dossier_id"]), {})
        dossier["state"] = _STATES[name]
        if name == "NominationSubmitted":
            dossier |= {"unit": body["unit_id"], "group": body["group_id"]}
        if body.get("group_told"):  # a resubmission, perhaps for another year, in which the unit is in another group
            dossier["group"] = body["group_id"]
        if "title_level" in body:
            dossier |= {"year": body["year"], "level": body["title_level"]}
    rows = empty("unit_totals", "group_totals", "district_totals", "city_totals")
    for (district, _), dossier in dossiers.items():
        kind = (dossier["year"], dossier["level"])
        where = [
            ("unit_totals", (district, dossier["unit"], *kind)),
            ("district_totals", (district, *kind)),
            ("city_totals", kind),
        ]
        if dossier["group"]:
            where.append(("group_totals", (district, dossier["group"], *kind)))
        add(rows, where, dossiers=1, **{dossier["state"]: 1})
    return rows
