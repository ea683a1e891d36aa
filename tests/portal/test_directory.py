"""The names of a district's units: told once, and again only when they have changed."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import FastAPI, Request

from services.plans.views import OrganisationDetail, ShowOrganisation
from services.portal import backend as backends
from services.portal.backend import QUESTIONS, Backend
from services.portal.pages.reach import directory
from shared.bus import BusClient, Reply
from shared.clock import clock_at, real_now
from shared.codec import to_plain
from shared.settings import Settings
from shared.types import Actor
from tests.plans.an_organisation import demo_districts

DETAIL = replace(demo_districts("cai-rang")["cai-rang"].detail(), seq=7)


class _Plans:
    """What the service answers; what it was asked stands in `known`."""

    def __init__(self) -> None:
        self.detail = DETAIL
        self.known: list[int | None] = []

    async def question(
        self, _: str, name: str, body: bytes, actor: Actor, *, at_least: Mapping[str, int] | None = None
    ) -> Reply:
        question = QUESTIONS["plans"].decode(name, body)
        assert isinstance(question, ShowOrganisation)
        self.known.append(question.known)
        await asyncio.sleep(0)
        is_known = question.known == self.detail.seq
        view = replace(self.detail, is_known=True, units=(), sets=(), groups=()) if is_known else self.detail
        return Reply(ok={"view": to_plain(view), "stale": False, "positions": {}})


@pytest.fixture
def plans() -> _Plans:
    return _Plans()


@pytest.fixture
def app(plans: _Plans) -> FastAPI:
    app = FastAPI()
    app.state.portal = SimpleNamespace(settings=Settings())
    app.state.backend = Backend(bus=cast(BusClient, plans), clock=clock_at(date(2020, 2, 6)))
    return app


def page_of(app: FastAPI) -> Request:
    """Return the request of a page, by somebody who is signed in."""
    account = SimpleNamespace(actor=Actor(account_id="ward", grants=()))
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": [], "app": app, "state": {"account": account}}
    )


async def units(app: FastAPI, year: int = 2020) -> OrganisationDetail:
    return (await directory(page_of(app), "cai-rang", year)).detail


async def test_what_has_not_changed_is_not_told_again(app: FastAPI, plans: _Plans) -> None:
    first, second = await units(app), await units(app)
    assert plans.known == [None, 7]
    assert first == second == DETAIL


async def test_what_has_changed_is_told_at_once(app: FastAPI, plans: _Plans) -> None:
    await units(app)
    plans.detail = replace(DETAIL, seq=9, units=DETAIL.units[:1])
    assert await units(app) == plans.detail
    assert await units(app) == plans.detail
    assert plans.known == [None, 7, 9]


async def test_each_year_has_groups_of_its_own(app: FastAPI, plans: _Plans) -> None:
    await units(app, 2020)
    await units(app, 2021)
    assert plans.known == [None, None]


async def test_nothing_is_kept_for_longer_than_a_minute(
    app: FastAPI, plans: _Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    await units(app)
    later = real_now() + timedelta(seconds=backends.CHARTS_KEPT_S + 1)
    monkeypatch.setattr(backends, "real_now", lambda: later)
    assert await units(app) == DETAIL
    assert plans.known == [None, None]


async def test_only_so_many_are_kept(app: FastAPI, plans: _Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "CHARTS_KEPT_MAX", 2)
    for year in (2019, 2020, 2021, 2021, 2020):
        await units(app, year)
    assert plans.known == [None, None, None, 7, None]


async def test_a_page_and_what_surrounds_it_ask_once_and_who_stops_waiting_takes_it_from_nobody(
    app: FastAPI, plans: _Plans
) -> None:
    page = page_of(app)
    around = asyncio.create_task(directory(page, "cai-rang", 2020))
    content = asyncio.create_task(directory(page, "cai-rang", 2020))
    await asyncio.sleep(0)
    around.cancel()
    assert (await content).detail == DETAIL
    assert plans.known == [None]
