"""What is typed into forms and addresses: nothing is lost, nothing odd gets through."""

import inspect
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from fastapi import Request
from starlette.datastructures import FormData

from services.plans.events import DraftUnitTask, PlanText
from services.plans.rules import TASKS_MAX
from services.plans.views import OrganisationDetail, UnitPlanView
from services.portal.app import larger_bodies
from services.portal.numbers import whole, year_in
from services.portal.pages import draft_form
from services.portal.pages.activities import only_chosen, onward
from services.portal.pages.draft_form import ROWS_MAX, body_of, typed_draft
from services.portal.pages.forms import Input, Invalid, files_input, parse_day, parse_decimal, read
from services.portal.pages.past import day_in
from services.portal.pages.reach import Directory
from services.portal.pages.unit_plans.drafting import Draft as UnitDraft
from services.portal.pages.unit_plans.drafting import Row as UnitRow
from services.portal.pages.unit_plans.drafting import command_of, saved
from shared.errors import Rejected
from tests.support.postgres import settings_in


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


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "campaigns.acting",
        "dossiers",
        "groups.acting",
        "inspections.acting",
        "inspections.recommendations",
        "pledges.acting",
        "tasks",
        "unit_plans.actions",
    ],
)
def test_a_page_that_takes_files_takes_large_bodies(page: str, tmp_path: Path) -> None:
    limits, module = larger_bodies(settings_in(tmp_path)), import_module(f"services.portal.pages.{page}")
    paths = [one.path for one in module.router.routes if "POST" in one.methods]
    assert files_input.__name__ in inspect.getsource(module) and paths
    for path in paths:
        assert max((most for start, most in limits.items() if path.startswith(start)), default=0) > 20_000_000, path


# -- choices --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_required", [True, False])
@pytest.mark.parametrize("others", [[], [("units", "le-binh")]])
def test_a_choice_that_is_gone_is_said_by_name_also_where_others_remain(
    is_required: bool, others: list[tuple[str, str]]
) -> None:
    units = Input(
        name="units",
        label="Đơn vị",
        kind="checks",
        options=[("le-binh", "Phường Lê Bình")],
        names={"an-hoi": "Phường An Hội"},
        is_required=is_required,
    )
    with pytest.raises(Invalid) as told:
        read(FormData([*others, ("units", "an-hoi"), ("units", "moi")]), (units,))
    assert told.value.errors == {
        "units": "Đơn vị: “Phường An Hội”, “moi” không còn nữa, hãy xem lại và chọn lại.",
    }
    many = FormData([("units", f"don-vi-{number}") for number in range(1000)])
    with pytest.raises(Invalid) as told:
        read(many, (units,))
    assert "và 995 mục khác" in told.value.errors["units"] and len(told.value.errors["units"]) < 200


def test_boxes_of_which_none_was_chosen_are_asked_for_where_one_is_needed() -> None:
    units = Input(name="units", label="Đơn vị", kind="checks", options=[("a", "A")])
    with pytest.raises(Invalid, match="ít nhất một mục"):
        read(FormData(), (units,))
    assert read(FormData(), (replace(units, is_required=False),)) == {"units": ()}
    assert read(FormData([("units", "a")]), (units,)) == {"units": ("a",)}


def test_a_chosen_one_of_a_list_that_is_gone_is_said_by_name() -> None:
    head = Input(name="head", label="Trưởng", kind="select", options=[("a", "A")], names={"an-hoi": "Phường An Hội"})
    with pytest.raises(Invalid) as told:
        read(FormData([("head", "an-hoi")]), (head,))
    assert told.value.errors == {"head": "Trưởng: “Phường An Hội” không còn nữa, hãy xem lại và chọn lại."}


def test_a_form_filled_in_for_one_unit_offers_that_unit_alone() -> None:
    unit = Input(name="unit_id", label="Đơn vị", kind="select", options=[("a", "A"), ("b", "B")], value="b")
    assert only_chosen(unit).options == [("b", "B")]
    assert only_chosen(Input(name="u", label="", options=[("a", "A")])).options == [("a", "A")]


