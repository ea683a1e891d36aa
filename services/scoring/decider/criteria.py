"""The rules of the yearly criteria: one aggregate a set."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from services.scoring.commands import PublishCriteria
from services.scoring.events import CriteriaPublished, NamedGroup, Section
from services.scoring.rules import CRITERIA_MAX, POINTS_MAX, TEXT_MAX, exact, may_publish, sections_max
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """The criteria as last published; version 0 before that."""

    version: int = 0
    title: str = ""
    groups: tuple[NamedGroup, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaFacts:
    """Who asks, the day, the groups of the year by id, and what our read model knows of the criteria.

    `taken` maps a group to another set that is already for it.
    """

    actor: Actor
    today: date
    groups: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)
    is_frozen: bool = False


def decide(command: PublishCriteria, criteria: Criteria, facts: CriteriaFacts) -> list[CriteriaPublished]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if not may_publish(facts.actor, command.district, on=facts.today):
        raise Rejected("actor.not_allowed", action="PublishCriteria")
    if not 2000 <= command.year <= 2100:
        raise Rejected("criteria.year_malformed", year=command.year)
    title = _text(command.title, "criteria.title_missing")
    groups = _groups(command, facts)
    sections = _sections(command.sections)
    if criteria.version and (criteria.title, criteria.groups, criteria.sections) == (title, groups, sections):
        return []
    if facts.is_frozen:
        raise Rejected("criteria.frozen", criteria_id=address(command)[1])
    return [
        CriteriaPublished(
            district=command.district,
            criteria_id=address(command)[1],
            year=command.year,
            version=criteria.version + 1,
            title=title,
            groups=groups,
            sections=sections,
            max_points=sections_max(sections),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def evolve(_: Criteria, event: CriteriaPublished) -> Criteria:
    """Return the criteria after the event. Never refuses: it has happened."""
    return Criteria(version=event.version, title=event.title, groups=event.groups, sections=event.sections)


def address(command: PublishCriteria) -> tuple[str, str]:
    """Return the owner and the id `<year>-<set>`."""
    return command.district, f"{command.year}-{command.set_id}"


def _text(text: str, code: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise Rejected(code)
    if len(stripped) > TEXT_MAX:
        raise Rejected("text.too_long", limit=TEXT_MAX)
    return stripped


def _groups(command: PublishCriteria, facts: CriteriaFacts) -> tuple[NamedGroup, ...]:
    if not command.group_ids:
        raise Rejected("criteria.without_groups")
    for group_id in command.group_ids:
        if group_id not in facts.groups:
            raise Rejected("group.not_found", group_id=group_id[:80], year=command.year)
        if group_id in facts.taken:
            raise Rejected("criteria.group_taken", group_id=group_id, criteria_id=facts.taken[group_id])
    return tuple(
        NamedGroup(group_id=group_id, name=facts.groups[group_id]) for group_id in dict.fromkeys(command.group_ids)
    )


def _sections(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    criteria = [one for section in sections for one in section.criteria]
    if not criteria or not all(section.criteria for section in sections):
        raise Rejected("criteria.without_lines")
    if len(criteria) > CRITERIA_MAX:
        raise Rejected("criteria.too_many_lines", limit=CRITERIA_MAX)
    for codes in ([section.code for section in sections], [one.code for one in criteria]):
        double = next((code for code in codes if not code.strip() or codes.count(code) > 1), None)
        if double is not None:
            raise Rejected("criteria.code_duplicate", criterion=double[:80])
    if sum(one.is_automatic for one in criteria) > 1:
        raise Rejected("criteria.automatic_twice")
    checked = tuple(
        replace(
            section,
            name=_text(section.name, "criteria.name_missing"),
            criteria=tuple(
                replace(
                    one, name=_text(one.name, "criteria.name_missing"), max_points=_maximum(one.code, one.max_points)
                )
                for one in section.criteria
            ),
        )
        for section in sections
    )
    if sections_max(checked) > POINTS_MAX:
        raise Rejected("criteria.total_too_high", maximum=str(POINTS_MAX))
    return checked


def _maximum(code: str, points: Decimal) -> Decimal:
    written = exact(points, minimum=Decimal("0.01"), maximum=POINTS_MAX)
    if written is None:
        raise Rejected("criteria.points_out_of_range", criterion=code[:80], maximum=str(POINTS_MAX))
    return written


CRITERIA: Decider[PublishCriteria, Criteria, CriteriaPublished, CriteriaFacts] = Decider(
    kind="criteria",
    commands=(PublishCriteria,),
    initial=Criteria(),
    decide=decide,
    evolve=evolve,
    address=address,
)
