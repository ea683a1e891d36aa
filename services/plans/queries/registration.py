"""The reads of registrations, and the facts of their decisions; words about persons are sealed and opened here only.

A person of a registration has an id and a key of his own in the vault of keys (docs/adr/0006): whoever erases the
person destroys the key, and nothing here opens any more. Within one registration the same name is the same person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.plans.commands import (
    ApproveRegistration,
    MoveRegistrationClosing,
    NewRegistrationItem,
    OpenRegistration,
    RegistrationRoundCommand,
    ReopenRegistration,
    ReturnRegistration,
    SaveRegistration,
    SubmitRegistration,
    UnitRegistrationCommand,
)
from services.plans.decider import RegistrationFacts, RegistrationRoundFacts
from services.plans.events import (
    ItemReason,
    RegisteredAuthor,
    RegisteredItem,
    RegistrationField,
    RegistrationKind,
    TitleSubject,
    Unit,
    Words,
)
from services.plans.queries.asking import Answers, Facts, require_reader
from services.plans.queries.calendar import days_of
from services.plans.queries.organisation import groups_of, units_of
from services.plans.rules import (
    ITEMS_MAX,
    REGISTRATION_CHARACTERS_MAX,
    RIGHTS,
    YEARS,
    WorkingDays,
    cleaned_item,
    group_of_unit,
    item_key,
    item_problems,
    item_size,
    last_day_in_time,
    person_key,
    reads_registrations,
    titles_of,
    typed_item,
    working_days_between,
)
from services.plans.views import (
    AuthorLine,
    CityRegistrations,
    ItemLine,
    ItemList,
    ListRegisteredItems,
    MyRegistrations,
    RegistrationBoard,
    RegistrationCityTotals,
    RegistrationDetail,
    RegistrationDistrictTotals,
    RegistrationDuty,
    RegistrationGroupTotals,
    RegistrationHistory,
    RegistrationItemView,
    RegistrationRoundView,
    RegistrationStatus,
    RegistrationView,
    RegistrationWork,
    ShowCityRegistrations,
    ShowRegistration,
    ShowRegistrations,
    TitleLine,
)
from shared.clock import new_id
from shared.errors import Rejected
from shared.process import Edge
from shared.seal import PersonKey, vault_of
from shared.telemetry import log
from shared.text import fold, nfc
from shared.types import DISTRICTS, Actor, Role

LIST_MAX = 500
HISTORY_MAX = 500
_ROWS_MAX = 50_000  # things registered in a district in a year; a search opens them one by one
_TO_DO = (
    RegistrationStatus.MISSING,
    RegistrationStatus.DRAFT,
    RegistrationStatus.RETURNED,
    RegistrationStatus.REOPENED,
)
_KIND_ORDER = {kind: place for place, kind in enumerate(RegistrationKind)}


# --- boards --------------------------------------------------------------------------------------


async def _board(question: ShowRegistrations, actor: Actor, edge: Edge) -> RegistrationBoard:
    """Return how far the units are; why one was sent back is told to who may read it in full."""
    require_reader(actor, edge, question.district)
    _check_year(question.year)
    today = edge.clock.today()

    def of_year(row: Any) -> Sequence[Any]:
        return [row.district == question.district, row.year == question.year]

    round_ = await _round(edge, question.district, question.year)
    due_on, left = await _due(edge, round_, today)
    rows = await edge.rows.select(RegistrationView, "registration", where=of_year, limit=5000)
    return RegistrationBoard(
        district=question.district,
        year=question.year,
        round=round_,
        registrations=tuple(_for(actor, row, today) for row in rows),
        group_totals=tuple(await edge.rows.select(RegistrationGroupTotals, "registration_group_totals", where=of_year)),
        totals=await edge.rows.get(
            RegistrationDistrictTotals, "registration_district_totals", question.district, question.year
        ),
        due_on=due_on,
        days_left=left,
        today=today,
    )


def _for(actor: Actor, row: RegistrationView, today: date) -> RegistrationView:
    if reads_registrations(actor, row.district, row.unit_id, today):
        return row
    return replace(row, reason="", reasons=())


async def _city(question: ShowCityRegistrations, actor: Actor, edge: Edge) -> CityRegistrations:
    """Return the districts side by side."""
    if not actor.reads_city(on=edge.clock.today()):
        raise Rejected("actor.not_allowed", action="ShowCityRegistrations")
    _check_year(question.year)
    return CityRegistrations(
        year=question.year,
        rounds=tuple(
            await edge.rows.select(
                RegistrationRoundView, "registration_round", where=lambda row: [row.year == question.year]
            )
        ),
        district_totals=tuple(
            await edge.rows.select(
                RegistrationDistrictTotals,
                "registration_district_totals",
                where=lambda row: [row.year == question.year],
            )
        ),
        totals=await edge.rows.get(RegistrationCityTotals, "registration_city_totals", question.year),
        today=edge.clock.today(),
    )


async def _work(_: MyRegistrations, actor: Actor, edge: Edge) -> RegistrationWork:
    """Return what waits for the actor's units, and for the actor as home affairs; this year's and the next one's."""
    today = edge.clock.today()
    years = (today.year, today.year + 1)
    waiting: list[RegistrationView] = []
    for district in DISTRICTS:
        if units := sorted(actor.units(district, on=today)):
            waiting += await _waiting(edge, district, years, _TO_DO, units)
        if actor.has(Role.HOME_AFFAIRS, on=today, district=district):
            waiting += await _waiting(edge, district, years, (RegistrationStatus.SUBMITTED,))
    if not waiting:
        return RegistrationWork(duties=(), today=today)
    rounds = await edge.rows.select(
        RegistrationRoundView,
        "registration_round",
        where=lambda row: [row.district.in_(sorted({one.district for one in waiting})), row.year.in_(years)],
    )
    days = await days_of(edge, *_until(rounds, today))
    terms = {(one.district, one.year): _term(days, one, today) for one in rounds}
    duties = [
        RegistrationDuty(registration=row, due_on=due_on, days_left=left)
        for row in waiting
        for due_on, left in [terms.get((row.district, row.year), (None, 0))]
        if due_on is not None
    ]
    duties.sort(key=lambda one: (one.due_on, one.registration.district, one.registration.unit_name))
    return RegistrationWork(duties=tuple(duties[:LIST_MAX]), today=today)


