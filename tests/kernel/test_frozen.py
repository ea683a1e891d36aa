"""Changing a frozen dataclass gives what `dataclasses.replace` gives."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plans.views import PartView
from shared.frozen import replace
from shared.types import Actor, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("reversed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    first: int
    last: int = 0
    sum: int = dataclasses.field(init=False, default=7)


@dataclass(frozen=True, kw_only=True)
class _Loose:
    first: int
    last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Longer(_Kept):
    more: int = 1


PART = PartView(unit_id="phuong-le-binh", name="Lê Bình", role=Role.UNIT_CLERK, group_id=None)  # type: ignore[arg-type]


@given(
    st.fixed_dictionaries(
        {},
        optional={"name": st.text(), "percent": st.integers(), "done_on": st.none() | st.dates(), "report": st.text()},
    )
)
def test_a_changed_copy_is_the_one_that_dataclasses_make(changes: dict[str, Any]) -> None:
    copy = replace(PART, **changes)
    assert copy == dataclasses.replace(PART, **changes)
    assert (type(copy), hash(copy)) == (PartView, hash(dataclasses.replace(PART, **changes)))
    assert PartView(unit_id="phuong-le-binh", name="Lê Bình", role=PART.role, group_id=None) == PART


def test_a_class_that_does_more_than_hold_its_fields_is_changed_as_dataclasses_change_it() -> None:
    assert replace(_Checked(first=1, last=2), last=3) == _Checked(first=1, last=3)
    with pytest.raises(ValueError, match="reversed"):
        replace(_Checked(first=1, last=2), last=0)
    with pytest.raises((TypeError, ValueError)):
        replace(_Kept(first=1), sum=8)
    assert replace(_Kept(first=1), first=2) == _Kept(first=2)
    assert replace(_Loose(first=1), last=5) == _Loose(first=1, last=5)
    assert replace(_Longer(first=1), first=2) == _Longer(first=2)
    assert replace(Actor(account_id="a"), account_id="b") == Actor(account_id="b")


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="done"):
        replace(PART, done=date(2020, 2, 6))  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        replace("text")  # type: ignore[type-var]
