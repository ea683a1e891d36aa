"""No service takes a fact from a server that could forget it."""

import asyncio
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.errors import Fault
from shared.topology import prove_durable
from tests.support.nats import free_port, running_nats

pytestmark = pytest.mark.same_on_both("what the server syncs has nothing to do with our databases")


def test_a_server_that_syncs_before_it_acknowledges_is_trusted(tmp_path: Path) -> None:
    with running_nats(tmp_path, applied=False) as bus:
        asyncio.run(prove_durable(bus.monitor_url))
        asyncio.run(prove_durable([bus.monitor_url, bus.monitor_url]))


def test_a_server_without_sync_always_is_refused(tmp_path: Path) -> None:
    with running_nats(tmp_path, applied=False) as bus:
        bus.stop()
        bus.config_path.write_text(bus.config_path.read_text().replace("  sync_interval: always\n", ""))
        bus.start()
        with pytest.raises(Fault, match="sync_interval: always") as refusal:
            asyncio.run(prove_durable(bus.monitor_url))

    assert refusal.value.code == "bus.not_durable"
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("process", ["plans", "archive"])
def test_a_process_does_not_start_on_it_and_says_so_in_one_line(tmp_path: Path, process: str) -> None:
    with running_nats(tmp_path) as bus:
        bus.stop()
        bus.config_path.write_text(bus.config_path.read_text().replace("  sync_interval: always\n", ""))
        bus.start()
        environment = {
            **os.environ,
            "TDKT_DATA_DIR": str(bus.settings.data_dir),
            "TDKT_NATS_URL": bus.url,
            "TDKT_NATS_MONITOR_URLS": bus.monitor_url,
        }
        ended = subprocess.run(
            [sys.executable, "-m", "services.cli.app", "serve", process],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 3
    assert "bus.not_durable" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_one_node_that_does_not_prove_it_spoils_the_cluster(tmp_path: Path) -> None:
    with running_nats(tmp_path, applied=False) as bus:
        silent = f"http://127.0.0.1:{free_port()}"
        with pytest.raises(Fault, match=silent) as refusal:
            asyncio.run(prove_durable(f"{bus.monitor_url}, {silent}"))

    assert refusal.value.code == "bus.not_durable"


@pytest.mark.parametrize(
    ("varz", "words"),
    [
        ({"version": "2.15.0", "jetstream": {"config": {"sync_always": True}}}, "2.15.0 is older"),
        ({"version": "2.9.22", "jetstream": {"config": {"sync_always": True}}}, "2.9.22 is older"),
        ({"version": "2.15.1", "jetstream": {"config": {"sync_always": "true"}}}, "not set"),
        ({"version": "2.15.1", "jetstream": {"config": {}}}, "not set"),
        ({"version": "2.16.0", "jetstream": {}}, "not set"),
        ({"version": "2.16.0"}, "not set"),
        ({"version": "unknown", "jetstream": {"config": {"sync_always": True}}}, "cannot read"),
        ({}, "cannot read"),
        ([], "cannot read"),
    ],
)
def test_what_varz_does_not_say_is_not_believed(varz: object, words: str) -> None:
    with saying(varz) as url, pytest.raises(Fault, match=words) as refusal:
        asyncio.run(prove_durable(url))

    assert refusal.value.code == "bus.not_durable"


@pytest.mark.parametrize("version", ["2.15.1", "2.15.1-RC.2", "2.16.0", "3.0.0"])
def test_later_versions_are_trusted(version: str) -> None:
    with saying({"version": version, "jetstream": {"config": {"sync_always": True}}}) as url:
        asyncio.run(prove_durable(url))


@pytest.mark.parametrize("urls", ["", " , ", [], "file:///etc/passwd", "127.0.0.1:8222"])
def test_no_address_is_no_proof(urls: "str | list[str]") -> None:
    with pytest.raises(Fault) as refusal:
        asyncio.run(prove_durable(urls))

    assert refusal.value.code == "bus.not_durable"


@contextmanager
def saying(varz: object) -> Iterator[str]:
    """Serve `/varz` with the given content."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(varz).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
