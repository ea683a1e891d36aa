"""The periodic report (vi: báo cáo định kỳ, sơ kết, tổng kết; seed plan, tasks 4, 6, 9, 10 and part IV.1)."""

from dataclasses import dataclass, field

from services.plans.documents.papers.form import (
    TEMPLATES,
    Closing,
    Letterhead,
    closing,
    day_text,
    letterhead,
    lines_of,
)
from services.plans.events import ReportedState, ReportPeriod, TaskCounts
from services.plans.views import ReportDetail
from shared.errors import Rejected
from shared.office.word.fields import about
from shared.office.word.templates import TemplateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigure:
    """A figure of the report, as it stood when the report was sent."""

    name: str = field(metadata=about("tên số liệu"))
    value: str = field(metadata=about("giá trị"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTask:
    """A task in the annex of the report."""

    number: int = field(metadata=about("số của nhiệm vụ trong kế hoạch"))
    content: str = field(metadata=about("nội dung nhiệm vụ"))
    due_on: str = field(metadata=about("thời hạn"))
    state: str = field(metadata=about("kết quả"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPaper:
    """What a template of a report may name; it must name what has no default."""

    letterhead: Letterhead = field(metadata=about("phần đầu văn bản"))
    title: str = field(metadata=about("trích yếu nội dung"))
    addressee: str = field(default="", metadata=about("nơi nhận báo cáo"))
    period: str = field(default="", metadata=about("kỳ báo cáo"))
    leadership: tuple[str, ...] = field(metadata=about("I. Công tác lãnh đạo, chỉ đạo, phong trào thi đua"))
    results: tuple[str, ...] = field(metadata=about("II. Kết quả"))
    figures: tuple[ReportFigure, ...] = field(metadata=about("số liệu kèm mục II"))
    limits: tuple[str, ...] = field(metadata=about("III. Hạn chế, nguyên nhân"))
    directions: tuple[str, ...] = field(metadata=about("IV. Phương hướng, đề xuất, kiến nghị"))
    tasks: tuple[ReportTask, ...] = field(default=(), metadata=about("phụ lục: nhiệm vụ trong kỳ"))
    closing: Closing = field(metadata=about("nơi nhận, chữ ký"))


REPORT_TEMPLATE = TemplateKind(
    name="bao-cao", title="Báo cáo sơ kết, tổng kết, định kỳ", fields=ReportPaper, default=TEMPLATES / "bao-cao.docx"
)


_PERIODS = {
    ReportPeriod.QUARTER_1: "quý I",
    ReportPeriod.QUARTER_2: "quý II",
    ReportPeriod.HALF: "6 tháng đầu",
    ReportPeriod.QUARTER_3: "quý III",
    ReportPeriod.NINE_MONTHS: "9 tháng",
    ReportPeriod.QUARTER_4: "quý IV",
    ReportPeriod.YEAR: "năm",
}
_REVIEWS = {ReportPeriod.HALF: "Sơ kết", ReportPeriod.YEAR: "Tổng kết"}
_STATES = {ReportedState.DONE: "Hoàn thành", ReportedState.OPEN: "Đang thực hiện", ReportedState.OVERDUE: "Trễ hạn"}


def report_paper(detail: ReportDetail, *, issuer: str, superior: str, place: str, addressee: str) -> ReportPaper:
    """Return the report as it stands. Raises Rejected `document.field_missing` where nothing is written or signed."""
    report, content = detail.line.report, detail.content
    if content is None:
        raise Rejected("document.field_missing", fields="nội dung báo cáo")
    period = f"{_PERIODS[report.period]} {'' if report.period is ReportPeriod.YEAR else 'năm '}{report.year}"
    return ReportPaper(
        letterhead=letterhead(
            superior=superior,
            issuer=issuer,
            number=report.number,
            symbol="BC",
            place=place,
            day=report.reported_on,
            year=report.year,
        ),
        title=f"{_REVIEWS.get(report.period, 'Kết quả')} công tác thi đua, khen thưởng {period}",
        addressee=addressee,
        period=period,
        leadership=lines_of(content.text.leadership),
        results=lines_of(content.text.results),
        figures=(
            *_counts("Nhiệm vụ của đơn vị", content.figures.counts),
            *(
                _counts("Nhiệm vụ của các đơn vị thành viên", content.figures.member_counts)
                if content.figures.members
                else ()
            ),
        ),
        limits=lines_of(content.text.limits),
        directions=lines_of(content.text.directions),
        tasks=tuple(
            ReportTask(
                number=task.number, content=task.content, due_on=day_text(task.due_on), state=_STATES[task.state]
            )
            for task in content.figures.tasks
        ),
        closing=closing(content.signer, ("Như trên", "Lưu: VT"), issuer=issuer),
    )


def _counts(name: str, counts: TaskCounts) -> tuple[ReportFigure, ...]:
    return (
        ReportFigure(name=f"{name}: hoàn thành", value=str(counts.done)),
        ReportFigure(name=f"{name}: đang thực hiện", value=str(counts.open)),
        ReportFigure(name=f"{name}: trễ hạn", value=str(counts.overdue)),
    )
