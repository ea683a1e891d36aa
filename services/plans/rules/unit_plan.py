"""Who makes a unit's own plan of a year, and who is expected to: data and pure functions."""

from datetime import date

from services.plans.events import Unit, UnitKind
from shared.types import UNIT_ROLES, Role

# The unit's own people work on its plan; its head puts it in force (seed plan 30/KH-UBND, part IV.1).
UNIT_PLAN_ROLES = UNIT_ROLES
UNIT_PLAN_HEADS = frozenset({Role.UNIT_HEAD, Role.WARD_CHAIR})

# Task 5 of the seed plan asks offices, branches, mass organisations and wards, its part IV.1 enterprises too; bodies of
# vertical systems and the armed forces plan within their own systems, the executive and the council by the district's
# plan itself.
EXPECTED_KINDS = frozenset(
    {
        UnitKind.GOVERNMENT,
        UnitKind.PARTY,
        UnitKind.MASS_ORGANISATION,
        UnitKind.PUBLIC_SERVICE,
        UnitKind.ENTERPRISE,
        UnitKind.WARD,
    }
)

POST_MAX = 200  # characters
UNIT_PLAN_CHARACTERS_MAX = 100_000  # of the whole plan; with its due dates it must fit into one event, and one answer


def day_within(year: int, today: date) -> date:
    """Return the day on which a year is looked at: today, or the year's last or first day where today is not in it."""
    return min(max(today, date(year, 1, 1)), date(year, 12, 31))


def is_expected(unit: Unit, on: date) -> bool:
    """Return whether the unit is to have a plan of its own: one of the expected kinds that exists on the day."""
    return unit.kind in EXPECTED_KINDS and unit.is_open(on)
