"""Tập huấn: the trainings of a year with who came, one training, and what is done with it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import CancelTraining, CloseTraining, MoveTraining, RecordAttendance, ScheduleTraining
from services.plans.events import UnitAttendance
from services.plans.rules import RIGHTS
from services.plans.views import (
    ActivityStatus,
    ActivityYear,
    ListTrainings,
    ShowActivities,
    ShowTraining,
    TrainingDetail,
    TrainingList,
    TrainingUnitView,
    TrainingView,
)
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.forms import Action, Input, Invalid, Values, run_action
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of
from services.portal.shell import Freshness, page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

_CAME = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})(?:\s+(.*))?", re.S)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPage:
    """One training with who looks at it: what its page and its actions are made of."""

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
        return f"/tap-huan/{self.training.district}/{self.training.year}/{self.training.training_id}"

    def may(self, command: type) -> bool:
        """Return whether the person has the right to the command."""
        district = self.training.district
        return RIGHTS[command].allows(self.reach.account.actor, on=self.reach.today, district=district)

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


@router.get("/tap-huan/{district}/{year}")
async def list_trainings(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Show the trainings of a district and year, with who came."""
    check_district(district)
    reach = reach_of(request, account)
    answer = await ask(request, ListTrainings(district=district, year=year), TrainingList)
    sums = await ask(request, ShowActivities(district=district, year=year), ActivityYear)
    return await page(
        request,
        "training/list.html",
        fresh=answer.fresh,
        trainings=answer.view.trainings,
        parts={one.training_id: one for one in answer.view.parts},
        totals=sums.view.trainings,
        whole=sums.view.attendance,
        district=district,
        year=year,
        place=place(district),
        path=f"/tap-huan/{district}/{year}",
        may_schedule=RIGHTS[ScheduleTraining].allows(reach.account.actor, on=reach.today, district=district),
    )


