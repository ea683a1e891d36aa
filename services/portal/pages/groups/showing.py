"""Cụm, khối thi đua: the groups of a year, their charters and reviews, and who leads them next."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    AppointGroupLeaders,
    CarryGroups,
    HoldReview,
    PlansCommand,
    WithdrawReview,
)
from services.plans.events import ReviewKind
from services.plans.rules import LEAD_STANDING, RIGHTS, allows_for_member
from services.plans.views import (
    GroupBoard,
    GroupDetail,
    GroupHistory,
    GroupLine,
    ReviewState,
    ReviewStatus,
    ShowGroup,
    ShowGroups,
)
from services.portal.backend import ask, backend, now
from services.portal.labels import event_words, word
from services.portal.numbers import Year
from services.portal.pages.files import file_links
from services.portal.pages.forms import Action, Facts, run_action
from services.portal.pages.reach import Reach, Signed, check_district, directory, place, reach_of, with_query, years
from services.portal.shell import page
from shared.types import CITY

router = APIRouter(include_in_schema=False)


def may_lead(reach: Reach, command: type[PlansCommand], district: str, head_id: str | None) -> bool:
    """Return whether the person may do this for the group: its head unit's people, and Phòng Nội vụ."""
    actor = reach.account.actor
    return allows_for_member(RIGHTS[command], LEAD_STANDING, actor, on=reach.today, district=district, unit_id=head_id)


def may_form(reach: Reach, command: type[CarryGroups | AppointGroupLeaders], district: str) -> bool:
    """Return whether the person may form groups and name their leaders."""
    return RIGHTS[command].allows(reach.account.actor, on=reach.today, district=district)


async def timeline_entry(request: Request, one: GroupHistory) -> dict[str, object]:
    """Return one event of a group or a pledge in plain words."""
    person = await backend(request).name_of(one.by)
    behalf = f"thay mặt {await backend(request).name_of(one.on_behalf_of)}" if one.on_behalf_of else ""
    told = f"Người thực hiện: {person}" if one.unit_name else ""
    return {
        "at": one.at,
        "who": one.unit_name or person,
        "text": event_words(one.type),
        "note": " · ".join(part for part in (_period_words(one), one.text, told, behalf) if part),
        "files": file_links("plans", one.attachments),
    }


def _period_words(one: GroupHistory) -> str:
    kind = "pledge_period" if one.type.startswith("Pledge") else "review_kind"
    return word(kind, one.period) if one.period else ""


# -- the groups of a year -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCount:
    """How many reviews of a kind stand so, and where they are listed."""

    kind: ReviewKind
    state: ReviewState
    count: int
    href: str


@router.get("/cum-khoi/{district}/{year}")
async def show_groups(
    request: Request, account: Signed, district: str, year: Year, ky: str = "", trang_thai: str = ""
) -> Response:
    """Show the groups of the year, those only whose review stands as asked for."""
    check_district(district)
    reach = reach_of(request, account)
    answer = await ask(request, ShowGroups(district=district, year=year), GroupBoard)
    names = await directory(request, district, year)
    view, path = answer.view, f"/cum-khoi/{district}/{year}"
    wanted = (ky, trang_thai)
    lines = [
        one
        for one in view.lines
        if wanted == ("", "") or wanted in {(str(review.kind), str(review.state)) for review in one.reviews}
    ]
    return await page(
        request,
        "groups/list.html",
        fresh=answer.fresh,
        district=district,
        place=place(district),
        year=year,
        path=path,
        lines=lines,
        counts=_counts(view.lines, path),
        absences=sum(one.absences for one in view.totals),
        is_filtered=wanted != ("", ""),
        not_carried=view.not_carried,
        may_carry=may_form(reach, CarryGroups, district),
        vacancies=view.vacancies,
        may_appoint=may_form(reach, AppointGroupLeaders, district),
        names=names,
        year_options=years(view.today, year),
        city_href="" if district == CITY else f"/cum-khoi/{CITY}/{year}",
    )


