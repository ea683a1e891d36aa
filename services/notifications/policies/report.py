"""What is told of periodic reports: what is asked of whom, and each report on its way (vi: báo cáo định kỳ)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from services.notifications.events import NoticeKind, Recipient
from services.notifications.policies.telling import (
    Telling,
    Tellings,
    Told,
    day,
    listed,
    office,
    role,
    tells,
    unit,
    units,
)
from services.plans.events import (
    ReportAccepted,
    ReportAnnounced,
    ReportDueMoved,
    Reporter,
    ReportersAmended,
    ReportLevel,
    ReportPeriod,
    ReportReturned,
    ReportSubmitted,
)
from shared.types import CITY, Role

OfDuty: TypeAlias = ReportAnnounced | ReportDueMoved | ReportersAmended
OfReport: TypeAlias = ReportSubmitted | ReportReturned | ReportAccepted

_PERIODS = {
    ReportPeriod.QUARTER_1: "quý I năm {year}",
    ReportPeriod.QUARTER_2: "quý II năm {year}",
    ReportPeriod.HALF: "6 tháng đầu năm {year}",
    ReportPeriod.QUARTER_3: "quý III năm {year}",
    ReportPeriod.NINE_MONTHS: "9 tháng đầu năm {year}",
    ReportPeriod.QUARTER_4: "quý IV năm {year}",
    ReportPeriod.YEAR: "năm {year}",
}


def _period(event: OfDuty | OfReport) -> str:
    return _PERIODS[event.period].format(year=event.year)


def _list(event: OfDuty | OfReport) -> str:
    return f"/bao-cao-dinh-ky/{event.district}/{event.year}/{event.period}"


def _link(event: OfReport) -> str:
    return f"{_list(event)}/{event.reporter_id}"


# --- what is asked -----------------------------------------------------------------------------


def _announced(event: ReportAnnounced) -> Iterable[Told]:
    """Tell each unit of all that it has to report, for itself and for the group that it heads."""
    yield from (_asked(event, speaker_id, asked) for speaker_id, asked in _by_speaker(event.reporters).items())
    yield from _leaderless(event, event.reporters)


def _amended(event: ReportersAmended) -> Iterable[Told]:
    """Ask those who were added, tell those who no longer have to report; one unit hears of both in one notice."""
    added, excused = _by_speaker(event.added), _by_speaker(event.excused)
    for speaker_id, asked in added.items():
        told = _asked(event, speaker_id, asked)
        if speaker_id in excused:
            told = replace(told, text=f"{told.text} {_excuse(excused[speaker_id])}", link=_list(event))
        yield told
    yield from _leaderless(event, event.added)
    for speaker_id in (one for one in excused if one not in added):
        yield Told(
            to=_speaker(event, speaker_id, excused[speaker_id]),
            kind=NoticeKind.REPORT_EXCUSED,
            title=f"Không phải nộp báo cáo {_period(event)}",
            text=_excuse(excused[speaker_id]),
            link=_list(event),
        )


def _asked(event: ReportAnnounced | ReportersAmended, speaker_id: str, asked: Sequence[Reporter]) -> Told:
    due_on = {one.level: one.due_on for one in event.dues}
    terms = [f"báo cáo của {one.name} trước khi hết ngày {day(due_on[one.level])}" for one in asked]
    return Told(
        to=_speaker(event, speaker_id, asked),
        kind=NoticeKind.REPORT_ASKED,
        title=f"Báo cáo {_period(event)}: hạn nộp {day(min(due_on[one.level] for one in asked))}",
        text=f"Đề nghị lập báo cáo {_period(event)} và nộp về Phòng Nội vụ: {'; '.join(terms)}.",
        link=f"{_list(event)}/{asked[0].reporter_id}" if len(asked) == 1 else _list(event),
    )


def _leaderless(event: ReportAnnounced | ReportersAmended, asked: Iterable[Reporter]) -> Iterable[Told]:
    """Tell Phòng Nội vụ, which appoints the heads, of the groups for which nobody would report."""
    groups = [one for one in asked if one.level is ReportLevel.GROUP and not one.head_id]
    if not groups:
        return
    due_on = next(one.due_on for one in event.dues if one.level is ReportLevel.GROUP)
    page = f"/cum-khoi/{event.district}/{event.year}"
    yield Told(
        to=office(event.district),
        kind=NoticeKind.GROUP_LEADER_MISSING,
        title=f"Báo cáo {_period(event)}: {len(groups)} cụm, khối chưa có đơn vị trưởng",
        text=f"Đề nghị cử đơn vị trưởng để lập, nộp báo cáo trước khi hết ngày {day(due_on)}: "
        f"{listed([one.name for one in groups], 'cụm, khối khác')}.",
        link=f"{page}/{groups[0].reporter_id}" if len(groups) == 1 else page,
    )


def _excuse(excused: Sequence[Reporter]) -> str:
    return f"Phòng Nội vụ miễn báo cáo kỳ này: {', '.join(one.name for one in excused)}."


def _by_speaker(reporters: Iterable[Reporter]) -> dict[str, list[Reporter]]:
    """Return the reporters by the unit that speaks for them.

    A group has none while nobody heads it; the district's own report is written by the office that asks for them.
    """
    found: dict[str, list[Reporter]] = {}
    for one in reporters:
        speaker_id = one.reporter_id if one.level is ReportLevel.UNIT else one.head_id
        if speaker_id:
            found.setdefault(speaker_id, []).append(one)
    return found


def _speaker(event: OfDuty, speaker_id: str, reporters: Sequence[Reporter]) -> Recipient:
    """Return the unit; it may head groups other than its own, and its own is what a notice names."""
    own = next((one for one in reporters if one.level is ReportLevel.UNIT), reporters[0])
    return unit(event.district, speaker_id, own.group_id)


def _due_moved_to(event: ReportDueMoved) -> Sequence[Recipient]:
    match event.due.level:
        case ReportLevel.UNIT:
            return units(event.district, event.reporters)
        case ReportLevel.GROUP:
            return units(event.district, event.heads)
        case ReportLevel.DISTRICT:
            return [office(event.district)]


_OF_LEVEL = {ReportLevel.UNIT: "", ReportLevel.GROUP: " của cụm, khối", ReportLevel.DISTRICT: " của quận"}


# --- one report --------------------------------------------------------------------------------


def _reporter(event: OfReport) -> list[Recipient]:
    """Return who wrote the report: the unit, the unit that heads the group, or Phòng Nội vụ for the district."""
    match event.level:
        case ReportLevel.UNIT:
            return [unit(event.district, event.reporter_id, event.group_id)]
        case ReportLevel.GROUP:
            return [unit(event.district, event.head_id, event.group_id)] if event.head_id else []
        case ReportLevel.DISTRICT:
            return [office(event.district)]


def _submitted(event: ReportSubmitted) -> Iterable[Told]:
    """Tell who takes the report; of a first one that came late its writer as well, for it stays marked as late."""
    is_late = event.is_first and event.days_late > 0
    late = f"nộp trễ {event.days_late} ngày làm việc"
    yield Told(
        to=role(CITY, Role.CITY_BOARD) if event.level is ReportLevel.DISTRICT else office(event.district),
        kind=NoticeKind.REPORT_SUBMITTED,
        title=f"{event.name} nộp báo cáo {_period(event)}{f' ({late})' if is_late else ''}",
        text=f"Báo cáo số {event.number} ngày {day(event.reported_on)} chờ tiếp nhận hoặc trả lại.",
        link=_link(event),
    )
    for recipient in _reporter(event) if is_late else ():
        yield Told(
            to=recipient,
            kind=NoticeKind.REPORT_LATE,
            title=f"Báo cáo {_period(event)} của {event.name} được ghi nhận nộp trễ",
            text=f"Hạn nộp {day(event.due_on)}; báo cáo {late}.",
            link=_link(event),
        )


REPORT: Tellings = (
    Telling(event=ReportAnnounced, tell=_announced),
    Telling(event=ReportersAmended, tell=_amended),
    tells(
        ReportDueMoved,
        NoticeKind.REPORT_DUE_MOVED,
        to=_due_moved_to,
        title=lambda event: (
            f"Hạn nộp báo cáo {_period(event)}{_OF_LEVEL[event.due.level]} chuyển sang {day(event.due.due_on)}"
        ),
        text=lambda event: f"Hạn cũ {day(event.due_on_before)}, hạn mới {day(event.due.due_on)}.",
        link=_list,
    ),
    Telling(event=ReportSubmitted, tell=_submitted),
    tells(
        ReportReturned,
        NoticeKind.REPORT_RETURNED,
        to=_reporter,
        title=lambda event: f"Báo cáo {_period(event)} của {event.name} bị trả lại",
        text=lambda event: "Báo cáo cần hoàn chỉnh và nộp lại. Lý do ghi trên trang báo cáo.",
        link=_link,
    ),
    tells(
        ReportAccepted,
        NoticeKind.REPORT_ACCEPTED,
        to=_reporter,
        title=lambda event: f"Báo cáo {_period(event)} của {event.name} đã được tiếp nhận",
        text=lambda event: "Báo cáo đã được tiếp nhận; số liệu được tính vào báo cáo của cấp trên.",
        link=_link,
    ),
)
