"""The largest that the rules let through fits into the log; what would not is refused, and says what to shorten.

Each kind of command is made in several sizes up to its limits, of letters that take one to six bytes of JSON.
"""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.plans.commands import (
    AmendDraft,
    AmendPlan,
    AmendReporters,
    AssignTask,
    ClosePlan,
    NewTarget,
    NewTask,
    NewUnitTask,
    RecomputeDueDates,
    RecomputeUnitDueDates,
    SubmitPlanAmendment,
)
from services.plans.decider import (
    PLAN,
    PLEDGE,
    REGISTRATION,
    REPORT,
    REPORT_DUTY,
    UNIT_DUE_DATES,
    UNIT_PLAN,
    Plan,
    PlanFacts,
    UnitDueDatesFacts,
)
from services.plans.events import (
    EVENTS,
    DueDatesMoved,
    ItemReason,
    MemberReport,
    PlanAmended,
    PlanText,
    Repeat,
    ReportAnnounced,
    Reporter,
    ReportersAmended,
    ReportLevel,
    ReportState,
    ReportText,
    Signer,
    TargetDirection,
)
from services.plans.queries.report.figures import listed
from services.plans.rules import (
    AUTHORS_MAX,
    CONTENTS_MAX,
    DOCUMENT_NUMBER_MAX,
    EVENT_BYTES_MAX,
    FIGURES_BYTES_MAX,
    ITEMS_MAX,
    LINE_MAX,
    REASONS_MAX,
    REGISTRATION_CHARACTERS_MAX,
    REGISTRATION_REASON_MAX,
    SECTION_MAX,
    TARGETS_MAX,
    TASKS_LISTED_MAX,
    TASKS_MAX,
    TEXT_MAX,
    UNIT_PLAN_CHARACTERS_MAX,
    UNITS_MAX,
    is_document_number,
    working_days,
)
from shared.codec import to_json
from shared.errors import Rejected
from shared.eventstore import EventStore
from shared.handler import Handler
from shared.seal import PersonKey
from shared.topology import MESSAGE_BYTES_MAX
from shared.types import CITY, Role
from tests.kernel.test_handler import envelope
from tests.plans import a_calendar, a_group, a_plan, a_registration, a_report, a_unit_plan
from tests.support.nats import running_nats

LABELS: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "services/portal/labels.toml").read_text())
LETTERS = ("a", '"', "ế", "😀", "\u0001")
SHARES = (0.005, 0.05, 0.4, 1.0)  # of what the limits allow
ENDLESS = 1500  # units: as many as a district may have


def text_of(letter: str, share: float) -> PlanText:
    """Return a document whose parts are as long as they may be, twenty items a list."""
    words = letter * max(1, int(TEXT_MAX * share))
    items = (words,) * max(1, int(20 * share))
    return PlanText(
        title=words,
        issuer=words,
        place=words,
        bases=items,
        purposes=items,
        requirements=items,
        solutions=items,
        organisation=items,
        recipients=items,
        signer=Signer(name=words, post=words, on_behalf_of=words),
    )


def rows(letter: str, share: float, first: int = 1, count: int | None = None, **changes: Any) -> tuple[NewTask, ...]:
    """Return rows with contents as long as they may be, as many as a plan may have."""
    count = max(1, int(TASKS_MAX * share)) if count is None else count
    row = NewTask(number=1, quarter=1, content=letter * max(1, int(TEXT_MAX * share)), lead_units=("phong-noi-vu",))
    return tuple(replace(row, number=number, **changes) for number in range(first, first + count))


def many_units(count: int) -> PlanFacts:
    """Return the facts of a district of so many units with the longest ids and names, all of them in one set."""
    known = a_plan.facts()
    many = {
        one.unit_id: replace(one, short_name="ế" * 300)
        for one in (a_plan.unit(f"{number:04}" + "x" * 76) for number in range(count))
    }
    return replace(known, units={**known.units, **many}, sets={**known.sets, "tat-ca": ("Tất cả", tuple(many))})


