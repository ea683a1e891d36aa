"""A training is announced: what, when, where and for whom."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import ScheduleTraining
from services.portal.backend import now
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import Signed, check_district, place
from services.portal.pages.training.showing import LIST

router = APIRouter(include_in_schema=False)

DATE_FIELDS = {
    "activity.dates_reversed": "held_until",
    "activity.year_out_of_range": "held_until",
    "activity.year_changed": "held_on",
}


@router.api_route(f"{LIST}/{{district}}/{{year}}/moi", methods=["GET", "POST"])
async def schedule_training(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Announce a training."""
    check_district(district)
    path = f"{LIST}/{district}/{year}"

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
                *when_inputs("", "", ""),
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
            fields=activities.NAMING_FIELDS
            | DATE_FIELDS
            | {"training.exists": "training_id", "activity.id_malformed": "training_id"},
        ),
    )


def when_inputs(held_on: str, held_until: str, where: str) -> tuple[Input, ...]:
    """Return the fields of when and where it is held, filled with what is known."""
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
