"""Count notices once more, from the raw events: an independent fold for `tdkt verify`."""

from collections.abc import Iterable
from typing import Any

from services.cli.recount.levels import Event, Rows, add, empty


def recount(events: Iterable[Event]) -> Rows:
    """Return the totals of every level after the events (type name, body)."""
    posted: dict[tuple[str, str], Any] = {}
    unread: dict[tuple[str, str], bool] = {}
    for name, body in events:
        notice = (body["district"], body["notice_id"])
        if name == "NoticePosted":
            posted[notice] = body
        unread[notice] = name != "NoticeRead"
    rows = empty("recipient_totals", "group_totals", "district_totals", "city_totals")
    for (district, notice_id), body in posted.items():
        recipient = body["recipient"]
        where: list[tuple[str, tuple[Any, ...]]] = [
            ("recipient_totals", (district, recipient["unit_id"] or "", recipient["role"] or "")),
            ("district_totals", (district, body["kind"])),
            ("city_totals", (body["kind"],)),
        ]
        if recipient["group_id"]:
            where.append(("group_totals", (district, recipient["group_id"])))
        add(rows, where, posted=1, unread=unread[district, notice_id])
    return rows
