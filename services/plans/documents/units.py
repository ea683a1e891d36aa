"""The units of one district, and finding them in what a clerk wrote in a cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.plans.documents.wording import Word, canonical, canonical_words


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUnit:
    """A unit, or a named set of units, and the names a document may give it (vi: đơn vị)."""

    id: str
    name: str
    aliases: tuple[str, ...]
    is_set: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDirectory:
    """The units of one district, ready to be found in text; made by `unit_directory`."""

    name: str
    short_name: str
    units: tuple[KnownUnit, ...]
    # Canonical words of each name to the units that bear it; more than one makes it ambiguous.
    ids_by_name: Mapping[tuple[str, ...], tuple[str, ...]]
    # First word of a name to the lengths of the names that begin so, longest first.
    lengths_by_first: Mapping[str, tuple[int, ...]]

    @property
    def issuer(self) -> str:
        """Return the full name of the people's committee, "Ủy ban nhân dân quận Cái Răng"."""
        return f"Ủy ban nhân dân {self.name[:1].lower()}{self.name[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbiguousName:
    """A name in a cell that could be more than one unit."""

    written: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMatch:
    """The units of a cell in the order of the text, and what of the text was not one unit."""

    ids: tuple[str, ...]
    unmatched: tuple[str, ...]
    ambiguous: tuple[AmbiguousName, ...]
    joined: tuple[str, ...]


def directory_from_organisation(organisation: Mapping[str, object]) -> UnitDirectory:
    """Return the directory of one entry of `organisations` in the organisation data."""
    units = [_known(entry, is_set=False) for entry in _entries(organisation, "units")]
    units += [_known(entry, is_set=True) for entry in _entries(organisation, "sets")]
    name = str(organisation["name"])
    return unit_directory(name=name, short_name=str(organisation.get("short_name", name)), units=units)


def unit_directory(*, name: str, short_name: str, units: Sequence[KnownUnit]) -> UnitDirectory:
    """Return the directory of a district named `name` ("Quận Cái Răng")."""
    ids_by_name: dict[tuple[str, ...], tuple[str, ...]] = {}
    district = tuple(canonical(name).split())
    for unit in units:
        for spelling in (unit.name, *unit.aliases):
            for words in _variants(tuple(canonical(spelling).split()), district):
                known = ids_by_name.get(words, ())
                if unit.id not in known:
                    ids_by_name[words] = (*known, unit.id)
    lengths: dict[str, set[int]] = {}
    for words in ids_by_name:
        lengths.setdefault(words[0], set()).add(len(words))
    return UnitDirectory(
        name=name,
        short_name=short_name,
        units=tuple(units),
        ids_by_name=ids_by_name,
        lengths_by_first={first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
    )


def match_units(cell: str, directory: UnitDirectory) -> UnitMatch:
    """Find the units of a cell, the longest known name first; what is left over is unmatched.

    Names hold commas, hyphens and `và` themselves ("VP. HĐND và UBND quận"), so the text is never
    cut at those before the names are found.
    """
    ids: dict[str, None] = {}
    ambiguous: list[AmbiguousName] = []
    unmatched: list[str] = []
    joined: list[str] = []
    for part in _ITEMS.split(cell):
        last = 0
        last_found = ""
        for start, end, found in _find_names(part, directory):
            gap, written = part[last:start], part[start:end]
            unmatched += _rest(gap)
            if last_found and gap.strip(" ") == "":
                # "Hội Nông dân các phường" is one body that we do not know, not two that we do.
                joined.append(one_space(f"{last_found} {written}"))
            if len(found) > 1:
                ambiguous.append(AmbiguousName(written=one_space(written), ids=found))
            else:
                ids[found[0]] = None
            last, last_found = end, written
        unmatched += _rest(part[last:])
    return UnitMatch(ids=tuple(ids), unmatched=tuple(unmatched), ambiguous=tuple(ambiguous), joined=tuple(joined))


def one_space(text: str) -> str:
    """Return the text with every run of blanks as one space."""
    return " ".join(text.split())


def _variants(words: tuple[str, ...], district: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the name as given, with the level ("quận") and with the district's name after it."""
    if not words:
        return set()
    level = district[:1]
    if words[-len(district) :] == district and len(words) > len(district):
        return {words, words[: len(words) - len(district) + 1]}
    if words[-1:] == level:
        return {words, (*words[:-1], *district)}
    return {words, (*words, *level), (*words, *district)}


def _find_names(text: str, directory: UnitDirectory) -> list[tuple[int, int, tuple[str, ...]]]:
    words = canonical_words(text)
    candidates = [
        (length, position)
        for position, word in enumerate(words)
        for length in directory.lengths_by_first.get(word.text, ())
        if position + length <= len(words) and _key(words, position, length) in directory.ids_by_name
    ]
    candidates.sort(key=lambda candidate: (-candidate[0], candidate[1]))
    taken = bytearray(len(words))
    found = []
    for length, position in candidates:
        if not any(taken[position : position + length]):
            taken[position : position + length] = b"\x01" * length
            ids = directory.ids_by_name[_key(words, position, length)]
            found.append((words[position].start, words[position + length - 1].end, ids))
    return sorted(found)


def _key(words: list[Word], position: int, length: int) -> tuple[str, ...]:
    return tuple(word.text for word in words[position : position + length])


# No name holds a semicolon, or goes on in the next item of a list: "UBND phường Lê Bình\n- Quận đoàn" are two.
_ITEMS = re.compile(r";|\n(?=[ \t]*[-–—•+*][ \t])")
# A new name begins with a capital: "Các cơ quan, đơn vị có liên quan" is one thing, not two.
_SEPARATOR = re.compile(r"\n|[,+•/()|]|(?<!\w)[-–—]|[-–—](?!\w)|(?<!\w)[Vv]à(?!\w)")
_FILLER_WORDS = {"quan", "va", "cung", "voi", "chu", "tri", "phoi", "hop"}


def _rest(gap: str) -> list[str]:
    """Return what a gap between known names says, one piece for each name it seems to hold."""
    pieces: list[str] = []
    start = 0
    for separator in _SEPARATOR.finditer(gap):
        following = gap[separator.end() : separator.end() + 4].lstrip(" -–—•+")
        if separator.group() == "\n" or following[:1].isupper() or not gap[start : separator.start()].strip():
            pieces.append(gap[start : separator.start()])
            start = separator.end()
    pieces.append(gap[start:])
    tidy = [one_space(piece).strip(" .,:;-–—•+*()/|") for piece in pieces]
    tidy = [re.sub(r",? [Vv]à$|^[Vv]à ", "", piece) for piece in tidy]
    return [piece for piece in tidy if set(canonical(piece).split()) - _FILLER_WORDS]


def _entries(organisation: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    entries = organisation.get(key) or []
    if not isinstance(entries, list):
        raise TypeError(f"{key} is not a list")
    return entries


def _known(entry: Mapping[str, object], *, is_set: bool) -> KnownUnit:
    given = entry.get("aliases") or []
    if not isinstance(given, list):
        raise TypeError("aliases is not a list")
    short_name = entry.get("short_name")
    aliases = [str(alias) for alias in given] + ([str(short_name)] if short_name else [])
    return KnownUnit(id=str(entry["id"]), name=str(entry["name"]), aliases=tuple(dict.fromkeys(aliases)), is_set=is_set)
