"""Lịch: which days are worked, what is due on them, and what is done with the calendar of a year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import CorrectCalendar, OpenCalendar, WithdrawCalendarCorrection
from services.plans.events import CalendarDay, DayKind, NamedDay, OfficialNotice
from services.plans.rules import RIGHTS
from services.plans.views import (
    CalendarDetail,
    CalendarView,
    DueTask,
    ShowCalendar,
    SuggestCalendar,
    SuggestedCalendar,
)
from services.portal.backend import ask, now
from services.portal.format import day as day_text
from services.portal.labels import word
from services.portal.numbers import Year, whole, year_in
from services.portal.pages.forms import Action, Input, Invalid, Values, parse_day, run_action
from services.portal.pages.reach import Reach, Signed, districts_of, reach_of, with_query, years
from services.portal.shell import page
from shared.errors import Rejected
from shared.types import CITY

router = APIRouter(include_in_schema=False)

SPANS = [("thang", "Tháng"), ("quy", "Quý"), ("nam", "Cả năm")]
MONTHS_OF = {"thang": 1, "quy": 3, "nam": 12}
_DAYS_HINT = "Mỗi dòng một ngày, sau ngày có thể ghi tên gọi. Ví dụ: 02/01/2026 Nghỉ hoán đổi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One day of the grid, with how many tasks are due on it."""

    day: CalendarDay
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of the grid: weeks of seven cells from Monday on, None outside of the month."""

    first: date
    weeks: Sequence[Sequence[Cell | None]]
    working_days: int


@router.get("/lich")
async def show_calendar(
    request: Request, account: Signed, xem: str = "", nam: str = "", thang: str = "", quan: str = ""
) -> Response:
    """Show a month, quarter or year: days off and made up, and the tasks due in the person's scope."""
    reach = reach_of(request, account)
    span = xem if xem in MONTHS_OF else "thang"
    year = year_in(nam) or reach.today.year
    month = min(max(whole(thang) or (reach.today.month if year == reach.today.year else 1), 1), 12)
    count = MONTHS_OF[span]
    start = date(year, (month - 1) // count * count + 1, 1)
    end = _month_after(start, count) - timedelta(days=1)
    district = quan if quan in reach.districts else ""
    answer = await ask(request, ShowCalendar(first_on=start, last_on=end, district=district or None), CalendarDetail)
    view = answer.view
    calendar = next((one for one in view.calendars if one.year == year), None)
    return await page(
        request,
        "calendar/show.html",
        fresh=answer.fresh,
        months=months_of(view),
        named=[one for one in view.days if one.kind not in (DayKind.WORKING, DayKind.WEEKEND)],
        tasks=view.tasks,
        several_districts=len({task.district for task in view.tasks}) > 1,
        calendar=calendar,
        year=year,
        span=span,
        start=start,
        day=view.today,
        before=_href(span, _month_after(start, -count), district),
        after=_href(span, _month_after(start, count), district),
        district=district,
        district_options=districts_of(reach.districts),
        span_options=SPANS,
        month_options=[(str(number), f"Tháng {number}") for number in range(1, 13)],
        year_options=years(view.today, year),
        may_open=_may(reach, OpenCalendar),
        may_correct=_may(reach, CorrectCalendar),
    )


def months_of(view: CalendarDetail) -> list[Month]:
    """Return the days of the answer as months of weeks; it begins and ends with a month."""
    due: dict[date, list[DueTask]] = {}
    for task in view.tasks:
        due.setdefault(task.due_on, []).append(task)
    found: dict[date, list[Cell]] = {}
    for one in view.days:
        found.setdefault(one.day.replace(day=1), []).append(Cell(day=one, tasks=len(due.get(one.day, ()))))
    return [
        Month(
            first=first,
            weeks=_weeks(cells),
            working_days=sum(cell.day.kind in (DayKind.WORKING, DayKind.MADE_UP) for cell in cells),
        )
        for first, cells in found.items()
    ]


def _weeks(cells: Sequence[Cell]) -> list[list[Cell | None]]:
    row: list[Cell | None] = [None] * cells[0].day.day.weekday() + list(cells)
    row += [None] * (-len(row) % 7)
    return [row[start : start + 7] for start in range(0, len(row), 7)]


def _month_after(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _href(span: str, first: date, district: str) -> str:
    return with_query("/lich", xem=span, nam=first.year, thang=first.month, quan=district)


def _may(reach: Reach, command: type[OpenCalendar | CorrectCalendar]) -> bool:
    return RIGHTS[command].allows(reach.account.actor, on=reach.today, district=CITY)


# -- what is done with a calendar ---------------------------------------------------------------


@router.api_route("/lich/{year}/mo", methods=["GET", "POST"])
async def open_calendar(request: Request, account: Signed, year: Year) -> Response:
    """Open the calendar of a year with the public holidays that are suggested."""
    found = (await ask(request, SuggestCalendar(year=year), SuggestedCalendar)).view
    return await run_action(
        request,
        Action(
            title=f"Mở lịch làm việc năm {year}",
            submit="Mở lịch",
            path=f"/lich/{year}/mo",
            back_href=with_query("/lich", xem="nam", nam=year),
            facts=[
                *((day_text(one.day), one.name, word("weekday", str(one.day.weekday()))) for one in found.holidays),
                ("Căn cứ", found.basis),
            ],
            text="Thứ Bảy, Chủ nhật là ngày nghỉ hằng tuần. Ngày nghỉ bù, ngày làm bù nhập sau, theo văn bản.",
            build=lambda _: OpenCalendar(
                year=year, holidays=found.holidays, basis=found.basis, source=found.source, at=now(request)
            ),
            done=f"Đã mở lịch làm việc năm {year}.",
        ),
    )


@router.api_route("/lich/{year}/dieu-chinh", methods=["GET", "POST"])
async def correct_calendar(request: Request, account: Signed, year: Year) -> Response:
    """Enter what an official notice says of days."""
    calendar = await _calendar(request, year)

    def build(values: Values) -> CorrectCalendar:
        return CorrectCalendar(
            year=year,
            notice=OfficialNotice(
                number=values["number"],
                issued_on=values["issued_on"],
                issuer=values["issuer"],
                text=values["text"],
            ),
            days_off=_days("days_off", values["days_off"], word("day_kind", DayKind.OFF)),
            days_made_up=_days("days_made_up", values["days_made_up"], word("day_kind", DayKind.MADE_UP)),
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Điều chỉnh lịch làm việc năm {year}",
            submit="Điều chỉnh lịch",
            path=f"/lich/{year}/dieu-chinh",
            back_href=with_query("/lich", xem="nam", nam=year),
            inputs=(
                Input(name="number", label="Số, ký hiệu văn bản", hint="Ví dụ: 12729/VPCP-KGVX"),
                Input(name="issued_on", label="Ngày văn bản", kind="date"),
                Input(name="issuer", label="Cơ quan ban hành", hint="Ví dụ: Văn phòng Chính phủ"),
                Input(name="text", label="Trích yếu", is_required=False),
                Input(name="days_off", label="Ngày nghỉ bù", kind="textarea", is_required=False, hint=_DAYS_HINT),
                Input(
                    name="days_made_up",
                    label="Ngày làm bù",
                    kind="textarea",
                    is_required=False,
                    hint="Mỗi dòng một ngày. Ví dụ: 10/01/2026",
                ),
            ),
            confirm="Hạn của mọi nhiệm vụ chưa hoàn thành trong năm được tính lại ngay; đơn vị được báo hạn mới.",
            build=build,
            done="Đã điều chỉnh lịch làm việc.",
            expected_seq=calendar.seq,
            fields={
                "calendar.number_malformed": "number",
                "calendar.notice_entered": "number",
                "calendar.notice_in_future": "issued_on",
                "calendar.issuer_missing": "issuer",
                "calendar.days_missing": "days_off",
                "calendar.day_twice": "days_off",
                "calendar.day_out_of_year": "days_off",
                "calendar.too_many_days": "days_off",
            },
        ),
    )


@router.api_route("/lich/{year}/rut", methods=["GET", "POST"])
async def withdraw_correction(request: Request, account: Signed, year: Year, so: str = "", ngay: str = "") -> Response:
    """Take back what a notice changed."""
    calendar = await _calendar(request, year)
    found = [one for one in calendar.corrections if (one.notice.number, str(one.notice.issued_on)) == (so, ngay)]
    if not found:
        raise Rejected("calendar.notice_not_found", number=so[:80], year=year)
    (correction,) = found
    notice = correction.notice
    return await run_action(
        request,
        Action(
            title="Rút điều chỉnh lịch làm việc",
            submit="Rút điều chỉnh",
            path=with_query(f"/lich/{year}/rut", so=so, ngay=ngay),
            back_href=with_query("/lich", xem="nam", nam=year),
            facts=[
                ("Văn bản", f"Số {notice.number} ngày {day_text(notice.issued_on)}", notice.issuer),
                ("Ngày nghỉ bù", _listed(correction.days_off)),
                ("Ngày làm bù", _listed(correction.days_made_up)),
            ],
            inputs=(Input(name="reason", label="Lý do rút", kind="textarea", rows=3),),
            confirm="Các ngày trên trở lại như trước; hạn của mọi nhiệm vụ chưa hoàn thành được tính lại ngay.",
            build=lambda values: WithdrawCalendarCorrection(
                year=year,
                number=notice.number,
                issued_on=notice.issued_on,
                reason=values["reason"],
                at=now(request),
            ),
            done="Đã rút điều chỉnh lịch làm việc.",
            expected_seq=calendar.seq,
            fields={"calendar.reason_missing": "reason", "text.too_long": "reason"},
        ),
    )


async def _calendar(request: Request, year: int) -> CalendarView:
    first = date(year, 1, 1)
    answer = await ask(request, ShowCalendar(first_on=first, last_on=first, district=None), CalendarDetail)
    if not answer.view.calendars:
        raise Rejected("calendar.not_open", year=year)
    return answer.view.calendars[0]


def _days(name: str, text: str, usual: str) -> tuple[NamedDay, ...]:
    """Return the days typed one a line, each with its name or the usual one. Raises Invalid."""
    days = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        typed, _, called = line.partition(" ")
        try:
            days.append(NamedDay(day=parse_day(typed), name=called.strip(" :-–") or usual))
        except ValueError as error:
            raise Invalid({name: f"“{line[:40]}”: {error}"}) from None
    return tuple(days)


def _listed(days: Sequence[NamedDay]) -> str:
    return "; ".join(f"{day_text(one.day)} {one.name}" for one in days) or "không có"
