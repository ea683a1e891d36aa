"""An inspection that was decided is recorded."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import ScheduleInspection
from services.plans.events import InspectionSubject, TeamMember
from services.portal.backend import now
from services.portal.labels import word
from services.portal.numbers import Year
from services.portal.pages import activities
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.inspections.showing import LIST
from services.portal.pages.reach import Signed, check_district, place

router = APIRouter(include_in_schema=False)


@router.api_route(f"{LIST}/{{district}}/{{year}}/moi", methods=["GET", "POST"])
async def schedule_inspection(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Record an inspection that was decided."""
    check_district(district)
    path = f"{LIST}/{district}/{year}"

    def build(values: Values) -> ScheduleInspection:
        return ScheduleInspection(
            district=district,
            inspection_id=activities.id_of(values["inspection_id"], values["title"]),
            title=values["title"],
            subject=InspectionSubject(values["subject"]),
            number=values["number"],
            contents=activities.items(values["contents"]),
            units=values["units"],
            team=_team(values["team"]),
            starts_on=values["starts_on"],
            ends_on=values["ends_on"],
            task_number=activities.task_number(values),
            at=now(request),
        )

    return await run_action(
        request,
        Action(
            title=f"Lập kế hoạch kiểm tra năm {year}",
            submit="Lập kế hoạch",
            path=f"{path}/moi",
            back_href=path,
            onward=await activities.onward(request, path, "inspection_id", "starts_on"),
            state_line=place(district),
            inputs=(
                Input(name="title", label="Tên cuộc kiểm tra"),
                Input(
                    name="subject",
                    label="Kiểm tra về",
                    kind="radios",
                    options=[(one.value, word("inspection_subject", one)) for one in InspectionSubject],
                    value=InspectionSubject.MOVEMENTS.value,
                ),
                Input(name="number", label="Số, ký hiệu quyết định hoặc kế hoạch", hint="Ví dụ: 120/QĐ-UBND"),
                Input(
                    name="contents",
                    label="Nội dung kiểm tra",
                    kind="textarea",
                    rows=5,
                    hint="Mỗi dòng một nội dung.",
                ),
                Input(
                    name="units",
                    label="Đơn vị được kiểm tra",
                    kind="checks",
                    options=await activities.unit_options(request, district, year),
                    value=[],
                ),
                Input(
                    name="team",
                    label="Đoàn kiểm tra",
                    kind="textarea",
                    rows=5,
                    hint="Mỗi dòng một người: họ tên | chức vụ, trưởng đoàn ghi trước.",
                ),
                Input(name="starts_on", label="Từ ngày", kind="date"),
                Input(name="ends_on", label="Đến ngày", kind="date"),
                *await activities.task_input(request, district, year),
                Input(name="inspection_id", label="Mã cuộc kiểm tra", is_required=False, hint=activities.ID_HINT),
            ),
            build=build,
            done="Đã lập kế hoạch kiểm tra.",
            confirm="Sau khi lập, đơn vị, nội dung và thành phần đoàn không sửa được; chỉ chuyển ngày hoặc huỷ được.",
            fields=activities.NAMING_FIELDS
            | activities.DATE_FIELDS
            | {
                "inspection.team_missing": "team",
                "inspection.exists": "inspection_id",
                "activity.id_malformed": "inspection_id",
            },
        ),
    )


def _team(text: str) -> tuple[TeamMember, ...]:
    members = []
    for line in activities.items(text):
        name, _, post = line.partition("|")
        members.append(TeamMember(name=name.strip(), post=post.strip()))
    return tuple(members)
