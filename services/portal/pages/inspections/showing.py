"""The inspections of a year with their recommendations, and one inspection."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    AcceptResponse,
    CancelInspection,
    ConcludeInspection,
    IssueRecommendations,
    MoveInspection,
    RecordFindings,
    RespondToRecommendation,
    ScheduleInspection,
    WithdrawRecommendation,
)
from services.plans.views import (
    ROWS_A_PAGE,
    ActivityStatus,
    ActivityYear,
    InspectionDetail,
    InspectionList,
    InspectionView,
    ListInspections,
    RecommendationFilter,
    RecommendationState,
    RecommendationView,
    ShowActivities,
    ShowInspection,
)
from services.portal.backend import ask
from services.portal.format import day
from services.portal.numbers import Number, Year, whole
from services.portal.pages import activities
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query
from services.portal.shell import Freshness, page
from shared.accounts import SessionAccount
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

LIST = "/kiem-tra"
_WAITING = (RecommendationState.OPEN, RecommendationState.REJECTED)
RECOMMENDATION_STATES: Mapping[str, tuple[str, RecommendationFilter]] = {
    "qua-han": ("Quá hạn", RecommendationFilter.OVERDUE),
    "cho-thuc-hien": ("Chờ thực hiện", RecommendationFilter.WAITING),
    "cho-xem-xet": ("Chờ xem xét", RecommendationFilter.ANSWERED),
    "da-thuc-hien": ("Đã thực hiện", RecommendationFilter.ACCEPTED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionPage:
    """One inspection with who looks at it: what its page and its forms are made of."""

    request: Request
    reach: Reach
    detail: InspectionDetail

    @property
    def inspection(self) -> InspectionView:
        """Return the inspection."""
        return self.detail.inspection

    @property
    def path(self) -> str:
        """Return the address of the inspection."""
        return f"{LIST}/{self.inspection.district}/{self.inspection.year}/{self.inspection.inspection_id}"

    @property
    def seq(self) -> int:
        """Return the sequence of its last event."""
        return self.inspection.seq

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Return what stands above each of its forms."""
        one = self.inspection
        return [("Cuộc kiểm tra", one.title), ("Thời gian", f"{day(one.starts_on)} – {day(one.ends_on)}")]

    def may(self, command: type, unit_id: str | None = None) -> bool:
        """Return whether the person has the right to the command, for the district or the unit."""
        return activities.may(self.reach, command, self.inspection.district, unit_id)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the inspection as it is now."""
        is_open = self.inspection.status is ActivityStatus.OPEN
        parts = self.detail.parts
        has_findings = bool(parts and parts.checked)
        return {
            "record": is_open and self.may(RecordFindings),
            "issue": is_open and has_findings and self.may(IssueRecommendations),
            "conclude": is_open and has_findings and self.may(ConcludeInspection),
            "move": is_open and self.may(MoveInspection),
            "cancel": is_open and not has_findings and self.may(CancelInspection),
        }

    def steps(self, one: RecommendationView) -> list[tuple[str, str]]:
        """Return what the person may do with the recommendation: the last part of the address, and its word."""
        steps = []
        is_waiting, is_answered = one.state in _WAITING, one.state is RecommendationState.ANSWERED
        if (is_waiting or is_answered) and self.may(RespondToRecommendation, one.unit_id):
            steps.append(("tra-loi", "Báo cáo thực hiện"))
        if is_answered and self.may(AcceptResponse):
            steps += [("cong-nhan", "Công nhận"), ("lam-tiep", "Yêu cầu làm tiếp")]
        if (is_waiting or is_answered) and self.may(WithdrawRecommendation):
            steps.append(("rut", "Rút"))
        return steps


async def shown_inspection(
    request: Request, account: SessionAccount, year: int, question: ShowInspection
) -> tuple[InspectionPage, Freshness | None]:
    """Return what the question asks of the inspection. Raises Rejected `inspection.not_found` for another year's."""
    check_district(question.district)
    answer = await ask(request, question, InspectionDetail)
    if answer.view.inspection.year != year:
        raise Rejected("inspection.not_found", inspection_id=question.inspection_id[:80])
    return InspectionPage(request=request, reach=reach_of(request, account), detail=answer.view), answer.fresh


