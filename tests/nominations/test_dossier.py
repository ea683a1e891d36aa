"""The rules of a dossier: each test's name is the rule."""

from dataclasses import replace
from datetime import date

import pytest

from services.nominations.app import content_of
from services.nominations.commands import NewDocument
from services.nominations.events import (
    NominationAccepted,
    NominationResubmitted,
    NominationReturned,
    NominationSubmitted,
    NominationWithdrawn,
)
from shared.types import Role
from tests.nominations.histories import (
    ACCEPT,
    BLOCK,
    CLERK,
    COLLECTIVE,
    DESK,
    DOSSIER_ID,
    FAR_CLERK,
    FAR_DESK,
    FILES,
    KEYS,
    NAME,
    OFFICE,
    OTHER_CLERK,
    PERSON,
    RESUBMIT,
    RETURN,
    SUBMIT,
    UNIT,
    WITHDRAW,
    actor,
    given,
    texts,
)

RESUBMIT_COLLECTIVE = replace(RESUBMIT, name="Tổ Ngân sách", title="TTLDTT", birth_year=None, position=None)


def test_a_units_clerk_submits_a_nomination() -> None:
    (event,) = given().when(SUBMIT, CLERK).then(NominationSubmitted)
    assert isinstance(event, NominationSubmitted)
    assert (event.unit_name, event.unit_seq, event.group_id) == ("Phòng Tài chính - Kế hoạch", 17, "khoi-1")
    assert (event.title_name, event.title_level, event.rule_pack) == ("Lao động tiên tiến", "district", "R2017")
    assert event.person_id == PERSON


def test_home_affairs_submits_on_behalf_of_a_unit() -> None:
    given().when(SUBMIT, DESK).then(NominationSubmitted)


@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.WARD_CHAIR])
def test_every_unit_role_submits(role: Role) -> None:
    given().when(SUBMIT, actor(role, unit=UNIT)).then(NominationSubmitted)


@pytest.mark.parametrize("by", [OTHER_CLERK, FAR_CLERK, FAR_DESK, actor(Role.DISTRICT_CHAIR), actor(Role.ADMIN)])
def test_nobody_else_submits(by: object) -> None:
    given().when(SUBMIT, by).then_refused("actor.not_allowed")  # type: ignore[arg-type]


def test_what_is_about_a_person_is_sealed_in_every_event() -> None:
    story = given(SUBMIT, RETURN, RESUBMIT, WITHDRAW)
    said = texts(story.events)
    for word in (NAME, "1985", "Chuyên viên", "Hoàn thành", "Báo cáo", "Thiếu biên bản", "Nộp nhầm"):
        assert word not in said


def test_a_collective_is_named_in_clear() -> None:
    (event,) = given().when(COLLECTIVE, CLERK).then(NominationSubmitted)
    assert isinstance(event, NominationSubmitted)
    assert (event.name, event.person_id) == ("Tổ Ngân sách", None)


def test_a_collective_has_no_person() -> None:
    for change in ({"person_id": "p2"}, {"birth_year": 1985}, {"position": "Tổ trưởng"}):
        given().when(replace(COLLECTIVE, **change), CLERK).then_refused("nominee.collective_has_no_person")


def test_a_unit_must_exist_and_be_open_on_the_day() -> None:
    given().when(SUBMIT, CLERK, unit=None).then_refused("unit.not_found")
    closed = replace(OFFICE, valid_to=date(2020, 2, 5))
    given().when(SUBMIT, CLERK, unit=closed).then_refused("unit.closed")
    given().when(SUBMIT, CLERK, unit=replace(OFFICE, valid_to=date(2020, 2, 6))).then(NominationSubmitted)


@pytest.mark.parametrize("day", [date(2017, 9, 30), date(2024, 1, 1), date(2026, 11, 22)])
def test_no_pack_of_rules_in_force_is_a_refusal(day: date) -> None:
    given().when(SUBMIT, CLERK, today=day).then_refused("title.no_rules_in_force")


@pytest.mark.parametrize("day", [date(2020, 10, 1), date(2023, 12, 31)])
def test_a_pack_is_in_force_to_its_last_day(day: date) -> None:
    given().when(SUBMIT, CLERK, today=day).then(NominationSubmitted)


def test_a_title_must_be_known_and_meant_for_the_nominee() -> None:
    given().when(replace(SUBMIT, title="LDXS"), CLERK).then_refused("title.unknown")
    given().when(replace(SUBMIT, title="TTLDTT"), CLERK).then_refused("title.subject_mismatch")
    given().when(replace(COLLECTIVE, title="CSTDCS"), CLERK).then_refused("title.subject_mismatch")
    given().when(replace(SUBMIT, title="GK_HUYEN"), CLERK).then(NominationSubmitted)
    given().when(replace(COLLECTIVE, title="GK_HUYEN"), CLERK).then(NominationSubmitted)


