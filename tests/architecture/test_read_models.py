"""What a read model says of itself, held against every event there is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest

from shared.process import Service
from shared.readmodel import ReadModel, Table
from shared.types import Recorded
from tests.golden import FOLDER, SERVICES, codec_of

TABLES = [
    pytest.param(model, table, id=f"{service}.{model.name}.{table.name}")
    for service in SERVICES
    for model in import_module(f"services.{service}.app").SERVICE.read_models
    for table in model.tables
    if isinstance(table, Table) and table.kinds
]


def kinds_of(service: Service) -> dict[type[Any], str]:
    """Return the kind of aggregate of each event, as the deciders fold it."""
    events = {one.kind: get_type_hints(one.evolve)["event"] for one in service.deciders}
    return {event: kind for kind, union in events.items() for event in get_args(union) or (union,)}


def examples_of(source: str) -> Iterator[tuple[str, Recorded[Any]]]:
    """Return an example of every event of the stream, each with the kind of its aggregate."""
    service = source.lower()
    codec, kinds = codec_of(service), kinds_of(import_module(f"services.{service}.app").SERVICE)
    for file in sorted((FOLDER / service).glob("*.json")):
        wire_name, body = f"{service}.{file.stem}", file.read_bytes()
        kind = kinds[type(codec.decode(wire_name, body))]
        yield (
            kind,
            codec.recorded(
                subject=f"{service}.evt.cai-rang.{kind}.1",
                headers={"ce-type": wire_name},
                body=body,
                stream=source,
                seq=7,
                recorded_at=datetime(2020, 5, 19, tzinfo=UTC),
            ),
        )


@pytest.mark.parametrize(("model", "table"), TABLES)
def test_a_table_that_names_kinds_of_aggregates_is_touched_by_the_events_of_these_and_of_no_other(
    model: ReadModel[Any], table: Table[Any, Any]
) -> None:
    touching = {kind for kind, recorded in examples_of(model.source) if list(table.keys(recorded))}
    assert touching == set(table.kinds)