@router.get(f"{LIST}/{{district}}/{{year}}")
async def list_inspections(
    request: Request,
    account: Signed,
    district: str,
    year: Year,
    kien_nghi: str = "",
    trang: str = "",
    trang_kien_nghi: str = "",
) -> Response:
    """Show the inspections of a district and year, and the recommendations in one state, the overdue ones first."""
    check_district(district)
    reach = reach_of(request, account)
    wanted = kien_nghi if kien_nghi in RECOMMENDATION_STATES else "qua-han"
    question = ListInspections(
        district=district,
        year=year,
        only=RECOMMENDATION_STATES[wanted][1],
        page=activities.number_in(trang),
        recommendation_page=activities.number_in(trang_kien_nghi),
    )
    answer = await ask(request, question, InspectionList)
    sums = await ask(request, ShowActivities(district=district, year=year), ActivityYear)
    path = f"{LIST}/{district}/{year}"
    return await page(
        request,
        "inspections/list.html",
        fresh=answer.fresh,
        view=answer.view,
        inspections=answer.view.inspections,
        parts={one.inspection_id: one for one in answer.view.parts},
        recommendation_parts={one.inspection_id: one for one in answer.view.recommendation_parts},
        recommendations=[(_href(path, one), one) for one in answer.view.recommendations],
        titles=answer.view.titles,
        days_left=answer.view.days_left,
        day_now=answer.view.today,
        sums=sums.view,
        wanted=wanted,
        states={key: words for key, (words, _) in RECOMMENDATION_STATES.items()},
        district=district,
        year=year,
        place=place(district),
        path=path,
        more_href=activities.pages_href(path, "trang", "kiem-tra", {"kien_nghi": kien_nghi}),
        more_recommendations_href=activities.pages_href(
            path, "trang_kien_nghi", "kien-nghi", {"kien_nghi": wanted, "trang": trang}
        ),
        may_schedule=activities.may(reach, ScheduleInspection, district),
    )


def _href(path: str, one: RecommendationView) -> str:
    """Return where the recommendation stands on the page of its inspection; they are numbered from 1 on."""
    on_page = (one.number - 1) // ROWS_A_PAGE + 1
    shown_at = with_query(f"{path}/{one.inspection_id}", trang_kien_nghi=on_page if on_page > 1 else None)
    return f"{shown_at}#kien-nghi-{one.number}"


@router.get(f"{LIST}/{{district}}/{{year}}/{{inspection_id}}")
async def show_inspection(
    request: Request,
    account: Signed,
    district: str,
    year: Year,
    inspection_id: str,
    don_vi: str = "",
    kien_nghi: str = "",
    trang: str = "",
    trang_kien_nghi: str = "",
    trang_dien_bien: str = "",
) -> Response:
    """Show one inspection with what was found at each unit, and its recommendations; or one of either alone."""
    question = ShowInspection(
        district=district,
        inspection_id=inspection_id,
        unit_id=don_vi or None,
        number=whole(kien_nghi),
        page=activities.number_in(trang),
        recommendation_page=activities.number_in(trang_kien_nghi),
        history_page=activities.number_in(trang_dien_bien),
    )
    shown, fresh = await shown_inspection(request, account, year, question)
    return await page(
        request,
        "inspections/show.html",
        fresh=fresh,
        view=shown.detail,
        inspection=shown.inspection,
        parts=shown.detail.parts,
        units=shown.detail.units,
        recommendations=shown.detail.recommendations,
        recommendation_parts=shown.detail.recommendation_parts,
        days_left=shown.detail.days_left,
        day_now=shown.detail.today,
        steps={one.number: shown.steps(one) for one in shown.detail.recommendations},
        overdue=shown.detail.overdue,
        place=place(district),
        path=shown.path,
        more_href=activities.pages_href(shown.path, "trang", "don-vi", {"trang_kien_nghi": trang_kien_nghi}),
        more_recommendations_href=activities.pages_href(shown.path, "trang_kien_nghi", "kien-nghi", {"trang": trang}),
        history_href=activities.pages_href(shown.path, "trang_dien_bien", "dien-bien"),
        rights=shown.rights(),
        is_alone=question.unit_id is not None or question.number is not None,
        task=activities.task_fact(district, shown.inspection.task),
        timeline_entries=await activities.timeline(shown, shown.detail.history, shown.detail.shortened_entries),
    )


@router.get(f"{LIST}/{{district}}/{{year}}/{{inspection_id}}/dien-bien/{{seq}}")
async def show_entry(
    request: Request, account: Signed, district: str, year: Year, inspection_id: str, seq: Number
) -> Response:
    """Show one entry of the history, whole."""
    question = ShowInspection(district=district, inspection_id=inspection_id, entry=seq)
    shown, fresh = await shown_inspection(request, account, year, question)
    return await activities.entry_page(shown, shown.detail.history, place(district), fresh)
