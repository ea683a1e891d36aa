"""What reports are asked for: to announce a period, to move what is due, to amend who reports."""

from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import AmendReporters, AnnounceReport, MoveReportDue
from services.plans.events import LevelDue, ReportLevel
from services.plans.rules import NOT_ASKED_KINDS
from services.plans.views import (
    ListReports,
    ReportList,
    ReportStanding,
    SuggestedReportDuty,
    SuggestReportDuty,
)
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.labels import word
from services.portal.numbers import Year
from services.portal.pages.forms import Action, Input, Invalid, Values, run_action
from services.portal.pages.reach import Directory, Signed, check_district, directory, place, reach_of, with_query
from services.portal.pages.reports.lists import ROOT, period_name, period_of, period_path
from shared.errors import Rejected
from shared.types import CITY

router = APIRouter(include_in_schema=False)

_DUE_LABELS = {
    ReportLevel.UNIT: "Hạn của đơn vị",
    ReportLevel.GROUP: "Hạn của cụm, khối",
    ReportLevel.DISTRICT: "Hạn của quận",
}


def _district(district: str) -> str:
    if check_district(district) == CITY:
        raise Rejected("page.not_found")
    return district


@router.api_route(ROOT + "/{district}/{year}/yeu-cau", methods=["GET", "POST"])
async def announce(request: Request, account: Signed, district: str, year: Year, ky: str = "q1") -> Response:
    """Ask for the reports of a period; what is usual stands in the form."""
    _district(district)
    period = period_of(ky)
    suggested = (await ask(request, SuggestReportDuty(year=year, period=period), SuggestedReportDuty)).view
    names = await directory(request, district, year)
    units = _open_units(names, reach_of(request, account).today)
    usual = {unit.unit_id for unit in names.detail.units if unit.kind not in NOT_ASKED_KINDS}
    path = f"{ROOT}/{district}/{year}"

    def build(values: Values) -> AnnounceReport:
        if not values["units"] and not values["groups"] and not values["own"]:
            raise Invalid({"units": "Hãy chọn ít nhất một nơi phải báo cáo."})
        return AnnounceReport(
            district=district,
            year=year,
            period=period,
            first_on=values["first_on"],
            closes_on=values["closes_on"],
            unit_due_on=values["unit_due_on"],
            group_due_on=values["group_due_on"],
            district_due_on=values["district_due_on"],
            units=values["units"],
            groups=values["groups"],
            asks_district=bool(values["own"]),
            basis=values["basis"],
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Yêu cầu báo cáo {period_name(year, period)}",
            submit="Yêu cầu báo cáo",
            path=with_query(f"{path}/yeu-cau", ky=period),
            back_href=path,
            onward=period_path(district, year, period),
            text="Kỳ số liệu theo Nghị định 09/2019/NĐ-CP. Hạn vào ngày nghỉ thì chuyển sang ngày làm việc kế tiếp.",
            inputs=(
                Input(
                    name="basis",
                    label="Văn bản yêu cầu",
                    is_required=False,
                    hint="Ví dụ: Công văn 45/PNV ngày 02/03/2020",
                ),
                Input(name="first_on", label="Số liệu từ ngày", kind="date", value=suggested.first_on),
                Input(name="closes_on", label="Chốt số liệu ngày", kind="date", value=suggested.closes_on),
                *(_due_input(due) for due in suggested.dues),
                Input(
                    name="units",
                    label="Đơn vị phải báo cáo",
                    kind="checks",
                    is_required=False,
                    options=units,
                    names=names.names,
                    value=[unit_id for unit_id, _ in units if unit_id in usual],
                ),
                Input(
                    name="groups",
                    label="Cụm, khối phải báo cáo",
                    kind="checks",
                    is_required=False,
                    options=names.group_options(),
                    value=[group_id for group_id, _ in names.group_options()],
                ),
                Input(
                    name="own",
                    label="Báo cáo của quận",
                    kind="checks",
                    is_required=False,
                    options=[("1", f"{place(district)} báo cáo cụm trưởng Cụm thi đua và Ban TĐKT thành phố")],
                    value=["1"],
                ),
            ),
            build=build,
            done=f"Đã yêu cầu báo cáo {period_name(year, period)}.",
            fields={
                "report_duty.period_out_of_range": "closes_on",
                "report_duty.due_in_past": "unit_due_on",
                "report_duty.without_reporters": "units",
                "unit.not_found": "units",
                "unit.closed": "units",
                "unit.not_yet_open": "units",
                "group.not_found": "groups",
                "text.too_long": "basis",
            },
        ),
    )


def _open_units(names: Directory, today: date) -> list[tuple[str, str]]:
    return names.unit_options(on=today)


def _due_input(due: LevelDue) -> Input:
    return Input(
        name=f"{due.level}_due_on",
        label=_DUE_LABELS[due.level],
        kind="date",
        value=due.stated_on,
        hint=why_due(due),
    )


