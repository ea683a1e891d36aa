"""What is told of a task of the district's plan (vi: nhiệm vụ)."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import (
    Telling,
    Tellings,
    Told,
    day,
    listed,
    office,
    opening,
    place,
    role,
    sentence,
    tells,
    unit,
    units,
)
from services.plans.events import (
    CalendarChange,
    DueDatesMoved,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    MovedTask,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    UnitRole,
)
from shared.types import CITY, Role

OfTask: TypeAlias = (
    TaskAssigned
    | TaskPartCompleted
    | TaskCompleted
    | TaskReopened
    | TaskCancelled
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionRefused
)

_PARTS = {UnitRole.LEAD: "chủ trì", UnitRole.COORDINATING: "phối hợp"}


def _link(event: OfTask) -> str:
    return f"/nhiem-vu/{event.district}/{event.plan_id}/{event.task_number}"


def _assigned(event: TaskAssigned) -> Iterable[Told]:
    """Tell the units added and those taken off."""
    # An event that names neither units added nor removed does not say who is new: all are told.
    names_changes = bool(event.added or event.removed)
    content = sentence(event.content)
    for one in event.participants:
        if names_changes and one.unit_id not in event.added:
            continue
        yield Told(
            to=unit(event.district, one.unit_id, one.group_id),
            kind=NoticeKind.TASK_ASSIGNED,
            title=f"Được giao nhiệm vụ {event.task_number}",
            text=f"{content} Đơn vị {_PARTS[one.role]}; hạn hoàn thành {day(event.due_on)}.",
            link=_link(event),
        )
    for recipient in units(event.district, event.removed):
        yield Told(
            to=recipient,
            kind=NoticeKind.TASK_UNASSIGNED,
            title=f"Không còn được giao nhiệm vụ {event.task_number}",
            text=f"{content} Đơn vị không phải thực hiện nhiệm vụ này nữa.",
            link=_link(event),
        )


def _completed(event: TaskCompleted) -> Iterable[Told]:
    """Tell Phòng Nội vụ, the units that led it, and the city's board, which hears of five districts."""
    district, number = event.district, event.task_number
    title = f"Nhiệm vụ {number} đã hoàn thành"
    leads = units(district, [one.unit_id for one in event.leads if not one.is_set])
    told = dict.fromkeys([office(district), *leads], title)
    told.setdefault(role(CITY, Role.CITY_BOARD), f"{opening(place(district))}: nhiệm vụ {number} đã hoàn thành")
    text = f"{sentence(event.content)} Các đơn vị chủ trì hoàn thành ngày {day(event.completed_on)}."
    for recipient, words in told.items():
        yield Told(to=recipient, kind=NoticeKind.TASK_COMPLETED, title=words, text=text, link=_link(event))


def _due_dates_moved(event: DueDatesMoved) -> Iterable[Told]:
    """Tell each unit of its own tasks in one notice, and Phòng Nội vụ of all."""
    of_unit: dict[str, list[MovedTask]] = {}
    for task in event.tasks:
        for unit_id in task.units:
            of_unit.setdefault(unit_id, []).append(task)
    concerned = {office(event.district): list(event.tasks)}
    concerned |= {unit(event.district, unit_id): tasks for unit_id, tasks in of_unit.items()}
    for recipient, tasks in concerned.items():
        yield Told(
            to=recipient,
            kind=NoticeKind.DUE_DATES_MOVED,
            title=f"Hạn của {len(tasks)} nhiệm vụ được chuyển theo lịch làm việc năm {event.year}",
            text=f"{_because(event)} Hạn mới: {_moves(tasks)}.",
            link=f"/ke-hoach/{event.district}/{event.plan_id}",
        )


def _because(event: DueDatesMoved) -> str:
    paper = f"văn bản số {event.notice.number} ngày {day(event.notice.issued_on)}" if event.notice else ""
    return {
        CalendarChange.OPENED: f"Lịch làm việc năm {event.year} đã mở.",
        CalendarChange.CORRECTED: f"Lịch làm việc năm {event.year} được điều chỉnh theo {paper}.",
        CalendarChange.WITHDRAWN: f"Đã rút điều chỉnh lịch làm việc năm {event.year} theo {paper}.",
    }[event.change]


def _moves(tasks: Sequence[MovedTask]) -> str:
    moves = [f"nhiệm vụ {one.number} từ {day(one.due_on_before)} sang {day(one.due_on)}" for one in tasks]
    return listed(moves, "nhiệm vụ khác", separator="; ")


TASK: Tellings = (
    Telling(event=TaskAssigned, tell=_assigned),
    tells(
        TaskPartCompleted,
        NoticeKind.TASK_PART_COMPLETED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"{event.unit_name} xong phần việc của nhiệm vụ {event.task_number}",
        text=lambda event: f"Đơn vị báo hoàn thành ngày {day(event.completed_on)}.",
        link=_link,
    ),
    Telling(event=TaskCompleted, tell=_completed),
    tells(
        TaskReopened,
        NoticeKind.TASK_REOPENED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Nhiệm vụ {event.task_number} được mở lại",
        text=lambda event: f"{sentence(event.content)} Mọi phần việc phải làm lại; lý do ghi trên trang nhiệm vụ.",
        link=_link,
    ),
    tells(
        TaskCancelled,
        NoticeKind.TASK_CANCELLED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Nhiệm vụ {event.task_number} đã huỷ",
        text=lambda event: f"{sentence(event.content)} Đơn vị không phải làm tiếp; lý do ghi trên trang nhiệm vụ.",
        link=_link,
    ),
    tells(
        ExtensionRequested,
        NoticeKind.EXTENSION_REQUESTED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"{event.unit_name} đề nghị gia hạn nhiệm vụ {event.task_number}",
        text=lambda event: (
            f"Đề nghị gia hạn từ {day(event.due_on)} đến {day(event.wanted_on)}, chờ xem xét. "
            "Lý do ghi trên trang nhiệm vụ."
        ),
        link=_link,
    ),
    tells(
        ExtensionGranted,
        NoticeKind.EXTENSION_GRANTED,
        to=lambda event: units(event.district, event.units),
        title=lambda event: f"Nhiệm vụ {event.task_number} được gia hạn đến {day(event.due_on)}",
        text=lambda event: (
            f"{sentence(event.content)} Hạn cũ {day(event.due_on_before)}, hạn mới {day(event.due_on)}, "
            "áp dụng cho mọi đơn vị thực hiện."
        ),
        link=_link,
    ),
    tells(
        ExtensionRefused,
        NoticeKind.EXTENSION_REFUSED,
        to=lambda event: units(event.district, [event.unit_id]),
        title=lambda event: f"Không đồng ý gia hạn nhiệm vụ {event.task_number}",
        text=lambda event: f"{sentence(event.content)} Hạn hoàn thành giữ nguyên; lý do ghi trên trang nhiệm vụ.",
        link=_link,
    ),
    Telling(event=DueDatesMoved, tell=_due_dates_moved),
)
