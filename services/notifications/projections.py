"""The inbox: notices as rows; what recipients, groups, districts and the city count is a sum over them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from services.notifications.events import EVENTS, NoticeEvent, NoticePosted, NoticeRead, NoticeUnread
from services.notifications.views import CityTotals, DistrictTotals, GroupTotals, NoticeView, RecipientTotals
from shared.readmodel import Key, ReadModel, Rollup, Table
from shared.types import Recorded


def notice_keys(recorded: Recorded[NoticeEvent]) -> Iterable[Key]:
    """Return the notice the event tells of."""
    return [(recorded.event.district, recorded.event.notice_id)]


def notice_row(row: NoticeView | None, recorded: Recorded[NoticeEvent], _: Key) -> NoticeView | None:
    """Return the notice after the event; None where there is no notice."""
    event = recorded.event
    match event:
        case NoticePosted():
            return NoticeView(
                district=event.district,
                notice_id=event.notice_id,
                unit_id=event.recipient.unit_id or "",
                role=event.recipient.role.value if event.recipient.role else "",
                group_id=event.recipient.group_id,
                kind=event.kind,
                title=event.title,
                text=event.text,
                link=event.link,
                source=event.source,
                at=event.at,
                read_by=None,
                read_at=None,
                posted_seq=recorded.seq,
                seq=recorded.seq,
            )
        case NoticeRead():
            return row and replace(row, read_by=event.by, read_at=event.at, seq=recorded.seq)
        case NoticeUnread():
            return row and replace(row, read_by=None, read_at=None, seq=recorded.seq)
        case _:
            assert_never(event)


def _unread(notice: NoticeView) -> int:
    return int(notice.read_at is None)


def recipient_totals(notice: NoticeView) -> Iterable[RecipientTotals]:
    """Return what the notice adds to its recipient."""
    yield RecipientTotals(
        district=notice.district, unit_id=notice.unit_id, role=notice.role, posted=1, unread=_unread(notice)
    )


def group_totals(notice: NoticeView) -> Iterable[GroupTotals]:
    """Return what the notice adds to the group of its unit."""
    if notice.group_id:
        yield GroupTotals(district=notice.district, group_id=notice.group_id, posted=1, unread=_unread(notice))


def district_totals(notice: NoticeView) -> Iterable[DistrictTotals]:
    """Return what the notice adds to its recipient's district."""
    yield DistrictTotals(district=notice.district, kind=notice.kind, posted=1, unread=_unread(notice))


def city_totals(notice: NoticeView) -> Iterable[CityTotals]:
    """Return what the notice adds to the city."""
    yield CityTotals(kind=notice.kind, posted=1, unread=_unread(notice))


INBOX = ReadModel(
    name="inbox",
    source="NOTIFICATIONS",
    codec=EVENTS,
    version=2,  # 2: notices are found by their source
    tables=(
        Table(
            name="notice",
            row=NoticeView,
            key=("district", "notice_id"),
            keys=notice_keys,
            fold=notice_row,
            indexes=(("district", "unit_id", "role", "posted_seq"), ("source",)),
        ),
        Rollup(
            name="recipient_totals",
            row=RecipientTotals,
            key=("district", "unit_id", "role"),
            of="notice",
            contribute=recipient_totals,
        ),
        Rollup(
            name="group_totals", row=GroupTotals, key=("district", "group_id"), of="notice", contribute=group_totals
        ),
        Rollup(
            name="district_totals",
            row=DistrictTotals,
            key=("district", "kind"),
            of="notice",
            contribute=district_totals,
        ),
        Rollup(name="city_totals", row=CityTotals, key=("kind",), of="notice", contribute=city_totals),
    ),
)
