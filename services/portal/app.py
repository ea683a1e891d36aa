"""The wiring of the portal: pages, API and live events around one connection to the services."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

import uvicorn
from fastapi import FastAPI, Request
from markupsafe import Markup, escape
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from services.notifications.views import CountInbox, InboxCount
from services.portal import api, live
from services.portal.backend import COMMANDS, Backend, Traced, connected_bus
from services.portal.pages import ROUTERS, files, import_jobs
from services.portal.pages.reach import directory, place, reach_of
from services.portal.pages.year import year_links
from services.portal.session import Crumb, Portal, Scope, Surroundings
from services.portal.shell import own_surroundings, templates
from services.portal.web import create_web
from shared import telemetry
from shared.accounts import SessionAccount
from shared.bus import BusClient
from shared.errors import Fault, Rejected
from shared.garbage import collect_seldom
from shared.settings import Settings
from shared.tasks import end
from shared.telemetry import log
from shared.threads import hand_over_soon
from shared.types import CITY

_BETWEEN_S = 0.02  # of what is done beforehand
UPLOAD_BYTES_MAX = 3_000_000  # a file of 2 MB as text, and the form around it
STOP_S_MAX = 1
TAKING_FILES = (
    "/cum-khoi/",
    "/dot-thi-dua/",
    "/giao-uoc/",
    "/ho-so/",
    "/ke-hoach-don-vi/",
    "/kiem-tra/",
    "/nhiem-vu/",
)


def create_portal(settings: Settings, bus: BusClient) -> FastAPI:
    """Return the application; its lifespan listens to live events over the bus."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        shell: Portal = app.state.portal
        shell.templates.globals.update(
            link=link, file_links=files.file_links, trace_id=telemetry.trace_id, year_links=year_links
        )
        app.state.backend = Backend(bus=bus, clock=shell.clock, accounts=shell.accounts)
        await app.state.live.start(bus.client)
        try:
            yield
        finally:
            app.state.live.close()
            await app.state.imports.close()

    async def ready() -> Mapping[str, bool]:
        return {"nats": bus.client.is_connected}

    app = create_web(
        settings,
        routers=(*ROUTERS, live.router, api.router),
        surroundings=surroundings,
        ready=ready,
        lifespan=lifespan,
        stream_href=live.PATH,
        larger_bodies=larger_bodies(settings),
    )
    app.state.live = live.Live(tuple(COMMANDS))
    app.state.imports = import_jobs.ImportJobs()
    app.add_api_route("/metrics", tell_metrics, include_in_schema=False)
    app.add_middleware(Traced)
    api.describe(app)
    return app


def larger_bodies(settings: Settings) -> Mapping[str, int]:
    """Return the limits of the bodies that bring spreadsheets or files: the beginning of the path, and the bytes."""
    files_bytes_max = files.FILES_MAX * settings.attachment_max_mb * 1024 * 1024 + UPLOAD_BYTES_MAX
    sheets = dict.fromkeys(("/dang-ky/", "/ke-hoach/", "/to-chuc/don-vi/"), UPLOAD_BYTES_MAX)
    return sheets | dict.fromkeys(TAKING_FILES, files_bytes_max)


async def main(settings: Settings) -> None:
    """Run the portal until it is told to stop; open streams end at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    provider = telemetry.start(settings)
    collect_seldom()
    hand_over_soon()
    async with connected_bus(settings) as bus:
        app = create_portal(settings, bus)
        config = uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=STOP_S_MAX,
            server_header=False,
        )
        server = uvicorn.Server(config)
        # The process decides when it ends: streams first, then the server.
        server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stop.wait())
        log.info("started", service="portal", port=settings.http_port)
        warming = asyncio.create_task(_warm(app))
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        app.state.live.close()
        server.should_exit = True
        await serving
        await end((stopping, warming))
    provider.shutdown()


async def _warm(app: FastAPI) -> None:
    """Do, while nobody waits for it, what the first page of each kind would wait for: its route and its templates."""
    try:
        for route in app.routes:
            # FastAPI makes the routes of a router when it first looks for one in it.
            route.matches({"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []})
            await asyncio.sleep(_BETWEEN_S)
        for name in templates().list_templates():
            templates().get_template(name)
            await asyncio.sleep(_BETWEEN_S)
    except Exception as error:  # noqa: BLE001 - it is for speed only; the page that needs it will say what is wrong
        log.warning("not warmed", error=f"{type(error).__name__}: {error}")


async def surroundings(request: Request, account: SessionAccount) -> Surroundings:
    """Return city › district › unit with names, the places to switch to, and how many notices are unread.

    Without an answer there are fewer words.
    """
    plain = await own_surroundings(request, account)
    try:
        (crumbs, names), unread = await asyncio.gather(_place(request, account), _unread(request, account))
    except (Rejected, Fault):
        return plain
    return replace(plain, place=crumbs, scopes=_scopes(request, account), inbox_count=unread, unit_names=names)


async def _place(request: Request, account: SessionAccount) -> tuple[tuple[Crumb, ...], Mapping[str, str]]:
    reach = reach_of(request, account)
    city = Crumb(label=place(CITY), href="/thanh-pho" if reach.reads_city else "/")
    districts = sorted({grant.district for grant in account.actor.grants if grant.holds_on(reach.today)} - {CITY})
    if len(districts) != 1 or reach.reads_city:
        return (city,), {}
    district = Crumb(label=place(districts[0]), href=f"/tong-quan/{districts[0]}")
    units = sorted(reach.units(districts[0]))
    if not units:
        return (city, district), {}
    found = await directory(request, districts[0], reach.today.year)
    names = {f"{districts[0]}/{unit}": found.unit(unit) for unit in units}
    if len(units) > 1:
        return (city, district), names
    unit = Crumb(label=found.unit(units[0]), href=f"/don-vi/{districts[0]}/{units[0]}")
    return (city, district, unit), names


def _scopes(request: Request, account: SessionAccount) -> tuple[Scope, ...]:
    reach = reach_of(request, account)
    if len(reach.districts) < 2:
        return ()
    path = request.url.path
    scopes = [Scope(label=place(CITY), href="/thanh-pho", is_current=path == "/thanh-pho")] if reach.reads_city else []
    scopes += [
        Scope(label=place(one), href=f"/tong-quan/{one}", is_current=f"/{one}" in path) for one in reach.districts
    ]
    return tuple(scopes)


async def _unread(request: Request, account: SessionAccount) -> int:
    backend: Backend = request.app.state.backend
    try:
        return (await backend.ask(CountInbox(), InboxCount, account.actor)).view.unread
    except (Rejected, Fault):
        return 0


async def tell_metrics() -> Response:
    """Return the metrics of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def link(href: str, text: object) -> Markup:
    """Return a link as markup, for cells and facts of templates."""
    return Markup('<a href="{}">{}</a>').format(href, escape(text))
