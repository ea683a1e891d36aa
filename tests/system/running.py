"""The whole system as a person starts it: `tdkt up --demo` in a process of its own, reached over HTTP."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from services.cli.client import connected
from services.cli.running import client_settings
from shared.clock import new_id
from shared.eventstore import Message, read_batch
from tests.support.nats import free_port
from tests.support.postgres import database_url

PASSWORD = "thi-dua-can-tho"
READY_S_MAX = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered."""

    status: int
    body: Any


class Person:
    """Someone signed in to the API."""

    def __init__(self, base_url: str, login: str, seen: dict[str, int]) -> None:
        """Sign in with the demo's password; `seen` is how far anybody of the test has written."""
        self._seen = seen
        self._client = httpx2.Client(base_url=base_url, timeout=20)
        self._login = login
        self._sign_in()

    def _sign_in(self) -> None:
        reply = self._client.post("/api/v1/session", json={"login": self._login, "password": PASSWORD})
        assert reply.status_code in (200, 201), reply.text
        self._client.headers["Authorization"] = f"Bearer {reply.json()['token']}"

    def command(self, service: str, name: str, body: Mapping[str, Any], key: str = "", **headers: str) -> Answer:
        """Send a command once."""
        headers |= {"Idempotency-Key": key or new_id()}
        reply = self._client.post(f"/api/v1/{service}/commands/{name}", json=dict(body), headers=headers)
        answer = Answer(status=reply.status_code, body=_json(reply))
        if answer.status == 200:
            stream, seq = answer.body["position"]["stream"], answer.body["position"]["seq"]
            self._seen[stream] = max(self._seen.get(stream, 0), seq)
        return answer

    def surely(self, service: str, name: str, body: Mapping[str, Any]) -> Answer:
        """Send a command until it is answered, under one key, as a client does whose service comes and goes."""
        key, until = new_id(), time.monotonic() + 180
        while True:
            try:
                answer = self.command(service, name, body, key)
                if answer.status < 500:
                    return answer
            except httpx2.TransportError:
                pass
            assert time.monotonic() < until, f"{name} was not answered within three minutes"
            time.sleep(0.05)

    def question(self, service: str, name: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask until it is answered and not stale; return the view."""
        until = time.monotonic() + 90  # the machine of the tests may run three systems at once
        at_least = {"At-Least": ", ".join(f"{stream}={seq}" for stream, seq in self._seen.items())}
        while True:
            path = f"/api/v1/{service}/questions/{name}"
            reply = self._client.post(path, json=dict(body or {}), headers=at_least)
            if reply.status_code == 200 and not reply.json().get("stale"):
                return reply.json()["view"]
            # Where it is stale, the end of the answer says how far each read model has come.
            told = f"{reply.text[:300]}…{reply.text[-300:]}"
            assert time.monotonic() < until, f"{name}: {reply.status_code} {told} {at_least}"
            time.sleep(0.1)

    def get(self, path: str) -> httpx2.Response:
        """Return a page or file."""
        return self._client.get(path)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _json(reply: httpx2.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return reply.text


@dataclass(slots=True, kw_only=True)
class System:
    """A running system."""

    data: Path
    port: int
    process: "subprocess.Popen[str]"
    lines: list[str]
    seen: dict[str, int] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return the address of the portal."""
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, login: str) -> Person:
        """Return someone signed in, the same as before where they are already."""
        if login not in self.people:
            self.people[login] = Person(self.url, login, self.seen)
        return self.people[login]

    def run(self) -> dict[str, Any]:
        """Return what the supervisor says runs where."""
        found = json.loads((self.data / "run.json").read_text())
        assert isinstance(found, dict)
        return found

    def pid(self, name: str) -> int:
        """Return the process id of a part."""
        return int(self.run()["processes"][name]["pid"])

    def tdkt(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run the command line against this system."""
        return subprocess.run(
            [sys.executable, "-m", "services.cli.app", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            env={**_environment(self.data), "TDKT_DATA_DIR": str(self.data)},
        )

    def log(self, stream: str) -> list[Message]:
        """Return every message of the stream."""

        async def read() -> list[Message]:
            async with connected(client_settings(self.data)) as connection:
                return [message async for message in read_batch(connection, stream)]

        return asyncio.run(read())

    def stop(self) -> int:
        """Stop as Ctrl-C does; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)


def _environment(data: Path) -> dict[str, str]:
    return {**os.environ, "TDKT_DATABASE_URL": database_url(data)}


@contextmanager
def running_system(
    folder: Path, *options: str, today: str = "2020-02-06", data: Path | None = None
) -> Iterator[System]:
    """Start the system with the demo data and yield it when it is ready; stop it afterwards."""
    port = free_port()
    where = data or folder / "data"
    arguments = ["up", "--demo", "--data", str(where), "--port", str(port), "--nats-port", str(free_port())]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "services.cli.app", *arguments, "--today", today, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=_environment(where),
    )
    system = System(data=where, port=port, process=process, lines=[])
    ready = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            system.lines.append(line.rstrip())
            if line.startswith("ready:"):
                ready.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        until = time.monotonic() + READY_S_MAX
        while not ready.is_set():
            assert process.poll() is None and time.monotonic() < until, "\n".join(system.lines[-30:])
            time.sleep(0.05)
        yield system
    finally:
        for person in system.people.values():
            person.close()
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
