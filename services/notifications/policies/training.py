"""What is told of a training to the units that are invited (vi: tập huấn nghiệp vụ)."""

from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Tellings, days, sentence, tells, unit, units
from services.plans.events import TrainingCancelled, TrainingMoved, TrainingScheduled

OfTraining: TypeAlias = TrainingScheduled | TrainingMoved | TrainingCancelled


def _link(event: OfTraining) -> str:
    return f"/tap-huan/{event.district}/{event.year}/{event.training_id}"


TRAINING: Tellings = (
    tells(
        TrainingScheduled,
        NoticeKind.TRAINING_SCHEDULED,
        to=lambda event: [unit(event.district, one.unit_id, one.group_id) for one in event.units],
        title=lambda event: f"Mời dự tập huấn: {event.title}",
        text=lambda event: f"Thời gian {days(event.held_on, event.held_until)}. Địa điểm: {sentence(event.place)}",
        link=_link,
    ),
    tells(
        TrainingMoved,
        NoticeKind.TRAINING_MOVED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Thay đổi thời gian, địa điểm tập huấn: {event.title}",
        text=lambda event: f"Thời gian mới {days(event.held_on, event.held_until)}. Địa điểm: {sentence(event.place)}",
        link=_link,
    ),
    tells(
        TrainingCancelled,
        NoticeKind.TRAINING_CANCELLED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Huỷ lớp tập huấn: {event.title}",
        text=lambda event: "Lớp tập huấn không tổ chức. Lý do ghi trên trang tập huấn.",
        link=_link,
    ),
)
