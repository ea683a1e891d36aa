"""Kiểm tra: the inspections of a year and what is overdue of them, one inspection, and what is done with it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    AcceptResponse,
    CancelInspection,
    ConcludeInspection,
    IssueRecommendations,
    MoveInspection,
    NewRecommendation,
    RecordFindings,
    RejectResponse,
    RespondToRecommendation,
    ScheduleInspection,
    WithdrawRecommendation,
)
from services.plans.events import InspectionSubject, TeamMember
from services.plans.rules import RIGHTS
from services.plans.views import (
    ActivityStatus,
    ActivityYear,
    InspectionDetail,
    InspectionList,
    InspectionUnitView,
    InspectionView,
    ListInspections,
    RecommendationState,
    RecommendationView,
    ShowActivities,
    ShowInspection,
)
from services.portal.backend import ask, now
from services.portal.format import day
from services.portal.labels import word
from services.portal.numbers import Number, Year
from services.portal.pages import activities
from services.portal.pages.files import Kept
from services.portal.pages.forms import Action, Input, Invalid, Values, files_input, run_action
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, with_query
from services.portal.shell import Freshness, page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

WAITING = (RecommendationState.OPEN, RecommendationState.REJECTED)
RECOMMENDATION_STATES = {
    "qua-han": "Quá hạn",
    "cho-thuc-hien": "Chờ thực hiện",
    "cho-xem-xet": "Chờ xem xét",
    "da-thuc-hien": "Đã thực hiện",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionPage:
    """One inspection with who looks at it: what its page and its actions are made of."""

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
        return f"/kiem-tra/{self.inspection.district}/{self.inspection.year}/{self.inspection.inspection_id}"

    def may(self, command: type, unit_id: str | None = None) -> bool:
        """Return whether the person has the right to the command, for the district or the unit."""
        district = self.inspection.district
        return RIGHTS[command].allows(self.reach.account.actor, on=self.reach.today, district=district, unit=unit_id)

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
        is_waiting, is_answered = one.state in WAITING, one.state is RecommendationState.ANSWERED
        if (is_waiting or is_answered) and self.may(RespondToRecommendation, one.unit_id):
            steps.append(("tra-loi", "Báo cáo thực hiện"))
        if is_answered and self.may(AcceptResponse):
            steps += [("cong-nhan", "Công nhận"), ("lam-tiep", "Yêu cầu làm tiếp")]
        if (is_waiting or is_answered) and self.may(WithdrawRecommendation):
            steps.append(("rut", "Rút"))
        return steps


@router.get("/kiem-tra/{district}/{year}")
async def list_inspections(
    request: Request, account: Signed, district: str, year: Year, kien_nghi: str = ""
) -> Response:
    """Show the inspections of a district and year, and the recommendations in one state, the overdue ones first."""
    check_district(district)
    reach = reach_of(request, account)
    answer = await ask(request, ListInspections(district=district, year=year), InspectionList)
    sums = await ask(request, ShowActivities(district=district, year=year), ActivityYear)
    wanted = kien_nghi if kien_nghi in RECOMMENDATION_STATES else ""
    shown = [one for one in answer.view.recommendations if _is_in(one, wanted or "qua-han", answer.view.today)]
    return await page(
        request,
        "inspections/list.html",
        fresh=answer.fresh,
        inspections=answer.view.inspections,
        parts={one.inspection_id: one for one in answer.view.parts},
        recommendation_parts={one.inspection_id: one for one in answer.view.recommendation_parts},
        recommendations=shown,
        titles={one.inspection_id: one.title for one in answer.view.inspections},
        days_left=answer.view.days_left,
        day_now=answer.view.today,
        sums=sums.view,
        wanted=wanted or "qua-han",
        states=RECOMMENDATION_STATES,
        district=district,
        year=year,
        place=place(district),
        path=f"/kiem-tra/{district}/{year}",
        may_schedule=RIGHTS[ScheduleInspection].allows(reach.account.actor, on=reach.today, district=district),
    )


def _is_in(one: RecommendationView, wanted: str, today: date) -> bool:
    match wanted:
        case "qua-han":
            return one.state in WAITING and one.due_on < today
        case "cho-thuc-hien":
            return one.state in WAITING
        case "cho-xem-xet":
            return one.state is RecommendationState.ANSWERED
        case _:
            return one.state is RecommendationState.ACCEPTED


@router.api_route("/kiem-tra/{district}/{year}/moi", methods=["GET", "POST"])
async def schedule_inspection(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Record an inspection that was decided."""
    check_district(district)
    path = f"/kiem-tra/{district}/{year}"

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
            fields=_DATES
            | {
                "activity.title_missing": "title",
                "activity.number_malformed": "number",
                "activity.units_missing": "units",
                "unit.not_found": "units",
                "unit.closed": "units",
                "unit.not_yet_open": "units",
                "inspection.team_missing": "team",
                "inspection.exists": "inspection_id",
                "activity.id_malformed": "inspection_id",
                "task.not_found": "task_number",
            },
        ),
    )


