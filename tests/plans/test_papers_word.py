"""The papers of a year in the form of NĐ 30/2020/NĐ-CP, Phụ lục I, from their templates."""

import io
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from services.plans.documents import (
    DIRECTIVE_TEMPLATE,
    INSPECTION_TEMPLATE,
    PLEDGE_TEMPLATE,
    TEMPLATE_KINDS,
    URGING_TEMPLATE,
    directive_paper,
    inspection_paper,
    pledge_paper,
    urging_paper,
)
from services.plans.documents.papers import UrgingPaper
from services.plans.events import (
    CampaignKind,
    CampaignOutline,
    DueRule,
    InspectionSubject,
    NamedUnit,
    PledgeTarget,
    Signer,
    TargetDirection,
    TeamMember,
    UnitRole,
)
from services.plans.views import (
    ActivityStatus,
    CampaignView,
    InspectionDetail,
    InspectionUnitView,
    InspectionView,
    PartView,
    PledgeStatus,
    PledgeView,
    SignatureView,
    TaskState,
    TaskView,
    WriteUrgingLetter,
)
from shared.errors import Rejected
from shared.office.word import TemplateKind, check_template, fill, find_template, install_template
from shared.office.word.fields import sample_of
from tests.plans.test_documents import SEED
from tests.plans.test_documents_word import closing, letterhead, looks, millimetres, paragraphs_of, view_of

ISSUER = "Ủy ban nhân dân quận Cái Răng"
CHAIR = Signer(name="Lê Thanh Tâm", post="Chủ tịch", on_behalf_of="TM. ỦY BAN NHÂN DÂN")
NOWHERE = Path("/nonexistent")


def written(kind: TemplateKind, paper: object) -> Document:
    return docx.Document(io.BytesIO(fill(find_template(kind, NOWHERE), paper)))


def texts(document: Document) -> str:
    return "\n".join(paragraph.text for paragraph in paragraphs_of(document))


@pytest.mark.parametrize("kind", TEMPLATE_KINDS, ids=lambda kind: kind.name)
def test_every_paper_has_the_form_of_the_decree(kind: TemplateKind) -> None:
    check_template(kind, kind.default.read_bytes())
    document = written(kind, sample_of(kind.fields, 2))
    (section,) = document.sections
    assert (millimetres(section.page_width), millimetres(section.page_height)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [millimetres(one) for one in margins] == [20, 20, 30, 20]
    assert section.different_first_page_header_footer
    for paragraph in paragraphs_of(document):
        assert paragraph.style.font.name == "Times New Roman", paragraph.text
        assert str(paragraph.style.font.color.rgb) == "000000"
    head = letterhead(document)
    nation, motto, _ = head.rows[0].cells[1].paragraphs
    assert (nation.text, looks(nation)) == ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", ("Times New Roman", 13, True, False))
    assert (motto.text, looks(motto)) == ("Độc lập - Tự do - Hạnh phúc", ("Times New Roman", 14, True, False))
    number, day = (cell.paragraphs[0] for cell in head.rows[1].cells)
    assert (looks(number), looks(day)) == (("Times New Roman", 13, False, False), ("Times New Roman", 14, False, True))
    for table in document.tables[1:]:
        assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)


@pytest.mark.parametrize(
    "kind", [one for one in TEMPLATE_KINDS if one is not PLEDGE_TEMPLATE], ids=lambda kind: kind.name
)
def test_every_official_paper_ends_with_its_recipients_and_the_signature(kind: TemplateKind) -> None:
    document = written(kind, sample_of(kind.fields, 2))
    ends = [table for table in document.tables if table.rows[0].cells[0].paragraphs[0].text == "Nơi nhận:"]
    assert len(ends) == 1
    heading, *recipients = ends[0].rows[0].cells[0].paragraphs
    assert looks(heading) == ("Times New Roman", 12, True, True)
    assert {looks(one) for one in recipients} == {("Times New Roman", 11, False, False)}
    *authority, signer = ends[0].rows[0].cells[1].paragraphs
    assert {looks(one) for one in authority} == {looks(signer)} == {("Times New Roman", 14, True, False)}


