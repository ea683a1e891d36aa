"""What is told of an emulation campaign to the units that it calls (vi: đợt thi đua)."""

from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Tellings, day, days, tells, unit, units
from services.plans.events import CampaignCancelled, CampaignClosed, CampaignEndMoved, CampaignLaunched

OfCampaign: TypeAlias = CampaignLaunched | CampaignEndMoved | CampaignClosed | CampaignCancelled


def _link(event: OfCampaign) -> str:
    return f"/dot-thi-dua/{event.district}/{event.year}/{event.campaign_id}"


def _join_by(event: CampaignLaunched) -> str:
    return day(event.outline.join_by or event.outline.ends_on)


CAMPAIGN: Tellings = (
    tells(
        CampaignLaunched,
        NoticeKind.CAMPAIGN_LAUNCHED,
        to=lambda event: [unit(event.district, one.unit_id, one.group_id) for one in event.units],
        title=lambda event: f"Phát động đợt thi đua “{event.outline.title}”",
        text=lambda event: (
            f"Văn bản {event.number}; thời gian {days(event.outline.starts_on, event.outline.ends_on)}. "
            f"Đề nghị đơn vị đăng ký tham gia trước khi hết ngày {_join_by(event)}."
        ),
        link=_link,
    ),
    tells(
        CampaignEndMoved,
        NoticeKind.CAMPAIGN_END_MOVED,
        to=lambda event: units(event.district, event.called),
        title=lambda event: f"Đợt thi đua “{event.title}” kết thúc ngày {day(event.ends_on)}",
        text=lambda event: (
            f"Ngày kết thúc chuyển từ {day(event.ends_on_before)} sang {day(event.ends_on)}. "
            "Lý do ghi trên trang đợt thi đua."
        ),
        link=_link,
    ),
    tells(
        CampaignClosed,
        NoticeKind.CAMPAIGN_CLOSED,
        to=lambda event: units(event.district, event.called),
        title=lambda event: f"Tổng kết đợt thi đua “{event.title}”",
        text=lambda event: (
            f"Có {event.joined} trên {event.units} đơn vị tham gia, {event.reported} đơn vị báo cáo "
            "kết quả. Kết quả ghi trên trang đợt thi đua."
        ),
        link=_link,
    ),
    tells(
        CampaignCancelled,
        NoticeKind.CAMPAIGN_CANCELLED,
        # A draft has called nobody yet.
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Huỷ đợt thi đua “{event.title}”",
        text=lambda event: "Đơn vị không phải tham gia nữa. Lý do ghi trên trang đợt thi đua.",
        link=_link,
    ),
)
