"""A list of units and groups as one decision: what differs happens, all of it or nothing, and again nothing."""

from datetime import date
from typing import Any

import pytest

from services.plans.commands import (
    CloseUnit,
    EstablishOrganisation,
    ListedUnit,
    NewGroup,
    NewUnit,
    ReviseOrganisation,
)
from services.plans.decider import ORGANISATION, OrganisationFacts
from services.plans.events import (
    GroupFormed,
    GroupKind,
    GroupLeadersAppointed,
    OrganisationEvent,
    UnitClosed,
    UnitCorrected,
    UnitEstablished,
    UnitKind,
    UnitRenamed,
)
from services.plans.rules import CHANGES_MAX, UNITS_MAX
from shared.types import CITY, Actor, Grant, Role
from tests.plans.an_organisation import AT, FACTS, TODAY, District
from tests.support.deciding import given

WARDS = ("phuong-a", "phuong-b", "phuong-c", "phuong-d")


def group(group_id: str, *members: str, head: str | None = None, **more: Any) -> NewGroup:
    values = {"year": 2020, "name": group_id, "kind": GroupKind.CLUSTER, "members": members, "head_id": head, **more}
    return NewGroup(group_id=group_id, **values)


def listed(unit_id: str, **changes: Any) -> ListedUnit:
    values = {"name": f"Phường {unit_id}", "short_name": unit_id, "kind": UnitKind.WARD, **changes}
    return ListedUnit(unit_id=unit_id, **values)


def revise(*units: ListedUnit, groups: tuple[NewGroup, ...] = (), district: str = "cai-rang") -> ReviseOrganisation:
    return ReviseOrganisation(district=district, units=units, groups=groups, at=AT)


ESTABLISH = EstablishOrganisation(
    district="cai-rang",
    code="919",
    name="Quận Cái Răng",
    short_name="Cái Răng",
    valid_from=date(2004, 1, 2),
    units=tuple(
        NewUnit(unit_id=one, name=f"Phường {one}", short_name=one, kind=UnitKind.WARD, aliases=(f"P. {one}",))
        for one in WARDS
    ),
    groups=(group("cum-1", "phuong-a", "phuong-b", head="phuong-a"), group("cum-2", "phuong-c", head="phuong-c")),
    at=AT,
)
THERE = District(ESTABLISH).events


def then_types(history: list[OrganisationEvent], command: ReviseOrganisation, *types: type) -> list[Any]:
    return given(ORGANISATION, *history).when(command, FACTS).then_types(*types)


def test_a_unit_that_is_not_there_is_established_with_all_that_the_list_says() -> None:
    line = listed("phuong-e", code="31", aliases=("P. E",), valid_from=date(2020, 1, 1))
    (event,) = then_types(THERE, revise(line), UnitEstablished)

    assert (event.unit_id, event.code, event.aliases, event.valid_from, event.valid_to) == (
        "phuong-e",
        "31",
        ("P. E",),
        date(2020, 1, 1),
        None,
    )


def test_a_new_name_is_a_renaming_and_all_else_a_correction() -> None:
    line = listed("phuong-a", name="Phường An Mới", kind=UnitKind.VERTICAL, code="9", aliases=("P. phuong-a",))
    renamed, corrected = then_types(THERE, revise(line), UnitRenamed, UnitCorrected)

    assert (renamed.name, renamed.name_before, renamed.renamed_on) == ("Phường An Mới", "Phường phuong-a", TODAY)
    assert (corrected.kind, corrected.code, corrected.aliases) == (UnitKind.VERTICAL, "9", ("P. phuong-a",))
    assert corrected.valid_from == date(2004, 1, 2), "a list without a first day leaves it"


def test_a_unit_is_closed_with_its_reason_into_one_that_is_new_in_the_same_list() -> None:
    end = date(2020, 2, 29)
    lines = (
        listed("phuong-a", aliases=("P. phuong-a",), valid_to=end, successor_id="phuong-z", closing_reason="NQ 893"),
        listed("phuong-z"),
    )
    _, closed = then_types(THERE, revise(*lines), UnitEstablished, UnitClosed)

    assert (closed.closed_on, closed.successor_id, closed.reason) == (end, "phuong-z", "NQ 893")


def test_units_may_change_places_between_two_listed_groups() -> None:
    swapped = (group("cum-1", "phuong-a", "phuong-c"), group("cum-2", "phuong-b", head="phuong-b"))
    first, second, leaders = then_types(THERE, revise(groups=swapped), GroupFormed, GroupFormed, GroupLeadersAppointed)

    assert (first.members, second.members) == (("phuong-a", "phuong-c"), ("phuong-b",))
    assert (leaders.group_id, leaders.head_id) == ("cum-2", "phuong-b")


