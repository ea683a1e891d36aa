"""What is told of an inspection to the units inspected, and of their answers to Phòng Nội vụ (vi: kiểm tra)."""

from collections.abc import Iterable
from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import (
    Telling,
    Tellings,
    Told,
    day,
    days,
    listed,
    office,
    tells,
    unit,
    units,
)
from services.plans.events import (
    InspectionCancelled,
    InspectionConcluded,
    InspectionMoved,
    InspectionScheduled,
    Recommendation,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
)

OfInspection: TypeAlias = (
    InspectionScheduled
    | InspectionMoved
    | InspectionConcluded
    | InspectionCancelled
    | RecommendationsIssued
    | RecommendationWithdrawn
    | RecommendationAnswered
    | ResponseAccepted
    | ResponseRejected
)


def _link(event: OfInspection) -> str:
    return f"/kiem-tra/{event.district}/{event.year}/{event.inspection_id}"


def _recommended(event: RecommendationsIssued) -> Iterable[Told]:
    """Tell each unit in one notice by when it is to put right what was found."""
    of_unit: dict[str, list[Recommendation]] = {}
    for one in event.recommendations:
        of_unit.setdefault(one.unit_id, []).append(one)
    for unit_id, found in of_unit.items():
        terms = [f"kiến nghị {one.number} hạn {day(one.due_on)}" for one in found]
        yield Told(
            to=unit(event.district, unit_id),
            kind=NoticeKind.RECOMMENDATION_ISSUED,
            title=f"Đơn vị có {len(found)} kiến nghị sau kiểm tra, "
            f"hạn sớm nhất {day(min(one.due_on for one in found))}",
            text=f"Đề nghị đơn vị thực hiện và báo cáo đúng hạn: {listed(terms, 'kiến nghị khác', separator='; ')}.",
            link=_link(event),
        )


INSPECTION: Tellings = (
    tells(
        InspectionScheduled,
        NoticeKind.INSPECTION_SCHEDULED,
        to=lambda event: [unit(event.district, one.unit_id, one.group_id) for one in event.units],
        title=lambda event: f"Kiểm tra tại đơn vị: {event.title}",
        text=lambda event: (
            f"Theo văn bản {event.number}, thời gian {days(event.starts_on, event.ends_on)}. "
            "Nội dung kiểm tra ghi trên trang kiểm tra."
        ),
        link=_link,
    ),
    tells(
        InspectionMoved,
        NoticeKind.INSPECTION_MOVED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Chuyển ngày kiểm tra: {event.title}",
        text=lambda event: (
            f"Thời gian mới {days(event.starts_on, event.ends_on)}, "
            f"thay cho {days(event.starts_on_before, event.ends_on_before)}."
        ),
        link=_link,
    ),
    tells(
        InspectionCancelled,
        NoticeKind.INSPECTION_CANCELLED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Huỷ cuộc kiểm tra: {event.title}",
        text=lambda event: "Cuộc kiểm tra không tiến hành. Lý do ghi trên trang kiểm tra.",
        link=_link,
    ),
    tells(
        InspectionConcluded,
        NoticeKind.INSPECTION_CONCLUDED,
        to=lambda event: units(event.district, event.inspected),
        title=lambda event: f"Kết thúc kiểm tra: {event.title}",
        text=lambda event: (
            f"Báo cáo kết quả kiểm tra số {event.number} ngày {day(event.concluded_on)}. "
            "Kiến nghị còn lại vẫn phải thực hiện đúng hạn."
        ),
        link=_link,
    ),
    Telling(event=RecommendationsIssued, tell=_recommended),
    tells(
        RecommendationWithdrawn,
        NoticeKind.RECOMMENDATION_WITHDRAWN,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Đã rút kiến nghị {event.number} đối với đơn vị",
        text=lambda event: "Đơn vị không phải thực hiện kiến nghị này nữa. Lý do ghi trên trang kiểm tra.",
        link=_link,
    ),
    tells(
        RecommendationAnswered,
        NoticeKind.RECOMMENDATION_ANSWERED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"{event.unit_name or 'Đơn vị'} báo cáo thực hiện kiến nghị {event.number}",
        text=lambda event: "Báo cáo chờ Phòng Nội vụ xem xét, công nhận hoặc yêu cầu thực hiện tiếp.",
        link=_link,
    ),
    tells(
        ResponseAccepted,
        NoticeKind.RESPONSE_ACCEPTED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Kiến nghị {event.number} được công nhận đã thực hiện",
        text=lambda event: "Phòng Nội vụ công nhận đơn vị đã thực hiện xong kiến nghị.",
        link=_link,
    ),
    tells(
        ResponseRejected,
        NoticeKind.RESPONSE_REJECTED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Kiến nghị {event.number} cần thực hiện tiếp",
        text=lambda event: (
            "Phòng Nội vụ chưa công nhận báo cáo của đơn vị; hạn thực hiện giữ nguyên. Lý do ghi trên trang kiểm tra."
        ),
        link=_link,
    ),
)
