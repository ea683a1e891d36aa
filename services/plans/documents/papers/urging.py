"""The official letter that urges a late unit (vi: công văn đôn đốc; seed plan IV.2, IV.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.plans.documents.papers.form import (
    TEMPLATES,
    Closing,
    Letterhead,
    closing,
    day_text,
    in_a_sentence,
    letterhead,
)
from services.plans.views import PlanView, TaskView, WriteUrgingLetter
from shared.office.word.fields import about
from shared.office.word.templates import TemplateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LateTask:
    """A task whose part of the unit is late."""

    number: int = field(metadata=about("số của nhiệm vụ trong kế hoạch"))
    content: str = field(metadata=about("nội dung nhiệm vụ"))
    due_on: str = field(metadata=about("thời hạn, 25/06/2020"))
    days_late: int = field(metadata=about("số ngày làm việc trễ hạn"))
    progress: str = field(default="", metadata=about("tiến độ báo cáo gần nhất"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgingPaper:
    """What a template of the letter may name; it must name what has no default."""

    letterhead: Letterhead = field(metadata=about("phần đầu văn bản"))
    subject: str = field(metadata=about("trích yếu, sau chữ V/v"))
    unit: str = field(metadata=about("đơn vị nhận"))
    plan_title: str = field(default="", metadata=about("tên kế hoạch"))
    plan_number: str = field(default="", metadata=about("số, ký hiệu kế hoạch"))
    plan_issued_on: str = field(default="", metadata=about("ngày ban hành kế hoạch"))
    as_of: str = field(default="", metadata=about("ngày rà soát"))
    tasks: tuple[LateTask, ...] = field(metadata=about("các nhiệm vụ trễ hạn"))
    finish_by: str = field(metadata=about("thời hạn mới"))
    closing: Closing = field(metadata=about("nơi nhận, chữ ký"))


URGING_TEMPLATE = TemplateKind(
    name="cong-van-don-doc",
    title="Công văn đôn đốc nhiệm vụ trễ hạn",
    fields=UrgingPaper,
    default=TEMPLATES / "cong-van-don-doc.docx",
)


def urging_paper(
    letter: WriteUrgingLetter, plan: PlanView, unit_name: str, tasks: Sequence[TaskView], days_late: Mapping[date, int]
) -> UrgingPaper:
    """Return the letter about the unit's late tasks. Raises Rejected `document.field_missing`."""
    return UrgingPaper(
        letterhead=letterhead(
            issuer="Phòng Nội vụ",
            superior=plan.text.issuer,
            number=letter.number,
            symbol="PNV",
            place=plan.text.place,
            day=letter.dated_on,
            year=letter.dated_on.year,
        ),
        subject=f"đôn đốc thực hiện Kế hoạch thi đua, khen thưởng năm {plan.year}",
        unit=unit_name,
        plan_title=in_a_sentence(plan.text.title),
        plan_number=plan.number or "",
        plan_issued_on=day_text(plan.issued_on),
        as_of=day_text(letter.dated_on),
        tasks=tuple(
            LateTask(
                number=task.number,
                content=task.content,
                due_on=day_text(task.due_on),
                days_late=days_late[task.due_on],
                progress=next(
                    (
                        f"{part.percent}%. {part.report}".strip(" .")
                        for part in task.parts
                        if part.unit_id == letter.unit_id
                    ),
                    "",
                ),
            )
            for task in tasks
        ),
        finish_by=day_text(letter.finish_by),
        closing=closing(letter.signer, ("Như trên", "UBND quận (để báo cáo)", "Lưu: VT, NV")),
    )
