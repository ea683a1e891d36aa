"""The way from a page to the services: typed questions and commands, as who is signed in, at the business time.

What was just written is waited for: the positions of the session go along with every question. A
refusal or fault in a reply becomes `Rejected` or `Fault` here, and the shell shows its sentence.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import nats
from fastapi import Request
from nats.aio.client import Client
from opentelemetry.trace import SpanKind
from pydantic import TypeAdapter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.nominations import commands as nominations_commands
from services.nominations import views as nominations_views
from services.notifications import commands as notifications_commands
from services.notifications import views as notifications_views
from services.plans import commands as plans_commands
from services.plans import views as plans_views
from services.portal.labels import label
from services.portal.session import portal, positions, remember, session_of
from services.portal.shell import Freshness
from services.scoring import commands as scoring_commands
from services.scoring import views as scoring_views
from shared.accounts import Accounts
from shared.actor import create_key
from shared.bus import BusClient, Reply
from shared.clock import Clock, new_id, real_now
from shared.codec import MessageCodec
from shared.errors import Fault, Rejected
from shared.settings import Settings
from shared.telemetry import log, span, trace_id
from shared.text import kebab
from shared.topology import disconnect, inbox_prefix
from shared.types import Actor, Position, Role

USER = "portal"
TIMEOUT_S = 10.0
ATTEMPTS_MAX = 2
NAMES_KEPT_S = CHARTS_KEPT_S = 60.0
CHARTS_KEPT_MAX = 100  # six places, a few years and earlier days of each

V = TypeVar("V")

COMMANDS: Mapping[str, MessageCodec[Any]] = {
    "plans": plans_commands.COMMANDS,
    "nominations": nominations_commands.COMMANDS,
    "scoring": scoring_commands.COMMANDS,
    "notifications": notifications_commands.COMMANDS,
}
QUESTIONS: Mapping[str, MessageCodec[Any]] = {
    "plans": plans_views.QUESTIONS,
    "nominations": nominations_views.QUESTIONS,
    "scoring": scoring_views.QUESTIONS,
    "notifications": notifications_views.QUESTIONS,
}
_COMMAND_CODEC = {member: codec for codec in COMMANDS.values() for member in codec.members.values()}
_QUESTION_CODEC = {member: codec for codec in QUESTIONS.values() for member in codec.members.values()}


class Dated(Protocol):
    """A command: all carry the business time."""

    @property
    def at(self) -> datetime:
        """Return when it was given."""


class Paged(Protocol):
    """A page of a list."""

    @property
    def pages(self) -> int:
        """Return how many pages there are."""


PagedQuestion: TypeAlias = plans_views.ListCampaigns | plans_views.ListPlans
P = TypeVar("P", bound=Paged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[V]):
    """What a service answered, and how far its read models had come."""

    view: V
    is_stale: bool
    reached: Mapping[str, tuple[int, datetime]]

    @property
    def fresh(self) -> Freshness | None:
        """Return the freshness stamp of a page made of this answer alone."""
        return freshness((self,))


class Charts:
    """Organisations as they were last told: whoever needs the names asks whether one has changed, not for all again.

    The service tells everybody who may ask the same, and decides each time who may. None is kept for longer than a
    minute: a rebuild may tell the same events in other words, and a restored log count others by the same numbers.
    """

    def __init__(self) -> None:
        self._kept: dict[plans_views.ShowOrganisation, tuple[datetime, plans_views.OrganisationDetail]] = {}

    def get(self, question: plans_views.ShowOrganisation) -> plans_views.OrganisationDetail | None:
        """Return the answer that is kept, or None."""
        at, detail = self._kept.get(question, (None, None))
        return detail if at is not None and (real_now() - at).total_seconds() <= CHARTS_KEPT_S else None

    def keep(self, question: plans_views.ShowOrganisation, detail: plans_views.OrganisationDetail) -> None:
        """Keep the answer, in place of all others where there are many."""
        if len(self._kept) >= CHARTS_KEPT_MAX and question not in self._kept:
            self._kept.clear()
        self._kept[question] = (real_now(), detail)


@dataclass(slots=True, kw_only=True)
class Backend:
    """The services as the portal sees them; stands in `app.state.backend`."""

    bus: BusClient
    clock: Clock
    accounts: Accounts | None = None
    charts: Charts = field(default_factory=Charts)
    _names: dict[str, str] = field(default_factory=dict)
    _names_at: datetime | None = None

    async def ask(
        self, question: object, answer: type[V], actor: Actor, *, at_least: Mapping[str, int] | None = None
    ) -> Answer[V]:
        """Return the typed answer. Raises Rejected or Fault where that is the service's answer."""
        codec = _QUESTION_CODEC[type(question)]
        reply = await self.bus.question(
            codec.service, kebab(type(question).__name__), codec.encode(question), actor, at_least=at_least
        )
        body = ok_of(reply)
        reached = {
            str(stream): (int(place["seq"]), _instant(place["at"])) for stream, place in body["positions"].items()
        }
        return Answer(view=_adapter(answer).validate_python(body["view"]), is_stale=body["stale"], reached=reached)

    async def do(
        self, command: Dated, actor: Actor, *, expected_seq: int | None = None, command_id: str = ""
    ) -> Position:
        """Return where the command's events are. Raises Rejected or Fault where that is the service's answer."""
        codec = _COMMAND_CODEC[type(command)]
        return await self.send(
            codec.service,
            kebab(type(command).__name__),
            codec.encode(command),
            actor,
            expected_seq=expected_seq,
            command_id=command_id,
        )

    async def send(
        self,
        service: str,
        name: str,
        body: bytes,
        actor: Actor,
        *,
        expected_seq: int | None = None,
        command_id: str = "",
    ) -> Position:
        """Send a command that is encoded already; else as `do`."""
        command_id = command_id or new_id()
        for attempt in range(ATTEMPTS_MAX):
            reply = await self.bus.command(service, name, body, actor, expected_seq=expected_seq, command_id=command_id)
            # The answer was lost, not necessarily the command: under the same id it happens once.
            if reply.fault != "bus.timeout" or attempt == ATTEMPTS_MAX - 1:
                break
        place = ok_of(reply)
        return Position(stream=place["stream"], epoch=place["epoch"], seq=place["seq"])

    async def name_of(self, account_id: str) -> str:
        """Return the full name behind an account id of an event; the id where nobody has it any more."""
        if account_id.startswith("policy:"):
            return label("roles", Role.POLICY)
        now = real_now()
        if self._names_at is None or (now - self._names_at).total_seconds() > NAMES_KEPT_S:
            assert self.accounts is not None
            self._names = {one.account_id: one.full_name for one in await self.accounts.ls()}
            self._names_at = now
        return self._names.get(account_id, account_id)


