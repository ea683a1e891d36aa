"""The words that every part shares: districts, positions, grants, actors, recorded events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

CITY = "can-tho"
DISTRICTS = ("ninh-kieu", "binh-thuy", "cai-rang", "o-mon", "thot-not")


class Role(StrEnum):
    """What a person may be in the system (vi: vai trò)."""

    UNIT_CLERK = "unit_clerk"
    UNIT_HEAD = "unit_head"
    WARD_CHAIR = "ward_chair"
    HOME_AFFAIRS = "home_affairs"
    GROUP_HEAD = "group_head"
    FIELD_SCORER = "field_scorer"
    INITIATIVE_COUNCIL = "initiative_council"
    COUNCIL_SECRETARY = "council_secretary"
    COUNCIL_MEMBER = "council_member"
    COUNCIL_CHAIR = "council_chair"
    DISTRICT_CHAIR = "district_chair"
    PROPAGANDA_BOARD = "propaganda_board"
    CITY_BOARD = "city_board"
    CITY_CHAIR = "city_chair"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    ADMIN = "admin"
    POLICY = "policy"  # a service acting on another's event; never given to a person


UNIT_ROLES = frozenset({Role.UNIT_CLERK, Role.UNIT_HEAD, Role.WARD_CHAIR})
CITY_READERS = frozenset({Role.CITY_BOARD, Role.CITY_CHAIR, Role.AUDITOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role within a scope: a district (or the city) and, for unit roles, one unit; with dates, both inclusive."""

    role: Role
    district: str
    unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the grant is valid on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: an account id, never a name, and what was granted to it."""

    account_id: str
    grants: tuple[Grant, ...] = ()

    def has(self, *roles: Role, on: date, district: str, unit: str | None = None) -> bool:
        """Return whether one of the roles is held on the day for the district (and the unit, when one is named).

        A grant for the city covers every district. A grant for one unit covers only that unit, and
        never the district as a whole.
        """
        return any(
            grant.role in roles
            and grant.holds_on(on)
            and grant.district in (district, CITY)
            and (grant.unit is None or grant.unit == unit)
            for grant in self.grants
        )

    def units(self, district: str, *, on: date) -> frozenset[str]:
        """Return the units of the district for which the actor holds a unit role on the day."""
        return frozenset(
            grant.unit
            for grant in self.grants
            if grant.role in UNIT_ROLES and grant.unit and grant.district == district and grant.holds_on(on)
        )

    def reads(self, district: str, *, on: date) -> bool:
        """Return whether any grant lets the actor read what the whole district may read."""
        return any(
            grant.holds_on(on)
            and (grant.district == district or (grant.district == CITY and grant.role in CITY_READERS))
            for grant in self.grants
        )

    def reads_city(self, *, on: date) -> bool:
        """Return whether the actor reads all five districts."""
        return any(
            grant.role in CITY_READERS and grant.district == CITY and grant.holds_on(on) for grant in self.grants
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the log: the stream, its epoch (a stream restored under the same name has another) and sequence."""

    stream: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far a reader has come: the sequence it has applied, and the id of the event there."""

    epoch: str
    seq: int
    event_id: str
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A person's datum that only a key holder reads: AES-256-GCM, key id and base64 texts (interfaces: sealing)."""

    kid: str
    nonce: str
    ct: str


E_co = TypeVar("E_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[E_co]):
    """An event as the log holds it: what happened, and where, when and by whom it was recorded.

    `occurred_at` is business time, `recorded_at` the server's clock.
    """

    event: E_co
    type: str
    event_id: str
    stream: str
    seq: int
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    command_id: str
    correlation_id: str
    headers: Mapping[str, str]

    @property
    def district(self) -> str:
        """Return the owner of the aggregate, the third token of the subject."""
        return self.subject.split(".")[2]

    @property
    def aggregate(self) -> str:
        """Return `<kind>.<id>` of the aggregate, the rest of the subject."""
        return self.subject.split(".", 3)[3]