@router.api_route("/tap-huan/{district}/{year}/moi", methods=["GET", "POST"])
async def schedule_training(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Announce a training."""
    check_district(district)
    path = f"/tap-huan/{district}/{year}"

    def build(values: Values) -> ScheduleTraining:
        return ScheduleTraining(
            district=district,
            training_id=activities.id_of(values["training_id"], values["title"]),
            title=values["title"],
            number=values["number"],
            contents=activities.items(values["contents"]),
            held_on=values["held_on"],
            held_until=values["held_until"],
            place=values["place"],
            lecturer=values["lecturer"],
            units=values["units"],
            task_number=activities.task_number(values),
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Lên lịch lớp tập huấn năm {year}",
            submit="Lên lịch",
            path=f"{path}/moi",
            back_href=path,
            onward=await activities.onward(request, path, "training_id", "held_on"),
            state_line=place(district),
            inputs=(
                Input(name="title", label="Tên lớp tập huấn"),
                Input(
                    name="number",
                    label="Số, ký hiệu giấy mời hoặc kế hoạch",
                    is_required=False,
                    hint="Ví dụ: 60/KH-UBND",
                ),
                Input(name="contents", label="Nội dung", kind="textarea", rows=5, hint="Mỗi dòng một nội dung."),
                *_when_inputs("", "", ""),
                Input(name="lecturer", label="Báo cáo viên, giảng viên", is_required=False),
                Input(
                    name="units",
                    label="Đơn vị được mời",
                    kind="checks",
                    options=await activities.unit_options(request, district, year),
                    value=[],
                ),
                *await activities.task_input(request, district, year),
                Input(name="training_id", label="Mã lớp tập huấn", is_required=False, hint=activities.ID_HINT),
            ),
            build=build,
            done="Đã lên lịch lớp tập huấn.",
            fields=_DATES
            | {
                "activity.title_missing": "title",
                "activity.number_malformed": "number",
                "activity.units_missing": "units",
                "unit.not_found": "units",
                "unit.closed": "units",
                "unit.not_yet_open": "units",
                "training.exists": "training_id",
                "activity.id_malformed": "training_id",
                "task.not_found": "task_number",
            },
        ),
    )


def _when_inputs(held_on: str, held_until: str, where: str) -> tuple[Input, ...]:
    return (
        Input(name="held_on", label="Ngày tổ chức", kind="date", value=held_on),
        Input(
            name="held_until",
            label="Đến ngày",
            kind="date",
            is_required=False,
            value=held_until,
            hint="Để trống nếu tổ chức trong một ngày.",
        ),
        Input(name="place", label="Địa điểm", value=where),
    )


@router.get("/tap-huan/{district}/{year}/{training_id}")
async def show_training(request: Request, account: Signed, district: str, year: Year, training_id: str) -> Response:
    """Show one training with who came of each unit."""
    shown, fresh = await _shown(request, account, district, year, training_id)
    return await page(
        request,
        "training/show.html",
        fresh=fresh,
        training=shown.training,
        parts=shown.detail.parts,
        units=shown.detail.units,
        place=place(district),
        path=shown.path,
        rights=shown.rights(),
        task=activities.task_fact(district, shown.training.task),
        timeline_entries=await activities.timeline(request, shown.detail.history),
    )


async def _shown(
    request: Request, account: Signed, district: str, year: int, training_id: str
) -> tuple[TrainingPage, Freshness | None]:
    check_district(district)
    answer = await ask(request, ShowTraining(district=district, training_id=training_id), TrainingDetail)
    if answer.view.training.year != year:
        raise Rejected("training.not_found", training_id=training_id[:80])
    return TrainingPage(request=request, reach=reach_of(request, account), detail=answer.view), answer.fresh


@router.api_route("/tap-huan/{district}/{year}/{training_id}/{verb}", methods=["GET", "POST"])
async def act_on_training(
    request: Request, account: Signed, district: str, year: Year, training_id: str, verb: str
) -> Response:
    """Do one thing with the training."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown, _ = await _shown(request, account, district, year, training_id)
    return await run_action(request, await _ACTIONS[verb](shown))


def _facts(shown: TrainingPage) -> list[tuple[str, object]]:
    one = shown.training
    return [("Lớp tập huấn", one.title), ("Ngày", day(one.held_on)), ("Địa điểm", one.place)]


def came_text(unit: TrainingUnitView) -> str:
    """Return what is on record of a unit as it is typed: `dự/mời chức danh, chức danh`."""
    return f"{unit.attended}/{unit.invited} {', '.join(unit.posts)}".strip() if unit.is_recorded else ""


def came(name: str, unit_id: str, text: str) -> UnitAttendance:
    """Return what was typed of a unit. Raises Invalid for the field of the name."""
    found = _CAME.fullmatch(text.strip())
    if found is None:
        raise Invalid({name: f"“{text[:40]}”: ghi số dự/số mời, ví dụ 2/3, sau đó có thể ghi chức danh."})
    posts = tuple(filter(None, (one.strip() for one in (found[3] or "").split(","))))
    return UnitAttendance(unit_id=unit_id, invited=int(found[2]), attended=int(found[1]), posts=posts)


async def _record(shown: TrainingPage) -> Action:
    one, units = shown.training, shown.detail.units
    names = {f"unit-{unit.unit_id}": unit for unit in units}

    def build(values: Values) -> RecordAttendance:
        told = [came(name, unit.unit_id, values[name]) for name, unit in names.items() if values[name]]
        if not told:
            raise Invalid({next(iter(names)): "Hãy ghi số người dự của ít nhất một đơn vị."})
        return RecordAttendance(
            district=one.district, training_id=one.training_id, attendance=tuple(told), at=now(shown.request)
        )

    return Action(
        title="Ghi số người dự tập huấn",
        submit="Ghi số người dự",
        path=f"{shown.path}/diem-danh",
        back_href=shown.path,
        facts=_facts(shown),
        text="Mỗi đơn vị ghi số dự/số mời, sau đó có thể ghi chức danh, cách nhau bằng dấu phẩy; không ghi họ tên. "
        "Ví dụ: 2/3 Phó Chủ tịch, công chức Văn hoá - Xã hội. Đơn vị để trống thì giữ nguyên.",
        inputs=tuple(
            Input(name=name, label=unit.name, is_required=False, value=came_text(unit)) for name, unit in names.items()
        ),
        build=build,
        done="Đã ghi số người dự.",
        expected_seq=one.seq,
    )


async def _close(shown: TrainingPage) -> Action:
    one, parts = shown.training, shown.detail.parts
    missing = (parts.units - parts.recorded) if parts else 0
    return Action(
        title="Tổng kết lớp tập huấn",
        submit="Tổng kết",
        path=f"{shown.path}/tong-ket",
        back_href=shown.path,
        facts=[*_facts(shown), ("Số người dự", f"{parts.attended}/{parts.invited}" if parts else "0/0")],
        inputs=(Input(name="evaluation", label="Đánh giá", kind="textarea", rows=8),),
        confirm=(f"Còn {missing} đơn vị chưa ghi số người dự. " if missing else "")
        + "Sau khi tổng kết không ghi thêm số người dự.",
        build=lambda values: CloseTraining(
            district=one.district, training_id=one.training_id, evaluation=values["evaluation"], at=now(shown.request)
        ),
        done="Đã tổng kết lớp tập huấn.",
        expected_seq=one.seq,
    )


async def _move(shown: TrainingPage) -> Action:
    one = shown.training
    until = day(one.held_until) if one.held_until != one.held_on else ""
    return Action(
        title="Chuyển lớp tập huấn",
        submit="Chuyển",
        path=f"{shown.path}/chuyen",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            *_when_inputs(day(one.held_on), until, one.place),
            Input(name="reason", label="Lý do", kind="textarea", rows=3),
        ),
        build=lambda values: MoveTraining(
            district=one.district,
            training_id=one.training_id,
            held_on=values["held_on"],
            held_until=values["held_until"],
            place=values["place"],
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã chuyển lớp tập huấn.",
        expected_seq=one.seq,
        fields=_DATES | {"activity.reason_missing": "reason"},
    )


async def _cancel(shown: TrainingPage) -> Action:
    one = shown.training
    return Action(
        title="Huỷ lớp tập huấn",
        submit="Huỷ lớp tập huấn",
        path=f"{shown.path}/huy",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", rows=3),),
        confirm="Lớp tập huấn đã huỷ không khôi phục được.",
        build=lambda values: CancelTraining(
            district=one.district, training_id=one.training_id, reason=values["reason"], at=now(shown.request)
        ),
        done="Đã huỷ lớp tập huấn.",
        expected_seq=one.seq,
        fields={"activity.reason_missing": "reason"},
    )


_ACTIONS: dict[str, Callable[[TrainingPage], Awaitable[Action]]] = {
    "diem-danh": _record,
    "tong-ket": _close,
    "chuyen": _move,
    "huy": _cancel,
}
_DATES = {
    "activity.dates_reversed": "held_until",
    "activity.year_out_of_range": "held_until",
    "activity.year_changed": "held_on",
}
