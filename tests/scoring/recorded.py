"""Events of scoring and plans as the log would hand them to a read model, and rows folded from them."""

from collections.abc import Sequence
from typing import Any

from shared.codec import EventCodec
from shared.readmodel import ReadModel
from shared.readmodel.batch import fold_batch
from shared.readmodel.tables import AnyTable, Key
from shared.types import Recorded
from tests.scoring.a_sheet import AT


def recorded(events: Sequence[Any], codec: EventCodec[Any]) -> list[Recorded[Any]]:
    """Return the events in the order of the log, one aggregate a unit; those of plans are of its organisation."""
    kind = "organisation" if codec.service == "plans" else "sheet"
    return [
        Recorded(
            event=event,
            type=codec.wire_name(type(event)),
            event_id=f"e{seq}",
            stream=codec.service.upper(),
            seq=seq,
            subject=f"{codec.service}.evt.{event.district}.{kind}.{getattr(event, 'unit_id', 'x')}",
            occurred_at=AT,
            recorded_at=AT,
            actor="x",
            command_id=f"c{seq}",
            correlation_id="",
            headers={},
        )
        for seq, event in enumerate(events, start=1)
    ]


async def apply_in_batches(
    model: ReadModel[Any], events: Sequence[Recorded[Any]], size: int
) -> dict[str, dict[Key, object]]:
    """Return the rows of every table after the events, applied `size` at a time."""
    rows: dict[str, dict[Key, object]] = {table.name: {} for table in model.tables}

    async def fetch(table: AnyTable, keys: Any) -> dict[Key, object]:
        return {key: rows[table.name][key] for key in keys if key in rows[table.name]}

    for start in range(0, len(events), size):
        changes = await fold_batch(model, events[start : start + size], set(), fetch)
        assert changes.poisoned == []
        for name, keys in changes.delete.items():
            for key in keys:
                rows[name].pop(key, None)
        for name, put in changes.put.items():
            rows[name].update(put)
    return rows