def backend(request: Request) -> Backend:
    """Return the services as the portal sees them."""
    return cast(Backend, request.app.state.backend)


async def ask(request: Request, question: object, answer: type[V]) -> Answer[V]:
    """Ask as who is signed in, and wait for what this person has written. Raises Rejected or Fault."""
    account = await session_of(request)
    if account is None:
        raise Rejected("access.sign_in_needed")
    return await backend(request).ask(question, answer, account.actor, at_least=positions(request))


async def ask_pages(request: Request, question: PagedQuestion, answer: type[P]) -> list[P]:
    """Ask for every page of a list, where a part of it would mislead; else as `ask`."""
    found: list[P] = []
    while not found or len(found) < found[-1].pages:
        found.append((await ask(request, replace(question, page=len(found) + 1), answer)).view)
    return found


async def ask_or_none(request: Request, question: object, answer: type[V]) -> Answer[V] | None:
    """Ask for what a page can do without; None where the service is down or refuses."""
    try:
        return await ask(request, question, answer)
    except (Rejected, Fault) as error:
        log.info("without", question=type(question).__name__, code=error.code)
        return None


async def do(
    request: Request, response: Response, command: Dated, *, expected_seq: int | None = None, command_id: str = ""
) -> Position:
    """Do as who is signed in; the person's next pages wait for it. Raises Rejected or Fault."""
    account = await session_of(request)
    if account is None:
        raise Rejected("access.sign_in_needed")
    position = await backend(request).do(command, account.actor, expected_seq=expected_seq, command_id=command_id)
    remember(request, response, position)
    return position


