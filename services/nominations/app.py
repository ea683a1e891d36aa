"""The wiring of nominations, and its edge: here words about persons are sealed, before anything is kept."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from services.nominations.channels import publish
from services.nominations.commands import (
    COMMANDS,
    AcceptNomination,
    DossierCommand,
    ErasePerson,
    NominationCommand,
    ResubmitNomination,
    ReturnNomination,
    SubmitNomination,
    WithdrawNomination,
)
from services.nominations.decider import (
    DOSSIER,
    PERSON,
    Content,
    DossierFacts,
    Person,
    PersonFacts,
    Reasons,
    decide_person,
)
from services.nominations.events import EVENTS, Document, DossierFile, ReturnReason, SealedField, SubjectKind, Words
from services.nominations.projections import NOMINATIONS, UNITS, DossierRow, UnitRow
from services.nominations.queries import OPEN_STATES, answer, file_of, person_keys, unsealed
from services.nominations.rules import ATTACHMENTS_MAX, is_of_desk, is_token, may_act_for
from services.nominations.views import QUESTIONS
from services.plans.events import Campaign, District, Group, require_district_open
from shared.attachments import StoredFile
from shared.clock import derived_id, local_date
from shared.codec import to_json
from shared.process import Edge, Process, Service
from shared.seal import PersonKey, vault_of
from shared.settings import Settings
from shared.text import fold, nfc
from shared.types import Actor, Sealed

_WAIT_STEPS_MAX = 20
_WAIT_STEP_S = 0.05


async def gather(command: NominationCommand, actor: Actor, edge: Edge) -> DossierFacts | PersonFacts:
    """Return the facts of the decision, with all words about a person sealed.

    Nothing is sealed, and no key made, for those whom the decider will turn away. Nothing is decided in a
    district that has ended, but a person is erased at any time. Raises Rejected `organisation.closed`.
    """
    today = local_date(command.at)
    if not isinstance(command, ErasePerson):
        require_district_open(await edge.rows.get(District, "organisation", command.district), today)
    facts = DossierFacts(actor=actor, today=today)
    match command:
        case ErasePerson():
            return await _erase(command, actor, today, edge)
        case SubmitNomination():
            if may_act_for(actor, command.district, command.unit_id, today):
                return await _with_nomination(command, facts, edge)
        case ResubmitNomination():
            row = await _row(command, edge)
            if row is not None and may_act_for(actor, command.district, row.unit_id, today):
                return await _with_correction(command, row, facts, edge)
        case ReturnNomination() | WithdrawNomination():
            row = await _row(command, edge)
            if row is not None and (
                is_of_desk(actor, command.district, today) or may_act_for(actor, command.district, row.unit_id, today)
            ):
                return await _with_reasons(command, row, facts, edge)
        case AcceptNomination():
            pass
    return facts


async def _erase(command: ErasePerson, actor: Actor, today: date, edge: Edge) -> PersonFacts:
    """Destroy the key before the event says so.

    A crash between the two leaves a person whom nobody can read and a command to be sent again; the
    other order would leave a person recorded as erased who can still be read.
    """
    facts = PersonFacts(actor=actor, today=today, is_known=True)
    decide_person(command, Person(), facts)
    return replace(facts, is_known=await vault_of(edge.settings).erase(command.person_id))


async def _row(command: DossierCommand, edge: Edge) -> DossierRow | None:
    """Return the dossier's row; a dossier submitted a moment ago is waited for, at most a second."""
    for _ in range(_WAIT_STEPS_MAX):
        row = await edge.rows.get(DossierRow, "dossier", command.district, command.dossier_id)
        if row is not None:
            return row
        await asyncio.sleep(_WAIT_STEP_S)
    return None


async def _with_nomination(command: SubmitNomination, facts: DossierFacts, edge: Edge) -> DossierFacts:
    unit = await edge.rows.get(UnitRow, "unit", command.district, command.unit_id)
    facts = replace(
        facts,
        unit=unit.unit if unit else None,
        unit_seq=unit.seq if unit else 0,
        group=await _group(command, command.unit_id, edge),
        campaign=await _campaign(command, edge),
    )
    # The same dossier sent again is about the same person.
    is_individual = command.subject_kind is SubjectKind.INDIVIDUAL
    person_id = (command.person_id or derived_id("person", command.dossier_id)) if is_individual else None
    if person_id is not None and not is_token(person_id):
        return facts
    sent = await edge.rows.get(DossierRow, "dossier", command.district, command.dossier_id)
    is_same = sent is not None and (sent.unit_id, sent.person_id) == (command.unit_id, person_id)
    files = await _files(command, facts.actor, sent.attachments if sent and is_same else (), edge)
    if person_id is not None:
        facts = await _for_person(person_id, facts, command, files, edge)
    else:
        facts = replace(facts, content=content_of(command, None, files))
    return await _with_duplicate(command, command.unit_id, command.campaign_id, facts, edge)


