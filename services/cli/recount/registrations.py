"""Count registrations once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from services.cli.recount.levels import Rows, add, empty

Found: TypeAlias = dict[tuple[str, int, str], dict[str, Any]]

_STATUSES = {
    "RegistrationSubmitted": "submitted",
    "RegistrationReturned": "returned",
    "RegistrationApproved": "approved",
    "RegistrationReopened": "reopened",
}
_KINDS = ("titles", "initiatives", "movements", "models")


def take(found: Found, name: str, body: Mapping[str, Any]) -> None:
    """Take an event (type name, body) in; those of other areas change nothing."""
    if name == "RegistrationOpened":
        for unit in body["units"]:
            key = (body["district"], body["year"], unit["unit_id"])
            found.setdefault(key, {"status": "missing", "group": unit["group_id"], "late": None, "items": {}})
    if name != "RegistrationSaved" and name not in _STATUSES:
        return
    key = (body["district"], body["year"], body["unit_id"])
    one = found.setdefault(key, {"status": "missing", "group": None, "late": None, "items": {}})
    one["group"] = body.get("group_id", one["group"])
    if name == "RegistrationSaved":
        one["status"] = "draft" if one["status"] == "missing" else one["status"]
        for number in body["dropped"]:
            del one["items"][number]
        one["items"] |= {item["number"]: f"{item['kind']}s" for item in body["items"]}
    else:
        one["status"] = _STATUSES[name]
    if name == "RegistrationSubmitted" and one["late"] is None:
        one["late"] = body["is_late"]


def rows_of(found: Found) -> Rows:
    """Return the totals of every level after the events taken in."""
    rows = empty("registration_group_totals", "registration_district_totals", "registration_city_totals")
    for (district, year, _), one in found.items():
        where: list[tuple[str, tuple[Any, ...]]] = [
            ("registration_district_totals", (district, year)),
            ("registration_city_totals", (year,)),
        ]
        if one["group"]:
            where.append(("registration_group_totals", (district, year, one["group"])))
        sent = one["late"] is not None
        kinds = list(one["items"].values()) if sent else []
        held = {kind: kinds.count(kind) for kind in _KINDS}
        lateness = {"late": int(one["late"]), "on_time": int(not one["late"])} if sent else {}
        add(rows, where, units=1, **{one["status"]: 1}, **lateness, **held)
    return rows
