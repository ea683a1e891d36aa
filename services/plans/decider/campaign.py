"""The rules of an emulation campaign: one aggregate a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.plans.commands import (
    AmendCampaign,
    CampaignCommand,
    CancelCampaign,
    CloseCampaign,
    DraftCampaign,
    JoinCampaign,
    LaunchCampaign,
    MoveCampaignEnd,
    ReportCampaignResult,
)
from services.plans.decider import activity
from services.plans.decider.activity import ActivityFacts
from services.plans.events import (
    CampaignAmended,
    CampaignCancelled,
    CampaignClosed,
    CampaignDrafted,
    CampaignEndMoved,
    CampaignEvent,
    CampaignJoined,
    CampaignLaunched,
    CampaignOutline,
    CampaignResultReported,
    NamedUnit,
    PlannedTask,
)
from services.plans.rules import PERSONS_MAX, RIGHTS
from services.plans.views import ActivityStatus
from shared.decider import Decider
from shared.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What the rules need to know of a campaign; `status` is None before its first event.

    `joined` and `results` hold each unit's last registration and report.
    """

    status: ActivityStatus | None = None
    year: int = 0
    outline: CampaignOutline | None = None
    named: tuple[NamedUnit, ...] = ()
    task: PlannedTask | None = None
    number: str = ""
    launched_on: date | None = None
    called: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, CampaignJoined] = field(default_factory=dict)
    results: Mapping[str, CampaignResultReported] = field(default_factory=dict)
    closed: CampaignClosed | None = None


