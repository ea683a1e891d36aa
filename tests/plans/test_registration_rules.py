"""The rules of registrations: one rule a test, and each refusal once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.nominations.rules import R2017
from services.plans.commands import NewRegistrationItem, UnitRegistrationCommand
from services.plans.decider import REGISTRATION, REGISTRATION_ROUND, Registration
from services.plans.events import (
    EVENTS,
    RegistrationApproved,
    RegistrationClosingMoved,
    RegistrationOpened,
    RegistrationReopened,
    RegistrationReturned,
    RegistrationSaved,
    RegistrationSubmitted,
    TitleSubject,
)
from services.plans.rules import (
    ITEMS_MAX,
    TITLES,
    WorkingDays,
    last_day_in_time,
    registration_lateness,
    titles_of,
    working_days,
)
from services.portal.labels import load
from shared.errors import Rejected
from shared.topology import MESSAGE_BYTES_MAX
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, STRANGER, WARD, unit
from tests.plans.a_registration import (
    APPROVE,
    REOPEN,
    SUBMIT,
    UNITS,
    facts_of,
    initiative,
    model,
    move,
    movement,
    open_round,
    play,
    round_facts,
    save,
    send_back,
    title,
)
from tests.support.deciding import given

FRIDAY, SATURDAY, MONDAY = date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 2)
EVERYTHING = (title(), initiative(), movement(), model())


def opened() -> RegistrationOpened:
    (event,) = REGISTRATION_ROUND.decide(open_round(), REGISTRATION_ROUND.initial, round_facts())
    assert isinstance(event, RegistrationOpened)
    return event


def refused(command: UnitRegistrationCommand, *before: UnitRegistrationCommand, **changes: Any) -> Rejected:
    state, _ = play(*before)
    facts = facts_of(command, state, **changes)
    with pytest.raises(Rejected) as refusal:
        REGISTRATION.decide(command, state, facts)
    assert refusal.value.code in load()["codes"], "a sentence for people"
    return refusal.value


# -- the round ------------------------------------------------------------------------------------


def test_a_round_asks_every_office_and_ward_that_exists_and_no_body_that_only_decides() -> None:
    assert [one.unit_id for one in opened().units] == ["phong-noi-vu", "phuong-le-binh", "phuong-ba-lang"]


def test_a_round_may_ask_only_the_units_that_are_named() -> None:
    (event,) = given(REGISTRATION_ROUND).when(open_round(unit_ids=("phong-noi-vu",)), round_facts()).events()
    assert [one.unit_id for one in event.units] == ["phong-noi-vu"]


def test_opening_a_round_twice_changes_nothing_and_otherwise_is_refused() -> None:
    given(REGISTRATION_ROUND, opened()).when(open_round(), round_facts()).then_nothing()
    other = open_round(closes_on=date(2020, 3, 2))
    given(REGISTRATION_ROUND, opened()).when(other, round_facts()).then_rejected("registration.round_exists", year=2020)


def test_the_last_day_is_moved_with_a_reason_and_moving_it_there_again_changes_nothing() -> None:
    (event,) = given(REGISTRATION_ROUND, opened()).when(move(), round_facts()).then_types(RegistrationClosingMoved)
    assert (event.closes_on_before, event.closes_on) == (FRIDAY, date(2020, 3, 6))
    given(REGISTRATION_ROUND, opened(), event).when(move(), round_facts()).then_nothing()


@pytest.mark.parametrize(
    ("command", "facts", "code"),
    [
        (open_round(), round_facts(WARD), "actor.not_allowed"),
        (open_round(), round_facts(CHAIR), "actor.not_allowed"),
        (open_round(), round_facts(STRANGER), "actor.not_allowed"),
        (open_round(year=1999), round_facts(), "registration.year_out_of_range"),
        (open_round(closes_on=date(2020, 2, 5)), round_facts(), "registration.closing_in_past"),
        (open_round(closes_on=date(2021, 1, 1)), round_facts(), "registration.closing_out_of_year"),
        (open_round(), round_facts(units={}), "registration.units_missing"),
        (
            open_round(),
            round_facts(units={str(number): unit(str(number)) for number in range(1001)}),
            "registration.too_many_units",
        ),
        (open_round(unit_ids=("khong-co",)), round_facts(), "unit.not_found"),
        (open_round(unit_ids=("phuong-cu",)), round_facts(), "unit.closed"),
        (open_round(note="x" * 1001), round_facts(), "text.too_long"),
        (move(), round_facts(), "registration.round_not_open"),
    ],
)
def test_a_round_that_cannot_be_is_refused(command: Any, facts: Any, code: str) -> None:
    given(REGISTRATION_ROUND).when(command, facts).then_rejected(code)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (move(reason=" "), "registration.reason_missing"),
        (move(closes_on=date(2020, 2, 5)), "registration.closing_in_past"),
        (move(closes_on=date(2021, 1, 5)), "registration.closing_out_of_year"),
    ],
)
def test_a_last_day_that_cannot_be_is_refused(command: Any, code: str) -> None:
    given(REGISTRATION_ROUND, opened()).when(command, round_facts()).then_rejected(code)


# -- writing down ---------------------------------------------------------------------------------


def test_what_is_written_down_is_counted_by_kind() -> None:
    _, (event,) = play(save(*EVERYTHING, title("Trần Thị Bé")))
    assert isinstance(event, RegistrationSaved)
    assert (event.counts.titles, event.counts.initiatives, event.counts.movements, event.counts.models) == (2, 1, 1, 1)
    assert event.items[0].title_name == "Lao động tiên tiến"


def test_an_event_holds_only_what_is_other_than_before_and_names_what_is_gone() -> None:
    state, _ = play(save(*EVERYTHING))
    changed = save(title(), initiative(effect="Giảm 50% thời gian chờ"), model())
    (event,) = REGISTRATION.decide(changed, state, facts_of(changed, state))
    assert isinstance(event, RegistrationSaved)
    assert ([item.number for item in event.items], event.dropped) == ([2], (3,))


def test_writing_down_the_same_twice_changes_nothing() -> None:
    state, _ = play(save(*EVERYTHING))
    assert REGISTRATION.decide(save(*EVERYTHING), state, facts_of(save(*EVERYTHING), state)) == []


def test_a_large_registration_is_several_events_of_one_decision_and_each_fits_into_a_message() -> None:
    items = [title(f"Người thứ {number}", position="ộ" * 150) for number in range(ITEMS_MAX)]
    state, events = play(save(*items))
    assert len(events) > 1 and len(state.items) == ITEMS_MAX
    assert max(len(EVENTS.encode(event)) for event in events) < MESSAGE_BYTES_MAX / 2
    assert {event.counts.titles for event in events if isinstance(event, RegistrationSaved)} == {ITEMS_MAX}


@pytest.mark.parametrize(
    ("items", "code", "field"),
    [
        ([], "registration.items_missing", None),
        ([title(f"Người {number}") for number in range(ITEMS_MAX + 1)], "registration.too_many_items", None),
        (
            [initiative(f"Sáng kiến {number}", effect="x" * 1000) for number in range(100)],
            "registration.too_large",
            None,
        ),
        ([title(" ")], "registration.name_missing", "name"),
        ([title("x" * 301)], "text.too_long", "name"),
        ([title(subject=None)], "registration.subject_missing", "subject"),
        ([title(code="")], "registration.title_missing", "title"),
        ([title(code="LAO_DONG")], "registration.title_unknown", "title"),
        ([title(code="TTLDTT")], "registration.title_not_for_subject", "title"),
        (
            [title("Tổ 1", "TTLDTT", subject=TitleSubject.COLLECTIVE, position="Tổ trưởng")],
            "registration.position_of_collective",
            "position",
        ),
        ([title(place="đây")], "registration.field_not_of_kind", "place"),
        ([initiative(authors=())], "registration.authors_missing", "authors"),
        (
            [initiative("Một cửa", *(f"Người {number}" for number in range(11)))],
            "registration.too_many_authors",
            "authors",
        ),
        ([initiative("Một cửa", "x" * 201)], "text.too_long", "authors"),
        ([initiative(effect="")], "registration.effect_missing", "effect"),
        ([movement(ends_on=date(2020, 2, 1))], "registration.dates_reversed", "ends_on"),
        ([model(field="")], "registration.field_missing", "field"),
        ([model(place="")], "registration.place_missing", "place"),
        ([title(), title("  nguyễn   VĂN An ")], "registration.item_repeated", "name"),
        ([initiative("Một cửa"), initiative("MOT CUA")], "registration.item_repeated", "name"),
    ],
)
def test_what_cannot_be_registered_is_refused_naming_the_item_and_the_field(
    items: list[NewRegistrationItem], code: str, field: str | None
) -> None:
    refusal = refused(save(*items))
    assert (refusal.code, refusal.detail.get("field")) == (code, field)
    assert field is None or refusal.detail["item"] == len(items)


def test_two_persons_whose_names_differ_by_a_mark_are_two_and_one_may_have_two_titles() -> None:
    state, _ = play(save(title("Lan"), title("Lân"), title("Lan", "CSTDCS")))
    assert len(state.items) == 3


def test_only_the_unit_and_home_affairs_write_for_it() -> None:
    for who in (OTHER_WARD, CHAIR, STRANGER):
        assert refused(save(title()), who=who).code == "actor.not_allowed"
    state = REGISTRATION.initial
    assert REGISTRATION.decide(save(title()), state, facts_of(save(title()), state, who=HOME_AFFAIRS))


def test_nothing_is_registered_without_a_round_or_by_a_unit_that_is_not_there() -> None:
    command = save(title())
    facts = facts_of(command, Registration())
    given(REGISTRATION).when(command, replace(facts, round=None)).then_rejected("registration.round_not_open")
    given(REGISTRATION).when(command, replace(facts, unit=None)).then_rejected("unit.not_found")
    given(REGISTRATION).when(command, replace(facts, unit=UNITS["phuong-cu"])).then_rejected("unit.closed")


def test_titles_of_a_year_without_a_law_of_ours_are_refused_and_the_rest_is_not() -> None:
    assert titles_of(2020).keys() == {one.code for one in TITLES}
    assert titles_of(2024) == {}
    command = save(title(), year=2024)
    assert refused(command).code == "registration.no_titles_in_force"


def test_the_titles_are_those_of_nominations() -> None:
    theirs = [(one.code, one.name, one.source, set(map(str, one.kinds))) for one in R2017.titles]
    assert [(one.code, one.name, one.source, set(map(str, one.subjects))) for one in TITLES] == theirs
    assert {(one.valid_from, one.valid_to) for one in TITLES} == {(R2017.valid_from, R2017.valid_to)}


# -- submitting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closes_on", "submitted_on", "is_late", "days_late"),
    [
        (FRIDAY, FRIDAY, False, 0),
        (FRIDAY, SATURDAY, True, 0),
        (FRIDAY, MONDAY, True, 1),
        (FRIDAY, date(2020, 3, 9), True, 6),
        (SATURDAY, MONDAY, False, 0),
        (SATURDAY, date(2020, 3, 3), True, 1),
    ],
)
def test_lateness_counts_working_days_after_the_last_day_which_is_never_a_day_off(
    closes_on: date, submitted_on: date, is_late: bool, days_late: int
) -> None:
    assert registration_lateness(working_days([]), closes_on, submitted_on) == (is_late, days_late)


def test_the_last_day_moves_over_days_off() -> None:
    assert last_day_in_time(WorkingDays(), SATURDAY) == MONDAY


def test_what_is_submitted_late_is_taken_and_marked() -> None:
    state, _ = play(save(title()))
    (event,) = REGISTRATION.decide(SUBMIT, state, facts_of(SUBMIT, state, today=date(2020, 3, 4)))
    assert isinstance(event, RegistrationSubmitted)
    assert (event.closes_on, event.due_on, event.is_late, event.days_late) == (FRIDAY, FRIDAY, True, 3)


def test_an_empty_registration_is_not_submitted() -> None:
    assert refused(SUBMIT).code == "registration.items_missing"


def test_submitting_approving_and_reopening_twice_changes_nothing() -> None:
    scripts: list[list[UnitRegistrationCommand]] = [
        [save(title()), SUBMIT],
        [save(title()), SUBMIT, APPROVE],
        [save(title()), SUBMIT, APPROVE, REOPEN],
        [save(title()), SUBMIT, send_back((1, "Chưa đủ điều kiện"))],
    ]
    for script in scripts:
        state, _ = play(*script)
        assert REGISTRATION.decide(script[-1], state, facts_of(script[-1], state)) == [], script[-1]


def test_what_was_submitted_or_approved_is_not_changed() -> None:
    scripts: list[list[UnitRegistrationCommand]] = [[save(title()), SUBMIT], [save(title()), SUBMIT, APPROVE]]
    for script in scripts:
        assert refused(save(title(), model()), *script).code == "registration.wrong_status"
    assert refused(SUBMIT, save(title()), SUBMIT, APPROVE).code == "registration.wrong_status"


# -- judging --------------------------------------------------------------------------------------


def test_a_registration_goes_back_with_reasons_and_comes_again_and_is_approved_and_reopened() -> None:
    _, history = play(
        save(title(), model()),
        SUBMIT,
        send_back((1, "Chưa đủ điều kiện")),
        save(model()),
        SUBMIT,
        APPROVE,
        REOPEN,
        save(model(), initiative()),
        SUBMIT,
    )
    assert [type(event) for event in history] == [
        RegistrationSaved,
        RegistrationSubmitted,
        RegistrationReturned,
        RegistrationSaved,
        RegistrationSubmitted,
        RegistrationApproved,
        RegistrationReopened,
        RegistrationSaved,
        RegistrationSubmitted,
    ]


@pytest.mark.parametrize(
    ("command", "before", "code"),
    [
        (send_back(reason=" "), [save(title()), SUBMIT], "registration.reason_missing"),
        (send_back((1, " ")), [save(title()), SUBMIT], "registration.reason_missing"),
        (send_back((1, "a"), (1, "b")), [save(title()), SUBMIT], "registration.reason_repeated"),
        (send_back((7, "a")), [save(title()), SUBMIT], "registration.item_not_found"),
        (send_back((1, "x" * 1001)), [save(title()), SUBMIT], "text.too_long"),
        (send_back(), [save(title())], "registration.wrong_status"),
        (send_back(), [save(title()), SUBMIT, APPROVE], "registration.wrong_status"),
        (APPROVE, [save(title())], "registration.wrong_status"),
        (REOPEN, [save(title()), SUBMIT], "registration.wrong_status"),
    ],
)
def test_what_cannot_be_judged_is_refused(command: Any, before: Any, code: str) -> None:
    assert refused(command, *before).code == code


def test_only_home_affairs_judges() -> None:
    for command in (send_back(), APPROVE, REOPEN):
        for who in (WARD, CHAIR, STRANGER):
            assert refused(command, save(title()), SUBMIT, who=who).code == "actor.not_allowed"
