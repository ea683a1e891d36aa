"""Organisation data in a YAML file: to the commands that establish it, and to directories for reading documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

import services
from services.plans.commands import COMMANDS, CloseUnit, EstablishOrganisation
from services.plans.documents import UnitDirectory, directory_from_organisation
from shared.codec import to_json
from shared.errors import Rejected
from shared.types import DISTRICTS

DEMO = Path(str(services.__file__)).parents[1] / "deploy" / "demo"
DEMO_ORGANISATION = DEMO / "can-tho-2020.yaml"

Organisations = Sequence[Mapping[str, Any]]
_OF_THE_END = ("successor_id", "closing_reason")  # of a unit, told by `close_commands`


def read_organisations(path: Path) -> Organisations:
    """Return the entries of `organisations`. Raises Rejected `organisation_data.unreadable`."""
    entries = read_mapping(path).get("organisations")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "id" in entry for entry in entries):
        raise Rejected("organisation_data.unreadable", file=path.name)
    return entries


def read_mapping(path: Path) -> Mapping[str, Any]:
    """Return the mapping of a YAML file. Raises Rejected `organisation_data.unreadable`."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506 - it is the safe one
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise Rejected("organisation_data.unreadable", file=path.name) from error
    if not isinstance(data, dict):
        raise Rejected("organisation_data.unreadable", file=path.name)
    return data


def establish_commands(organisations: Organisations, *, at: datetime) -> list[EstablishOrganisation]:
    """Return one command for each entry. Raises Rejected `bus.invalid_body` with the fields that do not fit.

    `close_commands` tells who goes on for a unit that ends.
    """
    return [_establish(entry, at) for entry in organisations]


def close_commands(organisations: Organisations, *, at: datetime) -> list[CloseUnit]:
    """Return one command for each unit that ends and names its successor: who goes on is told once both are there."""
    commands = []
    for entry in organisations:
        for unit in entry.get("units") or ():
            if any(key in unit for key in _OF_THE_END):
                body = {
                    "district": entry["id"],
                    "unit_id": unit["id"],
                    "closed_on": unit.get("valid_to"),
                    "reason": unit.get("closing_reason"),
                    "successor_id": unit.get("successor_id"),
                    "at": at,
                }
                command = COMMANDS.decode("close-unit", to_json(body))
                assert isinstance(command, CloseUnit)
                commands.append(command)
    return commands


def directories_of(organisations: Organisations) -> dict[str, UnitDirectory]:
    """Return what a document's reader needs to know of each district."""
    return {str(entry["id"]): directory_from_organisation(entry) for entry in organisations if entry["id"] in DISTRICTS}


def _establish(entry: Mapping[str, Any], at: datetime) -> EstablishOrganisation:
    body = {
        **_renamed(entry, id="district"),
        "units": [
            {key: value for key, value in _renamed(unit, id="unit_id").items() if key not in _OF_THE_END}
            for unit in entry.get("units") or ()
        ],
        "sets": [_renamed(one, id="set_id") for one in entry.get("sets") or ()],
        "groups": [
            _renamed(group, id="group_id", head="head_id", deputy="deputy_id") for group in entry.get("groups") or ()
        ],
        "at": at,
    }
    # Through the codec, as any command from outside: unknown fields and wrong types are refused by name.
    command = COMMANDS.decode("establish-organisation", to_json(body))
    assert isinstance(command, EstablishOrganisation)
    return command


def _renamed(entry: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in entry.items()}


# The parser in C reads the demo's 45 kB ten times as fast, where it is there.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
