"""What is typed into forms and addresses: nothing is lost, nothing odd gets through."""

from decimal import Decimal

import pytest
from starlette.datastructures import FormData

from services.plans.rules import TASKS_MAX
from services.portal.numbers import whole, year_in
from services.portal.pages.draft_form import ROWS_MAX, typed_draft
from services.portal.pages.forms import parse_day, parse_decimal
from shared.errors import Rejected


def _form(rows: int) -> FormData:
    return FormData([("rows", str(rows)), *((f"row-{at}-content", f"Việc {at}") for at in range(rows))])


def test_the_editor_takes_as_many_rows_as_a_plan_has_tasks() -> None:
    assert ROWS_MAX == TASKS_MAX
    assert [row.content for row in typed_draft(_form(ROWS_MAX)).rows] == [f"Việc {at}" for at in range(ROWS_MAX)]


def test_more_rows_are_refused_not_cut() -> None:
    with pytest.raises(Rejected, match=r"plan\.too_many_tasks"):
        typed_draft(_form(ROWS_MAX + 1))


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "9" * 19, "9" * 5000, "²"])
def test_what_is_no_number_of_ours_is_none(text: str) -> None:
    assert whole(text) is None


def test_a_number_is_read() -> None:
    assert whole("0042") == 42


@pytest.mark.parametrize(("text", "year"), [("2020", 2020), ("0000", None), ("9999", None), ("20", None), ("x", None)])
def test_a_year_is_one_of_this_age(text: str, year: int | None) -> None:
    assert year_in(text) == year


@pytest.mark.parametrize("text", [f"1/1/{'9' * 30}", f"1/1/{'9' * 5000}", "1/1/0", "1/1/-2020", "1//2020"])
def test_an_odd_day_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="25/06/2020"):
        parse_day(text)


@pytest.mark.parametrize("text", ["1e999999", "9" * 5000, "NaN", "Infinity", "1e-999999"])
def test_an_odd_decimal_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="9,5"):
        parse_decimal(text)


def test_a_decimal_is_read() -> None:
    assert parse_decimal("1 234,50") == Decimal("1234.50")
