"""The rules of a group's pledge: one text that every member's head signs, and what was reached of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from services.cli.recount.plans import recount
from services.plans.commands import NewTarget, PledgeCommand
from services.plans.decider import PLEDGE, Pledge
from services.plans.events import (
    EVENTS,
    PledgeClosed,
    PledgeConcluded,
    PledgeDrafted,
    PledgeEvent,
    PledgePeriod,
    PledgeResultsRecorded,
    PledgeSigned,
    PledgeSigningOpened,
    PledgeSigningWithdrawn,
    Signer,
    TargetDirection,
    TargetResult,
)
from services.plans.projections import PLANS
from services.plans.rules import is_countable, is_met, ratio
from services.plans.views import PledgeStatus
from shared.codec import to_plain
from shared.errors import Rejected
from shared.readmodel.tables import Rollup
from shared.types import CITY, Attachment, Recorded, Role
from tests.plans.a_group import (
    AT_LEAST,
    AT_MOST,
    CITY_CLUSTER,
    CITY_UNITS,
    CLOSE,
    CLUSTER,
    DEPUTY,
    FOURTH,
    HEAD,
    HEAD_CLERK,
    HOME,
    OPEN,
    THIRD,
    THIRD_CLERK,
    TODAY,
    UNITS,
    WARDS,
    chair,
    draft_pledge,
    pledge_facts,
    sign,
    tell,
    withdraw_signing,
)
from tests.plans.a_plan import actor
from tests.plans.test_plan_histories import apply_in_batches
from tests.support.deciding import given
from tests.support.rows import as_values

REPORT = Attachment(sha256="b" * 64, name="bao-cao.pdf", size=9, media_type="application/pdf")


def happened(*commands: PledgeCommand) -> list[PledgeEvent]:
    """Return what the commands make, each given by who may."""
    pledge, history = PLEDGE.initial, []
    for command in commands:
        for event in PLEDGE.decide(command, pledge, pledge_facts(_who(command))):
            pledge = PLEDGE.evolve(pledge, event)
            history.append(event)
    return history


def _who(command: PledgeCommand) -> Any:
    unit_id = getattr(command, "unit_id", None)
    return chair(unit_id) if unit_id else HOME


DRAFTED = happened(draft_pledge())
OPENED = happened(draft_pledge(), OPEN)
ONE_SIGNED = happened(draft_pledge(), OPEN, sign(HEAD))
CONCLUDED = happened(draft_pledge(), OPEN, *map(sign, WARDS))
TOLD = happened(draft_pledge(), OPEN, *map(sign, WARDS), tell(HEAD, (1, "96"), (2, "3")))


# --- the text ------------------------------------------------------------------------------------


def test_the_unit_that_leads_the_group_and_the_office_write_the_pledge() -> None:
    for who in (HEAD_CLERK, HOME, actor(Role.GROUP_HEAD, HEAD)):
        (drafted,) = given(PLEDGE).when(draft_pledge(), pledge_facts(who)).then_types(PledgeDrafted)
        assert [(one.number, one.name) for one in drafted.targets] == [(1, "Gia đình văn hoá"), (2, "Đơn thư vượt cấp")]
    for who in (THIRD_CLERK, chair(THIRD), actor(Role.DISTRICT_CHAIR)):
        given(PLEDGE).when(draft_pledge(), pledge_facts(who)).then_rejected("actor.not_allowed")
        given(PLEDGE, *DRAFTED).when(OPEN, pledge_facts(who)).then_rejected("actor.not_allowed")
        given(PLEDGE, *OPENED).when(withdraw_signing(), pledge_facts(who)).then_rejected("actor.not_allowed")


def test_the_same_text_twice_changes_nothing_and_another_is_the_next_version() -> None:
    given(PLEDGE, *DRAFTED).when(draft_pledge(), pledge_facts()).then_nothing()
    other = draft_pledge(witness=Signer(name="Lê Văn A", post="Phó Chủ tịch UBND quận"))
    (again,) = given(PLEDGE, *DRAFTED).when(other, pledge_facts()).then_types(PledgeDrafted)
    assert again.version == 2 and again.witness is not None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contents": ()}, "pledge.contents_missing"),
        ({"contents": (" ",)}, "pledge.contents_missing"),
        ({"contents": ("x",) * 31}, "pledge.too_many_contents"),
        ({"contents": ("x" * 4001,)}, "text.too_long"),
        ({"targets": ()}, "pledge.targets_missing"),
        ({"targets": (AT_LEAST,) * 31}, "pledge.too_many_targets"),
        ({"targets": (AT_LEAST, replace(AT_LEAST, name="gia đình VĂN HOÁ "))}, "pledge.target_twice"),
        ({"targets": (replace(AT_LEAST, name=" "),)}, "pledge.target_name_missing"),
        ({"targets": (replace(AT_LEAST, value=Decimal(0)),)}, "pledge.target_value_out_of_range"),
        ({"targets": (replace(AT_MOST, value=Decimal(-1)),)}, "pledge.target_value_out_of_range"),
        ({"targets": (replace(AT_LEAST, value=Decimal("NaN")),)}, "pledge.target_value_out_of_range"),
        ({"targets": (replace(AT_LEAST, value=Decimal("1.001")),)}, "pledge.target_value_out_of_range"),
        ({"targets": (replace(AT_LEAST, value=Decimal("1e13")),)}, "pledge.target_value_out_of_range"),
        ({"witness": Signer(name="A", post=" ")}, "pledge.signer_missing"),
    ],
)
def test_a_pledge_has_contents_and_targets_that_can_be_counted(changes: dict[str, Any], code: str) -> None:
    given(PLEDGE).when(draft_pledge(**changes), pledge_facts()).then_rejected(code)


def test_nothing_may_be_pledged_as_the_most() -> None:
    nothing = replace(AT_MOST, value=Decimal(0))
    given(PLEDGE).when(draft_pledge(targets=(nothing,)), pledge_facts()).then_types(PledgeDrafted)


def test_a_group_or_year_that_is_not_there_is_refused() -> None:
    given(PLEDGE).when(draft_pledge(), pledge_facts(HOME, group=None)).then_rejected("group.not_found")
    given(PLEDGE).when(draft_pledge(year=1999), pledge_facts(HOME)).then_rejected("group.year_out_of_range")


# --- signing -------------------------------------------------------------------------------------


def test_all_members_that_exist_that_day_have_to_sign() -> None:
    with_old = replace(CLUSTER, members=(*WARDS, "phuong-cu"))
    (opened,) = given(PLEDGE, *DRAFTED).when(OPEN, pledge_facts(group=with_old)).then_types(PledgeSigningOpened)
    assert [one.unit_id for one in opened.members] == list(WARDS)
    nobody = replace(CLUSTER, members=("phuong-cu",))
    given(PLEDGE, *DRAFTED).when(OPEN, pledge_facts(group=nobody)).then_rejected("group.members_missing")


def test_only_what_is_drafted_is_opened_and_only_once() -> None:
    given(PLEDGE).when(OPEN, pledge_facts()).then_rejected("pledge.not_drafted")
    for history in (OPENED, ONE_SIGNED, CONCLUDED):
        given(PLEDGE, *history).when(OPEN, pledge_facts()).then_nothing()


def test_the_head_of_a_member_signs_for_it_and_nobody_else() -> None:
    for who in (chair(HEAD), actor(Role.UNIT_HEAD, HEAD)):
        (signed,) = given(PLEDGE, *OPENED).when(sign(HEAD), pledge_facts(who)).then_types(PledgeSigned)
        assert (signed.unit_id, signed.version, signed.signer.post) == (HEAD, 1, "Chủ tịch UBND phường")
    for who in (chair(DEPUTY), HEAD_CLERK, HOME, actor(Role.GROUP_HEAD, HEAD), actor(Role.DISTRICT_CHAIR)):
        given(PLEDGE, *OPENED).when(sign(HEAD), pledge_facts(who)).then_rejected("actor.not_allowed")


def test_in_the_citys_cluster_the_chair_of_a_district_signs_for_it() -> None:
    known: dict[str, Any] = {"group": CITY_CLUSTER, "units": CITY_UNITS}
    board = pledge_facts(actor(Role.CITY_BOARD, None, CITY), **known)
    of_city: dict[str, Any] = {"district": CITY, "group_id": "cum-5-quan"}
    history = given(PLEDGE).when(draft_pledge(**of_city), board).events()
    history += given(PLEDGE, *history).when(replace(OPEN, **of_city), board).events()
    command = replace(sign("quan-cai-rang"), **of_city)
    mine = pledge_facts(actor(Role.DISTRICT_CHAIR), **known)
    given(PLEDGE, *history).when(command, mine).then_types(PledgeSigned)
    for who in (HOME, actor(Role.DISTRICT_CHAIR, None, "o-mon"), actor(Role.CITY_BOARD, None, CITY)):
        given(PLEDGE, *history).when(command, pledge_facts(who, **known)).then_rejected("actor.not_allowed")


def test_the_pledge_holds_when_the_last_member_has_signed() -> None:
    history = list(OPENED)
    for ward in WARDS[:3]:
        history += given(PLEDGE, *history).when(sign(ward), pledge_facts(chair(ward))).then_types(PledgeSigned)
    _, concluded = (
        given(PLEDGE, *history)
        .when(sign(FOURTH), pledge_facts(chair(FOURTH)))
        .then_types(PledgeSigned, PledgeConcluded)
    )
    assert (concluded.concluded_on, len(concluded.members)) == (TODAY, 4)


def test_a_member_signs_once() -> None:
    mine = pledge_facts(chair(HEAD))
    given(PLEDGE, *ONE_SIGNED).when(sign(HEAD), mine).then_nothing()
    given(PLEDGE, *CONCLUDED).when(sign(HEAD), mine).then_nothing()
    given(PLEDGE, *ONE_SIGNED).when(sign(HEAD, name="Người khác"), mine).then_rejected("pledge.unit_has_signed")


def test_who_signs_signs_the_text_that_was_read() -> None:
    given(PLEDGE, *OPENED).when(sign(HEAD, version=2), pledge_facts(chair(HEAD))).then_rejected(
        "pledge.other_version", current=1
    )
    changed = happened(draft_pledge(), OPEN, draft_pledge(contents=("Khác",)), OPEN)
    given(PLEDGE, *changed).when(sign(HEAD), pledge_facts(chair(HEAD))).then_rejected("pledge.other_version")


def test_what_others_sign_meanwhile_does_not_make_a_form_stale_but_another_text_does() -> None:
    signed, drafted = ONE_SIGNED[-1], DRAFTED[0]
    assert not PLEDGE.concerns(sign(DEPUTY), signed)
    assert PLEDGE.concerns(sign(DEPUTY), drafted)
    assert PLEDGE.concerns(draft_pledge(), signed)
    assert not PLEDGE.concerns(tell(DEPUTY, (1, "9")), TOLD[-1])
    assert PLEDGE.concerns(tell(HEAD, (1, "9")), TOLD[-1])


def test_a_signature_needs_an_open_signing_a_member_that_exists_and_a_name() -> None:
    given(PLEDGE).when(sign(HEAD), pledge_facts(chair(HEAD))).then_rejected("pledge.not_open")
    given(PLEDGE, *DRAFTED).when(sign(HEAD), pledge_facts(chair(HEAD))).then_rejected("pledge.not_open")
    stranger = "phuong-la"
    given(PLEDGE, *OPENED).when(sign(stranger), pledge_facts(chair(stranger))).then_rejected("pledge.unit_not_member")
    given(PLEDGE, *OPENED).when(sign(HEAD, name=" "), pledge_facts(chair(HEAD))).then_rejected("pledge.signer_missing")
    ended = {**UNITS, HEAD: replace(UNITS[HEAD], valid_to=date(2020, 11, 30))}
    given(PLEDGE, *OPENED).when(sign(HEAD), pledge_facts(chair(HEAD), units=ended)).then_rejected("unit.closed")


def test_the_text_changes_before_the_first_signature_alone() -> None:
    other = draft_pledge(contents=("Khác",))
    given(PLEDGE, *OPENED).when(other, pledge_facts()).then_types(PledgeDrafted)
    for history in (ONE_SIGNED, CONCLUDED):
        given(PLEDGE, *history).when(other, pledge_facts()).then_rejected("pledge.signed")
        given(PLEDGE, *history).when(draft_pledge(), pledge_facts()).then_nothing()


def test_a_withdrawn_signing_undoes_every_signature_and_says_why() -> None:
    for history, count in ((OPENED, 0), (ONE_SIGNED, 1), (CONCLUDED, 4)):
        (withdrawn,) = (
            given(PLEDGE, *history).when(withdraw_signing(), pledge_facts()).then_types(PledgeSigningWithdrawn)
        )
        assert (len(withdrawn.signatures), withdrawn.reason) == (count, "Sửa mức chỉ tiêu 1")
        given(PLEDGE, *history, withdrawn).when(sign(HEAD), pledge_facts(chair(HEAD))).then_rejected("pledge.not_open")
        given(PLEDGE, *history, withdrawn).when(draft_pledge(contents=("Khác",)), pledge_facts()).then_types(
            PledgeDrafted
        )
    given(PLEDGE, *OPENED).when(withdraw_signing(" "), pledge_facts()).then_rejected("pledge.reason_missing")
    given(PLEDGE, *DRAFTED).when(withdraw_signing(), pledge_facts()).then_rejected("pledge.not_open")
    given(PLEDGE, *TOLD).when(withdraw_signing(), pledge_facts()).then_rejected("pledge.has_results")


# --- results -------------------------------------------------------------------------------------


def test_a_member_tells_what_it_reached_with_evidence() -> None:
    command = tell(HEAD, (1, "96.5"), (2, "1"))
    for who in (HEAD_CLERK, chair(HEAD), HOME):
        (told,) = (
            given(PLEDGE, *CONCLUDED)
            .when(command, pledge_facts(who, attachments=(REPORT,)))
            .then_types(PledgeResultsRecorded)
        )
        assert [one.actual for one in told.results] == [Decimal("96.5"), Decimal(1)]
    given(PLEDGE, *CONCLUDED).when(command, pledge_facts(THIRD_CLERK)).then_rejected("actor.not_allowed")


def test_what_was_told_already_is_not_told_again_and_a_correction_holds() -> None:
    mine = pledge_facts(chair(HEAD))
    given(PLEDGE, *TOLD).when(tell(HEAD, (1, "96"), (2, "3")), mine).then_nothing()
    (told,) = given(PLEDGE, *TOLD).when(tell(HEAD, (1, "96"), (2, "2")), mine).then_types(PledgeResultsRecorded)
    assert [one.number for one in told.results] == [2]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (tell(HEAD), "pledge.results_missing"),
        (tell(HEAD, (3, "1")), "pledge.target_unknown"),
        (tell(HEAD, (1, "1"), (1, "2")), "pledge.target_twice"),
        (tell(HEAD, (1, "-1")), "pledge.actual_out_of_range"),
        (tell(HEAD, (1, "Infinity")), "pledge.actual_out_of_range"),
        (tell(HEAD, (1, "1.005")), "pledge.actual_out_of_range"),
        (tell(HEAD, (1, "1"), evidence=" "), "pledge.evidence_missing"),
        (tell(HEAD, (1, "1"), evidence="x" * 301), "text.too_long"),
    ],
)
def test_a_result_is_a_number_of_a_target_with_evidence(command: PledgeCommand, code: str) -> None:
    given(PLEDGE, *CONCLUDED).when(command, pledge_facts(chair(HEAD))).then_rejected(code)


def test_results_are_taken_of_a_pledge_that_holds_in_their_time_and_of_its_members() -> None:
    mid = tell(HEAD, (1, "50"), period=PledgePeriod.MID_YEAR)
    may, june = date(2020, 5, 31), date(2020, 6, 1)
    given(PLEDGE, *CONCLUDED).when(mid, pledge_facts(chair(HEAD), may)).then_rejected("pledge.period_not_begun")
    given(PLEDGE, *CONCLUDED).when(mid, pledge_facts(chair(HEAD), june)).then_types(PledgeResultsRecorded)
    end = tell(HEAD, (1, "50"))
    given(PLEDGE, *CONCLUDED).when(end, pledge_facts(chair(HEAD), june)).then_rejected("pledge.period_not_begun")
    given(PLEDGE, *ONE_SIGNED).when(end, pledge_facts(chair(HEAD))).then_rejected("pledge.not_concluded")
    stranger = tell("phuong-la", (1, "50"))
    given(PLEDGE, *CONCLUDED).when(stranger, pledge_facts(HOME)).then_rejected("pledge.unit_not_member")
    many = pledge_facts(chair(HEAD), attachments=(REPORT,) * 6)
    given(PLEDGE, *CONCLUDED).when(end, many).then_rejected("attachment.too_many")


def test_at_the_end_of_the_year_the_pledge_is_held_against_what_was_reached() -> None:
    history = happened(
        draft_pledge(), OPEN, *map(sign, WARDS), tell(HEAD, (1, "96"), (2, "3")), tell(DEPUTY, (1, "94"))
    )
    (closed,) = given(PLEDGE, *history).when(CLOSE, pledge_facts()).then_types(PledgeClosed)
    assert (closed.targets, closed.targets_met) == (8, 1)
    assert [one.unit_id for one in closed.missing] == [DEPUTY, THIRD, FOURTH]
    given(PLEDGE, *history, closed).when(CLOSE, pledge_facts()).then_nothing()
    given(PLEDGE, *history, closed).when(tell(HEAD, (1, "99")), pledge_facts(chair(HEAD))).then_rejected(
        "pledge.closed"
    )
    given(PLEDGE, *history, closed).when(withdraw_signing(), pledge_facts()).then_rejected("pledge.has_results")


def test_a_pledge_is_closed_when_it_holds_and_the_year_nears_its_end() -> None:
    given(PLEDGE, *OPENED).when(CLOSE, pledge_facts()).then_rejected("pledge.not_concluded")
    october = pledge_facts(today=date(2020, 10, 31))
    given(PLEDGE, *CONCLUDED).when(CLOSE, october).then_rejected("pledge.period_not_begun")


@pytest.mark.parametrize(
    ("direction", "value", "actual", "expected", "met"),
    [
        (TargetDirection.AT_LEAST, "95", "95", "1", True),
        (TargetDirection.AT_LEAST, "95", "120", "1", True),
        (TargetDirection.AT_LEAST, "95", "47.5", "0.5000", False),
        (TargetDirection.AT_LEAST, "95", "94.999", "0.9999", False),
        (TargetDirection.AT_LEAST, "95", "0", "0", False),
        (TargetDirection.AT_MOST, "2", "2", "1", True),
        (TargetDirection.AT_MOST, "2", "0", "1", True),
        (TargetDirection.AT_MOST, "2", "4", "0.5", False),
        (TargetDirection.AT_MOST, "0", "0", "1", True),
        (TargetDirection.AT_MOST, "0", "1", "0", False),
    ],
)
def test_how_much_of_a_pledge_was_reached(
    direction: TargetDirection, value: str, actual: str, expected: str, met: bool
) -> None:
    assert ratio(direction, Decimal(value), Decimal(actual)) == Decimal(expected)
    assert is_met(direction, Decimal(value), Decimal(actual)) is met


@generated(
    st.sampled_from(TargetDirection),
    st.decimals(0, 10**6, places=2, allow_nan=False),
    st.decimals(0, 10**6, places=2, allow_nan=False),
)
def test_only_what_is_met_is_wholly_reached(direction: TargetDirection, value: Decimal, actual: Decimal) -> None:
    if direction is TargetDirection.AT_LEAST and not value:
        value = Decimal("0.01")
    found = ratio(direction, value, actual)
    assert 0 <= found <= 1 and (found == 1) == is_met(direction, value, actual)
    assert is_countable(value) and is_countable(actual)


# --- generated histories -------------------------------------------------------------------------

targets: st.SearchStrategy[Sequence[NewTarget]] = st.sampled_from(((AT_LEAST,), (AT_LEAST, AT_MOST), ()))
results: st.SearchStrategy[list[tuple[int, str]]] = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["0", "2", "95", "96.5", "-1"])), max_size=3
)
commands: st.SearchStrategy[PledgeCommand] = st.one_of(
    st.builds(lambda some: draft_pledge(targets=tuple(some)), targets),
    st.just(OPEN),
    st.builds(lambda ward, version: sign(ward, version=version), st.sampled_from(WARDS), st.integers(1, 3)),
    st.just(withdraw_signing()),
    st.builds(
        lambda ward, told, period: tell(ward, *told, period=period),
        st.sampled_from((*WARDS, "phuong-la")),
        results,
        st.sampled_from(PledgePeriod),
    ),
    st.just(CLOSE),
)
SIGNED_FIRST: list[PledgeCommand] = [draft_pledge(), OPEN, *map(sign, WARDS)]


def play(script: list[PledgeCommand]) -> tuple[Pledge, list[PledgeEvent]]:
    """Return the state and the history of the commands, each sent twice; refused ones leave nothing."""
    pledge: Pledge = PLEDGE.initial
    history: list[PledgeEvent] = []
    for command in script:
        for repeated in (False, True):
            try:
                events = PLEDGE.decide(command, pledge, pledge_facts(_who(command)))
            except Rejected:
                continue
            assert not (repeated and events), command
            for event in events:
                pledge = PLEDGE.evolve(pledge, event)
            history += events
    return pledge, history


@settings(max_examples=150, deadline=None)
@generated(st.lists(commands, max_size=30), st.booleans())
def test_histories_replay_to_the_same_state_and_a_repeated_command_changes_nothing(
    script: list[PledgeCommand], is_signed: bool
) -> None:
    pledge, history = play([*SIGNED_FIRST, *script] if is_signed else script)
    replayed: Pledge = PLEDGE.initial
    for event in history:
        stored = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed = PLEDGE.evolve(replayed, stored)  # type: ignore[arg-type]
    assert replayed == pledge
    if pledge.status in (PledgeStatus.CONCLUDED, PledgeStatus.CLOSED):
        assert {one.unit_id for one in pledge.members} == set(pledge.signed)
    if pledge.results:
        assert pledge.status in (PledgeStatus.CONCLUDED, PledgeStatus.CLOSED)
    assert all(isinstance(one, TargetResult) for one in pledge.results.values())


@settings(max_examples=60, deadline=None)
@generated(st.lists(commands, max_size=25), st.integers(1, 9))
async def test_what_groups_and_districts_count_equals_an_independent_recount(
    script: list[PledgeCommand], size: int
) -> None:
    _, history = play([*SIGNED_FIRST, *script])
    rows = await apply_in_batches([_recorded(event, seq) for seq, event in enumerate(history, start=1)], size)
    counted = recount((type(event).__name__, to_plain(event)) for event in history)
    assert rows["pledge_group_totals"]
    for table in PLANS.tables:
        if isinstance(table, Rollup) and table.name.startswith("pledge_"):
            expected = {key: row for key, row in counted[table.name].items() if any(row.values())}
            found = {
                key: {name: value for name, value in as_values(row).items() if name not in table.key}
                for key, row in rows[table.name].items()
            }
            assert found.keys() == expected.keys()
            assert all(
                value == expected[key].get(name, 0) for key, row in found.items() for name, value in row.items()
            ), (found, expected)


def _recorded(event: PledgeEvent, seq: int) -> Recorded[PledgeEvent]:
    at = datetime(2020, 12, 20, tzinfo=UTC)
    return Recorded(
        event=event,
        type=EVENTS.wire_name(type(event)),
        event_id=f"e{seq}",
        stream="PLANS",
        seq=seq,
        subject="plans.evt.cai-rang.pledge.2020-cum-cac-phuong",
        occurred_at=at,
        recorded_at=at,
        actor="x",
        command_id=f"c{seq}",
        correlation_id="",
        headers={},
    )
