"""Read the public facts of thi đua, khen thưởng from another system; needs nothing but nats-py.

    python public_consumer.py nats://127.0.0.1:4222 data/nkeys/sample-reader.seed

Prints one JSON line a fact: {"id", "type", "time", "data"}. The server keeps your place under the
consumer of your name; `id` is the same whenever a fact is delivered again, so keep the last one.
Types and fields keep their meaning for ever; ignore fields that you do not know.
"""

import asyncio
import json
import sys

import nats
from nats.errors import TimeoutError as NothingNew

NAME = "sample-reader"


async def main(url: str, seed_file: str) -> None:
    """Follow the facts for ever; acknowledging one acknowledges all before it."""
    connection = await nats.connect(url, nkeys_seed=seed_file, inbox_prefix=f"_INBOX_{NAME}")
    jetstream = connection.jetstream(prefix="JS.tdkt.API")
    subscription = await jetstream.pull_subscribe_bind(consumer=NAME, stream="PUBLIC")
    await jetstream.reset_consumer("PUBLIC", NAME)  # behind the last acknowledged fact
    while True:
        try:
            facts = await subscription.fetch(100, timeout=5)
        except NothingNew:
            continue
        for fact in facts:
            about = fact.headers or {}
            line = {"id": about["ce-id"], "type": about["ce-type"], "time": about["ce-time"]}
            sys.stdout.write(json.dumps({**line, "data": json.loads(fact.data)}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            await fact.ack()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
