"""What is told of an annual plan, from its submission to the end of its year (vi: kế hoạch năm)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from services.notifications.events import NoticeKind, Recipient
from services.notifications.policies.telling import (
    Telling,
    Tellings,
    Told,
    chair,
    listed,
    office,
    place,
    role,
    tells,
    unit,
)
from services.plans.events import (
    Participant,
    PlanAmended,
    PlanAmendmentReturned,
    PlanAmendmentSubmitted,
    PlanClosed,
    PlanIssued,
    PlanReturned,
    PlanSubmitted,
    UnitRole,
)
from shared.types import CITY, Role

OfPlan: TypeAlias = (
    PlanSubmitted
    | PlanReturned
    | PlanIssued
    | PlanAmendmentSubmitted
    | PlanAmendmentReturned
    | PlanAmended
    | PlanClosed
)


def _link(event: OfPlan) -> str:
    return f"/ke-hoach/{event.district}/{event.plan_id}"


def _overseers(district: str) -> list[Recipient]:
    """Return who follows a plan in force: Phòng Nội vụ, and the city's board."""
    return list(dict.fromkeys([office(district), role(CITY, Role.CITY_BOARD)]))


def _issued(event: PlanIssued) -> Iterable[Told]:
    """Tell each unit how many tasks it has, and whoever follows the plan how many there are."""
    parts: dict[str, Participant] = {}
    tasks: Counter[str] = Counter()
    leads: Counter[str] = Counter()
    for task in event.tasks:
        for one in task.participants:
            parts.setdefault(one.unit_id, one)
            tasks[one.unit_id] += 1
            leads[one.unit_id] += one.role is UnitRole.LEAD
    for recipient in _overseers(event.district):
        yield Told(
            to=recipient,
            kind=NoticeKind.PLAN_ISSUED,
            title=f"Kế hoạch {event.number} đã ban hành",
            text=f"Kế hoạch năm {event.year} của {place(event.district)} có {len(event.tasks)} nhiệm vụ, "
            f"giao {len(parts)} đơn vị.",
            link=_link(event),
        )
    for unit_id, one in parts.items():
        yield Told(
            to=unit(event.district, unit_id, one.group_id),
            kind=NoticeKind.PLAN_ISSUED,
            title=f"Kế hoạch {event.number} đã ban hành: {tasks[unit_id]} nhiệm vụ của đơn vị",
            text=f"Trong kế hoạch năm {event.year}, đơn vị có {tasks[unit_id]} nhiệm vụ, "
            f"trong đó chủ trì {leads[unit_id]}.",
            link=_link(event),
        )


def _amended(event: PlanAmended) -> Iterable[Told]:
    """Tell each unit that it concerns which of its tasks are new, other than before, or gone."""
    link = f"{_link(event)}/phien-ban/{event.version}"
    for recipient in _overseers(event.district):
        yield Told(
            to=recipient,
            kind=NoticeKind.PLAN_AMENDED,
            title=f"Kế hoạch năm {event.year} được điều chỉnh theo văn bản {event.number}",
            text=f"Bổ sung {len(event.added)}, thay đổi {len(event.changed)}, "
            f"đưa ra khỏi kế hoạch {len(event.removed)} nhiệm vụ.",
            link=link,
        )
    given, changed, gone = _changes_by_unit(event)
    for unit_id in dict.fromkeys([*given, *changed, *gone]):
        says = (
            ("Nhiệm vụ được giao", given[unit_id]),
            ("Nhiệm vụ có thay đổi", changed[unit_id]),
            ("Nhiệm vụ đơn vị không phải thực hiện nữa", gone[unit_id]),
        )
        yield Told(
            to=unit(event.district, unit_id),
            kind=NoticeKind.PLAN_AMENDED,
            title=f"Nhiệm vụ của đơn vị thay đổi theo văn bản {event.number} điều chỉnh kế hoạch năm {event.year}",
            text=" ".join(f"{label}: {_numbers(numbers)}." for label, numbers in says if numbers),
            link=link,
        )


