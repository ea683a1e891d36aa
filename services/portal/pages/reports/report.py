"""One report: what it says beside what the log says, and what is done with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.plans.commands import (
    AcceptReport,
    OpenReport,
    RefreshReportFigures,
    ReturnReport,
    SaveReport,
    SubmitReport,
)
from services.plans.events import ReportLevel, ReportState, ReportText, Signer
from services.plans.rules import may_appraise, may_write
from services.plans.views import ReportDetail, ReportHistory, ShowReport
from services.portal.backend import ask, backend, now
from services.portal.labels import event_words, word
from services.portal.numbers import Year
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import Reach, Signed, check_district, place, reach_of
from services.portal.pages.reports.duty import why_due
from services.portal.pages.reports.lists import ROOT, period_name, period_of, period_path
from services.portal.shell import page
from shared.errors import Rejected
from shared.types import CITY

router = APIRouter(include_in_schema=False)

SECTIONS = (
    ("leadership", "I. Công tác lãnh đạo, chỉ đạo; tổ chức phong trào thi đua"),
    ("results", "II. Kết quả thực hiện"),
    ("limits", "III. Hạn chế và nguyên nhân"),
    ("directions", "IV. Phương hướng, nhiệm vụ; kiến nghị"),
)
_WRITABLE = (ReportState.DRAFT, ReportState.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """One report with who looks at it: what its page and its actions are made of."""

    request: Request
    reach: Reach
    detail: ReportDetail

    @property
    def key(self) -> dict[str, Any]:
        """Return what every command about the report names."""
        report = self.detail.line.report
        return {
            "district": report.district,
            "year": report.year,
            "period": report.period,
            "reporter_id": report.reporter_id,
            "at": now(self.request),
        }

    @property
    def path(self) -> str:
        """Return the address of the report."""
        report = self.detail.line.report
        return f"{period_path(report.district, report.year, report.period)}/{report.reporter_id}"

    @property
    def title(self) -> str:
        """Return what the report is called."""
        report = self.detail.line.report
        return f"Báo cáo {period_name(report.year, report.period)}: {report.name}"

    def rights(self) -> dict[str, bool]:
        """Return what the person may do with the report as it is now."""
        report = self.detail.line.report
        actor, today, district = self.reach.account.actor, self.reach.today, report.district
        writes = may_write(actor, report.level, self.detail.speaker_id, on=today, district=district)
        takes = may_appraise(actor, report.level, self.detail.head_district, on=today, district=district)
        is_open = not report.is_excused
        return {
            "open": writes
            and is_open
            and report.state is ReportState.AWAITED
            and self.detail.duty.first_on <= self.detail.today,
            "write": writes and is_open and report.state in _WRITABLE,
            "take": takes and is_open and report.state is ReportState.SUBMITTED,
        }


async def _shown(
    request: Request, account: Signed, district: str, year: int, period: str, reporter_id: str
) -> tuple[ReportPage, Any]:
    if check_district(district) == CITY:
        raise Rejected("page.not_found")
    question = ShowReport(district=district, year=year, period=period_of(period), reporter_id=reporter_id)
    answer = await ask(request, question, ReportDetail)
    return ReportPage(request=request, reach=reach_of(request, account), detail=answer.view), answer.fresh


@router.get(ROOT + "/{district}/{year}/{period}/{reporter_id}")
async def show_report(
    request: Request, account: Signed, district: str, year: Year, period: str, reporter_id: str
) -> Response:
    """Show one report with its history."""
    shown, fresh = await _shown(request, account, district, year, period, reporter_id)
    detail = shown.detail
    report = detail.line.report
    addressee = "Phòng Nội vụ"
    if report.level is ReportLevel.DISTRICT:
        head = place(detail.head_district) if detail.head_district not in (None, district) else ""
        addressee = f"{head}, cụm trưởng Cụm thi đua; Ban TĐKT thành phố" if head else "Ban TĐKT thành phố"
    return await page(
        request,
        "reports/report.html",
        fresh=fresh,
        detail=detail,
        report=report,
        title=shown.title,
        place="" if report.level is ReportLevel.DISTRICT else place(district),  # which its name is already
        reads_district=district in shown.reach.districts,
        addressee=addressee,
        path=shown.path,
        period_path=period_path(district, report.year, report.period),
        period_title=period_name(report.year, report.period),
        why_due=why_due(detail.due),
        rights=shown.rights(),
        sections=[(label, getattr(detail.content.text, name)) for name, label in SECTIONS] if detail.content else [],
        timeline_entries=[await _entry(request, one) for one in detail.history],
    )


async def _entry(request: Request, one: ReportHistory) -> dict[str, object]:
    return {
        "at": one.at,
        "who": await backend(request).name_of(one.by),
        "text": event_words(one.type),
        "note": one.text.replace("\n", "; "),
    }


@router.api_route(ROOT + "/{district}/{year}/{period}/{reporter_id}/{verb}", methods=["GET", "POST"])
async def act_on_report(
    request: Request, account: Signed, district: str, year: Year, period: str, reporter_id: str, verb: str
) -> Response:
    """Do one thing with the report."""
    if verb not in _ACTIONS:
        raise Rejected("page.not_found")
    shown, _ = await _shown(request, account, district, year, period, reporter_id)
    return await run_action(request, await _ACTIONS[verb](shown))


def _facts(shown: ReportPage) -> list[tuple[str, object] | tuple[str, object, str]]:
    detail = shown.detail
    report = detail.line.report
    return [
        ("Báo cáo", f"{word('report_level', report.level)}: {report.name}"),
        ("Kỳ", period_name(report.year, report.period)),
        ("Hạn", why_due(detail.due)),
    ]


async def _open(shown: ReportPage) -> Action:
    return Action(
        title="Lập báo cáo",
        submit="Lập báo cáo",
        path=f"{shown.path}/lap",
        back_href=shown.path,
        onward=f"{shown.path}/soan",
        facts=_facts(shown),
        text="Số liệu được lấy sẵn từ hệ thống; sau đó soạn phần lời.",
        build=lambda _: OpenReport(**shown.key),
        done="Đã lập báo cáo với số liệu hiện có.",
    )


async def _refresh(shown: ReportPage) -> Action:
    return Action(
        title="Lấy lại số liệu",
        submit="Lấy lại số liệu",
        path=f"{shown.path}/so-lieu",
        back_href=f"{shown.path}/soan",
        facts=_facts(shown),
        text="Số liệu trong báo cáo được thay bằng số liệu hiện có của hệ thống; phần lời giữ nguyên.",
        build=lambda _: RefreshReportFigures(**shown.key),
        done="Đã lấy lại số liệu.",
    )


async def _write(shown: ReportPage) -> Action:
    content = shown.detail.content
    text = content.text if content else ReportText()
    return Action(
        title=f"Soạn {shown.title[0].lower()}{shown.title[1:]}",
        submit="Lưu",
        path=f"{shown.path}/soan",
        back_href=shown.path,
        inputs=tuple(
            Input(
                name=name,
                label=label,
                kind="textarea",
                value=getattr(text, name),
                is_required=False,
                rows=9,
                hint="Lưu được từng phần; có đủ bốn phần mới nộp được.",
            )
            for name, label in SECTIONS
        ),
        build=lambda values: SaveReport(
            **shown.key, text=ReportText(**{name: values[name] or "" for name, _ in SECTIONS})
        ),
        done="Đã lưu báo cáo.",
        expected_seq=shown.detail.line.report.seq,
        template="reports/form.html",
        beside={
            "figures": content.figures if content else None,
            "is_outdated": shown.detail.is_outdated,
            "reasons": content.reasons if content and shown.detail.line.report.state is ReportState.RETURNED else (),
            "refresh_href": f"{shown.path}/so-lieu",
            "district": shown.detail.line.report.district,
            "period_path": shown.path.rpartition("/")[0],
        },
    )


async def _submit(shown: ReportPage) -> Action:
    detail = shown.detail
    report, signer = detail.line.report, detail.content.signer if detail.content else None

    def build(values: Values) -> SubmitReport:
        return SubmitReport(
            **shown.key,
            number=values["number"],
            reported_on=values["reported_on"],
            signer=Signer(
                name=values["signer_name"],
                post=values["signer_post"],
                on_behalf_of=values["signer_on_behalf_of"] or None,
            ),
        )

    return Action(
        title="Nộp báo cáo",
        submit="Nộp báo cáo",
        path=f"{shown.path}/nop",
        back_href=shown.path,
        facts=_facts(shown),
        text="Số liệu đã thay đổi sau khi lấy; nếu cần, hãy lấy lại trước khi nộp." if detail.is_outdated else "",
        inputs=(
            Input(name="number", label="Số, ký hiệu", value=report.number or "", hint="Ví dụ: 12/BC-UBND"),
            Input(
                name="reported_on",
                label="Ngày báo cáo",
                kind="date",
                value=report.reported_on or shown.reach.today,
            ),
            Input(name="signer_name", label="Người ký", value=signer.name if signer else ""),
            Input(name="signer_post", label="Chức vụ", value=signer.post if signer else "", hint="Ví dụ: Chủ tịch"),
            Input(
                name="signer_on_behalf_of",
                label="Thẩm quyền ký",
                is_required=False,
                value=(signer.on_behalf_of or "") if signer else "",
                hint="Ví dụ: TM. Ủy ban nhân dân",
            ),
        ),
        confirm="Báo cáo đã nộp không sửa được nữa, trừ khi bị trả lại. Số liệu và nội dung giữ nguyên như lúc nộp.",
        build=build,
        done="Đã nộp báo cáo.",
        expected_seq=report.seq,
        fields={
            "report.number_malformed": "number",
            "report.date_out_of_range": "reported_on",
            "text.too_long": "signer_name",
        },
    )


async def _return(shown: ReportPage) -> Action:
    return Action(
        title="Trả lại báo cáo",
        submit="Trả lại",
        path=f"{shown.path}/tra-lai",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(Input(name="reasons", label="Lý do trả lại", kind="textarea", hint="Mỗi dòng một lý do."),),
        build=lambda values: ReturnReport(
            **shown.key, reasons=tuple(filter(None, map(str.strip, values["reasons"].splitlines())))
        ),
        done="Đã trả lại báo cáo.",
        expected_seq=shown.detail.line.report.seq,
        fields={
            "report.reason_missing": "reasons",
            "report.too_many_reasons": "reasons",
            "text.too_long": "reasons",
        },
    )


async def _accept(shown: ReportPage) -> Action:
    return Action(
        title="Tiếp nhận báo cáo",
        submit="Tiếp nhận",
        path=f"{shown.path}/tiep-nhan",
        back_href=shown.path,
        facts=_facts(shown),
        confirm="Báo cáo đã tiếp nhận được tính vào báo cáo tổng hợp và không trả lại được nữa.",
        build=lambda _: AcceptReport(**shown.key),
        done="Đã tiếp nhận báo cáo.",
        expected_seq=shown.detail.line.report.seq,
    )


_ACTIONS: dict[str, Callable[[ReportPage], Awaitable[Action]]] = {
    "lap": _open,
    "so-lieu": _refresh,
    "soan": _write,
    "nop": _submit,
    "tra-lai": _return,
    "tiep-nhan": _accept,
}