async def _waiting(
    edge: Edge,
    district: str,
    years: Sequence[int],
    statuses: Sequence[RegistrationStatus],
    units: Sequence[str] | None = None,
) -> list[RegistrationView]:
    return await edge.rows.select(
        RegistrationView,
        "registration",
        where=lambda row: [
            row.district == district,
            row.year.in_(years),
            row.status.in_(statuses),
            *([row.unit_id.in_(units)] if units is not None else []),
        ],
    )


# --- one registration, and lists of what is registered ------------------------------------------


async def _detail(question: ShowRegistration, actor: Actor, edge: Edge) -> RegistrationDetail:
    """Return the unit's registration in full. Raises Rejected `actor.not_allowed`, `unit.not_found`."""
    today, key = edge.clock.today(), (question.district, question.year, question.unit_id)
    if not reads_registrations(actor, question.district, question.unit_id, today):
        raise Rejected("actor.not_allowed", action="ShowRegistration", district=question.district[:40])
    _check_year(question.year)
    unit = await edge.rows.get(Unit, "unit", question.district, question.unit_id)
    if unit is None:
        raise Rejected("unit.not_found", unit_id=question.unit_id[:80])
    registration = await edge.rows.get(RegistrationView, "registration", *key)
    rows = await _items_of(edge, *key)
    keys = await _keys(rows, edge)
    _note_reading("ShowRegistration", keys, actor)
    reasons = {one.number: one.text for one in registration.reasons} if registration else {}
    told = {row.number: _clear(RegistrationField.RETURN_REASON, reasons.get(row.number), keys) or "" for row in rows}
    round_ = await _round(edge, question.district, question.year)
    due_on, left = await _due(edge, round_, today)
    history, earlier = await _history(edge, *key)
    return RegistrationDetail(
        round=round_,
        unit=unit,
        registration=registration,
        items=tuple(replace(_line(row, keys), return_reason=told[row.number]) for row in _in_order(rows)),
        history=history,
        earlier=earlier,
        titles=_titles(question.year),
        due_on=due_on,
        days_left=left,
        seq=registration.seq if registration else 0,
        today=today,
    )


async def _history(edge: Edge, district: str, year: int, unit_id: str) -> tuple[tuple[RegistrationHistory, ...], int]:
    """Return the end of the history, oldest first, and how many entries stand before it.

    A unit may save a hundred drafts.
    """

    def where(row: Any) -> Sequence[Any]:
        return [row.district == district, row.year == year, row.unit_id == unit_id]

    newest = await edge.rows.select(
        RegistrationHistory, "registration_history", where=where, order=("seq",), descending=True, limit=HISTORY_MAX
    )
    is_whole = len(newest) < HISTORY_MAX
    found = len(newest) if is_whole else await edge.rows.count("registration_history", where=where)
    return tuple(reversed(newest)), found - len(newest)


