"""Whom the events of other services concern, and the sentences that tell them.

No sentence holds a person's name, nor free text in which one may stand, such as a reason: whoever is
told follows the link, and sees there what the service behind it lets them see.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from services.notifications.commands import PostNotice
from services.notifications.events import NoticeKind, NoticeSource, Recipient
from services.notifications.rules import notice_id
from services.plans.events import (
    OrganisationEvent,
    Participant,
    PlanEvent,
    PlanIssued,
    PlanReturned,
    PlanSubmitted,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    UnitRole,
)
from shared.types import CITY, Recorded, Role

# --- the sentences: (title, text), the fields in braces ----------------------------------------

PLAN_SUBMITTED = (
    "Kế hoạch {plan} chờ ký ban hành",
    "Phòng Nội vụ đã trình kế hoạch {plan}. Đề nghị xem xét, ký hoặc trả lại.",
)
PLAN_RETURNED = (
    "Kế hoạch {plan} bị trả lại",
    "Kế hoạch {plan} được trả lại để hoàn chỉnh. Lý do ghi trên trang kế hoạch.",
)
PLAN_ISSUED_UNIT = (
    "Kế hoạch {number} đã ban hành: {tasks} nhiệm vụ của đơn vị",
    "Trong kế hoạch năm {year}, đơn vị có {tasks} nhiệm vụ, trong đó chủ trì {leads}.",
)
PLAN_ISSUED = (
    "Kế hoạch {number} đã ban hành",
    "Kế hoạch năm {year} của {place} có {tasks} nhiệm vụ, giao {units} đơn vị.",
)
TASK_ASSIGNED = ("Được giao nhiệm vụ {task}", "{content} Đơn vị {part}; hạn hoàn thành {due_on}.")
TASK_PART_COMPLETED = ("{unit} xong phần việc của nhiệm vụ {task}", "Đơn vị báo hoàn thành ngày {completed_on}.")
TASK_COMPLETED = ("Nhiệm vụ {task} đã hoàn thành", "{content} Các đơn vị chủ trì hoàn thành ngày {completed_on}.")
TASK_COMPLETED_CITY = ("{place}: nhiệm vụ {task} đã hoàn thành", TASK_COMPLETED[1])
TASK_REOPENED = ("Nhiệm vụ {task} được mở lại", "{content} Mọi phần việc phải làm lại; lý do ghi trên trang nhiệm vụ.")
TASK_CANCELLED = ("Nhiệm vụ {task} đã hủy", "{content} Đơn vị không phải làm tiếp; lý do ghi trên trang nhiệm vụ.")

_PARTS = {UnitRole.LEAD: "chủ trì", UnitRole.COORDINATING: "phối hợp"}
_PLACES = {
    CITY: "thành phố Cần Thơ",
    "ninh-kieu": "quận Ninh Kiều",
    "binh-thuy": "quận Bình Thủy",
    "cai-rang": "quận Cái Răng",
    "o-mon": "quận Ô Môn",
    "thot-not": "quận Thốt Nốt",
}
_CONTENT_MAX = 300


# --- plans -------------------------------------------------------------------------------------


def react_to_plans(recorded: Recorded[OrganisationEvent | PlanEvent]) -> Sequence[PostNotice]:
    """Return the notices that an event of plans asks for."""
    event = recorded.event
    match event:
        case PlanSubmitted():
            words = _words(PLAN_SUBMITTED, plan=event.plan_id)
            to = [_role(event.district, Role.DISTRICT_CHAIR)]
            return _notices(recorded, NoticeKind.PLAN_SUBMITTED, to, words, _plan_link(event))
        case PlanReturned():
            words = _words(PLAN_RETURNED, plan=event.plan_id)
            to = [_role(event.district, Role.HOME_AFFAIRS)]
            return _notices(recorded, NoticeKind.PLAN_RETURNED, to, words, _plan_link(event))
        case PlanIssued():
            return _plan_issued(recorded, event)
        case TaskAssigned():
            return [
                notice
                for one in event.participants
                for notice in _notices(
                    recorded,
                    NoticeKind.TASK_ASSIGNED,
                    [_participant(event.district, one)],
                    _words(
                        TASK_ASSIGNED,
                        task=event.task_number,
                        content=_sentence(event.content),
                        part=_PARTS[one.role],
                        due_on=f"{event.due_on:%d/%m/%Y}",
                    ),
                    _task_link(event),
                )
            ]
        case TaskPartCompleted():
            words = _words(
                TASK_PART_COMPLETED,
                unit=event.unit_name,
                task=event.task_number,
                completed_on=f"{event.completed_on:%d/%m/%Y}",
            )
            to = [_role(event.district, Role.HOME_AFFAIRS)]
            return _notices(recorded, NoticeKind.TASK_PART_COMPLETED, to, words, _task_link(event))
        case TaskCompleted():
            return _task_completed(recorded, event)
        case TaskReopened():
            words = _words(TASK_REOPENED, task=event.task_number, content=_sentence(event.content))
            to = _units(event.district, event.units)
            return _notices(recorded, NoticeKind.TASK_REOPENED, to, words, _task_link(event))
        case TaskCancelled():
            words = _words(TASK_CANCELLED, task=event.task_number, content=_sentence(event.content))
            to = _units(event.district, event.units)
            return _notices(recorded, NoticeKind.TASK_CANCELLED, to, words, _task_link(event))
        case _:
            return []


def _plan_issued(recorded: Recorded[OrganisationEvent | PlanEvent], event: PlanIssued) -> list[PostNotice]:
    parts: dict[str, Participant] = {}
    tasks: Counter[str] = Counter()
    leads: Counter[str] = Counter()
    for task in event.tasks:
        for one in task.participants:
            parts.setdefault(one.unit_id, one)
            tasks[one.unit_id] += 1
            leads[one.unit_id] += one.role is UnitRole.LEAD
    link = _plan_link(event)
    overview = _words(
        PLAN_ISSUED,
        number=event.number,
        year=event.year,
        place=_PLACES[event.district],
        tasks=len(event.tasks),
        units=len(parts),
    )
    to = [_role(event.district, Role.HOME_AFFAIRS), _role(CITY, Role.CITY_BOARD)]
    notices = _notices(recorded, NoticeKind.PLAN_ISSUED, to, overview, link)
    for unit_id, one in parts.items():
        words = _words(
            PLAN_ISSUED_UNIT, number=event.number, year=event.year, tasks=tasks[unit_id], leads=leads[unit_id]
        )
        notices += _notices(recorded, NoticeKind.PLAN_ISSUED, [_participant(event.district, one)], words, link)
    return notices


def _task_completed(recorded: Recorded[OrganisationEvent | PlanEvent], event: TaskCompleted) -> list[PostNotice]:
    fields = {
        "task": event.task_number,
        "content": _sentence(event.content),
        "completed_on": f"{event.completed_on:%d/%m/%Y}",
        "place": _place(event.district),
    }
    to = [
        _role(event.district, Role.HOME_AFFAIRS),
        *_units(event.district, [lead.unit_id for lead in event.leads if not lead.is_set]),
    ]
    kind, link = NoticeKind.TASK_COMPLETED, _task_link(event)
    city = [_role(CITY, Role.CITY_BOARD)]
    return [
        *_notices(recorded, kind, to, _words(TASK_COMPLETED, **fields), link),
        *_notices(recorded, kind, city, _words(TASK_COMPLETED_CITY, **fields), link),
    ]


def _plan_link(event: PlanSubmitted | PlanReturned | PlanIssued) -> str:
    return f"/ke-hoach/{event.district}/{event.plan_id}"


def _task_link(event: TaskAssigned | TaskPartCompleted | TaskCompleted | TaskReopened | TaskCancelled) -> str:
    return f"/nhiem-vu/{event.district}/{event.plan_id}/{event.task_number}"


# --- what all of them need ---------------------------------------------------------------------


def _role(district: str, role: Role) -> Recipient:
    return Recipient(district=district, role=role)


def _units(district: str, unit_ids: Iterable[str]) -> list[Recipient]:
    return [Recipient(district=district, unit_id=unit_id) for unit_id in dict.fromkeys(unit_ids)]


def _participant(district: str, participant: Participant) -> Recipient:
    return Recipient(district=district, unit_id=participant.unit_id, group_id=participant.group_id)


def _place(district: str) -> str:
    name = _PLACES[district]
    return name[0].upper() + name[1:]


def _words(sentences: tuple[str, str], **fields: object) -> tuple[str, str]:
    title, text = (sentence.format(**fields) for sentence in sentences)
    return title, text


def _sentence(content: str) -> str:
    """Return the task's content as one sentence, cut where it is long."""
    text = " ".join(content.split())
    if len(text) > _CONTENT_MAX:
        text = text[: _CONTENT_MAX - 1].rstrip() + "…"
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."


def _notices(
    recorded: Recorded[object],
    kind: NoticeKind,
    recipients: Iterable[Recipient],
    words: tuple[str, str],
    link: str,
) -> list[PostNotice]:
    source = NoticeSource(
        stream=recorded.stream,
        seq=recorded.seq,
        event_id=recorded.event_id,
        type=recorded.type,
        district=recorded.district,
    )
    title, text = words
    return [
        PostNotice(
            notice_id=notice_id(source, recorded.stream.lower(), recipient),
            recipient=recipient,
            kind=kind,
            title=title,
            text=text,
            link=link,
            source=source,
            at=recorded.occurred_at,
        )
        for recipient in recipients
    ]
