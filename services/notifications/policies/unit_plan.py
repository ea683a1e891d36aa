"""What is told of a unit's own plan: to its people, who see of one another's steps by it (vi: kế hoạch của đơn vị)."""

from collections.abc import Iterable
from typing import TypeAlias

from services.notifications.events import NoticeKind
from services.notifications.policies.telling import Telling, Tellings, Told, day, listed, tells, unit
from services.plans.events import (
    MovedUnitTasks,
    UnitDueDatesMoved,
    UnitPlanIssued,
    UnitPlanReturned,
    UnitPlanSubmitted,
)

OfUnitPlan: TypeAlias = UnitPlanSubmitted | UnitPlanReturned | UnitPlanIssued


def _link(event: OfUnitPlan) -> str:
    return f"/ke-hoach-don-vi/{event.district}/{event.year}/{event.unit_id}"


def _due_dates_moved(event: UnitDueDatesMoved) -> Iterable[Told]:
    """Tell each unit of its own tasks in one notice."""
    of_unit: dict[str, list[tuple[int, MovedUnitTasks]]] = {}
    for move in event.moves:
        for unit_id, numbers in move.tasks.items():
            of_unit.setdefault(unit_id, []).extend((number, move) for number in numbers)
    for unit_id, moved in of_unit.items():
        tasks = sorted(moved, key=lambda one: one[0])
        moves = [f"nhiệm vụ {number} từ {day(one.due_on_before)} sang {day(one.due_on)}" for number, one in tasks]
        yield Told(
            to=unit(event.district, unit_id),
            kind=NoticeKind.DUE_DATES_MOVED,
            title=f"Hạn của {len(tasks)} nhiệm vụ trong kế hoạch của đơn vị được chuyển",
            text=f"Lịch làm việc năm {event.year} thay đổi. Hạn mới: {listed(moves, 'nhiệm vụ khác', separator='; ')}.",
            link=f"/ke-hoach-don-vi/{event.district}/{event.year}/{unit_id}",
        )


UNIT_PLAN: Tellings = (
    tells(
        UnitPlanSubmitted,
        NoticeKind.UNIT_PLAN_SUBMITTED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Kế hoạch năm {event.year} của đơn vị chờ thủ trưởng ký",
        text=lambda event: "Dự thảo kế hoạch của đơn vị đã được trình. Đề nghị thủ trưởng đơn vị ký hoặc trả lại.",
        link=_link,
    ),
    tells(
        UnitPlanReturned,
        NoticeKind.UNIT_PLAN_RETURNED,
        to=lambda event: [unit(event.district, event.unit_id)],
        title=lambda event: f"Kế hoạch năm {event.year} của đơn vị bị trả lại",
        text=lambda event: "Thủ trưởng đơn vị trả lại dự thảo để hoàn chỉnh. Lý do ghi trên trang kế hoạch của đơn vị.",
        link=_link,
    ),
    tells(
        UnitPlanIssued,
        NoticeKind.UNIT_PLAN_ISSUED,
        to=lambda event: [unit(event.district, event.unit_id, event.group_id)],
        title=lambda event: f"Kế hoạch {event.number} của đơn vị đã ban hành",
        text=lambda event: (
            f"Kế hoạch năm {event.year} của đơn vị có {len(event.tasks)} nhiệm vụ, "
            f"ban hành ngày {day(event.issued_on)}."
        ),
        link=_link,
    ),
    Telling(event=UnitDueDatesMoved, tell=_due_dates_moved),
)
