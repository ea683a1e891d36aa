"""The rules of dossiers and of persons, pure: words arrive sealed where they are about a person."""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.nominations.commands import (
    AcceptNomination,
    DossierCommand,
    ErasePerson,
    ResubmitNomination,
    ReturnNomination,
    SubmitNomination,
    WithdrawNomination,
)
from services.nominations.events import (
    Category,
    Document,
    DossierEvent,
    DossierFile,
    NominationAccepted,
    NominationResubmitted,
    NominationReturned,
    NominationSubmitted,
    NominationWithdrawn,
    PersonErased,
    ReturnReason,
    SubjectKind,
    Words,
)
from services.nominations.rules import (
    AGE_MIN,
    ATTACHMENTS_MAX,
    BIRTH_YEAR_MIN,
    DOCUMENTS_MAX,
    NAME_MAX,
    REASONS_MAX,
    SUMMARY_MAX,
    TEXT_MAX,
    YEAR_MIN,
    RulePack,
    Title,
    is_dossier_id,
    is_of_desk,
    is_of_unit,
    is_token,
    may_act_for,
    may_erase,
    pack_on,
)
from services.nominations.views import DossierState
from services.plans.events import Campaign, Group, Unit, require_open
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import CITY, Actor, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What the rules need to know of a dossier; `state` is None before its first event."""

    state: DossierState | None = None
    unit_id: str = ""
    subject_kind: SubjectKind = SubjectKind.COLLECTIVE
    person_id: str | None = None
    title: str = ""
    year: int = 0
    content: str = ""
    returned: str = ""
    campaign_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A nomination in words as they are recorded, and what tells equal contents."""

    name: Words
    birth_year: Sealed | None
    position: Sealed | None
    summary: Words
    documents: tuple[Document, ...]
    attachments: tuple[DossierFile, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Reasons as they are recorded, and what tells equal reasons; a withdrawal has one reason, of no item."""

    items: tuple[ReturnReason, ...] = ()
    withdrawal: Words = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFacts:
    """Who asks, the day in Vietnam, the unit and group as PLANS told them, and the words as they are recorded.

    `person_id` is the person under whose key the words were sealed, None for a collective. `duplicate_of`
    is another open dossier of the nominee for the same title, year, campaign and unit. `campaign` is the one
    that the command names, as PLANS told of it; None where it was not launched. Words of an erased person
    cannot be sealed: `is_erased`, and neither content nor reasons.
    """

    actor: Actor
    today: date
    unit: Unit | None = None
    unit_seq: int = 0
    group: Group | None = None
    campaign: Campaign | None = None
    person_id: str | None = None
    is_erased: bool = False
    content: Content | None = None
    reasons: Reasons | None = None
    duplicate_of: str | None = None


def decide(command: DossierCommand, dossier: Dossier, facts: DossierFacts) -> list[DossierEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    match command:
        case SubmitNomination():
            return _submit(command, dossier, facts)
        case ResubmitNomination():
            return _resubmit(command, dossier, facts)
        case ReturnNomination():
            return _return(command, dossier, facts)
        case AcceptNomination():
            return _accept(command, dossier, facts)
        case WithdrawNomination():
            return _withdraw(command, dossier, facts)
        case _:
            assert_never(command)


def evolve(dossier: Dossier, event: DossierEvent) -> Dossier:
    """Return the dossier after the event. Never refuses: it has happened."""
    match event:
        case NominationSubmitted():
            return Dossier(
                state=DossierState.SUBMITTED,
                unit_id=event.unit_id,
                subject_kind=event.subject_kind,
                person_id=event.person_id,
                title=event.title,
                year=event.year,
                content=event.fingerprint,
                campaign_id=event.campaign_id,
            )
        case NominationResubmitted():
            return replace(
                dossier,
                state=DossierState.SUBMITTED,
                title=event.title,
                year=event.year,
                content=event.fingerprint,
                returned="",
            )
        case NominationReturned():
            return replace(dossier, state=DossierState.RETURNED, returned=event.fingerprint)
        case NominationAccepted():
            return replace(dossier, state=DossierState.ACCEPTED)
        case NominationWithdrawn():
            return replace(dossier, state=DossierState.WITHDRAWN)
        case _:
            assert_never(event)


# --- one command each --------------------------------------------------------------------------


def _submit(command: SubmitNomination, dossier: Dossier, facts: DossierFacts) -> list[DossierEvent]:
    if not may_act_for(facts.actor, command.district, command.unit_id, facts.today):
        raise _not_allowed(command)
    if not is_dossier_id(command.dossier_id):
        raise Rejected("dossier.id_malformed", dossier_id=command.dossier_id[:80])
    if command.person_id is not None and not is_token(command.person_id):
        raise Rejected("person.id_malformed", person_id=command.person_id[:80])
    if dossier.state is not None:
        # The same nomination again, as a clerk's second click sends it.
        same = facts.content is not None and dossier.content == facts.content.fingerprint
        if same and (dossier.state, dossier.unit_id, dossier.campaign_id) == (
            DossierState.SUBMITTED,
            command.unit_id,
            command.campaign_id,
        ):
            return []
        raise Rejected("dossier.exists", dossier_id=command.dossier_id)
    unit = facts.unit
    if unit is None:
        raise Rejected("unit.not_found", unit_id=command.unit_id[:80])
    require_open(unit, facts.today)
    campaign = _campaign(command, facts)
    pack, title = _title(command.title, command.subject_kind, facts.today)
    _check_content(command, command.subject_kind, facts.today)
    if command.subject_kind is SubjectKind.COLLECTIVE and command.person_id is not None:
        raise Rejected("nominee.collective_has_no_person")
    content = _recorded(facts, facts.person_id)
    _refuse_duplicate(facts)
    return [
        NominationSubmitted(
            district=command.district,
            dossier_id=command.dossier_id,
            unit_id=command.unit_id,
            unit_name=unit.name,
            unit_seq=facts.unit_seq,
            group_id=facts.group.group_id if facts.group else None,
            group_name=facts.group.name if facts.group else None,
            subject_kind=command.subject_kind,
            person_id=facts.person_id,
            name=content.name,
            birth_year=content.birth_year,
            position=content.position,
            title=title.code,
            title_name=title.name,
            title_level=title.level,
            rule_pack=pack.code,
            year=command.year,
            category=command.category,
            summary=content.summary,
            documents=content.documents,
            fingerprint=content.fingerprint,
            by=facts.actor.account_id,
            at=command.at,
            attachments=content.attachments,
            campaign_id=campaign.campaign_id if campaign else None,
            campaign_title=campaign.title if campaign else None,
        )
    ]


def _campaign(command: SubmitNomination, facts: DossierFacts) -> Campaign | None:
    """Return the campaign that the dossier comes of: only units that joined it propose (domain reference, SC-20)."""
    if command.campaign_id is None:
        return None
    campaign = facts.campaign
    if campaign is None:
        raise Rejected("campaign.not_found", campaign_id=command.campaign_id[:80])
    if campaign.is_cancelled:
        raise Rejected("campaign.cancelled", campaign_id=campaign.campaign_id)
    if command.unit_id not in campaign.joined:
        raise Rejected("campaign.unit_not_joined", unit_id=command.unit_id)
    _check_category(command.category, campaign.campaign_id)
    return campaign


def _check_category(category: Category, campaign_id: str | None) -> None:
    if campaign_id is not None and category is not Category.CAMPAIGN:
        raise Rejected("dossier.category_not_campaign")


def _resubmit(command: ResubmitNomination, dossier: Dossier, facts: DossierFacts) -> list[DossierEvent]:
    state = _known(command, dossier)
    if not may_act_for(facts.actor, command.district, dossier.unit_id, facts.today):
        raise _not_allowed(command)
    pack, title = _title(command.title, dossier.subject_kind, facts.today)
    _check_category(command.category, dossier.campaign_id)
    _check_content(command, dossier.subject_kind, facts.today)
    content = _recorded(facts, dossier.person_id)
    if state is DossierState.SUBMITTED and content.fingerprint == dossier.content:
        return []
    _require(command, dossier, DossierState.RETURNED)
    if content.fingerprint == dossier.content:
        raise Rejected("dossier.unchanged")
    _refuse_duplicate(facts)
    return [
        NominationResubmitted(
            district=command.district,
            dossier_id=command.dossier_id,
            unit_id=dossier.unit_id,
            name=content.name,
            birth_year=content.birth_year,
            position=content.position,
            title=title.code,
            title_name=title.name,
            title_level=title.level,
            rule_pack=pack.code,
            year=command.year,
            category=command.category,
            summary=content.summary,
            documents=content.documents,
            fingerprint=content.fingerprint,
            by=facts.actor.account_id,
            at=command.at,
            group_id=facts.group.group_id if facts.group else None,
            group_name=facts.group.name if facts.group else None,
            group_told=True,
            attachments=content.attachments,
        )
    ]


def _return(command: ReturnNomination, dossier: Dossier, facts: DossierFacts) -> list[DossierEvent]:
    if not is_of_desk(facts.actor, command.district, facts.today):
        raise _not_allowed(command)
    state = _known(command, dossier)
    if not command.reasons:
        raise Rejected("dossier.reason_missing")
    if len(command.reasons) > REASONS_MAX:
        raise Rejected("dossier.too_many_reasons", limit=REASONS_MAX)
    for reason in command.reasons:
        _check_text(reason.text, "dossier.reason_missing", TEXT_MAX)
    reasons = _reasons(facts, dossier)
    if state is DossierState.RETURNED and reasons.fingerprint == dossier.returned:
        return []
    _require(command, dossier, DossierState.SUBMITTED)
    return [
        NominationReturned(
            district=command.district,
            dossier_id=command.dossier_id,
            unit_id=dossier.unit_id,
            reasons=reasons.items,
            fingerprint=reasons.fingerprint,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _accept(command: AcceptNomination, dossier: Dossier, facts: DossierFacts) -> list[DossierEvent]:
    if not is_of_desk(facts.actor, command.district, facts.today):
        raise _not_allowed(command)
    if _known(command, dossier) is DossierState.ACCEPTED:
        return []
    _require(command, dossier, DossierState.SUBMITTED)
    return [
        NominationAccepted(
            district=command.district,
            dossier_id=command.dossier_id,
            unit_id=dossier.unit_id,
            subject_kind=dossier.subject_kind,
            title=dossier.title,
            year=dossier.year,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _withdraw(command: WithdrawNomination, dossier: Dossier, facts: DossierFacts) -> list[DossierEvent]:
    state = _known(command, dossier)
    if not may_act_for(facts.actor, command.district, dossier.unit_id, facts.today):
        raise _not_allowed(command)
    if state is DossierState.WITHDRAWN:
        return []
    is_desk = is_of_desk(facts.actor, command.district, facts.today)
    if state is DossierState.ACCEPTED and not is_desk:
        # Once home affairs has taken it in, the unit asks home affairs.
        _require(command, dossier, DossierState.SUBMITTED)
    reason: Words = ""
    # No word can be kept about an erased person, but the dossier can still be closed.
    if not facts.is_erased and (is_desk or command.reason.strip()):
        _check_text(command.reason, "dossier.reason_missing", TEXT_MAX)
        reason = _reasons(facts, dossier).withdrawal
    return [
        NominationWithdrawn(
            district=command.district,
            dossier_id=command.dossier_id,
            unit_id=dossier.unit_id,
            subject_kind=dossier.subject_kind,
            title=dossier.title,
            year=dossier.year,
            reason=reason,
            by=facts.actor.account_id,
            at=command.at,
            withdrawn_by_office=not is_of_unit(facts.actor, command.district, dossier.unit_id, facts.today),
        )
    ]


# --- what they share ---------------------------------------------------------------------------


def _not_allowed(command: DossierCommand) -> Rejected:
    return Rejected("actor.not_allowed", action=type(command).__name__, district=command.district[:40])


def _known(command: DossierCommand, dossier: Dossier) -> DossierState:
    if dossier.state is None:
        raise Rejected("dossier.not_found", dossier_id=command.dossier_id[:80])
    return dossier.state


def _require(command: DossierCommand, dossier: Dossier, state: DossierState) -> None:
    if dossier.state is not state:
        raise Rejected("dossier.wrong_state", dossier_id=command.dossier_id, state=dossier.state, required=state)


def _title(code: str, kind: SubjectKind, day: date) -> tuple[RulePack, Title]:
    pack = pack_on(day)
    if pack is None:
        raise Rejected("title.no_rules_in_force", on=str(day))
    title = next((one for one in pack.titles if one.code == code), None)
    if title is None:
        raise Rejected("title.unknown", title=code[:80], rule_pack=pack.code)
    if kind not in title.kinds:
        raise Rejected("title.subject_mismatch", title=code, subject_kind=kind)
    return pack, title


def _check_content(command: SubmitNomination | ResubmitNomination, kind: SubjectKind, day: date) -> None:
    if not YEAR_MIN <= command.year <= day.year + 1:
        raise Rejected("dossier.year_out_of_range", year=command.year, year_min=YEAR_MIN, year_max=day.year + 1)
    _check_text(command.name, "nominee.name_missing", NAME_MAX)
    _check_text(command.summary, "dossier.summary_missing", SUMMARY_MAX)
    if not command.documents:
        raise Rejected("dossier.document_missing")
    if len(command.documents) > DOCUMENTS_MAX:
        raise Rejected("dossier.too_many_documents", limit=DOCUMENTS_MAX)
    for document in command.documents:
        _check_text(document.name, "dossier.document_name_missing", TEXT_MAX)
        if len(document.number) > NAME_MAX:
            raise Rejected("text.too_long", limit=NAME_MAX)
    if len(command.attachments or ()) > ATTACHMENTS_MAX:
        raise Rejected("attachment.too_many", limit=ATTACHMENTS_MAX)
    if kind is SubjectKind.COLLECTIVE:
        if command.birth_year is not None or (command.position or "").strip():
            raise Rejected("nominee.collective_has_no_person")
        return
    if command.birth_year is not None and not BIRTH_YEAR_MIN <= command.birth_year <= day.year - AGE_MIN:
        raise Rejected("nominee.birth_year_out_of_range", year_min=BIRTH_YEAR_MIN, year_max=day.year - AGE_MIN)
    if len(command.position or "") > NAME_MAX:
        raise Rejected("text.too_long", limit=NAME_MAX)


def _check_text(text: str, missing: str, limit: int) -> None:
    if not text.strip():
        raise Rejected(missing)
    if len(text) > limit:
        raise Rejected("text.too_long", limit=limit)


def _refuse_duplicate(facts: DossierFacts) -> None:
    if facts.duplicate_of is not None:
        raise Rejected("dossier.duplicate", dossier_id=facts.duplicate_of)


def _recorded(facts: DossierFacts, person_id: str | None) -> Content:
    """Return the content, refused where it is not sealed under the key of the dossier's person."""
    if facts.is_erased:
        raise Rejected("person.erased")
    if facts.content is None or facts.person_id != person_id:
        # Our read model had not yet seen whose dossier it is; a moment later it has.
        raise Rejected("dossier.not_yet_visible")
    return facts.content


def _reasons(facts: DossierFacts, dossier: Dossier) -> Reasons:
    """Return the reasons, refused where they are not sealed under the key of the dossier's person."""
    if facts.is_erased:
        raise Rejected("person.erased")
    if facts.reasons is None or facts.person_id != dossier.person_id:
        raise Rejected("dossier.not_yet_visible")
    return facts.reasons


# --- persons -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the rules need to know of a person."""

    is_erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """Who asks, the day in Vietnam, and whether the vault knows the person, erased or not."""

    actor: Actor
    today: date
    is_known: bool


def decide_person(command: ErasePerson, person: Person, facts: PersonFacts) -> list[PersonErased]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    if not may_erase(facts.actor, facts.today):
        raise Rejected("actor.not_allowed", action=type(command).__name__)
    if not is_token(command.person_id):
        raise Rejected("person.id_malformed", person_id=command.person_id[:80])
    if person.is_erased:
        return []
    if not facts.is_known:
        raise Rejected("person.not_found", person_id=command.person_id)
    return [PersonErased(person_id=command.person_id, ground=command.ground, by=facts.actor.account_id, at=command.at)]


def evolve_person(person: Person, event: PersonErased) -> Person:
    """Return the person after the event."""
    return replace(person, is_erased=True)


DOSSIER: Decider[DossierCommand, Dossier, DossierEvent, DossierFacts] = Decider(
    kind="dossier",
    commands=(SubmitNomination, ReturnNomination, ResubmitNomination, AcceptNomination, WithdrawNomination),
    initial=Dossier(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, command.dossier_id),
)
# A person may stand in dossiers of any district, so persons belong to the city.
PERSON: Decider[ErasePerson, Person, PersonErased, PersonFacts] = Decider(
    kind="person",
    commands=(ErasePerson,),
    initial=Person(),
    decide=decide_person,
    evolve=evolve_person,
    address=lambda command: (CITY, command.person_id),
)
