"""What is told of a pledge to the members that sign it (vi: giao ước thi đua)."""

from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Tellings, day, tells, units
from services.plans.events import PledgeConcluded, PledgeSigningOpened, PledgeSigningWithdrawn
from shared.types import Role

OfPledge: TypeAlias = PledgeSigningOpened | PledgeSigningWithdrawn | PledgeConcluded


def _link(event: OfPledge) -> str:
    return f"/giao-uoc/{event.district}/{event.year}/{event.group_id}"


PLEDGE: Tellings = (
    tells(
        PledgeSigningOpened,
        NoticeKind.PLEDGE_SIGNING_OPENED,
        to=lambda event: units(event.district, [one.unit_id for one in event.members], standing=Role.DISTRICT_CHAIR),
        title=lambda event: f"Giao ước thi đua năm {event.year} của {event.group_name} chờ ký",
        text=lambda event: "Đề nghị thủ trưởng đơn vị xem nội dung, chỉ tiêu và ký giao ước.",
        link=_link,
    ),
    tells(
        PledgeSigningWithdrawn,
        NoticeKind.PLEDGE_SIGNING_WITHDRAWN,
        to=lambda event: units(event.district, [one.unit_id for one in event.signatures], standing=Role.DISTRICT_CHAIR),
        title=lambda event: f"Giao ước thi đua năm {event.year} của {event.group_name} được rút để sửa",
        text=lambda event: (
            "Chữ ký của đơn vị không còn giá trị; khi mở ký lại, đề nghị ký lại. Lý do ghi trên trang giao ước."
        ),
        link=_link,
    ),
    tells(
        PledgeConcluded,
        NoticeKind.PLEDGE_CONCLUDED,
        to=lambda event: units(event.district, [one.unit_id for one in event.members]),
        title=lambda event: f"Giao ước thi đua năm {event.year} của {event.group_name} đã ký kết",
        text=lambda event: f"Đủ chữ ký của {len(event.members)} thành viên ngày {day(event.concluded_on)}.",
        link=_link,
    ),
)