def test_the_year_is_from_2000_to_the_next_one() -> None:
    for year in (1999, 2022, -1):
        given().when(replace(SUBMIT, year=year), CLERK).then_refused("dossier.year_out_of_range")
    for year in (2000, 2019, 2021):
        given().when(replace(SUBMIT, year=year), CLERK).then(NominationSubmitted)


def test_name_summary_and_a_document_are_required() -> None:
    given().when(replace(SUBMIT, name="  "), CLERK).then_refused("nominee.name_missing")
    given().when(replace(SUBMIT, summary="\n"), CLERK).then_refused("dossier.summary_missing")
    given().when(replace(SUBMIT, documents=()), CLERK).then_refused("dossier.document_missing")
    unnamed = (NewDocument(number="1/BC", name=" "),)
    given().when(replace(SUBMIT, documents=unnamed), CLERK).then_refused("dossier.document_name_missing")


def test_a_birth_year_is_that_of_somebody_alive_and_grown_enough() -> None:
    for year in (1899, 2015, 2021):
        given().when(replace(SUBMIT, birth_year=year), CLERK).then_refused("nominee.birth_year_out_of_range")
    given().when(replace(SUBMIT, birth_year=None, position=None), CLERK).then(NominationSubmitted)


def test_texts_have_a_limit() -> None:
    given().when(replace(SUBMIT, name="a" * 201), CLERK).then_refused("text.too_long")
    given().when(replace(SUBMIT, summary="a" * 10_001), CLERK).then_refused("text.too_long")
    given().when(replace(SUBMIT, position="a" * 201), CLERK).then_refused("text.too_long")
    many = (NewDocument(name="a"),) * 51
    given().when(replace(SUBMIT, documents=many), CLERK).then_refused("dossier.too_many_documents")


@pytest.mark.parametrize("dossier_id", ["", "1", "a.b", "01700000-0000-4000-8000-000000000001", f"{DOSSIER_ID}\n"])
def test_a_dossiers_id_is_a_uuid_of_version_7(dossier_id: str) -> None:
    given().when(replace(SUBMIT, dossier_id=dossier_id), CLERK).then_refused("dossier.id_malformed")


def test_a_persons_id_may_stand_in_a_subject() -> None:
    for person_id in ("a.b>", "p1\n"):
        given().when(replace(SUBMIT, person_id=person_id), CLERK).then_refused("person.id_malformed")


def test_a_files_name_and_key_are_sealed_for_a_person_and_in_clear_for_a_collective() -> None:
    (handle, file), *_ = FILES.items()
    assert file.key is not None
    for command in (SUBMIT, COLLECTIVE):
        (event,) = given().when(replace(command, attachments=(handle,)), CLERK).then(NominationSubmitted)
        assert isinstance(event, NominationSubmitted)
        (named,) = event.attachments
        assert (named.sha256, named.size, named.media_type) == ("0" * 64, 10, "application/pdf")
        in_clear = (file.attachment.name, file.key.text)
        assert [word in texts([event]) for word in in_clear] == [command is COLLECTIVE] * 2


def test_a_dossier_has_at_most_five_files() -> None:
    (handle, *_) = FILES
    given().when(replace(SUBMIT, attachments=(handle,) * 5), CLERK).then(NominationSubmitted)
    given().when(replace(SUBMIT, attachments=(handle,) * 6), CLERK).then_refused("attachment.too_many")


def test_other_files_are_another_content() -> None:
    one, other, _ = FILES
    submit = replace(SUBMIT, attachments=(one,))
    given(submit).when(submit, CLERK).then_nothing()
    given(submit).when(SUBMIT, CLERK).then_refused("dossier.exists")
    again = replace(RESUBMIT, attachments=(one,))
    given(submit, RETURN, again, RETURN).when(again, CLERK).then_refused("dossier.unchanged")
    for files in ((), (other,), (one, other)):
        changed = replace(again, attachments=files)
        given(submit, RETURN, again, RETURN).when(changed, CLERK).then(NominationResubmitted)


def test_a_dossier_without_files_is_the_content_that_it_was_before_there_were_files() -> None:
    # As it was recorded on 22/11/2026: what a unit sends again unchanged is known as such for ever.
    recorded = "0d013669c9c6ceda13eed53253d31cdd141412af865a2af9487ca34f536598be"
    assert content_of(SUBMIT, KEYS[PERSON]).fingerprint == recorded


