"""Given, when, then for dossiers: words sealed with keys that never change, as the edge would seal them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest

from services.nominations.app import content_of, fingerprint_of, sealer_of
from services.nominations.commands import (
    AcceptNomination,
    DossierCommand,
    NewDocument,
    NewReturnReason,
    ResubmitNomination,
    ReturnNomination,
    SubmitNomination,
    WithdrawNomination,
)
from services.nominations.decider import DOSSIER, Dossier, DossierFacts, Reasons
from services.nominations.events import (
    Category,
    DossierEvent,
    DossierItem,
    ReturnReason,
    SealedField,
    SubjectKind,
)
from services.plans.events import Group, GroupKind, Unit, UnitKind
from shared.attachments import FileKey, StoredFile
from shared.errors import Rejected
from shared.seal import PersonKey
from shared.types import Actor, Attachment, Grant, Role

DISTRICT, UNIT, PERSON = "cai-rang", "phong-tai-chinh", "person-1"
DOSSIER_ID = "01700000-0000-7000-8000-000000000001"
TODAY = date(2020, 2, 6)
AT = datetime(2020, 2, 6, 1, tzinfo=UTC)
NAME = "Nguyễn Thị Lan"
KEYS = {PERSON: PersonKey(kid=PERSON, secret=b"k" * 32)}
# Some files as they are uploaded, by their handles.
FILES = {
    file.handle: file
    for number in range(3)
    for file in [
        StoredFile(
            attachment=Attachment(
                sha256=str(number) * 64, name=f"Lan {number}.pdf", size=10, media_type="application/pdf"
            ),
            key=FileKey(secret=bytes([number]) * 32),
        )
    ]
}


def actor(role: Role, *, district: str = DISTRICT, unit: str | None = None) -> Actor:
    """Return somebody with one role."""
    return Actor(account_id=f"{role}-account", grants=(Grant(role=role, district=district, unit=unit),))


CLERK = actor(Role.UNIT_CLERK, unit=UNIT)
OTHER_CLERK = actor(Role.UNIT_CLERK, unit="phong-van-hoa")
DESK = actor(Role.HOME_AFFAIRS)
FAR_DESK = actor(Role.HOME_AFFAIRS, district="o-mon")
FAR_CLERK = actor(Role.UNIT_CLERK, district="o-mon", unit=UNIT)

OFFICE = Unit(
    district=DISTRICT,
    unit_id=UNIT,
    code=None,
    name="Phòng Tài chính - Kế hoạch",
    short_name="Phòng TC-KH",
    kind=UnitKind.GOVERNMENT,
    aliases=(),
    valid_from=date(2004, 1, 1),
    valid_to=None,
)
BLOCK = Group(
    district=DISTRICT, group_id="khoi-1", year=2020, name="Khối thi đua 1", kind=GroupKind.BLOCK, members=(UNIT,)
)

SUBMIT = SubmitNomination(
    district=DISTRICT,
    dossier_id=DOSSIER_ID,
    unit_id=UNIT,
    subject_kind=SubjectKind.INDIVIDUAL,
    name=NAME,
    title="LDTT",
    year=2020,
    category=Category.MERIT,
    summary="Hoàn thành tốt nhiệm vụ được giao.",
    documents=(NewDocument(number="12/BC-TCKH", name="Báo cáo thành tích"),),
    birth_year=1985,
    position="Chuyên viên",
    at=AT,
)
COLLECTIVE = replace(
    SUBMIT,
    subject_kind=SubjectKind.COLLECTIVE,
    name="Tổ Ngân sách",
    title="TTLDTT",
    birth_year=None,
    position=None,
)
RETURN = ReturnNomination(
    district=DISTRICT,
    dossier_id=DOSSIER_ID,
    reasons=(NewReturnReason(item=DossierItem.DOCUMENTS, text="Thiếu biên bản bình xét"),),
    at=AT,
)
RESUBMIT = ResubmitNomination(
    district=DISTRICT,
    dossier_id=DOSSIER_ID,
    name=NAME,
    title="LDTT",
    year=2020,
    category=Category.MERIT,
    summary="Hoàn thành tốt nhiệm vụ được giao.",
    documents=(
        NewDocument(number="12/BC-TCKH", name="Báo cáo thành tích"),
        NewDocument(number="03/BB-TCKH", name="Biên bản bình xét"),
    ),
    birth_year=1985,
    position="Chuyên viên",
    at=AT,
)
ACCEPT = AcceptNomination(district=DISTRICT, dossier_id=DOSSIER_ID, at=AT)
WITHDRAW = WithdrawNomination(district=DISTRICT, dossier_id=DOSSIER_ID, reason="Nộp nhầm năm", at=AT)


def facts_of(command: DossierCommand, dossier: Dossier, by: Actor) -> DossierFacts:
    """Return what the edge would gather, with a person's words sealed under the key of PERSON."""
    kind = command.subject_kind if isinstance(command, SubmitNomination) else dossier.subject_kind
    person_id = PERSON if kind is SubjectKind.INDIVIDUAL else None
    key = KEYS[person_id] if person_id else None
    facts = DossierFacts(
        actor=by, today=TODAY, unit=OFFICE, unit_seq=17, group=BLOCK, person_id=person_id, reasons=Reasons()
    )
    if isinstance(command, SubmitNomination | ResubmitNomination):
        files = [FILES[handle] for handle in command.attachments or ()]
        return replace(facts, content=content_of(command, key, files))
    if isinstance(command, ReturnNomination):
        items = tuple(
            ReturnReason(item=one.item, text=sealer_of(key)(SealedField.RETURN_REASON, one.text))
            for one in command.reasons
        )
        return replace(facts, reasons=Reasons(items=items, fingerprint=fingerprint_of(key, command.reasons)))
    if isinstance(command, WithdrawNomination):
        sealed = sealer_of(key)(SealedField.WITHDRAWAL_REASON, command.reason)
        return replace(facts, reasons=Reasons(withdrawal=sealed))
    return facts


