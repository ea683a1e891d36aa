"""When reviews are due, whose turn it is to lead, who a group's members are in a new year: data, pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.plans.events import Group, ReviewKind, Unit
from services.plans.rules.calendar import Due, WorkingDays, last_working_day
from services.plans.rules.organisation import successor_on
from shared.rights import Right
from shared.types import CITY, DISTRICTS, UNIT_ROLES, Actor, Role

# A group's own business is written down by the unit that leads it, or by Phòng Nội vụ.
LEAD_ROLES = frozenset({Role.HOME_AFFAIRS})
LEAD_UNIT_ROLES = UNIT_ROLES | {Role.GROUP_HEAD}
LEAD_CITY_ROLES = frozenset({Role.CITY_BOARD, Role.HOME_AFFAIRS})

# The groups of a new year follow those of the year before, by hand or when their leaders have been elected.
FORM_ROLES = frozenset({Role.ADMIN, Role.HOME_AFFAIRS, Role.POLICY})
FORM_CITY_ROLES = FORM_ROLES | {Role.CITY_BOARD}

ARTICLES_MAX = 100
CHARTER_CHARACTERS_MAX = 30_000

# A district as a member of the city's cluster; units of the same name in a district are something else.
DISTRICT_UNITS = {f"quan-{district}": district for district in DISTRICTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTerm:
    """When a review may be held and until when it is due: months of the year, or of so many years after it.

    It may be held from the first day of `first_month` to the end of the year of `due_month`.
    """

    first_month: int
    due_month: int
    due_years_after: int
    source: str


# The months from which a review is possible are our assumption; they keep a mistyped year out.
REVIEW_TERMS: Mapping[ReviewKind, ReviewTerm] = {
    ReviewKind.MID_YEAR: ReviewTerm(
        first_month=5,
        due_month=6,
        due_years_after=0,
        source="Sơ kết 6 tháng trong quý II (Kế hoạch 30/KH-UBND năm 2020, nhiệm vụ 9)",
    ),
    ReviewKind.ANNUAL: ReviewTerm(
        first_month=11,
        due_month=1,
        due_years_after=1,
        source="Tổng kết năm trước trong tháng 1 năm sau, để ký kết giao ước trong quý I "
        "(Kế hoạch 30/KH-UBND năm 2020, nhiệm vụ 4)",
    ),
}


def review_due(kind: ReviewKind, year: int, days: WorkingDays) -> Due:
    """Return until when the review of the year is due: the last working day of its month."""
    term = REVIEW_TERMS[kind]
    first = date(year + term.due_years_after, term.due_month, 1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return last_working_day(days, first, after - timedelta(days=1))


def review_window(kind: ReviewKind, year: int) -> tuple[date, date]:
    """Return the first and the last day on which a review of the year may be held."""
    term = REVIEW_TERMS[kind]
    return date(year, term.first_month, 1), date(year + term.due_years_after, 12, 31)


def rotation(members: Sequence[str], head_id: str | None, deputy_id: str | None) -> tuple[str | None, str | None]:
    """Return the head and the deputy of the next year: the deputy leads, the next member in the list is its deputy.

    Without a deputy among the members the one after the head leads; without either, the first (Hướng dẫn
    2819/HD-BTĐKT of 2014: the posts go round among the members).
    """
    if not members:
        return None, None
    order = list(members)
    if deputy_id in order:
        head = order.index(deputy_id)
    elif head_id in order:
        head = (order.index(head_id) + 1) % len(order)
    else:
        head = 0
    deputy = order[(head + 1) % len(order)] if len(order) > 1 else None
    return order[head], deputy


@dataclass(frozen=True, slots=True, kw_only=True)
class NextMembers:
    """The members of a group in a new year; `replaced` is (unit, its successor), `dropped` has no successor there."""

    members: tuple[str, ...]
    replaced: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]


def next_members(members: Sequence[str], units: Mapping[str, Unit], year: int, taken: frozenset[str]) -> NextMembers:
    """Return who is a member on the first day of the year: units that have ended give way to their successors.

    Nobody stands in the list twice, and no unit in two groups of a year: `taken` are in another one already.
    """
    first = date(year, 1, 1)
    found: list[str] = []
    replaced: list[tuple[str, str]] = []
    dropped: list[str] = []
    for unit_id in members:
        unit = successor_on(units, unit_id, first)
        heir = unit.unit_id if unit else None
        if heir is None or (heir in taken and heir != unit_id):
            dropped.append(unit_id)
            continue
        if heir in taken:
            continue
        if heir != unit_id:
            replaced.append((unit_id, heir))
        if heir not in found:
            found.append(heir)
    return NextMembers(members=tuple(found), replaced=tuple(replaced), dropped=tuple(dropped))


def group_of_member(groups: Iterable[Group], unit_id: str) -> Group | None:
    """Return the group that the unit is in; of the groups of one year it is in one at most."""
    return next((one for one in groups if unit_id in one.members), None)


def members_on(group: Group, units: Mapping[str, Unit], on: date) -> tuple[str, ...]:
    """Return the members that exist on the day."""
    return tuple(one for one in group.members if one in units and units[one].is_open(on))


def allows_for_member(
    right: Right, standing: frozenset[Role], actor: Actor, *, on: date, district: str, unit_id: str | None
) -> bool:
    """Return whether the actor has the right for the member.

    For a district that is a member of the city's cluster act those who hold a role of `standing` in that district.
    """
    if right.allows(actor, on=on, district=district, unit=unit_id):
        return True
    if district != CITY or unit_id not in DISTRICT_UNITS:
        return False
    return actor.has(*standing, on=on, district=DISTRICT_UNITS[unit_id])
