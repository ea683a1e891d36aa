"""The reads of nominations, each within the asker's scope; persons are unsealed here and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, assert_never

import sqlalchemy as sa

from services.nominations.events import Document, DossierFile, ReturnReason, SealedField, Words
from services.nominations.projections import DossierFileRow, DossierHistoryRow, DossierRow, ErasedRow, UnitRow
from services.nominations.rules import pack_on, reads_district
from services.nominations.views import (
    AttachmentView,
    CityDossiers,
    CityTotals,
    DistrictDossiers,
    DistrictTotals,
    DocumentView,
    DossierDetail,
    DossierHistoryView,
    DossierList,
    DossierState,
    DossierView,
    GroupTotals,
    ListDossiers,
    NominationAnswer,
    NominationQuestion,
    ReturnReasonView,
    ShowCityDossiers,
    ShowDistrictDossiers,
    ShowDossier,
    ShowTitles,
    TitleList,
    TitleView,
    UnitTotals,
)
from services.plans.events import (
    District,
    Group,
)
from shared.attachments import FileKey, StoredFile
from shared.errors import Rejected
from shared.process import Edge
from shared.seal import PersonKey, vault_of
from shared.telemetry import log
from shared.text import fold
from shared.types import DISTRICTS, Actor, Attachment

LIST_MAX = 500
# Names are sealed, so a search reads and opens row by row; beyond this many the asker narrows it down.
SEARCH_MAX = 5000
_ERASED_A_QUERY = 500
OPEN_STATES = (DossierState.SUBMITTED, DossierState.RETURNED, DossierState.ACCEPTED)

Columns = sa.sql.base.ReadOnlyColumnCollection[str, Any]


async def answer(question: NominationQuestion, actor: Actor, edge: Edge) -> NominationAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `<thing>.not_found`."""
    match question:
        case ListDossiers():
            return await _list(question, actor, edge)
        case ShowDossier():
            return await _show(question, actor, edge)
        case ShowTitles():
            return _titles(question, edge)
        case ShowDistrictDossiers():
            if not actor.reads(question.district, on=edge.clock.today()):
                raise _not_allowed(question, question.district)
            return await _district(question, edge)
        case ShowCityDossiers():
            if not actor.reads_city(on=edge.clock.today()):
                raise _not_allowed(question, "")
            return await _city(question, edge)
        case _:
            assert_never(question)


def _not_allowed(question: NominationQuestion, district: str) -> Rejected:
    return Rejected("actor.not_allowed", action=type(question).__name__, district=district[:40])


# --- dossiers ----------------------------------------------------------------------------------


async def _list(question: ListDossiers, actor: Actor, edge: Edge) -> DossierList:
    today = edge.clock.today()
    asked = [district for district in DISTRICTS if question.district in (None, district)]
    whole = [district for district in asked if reads_district(actor, district, today)]
    units = {district: sorted(actor.units(district, on=today)) for district in asked if district not in whole}
    units = {district: ids for district, ids in units.items() if ids}
    if not whole and not units:
        raise _not_allowed(question, question.district or "")

    def where(dossier: Columns) -> Sequence[Any]:
        scopes = [dossier.district.in_(whole)]
        scopes += [sa.and_(dossier.district == district, dossier.unit_id.in_(ids)) for district, ids in units.items()]
        conditions: list[Any] = [sa.or_(*scopes)]
        if question.year is not None:
            conditions.append(dossier.year == question.year)
        if question.state is not None:
            conditions.append(dossier.state == question.state)
        if question.unit_id is not None:
            conditions.append(dossier.unit_id == question.unit_id)
        if question.campaign_id is not None:
            conditions.append(dossier.campaign_id == question.campaign_id)
        return conditions

    limit = max(1, min(question.limit, LIST_MAX))
    wanted = fold(question.text)
    rows = await edge.rows.select(
        DossierRow,
        "dossier",
        where=where,
        order=("changed_at", "dossier_id"),
        descending=True,
        limit=SEARCH_MAX if wanted else limit,
    )
    keys = await person_keys(rows, edge)
    if wanted:
        rows = [row for row in rows if wanted in _searched(row, keys)]
        found = len(rows)
    else:
        found = await edge.rows.count("dossier", where=where)
    shown = rows[:limit]
    _note_reading(type(question).__name__, shown, keys, actor)
    places = await _places(edge)
    return DossierList(dossiers=tuple(_view(row, keys, places, today) for row in shown), found=found, today=today)


def _searched(row: DossierRow, keys: Mapping[str, PersonKey]) -> str:
    name = unsealed(SealedField.NAME, row.name, keys) or ""
    return fold(f"{name} · {row.unit_name} · {row.title_name}")