def _team(text: str) -> tuple[TeamMember, ...]:
    members = []
    for line in activities.items(text):
        name, _, post = line.partition("|")
        members.append(TeamMember(name=name.strip(), post=post.strip()))
    return tuple(members)


@router.get("/kiem-tra/{district}/{year}/{inspection_id}")
async def show_inspection(request: Request, account: Signed, district: str, year: Year, inspection_id: str) -> Response:
    """Show one inspection with what was found at each unit, and its recommendations."""
    shown, fresh = await _shown(request, account, district, year, inspection_id)
    return await page(
        request,
        "inspections/show.html",
        fresh=fresh,
        inspection=shown.inspection,
        parts=shown.detail.parts,
        units=shown.detail.units,
        recommendations=shown.detail.recommendations,
        recommendation_parts=shown.detail.recommendation_parts,
        days_left=shown.detail.days_left,
        day_now=shown.detail.today,
        steps={one.number: shown.steps(one) for one in shown.detail.recommendations},
        overdue=sum(_is_in(one, "qua-han", shown.detail.today) for one in shown.detail.recommendations),
        place=place(district),
        path=shown.path,
        rights=shown.rights(),
        task=activities.task_fact(district, shown.inspection.task),
        timeline_entries=await activities.timeline(request, shown.detail.history),
    )


async def _shown(
    request: Request, account: Signed, district: str, year: int, inspection_id: str
) -> tuple[InspectionPage, Freshness | None]:
    check_district(district)
    answer = await ask(request, ShowInspection(district=district, inspection_id=inspection_id), InspectionDetail)
    if answer.view.inspection.year != year:
        raise Rejected("inspection.not_found", inspection_id=inspection_id[:80])
    return InspectionPage(request=request, reach=reach_of(request, account), detail=answer.view), answer.fresh


