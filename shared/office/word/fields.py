"""Which fields a template may name, and whether it names others: read from its syntax, before anything is written.

A template holds `{{ field }}`, `for`, `if` and a few filters. Anything else is refused, so that there is no code in it
that could run; the sandbox in which it is written is the second wall.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeAlias, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from jinja2 import nodes

FILTERS = frozenset({"upper", "lower", "join", "length", "default", "first", "last", "trim", "capitalize"})
_LOOP = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})
_UNKNOWN: Any = object()  # the type of what is computed; nothing more is asked of it


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateField:
    """A field that a template may name: its path ("quarters.tasks.number"), its dataclass, its meaning, what it is."""

    path: str
    owner: type
    meaning: str
    is_list: bool
    is_obligatory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """Something in a template that is not as it should be, and the line of its source."""

    code: str
    name: str
    line: int


def about(meaning: str) -> dict[str, str]:
    """Return the metadata of a dataclass field that says in Vietnamese what it is."""
    return {"meaning": meaning}


def fields_of(kind: type, prefix: str = "") -> Iterator[TemplateField]:
    """Return every field of the dataclass, those of its parts too; obligatory are those without default."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        hint = _plain(hints[one.name])
        element = _element(hint)
        path = f"{prefix}{one.name}"
        yield TemplateField(
            path=path,
            owner=kind,
            meaning=one.metadata.get("meaning", ""),
            is_list=element is not None,
            is_obligatory=one.default is MISSING and one.default_factory is MISSING,
        )
        part = element if element is not None else hint
        if is_dataclass(part) and isinstance(part, type):
            yield from fields_of(part, f"{path}.")


Named: TypeAlias = frozenset[tuple[type, str]]
"""The fields that a template names, each by its dataclass and its name there."""


def misuses(tree: "nodes.Template", kind: type) -> tuple[list[Misuse], Named]:
    """Return what the template names and may not, and which fields it names."""
    check = _Check(kind=kind)
    scope = dict(get_type_hints(kind))
    check.statements(tree.body, {name: _plain(hint) for name, hint in scope.items()})
    return check.found, frozenset(check.named)


def unnamed(kind: type, named: Named) -> list[str]:
    """Return the paths of the obligatory fields that are not named."""
    return [
        one.path
        for one in fields_of(kind)
        if one.is_obligatory and (one.owner, one.path.rpartition(".")[2]) not in named
    ]


def sample_of(kind: type, count: int) -> Any:
    """Return what a template is tried with: `count` values in each list, and where that is 0 nothing anywhere."""
    hints = get_type_hints(kind)
    return kind(**{one.name: _sample(_plain(hints[one.name]), one.name, count) for one in fields(kind)})


def _sample(hint: Any, name: str, count: int) -> Any:
    element = _element(hint)
    if element is not None:
        return tuple(_sample(element, name, count) for _ in range(count))
    if is_dataclass(hint) and isinstance(hint, type):
        return sample_of(hint, count)
    return {int: count, bool: count > 0}.get(hint, f"[{name}]" if count else "")


def _plain(hint: Any) -> Any:
    """Return the type without its None."""
    if get_origin(hint) in (Union, UnionType):
        return next((one for one in get_args(hint) if one is not type(None)), hint)
    return hint


def _element(hint: Any) -> Any:
    return _plain(get_args(hint)[0]) if get_origin(hint) is tuple else None


@dataclass(slots=True, kw_only=True)
class _Check:
    """Walks the syntax with the types of the names in reach."""

    kind: type
    found: list[Misuse] = field(default_factory=list)
    named: set[tuple[type, str]] = field(default_factory=set)

    def statements(self, body: "Sequence[nodes.Node]", scope: Mapping[str, Any]) -> None:
        from jinja2 import nodes

        for node in body:
            match node:
                case nodes.Output():
                    for one in node.nodes:
                        self.expression(one, scope)
                case nodes.For():
                    self._loop(node, scope)
                case nodes.If():
                    self.expression(node.test, scope)
                    for part in (node.body, node.elif_, node.else_):
                        self.statements(part, scope)
                case _:
                    self._refuse("template.forbidden", type(node).__name__.lower(), node)

    def expression(self, node: "nodes.Node", scope: Mapping[str, Any]) -> Any:
        """Return the type of the expression, as far as it is a field."""
        from jinja2 import nodes

        match node:
            case nodes.TemplateData() | nodes.Const():
                return _UNKNOWN
            case nodes.Name():
                if node.name not in scope:
                    self._refuse("template.field_unknown", node.name, node)
                    return _UNKNOWN
                self.named.add((self.kind, node.name))
                return scope[node.name]
            case nodes.Getattr():
                return self._attribute(node, scope)
            case nodes.Filter() if node.name not in FILTERS:
                self._refuse("template.forbidden", f"|{node.name}", node)
                return _UNKNOWN
            case (
                nodes.Filter()
                | nodes.Compare()
                | nodes.Operand()
                | nodes.And()
                | nodes.Or()
                | nodes.Not()
                | nodes.CondExpr()
                | nodes.Concat()
            ):
                for part in node.iter_child_nodes():
                    self.expression(part, scope)
                return _UNKNOWN
            case _:
                self._refuse("template.forbidden", type(node).__name__.lower(), node)
                return _UNKNOWN

    def _loop(self, node: "nodes.For", scope: Mapping[str, Any]) -> None:
        from jinja2 import nodes

        many = self.expression(node.iter, scope)
        element = _element(many) if many is not _UNKNOWN else _UNKNOWN
        if element is None:
            self._refuse("template.not_a_list", _written(node.iter), node)
        if not isinstance(node.target, nodes.Name) or node.recursive or node.test is not None:
            self._refuse("template.forbidden", "for", node)
            return
        if node.target.name in scope:
            # Inside of the loop the field of that name could not be reached, nor told from it.
            self._refuse("template.forbidden", node.target.name, node)
            return
        inner = {**scope, node.target.name: _UNKNOWN if element is None else element, "loop": _LOOP}
        self.statements(node.body, inner)
        self.statements(node.else_, scope)

    def _attribute(self, node: "nodes.Getattr", scope: Mapping[str, Any]) -> Any:
        owner = self.expression(node.node, scope)
        if owner is _UNKNOWN:
            return _UNKNOWN
        if owner is _LOOP:
            known: Mapping[str, Any] = dict.fromkeys(_LOOP, _UNKNOWN)
        else:
            known = get_type_hints(owner) if is_dataclass(owner) and isinstance(owner, type) else {}
        if node.attr not in known:
            self._refuse("template.field_unknown", _written(node), node)
            return _UNKNOWN
        self.named.add((owner, node.attr))
        return _plain(known[node.attr])

    def _refuse(self, code: str, name: str, node: "nodes.Node") -> None:
        self.found.append(Misuse(code=code, name=name[:80], line=node.lineno))


def _written(node: "nodes.Node") -> str:
    """Return a field as it stands in the template, "task.content"."""
    from jinja2 import nodes

    match node:
        case nodes.Getattr():
            return f"{_written(node.node)}.{node.attr}"
        case nodes.Name():
            return node.name
        case _:
            return "…"
