"""Write the reference pages and the contract from the code: `python -m docs.generate`.

With `--check`, say which are not current. The contract lies with the portal, which shows it.
"""

import dataclasses
import enum
import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import typer.main
from prometheus_client import Counter, Gauge, Histogram

from docs.contract import asyncapi
from docs.contract.services import contracts, public_facts
from services.portal.labels import load as load_labels
from services.topology import TOPOLOGY
from shared import telemetry
from shared.codec import EventCodec, MessageCodec
from shared.schemas import SENT, message_schema
from shared.settings import Settings
from shared.topology import SYSTEM, consumer_configs, inbox_prefix, permissions, stream_configs

ROOT = Path(__file__).parent.parent
REFERENCE = "docs/reference"
CONTRACT = "services/portal/contract"
SERVICES = tuple(process.name for process in TOPOLOGY.services)
_MIB = 1024 * 1024
_NOTE = "Written by `python -m docs.generate` from the code; changes by hand are lost."


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    if "--check" in arguments:
        names = stale()
        for name in names:
            sys.stdout.write(f"{name} is not current: run `make docs`\n")
        return int(bool(names))
    for name, write in PAGES.items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(write(), encoding="utf-8")
    return 0


def stale() -> list[str]:
    """Return the pages that are missing or not what the code says."""
    return [name for name, write in PAGES.items() if _read(ROOT / name) != write()]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


# Messages


def events() -> str:
    """Return the page of all events: type, wire name, fields, and what PUBLIC tells of them."""
    lines = [
        "Bodies are JSON; what an event is called travels in the header `ce-type`. Unknown fields are ignored.",
        "Every event carries `by`, an account id, and `at`, the business time in UTC.",
        "",
    ]
    for service in SERVICES:
        codec: EventCodec[Any] = import_module(f"services.{service}.events").EVENTS
        lines += [f"## {service}", ""]
        for member in codec.members:
            lines += [f"### {member.__name__}", "", f"`{codec.wire_name(member)}`. {_about(member)}", ""]
            lines += _fields(member, with_defaults=False)
        lines += _types(codec.members)
        facts = public_facts(service)
        if facts:
            lines += [f"### Public facts of {service}", ""]
            for name, fact in facts.items():
                lines += [f"#### {name} (PUBLIC)", "", _about(fact), ""]
                lines += _fields(fact, with_defaults=False)
    return _page("Events", lines)


def commands() -> str:
    """Return the page of all commands: subject and fields."""
    lines = [
        "A NATS request on the subject, or `tdkt call SERVICE NAME`. Unknown fields are refused; `at` is the business",
        "time, refused when more than two minutes off. The answer is `{stream, epoch, seq}`, or a",
        "[code](codes.md).",
        "",
    ]
    return _page("Commands", lines + _messages("commands", "COMMANDS", "cmd"))


def questions() -> str:
    """Return the page of all questions: subject and fields."""
    lines = [
        "A NATS request on the subject, or `tdkt ask SERVICE NAME`. The answer is `{view, stale, positions}`, filtered",
        "by what the account may read.",
        "",
    ]
    return _page("Questions", lines + _messages("views", "QUESTIONS", "qry"))


def _messages(module: str, codec_name: str, channel: str) -> list[str]:
    lines = []
    for service in SERVICES:
        codec: MessageCodec[Any] = getattr(import_module(f"services.{service}.{module}"), codec_name)
        lines += [f"## {service}", ""]
        for name, member in codec.members.items():
            lines += [f"### {member.__name__}", "", f"`{service}.{channel}.{name}`. {_about(member)}", ""]
            lines += _fields(member, with_defaults=True)
        lines += _types(codec.members.values())
    return lines


def _fields(member: type, *, with_defaults: bool) -> list[str]:
    hints = typing.get_type_hints(member)
    fields = dataclasses.fields(member)
    if not fields:
        return ["No fields.", ""]
    if not with_defaults:
        rows = [(f"`{one.name}`", f"`{_type_text(hints[one.name])}`") for one in fields]
        return _table(("field", "type"), rows)
    return _table(
        ("field", "type", "default"),
        [(f"`{one.name}`", f"`{_type_text(hints[one.name])}`", _default_text(one)) for one in fields],
    )


