"""Imports while they run: begun by a form, carried on by this process, looked at on a page of their own.

The person may leave and come back. A job lives in the memory of the process that runs it: where that ends, or another
instance is asked, nothing is lost but the report, for bringing in the same file again does only what is left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.documents.sheets import LineState, Preview
from services.portal.labels import sentence
from services.portal.pages.reach import Signed
from services.portal.pages.spreadsheets import download, parts_of
from services.portal.session import remember
from services.portal.shell import page
from shared.errors import Fault, Rejected
from shared.office.workbook import mark_workbook
from shared.series import Sent, send_series
from shared.tasks import end
from shared.telemetry import log
from shared.types import Position

router = APIRouter(include_in_schema=False)

JOBS_KEPT_MAX = 60  # each holds a file of 2 MB at most
RUNNING_MAX = 8
OWN_KEPT_MAX = 4  # of one account: whoever imports much loses the own oldest report, and nobody else's
OWN_RUNNING_MAX = 2
Series: TypeAlias = Mapping[str, Sequence[Any]]
Send: TypeAlias = Callable[[Any, int], Awaitable[Position]]


@dataclass(slots=True, kw_only=True)
class ImportJob:
    """One import: whose it is, what it brings in, how many commands there are and how many are done."""

    job_id: str
    account_id: str
    title: str
    path: str
    back_href: str
    file_name: str
    content: bytes
    preview: Preview
    drops_absent: bool
    total: int
    done: int = 0
    sent: Sent[Any] | None = None
    failure: str = ""
    task: "asyncio.Task[None] | None" = None

    @property
    def is_running(self) -> bool:
        """Return whether there is more to come."""
        return self.task is not None and not self.task.done()

    @property
    def refusal(self) -> Rejected | Fault | None:
        """Return what stopped it, if anything did."""
        return self.sent.refusal if self.sent else None


@dataclass(slots=True, kw_only=True)
class ImportJobs:
    """The imports of this process, the newest last; stands in `app.state.imports`."""

    _jobs: dict[str, ImportJob] = field(default_factory=dict)

    def start(self, job: ImportJob, series: Series, send: Send, *, expected_seq: int) -> "asyncio.Task[None]":
        """Begin with the job and return its task.

        Raises Rejected `import.too_many` or `import.own_too_many` while too many, of all or of the account, are under
        way.
        """
        own = [one for one in self._jobs.values() if one.account_id == job.account_id]
        if sum(one.is_running for one in own) >= OWN_RUNNING_MAX:
            raise Rejected("import.own_too_many", limit=OWN_RUNNING_MAX)
        if sum(one.is_running for one in self._jobs.values()) >= RUNNING_MAX:
            raise Rejected("import.too_many", limit=RUNNING_MAX)
        self._forget(own, OWN_KEPT_MAX)
        self._forget(list(self._jobs.values()), JOBS_KEPT_MAX)
        self._jobs[job.job_id] = job
        job.task = asyncio.create_task(_run(job, series, send, expected_seq))
        return job.task

    def _forget(self, jobs: Sequence[ImportJob], most: int) -> None:
        """Leave room for one more among the jobs; those that ended first go first."""
        ended = [one.job_id for one in jobs if not one.is_running]
        for old in ended[: max(0, len(jobs) + 1 - most)]:
            del self._jobs[old]

    def find(self, job_id: str, account_id: str) -> ImportJob | None:
        """Return the job; nobody sees another's."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.account_id == account_id else None

    async def close(self) -> None:
        """Stop what is under way; a command that was sent is done or not, whole in either case."""
        await end([job.task for job in self._jobs.values() if job.task is not None])


async def _run(job: ImportJob, series: Series, send: Send, expected_seq: int) -> None:
    def count(_: object) -> None:
        job.done += 1

    try:
        job.sent = await send_series(series, send, expected_seq=expected_seq, on_done=count)
    except Exception as error:  # noqa: BLE001 - the edge of a task that nobody waits for
        job.failure = type(error).__name__
        log.error("import failed", job=job.job_id, path=job.path, exc_info=True)


def jobs_of(request: Request) -> ImportJobs:
    """Return the imports of this process."""
    return cast(ImportJobs, request.app.state.imports)


@router.get("/nhap/{job_id}")
async def show_job(request: Request, account: Signed, job_id: str) -> Response:
    """Show how far the import is, and how it ended."""
    job = jobs_of(request).find(job_id, account.actor.account_id)
    refusal = job.refusal if job else None
    stopped = refusal is not None or bool(job and job.failure)
    response = await page(
        request,
        "imports/job.html",
        status_code=200 if job else 404,
        job=job,
        href=f"/nhap/{job_id}",
        is_running=job is not None and job.is_running,
        is_stopped=stopped,
        error=_words(refusal, job) if stopped else "",
        parts=parts_of(job.content) if job and stopped else (),
        problems=len(job.preview.problems) if job else 0,
        wrong=job.preview.counts[LineState.WRONG] if job else 0,
    )
    if job is not None and job.sent is not None:
        remember(request, response, *job.sent.positions)
    return response


def _words(refusal: Rejected | Fault | None, job: ImportJob | None) -> str:
    if isinstance(refusal, Rejected):
        return sentence(refusal.code, refusal.detail)
    code = refusal.code if refusal is not None else job.failure if job else ""
    return sentence("service.unavailable", {"fault": code})


@router.get("/nhap/{job_id}/loi")
async def marked_copy(request: Request, account: Signed, job_id: str) -> Response:
    """Give the file back with its wrong rows marked. Raises Rejected `page.not_found`."""
    job = jobs_of(request).find(job_id, account.actor.account_id)
    if job is None or not job.preview.problems:
        raise Rejected("page.not_found")
    return await marked(job.file_name, job.content, job.preview)


async def marked(name: str, content: bytes, preview: Preview) -> Response:
    """Answer with the user's own file, its mistakes marked."""
    copy = await asyncio.to_thread(mark_workbook, content, preview.marks(sentence))
    stem = name.rpartition(".")[0] or name or "bang-tinh"
    return download(copy, f"{stem.removesuffix('-loi')}-loi.xlsx")
