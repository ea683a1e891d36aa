"""What is known of the districts before a list of theirs is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from services.plans.documents.sheets.unit_names import UnitNames, unit_names
from services.plans.events import Group, Unit
from services.plans.views import OrganisationDetail, OrganisationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A district, its units by id, and its groups by id and year."""

    organisation: OrganisationView
    units: Mapping[str, Unit]
    groups: Mapping[tuple[str, int], Group]
    names: UnitNames


def known_of(details: Iterable[OrganisationDetail]) -> dict[str, Known]:
    """Return the districts by their code; the details of several years of one district are put together."""
    found: dict[str, Known] = {}
    for detail in details:
        district = detail.organisation.district
        groups = {(group.group_id, group.year): group for group in detail.groups}
        if district in found:
            found[district] = replace(found[district], groups={**found[district].groups, **groups})
            continue
        found[district] = Known(
            organisation=detail.organisation,
            units={unit.unit_id: unit for unit in detail.units},
            groups=groups,
            names=unit_names(detail.organisation, detail.units),
        )
    return found
