"""The trainings of a year, and one of them with who came of each unit."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import CancelTraining, CloseTraining, MoveTraining, RecordAttendance, ScheduleTraining
from services.plans.views import (
    ActivityStatus,
    ActivityYear,
    ListTrainings,
    ShowActivities,
    ShowTraining,
    TrainingDetail,
    TrainingList,
    TrainingView,
)
from services.portal.backend import ask
from services.portal.format import day
from services.portal.numbers import Number, Year
from services.portal.pages import activities
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of
from services.portal.shell import Freshness, page
from shared.accounts import SessionAccount
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

LIST = "/tap-huan"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPage:
    """One training with who looks at it: what its page and its forms are made of."""

    request: Request
    reach: Reach
    detail: TrainingDetail

    @property
    def training(self) -> TrainingView:
        """Return the training."""
        return self.detail.training

    @property
    def path(self) -> str:
        """Return the address of the training."""
        return f"{LIST}/{self.training.district}/{self.training.year}/{self.training.training_id}"

    @property
    def seq(self) -> int:
        """Return the sequence of its last event."""
        return self.training.seq

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Return what stands above each of its forms."""
        one = self.training
        return [("Lớp tập huấn", one.title), ("Ngày", day(one.held_on)), ("Địa điểm", one.place)]

    def may(self, command: type) -> bool:
        """Return whether the person has the right to the command."""
        return activities.may(self.reach, command, self.training.district)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the training as it is now."""
        is_open = self.training.status is ActivityStatus.OPEN
        is_held = self.detail.today >= self.training.held_on
        is_recorded = bool(self.detail.parts and self.detail.parts.recorded)
        return {
            "record": is_open and is_held and self.may(RecordAttendance),
            "close": is_open and is_held and is_recorded and self.may(CloseTraining),
            "move": is_open and not is_recorded and self.may(MoveTraining),
            "cancel": is_open and not is_recorded and self.may(CancelTraining),
        }


async def shown_training(
    request: Request, account: SessionAccount, year: int, question: ShowTraining
) -> tuple[TrainingPage, Freshness | None]:
    """Return what the question asks of the training. Raises Rejected `training.not_found` for another year's."""
    check_district(question.district)
    answer = await ask(request, question, TrainingDetail)
    if answer.view.training.year != year:
        raise Rejected("training.not_found", training_id=question.training_id[:80])
    return TrainingPage(request=request, reach=reach_of(request, account), detail=answer.view), answer.fresh


@router.get(f"{LIST}/{{district}}/{{year}}")
async def list_trainings(request: Request, account: Signed, district: str, year: Year, trang: str = "") -> Response:
    """Show the trainings of a district and year, with who came."""
    check_district(district)
    reach = reach_of(request, account)
    question = ListTrainings(district=district, year=year, page=activities.number_in(trang))
    answer = await ask(request, question, TrainingList)
    sums = await ask(request, ShowActivities(district=district, year=year), ActivityYear)
    path = f"{LIST}/{district}/{year}"
    return await page(
        request,
        "training/list.html",
        fresh=answer.fresh,
        view=answer.view,
        trainings=answer.view.trainings,
        parts={one.training_id: one for one in answer.view.parts},
        totals=sums.view.trainings,
        whole=sums.view.attendance,
        district=district,
        year=year,
        place=place(district),
        path=path,
        more_href=activities.pages_href(path, "trang", "tap-huan"),
        may_schedule=activities.may(reach, ScheduleTraining, district),
    )


@router.get(f"{LIST}/{{district}}/{{year}}/{{training_id}}")
async def show_training(
    request: Request,
    account: Signed,
    district: str,
    year: Year,
    training_id: str,
    don_vi: str = "",
    trang: str = "",
    trang_dien_bien: str = "",
) -> Response:
    """Show one training with who came of each unit, or of one alone."""
    question = ShowTraining(
        district=district,
        training_id=training_id,
        unit_id=don_vi or None,
        page=activities.number_in(trang),
        history_page=activities.number_in(trang_dien_bien),
    )
    shown, fresh = await shown_training(request, account, year, question)
    return await page(
        request,
        "training/show.html",
        fresh=fresh,
        view=shown.detail,
        training=shown.training,
        parts=shown.detail.parts,
        units=shown.detail.units,
        place=place(district),
        path=shown.path,
        more_href=activities.pages_href(shown.path, "trang", "don-vi"),
        history_href=activities.pages_href(shown.path, "trang_dien_bien", "dien-bien"),
        rights=shown.rights(),
        is_alone=bool(don_vi),
        task=activities.task_fact(district, shown.training.task),
        timeline_entries=await activities.timeline(shown, shown.detail.history, shown.detail.shortened_entries),
    )


@router.get(f"{LIST}/{{district}}/{{year}}/{{training_id}}/dien-bien/{{seq}}")
async def show_entry(
    request: Request, account: Signed, district: str, year: Year, training_id: str, seq: Number
) -> Response:
    """Show one entry of the history, whole."""
    question = ShowTraining(district=district, training_id=training_id, entry=seq)
    shown, fresh = await shown_training(request, account, year, question)
    return await activities.entry_page(shown, shown.detail.history, place(district), fresh)
