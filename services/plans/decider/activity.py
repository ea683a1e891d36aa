"""What the rules of campaigns, inspections and trainings share: their facts, and the checks of what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol, TypeVar

from services.plans.decider import texts
from services.plans.events import ActivityUnit, Figure, Group, NamedUnit, PlannedTask, Signer, Unit, require_open
from services.plans.rules import (
    LINE_MAX,
    LINES_MAX,
    UNITS_MAX,
    YEARS,
    WorkingDays,
    is_activity_id,
    is_document_number,
    is_figure,
)
from shared.errors import Rejected
from shared.rights import Right
from shared.types import Actor, Attachment


class _Said(Protocol):
    @property
    def by(self) -> str: ...
    @property
    def at(self) -> datetime: ...


E = TypeVar("E", bound=_Said)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFacts:
    """Who asks, the day in Vietnam, the organisation and the working days as our read model has them.

    `groups` are those of the activity's year; `task` is the task of the plan that the command names, None where
    there is none; `attachments` are the files that it names, as their owner uploaded them.
    """

    actor: Actor
    today: date
    units: Mapping[str, Unit] = field(default_factory=dict)
    sets: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    days: WorkingDays = field(default_factory=WorkingDays)
    task: PlannedTask | None = None
    attachments: tuple[Attachment, ...] = ()


def authorise(right: Right, facts: ActivityFacts, command: object, district: str, unit_id: str | None = None) -> None:
    """Raise Rejected `actor.not_allowed` where the actor may not do it for the district, or the unit."""
    if not right.allows(facts.actor, on=facts.today, district=district, unit=unit_id):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def is_repeated(before: E | None, event: E) -> bool:
    """Return whether the event says what the one before said, whoever says it now and whenever."""
    return before is not None and replace(before, by=event.by, at=event.at) == event  # type: ignore[type-var]


# --- who takes part ----------------------------------------------------------------------------


def named_units(named: Sequence[str], facts: ActivityFacts) -> tuple[NamedUnit, ...]:
    """Return the units, sets and groups under their names of today, each once.

    Raises Rejected `activity.units_missing`, `activity.too_many_items`, `unit.not_found`, `unit.closed`.
    """
    if not named:
        raise Rejected("activity.units_missing")
    if len(named) > UNITS_MAX:
        raise Rejected("activity.too_many_items", limit=UNITS_MAX, field="units")
    groups = {group.group_id: group.name for group in facts.groups}
    found: dict[str, NamedUnit] = {}
    for one in named:
        if one in facts.sets:
            found[one] = NamedUnit(unit_id=one, name=facts.sets[one][0], is_set=True)
        elif one in groups:
            found[one] = NamedUnit(unit_id=one, name=groups[one], is_set=True)
        else:
            found[one] = NamedUnit(unit_id=one, name=_open_unit(one, facts).short_name)
    return tuple(found.values())


def units_behind(named: Sequence[NamedUnit], facts: ActivityFacts) -> tuple[ActivityUnit, ...]:
    """Return the units that the names stand for, each once.

    A closed member of a set or group is left out; a closed unit named by itself is refused.
    Raises Rejected `activity.units_missing`, `unit.not_found`, `unit.closed`.
    """
    members = {group.group_id: group.members for group in facts.groups} | {
        set_id: ids for set_id, (_, ids) in facts.sets.items()
    }
    group_of = {member: group.group_id for group in facts.groups for member in group.members}
    found: dict[str, ActivityUnit] = {}
    for one in named:
        units = [_open_unit(one.unit_id, facts)] if not one.is_set else _open_members(members, one.unit_id, facts)
        for unit in units:
            found[unit.unit_id] = ActivityUnit(
                unit_id=unit.unit_id, name=unit.short_name, group_id=group_of.get(unit.unit_id)
            )
    if not found:
        raise Rejected("activity.units_missing")
    return tuple(found.values())


def _open_members(members: Mapping[str, Sequence[str]], set_id: str, facts: ActivityFacts) -> list[Unit]:
    if set_id not in members:
        raise Rejected("unit.not_found", unit_id=set_id)
    units = (facts.units.get(one) for one in members[set_id])
    return [unit for unit in units if unit is not None and unit.is_open(facts.today)]


def _open_unit(unit_id: str, facts: ActivityFacts) -> Unit:
    unit = facts.units.get(unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=unit_id[:80])
    require_open(unit, facts.today)
    return unit


def planned_task(number: int | None, facts: ActivityFacts) -> PlannedTask | None:
    """Return the task of the plan, None where none was named. Raises Rejected `task.not_found`."""
    if number is not None and facts.task is None:
        raise Rejected("task.not_found", task_number=number)
    return facts.task if number is not None else None


# --- what was typed ----------------------------------------------------------------------------


def check_id(activity_id: str) -> None:
    """Raise Rejected `activity.id_malformed` for what is no id."""
    if not is_activity_id(activity_id):
        raise Rejected("activity.id_malformed", id=activity_id[:80])


def year_of(first: date, last: date) -> int:
    """Return the year of the first day. Raises Rejected `activity.dates_reversed`, `activity.year_out_of_range`."""
    if last < first:
        raise Rejected("activity.dates_reversed", first=str(first), last=str(last))
    if first.year not in YEARS or last.year - first.year > 1:
        raise Rejected("activity.year_out_of_range", year=first.year, last=str(last))
    return first.year


def check_year(year: int, first: date, last: date) -> None:
    """Raise Rejected `activity.year_changed` where the days begin in another year; its rows are those of the year."""
    if year_of(first, last) != year:
        raise Rejected("activity.year_changed", year=year)


def title(text: str) -> str:
    """Return the title in one line. Raises Rejected `activity.title_missing`, `text.too_long`."""
    return texts.needed_line(text, Rejected("activity.title_missing"), limit=LINE_MAX, field="title")


def reason(text: str) -> str:
    """Return the reason. Raises Rejected `activity.reason_missing`, `text.too_long`."""
    return texts.needed_prose(text, Rejected("activity.reason_missing"), field="reason")


def prose(text: str, name: str) -> str:
    """Return a text that must be there; `name` is its field. Raises Rejected `activity.text_missing`."""
    return texts.needed_prose(text, Rejected("activity.text_missing", field=name), field=name)


def limited(text: str, name: str) -> str:
    """Return a text that may be empty; `name` is its field. Raises Rejected `text.too_long`."""
    return texts.prose(text, field=name)


def line(text: str, name: str) -> str:
    """Return one line that may be empty; `name` is its field. Raises Rejected `text.too_long`."""
    return texts.line(text, limit=LINE_MAX, field=name)


def lines(items: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the items of a list, none of them empty. Raises Rejected `activity.too_many_items`, `text.too_long`."""
    if len(items) > LINES_MAX:
        raise Rejected("activity.too_many_items", limit=LINES_MAX, field=name)
    return tuple(filter(None, (line(one, name) for one in items)))


