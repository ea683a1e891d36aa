"""Giao ước thi đua: what the members of a group pledge, who has signed, and what was reached of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    DraftPledge,
    RecordPledgeResults,
    SignPledge,
)
from services.plans.events import NamedUnit, PledgeTarget
from services.plans.rules import LEAD_STANDING, RIGHTS, SIGN_STANDING, allows_for_member
from services.plans.views import (
    PledgeBoard,
    PledgeDetail,
    PledgeLine,
    PledgeStatus,
    PledgeView,
    ShowPledge,
    ShowPledges,
    ShowUnitPledge,
    UnitPledge,
)
from services.portal.backend import ask, ask_or_none
from services.portal.labels import state, word
from services.portal.numbers import Year
from services.portal.pages.ending import ending_of
from services.portal.pages.groups import may_lead, timeline_entry
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of, years
from services.portal.shell import page
from shared.errors import Rejected
from shared.rights import Right
from shared.types import Role

router = APIRouter(include_in_schema=False)


# -- the pledges of a year ----------------------------------------------------------------------


@router.get("/giao-uoc/{district}/{year}")
async def show_pledges(request: Request, account: Signed, district: str, year: Year) -> Response:
    """Show the pledges of the district's groups."""
    check_district(district)
    answer = await ask(request, ShowPledges(district=district, year=year), PledgeBoard)
    view = answer.view
    ending = await ending_of(request, reach_of(request, account), district)
    return await page(
        request,
        "pledges/list.html",
        fresh=answer.fresh,
        district=district,
        place=place(district),
        year=year,
        path=f"/giao-uoc/{district}/{year}",
        pledges=view.pledges,
        group_totals={one.group_id: one for one in view.group_totals},
        totals=view.district_totals,
        without=view.without,
        ended=ending.notice,
        year_options=years(view.today, year),
    )


