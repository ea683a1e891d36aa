"""The rules of a group's pledge: every member's head signs one text; one aggregate a group and year."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    ClosePledge,
    DraftPledge,
    NewTarget,
    OpenSigning,
    PledgeCommand,
    RecordPledgeResults,
    SignPledge,
    WithdrawSigning,
)
from services.plans.decider.room import within_room
from services.plans.decider.texts import attached, line, needed_line, needed_prose, prose
from services.plans.events import (
    Group,
    NamedUnit,
    PledgeClosed,
    PledgeConcluded,
    PledgeDrafted,
    PledgeEvent,
    PledgePeriod,
    PledgeResultsRecorded,
    PledgeSigned,
    PledgeSigningOpened,
    PledgeSigningWithdrawn,
    PledgeTarget,
    Signer,
    TargetDirection,
    TargetResult,
    Unit,
    require_open,
)
from services.plans.rules import (
    CONTENTS_MAX,
    LEAD_STANDING,
    RIGHTS,
    SIGN_STANDING,
    TARGETS_MAX,
    YEARS,
    allows_for_member,
    is_countable,
    is_met,
    members_on,
    period_from,
)
from services.plans.views import PledgeStatus
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor, Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """What the rules need to know of a pledge; `status` is None before it is drafted."""

    status: PledgeStatus | None = None
    version: int = 0
    contents: tuple[str, ...] = ()
    targets: tuple[PledgeTarget, ...] = ()
    witness: Signer | None = None
    members: tuple[NamedUnit, ...] = ()
    signed: Mapping[str, Signer] = field(default_factory=dict)
    results: Mapping[tuple[str, PledgePeriod, int], TargetResult] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeFacts:
    """Who asks, the day in Vietnam, the group and its district's units as our read model has them.

    `group` is None where the year has none of that id; `attachments` are the files that the command names.
    """

    actor: Actor
    today: date
    group: Group | None = None
    units: Mapping[str, Unit] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


def decide(command: PledgeCommand, pledge: Pledge, facts: PledgeFacts) -> list[PledgeEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    _authorise(command, facts)
    group = facts.group
    if group is None:
        raise Rejected("group.not_found", group_id=command.group_id[:80], year=command.year)
    match command:
        case DraftPledge():
            return _draft(command, pledge, group, facts)
        case OpenSigning():
            return _open(command, pledge, group, facts)
        case SignPledge():
            return _sign(command, pledge, group, facts)
        case WithdrawSigning():
            return _withdraw(command, pledge, group, facts)
        case RecordPledgeResults():
            return _record(command, pledge, group, facts)
        case ClosePledge():
            return _close(command, pledge, group, facts)
        case _:
            assert_never(command)


def evolve(pledge: Pledge, event: PledgeEvent) -> Pledge:
    """Return the pledge after the event. Never refuses: it has happened."""
    match event:
        case PledgeDrafted():
            return replace(
                pledge,
                status=PledgeStatus.DRAFT,
                version=event.version,
                contents=event.contents,
                targets=event.targets,
                witness=event.witness,
                members=(),
            )
        case PledgeSigningOpened():
            return replace(pledge, status=PledgeStatus.SIGNING, members=event.members, signed={})
        case PledgeSigned():
            return replace(pledge, signed={**pledge.signed, event.unit_id: event.signer})
        case PledgeConcluded():
            return replace(pledge, status=PledgeStatus.CONCLUDED)
        case PledgeSigningWithdrawn():
            return replace(pledge, status=PledgeStatus.DRAFT, members=(), signed={})
        case PledgeResultsRecorded():
            told = {(event.unit_id, event.period, one.number): one for one in event.results}
            return replace(pledge, results={**pledge.results, **told})
        case PledgeClosed():
            return replace(pledge, status=PledgeStatus.CLOSED)
        case _:
            assert_never(event)


def concerns(command: PledgeCommand, event: PledgeEvent) -> bool:
    """Return whether the event changed what the command's form showed: a text to be signed, or a member's results."""
    match command:
        case SignPledge():
            return not isinstance(event, PledgeSigned)
        case RecordPledgeResults(unit_id=unit_id):
            return not isinstance(event, PledgeResultsRecorded) or event.unit_id == unit_id
        case _:
            return True


def _authorise(command: PledgeCommand, facts: PledgeFacts) -> None:
    match command:
        case SignPledge(unit_id=unit_id):
            standing = SIGN_STANDING
        case RecordPledgeResults(unit_id=unit_id):
            standing = LEAD_STANDING
        case _:
            standing, unit_id = LEAD_STANDING, (facts.group.head_id or "") if facts.group else ""
    right = RIGHTS[type(command)]
    if not allows_for_member(
        right, standing, facts.actor, on=facts.today, district=command.district, unit_id=unit_id or None
    ):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


def _draft(command: DraftPledge, pledge: Pledge, group: Group, facts: PledgeFacts) -> list[PledgeEvent]:
    if command.year not in YEARS:
        raise Rejected("group.year_out_of_range", year=command.year)
    contents = tuple(text for text in (prose(one) for one in command.contents) if text)
    if not contents:
        raise Rejected("pledge.contents_missing")
    if len(contents) > CONTENTS_MAX:
        raise Rejected("pledge.too_many_contents", limit=CONTENTS_MAX)
    targets = _targets(command.targets)
    witness = command.witness and _signer(command.witness)
    if pledge.status is not None and (pledge.contents, pledge.targets, pledge.witness) == (contents, targets, witness):
        return []
    if pledge.status in (PledgeStatus.CONCLUDED, PledgeStatus.CLOSED) or pledge.signed:
        raise Rejected("pledge.signed", signatures=len(pledge.signed))
    drafted = PledgeDrafted(
        district=command.district,
        group_id=command.group_id,
        group_name=group.name,
        year=command.year,
        version=pledge.version + 1,
        contents=contents,
        targets=targets,
        witness=witness,
        by=facts.actor.account_id,
        at=command.at,
    )
    return [within_room(drafted, "pledge.too_large")]


def _targets(targets: Sequence[NewTarget]) -> tuple[PledgeTarget, ...]:
    if not targets:
        raise Rejected("pledge.targets_missing")
    if len(targets) > TARGETS_MAX:
        raise Rejected("pledge.too_many_targets", limit=TARGETS_MAX)
    found: list[PledgeTarget] = []
    for number, one in enumerate(targets, start=1):
        name = needed_line(one.name, Rejected("pledge.target_name_missing", number=number))
        if not is_countable(one.value) or (one.direction is TargetDirection.AT_LEAST and not one.value):
            raise Rejected("pledge.target_value_out_of_range", number=number)
        if any(name.casefold() == other.name.casefold() for other in found):
            raise Rejected("pledge.target_twice", number=number)
        target = PledgeTarget(
            number=number, name=name, measure=line(one.measure), value=one.value, direction=one.direction
        )
        found.append(target)
    return tuple(found)


def _open(command: OpenSigning, pledge: Pledge, group: Group, facts: PledgeFacts) -> list[PledgeEvent]:
    if pledge.status is None:
        raise Rejected("pledge.not_drafted")
    if pledge.status is not PledgeStatus.DRAFT:
        return []
    members = members_on(group, facts.units, facts.today)
    if not members:
        raise Rejected("group.members_missing", group_id=command.group_id)
    return [
        PledgeSigningOpened(
            district=command.district,
            group_id=command.group_id,
            group_name=group.name,
            year=command.year,
            version=pledge.version,
            members=tuple(NamedUnit(unit_id=one, name=facts.units[one].short_name) for one in members),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _sign(command: SignPledge, pledge: Pledge, group: Group, facts: PledgeFacts) -> list[PledgeEvent]:
    signer = _signer(command.signer)
    if pledge.status in (None, PledgeStatus.DRAFT):
        raise Rejected("pledge.not_open")
    if command.version != pledge.version:
        raise Rejected("pledge.other_version", version=command.version, current=pledge.version)
    name = next((one.name for one in pledge.members if one.unit_id == command.unit_id), None)
    if name is None:
        raise Rejected("pledge.unit_not_member", unit_id=command.unit_id[:80])
    if (before := pledge.signed.get(command.unit_id)) is not None:
        if before == signer:
            return []
        raise Rejected("pledge.unit_has_signed", unit=name, signer=before.name)
    require_open(facts.units[command.unit_id], facts.today)
    signed = PledgeSigned(
        district=command.district,
        group_id=command.group_id,
        group_name=group.name,
        year=command.year,
        version=pledge.version,
        unit_id=command.unit_id,
        unit_name=name,
        signer=signer,
        by=facts.actor.account_id,
        at=command.at,
    )
    return [signed, *_concluded_if_all_signed(signed, pledge, facts)]


def _concluded_if_all_signed(signed: PledgeSigned, pledge: Pledge, facts: PledgeFacts) -> Iterator[PledgeEvent]:
    if {one.unit_id for one in pledge.members} == {*pledge.signed, signed.unit_id}:
        yield PledgeConcluded(
            district=signed.district,
            group_id=signed.group_id,
            group_name=signed.group_name,
            year=signed.year,
            version=signed.version,
            concluded_on=facts.today,
            members=pledge.members,
            by=signed.by,
            at=signed.at,
        )


def _withdraw(command: WithdrawSigning, pledge: Pledge, group: Group, facts: PledgeFacts) -> list[PledgeEvent]:
    reason = needed_prose(command.reason, Rejected("pledge.reason_missing"))
    if pledge.status in (None, PledgeStatus.DRAFT):
        raise Rejected("pledge.not_open")
    if pledge.status is PledgeStatus.CLOSED or pledge.results:
        raise Rejected("pledge.has_results")
    return [
        PledgeSigningWithdrawn(
            district=command.district,
            group_id=command.group_id,
            group_name=group.name,
            year=command.year,
            version=pledge.version,
            signatures=tuple(one for one in pledge.members if one.unit_id in pledge.signed),
            reason=reason,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _record(command: RecordPledgeResults, pledge: Pledge, group: Group, facts: PledgeFacts) -> list[PledgeEvent]:
    _require_concluded(pledge)
    name = next((one.name for one in pledge.members if one.unit_id == command.unit_id), None)
    if name is None:
        raise Rejected("pledge.unit_not_member", unit_id=command.unit_id[:80])
    first = period_from(command.period, command.year)
    if facts.today < first:
        raise Rejected("pledge.period_not_begun", period=command.period, first=str(first))
    if not command.results:
        raise Rejected("pledge.results_missing")
    attachments = attached(facts.attachments)
    known = {one.number for one in pledge.targets}
    told: dict[int, TargetResult] = {}
    for one in command.results:
        if one.number not in known:
            raise Rejected("pledge.target_unknown", number=one.number)
        if one.number in told:
            raise Rejected("pledge.target_twice", number=one.number)
        if not is_countable(one.actual):
            raise Rejected("pledge.actual_out_of_range", number=one.number)
        evidence = needed_line(one.evidence, Rejected("pledge.evidence_missing", number=one.number))
        told[one.number] = replace(one, evidence=evidence)
    new = tuple(
        one
        for number, one in sorted(told.items())
        if pledge.results.get((command.unit_id, command.period, number)) != one
    )
    if not new:
        return []
    return [
        PledgeResultsRecorded(
            district=command.district,
            group_id=command.group_id,
            group_name=group.name,
            year=command.year,
            unit_id=command.unit_id,
            unit_name=name,
            period=command.period,
            results=new,
            attachments=attachments,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _close(command: ClosePledge, pledge: Pledge, group: Group, facts: PledgeFacts) -> list[PledgeEvent]:
    if pledge.status is PledgeStatus.CLOSED:
        return []
    _require_concluded(pledge)
    first = period_from(PledgePeriod.YEAR_END, command.year)
    if facts.today < first:
        raise Rejected("pledge.period_not_begun", period=PledgePeriod.YEAR_END, first=str(first))
    at_end = {
        (unit_id, number): one
        for (unit_id, period, number), one in pledge.results.items()
        if period is PledgePeriod.YEAR_END
    }
    met = sum(
        is_met(target.direction, target.value, at_end[unit.unit_id, target.number].actual)
        for unit in pledge.members
        for target in pledge.targets
        if (unit.unit_id, target.number) in at_end
    )
    return [
        PledgeClosed(
            district=command.district,
            group_id=command.group_id,
            group_name=group.name,
            year=command.year,
            targets=len(pledge.members) * len(pledge.targets),
            targets_met=met,
            missing=tuple(
                unit
                for unit in pledge.members
                if any((unit.unit_id, target.number) not in at_end for target in pledge.targets)
            ),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _require_concluded(pledge: Pledge) -> None:
    if pledge.status is PledgeStatus.CLOSED:
        raise Rejected("pledge.closed")
    if pledge.status is not PledgeStatus.CONCLUDED:
        raise Rejected("pledge.not_concluded")


def _signer(signer: Signer) -> Signer:
    missing = Rejected("pledge.signer_missing")
    on_behalf_of = line(signer.on_behalf_of) if signer.on_behalf_of else None
    return Signer(
        name=needed_line(signer.name, missing), post=needed_line(signer.post, missing), on_behalf_of=on_behalf_of
    )


PLEDGE: Decider[PledgeCommand, Pledge, PledgeEvent, PledgeFacts] = Decider(
    kind="pledge",
    commands=(DraftPledge, OpenSigning, SignPledge, WithdrawSigning, RecordPledgeResults, ClosePledge),
    initial=Pledge(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, f"{command.year}-{command.group_id}"),
    concerns=concerns,
)
