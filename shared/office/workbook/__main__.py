"""The child that `apart` starts: bound itself, do one task on the file that comes in, answer, end."""

import json
import resource
import sys

from shared.errors import Json, Rejected
from shared.garbage import collect_seldom
from shared.office.workbook.grids import grids_of, json_grids
from shared.office.workbook.marking import mark_of, marked_copy

MEMORY_MAX_BYTES = 1 << 30
CPU_S_MAX = 20
# A full sheet of sentences is a third of it; a text that stands once in the file may fill a million cells.
ANSWER_MAX_BYTES = 32 << 20


def main() -> None:
    """Answer one request on the standard input."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_MAX_BYTES),
        (resource.RLIMIT_CPU, CPU_S_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    collect_seldom()  # a sheet is a tree of a hundred thousand elements, none of which refers back
    request = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    file = b""
    answer: dict[str, Json]
    try:
        if request["task"] == "mark":
            file = marked_copy(content, [mark_of(one) for one in request["marks"]])
            answer = {"ok": len(file)}
        else:
            answer = {"ok": json_grids(grids_of(content, request["wanted"]))}
    except Rejected as refusal:
        answer = {"refused": refusal.code, "detail": dict(refusal.detail)}
    except (MemoryError, RecursionError):
        answer = {"refused": "workbook.too_costly", "detail": {}}
    head = json.dumps(answer).encode()
    if len(head) + len(file) > ANSWER_MAX_BYTES:
        head, file = json.dumps({"refused": "workbook.too_costly", "detail": {}}).encode(), b""
    sys.stdout.buffer.write(head + b"\n" + file)


main()
