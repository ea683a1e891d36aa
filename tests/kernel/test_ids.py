"""Derived ids are UUIDv5, for ever: they tell a repeated command from a new one."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.clock import NAMESPACE, derived_id


@given(st.lists(st.one_of(st.text(), st.integers(), st.none()), max_size=4))
def test_a_derived_id_is_the_uuid5_of_its_parts(parts: list[object]) -> None:
    assert derived_id(*parts) == str(uuid.uuid5(NAMESPACE, "\x1f".join(map(str, parts))))


def test_a_derived_id_never_changes() -> None:
    assert derived_id("plans.evt.cai-rang.plan.2020", "issue", 0) == "363311a5-feb2-57f0-b083-1407f4bb8b0d"
