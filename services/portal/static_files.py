"""The static files of the console, as they are served: small enough to be held in memory, compressed once."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file; its tag stands in its address, so that a browser may keep it for ever."""

    name: str
    content: bytes
    compressed: bytes
    media_type: str
    etag: str

    @property
    def href(self) -> str:
        """Return its address."""
        return f"/static/{self.name}?v={self.etag}"


@cache
def load_static() -> Mapping[str, StaticFile]:
    """Return the files of the static folder, and htmx from its installed package, by name."""
    folder = files("services.portal") / "static"
    found: dict[str, Traversable] = {file.name: file for file in folder.iterdir() if file.is_file()}
    found["htmx.min.js"] = files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    return {name: _static_file(name, file.read_bytes()) for name, file in found.items() if _media_type(name)}


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(f".{name.rpartition('.')[2]}", "")


def _static_file(name: str, content: bytes) -> StaticFile:
    return StaticFile(
        name=name,
        content=content,
        compressed=gzip.compress(content, mtime=0),
        media_type=_media_type(name),
        etag=hashlib.sha256(content).hexdigest()[:16],
    )
