"""What each service understands and tells, read from its own modules."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from services.portal.api import answer_to
from services.topology import TOPOLOGY
from shared.codec import EventCodec, MessageCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One service: its commands and questions by kebab name, the view that answers each question, its events by
    wire name, and its public facts by name."""

    service: str
    commands: Mapping[str, type[Any]]
    questions: Mapping[str, type[Any]]
    answers: Mapping[str, type[Any]]
    events: Mapping[str, type[Any]]
    facts: Mapping[str, type[Any]]


def contracts() -> tuple[Contract, ...]:
    """Return the contract of every service, in the registry's order."""
    return tuple(_contract(process.name) for process in TOPOLOGY.services)


def _contract(service: str) -> Contract:
    commands: MessageCodec[Any] = import_module(f"services.{service}.commands").COMMANDS
    questions: MessageCodec[Any] = import_module(f"services.{service}.views").QUESTIONS
    events: EventCodec[Any] = import_module(f"services.{service}.events").EVENTS
    return Contract(
        service=service,
        commands=commands.members,
        questions=questions.members,
        answers={name: answer_to(service, member) for name, member in questions.members.items()},
        events={events.wire_name(member): member for member in events.members},
        facts=public_facts(service),
    )


def public_facts(service: str) -> dict[str, type[Any]]:
    """Return the service's public facts by the name under which they travel."""
    module = import_module(f"services.{service}.channels")
    return {
        name.removesuffix("Public"): one
        for name, one in vars(module).items()
        if name.endswith("Public") and isinstance(one, type) and dataclasses.is_dataclass(one)
    }
