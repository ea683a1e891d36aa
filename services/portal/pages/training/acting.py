"""What is done with a training: who came is recorded, it is moved, evaluated or given up."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import CancelTraining, CloseTraining, MoveTraining, RecordAttendance
from services.plans.events import UnitAttendance
from services.plans.views import ShowTraining, TrainingUnitView
from services.portal.backend import now
from services.portal.format import day
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.forms import Action, Input, Invalid, Values, run_action
from services.portal.pages.reach import Signed, with_query
from services.portal.pages.training.scheduling import DATE_FIELDS, when_inputs
from services.portal.pages.training.showing import LIST, TrainingPage, shown_training
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

_CAME = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})(?:\s+(.*))?", re.S)


@router.api_route(f"{LIST}/{{district}}/{{year}}/{{training_id}}/{{verb}}", methods=["GET", "POST"])
async def act_on_training(
    request: Request, account: Signed, district: str, year: Year, training_id: str, verb: str, trang: str = ""
) -> Response:
    """Do one thing with the training."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    question = ShowTraining(district=district, training_id=training_id, page=activities.number_in(trang))
    shown, _ = await shown_training(request, account, year, question)
    return await run_action(request, await _ACTIONS[verb](shown))


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


def _input(name: str, unit: TrainingUnitView, *, is_whole: bool) -> Input:
    """Return the field of a unit; what is cut in the answer is not offered, for saving it would lose the rest."""
    hint = "" if is_whole else "Đã ghi, nội dung dài; để trống thì giữ nguyên."
    return Input(name=name, label=unit.name, is_required=False, value=came_text(unit) if is_whole else "", hint=hint)


async def _record(shown: TrainingPage) -> Action:
    one, view = shown.training, shown.detail
    names = {f"unit-{unit.unit_id}": unit for unit in view.units}

    def build(values: Values) -> RecordAttendance:
        told = [came(name, unit.unit_id, values[name]) for name, unit in names.items() if values[name]]
        if not told:
            raise Invalid({next(iter(names)): "Hãy ghi số người dự của ít nhất một đơn vị."})
        return RecordAttendance(
            district=one.district, training_id=one.training_id, attendance=tuple(told), at=now(shown.request)
        )

    return replace(
        activities.form_of(shown, "diem-danh", "Ghi số người dự tập huấn", "Ghi số người dự", "Đã ghi số người dự."),
        path=with_query(f"{shown.path}/diem-danh", trang=view.page if view.pages > 1 else None),
        text="Mỗi đơn vị ghi số dự/số mời, sau đó có thể ghi chức danh, cách nhau bằng dấu phẩy; không ghi họ tên. "
        "Ví dụ: 2/3 Phó Chủ tịch, công chức Văn hoá - Xã hội. Đơn vị để trống thì giữ nguyên."
        + (f" Trang {view.page}/{view.pages}." if view.pages > 1 else ""),
        inputs=tuple(_input(name, unit, is_whole=unit.unit_id not in view.shortened) for name, unit in names.items()),
        build=build,
    )


async def _close(shown: TrainingPage) -> Action:
    one, parts = shown.training, shown.detail.parts
    missing = (parts.units - parts.recorded) if parts else 0
    return replace(
        activities.form_of(shown, "tong-ket", "Tổng kết lớp tập huấn", "Tổng kết", "Đã tổng kết lớp tập huấn."),
        facts=[*shown.facts, ("Số người dự", f"{parts.attended}/{parts.invited}" if parts else "0/0")],
        inputs=(Input(name="evaluation", label="Đánh giá", kind="textarea", rows=8),),
        confirm=(f"Còn {missing} đơn vị chưa ghi số người dự. " if missing else "")
        + "Sau khi tổng kết không ghi thêm số người dự.",
        build=lambda values: CloseTraining(
            district=one.district, training_id=one.training_id, evaluation=values["evaluation"], at=now(shown.request)
        ),
    )


async def _move(shown: TrainingPage) -> Action:
    one = shown.training
    until = day(one.held_until) if one.held_until != one.held_on else ""
    return replace(
        activities.form_of(shown, "chuyen", "Chuyển lớp tập huấn", "Chuyển", "Đã chuyển lớp tập huấn."),
        inputs=(
            *when_inputs(day(one.held_on), until, one.place),
            activities.reason_input("Lý do"),
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
        fields=DATE_FIELDS | activities.REASON_FIELDS,
    )


async def _cancel(shown: TrainingPage) -> Action:
    one = shown.training
    return replace(
        activities.form_of(shown, "huy", "Huỷ lớp tập huấn", "Huỷ lớp tập huấn", "Đã huỷ lớp tập huấn."),
        inputs=(activities.reason_input("Lý do huỷ"),),
        confirm="Lớp tập huấn đã huỷ không khôi phục được.",
        build=lambda values: CancelTraining(
            district=one.district, training_id=one.training_id, reason=values["reason"], at=now(shown.request)
        ),
        fields=activities.REASON_FIELDS,
    )


_ACTIONS: dict[str, Callable[[TrainingPage], Awaitable[Action]]] = {
    "diem-danh": _record,
    "tong-ket": _close,
    "chuyen": _move,
    "huy": _cancel,
}
