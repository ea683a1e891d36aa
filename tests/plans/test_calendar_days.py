"""Which days are worked, and terms counted in them: by example, and what holds for every calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.documents import suggested_calendar
from services.plans.events import CalendarDay, DayKind
from services.plans.rules import (
    WorkingDays,
    day_of,
    due,
    due_date,
    is_worked,
    last_working_day,
    next_working_day,
    working_days,
    working_days_between,
)
from tests.plans.a_calendar import CORRECTED, NOTICE, OPENED, OPENED_2020, correct, history, open_year, view, withdraw

Y2020 = working_days([view(*OPENED_2020)])
Y2020_2021 = working_days([view(*OPENED_2020), view(*history(open_year(2021)))])
BEFORE_NOTICE = working_days([view(*OPENED)])
AFTER_NOTICE = working_days([view(*CORRECTED)])
NOTHING = WorkingDays()


# -- the list of public holidays ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "off"),
    [
        # As the ministries announced them: Tết 23–29/01/2020; Tết 10–16/02/2021 and 02–03/09/2021.
        (2020, "01/01 23/01 24/01 27/01 28/01 29/01 02/04 30/04 01/05 02/09"),
        (2021, "01/01 10/02 11/02 12/02 15/02 16/02 21/04 30/04 03/05 02/09 03/09"),
    ],
)
def test_the_weekdays_off_of_a_year_are_those_that_were_announced(year: int, off: str) -> None:
    found = [one.day for one in suggested_calendar(year).holidays if one.day.weekday() < 5]
    assert " ".join(f"{day:%d/%m}" for day in found) == off


def test_swapped_working_days_are_no_public_holidays() -> None:
    for year, swapped in ((2024, date(2024, 4, 29)), (2025, date(2025, 5, 2)), (2026, date(2026, 8, 31))):
        assert swapped not in {one.day for one in suggested_calendar(year).holidays}


def test_the_law_behind_the_holidays_is_that_of_the_year() -> None:
    assert suggested_calendar(2020).basis == "Bộ luật Lao động 2012, Điều 115"
    assert suggested_calendar(2021).basis == "Bộ luật Lao động 2019, Điều 112"


# -- days and terms, by example -----------------------------------------------------------------


def test_a_day_off_says_what_it_is() -> None:
    assert day_of(Y2020, date(2020, 1, 27)).name == "Mùng ba Tết Nguyên Đán"
    assert day_of(Y2020, date(2020, 1, 27)).kind is DayKind.HOLIDAY
    assert day_of(Y2020, date(2020, 2, 8)).kind is DayKind.WEEKEND
    assert day_of(Y2020, date(2020, 2, 6)).kind is DayKind.WORKING


def test_a_swap_the_list_misses_comes_by_its_notice() -> None:
    friday, saturday = date(2026, 1, 2), date(2026, 1, 10)
    assert is_worked(BEFORE_NOTICE, friday)
    assert not is_worked(BEFORE_NOTICE, saturday)
    assert day_of(AFTER_NOTICE, friday) == CalendarDay(
        day=friday, kind=DayKind.OFF, name="Nghỉ hoán đổi", notice=NOTICE.number
    )
    assert day_of(AFTER_NOTICE, saturday) == CalendarDay(
        day=saturday, kind=DayKind.MADE_UP, name="Làm bù", notice=NOTICE.number
    )


def test_a_withdrawn_notice_leaves_the_days_as_they_were() -> None:
    assert working_days([view(*history(open_year(), correct(), withdraw()))]).named == BEFORE_NOTICE.named


def test_terms_of_the_procedures_end_where_the_offices_count_them() -> None:
    # 20 and 10 working days from Monday 02/11/2020; 25 from Tuesday 01/12/2020, with New Year between.
    assert due(Y2020, date(2020, 11, 2), 20).due_on == date(2020, 11, 30)
    assert due(Y2020, date(2020, 11, 2), 10).due_on == date(2020, 11, 16)
    assert due(Y2020_2021, date(2020, 12, 1), 25).due_on == date(2021, 1, 6)


def test_a_term_names_each_day_it_passed_over_and_why() -> None:
    end = due(Y2020, date(2020, 1, 22), 1)
    assert end.due_on == date(2020, 1, 30)
    assert end.reason is not None
    assert [one.name for one in end.reason.skipped] == [
        "29 Tết",
        "Giao thừa Tết Nguyên Đán",
        "Tết Nguyên Đán",
        "Mùng hai Tết Nguyên Đán",
        "Mùng ba Tết Nguyên Đán",
        "Mùng bốn Tết Nguyên Đán",
        "Mùng năm Tết Nguyên Đán",
    ]
    (skipped,) = (one for one in due(AFTER_NOTICE, date(2026, 1, 1), 1).reason.skipped if one.notice)  # type: ignore[union-attr]
    assert (skipped.day, skipped.notice) == (date(2026, 1, 2), "12729/VPCP-KGVX")


def test_a_year_whose_calendar_is_not_open_is_counted_by_weekdays_and_said_so() -> None:
    end = due(Y2020, date(2020, 12, 31), 1)
    assert end.due_on == date(2021, 1, 1)  # New Year: unknown, since 2021 is not open
    assert end.reason is not None
    assert [(one.year, one.seq) for one in end.reason.calendars] == [(2020, 1), (2021, None)]


def test_a_term_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    assert next_working_day(Y2020, date(2020, 5, 2)).due_on == date(2020, 5, 4)
    assert next_working_day(Y2020, date(2020, 5, 4)).due_on == date(2020, 5, 4)


def test_the_last_working_day_of_a_quarter_is_due_with_its_reason() -> None:
    found, _ = due_date(2020, 2, None, working_days([view(*OPENED_2020)]))
    assert found.due_on == date(2020, 6, 30)
    spring, _ = due_date(2023, 1, None, NOTHING)
    assert spring.due_on == date(2023, 3, 31)
    autumn, _ = due_date(2023, 3, None, NOTHING)  # 30/09/2023 is a Saturday
    assert autumn.due_on == date(2023, 9, 29)
    assert autumn.reason is not None
    assert [one.day for one in autumn.reason.skipped] == [date(2023, 9, 30)]


def test_a_stated_day_stays_as_stated_even_where_it_is_a_day_off() -> None:
    found, rule = due_date(2020, 2, date(2020, 5, 1), Y2020)
    assert (found.due_on, found.reason, rule) == (date(2020, 5, 1), None, "date")


def test_a_span_without_a_working_day_ends_on_its_last_day() -> None:
    weekend = (date(2020, 2, 8), date(2020, 2, 9))
    assert last_working_day(Y2020, *weekend).due_on == date(2020, 2, 9)


# -- what holds for every calendar --------------------------------------------------------------

days_near = st.dates(date(2019, 6, 1), date(2021, 12, 31))
terms = st.integers(1, 150)
calendars = st.builds(
    lambda named: WorkingDays(
        named={day: CalendarDay(day=day, kind=kind, name="x") for day, kind in named.items()}, seqs={2020: 1}
    ),
    st.dictionaries(days_near, st.sampled_from([DayKind.HOLIDAY, DayKind.OFF, DayKind.MADE_UP]), max_size=80),
)


def worked_by_hand(days: WorkingDays, after: date, until: date) -> int:
    """Count the working days in (after, until] one by one."""
    return sum(is_worked(days, after + timedelta(days=one)) for one in range(1, (until - after).days + 1))


@settings(max_examples=200, deadline=None)
@given(calendars, days_near, terms)
def test_a_term_has_exactly_its_working_days_and_ends_on_one(days: WorkingDays, after: date, term: int) -> None:
    end = due(days, after, term)
    assert is_worked(days, end.due_on)
    assert worked_by_hand(days, after, end.due_on) == term
    assert end.reason is not None
    between = {after + timedelta(days=one) for one in range(1, (end.due_on - after).days + 1)}
    assert {one.day for one in end.reason.skipped} == {day for day in between if not is_worked(days, day)}


@settings(max_examples=200, deadline=None)
@given(calendars, days_near, terms)
def test_counting_back_gives_the_term(days: WorkingDays, after: date, term: int) -> None:
    end = due(days, after, term).due_on
    assert working_days_between(days, after, end) == term
    assert working_days_between(days, end, after) == -term


@settings(max_examples=200, deadline=None)
@given(calendars, days_near, days_near, terms, terms)
def test_a_longer_or_a_later_term_never_ends_earlier(
    days: WorkingDays, after: date, later: date, term: int, more: int
) -> None:
    first, second = sorted((after, later))
    assert due(days, first, term).due_on <= due(days, second, term).due_on
    assert due(days, first, term).due_on < due(days, first, term + more).due_on


@settings(max_examples=200, deadline=None)
@given(calendars, days_near, days_near, days_near)
def test_working_days_add_up(days: WorkingDays, one: date, two: date, three: date) -> None:
    first, second, third = sorted((one, two, three))
    parts = working_days_between(days, first, second) + working_days_between(days, second, third)
    assert parts == working_days_between(days, first, third)


@settings(max_examples=100, deadline=None)
@given(calendars, st.integers(2019, 2022), st.integers(1, 4))
def test_a_quarter_ends_on_the_last_of_its_working_days(days: WorkingDays, year: int, quarter: int) -> None:
    found, _ = due_date(year, quarter, None, days)
    assert (found.due_on.year, (found.due_on.month + 2) // 3) == (year, quarter)
    assert is_worked(days, found.due_on)
    next_quarter = date(year + quarter // 4, quarter * 3 % 12 + 1, 1)
    assert worked_by_hand(days, found.due_on, next_quarter - timedelta(days=1)) == 0