def decide(command: CampaignCommand, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    unit_id = command.unit_id if isinstance(command, JoinCampaign | ReportCampaignResult) else None
    activity.authorise(RIGHTS[type(command)], facts, command, command.district, unit_id)
    match command:
        case DraftCampaign():
            return _draft(command, campaign, facts)
        case AmendCampaign():
            return _amend(command, campaign, facts)
        case LaunchCampaign():
            return _launch(command, campaign, facts)
        case JoinCampaign():
            return _join(command, campaign, facts)
        case ReportCampaignResult():
            return _report(command, campaign, facts)
        case MoveCampaignEnd():
            return _move_end(command, campaign, facts)
        case CloseCampaign():
            return _close(command, campaign, facts)
        case CancelCampaign():
            return _cancel(command, campaign, facts)
        case _:
            assert_never(command)


def evolve(campaign: Campaign, event: CampaignEvent) -> Campaign:
    """Return the campaign after the event. Never refuses: it has happened."""
    match event:
        case CampaignDrafted() | CampaignAmended():
            return replace(
                campaign,
                status=ActivityStatus.DRAFT,
                year=event.year,
                outline=event.outline,
                named=event.units,
                task=event.task,
            )
        case CampaignLaunched():
            return replace(
                campaign,
                status=ActivityStatus.OPEN,
                year=event.year,
                outline=event.outline,
                number=event.number,
                launched_on=event.launched_on,
                called={unit.unit_id: unit.name for unit in event.units},
            )
        case CampaignJoined():
            return replace(campaign, joined={**campaign.joined, event.unit_id: event})
        case CampaignResultReported():
            return replace(campaign, results={**campaign.results, event.unit_id: event})
        case CampaignEndMoved():
            outline = campaign.outline
            return replace(campaign, outline=outline and replace(outline, ends_on=event.ends_on))
        case CampaignClosed():
            return replace(campaign, status=ActivityStatus.CLOSED, closed=event)
        case CampaignCancelled():
            return replace(campaign, status=ActivityStatus.CANCELLED)
        case _:
            assert_never(event)


def concerns(command: CampaignCommand, event: CampaignEvent) -> bool:
    """Return whether the event changed what the command's form showed: what another unit does, does not."""
    own, told = getattr(command, "unit_id", None), getattr(event, "unit_id", None)
    return own is None or told is None or own == told


# --- one command each --------------------------------------------------------------------------


def _draft(command: DraftCampaign, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    activity.check_id(command.campaign_id)
    outline = _outline(command.outline)
    named = activity.named_units(command.units, facts)
    task = activity.planned_task(command.task_number, facts)
    if campaign.status is not None:
        if campaign.status is ActivityStatus.DRAFT and (campaign.outline, campaign.named, campaign.task) == (
            outline,
            named,
            task,
        ):
            return []
        raise Rejected("campaign.exists", campaign_id=command.campaign_id)
    return [
        CampaignDrafted(
            district=command.district,
            campaign_id=command.campaign_id,
            year=outline.starts_on.year,
            outline=outline,
            units=named,
            task=task,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _amend(command: AmendCampaign, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    _require(command, campaign, ActivityStatus.DRAFT)
    outline = _outline(command.outline)
    activity.check_year(campaign.year, outline.starts_on, outline.ends_on)
    named = activity.named_units(command.units, facts)
    task = activity.planned_task(command.task_number, facts)
    if (campaign.outline, campaign.named, campaign.task) == (outline, named, task):
        return []
    return [
        CampaignAmended(
            district=command.district,
            campaign_id=command.campaign_id,
            year=campaign.year,
            outline=outline,
            units=named,
            task=task,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _launch(command: LaunchCampaign, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    number = activity.number(command.number)
    if campaign.status is ActivityStatus.OPEN and (campaign.number, campaign.launched_on) == (
        number,
        command.launched_on,
    ):
        return []
    outline = _require(command, campaign, ActivityStatus.DRAFT)
    launched_on = activity.not_in_future(command.launched_on, facts)
    if launched_on > outline.ends_on:
        raise Rejected("campaign.launched_after_end", launched_on=str(launched_on), ends_on=str(outline.ends_on))
    return [
        CampaignLaunched(
            district=command.district,
            campaign_id=command.campaign_id,
            year=campaign.year,
            number=number,
            launched_on=launched_on,
            signer=activity.signer(command.signer),
            outline=outline,
            units=activity.units_behind(campaign.named, facts),
            task=campaign.task,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _join(command: JoinCampaign, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    outline = _require(command, campaign, ActivityStatus.OPEN)
    name = _called(command, campaign)
    unit = facts.units.get(command.unit_id)
    if unit is not None and not unit.is_open(facts.today):
        raise Rejected("unit.closed", unit_id=command.unit_id, closed_on=str(unit.valid_to))
    if facts.today > outline.ends_on:
        raise Rejected("campaign.ended", ends_on=str(outline.ends_on))
    targets = activity.figures(command.targets, "targets")
    if not targets:
        raise Rejected("campaign.targets_missing")
    note = activity.limited(command.note, "note")
    before = campaign.joined.get(command.unit_id)
    if before is not None and (before.targets, before.note) == (targets, note):
        return []
    return [
        CampaignJoined(
            district=command.district,
            campaign_id=command.campaign_id,
            year=campaign.year,
            unit_id=command.unit_id,
            unit_name=name,
            targets=targets,
            note=note,
            # Who corrects the targets of a registration that came in time is not late.
            is_late=before.is_late if before else facts.today > (outline.join_by or outline.ends_on),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _report(command: ReportCampaignResult, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    outline = _require(command, campaign, ActivityStatus.OPEN)
    name = _called(command, campaign)
    if command.unit_id not in campaign.joined:
        raise Rejected("campaign.unit_not_joined", unit_id=command.unit_id)
    if facts.today < outline.starts_on:
        raise Rejected("campaign.not_begun", starts_on=str(outline.starts_on))
    if not 0 <= command.individuals <= PERSONS_MAX:
        raise Rejected("activity.count_out_of_range", limit=PERSONS_MAX, field="individuals")
    result = CampaignResultReported(
        district=command.district,
        campaign_id=command.campaign_id,
        year=campaign.year,
        unit_id=command.unit_id,
        unit_name=name,
        text=activity.prose(command.text, "text"),
        figures=activity.figures(command.figures, "figures"),
        collectives=activity.lines(command.collectives, "collectives"),
        individuals=command.individuals,
        attachments=activity.files(facts),
        by=facts.actor.account_id,
        at=command.at,
    )
    return [] if activity.is_repeated(campaign.results.get(command.unit_id), result) else [result]


def _move_end(command: MoveCampaignEnd, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    outline = _require(command, campaign, ActivityStatus.OPEN)
    if command.ends_on == outline.ends_on:
        return []
    activity.check_year(campaign.year, outline.starts_on, command.ends_on)
    if command.ends_on < facts.today:
        raise Rejected("campaign.ends_in_past", ends_on=str(command.ends_on), today=str(facts.today))
    return [
        CampaignEndMoved(
            district=command.district,
            campaign_id=command.campaign_id,
            year=campaign.year,
            ends_on_before=outline.ends_on,
            ends_on=command.ends_on,
            reason=activity.reason(command.reason),
            by=facts.actor.account_id,
            at=command.at,
            title=outline.title,
            called=tuple(campaign.called),
        )
    ]


def _close(command: CloseCampaign, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    summary = activity.prose(command.summary, "summary")
    number = activity.number_if_any(command.number)
    closed = campaign.closed
    if closed is not None and (closed.closed_on, closed.summary, closed.number) == (command.closed_on, summary, number):
        return []
    outline = _require(command, campaign, ActivityStatus.OPEN)
    if command.closed_on < outline.starts_on:
        raise Rejected("campaign.not_begun", starts_on=str(outline.starts_on))
    return [
        CampaignClosed(
            district=command.district,
            campaign_id=command.campaign_id,
            year=campaign.year,
            title=outline.title,
            number=number,
            closed_on=activity.not_in_future(command.closed_on, facts),
            summary=summary,
            units=len(campaign.called),
            joined=len(campaign.joined),
            reported=len(campaign.results),
            by=facts.actor.account_id,
            at=command.at,
            called=tuple(campaign.called),
        )
    ]


def _cancel(command: CancelCampaign, campaign: Campaign, facts: ActivityFacts) -> list[CampaignEvent]:
    if campaign.status is ActivityStatus.CANCELLED:
        return []
    if campaign.status is ActivityStatus.CLOSED:
        _require(command, campaign, ActivityStatus.OPEN)
    outline = _known(command, campaign)
    return [
        CampaignCancelled(
            district=command.district,
            campaign_id=command.campaign_id,
            year=campaign.year,
            title=outline.title,
            reason=activity.reason(command.reason),
            was_launched=campaign.status is ActivityStatus.OPEN,
            units=tuple(campaign.called),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


# --- what they share ---------------------------------------------------------------------------


def _outline(outline: CampaignOutline) -> CampaignOutline:
    activity.year_of(outline.starts_on, outline.ends_on)
    if outline.join_by is not None and outline.join_by > outline.ends_on:
        raise Rejected("campaign.join_by_after_end", join_by=str(outline.join_by), ends_on=str(outline.ends_on))
    return replace(
        outline,
        title=activity.title(outline.title),
        occasions=activity.lines(outline.occasions, "occasions"),
        themes=activity.needed_lines(outline.themes, "themes"),
    )


def _known(command: CampaignCommand, campaign: Campaign) -> CampaignOutline:
    if campaign.outline is None:
        raise Rejected("campaign.not_found", campaign_id=command.campaign_id)
    return campaign.outline


def _require(command: CampaignCommand, campaign: Campaign, status: ActivityStatus) -> CampaignOutline:
    outline = _known(command, campaign)
    if campaign.status is not status:
        raise Rejected("campaign.wrong_status", campaign_id=command.campaign_id, status=campaign.status)
    return outline


def _called(command: JoinCampaign | ReportCampaignResult, campaign: Campaign) -> str:
    name = campaign.called.get(command.unit_id)
    if name is None:
        raise Rejected("campaign.unit_not_called", unit_id=command.unit_id[:80])
    return name


CAMPAIGN: Decider[CampaignCommand, Campaign, CampaignEvent, ActivityFacts] = Decider(
    kind="campaign",
    commands=(
        DraftCampaign,
        AmendCampaign,
        LaunchCampaign,
        JoinCampaign,
        ReportCampaignResult,
        MoveCampaignEnd,
        CloseCampaign,
        CancelCampaign,
    ),
    initial=Campaign(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.campaign_id),
    concerns=concerns,
)
