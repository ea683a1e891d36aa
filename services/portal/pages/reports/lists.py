"""Who has reported: the grid of a year, the lists of a period, the five districts side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.plans.commands import AmendReporters, AnnounceReport, MoveReportDue
from services.plans.events import ReportLevel, ReportPeriod, ReportState
from services.plans.rules import RIGHTS
from services.plans.views import (
    CityReports,
    CityReportTotals,
    DistrictReportTotals,
    GroupReportTotals,
    ListReports,
    ReportDutyView,
    ReporterLine,
    ReportLine,
    ReportList,
    ReportStanding,
    ReportYear,
    ShowCityReports,
    ShowReportYear,
)
from services.portal.backend import ask
from services.portal.labels import word
from services.portal.numbers import Year, whole
from services.portal.pages.reach import (
    Reach,
    Signed,
    check_district,
    directory,
    own_first,
    place,
    reach_of,
    with_query,
    year_of,
    years,
)
from services.portal.session import portal
from services.portal.shell import page
from shared.errors import Rejected
from shared.types import CITY, DISTRICTS

router = APIRouter(include_in_schema=False)

ROOT = "/bao-cao-dinh-ky"
LEVELS = {"quan": ReportLevel.DISTRICT, "cum-khoi": ReportLevel.GROUP, "don-vi": ReportLevel.UNIT}
STANDINGS = {
    "dung-han": ReportStanding.ON_TIME,
    "tre": ReportStanding.LATE,
    "chua-nop": ReportStanding.MISSING,
    "chua-den-han": ReportStanding.AWAITED,
}
STATES = {
    "cho-tiep-nhan": ReportState.SUBMITTED,
    "tra-lai": ReportState.RETURNED,
    "da-tiep-nhan": ReportState.ACCEPTED,
    "dang-soan": ReportState.DRAFT,
}
FILTERS = [
    ("dung-han", "Nộp đúng hạn"),
    ("tre", "Nộp trễ"),
    ("chua-nop", "Chưa nộp, quá hạn"),
    ("chua-den-han", "Chưa đến hạn"),
    ("cho-tiep-nhan", "Chờ tiếp nhận"),
    ("tra-lai", "Trả lại"),
    ("da-tiep-nhan", "Đã tiếp nhận"),
    ("dang-soan", "Đang soạn"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, and where the reports behind it are."""

    count: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """One row of what a period's reports come to: a level, a group or a district."""

    name: str
    href: str
    reports: Figure
    on_time: Figure
    late: Figure
    unsubmitted: Figure
    waiting: Figure
    returned: Figure
    accepted: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictColumn:
    """One district of the city's page: its own report, and what its units come to."""

    district: str
    name: str
    report: ReportLine | None
    totals: tuple[Totals, ...]


def period_of(text: str) -> ReportPeriod:
    """Return the period of an address. Raises Rejected `page.not_found`."""
    try:
        return ReportPeriod(text)
    except ValueError:
        raise Rejected("page.not_found") from None


def period_path(district: str, year: int, period: ReportPeriod) -> str:
    """Return the address of the lists of a period."""
    return f"{ROOT}/{district}/{year}/{period}"


def period_name(year: int, period: ReportPeriod) -> str:
    """Return the period in words, as "quý I năm 2020", "6 tháng đầu năm 2020"."""
    if period is ReportPeriod.YEAR:
        return f"năm {year}"
    name = word("report_period", period)
    return f"{name[0].lower()}{name[1:].removesuffix(' năm')} năm {year}"


@router.get(ROOT)
async def go_to_year(request: Request, account: Signed) -> Response:
    """Go to the year's reports of the own district, or of the city."""
    reach = reach_of(request, account)
    year = year_of(request, portal(request).clock)
    if not reach.districts:
        return await page(request, "none.html", what="báo cáo định kỳ")
    district = CITY if reach.reads_city else own_first(reach.districts, reach)
    return RedirectResponse(f"{ROOT}/{district}/{year}", status_code=303)


@router.get(ROOT + "/{district}/{year}")
async def show_year(
    request: Request, account: Signed, district: str, year: Year, cap: str = "", nhom: str = "", trang: str = ""
) -> Response:
    """Show who has reported in the year: a row each, a column a period; of the city the five districts."""
    check_district(district)
    if district == CITY:
        return await _show_city(request, account, year)
    reach = reach_of(request, account)
    question = ShowReportYear(
        district=district, year=year, level=LEVELS.get(cap), group_id=nhom or None, page=whole(trang) or 1
    )
    answer = await ask(request, question, ReportYear)
    view = answer.view
    names = await directory(request, district, year)
    path = f"{ROOT}/{district}/{year}"
    asked = [duty.period for duty in view.duties]
    return await page(
        request,
        "reports/year.html",
        fresh=answer.fresh,
        view=view,
        district=district,
        place=place(district),
        year=year,
        path=path,
        year_options=years(reach.today, year),
        periods=[(period, period_path(district, year, period)) for period in asked],
        bands=[(line, _by_period(line, asked)) for line in view.lines],
        unasked=[period for period in ReportPeriod if period not in asked] if _may_announce(reach, district) else [],
        filters={"cap": cap, "nhom": nhom},
        level_options=[(key, word("report_level", level)) for key, level in LEVELS.items()],
        group_options=names.group_options(),
        more_href=with_query(path, cap=cap, nhom=nhom, trang="{page}").replace("%7Bpage%7D", "{page}"),
        totals=[
            (
                word("report_period", duty.period),
                totals_line(
                    word("report_period", duty.period),
                    period_path(district, year, duty.period),
                    [row for row in view.totals if row.period == duty.period],
                    is_past=_due_of(duty, ReportLevel.UNIT) < view.today,
                ),
            )
            for duty in view.duties
        ],
    )