def _types(members: Iterable[type]) -> list[str]:
    """Return the types that fields of the messages are made of, each once, by name."""
    found: dict[str, type] = {}
    for member in members:
        _collect(member, found)
    lines: list[str] = []
    if found:
        lines += ["### Types of their fields", ""]
    for title, one in sorted(found.items()):
        if issubclass(one, enum.Enum):
            values = ", ".join(f"`{value.value}`" for value in one)
            lines += [f"- **{title}**: {_about(one)} One of {values}."]
        else:
            hints = typing.get_type_hints(one)
            parts = ", ".join(f"`{name}: {_type_text(hint)}`" for name, hint in hints.items())
            lines += [f"- **{title}**: {_about(one)} {parts}."]
    return [*lines, ""] if lines else []


def _collect(message: type, found: dict[str, type]) -> None:
    for hint in typing.get_type_hints(message).values():
        for one in _named(hint):
            if one.__name__ not in found:
                found[one.__name__] = one
                if dataclasses.is_dataclass(one):
                    _collect(one, found)


def _named(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and not typing.get_args(hint):
        if dataclasses.is_dataclass(hint) or issubclass(hint, enum.Enum):
            yield hint
        return
    for argument in typing.get_args(hint):
        yield from _named(argument)


def _type_text(hint: Any) -> str:
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return " | ".join(_type_text(one) for one in arguments)
    if hint is type(None):
        return "None"
    if hint is Ellipsis:
        return "..."
    if arguments:
        origin = typing.get_origin(hint)
        name = getattr(origin, "__name__", str(origin))
        return f"{name}[{', '.join(_type_text(one) for one in arguments)}]"
    return getattr(hint, "__name__", str(hint))


def _default_text(field: "dataclasses.Field[Any]") -> str:
    if field.default is not dataclasses.MISSING:
        value = field.default.value if isinstance(field.default, enum.Enum) else field.default
        return f"`{value!r}`"
    return "required" if field.default_factory is dataclasses.MISSING else "empty"


def _about(member: type) -> str:
    return " ".join(inspect.cleandoc(member.__doc__ or "").split())


# Settings, bus, metrics, words


def settings() -> str:
    """Return the page of the settings."""
    rows = [
        (
            f"`TDKT_{name.upper()}`",
            f"`{_type_text(field.annotation)}`",
            f"`{field.default}`" if field.default != "" else "",
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    lines = ["Read from the environment by every process; under `tdkt up` the supervisor sets most of them.", ""]
    return _page("Settings", [*lines, *_table(("variable", "type", "default", "meaning"), rows)])


def streams() -> str:
    """Return the page of streams, consumers and NATS users."""
    defaults = Settings.model_construct()  # what the environment of this machine says does not belong here
    lines = [
        "From the registry `services/topology.py` by the rules of `shared/topology.py`; `tdkt bus apply` makes it so.",
        "",
        "## Streams",
        "",
    ]
    rows: list[tuple[str, ...]] = []
    for config in stream_configs(TOPOLOGY, defaults):
        flags = [flag for flag in _FLAGS if getattr(config, flag)]
        budget = "no limit" if config.max_bytes == -1 else f"{(config.max_bytes or 0) // _MIB} MiB"
        owner = (config.metadata or {}).get("owner", "")
        subjects = ", ".join(f"`{one}`" for one in config.subjects or ())
        discard = config.discard.value if config.discard else ""
        rows.append((f"`{config.name}`", subjects, owner, budget, discard, ", ".join(f"`{flag}`" for flag in flags)))
    lines += _table(("stream", "subjects", "owner", "budget", "when full, discard", "flags"), rows)
    lines += ["Subjects of events: `<service>.evt.<district>.<aggregate>.<id>`; of public facts:"]
    lines += ["`public.<district>.<service>.<fact>`. Requests: `<service>.cmd|qry|ctl.<name>`. Live news without a"]
    lines += ["memory: `<service>.live.<district>`.", "", "## Consumers", ""]
    rows = [
        (
            f"`{stream}`",
            f"`{config.name}`",
            "push, for rebuilds" if config.deliver_subject else "pull",
            config.ack_policy.value if config.ack_policy else "",
        )
        for stream, config in consumer_configs(TOPOLOGY)
    ]
    lines += _table(("stream", "consumer", "kind", "acknowledge"), rows)
    lines += ["## NATS users", "", "Each may do what its lists say, and nothing else.", ""]
    rights = permissions(TOPOLOGY)
    for user in TOPOLOGY.users:
        lines += [f"### {user}", ""]
        if user not in rights:
            assert user == SYSTEM
            lines += ["The server's own account: it sees the system, and none of our subjects.", ""]
            continue
        if user in TOPOLOGY.outsiders:
            lines += ["An outsider, in an account of its own.", ""]
        may = rights[user]
        replies = "; may answer requests" if may.replies else ""
        lines += [f"Inbox `{inbox_prefix(user)}`{replies}. Publishes:", ""]
        lines += [*(f"- `{subject}`" for subject in may.publish), "", "Subscribes:", ""]
        lines += [*(f"- `{subject}`" for subject in may.subscribe), ""]
    return _page("Streams, consumers, users", lines)


_FLAGS = (
    "allow_atomic",
    "allow_direct",
    "deny_delete",
    "deny_purge",
    "allow_rollup_hdrs",
    "allow_msg_schedules",
    "allow_msg_ttl",
)


def metrics() -> str:
    """Return the page of the metrics."""
    rows = []
    for metric in vars(telemetry).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            described = next(iter(metric.describe()))
            name = f"{described.name}_total" if isinstance(metric, Counter) else described.name
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            rows.append((f"`{name}`", described.type, labels, described.documentation))
    lines = ["`GET /metrics` of every process; `tdkt status` tells the ports.", ""]
    return _page("Metrics", [*lines, *_table(("metric", "kind", "labels", "meaning"), sorted(rows))])


def codes() -> str:
    """Return the page of refusal and fault codes with their sentences, and of states and roles."""
    labels = load_labels()
    lines = ["The words for people, from `services/portal/labels.toml`.", "", "## Refusals and faults", ""]
    lines += _words(labels["codes"], "code")
    lines += ["## States", ""]
    lines += _words(labels["states"], "state")
    lines += ["## Roles", ""]
    lines += _words(labels["roles"], "role")
    return _page("Codes", lines)


def _words(entries: Mapping[str, Mapping[str, str]], what: str) -> list[str]:
    rows = [(f"`{key}`", one["vi"], one["en"]) for key, one in sorted(entries.items())]
    return _table((what, "tiếng Việt", "English"), rows)


# The command line


def command_line() -> str:
    """Return the page of `tdkt`: every command with its arguments and options."""
    app = import_module("services.cli.app").app
    lines = ["Exit codes: 0 done, 1 failed, 2 usage, 3 not ready, 4 refused or conflict.", ""]
    lines += _command(typer.main.get_command(app), ["tdkt"])
    return _page("Command line", lines)


def _command(command: Any, path: list[str]) -> list[str]:
    # Typer carries a click of its own, without public types.
    subcommands: Mapping[str, Any] = getattr(command, "commands", {})
    lines = [f"## {' '.join(path)}", "", " ".join((command.help or "").split()), ""]
    rows = []
    for one in command.params:
        if one.name in ("install_completion", "show_completion", "help"):
            continue
        is_option = one.param_type_name == "option"
        name = ", ".join((*one.opts, *one.secondary_opts)) if is_option else (one.metavar or (one.name or "").upper())
        rows.append((f"`{name}`", getattr(one, "help", "") or "", _click_default(one)))
    if rows:
        lines += _table(("argument or option", "meaning", "default"), rows)
    for name, subcommand in subcommands.items():
        lines += _command(subcommand, [*path, name])
    return lines


def _click_default(one: Any) -> str:
    if one.required:
        return "required"
    if one.default is None or callable(one.default) or one.default in ("", (), [], False):
        return ""
    value = one.default.value if isinstance(one.default, enum.Enum) else one.default
    return f"`{value}`"


# Markdown


def _page(title: str, lines: Iterable[str]) -> str:
    text = "\n".join([f"# {title}", "", f"<!-- {_NOTE} -->", "", *lines])
    return text.rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


# The contract


def asyncapi_document() -> str:
    """Return the AsyncAPI document."""
    return _json(asyncapi.document())


def schemas() -> str:
    """Return the JSON Schemas of public facts and events: kind → type and version → schema."""
    known = contracts()
    facts = {f"{one.service}.{name}.v1": fact for one in known for name, fact in one.facts.items()}
    events = {name: event for one in known for name, event in one.events.items()}
    return _json(
        {
            kind: {
                name: {"$id": f"/docs/schemas/{kind}/{name}.json", **message_schema(one, SENT)}
                for name, one in members.items()
            }
            for kind, members in (("facts", facts), ("events", events))
        }
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    f"{CONTRACT}/asyncapi.json": asyncapi_document,
    f"{CONTRACT}/schemas.json": schemas,
    f"{REFERENCE}/events.md": events,
    f"{REFERENCE}/commands.md": commands,
    f"{REFERENCE}/questions.md": questions,
    f"{REFERENCE}/settings.md": settings,
    f"{REFERENCE}/streams.md": streams,
    f"{REFERENCE}/metrics.md": metrics,
    f"{REFERENCE}/codes.md": codes,
    f"{REFERENCE}/cli.md": command_line,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
