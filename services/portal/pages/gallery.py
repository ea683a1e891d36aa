"""Thành phần giao diện: every component once, with samples of the very types that the pages hand to them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.plans.events import (
    CalendarDay,
    CalendarSource,
    DayKind,
    DueReason,
    DueRule,
    NamedUnit,
    ReviewKind,
    TargetDirection,
    UnitRole,
)
from services.plans.views import (
    MoveKind,
    PartView,
    PledgeLine,
    ReviewState,
    ReviewStatus,
    ReviewView,
    TaskMove,
    TaskState,
    TaskView,
)
from services.portal.pages.amendments import Difference
from services.portal.pages.calendar import Cell as DayCell
from services.portal.pages.calendar import Month
from services.portal.pages.draft_form import Row
from services.portal.pages.files import Kept
from services.portal.pages.forms import Input
from services.portal.pages.operations import Reading
from services.portal.pages.overview import Cell, Line
from services.portal.pages.past import EarlierDay
from services.portal.pages.year import year_links
from services.portal.session import require_role
from services.portal.shell import page
from shared.accounts import AuditEntry, Session, SessionAccount
from shared.types import Grant, Role

router = APIRouter(include_in_schema=False)

DAY = date(2020, 2, 6)
AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)


@router.get("/components")
async def show_components(
    request: Request, account: Annotated[SessionAccount, Depends(require_role(Role.OPERATOR, Role.ADMIN))]
) -> Response:
    """Show the gallery."""
    return await page(request, "gallery.html", **samples())


def samples() -> dict[str, Any]:
    """Return what the gallery's components are shown with."""
    return {
        "task": _task(),
        "lines": _lines(),
        "month": _month(),
        "reading": Reading(
            process="scoring", reader="units", stream="PLANS", behind=1204, acknowledged=17000, is_waiting=False
        ),
        "grant": Grant(
            role=Role.UNIT_HEAD, district="cai-rang", unit="phong-noi-vu", valid_from=DAY, valid_to=date(2020, 12, 31)
        ),
        "session": _session(),
        "trail": _trail(),
        "inputs": _inputs(),
        "year_pages": year_links("cai-rang", 2020, "/ke-hoach/cai-rang/2020"),
        "amended": _amended(),
        "row": Row(
            number="45",
            quarter="4",
            content="Phát động đợt thi đua nước rút cuối năm",
            leads="Phòng Văn hoá",
            coordinators="Các đơn vị",
            due_month="11",
            repeats="monthly",
        ),
        "members": (
            NamedUnit(unit_id="phuong-le-binh", name="UBND phường Lê Bình"),
            NamedUnit(unit_id="phuong-ba-lang", name="UBND phường Ba Láng"),
        ),
        "review": ReviewStatus(
            kind=ReviewKind.MID_YEAR,
            state=ReviewState.PLANNED,
            due_on=date(2020, 6, 30),
            due_reason=None,
            source="Quy chế của cụm",
            days_left=12,
            view=ReviewView(kind=ReviewKind.MID_YEAR, planned_on=date(2020, 6, 24)),
        ),
        "pledged": _pledged(),
        "earlier": EarlierDay(day=DAY, now_href="#past"),
    }


def _task() -> TaskView:
    parts = (
        PartView(
            unit_id="phong-noi-vu",
            name="Phòng Nội vụ",
            role=UnitRole.LEAD,
            group_id=None,
            percent=60,
            report="Đã gửi dự thảo báo cáo sơ kết đến các đơn vị",
            reported_at=AT,
        ),
        PartView(
            unit_id="phuong-le-binh",
            name="UBND phường Lê Bình",
            role=UnitRole.COORDINATING,
            group_id="cum-phuong",
            done_on=DAY,
        ),
    )
    return TaskView(
        district="cai-rang",
        plan_id="2020",
        year=2020,
        number=9,
        quarter=2,
        content="Sơ kết công tác thi đua, khen thưởng 6 tháng đầu năm",
        due_on=date(2020, 6, 30),
        due_rule=DueRule.QUARTER,
        state=TaskState.STARTED,
        parts=parts,
        completed_on=None,
        cancel_reason=None,
        seq=41,
        due_reason=DueReason(
            skipped=(CalendarDay(day=date(2020, 6, 27), kind=DayKind.WEEKEND),),
            calendars=(CalendarSource(year=2020, seq=None),),
        ),
        due_on_before=date(2020, 6, 29),
        due_move=TaskMove(kind=MoveKind.EXTENSION, moved_on=DAY, unit_name="Phòng Nội vụ"),
        series=9,
        first_content="Sơ kết công tác thi đua 6 tháng đầu năm",
        amended_in=(2,),
    )