def drafted(letter: str, share: float) -> list[Any]:
    command = a_plan.draft(text=text_of(letter, share / 10), tasks=rows(letter, share))
    return PLAN.decide(command, PLAN.initial, a_plan.facts())


def amended_draft(letter: str, share: float) -> list[Any]:
    state = after(PLAN, a_plan.DRAFTED)
    command = a_plan.draft(text=text_of(letter, share), tasks=rows(letter, share / 10))
    values = {name: getattr(command, name) for name in ("district", "plan_id", "number", "text", "tasks", "at")}
    return PLAN.decide(AmendDraft(**values), state, a_plan.facts())


def issued(letter: str, share: float) -> list[Any]:
    known = many_units(max(1, int(ENDLESS * share)))
    repeated = rows(letter, 0.005, count=max(1, int(40 * share)), lead_units=("tat-ca",), repeats=Repeat.MONTHLY)
    history = a_plan.happened((a_plan.draft(tasks=repeated), known), (a_plan.SUBMIT, known))
    return PLAN.decide(a_plan.ISSUE, after(PLAN, history), replace(known, actor=a_plan.CHAIR))


def amendment(**changes: Any) -> SubmitPlanAmendment:
    return SubmitPlanAmendment(district="cai-rang", plan_id="2020", reason="Bổ sung", at=a_plan.AT, **changes)


def amended(letter: str, share: float) -> list[Any]:
    """Return what follows from rows that are added: what the chair decides is never larger than could be stored."""
    state = after(PLAN, a_plan.ISSUED)
    command = amendment(added=rows(letter, share, 10, min(TASKS_MAX - 2, max(1, int(TASKS_MAX * share)))))
    (submitted,) = PLAN.decide(command, state, a_plan.facts())
    decision = AmendPlan(
        district="cai-rang", plan_id="2020", number="1234/" + "K" * 41, amended_on=a_plan.TODAY, at=a_plan.AT
    )
    return [submitted, *PLAN.decide(decision, PLAN.evolve(state, submitted), a_plan.facts(a_plan.CHAIR))]


def grown(letter: str, share: float) -> tuple[Plan, list[int]]:
    """Return a plan that grew by one amendment after another, none of them too large, and the numbers of its tasks."""
    state, number = after(PLAN, a_plan.ISSUED), 10
    for turn in range(max(1, int(12 * share))):
        added = rows(letter, 1, number, 4)
        (submitted,) = PLAN.decide(amendment(added=added), state, a_plan.facts())
        state = PLAN.evolve(state, submitted)
        decision = AmendPlan(
            district="cai-rang", plan_id="2020", number=f"{turn + 40}/KH-UBND", amended_on=a_plan.TODAY, at=a_plan.AT
        )
        for event in PLAN.decide(decision, state, a_plan.facts(a_plan.CHAIR)):
            assert fits(event)
            state = PLAN.evolve(state, event)
        number += len(added)
    return state, list(range(10, number))


def taken_out(letter: str, share: float) -> list[Any]:
    state, numbers = grown(letter, share)
    (submitted,) = PLAN.decide(amendment(removed=tuple(numbers)), state, a_plan.facts())
    decision = AmendPlan(district="cai-rang", plan_id="2020", number="99/KH", amended_on=a_plan.TODAY, at=a_plan.AT)
    decided = PLAN.decide(decision, PLAN.evolve(state, submitted), a_plan.facts(a_plan.CHAIR))
    assert isinstance(decided[0], PlanAmended) and len(decided[0].left) == len(numbers)
    return [submitted, *decided]


def closed(letter: str, share: float) -> list[Any]:
    state, _ = grown(letter, share)
    command = ClosePlan(district="cai-rang", plan_id="2020", carry=letter * TEXT_MAX, at=a_plan.AT)
    return PLAN.decide(command, state, a_plan.facts(a_plan.CHAIR, date(2020, 12, 20)))


