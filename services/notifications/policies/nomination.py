"""What is told of a dossier; nothing says who is nominated (vi: hồ sơ đề nghị khen thưởng)."""

from collections.abc import Iterable

from services.nominations.events import (
    DossierEvent,
    NominationAccepted,
    NominationResubmitted,
    NominationReturned,
    NominationSubmitted,
    NominationWithdrawn,
)
from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Telling, Tellings, Told, office, tells, unit


def _link(event: DossierEvent) -> str:
    return f"/ho-so/{event.district}/{event.dossier_id}"


def _withdrawn(event: NominationWithdrawn) -> Iterable[Told]:
    """Tell the side that did not withdraw it."""
    if event.withdrawn_by_office:
        to, title = unit(event.district, event.unit_id), "Hồ sơ đề nghị khen thưởng đã được rút"
        text = f"Phòng Nội vụ đã rút hồ sơ năm {event.year}. Lý do ghi trên trang hồ sơ."
    else:
        to, title = office(event.district), "Đơn vị rút hồ sơ đề nghị khen thưởng"
        text = f"Đơn vị đã rút hồ sơ năm {event.year}; hồ sơ không còn chờ xử lý."
    yield Told(to=to, kind=NoticeKind.NOMINATION_WITHDRAWN, title=title, text=text, link=_link(event))


NOMINATION: Tellings = (
    tells(
        NominationSubmitted,
        NoticeKind.NOMINATION_SUBMITTED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"{event.unit_name} trình hồ sơ đề nghị {event.title_name}",
        text=lambda event: (
            f"Hồ sơ năm {event.year} đề nghị {event.title_name} chờ Phòng Nội vụ kiểm tra, tiếp nhận hoặc trả lại."
        ),
        link=_link,
    ),
    tells(
        NominationResubmitted,
        NoticeKind.NOMINATION_RESUBMITTED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"Hồ sơ đề nghị {event.title_name} được trình lại",
        text=lambda event: (
            f"Hồ sơ năm {event.year} đã hoàn chỉnh theo yêu cầu, chờ Phòng Nội vụ kiểm tra, tiếp nhận hoặc trả lại."
        ),
        link=_link,
    ),
    tells(
        NominationReturned,
        NoticeKind.NOMINATION_RETURNED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: "Hồ sơ đề nghị khen thưởng bị trả lại",
        text=lambda event: "Hồ sơ cần hoàn chỉnh và trình lại. Các mục cần sửa và lý do ghi trên trang hồ sơ.",
        link=_link,
    ),
    tells(
        NominationAccepted,
        NoticeKind.NOMINATION_ACCEPTED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: "Hồ sơ đề nghị khen thưởng đã được tiếp nhận",
        text=lambda event: f"Hồ sơ năm {event.year} đã được tiếp nhận để thẩm định.",
        link=_link,
    ),
    Telling(event=NominationWithdrawn, tell=_withdrawn),
)
