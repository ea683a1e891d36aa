"""Ranking inside a group: 1, 2, 2, 4, by total, section I, section III, lower penalty."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.rules import Standing, ranked

small = st.integers(0, 3).map(Decimal)
standings = st.lists(
    st.builds(
        Standing,
        unit_id=st.uuids().map(str),
        total=small,
        sections=st.fixed_dictionaries({}, optional={"I": small, "III": small}),
        penalty=small,
        is_knocked_out=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.unit_id,
)


def place(one: Standing) -> tuple[Decimal, ...]:
    """Return what decides, the better the smaller."""
    return (-one.total, -one.sections.get("I", Decimal(0)), -one.sections.get("III", Decimal(0)), one.penalty)


@given(standings)
def test_a_rank_is_one_more_than_the_number_of_units_that_are_better(group: list[Standing]) -> None:
    in_race = [one for one in group if not one.is_knocked_out]
    for rank, one in ranked(group):
        better = sum(place(other) < place(one) for other in in_race)
        assert rank == (None if one.is_knocked_out else better + 1)


@given(standings, st.randoms())
def test_the_order_of_the_rows_does_not_matter(group: list[Standing], chance: st.DataObject) -> None:
    shuffled = list(group)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ranked(shuffled) == ranked(group)


@given(standings)
def test_every_unit_stands_once_ranks_never_fall_and_the_knocked_out_come_last(group: list[Standing]) -> None:
    result = ranked(group)
    assert sorted(one.unit_id for _, one in result) == sorted(one.unit_id for one in group)
    ranks = [rank for rank, _ in result]
    known = [rank for rank in ranks if rank is not None]
    assert known == sorted(known)
    assert ranks == known + [None] * (len(ranks) - len(known))


def standing(unit_id: str, total: str, first: str = "0", third: str = "0", penalty: str = "0") -> Standing:
    return Standing(
        unit_id=unit_id,
        total=Decimal(total),
        sections={"I": Decimal(first), "III": Decimal(third)},
        penalty=Decimal(penalty),
        is_knocked_out=False,
    )


def test_equal_units_share_a_rank_and_the_next_one_is_left_out() -> None:
    group = [standing("a", "9"), standing("b", "8"), standing("c", "8"), standing("d", "7")]
    assert [(rank, one.unit_id) for rank, one in ranked(group)] == [(1, "a"), (2, "b"), (2, "c"), (4, "d")]


def test_ties_break_by_section_one_then_section_three_then_the_lower_penalty() -> None:
    group = [
        standing("a", "9", "5", "2", "3"),
        standing("b", "9", "5", "2", "1"),
        standing("c", "9", "5", "3", "9"),
        standing("d", "9", "6", "1", "9"),
    ]
    assert [one.unit_id for _, one in ranked(group)] == ["d", "c", "b", "a"]
