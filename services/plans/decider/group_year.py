"""The rules of a group's year: charter, reviews, election of next year's leaders; one aggregate a group and year."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    AdoptCharter,
    ElectLeaders,
    GroupYearCommand,
    HoldReview,
    PlanReview,
    WithdrawReview,
)
from services.plans.decider.texts import line, needed_line, needed_prose, prose
from services.plans.events import (
    CharterAdopted,
    Group,
    GroupYearEvent,
    LeadersElected,
    NamedUnit,
    ReviewHeld,
    ReviewKind,
    ReviewPlanned,
    ReviewWithdrawn,
    Unit,
)
from services.plans.rules import (
    ARTICLES_MAX,
    ATTACHMENTS_MAX,
    CHARTER_CHARACTERS_MAX,
    LEAD_STANDING,
    RIGHTS,
    WorkingDays,
    allows_for_member,
    group_of_member,
    is_document_number,
    members_on,
    next_members,
    review_due,
    review_window,
    rotation,
    working_days_between,
)
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor, Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupYear:
    """What the rules need to know of a group's year."""

    charters: tuple[CharterAdopted, ...] = ()
    planned: Mapping[ReviewKind, ReviewPlanned] = field(default_factory=dict)
    held: Mapping[ReviewKind, ReviewHeld] = field(default_factory=dict)
    elected: LeadersElected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupYearFacts:
    """Who asks, the day in Vietnam, the group and its district's units as our read model has them.

    `group` is that of the command's year, None where there is none; `next_groups` are all groups of the year after;
    `days` are the working days of both years; `attachments` the files that the command names.
    """

    actor: Actor
    today: date
    group: Group | None = None
    next_groups: Sequence[Group] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    days: WorkingDays = field(default_factory=WorkingDays)
    attachments: tuple[Attachment, ...] = ()


