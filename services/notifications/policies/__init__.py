"""Whom the events of other services concern, and what they are told: a table an area, a row a fact."""

from collections.abc import Sequence

from services.nominations.events import NominationEvent
from services.notifications.commands import PostNotice
from services.notifications.policies.campaign import CAMPAIGN
from services.notifications.policies.group_year import GROUP_YEAR
from services.notifications.policies.inspection import INSPECTION
from services.notifications.policies.nomination import NOMINATION
from services.notifications.policies.plan import PLAN
from services.notifications.policies.pledge import PLEDGE
from services.notifications.policies.registration import REGISTRATION
from services.notifications.policies.report import REPORT
from services.notifications.policies.scoring import SCORING
from services.notifications.policies.task import TASK
from services.notifications.policies.telling import by_event, notices
from services.notifications.policies.training import TRAINING
from services.notifications.policies.unit_plan import UNIT_PLAN
from services.plans.events import PlansEvent
from services.scoring.events import ScoringEvent
from shared.types import Recorded

_OF_PLANS = by_event(PLAN, TASK, UNIT_PLAN, REGISTRATION, REPORT, CAMPAIGN, INSPECTION, TRAINING, GROUP_YEAR, PLEDGE)
_OF_NOMINATIONS = by_event(NOMINATION)
_OF_SCORING = by_event(SCORING)


def react_to_plans(recorded: Recorded[PlansEvent]) -> Sequence[PostNotice]:
    """Return the notices that an event of plans asks for."""
    return notices(recorded, _OF_PLANS)


def react_to_nominations(recorded: Recorded[NominationEvent]) -> Sequence[PostNotice]:
    """Return the notices that an event of nominations asks for; none says who is nominated."""
    return notices(recorded, _OF_NOMINATIONS)


def react_to_scoring(recorded: Recorded[ScoringEvent]) -> Sequence[PostNotice]:
    """Return the notices that an event of scoring asks for."""
    return notices(recorded, _OF_SCORING)