def test_a_second_open_dossier_for_the_same_title_is_refused() -> None:
    given().when(SUBMIT, CLERK, duplicate_of="another").then_refused("dossier.duplicate")
    given(SUBMIT, RETURN).when(RESUBMIT, CLERK, duplicate_of="another").then_refused("dossier.duplicate")


def test_submitting_the_same_twice_changes_nothing() -> None:
    given(SUBMIT).when(SUBMIT, CLERK).then_nothing()
    given(COLLECTIVE).when(COLLECTIVE, CLERK).then_nothing()


def test_a_dossiers_id_is_used_once() -> None:
    given(SUBMIT).when(replace(SUBMIT, year=2019), CLERK).then_refused("dossier.exists")
    given(SUBMIT, ACCEPT).when(SUBMIT, CLERK).then_refused("dossier.exists")
    given(SUBMIT, WITHDRAW).when(SUBMIT, CLERK).then_refused("dossier.exists")


def test_nothing_is_recorded_about_an_erased_person() -> None:
    erased = {"is_erased": True, "content": None, "reasons": None}
    given().when(SUBMIT, CLERK, **erased).then_refused("person.erased")
    given(SUBMIT).when(RETURN, DESK, **erased).then_refused("person.erased")
    given(SUBMIT, RETURN).when(RESUBMIT, CLERK, **erased).then_refused("person.erased")


def test_the_dossier_of_an_erased_person_can_be_closed_without_a_word() -> None:
    erased = {"is_erased": True, "content": None, "reasons": None}
    for by in (CLERK, DESK):
        (event,) = given(SUBMIT).when(WITHDRAW, by, **erased).then(NominationWithdrawn)
        assert isinstance(event, NominationWithdrawn)
        assert event.reason == ""


def test_words_sealed_for_another_person_are_never_recorded() -> None:
    given(SUBMIT).when(RETURN, DESK, person_id=None).then_refused("dossier.not_yet_visible")
    given(SUBMIT).when(RETURN, DESK, person_id=None, reasons=None).then_refused("dossier.not_yet_visible")
    given(SUBMIT, RETURN).when(RESUBMIT, CLERK, person_id="p2").then_refused("dossier.not_yet_visible")
    given(SUBMIT).when(WITHDRAW, CLERK, person_id=None).then_refused("dossier.not_yet_visible")


def test_home_affairs_returns_a_dossier_with_reasons_by_item() -> None:
    (event,) = given(SUBMIT).when(RETURN, DESK).then(NominationReturned)
    assert isinstance(event, NominationReturned)
    assert [one.item for one in event.reasons] == ["documents"]


@pytest.mark.parametrize("by", [CLERK, FAR_DESK, actor(Role.DISTRICT_CHAIR)])
def test_only_home_affairs_returns_and_accepts(by: object) -> None:
    given(SUBMIT).when(RETURN, by).then_refused("actor.not_allowed")  # type: ignore[arg-type]
    given(SUBMIT).when(ACCEPT, by).then_refused("actor.not_allowed")  # type: ignore[arg-type]


def test_a_return_needs_a_reason() -> None:
    given(SUBMIT).when(replace(RETURN, reasons=()), DESK).then_refused("dossier.reason_missing")
    blank = replace(RETURN, reasons=(replace(RETURN.reasons[0], text=" "),))
    given(SUBMIT).when(blank, DESK).then_refused("dossier.reason_missing")


def test_returning_for_the_same_reasons_twice_changes_nothing() -> None:
    given(SUBMIT, RETURN).when(RETURN, DESK).then_nothing()
    other = replace(RETURN, reasons=(replace(RETURN.reasons[0], text="Lý do khác"),))
    given(SUBMIT, RETURN).when(other, DESK).then_refused("dossier.wrong_state")


def test_the_unit_submits_the_corrected_dossier_again() -> None:
    (event,) = given(SUBMIT, RETURN).when(RESUBMIT, CLERK).then(NominationResubmitted)
    assert isinstance(event, NominationResubmitted)
    assert len(event.documents) == 2
    given(COLLECTIVE, RETURN).when(RESUBMIT_COLLECTIVE, CLERK).then(NominationResubmitted)


def test_a_dossier_submitted_again_says_the_units_group_of_its_year() -> None:
    earlier = replace(BLOCK, group_id="khoi-2", year=2019, name="Khối thi đua 2")
    for group, told in ((earlier, ("khoi-2", "Khối thi đua 2")), (None, (None, None))):
        story = given(SUBMIT, RETURN).when(replace(RESUBMIT, year=2019), CLERK, group=group)
        (event,) = story.then(NominationResubmitted)
        assert isinstance(event, NominationResubmitted)
        assert event.group_told
        assert (event.group_id, event.group_name) == told


