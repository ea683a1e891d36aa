"""A round of Cái Răng and what phường Lê Bình registers in it, without a service: sealing is stood in for by marks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from services.plans.commands import (
    ApproveRegistration,
    MoveRegistrationClosing,
    NewItemReason,
    NewRegistrationItem,
    OpenRegistration,
    ReopenRegistration,
    ReturnRegistration,
    SaveRegistration,
    SubmitRegistration,
    UnitRegistrationCommand,
)
from services.plans.decider import REGISTRATION, Registration, RegistrationFacts, RegistrationRoundFacts
from services.plans.events import (
    EVENTS,
    ItemReason,
    RegisteredAuthor,
    RegisteredItem,
    RegistrationKind,
    TitleSubject,
    UnitKind,
    UnitRegistrationEvent,
)
from services.plans.rules import cleaned_item, item_key, titles_of, working_days
from services.plans.views import RegistrationRoundView
from shared.types import Actor, Recorded
from tests.plans.a_plan import HOME_AFFAIRS, TODAY, WARD, unit

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
CLOSES_ON = date(2020, 2, 28)
UNIT_ID = "phuong-le-binh"
ADDRESS = {"district": "cai-rang", "year": 2020, "at": AT}
OF_UNIT = {**ADDRESS, "unit_id": UNIT_ID}

ROUND = RegistrationRoundView(
    district="cai-rang",
    year=2020,
    closes_on=CLOSES_ON,
    note="",
    opened_by="x",
    opened_at=AT,
    closes_on_before=None,
    move_reason="",
    seq=1,
)
UNITS = {
    one.unit_id: one
    for one in (
        unit("ubnd-quan", UnitKind.EXECUTIVE),
        unit("phong-noi-vu"),
        unit(UNIT_ID, UnitKind.WARD),
        unit("phuong-ba-lang", UnitKind.WARD),
        unit("phuong-cu", UnitKind.WARD, valid_to=date(2020, 1, 31)),
    )
}


def open_round(**changes: object) -> OpenRegistration:
    """Return the command that opens the round until 28/02/2020."""
    return OpenRegistration(**{**ADDRESS, "closes_on": CLOSES_ON, **changes})  # type: ignore[arg-type]


def move(**changes: object) -> MoveRegistrationClosing:
    """Return the command that moves the last day to 06/03/2020."""
    return MoveRegistrationClosing(
        **{**ADDRESS, "closes_on": date(2020, 3, 6), "reason": "Thêm thời gian", **changes}  # type: ignore[arg-type]
    )


def round_facts(who: Actor = HOME_AFFAIRS, today: date = TODAY, **changes: object) -> RegistrationRoundFacts:
    """Return the facts of a decision on the round."""
    return RegistrationRoundFacts(**{"actor": who, "today": today, "units": UNITS, **changes})  # type: ignore[arg-type]


def title(name: str = "Nguyễn Văn An", code: str = "LDTT", **changes: object) -> NewRegistrationItem:
    """Return the title of a person."""
    values = {"kind": RegistrationKind.TITLE, "name": name, "title": code, "subject": TitleSubject.INDIVIDUAL}
    return NewRegistrationItem(**{**values, **changes})  # type: ignore[arg-type]


def initiative(name: str = "Một cửa điện tử", *authors: str, **changes: object) -> NewRegistrationItem:
    """Return an initiative."""
    values = {
        "kind": RegistrationKind.INITIATIVE,
        "name": name,
        "authors": authors or ("Nguyễn Văn An",),
        "effect": "Giảm 30% thời gian chờ",
    }
    return NewRegistrationItem(**{**values, **changes})  # type: ignore[arg-type]


def movement(**changes: object) -> NewRegistrationItem:
    """Return a movement."""
    values = {
        "kind": RegistrationKind.MOVEMENT,
        "name": "Công sở văn minh",
        "effect": "Không có đơn thư vượt cấp",
        "starts_on": date(2020, 3, 1),
        "ends_on": date(2020, 11, 30),
    }
    return NewRegistrationItem(**{**values, **changes})  # type: ignore[arg-type]


def model(**changes: object) -> NewRegistrationItem:
    """Return a model of skilful mass mobilisation."""
    values = {
        "kind": RegistrationKind.MODEL,
        "name": "Tuyến hẻm an toàn",
        "field": "Quốc phòng - an ninh",
        "place": "Khu vực 2",
        "effect": "100% hộ tham gia",
    }
    return NewRegistrationItem(**{**values, **changes})  # type: ignore[arg-type]


def save(*items: NewRegistrationItem, **changes: object) -> SaveRegistration:
    """Return the command that writes down the items."""
    return SaveRegistration(**{**OF_UNIT, "items": items, **changes})  # type: ignore[arg-type]


SUBMIT = SubmitRegistration(**OF_UNIT)  # type: ignore[arg-type]
APPROVE = ApproveRegistration(**OF_UNIT)  # type: ignore[arg-type]
REOPEN = ReopenRegistration(**OF_UNIT, reason="Thêm sáng kiến")  # type: ignore[arg-type]


def send_back(*reasons: tuple[int, str], reason: str = "Bổ sung") -> ReturnRegistration:
    """Return the command that returns the registration."""
    items = tuple(NewItemReason(number=number, text=text) for number, text in reasons)
    return ReturnRegistration(**OF_UNIT, reason=reason, items=items)  # type: ignore[arg-type]


def facts_of(
    command: UnitRegistrationCommand, state: Registration, who: Actor | None = None, today: date = TODAY
) -> RegistrationFacts:
    """Return the facts as the edge would gather them from up-to-date rows."""
    is_judged = isinstance(command, ReturnRegistration | ApproveRegistration | ReopenRegistration)
    facts = RegistrationFacts(
        actor=who or (HOME_AFFAIRS if is_judged else WARD),
        today=today,
        round=ROUND,
        unit=UNITS.get(command.unit_id),
        group_id="cum-phuong",
        days=working_days([]),
    )
    if isinstance(command, SaveRegistration):
        return replace(facts, items=items_of(command.items, state))
    if isinstance(command, ReturnRegistration):
        return replace(facts, reasons=tuple(ItemReason(number=one.number, text=one.text) for one in command.items))
    return facts


def items_of(items: Sequence[NewRegistrationItem], state: Registration) -> tuple[RegisteredItem, ...]:
    """Return the items as the edge makes them, but in clear: numbers stay with what is there already."""
    numbers = {_key(item): number for number, item in state.items.items()}
    number_max = max(state.items, default=0)
    made = []
    for item in map(cleaned_item, items):
        key = item_key(item)
        if key not in numbers:
            number_max += 1
            numbers[key] = number_max
        made.append(
            RegisteredItem(
                number=numbers[key],
                kind=item.kind,
                name=item.name,
                subject=item.subject,
                title=item.title,
                title_name=titles_of(2020)[item.title].name if item.title in titles_of(2020) else "",
                position=item.position or None,
                authors=tuple(RegisteredAuthor(person_id=f"p-{name}", name=name) for name in item.authors),
                field=item.field,
                place=item.place,
                effect=item.effect,
                starts_on=item.starts_on,
                ends_on=item.ends_on,
            )
        )
    return tuple(made)


def _key(item: RegisteredItem) -> tuple[str, ...]:
    assert isinstance(item.name, str)
    return item_key(NewRegistrationItem(kind=item.kind, name=item.name, subject=item.subject, title=item.title))


def play(*commands: UnitRegistrationCommand) -> tuple[Registration, list[UnitRegistrationEvent]]:
    """Return the state and the history of the commands. Raises Rejected."""
    state, history = REGISTRATION.initial, []
    for command in commands:
        for event in REGISTRATION.decide(command, state, facts_of(command, state)):
            state = REGISTRATION.evolve(state, event)
            history.append(event)
    return state, history


def recorded(event: object, seq: int) -> Recorded[object]:
    """Return the event as the log would hold it."""
    return Recorded(
        event=event,
        type=EVENTS.wire_name(type(event)),  # type: ignore[arg-type]
        event_id=f"e{seq}",
        stream="PLANS",
        seq=seq,
        subject="plans.evt.cai-rang.registration.2020-phuong-le-binh",
        occurred_at=AT,
        recorded_at=AT,
        actor="x",
        command_id=f"c{seq}",
        correlation_id="",
        headers={},
    )
