"""A right: which roles may do something, and for which place. Deciders ask it, and whoever explains them."""

from dataclasses import dataclass
from datetime import date

from shared.types import CITY, Actor, Role

_NOBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Who may: holders of `roles` for the district concerned, or of `unit_roles` for the unit concerned.

    `city_roles` stand in the place of `roles` where the city itself is concerned; with `is_of_city` it
    always is.
    """

    roles: frozenset[Role] = _NOBODY
    unit_roles: frozenset[Role] = _NOBODY
    city_roles: frozenset[Role] | None = None
    is_of_city: bool = False

    def place_of(self, district: str) -> str:
        """Return the district that a grant must cover."""
        return CITY if self.is_of_city else district

    def roles_of(self, district: str) -> frozenset[Role]:
        """Return the roles that have the right over the whole district, or over the city."""
        is_city = self.place_of(district) == CITY
        return self.city_roles if is_city and self.city_roles is not None else self.roles

    def allows(self, actor: Actor, *, on: date, district: str, unit: str | None = None) -> bool:
        """Return whether the actor has the right on the day, for the district or the unit concerned."""
        place = self.place_of(district)
        if actor.has(*self.roles_of(district), on=on, district=place):
            return True
        return unit is not None and actor.has(*self.unit_roles, on=on, district=place, unit=unit)