async def _campaign(command: SubmitNomination, edge: Edge) -> Campaign | None:
    """Return the campaign that the command names, as it was launched."""
    if command.campaign_id is None:
        return None
    return await edge.rows.get(Campaign, "campaign", command.district, command.campaign_id)


async def _group(command: SubmitNomination | ResubmitNomination, unit_id: str, edge: Edge) -> Group | None:
    """Return the group in which the unit is in the nomination's year."""
    groups = await edge.rows.select(
        Group, "unit_group", where=lambda one: [one.district == command.district, one.year == command.year]
    )
    return next((group for group in groups if unit_id in group.members), None)


async def _with_correction(
    command: ResubmitNomination, row: DossierRow, facts: DossierFacts, edge: Edge
) -> DossierFacts:
    facts = replace(facts, group=await _group(command, row.unit_id, edge))
    files = await _files(command, facts.actor, row.attachments, edge)
    if row.person_id is not None:
        facts = await _for_person(row.person_id, facts, command, files, edge)
    else:
        facts = replace(facts, content=content_of(command, None, files))
    return await _with_duplicate(command, row.unit_id, row.campaign_id, facts, edge)


async def _files(
    command: SubmitNomination | ResubmitNomination, actor: Actor, kept: Iterable[DossierFile], edge: Edge
) -> list[StoredFile | DossierFile]:
    """Return the files that the command names, each once: as the dossier has them, or as the actor uploaded them.

    What the dossier has needs no upload: the same command is the same one also when that is long over.
    """
    assert edge.files is not None
    known = {one.sha256: one for one in kept}
    if command.attachments is None:
        return list(known.values())
    # A handle begins with the hash. More than may be are refused, so there is no need to look for them.
    named = {handle.partition(".")[0]: handle for handle in command.attachments[:ATTACHMENTS_MAX]}
    return [known.get(sha256) or await edge.files.claimed(handle, actor.account_id) for sha256, handle in named.items()]


async def _for_person(
    person_id: str,
    facts: DossierFacts,
    command: SubmitNomination | ResubmitNomination,
    files: Sequence[StoredFile | DossierFile],
    edge: Edge,
) -> DossierFacts:
    key = await vault_of(edge.settings).key(person_id)
    if key is None:
        return replace(facts, person_id=person_id, is_erased=True)
    return replace(facts, person_id=person_id, content=content_of(command, key, files))


async def _with_reasons(
    command: ReturnNomination | WithdrawNomination, row: DossierRow, facts: DossierFacts, edge: Edge
) -> DossierFacts:
    key = None
    if row.person_id is not None:
        key = await vault_of(edge.settings).key(row.person_id)
        if key is None:
            return replace(facts, person_id=row.person_id, is_erased=True)
    if isinstance(command, ReturnNomination):
        texts = tuple((reason.item, nfc(reason.text)) for reason in command.reasons)
        seal = sealer_of(key)
        reasons = Reasons(
            items=tuple(ReturnReason(item=item, text=seal(SealedField.RETURN_REASON, text)) for item, text in texts),
            fingerprint=fingerprint_of(key, texts),
        )
    else:
        reasons = Reasons(withdrawal=sealer_of(key)(SealedField.WITHDRAWAL_REASON, nfc(command.reason)))
    return replace(facts, person_id=row.person_id, reasons=reasons)


# --- sealing -----------------------------------------------------------------------------------


def sealer_of(key: PersonKey | None) -> Callable[[SealedField, str], Words]:
    """Return what seals words under the person's key; a collective's words stay as they are."""
    return (lambda field, text: text) if key is None else key.seal


def fingerprint_of(key: PersonKey | None, content: object) -> str:
    """Return what tells equal contents; a person's says nothing without the key."""
    body = to_json(content)
    return hashlib.sha256(body).hexdigest() if key is None else key.fingerprint(body)


