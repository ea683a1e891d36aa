"""The rules of calendars: who opens and corrects them, and what a correction may say."""

from dataclasses import replace
from datetime import date, timedelta

from services.plans.decider import CALENDAR
from services.plans.events import (
    CalendarCorrected,
    CalendarCorrectionWithdrawn,
    CalendarOpened,
    NamedDay,
)
from shared.types import Role
from tests.plans.a_calendar import (
    BOARD,
    CORRECTED,
    NOTICE,
    OPENED,
    SWAPPED_IN,
    SWAPPED_OFF,
    TODAY,
    actor,
    correct,
    facts,
    open_year,
    view,
    withdraw,
)
from tests.support.deciding import given


def test_the_city_opens_a_year_with_its_public_holidays() -> None:
    for role in (Role.CITY_BOARD, Role.HOME_AFFAIRS, Role.ADMIN):
        (opened,) = given(CALENDAR).when(open_year(), facts(actor(role))).then_types(CalendarOpened)
        assert NamedDay(day=date(2026, 2, 17), name="Tết Nguyên Đán") in opened.holidays
        assert (opened.district, opened.basis) == ("can-tho", "Bộ luật Lao động 2019, Điều 112")


def test_no_district_opens_or_corrects_the_calendar_of_all() -> None:
    for role in (Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR, Role.ADMIN, Role.CITY_BOARD):
        someone = facts(actor(role, "cai-rang"))
        given(CALENDAR).when(open_year(), someone).then_rejected("actor.not_allowed")
        given(CALENDAR, *OPENED).when(correct(), someone).then_rejected("actor.not_allowed")


def test_who_administers_accounts_does_not_move_due_dates() -> None:
    for role in (Role.ADMIN, Role.OPERATOR, Role.AUDITOR, Role.CITY_CHAIR, Role.POLICY):
        given(CALENDAR, *OPENED).when(correct(), facts(actor(role))).then_rejected("actor.not_allowed")
        given(CALENDAR, *CORRECTED).when(withdraw(), facts(actor(role))).then_rejected("actor.not_allowed")


def test_a_role_past_its_date_opens_nothing() -> None:
    past = replace(BOARD, grants=(replace(BOARD.grants[0], valid_to=TODAY - timedelta(days=1)),))
    given(CALENDAR).when(open_year(), facts(past)).then_rejected("actor.not_allowed")


def test_opening_a_year_again_with_the_same_days_changes_nothing() -> None:
    given(CALENDAR, *OPENED).when(open_year(source="holidays 9.9"), facts()).then_nothing()


def test_an_open_year_takes_no_other_list_of_holidays() -> None:
    fewer = open_year().holidays[1:]
    given(CALENDAR, *OPENED).when(open_year(holidays=fewer), facts()).then_rejected("calendar.exists", year=2026)


def test_a_year_is_opened_with_days_of_that_year_each_once_and_named() -> None:
    tet = NamedDay(day=date(2026, 2, 17), name="Tết")
    for changes, code in (
        ({"holidays": ()}, "calendar.days_missing"),
        ({"holidays": (tet, tet)}, "calendar.day_twice"),
        ({"holidays": (NamedDay(day=date(2027, 2, 6), name="Tết"),)}, "calendar.day_out_of_year"),
        ({"holidays": (replace(tet, name=" "),)}, "calendar.name_missing"),
        ({"holidays": (replace(tet, name="x" * 201),)}, "text.too_long"),
        (
            {"holidays": tuple(replace(tet, day=date(2026, 1, 1) + timedelta(days=n)) for n in range(101))},
            "calendar.too_many_days",
        ),
        ({"basis": ""}, "calendar.basis_missing"),
        ({"year": 1999}, "calendar.year_out_of_range"),
        ({"year": 9999}, "calendar.year_out_of_range"),
    ):
        given(CALENDAR).when(open_year(**changes), facts()).then_rejected(code)


