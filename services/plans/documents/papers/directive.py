"""The directive that launches a movement or campaign (vi: chỉ thị phát động; seed plan, tasks 1 and 7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.plans.documents.papers.form import (
    TEMPLATES,
    Closing,
    Letterhead,
    closing,
    day_text,
    in_a_sentence,
    letterhead,
    numbered,
)
from services.plans.events import Signer
from services.plans.views import CampaignView
from shared.office.word.fields import about
from shared.office.word.templates import TemplateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectivePaper:
    """What a template of a directive may name; it must name what has no default."""

    letterhead: Letterhead = field(metadata=about("phần đầu văn bản"))
    title: str = field(metadata=about("trích yếu nội dung"))
    issuer: str = field(default="", metadata=about("tên cơ quan ban hành viết trong câu"))
    campaign: str = field(metadata=about("tên phong trào, đợt thi đua"))
    occasions: tuple[str, ...] = field(default=(), metadata=about("các ngày lễ, sự kiện chào mừng"))
    starts_on: str = field(default="", metadata=about("ngày bắt đầu"))
    ends_on: str = field(default="", metadata=about("ngày kết thúc"))
    join_by: str = field(default="", metadata=about("hạn đăng ký tham gia"))
    themes: tuple[str, ...] = field(metadata=about("nội dung thi đua, đã đánh số"))
    units: tuple[str, ...] = field(default=(), metadata=about("các đơn vị tham gia"))
    closing: Closing = field(metadata=about("nơi nhận, chữ ký"))


# Titles that say themselves what is launched.
_LAUNCHED = ("phong trào", "đợt", "cuộc vận động", "thi đua", "tháng thi đua")

DIRECTIVE_TEMPLATE = TemplateKind(
    name="chi-thi",
    title="Chỉ thị phát động phong trào, đợt thi đua",
    fields=DirectivePaper,
    default=TEMPLATES / "chi-thi.docx",
)


def directive_paper(
    campaign: CampaignView, units: Sequence[str], *, issuer: str, place: str, signer: Signer | None
) -> DirectivePaper:
    """Return the directive to the units, by name; `signer` signs where the campaign names nobody.

    Raises Rejected `document.field_missing`.
    """
    outline = campaign.outline
    return DirectivePaper(
        letterhead=letterhead(
            issuer=issuer,
            number=campaign.number or None,
            symbol="CT-UBND",
            place=place,
            day=campaign.launched_on,
            year=campaign.year,
        ),
        title=f"Về việc phát động {_called(outline.title)}",
        issuer=issuer,
        campaign=_called(outline.title),
        occasions=outline.occasions,
        starts_on=day_text(outline.starts_on),
        ends_on=day_text(outline.ends_on),
        join_by=day_text(outline.join_by),
        themes=numbered(outline.themes),
        units=tuple(units),
        closing=closing(
            campaign.signer or signer,
            ("Các cơ quan, đơn vị thuộc quận", "UBND các phường", "Lưu: VT, NV"),
            issuer=issuer,
        ),
    )


def _called(title: str) -> str:
    """Return a campaign as it is called within a sentence: "Kỷ niệm 45 năm …" is "đợt thi đua kỷ niệm 45 năm …"."""
    name = in_a_sentence(title)
    return name if name.startswith(_LAUNCHED) else f"đợt thi đua {name}"
