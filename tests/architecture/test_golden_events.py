"""A published event is never edited: every example ever written decodes for ever."""

import json
from typing import Any

import pytest

from tests.golden import FOLDER, SERVICES, codec_of, path_of

EXAMPLES = [(service, path) for service in SERVICES for path in sorted((FOLDER / service).glob("*.json"))]


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_type_and_version_has_its_example(service: str) -> None:
    codec = codec_of(service)
    for member in codec.members:
        assert path_of(service, codec.wire_name(member)).exists(), f"run `python -m tests.golden` for {member.__name__}"


@pytest.mark.parametrize(("service", "path"), EXAMPLES, ids=[f"{one[0]}-{one[1].stem}" for one in EXAMPLES])
def test_an_example_decodes_and_keeps_every_word_it_had(service: str, path: object) -> None:
    assert hasattr(path, "read_text")
    text = path.read_text()
    codec = codec_of(service)
    wire_name = f"{service}.{path.stem}"  # type: ignore[attr-defined]
    event = codec.decode(wire_name, text.encode())
    if wire_name == codec.wire_name(type(event)):
        now, then = json.loads(codec.encode(event)), json.loads(text)
        assert _as_then(now, then) == then


def _as_then(now: Any, then: Any) -> Any:
    """Return the value without the fields that were added since, at any depth."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {name: _as_then(now[name], then[name]) for name in then if name in now}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [_as_then(*pair) for pair in zip(now, then, strict=True)]
    return now


@pytest.mark.parametrize("service", SERVICES)
def test_unknown_fields_of_an_event_are_ignored(service: str) -> None:
    codec = codec_of(service)
    wire_name = codec.wire_name(codec.members[0])
    body = json.loads(path_of(service, wire_name).read_text())
    assert codec.decode(wire_name, json.dumps({**body, "from_the_future": 1}).encode()) == codec.decode(
        wire_name, json.dumps(body).encode()
    )
