"""`tdkt verify`: hold log, archive and read models against each other, and name what differs.

The log is read once. The archive must hold the same events under an unbroken hash chain. Every level
of every read model must equal an independent fold of the log up to the read model's checkpoint
(`services.cli.recount`, which shares no code with the projections).
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import typer
from nats.aio.client import Client

from services.cli.backup import files_of
from services.cli.client import bus_client
from services.cli.output import Format, show, show_json
from services.cli.recount import RECOUNTS, Rows
from services.topology import TOPOLOGY
from shared.archive import ArchiveReader, chain, genesis
from shared.attachments import FileStore
from shared.bus import BusClient
from shared.clock import ZONE
from shared.codec import to_plain
from shared.errors import Fault, Json
from shared.eventstore import Message, read_batch, stream_info
from shared.settings import Settings
from shared.types import CITY, Actor, Grant, Role

AUDITOR = Actor(account_id="cli.verify", grants=(Grant(role=Role.AUDITOR, district=CITY),))
OPERATOR = Actor(account_id="cli.verify", grants=(Grant(role=Role.OPERATOR, district=CITY),))
DIFFERENCES_MAX = 50
_ATTEMPTS_MAX = 10


@dataclass(slots=True, kw_only=True)
class Report:
    """What was compared, and every difference in one line each; at most a pageful of them."""

    events: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    totals: dict[str, Any] = field(default_factory=dict)

    def differs(self, line: str) -> None:
        """Note a difference."""
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(line)


async def verify(bus: BusClient, settings: Settings, *, as_of: date | None = None) -> Report:
    """Compare everything; with `as_of`, fold log and archive up to the end of that day and compare these.

    Raises Fault `store.unavailable`, `bus.service_down`.
    """
    report = Report()
    archive = ArchiveReader(settings.sql_url("archive"))
    await archive.open()
    try:
        for process in TOPOLOGY.services:
            assert process.stream is not None
            # The rows first: the log read after them holds all that they can come from.
            stored, seq = await _stored(bus, process.name, RECOUNTS[process.name]([])) if as_of is None else ({}, 0)
            log = [message async for message in read_batch(bus.client, process.stream)]
            report.events[process.stream] = len(log)
            await _compare_archive(bus.client, archive, process.stream, log, report)
            if process.keeps_files:
                await _compare_files(bus.client, process.name, log, report)
            if as_of is None:
                counted = RECOUNTS[process.name](_bodies(message for message in log if message.seq <= seq))
                _compare_rows(process.name, stored, counted, report)
                await _name_parked(bus, process.name, report)
            else:
                await _compare_as_of(archive, process.name, process.stream, log, as_of, report)
    finally:
        await archive.close()
    return report


async def _compare_archive(
    client: Client, archive: ArchiveReader, stream: str, log: list[Message], report: Report
) -> None:
    info = await stream_info(client, stream)
    if info.deleted or (info.messages and info.messages != info.last_seq - info.first_seq + 1):
        report.differs(
            f"{stream}: the log has holes ({info.messages} messages from {info.first_seq} to {info.last_seq})"
        )
    previous = genesis(stream, info.epoch)
    archived = archive.rows(stream)
    count = 0
    for number, message in enumerate(log, start=1):
        if message.seq != number:
            report.differs(f"{stream} #{number}: missing in the log")
            return
        row = await anext(archived, None)
        if row is None:
            # What came in the last moments is archived in a moment; an archiver that stands still is not.
            head = await _archived_later(archive, stream, number)
            if not head:
                report.differs(f"{stream} #{number}: not in the archive, which ends at #{count}")
                return
            archived = archive.rows(stream, after=count)
            row = await anext(archived)
        previous = chain(previous, message)
        if (row.seq, row.hash) != (message.seq, previous) or _content(row.message) != _content(message):
            report.differs(f"{stream} #{message.seq}: the archive holds something else ({message.subject})")
            return
        count = number
    extra = await anext(archived, None)
    if extra is not None and (await stream_info(client, stream)).last_seq < extra.seq:
        report.differs(f"{stream} #{extra.seq}: in the archive, but no longer in the log")


async def _compare_files(client: Client, service: str, log: list[Message], report: Report) -> None:
    """Every file that an event names must be in the store, and be what its hash says."""
    store = FileStore(client, service)
    named = {sha256: message for message in log for sha256 in files_of(message)}
    report.rows[f"{service}.files"] = len(named)
    for sha256, message in named.items():
        if not await store.is_whole(sha256):
            report.differs(f"{store.stream} {sha256}: missing or changed; named by #{message.seq} ({message.subject})")


def _content(message: Message) -> tuple[object, ...]:
    headers = {name: value for name, value in message.headers.items() if name.lower().startswith("ce-")}
    return message.seq, message.subject, message.body, sorted(headers.items())


async def _archived_later(archive: ArchiveReader, stream: str, seq: int) -> bool:
    for _ in range(30):
        head = await archive.head(stream)
        if head is not None and head.seq >= seq:
            return True
        await asyncio.sleep(0.1)
    return False


def _compare_rows(service: str, stored: Rows, counted: Rows, report: Report) -> None:
    for table in sorted(counted):
        expected = {key: row for key, row in counted[table].items() if any(row.values())}
        report.rows[f"{service}.{table}"] = len(stored[table])
        for key in expected.keys() - stored[table].keys():
            report.differs(f"{service}.{table} {list(key)}: missing; the log says {dict(expected[key])}")
        for key, row in stored[table].items():
            if key not in expected:
                report.differs(f"{service}.{table} {list(key)}: too many; the log knows no such row")
                continue
            wrong = {name: value for name, value in row.items() if value != expected[key].get(name, 0)}
            if wrong:
                should = {name: expected[key].get(name, 0) for name in wrong}
                report.differs(f"{service}.{table} {list(key)}: {wrong}; the log says {should}")


async def _name_parked(bus: BusClient, service: str, report: Report) -> None:
    """Name what is parked: rows that differ for that reason are explained, and rows that do not are no comfort."""
    reply = await bus.control(service, "parked", b"{}", OPERATOR, timeout_s=10.0)
    if reply.ok is None:
        raise Fault(reply.fault or reply.rejected, f"{service}: {reply.fault or reply.rejected}")
    for row in reply.ok:
        where = f"{row['subject']} from #{row['first_seq']} to #{row['last_seq']}"
        report.differs(f"{service}.{row['read_model']}: parked {where}: {row['error']}")


async def _stored(bus: BusClient, service: str, tables: Iterable[str]) -> tuple[Rows, int]:
    """Return the counted fields of every row by table and key, all at one checkpoint, and that checkpoint."""
    for _ in range(_ATTEMPTS_MAX):
        found: Rows = {}
        seqs: set[int] = set()
        for table in tables:
            found[table] = {}
            offset = 0
            while True:
                body = json.dumps({"table": table, "offset": offset}).encode()
                reply = await bus.question(service, "read-rows", body, AUDITOR)
                if reply.ok is None:
                    raise Fault(reply.fault or reply.rejected, f"{service}.{table}: {reply.fault or reply.rejected}")
                seqs.add(reply.ok["seq"])
                for row in reply.ok["rows"]:
                    numbers = {name for name in row if name in reply.ok["sums"]}
                    key = tuple(value for name, value in row.items() if name not in numbers)
                    found[table][key] = {name: row[name] for name in numbers}
                offset += len(reply.ok["rows"])
                if not reply.ok["rows"]:
                    break
        if len(seqs) == 1:
            return found, seqs.pop()
    raise Fault("store.unavailable", f"{service}: rows keep changing while they are read")


async def _compare_as_of(
    archive: ArchiveReader, service: str, stream: str, log: list[Message], as_of: date, report: Report
) -> None:
    until = datetime(as_of.year, as_of.month, as_of.day, tzinfo=ZONE) + timedelta(days=1)
    archived = [row.message async for row in archive.rows(stream)]
    by_log = RECOUNTS[service](_bodies(message for message in log if _occurred(message) < until))
    by_archive = RECOUNTS[service](_bodies(message for message in archived if _occurred(message) < until))
    for table in by_log:
        report.rows[f"{service}.{table}"] = len(by_log[table])
        if by_log[table] != by_archive[table]:
            report.differs(f"{service}.{table}: log and archive give other totals as of {as_of}")
    report.totals[service] = _readable(by_log)


def _occurred(message: Message) -> datetime:
    return datetime.fromisoformat(message.headers["ce-time"])


def _readable(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [{"key": list(key), **dict(row)} for key, row in sorted(found.items(), key=str)]
        for table, found in rows.items()
        if table in ("district_totals", "city_totals")
    }


def _bodies(messages: Iterable[Message]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for message in messages:
        yield message.headers["ce-type"].split(".")[1], json.loads(message.body)


def run(settings: Settings, as_of: date | None, output: Format) -> int:
    """Verify the running system, print the report, and return the exit code: 0 when nothing differs."""

    async def ask() -> Report:
        async with bus_client(settings) as bus:
            return await verify(bus, settings, as_of=as_of)

    report = asyncio.run(ask())
    if output is Format.JSON:
        show_json({"ok": not report.differences, **to_plain(report)})
    else:
        rows: list[dict[str, Json]] = [
            {"what": name, "count": count} for name, count in [*report.events.items(), *report.rows.items()]
        ]
        show(rows, {"what": "Đối chiếu", "count": "Số dòng"}, output)
        for service, totals in report.totals.items():
            for table, found in totals.items():
                if found:
                    typer.echo(f"{service}.{table}, đến hết ngày {as_of:%d/%m/%Y}")
                    show(found, {name: name for name in found[0]}, output)
        for line in report.differences:
            typer.echo(f"KHÁC: {line}", err=True)
        typer.echo("Khớp." if not report.differences else f"Có {len(report.differences)} chỗ không khớp.")
    return 1 if report.differences else 0
