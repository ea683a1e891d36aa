"""A supervisor with tiny processes, for the tests: `python -m tests.bus.fakes DATA PORT NATS_PORT FLAGS…`.

Each process is this module: it serves `/readyz` and stops when told to. The file `free` in the
data folder's parent, where it exists, says how many MiB of disk are free.
"""

import asyncio
import signal
import sys
from pathlib import Path

from services.cli.up import PORTAL, Options, Program, run
from shared.errors import Fault
from shared.settings import Settings

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NAMES = ("plans", "archive", PORTAL)


async def main(settings: Settings) -> None:
    """Serve `/readyz` until SIGTERM; write when and who, so that the order of stopping can be read."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, settings.http_host, settings.http_port)
    sys.stdout.write(f"{settings.process} on {settings.nats_url}\n")
    await stopping.wait()
    server.close()
    with (settings.data_dir / "stopped").open("a") as file:
        file.write(f"{settings.process}\n")


async def crash(settings: Settings) -> None:
    """Fail at once."""
    raise RuntimeError("planted")


async def load(settings: Settings) -> list[str]:
    """Stand in for the demo's hook."""
    return [f"sign-in: an / mat-khau ({settings.process})"]


def free_bytes(folder: Path) -> int:
    """Return what the file says, or plenty."""
    told = folder.parent / "free"
    return int(told.read_text()) * 2**20 if told.exists() else 2**40


def supervise(data: str, port: str, nats_port: str, *flags: str) -> int:
    """Run a supervisor of fakes; return its exit code."""
    stages = {PORTAL: 0, "plans": 1, "archive": 2}
    module = "tests.bus.broken" if "broken" in flags else "tests.bus.fakes"
    hook = "tests.bus.nowhere:load" if "hookless" in flags else "tests.bus.fakes:load"
    options = Options(demo="demo" in flags, port=int(port), nats_port=int(nats_port))
    settings = Settings(data_dir=Path(data), stream_max_mb=64)
    programs = [Program(name, module, stages[name]) for name in NAMES]
    try:
        return run(settings, options, programs=programs, demo_hook=hook, free_bytes=free_bytes)
    except Fault as fault:
        sys.stderr.write(f"{fault.code}: {fault}\n")
        return 3


if __name__ == "__main__":
    sys.exit(supervise(*sys.argv[1:]))
