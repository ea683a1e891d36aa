"""What every decider of plans does with texts and files that come with a command."""

from dataclasses import replace

import pytest

from services.plans.decider import PLAN, UNIT_PLAN
from services.plans.decider.texts import attached, line, needed_line, needed_prose, prose
from services.plans.events import Signer
from services.plans.rules import ATTACHMENTS_MAX, TEXT_MAX
from shared.errors import Rejected
from shared.types import Attachment
from tests.plans import a_plan, a_unit_plan
from tests.support.deciding import given

MISSING = Rejected("task.reason_missing")


def test_a_line_has_no_breaks_and_prose_keeps_its_own() -> None:
    assert line("  Ủy ban \n nhân dân\t") == "Ủy ban nhân dân"
    assert prose("  đoạn một\n\n đoạn hai \n") == "đoạn một\n\n đoạn hai"


def test_a_text_as_long_as_it_may_be_is_taken_and_one_letter_more_is_not() -> None:
    assert prose(f"  {'ế' * TEXT_MAX}  ") == "ế" * TEXT_MAX
    with pytest.raises(Rejected) as refusal:
        prose("ế" * (TEXT_MAX + 1))
    assert (refusal.value.code, refusal.value.detail) == ("text.too_long", {"limit": TEXT_MAX})


def test_a_refusal_names_the_field_where_it_is_known() -> None:
    with pytest.raises(Rejected) as refusal:
        line("dài quá", limit=3, field="title")
    assert refusal.value.detail == {"limit": 3, "field": "title"}


@pytest.mark.parametrize("needed", [needed_line, needed_prose])
@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_what_must_be_there_is_asked_for_by_its_own_code(needed: object, blank: str) -> None:
    with pytest.raises(Rejected) as refusal:
        needed(blank, MISSING)  # type: ignore[operator]
    assert refusal.value is MISSING


def test_a_command_names_no_more_files_than_a_report_may_have() -> None:
    file = Attachment(sha256="0" * 64, name="a.pdf", size=1, media_type="application/pdf")
    assert attached((file,) * ATTACHMENTS_MAX) == (file,) * ATTACHMENTS_MAX
    with pytest.raises(Rejected) as refusal:
        attached((file,) * (ATTACHMENTS_MAX + 1))
    assert refusal.value.code == "attachment.too_many"


@pytest.mark.parametrize("name", ["name", "post", "on_behalf_of"])
def test_who_signs_a_plan_is_as_short_as_every_other_text_of_it(name: str) -> None:
    signer = replace(Signer(name="Nguyễn Văn A", post="Chủ tịch"), **{name: "x" * (TEXT_MAX + 1)})
    of_district = a_plan.draft(text=replace(a_plan.TEXT, signer=signer))
    given(PLAN).when(of_district, a_plan.facts()).then_rejected("text.too_long")
    of_unit = a_unit_plan.draft(text=replace(a_unit_plan.TEXT, signer=signer))
    given(UNIT_PLAN).when(of_unit, a_unit_plan.facts()).then_rejected("text.too_long")