def test_a_group_may_have_members_that_are_new_in_the_same_list() -> None:
    command = revise(listed("phuong-e"), groups=(group("cum-3", "phuong-e", "phuong-d", head="phuong-e"),))

    then_types(THERE, command, UnitEstablished, GroupFormed, GroupLeadersAppointed)


def test_the_same_list_again_changes_nothing() -> None:
    command = revise(
        listed("phuong-e", code="31"),
        listed("phuong-a", name="Phường An Mới", valid_to=date(2020, 3, 1), closing_reason="NQ 1"),
        groups=(group("cum-2", "phuong-c", "phuong-d", "phuong-e", head="phuong-e"),),
    )
    events = ORGANISATION.decide(command, given(ORGANISATION, *THERE).state, FACTS)

    assert len(events) == 6
    given(ORGANISATION, *THERE, *events).when(command, FACTS).then_nothing()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (revise(listed("phuong-a"), listed("phuong-a")), "organisation.listed_twice"),
        (revise(groups=(group("g", "phuong-a"), group("g", "phuong-b"))), "organisation.listed_twice"),
        (revise(listed("Phường A")), "unit.id_malformed"),
        (revise(listed("phuong-e", name=" ")), "unit.name_missing"),
        (revise(listed("phuong-a", name=" ")), "unit.name_missing"),
        (revise(listed("e", valid_from=date(2020, 2, 2), valid_to=date(2020, 2, 1))), "unit.dates_reversed"),
        (revise(listed("phuong-a", valid_to=date(2003, 1, 1), closing_reason="x")), "unit.dates_reversed"),
        (revise(listed("phuong-a", valid_to=date(2020, 3, 1))), "unit.closing_reason_missing"),
        (revise(listed("phuong-a", successor_id="phuong-b")), "unit.successor_without_end"),
        (
            revise(listed("phuong-a", valid_to=date(2020, 3, 1), successor_id="x", closing_reason="x")),
            "unit.not_found",
        ),
        (revise(groups=(group("cum-1", "phuong-a", "nobody"),)), "unit.not_found"),
        (revise(groups=(group("cum-1", "phuong-a", "phuong-c"),)), "group.unit_in_two"),
        (revise(groups=(group("cum-1", "phuong-b", head="phuong-a"),)), "group.leader_not_member"),
        (revise(groups=(group("cum-1", "phuong-b"),)), "group.leader_not_member"),
        (revise(listed("phuong-e"), district="o-mon"), "organisation.not_established"),
        (revise(*(listed(f"u-{number}") for number in range(UNITS_MAX))), "organisation.too_many_units"),
        (revise(*(listed(f"u-{number}") for number in range(CHANGES_MAX + 1))), "organisation.too_many_changes"),
    ],
)
def test_what_cannot_be_is_refused_as_a_whole(command: ReviseOrganisation, code: str) -> None:
    history = THERE if command.district == "cai-rang" else []
    given(ORGANISATION, *history).when(command, FACTS).then_rejected(code)


def test_what_has_ended_is_neither_opened_nor_renamed() -> None:
    close = CloseUnit(district="cai-rang", unit_id="phuong-a", closed_on=date(2020, 1, 31), reason="NQ 1", at=AT)
    closed = [*THERE, *ORGANISATION.decide(close, given(ORGANISATION, *THERE).state, FACTS)]
    as_it_is = listed("phuong-a", aliases=("P. phuong-a",), valid_to=date(2020, 1, 31))

    given(ORGANISATION, *closed).when(revise(as_it_is), FACTS).then_nothing()
    for changes in ({"valid_to": None}, {"name": "Khác"}, {"valid_to": date(2020, 6, 1), "closing_reason": "x"}):
        values = {"aliases": ("P. phuong-a",), "valid_to": date(2020, 1, 31), **changes}
        given(ORGANISATION, *closed).when(revise(listed("phuong-a", **values)), FACTS).then_rejected("unit.closed")


@pytest.mark.parametrize(
    "grant",
    [
        Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="phuong-a"),
        Grant(role=Role.HOME_AFFAIRS, district="ninh-kieu"),
        Grant(role=Role.CITY_BOARD, district=CITY),
        Grant(role=Role.AUDITOR, district=CITY),
    ],
)
def test_only_home_affairs_of_the_district_and_administrators_revise_it(grant: Grant) -> None:
    facts = OrganisationFacts(actor=Actor(account_id="x", grants=(grant,)), today=TODAY)

    given(ORGANISATION, *THERE).when(revise(listed("phuong-e")), facts).then_rejected("actor.not_allowed")
