"""Units merge, split, change their names and end; a district ends: what is decided, refused, and read of it later."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from services.plans.commands import (
    CloseDistrict,
    CloseUnit,
    EstablishOrganisation,
    MergeUnits,
    NewGroup,
    NewSuccessor,
    NewUnit,
    NewUnitSet,
    OrganisationCommand,
    RenameUnit,
    SplitUnit,
)
from services.plans.decider import ORGANISATION, OrganisationFacts
from services.plans.events import (
    EVENTS,
    GroupFormed,
    GroupKind,
    GroupLeadersAppointed,
    NamedUnit,
    OfficialNotice,
    OrganisationClosed,
    OrganisationEstablished,
    OrganisationEvent,
    Successor,
    Unit,
    UnitClosed,
    UnitEstablished,
    UnitKind,
    UnitRenamed,
    UnitSetDefined,
    UnitsMerged,
    UnitSplit,
    district_after,
    require_district_open,
)
from services.plans.projections import PLANS
from services.plans.rules import UNITS_MAX, successor_on
from shared.errors import Rejected
from shared.readmodel.batch import fold_batch
from shared.readmodel.tables import AnyTable, Key
from shared.types import CITY, Actor, Grant, Recorded, Role
from tests.plans.an_organisation import AT, FACTS
from tests.plans.an_organisation import District as HistoryOf
from tests.support.deciding import given

# Ninh Kiều: from 01/03/2020 An Hội and An Lạc are part of Tân An.
WARDS = {"phuong-an-hoi": "An Hội", "phuong-an-lac": "An Lạc", "phuong-tan-an": "Tân An", "phuong-an-cu": "An Cư"}
PAPER = OfficialNotice(
    number="893/NQ-UBTVQH14", issued_on=date(2020, 1, 10), issuer="Ủy ban Thường vụ Quốc hội", text="Sắp xếp đơn vị"
)
FIRST = date(2020, 3, 1)
LAST = date(2020, 2, 29)
END = date(2025, 6, 30)
LAW = OfficialNotice(number="129/2025/NĐ-CP", issued_on=date(2020, 2, 1), issuer="Chính phủ")


def new(unit_id: str, **changes: Any) -> NewUnit:
    name = WARDS.get(unit_id, unit_id)
    values = {"name": f"UBND phường {name}", "short_name": f"Phường {name}", "kind": UnitKind.WARD, **changes}
    return NewUnit(unit_id=unit_id, **values)


ESTABLISH = EstablishOrganisation(
    district="ninh-kieu",
    code="916",
    name="Quận Ninh Kiều",
    short_name="Ninh Kiều",
    valid_from=date(2004, 1, 2),
    valid_to=END,
    units=(*(new(one) for one in WARDS), new("phuong-cu", valid_to=date(2019, 12, 31))),
    sets=(NewUnitSet(set_id="cac-phuong", name="UBND các phường", members=("phuong-an-hoi", "phuong-an-lac")),),
    groups=(
        NewGroup(
            group_id="cum-1",
            year=2020,
            name="Cụm 1",
            kind=GroupKind.CLUSTER,
            members=("phuong-an-hoi", "phuong-an-lac", "phuong-an-cu"),
            head_id="phuong-an-hoi",
            deputy_id="phuong-an-cu",
        ),
        NewGroup(group_id="cum-1", year=2019, name="Cụm 1", kind=GroupKind.CLUSTER, members=("phuong-an-hoi",)),
    ),
    at=AT,
)
THERE = HistoryOf(ESTABLISH).events
MERGE = MergeUnits(
    district="ninh-kieu",
    unit_ids=("phuong-an-hoi", "phuong-an-lac"),
    into_id="phuong-tan-an",
    merged_on=FIRST,
    paper=PAPER,
    at=AT,
)
SPLIT = SplitUnit(
    district="ninh-kieu",
    unit_id="phuong-an-hoi",
    into=(new("phuong-dong"), new("phuong-tay")),
    successor_id="phuong-dong",
    split_on=FIRST,
    paper=PAPER,
    at=AT,
)
RENAME = RenameUnit(
    district="ninh-kieu",
    unit_id="phuong-tan-an",
    name="UBND phường Tân An Mới",
    short_name="Phường Tân An Mới",
    renamed_on=FIRST,
    paper=PAPER,
    at=AT,
)
CLOSE = CloseUnit(district="ninh-kieu", unit_id="phuong-an-cu", closed_on=LAST, reason="Giải thể", paper=PAPER, at=AT)
CITY_UNITS = {
    "phuong-ninh-kieu": Unit(
        district=CITY,
        unit_id="phuong-ninh-kieu",
        code=None,
        name="UBND phường Ninh Kiều",
        short_name="Phường Ninh Kiều",
        kind=UnitKind.WARD,
        aliases=(),
        valid_from=date(2025, 7, 1),
        valid_to=None,
    ),
    "quan-ninh-kieu": Unit(
        district=CITY,
        unit_id="quan-ninh-kieu",
        code=None,
        name="UBND quận Ninh Kiều",
        short_name="Quận Ninh Kiều",
        kind=UnitKind.DISTRICT,
        aliases=(),
        valid_from=date(2004, 1, 2),
        valid_to=END,
    ),
}
CITY_FACTS = replace(FACTS, city_units=CITY_UNITS)
CLOSE_DISTRICT = CloseDistrict(
    district="ninh-kieu",
    closed_on=END,
    successors=(NewSuccessor(unit_id="phuong-ninh-kieu", takes=("phuong-tan-an",)), NewSuccessor()),
    paper=LAW,
    at=AT,
)


def after(*commands: OrganisationCommand, facts: OrganisationFacts = CITY_FACTS) -> list[OrganisationEvent]:
    """Return the history of Ninh Kiều with the commands at its end."""
    history = list(THERE)
    for command in commands:
        history += ORGANISATION.decide(command, given(ORGANISATION, *history).state, facts)
    return history


def units_after(*commands: OrganisationCommand) -> dict[str, Unit]:
    return dict(given(ORGANISATION, *after(*commands)).state.units)


# -- merge ------------------------------------------------------------------------------------


def test_merged_units_end_on_the_day_before_and_one_sentence_says_it_with_its_paper() -> None:
    merged = given(ORGANISATION, *THERE).when(MERGE, FACTS).events()[0]

    assert isinstance(merged, UnitsMerged)
    assert [one.name for one in merged.units] == ["UBND phường An Hội", "UBND phường An Lạc"]
    assert merged.into == NamedUnit(unit_id="phuong-tan-an", name="UBND phường Tân An")
    assert (merged.merged_on, merged.paper) == (FIRST, PAPER)
    units = units_after(MERGE)
    assert [(units[one].valid_to, units[one].successor_id) for one in MERGE.unit_ids] == [(LAST, "phuong-tan-an")] * 2
    assert units["phuong-tan-an"].valid_to is None


def test_the_units_of_a_past_day_are_those_of_that_day() -> None:
    units = units_after(MERGE).values()

    assert {one.unit_id for one in units if one.is_open(LAST)} == set(WARDS)
    assert {one.unit_id for one in units if one.is_open(FIRST)} == {"phuong-tan-an", "phuong-an-cu"}


def test_a_merger_may_make_a_new_unit_which_exists_from_that_day() -> None:
    command = replace(MERGE, into_id="phuong-moi", new_unit=new("phuong-moi", valid_from=date(2001, 1, 1)))
    established, merged, *_ = given(ORGANISATION, *THERE).when(command, FACTS).events()

    assert isinstance(established, UnitEstablished)
    assert isinstance(merged, UnitsMerged)
    assert (established.unit_id, established.valid_from, merged.into.unit_id) == ("phuong-moi", FIRST, "phuong-moi")


def test_the_successor_stands_in_the_sets_and_groups_of_what_ended_and_leads_where_that_led() -> None:
    more = (
        given(ORGANISATION, *THERE)
        .when(MERGE, FACTS)
        .then_types(UnitsMerged, UnitSetDefined, GroupFormed, GroupLeadersAppointed)[1:]
    )

    assert more[0].members == ("phuong-an-hoi", "phuong-an-lac", "phuong-tan-an")
    assert (more[1].year, more[1].members[-2:]) == (2020, ("phuong-an-cu", "phuong-tan-an"))
    assert (more[2].head_id, more[2].deputy_id) == ("phuong-tan-an", "phuong-an-cu")


def test_a_successor_that_is_in_another_group_of_the_year_stays_there() -> None:
    elsewhere = NewGroup(group_id="cum-2", year=2020, name="Cụm 2", kind=GroupKind.CLUSTER, members=("phuong-tan-an",))
    history = HistoryOf(replace(ESTABLISH, groups=(*ESTABLISH.groups, elsewhere))).events

    given(ORGANISATION, *history).when(MERGE, FACTS).then_types(UnitsMerged, UnitSetDefined)


def test_what_is_known_to_end_that_day_can_still_be_told_to_be_merged() -> None:
    units = (new("phuong-an-hoi", valid_to=LAST), *ESTABLISH.units[1:])
    history = HistoryOf(replace(ESTABLISH, units=units)).events

    assert isinstance(given(ORGANISATION, *history).when(MERGE, FACTS).events()[0], UnitsMerged)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit_ids": ()}, "unit.merger_empty"),
        ({"unit_ids": tuple(f"u-{number}" for number in range(51))}, "unit.too_many_at_once"),
        ({"unit_ids": ("phuong-tan-an",)}, "unit.merged_into_itself"),
        ({"unit_ids": ("nobody",)}, "unit.not_found"),
        ({"into_id": "nobody"}, "unit.not_found"),
        ({"unit_ids": ("phuong-cu",)}, "unit.closed"),
        ({"into_id": "phuong-cu"}, "unit.closed"),
        ({"merged_on": date(2004, 1, 1)}, "unit.not_yet_open"),
        ({"into_id": "phuong-moi", "new_unit": new("phuong-moi", name=" ")}, "unit.name_missing"),
        ({"into_id": "Moi", "new_unit": new("Moi")}, "unit.id_malformed"),
        ({"into_id": "moi", "new_unit": new("moi", name="x" * 301)}, "text.too_long"),
        ({"paper": replace(PAPER, number="NQ")}, "paper.number_malformed"),
        ({"paper": replace(PAPER, issued_on=date(2020, 2, 7))}, "paper.issued_in_future"),
        ({"paper": replace(PAPER, issuer=" ")}, "paper.issuer_missing"),
        ({"paper": replace(PAPER, issuer="x" * 301)}, "text.too_long"),
    ],
)
def test_a_merger_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    given(ORGANISATION, *THERE).when(replace(MERGE, **changes), FACTS).then_rejected(code)


def test_the_refusal_of_a_closed_unit_names_its_last_day() -> None:
    command = replace(MERGE, into_id="phuong-an-cu", merged_on=date(2020, 4, 1))

    given(ORGANISATION, *after(MERGE)).when(command, FACTS).then_rejected("unit.closed", closed_on="2020-02-29")


def test_a_district_that_is_full_takes_no_new_unit() -> None:
    units = tuple(new(f"u-{number}") for number in range(UNITS_MAX - 5))
    history = HistoryOf(replace(ESTABLISH, units=(*ESTABLISH.units, *units))).events
    command = replace(MERGE, into_id="phuong-moi", new_unit=new("phuong-moi"))

    given(ORGANISATION, *history).when(command, FACTS).then_rejected("organisation.too_many_units")


# -- split ------------------------------------------------------------------------------------


def test_a_unit_that_is_split_ends_and_one_of_the_new_goes_on_with_its_work() -> None:
    units = units_after(SPLIT)

    assert (units["phuong-an-hoi"].valid_to, units["phuong-an-hoi"].successor_id) == (LAST, "phuong-dong")
    assert [units[one].valid_from for one in ("phuong-dong", "phuong-tay")] == [FIRST, FIRST]
    groups = given(ORGANISATION, *after(SPLIT)).state.groups
    assert groups["cum-1", 2020].members[-1] == groups["cum-1", 2020].head_id == "phuong-dong"
    sets = given(ORGANISATION, *after(SPLIT)).state.sets
    assert sets["cac-phuong"].members == ("phuong-an-hoi", "phuong-an-lac", "phuong-dong", "phuong-tay")


def test_a_unit_from_which_another_is_taken_goes_on_as_it_is() -> None:
    command = replace(SPLIT, into=(new("phuong-tay"),), successor_id="phuong-an-hoi")
    (_, told, _) = (
        given(ORGANISATION, *THERE).when(command, FACTS).then_types(UnitEstablished, UnitSplit, UnitSetDefined)
    )

    assert told.successor == NamedUnit(unit_id="phuong-an-hoi", name="UBND phường An Hội")
    assert units_after(command)["phuong-an-hoi"].valid_to is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"into": (new("phuong-dong"),)}, "unit.split_incomplete"),
        ({"into": tuple(new(f"u-{number}") for number in range(51))}, "unit.too_many_at_once"),
        ({"into": (new("phuong-dong"), new("phuong-dong"))}, "unit.split_incomplete"),
        ({"into": (new("phuong-an-hoi"), new("phuong-dong"))}, "unit.split_incomplete"),
        ({"into": (), "successor_id": "phuong-an-hoi"}, "unit.split_incomplete"),
        ({"successor_id": "phuong-an-cu"}, "unit.successor_not_of_split"),
        ({"into": (new("phuong-an-cu"), new("phuong-tay")), "successor_id": "phuong-tay"}, "unit.exists"),
        ({"unit_id": "nobody"}, "unit.not_found"),
        ({"unit_id": "phuong-cu"}, "unit.closed"),
        ({"into": (new("Đông"), new("phuong-tay")), "successor_id": "phuong-tay"}, "unit.id_malformed"),
        ({"paper": replace(PAPER, number="")}, "paper.number_malformed"),
    ],
)
def test_a_split_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    given(ORGANISATION, *THERE).when(replace(SPLIT, **changes), FACTS).then_rejected(code)


# -- names and ends ---------------------------------------------------------------------------


def test_a_unit_bears_on_each_day_the_name_it_had_then() -> None:
    again = replace(RENAME, name="UBND phường Bình Minh", short_name="Bình Minh", renamed_on=date(2022, 1, 1))
    unit = units_after(RENAME, again)["phuong-tan-an"]

    days = (date(1999, 1, 1), LAST, FIRST, date(2021, 12, 31), date(2022, 1, 1))
    assert [unit.name_on(day).name for day in days] == [
        "UBND phường Tân An",
        "UBND phường Tân An",
        "UBND phường Tân An Mới",
        "UBND phường Tân An Mới",
        "UBND phường Bình Minh",
    ]
    assert unit.name == "UBND phường Bình Minh"


def test_a_renaming_and_an_end_name_their_paper_and_may_do_without() -> None:
    (renamed,) = given(ORGANISATION, *THERE).when(RENAME, FACTS).then_types(UnitRenamed)
    (closed,) = given(ORGANISATION, *THERE).when(CLOSE, FACTS).then_types(UnitClosed)

    assert (renamed.paper, closed.paper) == (PAPER, PAPER)
    (bare,) = given(ORGANISATION, *THERE).when(replace(CLOSE, paper=None), FACTS).then_types(UnitClosed)
    assert bare.paper is None
    long = replace(CLOSE, reason="x" * 4001)
    given(ORGANISATION, *THERE).when(long, FACTS).then_rejected("text.too_long")
    given(ORGANISATION, *THERE).when(replace(RENAME, name="x" * 301), FACTS).then_rejected("text.too_long")
    wrong = replace(PAPER, number="x")
    given(ORGANISATION, *THERE).when(replace(CLOSE, paper=wrong), FACTS).then_rejected("paper.number_malformed")


def test_the_line_of_successors_leads_to_who_exists_on_the_day() -> None:
    onward = replace(
        MERGE,
        unit_ids=("phuong-tan-an",),
        into_id="phuong-an-cu",
        merged_on=date(2022, 1, 1),
    )
    units = units_after(MERGE, onward)

    heirs = {day: successor_on(units, "phuong-an-hoi", day) for day in (LAST, FIRST, date(2022, 1, 1))}
    assert [one.unit_id if one else None for one in heirs.values()] == [
        "phuong-an-hoi",
        "phuong-tan-an",
        "phuong-an-cu",
    ]
    assert successor_on(units, "phuong-cu", FIRST) is None
    assert successor_on(units, "nobody", FIRST) is None


def test_two_units_that_name_each_other_as_successors_end_the_search() -> None:
    one = replace(CLOSE, successor_id="phuong-tan-an")
    other = replace(CLOSE, unit_id="phuong-tan-an", successor_id="phuong-an-cu")

    assert successor_on(units_after(one, other), "phuong-an-cu", FIRST) is None


# -- the district -----------------------------------------------------------------------------


def test_a_district_ends_with_the_names_of_those_who_go_on() -> None:
    (closed,) = given(ORGANISATION, *THERE).when(CLOSE_DISTRICT, CITY_FACTS).then_types(OrganisationClosed)

    assert (closed.name, closed.closed_on, closed.paper) == ("Quận Ninh Kiều", END, LAW)
    assert closed.successors == (
        Successor(
            unit_id="phuong-ninh-kieu",
            name="UBND phường Ninh Kiều",
            takes=(NamedUnit(unit_id="phuong-tan-an", name="UBND phường Tân An"),),
        ),
        Successor(unit_id=None, name="Thành phố Cần Thơ"),
    )


def test_each_unit_of_a_closed_district_has_one_who_goes_on_with_its_work() -> None:
    place = given(ORGANISATION, *after(CLOSE_DISTRICT)).state.place

    found = {unit_id: place.successor_of(unit_id) for unit_id in ("phuong-tan-an", "phuong-an-cu", None)}
    assert [one.name for one in found.values()] == [
        "UBND phường Ninh Kiều",
        "Thành phố Cần Thơ",
        "Thành phố Cần Thơ",
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"district": CITY}, "organisation.not_a_district"),
        ({"successors": ()}, "organisation.successor_missing"),
        ({"successors": (NewSuccessor(), NewSuccessor(unit_id="phuong-ninh-kieu"))}, "organisation.successor_missing"),
        ({"successors": (NewSuccessor(unit_id="nobody"),)}, "organisation.successor_not_found"),
        ({"successors": (NewSuccessor(unit_id="quan-ninh-kieu"),)}, "organisation.successor_not_found"),
        (
            {"successors": (NewSuccessor(), NewSuccessor(takes=("phuong-an-cu", "phuong-an-cu")))},
            "organisation.unit_taken_twice",
        ),
        ({"successors": (NewSuccessor(), NewSuccessor(takes=("nobody",)))}, "unit.not_found"),
        ({"closed_on": date(2004, 1, 1)}, "organisation.end_out_of_life"),
        ({"closed_on": date(2025, 7, 1)}, "organisation.end_out_of_life"),
        ({"paper": replace(LAW, issuer="")}, "paper.issuer_missing"),
    ],
)
def test_an_end_of_a_district_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    city = [replace(THERE[0], district=CITY)]
    history = city if changes.get("district") == CITY else THERE
    given(ORGANISATION, *history).when(replace(CLOSE_DISTRICT, **changes), CITY_FACTS).then_rejected(code)


def test_the_city_may_put_a_wrong_end_right_and_the_same_end_again_changes_nothing() -> None:
    typing_error = replace(CLOSE_DISTRICT, closed_on=date(2015, 6, 30))
    history = after(typing_error, CLOSE_DISTRICT)

    assert [one.closed_on for one in history if isinstance(one, OrganisationClosed)] == [date(2015, 6, 30), END]
    place = given(ORGANISATION, *history).state.place
    assert (place.valid_to, place.is_open(END)) == (END, True)
    given(ORGANISATION, *history).when(CLOSE_DISTRICT, CITY_FACTS).then_nothing()


@pytest.mark.parametrize(
    "grant",
    [
        Grant(role=Role.HOME_AFFAIRS, district="ninh-kieu"),
        Grant(role=Role.DISTRICT_CHAIR, district="ninh-kieu"),
        Grant(role=Role.ADMIN, district="ninh-kieu"),
        Grant(role=Role.AUDITOR, district=CITY),
    ],
)
def test_only_the_city_ends_a_district(grant: Grant) -> None:
    facts = replace(CITY_FACTS, actor=Actor(account_id="x", grants=(grant,)))

    given(ORGANISATION, *THERE).when(CLOSE_DISTRICT, facts).then_rejected("actor.not_allowed")


@pytest.mark.parametrize("command", [MERGE, SPLIT, RENAME, CLOSE])
def test_only_home_affairs_of_the_district_and_administrators_change_units(command: OrganisationCommand) -> None:
    clerk = Actor(account_id="x", grants=(Grant(role=Role.UNIT_CLERK, district="ninh-kieu", unit="phuong-an-hoi"),))

    given(ORGANISATION, *THERE).when(command, replace(FACTS, actor=clerk)).then_rejected("actor.not_allowed")


def test_nothing_is_decided_in_a_district_after_its_last_day() -> None:
    closed = given(ORGANISATION, *after(CLOSE_DISTRICT)).state.place

    require_district_open(closed, END)
    require_district_open(None, date(2025, 7, 15))
    with pytest.raises(Rejected) as refusal:
        require_district_open(closed, date(2025, 7, 15))
    assert refusal.value.code == "organisation.closed"
    assert refusal.value.detail["closed_on"] == "2025-06-30"
    assert (refusal.value.detail["name"], refusal.value.detail["successor"]) == ("Quận Ninh Kiều", "Thành phố Cần Thơ")


def test_a_district_whose_end_was_known_from_the_beginning_ends_too() -> None:
    established = THERE[0]
    assert isinstance(established, OrganisationEstablished)
    with pytest.raises(Rejected, match=r"organisation\.closed"):
        require_district_open(district_after(None, established), date(2025, 7, 1))


# -- whatever happens -------------------------------------------------------------------------

days = st.sampled_from([FIRST, date(2020, 6, 1), date(2021, 1, 1)])
wards = st.sampled_from([*WARDS, "phuong-dong", "phuong-tay", "nobody"])
commands: st.SearchStrategy[OrganisationCommand] = st.one_of(
    st.builds(
        lambda units, into, day, is_new: replace(
            MERGE, unit_ids=tuple(units), into_id=into, merged_on=day, new_unit=new(into) if is_new else None
        ),
        st.lists(wards, max_size=3),
        wards,
        days,
        st.booleans(),
    ),
    st.builds(
        lambda unit, into, successor, day: replace(
            SPLIT, unit_id=unit, into=tuple(new(one) for one in into), successor_id=successor, split_on=day
        ),
        wards,
        st.lists(wards, max_size=3),
        wards,
        days,
    ),
    st.builds(
        lambda unit, successor, day: replace(CLOSE, unit_id=unit, successor_id=successor, closed_on=day),
        wards,
        st.one_of(st.none(), wards),
        days,
    ),
    st.builds(lambda unit, day, name: replace(RENAME, unit_id=unit, renamed_on=day, name=name), wards, days, st.text()),
    st.builds(
        lambda day, takes: replace(
            CLOSE_DISTRICT, closed_on=day, successors=(NewSuccessor(), NewSuccessor(takes=tuple(takes)))
        ),
        days,
        st.lists(wards, min_size=1, max_size=2),
    ),
)


@settings(max_examples=100, deadline=None)
@generated(st.lists(commands, max_size=8))
async def test_a_repeated_command_changes_nothing_and_rows_tell_what_the_rules_know(
    sent: list[OrganisationCommand],
) -> None:
    state, history = given(ORGANISATION, *THERE).state, list(THERE)
    for command in sent:
        try:
            events = ORGANISATION.decide(command, state, CITY_FACTS)
        except Rejected:
            continue
        for event in events:
            state = ORGANISATION.evolve(state, event)
        history += events
        assert ORGANISATION.decide(command, state, CITY_FACTS) == [], command

    rows = await folded(history)
    assert {unit.unit_id: unit for unit in rows["unit"].values()} == state.units
    assert {(group.group_id, group.year): group for group in rows["unit_group"].values()} == state.groups
    assert list(rows["organisation"].values()) == [state.place]
    lives = {one.unit_id for one in rows["unit_history"].values()}
    assert lives == set(state.units), "each unit has a life that can be told, and no other"
    for unit in state.units.values():
        heir = successor_on(state.units, unit.unit_id, date(2030, 1, 1))
        assert heir is None or heir.is_open(date(2030, 1, 1))


async def folded(history: list[OrganisationEvent]) -> dict[str, dict[Key, Any]]:
    """Return the rows of the read model after the events."""

    async def nothing(_: AnyTable, __: Any) -> dict[Key, object]:
        return {}

    recorded = [
        Recorded(
            event=event,
            type=EVENTS.wire_name(type(event)),
            event_id=f"e{seq}",
            stream="PLANS",
            seq=seq,
            subject="plans.evt.ninh-kieu.organisation.ninh-kieu",
            occurred_at=AT,
            recorded_at=AT,
            actor="x",
            command_id=f"c{seq}",
            correlation_id="",
            headers={},
        )
        for seq, event in enumerate(history, start=1)
    ]
    changes = await fold_batch(PLANS, recorded, set(), nothing)
    assert changes.poisoned == []
    return {name: dict(rows) for name, rows in changes.put.items()}


async def test_the_life_of_a_unit_is_told_on_both_sides_of_a_merger() -> None:
    rows = (await folded(after(MERGE, RENAME, CLOSE)))["unit_history"].values()
    told = [(one.unit_id, one.type, one.on, one.is_successor, [other.name for other in one.others]) for one in rows]

    assert ("phuong-an-hoi", "UnitsMerged", FIRST, False, ["UBND phường Tân An"]) in told
    assert ("phuong-tan-an", "UnitsMerged", FIRST, True, ["UBND phường An Hội", "UBND phường An Lạc"]) in told
    assert ("phuong-tan-an", "UnitRenamed", FIRST, False, ["UBND phường Tân An"]) in told
    assert ("phuong-an-cu", "UnitClosed", LAST, False, []) in told
    assert {one.paper for one in rows if one.type != "UnitEstablished"} == {PAPER}
