"""Every shape that a published type ever had, by service and kind: never edited, only added.

`python -m tests.golden` adds the shape of today where it breaks nothing that is known. Answers to questions
are not kept here: they follow the console; other systems build on facts, events, commands and questions.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.contract.compatibility import breaks
from docs.contract.services import contracts
from shared.schemas import RECEIVED, SENT, Mode, Schema, message_schema

FOLDER = Path(__file__).parent / "schemas"
_TOLD = ("title", "description", "examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published type: where its shapes lie, and its shape of today."""

    path: Path
    name: str
    mode: Mode
    today: Schema

    @property
    def shapes(self) -> list[Schema]:
        """Return the shapes it ever had, oldest first."""
        return list(json.loads(self.path.read_text()).get(self.name, [])) if self.path.exists() else []

    @property
    def broken(self) -> list[str]:
        """Return what the shape of today breaks for those who know an earlier one."""
        return [one for shape in self.shapes for one in breaks(shape, self.today, self.mode)]


def published() -> Iterator[Published]:
    """Yield every published type of every service."""
    for contract in contracts():
        kinds = (
            ("facts", {f"{name}.v1": one for name, one in contract.facts.items()}, SENT),
            ("events", contract.events, SENT),
            ("commands", contract.commands, RECEIVED),
            ("questions", contract.questions, RECEIVED),
        )
        for kind, members, mode in kinds:
            for name, member in members.items():
                path = FOLDER / contract.service / f"{kind}.json"
                yield Published(path=path, name=name, mode=mode, today=_shape(message_schema(member, mode)))


def forgotten() -> list[str]:
    """Return the published types that no longer exist."""
    known = {(one.path, name) for one in published() for name in _with_earlier_versions(one.name)}
    kept = {(path, name) for path in FOLDER.glob("*/*.json") for name in json.loads(path.read_text())}
    return [f"{path.parent.name} {path.stem} {name}" for path, name in sorted(kept - known)]


def _with_earlier_versions(name: str) -> list[str]:
    """Return the name and those of the versions before it, which the codec still reads: it has an upcast from each."""
    kind, _, version = name.rpartition(".v")
    return [f"{kind}.v{number}" for number in range(1, int(version) + 1)] if kind else [name]


def add_missing() -> list[str]:
    """Write the shapes of today that are new and break nothing; return what was added or refused, a line each."""
    lines = []
    for one in published():
        if one.today in one.shapes:
            continue
        if one.broken:
            lines += [f"REFUSED {one.name}: {problem}" for problem in one.broken]
            continue
        known = json.loads(one.path.read_text()) if one.path.exists() else {}
        known[one.name] = [*one.shapes, one.today]
        one.path.parent.mkdir(parents=True, exist_ok=True)
        one.path.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        lines.append(f"added {one.path.parent.name} {one.path.stem} {one.name}")
    return lines


def _shape(schema: Schema) -> Schema:
    """Return the schema without what is only told to people."""
    plain: Schema = json.loads(json.dumps(schema))
    return _without_words(plain)


def _without_words(schema: Schema) -> Schema:
    kept = {key: value for key, value in schema.items() if key not in _TOLD}
    for key, value in kept.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _without_words(one) for name, one in value.items()}
        elif isinstance(value, dict):
            kept[key] = _without_words(value)
        elif isinstance(value, list):
            kept[key] = [_without_words(one) if isinstance(one, dict) else one for one in value]
    return kept
