"""`tdkt calendar` against a real service: open, look, correct, count, withdraw; and the demo's own calendars."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.cli.calendar import read_calendars
from services.cli.demo import CALENDAR_FILE
from services.plans.documents import suggested_calendar
from tests.cli.system import System, running_system

pytestmark = pytest.mark.same_on_both("the command line speaks with services, which are tested on both")

CITY = ("--as", "thanhpho")
NOTICE = ("--number", "1/TB-UBND", "--issued-on", "01/02/2020")
ISSUER = ("--issuer", "UBND thành phố Cần Thơ")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("calendar"), "plans", "scoring") as running:
        loaded = running.load_demo()
        assert loaded.code == 0, loaded.err
        yield running


def test_the_calendars_of_the_demo_are_what_the_command_would_open() -> None:
    commands = read_calendars(CALENDAR_FILE, at=datetime(2020, 2, 6, tzinfo=UTC))
    assert [one.year for one in commands] == [2020, 2021]
    for one in commands:
        suggested = suggested_calendar(one.year)
        assert (one.holidays, one.basis) == (suggested.holidays, suggested.basis)


def test_a_year_is_opened_once_and_shown(system: System) -> None:
    first = system.tdkt("calendar", "seed", "2022", *CITY, "-o", "json")
    again = system.tdkt("calendar", "seed", "2022", *CITY, "-o", "json")
    assert (first.code, again.code) == (0, 0), first.err
    assert first.json["position"]["seq"] == again.json["position"]["seq"]
    shown = system.tdkt("calendar", "show", "2022", *CITY)
    assert "03/01/2022" in shown.out
    assert "Tết Dương lịch (nghỉ bù)" in shown.out


def test_a_year_that_is_not_open_is_said_to_be_so(system: System) -> None:
    shown = system.tdkt("calendar", "show", "2040", *CITY)
    assert (shown.code, "Lịch năm 2040 chưa mở" in shown.err) == (0, True)
    counted = system.tdkt("calendar", "workdays", "31/12/2039", "3", *CITY)
    assert (counted.code, "Lịch năm 2039, 2040 chưa mở" in counted.err) == (0, True)


def test_working_days_are_counted_with_their_reasons(system: System) -> None:
    term = system.tdkt("calendar", "workdays", "2020-12-01", "25", *CITY, "-o", "json").json
    assert term["due_on"] == "2021-01-06"
    said = system.tdkt("calendar", "workdays", "22/01/2020", "1", *CITY)
    assert "1 ngày làm việc sau 22/01/2020: 30/01/2020." in said.out
    assert "Giao thừa Tết Nguyên Đán" in said.out


def test_a_notice_is_entered_twice_as_once_and_withdrawn(system: System) -> None:
    days = ("--off", "31/03/2020=Nghỉ phòng, chống bão", "--made-up", "2020-04-04")
    first = system.tdkt("calendar", "correct", *CITY, *NOTICE, *ISSUER, *days, "-o", "json")
    again = system.tdkt("calendar", "correct", *CITY, *NOTICE, *ISSUER, *days, "-o", "json")
    assert (first.code, again.code) == (0, 0), first.err + again.err
    counted = system.tdkt("calendar", "workdays", "30/03/2020", "1", *CITY).out
    assert "01/04/2020" in counted
    assert "Nghỉ phòng, chống bão, theo văn bản số 1/TB-UBND" in counted
    assert len(system.tdkt("event", "ls", "PLANS", "--type", "CalendarCorrected", "-o", "json").json) == 1
    gone = system.tdkt("calendar", "withdraw", "2020", *CITY, *NOTICE, "--reason", "Nhập nhầm")
    assert (gone.code, "Đã rút" in gone.out) == (0, True)
    assert system.tdkt("calendar", "withdraw", "2020", *CITY, *NOTICE, "--reason", "Lần nữa").code == 4


def test_who_may_not_is_refused_and_what_cannot_be_meant_is_a_usage_error(system: System) -> None:
    refused = system.tdkt("calendar", "correct", "--as", "pnv.cai-rang", *NOTICE, *ISSUER, "--off", "31/03/2020")
    assert (refused.code, "actor.not_allowed" in refused.err) == (4, True)
    for odd in (("--off", "31/02/2020"), ("--off", "hôm nay"), ()):
        assert system.tdkt("calendar", "correct", *CITY, *NOTICE, *ISSUER, *odd).code == 2
    assert system.tdkt("calendar", "seed", "1999", *CITY).code == 2
    assert system.tdkt("calendar", "workdays", "01/01/2020", "0", *CITY).code == 2
