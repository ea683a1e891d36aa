"""Write a plan as its document (vi: văn bản kế hoạch): what its template may name, from the plan as it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from services.plans.documents.papers.form import in_a_sentence
from services.plans.documents.timing import quarter_name
from services.plans.events import DraftTask, NamedUnit
from services.plans.rules import rows_in_force
from services.plans.views import PlanVersionView, PlanView
from shared.errors import Rejected
from shared.office.word.fields import about
from shared.office.word.formalities import body_lines, number_line, place_and_date, signature_lines
from shared.office.word.templates import TemplateKind

_SYMBOL = "KH-UBND"  # of a plan that has no number yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerals:
    """The Roman numbers of the sections that this plan has; "" for those that it has not."""

    purposes: str = field(default="", metadata=about("số mục Mục đích, yêu cầu"))
    tasks: str = field(default="", metadata=about("số mục Nội dung"))
    solutions: str = field(default="", metadata=about("số mục Giải pháp"))
    organisation: str = field(default="", metadata=about("số mục Tổ chức thực hiện"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A row of the table of tasks."""

    number: int = field(metadata=about("số thứ tự"))
    content: str = field(metadata=about("nội dung"))
    leads: tuple[str, ...] = field(metadata=about("các đơn vị chủ trì (thực hiện)"))
    coordinators: tuple[str, ...] = field(default=(), metadata=about("các đơn vị phối hợp"))
    due_on: str = field(default="", metadata=about("thời hạn, 25/06/2020 hoặc Tháng 6; trống nếu văn bản chỉ nêu quý"))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterLines:
    """The rows of one quarter, under its name."""

    title: str = field(metadata=about("tên quý, QUÝ I"))
    tasks: tuple[TaskLine, ...] = field(metadata=about("các nhiệm vụ trong quý"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPaper:
    """What a template of a plan may name; it must name what has no default."""

    superior_lines: tuple[str, ...] = field(default=(), metadata=about("cơ quan chủ quản, từng dòng"))
    issuer_lines: tuple[str, ...] = field(metadata=about("cơ quan ban hành, từng dòng chữ hoa"))
    number_line: str = field(metadata=about("số, ký hiệu: Số: 30/KH-UBND"))
    place_and_date: str = field(metadata=about("địa danh và thời gian ban hành"))
    title: str = field(metadata=about("trích yếu nội dung"))
    subject: str = field(default="", metadata=about("trích yếu viết trong câu (chữ thường đầu câu)"))
    issuer: str = field(default="", metadata=about("tên cơ quan ban hành viết trong câu"))
    year: int = field(default=0, metadata=about("năm kế hoạch"))
    bases: tuple[str, ...] = field(default=(), metadata=about("các căn cứ, không có chữ “Căn cứ”"))
    purposes: tuple[str, ...] = field(default=(), metadata=about("các đoạn của mục đích"))
    requirements: tuple[str, ...] = field(default=(), metadata=about("các đoạn của yêu cầu"))
    quarters: tuple[QuarterLines, ...] = field(metadata=about("các quý, mỗi quý có nhiệm vụ"))
    is_wide: bool = field(default=False, metadata=about("có đơn vị phối hợp hoặc thời hạn theo ngày"))
    solutions: tuple[str, ...] = field(default=(), metadata=about("các đoạn của giải pháp, đã đánh số"))
    organisation: tuple[str, ...] = field(default=(), metadata=about("các đoạn của tổ chức thực hiện, đã đánh số"))
    numerals: Numerals = field(default=Numerals(), metadata=about("số La Mã của các mục có trong kế hoạch"))
    recipients: tuple[str, ...] = field(metadata=about("nơi nhận"))
    signature_lines: tuple[str, ...] = field(metadata=about("quyền hạn, chức vụ người ký, từng dòng"))
    signer_name: str = field(metadata=about("họ tên người ký"))


PLAN_TEMPLATE = TemplateKind(
    name="ke-hoach",
    title="Kế hoạch công tác thi đua, khen thưởng năm",
    fields=PlanPaper,
    default=Path(__file__).parent / "templates" / "ke-hoach.docx",
)


def plan_paper(plan: PlanView, versions: Sequence[PlanVersionView] = ()) -> PlanPaper:
    """Return the plan as its template names it; a draft has room for number and date.

    `versions` are those in force up to the one that is written, oldest first; none of a draft. An amended plan is
    written in full, as it is from then on, under the number and the day of the amendment. Its title says what it
    amends, and its bases name each paper before it (NĐ 30/2020/NĐ-CP, Phụ lục I).

    Raises Rejected `document.field_missing` with the names of what an official paper cannot do without.
    """
    text, signer = plan.text, plan.text.signer
    rows, title = plan.draft, text.title
    if len(versions) > 1:
        # What was added, or moved to another quarter, stands in its quarter.
        rows = tuple(sorted(rows_in_force(plan.draft, versions), key=lambda row: (row.quarter, row.number)))
        title = f"Điều chỉnh, bổ sung {_cited(plan, versions[0])}"
    missing = [
        name
        for name, value in (
            ("địa danh", text.place),
            ("nhiệm vụ", rows),
            ("nơi nhận", text.recipients),
            ("người ký", signer and signer.name),
            ("chức vụ người ký", signer and signer.post),
        )
        if not value
    ]
    if missing or signer is None or text.place is None:
        raise Rejected("document.field_missing", fields=", ".join(missing))
    return PlanPaper(
        issuer_lines=body_lines(text.issuer),
        number_line=number_line(versions[-1].number if versions else None, _symbol(plan.number)),
        place_and_date=place_and_date(text.place, versions[-1].issued_on if versions else None, plan.year),
        title=title,
        subject=in_a_sentence(title),
        issuer=text.issuer,
        year=plan.year,
        bases=(*text.bases, *(_cited(plan, one) for one in versions[:-1])),
        purposes=_under_a_heading(text.purposes, 1),
        requirements=_under_a_heading(text.requirements, 2),
        quarters=tuple(_quarters(rows)),
        is_wide=any(task.coordinators or task.due_on or task.due_month for task in rows),
        solutions=_numbered(text.solutions),
        organisation=_numbered(text.organisation),
        numerals=_numerals(plan),
        recipients=text.recipients,
        signature_lines=signature_lines(signer.on_behalf_of, signer.post),
        signer_name=signer.name,
    )


def _cited(plan: PlanView, version: PlanVersionView) -> str:
    """Return the version as other papers cite it."""
    subject = in_a_sentence(plan.text.title)
    about_it = subject if subject.startswith("về ") else f"về {subject}"
    said = about_it if version.version == 1 else f"điều chỉnh, bổ sung Kế hoạch {about_it}"
    return f"Kế hoạch số {version.number} ngày {version.issued_on:%d/%m/%Y} của {plan.text.issuer} {said}"


def file_name(plan: PlanView, versions: Sequence[PlanVersionView] = ()) -> str:
    """Return the name of the file of the last version, without its ending: `ke-hoach-30-kh-ubnd-2020-cai-rang`."""
    number = versions[-1].number.lower().replace("/", "-").replace("đ", "d") if versions else "du-thao"
    safe = "".join(letter for letter in number if letter.isascii() and (letter.isalnum() or letter == "-"))
    return f"ke-hoach-{safe}-{plan.year}-{plan.district}"


def _symbol(number: str | None) -> str:
    return number.partition("/")[2] if number and "/" in number else _SYMBOL


def _numerals(plan: PlanView) -> Numerals:
    text = plan.text
    sections = {
        "purposes": bool(text.purposes or text.requirements),
        "tasks": True,
        "solutions": bool(text.solutions),
        "organisation": bool(text.organisation),
    }
    present = [name for name, is_there in sections.items() if is_there]
    return Numerals(**dict(zip(present, ("I", "II", "III", "IV"), strict=False)))


def _quarters(tasks: Sequence[DraftTask]) -> Iterable[QuarterLines]:
    for quarter, group in groupby(tasks, key=lambda task: task.quarter):
        yield QuarterLines(title=quarter_name(quarter).upper(), tasks=tuple(_task_line(task) for task in group))


def _task_line(task: DraftTask) -> TaskLine:
    return TaskLine(
        number=task.number,
        content=task.content,
        leads=_names(task.leads),
        coordinators=_names(task.coordinators),
        due_on=f"{task.due_on:%d/%m/%Y}" if task.due_on else f"Tháng {task.due_month}" if task.due_month else "",
    )


def _names(units: Iterable[NamedUnit]) -> tuple[str, ...]:
    return tuple(unit.name for unit in units)


def _numbered(items: Sequence[str]) -> tuple[str, ...]:
    """Return the paragraphs of numbered points; what follows a line end in a point is a paragraph below it."""
    lines = (f"{number}. {item}".split("\n") for number, item in enumerate(items, start=1))
    return tuple(line for item in lines for line in item)


def _under_a_heading(items: Sequence[str], heading: int) -> tuple[str, ...]:
    if any("\n" in item for item in items):
        lines = (f"{heading}.{number}. {item}".split("\n") for number, item in enumerate(items, start=1))
        return tuple(line for item in lines for line in item)
    return tuple(f"- {item}" for item in items)
