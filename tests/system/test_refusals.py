"""Bad input, wrong hands, other people's rows: an answer with a code and a sentence, and nothing written."""

import asyncio
import dataclasses
import json
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from services.cli.client import bus_client, connected
from services.cli.running import client_settings
from shared.actor import sign
from shared.bus import ACTOR_TOKEN, BODY_MAX, COMMAND_ID
from shared.codec import MessageCodec
from shared.topology import connect
from shared.types import CITY, Actor, Grant, Role
from tests.golden import example
from tests.system.running import Answer, Person, System, running_system

pytestmark = pytest.mark.same_on_both("what is malformed is refused before a database is asked")

SERVICES = ("plans", "nominations", "scoring", "notifications")
ALWAYS_KNOWN = {"list-organisations", "show-titles"}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("system")) as running:
        yield running


def codec(service: str, kind: str) -> MessageCodec[Any]:
    module = import_module(f"services.{service}.{'commands' if kind == 'commands' else 'views'}")
    found = module.COMMANDS if kind == "commands" else module.QUESTIONS
    assert isinstance(found, MessageCodec)
    return found


COMMANDS = [(service, name) for service in SERVICES for name in sorted(codec(service, "commands").members)]
QUESTIONS = [(service, name) for service in SERVICES for name in sorted(codec(service, "questions").members)]


def written(system: System) -> list[int]:
    return [len(system.log(service.upper())) for service in SERVICES]


def is_a_refusal(answer: Answer) -> bool:
    """Return whether it says no with a code and a sentence in Vietnamese."""
    body = answer.body
    return (
        400 <= answer.status < 500
        and isinstance(body, dict)
        and "." in body["code"]
        and len(body["title"]) > 10
        and body["code"] not in body["title"]
    )


@pytest.mark.parametrize(("service", "name"), COMMANDS)
def test_a_malformed_command_is_refused_and_nothing_is_written(system: System, service: str, name: str) -> None:
    admin = system.sign_in("admin")
    before = written(system)
    for body in ({}, {"district": 7}, {"district": "cai-rang", "unknown": "field"}, {"at": "yesterday"}):
        answer = admin.command(service, name, body)
        assert is_a_refusal(answer), answer
        assert answer.body["code"] in ("bus.invalid_body", "request.invalid"), answer
    assert written(system) == before


@pytest.mark.parametrize(("service", "name"), COMMANDS)
def test_a_stranger_may_command_nothing(system: System, service: str, name: str) -> None:
    """A well-formed command from the clerk of another district's ward is refused, whatever it is."""
    member = codec(service, "commands").members[name]
    body = json.loads(codec(service, "commands").encode(example(member)))
    body |= {key: value for key, value in {"district": "cai-rang", "dossier_id": "x-1"}.items() if key in body}
    body.pop("at", None)
    stranger = system.sign_in(_clerk_of(system, "ninh-kieu"))
    before = written(system)
    answer = stranger.command(service, name, body)
    assert is_a_refusal(answer), answer
    assert written(system) == before


@pytest.mark.parametrize(("service", "name"), QUESTIONS)
def test_a_unit_reads_no_row_of_another_district(system: System, service: str, name: str) -> None:
    member = codec(service, "questions").members[name]
    hints = typing.get_type_hints(member)
    body: dict[str, Any] = {}
    for field in dataclasses.fields(member):
        required = field.default is dataclasses.MISSING
        if field.name == "district":
            body["district"] = "ninh-kieu"
        elif required:
            body[field.name] = json.loads(json.dumps(example(hints[field.name], field.name), default=str))
    body |= {key: 2020 for key in ("year",) if key in body} | {key: "2020" for key in ("plan_id",) if key in body}
    clerk = system.sign_in(_clerk_of(system, "cai-rang"))
    reply = clerk._client.post(f"/api/v1/{service}/questions/{name}", json=body)
    assert reply.status_code < 500, reply.text
    if reply.status_code == 200 and name not in ALWAYS_KNOWN:
        assert list(_foreign(reply.json()["view"])) == []


def _foreign(value: Any) -> Iterator[Any]:
    """Yield every thing in the answer that says it belongs to another district."""
    if isinstance(value, dict):
        if value.get("district") in ("ninh-kieu", "binh-thuy", "o-mon", "thot-not"):
            yield value
        for one in value.values():
            yield from _foreign(one)
    elif isinstance(value, list):
        for one in value:
            yield from _foreign(one)


def _clerk_of(system: System, district: str) -> str:
    """Return the login of a ward's clerk, from what the start printed."""
    words = [word for line in system.lines for word in line.replace("│", " ").split()]
    return next(word for word in words if word.startswith("phuong.") and word.endswith(f".{district}"))


def test_a_clerk_sees_no_draft_of_the_own_district(system: System) -> None:
    office, clerk = system.sign_in("pnv.ninh-kieu"), system.sign_in(_clerk_of(system, "ninh-kieu"))
    address = {"district": "ninh-kieu", "plan_id": "2020"}
    task = {"number": 1, "quarter": 1, "content": "Việc", "lead_units": ["phong-noi-vu"], "coordinating_units": []}
    text = {"title": "Dự thảo", "issuer": "Ủy ban nhân dân quận Ninh Kiều"}
    drafted = office.command("plans", "draft-plan", {**address, "year": 2020, "text": text, "tasks": [task]})
    assert drafted.status == 200, drafted
    assert office.question("plans", "show-plan", address)["plan"]["status"] == "draft"
    reply = clerk._client.post("/api/v1/plans/questions/show-plan", json=address)
    assert (reply.status_code, reply.json()["code"]) == (404, "plan.not_found")