def _by_period(line: ReporterLine, periods: Iterable[ReportPeriod]) -> list[ReportLine | None]:
    found = {one.report.period: one for one in line.reports}
    return [found.get(period) for period in periods]


def _may_announce(reach: Reach, district: str) -> bool:
    return RIGHTS[AnnounceReport].allows(reach.account.actor, on=reach.today, district=district)


def _due_of(duty: ReportDutyView, level: ReportLevel) -> date:
    return next(one.due_on for one in duty.dues if one.level is level)


def totals_line(
    name: str,
    href: str,
    rows: Iterable[DistrictReportTotals | GroupReportTotals | CityReportTotals],
    *,
    is_past: bool,
    **query: object,
) -> Totals:
    """Return a row of totals; each figure leads to the list with its filter, an empty `href` to nowhere.

    `is_past`: the due date is over, so that what has not come is missing.
    """
    given = list(rows)

    def figure(field: str, state: str = "") -> Figure:
        count = sum(getattr(row, field) for row in given)
        return Figure(count=count, href=with_query(href, **query, trang_thai=state) if href else "")

    return Totals(
        name=name,
        href=with_query(href, **query) if href else "",
        reports=figure("reports"),
        on_time=figure("on_time", "dung-han"),
        late=figure("late", "tre"),
        unsubmitted=figure("unsubmitted", "chua-nop" if is_past else "chua-den-han"),
        waiting=figure("waiting", "cho-tiep-nhan"),
        returned=figure("returned", "tra-lai"),
        accepted=figure("accepted", "da-tiep-nhan"),
    )


@router.get(ROOT + "/{district}/{year}/{period}")
async def show_period(
    request: Request,
    account: Signed,
    district: str,
    year: Year,
    period: str,
    cap: str = "",
    nhom: str = "",
    trang_thai: str = "",
    trang: str = "",
) -> Response:
    """Show the reports of a period: what each level comes to, who was in time, who was late and how late."""
    if check_district(district) == CITY:
        raise Rejected("page.not_found")
    wanted = period_of(period)
    reach = reach_of(request, account)
    question = ListReports(
        district=district,
        year=year,
        period=wanted,
        level=LEVELS.get(cap),
        group_id=nhom or None,
        standing=STANDINGS.get(trang_thai),
        state=STATES.get(trang_thai),
        page=whole(trang) or 1,
    )
    answer = await ask(request, question, ReportList)
    view = answer.view
    names = await directory(request, district, year)
    path = period_path(district, year, wanted)
    words = {level: key for key, level in LEVELS.items()}
    due_on = {due.level: due.due_on for due in view.duty.dues}
    return await page(
        request,
        "reports/period.html",
        fresh=answer.fresh,
        view=view,
        duty=view.duty,
        district=district,
        place=place(district),
        year=year,
        period=wanted,
        title=f"Báo cáo {period_name(year, wanted)}",
        path=path,
        levels=[
            totals_line(
                word("report_level", level),
                path,
                [row for row in view.totals if row.level is level],
                is_past=due_on[level] < view.today,
                cap=words[level],
            )
            for level in LEVELS.values()
        ],
        groups=[
            totals_line(
                names.group(row.group_id),
                path,
                [row],
                is_past=due_on[ReportLevel.UNIT] < view.today,
                cap="don-vi",
                nhom=row.group_id,
            )
            for row in view.group_totals
        ],
        may_move=RIGHTS[MoveReportDue].allows(reach.account.actor, on=reach.today, district=district),
        may_amend=RIGHTS[AmendReporters].allows(reach.account.actor, on=reach.today, district=district),
        filters={"cap": cap, "nhom": nhom, "trang_thai": trang_thai},
        is_filtered=any((cap, nhom, trang_thai)),
        level_options=[(key, word("report_level", level)) for key, level in LEVELS.items()],
        group_options=names.group_options(),
        state_options=FILTERS,
        more_href=with_query(path, cap=cap, nhom=nhom, trang_thai=trang_thai, trang="{page}").replace(
            "%7Bpage%7D", "{page}"
        ),
    )


async def _show_city(request: Request, account: Signed, year: int) -> Response:
    """Show the five districts side by side, period by period."""
    answer = await ask(request, ShowCityReports(year=year), CityReports)
    view = answer.view
    asked = {(duty.district, duty.period): duty for duty in view.duties}
    bands = []
    for period in ReportPeriod:
        if not any((district, period) in asked for district in DISTRICTS):
            continue
        columns = [
            DistrictColumn(
                district=district,
                name=place(district),
                report=next(
                    (one for one in view.reports if (one.report.district, one.report.period) == (district, period)),
                    None,
                ),
                totals=_district_totals(view, district, period, asked.get((district, period))),
            )
            for district in DISTRICTS
        ]
        rows = [row for row in view.city_totals if row.period is period and row.level is ReportLevel.UNIT]
        whole_city = totals_line(place(CITY), "", rows, is_past=False)
        bands.append((period, period_name(year, period), columns, whole_city))
    return await page(
        request,
        "reports/city.html",
        fresh=answer.fresh,
        view=view,
        place=place(CITY),
        year=year,
        year_options=years(view.today, year),
        bands=bands,
    )


def _district_totals(
    view: CityReports, district: str, period: ReportPeriod, duty: ReportDutyView | None
) -> tuple[Totals, ...]:
    if duty is None:
        return ()
    due_on = {due.level: due.due_on for due in duty.dues}
    return tuple(
        totals_line(
            word("report_level", level),
            period_path(district, duty.year, period),
            [row for row in view.totals if (row.district, row.period, row.level) == (district, period, level)],
            is_past=due_on[level] < view.today,
            cap=key,
        )
        for key, level in LEVELS.items()
        if level is not ReportLevel.DISTRICT
    )