async def _list(question: ListRegisteredItems, actor: Actor, edge: Edge) -> ItemList:
    """Return what is registered, within what the actor may read in full."""
    today, district, year = edge.clock.today(), question.district, question.year
    _check_year(year)
    own = None if reads_registrations(actor, district, None, today) else actor.units(district, on=today)
    if own is not None and not own:
        raise Rejected("actor.not_allowed", action="ListRegisteredItems", district=district[:40])
    registrations = [
        row
        for row in await edge.rows.select(
            RegistrationView,
            "registration",
            where=lambda row: [row.district == district, row.year == year],
            limit=5000,
        )
        if (own is None or row.unit_id in own)
        and question.unit_id in (None, row.unit_id)
        and (question.drafts or row.submissions)
    ]
    units = [row.unit_id for row in registrations]

    def where(row: Any) -> Sequence[Any]:
        return [
            row.district == district,
            row.year == year,
            row.unit_id.in_(units),
            *([row.kind == question.kind] if question.kind is not None else []),
        ]

    limit, offset = max(1, min(question.limit, LIST_MAX)), max(0, question.offset)
    if not question.text and not question.title:
        rows = await edge.rows.select(
            RegistrationItemView, "registration_item", where=where, limit=limit, offset=offset
        )
        found = await edge.rows.count("registration_item", where=where)
        keys = await _keys(rows, edge)
        lines = [_line(row, keys) for row in rows]
    else:
        rows = await edge.rows.select(RegistrationItemView, "registration_item", where=where, limit=_ROWS_MAX)
        if question.title:
            rows = [row for row in rows if row.item.title == question.title]
        keys = await _keys(rows, edge)
        wanted = fold(question.text)
        names = {row.unit_id: row.unit_name for row in registrations}
        matching = [line for row in rows if wanted in _searched(line := _line(row, keys), names[row.unit_id])]
        found, lines = len(matching), matching[offset : offset + limit]
    _note_reading("ListRegisteredItems", keys, actor)
    shown = {line.unit_id for line in lines}
    return ItemList(
        round=await _round(edge, district, year),
        items=tuple(lines),
        registrations=tuple(row for row in registrations if row.unit_id in shown or question.drafts),
        titles=_titles(year),
        found=found,
        today=today,
    )


def _searched(line: ItemLine, unit_name: str) -> str:
    authors = [author.name or "" for author in line.authors]
    return fold(" · ".join((line.name or "", *authors, line.title_name, line.field, line.place, unit_name)))


def _titles(year: int) -> tuple[TitleLine, ...]:
    return tuple(
        TitleLine(code=one.code, name=one.name, subjects=one.subjects, source=one.source)
        for one in titles_of(year).values()
    )


def _check_year(year: int) -> None:
    if year not in YEARS:
        raise Rejected("registration.year_out_of_range", year=year, first=YEARS.start, last=YEARS.stop - 1)


async def _round(edge: Edge, district: str, year: int) -> RegistrationRoundView | None:
    return await edge.rows.get(RegistrationRoundView, "registration_round", district, year)


async def _due(edge: Edge, round_: RegistrationRoundView | None, today: date) -> tuple[date | None, int]:
    """Return the last day in time, and the working days until then."""
    if round_ is None:
        return None, 0
    return _term(await days_of(edge, *_until([round_], today)), round_, today)


def _until(rounds: Sequence[RegistrationRoundView], today: date) -> list[date]:
    """Return days of all the years that are needed: the working day after the last one of a year lies in the next."""
    return [today, *(day for one in rounds for day in (one.closes_on, date(one.closes_on.year + 1, 1, 1)))]


def _term(days: WorkingDays, round_: RegistrationRoundView, today: date) -> tuple[date, int]:
    due_on = last_day_in_time(days, round_.closes_on)
    return due_on, working_days_between(days, today, due_on)


async def _items_of(edge: Edge, district: str, year: int, unit_id: str) -> list[RegistrationItemView]:
    return await edge.rows.select(
        RegistrationItemView,
        "registration_item",
        where=lambda row: [row.district == district, row.year == year, row.unit_id == unit_id],
        limit=ITEMS_MAX,
    )