def test_an_unknown_name_is_refused_at_once(system: System) -> None:
    person = system.sign_in("pnv.cai-rang")
    for service, name in (("plans", "drop-everything"), ("nobody", "submit-plan")):
        answer = person.command(service, name, {})
        assert answer.status == 404 and is_a_refusal(answer), answer


def test_an_oversized_body_is_refused(system: System) -> None:
    person = system.sign_in("pnv.cai-rang")
    answer = person.command("plans", "report-task", {"text": "x" * (2 * 2**20)})
    assert answer.status == 413 and is_a_refusal(answer), answer


def test_nobody_who_is_not_signed_in_gets_an_answer(system: System) -> None:
    person = Person.__new__(Person)
    import httpx2

    person._client = httpx2.Client(base_url=system.url, timeout=20)
    assert person.command("plans", "submit-plan", {}).status == 401
    person._client.headers["Authorization"] = "Bearer forged"
    assert person.command("plans", "submit-plan", {}).status == 401


ADMIN = Actor(account_id="mallory", grants=(Grant(role=Role.ADMIN, district=CITY),))


def test_a_forged_actor_is_refused_by_the_service_itself(system: System, tmp_path: Path) -> None:
    """Whoever reaches NATS with the rights of an edge still cannot say who acts."""
    from shared.actor import create_key

    forger = create_key(tmp_path, "portal")
    body = b'{"district":"cai-rang","plan_id":"2020","at":"2020-02-06T01:00:00Z"}'
    signed = sign(ADMIN, body, "c1", issuer="portal", key=forger)
    cases = {
        "actor.missing": {COMMAND_ID: "c1"},
        "actor.forged": {COMMAND_ID: "c1", ACTOR_TOKEN: signed},
        "command.id_missing": {ACTOR_TOKEN: signed},
    }
    before = written(system)

    async def send() -> dict[str, Any]:
        found = {}
        async with connected(client_settings(system.data)) as connection:
            for code, headers in cases.items():
                reply = await connection.request("plans.cmd.submit-plan", body, headers=headers, timeout=5)
                found[code] = json.loads(reply.data)["rejected"]
            reply = await connection.request("plans.cmd.submit-plan", b"x" * (BODY_MAX + 1), timeout=5)
            found["bus.too_large"] = json.loads(reply.data)["rejected"]
            reply = await connection.request("plans.cmd.nothing-known", b"{}", timeout=5)
            found["unknown"] = json.loads(reply.data)["rejected"]
        return found

    found = asyncio.run(send())
    assert found.pop("unknown") in ("bus.unknown_name", "command.id_missing")
    assert {code: code for code in found} == found
    assert written(system) == before


def test_a_malformed_operation_or_position_is_refused(system: System) -> None:
    operator = Actor(account_id="operator", grants=(Grant(role=Role.OPERATOR, district=CITY),))
    depth = 100_000

    async def send() -> list[str]:
        async with bus_client(client_settings(system.data)) as bus:
            bodies = (b"[]", b'"plans"', b"not json", b"[" * depth)
            replies = [await bus.control("plans", "rebuild", body, operator, timeout_s=5) for body in bodies]
            body = b'{"district":"cai-rang"}'
            for seq in (float("inf"), None):
                replies.append(await bus.question("plans", "list-plans", body, operator, at_least={"PLANS": seq}))  # type: ignore[dict-item]
        return [reply.rejected for reply in replies]

    assert asyncio.run(send()) == ["bus.invalid_body"] * 4 + ["bus.invalid_position"] * 2


def test_an_answer_is_never_sent_into_the_log(system: System) -> None:
    """A request may name any reply subject, and the server lets a service answer it: ours answer only inboxes."""
    before = written(system)

    async def send() -> None:
        connection = await connect(client_settings(system.data), "portal")
        for name in ("list-organisations", "nothing-known"):
            await connection.publish(f"plans.qry.{name}", b"{}", reply="scoring.evt.cai-rang.sheet.junk")
        await connection.flush()
        await asyncio.sleep(0.5)
        await connection.close()

    asyncio.run(send())
    assert written(system) == before


def test_what_is_not_in_force_or_cancelled_takes_no_work(system: System) -> None:
    home_affairs = system.sign_in("pnv.cai-rang")
    part = {"task_number": 2, "unit_id": "ubnd-quan", "completed_on": "2020-02-06", "evidence": "x"}
    unknown = home_affairs.command("plans", "complete-task-part", {"district": "cai-rang", "plan_id": "1999", **part})
    assert (unknown.status, unknown.body["code"]) == (404, "plan.not_found")
    cancel = {"district": "cai-rang", "plan_id": "2020", "task_number": 2, "reason": "thử"}
    assert home_affairs.command("plans", "cancel-task", cancel).status == 200
    late = home_affairs.command("plans", "complete-task-part", {"district": "cai-rang", "plan_id": "2020", **part})
    assert is_a_refusal(late) and late.body["code"] == "task.cancelled"
