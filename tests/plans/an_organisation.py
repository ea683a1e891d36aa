"""The organisation of the demo as the service answers it, and changes of it, without a service."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from services.cli.organisation import DEMO_ORGANISATION, establish_commands, read_organisations
from services.plans.commands import OrganisationCommand, ReviseOrganisation
from services.plans.decider import ORGANISATION, Organisation, OrganisationFacts
from services.plans.documents.sheets import CheckedOrganisations
from services.plans.events import OrganisationEstablished, OrganisationEvent
from services.plans.views import OrganisationDetail, OrganisationView, UnitSetView
from shared.types import CITY, Actor, Grant, Role

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 6)
ADMIN = Actor(account_id="admin", grants=(Grant(role=Role.ADMIN, district=CITY),))
FACTS = OrganisationFacts(actor=ADMIN, today=TODAY)


class District:
    """A district with a history: it takes commands and answers what the service would."""

    def __init__(self, *history: OrganisationCommand) -> None:
        """Begin with what the commands make."""
        self.events: list[OrganisationEvent] = []
        self.state: Organisation = ORGANISATION.initial
        for command in history:
            self.take(command)

    def take(self, command: OrganisationCommand) -> list[OrganisationEvent]:
        """Return what happens. Raises Rejected."""
        events = ORGANISATION.decide(command, self.state, FACTS)
        for event in events:
            self.state = ORGANISATION.evolve(self.state, event)
        self.events += events
        return events

    def detail(self, year: int = 2020) -> OrganisationDetail:
        """Return what ShowOrganisation answers."""
        first = self.events[0]
        assert isinstance(first, OrganisationEstablished)
        return OrganisationDetail(
            organisation=OrganisationView(
                district=first.district,
                code=first.code,
                name=first.name,
                short_name=first.short_name,
                valid_from=first.valid_from,
                valid_to=first.valid_to,
            ),
            seq=len(self.events),
            is_known=False,
            units=tuple(self.state.units.values()),
            sets=tuple(
                UnitSetView(
                    district=one.district, set_id=one.set_id, name=one.name, aliases=one.aliases, members=one.members
                )
                for one in self.state.sets.values()
            ),
            groups=tuple(group for group in self.state.groups.values() if group.year == year),
        )

    def revise(self, checked: CheckedOrganisations) -> list[OrganisationEvent]:
        """Apply what a file would change."""
        district = self.events[0].district
        revise = ReviseOrganisation(
            district=district, units=checked.units.get(district, ()), groups=checked.groups.get(district, ()), at=AT
        )
        return self.take(revise)


def demo_districts(*only: str) -> dict[str, District]:
    """Return the districts of the demo, all of them where none is named."""
    commands = establish_commands(read_organisations(DEMO_ORGANISATION), at=AT)
    return {one.district: District(one) for one in commands if not only or one.district in only}


def details_of(districts: Iterable[District], *years: int) -> list[OrganisationDetail]:
    """Return what the service answers of each district and year."""
    return [one.detail(year) for one in districts for year in years or (2020,)]