def decide(command: GroupYearCommand, known: GroupYear, facts: GroupYearFacts) -> list[GroupYearEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    group = facts.group
    _authorise(command, facts)
    if group is None:
        raise Rejected("group.not_found", group_id=command.group_id[:80], year=command.year)
    match command:
        case AdoptCharter():
            return _adopt(command, known, group, facts)
        case PlanReview():
            return _plan(command, known, group, facts)
        case HoldReview():
            return _hold(command, known, group, facts)
        case WithdrawReview():
            return _withdraw(command, known, group, facts)
        case ElectLeaders():
            if (annual := known.held.get(ReviewKind.ANNUAL)) is None:
                raise Rejected("review.not_held", kind=ReviewKind.ANNUAL)
            if not annual.held_on <= command.elected_on <= facts.today:
                raise Rejected("group.election_out_of_range", first=str(annual.held_on), last=str(facts.today))
            return list(_elect(command, command.head_id, command.deputy_id, command.elected_on, known, group, facts))
        case _:
            assert_never(command)


def evolve(known: GroupYear, event: GroupYearEvent) -> GroupYear:
    """Return the group's year after the event. Never refuses: it has happened."""
    match event:
        case CharterAdopted():
            return replace(known, charters=(*known.charters, event))
        case ReviewPlanned(kind=kind):
            return replace(known, planned={**known.planned, kind: event})
        case ReviewHeld(kind=kind):
            return replace(known, held={**known.held, kind: event})
        case ReviewWithdrawn(kind=withdrawn):
            held = {kind: one for kind, one in known.held.items() if kind is not withdrawn}
            return replace(known, held=held, elected=None if withdrawn is ReviewKind.ANNUAL else known.elected)
        case LeadersElected():
            return replace(known, elected=event)
        case _:
            assert_never(event)


def _authorise(command: GroupYearCommand, facts: GroupYearFacts) -> None:
    right, head = RIGHTS[type(command)], facts.group.head_id if facts.group else None
    if not allows_for_member(
        right, LEAD_STANDING, facts.actor, on=facts.today, district=command.district, unit_id=head
    ):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _adopt(command: AdoptCharter, known: GroupYear, group: Group, facts: GroupYearFacts) -> list[GroupYearEvent]:
    number = " ".join(command.number.split())
    if not is_document_number(number):
        raise Rejected("charter.number_malformed", number=number[:80])
    if not date(command.year - 1, 11, 1) <= command.adopted_on <= min(facts.today, date(command.year, 12, 31)):
        raise Rejected("charter.date_out_of_range", first=str(date(command.year - 1, 11, 1)), last=str(facts.today))
    articles = tuple(text for text in (prose(one) for one in command.articles) if text)
    if not articles:
        raise Rejected("charter.articles_missing")
    if len(articles) > ARTICLES_MAX:
        raise Rejected("charter.too_many_articles", limit=ARTICLES_MAX)
    if sum(map(len, articles)) > CHARTER_CHARACTERS_MAX:
        raise Rejected("text.too_long", limit=CHARTER_CHARACTERS_MAX)
    members = len(members_on(group, facts.units, command.adopted_on))
    if not 0 <= command.votes_for <= command.votes_total <= members or not command.votes_total:
        raise Rejected("charter.votes_out_of_range", members=members)
    if 2 * command.votes_for <= command.votes_total:
        # No source names the majority; more than half of those who voted is the least that any would ask.
        raise Rejected("charter.not_carried", votes_for=command.votes_for, votes_total=command.votes_total)
    adopted = CharterAdopted(
        district=command.district,
        group_id=command.group_id,
        group_name=group.name,
        year=command.year,
        version=len(known.charters) + 1,
        number=number,
        adopted_on=command.adopted_on,
        articles=articles,
        votes_for=command.votes_for,
        votes_total=command.votes_total,
        attachments=_attachments(facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    last = known.charters[-1] if known.charters else None
    return [] if last is not None and _same(adopted, last) else [adopted]


def _plan(command: PlanReview, known: GroupYear, group: Group, facts: GroupYearFacts) -> list[GroupYearEvent]:
    _refuse_held(command.kind, known)
    _check_day(command.kind, command.year, command.planned_on)
    planned = ReviewPlanned(
        district=command.district,
        group_id=command.group_id,
        group_name=group.name,
        year=command.year,
        kind=command.kind,
        planned_on=command.planned_on,
        place=line(command.place),
        by=facts.actor.account_id,
        at=command.at,
        members=members_on(group, facts.units, command.planned_on),
    )
    before = known.planned.get(command.kind)
    # Who is called follows from the day; a member that came since is no other plan.
    return [] if before is not None and _same(replace(planned, members=before.members), before) else [planned]


def _hold(command: HoldReview, known: GroupYear, group: Group, facts: GroupYearFacts) -> list[GroupYearEvent]:
    _check_day(command.kind, command.year, command.held_on)
    if command.held_on > facts.today:
        raise Rejected("review.held_in_future", held_on=str(command.held_on), today=str(facts.today))
    members = members_on(group, facts.units, command.held_on)
    for unit_id in command.attending:
        if unit_id not in members:
            raise Rejected("review.attendee_not_member", unit_id=unit_id[:80], group_id=command.group_id)
    if not command.attending:
        raise Rejected("review.attendees_missing")
    due = review_due(command.kind, command.year, facts.days)
    is_late = command.held_on > due.due_on
    held = ReviewHeld(
        district=command.district,
        group_id=command.group_id,
        group_name=group.name,
        year=command.year,
        kind=command.kind,
        held_on=command.held_on,
        place=needed_line(command.place, Rejected("review.place_missing")),
        attending=_named((one for one in members if one in command.attending), facts),
        absent=_named((one for one in members if one not in command.attending), facts),
        results=needed_prose(command.results, Rejected("review.results_missing")),
        strengths=prose(command.strengths),
        limits=prose(command.limits),
        directions=prose(command.directions),
        conclusions=needed_prose(command.conclusions, Rejected("review.conclusions_missing")),
        due_on=due.due_on,
        due_reason=due.reason,
        is_late=is_late,
        days_late=working_days_between(facts.days, due.due_on, command.held_on) if is_late else 0,
        attachments=_attachments(facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    before = known.held.get(command.kind)
    if before is not None and not _same(held, before):
        raise Rejected("review.held", kind=command.kind, held_on=str(before.held_on))
    events: list[GroupYearEvent] = [] if before is not None else [held]
    if command.next_head_id is not None:
        if command.kind is not ReviewKind.ANNUAL:
            raise Rejected("review.elects_nobody")
        if before is not None and known.elected is not None and not _names(known.elected, command):
            raise Rejected("review.held", kind=command.kind, held_on=str(before.held_on))
        if before is None or known.elected is None:
            events += _elect(
                command, command.next_head_id, command.next_deputy_id, command.held_on, known, group, facts
            )
    elif command.next_deputy_id is not None:
        raise Rejected("group.head_missing")
    return events


def _withdraw(command: WithdrawReview, known: GroupYear, group: Group, facts: GroupYearFacts) -> list[GroupYearEvent]:
    held = known.held.get(command.kind)
    if held is None:
        raise Rejected("review.not_held", kind=command.kind)
    return [
        ReviewWithdrawn(
            district=command.district,
            group_id=command.group_id,
            group_name=group.name,
            year=command.year,
            kind=command.kind,
            held_on=held.held_on,
            reason=needed_prose(command.reason, Rejected("review.reason_missing")),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _elect(
    command: HoldReview | ElectLeaders,
    head_id: str,
    deputy_id: str | None,
    elected_on: date,
    known: GroupYear,
    group: Group,
    facts: GroupYearFacts,
) -> Iterator[GroupYearEvent]:
    """Yield that these units lead next year, nothing where they were elected already. Raises Rejected `group.…`."""
    for_year = command.year + 1
    members = members_of_next(group, facts.next_groups, facts.units)
    for unit_id in (head_id, deputy_id):
        if unit_id is not None and unit_id not in members:
            if (other := group_of_member(facts.next_groups, unit_id)) is not None:
                name = facts.units[unit_id].short_name if unit_id in facts.units else unit_id[:80]
                raise Rejected("group.leader_elsewhere", name=name, group=other.name, year=for_year)
            raise Rejected("group.leader_not_member", unit_id=unit_id[:80], group_id=command.group_id)
    if head_id == deputy_id:
        raise Rejected("group.one_leader_twice", unit_id=head_id, group_id=command.group_id)
    head, *deputies = _named((one for one in (head_id, deputy_id) if one is not None), facts)
    deputy = deputies[0] if deputies else None
    before = known.elected
    if before is not None and (before.head, before.deputy) == (head, deputy):
        return
    yield LeadersElected(
        district=command.district,
        group_id=command.group_id,
        group_name=group.name,
        year=command.year,
        for_year=for_year,
        elected_on=elected_on,
        head=head,
        deputy=deputy,
        is_rotation=(head_id, deputy_id) == rotation(members, group.head_id, group.deputy_id),
        by=facts.actor.account_id,
        at=command.at,
    )


def _names(elected: LeadersElected, command: HoldReview) -> bool:
    deputy_id = elected.deputy.unit_id if elected.deputy else None
    return (elected.head.unit_id, deputy_id) == (command.next_head_id, command.next_deputy_id)


def members_of_next(group: Group, next_groups: Sequence[Group], units: Mapping[str, Unit]) -> tuple[str, ...]:
    """Return the members of the year after: those of its group where it is formed, else who would be carried.

    `next_groups` are all groups of that year: a unit that is in another of them already is carried into no second one.
    """
    formed = next((one for one in next_groups if one.group_id == group.group_id), None)
    if formed is not None:
        return formed.members
    taken = frozenset(unit_id for one in next_groups for unit_id in one.members)
    return next_members(group.members, units, group.year + 1, taken).members


def _check_day(kind: ReviewKind, year: int, day: date) -> None:
    first, last = review_window(kind, year)
    if not first <= day <= last:
        raise Rejected("review.date_out_of_range", first=str(first), last=str(last))


def _refuse_held(kind: ReviewKind, known: GroupYear) -> None:
    if (held := known.held.get(kind)) is not None:
        raise Rejected("review.held", kind=kind, held_on=str(held.held_on))


def _named(unit_ids: Iterable[str], facts: GroupYearFacts) -> tuple[NamedUnit, ...]:
    return tuple(NamedUnit(unit_id=one, name=facts.units[one].short_name) for one in unit_ids)


def _attachments(facts: GroupYearFacts) -> tuple[Attachment, ...]:
    if len(facts.attachments) > ATTACHMENTS_MAX:
        raise Rejected("attachment.too_many", limit=ATTACHMENTS_MAX)
    return facts.attachments


def _same(
    event: CharterAdopted | ReviewPlanned | ReviewHeld, before: CharterAdopted | ReviewPlanned | ReviewHeld
) -> bool:
    """Return whether the event says what was said before, but for who said it when."""
    if isinstance(event, CharterAdopted) and isinstance(before, CharterAdopted):
        event = replace(event, version=before.version)
    if isinstance(event, ReviewHeld) and isinstance(before, ReviewHeld):
        # A calendar that was corrected since does not make a repeated review another one.
        event = replace(
            event,
            due_on=before.due_on,
            due_reason=before.due_reason,
            is_late=before.is_late,
            days_late=before.days_late,
        )
    return replace(event, by=before.by, at=before.at) == before


GROUP_YEAR: Decider[GroupYearCommand, GroupYear, GroupYearEvent, GroupYearFacts] = Decider(
    kind="group-year",
    commands=(AdoptCharter, PlanReview, HoldReview, WithdrawReview, ElectLeaders),
    initial=GroupYear(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, f"{command.year}-{command.group_id}"),
)
