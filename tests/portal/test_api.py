"""The JSON API: signing in, commands once, questions, and each refusal with its status."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from services.cli.demo import PASSWORD
from services.portal.api import description
from services.portal.backend import COMMANDS, QUESTIONS
from shared.clock import derived_id
from tests.portal.console import Person
from tests.support.services import RunningServices

pytestmark = pytest.mark.same_on_both("the API sends commands and questions, which are tested on both")

REPORT = "/api/v1/plans/commands/report-task"
SHOW = "/api/v1/plans/questions/show-task"


@dataclass(frozen=True, slots=True)
class Program:
    """A client with a bearer token."""

    client: httpx2.Client

    def send(self, path: str, body: object, **headers: str) -> httpx2.Response:
        """Post JSON."""
        return self.client.post(
            path, json=body, headers={key.replace("_", "-"): value for key, value in headers.items()}
        )


def _program(system: RunningServices, login: str) -> Program:
    client = httpx2.Client(base_url=system.url("portal"), timeout=20)
    answer = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['token']}"
    return Program(client)


@pytest.fixture(scope="module")
def clerk(system: RunningServices) -> Iterator[Program]:
    """Return a program of the ward Lê Bình."""
    program = _program(system, "phuong.le-binh.cai-rang")
    yield program
    program.client.close()


@pytest.fixture(scope="module")
def office(system: RunningServices) -> Iterator[Program]:
    """Return a program of Phòng Nội vụ."""
    program = _program(system, "pnv.cai-rang")
    yield program
    program.client.close()


def _report(percent: int = 10, **changes: object) -> dict[str, Any]:
    return {
        "district": "cai-rang",
        "plan_id": "2020",
        "task_number": 5,
        "unit_id": "phuong-le-binh",
        "percent": percent,
        "text": "Qua API",
        **changes,
    }


def _task(program: Program, number: int = 5, **headers: str) -> dict[str, Any]:
    answer = program.send(SHOW, {"district": "cai-rang", "plan_id": "2020", "task_number": number}, **headers)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()["view"]
    return view


def _refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem document once it is one."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"urn:tdkt:refusal:{code}"
    assert problem["status"] == status
    assert re.fullmatch(r"[0-9a-f]{32}", problem["trace_id"])
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    assert code not in problem["title"] and len(problem["title"]) > 10
    return problem


# -- commands and questions -----------------------------------------------------------------------


def test_a_command_tells_where_its_event_is_and_the_question_waits_for_it(clerk: Program) -> None:
    answer = clerk.send(REPORT, _report(15))
    assert answer.status_code == 200
    position = answer.json()["position"]
    assert position["stream"] == "PLANS"
    view = _task(clerk, at_least=f"PLANS={position['seq']}")
    assert view["history"][0]["seq"] == position["seq"]
    assert view["history"][0]["text"] == "15% · Qua API"


def test_the_same_idempotency_key_twice_is_one_event(clerk: Program) -> None:
    first, second = (clerk.send(REPORT, _report(20, text="Một lần"), idempotency_key="khoa-1") for _ in range(2))
    assert first.json()["position"] == second.json()["position"]
    view = _task(clerk, at_least=f"PLANS={first.json()['position']['seq']}")
    assert [one["text"] for one in view["history"]].count("20% · Một lần") == 1


def test_a_key_is_the_accounts_own_and_takes_no_id_from_anybody(clerk: Program, office: Program) -> None:
    # The id under which the policy will answer the next event: whoever took it would keep the policy from acting.
    key = derived_id("PLANS", clerk.send(REPORT, _report(21)).json()["position"]["seq"] + 1, "plans", 0)
    first, second = (one.send(REPORT, _report(22), idempotency_key=key) for one in (clerk, office))
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert second.json()["position"]["seq"] > first.json()["position"]["seq"]
    _refused(clerk.send(REPORT, _report(23), idempotency_key="k" * 201), 422, "command.id_missing")


def test_without_a_key_two_requests_are_two_events(clerk: Program) -> None:
    first, second = (clerk.send(REPORT, _report(25)) for _ in range(2))
    assert second.json()["position"]["seq"] > first.json()["position"]["seq"]


def test_a_question_with_simple_fields_is_also_an_address(clerk: Program) -> None:
    query = {"district": "cai-rang", "plan_id": "2020", "task_number": "5"}
    reached = f"PLANS={clerk.send(REPORT, _report(26)).json()['position']['seq']}"
    answer = clerk.client.get(SHOW, params=query, headers={"at-least": reached})
    assert answer.status_code == 200
    assert answer.json()["view"] == _task(clerk, at_least=reached)
    refused = clerk.client.get(SHOW, params={**query, "more": "1"})
    _refused(refused, 400, "bus.invalid_body")
    assert clerk.client.get("/api/v1/plans/questions/parse-plan", params={"text": "x"}).status_code == 405


def test_the_business_time_is_filled_in_and_a_wrong_one_refused(clerk: Program) -> None:
    _refused(clerk.send(REPORT, _report(at="2026-01-01T00:00:00Z")), 422, "command.clock_skew")


# -- who asks ---------------------------------------------------------------------------------------


def test_nobody_asks_without_signing_in(system: RunningServices) -> None:
    url = system.url("portal")
    answer = httpx2.post(url + SHOW, json={})
    _refused(answer, 401, "access.sign_in_needed")
    assert answer.headers["www-authenticate"] == "Bearer"
    forged = {"authorization": "Bearer nonsense"}
    _refused(httpx2.post(url + REPORT, json=_report(), headers=forged), 401, "account.signed_out")
    _refused(httpx2.get(f"{url}/api/v1/session", headers={"authorization": "Basic eDp5"}), 401, "account.signed_out")


def test_a_token_ends_with_its_session(system: RunningServices) -> None:
    program = _program(system, "phuong.ba-lang.cai-rang")
    told = program.client.get("/api/v1/session").json()
    assert told["account_id"] == "phuong.ba-lang.cai-rang"
    assert {"role": "unit_clerk", "unit": "phuong-ba-lang"}.items() <= told["grants"][0].items()
    assert program.client.delete("/api/v1/session").status_code == 204
    _refused(program.client.get("/api/v1/session"), 401, "account.signed_out")


def test_a_wrong_password_and_too_many_of_them_are_refused(system: RunningServices) -> None:
    url = f"{system.url('portal')}/api/v1/session"
    answers = [httpx2.post(url, json={"login": "ai-do", "password": "không đúng"}) for _ in range(9)]
    assert answers[0].status_code == 401
    _refused(answers[-1], 429, "account.locked")


def test_a_browser_needs_its_form_token_and_a_program_does_not(system: RunningServices) -> None:
    person = Person(system.url("portal"), "phuong.le-binh.cai-rang")
    bare = person.client.post(REPORT, json=_report(30))
    _refused(bare, 403, "request.bad_token")
    kept = person.client.post(REPORT, json=_report(30), headers={"x-csrf-token": person.csrf()})
    assert kept.status_code == 200
    # What was written by the API is waited for by the same session's pages.
    assert "30% · Qua API" in person.open("/nhiem-vu/cai-rang/2020/5").words
    elsewhere = person.client.post(REPORT, json=_report(30), headers={"origin": "https://example.org"})
    _refused(elsewhere, 403, "request.cross_site")


def test_a_unit_acts_for_itself_only(clerk: Program) -> None:
    _refused(clerk.send(REPORT, _report(unit_id="phuong-ba-lang")), 403, "actor.not_allowed")
    elsewhere = clerk.send("/api/v1/plans/questions/show-district", {"district": "o-mon", "year": 2020})
    _refused(elsewhere, 403, "actor.not_allowed")


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b"\xff\xfe", json.dumps(_report(unknown=1)).encode(), json.dumps(_report("10")).encode()],  # type: ignore[arg-type]
)
def test_a_body_that_does_not_fit_is_refused(clerk: Program, body: bytes) -> None:
    answer = clerk.client.post(REPORT, content=body, headers={"content-type": "application/json"})
    _refused(answer, 400, "bus.invalid_body")


def test_a_body_nested_too_deeply_is_refused(clerk: Program) -> None:
    for depth in (100_000, *range(900, 1010, 5)):
        for body in (b"[" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            answer = clerk.client.post(REPORT, content=body, headers={"content-type": "application/json"})
            _refused(answer, 400, "bus.invalid_body")
    deep = clerk.client.post("/api/v1/session", content=b"[" * 200_000, headers={"content-type": "application/json"})
    _refused(deep, 400, "request.invalid")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_edge_of_the_calendar_is_refused(clerk: Program, at: str) -> None:
    _refused(clerk.send(REPORT, _report(at=at)), 400, "bus.invalid_body")


@pytest.mark.parametrize("digits", [19, 30, 5000])
def test_numbers_without_end_are_refused(clerk: Program, digits: int) -> None:
    huge = "9" * digits
    _refused(clerk.send(REPORT, _report(), expected_seq=huge), 400, "bus.invalid_body")
    _refused(clerk.send(SHOW, {"district": "cai-rang"}, at_least=f"PLANS={huge}"), 400, "bus.invalid_body")
    if digits > 19:
        query = {"district": "cai-rang", "plan_id": "2020", "task_number": huge}
        _refused(clerk.client.get(SHOW, params=query), 400, "bus.invalid_body")


def test_headers_that_do_not_fit_are_refused(clerk: Program) -> None:
    _refused(clerk.send(REPORT, _report(), expected_seq="x"), 400, "bus.invalid_body")
    _refused(clerk.send(SHOW, {"district": "cai-rang"}, at_least="PLANS"), 400, "bus.invalid_body")
    _refused(clerk.client.post("/api/v1/session", json={"login": "x"}), 400, "request.invalid")


def test_what_is_not_there_is_not_found(clerk: Program) -> None:
    _refused(clerk.send("/api/v1/plans/commands/fly", {}), 404, "bus.unknown_name")
    _refused(clerk.send("/api/v1/nothing/questions/show-task", {}), 404, "bus.unknown_name")
    _refused(clerk.client.get("/api/v1/nothing"), 404, "page.not_found")
    _refused(clerk.send(REPORT, _report(task_number=99)), 404, "task.not_found")
    _refused(clerk.send(REPORT, _report(plan_id="1999")), 404, "plan.not_found")


def test_another_method_is_refused(clerk: Program) -> None:
    _refused(clerk.client.get(REPORT), 405, "request.method_not_allowed")
    _refused(clerk.client.put("/api/v1/session", json={}), 405, "request.method_not_allowed")


def test_a_stale_sequence_is_a_conflict_and_tells_what_changed(clerk: Program, office: Program) -> None:
    seen = _task(clerk)["task"]["seq"]
    position = office.send(REPORT, _report(35)).json()["position"]
    problem = _refused(clerk.send(REPORT, _report(40), expected_seq=str(seen)), 409, "form.stale")
    (changed,) = problem["detail"]["changed"]
    assert changed["by"] == "pnv.cai-rang"
    assert changed["seq"] == position["seq"]
    assert clerk.send(REPORT, _report(40), expected_seq=str(changed["seq"])).status_code == 200


def test_a_wrong_status_is_a_conflict(office: Program) -> None:
    again = {"district": "cai-rang", "plan_id": "2020"}
    _refused(office.send("/api/v1/plans/commands/submit-plan", again), 409, "plan.wrong_status")


def test_other_refusals_cannot_be_processed(clerk: Program) -> None:
    problem = _refused(clerk.send(REPORT, _report(101)), 422, "task.percent_out_of_range")
    assert problem["detail"] == {"percent": 101}
    _refused(clerk.send(REPORT, _report(text="  ")), 422, "task.report_missing")


def test_what_is_too_large_is_refused(clerk: Program) -> None:
    _refused(clerk.send(REPORT, _report(text="x" * 600_000)), 413, "bus.too_large")
    _refused(clerk.send(REPORT, _report(text="x" * 1_100_000)), 413, "request.too_large")


def test_a_service_that_is_down_is_a_fault(system: RunningServices, clerk: Program) -> None:
    system.kill("scoring")
    answer = clerk.send("/api/v1/scoring/questions/show-criteria", {"district": "cai-rang", "year": 2020})
    _refused(answer, 503, "bus.service_down")
    assert clerk.send(REPORT, _report(45)).status_code == 200
    system.start("scoring")


# -- its description --------------------------------------------------------------------------------


def test_the_description_names_every_command_and_question(system: RunningServices) -> None:
    told = httpx2.get(f"{system.url('portal')}/api/openapi.json").json()
    assert told == json.loads(json.dumps(description()))
    for service, codec in COMMANDS.items():
        assert {f"/api/v1/{service}/commands/{name}" for name in codec.members} <= told["paths"].keys()
    for service, codec in QUESTIONS.items():
        for name in codec.members:
            operation = told["paths"][f"/api/v1/{service}/questions/{name}"]["post"]
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert "$ref" in schema["properties"]["view"], name


def test_every_reference_of_the_description_leads_somewhere() -> None:
    whole = description()
    text = json.dumps(whole)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= whole["components"]["schemas"].keys()
    assert "http://" not in text and "https://" not in text
    identifiers = re.findall(r'"operationId": "([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers))


def test_the_description_does_not_ask_for_the_time() -> None:
    schema = description()["components"]["schemas"]["ReportTask"]
    assert "at" in schema["properties"]
    assert "at" not in schema["required"]
