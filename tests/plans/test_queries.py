"""What questions answer, from rows in memory: who sees what, and which end of a long list is shown."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.plans.events import ActivityKind, ReportReturned, Signer
from services.plans.projections import PLANS
from services.plans.projections.report import duty_row, history_row
from services.plans.queries import activity, answer, group_year
from services.plans.queries.organisation import units_of
from services.plans.queries.plan import shown_plan
from services.plans.rules import UNITS_MAX
from services.plans.views import (
    ActivityEntry,
    AmendmentView,
    GroupHistory,
    ListPlans,
    PlanBoard,
    PlanList,
    PlanView,
    ReportDetail,
    ShowPlan,
    ShowReport,
    WriteUrgingLetter,
)
from shared.clock import clock_at
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel.memory import MemoryRows
from shared.readmodel.tables import key_of
from shared.settings import Settings
from shared.types import Actor, Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, WARD, actor, unit
from tests.plans.a_registration import recorded
from tests.plans.a_report import ANNOUNCED, AT, KEY, RETURNED, asked
from tests.plans.test_past_rules import PLAN

AMENDMENT = AmendmentView(version=2, reason="Bổ sung", number=None, added=(), changed=(), removed=(5,), by="x", at=AT)
AMENDED = replace(PLAN, amendment=AMENDMENT, amendment_status="submitted")
SPECS = {table.name: table for table in PLANS.tables}


def edge(today: date = date(2020, 4, 6), **tables: Iterable[object]) -> Edge:
    """Return an edge whose tables hold these rows, others none."""
    fold = {name: {key_of(SPECS[name], row): row for row in rows} for name, rows in tables.items()}
    return Edge(rows=MemoryRows(PLANS, [fold]), clock=clock_at(today), settings=Settings())


# --- an amendment before the chair ---------------------------------------------------------------


@pytest.mark.parametrize("who", [HOME_AFFAIRS, CHAIR, actor(Role.AUDITOR)])
def test_an_amendment_before_the_chair_is_seen_by_those_who_see_drafts(who: Actor) -> None:
    assert shown_plan(who, edge(), AMENDED) == AMENDED


async def test_others_see_the_plan_in_force_without_what_lies_before_the_chair() -> None:
    rows = edge(plan=[AMENDED])
    board = await answer(ShowPlan(district="cai-rang", plan_id="2020"), WARD, rows)
    plans = await answer(ListPlans(), WARD, rows)
    assert isinstance(board, PlanBoard) and isinstance(plans, PlanList)
    assert [board.plan, *plans.plans] == [PLAN, PLAN]


# --- the history of a report ----------------------------------------------------------------------


def returned() -> Edge:
    """Return the rows of a report that came and was returned."""
    key: Any = ("cai-rang", 2020, "q1")
    history = [history_row(None, recorded(event, seq), key) for seq, event in enumerate(RETURNED, 1)]  # type: ignore[arg-type]
    duty = duty_row(None, recorded(ANNOUNCED[0], 1), key)  # type: ignore[arg-type]
    assert duty is not None
    return edge(report=[asked()], report_duty=[duty], report_history=[one for one in history if one])


@pytest.mark.parametrize(("who", "reads"), [(WARD, True), (HOME_AFFAIRS, True), (OTHER_WARD, False)])
async def test_why_a_report_came_back_is_read_by_who_writes_and_who_takes_it(who: Actor, reads: bool) -> None:
    question = ShowReport(district="cai-rang", year=2020, period=KEY["period"], reporter_id="phuong-le-binh")
    detail = await answer(question, who, returned())
    assert isinstance(detail, ReportDetail)
    (entry,) = [one for one in detail.history if one.type == ReportReturned.__name__]
    assert entry.text == ("Thiếu số liệu" if reads else "")
    assert "12/BC-UBND" in [one.text for one in detail.history]


# --- lists ----------------------------------------------------------------------------------------


async def test_all_units_are_read_also_where_they_are_as_many_as_may_be() -> None:
    rows = edge(unit=[unit(f"u{number}") for number in range(UNITS_MAX)])
    assert len(await units_of(rows, "cai-rang")) == UNITS_MAX


async def test_of_a_long_history_the_end_is_shown_oldest_first() -> None:
    most = group_year.HISTORY_MAX
    group = [
        GroupHistory(
            district="cai-rang", group_id="cum", year=2020, seq=seq, type="ReviewHeld", period="", unit_name="",
            text="", by="x", on_behalf_of="", at=AT,
        )
        for seq in range(most + 2)
    ]  # fmt: skip
    told = await group_year.history_of(edge(group_history=group), "cai-rang", "cum", 2020)
    assert [told[0].seq, told[-1].seq] == [2, most + 1]
    most = activity.UNITS_SHOWN_MAX
    entries = [
        ActivityEntry(
            district="cai-rang", kind=ActivityKind.CAMPAIGN, activity_id="dot", seq=seq, type="x", unit_name="",
            text="", by="x", at=AT,
        )
        for seq in range(most + 2)
    ]  # fmt: skip
    shown = await activity.history_of(edge(activity_history=entries), "cai-rang", ActivityKind.CAMPAIGN, "dot")
    assert [shown[0].seq, shown[-1].seq] == [2, most + 1]


# --- the letter to a late unit --------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["dated_on", "finish_by"])
@pytest.mark.parametrize("day", [date(2019, 12, 31), date(2023, 1, 1), date(9999, 12, 31)])
async def test_a_letter_of_a_year_far_from_its_plan_is_refused(wrong: str, day: date) -> None:
    days: dict[str, Any] = {"dated_on": date(2020, 4, 6), "finish_by": date(2022, 12, 31), wrong: day}
    letter = WriteUrgingLetter(
        district="cai-rang",
        plan_id="2020",
        unit_id="phuong-le-binh",
        number=None,
        signer=Signer(name="Nguyễn Văn Mẫu", post="Trưởng phòng"),
        **days,
    )
    plans: list[PlanView] = [PLAN]
    with pytest.raises(Rejected) as refusal:
        await answer(letter, HOME_AFFAIRS, edge(plan=plans, unit=[unit("phuong-le-binh")]))
    assert (refusal.value.code, refusal.value.detail["day"]) == ("urging.date_out_of_range", str(day))