def now(request: Request) -> datetime:
    """Return the business time, which commands carry."""
    return portal(request).clock.now()


def freshness(answers: Iterable[Answer[Any] | None]) -> Freshness | None:
    """Return the stamp of a page made of several answers: the newest event seen, stale where one answer is."""
    given = [answer for answer in answers if answer is not None]
    reached = [place for answer in given for place in answer.reached.values()]
    if not reached:
        return None
    seq, at = max(reached, key=lambda place: place[1])
    return Freshness(seq=seq, at=at, is_stale=any(answer.is_stale for answer in given))


def ok_of(reply: Reply) -> Any:
    """Return what the service answered. Raises Rejected or Fault where that is its answer."""
    if reply.rejected:
        raise Rejected(reply.rejected, **(reply.detail or {}))
    if reply.fault:
        raise Fault(reply.fault, f"trace {reply.trace_id}" if reply.trace_id else "")
    return reply.ok


def _instant(text: str) -> datetime:
    """Return the instant; one without a zone, as SQLite gives it back, is in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(answer: type[V]) -> TypeAdapter[V]:
    if answer not in _adapters:
        _adapters[answer] = TypeAdapter(answer)
    return _adapters[answer]


# -- the connection ---------------------------------------------------------------------------


async def connect(settings: Settings) -> Client:
    """Connect as the portal; a lost connection is taken up again for ever, and questions fail until then."""

    async def say(error: Exception) -> None:
        log.warning("nats", error=str(error) or type(error).__name__)

    return await nats.connect(
        settings.nats_url.split(","),
        name=f"tdkt-{USER}",
        nkeys_seed=str(settings.seed_path(USER)),
        inbox_prefix=inbox_prefix(USER),
        error_cb=say,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
        # While the server is away nothing is kept for later: an answer now is better than a command in an hour.
        pending_size=0,
        connect_timeout=5,
    )


@asynccontextmanager
async def connected_bus(settings: Settings) -> AsyncIterator[BusClient]:
    """Open the portal's connection with its signing key."""
    client = await connect(settings)
    try:
        yield BusClient(client, issuer=USER, key=create_key(settings.data_dir / "actors", USER), timeout_s=TIMEOUT_S)
    finally:
        await disconnect(client)


# -- one trace from the click on --------------------------------------------------------------

# The last two carry a one-time token in their address: it stands in no trace.
_UNTRACED = ("/static/", "/healthz", "/readyz", "/metrics", "/live", "/dat-lai/", "/bat-dau/")


class Traced:
    """Open the root span of each request and name its trace in `x-trace-id`; assets, probes and streams have none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(_UNTRACED):
            await self._app(scope, receive, send)
            return
        name = f"{scope['method']} {scope['path']}"
        with span(name, headers=dict(Headers(scope=scope)), kind=SpanKind.SERVER, path=scope["path"]) as opened:

            async def send_named(message: Message) -> None:
                if message["type"] == "http.response.start":
                    opened.set_attribute("http.response.status_code", message["status"])
                    MutableHeaders(scope=message)["x-trace-id"] = trace_id()
                await send(message)

            try:
                await self._app(scope, receive, send_named)
            except ClientDisconnect:
                opened.set_attribute("tdkt.left", True)  # a browser may go whenever it likes: nothing failed
