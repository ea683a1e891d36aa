"""The rules of a group's year: charter, reviews, the election of next year's leaders, groups carried over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from services.plans.commands import AppointGroupLeaders, CarryGroups, GroupYearCommand
from services.plans.decider import GROUP_YEAR, ORGANISATION, GroupYear
from services.plans.events import (
    EVENTS,
    CharterAdopted,
    GroupFormed,
    GroupLeadersAppointed,
    GroupsCarried,
    GroupYearEvent,
    LeadersElected,
    NamedUnit,
    OrganisationEvent,
    ReviewHeld,
    ReviewKind,
    ReviewPlanned,
    ReviewWithdrawn,
    Unit,
    UnitClosed,
)
from services.plans.policies import appoint_elected
from services.plans.projections.group_year import group_year_row
from services.plans.rules import next_members, review_due, rotation, working_days
from services.plans.views import GroupYearView
from shared.errors import Rejected
from shared.types import CITY, Attachment, Recorded, Role
from tests.plans.a_calendar import off_2020, view
from tests.plans.a_group import (
    AT,
    CITY_CLUSTER,
    CITY_UNITS,
    CLUSTER,
    DEPUTY,
    FOURTH,
    GROUP_HEAD,
    HEAD,
    HEAD_CLERK,
    HOME,
    THIRD,
    THIRD_CLERK,
    TODAY,
    UNITS,
    WARDS,
    adopt,
    elect,
    hold,
    hold_annual,
    plan_review,
    withdraw_review,
    year_facts,
)
from tests.plans.a_plan import actor
from tests.plans.a_registration import recorded
from tests.plans.an_organisation import FACTS, demo_districts
from tests.support.deciding import given

MINUTES = Attachment(sha256="a" * 64, name="bien-ban.pdf", size=9, media_type="application/pdf")


def happened(*commands: GroupYearCommand, **changes: Any) -> list[GroupYearEvent]:
    """Return what Phòng Nội vụ makes happen, one command after another."""
    known, history = GROUP_YEAR.initial, []
    for command in commands:
        for event in GROUP_YEAR.decide(command, known, year_facts(HOME, **changes)):
            known = GROUP_YEAR.evolve(known, event)
            history.append(event)
    return history


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [adopt(), plan_review(), hold()])
def test_the_unit_that_leads_the_group_and_the_office_write_down_what_it_does(command: GroupYearCommand) -> None:
    for who in (HEAD_CLERK, GROUP_HEAD, HOME):
        assert given(GROUP_YEAR).when(command, year_facts(who)).events()
    for who in (
        THIRD_CLERK,
        actor(Role.GROUP_HEAD, THIRD),
        actor(Role.DISTRICT_CHAIR),
        actor(Role.HOME_AFFAIRS, None, "o-mon"),
    ):
        given(GROUP_YEAR).when(command, year_facts(who)).then_rejected("actor.not_allowed")


def test_a_group_without_a_head_is_written_for_by_the_office_alone() -> None:
    headless = replace(CLUSTER, head_id=None, deputy_id=None)
    given(GROUP_YEAR).when(hold(), year_facts(HEAD_CLERK, group=headless)).then_rejected("actor.not_allowed")
    given(GROUP_YEAR).when(hold(), year_facts(HOME, group=headless)).then_types(ReviewHeld)


def test_the_office_of_the_district_that_leads_writes_for_the_citys_cluster() -> None:
    command = hold(district=CITY, group_id="cum-5-quan", attending=("quan-ninh-kieu",))
    known: dict[str, Any] = {"group": CITY_CLUSTER, "units": CITY_UNITS}
    for who in (actor(Role.HOME_AFFAIRS, None, "ninh-kieu"), actor(Role.CITY_BOARD, None, CITY)):
        given(GROUP_YEAR).when(command, year_facts(who, **known)).then_types(ReviewHeld)
    for who in (HOME, actor(Role.DISTRICT_CHAIR, None, "ninh-kieu"), actor(Role.UNIT_CLERK, "quan-ninh-kieu")):
        given(GROUP_YEAR).when(command, year_facts(who, **known)).then_rejected("actor.not_allowed")


def test_only_the_office_takes_the_record_of_a_review_back() -> None:
    history = happened(hold())
    given(GROUP_YEAR, *history).when(withdraw_review(), year_facts(HEAD_CLERK)).then_rejected("actor.not_allowed")
    given(GROUP_YEAR, *history).when(withdraw_review(), year_facts(HOME)).then_types(ReviewWithdrawn)


def test_a_group_that_the_year_has_not_is_refused() -> None:
    given(GROUP_YEAR).when(hold(), year_facts(HOME, group=None)).then_rejected("group.not_found", year=2020)


# --- charter -------------------------------------------------------------------------------------


def test_a_charter_is_recorded_with_its_vote_and_each_adoption_is_a_version() -> None:
    (first,) = given(GROUP_YEAR).when(adopt(), year_facts(attachments=(MINUTES,))).then_types(CharterAdopted)
    assert (first.version, first.votes_for, first.votes_total, first.attachments) == (1, 3, 4, (MINUTES,))
    (second,) = given(GROUP_YEAR, first).when(adopt(articles=("Một điều",)), year_facts()).then_types(CharterAdopted)
    assert (second.version, second.articles) == (2, ("Một điều",))


def test_the_same_charter_twice_changes_nothing() -> None:
    given(GROUP_YEAR, *happened(adopt())).when(
        adopt(articles=("  Nguyên tắc hoạt động", "", "Luân phiên trưởng, phó ")), year_facts()
    ).then_nothing()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "quy chế"}, "charter.number_malformed"),
        ({"adopted_on": TODAY + timedelta(days=1)}, "charter.date_out_of_range"),
        ({"adopted_on": date(2019, 10, 31)}, "charter.date_out_of_range"),
        ({"articles": ()}, "charter.articles_missing"),
        ({"articles": (" ", "")}, "charter.articles_missing"),
        ({"articles": ("x",) * 101}, "charter.too_many_articles"),
        ({"articles": ("x" * 4001,)}, "text.too_long"),
        ({"articles": ("x" * 4000,) * 8}, "text.too_long"),
        ({"votes_total": 0, "votes_for": 0}, "charter.votes_out_of_range"),
        ({"votes_total": 5}, "charter.votes_out_of_range"),
        ({"votes_for": -1}, "charter.votes_out_of_range"),
        ({"votes_for": 4, "votes_total": 3}, "charter.votes_out_of_range"),
        ({"votes_for": 2}, "charter.not_carried"),
    ],
)
def test_a_charter_says_when_what_and_by_how_many_votes(changes: dict[str, Any], code: str) -> None:
    given(GROUP_YEAR).when(adopt(**changes), year_facts()).then_rejected(code)


def test_a_charter_and_minutes_name_five_files_at_most() -> None:
    for command in (adopt(), hold()):
        given(GROUP_YEAR).when(command, year_facts(attachments=(MINUTES,) * 6)).then_rejected("attachment.too_many")


# --- reviews -------------------------------------------------------------------------------------


def test_a_review_is_planned_moved_and_planned_twice_the_same_changes_nothing() -> None:
    planned = happened(plan_review())
    assert [type(one) for one in planned] == [ReviewPlanned]
    given(GROUP_YEAR, *planned).when(plan_review(), year_facts()).then_nothing()
    moved = plan_review(planned_on=date(2020, 6, 29))
    given(GROUP_YEAR, *planned).when(moved, year_facts()).then_types(ReviewPlanned)
    given(GROUP_YEAR, *happened(hold())).when(moved, year_facts()).then_rejected("review.held")


def test_who_did_not_attend_is_named() -> None:
    (held,) = given(GROUP_YEAR).when(hold(), year_facts()).then_types(ReviewHeld)
    assert [one.unit_id for one in held.attending] == list(WARDS[:3])
    assert held.absent == (NamedUnit(unit_id=FOURTH, name=FOURTH),)


def test_a_member_that_has_ended_is_neither_present_nor_absent() -> None:
    with_old = replace(CLUSTER, members=(*WARDS, "phuong-cu"))
    (held,) = given(GROUP_YEAR).when(hold(), year_facts(group=with_old)).then_types(ReviewHeld)
    assert "phuong-cu" not in {one.unit_id for one in (*held.attending, *held.absent)}
    refused = hold(attending=("phuong-cu",))
    given(GROUP_YEAR).when(refused, year_facts(group=with_old)).then_rejected("review.attendee_not_member")


@pytest.mark.parametrize(
    ("held_on", "is_late", "days_late"),
    [
        (date(2020, 6, 30), False, 0),
        (date(2020, 7, 1), True, 1),
        (date(2020, 7, 6), True, 4),  # Wednesday to Friday, and the Monday
    ],
)
def test_a_mid_year_review_is_due_on_the_last_working_day_of_june(held_on: date, is_late: bool, days_late: int) -> None:
    (held,) = given(GROUP_YEAR).when(hold(held_on=held_on), year_facts()).then_types(ReviewHeld)
    assert (held.due_on, held.is_late, held.days_late) == (date(2020, 6, 30), is_late, days_late)


def test_a_notice_that_makes_the_last_day_of_june_a_day_off_moves_the_due_date_and_is_named() -> None:
    days = working_days([view(*off_2020(date(2020, 6, 30)))])
    (held,) = given(GROUP_YEAR).when(hold(held_on=date(2020, 6, 30)), year_facts(days=days)).then_types(ReviewHeld)
    assert (held.due_on, held.is_late, held.days_late) == (date(2020, 6, 29), True, 0)
    assert held.due_reason is not None and held.due_reason.skipped[0].notice == "1/TB-UBND"


def test_an_annual_review_is_due_by_the_end_of_january_after() -> None:
    assert review_due(ReviewKind.ANNUAL, 2020, working_days([])).due_on == date(2021, 1, 29)
    late = hold(ReviewKind.ANNUAL, date(2021, 2, 1))
    (held,) = given(GROUP_YEAR).when(late, year_facts(today=date(2021, 2, 2))).then_types(ReviewHeld)
    assert (held.is_late, held.days_late) == (True, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"held_on": date(2020, 4, 30)}, "review.date_out_of_range"),
        ({"held_on": date(2021, 1, 1)}, "review.date_out_of_range"),
        ({"held_on": TODAY + timedelta(days=1)}, "review.held_in_future"),
        ({"attending": ()}, "review.attendees_missing"),
        ({"attending": ("phuong-la",)}, "review.attendee_not_member"),
        ({"place": " "}, "review.place_missing"),
        ({"results": " \n"}, "review.results_missing"),
        ({"conclusions": ""}, "review.conclusions_missing"),
        ({"limits": "x" * 4001}, "text.too_long"),
        ({"place": "x" * 301}, "text.too_long"),
        ({"next_head_id": DEPUTY}, "review.elects_nobody"),
        ({"next_deputy_id": DEPUTY}, "group.head_missing"),
    ],
)
def test_a_review_says_when_where_who_and_what_came_of_it(changes: dict[str, Any], code: str) -> None:
    given(GROUP_YEAR).when(hold(**changes), year_facts()).then_rejected(code)


def test_the_same_review_twice_changes_nothing_and_another_one_is_refused() -> None:
    history = happened(hold())
    given(GROUP_YEAR, *history).when(hold(), year_facts()).then_nothing()
    moved = year_facts(days=working_days([view(*off_2020(date(2020, 6, 30)))]))
    given(GROUP_YEAR, *history).when(hold(), moved).then_nothing()
    given(GROUP_YEAR, *history).when(hold(results="Khác"), year_facts()).then_rejected("review.held")


def test_a_review_that_was_withdrawn_is_recorded_anew() -> None:
    history = happened(hold(), withdraw_review())
    given(GROUP_YEAR, *history).when(hold(results="Khác"), year_facts()).then_types(ReviewHeld)
    given(GROUP_YEAR, *history).when(withdraw_review(), year_facts(HOME)).then_rejected("review.not_held")
    given(GROUP_YEAR, *happened(hold())).when(withdraw_review(reason=" "), year_facts(HOME)).then_rejected(
        "review.reason_missing"
    )


# --- leaders -------------------------------------------------------------------------------------


def test_the_annual_review_elects_the_leaders_of_the_next_year() -> None:
    command = hold_annual(next_head_id=DEPUTY, next_deputy_id=THIRD)
    _, elected = given(GROUP_YEAR).when(command, year_facts()).then_types(ReviewHeld, LeadersElected)
    assert (elected.for_year, elected.head.unit_id, elected.is_rotation) == (2021, DEPUTY, True)
    given(GROUP_YEAR, *happened(command)).when(command, year_facts()).then_nothing()
    other = hold_annual(next_head_id=FOURTH)
    given(GROUP_YEAR, *happened(command)).when(other, year_facts()).then_rejected("review.held")
    given(GROUP_YEAR, *happened(hold_annual())).when(command, year_facts()).then_types(LeadersElected)


def test_an_election_out_of_turn_is_marked() -> None:
    (_, elected) = given(GROUP_YEAR).when(hold_annual(next_head_id=FOURTH), year_facts()).events()
    assert (elected.is_rotation, elected.deputy) == (False, None)


def test_leaders_are_elected_after_the_annual_review_too_and_a_second_election_holds() -> None:
    given(GROUP_YEAR).when(elect(), year_facts()).then_rejected("review.not_held")
    history = happened(hold_annual(), elect())
    given(GROUP_YEAR, *history).when(elect(), year_facts()).then_nothing()
    (again,) = given(GROUP_YEAR, *history).when(elect(FOURTH, HEAD), year_facts()).then_types(LeadersElected)
    assert (again.head.unit_id, again.is_rotation) == (FOURTH, False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (elect(elected_on=date(2020, 12, 17)), "group.election_out_of_range"),
        (elect(elected_on=TODAY + timedelta(days=1)), "group.election_out_of_range"),
        (elect("phuong-la"), "group.leader_not_member"),
        (elect(HEAD, HEAD), "group.one_leader_twice"),
    ],
)
def test_only_two_members_are_elected_and_not_before_the_review(command: GroupYearCommand, code: str) -> None:
    given(GROUP_YEAR, *happened(hold_annual())).when(command, year_facts()).then_rejected(code)


def test_who_will_not_be_a_member_next_year_is_not_elected() -> None:
    ending = {**UNITS, DEPUTY: replace(UNITS[DEPUTY], valid_to=date(2020, 12, 31), successor_id=THIRD)}
    history = happened(hold_annual())
    given(GROUP_YEAR, *history).when(elect(), year_facts(units=ending)).then_rejected("group.leader_not_member")
    formed = replace(CLUSTER, year=2021, members=WARDS[2:])
    known = year_facts(next_groups=(formed,))
    given(GROUP_YEAR, *history).when(elect(), known).then_rejected("group.leader_not_member")
    given(GROUP_YEAR, *history).when(elect(THIRD, FOURTH), known).then_types(LeadersElected)


@pytest.mark.parametrize("is_formed", [True, False])
def test_who_is_in_another_group_next_year_already_is_not_elected_here(is_formed: bool) -> None:
    history = happened(hold_annual())
    other = replace(CLUSTER, group_id="cum-moi", name="Cụm mới", year=2021, members=(DEPUTY,), head_id=None)
    left = replace(CLUSTER, year=2021, members=(HEAD, THIRD, FOURTH))
    known = year_facts(next_groups=(other, left) if is_formed else (other,))
    for command in (elect(), elect(THIRD, DEPUTY)):
        refused = given(GROUP_YEAR, *history).when(command, known)
        refused.then_rejected("group.leader_elsewhere", name=DEPUTY, group="Cụm mới", year=2021)
    given(GROUP_YEAR, *history).when(elect(THIRD, FOURTH), known).then_types(LeadersElected)


def test_an_election_falls_with_its_review() -> None:
    history = happened(hold_annual(next_head_id=DEPUTY, next_deputy_id=THIRD), withdraw_review(ReviewKind.ANNUAL))
    given(GROUP_YEAR, *history).when(hold_annual(next_head_id=DEPUTY, next_deputy_id=THIRD), year_facts()).then_types(
        ReviewHeld, LeadersElected
    )
    assert (shown := row_after(history[:-1])) is not None and shown.election is not None
    assert (shown := row_after(history)) is not None and shown.election is None
    mid_year = [*history[:-1], *happened(hold(), withdraw_review())]
    assert (shown := row_after(mid_year)) is not None and shown.election is not None


def row_after(history: Iterable[GroupYearEvent]) -> GroupYearView | None:
    """Return the row of the group's year that the events make."""
    row: GroupYearView | None = None
    for seq, event in enumerate(history, 1):
        row = group_year_row(row, recorded(event, seq), (event.district, event.group_id, event.year))  # type: ignore[arg-type]
    return row


