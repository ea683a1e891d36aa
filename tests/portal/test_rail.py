"""The rail says where a person is, on every page of a district's year."""

from datetime import UTC, date, datetime

import pytest

from services.portal.pages.year import YEAR_PAGES, year_links
from services.portal.shell import rail
from shared.accounts import SessionAccount
from shared.clock import clock_at
from shared.types import Actor, Grant, Role

CLOCK = clock_at(date(2020, 2, 6))


def signed_in(role: Role, unit: str | None = None) -> SessionAccount:
    grants = (Grant(role=role, district="cai-rang", unit=unit),)
    return SessionAccount(
        account_id="a", login="a", full_name="A", must_change=False, session_id="s",
        actor=Actor(account_id="a", grants=grants), expires_at=datetime(2021, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize("page", YEAR_PAGES, ids=lambda page: page[0])
def test_each_page_of_the_year_belongs_to_an_entry_of_the_rail_and_is_current_in_the_strip(
    page: tuple[str, str],
) -> None:
    path = page[1].format(district="cai-rang", year=2020).partition("?")[0]
    current = [item.label for item in rail(signed_in(Role.HOME_AFFAIRS), path, CLOCK) if item.is_current]
    assert current == ["Tổng quan" if page[0] == "Tổng quan" else "Kế hoạch"]
    assert [link.label for link in year_links("cai-rang", 2020, path) if link.is_current] == [page[0]]


def current(role: Role, path: str, unit: str | None = None) -> list[str]:
    return [item.label for item in rail(signed_in(role, unit), path, CLOCK) if item.is_current]


@pytest.mark.parametrize("page", YEAR_PAGES, ids=lambda page: page[0])
def test_a_clerk_without_the_entry_of_the_figures_finds_each_page_of_the_year_at_the_plan(
    page: tuple[str, str],
) -> None:
    path = page[1].format(district="cai-rang", year=2020).partition("?")[0]
    assert current(Role.UNIT_CLERK, path, "phuong-le-binh") == ["Kế hoạch"]
    assert current(Role.UNIT_CLERK, "/don-vi/cai-rang/phuong-le-binh", "phuong-le-binh") == ["Kế hoạch"]


def test_a_page_below_two_entries_belongs_to_the_one_it_stands_under() -> None:
    assert current(Role.ADMIN, "/to-chuc/don-vi") == ["Tổ chức"]
    assert current(Role.ADMIN, "/to-chuc/don-vi/cai-rang") == ["Tổ chức"]
    assert current(Role.ADMIN, "/to-chuc/nguoi-dung/a") == ["Người dùng"]
    assert current(Role.ADMIN, "/tich-hop/khoa") == ["Người dùng"]
    assert current(Role.HOME_AFFAIRS, "/khong-co") == []
