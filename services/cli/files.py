"""`tdkt file`: what is kept in the services' stores of files, and clearing away what no event names."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import DATA, DataOption, Format, FormatOption, show

if TYPE_CHECKING:
    from nats.aio.client import Client

    from shared.settings import Settings

app = typer.Typer(help="Tệp đính kèm trong kho của các dịch vụ.", no_args_is_help=True)

SWEPT_AFTER = timedelta(hours=24)  # twice as long as an upload may wait for the command that names it


@app.callback()
def files() -> None:
    """Group the commands of files, however few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """An upload that no event names, and that is gone now."""

    service: str
    sha256: str
    name: str
    size: int
    account: str


@app.command()
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê, không xoá.")] = False,
    data: DataOption = DATA,
    output: FormatOption = Format.TABLE,
) -> None:
    """Xoá các tệp đã tải lên quá một ngày mà không báo cáo, hồ sơ nào dùng đến."""
    import asyncio
    from dataclasses import asdict

    from services.cli.running import client_settings

    gone = asyncio.run(swept(client_settings(data), dry_run=dry_run))
    columns = {
        "service": "Dịch vụ",
        "name": "Tên tệp",
        "size": "Dung lượng (byte)",
        "account": "Tài khoản",
        "sha256": "SHA-256",
    }
    show([asdict(one) for one in gone], columns, output)


async def swept(settings: "Settings", *, dry_run: bool = False, older_than: timedelta = SWEPT_AFTER) -> list[Swept]:
    """Purge the uploads that no event names and that are older; return them.

    What is named is read from the log after the uploads were listed, and an upload of that age can no longer be
    named, so nothing that a command is about to name is purged. Raises Fault `bus.unreachable`, `bus.refused`.
    """
    from services.cli.backup import files_of
    from services.cli.client import connected
    from services.topology import TOPOLOGY
    from shared.attachments import FileStore
    from shared.clock import real_now
    from shared.eventstore import read_batch

    gone: list[Swept] = []
    async with connected(settings) as reading, _admin(settings) as admin:
        for process in TOPOLOGY.services:
            if not process.keeps_files:
                continue
            assert process.stream
            store, oldest = FileStore(reading, process.name), real_now() - older_than
            # The newest entry of an upload stands for it.
            claims = {(one.attachment.sha256, one.account): one async for one in store.claims()}.values()
            named = {sha async for message in read_batch(reading, process.stream) for sha in files_of(message)}
            young = {claim.attachment.sha256 for claim in claims if claim.at > oldest}
            for claim in claims:
                sha256 = claim.attachment.sha256
                if sha256 in named or sha256 in young:
                    continue
                gone.append(
                    Swept(
                        service=process.name,
                        sha256=sha256,
                        name=claim.attachment.name,
                        size=claim.attachment.size,
                        account=claim.account,
                    )
                )
                for subject in () if dry_run else store.subjects(sha256, claim.account):
                    await _purge(admin, store.stream, subject)
    return gone


@asynccontextmanager
async def _admin(settings: "Settings") -> "AsyncIterator[Client]":
    import nats.errors

    from shared.errors import Fault
    from shared.topology import ADMIN, connect, disconnect

    try:
        connection = await connect(settings, ADMIN)
    except (nats.errors.Error, OSError) as error:
        raise Fault("bus.unreachable", f"NATS at {settings.nats_url}: {error or type(error).__name__}") from error
    try:
        yield connection
    finally:
        await disconnect(connection)


async def _purge(admin: "Client", stream: str, subject: str) -> None:
    from shared.errors import Fault

    body = json.dumps({"filter": subject}).encode()
    answer = json.loads((await admin.request(f"$JS.API.STREAM.PURGE.{stream}", body, timeout=10)).data)
    if "error" in answer:
        raise Fault("bus.refused", f"{stream}: {answer['error'].get('description', '')}")
