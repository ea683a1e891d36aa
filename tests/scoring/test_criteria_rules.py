"""The rules of criteria, one a test."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.scoring.decider import CRITERIA
from services.scoring.events import CriteriaPublished, Criterion, NamedGroup, Section
from shared.types import CITY
from tests.scoring.a_sheet import (
    CITY_BOARD,
    CITY_GROUP,
    GROUP,
    HOME_AFFAIRS,
    OTHER_HOME_AFFAIRS,
    SECTIONS,
    WARD,
    criteria_facts,
    publish,
)
from tests.support.deciding import given

PUBLISHED = given(CRITERIA).when(publish(), criteria_facts()).events()


def sections(**changes: Any) -> tuple[Section, ...]:
    first = SECTIONS[0].criteria[0]
    changed = replace(SECTIONS[0], criteria=(replace(first, **changes), *SECTIONS[0].criteria[1:]))
    return (changed, SECTIONS[1])


def test_criteria_are_published_with_names_versions_and_sums() -> None:
    [event] = given(CRITERIA).when(publish(), criteria_facts()).then_types(CriteriaPublished)
    assert event.criteria_id == "2020-khoi-cum"
    assert event.version == 1
    assert event.max_points == Decimal(100)
    assert event.groups == (NamedGroup(group_id=GROUP.group_id, name=GROUP.name),)
    assert event.by == HOME_AFFAIRS.account_id


@pytest.mark.parametrize("who", [WARD, OTHER_HOME_AFFAIRS, CITY_BOARD])
def test_only_the_districts_home_affairs_publishes_for_it(who: Any) -> None:
    given(CRITERIA).when(publish(), criteria_facts(who)).then_rejected("actor.not_allowed")


def test_only_the_citys_board_publishes_for_the_five_districts() -> None:
    command = publish(district=CITY, set_id="cum-5-quan", group_ids=("cum-5-quan",))
    groups = {CITY_GROUP.group_id: CITY_GROUP.name}
    given(CRITERIA).when(command, criteria_facts(CITY_BOARD, groups=groups)).then_types(CriteriaPublished)
    given(CRITERIA).when(command, criteria_facts(HOME_AFFAIRS, groups=groups)).then_rejected("actor.not_allowed")


def test_publishing_the_same_again_changes_nothing_even_when_frozen() -> None:
    given(CRITERIA, *PUBLISHED).when(publish(), criteria_facts()).then_nothing()
    given(CRITERIA, *PUBLISHED).when(publish(), criteria_facts(is_frozen=True)).then_nothing()


def test_another_version_replaces_the_criteria_until_a_unit_is_scored_by_them() -> None:
    changed = publish(title="Bảng điểm sửa đổi")
    [event] = given(CRITERIA, *PUBLISHED).when(changed, criteria_facts()).then_types(CriteriaPublished)
    assert event.version == 2
    given(CRITERIA, *PUBLISHED).when(changed, criteria_facts(is_frozen=True)).then_rejected("criteria.frozen")


def test_a_group_is_scored_by_one_set_only() -> None:
    taken = {GROUP.group_id: "2020-khac"}
    given(CRITERIA).when(publish(), criteria_facts(taken=taken)).then_rejected(
        "criteria.group_taken", group_id=GROUP.group_id, criteria_id="2020-khac"
    )


def test_the_groups_are_groups_of_that_year() -> None:
    given(CRITERIA).when(publish(), criteria_facts(groups={})).then_rejected("group.not_found", year=2020)
    given(CRITERIA).when(publish(group_ids=()), criteria_facts()).then_rejected("criteria.without_groups")


@pytest.mark.parametrize("points", ["0", "-1", "10000.01", "1.005", "NaN", "Infinity", "1E+400"])
def test_a_maximum_is_positive_bounded_and_has_at_most_two_decimals(points: str) -> None:
    command = publish(sections=sections(max_points=Decimal(points)))
    given(CRITERIA).when(command, criteria_facts()).then_rejected("criteria.points_out_of_range", criterion="I.1")


def test_all_maxima_together_are_bounded() -> None:
    command = publish(sections=sections(max_points=Decimal(9999)))
    given(CRITERIA).when(command, criteria_facts()).then_rejected("criteria.total_too_high")


def test_there_is_one_automatic_criterion_at_most() -> None:
    command = publish(sections=sections(is_automatic=True))
    given(CRITERIA).when(command, criteria_facts()).then_rejected("criteria.automatic_twice")


@pytest.mark.parametrize("code", ["I.2", "III.1", "", " "])
def test_codes_are_there_and_unique(code: str) -> None:
    command = publish(sections=sections(code=code))
    given(CRITERIA).when(command, criteria_facts()).then_rejected("criteria.code_duplicate")


def test_a_sheet_has_a_title_names_and_lines() -> None:
    empty = replace(SECTIONS[0], criteria=())
    many = tuple(Criterion(code=f"c{number}", name="x", max_points=Decimal(1)) for number in range(201))
    for command, code in (
        (publish(title=" "), "criteria.title_missing"),
        (publish(sections=sections(name=" ")), "criteria.name_missing"),
        (publish(sections=()), "criteria.without_lines"),
        (publish(sections=(empty, SECTIONS[1])), "criteria.without_lines"),
        (publish(sections=(replace(SECTIONS[0], criteria=many),)), "criteria.too_many_lines"),
        (publish(title="x" * 4001), "text.too_long"),
        (publish(year=20), "criteria.year_malformed"),
    ):
        given(CRITERIA).when(command, criteria_facts()).then_rejected(code)
