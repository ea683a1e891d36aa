"""The pledge that the members of a cluster or block sign (vi: giao ước thi đua; seed plan, task 4)."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.plans.documents.papers.form import TEMPLATES, Letterhead, day_text, letterhead, numbered
from services.plans.events import TargetDirection
from services.plans.views import PledgeView
from shared.office.word.fields import about
from shared.office.word.templates import TemplateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeTarget:
    """A target that all members pledge."""

    number: int = field(metadata=about("số thứ tự"))
    name: str = field(metadata=about("tên chỉ tiêu"))
    value: str = field(metadata=about("mức giao ước, kèm dấu ≥ hoặc ≤"))
    measure: str = field(default="", metadata=about("đơn vị tính"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSignature:
    """A member's place to sign; its day where it has signed."""

    unit: str = field(metadata=about("đơn vị thành viên"))
    signer: str = field(default="", metadata=about("người đứng đầu đã ký"))
    signed_on: str = field(default="", metadata=about("ngày ký"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgePaper:
    """What a template of a pledge may name; it must name what has no default."""

    letterhead: Letterhead = field(metadata=about("phần đầu văn bản"))
    group: str = field(metadata=about("tên cụm, khối thi đua"))
    year: int = field(default=0, metadata=about("năm"))
    title: str = field(metadata=about("trích yếu nội dung"))
    contents: tuple[str, ...] = field(metadata=about("nội dung giao ước, đã đánh số"))
    targets: tuple[PledgeTarget, ...] = field(metadata=about("các chỉ tiêu"))
    signatures: tuple[PledgeSignature, ...] = field(metadata=about("chữ ký của các đơn vị thành viên"))
    witness: str = field(default="", metadata=about("họ tên người chứng kiến của cấp trên"))
    witness_post: str = field(default="", metadata=about("chức vụ người chứng kiến"))


PLEDGE_TEMPLATE = TemplateKind(
    name="giao-uoc", title="Giao ước thi đua", fields=PledgePaper, default=TEMPLATES / "giao-uoc.docx"
)


def pledge_paper(pledge: PledgeView, *, issuer: str, place: str) -> PledgePaper:
    """Return the pledge with a line for each member, empty where it has not signed yet."""
    signed = {one.unit_id: one for one in pledge.signatures}
    return PledgePaper(
        letterhead=letterhead(
            superior=issuer,
            issuer=pledge.group_name,
            number=None,
            symbol="GƯ",
            place=place,
            day=pledge.concluded_on,
            year=pledge.year,
        ),
        group=pledge.group_name,
        year=pledge.year,
        title=f"{pledge.group_name} năm {pledge.year}",
        contents=numbered(pledge.contents),
        targets=tuple(
            PledgeTarget(
                number=target.number,
                name=target.name,
                value=f"{'≥' if target.direction is TargetDirection.AT_LEAST else '≤'} {_decimal(target.value)}",
                measure=target.measure,
            )
            for target in pledge.targets
        ),
        signatures=tuple(
            PledgeSignature(
                unit=unit.name,
                signer=f"{one.signer.name}, {one.signer.post}" if (one := signed.get(unit.unit_id)) else "",
                signed_on=day_text(one.signed_on) if one else "",
            )
            for unit in pledge.members
        ),
        witness=pledge.witness.name if pledge.witness else "",
        witness_post=pledge.witness.post if pledge.witness else "",
    )


def _decimal(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")
