"""The plans service as one account speaks with it: typed questions and commands, and reading what one wrote."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import TypeAdapter

from services.cli.client import actor_of, bus_client, ok_of
from services.plans.commands import (
    COMMANDS,
    AmendDraft,
    CloseDistrict,
    MergeUnits,
    ReviseOrganisation,
    SaveRegistration,
    SplitUnit,
)
from services.plans.views import QUESTIONS, ListOrganisations
from shared.bus import BusClient
from shared.clock import Clock, load_clock
from shared.settings import Settings
from shared.text import kebab
from shared.types import Actor, Position

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The service, who speaks with it, and the business clock."""

    bus: BusClient
    actor: Actor
    clock: Clock

    async def ask(
        self, question: object, answer: type[V], *, at_least: Mapping[str, int] | None = None
    ) -> tuple[V, int]:
        """Return the answer and the sequence that it has seen. Raises Rejected or Fault."""
        name = kebab(type(question).__name__)
        body: Any = QUESTIONS.encode(question)  # type: ignore[arg-type]
        reply = ok_of(await self.bus.question("plans", name, body, self.actor, at_least=at_least))
        return TypeAdapter(answer).validate_python(reply["view"]), int(reply["positions"]["PLANS"]["seq"])

    async def do(
        self,
        command: AmendDraft | ReviseOrganisation | SaveRegistration | MergeUnits | SplitUnit | CloseDistrict,
        expected_seq: int,
    ) -> Position:
        """Send the command, dated now. Raises Rejected or Fault."""
        body = COMMANDS.encode(replace(command, at=self.clock.now()))
        name = kebab(type(command).__name__)
        reply = await self.bus.command("plans", name, body, self.actor, expected_seq=expected_seq)
        return Position(**ok_of(reply))

    async def reach(self, positions: Iterable[Position]) -> None:
        """Wait until what was written can be read, two seconds at most."""
        last = max((position.seq for position in positions), default=0)
        question = QUESTIONS.encode(ListOrganisations())
        await self.bus.question("plans", "list-organisations", question, self.actor, at_least={"PLANS": last})


@asynccontextmanager
async def plans_as(settings: Settings, account: str) -> AsyncIterator[Plans]:
    """Open the service as the account. Raises Rejected `account.…`, Fault `bus.unreachable`."""
    async with bus_client(settings) as bus:
        actor = await actor_of(settings, account)
        yield Plans(bus=bus, actor=actor, clock=load_clock(settings.clock_path))
