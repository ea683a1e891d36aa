"""Generated histories of sheets: what holds for every one of them."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.commands import SheetCommand
from services.scoring.decider import SHEET
from services.scoring.decider.sheet import Sheet
from services.scoring.events import EVENTS, ScoreCorrected, ScorePosted, SelfScoreSubmitted, SheetEvent
from services.scoring.projections import SCORING
from services.scoring.views import SheetView
from shared.errors import Rejected
from tests.scoring.a_sheet import HOME_AFFAIRS, POLICY, WARD, award, facts, lines, post, revoke, submit, unit
from tests.scoring.recorded import apply_in_batches, recorded
from tests.support.rows import as_values

UNITS = ("phuong-le-binh", "phuong-ba-lang")
cents = st.one_of(
    st.sampled_from(("0", "60", "60.01", "-1", "0.005", "NaN")),
    st.integers(0, 6000).map(lambda n: str(Decimal(n) / 100)),
)
scores = st.builds(lines, cents, st.sampled_from(("0", "7.25", "20")), st.sampled_from(("0", "15")))
reasons = st.sampled_from(("", "Tính nhầm"))
tasks = st.integers(1, 4)
seqs = st.integers(1, 30)
commands: st.SearchStrategy[SheetCommand] = st.builds(
    lambda command, unit_id: replace(command, unit_id=unit_id),
    st.one_of(
        st.builds(lambda given_lines: submit(lines=given_lines), scores),
        st.builds(
            lambda given_lines, bonus, penalty, out, reason: post(
                lines=given_lines,
                bonus=Decimal(bonus),
                bonus_reason="Cờ",
                penalty=Decimal(penalty),
                penalty_reason="Trễ",
                knocked_out_reason=out,
                reason=reason,
            ),
            st.one_of(scores, st.just(())),
            st.integers(-1, 51),
            st.integers(-1, 101),
            st.sampled_from((None, "Không đăng ký", "")),
            reasons,
        ),
        st.builds(award, tasks, seqs),
        st.builds(revoke, tasks, seqs),
    ),
    st.sampled_from(UNITS),
)


def decide(command: SheetCommand, sheet: Sheet) -> list[SheetEvent]:
    """Return what happens, given by whoever may; refused commands leave nothing."""
    who = {"SubmitSelfScore": WARD, "PostScore": HOME_AFFAIRS}.get(type(command).__name__, POLICY)
    if who is WARD:
        who = replace(WARD, grants=tuple(replace(one, unit=command.unit_id) for one in WARD.grants))
    try:
        return SHEET.decide(command, sheet, facts(who, unit=unit(command.unit_id)))
    except Rejected:
        return []


def play(script: list[SheetCommand]) -> tuple[dict[str, Sheet], list[SheetEvent]]:
    """Return the state of each sheet and the history of all."""
    sheets: dict[str, Sheet] = {}
    history: list[SheetEvent] = []
    for command in script:
        sheet = sheets.get(command.unit_id, SHEET.initial)
        events = decide(command, sheet)
        for event in events:
            sheet = SHEET.evolve(sheet, event)
        sheets[command.unit_id] = sheet
        history += events
    return sheets, history


@settings(max_examples=150, deadline=None)
@given(st.lists(commands, max_size=30))
def test_a_repeated_command_changes_nothing(script: list[SheetCommand]) -> None:
    sheets, _ = play(script)
    for command in script:
        sheet = sheets[command.unit_id]
        for event in decide(command, sheet):
            sheet = SHEET.evolve(sheet, event)
        assert decide(command, sheet) == [], command


@settings(max_examples=150, deadline=None)
@given(st.lists(commands, max_size=30))
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(script: list[SheetCommand]) -> None:
    sheets, history = play(script)
    replayed: dict[str, Sheet] = {}
    for event in history:
        stored: Any = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        assert EVENTS.encode(stored) == EVENTS.encode(event)
        replayed[event.unit_id] = SHEET.evolve(replayed.get(event.unit_id, SHEET.initial), stored)
    for unit_id, sheet in sheets.items():
        assert replayed.get(unit_id, SHEET.initial) == sheet


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(6)), st.lists(commands, max_size=20))
def test_evolve_never_refuses_events_in_any_order(order: list[int], script: list[SheetCommand]) -> None:
    _, history = play(script)
    sheet = SHEET.initial
    for place in order:
        if place < len(history):
            sheet = SHEET.evolve(sheet, history[place])


@settings(max_examples=100, deadline=None)
@given(st.lists(commands, max_size=30))
def test_a_total_is_exact_and_follows_from_what_the_event_carries(script: list[SheetCommand]) -> None:
    _, history = play(script)
    for event in history:
        if isinstance(event, ScorePosted | ScoreCorrected):
            score = event.score
            assert score.total == sum(one.points for one in score.lines) + score.bonus - score.penalty
            assert sum(one.points for one in score.sections) == sum(one.points for one in score.lines)
            assert score.total.as_tuple().exponent == -2
            assert 0 <= score.bonus <= 50
            for line in score.lines:
                assert 0 <= line.points <= line.max_points
                if line.is_automatic:
                    assert line.points == min(line.max_points, sum(one.points for one in score.task_points))
            assert len({(one.plan_id, one.task_number) for one in score.task_points}) == len(score.task_points)


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, max_size=30), st.integers(1, 9))
async def test_rows_and_counts_follow_the_history_however_events_are_batched(
    script: list[SheetCommand], size: int
) -> None:
    sheets, history = play(script)
    rows = await apply_in_batches(SCORING, recorded(history, EVENTS), size)
    touched = {event.unit_id for event in history}
    assert {key[1] for key in rows["sheet"]} == touched
    for unit_id in touched:
        row = rows["sheet"]["cai-rang", unit_id, 2020]
        assert isinstance(row, SheetView)
        assert row.score == sheets[unit_id].score
        assert row.self_lines == (sheets[unit_id].self_lines or ())
        assert sorted(one.task_number for one in row.task_points) == [
            one.task_number for one in sheets[unit_id].task_points
        ]
    assert len(rows["sheet_history"]) == len(history)
    # Counted once more, from the events: each level says the same.
    counted = Counter(
        sheets=len(touched),
        self_scored=len({one.unit_id for one in history if isinstance(one, SelfScoreSubmitted)}),
        posted=len({one.unit_id for one in history if isinstance(one, ScorePosted)}),
    )
    # The criteria are known in these histories, so each sheet has its group from its first award or score on.
    for name in ("group_totals", "district_totals", "city_totals"):
        found = [as_values(row) for row in rows[name].values()]
        assert [{one: values[one] for one in counted} for values in found] == ([dict(counted)] if touched else [])
