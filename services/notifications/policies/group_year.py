"""What is told of a cluster's or block's year: who shall lead it, and when its members meet (vi: cụm, khối thi đua)."""

from collections.abc import Iterable

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Telling, Tellings, Told, day, sentence, tells, unit, units
from services.plans.events import LeadersElected, ReviewKind, ReviewPlanned

_REVIEWS = {ReviewKind.MID_YEAR: "sơ kết 6 tháng đầu năm {year}", ReviewKind.ANNUAL: "tổng kết năm {year}"}


def _link(event: LeadersElected | ReviewPlanned) -> str:
    return f"/cum-khoi/{event.district}/{event.year}/{event.group_id}"


def _elected(event: LeadersElected) -> Iterable[Told]:
    """Tell the units that were elected; all others were there."""
    chosen = [("trưởng", event.head), *([("phó", event.deputy)] if event.deputy else [])]
    for post, one in chosen:
        yield Told(
            to=unit(event.district, one.unit_id, event.group_id),
            kind=NoticeKind.GROUP_LEADER_ELECTED,
            title=f"Đơn vị được bầu làm {post} {event.group_name} năm {event.for_year}",
            text=f"Hội nghị ngày {day(event.elected_on)} bầu đơn vị làm {post} {event.group_name} "
            f"trong năm {event.for_year}.",
            link=_link(event),
        )


def _meeting(event: ReviewPlanned) -> str:
    return f"{_REVIEWS[event.kind].format(year=event.year)} của {event.group_name}"


GROUP_YEAR: Tellings = (
    tells(
        ReviewPlanned,
        NoticeKind.REVIEW_PLANNED,
        to=lambda event: units(event.district, event.members),
        title=lambda event: f"Họp {_meeting(event)} ngày {day(event.planned_on)}",
        text=lambda event: "Mời đơn vị dự họp. " + (f"Địa điểm: {sentence(event.place)}" if event.place else ""),
        link=_link,
    ),
    Telling(event=LeadersElected, tell=_elected),
)
