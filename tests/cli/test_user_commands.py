"""`tdkt user` and `tdkt key`: accounts without a running system, for whoever holds the data folder."""

import asyncio
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app
from services.cli.output import REFUSED, USAGE
from shared.accounts import Accounts, Link
from shared.clock import clock_at, save_clock
from shared.errors import Rejected
from shared.types import CITY, Grant, Role
from tests.kernel.account_store import ADMIN, url_in
from tests.portal.accounts_at import PASSWORD, QUICK_HASHER
from tests.support.postgres import database_url

PLACE = ("--district", "cai-rang", "--unit", "le-binh")
TODAY = date(2020, 2, 6)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TDKT_DATABASE_URL", database_url(tmp_path))
    save_clock(tmp_path / "clock.json", clock_at(TODAY))
    return tmp_path


def tdkt(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data", str(data)], env={"COLUMNS": "200"})


def code_of(result: Result) -> str:
    assert isinstance(result.exception, Rejected), result.output
    return result.exception.code


def look(data: Path, token: str) -> Link | None:
    async def run() -> Link | None:
        accounts = await Accounts.open(url_in(data), hasher=QUICK_HASHER)
        try:
            return await accounts.links.look(token)
        finally:
            await accounts.close()

    return asyncio.run(run())


def add_admin(data: Path) -> None:
    async def run() -> None:
        accounts = await Accounts.open(url_in(data), hasher=QUICK_HASHER)
        await accounts.create("admin", "Quản trị", PASSWORD, [ADMIN], "admin")
        await accounts.close()

    asyncio.run(run())


def test_the_first_administrators_link_is_printed_while_there_is_none(data: Path) -> None:
    first, second = (tdkt(data, "user", "first-admin").stdout.strip() for _ in range(2))

    assert re.fullmatch(r"/bat-dau/[\w-]{43,}", second)
    assert look(data, first.rsplit("/", 1)[1]) is None
    assert look(data, second.rsplit("/", 1)[1]) is not None
    add_admin(data)
    result = tdkt(data, "user", "first-admin")
    assert (result.exit_code, result.stdout) == (REFUSED, "")


def test_a_link_names_the_address_that_people_use(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDKT_BASE_URL", "https://thidua.example/")

    assert tdkt(data, "user", "first-admin").stdout.startswith("https://thidua.example/bat-dau/")
    assert "https://thidua.example/dat-lai/" in tdkt(data, "user", "add", "be", "Trần Văn Bé").stdout


def test_an_account_is_added_given_a_role_explained_and_closed(data: Path) -> None:
    added = tdkt(data, "user", "add", "be", "Trần Văn Bé", "--reason", "mới về")
    assert look(data, added.stdout.strip().rsplit("/", 1)[1]) is not None
    assert tdkt(data, "user", "why", "be", "complete-task-part", *PLACE).exit_code == REFUSED
    assert tdkt(data, "user", "grant", "be", "unit_clerk", *PLACE, "--to", "31/12/2020").exit_code == 0
    why = tdkt(data, "user", "why", "be", "complete-task-part", *PLACE)
    assert why.exit_code == 0 and "Được: Trần Văn Bé (be)" in why.stdout
    later = tdkt(data, "user", "why", "be", "complete-task-part", *PLACE, "--on", "2021-01-01")
    assert later.exit_code == REFUSED and "Đã hết hiệu lực" in later.stdout
    (listed,) = json.loads(tdkt(data, "user", "ls", "tran be", "-o", "json").stdout)
    assert listed["roles"] == "Cán bộ đơn vị, le-binh, Quận Cái Răng"
    assert tdkt(data, "user", "withdraw", "be", "unit_clerk", *PLACE).exit_code == 0
    assert tdkt(data, "user", "withdraw", "be", "unit_clerk", *PLACE).exit_code == REFUSED
    assert tdkt(data, "user", "disable", "be", "--reason", "nghỉ việc").exit_code == 0
    assert code_of(tdkt(data, "user", "reset", "be")) == "account.disabled"
    assert tdkt(data, "user", "enable", "be").exit_code == 0
    assert "/dat-lai/" in tdkt(data, "user", "reset", "be", "--totp").stdout
    entries = json.loads(tdkt(data, "user", "audit", "be", "-o", "json").stdout)
    assert {entry["by"].split(":")[0] for entry in entries} == {"cli"}
    assert [entry["action"] for entry in entries if entry["reason"]] == [
        "account.disabled",
        "link.issued",
        "account.created",
    ]


def test_a_role_is_delegated_for_some_days_and_taken_back(data: Path) -> None:
    for login in ("truong", "be"):
        tdkt(data, "user", "add", login, f"Người {login}")
    tdkt(data, "user", "grant", "truong", "unit_head", *PLACE)
    days = ("--from", "2020-02-10", "--to", "2020-02-14")
    told = tdkt(data, "user", "delegate", "truong", "unit_head", "be", *PLACE, *days)
    assert told.exit_code == 0, told.output
    delegation = told.stdout.strip().rstrip(".").rsplit(" ", 1)[1]
    ask = ("user", "why", "be", "report-task", *PLACE, "--on", "2020-02-12")
    assert "Người truong" in tdkt(data, *ask).stdout
    assert tdkt(data, *ask).exit_code == 0
    assert delegation in tdkt(data, "user", "show", "be").stdout
    assert tdkt(data, "user", "undelegate", delegation).exit_code == 0
    ended = tdkt(data, *ask)
    assert ended.exit_code == REFUSED and "Ủy quyền đã kết thúc" in ended.stdout
    assert code_of(tdkt(data, "user", "delegate", "be", "unit_head", "truong", *PLACE, *days)) == "delegation.nothing"


def test_sessions_are_listed_and_ended(data: Path) -> None:
    async def sign_in() -> None:
        accounts = await Accounts.open(url_in(data), hasher=QUICK_HASHER)
        await accounts.create("be", "Bé", PASSWORD)
        await accounts.sign_in("be", PASSWORD, "10.0.0.7", "Firefox")
        await accounts.close()

    asyncio.run(sign_in())
    (session,) = json.loads(tdkt(data, "user", "sessions", "be", "--end", "-o", "json").stdout)
    assert (session["ip"], session["via"], session["user_agent"]) == ("10.0.0.7", "password", "Firefox")
    assert json.loads(tdkt(data, "user", "sessions", "be", "-o", "json").stdout) == []


def test_an_unknown_action_or_role_names_the_known_ones(data: Path) -> None:
    result = tdkt(data, "user", "why", "be", "fly", "--district", "cai-rang")
    assert result.exit_code == USAGE and "issue-plan" in result.output
    assert tdkt(data, "user", "grant", "be", "king", "--district", "cai-rang").exit_code == USAGE


def test_nobody_is_given_what_nobody_may_hold(data: Path) -> None:
    tdkt(data, "user", "add", "be", "Bé")
    assert code_of(tdkt(data, "user", "grant", "be", "policy", "--district", CITY)) == "grant.policy"
    assert code_of(tdkt(data, "user", "grant", "be", "unit_clerk", "--district", "cai-rang")) == "grant.bad_scope"


def test_a_service_key_is_printed_once_listed_and_revoked(data: Path) -> None:
    end = (TODAY + timedelta(days=30)).isoformat()
    issued = tdkt(data, "key", "issue", "Cổng dữ liệu", "--district", "cai-rang", "--district", "o-mon", "--to", end)
    token = issued.stdout.strip()
    assert token.startswith("tdkt_") and "\n" not in token
    (listed,) = json.loads(tdkt(data, "key", "ls", "-o", "json").stdout)
    assert token.startswith(listed["prefix"]) and token not in str(listed)
    assert listed["valid_to"] == end

    async def use() -> tuple[Grant, ...]:
        accounts = await Accounts.open(url_in(data), today=lambda: TODAY, hasher=QUICK_HASHER)
        try:
            return (await accounts.keys.actor_of(token)).actor.grants
        finally:
            await accounts.close()

    assert {grant.district for grant in asyncio.run(use())} == {"cai-rang", "o-mon"}
    assert tdkt(data, "key", "revoke", listed["id"], "--reason", "lộ").exit_code == 0
    with pytest.raises(Rejected, match="revoked"):
        asyncio.run(use())
    assert code_of(tdkt(data, "key", "issue", "A", "--district", CITY, "--role", Role.CITY_BOARD)) == "key.bad_role"
