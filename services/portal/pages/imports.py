"""Spreadsheets in: upload, look at what would change, take the marked copy home or apply.

Nothing is kept between the steps: the page carries the file, so that any instance of the portal goes on,
a restart loses nothing, and what is never applied leaves no trace. It is read anew at each step.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from services.plans.commands import AmendDraft, ReviseOrganisation
from services.plans.documents.sheets import LineState, Preview
from services.portal.backend import do, now
from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.pages.forms import changes, command_id_of
from services.portal.session import form_of, notify
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.errors import Fault, Rejected
from shared.office.workbook import mark_workbook
from shared.series import send_series
from shared.text import nfc
from shared.types import Position

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOAD_BYTES_MAX = 2_000_000
LINES_SHOWN_MAX = 200
_FIELD_MAX = 900_000  # characters; a field of a form is read up to 1 MiB
_STEPS = ("check", "mark", "apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file would change: the preview, the commands of each aggregate, and the sequence that was looked at."""

    preview: Preview
    series: Mapping[str, Sequence[AmendDraft | ReviseOrganisation]]
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One thing that may be imported: its words, its addresses, and `check(content, drops_absent)`.

    `drops_absent` is the choice to drop what the file does not hold; empty where there is no such choice.
    """

    title: str
    state_line: str
    path: str
    back_href: str
    template_href: str
    hint: str
    check: Callable[[bytes, bool], Awaitable[Checked]]
    drops_absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the page carries from step to step."""

    name: str
    content: bytes
    drops_absent: bool
    form_id: str
    expected_seq: int | None


async def run_import(request: Request, task: Import) -> Response:
    """Show the form, the preview or the marked copy, or apply, as the request asks."""
    if request.method == "GET":
        return await _begin(request, task)
    form = await form_of(request)
    step = str(form.get("step", ""))
    if step not in _STEPS:
        raise Rejected("request.invalid", fields=["step"])
    try:
        carried = await _carried(form)
        checked = await task.check(carried.content, carried.drops_absent and bool(task.drops_absent))
    except Rejected as refusal:
        if refusal.code.partition(".")[0] not in ("office_file", "workbook", "list", "plan"):
            raise
        return await _begin(
            request, task, error=sentence(refusal.code, refusal.detail), status_code=status_of(refusal.code)
        )
    if step == "mark":
        return await _marked(carried, checked.preview)
    if step == "apply":
        return await _apply(request, task, carried, checked, good_rows=form.get("dong_dung") == "1")
    return await _show(request, task, carried, checked)


def download(content: bytes, name: str) -> Response:
    """Answer with a spreadsheet to be saved under the name."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
    return Response(content, media_type=SPREADSHEET, headers=headers)


async def _begin(request: Request, task: Import, *, error: str = "", status_code: int = 200) -> Response:
    return await page(
        request,
        "imports/begin.html",
        status_code=status_code,
        task=task,
        errors={"document": error} if error else {},
        limit_mb=UPLOAD_BYTES_MAX // 1_000_000,
    )


async def _carried(form: FormData) -> Carried:
    """Return the file that was chosen, or the one that the page carries. Raises Rejected."""
    upload = form.get("document")
    if isinstance(upload, UploadFile):
        if not upload.filename:
            raise Rejected("workbook.none_chosen")
        name, content = upload.filename, await upload.read(UPLOAD_BYTES_MAX + 1)
    else:
        name = str(form.get("ten", ""))
        try:
            content = base64.b64decode("".join(map(str, form.getlist("tep"))), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Rejected("request.invalid", fields=["tep"]) from error
    if len(content) > UPLOAD_BYTES_MAX:
        raise Rejected("office_file.too_large", limit_mb=UPLOAD_BYTES_MAX // 1_000_000)
    return Carried(
        name=nfc(name)[:200],
        content=content,
        drops_absent=form.get("bo_thieu") == "1",
        form_id=str(form.get("form_id", "")) or new_id(),
        expected_seq=whole(str(form.get("expected_seq", ""))),
    )


async def _show(
    request: Request,
    task: Import,
    carried: Carried,
    checked: Checked,
    *,
    error: str = "",
    changed: Sequence[Mapping[str, object]] = (),
    status_code: int = 200,
) -> Response:
    preview = checked.preview
    text = base64.urlsafe_b64encode(carried.content).decode()
    lines = [line for line in preview.lines if line.state in (LineState.NEW, LineState.CHANGED)]
    return await page(
        request,
        "imports/preview.html",
        status_code=status_code,
        task=task,
        name=carried.name,
        preview=preview,
        counts={str(state): count for state, count in preview.counts.items()},
        lines=lines[:LINES_SHOWN_MAX],
        more_lines=max(0, len(lines) - LINES_SHOWN_MAX),
        problems=[
            (one.sheet, one.row, _letters(one.column), sentence(one.code, one.detail))
            for one in preview.problems[:LINES_SHOWN_MAX]
        ],
        more_problems=max(0, len(preview.problems) - LINES_SHOWN_MAX),
        parts=[text[start : start + _FIELD_MAX] for start in range(0, len(text), _FIELD_MAX)],
        hidden={
            "ten": carried.name,
            "form_id": carried.form_id,
            "bo_thieu": "1" if carried.drops_absent else "",
            "expected_seq": checked.seen,
        },
        errors={"": error} if error else {},
        changed=changed,
    )


async def _marked(carried: Carried, preview: Preview) -> Response:
    content = await asyncio.to_thread(mark_workbook, carried.content, preview.marks(sentence))
    stem = carried.name.rpartition(".")[0] or carried.name or "bang-tinh"
    return download(content, f"{stem.removesuffix('-loi')}-loi.xlsx")


async def _apply(request: Request, task: Import, carried: Carried, checked: Checked, *, good_rows: bool) -> Response:
    if checked.preview.problems and not good_rows:
        return await _show(request, task, carried, checked, status_code=422)
    response = RedirectResponse(task.back_href, status_code=303)

    async def send(command: AmendDraft | ReviseOrganisation, expected_seq: int) -> Position:
        dated = replace(command, at=now(request))
        command_id = command_id_of(carried.form_id, dated)
        return await do(request, response, dated, expected_seq=expected_seq, command_id=command_id)

    seen = checked.seen if carried.expected_seq is None else carried.expected_seq
    sent = await send_series(checked.series, send, expected_seq=seen)
    if isinstance(sent.refusal, Fault):
        raise sent.refusal
    if sent.refusal is not None:
        refusal = sent.refusal
        changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
        # The refused command is not the one that is sent after a look at what changed.
        again = replace(carried, form_id=new_id())
        if sent.done:
            checked = await task.check(carried.content, carried.drops_absent)
        error = sentence(refusal.code, refusal.detail)
        if sent.done:
            error += " Một phần thay đổi đã được áp dụng; bảng dưới đây là phần còn lại."
        return await _show(
            request, task, again, checked, error=error, changed=changed, status_code=status_of(refusal.code)
        )
    notify(request, response, f"Đã nhập “{carried.name}”: {checked.preview.changes} thay đổi.")
    return response


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
