"""An earlier day of a district and of the city, against the same question about now: the log folded, against rows.

The real service of plans answers over the bus; the city has 500 units and 20,000 tasks, 2,500 of them worked on.
"""

import asyncio
import itertools
import time
from datetime import date, timedelta
from typing import Any

from benchmarks.city import LARGE, LAST_DAY, YEAR, City, build, caught_up
from benchmarks.ground import Ground
from benchmarks.history import DISTRICT
from benchmarks.measure import Figure, figure
from services.cli.client import ok_of
from services.plans.views import QUESTIONS, ListPlans, PlansQuestion, ShowCity, ShowDistrict, ShowPlan
from shared.actor import create_key
from shared.bus import BusClient
from shared.text import kebab
from shared.types import CITY, DISTRICTS, Actor, Grant, Role
from tests.support.services import running_services

BAR_MS = 1000.0
_REMEMBER_S = 10.0  # in which a process has read what is likely to be asked for
_READER = Actor(account_id="bench", grants=(Grant(role=Role.CITY_BOARD, district=CITY),))


async def measure(ground: Ground, *, city: City, rounds: int) -> list[Figure]:
    """Return how long any earlier day takes: read for the first time, another day, and as a multiple of now."""
    key = create_key(ground.bus.settings.data_dir / "actors", "cli")
    with running_services(ground.folder, ("plans",), bus=ground.bus, day=LAST_DAY) as system:
        writer = await ground.bus.connect("plans")
        last_seq = await build(writer, city)
        await writer.close()
        await caught_up(system.url("plans"), last_seq)
        connection = await ground.bus.connect("cli")
        asker = _Asker(BusClient(connection, issuer="cli", key=key))
        days = (LAST_DAY - timedelta(days=number) for number in itertools.count(1))
        try:
            await asker.ms(_board(DISTRICT))  # the first answer of a process is never like the next
            # Each district's log is read once; a service that has just started has read none.
            first = [await asker.ms(_board(district, next(days))) for district in DISTRICTS]
            other = [await asker.ms(_board(DISTRICT, next(days))) for _ in range(rounds)]
            now = [await asker.ms(_board(DISTRICT)) for _ in range(rounds)]
            overview = [
                await asker.ms(ShowDistrict(district=DISTRICT, year=YEAR, as_of=next(days))) for _ in range(rounds)
            ]
            whole = [await asker.ms(ShowCity(year=YEAR, as_of=next(days))) for _ in range(rounds)]
            system.stop("plans")
            system.start("plans")
            cold, meanwhile = await asker.both(ShowCity(year=YEAR, as_of=next(days)), ListPlans())
            alone = [await asker.ms(ListPlans()) for _ in meanwhile]
            system.stop("plans")
            system.start("plans")
            await asyncio.sleep(_REMEMBER_S if city.tasks == LARGE.tasks else 0)
            remembered = await asker.ms(ShowCity(year=YEAR, as_of=next(days)))
        finally:
            await connection.close()
    limit: dict[str, Any] = {"unit": "ms", "bar": BAR_MS, "at_least": False}
    return [
        figure("board of an earlier day ÷ board of now", [one / two for one, two in zip(other, now, strict=True)]),
        figure("board of an earlier day, its log not yet read", first, **limit),
        figure("board of another earlier day", other, **limit),
        figure("district on an earlier day", overview, **limit),
        figure("city on an earlier day", whole, **limit),
        figure("city on an earlier day, first of a process, at once", [cold], **limit),
        figure("another question meanwhile", meanwhile, unit="ms"),
        figure("the same question with nothing meanwhile", alone, unit="ms"),
        figure("city on an earlier day, first of a process, soon after", [remembered], **limit),
    ]


class _Asker:
    def __init__(self, bus: BusClient) -> None:
        self._bus = bus

    async def ms(self, question: PlansQuestion) -> float:
        """Return the milliseconds to the answer."""
        body, name = QUESTIONS.encode(question), kebab(type(question).__name__)
        began = time.perf_counter()
        ok_of(await self._bus.question("plans", name, body, _READER))
        return 1000 * (time.perf_counter() - began)

    async def both(self, question: PlansQuestion, other: PlansQuestion) -> tuple[float, list[float]]:
        """Return the milliseconds to the answer, and those to each answer of the other, asked again and again."""
        first = asyncio.create_task(self.ms(question))
        meanwhile = [await self.ms(other)]
        while not first.done():
            meanwhile.append(await self.ms(other))
        return await first, meanwhile


def _board(district: str, day: date | None = None) -> ShowPlan:
    return ShowPlan(district=district, plan_id=str(YEAR), as_of=day)
