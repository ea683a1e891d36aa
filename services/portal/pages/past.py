"""An earlier day in the address of a page, and the page that compares two days."""

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.views import CompareDays, PlanDifference
from services.portal.backend import ask
from services.portal.numbers import YEAR_MAX, YEAR_MIN
from services.portal.pages.forms import parse_day
from services.portal.pages.reach import Signed, check_district, directory, place, reach_of, with_query
from services.portal.session import portal
from services.portal.shell import page
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)

SPAN = timedelta(days=30)  # between the days that are compared when none is named


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDay:
    """The day whose end a page shows, and where the same page shows now."""

    day: date
    now_href: str


def day_in(text: str) -> date | None:
    """Return the day of an address, 2020-06-25 or as it is typed, 25/06/2020; None without one.

    Raises Rejected `past.day_malformed`.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if text[4:5] == "-" else parse_day(text)
    except ValueError:
        raise Rejected("past.day_malformed", day=text[:40]) from None
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise Rejected("past.day_malformed", day=text[:40])
    return day


def earlier_day(request: Request) -> EarlierDay | None:
    """Return the earlier day that the address asks for (`ngay`); None for today. Raises Rejected `past.…`."""
    day = day_in(request.query_params.get("ngay", "").strip())
    if day is None or day == portal(request).clock.today():
        return None
    others = {name: value for name, value in request.query_params.items() if name != "ngay"}
    return EarlierDay(day=day, now_href=with_query(request.url.path, **others))


def day_of(earlier: EarlierDay | None) -> date | None:
    """Return the day to ask the service for."""
    return earlier.day if earlier else None


@router.get("/ke-hoach/{district}/{plan_id}/so-sanh")
async def compare_days(
    request: Request, account: Signed, district: str, plan_id: str, tu: str = "", den: str = ""
) -> Response:
    """Show what has changed in a plan between the ends of two days."""
    check_district(district)
    today = reach_of(request, account).today
    later_on = day_in(den.strip()) or today
    earlier_on = day_in(tu.strip()) or later_on - SPAN
    answer = await ask(
        request,
        CompareDays(district=district, plan_id=plan_id, earlier_on=earlier_on, later_on=later_on),
        PlanDifference,
    )
    view = answer.view
    return await page(
        request,
        "plans/compare.html",
        fresh=answer.fresh,
        place=place(district),
        names=await directory(request, district, view.plan.year),
        view=view,
        path=f"/ke-hoach/{district}/{plan_id}",
    )
