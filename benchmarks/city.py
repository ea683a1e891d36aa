"""A city to measure with: five districts of as many units, a plan a year for each, the last of them worked on.

Units and texts are made up; the events are those that the rules of plans publish.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import httpx2
from nats.aio.client import Client

from benchmarks.history import headers_of
from services.plans.events import (
    EVENTS,
    DueRule,
    IssuedTask,
    NamedUnit,
    OrganisationEstablished,
    Participant,
    PlanDrafted,
    PlanIssued,
    PlansEvent,
    PlanSubmitted,
    PlanText,
    TaskCompleted,
    TaskPartCompleted,
    TaskReported,
    TaskStarted,
    UnitEstablished,
    UnitKind,
    UnitRole,
)
from shared.clock import ZONE
from shared.eventstore import EventStore, NewEvent
from shared.types import DISTRICTS

YEAR = 2020
FIRST_DAY, LAST_DAY = date(YEAR, 2, 6), date(YEAR, 11, 30)
PARTS = 2  # units of a task
_BATCH = 200
_WAIT_S_MAX = 300
_QUARTER_ENDS = (date(YEAR, 3, 31), date(YEAR, 6, 30), date(YEAR, 9, 30), date(YEAR, 12, 31))


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """How large it is: units of a district, tasks of a plan, years up to 2020."""

    units: int
    tasks: int
    years: int


SMALL = City(units=6, tasks=10, years=2)
LARGE = City(units=100, tasks=500, years=8)  # 500 units, 20,000 tasks


async def build(client: Client, city: City) -> int:
    """Append what happened in the city; return the last sequence."""
    store, seq = EventStore(client, "PLANS", timeout_s=30), 0
    for district in DISTRICTS:
        subject = f"plans.evt.{district}.organisation.{district}"
        seq = await _append(store, subject, _organisation(district, city))
        for year in range(YEAR - city.years + 1, YEAR + 1):
            subject = f"plans.evt.{district}.plan.{year}"
            seq = await _append(store, subject, list(_plan(district, year, city)))
    return seq


async def caught_up(url: str, last_seq: int) -> None:
    """Wait until every reader of PLANS in the service at the address has read so far."""
    place = re.compile(r'^tdkt_checkpoint_seq\{.*stream="PLANS".*\} (\S+)$', re.M)
    async with httpx2.AsyncClient(base_url=url) as client:
        for _ in range(_WAIT_S_MAX):
            found = place.findall((await client.get("/metrics")).text)
            if found and all(float(one) >= last_seq for one in found):
                return
            await asyncio.sleep(1)
    raise AssertionError(f"{url} has not read PLANS up to {last_seq}")


async def _append(store: EventStore, subject: str, events: Sequence[PlansEvent]) -> int:
    seq = 0
    for start in range(0, len(events), _BATCH):
        batch = [
            NewEvent(subject=subject, headers=headers_of(one, subject), body=EVENTS.encode(one))  # type: ignore[arg-type]
            for one in events[start : start + _BATCH]
        ]
        seq = (await store.append(batch, {subject: seq})).seq
    return seq


def unit_id(number: int) -> str:
    """Return the id of the unit of that number, from 0 on."""
    return f"don-vi-{number}"


def _organisation(district: str, city: City) -> list[PlansEvent]:
    at = _at(FIRST_DAY)
    return [
        OrganisationEstablished(
            district=district,
            code=f"9{DISTRICTS.index(district)}",
            name=f"Quận {district}",
            short_name=district,
            valid_from=date(2004, 1, 2),
            valid_to=None,
            by="bench",
            at=at,
        ),
        *(
            UnitEstablished(
                district=district,
                unit_id=unit_id(number),
                code=None,
                name=f"Đơn vị {number}",
                short_name=f"Đơn vị {number}",
                kind=UnitKind.GOVERNMENT,
                aliases=(),
                valid_from=date(2004, 1, 2),
                valid_to=None,
                by="bench",
                at=at,
            )
            for number in range(city.units)
        ),
    ]


def _plan(district: str, year: int, city: City) -> Iterator[PlansEvent]:
    key = {"district": district, "plan_id": str(year)}
    first = _at(FIRST_DAY.replace(year=year))
    tasks = tuple(_task(number, city) for number in range(1, city.tasks + 1))
    text = PlanText(title=f"Kế hoạch thi đua, khen thưởng năm {year}", issuer=f"Ủy ban nhân dân quận {district}")
    yield PlanDrafted(**key, year=year, number="1/KH-UBND", text=text, tasks=(), by="bench", at=first)
    yield PlanSubmitted(**key, by="bench", at=first)
    yield PlanIssued(
        **key,
        year=year,
        number="1/KH-UBND",
        title=text.title,
        issued_on=first.astimezone(ZONE).date(),
        tasks=tasks,
        by="bench",
        at=first,
    )
    if year == YEAR:
        yield from _work(key, tasks)


def _task(number: int, city: City) -> IssuedTask:
    return IssuedTask(
        number=number,
        quarter=(number - 1) % 4 + 1,
        content=f"Nhiệm vụ số {number}: tổ chức phát động, sơ kết phong trào thi đua",
        due_on=_QUARTER_ENDS[(number - 1) % 4],
        due_rule=DueRule.QUARTER,
        participants=tuple(
            Participant(
                unit_id=unit_id((number + step) % city.units),
                name=f"Đơn vị {(number + step) % city.units}",
                role=UnitRole.LEAD,
            )
            for step in range(PARTS)
        ),
    )


def _work(key: dict[str, str], tasks: Sequence[IssuedTask]) -> Iterator[PlansEvent]:
    """Yield what the units do, day by day: each part is begun, reported on twice, and nine of ten are completed."""
    span = (LAST_DAY - FIRST_DAY).days
    done: list[tuple[datetime, PlansEvent]] = []
    for task in tasks:
        begins = FIRST_DAY + timedelta(days=1 + task.number * 7 % (span - 60))
        completes = task.number % 10 != 0
        for part in task.participants:
            place = {**key, "task_number": task.number, "unit_id": part.unit_id, "by": "bench"}
            at = [_at(begins + timedelta(days=days)) for days in (0, 10, 20, 30)]
            done.append((at[0], TaskStarted(**place, at=at[0])))  # type: ignore[arg-type]
            for number in (1, 2):
                text = f"Đơn vị đã triển khai, lần báo cáo thứ {number}"
                report = TaskReported(**place, percent=40 * number, text=text, at=at[number])  # type: ignore[arg-type]
                done.append((at[number], report))
            if completes:
                part_done = TaskPartCompleted(
                    **place,  # type: ignore[arg-type]
                    unit_name=part.name,
                    completed_on=at[3].astimezone(ZONE).date(),
                    evidence=f"Báo cáo số {task.number}/BC-UBND",
                    note="",
                    at=at[3],
                )
                done.append((at[3], part_done))
        if completes:
            done.append((at[3], _completed(key, task, at[3])))
    yield from (event for _, event in sorted(done, key=lambda one: one[0]))


def _completed(key: dict[str, str], task: IssuedTask, at: datetime) -> TaskCompleted:
    return TaskCompleted(
        **key,
        year=YEAR,
        task_number=task.number,
        quarter=task.quarter,
        content=task.content,
        due_on=task.due_on,
        completed_on=at.astimezone(ZONE).date(),
        leads=tuple(NamedUnit(unit_id=one.unit_id, name=one.name) for one in task.participants),
        by="bench",
        at=at,
    )


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