@router.api_route("/kiem-tra/{district}/{year}/{inspection_id}/{verb}", methods=["GET", "POST"])
async def act_on_inspection(
    request: Request, account: Signed, district: str, year: Year, inspection_id: str, verb: str
) -> Response:
    """Do one thing with the inspection."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown, _ = await _shown(request, account, district, year, inspection_id)
    return await run_action(request, await _ACTIONS[verb](shown))


@router.api_route("/kiem-tra/{district}/{year}/{inspection_id}/kien-nghi/{number}/{verb}", methods=["GET", "POST"])
async def act_on_recommendation(
    request: Request, account: Signed, district: str, year: Year, inspection_id: str, number: Number, verb: str
) -> Response:
    """Do one thing with a recommendation of the inspection."""
    if verb not in _STEPS:
        raise Rejected("page.not_found")
    shown, _ = await _shown(request, account, district, year, inspection_id)
    found = [one for one in shown.detail.recommendations if one.number == number]
    if not found:
        raise Rejected("inspection.recommendation_not_found", number=number)
    return await run_action(request, _STEPS[verb](shown, found[0]))


def _facts(shown: InspectionPage) -> list[tuple[str, object]]:
    one = shown.inspection
    return [("Cuộc kiểm tra", one.title), ("Thời gian", f"{day(one.starts_on)} – {day(one.ends_on)}")]


def _kept(attachments: Sequence[object]) -> list[Kept]:
    return [Kept(handle=one.sha256, size=one.size, name=one.name) for one in attachments]  # type: ignore[attr-defined]


def _unit_input(shown: InspectionPage, units: Sequence[InspectionUnitView]) -> Input:
    """Return the choice of the unit; without a choice it is the only one."""
    wanted = shown.request.query_params.get("don_vi", "")
    ids = [unit.unit_id for unit in units]
    value = wanted if wanted in ids else (ids[0] if len(ids) == 1 else "")
    options = [(unit.unit_id, unit.name) for unit in units]
    return Input(name="unit_id", label="Đơn vị", kind="select", value=value, options=options)


async def _record(shown: InspectionPage) -> Action:
    one = shown.inspection
    unit = activities.only_chosen(_unit_input(shown, shown.detail.units))
    before = next((each for each in shown.detail.units if each.unit_id == unit.value), None)
    contents = before.contents if before and before.contents else one.contents
    return Action(
        title="Ghi kết quả kiểm tra đơn vị",
        submit="Ghi kết quả",
        path=with_query(f"{shown.path}/ket-qua", don_vi=unit.value),
        back_href=shown.path,
        facts=_facts(shown),
        text="Ghi lại thì nội dung mới thay cho lần ghi trước." if before and before.checked_on else "",
        inputs=(
            unit,
            Input(
                name="checked_on",
                label="Ngày làm việc với đơn vị",
                kind="date",
                value=day(before.checked_on) if before else "",
            ),
            Input(
                name="contents",
                label="Nội dung đã kiểm tra",
                kind="textarea",
                rows=5,
                value="\n".join(contents),
                hint="Mỗi dòng một nội dung.",
            ),
            Input(
                name="findings",
                label="Kết quả kiểm tra",
                kind="textarea",
                rows=6,
                value=before.findings if before else "",
            ),
            Input(
                name="strengths",
                label="Ưu điểm",
                kind="textarea",
                is_required=False,
                value=before.strengths if before else "",
            ),
            Input(
                name="shortcomings",
                label="Hạn chế, thiếu sót",
                kind="textarea",
                is_required=False,
                value=before.shortcomings if before else "",
            ),
            files_input(shown.request, _kept(before.attachments) if before else ()),
        ),
        build=lambda values: RecordFindings(
            district=one.district,
            inspection_id=one.inspection_id,
            unit_id=values["unit_id"],
            checked_on=values["checked_on"],
            contents=activities.items(values["contents"]),
            findings=values["findings"],
            strengths=values["strengths"],
            shortcomings=values["shortcomings"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
        done="Đã ghi kết quả kiểm tra đơn vị.",
        expected_seq=one.seq,
        files_to="plans",
        fields={
            "activity.in_future": "checked_on",
            "inspection.checked_before_start": "checked_on",
            "attachment.not_uploaded": "attachments",
        },
    )


async def _issue(shown: InspectionPage) -> Action:
    one = shown.inspection

    def build(values: Values) -> IssueRecommendations:
        if (values["due_on"] is None) == (values["working_days"] is None):
            raise Invalid({"due_on": "Hãy ghi một trong hai: ngày, hoặc số ngày làm việc."})
        return IssueRecommendations(
            district=one.district,
            inspection_id=one.inspection_id,
            recommendations=tuple(
                NewRecommendation(
                    unit_id=values["unit_id"],
                    text=text,
                    due_on=values["due_on"],
                    working_days=values["working_days"],
                )
                for text in activities.items(values["texts"])
            ),
            at=now(shown.request),
        )

    return Action(
        title="Kiến nghị sau kiểm tra",
        submit="Gửi kiến nghị",
        path=f"{shown.path}/kien-nghi",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            _unit_input(shown, [unit for unit in shown.detail.units if unit.checked_on is not None]),
            Input(
                name="texts",
                label="Kiến nghị",
                kind="textarea",
                rows=6,
                hint="Mỗi dòng một kiến nghị cho đơn vị đã chọn; số thứ tự do hệ thống đánh.",
            ),
            Input(name="due_on", label="Hạn thực hiện: ngày", kind="date", is_required=False),
            Input(
                name="working_days",
                label="hoặc trong số ngày làm việc",
                kind="number",
                is_required=False,
                hint="Tính từ ngày làm việc tiếp theo, trừ ngày nghỉ theo lịch làm việc.",
            ),
        ),
        build=build,
        done="Đã gửi kiến nghị cho đơn vị.",
        expected_seq=one.seq,
        fields={
            "inspection.recommendation_exists": "texts",
            "inspection.recommendations_missing": "texts",
            "activity.too_many_items": "texts",
            "text.too_long": "texts",
            "inspection.due_before_check": "due_on",
            "inspection.due_too_late": "due_on",
            "inspection.term_out_of_range": "working_days",
            "inspection.findings_missing": "unit_id",
        },
    )


async def _conclude(shown: InspectionPage) -> Action:
    one, parts = shown.inspection, shown.detail.parts
    missing = (parts.units - parts.checked) if parts else 0
    return Action(
        title="Kết luận cuộc kiểm tra",
        submit="Kết luận",
        path=f"{shown.path}/ket-luan",
        back_href=shown.path,
        facts=[*_facts(shown), ("Đơn vị đã kiểm tra", f"{parts.checked}/{parts.units}" if parts else "0/0")],
        inputs=(
            Input(name="number", label="Số, ký hiệu báo cáo kết quả kiểm tra", hint="Ví dụ: 88/BC-ĐKT"),
            Input(name="concluded_on", label="Ngày báo cáo", kind="date"),
            Input(name="summary", label="Đánh giá chung", kind="textarea", rows=8),
            *activities.SIGNER_INPUTS,
        ),
        confirm=(f"Còn {missing} đơn vị chưa có kết quả. " if missing else "")
        + "Sau khi kết luận không ghi thêm kết quả, kiến nghị; đơn vị vẫn báo cáo thực hiện kiến nghị.",
        build=lambda values: ConcludeInspection(
            district=one.district,
            inspection_id=one.inspection_id,
            number=values["number"],
            concluded_on=values["concluded_on"],
            summary=values["summary"],
            signer=activities.signer_of(values),
            at=now(shown.request),
        ),
        done="Đã kết luận cuộc kiểm tra.",
        expected_seq=one.seq,
        fields={
            "activity.number_malformed": "number",
            "activity.in_future": "concluded_on",
            "inspection.concluded_before_check": "concluded_on",
        },
    )


async def _move(shown: InspectionPage) -> Action:
    one = shown.inspection
    return Action(
        title="Chuyển ngày kiểm tra",
        submit="Chuyển ngày",
        path=f"{shown.path}/chuyen-ngay",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            Input(name="starts_on", label="Từ ngày", kind="date", value=day(one.starts_on)),
            Input(name="ends_on", label="Đến ngày", kind="date", value=day(one.ends_on)),
            Input(name="reason", label="Lý do", kind="textarea", rows=3),
        ),
        build=lambda values: MoveInspection(
            district=one.district,
            inspection_id=one.inspection_id,
            starts_on=values["starts_on"],
            ends_on=values["ends_on"],
            reason=values["reason"],
            at=now(shown.request),
        ),
        done="Đã chuyển ngày kiểm tra.",
        expected_seq=one.seq,
        fields=_DATES | {"activity.reason_missing": "reason", "inspection.checked_before_start": "starts_on"},
    )


async def _cancel(shown: InspectionPage) -> Action:
    one = shown.inspection
    return Action(
        title="Huỷ cuộc kiểm tra",
        submit="Huỷ cuộc kiểm tra",
        path=f"{shown.path}/huy",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", rows=3),),
        confirm="Cuộc kiểm tra đã huỷ không khôi phục được.",
        build=lambda values: CancelInspection(
            district=one.district, inspection_id=one.inspection_id, reason=values["reason"], at=now(shown.request)
        ),
        done="Đã huỷ cuộc kiểm tra.",
        expected_seq=one.seq,
        fields={"activity.reason_missing": "reason"},
    )


# -- one recommendation -------------------------------------------------------------------------


def _step(
    shown: InspectionPage, one: RecommendationView, verb: str, title: str, done: str, inputs: Sequence[Input] = ()
) -> dict[str, object]:
    """Return what the forms about a recommendation have in common."""
    facts: list[tuple[str, object]] = [
        ("Kiến nghị", f"{one.number}. {one.text}"),
        ("Đơn vị", one.unit_name),
        ("Hạn", day(one.due_on)),
    ]
    if one.answer:
        facts += [("Đơn vị báo cáo", one.answer), ("Minh chứng", one.evidence)]
    return {
        "title": title,
        "submit": title,
        "path": f"{shown.path}/kien-nghi/{one.number}/{verb}",
        "back_href": shown.path,
        "facts": facts,
        "inputs": inputs,
        "done": done,
        "expected_seq": shown.inspection.seq,
        "fields": {"activity.reason_missing": "reason", "attachment.not_uploaded": "attachments"},
    }


def _respond(shown: InspectionPage, one: RecommendationView) -> Action:
    inputs = (
        Input(name="text", label="Kết quả thực hiện", kind="textarea", value=one.answer),
        Input(
            name="evidence",
            label="Minh chứng",
            value=one.evidence,
            hint="Số, ký hiệu văn bản hoặc tên tài liệu. Ví dụ: 61/BC-UBND ngày 20/09/2020",
        ),
        files_input(shown.request, _kept(one.attachments)),
    )
    return Action(
        **_step(shown, one, "tra-loi", "Báo cáo thực hiện kiến nghị", "Đã gửi báo cáo thực hiện.", inputs),  # type: ignore[arg-type]
        files_to="plans",
        build=lambda values: RespondToRecommendation(
            district=one.district,
            inspection_id=one.inspection_id,
            number=one.number,
            text=values["text"],
            evidence=values["evidence"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
    )


def _accept(shown: InspectionPage, one: RecommendationView) -> Action:
    return Action(
        **_step(shown, one, "cong-nhan", "Công nhận đã thực hiện", "Đã công nhận kiến nghị được thực hiện."),  # type: ignore[arg-type]
        build=lambda _: AcceptResponse(
            district=one.district, inspection_id=one.inspection_id, number=one.number, at=now(shown.request)
        ),
    )


def _reject(shown: InspectionPage, one: RecommendationView) -> Action:
    inputs = (Input(name="reason", label="Lý do, nội dung phải làm tiếp", kind="textarea", rows=3),)
    return Action(
        **_step(shown, one, "lam-tiep", "Yêu cầu làm tiếp", "Đã yêu cầu đơn vị làm tiếp.", inputs),  # type: ignore[arg-type]
        build=lambda values: RejectResponse(
            district=one.district,
            inspection_id=one.inspection_id,
            number=one.number,
            reason=values["reason"],
            at=now(shown.request),
        ),
    )


def _withdraw(shown: InspectionPage, one: RecommendationView) -> Action:
    inputs = (Input(name="reason", label="Lý do rút", kind="textarea", rows=3),)
    return Action(
        **_step(shown, one, "rut", "Rút kiến nghị", "Đã rút kiến nghị.", inputs),  # type: ignore[arg-type]
        confirm="Kiến nghị đã rút không tính nữa; muốn kiến nghị lại phải ghi mới.",
        build=lambda values: WithdrawRecommendation(
            district=one.district,
            inspection_id=one.inspection_id,
            number=one.number,
            reason=values["reason"],
            at=now(shown.request),
        ),
    )


_ACTIONS: dict[str, Callable[[InspectionPage], Awaitable[Action]]] = {
    "ket-qua": _record,
    "kien-nghi": _issue,
    "ket-luan": _conclude,
    "chuyen-ngay": _move,
    "huy": _cancel,
}
_STEPS: dict[str, Callable[[InspectionPage, RecommendationView], Action]] = {
    "tra-loi": _respond,
    "cong-nhan": _accept,
    "lam-tiep": _reject,
    "rut": _withdraw,
}
_DATES = {
    "activity.dates_reversed": "ends_on",
    "activity.year_out_of_range": "ends_on",
    "activity.year_changed": "starts_on",
}