def _in_order(rows: Iterable[RegistrationItemView]) -> list[RegistrationItemView]:
    return sorted(rows, key=lambda row: (_KIND_ORDER[row.kind], row.number))


# --- opening what is sealed ----------------------------------------------------------------------


def _persons(item: RegisteredItem) -> list[str]:
    own = [item.person_id] if item.person_id is not None else []
    return own + [author.person_id for author in item.authors]


async def _keys(rows: Iterable[RegistrationItemView], edge: Edge) -> Mapping[str, PersonKey]:
    """Return the keys of the persons in the rows; none of an erased one."""
    persons = {person for row in rows for person in _persons(row.item)}
    return await vault_of(edge.settings).keys(persons) if persons else {}


def _clear(field: RegistrationField, words: Words | None, keys: Mapping[str, PersonKey]) -> str | None:
    """Return the words in clear, None where there are none or the person was erased."""
    if words is None or isinstance(words, str):
        return words
    key = keys.get(words.kid)
    return None if key is None else key.unseal(field, words)


def _line(row: RegistrationItemView, keys: Mapping[str, PersonKey]) -> ItemLine:
    item = row.item
    return ItemLine(
        unit_id=row.unit_id,
        number=item.number,
        kind=item.kind,
        name=_clear(RegistrationField.NAME, item.name, keys),
        subject=item.subject,
        title=item.title,
        title_name=item.title_name,
        person_id=item.person_id,
        position=_clear(RegistrationField.POSITION, item.position, keys) or "",
        authors=tuple(
            AuthorLine(person_id=one.person_id, name=_clear(RegistrationField.AUTHOR, one.name, keys))
            for one in item.authors
        ),
        field=item.field,
        place=item.place,
        effect=item.effect,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
    )


def _note_reading(question: str, keys: Mapping[str, PersonKey], actor: Actor) -> None:
    if keys:
        log.info("persons read", actor=actor.account_id, question=question, persons=sorted(keys))


# --- facts: sealing ------------------------------------------------------------------------------


async def _round_facts(
    command: RegistrationRoundCommand, actor: Actor, today: date, edge: Edge
) -> RegistrationRoundFacts:
    return RegistrationRoundFacts(
        actor=actor,
        today=today,
        units={unit.unit_id: unit for unit in await units_of(edge, command.district)},
        groups=tuple(await groups_of(edge, command.district, command.year)),
    )


