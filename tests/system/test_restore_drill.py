"""The restore drill: a system at work is backed up, everything is lost, and all of it comes back but the erased."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.cli.files import swept
from services.cli.running import client_settings
from shared.settings import Settings
from shared.topology import ADMIN, connect
from tests.kernel.test_attachments import pdf_of
from tests.portal.console import Person as Browser
from tests.portal.test_attachments import file_links, report, submit
from tests.support.database import forget
from tests.support.postgres import database_url
from tests.system.running import Person, System, running_system

SCHEMAS = ("plans", "nominations", "scoring", "notifications", "archive", "portal", "persons")
PASSPHRASE = "một cụm mật khẩu đủ dài"
CONTENT, PERSONAL = pdf_of(700_000, seed=31), pdf_of(300_000, seed=32)
FILE = f"/tep/plans/{hashlib.sha256(CONTENT).hexdigest()}"
PLAN = {"district": "cai-rang", "plan_id": "2020"}
STAYS, GOES = "019c0000-0000-7000-8000-00000000000a", "019c0000-0000-7000-8000-00000000000b"
TOTALS: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("plans", "show-district", {"district": "cai-rang", "year": 2020}),
    ("plans", "show-city", {"year": 2020}),
    ("plans", "show-task", {**PLAN, "task_number": 7}),
    ("scoring", "show-score-totals", {"year": 2020}),
    ("nominations", "show-district-dossiers", {"district": "cai-rang", "year": 2020}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where the drill keeps what."""

    data: Path
    backups: Path
    passphrase: Path

    def tdkt(self, *arguments: str, code: int = 0) -> Any:
        """Run `tdkt backup` and return what it printed as JSON, or its complaint."""
        command = [sys.executable, "-m", "services.cli.app", "backup", *arguments, "-o", "json"]
        done = subprocess.run(
            [*command, "--passphrase-file", str(self.passphrase)],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "TDKT_DATABASE_URL": database_url(self.data)},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout else done.stderr

    def lose_everything(self) -> None:
        """Lose the data folder, and the database where the tests run on PostgreSQL."""
        settings = Settings(data_dir=self.data, database_url=database_url(self.data))
        for schema in SCHEMAS if settings.database_url else ():
            forget(settings, schema)
        shutil.rmtree(self.data)

    def create(self) -> Path:
        """Take a backup."""
        taken = self.tdkt("create", "--data", str(self.data), "--to", str(self.backups))
        return Path(taken["backup"])


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    return Folders(data=tmp_path / "data", backups=tmp_path / "backups", passphrase=tmp_path / "passphrase")


def nominate(ward: Browser, dossier_id: str, name: str) -> str:
    """Nominate the person with a file; return where the file is."""
    asked = submit(ward, name, [("lý lịch.pdf", PERSONAL)], dossier_id=dossier_id)
    dossier = ward.confirm(asked)
    assert dossier.path.endswith(dossier_id), dossier.errors
    (link,) = file_links(dossier)
    return link


def name_of(system: System, dossier_id: str) -> tuple[str, str | None]:
    """Return the person of the dossier, and the name as Phòng Nội vụ reads it."""
    found = system.sign_in("pnv.cai-rang").question(
        "nominations", "show-dossier", {"district": "cai-rang", "dossier_id": dossier_id}
    )
    return found["dossier"]["person_id"], found["dossier"]["name"]


def totals(system: System) -> dict[str, Any]:
    city = system.sign_in("thanhpho")
    return {f"{service} {name}": city.question(service, name, body) for service, name, body in TOTALS}


