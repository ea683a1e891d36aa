"""Whatever a program sends to the API, it gets an answer with a code and a sentence, and no service breaks."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from services.cli.demo import PASSWORD
from services.portal.api import description
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("what is refused is refused before a database is asked")

# Who may do most reaches deepest: the others are refused before anything is looked at.
PEOPLE = ("pnv.cai-rang",)
EXAMPLES = 3
QUICK = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
SCHEMA = schemathesis.openapi.from_dict(dict(description()))
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
    and not (operation := found.ok()).path.endswith("/session")  # signing out would end the session of the others
}


@pytest.fixture(scope="module")
def clients(system: RunningServices) -> Mapping[str, httpx2.Client]:
    """Return a signed-in program for each person."""
    made = {}
    for login in PEOPLE:
        client = httpx2.Client(base_url=system.url("portal"), timeout=30)
        token = client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        made[login] = client
    return made


def test_the_contract_describes_every_operation() -> None:
    assert all(isinstance(found, Ok) for found in SCHEMA.get_all_operations())
    assert len(OPERATIONS) > 100


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_is_answered_and_never_with_a_fault(clients: Mapping[str, httpx2.Client], name: str) -> None:
    @QUICK
    @given(case=OPERATIONS[name].as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        for login, client in clients.items():
            sent = case.as_transport_kwargs(base_url=str(client.base_url), headers=dict(client.headers))
            answer = client.request(
                sent["method"], sent["url"], params=sent.get("params"), json=sent.get("json"), headers=sent["headers"]
            )
            assert answer.status_code < 500, (login, answer.status_code, answer.text[:300], sent.get("json"))
            if answer.status_code >= 400:
                assert answer.json()["code"], answer.text[:300]

    check()
