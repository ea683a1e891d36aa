"""Who may do what stands in one table a service, which the deciders ask and the explanation reads."""

import importlib
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.labels import label
from shared.accounts.why import Known, Verdict, explain
from shared.rights import Right
from shared.text import kebab
from shared.types import CITY, Actor, Grant, Role

SERVICES = ("plans", "nominations", "scoring", "notifications")
# Marked by whom the notice was sent to, whatever the role.
OF_THE_RECIPIENT = {"mark-notice-read", "mark-notice-unread"}
TODAY = date(2020, 2, 6)
DAYS = st.none() | st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))
ROLES = st.sampled_from([Role.HOME_AFFAIRS, Role.UNIT_CLERK, Role.UNIT_HEAD, Role.CITY_BOARD])
PLACES = st.sampled_from(["cai-rang", "o-mon", CITY])
UNITS = st.none() | st.sampled_from(["le-binh", "hung-phu"])
GRANTS = st.builds(
    Grant,
    role=ROLES,
    district=PLACES,
    unit=UNITS,
    valid_from=DAYS,
    valid_to=DAYS,
    delegated_by=st.none() | st.just("head"),
)
RIGHTS = st.builds(
    Right,
    roles=st.frozensets(ROLES),
    unit_roles=st.frozensets(ROLES),
    city_roles=st.none() | st.frozensets(ROLES),
    is_of_city=st.booleans(),
)


def _rights() -> Iterator[tuple[str, type, Right]]:
    for service in SERVICES:
        for command, right in importlib.import_module(f"services.{service}.rules").RIGHTS.items():
            yield service, command, right


@pytest.mark.parametrize("service", SERVICES)
def test_each_command_says_who_may_send_it(service: str) -> None:
    commands = importlib.import_module(f"services.{service}.commands").COMMANDS.members
    rights = importlib.import_module(f"services.{service}.rules").RIGHTS
    assert {kebab(command.__name__) for command in rights} == set(commands) - OF_THE_RECIPIENT


def test_each_right_has_words_and_a_role() -> None:
    for service, command, right in _rights():
        name = kebab(command.__name__)
        assert label("actions", name) != name, f"{service}: {name}"
        assert right.roles | right.unit_roles, name


@given(
    grants=st.lists(GRANTS, max_size=5).map(tuple),
    right=RIGHTS,
    district=PLACES,
    unit=UNITS,
)
def test_the_explanation_and_the_decision_never_differ(
    grants: tuple[Grant, ...], right: Right, district: str, unit: str | None
) -> None:
    known = [Known(grant_id=str(number), grant=grant) for number, grant in enumerate(grants)]
    considered = explain(known, right, district=district, unit=unit, on=TODAY)
    allowed = right.allows(Actor(account_id="x", grants=grants), on=TODAY, district=district, unit=unit)
    assert any(not one.verdicts for one in considered) == allowed
    assert len(considered) == len(grants)


@given(grants=st.lists(GRANTS, max_size=5).map(tuple), right=RIGHTS, district=PLACES, unit=UNITS)
def test_what_the_actor_may_he_may_in_one_of_his_capacities(
    grants: tuple[Grant, ...], right: Right, district: str, unit: str | None
) -> None:
    actor = Actor(account_id="x", grants=grants)
    alone = [right.allows(capacity, on=TODAY, district=district, unit=unit) for _, capacity in actor.capacities()]
    assert any(alone) == right.allows(actor, on=TODAY, district=district, unit=unit)
    assert actor.capacities()[0][0] == ""
    for delegator, capacity in actor.capacities():  # never a mixture of two persons' rights
        assert {grant.delegated_by or "" for grant in capacity.grants} <= {delegator}


def test_every_reason_against_a_grant_is_named() -> None:
    right = Right(roles=frozenset({Role.HOME_AFFAIRS}), unit_roles=frozenset({Role.UNIT_CLERK}))
    over = Grant(role=Role.UNIT_CLERK, district="o-mon", unit="le-binh", valid_to=TODAY - timedelta(days=1))
    ahead = Grant(role=Role.AUDITOR, district="cai-rang", valid_from=TODAY + timedelta(days=1))
    known = [
        Known(grant_id="over", grant=over, against=(Verdict.WITHDRAWN,)),
        Known(grant_id="ahead", grant=ahead),
    ]
    ahead_of_all, last = explain(known, right, district="cai-rang", unit="hung-phu", on=TODAY)
    assert set(ahead_of_all.verdicts) == {Verdict.OTHER_ROLE, Verdict.NOT_YET}
    assert set(last.verdicts) == {
        Verdict.WITHDRAWN,
        Verdict.OTHER_DISTRICT,
        Verdict.OTHER_UNIT,
        Verdict.EXPIRED,
    }