def work(system: System) -> tuple[str, str]:
    """Do what a year holds: a task done by both its units, one of them with a file, and two nominations with one each.

    Return where the files of the nominations are: of who stays, and of who goes.
    """
    office = Browser(system.url, "pnv.cai-rang")
    page = report(office, 1, [("báo cáo.pdf", CONTENT)])
    assert page.notice, page.errors
    clerk = system.sign_in("pnv.cai-rang")
    for unit in ("ubnd-quan", "phong-noi-vu"):
        body = {**PLAN, "task_number": 7, "unit_id": unit, "completed_on": "2020-02-06", "evidence": "BC 07"}
        answer = clerk.command("plans", "complete-task-part", body)
        assert answer.status == 200, answer.body
    ward = Browser(system.url, "phuong.le-binh.cai-rang")
    return nominate(ward, STAYS, "Trần Thị Ở Lại"), nominate(ward, GOES, "Lê Văn Ra Đi")


async def lose_the_file(settings: Settings) -> None:
    """Purge the bytes of the file, as nobody should."""
    admin = await connect(settings, ADMIN)
    body = json.dumps({"filter": f"$O.plans.C.{hashlib.sha256(CONTENT).hexdigest()}"}).encode()
    answer = json.loads((await admin.request("$JS.API.STREAM.PURGE.OBJ_plans", body, timeout=10)).data)
    assert answer["purged"] > 0
    await admin.close()


def erase(system: System, person_id: str) -> None:
    answer = system.sign_in("admin").command(
        "nominations", "erase-person", {"person_id": person_id, "ground": "request"}
    )
    assert answer.status == 200, answer.body


def test_everything_is_lost_and_comes_back_and_the_erased_stay_erased(folders: Folders, tmp_path: Path) -> None:
    with running_system(tmp_path, data=folders.data) as system:
        stays, goes = work(system)
        person, name = name_of(system, GOES)
        assert name == "Lê Văn Ra Đi"
        before = folders.create()
        old_keys = tmp_path / "old-keys"
        shutil.copytree(folders.backups / "person-keys", old_keys)
        erase(system, person)
        assert name_of(system, GOES) == (person, None)
        expected = totals(system)
        backup = folders.create()
        log = {stream: system.log(stream) for stream in ("PLANS", "NOMINATIONS", "SCORING", "NOTIFICATIONS")}
        verified = folders.tdkt("verify", str(backup))
        assert verified["files"] == 3 and verified["erased"] == 1 and verified["lost_keys"] == []
    folders.lose_everything()

    # Even with the keys of before the erasure, which hold the person's key, and no list of the erased beside them.
    (old_keys / "erased.json").unlink()
    restored = folders.tdkt("restore", str(backup), "--data", str(folders.data), "--keys", str(old_keys))
    assert restored["events"]["NOMINATIONS"] == len(log["NOMINATIONS"])
    with running_system(tmp_path, data=folders.data) as system:
        verified_system = system.tdkt("verify")
        assert verified_system.returncode == 0, verified_system.stdout + verified_system.stderr
        for stream, messages in log.items():
            # The same sequences, instants, headers and bodies.
            assert system.log(stream)[: len(messages)] == messages
        assert totals(system) == expected
        assert name_of(system, STAYS)[1] == "Trần Thị Ở Lại"
        assert name_of(system, GOES) == (person, None)
        city = Browser(system.url, "thanhpho").client
        assert city.get(FILE).content == CONTENT
        assert city.get(stays).content == PERSONAL and city.get(goes).status_code == 404
        # And it goes on.
        body = {**PLAN, "task_number": 2, "unit_id": "phong-noi-vu", "percent": 10, "text": "Tiếp tục"}
        board = system.sign_in("pnv.cai-rang").question("plans", "show-plan", PLAN)
        body["unit_id"] = next(task for task in board["tasks"] if task["number"] == 2)["parts"][0]["unit_id"]
        assert system.sign_in("pnv.cai-rang").command("plans", "report-task", body).status == 200
        assert system.tdkt("verify").returncode == 0
    folders.lose_everything()

    # The backup of before the erasure does not know of it; the list of the erased, kept with the keys, does.
    restored = folders.tdkt("restore", str(before), "--data", str(folders.data))
    assert restored["erased_since"] == [person]
    with running_system(tmp_path, data=folders.data) as system:
        assert name_of(system, STAYS)[1] == "Trần Thị Ở Lại"
        assert name_of(system, GOES) == (person, None)
        erase(system, person)  # said again, so that the log knows as well
        assert system.tdkt("verify").returncode == 0
        # A file that an event names and that is gone is found, by name.
        settings = client_settings(folders.data)
        assert asyncio.run(swept(settings, older_than=timedelta(0))) == []
        asyncio.run(lose_the_file(settings))
        found = system.tdkt("verify")
        assert found.returncode == 1 and hashlib.sha256(CONTENT).hexdigest() in found.stderr
        with pytest.raises(AssertionError, match=r"backup\.file_missing"):
            folders.tdkt("verify", str(folders.create()))


