"""How large an organisation and a change of it may be, and who goes on with the work of what has ended."""

from collections.abc import Mapping
from datetime import date

from services.plans.events import Unit
from shared.types import Role

# A district has some fifty units; a list of all its units must fit into one answer.
UNITS_MAX = 1500
# Events of one decision, as many as the log stores together (shared.eventstore.BATCH_MAX).
CHANGES_MAX = 1000
NAME_MAX = 300
# Units of one merger or split: the work of each is looked for in the plans of several years.
AT_ONCE_MAX = 50
REASON_MAX = 4000
# A level of administration is closed by law: that is business of the city.
CLOSE_DISTRICT_ROLES = frozenset({Role.ADMIN, Role.CITY_BOARD})
# What is due before a unit's last day stays with it until then; what it left behind is handed over by people.
HAND_OVER_ROLES = frozenset({Role.HOME_AFFAIRS, Role.POLICY})
TRANSFER_ROLES = frozenset({Role.POLICY})
# Plans in which a unit may still have something open when it ends: of how many years before, and of the next.
PLAN_YEARS = range(-5, 2)


def successor_on(units: Mapping[str, Unit], unit_id: str, on: date) -> Unit | None:
    """Return the unit that does the work of the unit on the day: itself, or its successor's successor.

    None where the unit is unknown, or where the line ends at one that has none.
    """
    seen: set[str] = set()
    unit = units.get(unit_id)
    while unit is not None and not unit.is_open(on):
        # Two units may have been named each other's successor.
        if unit.successor_id is None or unit.unit_id in seen:
            return None
        seen.add(unit.unit_id)
        unit = units.get(unit.successor_id)
    return unit
