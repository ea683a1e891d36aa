"""Every refusal code and event type has its words, in Vietnamese and English."""

import ast
import re
import tomllib
from pathlib import Path

from tests.golden import SERVICES, codec_of

ROOT = Path(__file__).parents[2]
LABELS = tomllib.loads((ROOT / "services/portal/labels.toml").read_text())
_REQUIRED = ("_text", "within_room")  # what is to be there or to fit, and the code where it does not
_CODE = re.compile(r"^[a-z_]+\.[a-z_0-9]+$")


def codes_raised() -> set[str]:
    """Return every code that stands first in a `Rejected(...)` or `Fault(...)`, or in a reply of the bus."""
    found = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Rejected", "Fault") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
            if isinstance(node, ast.keyword) and node.arg in ("rejected", "fault"):
                value = node.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and _CODE.match(value.value):
                    found.add(value.value)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _REQUIRED and len(node.args) == 2:
                code = node.args[1]
                if isinstance(code, ast.Constant) and _CODE.match(str(code.value)):
                    found.add(str(code.value))
    return found


def test_every_code_is_of_the_form_thing_dot_reason() -> None:
    assert {code for code in codes_raised() if not _CODE.match(code)} == set()


def test_every_code_has_a_sentence_in_both_languages() -> None:
    missing = sorted(
        code for code in codes_raised() if not all(LABELS["codes"].get(code, {}).get(lang) for lang in ("vi", "en"))
    )
    assert missing == []


def test_every_event_type_has_words_in_both_languages() -> None:
    types = {member.__name__ for service in SERVICES for member in codec_of(service).members}
    missing = sorted(
        name for name in types if not all(LABELS["events"].get(name, {}).get(lang) for lang in ("vi", "en"))
    )
    assert missing == []
