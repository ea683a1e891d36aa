"""Why may somebody do something: every grant looked at, with what speaks for or against it.

Pure: it judges with the same questions that `Actor.has` asks, and answers in codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.rights import Right
from shared.types import Grant


class Verdict(StrEnum):
    """What speaks against a grant."""

    OTHER_ROLE = "other_role"
    OTHER_DISTRICT = "other_district"
    OTHER_UNIT = "other_unit"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    DELEGATION_ENDED = "delegation_ended"
    DELEGATOR_DISABLED = "delegator_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A grant to look at, with what the account store knows against it already."""

    grant_id: str
    grant: Grant
    against: tuple[Verdict, ...] = ()
    delegator_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A grant with its verdicts; none: this grant gives the right."""

    grant_id: str
    grant: Grant
    verdicts: tuple[Verdict, ...]
    delegator_name: str = ""

    @property
    def delegated_by(self) -> str | None:
        """Return the account on whose behalf the grant would be used."""
        return self.grant.delegated_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer for one account, right, place and day; a lock only keeps it from signing in."""

    is_allowed: bool
    account_id: str
    login: str
    full_name: str
    is_disabled: bool
    is_locked: bool
    right: Right
    district: str
    unit: str | None
    on: date
    considered: tuple[Considered, ...]


def explain(
    known: Sequence[Known], right: Right, *, district: str, unit: str | None, on: date
) -> tuple[Considered, ...]:
    """Return every grant with what speaks against it; those that give the right come first."""
    considered = (
        Considered(
            grant_id=one.grant_id,
            grant=one.grant,
            verdicts=(*one.against, *_verdicts(one.grant, right, district, unit, on)),
            delegator_name=one.delegator_name,
        )
        for one in known
    )
    return tuple(sorted(considered, key=lambda one: len(one.verdicts)))


def _verdicts(grant: Grant, right: Right, district: str, unit: str | None, on: date) -> list[Verdict]:
    verdicts = []
    is_of_unit = unit is not None and grant.role in right.unit_roles
    if not is_of_unit and grant.role not in right.roles_of(district):
        verdicts.append(Verdict.OTHER_ROLE)
    # A grant of one unit gives no right over the district as a whole.
    elif not grant.covers_unit(unit if is_of_unit else None):
        verdicts.append(Verdict.OTHER_UNIT)
    if not grant.covers(right.place_of(district)):
        verdicts.append(Verdict.OTHER_DISTRICT)
    if grant.valid_from is not None and on < grant.valid_from:
        verdicts.append(Verdict.NOT_YET)
    if grant.valid_to is not None and on > grant.valid_to:
        verdicts.append(Verdict.EXPIRED)
    return verdicts
