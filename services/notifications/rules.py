"""Whose notice it is, and how an id comes about: data and pure functions."""

from collections.abc import Iterable, Mapping
from datetime import date

from services.notifications.commands import NoticeCommand, PostNotice
from services.notifications.events import NoticeSource, Recipient
from shared.clock import derived_id
from shared.rights import Right
from shared.types import CITY, DISTRICTS, UNIT_ROLES, Actor, Role

# What the decider asks, and what explains it; a notice is marked as read by whom it was sent to, whatever the role.
RIGHTS: Mapping[type[NoticeCommand], Right] = {PostNotice: Right(roles=frozenset({Role.POLICY}), is_of_city=True)}

# The roles that are told as a role; people of a unit are told through their unit.
DISTRICT_ROLES = frozenset({Role.HOME_AFFAIRS, Role.DISTRICT_CHAIR})
CITY_ROLES = frozenset({Role.CITY_BOARD})

# Who may see the counts of every recipient of a district; its other people see their own.
TOTALS_ROLES = frozenset({*DISTRICT_ROLES, Role.CITY_BOARD, Role.CITY_CHAIR, Role.AUDITOR})

TITLE_MAX = 200
TEXT_MAX = 2000


def notice_id(source: NoticeSource, policy: str, recipient: Recipient) -> str:
    """Return the id of the notice: the same event, policy and recipient give the same notice."""
    return derived_id(
        source.stream, source.seq, policy, recipient.district, recipient.unit_id or "", recipient.role or ""
    )


def recipients_of(actor: Actor, on: date) -> frozenset[tuple[str, str, str]]:
    """Return (district, unit, role) of every recipient the actor answers for on the day; unit or role is empty.

    A role is answered for where it was granted, so the city's grant of a district's role gets no notice
    of the districts.
    """
    units: Iterable[tuple[str, str, str]] = (
        (grant.district, grant.unit, "")
        for grant in actor.grants
        if grant.role in UNIT_ROLES and grant.unit and grant.holds_on(on)
    )
    roles: Iterable[tuple[str, str, str]] = (
        (grant.district, "", grant.role.value)
        for grant in actor.grants
        if grant.unit is None and grant.holds_on(on) and _is_told(grant.role, grant.district)
    )
    return frozenset((*units, *roles))


def _is_told(role: Role, district: str) -> bool:
    return role in (CITY_ROLES if district == CITY else DISTRICT_ROLES)


def is_well_addressed(recipient: Recipient) -> bool:
    """Return whether the recipient is either a unit or a role that is told in its district."""
    if recipient.district not in (*DISTRICTS, CITY) or (recipient.unit_id is None) == (recipient.role is None):
        return False
    return recipient.role is None or _is_told(recipient.role, recipient.district)


def is_path(link: str) -> bool:
    """Return whether the link is a path of the portal, never another host."""
    return link.startswith("/") and not link.startswith(("//", "/\\")) and len(link) <= 300