def test_a_backup_under_load_is_consistent_and_nobody_waits(folders: Folders, tmp_path: Path) -> None:
    with running_system(tmp_path, data=folders.data) as system:
        office = system.sign_in("pnv.cai-rang")
        board = office.question("plans", "show-plan", PLAN)
        parts = [(task["number"], part["unit_id"]) for task in board["tasks"] for part in task["parts"]]
        done, waits, refused = threading.Event(), [], []

        def write() -> None:
            person = Person(system.url, "pnv.cai-rang", system.seen)
            for number, unit in parts:
                if done.is_set():
                    break
                began = time.monotonic()
                body = {**PLAN, "task_number": number, "unit_id": unit, "completed_on": "2020-02-06", "evidence": "BC"}
                answer = person.command("plans", "complete-task-part", body)
                waits.append(time.monotonic() - began)
                refused.extend([answer.body] if answer.status != 200 else [])
            person.close()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            backup = folders.create()
        finally:
            done.set()
            writer.join(60)
        assert waits and not refused
        told = folders.tdkt("verify", str(backup))
        assert told["lost_keys"] == []
    folders.lose_everything()
    folders.tdkt("restore", str(backup), "--data", str(folders.data))
    with running_system(tmp_path, data=folders.data) as system:
        # No effect is ahead of its cause, so archive and policies only have to catch up: every task that was done
        # has its points, none twice, and what happens from now on is no repetition to anybody.
        until = time.monotonic() + 30
        while (verified := system.tdkt("verify")).returncode or points(system) != leads(system):
            assert time.monotonic() < until, verified.stderr
            time.sleep(0.5)
        body = {**PLAN, "completed_on": "2020-02-06", "evidence": "BC"}
        for number, unit in parts[-3:]:
            answer = system.sign_in("pnv.cai-rang").command(
                "plans", "complete-task-part", {**body, "task_number": number, "unit_id": unit}
            )
            assert answer.status == 200, answer.body
        while points(system) != leads(system):
            assert time.monotonic() < until + 30
            time.sleep(0.2)


def leads(system: System) -> list[tuple[int, str]]:
    """Return each completed task of the plan with each of its lead units, as PLANS says."""
    bodies = [json.loads(one.body) for one in system.log("PLANS") if ".TaskCompleted." in one.headers["ce-type"]]
    return sorted((body["task_number"], lead["unit_id"]) for body in bodies for lead in body["leads"])


def points(system: System) -> list[tuple[int, str]]:
    """Return each task that was counted with the unit it was counted for, as SCORING says."""
    bodies = [json.loads(one.body) for one in system.log("SCORING") if ".TaskPointAwarded." in one.headers["ce-type"]]
    return sorted((body["point"]["task_number"], body["unit_id"]) for body in bodies)


def test_a_running_or_filled_folder_is_not_restored_over(folders: Folders, tmp_path: Path) -> None:
    with running_system(tmp_path, data=folders.data) as system:
        backup = folders.create()
        complaint = folders.tdkt("restore", str(backup), "--data", str(folders.data), code=1)
        assert "backup.not_empty" in complaint
        assert system.tdkt("verify").returncode == 0
    complaint = folders.tdkt("create", "--data", str(folders.data), "--to", str(folders.backups), code=3)
    assert "bus.unreachable" in complaint