@dataclass(slots=True)
class Story:
    """What has happened to one dossier, and what comes of the next command."""

    events: list[DossierEvent] = field(default_factory=list)
    outcome: list[DossierEvent] | Rejected | None = None

    def state(self) -> Dossier:
        """Return the folded state."""
        dossier = DOSSIER.initial
        for event in self.events:
            dossier = DOSSIER.evolve(dossier, event)
        return dossier

    def when(self, command: DossierCommand, by: Actor, **facts: object) -> "Story":
        """Decide on the command; `facts` replace what would be gathered."""
        dossier = self.state()
        gathered = replace(facts_of(command, dossier, by), **facts)  # type: ignore[arg-type]
        try:
            self.outcome = DOSSIER.decide(command, dossier, gathered)
        except Rejected as refusal:
            self.outcome = refusal
        return self

    def then(self, *types: type[DossierEvent]) -> list[DossierEvent]:
        """Expect events of these types; return them."""
        assert isinstance(self.outcome, list), self.outcome
        assert tuple(type(event) for event in self.outcome) == types
        return self.outcome

    def then_nothing(self) -> None:
        """Expect that nothing happens."""
        assert self.outcome == []

    def then_refused(self, code: str) -> None:
        """Expect a refusal with the code."""
        assert isinstance(self.outcome, Rejected), self.outcome
        assert self.outcome.code == code


def given(*steps: tuple[DossierCommand, Actor] | DossierCommand) -> Story:
    """Return the story in which these commands were obeyed, by the one who may where nobody is named."""
    story = Story()
    for step in steps:
        command, by = step if isinstance(step, tuple) else (step, _usual(step))
        story.when(command, by)
        if isinstance(story.outcome, Rejected):
            pytest.fail(f"given a refused command: {story.outcome.code}")
        assert story.outcome is not None
        story.events += story.outcome
    return story


def _usual(command: DossierCommand) -> Actor:
    return DESK if isinstance(command, ReturnNomination | AcceptNomination) else CLERK


def texts(events: Sequence[object]) -> str:
    """Return everything that the events say, as text."""
    return repr(list(events))