# -- days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["01/01/0001", "0001-01-01", "31/12/9999", "31/02/2020", "x"])
def test_a_day_outside_of_this_age_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match=r"past\.day_malformed"):
        day_in(text)


async def test_what_was_made_is_looked_for_in_the_year_of_its_first_day() -> None:
    async def where(day: str) -> str:
        body = urlencode({"title": "Hội thi", "campaign_id": "", "starts_on": day}).encode()

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        kind = (b"content-type", b"application/x-www-form-urlencoded")
        request = Request({"type": "http", "method": "POST", "headers": [kind]}, receive)
        return await onward(request, "/dot-thi-dua/cai-rang/2020", "campaign_id", "starts_on")

    assert await where("05/01/2021") == "/dot-thi-dua/cai-rang/2021/hoi-thi"
    assert await where("31/02/2021") == "/dot-thi-dua/cai-rang/2020"


# -- drafts: what was typed is never dropped -------------------------------------------------------

HEADS = {"title": "Kế hoạch", "issuer": "Ủy ban nhân dân"}
NOBODY = Directory(detail=cast(OrganisationDetail, type("Detail", (), {"units": (), "sets": ()})))


def _told_of(kind: str, heads: dict[str, str], row: dict[str, Any]) -> set[str]:
    """Return the fields at which the draft of the kind is refused, with one blank row after the one given."""
    with pytest.raises(Invalid) as told:
        if kind == "district":
            rows = (draft_form.Row(number="1", **row), draft_form.Row(number="2"))
            body_of(draft_form.Draft(heads={**HEADS, **heads}, rows=rows), NOBODY)
        else:
            own = (UnitRow(number="1", **row), UnitRow(number="2"))
            draft = UnitDraft(heads={**HEADS, **heads}, rows=own, form_id="1")
            command_of(cast(Any, None), draft, cast(Any, None))
    return set(told.value.errors)


def test_a_row_that_states_a_day_and_once_stated_a_month_is_typed_with_its_quarter() -> None:
    rows = (
        DraftUnitTask(number=1, quarter=2, content="Việc", due_month=5, due_on=date(2020, 5, 10)),
        DraftUnitTask(number=2, quarter=2, content="Việc", due_month=5),
        DraftUnitTask(number=3, quarter=2, content="Việc", due_on=date(2020, 5, 10)),
    )
    plan = UnitPlanView(
        district="cai-rang",
        year=2020,
        unit_id="phuong-le-binh",
        unit_name="Phường Lê Bình",
        group_id="",
        status="draft",
        number=None,
        issued_on=None,
        text=PlanText(title="Kế hoạch", issuer="UBND phường Lê Bình"),
        draft=rows,
        return_reason=None,
        seq=1,
    )
    typed = [(row.term, row.due_on) for row in saved(plan).rows]
    assert typed == [("quy-2", "10/05/2020"), ("thang-5", ""), ("quy-2", "10/05/2020")]


@pytest.mark.parametrize("kind", ["district", "unit"])
@pytest.mark.parametrize("name", ["signer_post", "signer_on_behalf_of"])
def test_a_post_without_who_signs_is_said_at_the_signer(kind: str, name: str) -> None:
    assert "signer_name" in _told_of(kind, {name: "Chủ tịch"}, {})
    assert "signer_name" not in _told_of(kind, {name: "Chủ tịch", "signer_name": "Nguyễn Văn A"}, {})


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        *(("district", one) for one in ("quarter", "due_month", "due_on", "coordinators", "repeats")),
        *(("unit", one) for one in ("term", "due_on", "of_task", "post")),
    ],
)
def test_a_row_without_content_is_said_at_the_row(kind: str, typed: str) -> None:
    told = _told_of(kind, {}, {typed: "31/03/2020"})
    assert "row-0-content" in told
    assert not any(one.startswith("row-1") for one in told), "a row in which nothing was typed is none"
