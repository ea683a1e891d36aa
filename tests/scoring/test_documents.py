"""The file of criteria of the demo, and files as commands."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.scoring.commands import COMMANDS
from services.scoring.decider import CRITERIA, CriteriaFacts
from services.scoring.documents import criteria_commands, read_criteria
from services.scoring.events import CriteriaPublished
from services.scoring.rules import automatic_criterion
from shared.errors import Rejected
from shared.types import CITY, DISTRICTS, Role
from tests.scoring.a_sheet import AT, CITY_BOARD, TODAY, actor

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
DATA: dict[str, Any] = yaml.safe_load((DEMO / "criteria-2020.yaml").read_text(encoding="utf-8"))
ORGANISATIONS = yaml.safe_load((DEMO / "can-tho-2020.yaml").read_text(encoding="utf-8"))["organisations"]
GROUPS = {one["id"]: {group["id"]: group["name"] for group in one["groups"]} for one in ORGANISATIONS}
PUBLISHED = criteria_commands(DATA, at=AT)


def test_each_district_and_the_city_publish_one_sheet() -> None:
    assert [command.district for command in PUBLISHED] == [*DISTRICTS, CITY]
    assert {command.year for command in PUBLISHED} == {2020}
    assert read_criteria(DATA).assumption


@pytest.mark.parametrize("command", PUBLISHED, ids=lambda one: one.district)
def test_the_sheet_is_accepted_for_all_groups_and_has_a_thousand_points(command: Any) -> None:
    who = CITY_BOARD if command.district == CITY else actor(Role.HOME_AFFAIRS, district=command.district)
    facts = CriteriaFacts(actor=who, today=TODAY, groups=GROUPS[command.district])
    [event] = CRITERIA.decide(command, CRITERIA.initial, facts)
    assert isinstance(event, CriteriaPublished)
    assert event.max_points == Decimal(1000)
    assert {group.group_id for group in event.groups} == set(GROUPS[command.district])
    sections = {section.code: sum(one.max_points for one in section.criteria) for section in event.sections}
    assert sections == {"I": 600, "II": 200, "III": 200}


@pytest.mark.parametrize("command", PUBLISHED, ids=lambda one: one.district)
def test_only_units_of_districts_have_an_automatic_criterion_of_thirty_points(command: Any) -> None:
    automatic = automatic_criterion(command.sections)
    if command.district == CITY:
        assert automatic is None
    else:
        assert automatic is not None
        assert (automatic.code, automatic.max_points) == ("III.5", Decimal(30))


def test_a_command_travels_as_it_is() -> None:
    for command in PUBLISHED:
        assert COMMANDS.decode("publish-criteria", COMMANDS.encode(command)) == command


@pytest.mark.parametrize(
    "data",
    [
        {},
        {**DATA, "year": "hai nghìn"},
        {**DATA, "more": 1},
        {**DATA, "sheets": [{**DATA["sheets"][0], "sections": [{"code": "I"}]}]},
    ],
)
def test_a_malformed_file_is_refused_with_the_fields(data: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as refusal:
        criteria_commands(data, at=datetime(2020, 2, 6, tzinfo=UTC))
    assert refusal.value.code == "criteria.file_malformed"
    assert refusal.value.detail["fields"]
