"""Who signs a pledge, when results are told, and how much of a pledge has been reached: data and pure functions."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal

from services.plans.events import PledgePeriod, TargetDirection
from shared.types import UNIT_ROLES, Role

# The head of a member signs in person, or by delegation; who prepares papers does not sign them.
SIGN_UNIT_ROLES = frozenset({Role.UNIT_HEAD, Role.WARD_CHAIR})
# In the city's cluster the chair of a district signs for it, and its Phòng Nội vụ tells of the results.
SIGN_STANDING = frozenset({Role.DISTRICT_CHAIR})
LEAD_STANDING = frozenset({Role.HOME_AFFAIRS})
RESULT_UNIT_ROLES = UNIT_ROLES

CONTENTS_MAX = 30
TARGETS_MAX = 30
VALUE_MAX = Decimal(10) ** 12
PLACES_MAX = 2  # digits after the comma
_RATIO = Decimal("0.0001")

# The first month in which a period's results can be known; an assumption, as that of the reviews.
PERIOD_MONTHS: Mapping[PledgePeriod, int] = {PledgePeriod.MID_YEAR: 6, PledgePeriod.YEAR_END: 11}


def period_from(period: PledgePeriod, year: int) -> date:
    """Return the first day on which results of the period are taken."""
    return date(year, PERIOD_MONTHS[period], 1)


def is_countable(value: Decimal) -> bool:
    """Return whether the value may be pledged or reached: 0 to 10¹², at most two digits after the comma."""
    if not value.is_finite() or not 0 <= value <= VALUE_MAX:
        return False
    exponent = value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= PLACES_MAX


def is_met(direction: TargetDirection, value: Decimal, actual: Decimal) -> bool:
    """Return whether what was reached is what was pledged, or better."""
    return actual >= value if direction is TargetDirection.AT_LEAST else actual <= value


def ratio(direction: TargetDirection, value: Decimal, actual: Decimal) -> Decimal:
    """Return how much of the pledge was reached, 0 to 1 in four digits, cut off so that only what is met is 1."""
    if is_met(direction, value, actual):
        return Decimal(1)
    part = actual / value if direction is TargetDirection.AT_LEAST else value / actual
    return part.quantize(_RATIO, rounding=ROUND_DOWN)
