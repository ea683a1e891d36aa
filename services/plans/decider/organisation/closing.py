"""The rules of the end of a district (vi: kết thúc hoạt động của cấp quận)."""

from collections.abc import Iterator, Mapping
from datetime import date

from services.plans.commands import CloseDistrict, NewSuccessor
from services.plans.decider.organisation.papers import checked
from services.plans.decider.organisation.state import Organisation
from services.plans.events import District, NamedUnit, OrganisationClosed, OrganisationEvent, Successor, Unit
from shared.errors import Rejected
from shared.types import CITY

CITY_NAME = "Thành phố Cần Thơ"


def district_closed(
    command: CloseDistrict,
    place: District,
    organisation: Organisation,
    city_units: Mapping[str, Unit],
    today: date,
    by: str,
) -> Iterator[OrganisationEvent]:
    """Yield that the district ends after the day, nothing where it does. Raises Rejected `organisation.…`, `unit.…`."""
    if command.district == CITY:
        raise Rejected("organisation.not_a_district", district=command.district)
    paper = checked(command.paper, today)
    successors = _successors(command, organisation.units, city_units)
    if (place.valid_to, place.successors, place.paper) == (command.closed_on, successors, paper):
        return
    # A wrong day would close the district for good: the city may tell it anew, and the log keeps both.
    if command.closed_on < place.valid_from or command.closed_on > (organisation.end_by_law or date.max):
        raise Rejected("organisation.end_out_of_life", name=place.name, closed_on=str(command.closed_on))
    yield OrganisationClosed(
        district=command.district,
        name=place.name,
        closed_on=command.closed_on,
        successors=successors,
        paper=paper,
        by=by,
        at=command.at,
    )


def _successors(
    command: CloseDistrict, units: Mapping[str, Unit], city_units: Mapping[str, Unit]
) -> tuple[Successor, ...]:
    """Return the successors by name. One of them, and no more, goes on with the district as a whole."""
    if sum(not one.takes for one in command.successors) != 1:
        raise Rejected("organisation.successor_missing", district=command.district)
    taken = [unit_id for one in command.successors for unit_id in one.takes]
    twice = next((unit_id for unit_id in taken if taken.count(unit_id) > 1), None)
    if twice is not None:
        raise Rejected("organisation.unit_taken_twice", unit_id=twice[:80])
    return tuple(_successor(one, command.closed_on, units, city_units) for one in command.successors)


def _successor(
    wanted: NewSuccessor, closed_on: date, units: Mapping[str, Unit], city_units: Mapping[str, Unit]
) -> Successor:
    name = CITY_NAME
    if wanted.unit_id is not None:
        unit = city_units.get(wanted.unit_id)
        if unit is None or (unit.valid_to is not None and unit.valid_to <= closed_on):
            raise Rejected("organisation.successor_not_found", unit_id=wanted.unit_id[:80])
        name = unit.name
    takes = []
    for unit_id in wanted.takes:
        if unit_id not in units:
            raise Rejected("unit.not_found", unit_id=unit_id[:80])
        takes.append(NamedUnit(unit_id=unit_id, name=units[unit_id].name))
    return Successor(unit_id=wanted.unit_id, name=name, takes=tuple(takes))
