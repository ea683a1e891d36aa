"""The rows that a rebuild has just read or written, so that it need not ask the database for them again.

Sound because nobody else writes to the generation that a rebuild fills.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.readmodel.batch import Changes, Fetch
from shared.readmodel.tables import AnyTable, Derived, Key, ReadModel, Table


class RowCache:
    """Rows of one generation of a read model, the longest unused leaving first."""

    def __init__(self, fetch: Fetch, *, rows_max: int) -> None:
        """Take the reader of rows that are not here."""
        self._fetch = fetch
        self._rows_max = rows_max
        self._rows: OrderedDict[tuple[str, Key], object] = OrderedDict()

    async def fetch(self, table: AnyTable, keys: Sequence[Key]) -> Mapping[Key, object]:
        """Return the rows of the keys that exist."""
        found: dict[Key, object] = {}
        missing: list[Key] = []
        for key in keys:
            place = (table.name, key)
            row = self._rows.get(place)
            if row is None:
                missing.append(key)
            else:
                self._rows.move_to_end(place)
                found[key] = row
        if missing:
            fetched = await self._fetch(table, missing)
            self._keep((table.name, key, row) for key, row in fetched.items())
            found.update(fetched)
        return found

    def note(self, model: ReadModel[Any], changes: Changes) -> None:
        """Keep what was written; call it when it is committed."""
        if not self._rows_max:
            return
        for table in model.tables:
            if isinstance(table, Derived) or (isinstance(table, Table) and table.appended):
                continue  # nobody asks for these
            for key in changes.delete.get(table.name, ()):
                self._rows.pop((table.name, key), None)
            self._keep((table.name, key, row) for key, row in changes.put.get(table.name, {}).items())

    def _keep(self, rows: Iterable[tuple[str, Key, object]]) -> None:
        for name, key, row in rows:
            self._rows[name, key] = row
            self._rows.move_to_end((name, key))
        while len(self._rows) > self._rows_max:
            self._rows.popitem(last=False)
