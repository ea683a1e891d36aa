"""A stream as a file: taken from a running server and given to an empty one, by JetStream's own snapshot.

What comes back has its sequences, timestamps and metadata, the epoch among them. Consumers are left
out: the registry makes them, and readers place them at their own checkpoints. The protocol is that of
`$JS.API.STREAM.SNAPSHOT` and `$JS.API.STREAM.RESTORE` (nats-server 2.15, docs/adr/0016).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nats.errors
from nats.aio.client import Client

from shared.errors import Fault

CHUNK_BYTES = 128 * 1024
# The server gives up a restore that has not digested a part within five seconds; 128 KiB may unpack to 16 MiB.
RESTORE_BYTES = 16 * 1024
SILENCE_S = 30.0
_API = "$JS.API.STREAM"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCopy:
    """What a copy of a stream holds, as the server said it; `config` and `state` go back with it."""

    stream: str
    epoch: str
    messages: int
    last_seq: int
    config: dict[str, Any]
    state: dict[str, Any]


async def copy_stream(client: Client, stream: str, to: IO[bytes], progress: Callable[[int], None]) -> StreamCopy:
    """Write the stream into the open file while it goes on, and return what was written.

    The server sends 8 MiB at most before it is told that they have come. Every stored message is
    checked against its checksum first. `progress` is told the bytes of each part.
    Raises Fault `backup.stream_failed` and OSError.
    """
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, pending_bytes_limit=-1, pending_msgs_limit=-1)
    try:
        wanted = {"deliver_subject": inbox, "no_consumers": True, "chunk_size": CHUNK_BYTES, "jsck": True}
        answer = await _ask(client, f"{_API}.SNAPSHOT.{stream}", json.dumps(wanted).encode(), stream)
        while True:
            try:
                part = await subscription.next_msg(timeout=SILENCE_S)
            except (nats.errors.Error, TimeoutError) as error:
                raise Fault("backup.stream_failed", f"{stream}: the server stopped sending") from error
            if not part.data:
                status = (part.headers or {}).get("Status", "")
                if status not in ("", "204"):  # newer servers say that this is the end, older ones only send nothing
                    said = (part.headers or {}).get("Description", "")
                    raise Fault("backup.stream_failed", f"{stream}: {status} {said}".rstrip())
                break
            to.write(part.data)
            progress(len(part.data))
            if part.reply:
                await client.publish(part.reply)
    finally:
        await subscription.unsubscribe()
    config, state = answer["config"], answer["state"]
    return StreamCopy(
        stream=stream,
        epoch=(config.get("metadata") or {}).get("epoch", ""),
        messages=state["messages"],
        last_seq=state["last_seq"],
        config=config,
        state=state,
    )


async def restore_stream(client: Client, copy: StreamCopy, path: Path, progress: Callable[[int], None]) -> None:
    """Make the stream of the file; the server refuses where one of the name exists.

    Raises Fault `backup.stream_failed` where the server refuses, or has something else than the copy says.
    """
    # What a cluster kept three times is kept once on the server of a restore; `tdkt bus apply` says what it is to be.
    config = {**copy.config, "num_replicas": 1}
    body = json.dumps({"config": config, "state": copy.state}).encode()
    answer = await _ask(client, f"{_API}.RESTORE.{copy.stream}", body, copy.stream)
    subject = answer["deliver_subject"]
    with path.open("rb") as file:
        while part := file.read(RESTORE_BYTES):
            # Each part is answered, which is the flow control; an answer that says anything is a complaint.
            await _ask(client, subject, part, copy.stream)
            progress(len(part))
    made = await _ask(client, subject, b"", copy.stream, timeout_s=600.0)
    state = made["state"]
    if (state["messages"], state["last_seq"]) != (copy.messages, copy.last_seq):
        raise Fault(
            "backup.stream_failed",
            f"{copy.stream}: {state['messages']} messages to {state['last_seq']} came back,"
            f" {copy.messages} to {copy.last_seq} were taken",
        )


async def _ask(client: Client, subject: str, body: bytes, stream: str, timeout_s: float = SILENCE_S) -> dict[str, Any]:
    try:
        reply = await client.request(subject, body, timeout=timeout_s)
    except nats.errors.Error as error:
        raise Fault("backup.stream_failed", f"{stream}: no answer on {subject}") from error
    answer: dict[str, Any] = json.loads(reply.data) if reply.data else {}
    if "error" in answer:
        raise Fault("backup.stream_failed", f"{stream}: {answer['error'].get('description', '')}")
    return answer
