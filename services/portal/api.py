"""The JSON API: every command and question of the services under its own name, generated from their codecs.

`POST /api/v1/<service>/commands/<name>` and `/api/v1/<service>/questions/<name>`; a question with
simple fields also by GET. Who asks: the console's session with its form token in `x-csrf-token`, or
`Authorization: Bearer` with the token of `POST /api/v1/session`, or with a service key (`tdkt_…`), which only
asks. Refusals and faults are problem+json (RFC 9457). Under one `Idempotency-Key` a command of an account happens once.
"""

import json
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from services.portal.backend import COMMANDS, QUESTIONS, backend, now, ok_of
from services.portal.bearer import BY_KEY, bearer_of, take_bearer
from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.session import SignInNeeded, portal, positions, remember, require_account, token_of
from services.portal.web import status_of
from shared.accounts import Accounts, SessionAccount, Step
from shared.clock import derived_id
from shared.codec import MessageCodec, to_plain
from shared.errors import Fault, Rejected
from shared.schemas import RECEIVED, SENT, Mode, component_schemas
from shared.telemetry import trace_id

PREFIX = "/api/v1"
KEY_MAX = 200  # characters of an Idempotency-Key
TITLE = "Thi đua, khen thưởng Cần Thơ"
_ANSWER = re.compile(r"Answer: (\w+)")
_SIMPLE = (str, int, bool, float, date, datetime)
_CODE_OF_STATUS = {404: "page.not_found", 405: "request.method_not_allowed", 413: "request.too_large"}


class ApiRoute(APIRoute):
    """A route whose every refusal and fault is a problem document, and which knows bearer tokens."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the edge of the API around it."""
        handle = super().get_route_handler()

        async def at_the_edge(request: Request) -> Response:
            try:
                await take_bearer(request)
                return await handle(request)
            except Rejected as refusal:
                return problem(status_of(refusal.code), refusal.code, refusal.detail)
            except Fault as fault:
                return problem(503, fault.code, {}, title=sentence("service.unavailable"))
            except SignInNeeded:
                return problem(401, "access.sign_in_needed", {})
            except RequestValidationError as error:
                names = sorted({".".join(str(step) for step in one["loc"][1:]) or "body" for one in error.errors()})
                return problem(400, "request.invalid", {"fields": list(names)})
            except HTTPException as error:
                code = _CODE_OF_STATUS.get(error.status_code, "request.invalid")
                return problem(error.status_code, code, {"fields": str(error.detail)})

        return at_the_edge


router = APIRouter(prefix=PREFIX, route_class=ApiRoute, include_in_schema=False)


class SignIn(BaseModel):
    """What an API client signs in with; `code` is the one-time code of an account that has a second step."""

    model_config = ConfigDict(extra="forbid")

    login: str
    password: str
    code: str = ""


def problem(status: int, code: str, detail: Mapping[str, Any], *, title: str = "") -> Response:
    """Return the problem document of a refusal or fault; its title is the sentence for people."""
    body = {
        "type": f"urn:tdkt:refusal:{code}",
        "title": title or sentence(code, detail),
        "status": status,
        "code": code,
        "detail": to_plain(dict(detail)),
        "trace_id": trace_id(),
    }
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


# -- sessions ----------------------------------------------------------------------------------


@router.post("/session")
async def sign_in(request: Request, given: SignIn) -> Response:
    """Begin a session and return its token."""
    accounts = portal(request).accounts
    address = request.client.host if request.client else ""
    token = await accounts.sign_in(given.login, given.password, address, request.headers.get("user-agent", ""))
    account = await _resumed(accounts, token)
    try:
        if account.step is Step.CODE:
            if not given.code:
                raise Rejected("account.code_needed")
            token = await accounts.confirm_code(token, given.code)
            account = await _resumed(accounts, token)
        if account.step is Step.ENROL:
            raise Rejected("account.enrolment_needed")
    except Rejected:
        await accounts.sign_out(token)  # no client comes back to a session that it was not told of
        raise
    return JSONResponse({"token": token, **_told(account)}, status_code=201)


async def _resumed(accounts: Accounts, token: str) -> SessionAccount:
    if (account := await accounts.resume(token)) is None:  # closed in this moment
        raise Rejected("account.signed_out")
    return account


@router.get("/session")
async def show_session(request: Request) -> Response:
    """Return who is signed in."""
    return JSONResponse(_told(await require_account(request)))


@router.delete("/session")
async def sign_out(request: Request) -> Response:
    """End the session."""
    await require_account(request)
    await portal(request).accounts.sign_out(bearer_of(request) or token_of(request))
    return Response(status_code=204)


def _told(account: SessionAccount) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "login": account.login,
        "full_name": account.full_name,
        "must_change_password": account.must_change,
        "grants": to_plain(account.actor.grants),
        "expires_at": account.expires_at.isoformat(),
    }


# -- commands and questions --------------------------------------------------------------------