def why_due(due: LevelDue) -> str:
    """Return why the reports are due that day, in a sentence."""
    if due.due_on == due.stated_on:
        return f"Ngày {day(due.due_on)} là ngày làm việc."
    skipped = "; ".join(
        f"{day(one.day)} {one.name or word('weekday', str(one.day.weekday()))}" for one in due.reason.skipped
    )
    return f"Ngày {day(due.stated_on)} là ngày nghỉ ({skipped}), nên hạn là ngày làm việc kế tiếp {day(due.due_on)}."


@router.api_route(ROOT + "/{district}/{year}/{period}/doi-han", methods=["GET", "POST"])
async def move_due(request: Request, account: Signed, district: str, year: Year, period: str) -> Response:
    """Let the reports of a level be due on another day."""
    _district(district)
    wanted = period_of(period)
    duty = (await ask(request, ListReports(district=district, year=year, period=wanted), ReportList)).view.duty
    return await run_action(
        request,
        Action(
            title=f"Đổi hạn báo cáo {period_name(year, wanted)}",
            submit="Đổi hạn",
            path=f"{period_path(district, year, wanted)}/doi-han",
            back_href=period_path(district, year, wanted),
            facts=[(_DUE_LABELS[due.level], day(due.due_on), why_due(due)) for due in duty.dues],
            inputs=(
                Input(
                    name="level",
                    label="Cấp báo cáo",
                    kind="radios",
                    value=ReportLevel.UNIT,
                    options=[(level, word("report_level", level)) for level in ReportLevel],
                ),
                Input(name="due_on", label="Hạn mới", kind="date"),
                Input(name="why", label="Lý do", kind="textarea", rows=3),
            ),
            confirm="Hạn mới áp dụng cho mọi nơi báo cáo của cấp này; báo cáo đã nộp cũng tính theo hạn mới.",
            build=lambda values: MoveReportDue(
                district=district,
                year=year,
                period=wanted,
                level=ReportLevel(values["level"]),
                due_on=values["due_on"],
                why=values["why"],
                at=now(request),
            ),
            done="Đã đổi hạn báo cáo.",
            expected_seq=duty.seq,
            fields={
                "report_duty.due_in_past": "due_on",
                "report_duty.due_out_of_order": "due_on",
                "report_duty.due_out_of_range": "due_on",
                "report_duty.why_missing": "why",
                "text.too_long": "why",
            },
        ),
    )


@router.api_route(ROOT + "/{district}/{year}/{period}/noi-bao-cao", methods=["GET", "POST"])
async def amend_reporters(request: Request, account: Signed, district: str, year: Year, period: str) -> Response:
    """Let more report, or excuse some that have not."""
    _district(district)
    wanted = period_of(period)
    names = await directory(request, district, year)
    asked: dict[str, str] = {}
    excusable: list[tuple[str, str]] = []
    number, pages = 1, 1
    while number <= pages:
        found = await ask(request, ListReports(district=district, year=year, period=wanted, page=number), ReportList)
        for line in found.view.lines:
            if line.report.is_excused:
                continue
            asked[line.report.reporter_id] = line.report.name
            if line.standing in (ReportStanding.AWAITED, ReportStanding.MISSING):
                excusable.append((line.report.reporter_id, line.report.name))
        number, pages = number + 1, found.view.pages
    today = reach_of(request, account).today
    return await run_action(
        request,
        Action(
            title=f"Nơi báo cáo {period_name(year, wanted)}",
            submit="Ghi nhận",
            path=f"{period_path(district, year, wanted)}/noi-bao-cao",
            back_href=period_path(district, year, wanted),
            inputs=(
                Input(
                    name="units",
                    label="Bổ sung đơn vị",
                    kind="checks",
                    is_required=False,
                    value=[],
                    options=[one for one in names.unit_options(on=today) if one[0] not in asked],
                    names=names.names,
                ),
                Input(
                    name="groups",
                    label="Bổ sung cụm, khối",
                    kind="checks",
                    is_required=False,
                    value=[],
                    options=[one for one in names.group_options() if one[0] not in asked],
                    names=asked,
                ),
                Input(
                    name="excused",
                    label="Miễn báo cáo",
                    kind="checks",
                    is_required=False,
                    value=[],
                    options=excusable,
                    names=asked,
                    hint="Nơi đã nộp báo cáo thì không miễn được.",
                ),
                Input(name="why", label="Lý do", kind="textarea", rows=3),
            ),
            build=lambda values: _amended(request, district, year, period, values),
            done="Đã ghi nhận nơi báo cáo.",
            fields={"report_duty.why_missing": "why", "text.too_long": "why", "report_duty.submitted": "excused"},
        ),
    )


def _amended(request: Request, district: str, year: int, period: str, values: Values) -> AmendReporters:
    if not any(values[name] for name in ("units", "groups", "excused")):
        raise Invalid({"units": "Hãy chọn ít nhất một nơi để bổ sung hoặc miễn."})
    return AmendReporters(
        district=district,
        year=year,
        period=period_of(period),
        units=values["units"],
        groups=values["groups"],
        excused=values["excused"],
        why=values["why"],
        at=now(request),
    )
