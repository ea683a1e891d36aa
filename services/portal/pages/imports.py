"""Spreadsheets in: upload, look at what would change, take the marked copy home or apply.

Nothing is kept between the steps: the page carries the file, so that any instance of the portal goes on,
a restart loses nothing, and what is never applied leaves no trace. It is read anew at each step. What takes longer
than a moment to apply goes on behind a page of its own (`import_jobs`).
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from services.plans.commands import AmendDraft, ReviseOrganisation, SaveRegistration
from services.plans.documents.sheets import LineState, Preview
from services.portal.backend import backend
from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.pages.forms import changes, command_id_of
from services.portal.pages.import_jobs import ImportJob, jobs_of, marked
from services.portal.pages.spreadsheets import parts_of
from services.portal.session import form_of, notify, portal, remember, require_account
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.errors import Rejected
from shared.text import nfc
from shared.types import Position

ImportCommand: TypeAlias = AmendDraft | ReviseOrganisation | SaveRegistration
UPLOAD_BYTES_MAX = 2_000_000
LINES_SHOWN_MAX = 200
MOMENT_S = 2.0  # so long the person waits for the answer; then the import is looked at on its own page
_STEPS = ("check", "mark", "apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file would change: the preview, the commands of each aggregate, and the sequence that was looked at."""

    preview: Preview
    series: Mapping[str, Sequence[ImportCommand]]
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
        if refusal.code.partition(".")[0] not in ("office_file", "workbook", "list", "plan", "registration"):
            raise
        return await _begin(
            request, task, error=sentence(refusal.code, refusal.detail), status_code=status_of(refusal.code)
        )
    if step == "mark":
        return await marked(carried.name, carried.content, checked.preview)
    if step == "apply":
        return await _apply(request, task, carried, checked, good_rows=form.get("dong_dung") == "1")
    return await _show(request, task, carried, checked)


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
        parts=parts_of(carried.content),
        hidden={
            "ten": carried.name,
            "form_id": carried.form_id,
            "bo_thieu": "1" if carried.drops_absent else "",
            "expected_seq": checked.seen,
        },
        errors={"": error} if error else {},
        changed=changed,
    )


async def _apply(request: Request, task: Import, carried: Carried, checked: Checked, *, good_rows: bool) -> Response:
    """Send the commands; all or nothing, unless the good rows alone are asked for."""
    preview = checked.preview
    if preview.problems and not good_rows:
        return await _show(request, task, carried, checked, status_code=422)
    account = await require_account(request)
    services, clock = backend(request), portal(request).clock

    async def send(command: ImportCommand, expected_seq: int) -> Position:
        dated = replace(command, at=clock.now())
        command_id = command_id_of(carried.form_id, dated)
        return await services.do(dated, account.actor, expected_seq=expected_seq, command_id=command_id)

    job = ImportJob(
        job_id=new_id(),
        account_id=account.actor.account_id,
        title=task.title,
        path=task.path,
        back_href=task.back_href,
        file_name=carried.name,
        content=carried.content,
        preview=preview,
        drops_absent=carried.drops_absent,
        total=sum(map(len, checked.series.values())),
    )
    seen = checked.seen if carried.expected_seq is None else carried.expected_seq
    try:
        running = jobs_of(request).start(job, checked.series, send, expected_seq=seen)
    except Rejected as refusal:
        return await _refused(request, task, carried, checked, refusal)
    await asyncio.wait({running}, timeout=MOMENT_S)
    if isinstance(job.refusal, Rejected):
        return await _refused(request, task, carried, checked, job.refusal, has_begun=job.done > 0)
    # What goes on, what broke, and what left rows behind is told on the page of the job.
    is_over = job.sent is not None and job.refusal is None and not preview.problems
    response = RedirectResponse(task.back_href if is_over else f"/nhap/{job.job_id}", status_code=303)
    if job.sent is not None:
        remember(request, response, *job.sent.positions)
    if is_over:
        notify(request, response, f"Đã nhập “{carried.name}”: {preview.changes} thay đổi.")
    return response


async def _refused(
    request: Request, task: Import, carried: Carried, checked: Checked, refusal: Rejected, *, has_begun: bool = False
) -> Response:
    """Show what was refused, and what the file would change now."""
    changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
    error = sentence(refusal.code, refusal.detail)
    if has_begun:
        checked = await task.check(carried.content, carried.drops_absent)
        error += " Một phần thay đổi đã được áp dụng; bảng dưới đây là phần còn lại."
    # The refused command is not the one that is sent after a look at what changed.
    again = replace(carried, form_id=new_id())
    return await _show(request, task, again, checked, error=error, changed=changed, status_code=status_of(refusal.code))


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
