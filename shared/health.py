"""The small HTTP server of every process: alive, ready, metrics."""

from collections.abc import Callable
from contextlib import nullcontext

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.settings import Settings

# Whoever keeps a connection open (a browser, a scraper) does not keep the process alive.
_GRACEFUL_S = 1


def health_server(settings: Settings, problems: Callable[[], list[str]]) -> uvicorn.Server:
    """Return the server of `/healthz`, `/readyz` and `/metrics`; ready while `problems()` is empty."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok", "process": settings.process})

    async def readyz(_: Request) -> Response:
        found = problems()
        return JSONResponse({"ready": not found, "problems": found}, status_code=503 if found else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app = Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=_GRACEFUL_S,
    )
    server = uvicorn.Server(config)
    # The process decides when it ends; the health server must not take its signals.
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
    return server