@pytest.mark.parametrize("kind", TEMPLATE_KINDS, ids=lambda kind: kind.name)
def test_a_template_with_a_field_that_there_is_not_is_refused_naming_the_field(
    kind: TemplateKind, tmp_path: Path
) -> None:
    document = docx.Document(io.BytesIO(kind.default.read_bytes()))
    document.add_paragraph("{{ so_lieu }}")
    broken = io.BytesIO()
    document.save(broken)
    with pytest.raises(Rejected, match=r"template\.field_unknown") as refused:
        install_template(kind, broken.getvalue(), tmp_path)
    assert refused.value.detail["field"] == "so_lieu"
    assert not find_template(kind, tmp_path).is_own


def test_every_field_says_in_words_what_it_is() -> None:
    def check(kind: type) -> None:
        for one in fields(kind):
            assert one.metadata.get("meaning"), f"{kind.__name__}.{one.name}"
            if isinstance(one.type, type) and is_dataclass(one.type):
                check(one.type)

    for kind in TEMPLATE_KINDS:
        check(kind.fields)


# --- the letter to a late unit ------------------------------------------------------------------


def late_task(number: int, due_on: date) -> TaskView:
    part = PartView(
        unit_id="phuong-le-binh", name="UBND phường Lê Bình", role=UnitRole.LEAD, group_id=None, percent=40,
        report="đang lấy ý kiến",
    )  # fmt: skip
    return TaskView(
        district="cai-rang",
        plan_id="2020",
        year=2020,
        number=number,
        quarter=1,
        content=f"Nhiệm vụ {number}",
        due_on=due_on,
        due_rule=DueRule.DATE,
        state=TaskState.STARTED,
        parts=(part,),
        completed_on=None,
        cancel_reason=None,
        seq=1,
    )


def letter(**changes: Any) -> UrgingPaper:
    question = WriteUrgingLetter(
        district="cai-rang",
        plan_id="2020",
        unit_id="phuong-le-binh",
        number="8/PNV",
        dated_on=date(2020, 4, 6),
        finish_by=date(2020, 4, 13),
        signer=Signer(name="Nguyễn Văn Mẫu", post="Trưởng phòng"),
    )
    tasks = [late_task(5, date(2020, 3, 31)), late_task(7, date(2020, 4, 3))]
    late = {date(2020, 3, 31): 3, date(2020, 4, 3): 1}
    return urging_paper(replace(question, **changes), view_of(SEED), "Ủy ban nhân dân phường Lê Bình", tasks, late)


def test_the_letter_names_each_late_task_its_days_and_the_new_day() -> None:
    document = written(URGING_TEMPLATE, letter())
    left = letterhead(document).rows[0].cells[0]
    assert [one.text for one in left.paragraphs][:-1] == ["ỦY BAN NHÂN DÂN", "QUẬN CÁI RĂNG", "PHÒNG NỘI VỤ"]
    number, subject = letterhead(document).rows[1].cells[0].paragraphs
    assert (number.text, subject.text) == (
        "Số: 08/PNV",
        "V/v đôn đốc thực hiện Kế hoạch thi đua, khen thưởng năm 2020",
    )
    assert looks(subject) == ("Times New Roman", 12, False, False)
    rows = [[cell.text for cell in row.cells] for row in document.tables[1].rows[1:]]
    assert rows == [
        ["5.", "Nhiệm vụ 5", "31/03/2020", "3", "40%. đang lấy ý kiến"],
        ["7.", "Nhiệm vụ 7", "03/04/2020", "1", "40%. đang lấy ý kiến"],
    ]
    body = texts(document)
    assert "Kính gửi: Ủy ban nhân dân phường Lê Bình" in body
    assert "còn 2 nhiệm vụ đã quá hạn" in body
    assert "trước ngày 13/04/2020" in body
    assert closing(document).rows[0].cells[1].paragraphs[0].text == "TRƯỞNG PHÒNG"


def test_a_letter_without_a_number_leaves_room_for_it() -> None:
    assert letter(number=None).letterhead.number_line.split() == ["Số:", "/PNV"]


def test_a_letter_that_nobody_signs_is_refused() -> None:
    with pytest.raises(Rejected, match=r"document\.field_missing"):
        letter(signer=Signer(name="", post="Trưởng phòng"))


