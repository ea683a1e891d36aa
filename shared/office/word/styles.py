"""What styles and lists add to a paragraph of Word without being in its text: alignment, "1.", "-"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.office.word.names import W, number_of, value_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

STYLE_DEPTH_MAX = 20  # a style is based on another, and Word itself ends here somewhere
LEVELS = 9
LABEL_MAX = 40  # characters; more, before each of many paragraphs, would make a small document large
NUMBER_MAX = 3999  # the last number that has a Roman form; no list of a document is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A paragraph style as far as it matters here; `number_id` and `level` are those of its list."""

    based_on: str | None
    alignment: str | None
    number_id: str | None
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of a list: "%1." with Roman numbers from 1."""

    format: str
    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedList:
    """A list: lists with the same `abstract_id` count together, but where they say `restarts`."""

    abstract_id: str
    levels: Mapping[int, Level]
    restarts: Mapping[int, int]


@dataclass(slots=True, kw_only=True)
class Styles:
    """The styles and lists of one document, and how far each list has counted: ask in document order."""

    styles: Mapping[str, Style]
    default_style: str | None
    lists: Mapping[str, NumberedList]
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def is_centred(self, properties: "Element | None") -> bool:
        """Return whether the paragraph with these properties stands in the middle of its line."""
        written = None if properties is None else value_of(properties.find(f"{W}jc"))
        styled = (style.alignment for style in self._chain(properties))
        return (written or next((one for one in styled if one), None)) == "center"

    def label(self, properties: "Element | None") -> str:
        """Return what the list puts before the next paragraph, "2." or "-", and count; "" outside of lists."""
        number_id, level = self._place_in_list(properties)
        numbered = self.lists.get(number_id or "")
        if numbered is None or number_id is None or not 0 <= level < LEVELS:
            return ""
        counts = self._counts.setdefault(numbered.abstract_id, {})
        if number_id not in self._begun:
            self._begun.add(number_id)
            for at, start in numbered.restarts.items():
                counts[at] = start - 1
        here = numbered.levels.get(level)
        if here is None:
            return ""
        counts[level] = min(counts.get(level, here.start - 1) + 1, NUMBER_MAX)
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        return _label(numbered.levels, counts, level)

    def _chain(self, properties: "Element | None") -> list[Style]:
        """Return the style of the paragraph and those it is based on, nearest first."""
        style_id = None if properties is None else value_of(properties.find(f"{W}pStyle"))
        found: list[Style] = []
        style = self.styles.get(style_id or "") or self.styles.get(self.default_style or "")
        while style is not None and len(found) < STYLE_DEPTH_MAX:
            found.append(style)
            style = self.styles.get(style.based_on or "")
        return found

    def _place_in_list(self, properties: "Element | None") -> tuple[str | None, int]:
        written = None if properties is None else properties.find(f"{W}numPr")
        number_id = None if written is None else value_of(written.find(f"{W}numId"))
        level = None if written is None else number_of(written.find(f"{W}ilvl"))
        for style in self._chain(properties):
            number_id = number_id if number_id is not None else style.number_id
            level = level if level is not None else style.level
        return (None if number_id == "0" else number_id), level or 0


def read_styles(styles: "Element | None", numbering: "Element | None") -> Styles:
    """Return the styles and lists of a document from its two parts, where it has them."""
    found: dict[str, Style] = {}
    default: str | None = None
    for one in styles.iter(f"{W}style") if styles is not None else ():
        if one.get(f"{W}type") != "paragraph":
            continue
        style_id = one.get(f"{W}styleId", "")
        properties = one.find(f"{W}pPr")
        in_list = None if properties is None else properties.find(f"{W}numPr")
        found[style_id] = Style(
            based_on=value_of(one.find(f"{W}basedOn")),
            alignment=None if properties is None else value_of(properties.find(f"{W}jc")),
            number_id=None if in_list is None else value_of(in_list.find(f"{W}numId")),
            level=None if in_list is None else number_of(in_list.find(f"{W}ilvl")),
        )
        if one.get(f"{W}default") in ("1", "true"):
            default = style_id
    return Styles(styles=found, default_style=default, lists=_lists(numbering))


def _lists(numbering: "Element | None") -> dict[str, NumberedList]:
    if numbering is None:
        return {}
    abstract = {
        one.get(f"{W}abstractNumId", ""): {
            number: level for level_of in one.findall(f"{W}lvl") for number, level in [_level(level_of)]
        }
        for one in numbering.findall(f"{W}abstractNum")
    }
    lists: dict[str, NumberedList] = {}
    for one in numbering.findall(f"{W}num"):
        abstract_id = value_of(one.find(f"{W}abstractNumId")) or ""
        levels = dict(abstract.get(abstract_id, {}))
        restarts: dict[int, int] = {}
        for override in one.findall(f"{W}lvlOverride"):
            at = int(override.get(f"{W}ilvl", "0"))
            if (level_of := override.find(f"{W}lvl")) is not None:
                levels[at] = _level(level_of)[1]
            start = number_of(override.find(f"{W}startOverride"))
            if start is not None:
                restarts[at] = start
        lists[one.get(f"{W}numId", "")] = NumberedList(abstract_id=abstract_id, levels=levels, restarts=restarts)
    return lists


def _level(level: "Element") -> tuple[int, Level]:
    start = number_of(level.find(f"{W}start"))
    return int(level.get(f"{W}ilvl", "0")), Level(
        format=value_of(level.find(f"{W}numFmt")) or "decimal",
        text=(value_of(level.find(f"{W}lvlText")) or "")[:LABEL_MAX],
        start=1 if start is None else start,
    )


def _label(levels: Mapping[int, Level], counts: Mapping[int, int], level: int) -> str:
    here = levels[level]
    if here.format == "bullet":
        # The sign itself is a letter of a symbol font, which means nothing outside of it.
        return here.text if here.text in ("+", "*") else "-"
    if here.format == "none":
        return ""
    text = here.text
    for at in range(LEVELS):
        if f"%{at + 1}" in text and at in levels:
            count = counts.get(at, levels[at].start)
            text = text.replace(f"%{at + 1}", _FORMATS.get(levels[at].format, str)(count))
    return text.strip()[:LABEL_MAX]


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written


def _letter(number: int) -> str:
    # After z comes aa, then bb.
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if number > 0 else ""


_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_FORMATS: Mapping[str, Callable[[int], str]] = {
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerLetter": _letter,
    "decimalZero": lambda number: f"{number:02}",
}