async def unit_pledge(
    request: Request, district: str, year: int, unit_id: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what the page of a unit says of its pledge: whose signature and which results are missing."""
    answer = await ask_or_none(request, ShowUnitPledge(district=district, unit_id=unit_id, year=year), UnitPledge)
    if answer is None or (pledge := answer.view.pledge) is None:
        return []
    path = f"/giao-uoc/{district}/{year}/{pledge.group_id}"
    told = [(path, state(f"pledge_{pledge.status}").word)]
    if pledge.unsigned:
        told.append((f"{path}#chu-ky", f"còn thiếu chữ ký của {', '.join(one.name for one in pledge.unsigned)}"))
    told += [
        (f"{path}#ket-qua", f"chưa báo cáo đủ kết quả {word('pledge_period', period).lower()}")
        for period in answer.view.owed
    ]
    return [("Giao ước thi đua", told)]


# -- one pledge ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgePage:
    """One pledge with who looks at it: what its page and its actions are made of."""

    request: Request
    reach: Reach
    detail: PledgeDetail

    @property
    def path(self) -> str:
        """Return the address of the pledge."""
        group = self.detail.group
        return f"/giao-uoc/{group.district}/{group.year}/{group.group_id}"

    @property
    def key(self) -> dict[str, str | int]:
        """Return district, group and year as commands name them."""
        group = self.detail.group
        return {"district": group.district, "group_id": group.group_id, "year": group.year}

    @property
    def pledge(self) -> PledgeView:
        """Return the pledge. Raises Rejected `pledge.not_drafted`."""
        if self.detail.pledge is None:
            raise Rejected("pledge.not_drafted")
        return self.detail.pledge

    @property
    def leads(self) -> bool:
        """Return whether the person writes for the group."""
        return may_lead(self.reach, DraftPledge, self.detail.group.district, self.detail.group.head_id)

    @property
    def to_sign(self) -> list[NamedUnit]:
        """Return the members for which the person may sign now."""
        pledge = self.detail.pledge
        if pledge is None or pledge.status is not PledgeStatus.SIGNING:
            return []
        right, district = RIGHTS[SignPledge], self.detail.group.district
        return [one for one in pledge.unsigned if self._allows(right, SIGN_STANDING, district, one.unit_id)]

    @property
    def to_tell(self) -> list[NamedUnit]:
        """Return the members of which the person may tell results now."""
        pledge = self.detail.pledge
        if pledge is None or pledge.status is not PledgeStatus.CONCLUDED or self.detail.today < self.detail.mid_from:
            return []
        right, district = RIGHTS[RecordPledgeResults], self.detail.group.district
        return [one for one in pledge.members if self._allows(right, LEAD_STANDING, district, one.unit_id)]

    def _allows(self, right: Right, standing: frozenset[Role], district: str, unit_id: str) -> bool:
        actor = self.reach.account.actor
        return allows_for_member(right, standing, actor, on=self.reach.today, district=district, unit_id=unit_id)

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the pledge as it is now."""
        pledge, leads = self.detail.pledge, self.leads
        status = pledge.status if pledge else None
        has_signatures = pledge is not None and bool(pledge.signatures)
        return {
            "draft": leads and status in (None, PledgeStatus.DRAFT, PledgeStatus.SIGNING) and not has_signatures,
            "open": leads and status is PledgeStatus.DRAFT,
            "sign": bool(self.to_sign),
            "withdraw": leads
            and status in (PledgeStatus.SIGNING, PledgeStatus.CONCLUDED)
            and pledge is not None
            and not pledge.results,
            "tell": bool(self.to_tell),
            "close": leads and status is PledgeStatus.CONCLUDED and self.detail.today >= self.detail.end_from,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target with what each member reached of it."""

    target: PledgeTarget
    lines: Sequence[PledgeLine]


async def page_of(request: Request, account: Signed, district: str, year: int, group_id: str) -> PledgePage:
    """Return the pledge with who looks at it. Raises Rejected `group.not_found`, `actor.not_allowed`."""
    check_district(district)
    answer = await ask(request, ShowPledge(district=district, group_id=group_id, year=year), PledgeDetail)
    request.state.fresh = answer.fresh
    return PledgePage(request=request, reach=reach_of(request, account), detail=answer.view)


@router.get("/giao-uoc/{district}/{year}/{group_id}")
async def show_pledge(
    request: Request, account: Signed, district: str, year: Year, group_id: str, ket_qua: str = ""
) -> Response:
    """Show one pledge: text, signatures, and pledged against reached; `ket_qua=dat` shows what was met alone."""
    shown = await page_of(request, account, district, year, group_id)
    ending = await ending_of(request, shown.reach, district)
    return await page(
        request,
        "pledges/detail.html",
        fresh=request.state.fresh,
        district=district,
        place=place(district),
        year=year,
        path=shown.path,
        group=shown.detail.group,
        pledge=shown.detail.pledge,
        totals=shown.detail.totals,
        targets=_by_target(shown, ket_qua),
        is_filtered=ket_qua in _FILTERS,
        ended=ending.notice,
        may_sign=set() if ending.is_over else {one.unit_id for one in shown.to_sign},
        may_tell=set() if ending.is_over else {one.unit_id for one in shown.to_tell},
        tells_end=shown.detail.today >= shown.detail.end_from,
        rights=ending.leaves(shown.rights()),
        timeline_entries=[await timeline_entry(request, one) for one in shown.detail.history],
    )


_FILTERS: Mapping[str, Callable[[PledgeLine], bool]] = {
    "dat": lambda line: line.is_met,
    "chua-dat": lambda line: line.end_actual is not None and not line.is_met,
    "chua-bao-cao": lambda line: line.end_actual is None,
    "co-6-thang": lambda line: line.mid_actual is not None,
    "co-cuoi-nam": lambda line: line.end_actual is not None,
}


def _by_target(shown: PledgePage, wanted: str) -> list[Target]:
    pledge = shown.detail.pledge
    if pledge is None:
        return []
    keeps = _FILTERS.get(wanted)
    lines = [one for one in shown.detail.lines if keeps is None or keeps(one)]
    order = {one.unit_id: place for place, one in enumerate(pledge.members)}
    found = [
        Target(
            target=target,
            lines=sorted((one for one in lines if one.number == target.number), key=lambda one: order[one.unit_id]),
        )
        for target in pledge.targets
    ]
    return [one for one in found if one.lines]


@router.get("/giao-uoc/{district}/{year}/{group_id}/ban-ky")
async def show_sheet(request: Request, account: Signed, district: str, year: Year, group_id: str) -> Response:
    """Show the pledge as the sheet that is signed, for print."""
    shown = await page_of(request, account, district, year, group_id)
    pledge = shown.pledge
    return await page(
        request,
        "pledges/sheet.html",
        fresh=request.state.fresh,
        place=place(district),
        year=year,
        path=shown.path,
        group=shown.detail.group,
        pledge=pledge,
        signatures={one.unit_id: one for one in pledge.signatures},
    )
