"""Who goes on with a plan's open work when a unit ends, or the district: parts, drafts, and what policies ask for."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import CancelTask, HandOverTasks, ReopenTask, ReportTask, TransferDraft
from services.plans.decider import PLAN, Plan, PlanFacts
from services.plans.events import (
    EVENTS,
    District,
    DraftAmended,
    DraftTransferred,
    NamedUnit,
    OfficialNotice,
    OrganisationClosed,
    PlanEvent,
    PlansEvent,
    Successor,
    TaskAssigned,
    TaskCompleted,
    UnitClosed,
    UnitRole,
    UnitsMerged,
    UnitSplit,
)
from services.plans.policies import succeed
from services.plans.projections import PLANS
from services.plans.rules.organisation import PLAN_YEARS
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.tables import Rollup
from shared.types import CITY, Actor, Recorded, Role
from tests.plans.a_plan import (
    AT,
    CHAIR,
    DRAFTED,
    HOME_AFFAIRS,
    ISSUE,
    ISSUED,
    SUBMIT,
    SUBMITTED,
    WARD,
    actor,
    complete,
    draft,
    facts,
)
from tests.plans.test_plan_histories import apply_in_batches, recorded
from tests.support.deciding import given
from tests.support.rows import as_values

POLICY = actor(Role.POLICY, district=CITY)
LAST = date(2020, 2, 29)
PAPER = OfficialNotice(number="893/NQ-UBTVQH14", issued_on=date(2020, 1, 10), issuer="Ủy ban Thường vụ Quốc hội")
HAND_OVER = HandOverTasks(district="cai-rang", plan_id="2020", unit_id="phuong-ba-lang", at=AT)
TRANSFER = TransferDraft(district="cai-rang", plan_id="2020", at=AT)
CLOSED = District(
    district="cai-rang",
    code="919",
    name="Quận Cái Răng",
    short_name="Cái Răng",
    valid_from=date(2004, 1, 2),
    valid_to=date(2025, 6, 30),
    successors=(Successor(unit_id=None, name="Thành phố Cần Thơ"),),
    paper=PAPER,
)


def ending(
    who: Actor = POLICY,
    *,
    heir: str | None = "phuong-cu",
    valid_to: date | None = LAST,
    today: date = date(2020, 3, 2),
) -> PlanFacts:
    """Return the facts where Ba Láng ends after the day; "phuong-cu" is open here."""
    known = facts(who, today=today)
    units = {
        **known.units,
        "phuong-ba-lang": replace(known.units["phuong-ba-lang"], valid_to=valid_to, successor_id=heir),
        "phuong-cu": replace(known.units["phuong-cu"], valid_to=None),
    }
    return replace(known, units=units)


# -- parts of tasks ---------------------------------------------------------------------------


def test_the_open_part_of_a_unit_that_ends_goes_to_its_successor_in_the_same_role() -> None:
    (assigned,) = given(PLAN, *ISSUED).when(HAND_OVER, ending()).then_types(TaskAssigned)

    assert [(one.unit_id, one.role) for one in assigned.participants] == [
        ("phuong-le-binh", UnitRole.LEAD),
        ("phuong-cu", UnitRole.LEAD),
    ]
    assert (assigned.added, assigned.removed) == (("phuong-cu",), ("phuong-ba-lang",))
    assert assigned.succeeds == NamedUnit(unit_id="phuong-ba-lang", name="phuong-ba-lang")
    assert assigned.succeeds_from == date(2020, 3, 1)


def test_a_part_that_is_done_stays_with_the_unit_that_did_it() -> None:
    history = [*ISSUED, *given(PLAN, *ISSUED).when(complete(5, "phuong-ba-lang"), facts()).events()]

    given(PLAN, *history).when(HAND_OVER, ending()).then_nothing()


def test_who_takes_part_already_answers_for_both_and_may_be_done_with_it() -> None:
    history = [*ISSUED, *given(PLAN, *ISSUED).when(complete(5, "phuong-le-binh"), facts()).events()]
    assigned, completed = (
        given(PLAN, *history).when(HAND_OVER, ending(heir="phuong-le-binh")).then_types(TaskAssigned, TaskCompleted)
    )

    assert [one.unit_id for one in assigned.participants] == ["phuong-le-binh"]
    assert assigned.added == ()
    assert [one.unit_id for one in completed.leads] == ["phuong-le-binh"]


def test_while_the_unit_exists_it_keeps_what_is_due_until_its_last_day() -> None:
    # Task 5 is due on 31/03/2020.
    before = date(2020, 2, 20)
    given(PLAN, *ISSUED).when(HAND_OVER, ending(today=before)).then_types(TaskAssigned)
    given(PLAN, *ISSUED).when(HAND_OVER, ending(today=before, valid_to=date(2020, 3, 31))).then_nothing()
    after = ending(today=date(2020, 4, 1), valid_to=date(2020, 3, 31))
    given(PLAN, *ISSUED).when(HAND_OVER, after).then_types(TaskAssigned)


def test_what_is_closed_or_cancelled_is_not_handed_over() -> None:
    cancel = CancelTask(district="cai-rang", plan_id="2020", task_number=5, reason="thừa", at=AT)
    history = [*ISSUED, *given(PLAN, *ISSUED).when(cancel, facts()).events()]

    given(PLAN, *history).when(HAND_OVER, ending()).then_nothing()
    given(PLAN).when(HAND_OVER, ending()).then_nothing()


@pytest.mark.parametrize(
    ("changes", "known", "code"),
    [
        ({"unit_id": "nobody"}, ending(), "unit.not_found"),
        ({}, ending(valid_to=None), "unit.not_ended"),
        ({}, ending(heir=None), "unit.without_successor"),
        ({}, ending(heir="nobody"), "unit.without_successor"),
        ({}, ending(WARD), "actor.not_allowed"),
        ({}, ending(CHAIR), "actor.not_allowed"),
    ],
)
def test_what_cannot_be_handed_over_is_refused(changes: dict[str, Any], known: PlanFacts, code: str) -> None:
    given(PLAN, *ISSUED).when(replace(HAND_OVER, **changes), known).then_rejected(code)


def test_home_affairs_may_hand_over_what_was_left_behind() -> None:
    given(PLAN, *ISSUED).when(HAND_OVER, ending(HOME_AFFAIRS)).then_types(TaskAssigned)


# -- drafts -----------------------------------------------------------------------------------


def test_a_draft_names_the_successor_once_the_unit_has_ended() -> None:
    tasks = (*draft().tasks, replace(draft().tasks[0], number=7, lead_units=("phuong-ba-lang", "phuong-cu")))
    history = given(PLAN).when(draft(tasks=tasks), ending(HOME_AFFAIRS, valid_to=None)).events()
    (amended,) = given(PLAN, *history).when(HAND_OVER, ending()).then_types(DraftAmended)

    assert [one.unit_id for one in amended.tasks[2].leads] == ["phuong-cu"]
    given(PLAN, *history).when(HAND_OVER, ending(today=LAST)).then_nothing()
    given(PLAN, *DRAFTED).when(HAND_OVER, ending()).then_nothing()


def test_a_draft_goes_to_the_successor_of_the_district_from_the_day_after_its_last() -> None:
    known = replace(facts(POLICY), place=CLOSED)
    for history in (DRAFTED, SUBMITTED):
        (transferred,) = given(PLAN, *history).when(TRANSFER, known).then_types(DraftTransferred)
        assert (transferred.transferred_on, transferred.successor_name) == (date(2025, 7, 1), "Thành phố Cần Thơ")
        given(PLAN, *history, transferred).when(TRANSFER, known).then_nothing()
        anew = replace(known, place=replace(CLOSED, valid_to=date(2025, 5, 31)))
        given(PLAN, *history, transferred).when(TRANSFER, anew).then_types(DraftTransferred)


def test_what_is_issued_is_history_and_goes_to_nobody() -> None:
    known = replace(facts(POLICY), place=CLOSED)
    given(PLAN, *ISSUED).when(TRANSFER, known).then_nothing()
    given(PLAN).when(TRANSFER, known).then_nothing()
    given(PLAN, *DRAFTED).when(TRANSFER, replace(known, place=replace(CLOSED, successors=()))).then_nothing()
    given(PLAN, *DRAFTED).when(TRANSFER, replace(known, place=None)).then_nothing()
    given(PLAN, *DRAFTED).when(TRANSFER, replace(facts(), place=CLOSED)).then_rejected("actor.not_allowed")


async def test_a_transferred_draft_that_is_issued_in_time_is_no_longer_transferred() -> None:
    transferred = given(PLAN, *SUBMITTED).when(TRANSFER, replace(facts(POLICY), place=CLOSED)).events()
    issued = given(PLAN, *SUBMITTED, *transferred).when(ISSUE, facts(CHAIR)).events()

    rows = await apply_in_batches(recorded([*SUBMITTED, *transferred]), 9)
    assert [(one.transferred_to, one.transferred_on) for one in rows["plan"].values()] == [  # type: ignore[attr-defined]
        ("Thành phố Cần Thơ", date(2025, 7, 1))
    ]
    rows = await apply_in_batches(recorded([*SUBMITTED, *transferred, *issued]), 9)
    assert [one.transferred_on for one in rows["plan"].values()] == [None]  # type: ignore[attr-defined]


async def test_the_part_that_was_handed_over_stays_readable_as_it_was() -> None:
    report = ReportTask(
        district="cai-rang",
        plan_id="2020",
        task_number=5,
        unit_id="phuong-ba-lang",
        percent=40,
        text="Đã gửi báo cáo lần một",
        at=AT,
    )
    history = [*ISSUED, *given(PLAN, *ISSUED).when(report, facts()).events()]
    history += given(PLAN, *history).when(HAND_OVER, ending()).events()
    task: Any = (await apply_in_batches(recorded(history), 3))["task"]["cai-rang", "2020", 5]

    assert [(one.unit_id, one.percent, one.report) for one in task.handed_over] == [
        ("phuong-ba-lang", 40, "Đã gửi báo cáo lần một")
    ]
    assert [(one.unit_id, one.percent) for one in task.parts] == [("phuong-le-binh", 0), ("phuong-cu", 0)]


# -- the policy -------------------------------------------------------------------------------


def told(event: PlansEvent) -> Recorded[PlansEvent]:
    at = datetime(2020, 2, 6, tzinfo=UTC)
    return Recorded(
        event=event,
        type=EVENTS.wire_name(type(event)),
        event_id="e1",
        stream="PLANS",
        seq=1,
        subject="plans.evt.cai-rang.organisation.cai-rang",
        occurred_at=at,
        recorded_at=at,
        actor="x",
        command_id="c1",
        correlation_id="",
        headers={},
    )


OLD, OTHER, NEW = (NamedUnit(unit_id=one, name=one) for one in ("phuong-cu", "phuong-khac", "phuong-moi"))
SAID: dict[str, Any] = {"district": "cai-rang", "by": "x", "at": AT}
YEARS = [str(2020 + one) for one in PLAN_YEARS]


@pytest.mark.parametrize(
    ("event", "units"),
    [
        (UnitClosed(unit_id="a", closed_on=LAST, successor_id="b", reason="", **SAID), ["a"]),
        (UnitClosed(unit_id="a", closed_on=LAST, successor_id=None, reason="", **SAID), []),
        (
            UnitsMerged(units=(OLD, OTHER), into=NEW, merged_on=date(2020, 3, 1), paper=PAPER, **SAID),
            ["phuong-cu", "phuong-khac"],
        ),
        (
            UnitSplit(unit=OLD, into=(NEW,), successor=NEW, split_on=date(2020, 3, 1), paper=PAPER, **SAID),
            ["phuong-cu"],
        ),
        (UnitSplit(unit=OLD, into=(NEW,), successor=OLD, split_on=date(2020, 3, 1), paper=PAPER, **SAID), []),
    ],
)
def test_the_work_of_each_unit_that_ends_with_a_successor_is_handed_over_in_every_plan(
    event: PlansEvent, units: list[str]
) -> None:
    asked = succeed(told(event))

    assert [(one.unit_id, one.plan_id) for one in asked if isinstance(one, HandOverTasks)] == [
        (unit_id, year) for unit_id in units for year in YEARS
    ]


def test_the_drafts_of_a_district_that_ends_are_transferred_also_those_begun_later() -> None:
    closed = OrganisationClosed(name="Quận Cái Răng", closed_on=LAST, successors=CLOSED.successors, paper=PAPER, **SAID)

    assert [one.plan_id for one in succeed(told(closed))] == YEARS
    assert [one.plan_id for one in succeed(told(DRAFTED[0]))] == ["2020"]
    assert succeed(told(ISSUED[-1])) == []


# -- whatever happens -------------------------------------------------------------------------

steps = st.lists(
    st.one_of(
        st.builds(
            complete,
            st.sampled_from((1, 5)),
            st.sampled_from(("phong-noi-vu", "phuong-le-binh", "phuong-ba-lang", "phuong-cu")),
        ),
        st.just(HAND_OVER),
        st.just(replace(HAND_OVER, unit_id="phuong-le-binh")),
        st.builds(
            lambda number: ReopenTask(district="cai-rang", plan_id="2020", task_number=number, reason="sai", at=AT),
            st.sampled_from((1, 5)),
        ),
        st.just(draft()),
        st.just(SUBMIT),
        st.just(TRANSFER),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@generated(steps, st.sampled_from(("phuong-cu", "phuong-le-binh", None)), st.integers(1, 5), st.booleans())
async def test_every_level_still_equals_an_independent_recount_and_a_repetition_changes_nothing(
    sent: list[Any], heir: str | None, size: int, is_issued: bool
) -> None:
    plan: Plan = PLAN.initial
    history: list[PlanEvent] = []
    for event in ISSUED if is_issued else []:
        plan = PLAN.evolve(plan, event)
        history.append(event)
    for command in sent:
        who = POLICY if isinstance(command, HandOverTasks | TransferDraft) else HOME_AFFAIRS
        known = replace(ending(who, heir=heir), place=CLOSED)
        try:
            events = PLAN.decide(command, plan, known)
        except Rejected:
            continue
        for event in events:
            plan = PLAN.evolve(plan, event)
        history += events
        if isinstance(command, HandOverTasks | TransferDraft):
            assert PLAN.decide(command, plan, known) == []
    rows = await apply_in_batches(recorded(history), size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    for table in PLANS.tables:
        if isinstance(table, Rollup) and table.name in counted:
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            assert rows[table.name].keys() == expected.keys(), table.name
            for key, row in rows[table.name].items():
                for name, value in as_values(row).items():
                    if name not in table.key:
                        assert value == expected[key].get(name, 0), (table.name, key, name)
