"""Every test that opens a database opens the one that the session is run on, or says why not."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NAMED_BY_ITSELF = re.compile(r"sqlite\+aiosqlite|sqlite3\.connect")
WITH_REASON = {
    "support/database.py": "opens either",
    "kernel/test_database.py": "says what the setting is without PostgreSQL",
    "kernel/test_backup.py": "copies rows between two files, and in another test between a file and PostgreSQL",
    "kernel/test_accounts_migrations.py": "makes the database of the first release, of either kind",
}


def test_no_test_opens_a_database_of_its_own_choice() -> None:
    found = {
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if NAMED_BY_ITSELF.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(WITH_REASON)
