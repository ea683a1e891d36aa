"""The reads of a group's year: boards, one group in full, and the facts of its decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

from services.plans.commands import AdoptCharter, GroupYearCommand, HoldReview
from services.plans.decider import GroupYearFacts, members_of_next
from services.plans.events import Group, NamedUnit, ReviewKind, Unit
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.calendar import calendars_of
from services.plans.queries.organisation import groups_of, units_of
from services.plans.queries.plan import claimed
from services.plans.rules import (
    REVIEW_TERMS,
    YEARS,
    WorkingDays,
    group_of_member,
    review_due,
    rotation,
    working_days,
    working_days_between,
)
from services.plans.views import (
    CharterView,
    ElectionView,
    GroupBoard,
    GroupDetail,
    GroupHistory,
    GroupLine,
    GroupYearView,
    PledgeView,
    ProposedLeaders,
    ReviewState,
    ReviewStatus,
    ReviewTotals,
    ShowGroup,
    ShowGroups,
    Vacancy,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import CITY, DISTRICTS, Actor

HISTORY_MAX = 500
CHARTERS_SHOWN = 5  # the newest; each may be of many pages, and an answer has its limit


def reads_groups(actor: Actor, edge: Edge, district: str) -> bool:
    """Return whether the actor may read the groups of the district, and the files that they keep."""
    today = edge.clock.today()
    members = DISTRICTS if district == CITY else ()
    return any(actor.reads(one, on=today) for one in (district, *members))


def require_group_reader(actor: Actor, edge: Edge, district: str) -> None:
    """Let read of a group whoever reads its district; of the city's cluster whoever reads one of its five members.

    Raises Rejected `actor.not_allowed`.
    """
    if not reads_groups(actor, edge, district):
        require_reader(actor, edge, district)


async def group_of(edge: Edge, district: str, group_id: str, year: int) -> Group:
    """Return the group. Raises Rejected `group.not_found`."""
    found = await edge.rows.get(Group, "unit_group", district, group_id, year) if year in YEARS else None
    if found is None:
        raise Rejected("group.not_found", group_id=group_id[:80], year=year)
    return found


async def history_of(edge: Edge, district: str, group_id: str, year: int) -> tuple[GroupHistory, ...]:
    """Return what happened to the group and its pledge, oldest first; of a long history its end."""
    newest = await edge.rows.select(
        GroupHistory,
        "group_history",
        where=lambda one: [one.district == district, one.group_id == group_id, one.year == year],
        order=("seq",),
        descending=True,
        limit=HISTORY_MAX,
    )
    return tuple(reversed(newest))


async def _years(edge: Edge, district: str, year: int, group_id: str | None = None) -> list[GroupYearView]:
    """Return what the groups did in this year and, for charters stay in force, in those before, oldest first."""
    return await edge.rows.select(
        GroupYearView,
        "group_year",
        where=lambda one: [
            one.district == district,
            one.year <= year,
            *([one.group_id == group_id] if group_id is not None else []),
        ],
        order=("year", "group_id"),
    )


async def vacancies_of(edge: Edge, district: str, *years: int) -> tuple[Vacancy, ...]:
    """Return the groups of the years that nobody leads though the year before elected who should.

    A unit is in one group a year: whom its group elected may have been placed in another one meanwhile.
    """
    elected = await edge.rows.select(
        GroupYearView,
        "group_year",
        where=lambda one: [one.district == district, one.year.in_([year - 1 for year in years])],
        order=("year", "group_id"),
    )
    groups = {year: await groups_of(edge, district, year) for year in years} if elected else {}
    found = [
        one
        for row in elected
        if row.election and (one := _vacancy(row, row.election, groups[row.year + 1])) is not None
    ]
    # A group of which nobody is left to form it anew needs no leader.
    going_on = {
        (year, one.group_id)
        for year in {one.year for one in found if not one.is_formed}
        for one in await _not_carried(edge, district, year, groups[year])
    }
    return tuple(one for one in found if one.is_formed or (one.year, one.group_id) in going_on)


async def _not_carried(edge: Edge, district: str, year: int, groups: Sequence[Group]) -> tuple[Group, ...]:
    """Return the groups of the year before that are not among those of the year, though members of theirs are left."""
    before = await groups_of(edge, district, year - 1)
    units = {unit.unit_id: unit for unit in await units_of(edge, district)}
    formed = {one.group_id for one in groups}
    return tuple(one for one in before if one.group_id not in formed and members_of_next(one, groups, units))


def _vacancy(before: GroupYearView, election: ElectionView, groups: Sequence[Group]) -> Vacancy | None:
    group = next((one for one in groups if one.group_id == before.group_id), None)
    if group is not None and group.head_id is not None:
        return None
    elsewhere = group_of_member(groups, election.head.unit_id)
    elected = [one for one in (election.head, election.deputy) if one is not None]
    return Vacancy(
        district=before.district,
        group_id=before.group_id,
        year=election.for_year,
        group_name=group.name if group else before.group_name,
        head=election.head,
        head_in=elsewhere.name if elsewhere is not None and elsewhere is not group else "",
        heir=next((one for one in elected if group is not None and one.unit_id in group.members), None),
        is_formed=group is not None,
    )


async def _days(edge: Edge, year: int) -> WorkingDays:
    return working_days(await calendars_of(edge, (year, year + 1)))


async def _board(question: ShowGroups, actor: Actor, edge: Edge) -> GroupBoard:
    """Return the groups of the year. Raises Rejected `group.year_out_of_range`."""
    require_group_reader(actor, edge, question.district)
    district, year, today = question.district, _checked(question.year), edge.clock.today()
    groups = await groups_of(edge, district, year)
    years = await _years(edge, district, year)
    days = await _days(edge, year)
    pledges = await edge.rows.select(
        PledgeView, "pledge", where=lambda one: [one.district == district, one.year == year]
    )
    by_group = {one.group_id: one for one in pledges}
    return GroupBoard(
        lines=tuple(_line(one, years, by_group.get(one.group_id), days, today) for one in groups),
        totals=tuple(
            await edge.rows.select(
                ReviewTotals, "review_totals", where=lambda row: [row.district == district, row.year == year]
            )
        ),
        not_carried=await _not_carried(edge, district, year, groups),
        vacancies=await vacancies_of(edge, district, year),
        today=today,
    )


def _line(
    group: Group, years: Sequence[GroupYearView], pledge: PledgeView | None, days: WorkingDays, today: date
) -> GroupLine:
    own = [one for one in years if one.group_id == group.group_id]
    charter = _in_force(own, today)
    return GroupLine(
        group=group,
        charter=replace(charter, articles=()) if charter else None,
        reviews=_reviews(next((one for one in own if one.year == group.year), None), group.year, days, today),
        members=len(pledge.members) if pledge else 0,
        signed=len(pledge.signatures) if pledge else 0,
        is_pledged=pledge is not None and pledge.concluded_on is not None,
    )


async def _detail(question: ShowGroup, actor: Actor, edge: Edge) -> GroupDetail:
    """Return one group's year. Raises Rejected `group.not_found`."""
    require_group_reader(actor, edge, question.district)
    district, group_id, year, today = question.district, question.group_id, question.year, edge.clock.today()
    group = await group_of(edge, district, group_id, year)
    units = {unit.unit_id: unit for unit in await units_of(edge, district)}
    years = await _years(edge, district, year, group_id)
    row = next((one for one in years if one.year == year), None)
    before = await edge.rows.get(Group, "unit_group", district, group_id, year - 1)
    following = members_of_next(group, await groups_of(edge, district, year + 1), units)
    vacancies = {
        one.year: one for one in await vacancies_of(edge, district, year, year + 1) if one.group_id == group_id
    }
    return GroupDetail(
        group=group,
        members=_named(group.members, units),
        next_members=_named(following, units),
        charter=_in_force(years, today),
        charters=tuple(
            sorted((one for each in years for one in each.charters), key=_age, reverse=True)[:CHARTERS_SHOWN]
        ),
        reviews=_reviews(row, year, await _days(edge, year), today),
        election=row.election if row else None,
        rotation=_proposed(year + 1, following, *_leaders(group), units),
        appointable=_proposed(year, group.members, *_leaders(before), units),
        vacancy=vacancies.get(year),
        next_vacancy=vacancies.get(year + 1),
        history=await history_of(edge, district, group_id, year),
        seq=row.seq if row else 0,
        today=today,
    )


