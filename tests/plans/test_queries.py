"""What questions answer, from rows in memory: who sees what, and which end of a long list is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from services.plans.events import (
    Group,
    GroupKind,
    NamedUnit,
    RegisteringUnit,
    RegistrationOpened,
    ReportReturned,
    Signer,
    Unit,
    UnitKind,
)
from services.plans.projections import PLANS
from services.plans.projections.registration import registration_row
from services.plans.projections.report import duty_row, history_row
from services.plans.queries import answer, group_year
from services.plans.queries import registration as registration_reads
from services.plans.queries.organisation import units_of
from services.plans.queries.plan import shown_plan
from services.plans.rules import UNITS_MAX
from services.plans.views import (
    AmendmentView,
    CountUnitPlans,
    ElectionView,
    GroupBoard,
    GroupHistory,
    GroupYearView,
    ListPlans,
    ListUnitPlans,
    MyPledges,
    MyRegistrations,
    OrganisationChange,
    OrganisationDetail,
    PlanBoard,
    PlanList,
    PlanView,
    PledgeWork,
    RegistrationDetail,
    RegistrationHistory,
    RegistrationView,
    RegistrationWork,
    ReportDetail,
    ShowGroups,
    ShowOrganisation,
    ShowPlan,
    ShowRegistration,
    ShowReport,
    UnitPlanCounts,
    UnitPlanCoverage,
    WriteUrgingLetter,
)
from shared.clock import clock_at
from shared.errors import Rejected
from shared.process import Edge
from shared.readmodel.memory import MemoryRows
from shared.readmodel.tables import key_of
from shared.settings import Settings
from shared.types import CITY, DISTRICTS, Actor, Grant, Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, WARD, actor, unit
from tests.plans.a_registration import ROUND, recorded
from tests.plans.a_report import ANNOUNCED, AT, KEY, RETURNED, asked
from tests.plans.an_organisation import demo_districts
from tests.plans.test_past_rules import PLAN

AMENDMENT = AmendmentView(version=2, reason="Bổ sung", number=None, added=(), changed=(), removed=(5,), by="x", at=AT)
AMENDED = replace(PLAN, amendment=AMENDMENT, amendment_status="submitted")
SPECS = {table.name: table for table in PLANS.tables}


def edge(today: date = date(2020, 4, 6), **tables: Iterable[object]) -> Edge:
    """Return an edge whose tables hold these rows, others none."""
    fold = {name: {key_of(SPECS[name], row): row for row in rows} for name, rows in tables.items()}
    return Edge(rows=MemoryRows(PLANS, [fold]), clock=clock_at(today), settings=Settings())


# --- the organisation ------------------------------------------------------------------------------


async def test_what_the_asker_has_kept_of_the_organisation_is_not_told_again() -> None:
    rows = edge(
        organisation=[demo_districts("cai-rang")["cai-rang"].detail().organisation],
        organisation_change=[OrganisationChange(district="cai-rang", seq=7)],
        unit=[unit("phuong-le-binh")],
    )

    async def told(known: int | None) -> tuple[int, bool, int]:
        detail = await answer(ShowOrganisation(district="cai-rang", year=2020, known=known), WARD, rows)
        assert isinstance(detail, OrganisationDetail)
        return detail.seq, detail.is_known, len(detail.units)

    assert [await told(known) for known in (None, 6, 7)] == [(7, False, 1), (7, False, 1), (7, True, 0)]


@pytest.mark.parametrize("known", [None, 7])
async def test_the_organisation_is_told_in_the_same_words_to_all_who_may_ask_and_to_nobody_else(
    known: int | None,
) -> None:
    rows = edge(
        organisation=[demo_districts("cai-rang")["cai-rang"].detail().organisation],
        organisation_change=[OrganisationChange(district="cai-rang", seq=7)],
        unit=[unit("phuong-le-binh")],
    )
    question = ShowOrganisation(district="cai-rang", year=2020, known=known)
    admin = Actor(account_id="admin", grants=(Grant(role=Role.ADMIN, district=CITY),))
    first, *others = [await answer(question, who, rows) for who in (WARD, HOME_AFFAIRS, actor(Role.AUDITOR), admin)]
    assert others == [first] * 3
    with pytest.raises(Rejected, match="not_allowed"):
        await answer(question, replace(WARD, grants=()), rows)


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


# --- plans of units -------------------------------------------------------------------------------


async def test_enterprises_of_the_district_are_counted_among_those_that_make_a_plan_of_their_own() -> None:
    units = [unit("cong-ty-a", UnitKind.ENTERPRISE), unit("phuong-le-binh", UnitKind.WARD), unit("ca", UnitKind.ARMED)]
    at = edge(unit=units)
    counts = await answer(CountUnitPlans(district="cai-rang", year=2020), HOME_AFFAIRS, at)
    assert isinstance(counts, UnitPlanCounts) and (counts.expected, counts.none) == (2, 2)
    coverage = await answer(ListUnitPlans(district="cai-rang", year=2020), HOME_AFFAIRS, at)
    assert isinstance(coverage, UnitPlanCoverage)
    assert [(one.unit_id, one.is_expected) for one in coverage.lines] == [("cong-ty-a", True), ("phuong-le-binh", True)]


# --- groups that nobody leads ---------------------------------------------------------------------


def elected(deputy: NamedUnit | None = None) -> GroupYearView:
    """Return the year of the cluster in which Phường Lê Bình was elected to lead in the next."""
    row = GroupYearView(
        district="cai-rang", group_id="cum", year=2020, group_name="Cụm phường", charters=(), reviews=(),
        election=None, seq=1,
    )  # fmt: skip
    election = ElectionView(
        for_year=2021, elected_on=date(2020, 12, 18), head=named("phuong-le-binh"), deputy=deputy, is_rotation=True
    )
    return replace(row, election=election)


def named(unit_id: str) -> NamedUnit:
    return NamedUnit(unit_id=unit_id, name=unit_id)


def group(group_id: str, *members: str, head_id: str | None = None) -> Group:
    kind = GroupKind.CLUSTER
    return Group(
        district="cai-rang", group_id=group_id, year=2021, name=group_id, kind=kind, members=members, head_id=head_id
    )


BEFORE = replace(group("cum", "phuong-le-binh", "phuong-ba-lang"), year=2020)
MEMBERS = [unit(one, UnitKind.WARD) for one in BEFORE.members]
MOVED = group("cum-moi", "phuong-le-binh")
DEPUTY = named("phuong-ba-lang")


@pytest.mark.parametrize(
    ("groups", "deputy", "expected"),
    [
        ([MOVED, group("cum", "phuong-ba-lang")], DEPUTY, ("cum-moi", DEPUTY, True)),
        ([MOVED, group("cum", "phuong-tan-phu")], DEPUTY, ("cum-moi", None, True)),
        ([MOVED], DEPUTY, ("cum-moi", None, False)),
        ([group("cum", "phuong-le-binh", "phuong-ba-lang")], DEPUTY, ("", named("phuong-le-binh"), True)),
        ([], None, ("", None, False)),
        ([MOVED, group("cum", "phuong-ba-lang", head_id="phuong-ba-lang")], DEPUTY, None),
    ],
)
async def test_a_group_that_nobody_leads_though_it_elected_a_head_is_shown_to_who_appoints(
    groups: list[Group], deputy: NamedUnit | None, expected: tuple[str, NamedUnit | None, bool] | None
) -> None:
    at = edge(date(2020, 12, 20), group_year=[elected(deputy)], unit_group=[BEFORE, *groups], unit=MEMBERS)
    board = await answer(ShowGroups(district="cai-rang", year=2021), WARD, at)
    assert isinstance(board, GroupBoard)
    assert [(one.head_in, one.heir, one.is_formed) for one in board.vacancies] == ([expected] if expected else [])
    for who, sees in (
        (HOME_AFFAIRS, True),
        (WARD, False),
        (CHAIR, False),
        (actor(Role.HOME_AFFAIRS, None, "o-mon"), False),
    ):
        work = await answer(MyPledges(), who, at)
        assert isinstance(work, PledgeWork)
        assert work.vacancies == (board.vacancies if sees else ()), who
    later = replace(at, clock=clock_at(date(2022, 1, 3)))
    old = await answer(MyPledges(), HOME_AFFAIRS, later)
    assert isinstance(old, PledgeWork) and old.vacancies == (), "what is past waits for nobody"


@pytest.mark.parametrize(
    ("groups", "units"),
    [
        ([group("cum-moi", *BEFORE.members)], MEMBERS),
        ([group("cum-moi", "phuong-le-binh"), group("khoi", "phuong-ba-lang")], MEMBERS),
        ([MOVED], [MEMBERS[0], unit("phuong-ba-lang", UnitKind.WARD, valid_to=date(2020, 12, 31))]),
        ([], [unit(one, UnitKind.WARD, valid_to=date(2020, 12, 31)) for one in BEFORE.members]),
    ],
)
async def test_a_group_of_which_nobody_is_left_needs_no_leader_and_is_not_carried_on(
    groups: list[Group], units: list[Unit]
) -> None:
    at = edge(date(2020, 12, 20), group_year=[elected(DEPUTY)], unit_group=[BEFORE, *groups], unit=units)
    board = await answer(ShowGroups(district="cai-rang", year=2021), HOME_AFFAIRS, at)
    work = await answer(MyPledges(), HOME_AFFAIRS, at)
    assert isinstance(board, GroupBoard) and isinstance(work, PledgeWork)
    assert (board.not_carried, board.vacancies, work.vacancies) == ((), (), ())
    # While one of them is in no group of the new year, the old one can be formed anew and waits for it.
    waiting = replace(at, rows=edge(group_year=[elected(DEPUTY)], unit_group=[BEFORE, MOVED], unit=MEMBERS).rows)
    board = await answer(ShowGroups(district="cai-rang", year=2021), HOME_AFFAIRS, waiting)
    assert isinstance(board, GroupBoard)
    assert (board.not_carried, [one.group_id for one in board.vacancies]) == ((BEFORE,), ["cum"])


# --- registrations --------------------------------------------------------------------------------


def registrations(units: int, entries: int = 0) -> dict[str, list[Any]]:
    """Return rows: in three districts so many units that have not registered yet, and the history of one of them."""
    places = [(district, f"phuong-{number}") for district in DISTRICTS[:3] for number in range(units)]
    rows = [registration(district, unit_id) for district, unit_id in places]
    history = [
        RegistrationHistory(
            district="cai-rang", year=2020, unit_id="phuong-le-binh", seq=seq, type="RegistrationSaved", text="",
            days_late=0, is_late=False, by="x", at=AT,
        )
        for seq in range(entries)
    ]  # fmt: skip
    return {
        "unit": [unit("phuong-le-binh")],
        "registration": rows,
        "registration_round": [replace(ROUND, district=district) for district in DISTRICTS],
        "registration_history": history,
    }


def registration(district: str, unit_id: str) -> RegistrationView:
    """Return a registration that waits for its unit."""
    opened = RegistrationOpened(
        district=district,
        year=2020,
        closes_on=ROUND.closes_on,
        note="",
        units=(RegisteringUnit(unit_id=unit_id, name=unit_id),),
        by="x",
        at=AT,
    )
    row = registration_row(None, recorded(opened, 1), (district, 2020, unit_id))  # type: ignore[arg-type]
    assert row is not None
    return row


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows, and how often they were asked for."""

    rows: MemoryRows
    asked: list[str] = field(default_factory=list)

    async def get(self, row: Any, table: str, *key: str | int) -> Any:
        """Pass the question on."""
        self.asked.append(table)
        return await self.rows.get(row, table, *key)

    async def select(self, row: Any, table: str, **how: Any) -> Any:
        """Pass the question on."""
        self.asked.append(table)
        return await self.rows.select(row, table, **how)

    async def page(self, table: str, **how: Any) -> list[object]:
        """Pass the question on."""
        self.asked.append(table)
        return await self.rows.page(table, **how)

    async def count(self, table: str, **how: Any) -> int:
        """Pass the question on."""
        self.asked.append(table)
        return await self.rows.count(table, **how)

    async def tally(self, table: str, **how: Any) -> Any:
        """Pass the question on."""
        self.asked.append(table)
        return await self.rows.tally(table, **how)


