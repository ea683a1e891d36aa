"""The bus as the commands use it: a connection of the user `cli`, the actor behind `--as`, answers as values."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats.errors
from nats.aio.client import Client

from shared import telemetry
from shared.accounts import Accounts
from shared.actor import create_key
from shared.bus import BusClient, Reply
from shared.errors import Fault, Rejected
from shared.settings import Settings
from shared.topology import connect, disconnect
from shared.types import Actor

USER = "cli"


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """Open a connection as the user `cli`. Raises Fault `bus.unreachable`."""
    if not settings.seed_path(USER).exists():
        raise Fault("bus.unreachable", f"no keys in {settings.data_dir}: tdkt up")
    try:
        connection = await connect(settings, USER)
    except (nats.errors.Error, OSError) as error:
        raise Fault("bus.unreachable", f"NATS at {settings.nats_url}: {error or type(error).__name__}") from error
    try:
        yield connection
    finally:
        await disconnect(connection)


@asynccontextmanager
async def bus_client(settings: Settings) -> AsyncIterator[BusClient]:
    """Open a client that signs as this edge and traces what it asks. Raises Fault `bus.unreachable`."""
    async with connected(settings) as connection:
        provider = telemetry.start(settings)
        try:
            key = create_key(settings.data_dir / "actors", USER)
            yield BusClient(connection, issuer=USER, key=key)
        finally:
            provider.shutdown()


async def actor_of(settings: Settings, account: str) -> Actor:
    """Return the actor of an account id or login. Raises Rejected `account.not_found` or `account.disabled`."""
    accounts = await Accounts.open(settings.sql_url("portal"))
    try:
        return await accounts.actor(account)
    finally:
        await accounts.close()


def ok_of(reply: Reply) -> Any:
    """Return what the service answered. Raises Rejected or Fault where that is its answer."""
    if reply.rejected:
        raise Rejected(reply.rejected, **(reply.detail or {}))
    if reply.fault:
        raise Fault(reply.fault, f"{reply.fault}, trace {reply.trace_id}" if reply.trace_id else "")
    return reply.ok