async def _facts(command: UnitRegistrationCommand, actor: Actor, today: date, edge: Edge) -> RegistrationFacts:
    """Return the facts; nothing is sealed, and no key made, for those whom the rules will turn away."""
    facts = RegistrationFacts(actor=actor, today=today)
    right = RIGHTS[type(command)]
    if not right.allows(actor, on=today, district=command.district, unit=command.unit_id):
        return facts
    if isinstance(command, ReturnRegistration):
        return replace(facts, reasons=await _sealed_reasons(command, edge))
    if not isinstance(command, SaveRegistration | SubmitRegistration):
        return facts
    round_ = await _round(edge, command.district, command.year)
    unit = await edge.rows.get(Unit, "unit", command.district, command.unit_id)
    if round_ is None or unit is None:
        return facts
    groups = await groups_of(edge, command.district, command.year)
    years = (round_.closes_on, today, date(round_.closes_on.year + 1, 1, 1))
    facts = replace(
        facts,
        round=round_,
        unit=unit,
        group_id=group_of_unit(unit.unit_id, groups),
        days=await days_of(edge, *years),
    )
    if isinstance(command, SaveRegistration):
        return replace(facts, items=await _sealed_items(command, edge))
    return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is registered already: by what it is, each with its words; and the persons by name."""

    items: Mapping[tuple[str, ...], tuple[RegisteredItem, NewRegistrationItem]]
    persons: Mapping[str, str]
    number_max: int


async def _sealed_items(command: SaveRegistration, edge: Edge) -> tuple[RegisteredItem, ...]:
    """Return the items of the command, sealed; none where the rules will refuse them.

    What is there already, and says the same, comes back as it is kept.
    """
    wanted = tuple(map(cleaned_item, command.items))
    is_too_much = len(wanted) > ITEMS_MAX or sum(map(item_size, wanted)) > REGISTRATION_CHARACTERS_MAX
    if is_too_much or any(True for item in wanted for _ in item_problems(item, command.year)):
        return ()
    known = await _known(command, edge)
    persons = dict(known.persons)
    for item in wanted:
        for name in _names_of(item):
            persons.setdefault(person_key(name), new_id())
    needed = {persons[person_key(name)] for item in wanted for name in _names_of(item)}
    keys = await vault_of(edge.settings).make(needed)
    number = known.number_max
    items = []
    for item in wanted:
        before = known.items.get(item_key(item))
        if before is not None and before[1] == item:
            items.append(before[0])
            continue
        if before is None:
            number += 1
        items.append(_sealed(item, before[0].number if before else number, command.year, persons, keys))
    return tuple(items)


async def _known(command: SaveRegistration, edge: Edge) -> _Known:
    rows = await _items_of(edge, command.district, command.year, command.unit_id)
    registration = await edge.rows.get(
        RegistrationView, "registration", command.district, command.year, command.unit_id
    )
    keys = await _keys(rows, edge)
    items: dict[tuple[str, ...], tuple[RegisteredItem, NewRegistrationItem]] = {}
    persons: dict[str, str] = {}
    for row in rows:
        line = _line(row, keys)
        if line.name is None:
            continue  # an erased person: nobody can say that it is the same one
        plain = typed_item(line)
        items[item_key(plain)] = (row.item, plain)
        if line.person_id is not None:
            persons[person_key(line.name)] = line.person_id
        for author in line.authors:
            if author.name is not None:
                persons.setdefault(person_key(author.name), author.person_id)
    # A reason of the last return names its item by number: no other item gets that number meanwhile.
    told = [one.number for one in registration.reasons] if registration else []
    return _Known(items=items, persons=persons, number_max=max((*told, *(row.number for row in rows)), default=0))


def _names_of(item: NewRegistrationItem) -> tuple[str, ...]:
    own = (item.name,) if item.subject is TitleSubject.INDIVIDUAL else ()
    return (*own, *item.authors)


def _sealed(
    item: NewRegistrationItem, number: int, year: int, persons: Mapping[str, str], keys: Mapping[str, PersonKey]
) -> RegisteredItem:
    person_id = persons[person_key(item.name)] if item.subject is TitleSubject.INDIVIDUAL else None
    key = keys[person_id] if person_id is not None else None
    authors = [(persons[person_key(name)], name) for name in item.authors]
    return RegisteredItem(
        number=number,
        kind=item.kind,
        name=key.seal(RegistrationField.NAME, item.name) if key else item.name,
        subject=item.subject,
        title=item.title,
        title_name=titles_of(year)[item.title].name if item.title else "",
        person_id=person_id,
        position=key.seal(RegistrationField.POSITION, item.position) if key and item.position else None,
        authors=tuple(
            RegisteredAuthor(person_id=one, name=keys[one].seal(RegistrationField.AUTHOR, name))
            for one, name in authors
        ),
        field=item.field,
        place=item.place,
        effect=item.effect,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
    )


async def _sealed_reasons(command: ReturnRegistration, edge: Edge) -> tuple[ItemReason, ...]:
    """Return the reasons, those about a person sealed; the same words again come back as they are kept.

    Of a person who was erased meanwhile nothing is written down any more.
    """
    key = (command.district, command.year, command.unit_id)
    rows = {row.number: row for row in await _items_of(edge, *key)}
    registration = await edge.rows.get(RegistrationView, "registration", *key)
    told = {one.number: one for one in registration.reasons} if registration else {}
    keys = await _keys(rows.values(), edge)
    reasons = []
    for one in command.items[:ITEMS_MAX]:
        if one.number not in rows:
            continue  # the rules refuse it
        text, person_id = nfc(one.text), rows[one.number].item.person_id
        before = told.get(one.number)
        if before is not None and _clear(RegistrationField.RETURN_REASON, before.text, keys) == text:
            reasons.append(before)
        elif person_id is None:
            reasons.append(ItemReason(number=one.number, text=text))
        elif person_id in keys:
            sealed = keys[person_id].seal(RegistrationField.RETURN_REASON, text)
            reasons.append(ItemReason(number=one.number, text=sealed))
    return tuple(reasons)


ANSWERS: Answers = {
    ShowRegistrations: _board,
    ShowRegistration: _detail,
    ListRegisteredItems: _list,
    MyRegistrations: _work,
    ShowCityRegistrations: _city,
}
FACTS: Facts = {
    **dict.fromkeys((OpenRegistration, MoveRegistrationClosing), _round_facts),
    **dict.fromkeys(
        (SaveRegistration, SubmitRegistration, ReturnRegistration, ApproveRegistration, ReopenRegistration), _facts
    ),
}
