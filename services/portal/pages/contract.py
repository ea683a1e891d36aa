"""Tài liệu tích hợp: the contract with other systems, readable without the network and without an account.

The documents are written from the code and travel with the package; the viewers come from their own
packages. Addresses: `/docs/events`, `/docs/api`, `/docs/events.json`, `/docs/schemas/<kind>/<type>.json`.
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, cast

from asyncapi_viewer.assets import static_path
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from services.portal.shell import page

router = APIRouter(prefix="/docs", include_in_schema=False)

_FOLDER = files("services.portal") / "contract"
_SWAGGER_UI = files("fastapi_offline") / "static"
_ASSETS: dict[str, Traversable] = {
    "asyncapi-viewer.js": static_path("asyncapi-viewer.js"),
    "swagger-ui-bundle.js": _SWAGGER_UI / "swagger-ui-bundle.js",
    "swagger-ui.css": _SWAGGER_UI / "swagger-ui.css",
    "api.js": files("services.portal") / "static" / "docs" / "api.js",
}
_MEDIA_TYPES = {"js": "text/javascript", "css": "text/css"}
_FOR_A_DAY = {"cache-control": "public, max-age=86400"}
# The viewers set styles of their own and draw small pictures; scripts and requests stay ours alone.
_VIEWER_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    content: bytes
    compressed: bytes
    media_type: str


@router.get("")
async def show_documents(request: Request) -> Response:
    """Show what documents there are."""
    return await page(request, "docs/index.html", schemas=_schemas())


@router.get("/events")
async def show_events(request: Request) -> Response:
    """Show commands, questions and public facts (AsyncAPI)."""
    return await _viewer(request, "docs/events.html")


@router.get("/api")
async def show_api(request: Request) -> Response:
    """Show the HTTP API (OpenAPI)."""
    return await _viewer(request, "docs/api.html")


@router.get("/events.json")
async def get_events() -> Response:
    """Return the AsyncAPI document."""
    return Response(_text("asyncapi.json"), media_type="application/json", headers=_FOR_A_DAY)


@router.get("/schemas/{kind}/{name}.json")
async def get_schema(kind: str, name: str) -> Response:
    """Return the JSON Schema of one type and version, such as `facts/plans.TaskCompleted.v1`."""
    schema = _schemas().get(kind, {}).get(name)
    if schema is None:
        raise HTTPException(404)
    return JSONResponse(schema, media_type="application/schema+json", headers=_FOR_A_DAY)


@router.get("/assets/{name}")
async def get_asset(request: Request, name: str) -> Response:
    """Return a script or style of the viewers."""
    if name not in _ASSETS:
        raise HTTPException(404)
    asset = _asset(name)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers = {**_FOR_A_DAY, "vary": "accept-encoding", "content-encoding": "gzip"}
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers={**_FOR_A_DAY, "vary": "accept-encoding"})


async def _viewer(request: Request, template: str) -> Response:
    response = await page(request, template)
    response.headers["content-security-policy"] = _VIEWER_POLICY
    return response


@cache
def _asset(name: str) -> _Asset:
    content = _ASSETS[name].read_bytes()
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return _Asset(content=content, compressed=gzip.compress(content, mtime=0), media_type=media_type)


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", json.loads(_text("schemas.json")))
