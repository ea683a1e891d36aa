"""Generated histories of campaigns, inspections and trainings: what holds for every one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import (
    AcceptResponse,
    AmendCampaign,
    CancelCampaign,
    CancelInspection,
    CancelTraining,
    CloseTraining,
    MoveCampaignEnd,
    MoveInspection,
    MoveTraining,
    NewRecommendation,
    RejectResponse,
    WithdrawRecommendation,
)
from services.plans.decider import CAMPAIGN, INSPECTION, TRAINING, ActivityFacts
from services.plans.events import EVENTS, UnitAttendance
from services.plans.projections import PLANS
from shared.codec import to_plain
from shared.decider import Decider
from shared.errors import Rejected
from shared.readmodel.batch import fold_batch
from shared.readmodel.tables import AnyTable, Key, Rollup
from shared.types import Recorded, Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, WARD, actor
from tests.plans.an_activity import (
    AT,
    CAMPAIGN_KEY,
    INSPECTION_KEY,
    OTHER_ID,
    OUTLINE,
    TRAINING_KEY,
    WARD_ID,
    came,
    close,
    conclude,
    draft,
    facts,
    found,
    inspect,
    join,
    launch,
    recommend,
    report,
    respond,
    train,
)
from tests.support.rows import as_values

ACTORS = (HOME_AFFAIRS, CHAIR, WARD, OTHER_WARD, actor(Role.AUDITOR))
DAYS = (date(2020, 1, 15), date(2020, 2, 6), date(2020, 3, 2), date(2020, 5, 20))
UNITS = st.sampled_from((WARD_ID, OTHER_ID, "phong-noi-vu", "khong-co"))
NUMBERS = st.integers(0, 4)
MOVED = replace(OUTLINE, ends_on=date(2020, 4, 30), join_by=None)

# Of each kind its commands, and the rollups that count it.
COMMANDS: Mapping[str, tuple[Decider[Any, Any, Any, Any], Sequence[str], st.SearchStrategy[Any]]] = {
    "campaign": (
        CAMPAIGN,
        ("campaign_totals", "campaign_parts", "campaign_year"),
        st.one_of(
            st.just(draft()),
            st.just(draft(units=(WARD_ID, "phong-noi-vu"))),
            st.just(AmendCampaign(**CAMPAIGN_KEY, outline=MOVED, units=("cac-phuong",))),
            st.just(launch()),
            st.builds(join, UNITS, note=st.sampled_from(("", "Công trình"))),
            st.builds(report, UNITS, individuals=st.integers(-1, 2)),
            st.builds(
                lambda day: MoveCampaignEnd(**CAMPAIGN_KEY, ends_on=day, reason="Dịch bệnh"), st.sampled_from(DAYS)
            ),
            st.builds(lambda day: close(closed_on=day), st.sampled_from(DAYS)),
            st.just(CancelCampaign(**CAMPAIGN_KEY, reason="Trùng đợt")),
        ),
    ),
    "inspection": (
        INSPECTION,
        ("inspection_totals", "inspection_parts", "inspection_year", "recommendation_parts", "recommendation_year"),
        st.one_of(
            st.just(inspect()),
            st.just(inspect(units=(WARD_ID,))),
            st.builds(
                lambda day: MoveInspection(
                    **INSPECTION_KEY, starts_on=day, ends_on=date(2020, 6, 1), reason="Thời tiết"
                ),
                st.sampled_from(DAYS),
            ),
            st.builds(found, UNITS, findings=st.sampled_from(("Đủ", "Thiếu", ""))),
            st.builds(
                lambda unit, text, days: recommend(NewRecommendation(unit_id=unit, text=text, working_days=days)),
                UNITS,
                st.sampled_from(("Công khai", "Bổ sung", " ")),
                st.integers(0, 3),
            ),
            st.builds(respond, NUMBERS),
            st.builds(lambda number: AcceptResponse(**INSPECTION_KEY, number=number), NUMBERS),
            st.builds(lambda number: RejectResponse(**INSPECTION_KEY, number=number, reason="Chưa đủ"), NUMBERS),
            st.builds(lambda number: WithdrawRecommendation(**INSPECTION_KEY, number=number, reason="Nhầm"), NUMBERS),
            st.just(conclude(concluded_on=date(2020, 2, 20))),
            st.just(CancelInspection(**INSPECTION_KEY, reason="Dịch bệnh")),
        ),
    ),
    "training": (
        TRAINING,
        ("training_totals", "training_parts", "training_year"),
        st.one_of(
            st.just(train()),
            st.just(train(units=(WARD_ID, "phong-noi-vu"))),
            st.builds(
                lambda day: MoveTraining(**TRAINING_KEY, held_on=day, place="Hội trường", reason="Trùng lịch"),
                st.sampled_from(DAYS),
            ),
            st.builds(
                lambda unit, invited, attended: came(UnitAttendance(unit_id=unit, invited=invited, attended=attended)),
                UNITS,
                st.integers(-1, 3),
                st.integers(0, 3),
            ),
            st.just(CloseTraining(**TRAINING_KEY, evaluation="Đạt")),
            st.just(CancelTraining(**TRAINING_KEY, reason="Gộp")),
        ),
    ),
}
Step = tuple[Any, ActivityFacts]


def scripts(kind: str, size: int) -> st.SearchStrategy[list[Step]]:
    """Return histories that mostly begin as they should, by anybody on any day."""
    openings: dict[str, list[Step]] = {
        "campaign": [(draft(), facts()), (launch(), facts(CHAIR))],
        "inspection": [(inspect(), facts()), (found(), facts()), (recommend(), facts())],
        "training": [(train(), facts())],
    }
    who = st.one_of(st.just(HOME_AFFAIRS), st.sampled_from(ACTORS))
    known = st.builds(facts, who, st.one_of(st.just(date(2020, 3, 2)), st.sampled_from(DAYS)))
    rest = st.lists(st.tuples(COMMANDS[kind][2], known), max_size=size)
    return st.one_of(rest, rest.map(lambda steps: [*openings[kind], *steps]))


def play(decider: Decider[Any, Any, Any, Any], script: Sequence[Step]) -> tuple[Any, list[Any]]:
    """Return the state and the history of the commands; refused ones leave nothing."""
    state, events = decider.initial, []
    for command, known in script:
        try:
            new = decider.decide(command, state, known)
        except Rejected:
            continue
        for event in new:
            state = decider.evolve(state, event)
        events += new
    return state, events


@pytest.mark.parametrize("kind", list(COMMANDS))
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_repeated_command_changes_nothing(kind: str, data: st.DataObject) -> None:
    decider = COMMANDS[kind][0]
    state = decider.initial
    for command, known in data.draw(scripts(kind, 25)):
        try:
            for event in decider.decide(command, state, known):
                state = decider.evolve(state, event)
            assert decider.decide(command, state, known) == [], command
        except Rejected:
            continue


@pytest.mark.parametrize("kind", list(COMMANDS))
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(kind: str, data: st.DataObject) -> None:
    decider = COMMANDS[kind][0]
    state, history = play(decider, data.draw(scripts(kind, 25)))
    replayed = decider.initial
    for event in history:
        stored = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed = decider.evolve(replayed, stored)
    assert replayed == state


@pytest.mark.parametrize("kind", list(COMMANDS))
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_event_stops_a_decider_wherever_it_stands_in_a_history(kind: str, data: st.DataObject) -> None:
    decider = COMMANDS[kind][0]
    _, history = play(decider, data.draw(scripts(kind, 25)))
    state = decider.initial
    for event in data.draw(st.permutations(history)):
        state = decider.evolve(state, event)


@pytest.mark.parametrize("kind", list(COMMANDS))
@settings(max_examples=40, deadline=None)
@given(st.data())
async def test_every_sum_equals_an_independent_recount_however_events_are_batched(
    kind: str, data: st.DataObject
) -> None:
    decider, tables, _ = COMMANDS[kind]
    _, history = play(decider, data.draw(scripts(kind, 25)))
    rows = await _applied(kind, history, data.draw(st.integers(1, 9)))
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    for name in tables:
        table = PLANS.table(name)
        assert isinstance(table, Rollup)
        expected = {key: row for key, row in counted[name].items() if any(row.values())}
        assert rows[name].keys() == expected.keys(), name
        for key, row in rows[name].items():
            for field, value in as_values(row).items():
                if field not in table.key:
                    assert value == expected[key].get(field, 0), (name, key, field)


async def _applied(kind: str, history: Sequence[Any], size: int) -> dict[str, dict[Key, object]]:
    """Return the rows of every table after the events, applied `size` at a time."""
    rows: dict[str, dict[Key, object]] = {table.name: {} for table in PLANS.tables}
    events = [_recorded(kind, event, seq) for seq, event in enumerate(history, start=1)]

    async def fetch(table: AnyTable, keys: Any) -> dict[Key, object]:
        return {key: rows[table.name][key] for key in keys if key in rows[table.name]}

    for start in range(0, len(events), size):
        changes = await fold_batch(PLANS, events[start : start + size], set(), fetch)
        assert changes.poisoned == []
        for name, keys in changes.delete.items():
            for key in keys:
                rows[name].pop(key, None)
        for name, put in changes.put.items():
            rows[name].update(put)
    return rows


def _recorded(kind: str, event: Any, seq: int) -> Recorded[Any]:
    return Recorded(
        event=event,
        type=EVENTS.wire_name(type(event)),
        event_id=f"e{seq}",
        stream="PLANS",
        seq=seq,
        subject=f"plans.evt.cai-rang.{kind}.one",
        occurred_at=AT,
        recorded_at=AT,
        actor="x",
        command_id=f"c{seq}",
        correlation_id="",
        headers={},
    )