@router.post("/{service}/commands/{name}")
async def send_command(request: Request, service: str, name: str) -> Response:
    """Send a command; `at` is the business time where it is left out."""
    account = await require_account(request)
    if account.via == BY_KEY:
        raise Rejected("key.reads_only")
    codec = _codec(COMMANDS, service, name)
    body = await _object(request)
    body.setdefault("at", now(request).isoformat())
    encoded = _encoded(body)
    codec.decode(name, encoded)  # checked here too, so that nothing malformed travels
    given = request.headers.get("expected-seq", "")
    expected_seq = whole(given)
    if given and expected_seq is None:
        raise Rejected("bus.invalid_body", fields="Expected-Seq")
    position = await backend(request).send(
        service,
        name,
        encoded,
        account.actor,
        expected_seq=expected_seq,
        command_id=_command_id(account, request.headers.get("idempotency-key", "")),
    )
    response = JSONResponse({"position": to_plain(position)})
    remember(request, response, position)
    return response


@router.post("/{service}/questions/{name}")
async def ask_question(request: Request, service: str, name: str) -> Response:
    """Ask a question; the answer waits for the positions of `At-Least`, and for what this session wrote."""
    codec = _codec(QUESTIONS, service, name)
    return await _ask(request, codec, name, _encoded(await _object(request)))


@router.get("/{service}/questions/{name}")
async def get_answer(request: Request, service: str, name: str) -> Response:
    """Ask a question with simple fields by its address."""
    codec = _codec(QUESTIONS, service, name)
    member = codec.members[name]
    if not is_simple(member):
        raise HTTPException(405)
    try:
        question = TypeAdapter(member).validate_strings(dict(request.query_params), extra="forbid")
    except ValidationError as error:
        names = sorted({".".join(str(step) for step in one["loc"]) for one in error.errors()})
        raise Rejected("bus.invalid_body", fields=", ".join(names)) from error
    return await _ask(request, codec, name, codec.encode(question))


@router.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def refuse_unknown(request: Request, path: str) -> Response:
    """Refuse what is not there, or not by this method."""
    service, _, rest = path.partition("/")
    kind, _, name = rest.partition("/")
    codec = {"commands": COMMANDS, "questions": QUESTIONS}.get(kind, {}).get(service)
    known = path == "session" or (codec is not None and name in codec.members)
    raise HTTPException(405 if known else 404)


async def _ask(request: Request, codec: MessageCodec[Any], name: str, body: bytes) -> Response:
    account = await require_account(request)
    codec.decode(name, body)
    reply = await backend(request).bus.question(
        codec.service, name, body, account.actor, at_least=positions(request) | _at_least(request)
    )
    return JSONResponse(ok_of(reply))


def _command_id(account: SessionAccount, key: str) -> str:
    """Return the id of the command: the account's own, or a key could take the id of another's, or of a policy's."""
    if len(key) > KEY_MAX or not key.isascii():
        raise Rejected("command.id_missing")
    return derived_id("api", account.account_id, key) if key else ""


def _codec(codecs: Mapping[str, MessageCodec[Any]], service: str, name: str) -> MessageCodec[Any]:
    codec = codecs.get(service)
    if codec is None or name not in codec.members:
        raise Rejected("bus.unknown_name", service=service[:40], name=name[:80])
    return codec


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise Rejected("bus.invalid_body", fields="body") from error
    if not isinstance(body, dict):
        raise Rejected("bus.invalid_body", fields="body")
    return body


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body).encode()
    except RecursionError as error:
        raise Rejected("bus.invalid_body", fields="body") from error


def _at_least(request: Request) -> dict[str, int]:
    """Return the positions of the header, as `PLANS=12, SCORING=7`."""
    found = {}
    for part in request.headers.get("at-least", "").split(","):
        stream, _, digits = (piece.strip() for piece in part.partition("="))
        if not part.strip():
            continue
        if not stream or (seq := whole(digits)) is None:
            raise Rejected("bus.invalid_body", fields="At-Least")
        found[stream] = seq
    return found


def is_simple(member: type[Any]) -> bool:
    """Return whether every field of the message can stand in an address."""
    hints = get_type_hints(member)
    return all(_is_simple_type(hints[one.name]) for one in fields(member)) and not any(
        one.name == "text" for one in fields(member)
    )