# --- directive, pledge, inspection --------------------------------------------------------------

CAMPAIGN = CampaignView(
    district="cai-rang",
    campaign_id="30-4",
    year=2020,
    status=ActivityStatus.OPEN,
    outline=CampaignOutline(
        title="Đợt thi đua kỷ niệm 45 năm ngày miền Nam hoàn toàn giải phóng",
        kind=CampaignKind.THEMATIC,
        occasions=("45 năm ngày 30/4", "Quốc tế lao động 01/5"),
        themes=("Thi đua phát triển kinh tế.", "Thi đua xây dựng Đảng."),
        starts_on=date(2020, 3, 2),
        ends_on=date(2020, 5, 10),
        join_by=date(2020, 3, 20),
    ),
    units=(NamedUnit(unit_id="phuong-le-binh", name="UBND phường Lê Bình"),),
    task=None,
    number="2/CT-UBND",
    launched_on=date(2020, 3, 2),
    signer=None,
    ends_on_before=None,
    closed_on=None,
    closing_number="",
    summary="",
    cancel_reason="",
    seq=1,
)


def directive(signer: Signer | None) -> Document:
    paper = directive_paper(CAMPAIGN, ["UBND các phường"], issuer=ISSUER, place="Cái Răng", signer=signer)
    return written(DIRECTIVE_TEMPLATE, paper)


def test_the_directive_says_occasions_contents_and_days() -> None:
    document = directive(CHAIR)
    body = texts(document)
    assert "CHỈ THỊ" in body
    assert "Về việc phát động đợt thi đua kỷ niệm 45 năm" in body
    assert "chào mừng 45 năm ngày 30/4, Quốc tế lao động 01/5;" in body
    assert "2. Thi đua xây dựng Đảng." in body
    assert "từ ngày 02/03/2020 đến ngày 10/05/2020" in body
    assert letterhead(document).rows[1].cells[0].text == "Số: 02/CT-UBND"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Kỷ niệm 45 năm ngày miền Nam hoàn toàn giải phóng", "đợt thi đua kỷ niệm 45 năm"),
        ("Phong trào thi đua năm 2020", "phong trào thi đua năm 2020"),
        ("Thi đua phòng, chống dịch", "thi đua phòng, chống dịch"),
    ],
)
def test_a_directive_says_that_a_campaign_is_launched_and_not_an_anniversary(title: str, said: str) -> None:
    campaign = replace(CAMPAIGN, outline=replace(CAMPAIGN.outline, title=title))
    paper = directive_paper(campaign, ["UBND các phường"], issuer=ISSUER, place="Cái Răng", signer=CHAIR)
    assert paper.title.startswith(f"Về việc phát động {said}")
    assert paper.campaign.startswith(said)