def _amended() -> tuple[Difference, ...]:
    return (
        Difference(
            number=7,
            sort="Điều chỉnh",
            content="Tổ chức ký kết giao ước thi đua",
            parts=(("Hạn", "Quý I", "10/04/2020"), ("Phối hợp", "Các phường", "")),
        ),
        Difference(number=12, sort="Đưa ra khỏi kế hoạch", content="Hội nghị điển hình tiên tiến", parts=()),
    )


def _pledged() -> PledgeLine:
    return PledgeLine(
        district="cai-rang",
        group_id="cum-phuong",
        year=2020,
        unit_id="phuong-le-binh",
        number=1,
        unit_name="UBND phường Lê Bình",
        name="Hộ gia đình văn hoá",
        measure="%",
        value=Decimal(90),
        direction=TargetDirection.AT_LEAST,
        mid_actual=Decimal("45.5"),
        mid_ratio=Decimal("0.5056"),
        end_actual=Decimal("87.5"),
        end_ratio=Decimal("0.9722"),
        is_met=False,
    )


def _lines() -> tuple[Line, ...]:
    cells = tuple(
        Cell(done=done, total=total, done_href="#grid", total_href="#grid")
        for done, total in ((7, 7), (2, 4), (0, 3), (0, 1))
    )
    year = Cell(done=9, total=15, done_href="#grid", total_href="#grid")
    return tuple(
        Line(name=name, href="#grid", cells=cells, year=year, overdue=overdue, overdue_href="#grid")
        for name, overdue in (("Cụm thi đua các phường", 2), ("Khối thi đua các cơ quan", 0))
    )


def _month() -> Month:
    """A week with a weekend, a day made up and a public holiday."""
    kinds = (DayKind.WORKING, DayKind.HOLIDAY, DayKind.OFF, DayKind.WORKING, DayKind.WORKING, DayKind.MADE_UP)
    named = {DayKind.HOLIDAY: "Ngày Quốc tế Lao động", DayKind.OFF: "Nghỉ bù", DayKind.MADE_UP: "Làm bù"}
    first = date(2020, 6, 1)
    week: list[DayCell | None] = [
        DayCell(
            day=CalendarDay(day=first + timedelta(days=number), kind=kind, name=named.get(kind, "")), tasks=number % 3
        )
        for number, kind in enumerate(kinds)
    ]
    return Month(first=first, weeks=[[*week, None]], working_days=4)


def _session() -> Session:
    return Session(
        session_id="0" * 64,
        created_at=AT,
        last_seen_at=AT,
        expires_at=AT + timedelta(hours=12),
        ip="10.0.3.17",
        user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
        via="password",
    )


def _trail() -> tuple[AuditEntry, ...]:
    detail = {"role": Role.UNIT_HEAD.value, "district": "cai-rang", "unit": "phong-noi-vu"}
    return (
        AuditEntry(
            number=1,
            at=AT,
            by="admin",
            action="grant.given",
            account_id="phong-noi-vu.cai-rang",
            detail=detail,
            reason="Theo quyết định bổ nhiệm số 12/QĐ-UBND",
        ),
    )


def _inputs() -> tuple[Input, ...]:
    return (
        Input(name="sample-percent", label="Tiến độ (%)", kind="number", value="60"),
        Input(
            name="sample-files",
            label="Tệp minh chứng",
            kind="files",
            value=(Kept(handle="0" * 64, size=182_000, name="bien-ban-so-ket.pdf"),),
            options=((".pdf", "PDF"),),
            is_required=False,
        ),
    )
