"""Generated histories of notices: what holds for every one of them."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.notifications import recount
from services.notifications.commands import MarkNoticeRead, MarkNoticeUnread, NoticeCommand
from services.notifications.decider import NOTICE, Notice
from services.notifications.events import EVENTS, NoticeEvent, NoticeKind
from services.notifications.projections import INBOX
from services.notifications.views import NoticeView
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.batch import fold_batch
from shared.readmodel.tables import AnyTable, Key, Rollup
from shared.types import Actor, Recorded
from tests.notifications.a_notice import (
    AT,
    CITY_BOARD,
    HOME_AFFAIRS,
    OTHER_WARD,
    POLICY,
    TO_CITY_BOARD,
    TO_HOME_AFFAIRS,
    TO_WARD,
    WARD,
    facts,
    post,
    recorded,
)
from tests.support.rows import as_values

# Three notices to three recipients, and everybody who might touch them.
TO = {"n1": TO_WARD, "n2": TO_HOME_AFFAIRS, "n3": TO_CITY_BOARD}
PEOPLE = (POLICY, WARD, OTHER_WARD, HOME_AFFAIRS, CITY_BOARD)

ids = st.sampled_from(sorted(TO))
commands: st.SearchStrategy[NoticeCommand] = st.one_of(
    st.builds(
        lambda one, kind: post(TO[one], one, kind=kind),
        ids,
        st.sampled_from((NoticeKind.PLAN_ISSUED, NoticeKind.TASK_ASSIGNED)),
    ),
    st.builds(lambda one: MarkNoticeRead(district=TO[one].district, notice_id=one, at=AT), ids),
    st.builds(lambda one: MarkNoticeUnread(district=TO[one].district, notice_id=one, at=AT), ids),
)
scripts = st.lists(st.tuples(commands, st.sampled_from(PEOPLE)), max_size=40)


def step(notices: dict[str, Notice], command: NoticeCommand, who: Actor) -> list[NoticeEvent]:
    """Carry out the command; a refused one leaves nothing."""
    notice = notices.get(command.notice_id, NOTICE.initial)
    try:
        events = NOTICE.decide(command, notice, facts(who))
    except Rejected:
        return []
    for event in events:
        notice = NOTICE.evolve(notice, event)
    notices[command.notice_id] = notice
    return events


def play(script: list[tuple[NoticeCommand, Actor]]) -> tuple[dict[str, Notice], list[NoticeEvent]]:
    """Return the states and the history of the commands."""
    notices: dict[str, Notice] = {}
    history = [event for command, who in script for event in step(notices, command, who)]
    return notices, history


@settings(max_examples=150, deadline=None)
@given(scripts)
def test_a_repeated_command_changes_nothing(script: list[tuple[NoticeCommand, Actor]]) -> None:
    notices: dict[str, Notice] = {}
    for command, who in script:
        step(notices, command, who)
        assert step(notices, command, who) == []


@settings(max_examples=150, deadline=None)
@given(scripts)
def test_the_state_after_a_replay_of_stored_bytes_is_the_live_state(script: list[tuple[NoticeCommand, Actor]]) -> None:
    notices, history = play(script)
    replayed: dict[str, Notice] = {}
    for event in history:
        stored = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed[stored.notice_id] = NOTICE.evolve(replayed.get(stored.notice_id, NOTICE.initial), stored)
    assert replayed == {key: notice for key, notice in notices.items() if notice != NOTICE.initial}


@settings(max_examples=150, deadline=None)
@given(scripts)
def test_only_a_recipient_ever_marks_a_notice(script: list[tuple[NoticeCommand, Actor]]) -> None:
    mine = {"n1": WARD, "n2": HOME_AFFAIRS, "n3": CITY_BOARD}
    _, history = play(script)
    for event in history:
        expected = mine[event.notice_id] if type(event).__name__ != "NoticePosted" else POLICY
        assert event.by == expected.account_id


@settings(max_examples=80, deadline=None)
@given(scripts, st.integers(1, 9))
async def test_every_level_equals_an_independent_recount_however_events_are_batched(
    script: list[tuple[NoticeCommand, Actor]], size: int
) -> None:
    notices, history = play(script)
    log = [recorded(EVENTS, event, seq=seq, stream="NOTIFICATIONS") for seq, event in enumerate(history, start=1)]
    rows = await apply_in_batches(log, size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    for table in INBOX.tables:
        if isinstance(table, Rollup):
            assert rows[table.name].keys() == counted[table.name].keys(), table.name
            for key, row in rows[table.name].items():
                counts = {name: value for name, value in as_values(row).items() if name not in table.key}
                assert counts == counted[table.name][key], (table.name, key)
    for row in rows["notice"].values():
        assert isinstance(row, NoticeView)
        assert (row.read_at is not None) == notices[row.notice_id].is_read
        assert (row.read_by is None) == (row.read_at is None)


async def apply_in_batches(events: list[Recorded[Any]], size: int) -> dict[str, dict[Key, object]]:
    """Return the rows of every table after the events, applied `size` at a time."""
    rows: dict[str, dict[Key, object]] = {table.name: {} for table in INBOX.tables}

    async def fetch(table: AnyTable, keys: Any) -> dict[Key, object]:
        return {key: rows[table.name][key] for key in keys if key in rows[table.name]}

    for start in range(0, len(events), size):
        changes = await fold_batch(INBOX, events[start : start + size], set(), fetch)
        assert changes.poisoned == []
        for name, keys in changes.delete.items():
            for key in keys:
                rows[name].pop(key, None)
        for name, put in changes.put.items():
            rows[name].update(put)
    return rows
