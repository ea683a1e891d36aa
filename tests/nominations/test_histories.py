"""Whatever happens in whatever order: deciders, folds and sums hold together."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.recount.nominations import recount
from services.nominations.channels import publish
from services.nominations.commands import DossierCommand
from services.nominations.decider import DOSSIER
from services.nominations.events import (
    EVENTS,
    DossierEvent,
    ErasureGround,
    NominationEvent,
    NominationResubmitted,
    PersonErased,
)
from services.nominations.projections import NOMINATIONS, DossierRow
from shared.codec import event_headers, to_plain
from shared.readmodel import Rollup
from shared.readmodel.batch import Changes, fold_batch
from shared.readmodel.tables import AnyTable, Key
from shared.types import Actor, Recorded
from tests.nominations.histories import (
    ACCEPT,
    AT,
    BLOCK,
    CLERK,
    COLLECTIVE,
    DESK,
    DISTRICT,
    DOSSIER_ID,
    FILES,
    NAME,
    OTHER_CLERK,
    RESUBMIT,
    RETURN,
    SUBMIT,
    WITHDRAW,
    Story,
)
from tests.support.rows import as_values

Step = tuple[DossierCommand, Actor]
COMMANDS = st.sampled_from(
    [
        SUBMIT,
        replace(SUBMIT, title="CSTDCT"),
        COLLECTIVE,
        RETURN,
        replace(RETURN, reasons=(replace(RETURN.reasons[0], text="Lý do khác"),)),
        RESUBMIT,
        replace(RESUBMIT, title="BK_TINH", year=2019),
        replace(RESUBMIT, name="Tổ Ngân sách", title="TTLDTT", birth_year=None, position=None),
        replace(SUBMIT, attachments=tuple(FILES)[:2]),
        replace(RESUBMIT, attachments=tuple(FILES)[1:]),
        ACCEPT,
        WITHDRAW,
        replace(WITHDRAW, reason=""),
    ]
)
# In the year before, the unit was in another block.
OTHER_BLOCK = replace(BLOCK, group_id="khoi-2", year=2019, name="Khối thi đua 2")
OTHER_YEAR = (replace(RESUBMIT, title="BK_TINH", year=2019),)
STEPS = st.lists(st.tuples(COMMANDS, st.sampled_from([CLERK, DESK, OTHER_CLERK])), max_size=12)


def _play(steps: Sequence[Step]) -> Story:
    story = Story()
    for command, by in steps:
        story.when(command, by, **({"group": OTHER_BLOCK} if command in OTHER_YEAR else {}))
        if isinstance(story.outcome, list):
            story.events += story.outcome
    return story


@given(STEPS)
@settings(deadline=None)
def test_a_repeated_command_changes_nothing(steps: list[Step]) -> None:
    story = Story()
    for command, by in steps:
        story.when(command, by)
        if isinstance(story.outcome, list):
            story.events += story.outcome
            story.when(command, by).then_nothing()


@given(STEPS)
@settings(deadline=None)
def test_the_state_from_decoded_events_is_the_live_state(steps: list[Step]) -> None:
    story = _play(steps)
    replayed = DOSSIER.initial
    for event in story.events:
        decoded: Any = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        assert decoded == event
        replayed = DOSSIER.evolve(replayed, decoded)
    assert replayed == story.state()


@given(st.lists(st.tuples(STEPS, st.integers(0, 12)), min_size=1, max_size=4))
@settings(deadline=None)
def test_evolve_never_raises_on_events_out_of_order(histories: list[tuple[list[Step], int]]) -> None:
    dossier = DOSSIER.initial
    for steps, start in histories:
        for event in _play(steps).events[start:]:
            dossier = DOSSIER.evolve(dossier, event)


# --- the read model ----------------------------------------------------------------------------


def _recorded(events: Sequence[NominationEvent]) -> list[Recorded[NominationEvent]]:
    result = []
    for seq, event in enumerate(events, start=1):
        address = "can-tho.person." + event.person_id if isinstance(event, PersonErased) else _address(event)
        subject = f"nominations.evt.{address}"
        headers = event_headers(
            wire_name=EVENTS.wire_name(type(event)),
            event_id=f"e{seq}",
            subject=subject,
            occurred_at=event.at,
            actor=event.by,
            command_id=f"c{seq}",
            correlation_id="",
            causation_id="",
        )
        result.append(
            EVENTS.recorded(
                subject=subject,
                headers=headers,
                body=EVENTS.encode(event),
                stream="NOMINATIONS",
                seq=seq,
                recorded_at=AT + timedelta(seconds=seq),
            )
        )
    return result


def _address(event: DossierEvent) -> str:
    return f"{event.district}.dossier.{event.dossier_id}"


def _fold(batches: Sequence[Sequence[Recorded[NominationEvent]]]) -> dict[str, dict[Key, Any]]:
    rows: dict[str, dict[Key, Any]] = {table.name: {} for table in NOMINATIONS.tables}

    async def fetch(table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
        return {key: rows[table.name][key] for key in keys if key in rows[table.name]}

    async def run() -> None:
        for batch in batches:
            changes: Changes = await fold_batch(NOMINATIONS, batch, set(), fetch)
            assert changes.poisoned == []
            for name, keys in changes.delete.items():
                for key in keys:
                    rows[name].pop(key, None)
            for name, put in changes.put.items():
                rows[name].update(put)

    asyncio.run(run())
    return rows


def _named(steps: list[Step], number: int) -> list[DossierEvent]:
    """Return the history as that of another dossier, in another unit and district."""
    place = {
        "dossier_id": DOSSIER_ID[:-1] + str(number),
        "district": DISTRICT if number % 2 else "o-mon",
        "unit_id": f"unit-{number % 3}",
    }
    return [replace(event, **place) for event in _play(steps).events]  # type: ignore[arg-type]


@given(st.lists(STEPS, min_size=1, max_size=5), st.integers(1, 7))
@settings(deadline=None, max_examples=60)
def test_sums_are_the_sums_of_the_rows_however_events_are_batched(histories: list[list[Step]], size: int) -> None:
    events: list[NominationEvent] = [event for number, steps in enumerate(histories) for event in _named(steps, number)]
    events.append(PersonErased(person_id="person-1", ground=ErasureGround.REQUEST, by="admin", at=AT))
    recorded = _recorded(events)
    live = _fold([[one] for one in recorded])
    assert live == _fold([recorded[start : start + size] for start in range(0, len(recorded), size)])
    dossiers: list[DossierRow] = list(live["dossier"].values())
    city = Counter((row.year, row.title_level.value, row.state.value) for row in dossiers)
    for total in live["city_totals"].values():
        for state in ("submitted", "returned", "accepted", "withdrawn"):
            assert getattr(total, state) == city[(total.year, total.title_level, state)]
    for name in ("unit_totals", "group_totals", "district_totals", "city_totals"):
        assert sum(total.dossiers for total in live[name].values()) == len(dossiers)
    assert set(live["erased_person"]) == {("person-1",)}
    assert len(live["dossier_history"]) == len(recorded) - 1


@given(st.lists(STEPS, min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_every_level_equals_an_independent_recount(histories: list[list[Step]]) -> None:
    events = [event for number, steps in enumerate(histories) for event in _named(steps, number)]
    rows = _fold([_recorded(events)])
    counted = recount((type(event).__name__, to_plain(event)) for event in events)
    for table in NOMINATIONS.tables:
        if isinstance(table, Rollup):
            assert rows[table.name].keys() == counted[table.name].keys(), table.name
            for key, row in rows[table.name].items():
                counts = {name: value for name, value in as_values(row).items() if name not in table.key and value}
                assert counts == {name: value for name, value in counted[table.name][key].items() if value}


def test_a_dossier_submitted_again_counts_in_the_group_of_its_new_year() -> None:
    (resubmit,) = OTHER_YEAR
    events = _play([(SUBMIT, CLERK), (RETURN, DESK), (resubmit, CLERK)]).events
    assert set(_fold([_recorded(events)])["group_totals"]) == {(DISTRICT, "khoi-2", 2019, "city")}
    counted = recount((type(one).__name__, to_plain(one)) for one in events)
    assert set(counted["group_totals"]) == {(DISTRICT, "khoi-2", 2019, "city")}
    (told,) = [event for event in events if isinstance(event, NominationResubmitted)]
    nowhere = [*events[:2], replace(told, group_id=None, group_name=None)]
    assert _fold([_recorded(nowhere)])["group_totals"] == {}
    (row,) = _fold([_recorded(nowhere)])["dossier"].values()
    assert (row.group_id, row.group_name) == (None, None)


def test_an_old_resubmission_that_told_no_group_keeps_the_first_one() -> None:
    (resubmit,) = OTHER_YEAR
    events = _play([(SUBMIT, CLERK), (RETURN, DESK), (resubmit, CLERK)]).events
    body = {
        name: value
        for name, value in to_plain(events[-1]).items()
        if name not in ("group_id", "group_name", "group_told")
    }
    old = EVENTS.decode("nominations.NominationResubmitted.v1", json.dumps(body).encode())
    assert isinstance(old, NominationResubmitted)
    assert set(_fold([_recorded([*events[:2], old])])["group_totals"]) == {(DISTRICT, "khoi-1", 2019, "city")}
    counted = recount((type(one).__name__, to_plain(one)) for one in (*events[:2], old))
    assert set(counted["group_totals"]) == {(DISTRICT, "khoi-1", 2019, "city")}
    # The bare body, as it lies in an old log.
    counted = recount([*((type(one).__name__, to_plain(one)) for one in events[:2]), ("NominationResubmitted", body)])
    assert set(counted["group_totals"]) == {(DISTRICT, "khoi-1", 2019, "city")}


@given(STEPS)
@settings(deadline=None)
def test_no_row_and_no_public_fact_names_a_person(steps: list[Step]) -> None:
    recorded = _recorded(_play([(SUBMIT, CLERK), *steps]).events)
    said = repr(_fold([recorded])) + repr([publish(one) for one in recorded])
    files = [word for file in FILES.values() if file.key for word in (file.attachment.name, file.key.text)]
    for word in (NAME, "1985", "Chuyên viên", "Hoàn thành tốt", "Nộp nhầm", "Thiếu biên bản", *files):
        assert word not in said


def test_a_dossier_shows_the_files_of_its_last_submission_and_every_named_one_is_found() -> None:
    first, second, third = (file.attachment.sha256 for file in FILES.values())
    submit, again = replace(SUBMIT, attachments=tuple(FILES)[:2]), replace(RESUBMIT, attachments=tuple(FILES)[1:])
    rows = _fold([_recorded(_play([(submit, CLERK), (RETURN, DESK), (again, CLERK)]).events)])
    (dossier,) = rows["dossier"].values()
    assert [one.sha256 for one in dossier.attachments] == [second, third]
    assert set(rows["dossier_file"]) == {(sha256, DISTRICT, DOSSIER_ID) for sha256 in (first, second, third)}


def test_a_submission_of_before_there_were_files_has_none() -> None:
    (event,) = _play([(SUBMIT, CLERK)]).events
    body = {name: value for name, value in to_plain(event).items() if name != "attachments"}
    old = EVENTS.decode("nominations.NominationSubmitted.v1", json.dumps(body).encode())
    rows = _fold([_recorded([old])])
    (dossier,) = rows["dossier"].values()
    assert dossier.attachments == () and rows["dossier_file"] == {}


def test_submissions_acceptances_and_withdrawals_are_public() -> None:
    recorded = _recorded(_play([(SUBMIT, CLERK), (RETURN, DESK), (RESUBMIT, CLERK), (ACCEPT, DESK)]).events)
    facts = [fact for fact in map(publish, recorded) if fact]
    assert [fact.name for fact in facts] == ["NominationSubmitted", "NominationAccepted"]
    recorded = _recorded(_play([(SUBMIT, CLERK), (WITHDRAW, CLERK)]).events)
    assert [fact.name for fact in map(publish, recorded) if fact] == ["NominationSubmitted", "NominationWithdrawn"]