@pytest.mark.parametrize(
    ("issuer", "post", "lines"),
    [
        (ISSUER, "Chủ tịch", ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
        ("UBND phường Lê Bình", "Phó Chủ tịch", ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")),
        ("Phòng Nội vụ quận", "Trưởng phòng", ("TRƯỞNG PHÒNG",)),
        ("Hội Nông dân quận", "Chủ tịch", ("CHỦ TỊCH",)),
    ],
)
def test_a_peoples_committee_is_signed_for_on_its_behalf_though_nobody_typed_it(
    issuer: str, post: str, lines: tuple[str, ...]
) -> None:
    paper = directive_paper(
        CAMPAIGN, ["UBND các phường"], issuer=issuer, place="Cái Răng", signer=Signer(name="Lê Thanh Tâm", post=post)
    )
    assert paper.closing.signature_lines == lines


def test_a_directive_that_nobody_signs_is_refused() -> None:
    with pytest.raises(Rejected, match=r"document\.field_missing"):
        directive(None)


def test_the_pledge_lists_targets_and_who_has_signed_and_who_has_not() -> None:
    le_binh = NamedUnit(unit_id="phuong-le-binh", name="UBND phường Lê Bình")
    ba_lang = NamedUnit(unit_id="phuong-ba-lang", name="UBND phường Ba Láng")
    at = datetime(2020, 1, 15, tzinfo=UTC)
    signature = SignatureView(
        unit_id=le_binh.unit_id, unit_name=le_binh.name, signer=Signer(name="Trần Thị B", post="Chủ tịch"),
        signed_on=date(2020, 1, 15), signed_at=at, by="le-binh", on_behalf_of="",
    )  # fmt: skip
    pledge = PledgeView(
        district="cai-rang",
        group_id="cum-phuong",
        year=2020,
        group_name="Cụm các phường",
        status=PledgeStatus.SIGNING,
        version=1,
        contents=("Thực hiện tốt phong trào.",),
        targets=(
            PledgeTarget(
                number=1, name="Hộ nghèo", measure="%", value=Decimal("1.50"), direction=TargetDirection.AT_MOST
            ),
        ),
        witness=CHAIR,
        members=(le_binh, ba_lang),
        signatures=(signature,),
        concluded_on=None,
        results=(),
        missing=(),
        closed_on=None,
        withdrawn_reason=None,
        seq=1,
    )
    document = written(PLEDGE_TEMPLATE, pledge_paper(pledge, issuer=ISSUER, place="Cái Răng"))
    targets, signatures = document.tables[1:]
    assert [cell.text for cell in targets.rows[1].cells] == ["1.", "Hộ nghèo", "≤ 1,5", "%"]
    assert [[cell.text for cell in row.cells] for row in signatures.rows[1:]] == [
        ["UBND phường Lê Bình", "Trần Thị B, Chủ tịch", "15/01/2020", ""],
        ["UBND phường Ba Láng", "", "", ""],
    ]
    assert signatures.rows[0].cells[3].text == "Chữ ký"
    assert all((row.height or 0) >= Mm(20) for row in signatures.rows[1:]), "there is room for the pen"
    assert "Chứng kiến: Lê Thanh Tâm, Chủ tịch." in texts(document)


def test_the_report_on_an_inspection_goes_unit_by_unit() -> None:
    inspection = InspectionView(
        district="cai-rang",
        inspection_id="kt-2020",
        year=2020,
        status=ActivityStatus.CLOSED,
        title="Kiểm tra phong trào thi đua năm 2020",
        subject=InspectionSubject.MOVEMENTS,
        number="Quyết định số 15/QĐ-UBND",
        contents=("Việc đăng ký thi đua",),
        team=(TeamMember(name="Lê Văn C", post="Phó Trưởng phòng Nội vụ"),),
        starts_on=date(2020, 7, 6),
        ends_on=date(2020, 7, 17),
        task=None,
        concluded_on=date(2020, 7, 20),
        report_number="40/BC-UBND",
        summary="Nhìn chung tốt.",
        signer=CHAIR,
        cancel_reason="",
        seq=1,
    )
    unit = InspectionUnitView(
        district="cai-rang", inspection_id="kt-2020", unit_id="phuong-le-binh", year=2020, name="UBND phường Lê Bình",
        group_id=None, checked_on=date(2020, 7, 8), findings="Có đủ sổ sách.", shortcomings="Chậm báo cáo.",
    )  # fmt: skip
    detail = InspectionDetail(
        inspection=inspection,
        units=(unit,),
        parts=None,
        recommendations=(),
        recommendation_parts=None,
        history=(),
        days_left={},
        today=date(2020, 7, 20),
    )
    body = texts(written(INSPECTION_TEMPLATE, inspection_paper(detail, issuer=ISSUER, place="Cái Răng", signer=None)))
    assert "Thực hiện Quyết định số 15/QĐ-UBND, đoàn kiểm tra" in body
    assert "Nội dung kiểm tra:\n- Việc đăng ký thi đua" in body
    assert "1. UBND phường Lê Bình (ngày 08/07/2020)" in body
    assert "Hạn chế: Chậm báo cáo." in body
    assert "Ưu điểm" not in body
    assert "IV. KIẾN NGHỊ" not in body
    assert "Số: 40/BC-UBND" in body
    assert "Trên đây là báo cáo kết quả kiểm tra./." in body
    for number, cited in (("120/QĐ-UBND", "Quyết định số"), ("7/KH-PNV", "Kế hoạch số"), ("9/GM", "Văn bản số")):
        told = replace(detail, inspection=replace(inspection, number=number))
        assert inspection_paper(told, issuer=ISSUER, place="Cái Răng", signer=None).decision == f"{cited} {number}"