def test_a_notice_makes_one_day_off_and_another_worked() -> None:
    (corrected,) = given(CALENDAR, *OPENED).when(correct(), facts()).then_types(CalendarCorrected)
    assert (corrected.notice, corrected.days_off, corrected.days_made_up) == (NOTICE, (SWAPPED_OFF,), (SWAPPED_IN,))


def test_the_same_notice_twice_changes_nothing_however_it_is_typed() -> None:
    given(CALENDAR, *CORRECTED).when(correct(), facts()).then_nothing()
    typed = replace(NOTICE, number="12729/VPCP-kgvx")
    given(CALENDAR, *CORRECTED).when(correct(notice=typed), facts()).then_nothing()


def test_the_same_notice_with_other_days_is_refused() -> None:
    given(CALENDAR, *CORRECTED).when(correct(days_made_up=()), facts()).then_rejected("calendar.notice_entered")


def test_a_year_that_is_not_open_is_not_corrected() -> None:
    given(CALENDAR).when(correct(), facts()).then_rejected("calendar.not_open", year=2026)
    given(CALENDAR).when(withdraw(), facts()).then_rejected("calendar.not_open", year=2026)


def test_a_correction_cites_a_notice_that_exists_and_names_days_of_the_year_once() -> None:
    for changes, code in (
        ({"notice": replace(NOTICE, number="")}, "calendar.number_malformed"),
        ({"notice": replace(NOTICE, number="theo báo")}, "calendar.number_malformed"),
        ({"notice": replace(NOTICE, number="1/TB\n")}, None),
        ({"notice": replace(NOTICE, number="1/TB 2/TB")}, "calendar.number_malformed"),
        ({"notice": replace(NOTICE, issuer=" ")}, "calendar.issuer_missing"),
        ({"notice": replace(NOTICE, text="x" * 4001)}, "text.too_long"),
        ({"notice": replace(NOTICE, issued_on=TODAY + timedelta(days=1))}, "calendar.notice_in_future"),
        ({"days_off": (), "days_made_up": ()}, "calendar.days_missing"),
        ({"days_made_up": (replace(SWAPPED_IN, day=SWAPPED_OFF.day),)}, "calendar.day_twice"),
        ({"days_off": (replace(SWAPPED_OFF, day=date(2025, 12, 31)),)}, "calendar.day_out_of_year"),
        ({"days_off": (replace(SWAPPED_OFF, name=""),)}, "calendar.name_missing"),
        ({"days_off": (SWAPPED_OFF,) * 61}, "calendar.too_many_days"),
    ):
        when = given(CALENDAR, *OPENED).when(correct(**changes), facts())
        if code is None:
            when.then_types(CalendarCorrected)
        else:
            when.then_rejected(code)


def test_a_withdrawn_correction_no_longer_holds_and_may_be_entered_anew() -> None:
    (withdrawn,) = given(CALENDAR, *CORRECTED).when(withdraw(), facts()).then_types(CalendarCorrectionWithdrawn)
    assert view(*CORRECTED, withdrawn).corrections == ()
    given(CALENDAR, *CORRECTED, withdrawn).when(withdraw(), facts()).then_rejected("calendar.notice_not_found")
    given(CALENDAR, *CORRECTED, withdrawn).when(correct(days_made_up=()), facts()).then_types(CalendarCorrected)


def test_a_withdrawal_says_why() -> None:
    given(CALENDAR, *CORRECTED).when(withdraw(reason=" "), facts()).then_rejected("calendar.reason_missing")


def test_a_year_has_a_bounded_number_of_corrections() -> None:
    one = CORRECTED[1]
    assert isinstance(one, CalendarCorrected)
    many = [replace(one, notice=replace(NOTICE, number=f"{number}/TB")) for number in range(1, 101)]
    given(CALENDAR, *OPENED, *many).when(correct(), facts()).then_rejected("calendar.too_many_corrections")
