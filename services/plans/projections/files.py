"""Files that any event names, so that one place tells who may read them."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.plans.events import PlansEvent
from services.plans.views import NamedFile
from shared.readmodel import Key, Table
from shared.types import Attachment, Recorded


def attachments_of(event: PlansEvent) -> Sequence[Attachment]:
    """Return the files that the event names in its field `attachments`, as all events with files call it."""
    return getattr(event, "attachments", ())


def file_keys(recorded: Recorded[PlansEvent]) -> Iterable[Key]:
    """Return the files that the event names, each with the district."""
    return [(one.sha256, recorded.event.district) for one in attachments_of(recorded.event)]


def file_row(row: NamedFile | None, recorded: Recorded[PlansEvent], key: Key) -> NamedFile | None:
    """Return the file of the key, under the name it was given last."""
    named = next(one for one in attachments_of(recorded.event) if one.sha256 == key[0])
    return NamedFile(
        sha256=named.sha256,
        district=recorded.event.district,
        name=named.name,
        size=named.size,
        media_type=named.media_type,
    )


TABLES: tuple[Table[Any, Any], ...] = (
    Table(name="named_file", row=NamedFile, key=("sha256", "district"), keys=file_keys, fold=file_row),
)