def content_of(
    command: SubmitNomination | ResubmitNomination,
    key: PersonKey | None,
    files: Sequence[StoredFile | DossierFile] = (),
) -> Content:
    """Return the nomination's words in NFC and its files, sealed where there is a person's key."""
    seal = sealer_of(key)
    name, summary, position = nfc(command.name), nfc(command.summary), nfc(command.position or "")
    documents = [(nfc(one.number), nfc(one.name)) for one in command.documents]
    attachments = tuple(one if isinstance(one, DossierFile) else _sealed_file(one, seal) for one in files)
    return Content(
        name=seal(SealedField.NAME, name),
        birth_year=_optional(key, SealedField.BIRTH_YEAR, str(command.birth_year or "")),
        position=_optional(key, SealedField.POSITION, position),
        summary=seal(SealedField.SUMMARY, summary),
        documents=tuple(Document(number=number, name=seal(SealedField.DOCUMENT, title)) for number, title in documents),
        attachments=attachments,
        fingerprint=fingerprint_of(
            key,
            [
                name,
                command.birth_year,
                position,
                command.title,
                command.year,
                command.category,
                summary,
                documents,
                *(one.sha256 for one in attachments),
            ],
        ),
    )


def _sealed_file(file: StoredFile, seal: Callable[[SealedField, str], Words]) -> DossierFile:
    assert file.key is not None
    return DossierFile(
        sha256=file.attachment.sha256,
        name=seal(SealedField.FILE_NAME, file.attachment.name),
        size=file.attachment.size,
        media_type=file.attachment.media_type,
        key=seal(SealedField.FILE_KEY, file.key.text),
    )


def _optional(key: PersonKey | None, field: SealedField, text: str) -> Sealed | None:
    return key.seal(field, text) if key is not None and text else None


# --- duplicates --------------------------------------------------------------------------------


async def _with_duplicate(
    command: SubmitNomination | ResubmitNomination,
    unit_id: str,
    campaign_id: str | None,
    facts: DossierFacts,
    edge: Edge,
) -> DossierFacts:
    """Look for another open dossier of the nominee for the same title, year, campaign and unit.

    The same nominee is the same person id, a collective of the same name (marks and case ignored), or,
    where no known person was chosen, a person of the same name and birth year. Two dossiers submitted at
    the same instant are both let through; whoever takes them in sees both.
    """
    others = [
        row
        for row in await edge.rows.select(
            DossierRow,
            "dossier",
            where=lambda one: [
                one.district == command.district,
                one.unit_id == unit_id,
                one.year == command.year,
                one.title == command.title,
                one.dossier_id != command.dossier_id,
                one.state.in_(OPEN_STATES),
            ],
            limit=5000,
        )
        # Who is praised after a campaign may be praised for the whole year as well.
        if (row.person_id is None) == (facts.person_id is None) and row.campaign_id == campaign_id
    ]
    keys = await person_keys(others, edge)
    own = _nominee(command.name, str(command.birth_year or ""), facts.person_id)
    is_chosen = facts.person_id not in (None, derived_id("person", command.dossier_id))
    for row in others:
        if row.person_id is not None and row.person_id == facts.person_id:
            return replace(facts, duplicate_of=row.dossier_id)
        name = unsealed(SealedField.NAME, row.name, keys)
        born = unsealed(SealedField.BIRTH_YEAR, row.birth_year, keys) or ""
        if not is_chosen and name is not None and _nominee(name, born, row.person_id) == own:
            return replace(facts, duplicate_of=row.dossier_id)
    return facts


def _nominee(name: str, birth_year: str, person_id: str | None) -> tuple[str, str]:
    # Lan and Lân are two persons; a collective's name is the same with and without its marks.
    return (fold(name), "") if person_id is None else (" ".join(nfc(name).lower().split()), birth_year)


SERVICE = Service(
    name="nominations",
    stream="NOMINATIONS",
    events=EVENTS,
    commands=COMMANDS,
    questions=QUESTIONS,
    deciders=(DOSSIER, PERSON),
    gather=gather,
    answer=answer,
    read_models=(NOMINATIONS, UNITS),
    publish=publish,
    file_of=file_of,
    seals_files=True,
)


async def main(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    try:
        await Process(SERVICE, settings).run()
    finally:
        await vault_of(settings).close()
