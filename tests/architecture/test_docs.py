"""What the documents say of the code is so: pages, links, decisions, words, tests, commands."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from docs.generate import PAGES, stale
from services.cli.app import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
WRITTEN = [path for path in DOCUMENTS if path.parent.name != "reference"]
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Check"]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_reference_pages_are_current() -> None:
    assert stale() == [], "run `make docs`"


def test_no_reference_page_is_left_over() -> None:
    kept = {str(path.relative_to(ROOT)) for path in (ROOT / "docs/reference").glob("*.md")}
    assert kept == {name for name in PAGES if name.startswith("docs/reference/")}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_within_the_repository_leads_somewhere(path: Path) -> None:
    targets = [target for target in _LINK.findall(path.read_text()) if "://" not in target]
    broken = [target for target in targets if not (path.parent / target.split("#")[0]).exists()]
    assert broken == []


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_has_its_five_parts(path: Path) -> None:
    assert re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE) == HEADINGS


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_identifier_of_the_glossary_is_in_the_code() -> None:
    sources = [
        *(ROOT / "services").rglob("*.py"),
        *(ROOT / "shared").rglob("*.py"),
        ROOT / "services/portal/labels.toml",
    ]
    words = set(re.findall(r"\w+", "\n".join(path.read_text() for path in sources)))
    rows = [line for line in (ROOT / "docs/glossary.md").read_text().splitlines() if line.startswith("| ")]
    identifiers = [one for row in rows for one in _CODE.findall(row.split(" | ")[-1])]
    assert len(identifiers) > 60
    assert [one for one in identifiers if one not in words] == []


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    tests = "\n".join(one.read_text() for one in (ROOT / "tests").rglob("test_*.py"))
    known = {*re.findall(r"def (test_\w+)", tests), *(one.stem for one in (ROOT / "tests").rglob("test_*.py"))}
    assert [one for one in re.findall(r"\btest_\w+", path.read_text()) if one not in known] == []


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_every_command_that_a_document_names_exists(path: Path) -> None:
    text = path.read_text()
    lines = [*_CODE.findall(text), *re.findall(r"^ {4}(.+)$", text, re.MULTILINE)]
    named = [match for line in lines for match in re.findall(r"\btdkt ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", line)]
    assert [words for words in named if not _is_command(*words)] == []


def _is_command(noun: str, verb: str) -> bool:
    nouns: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    verbs: dict[str, Any] = getattr(nouns.get(noun), "commands", {})
    return noun in nouns and (not verbs or not verb or verb in verbs)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_a_document_names_no_folder_of_the_machine_it_was_written_on(path: Path) -> None:
    assert re.findall(r"(?:^|[\s`(])/(?:work|home|root|tmp)/\S*", path.read_text()) == []