async def test_what_waits_is_read_in_as_many_questions_however_many_registrations_wait() -> None:
    asked: list[list[str]] = []
    for units in (1, 40):
        of_units = tuple(actor(Role.UNIT_CLERK, f"phuong-{number}").grants[0] for number in range(units))
        clerk = Actor(account_id="x", grants=tuple(replace(one, district=d) for d in DISTRICTS[:3] for one in of_units))
        at = edge(date(2020, 2, 20), **registrations(units))
        rows = Counted(at.rows)  # type: ignore[arg-type]
        work = await answer(MyRegistrations(), clerk, replace(at, rows=rows))
        assert isinstance(work, RegistrationWork)
        assert len(work.duties) == 3 * units
        assert {(one.due_on, one.days_left) for one in work.duties} == {(date(2020, 2, 28), 6)}
        asked.append(rows.asked)
    assert asked[0] == asked[1]


async def test_who_has_nothing_to_register_is_told_so() -> None:
    assert await answer(MyRegistrations(), WARD, edge()) == RegistrationWork(duties=(), today=date(2020, 4, 6))
    # A row of a year whose round is not known waits for nothing yet.
    unknown = edge(registration=[registration("cai-rang", "phuong-le-binh")])
    assert await answer(MyRegistrations(), WARD, unknown) == RegistrationWork(duties=(), today=date(2020, 4, 6))


@pytest.mark.parametrize("older", [0, 3])
async def test_of_a_long_registration_the_newest_entries_are_shown_and_how_many_stand_before_them(older: int) -> None:
    rows = edge(date(2020, 2, 20), **registrations(1, registration_reads.HISTORY_MAX + older))
    question = ShowRegistration(district="cai-rang", year=2020, unit_id="phuong-le-binh")
    detail = await answer(question, WARD, rows)
    assert isinstance(detail, RegistrationDetail)
    assert (detail.earlier, detail.history[0].seq) == (older, older)
    assert detail.history[-1].seq == registration_reads.HISTORY_MAX + older - 1


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
