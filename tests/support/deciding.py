"""given – when – then for deciders: three words, one rule a test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from shared.decider import Decider
from shared.errors import Rejected


@dataclass(frozen=True, slots=True)
class Given:
    """A history, as the decider's state."""

    decider: Decider[Any, Any, Any, Any]
    state: Any

    def when(self, command: Any, facts: Any) -> "When":
        """Put the command to the decider."""
        return When(self.decider, self.state, command, facts)


@dataclass(frozen=True, slots=True)
class When:
    """A command put to a decider in a state."""

    decider: Decider[Any, Any, Any, Any]
    state: Any
    command: Any
    facts: Any

    def events(self) -> list[Any]:
        """Return what happens."""
        return self.decider.decide(self.command, self.state, self.facts)

    def then(self, *events: Any) -> None:
        """Expect exactly these events."""
        assert self.events() == list(events)

    def then_types(self, *types: type) -> list[Any]:
        """Expect events of these types, and return them."""
        found = self.events()
        assert [type(one) for one in found] == list(types)
        return found

    def then_nothing(self) -> None:
        """Expect that nothing happens."""
        assert self.events() == []

    def then_rejected(self, code: str, **detail: Any) -> Mapping[str, Any]:
        """Expect the refusal, with at least this detail."""
        with pytest.raises(Rejected) as refusal:
            self.events()
        assert refusal.value.code == code
        assert {name: refusal.value.detail[name] for name in detail} == detail
        return refusal.value.detail


def given(decider: Decider[Any, Any, Any, Any], *events: Any) -> Given:
    """Return the decider after the events."""
    state = decider.initial
    for event in events:
        state = decider.evolve(state, event)
    return Given(decider, state)
