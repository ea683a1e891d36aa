"""Single sign-on against a real provider of identities: what it vouches for, and everything that must not pass."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from services.portal.oidc import CLOCK_SKEW_S, Departure, Provider, provider_of
from shared.errors import Fault, Rejected
from shared.settings import Settings
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, running_identity_provider

BACK = "http://127.0.0.1:1/dang-nhap/mot-lan/ve"  # nothing listens there: the test brings the answer itself
SUBJECT = {"sub": "248289761001", "preferred_username": "clerk", "email": "be@cantho.gov.vn", "email_verified": True}


@pytest.fixture
def theirs() -> Iterator[IdentityProvider]:
    with running_identity_provider(BACK) as provider:
        provider.people["be"] = dict(SUBJECT)
        yield provider


@pytest.fixture
def ours(theirs: IdentityProvider) -> Provider:
    return _provider(theirs)


def _provider(theirs: IdentityProvider, **changed: Any) -> Provider:
    given = {"oidc_issuer": theirs.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    provider = provider_of(Settings(**{**given, **changed}))
    assert provider is not None
    return provider


def _name_oneself(address: str, name: str = "be") -> dict[str, str]:
    """Go to the provider as a browser does; return the query with which it comes back."""
    with httpx2.Client() as browser:
        shown = browser.get(address)
        assert shown.status_code == 200, shown.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', shown.text))
        back = browser.post(address, data={**fields, "name": name})
    assert back.headers["location"].startswith(BACK)
    return dict(parse_qsl(urlsplit(back.headers["location"]).query))


async def _refused(ours: Provider, **changed: str) -> Rejected:
    address, departure = await ours.depart(BACK)
    with pytest.raises(Rejected) as refused:
        await ours.arrive(BACK, departure, {**_name_oneself(address), **changed})
    return refused.value


async def test_the_provider_vouches_for_a_person(ours: Provider, theirs: IdentityProvider) -> None:
    address, departure = await ours.depart(BACK)
    identity = await ours.arrive(BACK, departure, _name_oneself(address))
    assert (identity.issuer, identity.subject) == (theirs.issuer, "248289761001")
    assert (identity.login, identity.email, identity.email_is_verified) == ("clerk", "be@cantho.gov.vn", True)
    assert not identity.is_strong


async def test_the_provider_says_that_it_has_seen_a_second_factor(ours: Provider, theirs: IdentityProvider) -> None:
    theirs.claims = {"amr": ["pwd", "otp"]}
    address, departure = await ours.depart(BACK)
    assert (await ours.arrive(BACK, departure, _name_oneself(address))).is_strong


async def test_metadata_and_keys_are_asked_for_once(ours: Provider, theirs: IdentityProvider) -> None:
    for _ in range(3):
        address, departure = await ours.depart(BACK)
        await ours.arrive(BACK, departure, _name_oneself(address))
    assert theirs.asked.count("/keys") == 1
    assert theirs.asked.count("/.well-known/openid-configuration") == 1


@dataclass(frozen=True, slots=True)
class Hence:
    """So many seconds after the token is made."""

    seconds: float


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another-system"}, "aud"),
        ({"aud": [CLIENT_ID, "another-system"]}, "azp"),
        ({"azp": "another-system"}, "azp"),
        ({"aud": None}, "aud"),
        ({"iss": "http://127.0.0.1:9"}, "iss"),
        ({"iss": None}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"exp": None}, "exp"),
        ({"exp": Hence(-CLOCK_SKEW_S - 1)}, "exp"),
        ({"exp": "2099-01-01"}, "exp"),
        ({"iat": Hence(2 * CLOCK_SKEW_S)}, "iat"),
        ({"nbf": Hence(2 * CLOCK_SKEW_S)}, "nbf"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
    ],
)
async def test_a_token_with_a_wrong_claim_lets_nobody_in(
    ours: Provider, theirs: IdentityProvider, claims: dict[str, Any], claim: str
) -> None:
    theirs.claims = {
        name: time.time() + value.seconds if isinstance(value, Hence) else value for name, value in claims.items()
    }
    refusal = await _refused(ours)
    assert (refusal.code, refusal.detail["claim"]) == ("oidc.bad_token", claim)


async def test_clocks_may_differ_by_less_than_a_minute(ours: Provider, theirs: IdentityProvider) -> None:
    theirs.claims = {"iat": time.time() + CLOCK_SKEW_S - 10, "exp": time.time() - CLOCK_SKEW_S + 10}
    address, departure = await ours.depart(BACK)
    assert await ours.arrive(BACK, departure, _name_oneself(address))


async def test_a_forged_signature_lets_nobody_in(ours: Provider, theirs: IdentityProvider) -> None:
    theirs.forge()
    refusal = await _refused(ours)
    assert (refusal.code, refusal.detail["claim"]) == ("oidc.bad_token", "signature")


@pytest.mark.parametrize("header", ['{"alg":"none"}', '{"alg":"HS256","kid":"first"}'])
async def test_a_token_without_a_signature_of_theirs_lets_nobody_in(
    ours: Provider, theirs: IdentityProvider, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    import base64

    def unsigned(self: IdentityProvider, code: Any) -> str:
        _, payload, signature = signed(self, code).split(".")
        return ".".join((base64.urlsafe_b64encode(header.encode()).decode().rstrip("="), payload, signature))

    signed = IdentityProvider.id_token
    monkeypatch.setattr(IdentityProvider, "id_token", unsigned)
    assert (await _refused(ours)).code == "oidc.bad_token"


async def test_new_keys_of_the_provider_are_taken_up(ours: Provider, theirs: IdentityProvider) -> None:
    address, departure = await ours.depart(BACK)
    await ours.arrive(BACK, departure, _name_oneself(address))
    theirs.rotate()
    address, departure = await ours.depart(BACK)
    assert (await ours.arrive(BACK, departure, _name_oneself(address))).subject == "248289761001"
    assert theirs.asked.count("/keys") == 2


async def test_a_code_is_used_once(ours: Provider) -> None:
    address, departure = await ours.depart(BACK)
    answer = _name_oneself(address)
    await ours.arrive(BACK, departure, answer)
    with pytest.raises(Rejected) as refused:
        await ours.arrive(BACK, departure, answer)
    assert (refused.value.code, refused.value.detail["reason"]) == ("oidc.refused", "invalid_grant")


async def test_the_code_of_another_browser_is_of_no_use(ours: Provider) -> None:
    _, mine = await ours.depart(BACK)
    address, _ = await ours.depart(BACK)
    answer = _name_oneself(address)
    with pytest.raises(Rejected, match=r"oidc\.strange_answer"):
        await ours.arrive(BACK, mine, answer)
    with pytest.raises(Rejected, match=r"oidc\.strange_answer"):
        await ours.arrive(BACK, None, answer)
    # Even who can plant the state has not the verifier of the browser that began.
    planted = Departure(state=answer["state"], nonce=mine.nonce, verifier=mine.verifier)
    with pytest.raises(Rejected, match=r"oidc\.refused"):
        await ours.arrive(BACK, planted, answer)


async def test_the_answer_of_another_provider_is_not_taken(ours: Provider) -> None:
    assert (await _refused(ours, iss="https://another.example")).code == "oidc.strange_answer"


async def test_who_says_no_there_is_told_so_here(ours: Provider) -> None:
    address, departure = await ours.depart(BACK)
    with pytest.raises(Rejected) as refused:
        await ours.arrive(BACK, departure, _name_oneself(address, "nobody"))
    assert (refused.value.code, refused.value.detail["reason"]) == ("oidc.refused", "access_denied")


async def test_a_wrong_secret_of_ours_is_a_refusal(theirs: IdentityProvider) -> None:
    refusal = await _refused(_provider(theirs, oidc_client_secret="sai"))
    assert (refusal.code, refusal.detail["reason"]) == ("oidc.refused", "invalid_client")


async def test_the_secret_may_lie_in_a_file(theirs: IdentityProvider, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{CLIENT_SECRET}\n", encoding="utf-8")
    ours = _provider(theirs, oidc_client_secret="", oidc_client_secret_file=secret)
    address, departure = await ours.depart(BACK)
    assert await ours.arrive(BACK, departure, _name_oneself(address))


async def test_a_provider_that_is_down_is_told_and_comes_back(ours: Provider, theirs: IdentityProvider) -> None:
    theirs.silent = "/"
    with pytest.raises(Rejected, match=r"oidc\.unavailable"):
        await ours.depart(BACK)
    theirs.silent = "-"
    address, departure = await ours.depart(BACK)
    answer = _name_oneself(address)
    theirs.silent = "/"
    with pytest.raises(Rejected, match=r"oidc\.unavailable"):
        await ours.arrive(BACK, departure, answer)


async def test_a_provider_that_takes_too_long_is_not_waited_for(
    ours: Provider, theirs: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.portal.oidc.WHOLE_S_MAX", 0.3)
    theirs.delay_s = 0.2  # each answer in time, all of them together not
    with pytest.raises(Rejected, match=r"oidc\.unavailable"):
        await ours.depart(BACK)


async def test_nobody_listens_at_the_issuer() -> None:
    ours = provider_of(Settings(oidc_issuer="http://127.0.0.1:1", oidc_client_id=CLIENT_ID))
    assert ours is not None
    with pytest.raises(Rejected, match=r"oidc\.unavailable"):
        await ours.depart(BACK)


async def test_metadata_of_another_issuer_is_not_taken(theirs: IdentityProvider) -> None:
    ours = _provider(theirs, oidc_issuer=theirs.issuer.replace("127.0.0.1", "localhost"))
    with pytest.raises(Rejected, match=r"oidc\.unavailable"):
        await ours.depart(BACK)


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "http://id.cantho.gov.vn", "oidc_client_id": CLIENT_ID},
        {"oidc_issuer": "id.cantho.gov.vn", "oidc_client_id": CLIENT_ID},
        {"oidc_issuer": "https://id.cantho.gov.vn"},
    ],
)
def test_an_issuer_without_tls_or_name_is_a_fault_at_the_start(given: dict[str, str]) -> None:
    with pytest.raises(Fault, match="TDKT_OIDC"):
        provider_of(Settings(**given))  # type: ignore[arg-type]


def test_without_an_issuer_there_is_no_provider() -> None:
    assert provider_of(Settings()) is None
