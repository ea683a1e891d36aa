"""The words that every part shares: districts, positions, grants, actors, recorded events."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from urllib.parse import unquote

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
    READER = "reader"  # reads what a whole district may read; for other systems
    OPERATOR = "operator"
    ADMIN = "admin"
    POLICY = "policy"  # a service acting on another's event; never given to a person


UNIT_ROLES = frozenset({Role.UNIT_CLERK, Role.UNIT_HEAD, Role.WARD_CHAIR})
CITY_READERS = frozenset({Role.CITY_BOARD, Role.CITY_CHAIR, Role.AUDITOR, Role.READER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role within a scope: a district (or the city) and, for unit roles, one unit; with dates, both inclusive.

    `delegated_by` is the account on whose behalf it is used during that person's leave (vi: ủy quyền).
    """

    role: Role
    district: str
    unit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    delegated_by: str | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the grant is valid on the day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def covers(self, district: str) -> bool:
        """Return whether the grant is for the district; one for the city is for every district."""
        return self.district in (district, CITY)

    def covers_unit(self, unit: str | None) -> bool:
        """Return whether the grant is for the unit (None: the place as a whole); one without a unit is for all."""
        return self.unit is None or self.unit == unit


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
            grant.role in roles and grant.holds_on(on) and grant.covers(district) and grant.covers_unit(unit)
            for grant in self.grants
        )

    def delegators(self, *, on: date) -> frozenset[str]:
        """Return the accounts on whose behalf the actor may act on the day."""
        return frozenset(one.delegated_by for one in self.grants if one.delegated_by and one.holds_on(on))

    def capacities(self) -> tuple[tuple[str, "Actor"], ...]:
        """Return in what capacities the actor can act: in his own right first, then on behalf of each delegator.

        Each is (delegator or empty, the actor with only the grants of that capacity).
        """
        if all(grant.delegated_by is None for grant in self.grants):
            return (("", self),)
        own = tuple(grant for grant in self.grants if grant.delegated_by is None)
        delegators = dict.fromkeys(grant.delegated_by for grant in self.grants if grant.delegated_by)
        return (
            ("", replace(self, grants=own)),
            *(
                (one, replace(self, grants=tuple(grant for grant in self.grants if grant.delegated_by == one)))
                for one in delegators
            ),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that an event names: SHA-256 of its bytes in hex, its name, size in bytes and type (vi: tệp đính kèm)."""

    sha256: str
    name: str
    size: int
    media_type: str


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
    def on_behalf_of(self) -> str:
        """Return the account that delegated what the actor used, or an empty text."""
        return unquote(self.headers.get("ce-onbehalfof", ""))

    @property
    def district(self) -> str:
        """Return the owner of the aggregate, the third token of the subject."""
        return self.subject.split(".")[2]

    @property
    def aggregate(self) -> str:
        """Return `<kind>.<id>` of the aggregate, the rest of the subject."""
        return self.subject.split(".", 3)[3]