def test_only_the_units_people_or_home_affairs_submit_again() -> None:
    for by in (OTHER_CLERK, FAR_CLERK, actor(Role.DISTRICT_CHAIR)):
        given(SUBMIT, RETURN).when(RESUBMIT, by).then_refused("actor.not_allowed")


def test_an_unchanged_dossier_is_not_submitted_again() -> None:
    same = replace(RESUBMIT, documents=SUBMIT.documents)
    given(SUBMIT, RETURN).when(same, CLERK).then_refused("dossier.unchanged")


def test_a_dossier_is_submitted_again_only_after_its_return() -> None:
    given(SUBMIT).when(RESUBMIT, CLERK).then_refused("dossier.wrong_state")
    given(SUBMIT, ACCEPT).when(RESUBMIT, CLERK).then_refused("dossier.wrong_state")


def test_submitting_again_twice_changes_nothing() -> None:
    given(SUBMIT, RETURN, RESUBMIT).when(RESUBMIT, CLERK).then_nothing()


def test_a_corrected_dossier_keeps_to_the_rules_of_titles() -> None:
    given(SUBMIT, RETURN).when(replace(RESUBMIT, title="TTLDTT"), CLERK).then_refused("title.subject_mismatch")
    given(COLLECTIVE, RETURN).when(replace(RESUBMIT_COLLECTIVE, position="Tổ trưởng"), CLERK).then_refused(
        "nominee.collective_has_no_person"
    )


def test_home_affairs_accepts_what_was_submitted() -> None:
    (event,) = given(SUBMIT, RETURN, replace(RESUBMIT, title="CSTDCS")).when(ACCEPT, DESK).then(NominationAccepted)
    assert isinstance(event, NominationAccepted)
    assert event.title == "CSTDCS"


def test_accepting_twice_changes_nothing() -> None:
    given(SUBMIT, ACCEPT).when(ACCEPT, DESK).then_nothing()


def test_what_is_returned_or_withdrawn_is_not_accepted() -> None:
    given(SUBMIT, RETURN).when(ACCEPT, DESK).then_refused("dossier.wrong_state")
    given(SUBMIT, WITHDRAW).when(ACCEPT, DESK).then_refused("dossier.wrong_state")
    given(SUBMIT, ACCEPT).when(RETURN, DESK).then_refused("dossier.wrong_state")


def test_the_unit_withdraws_before_acceptance_and_need_not_say_why() -> None:
    given(SUBMIT).when(replace(WITHDRAW, reason=""), CLERK).then(NominationWithdrawn)
    given(SUBMIT, RETURN).when(WITHDRAW, CLERK).then(NominationWithdrawn)
    given(SUBMIT, ACCEPT).when(WITHDRAW, CLERK).then_refused("dossier.wrong_state")


def test_home_affairs_withdraws_at_any_time_with_a_reason() -> None:
    given(SUBMIT).when(replace(WITHDRAW, reason=" "), DESK).then_refused("dossier.reason_missing")
    given(SUBMIT, ACCEPT).when(WITHDRAW, DESK).then(NominationWithdrawn)


def test_a_withdrawal_says_whether_the_office_or_the_unit_withdrew() -> None:
    both = replace(CLERK, grants=(*CLERK.grants, *DESK.grants))
    for by, by_office in ((CLERK, False), (actor(Role.UNIT_HEAD, unit=UNIT), False), (both, False), (DESK, True)):
        (event,) = given(SUBMIT).when(WITHDRAW, by).then(NominationWithdrawn)
        assert isinstance(event, NominationWithdrawn)
        assert event.withdrawn_by_office is by_office


def test_nobody_else_withdraws() -> None:
    for by in (OTHER_CLERK, FAR_DESK, actor(Role.DISTRICT_CHAIR)):
        given(SUBMIT).when(WITHDRAW, by).then_refused("actor.not_allowed")


def test_withdrawing_twice_changes_nothing() -> None:
    given(SUBMIT, WITHDRAW).when(WITHDRAW, CLERK).then_nothing()


def test_a_dossier_that_is_not_there_is_not_found() -> None:
    given().when(RETURN, DESK).then_refused("dossier.not_found")
    given().when(ACCEPT, DESK).then_refused("dossier.not_found")
    given().when(RESUBMIT, CLERK).then_refused("dossier.not_found")
    given().when(WITHDRAW, CLERK).then_refused("dossier.not_found")
