"""Whom the events of other services concern, and the sentences that tell them.

No sentence holds a person's name, nor free text in which one may stand, such as a reason: whoever is
told follows the link, and sees there what the service behind it lets them see.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.nominations.events import (
    DossierEvent,
    NominationAccepted,
    NominationEvent,
    NominationResubmitted,
    NominationReturned,
    NominationSubmitted,
    NominationWithdrawn,
)
from services.notifications.commands import PostNotice
from services.notifications.events import NoticeKind, NoticeSource, Recipient
from services.notifications.rules import TITLE_MAX, notice_id
from services.plans.events import (
    CalendarChange,
    DueDatesMoved,
    MovedTask,
    Participant,
    PlanIssued,
    PlanReturned,
    PlansEvent,
    PlanSubmitted,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskPartCompleted,
    TaskReopened,
    UnitRole,
)
from services.scoring.events import (
    DISTRICT_UNITS,
    ScoreCorrected,
    ScorePosted,
    ScoringEvent,
    SelfScoreSubmitted,
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
TASK_UNASSIGNED = ("Không còn được giao nhiệm vụ {task}", "{content} Đơn vị không phải thực hiện nhiệm vụ này nữa.")
TASK_PART_COMPLETED = ("{unit} xong phần việc của nhiệm vụ {task}", "Đơn vị báo hoàn thành ngày {completed_on}.")
TASK_COMPLETED = ("Nhiệm vụ {task} đã hoàn thành", "{content} Các đơn vị chủ trì hoàn thành ngày {completed_on}.")
TASK_COMPLETED_CITY = ("{place}: nhiệm vụ {task} đã hoàn thành", TASK_COMPLETED[1])
TASK_REOPENED = ("Nhiệm vụ {task} được mở lại", "{content} Mọi phần việc phải làm lại; lý do ghi trên trang nhiệm vụ.")
TASK_CANCELLED = ("Nhiệm vụ {task} đã huỷ", "{content} Đơn vị không phải làm tiếp; lý do ghi trên trang nhiệm vụ.")
DUE_DATES_MOVED = (
    "Hạn của {tasks} nhiệm vụ được chuyển theo lịch làm việc năm {year}",
    "{because} Hạn mới: {dates}.",
)
CALENDAR_OPENED = "Lịch làm việc năm {year} đã mở."
CALENDAR_CORRECTED = "Lịch làm việc năm {year} được điều chỉnh theo văn bản số {number} ngày {issued_on}."
CORRECTION_WITHDRAWN = "Đã rút điều chỉnh lịch làm việc năm {year} theo văn bản số {number} ngày {issued_on}."

NOMINATION_SUBMITTED = (
    "{unit} trình hồ sơ đề nghị {award}",
    "Hồ sơ năm {year} đề nghị {award} chờ Phòng Nội vụ kiểm tra, tiếp nhận hoặc trả lại.",
)
NOMINATION_RESUBMITTED = (
    "Hồ sơ đề nghị {award} được trình lại",
    "Hồ sơ năm {year} đã hoàn chỉnh theo yêu cầu, chờ Phòng Nội vụ kiểm tra, tiếp nhận hoặc trả lại.",
)
NOMINATION_RETURNED = (
    "Hồ sơ đề nghị khen thưởng bị trả lại",
    "Hồ sơ cần hoàn chỉnh và trình lại. Các mục cần sửa và lý do ghi trên trang hồ sơ.",
)
NOMINATION_ACCEPTED = (
    "Hồ sơ đề nghị khen thưởng đã được tiếp nhận",
    "Hồ sơ năm {year} đã được tiếp nhận để thẩm định.",
)
NOMINATION_WITHDRAWN_BY_OFFICE = (
    "Hồ sơ đề nghị khen thưởng đã được rút",
    "Phòng Nội vụ đã rút hồ sơ năm {year}. Lý do ghi trên trang hồ sơ.",
)
NOMINATION_WITHDRAWN_BY_UNIT = (
    "Đơn vị rút hồ sơ đề nghị khen thưởng",
    "Đơn vị đã rút hồ sơ năm {year}; hồ sơ không còn chờ xử lý.",
)
SELF_SCORE_SUBMITTED = ("{unit} đã tự chấm điểm năm {year}", "{unit}, {group}: tự chấm {total} điểm, chờ thẩm định.")
SCORE_POSTED = ("Điểm thi đua năm {year}: {total}", "{unit}, {group}: điểm được công bố là {total}.")
SCORE_CORRECTED = (
    "Điểm thi đua năm {year} được đính chính: {total}",
    "{unit}, {group}: điểm {before} được đính chính thành {total}. Lý do ghi trên trang điểm.",
)

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
_DATES_MAX = 20


# --- plans -------------------------------------------------------------------------------------


def react_to_plans(recorded: Recorded[PlansEvent]) -> Sequence[PostNotice]:
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
            return _task_assigned(recorded, event)
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
        case DueDatesMoved():
            return _due_dates_moved(recorded, event)
        case _:
            return []


def _plan_issued(recorded: Recorded[PlansEvent], event: PlanIssued) -> list[PostNotice]:
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


def _task_assigned(recorded: Recorded[PlansEvent], event: TaskAssigned) -> list[PostNotice]:
    # An event that names neither units added nor removed does not say who is new: all are told.
    names_changes = bool(event.added or event.removed)
    content, link = _sentence(event.content), _task_link(event)
    notices: list[PostNotice] = []
    for one in event.participants:
        if names_changes and one.unit_id not in event.added:
            continue
        words = _words(
            TASK_ASSIGNED,
            task=event.task_number,
            content=content,
            part=_PARTS[one.role],
            due_on=f"{event.due_on:%d/%m/%Y}",
        )
        to = [_participant(event.district, one)]
        notices += _notices(recorded, NoticeKind.TASK_ASSIGNED, to, words, link)
    words = _words(TASK_UNASSIGNED, task=event.task_number, content=content)
    gone = _units(event.district, event.removed)
    return [*notices, *_notices(recorded, NoticeKind.TASK_UNASSIGNED, gone, words, link)]


def _task_completed(recorded: Recorded[PlansEvent], event: TaskCompleted) -> list[PostNotice]:
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


def _due_dates_moved(recorded: Recorded[PlansEvent], event: DueDatesMoved) -> list[PostNotice]:
    """Tell each unit of its own tasks in one notice, and Phòng Nội vụ of all."""
    of_unit: dict[str, list[MovedTask]] = {}
    for task in event.tasks:
        for unit_id in task.units:
            of_unit.setdefault(unit_id, []).append(task)
    told = [(_role(event.district, Role.HOME_AFFAIRS), list(event.tasks))]
    told += [(to, of_unit[to.unit_id or ""]) for to in _units(event.district, of_unit)]
    return [
        notice
        for to, tasks in told
        for notice in _notices(
            recorded, NoticeKind.DUE_DATES_MOVED, [to], _moved_words(event, tasks), _plan_link(event)
        )
    ]


def _moved_words(event: DueDatesMoved, tasks: Sequence[MovedTask]) -> tuple[str, str]:
    dates = [
        f"nhiệm vụ {one.number} từ {one.due_on_before:%d/%m/%Y} sang {one.due_on:%d/%m/%Y}"
        for one in tasks[:_DATES_MAX]
    ]
    if len(tasks) > _DATES_MAX:
        dates.append(f"và {len(tasks) - _DATES_MAX} nhiệm vụ khác")
    because = {
        CalendarChange.OPENED: CALENDAR_OPENED,
        CalendarChange.CORRECTED: CALENDAR_CORRECTED,
        CalendarChange.WITHDRAWN: CORRECTION_WITHDRAWN,
    }[event.change].format(
        year=event.year,
        number=event.notice.number if event.notice else "",
        issued_on=f"{event.notice.issued_on:%d/%m/%Y}" if event.notice else "",
    )
    return _words(DUE_DATES_MOVED, tasks=len(tasks), year=event.year, because=because, dates="; ".join(dates))


def _plan_link(event: PlanSubmitted | PlanReturned | PlanIssued | DueDatesMoved) -> str:
    return f"/ke-hoach/{event.district}/{event.plan_id}"


def _task_link(event: TaskAssigned | TaskPartCompleted | TaskCompleted | TaskReopened | TaskCancelled) -> str:
    return f"/nhiem-vu/{event.district}/{event.plan_id}/{event.task_number}"


# --- nominations -------------------------------------------------------------------------------


def react_to_nominations(recorded: Recorded[NominationEvent]) -> Sequence[PostNotice]:
    """Return the notices that an event of nominations asks for; none says who is nominated."""
    event = recorded.event
    match event:
        case NominationSubmitted():
            words = _words(NOMINATION_SUBMITTED, unit=event.unit_name, award=event.title_name, year=event.year)
            to = [_examiner(event.district)]
            return _notices(recorded, NoticeKind.NOMINATION_SUBMITTED, to, words, _dossier_link(event))
        case NominationResubmitted():
            words = _words(NOMINATION_RESUBMITTED, award=event.title_name, year=event.year)
            to = [_examiner(event.district)]
            return _notices(recorded, NoticeKind.NOMINATION_RESUBMITTED, to, words, _dossier_link(event))
        case NominationReturned():
            to = _units(event.district, [event.unit_id])
            words = _words(NOMINATION_RETURNED)
            return _notices(recorded, NoticeKind.NOMINATION_RETURNED, to, words, _dossier_link(event))
        case NominationAccepted():
            to = _units(event.district, [event.unit_id])
            words = _words(NOMINATION_ACCEPTED, year=event.year)
            return _notices(recorded, NoticeKind.NOMINATION_ACCEPTED, to, words, _dossier_link(event))
        case NominationWithdrawn():
            return _nomination_withdrawn(recorded, event)
        case _:
            return []


def _nomination_withdrawn(recorded: Recorded[NominationEvent], event: NominationWithdrawn) -> list[PostNotice]:
    if event.withdrawn_by_office:
        to, sentences = _units(event.district, [event.unit_id]), NOMINATION_WITHDRAWN_BY_OFFICE
    else:
        to, sentences = [_examiner(event.district)], NOMINATION_WITHDRAWN_BY_UNIT
    words = _words(sentences, year=event.year)
    return _notices(recorded, NoticeKind.NOMINATION_WITHDRAWN, to, words, _dossier_link(event))


def _dossier_link(event: DossierEvent) -> str:
    return f"/ho-so/{event.district}/{event.dossier_id}"


# --- scoring -----------------------------------------------------------------------------------


def react_to_scoring(recorded: Recorded[ScoringEvent]) -> Sequence[PostNotice]:
    """Return the notices that an event of scoring asks for."""
    event = recorded.event
    match event:
        case SelfScoreSubmitted():
            words = _words(
                SELF_SCORE_SUBMITTED,
                unit=event.unit_name,
                group=event.group_name,
                year=event.year,
                total=_points(event.total),
            )
            to = [_examiner(event.district)]
            return _notices(recorded, NoticeKind.SELF_SCORE_SUBMITTED, to, words, _sheet_link(event))
        case ScorePosted():
            words = _words(
                SCORE_POSTED,
                unit=event.unit_name,
                group=event.group_name,
                year=event.year,
                total=_points(event.score.total),
            )
            return _notices(recorded, NoticeKind.SCORE_POSTED, [_scored(event)], words, _sheet_link(event))
        case ScoreCorrected():
            words = _words(
                SCORE_CORRECTED,
                unit=event.unit_name,
                group=event.group_name,
                year=event.year,
                total=_points(event.score.total),
                before=_points(event.total_before),
            )
            return _notices(recorded, NoticeKind.SCORE_CORRECTED, [_scored(event)], words, _sheet_link(event))
        case _:
            return []


def _scored(event: ScorePosted | ScoreCorrected) -> Recipient:
    """Return who was scored: the unit, or the home affairs office of the district that the city scored."""
    if event.district == CITY and event.unit_id in DISTRICT_UNITS:
        return _role(DISTRICT_UNITS[event.unit_id], Role.HOME_AFFAIRS)
    return Recipient(district=event.district, unit_id=event.unit_id, group_id=event.group_id)


def _sheet_link(event: SelfScoreSubmitted | ScorePosted | ScoreCorrected) -> str:
    return f"/cham-diem/{event.district}/{event.year}/{event.unit_id}"


def _points(points: Decimal) -> str:
    """Return the points as people write them, "92,5"."""
    text = f"{points:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


# --- what all of them need ---------------------------------------------------------------------


def _role(district: str, role: Role) -> Recipient:
    return Recipient(district=district, role=role)


def _examiner(district: str) -> Recipient:
    """Return whose turn it is when a unit has submitted: of the district, or of the city for a district."""
    return _role(district, Role.CITY_BOARD if district == CITY else Role.HOME_AFFAIRS)


def _units(district: str, unit_ids: Iterable[str]) -> list[Recipient]:
    return [Recipient(district=district, unit_id=unit_id) for unit_id in dict.fromkeys(unit_ids)]


def _participant(district: str, participant: Participant) -> Recipient:
    return Recipient(district=district, unit_id=participant.unit_id, group_id=participant.group_id)


def _place(district: str) -> str:
    name = _PLACES[district]
    return name[0].upper() + name[1:]


def _words(sentences: tuple[str, str], **fields: object) -> tuple[str, str]:
    title, text = (sentence.format(**fields) for sentence in sentences)
    return _cut(title, TITLE_MAX), text


def _cut(text: str, length_max: int) -> str:
    return text if len(text) <= length_max else f"{text[: length_max - 1].rstrip()}…"


def _sentence(content: str) -> str:
    """Return the task's content as one sentence, cut where it is long."""
    text = _cut(" ".join(content.split()), _CONTENT_MAX)
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
