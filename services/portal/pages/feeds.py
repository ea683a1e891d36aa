"""Liên kết lịch: a unit's due dates for a calendar program, behind a link that is shown once and can be revoked."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.views import (
    ListPlans,
    OrganisationDetail,
    PlanBoard,
    PlanList,
    ShowOrganisation,
    ShowPlan,
    TaskState,
    TaskView,
)
from services.portal.backend import backend
from services.portal.format import day as day_text
from services.portal.ics import MEDIA_TYPE, DayEvent, calendar_file
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import Signed, directory, own_first, place, reach_of
from services.portal.session import portal
from services.portal.shell import page
from shared.clock import real_now
from shared.errors import Rejected
from shared.types import DISTRICTS

router = APIRouter(include_in_schema=False)
PATH = "/lich/lien-ket"
_UID_AT = "thi-dua.can-tho"  # part of what names an event for ever


@router.get(PATH)
async def show_feeds(request: Request, account: Signed) -> Response:
    """Show the person's own links."""
    reach = reach_of(request, account)
    feeds = await portal(request).accounts.feeds.ls(account.account_id)
    names = {
        district: (await directory(request, district, reach.today.year)).names
        for district in {one.district for one in feeds}
        if district in reach.districts
    }
    return await page(
        request,
        "calendar/feeds.html",
        feeds=[(one, names.get(one.district, {}).get(one.unit, one.unit), place(one.district)) for one in feeds],
    )


@router.api_route(f"{PATH}/moi", methods=["GET", "POST"])
async def issue_feed(request: Request, account: Signed, quan: str = "") -> Response:
    """Make a link for a unit and show it, this once."""
    reach = reach_of(request, account)
    if not reach.districts:
        raise Rejected("actor.not_allowed", action="feed")
    district = quan if quan in reach.districts else own_first(reach.districts, reach)
    names = await directory(request, district, reach.today.year)
    own = sorted(reach.units(district))

    async def carry_out(request: Request, values: Values) -> Response:
        unit = values["unit"]
        issued = await portal(request).accounts.feeds.issue(account.account_id, district=district, unit=unit)
        return await page(
            request,
            "calendar/feed_issued.html",
            name=names.unit(unit),
            address=f"{_base(request)}/lich/{district}/{quote(unit)}.ics?khoa={issued.token}",
        )

    action = Action(
        title="Tạo liên kết lịch",
        state_line="Để ứng dụng lịch trên điện thoại, máy tính tự hiện hạn nhiệm vụ của đơn vị",
        submit="Tạo liên kết",
        path=f"{PATH}/moi?quan={district}",
        back_href=PATH,
        carry_out=carry_out,
        done="",
        text="Ai có liên kết này đều đọc được hạn nhiệm vụ của đơn vị, không sửa được gì.",
        inputs=(
            Input(
                name="unit",
                label=f"Đơn vị ({place(district)})",
                kind="select",
                options=names.unit_options(on=reach.today),
                value=own[0] if own else "",
            ),
        ),
    )
    return await run_action(request, action)


@router.api_route(f"{PATH}/{{feed_id}}/thu-hoi", methods=["GET", "POST"])
async def revoke_feed(request: Request, account: Signed, feed_id: str) -> Response:
    """Revoke one of the person's own links."""
    feeds = portal(request).accounts.feeds
    one = next((one for one in await feeds.ls(account.account_id) if one.feed_id == feed_id), None)
    if one is None:
        raise Rejected("feed.not_found")

    async def carry_out(_: Request, __: Values) -> None:
        await feeds.revoke(feed_id, by=account.account_id)

    action = Action(
        title="Thu hồi liên kết lịch",
        submit="Thu hồi liên kết",
        path=f"{PATH}/{feed_id}/thu-hoi",
        back_href=PATH,
        carry_out=carry_out,
        done="Đã thu hồi liên kết lịch.",
        confirm="Ứng dụng lịch đang dùng liên kết này không đọc được nữa. Liên kết đã thu hồi không dùng lại được.",
        facts=(("Đơn vị", one.unit, place(one.district)), ("Tạo ngày", day_text(one.issued_at))),
    )
    return await run_action(request, action)


@router.get("/lich/{district}/{unit_id}.ics")
async def give_calendar(request: Request, district: str, unit_id: str, khoa: str = "") -> Response:
    """Give the unit's due dates to a calendar program that has the link's token."""
    ip = request.client.host if request.client else ""
    reader = await portal(request).accounts.feeds.reader_of(khoa, ip)
    if (reader.district, reader.unit) != (district, unit_id) or district not in DISTRICTS:
        raise Rejected("feed.not_found")
    ours = backend(request)
    year = portal(request).clock.today().year
    organisation = await ours.ask(ShowOrganisation(district=district, year=year), OrganisationDetail, reader.actor)
    plans = await ours.ask(ListPlans(district=district), PlanList, reader.actor)
    boards = [
        await ours.ask(ShowPlan(district=district, plan_id=plan.plan_id, unit_id=unit_id), PlanBoard, reader.actor)
        for plan in plans.view.plans
        if plan.issued_on is not None and plan.year >= year - 1
    ]
    names = {unit.unit_id: unit.short_name for unit in organisation.view.units}
    fresh = organisation.fresh
    content = calendar_file(
        f"Hạn nhiệm vụ · {names.get(unit_id, unit_id)}",
        [due_event(task, unit_id, _base(request)) for board in boards for task in board.view.tasks],
        stamp=fresh.at if fresh else real_now(),
    )
    return Response(content, headers={"content-type": MEDIA_TYPE, "cache-control": "private, no-cache"})


def due_event(task: TaskView, unit_id: str, base: str) -> DayEvent:
    """Return the due date of a task as the unit's calendar shows it."""
    part = next((one for one in task.parts if one.unit_id == unit_id), None)
    is_done = task.completed_on is not None or (part is not None and part.done_on is not None)
    where = f"{task.district}/{task.plan_id}/{task.number}"
    return DayEvent(
        uid=f"{where.replace('/', '-')}-{unit_id}@{_UID_AT}",
        sequence=task.seq,
        day=task.due_on,
        summary=f"{'Đã xong: ' if is_done else 'Hạn: '}{task.content}",
        description="\n".join(
            (
                f"Nhiệm vụ số {task.number}, kế hoạch năm {task.year}, {place(task.district)}.",
                f"Đơn vị: {', '.join(one.name for one in task.parts)}.",
            )
        ),
        url=f"{base}/nhiem-vu/{where}",
        is_cancelled=task.state is TaskState.CANCELLED,
    )


def _base(request: Request) -> str:
    return (portal(request).settings.base_url or str(request.base_url)).rstrip("/")
