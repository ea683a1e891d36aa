"""What is told of registrations; nothing of what or who is registered (vi: đăng ký thi đua; docs/adr/0020)."""

from collections.abc import Iterable
from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Telling, Tellings, Told, day, office, tells, unit
from services.plans.events import (
    RegistrationApproved,
    RegistrationClosingMoved,
    RegistrationOpened,
    RegistrationReopened,
    RegistrationReturned,
    RegistrationSubmitted,
)

OfRegistration: TypeAlias = RegistrationSubmitted | RegistrationReturned | RegistrationApproved | RegistrationReopened


def _link(event: OfRegistration) -> str:
    return f"/dang-ky/{event.district}/{event.year}/{event.unit_id}"


def _opened(event: RegistrationOpened) -> Iterable[Told]:
    """Ask each unit, and lead it to its own registration."""
    for one in event.units:
        yield Told(
            to=unit(event.district, one.unit_id, one.group_id),
            kind=NoticeKind.REGISTRATION_OPENED,
            title=f"Mở đợt đăng ký thi đua năm {event.year}, hạn nộp {day(event.closes_on)}",
            text="Đề nghị đơn vị đăng ký danh hiệu thi đua, sáng kiến, phong trào và mô hình, "
            f"nộp về Phòng Nội vụ trước khi hết ngày {day(event.closes_on)}.",
            link=f"/dang-ky/{event.district}/{event.year}/{one.unit_id}",
        )


def _closing_moved(event: RegistrationClosingMoved) -> Iterable[Told]:
    for unit_id in event.units:
        yield Told(
            to=unit(event.district, unit_id),
            kind=NoticeKind.REGISTRATION_CLOSING_MOVED,
            title=f"Hạn đăng ký thi đua năm {event.year} chuyển sang {day(event.closes_on)}",
            text=f"Hạn cũ {day(event.closes_on_before)}, hạn mới {day(event.closes_on)}.",
            link=f"/dang-ky/{event.district}/{event.year}/{unit_id}",
        )


def _submitted(event: RegistrationSubmitted) -> Iterable[Told]:
    """Tell Phòng Nội vụ; of one that came late its unit as well, for it stays marked as late."""
    late = _lateness(event)
    yield Told(
        to=office(event.district),
        kind=NoticeKind.REGISTRATION_SUBMITTED,
        title=f"{event.unit_name} nộp đăng ký thi đua năm {event.year}{f' ({late})' if late else ''}",
        text="Bản đăng ký chờ Phòng Nội vụ xem xét, duyệt hoặc trả lại.",
        link=_link(event),
    )
    if late:
        yield Told(
            to=unit(event.district, event.unit_id, event.group_id),
            kind=NoticeKind.REGISTRATION_LATE,
            title=f"Đăng ký thi đua năm {event.year} của đơn vị được ghi nhận nộp trễ",
            text=f"Hạn nộp {day(event.due_on)}; bản đăng ký {late}.",
            link=_link(event),
        )


def _lateness(event: RegistrationSubmitted) -> str:
    """Return by how much it came late, empty where it came in time; a day off has no working day to count."""
    if not event.is_late:
        return ""
    return f"nộp trễ {event.days_late} ngày làm việc" if event.days_late else "nộp trễ hạn"


REGISTRATION: Tellings = (
    Telling(event=RegistrationOpened, tell=_opened),
    Telling(event=RegistrationClosingMoved, tell=_closing_moved),
    Telling(event=RegistrationSubmitted, tell=_submitted),
    tells(
        RegistrationReturned,
        NoticeKind.REGISTRATION_RETURNED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Đăng ký thi đua năm {event.year} của đơn vị bị trả lại",
        text=lambda event: "Bản đăng ký cần hoàn chỉnh và nộp lại. Các mục cần sửa và lý do ghi trên trang đăng ký.",
        link=_link,
    ),
    tells(
        RegistrationApproved,
        NoticeKind.REGISTRATION_APPROVED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Đăng ký thi đua năm {event.year} của đơn vị đã được duyệt",
        text=lambda event: (
            f"Đã duyệt {event.counts.titles} danh hiệu, {event.counts.initiatives} sáng kiến, "
            f"{event.counts.movements} phong trào, {event.counts.models} mô hình."
        ),
        link=_link,
    ),
    tells(
        RegistrationReopened,
        NoticeKind.REGISTRATION_REOPENED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Đăng ký thi đua năm {event.year} của đơn vị được mở lại",
        text=lambda event: "Đơn vị có thể sửa bản đăng ký đã duyệt rồi nộp lại. Lý do ghi trên trang đăng ký.",
        link=_link,
    ),
)
