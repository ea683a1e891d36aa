"""Work on a stranger's file in a process of its own, with limits on its memory and time (docs/adr/0012).

The readers of spreadsheets allocate what a file asks for: one cell in the last row and column makes
one of them ask for 500 GB and abort. What ends then is a child, and the file is refused.

The child (`__main__`) takes one line of JSON and the file on its standard input; it answers with one line of JSON,
`{"ok": …}` or `{"refused": code, "detail": …}`, and the bytes of a file, if there are any.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from shared.errors import Json, Rejected

WAIT_S_MAX = 60.0  # the machine may be busy
_AT_ONCE_MAX = 2  # children of one process, each up to the limit of memory; who comes then waits
_MODULE = "shared.office.workbook"
_ROOT = Path(__file__).parents[3]
_children = BoundedSemaphore(_AT_ONCE_MAX)


def work_apart(task: str, content: bytes, **arguments: Json) -> tuple[Any, bytes]:
    """Return what the task answers, and its file. Raises Rejected as the task does, and `workbook.too_costly`."""
    request = json.dumps({"task": task, **arguments}).encode() + b"\n"
    try:
        with _children:
            done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter
                [sys.executable, "-m", _MODULE],
                input=request + content,
                capture_output=True,
                timeout=WAIT_S_MAX,
                cwd=_ROOT,
                env={**os.environ, "PYTHONIOENCODING": "utf-8", "RUST_BACKTRACE": "0"},
            )
    except subprocess.TimeoutExpired as error:
        raise Rejected("workbook.too_costly") from error
    head, _, file = done.stdout.partition(b"\n")
    if done.returncode or not head:
        # Killed at a limit, or aborted for want of memory; what it says on its standard error helps nobody.
        raise Rejected("workbook.too_costly")
    answer = json.loads(head)
    if "refused" in answer:
        raise Rejected(answer["refused"], **answer["detail"])
    return answer["ok"], file
