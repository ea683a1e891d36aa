"""The profiles kept beside the measurements: where a rebuild and an append spend their time."""

from benchmarks.append import Appends
from benchmarks.ground import Ground, fill, plans_database, plans_projector, silent
from benchmarks.measure import in_flight
from benchmarks.rebuild import CONSUMER, rebuilt
from benchmarks.sampling import Profile, sampled
from shared.headers import quicken
from shared.readmodel import rebuild


async def profiles(ground: Ground, *, events: int, appends: int) -> dict[str, Profile]:
    """Return the profiles by name: a rebuild into SQLite and into PostgreSQL, and appends one by one."""
    client = quicken(await ground.bus.connect("plans"))
    found: dict[str, Profile] = {}
    try:
        await fill(client, events)
        urls = {
            "rebuild-sqlite": f"sqlite+aiosqlite:///{ground.folder / 'rebuild.db'}",
            "rebuild-postgresql": ground.postgres.create_database(),
        }
        for name, url in urls.items():
            async with plans_database(url) as database:
                projector = plans_projector(client, database)
                await rebuild(client, database, projector, consumer=CONSUMER, progress=silent)
                with sampled() as found[name]:
                    await rebuilt(client, database, projector)
        ours = Appends(client)
        await ours.issue()
        jobs = ours.jobs(appends)
        with sampled() as found["append"]:
            await in_flight(jobs, 1)
    finally:
        await client.close()
    return found
