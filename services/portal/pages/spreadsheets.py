"""Spreadsheets on their way: to the person as a download, and through the page as text."""

import base64
from urllib.parse import quote

from starlette.responses import Response

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELD_MAX = 900_000  # characters; a field of a form is read up to 1 MiB


def download(content: bytes, name: str) -> Response:
    """Answer with a spreadsheet to be saved under the name."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
    return Response(content, media_type=SPREADSHEET, headers=headers)


def parts_of(content: bytes) -> list[str]:
    """Return the file as texts, each short enough for a field of a form."""
    text = base64.urlsafe_b64encode(content).decode()
    return [text[start : start + _FIELD_MAX] for start in range(0, len(text), _FIELD_MAX)]
