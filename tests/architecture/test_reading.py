"""Who reads a log message by message closes the reading whatever happens in between (shared.eventstore.read_batch)."""

import ast
from pathlib import Path

import pytest

READINGS = {"read_batch", "read_frames"}
ROOT = Path(__file__).parents[2]


def loops_that_stay_open(source: str) -> list[int]:
    """Return the lines of loops right over a reading: one that breaks or raises leaves its subscription behind."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AsyncFor)
        and isinstance(node.iter, ast.Call)
        and isinstance(node.iter.func, ast.Name)
        and node.iter.func.id in READINGS
    ]


@pytest.mark.parametrize(("over", "found"), [("read_batch(client, stream)", [2]), ("messages", [])])
def test_a_loop_right_over_a_reading_is_found(over: str, found: list[int]) -> None:
    assert loops_that_stay_open(f"async def read():\n    async for one in {over}:\n        break\n") == found


def test_every_loop_over_a_reading_stands_within_aclosing() -> None:
    paths = [path for folder in ("services", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]
    found = {str(path.relative_to(ROOT)): loops_that_stay_open(path.read_text()) for path in paths}
    assert {path: lines for path, lines in found.items() if lines} == {}
