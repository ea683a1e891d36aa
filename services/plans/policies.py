"""What plans does about its own events: due dates follow the calendar, elected leaders lead (vi: hạn, cụm trưởng)."""

from collections.abc import Sequence
from typing import TypeAlias

from services.plans.commands import (
    AppointGroupLeaders,
    CarryGroups,
    HandOverTasks,
    RecomputeDueDates,
    RecomputeReportDues,
    RecomputeUnitDueDates,
    TransferDraft,
)
from services.plans.events import (
    EVENTS,
    CalendarCorrected,
    CalendarCorrectionWithdrawn,
    CalendarOpened,
    DueDatesMoved,
    LeadersElected,
    OrganisationClosed,
    PlanAmended,
    PlanDrafted,
    PlanIssued,
    PlansEvent,
    ReportAnnounced,
    ReportDueMoved,
    ReportPeriod,
    TaskReopened,
    UnitClosed,
    UnitDueDatesMoved,
    UnitPlanIssued,
    UnitsMerged,
    UnitSplit,
    UnitTaskReopened,
)
from services.plans.rules.organisation import PLAN_YEARS
from shared.policy import Policy
from shared.types import CITY, DISTRICTS, Recorded

DueCommand: TypeAlias = RecomputeDueDates | RecomputeUnitDueDates | RecomputeReportDues


def react(recorded: Recorded[PlansEvent]) -> Sequence[DueCommand]:
    """Return one command for each plan and each period's reports that may now be due on other days.

    A plan that was issued or amended while the calendar was being changed, a completed task that is open again, and
    reports that were asked for just then, missed what was recomputed in between: they are held against the calendar
    once more. So is what was moved: while a correction was worked on, the calendar may have been corrected again, and
    who reads the older one may write last.
    """
    match recorded.event:
        case CalendarOpened() | CalendarCorrected() | CalendarCorrectionWithdrawn() as event:
            return [
                *(
                    RecomputeDueDates(district=district, plan_id=str(event.year), at=event.at)
                    for district in (*DISTRICTS, CITY)
                ),
                *(RecomputeUnitDueDates(district=district, year=event.year, at=event.at) for district in DISTRICTS),
                # The reports on a year are due in it and at the beginning of the next.
                *(
                    RecomputeReportDues(district=district, year=year, period=period, at=event.at)
                    for district in DISTRICTS
                    for year, period in [
                        *((event.year, one) for one in ReportPeriod),
                        (event.year - 1, ReportPeriod.YEAR),
                    ]
                ),
            ]
        case PlanIssued() | PlanAmended() | TaskReopened(was_completed=True) | DueDatesMoved() as event:
            return [RecomputeDueDates(district=event.district, plan_id=event.plan_id, at=event.at)]
        case ReportAnnounced() | ReportDueMoved() as event:
            return [RecomputeReportDues(district=event.district, year=event.year, period=event.period, at=event.at)]
        case UnitPlanIssued() | UnitTaskReopened() | UnitDueDatesMoved() as event:
            return [RecomputeUnitDueDates(district=event.district, year=event.year, at=event.at)]
        case _:
            return []


DUE_DATES = Policy(name="due-dates", source="PLANS", codec=EVENTS, react=react)


def appoint_elected(recorded: Recorded[PlansEvent]) -> Sequence[CarryGroups | AppointGroupLeaders]:
    """Return what makes those whom a group elected its leaders: the group of that year, where it is none yet, and they.

    Whoever calls the election again calls other leaders: the later holds.
    """
    match recorded.event:
        case LeadersElected() as event:
            return [
                CarryGroups(district=event.district, year=event.for_year, group_ids=(event.group_id,), at=event.at),
                AppointGroupLeaders(
                    district=event.district,
                    group_id=event.group_id,
                    year=event.for_year,
                    head_id=event.head.unit_id,
                    deputy_id=event.deputy.unit_id if event.deputy else None,
                    at=event.at,
                ),
            ]
        case _:
            return []


GROUP_LEADERS = Policy(name="group-leaders", source="PLANS", codec=EVENTS, react=appoint_elected)


def succeed(recorded: Recorded[PlansEvent]) -> Sequence[HandOverTasks | TransferDraft]:
    """Return one command for each plan in which a unit, or a district, that ends may have left something open.

    A plan that is drafted when the end of the district is known already is told to whom it goes as well.
    """
    match recorded.event:
        case UnitClosed(successor_id=str()) as event:
            return _handed_over(recorded, [event.unit_id], event.closed_on.year)
        case UnitsMerged() as event:
            return _handed_over(recorded, [unit.unit_id for unit in event.units], event.merged_on.year)
        case UnitSplit() as event if event.successor.unit_id != event.unit.unit_id:
            return _handed_over(recorded, [event.unit.unit_id], event.split_on.year)
        case OrganisationClosed() as event:
            return [
                TransferDraft(district=event.district, plan_id=str(event.closed_on.year + one), at=event.at)
                for one in PLAN_YEARS
            ]
        case PlanDrafted() as event:
            return [TransferDraft(district=event.district, plan_id=event.plan_id, at=event.at)]
        case _:
            return []


def _handed_over(recorded: Recorded[PlansEvent], unit_ids: Sequence[str], year: int) -> list[HandOverTasks]:
    return [
        HandOverTasks(district=recorded.district, plan_id=str(year + one), unit_id=unit_id, at=recorded.event.at)
        for unit_id in unit_ids
        for one in PLAN_YEARS
    ]


SUCCESSION = Policy(name="succession", source="PLANS", codec=EVENTS, react=succeed)