def _proposed(
    year: int, members: Sequence[str], head_id: str | None, deputy_id: str | None, units: Mapping[str, Unit]
) -> ProposedLeaders:
    head, deputy = rotation(members, head_id, deputy_id)
    return ProposedLeaders(
        for_year=year,
        head=_named((head,), units)[0] if head else None,
        deputy=_named((deputy,), units)[0] if deputy else None,
    )


def _leaders(group: Group | None) -> tuple[str | None, str | None]:
    return (group.head_id, group.deputy_id) if group else (None, None)


def _named(unit_ids: Sequence[str], units: Mapping[str, Unit]) -> tuple[NamedUnit, ...]:
    return tuple(NamedUnit(unit_id=one, name=units[one].short_name if one in units else one) for one in unit_ids)


def _age(charter: CharterView) -> tuple[date, int, int]:
    return charter.adopted_on, charter.year, charter.version


def _in_force(years: Sequence[GroupYearView], today: date) -> CharterView | None:
    """Return the charter that was adopted last; of one day, that recorded last."""
    adopted = [one for each in years for one in each.charters if one.adopted_on <= today]
    return max(adopted, key=_age, default=None)


def _reviews(row: GroupYearView | None, year: int, days: WorkingDays, today: date) -> tuple[ReviewStatus, ...]:
    known = {one.kind: one for one in row.reviews} if row else {}
    found = []
    for kind in ReviewKind:
        review = known.get(kind)
        if review is not None and (minutes := review.minutes) is not None:
            # What was late then stays late, and what was in time in time, when the calendar changes.
            due_on, reason = minutes.due_on, minutes.due_reason
            state = ReviewState.LATE if minutes.is_late else ReviewState.ON_TIME
        else:
            due = review_due(kind, year, days)
            due_on, reason = due.due_on, due.reason
            is_planned = review is not None and review.planned_on is not None
            state = ReviewState.OVERDUE if today > due_on else _to_come(is_planned)
        found.append(
            ReviewStatus(
                kind=kind,
                state=state,
                due_on=due_on,
                due_reason=reason,
                source=REVIEW_TERMS[kind].source,
                days_left=working_days_between(days, today, due_on),
                view=review,
            )
        )
    return tuple(found)


def _to_come(is_planned: bool) -> ReviewState:
    return ReviewState.PLANNED if is_planned else ReviewState.WAITING


def _checked(year: int) -> int:
    if year not in YEARS:
        raise Rejected("group.year_out_of_range", year=year)
    return year


# --- facts ---------------------------------------------------------------------------------------


async def _facts(command: GroupYearCommand, actor: Actor, today: date, edge: Edge) -> GroupYearFacts:
    district, group_id, year = command.district, command.group_id, command.year
    if year not in YEARS:
        return GroupYearFacts(actor=actor, today=today)
    named = command.attachments if isinstance(command, AdoptCharter | HoldReview) else ()
    return GroupYearFacts(
        actor=actor,
        today=today,
        group=await edge.rows.get(Group, "unit_group", district, group_id, year),
        next_groups=await groups_of(edge, district, year + 1),
        units={unit.unit_id: unit for unit in await units_of(edge, district)},
        days=await _days(edge, year),
        attachments=await claimed(named, actor, edge),
    )


ANSWERS: Answers = {ShowGroups: _board, ShowGroup: _detail}
FACTS: Facts = dict.fromkeys(get_args(GroupYearCommand), _facts)