def needed_lines(items: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the items of a list that must have one. Raises Rejected `activity.text_missing`."""
    found = lines(items, name)
    if not found:
        raise Rejected("activity.text_missing", field=name)
    return found


def figures(values: Sequence[Figure], name: str) -> tuple[Figure, ...]:
    """Return the figures, each named once. Raises Rejected `activity.figure_…`, `activity.too_many_items`."""
    if len(values) > LINES_MAX:
        raise Rejected("activity.too_many_items", limit=LINES_MAX, field=name)
    found: dict[str, Figure] = {}
    for one in values:
        called = line(one.name, name)
        if not called:
            raise Rejected("activity.figure_unnamed", field=name)
        if called.casefold() in found:
            raise Rejected("activity.figure_twice", name=called, field=name)
        if not is_figure(one.value):
            raise Rejected("activity.figure_out_of_range", name=called, field=name)
        found[called.casefold()] = Figure(name=called, value=one.value, measure=line(one.measure, name))
    return tuple(found.values())


def number(text: str) -> str:
    """Return the number of a document. Raises Rejected `activity.number_malformed`."""
    stripped = text.strip()
    if not is_document_number(stripped):
        raise Rejected("activity.number_malformed", number=stripped[:80])
    return stripped


def number_if_any(text: str) -> str:
    """Return the number of a document, empty where there is none. Raises Rejected `activity.number_malformed`."""
    return number(text) if text.strip() else ""


def signer(value: Signer | None) -> Signer | None:
    """Return who signed, with name and post, or None. Raises Rejected `activity.text_missing`, `text.too_long`."""
    if value is None:
        return None
    name, post = line(value.name, "signer_name"), line(value.post, "signer_post")
    if not (name and post):
        raise Rejected("activity.text_missing", field="signer_post" if name else "signer_name")
    return Signer(name=name, post=post, on_behalf_of=line(value.on_behalf_of or "", "signer_on_behalf_of") or None)


def not_in_future(day: date, facts: ActivityFacts) -> date:
    """Return the day. Raises Rejected `activity.in_future`."""
    if day > facts.today:
        raise Rejected("activity.in_future", day=str(day), today=str(facts.today))
    return day


def files(facts: ActivityFacts) -> tuple[Attachment, ...]:
    """Return the files. Raises Rejected `attachment.too_many`."""
    return texts.attached(facts.attachments)