async def _show(question: ShowDossier, actor: Actor, edge: Edge) -> DossierDetail:
    today = edge.clock.today()
    if not reads_district(actor, question.district, today) and not actor.units(question.district, on=today):
        raise _not_allowed(question, question.district)
    row = await edge.rows.get(DossierRow, "dossier", question.district, question.dossier_id)
    # That another unit has such a dossier is none of the asker's business either.
    if row is None or not _reads(actor, row, today):
        raise Rejected("dossier.not_found", dossier_id=question.dossier_id[:80])
    entries = await edge.rows.select(
        DossierHistoryRow,
        "dossier_history",
        where=lambda one: [one.district == question.district, one.dossier_id == question.dossier_id],
        order=("seq",),
    )
    keys = await person_keys([row], edge)
    _note_reading(type(question).__name__, [row], keys, actor)
    places = await _places(edge)
    return DossierDetail(
        dossier=_view(row, keys, places, today), history=tuple(_history_view(one, keys) for one in entries), today=today
    )


def _reads(actor: Actor, row: DossierRow, day: date) -> bool:
    """Return whether the actor reads the dossier, its person and its files: the whole district's, or the own unit's."""
    return reads_district(actor, row.district, day) or row.unit_id in actor.units(row.district, on=day)


async def file_of(sha256: str, actor: Actor, edge: Edge) -> StoredFile:
    """Return the file if a dossier names it that the actor may read. Raises Rejected `attachment.not_found`."""
    today = edge.clock.today()
    for one in await edge.rows.select(DossierFileRow, "dossier_file", where=lambda row: [row.sha256 == sha256]):
        dossier = await edge.rows.get(DossierRow, "dossier", one.district, one.dossier_id)
        if dossier is None or not _reads(actor, dossier, today):
            continue
        keys = await person_keys([dossier], edge)
        name = unsealed(SealedField.FILE_NAME, one.file.name, keys)
        key = unsealed(SealedField.FILE_KEY, one.file.key, keys)
        # What nobody can open any more is no file: of an erased person there is none, whoever asks.
        if name is None or key is None:
            continue
        # Once for each part: any of them may be all that was asked for.
        _note_reading("ReadPart", [dossier], keys, actor)
        return StoredFile(
            attachment=Attachment(sha256=sha256, name=name, size=one.file.size, media_type=one.file.media_type),
            key=FileKey.parse(key),
        )
    raise Rejected("attachment.not_found")


def _note_reading(question: str, rows: Iterable[DossierRow], keys: Mapping[str, PersonKey], actor: Actor) -> None:
    persons = sorted({row.person_id for row in rows if row.person_id in keys and row.person_id is not None})
    if persons:
        log.info("persons read", actor=actor.account_id, question=question, persons=persons)


# --- unsealing ---------------------------------------------------------------------------------


async def person_keys(rows: Iterable[DossierRow], edge: Edge) -> Mapping[str, PersonKey]:
    """Return the keys of the persons in the rows, by person; none of an erased one.

    An event of erasure counts even where a key is still there, as after the return of a backup.
    """
    persons = sorted({row.person_id for row in rows if row.person_id is not None})
    erased: set[str] = set()
    for start in range(0, len(persons), _ERASED_A_QUERY):
        part = persons[start : start + _ERASED_A_QUERY]
        found = await edge.rows.select(
            ErasedRow,
            "erased_person",
            where=lambda one, part=part: [one.person_id.in_(part)],  # type: ignore[misc]
        )
        erased.update(one.person_id for one in found)
    return await vault_of(edge.settings).keys(person for person in persons if person not in erased)


def unsealed(field: SealedField, words: Words | None, keys: Mapping[str, PersonKey]) -> str | None:
    """Return the words in clear, None where there are none or the person was erased."""
    if words is None or isinstance(words, str):
        return words
    key = keys.get(words.kid)
    return None if key is None else key.unseal(field, words)


async def _places(edge: Edge) -> Mapping[str, District]:
    return {one.district: one for one in await edge.rows.select(District, "organisation")}


def _transferred_to(row: DossierRow, place: District | None, today: date) -> str | None:
    """Return who goes on with the dossier; None while the district exists, and where it had finished with it."""
    if place is None or place.is_open(today) or row.state not in (DossierState.SUBMITTED, DossierState.RETURNED):
        return None
    successor = place.successor_of(row.unit_id)
    return successor.name if successor else None


