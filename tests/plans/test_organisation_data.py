"""The organisation data of the demo: five districts, their wards, offices, sets and groups in 2020."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "demo" / "can-tho-2020.yaml").read_text(encoding="utf-8"))
ORGANISATIONS: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in DATA["organisations"]}
DISTRICTS = {id_: entry for id_, entry in ORGANISATIONS.items() if id_ != "can-tho"}
KINDS = {
    *("executive", "council", "government", "party", "mass_organisation", "public_service", "armed", "vertical"),
    "enterprise",
    *("ward", "district"),
}


def wards_on(day: date) -> dict[str, int]:
    return {
        id_: sum(unit["kind"] == "ward" and unit.get("valid_to", day) >= day for unit in district["units"])
        for id_, district in DISTRICTS.items()
    }


def test_there_are_five_districts_and_the_city() -> None:
    assert set(DISTRICTS) == {"ninh-kieu", "binh-thuy", "cai-rang", "o-mon", "thot-not"}
    assert DATA["city"]["id"] == "can-tho"


def test_there_were_44_wards_on_the_day_of_the_plan_and_42_after_the_merger_in_ninh_kieu() -> None:
    expected = {"ninh-kieu": 13, "binh-thuy": 8, "cai-rang": 7, "o-mon": 7, "thot-not": 9}
    assert wards_on(date(2020, 2, 6)) == expected
    assert wards_on(date(2020, 2, 29)) == expected
    assert wards_on(date(2020, 3, 1)) == {**expected, "ninh-kieu": 11}
    assert sum(expected.values()) == 44


@pytest.mark.parametrize("organisation", ORGANISATIONS.values(), ids=list(ORGANISATIONS))
def test_ids_are_well_formed_and_unique_within_an_organisation(organisation: dict[str, Any]) -> None:
    ids = [entry["id"] for part in ("units", "sets", "groups") for entry in organisation[part]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9-]+", id_) for id_ in ids)


@pytest.mark.parametrize("organisation", ORGANISATIONS.values(), ids=list(ORGANISATIONS))
def test_members_heads_and_deputies_are_units_of_the_organisation(organisation: dict[str, Any]) -> None:
    units = {unit["id"] for unit in organisation["units"]}
    for part in ("sets", "groups"):
        for entry in organisation[part]:
            assert entry["members"]
            assert len(entry["members"]) == len(set(entry["members"]))
            assert set(entry["members"]) <= units
    for group in organisation["groups"]:
        assert (group["year"], group["kind"] in ("cluster", "block")) == (2020, True)
        assert {group["head"], group["deputy"]} <= set(group["members"])
        assert group["head"] != group["deputy"]


@pytest.mark.parametrize("organisation", ORGANISATIONS.values(), ids=list(ORGANISATIONS))
def test_every_unit_has_names_and_a_known_kind(organisation: dict[str, Any]) -> None:
    for unit in organisation["units"]:
        assert unit["kind"] in KINDS
        assert unit["name"].strip()
        assert unit["short_name"].strip()
        assert isinstance(unit.get("code", ""), str)


def test_codes_of_wards_and_districts_are_unique() -> None:
    codes = [unit["code"] for district in DISTRICTS.values() for unit in district["units"] if "code" in unit]
    codes += [district["code"] for district in DISTRICTS.values()]
    assert len(codes) == len(set(codes)) == 42 + 5


def test_every_district_has_the_same_offices_sets_and_groups() -> None:
    offices = {
        tuple(unit["id"] for unit in district["units"] if unit["kind"] != "ward") for district in DISTRICTS.values()
    }
    assert len(offices) == 1
    assert {"ubnd-quan", "hoi-dong-tdkt", "phong-noi-vu", "van-phong-hdnd-ubnd"} <= set(next(iter(offices)))
    for district in DISTRICTS.values():
        assert [entry["id"] for entry in district["sets"]] == ["cac-co-quan", "cac-phuong"]
        assert [entry["id"] for entry in district["groups"]] == [
            "cum-cac-phuong",
            "khoi-dang-doan-the",
            "khoi-nha-nuoc",
        ]


def test_districts_close_with_the_district_level_and_the_city_goes_on() -> None:
    assert {district["valid_to"] for district in DISTRICTS.values()} == {date(2025, 6, 30)}
    assert all(district["valid_from"] < date(2020, 1, 1) for district in DISTRICTS.values())
    assert "valid_to" not in ORGANISATIONS["can-tho"]


def test_the_five_districts_form_a_cluster_of_the_city() -> None:
    cluster = next(group for group in ORGANISATIONS["can-tho"]["groups"] if group["id"] == "cum-5-quan")
    assert cluster["members"] == [f"quan-{id_}" for id_ in ("ninh-kieu", "binh-thuy", "cai-rang", "o-mon", "thot-not")]
