"""Văn bản: papers of the year as files of Word or PDF, and the letter to a late unit."""

import asyncio
import base64
from datetime import timedelta
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.events import ReportPeriod, Signer
from services.plans.views import (
    Paper,
    ShowDirective,
    ShowInspectionPaper,
    ShowPledgePaper,
    ShowReportPaper,
    WriteUrgingLetter,
)
from services.portal.backend import ask
from services.portal.format import day as day_text
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import Signed, check_district, directory, reach_of
from shared.errors import Rejected
from shared.office.pdf import to_pdf

router = APIRouter(include_in_schema=False)

Ending = Literal["docx", "pdf"]
_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_WAITING_MAX = 5
_converting = asyncio.Semaphore(1)  # LibreOffice takes a core and some hundred MB
_waiting = 0


async def as_file(paper: Paper, ending: Ending) -> Response:
    """Return the paper as a file to keep. Raises Rejected `pdf.unavailable`, `pdf.failed`, `pdf.busy`."""
    content = base64.b64decode(paper.content_base64)
    if ending == "pdf":
        content = await _as_pdf(content)
    name = f"{paper.file_name.removesuffix('.docx')}.{ending}"
    return Response(
        content,
        media_type=_TYPES[ending],
        headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
    )


async def _as_pdf(content: bytes) -> bytes:
    global _waiting
    if _waiting >= _WAITING_MAX:
        raise Rejected("pdf.busy")
    _waiting += 1
    try:
        async with _converting:
            return await asyncio.to_thread(to_pdf, content)
    finally:
        _waiting -= 1


@router.get("/van-ban/chi-thi/{district}/{campaign_id}.{ending}")
async def directive(request: Request, account: Signed, district: str, campaign_id: str, ending: Ending) -> Response:
    """Give the directive that launches a campaign."""
    check_district(district)
    question = ShowDirective(district=district, campaign_id=campaign_id)
    return await as_file((await ask(request, question, Paper)).view, ending)


@router.get("/van-ban/giao-uoc/{district}/{year}/{group_id}.{ending}")
async def pledge(
    request: Request, account: Signed, district: str, year: int, group_id: str, ending: Ending
) -> Response:
    """Give the pledge of a group."""
    check_district(district)
    question = ShowPledgePaper(district=district, year=year, group_id=group_id)
    return await as_file((await ask(request, question, Paper)).view, ending)


@router.get("/van-ban/bao-cao/{district}/{year}/{period}/{reporter_id}.{ending}")
async def report(
    request: Request,
    account: Signed,
    district: str,
    year: int,
    period: ReportPeriod,
    reporter_id: str,
    ending: Ending,
) -> Response:
    """Give a periodic report."""
    check_district(district)
    question = ShowReportPaper(district=district, year=year, period=period, reporter_id=reporter_id)
    return await as_file((await ask(request, question, Paper)).view, ending)


@router.get("/van-ban/kiem-tra/{district}/{inspection_id}.{ending}")
async def inspection(request: Request, account: Signed, district: str, inspection_id: str, ending: Ending) -> Response:
    """Give the report on an inspection."""
    check_district(district)
    question = ShowInspectionPaper(district=district, inspection_id=inspection_id)
    return await as_file((await ask(request, question, Paper)).view, ending)


@router.api_route("/van-ban/don-doc/{district}/{plan_id}/{unit_id}", methods=["GET", "POST"])
async def urge(request: Request, account: Signed, district: str, plan_id: str, unit_id: str) -> Response:
    """Write the letter that urges a unit about its late tasks."""
    check_district(district)
    today = reach_of(request, account).today
    unit = (await directory(request, district, today.year)).unit(unit_id)
    endings = [("docx", "Word (.docx)"), ("pdf", "PDF")]

    async def write(request: Request, values: Values) -> Response:
        letter = WriteUrgingLetter(
            district=district,
            plan_id=plan_id,
            unit_id=unit_id,
            number=values["number"] or None,
            dated_on=values["dated_on"],
            finish_by=values["finish_by"],
            signer=Signer(name=values["signer"], post=values["post"], on_behalf_of=values["authority"] or None),
        )
        return await as_file((await ask(request, letter, Paper)).view, values["ending"])

    return await run_action(
        request,
        Action(
            title=f"Công văn đôn đốc {unit}",
            submit="Tải công văn",
            path=f"/van-ban/don-doc/{district}/{plan_id}/{unit_id}",
            back_href=f"/don-vi/{district}/{unit_id}?nam={plan_id}",
            text="Văn bản liệt kê các nhiệm vụ trễ hạn của đơn vị tính đến ngày ký. Hệ thống không lưu bản đã tải.",
            done="",
            inputs=(
                Input(
                    name="number",
                    label="Số, ký hiệu",
                    hint="Ví dụ 12/PNV; để trống nếu chưa lấy số.",
                    is_required=False,
                ),
                Input(name="dated_on", label="Ngày ký", kind="date", value=day_text(today)),
                Input(
                    name="finish_by",
                    label="Yêu cầu hoàn thành trước ngày",
                    kind="date",
                    value=day_text(today + timedelta(days=7)),
                ),
                Input(name="signer", label="Họ tên người ký"),
                Input(name="post", label="Chức vụ", value="Trưởng phòng"),
                Input(
                    name="authority",
                    label="Quyền hạn ký",
                    hint="Ví dụ KT. TRƯỞNG PHÒNG; để trống nếu người đứng đầu ký.",
                    is_required=False,
                ),
                Input(name="ending", label="Dạng tệp", kind="select", options=endings, value="docx"),
            ),
            fields={
                "plan.number_malformed": "number",
                "unit.nothing_late": "dated_on",
                "urging.date_out_of_range": "dated_on",
                "pdf.unavailable": "ending",
            },
            carry_out=write,
        ),
    )
