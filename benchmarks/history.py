"""Histories to measure with: the plan of Cái Răng for 2020, decided by the real rules, many times over.

The document of the demo is drafted, submitted and issued; then every unit starts its part of every
task, reports on it and completes it. Other plans are the same history under another district and year.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, cast

from services.cli.demo import ISSUED_ON, PLAN_FILE, PLAN_NUMBER
from services.cli.organisation import DEMO_ORGANISATION, directories_of, establish_commands, read_organisations
from services.cli.plan import draft_of, read_plan
from services.plans.commands import CompleteTaskPart, IssuePlan, PlanCommand, ReportTask, StartTask, SubmitPlan
from services.plans.decider import ORGANISATION, PLAN, OrganisationFacts, PlanFacts
from services.plans.events import EVENTS, OrganisationEvent, PlanEvent, PlanIssued, TaskReported
from shared.clock import derived_id
from shared.codec import event_headers
from shared.eventstore import NewEvent
from shared.types import CITY, DISTRICTS, Actor, Grant, Role

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 6)
DISTRICT, PLAN_ID = "cai-rang", "2020"
FIRST_YEAR = 1900
REPORTS_A_PART = 3
EVERYONE = Actor(
    account_id="bench",
    grants=(
        Grant(role=Role.ADMIN, district=CITY),
        *(Grant(role=role, district=DISTRICT) for role in Role if role is not Role.POLICY),
    ),
)
CLERK = Actor(account_id="pnv.cai-rang", grants=(Grant(role=Role.HOME_AFFAIRS, district=DISTRICT),))
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@cache
def organisation_events() -> tuple[OrganisationEvent, ...]:
    """Return how the organisation of Cái Răng came about."""
    facts = OrganisationFacts(actor=EVERYONE, today=TODAY)
    commands = establish_commands(read_organisations(DEMO_ORGANISATION), at=AT)
    command = next(one for one in commands if one.district == DISTRICT)
    return tuple(ORGANISATION.decide(command, ORGANISATION.initial, facts))


@cache
def plan_facts() -> PlanFacts:
    """Return the facts on which the plan is decided: units, sets and groups of Cái Răng."""
    organisation = ORGANISATION.initial
    for event in organisation_events():
        organisation = ORGANISATION.evolve(organisation, event)
    return PlanFacts(
        actor=EVERYONE,
        today=TODAY,
        units=organisation.units,
        sets={name: (one.name, tuple(one.members)) for name, one in organisation.sets.items()},
        groups=list(organisation.groups.values()),
    )


@cache
def plan_commands() -> tuple[PlanCommand, ...]:
    """Return the commands that bring the plan from its document to its end, in order."""
    draft = draft_of(read_plan(PLAN_FILE, directories_of(read_organisations(DEMO_ORGANISATION))), at=AT)
    key = {"district": DISTRICT, "plan_id": PLAN_ID}
    issue = IssuePlan(**key, number=PLAN_NUMBER, issued_on=ISSUED_ON, at=AT)
    commands: list[PlanCommand] = [draft, SubmitPlan(**key, at=AT), issue]
    for task in _issued(commands).tasks:
        for part in task.participants:
            place = {**key, "task_number": task.number, "unit_id": part.unit_id}
            commands.append(StartTask(**cast(Any, place), at=AT))
            for number in range(1, REPORTS_A_PART + 1):
                text = f"Đơn vị đã triển khai {task.content.lower()}, lần báo cáo thứ {number}"
                percent = number * 100 // (REPORTS_A_PART + 1)
                commands.append(ReportTask(**cast(Any, place), percent=percent, text=text, at=AT))
            evidence = f"Báo cáo {part.unit_id} số {task.number}/BC-UBND"
            commands.append(CompleteTaskPart(**cast(Any, place), completed_on=TODAY, evidence=evidence, at=AT))
    return tuple(commands)


def _issued(commands: list[PlanCommand]) -> PlanIssued:
    (event,) = (event for event in _decided(commands) if isinstance(event, PlanIssued))
    return event


def _decided(commands: tuple[PlanCommand, ...] | list[PlanCommand]) -> Iterator[PlanEvent]:
    plan = PLAN.initial
    for command in commands:
        for event in PLAN.decide(command, plan, plan_facts()):
            plan = PLAN.evolve(plan, event)
            yield event


@cache
def plan_history() -> tuple[PlanEvent, ...]:
    """Return what happened to the plan."""
    return tuple(_decided(plan_commands()))


def histories_of(first: int, last: int) -> Iterator[PlanEvent]:
    """Yield what happened, from the first event to the one before the last.

    Five plans at a time go on in turn, as five districts work at once; when they have ended, the next five begin.
    """
    history = plan_history()
    for number in range(first, last):
        position, district = divmod(number, len(DISTRICTS))
        round_number, at = divmod(position, len(history))
        yield moved(history[at], DISTRICTS[district], FIRST_YEAR + round_number)


def histories(first: int, last: int) -> Iterator[NewEvent]:
    """Yield the same, ready to append."""
    return map(new_event, histories_of(first, last))


def beginning(district: str, year: int, count: int) -> list[PlanEvent]:
    """Return so many of the first events of a plan."""
    return [moved(event, district, year) for event in plan_history()[:count]]


@cache
def reports() -> tuple[TaskReported, ...]:
    """Return the reports of the plan, in order."""
    return tuple(event for event in plan_history() if isinstance(event, TaskReported))


def report(year: int, number: int, like: TaskReported | None = None) -> ReportTask:
    """Return a report on a task of that plan, the last unless told, each with a text of its own."""
    task = like or reports()[-1]
    return ReportTask(
        district=DISTRICT,
        plan_id=str(year),
        task_number=task.task_number,
        unit_id=task.unit_id,
        percent=number % 100,
        text=f"{task.text} ({number})",
        at=AT,
    )


def moved(event: PlanEvent, district: str, year: int) -> PlanEvent:
    """Return the event as it happens to the plan of another district and year."""
    changes: dict[str, Any] = {"district": district, "plan_id": str(year)}
    if hasattr(event, "year"):
        changes["year"] = year
    return replace(event, **changes)


def new_event(event: PlanEvent) -> NewEvent:
    """Return the event as the handler appends it: subject, body, all headers."""
    subject = f"plans.evt.{event.district}.plan.{event.plan_id}"
    return NewEvent(subject=subject, headers=headers_of(event, subject), body=EVENTS.encode(event))


_numbers = iter(range(1, 10**12))


def headers_of(event: PlanEvent, subject: str) -> dict[str, str]:
    """Return the headers of the event, with an id of its own and a trace."""
    command_id = derived_id("bench", subject, next(_numbers))
    headers = event_headers(
        wire_name=EVENTS.wire_name(type(event)),
        event_id=derived_id(subject, command_id, 0),
        subject=subject,
        occurred_at=event.at,
        actor=event.by,
        command_id=command_id,
        correlation_id=command_id,
        causation_id=command_id,
    )
    return headers | {"traceparent": TRACEPARENT}