def _changes_by_unit(event: PlanAmended) -> tuple[Mapping[str, list[int]], ...]:
    """Return the numbers of the tasks that each unit was given, that changed for it, and that it is rid of."""
    given: dict[str, list[int]] = defaultdict(list)
    changed: dict[str, list[int]] = defaultdict(list)
    gone: dict[str, list[int]] = defaultdict(list)
    changes = {one.number: one for one in event.changes}
    for task in event.tasks:
        change = changes.get(task.number)
        for one in task.participants:
            is_new = change is None or one.unit_id in change.units_added
            (given if is_new else changed)[one.unit_id].append(task.number)
    for change in event.changes:
        for unit_id in change.units_removed:
            gone[unit_id].append(change.number)
    for left in event.left:
        for named in left.units:
            gone[named.unit_id].append(left.number)
    return given, changed, gone


def _closed(event: PlanClosed) -> Iterable[Told]:
    """Tell the units of what is carried on, and whoever follows the plan that its year has ended."""
    carried: dict[str, list[int]] = defaultdict(list)
    for task in event.carried:
        for named in task.units:
            carried[named.unit_id].append(task.number)
    for recipient in _overseers(event.district):
        yield Told(
            to=recipient,
            kind=NoticeKind.PLAN_CLOSED,
            title=f"Kế hoạch năm {event.year} của {place(event.district)} đã kết thúc",
            text=f"Số nhiệm vụ chưa xong chuyển sang năm sau: {len(event.carried)}.",
            link=_link(event),
        )
    for unit_id, numbers in carried.items():
        yield Told(
            to=unit(event.district, unit_id),
            kind=NoticeKind.PLAN_CLOSED,
            title=f"Kế hoạch năm {event.year} đã kết thúc: {len(numbers)} nhiệm vụ của đơn vị chuyển sang năm sau",
            text=f"Nhiệm vụ {_numbers(numbers)} được chuyển sang kế hoạch năm sau. Lý do ghi trên trang kế hoạch.",
            link=_link(event),
        )


def _numbers(numbers: Iterable[int]) -> str:
    return listed([str(number) for number in sorted(numbers)], "nhiệm vụ khác")


PLAN: Tellings = (
    tells(
        PlanSubmitted,
        NoticeKind.PLAN_SUBMITTED,
        to=lambda event: [chair(event.district)],
        title=lambda event: f"Kế hoạch {event.plan_id} chờ ký ban hành",
        text=lambda event: f"Phòng Nội vụ đã trình kế hoạch {event.plan_id}. Đề nghị xem xét, ký hoặc trả lại.",
        link=_link,
    ),
    tells(
        PlanReturned,
        NoticeKind.PLAN_RETURNED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"Kế hoạch {event.plan_id} bị trả lại",
        text=lambda event: f"Kế hoạch {event.plan_id} được trả lại để hoàn chỉnh. Lý do ghi trên trang kế hoạch.",
        link=_link,
    ),
    Telling(event=PlanIssued, tell=_issued),
    tells(
        PlanAmendmentSubmitted,
        NoticeKind.PLAN_AMENDMENT_SUBMITTED,
        to=lambda event: [chair(event.district)],
        title=lambda event: f"Điều chỉnh kế hoạch {event.plan_id} chờ ký ban hành",
        text=lambda event: (
            f"Phòng Nội vụ trình điều chỉnh kế hoạch {event.plan_id}: bổ sung {len(event.added)}, "
            f"thay đổi {len(event.changed)}, đưa ra khỏi kế hoạch {len(event.removed)} nhiệm vụ. "
            "Đề nghị xem xét, ký hoặc trả lại."
        ),
        link=_link,
    ),
    tells(
        PlanAmendmentReturned,
        NoticeKind.PLAN_AMENDMENT_RETURNED,
        to=lambda event: [office(event.district)],
        title=lambda event: f"Điều chỉnh kế hoạch {event.plan_id} bị trả lại",
        text=lambda event: (
            "Nội dung điều chỉnh được trả lại để hoàn chỉnh; kế hoạch đang có hiệu lực không thay đổi. "
            "Lý do ghi trên trang kế hoạch."
        ),
        link=_link,
    ),
    Telling(event=PlanAmended, tell=_amended),
    Telling(event=PlanClosed, tell=_closed),
)
