"""What `tdkt up` says where nobody administers the accounts: the link to a terminal, a hint to a log."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.bus.test_supervisor import ROOT, WAIT_S_MAX, Supervised, wait_until
from tests.support.nats import free_port


def test_a_log_gets_no_link_but_the_way_to_one(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path)
    supervised.start()
    try:
        wait_until(lambda: "tdkt user first-admin" in supervised.said())
        assert "/bat-dau/" not in supervised.said()
        written = [path for path in (supervised.data / "log").rglob("*") if path.is_file()]
        assert written
        assert not any(b"/bat-dau/" in path.read_bytes() for path in written)
    finally:
        supervised.signal(signal.SIGTERM)
        assert supervised.wait() == 0


def test_a_terminal_gets_the_link(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    port = free_port()
    argv = [sys.executable, "-m", "tests.bus.fakes", str(tmp_path / "data"), str(port), str(free_port())]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    os.set_blocking(master, False)
    said, until = "", time.monotonic() + WAIT_S_MAX
    try:
        while "/bat-dau/" not in said or not said.endswith("\n"):
            assert process.poll() is None and time.monotonic() < until, said
            try:
                said += os.read(master, 4096).decode()
            except BlockingIOError:
                time.sleep(0.05)
        assert len(re.findall(rf"http://127\.0\.0\.1:{port}/bat-dau/[\w-]{{43,}}", said)) == 1
        written = [path for path in (tmp_path / "data" / "log").rglob("*") if path.is_file()]
        assert not any(b"/bat-dau/" in path.read_bytes() for path in written)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S_MAX) == 0
        os.close(master)