def _counts(lines: Sequence[GroupLine], path: str) -> list[ReviewCount]:
    """Return how many reviews stand how; each figure leads to its groups."""
    reviews = [(review.kind, review.state) for one in lines for review in one.reviews]
    return [
        ReviewCount(
            kind=kind, state=state, count=reviews.count((kind, state)), href=with_query(path, ky=kind, trang_thai=state)
        )
        for kind in ReviewKind
        for state in ReviewState
        if (kind, state) in reviews
    ]


@router.api_route("/cum-khoi/{district}/{year}/chuyen-nam", methods=["GET", "POST"])
async def carry_groups(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Form the groups of the year before anew."""
    check_district(district)
    board = (await ask(request, ShowGroups(district=district, year=year), GroupBoard)).view
    names = await directory(request, district, year)
    path = f"/cum-khoi/{district}/{year}"
    facts: Facts = [
        (one.name, ", ".join(names.unit(unit_id) for unit_id in one.members)) for one in board.not_carried
    ] or [(f"Năm {year - 1}", "Không còn cụm, khối nào chưa chuyển.")]
    return await run_action(
        request,
        Action(
            title=f"Chuyển cụm, khối từ năm {year - 1} sang năm {year}",
            submit="Chuyển sang năm mới",
            path=f"{path}/chuyen-nam",
            back_href=path,
            facts=facts,
            text=f"Đơn vị đã kết thúc hoạt động trước ngày 01/01/{year} được thay bằng đơn vị kế thừa; đơn vị không "
            "có kế thừa thì thôi là thành viên. Trưởng, phó cử theo kết quả bầu ở họp tổng kết.",
            build=lambda _: CarryGroups(district=district, year=year, at=now(request)),
            done=f"Đã chuyển cụm, khối sang năm {year}.",
        ),
    )


# -- one group ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """One group's year with who looks at it: what its page and its actions are made of."""

    request: Request
    reach: Reach
    detail: GroupDetail

    @property
    def path(self) -> str:
        """Return the address of the group's year."""
        group = self.detail.group
        return f"/cum-khoi/{group.district}/{group.year}/{group.group_id}"

    @property
    def key(self) -> tuple[str, str, int]:
        """Return district, group and year as commands name them."""
        group = self.detail.group
        return group.district, group.group_id, group.year

    def review(self, kind: ReviewKind) -> ReviewStatus:
        """Return the review of the kind."""
        return next(one for one in self.detail.reviews if one.kind is kind)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the group as it is now."""
        group = self.detail.group
        leads = may_lead(self.reach, HoldReview, group.district, group.head_id)
        annual = self.review(ReviewKind.ANNUAL).view
        return {
            "leads": leads,
            "elects": leads and annual is not None and annual.minutes is not None,
            "withdraws": may_lead(self.reach, WithdrawReview, group.district, None),
            "appoints": may_form(self.reach, AppointGroupLeaders, group.district),
        }


async def page_of(request: Request, account: Signed, district: str, year: int, group_id: str) -> GroupPage:
    """Return the group's year with who looks at it. Raises Rejected `group.not_found`, `actor.not_allowed`."""
    check_district(district)
    answer = await ask(request, ShowGroup(district=district, group_id=group_id, year=year), GroupDetail)
    request.state.fresh = answer.fresh
    return GroupPage(request=request, reach=reach_of(request, account), detail=answer.view)


@router.get("/cum-khoi/{district}/{year}/{group_id}")
async def show_group_year(request: Request, account: Signed, district: str, year: Year, group_id: str) -> Response:
    """Show one group's year."""
    shown = await page_of(request, account, district, year, group_id)
    group = shown.detail.group
    names = {one.unit_id: one.name for one in shown.detail.members}
    return await page(
        request,
        "groups/detail.html",
        fresh=request.state.fresh,
        district=district,
        place=place(district),
        year=year,
        path=shown.path,
        group=group,
        detail=shown.detail,
        names=names,
        rights=shown.rights(),
        timeline_entries=[await timeline_entry(request, one) for one in shown.detail.history],
    )