def assigned(letter: str, share: float) -> list[Any]:
    known = many_units(max(1, int(ENDLESS * share)))
    history = a_plan.happened(
        (a_plan.draft(tasks=rows(letter, 1, count=1)), known),
        (a_plan.SUBMIT, known),
        (a_plan.ISSUE, replace(known, actor=a_plan.CHAIR)),
    )
    command = AssignTask(
        district="cai-rang",
        plan_id="2020",
        task_number=1,
        lead_units=("phong-noi-vu",),
        coordinating_units=("tat-ca",),
        at=a_plan.AT,
    )
    return PLAN.decide(command, after(PLAN, history), known)


def unit_plan(letter: str, share: float) -> list[Any]:
    """Return the draft of a unit and its issue; what was taken as a draft can be issued."""
    count = max(1, int(TASKS_MAX * share))
    content = letter * max(1, min(TEXT_MAX, int((UNIT_PLAN_CHARACTERS_MAX - 1_000) * share) // count))
    row = NewUnitTask(number=1, quarter=1, content=content, of_task=1)
    tasks = tuple(replace(row, number=number) for number in range(1, count + 1))
    state, told = UNIT_PLAN.initial, []
    for command, known in (
        (a_unit_plan.draft(tasks=tasks), a_unit_plan.facts()),
        (a_unit_plan.SUBMIT, a_unit_plan.facts()),
    ):
        for event in UNIT_PLAN.decide(command, state, known):
            state = UNIT_PLAN.evolve(state, event)
            told.append(event)
    # Whoever drafted it was told; the head of the unit is not.
    return [*told, *accepted(UNIT_PLAN.decide, a_unit_plan.ISSUE, state, a_unit_plan.facts(a_unit_plan.CHAIR))]


def pledge(letter: str, share: float) -> list[Any]:
    words = letter * max(1, int(LINE_MAX * share * 0.6))
    target = NewTarget(name=words, measure=words, value=a_group.AT_LEAST.value, direction=TargetDirection.AT_LEAST)
    command = a_group.draft_pledge(
        contents=(letter * max(1, int(TEXT_MAX * share)),) * max(1, int(CONTENTS_MAX * share)),
        targets=tuple(replace(target, name=f"{number}{words}"[:300]) for number in range(int(TARGETS_MAX * share) + 1))[
            :TARGETS_MAX
        ],
        witness=Signer(name=words, post=words, on_behalf_of=words),
    )
    return PLEDGE.decide(command, PLEDGE.initial, a_group.pledge_facts())


KEY = PersonKey(kid="0190b5a0-0000-7000-8000-000000000000", secret=bytes(32))


def returned_registration(letter: str, share: float) -> list[Any]:
    count = max(1, int(ITEMS_MAX * share))
    state, _ = a_registration.play(
        a_registration.save(*(a_registration.title(f"Nguyễn Văn {number}") for number in range(count))),
        a_registration.SUBMIT,
    )
    words = letter.replace("\u0001", "ế") * max(1, int(REGISTRATION_REASON_MAX * share))
    command = a_registration.send_back(*((number, words) for number in state.items), reason=words)
    known = replace(
        a_registration.facts_of(command, state),
        reasons=tuple(ItemReason(number=one.number, text=KEY.seal("reason", one.text)) for one in command.items),
    )
    return REGISTRATION.decide(command, state, known)


def saved_report(letter: str, share: float) -> list[Any]:
    """Return the report as it is saved and submitted; what could be saved can be submitted."""
    words = letter * max(1, int(SECTION_MAX * share))
    text = ReportText(leadership=words, results=words, limits=words, directions=words)
    state = after(REPORT, [replace(a_report.OPENED[0], figures=LARGEST_FIGURES)])
    (saved,) = REPORT.decide(replace(a_report.SAVE, text=text), state, a_report.facts())
    sent = a_report.submit(number="1234/" + "B" * 41)
    return [saved, *accepted(REPORT.decide, sent, REPORT.evolve(state, saved), a_report.facts())]


def returned_report(letter: str, share: float) -> list[Any]:
    reasons = (letter * max(1, int(TEXT_MAX * share)),) * max(1, int(REASONS_MAX * share))
    command = replace(a_report.RETURN, reasons=reasons)
    return REPORT.decide(command, after(REPORT, a_report.SUBMITTED), a_report.facts(a_plan.HOME_AFFAIRS))


def announced(letter: str, share: float) -> list[Any]:
    known = replace(a_report.duty_facts(), units=units_named(letter, max(1, int(ENDLESS * share))), groups=[])
    return REPORT_DUTY.decide(a_report.announce(), REPORT_DUTY.initial, known)


def more_reporters(letter: str, share: float) -> list[Any]:
    named = units_named(letter, max(1, int(ENDLESS * share)))
    command = AmendReporters(**a_report.KEY, units=tuple(named), why=letter)
    known = replace(a_report.duty_facts(), units={**a_report.UNITS, **named})
    return REPORT_DUTY.decide(command, after(REPORT_DUTY, a_report.ANNOUNCED), known)


def units_named(letter: str, count: int) -> dict[str, Any]:
    ids = [f"don-vi-{number}" for number in range(count)]
    return {one: replace(a_plan.unit(one), short_name=letter.replace("\u0001", "ế") * 40) for one in ids}


CASES: dict[Callable[[str, float], list[Any]], str] = {
    drafted: "plan.draft_too_large",
    amended_draft: "plan.draft_too_large",
    issued: "plan.too_large",
    amended: "plan.amendment_too_large",
    taken_out: "plan.amendment_too_large",
    closed: "plan.carried_too_large",
    assigned: "task.too_many_units",
    unit_plan: "plan.draft_too_large",
    pledge: "pledge.too_large",
    returned_registration: "registration.reasons_too_large",
    saved_report: "report.too_large",
    returned_report: "report.reasons_too_large",
    announced: "report_duty.too_many_reporters",
    more_reporters: "report_duty.too_many_reporters",
}


@pytest.mark.parametrize("made", CASES, ids=lambda made: made.__name__)
def test_the_largest_command_is_stored_or_refused_with_what_to_shorten(made: Callable[..., list[Any]]) -> None:
    outcomes = {}
    for letter in LETTERS:
        for share in SHARES:
            try:
                outcomes[letter, share] = all(map(fits, made(letter, share)))
            except Rejected as refusal:
                assert refusal.code == CASES[made], (letter, share)
                assert int(str(refusal.detail["size_kb"])) > int(str(refusal.detail["limit_kb"]))
                outcomes[letter, share] = False
                words = LABELS["codes"][refusal.code]["vi"].format(**refusal.detail)
                assert any(verb in words for verb in ("rút gọn", "bớt", "chia")), words
            else:
                assert outcomes[letter, share], (letter, share)
    # Neither every command nor none is refused.
    assert set(outcomes.values()) == {True, False}


def test_a_plan_of_as_many_short_tasks_as_there_may_be_is_drafted_and_issued() -> None:
    tasks = rows("ế", 0.01, count=TASKS_MAX, due_on=date(2020, 3, 31))
    history = a_plan.happened(
        (a_plan.draft(tasks=tasks), a_plan.facts()),
        (a_plan.SUBMIT, a_plan.facts()),
        (a_plan.ISSUE, a_plan.facts(a_plan.CHAIR)),
    )
    assert len(history[-1].tasks) == TASKS_MAX  # type: ignore[union-attr]
    assert all(map(fits, history))


def test_a_move_of_due_dates_that_one_message_does_not_hold_is_told_in_several() -> None:
    """Nobody could shorten it: the calendar moved, and the plan has grown since it was issued."""
    known = replace(many_units(300), days=working_days([]))
    history = a_plan.happened(
        (a_plan.draft(tasks=rows("a", 0.005, count=20)), known),
        (a_plan.SUBMIT, known),
        (a_plan.ISSUE, replace(known, actor=a_plan.CHAIR)),
    )
    state = after(PLAN, history)
    for number in range(1, 21):
        command = AssignTask(
            district="cai-rang",
            plan_id="2020",
            task_number=number,
            lead_units=tuple(known.sets["tat-ca"][1][:150]),
            at=a_plan.AT,
        )
        for event in PLAN.decide(command, state, known):
            assert fits(event)
            state = PLAN.evolve(state, event)
    calendar = a_calendar.view(*a_calendar.off_2020(date(2020, 3, 31)))
    policy = a_plan.facts(a_plan.actor(Role.POLICY, district=CITY), calendar=calendar)
    moved = PLAN.decide(RecomputeDueDates(district="cai-rang", plan_id="2020", at=a_plan.AT), state, policy)
    assert len(moved) > 1
    assert all(isinstance(one, DueDatesMoved) and fits(one) for one in moved)
    assert [task.number for one in moved for task in one.tasks] == list(range(1, 21))  # type: ignore[union-attr]


def test_who_reports_may_be_excused_where_too_many_are_asked_already() -> None:
    (asked,) = a_report.ANNOUNCED
    assert isinstance(asked, ReportAnnounced)
    many = tuple(
        Reporter(reporter_id=one, level=ReportLevel.UNIT, name=unit.short_name)
        for one, unit in units_named("ế", ENDLESS).items()
    )
    duty = REPORT_DUTY.evolve(REPORT_DUTY.initial, replace(asked, reporters=many))
    excused = AmendReporters(**a_report.KEY, excused=("don-vi-7",), why="Đã giải thể")
    (event,) = REPORT_DUTY.decide(excused, duty, a_report.duty_facts())
    assert isinstance(event, ReportersAmended) and fits(event)
    assert event.removed == ("don-vi-7",)
    with pytest.raises(Rejected) as refusal:
        REPORT_DUTY.decide(replace(excused, units=("phuong-le-binh",)), duty, a_report.duty_facts())
    assert refusal.value.code == "report_duty.too_many_reporters"


def test_the_moved_due_dates_of_all_units_are_told_in_several_messages_and_of_each_unit_in_one() -> None:
    month_ends = {month: date(2020, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 29))}
    tasks = [
        a_unit_plan.counted(a_unit_plan.open_task(number, f"{unit:04}" + "x" * 76, due_month=month, due_on=due_on))
        for unit in range(UNITS_MAX)
        for number, (month, due_on) in enumerate(month_ends.items(), 1)
    ]
    days = working_days([a_calendar.view(*a_calendar.off_2020(*month_ends.values()))])
    policy = a_plan.actor(Role.POLICY, district=CITY)
    known = UnitDueDatesFacts(actor=policy, today=date(2020, 1, 6), days=days, has_calendar=True, tasks=tasks)
    recompute = RecomputeUnitDueDates(district="cai-rang", year=2020, at=a_plan.AT)
    moved = UNIT_DUE_DATES.decide(recompute, UNIT_DUE_DATES.initial, known)
    assert 1 < len(moved) < 50
    assert all(map(fits, moved))
    told = [{unit_id for move in one.moves for unit_id in move.tasks} for one in moved]
    assert sum(map(len, told)) == len(set().union(*told)) == UNITS_MAX
    assert len(after(UNIT_DUE_DATES, moved)) == len(tasks)
    assert UNIT_DUE_DATES.decide(recompute, after(UNIT_DUE_DATES, moved), known) == []


def test_a_registration_is_saved_in_parts_that_the_log_holds_whatever_is_sealed_in_it() -> None:
    length = REGISTRATION_CHARACTERS_MAX // (ITEMS_MAX * (AUTHORS_MAX + 2))
    items = tuple(
        a_registration.initiative(
            f"{number:>{length}}", *(f"{author:x>{length}}" for author in range(AUTHORS_MAX)), effect="ế" * length
        )
        for number in range(ITEMS_MAX)
    )
    command = a_registration.save(*items)
    known = a_registration.facts_of(command, REGISTRATION.initial)
    sealed = tuple(
        replace(
            item,
            authors=tuple(
                replace(one, person_id=KEY.kid, name=KEY.seal("name", str(one.name))) for one in item.authors
            ),
        )
        for item in known.items
    )
    saved = REGISTRATION.decide(command, REGISTRATION.initial, replace(known, items=sealed))
    assert len(saved) > 1
    assert all(map(fits, saved))
    assert len(after(REGISTRATION, saved).items) == ITEMS_MAX


def test_a_report_lists_fewer_tasks_where_those_below_take_the_room() -> None:
    assert len(LARGEST_FIGURES.members) > 100
    assert 0 < len(LARGEST_FIGURES.tasks) < TASKS_LISTED_MAX
    assert len(to_json(LARGEST_FIGURES)) < FIGURES_BYTES_MAX + 2_000
    few = a_report.figures().tasks * 10
    assert listed(few, LARGEST_FIGURES.members) == few


def test_a_number_of_a_document_is_no_longer_than_is_reckoned_with() -> None:
    longest = "1234/" + "K" * (DOCUMENT_NUMBER_MAX - 5)
    assert is_document_number(longest)
    assert not is_document_number(longest + "K")


async def test_what_just_fits_is_stored_and_a_little_more_is_refused_by_name(tmp_path: Path) -> None:
    def sized(characters: int) -> Any:
        return a_plan.draft(tasks=tuple(replace(one, content="ế" * characters) for one in rows("a", 0.005, count=60)))

    def is_taken(characters: int) -> bool:
        try:
            return bool(PLAN.decide(sized(characters), PLAN.initial, a_plan.facts()))
        except Rejected:
            return False

    most = max(filter(is_taken, range(1200, 1400)))
    (event,) = PLAN.decide(sized(most), PLAN.initial, a_plan.facts())
    assert EVENT_BYTES_MAX - 200 < len(EVENTS.encode(event)) <= EVENT_BYTES_MAX
    with running_nats(tmp_path) as bus:
        client = await bus.connect("plans")
        handler = Handler(EventStore(client, "PLANS"), EVENTS)
        with pytest.raises(Rejected) as refusal:
            await handler.handle(PLAN, sized(most + 1), a_plan.facts(), envelope())
        assert refusal.value.code == "plan.draft_too_large"
        stored = await handler.handle(PLAN, sized(most), a_plan.facts(), envelope("x" * 500))
        await client.close()
    assert stored.position.seq == 1


def fits(event: Any) -> bool:
    """Return whether the log stores the event, its headers beside it (tests/kernel/test_handler.py)."""
    return len(EVENTS.encode(event)) <= MESSAGE_BYTES_MAX - 4_000


def after(decider: Any, events: Sequence[Any]) -> Any:
    state = decider.initial
    for event in events:
        state = decider.evolve(state, event)
    return state


def accepted(decide: Callable[..., list[Any]], *asked: Any) -> list[Any]:
    """Return what happens; a refusal here is a fault of the rules."""
    try:
        return decide(*asked)
    except Rejected as refusal:
        raise AssertionError(refusal.code) from refusal


def _largest_figures() -> Any:
    members = tuple(
        MemberReport(
            reporter_id=f"don-vi-{number}",
            level=ReportLevel.UNIT,
            name="ế" * 80,
            state=ReportState.ACCEPTED,
            due_on=date(2020, 3, 16),
        )
        for number in range(260)
    )
    (task,) = a_report.figures().tasks
    tasks = [replace(task, number=number, content="ế" * 200, evidence="ế" * 300) for number in range(500)]
    return a_report.figures(tasks=listed(tasks, members), members=members)


LARGEST_FIGURES = _largest_figures()
