"""Each release opens the data folders of the earlier ones."""

import tarfile
from pathlib import Path

import pytest

from tests.system.running import running_system

FOLDERS = sorted(Path(__file__).parent.glob("data-*.tar.xz"))
ERASED = "019c0000-0000-7000-8000-000000000002"
KEPT = "019c0000-0000-7000-8000-000000000001"


def test_there_is_a_folder_of_the_first_release() -> None:
    assert "data-0.1.0.tar.xz" in [path.name for path in FOLDERS]


@pytest.mark.sqlite_only("the folder of the earlier release holds SQLite files")
@pytest.mark.parametrize("packed", FOLDERS, ids=lambda path: path.name)
def test_a_data_folder_of_an_earlier_release_opens(packed: Path, tmp_path: Path) -> None:
    with tarfile.open(packed) as tar:
        tar.extractall(tmp_path, filter="data")
    with running_system(tmp_path, data=tmp_path / "data") as system:
        office = system.sign_in("pnv.cai-rang")
        board = office.question("plans", "show-plan", {"district": "cai-rang", "plan_id": "2020"})
        tasks = {task["number"]: task for task in board["tasks"]}
        assert tasks[7]["state"] == "completed" and tasks[7]["completed_on"] == "2020-02-06"
        assert 40 in [part["percent"] for part in tasks[1]["parts"]]
        names = {
            dossier: office.question("nominations", "show-dossier", {"district": "cai-rang", "dossier_id": dossier})
            for dossier in (KEPT, ERASED)
        }
        assert names[KEPT]["dossier"]["name"] == "Trần Thị Mẫu" and names[KEPT]["dossier"]["state"] == "accepted"
        assert names[ERASED]["dossier"]["name"] is None
        sheet = office.question(
            "scoring", "show-sheet", {"district": "cai-rang", "unit_id": "phuong-le-binh", "year": 2020}
        )
        assert sheet["sheet"]["state"] == "self_scored"
        # It is worked on as well, and everything still agrees.
        unit = tasks[1]["parts"][0]["unit_id"]
        report = {"district": "cai-rang", "plan_id": "2020", "task_number": 1, "unit_id": unit, "percent": 55}
        assert office.command("plans", "report-task", {**report, "text": "Sau khi nâng cấp"}).status == 200
        verified = system.tdkt("verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