@pytest.mark.parametrize(
    ("members", "head", "deputy", "expected"),
    [
        (WARDS, HEAD, DEPUTY, (DEPUTY, THIRD)),
        (WARDS, THIRD, FOURTH, (FOURTH, HEAD)),
        (WARDS, FOURTH, None, (HEAD, DEPUTY)),
        (WARDS, None, None, (HEAD, DEPUTY)),
        (WARDS[:2], HEAD, DEPUTY, (DEPUTY, HEAD)),
        (WARDS[:1], HEAD, None, (HEAD, None)),
        (WARDS, "phuong-cu", "phuong-cu", (HEAD, DEPUTY)),
        ((), HEAD, DEPUTY, (None, None)),
    ],
)
def test_members_take_turns_the_deputy_leads_next(
    members: tuple[str, ...], head: str | None, deputy: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert rotation(members, head, deputy) == expected


@generated(st.lists(st.sampled_from([f"u{n}" for n in range(9)]), min_size=2, max_size=9, unique=True))
def test_after_as_many_years_as_members_each_has_led_once(members: list[str]) -> None:
    head, deputy = rotation(members, None, None)
    led = []
    for _ in members:
        led.append(head)
        head, deputy = rotation(members, head, deputy)
    assert sorted(led, key=str) == sorted(members)


# --- groups of a new year ------------------------------------------------------------------------

CARRY = CarryGroups(district="cai-rang", year=2021, at=AT)
CAI_RANG: list[OrganisationEvent] = demo_districts("cai-rang")["cai-rang"].events
NINH_KIEU: list[OrganisationEvent] = demo_districts("ninh-kieu")["ninh-kieu"].events


def test_the_cluster_and_the_two_blocks_of_cai_rang_go_on_in_the_next_year() -> None:
    events = given(ORGANISATION, *CAI_RANG).when(CARRY, FACTS).events()
    assert [type(one) for one in events] == [GroupFormed, GroupFormed, GroupFormed, GroupsCarried]
    assert [(one.name, len(one.members)) for one in events[:3]] == [
        ("Cụm thi đua các phường", 7),
        ("Khối thi đua các cơ quan Đảng, đoàn thể", 13),
        ("Khối thi đua các đơn vị nhà nước", 18),
    ]
    assert {one.year for one in events} == {2021}


def test_groups_that_are_carried_already_are_left_as_they_are() -> None:
    carried = given(ORGANISATION, *CAI_RANG).when(CARRY, FACTS).events()
    given(ORGANISATION, *CAI_RANG, *carried).when(CARRY, FACTS).then_nothing()
    one = replace(CARRY, group_ids=("khoi-nha-nuoc",))
    only = given(ORGANISATION, *CAI_RANG).when(one, FACTS).then_types(GroupFormed, GroupsCarried)
    assert only[0].group_id == "khoi-nha-nuoc"
    rest = given(ORGANISATION, *CAI_RANG, *only).when(CARRY, FACTS).events()
    assert {event.group_id for event in rest[:-1]} == {"cum-cac-phuong", "khoi-dang-doan-the"}


def test_a_ward_that_ended_gives_way_to_its_successor_and_one_without_is_dropped_and_said() -> None:
    closed = [
        UnitClosed(
            district="ninh-kieu",
            unit_id=unit_id,
            closed_on=date(2020, 6, 30),
            successor_id=successor_id,
            reason="Sắp xếp",
            by="x",
            at=AT,
        )
        for unit_id, successor_id in (("phuong-an-cu", "phuong-tan-an"), ("phuong-an-phu", None))
    ]
    command = replace(CARRY, district="ninh-kieu")
    *formed, carried = given(ORGANISATION, *NINH_KIEU, *closed).when(command, FACTS).events()
    wards = next(one for one in formed if one.group_id == "cum-cac-phuong")
    assert not {"phuong-an-cu", "phuong-an-phu"} & set(wards.members)
    assert len(set(wards.members)) == len(wards.members)
    told = next(one for one in carried.groups if one.group_id == "cum-cac-phuong")
    assert ("phuong-an-cu", "phuong-tan-an") in {(one.unit.unit_id, one.successor.unit_id) for one in told.replaced}
    assert "phuong-an-phu" in {one.unit_id for one in told.dropped}


def test_a_successor_that_is_in_another_group_already_is_in_no_second_one() -> None:
    units: dict[str, Unit] = {**UNITS, FOURTH: replace(UNITS[FOURTH], valid_to=date(2020, 12, 31), successor_id=HEAD)}
    found = next_members((FOURTH, THIRD, DEPUTY), units, 2021, frozenset({HEAD, DEPUTY}))
    assert (found.members, found.dropped, found.replaced) == ((THIRD,), (FOURTH,), ())


def test_nothing_is_carried_from_a_year_without_groups_nor_a_group_that_was_not_there() -> None:
    for year, code in ((2030, "group.nothing_to_carry"), (1999, "group.year_out_of_range")):
        given(ORGANISATION, *CAI_RANG).when(replace(CARRY, year=year), FACTS).then_rejected(code)
    given(ORGANISATION, *CAI_RANG).when(replace(CARRY, group_ids=("la",)), FACTS).then_rejected("group.not_found")


def test_a_group_of_which_nobody_is_left_is_not_formed() -> None:
    wards = [one.unit_id for one in demo_districts("cai-rang")["cai-rang"].state.units.values() if one.kind == "ward"]
    closed = [
        UnitClosed(
            district="cai-rang", unit_id=one, closed_on=date(2020, 12, 31), successor_id=None, reason="x", by="x", at=AT
        )
        for one in wards
    ]
    *formed, carried = given(ORGANISATION, *CAI_RANG, *closed).when(CARRY, FACTS).events()
    assert {one.group_id for one in formed} == {"khoi-dang-doan-the", "khoi-nha-nuoc"}
    assert [one.group_id for one in carried.ended] == ["cum-cac-phuong"]
    alone = replace(CARRY, group_ids=("cum-cac-phuong",))
    given(ORGANISATION, *CAI_RANG, *closed).when(alone, FACTS).then_rejected("group.members_missing")


def test_units_do_not_carry_groups_over() -> None:
    for who in (HEAD_CLERK, GROUP_HEAD, actor(Role.DISTRICT_CHAIR)):
        given(ORGANISATION, *CAI_RANG).when(CARRY, replace(FACTS, actor=who)).then_rejected("actor.not_allowed")


def test_whom_a_group_elected_leads_it_in_the_next_year() -> None:
    (_, elected) = happened(hold_annual(next_head_id=DEPUTY, next_deputy_id=THIRD))
    commands = appoint_elected(_recorded(elected))
    policy = replace(FACTS, actor=actor(Role.POLICY, None, CITY))
    history = list(CAI_RANG)
    for command in commands:
        history += given(ORGANISATION, *history).when(command, policy).events()
    assert isinstance(history[-1], GroupLeadersAppointed)
    assert (history[-1].year, history[-1].head_id, history[-1].deputy_id) == (2021, DEPUTY, THIRD)
    for command in commands:  # read again after a crash
        given(ORGANISATION, *history).when(command, policy).then_nothing()
    assert isinstance(commands[1], AppointGroupLeaders)
    assert appoint_elected(_recorded(happened(hold())[0])) == []


def _recorded(event: GroupYearEvent) -> Recorded[Any]:
    return Recorded(
        event=event,
        type=EVENTS.wire_name(type(event)),
        event_id="e",
        stream="PLANS",
        seq=1,
        subject="plans.evt.cai-rang.group-year.2020-cum-cac-phuong",
        occurred_at=AT,
        recorded_at=AT,
        actor="x",
        command_id="c",
        correlation_id="",
        headers={},
    )


# --- generated histories -------------------------------------------------------------------------

commands: st.SearchStrategy[GroupYearCommand] = st.one_of(
    st.builds(
        lambda number, votes: adopt(number=number, votes_for=votes),
        st.sampled_from(["1/QC", "2/QC", "x"]),
        st.integers(0, 5),
    ),
    st.builds(plan_review, st.sampled_from(ReviewKind), st.dates(date(2020, 4, 1), date(2021, 2, 1))),
    st.builds(
        lambda kind, on, attending, head: hold(kind, on, attending=tuple(attending), next_head_id=head),
        st.sampled_from(ReviewKind),
        st.dates(date(2020, 4, 1), date(2021, 2, 1)),
        st.lists(st.sampled_from((*WARDS, "phuong-cu")), max_size=4),
        st.none() | st.sampled_from(WARDS),
    ),
    st.builds(withdraw_review, st.sampled_from(ReviewKind)),
    st.builds(elect, st.sampled_from(WARDS), st.none() | st.sampled_from(WARDS)),
)


@settings(max_examples=150, deadline=None)
@generated(st.lists(commands, max_size=25))
def test_histories_replay_to_the_same_state_and_a_repeated_command_changes_nothing(
    script: list[GroupYearCommand],
) -> None:
    known: GroupYear = GROUP_YEAR.initial
    history: list[GroupYearEvent] = []
    facts = year_facts(HOME, today=date(2021, 1, 15))
    for command in script:
        for repeated in (False, True):
            try:
                events = GROUP_YEAR.decide(command, known, facts)
            except Rejected:
                continue
            assert not (repeated and events), command
            for event in events:
                known = GROUP_YEAR.evolve(known, event)
            history += events
    replayed: GroupYear = GROUP_YEAR.initial
    for event in history:
        stored = EVENTS.decode(EVENTS.wire_name(type(event)), EVENTS.encode(event))
        replayed = GROUP_YEAR.evolve(replayed, stored)  # type: ignore[arg-type]
    assert replayed == known
