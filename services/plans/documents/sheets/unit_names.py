"""Units in the cells of a sheet: by id, by name, or as a document would name them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from services.plans.documents.units import KnownUnit, UnitDirectory, match_units, unit_directory
from services.plans.events import Unit
from services.plans.views import OrganisationView, UnitSetView
from shared.errors import Rejected
from shared.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitNames:
    """The units (and sets) of a district under all that people call them; made by `unit_names`."""

    words: Mapping[str, str]
    official: Mapping[str, tuple[str, ...]]
    other: Mapping[str, tuple[str, ...]]
    directory: Callable[[], UnitDirectory]

    def word(self, unit_id: str) -> str:
        """Return how the unit is written: its short name where that means it alone, else its id."""
        return self.words.get(unit_id, unit_id)

    def find(self, written: str) -> str:
        """Return the id of the one unit. Raises Rejected `list.unit_unknown`, `list.unit_ambiguous`."""
        found = self.find_all((written,))
        if len(found) > 1:
            raise Rejected("list.unit_ambiguous", unit=written, units=", ".join(found))
        return found[0]

    def find_all(self, written: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of the units, each once, in order. Raises as `find`.

        What is no name by itself may hold several, as a cell of a document does: "Phòng Nội vụ, Phòng Tư pháp".
        """
        found: dict[str, None] = {}
        for name in written:
            if name in self.words:
                found[name] = None
                continue
            ids = self.official.get(fold(name)) or self.other.get(fold(name), ())
            if len(ids) > 1:
                raise Rejected("list.unit_ambiguous", unit=name, units=", ".join(ids))
            if not ids:
                match = match_units(name, self.directory())
                if match.ambiguous:
                    first = match.ambiguous[0]
                    raise Rejected("list.unit_ambiguous", unit=first.written, units=", ".join(first.ids))
                if match.unmatched or match.joined or not match.ids:
                    raise Rejected("list.unit_unknown", unit=(*match.unmatched, *match.joined, name)[0])
                ids = match.ids
            found.update(dict.fromkeys(ids))
        return tuple(found)


def unit_names(organisation: OrganisationView, units: Iterable[Unit], sets: Iterable[UnitSetView] = ()) -> UnitNames:
    """Return the names of the units, and of the sets where those may be named too."""
    official: dict[str, dict[str, None]] = defaultdict(dict)
    other: dict[str, dict[str, None]] = defaultdict(dict)
    short: dict[str, str] = {}
    known = []
    for unit in units:
        short[unit.unit_id] = unit.short_name
        for name in (unit.name, unit.short_name):
            official[fold(name)][unit.unit_id] = None
        for name in unit.aliases:
            other[fold(name)][unit.unit_id] = None
        aliases = (unit.short_name, *unit.aliases)
        known.append(KnownUnit(id=unit.unit_id, name=unit.name, aliases=aliases, is_set=False))
    for one in sets:
        short[one.set_id] = one.name
        official[fold(one.name)][one.set_id] = None
        for name in one.aliases:
            other[fold(name)][one.set_id] = None
        known.append(KnownUnit(id=one.set_id, name=one.name, aliases=one.aliases, is_set=True))
    return UnitNames(
        words={
            unit_id: name if _stands_alone(name, official[fold(name)]) and name not in short else unit_id
            for unit_id, name in short.items()
        },
        official={name: tuple(ids) for name, ids in official.items()},
        other={name: tuple(ids) for name, ids in other.items()},
        # Few cells need it, and it costs more than all the rest.
        directory=cache(
            lambda: unit_directory(name=organisation.name, short_name=organisation.short_name, units=known)
        ),
    )


def _stands_alone(name: str, ids: Mapping[str, None]) -> bool:
    # A name with a semicolon would be cut in two where several names stand in a cell.
    return len(ids) == 1 and not set(name) & set(";\n")
