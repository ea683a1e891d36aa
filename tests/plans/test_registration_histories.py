"""Generated histories of registrations: what holds for every one of them."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import OpenRegistration, UnitRegistrationCommand
from services.plans.decider import REGISTRATION, REGISTRATION_ROUND, Registration, RegistrationRound
from services.plans.events import EVENTS, UnitRegistrationEvent
from services.plans.projections import PLANS
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.tables import Rollup
from tests.plans.a_registration import (
    APPROVE,
    REOPEN,
    SUBMIT,
    UNITS,
    facts_of,
    initiative,
    model,
    move,
    movement,
    open_round,
    recorded,
    round_facts,
    save,
    send_back,
    title,
)
from tests.plans.test_plan_histories import apply_in_batches
from tests.support.rows import as_values

ITEMS = (title(), title("Trần Thị Bé", "CSTDCS"), initiative(), movement(), model(), title(" "))
units = st.sampled_from(("phuong-le-binh", "phuong-ba-lang", "phong-noi-vu"))
commands: st.SearchStrategy[UnitRegistrationCommand] = st.builds(
    lambda command, unit_id: replace(command, unit_id=unit_id),
    st.one_of(
        st.lists(st.sampled_from(ITEMS), max_size=4).map(lambda items: save(*items)),
        st.just(SUBMIT),
        st.just(APPROVE),
        st.just(REOPEN),
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from(("a", ""))), max_size=2).map(
            lambda reasons: send_back(*reasons)
        ),
    ),
    units,
)


def play(script: list[UnitRegistrationCommand]) -> tuple[dict[str, Registration], list[UnitRegistrationEvent]]:
    """Return the state of each unit and the history of the commands; refused ones leave nothing."""
    states = dict.fromkeys(UNITS, REGISTRATION.initial)
    history: list[UnitRegistrationEvent] = []
    for command in script:
        events = attempt(command, states[command.unit_id])
        for event in events:
            states[command.unit_id] = REGISTRATION.evolve(states[command.unit_id], event)
        history += events
    return states, history


def attempt(command: UnitRegistrationCommand, state: Registration) -> list[UnitRegistrationEvent]:
    try:
        return REGISTRATION.decide(command, state, facts_of(command, state))
    except Rejected:
        return []


@settings(max_examples=100, deadline=None)
@given(st.lists(commands, max_size=30))
def test_a_repeated_command_changes_nothing_and_a_replay_of_stored_bytes_is_the_live_state(
    script: list[UnitRegistrationCommand],
) -> None:
    states, history = play(script)
    for command in script[-5:]:
        state = states[command.unit_id]
        for event in attempt(command, state):
            state = REGISTRATION.evolve(state, event)
        assert attempt(command, state) == [], command
    replayed = dict.fromkeys(UNITS, REGISTRATION.initial)
    for event in history:
        stored: Any = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed[event.unit_id] = REGISTRATION.evolve(replayed[event.unit_id], stored)
    assert replayed == states


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from((open_round(), move(), open_round(note="khác"), move(reason=""))), max_size=8))
def test_a_round_is_opened_once_and_never_fails(script: list[Any]) -> None:
    state: RegistrationRound = REGISTRATION_ROUND.initial
    opened = 0
    for command in script:
        try:
            events = REGISTRATION_ROUND.decide(command, state, round_facts())
        except Rejected:
            continue
        for event in events:
            state = REGISTRATION_ROUND.evolve(state, event)
            opened += type(event).__name__ == "RegistrationOpened"
        assert REGISTRATION_ROUND.decide(command, state, round_facts()) == []
    assert opened == any(isinstance(command, OpenRegistration) for command in script)


@settings(max_examples=50, deadline=None)
@given(st.booleans(), st.lists(commands, max_size=25), st.integers(1, 9))
async def test_every_level_equals_an_independent_recount_however_events_are_batched(
    is_opened: bool, script: list[UnitRegistrationCommand], size: int
) -> None:
    first: list[Any] = REGISTRATION_ROUND.decide(open_round(), REGISTRATION_ROUND.initial, round_facts())
    history: list[Any] = [*(first if is_opened else []), *play(script)[1]]
    rows = await apply_in_batches([recorded(event, seq) for seq, event in enumerate(history, start=1)], size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    for table in PLANS.tables:
        if isinstance(table, Rollup) and table.name.startswith("registration_"):
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            assert rows[table.name].keys() == expected.keys(), table.name
            for key, row in rows[table.name].items():
                for name, value in as_values(row).items():
                    assert name in table.key or expected[key].get(name, 0) == value, (table.name, key, name)
