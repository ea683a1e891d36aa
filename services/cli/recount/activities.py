"""Count campaigns, inspections and trainings once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from services.cli.recount.levels import Rows, add, empty

Found: TypeAlias = dict[tuple[str, str, str], dict[str, Any]]

_STATUSES = {
    "CampaignDrafted": "draft",
    "CampaignLaunched": "open",
    "CampaignClosed": "closed",
    "CampaignCancelled": "cancelled",
    "InspectionScheduled": "open",
    "InspectionConcluded": "closed",
    "InspectionCancelled": "cancelled",
    "TrainingScheduled": "open",
    "TrainingClosed": "closed",
    "TrainingCancelled": "cancelled",
}
_STATES = {
    "RecommendationAnswered": "answered",
    "ResponseAccepted": "accepted",
    "ResponseRejected": "rejected",
    "RecommendationWithdrawn": "withdrawn",
}
_CALLS = ("CampaignLaunched", "InspectionScheduled", "TrainingScheduled")


def take(found: Found, name: str, body: Mapping[str, Any]) -> None:
    """Add what one event (type name, body) says of a campaign, an inspection or a training."""
    kind = next((one for one in ("campaign", "inspection", "training") if f"{one}_id" in body), None)
    if kind is None:
        return
    key = (kind, body["district"], body[f"{kind}_id"])
    one = found.setdefault(key, {"year": body["year"], "status": "", "units": {}, "recommendations": {}})
    one["status"] = _STATUSES.get(name, one["status"])
    if name in _CALLS:
        one["units"] = {unit["unit_id"]: {} for unit in body["units"]}
    elif name == "CampaignJoined":
        one["units"][body["unit_id"]] |= {"joined": 1, "joined_late": int(body["is_late"])}
    elif name == "CampaignResultReported":
        one["units"][body["unit_id"]]["reported"] = 1
    elif name == "FindingsRecorded":
        one["units"][body["unit_id"]]["checked"] = 1
    elif name == "AttendanceRecorded":
        for came in body["attendance"]:
            one["units"][came["unit_id"]] = {
                "recorded": 1,
                "present": int(came["attended"] > 0),
                "invited": came["invited"],
                "attended": came["attended"],
            }
    elif name == "RecommendationsIssued":
        one["recommendations"] |= {each["number"]: "open" for each in body["recommendations"]}
    elif name in _STATES:
        one["recommendations"][body["number"]] = _STATES[name]


def rows_of(found: Found) -> Rows:
    """Return the sums of every campaign, inspection and training, and of every year."""
    rows = empty(
        *(
            f"{kind}_{table}"
            for kind in ("campaign", "inspection", "training")
            for table in ("totals", "parts", "year")
        ),
        "recommendation_parts",
        "recommendation_year",
    )
    for (kind, district, identifier), one in found.items():
        year = (district, one["year"])
        add(rows, [(f"{kind}_totals", year)], **{one["status"]: 1})
        if one["status"] != "cancelled":
            _add(rows, kind, year, identifier, ({"units": 1, **unit} for unit in one["units"].values()))
        states = one["recommendations"].values()
        _add(rows, "recommendation", year, identifier, ({"issued": int(it != "withdrawn"), it: 1} for it in states))
    return rows


def _add(rows: Rows, kind: str, year: tuple[str, int], identifier: str, counts: Iterable[dict[str, int]]) -> None:
    for one in counts:
        add(rows, [(f"{kind}_parts", (*year, identifier)), (f"{kind}_year", year)], **one)
