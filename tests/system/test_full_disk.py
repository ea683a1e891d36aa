"""Little room left: the supervisor stops taking commands in time; with room again all goes on."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.own_fold import twice
from tests.system.running import Person, running_system

pytestmark = pytest.mark.same_on_both("the disk that is full is that of the log")

ADDRESS = {"district": "cai-rang", "plan_id": "2020", "task_number": 1, "unit_id": "phong-noi-vu"}


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """Mount a file system of this size; fails where the machine does not allow it."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def report(person: Person, number: int) -> tuple[int, str]:
    body = {**ADDRESS, "percent": number % 100, "text": f"lần {number}"}
    answer = person.command("plans", "report-task", body)
    return answer.status, answer.body.get("code", "")


def until_status(person: Person, status: int, seconds: float = 30) -> tuple[int, str]:
    """Report until the answer has the status; return the last answer."""
    end = time.monotonic() + seconds
    number = 0
    while True:
        number += 1
        answer = report(person, number)
        if answer[0] == status or time.monotonic() > end:
            return answer
        time.sleep(0.1)


def test_commands_are_refused_before_the_disk_is_full_and_taken_again_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDKT_DISK_RESERVE_MB", "64")
    monkeypatch.setenv("TDKT_STREAM_MAX_MB", "16")
    with small_disk(tmp_path / "disk", 512) as disk, running_system(tmp_path, data=disk / "data") as system:
        person = system.sign_in("pnv.cai-rang")
        assert report(person, 1)[0] == 200
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            while shutil.disk_usage(disk).free > 40 * 2**20:
                file.write(b"\0" * 2**20)
                file.flush()
        assert until_status(person, 503) == (503, "intake.closed")
        assert person.question("plans", "show-plan", {"district": "cai-rang", "plan_id": "2020"})["tasks"]
        written = len(system.log("PLANS"))
        assert report(person, 2) == (503, "intake.closed")
        assert len(system.log("PLANS")) == written
        ballast.unlink()
        assert until_status(person, 200)[0] == 200
        log = system.log("PLANS")
        assert len(log) > written and twice(log) == []
        assert system.tdkt("verify").returncode == 0
