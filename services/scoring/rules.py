"""Who may do what in scoring, the arithmetic of points, and ranking: data and pure functions.

Numbers without a source are our defaults, to be replaced by the city's own sheet (domain reference, 4.3 and 4.4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.scoring.commands import (
    AwardTaskPoint,
    PostScore,
    PublishCriteria,
    RevokeTaskPoint,
    ScoringCommand,
    SubmitSelfScore,
)
from services.scoring.events import (
    DISTRICT_UNITS,
    Criterion,
    Score,
    ScoredLine,
    Section,
    SectionTotal,
    TaskPoint,
)
from shared.rights import Right
from shared.types import CITY, CITY_READERS, UNIT_ROLES, Actor, Role

_PUBLISH = Right(roles=frozenset({Role.HOME_AFFAIRS}), city_roles=frozenset({Role.CITY_BOARD}))
_FROM_TASKS = Right(roles=frozenset({Role.POLICY}))
# What the deciders ask, and what explains them.
RIGHTS: Mapping[type[ScoringCommand], Right] = {
    PublishCriteria: _PUBLISH,
    PostScore: _PUBLISH,
    SubmitSelfScore: Right(unit_roles=UNIT_ROLES),
    AwardTaskPoint: _FROM_TASKS,
    RevokeTaskPoint: _FROM_TASKS,
}

# Those who see every sheet of a district, beside the units' own people.
SHEET_READERS = frozenset(
    {
        Role.HOME_AFFAIRS,
        Role.DISTRICT_CHAIR,
        Role.COUNCIL_SECRETARY,
        Role.COUNCIL_MEMBER,
        Role.COUNCIL_CHAIR,
        Role.AUDITOR,
        Role.CITY_BOARD,
        Role.CITY_CHAIR,
    }
)

CITY_GROUP = "cum-5-quan"
POINTS_PER_TASK = Decimal("2.00")  # our default, not from any source
BONUS_MAX = Decimal("50.00")  # domain reference, 4.3
POINTS_MAX = Decimal("10000.00")  # no sheet found is larger than a tenth of it
TIE_BREAK_SECTIONS = ("I", "III")  # domain reference, 4.4 step 6; a parameter
CRITERIA_MAX = 200
TEXT_MAX = 4000

_CENT = Decimal("0.01")


# --- who may -----------------------------------------------------------------------------------


def may_publish(actor: Actor, district: str, *, on: date) -> bool:
    """Return whether the actor publishes and posts for the owner: Phòng Nội vụ, for the city its board."""
    return _PUBLISH.allows(actor, on=on, district=district)


def may_self_score(actor: Actor, district: str, unit_id: str, *, on: date) -> bool:
    """Return whether the actor scores the unit for itself; for a district that is its Phòng Nội vụ."""
    if district == CITY and unit_id in DISTRICT_UNITS:
        return actor.has(Role.HOME_AFFAIRS, on=on, district=DISTRICT_UNITS[unit_id])
    return RIGHTS[SubmitSelfScore].allows(actor, on=on, district=district, unit=unit_id)


def sees_all(actor: Actor, district: str, *, on: date) -> bool:
    """Return whether the actor sees every sheet that the owner scores; of the city's people, only its readers do."""
    return any(
        grant.role in SHEET_READERS
        and grant.unit is None
        and grant.holds_on(on)
        and (grant.district == district or (grant.district == CITY and grant.role in CITY_READERS))
        for grant in actor.grants
    )


def own_units(actor: Actor, district: str, *, on: date) -> frozenset[str]:
    """Return the units whose sheets are the actor's own: those of its roles, its district in the city's cluster."""
    own = actor.units(district, on=on)
    if district == CITY:
        own |= {unit_id for unit_id, about in DISTRICT_UNITS.items() if sees_all(actor, about, on=on)}
    return own


# --- points ------------------------------------------------------------------------------------


def exact(points: Decimal, *, minimum: Decimal = Decimal(0), maximum: Decimal) -> Decimal | None:
    """Return the points with two decimals; None where they are out of range or finer than 0.01."""
    if not points.is_finite() or not minimum <= points <= maximum:
        return None
    written = points.quantize(_CENT) + Decimal("0.00")  # the sum makes of -0 a plain 0
    return written if written == points else None


def task_points(due_on: date, completed_on: date) -> Decimal:
    """Return what one task earns: the same for every task on time, nothing for a late one."""
    return POINTS_PER_TASK if completed_on <= due_on else Decimal("0.00")


def automatic_points(criterion: Criterion | None, points: Iterable[TaskPoint]) -> Decimal:
    """Return the automatic line: what the tasks earned, up to the maximum of the criterion; 0 without one."""
    if criterion is None:
        return Decimal("0.00")
    return min(criterion.max_points, sum((one.points for one in points), start=Decimal("0.00")))


def automatic_criterion(sections: Iterable[Section]) -> Criterion | None:
    """Return the criterion that is scored from tasks, if the sheet has one."""
    return next((one for section in sections for one in section.criteria if one.is_automatic), None)


def sections_max(sections: Iterable[Section]) -> Decimal:
    """Return the maximum of the whole sheet."""
    return sum((one.max_points for section in sections for one in section.criteria), start=Decimal("0.00"))


def section_totals(sections: Sequence[Section], lines: Iterable[ScoredLine]) -> tuple[SectionTotal, ...]:
    """Return the points of each section, in the order of the sheet."""
    lines = list(lines)
    return tuple(
        SectionTotal(
            section=section.code,
            name=section.name,
            max_points=sections_max([section]),
            points=sum((one.points for one in lines if one.section == section.code), start=Decimal("0.00")),
        )
        for section in sections
    )


def lines_total(lines: Iterable[ScoredLine]) -> Decimal:
    """Return the sum of the lines."""
    return sum((one.points for one in lines), start=Decimal("0.00"))


# --- ranking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What ranking looks at in one unit's posted score."""

    unit_id: str
    total: Decimal
    sections: Mapping[str, Decimal]
    penalty: Decimal
    is_knocked_out: bool


def standing(unit_id: str, score: Score) -> Standing:
    """Return what ranking looks at."""
    return Standing(
        unit_id=unit_id,
        total=score.total,
        sections={one.section: one.points for one in score.sections},
        penalty=score.penalty,
        is_knocked_out=score.knocked_out_reason is not None,
    )


def ranked(standings: Iterable[Standing]) -> list[tuple[int | None, Standing]]:
    """Return the standings in order with their ranks: 1, 2, 2, 4; None for the knocked-out, who stand last.

    Ties break by the sections in `TIE_BREAK_SECTIONS`, then by the lower penalty; what is still equal
    shares a rank and stands in order of id.
    """
    standings = sorted(standings, key=lambda one: one.unit_id)
    in_order = sorted((one for one in standings if not one.is_knocked_out), key=_place)
    result: list[tuple[int | None, Standing]] = []
    rank = 0
    for index, one in enumerate(in_order):
        if index == 0 or _place(one) != _place(in_order[index - 1]):
            rank = index + 1
        result.append((rank, one))
    return result + [(None, one) for one in standings if one.is_knocked_out]


def _place(one: Standing) -> tuple[Decimal, ...]:
    sections = (-one.sections.get(code, Decimal(0)) for code in TIE_BREAK_SECTIONS)
    return (-one.total, *sections, one.penalty)
