"""What other systems build on: described as it is, valid, and never broken by a change."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import asyncapi3
import pytest
from jsonschema import Draft202012Validator

from docs.contract.asyncapi import document
from docs.contract.compatibility import breaks
from docs.contract.services import contracts
from shared.schemas import RECEIVED, SENT, message_schema
from tests.golden import FOLDER
from tests.golden.schemas import Published, forgotten, published

PUBLISHED = list(published())
NAMES = [f"{one.path.parent.name}-{one.path.stem}-{one.name}" for one in PUBLISHED]
KNOWN = contracts()


@pytest.mark.parametrize("one", PUBLISHED, ids=NAMES)
def test_a_published_type_breaks_nobody_who_knows_an_earlier_shape(one: Published) -> None:
    assert not one.broken, f"{one.name} is published: add a new version, or make what is new optional: {one.broken}"
    assert one.today in one.shapes, f"the shape of {one.name} is not kept: run `python -m tests.golden`"


def test_a_published_type_never_disappears() -> None:
    assert not forgotten()


def test_every_golden_event_satisfies_the_schema_of_its_type() -> None:
    for contract in KNOWN:
        for wire_name, member in contract.events.items():
            path = FOLDER / contract.service / f"{wire_name.removeprefix(contract.service + '.')}.json"
            schema = message_schema(member, SENT)
            Draft202012Validator.check_schema(schema)
            problems = list(Draft202012Validator(schema).iter_errors(json.loads(path.read_text())))
            assert not problems, f"{wire_name}: {problems}"


# The document


DOCUMENT = document()


def test_the_document_is_valid_asyncapi() -> None:
    asyncapi3.AsyncAPI3.model_validate(DOCUMENT)


def test_every_reference_of_the_document_leads_somewhere() -> None:
    for reference in _references(DOCUMENT):
        here: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in here, reference
            here = here[step]


def test_every_command_and_question_has_its_operation_with_a_reply() -> None:
    for contract in KNOWN:
        for channel, members in (("cmd", contract.commands), ("qry", contract.questions)):
            for name, member in members.items():
                operation = DOCUMENT["operations"][f"{contract.service}-{member.__name__}"]
                address = DOCUMENT["channels"][operation["channel"]["$ref"].rpartition("/")[2]]["address"]
                assert (operation["action"], address) == ("receive", f"{contract.service}.{channel}.{name}")
                assert len(operation["reply"]["messages"]) == 3


def test_every_public_fact_has_its_channel_with_the_district_as_parameter() -> None:
    for contract in KNOWN:
        for name in contract.facts:
            channel = DOCUMENT["channels"][f"{contract.service}-{name}-v1"]
            assert channel["address"].startswith(f"public.{{district}}.{contract.service}.")
            assert "district" in channel["parameters"]


def test_two_classes_of_one_name_keep_two_schemas() -> None:
    signers = {name: one for name, one in DOCUMENT["components"]["schemas"].items() if "Signer" in name}
    demanded = {tuple(one.get("required", ())) for one in signers.values()}
    assert demanded == {("name", "post"), ("name", "post", "on_behalf_of")}


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in _references(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in _references(inner)]
    return []


# What a change breaks


class Colour(StrEnum):
    """Two values."""

    RED = "red"
    BLUE = "blue"


class MoreColours(StrEnum):
    """The two, and one more."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"


@dataclass(frozen=True)
class Old:
    """What is published."""

    name: str
    colour: Colour
    count: int | None = None


@dataclass(frozen=True)
class Added:
    """The same and one optional field."""

    name: str
    colour: Colour
    count: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Demanding:
    """The same and one required field."""

    name: str
    colour: Colour
    note: str
    count: int | None = None


@dataclass(frozen=True)
class Poorer:
    """The same without a field."""

    name: str
    colour: Colour


@dataclass(frozen=True)
class Retyped:
    """The same, one field of another type."""

    name: str
    colour: Colour
    count: str | None = None


@dataclass(frozen=True)
class Colourful:
    """The same, one more value."""

    name: str
    colour: MoreColours
    count: int | None = None


@dataclass(frozen=True)
class Looser:
    """The same, where what was always there may be missing."""

    colour: Colour
    name: str | None = None
    count: int | None = None


@pytest.mark.parametrize(
    ("new", "breaks_readers", "breaks_writers"),
    [
        (Old, False, False),
        (Added, False, False),
        (Demanding, False, True),
        (Poorer, True, True),
        (Retyped, True, True),
        (Colourful, True, False),
        (Looser, True, False),
    ],
)
def test_a_change_is_judged_by_who_reads_and_who_writes(new: type, breaks_readers: bool, breaks_writers: bool) -> None:
    assert bool(breaks(message_schema(Old, SENT), message_schema(new, SENT), SENT)) == breaks_readers
    assert bool(breaks(message_schema(Old, RECEIVED), message_schema(new, RECEIVED), RECEIVED)) == breaks_writers


def test_what_breaks_is_named_with_its_path() -> None:
    found = breaks(message_schema(Old, SENT), message_schema(Poorer, SENT), SENT)
    assert found == ["count: no longer sent"]


@dataclass(frozen=True)
class Square:
    """One of two shapes."""

    side: int


@dataclass(frozen=True)
class Circle:
    """The other."""

    radius: int


@dataclass(frozen=True)
class Drawn:
    """Either shape in one field, the first in another."""

    any_shape: Square | Circle
    counts: dict[str, int]
    shape: Square


@dataclass(frozen=True)
class Swapped:
    """The same, the other shape in the second field."""

    any_shape: Circle
    counts: dict[str, int]
    shape: Circle


@dataclass(frozen=True)
class Uncounted:
    """The same, anything in the mapping."""

    any_shape: Square | Circle
    counts: dict[str, Any]
    shape: Square


@dataclass(frozen=True)
class Tree:
    """A type within itself."""

    child: "Tree | None"
    children: "list[Tree]"


def test_a_type_within_itself_is_compared_to_an_end() -> None:
    schema = message_schema(Tree, SENT)
    assert breaks(schema, schema, SENT) == []


@pytest.mark.parametrize(("new", "field"), [(Swapped, "shape.side"), (Uncounted, "counts{}")])
def test_what_breaks_is_found_wherever_it_is_and_however_often_it_was_met(new: type, field: str) -> None:
    found = breaks(message_schema(Drawn, SENT), message_schema(new, SENT), SENT)
    assert [one.split(":")[0] for one in found if one.startswith(field)] == [field]


def test_what_cannot_be_judged_counts_as_broken() -> None:
    @dataclass(frozen=True)
    class Pair:
        both: tuple[int, str]

    schema = message_schema(Pair, SENT)
    assert breaks(schema, schema, SENT) == ["both: prefixItems cannot be judged"]
