"""The reads of plans, each within the asker's scope."""

import asyncio
from typing import assert_never

from services.plans.documents import (
    parse_plan,
    suggested_calendar,
)
from services.plans.queries.calendar import calendar_detail, calendars_of, check_year, term
from services.plans.queries.organisation import directories, groups_of, organisation_detail, sets_of, units_of
from services.plans.queries.plan import (
    board,
    city_overview,
    district_overview,
    document,
    file_of,
    plans,
    task_detail,
    work,
)
from services.plans.views import (
    ListOrganisations,
    ListPlans,
    MyWork,
    OrganisationList,
    OrganisationView,
    ParsePlan,
    PlansAnswer,
    PlansQuestion,
    ShowCalendar,
    ShowCity,
    ShowDistrict,
    ShowOrganisation,
    ShowPlan,
    ShowPlanDocument,
    ShowTask,
    ShowTerm,
    SuggestCalendar,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, Actor, Role

__all__ = ["answer", "calendars_of", "file_of", "groups_of", "sets_of", "units_of"]


async def answer(question: PlansQuestion, actor: Actor, edge: Edge) -> PlansAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `<thing>.not_found`."""
    match question:
        case ListOrganisations():
            rows = await edge.rows.select(OrganisationView, "organisation")
            return OrganisationList(organisations=tuple(rows))
        case ShowOrganisation(district=district, year=year):
            # Who grants roles has to name the units; the chart of offices is no business content.
            if district != CITY and not actor.has(Role.ADMIN, on=edge.clock.today(), district=district):
                _authorise(actor, edge, district)
            return await organisation_detail(edge, district, year)
        case ParsePlan(text=text):
            # Some pages of text take a while, and others ask meanwhile.
            return await asyncio.to_thread(parse_plan, text, await directories(edge))
        case ListPlans():
            return await plans(question, actor, edge)
        case ShowPlan():
            _authorise(actor, edge, question.district)
            return await board(question, actor, edge)
        case ShowTask():
            _authorise(actor, edge, question.district)
            return await task_detail(question, edge)
        case MyWork():
            return await work(actor, edge)
        case ShowDistrict():
            _authorise(actor, edge, question.district)
            return await district_overview(question, edge)
        case ShowCity():
            if not actor.reads_city(on=edge.clock.today()):
                raise Rejected("actor.not_allowed", action="ShowCity")
            return await city_overview(question, edge)
        case ShowCalendar():
            if question.district is not None:
                _authorise(actor, edge, question.district)
            return await calendar_detail(question, actor, edge)
        case ShowTerm():
            return await term(question, edge)
        case ShowPlanDocument():
            _authorise(actor, edge, question.district)
            return await document(question, actor, edge)
        case SuggestCalendar(year=year):
            check_year(year)
            # The list of holidays takes a quarter of a second to read the first time.
            return await asyncio.to_thread(suggested_calendar, year)
        case _:
            assert_never(question)


def _authorise(actor: Actor, edge: Edge, district: str) -> None:
    if not actor.reads(district, on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="read", district=district[:40])
