"""What sealing promises: only the key opens, only where it was sealed, and never after erasing."""

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.errors import Fault
from shared.seal import KeyVault, PersonKey
from tests.support.postgres import database_url, settings_in

NAME = "Nguyễn Thị Lan"


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[KeyVault]:
    """A vault in a folder of its own."""
    opened = KeyVault(settings_in(tmp_path).keys_url)
    yield opened
    await opened.close()


async def test_what_is_sealed_is_read_with_the_key(vault: KeyVault) -> None:
    sealed = await vault.seal("p1", "name", NAME)
    assert sealed is not None
    assert NAME not in repr(sealed)
    assert await vault.unseal("name", sealed) == NAME


async def test_the_same_text_is_never_the_same_ciphertext(vault: KeyVault) -> None:
    first, second = await vault.seal("p1", "name", NAME), await vault.seal("p1", "name", NAME)
    assert first is not None
    assert second is not None
    assert (first.nonce, first.ct) != (second.nonce, second.ct)


async def test_a_ciphertext_does_not_open_as_another_field_or_person(vault: KeyVault) -> None:
    sealed = await vault.seal("p1", "name", NAME)
    assert sealed is not None
    await vault.key("p2")
    with pytest.raises(Fault, match="field position"):
        await vault.unseal("position", sealed)
    with pytest.raises(Fault):
        await vault.unseal("name", replace(sealed, kid="p2"))


@pytest.mark.parametrize("damage", ["AAAA", "", "không phải base64", "A"])
async def test_a_damaged_ciphertext_is_a_fault_without_the_text(vault: KeyVault, damage: str) -> None:
    sealed = await vault.seal("p1", "name", NAME)
    assert sealed is not None
    for broken in (replace(sealed, ct=damage), replace(sealed, nonce=damage)):
        with pytest.raises(Fault) as raised:
            await vault.unseal("name", broken)
        assert raised.value.code == "seal.unreadable"
        assert NAME not in str(raised.value)


async def test_many_keys_are_made_at_once_and_those_that_are_there_stay(vault: KeyVault) -> None:
    first = await vault.key("p1")
    await vault.key("p2")
    await vault.erase("p2")
    made = await vault.make(["p1", "p2", *(f"q{number}" for number in range(1200))])

    assert made["p1"] == first and "p2" not in made, "an erased person never gets a key again"
    assert len({key.secret for key in made.values()}) == 1201
    assert await vault.make(made) == made == await vault.keys(made)


async def test_two_who_make_the_same_keys_at_once_get_the_same(vault: KeyVault, tmp_path: Path) -> None:
    other = KeyVault(settings_in(tmp_path).keys_url)
    kids = [f"p{number}" for number in range(300)]
    await vault.keys(kids)
    rounds = [await asyncio.gather(vault.make(some), other.make(some)) for some in (kids[:100], kids[50:], kids)]
    kept = await vault.keys(kids)
    await other.close()

    assert len(kept) == 300
    for ours, theirs in rounds:
        assert ours == theirs == {kid: kept[kid] for kid in ours}


async def test_an_erased_person_is_never_read_or_sealed_again(vault: KeyVault) -> None:
    sealed = await vault.seal("p1", "name", NAME)
    assert sealed is not None
    assert await vault.erase("p1")
    assert await vault.unseal("name", sealed) is None
    assert await vault.seal("p1", "name", NAME) is None
    assert await vault.key("p1") is None
    assert await vault.keys(["p1"]) == {}
    assert await vault.erase("p1")


async def test_erasing_an_unknown_person_says_so_and_leaves_nothing(vault: KeyVault) -> None:
    assert not await vault.erase("p1")
    assert await vault.seal("p1", "name", NAME) is not None


async def test_erasing_leaves_the_others(vault: KeyVault) -> None:
    await vault.seal("p1", "name", NAME)
    other = await vault.seal("p2", "name", NAME)
    assert other is not None
    await vault.erase("p1")
    assert await vault.unseal("name", other) == NAME


@pytest.mark.sqlite_only("PostgreSQL's files are the server's: see test_database_postgresql")
async def test_an_erased_key_is_on_no_page_of_the_files(vault: KeyVault, tmp_path: Path) -> None:
    key = await vault.key("p1")
    assert key is not None
    for number in range(50):
        await vault.key(f"other-{number}")
    assert any(key.secret in path.read_bytes() for path in tmp_path.iterdir())
    await vault.erase("p1")
    assert not any(key.secret in path.read_bytes() for path in tmp_path.iterdir())


async def test_keys_survive_a_restart_and_belong_to_the_owner_of_the_files(tmp_path: Path) -> None:
    url = settings_in(tmp_path / "sub").keys_url
    first = KeyVault(url)
    sealed = await first.seal("p1", "name", NAME)
    await first.close()
    second = KeyVault(url)
    assert sealed is not None
    assert await second.unseal("name", sealed) == NAME
    await second.close()
    assert database_url(tmp_path / "sub") or stat.S_IMODE((tmp_path / "sub" / "persons.db").stat().st_mode) == 0o600


async def test_many_keys_are_read_at_once(vault: KeyVault) -> None:
    kids = [f"p{number}" for number in range(1203)]
    for kid in kids[:3]:
        await vault.key(kid)
    assert set(await vault.keys(kids)) == set(kids[:3])


def test_a_key_never_shows_itself() -> None:
    key = PersonKey(kid="p1", secret=b"s" * 32)
    assert "ssss" not in repr(key)


def test_a_fingerprint_is_equal_for_equal_contents_of_one_person_only() -> None:
    one, other = PersonKey(kid="p1", secret=b"a" * 32), PersonKey(kid="p2", secret=b"b" * 32)
    assert one.fingerprint(b"x") == one.fingerprint(b"x")
    assert one.fingerprint(b"x") != one.fingerprint(b"y")
    assert one.fingerprint(b"x") != other.fingerprint(b"x")