def _view(row: DossierRow, keys: Mapping[str, PersonKey], places: Mapping[str, District], today: date) -> DossierView:
    birth_year = unsealed(SealedField.BIRTH_YEAR, row.birth_year, keys)
    return DossierView(
        district=row.district,
        dossier_id=row.dossier_id,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        group_id=row.group_id,
        group_name=row.group_name,
        subject_kind=row.subject_kind,
        person_id=row.person_id,
        name=unsealed(SealedField.NAME, row.name, keys),
        birth_year=None if birth_year is None else int(birth_year),
        position=unsealed(SealedField.POSITION, row.position, keys),
        title=row.title,
        title_name=row.title_name,
        title_level=row.title_level,
        rule_pack=row.rule_pack,
        year=row.year,
        category=row.category,
        summary=unsealed(SealedField.SUMMARY, row.summary, keys),
        documents=tuple(_document_view(one, keys) for one in row.documents),
        attachments=tuple(_attachment_view(one, keys) for one in row.attachments),
        state=row.state,
        reasons=_reason_views(row.reasons, keys),
        withdrawal_reason=unsealed(SealedField.WITHDRAWAL_REASON, row.withdrawal_reason, keys),
        submissions=row.submissions,
        submitted_by=row.submitted_by,
        submitted_at=row.submitted_at,
        changed_at=row.changed_at,
        is_erased=row.person_id is not None and row.person_id not in keys,
        seq=row.seq,
        campaign_id=row.campaign_id,
        campaign_title=row.campaign_title,
        transferred_to=_transferred_to(row, places.get(row.district), today),
    )


def _document_view(document: Document, keys: Mapping[str, PersonKey]) -> DocumentView:
    return DocumentView(number=document.number, name=unsealed(SealedField.DOCUMENT, document.name, keys))


def _attachment_view(file: DossierFile, keys: Mapping[str, PersonKey]) -> AttachmentView:
    name = unsealed(SealedField.FILE_NAME, file.name, keys)
    return AttachmentView(sha256=file.sha256, name=name, size=file.size, media_type=file.media_type)


def _reason_views(reasons: Iterable[ReturnReason], keys: Mapping[str, PersonKey]) -> tuple[ReturnReasonView, ...]:
    return tuple(
        ReturnReasonView(item=one.item, text=unsealed(SealedField.RETURN_REASON, one.text, keys)) for one in reasons
    )


def _history_view(entry: DossierHistoryRow, keys: Mapping[str, PersonKey]) -> DossierHistoryView:
    return DossierHistoryView(
        seq=entry.seq,
        type=entry.type,
        reasons=_reason_views(entry.reasons, keys),
        text=unsealed(SealedField.WITHDRAWAL_REASON, entry.text, keys),
        by=entry.by,
        at=entry.at,
    )


# --- titles and totals -------------------------------------------------------------------------


def _titles(question: ShowTitles, edge: Edge) -> TitleList:
    on = question.on or edge.clock.today()
    pack = pack_on(on)
    if pack is None:
        raise Rejected("title.no_rules_in_force", on=str(on))
    titles = [
        TitleView(
            code=title.code,
            name=title.name,
            subject_kinds=tuple(sorted(title.kinds)),
            level=title.level,
            source=title.source,
        )
        for title in pack.titles
    ]
    return TitleList(on=on, rule_pack=pack.code, titles=tuple(titles))


async def _district(question: ShowDistrictDossiers, edge: Edge) -> DistrictDossiers:
    district, year = question.district, question.year

    def of_year(row: Columns) -> Sequence[Any]:
        return [row.district == district, row.year == year]

    units = await edge.rows.select(UnitRow, "unit", where=lambda unit: [unit.district == district])
    return DistrictDossiers(
        district=district,
        year=year,
        units=tuple(row.unit for row in units),
        groups=tuple(await edge.rows.select(Group, "unit_group", where=of_year)),
        unit_totals=tuple(await edge.rows.select(UnitTotals, "unit_totals", where=of_year)),
        group_totals=tuple(await edge.rows.select(GroupTotals, "group_totals", where=of_year)),
        district_totals=tuple(await edge.rows.select(DistrictTotals, "district_totals", where=of_year)),
        today=edge.clock.today(),
    )


async def _city(question: ShowCityDossiers, edge: Edge) -> CityDossiers:
    year = question.year
    return CityDossiers(
        year=year,
        district_totals=tuple(
            await edge.rows.select(DistrictTotals, "district_totals", where=lambda row: [row.year == year])
        ),
        city_totals=tuple(await edge.rows.select(CityTotals, "city_totals", where=lambda row: [row.year == year])),
        today=edge.clock.today(),
    )