def _is_simple_type(hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return all(_is_simple_type(one) for one in get_args(hint) if one is not NoneType)
    return isinstance(hint, type) and (issubclass(hint, Enum) or hint in _SIMPLE)


# -- its description ---------------------------------------------------------------------------


def describe(app: FastAPI) -> None:
    """Let the application answer /api/openapi.json with the description made of the codecs."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(description())
        return made

    app.openapi = openapi  # type: ignore[method-assign]


def description() -> dict[str, Any]:
    """Return the OpenAPI document: one operation a command and a question, with their schemas."""
    references, schemas = component_schemas(_described())
    schemas |= {"Problem": _PROBLEM, "Position": _POSITION}
    paths: dict[str, Any] = {f"{PREFIX}/session": _session_operations()}
    for service, codec in COMMANDS.items():
        for name, member in codec.members.items():
            schema = references[member, RECEIVED]
            body = schemas[schema["$ref"].rpartition("/")[2]]
            body["required"] = [one for one in body.get("required", []) if one != "at"]
            paths[f"{PREFIX}/{service}/commands/{name}"] = {
                "post": _operation(service, member, _body(schema), _ref("Position"), parameters=_COMMAND_HEADERS)
            }
    for service, codec in QUESTIONS.items():
        for name, member in codec.members.items():
            told = references[answer_to(service, member), SENT]
            schema = references[member, RECEIVED]
            operations = {"post": _operation(service, member, _body(schema), _answered(told))}
            if is_simple(member):
                fields_of = schemas[schema["$ref"].rpartition("/")[2]]
                operations["get"] = _operation(
                    service, member, None, _answered(told), parameters=_query(member, fields_of)
                )
                operations["get"]["operationId"] += "ByGet"
            paths[f"{PREFIX}/{service}/questions/{name}"] = operations
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": "1", "description": (__doc__ or "").strip()},
        "security": [{"bearer": []}, {"session": [], "csrf": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "tdkt_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "x-csrf-token"},
            },
            "responses": {
                "Problem": {
                    "description": "A refusal or a fault (RFC 9457).",
                    "content": {"application/problem+json": {"schema": _ref("Problem")}},
                }
            },
        },
    }


def _described() -> Iterator[tuple[type[Any], Mode]]:
    for codec in COMMANDS.values():
        for member in codec.members.values():
            yield member, RECEIVED
    for service, codec in QUESTIONS.items():
        for member in codec.members.values():
            yield member, RECEIVED
            yield answer_to(service, member), SENT


def answer_to(service: str, question: type[Any]) -> type[Any]:
    """Return the view that the question's docstring promises."""
    found = _ANSWER.search(question.__doc__ or "")
    assert found, f"{question.__name__} does not say its answer"
    answer: type[Any] = getattr(import_module(f"services.{service}.views"), found[1])
    return answer


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": dict(schema)}}}


def _answered(view: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["view", "stale", "positions"],
        "properties": {
            "view": dict(view),
            "stale": {"type": "boolean", "description": "The read model had not reached At-Least in time."},
            "positions": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {"seq": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}},
                },
            },
        },
    }


def _operation(
    service: str,
    member: type[Any],
    body: Mapping[str, Any] | None,
    answer: Mapping[str, Any],
    *,
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    content = (
        dict(answer)
        if body is None or "view" in answer.get("properties", {})
        else {
            "type": "object",
            "required": ["position"],
            "properties": {"position": dict(answer)},
        }
    )
    operation: dict[str, Any] = {
        "operationId": f"{service}{member.__name__}",
        "tags": [service],
        "summary": (member.__doc__ or member.__name__).strip().split("\n")[0],
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": content}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if body is not None:
        operation["requestBody"] = dict(body)
    if parameters:
        operation["parameters"] = parameters
    return operation


def _query(member: type[Any], schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": one.name,
            "in": "query",
            "required": one.name in required,
            "schema": schema["properties"][one.name],
        }
        for one in fields(member)
    ]


def _session_operations() -> dict[str, Any]:
    problem_answer = {"$ref": "#/components/responses/Problem"}
    return {
        "post": {
            "operationId": "signIn",
            "tags": ["session"],
            "summary": "Begin a session; its token goes into Authorization: Bearer.",
            "security": [],
            "requestBody": {"required": True, "content": {"application/json": {"schema": SignIn.model_json_schema()}}},
            "responses": {"201": {"description": "The token and who it stands for."}, "default": problem_answer},
        },
        "get": {
            "operationId": "showSession",
            "tags": ["session"],
            "summary": "Who is signed in.",
            "responses": {"200": {"description": "Account and grants."}, "default": problem_answer},
        },
        "delete": {
            "operationId": "signOut",
            "tags": ["session"],
            "summary": "End the session.",
            "responses": {"204": {"description": "Ended."}, "default": problem_answer},
        },
    }


_COMMAND_HEADERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": KEY_MAX},
        "description": "A key of the client's own: sent again under it, the command happens once.",
    },
    {
        "name": "Expected-Seq",
        "in": "header",
        "required": False,
        "schema": {"type": "integer"},
        "description": "The sequence that the asker has seen; refused with form.stale where more has happened.",
    },
]
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The sentence for people, in Vietnamese."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "object"},
        "trace_id": {"type": "string"},
    },
}
_POSITION: dict[str, Any] = {
    "type": "object",
    "required": ["stream", "epoch", "seq"],
    "properties": {"stream": {"type": "string"}, "epoch": {"type": "string"}, "seq": {"type": "integer"}},
}
