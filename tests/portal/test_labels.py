"""The words for people: complete in both languages, filled in safely."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.portal.format import day, decimal, instant, number
from services.portal.labels import SECTIONS, TONES, label, load, office, sentence, state
from shared.office.word.formalities import day_in_words
from shared.types import CITY, DISTRICTS, Role

ROOT = Path(__file__).parents[2]
OURS = (
    *(str(path.relative_to(ROOT)) for path in (ROOT / "shared/accounts").glob("*.py")),
    "shared/actor.py",
    "services/portal/session.py",
    "services/portal/web.py",
    "services/portal/oidc.py",
    *(str(path.relative_to(ROOT)) for path in (ROOT / "services/portal/sign_in").glob("*.py")),
    *(str(path.relative_to(ROOT)) for path in (ROOT / "services/portal/pages/accounts").glob("*.py")),
)


def test_the_sections_are_the_known_ones() -> None:
    assert set(load()) == set(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_each_key_has_a_text_in_vietnamese_and_in_english(section: str) -> None:
    for key, entry in load()[section].items():
        assert entry["vi"].strip() and entry["en"].strip(), key
        assert set(entry) <= {"vi", "en", "sign", "tone"}, key


def test_both_languages_of_a_refusal_name_the_same_fields() -> None:
    for code, entry in load()["codes"].items():
        assert re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", code)
        assert set(re.findall(r"{(\w+)}", entry["vi"])) == set(re.findall(r"{(\w+)}", entry["en"])), code


def test_each_refusal_of_accounts_actors_and_shell_has_a_sentence() -> None:
    for path in OURS:
        source = (ROOT / path).read_text(encoding="utf-8")
        for code in re.findall(r'Rejected\(\s*"([a-z_.]+)"', source):
            assert code in load()["codes"], f"{code} in {path}"


def test_each_state_has_a_sign_and_a_known_tone() -> None:
    for key in load()["states"]:
        assert state(key).sign.strip(), key
        assert state(key).tone in TONES, key


def test_each_role_and_place_has_a_name() -> None:
    assert all(label("roles", role) != role for role in Role)
    assert all(label("places", place) != place for place in (CITY, *DISTRICTS))


def test_what_a_district_leaves_to_its_office_the_city_leaves_to_its_board() -> None:
    assert {office(one) for one in DISTRICTS} == {"Phòng Nội vụ"}
    assert office(CITY) == "Ban Thi đua - Khen thưởng thành phố"


def test_a_sentence_fills_in_its_fields_and_only_by_name() -> None:
    assert "sau 3 phút" in sentence("account.locked", {"minutes": 3})
    assert "sau … phút" in sentence("account.locked", {})
    assert "“{x.__class__}”" in sentence("account.not_found", {"account": "{x.__class__}"})


def test_a_refusal_says_what_was_not_allowed_in_words() -> None:
    assert "(mở lại bản đăng ký)" in sentence("actor.not_allowed", {"action": "ReopenRegistration"})
    assert "(xem)" in sentence("actor.not_allowed", {"action": "read"})
    assert "(DanceAndSing)" in sentence("actor.not_allowed", {"action": "DanceAndSing"})
    assert "(…)" in sentence("actor.not_allowed", {})


def test_an_unknown_code_is_named_in_a_general_sentence() -> None:
    assert "plan.strange" in sentence("plan.strange")
    assert "plan.strange" in sentence("plan.strange", {}, "en")


def test_dates_and_numbers_are_written_the_vietnamese_way() -> None:
    assert day(date(2020, 6, 25)) == day("2020-06-25") == "25/06/2020"
    assert instant("2020-02-06T01:00:00+00:00") == "06/02/2020 08:00"
    assert day("2020-02-05T18:00:00+00:00") == "06/02/2020"
    assert number(18204) == "18\u202f204"
    assert decimal(Decimal("9.50")) == "9,5"
    assert decimal("1234.5", 2) == "1\u202f234,50"
    assert day_in_words(date(2020, 2, 6)) == "ngày 06 tháng 02 năm 2020"


@pytest.mark.parametrize("typed", ["2020-13-01", "2020-02-06T99:00:00Z", "0000-00-00"])
def test_what_only_looks_like_a_date_is_shown_as_it_was_typed(typed: str) -> None:
    assert typed in sentence("past.day_malformed", {"day": typed})
